//! What people write.

use serde_json::{Value, json};

use super::{closed, count, def, digest, document, flag, list, map, or_null, text, with, words};

pub(super) fn rewrites() -> Value {
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
    let folder = text("A folder below /Shared or in somebody's home.");
    let folder = with(folder, "pattern", json!("^/(Shared|Users/[^/]+)(/[^/]+)*$"));
    let experiments = closed("Where those go whose names are no paths.", &[("folder", folder)]);
    let file = closed(
        "What is called otherwise in the target; rules apply to whole values of fields of their type.",
        &[
            ("version", json!({"const": 1})),
            ("account_ids?", accounts),
            ("emails?", list("E-mail addresses; homes, rights and owners move along.", rules)),
            ("groups?", names("Names of groups.")),
            ("service_principals?", names("Names of service principals.")),
            ("experiments?", or_null(experiments)),
        ],
    );
    document("rewrites", "Rewrites", &[], file)
}

pub(super) fn config() -> Value {
    let pairs = map("Which object of the target one of the snapshot is.", def("address"));
    let file = closed(
        "What a repository settles once for all plans.",
        &[
            ("version", json!({"const": 1})),
            ("pairs?", with(pairs, "propertyNames", def("address"))),
            (
                "protect?",
                list(
                    "Objects that are not deleted or replaced.",
                    text("An address in which `*` stands for anything."),
                ),
            ),
            ("absent?", list("Objects that are not to exist in the target.", def("address"))),
            (
                "secrets?",
                map(
                    "Where the values of secrets stand, by `scope/key`; those of anything else, by address.",
                    with(
                        text("`env:NAME` or `file:PATH`, from this file on."),
                        "pattern",
                        json!("^(env|file):."),
                    ),
                ),
            ),
        ],
    );
    document("config", "brickform.yaml", &["address"], file)
}

pub(super) fn resolutions() -> Value {
    let any = |about: &str| json!({ "description": about });
    let entry = closed(
        "One decision between source and target.",
        &[
            ("address", def("address")),
            ("field?", or_null(text("The field, as the plan names it; absent for all of them."))),
            (
                "take?",
                words("Whose value is taken.", &[json!("source"), json!("target"), json!(null)]),
            ),
            ("base?", any("What the last apply left, when this was written.")),
            ("source?", any("What the snapshot said, when this was written.")),
            ("target?", any("What the target had, when this was written.")),
            (
                "seen?",
                or_null(digest("Digest of these values; once they change the decision is void.")),
            ),
        ],
    );
    let file = closed(
        "What was decided on single conflicts and edits.",
        &[("version", json!({"const": 1})), ("resolutions?", list("The decisions.", entry))],
    );
    document("resolutions", "Resolutions", &["address", "digest"], file)
}

pub(super) fn faults() -> Value {
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
