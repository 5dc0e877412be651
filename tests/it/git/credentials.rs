//! Git credentials on their way from one workspace to another, and the clones that need them.

use brickform::engine::Rewrites;
use brickform::model::{Address, Change, Options};
use serde_json::{Value, json};

use super::folders::{at, carry_out, clone, ok, plan};
use super::repository::Repository;
use super::server::{TOKEN, serve_to};
use crate::world::{World, steps};

const PATH: &str = "/api/2.0/git-credentials";

/// The token that an apply puts here is the address of what it is for.
const RELEASE: &str = "git_credential:github/release";

async fn keep(world: &World, name: &str, is_default: bool) -> Value {
    let body = json!({"git_provider": "gitHub", "git_username": "ann", "name": name,
        "personal_access_token": TOKEN, "is_default_for_provider": is_default});
    ok(world, "POST", PATH, body).await
}

/// The name of the credential that is taken where none is named.
async fn default_of(world: &World) -> String {
    let listed = ok(world, "GET", PATH, Value::Null).await;
    let mut all = listed["credentials"].as_array().unwrap().iter();
    let found = all.find(|one| one["is_default_for_provider"] == true).unwrap();
    found["name"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_comes_before_the_clone_that_it_lets_in() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    keep(&source, "release", true).await;
    clone(&source, &repository.url(), "/Shared/private").await;
    let mut held = source.export().await;
    let url = serve_to(&repository, RELEASE).await;
    let folder: Address = "git_folder:/Shared/private".parse().unwrap();
    held.snapshot.resources.get_mut(&folder).unwrap().spec["url"] = json!(url);
    let made = target.sync(&held).await;
    let step = |kind: &str| made.steps.iter().find(|step| step.address.kind == kind).unwrap();
    let [credential, folder] = ["git_credential", "git_folder"].map(step);
    assert!(folder.needs.contains(&credential.id), "{:#?}", steps(&made));
    let arrived = at(&target, "/Shared/private").await;
    assert_eq!(arrived["head_commit_id"], json!(repository.commit_of("main")));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_default_takes_over() {
    let (source, target) = (World::new(1), World::new(2));
    let [first, second] = [keep(&source, "release", true).await, keep(&source, "z", false).await];
    assert_eq!(first["is_default_for_provider"], true);
    target.sync(&source.export().await).await;
    assert_eq!(default_of(&target).await, "release");

    let path = format!("{PATH}/{}", second["credential_id"]);
    let change = json!({"git_provider": "gitHub", "is_default_for_provider": true});
    ok(&source, "PATCH", &path, change).await;
    let held = source.export().await;
    let made = plan(&target, &held, false).await;
    let [step] = made.steps.as_slice() else { panic!("{:#?}", steps(&made)) };
    assert_eq!((step.change, step.address.key.as_str()), (Change::Update, "github/z"));
    carry_out(&target, &held, &made).await;
    assert_eq!(default_of(&target).await, "z");
    assert_eq!(steps(&plan(&target, &held, false).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_may_name_a_credential_that_is_not_the_default() {
    let (source, target, repository) = (World::new(1), World::new(2), Repository::new());
    keep(&source, "daily", true).await;
    keep(&source, "release", false).await;
    let folder = clone(&source, &repository.url(), "/Shared/etl").await;
    super::folders::check_out(&source, &folder, json!({"branch": "develop"})).await;
    let mut held = source.export().await;
    let address: Address = "git_folder:/Shared/etl".parse().unwrap();
    let spec = &mut held.snapshot.resources.get_mut(&address).unwrap().spec;
    spec["url"] = json!(serve_to(&repository, RELEASE).await);
    spec["git_credential_id"] = json!({"$ref": RELEASE});
    target.sync(&held).await;
    assert_eq!(at(&target, "/Shared/etl").await["branch"], "develop");
    let again = plan(&target, &held, true).await;
    assert_eq!(steps(&again), Vec::<String>::new(), "which one was taken is told by nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_there_stays_as_it_is() {
    let (source, target) = (World::new(1), World::new(2));
    keep(&source, "release", true).await;
    keep(&target, "release", true).await;
    let held = source.export().await;
    let made = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&made), Vec::<String>::new());
    let said = made.findings.iter().find(|finding| finding.about == RELEASE).unwrap();
    assert_eq!(said.code, "unknown-value");
}
