//! `brickform kinds`: what is supported, from the tables themselves.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::error::{CliError, Exit};
use super::render::text::wrap;
use super::terminal::Terminal;
use crate::kind::{self, Kind, What};
use crate::kinds;
use crate::model::Layout;

/// List what brickform exports, plans and applies
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct KindsArgs {
    /// For people, for machines, or for documents
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Human,
    /// For machines
    Json,
    /// For documents
    Markdown,
}

const EXAMPLES: &str = "\
Examples:
  brickform kinds
  brickform kinds --format json | jq -r '.[].kind'";

/// What is true of one kind, in words.
struct Row {
    kind: &'static Kind,
    matched: String,
    does: String,
    rights: &'static str,
    replaced: Vec<String>,
}

impl Row {
    fn of(kind: &'static Kind) -> Self {
        let table = kind::Table::of(kind);
        let key = kind.key.rsplit('/').next().unwrap_or_default();
        let matched = match (kind.layout, kind.unique) {
            (Layout::Directory | Layout::File, _) => "path".to_owned(),
            (Layout::Objects, true) => key.to_owned(),
            (Layout::Objects, false) => format!("{key} ~n"),
        };
        let replaced: Vec<String> = table
            .rules
            .iter()
            .filter(|(_, rule)| matches!(rule.what, What::Immutable))
            .map(|(at, _)| at.trim_start_matches('/').to_owned())
            .collect();
        let updates = kind.api.update.is_some() || matches!(kind.layout, Layout::File);
        let does = match (kind.is_managed(), updates) {
            (true, true) => "create, change",
            (true, false) => "create",
            (false, _) => "refer to",
        };
        let rights = match kind.acl {
            Some(acl) if acl.owner.is_some() => "yes, one owner",
            Some(_) => "yes",
            None => "",
        };
        Self { kind, matched, does: does.to_owned(), rights, replaced }
    }
}

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = kinds::ALL.iter().map(|kind| Row::of(kind)).collect();
    rows.sort_by_key(|row| (!row.kind.is_managed(), row.kind.name));
    rows
}

pub(super) fn run(args: &KindsArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let text = match args.format {
        Form::Human => human(terminal.width),
        Form::Json => format!("{:#}\n", machine()),
        Form::Markdown => matrix(),
    };
    terminal.result(&text)?;
    Ok(Exit::Done)
}

fn human(width: usize) -> String {
    let mut text = line(["KIND", "CAN", "MATCHED BY", "RIGHTS"]);
    for row in rows() {
        text.push_str(&line([row.kind.name, &row.does, &row.matched, row.rights]));
        let about = wrap(row.kind.about, width.saturating_sub(4), 4);
        let _ = writeln!(text, "    {about}");
    }
    let _ = writeln!(text, "\n{}", wrap(NUMBERED, width, 0));
    text
}

/// What `~n` means.
const NUMBERED: &str =
    "~n: the name need not be unique; the second object of a name is NAME~2, the third NAME~3.";

fn line([kind, can, matched, rights]: [&str; 4]) -> String {
    let line = format!("{kind:<25} {can:<15} {matched:<19} {rights}");
    format!("{}\n", line.trim_end())
}

fn machine() -> serde_json::Value {
    let row = |row: Row| {
        json!({
            "kind": row.kind.name,
            "about": row.kind.about,
            "api": row.kind.docs,
            "managed": row.kind.is_managed(),
            "can": row.does,
            "matched_by": row.matched,
            "rights": row.kind.acl.is_some(),
            "replaced_when_changed": row.replaced,
        })
    };
    rows().into_iter().map(row).collect()
}

/// The matrix as a markdown table.
fn matrix() -> String {
    let mut text =
        String::from("| kind | what it is | can | matched by | rights |\n|---|---|---|---|---|\n");
    for row in rows() {
        let Row { kind, matched, does, rights, .. } = row;
        let _ = writeln!(
            text,
            "| [`{}`]({}) | {} | {does} | {matched} | {rights} |",
            kind.name, kind.docs, kind.about
        );
    }
    text
}

/// The page about kinds in the documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Kinds\n\nWhat brickform exports, plans and applies. A test writes this page from the tables in `src/kinds/`;\n\
         see CONTRIBUTING.md.\n\n",
    );
    page.push_str(&matrix());
    page.push_str(
        "\n`~n`: the name need not be unique; the second object of a name is `name~2`, the third `name~3`.\n\
         \nKinds that brickform can only *refer to* are neither captured nor created: a job keeps its reference to a\n\
         dashboard by name, and is planned once the target has a dashboard of that name.\n",
    );
    for row in rows().into_iter().filter(|row| row.kind.is_managed()) {
        let table = kind::Table::of(row.kind);
        let _ = write!(page, "\n## {}\n\n{}\n", row.kind.name, row.kind.about);
        if !row.replaced.is_empty() {
            let fields: Vec<String> =
                row.replaced.iter().map(|field| format!("`{field}`")).collect();
            let _ = write!(
                page,
                "\nA change of {} deletes the object and creates it again; the plan says so.\n",
                fields.join(", ")
            );
        }
        if table.rules.is_empty() {
            continue;
        }
        page.push_str("\n| field | what holds for it | why |\n|---|---|---|\n");
        for (at, rule) in &table.rules {
            let at = at.trim_start_matches('/').replace('/', ".");
            let _ = writeln!(page, "| `{at}` | {} | {} |", words(rule.what), rule.why);
        }
    }
    page
}

/// A rule's word, for people.
fn words(what: What) -> String {
    match what {
        What::OutputOnly => "left out".to_owned(),
        What::Default(value) => format!("absent means `{}`", value.to_value()),
        What::ServerFilled => "the server fills it in".to_owned(),
        What::Keyed(key) => format!("a list told apart by `{key}`"),
        What::Set => "a list without order".to_owned(),
        What::JsonText => "JSON in a text, kept as structure".to_owned(),
        What::Immutable => "cannot be changed in place".to_owned(),
        What::Email => "an e-mail address; rewrites apply".to_owned(),
        What::Arn => "an ARN; rewrites of account ids apply".to_owned(),
        What::Path => "a workspace path; rewrites apply".to_owned(),
        What::FreePath => {
            "a workspace path, or any name on a plain MLflow server; rewrites apply".to_owned()
        }
        What::File => "a file that has to be there; rewrites apply".to_owned(),
        What::Secret => "left out where it holds a secret in clear".to_owned(),
        What::Caseless => "upper and lower case are the same".to_owned(),
        What::Blob => "a digest, whose bytes stand among the blobs".to_owned(),
        What::SentOnly => "sent, and never told".to_owned(),
        What::AtLeast => "a list of which the target may hold more".to_owned(),
        What::Activity => "stays as it is in the target, unless asked for".to_owned(),
        What::InputOnly(version) => format!("put and never shown; `{version}` tells a new one"),
    }
}
