//! What is checked out, and what is said of it.

use serde_json::{Value, json};

use super::{KIND, remote};
use crate::kind::{Index, Table, normalise};
use crate::model::{Address, Resource, Source};

fn resource(raw: Value) -> Resource {
    let spec = normalise(&Table::of(&KIND), raw, &Index::default());
    Resource { address: Address::new(KIND.name, "/Shared/x"), spec, grants: None, content: None }
}

fn folder(more: Value) -> Resource {
    let mut raw = json!({
        "id": 1, "path": "/Workspace/Shared/x/",
        "url": "https://git.example/x.git", "provider": "gitHub",
    });
    raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource(raw)
}

#[test]
fn the_commit_of_a_branch_is_not_kept_and_one_without_a_branch_is() {
    let on_branch = folder(json!({"branch": "main", "head_commit_id": "abc"}));
    let rest =
        json!({"path": "/Shared/x", "url": "https://git.example/x.git", "provider": "gitHub"});
    let with = |name: &str, value: &str| {
        let mut spec = rest.clone();
        spec[name] = json!(value);
        spec
    };
    assert_eq!(on_branch.spec, with("branch", "main"));
    for branch in [json!({}), json!({"branch": ""}), json!({"branch": null})] {
        let mut more = json!({"head_commit_id": "abc"});
        more.as_object_mut().unwrap().extend(branch.as_object().unwrap().clone());
        assert_eq!(folder(more).spec, with("head_commit_id", "abc"));
    }
}

#[test]
fn a_commit_without_a_name_is_said_and_not_created() {
    let mut detached = folder(json!({"head_commit_id": "abc"}));
    let findings = KIND.hooks.inspect(&mut detached);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("write `tag: NAME`"), "{findings:?}");
    assert!(KIND.hooks.uncreatable(&detached, &Source::default()).unwrap().contains("abc"));
    detached.spec["tag"] = json!("v1");
    assert!(KIND.hooks.inspect(&mut detached).is_empty());
    assert_eq!(KIND.hooks.uncreatable(&detached, &Source::default()), None);
    assert_eq!(
        KIND.hooks.uncreatable(&folder(json!({"branch": "main"})), &Source::default()),
        None
    );
}

#[test]
fn another_repository_is_another_thing() {
    let wanted = folder(json!({"branch": "main"}));
    let said = |more: Value| KIND.hooks.stranger(&wanted, &folder(more));
    assert_eq!(said(json!({"branch": "develop"})), None);
    assert_eq!(said(json!({"provider": "GITHUB"})), None);
    let url = said(json!({"url": "https://git.example/y.git"})).unwrap();
    assert!(url.contains("y.git") && url.contains("would lose what is not committed"), "{url}");
    assert!(said(json!({"provider": "gitLab"})).unwrap().contains("gitLab"));
    let sparse = said(json!({"sparse_checkout": {"patterns": ["a"]}})).unwrap();
    assert!(sparse.contains("cannot be turned off"), "{sparse}");
    let commit = folder(json!({"head_commit_id": "abc"}));
    assert_eq!(KIND.hooks.stranger(&commit, &commit), None);
    assert!(KIND.hooks.stranger(&commit, &wanted).is_some());
}

#[test]
fn credentials_are_taken_out_of_urls() {
    for (url, clean) in [
        ("https://ann:secret@git.example/x.git", Some("https://git.example/x.git")),
        ("https://ghp_0123456789@github.com/a/b", Some("https://github.com/a/b")),
        ("https://u:p@ss@git.example", Some("https://git.example")),
        ("https://acme@dev.azure.com/acme/_git/x", None),
        ("https://git.example/a@b:c", None),
        ("git@git.example:x", None),
    ] {
        let (found, was_there) = remote::without_credential(url);
        assert_eq!((found.as_str(), was_there), (clean.unwrap_or(url), clean.is_some()), "{url}");
    }
    let folder = folder(json!({"url": "https://ann:canary@git.example/x.git"}));
    assert!(!folder.spec.to_string().contains("canary"), "{}", folder.spec);
}
