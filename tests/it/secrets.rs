//! Secrets: what a rotation, an edit and a missing value come to, and that nothing is lost on the way.

use std::sync::{Arc, Mutex};

use brickform::engine::apply::Report;
use brickform::engine::{Recording, Rewrites, Sticky, desired, record};
use brickform::model::{
    Address, Base, Change, Deletes, OnEdit, Options, Outcome, Plan, Side, Source,
};
use futures::FutureExt as _;
use http::Response;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::crash::{When, loaded, mortal, options};
use crate::world::{Gate, Held, World, describe, steps};

const PUT: &str = "/api/2.0/secrets/put";

async fn post(world: &World, path: &str, body: Value) {
    let (status, answer) = world.raw("POST", path, body).await;
    assert!(status.is_success(), "{path}: {answer}");
}

async fn put(world: &World, key: &str) {
    let body = json!({"scope": "prod", "key": key, "string_value": "the source's"});
    post(world, PUT, body).await;
}

/// A workspace with a scope, rights on it, two secrets, and a cluster that names one and one that is not there.
async fn source() -> World {
    let world = World::with(options(11));
    post(&world, "/api/2.0/secrets/scopes/create", json!({"scope": "prod"})).await;
    let acl = json!({"scope": "prod", "principal": "users", "permission": "READ"});
    post(&world, "/api/2.0/secrets/acls/put", acl).await;
    put(&world, "a").await;
    put(&world, "b").await;
    let env = json!({"A": "{{secrets/prod/a}}", "NONE": "{{secrets/other/none}}"});
    let cluster = json!({
        "cluster_name": "one", "spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge",
        "num_workers": 1, "spark_env_vars": env,
    });
    post(&world, "/api/2.1/clusters/create", cluster).await;
    world
}

/// The value that the target has, in clear.
async fn value(world: &World, key: &str) -> Option<String> {
    use base64::Engine as _;
    let path = format!("/api/2.0/secrets/get?scope=prod&key={key}");
    let (_, answer) = world.raw("GET", &path, Value::Null).await;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(answer["value"].as_str()?).unwrap();
    Some(String::from_utf8(bytes).unwrap())
}

fn given(key: &str) -> Option<String> {
    Some(format!("secret:prod/{key}"))
}

/// Plans and applies onto what the last apply left, and remembers what this one does.
async fn go_on(target: &World, held: &Held, base: &mut Base, options: &Options) -> (Plan, Report) {
    let rules = Rewrites::default();
    let plan = target.plan_onto(held, &rules, options, Some(base)).await;
    let report = target.apply(held, &rules, &plan, &Mutex::default()).await;
    assert!(report.is_success(), "{}", describe(&plan, &report));
    let desired = desired(&held.snapshot, &target.catalogue, &rules, options);
    *base = record(
        base,
        &Recording {
            catalogue: &target.catalogue,
            plan: &plan,
            desired: &desired,
            keys: &Sticky::new(),
            report: &report,
        },
    );
    (plan, report)
}

fn first_base() -> Base {
    let side = || Side::from(&Source::default());
    Base::new(side(), side())
}

fn moved(plan: &Plan) -> Vec<(Change, String)> {
    plan.steps.iter().map(|step| (step.change, step.address.to_string())).collect()
}

#[tokio::test]
async fn a_rotated_value_is_put_and_nothing_else() {
    let (source, target) = (source().await, World::with(options(22)));
    let (mut base, options) = (first_base(), Options::default());
    let held = source.export().await;
    let (plan, _) = go_on(&target, &held, &mut base, &options).await;
    let at = |address: &str| {
        let found = plan.steps.iter().find(|step| step.address.to_string() == address);
        found.unwrap_or_else(|| panic!("{:#?}", steps(&plan)))
    };
    assert!(at("secret:prod/a").needs.contains(&at("secret_scope:prod").id));
    assert!(
        at("cluster:one").needs.contains(&at("secret:prod/a").id),
        "what it names comes before"
    );
    let named: Vec<&str> = plan
        .findings
        .iter()
        .filter(|one| one.code == "missing-mention")
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(
        named,
        ["it names secret:other/none, which neither the target nor the snapshot has"]
    );
    assert_eq!((value(&target, "a").await, value(&target, "b").await), (given("a"), given("b")));

    put(&target, "b").await;
    let (quiet, _) = go_on(&target, &held, &mut base, &options).await;
    assert_eq!(steps(&quiet), Vec::<String>::new());
    let kept: Vec<String> = quiet.kept.iter().map(|one| one.address.to_string()).collect();
    assert_eq!(kept, ["secret:prod/b"], "an edit in the target stays, and is reported");
    assert_eq!(value(&target, "b").await.as_deref(), Some("the source's"));

    put(&source, "a").await;
    let later = source.export().await;
    let (plan, _) = go_on(&target, &later, &mut base, &options).await;
    assert_eq!(moved(&plan), [(Change::Update, "secret:prod/a".to_owned())]);
    let paths: Vec<&str> = plan.steps[0].fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["/value/version"]);
    let (quiet, _) = go_on(&target, &later, &mut base, &options).await;
    assert_eq!(steps(&quiet), Vec::<String>::new());

    let overwrite = Options { on_edit: OnEdit::Overwrite, ..Options::default() };
    let (plan, _) = go_on(&target, &later, &mut base, &overwrite).await;
    assert_eq!(moved(&plan), [(Change::Update, "secret:prod/b".to_owned())]);
    assert_eq!(value(&target, "b").await, given("b"));
}

