//! How files are had from and put into the clouds' storages, at addresses that are signed.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::stored::Part;
use crate::client::{Address, Call, Download, Session, segment};
use crate::kind::Error;

/// How many bytes go to Azure at a time; it takes [50,000 blocks](https://learn.microsoft.com/rest/api/storageservices/put-block).
const BLOCK: u64 = 8 * 1024 * 1024;

const BLOB_TYPE: HeaderName = HeaderName::from_static("x-ms-blob-type");
const BLOCK_BLOB: HeaderValue = HeaderValue::from_static("BlockBlob");

/// What takes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// S3 and Google Cloud Storage: one request.
    Object,
    /// Azure Blob Storage: blocks, then the list of them.
    Blob,
    /// Azure Data Lake Storage: an empty file, what it is appended, and its end.
    Lake,
}

impl Store {
    /// Reads the kind of a ticket; `None` for one that nobody here knows.
    pub(super) fn of(word: Option<&str>) -> Option<Self> {
        match word {
            None | Some("AWS_PRESIGNED_URL" | "GCP_SIGNED_URL") => Some(Self::Object),
            Some("AZURE_SAS_URI") => Some(Self::Blob),
            Some("AZURE_ADLS_GEN2_SAS_URI") => Some(Self::Lake),
            Some(_) => None,
        }
    }
}

/// What lets a file be had, or be put.
pub(super) struct Ticket {
    /// Where it is.
    pub(super) address: Address,
    /// What every request has to say.
    pub(super) headers: HeaderMap,
    /// What it is kept in.
    pub(super) store: Store,
}

impl Ticket {
    /// Downloads the file.
    ///
    /// # Errors
    /// As the storage or the disk refuses.
    pub(super) async fn download(
        &self,
        session: &Session,
        into: &mut dyn Download,
    ) -> Result<(), Error> {
        Ok(session.download(&self.call(Method::GET, &self.address), into).await?)
    }

    /// Uploads the file, over one that is there.
    ///
    /// # Errors
    /// As the storage or the disk refuses.
    pub(super) async fn upload(&self, session: &Session, bytes: &Part) -> Result<(), Error> {
        match self.store {
            Store::Object => send(session, self.call(Method::PUT, &self.address), bytes).await,
            Store::Blob => self.in_blocks(session, bytes).await,
            Store::Lake => self.appended(session, bytes).await,
        }
    }

    /// [Put Block](https://learn.microsoft.com/rest/api/storageservices/put-block), then
    /// [Put Block List](https://learn.microsoft.com/rest/api/storageservices/put-block-list).
    async fn in_blocks(&self, session: &Session, bytes: &Part) -> Result<(), Error> {
        let mut list = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<BlockList>\n");
        for (start, block) in bytes.pieces(BLOCK) {
            let id = STANDARD.encode(format!("{start:020}"));
            let address = self.address.with(&format!("comp=block&blockid={}", segment(&id)));
            // With this header on the list too, servers take the list for the file.
            let call = self.call(Method::PUT, &address).header(BLOB_TYPE, BLOCK_BLOB);
            send(session, call, &block).await?;
            list.push_str(&format!("<Uncommitted>{id}</Uncommitted>\n"));
        }
        list.push_str("</BlockList>\n");
        let call = self.call(Method::PUT, &self.address.with("comp=blocklist"));
        session.response(&call.bytes(list, "application/xml")).await?;
        Ok(())
    }

    /// [Create](https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/create), then
    /// [append and flush](https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/update).
    async fn appended(&self, session: &Session, bytes: &Part) -> Result<(), Error> {
        let create = self.call(Method::PUT, &self.address.with("resource=file"));
        session.response(&create.bytes("", "")).await?;
        let mut end = 0;
        for (start, block) in bytes.pieces(BLOCK) {
            let address = self.address.with(&format!("action=append&position={start}"));
            send(session, self.call(Method::PATCH, &address), &block).await?;
            end = start + block.size();
        }
        let flush = self.address.with(&format!("action=flush&position={end}"));
        session.response(&self.call(Method::PATCH, &flush).bytes("", "")).await?;
        Ok(())
    }

    fn call(&self, method: Method, address: &Address) -> Call {
        let call = Call::at(method, address);
        self.headers
            .iter()
            .fold(call, |call, (name, value)| call.header(name.clone(), value.clone()))
    }
}

async fn send(session: &Session, call: Call, bytes: &Part) -> Result<(), Error> {
    // Storages want to be told the length of an empty body too, which only a whole one has.
    let call = match bytes.size() {
        0 => call.bytes("", ""),
        _ => call.upload(Arc::new(bytes.clone()), ""),
    };
    session.response(&call).await?;
    Ok(())
}
