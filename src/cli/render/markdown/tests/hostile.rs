//! Plans whose every text wants to be markup.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::json;

use crate::cli::render::markdown::{access_markdown, comparison_markdown, markdown};
use crate::cli::review::Review;
use crate::engine::{Access, AccessChange, Blast, Effect};
use crate::model::{Address, Plan, digest_bytes};

/// What somebody might put into a name, to be taken for markup.
const HOSTILE: [&str; 28] = [
    "`",
    "``",
    "```",
    "````\n",
    "\n",
    "\r",
    "\n\n",
    "@everyone",
    "@acme/admins",
    "# ",
    "\n# x",
    "</details>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "-->",
    "![x](https://evil.example/x.png)",
    "[x](https://evil.example)",
    "https://evil.example",
    "<https://evil.example>",
    "|",
    "\n|a|b|\n|-|-|\n",
    "~~~",
    "    ",
    "\t",
    "\u{2028}",
    "\u{202e}",
    "- [ ] ",
    "&lt;b&gt;#1 GH-1",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(HOSTILE.as_slice()).prop_map(str::to_owned),
        "[a-z <>`*_@/:.]{0,12}",
    ];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

/// A plan in which every text is one of these.
fn hostile_plan(words: &[String]) -> (Plan, Review<'static>) {
    let word = |n: usize| words[n % words.len()].as_str();
    let address = |n: usize| format!("job:{}", word(n));
    let field = json!({"path": format!("/{}", word(2)), "before": word(3), "after": format!("{}\n{}", word(4), word(5)),
        "cause": word(6), "source": word(7)});
    let diverged = json!([{"address": address(8), "fields": [{"path": word(1), "base": word(2), "target": word(3)}]}]);
    let finding = |severity: &str| json!({"severity": severity, "code": word(1), "about": word(2), "message": word(3), "hint": word(4)});
    let plan = json!({
        "format": "1.1", "snapshot": word(0), "snapshot_digest": digest_bytes(b"s"),
        "target": {"host": word(0), "workspace_id": null, "caller": word(1)}, "options": {},
        "steps": [
            {"id": 1, "address": address(0), "change": "update", "fields": [field]},
            {"id": 2, "address": address(1), "change": "delete"},
            {"id": 3, "address": address(2), "change": "rename", "from": address(3)},
            {"id": 4, "address": address(3), "change": "grants",
                "fields": [{"path": format!("/grants/user:{}", word(4)), "before": word(5)}]},
            {"id": 5, "address": address(4), "change": "create"},
            {"id": 6, "address": address(5), "change": "create"},
        ],
        "blocked": [{"address": address(6), "change": "create", "reason": word(1), "hint": word(2)}],
        "conflicts": diverged, "kept": diverged, "not_convergent": diverged, "observed": {},
        "findings": [finding("error"), finding("warning")],
        "summary": {"changes": {}, "in_sync": 0, "foreign": 0, "collisions": 0, "rewritten": 0, "requests": 0},
        "digest": null,
    });
    let who = |n: usize| Address::new("user", word(n));
    let change = AccessChange {
        effect: Effect::Loses,
        people: vec![who(0), who(1)],
        kind: "job".into(),
        objects: vec![Address::new("job", word(2)), Address::new("job", word(3))],
        before: [word(4).to_owned()].into(),
        after: Default::default(),
        through: vec![Address::new("group", word(5))],
        folder: Some(Address::new("directory", word(6))),
    };
    let blast = Blast { direct: 1, all: vec![Address::new("job", word(7))] };
    let plan: Plan = serde_json::from_value(plan).unwrap();
    let blast = [(plan.steps[0].address.clone(), blast)].into();
    let access = Some(Access { changes: vec![change] });
    (plan, Review { access, blast, ..Review::default() })
}

/// What a reader of markdown finds: everything that is not text in code.
fn markup(text: &str) -> Vec<String> {
    let (mut found, mut in_code) = (Vec::new(), false);
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Code(_) => {}
            Event::Text(_) if in_code => {}
            Event::Text(text) => found.push(text.to_string()),
            Event::Html(html) | Event::InlineHtml(html) => {
                found.push(format!("html {}", html.trim()))
            }
            Event::Start(tag) => found.push(format!("{tag:?}")),
            Event::End(_) | Event::SoftBreak | Event::HardBreak => {}
            other => found.push(format!("{other:?}")),
        }
    }
    found
}

#[test]
fn the_judge_sees_markup() {
    let found = markup("# a\n\n<b>x</b> @everyone ![i](u) [l](u)\n\n`@code`\n").join("\n");
    for what in ["Heading", "html <b>", "@everyone", "Image", "Link"] {
        assert!(found.contains(what), "{what} in {found}");
    }
    assert!(!found.contains("@code"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_in_a_plan_is_markup(words in prop::collection::vec(hostile(), 1..9), expand: bool) {
        let (plan, review) = hostile_plan(&words);
        let names = (plan.snapshot.as_str(), plan.target.caller.as_str());
        let texts = [
            markdown(&plan, &review, &|_| None, expand),
            comparison_markdown(names, "Differences", &plan.steps, &review, &plan.findings, &|_| None, expand),
            access_markdown(&plan, review.access.as_ref().unwrap()),
        ];
        for text in texts {
            prop_assert!(text.chars().count() <= 65_536);
            let found = markup(&text);
            for word in &found {
                let is_ours = ["html <details", "html </details>", "Heading", "List(", "Item", "Paragraph", "CodeBlock", "Strong", "HtmlBlock"]
                    .iter().any(|ours| word.starts_with(ours));
                let is_plain = !word.contains(['@', '<', '[', '`', '|', '#']) && !word.contains("://");
                prop_assert!(is_ours || is_plain, "{word:?} in\n{text}");
            }
            let tags = |tag: &str| found.iter().filter(|word| word.starts_with(tag)).count();
            prop_assert_eq!(tags("html <details"), tags("html </details>"), "{}", text);
        }
    }
}
