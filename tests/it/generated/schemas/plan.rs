//! Plans and journals.

use brickform::model::{JOURNAL_FORMAT, Outcome, PLAN_FORMAT};
use serde_json::{Value, json};

use super::{
    about, closed, count, def, digest, document, flag, list, map, or_null, selectors, text, with,
    words,
};

pub(super) fn plan() -> Value {
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
            ("selectors?", selectors("Which objects it is about; absent for all.")),
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
            (
                "unselected?",
                count("Objects of which something was left out because it was not selected."),
            ),
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

pub(super) fn journal() -> Value {
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
        Outcome::Unselected,
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
