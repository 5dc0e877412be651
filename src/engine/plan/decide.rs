//! What has to happen to each object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Decision, Planning};
use crate::engine::diff::{by_itself, immutable_rule, lacks_only};
use crate::engine::keys::fingerprint;
use crate::engine::rewrite::Provenance;
use crate::kind::has_redacted;
use crate::model::{Address, Change, FieldChange, Finding, Observed, RIGHTS, Resource, visit_refs};

/// Adds to changed fields which rewrite they come from.
fn attribute(fields: &mut [FieldChange], provenance: Option<&BTreeMap<String, Provenance>>) {
    for field in fields {
        let Some(provenance) = provenance else { continue };
        let below =
            |path: &str| path == field.path || path.starts_with(&format!("{}/", field.path));
        let rules: BTreeSet<&str> = provenance
            .iter()
            .filter(|(path, _)| below(path))
            .map(|(_, from)| from.rule.as_str())
            .collect();
        if !rules.is_empty() {
            field.cause = rules.into_iter().collect::<Vec<_>>().join(", ");
            field.source = provenance.get(&field.path).map(|from| from.source.clone());
        }
    }
}

/// The rewritten fields of an object that is created.
fn rewritten_fields(
    resource: &Resource,
    provenance: Option<&BTreeMap<String, Provenance>>,
) -> Vec<FieldChange> {
    let field = |(path, from): (&String, &Provenance)| {
        if path.starts_with(RIGHTS) {
            return None;
        }
        let after = match path.as_str() {
            "" => Some(Value::String(resource.address.to_string())),
            path => look(&resource.spec, path),
        };
        let (source, cause) = (Some(from.source.clone()), from.rule.clone());
        Some(FieldChange { path: path.clone(), before: None, after, source, cause })
    };
    provenance.into_iter().flatten().filter_map(field).collect()
}

/// The value at a pointer in which elements of lists may be named by their key.
fn look(spec: &Value, path: &str) -> Option<Value> {
    let mut at = spec;
    for step in path.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Array(items) => match step.parse::<usize>() {
                Ok(index) => items.get(index)?,
                Err(_) => items.iter().find(|item| {
                    item.as_object()
                        .is_some_and(|map| map.values().any(|value| value.as_str() == Some(&name)))
                })?,
            },
            other => other.get(&name)?,
        };
    }
    Some(at.clone())
}

impl Planning<'_> {
    /// Decides for each wanted object whether it is created, changed, replaced or left.
    pub(super) fn decide(&mut self) {
        for (address, resource) in self.desired() {
            if !self.chosen.has_object(address) {
                self.leave(address);
                continue;
            }
            if let Some(candidates) = self.pairing.ambiguous.get(address).cloned() {
                let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
                let reason =
                    format!("several objects of the target could be meant: {}", names.join(", "));
                self.block(
                    address,
                    Change::Update,
                    reason,
                    format!(
                        "say which one it is with --pair '{address}={}', or rename the others",
                        names[0]
                    ),
                );
                continue;
            }
            let Some(live) = self.live_one(address).cloned() else {
                let fields = rewritten_fields(resource, self.input.desired.provenance.get(address));
                let create = Decision { change: Change::Create, fields, deferred: Vec::new() };
                self.decide_absent(resource, create);
                continue;
            };
            self.see(address, &live);
            self.compare(address, resource, &live);
        }
        let known = |address: &&Address| !self.wanted_names.contains_key(*address);
        let unmatched: Vec<Resource> =
            self.live.resources.values().filter(|live| known(&&live.address)).cloned().collect();
        for live in unmatched {
            let called = self.pairing.stranger(&live.address).clone();
            self.see(&called, &live);
        }
    }

    pub(super) fn see(&mut self, address: &Address, live: &Resource) {
        let other = Some(live.address.clone()).filter(|live| live != address);
        let object = self.input.live.index.id(&live.address);
        let alone = self.catalogue().table(&address.kind).map(|table| by_itself(table, live));
        let seen = Observed {
            live: other,
            object: object.map(|id| fingerprint(&address.kind, id)),
            digest: alone.as_ref().unwrap_or(live).digest(),
            grants: live.grants_digest(),
            unselected: self.unselected.contains(address),
        };
        self.observed.insert(address.clone(), seen);
    }

    fn compare(&mut self, address: &Address, resource: &Resource, live: &Resource) {
        let Some(table) = self.catalogue().table(&address.kind) else { return };
        let resource = &self.with_activity(table, resource, live);
        let Some(mut fields) = self.changes(table, resource, live) else { return };
        fields.retain(|field| !lacks_only(table, field, |one| self.live_one(one).is_none()));
        if fields.is_empty() {
            self.in_sync += 1;
            return;
        }
        if self.caller() == Some(address) && !table.kind.hooks.may_change_caller() {
            let message = "it is the identity that calls, which is never changed";
            self.findings.push(Finding::warning("own-identity", address, message));
            return;
        }
        if let Some(reason) = table.kind.hooks.stranger(resource, live) {
            let hint = "rename or remove it in the target, then plan again";
            self.block(address, Change::Update, reason, hint);
            return;
        }
        if self.wanted(address).is_some_and(|wanted| has_redacted(&wanted.spec)) {
            let reason = "the snapshot leaves out a value of it that looks like a secret, and a change sends the whole object";
            self.block(
                address,
                Change::Update,
                reason,
                "put the value into a secret scope, refer to it, and export again",
            );
            return;
        }
        attribute(&mut fields, self.input.desired.provenance.get(address));
        let change = match immutable_rule(table, &fields) {
            Some((rule, path)) => {
                for field in
                    fields.iter_mut().filter(|field| field.path == path && field.cause.is_empty())
                {
                    field.cause = format!("forces a replacement: {}", rule.why);
                }
                Change::Replace
            }
            None if self.is_rename(table, address, &live.address) => Change::Rename,
            None => Change::Update,
        };
        if self.block_protected(address, change) {
            return;
        }
        self.objects.insert(address.clone(), Decision { change, fields, deferred: Vec::new() });
    }

    /// An object that is replaced gets another identifier, so whatever refers to it has to be told.
    pub(super) fn follow_replacements(&mut self) {
        let replaced: BTreeSet<Address> = self
            .objects
            .iter()
            .filter(|(_, decision)| decision.change == Change::Replace)
            .map(|(address, _)| address.clone())
            .collect();
        if replaced.is_empty() {
            return;
        }
        for address in self.desired().keys() {
            let stays = self.blocked.contains_key(address) || self.conflicts.contains_key(address);
            if stays || self.live_one(address).is_none() {
                continue;
            }
            let Some(resource) = self.wanted(address).cloned() else { continue };
            let mut fields = Vec::new();
            visit_refs(&resource.spec, &mut |path, to| {
                if replaced.contains(&to) && to != *address {
                    let same = Some(to.to_ref());
                    fields.push(FieldChange {
                        path: path.to_owned(),
                        before: same.clone(),
                        after: same,
                        source: None,
                        cause: format!("{to} is replaced"),
                    });
                }
            });
            if !fields.is_empty() {
                let decision = self.objects.entry(address.clone()).or_insert_with(|| Decision {
                    change: Change::Update,
                    fields: Vec::new(),
                    deferred: Vec::new(),
                });
                decision.fields.extend(fields);
            }
        }
    }
}
