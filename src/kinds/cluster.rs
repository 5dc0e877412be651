//! Clusters for interactive work.
//!
//! API: <https://docs.databricks.com/api/workspace/clusters>

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::{cluster_libraries as libraries, parts};
use crate::client::{Call as Request, Repeat};
use crate::kind::rule::{self, Json};
use crate::kind::{
    Acl, Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Mount, Omission,
    Paging, Reading, Wanted, Writing, regular,
};
use crate::model::ServerId;

pub(crate) static KIND: Kind = Kind {
    name: "cluster",
    about: "Clusters for interactive work, created stopped.",
    docs: "https://docs.databricks.com/api/workspace/clusters",
    api: Api {
        list: Call::get("/api/2.1/clusters/list")
            .items("clusters")
            .paged(Paging::Token("page_size", 100)),
        get: Some(Call::get("/api/2.1/clusters/get").query_id("cluster_id")),
        create: Some(Call::post("/api/2.1/clusters/create")),
        update: Some(Call::post("/api/2.1/clusters/edit").body_id("cluster_id")),
        delete: Some(Call::post("/api/2.1/clusters/permanent-delete").body_id("cluster_id")),
    },
    id: "/cluster_id",
    key: "/cluster_name",
    unique: false,
    rules: &[
        rule::output_only("/spark_context_id", "what the cluster is doing"),
        rule::output_only("/driver", "what the cluster is doing"),
        rule::output_only("/executors", "what the cluster is doing"),
        rule::output_only("/jdbc_port", "what the cluster is doing"),
        rule::output_only("/state", "what the cluster is doing"),
        rule::output_only("/state_message", "what the cluster is doing"),
        rule::output_only("/start_time", "what the cluster is doing"),
        rule::output_only("/terminated_time", "what the cluster is doing"),
        rule::output_only("/last_state_loss_time", "what the cluster is doing"),
        rule::output_only("/last_activity_time", "what the cluster is doing"),
        rule::output_only("/last_restarted_time", "what the cluster is doing"),
        rule::output_only("/termination_reason", "what the cluster is doing"),
        rule::output_only("/cluster_memory_mb", "follows from the machines"),
        rule::output_only("/cluster_cores", "follows from the machines"),
        rule::output_only("/creator_user_name", "whoever called"),
        rule::output_only("/cluster_source", "only those made by people are kept"),
        rule::output_only("/cluster_log_status", "what the cluster is doing"),
        rule::output_only("/init_scripts_safe_mode", "the server's own doing"),
        rule::output_only("/disk_spec", "follows from the machines"),
        rule::output_only("/pinned_by_user_name", "kept as is_pinned"),
        rule::default("/is_pinned", Json::Bool(false), "not pinned"),
        rule::server_filled("/spark_env_vars", "the server's default"),
        rule::server_filled("/spark_env_vars/PYSPARK_PYTHON", "the server's default"),
        rule::server_filled(
            "/spark_conf/spark.databricks.delta.preview.enabled",
            "the server's default",
        ),
        rule::server_filled("/workload_type", "the server's default"),
        rule::set("/libraries", "the order means nothing"),
        rule::server_filled("/libraries", "absent where nobody could tell which there are"),
    ],
    parts: &[
        Mount { at: "", part: &parts::CLUSTER_SPEC },
        Mount { at: "/libraries/*", part: &parts::LIBRARY },
    ],
    acl: Some(Acl::of("clusters")),
    hooks: &Cluster,
    ..Kind::REGULAR
}
.checked();

struct Cluster;

fn text<'a>(raw: &'a Value, field: &str) -> &'a str {
    raw.get(field).and_then(Value::as_str).unwrap_or("")
}

