//! Plans and journals.

use brickform::model::{JOURNAL_FORMAT, Outcome, PLAN_FORMAT};
use serde_json::{Value, json};

use super::{
    about, closed, count, def, digest, document, flag, list, map, or_null, selectors, text, with,
    words,
};

pub(super) fn plan() -> Value {
    let addresses = |about: &str| list(about, def("address"));
    let merged = closed(
        "A value in place of the snapshot's, so that an edit made in the target stays.",
        &[
            ("path", text("Where; elements of keyed lists are named by their key.")),
            ("value?", json!({"description": "The value; absent where the field is left out."})),
        ],
    );
    let step = closed(
        "One thing to do.",
        &[
            ("id", with(count("Its number."), "maximum", u32::MAX)),
            ("address", def("address")),
            ("change", def("change")),
            ("from?", or_null(about("For a rename: the address it had.", def("address")))),
            ("merged?", list("Where the object stays otherwise than the snapshot says.", merged)),
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
            ("reach?", text("Why the step is felt far beyond its object, if it is.")),
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
    let options = options();
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
            (
                "object?",
                or_null(text("Fingerprint of its identifier, by which it is found again.")),
            ),
            ("digest", digest("Digest of spec and content.")),
            ("grants?", or_null(digest("Digest of the direct grants, where they were read."))),
            (
                "unselected?",
                flag("Whether something of it may differ and is left, as not selected."),
            ),
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
            ("gone?", count("Objects the last apply left and the snapshot no longer has.")),
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
            ("base?", or_null(digest("Digest of what the last apply left."))),
            ("target", target),
            ("options", options),
            ("steps", list("Each stands after what it needs.", step)),
            ("blocked", list("What is wanted and must not be done.", blocked)),
            ("conflicts?", diverged("What source and target both changed; nothing happens to it.")),
            ("kept?", diverged("What was edited in the target since the last apply, and stays.")),
            (
                "not_convergent?",
                diverged("What the target made otherwise than it was sent; never sent again."),
            ),
            ("observed", with(observed, "propertyNames", def("address"))),
            ("findings", list("What a person should know.", def("finding"))),
            ("summary", summary),
            ("digest?", or_null(digest("Digest over all of the above."))),
        ],
    );
    let parts = ["address", "change", "digest", "field", "finding", "grant"];
    document("plan", "Plan", &parts, plan)
}

fn diverged(about: &str) -> Value {
    let any = |about: &str| json!({ "description": about });
    let field = closed(
        "A field that is not what the last apply left.",
        &[
            ("path", text("Where; empty for the object as a whole.")),
            ("base?", any("What the last apply left.")),
            ("source?", any("What the snapshot says now.")),
            ("target?", any("What the target has now.")),
        ],
    );
    let object = closed(
        "An object with fields that are not what the last apply left.",
        &[("address", def("address")), ("fields", list("The fields.", field))],
    );
    list(about, object)
}

fn options() -> Value {
    let names = |about: &str| list(about, text("A kind's name."));
    let addresses = |about: &str| list(about, def("address"));
    let resolution = closed(
        "What was decided for one conflict or edit.",
        &[
            ("address", def("address")),
            ("field?", or_null(text("The field; absent for all of the object."))),
            ("take", words("Whose value is taken.", &["source", "target"])),
            ("seen?", or_null(digest("Digest of the values that were decided between."))),
        ],
    );
    let deletes = closed(
        "What may be deleted in the target.",
        &[
            ("prune?", flag("Whether what the source no longer has is deleted.")),
            ("data?", names("Kinds which hold data and may be deleted all the same.")),
            ("empty?", names("Kinds of which the last one may be deleted.")),
            ("at_most?", or_null(count("How many objects of a kind may be deleted."))),
            ("absent?", addresses("Objects that are not to exist, whoever made them.")),
            (
                "protect?",
                list("Objects that are not deleted or replaced.", text("An address with stars.")),
            ),
            ("unprotect?", addresses("Objects whose protection is lifted for this plan.")),
        ],
    );
    let edits = words("What happens to edits made in the target.", &["keep", "overwrite"]);
    let conflicts =
        words("What happens where both sides changed the same.", &["stop", "source", "target"]);
    closed(
        "What the plan was made with.",
        &[
            ("pause_jobs?", flag("Whether schedules of created and changed jobs are paused.")),
            (
                "check_instance_profiles?",
                flag("Whether servers try out instance profiles that are added."),
            ),
            (
                "activity?",
                flag(
                    "Whether it follows the source also in what people change in their daily work.",
                ),
            ),
            ("pairs?", {
                let pairs = map(
                    "Which live object one of the snapshot is, where names do not tell.",
                    def("address"),
                );
                with(pairs, "propertyNames", def("address"))
            }),
            ("selectors?", selectors("Which objects it is about; absent for all.")),
            ("on_edit?", edits),
            ("on_conflict?", conflicts),
            ("resolutions?", list("What was decided for single conflicts.", resolution)),
            ("deletes?", deletes),
            (
                "no_base?",
                flag("Whether it compares as at first contact, whatever an earlier apply left."),
            ),
        ],
    )
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
            "locking",
            "On disk before the lock on the target is taken.",
            &[("holder", text("A random word, by which a later run knows its own lock."))],
        ),
        record(
            "before",
            "What an object was before a step changes it.",
            &[
                ("step", step()),
                ("object?", or_null(image())),
                ("grants?", or_null(list("Its direct grants.", def("grant")))),
            ],
        ),
        record(
            "started",
            "On disk before the first request of a step leaves.",
            &[
                ("step", step()),
                (
                    "namesakes?",
                    or_null(count(
                        "For a create: how many objects of that name, unknown to the plan, there were.",
                    )),
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
                    or_null(text("Fingerprint of a created object, by which it is known again.")),
                ),
            ],
        ),
        record(
            "left",
            "How an object was left, as reading it back showed.",
            &[
                ("step", step()),
                ("digest", digest("Of settings and content, under the plan's names.")),
                ("object?", or_null(image())),
            ],
        ),
        record("closed", "The last line of a run that came to its end.", &[]),
    ];
    let line = json!({"description": "One line of what an apply did.", "oneOf": records});
    document("journal", "Line of a journal", &["address", "digest", "grant"], line)
}

/// An object as it was at one moment.
pub(super) fn image() -> Value {
    let content = closed(
        "Its content, where it has one.",
        &[
            ("format", words("How to read the bytes.", &["SOURCE", "JUPYTER", "RAW"])),
            ("digest", digest("Of the bytes.")),
            ("size", count("How many bytes there are.")),
        ],
    );
    closed(
        "The object, without its rights.",
        &[
            ("spec", json!({"description": "Its settings.", "type": "object"})),
            ("content?", or_null(content)),
            ("grants?", or_null(list("Its direct grants.", def("grant")))),
        ],
    )
}
