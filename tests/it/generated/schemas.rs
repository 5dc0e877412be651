//! The JSON Schemas of what brickform reads and writes.

mod base;
mod plan;
mod settings;
mod snapshot;

use brickform::model::{Change, ContentFormat, Severity};
use serde_json::{Map, Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Every schema, by the name of its file.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("base", base::base()),
        ("config", settings::config()),
        ("faults", settings::faults()),
        ("index", snapshot::index()),
        ("journal", plan::journal()),
        ("object", snapshot::object()),
        ("plan", plan::plan()),
        ("resolutions", settings::resolutions()),
        ("rewrites", settings::rewrites()),
        ("snapshot", snapshot::snapshot()),
    ]
}

/// Data that is closed: fields that are not named here are an error. A question mark ends the name of
/// a field that may be absent.
fn closed(about: &str, fields: &[(&str, Value)]) -> Value {
    let mut schema = open(about, fields);
    schema["additionalProperties"] = json!(false);
    schema
}

/// Data to which later versions may add fields.
fn open(about: &str, fields: &[(&str, Value)]) -> Value {
    let name = |field: &str| field.trim_end_matches('?').to_owned();
    let properties: Map<String, Value> =
        fields.iter().map(|(field, schema)| (name(field), schema.clone())).collect();
    let required: Vec<String> =
        fields.iter().map(|(field, _)| *field).filter(|f| !f.ends_with('?')).map(name).collect();
    json!({"description": about, "type": "object", "properties": properties, "required": required})
}

fn with(mut schema: Value, key: &str, value: impl Into<Value>) -> Value {
    schema[key] = value.into();
    schema
}

fn about(text: &str, schema: Value) -> Value {
    with(schema, "description", text)
}

fn text(description: &str) -> Value {
    json!({"description": description, "type": "string"})
}

fn flag(description: &str) -> Value {
    json!({"description": description, "type": "boolean"})
}

fn count(description: &str) -> Value {
    json!({"description": description, "type": "integer", "minimum": 0})
}

fn list(description: &str, items: Value) -> Value {
    json!({"description": description, "type": "array", "items": items})
}

fn map(description: &str, values: Value) -> Value {
    json!({"description": description, "type": "object", "additionalProperties": values})
}

fn any(description: &str) -> Value {
    json!({ "description": description })
}

/// Also null, as absent.
fn or_null(schema: Value) -> Value {
    let about = schema["description"].clone();
    json!({"description": about, "anyOf": [schema, {"type": "null"}]})
}

fn def(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Selectors, as a command line gave them.
fn selectors(description: &str) -> Value {
    let selector = || text("A selector, such as job:nightly-*.");
    closed(
        description,
        &[
            ("select?", list("What is selected; absent for everything.", selector())),
            ("exclude?", list("What is left out of it.", selector())),
        ],
    )
}

fn digest(description: &str) -> Value {
    about(description, def("digest"))
}

/// The words that some values are written as.
fn words<T: serde::Serialize>(description: &str, values: &[T]) -> Value {
    json!({"description": description, "enum": values})
}

/// The parts that several schemas are made of.
fn part(name: &str) -> Value {
    match name {
        "address" => json!({
            "description": "KIND:KEY, such as job:nightly-etl.",
            "type": "string", "pattern": "^[a-z0-9_]+:",
        }),
        "digest" => json!({
            "description": "A SHA-256 digest.", "type": "string", "pattern": "^sha256:[0-9a-f]{64}$",
        }),
        "grant" => closed(
            "A right that was granted directly on an object.",
            &[
                ("principal", about("Who holds it.", def("address"))),
                ("level", text("The level, such as CAN_MANAGE.")),
            ],
        ),
        "content" => closed(
            "Bytes that belong to an object and stand beside it.",
            &[
                (
                    "format",
                    words(
                        "How to read the bytes.",
                        &[ContentFormat::Source, ContentFormat::Jupyter, ContentFormat::Raw],
                    ),
                ),
                ("digest", digest("SHA-256 of the bytes.")),
                ("size", count("How many bytes there are.")),
            ],
        ),
        "finding" => closed(
            "What a person should know.",
            &[
                (
                    "severity",
                    words(
                        "How grave it is.",
                        &[Severity::Note, Severity::Warning, Severity::Error],
                    ),
                ),
                ("code", text("A stable word for machines.")),
                ("about", text("An address, a kind's name, or empty for the whole run.")),
                ("message", text("What happened.")),
                ("hint?", text("What to do.")),
                ("count?", count("How many objects it tells of, where it is not one.")),
            ],
        ),
        "change" => words(
            "What happens to an object.",
            &[
                Change::Create,
                Change::Update,
                Change::Rename,
                Change::Replace,
                Change::Delete,
                Change::Grants,
            ],
        ),
        "field" => closed(
            "One field that changes, and why.",
            &[
                (
                    "path",
                    text("JSON pointer; the elements of a keyed list are named by their key."),
                ),
                ("before?", any("The live value; absent where the field is new.")),
                ("after?", any("The wanted value; absent where the field goes away.")),
                ("source?", any("The value in the snapshot, where a rewrite changed it.")),
                ("cause?", text("The rule that caused it.")),
            ],
        ),
        _ => unreachable!("no part is called {name}"),
    }
}

/// A whole schema, with the parts it is made of.
fn document(name: &str, title: &str, parts: &[&str], schema: Value) -> Value {
    let mut schema = with(schema, "title", title);
    schema["$schema"] = json!(DRAFT);
    schema["$id"] = json!(format!("urn:brickform:{name}"));
    if !parts.is_empty() {
        let parts: Map<String, Value> =
            parts.iter().map(|name| ((*name).to_owned(), part(name))).collect();
        schema["$defs"] = parts.into();
    }
    schema
}
