//! Applies that meet at one target: one works, the others wait or are refused.

use std::fs;
use std::process::Child;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli_shell::{Ended, Shell, Sim, signal, until};

const ONE: &[&str] = &["apply", "one.json"];
const TWO: &[&str] = &["apply", "two.json"];

/// A target that takes its time, and two plans for it.
fn meeting() -> (Sim, Shell) {
    let sim = Sim::start(&["--workspace", "2", "--latency", "30"]);
    let shell = Shell::with_snapshot(&sim);
    shell.run(&["plan", "snapshot", "-o", "one.json"]).exits(0);
    // Made before the other is applied, it must not depend on what that one leaves.
    shell.run(&["plan", "snapshot", "-o", "two.json", "--no-base"]).exits(0);
    (sim, shell)
}

/// An apply of the first plan in the middle of its work.
fn begun(shell: &Shell) -> Child {
    let child = shell.start(ONE);
    until("some steps are done", || {
        fs::read_to_string(shell.path("one.json.journal"))
            .is_ok_and(|text| text.matches("\"done\"").count() >= 2)
    });
    child
}

fn jobs(sim: &Sim) -> usize {
    let held = sim.call("GET", "/api/2.2/jobs/list", &Value::Null);
    held["jobs"].as_array().map_or(0, Vec::len)
}

#[test]
fn of_two_at_once_one_works_and_the_other_waits() {
    let (sim, shell) = meeting();
    let first = begun(&shell);
    let second = Ended::wait(TWO, shell.start(TWO));
    Ended::wait(ONE, first).exits(0).prints(&["a second plan is empty"]);
    second
        .exits(0)
        .says(&["waiting for the lock", "admin@example.com since 20", "`brickform apply one.json`"])
        .prints(&["already as wanted"]);
    assert_eq!(jobs(&sim), 4, "nothing exists twice");
    shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(0);
}

#[test]
fn who_does_not_want_to_wait_is_refused_and_can_come_again() {
    let (sim, shell) = meeting();
    let first = begun(&shell);
    let refused = shell.run(&["apply", "two.json", "--lock-timeout", "0s"]).exits(4);
    refused.prints_nothing().says(&[
        "is locked: admin@example.com since 20",
        "for plan ",
        "`brickform apply one.json`",
        "--lock-timeout 5m",
        "brickform unlock",
    ]);
    Ended::wait(ONE, first).exits(0);
    // A run that only wanted the lock is not one to resume.
    shell.run(TWO).exits(0).prints(&["already as wanted"]);
    assert_eq!(jobs(&sim), 4);
    shell.run(&["unlock"]).exits(0).prints(&["Nobody holds the lock of http"]);
}

#[test]
fn killed_it_goes_on_at_once_and_others_do_not() {
    let (sim, shell) = meeting();
    let child = begun(&shell);
    signal(&child, "KILL");
    Ended::wait(ONE, child);
    shell.run(&["apply", "two.json", "--lock-timeout", "0s"]).exits(4);
    shell.run(&["apply", "one.json", "--resume", "--lock-timeout", "0s"]).exits(0);
    shell.run(&["apply", "two.json", "--lock-timeout", "0s"]).exits(0);
    assert_eq!(jobs(&sim), 4);
}

#[test]
fn interrupted_it_gives_the_lock_back() {
    let (sim, shell) = meeting();
    let child = begun(&shell);
    signal(&child, "INT");
    Ended::wait(ONE, child).exits(130);
    shell.run(&["apply", "two.json", "--lock-timeout", "0s"]).exits(0);
    assert_eq!(jobs(&sim), 4);
    // Whoever waits can be interrupted, too.
    lock(&sim);
    sim.rename_policy("policy-000", "renamed");
    shell.run(&["plan", "snapshot", "-o", "three.json", "--no-base"]).exits(0);
    let waiting = &["apply", "three.json"];
    let child = shell.start(waiting);
    until("it wants the lock", || {
        fs::read_to_string(shell.path("three.json.journal"))
            .is_ok_and(|text| text.contains("locking"))
    });
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    Ended::wait(waiting, child).exits(130).prints_nothing().says(&["while waiting for the lock"]);
}

