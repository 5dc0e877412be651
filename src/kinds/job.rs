//! Jobs: tasks, when they run, as whom and on what.
//!
//! API: <https://docs.databricks.com/api/workspace/jobs>

mod source;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::{job_task, parts, query, sql_warehouse};
use crate::client;
use crate::kind::rule::{self, Json};
use crate::kind::{
    Acl, Api, Call, Details, Error, Hooks, Keep, Kind, Listed, Live, Mount, Omission, Outlook,
    Paging, Reading, Ref, Wanted, Writing, regular, select_mut,
};
use crate::model::{Address, Finding, Resource, visit_refs};

pub(crate) static KIND: Kind = Kind {
    name: "job",
    about: "Tasks, when they run, as whom and on what.",
    docs: "https://docs.databricks.com/api/workspace/jobs",
    api: Api {
        list: Call::get("/api/2.2/jobs/list")
            .with(&[("expand_tasks", "true")])
            .items("jobs")
            .paged(Paging::Token("limit", 100)),
        get: Some(Call::get("/api/2.2/jobs/get").query_id("job_id")),
        create: Some(Call::post("/api/2.2/jobs/create")),
        update: Some(Call::post("/api/2.2/jobs/reset").body_id("job_id")),
        delete: Some(Call::post("/api/2.2/jobs/delete").body_id("job_id")),
    },
    id: "/job_id",
    key: "/settings/name",
    unique: false,
    refs: &[
        Ref::principal("/run_as/user_name", parts::PRINCIPALS),
        Ref::principal("/run_as/service_principal_name", parts::PRINCIPALS),
        Ref::principal("/run_as/group_name", parts::PRINCIPALS),
        Ref::id("/schedule/sql_condition/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/schedule/sql_condition/sql_query_id", &[&query::KIND]),
        Ref::id("/trigger/sql_condition/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/trigger/sql_condition/sql_query_id", &[&query::KIND]),
        Ref::id("/triggers/*/sql_condition/warehouse_id", &[&sql_warehouse::KIND]),
        Ref::id("/triggers/*/sql_condition/sql_query_id", &[&query::KIND]),
    ],
    rules: &[
        rule::output_only("/format", "jobs have had many tasks for years"),
        rule::output_only("/deployment/version_id", "the server's identifier"),
        rule::email("/run_as/user_name", "may be a person outside the snapshot"),
        rule::caseless("/git_source/git_provider", "the server takes it in either case"),
        rule::path("/parent_path", "a folder in the workspace tree"),
        rule::path("/environments/*/spec/dependencies/*", "may be a file in the workspace tree"),
        rule::keyed("/tasks", "task_key", "the order means nothing"),
        rule::keyed("/job_clusters", "job_cluster_key", "the order means nothing"),
        rule::keyed("/environments", "environment_key", "the order means nothing"),
        rule::keyed("/parameters", "name", "the order means nothing"),
        rule::keyed(
            "/environment_variables",
            "environment_variables_key",
            "the order means nothing",
        ),
        rule::path("/environment_variables/*/spec/files/*", "may be a file in the workspace tree"),
        rule::path("/environments/*/spec/base_environment", "may be a file in the workspace tree"),
        rule::path(
            "/environments/*/spec/java_dependencies/*",
            "may be a file in the workspace tree",
        ),
        rule::secret("/environment_variables/*/spec/variables", "people put keys here"),
        rule::default("/environment_variables", Json::List, "empty is absent"),
        rule::default("/job_clusters", Json::List, "empty is absent"),
        rule::default("/environments", Json::List, "empty is absent"),
        rule::default("/parameters", Json::List, "empty is absent"),
        rule::default("/tags", Json::Object, "empty is absent"),
        rule::default("/timeout_seconds", Json::Int(0), "the server's default"),
        rule::default("/max_concurrent_runs", Json::Int(1), "the server's default"),
        rule::default("/edit_mode", Json::Str("EDITABLE"), "the server's default"),
        rule::default("/schedule/pause_status", Json::Str("UNPAUSED"), "the server's default"),
        rule::default("/trigger/pause_status", Json::Str("UNPAUSED"), "the server's default"),
        rule::default("/continuous/pause_status", Json::Str("UNPAUSED"), "the server's default"),
        rule::server_filled("/performance_target", "the server's default"),
        rule::server_filled("/run_as", "a reset without it keeps the one that is there"),
    ],
    parts: &[
        Mount { at: "/tasks/*", part: &job_task::TASK },
        Mount { at: "/tasks/*/for_each_task/task", part: &job_task::TASK },
        Mount { at: "/job_clusters/*/new_cluster", part: &parts::CLUSTER_SPEC },
        Mount { at: "/email_notifications", part: &parts::EMAIL_NOTIFICATIONS },
        Mount { at: "/webhook_notifications", part: &parts::WEBHOOK_NOTIFICATIONS },
        Mount { at: "/notification_settings", part: &parts::NOTIFICATION_SETTINGS },
    ],
    acl: Some(Acl::of("jobs").owned("IS_OWNER")),
    hooks: &Job,
    ..Kind::REGULAR
}
.checked();

struct Job;

