//! Which workspace, and with which credential: flags, environment and profiles, in this order.

use std::sync::Arc;

use secrecy::SecretString;

use super::super::network::{HttpOptions, HttpTransport};
use super::super::transport::{Transport, TransportError};
use super::fields::Fields;
use super::{AuthError, ConfigFile, Host, authenticate};
use crate::model::Server;

/// What a person asked for, and where to look.
pub struct Wanted<'a> {
    /// A profile by name; it then is the only source.
    pub profile: Option<&'a str>,
    /// A workspace by address.
    pub host: Option<&'a str>,
    /// The environment: the value of a variable.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The profiles.
    pub file: &'a ConfigFile,
}

/// A way to sign in.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A personal access token, or any other bearer token.
    Token(SecretString),
    /// A service principal's client id and secret, exchanged for short-lived tokens.
    ServicePrincipal {
        /// The application id.
        client_id: String,
        /// The OAuth secret.
        client_secret: SecretString,
    },
    /// A user name and a password, which go with every request.
    Login {
        /// The user name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// Nothing: the server takes everybody.
    None,
}

/// A workspace and the credential for it, always from sources that agree.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The workspace.
    pub host: Host,
    /// What kind of server it is.
    pub server: Server,
    /// The credential.
    pub credential: Credential,
    /// Where the credential was found, for messages.
    pub origin: String,
}

impl Settings {
    /// Finds workspace and credential.
    ///
    /// A credential is never sent to a workspace other than the one its source names.
    ///
    /// # Errors
    ///
    /// [`AuthError`] with the sources that were looked at, and what to set.
    pub fn resolve(wanted: &Wanted<'_>) -> Result<Self, AuthError> {
        let asked = wanted.host.map(Host::parse).transpose()?;
        if let Some(name) = wanted.profile {
            return Self::assemble(asked, Fields::of_profile(wanted.file, name)?);
        }
        let env = Fields::of_env(wanted.env);
        let of_env = env.host()?;
        let chosen = (wanted.env)("DATABRICKS_CONFIG_PROFILE").filter(|name| !name.is_empty());
        let env_fits = asked.is_none() || of_env.is_none() || same(&asked, &of_env);
        let host = asked.or(of_env);
        if env.has_credential() && env_fits {
            let host = match (&host, &chosen) {
                (None, Some(name)) => Fields::of_profile(wanted.file, name)?.host()?,
                _ => host,
            };
            return Self::assemble(host, env);
        }
        if let Some(name) = chosen {
            return Self::assemble(host, Fields::of_profile(wanted.file, &name)?);
        }
        match (Self::from_file(host, wanted.file), env.host()?) {
            (Err(AuthError::NoCredential { host, .. }), Some(theirs)) if env.has_credential() => {
                let theirs = theirs.to_string();
                Err(AuthError::OtherHost { origin: env.origin, theirs, wanted: host })
            }
            (settings, _) => settings,
        }
    }

    /// The profile for a workspace, or `DEFAULT`.
    fn from_file(host: Option<Host>, file: &ConfigFile) -> Result<Self, AuthError> {
        let default =
            if file.has("DEFAULT") { Some(Fields::of_profile(file, "DEFAULT")?) } else { None };
        let Some(host) = host else {
            return match default {
                Some(fields) => Self::assemble(None, fields),
                None => Err(AuthError::NoHost { tried: tried(file) }),
            };
        };
        if let Some(fields) = default
            && fields.host()?.is_none_or(|theirs| theirs.as_str() == host.as_str())
        {
            return Self::assemble(Some(host), fields);
        }
        let is_for_host = |name: &String| {
            file.field(name, "host")
                .and_then(|text| Host::parse(&text).ok())
                .is_some_and(|h| h.as_str() == host.as_str())
        };
        let names: Vec<String> = file.names().into_iter().filter(is_for_host).collect();
        match names.as_slice() {
            [] => Err(AuthError::NoCredential { host: host.to_string(), tried: tried(file) }),
            [name] => Self::assemble(Some(host.clone()), Fields::of_profile(file, name)?),
            several => Err(AuthError::SeveralProfiles {
                path: file.path().to_owned(),
                host: host.to_string(),
                profiles: several.join(", "),
            }),
        }
    }

