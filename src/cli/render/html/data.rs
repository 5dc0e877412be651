//! What the page knows, as its script reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::access::{Name, Row, name, rows};
use super::fields::{Field, bounded};
use super::table::Table;
use crate::cli::render::diverged::{Why, place, sides};
use crate::cli::render::lines::Texts;
use crate::cli::render::risk::{is_grave, sign, title, word};
use crate::cli::render::text::{cut, kinds, number, plain};
use crate::cli::render::view::{Group, View};
use crate::cli::render::{blocked, field};
use crate::cli::review::Review;
use crate::engine::risks;
use crate::model::{Address, Blocked, Change, Finding, Plan, Step, StepId};
use crate::store::yaml::to_yaml;

/// How many bytes of patches, and of new objects' settings and texts, a page holds.
const PATCHES: usize = 12_000_000;
const NEW: usize = 6_000_000;

/// The most objects that are named of those that depend on one.
const REACH: usize = 500;

/// Everything a page shows. Addresses, and lists of fields, are written once and named by their number.
#[derive(Debug, Default, Serialize)]
pub(super) struct Page {
    title: String,
    subject: String,
    summary: String,
    facts: Vec<(&'static str, String)>,
    names: Table<Name>,
    fields: Table<Vec<Field>>,
    kinds: BTreeMap<String, String>,
    sections: Vec<SectionData>,
    steps: Vec<StepData>,
    edges: BTreeSet<(usize, usize)>,
    reach: BTreeMap<usize, Reach>,
    blocked: Vec<BlockedData>,
    diverged: Vec<DivergedData>,
    findings: Vec<Finding>,
    access: Option<Vec<Row>>,
    left_out: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SectionData {
    risk: String,
    title: &'static str,
    word: &'static str,
    sign: &'static str,
    grave: bool,
    look: Option<String>,
    groups: Vec<GroupData>,
}

#[derive(Debug, Serialize)]
struct GroupData {
    kind: String,
    steps: Vec<usize>,
    fields: Option<usize>,
    notes: Vec<String>,
    line: String,
}

#[derive(Debug, Serialize)]
struct StepData {
    id: StepId,
    name: usize,
    risk: String,
    fields: usize,
    needs: Vec<StepId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Serialize)]
struct Reach {
    direct: usize,
    count: usize,
    all: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct BlockedData {
    verb: &'static str,
    kind: String,
    objects: Vec<usize>,
    reason: String,
    hint: String,
}

#[derive(Debug, Serialize)]
struct DivergedData {
    why: String,
    title: &'static str,
    objects: Vec<(usize, Vec<DivergedField>)>,
}

/// A field's path, and what each side is called and has.
type DivergedField = (String, Vec<(&'static str, String)>);

/// The name of a variant in lower case, which is a class of the page's style.
fn class(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

impl Page {
    /// A page with a title and nothing else.
    pub(super) fn new(title: &str, subject: &str, summary: String) -> Self {
        Self { title: title.to_owned(), subject: plain(subject), summary, ..Self::default() }
    }

    /// Adds a line to the head, unless it is empty.
    pub(super) fn fact(&mut self, label: &'static str, value: &str) {
        if !value.is_empty() {
            self.facts.push((label, plain(value)));
        }
    }

    /// Adds what must not be done.
    pub(super) fn blocked(&mut self, blocked: &[Blocked]) {
        for group in blocked::groups(blocked, false) {
            let Blocked { address, change, reason, hint } = group[0];
            self.kind(&address.kind);
            self.blocked.push(BlockedData {
                verb: blocked::verb(*change),
                kind: address.kind.clone(),
                objects: group.iter().map(|one| self.names.number(&name(&one.address))).collect(),
                reason: plain(reason),
                hint: plain(hint),
            });
        }
    }

    /// Adds conflicts, kept edits, and what does not converge.
    pub(super) fn diverged(&mut self, plan: &Plan) {
        for why in Why::ALL.into_iter().filter(|why| !why.of(plan).is_empty()) {
            let mut objects = Vec::new();
            for object in why.of(plan) {
                self.kind(&object.address.kind);
                let fields = object.fields.iter().map(|field| {
                    let sides = sides(field).into_iter();
                    (place(field), sides.map(|(side, text)| (side, bounded(&text))).collect())
                });
                objects.push((self.names.number(&name(&object.address)), fields.collect()));
            }
            self.diverged.push(DivergedData { why: class(why), title: why.title(), objects });
        }
    }

    /// Adds findings.
    pub(super) fn findings(&mut self, findings: &[Finding]) {
        self.findings = findings
            .iter()
            .map(|finding| Finding {
                severity: finding.severity,
                code: plain(&finding.code),
                about: plain(&finding.about),
                message: plain(&finding.message),
                hint: plain(&finding.hint),
                count: finding.count,
            })
            .collect();
        self.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    }

    /// Adds steps, and what a reviewer wants to know of them.
    pub(super) fn steps(&mut self, steps: &[Step], review: &Review<'_>, contents: Texts<'_>) {
        let (mut patches, mut new) = (PATCHES, NEW);
        let (mut no_patch, mut no_text) = (0, 0);
        for (step, judged) in steps.iter().zip(risks(steps)) {
            self.kind(&step.address.kind);
            let mut fields = Vec::with_capacity(step.fields.len());
            for change in &step.fields {
                let field = Field::of(change, contents);
                let size = field.size();
                match patches.checked_sub(size) {
                    Some(left) => {
                        patches = left;
                        fields.push(field);
                    }
                    None => {
                        no_patch += 1;
                        fields.push(field.without_patch());
                    }
                }
            }
            let (mut spec, mut text) = (None, None);
            if step.change == Change::Create {
                (spec, text) = self::new(&step.address, review, contents);
                let size =
                    spec.as_ref().map_or(0, String::len) + text.as_ref().map_or(0, String::len);
                match new.checked_sub(size) {
                    Some(left) => new = left,
                    None => {
                        no_text += 1;
                        (spec, text) = (None, None);
                    }
                }
            }
            self.steps.push(StepData {
                id: step.id,
                name: self.names.number(&name(&step.address)),
                risk: class(judged.risk),
                fields: self.fields.number(&fields),
                needs: step.needs.clone(),
                reasons: judged.reasons.iter().map(|reason| plain(reason)).collect(),
                from: step.from.as_ref().map(|from| plain(&from.to_string())),
                spec,
                text,
            });
        }
        self.left_out(no_patch, "line-by-line differences");
        self.left_out(no_text, "new objects' settings");
        self.group(steps);
        self.link(steps, review);
        self.access = review.access.as_ref().map(|access| rows(access, &mut self.names));
    }

    fn left_out(&mut self, count: usize, what: &str) {
        if count > 0 {
            let count = number(count);
            self.left_out.push(format!("{count} {what} are left out to keep this page small"));
        }
    }

    fn kind(&mut self, kind: &str) {
        if !self.kinds.contains_key(kind) {
            self.kinds.insert(kind.to_owned(), plain(&kinds(kind, 2)));
        }
    }

    fn group(&mut self, steps: &[Step]) {
        let places: BTreeMap<StepId, usize> =
            steps.iter().enumerate().map(|(place, step)| (step.id, place)).collect();
        for section in View::of(steps, false).sections {
            let risk = section.risk;
            let look = section.look();
            let groups = section.groups.iter();
            let groups = groups.map(|group| self.group_data(group, &places)).collect();
            self.sections.push(SectionData {
                risk: class(risk),
                title: title(risk),
                word: word(risk),
                sign: sign(risk),
                grave: is_grave(risk),
                look,
                groups,
            });
        }
    }

    fn group_data(&self, group: &Group<'_>, places: &BTreeMap<StepId, usize>) -> GroupData {
        let steps: Vec<usize> = group.steps.iter().map(|step| places[&step.id]).collect();
        let same = !group.fields.is_empty() && group.fields.len() == group.steps[0].fields.len();
        let line = match group.fields.as_slice() {
            [] => group.notes.join("; "),
            fields => {
                let line = |field: &&crate::model::FieldChange| {
                    let (sign, _) = field::sign(field);
                    format!("{sign} {}", cut(&field::line(field), 300))
                };
                fields.iter().take(3).map(line).collect::<Vec<_>>().join("  ·  ")
            }
        };
        GroupData {
            kind: group.kind.to_owned(),
            fields: same.then(|| self.steps[steps[0]].fields),
            notes: group.notes.iter().map(|note| plain(note)).collect(),
            line: plain(&line),
            steps,
        }
    }

    /// Draws the links of every object that has a step, and what depends on those that are at risk.
    fn link(&mut self, steps: &[Step], review: &Review<'_>) {
        let by_id: BTreeMap<StepId, &Address> =
            steps.iter().map(|step| (step.id, &step.address)).collect();
        for step in steps {
            let own = self.names.number(&name(&step.address));
            for need in review.links.needs(&step.address) {
                let need = self.names.number(&name(need));
                self.edges.insert((own, need));
            }
            for dependent in review.links.needed_by(&step.address) {
                let dependent = self.names.number(&name(dependent));
                self.edges.insert((dependent, own));
            }
            for need in step.needs.iter().filter_map(|need| by_id.get(need)) {
                let need = self.names.number(&name(need));
                if need != own {
                    self.edges.insert((own, need));
                }
            }
        }
        for (address, blast) in &review.blast {
            let own = self.names.number(&name(address));
            let all = blast.all.iter().take(REACH);
            let all = all.map(|one| self.names.number(&name(one))).collect();
            let reach = Reach { direct: blast.direct, count: blast.all.len(), all };
            self.reach.insert(own, reach);
        }
    }
}

/// A new object's settings, and its text, as far as they are at hand.
fn new(
    address: &Address,
    review: &Review<'_>,
    contents: Texts<'_>,
) -> (Option<String>, Option<String>) {
    let Some(resource) = review.wanted.and_then(|wanted| wanted.resources.get(address)) else {
        return (None, None);
    };
    let lines = |text: &str| bounded(&text.lines().map(plain).collect::<Vec<_>>().join("\n"));
    let is_empty = resource.spec.as_object().is_some_and(serde_json::Map::is_empty);
    let spec = (!is_empty).then(|| lines(&to_yaml(&resource.spec)));
    let bytes = resource.content.as_ref().and_then(|content| contents(&content.digest));
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    (spec, text.filter(|text| !text.contains('\0')).map(|text| lines(&text)))
}
