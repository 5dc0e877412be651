//! Plans, differences and reports as people and machines read them.

mod field;
mod findings;
mod human;
mod lines;
mod markdown;
mod paint;
mod path;
mod report;
mod summary;
pub(crate) mod text;
mod value;
mod view;

pub(crate) use field::{draw_field, line as field_line};
pub(crate) use findings::findings;
pub(crate) use human::{Human, blocked, steps};
pub(crate) use lines::Texts;
pub(crate) use markdown::markdown;
pub(crate) use paint::{Paint, Tone};
pub(crate) use path::path;
pub(crate) use report::report;
pub(crate) use summary::{comparison_line, summary_line};
