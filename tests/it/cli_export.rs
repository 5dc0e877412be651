//! Exports as they stand on disk: quiet when repeated, whole or not at all, and only where they belong.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::cli_shell::{Ended, SMALL, Shell, Sim, TinyDisk, signal, tree, until};

const EXPORT: &[&str] = &["export", "-o", "snapshot"];

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=ana", "-c", "user.email=ana@acme.com"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_export_of_an_unchanged_workspace_changes_no_byte() {
    let sim = Sim::start(&["--seed", "acme"]);
    let shell = Shell::at(&sim);
    let dir = shell.path("snapshot");
    shell.run(EXPORT).exits(0).prints(&[
        "Exported http://127.0.0.1:",
        "155  notebooks",
        " files written, 0 removed, 0 unchanged",
    ]);
    git(&dir, &["init", "-q"]);
    git(&dir, &["add", "."]);
    git(&dir, &["commit", "-qm", "the workspace as it is"]);
    let before = tree(&dir);
    shell.run(EXPORT).exits(0).prints(&[" 0 files written, 0 removed"]);
    let after = tree(&dir);
    let changed: Vec<&String> = after
        .iter()
        .filter(|(name, file)| before.get(*name) != Some(*file) && !name.starts_with(".git/"))
        .map(|(name, _)| name)
        .collect();
    assert!(changed.is_empty(), "written again: {changed:?}");
    assert_eq!(git(&dir, &["status", "--porcelain", "--ignored"]), "");
    shell.run(&["validate", "snapshot"]).exits(0).prints(&["snapshot can be used"]);
    shell.run(&["plan", "snapshot"]).exits(0).prints(&["No changes"]);
}

#[test]
fn one_change_in_the_workspace_is_one_change_in_git() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    let dir = shell.path("snapshot");
    shell.run(EXPORT).exits(0);
    git(&dir, &["init", "-q"]);
    git(&dir, &["add", "."]);
    git(&dir, &["commit", "-qm", "before"]);
    sim.rename_policy("policy-000", "small");
    shell.run(EXPORT).exits(0);
    let changed =
        git(&dir, &["diff", "--name-only", "--diff-filter=M", "HEAD", "--", "workspace", "notes"]);
    assert_eq!(changed, "", "what has nothing to do with the policy stays");
    let status = git(&dir, &["status", "--porcelain", "--", "objects/cluster_policy"]);
    assert_eq!(
        status,
        " D objects/cluster_policy/policy-000.yaml\n?? objects/cluster_policy/small.yaml\n"
    );
}

#[test]
fn files_of_somebody_else_are_not_replaced() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    fs::create_dir_all(shell.path("project/objects")).unwrap();
    shell.write("project/objects/mine.txt", "mine");
    shell.run(&["export", "-o", "project"]).exits(4).prints_nothing().says(&[
        "project",
        "objects",
        "another directory",
    ]);
    assert_eq!(shell.read("project/objects/mine.txt"), "mine");
    assert_eq!(tree(&shell.path("project")).len(), 1, "nothing else was written");
    shell.write("file", "not a directory");
    shell.run(&["export", "-o", "file"]).exits(1).prints_nothing().says(&["file"]);
    assert_eq!(shell.read("file"), "not a directory");
}

#[test]
fn a_directory_that_somebody_writes_is_left_to_them() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::with_snapshot(&sim);
    let before = tree(&shell.path("snapshot"));
    let lock = fs::File::create(shell.path("snapshot/.brickform.lock")).unwrap();
    lock.lock().unwrap();
    shell.run(EXPORT).exits(4).prints_nothing().says(&["snapshot is in use by", "wait"]);
    shell.run(&["plan", "snapshot"]).exits(4).says(&["snapshot is in use by"]);
    lock.unlock().unwrap();
    fs::remove_file(shell.path("snapshot/.brickform.lock")).unwrap();
    assert_eq!(tree(&shell.path("snapshot")), before);
    shell.run(&["validate", "snapshot"]).exits(0);
}

