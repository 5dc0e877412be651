"""What clusters start with: instance profiles, libraries and global init scripts, through the vendor's SDK."""

import base64

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.compute import Library, LibraryInstallStatus, MavenLibrary, PythonPyPiLibrary
from seed import SPARK

PROFILE = "arn:aws:iam::111111111111:instance-profile/etl"
ROLE = "arn:aws:iam::111111111111:role/etl"


def test_instance_profiles_live_from_add_to_remove(sdk):
    with pytest.raises(InvalidParameterValue, match="Verification"):
        sdk.instance_profiles.add(PROFILE)
    sdk.instance_profiles.add(PROFILE, skip_validation=True)
    with pytest.raises(ResourceAlreadyExists):
        sdk.instance_profiles.add(PROFILE, skip_validation=True)
    sdk.instance_profiles.edit(PROFILE, iam_role_arn=ROLE, is_meta_instance_profile=True)
    [one] = sdk.instance_profiles.list()
    assert (one.instance_profile_arn, one.iam_role_arn, one.is_meta_instance_profile) == (PROFILE, ROLE, True)
    sdk.instance_profiles.remove(PROFILE)
    assert list(sdk.instance_profiles.list()) == []
    with pytest.raises(NotFound):
        sdk.instance_profiles.remove(PROFILE)


def test_libraries_are_noted_and_leave_with_the_next_start(sdk):
    cluster = sdk.clusters.create(cluster_name="one", spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1).result()
    jsoup = Library(maven=MavenLibrary("org.jsoup:jsoup:1.7.2", exclusions=["slf4j:slf4j"]))
    own = [Library(pypi=PythonPyPiLibrary("simplejson")), jsoup, Library(whl="/Workspace/Shared/a.whl")]
    sdk.libraries.install(cluster.cluster_id, own)
    sdk.libraries.install(cluster.cluster_id, own[:1])
    statuses = list(sdk.libraries.cluster_status(cluster.cluster_id))
    assert [one.library for one in statuses] == own
    assert {one.status for one in statuses} == {LibraryInstallStatus.INSTALLED}
    sdk.libraries.uninstall(cluster.cluster_id, [jsoup])
    [all_of_one] = sdk.libraries.all_cluster_statuses()
    assert all_of_one.cluster_id == cluster.cluster_id
    leaving = [one.library for one in all_of_one.library_statuses if one.status == LibraryInstallStatus.UNINSTALL_ON_RESTART]
    assert leaving == [jsoup]
    sdk.clusters.delete_and_wait(cluster.cluster_id)
    sdk.libraries.install(cluster.cluster_id, [Library(jar="dbfs:/a.jar")])
    assert sdk.clusters.get(cluster.cluster_id).state.value == "TERMINATED"
    sdk.clusters.start_and_wait(cluster.cluster_id)
    left = [one.library for one in sdk.libraries.cluster_status(cluster.cluster_id)]
    assert left == [own[0], own[2], Library(jar="dbfs:/a.jar")]
    with pytest.raises(InvalidParameterValue):
        sdk.libraries.install(cluster.cluster_id, [Library(egg="dbfs:/a.egg")])
    with pytest.raises(InvalidParameterValue):
        sdk.libraries.install("0101-000000-none1", own)


def test_global_init_scripts_run_in_their_order(sdk):
    def script(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    def order() -> list[str]:
        return [one.name for one in sorted(sdk.global_init_scripts.list(), key=lambda one: one.position)]

    first = sdk.global_init_scripts.create("first", script("echo 1\n"), enabled=True).script_id
    sdk.global_init_scripts.create("last", script("echo 2\n"))
    sdk.global_init_scripts.create("middle", script("echo 3\n"), position=1)
    assert order() == ["first", "middle", "last"]
    got = sdk.global_init_scripts.get(first)
    assert (got.name, got.script, got.enabled, got.position) == ("first", script("echo 1\n"), True, 0)
    sdk.global_init_scripts.update(first, "first", script("echo 4\n"), position=2)
    assert order() == ["middle", "last", "first"]
    got = sdk.global_init_scripts.get(first)
    assert (got.script, got.enabled) == (script("echo 4\n"), True)
    sdk.global_init_scripts.delete(first)
    with pytest.raises(NotFound):
        sdk.global_init_scripts.get(first)
    with pytest.raises(InvalidParameterValue):
        sdk.global_init_scripts.create("large", script("#" * 70_000))
