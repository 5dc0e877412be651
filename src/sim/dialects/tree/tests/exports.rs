//! One object in its formats.

use serde_json::{Value, json};

use super::service::Service;

const INVALID: (u16, &str) = (400, "INVALID_PARAMETER_VALUE");

#[test]
fn the_header_is_always_there_and_only_once() {
    let mut service = Service::new();
    for (language, header) in [
        ("PYTHON", "# Databricks notebook source"),
        ("R", "# Databricks notebook source"),
        ("SQL", "-- Databricks notebook source"),
        ("SCALA", "// Databricks notebook source"),
    ] {
        let expected = format!("{header}\none\n\ntwo");
        for content in ["one\n\ntwo".to_owned(), expected.clone()] {
            let more = json!({"language": language, "overwrite": true});
            service.import("/Shared/n", "SOURCE", content.as_bytes(), more).unwrap();
            assert_eq!(service.text("/Shared/n", "SOURCE"), expected);
            assert_eq!(service.text("/Shared/n", "AUTO"), expected);
        }
    }
}

#[test]
fn the_final_newline_is_a_habit() {
    let mut service = Service::new();
    let more = json!({"language": "SQL", "overwrite": true});
    service.import("/Shared/n", "SOURCE", b"select 1\n", more.clone()).unwrap();
    assert_eq!(service.text("/Shared/n", "SOURCE"), "-- Databricks notebook source\nselect 1");
    service.state.tree.habits.drops_final_newline = false;
    service.import("/Shared/n", "SOURCE", b"select 1\n", more).unwrap();
    assert_eq!(service.text("/Shared/n", "SOURCE"), "-- Databricks notebook source\nselect 1\n");
}

#[test]
fn json_answers_carry_base64_and_the_ending() {
    let mut service = Service::new();
    service.import("/Shared/n", "SOURCE", b"1", json!({"language": "SCALA"})).unwrap();
    let answer = service.get("/api/2.0/workspace/export", &[("path", "/Shared/n")]).unwrap();
    assert_eq!(
        answer,
        json!({"content": "Ly8gRGF0YWJyaWNrcyBub3RlYm9vayBzb3VyY2UKMQ==", "file_type": "scala"})
    );
    let missing = service.get("/api/2.0/workspace/export", &[("path", "/Shared/x")]);
    assert_eq!(missing, Err((404, "RESOURCE_DOES_NOT_EXIST")));
}

#[test]
fn files_come_out_as_they_went_in() {
    let mut service = Service::new();
    let bytes = b"\x00\xff# Databricks notebook source\r\n";
    service.import("/Shared/f.py", "RAW", bytes, json!({})).unwrap();
    for format in ["RAW", "AUTO", "SOURCE"] {
        assert_eq!(&service.download("/Shared/f.py", format).unwrap()[..], bytes);
    }
    assert_eq!(service.download("/Shared/f.py", "JUPYTER"), Err(INVALID));
    assert_eq!(service.download("/Shared/f.py", "DBC"), Err(INVALID));
}

#[test]
fn a_large_file_comes_only_by_download() {
    let mut service = Service::new();
    let large = vec![b'x'; 7 * 1024 * 1024];
    service.import("/Shared/l", "RAW", &large, json!({})).unwrap();
    service.import_file("Shared/l", vec![b'x'; 8 * 1024 * 1024].into(), true).unwrap();
    let answer =
        service.get("/api/2.0/workspace/export", &[("path", "/Shared/l"), ("format", "AUTO")]);
    assert_eq!(answer, Err((400, "MAX_NOTEBOOK_SIZE_EXCEEDED")));
    assert_eq!(service.download("/Shared/l", "AUTO").unwrap().len(), 8 * 1024 * 1024);
}

#[test]
fn jupyter_and_source_come_out_of_one_another() {
    let mut service = Service::new();
    let source = "# Databricks notebook source\n# MAGIC %md\n# MAGIC # Load\n\n# COMMAND ----------\n\nx = 1";
    service
        .import("/Shared/n", "SOURCE", source.as_bytes(), json!({"language": "PYTHON"}))
        .unwrap();
    let ipynb = service.download("/Shared/n", "JUPYTER").unwrap();
    let document: Value = serde_json::from_slice(&ipynb).unwrap();
    assert_eq!(document["cells"][0]["source"], json!(["# Load"]));
    service.import("/Shared/j", "JUPYTER", &ipynb, json!({})).unwrap();
    assert_eq!(service.text("/Shared/j", "SOURCE"), source);
    let again: Value =
        serde_json::from_slice(&service.download("/Shared/j", "AUTO").unwrap()).unwrap();
    assert_eq!(again["cells"][1]["source"], json!(["x = 1"]));
    assert_ne!(again, document, "what the service notes about cells differs from object to object");
}

#[test]
fn outputs_stay_in_a_jupyter_notebook() {
    let mut service = Service::new();
    let output = json!({"name": "stdout", "output_type": "stream", "text": ["1\n"]});
    let cell = json!({"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": [output], "source": "print(1)"});
    let document = json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    service.import("/Shared/j", "JUPYTER", document.to_string().as_bytes(), json!({})).unwrap();
    let exported: Value =
        serde_json::from_slice(&service.download("/Shared/j", "JUPYTER").unwrap()).unwrap();
    assert_eq!(exported["cells"][0]["outputs"], json!([output]));
    assert_eq!(exported["cells"][0]["execution_count"], 3);
    assert_eq!(service.text("/Shared/j", "SOURCE"), "# Databricks notebook source\nprint(1)");
}

#[test]
fn html_shows_the_text_and_archives_of_one_notebook_are_refused() {
    let mut service = Service::new();
    service.import("/Shared/n", "SOURCE", b"select 1 < 2", json!({"language": "SQL"})).unwrap();
    assert!(service.text("/Shared/n", "HTML").contains("select 1 &lt; 2"));
    assert_eq!(service.download("/Shared/n", "DBC"), Err(INVALID));
    assert_eq!(service.download("/Shared/n", "RAW"), Err(INVALID));
    assert_eq!(service.download("/Shared", "JUPYTER"), Err(INVALID));
}
