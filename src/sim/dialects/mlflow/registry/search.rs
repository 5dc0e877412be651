//! Listings of models and versions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::state::{Model, Version, open};
use crate::sim::dialects::mlflow::filter::{Attribute, Field, Filter, Scalar};
use crate::sim::dialects::mlflow::order::Order;
use crate::sim::dialects::mlflow::search::answered;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::{page, page_in_order};
use crate::sim::state::State as Workspace;

const OF_MODELS: &[Attribute] = &[("name", false), ("last_updated_timestamp", true)];

const OF_VERSIONS: &[Attribute] = &[
    ("name", false),
    ("run_id", false),
    ("version_number", true),
    ("last_updated_timestamp", true),
];

/// The largest pages: of models, and of versions.
const MOST: [usize; 2] = [1_000, 10_000];

/// What a search asks for.
struct Asked {
    filter: Filter,
    order: Option<Order>,
}

impl Asked {
    fn read(call: &Call<'_>, attributes: &[Attribute], most: usize) -> Result<Self, Refusal> {
        if call.query("max_results").and_then(|text| text.parse().ok()) > Some(most) {
            return Err(Refusal::invalid(format!("max_results must be at most {most}")));
        }
        let order = call.query("order_by").filter(|order| !order.is_empty());
        let columns = |order: &str| order.split(',').map(Value::from).collect::<Vec<_>>();
        Ok(Self {
            filter: Filter::parse(call.query("filter").unwrap_or_default(), attributes)?,
            order: order.map(|order| Order::parse(&columns(order), attributes)).transpose()?,
        })
    }

    /// One page of what passes; in no order unless one is asked for.
    fn page<K: Ord + Clone + std::hash::Hash>(
        &self,
        all: Vec<K>,
        call: &Call<'_>,
        most: usize,
        read: impl Fn(&K, &Field) -> Option<Scalar>,
    ) -> Result<(Vec<K>, Option<String>), Refusal> {
        let passes = |key: &K| self.filter.lets_through(|field| read(key, field));
        let mut found: Vec<K> = all.into_iter().filter(passes).collect();
        match &self.order {
            None => page(found, call, 100, most, "page_token"),
            Some(order) => {
                found.sort_by(|one, other| {
                    order
                        .compare(|field| read(one, field), |field| read(other, field))
                        .then_with(|| one.cmp(other))
                });
                page_in_order(found, call, 100, most, "page_token")
            }
        }
    }
}

pub(super) fn list(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let all = &open(state)?.models;
    let (names, next) = page(all.keys().collect(), call, 100, MOST[0], "page_token")?;
    let listed = names.into_iter().map(|name| all[name].answer(name)).collect();
    Ok(answered("registered_models", listed, next))
}

pub(super) fn models(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let asked = Asked::read(call, OF_MODELS, MOST[0])?;
    let all = &open(state)?.models;
    let read = |name: &&String, field: &Field| of_model(name, &all[*name], field);
    let (names, next) = asked.page(all.keys().collect(), call, MOST[0], read)?;
    let found = names.into_iter().map(|name| all[name].answer(name)).collect();
    Ok(answered("registered_models", found, next))
}

pub(super) fn versions(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let asked = Asked::read(call, OF_VERSIONS, MOST[1])?;
    let registry = open(state)?;
    let all: BTreeMap<(&String, u64), &Version> = registry
        .models
        .iter()
        .flat_map(|(name, model)| {
            model.versions.iter().map(move |(number, version)| ((name, *number), version))
        })
        .collect();
    let read = |key: &(&String, u64), field: &Field| of_version(*key, all[key], field);
    let (keys, next) = asked.page(all.keys().copied().collect(), call, MOST[1], read)?;
    let found = keys.into_iter().map(|key| all[&key].answer(key.0, key.1)).collect();
    Ok(answered("model_versions", found, next))
}

#[expect(clippy::cast_precision_loss, reason = "moments and counts fit")]
fn of_model(name: &str, model: &Model, field: &Field) -> Option<Scalar> {
    match field {
        Field::Tag(key) => model.tags.get(key).cloned().map(Scalar::Text),
        Field::Attribute(field) if field == "name" => Some(Scalar::Text(name.to_owned())),
        Field::Attribute(_) => Some(Scalar::Number(model.updated as f64)),
        Field::Param(_) | Field::Metric(_) => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "moments and counts fit")]
fn of_version((name, number): (&String, u64), version: &Version, field: &Field) -> Option<Scalar> {
    match field {
        Field::Tag(key) => version.tags.get(key).cloned().map(Scalar::Text),
        Field::Attribute(field) => Some(match field.as_str() {
            "name" => Scalar::Text(name.clone()),
            "run_id" => Scalar::Text(version.run.clone()),
            "version_number" => Scalar::Number(number as f64),
            _ => Scalar::Number(version.updated as f64),
        }),
        Field::Param(_) | Field::Metric(_) => None,
    }
}
