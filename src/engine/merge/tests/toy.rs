//! A kind in which every word of a table that a merge heeds occurs, and what the tests say of objects of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::engine::merge::{Deciding, Merge, awaited, merge, overlay, record};
use crate::kind::rule::{self, Json};
use crate::kind::{Kind, Table, canon};
use crate::model::{
    Address, Content, ContentFormat, Divergence, Image, OnConflict, OnEdit, Recorded, Resource,
    Take, digest_bytes,
};

static KIND: Kind = Kind {
    name: "toy",
    rules: &[
        rule::keyed("/tasks", "task_key", "-"),
        rule::set("/tasks/*/labels", "-"),
        rule::server_filled("/tasks/*/source", "-"),
        rule::set("/roles", "-"),
        rule::set("/tags", "-"),
        rule::default("/tags", Json::List, "-"),
        rule::default("/conf", Json::Object, "-"),
        rule::default("/env", Json::Object, "-"),
        rule::server_filled("/env", "-"),
        rule::json_text("/doc", "-"),
        rule::caseless("/mail", "-"),
        rule::server_filled("/zone", "-"),
        rule::server_filled("/filled", "-"),
        rule::server_filled("/aws/*", "-"),
        rule::immutable("/disk", "-"),
    ],
    ..Kind::REGULAR
};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(&KIND));

pub(super) fn table() -> &'static Table {
    &TABLE
}

pub(super) fn object(spec: Value) -> Resource {
    let spec = canon(table(), spec);
    Resource { address: Address::new("toy", "x"), spec, grants: None, content: None }
}

pub(super) fn content(name: char) -> Content {
    let digest = digest_bytes(name.to_string().as_bytes());
    Content { format: ContentFormat::Source, digest, size: 1 }
}

pub(super) fn recorded(sent: &Resource, echoed: Option<&Resource>) -> Recorded {
    Recorded {
        sent: Image::of(sent),
        echoed: echoed.map(Image::of),
        source_object: None,
        target_object: Some("it".to_owned()),
        protected: true,
    }
}

/// One way to decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Policy {
    pub(super) on_edit: OnEdit,
    pub(super) on_conflict: OnConflict,
    pub(super) resolve: Option<Take>,
}

impl Policy {
    pub(super) const CAREFUL: Self =
        Self { on_edit: OnEdit::Keep, on_conflict: OnConflict::Stop, resolve: None };

    /// All of them that differ: a resolution goes before the rest.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for on_edit in [OnEdit::Keep, OnEdit::Overwrite] {
            for on_conflict in [OnConflict::Stop, OnConflict::Source, OnConflict::Target] {
                all.push(Self { on_edit, on_conflict, resolve: None });
            }
        }
        all.push(Self { resolve: Some(Take::Source), ..Self::CAREFUL });
        let contrary =
            Self { on_edit: OnEdit::Overwrite, on_conflict: OnConflict::Source, resolve: None };
        all.push(Self { resolve: Some(Take::Target), ..contrary });
        all
    }

    pub(super) fn merge(self, desired: &Resource, base: &Recorded, live: &Resource) -> Merge {
        let resolve = |_: &Divergence| self.resolve;
        let Self { on_edit, on_conflict, .. } = self;
        let deciding = Deciding { on_edit, on_conflict, resolve: &resolve };
        merge(table(), desired, base, live, &deciding)
    }
}

/// What must hold after every merge: it can be told again, and applying it leaves only what it said.
///
/// The server takes what is wanted, makes of some fields what it made of them before, and shows one
/// more field that it fills in.
pub(super) fn check_aftermath(
    desired: &Resource,
    base: &Recorded,
    merged: &Merge,
    again: impl Fn(&Recorded, &Resource) -> Merge,
) {
    let table = table();
    assert_eq!(overlay(table, desired, &merged.merged), merged.wanted);
    if merged.kept.is_empty() && merged.conflicts.is_empty() {
        assert_eq!(merged.wanted, *desired);
    }
    if !merged.conflicts.is_empty() {
        return;
    }
    let mut shown = awaited(table, &merged.wanted, &merged.not_convergent);
    if let Value::Object(spec) = &mut shown.spec {
        spec.entry("filled").or_insert(json!("filled in"));
    }
    let after = record(table, desired, Some(base), &merged.kept, &shown);
    assert_eq!(after.target_object, base.target_object);
    assert_eq!(after.protected, base.protected);
    let second = again(&after, &shown);
    assert_eq!(second.changes, [], "a second plan asks for a change");
    assert_eq!(second.kept, merged.kept, "what is kept is told again");
    assert_eq!(second.conflicts, []);
    assert_eq!(
        awaited(table, &second.wanted, &second.not_convergent).content,
        shown.content,
        "contents stay"
    );
}

/// The elements of a list, whatever their order.
pub(super) fn elements(list: Option<&Value>) -> BTreeSet<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.map(|item| item.as_str().unwrap().to_owned()).collect()
}
