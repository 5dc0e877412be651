use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use super::super::super::script::{Line, Script, json, text};
use super::super::super::session::{Session, SessionOptions};
use super::super::super::{Address, Call, Kind};
use super::*;
use http::Method;

const SECRET: &str = "dose-very-secret";

fn principal() -> Credential {
    Credential::ServicePrincipal {
        client_id: "app".into(),
        client_secret: SecretString::from(SECRET),
    }
}

fn session(script: &Arc<Script>, credential: &Credential) -> Session {
    let transport = authenticate(script.clone(), credential, "profile `prod`").unwrap();
    Session::new(transport, SessionOptions::default())
}

fn discovery() -> Line {
    json(200, json!({"token_endpoint": "https://script.example.com/oidc/v1/token"}))
}

fn token(token: &str, seconds: u64) -> Line {
    json(200, json!({"access_token": token, "token_type": "Bearer", "expires_in": seconds}))
}

fn ok() -> Line {
    json(200, json!({}))
}

#[tokio::test(start_paused = true)]
async fn a_token_goes_with_every_request_and_shows_nowhere() {
    let pat = "odd/token+without=shape";
    let echo = |status| text(status, &[], &format!("you sent {pat}"));
    let script = Script::new([ok(), echo(400), echo(401)]);
    let session = session(&script, &Credential::Token(SecretString::from(pat)));
    session.get("/api/2.0/x", &[]).await.unwrap();
    for kind in [Kind::Invalid, Kind::Unauthenticated] {
        let error = session.get("/api/2.0/x", &[]).await.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", script.request(0));
        assert!(!shown.contains(pat) && shown.contains("you sent ***"), "{shown}");
        assert_eq!(error.kind(), kind);
    }
    assert_eq!(script.header("authorization"), vec![format!("Bearer {pat}"); 3]);
}

#[tokio::test]
async fn a_token_that_is_none_is_refused_without_showing_it() {
    let credential = Credential::Token(SecretString::from("abc\ndef"));
    let error = authenticate(Script::new([]), &credential, "the environment").err().unwrap();
    assert_eq!(error.kind(), TransportErrorKind::Credential);
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("the environment") && !shown.contains("def"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn many_callers_share_one_token() {
    let script = Script::new([discovery(), token("t1", 3600), ok(), ok(), ok()]);
    let session = session(&script, &principal());
    let calls = (0..3).map(|_| session.get("/api/2.0/x", &[]));
    assert!(futures::future::join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(
        script.asked(),
        [
            "GET /oidc/.well-known/oauth-authorization-server",
            "POST /oidc/v1/token",
            "GET /api/2.0/x",
            "GET /api/2.0/x",
            "GET /api/2.0/x",
        ]
    );
    // app:dose-very-secret
    assert_eq!(
        script.header("authorization")[1..3],
        ["Basic YXBwOmRvc2UtdmVyeS1zZWNyZXQ=", "Bearer t1"]
    );
    assert_eq!(script.request(1).body(), "grant_type=client_credentials&scope=all-apis");
    assert_eq!(script.header("content-type")[1], "application/x-www-form-urlencoded");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_ends() {
    let script =
        Script::new([text(404, &[], ""), token("t1", 3600), ok(), ok(), token("t2", 3600), ok()]);
    let session = session(&script, &principal());
    session.get("/api/2.0/x", &[]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3200)).await;
    session.get("/api/2.0/x", &[]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(200)).await;
    session.get("/api/2.0/x", &[]).await.unwrap();
    assert_eq!(script.header("authorization")[2..4], ["Bearer t1", "Bearer t1"]);
    assert_eq!(script.header("authorization")[5], "Bearer t2");
    assert_eq!(script.asked()[4], "POST /oidc/v1/token", "the place is asked for once");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_still_holds_is_used_when_renewal_fails() {
    let script =
        Script::new([text(404, &[], ""), token("t1", 3600), ok(), text(503, &[], ""), ok()]);
    let session = session(&script, &principal());
    session.get("/api/2.0/x", &[]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3400)).await;
    session.get("/api/2.0/x", &[]).await.unwrap();
    assert_eq!(script.header("authorization")[4], "Bearer t1");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once() {
    for refusal in [text(401, &[], "expired"), text(403, &[], "Invalid access token.")] {
        let script =
            Script::new([discovery(), token("t1", 3600), refusal, token("t2", 3600), ok()]);
        session(&script, &principal()).send(&Call::post("/api/2.2/jobs/create")).await.unwrap();
        assert_eq!(script.header("authorization")[4], "Bearer t2");
    }
    let refused = || text(401, &[], "no");
    let script =
        Script::new([discovery(), token("t1", 3600), refused(), token("t2", 3600), refused()]);
    let error = session(&script, &principal()).get("/api/2.0/x", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::Unauthenticated, Some(401)));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_said_without_showing_it() {
    let answer =
        json!({"error": "invalid_client", "error_description": format!("{SECRET} is wrong")});
    let script = Script::new([discovery(), json(401, answer)]);
    let error = session(&script, &principal()).get("/api/2.0/x", &[]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Unauthenticated, 1));
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("profile `prod`") && shown.contains("401") && !shown.contains(SECRET),
        "{shown}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_down_is_asked_again_even_for_a_create() {
    let script =
        Script::new([text(503, &[], ""), discovery(), text(429, &[], ""), token("t1", 60), ok()]);
    session(&script, &principal()).send(&Call::post("/api/2.2/jobs/create")).await.unwrap();
    assert_eq!(script.asked()[4], "POST /api/2.2/jobs/create");
    assert_eq!(script.asked().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_not_encrypted_gets_no_secret() {
    let script =
        Script::new([json(200, json!({"token_endpoint": "http://evil.example.com/token"}))]);
    let error = session(&script, &principal()).get("/api/2.0/x", &[]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthenticated);
    assert_eq!(script.asked().len(), 1);
    let script = Script::new([
        json(200, json!({"token_endpoint": "https://login.example.com/token"})),
        token("t1", 60),
        ok(),
    ]);
    session(&script, &principal()).get("/api/2.0/x", &[]).await.unwrap();
    assert_eq!(script.asked()[1], "POST https://login.example.com/token");
}

#[tokio::test(start_paused = true)]
async fn another_server_is_told_no_token() {
    let address = Address::parse("https://acme.example/a?sig=1").unwrap();
    for credential in [Credential::Token(SecretString::from("pat")), principal()] {
        let script = Script::new([text(401, &[], "invalid token")]);
        let error = session(&script, &credential).response(&Call::at(Method::GET, &address)).await;
        assert_eq!(error.unwrap_err().kind(), Kind::Unauthenticated);
        assert_eq!(script.header("authorization"), [""], "and it is asked once");
    }
}
