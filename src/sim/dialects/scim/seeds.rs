//! Principals which are there before the first request.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::attributes;
use super::directory::{Origin, Principal, Sort};
use crate::sim::state::State as Workspace;

/// Makes the groups `admins` and `users`.
pub(crate) fn seed_built_in(state: &mut Workspace) {
    let everything = [
        "workspace-access",
        "databricks-sql-access",
        "allow-cluster-create",
        "allow-instance-pool-create",
    ];
    for (name, entitlements) in [("admins", &everything[..]), ("users", &everything[..2])] {
        let entitlements: Vec<Value> =
            entitlements.iter().map(|word| json!({ "value": word })).collect();
        let attributes = object(json!({ "displayName": name, "entitlements": entitlements }));
        insert(state, Principal { sort: Sort::Group, origin: Origin::BuiltIn, attributes });
    }
}

/// Makes a user, without a home directory, and gives the identifier.
pub(crate) fn seed_user(state: &mut Workspace, user_name: &str, admin: bool) -> String {
    let mut attributes = object(json!({ "userName": user_name }));
    attributes::fill(Sort::User, &mut attributes);
    let id = insert(state, Principal { sort: Sort::User, origin: Origin::Workspace, attributes });
    if admin {
        make_admin(state, &id);
    }
    id
}

/// Makes a service principal, and gives the identifier.
pub(crate) fn seed_service_principal(
    state: &mut Workspace,
    application_id: &str,
    display_name: &str,
    admin: bool,
) -> String {
    let mut attributes =
        object(json!({ "applicationId": application_id, "displayName": display_name }));
    attributes::fill(Sort::ServicePrincipal, &mut attributes);
    let id = insert(
        state,
        Principal { sort: Sort::ServicePrincipal, origin: Origin::Workspace, attributes },
    );
    if admin {
        make_admin(state, &id);
    }
    id
}

/// Makes a group which belongs to the account; `members` are identifiers. It gives the identifier.
pub(crate) fn seed_account_group(state: &mut Workspace, name: &str, members: &[String]) -> String {
    let attributes = object(json!({ "displayName": name }));
    let id = insert(state, Principal { sort: Sort::Group, origin: Origin::Account, attributes });
    state.scim.set_members(&id, members.iter().cloned().collect());
    id
}

fn make_admin(state: &mut Workspace, id: &str) {
    if let Some(admins) = state.scim.find(Sort::Group, "admins").map(str::to_owned) {
        let mut members: BTreeSet<String> = state.scim.members(&admins);
        members.insert(id.to_owned());
        state.scim.set_members(&admins, members);
    }
}

fn insert(state: &mut Workspace, principal: Principal) -> String {
    let id = state.ids.scim();
    state.scim.put(&id, principal);
    id
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
