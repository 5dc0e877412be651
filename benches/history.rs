//! How long it takes to look back: `log` and `blame` of single objects over a history of revisions.
//!
//! `cargo bench --bench history` prints one table for a small snapshot; `-- --full` makes it one of 100,000
//! objects, and `-- --objects N --revisions N` any other. Snapshots are written through the store and
//! committed with git; each revision touches a few objects. Nothing is asserted about time: machines differ.

#![expect(clippy::print_stdout, reason = "the table is what it is run for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at once")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use brickform::model::{
    Address, Content, ContentFormat, Grant, KindMark, Layout, Resource, Snapshot,
};
use brickform::store::BlobStore;
use brickform::store::snapshot_dir::{ObservedFacts, write};
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_brickform");

/// How many notebooks stand in one directory.
const CROWD: usize = 30;

/// The number behind an argument, or what holds without it.
fn number(name: &str, otherwise: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(otherwise, |number| number.parse().unwrap())
}

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"])
        .args(args)
        .current_dir(dir)
        .env("GIT_AUTHOR_NAME", "Bench")
        .env("GIT_AUTHOR_EMAIL", "bench@acme.example")
        .env("GIT_COMMITTER_NAME", "Bench")
        .env("GIT_COMMITTER_EMAIL", "bench@acme.example")
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "git {args:?}");
}

fn job(number: usize, version: usize) -> Resource {
    let grant = Grant { principal: Address::new("group", "data"), level: "CAN_MANAGE".to_owned() };
    Resource {
        address: Address::new("job", format!("job-{number:06}")),
        spec: json!({
            "name": format!("job-{number:06}"),
            "max_concurrent_runs": version + 1,
            "tags": {"team": format!("team-{}", number % 50), "layer": "silver"},
            "schedule": {"quartz_cron_expression": "0 0 2 * * ?", "timezone_id": "UTC"},
            "tasks": [{"task_key": "main", "timeout_seconds": 600, "max_retries": 2}],
        }),
        grants: Some([grant].into()),
        content: None,
    }
}

fn directory(number: usize) -> Resource {
    Resource {
        address: Address::new("directory", format!("/Shared/project-{number:05}")),
        spec: json!({}),
        grants: Some([].into()),
        content: None,
    }
}

fn notebook(number: usize, version: usize, blobs: &BlobStore) -> Resource {
    let mut text = format!("# Databricks notebook source\nprint({number})\n");
    (0..=version).for_each(|version| text.push_str(&format!("print('version {version}')\n")));
    let digest = blobs.put(text.as_bytes()).unwrap();
    Resource {
        address: Address::new(
            "notebook",
            format!("/Shared/project-{:05}/notebook-{number:06}", number / CROWD),
        ),
        spec: json!({"language": "PYTHON"}),
        grants: Some([].into()),
        content: Some(Content { format: ContentFormat::Source, digest, size: text.len() as u64 }),
    }
}

/// A snapshot that grows older.
struct Backup {
    snapshot: Snapshot,
    blobs: BlobStore,
    dir: tempfile::TempDir,
}

impl Backup {
    /// One object in twenty is a job; the others are notebooks and their directories.
    fn of(objects: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let blobs = BlobStore::new(dir.path().join("blobs"));
        let jobs = (objects / 20).max(1);
        let notebooks = (objects - jobs) * CROWD / (CROWD + 1);
        let all = (0..jobs)
            .map(|number| job(number, 0))
            .chain((0..notebooks.div_ceil(CROWD)).map(directory))
            .chain((0..notebooks).map(|number| notebook(number, 0, &blobs)));
        let resources = all.map(|one| (one.address.clone(), one)).collect();
        let mut snapshot = Snapshot { resources, ..Snapshot::default() };
        for (kind, layout) in
            [("job", Layout::Objects), ("directory", Layout::Directory), ("notebook", Layout::File)]
        {
            let mark = KindMark {
                layout,
                count: snapshot.of_kind(kind).count(),
                digest: snapshot.kind_digest(kind),
                complete: true,
                evidence: String::new(),
            };
            snapshot.kinds.insert(kind.to_owned(), mark);
        }
        Self { snapshot, blobs, dir }
    }

    fn repository(&self) -> std::path::PathBuf {
        self.dir.path().join("repository")
    }

    fn touch(&mut self, resource: Resource) {
        let kind = resource.address.kind.clone();
        self.snapshot.resources.insert(resource.address.clone(), resource);
        let digest = self.snapshot.kind_digest(&kind);
        self.snapshot.kinds.get_mut(&kind).unwrap().digest = digest;
    }

    fn commit(&self, subject: &str) {
        let dir = self.repository().join("snapshot");
        write(&dir, &self.snapshot, &self.blobs, &ObservedFacts::default()).unwrap();
        git(&self.repository(), &["add", "-A"]);
        git(&self.repository(), &["commit", "-q", "-m", subject]);
    }
}

/// Runs a command in the repository and prints how long it took.
fn measure(backup: &Backup, args: &[&str], revisions: usize) {
    let start = Instant::now();
    let output = Command::new(BINARY)
        .args(args)
        .current_dir(backup.repository())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let wall = start.elapsed().as_secs_f64();
    assert!(output.status.success(), "{args:?}: {output:?}");
    let lines = output.stdout.split(|byte| *byte == b'\n').count() - 1;
    let each = wall / revisions as f64;
    let shown = args.join(" ");
    println!("{shown:<62} {lines:>4} lines {wall:>8.3} s {each:>9.4} s a revision");
}

fn main() {
    let full = std::env::args().any(|argument| argument == "--full");
    let objects = number("--objects", if full { 100_000 } else { 2_000 });
    let revisions = number("--revisions", 30);
    let mut backup = Backup::of(objects);
    std::fs::create_dir(backup.repository()).unwrap();
    git(&backup.repository(), &["init", "-q"]);
    let start = Instant::now();
    backup.commit("revision 0");
    for revision in 1..revisions {
        // One object of each kind that changes always, and some that change once.
        backup.touch(job(0, revision));
        backup.touch(job(1 + revision, 1));
        let texts =
            [notebook(0, revision, &backup.blobs), notebook(CROWD * revision, 1, &backup.blobs)];
        texts.into_iter().for_each(|text| backup.touch(text));
        backup.commit(&format!("revision {revision}"));
    }
    let count = backup.snapshot.resources.len();
    println!(
        "{count} objects, {revisions} revisions, made in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    let quiet = backup.snapshot.of_kind("notebook").last().unwrap().address.to_string();
    for address in ["job:job-000000", "notebook:/Shared/project-00000/notebook-000000", &quiet] {
        measure(&backup, &["log", address], revisions);
        measure(&backup, &["log", "-p", address], revisions);
        measure(&backup, &["blame", address], revisions);
    }
}
