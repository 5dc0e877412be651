//! What selectors select among some objects.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Universe;
use super::ask::may_select;
use super::people::People;
use super::universe::Links;
use crate::kind::Catalogue;
use crate::model::{Address, Change, Finding, Selector, Selectors, Term, Test};

/// The code of the finding that says that selectors select nothing at all.
pub const NOTHING_SELECTED: &str = "nothing-selected";

/// Why an object is selected that no test holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pull {
    /// This selected object needs it.
    NeededBy(Address),
    /// It needs this selected object.
    Needs(Address),
    /// It is in this selected group.
    MemberOf(Address),
}

impl Pull {
    /// Says why an object came along.
    pub(crate) fn finding(&self, address: &Address) -> Finding {
        let message = match self {
            Self::NeededBy(other) => format!("pulled in by {other}, which needs it"),
            Self::Needs(other) => format!("pulled in by {other}, which it needs"),
            Self::MemberOf(group) => format!("pulled in by {group}, which it is in"),
        };
        Finding::note("pulled-in", address, message)
    }
}

/// What one selector selects.
struct Picked {
    objects: BTreeSet<Address>,
    /// Actions it asks for, and whether it asks for others than that.
    actions: Vec<(Change, bool)>,
}

/// What selectors select among some objects.
#[derive(Default)]
pub struct Chosen {
    everything: bool,
    select: Vec<Picked>,
    exclude: Vec<Picked>,
    /// Selected only because of another object, and which.
    pub pulled_in: BTreeMap<Address, Pull>,
    /// Everything that was come by along `+`, selected or not.
    pub reached: BTreeSet<Address>,
    /// Selectors that match nothing; an error where nothing at all is selected.
    pub findings: Vec<Finding>,
}

impl Picked {
    fn has(&self, address: &Address, change: Change) -> bool {
        self.actions.iter().all(|(action, other)| (*action == change) != *other)
            && self.objects.contains(address)
    }
}

impl Chosen {
    /// Whether this change of an object is selected.
    pub fn has(&self, address: &Address, change: Change) -> bool {
        let selected =
            self.everything || self.select.iter().any(|picked| picked.has(address, change));
        selected && !self.excludes(address, change)
    }

    /// Whether this change of an object is excluded.
    pub fn excludes(&self, address: &Address, change: Change) -> bool {
        self.exclude.iter().any(|picked| picked.has(address, change))
    }

    /// Whether an object is selected, whatever happens to it.
    pub fn has_object(&self, address: &Address) -> bool {
        let selected =
            self.everything || self.select.iter().any(|picked| picked.objects.contains(address));
        selected && !self.excludes_object(address)
    }

    /// Whether an object is excluded, whatever happens to it.
    pub fn excludes_object(&self, address: &Address) -> bool {
        let whole = self.exclude.iter().filter(|picked| picked.actions.is_empty());
        whole.into_iter().any(|picked| picked.objects.contains(address))
    }

    /// Whether nothing at all is selected.
    pub fn is_nothing(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == NOTHING_SELECTED)
    }
}

/// Works out what selectors select. A pure function.
pub fn choose(selectors: &Selectors, universe: &Universe<'_>) -> Chosen {
    let mut chosen = Chosen { everything: selectors.select.is_empty(), ..Chosen::default() };
    let mut own: BTreeSet<Address> = BTreeSet::new();
    let mut pulled: BTreeMap<Address, Pull> = BTreeMap::new();
    let people =
        People::of(selectors, universe.objects.iter().map(|(address, one)| (address, *one)));
    for selector in &selectors.select {
        let (picked, pulls) = pick(selector, universe, &people, &mut chosen.reached);
        own.extend(picked.objects.iter().filter(|one| !pulls.contains_key(one)).cloned());
        pulled.extend(pulls);
        chosen.note_unmatched("select", selector, &picked);
        chosen.select.push(picked);
    }
    for selector in &selectors.exclude {
        let (picked, _) = pick(selector, universe, &people, &mut BTreeSet::new());
        chosen.note_unmatched("exclude", selector, &picked);
        chosen.exclude.push(picked);
    }
    pulled.retain(|address, _| !own.contains(address) && chosen.has_object(address));
    chosen.pulled_in = pulled;
    let any = universe.objects.keys().any(|address| chosen.has_object(address));
    if !selectors.is_everything() && !any {
        let message = format!("{} selects nothing", selectors.flags().trim_start());
        let hint = "names are matched as `brickform show` and the snapshot write them; `brickform kinds` lists the kinds";
        chosen.findings.push(Finding::error(NOTHING_SELECTED, "", message).hint(hint));
    }
    chosen
}

impl Chosen {
    fn note_unmatched(&mut self, flag: &str, selector: &Selector, picked: &Picked) {
        if picked.objects.is_empty() {
            self.findings.push(unmatched(flag, selector));
        }
    }

