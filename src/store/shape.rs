//! What to say of data that does not have the form it should.

/// Says what is wrong without showing a value.
pub(super) fn problem(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let harmless = ["unknown field", "missing field", "duplicate field"];
    if harmless.iter().any(|start| message.starts_with(start)) {
        message.to_owned()
    } else {
        "the value does not have the form it should".to_owned()
    }
}
