//! Everything that is wrong with a snapshot, for people who look at one.

use std::path::{Path, PathBuf};

use super::load::{Loaded, load};
use super::read::settle;
use super::stage::existing_files;
use super::verify::verify;
use crate::model::{Address, Finding, visit_refs};
use crate::store::error::StoreError;

/// Lists all that is wrong with the snapshot in `dir`: damage, edits, dangling references, stray files.
pub fn problems(dir: &Path) -> Vec<Finding> {
    problems_as(dir, &Path::to_owned)
}

/// As [`problems`], with paths as `shown` calls them.
pub(in crate::store) fn problems_as(dir: &Path, shown: &dyn Fn(&Path) -> PathBuf) -> Vec<Finding> {
    let mut loaded = match settle(dir).and_then(|()| load(dir)) {
        Ok(loaded) => loaded,
        Err(error) => return vec![finding(&error.shown(shown))],
    };
    verify(dir, &mut loaded);
    let problems = std::mem::take(&mut loaded.problems);
    let mut findings: Vec<_> =
        problems.into_iter().map(|problem| finding(&problem.shown(shown))).collect();
    findings.extend(dangling(&loaded));
    findings.extend(strays(dir, &loaded, shown));
    findings
}

fn finding(error: &StoreError) -> Finding {
    let (code, about) = match error {
        StoreError::Digest { file, .. } => ("changed", file.display().to_string()),
        StoreError::Missing { file, .. } => ("missing", file.display().to_string()),
        StoreError::Field { file, .. } => ("malformed", file.display().to_string()),
        StoreError::Yaml(error) => ("malformed", error.file.clone()),
        StoreError::NewerFormat { file, .. } | StoreError::Requires { file, .. } => {
            ("too-new", file.display().to_string())
        }
        _ => ("unreadable", String::new()),
    };
    Finding::error(code, about, error.to_string())
}

/// References to what the snapshot does not hold.
fn dangling(loaded: &Loaded) -> Vec<Finding> {
    let snapshot = &loaded.snapshot;
    let mut findings = Vec::new();
    let mut check = |from: &Address, at: &str, to: &Address| {
        if snapshot.resources.contains_key(to) {
            return;
        }
        let left_out = snapshot
            .findings
            .iter()
            .find(|finding| finding.code.starts_with("skipped-") && finding.is_about(to));
        // What the platform builds in is there in every workspace.
        if left_out.is_some_and(|finding| finding.code == "skipped-system") {
            return;
        }
        let file = loaded.files.get(from).map(String::as_str).unwrap_or_default();
        let message = format!("{file}: `{at}` refers to {to}, which the snapshot does not hold");
        let is_whole = snapshot.kinds.get(&to.kind).is_some_and(|mark| mark.complete);
        let finding = if let Some(left_out) = left_out {
            let reason = &left_out.message;
            Finding::warning("dangling-reference", from, format!("{message}: {reason}"))
                .hint(format!("make sure that the target has {to}"))
        } else if is_whole {
            Finding::error("dangling-reference", from, message)
                .hint("correct the reference at its source, and export again")
        } else if snapshot.kinds.contains_key(&to.kind) {
            let hint =
                format!("export all {} objects, or make sure that the target has {to}", to.kind);
            Finding::warning("dangling-reference", from, message).hint(hint)
        } else {
            // Kinds that nobody looked for are only referred to: the target has to have them.
            Finding::warning("dangling-reference", from, message)
                .hint(format!("the target has to have {to}"))
        };
        findings.push(finding);
    };
    for (address, resource) in &snapshot.resources {
        visit_refs(&resource.spec, &mut |at, to| check(address, at, &to));
        for grant in resource.grants.iter().flatten() {
            check(address, "grants", &grant.principal);
        }
    }
    findings
}

/// Files among brickform's own that nothing names; the next export removes them.
fn strays(dir: &Path, loaded: &Loaded, shown: &dyn Fn(&Path) -> PathBuf) -> Vec<Finding> {
    let files = existing_files(dir).unwrap_or_default();
    let note = |file: &String| {
        Finding::warning(
            "stray-file",
            shown(&dir.join(file)).display(),
            "no part of the snapshot names this file",
        )
        .hint("move it elsewhere: the next export removes it")
    };
    files.difference(&loaded.known).map(note).collect()
}
