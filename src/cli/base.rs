//! What the last apply left: its copy on this disk, and the one in the target.

use std::path::{Path, PathBuf};

use super::error::CliError;
use super::render::text::counted;
use crate::client::Session;
use crate::engine::remote;
use crate::model::{Base, Finding, Plan, Side};
use crate::store::base_dir::{self, Files};

/// The two workspaces that a base is about, and where it is kept.
pub(super) struct Pair {
    source: Side,
    target: Side,
    /// Its place on this disk.
    dir: PathBuf,
    /// Its place in the target.
    folder: String,
}

/// One copy of a base.
#[derive(Clone, Debug, PartialEq)]
struct Copy {
    base: Base,
    serial: u64,
}

/// The base that counts, and what there is of it.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What the last apply left; `None` before the first.
    pub base: Option<Base>,
    /// How often it was written; the next one is newer than every copy.
    serial: u64,
    /// Whether this disk, and whether the target, holds it as it is.
    local: bool,
    remote: bool,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

impl Pair {
    /// The pair of a snapshot, which stands at a path, and a target.
    pub(super) fn of(snapshot: &Path, source: impl Into<Side>, target: impl Into<Side>) -> Self {
        let (source, target) = (source.into(), target.into());
        let dir = base_dir::local_dir(&base_dir::home(snapshot), &source, &target);
        let folder = format!("base/{}", base_dir::pair(&source, &target));
        Self { source, target, dir, folder }
    }

    /// A base before the first apply.
    pub(super) fn first(&self) -> Base {
        Base::new(self.source.clone(), self.target.clone())
    }

    /// Reads this disk's copy alone.
    pub(super) fn local(&self) -> Result<Option<Base>, CliError> {
        Ok(self.local_copy()?.map(|copy| copy.base))
    }

    fn local_copy(&self) -> Result<Option<Copy>, CliError> {
        let files = base_dir::read_local(&self.dir)?;
        files.map(|files| self.decode(&files, &self.dir)).transpose()
    }

    async fn remote_copy(&self, session: &Session) -> Result<Option<Copy>, CliError> {
        let files = remote::fetch(session, &self.folder)
            .await
            .map_err(|error| CliError::failed(error.to_string()))?;
        let place = Path::new("the target's").join(&self.folder);
        files.map(|files| self.decode(&files, &place)).transpose()
    }

    fn decode(&self, files: &Files, place: &Path) -> Result<Copy, CliError> {
        let (base, serial) = base_dir::decode(files, place)?;
        let is_same = |ours: &Side, theirs: &Side| match (&ours.workspace_id, &theirs.workspace_id)
        {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => ours.host == theirs.host,
        };
        if is_same(&self.source, &base.source) && is_same(&self.target, &base.target) {
            return Ok(Copy { base, serial });
        }
        let (source, target) = (&base.source.host, &base.target.host);
        Err(CliError::refused(format!(
            "{} is about {source} and {target}, which are other workspaces",
            place.display()
        ))
        .hint("move it away; it belongs to another pair of workspaces"))
    }

    /// Finds the base that counts.
    ///
    /// # Errors
    /// If this disk's copy cannot be used and the target has none in its place.
    pub(super) async fn load(&self, session: &Session) -> Result<Known, CliError> {
        let remote = self.remote_copy(session).await;
        choose(self.local_copy(), remote)
    }

    /// Keeps a base in both places, as far as they do not hold it already.
    pub(super) async fn save(&self, session: &Session, known: &Known, base: &Base) -> Vec<Finding> {
        let is_new = known.base.as_ref() != Some(base);
        if !is_new && known.local && known.remote {
            return Vec::new();
        }
        let serial = if is_new { known.serial + 1 } else { known.serial };
        let files = base_dir::encode(base, serial);
        let mut findings = Vec::new();
        if (is_new || !known.local)
            && let Err(error) = base_dir::write_local(&self.dir, &files)
        {
            findings.push(unkept("on this disk", &error.to_string()));
        }
        if (is_new || !known.remote)
            && let Err(error) = remote::mirror(session, &self.folder, &files).await
        {
            findings.push(unkept("in the target", &error.to_string()));
        }
        findings
    }
}

fn unkept(place: &str, why: &str) -> Finding {
    let message = format!("what this apply left cannot be remembered {place}: {why}");
    Finding::warning("base-not-kept", "", message)
        .hint("the other copy counts meanwhile; the next apply tries again")
}

