//! Taking runs back: after the undo the target is as it was before the run, however far that came.

use std::sync::Mutex;

use brickform::engine::{Rewrites, Undo, UndoInput, desired, undo};
use brickform::kind::has_redacted;
use brickform::model::{Options, Plan, Record};
use serde_json::json;

use crate::crash::{options, small, worked_on};
use crate::laws::sample::all;
use crate::world::{Held, World, describe, steps};

/// A plan that was carried out, and its journal.
struct Run<'a> {
    held: &'a Held,
    plan: Plan,
    records: Vec<Record>,
}

impl<'a> Run<'a> {
    async fn of(world: &World, held: &'a Held, plan_options: &Options) -> Self {
        let rules = Rewrites::default();
        let plan = world.plan(held, &rules, plan_options).await;
        let journal = Mutex::default();
        let report = world.apply(held, &rules, &plan, &journal).await;
        assert!(report.is_success(), "{}", describe(&plan, &report));
        Self { held, plan, records: journal.into_inner().unwrap() }
    }

    async fn undo(&self, world: &World, overwrite_edits: bool) -> Undo {
        let rules = Rewrites::default();
        let desired = desired(&self.held.snapshot, &world.catalogue, &rules, &self.plan.options);
        let live = world.look(desired.referred_kinds()).await;
        undo(&UndoInput {
            catalogue: &world.catalogue,
            plan: &self.plan,
            records: &self.records,
            desired: Some(&desired),
            live: &live,
            has: &|digest| world.blobs().contains(digest),
            source: None,
            overwrite_edits,
        })
        .unwrap()
    }

    /// Takes the run back, and answers what that took.
    async fn taken_back(&self, world: &World) -> Plan {
        let undone = self.undo(world, false).await;
        assert_eq!(undone.blocked, []);
        carry_out(world, undone).await
    }
}

async fn carry_out(world: &World, undone: Undo) -> Plan {
    let contents = undone.snapshot.resources.values().filter_map(|one| one.content.as_ref());
    let contents = contents
        .map(|content| (content.digest.clone(), world.blobs().get(&content.digest).unwrap()))
        .collect();
    let held = Held { snapshot: undone.snapshot, contents };
    let rules = Rewrites::default();
    let plan = world.plan(&held, &rules, &undone.options).await;
    assert_eq!(plan.blocked, [], "{:#?}", steps(&plan));
    let report = world.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    plan
}

/// Every field of every kind: what an apply changed is as it was, and then nothing is left to take back.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_is_as_it_was() {
    for sample in all() {
        let original = sample.held();
        if original.snapshot.resources.values().any(|one| has_redacted(&one.spec)) {
            continue;
        }
        for (path, _, edited) in sample.edited() {
            let label = format!("{} {path}", sample.label());
            let world = sample.made(1).await;
            let before = world.export().await.snapshot.resources;
            let run = Run::of(&world, &edited, &Options::default()).await;
            assert!(!run.plan.is_empty(), "{label}");
            if sample.kind.hooks.is_history() {
                let undone = run.undo(&world, false).await;
                assert!(undone.findings.iter().any(|one| one.code == "undo-loses"), "{label}");
                assert!(undone.blocked.is_empty() && undone.snapshot.resources.is_empty());
                continue;
            }
            assert!(!run.taken_back(&world).await.is_empty(), "{label}");
            assert_eq!(world.export().await.snapshot.resources, before, "{label}");
            let again = run.undo(&world, false).await;
            assert!(again.snapshot.resources.is_empty(), "{label}: {:#?}", again.snapshot);
            assert!(again.options.deletes.absent.is_empty() && again.blocked.is_empty(), "{label}");
        }
    }
}

/// A first apply into an empty workspace leaves nothing behind once it is taken back.
#[tokio::test]
async fn what_was_created_is_gone() {
    let held = small().await;
    let world = World::with(options(22));
    let before = world.export().await.snapshot.resources;
    let run = Run::of(&world, &held, &Options::default()).await;
    run.taken_back(&world).await;
    assert_eq!(world.export().await.snapshot.resources, before);
}

/// A run over everything: changes, a replacement, new contents and other rights.
#[tokio::test]
async fn a_workspace_is_as_it_was() {
    let first = small().await;
    let world = World::with(options(22));
    world.sync(&first).await;
    let before = world.export().await.snapshot.resources;
    let later = worked_on(&first);
    let run = Run::of(&world, &later, &Options::default()).await;
    let plan = run.taken_back(&world).await;
    assert!(plan.steps.len() > 10, "{:#?}", steps(&plan));
    assert_eq!(world.export().await.snapshot.resources, before);
}

