//! Planning again what turned out to be stale, within what was reviewed.

use std::path::PathBuf;

use super::OnStale;
use super::round::Round;
use crate::cli::error::{CliError, Exit};
use crate::cli::interrupt::or_interrupted;
use crate::cli::plan::make;
use crate::cli::progress::Meter;
use crate::cli::render::summary_line;
use crate::engine::apply;
use crate::model::{Change, Plan, Step};
use crate::store::write_plan;

/// How often a new plan is made at most; in a target that changes faster, people have to look.
const ROUNDS: usize = 3;

/// How much that is new is named.
const NAMED: usize = 10;

impl OnStale {
    /// What it means while a plan is carried out.
    pub(super) fn of_the_engine(self) -> apply::OnStale {
        match self {
            Self::Stop => apply::OnStale::Stop,
            Self::Skip | Self::Replan => apply::OnStale::Skip,
        }
    }
}

/// The command that makes a plan anew.
pub(super) fn plan_again(plan: &Plan) -> String {
    let rewrites =
        plan.rewrites.as_ref().map_or_else(String::new, |file| format!(" --rewrites {file}"));
    format!("brickform plan {}{rewrites} -o NEW.json", plan.snapshot)
}

impl Round<'_> {
    /// Makes a new plan and applies it, as long as something is stale and nothing is new.
    pub(super) async fn replan(&self) -> Result<Exit, CliError> {
        let terminal = self.terminal;
        for round in 2..=ROUNDS + 1 {
            let plan = self.anew().await?;
            let news = news(self.plan, &plan);
            if !news.is_empty() {
                let more = news.len().saturating_sub(NAMED);
                let mut error = CliError::refused(
                    "what was left would now take something that was not reviewed",
                )
                .because(news.into_iter().take(NAMED).collect::<Vec<_>>().join("; "));
                if more > 0 {
                    error = error.hint(format!("and {more} more"));
                }
                return Err(error.hint(format!("review it: `{}`", plan_again(self.plan))));
            }
            if plan.is_empty() {
                terminal.remark("planned again: nothing is left to do");
                return Ok(Exit::Done);
            }
            terminal.remark(&format!("planned again: {}", summary_line(&plan)));
            let file = self.file_of(round);
            write_plan(&file, &plan)?;
            let next = Round { file: &file, plan: &plan, ..*self };
            let (exit, stale) = next.apply(false).await?;
            if !stale || exit == Exit::Interrupted {
                return Ok(exit);
            }
        }
        Err(CliError::refused(format!(
            "the target was changed while {ROUNDS} new plans were applied; something else writes there"
        ))
        .hint(format!("find out what, then go on with `{}`", plan_again(self.plan))))
    }

    /// The same plan, made of the target as it is now.
    async fn anew(&self) -> Result<Plan, CliError> {
        let meter = Meter::new(self.terminal);
        or_interrupted(async {
            let target = self.args.connection.open(true).await?;
            let options = self.plan.options.clone();
            let known = self.source.known(&target, &options).await?;
            Ok(make(&target, self.source, options, known, meter.progress()).await?.plan)
        })
        .await
    }

    /// Where the plan of a round stands: `plan.json.2` beside `plan.json`, or the next number that is free.
    fn file_of(&self, round: usize) -> PathBuf {
        let numbered = |number: usize| {
            let mut name = self.file.as_os_str().to_owned();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        (round..).map(numbered).find(|file| !file.exists()).unwrap_or_else(|| numbered(round))
    }
}

