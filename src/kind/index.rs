//! Which identifiers and names stand for which addresses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{Address, ServerId};

/// Which identifiers and names stand for which addresses in one workspace.
#[derive(Clone, Debug, Default)]
pub struct Index {
    kinds: BTreeSet<String>,
    by_id: HashMap<(String, String), Address>,
    by_principal: HashMap<String, Address>,
    ids: BTreeMap<Address, ServerId>,
    principals: BTreeMap<Address, String>,
}

impl Index {
    /// Notes that `address` has this identifier, and this name if rights can be granted to it.
    pub fn insert(&mut self, address: Address, id: ServerId, principal: Option<String>) {
        if !self.kinds.contains(&address.kind) {
            self.kinds.insert(address.kind.clone());
        }
        self.by_id.insert((address.kind.clone(), id.as_str().to_owned()), address.clone());
        if let Some(name) = principal {
            self.by_principal.insert(name.to_lowercase(), address.clone());
            self.principals.insert(address.clone(), name);
        }
        self.ids.insert(address, id);
    }

    /// Notes that rights can be granted to `address` by this name, whatever its identifier is.
    pub fn admit(&mut self, address: Address, name: &str) {
        if self.principals.contains_key(&address) {
            return;
        }
        self.by_principal.insert(name.to_lowercase(), address.clone());
        self.principals.insert(address, name.to_owned());
    }

    /// The identifier of an address in this workspace.
    pub fn id(&self, address: &Address) -> Option<&ServerId> {
        self.ids.get(address)
    }

    /// The addresses of one kind, and their identifiers.
    pub fn of_kind<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a Address, &'a ServerId)> {
        let first = Address::new(kind, "");
        self.ids.range(first..).take_while(move |(address, _)| address.kind == kind)
    }

    /// The address that has this identifier.
    pub fn address(&self, kind: &str, id: &str) -> Option<&Address> {
        self.by_id.get(&(kind.to_owned(), id.to_owned()))
    }

    /// The name rights are granted to, of an address in this workspace.
    pub fn principal(&self, address: &Address) -> Option<&str> {
        self.principals.get(address).map(String::as_str)
    }

    /// The address that rights granted to this name belong to.
    pub fn principal_address(&self, name: &str) -> Option<&Address> {
        self.by_principal.get(&name.to_lowercase())
    }

    /// Forgets an address, because its object is gone.
    pub fn remove(&mut self, address: &Address) {
        if let Some(id) = self.ids.remove(address) {
            self.by_id.remove(&(address.kind.clone(), id.as_str().to_owned()));
        }
        if let Some(name) = self.principals.remove(address) {
            self.by_principal.remove(&name.to_lowercase());
        }
    }

    /// A text in which every identifier that is known here is replaced by the address that it stands for.
    ///
    /// Servers repeat identifiers in their errors, and errors go to files and other people.
    pub fn without_identifiers(&self, text: &str) -> String {
        let is_part =
            |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|letter| !is_part(letter)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            clean.push_str(before);
            match self.meant(word) {
                Some(address) => {
                    clean.push('{');
                    clean.push_str(&address.to_string());
                    clean.push('}');
                }
                None => clean.push_str(word),
            }
            rest = after;
        }
        clean.push_str(rest);
        clean
    }

    /// What a word identifies, if it is an identifier and not just a name.
    fn meant(&self, word: &str) -> Option<&Address> {
        let is_opaque = word.len() >= 8 && word.bytes().any(|byte| byte.is_ascii_digit());
        if !is_opaque {
            return None;
        }
        let by_id = || self.kinds.iter().find_map(|kind| self.address(kind, word));
        let by_principal = || self.principal_address(word).filter(|address| address.key != word);
        by_id().or_else(by_principal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn identifiers_in_a_text_become_addresses() {
        let mut index = Index::default();
        let mut add = |kind: &str, key: &str, id: serde_json::Value, principal: Option<&str>| {
            let id = ServerId::from_value(&id).unwrap();
            index.insert(Address::new(kind, key), id, principal.map(str::to_owned));
        };
        add("job", "etl", json!(940_223_372_036_854_771_i64), None);
        add("instance_pool", "small", json!("0923-164208-rover17-pool-y4lq"), None);
        add(
            "service_principal",
            "robot",
            json!("12345678"),
            Some("0c3c1f9e-44d1-4d0f-9f0e-0a4c2c1a7f01"),
        );
        add("group", "team2024", json!("87654321"), Some("team2024"));
        assert_eq!(
            index.without_identifiers(
                "GET /jobs/940223372036854771: no (0923-164208-rover17-pool-y4lq), ü"
            ),
            "GET /jobs/{job:etl}: no ({instance_pool:small}), ü"
        );
        assert_eq!(
            index.without_identifiers(
                "0c3c1f9e-44d1-4d0f-9f0e-0a4c2c1a7f01 team2024 9402233720368547710"
            ),
            "{service_principal:robot} team2024 9402233720368547710"
        );
        assert_eq!(index.without_identifiers(""), "");
    }
}
