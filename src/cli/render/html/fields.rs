//! Changed fields as the page shows them: two sides, or a patch.

use serde::Serialize;
use serde_json::Value;
use similar::ChangeTag;

use crate::cli::render::field::{Sides, sides, sign};
use crate::cli::render::lines::{Line, Texts, compare, texts};
use crate::cli::render::path::path;
use crate::cli::render::text::plain;
use crate::model::{Content, FieldChange};

/// The most lines of a patch, and characters of a value.
const LINES: usize = 3_000;
const LONGEST: usize = 20_000;

/// A line of a patch: its sign, and its parts with whether each is what differs. A gap has no parts.
type PatchLine = (char, Vec<(u8, String)>);

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Field {
    sign: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    cause: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    patch: Vec<PatchLine>,
    /// Whether a text changes and what it was is not at hand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen: bool,
}

/// A text that is not too long for a page.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… (cut)", &text[..end]),
        None => text.to_owned(),
    }
}

impl Field {
    /// Draws a field; its texts are compared line by line where they are at hand.
    pub(super) fn of(change: &FieldChange, contents: Texts<'_>) -> Self {
        let Sides { before, after, source } = sides(change);
        let patch = match texts(change.before.as_ref(), change.after.as_ref(), contents) {
            Some((before, after)) if before != after => patch(&compare(&before, &after)),
            _ => Vec::new(),
        };
        let short = |side: Option<String>| side.map(|text| bounded(&text));
        let is_content = |side: &Option<Value>| {
            side.as_ref()
                .is_some_and(|side| serde_json::from_value::<Content>(side.clone()).is_ok())
        };
        let unseen = patch.is_empty() && is_content(&change.before) && is_content(&change.after);
        Self {
            unseen,
            sign: sign(change).0,
            path: path(&change.path),
            before: short(before),
            after: short(after),
            source: short(source),
            cause: plain(&change.cause),
            patch,
        }
    }

    /// How many bytes the field takes, roughly.
    pub(super) fn size(&self) -> usize {
        let parts = self.patch.iter().flat_map(|(_, parts)| parts);
        parts.map(|(_, text)| text.len() + 12).sum::<usize>()
            + [&self.before, &self.after].into_iter().flatten().map(String::len).sum::<usize>()
            + 100
    }

    /// Leaves the patch out, and keeps that the texts differ.
    pub(super) fn without_patch(mut self) -> Self {
        self.patch = Vec::new();
        self
    }
}

fn patch(lines: &[Option<Line>]) -> Vec<PatchLine> {
    let drawn = lines.iter().take(LINES).map(|line| match line {
        None => ('⋮', Vec::new()),
        Some(line) => {
            let sign = match line.tag {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let parts = line.parts.iter();
            (sign, parts.map(|(differs, text)| (u8::from(*differs), text.clone())).collect())
        }
    });
    let cut = (lines.len() > LINES)
        .then(|| ('⋮', vec![(0, format!("… {} more lines", lines.len() - LINES))]));
    drawn.chain(cut).collect()
}
