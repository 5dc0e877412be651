//! What git keeps of a snapshot: revisions that are read, planned and applied, and the story of one object.

use std::fs;
use std::path::Path;
use std::process::Command;

use brickform::store::revision;
use serde_json::json;

use crate::cli_shell::{Ended, Shell, Sim, tree};

/// A notebook whose path is hard on shells and file systems.
const ODD: &str = "/Shared/it's \"odd\": café";

/// Runs git in a directory, as Ana.
#[track_caller]
fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ana Müller")
        .env("GIT_AUTHOR_EMAIL", "ana@acme.example")
        .env("GIT_AUTHOR_DATE", "2024-05-01T10:00:00+02:00")
        .env("GIT_COMMITTER_NAME", "Bot")
        .env("GIT_COMMITTER_EMAIL", "bot@acme.example")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A workspace, and a repository that its snapshots are committed to.
struct Backup {
    sim: Sim,
    shell: Shell,
    /// The snapshot's path within the repository.
    snapshot: &'static str,
}

impl Backup {
    fn of(seed: &str, snapshot: &'static str) -> Self {
        let sim = Sim::start(&["--seed", seed]);
        let shell = Shell::at(&sim);
        fs::create_dir(shell.path("repo")).unwrap();
        let backup = Self { sim, shell, snapshot };
        backup.git(&["init", "-q"]);
        backup
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.shell.path("repo"), args)
    }

    /// Exports and commits, and tells the commit.
    fn commit(&self, subject: &str) -> String {
        let dir = format!("repo/{}", self.snapshot);
        let ended = self.shell.run(&["-q", "export", "-o", &dir]);
        assert!(matches!(ended.code, Some(0 | 3)), "{ended:?}");
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs the program in the repository.
    fn run(&self, args: &[&str]) -> Ended {
        let mut command = self.shell.command(args);
        Ended::of(args, command.current_dir(self.shell.path("repo")).output().unwrap())
    }

    fn job(&self, body: &serde_json::Value) -> serde_json::Value {
        self.sim.call("POST", "/api/2.2/jobs/create", body)["job_id"].clone()
    }

    fn update(&self, job: &serde_json::Value, settings: &serde_json::Value) {
        let body = json!({"job_id": job, "new_settings": settings});
        self.sim.call("POST", "/api/2.2/jobs/update", &body);
    }

    fn notebook(&self, path: &str, source: &str) {
        use base64::Engine as _;
        let text = format!("# Databricks notebook source\n{source}");
        let content = base64::engine::general_purpose::STANDARD.encode(text);
        let body = json!({
            "path": path, "language": "PYTHON", "format": "SOURCE", "overwrite": true,
            "content": content,
        });
        self.sim.call("POST", "/api/2.0/workspace/import", &body);
    }
}

/// A job and a notebook through five commits: made, changed, renamed, changed, deleted.
fn eventful() -> (Backup, Vec<String>) {
    let backup = Backup::of("scale:users=1", "my \"snap\" é");
    let job = backup.job(&json!({"name": "old", "max_concurrent_runs": 2}));
    let mut commits = vec![backup.commit("one")];
    backup.update(&job, &json!({"max_concurrent_runs": 3, "tags": {"team": "x"}}));
    backup.notebook(ODD, "print(1)\nprint(2)\n");
    commits.push(backup.commit("two"));
    backup.update(&job, &json!({"name": "new"}));
    commits.push(backup.commit("three"));
    let rights = json!({"access_control_list": [
        {"group_name": "users", "permission_level": "CAN_VIEW"}
    ]});
    let number = job.as_i64().unwrap();
    backup.sim.call("PATCH", &format!("/api/2.0/permissions/jobs/{number}"), &rights);
    backup.notebook(ODD, "print(0)\nprint(1)\nprint(3)\n");
    commits.push(backup.commit("four"));
    backup.sim.call("POST", "/api/2.2/jobs/delete", &json!({"job_id": job}));
    commits.push(backup.commit("five"));
    (backup, commits)
}

