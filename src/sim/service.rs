//! What happens to one request between its arrival and its answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use serde_json::Value;
use tokio::time::Instant;

use super::contract;
use super::dialects::{repos, scim};
use super::error::Cut;
use super::faults::{Action, Fate, Script};
use super::form;
use super::fresh;
use super::http::{Answer, Call, Caller, Refusal, Shape};
use super::ids::mix;
use super::limits::Buckets;
use super::oidc::{self, Tokens, Worth};
use super::options::{Limits, Options, Versions};
use super::record::{Seen, is_write};
use super::registry;
use super::respond;
use super::router::{self, Found};
use super::state::State;
use super::storage;
use super::template::pairs;

/// Where a workspace is.
pub(super) struct Place {
    pub(super) host: String,
    pub(super) workspace_id: u64,
}

/// The inside of a workspace, behind its lock.
pub(super) struct Service {
    pub(super) state: State,
    pub(super) script: Script,
    pub(super) seen: Vec<Seen>,
    pub(super) tokens: BTreeMap<String, String>,
    pub(super) dirty: bool,
    past: Option<State>,
    oauth: Tokens,
    buckets: Buckets,
}

impl Service {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            state: fresh::content(options),
            script: Script::new(options.faults.clone()),
            seen: Vec::new(),
            tokens: BTreeMap::from([(options.token.clone(), options.user.clone())]),
            dirty: true,
            past: None,
            oauth: Tokens::default(),
            buckets: Buckets::default(),
        }
    }

    /// Decides what befalls a request.
    pub(super) fn arrive(&mut self, request: &Request<Bytes>) -> Option<Fate> {
        let write = is_write(request.method(), request.uri().path());
        self.script.decide(request.method().as_str(), target(request), write, self.past.is_some())
    }

    /// What has to be fetched from outside before a request can be answered, if anything.
    pub(super) fn errand(
        &self,
        request: &Request<Bytes>,
        options: &Options,
    ) -> Option<repos::Errand> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let (_, errand) = registry::ERRANDS.iter().find(|(start, _)| path.starts_with(start))?;
        let caller = self.caller(request.headers(), Instant::now()).ok()?;
        let found = router::find(method, path, options.versions).ok()?;
        let call = self.read(request, &found, caller, options).ok()?;
        errand(&self.state, &call)
    }

    /// Answers a request as its fate and the options want it.
    pub(super) fn answer(
        &mut self,
        request: &Request<Bytes>,
        fate: Option<&Fate>,
        options: &Options,
        place: &Place,
    ) -> Result<Response<Bytes>, Cut> {
        let path = request.uri().path();
        let unavailable = |retry_after: Option<u64>| {
            let message = "The service is temporarily unavailable, please try again later";
            Refusal { retry_after, ..Refusal::new(503, "TEMPORARILY_UNAVAILABLE", message) }
        };
        let early = match fate.map(|fate| (fate.action, fate.retry_after)) {
            Some((Action::CutBefore, _)) => {
                self.note(request, None);
                return Err(Cut);
            }
            Some((Action::UnavailableBefore, wait)) => {
                Some(respond::response(Err(unavailable(wait)), path))
            }
            Some((Action::Throttle, wait)) => Some(respond::response(Err(too_many(wait)), path)),
            Some((Action::Html, _)) => Some(respond::page(200, "Databricks Login")),
            _ => None,
        };
        let response = early.unwrap_or_else(|| {
            let stale = fate.is_some_and(|fate| fate.action == Action::Stale);
            respond::response(self.carry_out(request, options, place, stale), path)
        });
        let response = match fate.map(|fate| (fate.action, fate.retry_after)) {
            Some((Action::CutAfter, _)) => {
                self.note(request, None);
                return Err(Cut);
            }
            Some((Action::UnavailableAfter, wait)) => {
                respond::response(Err(unavailable(wait)), path)
            }
            _ => response,
        };
        self.note(request, Some(response.status().as_u16()));
        Ok(response)
    }

    fn note(&mut self, request: &Request<Bytes>, status: Option<u16>) {
        let path = request.uri().path();
        let template = match router::find(request.method().as_str(), path, Versions::default()) {
            Ok(found) => found.route.path.to_owned(),
            Err(_) if path.starts_with(storage::ROOT) => storage::ROOT.to_owned(),
            Err(_) => path.to_owned(),
        };
        let target = target(request).to_owned();
        self.seen.push(Seen { method: request.method().clone(), target, template, status });
    }

    fn carry_out(
        &mut self,
        request: &Request<Bytes>,
        options: &Options,
        place: &Place,
        stale: bool,
    ) -> Result<Answer, Refusal> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let now = Instant::now();
        self.state.clock += 1;
        match (method, path) {
            ("GET", oidc::HOST) if options.client.is_some() => {
                return Ok(oidc::host(
                    &public_host(request.headers(), &place.host),
                    place.workspace_id,
                ));
            }
            ("GET", oidc::METADATA) => {
                return Ok(oidc::metadata(&public_host(request.headers(), &place.host)));
            }
            ("POST", oidc::TOKEN) => {
                let ids = &mut self.state.ids;
                return self.oauth.give(
                    options.client.as_ref(),
                    request.headers(),
                    request.body(),
                    ids,
                    now,
                );
            }
            _ if path.starts_with(storage::ROOT) => {
                self.dirty |= is_write(request.method(), path);
                let now = options.start + self.state.clock;
                return storage::answer(&mut self.state.storage, request, now);
            }
            _ if !path.starts_with("/api/") => return Err(Refusal::no_endpoint(path)),
            _ => {}
        }
        if options.limits == Limits::Published {
            let newest = router::newest(path);
            self.buckets.take(method, &newest, now).map_err(|wait| too_many(Some(wait)))?;
        }
        let caller = self.caller(request.headers(), now)?;
        let found = router::find(method, path, options.versions)?;
        let call = self.read(request, &found, caller, options)?;
        let write = is_write(request.method(), found.route.path);
        if stale && let Some(mut past) = self.past.take() {
            return (found.route.handler)(&mut past, &call);
        }
        if write && self.script.wants_the_past() {
            self.past = Some(self.state.clone());
        }
        let answer = (found.route.handler)(&mut self.state, &call);
        self.dirty |= write;
        answer.and_then(|answer| own_word(method, &found, answer))
    }

    /// Finds out who asks.
    fn caller(&self, headers: &HeaderMap, now: Instant) -> Result<Caller, Refusal> {
        let unauthenticated = |message: &str| {
            Refusal::new(401, "UNAUTHENTICATED", format!("Request is not authenticated: {message}"))
        };
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| {
                unauthenticated("Credential was not sent or was of an unsupported type")
            })?;
        let name = match (self.tokens.get(token), self.oauth.worth(token, now)) {
            (Some(name), _) => name,
            (None, Worth::Good(client)) => client,
            (None, Worth::Expired) => return Err(unauthenticated("the token has expired")),
            (None, Worth::Unknown) => {
                return Err(Refusal::new(403, "", "Invalid access token.").shaped(Shape::Plain));
            }
        };
        scim::caller(&self.state, name)
            .ok_or_else(|| Refusal::denied("This token's user is not active in this workspace"))
    }

    /// Reads a request and holds it to the contract.
    fn read<'a>(
        &self,
        request: &'a Request<Bytes>,
        found: &Found,
        caller: Caller,
        options: &Options,
    ) -> Result<Call<'a>, Refusal> {
        let content_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let query = request.uri().query().map(pairs).unwrap_or_default();
        let is_form = content_type.starts_with("multipart/form-data");
        let form = is_form.then(|| form::read(content_type, request.body())).transpose()?;
        let terms = contract::terms(found.route.method, &found.segments);
        // What is uploaded to a path of the caller's own is bytes, whatever type it is said to have.
        let is_upload = found.route.path.ends_with("...}");
        let is_raw = is_form || is_upload || (terms.is_none() && !content_type.contains("json"));
        let body = if is_raw { Value::Null } else { json_body(request, content_type)? };
        if let Some(terms) = terms {
            match &form {
                Some(form) => terms.check_form(form)?,
                None => terms.check_body(&body, options.future_fields)?,
            }
            terms.check_query(&query)?;
        }
        let scim = found.route.path.starts_with("/api/2.0/preview/scim/");
        Ok(Call {
            method: request.method(),
            path: request.uri().path(),
            params: found.params.clone(),
            query,
            body,
            raw: request.body(),
            form,
            caller,
            origin: public_host(request.headers(), &host_of(options)),
            now: options.start + self.state.clock,
            serial: options.seed ^ u64::try_from(self.state.clock).unwrap_or_default(),
            page_size: if scim { options.scim_page_size } else { options.page_size },
        })
    }
}

