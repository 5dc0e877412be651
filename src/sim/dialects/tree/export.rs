//! Getting content out: one object, or a folder as an archive.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

use super::archive;
use super::import::{LIMIT, too_large};
use super::jupyter;
use super::language::Language;
use super::listing::{existing, path_of};
use super::source;
use super::state::{Cells, Node, Object};

/// The most a notebook may have when it is downloaded as bytes.
const DOWNLOAD_LIMIT: usize = 100 * 1024 * 1024;

/// What an object is as a file.
pub(super) struct Exported {
    /// The ending of the file's name, without the dot; empty for none.
    pub(super) extension: String,
    /// The file.
    pub(super) bytes: Bytes,
}

/// `GET /api/2.0/workspace/export`.
pub(super) fn export(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let tree = &state.tree;
    let id = existing(tree, &path_of(call)?)?;
    let Some(node) = tree.node(id) else { return Err(Refusal::not_found("The object is gone.")) };
    let format = call.query("format").unwrap_or("SOURCE");
    let folder = node.object.children().is_some();
    let Exported { extension, bytes } = match (folder, format) {
        (true, "SOURCE" | "AUTO") => {
            let bytes = archive::archive(tree, id, format)?;
            Exported { extension: "zip".to_owned(), bytes }
        }
        _ => single(id, node, format)?,
    };
    if call.query_is_true("direct_download") {
        if bytes.len() > DOWNLOAD_LIMIT && node.object.is_notebook() {
            return Err(too_large());
        }
        return Ok(Answer::Bytes { content_type: "application/octet-stream", bytes });
    }
    let content = STANDARD.encode(&bytes);
    if content.len() > LIMIT {
        return Err(too_large());
    }
    Ok(Answer::Json(json!({"content": content, "file_type": extension})))
}

/// One object in a format.
pub(super) fn single(id: i64, node: &Node, format: &str) -> Result<Exported, Refusal> {
    match (&node.object, format) {
        (Object::Notebook { language, cells }, _) => notebook(id, node, *language, cells, format),
        (Object::File { content } | Object::Dashboard { content }, "SOURCE" | "AUTO" | "RAW") => {
            let extension =
                node.name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default();
            Ok(Exported { extension, bytes: content.clone() })
        }
        (object, _) => Err(unavailable(object.word(), format)),
    }
}

fn notebook(
    id: i64,
    node: &Node,
    language: Language,
    cells: &Cells,
    format: &str,
) -> Result<Exported, Refusal> {
    let body = || match cells {
        Cells::Source(body) => body.clone(),
        Cells::Jupyter(document) => jupyter::body(document, language),
    };
    let (extension, bytes) = match (format, cells) {
        ("SOURCE", _) | ("AUTO", Cells::Source(_)) => {
            (language.extension(), source::with_header(language, &body()).into_bytes())
        }
        ("AUTO" | "JUPYTER", Cells::Jupyter(document)) => {
            ("ipynb", jupyter::exported(document.clone(), language, &node.name, id))
        }
        ("JUPYTER", Cells::Source(body)) => (
            "ipynb",
            jupyter::exported(jupyter::document(language, body), language, &node.name, id),
        ),
        ("HTML", _) => {
            ("html", page(&node.name, &source::with_header(language, &body())).into_bytes())
        }
        _ => return Err(unavailable("NOTEBOOK", format)),
    };
    Ok(Exported { extension: extension.to_owned(), bytes: bytes.into() })
}

fn unavailable(object: &str, format: &str) -> Refusal {
    Refusal::invalid(format!(
        "An object of type {object} cannot be exported in the format {format}."
    ))
}

fn page(title: &str, text: &str) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!DOCTYPE html>\n<html>\n<head><title>{}</title></head>\n<body><pre>{}</pre></body>\n</html>\n",
        escape(title),
        escape(text)
    )
}
