//! What a policy does to a cluster which is created under it.

use serde_json::{Map, Value, json};

use super::definition::Definition;
use crate::sim::http::Refusal;
use crate::sim::state::State as Workspace;

/// What a cluster is for: policies can be limited to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clusters {
    /// People attach to it.
    AllPurpose,
    /// A job makes it for each run.
    Job,
}

impl Clusters {
    fn name(self) -> &'static str {
        match self {
            Self::AllPurpose => "all-purpose",
            Self::Job => "job",
        }
    }
}

/// Fields whose keys may hold dots.
const MAPS: [&str; 3] = ["spark_conf", "spark_env_vars", "custom_tags"];

/// Attributes of policies which are no fields of a cluster and are not followed here.
const VIRTUAL: [&str; 4] =
    ["dbus_per_hour", "cluster_log_conf.type", "cluster_log_conf.path", "cluster_log_conf.region"];

/// Fills in what a policy fixes, and its defaults if `defaults`; then refuses what it does not allow.
///
/// Patterns of `regex` rules and attributes with `*` are not followed.
///
/// # Errors
/// 400 for an unknown policy, and naming every attribute which breaks it.
pub(crate) fn enforce(
    state: &Workspace,
    policy_id: &str,
    spec: &mut Map<String, Value>,
    clusters: Clusters,
    defaults: bool,
) -> Result<(), Refusal> {
    let rules = state.policies.rules(policy_id).ok_or_else(|| {
        Refusal::invalid(format!("Can't find a cluster policy with id: {policy_id}"))
    })?;
    let broken = apply(&rules, spec, clusters, defaults);
    if broken.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(format!("Cluster validation error: {}", broken.join("; "))))
}

fn apply(
    rules: &Definition,
    spec: &mut Map<String, Value>,
    clusters: Clusters,
    defaults: bool,
) -> Vec<String> {
    let mut broken = Vec::new();
    for (attribute, rule) in rules {
        if VIRTUAL.contains(&attribute.as_str()) || attribute.contains('*') {
            continue;
        }
        let kind = rule["type"].as_str().unwrap_or_default();
        let path = path(attribute);
        if attribute == "cluster_type" {
            if !allows(kind, rule, &json!(clusters.name())) {
                broken.push(failed(attribute, "the policy is for other clusters"));
            }
            continue;
        }
        if absent(spec, &path) && !moot(spec, attribute) {
            let given = if kind == "fixed" {
                rule.get("value")
            } else {
                rule.get("defaultValue").filter(|_| defaults)
            };
            match given {
                Some(value) => set(spec, &path, value.clone()),
                None if kind == "forbidden" || rule["isOptional"] == json!(true) => {}
                None => broken.push(failed(attribute, "the value must be present")),
            }
        } else if let Some(value) = get(spec, &path)
            && !allows(kind, rule, value)
        {
            broken.push(failed(attribute, &format!("the value {value} is not allowed")));
        }
    }
    broken
}

fn failed(attribute: &str, why: &str) -> String {
    format!("Validation failed for {attribute}, {why}")
}

/// Whether an attribute has no place in a cluster as it is sized and hosted.
fn moot(spec: &Map<String, Value>, attribute: &str) -> bool {
    let set = |field: &str| spec.get(field).is_some_and(|value| !value.is_null() && *value != "");
    match attribute {
        "num_workers" => set("autoscale"),
        "autoscale.min_workers" | "autoscale.max_workers" => set("num_workers"),
        "node_type_id" | "driver_node_type_id" => set("instance_pool_id"),
        _ => false,
    }
}

fn allows(kind: &str, rule: &Value, value: &Value) -> bool {
    let listed = || rule["values"].as_array().is_some_and(|all| all.iter().any(|v| same(v, value)));
    match kind {
        "fixed" => same(&rule["value"], value),
        "forbidden" => false,
        "allowlist" => listed(),
        "blocklist" => !listed(),
        "range" => {
            let Some(value) = number(value) else { return false };
            let bound = |name: &str| rule.get(name).and_then(number);
            bound("minValue").is_none_or(|min| value >= min)
                && bound("maxValue").is_none_or(|max| value <= max)
        }
        _ => true,
    }
}

