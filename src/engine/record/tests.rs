//! What is remembered of each object, however an apply went.

use serde_json::{Value, json};

use super::*;
use crate::engine::{Rewrites, desired};
use crate::kind::{Api, Call, Hooks, Kind};
use crate::model::{
    Blocked, Change, Digest, Finding, Image, Observed, Options, Side, Snapshot, Step, Target,
    digest_bytes,
};

struct Renames;

impl Hooks for Renames {
    fn renames(&self) -> bool {
        true
    }
}

static KIND: Kind = Kind {
    name: "toy",
    api: Api { create: Some(Call::post("/toys")), ..Api::list_only(Call::get("/toys")) },
    hooks: &Renames,
    ..Kind::REGULAR
};

fn address(key: &str) -> Address {
    Address::new("toy", key)
}

fn grants(levels: &[&str]) -> Option<BTreeSet<Grant>> {
    let grant = |level: &&str| Grant {
        principal: Address::new("user", "ana@acme.com"),
        level: (*level).to_owned(),
    };
    Some(levels.iter().map(grant).collect())
}

fn toy(key: &str, spec: Value) -> Resource {
    Resource { address: address(key), spec, grants: None, content: None }
}

fn digest() -> Digest {
    digest_bytes(b"x")
}

/// A plan, and how it was carried out.
struct Run {
    snapshot: Snapshot,
    plan: Plan,
    keys: Sticky,
    report: Report,
}

impl Run {
    fn of(wanted: Vec<Resource>) -> Self {
        let target = Target { host: String::new(), workspace_id: None, caller: String::new() };
        let resources = wanted.into_iter().map(|one| (one.address.clone(), one)).collect();
        Self {
            snapshot: Snapshot { resources, ..Snapshot::default() },
            plan: Plan::new("snapshot", digest(), target),
            keys: Sticky::new(),
            report: Report::default(),
        }
    }

    /// The target has an object.
    fn seen(mut self, key: &str, rights: Option<BTreeSet<Grant>>) -> Self {
        let grants = Resource { grants: rights, ..toy(key, json!({})) }.grants_digest();
        let object = Some(format!("target-{key}"));
        let seen = Observed { live: None, object, digest: digest(), grants, unselected: false };
        self.plan.observed.insert(address(key), seen);
        self
    }

    /// What the target has of an object is left as it is, because it is not selected.
    fn unselected(mut self, key: &str) -> Self {
        if let Some(seen) = self.plan.observed.get_mut(&address(key)) {
            seen.unselected = true;
        }
        self
    }

    fn step(mut self, key: &str, change: Change, rights: Option<BTreeSet<Grant>>) -> Self {
        let step = Step { grants: rights, ..Step::new(1, address(key), change) };
        self.plan.steps.push(step);
        self
    }

    /// All steps of an object succeeded, and it is so now.
    fn left(mut self, resource: Resource) -> Self {
        let object = Some("new".to_owned());
        self.report.left.insert(resource.address.clone(), Left { resource, object });
        self
    }

    /// An object of the source has a fingerprint.
    fn source(mut self, object: &str, key: &str) -> Self {
        self.keys.entry("toy".to_owned()).or_default().insert(object.to_owned(), key.to_owned());
        self
    }

    fn on(&self, before: &Base) -> Base {
        let catalogue = Catalogue::new(&[&KIND]);
        let desired =
            desired(&self.snapshot, &catalogue, &Rewrites::default(), &Options::default());
        let (plan, keys, report) = (&self.plan, &self.keys, &self.report);
        let recording = Recording { catalogue: &catalogue, plan, desired: &desired, keys, report };
        let after = record(before, &recording);
        assert_eq!(record(&after, &recording), after, "recorded twice, it stays the same");
        after
    }
}

fn nothing() -> Base {
    Base::new(Side::default(), Side::default())
}

fn entry(sent: Value, echoed: Option<Value>) -> Recorded {
    let image = |spec| Image { spec, content: None, grants: None };
    Recorded {
        sent: image(sent),
        echoed: echoed.map(image),
        source_object: None,
        target_object: None,
        protected: false,
    }
}

