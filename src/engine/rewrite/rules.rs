//! The rules of a rewrites file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::folder::Folder;
use crate::model::{Digest, digest_bytes};
use crate::store::yaml::{YamlError, from_yaml, line_of};

/// What is wrong with a rewrites file.
#[derive(Debug, thiserror::Error)]
pub enum RewritesError {
    /// It is not YAML, or not YAML that reads the same everywhere.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It is not what a rewrites file is.
    #[error("{file}: {message}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong, and what would be right.
        message: String,
    },
}

/// One e-mail rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailRule {
    #[serde(default)]
    exact: Option<String>,
    #[serde(default)]
    domain: Option<String>,
    to: String,
}

/// Where experiments go whose names are no paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExperimentsRule {
    folder: String,
}

/// The file as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    account_ids: BTreeMap<String, String>,
    #[serde(default)]
    emails: Vec<EmailRule>,
    #[serde(default)]
    groups: BTreeMap<String, String>,
    #[serde(default)]
    service_principals: BTreeMap<String, String>,
    #[serde(default)]
    experiments: Option<ExperimentsRule>,
}

/// The rules of a rewrites file, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Rewrites {
    exact: BTreeMap<String, (String, String)>,
    domains: BTreeMap<String, (String, String)>,
    accounts: BTreeMap<String, (String, String)>,
    names: BTreeMap<(String, String), (String, String)>,
    folder: Option<Folder>,
    digest: Option<Digest>,
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@')
    })
}

/// How a rule is named to people: where it stands in the file. `from` is what stands at `path`.
fn label(text: &str, rule: &str, from: &str, path: &[&str]) -> String {
    let mut lines = text.lines().zip(1..).filter(|(line, _)| line.contains(from));
    // To look for a path is to read the file again, so that is left to values which stand in several places.
    let line = match (lines.next(), lines.next()) {
        (Some((_, number)), None) => Some(number),
        _ => line_of(text, path),
    };
    match line {
        Some(line) => format!("{rule} (line {line})"),
        None => rule.to_owned(),
    }
}

impl Rewrites {
    /// Reads a rewrites file.
    ///
    /// # Errors
    /// [`RewritesError`] names the file, the rule and what would be right.
    pub fn parse(text: &str, file: &str) -> Result<Self, RewritesError> {
        let wrong = |message: String| RewritesError::Content { file: file.to_owned(), message };
        let value: Value = from_yaml(text, file)?;
        let parsed: File = serde_json::from_value(value).map_err(|error| {
            wrong(format!(
                "{error}; it may hold version, account_ids, emails, groups, service_principals and experiments"
            ))
        })?;
        if parsed.version != 1 {
            return Err(wrong(format!(
                "version is {}, but this program knows version 1 only",
                parsed.version
            )));
        }
        let mut rules = Self { digest: Some(digest_bytes(text.as_bytes())), ..Self::default() };
        for (index, rule) in parsed.emails.iter().enumerate() {
            rules
                .add_email(rule, index, text)
                .map_err(|message| wrong(format!("emails[{index}]: {message}")))?;
        }
        for (from, to) in &parsed.account_ids {
            if !is_account_id(from) || !is_account_id(to) {
                return Err(wrong(format!(
                    "account_ids: `{from}: {to}` are not two quoted numbers of twelve digits"
                )));
            }
            rules.accounts.insert(
                from.clone(),
                (to.clone(), label(text, "account_ids", from, &["account_ids", from])),
            );
        }
        for (kind, rule, names) in [
            ("group", "groups", &parsed.groups),
            ("service_principal", "service_principals", &parsed.service_principals),
        ] {
            for (from, to) in names {
                rules.names.insert(
                    (kind.to_owned(), from.clone()),
                    (to.clone(), label(text, rule, from, &[rule, from])),
                );
            }
        }
        if let Some(ExperimentsRule { folder }) = &parsed.experiments {
            let label = label(text, "experiments.folder", folder, &["experiments", "folder"]);
            let folder = Folder::new(folder, label);
            rules.folder =
                Some(folder.map_err(|message| wrong(format!("experiments.folder: {message}")))?);
        }
        Ok(rules)
    }

    fn add_email(&mut self, rule: &EmailRule, index: usize, text: &str) -> Result<(), String> {
        let index = index.to_string();
        let twice = |from: &str| format!("there is another rule for {from}");
        match (&rule.exact, &rule.domain) {
            (Some(exact), None) => {
                if !is_email(exact) || !is_email(&rule.to) {
                    return Err(format!(
                        "`{exact}` and `{}` have to be whole e-mail addresses",
                        rule.to
                    ));
                }
                let target = (
                    rule.to.clone(),
                    label(text, "emails.exact", exact, &["emails", &index, "exact"]),
                );
                self.exact
                    .insert(exact.to_lowercase(), target)
                    .map_or(Ok(()), |_| Err(twice(exact)))
            }
            (None, Some(domain)) => {
                if domain.contains('@')
                    || rule.to.contains('@')
                    || domain.is_empty()
                    || rule.to.is_empty()
                {
                    return Err(format!(
                        "`{domain}` and `{}` have to be domains, without an @",
                        rule.to
                    ));
                }
                let target = (
                    rule.to.clone(),
                    label(text, "emails.domain", domain, &["emails", &index, "domain"]),
                );
                self.domains
                    .insert(domain.to_lowercase(), target)
                    .map_or(Ok(()), |_| Err(twice(domain)))
            }
            _ => Err("a rule has either `exact` or `domain`, and `to`".to_owned()),
        }
    }