    /// Takes back that a selector excludes nothing, where what it excludes was not even looked at.
    pub(crate) fn forgive(&mut self, selector: &Selector) {
        let said = unmatched("exclude", selector);
        self.findings.retain(|finding| *finding != said);
    }
}

/// Takes back what findings say of selectors that match nothing, where objects that were read later are
/// selected or excluded by them after all.
pub(crate) fn answered(
    catalogue: &Catalogue,
    (selectors, people): (&Selectors, &People),
    later: &BTreeSet<Address>,
    findings: &mut Vec<Finding>,
) {
    let matches = |one: &Selector| {
        let alone = Selectors { select: vec![one.clone()], exclude: Vec::new() };
        later.iter().any(|address| may_select(catalogue, &alone, people, address))
    };
    let of = |flag, all: &[Selector]| {
        let matched = all.iter().filter(|one| matches(one));
        matched.map(|one| unmatched(flag, one)).collect::<Vec<_>>()
    };
    let wrong = [of("select", &selectors.select), of("exclude", &selectors.exclude)].concat();
    let is_any = later.iter().any(|address| may_select(catalogue, selectors, people, address));
    findings.retain(|one| !(wrong.contains(one) || is_any && one.code == NOTHING_SELECTED));
}

/// Says that a selector matches nothing.
fn unmatched(flag: &str, selector: &Selector) -> Finding {
    let owner = |term: &Term| matches!(term.test, Test::Owner(_) | Test::Of(..));
    let asks_owner = selector.terms().iter().any(owner);
    let hint = if asks_owner {
        "owners are known only of objects whose rights were read"
    } else {
        "`*` stays within a path component; a `+` that ends a name, and `*`, `?`, `&` in it, need a backslash"
    };
    let message = format!("--{flag} '{selector}' matches nothing");
    Finding::warning("unmatched-selector", "", message).hint(hint)
}

/// What one selector selects, and what of it only because of others.
fn pick(
    selector: &Selector,
    universe: &Universe<'_>,
    people: &People,
    reached: &mut BTreeSet<Address>,
) -> (Picked, BTreeMap<Address, Pull>) {
    let mut objects: BTreeSet<Address> = universe.objects.keys().cloned().collect();
    let mut actions = Vec::new();
    let mut pulls = BTreeMap::new();
    for term in selector.terms() {
        if let Test::Action(change) = term.test {
            actions.push((change, term.negated));
            continue;
        }
        let found: BTreeSet<Address> = universe
            .objects
            .iter()
            .filter(|(address, object)| universe.holds(people, &term.test, address, **object))
            .map(|(address, _)| address.clone())
            .collect();
        let spread = spread(term, universe, &found);
        reached.extend(found.iter().filter(|_| term.spreads()).cloned());
        reached.extend(spread.keys().cloned());
        objects.retain(|address| {
            (found.contains(address) || spread.contains_key(address)) != term.negated
        });
        if !term.negated {
            pulls.extend(found.iter().filter_map(|one| {
                Some((one.clone(), Pull::MemberOf(people.group(&term.test, one)?.clone())))
            }));
            pulls.extend(spread);
        }
    }
    pulls.retain(|address, _| objects.contains(address));
    (Picked { objects, actions }, pulls)
}

/// What `+` adds to the objects of a term.
fn spread(
    term: &Term,
    universe: &Universe<'_>,
    found: &BTreeSet<Address>,
) -> BTreeMap<Address, Pull> {
    let mut pulls = BTreeMap::new();
    if term.needs {
        pulls.extend(follow(universe.needs(), found, universe, Pull::NeededBy));
    }
    if term.dependents {
        for (address, pull) in follow(&universe.dependents(), found, universe, Pull::Needs) {
            pulls.entry(address).or_insert(pull);
        }
    }
    pulls
}

/// Everything that links lead to, and from which of the first objects.
fn follow(
    links: &Links,
    from: &BTreeSet<Address>,
    universe: &Universe<'_>,
    pull: fn(Address) -> Pull,
) -> BTreeMap<Address, Pull> {
    let mut origin: BTreeMap<&Address, &Address> = BTreeMap::new();
    let mut waiting: VecDeque<(&Address, &Address)> =
        from.iter().map(|address| (address, address)).collect();
    while let Some((at, first)) = waiting.pop_front() {
        for next in links.get(at).into_iter().flatten() {
            let is_new = !from.contains(next) && universe.objects.contains_key(next);
            if is_new && !origin.contains_key(next) {
                origin.insert(next, first);
                waiting.push_back((next, first));
            }
        }
    }
    origin.into_iter().map(|(address, first)| (address.clone(), pull(first.clone()))).collect()
}

#[cfg(test)]
mod tests;
