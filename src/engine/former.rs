//! References to objects that are gone: their identifiers lead nowhere, and a plan still knows whose they were.

use std::collections::BTreeMap;

use super::keys::fingerprint;
use crate::kind::{Keep, Table, as_external, select_mut};
use crate::model::{Address, Plan, Resource, ServerId};

/// The objects that a plan saw, by the fingerprints of their identifiers.
pub(super) struct Former<'a>(BTreeMap<&'a str, &'a Address>);

impl<'a> Former<'a> {
    /// The objects that a plan saw.
    pub(super) fn of(plan: &'a Plan) -> Self {
        let seen = plan.observed.iter();
        Self(seen.filter_map(|(address, seen)| Some((seen.object.as_deref()?, address))).collect())
    }

    /// Turns identifiers of objects that the plan saw, and that are gone, into references to what they are
    /// called. Says whether there were any.
    pub(super) fn name<'n>(
        &'n self,
        table: &Table,
        resource: &mut Resource,
        called: impl Fn(&'n Address) -> &'n Address,
    ) -> bool {
        let mut named = false;
        for (pattern, _) in &table.refs {
            select_mut(&mut resource.spec, pattern, &mut |found| {
                let external = as_external(found);
                let address = external.and_then(|external| {
                    let id = ServerId::from_value(&external.id)?;
                    self.0.get(fingerprint(&external.kind, &id).as_str()).copied()
                });
                if let Some(address) = address {
                    *found = called(address).to_ref();
                    named = true;
                }
                Keep::Yes
            });
        }
        named
    }
}
