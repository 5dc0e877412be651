//! The engine knows no kind by name: it moves one that was made up here, in ten lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use brickform::client::{Limits, Patience, Request, Session, SessionOptions, from_fn};
use brickform::engine::apply::{Apply, NoValues, OnStale, apply};
use brickform::engine::{
    Caller, Named, Observation, Observe, PlanInput, Rewrites, Sticky, desired, observe, plan,
    whoami,
};
use brickform::kind::rule::{self, Json};
use brickform::kind::{Api, Call, Catalogue, Depth, Index, Kind, Ref, Rule};
use brickform::model::{Address, Change, Options, Plan, Snapshot};
use brickform::store::BlobStore;
use futures::FutureExt as _;
use http::{Method, Response};
use serde_json::{Value, json};

use crate::world::{silent, steps};

const RULES: &[Rule] = &[
    rule::output_only("/id", "the server's identifier"),
    rule::default("/size", Json::Int(1), "the server's default"),
    rule::immutable("/shape", "a toy keeps its shape"),
];

static TOY: Kind = Kind {
    name: "toy",
    about: "Things to play with.",
    docs: "https://toys.example",
    api: Api {
        list: Call::get("/toys").items("toys"),
        get: Some(Call::get("/toys/{id}").path_id()),
        create: Some(Call::post("/toys")),
        update: Some(Call::patch("/toys/{id}").path_id()),
        delete: Some(Call::delete("/toys/{id}").path_id()),
    },
    rules: RULES,
    refs: &[Ref::id("/beside", &[&TOY])],
    ..Kind::REGULAR
}
.checked();

type Toys = Arc<Mutex<BTreeMap<u64, Value>>>;

/// Answers as a server of toys would.
fn answer(toys: &Toys, method: &Method, path: &str, body: &[u8]) -> (u16, Value) {
    let mut toys = toys.lock().unwrap();
    let id: Option<u64> = path.strip_prefix("/toys/").and_then(|id| id.parse().ok());
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    match (method.as_str(), id) {
        ("GET", None) if path == "/toys" => {
            (200, json!({"toys": toys.values().cloned().collect::<Vec<_>>()}))
        }
        ("POST", None) => {
            let id = toys.keys().max().map_or(1000, |last| last + 7);
            let mut toy = json!({"size": 1});
            toy.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
            toy["id"] = json!(id);
            toys.insert(id, toy.clone());
            (200, toy)
        }
        ("GET", Some(id)) => toys.get(&id).map_or((404, json!({})), |toy| (200, toy.clone())),
        ("PATCH", Some(id)) => {
            let mut toy = sent;
            toy["id"] = json!(id);
            toys.insert(id, toy.clone());
            (200, toy)
        }
        ("DELETE", Some(id)) => toys.remove(&id).map_or((404, json!({})), |_| (200, json!({}))),
        _ if path.ends_with("/Me") => {
            (200, json!({"userName": "kid", "groups": [{"display": "admins"}]}))
        }
        _ => (404, json!({"error_code": "ENDPOINT_NOT_FOUND"})),
    }
}

struct Room {
    toys: Toys,
    session: Session,
    catalogue: Catalogue,
    blobs: BlobStore,
    _dir: tempfile::TempDir,
}

impl Room {
    fn with(toys: &[Value]) -> Self {
        let by_id = toys.iter().map(|toy| (toy["id"].as_u64().unwrap(), toy.clone()));
        let toys: Toys = Arc::new(Mutex::new(by_id.collect()));
        let served = Arc::clone(&toys);
        let transport = from_fn(move |request: Request| {
            let (status, body) =
                answer(&served, request.method(), request.uri().path(), request.body());
            let response = Response::builder().status(status);
            std::future::ready(Ok(response.body(body.to_string().into()).unwrap()))
        });
        let options = SessionOptions {
            limits: Limits::None,
            patience: Patience::default(),
            concurrency: 4,
            ..SessionOptions::default()
        };
        let dir = tempfile::tempdir().unwrap();
        Self {
            toys,
            session: Session::new(Arc::new(transport), options),
            catalogue: Catalogue::new(&[&TOY]),
            blobs: BlobStore::new(dir.path()),
            _dir: dir,
        }
    }

    async fn caller(&self) -> Caller {
        whoami(&self.session).await.unwrap()
    }

    async fn look(&self) -> Observation {
        let run = Observe {
            session: &self.session.read_only(),
            catalogue: &self.catalogue,
            blobs: &self.blobs,
            depth: Depth::Whole(None),
            only: None,
            also: BTreeSet::new(),
            named: Named::default(),
            known: Index::default(),
            sticky: &Sticky::new(),
            details: true,
            grants: true,
            progress: silent(),
        };
        observe(&run, &self.caller().await).await
    }

