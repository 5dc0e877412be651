//! Git folders, asked over the calls which clients make.

mod folders;
mod near;
mod repository;