#[tokio::test]
async fn both_sides_putting_another_value_is_a_conflict() {
    let (source, target) = (source().await, World::with(options(22)));
    let (mut base, options) = (first_base(), Options::default());
    go_on(&target, &source.export().await, &mut base, &options).await;
    put(&source, "a").await;
    put(&target, "a").await;
    let held = source.export().await;
    let plan = target.plan_onto(&held, &Rewrites::default(), &options, Some(&base)).await;
    assert!(plan.steps.is_empty());
    assert_eq!(plan.conflicts[0].fields[0].path, "/value/version");
}

/// Where nothing is known of the past, a value that is there stays, and that is said.
#[tokio::test]
async fn at_first_contact_a_value_stays() {
    let (source, target) = (source().await, World::with(options(22)));
    post(&target, "/api/2.0/secrets/scopes/create", json!({"scope": "prod"})).await;
    put(&target, "a").await;
    let (held, mut base, options) = (source.export().await, first_base(), Options::default());
    let (plan, _) = go_on(&target, &held, &mut base, &options).await;
    let said = |plan: &Plan| plan.findings.iter().filter(|one| one.code == "unknown-value").count();
    assert_eq!(said(&plan), 1);
    assert_eq!(value(&target, "a").await.as_deref(), Some("the source's"));
    assert_eq!(value(&target, "b").await, given("b"));
    // From then on a rotation in the source is told from what was there.
    put(&source, "a").await;
    let (plan, _) = go_on(&target, &source.export().await, &mut base, &options).await;
    assert_eq!(moved(&plan), [(Change::Update, "secret:prod/a".to_owned())]);
    assert_eq!((said(&plan), value(&target, "a").await), (0, given("a")));
}

#[tokio::test]
async fn what_was_put_since_the_plan_is_not_put_over() {
    let (source, target) = (source().await, World::with(options(22)));
    let (mut base, options) = (first_base(), Options::default());
    let rules = Rewrites::default();
    let held = source.export().await;
    let first = target.plan(&held, &rules, &options).await;
    post(&target, "/api/2.0/secrets/scopes/create", json!({"scope": "prod"})).await;
    put(&target, "a").await;
    let report = target.apply(&held, &rules, &first, &Mutex::default()).await;
    let outcome = |report: &Report, plan: &Plan, address: &str| {
        let is_it = |step: &&brickform::model::Step| {
            step.address.to_string() == address && step.change != Change::Grants
        };
        report.outcomes[&plan.steps.iter().find(is_it).unwrap().id].0
    };
    assert_eq!(outcome(&report, &first, "secret:prod/a"), Outcome::Stale);
    assert_eq!(value(&target, "a").await.as_deref(), Some("the source's"));

    go_on(&target, &held, &mut base, &options).await;
    put(&source, "a").await;
    let held = source.export().await;
    let plan = target.plan_onto(&held, &rules, &options, Some(&base)).await;
    put(&target, "a").await;
    let report = target.apply(&held, &rules, &plan, &Mutex::default()).await;
    assert_eq!(outcome(&report, &plan, "secret:prod/a"), Outcome::Stale);
}

