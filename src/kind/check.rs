//! Checks of a table, while it is compiled.

use super::{Call, IdAt, Kind, Mount, Part, Ref, Rule, What};

const fn pointer(text: &str) {
    assert!(text.is_empty() || text.as_bytes()[0] == b'/', "a pointer begins with a slash");
}

const fn word(text: &str) {
    let bytes = text.as_bytes();
    assert!(!bytes.is_empty(), "a kind has a name");
    let mut i = 0;
    while i < bytes.len() {
        assert!(
            bytes[i].is_ascii_lowercase() || bytes[i].is_ascii_digit() || bytes[i] == b'_',
            "a kind's name is snake_case"
        );
        i += 1;
    }
}

const fn rules(rules: &[Rule]) {
    let mut i = 0;
    while i < rules.len() {
        pointer(rules[i].at);
        assert!(!rules[i].why.is_empty(), "a rule says why");
        match rules[i].what {
            What::Keyed(key) => assert!(!key.is_empty(), "a keyed list names its key"),
            What::InputOnly(version) => {
                assert!(!version.is_empty(), "a value that is never shown names its version");
            }
            _ => {}
        }
        i += 1;
    }
}

const fn refs(refs: &[Ref]) {
    let mut i = 0;
    while i < refs.len() {
        pointer(refs[i].at);
        assert!(!refs[i].to.is_empty(), "a reference says which kinds it may refer to");
        i += 1;
    }
}

const fn parts(mounts: &[Mount]) {
    let mut i = 0;
    while i < mounts.len() {
        pointer(mounts[i].at);
        part(mounts[i].part);
        i += 1;
    }
}

const fn part(part: &Part) {
    rules(part.rules);
    refs(part.refs);
    parts(part.parts);
}

const fn about_one(call: Option<Call>) {
    if let Some(call) = call {
        assert!(
            !matches!(call.id, IdAt::Nowhere),
            "a call about one object says where its identifier goes"
        );
    }
}

impl Kind {
    /// Refuses, at compile time, a table that contradicts itself.
    #[must_use]
    pub const fn checked(self) -> Self {
        word(self.name);
        assert!(
            !self.about.is_empty() && !self.docs.is_empty(),
            "a kind says what it is and where its API page is"
        );
        pointer(self.id);
        pointer(self.key);
        rules(self.rules);
        refs(self.refs);
        parts(self.parts);
        assert!(
            self.named_by.is_empty() || self.acl.is_none(),
            "a kind that others name by a path is read when rights have been read"
        );
        about_one(self.api.get);
        about_one(self.api.update);
        about_one(self.api.delete);
        self
    }
}
