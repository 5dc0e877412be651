//! How much memory whole commands take at their peak, and that it does not grow with the number of notebooks.
//!
//! Each command runs as a process of its own, beside a simulated workspace that is another one. The figure
//! is the high-water mark the kernel keeps (`VmHWM`), so this runs on Linux only.

#![expect(clippy::print_stdout, reason = "the table is what it is run for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at once")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_brickform");
const TOKEN: &str = "dapi-benchmark";

/// A simulated workspace in a process of its own.
struct Sim {
    child: Child,
    url: String,
}

impl Sim {
    fn start(seed: &str) -> Self {
        let mut child = Command::new(BINARY)
            .args(["sim", "--port", "0", "--token", TOKEN, "--seed", seed])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
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
fn run(what: &str, notebooks: usize, sim: &Sim, arguments: &[&str]) {
    let start = Instant::now();
    let mut child = Command::new(BINARY)
        .args(arguments)
        .args(["--host", &sim.url, "--limits", "none", "--quiet"])
        .env("DATABRICKS_TOKEN", TOKEN)
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
    println!("{what:<8} {notebooks:>7} notebooks {mib:>8.1} MiB {seconds:>8.2} s");
}

fn story(dir: &Path, notebooks: usize) {
    let folders = notebooks / 10;
    let seed = format!(
        "scale:users=100,groups=10,members=100,notebooks={notebooks},folders={folders},clusters=40,jobs=300,pools=3,policies=3"
    );
    let (snapshot, plan) = (dir.join(notebooks.to_string()), dir.join(format!("{notebooks}.json")));
    let (snapshot, plan) = (snapshot.to_str().unwrap(), plan.to_str().unwrap());
    let source = Sim::start(&seed);
    run("export", notebooks, &source, &["export", "-o", snapshot]);
    drop(source);
    let target = Sim::start("empty");
    run("plan", notebooks, &target, &["plan", snapshot, "-o", plan]);
    run("apply", notebooks, &target, &["apply", plan, "--yes"]);
    run("replan", notebooks, &target, &["plan", snapshot, "-o", plan]);
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    for notebooks in [1_000, 4_000] {
        story(dir.path(), notebooks);
    }
}
