//! What was decided beforehand for single conflicts and edits.

use super::Planning;
use crate::model::{Address, Divergence, Finding, Resolution, Take};

impl Planning<'_> {
    /// What was decided for a divergence, if anything was, and between the same values.
    pub(super) fn decision_on(&self, address: &Address, divergence: &Divergence) -> Option<Take> {
        let is_about = |one: &Resolution| {
            one.address == *address
                && one.field.as_ref().is_none_or(|field| *field == divergence.path)
        };
        let all = self.input.options.resolutions.iter().enumerate();
        // The decision on the field comes before the one on the whole object.
        let (number, resolution) =
            all.filter(|(_, one)| is_about(one)).max_by_key(|(_, one)| one.field.is_some())?;
        let still = resolution.seen.as_ref().is_none_or(|digest| *digest == divergence.seen());
        still.then(|| {
            self.resolved.borrow_mut().insert(number);
            resolution.take
        })
    }

    /// Says which decisions were of no use: their values changed since, or there is nothing to decide.
    pub(super) fn doubt_resolutions(&mut self) {
        let resolved = self.resolved.borrow().clone();
        for (number, one) in self.input.options.resolutions.iter().enumerate() {
            if resolved.contains(&number) {
                continue;
            }
            let field = one.field.as_deref().unwrap_or("the whole object");
            let open = [&self.conflicts, &self.kept].into_iter().any(|diverged| {
                diverged.get(&one.address).is_some_and(|fields| {
                    fields.iter().any(|found| one.field.as_ref().is_none_or(|f| *f == found.path))
                })
            });
            let finding = if open {
                let message =
                    format!("the resolution for {field} is void: the values have changed since");
                Finding::warning("void-resolution", &one.address, message)
                    .hint("look at them again, and write the resolution anew")
            } else {
                let message = format!("the resolution for {field} applies to nothing");
                Finding::warning("unused-resolution", &one.address, message)
                    .hint("remove it from the resolutions")
            };
            self.findings.push(finding);
        }
    }
}
