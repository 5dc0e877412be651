//! Which kinds a command is about.

use std::collections::{BTreeMap, BTreeSet};

use clap::builder::PossibleValuesParser;

use super::error::CliError;
use crate::engine::Named;
use crate::engine::select::of_kinds;
use crate::kind::{Catalogue, Kind, Table};
use crate::kinds;
use crate::model::{Finding, Selectors, Snapshot};

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

/// The names left of all captured kinds; `only` empty means all.
pub(super) fn names(only: &[String], skip: &[String]) -> Result<BTreeSet<String>, CliError> {
    let names: BTreeSet<String> = kinds::ALL
        .iter()
        .filter(|kind| kind.is_managed())
        .map(|kind| kind.name.to_owned())
        .filter(|name| only.is_empty() || only.contains(name))
        .filter(|name| !skip.contains(name))
        .collect();
    if names.is_empty() {
        return Err(CliError::usage("--only and --skip leave no kind")
            .hint("`brickform kinds` lists the kinds"));
    }
    Ok(names)
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
    mut names: BTreeSet<String>,
    selectors: &Selectors,
) -> (BTreeSet<String>, Catalogue) {
    let everything = everything();
    if let Some(kinds) = of_kinds(&everything, selectors) {
        names.retain(|name| kinds.contains(name));
    }
    let catalogue = with_needed(&names);
    (names, catalogue)
}

/// Keeps of a snapshot what it is meant to hold.
pub(super) fn narrow(snapshot: &mut Snapshot, names: &BTreeSet<String>) {
    snapshot.kinds.retain(|kind, _| names.contains(kind));
    snapshot.resources.retain(|address, _| names.contains(&address.kind));
    let is_kept = |finding: &Finding| {
        let kind = finding.about.split(':').next().unwrap_or_default();
        !kinds::ALL.iter().any(|known| known.name == kind && known.is_managed())
            || names.contains(kind)
    };
    snapshot.findings.retain(is_kept);
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
        let all = kinds::ALL.iter().filter(|kind| kind.is_managed()).count();
        assert_eq!(names(&[], &["job".to_owned()]).unwrap().len(), all - 1);
        assert_eq!(names(&["job".to_owned()], &["job".to_owned()]).unwrap_err().exit().code(), 64);
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
