//! A plan as a file.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::durable;
use super::error::{Doing as _, StoreError};
use super::{format, shape};
use crate::model::{Digest, PLAN_FORMAT, Plan};

const AGAIN: &str = "make the plan again with `brickform plan`";

/// Writes a plan, whole or not at all, and gives its digest; equal plans give equal bytes.
///
/// # Errors
///
/// [`StoreError::Unstorable`] where the plan carries a digest that is not its own, [`StoreError::Io`]
/// where the system refuses.
pub fn write_plan(path: &Path, plan: &Plan) -> Result<Digest, StoreError> {
    let digest = plan.compute_digest();
    if plan.digest.as_ref().is_some_and(|claimed| *claimed != digest) {
        return Err(StoreError::Unstorable {
            about: "the plan".to_owned(),
            problem: "it was changed after its digest was computed".to_owned(),
        });
    }
    let plan = Plan { digest: Some(digest.clone()), ..plan.clone() };
    let mut bytes =
        serde_json::to_vec_pretty(&plan).map_err(io::Error::other).doing("write", path)?;
    bytes.push(b'\n');
    durable::replace(path, &bytes)?;
    Ok(digest)
}

/// Reads a plan that [`write_plan`] wrote and nobody has changed since.
///
/// # Errors
///
/// Refuses a file that was cut off, holds fields no plan has, is of a newer format, or does not have the
/// digest it says.
pub fn read_plan(path: &Path) -> Result<Plan, StoreError> {
    parse_plan(&fs::read(path).doing("read", path)?, path)
}

/// As [`read_plan`], of bytes that stand at `path`.
pub(super) fn parse_plan(bytes: &[u8], path: &Path) -> Result<Plan, StoreError> {
    let refuse = |line: Option<usize>, field: &str, problem: String| StoreError::Field {
        file: path.to_owned(),
        line,
        field: field.to_owned(),
        problem,
        hint: AGAIN.to_owned(),
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let problem = if error.is_eof() {
            "the file ends in the middle"
        } else {
            "the file is not valid JSON"
        };
        refuse(Some(error.line()), "", problem.to_owned())
    })?;
    match value.get("format").and_then(Value::as_str) {
        Some(found) => format::check(path, "plan", found, PLAN_FORMAT)?,
        None => {
            return Err(refuse(
                None,
                "format",
                "the file does not say that it is a plan".to_owned(),
            ));
        }
    }
    let plan: Plan = serde_json::from_slice(bytes)
        .map_err(|error| refuse(Some(error.line()), "", shape::problem(&error)))?;
    let Some(recorded) = &plan.digest else {
        return Err(refuse(None, "digest", "the plan has no digest".to_owned()));
    };
    let actual = plan.compute_digest();
    if *recorded != actual {
        return Err(StoreError::PlanChanged {
            file: path.to_owned(),
            recorded: recorded.clone(),
            actual,
        });
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Change, FieldChange, Observed, Step, Target, digest_bytes};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn plan() -> Plan {
        let change = FieldChange {
            path: "/name".into(),
            before: Some(json!("old \"é\"\n")),
            after: Some(json!({"n": 9_007_199_254_740_993_i64, "f": 1.5})),
            source: None,
            cause: String::new(),
        };
        let step = Step {
            fields: vec![change],
            desired: Some(digest_bytes(b"x")),
            ..Step::new(1, Address::new("job", "a: b"), Change::Update)
        };
        let seen = Observed {
            live: None,
            object: None,
            digest: digest_bytes(b"y"),
            grants: None,
            unselected: false,
        };
        let target = Target {
            host: "https://two.example".into(),
            workspace_id: None,
            caller: "bob@acme.com".into(),
        };
        Plan {
            steps: vec![step],
            observed: BTreeMap::from([(Address::new("job", "a: b"), seen)]),
            ..Plan::new("snapshot", digest_bytes(b"s"), target)
        }
    }

    #[test]
    fn a_plan_is_read_back_and_its_bytes_are_stable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/plan.json");
        let digest = write_plan(&path, &plan()).unwrap();
        let read = read_plan(&path).unwrap();
        assert_eq!(read.digest, Some(digest.clone()));
        assert_eq!(Plan { digest: None, ..read.clone() }, plan());
        let bytes = fs::read(&path).unwrap();
        assert_eq!(write_plan(&path, &read).unwrap(), digest);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn what_is_no_plan_of_ours_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.json");
        write_plan(&path, &plan()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let digest = format!("\"{}\"", read_plan(&path).unwrap().digest.unwrap());
        for (broken, wanted) in [
            (text.replace("/name", "/owner"), "the digest of the plan is sha256:"),
            (text.replace(&digest, "null"), "has no digest"),
            (text.replace("\"format\": \"1.1\"", "\"format\": \"2.0\""), "plan format 2.0"),
            (text.replace("\"format\": \"1.1\"", "\"format\": \"1.2\""), "plan format 1.2"),
            (
                text.replace("\"format\": \"1.1\"", "\"format\": \"next\""),
                "it is no format of a plan",
            ),
            (text.replace("\"caller\"", "\"hunter\": 2, \"caller\""), "unknown field `hunter`"),
            (text.replace("\"id\": 1", "\"id\": \"hunter2\""), "does not have the form it should"),
            (text[..text.len() / 2].to_owned(), "the file ends in the middle"),
            (String::new(), "the file ends in the middle"),
            ("{}".to_owned(), "does not say that it is a plan"),
            ("hunter2".to_owned(), "not valid JSON"),
        ] {
            assert_ne!(broken, text, "{wanted}");
            fs::write(&path, broken).unwrap();
            let refusal = read_plan(&path).unwrap_err().to_string();
            assert!(refusal.contains(wanted) && refusal.contains("plan.json"), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
        let mut changed = plan();
        changed.digest = Some(digest_bytes(b"other"));
        assert!(matches!(write_plan(&path, &changed), Err(StoreError::Unstorable { .. })));
    }
}
