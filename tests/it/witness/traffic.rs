//! Whether what is sent agrees with the witness.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use brickform::engine::Rewrites;
use brickform::engine::lease::Lease;
use brickform::engine::remote::{fetch, forget, mirror};
use brickform::model::Options;

use super::facts::WITNESS;
use super::is_of_another_client;
use crate::lease::want;
use crate::recorder::{Exchange, Recorder};
use crate::world::World;

/// What the witness has against one request.
fn objections(exchange: &Exchange) -> Vec<String> {
    let (path, query) = exchange.target.split_once('?').unwrap_or((&exchange.target, ""));
    let call = format!("{} {path}", exchange.method);
    // An absolute address is another server's.
    if is_of_another_client(path) || path.starts_with("https://") {
        return Vec::new();
    }
    let known = WITNESS.calls(&exchange.method, path);
    if known.is_empty() {
        return vec![format!("{call}: no such call")];
    }
    let names: BTreeSet<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or(pair))
        .collect();
    let mut found: Vec<String> = names
        .iter()
        .filter(|name| !known.iter().any(|call| call.query.contains_key(**name)))
        .map(|name| format!("{call}: no parameter {name}"))
        .collect();
    let unknown = |call: &super::facts::Call| {
        let mut unknown = Vec::new();
        WITNESS.unknown(&call.body(), &exchange.sent, "", &mut unknown);
        unknown
    };
    let fewest = known.iter().map(|call| unknown(call)).min_by_key(Vec::len).unwrap_or_default();
    found.extend(fewest.iter().map(|at| format!("{call}: no field {at}")));
    let missing = known.iter().map(|call| {
        let given = |name: &&String| {
            !names.contains(name.as_str())
                && exchange.sent.get(name.as_str()).is_none()
                && !call.path.contains(&format!("{{{name}}}"))
        };
        call.required.iter().filter(given).cloned().collect::<Vec<_>>()
    });
    let missing = missing.min_by_key(Vec::len).unwrap_or_default();
    found.extend(missing.iter().map(|name| format!("{call}: {name} is missing")));
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_sent_is_known_to_the_witness() {
    let (reading, writing) = (Recorder::default(), Recorder::default());
    let source = World::planted(1, "acme").await.through(reading.gate());
    let held = source.export().await;
    let target = World::planted(2, "scale:users=3,groups=1,members=2,jobs=2,notebooks=3,folders=1")
        .await
        .through(writing.gate());
    target.sync(&held).await;
    let again = target.plan(&held, &Rewrites::default(), &Options::default()).await;
    assert!(again.is_empty());
    let lock = Lease::acquire(&target.session, want("witness", Duration::ZERO)).await.unwrap();
    let kept = BTreeMap::from([("kept".to_owned(), b"bytes".to_vec())]);
    mirror(&target.session, "base", &kept).await.unwrap();
    assert_eq!(fetch(&target.session, "base").await.unwrap(), Some(kept));
    forget(&target.session, "base").await.unwrap();
    lock.release().await.unwrap();
    let all: Vec<Exchange> = [reading.exchanges(), writing.exchanges()].concat();
    assert!(all.iter().any(|one| one.method == "POST"), "something was written");
    let found: BTreeSet<String> = all.iter().flat_map(objections).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_request_that_the_witness_does_not_know_is_noticed() {
    let exchange = |method: &str, target: &str, sent| Exchange {
        method: method.to_owned(),
        target: target.to_owned(),
        sent,
        answer: serde_json::Value::Null,
    };
    let nothing = serde_json::Value::Null;
    for (exchange, word) in [
        (exchange("GET", "/api/2.2/jobs/all", nothing.clone()), "no such call"),
        (exchange("GET", "/api/2.2/jobs/list?max=1", nothing.clone()), "no parameter max"),
        (exchange("GET", "/api/2.2/jobs/get", nothing), "job_id is missing"),
        (
            exchange("POST", "/api/2.2/jobs/create", serde_json::json!({"tasks": [{"key": "a"}]})),
            "no field /tasks/0/key",
        ),
    ] {
        let found = objections(&exchange);
        assert!(found.iter().any(|text| text.contains(word)), "{word}: {found:?}");
    }
}
