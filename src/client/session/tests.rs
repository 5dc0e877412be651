use http::Method;
use serde_json::json;

use super::super::address::Address;
use super::super::script::{Line, Script, json, text};
use super::super::transport::TransportErrorKind;
use super::*;

fn session(script: &Arc<Script>) -> Session {
    Session::new(script.clone(), SessionOptions::default())
}

fn ok() -> Line {
    json(200, json!({"ok": true, "none": null}))
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_read_as_it_is() {
    let script = Script::new([ok(), text(204, &[], ""), text(200, &[], " \n")]);
    let session = session(&script);
    let query = [("path", "/a b".to_owned())];
    assert_eq!(session.get("/api/2.0/x", &query).await.unwrap(), json!({"ok": true, "none": null}));
    let body = json!({"id": 9_007_199_254_740_993_u64});
    let put = Call::put("/api/2.0/x")
        .json(body.clone())
        .header("if-match".parse().unwrap(), "e".parse().unwrap());
    assert_eq!(session.send(&put).await.unwrap(), Value::Null);
    assert_eq!(session.send(&Call::delete("/api/2.0/x")).await.unwrap(), Value::Null);
    assert_eq!(
        script.asked(),
        ["GET /api/2.0/x?path=%2Fa%20b", "PUT /api/2.0/x", "DELETE /api/2.0/x"]
    );
    assert_eq!(script.request(1).body(), &body.to_string());
    assert_eq!(script.header("content-type"), ["", "application/json", ""]);
    assert_eq!(script.header("if-match"), ["", "e", ""]);
    assert_eq!(session.host(), "https://script.example.com");
}

#[tokio::test]
async fn what_a_delete_is_about_stands_where_the_server_reads_it() {
    let delete = Call::delete("/api/2.0/mlflow/x").query("name", "a b");
    for (server, body) in [(Server::Workspace, ""), (Server::Mlflow, r#"{"name":"a b"}"#)] {
        let script = Script::new([ok()]);
        let options = SessionOptions { server, ..SessionOptions::default() };
        Session::new(script.clone(), options).send(&delete).await.unwrap();
        assert_eq!(script.asked(), ["DELETE /api/2.0/mlflow/x?name=a%20b"]);
        assert_eq!(script.request(0).body(), body);
    }
}

#[tokio::test(start_paused = true)]
async fn waits_as_long_as_retry_after_says() {
    let script = Script::new([
        text(429, &[("retry-after", "7")], ""),
        text(503, &[("retry-after", "3")], ""),
        ok(),
    ]);
    let session = session(&script);
    let begin = Instant::now();
    session.get("/api/2.0/x", &[]).await.unwrap();
    assert!((10.0..15.5).contains(&begin.elapsed().as_secs_f64()), "{:?}", begin.elapsed());
    let counts = session.counts();
    assert_eq!((counts["total"], counts["retries"], counts["x"]), (3, 2, 3));
}

#[tokio::test(start_paused = true)]
async fn patience_ends_with_the_last_answer() {
    let script = Script::new(
        (0..3).map(|_| json(429, json!({"error_code": "RESOURCE_EXHAUSTED", "message": "slow"}))),
    );
    let patience = Patience { attempts: 3, ..Patience::default() };
    let session =
        Session::new(script.clone(), SessionOptions { patience, ..SessionOptions::default() });
    let error = session.send(&Call::post("/api/2.2/jobs/create")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (Kind::Throttled, 3, Some(429)));
    assert!(error.elapsed() >= Duration::from_secs(3));
    assert!(
        error.to_string().contains("RESOURCE_EXHAUSTED (429): slow (after 3 attempts"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_create_is_never_sent_twice_where_it_may_have_worked() {
    for doubt in [
        text(503, &[], ""),
        text(504, &[], "<html><title>Gateway Timeout</title></html>"),
        json(500, json!({"error_code": "INTERNAL_ERROR", "message": "Unexpected error"})),
        text(200, &[], "{\"job_id\": 1"),
        Line::Lost(TransportErrorKind::Timeout),
        Line::Lost(TransportErrorKind::Interrupted),
        Line::Lost(TransportErrorKind::Decode),
    ] {
        let script = Script::new([doubt]);
        let error = session(&script).send(&Call::post("/api/2.2/jobs/create")).await.unwrap_err();
        assert_eq!(error.kind(), Kind::UnknownEffect, "{error}");
        assert_eq!(script.asked().len(), 1);
    }
    for harmless in [text(429, &[], ""), Line::Lost(TransportErrorKind::Connect)] {
        let script = Script::new([harmless, ok()]);
        session(&script).send(&Call::post("/api/2.2/jobs/create")).await.unwrap();
        assert_eq!(script.asked().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_repeated_is_repeated() {
    for trouble in [
        text(502, &[], ""),
        text(503, &[], ""),
        text(504, &[], ""),
        json(400, json!({"error": "java.lang.ClusterNotReadyException: x"})),
        Line::Lost(TransportErrorKind::Timeout),
        Line::Lost(TransportErrorKind::Interrupted),
        Line::Lost(TransportErrorKind::Connect),
    ] {
        let script = Script::new([trouble, ok()]);
        let import = Call::post("/api/2.0/workspace/import").repeat(Repeat::Idempotent);
        session(&script).send(&import).await.unwrap();
        assert_eq!(script.asked().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn no_way_through_is_not_tried_for_long() {
    let script = Script::new((0..3).map(|_| Line::Lost(TransportErrorKind::Connect)));
    let error = session(&script).get("/api/2.0/x", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Connect, 3));
    let lost = (0..6).map(|_| Line::Lost(TransportErrorKind::Connect));
    let script = Script::new(std::iter::once(ok()).chain(lost));
    let session_that_was_answered = session(&script);
    session_that_was_answered.get("/api/2.0/x", &[]).await.unwrap();
    let error = session_that_was_answered.get("/api/2.0/x", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Connect, 6));
    for (lost, kind) in [
        (TransportErrorKind::Certificate, Kind::Connect),
        (TransportErrorKind::Credential, Kind::Unauthenticated),
    ] {
        let script = Script::new([Line::Lost(lost)]);
        let error = session(&script).get("/api/2.0/x", &[]).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_is_not_an_answer() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    let html = [("content-type", "text/html; charset=utf-8")];
    for answer in [text(200, &html, page), text(200, &[], page)] {
        let error = session(&Script::new([answer])).get("/api/2.0/x", &[]).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (Kind::NotJson, Some(200)));
        assert!(error.to_string().contains("Sign in"), "{error}");
    }
    let login = text(
        302,
        &[("location", "/login.html?error=private-link&t=eyJsecret")],
        "Unexpected error",
    );
    let error = session(&Script::new([login])).get("/api/2.0/x", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotJson);
    let said = error.to_string();
    assert!(said.contains("redirected to /login.html,") && !said.contains("secret"), "{said}");

    let attachment = [html[0], ("content-disposition", "attachment; filename=x.html")];
    let script = Script::new([
        text(200, &attachment, page),
        text(200, &html, page),
        text(200, &[], "\u{1}raw"),
    ]);
    let (session, download) = (session(&script), Call::get("/api/2.0/workspace/export"));
    assert_eq!(session.bytes(&download).await.unwrap(), page);
    assert_eq!(session.bytes(&download).await.unwrap_err().kind(), Kind::NotJson);
    assert_eq!(session.bytes(&download).await.unwrap(), "\u{1}raw");
}

#[tokio::test(start_paused = true)]
async fn a_read_only_session_sends_no_write() {
    let script = Script::new([ok(), ok(), ok()]);
    let writing = session(&script);
    let reading = writing.read_only();
    for write in [Call::post("/api/2.0/x"), Call::put("/x"), Call::patch("/x"), Call::delete("/x")]
    {
        assert_eq!(reading.send(&write).await.unwrap_err().kind(), Kind::ReadOnly);
    }
    assert!(script.asked().is_empty());
    reading.get("/api/2.0/x", &[]).await.unwrap();
    reading.send(&Call::post("/api/2.0/mlflow/experiments/search").reads()).await.unwrap();
    writing.send(&Call::delete("/api/2.0/x")).await.unwrap();
    assert_eq!(reading.counts()["total"], 3, "both views count together");
}

#[tokio::test(start_paused = true)]
async fn an_older_workspace_is_called_in_its_version() {
    let missing =
        || json(404, json!({"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found"}));
    let script =
        Script::new([missing(), ok(), ok(), text(404, &[], "<html></html>"), ok(), missing()]);
    let session = session(&script);
    session.get("/api/2.2/jobs/list", &[("limit", "1".into())]).await.unwrap();
    session.send(&Call::post("/api/2.2/jobs/create")).await.unwrap();
    session.get("/api/2.1/clusters/list", &[]).await.unwrap();
    let error = session.get("/api/2.0/other", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::EndpointMissing);
    assert_eq!(
        script.asked(),
        [
            "GET /api/2.2/jobs/list?limit=1",
            "GET /api/2.1/jobs/list?limit=1",
            "POST /api/2.1/jobs/create",
            "GET /api/2.1/clusters/list",
            "GET /api/2.0/clusters/list",
            "GET /api/2.0/other",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_is_not_given_up_when_the_older_one_gives_no_answer() {
    let missing = || json(404, json!({"error_code": "ENDPOINT_NOT_FOUND"}));
    let gone = json(404, json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}));
    let script = Script::new([
        missing(),
        missing(),
        missing(),
        Line::Lost(TransportErrorKind::Certificate),
        gone,
    ]);
    let session = session(&script);
    assert_eq!(
        session.get("/api/2.2/jobs/get", &[]).await.unwrap_err().path(),
        "/api/2.2/jobs/get"
    );
    assert_eq!(session.get("/api/2.2/jobs/get", &[]).await.unwrap_err().kind(), Kind::Connect);
    let error = session.get("/api/2.2/jobs/get", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (Kind::NotFound, "/api/2.2/jobs/get"));
}

#[tokio::test(start_paused = true)]
async fn an_error_carries_what_the_server_said() {
    let body = r#"{"error_code":"RESOURCE_CONFLICT","message":"stale","details":[{"metadata":{"etag":"e2"}}]}"#;
    let script = Script::new([text(409, &[("x-databricks-request-id", "r-9")], body)]);
    let error = session(&script).send(&Call::patch("/api/2.0/settings/x")).await.unwrap_err();
    assert_eq!((error.kind(), error.error_code()), (Kind::Conflict, Some("RESOURCE_CONFLICT")));
    assert_eq!(
        (error.message(), error.detail("etag"), error.request_id()),
        ("stale", Some("e2"), Some("r-9"))
    );
    assert_eq!((error.method().as_str(), error.path()), ("PATCH", "/api/2.0/settings/x"));
}

#[tokio::test]
async fn a_path_that_is_none_is_not_sent() {
    let script = Script::new([]);
    let error = session(&script).get("/api/2.0/a b", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn at_most_so_many_calls_run_at_a_time() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (running.clone(), most.clone());
    let slow = super::super::from_fn(move |_| {
        let (running, most) = counters.clone();
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_secs(1)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(Response::new(Bytes::from_static(b"{}")))
        }
    });
    let session = Session::new(
        Arc::new(slow),
        SessionOptions { concurrency: 5, ..SessionOptions::default() },
    );
    let calls = (0..40).map(|n| {
        let session = session.clone();
        async move { session.get(&format!("/api/2.0/api{}/x", n % 4), &[]).await }
    });
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(most.load(Ordering::SeqCst), 5);
    assert_eq!(session.counts()["total"], 40);
}

#[tokio::test(start_paused = true)]
async fn a_long_queue_does_not_use_up_patience() {
    let late = (0..200).map(|_| ok()).chain([text(429, &[("retry-after", "1")], "")]);
    let script = Script::new(late.chain((0..100).map(|_| ok())));
    let patience = Patience { elapsed: Duration::from_secs(20), ..Patience::default() };
    let options = SessionOptions { patience, ..SessionOptions::default() };
    let session = Session::new(script.clone(), options);
    let calls = (0..300).map(|_| session.get("/api/2.0/preview/scim/v2/Users", &[]));
    let begin = Instant::now();
    assert!(futures::future::join_all(calls).await.iter().all(Result::is_ok));
    assert!(begin.elapsed() > Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(session.counts()["scim/read"], 301);
}

#[tokio::test(start_paused = true)]
async fn another_server_is_asked_by_its_address_alone() {
    let echo = "<Error><Code>AccessDenied</Code><SignatureProvided>5ec</SignatureProvided></Error>";
    let script =
        Script::new([text(503, &[], echo), ok(), text(403, &[], echo), text(404, &[], echo)]);
    let session = session(&script);
    let address = Address::parse("https://acme.example/a?sig=5ec").unwrap();
    let put = Call::at(Method::PUT, &address).bytes("x", "");
    session.response(&put).await.unwrap();
    assert_eq!(
        script.asked(),
        vec!["PUT https://acme.example/a?sig=5ec"; 2],
        "a put may be repeated"
    );
    assert_eq!(script.header("content-type"), ["", ""]);
    for kind in [Kind::Denied, Kind::NotFound] {
        let error = session.response(&put).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.kind() == kind && shown.contains("https://acme.example/…"), "{shown}");
        assert!(!shown.contains("5ec"), "{shown}");
    }
    assert_eq!(session.counts()["storage"], 4);
    let reader = session.read_only();
    assert_eq!(reader.response(&put).await.unwrap_err().kind(), Kind::ReadOnly);
}

#[tokio::test(start_paused = true)]
async fn servers_that_have_no_word_for_a_missing_call_are_understood() {
    let bare = || json(404, json!({"detail": "Not Found"}));
    // All there is cannot be missing.
    let script =
        Script::new([bare(), json(404, json!({"error_code": "NOT_FOUND"})), json(405, json!({}))]);
    for _ in 0..3 {
        let call = Call::get("/api/2.0/secrets/scopes/list").collection();
        assert_eq!(session(&script).send(&call).await.unwrap_err().kind(), Kind::EndpointMissing);
    }
    // One thing can, and then the older version says so too.
    let script = Script::new([bare(), bare(), bare(), ok(), ok()]);
    let session = session(&script);
    let call = Call::get("/api/2.2/jobs/get").query("job_id", "7");
    assert_eq!(session.send(&call).await.unwrap_err().kind(), Kind::NotFound);
    session.send(&call).await.unwrap();
    session.send(&call).await.unwrap();
    let versions: Vec<bool> = script.asked().iter().map(|asked| asked.contains("2.2")).collect();
    assert_eq!(versions, [true, false, true, false, false]);
}
