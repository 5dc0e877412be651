//! The street door: standard output, standard error, and what they can show.

use std::io::{self, IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use console::Term;

use super::error::CliError;
use super::render::text::plain;
use super::render::{Paint, Tone};

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How brickform talks.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Manners {
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: When,
    /// Prints nothing but the result and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Logs more to standard error; twice for every request
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Logs to standard error as JSON, one object a line
    #[arg(long, global = true)]
    pub(super) log_json: bool,
}

/// Where results and remarks go.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    /// Colours of standard output.
    pub paint: Paint,
    /// Colours of standard error.
    pub paint_err: Paint,
    /// The columns of a line.
    pub width: usize,
    /// Whether progress is drawn.
    pub draws: bool,
    quiet: bool,
    log_json: bool,
}

/// The columns of a line where nobody says otherwise.
const WIDTH: usize = 120;

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

impl Terminal {
    /// Looks at what standard output and standard error are.
    pub(crate) fn open(manners: &Manners) -> Self {
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let colored = |is_terminal: bool| match manners.color {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !dumb && !is_set("NO_COLOR"),
        };
        let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let real = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            paint: Paint::new(colored(io::stdout().is_terminal())),
            paint_err: Paint::new(colored(io::stderr().is_terminal())),
            width: told.or(real).unwrap_or(WIDTH).max(40),
            draws: io::stderr().is_terminal()
                && !manners.quiet
                && !manners.log_json
                && !dumb
                && !is_set("CI"),
            quiet: manners.quiet,
            log_json: manners.log_json,
        }
    }

    /// Writes the result, or a part of it, to standard output.
    ///
    /// # Errors
    /// If it cannot be written; a reader who went away is no error.
    pub(crate) fn result(&self, text: &str) -> Result<(), CliError> {
        self.bytes(text.as_bytes())
    }

    /// As [`Terminal::result`], of bytes that may be no text.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError::failed("cannot write to standard output").because(error))
            }
            _ => Ok(()),
        }
    }

    /// Tells something by the way, on standard error.
    pub(crate) fn remark(&self, text: &str) {
        if self.log_json {
            tracing::info!("{}", text.trim_end());
        } else if !self.quiet {
            self.say(text);
        }
    }

    /// Tells something a person should look at, on standard error.
    pub(crate) fn warn(&self, text: &str) {
        if self.log_json {
            tracing::warn!("{}", text.trim_end());
        } else {
            self.say(&format!(
                "{} {}",
                self.paint_err.tone(Tone::Warning, "warning:"),
                plain(text)
            ));
        }
    }

    /// Tells why the command did not end well, on standard error.
    pub(crate) fn error(&self, error: &CliError) {
        if self.log_json {
            tracing::error!(
                exit = error.exit().code(),
                causes = ?error.causes(),
                hints = ?error.hints(),
                "{}",
                error.message()
            );
        } else {
            self.say(error.render(self.paint_err).trim_end());
        }
    }

    /// Asks a question on standard error; `None` where nobody is there to answer.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let mut err = io::stderr().lock();
        let _ = write!(err, "{question} ").and_then(|()| err.flush());
        drop(err);
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).ok()?;
        Some(answer.trim().to_owned())
    }

    fn say(&self, text: &str) {
        // Nobody is left to be told that standard error is gone.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
