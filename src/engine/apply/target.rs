//! The target while it is being changed: which identifiers are known, and how single objects are read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Apply;
use super::recognise::Moved;
use super::run::Earlier;
use crate::engine::keys::{Sticky, base_of, fingerprint};
use crate::engine::level::holder;
use crate::engine::merge::overlay;
use crate::engine::observe::{Named, Observation, Observe, observe};
use crate::engine::pairing::Pairing;
use crate::kind::{
    Depth, Error, Index, Listed, NAMED_BY_IDENTIFIER, Reading, Scope, Table, Writing, at, normalise,
};
use crate::model::{Address, Change, Grant, Resource, ServerId, Step, StepId};

/// How long to wait before a read is tried again that a server may have answered from a stale copy.
pub(super) const SECOND_LOOKS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// What an earlier run left of a step: it was started, and how it ended is not known.
#[derive(Clone, Copy, Debug)]
pub(super) struct InDoubt {
    /// How many objects of that name, unknown to the plan, there were before it was started.
    pub(super) namesakes: Option<usize>,
}

/// The target while it is being changed.
pub(super) struct Target<'a> {
    pub(super) run: &'a Apply<'a>,
    pub(super) pairing: Pairing,
    pub(super) in_doubt: BTreeMap<StepId, InDoubt>,
    /// Objects that this plan creates, so that nothing is known of them from before.
    pub(super) created: BTreeSet<Address>,
    /// Steps of which an earlier run kept what there was before, and the rights among it.
    pub(super) imaged: BTreeMap<StepId, Option<BTreeSet<Grant>>>,
    /// Wanted objects that keep something of the live ones.
    merged: BTreeMap<Address, Resource>,
    /// Objects that are not where the plan saw them.
    pub(super) places: Moved,
    /// How many objects of each name the plan knew nothing of when the target was listed.
    strangers: BTreeMap<Address, usize>,
    /// Fingerprints of all objects that the plan saw or that were created for it.
    known: Mutex<BTreeSet<String>>,
    /// What objects that an earlier run created are called, so that none is taken for a namesake.
    sticky: Sticky,
    index: Mutex<Index>,
    listed: Mutex<BTreeMap<Address, Listed>>,
    namesakes: Mutex<BTreeMap<Address, usize>>,
}

/// An object as it is at this moment.
pub(super) struct Now {
    pub(super) resource: Resource,
    pub(super) raw: serde_json::Value,
}

/// The first number of created objects whose own address in the target is another's.
const ASIDE: u32 = 1_000_000;

/// Gives objects that earlier runs created a key for good, by their fingerprints.
///
/// The target numbers namesakes anew with every one that is added, and knows nothing of how the plan calls them.
fn recognised(steps: &[Step], objects: &BTreeMap<StepId, String>, pairing: &mut Pairing) -> Sticky {
    let mut sticky = Sticky::new();
    for step in steps {
        let Some(object) = objects.get(&step.id) else { continue };
        let address = &step.address;
        let key = if pairing.live(address) == address {
            address.key.clone()
        } else {
            let key = format!("{}~{}", base_of(&address.key), ASIDE + step.id);
            let aside = Address::new(address.kind.clone(), key.clone());
            pairing.live_of.insert(address.clone(), aside);
            key
        };
        sticky.entry(address.kind.clone()).or_default().insert(object.clone(), key);
    }
    sticky
}

/// Which objects are asked for, by kind.
type Asked = BTreeMap<String, BTreeSet<String>>;

/// The wanted objects of steps that leave something of the live ones.
fn merged(run: &Apply<'_>) -> BTreeMap<Address, Resource> {
    let overlaid = |step: &Step| {
        let table = run.catalogue.table(&step.address.kind)?;
        let desired = run.desired.snapshot.resources.get(&step.address)?;
        Some((step.address.clone(), overlay(table, desired, &step.merged)))
    };
    run.plan.steps.iter().filter(|step| !step.merged.is_empty()).filter_map(overlaid).collect()
}

fn silent() -> crate::engine::observe::Progress {
    std::sync::Arc::new(|_, _, _| {})
}

