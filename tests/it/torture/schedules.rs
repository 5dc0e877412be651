//! Schedules of trouble and of other people's work, and what holds after each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use brickform::engine::apply::Report;
use brickform::engine::{Rewrites, fingerprint};
use brickform::model::{Address, Base, Outcome, Plan, ServerId, Step, visit_refs};
use brickform::sim::{Action, Faults, Rule, Workspace};
use futures::FutureExt as _;
use serde_json::Value;

use super::editor::{Deed, Edit, Editor};
use super::ground::stage;
use super::thing::{Thing, things};
use super::{in_full, named_seeds};
use crate::contenders::Luck;
use crate::crash::{Stage, options};
use crate::world::{Gate, Held, World, describe, steps};

/// The schedule to begin with. Another number is another sample.
const FIRST: u64 = 0;

const SMALL: &str =
    "scale:users=2,groups=1,members=1,notebooks=2,folders=1,clusters=2,jobs=3,pools=1,policies=1";

/// Trouble of one sort or another, in any amount.
fn trouble(luck: &Luck) -> Faults {
    use Action::{CutAfter, CutBefore, Stale, Throttle, UnavailableAfter, UnavailableBefore};
    let actions = [UnavailableBefore, UnavailableAfter, Throttle, CutBefore, CutAfter];
    let often = [0.0, 0.03, 0.2][luck.below(3) as usize];
    let rule = |on: &str, action, chance| Rule {
        on: on.to_owned(),
        chance: Some(chance),
        action,
        ..Rule::default()
    };
    let pick = || actions[luck.below(actions.len() as u64) as usize];
    let rules =
        vec![rule("*", pick(), often), rule("*", pick(), often / 2.0), rule("GET *", Stale, often)];
    Faults { seed: luck.below(1 << 40), rules, kill: None }
}

/// Sees to it that no read shows what was before the last write.
async fn forget_the_past(world: &World) {
    let rule = Rule { on: "GET *".to_owned(), action: Action::Stale, ..Rule::default() };
    world.workspace.set_faults(Faults { rules: vec![rule], ..Faults::default() });
    world.raw("GET", "/api/2.0/preview/scim/v2/Me", Value::Null).await;
}

/// Does something in the target as soon as apply has sent so many requests.
struct Schedule {
    luck: Luck,
    at: BTreeSet<u64>,
    sent: u64,
    editor: Editor,
}

struct Disturbance {
    schedule: Mutex<Schedule>,
    existing: Vec<Thing>,
    names: Vec<String>,
    /// Apply's requests wait while somebody edits.
    turn: tokio::sync::Mutex<()>,
}

impl Disturbance {
    async fn disturb(&self, workspace: &Workspace, number: u64) {
        let (luck, mine) = {
            let schedule = self.schedule.lock().unwrap();
            let made = schedule.editor.made.iter();
            (schedule.luck.clone(), self.existing.iter().chain(made).cloned().collect::<Vec<_>>())
        };
        let world = World::of(workspace.clone(), &options(22).token);
        workspace.set_faults(Faults::default());
        let done = Editor::act(&world, &luck, number, &mine, &self.names).await;
        if let Some((thing, deed, is_new)) = done {
            self.schedule.lock().unwrap().editor.remember(thing, deed, is_new);
        }
        forget_the_past(&world).await;
        workspace.set_faults(trouble(&luck));
    }

    fn gate(self: &Arc<Self>) -> Gate {
        let disturbance = self.clone();
        Arc::new(move |workspace, request| {
            let all = disturbance.clone();
            async move {
                let turn = all.turn.lock().await;
                let body = String::from_utf8_lossy(request.body());
                let words = format!("{} {body}", request.uri());
                let now = {
                    let mut schedule = all.schedule.lock().unwrap();
                    schedule.sent += 1;
                    let sent = schedule.sent;
                    schedule.at.remove(&sent).then_some(sent)
                };
                if let Some(number) = now {
                    all.disturb(&workspace, number).await;
                }
                let method = request.method().to_string();
                all.schedule.lock().unwrap().editor.overhears(&method, &words);
                drop(turn);
                let _end = UnderWay { all: &all, words };
                workspace.try_call(request).await
            }
            .boxed()
        })
    }
}

/// A request on its way, until it is answered or nobody waits for it any more.
struct UnderWay<'a> {
    all: &'a Disturbance,
    words: String,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.all.schedule.lock().unwrap().editor.hears_the_end_of(&self.words);
    }
}

/// How often what happened, so that the schedules are known to be worth something.
#[derive(Default, Debug)]
struct Happened {
    edits: usize,
    raced: usize,
    stale: usize,
    failed: usize,
    blocked: usize,
    kept: usize,
    conflicts: usize,
}

impl AddAssign for Happened {
    fn add_assign(&mut self, other: Self) {
        self.edits += other.edits;
        self.raced += other.raced;
        self.stale += other.stale;
        self.failed += other.failed;
        self.blocked += other.blocked;
        self.kept += other.kept;
        self.conflicts += other.conflicts;
    }
}

