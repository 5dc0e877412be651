//! Reading what was listed: objects whole, their rights, and the kinds they only refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};

use super::{Observation, Observe};
use crate::engine::keys;
use crate::kind::{
    Acl, Details, Error, Index, Keep, Kind, Listed, Scope, read_grants, read_rights, regular,
    select_mut,
};
use crate::model::{Address, Finding, Grant, ServerId};

/// What each object said, or why it said nothing.
pub(super) type Read = Vec<(Listed, Result<Details, Error>)>;
/// What each object's rights are, by kind and identifier.
pub(super) type Grants = BTreeMap<(&'static str, String), Result<BTreeSet<Grant>, Error>>;

/// An object whose rights are to be read, and how they are reached.
pub(super) type WithRights = (&'static str, ServerId, Acl);

/// The object and its rights, where it has any.
pub(super) fn rights_of(one: &Listed) -> Option<WithRights> {
    let acl = one.kind.acl.filter(|_| one.kind.hooks.has_rights(&one.raw))?;
    Some((one.kind.name, one.id.clone(), acl))
}

impl Observe<'_> {
    /// Reads all listed objects that are asked for.
    pub(super) async fn read_all(
        &self,
        kept: Vec<(&'static Kind, Scope, Vec<Listed>)>,
        objects: usize,
    ) -> Read {
        (self.progress)("reading", 0, Some(objects));
        let done = AtomicUsize::new(0);
        let read = kept.into_iter().map(|(root, scope, mut listed)| {
            let done = &done;
            async move {
                listed.retain(|one| self.is_asked(one));
                let read = root.hooks.read(self.reading(root, &scope), listed).await;
                let count = done.fetch_add(read.len(), Ordering::Relaxed) + read.len();
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

    /// The objects whose rights are to be read.
    pub(super) fn with_rights(
        &self,
        kept: &[(&'static Kind, Scope, Vec<Listed>)],
    ) -> Vec<WithRights> {
        let asked = kept.iter().flat_map(|(_, _, listed)| listed).filter(|one| self.is_asked(one));
        if self.reads_rights() { asked.filter_map(rights_of).collect() } else { Vec::new() }
    }

    /// Whether rights are wanted, of a server that has any.
    pub(super) fn reads_rights(&self) -> bool {
        self.grants && self.session.server().is_workspace()
    }

    /// Reads rights; of each answer only the direct grants are held.
    pub(super) async fn grants_of(&self, wanted: Vec<WithRights>, index: &Index) -> Grants {
        let total = wanted.len();
        let progress = &self.progress;
        let calls = wanted.into_iter().map(|(kind, id, acl)| async move {
            let answer = read_rights(self.session, &acl, &id).await;
            let object = (kind, id.as_str().to_owned());
            (object, answer.map(|answer| read_grants(&answer, index)))
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
    pub(super) async fn look_up(&self, seen: &mut Observation, read: &Read) {
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
                    select_mut(&mut shaped, pattern, &mut |value| {
                        found |= value.is_string() || value.is_number();
                        Keep::Yes
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
                        "references to {} objects keep the source's identifiers: {}",
                        kind.name,
                        error.lasting_words()
                    ),
                )),
            }
        }
    }
}
