//! What the second workspace of the demo holds before anything is applied to it.

use std::path::Path;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::cli::connection::Target;
use crate::cli::error::CliError;
use crate::client::Call;
use crate::model::{ContentFormat, Resource, Snapshot};
use crate::store::snapshot_dir::{self, SnapshotDir};

/// The second workspace, for the story.
pub(super) struct Neighbour {
    /// What it holds, in words.
    pub holds: String,
    /// The rewrites file for it.
    pub rewrites: String,
}

/// Makes some objects that have the names of others in the snapshot, and one that nobody knows.
pub(super) async fn settle(target: &Target, dir: &Path) -> Result<Neighbour, CliError> {
    let source = snapshot_dir::read(dir)?;
    let snapshot = &source.snapshot;
    let person = first(snapshot, "user", |user| {
        user.address.key.contains('@') && user.address.key != target.caller.source.caller
    })?;
    let email = &person.address.key;
    let (name, domain) = email.split_once('@').unwrap_or((email, "acme.example"));
    let (new_name, new_domain) = (format!("{name}.new"), format!("new.{domain}"));
    let new_email = format!("{new_name}@{new_domain}");

    post(target, "/api/2.0/preview/scim/v2/Users", json!({"userName": new_email})).await?;
    let group = first(snapshot, "group", |_| true)?.address.key.clone();
    post(target, "/api/2.0/preview/scim/v2/Groups", json!({"displayName": group})).await?;
    let policy =
        first(snapshot, "cluster_policy", |policy| policy.spec.get("definition").is_some())?
            .address
            .key
            .clone();
    let definition = json!({"autotermination_minutes": {"type": "fixed", "value": 15}}).to_string();
    for name in [policy.as_str(), "Only here"] {
        let body = json!({"name": name, "definition": definition});
        post(target, "/api/2.0/policies/clusters/create", body).await?;
    }
    let notebook = first(snapshot, "notebook", |notebook| {
        notebook.address.key.starts_with("/Shared/")
            && notebook
                .content
                .as_ref()
                .is_some_and(|content| content.format == ContentFormat::Source)
    })?;
    earlier_version(target, &source, notebook).await?;

    let warehouse =
        json!({"name": "BI", "cluster_size": "Small", "max_num_clusters": 1, "auto_stop_mins": 15});
    post(target, "/api/2.0/sql/warehouses", warehouse).await?;
    for (name, config) in [
        (
            "On-call pager",
            json!({"pagerduty": {"integration_key": "0123456789abcdef0123456789abcdef"}}),
        ),
        (
            "Data mailing list",
            json!({"email": {"addresses": [format!("data-oncall@{new_domain}")]}}),
        ),
    ] {
        let body = json!({"display_name": name, "config": config});
        post(target, "/api/2.0/notification-destinations", body).await?;
    }

    let holds = format!(
        "{new_email}, a group {group} without members, a policy \"{policy}\" with another definition, an older {}, a \
         policy that the first workspace does not know, and the warehouse and the notification destinations that \
         jobs refer to",
        notebook.address.key
    );
    let rewrites = format!(
        "version: 1\nemails:\n- exact: {email}\n  to: {new_email}\n- domain: {domain}\n  to: {new_domain}\n"
    );
    Ok(Neighbour { holds, rewrites })
}

fn first<'a>(
    snapshot: &'a Snapshot,
    kind: &'a str,
    fits: impl Fn(&Resource) -> bool,
) -> Result<&'a Resource, CliError> {
    snapshot
        .of_kind(kind)
        .find(|resource| fits(resource))
        .ok_or_else(|| CliError::failed(format!("the demo's workspace has no {kind} to show")))
}

async fn post(target: &Target, path: &str, body: Value) -> Result<(), CliError> {
    target.session.send(&Call::post(path).json(body)).await?;
    Ok(())
}

/// The notebook as somebody imported it some time ago: its last lines are not there yet.
async fn earlier_version(
    target: &Target,
    source: &SnapshotDir,
    notebook: &Resource,
) -> Result<(), CliError> {
    let path = &notebook.address.key;
    let text = String::from_utf8_lossy(&source.content(notebook)?).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let older = lines[..lines.len().saturating_sub(3)].join("\n");
    let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
    post(target, "/api/2.0/workspace/mkdirs", json!({"path": parent})).await?;
    let content = base64::engine::general_purpose::STANDARD.encode(older);
    let language = notebook.spec.get("language").cloned().unwrap_or_else(|| json!("PYTHON"));
    let body = json!({"path": path, "format": "SOURCE", "language": language, "content": content});
    post(target, "/api/2.0/workspace/import", body).await
}
