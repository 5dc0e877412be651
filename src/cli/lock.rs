//! The lock on a target, around an apply.

use std::time::Duration;

use clap::Args;
use tokio::sync::watch::{self, Receiver};
use tokio::task::JoinSet;

use super::connection::Target;
use super::error::CliError;
use super::terminal::Terminal;
use crate::engine::apply::Report;
use crate::engine::lease::{Claim, Holder, Lease, LeaseError, LeaseOptions, Loss};
use crate::engine::remote::RemoteError;
use crate::model::{Finding, Record};
use crate::store::Journal;

/// For how long a lock stands whose holder gives no sign of life.
const TTL: Duration = Duration::from_secs(60);

/// How to behave where another apply works on the target.
#[derive(Args, Clone, Debug)]
pub(super) struct LockArgs {
    /// How long to wait while another apply works on the target; 0s does not wait
    ///
    /// One whose process died is seen to be dead after a little more than 60 seconds.
    #[arg(long, value_name = "TIME", default_value = "90s", value_parser = time)]
    lock_timeout: Duration,
}

/// Reads a time as people write it, such as `90s` or `5m`.
fn time(text: &str) -> Result<Duration, String> {
    let parsed: Result<jiff::SignedDuration, _> = text.parse();
    parsed
        .ok()
        .and_then(|time| Duration::try_from(time).ok())
        .ok_or_else(|| "not a time such as 90s, 5m or 0s".to_owned())
}

/// Who wants a lock, and how.
pub(super) struct Wish<'a> {
    /// Where.
    pub target: &'a Target,
    /// How long to wait.
    pub args: &'a LockArgs,
    /// What is done there.
    pub what: String,
    /// The command.
    pub command: String,
    /// The flags that reach the same workspace.
    pub flags: String,
    /// Where it is written that a lock is taken, if this run may have to go on later.
    pub journal: Option<&'a Journal>,
    /// What earlier runs wrote there.
    pub before: &'a [Record],
    /// Becomes true when the command is to end.
    pub stop: Receiver<bool>,
    /// Whom to tell of a wait.
    pub terminal: &'a Terminal,
}

/// The lock of one apply, or what is to be said where there can be none.
pub(super) enum Lock {
    /// It is held.
    Held(Box<Lease>),
    /// The target keeps no locks.
    None(Finding),
}

/// Who a run is, for other runs and for people.
pub(super) fn holder(target: &Target, what: String, command: String) -> Holder {
    let caller = &target.caller.source.caller;
    Holder {
        word: uuid::Uuid::new_v4().simple().to_string(),
        who: if caller.is_empty() { "somebody".to_owned() } else { caller.clone() },
        what,
        command,
        since: format!("{:.0}", jiff::Timestamp::now()),
    }
}

/// A holder, in words.
pub(super) fn words(holder: &Holder) -> String {
    let told = |before: &str, value: &str, after: &str| match value {
        "" => String::new(),
        value => format!("{before}{value}{after}"),
    };
    let Holder { who, what, command, since, .. } = holder;
    format!("{who}{}, for {what}{}", told(" since ", since, ""), told(" (`", command, "`)"))
}

impl Lock {
    /// Takes the lock of a target; that it is taken is in the journal first.
    pub(super) async fn take(wish: Wish<'_>) -> Result<Self, CliError> {
        let holder = holder(wish.target, wish.what, wish.command);
        // Who has the journal has it alone, so the processes of earlier runs are gone.
        let own = wish.before.iter().filter_map(|record| match record {
            Record::Locking { holder } => Some(holder.clone()),
            _ => None,
        });
        if let Some(journal) = wish.journal {
            journal.append(&Record::Locking { holder: holder.word.clone() }).await?;
        }
        let waiting = |claim: &Claim| {
            let holder = words(&claim.holder);
            wish.terminal.remark(&format!("waiting for the lock, which {holder} holds"));
        };
        let options = LeaseOptions {
            holder,
            ttl: TTL,
            patience: wish.args.lock_timeout,
            own: own.collect(),
            waiting: &waiting,
            stop: wish.stop,
        };
        match Lease::acquire(&wish.target.session, options).await {
            Ok(lease) => Ok(Self::Held(Box::new(lease))),
            Err(LeaseError::Impossible(reason)) => Ok(Self::None(no_lock(&reason))),
            Err(error) => Err(refusal(error, wish.target, &wish.flags)),
        }
    }

