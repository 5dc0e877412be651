//! Risks in words, signs and colours.

use super::paint::Tone;
use crate::engine::Risk;

/// The heading.
pub(super) fn title(risk: Risk) -> &'static str {
    match risk {
        Risk::Delete => "Deleted",
        Risk::Replace => "Replaced: deleted and created again",
        Risk::Reach => "Felt far beyond the object",
        Risk::Revoke => "Access taken away",
        Risk::Update => "Changed in place",
        Risk::Rename => "Renamed",
        Risk::Grant => "Rights given on objects that exist",
        Risk::Create => "Created",
        Risk::Complete => "Set last, on new objects",
        Risk::NewGrants => "Rights set on new objects",
    }
}

/// The heading where a workspace is compared with a snapshot.
pub(super) fn difference(risk: Risk) -> &'static str {
    match risk {
        Risk::Delete => "Missing: only in the snapshot",
        Risk::Create => "Extra: only in the workspace",
        Risk::Grant | Risk::NewGrants => "With other rights in the workspace",
        _ => "Different in the workspace",
    }
}

/// The risk in a word or two, for a small label.
pub(super) fn word(risk: Risk) -> &'static str {
    match risk {
        Risk::Delete => "delete",
        Risk::Replace => "replace",
        Risk::Reach => "far-reaching",
        Risk::Revoke => "take away",
        Risk::Update => "change",
        Risk::Rename => "rename",
        Risk::Grant => "give rights",
        Risk::Create => "create",
        Risk::Complete => "set last",
        Risk::NewGrants => "rights of new",
    }
}

/// The sign.
pub(super) fn sign(risk: Risk) -> &'static str {
    match risk {
        Risk::Delete => "-",
        Risk::Replace => "-/+",
        Risk::Reach => "!",
        Risk::Update | Risk::Complete => "~",
        Risk::Rename => "»",
        Risk::Revoke | Risk::Grant | Risk::NewGrants => "±",
        Risk::Create => "+",
    }
}

/// The colour.
pub(super) fn tone(risk: Risk) -> Tone {
    match risk {
        Risk::Delete | Risk::Reach | Risk::Revoke => Tone::Delete,
        Risk::Replace => Tone::Replace,
        Risk::Update | Risk::Rename | Risk::Complete => Tone::Update,
        Risk::Grant | Risk::NewGrants => Tone::Grants,
        Risk::Create => Tone::Create,
    }
}

/// Whether what exists may be hurt, so that a reader sees it unasked.
pub(super) fn is_grave(risk: Risk) -> bool {
    risk <= Risk::Revoke
}

/// Whether each object's fields are of less interest than how many there are.
pub(super) fn is_lumped(risk: Risk) -> bool {
    matches!(risk, Risk::Delete | Risk::Create | Risk::NewGrants | Risk::Complete)
}
