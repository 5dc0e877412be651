//! A git server of this machine that lets in who knows a token: `git http-backend` behind a port.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use http::StatusCode;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};

use super::repository::Repository;

/// The token that the server asks for.
pub(super) const TOKEN: &str = "canary-of-a-git-token";

/// Serves a repository until the test ends; answers with its URL.
pub(super) async fn serve(repository: &Repository) -> String {
    serve_to(repository, TOKEN).await
}

/// The same, for whoever knows another token.
pub(super) async fn serve_to(repository: &Repository, token: &'static str) -> String {
    let root = repository.root().to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(move |request: Request| answer(root.clone(), token, request));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/etl.git")
}

async fn answer(root: PathBuf, token: &str, request: Request) -> Response {
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("ann:{token}"));
    let sent = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if sent != Some(&format!("Basic {expected}")) {
        return Response::builder()
            .status(StatusCode::UNAUTHORIZED)
            .header(WWW_AUTHENTICATE, "Basic realm=\"git\"")
            .body(Body::empty())
            .unwrap();
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| {
        parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header(CONTENT_TYPE.as_str()))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&body).unwrap();
        child.wait_with_output().unwrap().stdout
    });
    response(&output.await.unwrap())
}

/// What a CGI program printed, as a response.
fn response(printed: &[u8]) -> Response {
    let end = printed.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let mut response = Response::builder();
    for line in std::str::from_utf8(&printed[..end]).unwrap().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = match name {
            "Status" => response.status(value[..3].parse::<u16>().unwrap()),
            name => response.header(name, value),
        };
    }
    response.body(Body::from(printed[end + 4..].to_vec())).unwrap()
}
