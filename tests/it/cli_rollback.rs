//! Rollbacks: a run is taken back by a plan that people review, and by nothing else.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::cli_shell::{Ended, SMALL, Shell, Sim, signal, tree, until};

const PLAN: &[&str] = &["plan", "snapshot", "-o", "plan.json"];
const APPLY: &[&str] = &["apply", "plan.json"];
const ROLLBACK: &[&str] = &["rollback", "plan.json", "-o", "undo.json"];
const UNDO: &[&str] = &["apply", "undo.json"];

fn policy(sim: &Sim) -> Value {
    let held = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    let all = held["policies"].as_array().unwrap();
    all.iter().find(|one| one["name"] == "policy-000").unwrap().clone()
}

fn describe(sim: &Sim, description: &str) {
    let found = policy(sim);
    let body = json!({
        "policy_id": found["policy_id"], "name": found["name"],
        "definition": found["definition"], "description": description,
    });
    sim.call("POST", "/api/2.0/policies/clusters/edit", &body);
}

/// What a workspace holds, as an export of it has it; not who exported it.
fn held(sim: &Sim) -> BTreeMap<String, Vec<u8>> {
    let shell = Shell::at(sim);
    shell.run(&["export", "-o", "now"]).exits(0);
    let files = tree(&shell.path("now")).into_iter();
    let is_held = |name: &str| name.contains("objects/") || name.contains("workspace/");
    files.filter(|(name, _)| is_held(name)).map(|(name, (_, bytes))| (name, bytes)).collect()
}

/// A target with a job and a notebook that differ from the snapshot, and other rights.
fn worked_on() -> (Sim, Shell) {
    let sim = Sim::start(&["--workspace", "2", "--seed", SMALL]);
    describe(&sim, "as it was");
    let jobs = sim.call("GET", "/api/2.2/jobs/list", &Value::Null);
    let job = &jobs["jobs"][0];
    let body = json!({"job_id": job["job_id"], "new_settings": {"description": "as it was"}});
    sim.call("POST", "/api/2.2/jobs/update", &body);
    sim.call("POST", "/api/2.2/jobs/delete", &json!({"job_id": jobs["jobs"][1]["job_id"]}));
    let text = json!({
        "path": "/Shared/area-00000/step-000000", "format": "SOURCE", "language": "PYTHON",
        "overwrite": true, "content": "cHJpbnQoMSk=",
    });
    sim.call("POST", "/api/2.0/workspace/import", &text);
    let shell = Shell::with_snapshot(&sim);
    (sim, shell)
}

#[test]
fn what_a_run_did_is_taken_back_by_a_plan() {
    let (sim, shell) = worked_on();
    let before = held(&sim);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    let after = held(&sim);
    assert_ne!(before, after);

    let made = shell.run(ROLLBACK).exits(0);
    let made = made.prints(&["cluster_policy:policy-000", "as it was", "job:job-0000"]);
    made.says(&["nothing was changed", "next: brickform apply undo.json"]);
    assert_eq!(held(&sim), after, "planning writes nothing");
    shell.run(&["show", "undo.json"]).exits(0).prints(&["delete", "undo.json.snapshot"]);
    shell.run(UNDO).exits(0);
    assert_eq!(held(&sim), before);

    // Nothing is left to take back, and the source may be applied again.
    let again = shell.run(&["rollback", "plan.json", "-o", "again.json"]).exits(0);
    again.prints(&["No changes"]).says(&["nothing left to take back"]);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    assert_eq!(held(&sim), after, "the undo is no edit of the target");
}

#[test]
fn what_was_edited_since_stays_until_it_is_asked_for() {
    let (sim, shell) = worked_on();
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    describe(&sim, "edited since");
    shell.run(ROLLBACK).exits(0).prints(&[
        "cluster_policy:policy-000",
        "it was edited after the run changed it (/description)",
        "--overwrite-edits",
    ]);
    shell.run(UNDO).exits(0);
    assert_eq!(policy(&sim)["description"], "edited since");
    fs::remove_file(shell.path("undo.json.journal")).unwrap();
    let all = [ROLLBACK, &["--overwrite-edits"]].concat();
    shell.run(&all).exits(0);
    shell.run(UNDO).exits(0);
    assert_eq!(policy(&sim)["description"], "as it was");
}

#[test]
fn a_run_whose_snapshot_has_moved_on_is_taken_back() {
    let (sim, shell) = worked_on();
    let before = held(&sim);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    fs::remove_dir_all(shell.path("snapshot")).unwrap();
    let made = shell.run(ROLLBACK).exits(0);
    made.says(&["the journal alone has to tell what the run did"]);
    shell.run(UNDO).exits(0);
    assert_eq!(held(&sim), before);
}

