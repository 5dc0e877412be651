//! What goes wrong in a rehearsal with chaos, as it follows from a seed.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::cli::in_process::Death;
use crate::sim::{Action, Faults, Rule};

/// How often the client is killed.
pub(super) const DEATHS: usize = 3;

/// The share of requests that each trouble befalls.
const TROUBLE: [(&str, Action, f64); 6] = [
    ("*", Action::Throttle, 0.04),
    ("*", Action::UnavailableBefore, 0.04),
    ("*", Action::UnavailableAfter, 0.04),
    ("*", Action::CutBefore, 0.03),
    ("*", Action::CutAfter, 0.03),
    ("GET *", Action::Stale, 0.2),
];

/// The faults of a seed.
pub(super) fn faults(seed: u64) -> Faults {
    let rule = |(on, action, chance): &(&str, Action, f64)| Rule {
        on: (*on).to_owned(),
        chance: Some(*chance),
        action: *action,
        retry_after: (*action == Action::Throttle).then_some(2),
        ..Rule::default()
    };
    Faults { seed, rules: TROUBLE.iter().map(rule).collect(), kill: None }
}

/// The `number`-th death of a seed's client, somewhere within so many requests; the first are the setting up.
pub(super) fn death(seed: u64, number: usize, requests: usize, told: Arc<Notify>) -> Death {
    let bits = spread(seed ^ spread(number as u64 + 1));
    let at = 2 + usize::try_from(bits >> 33).unwrap_or_default() % requests.max(1);
    Death { at, effect: bits & 1 == 1, told }
}

/// Spreads a number over sixty-four bits.
fn spread(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_kills_at_its_own_places_and_always_the_same() {
        let places = |seed| {
            let death = |number| death(seed, number, 100, Arc::default());
            (0..DEATHS).map(death).map(|death| (death.at, death.effect)).collect::<Vec<_>>()
        };
        assert_eq!(places(1), places(1));
        assert_ne!(places(1), places(2));
        assert!((0..50).flat_map(places).all(|(at, _)| (2..102).contains(&at)));
        assert!((0..50).flat_map(places).any(|(_, effect)| effect));
    }

    #[test]
    fn every_fault_of_the_list_befalls_something() {
        let faults = faults(3);
        assert_eq!(faults.rules.len(), TROUBLE.len());
        assert!(faults.rules.iter().all(|rule| rule.chance.is_some_and(|chance| chance > 0.0)));
    }
}
