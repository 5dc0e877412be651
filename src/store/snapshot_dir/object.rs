//! A resource as a map, in a file of its own or in an index.

use serde_json::{Map, Value, json};

use super::document::Document;
use crate::model::{Address, Digest, Resource};
use crate::store::error::StoreError;

/// A resource as a file under `objects/` has it.
pub fn to_file(resource: &Resource) -> Value {
    let mut map = body(resource);
    map.insert("kind".to_owned(), json!(resource.address.kind));
    map.insert("key".to_owned(), json!(resource.address.key));
    map.insert("digest".to_owned(), json!(resource.full_digest()));
    Value::Object(map)
}

/// Takes back [`to_file`], and says whether the digest there is another than that of what is there.
pub(super) fn from_file(
    kind: &str,
    document: &Document,
) -> Result<(Resource, Option<StoreError>), StoreError> {
    let found: String = document.field("kind")?;
    if found != kind {
        return Err(document
            .wrong(&["kind"], format!("the file holds a `{found}` and stands among `{kind}`")));
    }
    let address = Address::new(kind, document.field::<String>("key")?);
    let resource = from_body(address, &document.value, document, &[])?;
    let recorded: Digest = document.field("digest")?;
    let actual = resource.full_digest();
    let problem = (recorded != actual).then(|| StoreError::Digest {
        file: document.path().to_owned(),
        what: format!("the digest of {}", resource.address),
        recorded_in: document.path().to_owned(),
        recorded: recorded.to_string(),
        actual: actual.to_string(),
    });
    Ok((resource, problem))
}

/// Spec, grants and content: what files and index entries have in common.
pub(super) fn body(resource: &Resource) -> Map<String, Value> {
    let mut map = Map::new();
    if resource.spec != json!({}) {
        map.insert("spec".to_owned(), resource.spec.clone());
    }
    if let Some(grants) = &resource.grants {
        map.insert("grants".to_owned(), json!(grants));
    }
    if let Some(content) = &resource.content {
        map.insert("content".to_owned(), json!(content));
    }
    map
}

/// Takes back [`body`] from a map that stands at `field` of a document.
pub(super) fn from_body(
    address: Address,
    map: &Value,
    document: &Document,
    field: &[&str],
) -> Result<Resource, StoreError> {
    fn part<T: serde::de::DeserializeOwned>(
        map: &Value,
        name: &str,
        document: &Document,
        field: &[&str],
    ) -> Result<Option<T>, StoreError> {
        map.get(name).map(|value| document.part(value, &[field, &[name]].concat())).transpose()
    }
    Ok(Resource {
        address,
        spec: map.get("spec").cloned().unwrap_or_else(|| json!({})),
        grants: part(map, "grants", document, field)?,
        content: part(map, "content", document, field)?,
    })
}
