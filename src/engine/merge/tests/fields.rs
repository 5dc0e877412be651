//! Every row of the table, at a place of every nature.

use serde_json::{Value, json};

use super::oracle::{Expected, Tiny, Told, expected, fourfold};
use super::toy::{Policy, check_aftermath, content, object, recorded};
use crate::engine::merge::Merge;
use crate::model::{Divergence, OnConflict, OnEdit, Resource, Take};

/// A place in an object, and what the letters of the model are there.
struct Spot {
    path: &'static str,
    /// Where a value that is there on all sides is taken apart further.
    below: &'static str,
    value: fn(char) -> Value,
    holder: fn(Option<Value>) -> Resource,
}

/// `value` under `key` of a map, if there is one.
fn with(mut map: Value, key: &str, value: Option<Value>) -> Value {
    if let Some(value) = value {
        map[key] = value;
    }
    map
}

const SPOTS: &[(&str, Spot)] = &[
    (
        "a text",
        Spot {
            path: "/x",
            below: "",
            value: |letter| json!(letter),
            holder: |value| object(with(json!({}), "x", value)),
        },
    ),
    (
        "a field of an object",
        Spot {
            path: "/outer/in~1ner",
            below: "",
            value: |letter| json!(letter),
            holder: |value| object(json!({"outer": with(json!({"other": 1}), "in/ner", value)})),
        },
    ),
    (
        "an object",
        Spot {
            path: "/schedule",
            below: "/cron",
            value: |letter| json!({"cron": letter, "zone": "UTC"}),
            holder: |value| object(with(json!({"n": 1}), "schedule", value)),
        },
    ),
    (
        "an entry of a map that is absent when empty",
        Spot {
            path: "/conf/k",
            below: "",
            value: |letter| json!(letter),
            holder: |value| object(json!({"conf": with(json!({}), "k", value)})),
        },
    ),
    (
        "an element of a keyed list",
        Spot {
            path: "/tasks/m",
            below: "/n",
            value: |letter| json!({"task_key": "m", "n": letter}),
            holder: |value| {
                let mut tasks = vec![json!({"task_key": "a"}), json!({"task_key": "z"})];
                tasks.extend(value);
                object(json!({ "tasks": tasks }))
            },
        },
    ),
    (
        "a field of an element",
        Spot {
            path: "/tasks/k~11/n",
            below: "",
            value: |letter| json!(letter),
            holder: |value| {
                object(json!({"tasks": [with(json!({"task_key": "k/1"}), "n", value)]}))
            },
        },
    ),
    (
        "a list with an order",
        Spot {
            path: "/list",
            below: "",
            value: |letter| json!([letter, "and", "more"]),
            holder: |value| object(with(json!({}), "list", value)),
        },
    ),
    (
        "a leaf of a document",
        Spot {
            path: "/doc/rows/first",
            below: "",
            value: |letter| json!(letter),
            holder: |value| object(json!({"doc": {"rows": with(json!({}), "first", value)}})),
        },
    ),
    (
        "a reference",
        Spot {
            path: "/ref",
            below: "",
            value: |letter| json!({"$ref": format!("toy:{letter}")}),
            holder: |value| object(with(json!({}), "ref", value)),
        },
    ),
    (
        "an identifier from elsewhere",
        Spot {
            path: "/outside",
            below: "",
            value: |letter| json!({"$external": {"kind": "toy", "id": letter}}),
            holder: |value| object(with(json!({}), "outside", value)),
        },
    ),
    (
        "a field that cannot be changed in place",
        Spot {
            path: "/disk",
            below: "",
            value: |letter| json!(letter),
            holder: |value| object(with(json!({}), "disk", value)),
        },
    ),
    (
        "a content",
        Spot {
            path: "/content",
            below: "",
            value: |letter| json!(content(letter)),
            holder: |value| {
                let content = value.map(|value| serde_json::from_value(value).unwrap());
                Resource { content, ..object(json!({"language": "SQL"})) }
            },
        },
    ),
];

impl Spot {
    fn image(&self, tiny: Tiny) -> Resource {
        (self.holder)(tiny.map(self.value))
    }

    /// The divergence that the four values have to be told as.
    fn divergence(&self, [d, s, e, l]: [Tiny; 4], told: Told) -> Divergence {
        let whole = [d, s, e, l].contains(&None);
        let below = if whole { "" } else { self.below };
        let value = |tiny: Tiny| tiny.map(|it| (self.value)(it).pointer(below).cloned().unwrap());
        Divergence {
            path: format!("{}{below}", self.path),
            base: value(if told == Told::NotConvergent { s } else { e }),
            source: value(d),
            target: value(l),
        }
    }
}

fn check(merge: &Merge, spot: &Spot, tiny: [Tiny; 4], expected: Expected) {
    assert_eq!(merge.wanted, spot.image(expected.wanted), "wanted");
    let divergence = spot.divergence(tiny, expected.told);
    let told = |list| if expected.told == list { vec![divergence.clone()] } else { Vec::new() };
    assert_eq!(merge.kept, told(Told::Kept), "kept");
    assert_eq!(merge.conflicts, told(Told::Conflict), "conflicts");
    assert_eq!(merge.not_convergent, told(Told::NotConvergent), "not convergent");
    assert_eq!(!merge.changes.is_empty(), expected.request, "{:?}", merge.changes);
    assert!(merge.changes.iter().all(|change| change.path.starts_with(
        // An object that is absent when empty changes as a whole.
        if spot.path == "/conf/k" { "/conf" } else { spot.path }
    )));
}

