//! Workflows as GitHub reads them, as far as the examples use the language; the rest is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::{Mapping, Value};

/// A workflow file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Workflow {
    pub(super) name: String,
    pub(super) on: Mapping,
    pub(super) permissions: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) concurrency: Mapping,
    pub(super) defaults: Value,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    /// The jobs, in the order of the file.
    jobs: Mapping,
}

/// A job of a workflow.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Job {
    pub(super) needs: Option<String>,
    #[serde(rename = "if")]
    pub(super) condition: Option<String>,
    pub(super) runs_on: String,
    /// Whose reviewers release the job; here everything is released.
    pub(super) environment: Option<String>,
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) steps: Vec<Step>,
}

/// A step of a job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Step {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(rename = "if")]
    pub(super) condition: Option<String>,
    #[serde(default)]
    pub(super) continue_on_error: bool,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    pub(super) uses: Option<String>,
    #[serde(default)]
    pub(super) with: BTreeMap<String, Value>,
    pub(super) run: Option<String>,
}

impl Workflow {
    /// Reads a workflow, and makes sure that it says what every one of the examples should.
    pub(super) fn read(text: &str) -> Self {
        let workflow: Self = serde_yaml::from_str(text).unwrap();
        assert!(!workflow.name.is_empty() && !workflow.on.is_empty());
        assert!(!workflow.permissions.is_empty(), "{} may do more than it needs", workflow.name);
        assert_eq!(workflow.defaults["run"]["shell"], "bash", "failures in pipes are failures");
        let known = |key: &Value| key == "group" || key == "cancel-in-progress";
        assert!(workflow.concurrency.keys().all(known), "{}", workflow.name);
        workflow
    }

    /// The jobs in the order of the file, which has each after what it needs.
    pub(super) fn jobs(&self) -> Vec<(String, Job)> {
        let jobs: Vec<(String, Job)> = self
            .jobs
            .iter()
            .map(|(name, job)| {
                (name.as_str().unwrap().to_owned(), serde_yaml::from_value(job.clone()).unwrap())
            })
            .collect();
        for (at, (name, job)) in jobs.iter().enumerate() {
            let earlier = |needed: &String| jobs[..at].iter().any(|(one, _)| one == needed);
            assert!(job.needs.iter().all(earlier), "{name} stands before what it needs");
            assert_eq!(job.runs_on, "ubuntu-latest");
            assert!(job.environment.as_deref().is_none_or(|environment| environment == "target"));
        }
        jobs
    }
}

/// What expressions may name, and what it is.
#[derive(Clone, Default)]
pub(super) struct Context(pub(super) BTreeMap<String, String>);

impl Context {
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// What an expression is; outputs that were not set are empty, and any other unknown name is an error.
    fn value(&self, expression: &str) -> String {
        let expression = expression.trim();
        if let Some(text) = expression.strip_prefix('\'') {
            return text.strip_suffix('\'').unwrap().to_owned();
        }
        match self.0.get(expression) {
            Some(value) => value.clone(),
            None if expression.contains(".outputs.") => String::new(),
            None => panic!("nobody knows what `{expression}` is"),
        }
    }

    /// A text with what its expressions are.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            filled.push_str(&self.value(expression));
            filled.push_str(rest);
        }
        filled
    }

    /// Whether a condition holds, after steps or jobs of which one failed or none.
    pub(super) fn holds(&self, condition: Option<&str>, failed: bool) -> bool {
        match condition {
            None => !failed,
            Some("always()") => true,
            Some(condition) => {
                let (left, right) =
                    condition.split_once("==").unwrap_or_else(|| panic!("if: {condition}"));
                !failed && self.value(left) == self.value(right)
            }
        }
    }
}
