//! Natural keys where names are not unique.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::kind::Listed;
use crate::model::{ServerId, digest_value};

/// Keys that were given before, per kind, by the fingerprint of the object's identifier.
pub type Sticky = BTreeMap<String, BTreeMap<String, String>>;

/// A short digest of an identifier, which tells whether two are the same and nothing else.
pub fn fingerprint(kind: &str, id: &ServerId) -> String {
    digest_value("brickform.id.v1", &json!([kind, id.as_str()])).short().to_owned()
}

/// The name a key was made of: `etl` of `etl~2`.
pub fn base_of(key: &str) -> &str {
    match key.rsplit_once('~') {
        Some((base, number)) if !base.is_empty() && number.parse::<u32>().is_ok_and(|n| n >= 2) => {
            base
        }
        _ => key,
    }
}

/// Gives each object of one kind a key of its own: its name, or `name~2`, `name~3` in order of creation.
///
/// A key given before stays with its object. Objects whose name is already unique keep it whatever it is.
pub(super) fn assign(kind: &str, objects: &mut [&mut Listed], sticky: &Sticky) {
    let known = sticky.get(kind);
    objects.sort_by(|a, b| {
        (a.created, a.id.as_str().len(), a.id.as_str()).cmp(&(
            b.created,
            b.id.as_str().len(),
            b.id.as_str(),
        ))
    });
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut waiting = Vec::new();
    for object in objects.iter_mut() {
        let before = known.and_then(|keys| keys.get(&fingerprint(kind, &object.id)));
        match before {
            Some(key)
                if (*key == object.key || base_of(key) == object.key)
                    && taken.insert(key.clone()) =>
            {
                object.key.clone_from(key);
            }
            _ => waiting.push(object),
        }
    }
    // Plain names first, so that an object that really is called `etl~2` keeps that name.
    let (first, rest): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|object| taken.insert(object.key.clone()));
    drop(first);
    for object in rest {
        let mut number = 2_u32;
        let key = loop {
            let key = format!("{}~{number}", object.key);
            if taken.insert(key.clone()) {
                break key;
            }
            number += 1;
        };
        object.key = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    static KIND: Kind = Kind { name: "toy", ..Kind::REGULAR };

    fn object(id: i64, key: &str, created: i64) -> Listed {
        let id = ServerId::from_value(&json!(id)).unwrap();
        Listed { kind: &KIND, id, key: key.to_owned(), created, raw: json!({}) }
    }

    fn keys(mut objects: Vec<Listed>, sticky: &Sticky) -> Vec<(String, String)> {
        assign("toy", &mut objects.iter_mut().collect::<Vec<_>>(), sticky);
        objects.iter().map(|object| (object.id.as_str().to_owned(), object.key.clone())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(id, key)| ((*id).to_owned(), (*key).to_owned())).collect()
    }

    #[test]
    fn namesakes_are_numbered_by_age() {
        let objects = vec![
            object(3, "etl", 30),
            object(2, "etl", 10),
            object(1, "etl~2", 40),
            object(4, "x", 1),
        ];
        assert_eq!(
            keys(objects, &Sticky::new()),
            pairs(&[("3", "etl~3"), ("2", "etl"), ("1", "etl~2"), ("4", "x")])
        );
    }

    #[test]
    fn a_key_once_given_stays() {
        let id = |n: i64| ServerId::from_value(&json!(n)).unwrap();
        let given = BTreeMap::from([(fingerprint("toy", &id(5)), "etl~2".to_owned())]);
        let sticky = Sticky::from([("toy".to_owned(), given)]);
        // The older namesake is gone; the one called `etl~2` stays so, and a new one takes the free name.
        assert_eq!(
            keys(vec![object(5, "etl", 10), object(6, "etl", 20)], &sticky),
            pairs(&[("5", "etl~2"), ("6", "etl")])
        );
        // After a rename the old key means nothing.
        assert_eq!(keys(vec![object(5, "load", 10)], &sticky), pairs(&[("5", "load")]));
    }
}
