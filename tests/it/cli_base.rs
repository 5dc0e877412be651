//! What the last apply left: remembered here and in the target, used by plans, shown by drift.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli_shell::{Shell, Sim, tree};

const PLAN: &[&str] = &["plan", "snapshot", "-o", "plan.json"];
const APPLY: &[&str] = &["apply", "plan.json"];
const SHOW: &[&str] = &["plan", "snapshot", "--format", "json"];
const DRIFT: &[&str] = &["drift", "snapshot"];

/// A target to which a snapshot was applied.
fn applied() -> (Sim, Shell) {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    (sim, shell)
}

/// The policy that came with the snapshot, whatever it is called by now.
fn policy(sim: &Sim) -> Value {
    let held = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    let is_it = |name: &Value| name == "policy-000" || name == "by another name";
    held["policies"].as_array().unwrap().iter().find(|one| is_it(&one["name"])).unwrap().clone()
}

/// What brickform keeps in a workspace: each file with the moment it was written.
fn own_files(sim: &Sim) -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    let mut waiting = vec!["/.brickform".to_owned()];
    while let Some(folder) = waiting.pop() {
        let path = format!("/api/2.0/workspace/list?path={}", folder.replace('%', "%25"));
        let listed = sim.call("GET", &path, &Value::Null);
        for object in listed["objects"].as_array().into_iter().flatten() {
            let path = object["path"].as_str().unwrap().to_owned();
            match object["object_type"].as_str() {
                Some("DIRECTORY") => waiting.push(path),
                _ => drop(files.insert(path, object["modified_at"].clone())),
            }
        }
    }
    assert!(!files.is_empty());
    files
}

/// Changes a policy as somebody in the target might.
fn describe(sim: &Sim, description: &str) {
    let found = policy(sim);
    let body = json!({
        "policy_id": found["policy_id"], "name": found["name"],
        "definition": found["definition"], "description": description,
    });
    sim.call("POST", "/api/2.0/policies/clusters/edit", &body);
}

/// Changes the policy of the snapshot, as an export of a changed source does.
fn describe_in_source(shell: &Shell, description: &str) {
    let source = Sim::start(&["--seed", crate::cli_shell::SMALL]);
    if !description.is_empty() {
        describe(&source, description);
    }
    let there = Shell::at(&source);
    let args = ["export", "-o", "snapshot"];
    let status = there.command(&args).arg("-q").current_dir(shell.path("")).output().unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
}

/// The directory of the only base below a home.
fn base(shell: &Shell) -> PathBuf {
    let pairs = fs::read_dir(shell.path(".brickform/base")).unwrap();
    let pairs: Vec<PathBuf> = pairs.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    pairs[0].clone()
}

fn manifest(shell: &Shell) -> Value {
    serde_json::from_slice(&fs::read(base(shell).join("base.json")).unwrap()).unwrap()
}

fn forget(shell: &Shell) {
    fs::remove_dir_all(shell.path(".brickform")).unwrap();
}

fn addresses(of: &Value) -> Vec<&str> {
    of.as_array().into_iter().flatten().map(|one| one["address"].as_str().unwrap()).collect()
}

#[test]
fn an_edit_in_the_target_stays_and_is_reported() {
    let (sim, shell) = applied();
    let first = manifest(&shell);
    assert_eq!((first["serial"].clone(), first["objects"].clone()), (json!(1), json!(23)));
    assert!(shell.run(SHOW).exits(0).json()["base"].is_string());
    describe(&sim, "edited");
    let plan = shell.run(SHOW).exits(0).json();
    assert_eq!(addresses(&plan["kept"]), ["cluster_policy:policy-000"]);
    assert_eq!(plan["kept"][0]["fields"][0]["target"], "edited");
    assert_eq!(addresses(&plan["steps"]), Vec::<&str>::new());
    // Without a base the same edit is only a difference.
    let fresh = shell.run(&["plan", "snapshot", "--format", "json", "--no-base"]).exits(0).json();
    assert_eq!(addresses(&fresh["steps"]), ["cluster_policy:policy-000"]);
    assert!(fresh.get("kept").is_none() && fresh.get("base").is_none());
}

#[test]
fn a_lost_disk_loses_nothing() {
    let (sim, shell) = applied();
    describe(&sim, "edited");
    let before = shell.run(SHOW).exits(0).out;
    forget(&shell);
    let after = shell.run(SHOW).exits(0);
    assert_eq!(after.out, before, "the copy in the target gives the same plan");
    assert!(!shell.path(".brickform").exists(), "a plan writes nothing");
    // The next apply puts the copy back, with the same number.
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    assert_eq!(manifest(&shell)["serial"], 1);
    assert_eq!(shell.run(SHOW).exits(0).out, before);
}

