//! Applies: only the plan that was reviewed, only where it was made for, only over what it saw.

use serde_json::{Value, json};

use crate::cli_shell::{SMALL, Shell, Sim, tree};

const PLAN: &[&str] = &["plan", "snapshot", "-o", "plan.json"];
const APPLY: &[&str] = &["apply", "plan.json"];

/// A target that holds what the snapshot says, but for what a test changes there.
fn twin() -> (Sim, Shell) {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::with_snapshot(&sim);
    (sim, shell)
}

fn policies(sim: &Sim) -> Vec<Value> {
    let held = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    held["policies"].as_array().unwrap().clone()
}

fn jobs(sim: &Sim) -> Vec<String> {
    let held = sim.call("GET", "/api/2.2/jobs/list", &Value::Null);
    let name = |job: &Value| job["settings"]["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = held["jobs"].as_array().into_iter().flatten().map(name).collect();
    names.sort();
    names
}

#[test]
fn a_workspace_moves_and_a_second_plan_is_empty() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0).says(&["next: brickform apply plan.json"]);
    shell
        .run(APPLY)
        .exits(0)
        .prints(&["Applied: ", "a second plan is empty"])
        .says(&["requests in"]);
    shell
        .run(&["plan", "snapshot", "--detailed-exitcode"])
        .exits(0)
        .prints(&["No changes; 23 in sync"]);
    assert_eq!(jobs(&sim), ["job-00000", "job-00001", "job-00002", "job-00003"]);

    // What is finished is not begun again.
    let again = shell.run(APPLY).exits(4).prints_nothing();
    again.says(&[
        "applied already",
        "plan.json.journal",
        "brickform plan snapshot -o plan.json",
        "move plan.json.journal away",
    ]);
    shell.run(&["apply", "plan.json", "--resume"]).exits(0).prints(&["done"]);
    assert_eq!(jobs(&sim).len(), 4);

    // The next plan may have the same name; the journal of this one stays.
    sim.rename_policy("policy-000", "renamed");
    let overwrite = [PLAN, &["--on-edit", "overwrite"]].concat();
    shell.run(&overwrite).exits(0).prints(&["cluster_policy:policy-000"]);
    shell
        .run(&["apply", "plan.json", "--resume"])
        .exits(4)
        .prints_nothing()
        .says(&["nothing to resume", "brickform apply plan.json"]);
    shell
        .run(APPLY)
        .exits(0)
        .says(&["the journal of an earlier plan is kept as plan.json.journal."]);
    let journals = std::fs::read_dir(shell.path("")).unwrap();
    let names: Vec<String> =
        journals.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| name.contains(".journal")).count(), 2, "{names:?}");
}

#[test]
fn nothing_to_do_is_done_without_a_request() {
    let (sim, shell) = twin();
    shell.run(PLAN).exits(0).says(&["there is nothing to apply"]);
    // The first time, what is as wanted already is remembered.
    shell.run(APPLY).exits(0).prints(&["No changes"]).says(&["remembered as applied"]);
    shell.run(PLAN).exits(0).says(&["there is nothing to apply"]);
    drop(sim);
    shell.run(APPLY).exits(0).prints(&["No changes"]);
    assert!(!shell.path("plan.json.journal").exists());
}

#[test]
fn a_plan_that_was_changed_is_refused_before_anything_is_sent() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    let plan = shell.read("plan.json");
    drop(sim);
    for (text, words) in [
        (plan.replace("CAN_RUN", "CAN_MANAGE"), "changed after it was made"),
        (plan.replace("job-00003", "job-00009"), "changed after it was made"),
        (plan[..plan.len() / 2].to_owned(), "ends in the middle"),
        (String::new(), "ends in the middle"),
        ("{}".to_owned(), "does not say that it is a plan"),
        (plan.replace("\"format\": \"1.1\"", "\"format\": \"2.0\""), "plan format 2.0"),
        (plan.replace("\"snapshot\":", "\"wish\": 1, \"snapshot\":"), "unknown field `wish`"),
        (format!("{plan}garbage"), "not valid JSON"),
    ] {
        shell.write("plan.json", &text);
        for command in ["apply", "show"] {
            shell
                .run(&[command, "plan.json"])
                .exits(4)
                .prints_nothing()
                .says(&["plan.json", words]);
        }
    }
    let snapshot = std::fs::read(shell.path("snapshot/snapshot.yaml")).unwrap();
    std::fs::write(shell.path("plan.json"), &snapshot).unwrap();
    shell.run(APPLY).exits(4).says(&["plan.json", "not valid JSON"]);
    std::fs::write(shell.path("plan.json"), [0xff, 0xfe, 0x00]).unwrap();
    shell.run(APPLY).exits(4).says(&["plan.json", "not valid JSON"]);
    shell.run(&["apply", "gone.json"]).exits(1).says(&["cannot read gone.json"]);
    assert!(!shell.path("plan.json.journal").exists());
}

#[test]
fn a_plan_for_another_workspace_is_refused() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    let other = Sim::start(&["--workspace", "3"]);
    let planned = sim.url().to_owned();
    let shell = shell.with("DATABRICKS_HOST", other.url());
    shell.run(APPLY).exits(4).prints_nothing().says(&[
        "the plan is for",
        &planned,
        other.url(),
        "--host",
    ]);
    assert_eq!(jobs(&other), Vec::<String>::new());
    assert!(!shell.path("plan.json.journal").exists());
}

