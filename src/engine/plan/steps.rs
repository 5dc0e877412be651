//! Decisions put in order.

use std::collections::{BTreeMap, BTreeSet};

use super::Planning;
use crate::engine::access::going;
use crate::engine::graph::{Needs, order};
use crate::engine::mentions::mentions;
use crate::engine::needs::{needs_in_order, number_before};
use crate::model::{Address, Change, FieldChange, Resource, Step, StepId, visit_refs};

/// When, in the course of an apply, something happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// It is created or changed.
    Object,
    /// References that had to wait because of a cycle are set.
    Link,
    /// Its grants are set.
    Grants,
    /// It is deleted.
    Delete,
}

type Node = (Phase, Address);

impl Planning<'_> {
    /// Everything a wanted object needs, of the tree only what is wanted too.
    pub(super) fn needs(&self, resource: &Resource) -> BTreeSet<Address> {
        let has = |one: &Address| self.desired().contains_key(one);
        let mut needs = needs_in_order(self.catalogue(), resource, has);
        let stands = |one: &Address| has(one) && !self.is_left_alone(one);
        needs.extend(number_before(self.catalogue(), &resource.address, stands));
        let server = self.input.live.snapshot.source.server;
        if !server.is_workspace() {
            // A place in the tree is needed only where there is a tree.
            let mut referred = BTreeSet::new();
            visit_refs(&resource.spec, &mut |_, to| {
                referred.insert(to);
            });
            needs.retain(|need| {
                let kind = self.catalogue().kind(&need.kind);
                referred.contains(need)
                    || kind.is_some_and(|kind| server.offers(kind.api.list.path))
            });
        }
        needs
    }

    /// Whether a wanted object is there and nothing happens to it.
    fn is_left_alone(&self, address: &Address) -> bool {
        self.live_one(address).is_some()
            && !self.objects.contains_key(address)
            && !self.blocked.contains_key(address)
    }

    fn graph(&self) -> Needs<Node> {
        let mut graph = Needs::new();
        for address in self.objects.keys() {
            let Some(resource) = self.wanted(address) else { continue };
            let bearer = self.bearer_of_its_name(address).cloned();
            let named = mentions(self.catalogue(), &resource.spec);
            let before = self.before(address).cloned();
            let needs = self.needs(resource).into_iter().chain(named).chain(before).chain(bearer);
            let needs = needs.filter(|need| self.objects.contains_key(need));
            graph.insert(
                (Phase::Object, address.clone()),
                needs.map(|need| (Phase::Object, need)).collect(),
            );
        }
        for address in self.grants.keys() {
            let mut needs: BTreeSet<Node> = BTreeSet::new();
            let principals =
                self.desired().get(address).and_then(|resource| resource.grants.as_ref());
            let principals = principals.into_iter().flatten().map(|grant| &grant.principal);
            for need in principals.chain([address]).filter(|need| self.objects.contains_key(need)) {
                needs.insert((Phase::Object, need.clone()));
            }
            graph.insert((Phase::Grants, address.clone()), needs);
        }
        for (address, live) in &self.deletes {
            graph.insert((Phase::Delete, address.clone()), self.needs_of_delete(live));
        }
        graph
    }

    /// The objects that come first because of their kind.
    fn before(&self, address: &Address) -> impl Iterator<Item = &Address> {
        let kinds = self.catalogue().kind(&address.kind).map_or(&[][..], |kind| kind.after);
        kinds.iter().flat_map(|kind| {
            let first = Address::new(kind.name, "");
            let all = self.objects.range(first..).map(|(address, _)| address);
            all.take_while(|address| address.kind == kind.name)
        })
    }

    /// The object that bears a wanted one's name until it is renamed, where a name can be borne only once.
    fn bearer_of_its_name(&self, address: &Address) -> Option<&Address> {
        let is_unique = self.catalogue().kind(&address.kind).is_some_and(|kind| kind.unique);
        let renamed = |bearer: &&Address| {
            self.objects.get(*bearer).is_some_and(|one| one.change == Change::Rename)
        };
        self.wanted_names
            .get(address)
            .filter(|bearer| is_unique && *bearer != address)
            .filter(renamed)
    }

    /// What comes before a delete: whatever uses the object changes, or goes, first.
    fn needs_of_delete(&self, live: &Address) -> BTreeSet<Node> {
        let going: BTreeMap<&Address, &Address> =
            self.deletes.iter().map(|(address, live)| (live, address)).collect();
        let mut needs = BTreeSet::new();
        for user in self.users_of(live) {
            if let Some(address) = going.get(user) {
                needs.insert((Phase::Delete, (*address).clone()));
                continue;
            }
            let wanted = self.wanted_name(user).clone();
            for (phase, decisions) in
                [(Phase::Object, &self.objects), (Phase::Grants, &self.grants)]
            {
                if decisions.contains_key(&wanted) {
                    needs.insert((phase, wanted.clone()));
                }
            }
        }
        needs
    }

    /// Breaks cycles: an object whose kind can be created without some references is, and is linked later.
    fn ordered(&mut self) -> Vec<Node> {
        let mut graph = self.graph();
        loop {
            let cycle = match order(&graph) {
                Ok(ordered) => return ordered,
                Err(cycle) => cycle,
            };
            // Objects that refer to each other go in any order.
            if cycle.iter().all(|(phase, _)| *phase == Phase::Delete)
                && let [first, next, ..] = cycle.as_slice()
                && let Some(needs) = graph.get_mut(first)
            {
                needs.remove(next);
                continue;
            }
            let breakable = cycle.iter().enumerate().find_map(|(index, node)| {
                let (_, need) = &cycle[(index + 1) % cycle.len()];
                let resource = self.wanted(&node.1)?;
                let kind = self.catalogue().kind(&node.1.kind)?;
                kind.hooks.without(&resource.spec, std::slice::from_ref(need))?;
                Some((node.clone(), need.clone()))
            });
            match breakable {
                Some((node, need)) => {
                    let link = (Phase::Link, node.1.clone());
                    if let Some(needs) = graph.get_mut(&node) {
                        needs.remove(&(Phase::Object, need.clone()));
                    }
                    graph
                        .entry(link)
                        .or_insert_with(|| BTreeSet::from([node.clone()]))
                        .insert((Phase::Object, need.clone()));
                    if let Some(decision) = self.objects.get_mut(&node.1) {
                        decision.deferred.push(need);
                    }
                }
                None => {
                    let names: Vec<String> =
                        cycle.iter().map(|(_, address)| address.to_string()).collect();
                    for (phase, address) in &cycle {
                        let reason = format!("it is part of a cycle: {}", names.join(" needs "));
                        let change = match phase {
                            Phase::Delete => Change::Delete,
                            _ => self.objects.get(address).map_or(Change::Create, |one| one.change),
                        };
                        self.block(address, change, reason, "");
                        graph.remove(&(*phase, address.clone()));
                        match phase {
                            Phase::Delete => drop(self.deletes.remove(address)),
                            _ => drop(self.objects.remove(address)),
                        }
                    }
                }
            }
        }
    }

    /// The plan's steps, in an order in which they could be done one by one.
    pub(super) fn steps(&mut self) -> Vec<Step> {
        let ordered = self.ordered();
        let graph = self.graph();
        let mut numbers: BTreeMap<&Node, StepId> = BTreeMap::new();
        let mut steps = Vec::with_capacity(ordered.len());
        for (node, number) in ordered.iter().zip(1..) {
            numbers.insert(node, number);
            let deferred = self
                .objects
                .get(&node.1)
                .map(|decision| decision.deferred.clone())
                .unwrap_or_default();
            let own = graph
                .get(node)
                .into_iter()
                .flatten()
                .filter(|(_, need)| node.0 != Phase::Object || !deferred.contains(need));
            let linked: Vec<Node> = match node.0 {
                Phase::Link => deferred
                    .iter()
                    .chain([&node.1])
                    .map(|need| (Phase::Object, need.clone()))
                    .collect(),
                _ => Vec::new(),
            };
            let mut needs: Vec<StepId> = own
                .chain(&linked)
                .filter_map(|need| numbers.get(need).copied())
                .filter(|need| *need != number)
                .collect();
            needs.sort_unstable();
            needs.dedup();
            let step = self.step(number, node, deferred, needs);
            steps.extend(step.map(|step| Step { reach: self.reach_of(&step), ..step }));
        }
        steps
    }

    /// Why a step is felt far beyond its object, if it is. Rights on it are not.
    fn reach_of(&self, step: &Step) -> String {
        let kind = self.catalogue().kind(&step.address.kind);
        let reach = kind.and_then(|kind| kind.hooks.reach());
        reach.filter(|_| step.change != Change::Grants).unwrap_or_default().to_owned()
    }

    fn step(
        &mut self,
        id: StepId,
        node: &Node,
        deferred: Vec<Address>,
        needs: Vec<StepId>,
    ) -> Option<Step> {
        let (phase, address) = node;
        if *phase == Phase::Delete {
            let live = self.deletes.get(address).and_then(|live| self.live.resources.get(live));
            let fields = live.map(going).unwrap_or_default();
            return Some(Step { needs, fields, ..Step::new(id, address.clone(), Change::Delete) });
        }
        let resource = self.wanted(address)?.clone();
        let step = |change, fields, deferred, desired| Step {
            fields,
            deferred,
            needs,
            desired,
            ..Step::new(id, address.clone(), change)
        };
        Some(match phase {
            Phase::Object => {
                let decision = self.objects.get(address)?;
                let merged = self.merged.get(address).map(|(merged, _)| merged.clone());
                let renamed =
                    (decision.change == Change::Rename).then(|| self.pairing.live(address).clone());
                let (fields, desired) = (decision.fields.clone(), Some(resource.digest()));
                Step {
                    from: renamed,
                    merged: merged.unwrap_or_default(),
                    ..step(decision.change, fields, deferred, desired)
                }
            }
            Phase::Link => {
                let mut fields = Vec::new();
                visit_refs(&resource.spec, &mut |path, to| {
                    if deferred.contains(&to) {
                        let (path, after) = (path.to_owned(), Some(to.to_ref()));
                        let cause = "set last, because the two refer to each other".to_owned();
                        fields.push(FieldChange { path, before: None, after, source: None, cause });
                    }
                });
                let merged = self.merged.get(address).map(|(merged, _)| merged.clone());
                Step {
                    merged: merged.unwrap_or_default(),
                    ..step(Change::Update, fields, Vec::new(), Some(resource.digest()))
                }
            }
            Phase::Delete => return None,
            Phase::Grants => {
                let fields = self.grants.get(address)?.fields.clone();
                let grants = self.final_grants(address)?;
                Step { grants: Some(grants), ..step(Change::Grants, fields, Vec::new(), None) }
            }
        })
    }
}
