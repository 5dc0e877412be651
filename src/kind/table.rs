//! A kind: one static table.

use std::fmt;

use jiff::civil::Date;

use super::hooks::day_of;
use super::{Acl, Api, Hooks, Rule, regular};
use crate::model::Layout;

/// How a reference names its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the identifier the server gave.
    Id,
    /// By the name rights are granted to: user name, application id, group name.
    Principal,
}

/// A field that refers to another object.
#[derive(Clone, Copy)]
pub struct Ref {
    /// Pointer pattern within the spec.
    pub at: &'static str,
    /// The kinds it may refer to.
    pub to: &'static [&'static Kind],
    /// How it names the object.
    pub by: By,
}

impl Ref {
    /// A field that holds an identifier.
    pub const fn id(at: &'static str, to: &'static [&'static Kind]) -> Self {
        Self { at, to, by: By::Id }
    }

    /// A field that holds a principal's name.
    pub const fn principal(at: &'static str, to: &'static [&'static Kind]) -> Self {
        Self { at, to, by: By::Principal }
    }
}

/// A structure that occurs in several places, written once.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its references.
    pub refs: &'static [Ref],
    /// Its rules.
    pub rules: &'static [Rule],
    /// Structures within it.
    pub parts: &'static [Mount],
}

/// A place where a structure occurs.
#[derive(Clone, Copy)]
pub struct Mount {
    /// Pointer pattern of the place.
    pub at: &'static str,
    /// What stands there.
    pub part: &'static Part,
}

/// One kind of resource: everything that is true of it alone.
pub struct Kind {
    /// Its name, such as `cluster_policy`.
    pub name: &'static str,
    /// What it is to a user, in one sentence.
    pub about: &'static str,
    /// The API page the table was written from.
    pub docs: &'static str,
    /// Where its resources stand in a snapshot.
    pub layout: Layout,
    /// Its calls.
    pub api: Api,
    /// Pointer to the identifier in a listed object.
    pub id: &'static str,
    /// Pointer to the natural key in a listed object.
    pub key: &'static str,
    /// Whether the server refuses a second object of the same name.
    pub unique: bool,
    /// Its references to other objects.
    pub refs: &'static [Ref],
    /// Its fields' rules.
    pub rules: &'static [Rule],
    /// Structures that occur in it.
    pub parts: &'static [Mount],
    /// Its rights, where it has any.
    pub acl: Option<Acl>,
    /// The kind whose listing yields this one's objects too.
    pub listed_with: Option<&'static Kind>,
    /// Kinds whose wanted objects come first where there are any, and hold nothing up where they fail.
    pub after: &'static [&'static Kind],
    /// What stands before and behind its key where a text of another object names one.
    pub mention: Option<(&'static str, &'static str)>,
    /// What paths in other objects begin with that name one of these, such as `dbfs:/`. A kind that has any
    /// is read only as far as others name its objects, or somebody asks for them.
    pub named_by: &'static [&'static str],
    /// Whether its keys end in a day, in UTC, so that a listing can begin at one.
    pub by_day: bool,
    /// Whether its keys end in a number that servers give upwards, so that one comes after those below it.
    pub numbered: bool,
    /// What a table cannot say.
    pub hooks: &'static dyn Hooks,
}

impl Kind {
    /// What holds where a table is silent.
    pub const REGULAR: Self = Self {
        name: "",
        about: "",
        docs: "",
        layout: Layout::Objects,
        api: Api::list_only(super::Call::get("/")),
        id: "/id",
        key: "/name",
        unique: true,
        refs: &[],
        rules: &[],
        parts: &[],
        acl: None,
        listed_with: None,
        after: &[],
        mention: None,
        named_by: &[],
        by_day: false,
        numbered: false,
        hooks: &regular::Regular,
    };

    /// The key of the object of this kind that a path names, if it names one.
    pub fn named(&self, path: &str) -> Option<String> {
        let rest = self.named_by.iter().find_map(|start| path.strip_prefix(start))?;
        let names: Vec<&str> = rest.split('/').filter(|name| !name.is_empty()).collect();
        (!names.is_empty()).then(|| format!("/{}", names.join("/")))
    }

    /// The day that a key ends in, where such objects are kept by day.
    pub fn day(&self, key: &str) -> Option<Date> {
        day_of(key).filter(|_| self.by_day)
    }

    /// Whether brickform creates such objects, or only refers to them by name.
    pub const fn is_managed(&self) -> bool {
        self.api.create.is_some()
    }

    /// Whether its objects stand in the workspace tree, at the paths that are their keys.
    pub fn is_in_tree(&self) -> bool {
        let is_tree = |kind: &Self| kind.layout != Layout::Objects;
        is_tree(self) || self.listed_with.is_some_and(is_tree)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({})", self.name)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}
