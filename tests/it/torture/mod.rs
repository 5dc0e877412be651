//! Applies that are killed anywhere, or disturbed by the network and by people, at random.
//!
//! Each of them tries a sample always; all of it where `BRICKFORM_TORTURE` is set, as
//! `tests/run --torture` does. `BRICKFORM_SEEDS=7,21` plays those schedules and no others.

/// Where people find the objects of each kind, and what they change of them by hand.
mod desk;

/// Somebody else who works in the target, and remembers what she did.
mod editor;

/// A target that was filled in part, worked on by hand, and is to follow a source that has moved on.
mod ground;

/// Schedules of trouble and of other people's work, and what holds after each.
mod schedules;

/// Killed at every request of a large apply.
mod sweep;

/// Objects of a target, as somebody lists, reads and changes them who is not brickform.
mod thing;

/// Whether all is tried, and not only a sample.
pub(crate) fn in_full() -> bool {
    std::env::var_os("BRICKFORM_TORTURE").is_some()
}

/// The schedules somebody asked for by number.
fn named_seeds() -> Option<Vec<u64>> {
    let named = std::env::var("BRICKFORM_SEEDS").ok()?;
    Some(named.split(',').map(|seed| seed.parse().expect("numbers, with commas")).collect())
}
