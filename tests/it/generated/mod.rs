//! Files that are written from the code: each has to be what the code says now.
//!
//! `UPDATE=1 cargo test generated` writes them anew.

pub(crate) mod schemas;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Makes sure that a file is fresh, or writes it.
fn fresh(path: &str, wanted: &str) {
    let file = repository(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    if found != wanted {
        let line = found.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count() + 1;
        panic!(
            "{path} is stale from line {line} on; write it anew with `UPDATE=1 cargo test generated`"
        );
    }
}

#[test]
fn the_command_line_reference_is_fresh() {
    fresh("docs/cli.md", &brickform::cli::reference());
}

#[test]
fn the_page_of_kinds_is_fresh() {
    fresh("docs/kinds.md", &brickform::cli::kinds_page());
}

#[test]
fn the_schemas_are_fresh() {
    let all = schemas::all();
    for (name, schema) in &all {
        fresh(&format!("schemas/{name}.json"), &format!("{schema:#}\n"));
    }
    let names: Vec<String> = all.iter().map(|(name, _)| format!("{name}.json")).collect();
    for entry in fs::read_dir(repository("schemas")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "nothing writes schemas/{name}");
    }
}

/// What the README says of kinds stands between these lines, and is the first table of docs/kinds.md.
const MATRIX: (&str, &str) = ("<!-- kinds: written by a test -->\n", "<!-- end of kinds -->");

#[test]
fn the_matrix_in_the_readme_is_fresh() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let (before, rest) = readme.split_once(MATRIX.0).unwrap();
    let (_, after) = rest.split_once(MATRIX.1).unwrap();
    let page = brickform::cli::kinds_page();
    let table: String = page
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .map(|line| format!("{line}\n"))
        .collect();
    fresh("README.md", &format!("{before}{}{table}{}{after}", MATRIX.0, MATRIX.1));
}
