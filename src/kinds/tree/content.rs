//! The bytes of notebooks and files: which form they have, and the one form they are kept in.

use serde_json::Value;

use crate::model::ContentFormat;

/// Brings bytes into the form in which equal contents are equal bytes.
///
/// Source text ends its lines with LF and its last line with one; servers are free to drop the last
/// one. An ipynb document is written with sorted keys and without the identifiers that change with
/// every save. Files stay as they are.
pub(super) fn canonical(format: ContentFormat, bytes: Vec<u8>) -> Vec<u8> {
    match format {
        ContentFormat::Raw => bytes,
        ContentFormat::Source => source(bytes),
        ContentFormat::Jupyter => jupyter(&bytes).unwrap_or(bytes),
    }
}

fn source(bytes: Vec<u8>) -> Vec<u8> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(other) => return other.into_bytes(),
    };
    let mut text = text.replace("\r\n", "\n");
    text.truncate(text.trim_end_matches('\n').len());
    text.push('\n');
    text.into_bytes()
}

fn drop_volatile(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                if name.starts_with("application/vnd.databricks.v1")
                    && let Some(own) = inner.as_object_mut()
                {
                    own.remove("nuid");
                    own.remove("notebookName");
                }
                drop_volatile(inner);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_volatile),
        _ => {}
    }
}

fn jupyter(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    document.get("cells")?;
    drop_volatile(&mut document);
    let mut text = serde_json::to_vec_pretty(&document).ok()?;
    text.push(b'\n');
    Some(text)
}

/// Whether exported bytes are an ipynb document.
pub(super) fn is_jupyter(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{')
        && serde_json::from_slice::<Value>(bytes)
            .is_ok_and(|v| v.get("cells").is_some() && v.get("nbformat").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_has_one_form() {
        for given in ["a\nb", "a\r\nb\r\n", "a\nb\n\n"] {
            assert_eq!(canonical(ContentFormat::Source, given.into()), b"a\nb\n");
        }
    }

    #[test]
    fn documents_lose_only_what_changes_with_every_save() {
        let one = br#"{"nbformat":4,"cells":[{"metadata":{"application/vnd.databricks.v1+cell":{"nuid":"1","title":"t"}}}]}"#;
        let two = br#"{"cells":[{"metadata":{"application/vnd.databricks.v1+cell":{"title":"t","nuid":"2"}}}],"nbformat":4}"#;
        assert!(is_jupyter(one));
        let kept = canonical(ContentFormat::Jupyter, one.to_vec());
        assert_eq!(kept, canonical(ContentFormat::Jupyter, two.to_vec()));
        assert!(String::from_utf8(kept).unwrap().contains("title"));
    }

    #[test]
    fn files_stay_as_they_are() {
        assert_eq!(canonical(ContentFormat::Raw, b"a\r\n\n\xff".to_vec()), b"a\r\n\n\xff");
    }
}
