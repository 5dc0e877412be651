//! Users and groups.

use serde_json::{Value, json};

use super::super::SeedError;
use super::super::site::{Site, group, user};
use super::super::spec::ScaleSpec;

/// Who may get rights.
pub(super) struct People {
    admin: String,
    users: Vec<String>,
    groups: Vec<String>,
}

impl People {
    /// A grant for the `index`th object: to a group where there are groups, else to a user.
    pub(super) fn grant(&self, index: usize, level: &str) -> Value {
        match turn(&self.groups, index) {
            Some(name) => group(name, level),
            None => user(self.owner(index), level),
        }
    }

    /// Who gets a grant on the `index`th object, by name.
    pub(super) fn name(&self, index: usize) -> &str {
        turn(&self.groups, index).unwrap_or_else(|| self.owner(index))
    }

    /// Who owns the `index`th object.
    pub(super) fn owner(&self, index: usize) -> &str {
        turn(&self.users, index).unwrap_or(&self.admin)
    }
}

fn turn(names: &[String], index: usize) -> Option<&str> {
    names.get(index % names.len().max(1)).map(String::as_str)
}

/// Plants users and groups. Group after group takes the next users in turn as its members.
pub(super) async fn plant(site: &Site, spec: &ScaleSpec) -> Result<People, SeedError> {
    let mut people =
        People { admin: site.admin().to_owned(), users: Vec::new(), groups: Vec::new() };
    let mut ids = Vec::new();
    for index in 0..spec.users {
        let name = format!("user-{index:05}@scale.example");
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "displayName": format!("User {index}"),
        });
        ids.push(site.post("/api/2.0/preview/scim/v2/Users", body).await?["id"].clone());
        people.users.push(name);
    }
    for index in 0..spec.groups {
        let name = format!("group-{index:04}");
        let members: Vec<Value> = (0..spec.members.min(ids.len()))
            .map(|member| json!({"value": ids[(index * spec.members + member) % ids.len()]}))
            .collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "members": members,
        });
        site.post("/api/2.0/preview/scim/v2/Groups", body).await?;
        people.groups.push(name);
    }
    Ok(people)
}
