"""Users, service principals and groups, as the vendor's SDK makes, lists, changes and deletes them."""

import pytest
from databricks.sdk.errors import NotFound, ResourceConflict
from databricks.sdk.service import iam
from seed import mail, value

PATCH = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


def patch(op: str, path: str, value=None) -> iam.Patch:
    return iam.Patch(op=iam.PatchOp(op), path=path, value=value)


def test_users_live_from_create_to_delete(sdk):
    made = sdk.users.create(user_name=mail("ana"), display_name="Ana", entitlements=value("workspace-access"))
    assert made.user_name == mail("ana") and made.active is True
    got = sdk.users.get(made.id)
    assert (got.display_name, [one.value for one in got.entitlements]) == ("Ana", ["workspace-access"])
    sdk.users.update(made.id, user_name=mail("ana"), display_name="Ana B", active=False)
    got = sdk.users.get(made.id)
    assert (got.display_name, got.active, got.entitlements) == ("Ana B", False, [])
    sdk.users.patch(made.id, operations=[patch("add", "entitlements", [{"value": "allow-cluster-create"}])], schemas=PATCH)
    assert [one.value for one in sdk.users.get(made.id).entitlements] == ["allow-cluster-create"]
    sdk.users.delete(made.id)
    with pytest.raises(NotFound):
        sdk.users.get(made.id)


def test_listings_are_paged_until_they_are_through(sdk):
    names = {mail(f"user{number:03}") for number in range(250)}
    for name in names:
        sdk.users.create(user_name=name)
    for count in (None, 7, 1000):
        listed = [user.user_name for user in sdk.users.list(count=count)]
        assert names <= set(listed) and len(listed) == len(set(listed)), count
    found = list(sdk.users.list(filter=f'userName eq "{mail("user042")}"'))
    assert [user.user_name for user in found] == [mail("user042")]
    bare = next(iter(sdk.users.list(attributes="id,userName", count=5)))
    assert bare.user_name and bare.display_name is None


def test_service_principals_get_an_application_id(sdk):
    made = [sdk.service_principals.create(display_name="robot") for _ in range(2)]
    assert len({one.application_id for one in made}) == 2
    sdk.service_principals.update(made[0].id, application_id=made[0].application_id, display_name="other", roles=value("arn:aws:iam::1:instance-profile/x"))
    got = sdk.service_principals.get(made[0].id)
    assert (got.display_name, got.application_id) == ("other", made[0].application_id)
    assert [(role.value, role.type) for role in got.roles] == [("arn:aws:iam::1:instance-profile/x", "direct")]
    listed = {one.id: one.display_name for one in sdk.service_principals.list()}
    assert listed == {made[0].id: "other", made[1].id: "robot"}
    sdk.service_principals.delete(made[1].id)
    assert [one.id for one in sdk.service_principals.list()] == [made[0].id]


def test_groups_nest_and_what_they_hold_is_shown_on_their_members(sdk):
    ana = sdk.users.create(user_name=mail("ana"))
    inner = sdk.groups.create(display_name="inner", members=value(ana.id), roles=value("arn:aws:iam::1:instance-profile/x"))
    outer = sdk.groups.create(display_name="outer", members=value(inner.id), entitlements=value("allow-cluster-create"))
    got = sdk.groups.get(outer.id)
    assert [(one.display, one.ref) for one in got.members] == [("inner", f"Groups/{inner.id}")]
    assert got.meta.resource_type == "WorkspaceGroup"
    shown = {one.display: one.type for one in sdk.users.get(ana.id).groups}
    assert (shown["inner"], shown["outer"]) == ("direct", "indirect")
    assert [role.type for role in sdk.users.get(ana.id).roles] == ["indirect"]
    sdk.groups.patch(inner.id, operations=[patch("remove", f'members[value eq "{ana.id}"]')], schemas=PATCH)
    assert sdk.groups.get(inner.id).members == []
    sdk.groups.update(outer.id, display_name="renamed", members=value(ana.id))
    got = sdk.groups.get(outer.id)
    assert (got.display_name, [one.value for one in got.members], got.entitlements) == ("renamed", [ana.id], [])
    assert {"admins", "users", "inner", "renamed"} <= {group.display_name for group in sdk.groups.list()}
    sdk.groups.delete(outer.id)
    with pytest.raises(NotFound):
        sdk.groups.get(outer.id)


def test_what_is_taken_or_nobody_is_refused(sdk):
    sdk.groups.create(display_name="one")
    for again in (lambda: sdk.groups.create(display_name="one"), lambda: sdk.users.create(user_name="admin@example.com")):
        with pytest.raises(ResourceConflict):
            again()
    with pytest.raises(NotFound):
        sdk.groups.create(display_name="two", members=value("123456789"))
    with pytest.raises(NotFound):
        sdk.service_principals.get("123456789")


def test_the_caller_is_an_admin(sdk):
    me = sdk.current_user.me()
    assert me.user_name == "admin@example.com"
    assert "admins" in [group.display for group in me.groups]
