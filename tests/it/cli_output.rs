//! What the program prints, besides the result: colours, widths, logs, silence.

use serde_json::Value;

use crate::cli_shell::{Shell, Sim};

const ESCAPE: char = '\u{1b}';

#[test]
fn colours_are_used_when_asked_for() {
    let sim = Sim::empty();
    let plan = &["plan", "snapshot"];
    let shell = Shell::with_snapshot(&sim);
    let plain = shell.run(plan).exits(0).out;
    assert!(!plain.contains(ESCAPE));
    let colored = shell.run(&["--color", "always", "plan", "snapshot"]).exits(0).out;
    assert!(colored.contains(ESCAPE));
    assert_eq!(console::strip_ansi_codes(&colored), plain, "colours add nothing else");
    let shell = shell.with("NO_COLOR", "1");
    assert_eq!(shell.run(plan).exits(0).out, plain);
    assert!(shell.run(&["--color", "always", "plan", "snapshot"]).exits(0).out.contains(ESCAPE));
    let error = shell.run(&["--color", "always", "validate", "gone"]).exits(4);
    assert!(error.out.contains(ESCAPE));
}

#[test]
fn lines_are_as_wide_as_the_screen() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let narrow = shell.with("COLUMNS", "80");
    let text = narrow.run(&["plan", "snapshot"]).exits(0).out;
    let too_long: Vec<&str> =
        text.lines().filter(|line| console::measure_text_width(line) > 80).collect();
    assert!(too_long.is_empty(), "{too_long:#?}");
    let wide = narrow.with("COLUMNS", "120");
    let text = wide.run(&["plan", "snapshot"]).exits(0).out;
    assert!(text.lines().any(|line| console::measure_text_width(line) > 80), "{text}");
    assert!(text.lines().all(|line| console::measure_text_width(line) <= 120), "{text}");
    let kinds = wide.with("COLUMNS", "80").run(&["kinds"]).exits(0).out;
    assert!(kinds.lines().all(|line| console::measure_text_width(line) <= 80), "{kinds}");
}

#[test]
fn silence_leaves_the_result_and_nothing_else() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let loud = shell
        .run(&["plan", "snapshot", "-o", "plan.json"])
        .exits(0)
        .says(&["next: brickform apply plan.json"]);
    let quiet = shell.run(&["-q", "plan", "snapshot", "-o", "plan.json"]).exits(0);
    assert_eq!((quiet.out, quiet.err.as_str()), (loud.out, ""));
    shell.run(&["--quiet", "apply", "gone.json"]).exits(1).says(&["error: cannot read gone.json"]);
}

#[test]
fn logs_for_machines_are_json_line_by_line() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let lines = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    };
    let logged =
        lines(&shell.run(&["--log-json", "plan", "snapshot", "-o", "plan.json"]).exits(0).err);
    assert!(
        logged.iter().any(|line| line["phase"] == "read" || line["message"] == "progress"),
        "{logged:#?}"
    );
    let logged = lines(&shell.run(&["--log-json", "-vv", "apply", "plan.json"]).exits(0).err);
    assert!(logged.iter().any(|line| line["path"] == "/api/2.0/preview/scim/v2/Me"), "{logged:#?}");
    shell.edit("plan.json", "scale.example", "evil.example");
    let logged =
        lines(&shell.run(&["--log-json", "apply", "plan.json"]).exits(4).prints_nothing().err);
    let last = logged.last().unwrap();
    assert_eq!((&last["level"], &last["exit"]), (&"ERROR".into(), &4.into()), "{last:#}");
    assert!(last["message"].as_str().unwrap().contains("plan.json"), "{last:#}");
}

#[test]
fn how_many_requests_were_sent_is_said_in_the_end() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    let count = |text: &str| -> usize {
        let line = text
            .lines()
            .find(|line| line.contains(" requests in "))
            .unwrap_or_else(|| panic!("{text}"));
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let export = count(&shell.run(&["export", "-o", "mine"]).exits(0).err);
    let plan = count(&shell.run(&["plan", "snapshot", "-o", "plan.json"]).exits(0).err);
    let apply = count(&shell.run(&["apply", "plan.json"]).exits(0).err);
    assert!(export > 5 && plan > 5 && apply > 20, "{export}, {plan}, {apply}");
    let logged = shell.run(&["-vv", "plan", "snapshot"]).exits(0).err;
    assert!(!logged.contains(ESCAPE), "no colours where there is no terminal: {logged}");
    let sent = logged.lines().filter(|line| line.contains("status=")).count();
    assert_eq!(count(&logged), sent, "{logged}");
}