/// Names, rights and references of what was renamed and deleted come back.
#[tokio::test]
async fn what_was_renamed_and_deleted_comes_back() {
    let first = small().await;
    let world = World::with(options(22));
    world.sync(&first).await;
    let before = world.export().await.snapshot.resources;
    let mut later = first.clone();
    let resources = &mut later.snapshot.resources;
    let (old, new) = ("job:ping".parse().unwrap(), "job:pinged".parse().unwrap());
    let mut job = resources.remove(&old).unwrap();
    job.address = new;
    job.spec["name"] = json!("pinged");
    let mut options = Options::default();
    options.pairs.insert(job.address.clone(), old.clone());
    for other in resources.values_mut() {
        brickform::model::visit_refs_mut(&mut other.spec, &mut |to| {
            (*to == old).then(|| job.address.to_ref())
        });
    }
    resources.insert(job.address.clone(), job);
    for gone in ["job:twin~2", "workspace_file:/Shared/raw.bin"] {
        let gone = gone.parse().unwrap();
        resources.remove(&gone).unwrap();
        options.deletes.absent.push(gone);
    }
    let run = Run::of(&world, &later, &options).await;
    let undone = run.undo(&world, false).await;
    let lost: Vec<&str> = undone
        .findings
        .iter()
        .filter(|one| one.code == "undo-new-identity")
        .map(|one| one.about.as_str())
        .collect();
    assert_eq!(lost, ["job:twin~2", "workspace_file:/Shared/raw.bin"]);
    carry_out(&world, undone).await;
    assert_eq!(world.export().await.snapshot.resources, before);
    let again = run.undo(&world, false).await;
    assert!(again.blocked.is_empty() && again.options.deletes.absent.is_empty());
}

/// Whatever somebody edited since is left alone and said, until it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_since_is_not_taken_back_silently() {
    for sample in all().into_iter().filter(|sample| !sample.kind.hooks.is_history()) {
        let edits: Vec<_> =
            sample.edited().into_iter().filter(|(_, replaces, _)| !replaces).collect();
        let [(_, _, first), (path, _, second), ..] = edits.as_slice() else { continue };
        let label = format!("{} {path}", sample.label());
        let world = sample.made(1).await;
        let before = world.export().await.snapshot.resources;
        let run = Run::of(&world, first, &Options::default()).await;
        // Somebody else edits another field of the same object.
        let address = sample.address();
        let mut both = first.clone();
        let theirs = &second.snapshot.resources[&address];
        if theirs.grants != sample.held().snapshot.resources[&address].grants
            || theirs.content != sample.held().snapshot.resources[&address].content
        {
            continue;
        }
        both.snapshot.resources.insert(address.clone(), theirs.clone());
        world.sync(&both).await;
        let edited = world.export().await.snapshot.resources;

        let undone = run.undo(&world, false).await;
        let blocked: Vec<_> = undone.blocked.iter().map(|one| &one.address).collect();
        assert_eq!(blocked, [&address], "{label}: {:#?}", undone.snapshot.resources.keys());
        assert!(undone.blocked[0].reason.contains(path.as_str()), "{label}: {:?}", undone.blocked);
        assert!(undone.blocked[0].hint.contains("--overwrite-edits"), "{label}");
        carry_out(&world, undone).await;
        assert_eq!(world.export().await.snapshot.resources, edited, "{label}");

        carry_out(&world, run.undo(&world, true).await).await;
        assert_eq!(world.export().await.snapshot.resources, before, "{label}");
    }
}

/// A run that was cut off anywhere can be taken back as far as it came.
#[tokio::test]
async fn a_part_of_a_run_can_be_taken_back() {
    let first = small().await;
    let later = worked_on(&first);
    let rules = Rewrites::default();
    let world = World::with(options(22));
    world.sync(&first).await;
    let state = tempfile::tempdir().unwrap();
    world.workspace.save(state.path()).unwrap();
    let before = world.export().await.snapshot.resources;
    let plan = world.plan(&later, &rules, &Options::default()).await;
    for steps in (1..plan.steps.len()).step_by(3) {
        let world = crate::crash::loaded(22, state.path());
        let journal = Mutex::default();
        crate::stop::stopped_after(&world, &later, &plan, steps, &journal).await;
        let records = journal.into_inner().unwrap();
        let run = Run { held: &later, plan: plan.clone(), records };
        run.taken_back(&world).await;
        assert_eq!(world.export().await.snapshot.resources, before, "after {steps} steps");
    }
}

#[tokio::test]
async fn a_journal_that_cannot_be_the_plans_is_refused() {
    let held = small().await;
    let world = World::with(options(22));
    let run = Run::of(&world, &held, &Options::default()).await;
    let live = world.look(Default::default()).await;
    let before = |step, spec| Record::Before {
        step,
        object: Some(brickform::model::Image { spec, ..Default::default() }),
        grants: None,
    };
    for (record, wanted) in [
        (before(9999, json!({})), "a step 9999"),
        (before(1, json!("rm -rf")), "is no object"),
        (Record::Started { step: 0, namesakes: None }, "a step 0"),
    ] {
        let refusal = undo(&UndoInput {
            catalogue: &world.catalogue,
            plan: &run.plan,
            records: &[record],
            desired: None,
            live: &live,
            has: &|_| true,
            source: None,
            overwrite_edits: false,
        });
        let refusal = refusal.unwrap_err();
        assert!(refusal.contains(wanted), "{refusal}");
    }
}
