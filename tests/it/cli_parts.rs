//! Parts of a workspace: what is left out is counted, and its absence proves nothing.

use std::collections::BTreeSet;

use serde_json::json;

use crate::cli_readonly::Guard;
use crate::cli_shell::{Ended, SMALL, Shell, Sim, TOKEN};

/// A user whose name begins with another's.
const LONGER: &str = "user-00000@scale.example.org";

/// A user whose home is spelled otherwise than they are.
const SPELLED: &str = "Zoe.Martin@scale.example";

/// A small workspace in which people have something in their homes.
fn lived_in() -> Sim {
    let sim = Sim::start(&["--seed", SMALL]);
    for name in [LONGER, SPELLED] {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
        });
        sim.call("POST", "/api/2.0/preview/scim/v2/Users", &user);
    }
    for home in ["user-00000@scale.example", "user-00003@scale.example", LONGER, SPELLED] {
        let notebook = json!({
            "path": format!("/Users/{home}/mine"), "language": "PYTHON", "format": "SOURCE",
            "content": "MQ==",
        });
        sim.call("POST", "/api/2.0/workspace/import", &notebook);
    }
    sim
}

/// Each way to export a part, and what it holds of what may be told apart.
const WAYS: &[(&[&str], &[&str])] = &[
    (
        &["--only", "cluster_policy", "instance_pool"],
        &["--select=cluster_policy", "--select=instance_pool"],
    ),
    (&["--skip", "job,notebook"], &["--exclude=job", "--exclude=notebook"]),
    (
        &["--select", "path:/Shared/area-00000"],
        &[
            "--select",
            "notebook & path:/Shared/area-00000",
            "--select",
            "directory & path:/Shared/area-00000",
        ],
    ),
    (&["--user", "User-00000@scale.example"], &["--select", "of=user:user-00000@scale.example"]),
    (
        &["--groups", "group-0000,group-0001"],
        &["--select", "of=group:group-0000", "--select", "of=group:group-0001"],
    ),
    (&["--shared-only"], &["--exclude", "path:/Users"]),
    (
        &["--user", LONGER, "--only", "notebook"],
        &["--select", "of=user:user-00000@scale.example.org & notebook"],
    ),
];

