//! The workflows of the examples, run step by step against simulated workspaces.
//!
//! Every `run:` is run as it stands, but for the installation. GitHub is played by a bare repository, a
//! directory of artifacts and a small `gh`.

mod forge;
mod workflow;

use std::fs;

use serde_json::{Value, json};

use self::forge::Forge;
use crate::cli_shell::{SMALL, Sim, TOKEN, tree};

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
const SECRET: &str = "dose-canary";

/// A workspace that a service principal may sign in to.
fn workspace(args: &[&str]) -> Sim {
    Sim::start(&[&["--client", &format!("{CLIENT}:{SECRET}")], args].concat())
}

/// The job of this name.
fn job(sim: &Sim, name: &str) -> Option<Value> {
    let held = sim.call("GET", "/api/2.2/jobs/list", &Value::Null);
    let jobs = held["jobs"].as_array()?;
    jobs.iter().find(|job| job["settings"]["name"] == name).cloned()
}

/// The cluster policy of this name.
fn policy(sim: &Sim, name: &str) -> Option<Value> {
    let held = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    let policies = held["policies"].as_array()?;
    policies.iter().find(|policy| policy["name"] == name).cloned()
}

/// Two workspaces, and a repository that leads from one to the other.
fn two_workspaces() -> (Sim, Sim, Forge) {
    let source = workspace(&["--seed", SMALL]);
    let target = workspace(&["--workspace", "2"]);
    let settings = [
        ("vars.SOURCE_HOST", source.url()),
        ("vars.SOURCE_CLIENT_ID", CLIENT),
        ("secrets.SOURCE_CLIENT_SECRET", SECRET),
        ("vars.TARGET_HOST", target.url()),
        ("vars.TARGET_CLIENT_ID", CLIENT),
        ("secrets.TARGET_CLIENT_SECRET", SECRET),
        ("secrets.EXPORT_TOKEN", "ghp_canary"),
    ];
    let forge = Forge::new("examples/two-workspaces", &settings);
    fs::write(forge.path("comments/1"), "Looks good").unwrap();
    (source, target, forge)
}

/// The only comment of the workflow, beside that of somebody else.
#[track_caller]
fn comment(forge: &Forge) -> String {
    let mut comments: Vec<String> = tree(&forge.path("comments"))
        .into_values()
        .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
        .collect();
    assert_eq!((comments.len(), comments.remove(0).as_str()), (2, "Looks good"));
    assert!(comments[0].chars().count() < 65_536);
    comments.remove(0)
}

/// How many calls of `gh` begin so.
fn calls(forge: &Forge, begin: &str) -> usize {
    let calls = fs::read_to_string(forge.path("calls")).unwrap();
    calls.lines().filter(|line| line.starts_with(begin)).count()
}

/// Exports the source, plans that for its pull request, and merges it.
#[track_caller]
fn propose_and_merge(forge: &Forge) -> String {
    forge.only_job("export.yml", "main").succeeds();
    forge.only_job("plan.yml", "export").succeeds();
    let comment = comment(forge);
    forge.merge();
    comment
}

/// Plans and applies what is on `main`.
#[track_caller]
fn deploy(forge: &Forge) -> forge::Ended {
    let mut run = forge.run("apply.yml", "main");
    let planned = run.job("plan").succeeds();
    assert!(planned.summary.starts_with("## brickform plan for"), "{}", planned.summary);
    run.job("apply")
}

#[test]
fn a_nightly_backup_commits_what_changed() {
    let sim = workspace(&["--seed", SMALL]);
    let settings = [
        ("vars.DATABRICKS_HOST", sim.url()),
        ("vars.DATABRICKS_CLIENT_ID", CLIENT),
        ("secrets.DATABRICKS_CLIENT_SECRET", SECRET),
    ];
    let forge = Forge::new("examples/gitops-backup", &settings);
    let commits = || forge.shell("git -C origin rev-list --count main").trim().to_owned();
    let changed = || forge.shell("git -C origin diff --name-only main~1 main");

    let first = forge.only_job("backup.yml", "main").succeeds();
    assert!(first.summary.starts_with("Nightly export"), "{}", first.summary);
    assert_eq!(commits(), "2");
    assert!(changed().lines().all(|file| file.starts_with("snapshot/")), "{}", changed());
    let second = forge.only_job("backup.yml", "main").succeeds();
    assert_eq!((second.summary.as_str(), commits().as_str()), ("Nothing changed.\n", "2"));
    let equal = forge.only_job("verify.yml", "main").succeeds();
    assert!(equal.summary.contains("**Equal: ") && !equal.log.contains("::warning::"));

    sim.rename_policy("policy-000", "small");
    let differs = forge.only_job("verify.yml", "main").succeeds();
    assert!(differs.summary.contains("cluster_policy:small"), "{}", differs.summary);
    assert!(differs.log.contains("::warning::"), "{}", differs.log);
    forge.only_job("backup.yml", "main").succeeds();
    assert_eq!(commits(), "3");
    assert!(changed().contains("snapshot/objects/cluster_policy/small.yaml"), "{}", changed());
    let equal = forge.only_job("verify.yml", "main").succeeds();
    assert!(equal.summary.contains("**Equal: "), "{}", equal.summary);
}

#[test]
fn a_backup_that_fails_commits_nothing() {
    let sim = workspace(&["--seed", SMALL]);
    let settings = [
        ("vars.DATABRICKS_HOST", sim.url()),
        ("vars.DATABRICKS_CLIENT_ID", CLIENT),
        ("secrets.DATABRICKS_CLIENT_SECRET", "dose-of-yesterday"),
    ];
    let forge = Forge::new("examples/gitops-backup", &settings);
    for workflow in ["backup.yml", "verify.yml"] {
        assert!(!forge.only_job(workflow, "main").succeeded, "{workflow}");
    }
    assert_eq!(forge.shell("git -C origin rev-list --count main"), "1\n");
}

