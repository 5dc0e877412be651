//! A run as it is stored: one line of JSON, then the bytes of its files, one after the other.
//!
//! Neither the values of its metrics nor its files are ever held whole: a run may have millions of values.

use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::document::{Artifact, Document};
use super::scan::Scan;
use super::series::{Series, Spool};
use crate::client::Upload;
use crate::kind::Opened;
use crate::model::Digest;
use crate::store::BlobStore;

/// The field of the line that stands for all values of all metrics.
const METRICS: &str = "metrics";

/// Stores a run, and tells its digest.
///
/// # Errors
/// As the disk refuses.
pub(super) fn keep(
    blobs: &BlobStore,
    document: &Document,
    metrics: Spool,
    files: impl Read,
) -> io::Result<Digest> {
    let fields = match serde_json::to_value(document)? {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let (mut before, mut after) = (String::from("{"), String::new());
    for (name, value) in &fields {
        let field = format!("{}:{value}", Value::from(name.as_str()));
        if name.as_str() < METRICS {
            before.push_str(&field);
            before.push(',');
        } else {
            after.push(',');
            after.push_str(&field);
        }
    }
    after.push_str("}\n");
    let digest = match metrics.finish()? {
        Some(metrics) => {
            before.push_str(&format!("\"{METRICS}\":"));
            let line = before.as_bytes().chain(metrics).chain(after.as_bytes());
            blobs.put_stream(line.chain(files))?.0
        }
        None => {
            let line = before.as_bytes().chain(after.trim_start_matches(',').as_bytes());
            blobs.put_stream(line.chain(files))?.0
        }
    };
    Ok(digest)
}

/// How the line of a stored run begins that says why its files are not with it.
const WITHOUT_FILES: &[u8] = b"{\"absent_files\":";

/// Whether the files of a stored run are not with it. One that cannot be read is as good as one whose files are missing.
pub(super) fn is_without_files(blobs: &BlobStore, digest: &Digest) -> bool {
    let head = blobs.head(digest, WITHOUT_FILES.len() as u64);
    head.map_or(true, |head| head == WITHOUT_FILES)
}

/// A stored run that is open.
pub(super) struct Stored {
    /// All of its line but the values of metrics.
    pub(super) document: Document,
    bytes: Shared,
    /// Where the values of metrics stand, if there are some.
    metrics: Option<u64>,
    /// Where the first file begins.
    files: u64,
}

type Shared = Arc<Mutex<Box<dyn Opened>>>;

impl Stored {
    /// Reads the line.
    ///
    /// # Errors
    /// As the disk refuses, or where this is no stored run.
    pub(super) fn open(bytes: Box<dyn Opened>) -> io::Result<Self> {
        let bytes: Shared = Arc::new(Mutex::new(bytes));
        let whole = Part { of: bytes.clone(), start: 0, size: u64::MAX };
        let mut scan = Scan::new(BufReader::new(whole.reader()));
        let (mut fields, mut metrics) = (Map::new(), None);
        while matches!(scan.peek()?, b'{' | b',') {
            scan.sign()?;
            let name: String = scan.value()?;
            scan.expect(b':')?;
            if name == METRICS {
                metrics = Some(scan.at());
                scan.pass(|_| {})?;
            } else {
                fields.insert(name, scan.value()?);
            }
        }
        scan.expect(b'}')?;
        scan.expect(b'\n')?;
        let document = serde_json::from_value(Value::Object(fields))?;
        Ok(Self { document, bytes, metrics, files: scan.at() })
    }

    /// The values of its metrics.
    pub(super) fn metrics(&self) -> Option<Series<BufReader<Reader>>> {
        let part = Part { of: self.bytes.clone(), start: self.metrics?, size: u64::MAX };
        Some(Series::new(BufReader::new(part.reader())))
    }

    /// Its files and their bytes.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Artifact, Part)> {
        let mut next = self.files;
        self.document.artifacts.iter().map(move |artifact| {
            let part = Part { of: self.bytes.clone(), start: next, size: artifact.size };
            next += artifact.size;
            (artifact, part)
        })
    }
}

