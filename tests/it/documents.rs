//! What documents name exists: commands and their flags, dependencies; files are looked up by `tidy`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use brickform::store::yaml::from_yaml;
use clap::error::ErrorKind;

use crate::generated::{repository, schemas};

/// Every document of the repository, by its path within it.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(PathBuf::from).to_vec();
    let mut folders = vec![PathBuf::from("docs"), PathBuf::from("examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(repository(folder.to_str().unwrap())).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if repository(path.to_str().unwrap()).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    let read = |path: &PathBuf| fs::read_to_string(repository(path.to_str().unwrap())).unwrap();
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// A block of code: its language and its lines.
struct Block {
    language: String,
    lines: Vec<String>,
}

/// A document's blocks of code, and the text around them.
fn parts(text: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose, mut inside): (Vec<Block>, _, _) =
        (Vec::new(), String::new(), false);
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                blocks.push(Block { language: language.to_owned(), lines: Vec::new() });
                inside = true;
            }
            None if inside => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            None => prose.push_str(&format!("{line}\n")),
        }
    }
    (blocks, prose)
}

/// What stands between backticks.
fn quoted(prose: &str) -> Vec<String> {
    prose.split('`').skip(1).step_by(2).map(|code| code.replace('\n', " ")).collect()
}

/// The commands of a line of a shell, each as words; quotes are taken off.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut started, mut quote) = (String::new(), false, None);
    let end = |word: &mut String, started: &mut bool, commands: &mut Vec<Vec<String>>| {
        if std::mem::take(started) {
            commands.last_mut().unwrap().push(std::mem::take(word));
        }
    };
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => word.push(c),
            (None, '\'' | '"') => (quote, started) = (Some(c), true),
            (None, ' ') => end(&mut word, &mut started, &mut commands),
            (None, '|' | '&' | ';' | '>' | '<' | '(' | ')') => {
                end(&mut word, &mut started, &mut commands);
                commands.push(Vec::new());
            }
            (None, '#') if !started => break,
            _ => {
                word.push(c);
                started = true;
            }
        }
    }
    end(&mut word, &mut started, &mut commands);
    commands
}

/// Makes sure that a call of brickform can be understood; prose may leave out what is required.
fn check(words: &[String], is_prose: bool, place: &str) -> usize {
    let called = words.iter().position(|word| !word.contains('=')).map(|at| &words[at..]);
    let Some([program, arguments @ ..]) = called else { return 0 };
    if program != "brickform" {
        return 0;
    }
    let words = std::iter::once(program).chain(arguments);
    match brickform::cli::command().try_get_matches_from(words) {
        Ok(_) => 1,
        Err(error) if is_prose && is_incomplete(error.kind()) => 1,
        Err(error) => panic!("{place}: brickform {}: {error}", arguments.join(" ")),
    }
}

fn is_incomplete(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DisplayHelp
            | ErrorKind::MissingRequiredArgument
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingSubcommand
    )
}

#[test]
fn every_command_can_be_understood() {
    let mut checked = 0;
    for (path, text) in documents() {
        let place = path.display().to_string();
        let (blocks, prose) = parts(&text);
        for block in &blocks {
            for line in &block.lines {
                let line = match block.language.as_str() {
                    "sh" => line.as_str(),
                    "console" => line.strip_prefix("$ ").unwrap_or_default(),
                    // The examples in the help of a command.
                    "text" if place == "docs/cli.md" => {
                        line.strip_prefix("  ").filter(|l| !l.starts_with(' ')).unwrap_or_default()
                    }
                    _ => continue,
                };
                checked +=
                    commands(line).iter().map(|one| check(one, false, &place)).sum::<usize>();
            }
        }
        for code in quoted(&prose) {
            checked += commands(&code).iter().map(|one| check(one, true, &place)).sum::<usize>();
        }
    }
    assert!(checked > 80, "only {checked} commands were found");
}

/// Every flag of every command.
fn flags() -> BTreeSet<String> {
    let mut root = brickform::cli::command();
    root.build();
    let of = |command: &clap::Command| {
        command
            .get_arguments()
            .filter_map(|a| a.get_long().map(|f| format!("--{f}")))
            .collect::<Vec<_>>()
    };
    root.get_subcommands().flat_map(of).chain(of(&root)).collect()
}

#[test]
fn every_flag_exists() {
    let flags = flags();
    for (path, text) in documents() {
        for code in quoted(&parts(&text).1) {
            let Some(flag) = code.split([' ', '=']).next().filter(|word| word.starts_with("--"))
            else {
                continue;
            };
            assert!(flags.contains(flag), "{}: no command has {flag}", path.display());
        }
    }
}

/// YAML that says which schema it has is as that schema says.
#[test]
fn every_example_fits_its_schema() {
    let mut checked = 0;
    for (path, text) in documents() {
        for block in parts(&text).0.iter().filter(|block| block.language == "yaml") {
            let place = path.display().to_string();
            let first = block.lines.first().unwrap();
            let schema = first.strip_prefix("# yaml-language-server: $schema=");
            let file =
                path.parent().unwrap().join(schema.unwrap_or_else(|| panic!("{place}: {first}")));
            assert!(repository(file.to_str().unwrap()).exists(), "{place}: {first}");
            let name = file.file_stem().unwrap().to_str().unwrap();
            let (_, schema) = schemas::all().into_iter().find(|(found, _)| *found == name).unwrap();
            let value = from_yaml(&block.lines.join("\n"), &place).unwrap();
            jsonschema::validate(&schema, &value)
                .unwrap_or_else(|error| panic!("{place}: {error}"));
            checked += 1;
        }
    }
    assert!(checked > 2);
}

#[test]
fn every_decision_is_listed() {
    let index = fs::read_to_string(repository("docs/design/README.md")).unwrap();
    for (path, _) in documents().iter().filter(|(path, _)| path.starts_with("docs/design")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            name == "README.md" || index.contains(&format!("]({name})")),
            "{name} is not listed"
        );
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(repository("Cargo.toml")).unwrap();
    let mut section = "";
    let mut wanted = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && let Some((name, _)) = line.split_once(" =")
        {
            wanted.insert(name);
        }
    }
    let page = fs::read_to_string(repository("docs/design/dependencies.md")).unwrap();
    let listed: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(wanted, listed);
}

#[test]
fn words_of_a_shell() {
    let found = commands("A=1 brickform plan 'a b' -o x.json | tee y && cd z # later");
    let found: Vec<String> = found.iter().map(|words| words.join("·")).collect();
    assert_eq!(found, ["A=1·brickform·plan·a b·-o·x.json", "tee·y", "", "cd·z"]);
}
