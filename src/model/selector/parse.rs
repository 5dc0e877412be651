//! Selectors read from text, and what is wrong with a text that is none.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as WordError, StrDeserializer};

use super::{Glob, Piece, Selector, Term, Test};
use crate::model::Change;

/// A text that is no selector: where it goes wrong, and what is expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no selector: at character {position}, {expected}")]
pub struct SelectorError {
    text: String,
    position: usize,
    expected: String,
}

/// What a test may be, for messages.
const TESTS: &str = "KIND, KIND:NAME, tag.NAME=VALUE, owner=PRINCIPAL, of=KIND:NAME, path:/PATH, before=DAY or action:CHANGE";

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, |_| true)
    }
}

impl Selector {
    /// Reads a selector, and makes sure that its kinds are known.
    ///
    /// # Errors
    /// Says at which character what is expected.
    pub fn parse(text: &str, knows: impl Fn(&str) -> bool) -> Result<Self, SelectorError> {
        let source = Source { text };
        let mut terms = Vec::new();
        for part in parts(text) {
            terms.push(source.term(part, &knows)?);
        }
        Self::new(terms).ok_or_else(|| source.error(0, format!("{TESTS} is expected")))
    }
}

/// A character, where it stands, and whether a backslash was before it.
type Char = (usize, char, bool);

/// The characters between ampersands, without the blanks around them; a backslash counts as part of its character.
fn parts(text: &str) -> Vec<Vec<Char>> {
    let mut parts: Vec<Vec<Char>> = vec![Vec::new()];
    let mut chars = text.chars().enumerate();
    while let Some((at, char)) = chars.next() {
        let found = match char {
            '&' => {
                parts.push(Vec::new());
                continue;
            }
            // A backslash at the very end has nothing to protect, which is told where it is met.
            '\\' => chars.next().map_or((at, '\\', false), |(_, char)| (at, char, true)),
            char => (at, char, false),
        };
        if let Some(part) = parts.last_mut() {
            part.push(found);
        }
    }
    parts.iter().map(|part| trim(part).to_vec()).collect()
}

/// Characters without the blanks around them.
fn trim(part: &[Char]) -> &[Char] {
    let solid = |(_, char, escaped): &Char| *escaped || !char.is_whitespace();
    let start = part.iter().position(solid).unwrap_or(part.len());
    let end = part.iter().rposition(solid).map_or(start, |last| last + 1);
    &part[start..end]
}

fn plain(part: &[Char]) -> String {
    part.iter().map(|(_, char, _)| char).collect()
}

