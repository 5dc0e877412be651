//! Comparing every digest on disk with what stands there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use super::document::check_plain;
use super::layout::HEADER;
use super::load::{Loaded, Place};
use crate::store::blobs::digest_file;
use crate::store::durable;
use crate::store::error::{Doing as _, StoreError};

/// Adds every content that is missing or changed, and every kind whose count or digest does not fit.
pub(super) fn verify(dir: &Path, loaded: &mut Loaded) {
    loaded.problems.extend(contents(dir, &loaded.places));
    if loaded.problems.is_empty() {
        // Otherwise the cause has been named already.
        loaded.problems.extend(marks(dir, loaded));
    }
}

fn contents(dir: &Path, places: &[Place]) -> Vec<StoreError> {
    let failed = Mutex::new(BTreeMap::new());
    let checked: Result<(), std::convert::Infallible> = durable::for_each(places, |place| {
        if let Err(error) = content(dir, place)
            && let Ok(mut failed) = failed.lock()
        {
            failed.insert(place.path.clone(), error);
        }
        Ok(())
    });
    let Ok(()) = checked;
    failed.into_inner().unwrap_or_default().into_values().collect()
}

/// Makes sure that one content stands where it should, as it should.
pub(super) fn content(dir: &Path, place: &Place) -> Result<(), StoreError> {
    let file = dir.join(&place.path);
    let recorded_in = dir.join(&place.named_in);
    check_plain(&file, &recorded_in)?;
    let (digest, size) = digest_file(&file).doing("read", &file)?;
    let (what, recorded, actual) = if digest != place.digest {
        ("the digest of its bytes", place.digest.to_string(), digest.to_string())
    } else if let Some(recorded) = place.size.filter(|recorded| *recorded != size) {
        ("the size in bytes", recorded.to_string(), size.to_string())
    } else {
        return Ok(());
    };
    Err(StoreError::Digest { file, what: what.to_owned(), recorded_in, recorded, actual })
}

fn marks(dir: &Path, loaded: &Loaded) -> Vec<StoreError> {
    let header = dir.join(HEADER);
    let refuse = |what: String, recorded: String, actual: String| StoreError::Digest {
        file: dir.to_owned(),
        what,
        recorded_in: header.clone(),
        recorded,
        actual,
    };
    let snapshot = &loaded.snapshot;
    let mut problems = Vec::new();
    for (kind, mark) in &snapshot.kinds {
        let count = snapshot.of_kind(kind).count();
        let digest = snapshot.kind_digest(kind);
        if count != mark.count {
            problems.push(refuse(
                format!("the count of kind {kind}"),
                mark.count.to_string(),
                count.to_string(),
            ));
        } else if digest != mark.digest {
            problems.push(refuse(
                format!("the digest of kind {kind}"),
                mark.digest.to_string(),
                digest.to_string(),
            ));
        }
    }
    let root = snapshot.root_digest();
    if problems.is_empty() && root != loaded.header.root {
        problems.push(refuse(
            "the root digest".to_owned(),
            loaded.header.root.to_string(),
            root.to_string(),
        ));
    }
    problems
}
