//! Plans, differences and reports as people and machines read them.

mod access;
mod blocked;
mod code;
mod comment;
mod diverged;
mod drift;
mod field;
mod findings;
mod html;
mod human;
mod lines;
mod markdown;
mod paint;
mod path;
mod report;
mod risk;
mod summary;
pub(crate) mod text;
mod value;
mod view;

pub(crate) use access::draw_access;
pub(crate) use blocked::blocked;
pub(crate) use diverged::diverged;
pub(crate) use drift::drift_line;
pub(crate) use field::{draw_field, line as field_line};
pub(crate) use findings::findings;
pub(crate) use html::{html_of_comparison, html_of_plan};
pub(crate) use human::{Human, differences, steps};
pub(crate) use lines::Texts;
pub(crate) use markdown::{
    List, Page, access_markdown, comparison_markdown, drift_markdown, markdown,
};
pub(crate) use paint::{Paint, Tone};
pub(crate) use path::path;
pub(crate) use report::{outcomes, report};
pub(crate) use summary::{comparison_line, summary_line};
