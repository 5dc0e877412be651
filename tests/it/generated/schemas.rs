//! The JSON Schemas of what brickform reads and writes.

use brickform::kinds;
use brickform::model::{
    Change, ContentFormat, JOURNAL_FORMAT, Layout, Outcome, PLAN_FORMAT, SNAPSHOT_FORMAT, Severity,
};
use serde_json::{Map, Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Every schema, by the name of its file.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("config", config()),
        ("faults", faults()),
        ("index", index()),
        ("journal", journal()),
        ("object", object()),
        ("plan", plan()),
        ("rewrites", rewrites()),
        ("snapshot", snapshot()),
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
            ],
        ),
        "change" => words(
            "What happens to an object.",
            &[Change::Create, Change::Update, Change::Replace, Change::Delete, Change::Grants],
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

fn plan() -> Value {
    let addresses = |about: &str| list(about, def("address"));
    let step = closed(
        "One thing to do.",
        &[
            ("id", with(count("Its number."), "maximum", u32::MAX)),
            ("address", def("address")),
            ("change", def("change")),
            (
                "fields?",
                list("The fields that change; for a create, those rewrites changed.", def("field")),
            ),
            ("deferred?", addresses("References that a later step sets, because of a cycle.")),
            ("needs?", list("Steps that have to be done before.", count("A step's number."))),
            (
                "grants?",
                or_null(list("All direct grants the object has afterwards.", def("grant"))),
            ),
            ("desired?", or_null(digest("Digest of the desired object, without its grants."))),
        ],
    );
    let blocked = closed(
        "Something that is wanted and must not be done.",
        &[
            ("address", def("address")),
            ("change", def("change")),
            ("reason", text("Why it does not happen.")),
            ("hint?", text("What would let it proceed.")),
        ],
    );
    let target = closed(
        "The workspace the plan is for.",
        &[
            ("host", text("Its URL.")),
            ("workspace_id?", or_null(text("Its numeric id, if the server told it."))),
            ("caller", text("Who made the plan.")),
        ],
    );
    let options = closed(
        "What the plan was made with.",
        &[
            ("kinds?", list("The kinds it is about; absent for all.", text("A kind's name."))),
            ("pause_jobs?", flag("Whether schedules of created and changed jobs are paused.")),
            ("pairs?", {
                let pairs = map(
                    "Which live object one of the snapshot is, where names do not tell.",
                    def("address"),
                );
                with(pairs, "propertyNames", def("address"))
            }),
        ],
    );
    let observed = closed(
        "One live object the plan looked at; apply writes only while it still is so.",
        &[
            (
                "live?",
                or_null(about(
                    "Its address, where it is called otherwise than in the snapshot.",
                    def("address"),
                )),
            ),
            ("digest", digest("Digest of spec and content.")),
            ("grants?", or_null(digest("Digest of the direct grants, where they were read."))),
        ],
    );
    let summary = closed(
        "Counts.",
        &[
            ("changes", map("Steps by what they do.", count("How many."))),
            ("in_sync", count("Objects that are as wanted already.")),
            ("foreign", count("Objects of the target that the snapshot does not know.")),
            (
                "collisions",
                count("Objects of the target that differ although nothing was applied before."),
            ),
            ("rewritten", count("Values that rewrites changed.")),
            ("requests", count("Requests that applying is estimated to take.")),
        ],
    );
    let observed = map("What the plan saw, by address.", observed);
    let plan = closed(
        "A reviewed set of steps, bound to a snapshot, a workspace and the live objects it saw.",
        &[
            ("format", json!({"const": PLAN_FORMAT})),
            ("snapshot", text("Where the snapshot stood.")),
            ("snapshot_digest", digest("The snapshot's root digest.")),
            ("rewrites?", or_null(text("Where the rewrites file stood."))),
            ("rewrites_digest?", or_null(digest("Digest of the rewrites file's bytes."))),
            ("target", target),
            ("options", options),
            ("steps", list("Each stands after what it needs.", step)),
            ("blocked", list("What is wanted and must not be done.", blocked)),
            ("observed", with(observed, "propertyNames", def("address"))),
            ("findings", list("What a person should know.", def("finding"))),
            ("summary", summary),
            ("digest?", or_null(digest("Digest over all of the above."))),
        ],
    );
    let parts = ["address", "change", "digest", "field", "finding", "grant"];
    document("plan", "Plan", &parts, plan)
}

fn journal() -> Value {
    let record = |name: &str, about: &str, fields: &[(&str, Value)]| {
        let mut all = vec![("record", json!({ "const": name }))];
        all.extend_from_slice(fields);
        closed(about, &all)
    };
    let step = || with(count("The step's number."), "maximum", u32::MAX);
    let outcomes = [
        Outcome::Done,
        Outcome::Already,
        Outcome::Stale,
        Outcome::Failed,
        Outcome::Blocked,
        Outcome::NotStarted,
    ];
    let records = [
        record(
            "opened",
            "The first line: which plan this is the journal of.",
            &[("format", json!({"const": JOURNAL_FORMAT})), ("plan", digest("The plan's digest."))],
        ),
        record(
            "started",
            "On disk before the first request of a step leaves.",
            &[
                ("step", step()),
                (
                    "namesakes?",
                    or_null(count("For a create: how many objects of that name there were.")),
                ),
            ],
        ),
        record(
            "ended",
            "On disk after a step's last answer.",
            &[
                ("step", step()),
                ("outcome", words("How it ended.", &outcomes)),
                ("message?", text("Why, where it did not succeed.")),
                (
                    "object?",
                    or_null(text(
                        "Fingerprint of a created object that may have namesakes, by which a later run knows it again.",
                    )),
                ),
            ],
        ),
        record("closed", "The last line of a run that came to its end.", &[]),
    ];
    let line = json!({"description": "One line of what an apply did.", "oneOf": records});
    document("journal", "Line of a journal", &["digest"], line)
}

fn rewrites() -> Value {
    let account = json!({"description": "An account id, quoted.", "type": "string", "pattern": "^[0-9]{12}$"});
    let accounts = with(map("Account ids within ARNs.", account.clone()), "propertyNames", account);
    let email = json!({"type": "string", "pattern": "^[^@]+@[^@]+$"});
    let domain = json!({"type": "string", "pattern": "^[^@]+$"});
    let rules = json!({
        "description": "One rule; whole addresses win over domains.",
        "oneOf": [
            closed("One address.", &[("exact", email.clone()), ("to", email)]),
            closed("Every address of a domain.", &[("domain", domain.clone()), ("to", domain)]),
        ],
    });
    let names = |about: &str| map(about, text("The name in the target."));
    let file = closed(
        "What is called otherwise in the target; rules apply to whole values of fields of their type.",
        &[
            ("version", json!({"const": 1})),
            ("account_ids?", accounts),
            ("emails?", list("E-mail addresses; homes, rights and owners move along.", rules)),
            ("groups?", names("Names of groups.")),
            ("service_principals?", names("Names of service principals.")),
        ],
    );
    document("rewrites", "Rewrites", &[], file)
}

fn config() -> Value {
    let pairs = map("Which object of the target one of the snapshot is.", def("address"));
    let file = closed(
        "What a repository settles once for all plans.",
        &[
            ("version", json!({"const": 1})),
            ("pairs?", with(pairs, "propertyNames", def("address"))),
        ],
    );
    document("config", "brickform.yaml", &["address"], file)
}

fn faults() -> Value {
    let actions = [
        "unavailable-before",
        "unavailable-after",
        "throttle",
        "delay",
        "cut-before",
        "cut-after",
        "html",
        "stale",
    ];
    let rule = closed(
        "One fault: which requests, which of them, and what happens.",
        &[
            (
                "on?",
                text("Method and path, such as `POST /api/2.2/jobs/*`; `*` stands for anything."),
            ),
            ("nth?", or_null(count("Only the n-th matching request, counted from 1."))),
            ("every?", or_null(count("Every n-th matching request."))),
            (
                "chance?",
                or_null(
                    json!({"description": "The share of matching requests.", "type": "number"}),
                ),
            ),
            ("times?", or_null(count("At most so many times."))),
            ("do?", words("What happens.", &actions)),
            ("retry_after?", or_null(count("Retry-After, in seconds."))),
            ("millis?", count("How long a delay takes.")),
        ],
    );
    let kill = closed(
        "The death of the client.",
        &[
            ("at", count("The request that is the last, counted from 1.")),
            ("writes?", flag("Whether only writes are counted.")),
            ("effect?", flag("Whether that last request is still carried out.")),
        ],
    );
    let file = closed(
        "What goes wrong in a simulated workspace, and when.",
        &[
            ("seed?", count("What rules with a chance follow from.")),
            ("rules?", list("The first rule that fires decides.", rule)),
            ("kill?", or_null(kill)),
        ],
    );
    document("faults", "Faults of a simulated workspace", &[], file)
}

fn snapshot() -> Value {
    let source = open(
        "The workspace it was taken from.",
        &[
            ("host", text("Its URL.")),
            ("workspace_id?", or_null(text("Its numeric id, if the server told it."))),
            ("cloud", text("aws, azure, gcp or unknown.")),
            ("caller", text("Who read it.")),
            (
                "admin",
                flag("Whether the caller was a workspace admin, so that listings were whole."),
            ),
        ],
    );
    let mark = open(
        "How much of a kind there is, and how that is known.",
        &[
            (
                "layout",
                words("Where it stands.", &[Layout::Objects, Layout::Directory, Layout::File]),
            ),
            ("count", count("How many there are.")),
            ("digest", digest("Digest over all of them.")),
            ("complete", flag("Whether what is absent here is absent there.")),
            ("evidence", text("Why it is, or is not, complete.")),
        ],
    );
    let kinds = with(
        map("The kinds that were looked for.", mark),
        "propertyNames",
        json!({"pattern": "^[a-z0-9_]+$"}),
    );
    let header = open(
        "What a snapshot is of, and how much it holds.",
        &[
            (
                "format",
                json!({"type": "string", "pattern": format!("^{}\\.[0-9]+$", major(SNAPSHOT_FORMAT))}),
            ),
            (
                "requires?",
                with(list("Features its reader has to have.", text("A feature.")), "maxItems", 0),
            ),
            ("root", digest("Digest of all that was captured.")),
            ("source", source),
            ("kinds", kinds),
            ("workspace?", digest("Digest of the workspace tree.")),
        ],
    );
    document("snapshot", "snapshot.yaml", &["digest"], header)
}

fn major(format: &str) -> &str {
    format.split('.').next().unwrap()
}

fn body() -> Vec<(&'static str, Value)> {
    vec![
        (
            "spec?",
            json!({
                "description": "Its settings; other objects are {$ref: KIND:KEY}.", "type": "object",
            }),
        ),
        ("grants?", list("Its direct rights; absent where they are not managed.", def("grant"))),
    ]
}

fn object() -> Value {
    let names: Vec<&str> = kinds::ALL
        .iter()
        .filter(|k| k.is_managed() && k.layout == Layout::Objects)
        .map(|k| k.name)
        .collect();
    let mut fields = vec![
        ("kind", words("Its kind.", &names)),
        ("key", text("Its natural key; several objects of one name are told apart by ~2, ~3.")),
        ("digest", digest("Digest of what follows.")),
        ("content?", def("content")),
    ];
    fields.extend(body());
    document(
        "object",
        "File below objects/",
        &["address", "content", "digest", "grant"],
        open("One object.", &fields),
    )
}

fn index() -> Value {
    let names: Vec<&str> = kinds::ALL
        .iter()
        .filter(|k| k.is_managed() && k.layout != Layout::Objects)
        .map(|k| k.name)
        .collect();
    let mut content = part("content");
    content["properties"]["blob"] = flag("Whether the bytes stand below blobs/.");
    let mut fields = vec![
        ("name", text("Its name in the workspace.")),
        ("type?", words("Its kind; absent for a directory that is only on the way.", &names)),
        ("file?", text("Its name on disk, where that is not the usual one.")),
        ("digest?", digest("For a directory: digest of its own index.")),
        ("content?", content),
    ];
    fields.extend(body());
    let file = open(
        "One directory of the workspace tree.",
        &[
            ("path", with(text("Its path."), "pattern", "^/")),
            ("children", list("What is in it.", open("One child.", &fields))),
        ],
    );
    document("index", "_index.yaml", &["address", "digest", "grant"], file)
}
