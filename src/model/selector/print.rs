//! Selectors as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Glob, Selector, Term, Test};

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => f.write_str(kind),
            Self::Address(kind, key) => write!(f, "{kind}:{key}"),
            Self::Tag(name, value) => {
                let name = Glob::exact(name).to_string().replace('=', "\\=");
                write!(f, "tag.{name}={value}")
            }
            Self::Owner(principal) => write!(f, "owner={principal}"),
            Self::Of(kind, name) => write!(f, "of={kind}:{name}"),
            Self::Path(path) => write!(f, "path:{path}"),
            Self::Before(day) => write!(f, "before={day}"),
            Self::Action(change) => write!(f, "action:{}", change.word()),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = |set: bool, mark| if set { mark } else { "" };
        let (not, needs) = (mark(self.negated, "!"), mark(self.needs, "+"));
        write!(f, "{not}{needs}{}{}", self.test, mark(self.dependents, "+"))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.terms().iter().enumerate() {
            write!(f, "{}{term}", if number == 0 { "" } else { " & " })?;
        }
        Ok(())
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