#[test]
fn a_log_tells_what_happened_to_an_object() {
    let (backup, commits) = eventful();
    let log = backup.run(&["log", "job:new", "--format", "json"]).exits(0).json();
    let events = log["events"].as_array().unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["commit"].as_str().unwrap(), event["change"].as_str().unwrap()))
        .collect();
    let wanted = ["deleted", "rights", "renamed", "changed", "first"];
    assert_eq!(told, commits.iter().map(String::as_str).rev().zip(wanted).collect::<Vec<_>>());
    assert_eq!(events[2]["before"], "job:old");
    assert_eq!(events[2]["after"], "job:new");
    assert_eq!(events[1]["fields"][0]["path"], "/grants/group:users");
    assert_eq!(events[0]["author"], "Ana Müller");
    assert_eq!(events[0]["date"], "2024-05-01T10:00:00+02:00");

    let short = &commits[1][..7];
    let text = backup.run(&["log", "job:new"]).exits(0);
    text.prints(&[
        &format!("{short}  2024-05-01  Ana Müller  two\n    ~ max_concurrent_runs, tags"),
        "    - deleted\n",
        "    ~ rights of group:users: CAN_VIEW\n",
        "    ~ renamed: job:old ⇒ job:new, name\n",
        "    + first captured\n",
    ]);
    let patch = backup.run(&["log", "-p", "job:new"]).exits(0);
    patch.prints(&["      ~ max_concurrent_runs: 2 ⇒ 3\n", "      + group:users: CAN_VIEW\n"]);
    // A range, a limit, and a start from elsewhere.
    let range = format!("{}..{}", commits[0], commits[1]);
    let ended = backup.run(&["log", "job:old", "--rev", &range]).exits(0);
    assert_eq!(ended.out.lines().count(), 2, "{ended:?}");
    let ended = backup.run(&["log", "-n", "1", "job:new"]).exits(0);
    assert_eq!(ended.out.lines().count(), 2, "{ended:?}");
    let (dir, here) = (format!("repo/{}", backup.snapshot), backup.run(&["log", "job:new"]));
    assert_eq!(backup.shell.run(&["log", "job:new", &dir]).exits(0).out, here.out);
}