/// The addresses that a snapshot holds.
fn held(shell: &Shell, dir: &str) -> BTreeSet<String> {
    let args = ["show", dir, "--exclude", "job:no such", "--format", "json"];
    let listed = shell.run(&args).exits(0).json();
    let all = listed["addresses"].as_array().unwrap().iter();
    all.map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn export(shell: &Shell, dir: &str, flags: &[&str]) {
    shell.run(&[&["export", "-o", dir], flags].concat()).exits(0);
}

/// The counts that the notes of a snapshot begin with, taken together.
fn counted(shell: &Shell, dir: &str) -> usize {
    let notes = shell.read(&format!("{dir}/notes/unsupported.yaml"));
    let of = |code: &str| {
        let line = notes.lines().find_map(|line| line.trim().strip_prefix(&format!("{code}: ")));
        line.map_or(0, |count| count.parse::<usize>().unwrap())
    };
    of("not-selected") + of("excluded")
}

#[test]
fn what_is_short_is_a_selector_and_all_that_is_left_out_is_counted() {
    let sim = lived_in();
    let shell = Shell::at(&sim);
    export(&shell, "whole", &[]);
    let whole = held(&shell, "whole");
    for (number, (short, long)) in WAYS.iter().enumerate() {
        let (part, same) = (format!("part{number}"), format!("same{number}"));
        export(&shell, &part, short);
        export(&shell, &same, long);
        let objects = held(&shell, &part);
        assert_eq!(objects, held(&shell, &same), "{short:?}");
        assert!(objects.is_subset(&whole) && objects.len() < whole.len(), "{short:?}");
        for object in &objects {
            let show = |dir: &str| shell.run(&["show", dir, "--address", object]).exits(0).out;
            assert_eq!(show(&part), show("whole"), "{short:?}");
        }
        let notes = shell.read(&format!("{part}/notes/unsupported.yaml"));
        let seen = objects.len() + counted(&shell, &part);
        // All that is missing was counted, or is where nobody looked, which is said.
        assert!(seen <= whole.len(), "{short:?}: {seen} of {}", whole.len());
        assert!(seen == whole.len() || notes.contains("not-looked-at"), "{short:?}: {notes}");
        shell.run(&["validate", &part]).exits(0);
    }
}

#[test]
fn a_person_is_not_taken_for_another_whose_name_begins_alike() {
    let sim = lived_in();
    let shell = Shell::at(&sim);
    let of = |flags: &[&str]| {
        export(&shell, "part", flags);
        let held = held(&shell, "part");
        held.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(
        of(&["--user", "user-00000@scale.example"]),
        [
            "job:job-00000",
            "notebook:/Users/user-00000@scale.example/mine",
            "user:user-00000@scale.example",
        ]
    );
    let name = |before: &str, after: &str| format!("{before}{LONGER}{after}");
    let longer = [name("notebook:/Users/", "/mine"), name("user:", "")];
    assert_eq!(of(&["--user", LONGER]), longer);
    // A home is found however it is spelled.
    assert_eq!(
        of(&["--user", "zoe.martin@scale.example"]),
        ["notebook:/Users/Zoe.Martin@scale.example/mine", "user:zoe.martin@scale.example"]
    );
    let theirs = of(&["--groups", "group-0001"]);
    for one in [
        "group:group-0001",
        "user:user-00002@scale.example",
        "user:user-00003@scale.example",
        "notebook:/Users/user-00003@scale.example/mine",
    ] {
        assert!(theirs.contains(&one.to_owned()), "{one}: {theirs:?}");
    }
    assert!(!theirs.iter().any(|one| one.contains("user-00000")), "{theirs:?}");
    let notes = shell.read("part/notes/unsupported.yaml");
    assert!(notes.contains("pulled in by group:group-0001, which it is in"), "{notes}");
    shell.run(&["export", "-o", "none", "--user", "user-0000"]).exits(4).says(&["selects nothing"]);
    shell.run(&["export", "-o", "none", "--select", "of=job:x"]).exits(64).says(&["of= takes"]);
    assert!(!shell.path("none").exists());
}

#[test]
fn a_part_of_a_snapshot_proves_no_absence() {
    let (source, target) = (lived_in(), Sim::empty());
    let shell = Shell::at(&source);
    export(&shell, "snapshot", &[]);
    export(&shell, "whole", &[]);
    let there = shell.with("DATABRICKS_HOST", target.url());
    there.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    there.run(&["apply", "plan.json"]).exits(0);
    there.run(&["verify", "snapshot"]).exits(0);
    for (flags, _) in WAYS {
        // The part takes the place of the whole, as a nightly export with other flags would.
        let args = [&["export", "-o", "snapshot"], *flags].concat();
        let mut here = there.command(&args);
        here.env("DATABRICKS_HOST", source.url());
        Ended::of(&args, here.output().unwrap()).exits(0);
        let prune = ["plan", "snapshot", "--prune", "--format", "json"];
        let plan = there.run(&prune).exits(0).json();
        assert_eq!(plan["steps"], json!([]), "{flags:?}");
        let blocked = plan["blocked"].as_array().unwrap();
        assert!(!blocked.is_empty(), "{flags:?}");
        for one in blocked {
            let reason = one["reason"].as_str().unwrap();
            let is_caller = reason == "it is the identity that calls";
            assert!(is_caller || reason.contains("is not proven"), "{flags:?}: {one}");
        }
        let plan = there.run(&["plan", "snapshot", "--format", "json"]).exits(0).json();
        let codes: BTreeSet<&str> = plan["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["code"].as_str())
            .collect();
        assert!(codes.contains("not-in-this-part"), "{flags:?}: {codes:?}");
        assert!(!codes.contains("gone-from-source"), "{flags:?}: {codes:?}");
        there.run(&["verify", "snapshot"]).exits(0).prints(&["was not to hold these", "Equal: "]);
        there.run(&["drift", "snapshot"]).exits(0);
        let diff = ["diff", "whole", "snapshot", "--format", "json"];
        let found = there.run(&diff).exits(0).json();
        assert_eq!(found["steps"], json!([]), "{flags:?}");
        assert!(!found["not_compared"].as_object().unwrap().is_empty(), "{flags:?}: {found}");
    }
}

#[test]
fn what_is_not_asked_for_costs_nothing() {
    let guard = Guard::before(1, SMALL);
    let shell = Shell::new().with("DATABRICKS_HOST", &guard.url).with("DATABRICKS_TOKEN", TOKEN);
    let asked = |flags: &[&str]| {
        export(&shell, "part", flags);
        let asked: Vec<String> = guard.asked().into_iter().map(|(_, path)| path).collect();
        asked
    };
    let whole = asked(&[]).len();
    let of = |asked: &[String], part: &str| asked.iter().filter(|path| path.contains(part)).count();
    let only = asked(&["--only", "job"]);
    assert_eq!(of(&only, "/workspace/"), 0, "{only:?}");
    assert!(only.len() < whole, "{} of {whole}", only.len());
    let skip = asked(&["--skip", "directory", "git_folder", "notebook", "workspace_file"]);
    assert_eq!(of(&skip, "/workspace/"), 0, "{skip:?}");
    // Of one person: their home, and the rights that tell whose something is.
    let user = asked(&["--user", "user-00000@scale.example"]);
    assert!(user.len() < whole, "{} of {whole}", user.len());
    assert_eq!(of(&user, "/workspace/list"), 2, "{user:?}");
    assert_eq!(of(&user, "/permissions/instance-pools"), 0, "{user:?}");
    assert_eq!(of(&user, "/permissions/jobs"), 4, "{user:?}");
    let group = asked(&["--groups", "group-0000"]);
    assert_eq!(of(&group, "/workspace/list"), 3, "{group:?}");
    assert!(group.len() < whole, "{} of {whole}", group.len());
    let folder = asked(&["--select", "path:/Shared/area-00000"]);
    assert!(folder.len() < whole / 3, "{} of {whole}", folder.len());
    let (all, shared) =
        (asked(&["--only", "notebook"]), asked(&["--only", "notebook", "--shared-only"]));
    assert_eq!(of(&all, "/workspace/list") - of(&shared, "/workspace/list"), 6, "{shared:?}");
}
