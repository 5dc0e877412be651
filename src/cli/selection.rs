//! Which kinds a command is about.

use std::collections::{BTreeMap, BTreeSet};

use clap::builder::PossibleValuesParser;

use super::error::CliError;
use crate::engine::Named;
use crate::engine::select::{kinds_of_people, of_kinds};
use crate::kind::{Catalogue, Kind, Table};
use crate::kinds;
use crate::model::{Finding, KindMark, Selector, Selectors, Snapshot, Term};

/// The kinds of identities.
pub(super) const PRINCIPALS: [&str; 3] = ["user", "group", "service_principal"];

/// Reads the name of a kind that brickform captures.
pub(super) fn kind_name() -> PossibleValuesParser {
    let managed = kinds::ALL.iter().filter(|kind| kind.is_managed());
    PossibleValuesParser::new(managed.map(|kind| kind.name).collect::<Vec<_>>())
}

/// What is read of DBFS: the files that objects name, and all below some folders.
pub(super) fn named(folders: &[String]) -> Result<Named, CliError> {
    let place = |folder: &String| {
        let plain = folder.strip_prefix("dbfs:").unwrap_or(folder);
        if !plain.starts_with('/') {
            return Err(CliError::usage(format!("`{folder}` is no folder of DBFS"))
                .hint("name it from the root: --dbfs dbfs:/FileStore/jars"));
        }
        let names: Vec<&str> = plain.split('/').filter(|name| !name.is_empty()).collect();
        Ok(format!("/{}", names.join("/")))
    };
    let places: BTreeSet<String> = folders.iter().map(place).collect::<Result<_, _>>()?;
    let of_dbfs = kinds::ALL.iter().find(|kind| kind.named_by.contains(&"dbfs:/"));
    let below = of_dbfs.filter(|_| !places.is_empty()).map(|kind| (kind.name.to_owned(), places));
    Ok(Named { by_others: true, below: below.into_iter().collect(), ..Named::default() })
}

/// Every kind.
pub(super) fn everything() -> Catalogue {
    Catalogue::new(kinds::ALL)
}

/// These kinds, and what is needed to read them: those they refer to, those whose listing shows them,
/// and the principals that hold rights.
pub(super) fn with_needed(names: &BTreeSet<String>) -> Catalogue {
    let by_name: BTreeMap<&str, &'static Kind> =
        kinds::ALL.iter().map(|kind| (kind.name, *kind)).collect();
    let mut chosen: BTreeMap<&str, &'static Kind> = BTreeMap::new();
    let mut waiting: Vec<&'static Kind> =
        names.iter().filter_map(|name| by_name.get(name.as_str()).copied()).collect();
    while let Some(kind) = waiting.pop() {
        if chosen.insert(kind.name, kind).is_some() {
            continue;
        }
        waiting.extend(Table::of(kind).refs.iter().flat_map(|(_, reference)| reference.to));
        waiting.extend(kind.listed_with);
        if kind.acl.is_some() {
            waiting.extend(PRINCIPALS.iter().filter_map(|name| by_name.get(name).copied()));
        }
    }
    Catalogue::new(&chosen.into_values().collect::<Vec<_>>())
}

/// The kinds that a snapshot of what is selected speaks of, and those that have to be read to make it.
pub(super) fn of_selected(
    selectors: &Selectors,
) -> Result<(BTreeSet<String>, Catalogue), CliError> {
    let everything = everything();
    let is_managed = |name: &String| everything.kind(name).is_some_and(Kind::is_managed);
    let mut names = of_kinds(&everything, selectors);
    names.retain(is_managed);
    if names.is_empty() {
        let message = format!("{} leave no kind", selectors.flags().trim_start());
        return Err(CliError::usage(message).hint("`brickform kinds` lists the kinds"));
    }
    let follows = selectors.all().flat_map(Selector::terms).any(Term::spreads);
    let mut read =
        if follows { of_kinds(&everything, &Selectors::default()) } else { names.clone() };
    read.extend(kinds_of_people(selectors).into_iter().map(str::to_owned));
    Ok((names, with_needed(&read)))
}

