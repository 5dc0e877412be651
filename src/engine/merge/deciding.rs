//! Who changed a field since the last apply, and whose value is taken.

use super::four::Four;
use crate::model::{Divergence, OnConflict, OnEdit, Take};

/// What decides where source and target disagree.
pub(in crate::engine) struct Deciding<'a> {
    /// What happens to edits made in the target.
    pub(in crate::engine) on_edit: OnEdit,
    /// What happens where both sides changed.
    pub(in crate::engine) on_conflict: OnConflict,
    /// What was decided for single edits and conflicts; it goes before the two others.
    pub(in crate::engine) resolve: &'a dyn Fn(&Divergence) -> Option<Take>,
}

/// Who changed a field since the last apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Nobody, or both sides agree again.
    Agreed,
    /// The source alone.
    Source,
    /// The target alone.
    Edited,
    /// Both, to different values.
    Conflict,
    /// Nobody, and yet the target has not what was sent: the server made something else of it.
    NotConvergent,
}

impl Class {
    /// Tells from the four values, the wanted one of two being given to `same` first.
    pub(super) fn of<T: Copy>(
        four: Four<Option<T>>,
        same: impl Fn(Option<T>, Option<T>) -> bool,
    ) -> Self {
        let agreed = || same(four.desired, four.live);
        match (same(four.desired, four.sent), same(four.echoed, four.live)) {
            (true, true) if agreed() => Self::Agreed,
            (true, true) => Self::NotConvergent,
            (false, true) => Self::Source,
            // What the server fills in where nothing is wanted differs from nothing all the same:
            // an edit of it would be lost if the object were sent without it.
            (true, false) if agreed() && (four.desired.is_some() || four.live.is_none()) => {
                Self::Agreed
            }
            (true, false) => Self::Edited,
            (false, false) if agreed() => Self::Agreed,
            (false, false) => Self::Conflict,
        }
    }

    /// Whether there is nothing to decide or tell: the source's value is taken.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::Agreed | Self::Source)
    }
}

/// Where a field is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// Nowhere: the source's value is taken, or there is nothing to decide.
    Nowhere,
    /// Among what stays as the target has it.
    Kept,
    /// Among what nobody has decided.
    Conflict,
    /// Among what the server made something else of.
    NotConvergent,
}

impl Told {
    /// Whether the target's value stands. While nobody has decided, it does.
    pub(super) fn target_stands(self) -> bool {
        matches!(self, Self::Kept | Self::Conflict)
    }
}

/// What a merge has found and decided so far.
pub(super) struct Ledger<'a> {
    deciding: &'a Deciding<'a>,
    /// Where the target's value stays.
    pub(super) kept: Vec<Divergence>,
    /// Where nobody has decided.
    pub(super) conflicts: Vec<Divergence>,
    /// Where the server made something else of what was sent.
    pub(super) not_convergent: Vec<Divergence>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(deciding: &'a Deciding<'a>) -> Self {
        Self { deciding, kept: Vec::new(), conflicts: Vec::new(), not_convergent: Vec::new() }
    }

    /// Decides a field.
    pub(super) fn decide(&self, class: Class, divergence: &Divergence) -> Told {
        let take = match class {
            Class::Agreed | Class::Source => return Told::Nowhere,
            Class::NotConvergent => return Told::NotConvergent,
            Class::Edited => match self.deciding.on_edit {
                OnEdit::Keep => Some(Take::Target),
                OnEdit::Overwrite => Some(Take::Source),
            },
            Class::Conflict => match self.deciding.on_conflict {
                OnConflict::Stop => None,
                OnConflict::Source => Some(Take::Source),
                OnConflict::Target => Some(Take::Target),
            },
        };
        match (self.deciding.resolve)(divergence).or(take) {
            Some(Take::Source) => Told::Nowhere,
            Some(Take::Target) => Told::Kept,
            None => Told::Conflict,
        }
    }

    /// Writes down what was decided.
    pub(super) fn tell(&mut self, told: Told, divergence: Divergence) {
        match told {
            Told::Nowhere => {}
            Told::Kept => self.kept.push(divergence),
            Told::Conflict => self.conflicts.push(divergence),
            Told::NotConvergent => self.not_convergent.push(divergence),
        }
    }

    /// Makes a conflict of something that was decided, because the decisions do not fit together.
    pub(super) fn dispute(&mut self, divergence: Divergence) {
        self.kept.retain(|kept| kept.path != divergence.path);
        if !self.conflicts.contains(&divergence) {
            self.conflicts.push(divergence);
        }
    }
}
