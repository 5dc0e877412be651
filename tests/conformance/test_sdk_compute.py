"""Policies, pools and clusters, as the vendor's SDK makes, lists, changes and deletes them."""

import json

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, ResourceDoesNotExist
from databricks.sdk.service.compute import AutoScale, ClusterSource, ListClustersFilterBy, State
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from seed import SPARK, mail, value


def test_policies_live_from_create_to_delete(sdk):
    definition = {"spark_version": {"type": "fixed", "value": SPARK}}
    made = sdk.cluster_policies.create(name="etl", definition=json.dumps(definition)).policy_id
    got = sdk.cluster_policies.get(made)
    assert (got.name, json.loads(got.definition), got.is_default) == ("etl", definition, False)
    sdk.cluster_policies.edit(made, name="etl 2", definition="{}", max_clusters_per_user=3)
    got = sdk.cluster_policies.get(made)
    assert (got.name, json.loads(got.definition), got.max_clusters_per_user) == ("etl 2", {}, 3)
    assert "etl 2" in [policy.name for policy in sdk.cluster_policies.list()]
    with pytest.raises(InvalidParameterValue):
        sdk.cluster_policies.create(name="bad", definition="{")
    with pytest.raises(InvalidParameterValue):
        sdk.cluster_policies.create(name="etl 2", definition="{}")
    sdk.cluster_policies.delete(made)
    with pytest.raises(NotFound):
        sdk.cluster_policies.get(made)


def test_families_of_policies_fill_in_definitions(sdk):
    families = {family.policy_family_id for family in sdk.policy_families.list(max_results=2)}
    assert {"personal-vm", "shared-compute"} <= families and len(families) > 2
    overrides = {"autotermination_minutes": {"type": "fixed", "value": 30}}
    made = sdk.cluster_policies.create(
        name="mine", policy_family_id="personal-vm", policy_family_definition_overrides=json.dumps(overrides)
    )
    got = sdk.cluster_policies.get(made.policy_id)
    assert got.policy_family_id == "personal-vm" and json.loads(got.policy_family_definition_overrides) == overrides
    assert json.loads(got.definition)["autotermination_minutes"] == {"type": "fixed", "value": 30}


def test_pools_live_from_create_to_delete(sdk):
    made = sdk.instance_pools.create("warm", "i3.xlarge", min_idle_instances=1, custom_tags={"a": "b"}).instance_pool_id
    got = sdk.instance_pools.get(made)
    assert (got.instance_pool_name, got.node_type_id, got.custom_tags) == ("warm", "i3.xlarge", {"a": "b"})
    assert got.state.value == "ACTIVE" and got.idle_instance_autotermination_minutes is not None
    sdk.instance_pools.edit(made, "warmer", "i3.xlarge", max_capacity=9)
    assert [(one.instance_pool_name, one.max_capacity) for one in sdk.instance_pools.list()] == [("warmer", 9)]
    with pytest.raises(InvalidParameterValue):
        sdk.instance_pools.edit(made, "warmer", "i3.2xlarge")
    sdk.instance_pools.delete(made)
    assert list(sdk.instance_pools.list()) == []
    with pytest.raises(NotFound):
        sdk.instance_pools.get(made)


def test_clusters_live_from_create_to_permanent_delete(sdk):
    made = sdk.clusters.create(cluster_name="one", spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1).result()
    assert made.state == State.RUNNING and made.cluster_source == ClusterSource.API
    assert made.spec.num_workers == 1 and made.spec.driver_node_type_id is None
    assert made.driver_node_type_id == "i3.xlarge"
    identifier = made.cluster_id
    sdk.clusters.edit(identifier, SPARK, cluster_name="two", node_type_id="m5d.large", autoscale=AutoScale(min_workers=1, max_workers=3)).result()
    got = sdk.clusters.get(identifier)
    assert (got.cluster_name, got.node_type_id, got.num_workers, got.autoscale.max_workers) == ("two", "m5d.large", None, 3)
    stopped = sdk.clusters.delete(identifier).result()
    assert stopped.state == State.TERMINATED
    sdk.clusters.pin(identifier)
    assert [one.cluster_id for one in sdk.clusters.list(filter_by=ListClustersFilterBy(is_pinned=True))] == [identifier]
    sdk.clusters.unpin(identifier)
    assert not list(sdk.clusters.list(filter_by=ListClustersFilterBy(is_pinned=True)))
    sdk.clusters.permanent_delete(identifier)
    assert not list(sdk.clusters.list())
    with pytest.raises(ResourceDoesNotExist):
        sdk.clusters.get(identifier)


