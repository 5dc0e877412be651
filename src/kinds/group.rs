//! Groups of users, service principals and groups.
//!
//! API: <https://docs.databricks.com/api/workspace/groups>

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::{parts, scim, service_principal, user};
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Omission, Reading, Ref,
    Scope, Wanted, Writing, as_external, at, regular,
};
use crate::model::{Address, Finding, Resource, Source, as_ref};

pub(crate) static KIND: Kind = Kind {
    name: "group",
    about: "Groups of users, service principals and groups, with their entitlements.",
    docs: "https://docs.databricks.com/api/workspace/groups",
    api: Api {
        list: Call::get("/api/2.0/preview/scim/v2/Groups").items("Resources").paged(scim::PAGING),
        get: Some(Call::get("/api/2.0/preview/scim/v2/Groups/{id}").path_id()),
        create: Some(Call::post("/api/2.0/preview/scim/v2/Groups")),
        update: Some(Call::patch("/api/2.0/preview/scim/v2/Groups/{id}").path_id()),
        delete: Some(Call::delete("/api/2.0/preview/scim/v2/Groups/{id}").path_id()),
    },
    key: "/displayName",
    refs: &[
        Ref::id("/members/users/*", &[&user::KIND]),
        Ref::id("/members/service_principals/*", &[&service_principal::KIND]),
        Ref::id("/members/groups/*", &[&KIND]),
        Ref::id("/members/others/*", parts::PRINCIPALS),
    ],
    rules: &[
        scim::common(0),
        scim::common(1),
        scim::common(2),
        scim::common(3),
        scim::common(4),
        rule::arn("/roles/*", "an instance profile names an AWS account"),
        rule::set("/entitlements", "the order means nothing"),
        rule::set("/roles", "the order means nothing"),
        rule::set("/members/*", "the order means nothing"),
        rule::default("/members/*", Json::List, "empty is absent"),
        rule::default("/members", Json::Object, "empty is absent"),
        rule::default("/entitlements", Json::List, "empty is absent"),
        rule::default("/roles", Json::List, "empty is absent"),
    ],
    hooks: &Group,
    ..Kind::REGULAR
}
.checked();

struct Group;

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const SYSTEM: [&str; 3] = ["admins", "users", "account users"];

fn name(raw: &Value) -> &str {
    at(raw, "/displayName").and_then(Value::as_str).unwrap_or("")
}

fn resource_type(raw: &Value) -> &str {
    at(raw, "/meta/resourceType").and_then(Value::as_str).unwrap_or("")
}

/// Which list a member belongs to, by the path its `$ref` points at.
fn member_list(member: &Value) -> &'static str {
    let to = member.get("$ref").and_then(Value::as_str).unwrap_or("");
    let segments: Vec<&str> = to.split('/').collect();
    let found = segments.iter().find_map(|segment| match *segment {
        "Users" => Some("users"),
        "ServicePrincipals" => Some("service_principals"),
        "Groups" => Some("groups"),
        _ => None,
    });
    found.unwrap_or("others")
}

/// Keeps what the listing decided about where the group belongs.
fn keep_type(mut details: Details, listed: &Listed) -> Details {
    if listed.raw.get("meta").is_none()
        && let Some(map) = details.raw.as_object_mut()
    {
        map.remove("meta");
    }
    details
}

fn all_members(body: &Value) -> Value {
    let lists = body.get("members").and_then(Value::as_object);
    lists
        .map(|lists| lists.values().filter_map(Value::as_array).flatten().cloned().collect())
        .unwrap_or_default()
}

