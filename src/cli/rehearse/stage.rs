//! The stage of a rehearsal: a simulated copy of the target that goes by the target's name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::connection::Target;
use crate::cli::copy::{Copy, copy_of};
use crate::cli::error::CliError;
use crate::cli::in_process::{Death, Way, open, open_by};
use crate::cli::plan::{Source, see};
use crate::cli::selection;
use crate::client::{Limits, Patience};
use crate::engine::{Named, Otherwise, Progress, fingerprint, seen_otherwise};
use crate::kind::{Catalogue, Index, Kind};
use crate::model::{Address, Change, Plan, Resource, Snapshot, Step, StepId, visit_refs};
use crate::sim::{self, Options};

const TOKEN: &str = "dapi-rehearsal";

/// A simulated copy of a plan's target.
pub(super) struct Stage {
    /// The plan, with the copy's objects in place of the target's.
    pub plan: Plan,
    /// The copy, and what it lacks.
    pub copy: Copy,
    /// Steps that say nothing about the target when they are carried out here, with the reason.
    pub unplayable: BTreeMap<StepId, String>,
    /// Objects that are not in the copy as the plan saw them in the target.
    pub unlike: BTreeSet<Address>,
    concurrency: usize,
}

impl Stage {
    /// Builds the copy, and finds out what of a plan can be played on it.
    pub(super) async fn build(
        plan: &Plan,
        source: &Source,
        target: &Source,
        unlike: &BTreeMap<Address, Otherwise>,
        latency: Duration,
        concurrency: usize,
    ) -> Result<Self, CliError> {
        let regular = Options::default();
        // Not every workspace tells who calls.
        let caller = Some(plan.target.caller.clone()).filter(|caller| !caller.is_empty());
        let options = Options {
            token: TOKEN.to_owned(),
            user: caller.unwrap_or_else(|| regular.user.clone()),
            workspace_id: plan.target.workspace_id.as_ref().and_then(|id| id.parse().ok()),
            latency,
            limits: sim::Limits::Published,
            ..regular
        };
        let catalogue = selection::everything();
        let desired = source.desired(&catalogue, &plan.options);
        let touched =
            plan.steps.iter().filter_map(|step| desired.snapshot.resources.get(&step.address));
        let calm =
            Options { latency: Duration::ZERO, limits: sim::Limits::None, ..options.clone() };
        let copy = copy_of(target, calm, touched).await?;
        // The copy is read with nothing in the way, and only then does it get the target's pace.
        let reader = open(&copy.workspace, TOKEN).await?;
        let progress: Progress = Arc::new(|_, _, _| {});
        let named = Named::wanted(&catalogue, &desired.snapshot).and(plan.observed.keys());
        let (also, wanted) = (desired.referred_kinds(), Some(&desired.snapshot));
        let seen = see(&reader, &catalogue, also, named, wanted, progress).await?;
        let likeness = Likeness::of(plan, &copy, &seen.live.snapshot, unlike);
        let unplayable = unplayable(plan, |step| {
            let wanted = desired.snapshot.resources.get(&step.address);
            let kind = catalogue.kind(&step.address.kind)?;
            let is_served =
                || calls(kind, step).all(|(method, path)| copy.workspace.serves(method, path));
            likeness
                .flaw(&step.address)
                .or_else(|| likeness.lacks_for(step, wanted, &catalogue, &copy.stand_ins))
                .or_else(|| {
                    let unplayed = || format!("the simulator does not play {} objects", kind.name);
                    (!is_served()).then(unplayed)
                })
        });
        let copy = Copy { workspace: copy.workspace.copy_with(options), ..copy };
        let unlike = likeness.flaws.into_keys().chain(likeness.lacks.into_keys()).collect();
        let plan = on_copy(plan, &seen.live.index);
        Ok(Self { plan, copy, unplayable, unlike, concurrency })
    }

    /// Signs in as whoever made the plan, as `apply` would; waits follow from nothing but the requests.
    pub(super) async fn enter(&self, death: Option<Death>) -> Result<Target, CliError> {
        let way = Way {
            host: self.plan.target.host.clone(),
            limits: Limits::Published,
            patience: Patience { jitter: 0.0, ..Patience::default() },
            concurrency: self.concurrency,
            death,
        };
        open_by(way, &self.copy.workspace, TOKEN).await
    }
}

/// Where the copy is not what the plan saw.
struct Likeness {
    /// What is there and otherwise.
    flaws: BTreeMap<Address, String>,
    /// What is not there.
    lacks: BTreeMap<Address, String>,
}

