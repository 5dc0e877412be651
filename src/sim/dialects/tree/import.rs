//! Bringing content in: `workspace/import`, and `workspace-files/import-file` for what is larger.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::state::State as Workspace;

use super::folders::may_hold;
use super::jupyter;
use super::language::Language;
use super::listing::absolute;
use super::path::TreePath;
use super::rights;
use super::source;
use super::state::{Cells, Object};

/// The most that `import` and `export` carry in one JSON document.
pub(super) const LIMIT: usize = 10 * 1024 * 1024;

/// The refusal of what is larger than [`LIMIT`].
pub(super) fn too_large() -> Refusal {
    Refusal::new(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", format!("Size exceeds {LIMIT} bytes"))
}

struct Request {
    path: TreePath,
    format: String,
    language: Option<Language>,
    overwrite: bool,
    content: Bytes,
}

/// `POST /api/2.0/workspace/import`, as JSON or as a form.
pub(super) fn import(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let request = read(call)?;
    let drops = state.tree.habits.drops_final_newline;
    let (path, object) = decide(&request, drops)?;
    place(state, call, &path, object, request.overwrite, 400)
}

/// `POST /api/2.0/workspace-files/import-file/{path}`: the body is the content. What is a notebook
/// by its name and header becomes one, as with `AUTO`.
pub(super) fn import_file(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let written = call.param("path");
    let path = absolute(&format!("/{written}"))?;
    let drops = state.tree.habits.drops_final_newline;
    let (path, object) = auto(&path, call.raw, drops)?;
    place(state, call, &path, object, call.query_is_true("overwrite"), 409)
}

fn read(call: &Call<'_>) -> Result<Request, Refusal> {
    let text = |name: &str| match &call.form {
        Some(form) => form.text(name),
        None => call.text(name),
    };
    let path =
        absolute(text("path").ok_or_else(|| Refusal::invalid("Missing required field: path"))?)?;
    let language = match text("language") {
        None => None,
        Some(word) => Some(
            Language::named(word)
                .ok_or_else(|| Refusal::invalid(format!("Unknown language: {word}")))?,
        ),
    };
    let (overwrite, content) = match &call.form {
        Some(form) => {
            let content = form.parts.get("content").cloned().unwrap_or_default();
            (form.text("overwrite") == Some("true"), content)
        }
        None => {
            let encoded = call.text("content").unwrap_or_default();
            if encoded.len() > LIMIT {
                return Err(too_large());
            }
            let content = STANDARD
                .decode(encoded)
                .map_err(|_| Refusal::invalid("The content is not valid base64."))?;
            (
                call.body.get("overwrite").and_then(Value::as_bool).unwrap_or_default(),
                content.into(),
            )
        }
    };
    if content.len() > LIMIT {
        return Err(too_large());
    }
    let format = text("format").unwrap_or("SOURCE").to_owned();
    Ok(Request { path, format, language, overwrite, content })
}

/// What the content becomes, and where.
fn decide(request: &Request, drops_final_newline: bool) -> Result<(TreePath, Object), Refusal> {
    let path = request.path.clone();
    let object = match request.format.as_str() {
        "SOURCE" => {
            let language = request.language.ok_or_else(|| {
                Refusal::invalid(format!(
                    "The language of the notebook ({path}) must be set for the format SOURCE."
                ))
            })?;
            notebook(language, &request.content, drops_final_newline)?
        }
        "JUPYTER" => ipynb(&request.content)?,
        "AUTO" => return auto(&path, &request.content, drops_final_newline),
        "RAW" => Object::File { content: request.content.clone() },
        other => {
            return Err(Refusal::invalid(format!(
                "The format {other} cannot be imported into a simulated workspace."
            )));
        }
    };
    Ok((path, object))
}

/// What `AUTO` makes of a content: a notebook if the name's ending and the first line say so.
pub(super) fn auto(
    path: &TreePath,
    content: &Bytes,
    drops_final_newline: bool,
) -> Result<(TreePath, Object), Refusal> {
    let name = path.name();
    if let Some((stem, ending)) = name.rsplit_once('.')
        && ending.eq_ignore_ascii_case("ipynb")
        && !stem.is_empty()
    {
        return Ok((path.renamed(stem), ipynb(content)?));
    }
    if let Some((language, stem)) = Language::of_file(name)
        && let Ok(text) = std::str::from_utf8(content)
        && source::without_header(language, text).is_some()
    {
        return Ok((path.renamed(stem), notebook(language, content, drops_final_newline)?));
    }
    Ok((path.clone(), Object::File { content: content.clone() }))
}

fn notebook(
    language: Language,
    content: &[u8],
    drops_final_newline: bool,
) -> Result<Object, Refusal> {
    let text = std::str::from_utf8(content)
        .map_err(|_| Refusal::invalid("The content of a notebook must be UTF-8 text."))?;
    let mut body = source::without_header(language, text).unwrap_or(text);
    if drops_final_newline {
        body = body.strip_suffix('\n').unwrap_or(body);
    }
    Ok(Object::Notebook { language, cells: Cells::Source(body.to_owned()) })
}

fn ipynb(content: &[u8]) -> Result<Object, Refusal> {
    let document = jupyter::parse(content)
        .ok_or_else(|| Refusal::invalid("The content is not a valid Jupyter notebook."))?;
    Ok(Object::Notebook { language: Language::Python, cells: Cells::Jupyter(document) })
}

fn place(
    state: &mut Workspace,
    call: &Call<'_>,
    path: &TreePath,
    object: Object,
    overwrite: bool,
    conflict: u16,
) -> Result<Answer, Refusal> {
    let parent = path.parent();
    let folder = state
        .tree
        .find(&parent)
        .filter(|id| state.tree.node(*id).is_some_and(|node| node.object.children().is_some()))
        .ok_or_else(|| {
            Refusal::not_found(format!("The parent folder ({parent}) does not exist."))
        })?;
    let Some(id) = state.tree.find(path) else {
        may_hold(&state.tree, folder, false)?;
        let id = state.ids.object();
        state.tree.insert(id, folder, path.name(), object, call.now);
        rights::of_creator(state, id, call);
        return Ok(Answer::nothing());
    };
    if !overwrite {
        return Err(Refusal::new(
            conflict,
            "RESOURCE_ALREADY_EXISTS",
            format!("Path ({path}) already exists."),
        ));
    }
    if let Some(node) = state.tree.node_mut(id) {
        let (asked, actual) = (object.word(), node.object.word());
        if asked != actual {
            return Err(Refusal::invalid(format!(
                "Cannot overwrite the asset at {path} due to type mismatch (asked: {asked}, actual: {actual})"
            )));
        }
        node.object = object;
        node.modified_at = call.now;
    }
    Ok(Answer::nothing())
}
