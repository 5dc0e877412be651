//! What a rehearsal cannot know, as far as it is known what that is.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::stage::Stage;
use crate::cli::render::text::{counted, kinds, number};
use crate::cli::selection;
use crate::engine::Desired;
use crate::kind::Acl;
use crate::model::{Address, Change, Plan, Resource};

/// Something a rehearsal says nothing about.
#[derive(Debug, Serialize)]
pub(super) struct Unknown {
    /// A stable word for machines.
    pub code: &'static str,
    /// What is not known, in one sentence.
    pub message: String,
    /// The objects it concerns, where it does not concern all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub about: BTreeSet<Address>,
}

/// Fields of objects that name something which no workspace API tells of.
const OUTSIDE: [(&str, &str, &[&str]); 4] = [
    (
        "node-types",
        "whether the target's cloud and region have these node types and runtime versions, and enough of them",
        &["node_type_id", "driver_node_type_id", "spark_version", "enabled_node_types"],
    ),
    (
        "cloud",
        "whether the target's cloud has these instance profiles, service accounts, zones and disks",
        &[
            "instance_profile_arn",
            "google_service_account",
            "zone_id",
            "ebs_volume_type",
            "disk_spec",
        ],
    ),
    (
        "libraries",
        "whether these libraries, init scripts and log folders can be reached from the target",
        &[
            "jar",
            "whl",
            "egg",
            "requirements",
            "init_scripts",
            "cluster_log_conf",
            "pypi",
            "maven",
            "cran",
        ],
    ),
    (
        "git",
        "whether the target can reach these git repositories, and with which credentials",
        &["git_url"],
    ),
];

/// Texts in values that name something which no snapshot holds.
const WITHIN: [(&str, &str, &str); 1] =
    [("secrets", "whether the target has the secrets that these name", "{{secrets/")];

/// Says what a rehearsal of a plan cannot know.
pub(super) fn unknowns(plan: &Plan, desired: &Desired, stage: &Stage) -> Vec<Unknown> {
    let mut unknowns = always(plan);
    let sent: Vec<&Resource> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.change, Change::Create | Change::Update | Change::Replace))
        .filter_map(|step| desired.snapshot.resources.get(&step.address))
        .collect();
    let mut add = |code, message: &str, about: BTreeSet<Address>| {
        if !about.is_empty() {
            unknowns.push(Unknown { code, message: message.to_owned(), about });
        }
    };
    let those = |fits: &dyn Fn(&Resource) -> bool| -> BTreeSet<Address> {
        sent.iter().filter(|one| fits(one)).map(|one| one.address.clone()).collect()
    };
    for (code, message, fields) in OUTSIDE {
        add(code, message, those(&|one| names(&one.spec, &|key| fields.contains(&key))));
    }
    for (code, message, text) in WITHIN {
        add(code, message, those(&|one| holds(&one.spec, text)));
    }
    add(
        "identifiers",
        "whether what these name by the source's identifier is anything in the target",
        those(&|one| names(&one.spec, &|key| key == "$external")),
    );
    add(
        "identities",
        "whether the account, or an identity provider that syncs into it, lets a workspace make or change these",
        those(&|one| selection::PRINCIPALS.contains(&one.address.kind.as_str())),
    );
    let owned = |acl: Acl| acl.owner.is_some();
    let catalogue = selection::everything();
    let owners = plan.steps.iter().filter(|step| step.change == Change::Grants);
    let owners = owners.filter(|step| {
        catalogue.kind(&step.address.kind).and_then(|kind| kind.acl).is_some_and(owned)
    });
    add(
        "owners",
        "whether these may be given to other owners, who may need to be entitled in the target",
        owners.map(|step| step.address.clone()).collect(),
    );
    add(
        "stand-ins",
        "anything about these but that the plan found their names in the target",
        stage.copy.stand_ins.clone(),
    );
    let open = plan.kept.iter().chain(&plan.conflicts).map(|diverged| diverged.address.clone());
    add(
        "kept",
        "whether a second plan leaves these alone, which were edited in the target: a copy knows no last apply",
        open.collect(),
    );
    unknowns.extend(blocked(plan));
    unknowns
}

/// What holds for every rehearsal.
fn always(plan: &Plan) -> Vec<Unknown> {
    let about_all = [
        (
            "permissions",
            format!(
                "whether {} may do all of this in the target: here an admin does it, who may",
                if plan.target.caller.is_empty() { "the caller" } else { &plan.target.caller }
            ),
        ),
        ("meanwhile", "what is changed in the target after its snapshot was taken".to_owned()),
        ("quotas", "quotas of the workspace, the account and the cloud, and other clients' share of the rate limits".to_owned()),
        ("checks", "checks of the real services that the simulator does not know, and policies of the organisation".to_owned()),
        ("network", "networks, proxies and IP access lists on the way to the target, and how fast it answers".to_owned()),
    ];
    about_all
        .into_iter()
        .map(|(code, message)| Unknown { code, message, about: BTreeSet::new() })
        .collect()
}

/// What the plan itself does not do.
fn blocked(plan: &Plan) -> Option<Unknown> {
    let about: BTreeSet<Address> = plan.blocked.iter().map(|one| one.address.clone()).collect();
    let count = number(about.len());
    let message =
        format!("what becomes of the {count} that the plan blocks: they are no part of it");
    (!about.is_empty()).then_some(Unknown { code: "blocked", message, about })
}

/// Whether any field of a value bears a name that fits.
fn names(value: &Value, fits: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| fits(key) || names(value, fits)),
        Value::Array(items) => items.iter().any(|item| names(item, fits)),
        _ => false,
    }
}

/// Whether any text of a value holds another.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(|value| holds(value, text)),
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::String(value) => value.contains(text),
        _ => false,
    }
}

impl Unknown {
    /// On one line: what is not known, and how many objects of which kinds it concerns.
    pub(super) fn line(&self) -> String {
        let mut counts: std::collections::BTreeMap<&str, Vec<&str>> =
            std::collections::BTreeMap::new();
        for address in &self.about {
            counts.entry(&address.kind).or_default().push(&address.key);
        }
        let counts: Vec<String> = counts
            .into_iter()
            .map(|(kind, keys)| match keys.as_slice() {
                [key] => format!("{kind}:{key}"),
                keys => format!("{} {}", number(keys.len()), kinds(kind, keys.len())),
            })
            .collect();
        if counts.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.message, counts.join(", "))
        }
    }
}

/// How many steps say nothing about the target, in words.
pub(super) fn unplayed(count: usize) -> String {
    format!("{} not rehearsed", counted(count, "step"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_names_and_texts_wherever_they_are() {
        let spec = json!({"tasks": [{"new_cluster": {"node_type_id": "i3", "conf": {"k": "{{secrets/a/b}}"}}}]});
        assert!(names(&spec, &|key| key == "node_type_id"));
        assert!(!names(&spec, &|key| key == "i3"));
        assert!(holds(&spec, "{{secrets/"));
        assert!(!holds(&spec, "node_type_id"));
    }

    #[test]
    fn one_object_is_named_and_more_are_counted() {
        let about = ["job:a", "job:b", "user:c"].map(|address| address.parse().unwrap()).into();
        let unknown = Unknown { code: "x", message: "whether".to_owned(), about };
        assert_eq!(unknown.line(), "whether: 2 jobs, user:c");
    }
}
