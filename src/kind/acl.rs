//! Rights on objects: reading what was granted directly, and writing it as a whole.
//!
//! API: <https://docs.databricks.com/api/workspace/permissions>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Call, Index};
use crate::model::{Address, Grant};

/// Calls of an API of its own, which keeps one right per principal and sets one at a time.
#[derive(Clone, Copy, Debug)]
pub struct Entries {
    /// Lists the entries of one object.
    pub list: Call,
    /// Sets one principal's entry.
    pub put: Call,
    /// Takes one principal's entry away.
    pub delete: Call,
    /// The field that holds a principal's name, of whichever kind it is.
    pub principal: &'static str,
    /// The field that holds the level.
    pub level: &'static str,
}

/// How a kind's rights are reached.
#[derive(Clone, Copy, Debug)]
pub struct Acl {
    /// The object type in the path `/api/2.0/permissions/{type}/{id}`.
    pub object_type: &'static str,
    /// The calls, where rights are not reached by the permissions API.
    pub entries: Option<Entries>,
    /// The level of which there must be exactly one, if any.
    pub owner: Option<&'static str>,
    /// Whether whoever creates an object gets a direct right on it, so that it has to be set even where none is wanted.
    pub creator_gains: bool,
}

impl Acl {
    /// Rights without an owner, on objects whose creator gets one.
    pub const fn of(object_type: &'static str) -> Self {
        Self { object_type, entries: None, owner: None, creator_gains: true }
    }

    /// These calls instead of the permissions API's.
    pub const fn by(mut self, entries: Entries) -> Self {
        self.entries = Some(entries);
        self
    }

    /// Exactly one right of this level.
    pub const fn owned(mut self, level: &'static str) -> Self {
        self.owner = Some(level);
        self
    }

    /// Creating an object is not known to grant anything directly.
    pub const fn creator_gains_nothing(mut self) -> Self {
        self.creator_gains = false;
        self
    }

    /// The path of one object's rights.
    pub fn path(&self, id: &str) -> String {
        format!("/api/2.0/permissions/{}/{}", self.object_type, id)
    }
}

/// The kind of principals to whom rights are granted by an identifier, so that names have to be looked up.
pub const NAMED_BY_IDENTIFIER: &str = "service_principal";

/// The fields that name a principal, and the kind each belongs to.
const FIELDS: [(&str, &str); 3] = [
    ("user_name", "user"),
    ("group_name", "group"),
    ("service_principal_name", NAMED_BY_IDENTIFIER),
];

/// The field that names a principal of whichever kind, where rights are kept as [`Entries`].
pub(super) const ANYBODY: &str = "principal";

fn address_of(kind: &str, name: &str) -> Address {
    if kind == "user" { Address::new(kind, name.to_lowercase()) } else { Address::new(kind, name) }
}

/// The kind that a principal is by its name alone, which nobody here knows any more.
fn likely_kind(name: &str) -> &'static str {
    let is_id = name.len() == 36
        && name.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && name.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    match name {
        _ if is_id => NAMED_BY_IDENTIFIER,
        _ if name.contains('@') => "user",
        _ => "group",
    }
}

/// The name that an entry of a body grants a right to, and the level.
pub(super) fn named(entry: &Value) -> Option<(&str, &str)> {
    let fields = FIELDS.iter().map(|(field, _)| *field).chain([ANYBODY]);
    let name = fields.into_iter().find_map(|field| entry.get(field)?.as_str())?;
    Some((name, entry.get("permission_level")?.as_str()?))
}

/// Reads the direct grants out of a permissions answer.
///
/// Every direct level of every entry is kept. Inherited ones go, and the group `admins`, whose right
/// is a given that the server refuses to change; where rights are kept as [`Entries`], it is like any other.
pub fn read_grants(answer: &Value, index: &Index) -> BTreeSet<Grant> {
    let mut grants = BTreeSet::new();
    for entry in answer.get("access_control_list").and_then(Value::as_array).into_iter().flatten() {
        let named =
            FIELDS.iter().find_map(|(field, kind)| Some((entry.get(field)?.as_str()?, *kind)));
        let principal = match (named, entry.get(ANYBODY).and_then(Value::as_str)) {
            (Some(("admins", "group")), _) | (None, None) => continue,
            (Some((name, kind)), _) => match index.principal_address(name) {
                Some(address) if address.kind == kind => address.clone(),
                _ => address_of(kind, name),
            },
            (None, Some(name)) => match index.principal_address(name) {
                Some(address) => address.clone(),
                None => address_of(likely_kind(name), name),
            },
        };
        let all = entry.get("all_permissions").and_then(Value::as_array);
        // Some servers answer in the form that is written, one level per entry.
        for permission in all.into_iter().flatten().chain(all.is_none().then_some(entry)) {
            let inherited = permission.get("inherited").and_then(Value::as_bool).unwrap_or(false);
            if let Some(level) = permission.get("permission_level").and_then(Value::as_str)
                && !inherited
            {
                grants.insert(Grant { principal: principal.clone(), level: level.to_owned() });
            }
        }
    }
    grants
}

/// Writes grants as the body that sets all direct rights of an object.
///
/// # Errors
/// Lists the principals that are not known in this workspace.
pub fn grants_body(grants: &BTreeSet<Grant>, index: &Index) -> Result<Value, Vec<Address>> {
    let mut entries = Vec::new();
    let mut missing = Vec::new();
    for grant in grants {
        let field =
            FIELDS.iter().find(|(_, kind)| *kind == grant.principal.kind).map(|(field, _)| *field);
        match (field, index.principal(&grant.principal)) {
            (Some(field), Some(name)) => {
                entries.push(json!({ field: name, "permission_level": grant.level }))
            }
            _ => missing.push(grant.principal.clone()),
        }
    }
    if missing.is_empty() { Ok(json!({ "access_control_list": entries })) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServerId;

    #[test]
    fn a_principal_without_a_kind_is_looked_up_and_else_guessed() {
        let mut index = Index::default();
        let address = Address::new("service_principal", "robot");
        let id = ServerId::from_value(&json!("7")).unwrap();
        let application = "0c3c1f9e-44d1-4d0f-9f0e-0a4c2c1a7f01";
        index.insert(address, id, Some(application.to_owned()));
        let gone = "1c3c1f9e-44d1-4d0f-9f0e-0a4c2c1a7f01";
        let entries = [application, gone, "Ana@x.com", "data-eng", "admins"]
            .map(|name| json!({"principal": name, "permission_level": "READ"}));
        let grants = read_grants(&json!({"access_control_list": entries}), &index);
        let found: Vec<String> = grants.iter().map(|grant| grant.principal.to_string()).collect();
        let gone = format!("service_principal:{gone}");
        let expected =
            ["group:admins", "group:data-eng", &gone, "service_principal:robot", "user:ana@x.com"];
        assert_eq!(found, expected);
    }
}
