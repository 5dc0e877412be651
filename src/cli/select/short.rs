//! Flags that say in short what selectors say.

use clap::Args;
use jiff::civil::Date;

use crate::cli::error::CliError;
use crate::cli::selection::kind_name;
use crate::kind::HOMES;
use crate::model::{Glob, Selector, Selectors, Term, Test};

/// Selections that are wanted often. Each stands for selectors, which is what is kept and said.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Short {
    /// Of what is selected only these kinds; alone, as --select KIND
    #[arg(long, visible_alias = "kinds", value_name = "KIND", num_args = 1.., value_delimiter = ',', value_parser = kind_name(), hide_possible_values = true)]
    only: Vec<String>,
    /// All kinds but these; as --exclude KIND
    #[arg(long, value_name = "KIND", num_args = 1.., value_delimiter = ',', value_parser = kind_name(), hide_possible_values = true)]
    skip: Vec<String>,
    /// A user, their home and what they own; as --select of=user:USER; may be repeated
    #[arg(long, value_name = "USER")]
    user: Vec<String>,
    /// Groups, everybody in them, and what is theirs; as --select of=group:GROUP
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    groups: Vec<String>,
    /// Leaves out MLflow runs that began before this day, as 2025-05-17, in UTC; as --exclude before=DAY
    #[arg(long, value_name = "DAY", value_parser = day)]
    runs_since: Option<Date>,
    /// Leaves out what is in the homes of users; as --exclude path:/Users
    #[arg(long)]
    shared_only: bool,
}

impl Short {
    /// Whether none was typed.
    pub(super) fn is_empty(&self) -> bool {
        !self.shared_only
            && self.runs_since.is_none()
            && [&self.only, &self.skip, &self.user, &self.groups].iter().all(|flag| flag.is_empty())
    }

    /// Adds to selectors what these flags stand for.
    pub(super) fn extend(&self, mut selectors: Selectors) -> Result<Selectors, CliError> {
        if !self.only.is_empty() && self.only.iter().all(|kind| self.skip.contains(kind)) {
            return Err(CliError::usage("--only and --skip leave no kind")
                .hint("`brickform kinds` lists the kinds"));
        }
        // Users are called by their e-mail address in lower case, in every snapshot.
        let users = self.user.iter().map(|name| ("user", name.to_lowercase()));
        let groups = self.groups.iter().map(|name| ("group", name.clone()));
        for (kind, name) in users.chain(groups) {
            if name.is_empty() {
                return Err(CliError::usage(format!("the name of a {kind} is empty")));
            }
            let test = Test::Of(kind.to_owned(), Glob::exact(&name));
            selectors.select.extend(Selector::new(vec![test.into()]));
        }
        if !self.only.is_empty() {
            selectors.select = self.narrowed(&selectors.select);
        }
        let kinds = self.skip.iter().map(|kind| Test::Kind(kind.clone()));
        let homes = self.shared_only.then(|| Test::Path(Glob::exact(HOMES)));
        let older = self.runs_since.map(Test::Before);
        let tests =
            kinds.chain(homes).chain(older).filter_map(|test| Selector::new(vec![test.into()]));
        selectors.exclude.extend(tests);
        Ok(selectors)
    }

    /// What of some selectors is of the kinds that are wanted only; without any, these kinds.
    fn narrowed(&self, select: &[Selector]) -> Vec<Selector> {
        let kinds = || self.only.iter().map(|kind| Term::from(Test::Kind(kind.clone())));
        if select.is_empty() {
            return kinds().filter_map(|kind| Selector::new(vec![kind])).collect();
        }
        let both = |one: &Selector, kind: Term| {
            Selector::new(one.terms().iter().cloned().chain([kind]).collect())
        };
        select.iter().flat_map(|one| kinds().filter_map(|kind| both(one, kind))).collect()
    }
}

/// Reads a day. A moment is none: runs are kept by day.
fn day(text: &str) -> Result<Date, String> {
    let is_day = text.len() == "2025-05-17".len();
    let day = text.parse().ok().filter(|_| is_day);
    day.ok_or_else(|| "runs are kept by day, in UTC: write one as 2025-05-17".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(short: &Short, select: &[&str]) -> String {
        let select = select.iter().map(|text| text.parse().unwrap()).collect();
        let selectors = Selectors { select, exclude: Vec::new() };
        short.extend(selectors).unwrap().flags().trim_start().replace('\'', "")
    }

    #[test]
    fn a_moment_is_no_day() {
        for wrong in ["2025-05-17T10:00:00Z", "2025-02-30", "20250517", "yesterday", ""] {
            assert!(day(wrong).unwrap_err().contains("2025-05-17"), "{wrong}");
        }
    }

    #[test]
    fn each_flag_is_a_selector() {
        let words = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        let none = Short::default;
        assert!(none().is_empty() && flags(&none(), &[]).is_empty());
        let only = Short { only: words(&["job", "cluster"]), ..none() };
        assert_eq!(flags(&only, &[]), "--select job --select cluster");
        assert_eq!(
            flags(&only, &["+job:a", "user"]),
            "--select +job:a & job --select +job:a & cluster --select user & job --select user & cluster"
        );
        let skip = Short { skip: words(&["job"]), shared_only: true, ..none() };
        assert_eq!(flags(&skip, &["user"]), "--select user --exclude job --exclude path:/Users");
        let of = Short { user: words(&["Ana@X.com"]), groups: words(&["a*", "B"]), ..none() };
        assert_eq!(
            flags(&of, &[]),
            r"--select of=user:ana@x.com --select of=group:a\* --select of=group:B"
        );
        let since = Short { runs_since: Some(day("2025-05-17").unwrap()), ..none() };
        assert_eq!(flags(&since, &["+job:a"]), "--select +job:a --exclude before=2025-05-17");
        assert!(!since.is_empty());
        let nothing = Short { only: words(&["job"]), skip: words(&["job"]), ..none() };
        assert!(nothing.extend(Selectors::default()).is_err() && !nothing.is_empty());
        assert!(Short { user: words(&[""]), ..none() }.extend(Selectors::default()).is_err());
    }
}