#[test]
fn a_run_that_was_killed_is_taken_back() {
    let sim = Sim::start(&["--workspace", "2", "--latency", "30"]);
    let shell = Shell::with_snapshot(&sim);
    let before = held(&sim);
    shell.run(PLAN).exits(0);
    let child = shell.start(APPLY);
    until("some steps are done", || {
        fs::read_to_string(shell.path("plan.json.journal"))
            .is_ok_and(|text| text.matches("\"done\"").count() >= 7)
    });
    signal(&child, "KILL");
    Ended::wait(APPLY, child);
    shell.run(ROLLBACK).exits(0);
    let undo: Value = serde_json::from_str(&shell.read("undo.json")).unwrap();
    let steps = undo["steps"].as_array().unwrap();
    assert!(steps.len() >= 5 && steps.iter().all(|step| step["change"] == "delete"), "{undo:#}");
    shell.run(&["unlock", "--yes"]).exits(0);
    shell.run(UNDO).exits(0);
    assert_eq!(held(&sim), before);
}

#[test]
fn what_is_no_run_is_refused() {
    let (_sim, shell) = worked_on();
    shell.run(PLAN).exits(0);
    let refused = shell.run(ROLLBACK).exits(4).prints_nothing();
    refused.says(&["plan.json was not applied", "plan.json.journal does not exist"]);
    shell.run(APPLY).exits(0);
    let over = shell.run(&["rollback", "plan.json", "-o", "plan.json"]).exits(64);
    over.prints_nothing().says(&["must not be written over"]);

    let journal = shell.read("plan.json.journal");
    let before = journal.lines().find(|line| line.contains("\"before\"")).unwrap();
    let digest = serde_json::from_str::<Value>(&shell.read("plan.json")).unwrap()["digest"].clone();
    let digest = digest.as_str().unwrap();
    let hex = "0".repeat(64);
    for (text, words) in [
        (journal.replace("\"format\":\"1.1\"", "\"format\":\"1.9\""), "journal format 1.9"),
        (journal.replace(digest, &format!("sha256:{hex}")), "is the journal of plan"),
        (
            journal
                .replace("\"record\":\"before\",\"step\":1", "\"record\":\"before\",\"step\":7777"),
            "step 7777",
        ),
        (
            journal.replace(before, "{\"record\":\"before\",\"step\":1,\"wish\":2}"),
            "no record of a journal",
        ),
        (journal.replacen("}\n", "}\nhunter2\n", 1), "not valid JSON"),
    ] {
        if text == journal {
            continue;
        }
        shell.write("plan.json.journal", &text);
        let refused = shell.run(ROLLBACK).exits(4).prints_nothing().says(&[words]);
        assert!(!refused.err.contains("hunter2"), "{}", refused.err);
    }
    assert!(!shell.path("undo.json").exists());
    // A content that is gone is said, and the rest comes back.
    shell.write("plan.json.journal", &journal);
    fs::remove_dir_all(shell.path("plan.json.journal.blobs")).unwrap();
    shell.run(ROLLBACK).exits(0).prints(&[
        "notebook:/Shared/area-00000/step-000000",
        "the content it had is not beside the journal any more",
    ]);
}

/// A plan that is going to change the policy, which somebody edits before it is applied.
fn stale(description: &str, elsewhere: bool) -> (Sim, Shell) {
    let sim = Sim::start(&["--workspace", "2", "--seed", SMALL]);
    describe(&sim, "before");
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    describe(&sim, description);
    if elsewhere {
        let mut edited = policy(&sim);
        edited["definition"] = json!("{}");
        let kept = ["policy_id", "name", "definition", "description"];
        edited.as_object_mut().unwrap().retain(|field, _| kept.contains(&field.as_str()));
        sim.call("POST", "/api/2.0/policies/clusters/edit", &edited);
    }
    (sim, shell)
}

#[test]
fn what_is_stale_is_skipped_or_stops_the_run() {
    let (sim, shell) = stale("edited", false);
    shell.run(&[APPLY, &["--on-stale", "stop"]].concat()).exits(4).prints(&["stale"]);
    assert_eq!(policy(&sim)["description"], "edited");
    assert_eq!(shell.read("plan.json.journal").matches("\"done\"").count(), 0);
    let (sim, shell) = stale("edited", false);
    shell.run(APPLY).exits(4).prints(&["stale"]).says(&["brickform plan snapshot -o NEW.json"]);
    assert_eq!(policy(&sim)["description"], "edited");
}

#[test]
fn what_is_stale_is_planned_again_within_what_was_reviewed() {
    let (sim, shell) = stale("edited", false);
    let replan = [APPLY, &["--on-stale", "replan"]].concat();
    let ended = shell.run(&replan).exits(0).prints(&["stale", "Applied: "]);
    ended.says(&["planned again: "]);
    assert!(policy(&sim).get("description").is_none_or(|text| text == ""));
    assert!(shell.path("plan.json.2").exists() && shell.path("plan.json.2.journal").exists());

    // Another field was edited, which nobody has reviewed.
    let (sim, shell) = stale("edited", true);
    let refused = shell.run(&replan).exits(4);
    refused.says(&[
        "something that was not reviewed",
        "update cluster_policy:policy-000",
        "/definition",
        "brickform plan snapshot",
    ]);
    assert_eq!(policy(&sim)["description"], "edited");
}
