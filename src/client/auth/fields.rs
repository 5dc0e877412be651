//! What one source says about host and credential.

use secrecy::SecretString;

use super::{AuthError, ConfigFile, Credential, Host};

/// The fields of one source: the environment, or a profile.
pub(super) struct Fields {
    pub origin: String,
    host: Option<String>,
    token: Option<SecretString>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    auth_type: Option<String>,
    /// A field that belongs to a way to sign in we do not know.
    foreign: Option<&'static str>,
}

/// Fields of profiles that belong to other ways to sign in.
const FOREIGN: &[&str] = &[
    "azure_workspace_resource_id",
    "azure_client_id",
    "azure_client_secret",
    "azure_tenant_id",
    "google_service_account",
    "google_credentials",
    "metadata_service_url",
    "username",
];

/// The variable of a token.
const TOKEN: &str = "DATABRICKS_TOKEN";
/// The variables of a service principal.
const CLIENT: &str = "DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET";

impl Fields {
    fn read(origin: String, get: impl Fn(&str) -> Option<String>) -> Self {
        let field = |name: &str| {
            get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        Self {
            origin,
            host: field("host"),
            token: field("token").map(SecretString::from),
            client_id: field("client_id"),
            client_secret: field("client_secret").map(SecretString::from),
            auth_type: field("auth_type"),
            foreign: FOREIGN.iter().copied().find(|name| field(name).is_some()),
        }
    }

    /// The variables `DATABRICKS_HOST`, `DATABRICKS_TOKEN` and so on.
    pub(super) fn of_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| env(&format!("DATABRICKS_{}", name.to_ascii_uppercase()));
        Self::read(format!("the environment ({TOKEN}, {CLIENT})"), variable)
    }

    /// The fields of a profile.
    pub(super) fn of_profile(file: &ConfigFile, name: &str) -> Result<Self, AuthError> {
        if !file.has(name) {
            let known = match (file.exists(), file.names()) {
                (false, _) => "the file does not exist".to_owned(),
                (true, names) if names.is_empty() => "it has none".to_owned(),
                (true, names) => format!("it has {}", names.join(", ")),
            };
            return Err(AuthError::NoProfile {
                profile: name.to_owned(),
                path: file.path().to_owned(),
                known,
            });
        }
        let origin = format!("profile `{name}` in {}", file.path().display());
        Ok(Self::read(origin, |field| file.field(name, field)))
    }

    pub(super) fn host(&self) -> Result<Option<Host>, AuthError> {
        self.host.as_deref().map(Host::parse).transpose()
    }

    pub(super) fn has_credential(&self) -> bool {
        self.token.is_some() || self.client_secret.is_some() || self.client_id.is_some()
    }

    /// The credential of this source.
    pub(super) fn credential(&self, host: &Host) -> Result<Credential, AuthError> {
        let origin = || self.origin.clone();
        let unsupported = |auth_type: &str| AuthError::Unsupported {
            origin: origin(),
            auth_type: auth_type.to_owned(),
        };
        match self.auth_type.as_deref() {
            Some("pat") => self.by_token(host),
            Some("oauth-m2m") => self.by_secret(host),
            Some(other) => Err(unsupported(other)),
            None if self.token.is_some() && self.client_secret.is_some() => {
                Err(AuthError::Ambiguous { origin: origin() })
            }
            None if self.token.is_some() => self.by_token(host),
            None => match self.foreign {
                Some(field) => Err(unsupported(field)),
                None => self.by_secret(host),
            },
        }
    }

    /// Where the credential that was chosen comes from, for messages.
    pub(super) fn origin_of(&self, credential: &Credential) -> String {
        let unused = match credential {
            Credential::Token(_) => format!(", {CLIENT}"),
            Credential::ServicePrincipal { .. } => format!("{TOKEN}, "),
            Credential::Login { .. } | Credential::None => return self.origin.clone(),
        };
        self.origin.replace(&unused, "")
    }

    fn by_token(&self, host: &Host) -> Result<Credential, AuthError> {
        self.token.clone().map(Credential::Token).ok_or_else(|| self.nothing(host))
    }

    fn by_secret(&self, host: &Host) -> Result<Credential, AuthError> {
        let half = |present, missing| AuthError::HalfCredential {
            origin: self.origin.clone(),
            present,
            missing,
        };
        match (self.client_id.clone(), self.client_secret.clone()) {
            (Some(client_id), Some(client_secret)) => {
                Ok(Credential::ServicePrincipal { client_id, client_secret })
            }
            (Some(_), None) => Err(half("client_id", "client_secret")),
            (None, Some(_)) => Err(half("client_secret", "client_id")),
            (None, None) => Err(self.nothing(host)),
        }
    }

    fn nothing(&self, host: &Host) -> AuthError {
        AuthError::NoCredential { host: host.to_string(), tried: self.origin.clone() }
    }
}
