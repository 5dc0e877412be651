//! What an import makes of its content, and what it refuses.

use bytes::Bytes;
use serde_json::{Value, json};

use super::service::Service;

const EXISTS: (u16, &str) = (400, "RESOURCE_ALREADY_EXISTS");
const INVALID: (u16, &str) = (400, "INVALID_PARAMETER_VALUE");
const MISSING: (u16, &str) = (404, "RESOURCE_DOES_NOT_EXIST");
const TOO_LARGE: (u16, &str) = (400, "MAX_NOTEBOOK_SIZE_EXCEEDED");

fn nothing() -> Value {
    json!({})
}

#[test]
fn the_parent_must_be_there() {
    let mut service = Service::new();
    assert_eq!(service.import("/Shared/a/n", "RAW", b"x", nothing()), Err(MISSING));
    service.import("/Shared/f", "RAW", b"x", nothing()).unwrap();
    assert_eq!(service.import("/Shared/f/n", "RAW", b"x", nothing()), Err(MISSING));
}

#[test]
fn source_needs_a_language_and_keeps_the_path() {
    let mut service = Service::new();
    assert_eq!(service.import("/Shared/a.py", "SOURCE", b"x", nothing()), Err(INVALID));
    assert_eq!(
        service.import("/Shared/a.py", "SOURCE", b"x", json!({"language": "python"})),
        Err(INVALID)
    );
    service.import("/Shared/a.py", "SOURCE", b"x", json!({"language": "PYTHON"})).unwrap();
    assert_eq!(service.list("/Shared"), ["NOTEBOOK /Shared/a.py"]);
}

