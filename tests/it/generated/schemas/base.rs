//! What is remembered of the last apply.

use serde_json::{Value, json};

use super::plan::image;
use super::{about, closed, count, def, digest, document, flag, map, or_null, text, with};

/// What `base.json` holds, or one line of the files that it names.
pub(super) fn base() -> Value {
    let side = |about: &str| {
        closed(
            about,
            &[
                ("host", text("The workspace's URL.")),
                ("workspace_id?", or_null(text("The workspace's numeric id."))),
            ],
        )
    };
    let manifest = closed(
        "base.json: which files count.",
        &[
            (
                "format",
                json!({"description": "MAJOR.MINOR.", "type": "string", "pattern": "^1\\."}),
            ),
            ("source", side("Where the snapshots come from.")),
            ("target", side("Where they are applied.")),
            (
                "serial",
                count("How often it was written; the copy that was written more often counts."),
            ),
            ("objects", count("How many objects there are.")),
            ("digest", digest("Digest of all of it, whatever files it is divided among.")),
            (
                "shards",
                map("The other files, with the digest of the bytes of each.", def("digest")),
            ),
        ],
    );
    let line = closed(
        "One line of another file: one object.",
        &[("address", def("address")), ("recorded", def("recorded"))],
    );
    let either = json!({
        "description": "What is remembered of the last apply of one workspace onto another.",
        "oneOf": [manifest, line],
    });
    let base = document("base", "Base", &["address", "digest", "grant"], either);
    let mut defs = base["$defs"].clone();
    defs["recorded"] = recorded();
    with(base, "$defs", defs)
}

fn recorded() -> Value {
    let object = |description: &str| or_null(text(description));
    closed(
        "What is known of one object since the last apply.",
        &[
            ("sent", about("What was wanted and sent.", image())),
            (
                "echoed?",
                or_null(about("What the target then showed, where it is not the same.", image())),
            ),
            ("source_object?", object("Fingerprint of its identifier in the source.")),
            ("target_object?", object("Fingerprint of its identifier in the target.")),
            ("protected?", flag("Whether it must not be deleted or replaced.")),
        ],
    )
}
