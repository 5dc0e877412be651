//! Small workspaces, and who can do what in them.

use serde_json::{Value, json};

use super::*;
use crate::engine::access::going;
use crate::kind::Kind;
use crate::model::{Change, Plan, Resource, Snapshot, Step, Target, digest_bytes};

static FOLDER: Kind = Kind { name: "folder", layout: Layout::Directory, ..Kind::REGULAR };
static PAGE: Kind = Kind { name: "page", layout: Layout::File, ..Kind::REGULAR };
static LAMP: Kind = Kind { name: "lamp", ..Kind::REGULAR };

/// Objects with their grants, and groups with their members, each as one text.
fn snapshot(objects: &[(&str, &str)]) -> Snapshot {
    let resource = |(address, holds): &(&str, &str)| {
        let address: Address = address.parse().unwrap();
        let words = || holds.split(' ').filter(|word| !word.is_empty());
        let mut grants = None;
        let mut spec = json!({});
        if address.kind == "group" {
            let members: Vec<Value> = words().map(|member| json!({"$ref": member})).collect();
            spec = json!({"members": {"users": members}});
        } else {
            let grant = |word: &str| {
                let (principal, level) = word.split_once('=').unwrap();
                Grant { principal: principal.parse().unwrap(), level: level.to_owned() }
            };
            grants = Some(words().map(grant).collect());
        }
        (address.clone(), Resource { address, spec, grants, content: None })
    };
    Snapshot { resources: objects.iter().map(resource).collect(), ..Snapshot::default() }
}

fn lines(access: &Access) -> Vec<String> {
    let list = |addresses: &[Address]| -> String {
        addresses.iter().map(|one| one.key.as_str()).collect::<Vec<_>>().join("+")
    };
    let levels = |levels: &BTreeSet<String>| levels.iter().cloned().collect::<Vec<_>>().join("+");
    let mut lines = Vec::new();
    for one in &access.changes {
        let folder = one.folder.iter().map(|folder| format!(" in {}", folder.key));
        lines.push(format!(
            "{:?} {} on {}: {}>{} by {}{}",
            one.effect,
            list(&one.people),
            list(&one.objects),
            levels(&one.before),
            levels(&one.after),
            list(&one.through),
            folder.collect::<String>(),
        ));
    }
    lines
}

fn compare(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
    let catalogue = Catalogue::new(&[&FOLDER, &PAGE, &LAMP]);
    let (before, after) = (Rights::of(&snapshot(before)), Rights::of(&snapshot(after)));
    lines(&access(&catalogue, &before, &after))
}

#[test]
fn a_right_of_a_group_is_one_of_its_members() {
    let groups =
        [("group:eng", "user:ana group:leads"), ("group:leads", "user:bo user:ana group:eng")];
    let with = |lamps: [(&'static str, &'static str); 2]| [&groups[..], &lamps].concat();
    assert_eq!(
        compare(
            &with([("lamp:a", "group:eng=CAN_VIEW"), ("lamp:b", "group:eng=CAN_VIEW")]),
            &with([("lamp:a", "group:eng=CAN_MANAGE"), ("lamp:b", "group:eng=CAN_MANAGE")]),
        ),
        [
            "Gains ana on a+b: CAN_VIEW>CAN_MANAGE by eng",
            "Gains bo on a+b: CAN_VIEW>CAN_MANAGE by eng+leads"
        ]
    );
}

#[test]
fn who_leaves_a_group_loses_what_it_holds() {
    assert_eq!(
        compare(
            &[
                ("group:eng", "user:ana user:bo"),
                ("lamp:a", "group:eng=CAN_RUN user:bo=CAN_MANAGE")
            ],
            &[("group:eng", ""), ("lamp:a", "group:eng=CAN_RUN user:bo=CAN_MANAGE")],
        ),
        ["Loses ana on a: CAN_RUN> by eng"],
        "bo holds more in person"
    );
}

#[test]
fn losses_come_first_and_new_objects_are_counted_apart() {
    assert_eq!(
        compare(
            &[("lamp:a", "user:ana=CAN_MANAGE"), ("lamp:old", "user:ana=CAN_VIEW")],
            &[("lamp:a", "user:ana=CAN_VIEW user:bo=CAN_VIEW"), ("lamp:new", "user:ana=CAN_USE")],
        ),
        [
            "Loses ana on a: CAN_MANAGE>CAN_VIEW by ",
            "Gains bo on a: >CAN_VIEW by ",
            "Goes ana on old: CAN_VIEW> by ",
            "New ana on new: >CAN_USE by ",
        ]
    );
}

#[test]
fn rights_come_down_from_folders() {
    let pages = [("page:/x/1", ""), ("page:/x/y/2", "user:ana=CAN_EDIT"), ("page:/z", "")];
    let with = |folder: (&'static str, &'static str)| [&pages[..], &[folder]].concat();
    assert_eq!(
        compare(&with(("folder:/x", "")), &with(("folder:/x", "user:ana=CAN_RUN"))),
        ["Gains ana on /x: >CAN_RUN by ", "Gains ana on /x/1: >CAN_RUN by  in /x"],
        "she may edit /x/y/2 already"
    );
}

#[test]
fn a_group_whose_members_nobody_knows_stands_for_them() {
    assert_eq!(
        compare(&[("lamp:a", "")], &[("lamp:a", "group:users=CAN_VIEW")]),
        ["Gains users on a: >CAN_VIEW by "]
    );
}

