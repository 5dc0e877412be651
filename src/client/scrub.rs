//! Texts of a server, made fit for a message: bounded, on one line, without tokens.

const LONGEST: usize = 600;
const HIDDEN: &str = "***";

/// Cuts a server's text, folds its white space, and hides what looks like a credential.
pub(super) fn clean(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let after_scheme = words.last().is_some_and(|last| {
            last.eq_ignore_ascii_case("bearer") || last.eq_ignore_ascii_case("basic")
        });
        // "Bearer token" and "Basic authentication" are prose, and short.
        words.push(if after_scheme && word.len() >= 16 { HIDDEN } else { word });
        length += word.len() + 1;
        if length > 4 * LONGEST {
            break;
        }
    }
    bounded(&hide_tokens(&words.join(" ")))
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn hide_tokens(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        clean.push_str(if looks_like_a_token(word) { HIDDEN } else { word });
        let gap = after.find(is_part).unwrap_or(after.len());
        clean.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    clean
}

/// Personal tokens begin with `dapi` or `dkea`, client secrets with `dose`, JSON web tokens with `eyJ`.
fn looks_like_a_token(word: &str) -> bool {
    (word.len() >= 20 && ["dapi", "dkea", "dose"].iter().any(|prefix| word.starts_with(prefix)))
        || (word.len() >= 20 && word.starts_with("eyJ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_hidden_wherever_they_stand() {
        let pat = "dapi0123456789abcdef0123456789abcdef-2";
        assert_eq!(clean(&format!("bad token '{pat}'.")), "bad token '***'.");
        assert_eq!(clean("x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln;"), "x=***;");
        assert_eq!(
            clean("Authorization: Bearer s3cr3t/with+odd=chars"),
            "Authorization: Bearer ***"
        );
        assert_eq!(clean("Basic authentication is off"), "Basic authentication is off");
    }

    #[test]
    fn a_long_text_is_cut_and_folded() {
        let clean_text = clean(&"ä\n\t ".repeat(5_000));
        assert_eq!(clean_text.chars().count(), LONGEST + 1);
        assert!(clean_text.ends_with('…') && !clean_text.contains('\n'));
    }

    #[test]
    fn a_token_is_not_half_shown_at_the_cut() {
        let text = format!("{} dapi{}", "x".repeat(LONGEST - 10), "0".repeat(40));
        assert!(!clean(&text).contains("dapi"));
    }
}
