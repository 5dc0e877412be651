//! The `brickform` command.
fn main() {}
