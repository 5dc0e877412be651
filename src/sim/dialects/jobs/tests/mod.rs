//! Jobs, asked over the calls which clients make.

mod ask;
mod kept;
mod refusals;
