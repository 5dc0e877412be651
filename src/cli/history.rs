//! What happened to one object, commit by commit.

use std::collections::VecDeque;
use std::rc::Rc;

use super::error::CliError;
use crate::store::revision::{Commit, History, State};
use crate::store::snapshot_dir::Found;

/// Something that happened to the object in one commit.
pub(super) struct Event {
    /// The commit that shows it first.
    pub commit: Commit,
    /// What the object was before, if it was there.
    pub before: Option<Rc<Found>>,
    /// What it was then, if it was there.
    pub after: Option<Rc<Found>>,
    /// What happened.
    pub what: What,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It is in the snapshot, and was in none before.
    Created,
    /// It is in the first snapshot of the history, or in the first that looked for its kind.
    First,
    /// It is in the oldest commit of a shallow clone: where it comes from is not known here.
    Boundary,
    /// It is another than before.
    Changed,
    /// It is gone.
    Deleted {
        /// Whether the listing was complete, so that it is gone from the workspace as well.
        complete: bool,
    },
    /// The snapshot is damaged where the object stands.
    Unreadable(String),
}

/// What a version of the snapshot says for sure.
enum Known {
    Here(Rc<Found>),
    Gone { complete: bool },
}

impl Known {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Here(one), Self::Here(other)) => {
                Rc::ptr_eq(one, other)
                    || (one.resource.address == other.resource.address
                        && one.resource.full_digest() == other.resource.full_digest())
            }
            (Self::Gone { .. }, Self::Gone { .. }) => true,
            _ => false,
        }
    }

    fn found(self) -> Option<Rc<Found>> {
        match self {
            Self::Here(found) => Some(found),
            Self::Gone { .. } => None,
        }
    }
}

/// The events of a history, newest first, found as they are asked for.
pub(super) struct Events {
    history: History,
    /// What is known of the object, and the oldest commit so far that says so.
    known: Option<(Option<Commit>, Known)>,
    /// Damage, in the oldest commit so far that has it.
    damage: Option<(Commit, String)>,
    ready: VecDeque<Event>,
    is_over: bool,
    /// Whether the object was in any version.
    pub was_seen: bool,
}

impl Events {
    /// The events of a history that nobody has looked into.
    pub(super) fn of(history: History) -> Self {
        Self {
            history,
            known: None,
            damage: None,
            ready: VecDeque::new(),
            is_over: false,
            was_seen: false,
        }
    }

    /// The bytes of an object's content, where it has one.
    pub(super) fn content(&mut self, found: &Found) -> Result<Option<Vec<u8>>, CliError> {
        Ok(self.history.content(found)?)
    }

    /// The commit at which a shallow clone ends, if it does; known after the last event.
    pub(super) fn cut_at(&self) -> Option<&str> {
        self.history.cut_at()
    }

    /// The next older event.
    pub(super) fn older(&mut self) -> Result<Option<Event>, CliError> {
        while self.ready.is_empty() && !self.is_over {
            match self.history.next().transpose()? {
                Some(version) => self.take_in(version.commit, version.state),
                None => self.end(),
            }
        }
        Ok(self.ready.pop_front())
    }

    fn take_in(&mut self, commit: Option<Commit>, state: State) {
        let now = match state {
            State::Here(found) => {
                self.was_seen = true;
                Known::Here(found)
            }
            State::Gone { complete } => Known::Gone { complete },
            // What was not looked for, or cannot be read, may have been as it was before or after.
            State::NotLookedFor | State::NoSnapshot => return self.tell_damage(),
            State::Unreadable(why) => {
                let is_same = self.damage.as_ref().is_some_and(|(_, told)| *told == why);
                if !is_same {
                    self.tell_damage();
                }
                self.damage = commit.map(|commit| (commit, why));
                return;
            }
        };
        self.tell_damage();
        match self.known.take() {
            Some((_, newer)) if newer.is(&now) => self.known = Some((commit, newer)),
            Some((Some(since), newer)) => {
                let what = match (&newer, &now) {
                    (Known::Gone { complete }, _) => What::Deleted { complete: *complete },
                    (_, Known::Gone { .. }) => What::Created,
                    _ => What::Changed,
                };
                let before = match &now {
                    Known::Here(found) => Some(Rc::clone(found)),
                    Known::Gone { .. } => None,
                };
                self.ready.push_back(Event { commit: since, before, after: newer.found(), what });
                self.known = Some((commit, now));
            }
            _ => self.known = Some((commit, now)),
        }
    }

    fn tell_damage(&mut self) {
        if let Some((commit, why)) = self.damage.take() {
            let what = What::Unreadable(why);
            self.ready.push_back(Event { commit, before: None, after: None, what });
        }
    }

    fn end(&mut self) {
        self.is_over = true;
        self.tell_damage();
        if let Some((Some(since), Known::Here(found))) = self.known.take() {
            let is_cut = self.cut_at().is_some();
            let what = if is_cut { What::Boundary } else { What::First };
            self.ready.push_back(Event { commit: since, before: None, after: Some(found), what });
        }
    }
}
