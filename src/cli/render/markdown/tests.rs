use super::*;
use crate::model::{Address, Change, FieldChange, Step, Target, digest_bytes};
use serde_json::json;

fn plan(keys: &[String]) -> Plan {
    let step = |(id, key): (usize, &String)| Step {
        fields: vec![FieldChange {
            path: "/n".into(),
            before: Some(json!(key)),
            after: Some(json!("```\n</details>")),
            source: None,
            cause: String::new(),
        }],
        ..Step::new(u32::try_from(id).unwrap(), Address::new("job", key), Change::Update)
    };
    let target = Target { host: "https://h".into(), workspace_id: None, caller: "c".into() };
    let steps = keys.iter().enumerate().map(step).collect();
    Plan { steps, ..Plan::new("s", digest_bytes(b"s"), target) }
}

#[test]
fn names_are_no_markup() {
    let text = markdown(&plan(&["`x` **b**".to_owned()]), &Review::default(), &|_| None, false);
    assert!(text.contains("- `~` `` job:`x` **b** ``\n"), "{text}");
    assert!(
        text.contains("  ````diff\n  ! n\n  -`x` **b**\n  +```\n  +</details>\n  ````\n"),
        "{text}"
    );
}

#[test]
fn it_fits_a_comment_however_large_the_plan_is() {
    let keys: Vec<String> = (0..3000).map(|n| format!("{n} {}", "k".repeat(2000))).collect();
    let text = markdown(&plan(&keys), &Review::default(), &|_| None, false);
    assert!(text.len() < 65_000, "{}", text.len());
    assert!(text.contains("**Left out here: "), "{}", &text[text.len() - 200..]);
}
