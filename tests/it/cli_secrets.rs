//! Values of secrets on the command line: where they come from, and that they stay out of sight.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cli_shell::{Ended, Shell, Sim, TOKEN, tree};

/// Values that could be lost or seen: text, text beyond ASCII, bytes that are no text, and a large one.
pub(crate) fn values() -> Vec<(&'static str, Vec<u8>)> {
    let large: Vec<u8> = (0..128 * 1024).map(|n: u32| b'a' + (n % 23) as u8).collect();
    vec![
        ("ascii", b"canary-ascii-5f0e".to_vec()),
        ("beyond", "canary-gèheim-日本\n".as_bytes().to_vec()),
        ("bytes", vec![0, 255, 254, 10, 13, 0, 200, 201, 202, 203]),
        ("large", large),
    ]
}

/// What may be written nowhere of a value: some of its bytes, plainly and in base64.
fn traces(value: &[u8]) -> Vec<Vec<u8>> {
    let piece = &value[..value.len().min(12)];
    vec![piece.to_vec(), STANDARD.encode(value).as_bytes()[..12].to_vec()]
}

fn put(sim: &Sim, key: &str, value: &[u8]) {
    let body = json!({"scope": "prod", "key": key, "bytes_value": STANDARD.encode(value)});
    sim.call("POST", "/api/2.0/secrets/put", &body);
}

pub(crate) fn get(sim: &Sim, key: &str) -> Vec<u8> {
    let path = format!("/api/2.0/secrets/get?scope=prod&key={key}");
    STANDARD.decode(sim.call("GET", &path, &Value::Null)["value"].as_str().unwrap()).unwrap()
}

