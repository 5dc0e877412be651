//! Commands that only look: against a server that takes note of everything, none so much as tries to write.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use brickform::sim::{self, Workspace};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::cli_shell::{SMALL, Shell, TOKEN};

/// A workspace that answers reads, and any write with 500; it takes note of both.
pub(crate) struct Guard {
    pub(crate) url: String,
    seen: Notes,
    _stop: oneshot::Sender<()>,
}

type Notes = Arc<Mutex<Vec<(String, String)>>>;

/// Calls that are no `GET` and read all the same.
const READING: &[(&str, &str)] =
    &[("POST", "/api/2.0/mlflow/experiments/search"), ("POST", "/api/2.0/mlflow/runs/search")];

fn is_read(method: &str, path: &str) -> bool {
    matches!(method, "GET" | "HEAD") || READING.contains(&(method, path))
}

async fn answer(State((workspace, seen)): State<(Workspace, Notes)>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
    let reads = is_read(&method, &path);
    seen.lock().unwrap().push((method, path));
    if reads {
        let body = to_bytes(body, usize::MAX).await.unwrap();
        return workspace.call(Request::from_parts(head, body)).await.map(Body::from);
    }
    Response::builder().status(500).body(Body::from("this is a write")).unwrap()
}

impl Guard {
    /// Stands before a workspace that holds something.
    pub(crate) fn before(seed: u64, what: &str) -> Self {
        let what = what.parse().unwrap();
        let (seen, (tell, told), (stop, stopped)) =
            (Notes::default(), mpsc::channel(), oneshot::channel());
        let notes = seen.clone();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let options =
                    sim::Options { seed, token: TOKEN.to_owned(), ..sim::Options::default() };
                let workspace = Workspace::new(options);
                sim::seed::plant(&workspace, &what).await.unwrap();
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let listener = tokio::net::TcpListener::bind(address).await.unwrap();
                tell.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                let app = Router::new().fallback(answer).with_state((workspace, notes));
                tokio::select! {
                    served = axum::serve(listener, app) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        let url = told.recv_timeout(Duration::from_secs(60)).unwrap();
        Self { url, seen, _stop: stop }
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// What a command may do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Talks {
    /// It reads the workspace.
    Reads,
    /// It asks nobody anything.
    Not,
}

use Talks::{Not, Reads};

/// Every command that only looks: what it may do, its exit code, and its arguments.
const LOOKING: &[(Talks, i32, &[&str])] = &[
    (Reads, 0, &["export", "-o", "target"]),
    (Reads, 0, &["export", "-o", "part", "--only", "job", "--no-acls"]),
    (Reads, 0, &["plan", "snapshot"]),
    (Reads, 0, &["plan", "snapshot", "-o", "plan.json", "--pause-jobs"]),
    (Reads, 2, &["plan", "snapshot", "--detailed-exitcode", "--format", "json"]),
    (Reads, 2, &["verify", "snapshot"]),
    (Reads, 2, &["verify", "snapshot", "--allow-extra", "--format", "markdown"]),
    (Reads, 0, &["verify", "target"]),
    (Not, 0, &["show", "plan.json"]),
    (Not, 0, &["show", "plan.json", "--format", "markdown"]),
    (Not, 2, &["diff", "snapshot", "target"]),
    (Not, 0, &["diff", "target", "target", "--format", "json"]),
    (Not, 0, &["validate", "snapshot"]),
    (Not, 0, &["rehearse", "plan.json", "--target-snapshot", "target"]),
    (Not, 0, &["rehearse", "plan.json", "--target-snapshot", "target", "--chaos=2"]),
    (Not, 0, &["kinds"]),
];

#[test]
fn commands_that_only_look_never_try_to_write() {
    let guard = Guard::before(2, "scale:users=3,notebooks=3,folders=1,jobs=2,policies=1,pools=1");
    let shell = Shell::new().with("DATABRICKS_HOST", &guard.url).with("DATABRICKS_TOKEN", TOKEN);
    shell.put_snapshot("snapshot");
    for (talks, exit, args) in LOOKING {
        shell.run(args).exits(*exit);
        let asked = guard.asked();
        let writes: Vec<_> = asked.iter().filter(|(method, path)| !is_read(method, path)).collect();
        assert!(writes.is_empty(), "{args:?} tries to write: {writes:?}");
        let found = if asked.is_empty() { Not } else { Reads };
        assert_eq!(found, *talks, "{args:?} asked {asked:?}");
    }
    assert!(!shell.path("plan.json.journal").exists());
}

#[test]
fn a_workspace_that_equals_the_snapshot_is_left_alone_too() {
    let guard = Guard::before(1, SMALL);
    let shell = Shell::new().with("DATABRICKS_HOST", &guard.url).with("DATABRICKS_TOKEN", TOKEN);
    shell.put_snapshot("snapshot");
    shell.run(&["verify", "snapshot"]).exits(0);
    shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(0);
    assert!(guard.asked().iter().all(|(method, path)| is_read(method, path)));
}

#[test]
fn the_guard_would_have_noticed() {
    let guard = Guard::before(2, "empty");
    let shell = Shell::new().with("DATABRICKS_HOST", &guard.url).with("DATABRICKS_TOKEN", TOKEN);
    shell.put_snapshot("snapshot");
    shell.run(&["plan", "snapshot", "-o", "plan.json", "--only", "user"]).exits(0);
    let planned: Value = serde_json::from_str(&shell.read("plan.json")).unwrap();
    assert!(!planned["steps"].as_array().unwrap().is_empty());
    guard.asked();
    shell.run(&["apply", "plan.json"]).exits(1);
    assert!(guard.asked().iter().any(|(method, path)| !is_read(method, path)));
}
