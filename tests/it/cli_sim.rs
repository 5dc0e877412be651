//! The simulated workspace as a program: one line when ready, kept or not, and refusing what it cannot be.

use std::fs;
use std::io::Read as _;

use serde_json::{Value, json};

use crate::cli_shell::{SMALL, Shell, Sim, signal};

#[test]
fn it_says_where_it_is_and_nothing_else() {
    let shell = Shell::new();
    let mut child = shell.start(&["sim", "--quiet"]);
    let mut line = vec![0; 64];
    let mut out = child.stdout.take().unwrap();
    let length = out.read(&mut line).unwrap();
    let line = String::from_utf8(line[..length].to_vec()).unwrap();
    let port: u16 = line.trim().strip_prefix("http://127.0.0.1:").unwrap().parse().unwrap();
    assert!(port > 0 && line.ends_with('\n'));
    signal(&child, "INT");
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), rest.as_str()), (Some(0), ""));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

#[test]
fn what_it_holds_is_there_when_it_starts_again() {
    let shell = Shell::new();
    let data = shell.path("data").display().to_string();
    let sim = Sim::start(&["--data", &data, "--seed", "scale:users=1"]);
    let created = sim.call("POST", "/api/2.2/jobs/create", &json!({"name": "kept"}));
    sim.end();
    assert!(shell.path("data").is_dir());
    let sim = Sim::start(&["--data", &data]);
    let jobs = sim.call("GET", "/api/2.2/jobs/list", &Value::Null);
    assert_eq!(jobs["jobs"][0]["settings"]["name"], "kept");
    assert_eq!(jobs["jobs"][0]["job_id"], created["job_id"], "it is the same job");
    let users = sim.call("GET", "/api/2.0/preview/scim/v2/Users?attributes=userName", &Value::Null);
    assert!(users.to_string().contains("user-00000@scale.example"), "{users}");
    sim.end();
    fs::write(shell.path("data/workspace.json"), "{}").unwrap();
    shell.run(&["sim", "--data", &data]).exits(1).prints_nothing().says(&["workspace.json"]);
}

#[test]
fn a_snapshot_is_a_seed() {
    let shell = Shell::new();
    shell.put_snapshot("snapshot");
    let dir = shell.path("snapshot").display().to_string();
    let sim = Sim::start(&["--seed", &dir, "--workspace", "2"]);
    let shell = Shell::with_snapshot(&sim);
    shell
        .run(&["plan", "snapshot", "--detailed-exitcode"])
        .exits(0)
        .prints(&["No changes; 23 in sync"]);
    shell.run(&["export", "-o", "mine"]).exits(0);
    shell.run(&["diff", "snapshot", "mine"]).exits(0);
    shell.edit("snapshot/objects/job/job-00000.yaml", "num_workers: 1", "num_workers: 9");
    shell
        .run(&["sim", "--seed", "snapshot"])
        .exits(4)
        .prints_nothing()
        .says(&["job-00000.yaml", "digest"]);
}

#[test]
fn what_it_cannot_be_is_refused() {
    let shell = Shell::new();
    for (text, words) in [
        ("rules:\n- {on: \"*\", nht: 3}\n", "nht"),
        ("rulez: []\n", "rulez"),
        ("rules:\n- {on: \"*\", do: explode}\n", "explode"),
        ("rules: [\n", "line"),
        ("rules: []\nrules: []\n", "line 2"),
    ] {
        shell.write("faults.yaml", text);
        shell
            .run(&["sim", "--faults", "faults.yaml"])
            .exits(4)
            .prints_nothing()
            .says(&["faults.yaml", words]);
    }
    shell.run(&["sim", "--faults", "gone.yaml"]).exits(1).prints_nothing().says(&["gone.yaml"]);
    let sim = Sim::empty();
    let taken = shell.run(&["sim", "--port", sim.port()]).exits(1).prints_nothing();
    taken.says(&[sim.port(), "in use", "--port"]);
}

#[test]
fn published_limits_are_kept_and_borne() {
    let sim = Sim::start(&["--seed", SMALL, "--limits", "published"]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "snapshot"]).exits(0).prints(&["4  jobs"]);
}
