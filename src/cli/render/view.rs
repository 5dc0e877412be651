//! A plan's steps, grouped by what happens: 412 jobs that get the same new node type are one group.

use std::collections::BTreeMap;

use super::risk::is_lumped;
use super::text::number;
use crate::engine::{self, Risk};
use crate::model::{Address, Change, FieldChange, Step};

/// Steps in sections, the riskiest first.
pub(crate) struct View<'a> {
    /// The sections; none is empty.
    pub sections: Vec<Section<'a>>,
}

/// Steps of one risk.
pub(crate) struct Section<'a> {
    /// What the steps may do.
    pub risk: Risk,
    /// Its groups.
    pub groups: Vec<Group<'a>>,
    /// New objects on which nothing is granted: apply only makes sure of that.
    pub looks: usize,
}

impl Section<'_> {
    /// What is said about the objects at which apply only looks, if there are any.
    pub(crate) fn look(&self) -> Option<String> {
        let looks = number(self.looks);
        match (self.looks, self.groups.is_empty()) {
            (0, _) => None,
            (_, true) => Some(format!("a look at {looks}, on which nothing should be granted")),
            _ => Some(format!("and a look at {looks} more, on which nothing should be granted")),
        }
    }
}

/// Steps on objects of one kind to which the same happens.
pub(crate) struct Group<'a> {
    /// The kind.
    pub kind: &'a str,
    /// The steps, by their addresses.
    pub steps: Vec<&'a Step>,
    /// The fields that change, the same for all of them.
    pub fields: Vec<&'a FieldChange>,
    /// What is not the same for all of them, in figures.
    pub notes: Vec<String>,
}

/// The most groups of one kind that differ in nothing but content, before they become one.
const CONTENTS: usize = 5;

/// The path under which content stands.
const CONTENT: &str = "/content";

impl<'a> Group<'a> {
    /// The objects.
    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = &'a Address> {
        self.steps.iter().map(|step| &step.address)
    }
}

impl<'a> View<'a> {
    /// Groups steps by what they may do; with `expand`, each stands alone.
    pub(crate) fn of(steps: &'a [Step], expand: bool) -> Self {
        Self::by(steps, engine::risks(steps).into_iter().map(|judged| judged.risk), expand)
    }

    /// Groups differences by where objects are and what of them differs, whomever that hurts.
    pub(crate) fn of_differences(steps: &'a [Step], expand: bool) -> Self {
        let place = |step: &Step| match step.change {
            Change::Delete => Risk::Delete,
            Change::Create => Risk::Create,
            Change::Grants => Risk::Grant,
            Change::Update | Change::Rename | Change::Replace => Risk::Update,
        };
        Self::by(steps, steps.iter().map(place), expand)
    }

    fn by(steps: &'a [Step], risks: impl Iterator<Item = Risk>, expand: bool) -> Self {
        let mut sections: BTreeMap<Risk, Vec<&Step>> = BTreeMap::new();
        for (step, risk) in steps.iter().zip(risks) {
            sections.entry(risk).or_default().push(step);
        }
        let section = |(risk, mut steps): (Risk, Vec<&'a Step>)| {
            let all = steps.len();
            steps.retain(|step| risk != Risk::NewGrants || !step.fields.is_empty());
            Section { risk, groups: groups(risk, &steps, expand), looks: all - steps.len() }
        };
        Self { sections: sections.into_iter().map(section).collect() }
    }
}

fn groups<'a>(risk: Risk, steps: &[&'a Step], expand: bool) -> Vec<Group<'a>> {
    let mut contents: BTreeMap<&str, usize> = BTreeMap::new();
    for step in steps.iter().filter(|step| is_content_only(step)) {
        *contents.entry(&step.address.kind).or_default() += 1;
    }
    let mut signatures: BTreeMap<(&str, String), Vec<&'a Step>> = BTreeMap::new();
    for step in steps {
        let kind = step.address.kind.as_str();
        let signature = if expand {
            step.address.key.clone()
        } else if is_lumped(risk) {
            String::new()
        } else if is_content_only(step) && contents[kind] > CONTENTS {
            "content".to_owned()
        } else {
            serde_json::json!([step.from, step.fields]).to_string()
        };
        signatures.entry((kind, signature)).or_default().push(step);
    }
    let mut groups: Vec<Group<'a>> =
        signatures.into_iter().map(|((kind, _), steps)| group(risk, kind, &steps)).collect();
    if !expand {
        groups.sort_by_key(|group| (group.kind, &group.steps[0].address));
    }
    groups
}

fn is_content_only(step: &Step) -> bool {
    matches!(step.fields.as_slice(), [field] if field.path == CONTENT)
}