    /// Joins a workspace with the fields of one source.
    fn assemble(asked: Option<Host>, fields: Fields) -> Result<Self, AuthError> {
        let theirs = fields.host()?;
        if let (Some(wanted), Some(theirs)) = (&asked, &theirs)
            && wanted.as_str() != theirs.as_str()
        {
            let (wanted, theirs) = (wanted.to_string(), theirs.to_string());
            return Err(AuthError::OtherHost { origin: fields.origin, theirs, wanted });
        }
        // Of two spellings of one address, the one that names the workspace's number says more.
        let host = match (asked, theirs) {
            (Some(asked), Some(theirs)) if asked.org_id().is_none() => theirs,
            (Some(host), _) | (None, Some(host)) => host,
            (None, None) => {
                return Err(AuthError::NoHost {
                    tried: format!("{}, which names no host", fields.origin),
                });
            }
        };
        let credential = fields.credential(&host)?;
        let origin = fields.origin_of(&credential);
        Ok(Self { host, server: Server::Workspace, credential, origin })
    }

    /// Prepares signed-in requests over the network; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`TransportError`] where the host may not be talked to, or the credential cannot be sent.
    pub fn connect(&self, mut options: HttpOptions) -> Result<Arc<dyn Transport>, TransportError> {
        // Without a credential, nothing is readable on the way that others may not know.
        options.allow_http |= matches!(self.credential, Credential::None);
        let transport = Arc::new(HttpTransport::new(&self.host, options)?);
        authenticate(transport, &self.credential, &self.origin)
    }
}

fn same(one: &Option<Host>, other: &Option<Host>) -> bool {
    one.as_ref().map(Host::as_str) == other.as_ref().map(Host::as_str)
}