/// Killed at any request, an apply that puts values goes on to the same end.
#[tokio::test(start_paused = true)]
async fn killed_at_any_request_no_value_is_lost() {
    let (source, target) = (source().await, World::with(options(22)));
    let (mut base, options_of_plan) = (first_base(), Options::default());
    let first = source.export().await;
    go_on(&target, &first, &mut base, &options_of_plan).await;
    let state = tempfile::tempdir().unwrap();
    target.workspace.save(state.path()).unwrap();
    put(&source, "a").await;
    put(&source, "c").await;
    let held = source.export().await;
    let rules = Rewrites::default();
    let plan = target.plan_onto(&held, &rules, &options_of_plan, Some(&base)).await;
    assert_eq!(
        moved(&plan),
        [
            (Change::Update, "secret:prod/a".to_owned()),
            (Change::Create, "secret:prod/c".to_owned()),
        ]
    );
    for when in [When::Before, When::After] {
        for at in 1.. {
            let (target, dead) = (loaded(22, state.path()), Arc::new(Notify::new()));
            // What is put is not what is there, so that a put that was left out would show.
            put(&target, "b").await;
            let mortal_one = target.again().through(mortal(at, when, dead.clone()).0);
            let journal = Mutex::default();
            let died = tokio::select! {
                biased;
                () = dead.notified() => true,
                _ = mortal_one.apply(&held, &rules, &plan, &journal) => false,
            };
            let report = target.apply(&held, &rules, &plan, &journal).await;
            assert!(report.is_success(), "{when:?} {at}: {}", describe(&plan, &report));
            assert_eq!(value(&target, "a").await, given("a"), "{when:?} {at}");
            assert_eq!(value(&target, "c").await, given("c"), "{when:?} {at}");
            if !died {
                assert!(at > 4, "{at} requests");
                break;
            }
        }
    }
}

/// A refusal that repeats what was sent reaches nobody.
#[tokio::test]
async fn a_refused_value_is_not_repeated() {
    let (source, target) = (source().await, World::with(options(22)));
    let refusing: Gate = Arc::new(|workspace, request| {
        async move {
            if request.uri().path() != PUT {
                return workspace.try_call(request).await;
            }
            let sent = String::from_utf8_lossy(request.body()).into_owned();
            let body = json!({"error_code": "MALFORMED_REQUEST", "message": format!("Could not parse {sent}")});
            Ok(Response::builder().status(400).body(body.to_string().into()).unwrap())
        }
        .boxed()
    });
    let (target, held) = (target.through(refusing), source.export().await);
    let plan = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    let journal = Mutex::default();
    let report = target.apply(&held, &Rewrites::default(), &plan, &journal).await;
    let said = format!("{report:?} {}", json!(*journal.lock().unwrap()));
    assert!(said.contains("left out because they repeat the value"), "{said}");
    assert!(!said.contains("secret:prod/a\\\"") && !said.contains("string_value"), "{said}");
    let failed = |(outcome, _): &(Outcome, String)| *outcome == Outcome::Failed;
    assert_eq!(report.outcomes.values().filter(|one| failed(one)).count(), 2, "{said}");
    assert!(
        report.left.contains_key(&Address::new("cluster", "one")),
        "what only names them goes on"
    );
}

