//! The `brickform` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(brickform::cli::start(std::env::args_os()).code())
}
