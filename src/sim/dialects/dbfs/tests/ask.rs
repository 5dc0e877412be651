//! Short ways to ask.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sim::testing::Desk;

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) async fn post(desk: &Desk, call: &str, body: Value) -> Value {
    desk.ok("POST", &format!("/api/2.0/dbfs/{call}"), body).await
}

/// The status and error code of a refusal.
pub(super) async fn refused(desk: &Desk, call: &str, body: Value) -> (u16, String) {
    let (status, answer) = desk.send("POST", &format!("/api/2.0/dbfs/{call}"), body).await;
    (status, answer["error_code"].as_str().unwrap_or_default().to_owned())
}

/// The status and error code of a refused read.
pub(super) async fn refused_read(desk: &Desk, target: &str) -> (u16, String) {
    let (status, answer) = desk.send("GET", &format!("/api/2.0/dbfs/{target}"), Value::Null).await;
    (status, answer["error_code"].as_str().unwrap_or_default().to_owned())
}

pub(super) async fn put(desk: &Desk, path: &str, text: &str) {
    post(desk, "put", json!({ "path": path, "contents": base64(text.as_bytes()) })).await;
}

pub(super) async fn read(desk: &Desk, rest: &str) -> Vec<u8> {
    let answer = desk.get(&format!("/api/2.0/dbfs/read?path={rest}")).await;
    let bytes = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    assert_eq!(answer["bytes_read"], bytes.len());
    bytes
}

/// The paths in a folder, sorted.
pub(super) async fn listed(desk: &Desk, folder: &str) -> Vec<String> {
    let answer = desk.get(&format!("/api/2.0/dbfs/list?path={folder}")).await;
    let files = answer["files"].as_array().into_iter().flatten();
    let mut paths: Vec<String> =
        files.map(|file| file["path"].as_str().unwrap().to_owned()).collect();
    paths.sort();
    paths
}

pub(super) fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
