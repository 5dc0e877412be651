//! The schemas against what the program writes and what it refuses.

mod settings;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use brickform::engine::Rewrites;
use brickform::model::{Address, Base, Plan, Record, Recorded, Side, digest_bytes};
use brickform::sim::Faults;
use brickform::store::base_dir;
use brickform::store::snapshot_dir::{self, ObservedFacts, Verify};
use brickform::store::yaml::{from_yaml, to_yaml};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::generated::schemas;
use crate::world::World;

/// What `brickform demo` leaves: an organisation exported, planned and applied.
static DEMO: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_brickform"))
        .args(["demo", "--dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    dir
});

fn schema(name: &str) -> Validator {
    let (_, schema) = schemas::all().into_iter().find(|(found, _)| *found == name).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_fits(schema: &Validator, value: &Value, what: &str) {
    let errors: Vec<String> =
        schema.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

fn text(path: &str) -> String {
    fs::read_to_string(DEMO.path().join(path)).unwrap()
}

fn yaml(path: &Path) -> Value {
    from_yaml(&fs::read_to_string(path).unwrap(), &path.display().to_string()).unwrap()
}

/// Every file below a directory.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(below(&path)) } else { files.push(path) }
    }
    files
}

/// Every place in a value, as a JSON pointer.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    walk(value, &format!("{at}/{key}"), found);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    walk(value, &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// The value with one thing about it changed: a field too many, one too few, one that is empty.
fn mutants(value: &Value) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    let mut add = |what: String, mutate: &dyn Fn(&mut Value)| {
        let mut mutant = value.clone();
        mutate(&mut mutant);
        if mutant != *value {
            mutants.push((what, mutant));
        }
    };
    for at in places(value) {
        add(format!("null at {at}"), &|mutant| *mutant.pointer_mut(&at).unwrap() = Value::Null);
        add(format!("a number at {at}"), &|mutant| *mutant.pointer_mut(&at).unwrap() = json!(-7.5));
        if let Some(map) = value.pointer(&at).unwrap().as_object() {
            add(format!("a field too many at {at}"), &|mutant| {
                mutant.pointer_mut(&at).unwrap()["zz unknown"] = json!({});
            });
            for key in map.keys() {
                add(format!("no {key} at {at}"), &|mutant| {
                    mutant.pointer_mut(&at).unwrap().as_object_mut().unwrap().remove(key);
                });
            }
        }
    }
    mutants
}

/// Schema and reader agree on a value and on everything near it.
fn assert_agree(schema: &Validator, value: &Value, reads: impl Fn(&Value) -> Result<(), String>) {
    assert_fits(schema, value, "as written");
    reads(value).unwrap();
    let mut refused = 0;
    for (what, mutant) in mutants(value) {
        let read = reads(&mutant);
        assert_eq!(schema.is_valid(&mutant), read.is_ok(), "{what}: {read:?}\n{mutant:#}");
        refused += usize::from(read.is_err());
    }
    assert!(refused > 0, "nothing was refused");
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<(), String> {
    serde_json::from_value::<T>(value.clone()).map(drop).map_err(|error| error.to_string())
}

#[test]
fn a_plan_is_as_the_schema_says_and_nothing_else_is_a_plan() {
    let schema = schema("plan");
    let plan: Value = serde_json::from_str(&text("plan.json")).unwrap();
    assert_fits(&schema, &plan, "plan.json");

    // One of each form is enough for the comparison.
    let mut small = plan;
    let whole =
        |steps: &[Value], field: &str| steps.iter().find(|step| step.get(field).is_some()).cloned();
    let steps = small["steps"].as_array().unwrap();
    let chosen: Vec<Value> =
        ["fields", "deferred", "needs", "grants"].iter().filter_map(|f| whole(steps, f)).collect();
    assert_eq!(chosen.len(), 4);
    small["steps"] = chosen.into();
    small["blocked"] = json!([small["blocked"][0]]);
    small["findings"] =
        json!([{"severity": "note", "code": "c", "about": "job:a", "message": "m", "hint": "h"}]);
    let seen = small["observed"].as_object().unwrap().clone();
    let renamed = seen.iter().find(|(_, one)| one.get("live").is_some());
    let granted = seen.iter().find(|(_, one)| one.get("grants").is_some());
    small["observed"] =
        renamed.into_iter().chain(granted).map(|(k, v)| (k.clone(), v.clone())).collect();
    small["options"] = json!({"pause_jobs": true, "pairs": {"job:a": "job:a~2"}});
    assert_agree(&schema, &small, parse::<Plan>);
    for (at, wrong) in [
        ("/format", json!("2.0")),
        ("/steps/0/address", json!("Job x")),
        ("/steps/0/change", json!("destroy")),
        ("/snapshot_digest", json!("sha256:abc")),
        ("/steps/0/id", json!(4_294_967_296_u64)),
    ] {
        let mut mutant = small.clone();
        *mutant.pointer_mut(at).unwrap() = wrong;
        assert!(!schema.is_valid(&mutant), "{at}");
    }
}

#[test]
fn a_journal_is_as_the_schema_says_line_by_line() {
    let schema = schema("journal");
    let lines: Vec<Value> =
        text("plan.json.journal").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_fits(&schema, line, "plan.json.journal");
    }
    let of = |name: &str| lines.iter().find(|line| line["record"] == name).unwrap();
    for name in ["opened", "started", "ended"] {
        assert_agree(&schema, of(name), parse::<Record>);
    }
    let failed = json!({"record": "ended", "step": 1, "outcome": "failed", "message": "400"});
    assert_agree(&schema, &failed, parse::<Record>);
    assert_fits(&schema, of("closed"), "the last line");
    assert!(!schema.is_valid(&json!({"record": "ended", "step": 1, "outcome": "lost"})));
    assert!(!schema.is_valid(&json!({"record": "open"})));
}

