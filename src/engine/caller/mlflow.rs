//! Who calls a plain MLflow server.

use serde_json::Value;

use super::Caller;
use crate::client::{Call, Error, Kind, Session};
use crate::kind::at;
use crate::model::{Finding, Server, Source};

/// Asks a plain MLflow server who the caller is. This is also the first sign of a wrong address.
///
/// Most such servers know nobody and show everything to everybody; whether this one does is what decides
/// whether its listings prove that something is absent.
///
/// # Errors
/// If the server cannot be reached, refuses the credential, or is none of MLflow's.
pub async fn whoami_at_mlflow(session: &Session, signed_in: bool) -> Result<Caller, Error> {
    let first = Call::get("/api/2.0/mlflow/experiments/search").query("max_results", "1");
    session.send(&first).await?;
    let (host, cloud) = (session.host().to_owned(), "unknown".to_owned());
    let mut source = Source { host, cloud, server: Server::Mlflow, ..Source::default() };
    let plain = Finding::note(
        "plain-mlflow",
        "",
        "this is a plain MLflow server: it has no tree, no people, and no rights that are captured",
    );
    let mut findings = vec![plain];
    let unknown = || {
        Finding::warning("caller-unknown", "", "the server does not tell who the caller is")
            .hint("nothing here proves that an object is absent")
    };
    match session.send(&Call::get("/api/2.0/mlflow/users/current")).await {
        Ok(me) => {
            let name = at(&me, "/user/username").and_then(Value::as_str);
            source.caller = name.unwrap_or_default().to_owned();
            source.admin = at(&me, "/user/is_admin") == Some(&Value::Bool(true));
            if !source.admin {
                let message = format!(
                    "{} is not an admin of this server, so listings may leave objects out",
                    source.caller
                );
                let finding = Finding::warning("not-admin", "", message);
                findings.push(finding.hint("read it as an admin"));
            }
        }
        Err(error) if is_missing(&error) => {
            source.admin = !signed_in && knows_nobody(session).await?;
            if !source.admin {
                findings.push(unknown());
            }
        }
        Err(error) if error.kind() == Kind::Denied => findings.push(unknown()),
        Err(error) => return Err(error),
    }
    Ok(Caller { source, findings })
}

/// Whether the server has no users at all; older ones that do know only this call.
async fn knows_nobody(session: &Session) -> Result<bool, Error> {
    match session.send(&Call::get("/api/2.0/mlflow/users/get").query("username", "admin")).await {
        Ok(_) => Ok(false),
        Err(error) if is_missing(&error) => Ok(true),
        Err(error) => match error.status() {
            Some(_) => Ok(false),
            None => Err(error),
        },
    }
}

fn is_missing(error: &Error) -> bool {
    error.kind() == Kind::EndpointMissing
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Response;

    use super::*;
    use crate::client::{Request, SessionOptions, from_fn};

    /// A server that answers the calls below `/mlflow/` so, and nothing else.
    fn server<const N: usize>(answers: [(&'static str, u16, &'static str); N]) -> Session {
        let transport = from_fn(move |request: Request| {
            let found = answers.iter().find(|(call, ..)| request.uri().path().ends_with(call));
            let (_, status, body) = found.unwrap_or(&("", 404, "<html><title>Not Found</title>"));
            let response = Response::builder().status(*status).body((*body).into());
            std::future::ready(Ok(response.unwrap()))
        });
        let options = SessionOptions { server: Server::Mlflow, ..SessionOptions::default() };
        Session::new(Arc::new(transport), options)
    }

    const SEARCH: (&str, u16, &str) = ("experiments/search", 200, "{}");

    async fn ask(session: Session, signed_in: bool) -> (String, bool, Vec<String>) {
        let Caller { source, findings } = whoami_at_mlflow(&session, signed_in).await.unwrap();
        assert_eq!(source.server, Server::Mlflow);
        let codes = findings.into_iter().map(|finding| finding.code).collect();
        (source.caller, source.admin, codes)
    }

    #[tokio::test]
    async fn a_server_without_users_shows_everything_to_whoever_comes_without_a_credential() {
        let codes = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect::<Vec<_>>();
        let anybody = ask(server([SEARCH]), false).await;
        assert_eq!(anybody, (String::new(), true, codes(&["plain-mlflow"])));
        // Something before the server takes the credential, and may hide things.
        let unknown = codes(&["plain-mlflow", "caller-unknown"]);
        assert_eq!(ask(server([SEARCH]), true).await, (String::new(), false, unknown.clone()));
        let old =
            server([SEARCH, ("users/get", 400, r#"{"error_code":"INVALID_PARAMETER_VALUE"}"#)]);
        assert_eq!(ask(old, false).await, (String::new(), false, unknown));
    }

    #[tokio::test]
    async fn a_server_with_users_tells_who_calls() {
        let of = |body| ask(server([SEARCH, ("users/current", 200, body)]), true);
        let admin = of(r#"{"user": {"id": 1, "username": "ana", "is_admin": true}}"#).await;
        assert_eq!((admin.0.as_str(), admin.1), ("ana", true));
        let bob = of(r#"{"user": {"id": 2, "username": "bob", "is_admin": false}}"#).await;
        assert_eq!((bob.0.as_str(), bob.1, bob.2[1].as_str()), ("bob", false, "not-admin"));
    }

    #[tokio::test]
    async fn what_is_no_mlflow_server_is_an_error() {
        let error = whoami_at_mlflow(&server([]), false).await.unwrap_err();
        assert_eq!(error.kind(), Kind::EndpointMissing);
    }
}