fn object_of(thing: &Thing) -> String {
    fingerprint(thing.kind(), &ServerId::from_value(&thing.id).unwrap())
}

/// What a plan and its apply said something of, and whatever others did something to.
fn told(plan: &Plan, report: &Report, later: &Plan, editor: &Editor) -> BTreeSet<Address> {
    let unsuccessful = plan.steps.iter().filter(|step| !report.outcomes[&step.id].0.is_success());
    let mut told: BTreeSet<Address> = unsuccessful.map(|step| step.address.clone()).collect();
    told.extend(report.findings.iter().filter_map(|finding| finding.about.parse().ok()));
    let diverged = plan.conflicts.iter().chain(&plan.not_convergent);
    told.extend(diverged.map(|one| one.address.clone()));
    told.extend(plan.blocked.iter().map(|one| one.address.clone()));
    let touched: BTreeSet<String> =
        editor.edits.iter().map(|edit| object_of(&edit.thing)).collect();
    for (address, seen) in plan.observed.iter().chain(&later.observed) {
        if seen.object.as_ref().is_some_and(|object| touched.contains(object)) {
            told.insert(address.clone());
        }
    }
    told.extend(editor.made.iter().map(|made| Address::new(made.kind(), &made.name)));
    told
}

/// Adds everything that refers to any of them.
fn with_users(mut told: BTreeSet<Address>, held: &Held) -> BTreeSet<Address> {
    loop {
        let before = told.len();
        for (address, resource) in &held.snapshot.resources {
            let mut refers = false;
            visit_refs(&resource.spec, &mut |_, to| refers |= told.contains(&to));
            let grants = resource.grants.iter().flatten();
            refers |= grants.into_iter().any(|one| {
                told.iter().any(|to| serde_json::json!(one).to_string().contains(&to.to_string()))
            });
            if refers {
                told.insert(address.clone());
            }
        }
        if told.len() == before {
            return told;
        }
    }
}

fn by_name(things: &[Thing], without: &BTreeSet<String>) -> BTreeMap<Address, usize> {
    let mut count = BTreeMap::new();
    for thing in things.iter().filter(|one| !without.contains(&one.word())) {
        *count.entry(Address::new(thing.kind(), &thing.name)).or_default() += 1;
    }
    count
}

/// Nothing is there more often than it is wanted or than it was, but what somebody else made.
async fn assert_nothing_twice(world: &World, ground: &Ground, editor: &Editor, label: &str) {
    let touched: BTreeSet<String> = editor.edits.iter().map(|edit| edit.thing.word()).collect();
    for (name, count) in by_name(&things(world).await, &touched) {
        let wanted = ground.wanted.get(&name).copied().unwrap_or(0);
        let was = ground.before.get(&name).copied().unwrap_or(0);
        assert!(count <= wanted.max(was), "{label}: {count} of {name}: {editor:#?}");
    }
}

/// What all schedules begin with.
struct Ground {
    stage: Stage,
    existing: Vec<Thing>,
    before: BTreeMap<Address, usize>,
    wanted: BTreeMap<Address, usize>,
    requests: usize,
}

impl Ground {
    async fn new() -> Self {
        let stage = stage(SMALL).await;
        let existing = things(&stage.target()).await;
        let before = by_name(&existing, &BTreeSet::new());
        let mut wanted: BTreeMap<Address, usize> = BTreeMap::new();
        for address in stage.held.snapshot.resources.keys() {
            let name = brickform::engine::base_of(&address.key);
            *wanted.entry(Address::new(address.kind.clone(), name)).or_default() += 1;
        }
        let requests = stage.whole().await.0;
        Self { stage, existing, before, wanted, requests }
    }

    fn disturbance(&self, luck: &Luck) -> Arc<Disturbance> {
        let many = luck.below(6);
        let at = (0..many).map(|_| 1 + luck.below(self.requests as u64)).collect();
        let jobs = self.wanted.keys().filter(|name| name.kind == "job");
        let names = jobs.map(|name| name.key.clone()).collect();
        let schedule = Schedule { luck: luck.clone(), at, sent: 0, editor: Editor::default() };
        Arc::new(Disturbance {
            schedule: Mutex::new(schedule),
            existing: self.existing.clone(),
            names,
            turn: tokio::sync::Mutex::default(),
        })
    }