fn group<'a>(risk: Risk, kind: &'a str, steps: &[&'a Step]) -> Group<'a> {
    let mut members: Vec<&'a Step> = steps.to_vec();
    members.sort_by_key(|step| &step.address);
    let same = steps.iter().all(|step| step.fields == steps[0].fields);
    let fields = if same && (steps.len() == 1 || !is_lumped(risk)) {
        steps[0].fields.iter().collect()
    } else {
        Vec::new()
    };
    let mut notes = if fields.is_empty() { notes(risk, steps) } else { Vec::new() };
    notes.extend(steps[0].from.as_ref().map(|from| format!("it was {from}")));
    Group { kind, steps: members, fields, notes }
}

/// What is not the same for all steps of a group, in figures.
fn notes(risk: Risk, steps: &[&Step]) -> Vec<String> {
    let fields = || steps.iter().flat_map(|step| &step.fields);
    let counted = |words: Vec<String>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
        let parts: Vec<String> =
            counts.into_iter().map(|(word, count)| format!("{word} ×{count}")).collect();
        parts.join(", ")
    };
    let mut notes = Vec::new();
    match risk {
        Risk::NewGrants | Risk::Grant | Risk::Revoke => {
            let levels = fields().filter_map(|field| field.after.as_ref()?.as_str());
            // Somebody may hold several at once.
            let levels = levels.flat_map(|levels| levels.split(", ")).map(str::to_owned);
            notes.push(counted(levels.collect()));
        }
        Risk::Delete => {
            let levels = fields().filter(|field| field.is_right());
            let levels = levels.filter_map(|field| field.before.as_ref()?.as_str());
            let levels =
                counted(levels.flat_map(|levels| levels.split(", ")).map(str::to_owned).collect());
            if !levels.is_empty() {
                notes.push(format!("rights that go: {levels}"));
            }
        }
        Risk::Create | Risk::Complete => {
            let causes =
                fields().map(|field| field.cause.clone()).filter(|cause| !cause.is_empty());
            let prefix = if risk == Risk::Create { "rewritten: " } else { "" };
            let causes = counted(causes.collect());
            if !causes.is_empty() {
                notes.push(format!("{prefix}{causes}"));
            }
        }
        Risk::Reach => notes.extend(steps.first().map(|step| step.reach.clone())),
        _ if steps.iter().all(|step| is_content_only(step)) => notes.push("content".to_owned()),
        _ => {}
    }
    notes.retain(|note| !note.is_empty());
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(id: u32, address: &str, change: Change, fields: &[(&str, u32, u32)]) -> Step {
        let field = |(path, before, after): &(&str, u32, u32)| FieldChange {
            path: (*path).to_owned(),
            before: Some(json!(before)),
            after: Some(json!(after)),
            source: None,
            cause: String::new(),
        };
        let fields = fields.iter().map(field).collect();
        Step { fields, ..Step::new(id, address.parse().unwrap(), change) }
    }

    #[test]
    fn the_riskiest_first_and_the_same_together() {
        let steps = [
            step(1, "user:a", Change::Create, &[]),
            step(2, "job:a", Change::Update, &[("/n", 1, 2)]),
            step(3, "job:b", Change::Update, &[("/n", 1, 2)]),
            step(4, "job:c", Change::Update, &[("/n", 1, 3)]),
            step(5, "pool:p", Change::Replace, &[("/t", 1, 2)]),
            step(6, "user:a", Change::Grants, &[]),
            step(7, "user:b", Change::Grants, &[]),
            step(8, "user:a", Change::Update, &[]),
        ];
        let view = View::of(&steps, false);
        let risks: Vec<Risk> = view.sections.iter().map(|section| section.risk).collect();
        use Risk::{Complete, Create, Grant, NewGrants, Replace, Update};
        assert_eq!(risks, [Replace, Update, Grant, Create, Complete, NewGrants]);
        let counts: Vec<usize> =
            view.sections[1].groups.iter().map(|group| group.steps.len()).collect();
        assert_eq!(counts, [2, 1]);
        let expanded = View::of(&steps, true);
        assert_eq!(expanded.sections[1].groups.len(), 3);
    }

    #[test]
    fn new_objects_without_rights_are_only_counted() {
        let mut granted = step(1, "job:a", Change::Grants, &[("/grants/group:g", 0, 0)]);
        granted.fields[0].before = None;
        granted.fields[0].after = Some(json!("CAN_MANAGE, CAN_VIEW"));
        let steps = [
            step(2, "job:a", Change::Create, &[]),
            step(3, "job:b", Change::Create, &[]),
            step(4, "job:c", Change::Create, &[]),
            granted.clone(),
            Step { address: "job:c".parse().unwrap(), id: 6, ..granted },
            step(5, "job:b", Change::Grants, &[]),
        ];
        for expand in [false, true] {
            let view = View::of(&steps, expand);
            let section = &view.sections[1];
            assert_eq!((section.risk, section.looks), (Risk::NewGrants, 1));
            let members: usize = section.groups.iter().map(|group| group.steps.len()).sum();
            assert_eq!(members, 2);
        }
        let mut other = steps[4].clone();
        other.fields[0].after = Some(json!("CAN_VIEW"));
        let steps = [steps[0].clone(), steps[2].clone(), steps[3].clone(), other];
        let view = View::of(&steps, false);
        assert_eq!(view.sections[1].groups[0].notes, ["CAN_MANAGE ×1, CAN_VIEW ×2"]);
    }

    #[test]
    fn what_is_renamed_says_what_it_was() {
        let renamed = |id, address: &str, from: &str| Step {
            from: Some(from.parse().unwrap()),
            ..step(id, address, Change::Rename, &[])
        };
        let steps = [renamed(1, "job:b", "job:a"), renamed(2, "job:d", "job:c")];
        let view = View::of(&steps, false);
        let notes: Vec<&[String]> =
            view.sections[0].groups.iter().map(|group| group.notes.as_slice()).collect();
        assert_eq!(notes, [["it was job:a"], ["it was job:c"]]);
        let deletes: Vec<Step> =
            (0..3).map(|n| step(n, &format!("job:{n}"), Change::Delete, &[])).collect();
        let view = View::of(&deletes, false);
        assert_eq!(view.sections[0].groups.len(), 1);
        assert!(view.sections[0].groups[0].notes.is_empty());
    }

    #[test]
    fn many_contents_become_one_group() {
        let steps: Vec<Step> = (0..9)
            .map(|n| step(n, &format!("notebook:/{n}"), Change::Update, &[(CONTENT, n, n + 100)]))
            .collect();
        let view = View::of(&steps, false);
        assert_eq!(view.sections[0].groups.len(), 1);
        assert_eq!(view.sections[0].groups[0].notes, ["content"]);
        assert_eq!(View::of(&steps[..3], false).sections[0].groups.len(), 3);
    }
}
