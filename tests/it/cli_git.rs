//! Git credentials on the command line: where tokens come from, and that they stay out of sight.

use serde_json::{Value, json};

use crate::cli_shell::{Ended, Shell, Sim, TOKEN, tree};

/// What may be written nowhere.
const CANARIES: [&str; 2] = ["canary-of-the-source", "canary-of-the-target"];

fn keep(sim: &Sim, token: &str) {
    let body = json!({"git_provider": "gitHub", "git_username": "ann", "name": "work",
        "personal_access_token": token});
    sim.call("POST", "/api/2.0/git-credentials", &body);
}

fn kept(sim: &Sim) -> usize {
    let listed = sim.call("GET", "/api/2.0/git-credentials", &Value::Null);
    listed["credentials"].as_array().map_or(0, Vec::len)
}

/// A workspace with a credential and a clone, another that is empty, and a home with profiles for both.
fn two() -> (Sim, Sim, Shell) {
    let (old, new, shell) = (Sim::start(&["--workspace", "1"]), Sim::empty(), Shell::new());
    keep(&old, CANARIES[0]);
    let body =
        json!({"url": "https://git.example/x.git", "provider": "gitHub", "path": "/Shared/x"});
    old.call("POST", "/api/2.0/repos", &body);
    let profile =
        |name: &str, sim: &Sim| format!("[{name}]\nhost = {}\ntoken = {TOKEN}\n", sim.url());
    shell.write(".databrickscfg", &format!("{}{}", profile("old", &old), profile("new", &new)));
    (old, new, shell)
}

/// No token is in what was printed, nor in any file but the one that it was given in.
#[track_caller]
fn is_discreet(shell: &Shell, ended: &[Ended]) {
    let files = tree(&shell.path(".")).into_iter().filter(|(name, _)| !name.contains("given"));
    let mut texts: Vec<(String, Vec<u8>)> = files.map(|(name, (_, bytes))| (name, bytes)).collect();
    assert!(texts.len() > 5);
    texts.extend(
        ended
            .iter()
            .map(|one| ("output".to_owned(), format!("{}{}", one.out, one.err).into_bytes())),
    );
    for (name, text) in &texts {
        let text = String::from_utf8_lossy(text);
        assert!(CANARIES.iter().all(|canary| !text.contains(canary)), "a token is in {name}");
    }
}

#[test]
fn a_token_that_is_supplied_makes_a_credential_and_none_makes_none() {
    let (_old, new, shell) = two();
    let export = ["export", "-o", "snapshot", "--profile", "old"];
    let plan = ["plan", "snapshot", "-o", "plan.json", "--profile", "new"];
    let apply = ["apply", "plan.json", "--profile", "new"];
    let resume = ["apply", "plan.json", "--profile", "new", "--resume", "-vvv"];
    let mut ended = vec![
        shell.run(&export).exits(0).prints(&["git credential", "token-not-copied"]),
        shell.run(&plan).exits(0).prints(&["git_credential:github/work", "needs-token"]),
        // No workspace tells a token, so there is no reading it from the source.
        shell.run(&[&apply[..], &["--secrets-from", "old"]].concat()).exits(3).prints(&[
            "left out: what they need is not there",
            "git_credential:github/work: env:NAME",
        ]),
    ];
    let status = "/api/2.0/workspace/get-status?path=/Shared/x";
    assert_eq!(new.call("GET", status, &Value::Null)["object_type"], "REPO", "nothing else waits");
    assert_eq!(kept(&new), 0);
    shell.write(
        "brickform.yaml",
        "version: 1\nsecrets:\n  git_credential:github/work: file:given-token\n",
    );
    shell.write("given-token", "\n");
    ended.push(shell.run(&resume).exits(3).prints(&["its token is empty"]));
    assert_eq!(kept(&new), 0);
    shell.write("given-token", "canary-of-the-target\n");
    ended.push(shell.run(&resume).exits(0));
    assert_eq!(kept(&new), 1);
    let again = ["plan", "snapshot", "--profile", "new", "--detailed-exitcode"];
    ended.push(shell.run(&again).exits(0).prints(&["No changes"]));
    ended.push(shell.run(&["rollback", "plan.json", "-o", "back.json", "--profile", "new"]));
    is_discreet(&shell, &ended);
}
