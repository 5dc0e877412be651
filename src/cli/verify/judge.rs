//! Whether a workspace is as a snapshot says, and what nobody can tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::compare::{Comparison, against};
use crate::engine::{Desired, Matched, matched};
use crate::kind::{Catalogue, What, has_redacted};
use crate::model::{Address, Change, Finding, Options, Resource, Snapshot, Step};

/// What is compared.
pub(super) struct Sides<'a> {
    /// The kinds.
    pub catalogue: &'a Catalogue,
    /// The snapshot as it was read.
    pub snapshot: &'a Snapshot,
    /// The snapshot as the workspace should have it.
    pub desired: &'a Desired,
    /// The workspace.
    pub live: &'a Snapshot,
    /// Which object is which.
    pub options: &'a Options,
    /// Whether the workspace may hold more than the snapshot.
    pub allow_extra: bool,
    /// Which objects are asked for.
    pub asked: &'a dyn Fn(&Address) -> bool,
    /// The kinds of which some may be asked for.
    pub kinds: BTreeSet<String>,
}

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Everything was compared, and is equal.
    Equal,
    /// Something differs.
    Different,
    /// Nothing that could be compared differs, but not everything could be.
    Unverified,
}

/// A workspace, compared with a snapshot.
#[derive(Default)]
pub(super) struct Judgement {
    /// What leads from the snapshot to the workspace.
    pub steps: Vec<Step>,
    /// How many objects are the same.
    pub same: usize,
    /// Objects that only the workspace has, where that is allowed.
    pub allowed: BTreeSet<Address>,
    /// What could not be compared, with the reason.
    pub unverified: BTreeMap<String, String>,
    /// How many objects the workspace has, by kind, that the snapshot was not to hold.
    pub outside: BTreeMap<String, usize>,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

/// Compares a workspace with a snapshot.
pub(super) fn judge(sides: &Sides<'_>) -> Judgement {
    let wanted = &sides.desired.snapshot;
    let mut matched = matched(sides.catalogue, wanted, sides.live, &sides.options.pairs);
    matched.found.retain(|address, _| (sides.asked)(address));
    matched.extra.retain(|address, _| (sides.asked)(address));
    let mut judgement =
        Judgement { findings: sides.desired.findings.clone(), ..Judgement::default() };
    judgement.doubt(&matched);
    judgement.compare_found(sides, &matched);
    judgement.look_for_missing(sides, &matched);
    judgement.look_for_extra(sides, matched.extra);
    judgement.note_unread(sides);
    judgement.note_left_out(wanted);
    judgement
}

impl Judgement {
    /// How it ended.
    pub(super) fn verdict(&self) -> Verdict {
        match () {
            () if !self.steps.is_empty() => Verdict::Different,
            () if !self.unverified.is_empty() => Verdict::Unverified,
            () => Verdict::Equal,
        }
    }

    fn unverified(&mut self, about: impl ToString, reason: impl Into<String>) {
        self.unverified.entry(about.to_string()).or_insert_with(|| reason.into());
    }

    /// Says which object was taken for which, where that is not sure.
    fn doubt(&mut self, matched: &Matched) {
        for (address, found) in &matched.unused {
            let message = format!("the pair {address}={found} applies to nothing");
            self.findings.push(Finding::warning("unused-pair", address, message));
        }
        for (address, candidates) in &matched.ambiguous {
            let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            let message = format!("it could be any of {}, and equals none", names.join(", "));
            let hint = format!("say which one it is with --pair '{address}={}'", names[0]);
            self.findings.push(Finding::warning("ambiguous", address, message).hint(hint));
        }
    }

    fn compare_found(&mut self, sides: &Sides<'_>, matched: &Matched) {
        let wanted = &sides.desired.snapshot.resources;
        let pairs =
            matched.found.iter().filter_map(|(address, found)| Some((wanted.get(address)?, found)));
        for (wanted, found) in pairs.clone() {
            let grants =
                sides.catalogue.kind(&wanted.address.kind).is_some_and(|kind| kind.acl.is_some());
            if grants && wanted.grants.is_some() && found.grants.is_none() {
                self.unverified(&wanted.address, "the workspace does not tell its rights");
            }
        }
        let Comparison { steps, same } = against(sides.catalogue, pairs.clone());
        (self.steps, self.same) = (steps, same);
        self.note_uncompared(sides, pairs.map(|(wanted, _)| wanted));
    }

