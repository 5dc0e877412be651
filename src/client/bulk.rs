//! Bytes that go piece by piece, so that a file of any size takes little memory.

use std::io::{self, Read};

use bytes::Bytes;
use futures::stream::{self, Stream};

use super::answer::is_page_by_type;
use super::transport::{Request, Response, TransportError, TransportErrorKind};

/// How many bytes are read from an upload at a time.
pub(super) const PIECE: usize = 64 * 1024;

/// Bytes of a known number that a call carries.
pub trait Upload: Send + Sync {
    /// How many there are.
    fn size(&self) -> u64;

    /// Begins at the first byte; each attempt does.
    ///
    /// # Errors
    ///
    /// Fails where the bytes are not to be had.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;
}

/// Where the bytes of an answer go.
pub trait Download: Send {
    /// Forgets what has arrived: another attempt begins.
    ///
    /// # Errors
    ///
    /// Fails where the operating system does.
    fn restart(&mut self) -> io::Result<()>;

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// Fails where the operating system does.
    fn take(&mut self, piece: &[u8]) -> io::Result<()>;
}

/// What of an exchange goes piece by piece.
pub enum Bulk<'a> {
    /// Nothing: request and answer are held whole.
    None,
    /// The body of the request.
    Request(&'a dyn Upload),
    /// The body of the answer, if it is what was asked for; a refusal and a page for people are held whole.
    Answer(&'a mut dyn Download),
}

impl Bulk<'_> {
    /// The same for another attempt.
    pub(super) fn again(&mut self) -> Bulk<'_> {
        match self {
            Self::None => Bulk::None,
            Self::Request(upload) => Bulk::Request(*upload),
            Self::Answer(download) => Bulk::Answer(&mut **download),
        }
    }

    /// Fills a request's body, for a transport that carries requests whole.
    pub(super) fn fill(&self, request: &mut Request) -> Result<(), TransportError> {
        if let Self::Request(upload) = self {
            let mut body = Vec::new();
            upload.open().and_then(|mut bytes| bytes.read_to_end(&mut body)).map_err(local)?;
            *request.body_mut() = body.into();
        }
        Ok(())
    }

    /// Empties an answer's body, for a transport that brings answers whole.
    pub(super) fn empty(self, mut response: Response) -> Result<Response, TransportError> {
        if let Self::Answer(download) = self
            && is_content(&response)
        {
            download.restart().and_then(|()| download.take(response.body())).map_err(local)?;
            *response.body_mut() = Bytes::new();
        }
        Ok(response)
    }
}

/// Whether an answer is what was asked for, by its status and its headers.
pub(super) fn is_content<T>(response: &http::Response<T>) -> bool {
    response.status().is_success() && !is_page_by_type(response.headers())
}

/// The pieces of an upload, one after the other.
pub(super) fn pieces(
    bytes: Box<dyn Read + Send>,
) -> impl Stream<Item = Result<Bytes, Unreadable>> + Send + 'static {
    stream::try_unfold(bytes, |mut bytes| async move {
        let mut piece = Vec::with_capacity(PIECE);
        bytes.by_ref().take(PIECE as u64).read_to_end(&mut piece).map_err(Unreadable)?;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), bytes)))
    })
}

/// A file of this machine that could not be read while it was sent.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(io::Error);

/// The failure of a file of this machine.
pub(super) fn local(error: io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Local, error)
}

#[cfg(test)]
mod tests;
