//! Sessions in documents: what stands behind `$` is run, and what stands below it is what it prints.
//!
//! A line `…` stands for any lines, and `…` within a line for anything. Ports are free ones.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::generated::repository;

/// A command of a session, and what it prints.
struct Turn {
    command: String,
    output: Vec<String>,
}

/// The sessions of a document, as one.
fn turns(text: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && let Some(command) = line.strip_prefix("$ ") {
            turns.push(Turn { command: command.to_owned(), output: Vec::new() });
        } else if inside {
            turns.last_mut().unwrap().output.push(line.to_owned());
        }
    }
    turns
}

/// The script that runs a session: each command's output and exit code go into files of its number.
///
/// Workspaces are served in the background until the script ends.
fn script(turns: &[Turn], logs: &Path) -> String {
    let mut script = String::from("trap 'kill $(jobs -p) 2>/dev/null' EXIT\n");
    for (number, turn) in turns.iter().enumerate() {
        let number = format!("{}/{number}", logs.display());
        match turn.command.strip_suffix(" &") {
            Some(served) => script.push_str(&format!(
                "{served} >{number}.out 2>&1 &\n\
                 for i in $(seq 600); do [ -s {number}.out ] && break; sleep 0.1; done; echo 0 >{number}.exit\n"
            )),
            None => script.push_str(&format!(
                "{{ {}\n}} >{number}.out 2>&1; echo $? >{number}.exit\n",
                turn.command
            )),
        }
    }
    script
}

/// A port that nobody listens on, below those that systems give to connections: none takes it meanwhile.
fn free_port() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let next =
        || std::process::id().wrapping_mul(31).wrapping_add(TRIED.fetch_add(1, Ordering::SeqCst));
    std::iter::repeat_with(|| 10_000 + u16::try_from(next() % 20_000).unwrap())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

/// Whether a line is what a pattern says.
fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether lines are what patterns say, where a line `…` stands for any number of them.
fn all_fit(patterns: &[String], lines: &[&str]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((first, patterns)) if first == "…" => {
            (0..=lines.len()).any(|skipped| all_fit(patterns, &lines[skipped..]))
        }
        Some((first, patterns)) => {
            !lines.is_empty() && fits(first, lines[0]) && all_fit(patterns, &lines[1..])
        }
    }
}

/// The first pattern that nothing fits.
fn missing<'a>(patterns: &'a [String], lines: &[&str]) -> &'a str {
    let fits_so_far = |count: &usize| {
        let open = [&patterns[..*count], &["…".to_owned()]].concat();
        all_fit(&open, lines)
    };
    let fitting = (0..=patterns.len()).take_while(fits_so_far).last().unwrap_or(0);
    patterns.get(fitting).map_or("nothing; there is more than that", String::as_str)
}

/// Runs the session of a document in a copy of a directory, with ports of its own.
fn run(document: &str, directory: &str) {
    let home = tempfile::tempdir().unwrap();
    let ports = [("18081", free_port().to_string()), ("18082", free_port().to_string())];
    let moved =
        |text: &str| ports.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    for entry in fs::read_dir(repository(directory)).unwrap() {
        let path = entry.unwrap().path();
        let text = moved(&fs::read_to_string(&path).unwrap());
        fs::write(home.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let turns = turns(&moved(&fs::read_to_string(repository(document)).unwrap()));
    assert!(turns.len() > 4, "{document} shows no session");
    let logs = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_brickform")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let status = Command::new("bash")
        .args(["-c", &script(&turns, logs.path())])
        .current_dir(home.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .env("COLUMNS", "80")
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    for (number, turn) in turns.iter().enumerate() {
        let read =
            |what: &str| fs::read_to_string(logs.path().join(format!("{number}.{what}"))).unwrap();
        let (output, exit) = (read("out"), read("exit"));
        let lines: Vec<&str> = output.lines().collect();
        let command = &turn.command;
        assert_eq!(exit.trim(), "0", "{document}: `{command}` failed:\n{output}");
        assert!(
            all_fit(&turn.output, &lines),
            "{document}: `{command}` printed\n{output}\nin which this is missing:\n{}",
            missing(&turn.output, &lines)
        );
    }
}

#[test]
fn the_quickstart_does_what_it_shows() {
    run("examples/quickstart/README.md", "examples/quickstart");
}

#[test]
fn the_readme_shows_what_happens() {
    run("README.md", "examples/quickstart");
}

#[test]
fn patterns_say_what_they_say() {
    let lines = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    assert!(all_fit(&lines("a|…|z"), &["a", "b", "c", "z"]));
    assert!(all_fit(&lines("a … c|…"), &["a b c"]));
    assert!(!all_fit(&lines("a|z"), &["a", "b", "z"]));
    assert!(!all_fit(&lines("a … d"), &["a b c"]));
}
