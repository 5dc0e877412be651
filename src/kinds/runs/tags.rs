//! Tags: how a copied run says what it is a copy of, and which tags do not stay what they are.

use std::collections::BTreeMap;

use serde_json::Value;

/// The run that a run is a copy of.
pub(super) const SOURCE: &str = "brickform.source_run_id";

/// The digest of what was copied, set when all of it is there.
pub(super) const DIGEST: &str = "brickform.digest";

/// Whose the copied run is; the target says that it is the copier's.
pub(super) const USER: &str = "brickform.source_user";

/// Why the files of what was copied are not with the copy.
pub(super) const ABSENT: &str = "brickform.absent_files";

/// What begins the name of a tag that would be a link into another workspace.
const KEPT: &str = "brickform.source.";

/// What begins the names of the source's own links.
const FOREIGN: &str = "mlflow.databricks.";

/// The run that a run belongs to.
pub(super) const PARENT: &str = "mlflow.parentRunId";

/// The topmost one of these.
const ROOT: &str = "mlflow.rootRunId";

/// The models that a run logged, with its own identifier in the text.
const HISTORY: &str = "mlflow.log-model.history";

/// A run's name, which runs have as a field too.
pub(super) const NAME: &str = "mlflow.runName";

/// Tags with identifiers of runs.
const LINKS: [&str; 3] = [PARENT, ROOT, HISTORY];

/// Tags by their names.
pub(super) type Tags = BTreeMap<String, String>;

/// Reads keys and values as the API writes them, as lists.
pub(super) fn of_list(list: Option<&Value>) -> Tags {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    let pair = |item: &Value| {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        Some((text("key")?.to_owned(), text("value").unwrap_or_default().to_owned()))
    };
    items.filter_map(pair).collect()
}

/// A run's tags as its source has or had them; `source_of` gives what a run here is a copy of.
pub(super) fn inward(
    live: Tags,
    run: &str,
    source: &str,
    source_of: impl Fn(&str) -> Option<String>,
) -> Tags {
    let mut tags = Tags::new();
    for (key, value) in live {
        let value = match key.as_str() {
            own if is_own(own) || own == ABSENT => continue,
            PARENT | ROOT if value == run => source.to_owned(),
            PARENT | ROOT => source_of(&value).unwrap_or(value),
            HISTORY => value.replace(run, source),
            _ => value,
        };
        let key = key.strip_prefix(KEPT).map_or(key.clone(), str::to_owned);
        tags.insert(key, value);
    }
    tags
}

/// A run's tags as its copy has them; `copy_of` gives what a run of the source is here.
pub(super) fn outward(
    tags: &Tags,
    run: &str,
    source: &str,
    copy_of: impl Fn(&str) -> Option<String>,
) -> Tags {
    let pair = |(key, value): (&String, &String)| match key.as_str() {
        ROOT if value == source => (key.clone(), run.to_owned()),
        PARENT | ROOT => match copy_of(value) {
            Some(copy) => (key.clone(), copy),
            None => (kept(key), value.clone()),
        },
        HISTORY => (key.clone(), value.replace(source, run)),
        _ if key.starts_with(FOREIGN) => (kept(key), value.clone()),
        _ => (key.clone(), value.clone()),
    };
    tags.iter().map(pair).collect()
}

/// The name under which a tag is kept that would be a link into another workspace.
pub(super) fn kept(key: &str) -> String {
    format!("{KEPT}{key}")
}

/// Whether a tag is brickform's own, or the run's name.
pub(super) fn is_own(key: &str) -> bool {
    [SOURCE, DIGEST, USER, NAME].contains(&key)
}

/// Whether a tag holds identifiers of runs, which are others in each workspace.
pub(super) fn is_link(key: &str) -> bool {
    LINKS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_goes_out_comes_back() {
        let original = tags(&[
            ("team", "data"),
            (PARENT, "aaa"),
            (ROOT, "ooo"),
            (HISTORY, r#"[{"run_id": "src", "artifact_path": "m"}]"#),
            ("mlflow.databricks.jobID", "12"),
            ("mlflow.source.name", "/Users/ana/train"),
        ]);
        let copy_of = |run: &str| (run == "aaa").then(|| "bbb".to_owned());
        let mut copy = outward(&original, "new", "src", copy_of);
        let expected = tags(&[
            ("team", "data"),
            (PARENT, "bbb"),
            ("brickform.source.mlflow.rootRunId", "ooo"),
            (HISTORY, r#"[{"run_id": "new", "artifact_path": "m"}]"#),
            ("brickform.source.mlflow.databricks.jobID", "12"),
            ("mlflow.source.name", "/Users/ana/train"),
        ]);
        assert_eq!(copy, expected);
        copy.extend(tags(&[(SOURCE, "src"), (DIGEST, "d"), (USER, "ana"), (NAME, "n")]));
        let source_of = |run: &str| (run == "bbb").then(|| "aaa".to_owned());
        assert_eq!(inward(copy, "new", "src", source_of), original);
    }

    #[test]
    fn a_run_that_is_its_own_root_stays_so() {
        let original = tags(&[(ROOT, "src")]);
        let copy = outward(&original, "new", "src", |_| None);
        assert_eq!(copy, tags(&[(ROOT, "new")]));
        assert_eq!(inward(copy, "new", "src", |_| None), original);
    }
}
