//! Plans of any size.

use serde_json::json;

use crate::cli::render::markdown::markdown;
use crate::cli::review::Review;
use crate::model::{Address, Change, FieldChange, Plan, Step, Target, digest_bytes};

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

#[test]
fn what_is_cut_is_counted() {
    let keys: Vec<String> =
        (0..9_000).map(|n| format!("job {n} 漢字 {}", "k".repeat(n % 700))).collect();
    let mut long = plan(&keys);
    long.blocked = (0..3_000)
        .map(|n| crate::model::Blocked {
            address: Address::new("job", format!("b{n}")),
            change: Change::Create,
            reason: format!("reason {n} {}", "r".repeat(500)),
            hint: String::new(),
        })
        .collect();
    for expand in [false, true] {
        let text = markdown(&long, &Review::default(), &|_| None, expand);
        assert!(text.len() <= 65_536, "{}", text.len());
        let (_, cut) = text.rsplit_once("**Left out here: ").unwrap();
        let (counts, _) = cut.split_once(".**").unwrap();
        let number = |what: &str| -> usize {
            let number = |part: &str| part.strip_suffix(what)?.replace(',', "").parse().ok();
            counts.split(", ").find_map(number).unwrap()
        };
        let shown = text.matches("- `~` `job:job").count();
        assert_eq!(shown + number(" objects"), 9_000, "{cut}");
        let blocked = text.matches("- create `job:b").count();
        assert_eq!(blocked + number(" blocked objects"), 3_000, "{cut}");
        assert!(cut.contains("--expand") && cut.contains("--format html"), "{cut}");
    }
}
