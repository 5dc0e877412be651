//! The request contract: what the vendor's SDK sends and expects back, as facts which nobody here wrote.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::http::{Form, Refusal};
use super::template::Template;

/// The facts: calls and types of the vendor's SDK.
static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract::read(include_str!("../../tests/witness/calls.json")));

/// The type of a value on the wire.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Type {
    Name(String),
    List([Box<Type>; 1]),
    Map { map: Box<Type> },
}

/// A named type: an object with known fields, or a list of allowed words.
#[derive(Debug, Default, Deserialize)]
struct Facts {
    #[serde(default)]
    fields: BTreeMap<String, Type>,
    #[serde(default)]
    required: BTreeSet<String>,
    #[serde(rename = "enum")]
    words: Option<BTreeSet<String>>,
}

/// One call, as it stands in the file.
#[derive(Debug, Deserialize)]
struct Written {
    method: String,
    path: String,
    #[serde(default)]
    query: BTreeMap<String, Type>,
    #[serde(default)]
    body: Option<BTreeMap<String, Type>>,
    body_type: Option<String>,
    form: Option<BTreeMap<String, Type>>,
    #[serde(default)]
    required: BTreeSet<String>,
    answer: Option<Type>,
    #[serde(default)]
    raw: bool,
}

#[derive(Deserialize)]
struct File {
    calls: Vec<Written>,
    types: HashMap<String, Facts>,
}

/// What may be sent in one call, and what comes back.
pub(super) struct Terms {
    method: String,
    template: Template,
    query: BTreeMap<String, Type>,
    body: Facts,
    form: Option<BTreeMap<String, Type>>,
    answer: Option<Type>,
}

struct Contract {
    terms: Vec<Terms>,
    types: HashMap<String, Facts>,
}

/// Finds the terms of a call; `None` when the SDK knows no such call.
pub(super) fn terms(method: &str, segments: &[String]) -> Option<&'static Terms> {
    CONTRACT
        .terms
        .iter()
        .filter(|terms| terms.method == method && terms.template.matches(segments))
        .min_by_key(|terms| terms.template.placeholders())
}

impl Terms {
    /// Refuses a query parameter which the call does not have, or with a value of the wrong type.
    pub(super) fn check_query(&self, query: &BTreeMap<String, String>) -> Result<(), Refusal> {
        for (name, text) in query {
            let Some(expected) = self.query.get(name) else {
                return Err(Refusal::invalid(format!("Unknown query parameter '{name}'")));
            };
            CONTRACT.check_text(expected, text, name)?;
        }
        self.body
            .required
            .iter()
            .filter(|name| self.query.contains_key(*name))
            .find(|name| query.get(*name).is_none_or(String::is_empty))
            .map_or(Ok(()), |name| Err(missing(name)))
    }

    /// Refuses a field which the call does not have at any depth, a wrong type, an unknown word of an
    /// enumeration and the absence of what is required. With `future`, names starting with `future_`
    /// may occur in every object.
    pub(super) fn check_body(&self, body: &Value, future: bool) -> Result<(), Refusal> {
        let empty = Value::Object(serde_json::Map::new());
        let body = if body.is_null() { &empty } else { body };
        CONTRACT.check_object(&self.body, body, "", Mode::Sent { future })?;
        self.body
            .required
            .iter()
            .filter(|name| self.body.fields.contains_key(*name))
            .find(|name| body.get(*name).is_none_or(Value::is_null))
            .map_or(Ok(()), |name| Err(missing(name)))
    }

    /// Refuses a part of a form which the call does not have.
    pub(super) fn check_form(&self, form: &Form) -> Result<(), Refusal> {
        let Some(expected) = &self.form else {
            return Err(Refusal::invalid("This call does not take a multipart/form-data body"));
        };
        for name in form.parts.keys() {
            let Some(expected) = expected.get(name) else {
                return Err(Refusal::invalid(format!("Unknown form part '{name}'")));
            };
            if let Some(text) = form.text(name) {
                CONTRACT.check_text(expected, text, name)?;
            }
        }
        Ok(())
    }

    /// Says where an answer contradicts the contract: a field of the wrong type or an unknown word.
    pub(super) fn contradiction(&self, answer: &Value) -> Option<String> {
        let expected = self.answer.as_ref()?;
        CONTRACT.check(expected, answer, "", Mode::Answered).err().map(|refusal| refusal.message)
    }
}

