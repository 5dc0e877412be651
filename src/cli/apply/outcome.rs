//! How an apply ended, as an exit code.

use super::unselected::left;
use crate::cli::error::Exit;
use crate::engine::apply::{NOT_CONVERGENT, Report};
use crate::model::{Outcome, Severity};

/// How an apply ended. What was not selected was not meant to be done.
pub(super) fn exit(report: &Report) -> Exit {
    let count = |wanted: fn(Outcome) -> bool| {
        report.outcomes.values().filter(|(outcome, _)| wanted(*outcome)).count()
    };
    let good = count(Outcome::is_success);
    let failed = count(|outcome| outcome == Outcome::Failed);
    let stale = count(|outcome| outcome == Outcome::Stale);
    let lost = report
        .findings
        .iter()
        .any(|finding| finding.code == NOT_CONVERGENT && finding.severity == Severity::Error);
    match () {
        // What was written and cannot be found any more is no success; a value that the server made
        // otherwise is noted, and that is all there is to do.
        () if good + left(report) == report.outcomes.len() && lost => Exit::Partial,
        () if good + left(report) == report.outcomes.len() => Exit::Done,
        () if report.stopped => Exit::Interrupted,
        () if good > 0 => Exit::Partial,
        () if stale > 0 && failed == 0 => Exit::Refused,
        () => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Finding;

    #[test]
    fn the_exit_code_says_how_it_went() {
        let code = |outcomes: &[Outcome], stopped| {
            let outcomes = outcomes.iter().zip(1..).map(|(o, id)| (id, (*o, String::new())));
            exit(&Report { outcomes: outcomes.collect(), stopped, ..Report::default() }).code()
        };
        let found = |finding| {
            let outcomes = [(1, (Outcome::Done, String::new()))].into();
            exit(&Report { outcomes, findings: vec![finding], ..Report::default() }).code()
        };
        assert_eq!(found(Finding::warning(NOT_CONVERGENT, "job:a", "/a is 1 although 2")), 0);
        assert_eq!(found(Finding::error(NOT_CONVERGENT, "job:a", "not shown")), 3);
        assert_eq!(found(Finding::error("base-unsaved", "", "no room")), 0);
        use Outcome::{Already, Blocked, Done, Failed, NotStarted, Stale, Unselected};
        assert_eq!(code(&[Done, Already], false), 0);
        assert_eq!(code(&[Done, Failed], false), 3);
        assert_eq!(code(&[Done, Unselected], false), 0);
        assert_eq!(code(&[Done, Unselected, Blocked], false), 3);
        assert_eq!(code(&[Unselected, Blocked], false), 1);
        assert_eq!(code(&[Done, Stale, Blocked], false), 3);
        assert_eq!(code(&[Failed, Blocked], false), 1);
        assert_eq!(code(&[Stale, Blocked], false), 4);
        assert_eq!(code(&[Done, NotStarted], true), 130);
        assert_eq!(code(&[NotStarted, NotStarted], false), 1);
    }
}