#[test]
fn a_base_is_as_the_schema_says_file_by_file() {
    let whole = schema("base");
    let grant = json!([{"principal": "user:ana@acme.com", "level": "CAN_USE"}]);
    let content = json!({"format": "SOURCE", "digest": digest_bytes(b"x"), "size": 1});
    let recorded = json!({
        "sent": {"spec": {"n": 1}, "content": content, "grants": grant},
        "echoed": {"spec": {"n": 1, "filled": true}},
        "source_object": "0123456789ab", "target_object": "ba9876543210", "protected": true,
    });
    let side = |host: &str| Side { host: host.to_owned(), workspace_id: Some("1".to_owned()) };
    let mut base = Base::new(side("https://one.example"), side("https://two.example"));
    let address = Address::new("notebook", "/Shared/load");
    base.objects.insert(address, serde_json::from_value(recorded.clone()).unwrap());
    let files = base_dir::encode(&base, 1);
    let mut lines = 0;
    for (name, bytes) in &files {
        let text = std::str::from_utf8(bytes).unwrap();
        if name == base_dir::MANIFEST {
            let manifest: Value = serde_json::from_str(text).unwrap();
            assert_fits(&whole, &manifest, name);
            for (what, mutant) in mutants(&manifest).iter().filter(|(_, m)| !whole.is_valid(m)) {
                let mut files = files.clone();
                files.insert(name.clone(), mutant.to_string().into_bytes());
                assert!(base_dir::decode(&files, Path::new("")).is_err(), "{what}");
            }
            continue;
        }
        for line in text.lines() {
            assert_fits(&whole, &serde_json::from_str(line).unwrap(), name);
            lines += 1;
        }
    }
    assert_eq!(lines, 1);
    let (_, mut schema) = schemas::all().into_iter().find(|(name, _)| *name == "base").unwrap();
    schema.as_object_mut().unwrap().remove("oneOf");
    schema["$ref"] = json!("#/$defs/recorded");
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert_fits(&schema, &recorded, "an object");
    // What a spec holds is its kind's affair.
    for (what, mutant) in mutants(&recorded).iter().filter(|(what, _)| !what.ends_with("/spec")) {
        let read = parse::<Recorded>(mutant);
        assert_eq!(schema.is_valid(mutant), read.is_ok(), "{what}: {read:?}");
    }
}