def test_clusters_are_listed_page_by_page_and_filtered(sdk):
    made = [
        sdk.clusters.create(cluster_name=f"c{number}", spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1).cluster_id
        for number in range(25)
    ]
    sdk.clusters.delete_and_wait(made[0])
    assert {one.cluster_id for one in sdk.clusters.list(page_size=4)} == set(made)
    stopped = sdk.clusters.list(filter_by=ListClustersFilterBy(cluster_states=[State.TERMINATED, State.ERROR]), page_size=100)
    assert [one.cluster_id for one in stopped] == [made[0]]


def test_clusters_follow_their_policy_and_pool(sdk):
    pool = sdk.instance_pools.create("warm", "i3.xlarge").instance_pool_id
    policy = sdk.cluster_policies.create(
        name="p", definition=json.dumps({"autotermination_minutes": {"type": "range", "maxValue": 60}})
    ).policy_id
    spec = {"spark_version": SPARK, "instance_pool_id": pool, "policy_id": policy, "num_workers": 1}
    made = sdk.clusters.create(cluster_name="ok", autotermination_minutes=30, **spec).result()
    assert (made.node_type_id, made.instance_pool_id, made.policy_id) == ("i3.xlarge", pool, policy)
    with pytest.raises(InvalidParameterValue, match="autotermination_minutes"):
        sdk.clusters.create(cluster_name="too long", autotermination_minutes=90, **spec)
    with pytest.raises(InvalidParameterValue):
        sdk.clusters.create(spark_version=SPARK, instance_pool_id="0101-000000-none1-pool-xxxxxxxx", num_workers=1)
    with pytest.raises(InvalidParameterValue):
        sdk.clusters.create(spark_version="99.9.x-scala9", node_type_id="i3.xlarge", num_workers=1)


def test_machines_and_runtimes_can_be_looked_up(sdk):
    assert "LTS" in {one.key: one.name for one in sdk.clusters.spark_versions().versions}[sdk.clusters.select_spark_version(long_term_support=True)]
    offered = {one.node_type_id: one.num_cores for one in sdk.clusters.list_node_types().node_types}
    assert offered[sdk.clusters.select_node_type(min_cores=4)] >= 4
    assert SPARK in [version.key for version in sdk.clusters.spark_versions().versions]


def rights(answer) -> set:
    """Direct rights of an answer, by principal."""
    return {
        (entry.user_name or entry.group_name or entry.service_principal_name, one.permission_level.value)
        for entry in answer.access_control_list
        for one in entry.all_permissions
        if not one.inherited
    }


def grant(level: str, **who) -> AccessControlRequest:
    return AccessControlRequest(permission_level=PermissionLevel(level), **who)


def test_rights_are_set_and_merged(sdk):
    sdk.users.create(user_name=mail("ana"))
    sdk.groups.create(display_name="team", members=value(sdk.current_user.me().id))
    robot = sdk.service_principals.create(display_name="robot").application_id
    pool = sdk.instance_pools.create("warm", "i3.xlarge").instance_pool_id
    policy = sdk.cluster_policies.create(name="p", definition="{}").policy_id
    cluster = sdk.clusters.create(spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1).cluster_id
    for kind, identifier, low in (
        ("instance-pools", pool, "CAN_ATTACH_TO"),
        ("cluster-policies", policy, "CAN_USE"),
        ("clusters", cluster, "CAN_RESTART"),
    ):
        levels = sdk.permissions.get_permission_levels(kind, identifier).permission_levels
        assert low in [one.permission_level.value for one in levels]
        answer = sdk.permissions.set(kind, identifier, access_control_list=[grant(low, user_name=mail("ana"))])
        assert rights(answer) == {(mail("ana"), low)}
        sdk.permissions.update(kind, identifier, access_control_list=[grant(low, group_name="team"), grant(low, service_principal_name=robot)])
        assert rights(sdk.permissions.get(kind, identifier)) == {(mail("ana"), low), ("team", low), (robot, low)}
        sdk.permissions.set(kind, identifier, access_control_list=[])
        assert rights(sdk.permissions.get(kind, identifier)) == set()
    with pytest.raises(NotFound):
        sdk.permissions.set("clusters", cluster, access_control_list=[grant("CAN_RESTART", user_name="nobody@acme.example")])
    with pytest.raises(InvalidParameterValue):
        sdk.permissions.set("clusters", cluster, access_control_list=[grant("CAN_VIEW", group_name="team")])
