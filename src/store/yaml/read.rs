//! The strict reader.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::YamlError;
use super::indicator::first_indicator;

/// Reads one YAML document, and refuses whatever could be read in two ways.
///
/// # Errors
///
/// Refuses a syntax error, a byte order mark, more or fewer than one document, duplicate keys, keys that
/// are no strings, anchors, aliases, tags, merge keys, and numbers JSON does not have. The error names
/// file, line and field, and never a value.
pub fn from_yaml(text: &str, file: &str) -> Result<Value, YamlError> {
    let refuse = |line, field: String, problem: &str, hint: &str| YamlError {
        file: file.to_owned(),
        line,
        field,
        problem: problem.to_owned(),
        hint: hint.to_owned(),
    };
    if text.starts_with('\u{feff}') {
        return Err(refuse(
            Some(1),
            String::new(),
            "the file begins with a byte order mark",
            "save it as UTF-8 without one",
        ));
    }
    if let Some(found) = first_indicator(text) {
        let hint = "write the value out in full, or quote it if it is meant as text";
        return Err(refuse(Some(found.line), String::new(), found.problem, hint));
    }
    let mut trail = Vec::new();
    let mut complaint = None;
    let strict = Strict { trail: &mut trail, complaint: &mut complaint };
    match strict.deserialize(serde_yaml::Deserializer::from_str(text)) {
        Ok(value) => Ok(value),
        Err(error) => {
            let line = error.location().map(|place| place.line());
            Err(match complaint {
                Some((problem, hint)) => refuse(line, field_name(&trail), &problem, hint),
                None => {
                    refuse(line, String::new(), &syntax_problem(&error), "correct the YAML there")
                }
            })
        }
    }
}

/// What the parser itself found wrong: fixed phrases that hold no part of the text.
fn syntax_problem(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    if message.contains("more than one document") {
        return "the file holds more than one document".to_owned();
    }
    // The place is named apart.
    let message = message.split(" at line ").next().unwrap_or_default();
    format!("not valid YAML: {message}")
}

/// One step of the way to a value.
enum Hop {
    Key(String),
    Item(usize),
}

fn field_name(trail: &[Hop]) -> String {
    let mut name = String::new();
    for hop in trail {
        match hop {
            Hop::Key(key) if name.is_empty() => name.push_str(key),
            Hop::Key(key) => name = format!("{name}.{key}"),
            Hop::Item(index) => name = format!("{name}[{index}]"),
        }
    }
    name
}

type Complaint = Option<(String, &'static str)>;

/// Reads any value, keeping the way to it in `trail`, which on an error is the way to what is wrong.
struct Strict<'a> {
    trail: &'a mut Vec<Hop>,
    complaint: &'a mut Complaint,
}

