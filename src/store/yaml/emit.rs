//! The canonical emitter.

use serde_json::{Map, Value};

use super::scalar;

/// Readers look no further than 1,024 characters for the colon after a key.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// Writes a value as canonical YAML: equal values give equal bytes, in this release and every later one.
///
/// Block style, two spaces, LF. The keys `kind`, `key`, `name` come first in any map, the others follow
/// bytewise. Text of several lines stands as a literal block.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0),
        Value::Array(items) if !items.is_empty() => write_list(&mut out, items, 0),
        leaf => {
            write_leaf(&mut out, leaf, 2);
            out.push('\n');
        }
    }
    out
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Writes the entries of a map; the cursor stands at column `indent` already.
fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize) {
    let first = ["kind", "key", "name"];
    let head = first.iter().filter_map(|key| map.get_key_value(*key));
    let tail = map.iter().filter(|(key, _)| !first.contains(&key.as_str()));
    for (index, (key, value)) in head.chain(tail).enumerate() {
        if index > 0 {
            pad(out, indent);
        }
        write_key(out, key, indent);
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                pad(out, indent + 2);
                write_map(out, map, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                pad(out, indent + 2);
                write_list(out, items, indent + 2);
            }
            leaf => {
                out.push(' ');
                write_leaf(out, leaf, indent + 2);
                out.push('\n');
            }
        }
    }
}

fn write_key(out: &mut String, key: &str, indent: usize) {
    let mut spelled = String::new();
    if scalar::is_plain(key) {
        spelled.push_str(key);
    } else {
        scalar::quote(&mut spelled, key);
    }
    if spelled.chars().count() > LONGEST_SIMPLE_KEY {
        out.push_str("? ");
        out.push_str(&spelled);
        out.push('\n');
        pad(out, indent);
    } else {
        out.push_str(&spelled);
    }
    out.push(':');
}

/// Writes the items of a list; the cursor stands at column `indent` already.
fn write_list(out: &mut String, items: &[Value], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            pad(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => write_map(out, map, indent + 2),
            Value::Array(items) if !items.is_empty() => write_list(out, items, indent + 2),
            leaf => {
                write_leaf(out, leaf, indent + 2);
                out.push('\n');
            }
        }
    }
}

/// Writes a scalar or an empty container, without the line's end; lines of a block stand at column `indent`.
fn write_leaf(out: &mut String, leaf: &Value, indent: usize) {
    match leaf {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&scalar::number(number)),
        Value::String(text) if scalar::is_plain(text) => out.push_str(text),
        Value::String(text) if scalar::is_block(text) => write_block(out, text, indent),
        Value::String(text) => scalar::quote(out, text),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

fn write_block(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\t', '\n']) {
        out.push('2');
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push('-');
            text
        }
        Some(body) => {
            // A body that itself ends in an empty line keeps all of them.
            if body.ends_with('\n') {
                out.push('+');
            }
            body
        }
    };
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_yaml;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read_back(value: &Value) -> Value {
        let text = to_yaml(value);
        from_yaml(&text, "test.yaml").unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn writes_the_golden_bytes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/yaml");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ext| ext == "json") {
                let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                let golden = std::fs::read_to_string(path.with_extension("yaml")).unwrap();
                assert_eq!(to_yaml(&value), golden, "{}", path.display());
                assert_eq!(from_yaml(&golden, "golden").unwrap(), value, "{}", path.display());
                seen += 1;
            }
        }
        assert!(seen >= 4, "{seen} golden files");
    }

    #[test]
    fn blocks_keep_every_blank() {
        for text in [
            "a\n",
            "a\nb",
            "a\n\n",
            "a\n\n\n",
            "\na\n",
            "\n\n  a",
            " a\nb\n",
            "\ta\nb",
            "a\n  \nb\n",
            "a\n ",
            "a\n \n",
            "\n ",
            " \n",
            "\n",
            "\n\n",
            "a  \nb\t\n",
            "#a\nb",
            "---\n...\n",
            "a\r\nb",
            "a\n\u{85}",
            "\n   \nfoo\n",
            "- a\n- b\n",
        ] {
            for value in [
                json!(text),
                json!([text, 1]),
                json!({"k": text, "l": 1}),
                json!([[{"a": text}]]),
                json!({"a": [[text]]}),
            ] {
                assert_eq!(read_back(&value), value, "{text:?}");
            }
        }
    }

    #[test]
    fn long_keys_are_written_so_that_readers_find_their_end() {
        let key = "é\"".repeat(600);
        let value = json!({"a": {key.clone(): {"b": 1}}, "list": [{key: "x\ny\n"}]});
        assert_eq!(read_back(&value), value);
    }

    /// Strings made of what YAML readers stumble over.
    fn nasty() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                " ",
                "  ",
                "\n",
                "\t",
                "\r",
                ":",
                ": ",
                "#",
                " #",
                "-",
                "- ",
                "?",
                "&a",
                "*a",
                "!",
                "|",
                ">",
                "'",
                "\"",
                "%",
                "@",
                "`",
                "{",
                "}",
                "[",
                "]",
                ",",
                "\\",
                "\\n",
                "<<",
                "=",
                "~",
                "null",
                "yes",
                "on",
                "1",
                "0x",
                "1e3",
                "12:30",
                "2001-01-01",
                "\u{85}",
                "\u{2028}",
                "\u{feff}",
                "\u{0}",
                "\u{7f}",
                "\u{a0}",
                "é",
                "e\u{301}",
                "😀",
                "\u{ffff}",
                "---",
                "...",
                "a",
                "B",
                "/",
                "_",
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("JSON has no infinities", |f| f.is_finite())
                .prop_map(Value::from),
            nasty().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(nasty(), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_value_reads_back_equal(value in any_value()) {
            prop_assert_eq!(read_back(&value), value);
        }
    }
}
