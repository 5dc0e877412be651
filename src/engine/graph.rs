//! An order in which steps can be done: each after what it needs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// What each node needs.
pub(super) type Needs<N> = BTreeMap<N, BTreeSet<N>>;

/// Orders nodes so that each stands after what it needs, smallest first where there is a choice.
///
/// # Errors
/// Answers a shortest cycle through the smallest node that is on one.
pub(super) fn order<N: Ord + Clone>(needs: &Needs<N>) -> Result<Vec<N>, Vec<N>> {
    let mut missing: BTreeMap<&N, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    for (node, wanted) in needs {
        let inside = wanted.iter().filter(|need| needs.contains_key(need));
        let mut count = 0;
        for need in inside {
            dependents.entry(need).or_default().push(node);
            count += 1;
        }
        missing.insert(node, count);
    }
    let mut ready: BinaryHeap<Reverse<&N>> =
        missing.iter().filter(|(_, count)| **count == 0).map(|(node, _)| Reverse(*node)).collect();
    let mut ordered = Vec::with_capacity(needs.len());
    while let Some(Reverse(node)) = ready.pop() {
        ordered.push(node.clone());
        for dependent in dependents.get(node).into_iter().flatten() {
            if let Some(count) = missing.get_mut(dependent) {
                *count -= 1;
                if *count == 0 {
                    ready.push(Reverse(dependent));
                }
            }
        }
    }
    if ordered.len() == needs.len() { Ok(ordered) } else { Err(shortest_cycle(needs, &ordered)) }
}

fn shortest_cycle<N: Ord + Clone>(needs: &Needs<N>, done: &[N]) -> Vec<N> {
    let done: BTreeSet<&N> = done.iter().collect();
    let left = || needs.keys().filter(|node| !done.contains(*node));
    left().filter_map(|start| cycle_through(needs, start)).min_by_key(Vec::len).unwrap_or_default()
}

/// The shortest way from a node back to itself.
fn cycle_through<N: Ord + Clone>(needs: &Needs<N>, start: &N) -> Option<Vec<N>> {
    let mut came_from: BTreeMap<&N, &N> = BTreeMap::new();
    let mut level: Vec<&N> = vec![start];
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in level {
            for need in needs.get(node).into_iter().flatten() {
                if need == start {
                    let mut cycle = vec![node.clone()];
                    let mut at = node;
                    while at != start {
                        at = came_from.get(at)?;
                        cycle.push(at.clone());
                    }
                    cycle.reverse();
                    return Some(cycle);
                }
                if needs.contains_key(need) && need != start && !came_from.contains_key(need) {
                    came_from.insert(need, node);
                    next.push(need);
                }
            }
        }
        level = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(edges: &[(&str, &str)]) -> Needs<String> {
        let mut needs = Needs::new();
        for (node, need) in edges {
            needs
                .entry((*node).to_owned())
                .or_insert_with(BTreeSet::new)
                .insert((*need).to_owned());
            needs.entry((*need).to_owned()).or_default();
        }
        needs
    }

    #[test]
    fn names_a_shortest_cycle() {
        let found = order(&graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "b"), ("d", "a")]))
            .unwrap_err();
        assert_eq!(found, ["b", "c"]);
        assert_eq!(order(&graph(&[("x", "x")])).unwrap_err(), ["x"]);
    }

    #[test]
    fn what_is_outside_holds_nothing_up() {
        let mut needs = Needs::new();
        needs.insert(1, BTreeSet::from([7]));
        assert_eq!(order(&needs), Ok(vec![1]));
    }

    proptest! {
        #[test]
        fn each_stands_after_what_it_needs(edges in prop::collection::vec((0u8..30, 0u8..30), 0..80)) {
            let mut needs: Needs<u8> = (0..30).map(|node| (node, BTreeSet::new())).collect();
            for (a, b) in edges {
                if a > b {
                    needs.get_mut(&a).unwrap().insert(b);
                }
            }
            let ordered = order(&needs).unwrap();
            let place = |node: &u8| ordered.iter().position(|other| other == node).unwrap();
            for (node, wanted) in &needs {
                for need in wanted {
                    prop_assert!(place(need) < place(node));
                }
            }
            prop_assert_eq!(ordered.len(), 30);
        }
    }
}
