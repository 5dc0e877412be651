//! Comments on any plan: they fit, and nothing in them is markup.

mod fits;
mod hostile;
