//! Who calls, and which workspace answers.

mod mlflow;

use serde_json::Value;

use crate::client::{Call, Error, Kind, Session};
use crate::kind::at;
use crate::model::{Finding, Source};

pub use mlflow::whoami_at_mlflow;

/// Who calls, and which workspace answers.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The workspace and the caller, as a snapshot tells them.
    pub source: Source,
    /// What is doubtful about it.
    pub findings: Vec<Finding>,
}

/// The cloud a host belongs to, by its name.
///
/// Source: <https://docs.databricks.com/en/workspace/workspace-details.html>
fn cloud_of(host: &str) -> &'static str {
    let name = host.split("://").last().unwrap_or("").split(['/', ':']).next().unwrap_or("");
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
    if ends(&[".azuredatabricks.net", ".databricks.azure.us", ".databricks.azure.cn"]) {
        "azure"
    } else if ends(&[".gcp.databricks.com"]) {
        "gcp"
    } else if ends(&[".cloud.databricks.com", ".cloud.databricks.us", ".cloud.databricks.mil"]) {
        "aws"
    } else {
        "unknown"
    }
}

/// Asks the workspace who the caller is. This is also the first sign of a wrong host or credential.
///
/// # Errors
/// If the workspace cannot be reached or refuses the credential. A server that does not know the call
/// is taken as it is: the caller is then unknown, and listings cannot prove that anything is absent.
pub async fn whoami(session: &Session) -> Result<Caller, Error> {
    let host = session.host().to_owned();
    let mut source = Source { cloud: cloud_of(&host).to_owned(), host, ..Source::default() };
    let (headers, me) = match session.document(&Call::get("/api/2.0/preview/scim/v2/Me")).await {
        Ok(answer) => answer,
        Err(error)
            if matches!(
                error.kind(),
                Kind::EndpointMissing | Kind::NotFound | Kind::NotImplemented
            ) =>
        {
            let finding = Finding::warning(
                "caller-unknown",
                "",
                "the workspace does not tell who the caller is",
            )
            .hint("nothing here proves that an object is absent");
            return Ok(Caller { source, findings: vec![finding] });
        }
        Err(error) => return Err(error),
    };
    let org = headers.get("x-databricks-org-id").and_then(|value| value.to_str().ok());
    source.workspace_id = org.filter(|id| !id.is_empty()).map(str::to_owned);
    let text = |pointer: &str| at(&me, pointer).and_then(Value::as_str).map(str::to_owned);
    source.caller = text("/userName")
        .or_else(|| text("/applicationId"))
        .or_else(|| text("/displayName"))
        .unwrap_or_default();
    source.admin = at(&me, "/groups")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|group| group.get("display").and_then(Value::as_str) == Some("admins"));
    let mut findings = Vec::new();
    if !source.admin {
        let message = format!(
            "{} is not an admin of this workspace, so listings may leave objects out",
            source.caller
        );
        findings
            .push(Finding::warning("not-admin", "", message).hint("read it as a workspace admin"));
    }
    Ok(Caller { source, findings })
}

#[cfg(test)]
mod tests {
    use super::cloud_of;

    #[test]
    fn tells_clouds_by_host() {
        for (host, cloud) in [
            ("https://dbc-1.cloud.databricks.com", "aws"),
            ("https://adb-1.2.azuredatabricks.net", "azure"),
            ("https://1.2.gcp.databricks.com", "gcp"),
            ("http://127.0.0.1:80", "unknown"),
        ] {
            assert_eq!(cloud_of(host), cloud);
        }
    }
}