impl<'a> Target<'a> {
    /// Lists what the plan is about and refers to.
    pub(super) async fn open(run: &'a Apply<'a>, earlier: Earlier) -> Result<Self, Vec<String>> {
        let creates = |step: &&Step| matches!(step.change, Change::Create | Change::Replace);
        let created = run.plan.steps.iter().filter(creates).map(|step| step.address.clone());
        let seen = run.plan.observed.values().filter_map(|seen| seen.object.clone());
        let known = seen.chain(earlier.objects.values().cloned());
        let mut pairing = Pairing::of_plan(run.plan);
        let mut target = Self {
            run,
            known: Mutex::new(known.collect()),
            sticky: recognised(&run.plan.steps, &earlier.objects, &mut pairing),
            pairing,
            in_doubt: earlier.in_doubt,
            created: created.collect(),
            imaged: earlier.imaged,
            merged: merged(run),
            places: Moved::new(),
            strangers: BTreeMap::new(),
            index: Mutex::default(),
            listed: Mutex::default(),
            namesakes: Mutex::default(),
        };
        let concerned = target.concerned();
        let mut only = Asked::new();
        for address in &concerned {
            let key = target.pairing.live(address).key.clone();
            only.entry(address.kind.clone()).or_default().insert(key);
        }
        let kinds: BTreeSet<String> = only.keys().cloned().collect();
        let also = target.also_referred(&mut only);
        let seen = target.look(only, false, also).await;
        let failed: Vec<String> = seen
            .snapshot
            .findings
            .iter()
            .filter(|finding| finding.code == "unreadable" && kinds.contains(&finding.about))
            .map(|finding| format!("{}: {}", finding.about, finding.message))
            .collect();
        if !failed.is_empty() {
            return Err(failed);
        }
        target.places = target.moved(&concerned, &seen.index);
        target.strangers = target.count_strangers(&seen);
        let listed = target.with_moved(seen.listed).await;
        *target.listed.lock().unwrap_or_else(PoisonError::into_inner) =
            target.listed_as_planned(&listed);
        *target.index() = target.as_the_plan_calls_them(seen.index);
        *target.namesakes.lock().unwrap_or_else(PoisonError::into_inner) = seen.namesakes;
        Ok(target)
    }

    /// What live objects refer to has to be known too, or they would look as if they had changed. Answers
    /// the kinds among it that are only referred to.
    fn also_referred(&self, only: &mut Asked) -> BTreeSet<String> {
        let mut also = self.run.desired.referred_kinds();
        let reads = |step: &&Step| !matches!(step.change, Change::Create | Change::Grants);
        for step in self.run.plan.steps.iter().filter(reads) {
            let Some(table) = self.table(&step.address) else { continue };
            for kind in table.refs.iter().flat_map(|(_, reference)| reference.to) {
                if kind.is_managed() {
                    only.entry(kind.name.to_owned()).or_default();
                } else {
                    also.insert(kind.name.to_owned());
                }
            }
            if table.kind.acl.is_some() && matches!(step.change, Change::Replace | Change::Delete) {
                only.entry(NAMED_BY_IDENTIFIER.to_owned()).or_default();
            }
        }
        only.retain(|kind, _| self.run.catalogue.kind(kind).is_some());
        also
    }

