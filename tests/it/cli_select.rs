//! Selectors: what a command is about, what that pulls in, and what is left for later.

use serde_json::{Value, json};

use crate::cli_shell::{Ended, SMALL, Shell, Sim, tree};

/// How many requests a run says that it took.
fn requests(ended: &Ended) -> usize {
    let line = ended.err.lines().find(|line| line.contains(" requests in")).unwrap();
    let count = line.split(" requests in").next().unwrap().rsplit(' ').next().unwrap();
    count.replace(',', "").parse().unwrap()
}

/// The objects of a snapshot or the steps of a plan, by address.
fn addresses(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap();
    list.iter().map(|step| step["address"].as_str().unwrap().to_owned()).collect()
}

fn plan(shell: &Shell, args: &[&str]) -> Value {
    let all = [&["plan", "snapshot", "--format", "json"], args].concat();
    shell.run(&all).exits(0).json()
}

fn files(shell: &Shell, dir: &str) -> Vec<String> {
    tree(&shell.path(dir)).into_keys().filter(|file| !file.starts_with("observed/")).collect()
}

#[test]
fn an_export_holds_what_is_selected_and_asks_for_no_more() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    let whole = requests(&shell.run(&["export", "-o", "whole"]).exits(0));
    let args = ["export", "-o", "part", "--select", "job:job-00000"];
    let ended =
        shell.run(&args).exits(0).prints(&["Selected --select 'job:job-00000'", "(a part)"]);
    assert!(requests(&ended) < whole, "{} of {whole}", requests(&ended));
    let held = files(&shell, "part");
    assert!(held.contains(&"objects/job/job-00000.yaml".to_owned()), "{held:?}");
    assert_eq!(held.iter().filter(|file| file.starts_with("objects/")).count(), 1, "{held:?}");
    let header = shell.read("part/snapshot.yaml");
    for part in ["scope:", "select:", "job:job-00000", "complete: false"] {
        assert!(header.contains(part), "{header}");
    }
    assert!(shell.read("part/notes/unsupported.yaml").contains("3 of 4 left out: not selected"));
    assert_eq!(
        shell.read("part/objects/job/job-00000.yaml"),
        shell.read("whole/objects/job/job-00000.yaml")
    );
    shell.run(&["validate", "part"]).exits(0);

    // The same again changes no byte, and a kind that is selected whole is complete.
    let before = tree(&shell.path("part"));
    shell.run(&args).exits(0).prints(&["0 files written"]);
    assert_eq!(before.len(), tree(&shell.path("part")).len());
    shell.run(&["export", "-o", "jobs", "--select", "job"]).exits(0);
    let folder = ["export", "-o", "tree", "--select", "path:/Shared/area-00000"];
    let ended = shell.run(&folder).exits(0);
    assert!(requests(&ended) < whole / 3, "{} of {whole}", requests(&ended));
    assert!(shell.read("tree/notes/unsupported.yaml").contains("below /Shared/area-00000 was not"));
    assert!(!shell.read("tree/snapshot.yaml").contains("complete: true"));
    assert!(shell.read("jobs/snapshot.yaml").contains("complete: true"));
}

#[test]
fn an_export_follows_what_is_needed() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::at(&sim);
    let whole = requests(&shell.run(&["export", "-o", "whole"]).exits(0));
    let ended = shell.run(&["export", "-o", "part", "--select", "+job:job-00000"]).exits(0);
    assert!(requests(&ended) < whole, "{} of {whole}", requests(&ended));
    let held = files(&shell, "part");
    let objects =
        held.iter().filter(|file| file.starts_with("objects/") || file.starts_with("workspace/"));
    assert!(objects.count() > 3, "{held:?}");
    assert!(!held.contains(&"objects/job/job-00001.yaml".to_owned()));
    assert!(
        shell
            .read("part/notes/unsupported.yaml")
            .contains("pulled in by job:job-00000, which needs it")
    );

    // It is closed: an empty workspace can be made of it.
    let empty = Sim::empty();
    let there = shell.with("DATABRICKS_HOST", empty.url());
    there.run(&["plan", "part", "-o", "plan.json"]).exits(0);
    let made: Value = serde_json::from_str(&there.read("plan.json")).unwrap();
    assert_eq!(made["blocked"].as_array().map(Vec::len), Some(0), "{}", made["blocked"]);
    there.run(&["apply", "plan.json"]).exits(0);
}

