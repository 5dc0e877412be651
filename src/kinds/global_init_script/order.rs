//! The order in which scripts run.
//!
//! Servers number all scripts from 0 on, and every script that comes or goes moves those behind it. What is
//! kept of a script is which others run before it: that stays as it is when somebody else's scripts come.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::KIND;
use crate::client::Session;
use crate::kind::{Error, at};

/// Where the names of the scripts that run before one stand in its spec.
pub(super) const AFTER: &str = "runs_after";

/// How long to wait for a script to be seen that is to run before another.
const NOT_YET_SHOWN: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// The names of the scripts that run before one.
pub(super) fn names(spec: &Value) -> impl Iterator<Item = &str> {
    spec.get(AFTER).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Scripts in the order in which they run: identifier, and name with a number where it is not the first so.
pub(super) struct Order(Vec<(String, String)>);

impl Order {
    /// Takes the order from listed scripts.
    pub(super) fn of<'r>(scripts: impl Iterator<Item = &'r Value>) -> Self {
        let text = |raw: &Value, field: &str| {
            at(raw, field).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let position = |raw: &Value| at(raw, "/position").and_then(Value::as_i64);
        let mut sorted: Vec<_> =
            scripts.map(|raw| (position(raw), text(raw, KIND.id), text(raw, KIND.key))).collect();
        sorted.sort();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let numbered = sorted.into_iter().map(|(_, id, name)| {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            (id, if *count == 1 { name } else { format!("{name}~{count}") })
        });
        Self(numbered.collect())
    }

    /// Asks a workspace for the order of its scripts.
    ///
    /// # Errors
    /// As the server refuses.
    pub(super) async fn now(session: &Session) -> Result<Self, Error> {
        let answer = session.get(KIND.api.list.path, &[]).await?;
        Ok(Self::of(at(&answer, "/scripts").and_then(Value::as_array).into_iter().flatten()))
    }

    /// Asks for the order until it shows some scripts that are there; a server may answer from a stale copy.
    /// Whoever never shows is not there after all.
    ///
    /// # Errors
    /// As the server refuses.
    pub(super) async fn showing(session: &Session, spec: &Value) -> Result<Self, Error> {
        for wait in NOT_YET_SHOWN {
            let order = Self::now(session).await?;
            if names(spec).all(|name| order.0.iter().any(|(_, other)| other == name)) {
                return Ok(order);
            }
            tokio::time::sleep(wait).await;
        }
        Self::now(session).await
    }

    /// Notes on a script which run before it.
    pub(super) fn note(&self, raw: &mut Value) {
        let id = at(raw, KIND.id).and_then(Value::as_str).unwrap_or_default().to_owned();
        let before = self.0.iter().take_while(|(other, _)| *other != id);
        let before: Vec<&str> = before.map(|(_, name)| name.as_str()).collect();
        raw[AFTER] = json!(before);
    }

    /// The position right behind the last of some scripts, once the script that moves there is taken out.
    pub(super) fn behind<'n>(
        &self,
        moving: Option<&str>,
        before: impl Iterator<Item = &'n str>,
    ) -> usize {
        let before: Vec<&str> = before.collect();
        let others = self.0.iter().filter(|(id, _)| Some(id.as_str()) != moving);
        let last = others.enumerate().filter(|(_, (_, name))| before.contains(&name.as_str()));
        last.map(|(position, _)| position + 1).last().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        let script = |id: &str, name: &str, position: i64| json!({"script_id": id, "name": name, "position": position});
        let listed =
            [script("3", "c", 2), script("1", "a", 0), script("2", "b", 1), script("4", "b", 3)];
        Order::of(listed.iter())
    }

    #[test]
    fn every_script_knows_those_before_it() {
        let mut raw = json!({"script_id": "4"});
        order().note(&mut raw);
        assert_eq!(raw["runs_after"], json!(["a", "b", "c"]));
        assert_eq!(order().0[3].1, "b~2");
    }

    #[test]
    fn a_script_goes_right_behind_those_before_it() {
        let behind =
            |moving: Option<&str>, names: &[&str]| order().behind(moving, names.iter().copied());
        assert_eq!(behind(None, &[]), 0);
        assert_eq!(behind(None, &["a", "never"]), 1);
        assert_eq!(behind(None, &["b~2"]), 4);
        // Once `a` is taken out, `b` is the first.
        assert_eq!(behind(Some("1"), &["b"]), 1);
        assert_eq!(behind(Some("1"), &["b", "b~2"]), 3);
    }
}