fn tried(file: &ConfigFile) -> String {
    let path = file.path().display();
    let file = if file.exists() {
        format!("the profiles in {path}")
    } else {
        format!("{path}, which does not exist")
    };
    format!(
        "DATABRICKS_HOST, DATABRICKS_TOKEN, DATABRICKS_CLIENT_ID, DATABRICKS_CONFIG_PROFILE, and {file}"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret;

    use super::*;

    const FILE: &str = "
[DEFAULT]
host = https://default.com
token = dapi-default
[prod]
host = https://prod.com/?o=42
client_id = app
client_secret = s#cret
[twin]
host = twin.com
token = one
[twin2]
host = twin.com
token = two
[cli]
host = cli.com
auth_type = databricks-cli
[both]
host = both.com
token = t
client_id = a
client_secret = b
[azure]
host = azure.com
azure_tenant_id = x
[bare]
host = bare.com
[half]
host = half.com
client_id = x
";

    fn resolve(
        profile: Option<&str>,
        host: Option<&str>,
        env: &[(&str, &str)],
    ) -> Result<Settings, AuthError> {
        resolve_in(FILE, profile, host, env)
    }

    fn resolve_in(
        text: &str,
        profile: Option<&str>,
        host: Option<&str>,
        env: &[(&str, &str)],
    ) -> Result<Settings, AuthError> {
        let file = ConfigFile::parse(Path::new("/home/ana/.databrickscfg"), text).unwrap();
        let env = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::resolve(&Wanted { profile, host, env: &env, file: &file })
    }

    /// Host and secret of what was found.
    fn found(settings: Result<Settings, AuthError>) -> (String, String) {
        let settings = settings.unwrap();
        let secret = match &settings.credential {
            Credential::Token(token) => token.expose_secret().to_owned(),
            Credential::ServicePrincipal { client_id, client_secret } => {
                format!("{client_id}/{}", client_secret.expose_secret())
            }
            other => unreachable!("{other:?} is for plain servers"),
        };
        (settings.host.to_string(), secret)
    }

    fn pair(host: &str, secret: &str) -> (String, String) {
        (format!("https://{host}"), secret.to_owned())
    }

    const ENV: &[(&str, &str)] =
        &[("DATABRICKS_HOST", "env.com"), ("DATABRICKS_TOKEN", "dapi-env")];

    #[test]
    fn a_profile_named_by_flag_is_the_only_source() {
        assert_eq!(found(resolve(Some("prod"), None, ENV)), pair("prod.com", "app/s#cret"));
        assert_eq!(
            resolve(Some("prod"), Some("prod.com"), ENV).unwrap().host.org_id().unwrap(),
            "42"
        );
        let error = resolve(Some("prod"), Some("other.com"), ENV).unwrap_err().to_string();
        assert!(error.contains("`prod`") && error.contains("https://other.com"), "{error}");
    }

    #[test]
    fn then_the_environment_then_its_profile_then_the_default() {
        let profile = ("DATABRICKS_CONFIG_PROFILE", "prod");
        assert_eq!(found(resolve(None, None, ENV)), pair("env.com", "dapi-env"));
        assert_eq!(
            found(resolve(None, None, &[ENV[0], ENV[1], profile])),
            pair("env.com", "dapi-env")
        );
        assert_eq!(found(resolve(None, None, &[profile])), pair("prod.com", "app/s#cret"));
        assert_eq!(found(resolve(None, None, &[profile, ENV[1]])), pair("prod.com", "dapi-env"));
        assert_eq!(found(resolve(None, None, &[])), pair("default.com", "dapi-default"));
        let m2m = [ENV[0], ("DATABRICKS_CLIENT_ID", "c"), ("DATABRICKS_CLIENT_SECRET", "d")];
        assert_eq!(found(resolve(None, None, &m2m)), pair("env.com", "c/d"));
        let origin = |env| resolve(None, None, env).unwrap().origin;
        assert_eq!(origin(ENV), "the environment (DATABRICKS_TOKEN)");
        assert_eq!(
            origin(&m2m),
            "the environment (DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET)"
        );
        assert_eq!(origin(&[profile]), "profile `prod` in /home/ana/.databrickscfg");
    }

    #[test]
    fn a_host_finds_its_credential_and_gets_no_other() {
        assert_eq!(found(resolve(None, Some("prod.com"), &[])), pair("prod.com", "app/s#cret"));
        assert_eq!(found(resolve(None, Some("prod.com"), ENV)), pair("prod.com", "app/s#cret"));
        assert_eq!(found(resolve(None, Some("any.com"), &[ENV[1]])), pair("any.com", "dapi-env"));
        assert!(matches!(resolve(None, Some("any.com"), ENV), Err(AuthError::OtherHost { .. })));
        let bare = resolve(None, Some("any.com"), &[]);
        assert!(matches!(bare, Err(AuthError::NoCredential { .. })));
        assert!(matches!(
            resolve(None, Some("twin.com"), &[]),
            Err(AuthError::SeveralProfiles { .. })
        ));
        let chosen = [("DATABRICKS_CONFIG_PROFILE", "prod"), ENV[0]];
        assert!(matches!(resolve(None, None, &chosen), Err(AuthError::OtherHost { .. })));
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        let error = |text, profile, env: &[_]| {
            resolve_in(text, profile, None, env).unwrap_err().to_string()
        };
        let nothing = error("", None, &[]);
        for part in ["DATABRICKS_HOST", "DATABRICKS_TOKEN", "--profile", "/home/ana/.databrickscfg"]
        {
            assert!(nothing.contains(part), "{nothing}");
        }
        assert!(error("", None, &[ENV[1]]).contains("names no host"));
        assert!(error(FILE, None, &[ENV[0]]).contains("no credential for https://env.com"));
        let unknown = error(FILE, Some("prdo"), &[]);
        assert!(unknown.contains("`prdo`") && unknown.contains("half, prod, twin"), "{unknown}");
        assert!(error(FILE, Some("cli"), &[]).contains("`databricks-cli`"));
        assert!(error(FILE, Some("azure"), &[]).contains("`azure_tenant_id`"));
        assert!(error(FILE, Some("both"), &[]).contains("auth_type"));
        assert!(error(FILE, Some("bare"), &[]).contains("no credential for https://bare.com"));
        assert!(error(FILE, Some("half"), &[]).contains("client_id without client_secret"));
    }

    #[test]
    fn the_kind_of_credential_can_be_chosen() {
        let env = [
            ENV[0],
            ENV[1],
            ("DATABRICKS_CLIENT_ID", "c"),
            ("DATABRICKS_CLIENT_SECRET", "d"),
            ("DATABRICKS_AUTH_TYPE", "oauth-m2m"),
        ];
        assert_eq!(found(resolve(None, None, &env)), pair("env.com", "c/d"));
        assert!(matches!(resolve(None, None, &env[..4]), Err(AuthError::Ambiguous { .. })));
    }

    #[test]
    fn no_secret_is_shown() {
        for settings in
            [resolve(Some("prod"), None, &[]).unwrap(), resolve(None, None, &[]).unwrap()]
        {
            let shown = format!("{settings:?} {settings:#?}");
            assert!(!shown.contains("s#cret") && !shown.contains("dapi-default"), "{shown}");
        }
        let error = resolve(Some("both"), None, &[]).unwrap_err();
        assert!(!format!("{error:?}").contains("\"t\""));
    }
}
