//! Git folders: working copies of git repositories in the workspace tree.
//!
//! API: <https://docs.databricks.com/api/workspace/repos>

mod checkout;
mod read;
mod remote;
#[cfg(test)]
mod tests;
mod write;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::git_credential::{self, Visit};
use super::{directory, tree};
use crate::kind::rule;
use crate::kind::{
    Acl, Api, Call, Created, Details, Error, Hooks, Kind, Listed, Live, Omission, Outlook, Reading,
    Ref, Wanted, Writing, regular,
};
use crate::model::{Address, Finding, Resource, ServerId, Source};

pub(super) use read::{look_into, read};
pub(super) use remote::without_credential;

/// What is said of fields that tell what is checked out.
const CHECKOUT: &str = "people check out what they work on; --git-branches plans it";

pub(crate) static KIND: Kind = Kind {
    name: "git_folder",
    about: "Working copies of git repositories: where they are cloned from, and what is checked out.",
    docs: "https://docs.databricks.com/api/workspace/repos",
    api: Api {
        list: Call::get("/api/2.0/workspace/list").items("objects"),
        get: Some(Call::get("/api/2.0/repos/{id}").path_id()),
        create: Some(Call::post("/api/2.0/repos")),
        update: Some(Call::patch("/api/2.0/repos/{id}").path_id()),
        delete: Some(Call::delete("/api/2.0/repos/{id}").path_id()),
    },
    id: "/id",
    key: "/path",
    refs: &[Ref::id("/git_credential_id", &[&git_credential::KIND])],
    rules: &[
        rule::output_only("/id", "the server's identifier"),
        rule::output_only("/object_id", "the server's identifier"),
        rule::output_only("/resource_id", "the server's identifier"),
        rule::output_only("/object_type", "it is the kind"),
        rule::output_only("/created_at", "the server's clock"),
        rule::output_only("/modified_at", "the server's clock"),
        rule::output_only("/size", "git folders have none"),
        rule::output_only("/language", "git folders have none"),
        rule::output_only("/directory_info", "the server's own"),
        rule::output_only("/git_cli_enabled", "people turn it on where they work"),
        rule::path("/path", "a folder in the workspace tree"),
        rule::caseless("/provider", "the server spells it its own way"),
        rule::activity("/branch", CHECKOUT),
        rule::activity("/tag", CHECKOUT),
        rule::activity("/head_commit_id", CHECKOUT),
        rule::sent_only("/git_credential_id", "it is never told which one was taken"),
        rule::sent_only("/tag", "the commit is all that is told of it"),
        rule::set("/sparse_checkout/patterns", "the order means nothing"),
    ],
    acl: Some(Acl::of("repos")),
    listed_with: Some(&directory::KIND),
    after: &[&git_credential::KIND],
    hooks: &GitFolder,
    ..Kind::REGULAR
}
.checked();

struct GitFolder;

impl Hooks for GitFolder {
    fn shape(&self, raw: Value) -> Value {
        checkout::shape(raw)
    }

    fn omit(&self, raw: &Value) -> Option<Omission> {
        let path = raw.get("path").and_then(Value::as_str).unwrap_or("");
        tree::omission(&json!({ "object_type": "REPO", "path": path }))
    }

    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        checkout::doubt(resource).into_iter().collect()
    }

    /// The folder it lies in, and the user whose folder that is.
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        tree::needs(&resource.address.key)
    }

    fn uncreatable(&self, resource: &Resource, _: &Source) -> Option<String> {
        checkout::nameless(&resource.spec)
    }

    fn doubt(
        &self,
        resource: &Resource,
        _: Option<&Resource>,
        target: &Outlook<'_>,
    ) -> Vec<Finding> {
        let provider = resource.spec.get("provider").and_then(Value::as_str).unwrap_or_default();
        let names_one = resource.spec.get("git_credential_id").is_some();
        let visit = Visit { by: &resource.address, provider, who: None, names_one };
        visit.doubt(target).into_iter().collect()
    }

    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        checkout::stranger(&wanted.spec, &live.spec)
    }

    /// What is not committed and pushed is nowhere else.
    fn holds_data(&self) -> bool {
        true
    }

    /// The folder above, the clone, and what is checked out.
    fn create_requests(&self) -> usize {
        4
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        read(cx, listed).boxed()
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

    fn settle<'a>(
        &'a self,
        cx: Writing<'a>,
        id: ServerId,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        write::check_out(cx, id, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        write::update(cx, live, wanted).boxed()
    }

    fn delete<'a>(&'a self, cx: Writing<'a>, live: Live) -> BoxFuture<'a, Result<(), Error>> {
        regular::delete(cx, live).boxed()
    }
}
