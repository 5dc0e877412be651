//! The MLflow model registry: what its models and versions have in common.

mod alias;
mod numbers;
mod origin;
mod stage;
mod tags;

use serde_json::Value;

use crate::client::Call;
use crate::kind::{Error, OWN_MODELS, Omission, Writing, at};

pub(super) use alias::{aliases_of, settle as settle_aliases};
pub(super) use numbers::{Version, create as create_numbered, is_placeholder};
pub(super) use origin::{Origins, RunOf};
pub(super) use stage::{archive, transition};
pub(super) use tags::{Tagged, without_own};

/// A text field, where it is there and not empty.
pub(super) fn text<'a>(of: &'a Value, pointer: &str) -> Option<&'a str> {
    at(of, pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Models of brickform's own, in which its lock stands on a plain MLflow server, are left out.
pub(super) fn omit_own(raw: &Value) -> Option<Omission> {
    text(raw, "/name").filter(|name| name.starts_with(OWN_MODELS)).map(|_| Omission::OWN)
}

/// Sends a call whose answer says nothing that is not known.
async fn send(cx: Writing<'_>, call: Call) -> Result<(), Error> {
    cx.session.send(&call).await?;
    Ok(())
}

/// Sends a delete; what is gone already is deleted.
pub(super) async fn delete(cx: Writing<'_>, call: Call) -> Result<(), Error> {
    match send(cx, call).await {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}