#[test]
fn every_row_holds_at_places_of_every_nature() {
    let mut rows = 0;
    for (name, spot) in SPOTS {
        for tiny @ [d, s, e, l] in fourfold(&[None, Some('a'), Some('b'), Some('c')]) {
            let [desired, sent, echoed, live] = tiny.map(|tiny| spot.image(tiny));
            for policy in Policy::all() {
                let told = expected(d, s, e, l, policy);
                let mut bases = vec![recorded(&sent, Some(&echoed))];
                if s == e {
                    bases.push(recorded(&sent, None));
                }
                for base in bases {
                    let run = || {
                        let merged = policy.merge(&desired, &base, &live);
                        check(&merged, spot, tiny, told);
                        check_aftermath(&desired, &base, &merged, |base, live| {
                            policy.merge(&desired, base, live)
                        });
                    };
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
                    assert!(outcome.is_ok(), "{name}: {tiny:?} under {policy:?}");
                    rows += 1;
                }
            }
        }
    }
    assert_eq!(rows, SPOTS.len() * Policy::all().len() * (256 + 64));
}

/// Merges under the careful policy, what was sent having been echoed.
fn careful(desired: Value, base: Value, live: Value) -> Merge {
    let base = recorded(&object(base), None);
    Policy::CAREFUL.merge(&object(desired), &base, &object(live))
}

fn paths(list: &[Divergence]) -> Vec<&str> {
    list.iter().map(|divergence| divergence.path.as_str()).collect()
}

#[test]
fn both_sides_may_change_an_object_in_different_fields() {
    let merged = careful(
        json!({"tasks": [{"task_key": "a", "n": 2}, {"task_key": "b", "m": 1}], "conf": {"x": 1}}),
        json!({"tasks": [{"task_key": "a", "n": 1}, {"task_key": "b", "m": 1}]}),
        json!({"tasks": [{"task_key": "a", "n": 1}, {"task_key": "b", "m": 7}, {"task_key": "c"}], "conf": {"y": 2}}),
    );
    assert_eq!(
        merged.wanted,
        object(json!({
            "tasks": [{"task_key": "a", "n": 2}, {"task_key": "b", "m": 7}, {"task_key": "c"}],
            "conf": {"x": 1, "y": 2}
        }))
    );
    assert_eq!(paths(&merged.kept), ["/conf/y", "/tasks/b/m", "/tasks/c"]);
    assert!(merged.conflicts.is_empty());
    let changed: Vec<&str> = merged.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(changed, ["/conf/x", "/tasks/a/n"]);
}

#[test]
fn what_the_table_calls_equal_is_no_edit() {
    let same = [
        (json!({"mail": "Ana@x"}), json!({"mail": "ana@x"})),
        (json!({"key": {"$redacted": "one"}}), json!({"key": {"$redacted": "two"}})),
        (json!({"aws": {}}), json!({"aws": {"zone": "auto"}})),
        (json!({}), json!({"aws": {"zone": "auto"}, "zone": "1"})),
        (json!({}), json!({"env": {"PYTHON": "3"}})),
    ];
    for (base, live) in same {
        let merged = careful(base.clone(), base.clone(), live);
        assert_eq!(merged.wanted, object(base));
        assert!(merged.changes.is_empty() && merged.kept.is_empty());
        assert!(merged.not_convergent.is_empty());
    }
}

#[test]
fn an_edit_of_what_the_server_fills_in_is_kept_where_its_value_was_known() {
    let (desired, echoed) = (object(json!({"n": 2})), object(json!({"n": 1, "zone": "1"})));
    let base = recorded(&object(json!({"n": 1})), Some(&echoed));
    let live = object(json!({"n": 1, "zone": "2"}));
    let merged = Policy::CAREFUL.merge(&desired, &base, &live);
    assert_eq!(paths(&merged.kept), ["/zone"]);
    assert_eq!(merged.wanted, object(json!({"n": 2, "zone": "2"})));
    let overwrite = Policy { on_edit: OnEdit::Overwrite, ..Policy::CAREFUL };
    let merged = overwrite.merge(&desired, &base, &live);
    assert_eq!(merged.wanted, desired, "nothing is wanted there");
    assert_eq!(merged.changes.len(), 1);
}

#[test]
fn a_content_is_kept_only_if_nothing_else_changes() {
    let image = |language: &str, name| Resource {
        content: Some(content(name)),
        ..object(json!({ "language": language }))
    };
    let base = recorded(&image("SQL", 'a'), None);
    let keep =
        Policy { resolve: Some(Take::Target), on_conflict: OnConflict::Target, ..Policy::CAREFUL };
    let merged = keep.merge(&image("SQL", 'a'), &base, &image("SQL", 'b'));
    assert_eq!((paths(&merged.kept), merged.changes.len()), (vec!["/content"], 0));
    let merged = keep.merge(&image("R", 'a'), &base, &image("SQL", 'b'));
    assert_eq!((paths(&merged.kept), paths(&merged.conflicts)), (vec![], vec!["/content"]));
    let merged = keep.merge(&image("R", 'a'), &base, &image("SQL", 'a'));
    assert!(merged.conflicts.is_empty());
}

#[test]
fn a_decision_is_about_the_two_values_it_was_made_for() {
    let merged = careful(json!({"x": 2}), json!({"x": 1}), json!({"x": 3}));
    let other = careful(json!({"x": 2}), json!({"x": 0}), json!({"x": 3}));
    let moved = careful(json!({"x": 2}), json!({"x": 1}), json!({"x": 4}));
    let gone = careful(json!({"x": 2}), json!({"x": 1}), json!({}));
    let null = careful(json!({"x": 2}), json!({"x": 1}), json!({"x": null}));
    let seen = |merged: &Merge| merged.conflicts[0].seen();
    assert_eq!(seen(&merged), seen(&other));
    assert_ne!(seen(&merged), seen(&moved));
    assert_ne!(seen(&gone), seen(&null));
}
