//! Names of objects as names of files that every operating system, and git, can keep.
//!
//! An encoded name never decides what an object is called: the true name stands in the index or in the
//! object's file. So encoding need not be undone, only be the same every time and unlike its siblings.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use super::yaml::is_invisible;
use crate::model::digest_bytes;

/// The index of a directory of the workspace tree.
pub(crate) const INDEX: &str = "_index.yaml";

/// Longer encoded names are cut.
const LONGEST: usize = 120;

/// How much of a cut name remains, so that mark, hash and extension fit behind it.
const KEPT: usize = 80;

/// Begins a hash behind a name; [`encode`] writes a percent sign only before two hexadecimal digits.
const MARK: &str = "%-";

/// Encodes a name as one component of a path, whatever the name is.
///
/// Percent-encodes what some file system cannot keep, what git would act upon, and what cannot be seen;
/// composes Unicode; cuts names over 120 bytes and marks them with a hash of the whole.
pub(crate) fn encode(name: &str) -> String {
    let composed: String = name.nfc().collect();
    let mut out = String::with_capacity(composed.len());
    let last = composed.chars().count().saturating_sub(1);
    for (index, c) in composed.chars().enumerate() {
        let at_edge = (index == last && matches!(c, '.' | ' ')) || (index == 0 && c == ' ');
        if at_edge || c.is_control() || is_invisible(c) || "<>:\"|?*\\/%".contains(c) {
            percent(&mut out, c);
        } else {
            out.push(c);
        }
    }
    if is_reserved(&out)
        && let Some(first) = out.chars().next()
    {
        let mut escaped = String::new();
        percent(&mut escaped, first);
        out.replace_range(..first.len_utf8(), &escaped);
    }
    if out.is_empty() {
        return format!("{MARK}empty");
    }
    if out.len() > LONGEST { cut(&out, name) } else { out }
}

fn percent(out: &mut String, c: char) {
    use std::fmt::Write as _;
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}

/// Shortens an encoded name at a boundary of its characters and escapes.
fn cut(encoded: &str, name: &str) -> String {
    let mut end = KEPT;
    while !encoded.is_char_boundary(end) {
        end -= 1;
    }
    if let Some(escape) = encoded[..end].rfind('%').filter(|at| end - at < 3) {
        end = escape;
    }
    format!("{}{MARK}{}", encoded[..end].trim_end_matches(['.', ' ']), hash(name))
}

fn hash(name: &str) -> String {
    digest_bytes(name.as_bytes()).short().to_owned()
}

