//! The four languages of a notebook, and how each writes what is not code.

use serde::{Deserialize, Serialize};

/// The language of a notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Language {
    /// Python.
    Python,
    /// R.
    R,
    /// Scala.
    Scala,
    /// SQL.
    Sql,
}

impl Language {
    const ALL: [Self; 4] = [Self::Python, Self::R, Self::Scala, Self::Sql];

    /// The language of the API's word for it, which is case-sensitive.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.word() == word)
    }

    /// The language a file name's ending stands for, with the name before that ending.
    pub(crate) fn of_file(name: &str) -> Option<(Self, &str)> {
        let (stem, ending) = name.rsplit_once('.')?;
        let language =
            Self::ALL.into_iter().find(|l| l.extension().eq_ignore_ascii_case(ending))?;
        (!stem.is_empty()).then_some((language, stem))
    }

    /// The API's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Python => "PYTHON",
            Self::R => "R",
            Self::Scala => "SCALA",
            Self::Sql => "SQL",
        }
    }

    /// The ending of a source file, without the dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::R => "r",
            Self::Scala => "scala",
            Self::Sql => "sql",
        }
    }

    /// What begins a comment.
    pub(crate) fn comment(self) -> &'static str {
        match self {
            Self::Python | Self::R => "#",
            Self::Scala => "//",
            Self::Sql => "--",
        }
    }

    /// The first line of every notebook in the SOURCE format.
    pub(crate) fn header(self) -> String {
        format!("{} Databricks notebook source", self.comment())
    }

    /// The line between two cells in the SOURCE format.
    pub(crate) fn separator(self) -> String {
        format!("{} COMMAND ----------", self.comment())
    }

    /// What begins every line of a cell which is not in the notebook's own language.
    pub(crate) fn magic(self) -> String {
        format!("{} MAGIC", self.comment())
    }
}
