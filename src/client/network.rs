//! Requests over the network.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::BoxFuture;
use http::Uri;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};

use super::auth::Host;
use super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};

const USER_AGENT: &str = concat!("brickform/", env!("CARGO_PKG_VERSION"));

/// How to reach a workspace.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// A PEM file with authorities to trust besides those of the operating system.
    pub ca_file: Option<PathBuf>,
    /// Whether credentials may travel unencrypted to hosts other than this machine.
    pub allow_http: bool,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long a request may take that is known to be slow: exports, and groups with all their members.
    pub slow_timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        let (timeout, slow_timeout) = (Duration::from_secs(120), Duration::from_secs(300));
        Self { ca_file: None, allow_http: false, timeout, slow_timeout }
    }
}

/// A workspace reached over the network; it follows no redirect.
///
/// Proxies come from the environment, except for this machine itself.
pub struct HttpTransport {
    client: Client,
    host: Host,
    options: HttpOptions,
}

impl HttpTransport {
    /// Prepares connections to a host; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Certificate`] where the authorities cannot be read,
    /// [`TransportErrorKind::Connect`] where the host may not be talked to unencrypted.
    pub fn new(host: &Host, options: HttpOptions) -> Result<Self, TransportError> {
        if !host.is_https() && !host.is_loopback() && !options.allow_http {
            let message = format!(
                "{host} is not encrypted, and a token would be readable on the way; use https://, or --allow-http"
            );
            return Err(TransportError::new(TransportErrorKind::Connect, message));
        }
        install_crypto();
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .https_only(host.is_https())
            .referer(false)
            .connect_timeout(Duration::from_secs(30));
        if host.is_loopback() {
            builder = builder.no_proxy();
        }
        if let Some(file) = &options.ca_file {
            builder = builder.tls_certs_merge(authorities(file)?);
        }
        let client = builder
            .build()
            .map_err(|error| TransportError::new(TransportErrorKind::Certificate, error))?;
        Ok(Self { client, host: host.clone(), options })
    }

    fn url(&self, uri: &Uri) -> Result<Url, TransportError> {
        let whole =
            if uri.authority().is_some() { uri.to_string() } else { format!("{}{uri}", self.host) };
        Url::parse(&whole).map_err(|error| TransportError::new(TransportErrorKind::Connect, error))
    }

    fn timeout(&self, path: &str) -> Duration {
        let slow = path.ends_with("/workspace/export") || path.contains("/scim/v2/Groups");
        if slow { self.options.slow_timeout } else { self.options.timeout }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let (parts, body) = request.into_parts();
        let url = self.url(&parts.uri)?;
        let mut headers = parts.headers;
        if let Some(id) = self.host.org_id() {
            headers.insert("x-databricks-org-id", id);
        }
        let timeout = self.timeout(parts.uri.path());
        let request =
            self.client.request(parts.method, url).headers(headers).body(body).timeout(timeout);
        let answer = request.send().await.map_err(|error| self.explain(error))?;
        let mut response = Response::default();
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = answer.bytes().await.map_err(|error| self.explain(error))?;
        Ok(response)
    }

    fn explain(&self, error: reqwest::Error) -> TransportError {
        let error = error.without_url();
        if let Some(tls) = tls_error(&error) {
            let message =
                format!("the certificate of {} is not accepted: {tls}; {}", self.host, hint(&tls));
            return TransportError::new(TransportErrorKind::Certificate, message);
        }
        let kind = if error.is_connect() || error.is_builder() {
            TransportErrorKind::Connect
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else if error.is_decode() && is_unpacking(&error) {
            TransportErrorKind::Decode
        } else {
            TransportErrorKind::Interrupted
        };
        if kind == TransportErrorKind::Connect {
            let message = format!("cannot connect to {}: {}", self.host, innermost(&error));
            return TransportError::new(kind, message);
        }
        TransportError::new(kind, error)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }

    fn host(&self) -> &str {
        self.host.as_str()
    }
}

/// Chooses the cryptography for the whole process; the first choice stands.
fn install_crypto() {
    let _already = rustls::crypto::ring::default_provider().install_default();
}

fn authorities(file: &PathBuf) -> Result<Vec<Certificate>, TransportError> {
    let wrong = |what: &dyn std::fmt::Display| {
        TransportError::new(
            TransportErrorKind::Certificate,
            format!("--ca-file {}: {what}", file.display()),
        )
    };
    let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
    if found.is_empty() { Err(wrong(&"no certificate in it (PEM is expected)")) } else { Ok(found) }
}

/// The certificate trouble behind an error, if that is what it is.
fn tls_error(error: &(dyn StdError + 'static)) -> Option<rustls::Error> {
    causes(error).find_map(|cause| {
        let tls = cause.downcast_ref::<rustls::Error>()?;
        matches!(tls, rustls::Error::InvalidCertificate(_)).then(|| tls.clone())
    })
}

fn hint(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => {
            "if your company inspects traffic, give the certificate of its authority with --ca-file FILE.pem"
        }
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "check the clock of this machine, then the server's certificate"
        }
        rustls::Error::InvalidCertificate(
            Bad::NotValidForName | Bad::NotValidForNameContext { .. },
        ) => "check the host name; this server is another one",
        _ => "check the server's certificate, or give its authority with --ca-file FILE.pem",
    }
}

/// Whether the bytes arrived and could not be unpacked.
fn is_unpacking(error: &(dyn StdError + 'static)) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|io| {
        matches!(io.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput)
    })
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// The error and all its causes; `std::io::Error` skips the one it wraps, so that is asked by name.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error: &'a (dyn StdError + 'static) = *error;
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests;
