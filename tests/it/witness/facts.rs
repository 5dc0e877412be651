//! What the witness says: calls, types, and ways to walk them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// The facts, as they were read off the vendor's SDK.
pub(super) static WITNESS: LazyLock<Witness> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../witness/calls.json")).unwrap());

/// The type of a value on the wire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub(super) enum Type {
    Name(String),
    List([Box<Type>; 1]),
    Map {
        map: Box<Type>,
    },
    /// An object whose fields stand in the call itself.
    #[serde(skip)]
    Fields(BTreeMap<String, Type>),
}

#[derive(Debug, Default, Deserialize)]
struct Facts {
    #[serde(default)]
    fields: BTreeMap<String, Type>,
}

/// How a listing is paged.
#[derive(Debug, Deserialize)]
pub(super) struct Pages {
    pub(super) style: String,
    #[serde(default)]
    pub(super) items: Value,
}

/// One call.
#[derive(Debug, Deserialize)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: BTreeMap<String, Type>,
    #[serde(default)]
    body: BTreeMap<String, Type>,
    body_type: Option<Type>,
    #[serde(default)]
    pub(super) required: BTreeSet<String>,
    pub(super) answer: Option<Type>,
    pub(super) paging: Option<Pages>,
    #[serde(default)]
    path_values: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Witness {
    pub(super) calls: Vec<Call>,
    types: BTreeMap<String, Facts>,
}

fn is_placeholder(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

impl Call {
    /// Whether a path, in which `{…}` stands for anything, is one of this call.
    fn has_path(&self, path: &str) -> bool {
        let (ours, theirs): (Vec<_>, Vec<_>) =
            (self.path.split('/').collect(), path.split('/').collect());
        ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|(our, their)| {
                let allowed = self.path_values.get(our.trim_matches(['{', '}']));
                match allowed {
                    Some(words) => words.contains(*their) || is_placeholder(their),
                    None => {
                        our == their
                            || is_placeholder(our) && !their.is_empty()
                            || is_placeholder(their)
                    }
                }
            })
    }

    /// What the call carries.
    pub(super) fn body(&self) -> Type {
        self.body_type.clone().unwrap_or_else(|| Type::Fields(self.body.clone()))
    }

    pub(super) fn has_placeholder(&self) -> bool {
        self.path.split('/').any(is_placeholder)
    }
}

impl Witness {
    /// The calls of this method and path; those that name the path most literally.
    pub(super) fn calls(&self, method: &str, path: &str) -> Vec<&Call> {
        let blanks = |call: &Call| call.path.split('/').filter(|part| is_placeholder(part)).count();
        let found: Vec<&Call> =
            self.calls.iter().filter(|call| call.method == method && call.has_path(path)).collect();
        let fewest = found.iter().map(|call| blanks(call)).min();
        found.into_iter().filter(|call| Some(blanks(call)) == fewest).collect()
    }

    /// The fields of an object, if it is one.
    pub(super) fn fields(&self, of: &Type) -> Option<&BTreeMap<String, Type>>
    where
        Self: 'static,
    {
        match of {
            Type::Name(name) => {
                self.types.get(name).map(|facts| &facts.fields).filter(|fields| !fields.is_empty())
            }
            _ => None,
        }
    }

    /// The fields of an object, named or not.
    pub(super) fn all_fields(&self, of: &Type) -> BTreeMap<String, Type> {
        match of {
            Type::Fields(fields) => fields.clone(),
            other => self.fields(other).cloned().unwrap_or_default(),
        }
    }

    /// The types one step further along a pointer.
    fn step(&self, of: &Type, step: &str) -> Vec<Type> {
        match of {
            Type::List([item]) if step == "*" => vec![(**item).clone()],
            Type::Map { map } => vec![(**map).clone()],
            Type::Name(name) if name == "any" => vec![of.clone()],
            other => {
                let fields = self.all_fields(other);
                if step == "*" {
                    fields.into_values().collect()
                } else {
                    fields.get(step).cloned().into_iter().collect()
                }
            }
        }
    }

    /// The types at a pointer pattern; none if it leads nowhere.
    pub(super) fn at(&self, root: &Type, pattern: &str) -> Vec<Type> {
        let mut types = vec![root.clone()];
        for step in pattern.split('/').skip(1) {
            types = types.iter().flat_map(|of| self.step(of, step)).collect();
        }
        types
    }

    /// Whether a type is an object or a list rather than a single value.
    pub(super) fn is_structure(&self, of: &Type) -> bool {
        match of {
            Type::List(_) | Type::Map { .. } | Type::Fields(_) => true,
            Type::Name(_) => self.fields(of).is_some(),
        }
    }

    /// Pointers to every single value within a type; recursion is followed once.
    pub(super) fn leaves(&self, root: &Type) -> Vec<String> {
        let mut leaves = Vec::new();
        self.walk(root, String::new(), &mut Vec::new(), &mut leaves);
        leaves
    }

    fn walk(&self, of: &Type, at: String, above: &mut Vec<Type>, leaves: &mut Vec<String>) {
        if above.iter().filter(|other| *other == of).count() > 1 {
            return;
        }
        match of {
            Type::List([item]) => self.walk(item, format!("{at}/*"), above, leaves),
            Type::Map { map } => self.walk(map, format!("{at}/*"), above, leaves),
            other if self.is_structure(other) => {
                above.push(other.clone());
                for (name, of) in self.all_fields(other) {
                    self.walk(&of, format!("{at}/{name}"), above, leaves);
                }
                above.pop();
            }
            _ => leaves.push(at),
        }
    }

    /// Fields of a value that its type does not have.
    pub(super) fn unknown(&self, of: &Type, value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) if self.is_structure(of) && !matches!(of, Type::List(_)) => {
                for (name, inner) in map {
                    let at = format!("{at}/{name}");
                    match self.step(of, name).as_slice() {
                        [] if name == "*" => {}
                        [] => found.push(at),
                        [of, ..] => self.unknown(of, inner, &at, found),
                    }
                }
            }
            Value::Array(items) => {
                if let Type::List([of]) = of {
                    for (index, item) in items.iter().enumerate() {
                        self.unknown(of, item, &format!("{at}/{index}"), found);
                    }
                }
            }
            _ => {}
        }
    }
}