impl Hooks for Group {
    fn always_there(&self) -> &'static [&'static str] {
        &["admins", "users"]
    }

    fn shape(&self, mut raw: Value) -> Value {
        scim::flatten(&mut raw);
        let of_account = resource_type(&raw) == "Group";
        let mut lists: Map<String, Value> = Map::new();
        for member in at(&raw, "/members").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(id), Some(list)) = (
                member.get("value"),
                lists.entry(member_list(member)).or_insert_with(|| json!([])).as_array_mut(),
            ) {
                list.push(id.clone());
            }
        }
        if let Some(map) = raw.as_object_mut() {
            // Who belongs to a group of the account is the account's affair, not the workspace's.
            map.remove("members");
            if of_account {
                map.insert("account_level".into(), json!(true));
            } else if !lists.is_empty() {
                map.insert("members".into(), Value::Object(lists));
            }
        }
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        (SYSTEM.contains(&name(raw)) || name(raw).starts_with("_workspace_"))
            .then_some(Omission::SYSTEM)
    }

    fn principal(&self, raw: &Value) -> Option<String> {
        Some(name(raw).to_owned()).filter(|name| !name.is_empty())
    }

    /// Members that are gone are left out, and said.
    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        let mut gone = 0;
        if let Some(lists) = resource.spec.get_mut("members").and_then(Value::as_object_mut) {
            for list in lists.values_mut().filter_map(Value::as_array_mut) {
                let before = list.len();
                list.retain(|member| as_external(member).is_none());
                gone += before - list.len();
            }
            lists.retain(|_, list| list.as_array().is_some_and(|list| !list.is_empty()));
            if lists.is_empty()
                && let Some(map) = resource.spec.as_object_mut()
            {
                map.remove("members");
            }
        }
        if gone == 0 {
            return Vec::new();
        }
        let message = format!(
            "{gone} member(s) belong to no user, service principal or group of this workspace"
        );
        vec![
            Finding::warning("dangling-member", &resource.address, message)
                .hint("they are left out of the snapshot"),
        ]
    }

    fn uncreatable(&self, resource: &Resource, _: &Source) -> Option<String> {
        (resource.spec.get("account_level") == Some(&json!(true))).then(|| {
            "it is a group of the account, which a workspace can only be given, not create"
                .to_owned()
        })
    }

    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        let of_account = |group: &Resource| group.spec.get("account_level") == Some(&json!(true));
        match (of_account(wanted), of_account(live)) {
            (true, false) => Some(
                "the target's group of this name belongs to the workspace, the wanted one to the account"
                    .to_owned(),
            ),
            (false, true) => Some(
                "the target's group of this name belongs to the account, the wanted one to the workspace"
                    .to_owned(),
            ),
            (true, true) if wanted.spec.get("displayName") != live.spec.get("displayName") => Some(
                "it is a group of the account, which no workspace can give another name".to_owned(),
            ),
            _ => None,
        }
    }

    /// A group's name is an attribute that a patch replaces; rights and memberships stay with the group.
    fn renames(&self) -> bool {
        true
    }

    fn without(&self, spec: &Value, deferred: &[Address]) -> Option<Value> {
        let mut first = spec.clone();
        for list in
            first.get_mut("members")?.as_object_mut()?.values_mut().filter_map(Value::as_array_mut)
        {
            list.retain(|member| as_ref(member).is_none_or(|address| !deferred.contains(&address)));
        }
        Some(first)
    }

    /// A server that calls no group the workspace's own, not even `admins`, does not tell the two apart;
    /// then all are the workspace's own.
    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        Box::pin(async move {
            let mut listing = regular::list(cx).await?;
            let told_apart =
                listing.objects.iter().any(|group| resource_type(&group.raw) == "WorkspaceGroup");
            for group in listing.objects.iter_mut().filter(|_| !told_apart) {
                if let Some(map) = group.raw.as_object_mut() {
                    map.remove("meta");
                }
            }
            let admins = listing.objects.iter().find(|group| group.key == "admins");
            let members = admins.and_then(|group| at(&group.raw, "/members")?.as_array());
            if let (Some(members), Scope::Everything) = (members, cx.scope) {
                let message = format!("its {} direct member(s) are not captured", members.len());
                let finding = Finding::note("skipped-members", "group:admins", message)
                    .hint("who administers a workspace is decided there");
                listing.findings.push(finding);
            }
            Ok(listing)
        })
    }

    /// A listing may leave the members out; a group it shows none of is read by itself.
    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        Box::pin(async move {
            let (whole, bare): (Vec<_>, Vec<_>) =
                listed.into_iter().partition(|group| group.raw.get("members").is_some());
            let mut read = regular::as_listed(whole).await;
            for (group, details) in regular::read(cx, bare).await {
                let details = details.map(|details| keep_type(details, &group));
                read.push((group, details));
            }
            read
        })
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        Box::pin(async move {
            let details = regular::fresh(cx, Listed { raw: json!({}), ..listed.clone() }).await?;
            Ok(keep_type(details, &listed))
        })
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        let members = all_members(&wanted.body);
        scim::unfold(&mut wanted.body, SCHEMA);
        if let Some(map) = wanted.body.as_object_mut() {
            map.remove("account_level");
            map.remove("members");
            let ids: Vec<Value> =
                members.as_array().into_iter().flatten().map(|id| json!({ "value": id })).collect();
            if !ids.is_empty() {
                map.insert("members".into(), Value::Array(ids));
            }
        }
        regular::create(cx, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let shaped = self.shape(live.raw);
            let mut operations = scim::operations(&shaped, &wanted.body, &live.changed);
            if live.changed.iter().any(|path| path.starts_with("/members")) {
                let (before, after) = (all_members(&shaped), all_members(&wanted.body));
                operations.extend(scim::list_operations("members", Some(&before), Some(&after)));
            }
            scim::patch(cx, live.id.as_str(), operations).await
        })
    }
}
