//! Which content a workspace begins with.

use std::fmt;
use std::str::FromStr;

/// The content a workspace begins with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Seed {
    /// Nothing beyond what every new workspace holds.
    #[default]
    Empty,
    /// A believable organisation, with everything that makes a migration hard.
    Acme,
    /// As much of everything as asked for.
    Scale(ScaleSpec),
}

/// How much of everything; what is not named is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScaleSpec {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Members of each group: at most as many as there are users.
    pub members: usize,
    /// Notebooks, spread over the folders.
    pub notebooks: usize,
    /// Folders, nested.
    pub folders: usize,
    /// Clusters.
    pub clusters: usize,
    /// Jobs.
    pub jobs: usize,
    /// Instance pools.
    pub pools: usize,
    /// Cluster policies.
    pub policies: usize,
    /// MLflow experiments.
    pub experiments: usize,
    /// MLflow runs, spread over the experiments, fifty a day in each.
    pub runs: usize,
    /// Metrics of each run.
    pub metrics: usize,
    /// Values of each metric.
    pub steps: usize,
    /// Secret scopes.
    pub scopes: usize,
    /// Secrets, spread over the scopes.
    pub secrets: usize,
    /// Files of DBFS, in one folder.
    pub dbfs: usize,
}

/// Why a text is no seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedSyntax {
    /// The seed has another name.
    #[error("there is no seed '{0}': use empty, acme, or scale:users=100,groups=10,…")]
    Name(String),
    /// A part is not `name=number`.
    #[error("'{0}' is not of the form name=number")]
    Form(String),
    /// A name is not known.
    #[error("there is no '{name}' to scale: use {}", KEYS.join(", "))]
    Key {
        /// The name.
        name: String,
    },
    /// A value is not a number.
    #[error("{name} must be a whole number, not '{value}'")]
    Number {
        /// The name.
        name: String,
        /// What stands there instead.
        value: String,
    },
    /// A name is there twice.
    #[error("{0} is given twice")]
    Twice(String),
    /// Groups cannot have as many members.
    #[error(
        "groups cannot have {members} members each while users={users}: raise users or lower members"
    )]
    Members {
        /// The members asked for.
        members: usize,
        /// The users there are.
        users: usize,
    },
    /// What is asked for has no place to be in.
    #[error("{what} need a place to be in: give {place}=1 or more")]
    Place {
        /// What is asked for.
        what: &'static str,
        /// What it would be in.
        place: &'static str,
    },
}

const KEYS: [&str; 16] = [
    "users",
    "groups",
    "members",
    "notebooks",
    "folders",
    "clusters",
    "jobs",
    "pools",
    "policies",
    "experiments",
    "runs",
    "metrics",
    "steps",
    "scopes",
    "secrets",
    "dbfs",
];

impl ScaleSpec {
    fn amounts(&mut self) -> [&mut usize; KEYS.len()] {
        [
            &mut self.users,
            &mut self.groups,
            &mut self.members,
            &mut self.notebooks,
            &mut self.folders,
            &mut self.clusters,
            &mut self.jobs,
            &mut self.pools,
            &mut self.policies,
            &mut self.experiments,
            &mut self.runs,
            &mut self.metrics,
            &mut self.steps,
            &mut self.scopes,
            &mut self.secrets,
            &mut self.dbfs,
        ]
    }

    /// Refuses what cannot be.
    fn checked(self) -> Result<Self, SeedSyntax> {
        if self.groups > 0 && self.members > self.users {
            return Err(SeedSyntax::Members { members: self.members, users: self.users });
        }
        let places = [
            (self.runs, "runs", self.experiments, "experiments"),
            (self.secrets, "secrets", self.scopes, "scopes"),
        ];
        match places.into_iter().find(|(count, _, places, _)| *count > 0 && *places == 0) {
            Some((_, what, _, place)) => Err(SeedSyntax::Place { what, place }),
            None => Ok(self),
        }
    }
}

impl FromStr for ScaleSpec {
    type Err = SeedSyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut spec = Self::default();
        let mut seen = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or_else(|| SeedSyntax::Form(part.to_owned()))?;
            let (name, value) = (name.trim(), value.trim());
            let at = KEYS
                .iter()
                .position(|key| *key == name)
                .ok_or_else(|| SeedSyntax::Key { name: name.to_owned() })?;
            if seen.contains(&at) {
                return Err(SeedSyntax::Twice(name.to_owned()));
            }
            seen.push(at);
            *spec.amounts()[at] = value.parse().map_err(|_| SeedSyntax::Number {
                name: name.to_owned(),
                value: value.to_owned(),
            })?;
        }
        spec.checked()
    }
}

impl fmt::Display for ScaleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut spec = *self;
        let parts: Vec<String> = KEYS
            .iter()
            .zip(spec.amounts())
            .filter(|(_, amount)| **amount > 0)
            .map(|(key, amount)| format!("{key}={amount}"))
            .collect();
        f.write_str(&parts.join(","))
    }
}

impl FromStr for Seed {
    type Err = SeedSyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "empty" => Ok(Self::Empty),
            None if text == "acme" => Ok(Self::Acme),
            Some(("scale", spec)) => spec.parse().map(Self::Scale),
            _ => Err(SeedSyntax::Name(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ScaleSpec, Seed, SeedSyntax};

    fn message(text: &str) -> String {
        text.parse::<Seed>().unwrap_err().to_string()
    }

    #[test]
    fn seeds_are_read() {
        assert_eq!("empty".parse(), Ok(Seed::Empty));
        assert_eq!("acme".parse(), Ok(Seed::Acme));
        let spec = ScaleSpec { users: 5, groups: 2, members: 3, ..ScaleSpec::default() };
        assert_eq!("scale:users=5, groups=2,members=3,".parse(), Ok(Seed::Scale(spec)));
        assert_eq!("".parse(), Ok(ScaleSpec::default()));
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let text = "users=100,groups=10,members=100,notebooks=1000,folders=100,clusters=40,jobs=300,pools=3,policies=3,experiments=10,runs=9,metrics=20,steps=50,scopes=5,secrets=8,dbfs=7";
        assert_eq!(text.parse::<ScaleSpec>().unwrap().to_string(), text);
    }

    #[test]
    fn mistakes_are_named() {
        assert!(message("acne").contains("there is no seed 'acne'"));
        assert!(message("scale:user=1").contains("there is no 'user' to scale: use users, groups"));
        assert_eq!(message("scale:users=many"), "users must be a whole number, not 'many'");
        assert_eq!(message("scale:users=-1"), "users must be a whole number, not '-1'");
        assert_eq!(message("scale:users"), "'users' is not of the form name=number");
        assert_eq!(message("scale:jobs=1,jobs=2"), "jobs is given twice");
        let refused = "users=2,groups=1,members=3".parse::<ScaleSpec>();
        assert_eq!(refused, Err(SeedSyntax::Members { members: 3, users: 2 }));
        assert_eq!(
            message("scale:runs=1,scopes=1"),
            "runs need a place to be in: give experiments=1 or more"
        );
        assert!(message("scale:secrets=1,experiments=1").contains("scopes=1"));
    }
}
