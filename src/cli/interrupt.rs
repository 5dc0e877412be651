//! Ctrl-C, and being told to end.

use std::future::Future;

use tokio::sync::watch;

use super::error::CliError;
use super::terminal::Terminal;

/// Waits until a person, or the system, wants the command to end; it listens from the call on.
pub(super) fn asked_to_end() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    async move {
        #[cfg(unix)]
        {
            let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
                return std::future::pending().await;
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Runs work that may be dropped at any time.
pub(super) async fn or_interrupted<T>(
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    tokio::select! {
        result = work => result,
        () = asked_to_end() => Err(CliError::interrupted("interrupted; nothing was written")),
    }
}

/// Runs work that ends cleanly when asked to: the first Ctrl-C asks, the second drops it.
pub(super) async fn stoppable<T, F: Future<Output = T>>(
    terminal: &Terminal,
    work: impl FnOnce(watch::Receiver<bool>) -> F,
) -> Result<T, CliError> {
    let (stop, stopped) = watch::channel(false);
    let work = work(stopped);
    tokio::pin!(work);
    tokio::select! {
        result = &mut work => return Ok(result),
        () = asked_to_end() => {}
    }
    terminal.warn("interrupted: finishing what runs; once more to stop at once");
    // Nobody listens only if the work is over.
    let _ = stop.send(true);
    tokio::select! {
        result = &mut work => Ok(result),
        () = asked_to_end() => Err(CliError::interrupted("stopped at once; some steps may be in doubt")),
    }
}
