//! The program `git`: run without a shell, and never to write.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::error::RevisionError;

/// What would make git look at another repository than that of the directory it is told.
const ELSEWHERE: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"];

/// The program, to be run in `dir`, or where we are.
pub(super) fn command(dir: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    command.arg("--no-pager");
    if let Some(dir) = dir {
        command.arg("-C").arg(dir);
        ELSEWHERE.iter().for_each(|name| _ = command.env_remove(name));
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        // A partial clone would write what it fetches into the repository.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// Runs git to its end, whatever the end is.
pub(super) fn run(dir: Option<&Path>, args: &[&str]) -> Result<Output, RevisionError> {
    command(dir).args(args).output().map_err(|source| RevisionError::NoGit { source })
}

/// What a run that succeeded printed.
pub(super) fn output(dir: Option<&Path>, args: &[&str]) -> Result<Vec<u8>, RevisionError> {
    let output = run(dir, args)?;
    if output.status.success() { Ok(output.stdout) } else { Err(failure(dir, args, &output)) }
}

/// Why a run failed.
pub(super) fn failure(dir: Option<&Path>, args: &[&str], output: &Output) -> RevisionError {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.contains("not a git repository") {
        let dir = dir.map_or_else(|| PathBuf::from("."), Path::to_owned);
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        return RevisionError::NotARepository { dir: dir.components().collect() };
    }
    let doing = args.first().copied().unwrap_or_default().to_owned();
    let said = if said.is_empty() { output.status.to_string() } else { said };
    RevisionError::Git { doing, said }
}

/// A path as git prints it.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
