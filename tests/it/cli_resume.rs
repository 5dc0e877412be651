//! Applies that are interrupted, by anything and at any time, and go on.

use std::fs;
use std::process::Child;

use serde_json::Value;

use crate::cli_shell::{Ended, Shell, Sim, TinyDisk, signal, until};

const APPLY: &[&str] = &["apply", "plan.json"];
const RESUME: &[&str] = &["apply", "plan.json", "--resume"];

/// A plan against a workspace that takes its time.
fn slow() -> (Sim, Shell) {
    let sim = Sim::start(&["--workspace", "2", "--latency", "30"]);
    let shell = Shell::with_snapshot(&sim);
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    (sim, shell)
}

/// An apply in the middle of its work.
fn begun(shell: &Shell) -> Child {
    let child = shell.start(APPLY);
    until("some steps are done", || {
        fs::read_to_string(shell.path("plan.json.journal"))
            .is_ok_and(|text| text.matches("\"done\"").count() >= 5)
    });
    child
}

/// What the target holds in the end.
#[track_caller]
fn is_whole(sim: &Sim, shell: &Shell) {
    shell
        .run(&["plan", "snapshot", "--detailed-exitcode"])
        .exits(0)
        .prints(&["No changes; 23 in sync"]);
    let jobs = sim.call("GET", "/api/2.2/jobs/list", &Value::Null);
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 4, "nothing exists twice: {jobs:#}");
    shell.run(APPLY).exits(4).says(&["applied already"]);
}

#[test]
fn killed_in_the_middle_it_goes_on_only_when_told_to() {
    let (sim, shell) = slow();
    let child = begun(&shell);
    signal(&child, "KILL");
    assert_eq!(Ended::wait(APPLY, child).code, None);
    shell
        .run(APPLY)
        .exits(4)
        .prints_nothing()
        .says(&["begun before", "go on with `brickform apply plan.json --resume`"]);
    shell.run(RESUME).exits(0).prints(&["a second plan is empty"]);
    is_whole(&sim, &shell);
}

#[test]
fn interrupted_it_closes_its_journal_and_can_go_on() {
    for name in ["INT", "TERM"] {
        let (sim, shell) = slow();
        let child = begun(&shell);
        signal(&child, name);
        Ended::wait(APPLY, child).exits(130).prints(&["done", "not started"]).says(&[
            "interrupted: finishing what runs",
            "next: brickform apply plan.json --resume",
        ]);
        let journal = shell.read("plan.json.journal");
        assert!(journal.ends_with("\n"), "{journal}");
        let in_doubt = journal.lines().filter(|line| line.contains("\"started\"")).filter(|line| {
            let started: Value = serde_json::from_str(line).unwrap();
            let ended = format!("{{\"record\":\"ended\",\"step\":{},", started["step"]);
            !journal.contains(&ended)
        });
        assert_eq!(in_doubt.count(), 0, "what ran was finished: {journal}");
        shell.run(RESUME).exits(0);
        is_whole(&sim, &shell);
    }
}

#[test]
fn interrupted_twice_it_stops_at_once_and_can_go_on() {
    let shell = Shell::new();
    shell.write(
        "faults.yaml",
        "rules:\n- {on: POST /api/2.2/jobs/create, do: delay, millis: 60000, times: 1}\n",
    );
    let faults = shell.path("faults.yaml").display().to_string();
    let sim = Sim::start(&["--workspace", "2", "--faults", &faults]);
    let shell = Shell::with_snapshot(&sim);
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    let child = begun(&shell);
    // Now it waits for that one job.
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, "INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, "INT");
    Ended::wait(APPLY, child)
        .exits(130)
        .prints_nothing()
        .says(&["stopped at once", "brickform apply plan.json --resume"]);
    shell.run(RESUME).exits(0);
    is_whole(&sim, &shell);
}

#[test]
fn without_room_for_the_journal_nothing_more_is_sent() {
    // So many steps that their records do not fit into the page that is left.
    let source = Sim::start(&["--seed", "scale:users=1,notebooks=80,folders=2,jobs=0"]);
    let shell = Shell::at(&source);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let sim = Sim::empty();
    let shell = shell.with("DATABRICKS_HOST", sim.url());
    let Some(disk) = TinyDisk::mount(&shell.path("disk"), 512) else { return };
    shell.run(&["plan", "snapshot", "-o", "disk/plan.json"]).exits(0);
    let folders = || {
        let held = sim.call("GET", "/api/2.0/workspace/list?path=/Shared", &Value::Null);
        held["objects"].as_array().map_or(0, Vec::len)
    };
    // Not even the first line fits.
    disk.fill(0);
    shell
        .run(&["apply", "disk/plan.json"])
        .exits(1)
        .prints_nothing()
        .says(&["disk/plan.json.journal", "No space left"]);
    assert_eq!(folders(), 0);
    fs::remove_file(shell.path("disk/plan.json.journal")).unwrap();
    // The beginning fits.
    disk.fill(4096);
    shell.run(&["apply", "disk/plan.json"]).exits(3).prints(&[
        "No space left",
        "make room",
        "Applied in part",
    ]);
    fs::remove_file(shell.path("disk/filler")).unwrap();
    shell.run(&["apply", "disk/plan.json", "--resume"]).exits(0);
    shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(0);
    assert_eq!(folders(), 2);
}

#[test]
fn a_journal_that_was_cut_off_or_belongs_elsewhere() {
    let (sim, shell) = slow();
    let child = begun(&shell);
    signal(&child, "KILL");
    Ended::wait(APPLY, child);
    // A line that was half written never took effect.
    let journal = shell.read("plan.json.journal");
    shell.write("plan.json.journal", &format!("{journal}{{\"record\":\"star"));
    // Damage in the middle is no accident of a kill.
    let (first, rest) = journal.split_once('\n').unwrap();
    shell.write("damaged.json.journal", &format!("{first}\nnonsense\n{rest}"));
    fs::copy(shell.path("plan.json"), shell.path("damaged.json")).unwrap();
    shell
        .run(&["apply", "damaged.json", "--resume"])
        .exits(4)
        .prints_nothing()
        .says(&["damaged.json.journal, line 2"]);

    shell.run(&["plan", "snapshot", "-o", "other.json"]).exits(0);
    fs::copy(shell.path("plan.json.journal"), shell.path("other.json.journal")).unwrap();
    shell.run(&["apply", "other.json", "--resume"]).exits(4).prints_nothing().says(&[
        "nothing to resume",
        "other.json.journal is of plan",
        "brickform apply other.json",
    ]);
    shell.run(&["apply", "fresh.json", "--resume"]).exits(1);
    fs::rename(shell.path("other.json"), shell.path("fresh.json")).unwrap();
    shell
        .run(&["apply", "fresh.json", "--resume"])
        .exits(4)
        .says(&["nothing to resume", "fresh.json.journal does not exist"]);

    shell.run(RESUME).exits(0);
    is_whole(&sim, &shell);
}

#[test]
fn two_applies_of_one_plan_do_not_meet() {
    let (sim, shell) = slow();
    let child = begun(&shell);
    shell
        .run(RESUME)
        .exits(4)
        .prints_nothing()
        .says(&["plan.json.journal is in use by another apply"]);
    shell
        .run(APPLY)
        .exits(4)
        .prints_nothing()
        .says(&["plan.json.journal is in use by another apply"]);
    Ended::wait(APPLY, child).exits(0);
    is_whole(&sim, &shell);
}
