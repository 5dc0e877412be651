//! The samples: objects as servers answer them.
//!
//! `tests/samples/<kind>/<name>.json` holds the answer, the rights and the content of one object, the
//! objects that it refers to, and the fields that may be edited. Adding a kind takes samples, no code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use brickform::kind::{Index, Kind, Table, What, at, canon, normalise, read_grants};
use brickform::kinds;
use brickform::model::{
    Address, Content, ContentFormat, Digest, Resource, ServerId, Snapshot, digest_bytes, to_blob,
};
use brickform::sim;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::{Contents, Held, World};

/// A request that prepares a workspace, because brickform does not manage what it makes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    /// The path it is posted to.
    post: String,
    /// What is posted; `{NAME}` stands for what an earlier answer held.
    body: Value,
    /// Names for values of the answer, by pointer.
    #[serde(default, rename = "as")]
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bytes {
    format: ContentFormat,
    text: String,
}

/// Bytes that a spec speaks of: a line of JSON, and what follows it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    line: Value,
    #[serde(default)]
    then: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What is special about it.
    about: String,
    #[serde(default)]
    given: Vec<Given>,
    /// Answers of other objects, by kind.
    #[serde(default)]
    others: BTreeMap<String, Vec<Value>>,
    answer: Value,
    /// The entries of the permissions answer.
    rights: Option<Vec<Value>>,
    content: Option<Bytes>,
    /// What `{NAME}` stands for within the answer and the edits.
    #[serde(default)]
    blobs: BTreeMap<String, Blob>,
    /// Fields by their path in a plan, and another value that each may have; null takes it away.
    #[serde(default)]
    edits: BTreeMap<String, Value>,
    /// The same for fields whose change replaces the object.
    #[serde(default)]
    replaces: BTreeMap<String, Value>,
    /// Fields of the answer that cannot travel, and why.
    #[serde(default)]
    dropped: BTreeMap<String, String>,
}

/// One object as a server answers it, and what it needs.
pub(crate) struct Sample {
    pub(crate) kind: &'static Kind,
    pub(crate) name: String,
    file: File,
}

/// Where the samples are.
pub(crate) fn folder(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(kind)
}

/// All samples of all managed kinds.
pub(crate) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    for kind in kinds::ALL.iter().filter(|kind| kind.is_managed()) {
        let Ok(entries) = fs::read_dir(folder(kind.name)) else { continue };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).unwrap();
            let mut file: File = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            file.name_blobs();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            samples.push(Sample { kind, name, file });
        }
    }
    samples
}

fn key_of(kind: &Kind, raw: &Value) -> String {
    let key = at(raw, kind.key).and_then(Value::as_str).unwrap();
    let caseless =
        kind.rules.iter().any(|rule| rule.at == kind.key && matches!(rule.what, What::Caseless));
    if caseless { key.to_lowercase() } else { key.to_owned() }
}

fn kind_of(name: &str) -> &'static Kind {
    kinds::ALL.iter().find(|kind| kind.name == name).unwrap()
}

/// Names within `future_…` fields and their values, wherever they stand.
pub(crate) fn future_fields(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if name.starts_with("future_") {
                    into.insert(format!("{name}={}", without_nulls(inner)));
                }
                future_fields(inner, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| future_fields(item, into)),
        // A document inside a text.
        Value::String(text) if text.starts_with('{') => {
            future_fields(&serde_json::from_str(text).unwrap_or_default(), into);
        }
        _ => {}
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, inner)| !inner.is_null())
            .map(|(name, inner)| (name.clone(), without_nulls(inner)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn filled(value: &Value, names: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            name.and_then(|name| names.get(name)).unwrap_or(value).clone()
        }
        Value::Object(map) => {
            map.iter().map(|(key, inner)| (key.clone(), filled(inner, names))).collect()
        }
        Value::Array(items) => items.iter().map(|item| filled(item, names)).collect(),
        other => other.clone(),
    }
}

