//! How long names and values may be, and of what letters a name is made.

use crate::sim::http::Refusal;

/// What holds for the keys and values of one thing.
pub(super) struct Limit {
    /// What the thing is called in messages.
    what: &'static str,
    /// The longest key, in letters.
    key: usize,
    /// The longest value, in letters.
    value: usize,
}

/// Parameters of runs.
pub(super) const PARAM: Limit = Limit { what: "Param", key: 250, value: 6_000 };
/// Tags of runs.
pub(super) const RUN_TAG: Limit = Limit { what: "Tag", key: 250, value: 8_000 };
/// Tags of experiments.
pub(super) const EXPERIMENT_TAG: Limit = Limit { what: "Tag", key: 250, value: 20_000 };
/// Tags of models and their versions.
pub(super) const REGISTRY_TAG: Limit = Limit { what: "Tag", key: 250, value: 5_000 };
/// Metrics of runs; their values are numbers.
pub(super) const METRIC: Limit = Limit { what: "Metric", key: 250, value: 0 };

/// How much one batch may hold.
const BATCH: [(&str, usize); 4] =
    [("metrics", 1_000), ("params", 100), ("tags", 100), ("metrics, params, and tags", 1_000)];

/// How many bytes one batch may have.
const BATCH_BYTES: usize = 1_000_000;

/// Refuses a key or value which is too long, and a key with letters which are not allowed.
pub(super) fn check(limit: &Limit, key: &str, value: &str) -> Result<(), Refusal> {
    name(key)?;
    for (part, text, longest) in [("key", key, limit.key), ("value", value, limit.value)] {
        let length = text.chars().count();
        if length > longest {
            let what = limit.what;
            return Err(Refusal::invalid(format!(
                "{what} {part} had length {length}, which exceeded length limit of {longest}"
            )));
        }
    }
    Ok(())
}

/// A name is a relative path of letters, digits and a few signs, and in its shortest form.
fn name(name: &str) -> Result<(), Refusal> {
    let allowed = |letter: char| letter.is_alphanumeric() || "_/.- :".contains(letter);
    let shortest = name.split('/').all(|part| !["", ".", ".."].contains(&part));
    if name.is_empty() {
        return Err(Refusal::invalid("Missing value for required parameter 'key'."));
    }
    if name.chars().all(allowed) && shortest {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Invalid value \"{name}\" for parameter 'key' supplied: names are made of letters, digits, \
         underscores, dashes, periods, spaces, colons and slashes, and must not resolve to other names"
    )))
}

/// Refuses a batch which is too large.
pub(super) fn batch(
    bytes: usize,
    metrics: usize,
    params: usize,
    tags: usize,
) -> Result<(), Refusal> {
    if bytes > BATCH_BYTES {
        return Err(Refusal::invalid(format!(
            "Batched logging API requests must be at most {BATCH_BYTES} bytes, got a request of size {bytes}."
        )));
    }
    let counts = [metrics, params, tags, metrics + params + tags];
    for ((what, most), count) in BATCH.into_iter().zip(counts) {
        if count > most {
            return Err(Refusal::invalid(format!(
                "A batch logging request can contain at most {most} {what}. Got {count} {what}. \
                 Please split up {what} across multiple requests and try again."
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_paths_in_their_shortest_form() {
        for good in ["loss", "val/loss", "a b:c", "mlflow.user", "größe"] {
            assert!(check(&PARAM, good, "x").is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "../a", ".", "a/../b", "a,b", "a\nb"] {
            assert!(check(&PARAM, bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_batch_has_four_limits() {
        assert!(batch(1_000_000, 900, 50, 50).is_ok());
        assert!(batch(1_000_001, 1, 0, 0).is_err());
        assert!(batch(9, 900, 50, 51).is_err());
        assert!(batch(9, 1_001, 0, 0).is_err());
        assert!(batch(9, 0, 101, 0).is_err());
        assert!(batch(9, 0, 0, 101).is_err());
    }
}
