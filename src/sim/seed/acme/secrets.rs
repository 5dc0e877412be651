//! Secrets that clusters, policies and notebooks name, and who may read them.

use serde_json::json;

use super::super::SeedError;
use super::super::site::Site;

/// Scopes with their keys and values, all of them made up.
const SCOPES: [(&str, &[(&str, &str)]); 3] = [
    (
        "systems",
        &[
            ("s3-secret", "made-up-s3-secret"),
            ("kafka-brokers", "kafka-1.acme.example:9092,kafka-2.acme.example:9092"),
            ("crm-password", "made-up crm pass\u{11f}ord"),
            ("chat-webhook", "https://chat.acme.example/hooks/made-up"),
        ],
    ),
    ("registry", &[("password", "made-up-registry-password")]),
    ("ml", &[("tracking", "made-up-tracking-token")]),
];

const RIGHTS: [(&str, &str, &str); 5] = [
    ("systems", "platform", "MANAGE"),
    ("systems", "data-engineering", "READ"),
    ("registry", "data-science", "READ"),
    ("ml", "data-science", "WRITE"),
    ("ml", "analytics", "READ"),
];

/// Plants scopes, values and rights.
pub(super) async fn plant(site: &Site) -> Result<(), SeedError> {
    for (scope, secrets) in SCOPES {
        site.post("/api/2.0/secrets/scopes/create", json!({"scope": scope})).await?;
        for (key, value) in secrets {
            let body = json!({"scope": scope, "key": key, "string_value": value});
            site.post("/api/2.0/secrets/put", body).await?;
        }
    }
    for (scope, principal, permission) in RIGHTS {
        let body = json!({"scope": scope, "principal": principal, "permission": permission});
        site.post("/api/2.0/secrets/acls/put", body).await?;
    }
    Ok(())
}
