//! Plans: the same twice, only reading, and refusing what was edited.

use serde_json::{Value, json};

use crate::cli_shell::{SMALL, Shell, Sim, tree};

#[test]
fn equal_inputs_give_equal_bytes() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let first = shell.run(&["plan", "snapshot", "-o", "one.json"]).exits(0).out;
    let second =
        shell.run(&["plan", "snapshot", "-o", "two.json", "--concurrency", "3"]).exits(0).out;
    assert_eq!(first, second);
    assert_eq!(shell.read("one.json"), shell.read("two.json"));
    let printed = shell.run(&["plan", "snapshot", "--format", "json"]).exits(0);
    let mut written: Value = serde_json::from_str(&shell.read("one.json")).unwrap();
    assert!(written["digest"].is_string());
    written["digest"] = printed.json()["digest"].clone();
    assert_eq!(printed.json(), written);
}

#[test]
fn the_exit_code_tells_only_when_asked() {
    let empty = Sim::empty();
    let shell = Shell::with_snapshot(&empty);
    shell.run(&["plan", "snapshot"]).exits(0).prints(&["Plan: ", "to create"]);
    shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(2).prints(&["Plan: "]);
    let same = Sim::start(&["--seed", SMALL]);
    let shell = shell.with("DATABRICKS_HOST", same.url());
    shell
        .run(&["plan", "snapshot", "--detailed-exitcode"])
        .exits(0)
        .prints(&["No changes; ", "in sync"]);
    shell.run(&["plan", "gone", "--detailed-exitcode"]).exits(4);
}

#[test]
fn reading_commands_send_no_write() {
    let shell = Shell::new();
    // From the first write on, nothing of the client would arrive.
    shell.write("faults.yaml", "kill: {at: 1, writes: true, effect: false}\n");
    let faults = shell.path("faults.yaml").display().to_string();
    let sim = Sim::start(&["--seed", SMALL, "--faults", &faults]);
    let other = Shell::with_snapshot(&sim);
    other.run(&["export", "-o", "mine"]).exits(0);
    other.edit("mine/objects/job/job-00000.yaml", "num_workers: 1", "num_workers: 2");
    other.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    let held = sim.call("GET", "/api/2.0/policies/clusters/list", &Value::Null);
    assert!(held["policies"].as_array().is_some_and(|list| !list.is_empty()));
}

#[test]
fn a_snapshot_that_was_edited_is_refused_by_file_and_digest() {
    let sim = Sim::empty();
    let job = "snapshot/objects/job/job-00000.yaml";
    let index = "snapshot/workspace/Shared/area-00000/_index.yaml";
    for (file, from, to, words) in [
        (job, "num_workers: 1", "num_workers: 9", "the digest of job:job-00000"),
        (job, "CAN_MANAGE_RUN", "CAN_MANAGE", "the digest of job:job-00000"),
        (
            "snapshot/workspace/Shared/area-00000/step-000000.py",
            "\n",
            "\n\n",
            "the digest of its bytes",
        ),
        (index, "PYTHON", "SQL", "the digest of directory /Shared/area-00000"),
        ("snapshot/snapshot.yaml", "complete: true", "complete: false", "root"),
        ("snapshot/snapshot.yaml", "count: 4", "count: 3", "the count of kind job"),
    ] {
        let shell = Shell::with_snapshot(&sim);
        shell.edit(file, from, to);
        let ended = shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(4).prints_nothing();
        ended
            .says(&["the snapshot cannot be used", words, "restore it from git, or export again"])
            .says(if file.ends_with("snapshot.yaml") {
                &["snapshot.yaml"]
            } else {
                std::slice::from_ref(&file)
            });
        assert!(!shell.path("plan.json").exists());
        shell.run(&["validate", "snapshot"]).exits(4).prints(&["changed", "cannot be used"]);
        shell.run(&["diff", "snapshot", "snapshot"]).exits(4).says(&[words]);
    }
}

#[test]
fn what_was_removed_or_added_is_named() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    std::fs::remove_file(shell.path("snapshot/objects/job/job-00001.yaml")).unwrap();
    shell.run(&["plan", "snapshot"]).exits(4).says(&["the count of kind job is 3"]);
    let shell = Shell::with_snapshot(&sim);
    std::fs::remove_file(shell.path("snapshot/workspace/Shared/area-00000/step-000000.py"))
        .unwrap();
    shell.run(&["plan", "snapshot"]).exits(4).says(&["step-000000.py is missing", "_index.yaml"]);
    let shell = Shell::with_snapshot(&sim);
    shell.edit("snapshot/snapshot.yaml", "format: \"1.0\"", "format: \"2.0\"");
    shell.run(&["plan", "snapshot"]).exits(4).says(&["snapshot format 2.0", "newer brickform"]);
    shell.edit("snapshot/snapshot.yaml", "format: \"2.0\"", "format: \"1.0\"");
    shell.edit("snapshot/snapshot.yaml", "requires: []", "requires: [sealed]");
    shell.run(&["plan", "snapshot"]).exits(4).says(&["requires `sealed`"]);
}

