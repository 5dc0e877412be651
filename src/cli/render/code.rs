//! Text in markdown in which nothing is markup: it pings nobody, links nowhere, and closes nothing.

use super::text::plain;

/// The longest run of backticks in some lines.
fn ticks<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    lines.flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0)
}

/// A code span that holds a text and nothing else.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    if text.trim().is_empty() {
        return "(blank)".to_owned();
    }
    match ticks([text.as_str()].into_iter()) {
        // A space at both ends would be taken off.
        0 if !text.starts_with(' ') => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// A fenced block of lines, indented into an item of a list; lines are shown, not obeyed.
pub(super) fn block(language: &str, lines: &[String]) -> String {
    let fence = "`".repeat(ticks(lines.iter().map(String::as_str)).max(2) + 1);
    let mut text = format!("  {fence}{language}\n");
    for line in lines {
        text.push_str("  ");
        text.push_str(&plain(line));
        text.push('\n');
    }
    format!("{text}  {fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_blocks_are_longer_than_what_they_hold() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(" "), "(blank)");
        assert_eq!(code("a\n# b"), "`a\\n# b`");
        assert_eq!(block("diff", &["```".into()]), "  ````diff\n  ```\n  ````\n");
    }
}
