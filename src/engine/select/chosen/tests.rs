//! What selectors mean, on a few made-up objects.

use serde_json::json;

use super::*;
use crate::engine::select::{
    asks_rights, looks_everywhere, may_select, of_kinds, rights_tell, tree_scope,
};
use crate::kind::{Acl, Catalogue, Hooks, Kind, Scope};
use crate::model::{Grant, Layout, Resource};

struct Folders;

impl Hooks for Folders {
    fn needs(&self, resource: &Resource) -> Vec<Address> {
        let key = &resource.address.key;
        let parent = key.rsplit_once('/').map_or("", |(parent, _)| parent);
        let owner = key.strip_prefix("/Users/").and_then(|rest| rest.split('/').next());
        let owner = owner.map(|owner| Address::new("person", owner.to_lowercase()));
        owner.into_iter().chain([Address::new("folder", parent)]).collect()
    }
}

static BOX: Kind =
    Kind { name: "box", acl: Some(Acl::of("boxes").owned("IS_OWNER")), ..Kind::REGULAR };
static FOLDER: Kind =
    Kind { name: "folder", layout: Layout::Directory, hooks: &Folders, ..Kind::REGULAR };
static PERSON: Kind = Kind { name: "person", ..Kind::REGULAR };
static GROUP: Kind = Kind { name: "group", ..Kind::REGULAR };

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
    Catalogue::new(&[&BOX, &FOLDER, &GROUP, &PERSON])
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
        let found =
            world.keys().filter(|one| may_select(&catalogue, &selectors, &People::default(), one));
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
    let named = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<BTreeSet<_>>();
    let all = named(&["box", "folder", "group", "person"]);
    assert_eq!(kinds(&["box:x & tag.a=b", "path:/"]), named(&["box", "folder"]));
    assert_eq!(kinds(&["+box:x & person"]), named(&["person"]));
    assert_eq!(kinds(&["+box:x"]), all);
    assert_eq!(kinds(&["box", "tag.a=b"]), all);
    let skipped = selectors(&[], &["box", "folder:/a", "!person", "group & tag.a=b"]);
    assert_eq!(of_kinds(&catalogue, &skipped), named(&["folder", "group", "person"]));
}

#[test]
fn only_some_places_of_the_tree_are_looked_at() {
    let catalogue = catalogue();
    let set = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<BTreeSet<_>>();
    for (select, exclude, places) in [
        (&["path:/a/b", "path:/a/b/c*"][..], &[][..], Some((&["/a/b"][..], &[][..]))),
        (&["folder:/a/x", "box"], &[], Some((&["/a/x"], &[]))),
        (&["folder:/a/x & tag.a=b"], &[], Some((&[], &[]))),
        (&["path:/ab", "path:/a"], &[], Some((&["/a", "/ab"], &[]))),
        (&["path:/a", "owner=person:ana"], &["path:/a/b", "box"], Some((&["/a"], &["/a/b"]))),
        (&["box & path:/a"], &[], Some((&[], &[]))),
        (&["of=person:ana", "folder:/c"], &[], Some((&["/Users/ana", "/c"], &[]))),
        (&["of=group:all"], &[], Some((&["/Users/ana", "/Users/eve"], &[]))),
        (&[], &["path:/Users", "path:/Users/ana", "path:/x*"], Some((&["/"], &["/Users"]))),
        (&[], &["path:/a & box", "!path:/b"], None),
        (&["!path:/a"], &[], None),
        (&["folder"], &[], None),
        (&["+path:/a"], &["path:/b"], None),
    ] {
        let selectors = selectors(select, exclude);
        let everybody = people();
        let people = People::of(&selectors, everybody.iter().map(|(name, one)| (name, Some(one))));
        let found = match tree_scope(&catalogue, &selectors, &people) {
            Scope::Places { within, without } => Some((within, without)),
            _ => None,
        };
        let expected = places.map(|(within, without)| (set(within), set(without)));
        assert_eq!(found, expected, "{select:?} {exclude:?}");
    }
}

/// People, groups that lead back to each other, and what is whose.
fn people() -> BTreeMap<Address, Resource> {
    let members = |all: &[&str]| {
        let all: Vec<_> = all.iter().map(|one| json!({"$ref": one})).collect();
        json!({"members": {"all": all}})
    };
    let all = [
        resource("group:all", members(&["person:ana", "group:some"]), None),
        resource("group:some", members(&["person:eve", "group:all"]), None),
        resource("group:far", json!({"account_level": true}), None),
        resource("person:ana", json!({}), None),
        resource("person:anabel", json!({}), None),
        resource("person:eve", json!({}), None),
        resource("box:of ana", json!({}), Some("ana")),
        resource("box:of anabel", json!({}), Some("anabel")),
        resource("box:as eve", json!({"run_as_user_name": "Eve"}), None),
        resource("box:for all", json!({"owner": {"$ref": "group:all"}}), None),
        resource("folder:/Users/Ana", json!({}), None),
        resource("folder:/Users/ana/x", json!({}), None),
        resource("folder:/Users/anabel/x", json!({}), None),
        resource("folder:/a", json!({}), None),
    ];
    all.into_iter().map(|one| (one.address.clone(), one)).collect()
}

#[test]
fn what_is_somebodys_comes_with_them() {
    let (catalogue, world) = (catalogue(), people());
    let choose =
        |select: &[&str]| choose(&selectors(select, &[]), &Universe::of(&catalogue, &world));
    let names = |chosen: &Chosen| -> Vec<String> {
        let all = world.keys().filter(|address| chosen.has_object(address));
        all.map(ToString::to_string).collect()
    };
    let ana = choose(&["of=person:ana"]);
    let hers = ["box:of ana", "folder:/Users/Ana", "folder:/Users/ana/x", "person:ana"];
    assert_eq!(names(&ana), hers);
    assert!(ana.pulled_in.is_empty());
    assert_eq!(names(&choose(&["of=person:ana & box"])), ["box:of ana"]);
    // A group's people come along, however deep, and it is said through which group.
    let all = choose(&["of=group:all"]);
    let mut theirs = vec!["box:as eve", "box:for all"];
    theirs.extend(hers.iter().take(3));
    theirs.extend(["group:all", "group:some", "person:ana", "person:eve"]);
    assert_eq!(names(&all), theirs);
    let eve = Address::new("person", "eve");
    assert_eq!(all.pulled_in.get(&eve), Some(&Pull::MemberOf(Address::new("group", "some"))));
    assert_eq!(names(&choose(&["of=group:far"])), ["group:far"]);
    assert_eq!(names(&choose(&["of=person:an*"])).len(), 7);
    // The home of somebody who is gone is still theirs.
    let gone = choose(&["of=person:ghost"]);
    assert!(gone.is_nothing() && gone.findings.len() == 2, "{:?}", gone.findings);
}

#[test]
fn rights_are_asked_only_where_they_tell() {
    let tell = |select: &str, kind| rights_tell(&selectors(&[select], &[]), kind);
    assert!(tell("of=person:ana", &BOX) && tell("owner=ana", &BOX) && tell("+box", &PERSON));
    assert!(!tell("of=person:ana", &FOLDER) && !tell("owner=ana", &PERSON) && !tell("box", &BOX));
}