#[test]
fn yaml_that_reads_differently_elsewhere_is_refused_with_its_line() {
    let sim = Sim::empty();
    let file = "snapshot/objects/job/job-00000.yaml";
    for (from, to, words) in [
        ("key: job-00000", "key: job-00000\nkey: job-00000", "line 3"),
        ("spec:", "spec: &all", "anchor"),
        ("kind: job", "\u{feff}kind: job", "byte order mark"),
        ("kind: job", "kind: !!str job", "tag"),
        ("key: job-00000", "key: ../../job-00000", "the digest of"),
        ("kind: job", "kind: [job", "line"),
    ] {
        let shell = Shell::with_snapshot(&sim);
        shell.edit(file, from, to);
        shell.run(&["plan", "snapshot"]).exits(4).prints_nothing().says(&["job-00000.yaml", words]);
    }
    let index = "snapshot/workspace/Shared/area-00000/_index.yaml";
    let shell = Shell::with_snapshot(&sim);
    shell.edit(index, "name: step-000000", "name: step-000000\n    file: ../../../../etc/passwd");
    shell.run(&["plan", "snapshot"]).exits(4).says(&[
        "_index.yaml, line",
        "children.0.file",
        "no name of a file",
    ]);
}

#[test]
fn rewrites_that_cannot_be_meant_are_refused_with_their_place() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    for (text, words) in [
        ("version: 2\n", "version is 2"),
        ("version: 1\nnodes: {}\n", "nodes"),
        ("version: 1\nemails:\n- exact: bob\n  to: bob@y.com\n", "emails[0]"),
        (
            "version: 1\nemails:\n- {domain: x.com, to: y.com}\n- {domain: X.com, to: z.com}\n",
            "emails[1]",
        ),
        ("version: 1\naccount_ids: {\"12\": \"34\"}\n", "twelve digits"),
        ("version: 1\ngroups: {a: b, a: c}\n", "line 2"),
        ("version: 1\nemails: [\n", "line"),
    ] {
        shell.write("rewrites.yaml", text);
        let ended =
            shell.run(&["plan", "snapshot", "--rewrites", "rewrites.yaml", "-o", "plan.json"]);
        ended.exits(4).prints_nothing().says(&[
            "rewrites file cannot be used",
            "rewrites.yaml",
            words,
        ]);
        shell.run(&["validate", "snapshot", "--rewrites", "rewrites.yaml"]).exits(4).says(&[words]);
    }
    shell.run(&["plan", "snapshot", "--rewrites", "gone.yaml"]).exits(1).says(&["gone.yaml"]);
    assert!(!shell.path("plan.json").exists());
}

#[test]
fn a_rewrite_is_shown_with_its_rule_and_touches_nothing_else() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.write(
        "rewrites.yaml",
        "version: 1\nemails:\n- {exact: user-00001@scale.example, to: robert@new.example}\n- {exact: nobody@scale.example, to: x@y.z}\n",
    );
    let line = ["plan", "snapshot", "--rewrites", "rewrites.yaml", "-o", "plan.json", "--expand"];
    shell.run(&line).exits(0).prints(&[
        "Rewrites rewrites.yaml",
        "user:robert@new.example",
        "emails.exact (line 3)",
        "emails.exact (line 4)",
        "user:user-00002@scale.example",
    ]);
    let plan: Value = serde_json::from_str(&shell.read("plan.json")).unwrap();
    let addresses: Vec<&Value> =
        plan["steps"].as_array().unwrap().iter().map(|step| &step["address"]).collect();
    assert!(addresses.contains(&&json!("user:robert@new.example")));
    assert!(!addresses.contains(&&json!("user:user-00001@scale.example")));
}

#[test]
fn only_the_kinds_asked_for_are_planned() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let plan =
        shell.run(&["plan", "snapshot", "--kinds", "user", "--format", "json"]).exits(0).json();
    let steps = plan["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    for step in steps {
        assert!(step["address"].as_str().unwrap().starts_with("user:"), "{step:#}");
    }
}

#[test]
fn a_plan_may_go_where_no_file_is() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let ended = shell.run(&["-q", "plan", "snapshot", "-o", "/dev/stdout"]).exits(0);
    let at = ended.out.find('{').unwrap();
    assert!(ended.out[at..].contains("\"snapshot_digest\""), "{}", ended.out);
    shell
        .run(&["plan", "snapshot", "-o", "/dev/full"])
        .exits(1)
        .says(&["/dev/full", "No space left"]);
    assert!(!std::path::Path::new("/dev/full").is_file());
    shell.run(&["plan", "snapshot", "-o", "snapshot"]).exits(1).says(&["snapshot", "directory"]);
    shell.run(&["plan", "snapshot", "-o", "new/folder/plan.json"]).exits(0);
    assert!(shell.path("new/folder/plan.json").is_file());
    assert_eq!(tree(&shell.path("new")).len(), 1);
}
