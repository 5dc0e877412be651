//! Where in an object a field stands, for people.

use super::text::plain;

/// Writes a JSON pointer as `tasks.load.timeout_seconds`; rights as the name of who holds them.
pub(crate) fn path(pointer: &str) -> String {
    if let Some(principal) = pointer.strip_prefix("/grants/") {
        return plain(principal);
    }
    let mut text = String::new();
    for step in pointer.split('/').skip(1) {
        let name = plain(&step.replace("~1", "/").replace("~0", "~"));
        let is_word = !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
        match (is_word, text.is_empty()) {
            (true, true) => text.push_str(&name),
            (true, false) => text.push_str(&format!(".{name}")),
            (false, _) => text.push_str(&format!("[{name}]")),
        }
    }
    if text.is_empty() { "name".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn pointers_read_as_people_write_them() {
        assert_eq!(path("/tasks/load/timeout_seconds"), "tasks.load.timeout_seconds");
        assert_eq!(path("/definition/spark.version/value"), "definition[spark.version].value");
        assert_eq!(path("/grants/user:a@x.com"), "user:a@x.com");
        assert_eq!(path("/a~1b/~0"), "[a/b][~]");
        assert_eq!(path(""), "name");
    }
}