impl Strict<'_> {
    fn inner(&mut self) -> Strict<'_> {
        Strict { trail: self.trail, complaint: self.complaint }
    }

    fn refuse<T, E: serde::de::Error>(
        &mut self,
        problem: &str,
        hint: &'static str,
    ) -> Result<T, E> {
        *self.complaint = Some((problem.to_owned(), hint));
        Err(E::custom("refused"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

const NO_NUMBER: &str = "the number is larger than JSON numbers can be";

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i128<E: serde::de::Error>(mut self, _: i128) -> Result<Value, E> {
        self.refuse(NO_NUMBER, "quote it")
    }

    fn visit_u128<E: serde::de::Error>(mut self, _: u128) -> Result<Value, E> {
        self.refuse(NO_NUMBER, "quote it")
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => self.refuse(
                "the number is infinite or not a number",
                "quote it if it is meant as text",
            ),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(mut self) -> Result<Value, E> {
        self.refuse("the file holds nothing", "restore it from git, or export again")
    }

    fn visit_enum<A: EnumAccess<'de>>(mut self, _: A) -> Result<Value, A::Error> {
        self.refuse("a tag stands here", "remove the tag")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        self.trail.push(Hop::Item(0));
        while let Some(item) = list.next_element_seed(self.inner())? {
            items.push(item);
            self.trail.pop();
            self.trail.push(Hop::Item(items.len()));
        }
        self.trail.pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(Key { strict: self.inner(), seen: &map })? {
            self.trail.push(Hop::Key(key.clone()));
            let value = entries.next_value_seed(self.inner())?;
            self.trail.pop();
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key that must be a string and new.
struct Key<'a> {
    strict: Strict<'a>,
    seen: &'a Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Key<'_> {
    fn no_string<E: serde::de::Error>(mut self) -> Result<String, E> {
        self.strict.refuse("a key is no string", "quote the key")
    }
}

macro_rules! no_string {
    ($($name:ident: $type:ty),*) => {
        $(fn $name<E: serde::de::Error>(self, _: $type) -> Result<String, E> { self.no_string() })*
    };
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(mut self, key: &str) -> Result<String, E> {
        if self.seen.contains_key(key) {
            self.strict.trail.push(Hop::Key(key.to_owned()));
            return self.strict.refuse("the key stands here a second time", "keep one of the two");
        }
        Ok(key.to_owned())
    }

    no_string!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64);

    fn visit_unit<E: serde::de::Error>(self) -> Result<String, E> {
        self.no_string()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        self.no_string()
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        self.no_string()
    }

    fn visit_enum<A: EnumAccess<'de>>(mut self, _: A) -> Result<String, A::Error> {
        self.strict.refuse("a tag stands here", "remove the tag")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(text: &str) -> String {
        let error = from_yaml(text, "f.yaml").expect_err(text).to_string();
        assert!(!error.contains("hunter2"), "{error}");
        error
    }

    #[test]
    fn refuses_what_can_be_read_in_two_ways() {
        for (text, wanted) in [
            (
                "a: 1\nb: hunter2\na: hunter2\n",
                "f.yaml, line 3, field `a`: the key stands here a second time",
            ),
            (
                "t:\n  - x: {e: 1, e: hunter2}\n",
                "line 2, field `t[0].x.e`: the key stands here a second time",
            ),
            ("\u{feff}a: 1\n", "line 1: the file begins with a byte order mark"),
            ("a: &x hunter2\nb: 1\n", "line 1: an anchor"),
            ("a: 1\nb: *x\n", "line 2: an alias"),
            ("- &x 1\n- *x\n", "line 1: an anchor"),
            ("a: !!str 1\n", "line 1: a tag"),
            ("a: !secret hunter2\n", "line 1: a tag"),
            ("{a: 1, b: [1, !x 2]}\n", "line 1: a tag"),
            ("a: |\n  & * !\nb: !x |\n  hunter2\n", "line 3: a tag"),
            ("a:\n  <<: {b: hunter2}\n", "line 2: a merge key"),
            ("1: hunter2\n", "line 1: a key is no string"),
            ("a:\n  true: hunter2\n", "line 2, field `a`: a key is no string"),
            ("null: 1\n", "a key is no string"),
            ("? [a]\n: 1\n", "a key is no string"),
            ("a: 1\n---\nb: 2\n", "more than one document"),
            ("", "holds nothing"),
            ("# only this\n", "holds nothing"),
            ("a: .inf\n", "line 1, field `a`: the number is infinite"),
            ("a: 99999999999999999999999\n", "field `a`: the number is larger"),
            ("a: [hunter2\n", "not valid YAML"),
            ("a: hunter2: b\n", "not valid YAML"),
            ("a:\n\t- hunter2\n", "not valid YAML"),
            ("a: \"hunter2\\q\"\n", "not valid YAML"),
        ] {
            let error = refusal(text);
            assert!(error.contains(wanted), "{text:?}: {error}");
        }
    }

    #[test]
    fn indicators_inside_texts_are_text() {
        let text = "a: x & y * z! # &c *d !e\nb: 'it''s &x *y !z'\nc: \" &x *y !z <<: \"\nd: |\n  &x\n  *y: !z\n  <<: 1\n\"<<\": 1\n\"&k\": 2\n";
        let value = from_yaml(text, "f.yaml").unwrap();
        assert_eq!(
            value,
            json!({"a": "x & y * z!", "b": "it's &x *y !z", "c": " &x *y !z <<: ", "d": "&x\n*y: !z\n<<: 1\n", "<<": 1, "&k": 2})
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(4000))]

        #[test]
        fn no_text_makes_the_reader_panic(text in "([ \n\t\\-:?#&*!|>'\"%@{}\\[\\],~<.]|a|b: |- |\\PC){0,40}") {
            let _ = from_yaml(&text, "f.yaml").map_err(|error| error.to_string());
        }
    }

    #[test]
    fn nesting_has_an_end() {
        assert!(refusal(&"[".repeat(10_000)).contains("not valid YAML"));
        assert!(
            refusal(&format!("{}1{}", "[".repeat(200), "]".repeat(200))).contains("not valid YAML")
        );
    }

    #[test]
    fn reads_what_people_write() {
        let text = "---\na: [1, two, {b: c}]\nb: yes\nc: 010\nd: 12:30\ne: ~\nf:\ng: >\n  folded\n  text\n";
        assert_eq!(
            from_yaml(text, "f.yaml").unwrap(),
            json!({"a": [1, "two", {"b": "c"}], "b": "yes", "c": "010", "d": "12:30", "e": null, "f": null, "g": "folded text\n"})
        );
    }
}
