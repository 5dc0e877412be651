//! Where things stand in a snapshot directory.

use std::collections::BTreeMap;

use crate::model::{Address, Content, ContentFormat, Digest, Resource, digest_bytes};
use crate::store::paths::{Wish, file_names};

/// The file that makes a directory a snapshot.
pub(crate) const HEADER: &str = "snapshot.yaml";
pub(super) const OBJECTS: &str = "objects";
pub(super) const WORKSPACE: &str = "workspace";
pub(super) const BLOBS: &str = "blobs";
pub(super) const NOTES: &str = "notes";
pub(super) const OBSERVED: &str = "observed";
pub(super) const GIT_ATTRIBUTES: &str = ".gitattributes";

/// The directories that are brickform's, whole.
pub(crate) const AREAS: [&str; 5] = [OBJECTS, WORKSPACE, BLOBS, NOTES, OBSERVED];

/// Above this many resources, a kind's files are spread over folders.
const CROWDED: usize = 1000;

/// Contents larger than this stand among the blobs.
const LARGE: u64 = 5 * 1024 * 1024;

/// Behind the name of a file whose content stands among the blobs.
pub(super) const POINTER: &str = ".blob.yaml";

/// Whether a content in the workspace tree is too large to stand there itself.
pub(super) fn is_large(content: &Content) -> bool {
    content.size > LARGE
}

/// Where a content among the blobs stands.
pub(super) fn blob_path(digest: &Digest) -> String {
    let path = crate::store::blobs::relative_path(digest);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    format!("{BLOBS}/{}", parts.join("/"))
}

/// What follows a content's name on disk, so that editors know what it is.
pub(super) fn extension(resource: &Resource, content: &Content) -> &'static str {
    match content.format {
        ContentFormat::Jupyter => ".ipynb",
        ContentFormat::Raw => "",
        ContentFormat::Source => {
            match resource.spec.get("language").and_then(|language| language.as_str()) {
                Some("PYTHON") => ".py",
                Some("SCALA") => ".scala",
                Some("SQL") => ".sql",
                Some("R") => ".r",
                _ => ".txt",
            }
        }
    }
}

/// The path of every resource of a kind that is laid out as objects.
pub(super) fn object_paths<'a>(
    kind: &str,
    resources: &[&'a Resource],
) -> Vec<(String, &'a Resource)> {
    let crowded = resources.len() > CROWDED;
    let mut folders: BTreeMap<String, Vec<&'a Resource>> = BTreeMap::new();
    for resource in resources {
        let folder =
            if crowded { crowded_folder(&resource.address) } else { format!("{OBJECTS}/{kind}") };
        folders.entry(folder).or_default().push(resource);
    }
    let wish = |resource: &Resource| object_wish(&resource.address);
    let mut paths = Vec::with_capacity(resources.len());
    for (folder, resources) in folders {
        let names = file_names(resources.iter().map(|resource| wish(resource)).collect());
        paths.extend(
            resources
                .into_iter()
                .map(|resource| (format!("{folder}/{}", names[&wish(resource)]), resource)),
        );
    }
    paths
}

fn object_wish(address: &Address) -> Wish {
    Wish { name: address.key.clone(), variant: String::new(), extension: ".yaml".to_owned() }
}

/// The folder of a resource where there are many of its kind.
fn crowded_folder(address: &Address) -> String {
    let hash = digest_bytes(address.key.as_bytes());
    format!("{OBJECTS}/{}/{}", address.kind, &hash.hex()[..2])
}

/// Every path that a resource laid out as an object may have, whatever else there is.
pub(super) fn object_candidates(address: &Address) -> Vec<String> {
    let folders = [format!("{OBJECTS}/{}", address.kind), crowded_folder(address)];
    let names = object_wish(address).candidates();
    folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| format!("{folder}/{name}")))
        .collect()
}

/// Whether a kind's name can stand in a path, whoever wrote it.
pub(super) fn is_kind_name(kind: &str) -> bool {
    !kind.is_empty()
        && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
