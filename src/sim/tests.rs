//! A workspace as clients meet it, whatever they ask.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::testing::Desk;
use super::{Client, Cut, Faults, Limits, Options, Versions, Workspace};

const ME: &str = "/api/2.0/preview/scim/v2/Me";
const USERS: &str = "/api/2.0/preview/scim/v2/Users";
const GROUPS: &str = "/api/2.0/preview/scim/v2/Groups";
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn faults(yaml: &str) -> Desk {
    Desk::with(Options { faults: serde_yaml::from_str(yaml).unwrap(), ..Options::default() })
}

async fn users(desk: &Desk) -> u64 {
    desk.get(USERS).await["totalResults"].as_u64().unwrap()
}

#[tokio::test]
async fn what_nobody_serves_is_named() {
    let desk = Desk::new();
    let (status, error) = desk.send("GET", "/api/2.0/nothing/here", Value::Null).await;
    assert_eq!((status, error["error_code"].as_str()), (404, Some("ENDPOINT_NOT_FOUND")));
    desk.refused(404, "GET", "/.well-known/databricks-config", Value::Null).await;
    desk.refused(405, "POST", ME, json!({})).await;
    let message = desk.refused(400, "GET", &format!("{USERS}?size=3"), Value::Null).await;
    assert_eq!(message, "Unknown query parameter 'size'");
    let message = desk
        .refused(400, "POST", USERS, json!({"userName": "a@b", "emails": [{"valeu": "x"}]}))
        .await;
    assert_eq!(message, "Unknown field 'emails[0].valeu'");
}

#[tokio::test]
async fn credentials_are_asked_for() {
    let desk = Desk::new();
    let mut request = desk.request("GET", ME, &Value::Null);
    request.headers_mut().insert(header::AUTHORIZATION, "Bearer wrong".parse().unwrap());
    let response = desk.workspace.call(request.clone()).await;
    assert_eq!(
        (response.status().as_u16(), &response.body()[..]),
        (403, &b"Invalid access token."[..])
    );
    request.headers_mut().remove(header::AUTHORIZATION);
    assert_eq!(desk.workspace.call(request).await.status(), 401);
    let response = desk.workspace.call(desk.request("GET", ME, &Value::Null)).await;
    let workspace = response.headers()["x-databricks-org-id"].to_str().unwrap();
    assert_eq!(workspace, desk.workspace.workspace_id().to_string());
}

#[tokio::test]
async fn bodies_are_json_whatever_json_is_called() {
    let desk = Desk::new();
    for (number, (kind, status)) in [
        ("application/json; charset=utf-8", 201),
        ("application/scim+json", 201),
        ("text/json", 201),
        ("text/plain", 415),
    ]
    .into_iter()
    .enumerate()
    {
        let mut request =
            desk.request("POST", GROUPS, &json!({"displayName": format!("g{number}")}));
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        assert_eq!(desk.workspace.call(request).await.status().as_u16(), status, "{kind}");
    }
    let mut request = desk.request("POST", GROUPS, &json!({}));
    *request.body_mut() = Bytes::from_static(b"{");
    assert_eq!(desk.workspace.call(request).await.status(), 400);
}

#[tokio::test]
async fn faults_strike_before_or_after_the_effect() {
    let desk = faults(
        "rules:
          - {on: 'POST */Users', nth: 1, do: unavailable-before, retry_after: 2}
          - {on: 'POST */Users', nth: 1, do: unavailable-after}
          - {on: 'POST */Users', nth: 1, do: cut-after}
          - {on: 'GET */Me', times: 1, do: html}",
    );
    let new = |name: &str| desk.request("POST", USERS, &json!({ "userName": name }));
    let response = desk.workspace.try_call(new("a@x.com")).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()[header::RETRY_AFTER].to_str().unwrap()),
        (503, "2")
    );
    assert_eq!(users(&desk).await, 1);
    assert_eq!(desk.workspace.try_call(new("a@x.com")).await.unwrap().status(), 503);
    assert_eq!(users(&desk).await, 2);
    assert!(matches!(desk.workspace.try_call(new("b@x.com")).await, Err(Cut)));
    assert_eq!(users(&desk).await, 3);
    let page = desk.workspace.call(desk.request("GET", ME, &Value::Null)).await;
    assert_eq!(
        (page.status().as_u16(), page.headers()[header::CONTENT_TYPE].to_str().unwrap()),
        (200, "text/html; charset=utf-8")
    );
    assert_eq!(desk.get(ME).await["userName"], "admin@example.com");
}