impl Likeness {
    fn of(
        plan: &Plan,
        copy: &Copy,
        found: &Snapshot,
        unlike: &BTreeMap<Address, Otherwise>,
    ) -> Self {
        let (mut flaws, mut lacks) = (BTreeMap::new(), BTreeMap::new());
        let mut note = |address: &Address, how: Otherwise, what: &str| {
            let of = if how == Otherwise::Gone { &mut lacks } else { &mut flaws };
            of.insert(address.clone(), format!("{what}, {address} {}", words(how)));
        };
        for (address, how) in &seen_otherwise(&selection::everything(), plan, found) {
            // Whoever calls is there in any copy.
            if *how != Otherwise::New {
                note(address, *how, "in the copy");
            }
        }
        for (address, how) in unlike {
            note(address, *how, "in the target's snapshot");
        }
        for (address, reason) in &copy.unplanted {
            if lacks.contains_key(address) {
                lacks.insert(address.clone(), format!("the copy lacks {address}: {reason}"));
            }
        }
        Self { flaws, lacks }
    }

    /// Why what happens to an object here says nothing about the target, if it does not.
    fn flaw(&self, address: &Address) -> Option<String> {
        self.lacks.get(address).or_else(|| self.flaws.get(address)).cloned()
    }

    /// What a step refers to and the copy lacks.
    fn lacks_for(
        &self,
        step: &Step,
        wanted: Option<&Resource>,
        catalogue: &Catalogue,
        stand_ins: &BTreeSet<Address>,
    ) -> Option<String> {
        let mut referred: BTreeSet<Address> =
            step.grants.iter().flatten().map(|grant| grant.principal.clone()).collect();
        if let Some(wanted) = wanted {
            visit_refs(&wanted.spec, &mut |_, to| {
                referred.insert(to);
            });
        }
        referred.iter().find_map(|to| {
            let only_named = catalogue.kind(&to.kind).is_some_and(|kind| !kind.is_managed());
            let unknown = only_named && !stand_ins.contains(to);
            let nobody = || format!("nothing can stand in for {to} in the copy");
            self.lacks.get(to).cloned().or_else(|| unknown.then(nobody))
        })
    }
}

/// The difference, in words that follow the object's name.
pub(super) fn words(how: Otherwise) -> &'static str {
    match how {
        Otherwise::Gone => "is not there",
        Otherwise::New => "is new",
        Otherwise::Changed => "differs",
        Otherwise::Rights => "has other rights",
    }
}

/// A plan that means the objects of a copy: their identifiers are others than in the target.
fn on_copy(plan: &Plan, index: &Index) -> Plan {
    let mut plan = plan.clone();
    for (address, seen) in &mut plan.observed {
        let live = seen.live.as_ref().unwrap_or(address);
        let known = || Some(fingerprint(&live.kind, index.id(live)?));
        seen.object = seen.object.is_some().then(known).flatten();
    }
    plan
}

/// The calls that a step of a kind makes, as the kind's table has them.
fn calls(kind: &'static Kind, step: &Step) -> impl Iterator<Item = (&'static str, &'static str)> {
    let calls = match step.change {
        Change::Create => vec![kind.api.create],
        Change::Update | Change::Rename => vec![kind.api.update],
        Change::Replace => vec![kind.api.delete, kind.api.create],
        Change::Delete => vec![kind.api.delete],
        Change::Grants => Vec::new(),
    };
    calls.into_iter().flatten().map(|call| (call.method.name(), call.path))
}

/// The steps that cannot be played, and those that need one of them.
fn unplayable(plan: &Plan, why: impl Fn(&Step) -> Option<String>) -> BTreeMap<StepId, String> {
    let mut found: BTreeMap<StepId, String> = BTreeMap::new();
    for step in &plan.steps {
        let reason = why(step).or_else(|| {
            let needed = step.needs.iter().find(|need| found.contains_key(need))?;
            Some(format!("it needs step {needed}, which cannot be rehearsed"))
        });
        found.extend(reason.map(|reason| (step.id, reason)));
    }
    found
}

/// The addresses of some steps.
pub(super) fn addresses<'a>(
    plan: &'a Plan,
    steps: &'a BTreeMap<StepId, String>,
) -> BTreeSet<&'a Address> {
    plan.steps
        .iter()
        .filter(|step| steps.contains_key(&step.id))
        .map(|step| &step.address)
        .collect()
}
