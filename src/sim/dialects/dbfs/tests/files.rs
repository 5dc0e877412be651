//! Files in one piece.

use serde_json::{Value, json};

use super::ask::{base64, code, post, put, read, refused, refused_read};
use crate::sim::dialects::dbfs::files::BLOCK;
use crate::sim::testing::Desk;

#[tokio::test]
async fn a_file_is_what_was_put_with_its_folders() {
    let desk = Desk::new();
    put(&desk, "dbfs:/FileStore/jars//a.jar", "abc").await;
    assert_eq!(read(&desk, "/FileStore/jars/a.jar").await, b"abc");
    let info = desk.get("/api/2.0/dbfs/get-status?path=dbfs:/FileStore/jars/a.jar").await;
    assert_eq!(info["path"], "/FileStore/jars/a.jar");
    assert_eq!(info["file_size"], 3);
    assert_eq!(info["is_dir"], false);
    assert!(info["modification_time"].as_i64().unwrap() > 0);
    let folder = desk.get("/api/2.0/dbfs/get-status?path=/FileStore/jars").await;
    assert_eq!(folder["is_dir"], true);
}

#[tokio::test]
async fn only_an_overwrite_takes_the_place_of_a_file() {
    let desk = Desk::new();
    put(&desk, "/a.txt", "one").await;
    let body = |overwrite: bool| json!({"path": "/a.txt", "contents": base64(b"two"), "overwrite": overwrite});
    assert_eq!(refused(&desk, "put", body(false)).await, code(400, "RESOURCE_ALREADY_EXISTS"));
    post(&desk, "put", body(true)).await;
    assert_eq!(read(&desk, "/a.txt").await, b"two");
    let onto_folder = json!({"path": "/FileStore", "contents": "", "overwrite": true});
    assert_eq!(refused(&desk, "put", onto_folder).await, code(400, "RESOURCE_ALREADY_EXISTS"));
    let below_file = json!({"path": "/a.txt/b", "contents": ""});
    assert_eq!(refused(&desk, "put", below_file).await, code(400, "RESOURCE_ALREADY_EXISTS"));
}

#[tokio::test]
async fn reads_are_parts_of_no_more_than_a_block() {
    let desk = Desk::new();
    put(&desk, "/a.txt", "0123456789").await;
    assert_eq!(read(&desk, "/a.txt&offset=2&length=3").await, b"234");
    assert_eq!(read(&desk, "/a.txt&offset=8&length=100").await, b"89");
    assert_eq!(read(&desk, "/a.txt&offset=10").await, b"");
    for (target, refusal) in [
        ("read?path=/a.txt&length=1048577", code(400, "MAX_READ_SIZE_EXCEEDED")),
        ("read?path=/a.txt&length=-1", code(400, "INVALID_PARAMETER_VALUE")),
        ("read?path=/a.txt&offset=-1", code(400, "INVALID_PARAMETER_VALUE")),
        ("read?path=/FileStore", code(400, "INVALID_PARAMETER_VALUE")),
        ("read?path=/none", code(404, "RESOURCE_DOES_NOT_EXIST")),
        ("read?path=none", code(400, "INVALID_PARAMETER_VALUE")),
        ("get-status?path=/none", code(404, "RESOURCE_DOES_NOT_EXIST")),
    ] {
        assert_eq!(refused_read(&desk, target).await, refusal, "{target}");
    }
    let large = vec![7; BLOCK];
    post(&desk, "put", json!({"path": "/large", "contents": base64(&large)})).await;
    assert_eq!(read(&desk, "/large").await.len(), BLOCK / 2);
}

#[tokio::test]
async fn what_is_put_is_base64_and_not_too_much() {
    let desk = Desk::new();
    let too_much = json!({"path": "/a", "contents": base64(&vec![0; BLOCK + 1])});
    assert_eq!(refused(&desk, "put", too_much).await, code(400, "MAX_BLOCK_SIZE_EXCEEDED"));
    let no_base64 = json!({"path": "/a", "contents": "!"});
    assert_eq!(refused(&desk, "put", no_base64).await, code(400, "INVALID_PARAMETER_VALUE"));
    for path in ["/", "/databricks-datasets/x", "/databricks-results"] {
        let body = json!({"path": path, "contents": ""});
        assert_eq!(refused(&desk, "put", body).await, code(403, "PERMISSION_DENIED"), "{path}");
    }
}

#[tokio::test]
async fn everything_is_refused_where_the_root_is_switched_off() {
    let desk = Desk::new();
    put(&desk, "/a.txt", "one").await;
    desk.workspace.with_state(|state| state.dbfs.habits.switched_off = true);
    for target in ["list?path=/", "get-status?path=/a.txt", "read?path=/a.txt"] {
        assert_eq!(refused_read(&desk, target).await, code(403, "PERMISSION_DENIED"));
    }
    let body = json!({"path": "/b.txt", "contents": ""});
    assert_eq!(refused(&desk, "put", body).await, code(403, "PERMISSION_DENIED"));
    let message = desk.refused(403, "GET", "/api/2.0/dbfs/list?path=/FileStore", Value::Null).await;
    assert_eq!(message, "Public DBFS root is disabled. Access is denied on path: /FileStore");
}
