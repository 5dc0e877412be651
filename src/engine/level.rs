//! Levels of rights, and which of them include which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Address, Grant, RIGHTS};

/// Levels that include all that stand before them, as far as an object offers them at all.
const ORDER: [&str; 21] = [
    "READ",
    "CAN_VIEW_METADATA",
    "CAN_VIEW",
    "CAN_READ",
    "CAN_USE",
    "CAN_ATTACH_TO",
    "CAN_MONITOR_ONLY",
    "CAN_MONITOR",
    "CAN_QUERY",
    "CAN_RUN",
    "CAN_RESTART",
    "CAN_MANAGE_RUN",
    "WRITE",
    "CAN_EDIT",
    "CAN_EDIT_METADATA",
    "CAN_MANAGE_STAGING_VERSIONS",
    "CAN_MANAGE_PRODUCTION_VERSIONS",
    "MANAGE",
    "CAN_BIND",
    "CAN_MANAGE",
    "IS_OWNER",
];

/// Levels that somebody holds on one object.
pub(super) type Levels = BTreeSet<String>;

fn rank(level: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == level)
}

fn includes(level: &str, other: &str) -> bool {
    level == other || matches!((rank(level), rank(other)), (Some(more), Some(less)) if more > less)
}

/// The levels that each principal holds, as a plan writes them, by the path that a difference shows them under.
pub fn rights(grants: &BTreeSet<Grant>) -> BTreeMap<String, Value> {
    let mut held: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for grant in grants {
        held.entry(format!("{RIGHTS}{}", grant.principal)).or_default().push(&grant.level);
    }
    held.into_iter().map(|(path, levels)| (path, levels.join(", ").into())).collect()
}

/// Whose right a path is about, if it is about one.
pub(super) fn holder(path: &str) -> Option<Address> {
    path.strip_prefix(RIGHTS)?.parse().ok()
}

/// The levels of a text that a plan writes, which may name several.
pub(super) fn levels(text: &str) -> Levels {
    text.split(", ").filter(|level| !level.is_empty()).map(str::to_owned).collect()
}

/// What of `before` nothing in `after` includes. A level that nobody here knows includes itself alone.
pub(super) fn lost(before: &Levels, after: &Levels) -> Levels {
    before.iter().filter(|held| !after.iter().any(|new| includes(new, held))).cloned().collect()
}

/// The levels without those that another of them includes.
pub(super) fn strongest(levels: &Levels) -> Levels {
    let is_included =
        |level: &String| levels.iter().any(|other| other != level && includes(other, level));
    levels.iter().filter(|level| !is_included(level)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_includes_the_lower_ones() {
        let of = levels;
        assert_eq!(lost(&of("CAN_MANAGE"), &of("CAN_VIEW")), of("CAN_MANAGE"));
        assert_eq!(lost(&of("CAN_VIEW, CAN_RUN"), &of("CAN_MANAGE")), of(""));
        assert_eq!(lost(&of("SELECT, CAN_VIEW"), &of("MODIFY, CAN_EDIT")), of("SELECT"));
        assert_eq!(strongest(&of("CAN_VIEW, CAN_MANAGE, SELECT")), of("CAN_MANAGE, SELECT"));
    }
}