#[test]
fn the_source_changes_and_is_applied_again_and_again() {
    let (sim, shell) = applied();
    for (round, text) in ["one", "two", "three"].into_iter().enumerate() {
        describe_in_source(&shell, text);
        let plan = shell.run(SHOW).exits(0).json();
        assert_eq!(addresses(&plan["steps"]), ["cluster_policy:policy-000"], "{text}");
        shell.run(PLAN).exits(0);
        shell.run(APPLY).exits(0);
        assert_eq!(policy(&sim)["description"], text);
        assert_eq!(manifest(&shell)["serial"], round + 2);
        shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(0);
        shell.run(DRIFT).exits(0);
    }
    // Source and target both change the same: nobody wins by itself.
    describe(&sim, "by hand");
    describe_in_source(&shell, "four");
    let plan = shell.run(SHOW).exits(0).json();
    assert_eq!(addresses(&plan["conflicts"]), ["cluster_policy:policy-000"]);
    assert_eq!(addresses(&plan["steps"]), Vec::<&str>::new());
}

#[test]
fn what_is_as_wanted_already_is_remembered_once() {
    // The target is the snapshot's twin, and nothing was ever applied.
    let sim = Sim::start(&["--seed", crate::cli_shell::SMALL]);
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0).prints(&["No changes; 23 in sync"]).says(&["23 objects remembered"]);
    assert_eq!(manifest(&shell)["objects"], 23);
    let kept = tree(&shell.path(".brickform"));
    // The next round has nothing to remember, and needs no target for that.
    shell.run(PLAN).exits(0);
    drop(sim);
    let again = shell.run(APPLY).exits(0).prints(&["No changes"]);
    assert!(!again.err.contains("remembered"), "{}", again.err);
    assert_eq!(tree(&shell.path(".brickform")), kept);
}

#[test]
fn a_second_round_leaves_the_target_untouched() {
    let (sim, shell) = applied();
    let before = own_files(&sim);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    shell.run(DRIFT).exits(0);
    assert_eq!(own_files(&sim), before);
    // An apply of nothing does not even call the target: everything is known here.
    drop(sim);
    shell.run(APPLY).exits(0).prints(&["No changes"]);
}

#[test]
fn what_did_not_succeed_is_not_remembered() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    // Somebody takes the policy's name before the apply.
    let body = json!({"name": "policy-000", "definition": "{}"});
    sim.call("POST", "/api/2.0/policies/clusters/create", &body);
    shell.run(APPLY).exits(3);
    let partial = manifest(&shell)["objects"].as_u64().unwrap();
    assert!(partial < 23 && partial > 0, "{partial}");
    let plan = shell.run(SHOW).exits(0).json();
    assert_eq!(plan["summary"]["collisions"], 1, "only what failed is still at first contact");
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    assert_eq!(manifest(&shell)["objects"], 23);
}

#[test]
fn a_plan_from_an_older_base_is_refused() {
    let (sim, shell) = applied();
    // Another checkout of the same snapshot finds the base in the target.
    let other = Shell::with_snapshot(&sim);
    describe_in_source(&shell, "mine");
    describe_in_source(&other, "theirs");
    shell.run(&["plan", "snapshot", "-o", "mine.json"]).exits(0);
    other.run(PLAN).exits(0);
    other.run(APPLY).exits(0);
    assert_eq!(manifest(&other)["serial"], 2);
    let refused = shell.run(&["apply", "mine.json"]).exits(4).prints_nothing();
    refused.says(&["has changed since the plan was made", "plan again: `brickform plan snapshot"]);
    assert!(!shell.path("mine.json.journal").exists());
    // Planned again, it is seen what the other one did.
    let plan = shell.run(SHOW).exits(0).json();
    assert_eq!(plan["base"], other.run(SHOW).exits(0).json()["base"]);
    assert_eq!(addresses(&plan["steps"]), ["cluster_policy:policy-000"]);
}

