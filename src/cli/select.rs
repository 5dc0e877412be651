//! Which objects a command is about: `--select`, `--exclude`, and what says the same in short.

mod short;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use self::short::Short;
use super::error::CliError;
use super::selection::{self, PRINCIPALS};
use crate::engine::select::{Chosen, NOTHING_SELECTED, Universe, choose};
use crate::kinds;
use crate::model::{Address, Finding, Plan, Resource, Selector, Selectors, Term, Test};

/// The selectors of a command line, as they were typed.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Selection {
    /// Only these objects: job, job:nightly-*, '+job:etl', tag.team=data, @FILE; may be repeated
    #[arg(long, value_name = "SELECTOR", long_help = GRAMMAR)]
    select: Vec<String>,
    /// All but these objects; wins over --select; may be repeated
    #[arg(long, value_name = "SELECTOR")]
    exclude: Vec<String>,
    #[command(flatten)]
    short: Short,
}

/// What a selector may be.
const GRAMMAR: &str = "\
Only these objects; may be repeated, and selects what any of them selects.

A selector is
  job                      every object of a kind
  job:etl, job:nightly-*   objects by address
  tag.team=data            by a tag of the object
  owner=user:ana@x.com     by its owner, or as whom it runs
  of=group:data-eng        a principal, everybody in it, their homes, what they own
  before=2025-05-17        of a day before this one: MLflow runs
  path:/Shared/etl         at or below a path of the workspace tree
  action:create            by what a step of a plan does
  @FILE                    what the selectors in a file select, one on a line

In names `*` stands for any characters but `/`, `**` for any at all, `?` for one.
A backslash takes its meaning from any of these, from `&`, and from a `+` at the end.

  a & b   what both select
  !a      what it does not select
  +a      also everything it needs
  a+      also everything that needs it";

impl Selection {
    /// Whether nothing was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty() && self.short.is_empty()
    }

    /// Reads the selectors, where there is nothing to do that could be asked for.
    pub(super) fn objects(&self) -> Result<Selectors, CliError> {
        let selectors = self.changes()?;
        if let Some(selector) = selectors.all().find(|selector| selector.action().is_some()) {
            let message = format!("`{selector}` asks for an action, and there are none here");
            return Err(CliError::usage(message).hint("plan, show and apply select by action"));
        }
        Ok(selectors)
    }

    /// Reads the selectors; they may ask for actions.
    pub(super) fn changes(&self) -> Result<Selectors, CliError> {
        self.short.extend(Selectors {
            select: read("select", &self.select)?,
            exclude: read("exclude", &self.exclude)?,
        })
    }
}

fn read(flag: &str, texts: &[String]) -> Result<Vec<Selector>, CliError> {
    let mut selectors = Vec::new();
    for text in texts {
        match text.strip_prefix('@') {
            Some(file) => selectors.extend(from_file(flag, file)?),
            None => selectors.push(parse(text)?),
        }
    }
    Ok(selectors)
}

fn from_file(flag: &str, file: &str) -> Result<Vec<Selector>, CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::usage(format!("--{flag} @{file}: the file cannot be read")).because(error)
    })?;
    let mut selectors = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = || format!("--{flag} @{file}, line {number}, cannot be used");
        if line.starts_with('@') {
            let error = CliError::usage(format!("`{line}` names another file")).doing(place());
            return Err(error.hint("name both files on the command line"));
        }
        selectors.push(parse(line).map_err(|error| error.doing(place()))?);
    }
    if selectors.is_empty() {
        // Read as nothing, an empty file would select everything.
        return Err(CliError::usage(format!("--{flag} @{file}: the file holds no selector"))
            .hint("write one on a line, such as job:nightly-*"));
    }
    Ok(selectors)
}

