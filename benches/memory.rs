//! How much memory whole commands take at their peak: what grows with the number of objects, and that
//! contents, values of metrics and files do not count.
//!
//! Each command runs as a process of its own, beside a simulated workspace that is another one. The figure
//! is the high-water mark the kernel keeps (`VmHWM`), so this runs on Linux only. `--runs` leaves out the
//! notebooks.

#![expect(clippy::print_stdout, reason = "the table is what it is run for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at once")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_brickform");
const TOKEN: &str = "dapi-benchmark";

/// A simulated workspace in a process of its own.
struct Sim {
    child: Child,
    url: String,
}

impl Sim {
    fn start(workspace: &str, seed: &str) -> Self {
        let mut child = Command::new(BINARY)
            .args([
                "sim",
                "--port",
                "0",
                "--token",
                TOKEN,
                "--workspace",
                workspace,
                "--seed",
                seed,
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    /// Calls it without the program's client.
    fn call(&self, method: &str, path: &str, body: &[u8]) -> Value {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    fn post(&self, call: &str, body: &Value) -> Value {
        self.call("POST", &format!("/api/2.0/mlflow/{call}"), body.to_string().as_bytes())
    }

    /// Logs a run that left one file.
    fn log_file(&self, mebibytes: usize) {
        let body = json!({"name": "/Shared/large", "artifact_location": "mlflow-artifacts:/large"});
        let made = self.post("experiments/create", &body);
        let body =
            json!({"experiment_id": made["experiment_id"], "start_time": 1_747_440_000_000_i64});
        let made = self.post("runs/create", &body);
        let run = made["run"]["info"]["run_id"].as_str().unwrap();
        let place = format!("/api/2.0/mlflow-artifacts/artifacts/large/{run}/artifacts/model.bin");
        self.call("PUT", &place, &vec![7; mebibytes << 20]);
        self.post(
            "runs/update",
            &json!({"run_id": run, "status": "FINISHED", "end_time": 1_747_440_009_000_i64}),
        );
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs a command against a simulated workspace and prints its peak memory and time.
///
/// What it remembers of a workspace stays in a home of its own.
fn run(what: &str, size: &str, home: &Path, sim: &Sim, arguments: &[&str]) {
    let start = Instant::now();
    let mut child = Command::new(BINARY)
        .args(arguments)
        .args(["--host", &sim.url, "--limits", "none", "--quiet"])
        .env("DATABRICKS_TOKEN", TOKEN)
        .current_dir(home)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kib(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{what} ended with {status}");
    let (mib, seconds) = (peak as f64 / 1024.0, start.elapsed().as_secs_f64());
    println!("{what:<8} {size:<28} {mib:>8.1} MiB {seconds:>8.2} s");
}

/// Moves what a workspace holds to an empty one.
fn story(dir: &Path, size: &str, source: Sim) {
    let home = dir.join(size.replace(' ', "-"));
    std::fs::create_dir(&home).unwrap();
    let (snapshot, plan) = (home.join("snapshot"), home.join("plan.json"));
    let (snapshot, plan) = (snapshot.to_str().unwrap(), plan.to_str().unwrap());
    let run = |what: &str, sim: &Sim, arguments: &[&str]| run(what, size, &home, sim, arguments);
    run("export", &source, &["export", "-o", snapshot]);
    drop(source);
    let target = Sim::start("2", "empty");
    run("plan", &target, &["plan", snapshot, "-o", plan]);
    run("apply", &target, &["apply", plan, "--yes"]);
    run("replan", &target, &["plan", snapshot, "-o", plan]);
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    if !std::env::args().any(|argument| argument == "--runs") {
        for notebooks in [1_000, 4_000] {
            let folders = notebooks / 10;
            let seed = format!(
                "scale:users=100,groups=10,members=100,notebooks={notebooks},folders={folders},clusters=40,jobs=300,pools=3,policies=3"
            );
            story(dir.path(), &format!("{notebooks} notebooks"), Sim::start("1", &seed));
        }
    }
    // More runs, then more values.
    let sizes = [
        (1_000, 1, 5),
        (10_000, 1, 5),
        (100_000, 1, 5),
        (1_000, 20, 5),
        (4_000, 20, 5),
        (4_000, 20, 50),
    ];
    for (runs, metrics, steps) in sizes {
        let seed = format!("scale:experiments=10,runs={runs},metrics={metrics},steps={steps}");
        let size = format!("{runs} runs of {} values", metrics * steps);
        story(dir.path(), &size, Sim::start("1", &seed));
    }
    for mebibytes in [1, 256] {
        let source = Sim::start("1", "empty");
        source.log_file(mebibytes);
        story(dir.path(), &format!("a file of {mebibytes} MiB"), source);
    }
}
