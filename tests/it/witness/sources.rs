//! Whether calls and answers that are spelled out by hand are known to the witness.

use std::fs;
use std::path::{Path, PathBuf};

use super::facts::{Type, WITNESS};
use super::is_of_another_client;
use super::pardon::PARDONS;
use super::table::verb;
use crate::laws::sample::all;

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// Every path of an API that is spelled out in a text.
fn paths(text: &str) -> Vec<&str> {
    let starts = text.match_indices("\"/api/").map(|(at, _)| &text[at + 1..]);
    starts.filter_map(|rest| rest.split('"').next()).collect()
}

/// What a plain MLflow server has where the vendor has a call of its own, or nothing.
const PLAIN: [&str; 6] = [
    "/api/2.0/mlflow-artifacts/artifacts",
    "/api/2.0/mlflow/model-versions/transition-stage",
    "/api/2.0/mlflow/registered-models/alias",
    "/api/2.0/mlflow/registered-models/get",
    "/api/2.0/mlflow/users/current",
    "/api/2.0/mlflow/users/get",
];

#[test]
fn every_path_in_a_hook_is_known_to_the_witness() {
    let mut found = Vec::new();
    for room in ["src/kinds", "src/kind", "src/engine"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut found);
    }
    let (mut seen, mut unknown) = (0, Vec::new());
    for file in found {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for path in paths(code) {
            seen += 1;
            let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
            let known = methods.iter().any(|method| !WITNESS.calls(method, path).is_empty());
            if !known && !is_of_another_client(path) && !PLAIN.contains(&path) {
                unknown.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(seen > 30 && unknown.is_empty(), "{seen} paths, unknown are {unknown:#?}");
}

/// A sample is an answer: its fields are those of the listing or of the single object.
#[test]
fn every_sample_is_an_answer_the_witness_knows() {
    let mut wrong = Vec::new();
    for sample in all() {
        let api = sample.kind.api;
        let list = WITNESS.calls(verb(api.list.method), api.list.path);
        let items = list.iter().filter_map(|call| call.answer.as_ref());
        let items: Vec<Type> =
            items.flat_map(|of| WITNESS.at(of, &format!("/{}/*", api.list.items))).collect();
        let get = api.get.map(|call| WITNESS.calls("GET", call.path)).unwrap_or_default();
        let single = get.iter().filter_map(|call| call.answer.clone());
        let single = single.filter(|of| !WITNESS.at(of, sample.kind.key).is_empty());
        let unknown = single.chain(items).map(|of| {
            let mut unknown = Vec::new();
            WITNESS.unknown(&of, sample.answer(), "", &mut unknown);
            let is_pardoned =
                |at: &str| PARDONS.iter().any(|pardon| pardon.allows_field(sample.kind.name, at));
            unknown.retain(|at| !at.contains("/future_") && !is_pardoned(at));
            unknown
        });
        let fewest = unknown.min_by_key(Vec::len).unwrap();
        wrong.extend(fewest.iter().map(|at| format!("{}: {at}", sample.label())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
