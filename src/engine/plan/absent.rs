//! Files and cloud roles that objects name, and that will not be there.

use std::collections::{BTreeMap, BTreeSet};

use super::Planning;
use crate::engine::named::{meant, visit_names};
use crate::kind::{Place, What};
use crate::model::{Address, Finding, Layout};

/// What is named, and by which objects.
type Named = BTreeMap<String, BTreeSet<Address>>;

/// Folders of the tree in which nothing is looked at.
const UNSEEN: &str = "/Repos/";

impl Planning<'_> {
    /// Says what the objects that are created or changed name and the target will not have, or of which
    /// nobody can tell.
    pub(super) fn doubt_names(&mut self) {
        let (mut missing, mut elsewhere) = (Named::new(), Named::new());
        for address in self.objects.keys() {
            let (Some(table), Some(resource)) =
                (self.catalogue().table(&address.kind), self.wanted(address))
            else {
                continue;
            };
            visit_names(table, resource, &mut |what, text| {
                let doubtful = match what {
                    What::Path => return,
                    What::File if self.is_elsewhere(text) => &mut elsewhere,
                    _ if self.will_be_there(what, text) => return,
                    _ => &mut missing,
                };
                doubtful.entry(text.to_owned()).or_default().insert(address.clone());
            });
        }
        for (text, users) in missing {
            let Some(first) = users.first() else { continue };
            let message = format!("{} {text}, which the target will not have", names(&users));
            let finding = Finding::warning("missing", first, message);
            self.findings.push(finding.hint("put it there, or whatever uses it fails"));
        }
        if let Some((text, users)) = elsewhere.first_key_value() {
            let others = match elsewhere.len() {
                1 => String::new(),
                count => format!(", one of {count} such places"),
            };
            let message = format!("{} {text}{others}, which is not looked at", names(users));
            let finding = Finding::note("unchecked", "", message);
            self.findings.push(finding.hint("see that the target can read it"));
        }
    }

    /// Whether a place is none that a snapshot holds.
    fn is_elsewhere(&self, text: &str) -> bool {
        match Place::of(text) {
            Some(Place::Tree(path)) => path.starts_with(UNSEEN) || self.is_inside_another(&path),
            Some(Place::Dbfs(_)) => meant(self.catalogue(), What::File, text)
                .iter()
                .any(|one| self.is_not_looked_at(one)),
            place => place == Some(Place::Elsewhere),
        }
    }

    /// Whether the target was not asked for an object, or did not say.
    fn is_not_looked_at(&self, address: &Address) -> bool {
        let left_out =
            |finding: &Finding| finding.code.starts_with("skipped-") && finding.is_about(address);
        self.unseen(address).is_some() || self.live.findings.iter().any(left_out)
    }

    /// Whether a path leads into an object that is no folder, of whose inside nothing is known.
    fn is_inside_another(&self, path: &str) -> bool {
        let mut above = path;
        while let Some((folder, _)) =
            above.rsplit_once('/').filter(|(folder, _)| !folder.is_empty())
        {
            let is_there = |address: &Address| {
                let kind = self.catalogue().kind(&address.kind);
                kind.is_some_and(|kind| kind.layout != Layout::Directory) && self.has(address)
            };
            if meant(self.catalogue(), What::Path, folder).iter().any(is_there) {
                return true;
            }
            above = folder;
        }
        false
    }

    /// Whether something that is named is there, or comes with the snapshot, or names nothing that could be.
    fn will_be_there(&self, what: What, text: &str) -> bool {
        let meant = meant(self.catalogue(), what, text);
        match (what, Place::of(text)) {
            (What::Arn, _) => meant.is_empty() || meant.iter().any(|address| self.has(address)),
            (_, None) => true,
            (_, Some(_)) => meant.iter().any(|address| self.has(address)),
        }
    }

    fn has(&self, address: &Address) -> bool {
        let comes = self.desired().contains_key(address) && !self.blocked.contains_key(address);
        comes || self.live.resources.contains_key(address)
    }
}

/// Who names something, as the beginning of a sentence.
fn names(users: &BTreeSet<Address>) -> String {
    match users.len() {
        0 | 1 => "it names".to_owned(),
        count => format!("it and {} more name", count - 1),
    }
}
