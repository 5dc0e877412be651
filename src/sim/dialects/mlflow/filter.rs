//! Filters of searches: comparisons of fields with constants, joined by `AND`.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;

use crate::sim::http::Refusal;

/// What one comparison is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// A field of the object itself.
    Attribute(String),
    /// A tag.
    Tag(String),
    /// A parameter.
    Param(String),
    /// The last value of a metric.
    Metric(String),
}

/// What stands in a field, or is compared with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

/// A field which may be searched by its bare name, and whether it holds a number.
pub(super) type Attribute = (&'static str, bool);

/// A filter; the empty one lets everything through.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter(Vec<Comparison>);

#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    field: Field,
    operator: String,
    constant: Scalar,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// Names joined by dots, as `tags.owner`; whether the last one was quoted does not matter.
    Name(Vec<String>),
    Sign(String),
    Text(String),
    Number(f64),
}

const NUMERIC: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];
const TEXTUAL: [&str; 4] = ["=", "!=", "LIKE", "ILIKE"];

impl Field {
    /// Finds out what a dotted name means.
    pub(super) fn named(names: &[String], attributes: &[Attribute]) -> Result<Self, Refusal> {
        let unknown = |name: &str| {
            let known: Vec<_> = attributes.iter().map(|(name, _)| *name).collect();
            Refusal::invalid(format!(
                "Invalid attribute key '{name}' specified. Valid keys are {}",
                known.join(", ")
            ))
        };
        let attribute = |name: &String| match attributes.iter().any(|(known, _)| known == name) {
            true => Ok(Self::Attribute(name.clone())),
            false => Err(unknown(name)),
        };
        match names {
            [name] => attribute(name),
            [sort, rest @ ..] => match sort.as_str() {
                "tag" | "tags" => Ok(Self::Tag(rest.join("."))),
                "param" | "params" | "parameter" | "parameters" => Ok(Self::Param(rest.join("."))),
                "metric" | "metrics" => Ok(Self::Metric(rest.join("."))),
                "attribute" | "attributes" | "attr" | "run" => attribute(&rest.join(".")),
                _ => Err(unknown(&names.join("."))),
            },
            [] => Err(unknown("")),
        }
    }

    fn is_numeric(&self, attributes: &[Attribute]) -> bool {
        match self {
            Self::Metric(_) => true,
            Self::Attribute(name) => {
                attributes.iter().any(|(known, numeric)| known == name && *numeric)
            }
            Self::Tag(_) | Self::Param(_) => false,
        }
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// 400 for what is no filter, for an unknown field and for a constant of the wrong sort.
    pub(super) fn parse(text: &str, attributes: &[Attribute]) -> Result<Self, Refusal> {
        let bad = || Refusal::invalid(format!("Invalid filter '{text}'"));
        let mut tokens = tokens(text).ok_or_else(bad)?.into_iter();
        let mut comparisons = Vec::new();
        loop {
            match (tokens.next(), tokens.next(), tokens.next()) {
                (None, None, None) if comparisons.is_empty() => break,
                (Some(Token::Name(names)), Some(Token::Sign(operator)), Some(constant)) => {
                    let field = Field::named(&names, attributes)?;
                    let constant = match constant {
                        Token::Text(text) => Scalar::Text(text),
                        Token::Number(number) => Scalar::Number(number),
                        _ => return Err(bad()),
                    };
                    let comparison = Comparison { field, operator, constant };
                    comparison.check(attributes)?;
                    comparisons.push(comparison);
                }
                _ => return Err(bad()),
            }
            match tokens.next() {
                None => break,
                Some(Token::Sign(and)) if and == "AND" => {}
                Some(_) => return Err(bad()),
            }
        }
        Ok(Self(comparisons))
    }

    /// Whether an object passes; a field which it does not have passes no comparison.
    pub(super) fn lets_through(&self, read: impl Fn(&Field) -> Option<Scalar>) -> bool {
        self.0.iter().all(|one| read(&one.field).is_some_and(|found| one.holds(&found)))
    }
}

impl Comparison {
    fn check(&self, attributes: &[Attribute]) -> Result<(), Refusal> {
        let numeric = self.field.is_numeric(attributes);
        let (operators, fits) = match &self.constant {
            Scalar::Number(_) => (&NUMERIC[..], numeric),
            Scalar::Text(_) => (&TEXTUAL[..], !numeric),
        };
        let (field, operator) = (&self.field, self.operator.as_str());
        if !fits {
            let wanted = if numeric { "a number" } else { "a quoted string value" };
            return Err(Refusal::invalid(format!("Expected {wanted} for {field:?}")));
        }
        if !operators.contains(&operator) {
            return Err(Refusal::invalid(format!("Invalid comparator '{operator}' for {field:?}")));
        }
        Ok(())
    }

