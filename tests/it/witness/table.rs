//! Whether a kind's table agrees with the witness.

use std::fmt;

use brickform::kind::{Acl, Call, IdAt, Kind, Method, Paging, Table, What, matches_pattern};
use brickform::kinds;

use super::facts::{self, Type, WITNESS};
use super::pardon::{NO_IDENTIFIERS, PARDONS};

/// Something a table says and the witness does not, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Complaint {
    /// The kind.
    pub(super) kind: &'static str,
    /// What sort of mistake it is.
    pub(super) topic: &'static str,
    /// The call or pointer.
    pub(super) at: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.kind, self.topic, self.at)
    }
}

/// A kind under examination.
struct Examined {
    kind: &'static Kind,
    table: Table,
    complaints: Vec<Complaint>,
}

pub(super) fn verb(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Where the key stands, and what it is called there.
fn key_place(kind: &Kind) -> (&'static str, &'static str) {
    let end = kind.key.rfind('/').unwrap_or(0);
    (&kind.key[..end], &kind.key[end + 1..])
}

fn has(of: &Type, field: &str) -> bool {
    WITNESS.all_fields(of).contains_key(field)
}

impl Examined {
    fn complain(&mut self, topic: &'static str, at: impl Into<String>) {
        self.complaints.push(Complaint { kind: self.kind.name, topic, at: at.into() });
    }

    /// Finds a call, and checks where its identifier goes and which parameters it has.
    fn call(&mut self, call: &Call, what: &'static str) -> Vec<&'static facts::Call> {
        let found = WITNESS.calls(verb(call.method), call.path);
        if found.is_empty() {
            self.complain("unknown call", format!("{} {}", verb(call.method), call.path));
            return found;
        }
        let name_at = format!("{what} {}", call.path);
        let in_query = |name: &str| found.iter().any(|call| call.query.contains_key(name));
        let in_body = |name: &str| found.iter().any(|call| has(&call.body(), name));
        let is_posted = matches!(call.paging, Paging::Body(..));
        let takes = |name: &str| if is_posted { in_body(name) } else { in_query(name) };
        let right = match call.id {
            IdAt::Nowhere => found.iter().all(|call| !call.has_placeholder()),
            IdAt::Query(name) => in_query(name),
            IdAt::Body(name) => in_body(name),
            IdAt::Path => found.iter().any(|call| call.has_placeholder()),
        };
        let in_path = call.path.contains("{id}");
        if !right || in_path != (call.id == IdAt::Path) {
            self.complain("identifier in the wrong place", name_at.clone());
        }
        for (name, _) in call.query.iter().filter(|(name, _)| !takes(name)) {
            self.complain("unknown parameter", format!("{name_at} {name}"));
        }
        found
    }

    fn listing(&mut self) -> Vec<Type> {
        let list = self.kind.api.list;
        let found = self.call(&list, "list");
        let styles: Vec<&str> = found
            .iter()
            .filter_map(|call| call.paging.as_ref())
            .map(|pages| pages.style.as_str())
            .collect();
        let (style, parameter) = match list.paging {
            Paging::None => (None, None),
            Paging::Token(parameter, _) | Paging::Body(parameter, _) => {
                (Some("page_token"), Some(parameter))
            }
            Paging::StartIndex(_) => (Some("start_index"), Some("count")),
        };
        let agrees = match style {
            None => styles.is_empty(),
            Some(style) => styles.contains(&style),
        };
        if !found.is_empty() && !agrees {
            self.complain("paging", list.path);
        }
        if let Some(name) = parameter
            && !found.iter().any(|call| match list.paging {
                Paging::Body(..) => has(&call.body(), name),
                _ => call.query.contains_key(name),
            })
        {
            self.complain("unknown parameter", format!("list {} {name}", list.path));
        }
        let items: Vec<Type> = found
            .iter()
            .filter_map(|call| call.answer.as_ref())
            .flat_map(|answer| WITNESS.at(answer, &format!("/{}/*", list.items)))
            .collect();
        let paged_items: Vec<&str> =
            found.iter().filter_map(|call| call.paging.as_ref()?.items.as_str()).collect();
        if items.is_empty() || !paged_items.is_empty() && !paged_items.contains(&list.items) {
            self.complain("items", format!("{} /{}", list.path, list.items));
        }
        items
    }

    /// Where a spec stands in the bodies of a call.
    fn body_roots(&mut self, call: Option<Call>, what: &'static str) -> Vec<Type> {
        let Some(call) = call else { return Vec::new() };
        let key = key_place(self.kind).1;
        let bodies: Vec<Type> = self.call(&call, what).iter().map(|call| call.body()).collect();
        bodies
            .into_iter()
            .flat_map(|body| {
                let inner = WITNESS.all_fields(&body).into_values();
                [body].into_iter().chain(inner).find(|of| has(of, key))
            })
            .collect()
    }

    fn exists(&mut self, topic: &'static str, pattern: &str, roots: &[Type]) -> Vec<Type> {
        let text = self.table.rules.iter().find_map(|(at, rule)| {
            let inside =
                pattern.strip_prefix(at.as_str()).is_some_and(|rest| rest.starts_with('/'));
            (matches!(rule.what, What::JsonText) && inside).then(|| at.clone())
        });
        let pattern = text.as_deref().unwrap_or(pattern);
        let found: Vec<Type> = roots.iter().flat_map(|root| WITNESS.at(root, pattern)).collect();
        if found.is_empty() {
            self.complain(topic, pattern);
        }
        found
    }

    fn says(&self, at: &str, what: impl Fn(What) -> bool) -> bool {
        self.table
            .rules
            .iter()
            .any(|(pattern, rule)| matches_pattern(pattern, at) && what(rule.what))
    }

    /// Whether a field, or what holds it, is never stored.
    fn is_dropped(&self, at: &str) -> bool {
        let ends = at.match_indices('/').map(|(end, _)| end).skip(1).chain([at.len()]);
        ends.into_iter().any(|end| self.says(&at[..end], |what| matches!(what, What::OutputOnly)))
    }

    /// Complains of fields that are answered, cannot be sent, and are not called output-only.
    fn read_only(&mut self, answer: &Type, bodies: &[Type], at: &str) {
        if bodies.is_empty() || bodies.contains(answer) {
            return;
        }
        match answer {
            Type::List([item]) => {
                let items: Vec<Type> =
                    bodies.iter().flat_map(|body| WITNESS.at(body, "/*")).collect();
                self.read_only(item, &items, &format!("{at}/*"));
            }
            of if WITNESS.is_structure(of) => {
                for (name, of) in WITNESS.all_fields(of) {
                    let (place, step) = (format!("{at}/{name}"), format!("/{name}"));
                    let inner: Vec<Type> =
                        bodies.iter().flat_map(|body| WITNESS.at(body, &step)).collect();
                    if inner.is_empty() && !self.is_dropped(&place) {
                        self.complain("read-only", place);
                    } else {
                        self.read_only(&of, &inner, &place);
                    }
                }
            }
            _ => {}
        }
    }

    fn immutables(&mut self, answers: &[Type], created: &[Type], updated: &[Type]) {
        if created.is_empty() || updated.is_empty() {
            return;
        }
        let names = |types: &[Type]| -> Vec<String> {
            types.iter().flat_map(|of| WITNESS.all_fields(of).into_keys()).collect()
        };
        let (answered, created, updated) = (names(answers), names(created), names(updated));
        for name in created.iter().filter(|name| answered.contains(name) && !updated.contains(name))
        {
            let at = format!("/{name}");
            if !self.says(&at, |what| matches!(what, What::Immutable)) && !self.is_dropped(&at) {
                self.complain("immutable", at);
            }
        }
        for name in created.iter().filter(|name| updated.contains(name)) {
            let at = format!("/{name}");
            if self.says(&at, |what| matches!(what, What::Immutable)) {
                self.complain("mutable", at);
            }
        }
    }

    /// Complains of fields that look like identifiers or people and are nothing but text to the table.
    ///
    /// What occurs in a `for_each` task occurs in a task, and is not told twice.
    fn identifiers(&mut self, created: &[Type], answers: &[Type]) {
        let mut leaves: Vec<String> =
            created.iter().flat_map(|root| WITNESS.leaves(root)).collect();
        leaves.retain(|at| answers.iter().any(|of| !WITNESS.at(of, at).is_empty()));
        leaves.retain(|at| !at.contains("/for_each_task/task/"));
        leaves.sort();
        leaves.dedup();
        for at in leaves {
            let name = at.rsplit('/').find(|step| *step != "*").unwrap_or("");
            let is_id = name.ends_with("_id") || name.ends_with("_ids");
            let is_person = name == "user_name" || name.ends_with("_user_name");
            let known = self.table.refs.iter().any(|(pattern, _)| matches_pattern(pattern, &at))
                || self.says(&at, |what| matches!(what, What::Email))
                || self.is_dropped(&at);
            if (is_id || is_person) && !known && !NO_IDENTIFIERS.contains(&name) {
                self.complain("unreferenced", at);
            }
        }
    }

    /// Complains of places where people put secrets and the table does not look for them.
    fn secrets(&mut self, created: &[Type], answers: &[Type]) {
        let mut leaves: Vec<String> =
            created.iter().flat_map(|root| WITNESS.leaves(root)).collect();
        leaves.retain(|at| answers.iter().any(|of| !WITNESS.at(of, at).is_empty()));
        leaves.sort();
        leaves.dedup();
        for at in leaves {
            let place = at.trim_end_matches("/*");
            let name = place.rsplit('/').next().unwrap_or("");
            let is_map =
                ["spark_conf", "spark_env_vars", "variables"].contains(&name) && place != at;
            let is_one = ["password", "secret", "token"].contains(&name);
            if (is_map || is_one) && !self.says(place, |what| matches!(what, What::Secret)) {
                self.complain("unguarded", place);
            }
        }
    }

    fn rights(&mut self, acl: Acl) {
        if let Some(entries) = acl.entries {
            let listed = self.call(&entries.list, "list rights");
            let items = listed.iter().filter_map(|call| call.answer.as_ref());
            let place = format!("/{}/*", entries.list.items);
            let items: Vec<Type> = items.flat_map(|of| WITNESS.at(of, &place)).collect();
            let mut bodies = |call: Call, what| -> Vec<Type> {
                self.call(&call, what).iter().map(|call| call.body()).collect()
            };
            let put = bodies(entries.put, "set rights");
            let deleted = bodies(entries.delete, "delete rights");
            for (field, places) in [
                (entries.principal, [&items, &put, &deleted].as_slice()),
                (entries.level, [&items, &put].as_slice()),
            ] {
                for types in places {
                    self.exists("rights", &format!("/{field}"), types);
                }
            }
            return;
        }
        for method in ["GET", "PUT"] {
            if WITNESS.calls(method, &acl.path("1")).is_empty() {
                self.complain("unknown call", format!("{method} {}", acl.path("{id}")));
            }
        }
    }

    fn examine(mut self) -> Vec<Complaint> {
        let (api, prefix) = (self.kind.api, key_place(self.kind).0);
        let items = self.listing();
        for (topic, pointer) in [("id", self.kind.id), ("key", self.kind.key)] {
            self.exists(topic, pointer, &items);
        }
        let got = api.get.map(|call| self.call(&call, "get")).unwrap_or_default();
        let answers: Vec<Type> = got
            .iter()
            .filter_map(|call| call.answer.clone())
            .filter(|answer| !WITNESS.at(answer, self.kind.key).is_empty())
            .chain(items)
            .flat_map(|of| WITNESS.at(&of, prefix))
            .collect();
        let created = self.body_roots(api.create, "create");
        let updated = self.body_roots(api.update, "update");
        if let Some(delete) = api.delete {
            self.call(&delete, "delete");
        }
        if let Some(acl) = self.kind.acl {
            self.rights(acl);
        }
        if !self.kind.is_managed() {
            return self.complaints;
        }
        let all: Vec<Type> =
            [&answers, &created, &updated].into_iter().flatten().cloned().collect();
        let rules: Vec<String> = self.table.rules.iter().map(|(at, _)| at.clone()).collect();
        for at in rules {
            self.exists("rule", &at, &all);
        }
        let refs: Vec<String> = self.table.refs.iter().map(|(at, _)| at.clone()).collect();
        for at in refs {
            let found = self.exists("reference", &at, &all);
            if !found.is_empty() && found.iter().all(|of| WITNESS.is_structure(of)) {
                self.complain("reference", at);
            }
        }
        let sent: Vec<Type> = created.iter().chain(&updated).cloned().collect();
        for answer in &answers {
            self.read_only(answer, &sent, "");
        }
        self.immutables(&answers, &created, &updated);
        self.identifiers(&created, &answers);
        self.secrets(&created, &answers);
        self.complaints
    }
}

/// Everything the witness has against a kind's table, pardoned or not.
pub(super) fn complaints(kind: &'static Kind) -> Vec<Complaint> {
    let mut found = Examined { kind, table: Table::of(kind), complaints: Vec::new() }.examine();
    found.sort();
    found.dedup();
    found
}

/// What the witness has against a kind's table and nobody has pardoned.
pub(super) fn unpardoned(kind: &'static Kind) -> Vec<String> {
    let pardoned = |complaint: &Complaint| PARDONS.iter().any(|pardon| pardon.is_for(complaint));
    complaints(kind)
        .iter()
        .filter(|complaint| !pardoned(complaint))
        .map(ToString::to_string)
        .collect()
}

#[test]
fn every_table_agrees_with_the_witness() {
    let found: Vec<String> = kinds::ALL.iter().flat_map(|kind| unpardoned(kind)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_pardon_is_needed() {
    let all: Vec<Complaint> = kinds::ALL.iter().flat_map(|kind| complaints(kind)).collect();
    let idle: Vec<_> = PARDONS
        .iter()
        .filter(|pardon| !all.iter().any(|complaint| pardon.is_for(complaint)))
        .collect();
    assert!(idle.is_empty(), "{idle:#?}");
}
