//! Rights, principal by principal.

use std::collections::BTreeSet;

use serde_json::json;

use super::oracle::{Tiny, Told, expected, fourfold};
use super::toy::{Policy, object, recorded};
use crate::engine::merge::{Deciding, MergedGrants, merge_grants, record_grants};
use crate::model::{Address, Divergence, Grant, OnConflict, OnEdit, Recorded, Resource, Take};

type Grants = BTreeSet<Grant>;

fn grant(principal: &str, level: impl ToString) -> Grant {
    Grant { principal: principal.parse().unwrap(), level: level.to_string() }
}

fn base(sent: Option<Grants>, echoed: Option<Grants>) -> Recorded {
    let image = |grants| Resource { grants, ..object(json!({})) };
    recorded(&image(sent), echoed.map(|echoed| image(Some(echoed))).as_ref())
}

impl Policy {
    fn rights(
        self,
        desired: &Grants,
        base: &Recorded,
        live: &Grants,
        resolve: &dyn Fn(&Divergence) -> Option<Take>,
    ) -> MergedGrants {
        let Self { on_edit, on_conflict, .. } = self;
        let deciding = Deciding { on_edit, on_conflict, resolve };
        merge_grants(desired, base, live, Some("OWNER"), &deciding)
    }
}

const PATH: &str = "/grants/group:a team/x";

#[test]
fn every_row_holds_for_each_principal() {
    let held = |tiny: Tiny| -> Grants {
        let own = tiny.map(|level| grant("group:a team/x", level));
        own.into_iter().chain([grant("user:ana@x", "READ"), grant("user:ana@x", "WRITE")]).collect()
    };
    for tiny @ [d, s, e, l] in fourfold(&[None, Some('a'), Some('b'), Some('c')]) {
        let [desired, sent, echoed, live] = tiny.map(held);
        let base = base(Some(sent), Some(echoed));
        for policy in Policy::all() {
            let resolve = |_: &Divergence| policy.resolve;
            let merged = policy.rights(&desired, &base, &live, &resolve);
            let expected = expected(d, s, e, l, policy);
            let context = format!("{tiny:?} {policy:?}");
            // Rights are set as a whole, so what the server insists on is wanted.
            let wanted = if expected.told == Told::NotConvergent { l } else { expected.wanted };
            assert_eq!(merged.wanted, held(wanted), "{context}");
            assert_eq!(merged.wanted != live, expected.request, "{context}");
            let value = |tiny: Tiny| tiny.map(|level| json!(level));
            let divergence = Divergence {
                path: PATH.to_owned(),
                base: value(if expected.told == Told::NotConvergent { s } else { e }),
                source: value(d),
                target: value(l),
            };
            let told =
                |list| if expected.told == list { vec![divergence.clone()] } else { Vec::new() };
            assert_eq!(merged.kept, told(Told::Kept), "{context}");
            assert_eq!(merged.conflicts, told(Told::Conflict), "{context}");
            assert_eq!(merged.not_convergent, told(Told::NotConvergent), "{context}");
            if merged.conflicts.is_empty() {
                let standing = [merged.kept.clone(), merged.not_convergent.clone()].concat();
                let after = record_grants(&base, &merged.wanted, &standing, &merged.wanted);
                let second = policy.rights(&desired, &after, &merged.wanted, &resolve);
                assert_eq!(second.wanted, merged.wanted, "{context}");
                assert_eq!(second.kept, merged.kept, "{context}");
                assert_eq!(second.not_convergent, merged.not_convergent, "{context}");
            }
        }
    }
}

#[test]
fn rights_that_were_never_set_are_as_the_source_says() {
    let (desired, live) = (Grants::from([grant("user:a", "READ")]), Grants::new());
    let merged = Policy::CAREFUL.rights(&desired, &base(None, None), &live, &|_| None);
    assert_eq!(merged.wanted, desired);
    assert!(merged.kept.is_empty() && merged.conflicts.is_empty());
    let after = record_grants(&base(None, None), &desired, &[], &desired);
    assert_eq!(after, base(Some(desired), None));
}

fn owned_by(principal: &str) -> Grants {
    let all = ["user:a", "user:b", "user:c"];
    all.map(|one| grant(one, if one == principal { "OWNER" } else { "READ" })).into()
}

fn owners(grants: &Grants) -> usize {
    grants.iter().filter(|grant| grant.level == "OWNER").count()
}

#[test]
fn an_object_never_gets_two_owners_or_none() {
    let people = ["user:a", "user:b", "user:c"];
    for [d, s, e, l] in fourfold(&people) {
        let base = base(Some(owned_by(s)), Some(owned_by(e)));
        for policy in Policy::all() {
            // Nobody's decision, one for all, and one for some only.
            for split in people {
                let resolve = |divergence: &Divergence| {
                    let take = policy.resolve?;
                    divergence.path.ends_with(split).then_some(take)
                };
                let merged = policy.rights(&owned_by(d), &base, &owned_by(l), &resolve);
                assert_eq!(owners(&merged.wanted), 1, "{d} {s} {e} {l} {policy:?} {split}");
                let both = d != s && e != l && d != l;
                if both && policy == Policy::CAREFUL {
                    assert_eq!(merged.wanted, owned_by(l));
                    let paths: Vec<&str> =
                        merged.conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
                    let mut concerned = [format!("/grants/{d}"), format!("/grants/{l}")];
                    concerned.sort();
                    assert_eq!(paths, concerned);
                }
            }
        }
    }
}

#[test]
fn a_policy_decides_whose_owner_it_is() {
    let base = base(Some(owned_by("user:a")), None);
    for (on_conflict, owner) in [(OnConflict::Source, "user:b"), (OnConflict::Target, "user:c")] {
        let policy = Policy { on_edit: OnEdit::Keep, on_conflict, resolve: None };
        let merged = policy.rights(&owned_by("user:b"), &base, &owned_by("user:c"), &|_| None);
        assert_eq!(merged.wanted, owned_by(owner));
        assert!(merged.conflicts.is_empty());
    }
}

#[test]
fn a_principal_is_read_back_from_the_path_of_its_right() {
    let principal = crate::engine::level::holder(PATH);
    assert_eq!(principal, Some(Address::new("group", "a team/x")));
}
