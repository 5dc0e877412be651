//! What is shown of plans and snapshots: for people, for machines, for pull requests.

use serde_json::{Value, json};

use crate::cli_shell::{Shell, Sim};

const PLAN: &[&str] = &["plan", "snapshot", "-o", "plan.json"];

#[test]
fn a_plan_is_shown_as_it_was_made() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let made = shell.run(PLAN).exits(0).out;
    drop(sim);
    assert_eq!(shell.run(&["show", "plan.json"]).exits(0).out, made);
    let expanded = shell.run(&["show", "plan.json", "--expand"]).exits(0);
    assert!(expanded.out.len() > made.len());
    expanded.prints(&["job:job-00003", "user:user-00002@scale.example"]);
    let json = shell.run(&["show", "plan.json", "--format", "json"]).exits(0);
    assert_eq!(json.json(), serde_json::from_str::<Value>(&shell.read("plan.json")).unwrap());
    // Also from elsewhere, where the snapshot is found beside the plan.
    let path = shell.path("plan.json").display().to_string();
    let elsewhere = Shell::new();
    assert_eq!(elsewhere.run(&["show", &path]).exits(0).out, made);
}

#[test]
fn markdown_fits_a_comment_and_fences_what_it_quotes() {
    let source = Sim::start(&["--seed", "acme"]);
    let shell = Shell::at(&source);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let sim = Sim::empty();
    let shell = shell.with("DATABRICKS_HOST", sim.url());
    for args in [
        &["plan", "snapshot", "--format", "markdown"][..],
        &["plan", "snapshot", "--format", "markdown", "--expand"],
    ] {
        let text = shell.run(args).exits(0).out;
        let size = text.chars().count();
        assert!(size <= 65_536, "{size} characters");
        assert!(text.contains("Plan: ") && text.contains("blocked"), "{text}");
        let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
        assert!(fences >= 2 && fences.is_multiple_of(2), "{fences} fences:\n{text}");
    }
}

/// A line of markdown without its code spans: what begins with some backticks and ends with as many.
fn without_code(line: &str) -> String {
    let mut parts = line.to_owned();
    while let Some(begin) = parts.find('`') {
        let rest = &parts[begin..];
        let ticks = &rest[..rest.len() - rest.trim_start_matches('`').len()];
        let inside = &rest[ticks.len()..];
        let ends = |at: &usize| {
            let run = &inside[*at..];
            run.len() - run.trim_start_matches('`').len() == ticks.len()
                && !inside[..*at].ends_with('`')
        };
        let end = (0..inside.len())
            .filter(|at| inside.is_char_boundary(*at))
            .find(ends)
            .expect("an open code span");
        parts = format!("{}{}", &parts[..begin], &inside[end + ticks.len()..]);
    }
    parts
}

#[test]
fn what_a_name_holds_is_no_markup() {
    let sim = Sim::empty();
    let shell = Shell::at(&sim);
    let name = "``` </details> <script>alert(1)</script> \u{1b}[31m **x** | y";
    sim.call(
        "POST",
        "/api/2.2/jobs/create",
        &json!({"name": name, "description": "```\n# title\n@everyone"}),
    );
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let target = Sim::start(&["--workspace", "3"]);
    let shell = shell.with("DATABRICKS_HOST", target.url());
    let text = shell.run(&["plan", "snapshot", "--format", "markdown", "--expand"]).exits(0).out;
    let mut fence: Option<&str> = None;
    for line in text.lines().map(str::trim_start) {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let line = without_code(line);
                let is_markup = line.contains("<script>") || line.starts_with("# title");
                assert!(!is_markup && !line.contains("@everyone"), "{line:?} in\n{text}");
            }
        }
    }
    assert_eq!(fence, None, "a fence stays open:\n{text}");
    assert!(!text.contains('\u{1b}'));
    assert!(!shell.run(&["plan", "snapshot", "--expand"]).exits(0).out.contains('\u{1b}'));
}

#[test]
fn two_snapshots_differ_or_not() {
    let sim = Sim::start(&["--seed", crate::cli_shell::SMALL]);
    let shell = Shell::with_snapshot(&sim);
    shell.put_snapshot("before");
    shell.run(&["diff", "before", "snapshot"]).exits(0).prints(&["No differences; 23 the same"]);
    sim.rename_policy("policy-000", "small");
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    shell.run(&["diff", "before", "snapshot"]).exits(2).prints(&[
        "+ cluster_policy:small",
        "- cluster_policy:policy-000",
        "Differences: 1 added, 1 removed",
    ]);
    let json = shell.run(&["diff", "before", "snapshot", "--format", "json"]).exits(2).json();
    let steps = json["steps"].as_array().unwrap();
    let change = |address: &str| {
        steps
            .iter()
            .find(|step| step["address"] == address)
            .map(|step| step["change"].as_str().unwrap())
    };
    assert_eq!(change("cluster_policy:small"), Some("create"));
    assert_eq!(change("cluster_policy:policy-000"), Some("delete"));
    assert!(json["before"].is_string() && json["before"] != json["after"]);
    shell
        .run(&["diff", "before", "gone"])
        .exits(4)
        .prints_nothing()
        .says(&["gone holds no snapshot.yaml"]);
}

#[test]
fn everything_that_is_wrong_with_a_snapshot_is_listed() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(&["validate", "snapshot"]).exits(0).prints(&["snapshot is sound"]);
    shell.edit("snapshot/objects/job/job-00000.yaml", "num_workers: 1", "num_workers: 9");
    shell.edit(
        "snapshot/objects/job/job-00001.yaml",
        "key: job-00001",
        "key: job-00001\nkey: job-00001",
    );
    shell.edit("snapshot/objects/group/group-0000.yaml", "user-0", "user-9");
    std::fs::remove_file(shell.path("snapshot/workspace/Shared/area-00000/step-000000.py"))
        .unwrap();
    std::fs::write(shell.path("snapshot/workspace/Shared/stray.txt"), "x").unwrap();
    let ended = shell.run(&["validate", "snapshot"]).exits(4);
    ended.prints(&[
        "job-00000",
        "job-00001.yaml, line 3",
        "group-0000",
        "step-000000.py",
        "stray.txt",
        "snapshot cannot be used as it is",
    ]);
    shell.run(&["validate", "gone"]).exits(4).prints(&["gone holds no snapshot.yaml"]);
    shell.write("brickform.txt", "");
    shell.run(&["validate", "brickform.txt"]).exits(4);
}

#[test]
fn the_matrix_the_completions_and_the_manual_come_without_a_workspace() {
    let shell = Shell::new();
    shell.run(&["kinds"]).exits(0).prints(&[
        "KIND",
        "cluster_policy",
        "workspace_file",
        "create, change",
    ]);
    let json = shell.run(&["kinds", "--format", "json"]).exits(0).json();
    let job = json.as_array().unwrap().iter().find(|row| row["kind"] == "job").unwrap();
    assert_eq!((&job["managed"], &job["rights"]), (&json!(true), &json!(true)), "{job:#}");
    shell.run(&["kinds", "--format", "markdown"]).exits(0).prints(&[
        "| kind |",
        "|---|",
        "[`job`](https://",
    ]);
    for shell_name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        shell
            .run(&["completions", shell_name])
            .exits(0)
            .prints(&["brickform", "detailed-exitcode"]);
    }
    shell.run(&["man"]).exits(0).prints(&[".TH", "brickform"]);
}
