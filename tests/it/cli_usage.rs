//! Command lines that cannot be understood, and help on those that can.

use std::io::Read as _;
use std::process::Stdio;

use crate::cli_shell::{Shell, Sim};

#[test]
fn a_command_line_that_makes_no_sense_is_64_and_says_why() {
    let shell = Shell::new();
    for (args, words) in [
        (&["--bogus"][..], &["--bogus"][..]),
        (&["exprot"], &["exprot", "export"]),
        (&["export"], &["--output <DIR>"]),
        (&["plan"], &["<SNAPSHOT>"]),
        (&["apply"], &["<FILE>"]),
        (&["diff", "one"], &["<B>"]),
        (&["export", "-o", "x", "--only", "jbo"], &["jbo", "job"]),
        (
            &["export", "-o", "x", "--only", "job", "--skip", "job"],
            &["leave no kind", "brickform kinds"],
        ),
        (&["export", "-o", "x", "--concurrency", "0"], &["0", "1..=256"]),
        (&["export", "-o", "x", "--host", "ftp://here"], &["ftp://here", "https://"]),
        (
            &["export", "-o", "x", "--host", "https://accounts.cloud.databricks.com"],
            &["account console"],
        ),
        (&["sim", "--seed", "scael:users=1"], &["scael:users=1", "acme"]),
        (&["sim", "--seed", "scale:usres=1"], &["usres"]),
        (&["sim", "--seed", "scale:users=many"], &["many"]),
        (&["sim", "--port", "99999"], &["99999"]),
        (&["sim", "--token", ""], &["--token"]),
        (&["plan", "x", "--pair", "job:a=cluster:b"], &["job:a=cluster:b", "pair of one kind"]),
        (&["plan", "x", "-o", ""], &["--output <FILE>"]),
        (&["plan", "x", "--format", "pdf"], &["html", "markdown"]),
        (&["completions", "tcl"], &["tcl", "bash"]),
        (&["--color", "sometimes", "kinds"], &["sometimes", "never"]),
    ] {
        shell.run(args).exits(64).says(words).prints_nothing();
    }
    assert!(!shell.path("x").exists());
}

#[test]
fn no_command_at_all_shows_what_there_is() {
    Shell::new().run(&[]).exits(64).says(&["Usage: brickform", "export", "plan", "apply"]);
}

#[test]
fn every_command_has_help_with_examples() {
    let shell = Shell::new();
    let help = shell.run(&["--help"]).exits(0).prints(&["Examples:", "Exit codes:"]).out;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 10, "{help}");
    for command in commands {
        let said = shell.run(&["help", command]).exits(0).says(&[]);
        if command != "help" {
            shell.run(&[command, "-h"]).exits(0).prints(&["Usage: brickform"]);
            let long = shell.run(&[command, "--help"]).exits(0).prints(&["Examples:"]);
            assert_eq!(long.out, said.out);
        }
    }
    shell.run(&["--version"]).exits(0).prints(&[concat!("brickform ", env!("CARGO_PKG_VERSION"))]);
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    for args in [&["plan", "snapshot", "--format", "json"][..], &["kinds"], &["--help"], &["man"]] {
        let mut child =
            shell.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}: {said}");
        for word in ["panicked", "ipe", "error"] {
            assert!(!said.contains(word), "{args:?}: {said}");
        }
    }
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let args = ["kinds"];
    let output = Shell::new().command(&args).stdout(full).output().unwrap();
    crate::cli_shell::Ended::of(&args, output)
        .exits(1)
        .says(&["cannot write to standard output", "space"]);
}
