//! A base from its files.

use std::path::Path;

use serde_json::Value;

use super::encode::Files;
use super::manifest::{Line, MANIFEST, Manifest, refuse};
use crate::model::{BASE_FORMAT, Base, digest_bytes};
use crate::store::error::StoreError;
use crate::store::{format, shape};

/// Reads a base, and how often it was written, from files that [`super::encode`] made and nobody has
/// changed since. `place` is where they stand, for errors.
///
/// # Errors
///
/// Refuses a file that is missing, was cut off or edited, holds fields no base has, or is of a newer
/// format; names it, and says what to do.
pub fn decode(files: &Files, place: &Path) -> Result<(Base, u64), StoreError> {
    let manifest = manifest(files, place)?;
    let mut base = Base::new(manifest.source, manifest.target);
    for (name, recorded) in &manifest.shards {
        let file = place.join(name);
        let bytes = files.get(name).ok_or_else(|| {
            refuse(&file, None, "", format!("it is missing, though {MANIFEST} names it"))
        })?;
        if digest_bytes(bytes) != *recorded {
            return Err(refuse(&file, None, "", "it was changed after it was written"));
        }
        read_lines(bytes, &file, &mut base)?;
    }
    let file = place.join(MANIFEST);
    if base.objects.len() != manifest.objects {
        return Err(refuse(
            &file,
            None,
            "objects",
            "it is not the number of objects that are there",
        ));
    }
    if base.digest() != manifest.digest {
        return Err(refuse(&file, None, "digest", "the base was changed after it was written"));
    }
    Ok((base, manifest.serial))
}

fn manifest(files: &Files, place: &Path) -> Result<Manifest, StoreError> {
    let file = place.join(MANIFEST);
    let bytes = files.get(MANIFEST).ok_or_else(|| refuse(&file, None, "", "it is missing"))?;
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let problem = if error.is_eof() {
            "the file ends in the middle"
        } else {
            "the file is not valid JSON"
        };
        refuse(&file, Some(error.line()), "", problem)
    })?;
    match value.get("format").and_then(Value::as_str) {
        Some(found) => format::check(&file, "base", found, BASE_FORMAT)?,
        None => {
            return Err(refuse(&file, None, "format", "the file does not say that it is a base"));
        }
    }
    serde_json::from_slice(bytes)
        .map_err(|error| refuse(&file, Some(error.line()), "", shape::problem(&error)))
}

fn read_lines(bytes: &[u8], file: &Path, base: &mut Base) -> Result<(), StoreError> {
    let whole = bytes
        .strip_suffix(b"\n")
        .ok_or_else(|| refuse(file, None, "", "the file ends in the middle"))?;
    for (line, number) in whole.split(|byte| *byte == b'\n').zip(1..) {
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            let problem = if error.is_data() {
                shape::problem(&error)
            } else {
                "the line is not valid JSON".to_owned()
            };
            refuse(file, Some(number), "", problem)
        })?;
        if base.objects.insert(line.address.clone(), line.recorded).is_some() {
            return Err(refuse(file, Some(number), "", format!("{} is there twice", line.address)));
        }
    }
    Ok(())
}
