//! Simulated workspaces behind the real client, in process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use brickform::client::{
    Limits, Patience, Request, Session, SessionOptions, TransportError, TransportErrorKind, from_fn,
};
use brickform::engine::apply::{Apply, OnStale, Report, Values, apply};
use brickform::engine::{
    Caller, Named, Observation, Observe, PlanInput, Progress, Recording, Rewrites, Sticky, desired,
    observe_selected, plan, record, whoami,
};
use brickform::kind::{Catalogue, Depth, Index, Keep, Kind, Table, What, select_mut};
use brickform::kinds;
use brickform::model::{
    Base, Digest, Options, Plan, Record, Resource, SecretBytes, Selectors, Snapshot, visit_blobs,
};
use brickform::sim::{self, Workspace};
use brickform::store::BlobStore;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderValue};
use serde_json::Value;

/// A simulated workspace, and a session that talks to it in process.
pub(crate) struct World {
    pub(crate) workspace: Workspace,
    pub(crate) session: Session,
    pub(crate) catalogue: Catalogue,
    token: String,
    blobs: BlobStore,
    _dir: tempfile::TempDir,
}

/// A way from a client to a workspace, on which things may happen.
pub(crate) type Gate = Arc<
    dyn Fn(
            Workspace,
            Request,
        )
            -> futures::future::BoxFuture<'static, Result<http::Response<bytes::Bytes>, sim::Cut>>
        + Send
        + Sync,
>;

/// Bytes by digest, from anywhere.
pub(crate) type Contents = BTreeMap<Digest, Vec<u8>>;

/// What a workspace holds: its snapshot and the bytes of its contents.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) snapshot: Snapshot,
    pub(crate) contents: Contents,
}

/// Where values stand in a kind's specs that are put and never shown.
pub(crate) fn inputs(kind: &'static Kind) -> Vec<String> {
    let is_input = |what: What| matches!(what, What::InputOnly(_));
    let rules = Table::of(kind).rules.into_iter();
    rules.filter(|(_, rule)| is_input(rule.what)).map(|(at, _)| at).collect()
}

impl Held {
    /// The same without what each workspace tells in terms of its own of values that are never shown.
    pub(crate) fn without_versions(&self) -> Self {
        let mut held = self.clone();
        for kind in kinds::ALL {
            let places = inputs(kind);
            let all = held.snapshot.resources.values_mut();
            for resource in all.filter(|one| one.address.kind == kind.name) {
                for place in &places {
                    select_mut(&mut resource.spec, place, &mut |_| Keep::No);
                }
            }
            let digest = held.snapshot.kind_digest(kind.name);
            let mark = held.snapshot.kinds.entry(kind.name.to_owned());
            mark.and_modify(|mark| mark.digest = digest);
        }
        held
    }
}

impl brickform::kind::Contents for Held {
    fn open(&self, digest: &Digest) -> std::io::Result<Box<dyn brickform::kind::Opened>> {
        let bytes = self.contents.get(digest).cloned();
        let missing = || std::io::Error::other("content is missing");
        Ok(Box::new(std::io::Cursor::new(bytes.ok_or_else(missing)?)))
    }
}

pub(crate) fn silent() -> Progress {
    Arc::new(|_, _, _| {})
}

