//! A kind's table with its parts unfolded.

use super::{Kind, Mount, Ref, Rule, What};

/// A kind's rules and references with full pointers, those of inner parts first.
pub struct Table {
    /// The kind.
    pub kind: &'static Kind,
    /// All rules, with full pointer patterns.
    pub rules: Vec<(String, &'static Rule)>,
    /// All references, with full pointer patterns.
    pub refs: Vec<(String, &'static Ref)>,
    /// What the rules say of the key.
    pub key: Vec<What>,
}

impl Table {
    /// Unfolds a kind's table.
    pub fn of(kind: &'static Kind) -> Self {
        let mut table = Self { kind, rules: Vec::new(), refs: Vec::new(), key: Vec::new() };
        table.mount("", kind.parts);
        table.add("", kind.rules, kind.refs);
        let of_key = table.rules.iter().filter(|(at, _)| at == kind.key);
        table.key = of_key.map(|(_, rule)| rule.what).collect();
        table
    }

    fn mount(&mut self, base: &str, mounts: &'static [Mount]) {
        for mount in mounts {
            let place = format!("{base}{}", mount.at);
            self.mount(&place, mount.part.parts);
            self.add(&place, mount.part.rules, mount.part.refs);
        }
    }

    fn add(&mut self, base: &str, rules: &'static [Rule], refs: &'static [Ref]) {
        self.rules.extend(rules.iter().map(|rule| (format!("{base}{}", rule.at), rule)));
        self.refs
            .extend(refs.iter().map(|reference| (format!("{base}{}", reference.at), reference)));
    }
}
