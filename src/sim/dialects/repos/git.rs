//! Reading a repository on this machine with the program `git`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errand::{Errand, Wish};
use super::remote::{Checkout, Fetched, Trouble};

/// How long all of an errand may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most files a git folder may have.
const FILES: usize = 10_000;

/// The most bytes a git folder may have.
const BYTES: u64 = 200 * 1024 * 1024;

/// Fetches what an errand wants, without its history.
pub(super) fn fetch(errand: &Errand) -> Fetched {
    let scratch = tempfile::tempdir().map_err(|_| Trouble::Unreachable)?;
    let git = Git { errand, scratch: scratch.path(), until: Instant::now() + PATIENCE };
    git.run(&["init", "--quiet", "copy"])?;
    let refs = git.run(&["ls-remote", "--symref", "--", &errand.url])?;
    let (branch, name) = match &errand.wish {
        Wish::Default => match default_branch(&refs) {
            Some(branch) => (Some(branch.clone()), format!("refs/heads/{branch}")),
            None if refs.trim().is_empty() => return Ok(empty()),
            None => return Err(Trouble::UnknownRef),
        },
        Wish::Branch(name) => (Some(name.clone()), format!("refs/heads/{name}")),
        Wish::Tag(name) => (None, format!("refs/tags/{name}")),
    };
    if !refs.lines().any(|line| line.split('\t').nth(1) == Some(name.as_str())) {
        return Err(Trouble::UnknownRef);
    }
    git.run(&[
        "-C",
        "copy",
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--",
        &errand.url,
        &name,
    ])?;
    git.run(&["-C", "copy", "checkout", "--quiet", "--detach", "FETCH_HEAD"])?;
    let commit = git.run(&["-C", "copy", "rev-parse", "HEAD"])?;
    let mut copy = Copy::default();
    copy.read(&scratch.path().join("copy"), "")?;
    Ok(Checkout { branch, commit: Some(commit.trim().to_owned()), files: copy.files })
}

/// A repository without a commit.
fn empty() -> Checkout {
    Checkout { branch: Some("main".to_owned()), commit: None, files: BTreeMap::new() }
}

fn default_branch(refs: &str) -> Option<String> {
    let head = refs.lines().find_map(|line| line.strip_suffix("\tHEAD")?.strip_prefix("ref: "))?;
    head.strip_prefix("refs/heads/").map(str::to_owned)
}

/// Runs of git for one errand.
struct Git<'a> {
    errand: &'a Errand,
    scratch: &'a Path,
    until: Instant,
}

impl Git<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.scratch)
            .args(["-c", "core.symlinks=false", "-c", "core.autocrlf=false"])
            .args(["-c", "http.followRedirects=false", "-c", "credential.helper="])
            .args(args)
            .env("LC_ALL", "C")
            .env("HOME", self.scratch)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.scratch.join("none"))
            .env("GIT_ALLOW_PROTOCOL", "file:http:https")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null());
        if let Some(login) = &self.errand.login {
            let basic = STANDARD.encode(format!("{}:{}", login.user, login.token));
            // Arguments are seen by everybody on the machine, and the environment is not.
            command
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", "http.extraHeader")
                .env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
        }
        command
    }

    /// Runs git to its end or to the end of patience, and gives what it printed.
    fn run(&self, args: &[&str]) -> Result<String, Trouble> {
        let lost = |_| Trouble::Unreachable;
        let (out, err) = (self.scratch.join("out"), self.scratch.join("err"));
        let mut child = self
            .command(args)
            .stdout(File::create(&out).map_err(lost)?)
            .stderr(File::create(&err).map_err(lost)?)
            .spawn()
            .map_err(lost)?;
        let status = loop {
            match child.try_wait().map_err(lost)? {
                Some(status) => break status,
                None if Instant::now() < self.until => std::thread::sleep(Duration::from_millis(5)),
                None => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(Trouble::Unreachable);
                }
            }
        };
        let said =
            |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        if status.success() {
            return Ok(said(&out));
        }
        let said = said(&err);
        tracing::debug!(args = ?args.first(), said, "git failed");
        let refused = ["Authentication failed", "could not read Username", "error: 403"];
        let unauthorized = refused.iter().any(|words| said.contains(words));
        Err(if unauthorized { Trouble::Unauthorized } else { Trouble::Unreachable })
    }
}

/// The files of a checkout while they are read.
#[derive(Default)]
struct Copy {
    files: BTreeMap<String, bytes::Bytes>,
    bytes: u64,
}

impl Copy {
    fn read(&mut self, folder: &Path, prefix: &str) -> Result<(), Trouble> {
        let lost = |_| Trouble::Unreachable;
        for entry in fs::read_dir(folder).map_err(lost)? {
            let entry = entry.map_err(lost)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type().map_err(lost)?;
            if kind.is_dir() && !(prefix.is_empty() && name == ".git") {
                self.read(&entry.path(), &format!("{prefix}{name}/"))?;
            } else if kind.is_file() {
                self.bytes += entry.metadata().map_err(lost)?.len();
                if self.files.len() >= FILES || self.bytes > BYTES {
                    return Err(Trouble::TooLarge);
                }
                let bytes = fs::read(entry.path()).map_err(lost)?;
                self.files.insert(format!("{prefix}{name}"), bytes.into());
            }
        }
        Ok(())
    }
}