    async fn schedule(&self, seed: u64) -> Happened {
        let luck = Luck::new(seed);
        let Stage { held, plan, options, base, .. } = &self.stage;
        let (rules, base) = (Rewrites::default(), base.as_ref().unwrap());
        let calm = self.stage.target();
        let disturbance = self.disturbance(&luck);
        let rough = calm.again().through(disturbance.gate());
        calm.workspace.set_faults(trouble(&luck));
        let report = rough.apply(held, &rules, plan, &Mutex::default()).await;
        calm.workspace.set_faults(Faults::default());
        let editor = std::mem::take(&mut disturbance.schedule.lock().unwrap().editor);
        let label = format!("seed {seed}");
        let happened = Self::count(plan, &report, &editor);
        assert_eq!(report.outcomes.len(), plan.steps.len(), "{label}");
        self.assert_kept(&calm, &editor, None, &label).await;
        assert_nothing_twice(&calm, self, &editor, &label).await;

        let base = calm.remembered(held, base, plan, &report);
        let second = calm.plan_onto(held, &rules, options, Some(&base)).await;
        let told = with_users(told(plan, &report, &second, &editor), held);
        let untold: Vec<_> =
            second.steps.iter().filter(|step| !told.contains(&step.address)).collect();
        assert!(
            untold.is_empty(),
            "{label}: {:#?}\n{}\n{editor:#?}",
            steps(&second),
            describe(plan, &report)
        );
        let report = calm.apply(held, &rules, &second, &Mutex::default()).await;
        let said = describe(&second, &report);
        assert!(report.is_success(), "{label}: {said}{editor:#?}");
        self.assert_kept(&calm, &editor, Some((&base, &second)), &label).await;
        assert_nothing_twice(&calm, self, &editor, &label).await;

        let base = calm.remembered(held, &base, &second, &report);
        let third = calm.plan_onto(held, &rules, options, Some(&base)).await;
        assert_eq!(steps(&third), Vec::<String>::new(), "{label}: {said}{editor:#?}");
        Happened { kept: third.kept.len(), conflicts: third.conflicts.len(), ..happened }
    }

    fn count(plan: &Plan, report: &Report, editor: &Editor) -> Happened {
        let ended =
            |wanted| plan.steps.iter().filter(|step| report.outcomes[&step.id].0 == wanted).count();
        Happened {
            edits: editor.edits.len(),
            raced: editor.edits.iter().filter(|edit| edit.raced).count(),
            stale: ended(Outcome::Stale),
            failed: ended(Outcome::Failed),
            blocked: ended(Outcome::Blocked),
            ..Happened::default()
        }
    }

    /// What the plan was to do to an object.
    fn steps_about(&self, thing: &Thing) -> Vec<String> {
        let (plan, object) = (&self.stage.plan, Some(object_of(thing)));
        let address = plan.observed.iter().find(|(_, seen)| seen.object == object);
        let about = |step: &&Step| address.is_some_and(|(address, _)| step.address == *address);
        plan.steps
            .iter()
            .filter(about)
            .map(|step| format!("{:?} {}", step.change, step.address))
            .collect()
    }

    /// Nobody's edit is overwritten: not silently, and where a later plan knew of the object, not at all.
    async fn assert_kept(
        &self,
        world: &World,
        editor: &Editor,
        later: Option<(&Base, &Plan)>,
        label: &str,
    ) {
        for edit in editor.edits.iter().filter(|edit| !edit.raced) {
            if edit.holds(world).await
                || later.is_some_and(|(base, plan)| is_shown(edit, base, plan))
            {
                continue;
            }
            let what = if edit.deed == Deed::Deleted { "undone" } else { "overwritten" };
            let second = later.map(|(_, plan)| steps(plan));
            let asked = editor.asked_about(&edit.thing);
            let about = self.steps_about(&edit.thing);
            panic!("{label}: {what}: {edit:#?}\n{second:#?}\n{asked:#?}\n{about:#?}");
        }
    }
}

/// Whether a later plan was free to change what was edited, as it had never been applied to, and says so.
fn is_shown(edit: &Edit, base: &Base, plan: &Plan) -> bool {
    let object = Some(object_of(&edit.thing));
    let is_known = base.objects.values().any(|recorded| recorded.target_object == object);
    let mut seen = plan.observed.iter().filter(|(_, seen)| seen.object == object);
    let address = seen.next().map(|(address, _)| address);
    !is_known && plan.steps.iter().any(|step| Some(&step.address) == address)
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_nothing_is_lost_and_it_converges() {
    let ground = Ground::new().await;
    let named = named_seeds();
    let is_sample = named.is_none();
    let many = if in_full() { 2000 } else { 120 };
    let seeds = named.unwrap_or_else(|| (FIRST..FIRST + many).collect());
    let mut all = Happened::default();
    let mut failed = Vec::new();
    for seed in seeds {
        match AssertUnwindSafe(ground.schedule(seed)).catch_unwind().await {
            Ok(happened) => all += happened,
            Err(_) => failed.push(seed),
        }
    }
    assert!(failed.is_empty(), "{failed:?} failed, as told above; {all:?}");
    let many = many as usize;
    let is_worth_it = all.edits > many && all.stale > many / 4 && all.kept > many / 10;
    assert!(!is_sample || is_worth_it, "{all:?}");
}
