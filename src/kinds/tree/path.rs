//! Paths of the workspace tree: their one spelling, and which of them are left out.

use serde_json::Value;

use super::super::{directory, git_folder, notebook, user, workspace_file};
use crate::kind::{Kind, OWN_FOLDER, Omission};
use crate::model::Address;

/// The folders every workspace has.
pub(super) const ROOTS: [&str; 4] = ["/", "/Users", "/Shared", "/Repos"];

/// Names below which tools keep what they make.
const TOOL_FOLDERS: [&str; 5] =
    [".ide", ".bundle", "__pycache__", ".ipynb_checkpoints", "databricks_automl"];

/// Endings of files that are other objects' storage.
const FOREIGN_ENDINGS: [&str; 3] = [".lvdash.json", ".dbquery.ipynb", ".dbalert.json"];

/// The one spelling of a path: without `/Workspace`, doubled or trailing slashes.
pub(in crate::kinds) fn normal(path: &str) -> String {
    let path = match path.strip_prefix("/Workspace") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ => path,
    };
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

/// The folder a path is in.
pub(in crate::kinds) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or("")
}

/// Whose home a path is in, if it is in one: below `/Repos` not every folder is somebody's.
pub(super) fn home_owner(path: &str) -> Option<&str> {
    let name = |root: &str| path.strip_prefix(root)?.split('/').next();
    name("/Users/").or_else(|| name("/Repos/").filter(|name| name.contains('@')))
}

/// Whether a folder is looked into although it is left out: roots, homes, and folders of git folders.
pub(super) fn is_passage(folder: &str, omission: &Omission) -> bool {
    ROOTS.contains(&folder) || omission.code == "skipped-home" || parent(folder) == "/Repos"
}

/// The kind of a listed object, if brickform captures it.
pub(super) fn kind_of(raw: &Value) -> Option<&'static Kind> {
    match raw.get("object_type").and_then(Value::as_str)? {
        "DIRECTORY" => Some(&directory::KIND),
        "NOTEBOOK" => Some(&notebook::KIND),
        "FILE" => Some(&workspace_file::KIND),
        "REPO" => Some(&git_folder::KIND),
        _ => None,
    }
}

/// Why an object of the tree is left out, if it is.
pub(in crate::kinds) fn omission(raw: &Value) -> Option<Omission> {
    let path = normal(raw.get("path").and_then(Value::as_str).unwrap_or(""));
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    if ROOTS.contains(&path.as_str()) {
        return Some(Omission::SYSTEM);
    }
    if path.strip_prefix(OWN_FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Some(Omission::OWN);
    }
    let object_type = raw.get("object_type").and_then(Value::as_str);
    let is_folder = object_type == Some("DIRECTORY");
    match segments.as_slice() {
        ["Users", _] if is_folder => {
            return Some(Omission {
                code: "skipped-home",
                reason: "a user's home, which comes with the user",
            });
        }
        ["Users", _, "Trash", ..] => {
            return Some(Omission { code: "skipped-trash", reason: "in the trash" });
        }
        ["Repos", _, _] if object_type == Some("REPO") => {}
        ["Repos", ..] | ["Projects"] => return Some(Omission::TOOL_MADE),
        _ => {}
    }
    let name = file_name(&path);
    let foreign = !is_folder && FOREIGN_ENDINGS.iter().any(|ending| name.ends_with(ending));
    (foreign || segments.iter().any(|segment| TOOL_FOLDERS.contains(segment)))
        .then_some(Omission::TOOL_MADE)
}

/// The objects that have to exist before the one at this path.
pub(in crate::kinds) fn needs(path: &str) -> Vec<Address> {
    let folder = Address::new(directory::KIND.name, parent(path));
    let owner = home_owner(path).map(|owner| Address::new(user::KIND.name, owner.to_lowercase()));
    owner.into_iter().chain([folder]).collect()
}

/// The ending of an exported notebook of this language.
pub(super) fn source_ending(language: &str) -> &'static str {
    match language {
        "SCALA" => ".scala",
        "SQL" => ".sql",
        "R" => ".r",
        _ => ".py",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_spelling_per_path() {
        for (given, wanted) in [
            ("/Workspace/Shared//a/", "/Shared/a"),
            ("/Workspaces/a", "/Workspaces/a"),
            ("/Workspace", "/"),
            ("/", "/"),
            ("/Users/ana@x.com/ b", "/Users/ana@x.com/ b"),
        ] {
            assert_eq!(normal(given), wanted);
        }
    }

    #[test]
    fn leaves_out_what_others_make() {
        let code = |path: &str, kind: &str| {
            omission(&json!({"path": path, "object_type": kind})).map(|o| o.code)
        };
        assert_eq!(code("/Shared", "DIRECTORY"), Some("skipped-system"));
        assert_eq!(code("/Users/a@x.com", "DIRECTORY"), Some("skipped-home"));
        assert_eq!(code("/Users/a@x.com/Trash/n", "NOTEBOOK"), Some("skipped-trash"));
        assert_eq!(code("/Users/a@x.com/.bundle/p/files/n", "NOTEBOOK"), Some("skipped-tool-made"));
        assert_eq!(code("/Shared/x.lvdash.json", "FILE"), Some("skipped-tool-made"));
        assert_eq!(code("/.brickform", "DIRECTORY"), Some("skipped-tool-made"));
        assert_eq!(code("/Workspace/.brickform/lock/1.json", "FILE"), Some("skipped-tool-made"));
        assert_eq!(code("/.brickforms", "DIRECTORY"), None);
        assert_eq!(code("/Shared/.brickform", "DIRECTORY"), None);
        assert_eq!(code("/Shared/x", "NOTEBOOK"), None);
        assert_eq!(code("/Shared/Trash/x", "NOTEBOOK"), None);
    }

    #[test]
    fn needs_folder_and_owner() {
        let needs: Vec<String> =
            needs("/Users/Ana@x.com/etl/load").iter().map(ToString::to_string).collect();
        assert_eq!(needs, ["user:ana@x.com", "directory:/Users/Ana@x.com/etl"]);
    }
}
