//! When an object was last changed, and by whom, where the server tells.

use serde_json::Value;

use super::at;

/// What a server tells of an object's last change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// When it was, RFC 3339.
    pub at: Option<String>,
    /// Whose it was.
    pub by: Option<String>,
}

/// Where servers tell when an object was changed: in milliseconds, or as text.
const WHEN: [&str; 3] = ["/modified_at", "/last_modified", "/update_time"];

/// Where servers tell who changed it.
const WHO: [&str; 1] = ["/last_modifier_user_name"];

impl Trace {
    /// Takes it from what the server said of an object; `None` where it tells nothing.
    pub fn of(raw: &Value) -> Option<Self> {
        let when = WHEN.iter().find_map(|pointer| moment(at(raw, pointer)?));
        let who = WHO.iter().find_map(|pointer| at(raw, pointer)?.as_str());
        let trace = Self { at: when, by: who.filter(|who| !who.is_empty()).map(str::to_owned) };
        (trace != Self::default()).then_some(trace)
    }
}

fn moment(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let moment = jiff::Timestamp::from_millisecond(number.as_i64()?).ok()?;
            Some(moment.to_string())
        }
        Value::String(text) => {
            text.parse::<jiff::Timestamp>().ok().map(|moment| moment.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_servers_tell() {
        let of = |raw: Value| Trace::of(&raw).map(|trace| (trace.at, trace.by));
        let when = Some("2024-05-01T00:00:00Z".to_owned());
        assert_eq!(of(json!({"modified_at": 1_714_521_600_000_i64})), Some((when.clone(), None)));
        assert_eq!(
            of(
                json!({"update_time": "2024-05-01T00:00:00Z", "last_modifier_user_name": "ana@acme.com"})
            ),
            Some((when, Some("ana@acme.com".to_owned())))
        );
        assert_eq!(of(json!({"update_time": "yesterday", "last_modifier_user_name": ""})), None);
        assert_eq!(of(json!({"modified_at": i64::MAX})), None);
    }
}