#[test]
fn a_text_is_told_line_by_line() {
    let (backup, commits) = eventful();
    let address = format!("notebook:{ODD}");
    backup.run(&["log", "-p", &address]).exits(0).prints(&[
        "    + created\n",
        "          -print(2)\n",
        "          +print(3)\n",
    ]);
    let blame = backup.run(&["blame", &address, "--format", "json"]).exits(0).json();
    let lines: Vec<_> = blame["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["text"].as_str().unwrap(), line["by"]["commit"].as_str().unwrap()))
        .collect();
    let (two, four) = (commits[1].as_str(), commits[3].as_str());
    let wanted = [
        ("# Databricks notebook source\n", two),
        ("print(0)\n", four),
        ("print(1)\n", two),
        ("print(3)\n", four),
    ];
    let same = lines.iter().zip(wanted).all(|(line, wanted)| {
        // The server may end the last line otherwise.
        (line.0.trim_end(), line.1) == (wanted.0.trim_end(), wanted.1)
    });
    assert!(same && lines.len() == wanted.len(), "{lines:?}");
    let source = backup.run(&["show", "git:HEAD~3", "--address", &address, "--content"]).exits(0);
    assert!(source.out.contains("print(2)") && !source.out.contains("print(3)"), "{source:?}");
}

#[test]
fn blame_names_the_commit_of_every_field_and_right() {
    let (backup, commits) = eventful();
    let blame =
        backup.run(&["blame", "job:new", "--rev", "HEAD~1", "--format", "json"]).exits(0).json();
    let by = |rows: &str, path: &str| {
        let rows = blame[rows].as_array().unwrap();
        let row = rows.iter().find(|row| row["path"] == path).unwrap();
        commits.iter().position(|commit| row["by"]["commit"] == **commit).unwrap()
    };
    assert_eq!(by("fields", "/max_concurrent_runs"), 1);
    assert_eq!(by("fields", "/tags/team"), 1);
    assert_eq!(by("fields", "/name"), 2);
    assert_eq!(by("rights", "/grants/group:users"), 3);
    let short = &commits[2][..7];
    let human = backup.run(&["blame", "job:new", "--rev", "HEAD~1"]).exits(0);
    human.prints(&[&format!(" {short}  2024-05-01  Ana Müller  name: \"new\"\n")]);
    backup
        .run(&["blame", "job:new"])
        .exits(1)
        .says(&["does not hold job:new", "`brickform log job:new`"]);
    backup.run(&["log", "job:never"]).exits(1).says(&["no snapshot in HEAD holds job:never"]);
}

#[test]
fn revisions_stand_where_a_snapshot_can() {
    let (backup, commits) = eventful();
    let before = tree(&backup.shell.path("repo"));
    let diff = backup.run(&["diff", "git:HEAD~4", "git:HEAD~3", "--format", "json"]).exits(2);
    let steps = diff.json()["steps"].clone();
    let seen: Vec<_> = steps.as_array().unwrap().iter().map(|step| &step["address"]).collect();
    assert!(seen.contains(&&json!("job:old")) && seen.contains(&&json!(format!("notebook:{ODD}"))));
    let comment = ["diff", "git:HEAD~4", "git:HEAD~3", "--format", "markdown"];
    let head = "## brickform diff from `git:HEAD~4` to `git:HEAD~3`";
    backup.run(&comment).exits(2).prints(&[head, "**Differences: ", "<details"]);
    backup.run(&["diff", "git:HEAD", backup.snapshot]).exits(0);
    backup.run(&["validate", "git:HEAD~2"]).exits(0).prints(&["git:HEAD~2 "]);
    let named = format!("git:{}:{}", commits[3], backup.snapshot);
    backup.run(&["show", "git:HEAD~1"]).exits(0).prints(&[&named, "1  job\n", "an admin"]);
    let shown = backup.run(&["show", &named, "--address", "job:new"]).exits(0);
    assert!(shown.out.starts_with("kind: job\nkey: new\n"), "{shown:?}");
    backup.run(&["show", &named, "--address", "job:old"]).exits(1).says(&["does not hold"]);
    // Seen from elsewhere, through a path of the file system.
    let path = format!("git:HEAD~1:./repo/{}", backup.snapshot);
    backup.shell.run(&["show", &path]).exits(0).prints(&["1  job\n"]);
    let repository = backup.shell.path("repo").canonicalize().unwrap();
    let path = repository.join(backup.snapshot);
    let named = format!("git:HEAD~1:{}", path.display());
    assert_eq!(revision::worktree_directory(Path::new(&named)).unwrap(), path);
    assert!(tree(&backup.shell.path("repo")) == before, "reading wrote into the repository");
}

#[test]
fn a_plan_from_a_revision_stays_with_it() {
    let (backup, commits) = eventful();
    backup.git(&["branch", "good", "HEAD~1"]);
    let made = backup.run(&["plan", "git:good", "-o", "plan.json"]).exits(0);
    made.prints(&["job:new"]);
    let plan = backup.shell.read("repo/plan.json");
    let named = format!("git:{}:{}", commits[3], backup.snapshot);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["snapshot"], json!(named));
    // The branch moves on, the worktree as well, and the plan is applied from another directory.
    backup.git(&["branch", "-f", "good", "HEAD"]);
    fs::remove_dir_all(backup.shell.path("repo").join(backup.snapshot)).unwrap();
    backup.shell.run(&["apply", "repo/plan.json", "--yes"]).exits(0);
    let listed = backup.sim.call("GET", "/api/2.2/jobs/list?name=new", &json!(null));
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1);
    backup.git(&["add", "plan.json"]);
    backup.git(&["commit", "-q", "-m", "plan"]);
    let shown = backup.run(&["show", "git:HEAD:plan.json"]).exits(0);
    shown.prints(&["job:new", "Plan: "]);
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    let backup = Backup::of("scale:users=1", "a");
    backup.run(&["show", "git:HEAD"]).exits(4).says(&["has no commit `HEAD`"]);
    backup.commit("one");
    backup.shell.run(&["-q", "export", "-o", "repo/b"]);
    backup.git(&["add", "-A"]);
    backup.git(&["commit", "-q", "-m", "two"]);
    backup.run(&["show", "git:HEAD~1"]).exits(0);
    for (args, code, parts) in [
        (vec!["show", "git:nope"], 4, vec!["has no commit `nope`"]),
        (vec!["show", "git:HEAD"], 4, vec!["several snapshots (git:HEAD:a, git:HEAD:b)"]),
        (vec!["log", "user:x"], 4, vec!["several snapshots"]),
        (vec!["diff", "git:HEAD:c", "a"], 4, vec!["`c` is not in HEAD; there is git:HEAD:a"]),
        (vec!["plan", "git:HEAD:a/objects"], 4, vec!["`a/objects` in HEAD holds no snapshot.yaml"]),
        (vec!["show", "git:"], 64, vec!["the revision is missing"]),
        (vec!["show", "git:--output=x"], 64, vec!["does not begin with a dash"]),
        (vec!["log", "user:x", "--rev=--all"], 64, vec!["does not begin with a dash"]),
        (vec!["show", "git:HEAD:../a"], 4, vec!["no git repository"]),
    ] {
        backup.run(&args).exits(code).prints_nothing().says(&parts);
    }
    backup.shell.run(&["show", "git:HEAD"]).exits(4).says(&["is in no git repository"]);
    backup.shell.run(&["log", "user:x"]).exits(4).says(&["is in no git repository"]);
    let mut command = backup.shell.command(&["show", "git:HEAD"]);
    let ended = command.env("PATH", "/nowhere").output().unwrap();
    Ended::of(&["show"], ended).exits(1).says(&["`git` cannot be run"]);
}