fn base(entries: &[(&str, &Recorded)]) -> Base {
    let objects = entries.iter().map(|(key, one)| (address(key), (*one).clone())).collect();
    Base { objects, ..nothing() }
}

fn diverged(key: &str, path: &str, base: Value, target: Value) -> Diverged {
    let field = Divergence {
        path: path.to_owned(),
        base: Some(base.clone()),
        source: Some(base),
        target: Some(target),
    };
    Diverged { address: address(key), fields: vec![field] }
}

#[test]
fn what_was_written_is_remembered_as_sent_and_as_shown() {
    let shown = toy("a", json!({"n": 1, "filled": true}));
    let run = Run::of(vec![toy("a", json!({"n": 1})), toy("b", json!({}))])
        .step("a", Change::Create, None)
        .step("b", Change::Create, None)
        .left(shown)
        .left(toy("b", json!({})))
        .source("s", "a");
    let after = run.on(&nothing());
    let a = &after.objects[&address("a")];
    assert_eq!(a.sent.spec, json!({"n": 1}));
    assert_eq!(a.echo().spec, json!({"n": 1, "filled": true}));
    assert_eq!((a.source_object.as_deref(), a.target_object.as_deref()), (Some("s"), Some("new")));
    assert_eq!(after.objects[&address("b")].echoed, None, "what is the same is written once");
}

#[test]
fn what_is_as_wanted_without_a_step_is_adopted() {
    let run = Run::of(vec![toy("a", json!({"n": 1}))]).seen("a", None);
    let after = run.on(&nothing());
    let wanted =
        Recorded { target_object: Some("target-a".to_owned()), ..entry(json!({"n": 1}), None) };
    assert_eq!(after, base(&[("a", &wanted)]));
    // What was sent is known better than what is only as wanted.
    let known = Recorded {
        echoed: Some(Image { spec: json!({"n": 1, "m": 2}), ..Image::default() }),
        ..wanted
    };
    assert_eq!(run.on(&base(&[("a", &known)])), base(&[("a", &known)]));
}

#[test]
fn what_did_not_succeed_stays_as_it_was_known() {
    let (old, wanted) = (entry(json!({"n": 1}), None), toy("a", json!({"n": 2})));
    let run = Run::of(vec![wanted]).seen("a", None).step("a", Change::Update, None);
    assert_eq!(run.on(&base(&[("a", &old)])), base(&[("a", &old)]));
    assert_eq!(run.on(&nothing()), nothing());
}

#[test]
fn what_was_not_decided_stays_as_it_was_known() {
    let old = entry(json!({"n": 1}), None);
    let run = || Run::of(vec![toy("a", json!({"n": 2}))]).seen("a", None);
    let mut conflict = run();
    conflict.plan.conflicts = vec![diverged("a", "/n", json!(1), json!(3))];
    let mut kept = run();
    kept.plan.kept = vec![diverged("a", "/n", json!(1), json!(3))];
    let mut blocked = run();
    let (reason, hint) = (String::new(), String::new());
    blocked.plan.blocked =
        vec![Blocked { address: address("a"), change: Change::Update, reason, hint }];
    let mut caller = run();
    caller.plan.findings = vec![Finding::warning("own-identity", address("a"), "")];
    for run in [conflict, kept, blocked, caller] {
        assert_eq!(run.on(&base(&[("a", &old)])), base(&[("a", &old)]));
        assert_eq!(run.on(&nothing()), nothing());
    }
}

#[test]
fn an_edit_that_stays_is_found_again() {
    let old = entry(json!({"n": 1, "m": 1}), Some(json!({"n": 1, "m": 1, "filled": true})));
    let mut run = Run::of(vec![toy("a", json!({"n": 1, "m": 2}))])
        .seen("a", None)
        .step("a", Change::Update, None)
        .left(toy("a", json!({"n": 5, "m": 2, "filled": true})));
    run.plan.kept = vec![diverged("a", "/n", json!(1), json!(5))];
    let after = run.on(&base(&[("a", &old)]));
    let one = &after.objects[&address("a")];
    assert_eq!(one.sent.spec, json!({"n": 1, "m": 2}));
    assert_eq!(one.echo().spec, json!({"n": 1, "m": 2, "filled": true}));
}