#[test]
fn an_export_that_is_killed_leaves_the_old_snapshot() {
    let sim = Sim::start(&["--seed", SMALL, "--latency", "40"]);
    let shell = Shell::with_snapshot(&sim);
    let before = tree(&shell.path("snapshot"));
    for name in ["KILL", "INT", "TERM"] {
        let mut line = vec!["-v"];
        line.extend(EXPORT);
        let child = shell.start(&line);
        std::thread::sleep(std::time::Duration::from_millis(150));
        signal(&child, name);
        let ended = Ended::wait(&line, child);
        if name == "KILL" {
            assert_eq!(ended.code, None);
        } else {
            ended.exits(130).prints_nothing().says(&["interrupted", "nothing was written"]);
        }
        let mut now = tree(&shell.path("snapshot"));
        now.retain(|name, _| !name.starts_with(".brickform"));
        assert_eq!(now, before, "after {name}");
        shell.run(&["validate", "snapshot"]).exits(0);
    }
    shell.run(EXPORT).exits(0);
    assert!(tree(&shell.path("snapshot")).keys().all(|name| !name.starts_with(".brickform")));
}

#[test]
fn a_full_disk_leaves_the_old_snapshot() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    let disk = shell.path("disk");
    let Some(mounted) = TinyDisk::mount(&disk, 64) else { return };
    shell.run(&["export", "-o", "disk/snapshot", "--only", "cluster_policy"]).exits(0);
    let before = tree(&disk);
    shell.run(&["export", "-o", "disk/snapshot"]).exits(1).prints_nothing().says(&[
        "cannot write the snapshot into disk/snapshot",
        "No space left",
        "make room",
    ]);
    assert_eq!(tree(&disk), before, "the old snapshot is as it was, and nothing is left over");
    shell.run(&["validate", "disk/snapshot"]).exits(0);
    shell.run(&["plan", "disk/snapshot", "-o", "plan.json"]).exits(0);
    // No room for a plan either.
    mounted.fill(0);
    let before = tree(&disk);
    shell.put_snapshot("whole");
    let target = Sim::empty();
    let shell = shell.with("DATABRICKS_HOST", target.url());
    shell
        .run(&["plan", "whole", "-o", "disk/plan.json"])
        .exits(1)
        .says(&["disk/plan.json", "No space left"]);
    assert_eq!(tree(&disk), before);
}

#[test]
fn a_directory_nobody_may_write_is_named() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.write("closed", "");
    shell
        .run(&["export", "-o", "closed/snapshot"])
        .exits(1)
        .prints_nothing()
        .says(&["closed/snapshot"]);
    let shell = shell.with("TMPDIR", "/nonexistent");
    shell.run(EXPORT).exits(1).prints_nothing().says(&["temporary directory", "TMPDIR"]);
}

#[test]
fn what_was_left_out_is_never_taken_for_absent() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "only", "--only", "cluster_policy", "instance_pool"]).exits(0);
    let header = shell.read("only/snapshot.yaml");
    assert!(header.contains("cluster_policy:") && !header.contains("job:"), "{header}");
    assert!(!shell.path("only/objects/job").exists());
    shell
        .run(&["export", "-o", "skip", "--skip", "notebook", "workspace_file"])
        .exits(0)
        .prints(&["4  jobs"]);
    assert!(!shell.read("skip/snapshot.yaml").contains("notebook:"));
    for part in ["only", "skip"] {
        shell.run(&["validate", part]).exits(0);
        // Nothing is planned for what the snapshot is not about.
        let plan = shell.run(&["plan", part, "--format", "json"]).exits(0).json();
        assert_eq!(plan["steps"], serde_json::json!([]), "{part}");
    }
    // Fewer kinds than before: what is not exported any more goes away as a whole.
    shell.run(&["export", "-o", "skip", "--only", "job"]).exits(0);
    let header = shell.read("skip/snapshot.yaml");
    assert!(header.contains("job:") && !header.contains("cluster_policy:"), "{header}");
    assert!(!shell.path("skip/objects/cluster_policy").exists());
}

#[test]
fn without_rights_none_are_managed() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "bare", "--no-acls"]).exits(0);
    assert!(!shell.read("bare/objects/job/job-00000.yaml").contains("grants:"));
    let target = Sim::empty();
    let shell = shell.with("DATABRICKS_HOST", target.url());
    let plan = shell.run(&["plan", "bare", "--format", "json"]).exits(0).json();
    let steps = plan["steps"].as_array().unwrap();
    assert!(!steps.is_empty() && steps.iter().all(|step| step["change"] != "grants"), "{plan:#}");
}

#[test]
fn what_others_may_read_is_as_the_umask_says() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    shell.run(EXPORT).exits(0);
    let mode = |name: &str| fs::metadata(shell.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("snapshot/snapshot.yaml"), mode("snapshot/objects/job/job-00000.yaml"));
    assert_eq!(mode("snapshot/snapshot.yaml") & 0o111, 0, "no file is a program");
    until("the lock is gone", || !shell.path("snapshot/.brickform.lock").exists());
}