    /// A word to stop that is also given when the lock is lost; it is listened to as long as `tasks` last.
    pub(super) fn stop(&self, mut stop: Receiver<bool>, tasks: &mut JoinSet<()>) -> Receiver<bool> {
        let Self::Held(lease) = self else { return stop };
        let (either, stopped) = watch::channel(*stop.borrow());
        let mut lost = lease.lost();
        tasks.spawn(async move {
            tokio::select! {
                Ok(_) = stop.wait_for(|stop| *stop) => {}
                Ok(_) = lost.wait_for(Option::is_some) => {}
                else => return,
            }
            either.send_replace(true);
        });
        stopped
    }

    /// Whether it was had, and is lost.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Held(lease) if lease.lost().borrow().is_some())
    }

    /// Gives the lock back however the run ended, and says in its report what became of the lock.
    pub(super) async fn release(self, done: Result<Report, CliError>) -> Result<Report, CliError> {
        let (lost, left) = match self {
            Self::Held(lease) => {
                let loss = lease.lost().borrow().clone();
                (loss, lease.release().await.err())
            }
            Self::None(finding) => {
                let mut report = done?;
                report.findings.push(finding);
                return Ok(report);
            }
        };
        let mut report = done?;
        if let Some(loss) = lost {
            // Nobody asked it to stop: what was not begun makes this a part, or a failure.
            report.stopped = false;
            report.findings.push(lock_lost(&loss));
        }
        if let Some(error) = left {
            let message = format!("the lock could not be given back: {error}");
            let hint = format!("it ends by itself after {} s", TTL.as_secs());
            report.findings.push(Finding::note("lock-left", "", message).hint(hint));
        }
        Ok(report)
    }
}

fn no_lock(reason: &str) -> Finding {
    let message = format!("nothing keeps other applies away from this target: {reason}");
    Finding::warning("no-lock", "", message)
        .hint("make sure that nobody else applies to it at the same time")
}

fn lock_lost(loss: &Loss) -> Finding {
    let how = match loss {
        Loss::Taken(claim) if claim.released => {
            format!("it was taken away by {}", words(&claim.holder))
        }
        Loss::Taken(claim) => format!("now it is held by {}", words(&claim.holder)),
        Loss::Silent { reason } => format!("it could not be renewed in time: {reason}"),
    };
    Finding::error(
        "lock-lost",
        "",
        format!("the lock was lost, so no further step was begun; {how}"),
    )
    .hint("when nobody else works on the target, go on with --resume")
}

/// Why a lock is not had, for people.
pub(super) fn refusal(error: LeaseError, target: &Target, flags: &str) -> CliError {
    let host = target.session.host();
    match error {
        LeaseError::Held { claim, silent } => {
            let holder = words(&claim.holder);
            let mut refusal =
                CliError::refused(format!("{host} is locked: {holder} holds the lock"))
                    .hint("wait for it: add --lock-timeout 5m")
                    .hint(format!("if that run is surely over: `brickform unlock{flags}`"));
            if silent.as_secs() > claim.ttl / 2 {
                let silent = silent.as_secs();
                refusal = refusal.hint(format!(
                    "it gave no sign of life for {silent} s; after {} s it is taken over",
                    claim.ttl
                ));
            }
            refusal
        }
        LeaseError::Newer { .. } => {
            CliError::refused(format!("{host} is locked by a newer brickform"))
                .because(error)
                .hint("wait until that run is over, or update brickform")
        }
        LeaseError::Changed => {
            CliError::refused("the lock has changed hands meanwhile").hint("look again")
        }
        LeaseError::Stopped => {
            CliError::interrupted("interrupted while waiting for the lock; nothing was sent")
        }
        LeaseError::Impossible(reason) => {
            CliError::failed(format!("{host} keeps no lock")).because(reason)
        }
        LeaseError::Remote(error @ RemoteError::Taken { .. }) => {
            CliError::refused(format!("{host} cannot be locked")).because(error)
        }
        LeaseError::Remote(error) => {
            CliError::failed(format!("{host} cannot be locked")).because(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_people_write_them() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(time("0s"), Ok(Duration::ZERO));
        for wrong in ["", "90", "-5m", "soon"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_lost_lock_says_to_whom() {
        let [who, what, command, since] =
            ["ana@x.com", "plan 12", "brickform apply p", "2026-01-01T00:00:00Z"]
                .map(str::to_owned);
        let known = Holder { word: "w".to_owned(), who, what, command, since };
        assert_eq!(
            words(&known),
            "ana@x.com since 2026-01-01T00:00:00Z, for plan 12 (`brickform apply p`)"
        );
        let unknown = Holder { since: String::new(), command: String::new(), ..known };
        assert_eq!(words(&unknown), "ana@x.com, for plan 12");
        let silent = lock_lost(&Loss::Silent { reason: "no route".to_owned() });
        assert!(silent.message.contains("could not be renewed in time: no route"));
    }
}