    async fn plan(&self, snapshot: &Snapshot) -> Plan {
        let options = Options::default();
        let desired = desired(snapshot, &self.catalogue, &Rewrites::default(), &options);
        plan(&PlanInput {
            keys: &Sticky::new(),
            base: None,
            catalogue: &self.catalogue,
            snapshot,
            snapshot_path: "toys".into(),
            desired: &desired,
            rewrites_path: None,
            rewrites_digest: None,
            live: &self.look().await,
            options,
        })
    }

    async fn apply(&self, snapshot: &Snapshot, plan: &Plan) {
        let desired = desired(snapshot, &self.catalogue, &Rewrites::default(), &plan.options);
        let (_keep, stop) = tokio::sync::watch::channel(false);
        let report = apply(&Apply {
            session: &self.session,
            catalogue: &self.catalogue,
            plan,
            unselected: BTreeSet::new(),
            desired: &desired,
            contents: &self.blobs,
            values: &NoValues,
            log: &|_| async { Ok(()) }.boxed(),
            before: Vec::new(),
            blobs: &self.blobs,
            concurrency: 4,
            progress: silent(),
            stop,
            kept: None,
            on_stale: OnStale::Skip,
            caller: &self.caller().await,
        })
        .await;
        assert!(report.is_success(), "{report:#?}");
    }
}

#[tokio::test]
async fn a_kind_that_nobody_knows_is_captured_planned_and_applied() {
    let source = Room::with(&[
        json!({"id": 1, "name": "bear", "size": 1, "shape": "round", "colour": "brown"}),
        json!({"id": 2, "name": "ball", "size": 2, "shape": "round", "beside": 1}),
        json!({"id": 3, "name": "cube", "shape": "square", "beside": null}),
    ]);
    let snapshot = source.look().await.snapshot;
    let toy = |name: &str| &snapshot.resources[&Address::new("toy", name)].spec;
    assert_eq!(*toy("bear"), json!({"name": "bear", "shape": "round", "colour": "brown"}));
    assert_eq!(toy("ball")["beside"], json!({"$ref": "toy:bear"}));
    assert_eq!(*toy("cube"), json!({"name": "cube", "shape": "square"}));

    let target = Room::with(&[
        json!({"id": 50, "name": "ball", "size": 3, "shape": "round"}),
        json!({"id": 51, "name": "cube", "size": 1, "shape": "oblong"}),
        json!({"id": 52, "name": "kite"}),
    ]);
    let first = target.plan(&snapshot).await;
    let shown: Vec<(Change, &str, Vec<&str>)> = first
        .steps
        .iter()
        .map(|step| {
            let paths = step.fields.iter().map(|field| field.path.as_str()).collect();
            (step.change, step.address.key.as_str(), paths)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (Change::Create, "bear", vec![]),
            (Change::Update, "ball", vec!["/beside", "/size"]),
            (Change::Replace, "cube", vec!["/shape"]),
        ]
    );
    assert_eq!((first.steps[1].needs.as_slice(), first.summary.foreign), ([1].as_slice(), 1));
    target.apply(&snapshot, &first).await;
    assert_eq!(steps(&target.plan(&snapshot).await), Vec::<String>::new());

    let toys = target.toys.lock().unwrap().clone();
    let named = |name: &str| toys.values().find(|toy| toy["name"] == name).unwrap();
    assert_eq!(named("ball")["beside"], named("bear")["id"]);
    assert_eq!(named("ball")["id"], 50, "it was changed in place");
    assert!(!toys.contains_key(&51), "it was replaced");
    assert_eq!(*named("kite"), json!({"id": 52, "name": "kite"}), "nobody asked for it");
}

#[tokio::test]
async fn what_cannot_be_created_without_the_other_is_blocked() {
    let room = Room::with(&[
        json!({"id": 1, "name": "chicken", "beside": 2}),
        json!({"id": 2, "name": "egg", "beside": 1}),
        json!({"id": 3, "name": "top", "beside": 9}),
        json!({"id": 4, "name": "bear"}),
    ]);
    let snapshot = room.look().await.snapshot;
    let target = Room::with(&[]);
    let plan = target.plan(&snapshot).await;
    let blocked: Vec<(&str, bool)> = plan
        .blocked
        .iter()
        .map(|one| (one.address.key.as_str(), one.reason.contains("cycle")))
        .collect();
    assert_eq!(blocked, [("chicken", true), ("egg", true), ("top", false)]);
    assert_eq!(steps(&plan), ["Create toy:bear "]);
    target.apply(&snapshot, &plan).await;
    assert_eq!(target.toys.lock().unwrap().len(), 1);
}
