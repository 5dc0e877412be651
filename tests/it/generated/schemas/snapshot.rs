//! The files of a snapshot.

use brickform::kinds;
use brickform::model::{Layout, SNAPSHOT_FORMAT, Server};
use serde_json::{Value, json};

use super::{
    count, def, digest, document, flag, list, map, open, or_null, part, selectors, text, with,
    words,
};

pub(super) fn snapshot() -> Value {
    let source = open(
        "The workspace it was taken from.",
        &[
            ("host", text("Its URL.")),
            ("workspace_id?", or_null(text("Its numeric id, if the server told it."))),
            (
                "server?",
                words(
                    "What kind of server it is; absent for a workspace.",
                    &[Server::Workspace, Server::Mlflow],
                ),
            ),
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
            ("scope?", selectors("What of the workspace was selected; absent for all.")),
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

pub(super) fn object() -> Value {
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

pub(super) fn index() -> Value {
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