fn parse(text: &str) -> Result<Selector, CliError> {
    let known = |name: &str| kinds::ALL.iter().any(|kind| kind.name == name && kind.is_managed());
    let selector = Selector::parse(text, known).map_err(|error| {
        CliError::usage(error.to_string()).hint(
            "`brickform kinds` lists the kinds; `brickform help plan` says what a selector is",
        )
    })?;
    let person = |term: &Term| match &term.test {
        Test::Of(kind, _) => PRINCIPALS.contains(&kind.as_str()),
        _ => true,
    };
    if selector.terms().iter().all(person) {
        return Ok(selector);
    }
    let error = CliError::usage(format!("`{selector}` asks for what belongs to an object"));
    Err(error.hint("of= takes a user, a group or a service_principal, as of=user:ana@x.com"))
}

/// Refuses to go on where selectors select nothing at all.
pub(super) fn refuse_nothing(findings: &[Finding]) -> Result<(), CliError> {
    match findings.iter().find(|finding| finding.code == NOTHING_SELECTED) {
        Some(finding) => {
            let others = findings.iter().filter(|one| one.code == "unmatched-selector");
            let error = CliError::refused(finding.message.clone()).hint(finding.hint.clone());
            let hints: BTreeSet<&str> = others.map(|one| one.hint.as_str()).collect();
            Err(hints.into_iter().fold(error, |error, hint| error.hint(hint)))
        }
        None => Ok(()),
    }
}

/// The resources of a snapshot, where it is at hand.
pub(super) type Resources<'a> = Option<&'a BTreeMap<Address, Resource>>;

/// What selectors select of some objects.
///
/// # Errors
/// If they select nothing of them.
pub(super) fn of_objects<'a>(
    selectors: &Selectors,
    objects: impl IntoIterator<Item = (&'a Address, &'a Resource)>,
) -> Result<Chosen, CliError> {
    let catalogue = selection::everything();
    let objects = objects.into_iter().map(|(address, one)| (address.clone(), Some(one)));
    let chosen = choose(selectors, &Universe::new(&catalogue, objects));
    refuse_nothing(&chosen.findings)?;
    Ok(chosen)
}

/// What selectors select of a plan.
///
/// # Errors
/// If they select nothing that the plan speaks of, or ask for what only its snapshot tells, which is not at hand.
pub(super) fn of_plan(
    plan: &Plan,
    selectors: &Selectors,
    resources: Resources<'_>,
) -> Result<Chosen, CliError> {
    let asks = |term: &Term| matches!(term.test, Test::Tag(..) | Test::Owner(_) | Test::Of(..));
    if resources.is_none()
        && let Some(selector) = selectors.all().find(|one| one.terms().iter().any(asks))
    {
        let message = format!("`{selector}` asks for what the plan's snapshot tells");
        let hint =
            format!("the snapshot {}, or its rewrites, are not what they were", plan.snapshot);
        return Err(CliError::refused(message).hint(hint));
    }
    let catalogue = selection::everything();
    let chosen = choose(selectors, &Universe::of_plan(&catalogue, plan, resources));
    refuse_nothing(&chosen.findings)?;
    Ok(chosen)
}

/// Keeps of a plan what is to be shown, and answers how many steps are not.
pub(super) fn hide(plan: &mut Plan, chosen: Chosen) -> usize {
    let before = plan.steps.len();
    plan.steps.retain(|step| chosen.has(&step.address, step.change));
    plan.blocked.retain(|blocked| chosen.has(&blocked.address, blocked.change));
    for diverged in [&mut plan.conflicts, &mut plan.kept, &mut plan.not_convergent] {
        diverged.retain(|one| chosen.has_object(&one.address));
    }
    plan.findings.retain(|finding| !is_about_other(finding, &chosen));
    plan.findings.extend(chosen.findings);
    plan.summary.count(&plan.steps);
    before - plan.steps.len()
}

/// Whether a finding is about an object that is not selected.
pub(super) fn is_about_other(finding: &Finding, chosen: &Chosen) -> bool {
    finding.about.parse().is_ok_and(|address| !chosen.has_object(&address))
}
