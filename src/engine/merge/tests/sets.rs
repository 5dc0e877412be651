//! Sets, element by element.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::oracle::{Told, expected, fourfold};
use super::toy::{Policy, check_aftermath, elements, object, recorded};
use crate::engine::merge::awaited;
use crate::model::{Divergence, Resource};

/// The set of the letters whose bits are set.
fn letters(bits: u8) -> BTreeSet<String> {
    let name = |bit: u8| ["a", "b"][usize::from(bit)].to_owned();
    (0..2).filter(|bit| bits >> bit & 1 == 1).map(name).collect()
}

/// A place where a set stands.
type Holder = fn(Value) -> Resource;

const HOLDERS: [(&str, Holder); 3] = [
    ("/roles", |set| object(json!({ "roles": set }))),
    ("/tags", |set| object(json!({ "tags": set, "other": 1 }))),
    ("/tasks/k/labels", |set| object(json!({"tasks": [{"task_key": "k", "labels": set}]}))),
];

fn check_list(list: &[Divergence], path: &str, concerned: &BTreeSet<String>, sides: [u8; 3]) {
    if concerned.is_empty() {
        assert_eq!(list, []);
        return;
    }
    let [told] = list else { panic!("a set is told once: {list:?}") };
    assert_eq!(told.path, path);
    for (value, bits) in [&told.base, &told.source, &told.target].into_iter().zip(sides) {
        assert_eq!(elements(value.as_ref()), &letters(bits) & concerned);
    }
}

#[test]
fn every_element_follows_the_table() {
    let subsets: Vec<u8> = (0..4).collect();
    for (path, holder) in HOLDERS {
        for bits @ [d, s, e, l] in fourfold(&subsets) {
            let [desired, sent, echoed, live] = bits.map(|bits| holder(json!(letters(bits))));
            let base = recorded(&sent, Some(&echoed));
            for policy in Policy::all() {
                let (mut wanted, mut request) = (BTreeSet::new(), false);
                let mut told = [const { BTreeSet::new() }; 3];
                for bit in 0..2 {
                    let there = |bits: u8| (bits >> bit & 1 == 1).then_some('x');
                    let it = expected(there(d), there(s), there(e), there(l), policy);
                    let name = letters(1 << bit);
                    if it.wanted.is_some() {
                        wanted.extend(name.clone());
                    }
                    request |= it.request;
                    match it.told {
                        Told::Nowhere => {}
                        Told::Kept => told[0].extend(name),
                        Told::Conflict => told[1].extend(name),
                        Told::NotConvergent => told[2].extend(name),
                    }
                }
                let merged = policy.merge(&desired, &base, &live);
                let context = format!("{path} {bits:?} {policy:?}");
                assert_eq!(merged.wanted, holder(json!(wanted)), "{context}");
                assert_eq!(!merged.changes.is_empty(), request, "{context}");
                check_list(&merged.kept, path, &told[0], [e, d, l]);
                check_list(&merged.conflicts, path, &told[1], [e, d, l]);
                check_list(&merged.not_convergent, path, &told[2], [s, d, l]);
                check_aftermath(&desired, &base, &merged, |base, live| {
                    policy.merge(&desired, base, live)
                });
            }
        }
    }
}

#[test]
fn additions_of_both_sides_come_together_and_stay_theirs() {
    let roles = |roles: Value| object(json!({ "roles": roles }));
    let base = recorded(&roles(json!(["a", "b"])), None);
    let (desired, live) = (roles(json!(["a", "b", "c"])), roles(json!(["b", "d"])));
    let merged = Policy::CAREFUL.merge(&desired, &base, &live);
    assert_eq!(merged.wanted, roles(json!(["b", "c", "d"])));
    let after = crate::engine::merge::record(
        super::toy::table(),
        &desired,
        Some(&base),
        &merged.kept,
        &merged.wanted,
    );
    // The source takes back what it had added, and only that goes.
    let merged = Policy::CAREFUL.merge(&roles(json!(["a", "b"])), &after, &merged.wanted);
    assert_eq!(merged.wanted, roles(json!(["b", "d"])));
    assert_eq!(merged.changes.len(), 1);
}

#[test]
fn what_is_awaited_heeds_the_elements_in_question_and_no_right() {
    let roles = |roles: Value| object(json!({ "roles": roles }));
    let told = |path: &str, source: Value, target: Value| Divergence {
        path: path.to_owned(),
        base: None,
        source: Some(source),
        target: Some(target),
    };
    let known = [
        told("/roles", json!(["a"]), json!(["z"])),
        told("/grants/user:a", json!("READ"), json!("WRITE")),
    ];
    let shown = awaited(super::toy::table(), &roles(json!(["a", "b"])), &known);
    assert_eq!(shown, roles(json!(["b", "z"])));
}