/// The arrays `get` cuts at a hundred elements and continues on the next page.
const CUT_ARRAYS: [&str; 4] =
    ["/settings/tasks", "/settings/job_clusters", "/settings/environments", "/settings/parameters"];

async fn get(cx: Reading<'_>, listed: &Listed) -> Result<Details, Error> {
    let call = client::Call::get("/api/2.2/jobs/get").query("job_id", listed.id.as_str());
    let raw = cx.session.get_joined(call, &CUT_ARRAYS).await?;
    Ok(Details { raw, content: None })
}

/// The listing shows up to a hundred elements of each array, and says whether there are more.
async fn read_one(cx: Reading<'_>, listed: &mut Listed) -> Result<Details, Error> {
    if listed.raw.get("has_more").and_then(Value::as_bool) != Some(true)
        && listed.raw.pointer("/settings/tasks").is_some()
    {
        return Ok(Details { raw: std::mem::take(&mut listed.raw), content: None });
    }
    get(cx, listed).await
}

fn refers_to(task: &Value, deferred: &[Address]) -> bool {
    let mut found = false;
    visit_refs(task, &mut |_, address| found |= deferred.contains(&address));
    found
}

/// A task that needs nothing, does nothing, and keeps the place of one that comes later.
fn placeholder(task: &Value) -> Value {
    let mut stand_in = json!({ "condition_task": { "op": "EQUAL_TO", "left": "1", "right": "1" } });
    for field in ["task_key", "depends_on"] {
        if let Some(value) = task.get(field) {
            stand_in[field] = value.clone();
        }
    }
    stand_in
}

impl Hooks for Job {
    /// A job is its settings. Whether runs queue is always said, because the server's default
    /// depends on the version of the call that created the job.
    fn shape(&self, mut raw: Value) -> Value {
        let mut settings = raw.get_mut("settings").map(Value::take).unwrap_or_else(|| json!({}));
        if let Some(map) = settings.as_object_mut()
            && map.get("queue").is_none_or(Value::is_null)
        {
            map.insert("queue".into(), json!({ "enabled": false }));
        }
        for place in [
            "/job_clusters/*/new_cluster",
            "/tasks/*/new_cluster",
            "/tasks/*/for_each_task/task/new_cluster",
        ] {
            select_mut(&mut settings, place, &mut |spec| {
                parts::drop_what_the_pool_decides(spec);
                Keep::Yes
            });
        }
        source::cover(&mut settings);
        settings
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        let deployed = raw.pointer("/settings/deployment/kind").and_then(Value::as_str);
        if matches!(deployed, Some("BUNDLE" | "SYSTEM_MANAGED")) {
            return Some(Omission::TOOL_MADE);
        }
        let none =
            raw.pointer("/settings/tasks").and_then(Value::as_array).is_some_and(Vec::is_empty);
        none.then_some(Omission {
            code: "skipped-empty",
            reason: "has no task, so it cannot be created",
        })
    }

    fn without(&self, spec: &Value, deferred: &[Address]) -> Option<Value> {
        let mut first = spec.clone();
        for task in first.get_mut("tasks")?.as_array_mut()? {
            if refers_to(task, deferred) {
                *task = placeholder(task);
            }
        }
        Some(first)
    }

    fn doubt(
        &self,
        resource: &Resource,
        _: Option<&Resource>,
        target: &Outlook<'_>,
    ) -> Vec<Finding> {
        source::visit(resource).and_then(|visit| visit.doubt(target)).into_iter().collect()
    }

    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        source::uncovered(resource).into_iter().collect()
    }

    fn pause(&self, spec: &mut Value) {
        for what in ["schedule", "trigger", "continuous"] {
            if let Some(map) = spec.get_mut(what).and_then(Value::as_object_mut) {
                map.insert("pause_status".into(), json!("PAUSED"));
            }
        }
    }

    /// `reset` takes the name with all other settings.
    fn renames(&self) -> bool {
        true
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        Box::pin(
            futures::stream::iter(listed)
                .map(move |mut one| async move {
                    let details = read_one(cx, &mut one).await;
                    (one, details)
                })
                .buffer_unordered(regular::AT_ONCE)
                .collect(),
        )
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        Box::pin(async move { get(cx, &listed).await })
    }

    /// `reset` takes the whole settings beside the identifier.
    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        wanted.body = json!({ "new_settings": wanted.body });
        Box::pin(regular::update(cx, live, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deferred_task_keeps_its_place() {
        let spec = json!({"tasks": [
            {"task_key": "a", "run_job_task": {"job_id": {"$ref": "job:b"}}, "depends_on": [{"task_key": "z"}]},
            {"task_key": "z", "notebook_task": {"notebook_path": "/x"}}]});
        let first = Job.without(&spec, &[Address::new("job", "b")]).unwrap();
        assert_eq!(
            first["tasks"][0],
            json!({"task_key": "a", "depends_on": [{"task_key": "z"}],
                "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}})
        );
        assert_eq!(first["tasks"][1], spec["tasks"][1]);
    }

    #[test]
    fn says_whether_runs_queue() {
        assert_eq!(Job.shape(json!({"settings": {}})), json!({"queue": {"enabled": false}}));
    }
}
