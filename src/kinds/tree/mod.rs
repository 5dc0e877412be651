//! The workspace tree: folders, notebooks and files, which share their listing and their calls.
//!
//! API: <https://docs.databricks.com/api/workspace/workspace>

mod archive;
mod content;
mod path;
mod read;
mod walk;
mod write;

pub(super) use path::{needs, normal, omission, parent};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::kind::{
    Created, Details, Error, Hooks, Listed, Listing, Live, Omission, Reading, Rule, Wanted,
    Writing, rule,
};
use crate::model::{Address, Resource};

/// What the listing tells besides the path, the language and the type.
pub(super) const RULES: &[Rule] = &[
    rule::output_only("/object_id", "the server's identifier"),
    rule::output_only("/resource_id", "the server's identifier"),
    rule::output_only("/object_type", "it is the kind"),
    rule::output_only("/path", "it is the key"),
    rule::output_only("/created_at", "the server's clock"),
    rule::output_only("/modified_at", "the server's clock"),
    rule::output_only("/size", "follows from the content"),
    rule::output_only("/directory_info", "the server's own"),
    rule::output_only("/git_info", "the server's own"),
];

/// The hooks of all three kinds.
pub(super) struct Tree;

impl Hooks for Tree {
    /// Of what a listing tells, only the language is anybody's choice, and only that can be sent.
    fn shape(&self, mut raw: Value) -> Value {
        if let Some(map) = raw.as_object_mut() {
            map.retain(|field, _| field == "language");
        }
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        path::omission(raw)
    }

    /// A folder has to be there before what is in it, and a user before what is in their home.
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        path::needs(&resource.address.key)
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        walk::list(cx).boxed()
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        read::read(cx, listed).boxed()
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        read::fresh(cx, listed).boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        write::create(cx, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        _: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        write::overwrite(cx, wanted).boxed()
    }

    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        write::delete(cx, live).boxed()
    }
}