#[test]
fn rewrites_are_as_the_schema_says() {
    let schema = schema("rewrites");
    let reads = |value: &Value| {
        Rewrites::parse(&to_yaml(value), "r.yaml").map(drop).map_err(|error| error.to_string())
    };
    assert_agree(&schema, &yaml(&DEMO.path().join("rewrites.yaml")), reads);
    let all = json!({
        "version": 1,
        "account_ids": {"111111111111": "222222222222"},
        "emails": [{"exact": "bob@x.com", "to": "robert@y.com"}, {"domain": "x.com", "to": "y.com"}],
        "groups": {"data-eng": "DE"},
        "service_principals": {"a": "b"},
        "experiments": {"folder": "/Shared/mlflow"},
    });
    assert_agree(&schema, &all, reads);
    for wrong in [
        json!({"version": 2}),
        json!({"version": 1, "emails": [{"exact": "bob", "to": "b@y"}]}),
        json!({"version": 1, "emails": [{"domain": "@x", "to": "y"}]}),
        json!({"version": 1, "emails": [{"exact": "a@x", "domain": "x", "to": "b@y"}]}),
        json!({"version": 1, "account_ids": {"1": "2"}}),
        json!({"version": 1, "experiments": {"folder": "mlflow"}}),
        json!({"version": 1, "experiments": {"folder": "/Shared/"}}),
    ] {
        assert!(!schema.is_valid(&wrong) && reads(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn faults_are_as_the_schema_says() {
    let schema = schema("faults");
    let all = json!({
        "seed": 1,
        "rules": [
            {"on": "POST /a", "nth": 1, "every": 2, "chance": 0.5, "times": 3, "do": "throttle",
             "retry_after": 1, "millis": 5},
        ],
        "kill": {"at": 3, "writes": true, "effect": true},
    });
    // A share is a number; which ones make sense, nobody asks.
    let reads = |value: &Value| parse::<Faults>(value);
    assert_agree(&schema, &all, reads);
    for action in [
        "unavailable-before",
        "unavailable-after",
        "delay",
        "cut-before",
        "cut-after",
        "html",
        "stale",
    ] {
        let rule = json!({"rules": [{"on": "*", "do": action}]});
        assert!(schema.is_valid(&rule) && reads(&rule).is_ok(), "{action}");
    }
}

#[test]
fn every_file_of_a_snapshot_is_as_the_schemas_say() {
    let snapshot = DEMO.path().join("snapshot");
    assert_fits(&schema("snapshot"), &yaml(&snapshot.join("snapshot.yaml")), "snapshot.yaml");
    let (object, index) = (schema("object"), schema("index"));
    let mut counts = [0, 0];
    for file in below(&snapshot.join("objects")) {
        assert_fits(&object, &yaml(&file), &file.display().to_string());
        counts[0] += 1;
    }
    for file in below(&snapshot.join("workspace")) {
        if file.file_name().is_some_and(|name| name == "_index.yaml") {
            assert_fits(&index, &yaml(&file), &file.display().to_string());
            counts[1] += 1;
        }
    }
    assert!(counts[0] > 100 && counts[1] > 50, "{counts:?}");
}

/// Writes the snapshot of a small workspace.
async fn small(dir: &Path) {
    let world =
        World::planted(1, "scale:users=2,groups=1,members=1,notebooks=2,folders=1,policies=1")
            .await;
    let held = world.export().await;
    snapshot_dir::write(dir, &held.snapshot, world.blobs(), &ObservedFacts::default()).unwrap();
}

/// What a schema refuses in a snapshot, the program refuses too; what it does not know is kept by both.
#[tokio::test(flavor = "multi_thread")]
async fn the_schemas_of_a_snapshot_are_no_stricter_than_the_program() {
    let home = tempfile::tempdir().unwrap();
    let snapshot = home.path().join("snapshot");
    small(&snapshot).await;
    let is_index =
        |file: &PathBuf| fs::read_to_string(file).is_ok_and(|text| text.contains("type: notebook"));
    let index = below(&snapshot.join("workspace")).into_iter().find(is_index).unwrap();
    let policy = below(&snapshot.join("objects/cluster_policy")).remove(0);
    for (name, file) in
        [("snapshot", snapshot.join("snapshot.yaml")), ("index", index), ("object", policy)]
    {
        let (schema, sound) = (schema(name), yaml(&file));
        let mut refused = 0;
        for (what, mutant) in mutants(&sound) {
            // What the program refuses for other reasons is its own business; and a spec that is no map
            // is told by its digest.
            let is_known = what.starts_with("a field too many") || !schema.is_valid(&mutant);
            if !is_known || what.ends_with("/spec") {
                continue;
            }
            fs::write(&file, to_yaml(&mutant)).unwrap();
            let read = snapshot_dir::read_with(&snapshot, Verify::Off).map(drop);
            assert_eq!(schema.is_valid(&mutant), read.is_ok(), "{name}: {what}: {read:?}");
            refused += usize::from(read.is_err());
        }
        assert!(refused > 5, "{name}: {refused}");
        fs::write(&file, to_yaml(&sound)).unwrap();
    }
    snapshot_dir::read(&snapshot).unwrap();
}
