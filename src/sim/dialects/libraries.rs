//! Libraries on clusters. Nothing is installed here: what is asked for is noted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clusters::Life;
use crate::sim::http::{Answer, Call, Refusal, Route};
use crate::sim::page::shuffle;
use crate::sim::state::State as Workspace;

/// The calls of this API.
pub(crate) const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/api/2.0/libraries/all-cluster-statuses", handler: all_statuses },
    Route { method: "GET", path: "/api/2.0/libraries/cluster-status", handler: status },
    Route { method: "POST", path: "/api/2.0/libraries/install", handler: install },
    Route { method: "POST", path: "/api/2.0/libraries/uninstall", handler: uninstall },
];

/// What was asked for on each cluster, in the order in which it was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The libraries of each cluster, by its identifier.
    clusters: BTreeMap<String, Vec<Asked>>,
    /// Libraries which old workspaces put on every cluster.
    pub(crate) for_all: Vec<Value>,
}

/// One library on one cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Asked {
    library: Value,
    /// Whether it goes when the cluster starts the next time.
    leaving: bool,
}

fn all_statuses(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let listed = state.clusters.clusters.iter().filter(|(_, cluster)| cluster.listed(call.now));
    let ids: Vec<String> = listed.map(|(id, _)| id.clone()).collect();
    let statuses = shuffle(ids, call).into_iter().filter_map(|id| {
        let statuses = statuses(state, &id);
        (!statuses.is_empty()).then(|| json!({"cluster_id": id, "library_statuses": statuses}))
    });
    let statuses: Vec<Value> = statuses.collect();
    Ok(Answer::Json(if statuses.is_empty() { json!({}) } else { json!({"statuses": statuses}) }))
}

fn status(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need("cluster_id")?;
    state.clusters.get(id, call.now)?;
    let statuses = statuses(state, id);
    let mut answer = json!({ "cluster_id": id });
    if !statuses.is_empty() {
        answer["library_statuses"] = json!(statuses);
    }
    Ok(Answer::Json(answer))
}

/// What one cluster has: its own libraries, those of its policy, those of every cluster.
fn statuses(state: &Workspace, id: &str) -> Vec<Value> {
    let Some(cluster) = state.clusters.clusters.get(id) else { return Vec::new() };
    let there = if cluster.life() == Life::Running { "INSTALLED" } else { "PENDING" };
    let own = state.libraries.clusters.get(id).map_or(&[][..], Vec::as_slice);
    let (leaving, staying): (Vec<&Asked>, Vec<&Asked>) = own.iter().partition(|one| one.leaving);
    let policy = cluster.effective.get("policy_id").and_then(Value::as_str).unwrap_or_default();
    let brought = state.policies.libraries(policy).iter();
    let brought = brought.filter(|library| !own.iter().any(|one| one.library == **library));
    let status = |library: &Value, status: &str| json!({"library": library, "status": status, "is_library_for_all_clusters": false});
    let staying = staying.into_iter().map(|one| status(&one.library, there));
    let for_all = state.libraries.for_all.iter().map(
        |library| json!({"library": library, "status": there, "is_library_for_all_clusters": true}),
    );
    staying
        .chain(brought.map(|library| status(library, there)))
        .chain(for_all)
        .chain(leaving.into_iter().map(|one| status(&one.library, "UNINSTALL_ON_RESTART")))
        .collect()
}

fn install(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, libraries) = sent(state, call)?;
    let version = state.clusters.clusters[&id].effective.get("spark_version").cloned();
    let major = version.as_ref().and_then(Value::as_str).and_then(|text| text.split('.').next());
    let is_new = major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 14);
    if is_new && libraries.iter().any(|library| library.get("egg").is_some()) {
        return Err(Refusal::invalid(
            "Installing eggs is not supported in Databricks Runtime 14.0 and above",
        ));
    }
    let own = state.libraries.clusters.entry(id).or_default();
    for library in libraries {
        match own.iter_mut().find(|one| one.library == library) {
            Some(known) => known.leaving = false,
            None => own.push(Asked { library, leaving: false }),
        }
    }
    Ok(Answer::nothing())
}

/// Marks libraries as leaving; those which are not there do not matter.
fn uninstall(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, libraries) = sent(state, call)?;
    let own = state.libraries.clusters.entry(id).or_default();
    for one in own.iter_mut().filter(|one| libraries.contains(&one.library)) {
        one.leaving = true;
    }
    Ok(Answer::nothing())
}

/// The cluster and the libraries of a request, each of which is of exactly one type.
fn sent(state: &mut Workspace, call: &Call<'_>) -> Result<(String, Vec<Value>), Refusal> {
    let id = call.need("cluster_id")?.to_owned();
    state.clusters.get(&id, call.now)?;
    let libraries = call.body.get("libraries").and_then(Value::as_array).cloned();
    let libraries = libraries
        .filter(|libraries| !libraries.is_empty())
        .ok_or_else(|| Refusal::invalid("At least one library must be specified"))?;
    for library in &libraries {
        let types = library.as_object().into_iter().flatten();
        let types = types.filter(|(name, _)| !name.starts_with("future_")).count();
        if types != 1 {
            return Err(Refusal::invalid("Each library must be of exactly one type"));
        }
    }
    Ok((id, libraries))
}

