//! Objects that are the same under another name.

use std::collections::BTreeSet;

use brickform::kind::{Depth, Live, Wanted, Writing, resolve};
use brickform::model::{Address, Resource};
use serde_json::{Value, json};

use super::sample::{Sample, all};

/// The resource under another name.
fn renamed(resource: &Resource) -> (Resource, String) {
    let mut other = resource.clone();
    other.address.key = format!("{} renamed", resource.address.key);
    let fields = other.spec.as_object_mut().unwrap();
    let bears_name = |(_, value): &(&String, &mut Value)| {
        value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(&resource.address.key))
    };
    let (field, value) = fields.iter_mut().find(bears_name).unwrap();
    *value = json!(other.address.key);
    let path = format!("/{field}");
    (other, path)
}

fn renamable() -> Vec<Sample> {
    let can_be = |sample: &Sample| {
        let resource = &sample.held().snapshot.resources[&sample.address()];
        sample.kind.hooks.renames() && sample.kind.hooks.uncreatable(resource).is_none()
    };
    all().into_iter().filter(can_be).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_says_so_gives_an_object_another_name() {
    let mut kinds = BTreeSet::new();
    for sample in renamable() {
        kinds.insert(sample.kind.name);
        let world = sample.made(1).await;
        let address = sample.address();
        let before = world.look(BTreeSet::new()).await;
        let id = before.index.id(&address).unwrap().clone();
        let table = world.catalogue.table(sample.kind.name).unwrap();
        let (wanted, path) = renamed(&before.snapshot.resources[&address]);
        let body = resolve(table, &wanted.spec, &before.index).unwrap();
        let raw = {
            use brickform::kind::{Listed, Reading, Scope};
            let scope = Scope::Everything;
            let (kind, session, blobs) = (sample.kind, &world.session, world.blobs());
            let cx = Reading { kind, session, scope: &scope, blobs, depth: Depth::Whole(None) };
            let listing = kind.hooks.list(cx).await.unwrap();
            let is_it = |one: &Listed| one.id == id && one.kind == kind;
            let listed = listing.objects.into_iter().find(is_it).unwrap();
            kind.hooks.fresh(cx, listed).await.unwrap().raw
        };
        let (kind, session) = (sample.kind, &world.session);
        let cx = Writing { kind, session, contents: world.blobs() };
        let live = Live { id: id.clone(), raw, changed: vec![path] };
        let sent = Wanted { resource: &wanted, body };
        sample.kind.hooks.update(cx, live, sent).await.unwrap();

        let after = world.look(BTreeSet::new()).await;
        let label = sample.label();
        assert_eq!(
            after.index.address(sample.kind.name, id.as_str()),
            Some(&wanted.address),
            "{label}"
        );
        let found = &after.snapshot.resources[&wanted.address];
        assert_eq!(found.spec, wanted.spec, "{label}");
        assert_eq!(
            found.grants, before.snapshot.resources[&address].grants,
            "{label}: rights stay"
        );
        assert!(!after.snapshot.resources.contains_key(&address), "{label}");
    }
    let wanted =
        ["cluster", "cluster_policy", "group", "instance_pool", "job", "service_principal"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), wanted);
}

/// Whoever may be renamed is known by fingerprint, so that a later export tells a rename from a new object.
#[tokio::test(flavor = "multi_thread")]
async fn a_fingerprint_is_kept_of_whatever_may_be_renamed() {
    for sample in renamable() {
        let world = sample.made(1).await;
        let seen = world.look(BTreeSet::new()).await;
        let keys = &seen.sticky[sample.kind.name];
        let known: BTreeSet<Address> =
            keys.values().map(|key| Address::new(sample.kind.name, key.clone())).collect();
        let held: BTreeSet<Address> =
            seen.snapshot.of_kind(sample.kind.name).map(|one| one.address.clone()).collect();
        assert_eq!(known, held, "{}", sample.label());
    }
}
