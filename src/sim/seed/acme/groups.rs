//! Groups, nested, with what each may do; and the service principals.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::Site;
use super::people::Member;

const GROUPS: &str = "/api/2.0/preview/scim/v2/Groups";
const SERVICE_PRINCIPALS: &str = "/api/2.0/preview/scim/v2/ServicePrincipals";

/// Teams, with the entitlements of each.
const TEAMS: [(&str, &[&str]); 9] = [
    ("platform", &["allow-cluster-create", "allow-instance-pool-create"]),
    ("data-engineering", &["allow-cluster-create"]),
    ("data-science", &["allow-cluster-create"]),
    ("analytics", &["databricks-sql-access"]),
    ("finance", &["databricks-sql-access"]),
    ("logistics", &[]),
    ("marketing", &[]),
    ("support", &[]),
    ("contractors", &["workspace-access"]),
];

/// Groups of groups: a group stands after all groups it holds.
const UNIONS: [(&str, &[&str]); 4] = [
    ("Data & AI", &["data-engineering", "data-science", "analytics"]),
    ("business", &["finance", "logistics", "marketing", "support"]),
    ("Führungskreis", &[]),
    ("all staff", &["platform", "Data & AI", "business", "Führungskreis"]),
];

/// The service principals, by their application ids.
pub(super) struct ServicePrincipals {
    /// Runs the pipelines.
    pub(super) etl: String,
    /// Scores models.
    pub(super) scorer: String,
    /// Scored models before; has the same display name.
    pub(super) old_scorer: String,
}

/// Plants the service principals.
pub(super) async fn service_principals(site: &Site) -> Result<ServicePrincipals, SeedError> {
    let mut ids = Vec::new();
    for name in ["etl-runner", "ml-scorer", "ml-scorer"] {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal"],
            "displayName": name,
            "entitlements": [{"value": "allow-cluster-create"}],
        });
        let answer = site.post(SERVICE_PRINCIPALS, body).await?;
        ids.push(text(&answer, SERVICE_PRINCIPALS, "applicationId")?);
    }
    let mut ids = ids.into_iter();
    let mut next =
        || ids.next().ok_or(SeedError::Answer { call: SERVICE_PRINCIPALS, field: "applicationId" });
    Ok(ServicePrincipals { etl: next()?, scorer: next()?, old_scorer: next()? })
}

/// Plants the groups, and makes two people admins.
pub(super) async fn plant(site: &Site, members: &[Member]) -> Result<(), SeedError> {
    let mut ids = BTreeMap::new();
    for (team, entitlements) in TEAMS {
        let of_team = members.iter().filter(|member| member.person.team == team);
        let members = of_team.map(|member| json!({"value": member.id})).collect();
        ids.insert(team, group(site, team, members, entitlements).await?);
    }
    for (name, held) in UNIONS {
        let mut inside: Vec<Value> =
            held.iter().filter_map(|name| ids.get(name)).map(|id| json!({"value": id})).collect();
        if held.is_empty() {
            inside.extend(members.iter().step_by(20).map(|member| json!({"value": member.id})));
        }
        ids.insert(name, group(site, name, inside, &[]).await?);
    }
    group(site, "no members", Vec::new(), &[]).await?;
    admins(site, &members[..2]).await
}

async fn group(
    site: &Site,
    name: &str,
    members: Vec<Value>,
    entitlements: &[&str],
) -> Result<String, SeedError> {
    let entitlements: Vec<Value> =
        entitlements.iter().map(|value| json!({"value": value})).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": members,
        "entitlements": entitlements,
    });
    text(&site.post(GROUPS, body).await?, GROUPS, "id")
}

async fn admins(site: &Site, members: &[Member]) -> Result<(), SeedError> {
    let found = site.get(&format!("{GROUPS}?filter=displayName%20eq%20%22admins%22")).await?;
    let id = text(&found["Resources"][0], GROUPS, "id")?;
    let value: Vec<Value> = members.iter().map(|member| json!({"value": member.id})).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "path": "members", "value": value}],
    });
    site.patch(&format!("{GROUPS}/{id}"), body).await.map(drop)
}

fn text(answer: &Value, call: &'static str, field: &'static str) -> Result<String, SeedError> {
    answer[field].as_str().map(str::to_owned).ok_or(SeedError::Answer { call, field })
}
