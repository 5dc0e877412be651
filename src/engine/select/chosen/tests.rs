//! What selectors mean, on a few made-up objects.

use serde_json::json;

use super::*;
use crate::engine::select::{asks_rights, looks_everywhere, may_select, of_kinds, tree_places};
use crate::kind::{Acl, Catalogue, Hooks, Kind};
use crate::model::{Grant, Layout, Resource};

struct Folders;

impl Hooks for Folders {
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        let parent = resource.address.key.rsplit_once('/').map_or("", |(parent, _)| parent);
        vec![Address::new("folder", parent)]
    }
}

static BOX: Kind =
    Kind { name: "box", acl: Some(Acl::of("boxes").owned("IS_OWNER")), ..Kind::REGULAR };
static FOLDER: Kind =
    Kind { name: "folder", layout: Layout::Directory, hooks: &Folders, ..Kind::REGULAR };
static PERSON: Kind = Kind { name: "person", ..Kind::REGULAR };

fn resource(address: &str, spec: serde_json::Value, owner: Option<&str>) -> Resource {
    let grant = |name| Grant { principal: Address::new("person", name), level: "IS_OWNER".into() };
    Resource {
        address: address.parse().unwrap(),
        spec,
        grants: owner.map(|name| BTreeSet::from([grant(name)])),
        content: None,
    }
}

/// A small world: boxes in boxes, folders in folders, people.
fn world() -> BTreeMap<Address, Resource> {
    let all = [
        resource(
            "box:etl",
            json!({"in": {"$ref": "box:big"}, "tags": {"team": "data"}}),
            Some("ana"),
        ),
        resource(
            "box:big",
            json!({"parts": [{"custom_tags": [{"key": "team", "value": "core"}]}]}),
            None,
        ),
        resource(
            "box:odd+",
            json!({"tags": ["team"], "run_as": {"name": {"$ref": "person:bob"}}}),
            None,
        ),
        resource("folder:/a", json!({}), None),
        resource("folder:/a/b", json!({}), None),
        resource("folder:/ab", json!({}), None),
        resource("person:ana", json!({}), None),
        resource("person:bob", json!({}), None),
    ];
    all.into_iter().map(|one| (one.address.clone(), one)).collect()
}

fn catalogue() -> Catalogue {
    Catalogue::new(&[&BOX, &FOLDER, &PERSON])
}

fn selectors(select: &[&str], exclude: &[&str]) -> Selectors {
    let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    Selectors { select: read(select), exclude: read(exclude) }
}

fn chosen(select: &[&str], exclude: &[&str]) -> Chosen {
    let (catalogue, world) = (catalogue(), world());
    choose(&selectors(select, exclude), &Universe::of(&catalogue, &world))
}

fn names(select: &[&str], exclude: &[&str]) -> String {
    let chosen = chosen(select, exclude);
    let world = world();
    let names = world.keys().filter(|address| chosen.has_object(address));
    names.map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_test_means_what_it_says() {
    for (selector, expected) in [
        ("box", "box:big box:etl box:odd+"),
        ("box:e*", "box:etl"),
        (r"box:odd\+", "box:odd+"),
        ("tag.team=data", "box:etl"),
        ("tag.team=c*", "box:big"),
        ("tag.team=*", "box:big box:etl box:odd+"),
        ("owner=ana", "box:etl"),
        ("owner=person:*", "box:etl box:odd+"),
        ("path:/a", "folder:/a folder:/a/b"),
        ("path:/a/*", "folder:/a/b"),
        ("box & !tag.team=data", "box:big box:odd+"),
        ("!box & !folder", "person:ana person:bob"),
        ("+box:etl", "box:big box:etl person:ana"),
        ("box:big+", "box:big box:etl"),
        ("+box:etl & box", "box:big box:etl"),
        ("!+box:etl & box", "box:odd+"),
        ("+folder:/a/b", "folder:/a folder:/a/b"),
        ("+person:bob+", "box:odd+ person:bob"),
    ] {
        assert_eq!(names(&[selector], &[]), expected, "{selector}");
    }
}

#[test]
fn flags_unite_and_exclusion_wins() {
    assert_eq!(names(&["box:etl", "person"], &["person:b*"]), "box:etl person:ana");
    assert_eq!(names(&[], &["box", "folder"]), "person:ana person:bob");
    assert_eq!(names(&["+box:etl"], &["box:big"]), "box:etl person:ana");
}

#[test]
fn says_who_pulled_what_in_and_what_matched_nothing() {
    let found = chosen(&["+box:etl", "box:big", "box:nope"], &["box:none"]);
    let etl = Address::new("box", "etl");
    assert_eq!(
        found.pulled_in,
        BTreeMap::from([(Address::new("person", "ana"), Pull::NeededBy(etl))])
    );
    let said: Vec<&str> = found.findings.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        said,
        ["--select 'box:nope' matches nothing", "--exclude 'box:none' matches nothing"]
    );
    assert!(!found.is_nothing());
    assert!(chosen(&["box:nope"], &[]).is_nothing());
    assert!(chosen(&["box"], &["box:**"]).is_nothing());
    assert!(chosen(&[], &[]).findings.is_empty());
}

