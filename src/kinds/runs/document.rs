//! What a run is: all but the values of its metrics and the bytes of its files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::tags::{self, Tags};
use crate::kind::whole;
use crate::model::{Digest, digest_value};

/// A run, in the words of the workspace that it first was in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Document {
    /// Why the files that it left are not here, if they are not. It stands first, so that it is found without
    /// reading the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) absent_files: Option<String>,
    /// `FINISHED` and so on.
    pub(super) status: String,
    /// When it began, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_time: Option<i64>,
    /// When it ended, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_time: Option<i64>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// Its parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) params: Tags,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: Tags,
    /// The datasets that it read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) inputs: Vec<Value>,
    /// Its files, in the order of their bytes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) artifacts: Vec<Artifact>,
}

/// A file that a run left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Artifact {
    /// Its path below the run's folder.
    pub(super) path: String,
    /// How many bytes it has.
    pub(super) size: u64,
    /// Their digest.
    pub(super) digest: Digest,
}

/// The latest moment that means none: some servers take zero for now.
pub(super) const NO_TIME: i64 = 1;

/// When a run began, in milliseconds.
pub(super) fn started(run: &Value) -> i64 {
    whole(&run["info"]["start_time"]).unwrap_or(0)
}

/// The run that a live run is a copy of, or is itself.
pub(super) fn source_of(run: &Value, tags: &Tags) -> String {
    let own = run["info"]["run_id"].as_str().unwrap_or_default();
    tags.get(tags::SOURCE).map_or(own, String::as_str).to_owned()
}

impl Document {
    /// Reads what a search shows of a run; `source_of` gives what a run here is a copy of.
    pub(super) fn of(run: &Value, source_of: impl Fn(&str) -> Option<String>) -> Self {
        let (info, data) = (&run["info"], &run["data"]);
        let text = |field: &str| info[field].as_str().map(str::to_owned);
        let live = tags::of_list(data.get("tags"));
        let source = self::source_of(run, &live);
        let id = info["run_id"].as_str().unwrap_or_default();
        let named = |name: &String| !name.is_empty() && *name != source;
        // Plain servers tell a name. A workspace tells its identifier of somebody, and the name in a tag.
        let is_name = |user: &String| !user.bytes().all(|byte| byte.is_ascii_digit());
        let is_copy = live.contains_key(tags::SOURCE);
        let own = || text("user_id").filter(|user| !is_copy && is_name(user));
        let user = live.get(tags::USER).cloned().or_else(own);
        let mut inputs: Vec<Value> =
            run["inputs"]["dataset_inputs"].as_array().cloned().unwrap_or_default();
        inputs.sort_by_cached_key(Value::to_string);
        Self {
            absent_files: live.get(tags::ABSENT).cloned(),
            status: text("status").unwrap_or_default(),
            start_time: whole(&info["start_time"]).filter(|time| *time > NO_TIME),
            end_time: whole(&info["end_time"]).filter(|time| *time > NO_TIME),
            // A copy of a run without a name is called by the run's identifier. Servers of old tell it by a tag.
            name: text("run_name").or_else(|| live.get(tags::NAME).cloned()).filter(named),
            user,
            params: tags::of_list(data.get("params")),
            tags: tags::inward(live, id, &source, source_of),
            inputs,
            ..Self::default()
        }
    }

    /// Digests what a search shows of a run: all but links, datasets, files and the values of metrics.
    pub(super) fn shown(run: &Value) -> String {
        let mut document =
            Self { absent_files: None, inputs: Vec::new(), ..Self::of(run, |_| None) };
        document.tags.retain(|key, _| !tags::is_link(key));
        let metrics = run["data"]["metrics"].as_array().into_iter().flatten();
        let last: BTreeMap<String, (Option<i64>, Option<i64>)> = metrics
            .filter_map(|metric| {
                let key = metric["key"].as_str()?.to_owned();
                Some((key, (whole(&metric["step"]), whole(&metric["timestamp"]))))
            })
            .collect();
        digest_value("brickform.run.shown.v1", &json!([document, last])).short().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Value {
        json!({
            "info": {
                "run_id": "0a1b", "run_uuid": "0a1b", "experiment_id": "7", "user_id": "ana",
                "run_name": "brave-owl", "status": "FINISHED", "start_time": 5, "end_time": "9",
                "lifecycle_stage": "active", "artifact_uri": "dbfs:/x/0a1b/artifacts",
            },
            "data": {
                "metrics": [{"key": "loss", "value": 0.5, "timestamp": 8, "step": 2}],
                "params": [{"key": "depth", "value": "3"}],
                "tags": [{"key": "mlflow.runName", "value": "brave-owl"}, {"key": "team", "value": "x"}],
            },
            "inputs": {"dataset_inputs": [{"dataset": {"name": "d", "digest": "1", "source": "s", "source_type": "t"}}]},
        })
    }

    #[test]
    fn a_run_is_written_without_what_this_workspace_calls_it() {
        let document = Document::of(&run(), |_| None);
        let line = serde_json::to_value(&document).unwrap().to_string();
        assert!(line.starts_with(r#"{"end_time":9,"inputs":[{"dataset""#), "{line}");
        assert!(!line.contains("0a1b") && !line.contains("artifact"), "{line}");
        assert_eq!(serde_json::from_str::<Document>(&line).unwrap(), document);
    }

    #[test]
    fn whose_a_run_is_is_told_by_a_name() {
        let of = |run: &Value| Document::of(run, |_| None).user;
        let mut run = run();
        assert_eq!(of(&run).as_deref(), Some("ana"));
        for none in ["", "9085370592858547"] {
            run["info"]["user_id"] = json!(none);
            assert_eq!(of(&run), None);
        }
        // A copy is the copier's on its server.
        run["info"]["user_id"] = json!("robot");
        let tags = |tags: Value| json!({"info": run["info"], "data": {"tags": tags}});
        let source = json!({"key": tags::SOURCE, "value": "0a1b"});
        assert_eq!(of(&tags(json!([source]))), None);
        let user = json!({"key": tags::USER, "value": "ana"});
        assert_eq!(of(&tags(json!([source, user]))).as_deref(), Some("ana"));
    }

    #[test]
    fn what_a_search_shows_is_told_apart() {
        let original = Document::shown(&run());
        let mut copy = run();
        copy["info"]["run_id"] = json!("ffff");
        copy["info"]["user_id"] = json!("somebody");
        copy["data"]["metrics"][0]["value"] = json!(0.7);
        copy["data"]["tags"].as_array_mut().unwrap().extend([
            json!({"key": tags::SOURCE, "value": "0a1b"}),
            json!({"key": tags::USER, "value": "ana"}),
            json!({"key": tags::PARENT, "value": "eeee"}),
        ]);
        assert_eq!(Document::shown(&copy), original);
        for (pointer, value) in [
            ("/info/status", json!("FAILED")),
            ("/info/end_time", json!(10)),
            ("/info/run_name", json!("other")),
            ("/data/params/0/value", json!("4")),
            ("/data/tags/1/value", json!("y")),
            ("/data/metrics/0/step", json!(3)),
        ] {
            let mut edited = copy.clone();
            *edited.pointer_mut(pointer).unwrap() = value;
            assert_ne!(Document::shown(&edited), original, "{pointer}");
        }
    }
}
