//! JSON pointers with wildcards: `/tasks/*/depends_on`, where `*` stands for any index or key, or within a
//! key for any part of it: `/definition/init_scripts.*.destination`.

use serde_json::Value;

/// What becomes of a selected value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays.
    Yes,
    /// It is taken out of the object or array that holds it.
    No,
}

/// The value at a plain pointer, if there is one.
pub fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    value.pointer(pointer).filter(|found| !found.is_null())
}

/// Calls `visit` for every value a pattern selects, innermost holder first, and drops those it answers `No` for.
pub fn select_mut(value: &mut Value, pattern: &str, visit: &mut dyn FnMut(&mut Value) -> Keep) {
    let Some(rest) = pattern.strip_prefix('/') else {
        visit(value);
        return;
    };
    let (head, tail) = match rest.find('/') {
        Some(end) => (&rest[..end], &rest[end..]),
        None => (rest, ""),
    };
    let mut step = |inner: &mut Value| -> bool {
        if tail.is_empty() {
            visit(inner) == Keep::Yes
        } else {
            select_mut(inner, tail, visit);
            true
        }
    };
    match value {
        Value::Object(map) if head == "*" => map.retain(|_, inner| step(inner)),
        Value::Array(items) if head == "*" => items.retain_mut(step),
        Value::Object(map) if head.contains('*') => {
            map.retain(|key, inner| !is_like(head, key) || step(inner));
        }
        Value::Object(map) => {
            let key = head.replace("~1", "/").replace("~0", "~");
            if let Some(inner) = map.get_mut(&key)
                && !step(inner)
            {
                map.remove(&key);
            }
        }
        _ => {}
    }
}

/// Whether a step of a pattern stands for a key: `*` for any, `a.*.c` for all that begin and end so.
fn is_like(step: &str, key: &str) -> bool {
    step.split_once('*').is_some_and(|(start, end)| {
        key.len() >= start.len() + end.len() && key.starts_with(start) && key.ends_with(end)
    })
}

/// Whether a plain pointer is one the pattern selects.
pub fn matches_pattern(pattern: &str, pointer: &str) -> bool {
    let (mut left, mut right) = (pattern.split('/'), pointer.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || is_like(a, b) => {}
            _ => return false,
        }
    }
}

/// A whole number, which some servers tell as a text.
pub fn whole(field: &Value) -> Option<i64> {
    field.as_i64().or_else(|| field.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selects_through_wildcards_and_drops() {
        let mut value = json!({"tasks": [{"a": 1}, {"a": 2, "b": 3}], "x": {"k.1": {"v": 1}}});
        let mut seen = Vec::new();
        select_mut(&mut value, "/tasks/*/a", &mut |found| {
            seen.push(found.clone());
            Keep::No
        });
        assert_eq!(seen, [json!(1), json!(2)]);
        select_mut(&mut value, "/x/k.1/v", &mut |_| Keep::No);
        assert_eq!(value, json!({"tasks": [{}, {"b": 3}], "x": {"k.1": {}}}));
    }

    #[test]
    fn a_star_within_a_key_stands_for_a_part_of_it() {
        let mut value =
            json!({"s.0.d": {"v": 1}, "s.1.d": {"v": 2}, "s.d": {"v": 3}, "s.0.e": {"v": 4}});
        let mut seen = Vec::new();
        select_mut(&mut value, "/s.*.d/v", &mut |found| {
            seen.push(found.clone());
            Keep::Yes
        });
        assert_eq!(seen, [json!(1), json!(2)]);
        assert!(matches_pattern("/s.*.d/v", "/s.10.d/v"));
        assert!(!matches_pattern("/s.*.d/v", "/s.d/v") && !matches_pattern("/s.*.d", "/s.0.e"));
    }

    #[test]
    fn compares_patterns() {
        assert!(matches_pattern("/tasks/*/a", "/tasks/0/a"));
        assert!(!matches_pattern("/tasks/*", "/tasks/0/a"));
        assert!(!matches_pattern("/tasks/*/a", "/tasks/0"));
    }
}
