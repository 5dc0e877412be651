//! What users and service principals do alike: they are SCIM objects that rights are granted to.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::scim;
use crate::kind::{Created, Error, Hooks, Live, Omission, Wanted, Writing, at, regular};
use crate::model::ServerId;

/// The hooks of users and service principals.
pub(super) struct Identity {
    /// The SCIM schema of a create.
    pub(super) schema: &'static str,
    /// Pointer to the name rights are granted to.
    pub(super) principal: &'static str,
    /// Why an identity of that name is left out, if it is.
    pub(super) omit: fn(&str) -> Option<Omission>,
    /// Pointer to the name people know it by.
    pub(super) name: &'static str,
}

fn text<'a>(raw: &'a Value, pointer: &str) -> Option<&'a str> {
    at(raw, pointer).and_then(Value::as_str)
}

impl Hooks for Identity {
    fn shape(&self, mut raw: Value) -> Value {
        scim::flatten(&mut raw);
        if self.name != "/displayName" {
            scim::drop_echoed_name(&mut raw, self.name);
        }
        raw
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        (self.omit)(text(raw, self.name).unwrap_or(""))
    }

    fn principal(&self, raw: &Value) -> Option<String> {
        text(raw, self.principal).map(str::to_owned)
    }

    /// A user name is who somebody is; any other name may change.
    fn renames(&self) -> bool {
        self.name != self.principal
    }

    /// A person's home goes with them.
    fn holds_data(&self) -> bool {
        self.name == self.principal
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        scim::unfold(&mut wanted.body, self.schema);
        regular::create(cx, wanted).boxed()
    }

    /// A server may take whoever is new for active, whatever it was told.
    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        id: ServerId,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let inactive = wanted.body.get("active") == Some(&json!(false));
        let off = || scim::operation("replace", "active", Some(json!(false)));
        let operations = inactive.then(off).into_iter().collect();
        async move { scim::patch(cx, id.as_str(), operations).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        scim::update(cx, live, wanted).boxed()
    }
}
