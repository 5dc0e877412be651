//! Reading a live workspace into a snapshot. There is no second reader: plan and apply read so too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use super::caller::Caller;
use super::keys::{self, Sticky, fingerprint};
use crate::client::{Kind as Trouble, Session};
use crate::kind::{
    Catalogue, Details, Error, Index, Kind, Listed, Listing, Reading, Scope, Table, as_external,
    normalise, read_grants, regular,
};
use crate::model::{Address, Finding, KindMark, Resource, Severity, Snapshot};
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
    /// How many listed objects of each kind bear each name, captured or not.
    pub namesakes: BTreeMap<Address, usize>,
    /// Kinds that are only referred to and that this workspace does list.
    pub listable: BTreeSet<String>,
}

fn root_of(kind: &'static Kind) -> &'static Kind {
    kind.listed_with.unwrap_or(kind)
}

impl Observe<'_> {
    fn scope(&self, root: &'static Kind) -> Option<Scope> {
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

    async fn list(&self, root: &'static Kind, scope: &Scope) -> Result<Listing, Error> {
        let cx = Reading { kind: root, session: self.session, scope, blobs: self.blobs };
        root.hooks.list(cx).await
    }
}

/// One kind's listing, or why there is none.
struct Listed1 {
    root: &'static Kind,
    scope: Scope,
    listing: Result<Listing, Error>,
}

fn unlisted(kind: &'static Kind, error: &Error) -> Finding {
    if error.is_unavailable_kind() {
        return Finding::warning(
            "unavailable",
            kind.name,
            format!("this workspace does not offer {} objects: {error}", kind.name),
        );
    }
    let finding = Finding::error("unreadable", kind.name, format!("the listing failed: {error}"));
    match error.kind() {
        Some(Trouble::Denied) => finding.hint("read the workspace as an admin"),
        _ => finding,
    }
}

/// Reads a workspace, or a part of it.
///
/// A kind that cannot be listed and an object that cannot be read are findings; everything else goes on.
pub async fn observe(run: &Observe<'_>, caller: &Caller) -> Observation {
    let mut seen = Observation { index: run.known.clone(), ..Observation::default() };
    seen.snapshot.source = caller.source.clone();
    seen.snapshot.findings.extend(caller.findings.iter().cloned());

    let roots: Vec<(&'static Kind, Scope)> = run
        .catalogue
        .managed()
        .filter(|kind| kind.listed_with.is_none())
        .filter_map(|kind| Some((kind, run.scope(kind)?)))
        .collect();
    let total = roots.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    (run.progress)("listing", 0, Some(total));
    let listings = join_all(roots.into_iter().map(|(root, scope)| {
        let done = &done;
        async move {
            let listing = run.list(root, &scope).await;
            let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            (run.progress)("listing", count, Some(total));
            Listed1 { root, scope, listing }
        }
    }))
    .await;

    let mut kept: Vec<(&'static Kind, Scope, Vec<Listed>)> = Vec::new();
    let mut incomplete: BTreeMap<&'static str, String> = BTreeMap::new();
    for Listed1 { root, scope, listing } in listings {
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
                    incomplete.insert(kind.name, format!("not listed: {error}"));
                }
            }
        }
    }

    let objects: usize = kept.iter().map(|(_, _, objects)| objects.len()).sum();
    let (read, grants) = if run.details {
        futures::join!(run.read_all(&kept, objects), run.grants_of(&kept))
    } else {
        (
            kept.into_iter()
                .flat_map(|(_, _, objects)| objects)
                .map(|one| {
                    let raw = one.raw.clone();
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
            seen.listed.insert(address.clone(), listed.clone());
        }
        match details {
            Ok(details) => seen.keep(
                run,
                address,
                details,
                grants.get(&(listed.kind.name, listed.id.as_str().to_owned())),
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
                    format!("it cannot be read: {error}"),
                ));
            }
        }
    }
    seen.mark(run, caller, &incomplete);
    seen
}

