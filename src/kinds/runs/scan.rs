//! Reading JSON piece by piece, so that a long text is never held whole.
//!
//! It reads what brickform wrote: without any space between the signs.

use std::io::{self, BufRead};

use serde::de::DeserializeOwned;

/// A text of JSON that is read from its beginning.
pub(super) struct Scan<R> {
    from: R,
    at: u64,
}

impl<R: BufRead> Scan<R> {
    /// Begins to read.
    pub(super) fn new(from: R) -> Self {
        Self { from, at: 0 }
    }

    /// How many bytes are read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Reads one sign.
    pub(super) fn sign(&mut self) -> io::Result<u8> {
        let sign = self.peek()?;
        self.skip(1);
        Ok(sign)
    }

    /// Shows the next sign.
    pub(super) fn peek(&mut self) -> io::Result<u8> {
        self.from.fill_buf()?.first().copied().ok_or_else(|| wrong("it ends too early"))
    }

    /// Reads a sign that must be there.
    pub(super) fn expect(&mut self, wanted: u8) -> io::Result<()> {
        if self.sign()? == wanted { Ok(()) } else { Err(wrong("it is not as it was written")) }
    }

    /// Reads one value.
    pub(super) fn value<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut text = Vec::new();
        self.pass(|part| text.extend_from_slice(part))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Reads past one value, and shows its text part by part.
    pub(super) fn pass(&mut self, mut show: impl FnMut(&[u8])) -> io::Result<()> {
        let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
        loop {
            let part = self.from.fill_buf()?;
            if part.is_empty() {
                return Err(wrong("it ends too early"));
            }
            let mut end = None;
            for (at, sign) in part.iter().enumerate() {
                match sign {
                    _ if is_escaped => is_escaped = false,
                    b'\\' if is_text => is_escaped = true,
                    b'"' => is_text = !is_text,
                    _ if is_text => {}
                    b'{' | b'[' => depth += 1,
                    // What ends here began before, and so did what a comma follows.
                    b'}' | b']' | b',' | b'\n' if depth == 0 => end = Some(at),
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                let is_whole = depth == 0 && !is_text && matches!(sign, b'"' | b'}' | b']');
                if end.is_none() && is_whole {
                    end = Some(at + 1);
                }
                if end.is_some() {
                    break;
                }
            }
            let read = end.unwrap_or(part.len());
            show(&part[..read]);
            self.skip(read);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn skip(&mut self, count: usize) {
        self.from.consume(count);
        self.at += count as u64;
    }
}

/// A text that is none of ours.
fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("this is no stored run: {why}"))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use serde_json::{Value, json};

    use super::*;

    /// A reader that shows one byte at a time, so that every value lies across two parts.
    fn scan(text: &str) -> Scan<BufReader<&[u8]>> {
        Scan::new(BufReader::with_capacity(1, text.as_bytes()))
    }

    #[test]
    fn values_of_every_form_are_read_to_their_end() {
        for value in [
            json!(-1.5e-9),
            json!(true),
            json!(null),
            json!(""),
            json!("a\\\"]},\n"),
            json!([]),
            json!([[1, "]"], {"a{": {"b": "\\"}}]),
            json!({"é": [0]}),
        ] {
            for after in [",1", "]", "}", "\n"] {
                let text = format!("{value}{after}");
                let mut scan = scan(&text);
                assert_eq!(scan.value::<Value>().unwrap(), value, "{text}");
                assert_eq!(scan.at(), value.to_string().len() as u64, "{text}");
                assert_eq!(scan.sign().unwrap(), after.as_bytes()[0], "{text}");
            }
        }
    }

    #[test]
    fn a_text_that_is_cut_off_is_none() {
        for text in ["", "[1,2", "\"abc", "{\"a\":1"] {
            let error = scan(text).value::<Value>().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text}");
        }
        assert!(scan("[").expect(b'{').is_err());
    }
}
