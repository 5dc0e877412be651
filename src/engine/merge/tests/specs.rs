//! Random objects: some of the form that the table expects, some of none.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::toy::{content, object};
use crate::model::{Resource, any_json};

fn map(fields: Vec<(&'static str, Option<Value>)>) -> Value {
    let there = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

/// One of few values, so that images agree often.
fn few() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!(1), json!(2), json!("a"), json!({}), json!([]), json!([2, 1])])
}

fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    prop::option::of(value)
}

fn small_map() -> BoxedStrategy<Value> {
    (maybe(few()), maybe(few()), maybe(few()))
        .prop_map(|(p, q, r)| map(vec![("p", p), ("q/q", q), ("r", r)]))
        .boxed()
}

fn set() -> impl Strategy<Value = Value> {
    prop::sample::subsequence(vec!["a", "b", "c"], 0..=3).prop_map(|set| json!(set))
}

fn tasks() -> BoxedStrategy<Value> {
    let task = || (maybe(few()), maybe(small_map()), maybe(set()), maybe(few()));
    let named = |key: &'static str| {
        task().prop_map(move |(n, more, labels, source)| {
            let key = Some(json!(key));
            map(vec![
                ("task_key", key),
                ("n", n),
                ("more", more),
                ("labels", labels),
                ("source", source),
            ])
        })
    };
    (maybe(named("k")), maybe(named("l/~")), maybe(named("")))
        .prop_map(|(k, l, m)| [k, l, m].into_iter().flatten().collect())
        .boxed()
}

fn leaf() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"$ref": "toy:a"}),
        json!({"$ref": "toy:b"}),
        json!({"$redacted": "a secret"}),
        json!({"$$ref": "data"}),
        json!("{{secrets/a/b}}"),
    ])
}

/// A spec as the table expects it.
fn any_spec() -> BoxedStrategy<Value> {
    let plain = (maybe(few()), maybe(small_map()), maybe(small_map()), maybe(leaf())).boxed();
    let lists = (maybe(tasks()), maybe(set()), maybe(set()), maybe(small_map())).boxed();
    let told = (maybe(small_map()), maybe(few()), maybe(few())).boxed();
    (plain, lists, told)
        .prop_map(|((x, conf, plain, leaf), (tasks, roles, tags, doc), (aws, zone, disk))| {
            map(vec![
                ("x", x),
                ("conf", conf),
                ("plain", plain),
                ("leaf", leaf),
                ("tasks", tasks),
                ("roles", roles),
                ("tags", tags),
                ("doc", doc),
                ("aws", aws),
                ("zone", zone),
                ("disk", disk),
            ])
        })
        .boxed()
}

/// An object as the table expects it.
pub(super) fn any_object() -> BoxedStrategy<Resource> {
    (any_spec(), prop::sample::select(vec![None, Some('a'), Some('b')]))
        .prop_map(|(spec, letter)| Resource { content: letter.map(content), ..object(spec) })
        .boxed()
}

/// An object of any shape, often one that takes the table by surprise.
pub(super) fn any_shape() -> BoxedStrategy<Resource> {
    let surprising = prop::sample::select(vec![
        json!({"tasks": [{"task_key": "k"}, {"task_key": "k", "n": 1}]}),
        json!({"tasks": [{"task_key": 1}, "k", null]}),
        json!({"tasks": {"k": {"n": 1}}, "roles": {"a": 1}, "tags": "a", "aws": []}),
        json!({"tasks": null, "conf": [], "content": {"a": 1}, "grants": {"user:a": 1}}),
        json!({"tasks": {"$ref": "toy:a"}, "": {"": {"": 1}}, "/": {"~": 1, "~1": 2}}),
        json!({"roles": [[], {}, null, 1, "a", "a"], "tasks": [{"task_key": "", "labels": 1}]}),
        json!({"$ref": "toy:a"}),
        json!([{"task_key": "k"}]),
        json!(null),
    ]);
    prop_oneof![
        any_object(),
        surprising.prop_map(shape).boxed(),
        any_json().prop_map(shape).boxed(),
        any_json().prop_map(|any| shape(json!({"tasks": any, "roles": any, "conf": any}))).boxed(),
    ]
    .boxed()
}

fn shape(spec: Value) -> Resource {
    Resource { spec, ..object(json!({})) }
}
