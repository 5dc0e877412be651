//! Notebooks in the JUPYTER format, and the way between it and text.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::language::Language;
use super::source::{self, Cell};

const OF_NOTEBOOK: &str = "application/vnd.databricks.v1+notebook";
const OF_CELL: &str = "application/vnd.databricks.v1+cell";

/// Reads an ipynb document. `None` if the bytes are no such document.
pub(crate) fn parse(bytes: &[u8]) -> Option<Value> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let cells = document.get("cells")?.as_array()?;
    let whole = document.get("nbformat").is_some_and(Value::is_i64)
        && cells.iter().all(|cell| {
            cell.get("cell_type").is_some_and(Value::is_string) && text(cell).is_some()
        });
    whole.then_some(document)
}

/// The body of a document: its cells as text.
pub(crate) fn body(document: &Value, language: Language) -> String {
    let cells: Vec<Cell> = document["cells"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|cell| {
            let text = text(cell)?;
            Some(if cell["cell_type"] == "markdown" {
                Cell::Markdown(text)
            } else {
                Cell::Code(text)
            })
        })
        .collect();
    source::body(language, &cells)
}

/// The document which the service makes of a body.
pub(crate) fn document(language: Language, body: &str) -> Value {
    let cells: Vec<Value> = source::cells(language, body)
        .into_iter()
        .map(|cell| match cell {
            Cell::Markdown(text) => json!({"cell_type": "markdown", "metadata": {}, "source": lines(&text)}),
            Cell::Code(text) => json!({
                "cell_type": "code", "execution_count": 0, "metadata": {}, "outputs": [], "source": lines(&text),
            }),
        })
        .collect();
    json!({
        "cells": cells,
        "metadata": {"language_info": {"name": language.word().to_lowercase()}},
        "nbformat": 4,
        "nbformat_minor": 0,
    })
}

/// The bytes of a document as exported: every cell and the notebook carry what the service notes
/// about them, which names this object and differs in every workspace.
pub(crate) fn exported(
    mut document: Value,
    language: Language,
    name: &str,
    object_id: i64,
) -> Vec<u8> {
    if let Some(cells) = document["cells"].as_array_mut() {
        for (index, cell) in cells.iter_mut().enumerate() {
            let note = json!({
                "cellMetadata": {}, "inputWidgets": {}, "nuid": nuid(object_id, index), "showTitle": false, "title": "",
            });
            annotate(cell, OF_CELL, note);
        }
    }
    let note = json!({
        "dashboards": [], "language": language.word().to_lowercase(), "notebookName": name, "widgets": {},
        "notebookMetadata": {"pythonIndentUnit": 4},
    });
    annotate(&mut document, OF_NOTEBOOK, note);
    let mut bytes = format!("{document:#}").into_bytes();
    bytes.push(b'\n');
    bytes
}

fn annotate(holder: &mut Value, key: &str, note: Value) {
    let Some(holder) = holder.as_object_mut() else { return };
    let metadata = holder.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert(key.to_owned(), note);
    }
}

fn nuid(object_id: i64, index: usize) -> String {
    let digest = Sha256::digest(format!("{object_id}/{index}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn text(cell: &Value) -> Option<String> {
    match cell.get("source")? {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{body, document, exported, parse};
    use crate::sim::dialects::tree::language::Language;

    #[test]
    fn a_document_keeps_the_text_it_was_made_of() {
        let text = "# MAGIC %md\n# MAGIC ## Load\n\n# COMMAND ----------\n\nx = 1\ny = 2";
        let made = document(Language::Python, text);
        assert_eq!(made["cells"][0]["cell_type"], "markdown");
        assert_eq!(made["cells"][1]["source"], json!(["x = 1\n", "y = 2"]));
        assert_eq!(body(&made, Language::Python), text);
    }

    #[test]
    fn an_export_names_its_object() {
        let made = document(Language::Python, "x = 1");
        let here = exported(made.clone(), Language::Python, "load", 7);
        assert_ne!(here, exported(made, Language::Python, "load", 8));
        let read: Value = parse(&here).unwrap();
        assert_eq!(
            read["metadata"]["application/vnd.databricks.v1+notebook"]["notebookName"],
            "load"
        );
        assert_eq!(body(&read, Language::Python), "x = 1");
    }

    #[test]
    fn what_is_no_notebook_is_refused() {
        assert_eq!(parse(b"not json"), None);
        assert_eq!(parse(br#"{"cells": []}"#), None);
        assert_eq!(parse(br#"{"cells": [{"cell_type": "code"}], "nbformat": 4}"#), None);
        assert!(parse(br#"{"cells": [], "nbformat": 4}"#).is_some());
    }
}
