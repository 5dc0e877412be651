//! Reading the values of metrics, each metric page by page.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use serde_json::Value;

use super::point::{Point, Shown};
use super::series::Spool;
use crate::client::{Call, Session};
use crate::kind::Error;

const HISTORY: &str = "/api/2.0/mlflow/metrics/get-history";

/// How many values one page has at most.
const PAGE: u32 = 25_000;

/// How many metrics of a run are read at a time.
const METRICS_AT_ONCE: usize = 4;

/// One page of a history.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    metrics: Option<Vec<Shown>>,
    next_page_token: Option<String>,
}

/// Reads every value of a metric of a run, in the order of their steps.
///
/// # Errors
/// As the server refuses; [`Error::Answer`] where it gives the same page again.
pub(super) async fn of(session: &Session, run: &str, key: &str) -> Result<Vec<Point>, Error> {
    let first = Call::get(HISTORY)
        .query("run_id", run)
        .query("metric_key", key)
        .query("max_results", PAGE.to_string());
    let (mut points, mut token) = (Vec::new(), String::new());
    loop {
        let call = if token.is_empty() {
            first.clone()
        } else {
            first.clone().query("page_token", token.clone())
        };
        let page: Page = session.read(&call).await?;
        points.extend(page.metrics.into_iter().flatten().filter_map(Shown::point));
        match page.next_page_token.filter(|next| !next.is_empty()) {
            None => break,
            Some(next) if next == token => {
                return Err(Error::Answer { call: HISTORY, field: "another next_page_token" });
            }
            Some(next) => token = next,
        }
    }
    points.sort();
    Ok(points)
}

/// Writes down every value of a run's metrics; only a few metrics are ever in memory.
///
/// # Errors
/// As the server or the disk refuses.
pub(super) async fn spool(session: &Session, run: &Value) -> Result<Spool, Error> {
    let id = run["info"]["run_id"].as_str().unwrap_or_default();
    let read = stream::iter(keys(run))
        .map(|key| async move { of(session, id, &key).await.map(|points| (key, points)) })
        .buffered(METRICS_AT_ONCE);
    let spooled = read.try_fold(Spool::new(), |mut spool, (key, points)| async move {
        spool.add(&key, &points)?;
        Ok(spool)
    });
    spooled.await
}

/// The names of a run's metrics as a search shows them, in order.
pub(super) fn keys(run: &Value) -> std::collections::BTreeSet<String> {
    let metrics = run["data"]["metrics"].as_array().into_iter().flatten();
    metrics.filter_map(|metric| Some(metric["key"].as_str()?.to_owned())).collect()
}
