//! One field in the four images that a merge looks at, and how it is taken apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::engine::diff::{escaped, is_keyed, is_leaf, words_at};
use crate::kind::{Json, Table, What};
use crate::model::canonical;

/// One thing in each of the four images.
#[derive(Clone, Copy, Debug)]
pub(super) struct Four<T> {
    /// What the source wants now.
    pub(super) desired: T,
    /// What the last apply wanted.
    pub(super) sent: T,
    /// What the target showed then.
    pub(super) echoed: T,
    /// What the target shows now.
    pub(super) live: T,
}

impl<T> Four<T> {
    /// Takes something of each.
    pub(super) fn map<'s, U>(&'s self, take: impl Fn(&'s T) -> U) -> Four<U> {
        Four {
            desired: take(&self.desired),
            sent: take(&self.sent),
            echoed: take(&self.echoed),
            live: take(&self.live),
        }
    }

    /// Takes something of each, if it is to be had of all.
    fn of_all<U>(&self, take: impl Fn(&T) -> Option<U>) -> Option<Four<U>> {
        Some(Four {
            desired: take(&self.desired)?,
            sent: take(&self.sent)?,
            echoed: take(&self.echoed)?,
            live: take(&self.live)?,
        })
    }

    /// All of them.
    pub(super) fn each(&self) -> [&T; 4] {
        [&self.desired, &self.sent, &self.echoed, &self.live]
    }
}

impl<K: Ord, V> Four<BTreeMap<K, V>> {
    /// The keys that occur in any of them, in order.
    pub(super) fn keys(&self) -> BTreeSet<&K> {
        self.each().into_iter().flat_map(BTreeMap::keys).collect()
    }
}

/// Where a field stands.
#[derive(Clone, Debug, Default)]
pub(super) struct At {
    /// The pointer that rules are looked up by, with a star for every element of a keyed list.
    pub(super) place: String,
    /// The pointer that people see.
    pub(super) path: String,
}

impl At {
    /// What stands below it under a key that is already escaped.
    pub(super) fn step(&self, nature: Nature, step: &str) -> Self {
        let place = match nature {
            Nature::Keyed(_) => format!("{}/*", self.place),
            Nature::Set | Nature::Object => format!("{}/{step}", self.place),
        };
        Self { place, path: format!("{}/{step}", self.path) }
    }

    /// What stands below it under a key.
    pub(super) fn below(&self, nature: Nature, key: &str) -> Self {
        self.step(nature, &escaped(key))
    }
}

/// How the values at a place are taken apart, if they have the form for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// A map, by its keys.
    Object,
    /// A list, by the field that names its elements.
    Keyed(&'static str),
    /// A list without an order, by its elements.
    Set,
}

impl Nature {
    /// What the table says of a place.
    pub(super) fn of(table: &Table, place: &str) -> Self {
        let told = words_at(table, place).find_map(|what| match what {
            What::Keyed(key) => Some(Self::Keyed(key)),
            What::Set => Some(Self::Set),
            _ => None,
        });
        told.unwrap_or(Self::Object)
    }

    /// A value of this nature in which nothing is.
    pub(super) fn empty(self) -> Value {
        match self {
            Self::Object => Value::Object(Map::new()),
            Self::Keyed(_) | Self::Set => Value::Array(Vec::new()),
        }
    }

    /// Whether the absence of a value means the empty one. Where the server fills it in, it does not.
    pub(super) fn may_be_absent(self, table: &Table, place: &str) -> bool {
        let mut empty = false;
        for what in words_at(table, place) {
            match (what, self) {
                (What::ServerFilled, _) => return false,
                (What::Default(Json::Object), Self::Object)
                | (What::Default(Json::List), Self::Keyed(_) | Self::Set) => empty = true,
                _ => {}
            }
        }
        empty
    }
}

/// A field's value in the four images.
pub(super) type Values<'v> = Four<Option<&'v Value>>;

impl<'v> Values<'v> {
    /// The parts of the four values by name, if the table and their form let them be taken apart.
    ///
    /// A map's parts are its fields, a keyed list's its elements, a set's its elements by their spelling.
    pub(super) fn parts(
        &self,
        table: &Table,
        place: &str,
        nature: Nature,
    ) -> Option<Four<BTreeMap<String, &'v Value>>> {
        let may_be_absent =
            self.each().iter().any(|value| value.is_none()) && nature.may_be_absent(table, place);
        self.of_all(|value| match (nature, value) {
            (_, None) => may_be_absent.then(BTreeMap::new),
            (Nature::Object, Some(Value::Object(map))) if !is_leaf(map) => {
                Some(map.iter().map(|(key, value)| (key.clone(), value)).collect())
            }
            (Nature::Keyed(key), Some(Value::Array(items))) if is_keyed(items, key) => {
                let named = |item: &'v Value| Some((item.get(key)?.as_str()?.to_owned(), item));
                items.iter().map(named).collect()
            }
            (Nature::Set, Some(Value::Array(items))) => {
                Some(items.iter().map(|item| (canonical(item), item)).collect())
            }
            _ => None,
        })
    }
}
