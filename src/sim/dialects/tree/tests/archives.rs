//! Folders as archives.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use bytes::Bytes;
use serde_json::json;

use super::service::Service;
use crate::sim::dialects::tree::Object;

fn entries(archive: &Bytes) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn filled() -> Service {
    let mut service = Service::new();
    service.mkdirs("/Shared/etl/deep").unwrap();
    service.import("/Shared/etl/load", "SOURCE", b"x", json!({"language": "PYTHON"})).unwrap();
    service
        .import("/Shared/etl/deep/q", "SOURCE", b"select 1", json!({"language": "SQL"}))
        .unwrap();
    service.import("/Shared/etl/deep/f.txt", "RAW", b"words", json!({})).unwrap();
    service
}

#[test]
fn source_holds_notebooks_and_auto_holds_files_too() {
    let mut service = filled();
    let source = entries(&service.download("/Shared/etl", "SOURCE").unwrap());
    assert_eq!(source.keys().collect::<Vec<_>>(), ["etl/deep/q.sql", "etl/load.py"]);
    assert_eq!(source["etl/deep/q.sql"], b"-- Databricks notebook source\nselect 1");
    let auto = entries(&service.download("/Shared/etl", "AUTO").unwrap());
    assert_eq!(
        auto.keys().collect::<Vec<_>>(),
        ["etl/deep/f.txt", "etl/deep/q.sql", "etl/load.py"]
    );
    assert_eq!(auto["etl/deep/f.txt"], b"words");
}

#[test]
fn whether_the_folder_s_own_name_is_in_it_is_a_habit() {
    let mut service = filled();
    service.state.tree.habits.archives_name_their_root = false;
    let source = entries(&service.download("/Shared/etl", "SOURCE").unwrap());
    assert_eq!(source.keys().collect::<Vec<_>>(), ["deep/q.sql", "load.py"]);
}

#[test]
fn a_jupyter_notebook_keeps_its_format_only_with_auto() {
    let mut service = filled();
    service
        .import("/Shared/etl/j", "JUPYTER", br#"{"cells": [], "nbformat": 4}"#, json!({}))
        .unwrap();
    assert!(entries(&service.download("/Shared/etl", "AUTO").unwrap()).contains_key("etl/j.ipynb"));
    assert!(entries(&service.download("/Shared/etl", "SOURCE").unwrap()).contains_key("etl/j.py"));
}

#[test]
fn what_is_too_large_is_refused() {
    let mut service = filled();
    for name in ["a", "b"] {
        service
            .import(&format!("/Shared/etl/{name}"), "RAW", &vec![0; 6 * 1024 * 1024], json!({}))
            .unwrap();
    }
    assert_eq!(service.download("/Shared/etl", "AUTO"), Err((400, "MAX_NOTEBOOK_SIZE_EXCEEDED")));
    assert!(service.download("/Shared/etl", "SOURCE").is_ok());
}

#[test]
fn a_working_copy_lies_in_the_archive_of_its_folder_and_a_library_does_not() {
    let mut service = filled();
    let folder = service.status("/Shared/etl").unwrap()["object_id"].as_i64().unwrap();
    let repo = Object::Repo { children: BTreeMap::new() };
    service.state.tree.insert(11, folder, "repo", repo, 5);
    service.state.tree.insert(12, folder, "old.jar", Object::Library, 5);
    service.import("/Shared/etl/repo/README", "RAW", b"words", json!({})).unwrap();
    assert_eq!(service.status("/Shared/etl/repo").unwrap()["object_type"], "REPO");
    let names: Vec<_> =
        entries(&service.download("/Shared/etl", "AUTO").unwrap()).into_keys().collect();
    assert_eq!(names, ["etl/deep/f.txt", "etl/deep/q.sql", "etl/load.py", "etl/repo/README"]);
    assert_eq!(
        service.download("/Shared/etl/old.jar", "AUTO"),
        Err((400, "INVALID_PARAMETER_VALUE"))
    );
}
