//! What a table cannot say: how a kind is shaped, listed, read and written.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use jiff::civil::Date;
use serde_json::Value;

use super::{Contents, Error, Kind, Outlook, regular};
use crate::client::Session;
use crate::model::{
    Address, Content, Finding, Resource, SecretBytes, Server, ServerId, Snapshot, Source,
};
use crate::store::BlobStore;

/// Which objects are to be looked at.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All of them.
    Everything,
    /// Those with these natural keys (before any `~2`).
    Keys(BTreeSet<String>),
    /// Those of this day and of later ones, of a kind that is kept by day.
    Since(Date),
    /// Those of the tree that are at or below some paths, and not at or below others.
    Places {
        /// Where to look.
        within: BTreeSet<String>,
        /// Where not to look, for all that.
        without: BTreeSet<String>,
    },
}

impl Scope {
    /// Whether a key is in the scope.
    pub fn has(&self, key: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Keys(keys) => keys.contains(key),
            Self::Since(day) => day_of(key).is_some_and(|of| of >= *day),
            Self::Places { within, without } => {
                // A home may be spelled otherwise than its owner is; what is left out is left out as it is spelled.
                let lower = key.to_lowercase();
                within.iter().any(|place| is_within(&lower, &place.to_lowercase()))
                    && !without.iter().any(|place| is_within(key, place))
            }
        }
    }
}

/// How far the bytes are read that specs speak of, where reading them is costly.
///
/// Either way what an earlier or a wanted snapshot says may be taken from it where it is found unchanged.
#[derive(Clone, Copy)]
pub enum Depth<'a> {
    /// Whole, so that they can be kept.
    Whole(Option<&'a Snapshot>),
    /// So far that it can be told whether they are those of the snapshot.
    Compared(Option<&'a Snapshot>),
}

impl<'a> Depth<'a> {
    /// The snapshot that is compared with.
    pub fn snapshot(self) -> Option<&'a Snapshot> {
        match self {
            Self::Whole(snapshot) | Self::Compared(snapshot) => snapshot,
        }
    }

    /// Whether bytes are kept.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

/// The day that a key ends in.
pub(super) fn day_of(key: &str) -> Option<Date> {
    key.rsplit_once('/')?.1.parse().ok()
}

/// Whether a path of the tree is another, or below it.
pub fn is_within(path: &str, place: &str) -> bool {
    path.strip_prefix(place.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is at hand while reading.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The kind that is read.
    pub kind: &'static Kind,
    /// The workspace.
    pub session: &'a Session,
    /// Which objects matter; a listing may yield more.
    pub scope: &'a Scope,
    /// Where contents go.
    pub blobs: &'a BlobStore,
    /// How far bytes are read.
    pub depth: Depth<'a>,
}

/// One object as a listing shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its kind; a listing may yield several.
    pub kind: &'static Kind,
    /// Its identifier.
    pub id: ServerId,
    /// Its natural key, before duplicates are told apart.
    pub key: String,
    /// When it was created, in milliseconds, as far as the server tells; orders namesakes.
    pub created: i64,
    /// What the listing said.
    pub raw: Value,
}

/// What a listing found.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The objects.
    pub objects: Vec<Listed>,
    /// What was left out, and what could not be listed; an error among them makes the listing incomplete.
    pub findings: Vec<Finding>,
}

/// One object, read whole.
#[derive(Clone, Debug)]
pub struct Details {
    /// What the server said.
    pub raw: Value,
    /// Its content, where it has one.
    pub content: Option<Content>,
}

/// Why an object is left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    /// A stable word, such as `system`.
    pub code: &'static str,
    /// The reason, for people.
    pub reason: &'static str,
}

impl Omission {
    /// Made by the platform, present in every workspace.
    pub const SYSTEM: Self =
        Self { code: "skipped-system", reason: "built in, present in every workspace" };
    /// Made by another tool or feature, which makes it anew.
    pub const TOOL_MADE: Self = Self {
        code: "skipped-tool-made",
        reason: "made and owned by another tool or feature of the platform",
    };
    /// Made by brickform itself, for itself.
    pub const OWN: Self = Self {
        code: "skipped-tool-made",
        reason: "made by brickform itself: its lock, and what it remembers of this workspace",
    };
}

/// The folder of a workspace in which each user has a home.
pub const HOMES: &str = "/Users";

/// The folder of a workspace that is brickform's own: its lock, and what it remembers there.
pub const OWN_FOLDER: &str = "/.brickform";

/// How the names of registered models begin that are brickform's own: its lock on a plain MLflow server.
pub const OWN_MODELS: &str = ".brickform.";

/// What is wanted of one object, ready to be sent.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The resource as the plan wants it.
    pub resource: &'a Resource,
    /// Its spec with references resolved.
    pub body: Value,
    /// What it takes and never shows, where that is put now.
    pub value: Option<SecretBytes>,
}

/// What is at hand while writing.
#[derive(Clone, Copy)]
pub struct Writing<'a> {
    /// The kind that is written.
    pub kind: &'static Kind,
    /// The workspace.
    pub session: &'a Session,
    /// Where contents come from.
    pub contents: &'a dyn Contents,
}

