//! How one scalar is spelled.

use std::fmt::Write as _;

use serde_json::Number;

/// Words that a YAML 1.1 or 1.2 reader takes for a boolean, a null or a float, in lower case.
const WORDS: [&str; 13] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf", "infinity"];

/// Whether `text` may stand without quotes: no reader of any YAML version takes it for anything but this string.
pub(super) fn is_plain(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b" _-./@+,()=".contains(&b);
    text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'/')
        && !text.ends_with(' ')
        && text.bytes().all(safe)
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a character leaves no mark on screen or reorders its neighbours, so that it must be seen escaped.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_printable(c: char) -> bool {
    !c.is_control() && !is_invisible(c) && (u32::from(c) & 0xfffe) != 0xfffe
}

/// Whether `text` may stand as a literal block: several lines, all of them printable.
pub(super) fn is_block(text: &str) -> bool {
    text.contains('\n')
        && text.chars().any(|c| c != '\n')
        && text.chars().all(|c| c == '\n' || c == '\t' || is_printable(c))
}

/// Writes `text` between double quotes.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
}

/// Writes a number so that YAML 1.1 and 1.2 readers agree on it, with the fewest digits that read back equal.
pub(super) fn number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) {
        let text = format!("{float:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        // A YAML 1.1 float needs a point and a sign in its exponent.
        let point = if mantissa.contains('.') { "" } else { ".0" };
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        return format!("{mantissa}{point}e{sign}{exponent}");
    }
    let text = float.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_of_any_yaml_are_not_plain() {
        let ambiguous = "y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE \
            null Null NULL ~ .inf -.inf .nan nan NaN inf Infinity 0 1 -1 +1 010 0o10 0x1F 0b1 1_000 1. .5 1e3 \
            12:30 12:30:45 190:20:30.15 2001-12-14 2001-12-14t21:59:43Z = << - -- --- ... ? : & * ! | > % @ ` # \
            a: a:b :a [a] {a} a#b 'a' é ñandú";
        for text in ambiguous.split_whitespace() {
            assert!(!is_plain(text), "{text}");
        }
        for text in ["", " a", "a ", "a\tb", "a\n", "a: b", "a #b", "\"a", "-a", "0a"] {
            assert!(!is_plain(text), "{text:?}");
        }
        for text in [
            "a",
            "_a",
            "/Users/ana@acme.com/etl",
            "i3.xlarge",
            "Nightly ETL (prod)",
            "x-1",
            "yes-man",
            "e5",
        ] {
            assert!(is_plain(text), "{text}");
        }
    }

    #[test]
    fn floats_read_back_equal_and_look_like_floats() {
        for (float, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e16, "1.0e+16"),
            (1.5e-7, "1.5e-7"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5.0e-324"),
        ] {
            assert_eq!(number(&Number::from_f64(float).unwrap()), text);
            assert_eq!(text.parse::<f64>().unwrap(), float);
        }
        assert_eq!(number(&Number::from(u64::MAX)), "18446744073709551615");
    }
}
