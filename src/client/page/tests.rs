use std::sync::Arc;

use serde_json::json;

use super::super::script::{Line, Script, json, text};
use super::super::session::SessionOptions;
use super::*;

fn session(script: &Arc<Script>) -> Session {
    Session::new(script.clone(), SessionOptions::default())
}

#[tokio::test(start_paused = true)]
async fn one_answer_may_hold_everything_or_nothing() {
    let script = Script::new([
        json(200, json!({"policies": [1, 2]})),
        json(200, json!({})),
        json(200, json!({"policies": null})),
        json(200, json!([3])),
        json(200, json!({"policies": {}})),
        text(200, &[], ""),
    ]);
    let session = session(&script);
    let list = |items: &'static str| {
        session.list(Call::get("/api/2.0/policies/clusters/list"), items, Paging::None)
    };
    assert_eq!(list("/policies").await.unwrap(), [1, 2]);
    assert!(list("/policies").await.unwrap().is_empty());
    assert!(list("/policies").await.unwrap().is_empty());
    assert_eq!(list("").await.unwrap(), [3]);
    assert_eq!(list("/policies").await.unwrap_err().kind(), Kind::NotJson);
    assert_eq!(list("/policies").await.unwrap_err().kind(), Kind::NotJson);
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_with_a_token_is_not_the_last() {
    let script = Script::new([
        json(200, json!({"tables": [1], "next_page_token": "a/b="})),
        json(200, json!({"next_page_token": "c"})),
        json(200, json!({"tables": [2], "next_page_token": ""})),
    ]);
    let call = Call::get("/api/2.1/unity-catalog/tables").query("max_results", "0");
    assert_eq!(session(&script).list(call, "/tables", Paging::PAGE_TOKEN).await.unwrap(), [1, 2]);
    assert_eq!(
        script.asked(),
        [
            "GET /api/2.1/unity-catalog/tables?max_results=0",
            "GET /api/2.1/unity-catalog/tables?max_results=0&page_token=a%2Fb%3D",
            "GET /api/2.1/unity-catalog/tables?max_results=0&page_token=c",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_comes_again_is_an_error() {
    let page = |token: &str| json(200, json!({"jobs": [1], "next_page_token": token}));
    let script = Script::new([page("a"), page("b"), page("a")]);
    let error = session(&script)
        .list(Call::get("/api/2.2/jobs/list"), "/jobs", Paging::PAGE_TOKEN)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Paging);
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_may_travel_in_the_body() {
    let script = Script::new([
        json(200, json!({"experiments": [1], "next_page_token": "t"})),
        json(200, json!({"experiments": [2]})),
    ]);
    let call =
        Call::post("/api/2.0/mlflow/experiments/search").json(json!({"max_results": 1})).reads();
    let found = session(&script).list(call, "/experiments", Paging::BODY_PAGE_TOKEN).await.unwrap();
    assert_eq!(found, [1, 2]);
    assert_eq!(script.request(1).body(), &json!({"max_results": 1, "page_token": "t"}).to_string());
}

fn users(ids: std::ops::Range<usize>, total: usize) -> Value {
    let users: Vec<Value> = ids.map(|id| json!({"id": id.to_string()})).collect();
    json!({"totalResults": total, "itemsPerPage": 1, "startIndex": 1, "Resources": users})
}

#[tokio::test(start_paused = true)]
async fn scim_goes_on_by_what_was_received() {
    // The server caps pages below what was asked for, and one user moves onto the next page.
    let script = Script::new([
        json(200, users(0..3, 7)),
        json(200, users(2..5, 7)),
        json(200, users(5..6, 7)),
    ]);
    let paging = Paging::Scim { count: 100 };
    let found =
        session(&script).list(Call::get("/scim/v2/Users"), "/Resources", paging).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|user| user["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(
        script.asked(),
        [
            "GET /scim/v2/Users?startIndex=1&count=100",
            "GET /scim/v2/Users?startIndex=4&count=100",
            "GET /scim/v2/Users?startIndex=7&count=100",
        ]
    );
}

fn untold(ids: std::ops::Range<usize>) -> Line {
    json(200, json!({"Resources": users(ids, 0)["Resources"]}))
}

async fn groups(script: &Arc<Script>) -> Result<Vec<Value>, Error> {
    let paging = Paging::Scim { count: 2 };
    session(script).list(Call::get("/scim/v2/Groups"), "/Resources", paging).await
}

#[tokio::test(start_paused = true)]
async fn scim_ends_with_an_empty_page() {
    let script = Script::new([untold(0..2), json(200, json!({"schemas": []}))]);
    assert_eq!(groups(&script).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_page_scim_has_told_everything() {
    for ids in [0..1, 0..3] {
        let script = Script::new([untold(ids.clone()), untold(ids.clone())]);
        assert_eq!(groups(&script).await.unwrap().len(), ids.len());
        assert_eq!(script.asked().len(), 2);
    }
    let bare = || json(200, json!({"Resources": [{"displayName": "a"}, {"displayName": "b"}, {}]}));
    let script = Script::new([bare(), bare()]);
    assert_eq!(
        groups(&script).await.unwrap(),
        [json!({"displayName": "a"}), json!({"displayName": "b"}), json!({})]
    );
}

#[tokio::test(start_paused = true)]
async fn a_scim_page_that_comes_again_although_there_is_more_is_an_error() {
    let cut = Script::new([untold(0..2), untold(0..2)]);
    let more = Script::new([json(200, users(0..1, 5)), json(200, users(0..1, 5))]);
    for script in [cut, more] {
        assert_eq!(groups(&script).await.unwrap_err().kind(), Kind::Paging);
    }
    let counted_in_words = json!({"totalResults": "1", "Resources": [{"id": "1"}]});
    let script = Script::new([json(200, counted_in_words)]);
    assert_eq!(groups(&script).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn long_arrays_of_one_object_are_joined() {
    let script = Script::new([
        json(
            200,
            json!({"job_id": 1, "settings": {"name": "n", "tasks": [1, 2]}, "next_page_token": "p2"}),
        ),
        json(
            200,
            json!({"job_id": 1, "settings": {"tasks": [3], "job_clusters": [9]}, "next_page_token": "p3", "prev_page_token": "p1"}),
        ),
        json(
            200,
            json!({"job_id": 1, "settings": {"name": "n", "tasks": [], "job_clusters": [10]}}),
        ),
    ]);
    let call = Call::get("/api/2.2/jobs/get").query("job_id", "1");
    let arrays = ["/settings/tasks", "/settings/job_clusters", "/settings/environments"];
    let whole = session(&script).get_joined(call, &arrays).await.unwrap();
    assert_eq!(
        whole,
        json!({"job_id": 1, "settings": {"name": "n", "tasks": [1, 2, 3], "job_clusters": [9, 10]}})
    );
    assert_eq!(script.asked()[2], "GET /api/2.2/jobs/get?job_id=1&page_token=p3");
}
