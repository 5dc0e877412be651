//! Libraries on clusters, which calls of their own tell and change.
//!
//! API: <https://docs.databricks.com/api/workspace/libraries>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client::{Call, Repeat};
use crate::kind::{Error, Listing, Reading, Scope, Writing, at};
use crate::model::{Address, Finding, canonical};

/// Where a cluster's libraries stand in its spec.
pub(super) const FIELD: &str = "libraries";

/// What statuses tell of one cluster's libraries.
#[derive(Debug, Default, PartialEq)]
struct Told {
    /// Those that are installed on it, or are to be.
    installed: Vec<Value>,
    /// How many the workspace puts on every cluster.
    for_all: usize,
    /// How many go with the next start.
    leaving: usize,
}

impl Told {
    fn of(statuses: &Value, by_policy: &BTreeSet<String>) -> Self {
        let mut told = Self::default();
        for status in statuses.as_array().into_iter().flatten() {
            let Some(library) = at(status, "/library") else { continue };
            if at(status, "/is_library_for_all_clusters") == Some(&json!(true)) {
                told.for_all += 1;
            } else if at(status, "/status") == Some(&json!("UNINSTALL_ON_RESTART")) {
                told.leaving += 1;
            } else if !by_policy.contains(&canonical(library)) {
                told.installed.push(library.clone());
            }
        }
        told
    }

    /// What is said of those that are left out.
    fn finding(&self, cluster: &str) -> Option<Finding> {
        let parts = [
            (self.for_all, "that every cluster gets"),
            (self.leaving, "that go with its next start"),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, which)| format!("{count} {which}"))
            .collect();
        let message = format!("libraries of it are left out: {}", said.join(", "));
        let about = Address::new("cluster", cluster);
        (!said.is_empty()).then(|| Finding::note("skipped-library", about, message))
    }
}

fn texts(libraries: Option<&Value>) -> BTreeSet<String> {
    libraries.and_then(Value::as_array).into_iter().flatten().map(canonical).collect()
}

/// The libraries that each policy brings along.
async fn of_policies(cx: Reading<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
    let answer = cx.session.get("/api/2.0/policies/clusters/list", &[]).await?;
    let policies = at(&answer, "/policies").and_then(Value::as_array).into_iter().flatten();
    let of = |policy: &Value| {
        let id = at(policy, "/policy_id")?.as_str()?.to_owned();
        Some((id, texts(at(policy, "/libraries"))))
    };
    Ok(policies.filter_map(of).collect())
}

fn policy_of(raw: &Value) -> Option<&str> {
    at(raw, "/policy_id").and_then(Value::as_str).filter(|id| !id.is_empty())
}

