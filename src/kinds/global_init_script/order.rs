//! The order in which scripts run.
//!
//! Servers number all scripts from 0 on, and every script that comes or goes moves those behind it. What is
//! kept of a script is which others run before it: that stays as it is when somebody else's scripts come.

use std::time::Duration;

use serde_json::{Value, json};

use super::KIND;
use crate::client::Session;
use crate::kind::{Error, at};

/// Where the scripts that run before one stand in its spec.
pub(super) const AFTER: &str = "runs_after";

/// How long to wait for a script to be seen that is to run before another.
const NOT_YET_SHOWN: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// The identifiers of the scripts that run before one.
pub(super) fn before(body: &Value) -> impl Iterator<Item = &str> {
    body.get(AFTER).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The identifiers of scripts, in the order in which they run.
pub(super) struct Order(Vec<String>);

impl Order {
    /// Takes the order from listed scripts.
    pub(super) fn of<'r>(scripts: impl Iterator<Item = &'r Value>) -> Self {
        let id = |raw: &Value| at(raw, KIND.id).and_then(Value::as_str).map(str::to_owned);
        let position = |raw: &Value| at(raw, "/position").and_then(Value::as_i64);
        let mut sorted: Vec<_> =
            scripts.filter_map(|raw| Some((position(raw), id(raw)?))).collect();
        sorted.sort();
        Self(sorted.into_iter().map(|(_, id)| id).collect())
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
    pub(super) async fn showing(session: &Session, body: &Value) -> Result<Self, Error> {
        for wait in NOT_YET_SHOWN {
            let order = Self::now(session).await?;
            if before(body).all(|id| order.0.iter().any(|other| other == id)) {
                return Ok(order);
            }
            tokio::time::sleep(wait).await;
        }
        Self::now(session).await
    }

    /// Notes on a script which run before it.
    pub(super) fn note(&self, raw: &mut Value) {
        let id = at(raw, KIND.id).and_then(Value::as_str).unwrap_or_default().to_owned();
        let before: Vec<&String> = self.0.iter().take_while(|other| **other != id).collect();
        raw[AFTER] = json!(before);
    }

    /// The position right behind the last of some scripts, once the script that moves there is taken out.
    pub(super) fn behind<'n>(
        &self,
        moving: Option<&str>,
        before: impl Iterator<Item = &'n str>,
    ) -> usize {
        let before: Vec<&str> = before.collect();
        let others = self.0.iter().filter(|id| Some(id.as_str()) != moving);
        let last = others.enumerate().filter(|(_, id)| before.contains(&id.as_str()));
        last.map(|(position, _)| position + 1).last().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        let script = |id: &str, position: i64| json!({"script_id": id, "position": position});
        Order::of([script("3", 2), script("1", 0), script("2", 1), script("4", 3)].iter())
    }

    #[test]
    fn every_script_knows_those_before_it() {
        let mut raw = json!({"script_id": "4"});
        order().note(&mut raw);
        assert_eq!(raw["runs_after"], json!(["1", "2", "3"]));
    }

    #[test]
    fn a_script_goes_right_behind_those_before_it() {
        let behind =
            |moving: Option<&str>, ids: &[&str]| order().behind(moving, ids.iter().copied());
        assert_eq!(behind(None, &[]), 0);
        assert_eq!(behind(None, &["1", "never"]), 1);
        assert_eq!(behind(None, &["4"]), 4);
        // Once the first is taken out, the second is the first.
        assert_eq!(behind(Some("1"), &["2"]), 1);
        assert_eq!(behind(Some("1"), &["2", "4"]), 3);
    }
}