#[test]
fn an_action_is_asked_of_changes_and_of_no_object() {
    let etl = Address::new("box", "etl");
    let found = chosen(&["action:create & box"], &[]);
    assert!(found.has(&etl, Change::Create) && !found.has(&etl, Change::Update));
    assert!(found.has_object(&etl) && !found.is_nothing());
    let found = chosen(&["!action:grants"], &["action:delete"]);
    assert!(found.has(&etl, Change::Update) && !found.has(&etl, Change::Grants));
    assert!(found.excludes(&etl, Change::Delete) && found.has_object(&etl));
}

#[test]
fn what_the_listing_tells_is_not_read() {
    let catalogue = catalogue();
    let may = |select: &[&str], exclude: &[&str]| {
        let selectors = selectors(select, exclude);
        let world = world();
        let found = world.keys().filter(|one| may_select(&catalogue, &selectors, one));
        found.map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(may(&["box:e*"], &[]), "box:etl");
    assert_eq!(may(&["box & tag.team=data"], &["box:odd*"]), "box:big box:etl");
    assert_eq!(may(&["+box:etl & person"], &[]), "box:etl");
    assert_eq!(may(&["path:/a"], &["path:/a/b"]), "folder:/a");
    assert_eq!(may(&[], &["box & owner=ana", "folder", "person"]), "box:big box:etl box:odd+");
    assert!(looks_everywhere(&selectors(&["box:big+"], &[])));
    assert!(looks_everywhere(&selectors(&["box"], &["+box:etl"])));
    assert!(!looks_everywhere(&selectors(&["+box:etl"], &["box"])));
    assert!(asks_rights(&selectors(&[], &["owner=x"])) && !asks_rights(&selectors(&["box"], &[])));
    let kinds = |select: &[&str]| of_kinds(&catalogue, &selectors(select, &[]));
    assert_eq!(
        kinds(&["box:x & tag.a=b", "path:/"]),
        Some(["box", "folder"].map(String::from).into())
    );
    assert_eq!(kinds(&["+box:x"]), None);
    assert_eq!(kinds(&["box", "tag.a=b"]), None);
}

#[test]
fn only_some_places_of_the_tree_are_looked_at() {
    let catalogue = catalogue();
    for (select, places) in [
        (&["path:/a/b", "path:/a/b/c*"][..], Some(&["/a/b"][..])),
        (&["folder:/a/x & tag.a=b", "box"], Some(&["/a/x"])),
        (&["path:/ab", "path:/a"], Some(&["/a", "/ab"])),
        (&["!path:/a"], None),
        (&["folder"], None),
        (&["path:/a", "owner=ana"], None),
        (&["+path:/a"], None),
    ] {
        let found = tree_places(&catalogue, &selectors(select, &[]));
        let expected = places.map(|all| all.iter().map(|&one| one.to_owned()).collect());
        assert_eq!(found, expected, "{select:?}");
    }
}
