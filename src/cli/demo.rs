//! `brickform demo`.

mod neighbour;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use tokio::sync::watch;

use super::apply;
use super::base::Known;
use super::connection::Target;
use super::error::{CliError, Exit};
use super::export::{self, Wish};
use super::interrupt::or_interrupted;
use super::journal::Place;
use super::plan::{self, Made, Source};
use super::progress::Meter;
use super::render::text::wrap;
use super::render::{Human, Tone, report, summary_line};
use super::review::Review;
use super::terminal::Terminal;
use super::values::{MadeUp, Seal};
use super::{in_process, selection, show};
use crate::engine::apply::OnStale;
use crate::model::{Digest, Options as PlanOptions, Selectors};
use crate::sim::seed::{Seed, plant};
use crate::sim::{Options, Workspace};
use crate::store::{Journal, read_plan, write_plan};

/// See the whole story on two simulated workspaces
///
/// Exports a believable workspace, plans it against another one that holds some objects of the same names,
/// applies the plan, and shows that a second plan is empty. Needs no workspace and no network, and writes
/// only into its directory.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DemoArgs {
    /// Keeps snapshot, rewrites, plan and journal in this directory; a temporary one by default
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Shows every object and field of the plan
    #[arg(long)]
    expand: bool,
}

const EXAMPLES: &str = "\
Examples:
  brickform demo
  brickform demo --dir demo && ls demo/snapshot";

const TOKEN: &str = "dapi-simulated";

/// The story and where it is told.
struct Story<'a> {
    terminal: &'a Terminal,
    meter: Meter,
    dir: PathBuf,
    expand: bool,
}

pub(super) async fn run(args: &DemoArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => export::scratch()?.keep(),
    };
    std::fs::create_dir_all(&dir).map_err(|error| {
        CliError::failed(format!("cannot make {}", dir.display())).because(error)
    })?;
    if Place::of(&dir.join("plan.json")).path().exists() {
        return Err(CliError::refused(format!("{} holds an earlier demo", dir.display()))
            .hint("name another directory with --dir, or remove that one"));
    }
    let story = Story { terminal, meter: Meter::new(terminal), dir, expand: args.expand };
    or_interrupted(story.tell()).await
}

