//! Git credentials: as whom the caller signs in to git providers. The tokens stand in no snapshot.
//!
//! API: <https://docs.databricks.com/api/workspace/gitcredentials>

mod reliance;
#[cfg(test)]
mod tests;
mod token;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

pub(super) use self::reliance::Visit;
use self::token::{TOKEN, TOKENLESS};
use crate::client::{self, Repeat, segment};
use crate::kind::rule::{self, Json};
use crate::kind::{
    Api, Call, Created, Error, Hooks, Kind, Listed, Listing, Live, Outlook, Reading, Wanted,
    Writing, regular,
};
use crate::model::{Finding, Resource, ServerId};

pub(crate) static KIND: Kind = Kind {
    name: "git_credential",
    about: "The caller's own git credentials: for which provider, and in whose name. Tokens are supplied at apply.",
    docs: "https://docs.databricks.com/api/workspace/gitcredentials",
    api: Api {
        list: Call::get("/api/2.0/git-credentials").items("credentials").whole(),
        get: Some(Call::get("/api/2.0/git-credentials/{id}").path_id()),
        create: Some(Call::post(CREATE)),
        update: Some(Call::patch("/api/2.0/git-credentials/{id}").path_id()),
        delete: Some(Call::delete("/api/2.0/git-credentials/{id}").path_id()),
    },
    id: "/credential_id",
    key: "/key",
    unique: false,
    rules: &[
        rule::output_only("/credential_id", "the server's identifier"),
        rule::output_only("/key", "made of provider and name"),
        rule::caseless("/git_provider", "the server spells it its own way"),
        rule::default("/git_email", Json::Str(""), "empty is absent"),
        rule::default("/git_username", Json::Str(""), "empty is absent"),
        rule::default("/name", Json::Str(""), "empty is absent"),
        rule::default("/is_default_for_provider", Json::Bool(false), "absent is no"),
        rule::server_filled(
            "/is_default_for_provider",
            "the first of a provider is its default until another one takes over",
        ),
        rule::input_only("/personal_access_token", "version", "it is sent once and never shown"),
    ],
    hooks: &GitCredential,
    ..Kind::REGULAR
}
.checked();

const CREATE: &str = "/api/2.0/git-credentials";

/// The texts that an update clears by sending an empty one.
const TEXTS: [&str; 3] = ["git_email", "git_username", "name"];

/// What is to be done where a workspace wants the token for a change of something else.
const REMEDY: &str = "if the workspace wants the token again, change the credential there by hand, \
                      or delete it there and apply anew, which sends its token";

struct GitCredential;

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The provider in one spelling: answers and people write it in either case.
fn provider(of: &Value) -> String {
    text(of, "git_provider").to_lowercase()
}

/// What tells one credential of a caller from the others: its provider, and its name where it has one.
fn key_of(raw: &Value) -> String {
    match text(raw, "name") {
        "" => provider(raw),
        name => format!("{}/{name}", provider(raw)),
    }
}

async fn list(cx: Reading<'_>) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    for mut raw in regular::list_call(cx, &[]).await? {
        let Some(id) = raw.get("credential_id").and_then(ServerId::from_value) else {
            let message = "a git credential was listed without an identifier";
            listing.findings.push(Finding::error("unreadable", KIND.name, message));
            continue;
        };
        let key = key_of(&raw);
        raw["key"] = json!(key);
        listing.objects.push(Listed { kind: &KIND, id, key, created: 0, raw });
    }
    Ok(listing)
}

async fn create(cx: Writing<'_>, wanted: Wanted<'_>) -> Result<Created, Error> {
    let body = match wanted.resource.spec.get(TOKEN) {
        Some(_) => token::put_into(wanted.body, wanted.value.as_ref())?,
        None => wanted.body,
    };
    let answer = cx.session.send(&client::Call::post(CREATE).json(body)).await;
    let answer = answer.map_err(|error| token::discreet(error, wanted.value.as_ref()))?;
    let id = answer.get("credential_id").and_then(ServerId::from_value);
    let id = id.ok_or(Error::Answer { call: CREATE, field: "credential_id" })?;
    Ok(Created { id: Some(id), principal: None })
}

/// Sends everything but the token, because a server may take what is not sent for empty.
async fn update(cx: Writing<'_>, live: Live, wanted: Wanted<'_>) -> Result<(), Error> {
    let mut body = wanted.body;
    if let Some(map) = body.as_object_mut() {
        for field in TEXTS.iter().filter(|field| live.changed.contains(&format!("/{field}"))) {
            map.entry(*field).or_insert_with(|| json!(""));
        }
    }
    let path = format!("{CREATE}/{}", segment(live.id.as_str()));
    let call = client::Call::patch(path).json(body).repeat(Repeat::Idempotent);
    match cx.session.send(&call).await {
        Err(error) if error.kind() == client::Kind::Invalid => {
            Err(Error::Advised { error, remedy: REMEDY })
        }
        other => Ok(other.map(drop)?),
    }
}

impl Hooks for GitCredential {
    /// A token is noted where one is needed, so that a value is asked for.
    fn shape(&self, mut raw: Value) -> Value {
        if token::is_needed(&raw) {
            raw[TOKEN] = json!({});
        }
        raw
    }

    fn inspect(&self, resource: &mut Resource) -> Vec<Finding> {
        if resource.spec.get(TOKEN).is_none() {
            return Vec::new();
        }
        let message = "it is the caller's own, and its token cannot be read";
        let hint = format!("where it is to be created, {}", token::place(&resource.address));
        vec![Finding::note("token-not-copied", &resource.address, message).hint(hint)]
    }

    fn doubt(&self, resource: &Resource, live: Option<&Resource>, _: &Outlook<'_>) -> Vec<Finding> {
        if live.is_some() || resource.spec.get(TOKEN).is_none() {
            return Vec::new();
        }
        let message = "it is created only with a token, which no snapshot holds";
        let hint = token::place(&resource.address);
        vec![Finding::note("needs-token", &resource.address, message).hint(hint)]
    }

    fn stranger(&self, wanted: &Resource, live: &Resource) -> Option<String> {
        let (wanted, live) = (&wanted.spec, &live.spec);
        let is_other = provider(wanted) != provider(live);
        is_other.then(|| {
            format!(
                "it is for {} in the target and for {} in the snapshot, which no update changes",
                text(live, "git_provider"),
                text(wanted, "git_provider")
            )
        })
    }

    /// Nobody can read its token back.
    fn holds_data(&self) -> bool {
        true
    }

    fn list<'a>(&'a self, cx: Reading<'a>) -> BoxFuture<'a, Result<Listing, Error>> {
        list(cx).boxed()
    }

    fn create<'a>(
        &'a self,
        cx: Writing<'a>,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<Created, Error>> {
        create(cx, wanted).boxed()
    }

    fn update<'a>(
        &'a self,
        cx: Writing<'a>,
        live: Live,
        wanted: Wanted<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        update(cx, live, wanted).boxed()
    }
}
