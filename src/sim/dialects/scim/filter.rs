//! Filter expressions, as `userName eq "a@b.c" and active eq true`.

use serde_json::Value;

use crate::sim::http::Refusal;

/// More comparisons than this are refused.
const MOST_NODES: usize = 200;

/// A filter expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// Either side holds.
    Or(Box<Self>, Box<Self>),
    /// Both sides hold.
    And(Box<Self>, Box<Self>),
    /// The inner one does not hold.
    Not(Box<Self>),
    /// An attribute compares with a value.
    Compare(String, Operator, Value),
    /// An attribute has some value.
    Present(String),
}

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
}

/// Reads an expression.
///
/// # Errors
/// 400 for what is no expression, and for one with too many comparisons.
pub(super) fn parse(text: &str) -> Result<Filter, Refusal> {
    let invalid =
        || Refusal::scim(400, format!("Given filter operator is not supported or invalid: {text}"));
    let tokens = tokens(text).ok_or_else(invalid)?;
    if tokens
        .iter()
        .filter(|token| matches!(token, Token::Word(word) if operator(word).is_some()))
        .count()
        > MOST_NODES
    {
        return Err(Refusal::scim(400, format!("The filter has more than {MOST_NODES} nodes")));
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable() };
    let filter = parser.or().ok_or_else(invalid)?;
    if parser.tokens.next().is_some() { Err(invalid()) } else { Ok(filter) }
}

impl Filter {
    /// Whether a principal's view fulfils the expression. Text is compared without regard to case.
    pub(super) fn holds(&self, view: &Value) -> bool {
        match self {
            Self::Or(a, b) => a.holds(view) || b.holds(view),
            Self::And(a, b) => a.holds(view) && b.holds(view),
            Self::Not(inner) => !inner.holds(view),
            Self::Present(attribute) => !found(view, attribute).is_empty(),
            Self::Compare(attribute, Operator::Ne, value) => {
                !found(view, attribute).iter().any(|held| compare(held, Operator::Eq, value))
            }
            Self::Compare(attribute, operator, value) => {
                found(view, attribute).iter().any(|held| compare(held, *operator, value))
            }
        }
    }
}

/// The values of an attribute such as `userName`, `name.givenName` or `members.value`.
pub(super) fn found<'a>(view: &'a Value, attribute: &str) -> Vec<&'a Value> {
    let mut values = vec![view];
    for part in attribute.split('.') {
        values = values
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                other => vec![other],
            })
            .filter_map(|value| {
                value
                    .as_object()?
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(part))
                    .map(|(_, value)| value)
            })
            .collect();
    }
    values.into_iter().flat_map(leaves).collect()
}

/// A multi-valued attribute is compared by the `value` of its entries.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.get("value").unwrap_or(item)).collect(),
        other => vec![other],
    }
}

fn compare(held: &Value, operator: Operator, wanted: &Value) -> bool {
    let (Some(held), Some(wanted)) = (held.as_str(), wanted.as_str()) else {
        return operator == Operator::Eq && held == wanted;
    };
    let (held, wanted) = (held.to_lowercase(), wanted.to_lowercase());
    match operator {
        Operator::Eq | Operator::Ne => held == wanted,
        Operator::Co => held.contains(&wanted),
        Operator::Sw => held.starts_with(&wanted),
        Operator::Ew => held.ends_with(&wanted),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '(' | ')' => {
                tokens.push(if first == '(' { Token::Open } else { Token::Close });
                &rest[1..]
            }
            '"' => {
                let end = closing_quote(rest)?;
                tokens.push(Token::Text(serde_json::from_str(&rest[..end]).ok()?));
                &rest[end..]
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || "()\"".contains(c))
                    .unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                &rest[end..]
            }
        }
        .trim_start();
    }
    Some(tokens)
}

/// The position after the quote that ends the text which starts here.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Parser {
    fn or(&mut self) -> Option<Filter> {
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut left = self.one()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Filter> {
        if self.keyword("not") {
            return Some(Filter::Not(Box::new(self.one()?)));
        }
        match self.tokens.next()? {
            Token::Open => {
                let inner = self.or()?;
                (self.tokens.next()? == Token::Close).then_some(inner)
            }
            Token::Word(attribute) => {
                let Token::Word(word) = self.tokens.next()? else { return None };
                if word.eq_ignore_ascii_case("pr") {
                    return Some(Filter::Present(attribute));
                }
                let operator = operator(&word)?;
                let value = match self.tokens.next()? {
                    Token::Text(text) => Value::String(text),
                    Token::Word(word) => serde_json::from_str(&word)
                        .ok()
                        .filter(|value: &Value| !value.is_string())?,
                    Token::Open | Token::Close => return None,
                };
                Some(Filter::Compare(attribute, operator, value))
            }
            Token::Close | Token::Text(_) => None,
        }
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        self.tokens
            .next_if(
                |token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword)),
            )
            .is_some()
    }
}

fn operator(word: &str) -> Option<Operator> {
    match word.to_ascii_lowercase().as_str() {
        "eq" => Some(Operator::Eq),
        "ne" => Some(Operator::Ne),
        "co" => Some(Operator::Co),
        "sw" => Some(Operator::Sw),
        "ew" => Some(Operator::Ew),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions() {
        let view = json!({"userName": "Alice@x.com", "active": true, "groups": [{"value": "7", "display": "data"}]});
        let holds = |text: &str| parse(text).unwrap().holds(&view);
        assert!(holds(r#"username EQ "alice@X.com""#));
        assert!(holds(r#"userName eq "bob" or (active eq true and groups.display sw "da")"#));
        assert!(holds(r#"groups eq "7" and not displayName pr"#));
        assert!(!holds(r#"userName co "bob" and active eq true"#));
    }

    #[test]
    fn quotes_are_escaped() {
        let view = json!({"displayName": r#"a "b" \ c"#});
        assert!(parse(r#"displayName eq "a \"b\" \\ c""#).unwrap().holds(&view));
        assert!(parse(r#"displayName eq "a "b" c""#).is_err());
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "userName", "userName eq", "userName eq alice", "(a eq 1", "a eq 1 b eq 2"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let long = vec!["a eq 1"; 201].join(" or ");
        assert!(parse(&long).unwrap_err().message.contains("200"));
    }
}
