//! What a plan may do where source and target disagree, and what it may delete.

use serde::{Deserialize, Serialize};

use super::{Address, Digest, Glob, Piece};

/// Whether a value is the one that is meant where none is written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What happens to what somebody edited in the target while the source stayed the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnEdit {
    /// It stays, and is reported.
    #[default]
    Keep,
    /// It becomes again what the source says.
    Overwrite,
}

/// What happens where source and target both changed the same field, to different values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// Nothing happens to the object until somebody decides.
    #[default]
    Stop,
    /// The source's value is taken.
    Source,
    /// The target's value is taken.
    Target,
}

/// Whose value is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// The source's.
    Source,
    /// The target's.
    Target,
}

/// What was decided for one conflict or edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// The object.
    pub address: Address,
    /// The field, as the plan names it; absent for all fields of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Whose value is taken.
    pub take: Take,
    /// Digest of the values that were decided between; where they have changed since, the decision is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Digest>,
}

/// What may be deleted in the target. By default nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Deletes {
    /// Whether what the last apply left and the source no longer has is deleted.
    #[serde(skip_serializing_if = "is_default")]
    pub prune: bool,
    /// Kinds which hold data and may be deleted all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<String>,
    /// Kinds of which the last one may be deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub empty: Vec<String>,
    /// How many objects of a kind may be deleted, where it is more than the usual share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<usize>,
    /// Objects that are not to exist, whoever made them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Address>,
    /// Objects that must not be deleted or replaced: addresses in which `*` stands for anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protect: Vec<String>,
    /// Objects whose protection is lifted for this plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unprotect: Vec<Address>,
}

impl Deletes {
    /// Whether a pattern protects an object.
    pub fn protects(&self, address: &Address) -> bool {
        let text = address.to_string();
        self.protect.iter().any(|pattern| starred(pattern).matches(&text))
    }
}

/// A pattern in which nothing but `*` means something: anything, slashes too.
fn starred(pattern: &str) -> Glob {
    Glob::new(pattern.chars().map(|char| if char == '*' { Piece::Deep } else { Piece::Char(char) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let fits = |pattern: &str, key: &str| {
            let protect = vec![pattern.to_owned()];
            Deletes { protect, ..Deletes::default() }.protects(&Address::new("job", key))
        };
        for pattern in ["job:etl", "job:*", "*", "*etl", "j*e*l", "**", "*:*t*", "job:etl*"] {
            assert!(fits(pattern, "etl"), "{pattern}");
        }
        for pattern in ["job:et", "job:", "etl", "*b", "job:*etl*l", "", "user:*", "*x*"] {
            assert!(!fits(pattern, "etl"), "{pattern}");
        }
    }
}
