//! Orders of searches: fields with `ASC` or `DESC` behind them.

use std::cmp::Ordering;

use serde_json::Value;

use super::filter::{Attribute, Field, Scalar};
use crate::sim::http::Refusal;

/// What a search is sorted by, most important first.
pub(super) struct Order(Vec<(Field, bool)>);

impl Order {
    /// Reads the fields of an order; the flag of each says whether it is a descending one.
    ///
    /// # Errors
    /// 400 for an unknown field, and for a word that is neither `ASC` nor `DESC`.
    pub(super) fn parse(list: &[Value], attributes: &[Attribute]) -> Result<Self, Refusal> {
        let mut fields = Vec::new();
        for text in list.iter().filter_map(Value::as_str) {
            let bad = || Refusal::invalid(format!("Invalid order_by clause '{text}'"));
            let (name, descends) = match text.trim().rsplit_once(' ') {
                Some((name, word)) if word.eq_ignore_ascii_case("desc") => (name, true),
                Some((name, word)) if word.eq_ignore_ascii_case("asc") => (name, false),
                Some(_) => return Err(bad()),
                None => (text.trim(), false),
            };
            let names: Vec<String> =
                name.splitn(2, '.').map(|name| name.trim_matches(['`', '"']).to_owned()).collect();
            fields.push((Field::named(&names, attributes)?, descends));
        }
        Ok(Self(fields))
    }

    /// Compares two objects by what stands in their fields; what a field lacks comes last.
    pub(super) fn compare(
        &self,
        one: impl Fn(&Field) -> Option<Scalar>,
        other: impl Fn(&Field) -> Option<Scalar>,
    ) -> Ordering {
        self.0.iter().fold(Ordering::Equal, |order, (field, descends)| {
            order.then_with(|| match (one(field), other(field)) {
                (Some(one), Some(other)) if *descends => by_value(&other, &one),
                (Some(one), Some(other)) => by_value(&one, &other),
                (one, other) => other.is_some().cmp(&one.is_some()),
            })
        })
    }
}

fn by_value(one: &Scalar, other: &Scalar) -> Ordering {
    match (one, other) {
        (Scalar::Number(one), Scalar::Number(other)) => one.total_cmp(other),
        (Scalar::Text(one), Scalar::Text(other)) => one.cmp(other),
        (Scalar::Number(_), Scalar::Text(_)) => Ordering::Less,
        (Scalar::Text(_), Scalar::Number(_)) => Ordering::Greater,
    }
}