#[test]
fn auto_goes_by_ending_and_first_line() {
    let mut service = Service::new();
    let notebooks: [(&str, &[u8]); 5] = [
        ("p.py", b"# Databricks notebook source\nx = 1"),
        ("q.sql", b"-- Databricks notebook source\nselect 1"),
        ("s.scala", b"// Databricks notebook source\nval x = 1"),
        ("r.R", b"# Databricks notebook source\nx <- 1"),
        ("j.ipynb", br#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#),
    ];
    for (name, content) in notebooks {
        service.import(&format!("/Shared/{name}"), "AUTO", content, nothing()).unwrap();
    }
    for (name, content) in
        [("plain.py", "x = 1"), ("odd.sql", "# Databricks notebook source\n"), ("x.txt", "words")]
    {
        service.import(&format!("/Shared/{name}"), "AUTO", content.as_bytes(), nothing()).unwrap();
    }
    let expected = [
        "FILE /Shared/odd.sql",
        "FILE /Shared/plain.py",
        "FILE /Shared/x.txt",
        "NOTEBOOK /Shared/j",
        "NOTEBOOK /Shared/p",
        "NOTEBOOK /Shared/q",
        "NOTEBOOK /Shared/r",
        "NOTEBOOK /Shared/s",
    ];
    assert_eq!(service.list("/Shared"), expected);
}

#[test]
fn raw_is_always_a_file() {
    let mut service = Service::new();
    let source = b"# Databricks notebook source\nx = 1\n";
    service.import("/Shared/a.py", "RAW", source, nothing()).unwrap();
    service.import("/Shared/a.py", "AUTO", source, nothing()).unwrap();
    assert_eq!(service.list("/Shared"), ["FILE /Shared/a.py", "NOTEBOOK /Shared/a"]);
    assert_eq!(&service.download("/Shared/a.py", "AUTO").unwrap()[..], source);
}

#[test]
fn jupyter_takes_only_notebooks() {
    let mut service = Service::new();
    assert_eq!(service.import("/Shared/j", "JUPYTER", b"x = 1", nothing()), Err(INVALID));
    assert_eq!(service.import("/Shared/j.ipynb", "AUTO", b"x = 1", nothing()), Err(INVALID));
    service.import("/Shared/j", "JUPYTER", br#"{"cells": [], "nbformat": 4}"#, nothing()).unwrap();
    assert_eq!(service.status("/Shared/j").unwrap()["language"], "PYTHON");
}

#[test]
fn overwriting_is_asked_for_and_keeps_the_object_id() {
    let mut service = Service::new();
    service.import("/Shared/n", "SOURCE", b"1", json!({"language": "SQL"})).unwrap();
    let before = service.status("/Shared/n").unwrap();
    assert_eq!(
        service.import("/Shared/n", "SOURCE", b"2", json!({"language": "SQL"})),
        Err(EXISTS)
    );
    service
        .import("/Shared/n", "SOURCE", b"2", json!({"language": "PYTHON", "overwrite": true}))
        .unwrap();
    let after = service.status("/Shared/n").unwrap();
    assert_eq!((&after["object_id"], &after["language"]), (&before["object_id"], &json!("PYTHON")));
    assert_eq!(service.text("/Shared/n", "SOURCE"), "# Databricks notebook source\n2");
}

#[test]
fn overwriting_never_changes_the_type() {
    let mut service = Service::new();
    let overwrite = json!({"overwrite": true});
    service.import("/Shared/n", "SOURCE", b"1", json!({"language": "SQL"})).unwrap();
    service.mkdirs("/Shared/d").unwrap();
    assert_eq!(service.import("/Shared/n", "RAW", b"1", overwrite.clone()), Err(INVALID));
    assert_eq!(service.import("/Shared/d", "RAW", b"1", overwrite.clone()), Err(INVALID));
    assert_eq!(service.import("/", "RAW", b"1", overwrite), Err(INVALID));
    assert_eq!(service.status("/Shared/n").unwrap()["object_type"], "NOTEBOOK");
}

#[test]
fn content_is_checked() {
    let mut service = Service::new();
    let body = json!({"path": "/Shared/n", "format": "RAW", "content": "not base64!"});
    assert_eq!(service.post("/api/2.0/workspace/import", body), Err(INVALID));
    assert_eq!(
        service.import("/Shared/n", "SOURCE", b"\xff\xfe", json!({"language": "SQL"})),
        Err(INVALID)
    );
    assert_eq!(service.import("/Shared/n", "DBC", b"PK", nothing()), Err(INVALID));
    let large = vec![b'x'; 8 * 1024 * 1024];
    assert_eq!(service.import("/Shared/n", "RAW", &large, nothing()), Err(TOO_LARGE));
}

#[test]
fn a_form_is_an_import_too() {
    let mut service = Service::new();
    let fields: [(&str, &[u8]); 3] =
        [("path", b"/Shared/n"), ("language", b"SQL"), ("content", b"select 1")];
    assert_eq!(service.import_form(&fields), Ok(nothing()));
    assert_eq!(service.import_form(&fields), Err(EXISTS));
    assert_eq!(service.text("/Shared/n", "SOURCE"), "-- Databricks notebook source\nselect 1");
    let fields: [(&str, &[u8]); 4] = [
        ("path", b"/Shared/n"),
        ("language", b"SQL"),
        ("content", b"select 2"),
        ("overwrite", b"true"),
    ];
    assert_eq!(service.import_form(&fields), Ok(nothing()));
    let large = vec![b'x'; 11 * 1024 * 1024];
    let fields: [(&str, &[u8]); 3] =
        [("path", b"/Shared/l"), ("format", b"AUTO"), ("content", &large)];
    assert_eq!(service.import_form(&fields), Err(TOO_LARGE));
}

#[test]
fn import_file_takes_what_is_larger() {
    let mut service = Service::new();
    let large = Bytes::from(vec![7; 11 * 1024 * 1024]);
    assert_eq!(service.import_file("Shared/big.bin", large.clone(), false), Ok(nothing()));
    assert_eq!(
        service.import_file("Shared/big.bin", large.clone(), false),
        Err((409, "RESOURCE_ALREADY_EXISTS"))
    );
    assert_eq!(service.import_file("/Shared/big.bin", large.clone(), true), Ok(nothing()));
    assert_eq!(service.import_file("Shared/none/big.bin", large.clone(), false), Err(MISSING));
    assert_eq!(service.status("/Shared/big.bin").unwrap()["size"], large.len());
    assert_eq!(service.download("/Shared/big.bin", "AUTO").unwrap(), large);
    service
        .import_file("Shared/n.py", Bytes::from_static(b"# Databricks notebook source\nx"), false)
        .unwrap();
    assert_eq!(service.status("/Shared/n").unwrap()["object_type"], "NOTEBOOK");
}
