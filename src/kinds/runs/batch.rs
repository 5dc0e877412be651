//! Splitting what is logged into calls that a server takes.

use serde_json::{Value, json};

/// How many things one call may hold.
const ITEMS: usize = 1_000;

/// How many metrics, parameters and tags.
const MOST: [(&str, usize); 3] = [("params", 100), ("tags", 100), ("metrics", 1_000)];

/// How many bytes; the server counts some that are not counted here.
const BYTES: usize = 950_000;

/// What is to be logged into one run.
#[derive(Default)]
pub(super) struct Batch {
    /// Keys and values.
    pub(super) params: Vec<Value>,
    /// Keys and values.
    pub(super) tags: Vec<Value>,
    /// Values of metrics.
    pub(super) metrics: Vec<Value>,
}

impl Batch {
    /// The bodies of as few calls as possible.
    pub(super) fn bodies(self, run: &str) -> Vec<Value> {
        let lists = [self.params, self.tags, self.metrics];
        let items = MOST
            .into_iter()
            .zip(lists)
            .flat_map(|((name, most), list)| list.into_iter().map(move |item| (name, most, item)));
        let mut bodies: Vec<Value> = Vec::new();
        let (mut count, mut bytes) = (ITEMS, 0);
        for (name, most, item) in items {
            let size = item.to_string().len() + 1;
            let of_name = bodies.last().and_then(|body| body[name].as_array()).map_or(0, Vec::len);
            if count == ITEMS || bytes + size > BYTES || of_name == most {
                bodies.push(json!({ "run_id": run }));
                (count, bytes) = (0, 64);
            }
            (count, bytes) = (count + 1, bytes + size);
            if let Some(body) = bodies.last_mut() {
                match &mut body[name] {
                    Value::Array(list) => list.push(item),
                    none => *none = json!([item]),
                }
            }
        }
        bodies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(count: usize, size: usize) -> Vec<Value> {
        (0..count).map(|n| json!({"key": format!("k{n}"), "value": "x".repeat(size)})).collect()
    }

    fn counts(batch: Batch) -> Vec<[usize; 3]> {
        let bodies = batch.bodies("r");
        assert!(bodies.iter().all(|body| body.to_string().len() < 1_000_000));
        let count = |body: &Value, name: &str| body[name].as_array().map_or(0, Vec::len);
        bodies.iter().map(|body| MOST.map(|(name, _)| count(body, name))).collect()
    }

    #[test]
    fn every_limit_is_kept_and_no_call_is_wasted() {
        assert_eq!(counts(Batch::default()), [[0; 3]; 0]);
        let small = Batch { params: pairs(3, 1), tags: pairs(2, 1), metrics: pairs(995, 1) };
        assert_eq!(counts(small), [[3, 2, 995]]);
        let more = Batch { params: pairs(3, 1), tags: pairs(2, 1), metrics: pairs(2_000, 1) };
        assert_eq!(counts(more), [[3, 2, 995], [0, 0, 1000], [0, 0, 5]]);
        let many = Batch { params: pairs(250, 1), ..Batch::default() };
        assert_eq!(counts(many), [[100, 0, 0], [100, 0, 0], [50, 0, 0]]);
    }

    #[test]
    fn large_values_take_more_calls() {
        let large =
            Batch { params: pairs(100, 6_000), tags: pairs(100, 8_000), ..Batch::default() };
        assert_eq!(counts(large).iter().map(|[params, tags, _]| params + tags).sum::<usize>(), 200);
    }
}
