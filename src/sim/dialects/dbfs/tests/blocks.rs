//! Files written block by block.

use std::time::Duration;

use serde_json::{Value, json};

use super::ask::{base64, code, post, put, read, refused};
use crate::sim::dialects::dbfs::files::BLOCK;
use crate::sim::testing::Desk;

async fn create(desk: &Desk, body: Value) -> i64 {
    post(desk, "create", body).await["handle"].as_i64().unwrap()
}

#[tokio::test]
async fn a_file_grows_block_by_block_and_is_there_from_the_first() {
    let desk = Desk::new();
    let handle = create(&desk, json!({"path": "/logs/big"})).await;
    assert_eq!(read(&desk, "/logs/big").await, b"");
    for block in [&b"abc"[..], b"de"] {
        post(&desk, "add-block", json!({"handle": handle, "data": base64(block)})).await;
    }
    assert_eq!(read(&desk, "/logs/big").await, b"abcde");
    post(&desk, "close", json!({"handle": handle})).await;
    let again = json!({"handle": handle});
    assert_eq!(refused(&desk, "close", again).await, code(404, "RESOURCE_DOES_NOT_EXIST"));
}

#[tokio::test]
async fn blocks_and_handles_are_checked() {
    let desk = Desk::new();
    put(&desk, "/a.txt", "one").await;
    let taken = json!({"path": "/a.txt"});
    assert_eq!(refused(&desk, "create", taken).await, code(400, "RESOURCE_ALREADY_EXISTS"));
    let handle = create(&desk, json!({"path": "/a.txt", "overwrite": true})).await;
    let large = json!({"handle": handle, "data": base64(&vec![0; BLOCK + 1])});
    assert_eq!(refused(&desk, "add-block", large).await, code(400, "MAX_BLOCK_SIZE_EXCEEDED"));
    let exact = json!({"handle": handle, "data": base64(&vec![0; BLOCK])});
    post(&desk, "add-block", exact).await;
    let unknown = json!({"handle": handle + 1, "data": ""});
    assert_eq!(refused(&desk, "add-block", unknown).await, code(404, "RESOURCE_DOES_NOT_EXIST"));
}

#[tokio::test]
async fn a_handle_that_rests_ten_minutes_is_gone_and_its_part_stays() {
    let desk = Desk::new();
    let handle = create(&desk, json!({"path": "/big"})).await;
    let block = || json!({"handle": handle, "data": base64(b"abc")});
    desk.workspace.advance(Duration::from_secs(599));
    post(&desk, "add-block", block()).await;
    desk.workspace.advance(Duration::from_secs(599));
    post(&desk, "add-block", block()).await;
    desk.workspace.advance(Duration::from_secs(601));
    assert_eq!(refused(&desk, "add-block", block()).await, code(404, "RESOURCE_DOES_NOT_EXIST"));
    assert_eq!(read(&desk, "/big").await, b"abcabc");
}