#[test]
fn what_the_target_makes_otherwise_is_known_even_of_an_object_without_a_step() {
    let old = entry(json!({"n": 1, "m": 1}), Some(json!({"n": 9, "m": 1})));
    let mut run = Run::of(vec![toy("a", json!({"n": 1, "m": 2}))]).seen("a", None);
    run.plan.not_convergent = vec![diverged("a", "/n", json!(1), json!(9))];
    let after = run.on(&base(&[("a", &old)]));
    let one = &after.objects[&address("a")];
    assert_eq!(one.sent.spec, json!({"n": 1, "m": 2}));
    assert_eq!(one.echo().spec, json!({"n": 9, "m": 2}));
}

#[test]
fn what_is_gone_from_the_source_stays_until_it_is_deleted() {
    let old = entry(json!({"n": 1}), None);
    let mut run = Run::of(Vec::new());
    assert_eq!(run.on(&base(&[("a", &old)])), base(&[("a", &old)]));
    run.report.deleted.insert(address("a"));
    assert_eq!(run.on(&base(&[("a", &old)])), nothing());
}

#[test]
fn a_renamed_object_takes_its_record_along() {
    let known = |object: &str| Recorded {
        source_object: Some(object.to_owned()),
        ..entry(json!({"name": "old"}), None)
    };
    let before = base(&[("old", &known("s"))]);
    let run = || {
        Run::of(vec![toy("new", json!({"name": "new"})), toy("old", json!({"name": "old"}))])
            .source("s", "new")
            .source("t", "old")
            .step("new", Change::Rename, None)
            .step("old", Change::Create, None)
    };
    let left = toy("new", json!({"name": "new"}));
    let after = run().left(left.clone()).on(&before);
    assert_eq!(after.objects.keys().cloned().collect::<Vec<_>>(), [address("new")]);
    assert_eq!(after.objects[&address("new")].source_object.as_deref(), Some("s"));
    // Another object has taken the old name.
    let after = run().left(left).left(toy("old", json!({"name": "old"}))).on(&before);
    assert_eq!(after.objects[&address("old")].source_object.as_deref(), Some("t"));
    // Where the rename did not succeed, the record stays where it was.
    assert_eq!(run().on(&before), before);
}

/// Taking back a rename is an apply of a snapshot without identifiers; only the target tells what was renamed.
#[test]
fn a_rename_that_is_taken_back_takes_the_record_back() {
    let known = Recorded {
        source_object: Some("s".to_owned()),
        target_object: Some("target-old".to_owned()),
        ..entry(json!({"name": "new"}), None)
    };
    let was = toy("old", json!({"name": "old"}));
    let undo =
        Run::of(vec![was.clone()]).seen("old", None).step("old", Change::Rename, None).left(was);
    let after = undo.on(&base(&[("new", &known)]));
    assert_eq!(after.objects.keys().cloned().collect::<Vec<_>>(), [address("old")]);
    let recorded = &after.objects[&address("old")];
    assert_eq!(recorded.sent.spec, json!({"name": "old"}));
    assert_eq!(recorded.source_object.as_deref(), Some("s"));
}

