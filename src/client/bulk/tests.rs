use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::super::auth::Host;
use super::super::script::{Line, Script, text};
use super::super::{Call, HttpOptions, HttpTransport, Kind, Patience, Session, SessionOptions};
use super::*;

const MIB: u64 = 1 << 20;
const LARGE: u64 = 64 * MIB;

/// Bytes that count how many of them were read, and fail at one of them.
#[derive(Clone)]
struct Counted {
    size: u64,
    fails_at: u64,
    read: Arc<AtomicU64>,
}

impl Counted {
    fn of(size: u64) -> Self {
        Self { size, fails_at: u64::MAX, read: Arc::default() }
    }

    fn read(&self) -> u64 {
        self.read.load(Ordering::SeqCst)
    }
}

impl Upload for Counted {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.read.store(0, Ordering::SeqCst);
        Ok(Box::new(self.clone()))
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.read.load(Ordering::SeqCst);
        if at >= self.fails_at {
            return Err(io::Error::other("the disk is gone"));
        }
        let count = buffer.len().min(usize::try_from(self.size - at).unwrap());
        buffer[..count].fill(7);
        self.read.fetch_add(count as u64, Ordering::SeqCst);
        Ok(count)
    }
}

/// What arrived, unless it is too much.
#[derive(Default)]
struct Arrived {
    bytes: u64,
    start: Vec<u8>,
    largest: usize,
    restarts: usize,
    room: Option<u64>,
    seen: Arc<AtomicU64>,
}

impl Download for Arrived {
    fn restart(&mut self) -> io::Result<()> {
        (self.bytes, self.start, self.restarts) = (0, Vec::new(), self.restarts + 1);
        Ok(())
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        self.bytes += piece.len() as u64;
        if self.room.is_some_and(|room| self.bytes > room) {
            return Err(io::Error::other("no space left"));
        }
        let room = 100_usize.saturating_sub(self.start.len()).min(piece.len());
        self.start.extend_from_slice(&piece[..room]);
        self.largest = self.largest.max(piece.len());
        self.seen.store(self.bytes, Ordering::SeqCst);
        Ok(())
    }
}

/// A session that talks over the network to whatever answers there.
async fn session() -> (Session, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let transport = HttpTransport::new(&host, HttpOptions::default()).unwrap();
    let patience = Patience { first_wait: Duration::from_millis(1), ..Patience::default() };
    let options = SessionOptions { patience, ..SessionOptions::default() };
    (Session::new(Arc::new(transport), options), listener)
}

/// Takes the next connection and reads a request's head.
async fn heard(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.unwrap()));
    }
    (stream, head)
}

fn put(upload: &Counted) -> Call {
    Call::put("/files/a").upload(Arc::new(upload.clone()), "application/octet-stream")
}

async fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain");
}

#[tokio::test]
async fn an_upload_is_read_as_it_is_taken() {
    let (session, listener) = session().await;
    let upload = Counted::of(LARGE);
    let server = tokio::spawn({
        let upload = upload.clone();
        async move {
            let (mut stream, head) = heard(&listener).await;
            let length = format!("content-length: {LARGE}\r\n");
            assert!(head.contains(&length) && !head.contains("chunked"), "{head}");
            // What nobody takes is not read, but for what the connection holds.
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(upload.read() < LARGE / 2, "{} bytes are read ahead", upload.read());
            let mut left = LARGE;
            let mut buffer = vec![0; 1 << 16];
            while left > 0 {
                left -= stream.read(&mut buffer).await.unwrap() as u64;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        }
    });
    session.send(&put(&upload)).await.unwrap();
    server.await.unwrap();
    assert_eq!(upload.read(), LARGE);
}

#[tokio::test]
async fn a_download_is_passed_on_as_it_arrives() {
    let (session, listener) = session().await;
    let mut arrived = Arrived::default();
    let seen = arrived.seen.clone();
    let server = tokio::spawn(async move {
        let (mut stream, _) = heard(&listener).await;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![7; 1 << 20];
        for number in 1..=LARGE / MIB {
            stream.write_all(&piece).await.unwrap();
            // Whoever waits for all of it gets no more than the first mebibytes.
            if number % 8 == 0 {
                until(|| seen.load(Ordering::SeqCst) == number * MIB).await;
            }
        }
    });
    session.download(&Call::get("/files/a"), &mut arrived).await.unwrap();
    server.await.unwrap();
    assert_eq!((arrived.bytes, arrived.restarts), (LARGE, 1));
    assert!(arrived.largest <= 1 << 20, "{}", arrived.largest);
}

#[tokio::test]
async fn a_download_that_was_cut_off_begins_anew() {
    let (session, listener) = session().await;
    let server = tokio::spawn(async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n";
        for body in [&b"what is"[..], b"here", b"all of it"] {
            let (mut stream, _) = heard(&listener).await;
            stream.write_all(&[head, body].concat()).await.unwrap();
        }
    });
    let mut arrived = Arrived::default();
    session.download(&Call::get("/files/a"), &mut arrived).await.unwrap();
    server.await.unwrap();
    assert_eq!((arrived.start.as_slice(), arrived.restarts), (&b"all of it"[..], 3));
}

