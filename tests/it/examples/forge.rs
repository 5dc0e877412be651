//! A stand-in for GitHub: a repository, its settings, its pull request, and runs of its workflows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::workflow::{Context, Job, Step, Workflow};
use crate::cli_shell::tree;
use crate::generated::repository;

/// Stands in for `gh`: writes down its calls, and keeps one pull request with its comments.
const GH: &str = r#"#!/usr/bin/env bash
set -eu
: "${GH_TOKEN:?}"
printf '%s\n' "$*" >> "$FORGE/calls"
case "$*" in
  "api --paginate repos/acme/workspaces/issues/7/comments --jq "*)
    for file in "$FORGE"/comments/*; do
      case "$(head -n 1 "$file")" in "$HEADING"*) basename "$file" ;; esac
    done ;;
  "api --silent --method PATCH repos/acme/workspaces/issues/comments/"*" --field body=@comment.md")
    [ -e "$FORGE/comments/${5##*/}" ]
    cp comment.md "$FORGE/comments/${5##*/}" ;;
  "pr comment 7 --body-file comment.md")
    cp comment.md "$(mktemp "$FORGE/comments/2-XXXXXX")" ;;
  "pr list --head export --state open --json number --jq .[].number")
    if [ -e "$FORGE/open" ]; then echo 7; fi ;;
  "pr create --head export --base main --title "*)
    touch "$FORGE/open" ;;
  *) echo "gh $* is not known here" >&2; exit 1 ;;
esac
"#;

/// A repository at GitHub, made from an example.
pub(super) struct Forge {
    dir: tempfile::TempDir,
    context: Context,
}

/// One run of a workflow, job by job.
pub(super) struct Run<'a> {
    forge: &'a Forge,
    jobs: Vec<(String, Job)>,
    env: BTreeMap<String, String>,
    branch: String,
    context: Context,
}

/// How a job ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Whether no step failed, or all of it was skipped.
    pub(super) succeeded: bool,
    /// Whether its condition did not hold.
    pub(super) skipped: bool,
    /// What its steps printed.
    pub(super) log: String,
    /// What its steps wrote into the summary.
    pub(super) summary: String,
}

impl Ended {
    #[track_caller]
    pub(super) fn succeeds(self) -> Self {
        assert!(self.succeeded && !self.skipped, "{}", self.log);
        self
    }
}

