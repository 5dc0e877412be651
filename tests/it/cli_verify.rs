//! Verifying a workspace against a snapshot: nothing that differs is overlooked, and nobody is told that a
//! workspace is equal which could not be read.

use serde_json::{Value, json};

use crate::cli_shell::{SMALL, Shell, Sim};

const VERIFY: &[&str] = &["verify", "snapshot"];

/// A workspace, and a shell with its snapshot.
fn exported() -> (Sim, Shell) {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    (sim, shell)
}

#[test]
fn a_workspace_equals_its_own_snapshot() {
    let (_sim, shell) = exported();
    let ended = shell.run(VERIFY).exits(0).prints(&["Equal: ", "as the snapshot says"]);
    assert!(
        !ended.out.contains("Findings"),
        "what the platform makes is no finding: {}",
        ended.out
    );
    let json = shell.run(&["verify", "snapshot", "--format", "json"]).exits(0).json();
    assert_eq!(json["verdict"], "equal");
    for part in ["missing", "differences", "extra", "allowed_extra", "findings"] {
        assert_eq!(json[part], json!([]), "{part}");
    }
    assert!(json["same"].as_u64().unwrap() > 20, "{json}");
    let page = shell.run(&["verify", "snapshot", "--format", "markdown"]).exits(0);
    page.prints(&["## brickform verify for", "**Equal: "]);
}

#[test]
fn every_sort_of_difference_is_found() {
    let (sim, shell) = exported();
    let jobs = sim.call("GET", "/api/2.2/jobs/list?expand_tasks=true", &Value::Null);
    let all = jobs["jobs"].as_array().unwrap();
    let name = |job: &Value| format!("job:{}", job["settings"]["name"].as_str().unwrap());
    let (gone, edited, shared) = (&all[0], &all[1], &all[2]);
    sim.call("POST", "/api/2.2/jobs/delete", &json!({"job_id": gone["job_id"]}));
    let settings = json!({"job_id": edited["job_id"], "new_settings": {"max_concurrent_runs": 77}});
    sim.call("POST", "/api/2.2/jobs/update", &settings);
    let groups = sim.call("GET", "/api/2.0/preview/scim/v2/Groups", &Value::Null);
    let group = groups["Resources"].as_array().unwrap().iter().find(|one| {
        one["displayName"].as_str().is_some_and(|name| !["admins", "users"].contains(&name))
    });
    let group = &group.unwrap()["displayName"];
    let right = json!({"group_name": group, "permission_level": "CAN_MANAGE"});
    let rights = json!({"access_control_list": [right]});
    let id = shared["job_id"].as_u64().unwrap();
    let now = sim.call("PATCH", &format!("/api/2.0/permissions/jobs/{id}"), &rights);
    let entries = now["access_control_list"].as_array().unwrap();
    let held = &entries.iter().find(|one| one["group_name"] == *group).unwrap()["all_permissions"];
    let held = held.as_array().unwrap().iter().filter(|one| one["inherited"] != true);
    let mut held: Vec<&str> = held.map(|one| one["permission_level"].as_str().unwrap()).collect();
    held.sort_unstable();
    sim.call(
        "POST",
        "/api/2.0/policies/clusters/create",
        &json!({"name": "more", "definition": "{}"}),
    );
    let folder = sim.call("GET", "/api/2.0/workspace/list?path=/Shared/area-00000", &Value::Null);
    let notebook = folder["objects"][0]["path"].as_str().unwrap();
    let source = json!({"path": notebook, "format": "SOURCE", "language": "PYTHON", "overwrite": true, "content": "cHJpbnQoJ25ldycpCg=="});
    sim.call("POST", "/api/2.0/workspace/import", &source);

    let human = shell.run(&[VERIFY, &["--expand"]].concat()).exits(2).prints(&[
        "Missing: only in the snapshot",
        &name(gone),
        "Different in the workspace",
        "max_concurrent_runs",
        "+print('new')",
        "With other rights in the workspace",
        "CAN_MANAGE",
        "Extra: only in the workspace",
        "cluster_policy:more",
        "Different: 1 missing, 2 different, 1 with other rights, 1 only in the workspace",
    ]);
    assert!(human.err.contains("requests"), "{}", human.err);
    let json = shell.run(&["verify", "snapshot", "--format", "json"]).exits(2).json();
    assert_eq!(json["verdict"], "different");
    assert_eq!(json["missing"], json!([name(gone)]));
    assert_eq!(json["extra"], json!(["cluster_policy:more"]));
    let differences = json["differences"].as_array().unwrap();
    let of = |address: &str| differences.iter().find(|one| one["address"] == address).unwrap();
    let field = &of(&name(edited))["fields"][0];
    assert_eq!((&field["path"], &field["workspace"]), (&json!("/max_concurrent_runs"), &json!(77)));
    assert!(held.contains(&"CAN_MANAGE"), "{held:?}");
    assert_eq!(of(&name(shared))["fields"][0]["workspace"], held.join(", "));
    assert_eq!(of(&format!("notebook:{notebook}"))["fields"][0]["path"], "/content");
    shell.run(&["verify", "snapshot", "--format", "markdown"]).exits(2).prints(&[
        "<summary>Missing: only in the snapshot (1)</summary>",
        "`+` `cluster_policy:more`",
    ]);
    // Of other kinds nothing differs.
    shell.run(&["verify", "snapshot", "--kinds", "user", "group"]).exits(0);
}

