//! One object at a time: what it was, whether it is as the run left it, and what does not come back.

use std::collections::BTreeSet;

use super::{Touched, Undoing};
use crate::engine::diff::{diff, inputs};
use crate::engine::keys::base_of;
use crate::engine::merge::overlay;
use crate::kind::{Table, has_redacted};
use crate::model::{
    Address, Change, Digest, FieldChange, Finding, Grant, Image, Merged, Resource, Step,
    visit_blobs,
};

const OVERWRITE: &str = "--overwrite-edits takes it back all the same";

/// Whether one path is the other, or leads to or from it.
fn overlaps(one: &str, other: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

/// Whether what an object was spoke of bytes that are not at hand.
fn lacks_bytes(was: &Resource, live: Option<&Resource>, has: &dyn Fn(&Digest) -> bool) -> bool {
    let mut lacks = false;
    if live.is_none_or(|live| live.spec != was.spec) {
        visit_blobs(&was.spec, &mut |digest| lacks |= !has(&digest));
    }
    lacks
}

/// Whether a step puts a value that is never shown.
fn puts(table: &Table, step: &Step) -> bool {
    let version = |(place, version): (&str, &str)| format!("{place}/{version}");
    inputs(table).map(version).any(|path| step.fields.iter().any(|field| field.path == path))
}

impl<'a> Undoing<'a> {
    fn live(&self, address: &Address) -> Option<&'a Resource> {
        self.input.live.snapshot.resources.get(self.names.now(address)?)
    }

    /// Gives objects that were renamed or deleted the names they come back under.
    pub(super) fn name_again(&mut self, touched: &[Touched<'a>]) {
        let resources = &self.input.live.snapshot.resources;
        let mut taken: BTreeSet<Address> = resources.keys().cloned().collect();
        for one in touched {
            let Some(first) = one.objects.first() else { continue };
            let now = self.names.now(one.address).cloned();
            let comes_back = match first.change {
                Change::Rename => self.past.began(first.id),
                Change::Delete | Change::Replace => now.is_none() && self.past.began(first.id),
                _ => false,
            };
            if !comes_back {
                continue;
            }
            let seen = self.input.plan.observed.get(one.address);
            let old = seen.and_then(|seen| seen.live.as_ref()).unwrap_or(one.address);
            if now.as_ref() == Some(old) {
                continue;
            }
            let is_unique = self.input.catalogue.kind(&old.kind).is_some_and(|kind| kind.unique);
            let mut name = old.clone();
            let mut number = 2;
            while !is_unique && taken.contains(&name) {
                name.key = format!("{}~{number}", base_of(&old.key));
                number += 1;
            }
            taken.insert(name.clone());
            self.names.call_again(one.address, name);
        }
    }

    /// Takes back what a run did to one object.
    pub(super) fn take_back(&mut self, one: &Touched<'a>) {
        let first = one.objects.first();
        match first.map(|step| step.change) {
            Some(Change::Create) if first.is_some_and(|step| self.past.began(step.id)) => {
                return self.take_away(one);
            }
            _ => {}
        }
        let imaged = one.objects.iter().find_map(|step| Some((*step, self.past.image(step.id)?)));
        let restored = match imaged {
            Some((step, image)) => self.restored(one, step, image),
            None => self.relinked(one),
        };
        let grants = one.rights.and_then(|step| self.rights_back(one, step));
        let resource = match (restored, grants) {
            (Some(mut resource), grants) => {
                resource.grants = grants.or(resource.grants);
                resource
            }
            (None, Some(grants)) => {
                let Some(live) = self.live(one.address) else { return };
                Resource { grants: Some(grants), ..live.clone() }
            }
            (None, None) => return,
        };
        self.undo.snapshot.resources.insert(resource.address.clone(), resource);
    }

    /// An object that the run created goes, if it is as the run left it.
    fn take_away(&mut self, one: &Touched<'a>) {
        let Some(live) = self.live(one.address) else { return };
        let live = live.clone();
        let edits = self.edits(one, None, &live);
        if let Some(edits) = edits.filter(|_| !self.input.overwrite_edits) {
            let reason = format!("it was edited after the run created it ({edits})");
            return self.block(&live.address, Change::Delete, reason, OVERWRITE);
        }
        let kind = self.input.catalogue.kind(&live.address.kind);
        if kind.is_some_and(|kind| kind.hooks.holds_data()) {
            let message = "what has been put into it since the run goes with it";
            self.undo.findings.push(Finding::warning("undo-loses", &live.address, message));
        }
        self.absent(live.address);
    }

    /// What an object was, if that is to be brought back.
    fn restored(&mut self, one: &Touched<'a>, step: &Step, image: &Image) -> Option<Resource> {
        let table = self.input.catalogue.table(&one.address.kind)?;
        let live = self.live(one.address).cloned();
        let taken_away = matches!(step.change, Change::Delete | Change::Replace);
        if table.kind.hooks.is_history() {
            let message = "what was logged since stays: history is not taken back";
            self.undo.findings.push(Finding::warning("undo-loses", one.address, message));
            return None;
        }
        if live.is_none() && !taken_away {
            let reason = "it was deleted in the target after the run changed it".to_owned();
            self.block(one.address, step.change, reason, "");
            return None;
        }
        if puts(table, step) {
            let message =
                "the value that it had before the run cannot be read, and does not come back";
            let finding = Finding::warning("undo-loses", one.address, message);
            self.undo.findings.push(finding.hint("put it by hand"));
        }
        let grants = self.past.grants(step.id).filter(|_| taken_away).cloned();
        let mut was = Image { grants, ..image.clone() }.at(one.address.clone());
        self.names.translate(&mut was);
        was.address = self.names.again(one.address)?.clone();
        if let Some(live) = &live {
            let changes = diff(table, &was, live);
            let renamed = was.address != live.address;
            let rights = live.grants.is_some()
                && was.grants.as_ref().is_some_and(|was| live.grants.as_ref() != Some(was));
            let is_deleted = table.kind.hooks.is_deleted(&live.spec);
            let is_gone = step.change == Change::Delete && !is_deleted;
            if changes.is_empty() && !renamed && !rights || is_gone {
                return None;
            }
            let edits = self.edits(one, Some(&was), live);
            if let Some(edits) = edits.filter(|_| !self.input.overwrite_edits) {
                let reason = format!("it was edited after the run changed it ({edits})");
                self.block(&live.address, step.change, reason, OVERWRITE);
                return None;
            }
            if renamed || !table.kind.unique {
                self.undo.options.pairs.insert(was.address.clone(), live.address.clone());
            }
        } else if self.is_back(table, &was) {
            return None;
        }
        if !self.can_be_restored(table, &was, live.as_ref()) {
            return None;
        }
        if taken_away {
            self.say_what_is_lost(table, &was.address);
        }
        Some(was)
    }

    /// An object that the run did not come to, if it refers to what the run replaced or deleted.
    fn relinked(&self, one: &Touched<'a>) -> Option<Resource> {
        let table = self.input.catalogue.table(&one.address.kind)?;
        let mut resource = Resource { grants: None, ..self.live(one.address)?.clone() };
        let called = |address| self.names.of_address(address);
        self.former.name(table, &mut resource, called).then_some(resource)
    }

    /// Whether an object that is to come back was brought back already, under whatever number.
    fn is_back(&self, table: &Table, was: &Resource) -> bool {
        let known: BTreeSet<&Address> =
            self.input.plan.observed.keys().filter_map(|one| self.names.now(one)).collect();
        let bearers = self.input.live.snapshot.of_kind(&was.address.kind).filter(|live| {
            base_of(&live.address.key) == base_of(&was.address.key)
                && !known.contains(&live.address)
        });
        bearers.into_iter().any(|live| diff(table, was, live).is_empty())
    }

    fn can_be_restored(&mut self, table: &Table, was: &Resource, live: Option<&Resource>) -> bool {
        let change = if live.is_some() { Change::Update } else { Change::Create };
        let content = was.content.as_ref().map(|content| &content.digest);
        let of_live = live.and_then(|live| live.content.as_ref()).map(|content| &content.digest);
        let reason = if has_redacted(&was.spec) {
            "what it was holds a value that looks like a secret, which is never kept"
        } else if content.is_some_and(|digest| content != of_live && !(self.input.has)(digest)) {
            "the content it had is not beside the journal any more"
        } else if lacks_bytes(was, live, self.input.has) {
            "bytes that it spoke of are not beside the journal"
        } else if table.kind.unique && self.is_taken(&was.address, live) {
            "another object has its name now"
        } else {
            return true;
        };
        self.block(&was.address, change, reason.to_owned(), "bring it back by hand");
        false
    }

    fn is_taken(&self, name: &Address, live: Option<&Resource>) -> bool {
        live.is_none_or(|live| live.address != *name)
            && self.input.live.snapshot.resources.contains_key(name)
    }

    fn say_what_is_lost(&mut self, table: &Table, address: &Address) {
        let message = "it comes back with another identifier, and without what belonged to the old one, such as runs and history";
        self.undo.findings.push(Finding::warning("undo-new-identity", address, message));
        if table.kind.hooks.holds_data() {
            let message = "the data that was lost with it does not come back";
            self.undo.findings.push(Finding::warning("undo-loses", address, message));
        }
    }

    /// The rights to bring back, if there are any.
    fn rights_back(&mut self, one: &Touched<'a>, step: &'a Step) -> Option<BTreeSet<Grant>> {
        let was = self.names.grants(self.past.grants(step.id)?);
        let live = self.live(one.address)?;
        let Some(now) = &live.grants else {
            let reason = "its rights cannot be read".to_owned();
            self.block(&live.address, Change::Grants, reason, "plan as somebody who may read them");
            return None;
        };
        let set = step.grants.as_ref().map(|grants| self.names.grants(grants));
        if *now == was {
            return None;
        }
        if set.as_ref() != Some(now) && !self.input.overwrite_edits {
            let reason = "its rights were changed after the run set them".to_owned();
            self.block(&live.address, Change::Grants, reason, OVERWRITE);
            return None;
        }
        Some(was)
    }

    /// What somebody edited since the run: the fields that are neither as it left them nor as they were
    /// before, in words; `None` if nothing was.
    fn edits(&self, one: &Touched<'a>, was: Option<&Resource>, live: &Resource) -> Option<String> {
        let left = one.objects.iter().find_map(|step| self.past.left(step.id));
        if left.is_some_and(|left| self.names.as_planned(one.address, live).digest() == *left) {
            return None;
        }
        let table = self.input.catalogue.table(&one.address.kind)?;
        let Some(mut wanted) = self.wanted(one, table) else {
            return Some("the snapshot of the run is needed to tell in what".to_owned());
        };
        self.names.translate(&mut wanted);
        // That it refers to something that the run took away is nobody's edit.
        let mut live = live.clone();
        self.former.name(table, &mut live, |address| self.names.of_address(address));
        let mut edits = diff(table, &wanted, &live);
        if let Some(was) = was {
            let moved = diff(table, was, &live);
            edits.retain(|edit| moved.iter().any(|change| overlaps(&edit.path, &change.path)));
        }
        let paths: Vec<&str> = edits.iter().map(|edit| edit.path.as_str()).take(3).collect();
        (!paths.is_empty()).then(|| paths.join(", "))
    }

    /// How the run meant to leave an object, as far as that can be told.
    fn wanted(&self, one: &Touched<'a>, table: &Table) -> Option<Resource> {
        if let Some(echoed) = one.objects.iter().find_map(|step| self.past.echoed(step.id)) {
            return Some(echoed.at(one.address.clone()));
        }
        if let Some(desired) = self.input.desired {
            let desired = desired.snapshot.resources.get(one.address)?;
            let merged: Vec<Merged> =
                one.objects.iter().flat_map(|step| &step.merged).cloned().collect();
            return Some(overlay(table, desired, &merged));
        }
        // What it was, with the values that the plan shows.
        let (step, image) =
            one.objects.iter().find_map(|step| Some((*step, self.past.image(step.id)?)))?;
        let value =
            |field: &FieldChange| Merged { path: field.path.clone(), value: field.after.clone() };
        let after: Vec<Merged> = step.fields.iter().map(value).collect();
        Some(overlay(table, &image.at(one.address.clone()), &after))
    }

    /// Takes in, as they are, the objects that bear the same names as those that come back, so that nobody
    /// takes one for the other. Says how many these are.
    pub(super) fn add_namesakes(&mut self) -> usize {
        let options = &self.undo.options;
        let elsewhere: BTreeSet<&Address> =
            options.pairs.values().chain(&options.deletes.absent).collect();
        let is_unique = |kind: &str| self.input.catalogue.kind(kind).is_none_or(|kind| kind.unique);
        let names: BTreeSet<(&str, &str)> = self
            .undo
            .snapshot
            .resources
            .keys()
            .filter(|address| !is_unique(&address.kind) && !options.pairs.contains_key(address))
            .map(|address| (address.kind.as_str(), base_of(&address.key)))
            .collect();
        let bearers: Vec<Resource> = names
            .into_iter()
            .flat_map(|(kind, base)| {
                let live = self.input.live.snapshot.of_kind(kind);
                live.filter(move |live| base_of(&live.address.key) == base)
            })
            .filter(|bearer| !elsewhere.contains(&bearer.address))
            .map(|bearer| Resource { grants: None, ..bearer.clone() })
            .collect();
        let resources = &mut self.undo.snapshot.resources;
        let before = resources.len();
        for bearer in bearers {
            resources.entry(bearer.address.clone()).or_insert(bearer);
        }
        resources.len() - before
    }
}