#[tokio::test(start_paused = true)]
async fn each_attempt_carries_all_of_an_upload() {
    let lost = Line::Lost(TransportErrorKind::Interrupted);
    let script = Script::new([text(503, &[], ""), lost, text(200, &[], "")]);
    let session = Session::new(script.clone(), SessionOptions::default());
    session.send(&put(&Counted::of(100_000))).await.unwrap();
    for attempt in 0..3 {
        assert_eq!(script.request(attempt).body().len(), 100_000, "attempt {attempt}");
    }
    assert_eq!(script.header("content-type"), ["application/octet-stream"; 3]);
}

#[tokio::test(start_paused = true)]
async fn what_refuses_and_what_is_a_page_are_no_download() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    let html = ("content-type", "text/html");
    let attached = [html, ("content-disposition", "attachment; filename=a.html")];
    let script =
        Script::new([text(200, &[html], page), text(404, &[], "{}"), text(200, &attached, page)]);
    let session = Session::new(script, SessionOptions::default());
    let (call, mut arrived) = (Call::get("/files/a.html"), Arrived::default());
    for kind in [Kind::NotJson, Kind::NotFound] {
        let error = session.download(&call, &mut arrived).await.unwrap_err();
        assert_eq!((error.kind(), arrived.restarts), (kind, 0));
        assert_eq!(error.to_string().contains("Sign in"), kind == Kind::NotJson, "{error}");
    }
    session.download(&call, &mut arrived).await.unwrap();
    assert_eq!(arrived.start, page.as_bytes());
}

#[tokio::test]
async fn a_page_that_comes_over_the_network_is_none_either() {
    let (session, listener) = session().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = heard(&listener).await;
        let page = "<html><title>Sign in</title></html>";
        let length = page.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}");
        stream.write_all(format!("{head}\r\n\r\n{page}").as_bytes()).await.unwrap();
    });
    let mut arrived = Arrived::default();
    let error = session.download(&Call::get("/files/a"), &mut arrived).await.unwrap_err();
    server.await.unwrap();
    assert_eq!((error.kind(), arrived.bytes, arrived.restarts), (Kind::NotJson, 0, 0));
    assert!(error.to_string().contains("Sign in"), "{error}");
}

#[tokio::test]
async fn a_file_of_this_machine_that_fails_is_said_and_not_tried_again() {
    let (session, listener) = session().await;
    let server = tokio::spawn(async move {
        // The upload stops in the middle, the download comes whole.
        let (mut stream, _) = heard(&listener).await;
        let mut buffer = vec![0; 1 << 16];
        while stream.read(&mut buffer).await.unwrap_or(0) > 0 {}
        let (mut stream, _) = heard(&listener).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nall of it";
        stream.write_all(answer).await.unwrap();
    });
    let broken = Counted { fails_at: MIB, ..Counted::of(4 * MIB) };
    let error = session.send(&put(&broken)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Local, 1), "{error}");
    assert!(error.to_string().contains("the disk is gone"), "{error}");

    let mut full = Arrived { room: Some(5), ..Arrived::default() };
    let error = session.download(&Call::get("/files/a"), &mut full).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Local, 1), "{error}");
    assert!(error.to_string().contains("no space left"), "{error}");
    server.await.unwrap();
}
