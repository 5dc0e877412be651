//! `list` and `get-status`.

use serde_json::json;

use super::service::Service;

#[test]
fn a_listing_is_one_folder() {
    let mut service = Service::new();
    service.mkdirs("/Shared/a/deep").unwrap();
    service.import("/Shared/n", "SOURCE", b"select 1", json!({"language": "SQL"})).unwrap();
    assert_eq!(service.list("/"), ["DIRECTORY /Repos", "DIRECTORY /Shared", "DIRECTORY /Users"]);
    assert_eq!(service.list("/Workspace/"), service.list("/"));
    assert_eq!(service.list("/Shared"), ["DIRECTORY /Shared/a", "NOTEBOOK /Shared/n"]);
    assert_eq!(service.list("/Shared/n"), ["NOTEBOOK /Shared/n"]);
    assert_eq!(
        service.get("/api/2.0/workspace/list", &[("path", "/Shared/a/deep")]),
        Ok(json!({}))
    );
    let missing = service.get("/api/2.0/workspace/list", &[("path", "/Shared/x")]);
    assert_eq!(missing, Err((404, "RESOURCE_DOES_NOT_EXIST")));
}

#[test]
fn names_are_case_sensitive() {
    let mut service = Service::new();
    service.mkdirs("/Shared/Load").unwrap();
    service.mkdirs("/Shared/load").unwrap();
    assert_eq!(service.list("/Shared").len(), 2);
    assert_eq!(service.status("/shared"), Err((404, "RESOURCE_DOES_NOT_EXIST")));
}

#[test]
fn each_type_tells_its_own() {
    let mut service = Service::new();
    service.import("/Shared/n", "SOURCE", b"1", json!({"language": "R"})).unwrap();
    service.import("/Shared/f.txt", "RAW", b"12345", json!({})).unwrap();
    let notebook = service.status("/Shared/n").unwrap();
    assert_eq!(notebook["language"], "R");
    assert_eq!(notebook.get("size"), None);
    assert_eq!(notebook["resource_id"], notebook["object_id"].to_string());
    let file = service.status("/Shared/f.txt").unwrap();
    assert_eq!(file["size"], 5);
    assert_eq!(file["created_at"], file["modified_at"]);
    assert_eq!(file.get("language"), None);
    service.import("/Shared/f.txt", "RAW", b"1", json!({"overwrite": true})).unwrap();
    let later = service.status("/Shared/f.txt").unwrap();
    assert_eq!(later["object_id"], file["object_id"]);
    assert!(later["modified_at"].as_i64() > later["created_at"].as_i64());
}

#[test]
fn old_notebooks_can_be_left_out() {
    let mut service = Service::new();
    service.import("/Shared/n", "SOURCE", b"1", json!({"language": "R"})).unwrap();
    service.import("/Shared/f", "RAW", b"1", json!({})).unwrap();
    let query = [("path", "/Shared"), ("notebooks_modified_after", "99999999")];
    let answer = service.get("/api/2.0/workspace/list", &query).unwrap();
    assert_eq!(answer["objects"].as_array().unwrap().len(), 1);
    assert_eq!(answer["objects"][0]["path"], "/Shared/f");
    let query = [("path", "/Shared"), ("notebooks_modified_after", "yesterday")];
    assert_eq!(
        service.get("/api/2.0/workspace/list", &query),
        Err((400, "INVALID_PARAMETER_VALUE"))
    );
}

#[test]
fn nobody_can_rely_on_the_order() {
    let mut service = Service::new();
    for name in 0..20 {
        service.mkdirs(&format!("/Shared/{name}")).unwrap();
    }
    let first = service.get("/api/2.0/workspace/list", &[("path", "/Shared")]).unwrap();
    let second = service.get("/api/2.0/workspace/list", &[("path", "/Shared")]).unwrap();
    assert_ne!(first, second);
}
