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
pub mod text;
mod value;
mod view;

pub use findings::findings;
pub use human::{Human, blocked, steps};
pub use lines::Texts;
pub use markdown::markdown;
pub use paint::{Paint, Tone};
pub use report::report;
pub use summary::{comparison_line, summary_line};
