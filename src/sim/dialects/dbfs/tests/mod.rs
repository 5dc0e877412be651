//! DBFS, asked over the calls which clients make.

mod ask;
mod blocks;
mod files;
mod folders;
