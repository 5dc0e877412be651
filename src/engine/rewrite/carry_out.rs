//! Carrying rewrites out on a snapshot, and remembering what each changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Rewrites, folder};
use crate::kind::{Catalogue, Table, What, matches_pattern};
use crate::model::{Address, Finding, Layout, RIGHTS, Resource, Snapshot, as_ref};

/// What a rewritten value was before, and which rule changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// The value in the snapshot.
    pub source: Value,
    /// The rule.
    pub rule: String,
}

/// A snapshot after rewrites.
pub struct Rewritten {
    /// The snapshot as the target should have it.
    pub snapshot: Snapshot,
    /// Rewritten values, by address in the target and by pointer (elements of keyed lists by their key).
    pub provenance: BTreeMap<Address, BTreeMap<String, Provenance>>,
    /// Unused rules, and objects that would fall together.
    pub findings: Vec<Finding>,
}

struct Rewriting<'a> {
    rules: &'a Rewrites,
    catalogue: &'a Catalogue,
    used: BTreeSet<String>,
}

impl Rewriting<'_> {
    fn address(&self, address: &Address) -> Option<(Address, String)> {
        let table = self.catalogue.table(&address.kind);
        let layout = table.map(|table| table.kind.layout);
        let is = |word: fn(What) -> bool| {
            table.is_some_and(|table| table.key.iter().any(|what| word(*what)))
        };
        let in_tree = matches!(layout, Some(Layout::Directory | Layout::File));
        let (key, rule) = if in_tree || is(What::is_place) {
            self.rules.path(&address.key)?
        } else if is(|what| matches!(what, What::FreePath)) {
            self.rules.free_path(&address.key)?
        } else if is(|what| matches!(what, What::Email)) {
            let (email, rule) = self.rules.email(&address.key)?;
            (email.to_lowercase(), rule)
        } else if is(|what| matches!(what, What::Arn)) {
            self.rules.arn(&address.key)?
        } else {
            self.rules.name(&address.kind, &address.key)?
        };
        Some((Address::new(address.kind.clone(), key), rule.to_owned()))
    }

    /// The new form of a text, by what the table says of the place it stands at.
    fn text(&self, table: &Table, place: &str, text: &str) -> Option<(String, String)> {
        let rules = table.rules.iter().filter(|(pattern, _)| matches_pattern(pattern, place));
        rules
            .filter_map(|(_, rule)| match rule.what {
                What::Email => self.rules.email(text),
                What::Arn => self.rules.arn(text),
                What::Path | What::File => self.rules.path(text),
                What::FreePath => self.rules.free_path(text),
                _ => None,
            })
            .next()
            .map(|(to, rule)| (to, rule.to_owned()))
    }

    fn note(
        &mut self,
        into: &mut BTreeMap<String, Provenance>,
        path: &str,
        source: Value,
        rule: String,
    ) {
        self.used.insert(rule.clone());
        into.insert(path.to_owned(), Provenance { source, rule });
    }

    /// Rewrites a value in place. `place` has plain indices, which rules are looked up by; `path` names
    /// elements of keyed lists by their key, as plans do.
    fn value(
        &mut self,
        table: &Table,
        place: &str,
        path: &str,
        value: &mut Value,
        into: &mut BTreeMap<String, Provenance>,
    ) {
        if let Some(address) = as_ref(value) {
            if let Some((new, rule)) = self.address(&address) {
                self.note(into, path, value.clone(), rule);
                *value = new.to_ref();
            }
            return;
        }
        match value {
            Value::String(text) => {
                if let Some((new, rule)) = self.text(table, place, text) {
                    self.note(into, path, Value::String(text.clone()), rule);
                    *text = new;
                }
            }
            Value::Object(map) => {
                for (key, inner) in map {
                    let step = key.replace('~', "~0").replace('/', "~1");
                    self.value(
                        table,
                        &format!("{place}/{step}"),
                        &format!("{path}/{step}"),
                        inner,
                        into,
                    );
                }
            }
            Value::Array(items) => {
                let key = table.rules.iter().find_map(|(pattern, rule)| match rule.what {
                    What::Keyed(key) if matches_pattern(pattern, place) => Some(key),
                    _ => None,
                });
                for (index, item) in items.iter_mut().enumerate() {
                    let name = key
                        .and_then(|key| item.get(key))
                        .and_then(Value::as_str)
                        .map(str::to_owned);
                    let step = name
                        .unwrap_or_else(|| index.to_string())
                        .replace('~', "~0")
                        .replace('/', "~1");
                    self.value(
                        table,
                        &format!("{place}/{index}"),
                        &format!("{path}/{step}"),
                        item,
                        into,
                    );
                }
            }
            _ => {}
        }
    }

    fn resource(&mut self, resource: &Resource) -> (Resource, BTreeMap<String, Provenance>) {
        let mut new = resource.clone();
        let mut provenance = BTreeMap::new();
        let Some(table) = self.catalogue.table(&resource.address.kind) else {
            return (new, provenance);
        };
        self.value(table, "", "", &mut new.spec, &mut provenance);
        if let Some((address, rule)) = self.address(&resource.address) {
            // The name in the spec follows the address, where the spec holds it.
            if let Some(name) = new.spec.pointer_mut(table.kind.key)
                && name.as_str() == Some(resource.address.key.as_str())
            {
                self.note(&mut provenance, table.kind.key, name.clone(), rule.clone());
                *name = Value::String(address.key.clone());
            }
            self.note(&mut provenance, "", Value::String(resource.address.to_string()), rule);
            new.address = address;
        }
        if let Some(grants) = &mut new.grants {
            let mut rewritten = BTreeSet::new();
            for mut grant in std::mem::take(grants) {
                if let Some((principal, rule)) = self.address(&grant.principal) {
                    let path = format!("{RIGHTS}{principal}");
                    self.note(
                        &mut provenance,
                        &path,
                        Value::String(grant.principal.to_string()),
                        rule,
                    );
                    grant.principal = principal;
                }
                rewritten.insert(grant);
            }
            *grants = rewritten;
        }
        (new, provenance)
    }
}

