//! Runs of MLflow: how they are listed by day, read and stored whole, and written once.

mod artifacts;
mod batch;
mod blocks;
mod copy;
mod day;
mod document;
mod history;
mod left_out;
mod list;
mod notes;
mod point;
mod read;
mod scan;
mod search;
mod series;
mod signed;
mod store;
mod stored;
mod tags;
mod write;

pub(in crate::kinds) use list::list;
pub(in crate::kinds) use read::{fresh, read};
pub(in crate::kinds) use search::copy_of;
pub(in crate::kinds) use write::{create, delete, write};
