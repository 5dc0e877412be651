//! A plain MLflow server, and the credential for it, the way MLflow's own client finds it.
//!
//! Variables: <https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/>

use secrecy::SecretString;

use super::{AuthError, Credential, Host, Settings};
use crate::model::Server;

const USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
const PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";
const TOKEN: &str = "MLFLOW_TRACKING_TOKEN";

impl Settings {
    /// Finds the credential for a plain MLflow server: user name and password, or a token, or none.
    ///
    /// # Errors
    ///
    /// [`AuthError::Host`] where the address is none, [`AuthError::HalfLogin`] where one of user name and
    /// password is missing.
    pub fn of_mlflow(
        address: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AuthError> {
        let host = Host::with_path(address)?;
        let value = |name: &str| env(name).filter(|value| !value.is_empty());
        let half = |present, missing| AuthError::HalfLogin { present, missing };
        // MLflow's own client takes the user name, too, where both are there.
        let (credential, names) = match (value(USERNAME), value(PASSWORD), value(TOKEN)) {
            (Some(username), Some(password), _) => {
                let password = SecretString::from(password);
                (Credential::Login { username, password }, format!("{USERNAME}, {PASSWORD}"))
            }
            (Some(_), None, _) => return Err(half(USERNAME, PASSWORD)),
            (None, Some(_), _) => return Err(half(PASSWORD, USERNAME)),
            (None, None, Some(token)) => {
                (Credential::Token(SecretString::from(token)), TOKEN.to_owned())
            }
            (None, None, None) => (Credential::None, format!("no {USERNAME}, no {TOKEN}")),
        };
        let origin = format!("the environment ({names})");
        Ok(Self { host, server: Server::Mlflow, credential, origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str, env: &[(&str, &str)]) -> Result<Settings, AuthError> {
        let env = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::of_mlflow(address, &env)
    }

    const LOGIN: [(&str, &str); 2] = [(USERNAME, "ana"), (PASSWORD, "hunter2")];

    #[test]
    fn a_credential_is_found_as_mlflow_finds_it() {
        let host = "http://127.0.0.1:5000";
        let found = |env: &[(&str, &str)]| of(host, env).unwrap().credential;
        assert!(matches!(found(&[]), Credential::None));
        assert!(matches!(found(&[(TOKEN, "")]), Credential::None));
        assert!(matches!(found(&[(TOKEN, "t")]), Credential::Token(_)));
        assert!(matches!(found(&LOGIN), Credential::Login { username, .. } if username == "ana"));
        let both = [LOGIN[0], LOGIN[1], (TOKEN, "t")];
        assert!(matches!(found(&both), Credential::Login { .. }));
        for half in LOGIN {
            let error = of(host, &[half, (TOKEN, "t")]).unwrap_err().to_string();
            assert!(error.contains(USERNAME) && error.contains(PASSWORD), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[test]
    fn a_server_may_stand_below_a_path() {
        for (text, host) in [
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
            ("https://tools.acme.com/mlflow/#/experiments", "https://tools.acme.com/mlflow"),
        ] {
            let settings = of(text, &LOGIN).unwrap();
            assert_eq!((settings.host.as_str(), settings.server), (host, Server::Mlflow));
        }
        // MLflow takes an address without a scheme for a file.
        for wrong in ["127.0.0.1:5000", "databricks", "sqlite:///mlflow.db", "http://a:b@x.com"] {
            assert!(of(wrong, &[]).is_err(), "{wrong}");
        }
    }
}
