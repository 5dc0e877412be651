//! Whether and how a person is let in: profiles, the environment, tokens, addresses.

use crate::cli_shell::{Ended, Shell, Sim, TOKEN};

const EXPORT: &[&str] = &["export", "-o", "x"];

/// An export that does not get in, and writes nothing.
#[track_caller]
fn refused(shell: &Shell, args: &[&str], code: i32, words: &[&str]) -> Ended {
    let mut line = EXPORT.to_vec();
    line.extend(args);
    let ended = shell.run(&line).exits(code).says(words).prints_nothing();
    assert!(!shell.path("x").exists(), "something was written");
    ended
}

#[test]
fn without_any_credential_it_says_where_it_looked_and_what_to_set() {
    let shell = Shell::new();
    let config = shell.path(".databrickscfg").display().to_string();
    for args in [EXPORT, &["plan", "nowhere"]] {
        let ended = shell.run(args);
        if args[0] == "export" {
            ended.exits(1).says(&[
                "DATABRICKS_HOST",
                "DATABRICKS_TOKEN",
                "DATABRICKS_CLIENT_ID",
                "DATABRICKS_CONFIG_PROFILE",
                &config,
                "does not exist",
                "--host",
                "--profile",
            ]);
        } else {
            ended.exits(4).says(&["nowhere", "snapshot.yaml"]);
        }
    }
}

#[test]
fn half_of_what_is_needed_is_named() {
    let host = Shell::new().with("DATABRICKS_HOST", "https://acme.cloud.databricks.com");
    refused(
        &host,
        &[],
        1,
        &["no credential for https://acme.cloud.databricks.com", "DATABRICKS_TOKEN"],
    );
    let token = Shell::new().with("DATABRICKS_TOKEN", TOKEN);
    refused(&token, &[], 1, &["no host", "DATABRICKS_HOST"]);
    let half = host.with("DATABRICKS_CLIENT_ID", "app");
    refused(&half, &[], 1, &["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"]);
}

#[test]
fn a_wrong_token_is_refused_by_the_workspace_and_not_shown() {
    let sim = Sim::empty();
    let shell =
        Shell::new().with("DATABRICKS_HOST", sim.url()).with("DATABRICKS_TOKEN", "dapi-wrong-77");
    for args in [&[][..], &["-vv"], &["-vv", "--log-json"]] {
        let ended = refused(
            &shell,
            args,
            1,
            &["does not accept the credential of the environment", "--profile"],
        );
        assert!(!ended.err.contains("dapi-wrong-77"), "{}", ended.err);
    }
    let elsewhere = ["--host", "https://elsewhere.cloud.databricks.com"];
    refused(
        &shell,
        &elsewhere,
        1,
        &["not for https://elsewhere", sim.url(), "not sent there", "--profile"],
    );
    let shell = shell.with("DATABRICKS_TOKEN", "dapi\u{7f}wrong");
    refused(&shell, &[], 1, &["characters that no token has"]);
}

#[test]
fn profiles_are_read_as_databricks_tools_read_them() {
    let sim = Sim::empty();
    let shell = Shell::new();
    let profiles = format!(
        "; mine\n[DEFAULT]\nhost = {url}/\ntoken = {TOKEN}\n[other]\nhost = {url}\ntoken = no\n[azure]\nhost = {url}\nazure_client_id = x\n",
        url = sim.url()
    );
    shell.write(".databrickscfg", &profiles);
    shell.run(&["export", "-o", "by-default"]).exits(0);
    shell.run(&["export", "-o", "by-name", "--profile", "DEFAULT"]).exits(0);
    refused(&shell, &["--profile", "other"], 1, &["profile `other`"]);
    refused(
        &shell,
        &["--profile", "othre"],
        1,
        &["no profile `othre`", "DEFAULT, azure, other", ".databrickscfg"],
    );
    refused(&shell, &["--profile", "azure"], 1, &["azure_client_id", "does not support"]);
    refused(
        &shell,
        &["--profile", "DEFAULT", "--host", "https://elsewhere.cloud.databricks.com"],
        1,
        &["not for https://elsewhere.cloud.databricks.com", "not sent"],
    );
    let shell = shell.with("DATABRICKS_CONFIG_PROFILE", "other");
    refused(&shell, &[], 1, &["profile `other`"]);

    std::fs::rename(shell.path(".databrickscfg"), shell.path("elsewhere.cfg")).unwrap();
    let file = shell.path("elsewhere.cfg").display().to_string();
    let shell =
        shell.with("DATABRICKS_CONFIG_FILE", &file).with("DATABRICKS_CONFIG_PROFILE", "DEFAULT");
    shell.run(&["export", "-o", "by-file"]).exits(0);
    shell.write("elsewhere.cfg", &format!("[DEFAULT]\n[broken\ntoken = {TOKEN}\n"));
    refused(&shell, &[], 1, &[&file, "line 2"]);
}