/// What a plan does, or leaves open, that another one did not show.
fn news(reviewed: &Plan, plan: &Plan) -> Vec<String> {
    let shown = |step: &Step| reviewed.steps.iter().any(|old| covers(old, step));
    let word = |change: Change| serde_json::json!(change).as_str().unwrap_or_default().to_owned();
    let steps = plan.steps.iter().filter(|step| !shown(step));
    let steps = steps.map(|step| {
        let fields: Vec<&str> =
            step.fields.iter().map(|field| field.path.as_str()).take(3).collect();
        let fields =
            if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
        format!("{} {}{fields}", word(step.change), step.address)
    });
    let blocked = plan
        .blocked
        .iter()
        .filter(|one| !reviewed.blocked.iter().any(|old| old.address == one.address))
        .map(|one| format!("{} is blocked: {}", one.address, one.reason));
    let conflicts = plan
        .conflicts
        .iter()
        .filter(|one| !reviewed.conflicts.iter().any(|old| old.address == one.address))
        .map(|one| format!("{} was changed in the target and in the source", one.address));
    steps.chain(blocked).chain(conflicts).collect()
}

/// Whether a step does nothing that a reviewed one did not show.
fn covers(reviewed: &Step, step: &Step) -> bool {
    if (&reviewed.address, reviewed.change, &reviewed.from)
        != (&step.address, step.change, &step.from)
    {
        return false;
    }
    let fields = step.fields.iter().all(|field| {
        let same =
            |old: &crate::model::FieldChange| old.path == field.path && old.after == field.after;
        reviewed.fields.iter().any(same)
    });
    match step.change {
        Change::Delete => true,
        Change::Grants => reviewed.grants == step.grants,
        Change::Create | Change::Replace => fields && reviewed.desired == step.desired,
        Change::Update | Change::Rename => fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Blocked, FieldChange, Target, digest_bytes};
    use serde_json::json;

    fn step(change: Change, fields: &[(&str, i32)]) -> Step {
        let field = |(path, after): &(&str, i32)| FieldChange {
            path: (*path).to_owned(),
            before: Some(json!(fields.len())),
            after: Some(json!(after)),
            source: None,
            cause: String::new(),
        };
        let fields = fields.iter().map(field).collect();
        Step { fields, ..Step::new(1, Address::new("job", "etl"), change) }
    }

    fn plan(steps: Vec<Step>) -> Plan {
        let target = Target { host: String::new(), workspace_id: None, caller: String::new() };
        Plan { steps, ..Plan::new("s", digest_bytes(b"s"), target) }
    }

    #[test]
    fn less_than_was_reviewed_is_no_news() {
        let reviewed = plan(vec![step(Change::Update, &[("/a", 1), ("/b", 2)])]);
        assert!(news(&reviewed, &plan(vec![])).is_empty());
        assert!(news(&reviewed, &plan(vec![step(Change::Update, &[("/b", 2)])])).is_empty());
    }

    #[test]
    fn anything_else_is_news() {
        let reviewed = plan(vec![step(Change::Update, &[("/a", 1)])]);
        for (other, wanted) in [
            (step(Change::Update, &[("/a", 2)]), "update job:etl (/a)"),
            (step(Change::Update, &[("/a", 1), ("/c", 1)]), "update job:etl (/a, /c)"),
            (step(Change::Replace, &[("/a", 1)]), "replace job:etl (/a)"),
            (step(Change::Delete, &[]), "delete job:etl"),
        ] {
            assert_eq!(news(&reviewed, &plan(vec![other])), [wanted]);
        }
        let mut grants = step(Change::Grants, &[]);
        grants.grants = Some(std::collections::BTreeSet::new());
        let reviewed = plan(vec![Step { grants: None, ..grants.clone() }]);
        assert_eq!(news(&reviewed, &plan(vec![grants])), ["grants job:etl"]);
        let mut create = step(Change::Create, &[]);
        create.desired = Some(digest_bytes(b"new"));
        let reviewed = plan(vec![step(Change::Create, &[])]);
        assert_eq!(news(&reviewed, &plan(vec![create])), ["create job:etl"]);
        let mut blocked = plan(vec![]);
        blocked.blocked.push(Blocked {
            address: Address::new("job", "etl"),
            change: Change::Update,
            reason: "it is protected".to_owned(),
            hint: String::new(),
        });
        assert_eq!(news(&plan(vec![]), &blocked), ["job:etl is blocked: it is protected"]);
        assert!(news(&blocked, &blocked).is_empty());
    }
}
