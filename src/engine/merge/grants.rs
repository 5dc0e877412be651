//! Merging one object's rights, principal by principal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::deciding::{Class, Deciding, Ledger, Told};
use super::four::Four;
use super::walk::divergence;
use crate::model::{Address, Divergence, Grant, RIGHTS, Recorded};

/// What a merge of rights came to.
pub(in crate::engine) struct MergedGrants {
    /// The rights the object should have. Where the server made something else of what was sent, they
    /// are the target's: rights are set as a whole, and what the server answers has to be what was set.
    pub(in crate::engine) wanted: BTreeSet<Grant>,
    /// Where the target's right stays.
    pub(in crate::engine) kept: Vec<Divergence>,
    /// What nobody has decided; while there is one, the rights must not be set.
    pub(in crate::engine) conflicts: Vec<Divergence>,
    /// Where the server made something else of what was sent.
    pub(in crate::engine) not_convergent: Vec<Divergence>,
}

type Levels<'g> = BTreeMap<&'g Address, BTreeSet<&'g str>>;

fn by_principal(grants: &BTreeSet<Grant>) -> Levels<'_> {
    let mut levels = Levels::new();
    for grant in grants {
        levels.entry(&grant.principal).or_default().insert(&grant.level);
    }
    levels
}

fn shown(levels: &BTreeSet<&str>) -> Value {
    json!(levels.iter().copied().collect::<Vec<_>>().join(", "))
}

/// Merges one object's direct rights. `owner` is the level of which there must be exactly one, if any.
///
/// Where the last apply did not set rights, the desired ones are wanted.
pub(in crate::engine) fn merge_grants(
    desired: &BTreeSet<Grant>,
    recorded: &Recorded,
    live: &BTreeSet<Grant>,
    owner: Option<&str>,
    deciding: &Deciding<'_>,
) -> MergedGrants {
    let mut ledger = Ledger::new(deciding);
    let mut wanted = desired.clone();
    if desired != live
        && let Some(sent) = &recorded.sent.grants
    {
        let echoed = recorded.echo().grants.as_ref().unwrap_or(sent);
        let levels = Four { desired, sent, echoed, live }.map(|grants| by_principal(grants));
        let owners = owner.map(|owner| Owners { level: owner, levels: &levels });
        let contested = owners.as_ref().is_some_and(Owners::are_contested);
        for principal in levels.keys() {
            let held = levels.map(|levels| levels.get(principal));
            let owns = || owners.as_ref().is_some_and(|owners| owners.concern(principal));
            let class = match Class::of(held, |wanted, live| wanted == live) {
                Class::Source | Class::Edited if contested && owns() => Class::Conflict,
                class => class,
            };
            if class.is_settled() {
                continue;
            }
            let divergence = divergence_of(class, principal, &levels);
            let told = ledger.decide(class, &divergence);
            ledger.tell(told, divergence);
            if told != Told::Nowhere {
                give(&mut wanted, principal, live);
            }
        }
        if let Some(owners) = owners
            && owners.of(&wanted) != 1
            && (owners.of(desired) == 1 || owners.of(live) == 1)
        {
            for principal in levels.keys().into_iter().filter(|one| owners.concern(one)) {
                let divergence = divergence_of(Class::Conflict, principal, &levels);
                ledger.dispute(divergence);
                give(&mut wanted, principal, live);
            }
        }
    }
    let Ledger { kept, conflicts, not_convergent, .. } = ledger;
    MergedGrants { wanted, kept, conflicts, not_convergent }
}

/// Gives a principal what the target gives it.
pub(super) fn give(wanted: &mut BTreeSet<Grant>, principal: &Address, live: &BTreeSet<Grant>) {
    wanted.retain(|grant| grant.principal != *principal);
    wanted.extend(live.iter().filter(|grant| grant.principal == *principal).cloned());
}

fn divergence_of(class: Class, principal: &Address, levels: &Four<Levels<'_>>) -> Divergence {
    let values = levels.map(|levels| levels.get(principal).map(shown));
    divergence(class, &format!("{RIGHTS}{principal}"), values)
}

/// Who owns the object. An object changes hands by two rights at once, and only both together make sense.
struct Owners<'a> {
    level: &'a str,
    levels: &'a Four<Levels<'a>>,
}

impl Owners<'_> {
    /// How many there are.
    fn of(&self, grants: &BTreeSet<Grant>) -> usize {
        grants.iter().filter(|grant| grant.level == self.level).count()
    }

    /// Whether both sides gave the object to somebody else. Nobody's own right need be a conflict for
    /// that: the source gives it to one, the target to another.
    fn are_contested(&self) -> bool {
        let owners = self.levels.map(|levels| -> BTreeSet<&Address> {
            let own = levels.iter().filter(|(_, levels)| levels.contains(self.level));
            own.map(|(principal, _)| *principal).collect()
        });
        Class::of(owners.map(Some), |wanted, live| wanted == live) == Class::Conflict
    }

    /// Whether somebody owns the object on one side and is not the same on the other.
    fn concern(&self, principal: &Address) -> bool {
        let Four { desired, live, .. } = self.levels.map(|levels| levels.get(principal));
        let owns = |held: Option<&BTreeSet<&str>>| held.is_some_and(|it| it.contains(self.level));
        desired != live && (owns(desired) || owns(live))
    }
}
