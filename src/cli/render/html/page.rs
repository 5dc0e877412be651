//! The page: data, style and script in one file that may load nothing and run nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::data::Page;
use crate::cli::render::lines::Texts;
use crate::cli::render::summary::{comparison_line, summary_line};
use crate::cli::review::Review;
use crate::model::{Plan, Step};

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(include_str!("page.js"), include_str!("graph.js"), "start();\n");

/// Writes a plan as a page.
pub(crate) fn html_of_plan(plan: &Plan, review: &Review<'_>, contents: Texts<'_>) -> String {
    let host = &plan.target.host;
    let host = host.strip_prefix("https://").unwrap_or(host);
    let mut page = Page::new("Plan for", host, summary_line(plan));
    let target = &plan.target;
    page.fact("Target", &target.host);
    page.fact("Workspace", target.workspace_id.as_deref().unwrap_or(""));
    page.fact("Planned by", &target.caller);
    page.fact("Snapshot", &format!("{} ({})", plan.snapshot, plan.snapshot_digest.short()));
    page.fact("Rewrites", plan.rewrites.as_deref().unwrap_or(""));
    page.fact("Plan", plan.digest.as_ref().map_or("", |digest| digest.short()));
    page.blocked(&plan.blocked);
    page.diverged(plan);
    page.findings(&plan.findings);
    page.steps(&plan.steps, review, contents);
    write(&page)
}

/// Writes the difference between two snapshots as a page.
pub(crate) fn html_of_comparison(
    (before, after): (&str, &str),
    steps: &[Step],
    (same, hidden): (usize, usize),
    review: &Review<'_>,
    contents: Texts<'_>,
) -> String {
    let line = comparison_line(steps, same, hidden);
    let mut page = Page::new("From", &format!("{before} to {after}"), line);
    page.fact("Before", before);
    page.fact("After", after);
    page.steps(steps, review, contents);
    write(&page)
}

/// JSON in which nothing can end the script element or a line of it.
fn embedded(data: &impl Serialize) -> String {
    let json = serde_json::json!(data).to_string();
    let mut safe = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// What allows one inline text, and nothing else, to run or apply.
fn allowed(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn write(page: &Page) -> String {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        allowed(SCRIPT),
        allowed(STYLE)
    );
    let mut text = String::new();
    let mut rest = FRAME;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((name, after)) = after.split_once("}}") else { break };
        match name {
            "policy" => text.push_str(&policy),
            "style" => text.push_str(STYLE),
            "script" => text.push_str(SCRIPT),
            _ => text.push_str(&embedded(page)),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Change, Target, digest_bytes};

    fn page(steps: Vec<Step>) -> String {
        let target = Target { host: "https://h".into(), workspace_id: None, caller: "c".into() };
        let plan = Plan { steps, ..Plan::new("s", digest_bytes(b"s"), target) };
        html_of_plan(&plan, &Review::default(), &|_| None)
    }

    #[test]
    fn data_cannot_end_its_element() {
        let hostile = "</script><script>alert(1)</script><!--\u{2028}&amp;{{script}}";
        let text = page(vec![Step::new(1, Address::new("job", hostile), Change::Create)]);
        assert_eq!(text.matches("</script>").count(), 2);
        assert!(
            !text.contains("alert(1)</") && !text.contains("<!--") && !text.contains('\u{2028}')
        );
        let (_, rest) = text.split_once("id=\"data\">").unwrap();
        let (data, _) = rest.split_once("</script>").unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["names"][0][1], crate::cli::render::text::plain(hostile));
    }

    #[test]
    fn the_policy_allows_what_is_in_the_page_and_nothing_else() {
        let text = page(Vec::new());
        assert!(text.contains("default-src 'none'; script-src 'sha256-"), "{text}");
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let (_, rest) = text.split_once(open).unwrap();
            let (inline, _) = rest.split_once(close).unwrap();
            assert!(text.contains(&allowed(inline)), "{open}");
        }
        for word in ["http:", "//cdn", "url(", "innerHTML", "@import", " style=", " onclick="] {
            let code = [FRAME, STYLE, SCRIPT].concat();
            let code = code.replace("http://www.w3.org/2000/svg", "");
            assert!(!code.contains(word), "{word}");
        }
    }
}