#[test]
fn a_wrong_client_secret_is_refused_and_not_shown() {
    let sim = Sim::empty();
    let shell = Shell::new()
        .with("DATABRICKS_HOST", sim.url())
        .with("DATABRICKS_CLIENT_ID", "11111111-2222-3333-4444-555555555555")
        .with("DATABRICKS_CLIENT_SECRET", "dose-wrong-88");
    for args in [&[][..], &["-vv"]] {
        let ended = refused(
            &shell,
            args,
            1,
            &["does not accept the credential", "DATABRICKS_CLIENT_SECRET"],
        );
        assert!(!ended.err.contains("dose-wrong-88"), "{}", ended.err);
    }
}

#[test]
fn a_token_does_not_travel_unencrypted_unless_told_to() {
    let shell =
        Shell::new().with("DATABRICKS_TOKEN", TOKEN).with("DATABRICKS_HOST", "http://192.0.2.1:9");
    refused(&shell, &[], 1, &["http://192.0.2.1:9", "not encrypted", "--allow-http"]);
}

#[test]
fn a_workspace_that_cannot_be_reached_is_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let host = format!("http://{closed}");
    let shell = Shell::new().with("DATABRICKS_TOKEN", TOKEN).with("DATABRICKS_HOST", &host);
    refused(&shell, &[], 1, &[&host, "cannot be reached", "refused", "check the address"]);
}

#[test]
fn authorities_that_cannot_be_read_are_named() {
    let shell =
        Shell::new().with("DATABRICKS_TOKEN", TOKEN).with("DATABRICKS_HOST", "https://127.0.0.1:9");
    refused(&shell, &["--ca-file", "none.pem"], 1, &["none.pem"]);
    shell.write("empty.pem", "no certificate\n");
    refused(&shell, &["--ca-file", "empty.pem"], 1, &["empty.pem", "certificate"]);
}

#[test]
fn something_else_that_answers_is_told_apart_from_a_workspace() {
    let sim = Sim::empty();
    let shell = Shell::at(&sim);
    let faulty = Sim::start(&["--faults", &{
        shell.write("login.yaml", "rules:\n- {on: \"*\", do: html}\n");
        shell.path("login.yaml").display().to_string()
    }]);
    let shell = shell.with("DATABRICKS_HOST", faulty.url());
    refused(&shell, &[], 1, &["does not answer as a workspace does", "check the address"]);
}

#[test]
fn the_token_is_in_no_output_and_no_file() {
    let sim = Sim::empty();
    let shell = Shell::with_snapshot(&sim);
    // Every run looks for the token in its own output.
    shell.run(&["-vv", "export", "-o", "mine"]).exits(0).says(&["/api/"]);
    shell
        .run(&["-vv", "--log-json", "plan", "snapshot", "-o", "plan.json"])
        .exits(0)
        .says(&["/api/"]);
    shell.run(&["-vv", "apply", "plan.json"]).exits(0);
    for (name, (_, bytes)) in crate::cli_shell::tree(&shell.path("")) {
        let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "the token is in {name}");
    }
}
