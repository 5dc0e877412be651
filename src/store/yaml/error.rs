//! Why a YAML file was refused.

/// A YAML text that was refused: where, and what to do. It never holds a value of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}; {hint}", self.place())]
pub struct YamlError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The field, such as `tasks[2].name`; empty at the top.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

impl YamlError {
    fn place(&self) -> String {
        let mut place = String::new();
        if let Some(line) = self.line {
            place = format!(", line {line}");
        }
        if !self.field.is_empty() {
            place = format!("{place}, field `{}`", self.field);
        }
        place
    }
}
