//! One value of a metric: `[step, timestamp, value]`.

use std::cmp::Ordering;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

/// One value of a metric, and the dataset it was measured on.
#[derive(Clone, Debug)]
pub(super) struct Point {
    step: i64,
    timestamp: i64,
    value: f64,
    /// Name and digest of the dataset.
    dataset: Option<Box<(String, String)>>,
}

/// One value of a metric as `get-history` answers it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    step: Value,
    timestamp: Value,
    value: Value,
    dataset_name: Option<String>,
    dataset_digest: Option<String>,
}

impl Shown {
    /// The value, unless it has no time.
    pub(super) fn point(self) -> Option<Point> {
        // Whole numbers of 64 bits may be written as texts.
        let whole = |field: &Value| field.as_i64().or_else(|| field.as_str()?.parse().ok());
        Some(Point {
            step: whole(&self.step).unwrap_or(0),
            timestamp: whole(&self.timestamp)?,
            value: number(&self.value).unwrap_or(0.0),
            dataset: self.dataset_name.zip(self.dataset_digest).map(Box::new),
        })
    }
}

/// The words of JSON for what is no number, as protocol buffers have them.
const WORDS: [(&str, f64); 3] =
    [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => {
            let word = WORDS.into_iter().find(|(word, _)| word == text);
            word.map(|(_, number)| number).or_else(|| text.parse().ok())
        }
        other => other.as_f64(),
    }
}

fn spelled(value: f64) -> Value {
    let is_it = |(_, number): &(&str, f64)| number.total_cmp(&value).is_eq();
    let word = if value.is_nan() { Some("NaN") } else { None };
    let word = word.or_else(|| WORDS.into_iter().find(is_it).map(|(word, _)| word));
    word.map_or_else(|| json!(value), |word| json!(word))
}

impl Point {
    /// Writes it as `log-batch` takes it.
    pub(super) fn written(&self, key: &str) -> Value {
        let mut metric = json!({
            "key": key,
            "value": spelled(self.value),
            "timestamp": self.timestamp,
            "step": self.step,
        });
        if let Some(dataset) = &self.dataset {
            metric["dataset_name"] = json!(dataset.0);
            metric["dataset_digest"] = json!(dataset.1);
        }
        metric
    }
}

impl Ord for Point {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = ((self.step, self.timestamp), (other.step, other.timestamp));
        let values = || self.value.total_cmp(&other.value);
        a.cmp(&b).then_with(values).then_with(|| self.dataset.cmp(&other.dataset))
    }
}

impl PartialOrd for Point {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Point {}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = spelled(self.value);
        match &self.dataset {
            None => (self.step, self.timestamp, value).serialize(serializer),
            Some(dataset) => (self.step, self.timestamp, value, dataset).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts: Vec<Value> = Vec::deserialize(deserializer)?;
        let wrong = || D::Error::custom("a value of a metric is [step, timestamp, value]");
        let [step, timestamp, value, rest @ ..] = parts.as_slice() else { return Err(wrong()) };
        let dataset = rest.first().map(|pair| serde_json::from_value(pair.clone())).transpose();
        Ok(Self {
            step: step.as_i64().ok_or_else(wrong)?,
            timestamp: timestamp.as_i64().ok_or_else(wrong)?,
            value: number(value).ok_or_else(wrong)?,
            dataset: dataset.map_err(|_| wrong())?,
        })
    }
}

/// What a list of points has more than another; of equal ones each counts.
pub(super) fn beyond<'a>(all: &'a [Point], known: &[Point]) -> Vec<&'a Point> {
    let mut known: Vec<&Point> = known.iter().collect();
    known.sort();
    let mut sorted: Vec<&Point> = all.iter().collect();
    sorted.sort();
    let mut known = known.into_iter().peekable();
    sorted.retain(|point| {
        while known.next_if(|other| other < point).is_some() {}
        known.next_if(|other| other == point).is_none()
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &Value) -> Vec<Point> {
        serde_json::from_value(values.clone()).unwrap()
    }

    fn shown(metric: &Value) -> Option<Point> {
        serde_json::from_value::<Shown>(metric.clone()).unwrap().point()
    }

    #[test]
    fn every_value_survives() {
        for value in [json!(0.1), json!("NaN"), json!("Infinity"), json!("-Infinity"), json!(-0.0)]
        {
            let metric = json!({"key": "loss", "value": value, "timestamp": 5, "step": -3});
            let point = shown(&metric).unwrap();
            assert_eq!(point.written("loss"), metric);
            let text = serde_json::to_string(&point).unwrap();
            assert_eq!(serde_json::from_str::<Point>(&text).unwrap(), point, "{text}");
        }
        let told = json!({"key": "a", "value": 3, "timestamp": "7", "dataset_name": "d", "dataset_digest": "x"});
        let point = shown(&told).unwrap();
        assert_eq!(serde_json::to_value(&point).unwrap(), json!([0, 7, 3.0, ["d", "x"]]));
        assert_eq!(point.written("a")["dataset_digest"], "x");
        assert!(shown(&json!({"key": "a", "value": 3})).is_none());
    }

    #[test]
    fn equal_points_are_counted() {
        let all = points(&json!([[0, 1, 2.0], [0, 1, 2.0], [1, 1, "NaN"], [2, 1, 0.0]]));
        let known = points(&json!([[2, 1, 0.0], [0, 1, 2.0], [5, 5, 5.0]]));
        assert_eq!(json!(beyond(&all, &known)), json!([[0, 1, 2.0], [1, 1, "NaN"]]));
        assert_eq!(json!(beyond(&known, &all)), json!([[5, 5, 5.0]]));
        assert!(beyond(&all, &all).is_empty());
    }
}
