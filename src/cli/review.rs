//! What a reviewer wants to know beyond the steps: who gains or loses access, and what else is struck.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use crate::engine::{Access, Blast, Links, Rights, access, blast};
use crate::kind::Catalogue;
use crate::model::{Address, Blocked, Change, Plan, Snapshot, Step};

/// How a plan is shown to those who review it.
#[derive(Args, Clone, Debug)]
pub(super) struct ReviewLook {
    /// For people, for machines, for a comment on a pull request, or as a page for a browser
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReviewFormat,
    /// Shows every object and field
    #[arg(long)]
    pub expand: bool,
    /// Shows who gains and who loses which access, and nothing else
    #[arg(long)]
    pub access: bool,
}

/// The form of what is printed of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewFormat {
    /// For people
    #[default]
    Human,
    /// For machines
    Json,
    /// For a comment on a pull request
    Markdown,
    /// One page for a browser, with everything in it
    Html,
}

/// What follows from some steps and the snapshots that they lead between.
#[derive(Default)]
pub(crate) struct Review<'a> {
    /// Who gains and loses what; `None` where nobody can tell.
    pub access: Option<Access>,
    /// What depends on each object that is changed, replaced or deleted.
    pub blast: BTreeMap<Address, Blast>,
    /// Which objects need which.
    pub links: Links,
    /// What the steps lead to, if it is at hand.
    pub wanted: Option<&'a Snapshot>,
}

impl<'a> Review<'a> {
    /// Reviews a plan, with the snapshot as the target should have it.
    pub(crate) fn of_plan(catalogue: &Catalogue, plan: &Plan, wanted: &'a Snapshot) -> Self {
        let (before, after) = Rights::around(plan, wanted);
        Self::of(catalogue, &plan.steps, &plan.blocked, wanted, (&before, &after))
    }

    /// Reviews the way from one snapshot to another.
    pub(crate) fn between(
        catalogue: &Catalogue,
        steps: &[Step],
        before: &Snapshot,
        after: &'a Snapshot,
    ) -> Self {
        let rights = (&Rights::of(before), &Rights::of(after));
        Self::of(catalogue, steps, &[], after, rights)
    }

    fn of(
        catalogue: &Catalogue,
        steps: &[Step],
        blocked: &[Blocked],
        wanted: &'a Snapshot,
        (before, after): (&Rights, &Rights),
    ) -> Self {
        let mut links = Links::of(catalogue, wanted);
        // What is blocked and new is not there to depend on anything.
        for blocked in blocked.iter().filter(|one| one.change == Change::Create) {
            links.forget(&blocked.address);
        }
        Self {
            access: Some(access(catalogue, before, after)),
            blast: blast(steps, &links),
            links,
            wanted: Some(wanted),
        }
    }

    /// Everything that depends on any of some objects, apart from these, the nearest first.
    pub(crate) fn reach<'s>(&'s self, objects: &[&Address]) -> Vec<&'s Address> {
        let mut seen: BTreeSet<&Address> = objects.iter().copied().collect();
        let struck = objects.iter().filter_map(|address| self.blast.get(*address));
        struck.flat_map(|blast| &blast.all).filter(|address| seen.insert(address)).collect()
    }
}