type Read = Vec<(Listed, Result<Details, Error>)>;
type Grants = BTreeMap<(&'static str, String), Result<Value, Error>>;

impl Observe<'_> {
    async fn read_all(&self, kept: &[(&'static Kind, Scope, Vec<Listed>)], objects: usize) -> Read {
        (self.progress)("reading", 0, Some(objects));
        let done = std::sync::atomic::AtomicUsize::new(0);
        let read = kept.iter().map(|(root, scope, listed)| {
            let done = &done;
            async move {
                let cx = Reading { kind: root, session: self.session, scope, blobs: self.blobs };
                let wanted: Vec<Listed> =
                    listed.iter().filter(|one| self.is_asked(one)).cloned().collect();
                let read = root.hooks.read(cx, wanted).await;
                let count =
                    done.fetch_add(read.len(), std::sync::atomic::Ordering::Relaxed) + read.len();
                (self.progress)("reading", count, Some(objects));
                read
            }
        });
        join_all(read).await.into_iter().flatten().collect()
    }

    /// Whether an object is among those asked for, by its key as it was assigned.
    fn is_asked(&self, listed: &Listed) -> bool {
        match &self.only {
            None => true,
            Some(only) => only.get(listed.kind.name).is_some_and(|keys| keys.contains(&listed.key)),
        }
    }

    async fn grants_of(&self, kept: &[(&'static Kind, Scope, Vec<Listed>)]) -> Grants {
        if !self.grants {
            return Grants::new();
        }
        let wanted: Vec<_> = kept
            .iter()
            .flat_map(|(_, _, listed)| listed)
            .filter(|one| self.is_asked(one))
            .filter_map(|one| Some((one, one.kind.acl?)))
            .collect();
        let total = wanted.len();
        let progress = &self.progress;
        let calls = wanted.into_iter().map(|(one, acl)| async move {
            let answer =
                self.session.get(&acl.path(one.id.as_str()), &[]).await.map_err(Error::from);
            ((one.kind.name, one.id.as_str().to_owned()), answer)
        });
        stream::iter(calls)
            .buffer_unordered(regular::AT_ONCE)
            .enumerate()
            .inspect(|(count, _)| progress("rights", count + 1, Some(total)))
            .map(|(_, answer)| answer)
            .collect()
            .await
    }

    /// Lists the kinds that are only referred to, if anything read refers to them.
    async fn look_up(&self, seen: &mut Observation, read: &Read) {
        let mut wanted: BTreeMap<&'static str, &'static Kind> = self
            .catalogue
            .kinds()
            .filter(|kind| !kind.is_managed() && self.also.contains(kind.name))
            .map(|kind| (kind.name, kind))
            .collect();
        for (listed, details) in read {
            let (Some(table), Ok(details)) = (self.catalogue.table(listed.kind.name), details)
            else {
                continue;
            };
            let shaped = std::cell::OnceCell::new();
            for (pattern, reference) in &table.refs {
                for kind in reference.to.iter().filter(|kind| !kind.is_managed()) {
                    if wanted.contains_key(kind.name) {
                        continue;
                    }
                    let mut shaped =
                        shaped.get_or_init(|| listed.kind.hooks.shape(details.raw.clone())).clone();
                    let mut found = false;
                    crate::kind::select_mut(&mut shaped, pattern, &mut |value| {
                        found |= value.is_string() || value.is_number();
                        crate::kind::Keep::Yes
                    });
                    if found {
                        wanted.insert(kind.name, kind);
                    }
                }
            }
        }
        let listings = join_all(
            wanted
                .into_values()
                .map(|kind| async move { (kind, self.list(kind, &Scope::Everything).await) }),
        )
        .await;
        for (kind, listing) in listings {
            match listing {
                Ok(mut listing) => {
                    keys::assign(
                        kind.name,
                        &mut listing.objects.iter_mut().collect::<Vec<_>>(),
                        self.sticky,
                    );
                    for object in listing.objects {
                        seen.index.insert(Address::new(kind.name, object.key), object.id, None);
                    }
                    seen.listable.insert(kind.name.to_owned());
                }
                Err(error) => seen.snapshot.findings.push(Finding::warning(
                    "unresolved-references",
                    kind.name,
                    format!(
                        "references to {} objects keep the source's identifiers: {error}",
                        kind.name
                    ),
                )),
            }
        }
    }
}

impl Observation {
    /// Gives listed objects their keys, notes their identifiers, and sorts out those that are left out.
    fn take_in(&mut self, objects: Vec<Listed>, run: &Observe<'_>) -> Vec<Listed> {
        let mut by_kind: BTreeMap<&'static str, (Vec<Listed>, Vec<Listed>)> = BTreeMap::new();
        for object in objects {
            *self
                .namesakes
                .entry(Address::new(object.kind.name, object.key.clone()))
                .or_default() += 1;
            let entry = by_kind.entry(object.kind.name).or_default();
            match object.kind.hooks.omit(&object.raw) {
                None => entry.0.push(object),
                Some(omission) => {
                    if run.only.is_none() {
                        let about = Address::new(object.kind.name, object.key.clone());
                        self.snapshot.findings.push(Finding::note(
                            omission.code,
                            about,
                            omission.reason,
                        ));
                    }
                    entry.1.push(object);
                }
            }
        }
        let mut kept = Vec::new();
        for (kind, (mut captured, mut omitted)) in by_kind {
            // Those that are captured are numbered first, so that others cannot take their names.
            let mut all: Vec<&mut Listed> = captured.iter_mut().collect();
            keys::assign(kind, &mut all, run.sticky);
            let taken: BTreeSet<String> = captured.iter().map(|one| one.key.clone()).collect();
            for object in omitted.iter_mut().filter(|one| taken.contains(&one.key)) {
                object.key = format!("{}~omitted-{}", object.key, fingerprint(kind, &object.id));
            }
            for object in captured.iter().chain(&omitted) {
                let principal = object.kind.hooks.principal(&object.raw);
                self.index.insert(
                    Address::new(kind, object.key.clone()),
                    object.id.clone(),
                    principal,
                );
            }
            let sticky = self.sticky.entry(kind.to_owned()).or_default();
            if captured.first().is_some_and(|one| !one.kind.unique) {
                sticky.extend(
                    captured.iter().map(|one| (fingerprint(kind, &one.id), one.key.clone())),
                );
            }
            kept.extend(captured);
        }
        self.sticky.retain(|_, keys| !keys.is_empty());
        kept
    }

    fn keep(
        &mut self,
        run: &Observe<'_>,
        address: Address,
        details: Details,
        grants: Option<&Result<Value, Error>>,
    ) {
        let Some(table) = run.catalogue.table(&address.kind) else { return };
        let grants = match grants {
            None => None,
            Some(Ok(answer)) => Some(read_grants(answer, &self.index)),
            Some(Err(error)) => {
                self.snapshot.findings.push(Finding::error(
                    "unreadable-rights",
                    &address,
                    format!("its rights cannot be read: {error}"),
                ));
                None
            }
        };
        let spec = normalise(table, details.raw, &self.index);
        let mut resource =
            Resource { address: address.clone(), spec, grants, content: details.content };
        if run.details {
            self.snapshot.findings.extend(table.kind.hooks.inspect(&mut resource));
            self.snapshot.findings.extend(doubts(table, &resource));
        }
        self.snapshot.resources.insert(address, resource);
    }

    fn mark(
        &mut self,
        run: &Observe<'_>,
        caller: &Caller,
        incomplete: &BTreeMap<&'static str, String>,
    ) {
        for kind in run.catalogue.managed() {
            let (complete, evidence) = match incomplete.get(kind.name) {
                _ if run.only.is_some() => (false, "only a part was read".to_owned()),
                Some(why) => (false, why.clone()),
                None if !caller.source.admin => {
                    (false, "the caller is no admin, so the listing may be filtered".to_owned())
                }
                None => (true, "every page was read by an admin".to_owned()),
            };
            let count = self.snapshot.of_kind(kind.name).count();
            let digest = self.snapshot.kind_digest(kind.name);
            self.snapshot.kinds.insert(
                kind.name.to_owned(),
                KindMark { layout: kind.layout, count, digest, complete, evidence },
            );
        }
        self.snapshot.findings.sort();
        self.snapshot.findings.dedup();
    }
}

/// What a person should know about a captured object: references that lead nowhere, secrets that were taken out.
fn doubts(table: &Table, resource: &Resource) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut outside: BTreeSet<String> = BTreeSet::new();
    let mut spec = resource.spec.clone();
    for (pattern, _) in &table.refs {
        crate::kind::select_mut(&mut spec, pattern, &mut |found| {
            outside.extend(as_external(found).map(|external| external.kind));
            crate::kind::Keep::Yes
        });
    }
    for kind in outside {
        let message = format!("it refers to a {kind} that this workspace does not show");
        findings.push(Finding::warning("dangling-reference", &resource.address, message));
    }
    if crate::kind::has_redacted(&resource.spec) {
        findings.push(
            Finding::warning(
                "redacted",
                &resource.address,
                "a value that looks like a secret in clear was left out",
            )
            .hint("put it into a secret scope and write {{secrets/SCOPE/KEY}} instead"),
        );
    }
    if resource.address.key != keys::base_of(&resource.address.key) {
        findings.push(Finding::note(
            "namesake",
            &resource.address,
            "another object has the same name; the number tells them apart",
        ));
    }
    findings
}
