//! What the target should be: the snapshot after rewrites and options.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::rewrite::{Provenance, Rewrites, rewrite};
use crate::kind::{Catalogue, canon};
use crate::model::{Address, Finding, Options, Snapshot, visit_refs};

/// The snapshot as the target should have it, and where its values come from.
pub struct Desired {
    /// The snapshot after rewrites and options.
    pub snapshot: Snapshot,
    /// Rewritten values.
    pub provenance: BTreeMap<Address, BTreeMap<String, Provenance>>,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

impl Desired {
    /// The address that a wanted object has in the snapshot, before rewrites.
    pub fn source_of(&self, address: &Address) -> Address {
        let before = self.provenance.get(address).and_then(|from| from.get(""));
        let before = before.and_then(|from| from.source.as_str()?.parse().ok());
        before.unwrap_or_else(|| address.clone())
    }

    /// The kinds its objects refer to.
    pub fn referred_kinds(&self) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        for resource in self.snapshot.resources.values() {
            visit_refs(&resource.spec, &mut |_, to| {
                kinds.insert(to.kind);
            });
        }
        kinds
    }
}

/// Works out what the target should be. Plan and apply both call this, so that they cannot disagree.
pub fn desired(
    snapshot: &Snapshot,
    catalogue: &Catalogue,
    rules: &Rewrites,
    options: &Options,
) -> Desired {
    let rewritten = rewrite(snapshot, catalogue, rules);
    let mut desired = Desired {
        snapshot: rewritten.snapshot,
        provenance: rewritten.provenance,
        findings: rewritten.findings,
    };
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    desired.snapshot.resources.retain(|address, _| {
        let is_known = catalogue.kind(&address.kind).is_some();
        if !is_known {
            *unknown.entry(address.kind.clone()).or_default() += 1;
        }
        is_known
    });
    for (kind, count) in unknown {
        let message = format!(
            "this version of brickform does not know the kind; {count} object(s) are left alone"
        );
        desired.findings.push(Finding::warning("unknown-kind", kind, message));
    }
    for resource in desired.snapshot.resources.values_mut() {
        let Some(table) = catalogue.table(&resource.address.kind) else { continue };
        if options.pause_jobs {
            table.kind.hooks.pause(&mut resource.spec);
        }
        if options.check_instance_profiles {
            table.kind.hooks.have_checked(&mut resource.spec);
        }
        // Snapshots may be edited by hand; what is only another spelling must not count as a change.
        resource.spec = canon(table, std::mem::take(&mut resource.spec));
    }
    desired
}
