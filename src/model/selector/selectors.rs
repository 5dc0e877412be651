//! What was asked for on a command line, taken together.

use serde::{Deserialize, Serialize};

use super::Selector;

/// Which objects a command is about: those that any of `select` selects, or all where there is none, without
/// those that any of `exclude` selects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selectors {
    /// What is selected; empty for everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub select: Vec<Selector>,
    /// What is left out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Selector>,
}

impl Selectors {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty()
    }

    /// All selectors, those that leave out at the end.
    pub fn all(&self) -> impl Iterator<Item = &Selector> {
        self.select.iter().chain(&self.exclude)
    }

    /// The flags that ask for the same, each with a blank before it, quoted for a shell.
    pub fn flags(&self) -> String {
        let flag = |name: &str, selector: &Selector| {
            format!(" --{name} '{}'", selector.to_string().replace('\'', r"'\''"))
        };
        let select = self.select.iter().map(|selector| flag("select", selector));
        select.chain(self.exclude.iter().map(|selector| flag("exclude", selector))).collect()
    }
}
