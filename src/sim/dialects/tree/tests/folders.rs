//! Making and deleting folders.

use serde_json::json;

use super::service::Service;

#[test]
fn mkdirs_makes_what_is_missing_and_may_be_repeated() {
    let mut service = Service::new();
    assert_eq!(service.mkdirs("/Workspace/Shared//a/b/"), Ok(json!({})));
    let first = service.status("/Shared/a/b").unwrap();
    assert_eq!(service.mkdirs("/Shared/a/b"), Ok(json!({})));
    assert_eq!(service.status("/Workspace/Shared/a/b").unwrap(), first);
    assert_eq!(first["object_type"], "DIRECTORY");
    assert_eq!(first["path"], "/Shared/a/b");
}

#[test]
fn mkdirs_stops_at_what_is_no_folder() {
    let mut service = Service::new();
    service.import("/Shared/file", "RAW", b"x", json!({})).unwrap();
    assert_eq!(service.mkdirs("/Shared/file/below"), Err((400, "RESOURCE_ALREADY_EXISTS")));
    assert_eq!(service.mkdirs("/Shared/file"), Err((400, "RESOURCE_ALREADY_EXISTS")));
    assert_eq!(service.mkdirs("Shared/a"), Err((400, "INVALID_PARAMETER_VALUE")));
}

#[test]
fn homes_are_the_service_s_own() {
    let mut service = Service::new();
    assert_eq!(service.mkdirs("/Users/ada@acme.example/etl"), Ok(json!({})));
    assert_eq!(service.mkdirs("/Users/nobody@acme.example/etl"), Err((400, "DIRECTORY_PROTECTED")));
    assert_eq!(service.delete("/Users/ada@acme.example", true), Err((400, "DIRECTORY_PROTECTED")));
    assert_eq!(service.delete("/Users/gone@acme.example", true), Ok(json!({})));
    for root in ["/", "/Users", "/Shared", "/Repos", "/Workspace"] {
        assert_eq!(service.delete(root, true), Err((400, "DIRECTORY_PROTECTED")), "{root}");
    }
}

#[test]
fn below_repos_there_are_only_folders_of_git_folders() {
    let mut service = Service::new();
    assert_eq!(service.mkdirs("/Repos/team"), Ok(json!({})));
    assert_eq!(service.mkdirs("/Repos/team/deeper"), Err((400, "DIRECTORY_PROTECTED")));
    assert_eq!(
        service.import("/Repos/team/x", "RAW", b"x", json!({})),
        Err((400, "DIRECTORY_PROTECTED"))
    );
}

#[test]
fn delete_asks_before_it_empties_a_folder() {
    let mut service = Service::new();
    service.mkdirs("/Shared/a/b").unwrap();
    assert_eq!(service.delete("/Shared/a", false), Err((400, "DIRECTORY_NOT_EMPTY")));
    assert_eq!(service.delete("/Shared/a/b", false), Ok(json!({})));
    assert_eq!(service.delete("/Shared/a", false), Ok(json!({})));
    assert_eq!(service.delete("/Shared/a", false), Err((404, "RESOURCE_DOES_NOT_EXIST")));
    service.mkdirs("/Shared/c/d/e").unwrap();
    assert_eq!(service.delete("/Shared/c", true), Ok(json!({})));
    assert_eq!(service.status("/Shared/c/d/e"), Err((404, "RESOURCE_DOES_NOT_EXIST")));
}