/// A live object that is changed or deleted.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its identifier.
    pub id: ServerId,
    /// What the server says of it now.
    pub raw: Value,
    /// Pointers to the fields that differ from what is wanted.
    pub changed: Vec<String>,
}

/// A newly created object.
#[derive(Clone, Debug, Default)]
pub struct Created {
    /// Its identifier, where the answer told it.
    pub id: Option<ServerId>,
    /// The name rights are granted to, where it is a principal.
    pub principal: Option<String>,
}

/// What a kind does otherwise than its table says. Every method has a regular body.
pub trait Hooks: Sync {
    /// Brings what the server said into the shape the table describes. Pure.
    fn shape(&self, raw: Value) -> Value {
        raw
    }

    /// Why a listed object is left out, if it is. Pure.
    fn omit(&self, raw: &Value) -> Option<Omission> {
        let _ = raw;
        None
    }

    /// The name rights are granted to, where the object is a principal. Pure.
    fn principal(&self, raw: &Value) -> Option<String> {
        let _ = raw;
        None
    }

    /// Takes a last look at a captured object: mends what cannot travel, and says what a person should know. Pure.
    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        let _ = resource;
        Vec::new()
    }

    /// Whether the identity that calls may be changed by its own call. Pure.
    fn may_change_caller(&self) -> bool {
        false
    }

    /// Objects that have to exist before this one, beyond what its references say. Pure.
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        let _ = resource;
        Vec::new()
    }

    /// Why the object cannot be created in a workspace through the API, if it cannot. Pure.
    fn uncreatable(&self, resource: &Resource, target: &Source) -> Option<String> {
        let _ = (resource, target);
        None
    }

    /// Why the object cannot be on a server of this sort, and what to do, if it cannot. Pure.
    fn unfit(&self, resource: &Resource, server: Server) -> Option<(String, String)> {
        let _ = (resource, server);
        None
    }

    /// Why a live object of the same name is another thing, which no change makes the wanted one, if it is. Pure.
    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        let _ = (wanted, live);
        None
    }

    /// What a wanted object relies on in the target and may not find there, beyond what it refers to; `live` is
    /// what is there of it. Pure.
    fn doubt(
        &self,
        resource: &Resource,
        live: Option<&Resource>,
        target: &Outlook<'_>,
    ) -> Vec<Finding> {
        let _ = (resource, live, target);
        Vec::new()
    }

    /// Whether an object is nothing but what a delete leaves behind: still shown, and never deleted again. Pure.
    fn is_deleted(&self, spec: &Value) -> bool {
        let _ = spec;
        false
    }

    /// The names of those that every workspace has and rights can be granted to, whether or not a listing shows them.
    fn always_there(&self) -> &'static [&'static str] {
        &[]
    }

    /// Where an update that is under way, and one that was cut off, shows something else than before it and after
    /// it. Pure.
    fn detours(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it tells what happened: it is added to, and never brought back to what it was. Pure.
    fn is_history(&self) -> bool {
        false
    }

    /// Whether a listed object has rights of its own, where its kind has any. Pure.
    fn has_rights(&self, raw: &Value) -> bool {
        let _ = raw;
        true
    }

    /// The spec as it is created first when some references have to wait, because of a cycle. Pure.
    fn without(&self, spec: &Value, deferred: &[Address]) -> Option<Value> {
        let _ = (spec, deferred);
        None
    }

    /// Sets the spec so that nothing starts by itself in the target. Pure.
    fn pause(&self, spec: &mut Value) {
        let _ = spec;
    }

    /// Sets the spec so that the server checks what it is otherwise asked not to. Pure.
    fn have_checked(&self, spec: &mut Value) {
        let _ = spec;
    }

    /// Whether an object keeps its identity under another name: whether an update can rename it.
    fn renames(&self) -> bool {
        false
    }

    /// Whether deleting one loses data that no snapshot holds, so that the kind has to be named for it.
    fn holds_data(&self) -> bool {
        false
    }

    /// Why a change of one is felt far beyond it, if it is. Pure.
    fn reach(&self) -> Option<&'static str> {
        None
    }

    /// How many requests creating one takes, for the estimate.
    fn create_requests(&self) -> usize {
        1
    }

    /// Lists the objects in scope, and perhaps more.
    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        Box::pin(regular::list(cx))
    }

    /// Reads listed objects whole, those of kinds that are listed with this one too. Each is answered for, in any order.
    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        Box::pin(regular::read(cx, listed))
    }

    /// Reads one object as it is at this moment, whatever the listing said.
    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        Box::pin(regular::fresh(cx, listed))
    }

    /// Creates an object.
    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        Box::pin(regular::create(cx, wanted))
    }

    /// Brings an object that was just created to rest. May be called again, and must then change nothing.
    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        id: ServerId,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let _ = (cx, id, wanted);
        Box::pin(async { Ok(()) })
    }

    /// Changes an object so that it is as wanted.
    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(regular::update(cx, live, wanted))
    }

    /// Deletes an object; succeeds if it is gone already.
    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(regular::delete(cx, live))
    }
}
