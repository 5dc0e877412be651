//! Paths of DBFS: which of them are left out, and where a file is until all of it has arrived.

use serde_json::Value;

use crate::kind::Omission;

/// What the name of a file ends with of which not all has arrived.
const PART: &str = ".brickform-part";

const fn reserved(reason: &'static str) -> Omission {
    Omission { code: "skipped-reserved", reason }
}

const MOUNT: Omission =
    Omission { code: "skipped-mount", reason: "in a mount, whose storage is no part of DBFS" };
const DATA: Omission =
    Omission { code: "skipped-data", reason: "data of tables and pipelines, which is no setting" };
const VOLUME: Omission =
    Omission { code: "skipped-volume", reason: "in a volume, which is governed by Unity Catalog" };

/// Folders of which nothing is captured.
const LEFT_OUT: &[(&str, Omission)] = &[
    ("/Volumes", VOLUME),
    ("/cluster-logs", reserved("logs of clusters")),
    (
        "/databricks",
        reserved("the platform's own, with what it keeps for runs and init scripts of old"),
    ),
    ("/databricks-datasets", reserved("sample data, the same in every workspace")),
    ("/databricks-results", reserved("downloaded results of queries")),
    ("/mnt", MOUNT),
    ("/pipelines", DATA),
    ("/tmp", reserved("temporary")),
    ("/user/hive/warehouse", DATA),
];

/// Whether a path is a folder or lies in it.
fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Why what stands at a path is left out, if it is.
pub(super) fn omission(path: &str) -> Option<Omission> {
    if path.ends_with(PART) {
        return Some(Omission {
            code: "skipped-tool-made",
            reason: "the beginning of a file that brickform did not finish writing",
        });
    }
    LEFT_OUT.iter().find(|(folder, _)| is_in(path, folder)).map(|(_, omission)| omission.clone())
}

/// Where a new file stands until all of it has arrived.
pub(super) fn part(path: &str) -> String {
    format!("{path}{PART}")
}

/// What a server tells of a file, without the scheme that some put before its path.
pub(super) fn spelled(mut info: Value) -> Value {
    if let Some(Value::String(path)) = info.get_mut("path")
        && let Some(rest) = path.strip_prefix("dbfs:")
    {
        *path = rest.to_owned();
    }
    info
}

/// The folder a path is in.
pub(super) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_is_no_setting_of_anybody() {
        for (path, code) in [
            ("/databricks", Some("skipped-reserved")),
            ("/databricks/init/old.sh", Some("skipped-reserved")),
            ("/databricks-datasets/x", Some("skipped-reserved")),
            ("/mnt/lake/x.jar", Some("skipped-mount")),
            ("/user/hive/warehouse/t/part-0", Some("skipped-data")),
            ("/Volumes/main/x", Some("skipped-volume")),
            ("/FileStore/x.jar.brickform-part", Some("skipped-tool-made")),
            ("/databricks-own/x", None),
            ("/user/hive/other", None),
            ("/FileStore/mnt/x", None),
            ("/tmpfiles/x", None),
        ] {
            assert_eq!(omission(path).map(|one| one.code), code, "{path}");
        }
    }
}
