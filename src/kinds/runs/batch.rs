//! Splitting what is logged into calls that a server takes, one after the other as they are sent.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use serde_json::{Value, json};

use super::series::Series;

/// How many things one call may hold.
const ITEMS: usize = 1_000;

/// How many parameters, tags and metrics.
const MOST: [(&str, usize); 3] = [("params", 100), ("tags", 100), ("metrics", 1_000)];

/// Which of these are metrics.
const METRICS: usize = 2;

/// How many bytes; the server counts some that are not counted here.
const BYTES: usize = 950_000;

/// The body of one call, as text: a thousand values take a tenth of the memory that way.
pub(super) struct Body {
    /// The JSON.
    pub(super) text: String,
    /// Whether a second call would log something twice: parameters and tags are only set.
    pub(super) is_once: bool,
}

/// What is to be logged into one run, read as it is sent.
pub(super) struct Batch<R> {
    /// Parameters and tags, as text, by their place among those of a call.
    pairs: VecDeque<(usize, String)>,
    metrics: Option<Series<R>>,
    key: Option<String>,
    /// What did not fit into the call before.
    left: Option<(usize, String)>,
}

impl<R: BufRead> Batch<R> {
    /// Takes parameters and tags as keys and values, and the values of metrics.
    pub(super) fn new(params: &[Value], tags: &[Value], metrics: Option<Series<R>>) -> Self {
        let of = |place: usize, list: &[Value]| -> Vec<(usize, String)> {
            list.iter().map(|pair| (place, pair.to_string())).collect()
        };
        let pairs = of(0, params).into_iter().chain(of(1, tags)).collect();
        Self { pairs, metrics, key: None, left: None }
    }

    /// The next thing to log.
    fn item(&mut self) -> io::Result<Option<(usize, String)>> {
        if let Some(item) = self.left.take().or_else(|| self.pairs.pop_front()) {
            return Ok(Some(item));
        }
        let Some(series) = &mut self.metrics else { return Ok(None) };
        loop {
            if let Some(key) = &self.key
                && let Some(point) = series.point()?
            {
                return Ok(Some((METRICS, point.written(key).to_string())));
            }
            self.key = series.key()?;
            if self.key.is_none() {
                self.metrics = None;
                return Ok(None);
            }
        }
    }

    /// The body of the next call, as full as it may be; nothing when all is logged.
    ///
    /// # Errors
    /// As the disk refuses.
    pub(super) fn next(&mut self, run: &str) -> io::Result<Option<Body>> {
        let (mut lists, mut counts, mut bytes) = ([const { String::new() }; 3], [0; 3], 64);
        while let Some((place, item)) = self.item()? {
            let count = counts.iter().sum::<usize>();
            let is_full = count == ITEMS || counts[place] == MOST[place].1;
            if is_full || (count > 0 && bytes + item.len() + 1 > BYTES) {
                self.left = Some((place, item));
                break;
            }
            if counts[place] > 0 {
                lists[place].push(',');
            }
            lists[place].push_str(&item);
            counts[place] += 1;
            bytes += item.len() + 1;
        }
        let mut text = format!("{{\"run_id\":{}", json!(run));
        for ((name, _), list) in MOST.iter().zip(&lists).filter(|(_, list)| !list.is_empty()) {
            text.push_str(&format!(",\"{name}\":[{list}]"));
        }
        text.push('}');
        let is_once = counts[METRICS] > 0;
        Ok((counts != [0; 3]).then_some(Body { text, is_once }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(count: usize, size: usize) -> Vec<Value> {
        (0..count).map(|n| json!({"key": format!("k{n}"), "value": "x".repeat(size)})).collect()
    }

    /// How many parameters, tags and values each call has, of metrics with this many values each.
    fn counts(params: &[Value], tags: &[Value], metrics: &[usize]) -> Vec<[usize; 3]> {
        let points = |count: &usize| (0..*count).map(|n| json!([n, 7, 0.5])).collect::<Vec<_>>();
        let series: serde_json::Map<String, Value> = metrics
            .iter()
            .enumerate()
            .map(|(n, count)| (format!("m{n}"), json!(points(count))))
            .collect();
        let text = json!(series).to_string();
        let series = (!metrics.is_empty()).then(|| Series::new(text.as_bytes()));
        let mut batch = Batch::new(params, tags, series);
        let mut found = Vec::new();
        while let Some(body) = batch.next("r").unwrap() {
            assert!(body.text.len() < 1_000_000);
            let value: Value = serde_json::from_str(&body.text).unwrap();
            let count = |name: &str| value[name].as_array().map_or(0, Vec::len);
            let counts = MOST.map(|(name, _)| count(name));
            assert_eq!((value["run_id"].as_str(), body.is_once), (Some("r"), counts[METRICS] > 0));
            found.push(counts);
        }
        found
    }

    #[test]
    fn every_limit_is_kept_and_no_call_is_wasted() {
        assert_eq!(counts(&[], &[], &[]), [[0; 3]; 0]);
        assert_eq!(counts(&[], &[], &[0, 0]), [[0; 3]; 0]);
        assert_eq!(counts(&pairs(3, 1), &pairs(2, 1), &[990, 0, 5]), [[3, 2, 995]]);
        let more = counts(&pairs(3, 1), &pairs(2, 1), &[1_500, 500]);
        assert_eq!(more, [[3, 2, 995], [0, 0, 1000], [0, 0, 5]]);
        assert_eq!(counts(&pairs(250, 1), &[], &[]), [[100, 0, 0], [100, 0, 0], [50, 0, 0]]);
    }

    #[test]
    fn large_values_take_more_calls() {
        let large = counts(&pairs(100, 6_000), &pairs(100, 8_000), &[]);
        assert_eq!(large.iter().map(|[params, tags, _]| params + tags).sum::<usize>(), 200);
    }
}
