//! The merge against a naive model of it, on every row of its table, and on random objects.

mod fields;
mod laws;
mod oracle;
mod rights;
mod sets;
mod specs;
mod toy;