/// Adds the folders that a rule puts things into. Where names are no paths, no snapshot has any.
fn make_folders(out: &mut Rewritten, catalogue: &Catalogue, rules: &Rewrites) {
    let folders = catalogue.tables().find(|table| table.kind.layout == Layout::Directory);
    let Some(kind) = folders.map(|table| table.kind.name) else { return };
    // Days of runs bear the name of their experiment, and are at no place themselves.
    let put_by = |(address, from): (&Address, &BTreeMap<String, Provenance>)| {
        let named_at = catalogue.table(&address.kind)?.kind.key;
        let rule = from.get(named_at).map(|name| name.rule.clone());
        Some((address.key.clone(), rule.filter(|rule| rules.is_of_folder(rule))?))
    };
    let put: Vec<(String, String)> = out.provenance.iter().filter_map(put_by).collect();
    for (path, rule) in put {
        for folder in folder::above(&path) {
            let address = Address::new(kind, folder);
            let source = Value::String(address.to_string());
            out.snapshot.resources.entry(address.clone()).or_insert_with(|| {
                let whole = Provenance { source, rule: rule.clone() };
                out.provenance.insert(address.clone(), BTreeMap::from([(String::new(), whole)]));
                Resource { address, spec: json!({}), grants: None, content: None }
            });
        }
    }
}

/// Carries rewrites out on a snapshot.
///
/// Two objects that would get one address are a finding, and only the first of them is kept.
pub fn rewrite(snapshot: &Snapshot, catalogue: &Catalogue, rules: &Rewrites) -> Rewritten {
    let mut out = Rewritten {
        snapshot: Snapshot { resources: BTreeMap::new(), ..snapshot.clone() },
        provenance: BTreeMap::new(),
        findings: Vec::new(),
    };
    if rules.is_empty() {
        out.snapshot.resources.clone_from(&snapshot.resources);
        return out;
    }
    let mut rewriting = Rewriting { rules, catalogue, used: BTreeSet::new() };
    // Objects that keep their address come first, so that a rewritten one cannot push them out.
    let (renamed, kept): (Vec<_>, Vec<_>) = snapshot
        .resources
        .values()
        .partition(|resource| rewriting.address(&resource.address).is_some());
    for resource in kept.into_iter().chain(renamed) {
        let (new, provenance) = rewriting.resource(resource);
        let address = new.address.clone();
        if out.snapshot.resources.contains_key(&address) {
            let message = format!(
                "{} is rewritten to this address, which another object has; it is left out",
                resource.address
            );
            out.findings.push(
                Finding::error("folded", &address, message)
                    .hint("change the rule, or rename one of the two"),
            );
            continue;
        }
        if !provenance.is_empty() {
            out.provenance.insert(address.clone(), provenance);
        }
        out.snapshot.resources.insert(address, new);
    }
    make_folders(&mut out, catalogue, rules);
    for label in rules.labels().filter(|label| !rewriting.used.contains(*label)) {
        out.findings.push(Finding::warning(
            "unused-rule",
            "",
            format!("the rewrite rule {label} applies to nothing"),
        ));
    }
    out
}
