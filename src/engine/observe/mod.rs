//! Reading a live workspace into a snapshot. There is no second reader: plan and apply read so too.

mod listing;
mod read;
mod selected;
mod take_in;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;

use self::listing::{OneListing, root_of, unlisted};
use super::caller::Caller;
use super::keys::Sticky;
use crate::client::Session;
use crate::kind::{Catalogue, Depth, Details, Index, Kind, Listed, Scope, Trace};
use crate::model::{Address, Finding, Selectors, Severity, Snapshot};
use crate::store::BlobStore;

/// Who is told how far a run is: the phase, and how much of how many is done.
pub type Progress = Arc<dyn Fn(&str, usize, Option<usize>) + Send + Sync>;

/// What is to be read, and how.
pub struct Observe<'a> {
    /// The workspace.
    pub session: &'a Session,
    /// The kinds.
    pub catalogue: &'a Catalogue,
    /// Where contents go.
    pub blobs: &'a BlobStore,
    /// How far bytes are read that specs speak of.
    pub depth: Depth<'a>,
    /// Which objects, per kind; a kind that is missing here is read whole, unless this is `Some`.
    pub only: Option<BTreeMap<String, BTreeSet<String>>>,
    /// Kinds that are only referred to and are listed even if nothing that is read refers to them.
    pub also: BTreeSet<String>,
    /// What is known already of identifiers in this workspace.
    pub known: Index,
    /// Keys given before.
    pub sticky: &'a Sticky,
    /// Whether objects are read whole, or only listed.
    pub details: bool,
    /// Whether grants are read.
    pub grants: bool,
    /// Told how far it is.
    pub progress: Progress,
}

/// A workspace as it was found.
#[derive(Default)]
pub struct Observation {
    /// Its objects.
    pub snapshot: Snapshot,
    /// Which identifiers stand for which addresses.
    pub index: Index,
    /// The keys given, for the next time.
    pub sticky: Sticky,
    /// What the listing said of each object, where only some were read.
    pub listed: BTreeMap<Address, Listed>,
    /// How many captured objects of each kind bear each name.
    pub namesakes: BTreeMap<Address, usize>,
    /// Kinds that are only referred to and that this workspace does list.
    pub listable: BTreeSet<String>,
    /// When objects were last changed, and by whom, of those of which the workspace tells it.
    pub traces: BTreeMap<Address, Trace>,
}

/// Reads a workspace, or a part of it.
///
/// A kind that cannot be listed and an object that cannot be read are findings; everything else goes on.
pub async fn observe(run: &Observe<'_>, caller: &Caller) -> Observation {
    observe_selected(run, caller, &Selectors::default()).await
}

/// Reads what selectors select of a workspace, and no more than it takes to know that.
pub async fn observe_selected(
    run: &Observe<'_>,
    caller: &Caller,
    selectors: &Selectors,
) -> Observation {
    let mut seen = Observation { index: run.known.clone(), ..Observation::default() };
    seen.snapshot.source = caller.source.clone();
    seen.snapshot.findings.extend(caller.findings.iter().cloned());

    let roots: Vec<(&'static Kind, Scope)> = run
        .catalogue
        .managed()
        .filter(|kind| kind.listed_with.is_none())
        .filter_map(|kind| Some((kind, run.scope(kind)?)))
        .map(|(kind, scope)| (kind, run.scope_of_selected(kind, scope, selectors)))
        .collect();
    let total = roots.len();
    let done = AtomicUsize::new(0);
    (run.progress)("listing", 0, Some(total));
    let listings = join_all(roots.into_iter().map(|(root, scope)| {
        let done = &done;
        async move {
            let listing = run.list(root, &scope).await;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            (run.progress)("listing", count, Some(total));
            OneListing { root, scope, listing }
        }
    }))
    .await;

    let mut kept: Vec<(&'static Kind, Scope, Vec<Listed>)> = Vec::new();
    let mut incomplete: BTreeMap<&'static str, String> = BTreeMap::new();
    for OneListing { root, scope, listing } in listings {
        let family: Vec<&'static Kind> =
            run.catalogue.managed().filter(|kind| root_of(kind) == root).collect();
        match listing {
            Ok(listing) => {
                if listing.findings.iter().any(|finding| finding.severity == Severity::Error) {
                    family.iter().for_each(|kind| {
                        drop(incomplete.insert(kind.name, "parts could not be listed".into()))
                    });
                }
                seen.snapshot.findings.extend(listing.findings);
                kept.push((root, scope, seen.take_in(listing.objects, run)));
            }
            Err(error) => {
                for kind in family {
                    seen.snapshot.findings.push(unlisted(kind, &error));
                    incomplete.insert(kind.name, format!("not listed: {}", error.lasting_words()));
                }
            }
        }
    }

    let objects: usize = kept.iter().map(|(_, _, objects)| objects.len()).sum();
    let (read, mut grants) = if !selectors.is_everything() {
        let selected = run.read_selected(selectors, kept, &seen.index).await;
        seen.snapshot.scope = selectors.clone();
        seen.snapshot.findings.extend(selected.findings);
        incomplete.extend(selected.incomplete);
        (selected.read, selected.grants)
    } else if run.details {
        let rights = run.with_rights(&kept);
        futures::join!(run.read_all(kept, objects), run.grants_of(rights, &seen.index))
    } else {
        (
            kept.into_iter()
                .flat_map(|(_, _, objects)| objects)
                .map(|mut one| {
                    let raw = std::mem::take(&mut one.raw);
                    (one, Ok(Details { raw, content: None }))
                })
                .collect(),
            BTreeMap::new(),
        )
    };

    run.look_up(&mut seen, &read).await;
    for (listed, details) in read {
        let address = Address::new(listed.kind.name, listed.key.clone());
        if run.only.is_some() {
            let mut listed = listed.clone();
            if let (true, Ok(details)) = (listed.raw.is_null(), &details) {
                listed.raw = details.raw.clone();
            }
            seen.listed.insert(address.clone(), listed);
        }
        match details {
            Ok(details) => seen.keep(
                run,
                address,
                details,
                grants.remove(&(listed.kind.name, listed.id.as_str().to_owned())),
            ),
            // Deleted between the listing and now: it is not there, which is no failure.
            Err(error) if error.is_not_found() && run.only.is_none() => {
                seen.snapshot.findings.push(Finding::note(
                    "vanished",
                    &address,
                    "it was deleted while the workspace was read",
                ));
                seen.index.remove(&address);
            }
            Err(error) => {
                incomplete.insert(listed.kind.name, "some could not be read".into());
                seen.snapshot.findings.push(Finding::error(
                    "unreadable",
                    &address,
                    format!("it cannot be read: {}", error.lasting_words()),
                ));
            }
        }
    }
    seen.mark(run, caller, &incomplete);
    seen
}
