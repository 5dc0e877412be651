//! Where a file stands that a setting names.

/// Where a file stands, by how its place is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the workspace tree, at this path.
    Tree(String),
    /// In the workspace's own file system, at this path: `dbfs:/…`.
    Dbfs(String),
    /// In a volume, or outside of the workspace.
    Elsewhere,
}

/// The spellings of the workspace's own file system: as an address, and as clusters mount it.
const DBFS: [&str; 2] = ["dbfs:", "/dbfs/"];

impl Place {
    /// Reads a place; `None` for a name, or for a path that is relative to something else.
    pub fn of(text: &str) -> Option<Self> {
        if let Some(rest) = DBFS.iter().find_map(|spelling| text.strip_prefix(spelling)) {
            let rest = rest.trim_start_matches('/');
            return Some(match rest.strip_prefix("Volumes/") {
                Some(_) => Self::Elsewhere,
                None => Self::Dbfs(format!("dbfs:/{rest}")),
            });
        }
        if text.contains(":/") {
            return Some(Self::Elsewhere);
        }
        let path = match text.strip_prefix("/Workspace") {
            Some(rest) if rest.starts_with('/') => rest,
            _ => text,
        };
        let path = path.trim_end_matches('/');
        match path.split('/').nth(1)? {
            "Volumes" => Some(Self::Elsewhere),
            _ if path.starts_with('/') => Some(Self::Tree(path.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_by_its_spelling() {
        let tree = |path: &str| Some(Place::Tree(path.to_owned()));
        let dbfs = |path: &str| Some(Place::Dbfs(path.to_owned()));
        for (text, place) in [
            ("/Workspace/Shared/a.whl", tree("/Shared/a.whl")),
            ("/Users/ana@x.com/init.sh", tree("/Users/ana@x.com/init.sh")),
            ("/Workspaces/a/", tree("/Workspaces/a")),
            ("dbfs:/FileStore/a.jar", dbfs("dbfs:/FileStore/a.jar")),
            ("dbfs:///FileStore/a.jar", dbfs("dbfs:/FileStore/a.jar")),
            ("/dbfs/FileStore/a.jar", dbfs("dbfs:/FileStore/a.jar")),
            ("dbfs:/Volumes/c/s/v/a.jar", Some(Place::Elsewhere)),
            ("/Volumes/c/s/v/a.jar", Some(Place::Elsewhere)),
            ("/Repos/ana@x.com/lib/a.whl", tree("/Repos/ana@x.com/lib/a.whl")),
            ("s3://bucket/a.jar", Some(Place::Elsewhere)),
            ("https://x.com/a.whl", Some(Place::Elsewhere)),
            ("src/main.py", None),
            ("numpy==1.26", None),
            ("", None),
        ] {
            assert_eq!(Place::of(text), place, "{text}");
        }
    }
}
