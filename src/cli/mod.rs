//! Commands, output and exit codes: the only room that reads the environment, the clock, and prints.

mod apply;
mod args;
mod compare;
mod completions;
mod config;
mod connection;
mod demo;
mod diff;
mod error;
mod export;
mod in_process;
mod interrupt;
mod journal;
mod kinds;
mod logging;
mod man;
mod plan;
mod progress;
mod reference;
mod render;
mod review;
mod rewrites;
mod run;
mod selection;
mod show;
mod sim;
mod terminal;
mod validate;

pub use error::{CliError, Exit};
pub use kinds::page as kinds_page;
pub use reference::{command, reference};
pub use run::{run, start};
