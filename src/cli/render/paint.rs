//! Colours, or none.

use console::Style;

/// What a piece of text says, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something comes into being.
    Create,
    /// Something changes in place.
    Update,
    /// Something is deleted and made again.
    Replace,
    /// Something goes away.
    Delete,
    /// Rights are set.
    Grants,
    /// Something does not happen.
    Blocked,
    /// A heading.
    Title,
    /// Something less important.
    Dim,
    /// The word before an error.
    Error,
    /// The word before a warning.
    Warning,
    /// The word before a hint.
    Hint,
    /// The part of a removed line that differs.
    Gone,
    /// The part of an added line that differs.
    New,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(bool);

impl Paint {
    /// Colours if `colored`.
    pub fn new(colored: bool) -> Self {
        Self(colored)
    }

    /// No colours.
    pub fn plain() -> Self {
        Self(false)
    }

    /// Whether there are colours.
    pub fn is_colored(self) -> bool {
        self.0
    }

    /// Writes text in the colour of a tone.
    pub fn tone(self, tone: Tone, text: &str) -> String {
        if !self.0 {
            return text.to_owned();
        }
        let style = Style::new().force_styling(true);
        let style = match tone {
            Tone::Create => style.green(),
            Tone::Update => style.yellow(),
            Tone::Replace => style.magenta().bold(),
            Tone::Delete => style.red(),
            Tone::Grants => style.blue(),
            Tone::Blocked | Tone::Error => style.red().bold(),
            Tone::Title => style.bold(),
            Tone::Dim => style.dim(),
            Tone::Warning => style.yellow().bold(),
            Tone::Hint => style.cyan().bold(),
            Tone::Gone => style.red().underlined(),
            Tone::New => style.green().underlined(),
        };
        style.apply_to(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_wanted() {
        assert_eq!(Paint::plain().tone(Tone::Create, "+"), "+");
        assert_eq!(Paint::new(true).tone(Tone::Create, "+"), "\u{1b}[32m+\u{1b}[0m");
    }
}