impl File {
    /// The bytes of each blob, by its name.
    fn blobs(&self) -> impl Iterator<Item = (&String, Vec<u8>)> {
        let bytes = |blob: &Blob| format!("{}\n{}", blob.line, blob.then).into_bytes();
        self.blobs.iter().map(move |(name, blob)| (name, bytes(blob)))
    }

    /// Puts the digests of blobs where their names stand.
    fn name_blobs(&mut self) {
        let digests: BTreeMap<String, Digest> =
            self.blobs().map(|(name, bytes)| (name.clone(), digest_bytes(&bytes))).collect();
        let plain = digests.iter().map(|(name, digest)| (name.clone(), json!(digest)));
        self.answer = filled(&self.answer, &plain.collect());
        let marked = digests.iter().map(|(name, digest)| (name.clone(), to_blob(digest))).collect();
        for value in self.edits.values_mut() {
            *value = filled(value, &marked);
        }
    }
}

impl Sample {
    /// What the sample is called in messages.
    pub(crate) fn label(&self) -> String {
        format!("{}/{} ({})", self.kind.name, self.name, self.file.about)
    }

    pub(crate) fn address(&self) -> Address {
        Address::new(self.kind.name, key_of(self.kind, &self.file.answer))
    }

    /// The answer it was made from.
    pub(crate) fn answer(&self) -> &Value {
        &self.file.answer
    }

    /// The `future_…` fields that must survive, with their values.
    pub(crate) fn lasting_fields(&self) -> BTreeSet<String> {
        let mut answer = self.file.answer.clone();
        for pointer in self.file.dropped.keys() {
            let (holder, name) = pointer.rsplit_once('/').unwrap();
            let holder = answer.pointer_mut(holder).and_then(Value::as_object_mut);
            assert!(holder.unwrap().remove(name).is_some(), "{}: {pointer}", self.label());
        }
        let mut fields = BTreeSet::new();
        future_fields(&answer, &mut fields);
        fields
    }

    fn index(&self) -> Index {
        let mut index = Index::default();
        let own = (self.kind.name.to_owned(), vec![self.file.answer.clone()]);
        let others = self.file.others.iter().map(|(kind, raws)| (kind.clone(), raws.clone()));
        for (kind, raws) in others.chain([own]) {
            let kind = kind_of(&kind);
            for raw in raws {
                let id = ServerId::from_value(at(&raw, kind.id).unwrap()).unwrap();
                let principal = kind.hooks.principal(&raw);
                index.insert(Address::new(kind.name, key_of(kind, &raw)), id, principal);
            }
        }
        index
    }

