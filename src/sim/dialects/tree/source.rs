//! Notebooks as text: the header line, the cells, and the lines between them.

use super::language::Language;

/// The body of a notebook: the text without its header line, if it has one.
pub(crate) fn without_header(language: Language, text: &str) -> Option<&str> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    (first.trim_end() == language.header()).then_some(rest)
}

/// The text the SOURCE export gives for a body: the header line is always there.
pub(crate) fn with_header(language: Language, body: &str) -> String {
    format!("{}\n{body}", language.header())
}

/// One cell of a notebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Code, in the notebook's language or begun by a magic such as `%sql`.
    Code(String),
    /// Markdown.
    Markdown(String),
}

/// Splits a body into its cells.
pub(crate) fn cells(language: Language, body: &str) -> Vec<Cell> {
    let separator = language.separator();
    let mut texts = vec![Vec::new()];
    for line in body.lines() {
        if line.trim_end() == separator {
            texts.push(Vec::new());
        } else if let Some(text) = texts.last_mut() {
            text.push(line);
        }
    }
    texts.iter().map(|lines| cell(language, lines)).collect()
}

fn cell(language: Language, lines: &[&str]) -> Cell {
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    let magic = language.magic();
    let plain: Option<Vec<&str>> = text
        .lines()
        .map(|line| line.strip_prefix(&magic).map(|rest| rest.strip_prefix(' ').unwrap_or(rest)))
        .collect();
    match plain {
        Some(lines) if !lines.is_empty() => {
            let text = lines.join("\n");
            match text.strip_prefix("%md") {
                Some(markdown) => {
                    Cell::Markdown(markdown.trim_start_matches([' ', '\n']).to_owned())
                }
                None => Cell::Code(text),
            }
        }
        _ => Cell::Code(text.to_owned()),
    }
}

/// Joins cells into a body.
pub(crate) fn body(language: Language, cells: &[Cell]) -> String {
    let texts: Vec<String> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Markdown(text) => magic(language, &format!("%md\n{text}")),
            Cell::Code(text) if text.starts_with('%') => magic(language, text),
            Cell::Code(text) => text.clone(),
        })
        .collect();
    texts.join(&format!("\n\n{}\n\n", language.separator()))
}

fn magic(language: Language, text: &str) -> String {
    let word = language.magic();
    let lines: Vec<String> = text
        .lines()
        .map(|line| if line.is_empty() { word.clone() } else { format!("{word} {line}") })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Cell, body, cells, with_header, without_header};
    use crate::sim::dialects::tree::language::Language;

    #[test]
    fn the_header_is_taken_off_and_put_back() {
        let text = "-- Databricks notebook source\nselect 1";
        assert_eq!(without_header(Language::Sql, text), Some("select 1"));
        assert_eq!(with_header(Language::Sql, "select 1"), text);
        assert_eq!(without_header(Language::Python, text), None);
        assert_eq!(without_header(Language::R, "# Databricks notebook source"), Some(""));
        assert_eq!(without_header(Language::R, "# Databricks notebook source\r\nx"), Some("x"));
    }

    #[test]
    fn cells_survive_the_way_to_text_and_back() {
        let all = [
            Cell::Markdown("# Title\n\nwords".into()),
            Cell::Code("a = 1\n\nb = 2".into()),
            Cell::Code("%sql\nselect 1".into()),
        ];
        let text = body(Language::Python, &all);
        assert!(text.starts_with(
            "# MAGIC %md\n# MAGIC # Title\n# MAGIC\n# MAGIC words\n\n# COMMAND ----------\n\na = 1"
        ));
        assert_eq!(cells(Language::Python, &text), all);
    }
}