/// The copy that counts: the one that was written more often, in doubt the target's.
fn choose(
    local: Result<Option<Copy>, CliError>,
    remote: Result<Option<Copy>, CliError>,
) -> Result<Known, CliError> {
    let mut findings = Vec::new();
    let mut warn = |code: &str, message: String, hint: &str| {
        findings.push(Finding::warning(code, "", message).hint(hint));
    };
    let (local, remote) = match (local, remote) {
        (Ok(local), Ok(remote)) => (local, remote),
        (Err(error), Ok(Some(remote))) => {
            let message = format!(
                "this disk's copy of what the last apply left cannot be used: {}",
                error.message()
            );
            warn(
                "base-damaged",
                message,
                "the target's copy is used; the next apply replaces this disk's",
            );
            (None, Some(remote))
        }
        (Err(error), _) => return Err(error.doing("what the last apply left cannot be read")),
        (Ok(local), Err(error)) => {
            let message = format!(
                "the target's copy of what the last apply left cannot be read: {}",
                error.message()
            );
            let hint = match &local {
                Some(_) => "this disk's copy is used",
                None => {
                    "the plan compares as at first contact: look at every change before you apply it"
                }
            };
            warn("base-unreadable", message, hint);
            (local, None)
        }
    };
    let held = |copy: &Option<Copy>, of: &Copy| copy.as_ref() == Some(of);
    let chosen = match (&local, &remote) {
        (Some(local), Some(remote)) if local.serial == remote.serial && local != remote => {
            let message = "this disk and the target remember different ends of the last apply";
            warn("base-differs", message.to_owned(), "the target's copy is used");
            Some(remote.clone())
        }
        (Some(ours), Some(theirs)) if ours.serial > theirs.serial => local.clone(),
        (_, Some(_)) => remote.clone(),
        (_, None) => local.clone(),
    };
    let Some(chosen) = chosen else { return Ok(Known { findings, ..Known::default() }) };
    let (local, remote) = (held(&local, &chosen), held(&remote, &chosen));
    Ok(Known { serial: chosen.serial, local, remote, findings, base: Some(chosen.base) })
}

/// Refuses a plan that was made from another base than the one that counts.
pub(super) fn check(plan: &Plan, known: &Known) -> Result<(), CliError> {
    let now = known.base.as_ref().map(Base::digest);
    if plan.options.no_base || plan.base == now {
        return Ok(());
    }
    let message = match (&plan.base, &now) {
        (None, _) => "somebody has applied this source to this target since the plan was made",
        (_, None) => "what the last apply left is not known any more",
        _ => "what the last apply left has changed since the plan was made",
    };
    Err(CliError::refused(message)
        .hint(format!("plan again: `brickform plan {} -o NEW.json`", plan.snapshot)))
}

/// How many objects are remembered now, for people.
pub(super) fn remembered(base: &Base) -> String {
    format!("{} remembered as applied", counted(base.objects.len(), "object"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Image, Recorded};
    use serde_json::json;

    /// A copy with so many objects.
    fn copy(serial: u64, objects: usize) -> Copy {
        let mut base = Base::new(Side::default(), Side::default());
        for n in 0..objects {
            let sent = Image { spec: json!({}), ..Image::default() };
            let recorded = Recorded {
                sent,
                echoed: None,
                source_object: None,
                target_object: None,
                protected: false,
            };
            base.objects.insert(Address::new("job", n.to_string()), recorded);
        }
        Copy { base, serial }
    }

    fn chosen(local: Option<Copy>, remote: Option<Copy>) -> (usize, u64, bool, bool, Vec<String>) {
        let known = choose(Ok(local), Ok(remote)).unwrap();
        let codes = known.findings.iter().map(|finding| finding.code.clone()).collect();
        let objects = known.base.map_or(99, |base| base.objects.len());
        (objects, known.serial, known.local, known.remote, codes)
    }

    #[test]
    fn the_copy_that_was_written_more_often_counts() {
        assert_eq!(chosen(None, None), (99, 0, false, false, vec![]));
        assert_eq!(chosen(Some(copy(1, 1)), None), (1, 1, true, false, vec![]));
        assert_eq!(chosen(None, Some(copy(1, 1))), (1, 1, false, true, vec![]));
        assert_eq!(chosen(Some(copy(2, 2)), Some(copy(1, 1))), (2, 2, true, false, vec![]));
        assert_eq!(chosen(Some(copy(1, 1)), Some(copy(2, 2))), (2, 2, false, true, vec![]));
        assert_eq!(chosen(Some(copy(3, 1)), Some(copy(3, 1))), (1, 3, true, true, vec![]));
        let differs = vec!["base-differs".to_owned()];
        assert_eq!(chosen(Some(copy(3, 1)), Some(copy(3, 2))), (2, 3, false, true, differs));
    }

    #[test]
    fn a_copy_that_cannot_be_read_is_made_up_for_by_the_other() {
        let broken = || Err(CliError::refused("base.json is damaged"));
        let known = choose(broken(), Ok(Some(copy(4, 1)))).unwrap();
        assert_eq!((known.serial, known.local, known.remote), (4, false, true));
        assert!(known.findings[0].message.contains("base.json is damaged"));
        let known = choose(Ok(Some(copy(4, 1))), broken()).unwrap();
        assert_eq!((known.serial, known.findings[0].code.as_str()), (4, "base-unreadable"));
        let known = choose(Ok(None), broken()).unwrap();
        assert!(known.base.is_none() && known.findings[0].hint.contains("first contact"));
        for remote in [Ok(None), broken()] {
            assert_eq!(choose(broken(), remote).unwrap_err().exit().code(), 4);
        }
    }
}