/// Where clients in the same process reach a workspace.
pub(super) fn host_of(options: &Options) -> String {
    format!("https://dbc-{:08x}.cloud.databricks.test", mix(options.seed) >> 32)
}

fn target(request: &Request<Bytes>) -> &str {
    request.uri().path_and_query().map_or("/", |target| target.as_str())
}

fn too_many(wait: Option<u64>) -> Refusal {
    let message = "Current request has to be retried because the rate limit was exceeded";
    Refusal { retry_after: wait, ..Refusal::new(429, "REQUEST_LIMIT_EXCEEDED", message) }
}

/// How the client itself calls the server: a client behind a port must be told that port.
fn public_host(headers: &HeaderMap, host: &str) -> String {
    match headers.get(header::HOST).and_then(|value| value.to_str().ok()) {
        Some(sent) => format!("http://{sent}"),
        None => host.to_owned(),
    }
}

fn json_body(request: &Request<Bytes>, content_type: &str) -> Result<Value, Refusal> {
    let body = request.body();
    if body.is_empty() {
        return Ok(Value::Null);
    }
    if request.method() == Method::GET {
        return Err(Refusal::invalid("A GET request must not have a body"));
    }
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["application/json", "application/scim+json", "text/json"].contains(&media.as_str()) {
        return Err(Refusal::new(
            415,
            "BAD_REQUEST",
            format!("Unsupported content type '{content_type}'"),
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        Refusal::new(400, "MALFORMED_REQUEST", format!("Could not parse request object: {error}"))
    })
}

/// Holds the simulator to the contract too: an answer which the SDK could not read is a defect of ours.
fn own_word(method: &str, found: &Found, answer: Answer) -> Result<Answer, Refusal> {
    let value = match &answer {
        Answer::Json(value) | Answer::Status(_, value) => value,
        Answer::Empty | Answer::Bytes { .. } => return Ok(answer),
    };
    match contract::terms(method, &found.segments).and_then(|terms| terms.contradiction(value)) {
        None => Ok(answer),
        Some(what) => {
            let message =
                format!("The simulator's answer to {method} {} is wrong: {what}", found.route.path);
            Err(Refusal::new(500, "INTERNAL_ERROR", message))
        }
    }
}
