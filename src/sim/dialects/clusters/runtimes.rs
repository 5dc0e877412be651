//! The Spark versions which a workspace offers.

use serde_json::{Value, json};

/// A runtime: its version, its Scala versions, its Spark, and whether it has long-term support.
type Runtime = (&'static str, &'static [&'static str], &'static str, bool);

const RUNTIMES: &[Runtime] = &[
    ("10.4", &["2.12"], "3.2.1", true),
    ("11.3", &["2.12"], "3.3.0", true),
    ("12.2", &["2.12"], "3.3.2", true),
    ("13.3", &["2.12"], "3.4.1", true),
    ("14.3", &["2.12"], "3.5.0", true),
    ("15.4", &["2.12"], "3.5.0", true),
    ("16.4", &["2.12", "2.13"], "3.5.2", true),
    ("17.3", &["2.13"], "4.0.0", true),
    ("18.0", &["2.13"], "4.1.0", false),
];

const FLAVOURS: &[(&str, &str)] = &[
    ("", ""),
    ("photon-", ", Photon"),
    ("cpu-ml-", " ML"),
    ("gpu-ml-", " ML, GPU"),
    ("aarch64-", ", aarch64"),
];

/// Every Spark version, as key and name.
fn versions() -> impl Iterator<Item = (String, String)> {
    RUNTIMES.iter().flat_map(|(version, scalas, spark, long)| {
        scalas.iter().flat_map(move |scala| {
            FLAVOURS.iter().map(move |(flavour, called)| {
                let lts = if *long { " LTS" } else { "" };
                (
                    format!("{version}.x-{flavour}scala{scala}"),
                    format!(
                        "{version}{lts}{called} (includes Apache Spark {spark}, Scala {scala})"
                    ),
                )
            })
        })
    })
}

/// Whether a cluster can be created with the version: a listed one, a custom image or a moving one.
pub(super) fn offered(version: &str) -> bool {
    version.starts_with("custom:")
        || version.starts_with("auto:")
        || versions().any(|(key, _)| key == version)
}

/// The answer of `clusters/spark-versions`.
pub(super) fn answer() -> Value {
    let versions: Vec<_> =
        versions().map(|(key, name)| json!({"key": key, "name": name})).collect();
    json!({ "versions": versions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_what_it_lists() {
        let answer = answer();
        for version in answer["versions"].as_array().unwrap() {
            assert!(offered(version["key"].as_str().unwrap()));
        }
        assert!(
            offered("15.4.x-scala2.12") && offered("custom:snapshot") && offered("auto:latest-lts")
        );
        assert!(!offered("5.5.x-scala2.11") && !offered("17.3.x-scala2.12"));
    }
}
