//! Global init scripts: what runs on every machine of every cluster when it starts.
//!
//! API: <https://docs.databricks.com/api/workspace/globalinitscripts>

mod order;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use self::order::{AFTER, Order};
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Details, Error, Hooks, Kind, Listed, Listing, Live, Reading, Ref, Wanted,
    Writing, at, regular,
};
use crate::model::{Address, as_ref};

pub(crate) static KIND: Kind = Kind {
    name: "global_init_script",
    about: "Scripts that run on every machine of every cluster when it starts, one after the other.",
    docs: "https://docs.databricks.com/api/workspace/globalinitscripts",
    api: Api {
        list: Call::get("/api/2.0/global-init-scripts").items("scripts"),
        get: Some(Call::get("/api/2.0/global-init-scripts/{id}").path_id()),
        create: Some(Call::post("/api/2.0/global-init-scripts")),
        update: Some(Call::patch("/api/2.0/global-init-scripts/{id}").path_id()),
        delete: Some(Call::delete("/api/2.0/global-init-scripts/{id}").path_id()),
    },
    id: "/script_id",
    unique: false,
    refs: &[Ref::id("/runs_after/*", &[&KIND])],
    rules: &[
        rule::output_only("/script_id", "the server's identifier"),
        rule::output_only("/created_at", "the server's clock"),
        rule::output_only("/created_by", "whoever called"),
        rule::output_only("/updated_at", "the server's clock"),
        rule::output_only("/updated_by", "whoever called"),
        rule::output_only("/position", "moves with every other script; kept as what runs before"),
        rule::at_least("/runs_after", "the target may have scripts of its own"),
        rule::default("/runs_after", Json::List, "empty is absent"),
    ],
    hooks: &Script,
    ..Kind::REGULAR
}
.checked();

struct Script;

/// Where a script stands that is no text, as the server spells it.
const BINARY: &str = "script_base64";

/// Makes the text of a script out of what the server tells of it, so that people can read what changes.
fn decode(raw: &mut Value) {
    let Some(map) = raw.as_object_mut() else { return };
    let Some(Value::String(coded)) = map.remove("script") else { return };
    let bytes = STANDARD.decode(coded.replace(['\n', '\r'], "")).ok();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => map.insert("script".into(), Value::String(text)),
        None => map.insert(BINARY.into(), Value::String(coded)),
    };
}

/// Takes back [`decode`], and says where the script is to stand if that matters.
fn encoded(mut body: Value, position: Option<usize>) -> Value {
    if let Some(map) = body.as_object_mut() {
        map.remove(AFTER);
        let text = map.get("script").and_then(Value::as_str).map(|text| STANDARD.encode(text));
        let coded = map.remove(BINARY).or(text.map(Value::String));
        map.extend(coded.map(|coded| ("script".to_owned(), coded)));
        map.extend(position.map(|position| ("position".to_owned(), json!(position))));
    }
    body
}

impl Hooks for Script {
    fn shape(&self, mut raw: Value) -> Value {
        decode(&mut raw);
        raw
    }

    /// Of two scripts of one name the older one is made first, also where it runs last. It is moved to its
    /// place when the others are there.
    fn without(&self, spec: &Value, deferred: &[Address]) -> Option<Value> {
        let mut first = spec.clone();
        let before = first.get_mut(AFTER)?.as_array_mut()?;
        before.retain(|one| as_ref(one).is_none_or(|address| !deferred.contains(&address)));
        Some(first)
    }

    /// An update takes the name along.
    fn renames(&self) -> bool {
        true
    }

    fn reach(&self) -> Option<&'static str> {
        Some("it runs on every cluster, each from its next start on")
    }

    fn create_requests(&self) -> usize {
        2
    }

    /// The listing tells positions, and not the scripts themselves.
    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        Box::pin(async move {
            let mut listing = regular::list(cx).await?;
            let order = Order::of(listing.objects.iter().map(|one| &one.raw));
            for one in &mut listing.objects {
                order.note(&mut one.raw);
            }
            Ok(listing)
        })
    }

    fn read<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Vec<Listed>,
    ) -> BoxFuture<'a, Vec<(Listed, Result<Details, Error>)>> {
        Box::pin(async move {
            let mut read = regular::read(cx, listed).await;
            for (one, details) in &mut read {
                if let (Ok(details), Some(before)) = (details, at(&one.raw, "/runs_after")) {
                    details.raw[AFTER] = before.clone();
                }
            }
            read
        })
    }

    fn fresh<'a>(
        &'a self,
        cx: Reading<'a>,
        listed: Listed,
    ) -> BoxFuture<'a, Result<Details, Error>> {
        Box::pin(async move {
            let order = Order::now(cx.session).await?;
            let mut details = regular::fresh(cx, listed).await?;
            order.note(&mut details.raw);
            Ok(details)
        })
    }

    /// A new script stands right behind those that it runs after, and moves the others on.
    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        Box::pin(async move {
            let order = Order::showing(cx.session, &wanted.body).await?;
            let position = order.behind(None, order::before(&wanted.body));
            wanted.body = encoded(wanted.body, Some(position));
            regular::create(cx, wanted).await
        })
    }

    /// A script moves only where it runs before what it is to run after.
    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        mut wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let moves = live.changed.iter().any(|path| path == "/runs_after");
            let position = if moves {
                let order = Order::showing(cx.session, &wanted.body).await?;
                Some(order.behind(Some(live.id.as_str()), order::before(&wanted.body)))
            } else {
                None
            };
            wanted.body = encoded(wanted.body, position);
            regular::update(cx, live, wanted).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_kept_as_text_where_it_is_one() {
        for (coded, field, kept) in [
            ("IyEvYmluL3NoCmVjaG8gaGkK", "script", "#!/bin/sh\necho hi\n"),
            ("IyEvYmluL3No\nCmVjaG8gaGkK\n", "script", "#!/bin/sh\necho hi\n"),
            ("/wA=", BINARY, "/wA="),
            ("", "script", ""),
        ] {
            let mut raw = json!({"name": "a", "script": coded});
            decode(&mut raw);
            assert_eq!(raw, json!({"name": "a", field: kept}));
            let sent = encoded(raw, None)["script"].clone();
            assert_eq!(sent, json!(coded.replace('\n', "")));
        }
    }

    #[test]
    fn what_has_to_wait_is_left_out_of_the_order() {
        let [a, c] = ["a", "c"].map(|name| Address::new("global_init_script", name));
        let spec = json!({"name": "b", "runs_after": [a.to_ref(), c.to_ref()]});
        let first = Script.without(&spec, &[c]).unwrap();
        assert_eq!(first, json!({"name": "b", "runs_after": [a.to_ref()]}));
        assert_eq!(Script.without(&json!({"name": "b"}), &[]), None);
    }

    #[test]
    fn what_runs_before_is_sent_as_a_position() {
        let body = json!({"name": "b", "script": "x", "runs_after": ["a"]});
        assert_eq!(encoded(body, Some(1)), json!({"name": "b", "script": "eA==", "position": 1}));
    }
}