impl Forge {
    /// A repository that holds an example, and whose settings are these.
    pub(super) fn new(example: &str, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut context = Context::default();
        for (name, value) in settings {
            context.set(name, value);
        }
        context.set("github.token", "ghs_canary");
        context.set("github.repository", "acme/workspaces");
        context.set("github.event.pull_request.head.repo.full_name", "acme/workspaces");
        context.set("github.event.pull_request.number", "7");
        let forge = Self { dir, context };
        for folder in ["bin", "comments", "artifacts", "first"] {
            fs::create_dir(forge.path(folder)).unwrap();
        }
        fs::write(forge.path("bin/gh"), GH).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_brickform"));
        std::os::unix::fs::symlink(program, forge.path("bin/brickform")).unwrap();
        forge.shell("chmod +x bin/gh && git init --quiet --bare --initial-branch main origin");
        for (name, (_, bytes)) in tree(&repository(example)) {
            let file = forge.path("first").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        forge.shell(
            "cd first && git init --quiet --initial-branch main && git add --all \
             && git -c user.name=ana -c user.email=ana@acme.example commit --quiet -m Begin \
             && git push --quiet ../origin main",
        );
        forge
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Bash with a script, in a machine that knows nothing but this repository.
    fn bash(&self, script: &str) -> Command {
        let mut bash = Command::new("bash");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.dir.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("FORGE", self.dir.path())
            .stdin(Stdio::null());
        bash
    }

    /// What a script prints, which has to succeed.
    #[track_caller]
    pub(super) fn shell(&self, script: &str) -> String {
        let output = self.bash(script).output().unwrap();
        assert!(output.status.success(), "{script}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Merges the pull request, whose branch goes.
    pub(super) fn merge(&self) {
        self.shell("git -C origin branch -f main export && git -C origin branch -D export");
        fs::remove_file(self.path("open")).unwrap();
    }

    /// A run of a workflow on a branch, of which no job has begun; the artifacts of earlier runs are gone.
    pub(super) fn run(&self, workflow: &str, branch: &str) -> Run<'_> {
        let file = format!("{branch}:.github/workflows/{workflow}");
        let workflow = Workflow::read(&self.shell(&format!("git -C origin show {file}")));
        self.shell("rm -rf artifacts && mkdir artifacts");
        if let Some(group) = workflow.concurrency.get("group") {
            self.context.fill(group.as_str().unwrap());
        }
        Run {
            forge: self,
            jobs: workflow.jobs(),
            env: workflow.env,
            branch: branch.to_owned(),
            context: self.context.clone(),
        }
    }

    /// Runs the only job of a workflow.
    pub(super) fn only_job(&self, workflow: &str, branch: &str) -> Ended {
        let mut run = self.run(workflow, branch);
        let [(name, _)] = run.jobs.as_slice() else { panic!("{workflow} has several jobs") };
        let name = name.clone();
        run.job(&name)
    }
}

impl Run<'_> {
    /// Runs a job, in a checkout of its own.
    pub(super) fn job(&mut self, name: &str) -> Ended {
        let (_, job) = self.jobs.iter().find(|(one, _)| one == name).unwrap();
        let mut ended = Ended { succeeded: true, ..Ended::default() };
        if !self.context.holds(job.condition.as_deref(), false) {
            return Ended { skipped: true, ..ended };
        }
        let forge = self.forge;
        forge.shell("rm -rf work runner && mkdir work runner");
        let mut context = self.context.clone();
        for step in &job.steps {
            if !context.holds(step.condition.as_deref(), !ended.succeeded) {
                continue;
            }
            let output = self.step(step, &context);
            ended.log.push_str(&format!("--- {:?}\n{}", step.name, said(&output)));
            ended.succeeded &= output.status.success() || step.continue_on_error;
            let outputs = fs::read_to_string(forge.path("runner/output")).unwrap_or_default();
            for (key, value) in outputs.lines().map(|line| line.split_once('=').unwrap()) {
                let id = step.id.as_deref().unwrap_or_else(|| panic!("{key} is of no step"));
                context.set(&format!("steps.{id}.outputs.{key}"), value);
            }
            forge.shell("rm -f runner/output");
        }
        for (key, value) in &job.outputs {
            let value = context.fill(value);
            self.context.set(&format!("needs.{name}.outputs.{key}"), &value);
        }
        ended.summary = fs::read_to_string(forge.path("runner/summary")).unwrap_or_default();
        let secrets = self.context.0.iter().filter(|(name, _)| name.starts_with("secrets."));
        for (name, secret) in secrets {
            assert!(!ended.log.contains(secret), "{name} is shown: {}", ended.log);
            for (file, (_, bytes)) in tree(&forge.path("artifacts")) {
                assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{name} is in {file}");
            }
        }
        ended
    }

    fn step(&self, step: &Step, context: &Context) -> Output {
        let script = match (&step.uses, &step.run) {
            (Some(action), None) => self.action(action, step, context),
            // The one step that is not run: the program under test is there already.
            (None, Some(run)) if step.name.as_deref() == Some("Install brickform") => {
                let install = "cargo install --locked brickform@";
                assert_eq!(run.strip_prefix(install), Some(env!("CARGO_PKG_VERSION")));
                "brickform --version".to_owned()
            }
            (None, Some(run)) => {
                assert!(!run.contains("${{"), "what an expression is might be run: {run}");
                run.clone()
            }
            _ => panic!("{:?} has to use an action or run something", step.name),
        };
        let env = self.env.iter().chain(&step.env);
        self.forge
            .bash(&script)
            .current_dir(self.forge.path("work"))
            .envs(env.map(|(name, value)| (name, context.fill(value))))
            .env("GITHUB_REPOSITORY", "acme/workspaces")
            .env("GITHUB_OUTPUT", self.forge.path("runner/output"))
            .env("GITHUB_STEP_SUMMARY", self.forge.path("runner/summary"))
            .output()
            .unwrap()
    }

    /// What an action of GitHub does, as a script; only these three may be used.
    fn action(&self, action: &str, step: &Step, context: &Context) -> String {
        let with =
            |key: &str| step.with.get(key).map(|value| context.fill(value.as_str().unwrap()));
        match action {
            "actions/checkout@v4" => {
                let origin = self.forge.path("origin");
                format!(
                    "git clone --quiet --depth 1 --branch {} file://{} .",
                    self.branch,
                    origin.display()
                )
            }
            "actions/upload-artifact@v4" => {
                let (name, paths) = (with("name").unwrap(), with("path").unwrap());
                let missing = match with("if-no-files-found").as_deref() {
                    Some("ignore") => "continue",
                    _ => "exit 1",
                };
                let paths = paths.lines().collect::<Vec<_>>().join(" ");
                format!(
                    "to=\"$FORGE/artifacts/{name}\"; mkdir -p \"$to\"\n\
                     for path in {paths}; do [ -e $path ] || {missing}; cp -r $path \"$to\"; done"
                )
            }
            "actions/download-artifact@v4" => {
                format!("cp -r \"$FORGE/artifacts/{}\"/* .", with("name").unwrap())
            }
            _ => panic!("{action} is not known here"),
        }
    }
}

/// Everything that a script printed.
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
