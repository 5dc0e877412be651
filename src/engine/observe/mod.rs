//! Reading a live workspace into a snapshot. There is no second reader: plan and apply read so too.

mod left_out;
mod listing;
mod named;
mod pool;
mod read;
mod selected;
mod take_in;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::named::Named;
use super::caller::Caller;
use super::keys::Sticky;
use super::select::may_select;
use crate::client::Session;
use crate::kind::{Catalogue, Depth, Details, Index, Kind, Listed, Scope, Trace};
use crate::model::{Address, Finding, Selectors, Snapshot};
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
    /// Which objects of kinds that others name by a path, where not only some objects are read.
    pub named: Named,
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
    for kind in run.catalogue.managed() {
        for name in kind.hooks.always_there() {
            seen.index.admit(Address::new(kind.name, *name), name);
        }
    }

    let roots: Vec<(&'static Kind, Scope)> = run
        .catalogue
        .managed()
        .filter(|kind| kind.listed_with.is_none())
        .filter(|kind| kind.named_by.is_empty() || run.only.is_some())
        .filter_map(|kind| Some((kind, run.scope(kind)?)))
        .collect();
    let mut incomplete: BTreeMap<&'static str, String> = BTreeMap::new();
    // Who is meant decides where to look for what is theirs.
    let first = run.kinds_of_people(selectors);
    let (first, then): (Vec<_>, Vec<_>) =
        roots.into_iter().partition(|(root, _)| first.contains(root.name));
    let listings = run.list_all(first).await;
    let mut kept = seen.take_all(listings, run, &mut incomplete, &|_| true);
    let people = run.people(selectors, &kept, &seen.index).await;
    let then = then.into_iter();
    let then =
        then.map(|(kind, scope)| (kind, run.scope_of_selected(kind, scope, selectors, &people)));
    let listings = run.list_all(then.collect()).await;
    let of_interest = |address: &Address| may_select(run.catalogue, selectors, &people, address);
    kept.extend(seen.take_all(listings, run, &mut incomplete, &of_interest));

    let objects: usize = kept.iter().map(|(_, _, objects)| objects.len()).sum();
    let (mut read, mut grants) = if !selectors.is_everything() {
        let selected = run.read_selected(selectors, &people, kept, &seen.index).await;
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

    if run.only.is_none() {
        run.read_named(&mut seen, &mut read, &mut incomplete, (selectors, &people)).await;
    }
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
