//! The value of a secret is written and said nowhere, whichever way it comes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cli_secrets::{between, get, is_discreet, is_free_of_values, keys_of, values};
use crate::cli_shell::{Shell, Sim};

/// A way for values to come from the source to the target.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// From files and the environment, named in `brickform.yaml`.
    Named,
    /// Encrypted in the snapshot.
    Encrypted,
    /// From the source, which tells them.
    Source,
    /// From the source, by a program on a cluster, because it does not tell them otherwise.
    Cluster,
}

impl Way {
    fn source(self) -> Sim {
        match self {
            Self::Cluster => Sim::start(&["--workspace", "1", "--refuse-secret-reads"]),
            _ => Sim::start(&["--workspace", "1"]),
        }
    }

    /// Gets everything ready; gives the arguments of an export and of an apply beyond the usual ones.
    fn prepare(self, old: &Sim, shell: Shell) -> (Shell, Vec<String>, Vec<String>) {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Named => {
                let (mut shell, mut named) = (shell, "version: 1\nsecrets:\n".to_owned());
                for (key, value) in values() {
                    if key == "ascii" {
                        named += "  prod/ascii: env:GIVEN\n";
                        shell = shell.with("GIVEN", std::str::from_utf8(&value).unwrap());
                    } else {
                        named += &format!("  prod/{key}: file:given-{key}\n");
                        std::fs::write(shell.path(&format!("given-{key}")), value).unwrap();
                    }
                }
                shell.write("brickform.yaml", &named);
                (shell, words(&[]), words(&[]))
            }
            Self::Encrypted => {
                let key = keys_of(&shell, "mine.txt");
                let export = words(&["--secrets", "encrypt", "--recipient", &key]);
                (shell, export, words(&["--identity", "mine.txt"]))
            }
            Self::Source => (shell, words(&[]), words(&["--secrets-from", "old"])),
            Self::Cluster => {
                let spec = json!({
                    "cluster_name": "reader", "spark_version": "15.4.x-scala2.12",
                    "node_type_id": "i3.xlarge", "num_workers": 0, "autotermination_minutes": 10,
                });
                old.call("POST", "/api/2.1/clusters/create", &spec);
                let apply = ["--secrets-from", "old", "--via-cluster", "reader"];
                (shell, words(&[]), words(&apply))
            }
        }
    }
}

/// Every file below a folder of a workspace's tree.
fn kept(sim: &Sim, folder: &str) -> Vec<(String, Vec<u8>)> {
    let list = format!("/api/2.0/workspace/list?path={folder}");
    let listed = sim.call("GET", &list, &Value::Null);
    let mut found = Vec::new();
    for one in listed["objects"].as_array().into_iter().flatten() {
        let path = one["path"].as_str().unwrap();
        if one["object_type"] == "DIRECTORY" {
            found.extend(kept(sim, path));
            continue;
        }
        let export = format!("/api/2.0/workspace/export?format=AUTO&path={path}");
        let content = sim.call("GET", &export, &Value::Null)["content"].clone();
        found.push((path.to_owned(), STANDARD.decode(content.as_str().unwrap()).unwrap()));
    }
    found
}

/// Snapshot, plan, journal, both copies of the base, log and errors, of an apply that fails, of the one
/// that goes on, and of what shows and undoes it.
#[test]
fn no_value_is_written_or_said_whichever_way_it_comes() {
    let faults = Shell::new();
    faults.write(
        "faults.yaml",
        "rules:\n- {on: POST /api/2.0/secrets/put, nth: 1, do: unavailable-after}\n\
         - {on: POST /api/2.0/secrets/put, nth: 3, do: html}\n",
    );
    let faults_file = faults.path("faults.yaml").display().to_string();
    for way in [Way::Named, Way::Encrypted, Way::Source, Way::Cluster] {
        let new = Sim::start(&["--workspace", "2", "--faults", &faults_file]);
        let old = way.source();
        let (shell, export, apply) = way.prepare(&old, between(&old, &new));
        let run = |usual: &[&str], more: &[String]| {
            let more = more.iter().map(String::as_str);
            shell.run(&usual.iter().copied().chain(more).chain(["-vvv"]).collect::<Vec<_>>())
        };
        let usual_apply = ["apply", "plan.json", "--profile", "new", "--exclude", "cluster"];
        let resume = [&apply[..], &["--resume".to_owned()]].concat();
        let plan = ["plan", "snapshot", "-o", "plan.json", "--profile", "new"];
        let mut ended = vec![
            run(&["export", "-o", "snapshot", "--profile", "old"], &export).exits(0),
            run(&plan, &[]).exits(0),
            run(&usual_apply, &apply).exits(3),
            run(&usual_apply, &resume).exits(0),
            run(&["show", "plan.json", "--expand"], &[]).exits(0),
            run(&["rollback", "plan.json", "-o", "back.json", "--profile", "new"], &[]).exits(0),
        ];
        for (key, value) in values() {
            assert!(get(&new, key) == value, "{way:?}: {key}");
        }
        let again = ["plan", "snapshot", "--profile", "new", "--exclude", "cluster"];
        ended.push(run(&again, &[]).exits(0).prints(&["No changes"]));
        is_discreet(&shell, &ended);
        let kept = kept(&new, "/.brickform");
        assert!(kept.iter().any(|(name, _)| name.contains("/base/")), "{way:?}");
        is_free_of_values(&kept);
    }
}