#[test]
fn a_plan_says_what_a_selection_needs() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let bare = plan(&shell, &["--select", "job:job-00000"]);
    assert_eq!(bare["steps"].as_array().map(Vec::len), Some(0));
    assert_eq!(addresses(&bare["blocked"]), ["job:job-00000"]);
    let blocked = &bare["blocked"][0];
    assert!(blocked["reason"].as_str().unwrap().contains("not in the target and not selected"));
    assert!(blocked["hint"].as_str().unwrap().ends_with("--select '+job:job-00000'"), "{blocked}");
    assert_eq!(bare["summary"]["unselected"], 22);
    assert_eq!(bare["options"]["selectors"]["select"][0], "job:job-00000");

    let whole = plan(&shell, &["--select", "+job:job-00000"]);
    assert_eq!(whole["blocked"].as_array().map(Vec::len), Some(0), "{}", whole["blocked"]);
    let steps = addresses(&whole["steps"]);
    assert!(steps.contains(&"job:job-00000".to_owned()) && steps.len() > 3, "{steps:?}");
    assert!(!steps.contains(&"job:job-00001".to_owned()));
    let notes = whole["findings"].as_array().unwrap().iter();
    let pulled: Vec<&Value> = notes.filter(|finding| finding["code"] == "pulled-in").collect();
    assert!(pulled.iter().any(|note| note["message"].as_str().unwrap().contains("job:job-00000")));
    assert!(pulled.iter().all(|note| note["about"] != "job:job-00000"));
    shell
        .run(&["plan", "snapshot", "--select", "+job:job-00000"])
        .exits(0)
        .prints(&["not selected"]);
    let excluded = plan(&shell, &["--exclude", "job", "--select", "user", "--select", "job"]);
    assert!(addresses(&excluded["steps"]).iter().all(|address| address.starts_with("user:")));
}

#[test]
fn a_plan_is_applied_in_parts() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);

    // Without what it needs, a step is blocked, and says how to go on.
    shell
        .run(&["apply", "plan.json", "--select", "job:job-00000"])
        .exits(1)
        .prints(&["which is not selected", "--select '+job:job-00000'"])
        .says(&["--resume", "--select 'job:job-00000'"]);
    shell
        .run(&["apply", "plan.json", "--resume", "--select", "+job:job-00000"])
        .exits(0)
        .prints(&["Applied what was selected", "not selected"])
        .says(&["to go on with the rest: brickform apply plan.json --resume"]);
    let jobs =
        || sim.call("GET", "/api/2.2/jobs/list", &Value::Null)["jobs"].as_array().map(Vec::len);
    assert_eq!(jobs(), Some(1));
    shell.run(&["apply", "plan.json", "--select", "user"]).exits(4).says(&["begun before"]);
    shell.run(&["apply", "plan.json", "--resume", "--select", "user"]).exits(0);
    shell.run(&["apply", "plan.json", "--resume"]).exits(0).prints(&["a second plan is empty"]);
    assert_eq!(jobs(), Some(4));
    shell.run(&["plan", "snapshot", "--detailed-exitcode"]).exits(0).prints(&["No changes"]);
}

#[test]
fn show_hides_what_is_not_selected() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::with_snapshot(&sim);
    sim.rename_policy("policy-000", "renamed");
    shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0);
    let show = |selector: &str| {
        let args = ["show", "plan.json", "--format", "json", "--select", selector];
        shell.run(&args).exits(0).says(&["are hidden by --select"]).json()
    };
    let created = show("action:create");
    assert_eq!(addresses(&created["steps"]), ["cluster_policy:policy-000"]);
    assert_eq!(created["summary"]["changes"], json!({"create": 1}));
    let others = show("!action:create");
    assert!(others["steps"].as_array().unwrap().iter().all(|step| step["change"] != "create"));
    shell
        .run(&["show", "plan.json", "--select", "job:none"])
        .exits(4)
        .prints_nothing()
        .says(&["--select 'job:none' selects nothing"]);
    let args = ["show", "plan.json", "--select", "owner=user:*"];
    shell.run(&args).exits(0).prints(&["job"]);
    std::fs::rename(shell.path("snapshot"), shell.path("elsewhere")).unwrap();
    shell.run(&args).exits(4).says(&["asks for what the plan's snapshot tells"]);
}

#[test]
fn diff_and_validate_look_at_what_is_selected() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::with_snapshot(&sim);
    sim.rename_policy("policy-000", "renamed");
    shell.run(&["export", "-o", "now"]).exits(0);
    shell
        .run(&["diff", "snapshot", "now", "--select", "user"])
        .exits(0)
        .prints(&["No differences", "not selected"]);
    let args = ["diff", "snapshot", "now", "--exclude", "job", "--format", "json"];
    let found = shell.run(&args).exits(2).json();
    assert_eq!(found["hidden"], 4);
    let steps = addresses(&found["steps"]);
    assert!(steps.contains(&"cluster_policy:renamed".to_owned()), "{steps:?}");
    assert!(steps.iter().all(|address| !address.starts_with("job:")), "{steps:?}");
    shell.run(&["validate", "now", "--select", "job"]).exits(0).prints(&["now"]);
    shell
        .run(&["show", "now", "--select", "job:job-0000[12]", "--select", "job:job-0000?"])
        .exits(0)
        .prints(&["job:job-00000\n", "4 selected, "]);
    let listed = shell.run(&["show", "now", "--select", "+job:job-00000", "--format", "json"]);
    let listed = listed.exits(0).json();
    let names = listed["addresses"].as_array().unwrap();
    assert!(names.contains(&json!("cluster_policy:renamed")), "{listed}");
    shell.run(&["show", "now", "--select", "job", "--address", "job:job-00000"]).exits(64);
    shell.run(&["diff", "snapshot", "now", "--select", "action:create"]).exits(64);
}

