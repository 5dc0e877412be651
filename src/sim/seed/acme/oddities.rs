//! What lies in the tree of any organisation that is old enough: odd names, twins, leftovers, what
//! tools left behind, git folders and libraries.

use bytes::Bytes;
use serde_json::json;

use super::super::SeedError;
use super::super::site::Site;
use super::people::Member;
use crate::sim::dialects::repos::{Remote, Revision};
use crate::sim::dialects::tree::{Object, TreePath};

/// Folders whose names do not fit on every disk, each with one notebook.
const NAMES: [&str; 12] = [
    "R&D (2024)",
    "Überblick",
    "データ",
    "run: nightly",
    "what?",
    "a*b",
    "100% done",
    "emoji 🚀",
    "trailing dot.",
    "CON",
    "#hash + plus",
    "\"quoted\" <tags> | pipes",
];

/// What tools make and nobody migrates, below a home.
const LEFTOVERS: [&str; 7] = [
    "Trash/old orders",
    ".bundle/sales/dev/files/src/main",
    ".bundle/sales/dev/state/terraform",
    ".ide/session-1/scratch",
    "project/__pycache__/helpers",
    "project/.ipynb_checkpoints/look-checkpoint",
    "databricks_automl/23-11-02-churn/best trial",
];

/// Plants the oddities.
pub(super) async fn plant(site: &Site, members: &[Member]) -> Result<(), SeedError> {
    for name in NAMES {
        let folder = format!("/Shared/odd/{name}");
        site.folder(&folder).await?;
        site.notebook(&format!("{folder}/notes"), "PYTHON", &format!("print({name:?})")).await?;
    }
    for name in ["Case", "case"] {
        let folder = format!("/Shared/odd/{name}");
        site.folder(&folder).await?;
        for notebook in ["Load", "load"] {
            site.notebook(
                &format!("{folder}/{notebook}"),
                "SQL",
                &format!("SELECT '{name}/{notebook}'"),
            )
            .await?;
        }
    }
    let twin = "# Databricks notebook source\nprint(\"twin\")\n";
    site.import("/Shared/odd/twin.py", "RAW", twin.as_bytes()).await?;
    site.import("/Shared/odd/twin.py", "AUTO", twin.as_bytes()).await?;
    site.notebook("/Shared/odd/ends like a file.py", "PYTHON", "print(\"a notebook\")").await?;
    site.notebook("/Shared/odd/empty", "SCALA", "").await?;
    for folder in ["/Shared/inbox", "/Shared/archive/2019/q1"] {
        site.folder(folder).await?;
    }
    let home = format!("/Users/{}", members[5].user_name);
    for path in LEFTOVERS {
        let path = format!("{home}/{path}");
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        site.folder(folder).await?;
        site.notebook(&path, "PYTHON", "print(\"left behind\")").await?;
    }
    git_folders(site, &home).await?;
    put(site, "/Shared/lib", "legacy-etl-1.2.jar", Object::Library);
    let dashboard = Bytes::from_static(
        b"{\"datasets\":[],\"pages\":[{\"name\":\"p1\",\"displayName\":\"Sales\"}]}",
    );
    put(site, "/Shared/reports", "Sales.lvdash.json", Object::Dashboard { content: dashboard });
    for path in ["/Shared/README.md", "/Shared/assets/countries.csv", "/Shared/assets/model.pkl"] {
        age(site, path);
    }
    Ok(())
}

/// Makes files as old as they look.
fn age(site: &Site, path: &str) {
    const YEARS: i64 = 3 * 365 * 86_400_000;
    site.with_state(|state| {
        if let Some(id) = TreePath::parse(path).and_then(|path| state.tree.find(&path))
            && let Some(node) = state.tree.node_mut(id)
        {
            node.created_at -= YEARS;
            node.modified_at -= YEARS / 2;
        }
    });
}

/// Two git folders, one where they used to lie and one in a home, each with a working copy.
async fn git_folders(site: &Site, home: &str) -> Result<(), SeedError> {
    site.folder("/Repos/data-engineering").await?;
    for (folder, name) in [("/Repos/data-engineering", "pipelines"), (home, "pipelines-fork")] {
        let url = format!("https://git.acme.example/data/{name}.git");
        site.with_state(|state| state.repos.remotes.insert(url.clone(), pipelines()));
        let path = format!("{folder}/{name}");
        let body = json!({ "url": url, "provider": "gitHubEnterprise", "path": path });
        site.post("/api/2.0/repos", body).await?;
    }
    Ok(())
}

/// The repository that both are clones of.
fn pipelines() -> Remote {
    let main = [
        ("README.md", "# Pipelines\n"),
        ("jobs/main.py", "# Databricks notebook source\nprint(\"from git\")\n"),
    ];
    let revision: Revision =
        main.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().collect();
    Remote {
        default_branch: "main".to_owned(),
        branches: ["main", "develop"].map(|name| (name.to_owned(), revision.clone())).into(),
        tags: [("v1".to_owned(), revision.clone())].into(),
        private: false,
    }
}

/// Puts an object which no import makes below a folder.
fn put(site: &Site, folder: &str, name: &str, object: Object) {
    site.with_state(|state| {
        if let Some(parent) = TreePath::parse(folder).and_then(|path| state.tree.find(&path)) {
            let id = state.ids.object();
            state.tree.insert(id, parent, name, object, 0);
        }
    });
}
