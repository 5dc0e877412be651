//! The table of the merge, written down once more for values that are nothing but letters.

use super::toy::Policy;
use crate::model::{OnConflict, OnEdit, Take};

/// A value of the model: absent, or a letter.
pub(super) type Tiny = Option<char>;

/// Where a field is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nowhere,
    Kept,
    Conflict,
    NotConvergent,
}

/// What has to become of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) wanted: Tiny,
    pub(super) told: Told,
    /// Whether the target has to be told.
    pub(super) request: bool,
}

/// Row by row what the table says.
pub(super) fn expected(d: Tiny, s: Tiny, e: Tiny, l: Tiny, policy: Policy) -> Expected {
    let from_source = Expected { wanted: d, told: Told::Nowhere, request: true };
    let from_target = Expected { wanted: l, told: Told::Kept, request: false };
    if d == l {
        return Expected { wanted: d, told: Told::Nowhere, request: false };
    }
    if d == s && l == e {
        return Expected { wanted: d, told: Told::NotConvergent, request: false };
    }
    if l == e {
        return from_source;
    }
    match (d == s, policy.resolve, policy.on_edit, policy.on_conflict) {
        (_, Some(Take::Source), ..) => from_source,
        (_, Some(Take::Target), ..) => from_target,
        (true, None, OnEdit::Keep, _) => from_target,
        (true, None, OnEdit::Overwrite, _) => from_source,
        (false, None, _, OnConflict::Source) => from_source,
        (false, None, _, OnConflict::Target) => from_target,
        (false, None, _, OnConflict::Stop) => Expected { told: Told::Conflict, ..from_target },
    }
}

/// Every way in which four images can hold one of these values.
pub(super) fn fourfold<T: Copy>(alphabet: &[T]) -> Vec<[T; 4]> {
    let mut all = Vec::new();
    for &d in alphabet {
        for &s in alphabet {
            for &e in alphabet {
                all.extend(alphabet.iter().map(|&l| [d, s, e, l]));
            }
        }
    }
    all
}
