//! A plan, or a difference, as one page that needs nothing but itself.

mod access;
mod data;
mod fields;
mod page;
mod table;

pub(crate) use page::{html_of_comparison, html_of_plan};