/// Whether two values mean the same: definitions may spell numbers and truth as text.
fn same(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    one == other || text(one) == text(other)
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn path(attribute: &str) -> Vec<&str> {
    match attribute.split_once('.') {
        Some((map, key)) if MAPS.contains(&map) => vec![map, key],
        _ => attribute.split('.').collect(),
    }
}

fn get<'a>(spec: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(spec.get(*first)?, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(*step),
    })
}

fn absent(spec: &Map<String, Value>, path: &[&str]) -> bool {
    get(spec, path).is_none_or(Value::is_null)
}

fn set(spec: &mut Map<String, Value>, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let mut place = spec.entry((*first).to_owned()).or_insert(Value::Null);
    for step in rest {
        place = match step.parse::<usize>() {
            Ok(index) => {
                if !place.is_array() {
                    *place = json!([]);
                }
                let Value::Array(items) = place else { return };
                // A rule for a later element than exists extends the list by one, as its order tells.
                let index = index.min(items.len());
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            Err(_) => {
                if !place.is_object() {
                    *place = json!({});
                }
                let Value::Object(fields) = place else { return };
                fields.entry((*step).to_owned()).or_insert(Value::Null)
            }
        };
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(rules: Value, spec: Value, defaults: bool) -> (Value, Vec<String>) {
        let Value::Object(mut spec) = spec else { unreachable!() };
        let Value::Object(rules) = rules else { unreachable!() };
        let broken = apply(&rules, &mut spec, Clusters::AllPurpose, defaults);
        (Value::Object(spec), broken)
    }

    #[test]
    fn fixed_values_are_filled_in_and_defaults_only_when_asked_for() {
        let rules = json!({
            "spark_conf.spark.a.b": {"type": "fixed", "value": "1"},
            "aws_attributes.zone_id": {"type": "fixed", "value": "auto"},
            "init_scripts.0.workspace.destination": {"type": "fixed", "value": "/a.sh"},
            "autotermination_minutes": {"type": "unlimited", "defaultValue": 60, "isOptional": true},
        });
        let (spec, broken) = under(rules.clone(), json!({}), false);
        assert!(broken.is_empty(), "{broken:?}");
        assert_eq!(
            spec,
            json!({
                "spark_conf": {"spark.a.b": "1"},
                "aws_attributes": {"zone_id": "auto"},
                "init_scripts": [{"workspace": {"destination": "/a.sh"}}],
            })
        );
        assert_eq!(under(rules, json!({}), true).0["autotermination_minutes"], 60);
    }

    #[test]
    fn every_attribute_which_breaks_the_policy_is_named() {
        let rules = json!({
            "cluster_type": {"type": "fixed", "value": "job"},
            "node_type_id": {"type": "allowlist", "values": ["i3.xlarge"]},
            "num_workers": {"type": "range", "maxValue": 5},
            "spark_version": {"type": "unlimited"},
            "custom_tags.Team": {"type": "blocklist", "values": ["x"]},
            "instance_pool_id": {"type": "forbidden"},
        });
        let spec = json!({
            "node_type_id": "m5d.large", "num_workers": 6, "custom_tags": {"Team": "x"},
            "instance_pool_id": "p",
        });
        let (_, broken) = under(rules, spec, false);
        assert_eq!(broken.len(), 6, "{broken:?}");
    }

    #[test]
    fn an_attribute_without_a_place_is_not_demanded() {
        let rules = json!({
            "autoscale.min_workers": {"type": "fixed", "value": 1},
            "node_type_id": {"type": "unlimited"},
        });
        let spec = json!({"num_workers": 1, "instance_pool_id": "p"});
        assert_eq!(under(rules, spec.clone(), false), (spec, Vec::new()));
    }

    #[test]
    fn numbers_may_be_spelled_as_text() {
        let rules = json!({"num_workers": {"type": "fixed", "value": "0"}});
        assert!(under(rules, json!({"num_workers": 0}), false).1.is_empty());
    }
}
