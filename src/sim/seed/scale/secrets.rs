//! Secrets and their scopes.

use serde_json::json;

use super::super::SeedError;
use super::super::site::Site;
use super::super::spec::ScaleSpec;
use super::people::People;

const LEVELS: [&str; 3] = ["READ", "WRITE", "MANAGE"];

fn scope(index: usize) -> String {
    format!("scope-{index:04}")
}

/// Plants scopes, each with a right, and deals out secrets to one after the other.
pub(super) async fn plant(site: &Site, spec: &ScaleSpec, people: &People) -> Result<(), SeedError> {
    for index in 0..spec.scopes {
        site.post("/api/2.0/secrets/scopes/create", json!({"scope": scope(index)})).await?;
        let body = json!({
            "scope": scope(index),
            "principal": people.name(index),
            "permission": LEVELS[index % LEVELS.len()],
        });
        site.post("/api/2.0/secrets/acls/put", body).await?;
    }
    for index in 0..spec.secrets {
        let body = json!({
            "scope": scope(index % spec.scopes),
            "key": format!("key-{index:06}"),
            "string_value": format!("value of {index}"),
        });
        site.post("/api/2.0/secrets/put", body).await?;
    }
    Ok(())
}
