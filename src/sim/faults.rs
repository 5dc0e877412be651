//! What goes wrong, and when: scripted, so that a test can say exactly which request suffers.

use serde::{Deserialize, Serialize};

use super::ids::mix;

/// A script of faults.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What rules with a `chance` follow from.
    pub seed: u64,
    /// The rules; the first one which fires decides.
    pub rules: Vec<Rule>,
    /// When the client dies.
    pub kill: Option<Kill>,
}

/// One fault: which requests, which of them, and what happens.
///
/// `nth`, `every` and `chance` narrow the matching requests down; without them all suffer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Method and path, as `POST /api/2.2/jobs/*`; `*` stands for anything, also in place of the method.
    /// The query counts too when there is a `?`, as in `GET */Users?*filter=*`.
    pub on: String,
    /// Only the n-th matching request, counted from 1.
    pub nth: Option<u64>,
    /// Every n-th matching request.
    pub every: Option<u64>,
    /// The share of matching requests, between 0 and 1.
    pub chance: Option<f64>,
    /// At most so many times.
    pub times: Option<u64>,
    /// What happens.
    #[serde(rename = "do")]
    pub action: Action,
    /// `Retry-After` of `throttle`, `unavailable-before` and `unavailable-after`, in seconds.
    pub retry_after: Option<u64>,
    /// How long `delay` takes.
    pub millis: u64,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// 503, and nothing is done.
    #[default]
    UnavailableBefore,
    /// It is done, and the answer is 503.
    UnavailableAfter,
    /// 429, and nothing is done.
    Throttle,
    /// The answer comes late.
    Delay,
    /// The connection is cut, and nothing is done.
    CutBefore,
    /// It is done, and the connection is cut.
    CutAfter,
    /// A page with status 200, as of a login, and nothing is done.
    Html,
    /// The first matching read after a write answers the state before that write.
    Stale,
}

/// The death of the client: from one request on, nothing of the client arrives.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// The request which is the last, counted from 1.
    pub at: u64,
    /// Whether only writes are counted.
    #[serde(default)]
    pub writes: bool,
    /// Whether that last request is still carried out.
    #[serde(default)]
    pub effect: bool,
}

/// The script at work: it remembers how often each rule matched and fired.
#[derive(Debug, Default)]
pub(super) struct Script {
    faults: Faults,
    matched: Vec<u64>,
    fired: Vec<u64>,
    counted: u64,
}

/// What befalls one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    /// What happens.
    pub(super) action: Action,
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
    /// How long a delay takes.
    pub(super) millis: u64,
}

impl Script {
    pub(super) fn new(faults: Faults) -> Self {
        let rules = faults.rules.len();
        Self { faults, matched: vec![0; rules], fired: vec![0; rules], counted: 0 }
    }

    /// Whether some rule may ask for the state before the last write.
    pub(super) fn wants_the_past(&self) -> bool {
        self.faults.rules.iter().any(|rule| rule.action == Action::Stale)
    }

    /// Decides what befalls the next request; `past` says whether a stale read is possible.
    pub(super) fn decide(
        &mut self,
        method: &str,
        target: &str,
        write: bool,
        past: bool,
    ) -> Option<Fate> {
        if let Some(fate) = self.death(write) {
            return Some(fate);
        }
        for (index, rule) in self.faults.rules.iter().enumerate() {
            let stale = rule.action == Action::Stale;
            if !rule.matches(method, target) || (stale && (write || !past)) {
                continue;
            }
            self.matched[index] += 1;
            let spent = rule.times.is_some_and(|times| self.fired[index] >= times);
            if spent || !rule.fires(self.matched[index], self.faults.seed ^ index as u64) {
                continue;
            }
            self.fired[index] += 1;
            return Some(Fate {
                action: rule.action,
                retry_after: rule.retry_after,
                millis: rule.millis,
            });
        }
        None
    }

    fn death(&mut self, write: bool) -> Option<Fate> {
        let kill = self.faults.kill?;
        let cut = |action| Some(Fate { action, retry_after: None, millis: 0 });
        if self.counted >= kill.at {
            return cut(Action::CutBefore);
        }
        if write || !kill.writes {
            self.counted += 1;
        }
        match self.counted >= kill.at {
            true if kill.effect => cut(Action::CutAfter),
            true => cut(Action::CutBefore),
            false => None,
        }
    }
}

impl Rule {
    fn matches(&self, method: &str, target: &str) -> bool {
        let (on_method, on_path) = self.on.split_once(' ').unwrap_or(("*", &self.on));
        let path = if on_path.contains('?') { target } else { path_of(target) };
        glob(on_method, method) && glob(on_path.trim(), path)
    }

    fn fires(&self, count: u64, seed: u64) -> bool {
        self.nth.is_none_or(|nth| nth == count)
            && self.every.is_none_or(|every| every > 0 && count.is_multiple_of(every))
            && self.chance.is_none_or(|chance| share(mix(seed ^ mix(count))) < chance)
    }
}

/// A number of sixty-four bits as a share between 0 and 1.
fn share(bits: u64) -> f64 {
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

fn path_of(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(yaml: &str) -> Script {
        Script::new(serde_yaml::from_str(yaml).unwrap())
    }

    #[test]
    fn globs() {
        assert!(glob("/api/*/jobs/*", "/api/2.2/jobs/create"));
        assert!(glob("*", "anything") && glob("a*c", "abc") && glob("abc", "abc"));
        assert!(!glob("/api/*/jobs", "/api/2.2/jobs/create") && !glob("a*bc", "ab"));
    }

    #[test]
    fn nth_and_times_are_counted_per_rule() {
        let mut script = script("rules: [{on: 'POST /a/*', nth: 2, do: throttle, retry_after: 3}]");
        assert_eq!(script.decide("GET", "/a/b", false, false), None);
        assert_eq!(script.decide("POST", "/a/b", true, false), None);
        let fate = script.decide("POST", "/a/c", true, false).unwrap();
        assert_eq!((fate.action, fate.retry_after), (Action::Throttle, Some(3)));
        assert_eq!(script.decide("POST", "/a/c", true, false), None);
    }

    #[test]
    fn the_same_seed_makes_the_same_luck() {
        let run = |seed: u64| {
            let mut script = script(&format!(
                "{{seed: {seed}, rules: [{{on: '*', chance: 0.3, do: cut-before}}]}}"
            ));
            (0..200).map(|_| script.decide("GET", "/", false, false).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let hits = run(3).into_iter().filter(|hit| *hit).count();
        assert!((30..90).contains(&hits), "{hits}");
    }

    #[test]
    fn after_death_nothing_arrives() {
        let mut script = script("kill: {at: 2, writes: true, effect: true}");
        assert_eq!(script.decide("GET", "/", false, false), None);
        assert_eq!(script.decide("POST", "/", true, false), None);
        assert_eq!(script.decide("POST", "/", true, false).unwrap().action, Action::CutAfter);
        assert_eq!(script.decide("GET", "/", false, false).unwrap().action, Action::CutBefore);
    }

    #[test]
    fn a_misspelled_rule_is_refused() {
        assert!(serde_yaml::from_str::<Faults>("rules: [{on: '*', ntn: 2}]").is_err());
    }
}