    fn holds(&self, found: &Scalar) -> bool {
        match (found, &self.constant) {
            (Scalar::Number(found), Scalar::Number(constant)) => {
                let order = found.partial_cmp(constant);
                match self.operator.as_str() {
                    "=" => order == Some(Ordering::Equal),
                    "<" => order == Some(Ordering::Less),
                    ">" => order == Some(Ordering::Greater),
                    "<=" => order.is_some_and(Ordering::is_le),
                    ">=" => order.is_some_and(Ordering::is_ge),
                    _ => order != Some(Ordering::Equal),
                }
            }
            (Scalar::Text(found), Scalar::Text(constant)) => match self.operator.as_str() {
                "=" => found == constant,
                "LIKE" => is_like(found, constant),
                "ILIKE" => is_like(&found.to_lowercase(), &constant.to_lowercase()),
                _ => found != constant,
            },
            _ => false,
        }
    }
}

/// Whether a text has a form in which `%` is anything and `_` one letter.
fn is_like(text: &str, form: &str) -> bool {
    let mut rest = form.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| is_like(&text[at..], rest.as_str()))
        }
        Some(letter) => {
            let mut letters = text.chars();
            letters.next().is_some_and(|first| letter == '_' || letter == first)
                && is_like(letters.as_str(), rest.as_str())
        }
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut letters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = letters.peek().copied() {
        if letter.is_whitespace() {
            letters.next();
        } else if "=!<>".contains(letter) {
            let sign = take(&mut letters, |letter| "=!<>".contains(letter));
            tokens.push(Token::Sign(sign));
        } else if letter == '-' || letter.is_ascii_digit() {
            let number = take(&mut letters, |letter| {
                letter.is_ascii_alphanumeric() || "-+.".contains(letter)
            });
            tokens.push(Token::Number(number.parse().ok()?));
        } else if letter == '\'' || letter == '"' {
            tokens.push(Token::Text(quoted(&mut letters)?));
        } else {
            let names = names(&mut letters)?;
            let word = names[0].to_uppercase();
            let is_sign = names.len() == 1 && ["AND", "LIKE", "ILIKE"].contains(&word.as_str());
            tokens.push(if is_sign { Token::Sign(word) } else { Token::Name(names) });
        }
    }
    Some(tokens)
}

fn take(letters: &mut Peekable<Chars<'_>>, fits: impl Fn(char) -> bool) -> String {
    let mut taken = String::new();
    while let Some(letter) = letters.next_if(|letter| fits(*letter)) {
        taken.push(letter);
    }
    taken
}

/// What stands between two signs which are alike.
fn quoted(letters: &mut Peekable<Chars<'_>>) -> Option<String> {
    let quote = letters.next()?;
    let text = take(letters, |letter| letter != quote);
    letters.next().map(|_| text)
}

/// Names joined by dots, each bare, or between backticks or double quotes.
fn names(letters: &mut Peekable<Chars<'_>>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    loop {
        let name = match letters.peek()? {
            '`' | '"' => quoted(letters)?,
            _ => take(letters, |letter| letter.is_alphanumeric() || "_-".contains(letter)),
        };
        if name.is_empty() {
            return None;
        }
        names.push(name);
        if letters.next_if_eq(&'.').is_none() {
            return Some(names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: &[Attribute] = &[("name", false), ("start_time", true)];

    fn read(field: &Field) -> Option<Scalar> {
        match field {
            Field::Attribute(name) if name == "name" => Some(Scalar::Text("It's a Run".into())),
            Field::Attribute(_) => Some(Scalar::Number(1_000.0)),
            Field::Tag(key) if key == "a.b" => Some(Scalar::Text("v".into())),
            Field::Metric(key) if key == "loss" => Some(Scalar::Number(0.5)),
            _ => None,
        }
    }

    fn holds(text: &str) -> Option<bool> {
        Filter::parse(text, ATTRIBUTES).ok().map(|filter| filter.lets_through(read))
    }

    #[test]
    fn comparisons_are_joined() {
        for (text, wanted) in [
            ("", true),
            ("tags.`a.b` = 'v'", true),
            ("tags.\"a.b\" = \"v\" AND attributes.start_time >= 1000", true),
            ("tags.a.b != 'v'", false),
            ("start_time < 1000", false),
            ("metrics.loss <= 5e-1 and tag.a.b = 'v'", true),
            ("tags.none != 'v'", false),
            ("name LIKE 'it%'", false),
            ("name ILIKE 'it%r_n'", true),
            ("name = \"It's a Run\"", true),
        ] {
            assert_eq!(holds(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "tags.a",
            "tags.a = v",
            "tags.a = 'v' tags.b = 'w'",
            "tags.a = 'v' AND",
            "tags.a = 'v' OR tags.b = 'w'",
            "tags.a = 1",
            "tags.a > 'v'",
            "start_time >= '1000'",
            "start_time LIKE 5",
            "foo = 1",
            "tags.`a = 'v'",
        ] {
            assert_eq!(holds(text), None, "{text}");
        }
    }
}
