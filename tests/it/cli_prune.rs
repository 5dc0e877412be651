//! What a plan that deletes shows before anybody agrees to it.

use serde_json::{Value, json};

use crate::cli_shell::{SMALL, Shell, Sim};

/// A target that holds what the source had, and a snapshot of the source without one of its jobs.
///
/// Answers the job's name, too.
fn without_a_job() -> (Sim, Shell, String) {
    let (source, target) = (Sim::start(&["--seed", SMALL]), Sim::empty());
    let (here, there) = (Shell::at(&source), Shell::at(&target));
    let snapshot = there.path("snapshot").display().to_string();
    here.run(&["export", "-o", &snapshot]).exits(0);
    there.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    there.run(&["apply", "plan.json"]).exits(0);
    let jobs = source.call("GET", "/api/2.1/jobs/list?limit=1", &json!(null));
    let job = &jobs["jobs"][0];
    source.call("POST", "/api/2.1/jobs/delete", &json!({"job_id": job["job_id"]}));
    here.run(&["export", "-o", &snapshot]).exits(0);
    (target, there, job["settings"]["name"].as_str().unwrap().to_owned())
}

#[test]
fn a_delete_says_whose_rights_go_with_it() {
    let (_target, shell, job) = without_a_job();
    let prune = ["plan", "snapshot", "--prune", "-o", "prune.json"];
    let address = format!("- job:{job}");
    shell.run(&prune).exits(0).prints(&[&address, "what goes away: 1 object"]);
    let plan: Value = serde_json::from_str(&shell.read("prune.json")).unwrap();
    let [delete] = plan["steps"].as_array().unwrap().as_slice() else { panic!("{plan}") };
    let fields = delete["fields"].as_array().unwrap();
    assert!(!fields.is_empty(), "{delete}");
    for field in fields {
        assert!(field["path"].as_str().unwrap().starts_with("/grants/"), "{field}");
        assert!(field["before"].is_string() && field["after"].is_null(), "{field}");
        shell.run(&["show", "prune.json"]).exits(0).prints(&[field["before"].as_str().unwrap()]);
    }
    let access = shell.run(&["show", "prune.json", "--access"]).exits(0);
    access.prints(&[&job, "which goes away"]);
    shell.run(&["apply", "prune.json"]).exits(0);
    shell.run(&["plan", "snapshot", "--prune", "--detailed-exitcode"]).exits(0);
}