fn keys(sim: &Sim) -> Vec<String> {
    let listed = sim.call("GET", "/api/2.0/secrets/list?scope=prod", &Value::Null);
    let mut keys: Vec<String> = listed["secrets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["key"].as_str().unwrap().to_owned())
        .collect();
    keys.sort();
    keys
}

/// Makes a pair of keys: a file with the private one, and the public one.
pub(crate) fn keys_of(shell: &Shell, file: &str) -> String {
    use age::secrecy::ExposeSecret as _;
    let key = age::x25519::Identity::generate();
    shell.write(file, key.to_string().expose_secret());
    key.to_public().to_string()
}

/// A workspace with secrets, another that is empty, and a home with profiles for both.
fn two() -> (Sim, Sim, Shell) {
    of(Sim::start(&["--workspace", "1"]))
}

fn of(old: Sim) -> (Sim, Sim, Shell) {
    let new = Sim::empty();
    let shell = between(&old, &new);
    (old, new, shell)
}

/// Puts secrets into a workspace; gives a home with profiles for it and for another.
pub(crate) fn between(old: &Sim, new: &Sim) -> Shell {
    old.call("POST", "/api/2.0/secrets/scopes/create", &json!({"scope": "prod"}));
    for (key, value) in values() {
        put(old, key, &value);
    }
    let shell = Shell::new();
    let profile =
        |name: &str, sim: &Sim| format!("[{name}]\nhost = {}\ntoken = {TOKEN}\n", sim.url());
    shell.write(".databrickscfg", &format!("{}{}", profile("old", old), profile("new", new)));
    shell
}

/// Nothing of a value is in what was printed, nor in any file.
#[track_caller]
pub(crate) fn is_discreet(shell: &Shell, ended: &[Ended]) {
    let files = tree(&shell.path(".")).into_iter().filter(|(name, _)| !name.contains("given"));
    let mut texts: Vec<(String, Vec<u8>)> = files.map(|(name, (_, bytes))| (name, bytes)).collect();
    assert!(texts.len() > 5);
    for one in ended {
        texts.push(("output".to_owned(), format!("{}{}", one.out, one.err).into_bytes()));
    }
    is_free_of_values(&texts);
}

/// Nothing of a value is in any of these.
#[track_caller]
pub(crate) fn is_free_of_values(texts: &[(String, Vec<u8>)]) {
    for (key, value) in values() {
        for trace in traces(&value) {
            for (name, text) in texts {
                let found = text.windows(trace.len()).any(|part| part == trace);
                assert!(!found, "the value of {key} is in {name}");
            }
        }
    }
}

const DEBUG: [&str; 1] = ["-vvv"];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

#[test]
fn without_values_the_scope_is_made_and_the_keys_are_left_out() {
    let (_old, new, shell) = two();
    let mut ended = vec![
        shell.run(&["export", "-o", "snapshot", "--profile", "old"]).exits(0),
        shell.run(&["plan", "snapshot", "-o", "plan.json", "--profile", "new"]).exits(0),
        shell.run(&["apply", "plan.json", "--profile", "new"]).exits(3).prints(&[
            "left out: what they need is not there",
            "secret:prod/ascii",
            "--secrets-from",
        ]),
    ];
    assert!(keys(&new).is_empty());
    // Some from places that are named, the others from the source.
    shell.write(
        "brickform.yaml",
        "version: 1\nsecrets:\n  prod/bytes: file:given-bytes\n  secret:prod/ascii: env:GIVEN_ASCII\n",
    );
    let values = values();
    fs::write(shell.path("given-bytes"), &values[2].1).unwrap();
    ended.push(
        shell
            .run(&["apply", "plan.json", "--profile", "new", "--resume"])
            .exits(3)
            .prints(&["the environment has no GIVEN_ASCII"]),
    );
    assert_eq!((keys(&new), get(&new, "bytes")), (vec!["bytes".to_owned()], values[2].1.clone()));
    let shell = shell.with("GIVEN_ASCII", "canary-ascii-5f0e");
    let apply = ["apply", "plan.json", "--profile", "new", "--resume", "--secrets-from", "old"];
    ended.push(shell.run(&apply).exits(0));
    for (key, value) in values {
        assert!(get(&new, key) == value, "{key}");
    }
    let plan = ["plan", "snapshot", "--profile", "new", "--detailed-exitcode"];
    ended.push(shell.run(&plan).exits(0).prints(&["No changes"]));
    is_discreet(&shell, &ended);
}

#[test]
fn values_pass_from_one_workspace_to_the_other_in_memory() {
    let (old, new, shell) = two();
    let from_old = ["apply", "plan.json", "--profile", "new", "--secrets-from", "old"];
    let mut ended = vec![
        shell.run(&["export", "-o", "snapshot", "--profile", "old"]).exits(0),
        shell.run(&["plan", "snapshot", "-o", "plan.json", "--profile", "new"]).exits(0),
        shell.run(&["apply", "plan.json", "--profile", "new", "--secrets-from", "new"]).exits(4),
        shell.run(&with(&from_old, &DEBUG)).exits(0).prints(&["a second plan is empty"]),
    ];
    for (key, value) in values() {
        assert!(get(&new, key) == value, "{key}");
    }
    // A value that is rotated shows, without showing it.
    put(&old, "ascii", b"canary-ascii-rotated");
    ended.push(shell.run(&["export", "-o", "snapshot", "--profile", "old"]).exits(0));
    let plan = ["plan", "snapshot", "-o", "plan.json", "--profile", "new"];
    ended.push(shell.run(&plan).exits(0).prints(&["secret:prod/ascii", "value.version"]));
    ended.push(shell.run(&from_old).exits(0));
    assert_eq!(get(&new, "ascii"), b"canary-ascii-rotated");
    ended.push(shell.run(&["rollback", "plan.json", "-o", "back.json", "--profile", "new"]));
    is_discreet(&shell, &ended);
}

#[test]
fn an_unchanged_workspace_is_exported_to_the_same_bytes() {
    let (_old, _new, shell) = two();
    shell.run(&["export", "-o", "snapshot", "--profile", "old"]).exits(0);
    let before = tree(&shell.path("snapshot"));
    shell.run(&["export", "-o", "snapshot", "--profile", "old"]).exits(0);
    let after = tree(&shell.path("snapshot"));
    let bytes = |files: &std::collections::BTreeMap<String, (_, Vec<u8>)>| {
        files.iter().map(|(name, (_, bytes))| (name.clone(), bytes.clone())).collect::<Vec<_>>()
    };
    let without_clock = |mut files: Vec<(String, Vec<u8>)>| {
        files.retain(|(name, _)| !name.starts_with("observed"));
        files
    };
    assert!(without_clock(bytes(&before)) == without_clock(bytes(&after)));
}

fn files(shell: &Shell, name: &str) -> Vec<(String, Vec<u8>)> {
    let files = tree(&shell.path(name)).into_iter();
    files
        .filter(|(name, _)| !name.starts_with("observed"))
        .map(|(name, (_, bytes))| (name, bytes))
        .collect()
}

#[test]
fn encrypted_values_travel_in_the_snapshot_and_stay_as_they_are() {
    let (old, new, shell) = two();
    let (mine, theirs) = (keys_of(&shell, "mine.txt"), keys_of(&shell, "theirs.txt"));
    let export = ["export", "-o", "snapshot", "--profile", "old", "--secrets", "encrypt"];
    let for_both = with(&export, &["--recipient", &mine, "--recipient", &theirs]);
    shell.run(&export).exits(64).says(&["belong together"]);
    let mut ended = vec![shell.run(&for_both).exits(0)];
    let first = files(&shell, "snapshot");
    ended.push(shell.run(&for_both).exits(0));
    assert!(files(&shell, "snapshot") == first, "what is unchanged is not encrypted anew");
    put(&old, "ascii", b"canary-ascii-rotated");
    ended.push(shell.run(&for_both).exits(0));
    let changed: Vec<String> = files(&shell, "snapshot")
        .into_iter()
        .filter(|file| !first.contains(file))
        .map(|(name, _)| name)
        .collect();
    assert!(
        changed.iter().all(|name| name.contains("ascii") || name == "snapshot.yaml"),
        "{changed:?}"
    );
    ended.push(shell.run(&["plan", "snapshot", "-o", "plan.json", "--profile", "new"]).exits(0));
    let apply = ["apply", "plan.json", "--profile", "new"];
    ended.push(shell.run(&apply).exits(3).prints(&["--identity FILE"]));
    let other = keys_of(&shell, "other.txt");
    assert_ne!(other, mine);
    let resumed = with(&apply, &["--resume", "--identity"]);
    ended.push(shell.run(&with(&resumed, &["other.txt"])).exits(3).prints(&["somebody else"]));
    ended.push(shell.run(&with(&resumed, &["theirs.txt"])).exits(0));
    for (key, value) in values().into_iter().filter(|(key, _)| *key != "ascii") {
        assert!(get(&new, key) == value, "{key}");
    }
    assert_eq!(get(&new, "ascii"), b"canary-ascii-rotated");
    is_discreet(&shell, &ended);
}

#[test]
fn a_keyed_fingerprint_changes_with_the_value_alone() {
    let (old, _new, shell) = two();
    fs::write(shell.path("key"), [7; 32]).unwrap();
    let export = ["export", "-o", "snapshot", "--profile", "old", "--fingerprint-key", "key"];
    let mut ended = vec![shell.run(&export).exits(0)];
    let first = files(&shell, "snapshot");
    put(&old, "ascii", &values()[0].1);
    ended.push(shell.run(&export).exits(0));
    assert!(files(&shell, "snapshot") == first, "the same value was put again");
    put(&old, "ascii", b"canary-ascii-rotated");
    ended.push(shell.run(&export).exits(0));
    assert!(files(&shell, "snapshot") != first);
    is_discreet(&shell, &ended);
}

#[test]
fn where_values_are_refused_a_program_on_a_cluster_reads_them() {
    let (old, new, shell) = of(Sim::start(&["--workspace", "1", "--refuse-secret-reads"]));
    let spec = json!({
        "cluster_name": "reader", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 0, "autotermination_minutes": 10,
    });
    let cluster = old.call("POST", "/api/2.1/clusters/create", &spec)["cluster_id"].clone();
    let by_id = json!({ "cluster_id": cluster });
    old.call("POST", "/api/2.1/clusters/delete", &by_id);
    let key = keys_of(&shell, "mine.txt");
    let export = [
        "export",
        "-o",
        "snapshot",
        "--profile",
        "old",
        "--secrets",
        "encrypt",
        "--recipient",
        &key,
    ];
    let mut ended =
        vec![shell.run(&export).exits(0).prints(&["unreadable-value", "--via-cluster"])];
    let via = |name: &'static str| with(&export, &["--via-cluster", name]);
    ended.push(shell.run(&via("nobody")).exits(0).prints(&["no cluster called nobody"]));
    ended.push(shell.run(&via("reader")).exits(0).says(&["starting cluster reader"]));
    ended.push(shell.run(&["plan", "snapshot", "-o", "plan.json", "--profile", "new"]).exits(0));
    let apply = ["apply", "plan.json", "--profile", "new", "--exclude", "cluster"];
    ended.push(shell.run(&with(&apply, &["--identity", "mine.txt"])).exits(0));
    for (key, value) in values() {
        assert!(get(&new, key) == value, "{key}");
    }
    put(&old, "ascii", b"canary-ascii-rotated");
    ended.push(shell.run(&["export", "-o", "snapshot", "--profile", "old"]).exits(0));
    ended.push(shell.run(&["plan", "snapshot", "-o", "plan.json", "--profile", "new"]).exits(0));
    let from_old = with(&apply, &["--secrets-from", "old", "--via-cluster", "reader"]);
    ended.push(shell.run(&from_old));
    assert_eq!(get(&new, "ascii"), b"canary-ascii-rotated");
    is_discreet(&shell, &ended);
}
