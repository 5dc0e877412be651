//! Any workspace at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::workspace::{Workspace, files};
use crate::model::ContentFormat;

/// Names that some file system, git, or this program could stumble over.
fn name() -> impl Strategy<Value = String> {
    let odd = vec![
        "a",
        "A",
        "b",
        "load",
        "Load",
        "LOAD.py",
        "load.py",
        "load.r",
        " lead",
        "trail ",
        "dot.",
        "..dots",
        ".git",
        ".GITIGNORE",
        "CON",
        "con.txt",
        "nul",
        "_index.yaml",
        "_INDEX.YAML",
        "é",
        "e\u{301}",
        "É",
        "ß",
        "ss",
        "a:b",
        "a%2Fb",
        "a\\b",
        "q?*",
        "tab\t",
        "new\nline",
        "x.blob.yaml",
        "x",
        "null",
        "yes",
        "1",
        "~",
        "-",
        "😀",
        "\u{200b}",
        "a\u{202e}b",
        "git~1",
        "a%-0123456789ab",
    ];
    prop_oneof![
        8 => prop::sample::select(odd).prop_map(str::to_owned),
        1 => "[^/]{1,8}".prop_filter("leads elsewhere", |name| name != "." && name != ".."),
        1 => "[a-zé]{150}".prop_map(|name| name.repeat(2)),
    ]
}

/// Kind, key, spec and content of a resource.
pub(super) type Made = (String, String, Value, Option<(ContentFormat, Vec<u8>)>);

/// Any set of resources.
pub(super) fn any_workspace() -> impl Strategy<Value = Vec<Made>> {
    let path =
        prop::collection::vec(name(), 1..4).prop_map(|names| format!("/{}", names.join("/")));
    let spec = prop_oneof![
        Just(json!({})),
        Just(json!({"granted": true})),
        prop::sample::select(vec!["PYTHON", "SQL", "SCALA", "R", "?"]).prop_map(|language| json!({"language": language})),
        ("\\PC{0,20}", any::<i64>(), ".{0,20}")
            .prop_map(|(key, number, text)| json!({"kind": "x", key: [number, text.clone(), {"n\n": text}], "list": []})),
    ];
    let format = prop::sample::select(vec![
        ContentFormat::Source,
        ContentFormat::Jupyter,
        ContentFormat::Raw,
    ]);
    let content = prop::option::of((format, prop::collection::vec(any::<u8>(), 0..20)));
    let tree = (prop::sample::select(vec!["folder", "repo", "notebook", "file"]), path)
        .prop_map(|(kind, path)| (kind.to_owned(), path));
    let object = "[a-cA-C/.:]{0,3}|.{0,40}".prop_map(|key| ("job".to_owned(), key));
    let root = Just(("folder".to_owned(), "/".to_owned()));
    let address = prop_oneof![9 => tree, 4 => object, 1 => root];
    prop::collection::vec((address, spec, content), 0..25).prop_map(|all| {
        all.into_iter().map(|((kind, key), spec, content)| (kind, key, spec, content)).collect()
    })
}

pub(super) fn build(resources: &[Made]) -> Workspace {
    resources.iter().fold(Workspace::new().marked(), |workspace, (kind, key, spec, content)| {
        workspace.with(
            kind,
            key,
            spec.clone(),
            content.as_ref().map(|(format, bytes)| (*format, bytes.as_slice())),
        )
    })
}

fn bytes_of(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(dir).into_iter().map(|(path, (bytes, _))| (path.into(), bytes)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_workspace_is_read_back_and_replaces_any_other(one in any_workspace(), other in any_workspace()) {
        let (one, other) = (build(&one), build(&other));
        let dir = tempfile::tempdir().unwrap();
        one.write(dir.path()).unwrap();
        one.check_read(dir.path());
        other.write(dir.path()).unwrap();
        other.check_read(dir.path());
        let fresh = tempfile::tempdir().unwrap();
        other.write(fresh.path()).unwrap();
        prop_assert_eq!(bytes_of(dir.path()), bytes_of(fresh.path()));
        prop_assert_eq!(other.write(dir.path()).unwrap().written, 0);
    }
}
