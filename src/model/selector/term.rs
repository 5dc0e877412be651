//! What a selector says.

use jiff::civil::Date;

use super::Glob;
use crate::model::{Address, Change};

/// Selects objects: those for which every term holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    terms: Vec<Term>,
}

/// One condition of a selector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// Whether it holds for the objects it else would not hold for: `!`.
    pub negated: bool,
    /// Whether it holds for everything its objects need as well: `+` before it.
    pub needs: bool,
    /// Whether it holds for everything that needs its objects as well: `+` after it.
    pub dependents: bool,
    /// What it asks.
    pub test: Test,
}

/// What is asked of an object or of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// Whether it is of this kind.
    Kind(String),
    /// Whether it is of this kind and called so.
    Address(String, Glob),
    /// Whether a tag of this name has such a value.
    Tag(String, Glob),
    /// Whether such a principal owns it, or it runs as that principal.
    Owner(Glob),
    /// Whether it is such a principal, is in it where it is a group, or belongs to one of these: it is in their
    /// home, they own it, or it runs as them.
    Of(String, Glob),
    /// Whether it is at such a path of the workspace tree, or below.
    Path(Glob),
    /// Whether it is of a day before this one, in UTC, where its kind is kept by day.
    Before(Date),
    /// Whether this is what happens to it.
    Action(Change),
}

impl Selector {
    /// Makes a selector of terms; `None` without any.
    pub fn new(terms: Vec<Term>) -> Option<Self> {
        (!terms.is_empty()).then_some(Self { terms })
    }

    /// Selects one object.
    pub fn of(address: &Address) -> Self {
        let test = Test::Address(address.kind.clone(), Glob::exact(&address.key));
        Self { terms: vec![Term::from(test)] }
    }

    /// Selects one object, with everything it needs.
    pub fn with_needs(address: &Address) -> Self {
        let mut selector = Self::of(address);
        selector.terms.iter_mut().for_each(|term| term.needs = true);
        selector
    }

    /// The terms, at least one.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The action it asks for first, if it asks for any.
    pub fn action(&self) -> Option<Change> {
        self.terms.iter().find_map(|term| match term.test {
            Test::Action(change) => Some(change),
            _ => None,
        })
    }
}

impl Term {
    /// Whether it may hold for objects that its test does not hold for.
    pub fn spreads(&self) -> bool {
        self.needs || self.dependents
    }
}

impl From<Test> for Term {
    fn from(test: Test) -> Self {
        Self { negated: false, needs: false, dependents: false, test }
    }
}
