//! What objects rely on in the target, beyond what they refer to and name.

use std::collections::{BTreeMap, BTreeSet};

use super::Planning;
use crate::kind::{Kind, Outlook};
use crate::model::{Address, Finding, Resource};

impl Planning<'_> {
    /// Says what the objects that are created or changed rely on and may not find there. What is the same for
    /// several is said once.
    pub(super) fn doubt_what_is_relied_on(&mut self) {
        let of_kind = |kind| self.will_hold(kind);
        let has = |address: &Address| {
            let comes = self.objects.contains_key(address);
            let tells = comes || self.unseen(address).is_none();
            tells.then(|| comes || self.live_one(address).is_some())
        };
        let outlook = Outlook { caller: self.caller(), has: &has, of_kind: &of_kind };
        let mut doubts: BTreeMap<(String, String), Vec<Finding>> = BTreeMap::new();
        for address in self.objects.keys() {
            let (Some(kind), Some(resource)) =
                (self.catalogue().kind(&address.kind), self.wanted(address))
            else {
                continue;
            };
            for finding in kind.hooks.doubt(resource, self.live_one(address), &outlook) {
                let same = (finding.code.clone(), finding.message.clone());
                doubts.entry(same).or_default().push(finding);
            }
        }
        let said = doubts.into_values().filter_map(|alike| {
            let count = alike.len();
            let mut first = alike.into_iter().next()?;
            if count > 1 {
                first.message.push_str(&format!("; so do {} more", count - 1));
            }
            Some(first.counts(count))
        });
        let said: Vec<Finding> = said.collect();
        self.findings.extend(said);
    }

    /// The objects of a kind that the target will have; nothing where it does not tell which it has.
    fn will_hold(&self, kind: &'static Kind) -> Option<Vec<&Resource>> {
        if self.unread.iter().any(|finding| finding.about == kind.name) {
            return None;
        }
        let going: BTreeSet<&Address> = self.deletes.values().collect();
        let stays = self.live.of_kind(kind.name).filter(|live| !going.contains(&live.address));
        let mut all: BTreeMap<&Address, &Resource> = stays
            .map(|live| (self.wanted_names.get(&live.address).unwrap_or(&live.address), live))
            .collect();
        let first = Address::new(kind.name, "");
        let comes = self.objects.range(first..).map(|(address, _)| address);
        let comes = comes.take_while(|address| address.kind == kind.name);
        all.extend(comes.filter_map(|address| Some((address, self.wanted(address)?))));
        Some(all.into_values().collect())
    }
}
