//! Where a job takes its code from, if that is a git repository.

use serde_json::Value;

use crate::kind::Acl;
use crate::kinds::git_credential::Visit;
use crate::kinds::git_folder::without_credential as clean;
use crate::model::{Address, Finding, Resource, as_ref};

const URL: &str = "/git_source/git_url";

/// What stands for a credential in a URL until it is taken out and said.
const COVER: &str = "***@";

/// Covers a credential in the URL.
pub(super) fn cover(settings: &mut Value) {
    let Some(Value::String(url)) = settings.pointer_mut(URL) else { return };
    if let (without, true) = clean(url) {
        *url = without.replacen("://", &format!("://{COVER}"), 1);
    }
}

/// Takes what stands for a credential out of the URL, and says so.
pub(super) fn uncovered(resource: &mut Resource) -> Option<Finding> {
    let Some(Value::String(url)) = resource.spec.pointer_mut(URL) else { return None };
    let covered = format!("://{COVER}");
    if !url.contains(&covered) {
        return None;
    }
    *url = url.replacen(&covered, "://", 1);
    let message = "the URL of its git source holds a credential, which was left out";
    let hint = "revoke it, and let a git credential of whoever it runs as stand in for it";
    Some(Finding::warning("redacted", &resource.address, message).hint(hint))
}

/// As whom a job runs: as it says, else as its owner; nobody in particular is whoever creates it.
fn who(resource: &Resource, acl: Option<Acl>) -> Option<String> {
    let run_as = resource.spec.get("run_as").and_then(Value::as_object);
    let named = run_as.into_iter().flatten().find_map(|(field, name)| {
        let kind = if field == "user_name" { "user" } else { "service_principal" };
        let plain = |name: &str| Address::new(kind, name.to_lowercase());
        as_ref(name).or_else(|| name.as_str().map(plain))
    });
    let level = acl.and_then(|acl| acl.owner);
    let mut grants = resource.grants.iter().flatten();
    let mut owner = || grants.find(|grant| Some(grant.level.as_str()) == level);
    let who = named.or_else(|| owner().map(|grant| grant.principal.clone()));
    who.map(|who| who.to_string())
}

/// The visit to a git provider that each run of a job makes, if it makes one.
pub(super) fn visit(resource: &Resource) -> Option<Visit<'_>> {
    let provider = resource.spec.pointer("/git_source/git_provider")?.as_str()?;
    let who = who(resource, super::KIND.acl);
    Some(Visit { by: &resource.address, provider, who, names_one: false })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Grant;
    use serde_json::json;

    fn job(spec: Value, owner: Option<&str>) -> Resource {
        let grant =
            |name: &str| Grant { principal: name.parse().unwrap(), level: "IS_OWNER".to_owned() };
        let grants = owner.map(|name| BTreeSet::from([grant(name)]));
        Resource { address: Address::new("job", "etl"), spec, grants, content: None }
    }

    #[test]
    fn a_job_visits_git_as_whom_it_runs() {
        let source = json!({"git_url": "https://git.example/x", "git_provider": "gitHub"});
        let of = |run_as: Value, owner| {
            let mut spec = json!({ "git_source": source });
            if !run_as.is_null() {
                spec["run_as"] = run_as;
            }
            let job = job(spec, owner);
            visit(&job).map(|visit| (visit.provider.to_owned(), visit.who))
        };
        let as_whom = |run_as, owner| of(run_as, owner).unwrap().1.unwrap_or_default();
        assert_eq!(of(Value::Null, None), Some(("gitHub".to_owned(), None)));
        assert_eq!(as_whom(Value::Null, Some("user:bea@x")), "user:bea@x");
        let bot = json!({"service_principal_name": {"$ref": "service_principal:bot"}});
        assert_eq!(as_whom(bot, Some("user:bea@x")), "service_principal:bot");
        assert_eq!(as_whom(json!({"user_name": "Ana@X"}), None), "user:ana@x");
        assert!(visit(&job(json!({"tasks": []}), None)).is_none());
    }

    #[test]
    fn a_credential_in_a_url_is_taken_out_and_said() {
        for (url, without, is_said) in [
            ("https://ann:canary@git.example/x", "https://git.example/x", true),
            ("https://acme@dev.azure.com/x", "https://acme@dev.azure.com/x", false),
        ] {
            let mut spec = json!({"git_source": {"git_url": url}});
            cover(&mut spec);
            assert!(!spec.to_string().contains("canary"), "{spec}");
            let mut job = job(spec, None);
            assert_eq!(uncovered(&mut job).is_some(), is_said, "{url}");
            assert_eq!(job.spec.pointer(URL), Some(&json!(without)));
            assert!(uncovered(&mut job).is_none());
        }
    }
}