/// Lets the libraries go which were to leave when the cluster starts.
pub(super) fn restarted(state: &mut Workspace, id: &str) {
    if let Some(own) = state.libraries.clusters.get_mut(id) {
        own.retain(|one| !one.leaving);
    }
}

/// Forgets a cluster which is gone for good.
pub(super) fn forget(state: &mut Workspace, id: &str) {
    state.libraries.clusters.remove(id);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::testing::Desk;

    const ALL: &str = "/api/2.0/libraries/all-cluster-statuses";
    const INSTALL: &str = "/api/2.0/libraries/install";
    const UNINSTALL: &str = "/api/2.0/libraries/uninstall";

    async fn cluster(desk: &Desk, more: Value) -> String {
        let mut body = json!({
            "cluster_name": "one", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
            "num_workers": 1,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = desk.ok("POST", "/api/2.1/clusters/create", body).await;
        made["cluster_id"].as_str().unwrap().to_owned()
    }

    fn pypi(package: &str) -> Value {
        json!({"pypi": {"package": package}})
    }

    /// Each library of a cluster with its status, as one text.
    async fn seen(desk: &Desk, id: &str) -> Vec<String> {
        let status = desk.get(&format!("/api/2.0/libraries/cluster-status?cluster_id={id}")).await;
        let all = status["library_statuses"].as_array().cloned().unwrap_or_default();
        let text = |one: &Value| {
            format!("{} {}", one["library"]["pypi"]["package"], one["status"]).replace('"', "")
        };
        all.iter().map(text).collect()
    }

    #[tokio::test]
    async fn a_library_leaves_when_the_cluster_starts_again() {
        let desk = Desk::new();
        assert_eq!(desk.get(ALL).await, json!({}));
        let id = cluster(&desk, json!({})).await;
        let both = json!({"cluster_id": id, "libraries": [pypi("a"), pypi("b")]});
        desk.ok("POST", INSTALL, both.clone()).await;
        desk.ok("POST", INSTALL, both).await;
        assert_eq!(seen(&desk, &id).await, ["a PENDING", "b PENDING"]);
        desk.get(&format!("/api/2.1/clusters/get?cluster_id={id}")).await;
        assert_eq!(seen(&desk, &id).await, ["a INSTALLED", "b INSTALLED"]);
        assert_eq!(desk.get(ALL).await["statuses"][0]["cluster_id"], json!(id));
        let gone = json!({"cluster_id": id, "libraries": [pypi("a"), pypi("never there")]});
        desk.ok("POST", UNINSTALL, gone).await;
        assert_eq!(seen(&desk, &id).await, ["b INSTALLED", "a UNINSTALL_ON_RESTART"]);
        desk.ok("POST", "/api/2.1/clusters/restart", json!({"cluster_id": id})).await;
        assert_eq!(seen(&desk, &id).await, ["b PENDING"]);
    }

    #[tokio::test]
    async fn one_that_was_to_leave_stays_when_it_is_asked_for_again() {
        let desk = Desk::new();
        let id = cluster(&desk, json!({})).await;
        desk.ok("POST", "/api/2.1/clusters/delete", json!({"cluster_id": id})).await;
        let body = json!({"cluster_id": id, "libraries": [pypi("a")]});
        desk.ok("POST", INSTALL, body.clone()).await;
        desk.ok("POST", UNINSTALL, body.clone()).await;
        assert_eq!(seen(&desk, &id).await, ["a UNINSTALL_ON_RESTART"]);
        desk.ok("POST", INSTALL, body).await;
        assert_eq!(seen(&desk, &id).await, ["a PENDING"]);
    }

    #[tokio::test]
    async fn what_is_no_library_is_refused() {
        let desk = Desk::new();
        let id = cluster(&desk, json!({})).await;
        for libraries in [
            json!([]),
            json!([{}]),
            json!([{"jar": "dbfs:/a.jar", "whl": "dbfs:/a.whl"}]),
            json!([{"egg": "dbfs:/a.egg"}]),
            json!([{"gem": "rails"}]),
            json!([{"pypi": {"repo": "https://pypi.org"}}]),
        ] {
            let body = json!({"cluster_id": id, "libraries": libraries});
            desk.refused(400, "POST", INSTALL, body).await;
        }
        let nowhere = json!({"cluster_id": "x", "libraries": [pypi("a")]});
        desk.refused(400, "POST", INSTALL, nowhere).await;
        desk.refused(400, "GET", "/api/2.0/libraries/cluster-status?cluster_id=x", Value::Null)
            .await;
    }

    #[tokio::test]
    async fn policies_and_the_workspace_bring_libraries_too() {
        let desk = Desk::new();
        let policy = json!({"name": "p", "definition": "{}", "libraries": [pypi("policy's")]});
        let policy = desk.ok("POST", "/api/2.0/policies/clusters/create", policy).await;
        let id = cluster(&desk, json!({"policy_id": policy["policy_id"]})).await;
        desk.workspace.with_state(|state| state.libraries.for_all.push(pypi("everybody's")));
        assert_eq!(seen(&desk, &id).await, ["policy's PENDING", "everybody's PENDING"]);
        desk.ok("POST", "/api/2.1/clusters/permanent-delete", json!({"cluster_id": id})).await;
        assert_eq!(desk.get(ALL).await, json!({}));
    }
}