/// Which way a value travels: an answer may hold fields that the SDK does not know.
#[derive(Clone, Copy)]
enum Mode {
    Sent { future: bool },
    Answered,
}

impl Contract {
    fn read(text: &str) -> Self {
        let file: File = match serde_json::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                panic!("tests/witness/calls.json was built in and cannot be read: {error}")
            }
        };
        let mut terms: Vec<Terms> = Vec::new();
        for call in file.calls {
            let template = Template::parse(&call.path);
            let known = terms
                .iter()
                .position(|terms| terms.method == call.method && terms.template.is(&call.path));
            let fresh = Terms::written(call, template, &file.types);
            match known {
                Some(at) => terms[at].join(fresh),
                None => terms.push(fresh),
            }
        }
        Self { terms, types: file.types }
    }

    fn check(&self, expected: &Type, value: &Value, at: &str, mode: Mode) -> Result<(), Refusal> {
        let name = match expected {
            _ if value.is_null() => return Ok(()),
            Type::Name(name) => name.as_str(),
            Type::List([item]) => {
                let items = value.as_array().ok_or_else(|| wrong(at, "a list", value))?;
                return items.iter().enumerate().try_for_each(|(index, value)| {
                    self.check(item, value, &format!("{at}[{index}]"), mode)
                });
            }
            Type::Map { map } => {
                let entries = value.as_object().ok_or_else(|| wrong(at, "an object", value))?;
                return entries
                    .iter()
                    .try_for_each(|(key, value)| self.check(map, value, &within(at, key), mode));
            }
        };
        let (good, what) = match name {
            "any" => (true, ""),
            "string" => (value.is_string(), "a string"),
            "int" => (value.is_i64() || value.is_u64(), "an integer"),
            "float" => (value.is_number() || is_no_number(value), "a number"),
            "bool" => (value.is_boolean(), "a boolean"),
            _ => {
                return self
                    .types
                    .get(name)
                    .map_or(Ok(()), |facts| self.check_object(facts, value, at, mode));
            }
        };
        if good { Ok(()) } else { Err(wrong(at, what, value)) }
    }

    fn check_object(
        &self,
        facts: &Facts,
        value: &Value,
        at: &str,
        mode: Mode,
    ) -> Result<(), Refusal> {
        if let Some(words) = &facts.words {
            let word = value.as_str().ok_or_else(|| wrong(at, "a string", value))?;
            return check_word(words, word, at);
        }
        let entries = value.as_object().ok_or_else(|| wrong(at, "an object", value))?;
        for (name, value) in entries {
            let path = within(at, name);
            match (facts.fields.get(name), mode) {
                (Some(expected), _) => self.check(expected, value, &path, mode)?,
                (None, Mode::Answered) => {}
                (None, Mode::Sent { future: true }) if name.starts_with("future_") => {}
                (None, Mode::Sent { .. }) => {
                    return Err(Refusal::invalid(format!("Unknown field '{path}'")));
                }
            }
        }
        if at.is_empty() || matches!(mode, Mode::Answered) {
            return Ok(());
        }
        facts
            .required
            .iter()
            .find(|name| entries.get(*name).is_none_or(Value::is_null))
            .map_or(Ok(()), |name| Err(missing(&within(at, name))))
    }

    /// Checks a value which travels as text: in a query or in a form.
    fn check_text(&self, expected: &Type, text: &str, at: &str) -> Result<(), Refusal> {
        let (good, what) = match expected {
            Type::List([item]) => {
                return text.split(',').try_for_each(|text| self.check_text(item, text, at));
            }
            Type::Map { .. } => return Ok(()),
            Type::Name(name) => match name.as_str() {
                "int" => (text.parse::<i64>().is_ok(), "an integer"),
                "float" => (text.parse::<f64>().is_ok(), "a number"),
                // The vendor's own Python client writes `True` in nested parameters.
                "bool" => (matches!(text, "true" | "false" | "True" | "False"), "true or false"),
                name => match self.types.get(name).and_then(|facts| facts.words.as_ref()) {
                    Some(words) => return check_word(words, text, at),
                    None => (true, ""),
                },
            },
        };
        if good {
            Ok(())
        } else {
            Err(Refusal::invalid(format!("'{at}' must be {what}, not '{text}'")))
        }
    }
}

