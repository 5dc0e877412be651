"""Jobs, as the vendor's SDK makes, lists, changes and deletes them."""

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, ResourceDoesNotExist
from databricks.sdk.service import jobs
from databricks.sdk.service.compute import ClusterSpec
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from seed import SPARK, mail, notebook


@pytest.fixture
def cluster(sdk):
    """A cluster to run tasks on."""
    return sdk.clusters.create(cluster_name="c", spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1).cluster_id


def test_jobs_live_from_create_to_delete(sdk, cluster):
    made = sdk.jobs.create(name="one", tasks=[notebook("t", "/Shared/x", existing_cluster_id=cluster)]).job_id
    got = sdk.jobs.get(made)
    assert got.creator_user_name == "admin@example.com" and got.created_time > 0
    assert (got.settings.name, got.settings.max_concurrent_runs, got.settings.timeout_seconds) == ("one", 1, 0)
    task = got.settings.tasks[0]
    assert (task.run_if, task.notebook_task.source) == (jobs.RunIf.ALL_SUCCESS, jobs.Source.WORKSPACE)
    assert got.settings.queue.enabled is True
    sdk.jobs.update(made, new_settings=jobs.JobSettings(tags={"a": "b"}, timeout_seconds=5))
    got = sdk.jobs.get(made).settings
    assert (got.name, got.tags, got.timeout_seconds, len(got.tasks)) == ("one", {"a": "b"}, 5, 1)
    sdk.jobs.update(made, fields_to_remove=["tags"])
    assert sdk.jobs.get(made).settings.tags is None
    sdk.jobs.reset(made, jobs.JobSettings(name="two", tasks=[notebook("u", "/Shared/y", existing_cluster_id=cluster)]))
    got = sdk.jobs.get(made).settings
    assert (got.name, got.timeout_seconds, [one.task_key for one in got.tasks]) == ("two", 0, ["u"])
    sdk.jobs.delete(made)
    with pytest.raises(ResourceDoesNotExist):
        sdk.jobs.get(made)
    assert list(sdk.jobs.list()) == []


def test_tasks_beyond_the_first_hundred_are_paged(sdk, cluster):
    keys = [f"t{number:04}" for number in range(250)]
    made = sdk.jobs.create(
        name="many",
        tasks=[notebook(key, "/Shared/x", existing_cluster_id=cluster) for key in keys],
        parameters=[jobs.JobParameterDefinition(name=f"p{number}", default="") for number in range(120)],
        job_clusters=[
            jobs.JobCluster(job_cluster_key=f"k{number}", new_cluster=ClusterSpec(spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1))
            for number in range(101)
        ],
    ).job_id
    got = sdk.jobs.get(made)
    assert sorted(task.task_key for task in got.settings.tasks) == keys
    assert (len(got.settings.parameters), len(got.settings.job_clusters)) == (120, 101)
    listed = next(sdk.jobs.list(expand_tasks=True))
    assert sorted(task.task_key for task in listed.settings.tasks) == keys
    with pytest.raises(InvalidParameterValue):
        sdk.jobs.create(name="too many", tasks=[notebook(f"t{number}", "/x", existing_cluster_id=cluster) for number in range(1001)])


def test_jobs_are_listed_page_by_page_and_by_name(sdk, cluster):
    made = [sdk.jobs.create(name=f"Job {number % 5}", tasks=[notebook("t", "/x", existing_cluster_id=cluster)]).job_id for number in range(23)]
    assert len(set(made)) == 23 and max(made) > 2**53
    assert {job.job_id for job in sdk.jobs.list(limit=3)} == set(made)
    assert {job.job_id for job in sdk.jobs.list(name="job 2")} == set(made[2::5])
    assert all(not job.settings.tasks for job in sdk.jobs.list(limit=10))


def test_a_job_runs_as_somebody(sdk, cluster):
    robot = sdk.service_principals.create(display_name="robot").application_id
    task = notebook("t", "/x", existing_cluster_id=cluster)
    made = sdk.jobs.create(name="as robot", tasks=[task], run_as=jobs.JobRunAs(service_principal_name=robot)).job_id
    assert sdk.jobs.get(made).run_as_user_name == robot
    sdk.jobs.reset(made, jobs.JobSettings(name="as robot", tasks=[task]))
    assert sdk.jobs.get(made).run_as_user_name == robot
    with pytest.raises(InvalidParameterValue):
        sdk.jobs.create(name="as nobody", tasks=[task], run_as=jobs.JobRunAs(user_name="nobody@acme.example"))


def test_references_have_to_lead_somewhere(sdk, cluster):
    for task in (
        notebook("t", "/x", existing_cluster_id="0101-000000-missing1"),
        jobs.Task(task_key="t", run_job_task=jobs.RunJobTask(job_id=1)),
        notebook("t", "/x", "nothing", existing_cluster_id=cluster),
    ):
        with pytest.raises(InvalidParameterValue):
            sdk.jobs.create(name="bad", tasks=[task])
    with pytest.raises(InvalidParameterValue):
        sdk.jobs.create(name="twice", tasks=[notebook("t", "/x", existing_cluster_id=cluster)] * 2)


def test_a_job_has_exactly_one_owner(sdk, cluster):
    sdk.users.create(user_name=mail("ana"))
    sdk.groups.create(display_name="team")
    made = str(sdk.jobs.create(name="one", tasks=[notebook("t", "/x", existing_cluster_id=cluster)]).job_id)

    def grant(level, **who):
        return AccessControlRequest(permission_level=PermissionLevel(level), **who)

    owner, other = grant("IS_OWNER", user_name=mail("ana")), grant("IS_OWNER", user_name="admin@example.com")
    for refused in ([], [owner, other], [grant("IS_OWNER", group_name="team")]):
        with pytest.raises(InvalidParameterValue, match="owner"):
            sdk.permissions.set("jobs", made, access_control_list=refused)
    answer = sdk.permissions.set("jobs", made, access_control_list=[owner, grant("CAN_VIEW", group_name="team")])
    assert answer.object_id == f"/jobs/{made}" and answer.object_type == "job"
    held = {(one.user_name or one.group_name): [(p.permission_level.value, p.inherited, p.inherited_from_object) for p in one.all_permissions] for one in answer.access_control_list}
    assert held["admins"] == [("CAN_MANAGE", True, ["/jobs/"])]
    assert held[mail("ana")][0][0] == "IS_OWNER" and held["team"][0][0] == "CAN_VIEW"
    with pytest.raises((NotFound, InvalidParameterValue)):
        sdk.permissions.get("jobs", "1")
