//! Requests over the network.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{HeaderMap, Method, Uri};
use reqwest::redirect::Policy;
use reqwest::{Body, Certificate, Client, RequestBuilder, Url};
use tokio::time::timeout;

use super::auth::Host;
use super::bulk::{Bulk, Download, Unreadable, Upload, is_content, local, pieces};
use super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};

const USER_AGENT: &str = concat!("brickform/", env!("CARGO_PKG_VERSION"));

/// How many bytes a second an upload makes at least, on a line that is worth waiting for.
const SLOWEST: u64 = 64 * 1024;

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

    fn builder(
        &self,
        method: Method,
        uri: &Uri,
        mut headers: HeaderMap,
        body: Body,
    ) -> Result<RequestBuilder, TransportError> {
        if let Some(id) = self.host.org_id().filter(|_| uri.authority().is_none()) {
            headers.insert("x-databricks-org-id", id);
        }
        Ok(self.client.request(method, self.url(uri)?).headers(headers).body(body))
    }

    async fn whole(&self, request: Request) -> Result<Response, TransportError> {
        let (mut parts, body) = request.into_parts();
        if body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(&parts.method) {
            // Some servers, such as S3, take nothing whose length is not told.
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let request = self.builder(parts.method, &parts.uri, parts.headers, body.into())?;
        let answer = request.timeout(self.timeout(parts.uri.path())).send().await;
        self.gather(answer.map_err(|error| self.explain(error))?).await
    }

    /// Sends bytes while they are read.
    async fn upload(
        &self,
        request: Request,
        upload: &dyn Upload,
    ) -> Result<Response, TransportError> {
        let (mut parts, _) = request.into_parts();
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(upload.size()));
        let body = Body::wrap_stream(pieces(upload.open().map_err(local)?));
        let request = self.builder(parts.method, &parts.uri, parts.headers, body)?;
        let on_the_way = Duration::from_secs(upload.size() / SLOWEST);
        let answer = request.timeout(self.timeout(parts.uri.path()) + on_the_way).send().await;
        self.gather(answer.map_err(|error| self.explain(error))?).await
    }

    /// Passes bytes on as they arrive. They may take as long as they like, but never be silent.
    async fn download(
        &self,
        request: Request,
        into: &mut dyn Download,
    ) -> Result<Response, TransportError> {
        let (parts, body) = request.into_parts();
        let silence = self.timeout(parts.uri.path());
        let request = self.builder(parts.method, &parts.uri, parts.headers, body.into())?;
        let mut answer = self.within(silence, request.send()).await?;
        let mut response = head(&answer);
        if !is_content(&response) {
            *response.body_mut() = self.within(silence, answer.bytes()).await?;
            return Ok(response);
        }
        into.restart().map_err(local)?;
        while let Some(piece) = self.within(silence, answer.chunk()).await? {
            into.take(&piece).map_err(local)?;
        }
        Ok(response)
    }

    async fn within<T>(
        &self,
        silence: Duration,
        step: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, TransportError> {
        match timeout(silence, step).await {
            Ok(done) => done.map_err(|error| self.explain(error)),
            Err(elapsed) => Err(TransportError::new(TransportErrorKind::Timeout, elapsed)),
        }
    }

    async fn gather(&self, answer: reqwest::Response) -> Result<Response, TransportError> {
        let mut response = head(&answer);
        *response.body_mut() = answer.bytes().await.map_err(|error| self.explain(error))?;
        Ok(response)
    }

    fn explain(&self, error: reqwest::Error) -> TransportError {
        let asked = error.url().and_then(Url::host_str).unwrap_or_default().to_owned();
        let host = self.host.as_str();
        let host = if host.contains(&asked) { host } else { &asked };
        let error = error.without_url();
        if causes(&error).any(|cause| cause.is::<Unreadable>()) {
            return TransportError::new(TransportErrorKind::Local, error);
        }
        if let Some(tls) = tls_error(&error) {
            let message =
                format!("the certificate of {host} is not accepted: {tls}; {}", hint(&tls));
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
            let message = format!("cannot connect to {host}: {}", innermost(&error));
            return TransportError::new(kind, message);
        }
        TransportError::new(kind, error)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.whole(request))
    }

    fn exchange<'a>(
        &'a self,
        request: Request,
        bulk: Bulk<'a>,
    ) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            match bulk {
                Bulk::None => self.whole(request).await,
                Bulk::Request(upload) => self.upload(request, upload).await,
                Bulk::Answer(download) => self.download(request, download).await,
            }
        })
    }

    fn host(&self) -> &str {
        self.host.as_str()
    }
}

/// An answer's status and headers.
fn head(answer: &reqwest::Response) -> Response {
    let mut response = Response::default();
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    response
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