/// The marks of a snapshot, but for kinds that servers of its sort do not have.
pub(super) fn offered(snapshot: &Snapshot) -> impl Iterator<Item = (&String, &KindMark)> {
    let server = snapshot.source.server;
    let is_offered = move |name: &str| {
        let kind = kinds::ALL.iter().find(|kind| kind.name == name);
        kind.is_none_or(|kind| server.offers(kind.api.list.path))
    };
    snapshot.kinds.iter().filter(move |(kind, mark)| mark.count > 0 || is_offered(kind))
}

/// Keeps of a snapshot what it is meant to hold, and says how much else was seen.
pub(super) fn narrow(snapshot: &mut Snapshot, names: &BTreeSet<String>, selectors: &Selectors) {
    let is_kept = |finding: &Finding| {
        let kind = finding.about.split(':').next().unwrap_or_default();
        !kinds::ALL.iter().any(|known| known.name == kind && known.is_managed())
            || names.contains(kind)
            || is_left_out(finding)
    };
    snapshot.findings.retain(is_kept);
    for kind in kinds::ALL.iter().filter(|kind| kind.is_managed() && !names.contains(kind.name)) {
        let is_said = |finding: &Finding| finding.about == kind.name && is_left_out(finding);
        if !snapshot.findings.iter().any(is_said) {
            let message = format!("not looked at:{}", selectors.flags());
            snapshot.findings.push(Finding::note("not-looked-at", kind.name, message));
        }
    }
    snapshot.kinds.retain(|kind, _| names.contains(kind));
    snapshot.resources.retain(|address, _| names.contains(&address.kind));
    snapshot.findings.sort();
}

/// Whether a finding says that something was left out because it is not selected.
fn is_left_out(finding: &Finding) -> bool {
    matches!(finding.code.as_str(), "not-selected" | "excluded" | "not-looked-at")
}

/// The failure of a run in which no kind at all could be read.
pub(super) fn unread(snapshot: &Snapshot) -> Option<CliError> {
    let failed = |kind: &String| {
        snapshot.findings.iter().find(|finding| {
            finding.about == *kind && matches!(finding.code.as_str(), "unreadable" | "unavailable")
        })
    };
    let first = snapshot.kinds.keys().next().and_then(failed)?;
    if !snapshot.kinds.keys().all(|kind| failed(kind).is_some()) {
        return None;
    }
    let error = CliError::failed("nothing could be read").because(first.message.clone());
    Some(if first.hint.is_empty() { error } else { error.hint(first.hint.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_along() {
        let catalogue = with_needed(&BTreeSet::from(["job".to_owned()]));
        for kind in ["job", "cluster", "user", "group", "cluster_policy", "instance_pool"] {
            assert!(catalogue.kind(kind).is_some(), "{kind}");
        }
        let skip = Selectors { exclude: vec!["job".parse().unwrap()], ..Selectors::default() };
        let all = kinds::ALL.iter().filter(|kind| kind.is_managed()).count();
        assert_eq!(of_selected(&skip).unwrap().0.len(), all - 1);
        let none = Selectors { select: skip.exclude.clone(), exclude: skip.exclude };
        assert!(of_selected(&none).is_err());
    }

    #[test]
    fn a_run_that_read_nothing_failed() {
        let mut snapshot = Snapshot::default();
        assert!(unread(&snapshot).is_none());
        let mark = crate::model::KindMark {
            layout: crate::model::Layout::Objects,
            count: 0,
            digest: snapshot.kind_digest("job"),
            complete: false,
            evidence: String::new(),
        };
        snapshot.kinds.insert("job".into(), mark.clone());
        snapshot.findings.push(Finding::error("unreadable", "job", "403"));
        assert!(unread(&snapshot).is_some());
        snapshot.kinds.insert("user".into(), mark);
        assert!(unread(&snapshot).is_none());
    }
}
