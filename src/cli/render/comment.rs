//! A comment that fits: pieces are taken in whole or left out, and what is left out is counted.

use std::fmt::Write as _;

use super::text::number;

/// What a comment on GitHub may hold is 65,536 characters; bytes are never fewer, and some are spared for
/// what is said of the rest.
const LONGEST: usize = 64_000;

/// A comment under way.
pub(super) struct Comment {
    text: String,
    left_out: Vec<(usize, &'static str)>,
}

impl Comment {
    /// Begins with something short.
    pub(super) fn new(head: String) -> Self {
        Self { text: head, left_out: Vec::new() }
    }

    /// Writes pieces between head and foot, each with how many things it is about, as far as they fit.
    ///
    /// Pieces may come up to a share of what is free, so that later sections have a place too.
    pub(super) fn section(
        &mut self,
        (head, foot): (&str, &str),
        what: &'static str,
        share: f64,
        pieces: impl IntoIterator<Item = (usize, String)>,
    ) {
        let free = LONGEST.saturating_sub(self.text.len());
        let room = (free as f64 * share) as usize;
        let (mut body, mut left_out) = (String::new(), 0);
        for (count, piece) in pieces {
            if head.len() + body.len() + piece.len() + foot.len() > room {
                left_out += count;
            } else {
                body.push_str(&piece);
            }
        }
        if !body.is_empty() {
            let _ = write!(self.text, "{head}{body}{foot}");
        }
        if left_out > 0 {
            self.left_out.push((left_out, what));
        }
    }

    /// Ends, and says what was left out and how to see it.
    pub(super) fn finish(mut self, see: &str) -> String {
        if !self.left_out.is_empty() {
            let parts: Vec<String> = self
                .left_out
                .iter()
                .map(|(count, what)| format!("{} {what}", number(*count)))
                .collect();
            let _ = write!(self.text, "\n**Left out here: {}.** {see}\n", parts.join(", "));
        }
        self.text
    }
}
