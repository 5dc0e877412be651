use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/client/network/fixtures");

/// A server that answers every connection with the same bytes and closes it; `Err` keeps it open in silence.
async fn serve(answer: Result<Vec<u8>, ()>) -> (Host, Arc<std::sync::Mutex<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::parse(&format!("http://{}/?o=42", listener.local_addr().unwrap())).unwrap();
    let heard = Arc::new(std::sync::Mutex::new(String::new()));
    let ear = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 8192];
            let read = stream.read(&mut buffer).await.unwrap_or_default();
            ear.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..read]));
            match &answer {
                Ok(answer) => stream.write_all(answer).await.unwrap(),
                Err(()) => tokio::time::sleep(Duration::from_secs(30)).await,
            }
        }
    });
    (host, heard)
}

fn get(target: &'static str) -> Request {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = Uri::from_static(target);
    request
}

async fn ask(answer: &str) -> Result<Response, TransportError> {
    let (host, _) = serve(Ok(answer.replace('\n', "\r\n").into_bytes())).await;
    HttpTransport::new(&host, HttpOptions::default()).unwrap().send(get("/api/2.0/x")).await
}

#[tokio::test]
async fn a_request_arrives_with_all_it_carries() {
    let (host, heard) =
        serve(Ok(b"HTTP/1.1 201 Created\r\nX-A: b\r\ncontent-length: 2\r\n\r\n{}".to_vec())).await;
    let transport = HttpTransport::new(&host, HttpOptions::default()).unwrap();
    assert_eq!(transport.host(), host.as_str());
    let mut request = get("/api/2.0/x?path=%2Fa%20b");
    *request.method_mut() = http::Method::POST;
    *request.body_mut() = Bytes::from_static(b"{\"n\":1}");
    request.headers_mut().insert("if-match", "e".parse().unwrap());
    let answer = transport.send(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-a"].to_str().unwrap()), (201, "b"));
    assert_eq!(answer.body(), "{}");
    let heard = heard.lock().unwrap();
    for part in [
        "POST /api/2.0/x?path=%2Fa%20b HTTP/1.1",
        concat!("user-agent: brickform/", env!("CARGO_PKG_VERSION")),
        "x-databricks-org-id: 42",
        "if-match: e",
        "accept-encoding: gzip",
        "{\"n\":1}",
    ] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
}

#[tokio::test]
async fn every_status_is_an_answer_and_no_redirect_is_followed() {
    let moved =
        ask("HTTP/1.1 302 Found\nlocation: /login.html\ncontent-length: 0\n\n").await.unwrap();
    assert_eq!(moved.status().as_u16(), 302);
    assert_eq!(moved.headers()["location"], "/login.html");
    assert_eq!(ask("HTTP/1.1 503 No\ncontent-length: 0\n\n").await.unwrap().status().as_u16(), 503);
}

#[tokio::test]
async fn packed_answers_are_unpacked() {
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\x00\xaf\xac\x1b\x56\x07\x00\x00\x00";
    let answer = |body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    let (host, _) = serve(Ok(answer(packed))).await;
    let transport = HttpTransport::new(&host, HttpOptions::default()).unwrap();
    assert_eq!(transport.send(get("/x")).await.unwrap().body(), "{\"a\":1}");
    let (host, _) = serve(Ok(answer(b"this is not gzip at all"))).await;
    let transport = HttpTransport::new(&host, HttpOptions::default()).unwrap();
    assert_eq!(transport.send(get("/x")).await.unwrap_err().kind(), TransportErrorKind::Decode);
}

#[tokio::test]
async fn a_broken_connection_leaves_the_effect_open() {
    for cut in ["", "HTTP/1.1 200 OK\ncontent-length: 100\n\n{\"a\":"] {
        let error = ask(cut).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Interrupted, "{error}");
    }
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let (host, _) = serve(Err(())).await;
    let options = HttpOptions { timeout: Duration::from_millis(100), ..HttpOptions::default() };
    let error =
        HttpTransport::new(&host, options).unwrap().send(get("/api/2.0/x")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout, "{error}");
}

