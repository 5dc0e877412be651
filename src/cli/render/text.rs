//! Text as it may be shown: nothing in it moves the cursor, and it fits.

/// Characters that are invisible or turn the direction of writing.
fn is_treacherous(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Writes control characters, invisible ones and those that turn the direction of writing as escapes.
pub(crate) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_treacherous(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// The number of columns a text takes, colours not counted.
pub(crate) fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Cuts a line to a number of columns, and says so with an ellipsis.
pub(crate) fn cut(line: &str, width: usize) -> String {
    console::truncate_str(line, width, "…").into_owned()
}

/// Breaks a text at spaces into lines of at most `width` columns; all but the first are indented.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let wide = columns(word);
        if used > 0 && used + 1 + wide > width {
            lines.push(" ".repeat(indent));
            used = indent;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 && !line.trim().is_empty() {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += wide;
        }
    }
    lines.join("\n")
}

/// As whom something is done, where the server knows anybody.
pub(crate) fn as_whom(caller: &str) -> String {
    if caller.is_empty() { String::new() } else { format!(" as {}", plain(caller)) }
}

/// A number of bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The name of a kind for people, in the number it is needed.
pub(crate) fn kinds(kind: &str, count: usize) -> String {
    let name = kind.replace('_', " ");
    if count == 1 {
        return name;
    }
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{name}s"),
    }
}

/// How many there are of something whose plural has an s.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {what}{ending}", number(count))
}

/// A count with thousands set apart.
pub(crate) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As many names as fit, and how many are left.
pub(crate) fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>, width: usize) -> String {
    let total = names.len();
    names_of(names, total, width)
}

/// As many names as fit of the first ones of `total`, and how many are left.
pub(crate) fn names_of<'a>(
    names: impl Iterator<Item = &'a str>,
    total: usize,
    width: usize,
) -> String {
    let mut shown = 0;
    let mut text = String::new();
    for (index, name) in names.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let left = total - index;
        let rest = format!(", … and {} more", number(left - 1));
        let tail = if left > 1 { columns(&rest) } else { 0 };
        let name = cut(&plain(name), 60.min(width.saturating_sub(tail)));
        if index > 0 && columns(&text) + columns(comma) + columns(&name) + tail > width {
            text.push_str(&format!(", … and {} more", number(left)));
            return text;
        }
        text.push_str(comma);
        text.push_str(&name);
        shown = index + 1;
    }
    if shown < total {
        text.push_str(&format!(", … and {} more", number(total - shown)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(plain("a\u{1b}[2J\nb\u{202e}é"), "a\\u{1b}[2J\\nb\\u{202e}é");
    }

    #[test]
    fn lines_fit_whatever_is_in_them() {
        let wide = "漢字".repeat(20);
        assert!(columns(&cut(&wide, 11)) <= 11);
        let text = wrap("one two three four five six", 10, 2);
        assert!(text.lines().all(|line| columns(line) <= 10), "{text}");
        assert_eq!(text.split_whitespace().count(), 6);
        let list: Vec<String> = (0..50).map(|n| format!("job-{n}")).collect();
        let line = names(list.iter().map(String::as_str), 40);
        assert!(columns(&line) <= 40 && line.ends_with("more"), "{line}");
        assert_eq!(names(["a", "b"].into_iter(), 40), "a, b");
        let long = "x".repeat(100);
        let line = names([long.as_str(), "b"].into_iter(), 40);
        assert!(columns(&line) <= 40 && line.ends_with("…, b"), "{line}");
    }

    #[test]
    fn words_for_people() {
        assert_eq!(kinds("cluster_policy", 2), "cluster policies");
        assert_eq!(kinds("job", 1), "job");
        assert_eq!(kinds("directory", 3), "directories");
        assert_eq!(
            (counted(1, "error"), counted(2_000, "error")),
            ("1 error".into(), "2,000 errors".into())
        );
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(size(1_500), "1.5 kB");
    }
}
