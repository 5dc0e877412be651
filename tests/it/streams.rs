//! Large files and long metrics of runs pass through: no command ever holds one whole.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli_shell::{Shell, Sim, TOKEN};

const MEBIBYTES: usize = 64;

/// Logs a run that left one file, which the server carries itself.
fn log_file(sim: &Sim, bytes: &[u8]) {
    let post =
        |call: &str, body: &Value| sim.call("POST", &format!("/api/2.0/mlflow/{call}"), body);
    let body = json!({"name": "/Shared/large", "artifact_location": "mlflow-artifacts:/large"});
    let made = post("experiments/create", &body);
    let start = 1_747_440_000_000_i64;
    let body = json!({"experiment_id": made["experiment_id"], "start_time": start});
    let made = post("runs/create", &body);
    let run = made["run"]["info"]["run_id"].as_str().unwrap();
    put(sim, &format!("large/{run}/artifacts/model.bin"), bytes);
    let end = json!({"run_id": run, "status": "FINISHED", "end_time": start + 9_000});
    post("runs/update", &end);
}

fn put(sim: &Sim, path: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(sim.url().trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "PUT /api/2.0/mlflow-artifacts/artifacts/{path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\
         Authorization: Bearer {TOKEN}\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    )
    .unwrap();
    stream.write_all(bytes).unwrap();
    let answer = std::io::read_to_string(stream).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// The most memory that a command had at a time, in mebibytes.
fn peak(shell: &Shell, args: &[&str]) -> usize {
    let mut command = shell.command(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let place = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let status = fs::read_to_string(&place).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kibibytes.unwrap_or(0) / 1024);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{args:?} ended with {status}");
            assert!(peak > 0, "{args:?} was never seen");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The peaks of an export and of an apply that move the only run of a workspace.
fn peaks(source: &Sim) -> [usize; 2] {
    let target = Sim::empty();
    let shell = Shell::at(source);
    let export = peak(&shell, &["export", "-o", "snapshot"]);
    let shell = shell.with("DATABRICKS_HOST", target.url());
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    let apply = peak(&shell, &["apply", "plan.json"]);
    // Every byte is there.
    shell.run(&["export", "-o", "again"]).exits(0);
    let blobs = |name: &str| {
        let files = crate::cli_shell::tree(&shell.path(name).join("blobs"));
        files.into_iter().map(|(path, (_, bytes))| (path, bytes.len())).collect::<Vec<_>>()
    };
    assert_eq!((blobs("again").len(), blobs("again")), (1, blobs("snapshot")));
    [export, apply]
}

/// Moves a small and a large run; the large one may take a few mebibytes more, and no more.
#[track_caller]
fn takes_no_more(small: &Sim, large: &Sim) {
    let (small, large) = (peaks(small), peaks(large));
    for (at, what) in ["export", "apply"].iter().enumerate() {
        let (small, large) = (small[at], large[at]);
        assert!(large < small + MEBIBYTES / 4, "{what}: {small} MiB became {large} MiB");
    }
}

#[test]
fn a_large_file_takes_no_more_memory_than_a_small_one() {
    let [small, large] = [1, MEBIBYTES << 20].map(|size| {
        let sim = Sim::start(&[]);
        log_file(&sim, &vec![7; size]);
        sim
    });
    takes_no_more(&small, &large);
}

#[test]
fn a_long_metric_takes_no_more_memory_than_a_short_one() {
    let [small, large] = [10, 40_000].map(|steps| {
        let size = format!("scale:experiments=1,runs=1,metrics=2,steps={steps}");
        Sim::start(&["--seed", &size])
    });
    takes_no_more(&small, &large);
}