fn plan() -> Plan {
    let target = Target { host: "h".into(), workspace_id: None, caller: "c".into() };
    Plan::new("s", digest_bytes(b"s"), target)
}

#[test]
fn what_was_edited_in_the_target_and_stays_is_no_change() {
    let desired = snapshot(&[("group:eng", "user:ana"), ("lamp:a", "group:eng=CAN_MANAGE")]);
    let mut plan = plan();
    plan.kept = serde_json::from_value(json!([
        {"address": "group:eng", "fields": [{"path": "/members/users", "target": [{"$ref": "user:bo"}]}]},
        {"address": "lamp:a", "fields": [{"path": "/grants/group:eng", "target": "CAN_VIEW"}]},
    ]))
    .unwrap();
    let (before, after) = Rights::around(&plan, &desired);
    assert_eq!(before, after);
    let eng: Address = "group:eng".parse().unwrap();
    assert_eq!(after.members[&eng], ["user:bo".parse().unwrap()].into());
    let grant = Grant { principal: eng, level: "CAN_VIEW".into() };
    assert_eq!(after.grants[&"lamp:a".parse().unwrap()], [grant].into());
}

#[test]
fn a_plan_tells_what_was_before() {
    let desired = snapshot(&[
        ("group:eng", "user:bo"),
        ("lamp:a", "group:eng=CAN_MANAGE"),
        ("lamp:new", "user:ana=CAN_VIEW"),
        ("lamp:never", "group:eng=CAN_VIEW"),
    ]);
    let view = json!([{"principal": "user:ana", "level": "CAN_VIEW"}]);
    let mut plan = plan();
    plan.steps = serde_json::from_value(json!([
        {"id": 1, "address": "group:eng", "change": "update", "fields": [
            {"path": "/members/users", "before": [{"$ref": "user:ana"}], "after": [{"$ref": "user:bo"}]}]},
        {"id": 2, "address": "lamp:new", "change": "create"},
        {"id": 3, "address": "lamp:new", "change": "grants", "grants": view,
            "fields": [{"path": "/grants/user:ana", "after": "CAN_VIEW"}]},
        {"id": 4, "address": "lamp:a", "change": "grants",
            "grants": [{"principal": "group:eng", "level": "CAN_MANAGE"}],
            "fields": [{"path": "/grants/group:eng", "before": "CAN_VIEW", "after": "CAN_MANAGE"}]},
    ]))
    .unwrap();
    plan.blocked = serde_json::from_value(
        json!([{"address": "lamp:never", "change": "create", "reason": "no"}]),
    )
    .unwrap();
    let (before, after) = Rights::around(&plan, &desired);
    let catalogue = Catalogue::new(&[&FOLDER, &PAGE, &LAMP]);
    assert_eq!(
        lines(&access(&catalogue, &before, &after)),
        [
            "Loses ana on a: CAN_VIEW> by eng",
            "Gains bo on a: >CAN_MANAGE by eng",
            "New ana on new: >CAN_VIEW by ",
        ]
    );
}

#[test]
fn what_is_held_on_deleted_objects_and_through_deleted_groups_goes() {
    let held = [
        ("group:old", "user:ana user:bo"),
        ("lamp:a", "group:old=CAN_RUN user:bo=CAN_VIEW"),
        ("lamp:gone", "group:old=CAN_MANAGE user:cy=CAN_VIEW user:cy=CAN_RUN"),
    ];
    let desired = snapshot(&[("lamp:a", "user:bo=CAN_VIEW")]);
    let delete = |address: &Address| {
        let fields = going(&snapshot(&held).resources[address]);
        Step { fields, ..Step::new(2, address.clone(), Change::Delete) }
    };
    let mut plan = plan();
    plan.steps = serde_json::from_value(json!([{
        "id": 1, "address": "lamp:a", "change": "grants",
        "grants": [{"principal": "user:bo", "level": "CAN_VIEW"}],
        "fields": [{"path": "/grants/group:old", "before": "CAN_RUN"}],
    }]))
    .unwrap();
    plan.steps.extend(["group:old", "lamp:gone"].map(|address| delete(&address.parse().unwrap())));
    let (before, after) = Rights::around(&plan, &desired);
    assert_eq!(before, Rights::of(&snapshot(&held)), "as it was");
    assert_eq!(after, Rights::of(&desired));
    let catalogue = Catalogue::new(&[&FOLDER, &PAGE, &LAMP]);
    assert_eq!(
        lines(&access(&catalogue, &before, &after)),
        [
            "Loses ana on a: CAN_RUN> by old",
            "Loses bo on a: CAN_RUN>CAN_VIEW by old",
            "Goes ana+bo on gone: CAN_MANAGE> by old",
            "Goes cy on gone: CAN_RUN> by ",
        ]
    );
}

#[test]
fn thousands_of_people_and_objects_are_one_line() {
    let everybody: String = (0..2_000).map(|n| format!("user:u{n} ")).collect();
    let lamps: Vec<String> = (0..3_000).map(|n| format!("lamp:{n:04}")).collect();
    let with = |level: &'static str| -> Vec<(&str, &str)> {
        let lamps = lamps.iter().map(|lamp| (lamp.as_str(), level));
        [("group:all", everybody.as_str())].into_iter().chain(lamps).collect()
    };
    let found = compare(&with("group:all=CAN_MANAGE"), &with("group:all=CAN_VIEW"));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("Loses u0+u1+"), "{}", &found[0][..40]);
}