#[test]
fn a_part_is_verified_by_itself() {
    let (sim, shell) = exported();
    let more = json!({"name": "more", "definition": "{}"});
    sim.call("POST", "/api/2.0/policies/clusters/create", &more);
    let verify = |flags: &[&str]| shell.run(&[VERIFY, flags].concat());
    verify(&[]).exits(2);
    verify(&["--exclude", "cluster_policy:more"]).exits(0).prints(&["Equal: "]);
    let part = verify(&["--select", "cluster_policy", "--format", "json"]).exits(2).json();
    assert_eq!(part["extra"].as_array().unwrap().len(), 1, "{part}");
    let policies = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    let all = policies["policies"].as_array().unwrap();
    let own = all.iter().filter(|one| one["is_default"] != true).count();
    assert_eq!(part["same"], json!(own - 1), "{part}");
}

#[test]
fn more_than_the_snapshot_is_a_difference_unless_it_is_allowed() {
    let (sim, shell) = exported();
    sim.call(
        "POST",
        "/api/2.0/policies/clusters/create",
        &json!({"name": "more", "definition": "{}"}),
    );
    shell.run(VERIFY).exits(2).prints(&["cluster_policy:more", "1 only in the workspace"]);
    shell
        .run(&["verify", "snapshot", "--allow-extra"])
        .exits(0)
        .prints(&["Equal: ", "1 more in the workspace"]);
    let json =
        shell.run(&["verify", "snapshot", "--allow-extra", "--format", "json"]).exits(0).json();
    assert_eq!(json["allowed_extra"], json!(["cluster_policy:more"]));
}

#[test]
fn kinds_that_the_snapshot_does_not_hold_are_not_asked_for_and_that_is_said() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "snapshot", "--only", "cluster_policy"]).exits(0);
    shell.run(VERIFY).exits(0).prints(&[
        "was not to hold these",
        "2 clusters",
        "Equal: 1 as the snapshot says",
    ]);
}

/// The same workspace once more, in which some requests go wrong.
fn troubled(shell: &Shell, rule: &str) -> Sim {
    shell.write("faults.yaml", &format!("rules:\n- {rule}\n"));
    let faults = shell.path("faults.yaml").display().to_string();
    Sim::start(&["--seed", SMALL, "--faults", &faults])
}

#[test]
fn what_cannot_be_read_is_neither_equal_nor_missing() {
    let (_sim, shell) = exported();
    let unlisted = troubled(&shell, "{on: GET /api/2.2/jobs/list, do: html}");
    let shell = shell.with("DATABRICKS_HOST", unlisted.url());
    shell.run(VERIFY).exits(1).prints(&[
        "Not compared, and why",
        "? job:",
        "Not verified: ",
        "nothing that was compared differs",
    ]);
    let json = shell.run(&["verify", "snapshot", "--format", "json"]).exits(1).json();
    assert_eq!((&json["verdict"], &json["missing"]), (&json!("unverified"), &json!([])));
    assert!(json["unverified"]["job"].is_string(), "{json:#}");
    // Not even the snapshot's own objects are known to be there.
    shell.run(&["verify", "snapshot", "--allow-extra"]).exits(1);

    let no_rights = troubled(&shell, "{on: GET /api/2.0/permissions/jobs/*, do: html}");
    let shell = shell.with("DATABRICKS_HOST", no_rights.url());
    shell
        .run(VERIFY)
        .exits(1)
        .prints(&["the workspace does not tell its rights", "4 not compared"]);
}

#[test]
fn what_a_snapshot_could_not_read_is_not_equal_either() {
    let shell = Shell::new();
    let unlisted = troubled(&shell, "{on: GET /api/2.2/jobs/list, do: html}");
    let shell = Shell::at(&unlisted);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = shell.with("DATABRICKS_HOST", sim.url());
    shell.run(VERIFY).exits(1).prints(&["when the snapshot was taken", "Not verified: "]);
    shell.run(&["verify", "snapshot", "--allow-extra"]).exits(0).prints(&["more in the workspace"]);
}

#[test]
fn rewrites_and_pins_are_those_of_a_plan() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell
        .write("rewrites.yaml", "version: 1\nemails: [{domain: scale.example, to: new.example}]\n");
    let plan = ["plan", "snapshot", "--rewrites", "rewrites.yaml", "-o", "plan.json"];
    shell.run(&plan).exits(0);
    shell.run(&["apply", "plan.json"]).exits(0);
    shell.run(&["verify", "snapshot", "--allow-extra"]).exits(2).prints(&["Missing"]);
    let with = ["verify", "snapshot", "--allow-extra", "--rewrites", "rewrites.yaml"];
    shell.run(&with).exits(0).prints(&["Equal: "]);

    sim.rename_policy("policy-000", "policy renamed");
    shell.run(&with).exits(2).prints(&["cluster_policy:policy-000"]);
    let pair = "cluster_policy:policy-000=cluster_policy:nowhere";
    let pinned = [&with[..], &["--pair", pair]].concat();
    shell.run(&pinned).exits(2).prints(&["unused-pair", "applies to nothing"]);
}
