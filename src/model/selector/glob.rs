//! Patterns of names.

use std::fmt;

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// This character.
    Char(char),
    /// Any one character but a slash: `?`.
    One,
    /// Any characters but slashes: `*`.
    Any,
    /// Any characters: `**`.
    Deep,
}

/// A pattern of names, such as `nightly-*`; one without wildcards stands for itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob {
    pieces: Vec<Piece>,
}

/// The characters that mean something in a selector wherever they stand.
const SPECIAL: [char; 4] = ['*', '?', '\\', '&'];

impl Glob {
    /// Makes a pattern of pieces; neighbouring stars become one.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (Some(last @ (Piece::Any | Piece::Deep)), Piece::Any | Piece::Deep) => {
                    *last = if (*last, piece) == (Piece::Any, Piece::Any) {
                        Piece::Any
                    } else {
                        Piece::Deep
                    };
                }
                _ => merged.push(piece),
            }
        }
        Self { pieces: merged }
    }

    /// Makes the pattern that only this text matches.
    pub fn exact(text: &str) -> Self {
        Self { pieces: text.chars().map(Piece::Char).collect() }
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The text this pattern stands for, if it has no wildcards.
    pub fn literal(&self) -> Option<String> {
        let of = |piece: &Piece| match piece {
            Piece::Char(char) => Some(*char),
            _ => None,
        };
        self.pieces.iter().map(of).collect()
    }

    /// The folder of the tree in which all paths are that fit the pattern; the path itself where only one does.
    pub fn place(&self) -> String {
        if let Some(path) = self.literal() {
            return path;
        }
        let fixed = self.pieces.iter().map_while(|piece| match piece {
            Piece::Char(char) => Some(*char),
            _ => None,
        });
        let fixed: String = fixed.collect();
        match fixed.rfind('/') {
            None | Some(0) => "/".to_owned(),
            Some(end) => fixed[..end].to_owned(),
        }
    }

    /// Whether the whole text fits the pattern; takes time in proportion to both lengths.
    pub fn matches(&self, text: &str) -> bool {
        let mut reached = vec![false; self.pieces.len() + 1];
        reached[0] = true;
        self.pass_stars(&mut reached);
        for char in text.chars() {
            let mut next = vec![false; reached.len()];
            for (at, piece) in self.pieces.iter().enumerate().filter(|(at, _)| reached[*at]) {
                match piece {
                    Piece::Char(wanted) => next[at + 1] |= *wanted == char,
                    Piece::One => next[at + 1] |= char != '/',
                    Piece::Any => next[at] |= char != '/',
                    Piece::Deep => next[at] = true,
                }
            }
            self.pass_stars(&mut next);
            reached = next;
        }
        reached.last().copied().unwrap_or(false)
    }

    /// Stars may stand for nothing.
    fn pass_stars(&self, reached: &mut [bool]) {
        for (at, piece) in self.pieces.iter().enumerate() {
            if reached[at] && matches!(piece, Piece::Any | Piece::Deep) {
                reached[at + 1] = true;
            }
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.pieces.len().saturating_sub(1);
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Char(char) => {
                    let at_edge = char.is_whitespace() && (at == 0 || at == last);
                    if SPECIAL.contains(char) || at_edge || (*char == '+' && at == last) {
                        f.write_str("\\")?;
                    }
                    write!(f, "{char}")?;
                }
                Piece::One => f.write_str("?")?,
                Piece::Any => f.write_str("*")?,
                Piece::Deep => f.write_str("**")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(text: &str) -> Glob {
        Glob::new(text.replace("**", "\u{1}").chars().map(|char| match char {
            '\u{1}' => Piece::Deep,
            '*' => Piece::Any,
            '?' => Piece::One,
            char => Piece::Char(char),
        }))
    }

    #[test]
    fn stars_stay_within_a_component_and_two_cross_it() {
        for (pattern, yes, no) in [
            ("nightly-*", vec!["nightly-", "nightly-a"], vec!["nightly", "nightly-a/b"]),
            ("/Shared/**", vec!["/Shared/", "/Shared/a/b"], vec!["/Shared", "/Other/a"]),
            ("/*/etl", vec!["/Shared/etl"], vec!["/Shared/x/etl", "/etl"]),
            ("**/load", vec!["/a/b/load", "/load"], vec!["load", "/a/load2"]),
            ("e?l", vec!["etl", "eöl"], vec!["el", "e/l", "ettl"]),
            ("*a*b", vec!["ab", "xaab"], vec!["ba", "a/b"]),
            ("", vec![""], vec!["a"]),
        ] {
            for text in yes {
                assert!(glob(pattern).matches(text), "{pattern} {text}");
            }
            for text in no {
                assert!(!glob(pattern).matches(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn a_pattern_of_paths_has_a_place() {
        for (pattern, place) in [
            ("/Shared/etl", "/Shared/etl"),
            ("/Shared/etl/**", "/Shared/etl"),
            ("/Shared/e*", "/Shared"),
            ("/S?", "/"),
            ("**", "/"),
        ] {
            assert_eq!(glob(pattern).place(), place, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn an_exact_pattern_matches_itself_alone(text in ".{0,20}", other in ".{0,20}") {
            let exact = Glob::exact(&text);
            prop_assert!(exact.matches(&text));
            prop_assert_eq!(exact.matches(&other), text == other);
            prop_assert_eq!(exact.literal(), Some(text));
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!glob(&"*a".repeat(200)).matches(&"a".repeat(150)));
    }
}
