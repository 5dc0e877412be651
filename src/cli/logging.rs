//! Logs, to standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use super::terminal::{Manners, Terminal};

/// Starts logging. `BRICKFORM_LOG` chooses what is logged, where it is set.
pub(super) fn start(manners: &Manners, terminal: &Terminal) {
    let level = match (manners.verbose, manners.log_json) {
        (0, false) => "warn",
        (0, true) => "warn,brickform=info",
        (1, _) => "info,brickform=debug",
        (_, _) => "debug,brickform=trace",
    };
    let filter = EnvFilter::try_from_env("BRICKFORM_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(terminal.paint_err.is_colored())
        .with_writer(io::stderr);
    // A second start in one process keeps the first: tests call commands in process.
    let _ = if manners.log_json {
        subscriber.json().flatten_event(true).try_init()
    } else {
        subscriber.with_target(false).without_time().try_init()
    };
}