    /// Says of how many objects there is a value that nobody can read back.
    fn note_uncompared<'a>(
        &mut self,
        sides: &Sides<'_>,
        found: impl Iterator<Item = &'a Resource>,
    ) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for resource in found {
            let rules = sides.catalogue.table(&resource.address.kind).map(|table| &table.rules);
            let is_input = |what: What| matches!(what, What::InputOnly(_));
            if rules.into_iter().flatten().any(|(_, rule)| is_input(rule.what)) {
                *counts.entry(&resource.address.kind).or_default() += 1;
            }
        }
        for (kind, count) in counts {
            let message = format!("{count} values are never shown, and were not compared");
            self.findings.push(Finding::note("uncompared-value", kind, message));
        }
    }

    /// Wanted objects that were not found are missing, or the workspace did not show everything.
    fn look_for_missing(&mut self, sides: &Sides<'_>, matched: &Matched) {
        let missing = sides
            .desired
            .snapshot
            .resources
            .keys()
            .filter(|address| (sides.asked)(address) && !matched.found.contains_key(address));
        for address in missing {
            if let Some(finding) =
                sides.live.findings.iter().find(|one| one.is_unread() && one.covers(address))
            {
                self.unverified(address, finding.message.clone());
            } else if !sides.live.source.admin {
                self.unverified(
                    address,
                    "it is not shown, and the caller is no admin, who would see all",
                );
            } else {
                self.step(address, Change::Delete);
            }
        }
    }

    /// Live objects that are not wanted are extras, or the snapshot does not hold everything.
    fn look_for_extra(&mut self, sides: &Sides<'_>, extra: BTreeMap<Address, Resource>) {
        for address in extra.into_keys() {
            let kind = sides.catalogue.kind(&address.kind);
            // What a server of the source's sort never holds, the target may hold.
            let server = sides.snapshot.source.server;
            let is_offered = kind.is_none_or(|kind| server.offers(kind.api.list.path));
            if !is_offered || !sides.snapshot.kinds.contains_key(&address.kind) {
                *self.outside.entry(address.kind).or_default() += 1;
            } else if sides.allow_extra {
                self.allowed.insert(address);
            } else if let Some(finding) =
                sides.snapshot.findings.iter().find(|one| one.is_unread() && one.covers(&address))
            {
                self.unverified(
                    &address,
                    format!("when the snapshot was taken: {}", finding.message),
                );
            } else if sides.snapshot.may_hide(&address.kind) {
                *self.outside.entry(address.kind).or_default() += 1;
            } else if !sides.snapshot.source.admin {
                self.unverified(
                    &address,
                    "the snapshot was not taken by an admin, who would see all",
                );
            } else {
                self.step(&address, Change::Create);
            }
        }
    }

    /// What either side could not read is not equal, whatever else is.
    fn note_unread(&mut self, sides: &Sides<'_>) {
        if sides.allow_extra {
            return;
        }
        let in_scope = |finding: &&Finding| {
            let kind = finding.about.split(':').next().unwrap_or_default();
            // What a workspace does not offer, it does not hold either.
            let of_one = finding.about.parse().ok();
            finding.is_unread()
                && of_one.is_none_or(|address| (sides.asked)(&address))
                && finding.code != "unavailable"
                && sides.kinds.contains(kind)
                && sides.snapshot.kinds.contains_key(kind)
        };
        for finding in sides.live.findings.iter().filter(in_scope) {
            self.unverified(&finding.about, finding.message.clone());
        }
        for finding in sides.snapshot.findings.iter().filter(in_scope) {
            self.unverified(
                &finding.about,
                format!("when the snapshot was taken: {}", finding.message),
            );
        }
        if !sides.live.source.admin {
            self.unverified("the workspace", "the caller is no admin, so objects may be hidden");
        }
    }

    /// Values that a snapshot leaves out are compared with nothing.
    fn note_left_out(&mut self, wanted: &Snapshot) {
        for resource in wanted.resources.values().filter(|one| has_redacted(&one.spec)) {
            let message = "a value that looks like a secret is in no snapshot, and is not compared";
            self.findings.push(Finding::note("redacted", &resource.address, message));
        }
        self.findings.sort();
    }

    fn step(&mut self, address: &Address, change: Change) {
        Comparison::add(&mut self.steps, address, change, Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::selection;
    use crate::engine::{Rewrites, desired};
    use crate::model::{Grant, KindMark, Layout, Source};
    use serde_json::{Value, json};

    fn workspace(objects: &[(&str, Value)]) -> Snapshot {
        let mut snapshot =
            Snapshot { source: Source { admin: true, ..Source::default() }, ..Snapshot::default() };
        for (address, spec) in objects {
            let address: Address = address.parse().unwrap();
            let grants = Some(BTreeSet::new());
            let resource =
                Resource { address: address.clone(), spec: spec.clone(), grants, content: None };
            snapshot.resources.insert(address, resource);
        }
        for kind in ["job", "cluster_policy"] {
            let mark = KindMark {
                layout: Layout::Objects,
                count: 0,
                digest: snapshot.kind_digest(kind),
                complete: true,
                evidence: String::new(),
            };
            snapshot.kinds.insert(kind.to_owned(), mark);
        }
        snapshot
    }

    fn judged(snapshot: &Snapshot, live: &Snapshot, allow_extra: bool) -> Judgement {
        let (catalogue, options) = (selection::everything(), Options::default());
        let desired = desired(snapshot, &catalogue, &Rewrites::default(), &options);
        judge(&Sides {
            catalogue: &catalogue,
            snapshot,
            desired: &desired,
            live,
            options: &options,
            allow_extra,
            asked: &|_| true,
            kinds: snapshot.kinds.keys().cloned().collect(),
        })
    }

    fn seen(judgement: &Judgement) -> Vec<(String, Change)> {
        judgement.steps.iter().map(|step| (step.address.to_string(), step.change)).collect()
    }

    #[test]
    fn everything_that_differs_is_found() {
        let snapshot = workspace(&[
            ("job:gone", json!({})),
            ("job:other", json!({"max_concurrent_runs": 2})),
            ("job:same", json!({})),
            ("job:rights", json!({})),
        ]);
        let mut live = workspace(&[
            ("job:other", json!({"max_concurrent_runs": 3})),
            ("job:same", json!({})),
            ("job:rights", json!({})),
            ("job:more", json!({})),
            ("user:ana@x.com", json!({})),
        ]);
        let right =
            Grant { principal: "user:ana@x.com".parse().unwrap(), level: "CAN_VIEW".into() };
        let rights = live.resources.get_mut(&"job:rights".parse().unwrap()).unwrap();
        rights.grants.as_mut().unwrap().insert(right);
        let judgement = judged(&snapshot, &live, false);
        let expected = [
            ("job:other", Change::Update),
            ("job:rights", Change::Grants),
            ("job:gone", Change::Delete),
            ("job:more", Change::Create),
        ];
        assert_eq!(
            seen(&judgement),
            expected.map(|(address, change)| (address.to_owned(), change))
        );
        assert_eq!((judgement.same, judgement.verdict()), (1, Verdict::Different));
        assert_eq!(judgement.outside, BTreeMap::from([("user".to_owned(), 1)]));
        let field = &judgement.steps[0].fields[0];
        assert_eq!((&field.before, &field.after), (&Some(json!(2)), &Some(json!(3))));
        let allowing = judged(&snapshot, &live, true);
        assert_eq!(allowing.allowed.len(), 1);
        assert!(!seen(&allowing).iter().any(|(_, change)| *change == Change::Create));
    }

    #[test]
    fn what_could_not_be_read_is_not_equal() {
        let snapshot = workspace(&[("job:a", json!({}))]);
        let mut live = workspace(&[]);
        live.findings.push(Finding::error("unreadable", "job", "it cannot be listed: 500"));
        let judgement = judged(&snapshot, &live, false);
        assert_eq!(judgement.verdict(), Verdict::Unverified);
        assert!(judgement.unverified["job:a"].contains("500"));

        let mut half = workspace(&[]);
        half.findings.push(Finding::error("unreadable", "job:a", "it cannot be read: 500"));
        let judgement = judged(&half, &snapshot, false);
        assert_eq!(judgement.verdict(), Verdict::Unverified, "{:?}", judgement.unverified);
        assert_eq!(judged(&half, &snapshot, true).verdict(), Verdict::Equal);

        let mut hidden = snapshot.clone();
        hidden.source.admin = false;
        assert_eq!(judged(&snapshot, &hidden, false).verdict(), Verdict::Unverified);
        assert_eq!(judged(&snapshot, &hidden, true).verdict(), Verdict::Equal);
        assert_eq!(judged(&snapshot, &snapshot, false).verdict(), Verdict::Equal);

        let mut mute = snapshot.clone();
        mute.resources.values_mut().for_each(|job| job.grants = None);
        assert_eq!(judged(&snapshot, &mute, true).verdict(), Verdict::Unverified);
        assert_eq!(judged(&mute, &snapshot, false).verdict(), Verdict::Equal);
    }
}