#[test]
fn what_refers_to_a_renamed_object_is_recorded_with_its_new_name() {
    let known = |object: &str, spec: Value| Recorded {
        source_object: Some(object.to_owned()),
        ..entry(spec.clone(), Some(spec))
    };
    let user = |to: &str| json!({"uses": address(to).to_ref()});
    let before = base(&[
        ("a", &known("s", json!({"name": "a"}))),
        ("b", &known("t", json!({"name": "b"}))),
        ("user of a", &known("u", user("a"))),
        ("user of b, gone", &known("v", user("b"))),
    ]);
    // The two change their names with each other; one user is untouched, the other no longer wanted.
    let wanted = vec![
        toy("b", json!({"name": "b"})),
        toy("a", json!({"name": "a"})),
        toy("user of a", user("b")),
    ];
    let run = || {
        Run::of(wanted.clone())
            .source("s", "b")
            .source("t", "a")
            .source("u", "user of a")
            .seen("user of a", None)
            .step("a", Change::Rename, None)
            .step("b", Change::Rename, None)
    };
    let both = run().left(wanted[0].clone()).left(wanted[1].clone()).on(&before);
    let refers = |base: &Base, key: &str| base.objects[&address(key)].echo().spec.clone();
    assert_eq!(refers(&both, "user of a"), user("b"));
    assert_eq!(refers(&both, "user of b, gone"), user("a"));
    assert_eq!(both.objects[&address("a")].source_object.as_deref(), Some("t"));
    // What was not renamed after all keeps its name in the records of what no step was about.
    let one = run().left(wanted[0].clone()).on(&before);
    assert_eq!(refers(&one, "user of b, gone"), user("b"));
}

#[test]
fn rights_are_remembered_as_they_were_set() {
    let wanted = Resource { grants: grants(&["A", "B"]), ..toy("a", json!({})) };
    let set = |rights: Option<BTreeSet<Grant>>| {
        let left = Resource { grants: rights.clone(), ..toy("a", json!({})) };
        Run::of(vec![wanted.clone()]).step("a", Change::Grants, rights).left(left)
    };
    let after = set(grants(&["A"])).on(&nothing());
    assert_eq!(after.objects[&address("a")].sent.grants, grants(&["A"]), "only what was set");
    // Rights that are as wanted are adopted; those the target has only in part are not.
    let adopted = Run::of(vec![wanted.clone()]).seen("a", grants(&["A", "B"])).on(&nothing());
    assert_eq!(adopted.objects[&address("a")].sent.grants, grants(&["A", "B"]));
    let in_part = Run::of(vec![wanted.clone()]).seen("a", grants(&["A"])).on(&nothing());
    assert_eq!(in_part.objects[&address("a")].sent.grants, None);
    // Where the settings were blocked, rights alone are remembered, of what is known at all.
    let mut blocked = set(grants(&["B"]));
    let (reason, hint) = (String::new(), String::new());
    blocked.plan.blocked =
        vec![Blocked { address: address("a"), change: Change::Update, reason, hint }];
    assert_eq!(blocked.on(&nothing()), nothing());
    let known = blocked.on(&base(&[("a", &entry(json!({"n": 1}), None))]));
    let known = &known.objects[&address("a")];
    assert_eq!((&known.sent.spec, &known.sent.grants), (&json!({"n": 1}), &grants(&["B"])));
}

#[test]
fn protection_lasts_until_it_is_lifted() {
    let plain = entry(json!({}), None);
    let guarded = Recorded { protected: true, ..plain.clone() };
    let mut run = Run::of(Vec::new());
    run.plan.options.deletes.protect = vec!["toy:a*".to_owned()];
    let after = run.on(&base(&[("ab", &plain), ("b", &plain)]));
    assert_eq!(after, base(&[("ab", &guarded), ("b", &plain)]));
    run.plan.options.deletes.protect.clear();
    assert_eq!(run.on(&after), after);
    run.plan.options.deletes.unprotect = vec![address("ab")];
    assert_eq!(run.on(&after), base(&[("ab", &plain), ("b", &plain)]));
}

#[test]
fn what_was_not_selected_stays_recorded_as_it_was() {
    let before = entry(json!({"n": 1}), None);
    let wanted = || toy("a", json!({"n": 2}));
    let base = base(&[("a", &before)]);
    let run = Run::of(vec![wanted()]).seen("a", None).unselected("a");
    assert_eq!(run.on(&base), base);
    assert_eq!(run.on(&nothing()), nothing());

    // Though its rights were set, of its settings nothing new is known.
    let rights = BTreeSet::new();
    let run = run.step("a", Change::Grants, Some(rights.clone()));
    let run = run.left(Resource { grants: Some(rights), ..toy("a", json!({"n": 1})) });
    let after = run.on(&base);
    assert_eq!(after.objects[&address("a")].sent.spec, json!({"n": 1}));
}
