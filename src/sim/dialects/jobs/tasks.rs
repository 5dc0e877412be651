//! Walks over the tasks of a job, nested ones included.

use serde_json::{Map, Value};

/// Settings of a job, or of one task.
pub(super) type Fields = Map<String, Value>;

/// The entries of a list which are objects.
pub(super) fn entries<'a>(fields: &'a Fields, list: &str) -> impl Iterator<Item = &'a Fields> {
    fields.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// A text, empty when it is not there.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a text is there and not empty.
pub(super) fn given(fields: &Fields, name: &str) -> bool {
    !text(fields, name).is_empty()
}

/// Every task, followed by the one which is nested in it.
pub(super) fn tasks(settings: &Fields) -> impl Iterator<Item = &Fields> {
    entries(settings, "tasks").flat_map(|task| [Some(task), nested(task)]).flatten()
}

/// The task which is done for each input.
pub(super) fn nested(task: &Fields) -> Option<&Fields> {
    task.get("for_each_task")?.get("task")?.as_object()
}

/// What kinds of work a task says it does: exactly one, if it is well formed.
pub(super) fn works(task: &Fields) -> Vec<&str> {
    task.iter()
        .filter(|(name, value)| name.ends_with("_task") && !value.is_null())
        .map(|(name, _)| name.as_str())
        .collect()
}

/// Does something to every task, and to the one which is nested in it.
pub(super) fn each_task(settings: &mut Fields, change: &mut impl FnMut(&mut Fields)) {
    let Some(Value::Array(tasks)) = settings.get_mut("tasks") else { return };
    for task in tasks.iter_mut().filter_map(Value::as_object_mut) {
        change(task);
        let nested = task.get_mut("for_each_task").and_then(|each| each.get_mut("task"));
        if let Some(Value::Object(nested)) = nested {
            change(nested);
        }
    }
}