/// Calls a simulated workspace without a network.
fn session_of(workspace: &Workspace, token: &str, gate: Option<Gate>, limits: Limits) -> Session {
    let gate = gate.unwrap_or_else(|| {
        Arc::new(|workspace: Workspace, request| {
            async move { workspace.try_call(request).await }.boxed()
        })
    });
    let (workspace, bearer) =
        (workspace.clone(), HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    let transport = from_fn(move |mut request: Request| {
        let (workspace, gate) = (workspace.clone(), gate.clone());
        if request.uri().authority().is_none() {
            request.headers_mut().insert(AUTHORIZATION, bearer.clone());
        }
        async move {
            gate(workspace, request).await.map_err(|_| {
                TransportError::new(TransportErrorKind::Interrupted, "the connection was cut")
            })
        }
    });
    let patience = Patience {
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(20),
        unsure_attempts: 15,
        ..Patience::default()
    };
    let options = SessionOptions { limits, patience, ..SessionOptions::default() };
    Session::new(Arc::new(transport), options)
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(sim::Options { seed, ..sim::Options::default() })
    }

    pub(crate) fn with(options: sim::Options) -> Self {
        let token = options.token.clone();
        Self::of(Workspace::new(options), &token)
    }

    pub(crate) fn of(workspace: Workspace, token: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let session = session_of(&workspace, token, None, Limits::None);
        let (blobs, token) = (BlobStore::new(dir.path()), token.to_owned());
        Self { workspace, session, catalogue: Catalogue::new(kinds::ALL), token, blobs, _dir: dir }
    }

    /// A workspace, and a client that keeps the limits that the workspace keeps.
    pub(crate) fn paced(workspace: Workspace, limits: sim::Limits) -> Self {
        let kept = match limits {
            sim::Limits::None => Limits::None,
            sim::Limits::Published => Limits::Published,
        };
        let mut world = Self::of(workspace, &sim::Options::default().token);
        world.session = session_of(&world.workspace, &world.token, None, kept);
        world
    }

    /// The same workspace, for another client.
    pub(crate) fn again(&self) -> Self {
        Self::of(self.workspace.clone(), &self.token)
    }

    /// The same client, on another way to its workspace.
    pub(crate) fn through(mut self, gate: Gate) -> Self {
        self.session = session_of(&self.workspace, &self.token, Some(gate), Limits::None);
        self
    }

    /// Calls the workspace without brickform's client.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        body: Value,
    ) -> (http::StatusCode, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body.into())
            .unwrap();
        let response = self.workspace.call(request).await;
        (response.status(), serde_json::from_slice(response.body()).unwrap_or_default())
    }

    /// Where contents go that are read.
    pub(crate) fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    pub(crate) async fn planted(seed: u64, what: &str) -> Self {
        let world = Self::new(seed);
        sim::seed::plant(&world.workspace, &what.parse().unwrap()).await.unwrap();
        world
    }

    pub(crate) async fn caller(&self) -> Caller {
        whoami(&self.session).await.unwrap()
    }

    pub(crate) async fn look(&self, also: BTreeSet<String>) -> Observation {
        self.look_at(also, Named::everything(&self.catalogue)).await
    }

    pub(crate) async fn look_at(&self, also: BTreeSet<String>, named: Named) -> Observation {
        self.look_as(also, named, Depth::Whole(None)).await
    }

    /// Looks as far as it takes to keep or to compare.
    pub(crate) async fn look_as(
        &self,
        also: BTreeSet<String>,
        named: Named,
        depth: Depth<'_>,
    ) -> Observation {
        self.look_for(also, named, depth, &Selectors::default()).await
    }

    /// Reads what selectors select, and keeps it.
    pub(crate) async fn export_part(&self, selectors: &Selectors) -> Held {
        let named = Named::everything(&self.catalogue);
        let seen = self.look_for(BTreeSet::new(), named, Depth::Whole(None), selectors).await;
        self.hold(seen.snapshot)
    }

    async fn look_for(
        &self,
        also: BTreeSet<String>,
        named: Named,
        depth: Depth<'_>,
        selectors: &Selectors,
    ) -> Observation {
        let run = Observe {
            session: &self.session.read_only(),
            catalogue: &self.catalogue,
            blobs: &self.blobs,
            depth,
            only: None,
            also,
            named,
            known: Index::default(),
            sticky: &Sticky::new(),
            details: true,
            grants: true,
            progress: silent(),
        };
        observe_selected(&run, &self.caller().await, selectors).await
    }

    pub(crate) async fn export(&self) -> Held {
        self.hold(self.look(BTreeSet::new()).await.snapshot)
    }

    /// A snapshot that was read here, with its contents.
    pub(crate) fn hold(&self, snapshot: Snapshot) -> Held {
        let mut digests: BTreeSet<Digest> = BTreeSet::new();
        for resource in snapshot.resources.values() {
            digests.extend(resource.content.as_ref().map(|content| content.digest.clone()));
            visit_blobs(&resource.spec, &mut |digest| digests.extend([digest]));
        }
        let read = |digest: Digest| (digest.clone(), self.blobs.get(&digest).unwrap());
        let contents = digests.into_iter().map(read).collect();
        Held { snapshot, contents }
    }

    pub(crate) async fn plan(&self, held: &Held, rules: &Rewrites, options: &Options) -> Plan {
        self.plan_onto(held, rules, options, None).await
    }

    /// Plans with what the last apply left.
    pub(crate) async fn plan_onto(
        &self,
        held: &Held,
        rules: &Rewrites,
        options: &Options,
        base: Option<&Base>,
    ) -> Plan {
        let desired = desired(&held.snapshot, &self.catalogue, rules, options);
        let depth = Depth::Compared(Some(&desired.snapshot));
        let named = Named::everything(&self.catalogue);
        let live = self.look_as(desired.referred_kinds(), named, depth).await;
        plan(&PlanInput {
            keys: &Sticky::new(),
            base,
            catalogue: &self.catalogue,
            snapshot: &held.snapshot,
            snapshot_path: "snapshot".into(),
            desired: &desired,
            rewrites_path: None,
            rewrites_digest: rules.digest().cloned(),
            live: &live,
            options: options.clone(),
        })
    }

    /// Applies a plan; `journal` holds the records of earlier runs and receives those of this one.
    pub(crate) async fn apply(
        &self,
        held: &Held,
        rules: &Rewrites,
        plan: &Plan,
        journal: &Mutex<Vec<Record>>,
    ) -> Report {
        let desired = desired(&held.snapshot, &self.catalogue, rules, &plan.options);
        let log = |record: Record| {
            journal.lock().unwrap().push(record);
            async { Ok(()) }.boxed()
        };
        let before = journal.lock().unwrap().clone();
        let (_keep, stop) = tokio::sync::watch::channel(false);
        let caller = self.caller().await;
        apply(&Apply {
            session: &self.session,
            catalogue: &self.catalogue,
            plan,
            unselected: BTreeSet::new(),
            desired: &desired,
            contents: held,
            values: &Given,
            log: &log,
            before,
            blobs: &self.blobs,
            concurrency: 16,
            progress: silent(),
            stop,
            kept: None,
            on_stale: OnStale::Skip,
            caller: &caller,
        })
        .await
    }

    /// What is remembered after a plan was carried out.
    pub(crate) fn remembered(
        &self,
        held: &Held,
        before: &Base,
        plan: &Plan,
        report: &Report,
    ) -> Base {
        let desired = desired(&held.snapshot, &self.catalogue, &Rewrites::default(), &plan.options);
        let (catalogue, keys) = (&self.catalogue, &Sticky::new());
        record(before, &Recording { catalogue, plan, desired: &desired, keys, report })
    }

    /// Plans and applies, and expects everything to succeed.
    pub(crate) async fn sync(&self, held: &Held) -> Plan {
        let rules = Rewrites::default();
        let plan = self.plan(held, &rules, &Options::default()).await;
        let report = self.apply(held, &rules, &plan, &Mutex::default()).await;
        assert!(report.is_success(), "{}", describe(&plan, &report));
        plan
    }
}

/// What went wrong, in words.
pub(crate) fn describe(plan: &Plan, report: &Report) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (id, (outcome, message)) in
        report.outcomes.iter().filter(|(_, (outcome, _))| !outcome.is_success()).take(20)
    {
        let step = plan.steps.iter().find(|step| step.id == *id).unwrap();
        writeln!(text, "{:?} {} {outcome:?}: {message}", step.change, step.address).unwrap();
    }
    for finding in report.findings.iter().take(20) {
        writeln!(text, "{} {}: {}", finding.code, finding.about, finding.message).unwrap();
    }
    text
}

/// A plan's steps, in words.
pub(crate) fn steps(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let fields: Vec<String> = step
                .fields
                .iter()
                .map(|field| format!("{}: {:?} -> {:?}", field.path, field.before, field.after))
                .collect();
            format!("{:?} {} {}", step.change, step.address, fields.join("; "))
        })
        .collect()
}

/// A value for every object that takes one: its own address.
pub(crate) struct Given;

impl Values for Given {
    fn value<'a>(&'a self, wanted: &'a Resource) -> BoxFuture<'a, Result<SecretBytes, String>> {
        async { Ok(SecretBytes::new(wanted.address.to_string().into_bytes())) }.boxed()
    }
}
