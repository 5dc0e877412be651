//! Time that passes only where somebody waits.

use std::thread::JoinHandle;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::cli::error::CliError;

/// Runs work in a time of its own: whenever all of it waits, its clock is put forward, so that an hour of
/// waiting takes no time. Dropped, it ends the work.
pub(super) async fn in_its_own_time<T, F>(
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<T, CliError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CliError>>,
{
    let cannot = |error| CliError::failed("cannot start the rehearsal").because(error);
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = oneshot::channel();
    let runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build().map_err(cannot)?;
    let thread = std::thread::Builder::new()
        .name("rehearsal".to_owned())
        .spawn(move || {
            let outcome = runtime.block_on(async {
                tokio::select! {
                    outcome = work() => Some(outcome),
                    _ = stopped => None,
                }
            });
            // Nobody waits for it only if it was stopped.
            let _ = outcome.map(|outcome| tell.send(outcome));
        })
        .map_err(cannot)?;
    let running = Running { stop: Some(stop), thread: Some(thread) };
    let outcome = told.await;
    drop(running);
    outcome.unwrap_or_else(|_| Err(CliError::failed("the rehearsal broke off")))
}

/// A thread that is stopped and waited for when this is dropped, so that it leaves nothing behind.
struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it had to say, it has said.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn an_hour_takes_no_time() {
        let begun = Instant::now();
        let passed = in_its_own_time(|| async {
            let begun = tokio::time::Instant::now();
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(begun.elapsed())
        });
        assert!(passed.await.unwrap() >= Duration::from_secs(3600));
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_ends() {
        let work = in_its_own_time(|| async { std::future::pending::<Result<(), _>>().await });
        let outcome = tokio::time::timeout(Duration::from_millis(50), work).await;
        assert!(outcome.is_err());
    }
}