#[test]
fn a_snapshot_or_rewrites_that_changed_since_are_refused() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell
        .write("rewrites.yaml", "version: 1\nemails: [{domain: scale.example, to: new.example}]\n");
    shell.run(&["plan", "snapshot", "--rewrites", "rewrites.yaml", "-o", "plan.json"]).exits(0);
    let again = "brickform plan snapshot --rewrites rewrites.yaml -o plan.json";

    shell.edit("rewrites.yaml", "new.example", "evil.example");
    shell.run(APPLY).exits(4).prints_nothing().says(&["rewrites.yaml has changed since", again]);
    shell.edit("rewrites.yaml", "evil.example", "new.example");
    std::fs::rename(shell.path("rewrites.yaml"), shell.path("moved.yaml")).unwrap();
    shell
        .run(APPLY)
        .exits(4)
        .prints_nothing()
        .says(&["rewrites.yaml is not there", "--rewrites FILE"]);

    let source = Sim::start(&["--seed", "scale:users=1,jobs=1"]);
    let there = Shell::at(&source);
    there.run(&["export", "-o", &shell.path("snapshot").display().to_string()]).exits(0);
    let moved = ["apply", "plan.json", "--rewrites", "moved.yaml"];
    shell.run(&moved).exits(4).prints_nothing().says(&[
        "the snapshot snapshot has changed since",
        "brickform plan snapshot",
        "--snapshot DIR",
    ]);
    std::fs::remove_dir_all(shell.path("snapshot")).unwrap();
    shell
        .run(&moved)
        .exits(4)
        .prints_nothing()
        .says(&["snapshot snapshot is not there", "--snapshot DIR"]);
    assert!(!shell.path("plan.json.journal").exists());

    shell.put_snapshot("elsewhere");
    shell
        .run(&["apply", "plan.json", "--rewrites", "moved.yaml", "--snapshot", "elsewhere"])
        .exits(0);
    let users = sim.call("GET", "/api/2.0/preview/scim/v2/Users?attributes=userName", &Value::Null);
    assert!(users.to_string().contains("user-00000@new.example"), "{users}");
}

#[test]
fn an_object_that_was_edited_since_is_left_and_the_rest_goes_on() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    // The plan finds a policy of its name that differs, and is going to change it.
    let policy = |definition: Value| json!({"name": "policy-000", "definition": definition.to_string(), "description": "ours"});
    sim.call("POST", "/api/2.0/policies/clusters/create", &policy(json!({})));
    shell.run(PLAN).exits(0).prints(&["already there and different"]);
    // Before the apply somebody else changes it.
    let mut edited =
        policy(json!({"spark_version": {"type": "fixed", "value": "15.4.x-scala2.12"}}));
    edited["policy_id"] =
        policies(&sim).iter().find(|one| one["name"] == "policy-000").unwrap()["policy_id"].clone();
    sim.call("POST", "/api/2.0/policies/clusters/edit", &edited);

    let ended = shell.run(APPLY).exits(3).prints(&[
        "stale: changed in the target since the plan",
        "cluster_policy:policy-000",
        "left out: what they need is not there",
        "Applied in part",
    ]);
    ended.says(&["brickform plan snapshot -o"]);
    let held = policies(&sim);
    let now = held.iter().find(|one| one["name"] == "policy-000").unwrap();
    assert_eq!(now["definition"], edited["definition"], "the edit of somebody else stands");
    // Jobs need the policy, notebooks do not.
    assert!(jobs(&sim).len() < 4, "{:?}", jobs(&sim));
    let folder = sim.call("GET", "/api/2.0/workspace/list?path=/Shared/area-00000", &Value::Null);
    assert_eq!(folder["objects"].as_array().unwrap().len(), 3, "{folder}");

    // A new plan sees the edit, and finishes.
    shell.run(PLAN).exits(0).prints(&["cluster_policy:policy-000"]);
    shell.run(APPLY).exits(0);
    shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(0);
    assert_eq!(jobs(&sim).len(), 4);
}

#[test]
fn one_object_that_fails_stops_only_what_needs_it() {
    let shell = Shell::new();
    shell
        .write("faults.yaml", "rules:\n- {on: POST /api/2.0/policies/clusters/create, do: html}\n");
    let faults = shell.path("faults.yaml").display().to_string();
    let sim = Sim::start(&["--workspace", "2", "--faults", &faults]);
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    shell
        .run(APPLY)
        .exits(3)
        .prints(&[
            "failed",
            "create cluster_policy:policy-000",
            "left out: what they need is not there",
            "Applied in part",
        ])
        .says(&["next: brickform apply plan.json --resume"]);
    let folder = sim.call("GET", "/api/2.0/workspace/list?path=/Shared/area-00001", &Value::Null);
    assert_eq!(folder["objects"].as_array().unwrap().len(), 3, "{folder}");
    // Going on fails again, and does again only what failed.
    shell
        .run(&["apply", "plan.json", "--resume"])
        .exits(3)
        .prints(&["create cluster_policy:policy-000"]);
}

#[test]
fn the_journal_says_what_was_done_and_nothing_secret() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(PLAN).exits(0);
    shell.run(APPLY).exits(0);
    let lines: Vec<Value> = shell
        .read("plan.json.journal")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let plan: Value = serde_json::from_str(&shell.read("plan.json")).unwrap();
    assert_eq!((&lines[0]["record"], &lines[0]["plan"]), (&json!("opened"), &plan["digest"]));
    assert_eq!(lines.last().unwrap()["record"], "closed");
    let done = lines.iter().filter(|line| line["outcome"] == "done").count();
    assert_eq!(done, plan["steps"].as_array().unwrap().len());
    // No identifier of the target is in any file.
    let ids: Vec<String> = policies(&sim)
        .iter()
        .map(|policy| policy["policy_id"].as_str().unwrap().to_owned())
        .collect();
    for (name, (_, bytes)) in tree(&shell.path("")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(ids.iter().all(|id| !text.contains(id.as_str())), "an identifier is in {name}");
    }
}
