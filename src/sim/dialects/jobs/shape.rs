//! Refuses settings which contradict themselves: keys, dependencies, schedules, limits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::tasks::{Fields, entries, given, nested, tasks, text, works};
use super::version::Version;
use crate::sim::http::Refusal;

/// The lists whose entries have keys.
pub(super) const KEYED: [(&str, &str); 5] = [
    ("tasks", "task_key"),
    ("job_clusters", "job_cluster_key"),
    ("environments", "environment_key"),
    ("environment_variables", "environment_variables_key"),
    ("parameters", "name"),
];

/// Checks everything which needs no look at the rest of the workspace.
///
/// # Errors
/// 400 for the first thing which is wrong.
pub(super) fn check(settings: &Fields, version: Version) -> Result<(), Refusal> {
    limits(settings, version)?;
    keys(settings)?;
    triggers(settings)?;
    git_source(settings)?;
    for task in tasks(settings) {
        one_work(task)?;
        compute(settings, task)?;
    }
    dependencies(settings)
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::invalid(message))
}

fn limits(settings: &Fields, version: Version) -> Result<(), Refusal> {
    let most = version.most_tasks();
    let count = |list: &str| settings.get(list).and_then(Value::as_array).map_or(0, Vec::len);
    if count("tasks") > most {
        return refuse(format!("The number of tasks in the job exceeds the limit of {most}"));
    }
    if count("environment_variables") > 10 {
        return refuse("At most 10 entries of environment_variables are supported");
    }
    if settings.get("tags").and_then(Value::as_object).is_some_and(|tags| tags.len() > 25) {
        return refuse("At most 25 tags can be added to a job");
    }
    if text(settings, "name").len() > 4096 {
        return refuse("The name of a job can have at most 4096 bytes");
    }
    if text(settings, "description").len() > 27_700 {
        return refuse("The description of a job can have at most 27700 characters");
    }
    let runs = settings.get("max_concurrent_runs").and_then(Value::as_i64);
    if runs.is_some_and(|runs| !(0..=1000).contains(&runs)) {
        return refuse("max_concurrent_runs must be between 0 and 1000");
    }
    if settings.contains_key("continuous") && runs.is_some_and(|runs| runs > 1) {
        return refuse("A continuous job cannot have more than one concurrent run");
    }
    Ok(())
}

fn keys(settings: &Fields) -> Result<(), Refusal> {
    for (list, key) in KEYED {
        let mut seen = BTreeSet::new();
        for entry in entries(settings, list) {
            let name = text(entry, key);
            let word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            if name.is_empty() || name.len() > 100 || !name.chars().all(word) {
                return refuse(format!(
                    "Invalid {key} '{name}': 1 to 100 letters, digits, '_' or '-' are allowed"
                ));
            }
            if !seen.insert(name) {
                return refuse(format!("Duplicate {key} '{name}' in {list}"));
            }
        }
        // Whether a nested task may have the key of another task is not documented: it may not here.
        if list == "tasks" {
            for task in entries(settings, "tasks").filter_map(nested) {
                if !seen.insert(text(task, "task_key")) {
                    return refuse(format!("Duplicate task_key '{}'", text(task, "task_key")));
                }
            }
        }
    }
    Ok(())
}

fn triggers(settings: &Fields) -> Result<(), Refusal> {
    let old = ["schedule", "trigger", "continuous"].map(|name| settings.contains_key(name));
    let old = old.into_iter().filter(|set| *set).count();
    if old > 1 {
        return refuse("Only one of schedule, trigger and continuous can be set");
    }
    if old > 0 && entries(settings, "triggers").next().is_some() {
        return refuse("triggers cannot be set together with schedule, trigger or continuous");
    }
    if let Some(Value::Object(schedule)) = settings.get("schedule") {
        let cron = text(schedule, "quartz_cron_expression");
        if !(6..=7).contains(&cron.split_whitespace().count()) {
            return refuse(format!("Invalid quartz_cron_expression '{cron}'"));
        }
        if !given(schedule, "timezone_id") {
            return refuse("Missing required field: settings.schedule.timezone_id");
        }
    }
    Ok(())
}

fn git_source(settings: &Fields) -> Result<(), Refusal> {
    let Some(Value::Object(source)) = settings.get("git_source") else { return Ok(()) };
    let at = ["git_branch", "git_tag", "git_commit"].iter().filter(|name| given(source, name));
    if at.count() > 1 {
        return refuse("Only one of git_branch, git_tag and git_commit can be set in git_source");
    }
    Ok(())
}

fn one_work(task: &Fields) -> Result<(), Refusal> {
    let key = text(task, "task_key");
    if nested(task).is_some_and(|inner| inner.contains_key("for_each_task")) {
        return refuse(format!("The task which '{key}' repeats cannot repeat another one"));
    }
    match works(task).as_slice() {
        [_] => Ok(()),
        [] => refuse(format!("Task '{key}' does not say what to do: one *_task is needed")),
        many => refuse(format!("Task '{key}' can have only one of {}", many.join(", "))),
    }
}

fn compute(settings: &Fields, task: &Fields) -> Result<(), Refusal> {
    let key = text(task, "task_key");
    let clusters = [
        given(task, "existing_cluster_id"),
        given(task, "job_cluster_key"),
        task.get("new_cluster").is_some_and(Value::is_object),
    ];
    let clusters = clusters.into_iter().filter(|set| *set).count();
    if clusters > 1 {
        return refuse(format!(
            "Task '{key}' can have only one of existing_cluster_id, job_cluster_key and new_cluster"
        ));
    }
    for (field, list) in [
        ("job_cluster_key", "job_clusters"),
        ("environment_key", "environments"),
        ("environment_variables_key", "environment_variables"),
    ] {
        let wanted = text(task, field);
        if given(task, field) && !entries(settings, list).any(|e| text(e, field) == wanted) {
            return refuse(format!(
                "Task '{key}' refers to {field} '{wanted}', which is not in {list}"
            ));
        }
    }
    let needs_place = [
        "spark_python_task",
        "python_wheel_task",
        "spark_jar_task",
        "spark_submit_task",
        "dbt_task",
    ];
    if clusters == 0
        && !given(task, "environment_key")
        && works(task).iter().any(|work| needs_place.contains(work))
    {
        return refuse(format!("Task '{key}' needs a cluster or an environment_key to run on"));
    }
    Ok(())
}

fn dependencies(settings: &Fields) -> Result<(), Refusal> {
    let all: BTreeMap<&str, &Fields> =
        entries(settings, "tasks").map(|task| (text(task, "task_key"), task)).collect();
    for (key, task) in &all {
        for dependency in entries(task, "depends_on") {
            let wanted = text(dependency, "task_key");
            let Some(other) = all.get(wanted) else {
                return refuse(format!("Task '{key}' depends on unknown task '{wanted}'"));
            };
            if given(dependency, "outcome") && !other.contains_key("condition_task") {
                return refuse(format!(
                    "Task '{key}' depends on an outcome of '{wanted}', which is no condition task"
                ));
            }
        }
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < all.len() {
        let before = done.len();
        for (key, task) in &all {
            if entries(task, "depends_on")
                .all(|dependency| done.contains(text(dependency, "task_key")))
            {
                done.insert(key);
            }
        }
        if done.len() == before {
            let stuck: Vec<_> = all.keys().filter(|key| !done.contains(*key)).copied().collect();
            return refuse(format!("The dependencies of tasks form a cycle: {}", stuck.join(", ")));
        }
    }
    Ok(())
}
