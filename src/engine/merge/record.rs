//! What is remembered of an object after an apply, so that the next merge can tell who changed what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::four::{Four, Nature};
use super::grants::give;
use super::overlay::{look, overlay, place_of};
use crate::engine::diff::CONTENT;
use crate::engine::level::holder;
use crate::kind::Table;
use crate::model::{Divergence, Grant, Image, Merged, Recorded, Resource, canonical};

/// Records an object's settings and content after they were written, or found to be as wanted.
///
/// What was desired counts as sent and what was read back as echoed, except where the target's value
/// was `kept`: there both stay as they were, so that the next plan finds the same edit or conflict
/// again. Rights stay as they were, see [`record_grants`].
pub(in crate::engine) fn record(
    table: &Table,
    desired: &Resource,
    before: Option<&Recorded>,
    kept: &[Divergence],
    read_back: &Resource,
) -> Recorded {
    let (mut sent, mut echoed) = (Vec::new(), Vec::new());
    if let Some(before) = before {
        for kept in kept.iter().filter(|kept| holder(&kept.path).is_none()) {
            let (was_sent, was_echoed) = stays(table, desired, before, kept, read_back);
            sent.push(Merged { path: kept.path.clone(), value: was_sent });
            echoed.push(Merged { path: kept.path.clone(), value: was_echoed });
        }
    }
    let grants = |of: fn(&Recorded) -> &Image| before.and_then(|before| of(before).grants.clone());
    let image = |now: &Resource, stays: &[Merged], grants: Option<BTreeSet<Grant>>| Image {
        grants,
        ..Image::of(&overlay(table, now, stays))
    };
    let sent = image(desired, &sent, grants(|before| &before.sent));
    let echoed = image(read_back, &echoed, grants(Recorded::echo));
    remembered(before, sent, echoed)
}

/// Records an object's rights after they were set, or found to be as wanted.
///
/// `wanted` is what was set. The rights in `standing`, those that were kept and those of which the
/// server makes something else, stay recorded as they were.
pub(in crate::engine) fn record_grants(
    recorded: &Recorded,
    wanted: &BTreeSet<Grant>,
    standing: &[Divergence],
    read_back: &BTreeSet<Grant>,
) -> Recorded {
    let (mut sent, mut echoed) = (wanted.clone(), read_back.clone());
    if let Some(was_sent) = &recorded.sent.grants {
        let was_echoed = recorded.echo().grants.as_ref().unwrap_or(was_sent);
        for principal in standing.iter().filter_map(|standing| holder(&standing.path)) {
            give(&mut sent, &principal, was_sent);
            give(&mut echoed, &principal, was_echoed);
        }
    }
    let sent = Image { grants: Some(sent), ..recorded.sent.clone() };
    let echoed = Image { grants: Some(echoed), ..recorded.echo().clone() };
    remembered(Some(recorded), sent, echoed)
}

/// An echo is left out only where it is the very same: what servers fill in has to be known for an
/// edit of it to be seen.
fn remembered(before: Option<&Recorded>, sent: Image, echoed: Image) -> Recorded {
    Recorded {
        echoed: (echoed != sent).then_some(echoed),
        sent,
        source_object: before.and_then(|before| before.source_object.clone()),
        target_object: before.and_then(|before| before.target_object.clone()),
        protected: before.is_some_and(|before| before.protected),
    }
}

/// What was sent and what was echoed of a field in which the target's value stays.
fn stays(
    table: &Table,
    desired: &Resource,
    before: &Recorded,
    kept: &Divergence,
    read_back: &Resource,
) -> (Option<Value>, Option<Value>) {
    let (sent, echo) = (&before.sent, before.echo());
    let has_content = [&desired.content, &sent.content, &echo.content, &read_back.content];
    if kept.path == CONTENT && has_content.iter().any(|content| content.is_some()) {
        let content = |image: &Image| image.content.as_ref().map(|content| json!(content));
        return (content(sent), content(echo));
    }
    let specs = Four {
        desired: &desired.spec,
        sent: &sent.spec,
        echoed: &echo.spec,
        live: &read_back.spec,
    };
    let values = specs.map(|spec| look(table, spec, &kept.path));
    let place = place_of(table, &kept.path).place;
    let nature = Nature::of(table, &place);
    match values.parts(table, &place, nature) {
        // Of a set only some elements are kept; the others are recorded like any field.
        Some(sets) if nature == Nature::Set => {
            let lists = [&kept.source, &kept.target].into_iter().flatten();
            let concerned: BTreeSet<String> =
                lists.filter_map(Value::as_array).flatten().map(canonical).collect();
            let mixed = |now: &BTreeMap<String, &Value>, old: &BTreeMap<String, &Value>| {
                let new = now.iter().filter(|(name, _)| !concerned.contains(*name));
                let old = old.iter().filter(|(name, _)| concerned.contains(*name));
                new.chain(old).map(|(_, element)| (*element).clone()).collect()
            };
            (Some(mixed(&sets.desired, &sets.sent)), Some(mixed(&sets.live, &sets.echoed)))
        }
        _ => (values.sent.cloned(), values.echoed.cloned()),
    }
}