/// Some bytes of a stored run, which may be read as often as it takes.
#[derive(Clone)]
pub(super) struct Part {
    of: Shared,
    start: u64,
    size: u64,
}

impl Part {
    /// The same bytes in pieces of at most so many, each with where it starts.
    pub(super) fn pieces(&self, most: u64) -> impl Iterator<Item = (u64, Self)> {
        let count = self.size.div_ceil(most);
        (0..count).map(move |number| {
            let start = number * most;
            let size = most.min(self.size - start);
            (start, Self { of: self.of.clone(), start: self.start + start, size })
        })
    }

    /// How many bytes there are.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Begins at the first byte.
    pub(super) fn reader(&self) -> Reader {
        Reader { of: self.of.clone(), at: self.start, left: self.size }
    }
}

impl Upload for Part {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.reader()))
    }
}

/// Reads some bytes of a stored run while others may read others.
pub(super) struct Reader {
    of: Shared,
    at: u64,
    left: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let mut bytes = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.seek(SeekFrom::Start(self.at))?;
        let read = bytes.read(&mut buffer[..most])?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::point::Point;
    use super::*;
    use crate::model::digest_bytes;

    fn document(artifacts: &[&[u8]]) -> Document {
        let artifact = |(at, bytes): (usize, &&[u8])| Artifact {
            path: format!("m/{at}.bin"),
            size: bytes.len() as u64,
            digest: digest_bytes(bytes),
        };
        Document {
            status: "FINISHED".into(),
            end_time: Some(9),
            name: Some("\"metrics\":null,".into()),
            artifacts: artifacts.iter().enumerate().map(artifact).collect(),
            ..Document::default()
        }
    }

    #[test]
    fn a_stored_run_is_read_back() {
        let metrics: BTreeMap<String, Vec<Point>> =
            serde_json::from_str(r#"{"acc":[[0,1,0.5]],"loss":[[0,1,"NaN"],[1,2,0.25]]}"#).unwrap();
        let files: [&[u8]; 3] = [b"first\n}", b"", b"third"];
        for (metrics, files) in [
            (&metrics, &files[..]),
            (&metrics, &[]),
            (&BTreeMap::new(), &files),
            (&BTreeMap::new(), &[]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let blobs = BlobStore::new(dir.path());
            let (document, mut spool) = (document(files), Spool::new());
            metrics.iter().for_each(|(key, points)| spool.add(key, points).unwrap());
            let digest = keep(&blobs, &document, spool, files.concat().as_slice()).unwrap();

            let stored = Stored::open(Box::new(blobs.open(&digest).unwrap())).unwrap();
            assert_eq!(stored.document, document);
            let mut read = BTreeMap::new();
            if let Some(mut series) = stored.metrics() {
                while let Some(key) = series.key().unwrap() {
                    read.insert(key, series.points().unwrap());
                }
            }
            assert_eq!(read, *metrics);
            for ((_, part), wanted) in stored.files().zip(files) {
                for _ in 0..2 {
                    let mut bytes = Vec::new();
                    part.open().unwrap().read_to_end(&mut bytes).unwrap();
                    assert_eq!(bytes, *wanted, "as often as it takes");
                }
            }
            // The line is one document of sorted fields.
            let bytes = blobs.get(&digest).unwrap();
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
            let value: Value = serde_json::from_slice(line).unwrap();
            assert_eq!(value.to_string().as_bytes(), line);
            assert_eq!(value.get("metrics").is_some(), !metrics.is_empty());
        }
    }

    #[test]
    fn what_is_no_stored_run_is_refused() {
        for text in ["", "{}", "[]\n", "{\"status\":1}\n", "{\"status\":\"X\",\"later\":1}\n", "{"]
        {
            let bytes = io::Cursor::new(text.as_bytes().to_vec());
            assert!(Stored::open(Box::new(bytes)).is_err(), "{text}");
        }
    }
}
