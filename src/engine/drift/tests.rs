//! What is drift, and what is none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::engine::keys::fingerprint;
use crate::kind::{Acl, Api, Call, Kind};
use crate::model::{Grant, Image, KindMark, Layout, Recorded, ServerId, Side};

static KIND: Kind = Kind {
    name: "toy",
    unique: false,
    api: Api { create: Some(Call::post("/toys")), ..Api::list_only(Call::get("/toys")) },
    acl: Some(Acl::of("toys")),
    ..Kind::REGULAR
};

fn address(key: &str) -> Address {
    Address::new("toy", key)
}

fn id(number: i64) -> ServerId {
    ServerId::from_value(&json!(number)).unwrap()
}

fn right(level: &str) -> BTreeSet<Grant> {
    BTreeSet::from([Grant { principal: Address::new("group", "g"), level: level.to_owned() }])
}

/// A base of objects with identifiers.
fn base(objects: &[(&str, i64, Value)]) -> Base {
    let recorded = |spec: &Value, number: i64| Recorded {
        sent: Image { spec: spec.clone(), content: None, grants: Some(right("CAN_USE")) },
        echoed: None,
        source_object: None,
        target_object: Some(fingerprint("toy", &id(number))),
        protected: false,
    };
    let objects = objects.iter().map(|(key, n, spec)| (address(key), recorded(spec, *n)));
    Base { objects: objects.collect(), ..Base::new(Side::default(), Side::default()) }
}

/// A workspace of objects with identifiers.
fn live(objects: &[(&str, i64, Value)], complete: bool) -> Observation {
    let mut seen = Observation::default();
    for (key, number, spec) in objects {
        seen.index.insert(address(key), id(*number), None);
        let resource = Resource {
            address: address(key),
            spec: spec.clone(),
            grants: Some(right("CAN_USE")),
            content: None,
        };
        seen.snapshot.resources.insert(address(key), resource);
    }
    let mark = KindMark {
        layout: Layout::Objects,
        count: objects.len(),
        digest: seen.snapshot.kind_digest("toy"),
        complete,
        evidence: "the caller is no admin".to_owned(),
    };
    seen.snapshot.kinds.insert("toy".to_owned(), mark);
    seen
}

fn found(base: &Base, live: &Observation) -> Drift {
    drift(&Catalogue::new(&[&KIND]), base, live)
}

/// Steps in words.
fn steps(drift: &Drift) -> Vec<String> {
    let from = |step: &Step| step.from.as_ref().map(|from| format!(" from {}", from.key));
    let paths = |step: &Step| {
        step.fields.iter().map(|field| format!(" {}", field.path)).collect::<String>()
    };
    let word = |step: &Step| {
        format!(
            "{:?} {}{}{}",
            step.change,
            step.address.key,
            from(step).unwrap_or_default(),
            paths(step)
        )
    };
    drift.steps.iter().map(word).collect()
}

#[test]
fn what_is_as_it_was_left_does_not_drift() {
    let spec = json!({"n": 1});
    let drift = found(
        &base(&[("a", 1, spec.clone())]),
        &live(&[("a", 1, spec.clone()), ("foreign", 2, spec)], true),
    );
    assert_eq!((steps(&drift), drift.unchanged, drift.foreign), (vec![], 1, 1));
}

#[test]
fn an_edit_is_told_with_its_moment() {
    let mut now = live(&[("a", 1, json!({"n": 2}))], true);
    let at = Some("2024-05-01T00:00:00Z".to_owned());
    now.traces.insert(address("a"), Trace { at, by: Some("ana@acme.com".to_owned()) });
    now.snapshot.resources.get_mut(&address("a")).unwrap().grants = Some(right("CAN_MANAGE"));
    let drift = found(&base(&[("a", 1, json!({"n": 1}))]), &now);
    assert_eq!(steps(&drift), ["Update a /n", "Grants a /grants/group:g"]);
    let field = &drift.steps[0].fields[0];
    assert_eq!((&field.before, &field.after), (&Some(json!(1)), &Some(json!(2))));
    assert_eq!(field.cause, "last changed 2024-05-01T00:00:00Z by ana@acme.com");
    assert_eq!(drift.steps[1].fields[0].cause, "", "of rights nobody tells");
}

#[test]
fn an_object_is_known_by_its_identity() {
    let spec = |name: &str| json!({"name": name});
    let before = base(&[("a", 1, spec("a")), ("b", 2, spec("b")), ("c", 3, spec("c"))]);
    // One was renamed, one was made anew, and one is gone.
    let now = live(&[("z", 1, spec("z")), ("b", 9, spec("b"))], true);
    let drift = found(&before, &now);
    assert_eq!(steps(&drift), ["Rename z from a /name", "Replace b", "Delete c"]);
    assert_eq!((drift.unchanged, drift.foreign), (0, 0));
    // Another number among namesakes is no drift, and neither is a reference to the same object.
    let before = base(&[("a", 1, json!({})), ("u", 2, json!({"to": address("a").to_ref()}))]);
    let now = live(
        &[
            ("a", 5, json!({})),
            ("a~2", 1, json!({})),
            ("u", 2, json!({"to": address("a~2").to_ref()})),
        ],
        true,
    );
    let drift = found(&before, &now);
    assert_eq!((steps(&drift), drift.unchanged), (vec![], 2));
}

#[test]
fn absence_is_only_told_where_it_is_proven() {
    let drift = found(&base(&[("a", 1, json!({}))]), &live(&[], false));
    assert!(drift.steps.is_empty());
    assert_eq!(drift.findings[0].code, "not-seen");
    assert!(drift.findings[0].message.contains("no admin"), "{:?}", drift.findings);
}

#[test]
fn a_kind_that_is_not_known_is_said() {
    let mut before = base(&[("a", 1, json!({}))]);
    let (_, recorded) = before.objects.pop_first().unwrap();
    before.objects.insert(Address::new("novelty", "a"), recorded);
    let drift = found(&before, &live(&[], true));
    assert!(drift.steps.is_empty() && drift.findings[0].code == "unknown-kind");
}