/// Whether Windows, git or brickform itself gives the name a meaning of its own.
fn is_reserved(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let numbered = |prefix| {
        let rest: Option<&str> = stem.strip_prefix(prefix);
        rest.is_some_and(|n| {
            matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt")
        || lower.starts_with(".git")
        || lower.starts_with("git~")
        || lower.starts_with(".brickform")
        || lower == INDEX
}

/// What two names share when some file system takes them for one.
fn fold(name: &str) -> String {
    name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// One thing that needs a file name among its siblings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wish {
    /// Its true name.
    pub(crate) name: String,
    /// What tells it from a sibling of the same name.
    pub(crate) variant: String,
    /// What follows the encoded name, such as `.py`.
    pub(crate) extension: String,
}

impl Wish {
    /// The file name it gets where no sibling wants the same.
    pub(crate) fn file(&self) -> String {
        format!("{}{}", encode(&self.name), self.extension)
    }

    /// Every file name it may have, whatever its siblings are.
    pub(crate) fn candidates(&self) -> [String; 2] {
        [self.file(), self.marked()]
    }

    fn marked(&self) -> String {
        let twin = hash(&format!("{}\0{}", self.variant, self.name));
        format!("{}{MARK}{twin}{}", encode(&self.name), self.extension)
    }
}

/// Gives each of a directory's entries a file name that no other has, on any file system.
///
/// Where several want the same one, the name nearest to its file keeps it and the others get a hash; so
/// the answer depends on the set of names alone, never on their order.
pub(crate) fn file_names(wishes: Vec<Wish>) -> BTreeMap<Wish, String> {
    let mut groups: BTreeMap<String, Vec<Wish>> = BTreeMap::new();
    for wish in wishes {
        groups.entry(fold(&wish.file())).or_default().push(wish);
    }
    let mut names = BTreeMap::new();
    for mut group in groups.into_values() {
        group.sort_by_cached_key(|wish| {
            let file = wish.file();
            (file != wish.name, fold(&file) != file, wish.clone())
        });
        group.dedup();
        for (index, wish) in group.into_iter().enumerate() {
            let file = if index == 0 { wish.file() } else { wish.marked() };
            names.insert(wish, file);
        }
    }
    names
}

/// Splits the absolute path of a workspace object into its components, if it is one that can be kept.
pub(crate) fn components(path: &str) -> Result<Vec<&str>, &'static str> {
    let rest = path.strip_prefix('/').ok_or("its key is no absolute path")?;
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    rest.split('/').map(component).collect()
}

/// Checks one component of a path: a name that stays within its directory.
pub(crate) fn component(name: &str) -> Result<&str, &'static str> {
    match name {
        "" => Err("its path holds an empty component"),
        "." | ".." => Err("its path holds a component that leads elsewhere (`.` or `..`)"),
        name if name.contains('/') => Err("its name holds a slash"),
        name => Ok(name),
    }
}

/// Whether text that was read from an index may be used as the name of a file in the same directory.
pub(crate) fn is_file_name(name: &str) -> bool {
    component(name).is_ok() && !name.contains(['\\', ':', '\0']) && name != INDEX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn wish(name: &str, extension: &str) -> Wish {
        Wish { name: name.to_owned(), variant: String::new(), extension: extension.to_owned() }
    }

    #[test]
    fn encodes_what_some_system_cannot_keep() {
        for (name, file) in [
            ("load", "load"),
            ("ana@acme.com", "ana@acme.com"),
            ("my notes (1)", "my notes (1)"),
            ("a/b", "a%2Fb"),
            ("a:b?", "a%3Ab%3F"),
            ("<>\"|*\\%", "%3C%3E%22%7C%2A%5C%25"),
            ("a\tb\u{0}", "a%09b%00"),
            ("end.", "end%2E"),
            ("end ", "end%20"),
            (" start", "%20start"),
            (".", "%2E"),
            ("..", ".%2E"),
            ("CON", "%43ON"),
            ("nul.tar.gz", "%6Eul.tar.gz"),
            ("com7", "%63om7"),
            ("console", "console"),
            ("_index.yaml", "%5Findex.yaml"),
            ("_INDEX.yaml", "%5FINDEX.yaml"),
            (".git", "%2Egit"),
            (".GitIgnore", "%2EGitIgnore"),
            (".bundle", ".bundle"),
            ("e\u{301}", "é"),
            ("a\u{200b}b", "a%E2%80%8Bb"),
            ("", "%-empty"),
        ] {
            assert_eq!(encode(name), file, "{name:?}");
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = ("é%".repeat(100), format!("{}x", "é%".repeat(100)));
        assert!(encode(&a).len() <= LONGEST && encode(&a) != encode(&b));
        assert!(encode(&a).starts_with("é%25é%25"));
    }

    #[test]
    fn twins_get_a_hash_whatever_the_order() {
        let all = [
            wish("Load", ".py"),
            wish("load", ".py"),
            wish("load.py", ""),
            wish("LOAD.PY", ""),
            wish("é", ""),
            wish("e\u{301}", ""),
        ];
        let names = file_names(all.to_vec());
        let reversed = file_names(all.iter().rev().cloned().collect());
        assert_eq!(names, reversed);
        assert_eq!(names[&all[2]], "load.py");
        assert!(names[&all[1]].starts_with("load%-") && names[&all[1]].ends_with(".py"));
        assert!(names[&all[3]].starts_with("LOAD.PY%-"));
        assert_eq!(names[&all[4]], "é");
        assert!(names[&all[5]].starts_with("é%-"));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["a", "", "//", "/a//b", "/a/", "/../a", "/a/./b"] {
            assert!(components(path).is_err(), "{path}");
        }
        assert_eq!(components("/").unwrap(), Vec::<&str>::new());
        assert_eq!(components("/a/b c").unwrap(), ["a", "b c"]);
        for name in ["", ".", "..", "a/b", "a\\b", "c:", "_index.yaml", "a\0"] {
            assert!(!is_file_name(name), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn siblings_never_share_a_file(names in prop::collection::btree_set("[aAbBéÉ.: ßſK%/\u{301}-]{0,4}|.{0,150}", 0..20)) {
            let wishes: Vec<_> = names.iter().flat_map(|n| [wish(n, ""), wish(n, ".py")]).collect();
            let files = file_names(wishes.clone());
            prop_assert_eq!(files.len(), wishes.len());
            let folded: BTreeSet<_> = files.values().map(|file| fold(file)).collect();
            prop_assert_eq!(folded.len(), files.len());
            for file in files.values() {
                prop_assert!(is_file_name(file) && file.len() < 160 && !is_reserved(file), "{}", file);
                prop_assert!(!file.ends_with(['.', ' ']), "{}", file);
            }
        }
    }
}
