//! What stands where.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::{code, listed, post, put, read, refused, refused_read};
use crate::sim::testing::Desk;

#[tokio::test]
async fn a_folder_lists_what_is_in_it_and_a_file_itself() {
    let desk = Desk::new();
    assert!(listed(&desk, "/").await.contains(&"/FileStore".to_owned()));
    for path in ["/x/a", "/x/b/c", "/x/d"] {
        put(&desk, path, "1").await;
    }
    assert_eq!(listed(&desk, "/x").await, ["/x/a", "/x/b", "/x/d"]);
    assert_eq!(listed(&desk, "dbfs:/x/a").await, ["/x/a"]);
    assert_eq!(desk.get("/api/2.0/dbfs/list?path=/FileStore").await, json!({}));
    assert_eq!(refused_read(&desk, "list?path=/none").await, code(404, "RESOURCE_DOES_NOT_EXIST"));
}

#[tokio::test]
async fn a_folder_with_more_than_ten_thousand_entries_is_not_listed_in_time() {
    let desk = Desk::new();
    desk.workspace.with_state(|state| {
        for number in 0..10_000 {
            state.dbfs.write(&format!("/many/{number}"), Bytes::new(), 1).unwrap();
        }
    });
    assert_eq!(listed(&desk, "/many").await.len(), 10_000);
    put(&desk, "/many/more", "").await;
    assert_eq!(refused_read(&desk, "list?path=/many").await, code(504, "DEADLINE_EXCEEDED"));
}

#[tokio::test]
async fn folders_are_made_once_and_never_over_files() {
    let desk = Desk::new();
    for _ in 0..2 {
        post(&desk, "mkdirs", json!({"path": "/x/y"})).await;
    }
    put(&desk, "/x/file", "").await;
    let within = json!({"path": "/x/file/y"});
    assert_eq!(refused(&desk, "mkdirs", within).await, code(400, "RESOURCE_ALREADY_EXISTS"));
    desk.workspace.with_state(|state| state.dbfs.habits.makes_folders = false);
    let nowhere = json!({"path": "/z/file", "contents": ""});
    assert_eq!(refused(&desk, "put", nowhere).await, code(404, "RESOURCE_DOES_NOT_EXIST"));
}

#[tokio::test]
async fn what_is_moved_takes_everything_along_and_replaces_nothing() {
    let desk = Desk::new();
    put(&desk, "/x/a", "1").await;
    put(&desk, "/x/b/c", "2").await;
    let go = |from: &str, to: &str| json!({"source_path": from, "destination_path": to});
    let taken = go("/x/a", "/x/b/c");
    assert_eq!(refused(&desk, "move", taken).await, code(400, "RESOURCE_ALREADY_EXISTS"));
    assert_eq!(refused(&desk, "move", go("/n", "/m")).await, code(404, "RESOURCE_DOES_NOT_EXIST"));
    assert_eq!(
        refused(&desk, "move", go("/x", "/x/b/x")).await,
        code(400, "INVALID_PARAMETER_VALUE")
    );
    post(&desk, "move", go("/x", "/y/z")).await;
    assert_eq!(read(&desk, "/y/z/b/c").await, b"2");
    assert_eq!(refused_read(&desk, "list?path=/x").await, code(404, "RESOURCE_DOES_NOT_EXIST"));
}

#[tokio::test]
async fn many_files_are_deleted_in_several_goes() {
    let desk = Desk::new();
    desk.workspace.with_state(|state| {
        for number in 0..2_500 {
            state.dbfs.write(&format!("/many/{number}"), Bytes::new(), 1).unwrap();
        }
    });
    let body = |recursive: bool| json!({"path": "/many", "recursive": recursive});
    assert_eq!(refused(&desk, "delete", body(false)).await, code(400, "IO_ERROR"));
    for left in [1_500, 500] {
        assert_eq!(refused(&desk, "delete", body(true)).await, code(503, "PARTIAL_DELETE"));
        assert_eq!(listed(&desk, "/many").await.len(), left);
    }
    post(&desk, "delete", body(true)).await;
    assert_eq!(desk.send("POST", "/api/2.0/dbfs/delete", body(true)).await.0, 404);
    desk.refused(404, "GET", "/api/2.0/dbfs/get-status?path=/many", Value::Null).await;
}