/// Notes the libraries of all listed clusters, which one call tells. Policies are asked for only where a
/// cluster with a library has one.
pub(super) async fn note_all(cx: Reading<'_>, listing: &mut Listing) {
    if listing.objects.is_empty() {
        return;
    }
    let mut statuses = match cx.session.get("/api/2.0/libraries/all-cluster-statuses", &[]).await {
        Ok(mut answer) => {
            let all = answer.get_mut("statuses").map(Value::take).unwrap_or_default();
            let all = all.as_array().cloned().unwrap_or_default().into_iter();
            let of = |mut one: Value| {
                let id = at(&one, "/cluster_id")?.as_str()?.to_owned();
                Some((id, one.get_mut("library_statuses").map(Value::take).unwrap_or_default()))
            };
            all.filter_map(of).collect::<BTreeMap<String, Value>>()
        }
        Err(error) => {
            let why = Error::from(error).lasting_words();
            let message = format!("the libraries of clusters cannot be read: {why}");
            let finding = Finding::warning("unreadable-libraries", cx.kind.name, message);
            listing.findings.push(finding.hint("they are neither captured nor compared"));
            return;
        }
    };
    let has_policy = |id: &str, raw: &Value| statuses.contains_key(id) && policy_of(raw).is_some();
    let by_policy = if listing.objects.iter().any(|one| has_policy(one.id.as_str(), &one.raw)) {
        // Who may not read policies takes what a policy brings for the cluster's own.
        of_policies(cx).await.unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    let none = BTreeSet::new();
    for one in &mut listing.objects {
        let of_cluster = statuses.remove(one.id.as_str()).unwrap_or_default();
        let by_policy = policy_of(&one.raw).and_then(|id| by_policy.get(id)).unwrap_or(&none);
        let told = Told::of(&of_cluster, by_policy);
        if matches!(cx.scope, Scope::Everything) {
            listing.findings.extend(told.finding(&one.key));
        }
        put(&mut one.raw, told.installed);
    }
}

/// Reads what a cluster's libraries are at this moment.
///
/// # Errors
/// As the server refuses.
pub(super) async fn statuses(cx: Reading<'_>, id: &str) -> Result<Value, Error> {
    let query = [("cluster_id", id.to_owned())];
    let answer = cx.session.get("/api/2.0/libraries/cluster-status", &query).await?;
    Ok(at(&answer, "/library_statuses").cloned().unwrap_or_default())
}

/// Notes the libraries of which statuses tell.
pub(super) async fn note(cx: Reading<'_>, statuses: Value, raw: &mut Value) {
    let by_policy = match policy_of(raw).filter(|_| statuses != json!([])) {
        Some(policy) if !statuses.is_null() => {
            of_policies(cx).await.unwrap_or_default().remove(policy).unwrap_or_default()
        }
        _ => BTreeSet::new(),
    };
    put(raw, Told::of(&statuses, &by_policy).installed);
}

fn put(raw: &mut Value, libraries: Vec<Value>) {
    if let Some(map) = raw.as_object_mut() {
        map.insert(FIELD.to_owned(), Value::Array(libraries));
    }
}

/// Takes the libraries out of what is sent for a cluster; `None` where nothing is said of them.
pub(super) fn take(body: &mut Value) -> Option<Vec<Value>> {
    match body.as_object_mut()?.remove(FIELD)? {
        Value::Array(libraries) => Some(libraries),
        _ => None,
    }
}

/// Has libraries installed. On a stopped cluster that only notes them.
///
/// # Errors
/// As the server refuses.
pub(super) async fn install(cx: Writing<'_>, id: &str, which: &[Value]) -> Result<(), Error> {
    send(cx, "install", id, which).await
}

/// Installs what a cluster lacks and uninstalls what it has beyond.
///
/// # Errors
/// As the server refuses.
pub(super) async fn bring(
    cx: Writing<'_>,
    id: &str,
    live: &Value,
    wanted: &[Value],
) -> Result<(), Error> {
    let live: &[Value] = live.get(FIELD).and_then(Value::as_array).map_or(&[], Vec::as_slice);
    let beyond = |these: &[Value], those: &[Value]| -> Vec<Value> {
        these.iter().filter(|library| !those.contains(library)).cloned().collect()
    };
    send(cx, "uninstall", id, &beyond(live, wanted)).await?;
    send(cx, "install", id, &beyond(wanted, live)).await
}

async fn send(cx: Writing<'_>, action: &str, id: &str, which: &[Value]) -> Result<(), Error> {
    if which.is_empty() {
        return Ok(());
    }
    let call = Call::post(format!("/api/2.0/libraries/{action}"))
        .json(json!({ "cluster_id": id, "libraries": which }))
        .repeat(Repeat::Idempotent);
    cx.session.send(&call).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_put_on_the_cluster_itself() {
        let pypi = |name: &str| json!({"pypi": {"package": name}});
        let statuses = json!([
            {"library": pypi("own"), "status": "FAILED", "messages": ["no such package"]},
            {"library": pypi("everywhere"), "status": "INSTALLED", "is_library_for_all_clusters": true},
            {"library": pypi("leaving"), "status": "UNINSTALL_ON_RESTART"},
            {"library": pypi("policy's"), "status": "PENDING"},
        ]);
        let told = Told::of(&statuses, &BTreeSet::from([canonical(&pypi("policy's"))]));
        let expected = Told { installed: vec![pypi("own")], for_all: 1, leaving: 1 };
        assert_eq!(told, expected);
        assert_eq!(
            told.finding("etl").unwrap().message,
            "libraries of it are left out: 1 that every cluster gets, 1 that go with its next start"
        );
        assert_eq!(Told::of(&Value::Null, &BTreeSet::new()).finding("etl"), None);
    }
}
