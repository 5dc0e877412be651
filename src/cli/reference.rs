//! The command line reference in the documentation.

use clap::CommandFactory as _;

use super::args::Cli;

/// The command line, for documents that quote it.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Writes the help of every command as one markdown page.
pub fn reference() -> String {
    let mut page = String::from(
        "# Commands\n\nWhat `brickform help` prints, command by command. A test writes this page; see CONTRIBUTING.md.\n",
    );
    let mut root = Cli::command().term_width(100);
    root.build();
    write(&mut page, &mut root, "brickform");
    let names: Vec<String> =
        root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        if let Some(command) = root.find_subcommand_mut(name) {
            write(&mut page, command, &format!("brickform {name}"));
        }
    }
    page
}

fn write(page: &mut String, command: &mut clap::Command, name: &str) {
    let help = command.clone().term_width(100).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
}
