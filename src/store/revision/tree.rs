//! Git's tree objects: what a directory held.

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A file's bytes.
    File,
    /// Another tree.
    Directory,
    /// A link or a submodule, which is no part of a snapshot.
    Other,
}

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is.
    pub(super) what: What,
    /// Its name; names that are not Unicode are none of ours and left out.
    pub(super) name: String,
    /// The identifier of what it names: equal identifiers mean equal bytes.
    pub(super) id: String,
}

/// Reads a tree: entries of `MODE NAME`, a zero byte, and an identifier of `width` bytes.
pub(super) fn read(mut bytes: &[u8], width: usize) -> Option<Vec<Entry>> {
    use std::fmt::Write as _;
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let zero = bytes.iter().position(|byte| *byte == 0)?;
        let (mode, name) = (bytes.get(..space)?, bytes.get(space + 1..zero)?);
        let hash = bytes.get(zero + 1..zero + 1 + width)?;
        bytes = &bytes[zero + 1 + width..];
        let what = match mode {
            b"40000" => What::Directory,
            mode if mode.starts_with(b"100") => What::File,
            _ => What::Other,
        };
        let mut id = String::with_capacity(2 * width);
        hash.iter().for_each(|byte| _ = write!(id, "{byte:02x}"));
        if let Ok(name) = String::from_utf8(name.to_owned()) {
            entries.push(Entry { what, name, id });
        }
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_torn_ones_refused() {
        let mut bytes = b"100644 a b\0".to_vec();
        bytes.extend([0xab; 20]);
        bytes.extend(b"40000 d\0");
        bytes.extend([1; 20]);
        bytes.extend(b"120000 l\0");
        bytes.extend([2; 20]);
        let entries = read(&bytes, 20).unwrap();
        let seen: Vec<_> = entries.iter().map(|one| (one.name.as_str(), one.what)).collect();
        assert_eq!(seen, [("a b", What::File), ("d", What::Directory), ("l", What::Other)]);
        assert_eq!(entries[0].id, "ab".repeat(20));
        assert_eq!(read(&bytes[..bytes.len() - 1], 20), None);
        assert_eq!(read(b"100644 x", 20), None);
    }
}
