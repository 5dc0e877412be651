//! The difference between who held what and who holds what.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Rights;
use super::members::People;
use crate::engine::level::{Levels, lost, strongest};
use crate::kind::{Catalogue, Kind};
use crate::model::{Address, Grant, Layout};

/// What happens to somebody's access, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// They can do less than before with an object that stays.
    Loses,
    /// They can do more than before with an object that was there.
    Gains,
    /// They hold something on an object that goes away.
    Goes,
    /// They hold something on an object that is new.
    New,
}

/// The same change for some people on some objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessChange {
    /// What happens.
    pub effect: Effect,
    /// To whom; a group stands for its members where these are not known.
    pub people: Vec<Address>,
    /// The kind of the objects.
    pub kind: String,
    /// The objects.
    pub objects: Vec<Address>,
    /// The highest levels they held before.
    pub before: BTreeSet<String>,
    /// The highest levels they hold after.
    pub after: BTreeSet<String>,
    /// The groups through which what changes is, or was, held, the one that was granted it first;
    /// empty where it is granted to them in person.
    pub through: Vec<Address>,
    /// The folder that what changes comes down from, if it is not granted on the object itself.
    pub folder: Option<Address>,
}

/// Who gains and who loses what, the losses first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Access {
    /// What changes.
    pub changes: Vec<AccessChange>,
}

/// A grant in force on an object, with the folder it comes down from.
type InForce<'a> = BTreeSet<(&'a Grant, Option<&'a Address>)>;

/// What happens to one person on one class of objects.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Outcome<'a> {
    effect: Effect,
    kind: &'a str,
    before: Levels,
    after: Levels,
    through: Vec<Address>,
    folder: Option<Address>,
}

/// Two moments of a workspace.
struct Moments<'a> {
    catalogue: &'a Catalogue,
    before: &'a Rights,
    after: &'a Rights,
    people: [People<'a>; 2],
}

/// Says who can do less or more after than before.
pub fn access(catalogue: &Catalogue, before: &Rights, after: &Rights) -> Access {
    let people = [People::of(before), People::of(after)];
    Moments { catalogue, before, after, people }.compare()
}

impl<'a> Moments<'a> {
    fn compare(&self) -> Access {
        // Objects on which the same is in force are looked at once.
        type Class<'c> = (&'c str, Option<bool>, InForce<'c>, InForce<'c>);
        let mut classes: BTreeMap<Class<'_>, Vec<&Address>> = BTreeMap::new();
        let objects: BTreeSet<&Address> =
            self.before.grants.keys().chain(self.after.grants.keys()).collect();
        for object in objects {
            let stays = match (self.before.grants.get(object), self.after.grants.get(object)) {
                (Some(_), Some(_)) => Some(true),
                (Some(_), None) => Some(false),
                _ => None,
            };
            let class = (
                object.kind.as_str(),
                stays,
                self.in_force(self.before, object),
                self.in_force(self.after, object),
            );
            classes.entry(class).or_default().push(object);
        }
        let mut outcomes: BTreeMap<(Outcome<'_>, Vec<&Address>), Vec<&Address>> = BTreeMap::new();
        for ((kind, stays, before, after), objects) in &classes {
            let mut people: BTreeMap<Outcome<'_>, Vec<&Address>> = BTreeMap::new();
            for person in self.concerned(before, after) {
                if let Some(outcome) = self.outcome(person, kind, *stays, before, after) {
                    people.entry(outcome).or_default().push(person);
                }
            }
            for (outcome, people) in people {
                outcomes.entry((outcome, people)).or_default().extend(objects);
            }
        }
        let mut changes: Vec<AccessChange> = outcomes.into_iter().map(change).collect();
        changes.sort_by(|a, b| {
            let weight = |one: &AccessChange| Reverse(one.people.len() * one.objects.len());
            (a.effect, weight(a), &a.people, &a.objects).cmp(&(
                b.effect,
                weight(b),
                &b.people,
                &b.objects,
            ))
        });
        Access { changes }
    }

