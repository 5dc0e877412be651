//! Somebody else who works in the target while it is applied to, and remembers what she did.

use serde_json::{Value, json};

use super::thing::{Thing, things};
use crate::contenders::Luck;
use crate::world::World;

/// What she did to an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// Set a field.
    Set(&'static str, Value),
    /// Gave everybody a right.
    Granted(&'static str),
    Deleted,
}

/// One deed, and whether apply could have known of it.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) thing: Thing,
    pub(super) deed: Deed,
    /// Apply had read what it is about before.
    pub(super) read_before: bool,
    /// Apply has read it since.
    pub(super) looked: bool,
    /// Apply wrote after it had looked before, and not since: no service offers anything against that.
    pub(super) raced: bool,
}

/// Somebody else who works in the target.
#[derive(Default, Debug)]
pub(super) struct Editor {
    pub(super) edits: Vec<Edit>,
    /// What she made herself.
    pub(super) made: Vec<Thing>,
    /// What apply asked so far.
    asked: Vec<(bool, String)>,
    /// The writes of apply's that have not been answered.
    under_way: Vec<String>,
}

impl Edit {
    /// Whether a request is about what was edited: the object, or the rights on it. A cluster's libraries are
    /// read and written by themselves.
    fn is_about(&self, request: &str) -> bool {
        if request.contains("/libraries/") {
            return false;
        }
        let rights = matches!(self.deed, Deed::Granted(_));
        let of_rights = ["/permissions/", "/acls/"].iter().any(|part| request.contains(part));
        let same = rights == of_rights || request.contains("delete");
        same && self.thing.is_meant(request, of_rights)
    }

    /// Whether what was done still holds, also in an object that took the place of a replaced one.
    pub(super) async fn holds(&self, world: &World) -> bool {
        if self.deed == Deed::Deleted {
            return self.thing.settings(world).await.is_none();
        }
        if self.holds_in(&self.thing, world).await {
            return true;
        }
        let all = things(world).await;
        match all.iter().find(|one| one.is_called_as(&self.thing) && one.id != self.thing.id) {
            Some(other) if self.thing.settings(world).await.is_none() => {
                self.holds_in(other, world).await
            }
            _ => false,
        }
    }

    async fn holds_in(&self, thing: &Thing, world: &World) -> bool {
        match &self.deed {
            Deed::Set(field, value) => {
                thing.settings(world).await.is_some_and(|settings| settings[*field] == *value)
            }
            Deed::Deleted => false,
            Deed::Granted(level) => thing.is_granted(world, level).await,
        }
    }
}

impl Editor {
    /// Notes a request of apply's before it arrives.
    pub(super) fn overhears(&mut self, method: &str, request: &str) {
        let reads = method == "GET";
        for edit in self.edits.iter_mut().filter(|edit| edit.is_about(request)) {
            edit.looked |= reads;
            edit.raced |= !reads && edit.read_before && !edit.looked;
        }
        self.asked.push((reads, format!("{method} {request}")));
        if !reads {
            self.under_way.push(request.to_owned());
        }
    }

    /// Notes that a request of apply's has ended, one way or another.
    pub(super) fn hears_the_end_of(&mut self, request: &str) {
        if let Some(at) = self.under_way.iter().position(|one| one == request) {
            self.under_way.remove(at);
        }
    }

    /// What apply asked about an object, in order.
    pub(super) fn asked_about(&self, thing: &Thing) -> Vec<&str> {
        let word = thing.word();
        let asked = self.asked.iter().map(|(_, request)| request.as_str());
        asked.filter(|request| request.contains(&word)).collect()
    }

    /// Does something to an object of those there were, or makes a namesake.
    ///
    /// Answers what she did; the object must be noted by [`Editor::remember`].
    pub(super) async fn act(
        world: &World,
        luck: &Luck,
        number: u64,
        mine: &[Thing],
        names: &[String],
    ) -> Option<(Thing, Deed, bool)> {
        let pick = |many: usize| luck.below(many as u64) as usize;
        if luck.one_in(6) {
            let name = names[pick(names.len())].clone();
            let description = json!(format!("namesake {number}"));
            let body = json!({"name": name, "description": description, "tasks": [
                {"task_key": "c", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}]});
            let (status, answer) = world.raw("POST", "/api/2.2/jobs/create", body).await;
            let thing = Thing::job(answer["job_id"].clone(), name);
            return status.is_success().then_some((
                thing,
                Deed::Set("description", description),
                true,
            ));
        }
        let all = things(world).await;
        let all: Vec<&Thing> =
            all.iter().filter(|one| mine.iter().any(|known| known.id == one.id)).collect();
        let thing = (*all.get(pick(all.len().max(1)))?).clone();
        let desk = thing.desk();
        let set = |field| Deed::Set(field, desk.value(field, number));
        let deed = match luck.below(8) {
            0 => Deed::Deleted,
            1 => set(desk.name),
            2..5 if desk.rights.is_some() => Deed::Granted(desk.rights?.1),
            _ => set(desk.field?),
        };
        let is_done = match &deed {
            Deed::Set(field, value) => thing.set(world, field, value).await,
            Deed::Deleted => thing.delete(world).await,
            Deed::Granted(level) => thing.grant(world, level).await,
        };
        is_done.then_some((thing, deed, false))
    }

    /// Remembers a deed, in place of those it makes void.
    pub(super) fn remember(&mut self, thing: Thing, deed: Deed, is_new: bool) {
        let void = |edit: &Edit| match (&edit.deed, &deed) {
            (_, Deed::Deleted) => edit.thing.goes_with(&thing),
            _ if edit.thing.id != thing.id => false,
            (Deed::Set(old, _), Deed::Set(new, _)) => old == new,
            (old, new) => old == new,
        };
        self.edits.retain(|edit| !void(edit));
        if is_new {
            self.made.push(thing.clone());
        }
        let mut edit = Edit { thing, deed, read_before: false, looked: false, raced: false };
        edit.read_before =
            self.asked.iter().any(|(reads, request)| *reads && edit.is_about(request));
        // What was sent before she acted may arrive after.
        edit.raced = self.under_way.iter().any(|request| edit.is_about(request));
        self.edits.push(edit);
    }
}
