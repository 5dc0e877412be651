//! A real repository on this machine, made with `git`.

use std::path::Path;
use std::process::Command;

/// A bare repository with the branches `main` and `develop` and the tag `v1`.
pub(super) struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    pub(super) fn new() -> Self {
        let repository = Self { dir: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch=main", "work"]);
        repository.commit(&[
            ("README.md", "# One\n"),
            ("jobs/load.py", "# Databricks notebook source\nprint(1)\n"),
            ("lib/tool.py", "x = 1\n"),
        ]);
        repository.git(&["-C", "work", "tag", "-a", "-m", "first", "v1"]);
        repository.git(&["-C", "work", "checkout", "--quiet", "-b", "develop"]);
        repository.commit(&[("jobs/new.sql", "-- Databricks notebook source\nselect 1\n")]);
        repository.git(&["-C", "work", "checkout", "--quiet", "main"]);
        repository.git(&["clone", "--quiet", "--bare", "work", "bare.git"]);
        repository
    }

    pub(super) fn url(&self) -> String {
        format!("file://{}", self.dir.path().join("bare.git").display())
    }

    /// Commits files to the branch that is checked out, and pushes it where it is already a clone.
    pub(super) fn commit(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = self.dir.path().join("work").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self.git(&["-C", "work", "add", "--all"]);
        self.git(&["-C", "work", "commit", "--quiet", "-m", "more"]);
        if self.dir.path().join("bare.git").is_dir() {
            self.git(&["-C", "work", "push", "--quiet", "../bare.git", "HEAD"]);
        }
    }

    pub(super) fn commit_of(&self, name: &str) -> String {
        self.git(&["-C", "bare.git", "rev-parse", &format!("{name}^{{commit}}")]).trim().to_owned()
    }

    fn git(&self, args: &[&str]) -> String {
        run(self.dir.path(), args)
    }
}

fn run(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@x.com"])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", dir.join("none"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