    /// What is granted on an object, and on the folders it is in.
    fn in_force(&self, rights: &'a Rights, object: &Address) -> InForce<'a> {
        let own = rights.grants.get(object).into_iter().flatten().map(|grant| (grant, None));
        // An object that is not there inherits nothing.
        let folders = match rights.grants.get(object) {
            Some(_) => self.folders(object),
            None => Vec::new(),
        };
        let passed_down = folders.iter().filter_map(|folder| rights.grants.get_key_value(folder));
        own.chain(
            passed_down
                .flat_map(|(folder, grants)| grants.iter().map(move |grant| (grant, Some(folder)))),
        )
        .collect()
    }

    /// The folders an object is in, if its kind stands in the tree.
    fn folders(&self, object: &Address) -> Vec<Address> {
        let is_in_tree = |kind: &str| self.catalogue.kind(kind).is_some_and(Kind::is_in_tree);
        let folder = self.catalogue.kinds().find(|kind| kind.layout == Layout::Directory);
        let (true, Some(folder)) = (is_in_tree(&object.kind), folder) else { return Vec::new() };
        let slashes = object.key.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        slashes.map(|at| Address::new(folder.name, &object.key[..at])).collect()
    }

    /// Everybody whose access may differ: who stands behind a grant, or behind a group, that differs.
    fn concerned(&self, before: &InForce<'a>, after: &InForce<'a>) -> BTreeSet<&'a Address> {
        let [then, now] = &self.people;
        let mut concerned = BTreeSet::new();
        for (grant, folder) in before.union(after) {
            let (old, new) = (then.behind(&grant.principal), now.behind(&grant.principal));
            let (was, is) =
                (before.contains(&(*grant, *folder)), after.contains(&(*grant, *folder)));
            if was != is {
                concerned.extend(old.union(&new));
            } else {
                concerned.extend(old.symmetric_difference(&new));
            }
        }
        concerned
    }

    fn outcome(
        &self,
        person: &Address,
        kind: &'a str,
        stays: Option<bool>,
        before: &InForce<'_>,
        after: &InForce<'_>,
    ) -> Option<Outcome<'a>> {
        let [then, now] = &self.people;
        let (old, new) = (held(then, before, person), held(now, after, person));
        let (gone, come) = (lost(&old, &new), lost(&new, &old));
        let effect = match stays {
            Some(true) if !gone.is_empty() => Effect::Loses,
            Some(true) if !come.is_empty() => Effect::Gains,
            Some(false) if !old.is_empty() => Effect::Goes,
            None if !new.is_empty() => Effect::New,
            _ => return None,
        };
        let source = match effect {
            Effect::Loses | Effect::Goes => source(then, before, person, &gone),
            Effect::Gains | Effect::New => source(now, after, person, &come),
        };
        let (through, folder) = source.unwrap_or_default();
        let (before, after) = (strongest(&old), strongest(&new));
        Some(Outcome { effect, kind, before, after, through, folder })
    }
}

/// The levels somebody holds through any grant.
fn held(people: &People<'_>, grants: &InForce<'_>, person: &Address) -> Levels {
    let theirs = grants.iter().filter(|(grant, _)| people.way(&grant.principal, person).is_some());
    theirs.map(|(grant, _)| grant.level.clone()).collect()
}

/// Where one of some levels comes from: in person before through groups, on the object before from above.
fn source(
    people: &People<'_>,
    grants: &InForce<'_>,
    person: &Address,
    levels: &Levels,
) -> Option<(Vec<Address>, Option<Address>)> {
    let sources = grants.iter().filter(|(grant, _)| levels.contains(&grant.level));
    sources
        .filter_map(|(grant, folder)| {
            Some((people.way(&grant.principal, person)?, folder.cloned()))
        })
        .min_by_key(|(way, folder)| (folder.is_some(), way.len(), folder.clone(), way.clone()))
}

fn change(
    ((outcome, people), mut objects): ((Outcome<'_>, Vec<&Address>), Vec<&Address>),
) -> AccessChange {
    objects.sort_unstable();
    AccessChange {
        effect: outcome.effect,
        people: people.into_iter().cloned().collect(),
        kind: outcome.kind.to_owned(),
        objects: objects.into_iter().cloned().collect(),
        before: outcome.before,
        after: outcome.after,
        through: outcome.through,
        folder: outcome.folder,
    }
}

#[cfg(test)]
mod tests;
