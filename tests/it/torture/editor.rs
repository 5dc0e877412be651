//! Somebody else who works in the target while it is applied to, and remembers what she did.

use serde_json::{Value, json};

use crate::contenders::Luck;
use crate::world::World;

/// How objects of a kind are listed, read and changed by hand.
struct Desk {
    kind: &'static str,
    list: (&'static str, &'static str),
    id: &'static str,
    /// Where one is read.
    get: &'static str,
    /// The field that bears the name.
    name: &'static str,
    /// What people set.
    field: &'static str,
    /// Where rights on it are set, and the least of them.
    rights: Option<(&'static str, &'static str)>,
}

const DESKS: [Desk; 5] = [
    Desk {
        kind: "job",
        list: ("/api/2.2/jobs/list?limit=100", "jobs"),
        id: "job_id",
        get: "/api/2.2/jobs/get?job_id=",
        name: "name",
        field: "description",
        rights: Some(("jobs", "CAN_VIEW")),
    },
    Desk {
        kind: "cluster",
        list: ("/api/2.1/clusters/list", "clusters"),
        id: "cluster_id",
        get: "/api/2.1/clusters/get?cluster_id=",
        name: "cluster_name",
        field: "autotermination_minutes",
        rights: Some(("clusters", "CAN_ATTACH_TO")),
    },
    Desk {
        kind: "cluster_policy",
        list: ("/api/2.0/policies/clusters/list", "policies"),
        id: "policy_id",
        get: "/api/2.0/policies/clusters/get?policy_id=",
        name: "name",
        field: "max_clusters_per_user",
        rights: Some(("cluster-policies", "CAN_USE")),
    },
    Desk {
        kind: "instance_pool",
        list: ("/api/2.0/instance-pools/list", "instance_pools"),
        id: "instance_pool_id",
        get: "/api/2.0/instance-pools/get?instance_pool_id=",
        name: "instance_pool_name",
        field: "idle_instance_autotermination_minutes",
        rights: Some(("instance-pools", "CAN_ATTACH_TO")),
    },
    Desk {
        kind: "group",
        list: ("/api/2.0/preview/scim/v2/Groups", "Resources"),
        id: "id",
        get: "/api/2.0/preview/scim/v2/Groups/",
        name: "displayName",
        field: "externalId",
        rights: None,
    },
];

/// An object of the target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Thing {
    desk: usize,
    /// Its identifier, as the server spells it.
    pub(super) id: Value,
    pub(super) name: String,
}

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

impl Thing {
    fn desk(&self) -> &'static Desk {
        &DESKS[self.desk]
    }

    pub(super) fn kind(&self) -> &'static str {
        self.desk().kind
    }

    /// The identifier as text.
    pub(super) fn word(&self) -> String {
        self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned)
    }

    /// What the server says of it; `None` if it is gone.
    async fn settings(&self, world: &World) -> Option<Value> {
        let (status, answer) =
            world.raw("GET", &format!("{}{}", self.desk().get, self.word()), Value::Null).await;
        let settings = answer.get("settings").cloned();
        status.is_success().then(|| settings.unwrap_or(answer))
    }

    fn rights(&self) -> String {
        format!("/api/2.0/permissions/{}/{}", self.desk().rights.unwrap().0, self.word())
    }

    async fn set(&self, world: &World, field: &str, value: &Value) -> bool {
        let (method, path, body) = match self.kind() {
            "job" => {
                let settings = json!({"job_id": self.id, "new_settings": {field: value}});
                ("POST", "/api/2.2/jobs/update".to_owned(), settings)
            }
            "cluster" => {
                let body = json!({
                    "cluster_id": self.id, "update_mask": field, "cluster": {field: value}});
                ("POST", "/api/2.1/clusters/update".to_owned(), body)
            }
            "group" => {
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "replace", "path": field, "value": value}]});
                ("PATCH", format!("{}{}", self.desk().get, self.word()), body)
            }
            _ => {
                let Some(mut body) = self.settings(world).await else { return false };
                body[field] = value.clone();
                ("POST", self.desk().get.split("/get?").next().unwrap().to_owned() + "/edit", body)
            }
        };
        world.raw(method, &path, body).await.0.is_success()
    }

    async fn delete(&self, world: &World) -> bool {
        if self.kind() == "group" {
            let path = format!("{}{}", self.desk().get, self.word());
            return world.raw("DELETE", &path, Value::Null).await.0.is_success();
        }
        let call = if self.kind() == "cluster" { "/permanent-delete" } else { "/delete" };
        let path = self.desk().get.split("/get?").next().unwrap().to_owned() + call;
        world.raw("POST", &path, json!({self.desk().id: self.id})).await.0.is_success()
    }
}

