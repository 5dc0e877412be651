//! The one program that is played: it reads a secret, and prints a part of it in base64.
//!
//! ```python
//! import base64, json
//! asked = json.loads(base64.b64decode("…"))
//! value = dbutils.secrets.getBytes(scope=asked["scope"], key=asked["key"])
//! text = base64.b64encode(bytes(value)).decode("ascii")
//! print(json.dumps({"length": len(text), "part": text[asked["begin"]:asked["end"]]}))
//! ```
//!
//! Its arguments are a JSON document in base64, whose letters cannot end the literal they stand in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

/// The lines around the literal, and the literal's own.
const BEFORE: &str = "import base64, json";
const LITERAL: (&str, &str) = ("asked = json.loads(base64.b64decode(\"", "\"))");
const AFTER: [&str; 3] = [
    "value = dbutils.secrets.getBytes(scope=asked[\"scope\"], key=asked[\"key\"])",
    "text = base64.b64encode(bytes(value)).decode(\"ascii\")",
    "print(json.dumps({\"length\": len(text), \"part\": text[asked[\"begin\"]:asked[\"end\"]]}))",
];

/// What the program is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) scope: String,
    pub(super) key: String,
    begin: usize,
    end: usize,
}

impl Asked {
    /// Understands a program; `None` for any but this one, down to the letter.
    pub(super) fn of(program: &str) -> Option<Self> {
        let lines: Vec<&str> = program.lines().collect();
        let [before, literal, after @ ..] = lines.as_slice() else { return None };
        if *before != BEFORE || after != AFTER {
            return None;
        }
        let literal = literal.strip_prefix(LITERAL.0)?.strip_suffix(LITERAL.1)?;
        serde_json::from_slice(&STANDARD.decode(literal).ok()?).ok()
    }

    /// What the program prints of a value, given in base64. A value that is printed as it is would be
    /// blacked out by a real server.
    pub(super) fn print(&self, text: &str) -> String {
        let part = text.get(self.begin.min(text.len())..self.end.min(text.len()));
        let printed = json!({"length": text.len(), "part": part.unwrap_or_default()}).to_string();
        let value = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match value.filter(|value| !value.is_empty()) {
            Some(value) => printed.replace(&value, "[REDACTED]"),
            None => printed,
        }
    }
}