/// Names the platform gives to clusters of its own: `job-12-run-3`, `dlt-execution-…`.
fn is_platform_name(name: &str) -> bool {
    let job_run = name.strip_prefix("job-").and_then(|rest| rest.split_once("-run-")).is_some_and(
        |(job, run)| {
            let digits =
                |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(job) && digits(run.split('-').next().unwrap_or(""))
        },
    );
    job_run
        || ["dlt-execution-", "mlflow-model-", "terraform-"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

async fn act(cx: Writing<'_>, action: &str, id: &str) -> Result<(), Error> {
    let call = Request::post(format!("/api/2.1/clusters/{action}"))
        .json(json!({ "cluster_id": id }))
        .repeat(Repeat::Idempotent);
    cx.session.send(&call).await?;
    Ok(())
}

/// `edit` is refused while a cluster is starting, resizing or terminating; this waits for it to settle.
async fn edit_when_settled(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let mut patience = [1, 2, 4, 8, 15, 30, 60, 60, 120, 120, 240, 240].into_iter();
    loop {
        match regular::update(cx, live.clone(), wanted.clone()).await {
            Err(error) if error.error_code() == Some("INVALID_STATE") => match patience.next() {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => return Err(error),
            },
            other => return other,
        }
    }
}

/// What no answer about a cluster alone tells; it is noted when clusters are listed.
const NOTED: [&str; 2] = ["is_pinned", libraries::FIELD];

fn with_notes(mut details: Details, listed: &Listed) -> Details {
    for field in NOTED {
        if let (Some(map), Some(noted)) = (details.raw.as_object_mut(), listed.raw.get(field)) {
            map.insert(field.to_owned(), noted.clone());
        }
    }
    details
}

/// The identifiers of the clusters that are, or are not, pinned; none where the filter is not known.
async fn filtered(cx: Reading<'_>, pinned: &str) -> Result<BTreeSet<String>, Error> {
    let found = match regular::list_call(cx, &[("filter_by.is_pinned", pinned)]).await {
        Err(error) if error.is_invalid() => return Ok(BTreeSet::new()),
        other => other?,
    };
    Ok(found.iter().map(|raw| text(raw, "cluster_id").to_owned()).collect())
}

fn take_pin(body: &mut Value) -> bool {
    body.as_object_mut()
        .and_then(|map| map.remove("is_pinned"))
        .is_some_and(|pinned| pinned == true)
}

impl Hooks for Cluster {
    /// What a person asked for stands in `spec`, without what the server filled in; the answer's own
    /// fields serve where a server does not tell it.
    fn shape(&self, mut raw: Value) -> Value {
        parts::drop_what_the_pool_decides(&mut raw);
        let Some(map) = raw.as_object_mut() else { return raw };
        let Some(Value::Object(mut spec)) = map.remove("spec") else { return raw };
        for field in NOTED.into_iter().chain(["cluster_name"]) {
            if let Some(value) = map.remove(field) {
                spec.insert(field.to_owned(), value);
            }
        }
        Value::Object(spec)
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        let made_by_people = matches!(text(raw, "cluster_source"), "" | "UI" | "API");
        (!made_by_people || is_platform_name(text(raw, "cluster_name")))
            .then_some(Omission::TOOL_MADE)
    }

    /// `edit` takes the name with all other attributes.
    fn renames(&self) -> bool {
        true
    }

    fn create_requests(&self) -> usize {
        2
    }

    /// The listing does not say which clusters are pinned; a filtered one does. Libraries are told apart.
    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        Box::pin(async move {
            let mut listing = regular::list(cx).await?;
            let pinned = filtered(cx, "true").await?;
            // A server that does not know the filter answers with all clusters, whichever way it is set.
            let all = listing.objects.len();
            let ignored =
                all > 0 && pinned.len() == all && filtered(cx, "false").await?.len() == all;
            for object in &mut listing.objects {
                let by_field = !text(&object.raw, "pinned_by_user_name").is_empty();
                let is_pinned = by_field || !ignored && pinned.contains(object.id.as_str());
                if let Some(map) = object.raw.as_object_mut() {
                    map.insert("is_pinned".into(), json!(is_pinned));
                }
            }
            libraries::note_all(cx, &mut listing).await;
            Ok(listing)
        })
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        Box::pin(async move {
            let read = regular::read(cx, listed).await.into_iter();
            read.map(|(listed, details)| {
                let details = details.map(|details| with_notes(details, &listed));
                (listed, details)
            })
            .collect()
        })
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        Box::pin(async move {
            // Before the cluster itself, so that what is written next follows the look at it.
            let statuses = libraries::statuses(cx, listed.id.as_str()).await;
            let details = regular::fresh(cx, listed.clone()).await?;
            let mut details = with_notes(details, &listed);
            match statuses {
                Ok(statuses) => libraries::note(cx, statuses, &mut details.raw).await,
                Err(error) if error.is_no_call() => {}
                Err(error) => return Err(error),
            }
            Ok(details)
        })
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        Box::pin(async move {
            take_pin(&mut wanted.body);
            libraries::take(&mut wanted.body);
            regular::create(cx, wanted).await
        })
    }

    /// Creating a cluster starts it; it is stopped at once, and pinned if it was, because an unpinned
    /// one disappears thirty days after it stopped. Libraries come before that, for older servers note
    /// none on a stopped cluster; whatever becomes of them, the cluster stops.
    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        id: ServerId,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let which = libraries::take(&mut wanted.body).unwrap_or_default();
            let installed = libraries::install(cx, id.as_str(), &which).await;
            act(cx, "delete", id.as_str()).await?;
            if take_pin(&mut wanted.body) {
                act(cx, "pin", id.as_str()).await?;
            }
            installed
        })
    }

    /// Pins and libraries have calls of their own; only the rest is an `edit`, which restarts a running
    /// cluster.
    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let pinned = take_pin(&mut wanted.body);
            let which = libraries::take(&mut wanted.body);
            let (id, raw) = (live.id.clone(), live.raw.clone());
            let noted = |path: &str| NOTED.iter().find(|field| path == format!("/{field}"));
            let changes: BTreeSet<_> = live.changed.iter().map(|path| noted(path)).collect();
            if changes.contains(&None) {
                edit_when_settled(cx, live, wanted).await?;
            }
            if let (true, Some(which)) = (changes.contains(&Some(&libraries::FIELD)), which) {
                libraries::bring(cx, id.as_str(), &raw, &which).await?;
            }
            if changes.contains(&Some(&"is_pinned")) {
                act(cx, if pinned { "pin" } else { "unpin" }, id.as_str()).await?;
            }
            Ok(())
        })
    }

    /// A pinned cluster is not deleted, so it is unpinned first.
    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            match act(cx, "unpin", live.id.as_str()).await {
                Err(error) if error.is_not_found() => Ok(()),
                Err(error) => Err(error),
                Ok(()) => regular::delete(cx, live).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_platforms_own_names() {
        for name in ["job-12-run-3", "job-1-run-2-main", "dlt-execution-x", "mlflow-model-x"] {
            assert!(is_platform_name(name), "{name}");
        }
        for name in ["job-etl", "job-1-run-", "job-x-run-1", "etl"] {
            assert!(!is_platform_name(name), "{name}");
        }
    }

    #[test]
    fn prefers_what_was_asked_for() {
        let raw = json!({"cluster_id": "1", "cluster_name": "a", "is_pinned": true, "driver_node_type_id": "x",
            "spec": {"spark_version": "15.4.x-scala2.12"}});
        assert_eq!(
            Cluster.shape(raw),
            json!({"cluster_name": "a", "is_pinned": true, "spark_version": "15.4.x-scala2.12"})
        );
    }
}
