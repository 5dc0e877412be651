//! What `jobs/update` does to settings: it replaces single fields and merges keyed lists.

use serde_json::{Value, json};

use super::shape::KEYED;
use super::tasks::Fields;
use crate::sim::http::Refusal;

/// Puts new settings over old ones: lists are merged by key, everything else is replaced whole.
pub(super) fn merge(settings: &mut Fields, new: &Fields) {
    for (field, value) in new.iter().filter(|(_, value)| !value.is_null()) {
        let key = KEYED.iter().find(|(list, _)| list == field).map(|(_, key)| *key);
        match (key, settings.get_mut(field), value) {
            (Some(key), Some(Value::Array(old)), Value::Array(new)) => merge_list(old, new, key),
            _ => {
                settings.insert(field.clone(), value.clone());
            }
        }
    }
}

fn merge_list(old: &mut Vec<Value>, new: &[Value], key: &str) {
    for entry in new {
        match old.iter_mut().find(|other| other[key] == entry[key]) {
            Some(other) => *other = entry.clone(),
            None => old.push(entry.clone()),
        }
    }
}

/// Removes a field, or one entry of a keyed list as `tasks/first`.
///
/// # Errors
/// 400 for a path inside anything else.
pub(super) fn remove(settings: &mut Fields, path: &str) -> Result<(), Refusal> {
    let Some((list, name)) = path.split_once('/') else {
        settings.remove(path);
        return Ok(());
    };
    let Some((_, key)) = KEYED[..2].iter().find(|(keyed, _)| *keyed == list) else {
        return Err(Refusal::invalid(format!("Removing '{path}' is not supported")));
    };
    if let Some(Value::Array(entries)) = settings.get_mut(list) {
        entries.retain(|entry| entry[key] != json!(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn lists_are_merged_by_key_and_fields_replaced_whole() {
        let mut settings = fields(json!({
            "tasks": [{"task_key": "a", "timeout_seconds": 1}, {"task_key": "b"}],
            "tags": {"x": "1"}, "name": "n",
        }));
        let new = fields(json!({
            "tasks": [{"task_key": "c"}, {"task_key": "a", "max_retries": 2}], "tags": {"y": "2"},
        }));
        merge(&mut settings, &new);
        assert_eq!(
            Value::Object(settings),
            json!({
                "tasks": [{"task_key": "a", "max_retries": 2}, {"task_key": "b"}, {"task_key": "c"}],
                "tags": {"y": "2"}, "name": "n",
            })
        );
    }

    #[test]
    fn removes_fields_tasks_and_job_clusters_and_nothing_deeper() {
        let mut settings = fields(json!({
            "tasks": [{"task_key": "a"}, {"task_key": "b"}], "schedule": {}, "tags": {"x": "1"},
        }));
        remove(&mut settings, "schedule").unwrap();
        remove(&mut settings, "tasks/a").unwrap();
        assert_eq!(remove(&mut settings, "tags/x").unwrap_err().status, 400);
        assert_eq!(
            Value::Object(settings),
            json!({"tasks": [{"task_key": "b"}], "tags": {"x": "1"}})
        );
    }
}