impl Story<'_> {
    fn chapter(&self, title: &str, text: &str) -> Result<(), CliError> {
        let title = self.terminal.paint.tone(Tone::Title, &format!("── {title}"));
        let text = wrap(text, self.terminal.width.min(100), 0);
        self.terminal.result(&format!("{title}\n{text}\n\n"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    async fn tell(&self) -> Result<Exit, CliError> {
        let old = workspace(1, &Seed::Acme).await?;
        let new = workspace(2, &Seed::Empty).await?;
        let (old, new) =
            (in_process::open(&old, TOKEN).await?, in_process::open(&new, TOKEN).await?);

        let snapshot = self.export(&old).await?;
        let neighbour = neighbour::settle(&new, &snapshot).await?;
        let rewrites = self.path("rewrites.yaml");
        write(&rewrites, &neighbour.rewrites)?;
        self.chapter(
            "2. Plan",
            &format!(
                "The second workspace is another one, {}. It holds {}. E-mail addresses change on the way, as {} says.",
                new.session.host(),
                neighbour.holds,
                rewrites.display()
            ),
        )?;
        let source = Source::read(&snapshot, Some(&rewrites))?;
        let made = plan::make(
            &new,
            &source,
            PlanOptions::default(),
            Known::default(),
            self.meter.progress(),
        )
        .await?;
        let file = self.path("plan.json");
        write_plan(&file, &made.plan)?;
        self.show(&made, &source)?;

        self.apply(&new, &source, &file).await?;
        self.second_plan(&new, &source).await
    }

    async fn export(&self, old: &Target) -> Result<PathBuf, CliError> {
        let snapshot = self.path("snapshot");
        self.chapter(
            "1. Export",
            &format!(
                "A simulated workspace, {}, holds Acme: people, groups, notebooks, jobs, clusters, policies, secrets, models and rights.",
                old.session.host()
            ),
        )?;
        let (selectors, named) = (Selectors::default(), selection::named(&[])?);
        let wish = Wish { selectors, named, grants: true, seal: Seal::default() };
        let exported = {
            let progress = self.meter.progress();
            export::export(old, &wish, &snapshot, progress, Box::new(|_| {})).await?
        };
        let human = self.human(&|_| None);
        self.terminal.result(&format!("{}\n", export::report(&human, &exported, &snapshot)))?;
        Ok(snapshot)
    }

    fn human<'a>(&self, contents: super::render::Texts<'a>) -> Human<'a> {
        let Terminal { paint, width, .. } = *self.terminal;
        Human { paint, width, expand: self.expand, contents }
    }

    fn show(&self, made: &Made, source: &Source) -> Result<(), CliError> {
        let by_digest = plan::contents(&source.dir);
        let texts = |digest: &Digest| {
            made.live.get(digest).ok().or_else(|| source.dir.content(by_digest.get(digest)?).ok())
        };
        let catalogue = selection::everything();
        let wanted = source.desired(&catalogue, &made.plan.options);
        let review = Review::of_plan(&catalogue, &made.plan, &wanted.snapshot);
        let text = show::human(&made.plan, &review, &self.human(&texts));
        self.terminal.result(&format!("{text}\n"))
    }

    async fn apply(&self, new: &Target, source: &Source, file: &Path) -> Result<(), CliError> {
        self.chapter("3. Apply", "What the plan shows is done, and nothing else.")?;
        let plan = read_plan(file)?;
        let place = Place::of(file);
        let journal = Journal::create(place.path(), &plan.compute_digest())?;
        let (kept, on_stale) = (place.blobs(), OnStale::Skip);
        let (_keep, stop) = watch::channel(false);
        let run = apply::Run {
            target: new,
            source,
            plan: &plan,
            unselected: BTreeSet::new(),
            kept: Some(&kept),
            on_stale,
            values: &MadeUp,
            stop,
        };
        let done = apply::carry_out(run, Some(&journal), Vec::new(), self.meter.progress()).await?;
        self.terminal.result(&format!("{}\n", report(&self.human(&|_| None), &plan, &done)))
    }

    async fn second_plan(&self, new: &Target, source: &Source) -> Result<Exit, CliError> {
        self.chapter("4. Plan again", "Had anything been forgotten, it would stand here.")?;
        let again = plan::make(
            new,
            source,
            PlanOptions::default(),
            Known::default(),
            self.meter.progress(),
        )
        .await?
        .plan;
        if !again.is_empty() {
            let human = self.human(&|_| None);
            self.terminal.result(&super::render::steps(
                &human,
                &again.steps,
                &Review::default(),
            ))?;
            return Err(
                CliError::failed("the second plan is not empty").because(summary_line(&again))
            );
        }
        let blocked = if again.blocked.is_empty() {
            ""
        } else {
            "What is blocked waits for somebody: `brickform show` says of each object what would let it proceed.\n\n"
        };
        let blocked = wrap(blocked, self.terminal.width.min(100), 0);
        let dir = self.dir.display();
        self.terminal.result(&format!(
            "{}\n\n{blocked}Everything is in {dir}:\n  \
             snapshot           the workspace, made for git\n  \
             rewrites.yaml      what differs between the two workspaces\n  \
             plan.json          what was planned: brickform show {dir}/plan.json\n  \
             plan.json.journal  what was done, step by step\n\n\
             Next, your own workspace: brickform export -o snapshot --profile NAME\n",
            wrap(&summary_line(&again), self.terminal.width, 2)
        ))?;
        Ok(Exit::Done)
    }
}

async fn workspace(number: u64, seed: &Seed) -> Result<Workspace, CliError> {
    let workspace =
        Workspace::new(Options { seed: number, token: TOKEN.to_owned(), ..Options::default() });
    plant(&workspace, seed)
        .await
        .map_err(|error| CliError::failed("the seed cannot be planted").because(error))?;
    Ok(workspace)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    std::fs::write(path, text).map_err(|error| {
        CliError::failed(format!("cannot write {}", path.display())).because(error)
    })
}
