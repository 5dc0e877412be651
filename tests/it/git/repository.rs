//! A real repository, made with `git`.

use std::path::Path;
use std::process::Command;

/// A bare repository with the branches `main` and `develop`, and the tag `v1` at the first commit.
pub(super) struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    pub(super) fn new() -> Self {
        let repository = Self { dir: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch=main", "work"]);
        repository.write("README.md", "# Jobs\n");
        repository.write("jobs/load.py", "# Databricks notebook source\nprint(1)\n");
        repository.commit();
        repository.git(&["-C", "work", "tag", "v1"]);
        repository.write("jobs/load.py", "# Databricks notebook source\nprint(2)\n");
        repository.commit();
        repository.git(&["-C", "work", "checkout", "--quiet", "-b", "develop"]);
        repository.write("jobs/clean.sql", "-- Databricks notebook source\nselect 1\n");
        repository.commit();
        repository.git(&["-C", "work", "checkout", "--quiet", "main"]);
        repository.git(&["clone", "--quiet", "--bare", "work", "etl.git"]);
        repository
    }

    /// The folder that holds the bare repository `etl.git`.
    pub(super) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Where whoever is on this machine finds it.
    pub(super) fn url(&self) -> String {
        format!("file://{}", self.dir.path().join("etl.git").display())
    }

    /// The commit that a branch or tag names.
    pub(super) fn commit_of(&self, name: &str) -> String {
        self.git(&["-C", "etl.git", "rev-parse", &format!("{name}^{{commit}}")]).trim().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join("work").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["-C", "work", "add", "--all"]);
        self.git(&["-C", "work", "commit", "--quiet", "-m", "more"]);
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.dir.path())
            .args(["-c", "user.name=Ann", "-c", "user.email=ann@x.com"])
            .args(args)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.dir.path().join("none"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}
