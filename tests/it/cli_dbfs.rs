//! Files of DBFS on the command line: what `--dbfs` takes along, and what a plan says of names that are left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::cli_shell::{Shell, Sim, tree};

/// A workspace with files of which a job names one, and two more that are not there or no file of DBFS.
fn source() -> Sim {
    let sim = Sim::start(&["--workspace", "1"]);
    for path in ["/FileStore/jars/etl.jar", "/FileStore/jars/old/etl.jar", "/FileStore/notes.txt"] {
        let body = json!({"path": path, "contents": STANDARD.encode(path)});
        sim.call("POST", "/api/2.0/dbfs/put", &body);
    }
    let cluster = json!({
        "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1,
    });
    let libraries = json!([
        {"jar": "dbfs:/FileStore/jars/etl.jar"},
        {"whl": "/dbfs/FileStore/none.whl"},
        {"jar": "dbfs:/mnt/lake/x.jar"},
    ]);
    let task = json!({
        "task_key": "main", "spark_jar_task": {"main_class_name": "acme.Main"},
        "new_cluster": cluster, "libraries": libraries,
    });
    sim.call("POST", "/api/2.2/jobs/create", &json!({"name": "etl", "tasks": [task]}));
    sim
}

/// The files of DBFS in a snapshot, by their bytes, which are their paths.
fn captured(shell: &Shell) -> Vec<String> {
    let files = tree(&shell.path("snapshot")).into_values().map(|(_, bytes)| bytes);
    let texts = files.filter_map(|bytes| String::from_utf8(bytes).ok());
    let mut paths: Vec<String> = texts.filter(|text| text.starts_with("/FileStore/")).collect();
    paths.sort();
    paths
}

#[test]
fn a_chosen_folder_comes_along_beside_what_others_name() {
    let sim = source();
    let shell = Shell::at(&sim);
    let export = ["export", "-o", "snapshot"];
    shell.run(&export).exits(0);
    assert_eq!(captured(&shell), ["/FileStore/jars/etl.jar"]);
    shell.run(&[&export[..], &["--dbfs", "dbfs:/FileStore/jars/old/"]].concat()).exits(0);
    assert_eq!(captured(&shell), ["/FileStore/jars/etl.jar", "/FileStore/jars/old/etl.jar"]);
    let all = [&export[..], &["--dbfs", "/FileStore/notes.txt", "--dbfs", "/FileStore/jars"]];
    shell.run(&all.concat()).exits(0);
    assert_eq!(captured(&shell).len(), 3);

    shell
        .run(&[&export[..], &["--dbfs", "FileStore/jars"]].concat())
        .exits(64)
        .says(&["`FileStore/jars` is no folder of DBFS", "--dbfs dbfs:/FileStore/jars"]);
    assert_eq!(captured(&shell).len(), 3, "nothing was written");
    shell
        .run(&[&export[..], &["--dbfs", "dbfs:/FileStore/none"]].concat())
        .exits(0)
        .prints(&["error: unreadable", "dbfs_file:/FileStore/none: it cannot be looked at"]);
}

#[test]
fn files_alone_are_a_selection_and_what_it_leaves_out_is_counted() {
    let sim = source();
    let shell = Shell::at(&sim);
    let export = ["export", "-o", "snapshot", "--dbfs", "/FileStore"];
    let only = shell.run(&[&export[..], &["--only", "dbfs_file"]].concat()).exits(0);
    assert_eq!(captured(&shell).len(), 3);
    assert!(!only.out.contains("matches nothing"), "{}", only.out);
    let some = ["--select", "dbfs_file:/FileStore/jars/**", "--exclude", "dbfs_file:/**/old/*"];
    let some = shell.run(&[&export[..], &some].concat()).exits(0);
    assert_eq!(captured(&shell), ["/FileStore/jars/etl.jar"]);
    assert!(some.out.contains("dbfs_file: 1 of 3 left out: not selected"), "{}", some.out);
    assert!(some.out.contains("dbfs_file: 1 of 3 left out: excluded"), "{}", some.out);
    assert!(!some.out.contains("matches nothing"), "{}", some.out);
    let mark = std::fs::read_to_string(shell.path("snapshot/snapshot.yaml")).unwrap();
    assert!(mark.contains("only a part was read"), "{mark}");
    let none = ["--select", "dbfs_file:/FileStore/none/**"];
    shell
        .run(&[&export[..], &none].concat())
        .exits(4)
        .says(&["--select 'dbfs_file:/FileStore/none/**' selects nothing"]);
    assert_eq!(captured(&shell), ["/FileStore/jars/etl.jar"], "nothing was written");
}

#[test]
fn a_plan_says_which_names_the_target_will_not_have_and_which_it_does_not_look_at() {
    let (old, new) = (source(), Sim::empty());
    let shell = Shell::at(&old);
    shell.run(&["export", "-o", "snapshot"]).exits(0);
    let shell = shell.with("DATABRICKS_HOST", new.url());
    let plan = shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0).prints(&[
        "/dbfs/FileStore/none.whl, which the target will not have",
        "dbfs:/mnt/lake/x.jar, which is not looked at",
    ]);
    assert!(!plan.out.contains("etl.jar, which"), "{}", plan.out);
}
