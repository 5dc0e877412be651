//! Snapshots written and read as users meet them.

mod any;
mod cut_off;
mod found;
mod refused;
mod workspace;
mod written;
