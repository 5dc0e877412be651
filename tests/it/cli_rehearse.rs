//! Rehearsing a plan: what is foretold happens, nothing is written or sent, and what is not known is said.

use std::path::Path;

use brickform::model::{Address, Snapshot};
use brickform::store::BlobStore;
use brickform::store::snapshot_dir::{self, ObservedFacts};
use serde_json::{Value, json};

use crate::cli_shell::{SMALL, Shell, Sim, TOKEN, tree};

const REHEARSE: &[&str] = &["rehearse", "plan.json", "--target-snapshot", "target"];

/// A plan from a snapshot to a workspace, and a snapshot of that workspace.
fn planned(sim: &Sim) -> Shell {
    let shell = Shell::with_snapshot(sim);
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    shell.run(&["export", "-o", "target"]).exits(0);
    shell
}

/// Rehearses with further flags, and reads the report.
#[track_caller]
fn report(shell: &Shell, more: &[&str], exits: i32) -> Value {
    shell.run(&[REHEARSE, more, &["--format", "json"]].concat()).exits(exits).json()
}

/// How many steps of a report ended so.
fn count(report: &Value, outcome: &str) -> usize {
    let steps = report["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["outcome"] == outcome).count()
}

fn codes(report: &Value) -> Vec<&str> {
    let unknown = report["unknown"].as_array().unwrap();
    unknown.iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn what_is_foretold_happens() {
    let sim = Sim::start(&["--workspace", "2", "--limits", "published"]);
    let shell = planned(&sim);
    let before = tree(&shell.path(""));
    let foretold = report(&shell, &["--latency", "20ms"], 0);
    shell.run(REHEARSE).exits(0).prints(&[
        "Rehearsed on a simulated copy of",
        sim.url(),
        "requests in",
        "at 100 ms a request",
        "What a rehearsal cannot know",
        "Would succeed: ",
        "a second plan is empty",
    ]);
    let page = shell.run(&[REHEARSE, &["--format", "markdown"]].concat()).exits(0);
    page.prints(&[
        "## brickform rehearse for",
        "### What a rehearsal cannot know",
        "Would succeed",
    ]);
    assert_eq!(tree(&shell.path("")), before, "a rehearsal writes nothing");
    assert_eq!(foretold, report(&shell, &["--latency", "20ms"], 0), "the same each time");

    assert_eq!(foretold["verdict"], "would-succeed");
    assert_eq!(foretold["second_plan"], json!({"empty": true, "steps": []}));
    assert_eq!(foretold["target"]["host"], sim.url());
    let steps = foretold["steps"].as_array().unwrap().len();
    let done = count(&foretold, "done");
    assert_eq!(done + count(&foretold, "already"), steps);
    let codes = codes(&foretold);
    for code in ["permissions", "quotas", "node-types", "identities", "meanwhile"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    let families = foretold["requests"]["families"].as_object().unwrap();
    let sum: u64 = families.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(foretold["requests"]["total"], sum);
    assert!(families["jobs/create"].as_u64().unwrap() >= 4, "{families:?}");

    let applied = shell.run(&["apply", "plan.json"]).exits(0);
    let sent = applied.err.split(" requests in").next().unwrap();
    let sent: u64 = sent.rsplit([' ', '\n']).next().unwrap().parse().unwrap();
    // The lock, and keeping in mind what was done, come on top.
    assert!((sum..sum + 25).contains(&sent), "{sum}: {}", applied.err);
    let words = format!("{done}  done");
    assert!(applied.out.contains(&words), "{words}: {}", applied.out);
}

#[test]
fn it_needs_no_network() {
    let sim = Sim::empty();
    let shell = planned(&sim);
    sim.end();
    let proxy = "http://127.0.0.1:9";
    let shell =
        shell.with("HTTPS_PROXY", proxy).with("HTTP_PROXY", proxy).with("DATABRICKS_TOKEN", "");
    shell.run(REHEARSE).exits(0);
}

#[test]
fn an_hour_of_waiting_is_not_waited_for() {
    let sim = Sim::empty();
    let shell = planned(&sim);
    let quick = report(&shell, &["--latency", "0ms"], 0)["seconds"].as_f64().unwrap();
    let begun = std::time::Instant::now();
    let slow = report(&shell, &["--latency", "60s", "--concurrency", "1"], 0);
    let foretold = slow["seconds"].as_f64().unwrap();
    assert!(quick < 60.0 && foretold > 3600.0, "{quick} {foretold}");
    assert!(begun.elapsed().as_secs_f64() < foretold, "the clock on the wall is another one");
    shell.run(&[REHEARSE, &["--latency", "20"]].concat()).exits(64).says(&["20ms or 1.5s"]);
}

#[test]
fn chaos_changes_nothing_at_the_end_and_is_the_same_each_time() {
    let sim = Sim::empty();
    let shell = planned(&sim);
    let calm = report(&shell, &[], 0);
    for seed in 1..=6 {
        let flag = format!("--chaos={seed}");
        let stormy = report(&shell, &[&flag], 0);
        assert_eq!(stormy["verdict"], "would-succeed");
        assert_eq!(stormy["chaos"]["seed"], seed);
        assert!(stormy["chaos"]["killed"].as_u64().unwrap() > 0, "seed {seed}");
        assert!(stormy["requests"]["retries"].as_u64().unwrap() > 0, "seed {seed}");
        assert!(stormy["seconds"].as_f64() > calm["seconds"].as_f64());
        if seed < 3 {
            assert_eq!(stormy, report(&shell, &[&flag], 0), "seed {seed}");
        }
    }
    shell
        .run(&[REHEARSE, &["--chaos"]].concat())
        .exits(0)
        .prints(&["Chaos with seed 1: the client was killed"]);
}

/// Writes a snapshot anew after a change that no workspace would have made.
fn rewrite(dir: &Path, change: impl FnOnce(&mut Snapshot)) {
    let read = snapshot_dir::read(dir).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let blobs = BlobStore::new(scratch.path());
    for resource in read.snapshot.resources.values().filter(|one| one.content.is_some()) {
        blobs.put(&read.content(resource).unwrap()).unwrap();
    }
    let mut snapshot = read.snapshot.clone();
    change(&mut snapshot);
    for kind in snapshot.kinds.keys().cloned().collect::<Vec<_>>() {
        let digest = snapshot.kind_digest(&kind);
        snapshot.kinds.get_mut(&kind).unwrap().digest = digest;
    }
    snapshot_dir::write(dir, &snapshot, &blobs, &ObservedFacts::default()).unwrap();
}

#[test]
fn what_would_be_refused_is_foretold() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let policy: Address = "cluster_policy:policy-000".parse().unwrap();
    rewrite(&shell.path("snapshot"), |snapshot| {
        let policy = snapshot.resources.get_mut(&policy).unwrap();
        policy.spec["definition"] = json!("this is no definition");
    });
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    shell.run(&["export", "-o", "target"]).exits(0);
    shell.run(REHEARSE).exits(2).prints(&[
        "failed",
        "create cluster_policy:policy-000",
        "left out: what they need is not there",
        "A second plan would still do this",
        "Would not succeed: ",
    ]);
    let foretold = report(&shell, &[], 2);
    assert_eq!(foretold["verdict"], "would-fail");
    assert_eq!(foretold["second_plan"]["empty"], false);
    let markdown = shell.run(&[REHEARSE, &["--format", "markdown"]].concat()).exits(2);
    markdown.prints(&["### Would fail", "cluster_policy:policy-000"]);
    // And so it happens.
    shell.run(&["apply", "plan.json"]).exits(3);
    let journal = shell.read("plan.json.journal");
    let failed = journal.matches("\"outcome\":\"failed\"").count();
    assert_eq!(failed, count(&foretold, "failed"), "{journal}");
}

#[test]
fn a_target_that_the_plan_did_not_see_is_refused() {
    let sim = Sim::start(&["--workspace", "2", "--seed", SMALL]);
    let shell = Shell::with_snapshot(&sim);
    let policies = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    let policy =
        &policies["policies"].as_array().unwrap().iter().find(|one| one["name"] == "policy-000");
    let edited = |text: &str| json!({"policy_id": policy.unwrap()["policy_id"], "name": "policy-000", "definition": "{}", "description": text});
    sim.call("POST", "/api/2.0/policies/clusters/edit", &edited("before"));
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    sim.call("POST", "/api/2.0/policies/clusters/edit", &edited("after"));
    sim.call(
        "POST",
        "/api/2.0/policies/clusters/create",
        &json!({"name": "new", "definition": "{}"}),
    );
    shell.run(&["export", "-o", "target"]).exits(0);
    shell.run(REHEARSE).exits(4).prints_nothing().says(&[
        "does not show the target as the plan saw it",
        "cluster_policy:policy-000 differs",
        "cluster_policy:new is new",
        "brickform export -o target --host",
        "--anyway",
    ]);
    // The policy is all there is to do.
    let anyway = shell.run(&[REHEARSE, &["--anyway"]].concat()).exits(4).prints_nothing();
    anyway.says(&["nothing of this plan can be rehearsed", "cluster_policy:policy-000 differs"]);
}

#[test]
fn anyway_rehearses_the_rest_and_says_what_not() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let edit = |name: &str| json!({"name": name, "definition": "{}"});
    let made = sim.call("POST", "/api/2.0/policies/clusters/create", &edit("policy-000"));
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    sim.call("POST", "/api/2.0/policies/clusters/delete", &json!({"policy_id": made["policy_id"]}));
    shell.run(&["export", "-o", "target"]).exits(0);
    shell.run(REHEARSE).exits(4).says(&["cluster_policy:policy-000 is not there"]);
    let anyway = report(&shell, &["--anyway"], 0);
    let skipped = count(&anyway, "not_rehearsed");
    assert!(skipped > 1, "jobs that need the policy are not rehearsed either: {anyway:#}");
    assert_eq!(
        skipped + count(&anyway, "done") + count(&anyway, "already"),
        anyway["steps"].as_array().unwrap().len()
    );
    shell.run(&[REHEARSE, &["--anyway"]].concat()).exits(0).prints(&[
        "Not rehearsed, and why",
        "in the target's snapshot, cluster_policy:policy-000 is not there",
    ]);
}

/// A home with profiles for two workspaces.
fn moving(old: &Sim, new: &Sim) -> Shell {
    let shell = Shell::new();
    let profile =
        |name: &str, sim: &Sim| format!("[{name}]\nhost = {}\ntoken = {TOKEN}\n", sim.url());
    shell.write(".databrickscfg", &[profile("old", old), profile("new", new)].concat());
    shell
}

#[test]
fn runs_values_and_files_are_rehearsed_too() {
    let size = "scale:experiments=2,runs=6,metrics=2,steps=3,scopes=2,secrets=4,dbfs=3";
    let old = Sim::start(&["--seed", size]);
    let new = Sim::start(&["--workspace", "2", "--limits", "published"]);
    let shell = moving(&old, &new);
    let export = |name: &str, profile: &str| {
        let args = ["export", "-o", name, "--profile", profile, "--dbfs", "/FileStore"];
        shell.run(&args).exits(0);
    };
    let rehearsed = || {
        export("snapshot", "old");
        shell.run(&["plan", "snapshot", "-o", "plan.json", "--profile", "new"]).exits(0);
        export("target", "new");
        let foretold = report(&shell, &["--latency", "20ms"], 0);
        assert_eq!(foretold["verdict"], "would-succeed", "{foretold:#}");
        assert_eq!(foretold["second_plan"]["empty"], true);
        let steps = foretold["steps"].as_array().unwrap().len();
        assert_eq!(count(&foretold, "done"), steps, "{foretold:#}");
        let families = &foretold["requests"]["families"];
        (steps, ["mlflow", "secrets", "dbfs"].map(|family| families[family].as_u64().unwrap()))
    };
    // Nobody has to give the values for it.
    let (steps, requests) = rehearsed();
    assert_eq!(steps, 17, "11 objects and 2 days are made, 4 of them get rights");
    assert!(requests[0] >= 6 * 4 && requests[1] >= 4 + 2 && requests[2] >= 3 * 2, "{requests:?}");
    let apply = ["apply", "plan.json", "--profile", "new", "--secrets-from", "old"];
    shell.run(&apply).exits(0);

    // What the target has by now is rebuilt: copies of runs, and versions of values.
    for body in [json!({"key": "key-000000"}), json!({"key": "later"})] {
        let mut body = body;
        (body["scope"], body["string_value"]) = (json!("scope-0000"), json!("another"));
        old.call("POST", "/api/2.0/secrets/put", &body);
    }
    let file =
        json!({"path": "/FileStore/libs/step-000000.py", "contents": "eHg=", "overwrite": true});
    old.call("POST", "/api/2.0/dbfs/put", &file);
    let search = json!({"max_results": 10});
    let found = old.call("POST", "/api/2.0/mlflow/experiments/search", &search);
    let experiment = &found["experiments"][0]["experiment_id"];
    let run = json!({"experiment_id": experiment, "start_time": 1_746_057_600_500_i64});
    old.call("POST", "/api/2.0/mlflow/runs/create", &run);
    assert_eq!(rehearsed().0, 4);
    std::fs::remove_file(shell.path("plan.json.journal")).unwrap();
    shell.run(&apply).exits(0);
}

#[test]
fn the_snapshot_of_another_workspace_is_refused() {
    let sim = Sim::empty();
    let shell = planned(&sim);
    let args = ["rehearse", "plan.json", "--target-snapshot", "snapshot", "--anyway"];
    shell.run(&args).exits(4).prints_nothing().says(&[
        "snapshot is a snapshot of",
        "and the plan is for",
        "brickform export -o DIR --host",
    ]);
}

#[test]
fn what_objects_refer_to_is_stood_in_for() {
    let sim = Sim::start(&["--seed", "acme"]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let listed = sim.call("GET", "/api/2.2/jobs/list?limit=100", &Value::Null);
    let jobs = listed["jobs"].as_array().unwrap();
    let job = |name: &str| jobs.iter().find(|job| job["settings"]["name"] == name).unwrap();
    let gone = json!({"job_id": job("nightly-web_events")["job_id"]});
    sim.call("POST", "/api/2.2/jobs/delete", &gone);
    for name in ["one of each", "reports by country"] {
        let job = job(name);
        let settings =
            json!({"job_id": job["job_id"], "new_settings": {"max_concurrent_runs": 99}});
        sim.call("POST", "/api/2.2/jobs/update", &settings);
    }
    shell.run(&["plan", "snapshot", "-o", "plan.json", "--kinds", "job"]).exits(0);
    shell.run(&["export", "-o", "target"]).exits(0);
    let foretold = report(&shell, &[], 0);
    let stood_in =
        foretold["unknown"].as_array().unwrap().iter().find(|one| one["code"] == "stand-ins");
    let stood_in = stood_in.unwrap()["about"].to_string();
    for name in ["sql_warehouse:BI", "alert:Too many open orders", "pipeline:orders live"] {
        assert!(stood_in.contains(name), "{stood_in}");
    }
    let steps = foretold["steps"].as_array().unwrap();
    let outcome = |name: &str| {
        &steps.iter().find(|step| step["address"] == format!("job:{name}")).unwrap()["outcome"]
    };
    assert_eq!(outcome("one of each"), "done");
    assert_eq!(outcome("reports by country"), "done");
    // In the target it refers to a job that is no more, so there can be no copy of it.
    assert_eq!(outcome("everything, once more"), "not_rehearsed");
}
