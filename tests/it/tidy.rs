//! The house stays as it was built: floors, lists, sizes, words.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use brickform::kinds;

/// Which rooms each room may know.
const FLOORS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("client", &["model"]),
    ("store", &["model"]),
    ("kind", &["client", "model", "store"]),
    ("engine", &["client", "kind", "model", "store"]),
    ("sim", &["kind", "model", "store"]),
    ("kinds", &["client", "kind", "model", "store"]),
    ("cli", &["client", "engine", "kind", "kinds", "model", "sim", "store"]),
];

/// The longest a file may be, in lines.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below some places, by its path from the root.
fn files(places: &[&str], ending: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = places.iter().map(|place| root().join(place)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.to_string_lossy().ends_with(ending)
            && let Ok(text) = fs::read_to_string(&path)
        {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.insert(name, text);
        }
    }
    assert!(!found.is_empty(), "{places:?} hold no {ending}");
    found
}

/// The code of a file without its tests.
fn code(text: &str) -> &str {
    text.split("\nmod tests {").next().unwrap_or(text)
}

/// The rooms a text names with `crate::`.
fn rooms(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match rest.strip_prefix('{') {
            Some(list) => {
                let (mut depth, mut start) = (0, true);
                for (at, letter) in list.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        letter if depth == 0 && start && letter.is_alphabetic() => {
                            found.insert(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => drop(found.insert(word(rest))),
        }
    }
    found
}

#[test]
fn a_floor_knows_only_floors_below() {
    let mut wrong = Vec::new();
    for (path, text) in files(&["src"], ".rs") {
        let room = path.split('/').nth(1).unwrap().trim_end_matches(".rs");
        let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main"].contains(&room), "{path}: the room {room} is on no floor");
            continue;
        };
        for other in rooms(&text) {
            let is_room = FLOORS.iter().any(|(name, _)| *name == other);
            if is_room && other != room && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{path} knows crate::{other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rooms_are_found_however_they_are_named() {
    let text = "use crate::model::Plan;\nuse crate::{client::{Call, Error}, kind};\nfn x() -> crate::store::Y {}";
    assert_eq!(rooms(text), ["client", "kind", "model", "store"].map(str::to_owned).into());
}

/// Names in the order they are declared in, by what introduces them.
fn declared<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    text.lines()
        .filter_map(|line| {
            let line =
                line.strip_prefix("pub ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
            line.strip_prefix(word)?.strip_suffix(';')
        })
        .collect()
}

#[test]
fn lists_of_modules_are_sorted() {
    for (path, text) in files(&["src", "tests"], ".rs") {
        let names = declared(&text, "mod ");
        assert!(names.is_sorted(), "{path}: {names:?}");
    }
}

#[test]
fn every_kind_is_registered_under_the_name_of_its_file() {
    let marker = "static KIND: Kind = Kind {\n    name: \"";
    let mut found = Vec::new();
    for (path, text) in files(&["src/kinds"], ".rs") {
        if let Some((_, rest)) = text.split_once(marker) {
            let name = rest.split('"').next().unwrap().to_owned();
            let stem = Path::new(&path).file_stem().unwrap().to_string_lossy().into_owned();
            assert_eq!(name, stem, "{path}");
            assert!(text.starts_with("//! "), "{path} says first what the thing is to a user");
            found.push(name);
        }
    }
    let listed: Vec<&str> = kinds::ALL.iter().map(|kind| kind.name).collect();
    assert_eq!(found, listed);
    for kind in kinds::ALL.iter().filter(|kind| kind.is_managed()) {
        let folder = crate::laws::sample::folder(kind.name);
        assert!(folder.join("full.json").is_file(), "{} has no samples", kind.name);
    }
    let folders = fs::read_dir(crate::laws::sample::folder("")).unwrap();
    for entry in folders.map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(listed.contains(&name.as_str()), "tests/samples/{name} is of no kind");
    }
}

/// A kind's name stands in its file and in nobody else's code: no `match` on kinds anywhere.
#[test]
fn no_kind_is_named_outside_its_file() {
    // Rights are granted to these three, which is the permissions API's own vocabulary.
    let principals = ["user", "group", "service_principal"];
    // The demonstration changes a workspace as a person would.
    let free = |path: &str| {
        ["src/kinds/", "src/sim/", "src/cli/demo"].iter().any(|place| path.starts_with(place))
            || path.contains("/tests/")
            || path.ends_with("/tests.rs")
    };
    let mut wrong = Vec::new();
    for (path, text) in files(&["src"], ".rs").iter().filter(|(path, _)| !free(path)) {
        for kind in kinds::ALL.iter().filter(|kind| !principals.contains(&kind.name)) {
            if code(text).contains(&format!("\"{}\"", kind.name)) {
                wrong.push(format!("{path} names {}", kind.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for (path, text) in files(&["src", "tests", "benches"], ".rs") {
        let lines = text.lines().count();
        if lines > LONGEST {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn nothing_is_left_undone() {
    let words = ["#[ignore", "todo!(", "unimplemented!(", "#[allow", "#![allow", "dbg!("];
    let mut wrong = Vec::new();
    for (path, text) in files(&["src", "tests", "benches"], ".rs") {
        for (number, line) in text.lines().enumerate() {
            let is_own = path == "tests/it/tidy.rs";
            if let Some(word) = words.iter().find(|word| line.contains(**word) && !is_own) {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Texts people read: documents, code, examples.
fn texts() -> BTreeMap<String, String> {
    let places: Vec<&str> = ["src", "tests", "benches", "docs", "examples", "schemas", ".ci"]
        .into_iter()
        .filter(|place| root().join(place).exists())
        .collect();
    let mut texts = files(&places, "");
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md" || ending == "toml") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            texts.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

/// How the code came to be is nobody's reading.
#[test]
fn nothing_refers_to_a_list_of_tasks() {
    let words = ["issue #", "issues #"];
    let mut wrong = Vec::new();
    for (path, text) in texts().iter().filter(|(path, _)| *path != "tests/it/tidy.rs") {
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a word in a document is meant as the path of a file of this package.
fn is_path(word: &str) -> bool {
    let places = ["src/", "tests/", "docs/", "schemas/", "examples/", "benches/", ".ci/"];
    places.iter().any(|place| word.starts_with(place))
        && !word.contains(['*', '<', '{', ' ', '…', '$', '\\'])
}

#[test]
fn documents_name_only_files_that_exist() {
    let mut wrong = Vec::new();
    for (path, text) in texts().iter().filter(|(path, _)| path.ends_with(".md")) {
        let folder = Path::new(path).parent().unwrap();
        let quoted = text.split('`').skip(1).step_by(2).flat_map(str::split_whitespace);
        for word in quoted.map(|word| word.trim_end_matches([',', '.', ':', ';'])) {
            if is_path(word) && !root().join(word.split('#').next().unwrap()).exists() {
                wrong.push(format!("{path}: {word}"));
            }
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            let is_local = !target.is_empty() && !target.contains("://") && !target.contains(' ');
            if is_local && !root().join(folder).join(target).exists() {
                wrong.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