struct Source<'a> {
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, expected: impl Into<String>) -> SelectorError {
        let text = self.text.to_owned();
        SelectorError { text, position: at + 1, expected: expected.into() }
    }

    fn term(
        &self,
        mut part: Vec<Char>,
        knows: &impl Fn(&str) -> bool,
    ) -> Result<Term, SelectorError> {
        let end = self.text.chars().count();
        let start = part.first().map_or(end, |(at, ..)| *at);
        let mut take = |mark: char| {
            let found = part.first().is_some_and(|(_, char, escaped)| *char == mark && !escaped);
            if found {
                part.remove(0);
            }
            found
        };
        let (negated, needs) = (take('!'), take('+'));
        let dependents = matches!(part.last(), Some((_, '+', false)));
        if dependents {
            part.pop();
        }
        let Some((first, char, _)) = part.first().copied() else {
            return Err(self.error(start.min(end), format!("{TESTS} is expected")));
        };
        if char == '!' {
            return Err(self.error(first, "`!` is expected before `+`, and only once"));
        }
        let term = Term { negated, needs, dependents, test: self.test(&part, first, knows)? };
        if term.spreads() && matches!(term.test, Test::Action(_)) {
            let why = "objects are expected beside `+`; what a step does needs nothing";
            return Err(self.error(first, why));
        }
        Ok(term)
    }

    fn test(
        &self,
        part: &[Char],
        first: usize,
        knows: &impl Fn(&str) -> bool,
    ) -> Result<Test, SelectorError> {
        // Names of tags may hold colons.
        let is_tag = plain(part).starts_with("tag.");
        let divided = part
            .iter()
            .position(|(_, char, escaped)| !escaped && (*char == '=' || *char == ':' && !is_tag));
        let Some(at) = divided else {
            let name = plain(part);
            return self.kind(name, first, knows).map(Test::Kind);
        };
        let (left, right) = (plain(trim(&part[..at])), trim(&part[at + 1..]));
        let after = part[at].0 + 1;
        match (left.as_str(), part[at].1) {
            ("path", ':') => self.path(right, after),
            ("action", ':') => self.action(right, after),
            ("before", '=') => self.day(right, after),
            ("owner", '=') => Ok(Test::Owner(self.glob(right, after)?)),
            ("of", '=') => self.of(right, after, knows),
            (left, '=') if left.strip_prefix("tag.").is_some_and(|name| !name.is_empty()) => {
                Ok(Test::Tag(left["tag.".len()..].to_owned(), self.glob(right, after)?))
            }
            (_, '=') => {
                let message = format!(
                    "tag.NAME=VALUE, owner=, of=KIND:NAME or before=DAY is expected, not `{left}=`"
                );
                Err(self.error(first, message))
            }
            (_, _) => {
                let kind = self.kind(left.to_owned(), first, knows)?;
                Ok(Test::Address(kind, self.glob(right, after)?))
            }
        }
    }

    fn kind(
        &self,
        name: String,
        at: usize,
        knows: &impl Fn(&str) -> bool,
    ) -> Result<String, SelectorError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(plain) {
            let not = if name.is_empty() { String::new() } else { format!(", not `{name}`") };
            return Err(
                self.error(at, format!("{TESTS} is expected{not}; write `\\&` within a name"))
            );
        }
        if !knows(&name) {
            return Err(
                self.error(at, format!("a kind is expected, and there is no kind `{name}`"))
            );
        }
        Ok(name)
    }

    fn glob(&self, part: &[Char], at: usize) -> Result<Glob, SelectorError> {
        if part.is_empty() {
            return Err(self.error(at, "a name or a pattern is expected"));
        }
        let mut pieces = Vec::with_capacity(part.len());
        for (at, char, escaped) in part.iter().copied() {
            let piece = match (char, escaped) {
                ('\\', false) => {
                    return Err(self.error(at + 1, "a character is expected after the backslash"));
                }
                ('*', false) if matches!(pieces.last(), Some(Piece::Any | Piece::Deep)) => {
                    pieces.pop();
                    Piece::Deep
                }
                ('*', false) => Piece::Any,
                ('?', false) => Piece::One,
                (char, _) => Piece::Char(char),
            };
            pieces.push(piece);
        }
        Ok(Glob::new(pieces))
    }

    /// A principal, whose kind has to be said: a user and a group may have one name.
    fn of(
        &self,
        part: &[Char],
        at: usize,
        knows: &impl Fn(&str) -> bool,
    ) -> Result<Test, SelectorError> {
        let Some(colon) = part.iter().position(|(_, char, escaped)| *char == ':' && !escaped)
        else {
            return Err(self.error(at, "KIND:NAME of a principal is expected, as user:ana@x.com"));
        };
        let kind = self.kind(plain(trim(&part[..colon])), at, knows)?;
        Ok(Test::Of(kind, self.glob(trim(&part[colon + 1..]), part[colon].0 + 1)?))
    }

    /// A path of the tree, however it is spelled: without `/Workspace`, without a slash at its end.
    fn path(&self, part: &[Char], at: usize) -> Result<Test, SelectorError> {
        let text = plain(part);
        let below = if text.starts_with("/Workspace/") { "/Workspace".len() } else { 0 };
        let mut part = &part[below..];
        if !text.starts_with('/') && !text.starts_with("**") {
            return Err(self.error(at, "a path that begins with `/` is expected"));
        }
        while part.len() > 1 && matches!(part.last(), Some((_, '/', _))) {
            part = &part[..part.len() - 1];
        }
        Ok(Test::Path(self.glob(part, at)?))
    }

    fn day(&self, part: &[Char], at: usize) -> Result<Test, SelectorError> {
        let day =
            plain(part).parse().map_err(|_| self.error(at, "a day is expected, as 2025-05-17"));
        day.map(Test::Before)
    }

    fn action(&self, part: &[Char], at: usize) -> Result<Test, SelectorError> {
        let word = plain(part);
        let words: StrDeserializer<'_, WordError> = word.as_str().into_deserializer();
        Change::deserialize(words)
            .map(Test::Action)
            .map_err(|error| self.error(at, format!("an action is expected: {error}")))
    }
}

#[cfg(test)]
mod tests;
