//! What the permissions of an object stand on.

use serde_json::json;

use super::service::Service;
use crate::sim::dialects::permissions::grant_creator;
use crate::sim::dialects::tree::SECURABLES;
use crate::sim::http::Caller;

fn id(service: &mut Service, path: &str) -> String {
    service.status(path).unwrap()["object_id"].to_string()
}

#[test]
fn an_object_inherits_from_every_folder_above_it() {
    let mut service = Service::new();
    service.mkdirs("/Users/ada@acme.example/etl").unwrap();
    service
        .import("/Users/ada@acme.example/etl/n", "SOURCE", b"1", json!({"language": "SQL"}))
        .unwrap();
    let notebook = id(&mut service, "/Users/ada@acme.example/etl/n");
    let (home, etl, users) = (
        id(&mut service, "/Users/ada@acme.example"),
        id(&mut service, "/Users/ada@acme.example/etl"),
        id(&mut service, "/Users"),
    );
    let notebooks = SECURABLES.iter().find(|securable| securable.path == "notebooks").unwrap();
    let parents = (notebooks.parents)(&service.state, &notebook);
    let folders = [etl, home.clone(), users, "0".into()].map(|id| ("directories".to_owned(), id));
    assert_eq!(parents, folders);
    assert_eq!((notebooks.home_of)(&service.state, &home).as_deref(), Some("ada@acme.example"));
    assert_eq!((notebooks.home_of)(&service.state, &notebook), None);
}

#[test]
fn each_type_answers_only_for_its_own() {
    let mut service = Service::new();
    service.import("/Shared/f", "RAW", b"1", json!({})).unwrap();
    let file = id(&mut service, "/Shared/f");
    let found: Vec<_> = SECURABLES
        .iter()
        .filter(|securable| (securable.exists)(&service.state, &file))
        .map(|s| s.path)
        .collect();
    assert_eq!(found, ["files"]);
    assert!(!SECURABLES.iter().any(|securable| (securable.exists)(&service.state, "no number")));
}

#[test]
fn grants_end_with_their_object() {
    let mut service = Service::new();
    service.mkdirs("/Shared/a/b").unwrap();
    let folder = id(&mut service, "/Shared/a/b");
    let caller = Caller { id: "2".into(), user_name: "bob@acme.example".into(), is_admin: false };
    grant_creator(&mut service.state, "directories", &folder, &caller, "CAN_READ");
    assert_eq!(service.state.permissions.grants.len(), 1);
    service.delete("/Shared/a", true).unwrap();
    assert!(service.state.permissions.grants.is_empty());
}

#[test]
fn a_grant_for_the_creator_is_a_habit() {
    let mut service = Service::new();
    service.mkdirs("/Shared/a").unwrap();
    assert!(service.state.permissions.grants.is_empty());
    service.state.tree.habits.grants_creator = true;
    service.mkdirs("/Shared/b").unwrap();
    let folder = id(&mut service, "/Shared/b");
    let grants = &service.state.permissions.grants[&format!("directories/{folder}")];
    assert_eq!((grants[0].principal.as_str(), grants[0].level.as_str()), ("1", "CAN_MANAGE"));
}
