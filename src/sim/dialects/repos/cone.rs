//! Sparse checkouts, as git's cone mode chooses files.

/// Whether a file is checked out: it lies in a chosen folder, or directly in a folder on the way to one.
pub(super) fn takes(patterns: &[String], file: &str) -> bool {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.is_empty()
        || patterns
            .iter()
            .map(|pattern| pattern.trim_matches('/'))
            .any(|chosen| is_in(folder, chosen) || is_in(chosen, folder))
}

/// Whether a folder is another one or lies in it.
fn is_in(folder: &str, other: &str) -> bool {
    folder.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn takes_what_lies_in_a_chosen_folder_and_what_lies_on_the_way() {
        let patterns = ["src/etl".to_owned(), "/docs/".to_owned()];
        for (file, taken) in [
            ("README.md", true),
            ("src/setup.py", true),
            ("src/etl/load.py", true),
            ("src/etl/deep/x.py", true),
            ("src/etl2/load.py", false),
            ("src/web/page.py", false),
            ("docs/guide.md", true),
            ("tests/x.py", false),
        ] {
            assert_eq!(takes(&patterns, file), taken, "{file}");
        }
        assert!(takes(&[], "README.md") && !takes(&[], "src/x.py"));
    }
}