#[test]
fn slow_calls_may_take_longer() {
    let transport =
        HttpTransport::new(&Host::parse("x.com").unwrap(), HttpOptions::default()).unwrap();
    assert_eq!(transport.timeout("/api/2.0/workspace/export"), Duration::from_secs(300));
    assert_eq!(transport.timeout("/api/2.0/preview/scim/v2/Groups/1"), Duration::from_secs(300));
    assert_eq!(transport.timeout("/api/2.0/workspace/list"), Duration::from_secs(120));
}

#[tokio::test]
async fn nobody_at_home_is_surely_without_effect() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = Host::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = HttpTransport::new(&host, HttpOptions::default())
        .unwrap()
        .send(get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    let said = error.to_string();
    assert!(
        said.starts_with(&format!("cannot connect to {host}: ")) && said.contains("refused"),
        "{said}"
    );
}

#[test]
fn tokens_do_not_travel_in_the_open() {
    let host = Host::parse("http://workspace.example.com").unwrap();
    let error = HttpTransport::new(&host, HttpOptions::default()).err().unwrap();
    assert!(error.to_string().contains("https://"), "{error}");
    let allowed = HttpOptions { allow_http: true, ..HttpOptions::default() };
    assert!(HttpTransport::new(&host, allowed).is_ok());
}

/// A server with a certificate of an authority that nobody knows; it answers each connection once.
fn serve_tls() -> u16 {
    install_crypto();
    let chain = vec![CertificateDer::from_pem_file(format!("{FIXTURES}/server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(format!("{FIXTURES}/server.key")).unwrap();
    let config =
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                let _ended = stream.write_all(answer).and_then(|()| stream.flush());
            }
        }
    });
    port
}

#[tokio::test]
async fn an_unknown_authority_is_refused_unless_given() {
    let port = serve_tls();
    let host = Host::parse(&format!("https://127.0.0.1:{port}")).unwrap();
    let error = HttpTransport::new(&host, HttpOptions::default())
        .unwrap()
        .send(get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Certificate);
    let said = error.to_string();
    assert!(
        said.contains("--ca-file")
            && said.contains(host.as_str())
            && said.contains("UnknownIssuer"),
        "{said}"
    );

    let given = HttpOptions {
        ca_file: Some(format!("{FIXTURES}/authority.pem").into()),
        ..HttpOptions::default()
    };
    let answer = HttpTransport::new(&host, given.clone()).unwrap().send(get("/x")).await.unwrap();
    assert_eq!(answer.body(), "{}");

    let other = Host::parse(&format!("https://localhost:{port}")).unwrap();
    let error = HttpTransport::new(&other, given).unwrap().send(get("/x")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Certificate);
    assert!(error.to_string().contains("check the host name"), "{error}");
}

#[test]
fn a_file_without_authorities_is_named() {
    let host = Host::parse("x.com").unwrap();
    for (file, reason) in [("server.key", "no certificate"), ("missing.pem", "--ca-file")] {
        let options = HttpOptions {
            ca_file: Some(format!("{FIXTURES}/{file}").into()),
            ..HttpOptions::default()
        };
        let error = HttpTransport::new(&host, options).err().unwrap();
        assert_eq!(error.kind(), TransportErrorKind::Certificate);
        let said = error.to_string();
        assert!(said.contains(file) && said.contains(reason), "{said}");
    }
}

#[tokio::test]
async fn the_length_of_nothing_is_told_where_something_might_be_sent() {
    for method in [Method::PUT, Method::PATCH, Method::POST] {
        let (host, heard) =
            serve(Ok(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec())).await;
        let transport = HttpTransport::new(&host, HttpOptions::default()).unwrap();
        let mut request = get("/api/2.0/x");
        *request.method_mut() = method.clone();
        transport.send(request).await.unwrap();
        let heard = heard.lock().unwrap().to_lowercase();
        assert!(heard.contains("content-length: 0"), "{method}: {heard}");
    }
}
