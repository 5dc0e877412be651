//! The difference between two texts, line by line.

use std::fmt::Write as _;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::paint::{Paint, Tone};
use super::text::{cut, plain};
use crate::model::{Content, Digest};
use crate::store::yaml::to_yaml;

/// Where the bytes of contents come from, if they are at hand.
pub(crate) type Texts<'a> = &'a dyn Fn(&Digest) -> Option<Vec<u8>>;

/// The longest text that is compared line by line.
const LONGEST: u64 = 1_000_000;

/// One line of a difference.
pub(super) struct Line {
    /// Whether it is added, removed, or the same.
    pub(super) tag: ChangeTag,
    /// Its parts, and whether each is what differs.
    pub(super) parts: Vec<(bool, String)>,
}

impl Line {
    /// The line as it stands in a patch.
    pub(super) fn patch(&self) -> String {
        let text: String = self.parts.iter().map(|(_, part)| part.as_str()).collect();
        format!("{}{text}", sign(self.tag))
    }

    fn paint(&self, paint: Paint) -> String {
        if self.tag == ChangeTag::Equal && self.parts.iter().all(|(_, part)| part.is_empty()) {
            return String::new();
        }
        let (tone, strong) = match self.tag {
            ChangeTag::Delete => (Tone::Delete, Tone::Gone),
            ChangeTag::Insert => (Tone::Create, Tone::New),
            ChangeTag::Equal => (Tone::Dim, Tone::Dim),
        };
        let mut text = paint.tone(tone, &sign(self.tag).to_string());
        for (differs, part) in &self.parts {
            text.push_str(&paint.tone(if *differs { strong } else { tone }, part));
        }
        text
    }
}

fn sign(tag: ChangeTag) -> char {
    match tag {
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
        ChangeTag::Equal => ' ',
    }
}

/// Compares two texts: changed lines with two lines around them; `None` between distant places.
pub(super) fn compare(before: &str, after: &str) -> Vec<Option<Line>> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(2).iter().enumerate() {
        if index > 0 {
            lines.push(None);
        }
        for change in group.iter().flat_map(|op| diff.iter_inline_changes(op)) {
            let parts = change.iter_strings_lossy();
            let parts = parts
                .map(|(differs, part)| (differs, plain(part.trim_end_matches(['\n', '\r']))))
                .collect();
            lines.push(Some(Line { tag: change.tag(), parts }));
        }
    }
    lines
}

/// Draws at most `limit` lines of a difference.
pub(super) fn draw(
    lines: &[Option<Line>],
    paint: Paint,
    width: usize,
    indent: usize,
    limit: usize,
) -> String {
    let mut text = String::new();
    let lead = " ".repeat(indent);
    for line in lines.iter().take(limit) {
        let shown = match line {
            Some(line) => line.paint(paint),
            None => paint.tone(Tone::Dim, "⋮"),
        };
        let line = format!("{lead}{}", cut(&shown, width.saturating_sub(indent)));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if lines.len() > limit {
        let rest = format!("… {} more lines; --expand shows them", lines.len() - limit);
        let _ = writeln!(text, "{lead}{}", paint.tone(Tone::Dim, &rest));
    }
    text
}

/// The two texts behind a change of content, or of a long value; `None` where there are none.
pub(super) fn texts(
    before: Option<&Value>,
    after: Option<&Value>,
    contents: Texts<'_>,
) -> Option<(String, String)> {
    let (before, after) = (before?, after?);
    let content = |value: &Value| serde_json::from_value::<Content>(value.clone()).ok();
    if let (Some(before), Some(after)) = (content(before), content(after)) {
        let text = |content: &Content| {
            let bytes = (content.size <= LONGEST).then(|| contents(&content.digest)).flatten()?;
            let is_text = !bytes.contains(&0);
            is_text.then(|| String::from_utf8(bytes).ok()).flatten()
        };
        return Some((text(&before)?, text(&after)?));
    }
    match (before, after) {
        (Value::String(before), Value::String(after))
            if before.contains('\n') || after.contains('\n') =>
        {
            Some((before.clone(), after.clone()))
        }
        (Value::Object(_) | Value::Array(_), Value::Object(_) | Value::Array(_)) => {
            Some((to_yaml(before), to_yaml(after)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest_bytes;
    use serde_json::json;

    fn patch(lines: &[Option<Line>]) -> Vec<String> {
        lines.iter().map(|line| line.as_ref().map_or("⋮".into(), Line::patch)).collect()
    }

    #[test]
    fn shows_changed_lines_and_what_is_around() {
        let before: String = (0..20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 3\n", "line three\n").replace("line 15\n", "");
        let lines = compare(&before, &after);
        assert_eq!(
            patch(&lines),
            [
                " line 1",
                " line 2",
                "-line 3",
                "+line three",
                " line 4",
                " line 5",
                "⋮",
                " line 13",
                " line 14",
                "-line 15",
                " line 16",
                " line 17"
            ]
        );
        let drawn = draw(&lines, Paint::plain(), 8, 2, 3);
        assert_eq!(drawn.lines().count(), 4);
        assert!(drawn.lines().take(3).all(|line| super::super::text::columns(line) <= 8));
    }

    #[test]
    fn finds_the_texts_where_they_are() {
        let content = |text: &str| {
            let digest = digest_bytes(text.as_bytes());
            json!({"format": "SOURCE", "digest": digest, "size": text.len()})
        };
        let at_hand = |digest: &Digest| {
            ["a\n", "b\n"]
                .iter()
                .find(|text| digest_bytes(text.as_bytes()) == *digest)
                .map(|text| text.as_bytes().to_vec())
        };
        let found = texts(Some(&content("a\n")), Some(&content("b\n")), &at_hand);
        assert_eq!(found, Some(("a\n".into(), "b\n".into())));
        assert_eq!(texts(Some(&content("a\n")), Some(&content("c\n")), &at_hand), None);
        assert_eq!(texts(Some(&json!(1)), Some(&json!(2)), &at_hand), None);
        assert!(texts(Some(&json!({"a": 1})), Some(&json!({"a": 2})), &at_hand).is_some());
    }
}
