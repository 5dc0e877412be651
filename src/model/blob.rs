//! Bytes that a spec speaks of and that are stored beside it: `$blob:sha256:…`.
//!
//! A text of a server that begins so is escaped by one more `$`, as keys are.

use serde_json::Value;

use super::Digest;

const MARK: &str = "$blob:";

/// Writes a digest as one whose bytes are stored beside the snapshot.
pub fn to_blob(digest: &Digest) -> Value {
    Value::String(format!("{MARK}{digest}"))
}

/// The digest of the bytes that a value stands for, if it stands for any.
pub fn as_blob(value: &Value) -> Option<Digest> {
    Digest::parse(value.as_str()?.strip_prefix(MARK)?)
}

/// Calls `visit` for every digest within `value` whose bytes are stored beside the snapshot.
pub fn visit_blobs(value: &Value, visit: &mut impl FnMut(Digest)) {
    match value {
        Value::String(_) => {
            if let Some(digest) = as_blob(value) {
                visit(digest);
            }
        }
        Value::Object(map) => map.values().for_each(|inner| visit_blobs(inner, visit)),
        Value::Array(items) => items.iter().for_each(|item| visit_blobs(item, visit)),
        _ => {}
    }
}

/// Whether a text is one that [`as_blob`] may read, or such a text escaped.
pub(super) fn is_marked(text: &str) -> bool {
    text.starts_with('$') && text.trim_start_matches('$').starts_with(&MARK[1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{digest_bytes, escape, unescape};
    use serde_json::json;

    #[test]
    fn only_what_is_marked_stands_for_bytes() {
        let digest = digest_bytes(b"abc");
        let spec = json!({"runs": {"a": to_blob(&digest)}, "list": [digest, "$blob:sha256:12"]});
        let mut found = Vec::new();
        visit_blobs(&spec, &mut |digest| found.push(digest));
        assert_eq!(found, [digest]);
    }

    #[test]
    fn a_servers_text_is_never_taken_for_it() {
        let text = to_blob(&digest_bytes(b"abc"));
        let mut raw = json!({"a": [text, "$blob:", "$$blob:x", "$blob", "$5"]});
        for _ in 0..2 {
            let escaped = escape(raw.clone());
            let mut found = 0;
            visit_blobs(&escaped, &mut |_| found += 1);
            assert_eq!(found, 0);
            assert_eq!(unescape(escaped.clone()), raw);
            raw = escaped;
        }
    }
}