    /// Everything the plan's steps touch or refer to.
    fn concerned(&self) -> BTreeSet<Address> {
        let mut all = BTreeSet::new();
        for step in &self.run.plan.steps {
            all.insert(step.address.clone());
            all.extend(step.grants.iter().flatten().map(|grant| grant.principal.clone()));
            // A delete touches nobody; it only says who held what.
            let fields = step.fields.iter().filter(|_| step.change != Change::Delete);
            all.extend(fields.filter_map(|field| holder(&field.path)));
            if let Some(resource) = self.wanted(&step.address) {
                crate::model::visit_refs(&resource.spec, &mut |_, to| {
                    all.insert(to);
                });
            }
        }
        all.retain(|address| {
            self.run.catalogue.kind(&address.kind).is_some_and(crate::kind::Kind::is_managed)
        });
        all
    }

    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is at hand to write an object of a table.
    pub(super) fn writing(&self, table: &Table) -> Writing<'a> {
        Writing { kind: table.kind, session: self.run.session, contents: self.run }
    }

    pub(super) fn table(&self, address: &Address) -> Option<&'a Table> {
        self.run.catalogue.table(&address.kind)
    }

    /// What an object is to be.
    pub(super) fn wanted(&self, address: &Address) -> Option<&Resource> {
        self.merged.get(address).or_else(|| self.run.desired.snapshot.resources.get(address))
    }

    /// Whether the plan saw an object, or an object was created for it, by its fingerprint.
    pub(super) fn is_known(&self, object: &str) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(object)
    }

    /// How many objects of an address's name the plan knew nothing of when the target was listed.
    pub(super) fn strangers(&self, address: &Address) -> usize {
        let name = Address::new(address.kind.clone(), base_of(&address.key));
        self.strangers.get(&name).copied().unwrap_or(0)
    }

    /// How many objects of an address's name the target held when it was listed.
    pub(super) fn namesakes(&self, address: &Address) -> usize {
        let name = Address::new(address.kind.clone(), base_of(&address.key));
        let known = self.namesakes.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&name).or_else(|| known.get(address)).copied().unwrap_or(0)
    }

    pub(super) fn one_more_namesake(&self, address: &Address) {
        let name = Address::new(address.kind.clone(), base_of(&address.key));
        *self.namesakes.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() +=
            1;
    }

    /// Nothing is kept of what is read here; it is compared with what is wanted.
    fn depth(&self) -> Depth<'a> {
        Depth::Compared(Some(&self.run.desired.snapshot))
    }

    /// Reads some objects, whole or as they are listed.
    pub(super) async fn look(
        &self,
        only: BTreeMap<String, BTreeSet<String>>,
        details: bool,
        also: BTreeSet<String>,
    ) -> Observation {
        let run = Observe {
            session: self.run.session,
            catalogue: self.run.catalogue,
            blobs: self.run.blobs,
            depth: self.depth(),
            only: Some(only),
            also,
            named: Named::default(),
            known: self.index().clone(),
            sticky: &self.sticky,
            details,
            grants: false,
            progress: silent(),
        };
        observe(&run, self.run.caller).await
    }

    /// All objects that bear an address's name, read whole, with the target's own addresses.
    pub(super) async fn bearers(&self, address: &Address) -> Observation {
        let base = base_of(&address.key).to_owned();
        let count = self.namesakes(address) + 4;
        let numbered = (2..=count).map(|number| format!("{base}~{number}"));
        let mut keys: BTreeSet<String> = numbered.chain([base.clone()]).collect();
        keys.insert(address.key.clone());
        self.look(BTreeMap::from([(address.kind.clone(), keys)]), true, BTreeSet::new()).await
    }

    /// Reads one object as it is now, with references named as the plan names them.
    ///
    /// `Ok(None)` if it is not there.
    ///
    /// # Errors
    /// As the server refuses.
    pub(super) async fn now(&self, address: &Address) -> Result<Option<Now>, Error> {
        let (Some(table), Some(listed)) = (self.table(address), self.listed(address)) else {
            return Ok(None);
        };
        let (kind, id) = (listed.kind, listed.id.clone());
        let scope = Scope::Keys(BTreeSet::from([listed.key.clone()]));
        let cx = Reading {
            kind: listed.kind,
            session: self.run.session,
            scope: &scope,
            blobs: self.run.blobs,
            depth: self.depth(),
        };
        let details = match table.kind.hooks.fresh(cx, listed).await {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let is_another = |found: &ServerId| found.as_str() != id.as_str();
        if at(&details.raw, kind.id).and_then(ServerId::from_value).as_ref().is_some_and(is_another)
        {
            return Ok(None);
        }
        let live = self.pairing.live(address);
        let spec = normalise(table, details.raw.clone(), &self.index());
        let mut resource =
            Resource { address: live.clone(), spec, grants: None, content: details.content };
        drop(table.kind.hooks.inspect(&mut resource));
        Ok(Some(Now { resource, raw: details.raw }))
    }

    /// The fingerprint of the object that a step creates, where creating told its identifier.
    pub(super) fn fingerprint_of(&self, step: &Step) -> Option<String> {
        let kind = self.table(&step.address)?.kind;
        let creates = matches!(step.change, Change::Create | Change::Replace);
        let id = self.index().id(&step.address).cloned()?;
        creates.then(|| fingerprint(kind.name, &id))
    }

    /// What the listing said of an object, under the address that the plan uses.
    fn listed(&self, address: &Address) -> Option<Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// Notes what is known of an object that has just come to be known.
    pub(super) fn learn(&self, address: &Address, id: ServerId, principal: Option<String>) {
        if let Some(table) = self.table(address) {
            let object = fingerprint(table.kind.name, &id);
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(object);
            let (kind, key) = (table.kind, base_of(&address.key).to_owned());
            let listed =
                Listed { kind, id: id.clone(), key, created: 0, raw: serde_json::json!({}) };
            self.listed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(address.clone(), listed);
        }
        self.index().insert(address.clone(), id, principal);
    }

    /// Notes under which name rights are granted to an object that may have been renamed.
    pub(super) fn learn_name(&self, address: &Address, principal: Option<String>) {
        let mut index = self.index();
        if let (Some(id), Some(name)) = (index.id(address).cloned(), principal) {
            index.remove(address);
            index.insert(address.clone(), id, Some(name));
        }
    }

    /// Forgets an object that is gone.
    pub(super) fn forget(&self, address: &Address) {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
        self.index().remove(address);
    }
}
