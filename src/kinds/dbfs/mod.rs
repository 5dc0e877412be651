//! How files of DBFS are listed, read and written: in blocks, so that none is ever held whole.
//!
//! API: <https://docs.databricks.com/api/workspace/dbfs>

mod list;
mod path;
mod read;
mod write;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::kind::{
    Created, Details, Error, Hooks, Listed, Listing, Live, Omission, Reading, Wanted, Writing,
};

/// The most that one call reads or writes.
const BLOCK: usize = 1024 * 1024;

/// The hooks of files.
pub(super) struct Dbfs;

impl Hooks for Dbfs {
    /// A file is its content; nothing of what a listing tells is anybody's choice.
    fn shape(&self, _: Value) -> Value {
        json!({})
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        path::omission(raw.get("path").and_then(Value::as_str).unwrap_or_default())
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        list::list(cx).boxed()
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