#[test]
fn a_base_of_another_pair_is_not_taken() {
    let (_sim, shell) = applied();
    let third = Sim::start(&["--workspace", "3"]);
    let shell = shell.with("DATABRICKS_HOST", third.url());
    assert!(shell.run(SHOW).exits(0).json().get("base").is_none(), "each pair has its own");
    let own = base(&shell);
    let name = own.file_name().unwrap().to_str().unwrap().to_owned();
    // Whatever the third workspace is called, its pair's base is put where that one stands.
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    let pairs = fs::read_dir(shell.path(".brickform/base")).unwrap();
    let other = pairs.map(|entry| entry.unwrap().path()).find(|path| *path != own).unwrap();
    fs::remove_dir_all(&other).unwrap();
    fs::rename(&own, &other).unwrap();
    let said = shell.run(SHOW).exits(0).json();
    let damaged = said["findings"].as_array().unwrap();
    let found = damaged.iter().find(|finding| finding["code"] == "base-damaged").unwrap();
    assert!(found["message"].as_str().unwrap().contains("other workspaces"), "{found} {name}");
}

#[test]
fn a_damaged_base_is_made_up_for_by_the_other_copy() {
    let (sim, shell) = applied();
    let before = shell.run(SHOW).exits(0).json();
    let file = base(&shell).join("base.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    let plan = shell.run(SHOW).exits(0).json();
    assert_eq!(plan["base"], before["base"]);
    let codes: Vec<&Value> =
        plan["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
    assert!(codes.contains(&&json!("base-damaged")), "{codes:?}");
    // An apply mends it.
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    // Where the target has no copy either, it is said what to do.
    fs::write(&file, "hunter2").unwrap();
    drop(sim);
    let bare = Sim::empty();
    let shell = shell.with("DATABRICKS_HOST", bare.url());
    let refused = shell.run(SHOW).exits(4).prints_nothing();
    refused.says(&["base.json", "not valid JSON", "move it away"]);
    shell.run(&["plan", "snapshot", "--no-base"]).exits(0);
}

#[test]
fn drift_says_what_was_edited_since_the_last_apply() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let refused = shell.run(DRIFT).exits(4).prints_nothing();
    refused.says(&["was ever applied", "brickform plan snapshot -o plan.json"]);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    shell.run(DRIFT).exits(0).prints(&["No drift; 23 as the last apply left them"]);

    describe(&sim, "edited");
    let seen = shell.run(DRIFT).exits(2);
    seen.prints(&["cluster_policy:policy-000", "description", "edited", "Drift: 1 edited; 22 as"])
        .says(&["audit log"]);
    let markdown = shell.run(&["drift", "snapshot", "--format", "markdown"]).exits(2);
    markdown.prints(&["## brickform drift of", "### 1 edited", "`cluster_policy:policy-000`"]);
    // What the source wants by now does not matter, and neither do objects that no apply has touched.
    describe_in_source(&shell, "wanted");
    let body = json!({"name": "foreign", "definition": "{}"});
    sim.call("POST", "/api/2.0/policies/clusters/create", &body);
    let drift = shell.run(&["drift", "snapshot", "--format", "json"]).exits(2).json();
    assert_eq!(addresses(&drift["steps"]), ["cluster_policy:policy-000"]);
    assert_eq!((&drift["unchanged"], &drift["foreign"]), (&json!(22), &json!(1)));
    assert_eq!(drift["steps"][0]["fields"][0]["after"], "edited");
    // A part of the workspace drifts by itself.
    shell.run(&["drift", "snapshot", "--select", "cluster_policy"]).exits(2);
    let others = shell.run(&["drift", "snapshot", "--exclude", "cluster_policy"]).exits(0);
    others.prints(&["No drift; "]);
    shell.run(&["drift", "snapshot", "--select", "job:none"]).exits(4).says(&["job:none"]);
}

#[test]
fn drift_tells_renames_and_deletes() {
    let (sim, shell) = applied();
    let steps =
        || shell.run(&["drift", "snapshot", "--format", "json"]).exits(2).json()["steps"].clone();
    sim.rename_policy("policy-000", "by another name");
    let renamed = steps();
    assert_eq!(addresses(&renamed), ["cluster_policy:by another name"]);
    let of = (&renamed[0]["change"], &renamed[0]["from"]);
    assert_eq!(of, (&json!("rename"), &json!("cluster_policy:policy-000")));
    sim.call(
        "POST",
        "/api/2.0/policies/clusters/delete",
        &json!({"policy_id": policy(&sim)["policy_id"]}),
    );
    let deleted = steps();
    let gone = deleted.as_array().unwrap().iter().find(|step| step["change"] == "delete").unwrap();
    assert_eq!(gone["address"], "cluster_policy:policy-000");
}
