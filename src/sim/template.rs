//! Paths with placeholders.

use std::borrow::Cow;

/// A path such as `/api/2.0/permissions/{type}/{id}`.
#[derive(Debug, Clone)]
pub(super) struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Placeholder(String),
    /// All that is left of the path: `{name...}`, at the end.
    Rest(String),
}

impl Template {
    /// Reads a path with placeholders.
    pub(super) fn parse(text: &str) -> Self {
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => match name.strip_suffix("...") {
                Some(name) => Part::Rest(name.to_owned()),
                None => Part::Placeholder(name.to_owned()),
            },
            None => Part::Literal(part.to_owned()),
        };
        Self {
            text: text.to_owned(),
            parts: text.trim_start_matches('/').split('/').map(part).collect(),
        }
    }

    /// Whether a decoded path has this form.
    pub(super) fn matches(&self, segments: &[String]) -> bool {
        let open = matches!(self.parts.last(), Some(Part::Rest(_)));
        (self.parts.len() == segments.len() || open && self.parts.len() < segments.len())
            && self.parts.iter().zip(segments).all(|(part, segment)| match part {
                Part::Literal(text) => text == segment,
                Part::Placeholder(_) | Part::Rest(_) => !segment.is_empty(),
            })
    }

    /// How many placeholders there are: of two templates for one path, the one with fewer is meant.
    pub(super) fn placeholders(&self) -> usize {
        self.parts.iter().filter(|part| !matches!(part, Part::Literal(_))).count()
    }

    /// The name of each placeholder with what stands there.
    pub(super) fn values<'t, 's>(
        &'t self,
        segments: &'s [String],
    ) -> impl Iterator<Item = (&'t str, Cow<'s, str>)> + use<'t, 's> {
        self.parts.iter().enumerate().filter_map(|(at, part)| match part {
            Part::Literal(_) => None,
            Part::Placeholder(name) => Some((name.as_str(), Cow::from(segments.get(at)?))),
            Part::Rest(name) => Some((name.as_str(), segments.get(at..)?.join("/").into())),
        })
    }

    /// Whether it is spelled exactly so.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// The segments of a path, percent-decoded one by one, so that `%2F` does not split.
pub(super) fn segments(path: &str) -> Vec<String> {
    path.trim_start_matches('/').split('/').map(|segment| decode(segment, false)).collect()
}

/// Reads a query or a form body; a name which occurs again has its values joined by commas.
pub(super) fn pairs(text: &str) -> std::collections::BTreeMap<String, String> {
    let mut pairs = std::collections::BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value, true);
        pairs
            .entry(decode(name, true))
            .and_modify(|values: &mut String| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.clone());
    }
    pairs
}

fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex =
            |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
                continue;
            }
            (b'+', ..) if plus_is_space => decoded.push(b' '),
            (byte, ..) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_in_an_identifier_does_not_split() {
        let template = Template::parse("/api/2.0/things/{name}");
        let path = segments("/api/2.0/things/a%2Fb%20c+d");
        assert!(template.matches(&path));
        assert_eq!(template.values(&path).collect::<Vec<_>>(), [("name", "a/b c+d".into())]);
        assert!(!template.matches(&segments("/api/2.0/things/")));
    }

    #[test]
    fn the_rest_of_a_path_is_one_value() {
        let template = Template::parse("/api/2.0/files/{path...}");
        let path = segments("/api/2.0/files/a/b%20c/d");
        assert!(template.matches(&path) && template.matches(&segments("/api/2.0/files/a")));
        assert_eq!(template.values(&path).collect::<Vec<_>>(), [("path", "a/b c/d".into())]);
        assert!(!template.matches(&segments("/api/2.0/files")));
    }

    #[test]
    fn queries_decode_and_join() {
        let query = pairs("filter=userName+eq+%22a%40b%22&x=1&x=2&flag");
        assert_eq!(query["filter"], "userName eq \"a@b\"");
        assert_eq!(query["x"], "1,2");
        assert_eq!(query["flag"], "");
    }
}