#[test]
fn selectors_stand_in_files_too() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    shell.write("wanted", "# what the data team has\n\nuser\n  group:*  \n");
    let made = plan(&shell, &["--select", "@wanted"]);
    assert!(
        addresses(&made["steps"])
            .iter()
            .all(|one| one.starts_with("user:") || one.starts_with("group:"))
    );
    for (text, words) in [
        ("user\njobs:x\n", &["@wanted, line 2", "no kind `jobs`"][..]),
        ("# nothing\n", &["@wanted", "holds no selector"]),
        ("@other\n", &["@wanted, line 1", "names another file"]),
    ] {
        shell.write("wanted", text);
        shell.run(&["plan", "snapshot", "--select", "@wanted"]).exits(64).says(words);
    }
    shell
        .run(&["plan", "snapshot", "--select", "@gone"])
        .exits(64)
        .says(&["@gone", "cannot be read"]);
}

#[test]
fn a_selector_that_is_none_is_named_with_its_place() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    for (selector, words) in [
        ("job:a & pipe", ["at character 9", "no kind `pipe`"]),
        ("team=data", ["at character 1", "tag.NAME=VALUE"]),
        ("action:destroy", ["at character 8", "`create`"]),
    ] {
        shell.run(&["plan", "snapshot", "--select", selector]).exits(64).says(&words);
    }
    shell
        .run(&["plan", "snapshot", "--select", "job:job-00000", "--exclude", "job:none"])
        .exits(0)
        .prints(&["--exclude 'job:none' matches nothing"]);
    shell.run(&["export", "-o", "x", "--select", "owner=ana", "--no-acls"]).exits(64);
}

/// Puts another pool of the same name in the place of one, so that a plan wants to replace it.
fn exchange_pool(sim: &Sim) {
    let held = sim.call("GET", "/api/2.0/instance-pools/list", &Value::Null);
    let pool = &held["instance_pools"][0];
    let id = json!({"instance_pool_id": pool["instance_pool_id"]});
    sim.call("POST", "/api/2.0/instance-pools/delete", &id);
    let other =
        json!({"instance_pool_name": pool["instance_pool_name"], "node_type_id": "m5.large"});
    sim.call("POST", "/api/2.0/instance-pools/create", &other);
}

#[test]
fn what_refers_to_a_replaced_object_has_to_come_along() {
    let sim = Sim::start(&["--seed", SMALL]);
    let shell = Shell::with_snapshot(&sim);
    exchange_pool(&sim);
    let alone = plan(&shell, &["--select", "instance_pool"]);
    assert_eq!(addresses(&alone["blocked"]), ["instance_pool:pool-000"], "{alone}");
    let blocked = &alone["blocked"][0];
    assert!(blocked["reason"].as_str().unwrap().contains("which refers to it, is not selected"));
    assert_eq!(blocked["hint"], "select it too: --select 'instance_pool:pool-000+'");
    let steps = alone["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["change"] == "grants"), "{steps:?}");

    let all = plan(&shell, &["--select", "instance_pool:pool-000+"]);
    assert_eq!(all["blocked"], json!([]), "{}", all["blocked"]);
    assert!(addresses(&all["steps"]).len() > 1, "{}", all["steps"]);
    let pulled = all["findings"].as_array().unwrap().iter();
    let mut pulled = pulled.filter(|finding| finding["code"] == "pulled-in");
    assert!(pulled.all(|one| {
        one["message"].as_str().unwrap().ends_with("instance_pool:pool-000, which it needs")
    }));

    // What else is to change in those that refer to it is not sent along unseen.
    let replaced = plan(&shell, &["--select", "action:replace"]);
    assert_eq!(addresses(&replaced["blocked"]), ["instance_pool:pool-000"], "{replaced}");

    // Rights belong to an object that is made anew, unless they are excluded.
    let rights = |args: &[&str]| {
        let plan = plan(&shell, args);
        let steps = plan["steps"].as_array().unwrap().clone();
        let pool = steps.iter().filter(|step| step["address"] == "instance_pool:pool-000");
        pool.filter(|step| step["change"] == "grants").count()
    };
    let pool = ["--select", "instance_pool:pool-000+ & !action:grants"];
    assert_eq!(rights(&pool), 1);
    assert_eq!(rights(&[&pool[..], &["--exclude", "action:grants"]].concat()), 0);
    assert_eq!(plan(&shell, &["--select", "action:delete"])["steps"], json!([]));
}
