//! Which kinds are listed, and what is said of those that cannot be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;

use super::{Observation, Observe};
use crate::client::Kind as Trouble;
use crate::engine::keys;
use crate::kind::{Error, Kind, Listed, Listing, Reading, Scope};
use crate::model::{Address, Finding, Severity};

/// The kind whose listing yields the objects of this one.
pub(super) fn root_of(kind: &'static Kind) -> &'static Kind {
    kind.listed_with.unwrap_or(kind)
}

impl Observe<'_> {
    /// Which objects of a family of kinds are asked for; `None` if none is.
    pub(super) fn scope(&self, root: &'static Kind) -> Option<Scope> {
        let Some(only) = &self.only else { return Some(Scope::Everything) };
        let family = self.catalogue.kinds().filter(|kind| root_of(kind) == root);
        let keys: BTreeSet<String> = family
            .filter_map(|kind| only.get(kind.name))
            .flatten()
            .map(|key| keys::base_of(key).to_owned())
            .chain(
                self.catalogue
                    .kinds()
                    .filter(|kind| root_of(kind) == root)
                    .filter_map(|kind| only.get(kind.name))
                    .flatten()
                    .cloned(),
            )
            .collect();
        let asked = self
            .catalogue
            .kinds()
            .any(|kind| root_of(kind) == root && only.contains_key(kind.name));
        asked.then_some(Scope::Keys(keys))
    }

    /// What is at hand to read the objects of a family of kinds.
    pub(super) fn reading<'a>(&'a self, kind: &'static Kind, scope: &'a Scope) -> Reading<'a> {
        Reading { kind, session: self.session, scope, blobs: self.blobs, depth: self.depth }
    }

    /// Lists families of kinds, all at once.
    pub(super) async fn list_all(&self, roots: Vec<(&'static Kind, Scope)>) -> Vec<OneListing> {
        let total = roots.len();
        let done = AtomicUsize::new(0);
        (self.progress)("listing", 0, Some(total));
        join_all(roots.into_iter().map(|(root, scope)| {
            let done = &done;
            async move {
                let listing = self.list(root, &scope).await;
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                (self.progress)("listing", count, Some(total));
                OneListing { root, scope, listing }
            }
        }))
        .await
    }

    /// Lists the objects of a family of kinds.
    pub(super) async fn list(&self, root: &'static Kind, scope: &Scope) -> Result<Listing, Error> {
        if !self.session.server().offers(root.api.list.path) {
            return Err(Error::NotOffered);
        }
        root.hooks.list(self.reading(root, scope)).await
    }
}

/// One kind's listing, or why there is none.
pub(super) struct OneListing {
    pub(super) root: &'static Kind,
    pub(super) scope: Scope,
    pub(super) listing: Result<Listing, Error>,
}

impl Observation {
    /// Takes in what was listed, and notes what could not be.
    pub(super) fn take_all(
        &mut self,
        listings: Vec<OneListing>,
        run: &Observe<'_>,
        incomplete: &mut BTreeMap<&'static str, String>,
        of_interest: &dyn Fn(&Address) -> bool,
    ) -> Vec<(&'static Kind, Scope, Vec<Listed>)> {
        let mut kept = Vec::new();
        for OneListing { root, scope, listing } in listings {
            let family = run.catalogue.managed().filter(|kind| root_of(kind) == root);
            match listing {
                Ok(listing) => {
                    if listing.findings.iter().any(|finding| finding.severity == Severity::Error) {
                        let parts =
                            |kind: &'static Kind| (kind.name, "parts could not be listed".into());
                        incomplete.extend(family.map(parts));
                    }
                    self.snapshot.findings.extend(listing.findings);
                    kept.push((root, scope, self.take_in(listing.objects, run, of_interest)));
                }
                Err(error) => {
                    for kind in family {
                        self.snapshot.findings.push(unlisted(kind, &error));
                        incomplete
                            .insert(kind.name, format!("not listed: {}", error.lasting_words()));
                    }
                }
            }
        }
        kept
    }
}

/// What is said of a kind that could not be listed.
pub(super) fn unlisted(kind: &'static Kind, error: &Error) -> Finding {
    if matches!(error, Error::NotOffered) {
        let message = format!("a plain MLflow server has no {} objects", kind.name);
        return Finding::note("unavailable", kind.name, message);
    }
    if error.is_no_call() {
        return Finding::warning(
            "unavailable",
            kind.name,
            format!(
                "this workspace does not offer {} objects: {}",
                kind.name,
                error.lasting_words()
            ),
        );
    }
    let message = format!("the listing failed: {}", error.lasting_words());
    let finding = Finding::error("unreadable", kind.name, message);
    match error.kind() {
        Some(Trouble::Denied) => finding.hint("read the workspace as an admin"),
        _ => finding,
    }
}
