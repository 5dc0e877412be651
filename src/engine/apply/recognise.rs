//! Finding the objects that a plan saw, whatever they are called by now.
//!
//! A name may have passed to another object since: people rename things, and namesakes are numbered anew
//! when one of them goes. The fingerprint of its identifier says which object the plan saw.

use std::collections::{BTreeMap, BTreeSet};

use super::target::Target;
use crate::engine::keys::{base_of, fingerprint};
use crate::engine::observe::Observation;
use crate::kind::{Index, Listed};
use crate::model::{Address, Change, Resource, Step, visit_refs_mut};

/// Where objects are that are not where the plan saw them; `None` if they are nowhere.
pub(super) type Moved = BTreeMap<Address, Option<Address>>;

impl Target<'_> {
    /// Says which of the objects that matter are not where the plan saw them.
    pub(super) fn moved(&self, concerned: &BTreeSet<Address>, live: &Index) -> Moved {
        let mut moved = Moved::new();
        for address in concerned.iter().filter(|address| !self.created.contains(address)) {
            let seen = self.run.plan.observed.get(address);
            let Some(object) = seen.and_then(|seen| seen.object.as_ref()) else { continue };
            let is_it = |id| fingerprint(&address.kind, id) == *object;
            let place = self.pairing.live(address);
            if live.id(place).is_some_and(is_it) {
                continue;
            }
            let elsewhere = live.of_kind(&address.kind).find(|(_, id)| is_it(id));
            match elsewhere {
                Some((place, _)) => drop(moved.insert(address.clone(), Some(place.clone()))),
                // Made anew under the same name, it is the same to whatever refers to it by name.
                None if self.name_is_enough(address) => {}
                None => drop(moved.insert(address.clone(), None)),
            }
        }
        moved
    }

    fn name_is_enough(&self, address: &Address) -> bool {
        let unique = self.table(address).is_some_and(|table| table.kind.unique);
        let mut steps = self.run.plan.steps.iter().filter(|step| step.address == *address);
        unique && steps.all(|step| step.change != Change::Delete)
    }

    /// How many objects the target holds of each name that the plan knows nothing of; only where names are
    /// not unique.
    pub(super) fn count_strangers(&self, seen: &Observation) -> BTreeMap<Address, usize> {
        let mut strangers = BTreeMap::new();
        for (kind, keys) in &seen.sticky {
            for (_, key) in keys.iter().filter(|(object, _)| !self.is_known(object)) {
                let name = Address::new(kind.clone(), base_of(key));
                *strangers.entry(name).or_default() += 1;
            }
        }
        strangers
    }

    /// What the listing said of objects, with those that turned out to be elsewhere.
    pub(super) async fn with_moved(
        &self,
        mut listed: BTreeMap<Address, Listed>,
    ) -> BTreeMap<Address, Listed> {
        let mut only: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for place in self.places.values().flatten().filter(|place| !listed.contains_key(place)) {
            only.entry(place.kind.clone()).or_default().insert(place.key.clone());
        }
        if !only.is_empty() {
            listed.extend(self.look(only, false, BTreeSet::new()).await.listed);
        }
        listed
    }

    /// The wanted addresses whose objects are called otherwise in the target, and how; `None` for those that
    /// are gone.
    fn otherwise_called(&self) -> impl Iterator<Item = (&Address, Option<&Address>)> {
        let paired = self.pairing.live_of.iter();
        let stayed = paired.filter(|(wanted, _)| !self.places.contains_key(wanted));
        let moved = self.places.iter().map(|(wanted, place)| (wanted, place.as_ref()));
        stayed.map(|(wanted, place)| (wanted, Some(place))).chain(moved)
    }

    /// The index under the addresses that the plan uses, which differ from the target's own where
    /// namesakes are numbered otherwise.
    pub(super) fn as_the_plan_calls_them(&self, live: Index) -> Index {
        let mut renamed = live.clone();
        for (wanted, place) in self.otherwise_called() {
            renamed.remove(wanted);
            place.into_iter().for_each(|place| renamed.remove(place));
        }
        for (wanted, place) in self.otherwise_called() {
            let Some((place, id)) = place.and_then(|place| Some((place, live.id(place)?))) else {
                continue;
            };
            renamed.insert(wanted.clone(), id.clone(), live.principal(place).map(str::to_owned));
        }
        renamed
    }

    /// What the listing said, under the addresses that the plan uses.
    pub(super) fn listed_as_planned(
        &self,
        live: &BTreeMap<Address, Listed>,
    ) -> BTreeMap<Address, Listed> {
        let mut renamed = live.clone();
        for (wanted, place) in self.otherwise_called() {
            renamed.remove(wanted);
            place.into_iter().for_each(|place| drop(renamed.remove(place)));
        }
        let pairs = self.otherwise_called();
        renamed.extend(
            pairs.filter_map(|(wanted, place)| Some((wanted.clone(), live.get(place?)?.clone()))),
        );
        renamed
    }

    /// A resource that was read under the target's own names, under the names the plan uses.
    pub(super) fn as_planned(&self, found: &Resource, live: &Index) -> Resource {
        let mut renamed = found.clone();
        let planned = self.index();
        visit_refs_mut(&mut renamed.spec, &mut |address| {
            let id = live.id(address)?;
            let name = planned.address(&address.kind, id.as_str())?;
            (name != address).then(|| name.to_ref())
        });
        renamed
    }

    /// Refuses a step that the plan describes otherwise than its snapshot gives it.
    ///
    /// # Errors
    /// In words.
    pub(super) fn agrees(&self, step: &Step) -> Result<(), String> {
        let wanted = self.wanted(&step.address).map(Resource::digest);
        if step.desired.is_none() || step.desired == wanted {
            return Ok(());
        }
        Err("what the snapshot says of it is not what the plan was made with; make a new plan"
            .to_owned())
    }
}