/// Somebody holds the lock who is not there any more.
fn lock(sim: &Sim) {
    let listed = sim.call("GET", "/api/2.0/workspace/list?path=/.brickform/lock", &Value::Null);
    let path = listed["objects"][0]["path"].as_str().unwrap();
    let path = path.replace(".json", "0.json");
    // {"format":1,"holder":"w","who":"ghost@x.com","what":"a plan","command":"c","since":"s","beat":3,"ttl":60}
    let content = "eyJmb3JtYXQiOjEsImhvbGRlciI6InciLCJ3aG8iOiJnaG9zdEB4LmNvbSIsIndoYXQiOiJhIHBsYW4iLCJjb21tYW5kIjoiYyIsInNpbmNlIjoicyIsImJlYXQiOjMsInR0bCI6NjB9";
    let body = json!({"path": path, "content": content, "format": "RAW"});
    sim.call("POST", "/api/2.0/workspace/import", &body);
}

#[test]
fn a_lock_left_behind_can_be_taken_away_by_hand() {
    let (sim, shell) = meeting();
    shell.run(ONE).exits(0);
    lock(&sim);
    let told = shell.run(&["unlock"]).exits(4);
    told.prints(&["is locked", "ghost@x.com", "a plan"]).says(&["unlock --yes", "the lock stays"]);
    shell.run(&["apply", "two.json", "--lock-timeout", "0s"]).exits(4).says(&["ghost@x.com"]);
    shell.run(&["unlock", "--yes"]).exits(0).prints(&["ghost@x.com", "Unlocked."]);
    shell.run(&["apply", "two.json", "--lock-timeout", "0s"]).exits(0);
}

#[test]
fn a_running_apply_whose_lock_is_taken_away_begins_no_further_step() {
    let sim = Sim::start(&["--workspace", "2", "--latency", "600"]);
    let shell = Shell::with_snapshot(&sim);
    shell.run(&["plan", "snapshot", "-o", "one.json"]).exits(0);
    let slowly = &["apply", "one.json", "--concurrency", "1"];
    let child = shell.start(slowly);
    until("it has the lock, and lost it", || {
        shell.run(&["unlock", "--yes"]).exits(0).out.contains("Unlocked.")
    });
    let ended = Ended::wait(slowly, child).exits(3);
    ended
        .prints(&["not started", "the lock was lost", "taken away by admin@example.com"])
        .says(&["next: brickform apply one.json --resume"]);
}

#[test]
fn an_export_leaves_brickforms_own_files_out() {
    let (_sim, shell) = meeting();
    shell.run(ONE).exits(0);
    shell.run(&["export", "-o", "there"]).exits(0);
    let names = crate::cli_shell::tree(&shell.path("there"));
    let own: Vec<&String> = names
        .keys()
        .filter(|name| !name.starts_with("notes") && name.contains(".brickform"))
        .collect();
    assert!(own.is_empty(), "{own:?}");
    let notes: String = names
        .iter()
        .filter(|(name, _)| name.starts_with("notes"))
        .map(|(_, (_, bytes))| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    assert!(notes.contains("/.brickform"), "it is told that it was left out: {notes}");
    shell
        .run(&["plan", "snapshot", "--detailed-exitcode"])
        .exits(0)
        .prints(&["No changes; 23 in sync"]);
}

#[test]
fn of_two_exports_into_one_directory_one_is_told_of_the_other() {
    let sim = Sim::start(&["--seed", crate::cli_shell::SMALL]);
    let shell = Shell::at(&sim);
    shell.run(&["export", "-o", "kept"]).exits(0);
    let lock = fs::File::create(shell.path("kept/.brickform.lock")).unwrap();
    lock.lock().unwrap();
    fs::write(shell.path("kept/.brickform.lock"), "process 42 on elsewhere").unwrap();
    let requests = shell.run(&["export", "-o", "kept"]).exits(4).prints_nothing();
    requests.says(&["kept is in use by process 42 on elsewhere", "wait for it to end"]);
    drop(lock);

    // Whichever of two comes first, what stands there in the end is whole.
    let export = &["export", "-o", "met"];
    let children: Vec<Child> = (0..2).map(|_| shell.start(export)).collect();
    let ended: Vec<Ended> = children.into_iter().map(|child| Ended::wait(export, child)).collect();
    assert!(ended.iter().any(|one| one.code == Some(0)), "{ended:?}");
    for one in ended.into_iter().filter(|one| one.code != Some(0)) {
        one.exits(4).says(&["met is in use by process"]);
    }
    shell.run(&["validate", "met"]).exits(0);
    shell.run(&["diff", "met", "kept"]).exits(0);
}