    /// Digest of the file's bytes, if there is a file.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.labels().next().is_none()
    }

    /// Every rule's name.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        let all = self
            .exact
            .values()
            .chain(self.domains.values())
            .chain(self.accounts.values())
            .chain(self.names.values());
        all.map(|(_, label)| label.as_str()).chain(self.folder.iter().map(Folder::label))
    }

    /// The new form of an e-mail address, and the rule, if one applies. Exact rules win over domains.
    pub(super) fn email(&self, email: &str) -> Option<(String, &str)> {
        let lower = email.to_lowercase();
        if let Some((to, label)) = self.exact.get(&lower) {
            return Some((to.clone(), label.as_str())).filter(|(to, _)| *to != email);
        }
        let (name, domain) = email.rsplit_once('@')?;
        let (to, label) = self.domains.get(&domain.to_lowercase())?;
        Some((format!("{name}@{to}"), label.as_str())).filter(|(to, _)| *to != email)
    }

    /// The new form of an ARN whose account has another number in the target.
    pub(super) fn arn(&self, arn: &str) -> Option<(String, &str)> {
        let mut fields: Vec<&str> = arn.splitn(6, ':').collect();
        if fields.len() != 6 || fields[0] != "arn" {
            return None;
        }
        let (to, label) = self.accounts.get(fields[4])?;
        fields[4] = to;
        Some((fields.join(":"), label))
    }

    /// The new form of a workspace path: the home of a person whose e-mail changes.
    pub(super) fn path(&self, path: &str) -> Option<(String, &str)> {
        let (lead, rest) = ["/Workspace/Users/", "/Users/", "/Workspace/Repos/", "/Repos/"]
            .iter()
            .find_map(|lead| Some((*lead, path.strip_prefix(lead)?)))?;
        let (owner, below) = match rest.find('/') {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        let (to, label) = self.email(owner)?;
        Some((format!("{lead}{to}{below}"), label))
    }

    /// The new form of what is a workspace path, or on a server without a tree any name.
    pub(super) fn free_path(&self, path: &str) -> Option<(String, &str)> {
        self.folder.as_ref().and_then(|folder| folder.place(path)).or_else(|| self.path(path))
    }

    /// Whether a rule of this name puts things into a folder, which has to be made then.
    pub(super) fn is_of_folder(&self, label: &str) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.label() == label)
    }

    /// The new name of a group or service principal.
    pub(super) fn name(&self, kind: &str, name: &str) -> Option<(String, &str)> {
        let (to, label) = self.names.get(&(kind.to_owned(), name.to_owned()))?;
        Some((to.clone(), label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "version: 1\naccount_ids:\n  \"111111111111\": \"222222222222\"\nemails:\n- exact: bob@x.com\n  to: robert@y.com\n- domain: old.com\n  to: new.com\n";

    #[test]
    fn rules_apply_to_whole_values() {
        let rules = Rewrites::parse(FILE, "r.yaml").unwrap();
        assert_eq!(
            rules.email("bob@x.com"),
            Some(("robert@y.com".into(), "emails.exact (line 5)"))
        );
        assert_eq!(rules.email("jimbob@x.com"), None);
        assert_eq!(rules.email("ana@old.com").unwrap().0, "ana@new.com");
        assert_eq!(rules.email("ana@very.old.com"), None);
        assert_eq!(
            rules.path("/Workspace/Users/bob@x.com/a").unwrap().0,
            "/Workspace/Users/robert@y.com/a"
        );
        assert_eq!(rules.path("/Shared/bob@x.com"), None);
        let arn = |account: &str| format!("arn:aws:iam::{account}:instance-profile/a:111111111111");
        assert_eq!(rules.arn(&arn("111111111111")).unwrap().0, arn("222222222222"));
        assert_eq!(rules.arn("111111111111"), None);
        assert_eq!(rules.arn(&arn("333333333333")), None);
    }

    #[test]
    fn a_rule_is_named_with_the_line_it_stands_on() {
        let text = "# for x.com\nversion: 1\nemails:\n- exact: bob@x.com\n  to: bob@y.com\n- domain: x.com\n  to: y.com\n\
                    groups: {\n  data: eng,\n  eng: data}\n";
        let rules = Rewrites::parse(text, "r.yaml").unwrap();
        assert_eq!(rules.email("bob@x.com").unwrap().1, "emails.exact (line 4)");
        assert_eq!(rules.email("ana@x.com").unwrap().1, "emails.domain (line 6)");
        assert_eq!(rules.name("group", "data").unwrap().1, "groups (line 9)");
        assert_eq!(rules.name("group", "eng").unwrap().1, "groups (line 10)");
    }

    #[test]
    fn refuses_what_cannot_be_meant() {
        for (text, word) in [
            ("version: 2\n", "version is 2"),
            ("version: 1\nnodes: {}\n", "nodes"),
            ("version: 1\nemails:\n- exact: bob\n  to: b@y\n", "whole e-mail"),
            ("version: 1\nemails:\n- domain: \"@x\"\n  to: y\n", "without an @"),
            ("version: 1\nemails:\n- to: y\n", "either"),
            ("version: 1\naccount_ids:\n  \"1\": \"2\"\n", "twelve digits"),
            ("version: 1\nexperiments: {folder: mlflow}\n", "below /Shared"),
            ("version: 1\nexperiments: {}\n", "folder"),
        ] {
            let error = Rewrites::parse(text, "r.yaml").unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("r.yaml"), "{error}");
        }
    }
}
