//! Runs of MLflow: how they are listed by day, read and stored whole, and written once.

mod artifacts;
mod batch;
mod copy;
mod day;
mod document;
mod history;
mod left_out;
mod list;
mod point;
mod read;
mod scan;
mod search;
mod series;
mod stored;
mod tags;
mod write;

pub(in crate::kinds) use list::list;
pub(in crate::kinds) use read::{fresh, read};
pub(in crate::kinds) use search::copy_of;
pub(in crate::kinds) use write::{create, delete, write};