impl Terms {
    fn written(call: Written, template: Template, types: &HashMap<String, Facts>) -> Self {
        let mut fields = call.body.unwrap_or_default();
        if let Some(whole) = call.body_type.and_then(|name| types.get(&name)) {
            fields.extend(whole.fields.iter().map(|(name, kind)| (name.clone(), kind.clone())));
        }
        if call.form.is_some() {
            fields.clear();
        }
        Self {
            method: call.method,
            template,
            query: call.query,
            body: Facts { fields, required: call.required, words: None },
            form: call.form,
            answer: call.answer.filter(|_| !call.raw),
        }
    }

    /// Takes up a second description of the same call: what either allows is allowed.
    fn join(&mut self, other: Self) {
        self.query.extend(other.query);
        self.body.required.retain(|name| other.body.required.contains(name));
        self.body.fields.extend(other.body.fields);
        self.form = self.form.take().or(other.form);
    }
}

/// How protocol buffers spell in JSON what JSON has no number for.
fn is_no_number(value: &Value) -> bool {
    value.as_str().is_some_and(|word| ["NaN", "Infinity", "-Infinity"].contains(&word))
}

fn check_word(words: &BTreeSet<String>, word: &str, at: &str) -> Result<(), Refusal> {
    if words.contains(word) {
        return Ok(());
    }
    let known: Vec<_> = words.iter().map(String::as_str).collect();
    Err(Refusal::invalid(format!("'{at}' must be one of {}, not '{word}'", known.join(", "))))
}

fn missing(name: &str) -> Refusal {
    Refusal::invalid(format!("Missing required field: {name}"))
}

fn wrong(at: &str, what: &str, value: &Value) -> Refusal {
    let at = if at.is_empty() { "The body" } else { at };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Refusal::invalid(format!("'{at}' must be {what}, not {found}"))
}

fn within(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(method: &str, path: &str) -> &'static Terms {
        terms(method, &super::super::template::segments(path)).unwrap()
    }

    fn body(method: &str, path: &str, body: Value) -> Result<(), String> {
        of(method, path).check_body(&body, false).map_err(|refusal| refusal.message)
    }

    #[test]
    fn unknown_fields_are_named_at_any_depth() {
        let sent = json!({"name": "x", "tasks": [{"task_key": "a", "new_cluster": {"spark_versions": "x"}}]});
        let message = body("POST", "/api/2.2/jobs/create", sent).unwrap_err();
        assert_eq!(message, "Unknown field 'tasks[0].new_cluster.spark_versions'");
    }

    #[test]
    fn future_fields_pass_only_with_the_switch() {
        let sent = json!({"name": "x", "tasks": [{"task_key": "a", "future_thing": {"x": 1}}]});
        let terms = of("POST", "/api/2.2/jobs/create");
        assert!(terms.check_body(&sent, true).is_ok());
        assert!(terms.check_body(&sent, false).is_err());
    }

    #[test]
    fn wrong_types_and_words_are_refused() {
        let create = "/api/2.1/clusters/create";
        assert!(body("POST", create, json!({"spark_version": "x", "num_workers": "2"})).is_err());
        assert!(
            body("POST", create, json!({"spark_version": "x", "runtime_engine": "FAST"})).is_err()
        );
        assert!(body("POST", create, json!({"spark_version": "x", "num_workers": null})).is_ok());
        assert_eq!(
            body("POST", create, json!({})).unwrap_err(),
            "Missing required field: spark_version"
        );
    }

    #[test]
    fn queries_are_checked() {
        let list = of("GET", "/api/2.2/jobs/list");
        let query = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert!(list.check_query(&query("limit", "5")).is_ok());
        assert!(list.check_query(&query("limit", "many")).is_err());
        assert!(list.check_query(&query("limits", "5")).is_err());
        assert!(of("GET", "/api/2.2/jobs/get").check_query(&BTreeMap::new()).is_err());
    }

    #[test]
    fn the_nearest_path_decides() {
        let sent =
            json!({"access_control_list": [{"user_name": "a", "permission_level": "CAN_USE"}]});
        assert!(body("PUT", "/api/2.0/permissions/cluster-policies/1", sent.clone()).is_ok());
        assert!(body("PUT", "/api/2.0/permissions/clusters/1", sent).is_err());
    }
}
