//! Clusters, asked over the calls which clients make.

mod ask;
mod attributes;
mod life;