#[test]
fn a_workspace_follows_another_through_pull_requests() {
    let (source, target, forge) = two_workspaces();
    let user = json!({"userName": "ana@acme.example"});
    source.call("POST", "/api/2.0/preview/scim/v2/Users", &user);

    // The pull request is opened once, and its comment follows what is exported.
    forge.only_job("export.yml", "main").succeeds();
    forge.only_job("plan.yml", "export").succeeds();
    assert!(comment(&forge).contains("ana@new.acme.example"), "{}", comment(&forge));
    let page = fs::read_to_string(forge.path("artifacts/plan/plan.html")).unwrap();
    assert!(page.contains("</html>") && page.contains("policy-000"));
    source.rename_policy("policy-000", "small");
    let comment = propose_and_merge(&forge);
    assert!(comment.contains("cluster_policy:small"), "{comment}");
    assert_eq!(calls(&forge, "pr create"), 1);
    assert_eq!((calls(&forge, "pr comment"), calls(&forge, "api --silent")), (1, 1));

    let applied = deploy(&forge).succeeds();
    assert!(applied.summary.contains("**Equal: "), "{}", applied.summary);
    assert!(policy(&target, "small").is_some());
    assert!(!forge.shell("git -C origin ls-tree -r --name-only main").contains(".brickform"));

    // Nothing to propose, nothing to apply, and nobody is asked to release that.
    forge.only_job("export.yml", "main").succeeds();
    assert!(forge.shell("git -C origin branch --list export").is_empty());
    assert!(deploy(&forge).skipped);

    // What somebody edits in the target stays, though no run keeps anything for the next.
    let edited = job(&target, "job-00002").unwrap()["job_id"].clone();
    let settings = json!({"job_id": edited, "new_settings": {"max_concurrent_runs": 77}});
    target.call("POST", "/api/2.2/jobs/update", &settings);
    // What the source lost is deleted, but for what the brakes hold.
    let gone = job(&source, "job-00001").unwrap()["job_id"].clone();
    source.call("POST", "/api/2.2/jobs/delete", &json!({"job_id": gone}));
    let body = json!({"policy_id": policy(&source, "small").unwrap()["policy_id"]});
    source.call("POST", "/api/2.0/policies/clusters/delete", &body);
    let comment = propose_and_merge(&forge);
    assert!(comment.contains("`job:job-00001`") && comment.contains("--allow-empty"), "{comment}");
    assert!(job(&target, "job-00001").is_some());
    let applied = deploy(&forge).succeeds();
    assert!(applied.log.contains("Applied"), "{}", applied.log);
    assert!(job(&target, "job-00001").is_none());
    assert_eq!(job(&target, "job-00002").unwrap()["settings"]["max_concurrent_runs"], 77);
    assert!(policy(&target, "small").is_some(), "the last one stays");

    // The artifacts of the run are enough to take it back.
    let host = target.url();
    forge.shell(&format!(
        "git clone --quiet origin undo && cd undo && cp -r ../artifacts/plan/* ../artifacts/journal-*/* .
         export DATABRICKS_HOST={host} DATABRICKS_TOKEN='{TOKEN}'
         brickform rollback plan.json -o undo.json && brickform apply undo.json"
    ));
    assert!(job(&target, "job-00001").is_some());
}

/// A run whose apply fails, because somebody takes a name after the plan; and what they made.
fn failed_run<'a>(target: &Sim, forge: &'a Forge) -> (forge::Run<'a>, Value) {
    propose_and_merge(forge);
    let mut run = forge.run("apply.yml", "main");
    run.job("plan").succeeds();
    let body = json!({"name": "policy-000", "definition": "{}"});
    let made = target.call("POST", "/api/2.0/policies/clusters/create", &body);
    let failed = run.job("apply");
    assert!(!failed.succeeded && failed.summary.is_empty(), "{}", failed.log);
    assert!(forge.shell("ls artifacts/journal-*").contains("plan.json.journal\n"));
    (run, made)
}

#[test]
fn a_failed_apply_keeps_its_journal_and_goes_on() {
    let (_source, target, forge) = two_workspaces();
    let (mut run, made) = failed_run(&target, &forge);
    target.call("POST", "/api/2.0/policies/clusters/delete", &made);
    let journal = || forge.shell("cat artifacts/journal-*/plan.json.journal");
    let before = journal();
    let resumed = run.job("apply").succeeds();
    assert!(journal().starts_with(&before) && journal() != before, "it goes on, and not anew");
    assert!(resumed.summary.contains("**Equal: "), "{}", resumed.summary);
    assert!(deploy(&forge).skipped, "a second plan is empty");
}

#[test]
fn a_new_plan_after_a_failed_apply_has_no_use_for_its_journal() {
    let (_source, target, forge) = two_workspaces();
    let (mut run, _) = failed_run(&target, &forge);
    let planned = run.job("plan").succeeds();
    assert!(planned.summary.contains("`cluster_policy:policy-000`"), "{}", planned.summary);
    let applied = run.job("apply").succeeds();
    assert!(applied.summary.contains("**Equal: "), "{}", applied.summary);
    assert_eq!(forge.shell("ls -d artifacts/journal-*").lines().count(), 2);
    assert!(policy(&target, "policy-000").unwrap()["definition"] != "{}");
}
