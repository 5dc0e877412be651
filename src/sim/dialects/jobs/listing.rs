//! What listings and single answers show of a job: arrays are cut at a hundred.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::grants;
use super::state::Job;
use super::tasks::Fields;
use super::version::Version;
use crate::sim::http::{Answer, Call, Refusal};
use crate::sim::page::page;
use crate::sim::state::State;

/// The arrays which are cut.
const ARRAYS: [&str; 4] = ["tasks", "job_clusters", "environments", "parameters"];

/// How many elements of an array one answer has.
const ELEMENTS: usize = 100;

/// Answers `jobs/list`.
pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let limit = call.query("limit").map(str::parse::<i64>);
    if limit.is_some_and(|limit| !limit.is_ok_and(|limit| (1..=100).contains(&limit))) {
        return Err(Refusal::invalid("limit must be between 1 and 100"));
    }
    let wanted = call.query("name").filter(|name| !name.is_empty()).map(str::to_lowercase);
    let named = |job: &Job| {
        let name = job.settings.get("name").and_then(Value::as_str).unwrap_or_default();
        wanted.as_ref().is_none_or(|wanted| name.to_lowercase() == *wanted)
    };
    let ids: Vec<i64> =
        state.jobs.jobs.iter().filter(|(_, job)| named(job)).map(|(id, _)| *id).collect();
    let (ids, next) = page(ids, call, 20, 100, "page_token")?;
    let expand = call.query_is_true("expand_tasks");
    let version = Version::of(call);
    let listed: Vec<Value> = ids
        .iter()
        .filter_map(|id| Some((id, state.jobs.jobs.get(id)?)))
        .map(|(id, job)| brief(state, *id, job, expand, version))
        .collect();
    let mut answer = json!({ "has_more": next.is_some() });
    // A workspace without jobs answers without the list.
    if !listed.is_empty() {
        answer["jobs"] = json!(listed);
    }
    if let Some(next) = next {
        answer["next_page_token"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn brief(state: &State, id: i64, job: &Job, expand: bool, version: Version) -> Value {
    let mut settings = job.settings.clone();
    let mut answer = job.envelope(state, id);
    if expand {
        let cut = cut(&mut settings, 0);
        if version == Version::V2_2 {
            answer["has_more"] = json!(cut);
        }
    } else {
        settings.retain(|field, _| !ARRAYS.contains(&field.as_str()));
    }
    answer["settings"] = Value::Object(settings);
    answer
}

/// Answers `jobs/get`.
///
/// Through 2.1 an answer has the first hundred elements and no token for the others.
pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.need_int("job_id")?;
    state.jobs.get(id)?;
    let owner = grants::owner(state, call, id);
    let job = state.jobs.get(id)?;
    let number = match call.query("page_token").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => read_token(token, id)
            .ok_or_else(|| Refusal::invalid(format!("Invalid page_token '{token}'")))?,
    };
    let mut settings = job.settings.clone();
    let more = cut(&mut settings, number);
    let mut answer = job.envelope(state, id);
    answer["run_as_user_name"] = json!(runs_as(job).or(owner.as_deref()).unwrap_or(&job.creator));
    if more && Version::of(call) == Version::V2_2 {
        answer["next_page_token"] = json!(token(number + 1, id));
        answer["has_more"] = json!(true);
    }
    answer["settings"] = Value::Object(settings);
    Ok(Answer::Json(answer))
}

/// Whom a job was told to run as; without being told it runs as its owner.
fn runs_as(job: &Job) -> Option<&str> {
    job.settings.get("run_as")?.as_object()?.values().find_map(Value::as_str)
}

/// Keeps one stretch of each array; an array which has nothing there is empty.
fn cut(settings: &mut Fields, number: usize) -> bool {
    let mut more = false;
    for field in ARRAYS {
        if let Some(Value::Array(elements)) = settings.get_mut(field) {
            more |= elements.len() > (number + 1) * ELEMENTS;
            *elements = elements.iter().skip(number * ELEMENTS).take(ELEMENTS).cloned().collect();
        }
    }
    more
}

fn token(number: usize, id: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("job:{id}:{number}"))
}

fn read_token(token: &str, id: i64) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(&format!("job:{id}:"))?.parse().ok()
}