/// A workspace without access control makes only scopes that everybody manages, and says so.
#[tokio::test]
async fn a_scope_that_everybody_has_to_manage_is_made_so() {
    const CREATE: &str = "/api/2.0/secrets/scopes/create";
    let (source, sent) = (source().await, Arc::new(Mutex::new(Vec::<Value>::new())));
    let seen = sent.clone();
    let picky: Gate = Arc::new(move |workspace, request| {
        let seen = seen.clone();
        async move {
            if request.uri().path() != CREATE {
                return workspace.try_call(request).await;
            }
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            seen.lock().unwrap().push(body.clone());
            if body.get("initial_manage_principal").is_some() {
                return workspace.try_call(request).await;
            }
            let said = "Premium Tier is disabled in this workspace. Secret scope can only be \
                        created with initial_manage_principal \"users\".";
            let refused = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": said});
            Ok(Response::builder().status(400).body(refused.to_string().into()).unwrap())
        }
        .boxed()
    });
    let (target, held) = (World::with(options(22)).through(picky), source.export().await);
    target.sync(&held).await;
    let sent = sent.lock().unwrap().clone();
    let told: Vec<_> =
        sent.iter().map(|body| (&body["scope"], &body["initial_manage_principal"])).collect();
    let prod = json!("prod");
    assert_eq!(told, [(&prod, &Value::Null), (&prod, &json!("users"))]);
    assert_eq!(value(&target, "a").await, given("a"));
    // Everybody may read, as in the source, and manages no more.
    let again = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert_eq!(steps(&again), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_key_vault_holds_is_listed_and_left_where_it_is() {
    let source = source().await;
    source.workspace.seed_key_vault(
        "vault",
        "/subscriptions/1",
        "https://v.vault.azure.net/",
        &["k"],
    );
    let held = source.export().await;
    let codes: Vec<(&str, &str)> = held
        .snapshot
        .findings
        .iter()
        .map(|finding| (finding.code.as_str(), finding.about.as_str()))
        .collect();
    assert!(codes.contains(&("key-vault", "secret_scope:vault")), "{codes:?}");
    assert!(codes.contains(&("skipped-key-vault", "secret:vault/k")), "{codes:?}");
    assert!(!held.snapshot.resources.contains_key(&Address::new("secret", "vault/k")));

    let target = World::with(options(22));
    let plan = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    let report = target.apply(&held, &Rewrites::default(), &plan, &Mutex::default()).await;
    let failed: Vec<&String> = report
        .outcomes
        .values()
        .filter(|(outcome, _)| *outcome == Outcome::Failed)
        .map(|(_, message)| message)
        .collect();
    assert!(failed.len() == 1 && failed[0].contains("userAADToken"), "{failed:?}");

    post(&target, "/api/2.0/secrets/scopes/create", json!({"scope": "vault"})).await;
    let plan = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    let blocked: Vec<(String, &str)> =
        plan.blocked.iter().map(|one| (one.address.to_string(), one.reason.as_str())).collect();
    assert_eq!(blocked[0].0, "secret_scope:vault", "{blocked:?}");
    assert!(blocked[0].1.contains("backed by Databricks"), "{blocked:?}");
}

/// One scope that may not be listed does not stop the others.
#[tokio::test]
async fn a_scope_that_cannot_be_read_is_a_finding() {
    let source = source().await;
    post(&source, "/api/2.0/secrets/scopes/create", json!({"scope": "hidden"})).await;
    let refusing: Gate = Arc::new(|workspace, request| {
        async move {
            let target = request.uri().to_string();
            if !target.contains("scope=hidden") {
                return workspace.try_call(request).await;
            }
            let body = json!({"error_code": "PERMISSION_DENIED", "message": "no"});
            Ok(Response::builder().status(403).body(body.to_string().into()).unwrap())
        }
        .boxed()
    });
    let held = source.through(refusing).export().await.snapshot;
    let scope = Address::new("secret_scope", "hidden");
    let of_scope: Vec<&str> = held
        .findings
        .iter()
        .filter(|one| one.is_about(&scope))
        .map(|one| one.code.as_str())
        .collect();
    assert_eq!(of_scope, ["unreadable", "unreadable-rights"]);
    assert!(held.resources.contains_key(&scope) && held.resources[&scope].grants.is_none());
    assert!(!held.kinds["secret"].complete && held.of_kind("secret").count() == 2);
    assert!(held.resources[&Address::new("secret_scope", "prod")].grants.is_some());
}

#[tokio::test]
async fn a_scope_goes_only_when_nothing_unseen_is_in_it() {
    let target = source().await;
    let absent = |names: &[&str]| {
        let absent = names.iter().map(|name| name.parse().unwrap()).collect();
        Options { deletes: Deletes { absent, ..Deletes::default() }, ..Options::default() }
    };
    let empty = Held { snapshot: Default::default(), contents: Default::default() };
    let rules = Rewrites::default();
    let plan = target.plan(&empty, &rules, &absent(&["secret:prod/a"])).await;
    assert!(plan.blocked[0].reason.contains("cluster:one"), "{:?}", plan.blocked);
    let gone = ["cluster:one", "secret_scope:prod", "secret:prod/a", "secret:prod/b"];
    let plan = target.plan(&empty, &rules, &absent(&gone)).await;
    put(&target, "new").await;
    let report = target.apply(&empty, &rules, &plan, &Mutex::default()).await;
    let said: Vec<&String> = report.outcomes.values().map(|(_, said)| said).collect();
    assert!(said.iter().any(|said| said.contains("it holds new")), "{said:?}");
    assert_eq!(value(&target, "new").await.as_deref(), Some("the source's"));
    assert_eq!(value(&target, "a").await, None);
}
