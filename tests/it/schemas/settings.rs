//! Files that people write and the program alone reads.

use std::fs;
use std::process::Command;

use brickform::store::yaml::to_yaml;
use serde_json::{Value, json};

use super::{DEMO, schema};

/// Whether the program refuses a file that is given to a flag of `plan`; with a sound one it goes on and
/// finds no credential.
fn is_refused(flag: &str, value: &Value) -> bool {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("settings.yaml");
    fs::write(&file, to_yaml(value)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_brickform"))
        .args(["plan", flag])
        .arg(&file)
        .arg(DEMO.path().join("snapshot"))
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).contains("settings.yaml cannot be used")
}

#[test]
fn settings_are_as_the_schema_says() {
    let schema = schema("config");
    for (value, sound) in [
        (json!({"version": 1}), true),
        (json!({"version": 1, "pairs": {"job:a": "job:a~2"}}), true),
        (json!({"version": 1, "protect": ["job:prod-*"], "absent": ["job:old"]}), true),
        (json!({"version": 2}), false),
        (json!({"pairs": {}}), false),
        (json!({"version": 1, "pins": {}}), false),
        (json!({"version": 1, "pairs": {"a": "job:a"}}), false),
        (json!({"version": 1, "pairs": {"job:a": "a"}}), false),
        (json!({"version": 1, "absent": ["a"]}), false),
        (json!({"version": 1, "protect": "job:a"}), false),
    ] {
        assert_eq!(schema.is_valid(&value), sound, "{value}");
        assert_eq!(is_refused("--config", &value), !sound, "{value}");
    }
}

#[test]
fn resolutions_are_as_the_schema_says() {
    let schema = schema("resolutions");
    let file = |entry: Value| json!({"version": 1, "resolutions": [entry]});
    for (value, sound) in [
        (json!({"version": 1}), true),
        (file(json!({"address": "job:a", "take": "source"})), true),
        (file(json!({"address": "job:a", "field": "/n", "take": "target", "target": 7})), true),
        (file(json!({"address": "a", "take": "source"})), false),
        (file(json!({"address": "job:a", "take": "mine"})), false),
        (file(json!({"take": "source"})), false),
        (json!({"version": 2, "resolutions": []}), false),
    ] {
        assert_eq!(schema.is_valid(&value), sound, "{value}");
        assert_eq!(is_refused("--resolutions", &value), !sound, "{value}");
    }
    // What is written to be filled in fits as well, and is refused until it is.
    let open = file(json!({"address": "job:a", "field": "/n", "take": null, "source": 1}));
    assert!(schema.is_valid(&open) && is_refused("--resolutions", &open));
}
