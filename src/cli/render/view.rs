//! A plan's steps, grouped by what happens: 412 jobs that get the same new node type are one group.

use std::collections::{BTreeMap, BTreeSet};

use super::text::number;
use crate::model::{Address, Change, FieldChange, Step};

/// Steps in sections, the riskiest first.
pub(crate) struct View<'a> {
    /// The sections; none is empty.
    pub sections: Vec<Section<'a>>,
}

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// Objects that go away.
    Delete,
    /// Objects that are deleted and made again.
    Replace,
    /// Objects that change in place.
    Update,
    /// Rights on objects that exist.
    Grants,
    /// Objects that get another name.
    Rename,
    /// New objects.
    Create,
    /// What is set on new objects once others exist.
    Complete,
    /// Rights on new objects.
    NewGrants,
}

/// Steps of one topic.
pub(crate) struct Section<'a> {
    /// What it is about.
    pub topic: Topic,
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
    /// The objects.
    pub members: Vec<&'a Address>,
    /// The fields that change, the same for all of them.
    pub fields: Vec<&'a FieldChange>,
    /// What is not the same for all of them, in figures.
    pub notes: Vec<String>,
}

impl Topic {
    /// The heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Delete => "Deleted",
            Self::Replace => "Replaced: deleted and created again",
            Self::Update => "Changed in place",
            Self::Rename => "Renamed",
            Self::Grants => "Rights set on objects that exist",
            Self::Create => "Created",
            Self::Complete => "Set last, on new objects",
            Self::NewGrants => "Rights set on new objects",
        }
    }

    /// The heading where a workspace is compared with a snapshot.
    pub(crate) fn difference(self) -> &'static str {
        match self {
            Self::Delete => "Missing: only in the snapshot",
            Self::Create => "Extra: only in the workspace",
            Self::Grants | Self::NewGrants => "With other rights in the workspace",
            Self::Replace | Self::Update | Self::Rename | Self::Complete => {
                "Different in the workspace"
            }
        }
    }

    /// The sign.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Delete => "-",
            Self::Replace => "-/+",
            Self::Update | Self::Rename | Self::Complete => "~",
            Self::Grants | Self::NewGrants => "±",
            Self::Create => "+",
        }
    }

    /// Whether each object's fields are of less interest than how many there are.
    fn is_lumped(self) -> bool {
        matches!(self, Self::Create | Self::NewGrants | Self::Complete)
    }
}

/// The most groups of one kind that differ in nothing but content, before they become one.
const CONTENTS: usize = 5;

/// The path under which content stands.
const CONTENT: &str = "/content";

impl<'a> View<'a> {
    /// Groups steps; with `expand`, each stands alone.
    pub(crate) fn of(steps: &'a [Step], expand: bool) -> Self {
        let new: BTreeSet<&Address> = steps
            .iter()
            .filter(|step| step.change == Change::Create)
            .map(|step| &step.address)
            .collect();
        let mut topics: BTreeMap<Topic, Vec<&Step>> = BTreeMap::new();
        for step in steps {
            let is_new = new.contains(&step.address);
            let topic = match step.change {
                Change::Delete => Topic::Delete,
                Change::Replace => Topic::Replace,
                Change::Update if is_new => Topic::Complete,
                Change::Rename => Topic::Rename,
                Change::Update => Topic::Update,
                Change::Grants if is_new => Topic::NewGrants,
                Change::Grants => Topic::Grants,
                Change::Create => Topic::Create,
            };
            topics.entry(topic).or_default().push(step);
        }
        let sections = topics
            .into_iter()
            .map(|(topic, mut steps)| {
                let all = steps.len();
                steps.retain(|step| topic != Topic::NewGrants || !step.fields.is_empty());
                Section { topic, groups: groups(topic, &steps, expand), looks: all - steps.len() }
            })
            .collect();
        Self { sections }
    }
}

fn groups<'a>(topic: Topic, steps: &[&'a Step], expand: bool) -> Vec<Group<'a>> {
    let contents_of = |kind: &str| {
        steps.iter().filter(|step| step.address.kind == kind && is_content_only(step)).count()
    };
    let mut signatures: BTreeMap<(&str, String), Vec<&'a Step>> = BTreeMap::new();
    for step in steps {
        let kind = step.address.kind.as_str();
        let signature = if expand {
            step.address.key.clone()
        } else if topic.is_lumped() {
            String::new()
        } else if is_content_only(step) && contents_of(kind) > CONTENTS {
            "content".to_owned()
        } else {
            serde_json::json!(step.fields).to_string()
        };
        signatures.entry((kind, signature)).or_default().push(step);
    }
    let mut groups: Vec<Group<'a>> =
        signatures.into_iter().map(|((kind, _), steps)| group(topic, kind, &steps)).collect();
    if !expand {
        groups.sort_by(|a, b| (a.kind, &a.members[0]).cmp(&(b.kind, &b.members[0])));
    }
    groups
}

fn is_content_only(step: &Step) -> bool {
    matches!(step.fields.as_slice(), [field] if field.path == CONTENT)
}

fn group<'a>(topic: Topic, kind: &'a str, steps: &[&'a Step]) -> Group<'a> {
    let mut members: Vec<&Address> = steps.iter().map(|step| &step.address).collect();
    members.sort();
    let same = steps.iter().all(|step| step.fields == steps[0].fields);
    let fields = if same && (steps.len() == 1 || !topic.is_lumped()) {
        steps[0].fields.iter().collect()
    } else {
        Vec::new()
    };
    let notes = if fields.is_empty() { notes(topic, steps) } else { Vec::new() };
    Group { kind, members, fields, notes }
}

/// What is not the same for all steps of a group, in figures.
fn notes(topic: Topic, steps: &[&Step]) -> Vec<String> {
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
    match topic {
        Topic::NewGrants | Topic::Grants => {
            let levels = fields().filter_map(|field| field.after.as_ref()?.as_str());
            // Somebody may hold several at once.
            let levels = levels.flat_map(|levels| levels.split(", ")).map(str::to_owned);
            notes.push(counted(levels.collect()));
        }
        Topic::Create | Topic::Complete => {
            let causes =
                fields().map(|field| field.cause.clone()).filter(|cause| !cause.is_empty());
            let prefix = if topic == Topic::Create { "rewritten: " } else { "" };
            let causes = counted(causes.collect());
            if !causes.is_empty() {
                notes.push(format!("{prefix}{causes}"));
            }
        }
        _ => notes.push("content".to_owned()),
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
        let topics: Vec<Topic> = view.sections.iter().map(|section| section.topic).collect();
        use Topic::{Complete, Create, Grants, NewGrants, Replace, Update};
        assert_eq!(topics, [Replace, Update, Grants, Create, Complete, NewGrants]);
        let counts: Vec<usize> =
            view.sections[1].groups.iter().map(|group| group.members.len()).collect();
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
            assert_eq!((section.topic, section.looks), (Topic::NewGrants, 1));
            let members: usize = section.groups.iter().map(|group| group.members.len()).sum();
            assert_eq!(members, 2);
        }
        let mut other = steps[4].clone();
        other.fields[0].after = Some(json!("CAN_VIEW"));
        let steps = [steps[0].clone(), steps[2].clone(), steps[3].clone(), other];
        let view = View::of(&steps, false);
        assert_eq!(view.sections[1].groups[0].notes, ["CAN_MANAGE ×1, CAN_VIEW ×2"]);
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