/// Everything there is on her desks, but what belongs to the system.
pub(super) async fn things(world: &World) -> Vec<Thing> {
    let mut all = Vec::new();
    for (number, desk) in DESKS.iter().enumerate() {
        let (_, answer) = world.raw("GET", desk.list.0, Value::Null).await;
        for one in answer[desk.list.1].as_array().into_iter().flatten() {
            let named = one.get("settings").unwrap_or(one);
            let name = named[desk.name].as_str().unwrap_or_default().to_owned();
            if !["admins", "users"].contains(&name.as_str()) && one["is_default"] != json!(true) {
                all.push(Thing { desk: number, id: one[desk.id].clone(), name });
            }
        }
    }
    all
}

/// Somebody else who works in the target.
#[derive(Default, Debug)]
pub(super) struct Editor {
    pub(super) edits: Vec<Edit>,
    /// What she made herself.
    pub(super) made: Vec<Thing>,
    /// What apply asked so far.
    asked: Vec<(bool, String)>,
}

impl Edit {
    /// Whether a request is about what was edited: the object, or the rights on it. A cluster's libraries are
    /// read and written by themselves.
    fn is_about(&self, request: &str) -> bool {
        if request.contains("/libraries/") {
            return false;
        }
        let rights = matches!(self.deed, Deed::Granted(_));
        let same = rights == request.contains("/permissions/") || request.contains("delete");
        same && request.contains(&self.thing.word())
    }

    /// Whether what was done still holds, also in an object that took the place of a replaced one.
    pub(super) async fn holds(&self, world: &World) -> bool {
        if self.deed == Deed::Deleted {
            return self.thing.settings(world).await.is_none();
        }
        if self.holds_in(&self.thing, world).await {
            return true;
        }
        let same = |one: &Thing| one.desk == self.thing.desk && one.name == self.thing.name;
        let all = things(world).await;
        match all.iter().find(|one| same(one) && one.id != self.thing.id) {
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
            Deed::Granted(level) => {
                let (_, answer) = world.raw("GET", &thing.rights(), Value::Null).await;
                answer["access_control_list"].as_array().into_iter().flatten().any(|entry| {
                    let all = entry["all_permissions"].as_array();
                    entry["group_name"] == "users"
                        && all.into_iter().flatten().any(|one| one["permission_level"] == *level)
                })
            }
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
            let thing = Thing { desk: 0, id: answer["job_id"].clone(), name };
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
        let text = json!(format!("edited {number}"));
        let deed = match luck.below(8) {
            0 => Deed::Deleted,
            1 => Deed::Set(desk.name, text),
            2..5 if desk.rights.is_some() => Deed::Granted(desk.rights?.1),
            _ if ["description", "externalId"].contains(&desk.field) => Deed::Set(desk.field, text),
            _ => Deed::Set(desk.field, json!(1000 + number)),
        };
        let is_done = match &deed {
            Deed::Set(field, value) => thing.set(world, field, value).await,
            Deed::Deleted => thing.delete(world).await,
            Deed::Granted(level) => {
                let body = json!({"access_control_list": [
                    {"group_name": "users", "permission_level": level}]});
                world.raw("PATCH", &thing.rights(), body).await.0.is_success()
            }
        };
        is_done.then_some((thing, deed, false))
    }

    /// Remembers a deed, in place of those it makes void.
    pub(super) fn remember(&mut self, thing: Thing, deed: Deed, is_new: bool) {
        let void = |edit: &Edit| {
            edit.thing.id == thing.id
                && match (&edit.deed, &deed) {
                    (_, Deed::Deleted) => true,
                    (Deed::Set(old, _), Deed::Set(new, _)) => old == new,
                    (old, new) => old == new,
                }
        };
        self.edits.retain(|edit| !void(edit));
        if is_new {
            self.made.push(thing.clone());
        }
        let mut edit = Edit { thing, deed, read_before: false, looked: false, raced: false };
        edit.read_before =
            self.asked.iter().any(|(reads, request)| *reads && edit.is_about(request));
        self.edits.push(edit);
    }
}
