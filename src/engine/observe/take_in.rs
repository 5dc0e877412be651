//! Making a snapshot of what was read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Observation, Observe};
use crate::engine::caller::Caller;
use crate::engine::keys::{self, fingerprint};
use crate::kind::{
    Details, Error, Keep, Listed, Table, Trace, as_external, has_redacted, normalise, select_mut,
};
use crate::model::{Address, Finding, Grant, KindMark, Resource, Severity};

impl Observation {
    /// Gives listed objects their keys, notes their identifiers, and sorts out those that are left out.
    ///
    /// Of those that are left out, the ones that may be of interest are noted.
    pub(super) fn take_in(
        &mut self,
        objects: Vec<Listed>,
        run: &Observe<'_>,
        of_interest: &dyn Fn(&Address) -> bool,
    ) -> Vec<Listed> {
        let mut by_kind: BTreeMap<&'static str, (Vec<Listed>, Vec<Listed>)> = BTreeMap::new();
        for object in objects {
            let entry = by_kind.entry(object.kind.name).or_default();
            match object.kind.hooks.omit(&object.raw) {
                None => {
                    let name = Address::new(object.kind.name, object.key.clone());
                    *self.namesakes.entry(name).or_default() += 1;
                    entry.0.push(object);
                }
                Some(omission) => {
                    let about = Address::new(object.kind.name, object.key.clone());
                    if run.only.is_none() && of_interest(&about) {
                        self.snapshot.findings.push(Finding::note(
                            omission.code,
                            about,
                            omission.reason,
                        ));
                    }
                    entry.1.push(object);
                }
            }
        }
        let mut kept = Vec::new();
        for (kind, (mut captured, mut omitted)) in by_kind {
            // Those that are captured are numbered first, so that others cannot take their names.
            let mut all: Vec<&mut Listed> = captured.iter_mut().collect();
            keys::assign(kind, &mut all, run.sticky);
            let taken: BTreeSet<String> = captured.iter().map(|one| one.key.clone()).collect();
            for object in omitted.iter_mut().filter(|one| taken.contains(&one.key)) {
                object.key = format!("{}~omitted-{}", object.key, fingerprint(kind, &object.id));
            }
            for object in captured.iter().chain(&omitted) {
                let principal = object.kind.hooks.principal(&object.raw);
                self.index.insert(
                    Address::new(kind, object.key.clone()),
                    object.id.clone(),
                    principal,
                );
            }
            let sticky = self.sticky.entry(kind.to_owned()).or_default();
            // Where a name tells an object only for now, its fingerprint is what it is known by later.
            if captured.first().is_some_and(|one| !one.kind.unique || one.kind.hooks.renames()) {
                sticky.extend(
                    captured.iter().map(|one| (fingerprint(kind, &one.id), one.key.clone())),
                );
            }
            kept.extend(captured);
        }
        self.sticky.retain(|_, keys| !keys.is_empty());
        kept
    }

    /// Keeps one object that was read.
    pub(super) fn keep(
        &mut self,
        run: &Observe<'_>,
        address: Address,
        details: Details,
        grants: Option<Result<BTreeSet<Grant>, Error>>,
    ) {
        let Some(table) = run.catalogue.table(&address.kind) else { return };
        let grants = match grants {
            None => None,
            Some(Ok(grants)) => Some(grants),
            Some(Err(error)) => {
                self.snapshot.findings.push(unreadable_rights(&address, &error));
                None
            }
        };
        self.traces.extend(Trace::of(&details.raw).map(|trace| (address.clone(), trace)));
        let spec = normalise(table, details.raw, &self.index);
        let mut resource =
            Resource { address: address.clone(), spec, grants, content: details.content };
        if run.details {
            self.snapshot.findings.extend(table.kind.hooks.inspect(&mut resource));
            self.snapshot.findings.extend(doubts(table, &resource));
        }
        self.snapshot.resources.insert(address, resource);
    }

    /// Marks each kind with what is known of how complete it is.
    pub(super) fn mark(
        &mut self,
        run: &Observe<'_>,
        caller: &Caller,
        incomplete: &BTreeMap<&'static str, String>,
    ) {
        for kind in run.catalogue.managed() {
            let (complete, evidence) = match incomplete.get(kind.name) {
                _ if run.only.is_some() => (false, "only a part was read".to_owned()),
                Some(why) => (false, why.clone()),
                None if !caller.source.admin => {
                    (false, "the caller is no admin, so the listing may be filtered".to_owned())
                }
                None if caller.source.caller.is_empty() => {
                    (true, "every page was read, of a server that hides nothing".to_owned())
                }
                None => (true, "every page was read by an admin".to_owned()),
            };
            let count = self.snapshot.of_kind(kind.name).count();
            let digest = self.snapshot.kind_digest(kind.name);
            self.snapshot.kinds.insert(
                kind.name.to_owned(),
                KindMark { layout: kind.layout, count, digest, complete, evidence },
            );
        }
        for finding in &mut self.snapshot.findings {
            if finding.severity != Severity::Note {
                finding.message = self.index.without_identifiers(&finding.message);
            }
        }
        self.snapshot.findings.sort();
        self.snapshot.findings.dedup();
    }
}

/// What is said of rights that cannot be read; once for the kind, where the workspace has none for it.
fn unreadable_rights(address: &Address, error: &Error) -> Finding {
    let code = "unreadable-rights";
    if error.is_unavailable_kind() {
        let message = format!("this workspace tells no rights on {} objects", address.kind);
        return Finding::warning(code, &address.kind, message)
            .hint("rights on them are not captured");
    }
    Finding::error(code, address, format!("its rights cannot be read: {}", error.lasting_words()))
}

/// What a person should know about a captured object: references that lead nowhere, secrets that were taken out.
fn doubts(table: &Table, resource: &Resource) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut outside: BTreeSet<String> = BTreeSet::new();
    let mut spec = resource.spec.clone();
    for (pattern, _) in &table.refs {
        select_mut(&mut spec, pattern, &mut |found| {
            outside.extend(as_external(found).map(|external| external.kind));
            Keep::Yes
        });
    }
    for kind in outside {
        let message = format!("it refers to a {kind} that this workspace does not show");
        findings.push(Finding::warning("dangling-reference", &resource.address, message));
    }
    if has_redacted(&resource.spec) {
        findings.push(
            Finding::warning(
                "redacted",
                &resource.address,
                "a value that looks like a secret in clear was left out",
            )
            .hint("put it into a secret scope and write {{secrets/SCOPE/KEY}} instead"),
        );
    }
    if resource.address.key != keys::base_of(&resource.address.key) {
        findings.push(Finding::note(
            "namesake",
            &resource.address,
            "another object has the same name; the number tells them apart",
        ));
    }
    findings
}