#[test]
fn damage_in_a_revision_is_found_and_named() {
    let backup = Backup::of("scale:users=1", "a");
    let job = backup.job(&json!({"name": "x", "max_concurrent_runs": 2}));
    backup.commit("one");
    backup.shell.edit("repo/a/objects/job/x.yaml", "runs: 2", "runs: 5");
    backup.git(&["commit", "-qam", "by hand"]);
    let file = "git:HEAD:a/objects/job/x.yaml";
    backup.run(&["validate", "git:HEAD:a"]).exits(4).prints(&["the digest of job:x"]);
    let ended = backup.run(&["show", "git:HEAD"]).exits(4);
    let commit = backup.git(&["rev-parse", "HEAD"]);
    ended.says(&[&file.replace("HEAD", &commit), "it was changed after it was written"]);
    backup.update(&job, &json!({"max_concurrent_runs": 3}));
    backup.git(&["checkout", "-q", "HEAD~1", "--", "a"]);
    backup.commit("three");
    let log = backup.run(&["log", "job:x"]).exits(0);
    log.prints(&["~ max_concurrent_runs: 2 ⇒ 3", "by hand\n    ! cannot be read: "]);
    backup.notebook("/Shared/n", "print(1)\n");
    backup.commit("four");
    backup.shell.edit("repo/a/workspace/Shared/n.py", "print", "p");
    backup.git(&["commit", "-qam", "by hand again"]);
    let log = backup.run(&["log", "-p", "notebook:/Shared/n"]).exits(0);
    log.prints(&["+ created"]).says(&["warning: ", "its content is sha256:"]);
    backup.run(&["blame", "job:x"]).exits(0).prints(&["max_concurrent_runs: 3"]);
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let (backup, commits) = eventful();
    let (from, to) = (backup.shell.path("repo"), backup.shell.path("shallow"));
    let url = format!("file://{}", from.display());
    git(from.parent().unwrap(), &["clone", "-q", "--depth", "2", &url, to.to_str().unwrap()]);
    let run = |args: &[&str]| {
        let output = backup.shell.command(args).current_dir(&to).output().unwrap();
        Ended::of(args, output)
    };
    let short = &commits[3][..7];
    run(&["log", "job:new"])
        .exits(0)
        .prints(&["- deleted", "+ here already, in the oldest commit of a shallow clone"])
        .says(&["the clone is shallow and ends at", short, "git fetch --unshallow"]);
    run(&["blame", "job:new", "--rev", "HEAD~1"]).exits(0).prints(&[&format!("^{short}")]);
    run(&["diff", "git:HEAD~2", "git:HEAD"]).exits(4).says(&["git fetch --unshallow"]);
}