    /// The snapshot of a workspace that holds the object and what it needs.
    pub(crate) fn held(&self) -> Held {
        let index = self.index();
        let mut snapshot = Snapshot::default();
        let mut contents = Contents::new();
        let mut add = |kind: &'static Kind, raw: &Value| {
            let (table, address) = (Table::of(kind), Address::new(kind.name, key_of(kind, raw)));
            let spec = normalise(&table, raw.clone(), &index);
            let resource = Resource { address: address.clone(), spec, grants: None, content: None };
            snapshot.resources.insert(address, resource);
        };
        for (kind, raws) in self.file.others.iter().filter(|(kind, _)| kind_of(kind).is_managed()) {
            raws.iter().for_each(|raw| add(kind_of(kind), raw));
        }
        add(self.kind, &self.file.answer);
        let own = snapshot.resources.get_mut(&self.address()).unwrap();
        own.grants = self
            .file
            .rights
            .as_ref()
            .map(|rights| read_grants(&json!({ "access_control_list": rights }), &index));
        if let Some(Bytes { format, text }) = &self.file.content {
            let (digest, size) = (digest_bytes(text.as_bytes()), text.len() as u64);
            contents.insert(digest.clone(), text.clone().into_bytes());
            own.content = Some(Content { format: *format, digest, size });
        }
        let blobs = self.file.blobs().map(|(_, bytes)| (digest_bytes(&bytes), bytes));
        contents.extend(blobs);
        Held { snapshot, contents }
    }

    /// A new workspace that holds what the object needs and brickform does not manage.
    pub(crate) async fn prepared(&self, seed: u64) -> World {
        let future_fields = self.name == "future";
        let world = World::with(sim::Options { seed, future_fields, ..sim::Options::default() });
        let mut names = BTreeMap::new();
        for given in &self.file.given {
            let body = filled(&given.body, &names);
            let (status, answer) = world.raw("POST", &given.post, body).await;
            assert!(status.is_success(), "{}: {} {answer}", self.label(), given.post);
            for (name, pointer) in &given.names {
                names.insert(name.clone(), answer.pointer(pointer).unwrap().clone());
            }
        }
        world
    }

    /// A new workspace that holds the object.
    pub(crate) async fn made(&self, seed: u64) -> World {
        let world = self.prepared(seed).await;
        let plan = world.sync(&self.held()).await;
        assert!(plan.blocked.is_empty(), "{}: {:#?}", self.label(), plan.blocked);
        world
    }

    /// The snapshot with one field edited, for each field that may be; the flag says whether that replaces it.
    pub(crate) fn edited(&self) -> Vec<(String, bool, Held)> {
        let updates = self.file.edits.iter().map(|edit| (edit, false));
        let replaces = self.file.replaces.iter().map(|edit| (edit, true));
        updates
            .chain(replaces)
            .map(|((path, value), replaces)| {
                let mut held = self.held();
                self.edit(&mut held, path, value);
                (path.clone(), replaces, held)
            })
            .collect()
    }

    fn edit(&self, held: &mut Held, path: &str, value: &Value) {
        let resource = held.snapshot.resources.get_mut(&self.address()).unwrap();
        if path == "/content" {
            let bytes = value.as_str().unwrap().as_bytes().to_vec();
            let content = resource.content.as_mut().unwrap();
            content.digest = digest_bytes(&bytes);
            content.size = bytes.len() as u64;
            held.contents.insert(content.digest.clone(), bytes);
        } else if let Some(principal) = path.strip_prefix("/grants/") {
            let principal: Address = principal.parse().unwrap();
            let grants = resource.grants.as_mut().unwrap();
            grants.retain(|grant| grant.principal != principal);
            if let Some(level) = value.as_str() {
                let level = level.to_owned();
                grants.insert(brickform::model::Grant { principal, level });
            }
        } else {
            set(&mut resource.spec, path, value);
            resource.spec = canon(&Table::of(self.kind), resource.spec.take());
        }
        let before = self.held();
        assert_ne!(before.snapshot, held.snapshot, "{}: {path} is as before", self.label());
    }
}

/// Sets what stands at a path, in which an element of a list is named by one of its values.
fn set(spec: &mut Value, path: &str, value: &Value) {
    let (first, rest) = match path[1..].split_once('/') {
        Some((first, rest)) => (first, Some(format!("/{rest}"))),
        None => (&path[1..], None),
    };
    let name = first.replace("~1", "/").replace("~0", "~");
    match (spec, rest) {
        (Value::Object(map), Some(rest)) => set(map.get_mut(&name).unwrap(), &rest, value),
        (Value::Object(map), None) if value.is_null() => drop(map.remove(&name).unwrap()),
        (Value::Object(map), None) => drop(map.insert(name, value.clone())),
        (Value::Array(items), rest) => {
            let called = |item: &Value| {
                item.as_object()
                    .is_some_and(|map| map.values().any(|value| value.as_str() == Some(&name)))
            };
            let index = items.iter().position(called).unwrap();
            match rest {
                Some(rest) => set(&mut items[index], &rest, value),
                None if value.is_null() => drop(items.remove(index)),
                None => items[index] = value.clone(),
            }
        }
        (other, _) => panic!("{path} leads into {other}"),
    }
}

/// Base64 of what a test imports by hand.
pub(crate) fn base64_of(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}
