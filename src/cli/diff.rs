//! `brickform diff`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::compare::{compare, set_aside};
use super::error::{CliError, Exit};
use super::plan::contents;
use super::render::text::wrap;
use super::render::{
    Human, Tone, comparison_line, comparison_markdown, draw_access, findings, html_of_comparison,
    steps,
};
use super::review::{Review, ReviewFormat};
use super::select::{self, Selection};
use super::selection;
use super::terminal::Terminal;
use crate::model::{Address, Digest, Finding};
use crate::store::revision;

/// Compare two snapshots
///
/// Shows what leads from A to B: directories, or git:REV[:PATH] for a snapshot as it was at a revision
/// of a git repository. Exits with 2 where they differ.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DiffArgs {
    /// The snapshot to start from
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The snapshot to end with
    #[arg(value_name = "B")]
    after: PathBuf,
    #[command(flatten)]
    selection: Selection,
    /// For people, for machines, for a comment on a pull request, or as a page for a browser
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReviewFormat,
    /// Shows every object and field
    #[arg(long)]
    expand: bool,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    #[default]
    Human,
    /// For machines
    Json,
}

const EXAMPLES: &str = "\
Examples:
  brickform diff monday friday
  brickform diff test prod --expand | less -R
  brickform diff test prod --select job --exclude 'job:tmp-*'
  brickform diff monday friday --format html > week.html
  brickform diff git:HEAD~1 . --format markdown >> $GITHUB_STEP_SUMMARY
  brickform diff git:v1:snapshot git:v2:snapshot";

pub(super) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let selectors = args.selection.objects()?;
    let (mut before, mut after) = (revision::read(&args.before)?, revision::read(&args.after)?);
    let both = before.snapshot.resources.iter().chain(&after.snapshot.resources);
    let mut chosen = select::of_objects(&selectors, both)?;
    let both = before.snapshot.resources.keys().chain(after.snapshot.resources.keys());
    let both: BTreeSet<&Address> = both.collect();
    let hidden = both.into_iter().filter(|address| !chosen.has_object(address)).count();
    for side in [&mut before, &mut after] {
        side.snapshot.resources.retain(|address, _| chosen.has_object(address));
    }
    let aside = set_aside(&mut before.snapshot, &mut after.snapshot);
    let note = |(kind, count): (&String, &usize)| {
        let message = format!("{count} are in one snapshot, and the other was not to hold them");
        Finding::note("not-compared", kind, message).counts(*count)
    };
    chosen.findings.extend(aside.iter().map(note));
    let catalogue = selection::everything();
    let found = compare(&catalogue, &before.snapshot, &after.snapshot);
    let review = Review::between(&catalogue, &found.steps, &before.snapshot, &after.snapshot);
    let (old, new) = (contents(&before), contents(&after));
    let texts = |digest: &Digest| match old.get(digest) {
        Some(resource) => before.content(resource).ok(),
        None => after.content(new.get(digest)?).ok(),
    };
    let line = comparison_line(&found.steps, found.same, hidden);
    let names = [&args.before, &args.after].map(|dir| dir.display().to_string());
    let names = (names[0].as_str(), names[1].as_str());
    let text = match args.format {
        ReviewFormat::Json => {
            let json = json!({
                "before": before.root_digest(), "after": after.root_digest(),
                "same": found.same, "hidden": hidden, "not_compared": aside,
                "steps": found.steps,
            });
            format!("{json:#}\n")
        }
        ReviewFormat::Human => {
            let human = Human {
                paint: terminal.paint,
                width: terminal.width,
                expand: args.expand,
                contents: &texts,
            };
            let line = human.paint.tone(Tone::Title, &wrap(&line, human.width, 2));
            let mut text = steps(&human, &found.steps, &review);
            if let Some(access) = &review.access {
                text.push_str(&draw_access(&human, access, true));
            }
            text.push_str(&findings(&human, &chosen.findings));
            format!("{text}{line}\n")
        }
        ReviewFormat::Markdown => {
            let (steps, findings) = (&found.steps, &chosen.findings);
            comparison_markdown(names, &line, steps, &review, findings, &texts, args.expand)
        }
        ReviewFormat::Html => {
            html_of_comparison(names, &found.steps, (found.same, hidden), &review, &texts)
        }
    };
    terminal.result(&text)?;
    Ok(if found.steps.is_empty() { Exit::Done } else { Exit::Different })
}
