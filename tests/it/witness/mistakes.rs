//! Tables with one mistake each, all of which are noticed.

use brickform::kind::rule;
use brickform::kind::{Acl, Api, Call, IdAt, Kind, Paging, Ref, Rule, What};
use brickform::kinds;

use super::table::unpardoned;

fn kind(name: &str) -> &'static Kind {
    kinds::ALL.iter().find(|kind| kind.name == name).unwrap()
}

/// A table as it is, apart from what `spoil` does to it.
fn spoiled(name: &str, spoil: impl FnOnce(&mut Kind)) -> &'static Kind {
    let mut copy = Kind { ..*kind(name) };
    spoil(&mut copy);
    Box::leak(Box::new(copy))
}

fn without_rule(kind: &Kind, at: &str, gone: impl Fn(What) -> bool) -> &'static [Rule] {
    let left: Vec<Rule> =
        kind.rules.iter().filter(|rule| rule.at != at || !gone(rule.what)).copied().collect();
    assert_eq!(left.len() + 1, kind.rules.len(), "{at} has one such rule");
    Vec::leak(left)
}

fn without_ref(kind: &Kind, at: &str) -> &'static [Ref] {
    let left: Vec<Ref> = kind.refs.iter().filter(|reference| reference.at != at).copied().collect();
    assert_eq!(left.len() + 1, kind.refs.len());
    Vec::leak(left)
}

fn with_rule(kind: &Kind, more: Rule) -> &'static [Rule] {
    Vec::leak(kind.rules.iter().copied().chain([more]).collect())
}

fn with_ref(kind: &Kind, more: Ref) -> &'static [Ref] {
    Vec::leak(kind.refs.iter().copied().chain([more]).collect())
}

fn path(call: Call, path: &'static str) -> Call {
    Call { path, ..call }
}

fn changed(call: Option<Call>, how: impl Fn(Call) -> Call) -> Option<Call> {
    call.map(how)
}

