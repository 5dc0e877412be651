//! The objects that selectors are asked of, and what each needs.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::engine::needs::{needs_in_order, number_before};
use crate::kind::Catalogue;
use crate::model::{Address, Plan, Resource, StepId};

/// The ways from objects to others.
pub(super) type Links = BTreeMap<Address, BTreeSet<Address>>;

/// The objects that selectors are asked of. Of some no more than the address may be known.
pub struct Universe<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) objects: BTreeMap<Address, Option<&'a Resource>>,
    needs: OnceCell<Links>,
}

impl<'a> Universe<'a> {
    /// Takes objects; what is not known of one, no selector finds.
    pub fn new(
        catalogue: &'a Catalogue,
        objects: impl IntoIterator<Item = (Address, Option<&'a Resource>)>,
    ) -> Self {
        Self { catalogue, objects: objects.into_iter().collect(), needs: OnceCell::new() }
    }

    /// Takes all objects of a snapshot.
    pub fn of(catalogue: &'a Catalogue, resources: &'a BTreeMap<Address, Resource>) -> Self {
        Self::new(catalogue, resources.iter().map(|(address, one)| (address.clone(), Some(one))))
    }

    /// Takes everything a plan speaks of. An object needs what its steps need.
    pub fn of_plan(
        catalogue: &'a Catalogue,
        plan: &Plan,
        resources: Option<&'a BTreeMap<Address, Resource>>,
    ) -> Self {
        let steps = plan.steps.iter().map(|step| &step.address);
        let all =
            steps.chain(plan.blocked.iter().map(|one| &one.address)).chain(plan.observed.keys());
        let universe = Self::new(
            catalogue,
            all.map(|address| (address.clone(), resources.and_then(|all| all.get(address)))),
        );
        let by_id: BTreeMap<StepId, &Address> =
            plan.steps.iter().map(|step| (step.id, &step.address)).collect();
        let mut links = Links::new();
        for step in &plan.steps {
            let needs = step.needs.iter().filter_map(|need| by_id.get(need).copied().cloned());
            links.entry(step.address.clone()).or_default().extend(needs);
        }
        // A new cell takes what is put into it.
        let _ = universe.needs.set(links);
        universe
    }

    /// What each object needs: references, folders, paths, and who holds rights on it.
    pub(super) fn needs(&self) -> &Links {
        self.needs.get_or_init(|| {
            let known = self.objects.iter().filter_map(|(address, one)| Some((address, (*one)?)));
            known.map(|(address, one)| (address.clone(), self.needs_of(one))).collect()
        })
    }

    /// What needs each object.
    pub(super) fn dependents(&self) -> Links {
        let mut turned = Links::new();
        for (object, needs) in self.needs() {
            for need in needs {
                turned.entry(need.clone()).or_default().insert(object.clone());
            }
        }
        turned
    }

    fn needs_of(&self, resource: &Resource) -> BTreeSet<Address> {
        let has = |address: &Address| self.objects.contains_key(address);
        let mut all = needs_in_order(self.catalogue, resource, has);
        all.extend(number_before(self.catalogue, &resource.address, has));
        let grants = resource.grants.iter().flatten();
        all.extend(grants.map(|grant| grant.principal.clone()));
        all.retain(has);
        all
    }
}
