//! Brickform's own files in a workspace, whole or as they were.

use std::collections::{BTreeMap, BTreeSet};

use brickform::engine::remote::{
    Put, RemoteError, delete, fetch, forget, list, mirror, read, write,
};
use brickform::sim::{Action, Faults, Kill, Rule};
use serde_json::{Value, json};

use crate::world::World;

type Files = BTreeMap<String, Vec<u8>>;

const FOLDER: &str = "base/one pair";

fn files(of: &[(&str, &str)]) -> Files {
    of.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

fn before() -> Files {
    files(&[("a.json", "one"), ("b/c ä.json", "two"), ("same as a", "one"), ("empty", "")])
}

fn after() -> Files {
    files(&[("a.json", "one"), ("b/c ä.json", "three"), ("new", "four")])
}

#[tokio::test(start_paused = true)]
async fn a_file_is_written_read_and_deleted() {
    let session = &World::new(1).session;
    assert_eq!(read(session, "x/y.json").await.unwrap(), None);
    assert_eq!(list(session, "x").await.unwrap(), Vec::<String>::new());
    delete(session, "x/y.json").await.unwrap();

    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(write(session, "x/y.json", &bytes, false).await.unwrap(), Put::Written);
    assert_eq!(write(session, "x/y.json", b"other", false).await.unwrap(), Put::Exists);
    assert_eq!(read(session, "x/y.json").await.unwrap(), Some(bytes));
    assert_eq!(write(session, "x/y.json", b"other", true).await.unwrap(), Put::Written);
    // What looks like a notebook stays a file.
    let notebook = b"# Databricks notebook source\n1";
    write(session, "x/z.py", notebook, false).await.unwrap();
    assert_eq!(read(session, "x/z.py").await.unwrap().as_deref(), Some(notebook.as_slice()));
    assert_eq!(list(session, "x").await.unwrap(), ["y.json", "z.py"]);
    delete(session, "x/y.json").await.unwrap();
    assert_eq!(read(session, "x/y.json").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_brickforms_is_not_taken_for_it() {
    let world = World::new(1);
    world.raw("POST", "/api/2.0/workspace/mkdirs", json!({"path": "/.brickform/x/y"})).await;
    let session = &world.session;
    for result in [
        read(session, "x/y").await.map(|_| ()),
        write(session, "x/y", b"", false).await.map(|_| ()),
    ] {
        assert!(matches!(result, Err(RemoteError::Taken { .. })), "{result:?}");
    }
    write(session, "file", b"1", false).await.unwrap();
    assert!(matches!(list(session, "file").await, Err(RemoteError::Taken { .. })));
    let below = write(session, "file/below", b"", true).await;
    assert!(matches!(below, Err(RemoteError::Taken { .. })), "{below:?}");
}

#[tokio::test(start_paused = true)]
async fn an_exclusive_write_without_an_answer_knows_its_own_file() {
    for action in [Action::UnavailableAfter, Action::CutAfter, Action::Stale] {
        let world = World::new(1);
        write(&world.session, "x", b"first", false).await.unwrap();
        let on = if action == Action::Stale { "GET *" } else { "POST *import" };
        let rule = Rule { on: on.to_owned(), times: Some(1), action, ..Rule::default() };
        world.workspace.set_faults(Faults { rules: vec![rule], ..Faults::default() });
        assert_eq!(write(&world.session, "y", b"mine", false).await.unwrap(), Put::Written);
        assert_eq!(write(&world.session, "y", b"yours", false).await.unwrap(), Put::Exists);
    }
}

#[tokio::test(start_paused = true)]
async fn a_mirror_holds_exactly_what_it_was_given() {
    let world = World::new(1);
    let session = &world.session;
    assert_eq!(fetch(session, FOLDER).await.unwrap(), None);
    for wanted in [before(), after(), Files::new(), before()] {
        mirror(session, FOLDER, &wanted).await.unwrap();
        assert_eq!(fetch(session, FOLDER).await.unwrap(), Some(wanted.clone()));
        let parts = list(session, &format!("{FOLDER}/parts")).await.unwrap();
        let contents: BTreeSet<&Vec<u8>> = wanted.values().collect();
        assert_eq!(parts.len(), contents.len(), "nothing is left over");
    }
    // What is there is not sent again.
    world.workspace.forget_requests();
    let mut changed = before();
    changed.insert("a.json".to_owned(), b"five".to_vec());
    mirror(session, FOLDER, &changed).await.unwrap();
    assert_eq!(world.workspace.writes(), 2, "one part, and the manifest");
    forget(session, FOLDER).await.unwrap();
    assert_eq!(fetch(session, FOLDER).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_dies_leaves_the_old_or_the_new_and_the_next_one_finishes() {
    let mut found = BTreeSet::new();
    for effect in [false, true] {
        for at in 1..=5 {
            let world = World::new(1);
            mirror(&world.session, FOLDER, &before()).await.unwrap();
            world.workspace.set_faults(Faults {
                kill: Some(Kill { at, writes: true, effect }),
                ..Faults::default()
            });
            assert!(mirror(&world.again().session, FOLDER, &after()).await.is_err() || at == 5);
            world.workspace.set_faults(Faults::default());
            let held = fetch(&world.session, FOLDER).await.unwrap().unwrap();
            assert!(held == before() || held == after(), "killed at {at}: {held:?}");
            found.insert(held == after());
            mirror(&world.session, FOLDER, &after()).await.unwrap();
            assert_eq!(fetch(&world.session, FOLDER).await.unwrap(), Some(after()));
            assert_eq!(list(&world.session, &format!("{FOLDER}/parts")).await.unwrap().len(), 3);
        }
    }
    assert_eq!(found.len(), 2, "both were seen");
}

#[tokio::test(start_paused = true)]
async fn trouble_on_the_way_changes_nothing() {
    use Action::{CutAfter, CutBefore, Stale, UnavailableAfter, UnavailableBefore};
    for (seed, action) in
        [UnavailableBefore, UnavailableAfter, CutBefore, CutAfter, Stale].into_iter().enumerate()
    {
        let world = World::new(1);
        let on = if action == Stale { "GET *" } else { "*" };
        let rule = Rule { on: on.to_owned(), chance: Some(0.3), action, ..Rule::default() };
        world.workspace.set_faults(Faults { seed: seed as u64, rules: vec![rule], kill: None });
        for wanted in [before(), after(), before(), after()] {
            mirror(&world.session, FOLDER, &wanted).await.unwrap();
        }
        world.workspace.set_faults(Faults::default());
        assert_eq!(fetch(&world.session, FOLDER).await.unwrap(), Some(after()), "{action:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn damage_is_named_and_can_be_forgotten() {
    let world = World::new(1);
    let session = &world.session;
    mirror(session, FOLDER, &before()).await.unwrap();
    let parts = list(session, &format!("{FOLDER}/parts")).await.unwrap();
    for part in &parts {
        let name = format!("{FOLDER}/parts/{part}");
        let bytes = read(session, &name).await.unwrap().unwrap();
        if bytes == b"two" {
            write(session, &name, b"TWO", true).await.unwrap();
        } else if bytes == b"one" {
            delete(session, &name).await.unwrap();
        }
    }
    let Err(RemoteError::Damaged { parts, .. }) = fetch(session, FOLDER).await else { panic!() };
    assert_eq!(parts, ["a.json", "b/c ä.json", "same as a"]);
    forget(session, FOLDER).await.unwrap();
    mirror(session, FOLDER, &before()).await.unwrap();
    assert_eq!(fetch(session, FOLDER).await.unwrap(), Some(before()));

    for bad in [&b"nonsense"[..], br#"{"format":9,"files":{}}"#] {
        write(session, &format!("{FOLDER}/manifest.json"), bad, true).await.unwrap();
        let damaged = fetch(session, FOLDER).await;
        assert!(matches!(damaged, Err(RemoteError::Damaged { .. })), "{damaged:?}");
    }
}

/// What brickform keeps in a workspace is no part of it, whoever looks, and however it is read.
#[tokio::test(start_paused = true)]
async fn nothing_of_it_is_exported_planned_or_called_foreign() {
    let bare = World::planted(31, "acme").await;
    let world = World::planted(31, "acme").await;
    mirror(&world.session, FOLDER, &before()).await.unwrap();
    world
        .raw(
            "POST",
            "/api/2.0/workspace/import",
            json!({"path": "/.brickform/left by hand", "content": "", "format": "RAW"}),
        )
        .await;
    let (with, without) = (world.export().await, bare.export().await);
    assert_eq!(with.snapshot.resources, without.snapshot.resources);
    let said: Vec<&str> = with
        .snapshot
        .findings
        .iter()
        .filter(|finding| finding.about.contains(".brickform"))
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(said, ["skipped-tool-made"]);
    let plan = world
        .plan(
            &without,
            &brickform::engine::Rewrites::default(),
            &brickform::model::Options::default(),
        )
        .await;
    assert_eq!(crate::world::steps(&plan), Vec::<String>::new());
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains(".brickform"), "{text}");
    let (status, listed) =
        world.raw("GET", "/api/2.0/workspace/list?path=/.brickform", Value::Null).await;
    assert!(status.is_success() && listed["objects"].as_array().unwrap().len() == 2);
}
