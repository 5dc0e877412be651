//! Plans, differences and reports as people and machines read them.

mod drift;
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

pub(crate) use drift::{drift_line, drift_markdown};
pub(crate) use field::{draw_field, line as field_line};
pub(crate) use findings::findings;
pub(crate) use human::{Human, blocked, differences, steps};
pub(crate) use lines::Texts;
pub(crate) use markdown::{List, Page, markdown};
pub(crate) use paint::{Paint, Tone};
pub(crate) use path::path;
pub(crate) use report::{outcomes, report};
pub(crate) use summary::{comparison_line, summary_line};
