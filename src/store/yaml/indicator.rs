//! Anchors, aliases, tags and merge keys, which the parser itself resolves without a word.

use serde::Deserialize as _;
use serde::de::IgnoredAny;

/// An indicator that is refused, and where it stands.
pub(super) struct Indicator {
    pub(super) line: usize,
    pub(super) problem: &'static str,
}

/// Finds the first anchor, alias, tag or merge key.
///
/// Whether a `&` is an anchor or a letter of a text is for the parser to say: each candidate is replaced
/// by `@`, which may stand inside any text but begins none. Where the parser then stumbles over a
/// replaced character, that character was an indicator.
pub(super) fn first_indicator(text: &str) -> Option<Indicator> {
    let merge = merge_keys(text);
    if merge.is_empty() && !text.contains(['&', '*', '!']) {
        return None;
    }
    let probe: String = text
        .char_indices()
        .map(|(at, c)| if matches!(c, '&' | '*' | '!') || merge.contains(&at) { '@' } else { c })
        .collect();
    let error = IgnoredAny::deserialize(serde_yaml::Deserializer::from_str(&probe)).err()?;
    let place = error.location()?;
    let original = text
        .lines()
        .nth(place.line().checked_sub(1)?)?
        .chars()
        .nth(place.column().checked_sub(1)?)?;
    let problem = match original {
        '&' => "an anchor stands here",
        '*' => "an alias stands here",
        '!' => "a tag stands here",
        '<' => "a merge key stands here",
        _ => return None,
    };
    Some(Indicator { line: place.line(), problem })
}

/// The places where `<<` could be a key.
fn merge_keys(text: &str) -> Vec<usize> {
    let is_key = |at: usize| {
        let rest = text[at + 2..].trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with([':', '\n', '\r'])
    };
    text.match_indices("<<").map(|(at, _)| at).filter(|at| is_key(*at)).collect()
}
