//! The values of a run's metrics as they are stored: `{"loss":[[0,5,0.5],…],…}`, one after the other.

use std::io::{self, BufRead, Read, Seek as _, SeekFrom, Write as _};

use tempfile::SpooledTempFile;

use super::point::Point;
use super::scan::Scan;

/// How many bytes are kept in memory; more go to a file that has no name.
const IN_MEMORY: usize = 64 * 1024;

/// Values that are written down metric by metric.
pub(super) struct Spool {
    into: SpooledTempFile,
    is_empty: bool,
}

impl Spool {
    /// Begins with no metric.
    pub(super) fn new() -> Self {
        Self { into: SpooledTempFile::new(IN_MEMORY), is_empty: true }
    }

    /// Adds a metric; of all of them the names are in order.
    ///
    /// # Errors
    /// As the disk refuses.
    pub(super) fn add<'a>(
        &mut self,
        key: &str,
        points: impl IntoIterator<Item = &'a Point>,
    ) -> io::Result<()> {
        let before = if self.is_empty { "{" } else { "," };
        self.is_empty = false;
        let mut text = before.as_bytes().to_vec();
        serde_json::to_writer(&mut text, key)?;
        for (at, point) in points.into_iter().enumerate() {
            text.extend_from_slice(if at == 0 { b":[" } else { b"," });
            serde_json::to_writer(&mut text, point)?;
            if text.len() > IN_MEMORY {
                self.into.write_all(&text)?;
                text.clear();
            }
        }
        text.extend_from_slice(if text.ends_with(b"\"") { b":[]" } else { b"]" });
        self.into.write_all(&text)
    }

    /// What was written down; nothing where there is no metric.
    ///
    /// # Errors
    /// As the disk refuses.
    pub(super) fn finish(mut self) -> io::Result<Option<impl Read + Send>> {
        if self.is_empty {
            return Ok(None);
        }
        self.into.write_all(b"}")?;
        self.into.seek(SeekFrom::Start(0))?;
        Ok(Some(self.into))
    }
}

/// Values that are read metric by metric.
pub(super) struct Series<R>(Scan<R>);

impl<R: BufRead> Series<R> {
    /// Begins before the first metric.
    pub(super) fn new(from: R) -> Self {
        Self(Scan::new(from))
    }

    /// The next metric's name; nothing after the last one.
    ///
    /// # Errors
    /// As the disk refuses, or where this is no series.
    pub(super) fn key(&mut self) -> io::Result<Option<String>> {
        if self.0.sign()? == b'}' {
            return Ok(None);
        }
        let key = self.0.value()?;
        self.0.expect(b':')?;
        Ok(Some(key))
    }

    /// The next value of the metric; nothing after the last one.
    ///
    /// # Errors
    /// As [`Series::key`].
    pub(super) fn point(&mut self) -> io::Result<Option<Point>> {
        if self.0.sign()? == b']' {
            return Ok(None);
        }
        if self.0.peek()? == b']' {
            self.0.expect(b']')?;
            return Ok(None);
        }
        self.0.value().map(Some)
    }

    /// All values of the metric.
    ///
    /// # Errors
    /// As [`Series::key`].
    pub(super) fn points(&mut self) -> io::Result<Vec<Point>> {
        let mut points = Vec::new();
        while let Some(point) = self.point()? {
            points.push(point);
        }
        Ok(points)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::BufReader;

    use serde_json::json;

    use super::*;

    type Metrics = BTreeMap<String, Vec<Point>>;

    fn spooled(metrics: &Metrics) -> Option<String> {
        let mut spool = Spool::new();
        metrics.iter().for_each(|(key, points)| spool.add(key, points).unwrap());
        let mut text = String::new();
        spool.finish().unwrap()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[test]
    fn what_is_written_is_read_back_and_is_json() {
        let many: Vec<_> = (0..9_000).map(|step| json!([step, 7, 0.1])).collect();
        for metrics in [
            json!({"loss": [[0, 1, 0.5], [1, 2, "NaN", ["d", "x]"]]]}),
            json!({"a\"]": [], "b": [[0, 1, -0.0]], "c": []}),
            json!({"long": many, "short": [[1, 1, 1.0]]}),
        ] {
            let parsed: Metrics = serde_json::from_value(metrics.clone()).unwrap();
            let text = spooled(&parsed).unwrap();
            assert_eq!(text, metrics.to_string());
            let mut series = Series::new(BufReader::with_capacity(7, text.as_bytes()));
            let mut read = Metrics::new();
            while let Some(key) = series.key().unwrap() {
                read.insert(key, series.points().unwrap());
            }
            assert_eq!(read, parsed);
        }
        assert_eq!(spooled(&Metrics::new()), None);
    }
}
