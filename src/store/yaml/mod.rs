//! The one way YAML is written and read.
//!
//! The emitter's bytes never change between releases, and no YAML 1.1 or 1.2 reader can take a string
//! for something else. The reader refuses what could be read in two ways.

mod emit;
mod error;
mod indicator;
mod locate;
mod read;
mod scalar;

pub use emit::to_yaml;
pub use error::YamlError;
pub use locate::line_of;
pub use read::from_yaml;

pub(super) use scalar::is_invisible;