#[tokio::test]
async fn a_stale_read_shows_the_state_before_the_write() {
    let desk = faults("rules: [{on: 'GET */Users?*filter=*', do: stale}]");
    let made = desk.ok("POST", USERS, json!({"userName": "a@x.com"})).await;
    let filtered = format!("{USERS}?filter=userName+eq+%22a@x.com%22");
    desk.get(&format!("{USERS}/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(desk.get(&filtered).await["totalResults"], 0);
    assert_eq!(desk.get(&filtered).await["totalResults"], 1);
}

#[tokio::test]
async fn a_killed_client_reaches_nothing_until_it_is_back() {
    let desk = faults("kill: {at: 2, writes: true, effect: true}");
    let group = |name: &str| desk.request("POST", GROUPS, &json!({ "displayName": name }));
    assert_eq!(desk.workspace.try_call(group("a")).await.unwrap().status(), 201);
    assert!(matches!(desk.workspace.try_call(group("b")).await, Err(Cut)));
    assert!(matches!(desk.workspace.try_call(group("c")).await, Err(Cut)));
    assert!(matches!(
        desk.workspace.try_call(desk.request("GET", GROUPS, &Value::Null)).await,
        Err(Cut)
    ));
    desk.workspace.set_faults(Faults::default());
    assert_eq!(desk.get(GROUPS).await["totalResults"], 4);
    assert_eq!(desk.workspace.writes(), 3);
    assert_eq!(desk.workspace.per_family()[&format!("POST {GROUPS}")], 3);
}

#[tokio::test(start_paused = true)]
async fn published_limits_and_latency_are_kept() {
    let latency = Duration::from_millis(1);
    let desk = Desk::with(Options { limits: Limits::Published, latency, ..Options::default() });
    let mut refused = None;
    for _ in 0..400 {
        let response = desk.workspace.call(desk.request("GET", ME, &Value::Null)).await;
        if response.status() == 429 {
            refused = Some(response);
            break;
        }
    }
    let wait = refused.unwrap().headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    tokio::time::sleep(Duration::from_secs(wait)).await;
    desk.get(ME).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_principal_asks_for_tokens_and_they_expire() {
    let client =
        Client { id: "sp-1".into(), secret: "s3cret".into(), lifetime: Duration::from_secs(60) };
    let desk = Desk::with(Options { client: Some(client), ..Options::default() });
    let ask = |secret: &str| {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("sp-1:{secret}"));
        Request::builder()
            .method("POST")
            .uri("/oidc/v1/token")
            .header(header::AUTHORIZATION, format!("Basic {basic}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from_static(b"grant_type=client_credentials&scope=all-apis"))
            .unwrap()
    };
    let wrong = desk.workspace.call(ask("wrong")).await;
    assert_eq!(wrong.status(), 401);
    assert_eq!(serde_json::from_slice::<Value>(wrong.body()).unwrap()["error"], "invalid_client");
    let host = desk.get("/.well-known/databricks-config").await;
    assert_eq!(host["oidc_endpoint"], format!("{}/oidc", desk.workspace.host()));
    let metadata = desk.get("/oidc/.well-known/oauth-authorization-server").await;
    assert!(metadata["token_endpoint"].as_str().unwrap().ends_with("/oidc/v1/token"));
    let given = desk.workspace.call(ask("s3cret")).await;
    let given: Value = serde_json::from_slice(given.body()).unwrap();
    assert_eq!(given["expires_in"], 60);
    let me = || {
        let mut request = desk.request("GET", ME, &Value::Null);
        let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
        request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
        desk.workspace.call(request)
    };
    assert_eq!(serde_json::from_slice::<Value>(me().await.body()).unwrap()["userName"], "sp-1");
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(me().await.status(), 401);
}

#[tokio::test]
async fn what_is_saved_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::new();
    let made = desk.ok("POST", USERS, json!({"userName": "a@x.com"})).await;
    desk.workspace.save(dir.path()).unwrap();
    let options = Options { user: "other@example.com".into(), ..Options::default() };
    let again = Workspace::load(options.clone(), dir.path()).unwrap();
    again.add_token("t", "a@x.com");
    let mut request = desk.request("GET", ME, &Value::Null);
    request.headers_mut().insert(header::AUTHORIZATION, "Bearer t".parse().unwrap());
    let me: Value = serde_json::from_slice(again.call(request).await.body()).unwrap();
    assert_eq!(me["id"], made["id"]);
    assert_eq!(again.call(desk.request("GET", ME, &Value::Null)).await.status(), 200);
    std::fs::write(dir.path().join("workspace.json"), "{}").unwrap();
    assert!(Workspace::load(options, dir.path()).is_err());
}

#[tokio::test]
async fn over_the_wire_answers_come_and_cuts_cut() {
    let dir = tempfile::tempdir().unwrap();
    let desk = faults("rules: [{on: 'GET */Me', nth: 2, do: cut-before}]");
    let serving = desk.workspace.clone().serve(LOCAL, Some(dir.path().to_owned())).await.unwrap();
    let address = serving.url().strip_prefix("http://").unwrap().to_owned();
    let ask = || async {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "GET {ME} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer dapi-simulated\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset is one of the ways in which a connection may be cut.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    assert!(ask().await.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(ask().await, "");
    assert!(ask().await.contains("\"userName\":\"admin@example.com\""));
    serving.shutdown().await.unwrap();
    assert!(dir.path().join("workspace.json").exists());
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn newer_versions_can_be_switched_off() {
    let versions = Versions { jobs_2_2: false, clusters_2_1: true };
    let desk = Desk::with(Options { versions, ..Options::default() });
    let message = desk.refused(404, "GET", "/api/2.2/jobs/list", Value::Null).await;
    assert_eq!(message, "No API found for '/api/2.2/jobs/list'");
}

/// Calls which the vendor's tools make and the SDK does not know; those of artifacts are an MLflow server's.
const UNDOCUMENTED: [&str; 7] = [
    "DELETE /api/2.0/mlflow-artifacts/artifacts/{path...}",
    "GET /api/2.0/mlflow-artifacts/artifacts",
    "GET /api/2.0/mlflow-artifacts/artifacts/{path...}",
    "POST /api/2.0/mlflow/artifacts/credentials-for-read",
    "POST /api/2.0/mlflow/artifacts/credentials-for-write",
    "POST /api/2.0/workspace-files/import-file/{path}",
    "PUT /api/2.0/mlflow-artifacts/artifacts/{path...}",
];

#[tokio::test]
async fn every_call_which_is_served_is_known_to_the_witness() {
    let unknown: Vec<_> = super::registry::ROUTES
        .iter()
        .copied()
        .flatten()
        .filter(|route| {
            super::contract::terms(route.method, &super::template::segments(route.path)).is_none()
        })
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert!(unknown.iter().all(|call| UNDOCUMENTED.contains(&call.as_str())), "{unknown:?}");
}