/// Each mistake: what it is, the kind, how to make it, and a word of the complaint it must give.
type Mistake = (&'static str, &'static str, fn(&mut Kind), &'static str);

fn api(kind: &mut Kind, change: impl Fn(Api) -> Api) {
    kind.api = change(kind.api);
}

const MISTAKES: &[Mistake] = &[
    (
        "a misspelled path",
        "cluster_policy",
        |k| api(k, |a| Api { list: path(a.list, "/api/2.0/cluster-policies/list"), ..a }),
        "unknown call GET /api/2.0/cluster-policies/list",
    ),
    (
        "a version that does not exist",
        "job",
        |k| api(k, |a| Api { create: changed(a.create, |c| path(c, "/api/2.3/jobs/create")), ..a }),
        "unknown call POST /api/2.3/jobs/create",
    ),
    (
        "another method",
        "user",
        |k| {
            api(k, |a| Api {
                update: Some(Call::post("/api/2.0/preview/scim/v2/Users/{id}").path_id()),
                ..a
            })
        },
        "unknown call POST /api/2.0/preview/scim/v2/Users/{id}",
    ),
    (
        "a path of the account instead of the workspace",
        "service_principal",
        |k| {
            api(k, |a| Api {
                delete: changed(a.delete, |c| path(c, "/api/2.0/scim/v2/ServicePrincipals/{id}")),
                ..a
            })
        },
        "unknown call DELETE",
    ),
    (
        "the identifier in the body instead of the query",
        "cluster",
        |k| {
            api(k, |a| Api {
                get: changed(a.get, |c| Call { id: IdAt::Body("cluster_id"), ..c }),
                ..a
            })
        },
        "identifier in the wrong place get",
    ),
    (
        "the identifier under another name",
        "instance_pool",
        |k| {
            api(k, |a| Api {
                update: changed(a.update, |c| Call { id: IdAt::Body("pool_id"), ..c }),
                ..a
            })
        },
        "identifier in the wrong place update",
    ),
    (
        "a placeholder that is never filled",
        "group",
        |k| {
            api(k, |a| Api {
                delete: changed(a.delete, |c| Call { id: IdAt::Query("id"), ..c }),
                ..a
            })
        },
        "identifier in the wrong place delete",
    ),
    (
        "another field for the objects",
        "instance_pool",
        |k| api(k, |a| Api { list: a.list.items("pools"), ..a }),
        "items /api/2.0/instance-pools/list /pools",
    ),
    (
        "a field of the objects that is another list",
        "pipeline",
        |k| api(k, |a| Api { list: a.list.items("pipelines"), ..a }),
        "items /api/2.0/pipelines /pipelines",
    ),
    (
        "a listing read as if it had one page",
        "job",
        |k| api(k, |a| Api { list: a.list.paged(Paging::None), ..a }),
        "paging /api/2.2/jobs/list",
    ),
    (
        "pages where there are none",
        "cluster_policy",
        |k| api(k, |a| Api { list: a.list.paged(Paging::Token("page_size", 100)), ..a }),
        "paging /api/2.0/policies/clusters/list",
    ),
    (
        "another name for the page size",
        "job",
        |k| api(k, |a| Api { list: a.list.paged(Paging::Token("page_size", 100)), ..a }),
        "unknown parameter list /api/2.2/jobs/list page_size",
    ),
    (
        "a parameter nobody knows",
        "job",
        |k| api(k, |a| Api { list: a.list.with(&[("expand", "true")]), ..a }),
        "unknown parameter list /api/2.2/jobs/list expand",
    ),
    ("another identifier", "cluster_policy", |k| k.id = "/id", "id /id"),
    ("another key", "instance_pool", |k| k.key = "/name", "key /name"),
    (
        "a forgotten read-only field",
        "cluster_policy",
        |k| k.rules = without_rule(k, "/created_at_timestamp", |w| matches!(w, What::OutputOnly)),
        "read-only /created_at_timestamp",
    ),
    (
        "another forgotten read-only field",
        "instance_pool",
        |k| k.rules = without_rule(k, "/stats", |w| matches!(w, What::OutputOnly)),
        "read-only /stats",
    ),
    (
        "a forgotten immutable field",
        "instance_pool",
        |k| {
            k.rules = without_rule(k, "/preloaded_spark_versions", |w| matches!(w, What::Immutable))
        },
        "immutable /preloaded_spark_versions",
    ),
    (
        "a field called immutable that can be changed",
        "instance_pool",
        |k| k.rules = with_rule(k, rule::immutable("/min_idle_instances", "a guess")),
        "mutable /min_idle_instances",
    ),
    (
        "a misspelled field",
        "job",
        |k| k.rules = with_rule(k, rule::path("/tasks/*/notebook_task/notebook", "a notebook")),
        "rule /tasks/*/notebook_task/notebook",
    ),
    (
        "a field at the wrong depth",
        "cluster",
        |k| k.rules = with_rule(k, rule::secret("/basic_auth/password", "a password")),
        "rule /basic_auth/password",
    ),
    (
        "a list taken for an object",
        "job",
        |k| k.refs = with_ref(k, Ref::id("/tasks/existing_cluster_id", &kinds::ALL[..1])),
        "reference /tasks/existing_cluster_id",
    ),
    (
        "a structure taken for an identifier",
        "job",
        |k| k.refs = with_ref(k, Ref::id("/tasks/*/new_cluster", &kinds::ALL[..1])),
        "reference /tasks/*/new_cluster",
    ),
    (
        "a forgotten reference",
        "job",
        |k| k.refs = without_ref(k, "/trigger/sql_condition/warehouse_id"),
        "unreferenced /trigger/sql_condition/warehouse_id",
    ),
    (
        "a forgotten secret",
        "job",
        |k| {
            k.rules = without_rule(k, "/environment_variables/*/spec/variables", |w| {
                matches!(w, What::Secret)
            })
        },
        "unguarded /environment_variables/*/spec/variables",
    ),
    ("forgotten structures", "cluster", |k| k.parts = &[], "unreferenced /policy_id"),
    (
        "another type of rights",
        "cluster_policy",
        |k| k.acl = Some(Acl::of("policies")),
        "unknown call PUT /api/2.0/permissions/policies/{id}",
    ),
];

#[test]
fn every_mistake_is_noticed() {
    let missed: Vec<String> = MISTAKES
        .iter()
        .filter_map(|(what, name, spoil, word)| {
            let found = unpardoned(spoiled(name, spoil));
            let noticed = found.iter().any(|complaint| complaint.contains(word));
            (!noticed).then(|| format!("{name}: {what}: {found:#?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn an_unspoiled_copy_gives_no_complaint() {
    for name in ["job", "cluster", "instance_pool", "group"] {
        assert_eq!(unpardoned(spoiled(name, |_| {})), Vec::<String>::new());
    }
}
