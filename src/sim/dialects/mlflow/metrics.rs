//! Values of metrics: how they are spelled, and the history of one metric.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, json};

use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::page;
use crate::sim::state::State as Workspace;

/// How many values one page of a history has at most.
const PAGE: usize = 25_000;

/// One value of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Point {
    /// The value, which need not be a number.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub(super) value: f64,
    /// When it was measured, as the client says.
    pub(super) timestamp: i64,
    /// The step it was measured at.
    pub(super) step: i64,
}

impl Point {
    /// Reads a value out of a body.
    ///
    /// # Errors
    /// 400 where value or time are missing.
    pub(super) fn sent(metric: &Value) -> Result<Self, Refusal> {
        let missing =
            |name| Refusal::invalid(format!("Missing value for required parameter '{name}'."));
        Ok(Self {
            value: metric.get("value").and_then(number).ok_or_else(|| missing("value"))?,
            timestamp: metric
                .get("timestamp")
                .and_then(Value::as_i64)
                .ok_or_else(|| missing("timestamp"))?,
            step: metric.get("step").and_then(Value::as_i64).unwrap_or_default(),
        })
    }

    /// The value as answers spell it.
    pub(super) fn answer(&self, key: &str) -> Value {
        json!({
            "key": key,
            "value": spelled(self.value),
            "timestamp": self.timestamp,
            "step": self.step,
        })
    }

    /// Which of a metric's values is its last: by step, then by time, then the largest.
    pub(super) fn last(points: &[Self]) -> Option<&Self> {
        points.iter().max_by(|a, b| {
            (a.step, a.timestamp)
                .cmp(&(b.step, b.timestamp))
                .then_with(|| a.value.total_cmp(&b.value))
        })
    }
}

/// How JSON spells a value: protocol buffers have words for what is no number.
fn spelled(value: f64) -> Value {
    match value {
        value if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        value => json!(value),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn write<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    spelled(*value).serialize(serializer)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    number(&value).ok_or_else(|| D::Error::custom("a metric's value is a number"))
}

/// Every value of one metric, in no order that a client could rely on.
pub(super) fn history(state: &mut Workspace, call: &Call<'_>) -> Result<Answer, Refusal> {
    let key = call.need("metric_key")?;
    if call.query("max_results").and_then(|text| text.parse().ok()) > Some(PAGE) {
        return Err(Refusal::invalid(format!("max_results must be at most {PAGE}")));
    }
    let run = state.mlflow.run(super::runs::id_of(call)?)?;
    let points = run.metrics.get(key).map_or(&[][..], Vec::as_slice);
    let (places, next) = page((0..points.len()).collect(), call, PAGE, PAGE, "page_token")?;
    let mut answer = json!({});
    if !places.is_empty() {
        answer["metrics"] = places.into_iter().map(|at| points[at].answer(key)).collect();
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}
