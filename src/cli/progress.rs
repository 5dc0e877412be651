//! How far a run is: one line per phase, on a terminal.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::terminal::Terminal;
use crate::engine::Progress;

/// The lines of a run's phases, until it is dropped.
pub(super) struct Meter {
    lines: Arc<Lines>,
    draws: bool,
}

#[derive(Default)]
struct Lines {
    all: MultiProgress,
    phases: Mutex<BTreeMap<String, ProgressBar>>,
}

const COUNTED: &str = "{prefix:>10} {wide_bar:.dim} {pos}/{len}  {per_sec}  {eta} left";
const UNCOUNTED: &str = "{prefix:>10} {spinner} {pos}  {per_sec}";

impl Meter {
    /// Lines that are drawn only where the terminal can show them.
    pub(super) fn new(terminal: &Terminal) -> Self {
        Self { lines: Arc::default(), draws: terminal.draws }
    }

    /// What the engine calls.
    pub(super) fn progress(&self) -> Progress {
        if !self.draws {
            return Arc::new(|phase, done, total| {
                if total == Some(done) || done == 0 {
                    tracing::info!(phase, done, total, "progress");
                }
            });
        }
        let lines = Arc::clone(&self.lines);
        Arc::new(move |phase, done, total| lines.show(phase, done, total))
    }
}

impl Lines {
    fn show(&self, phase: &str, done: usize, total: Option<usize>) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = phases.entry(phase.to_owned()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::no_length());
            let template = if total.is_some() { COUNTED } else { UNCOUNTED };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(phase.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if let Some(total) = total {
            bar.set_length(total as u64);
        }
        bar.set_position(done as u64);
        if total.is_some_and(|total| done >= total) {
            bar.disable_steady_tick();
            bar.abandon();
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        for bar in self.lines.phases.lock().unwrap_or_else(PoisonError::into_inner).values() {
            if !bar.is_finished() {
                bar.abandon();
            }
        }
    }
}
