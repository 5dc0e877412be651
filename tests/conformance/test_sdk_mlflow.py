"""Experiments, runs and their files, as the vendor's SDK makes, searches, changes and deletes them."""

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.ml import (
    Dataset,
    DatasetInput,
    ExperimentAccessControlRequest,
    ExperimentPermissionLevel,
    ExperimentTag,
    InputTag,
    Metric,
    Param,
    RunTag,
    UpdateRunStatus,
    ViewType,
)
from databricks.sdk.service.workspace import ImportFormat, Language


def experiment(sdk, name="/Shared/churn", **settings):
    """A new experiment's identifier."""
    return sdk.experiments.create_experiment(name, **settings).experiment_id


def tags(tagged):
    """Tags as a dictionary."""
    return {tag.key: tag.value for tag in tagged or []}


def test_experiments_live_from_create_to_restore(sdk):
    made = experiment(sdk, tags=[ExperimentTag("team", "risk")])
    got = sdk.experiments.get_experiment(made).experiment
    assert (got.name, got.lifecycle_stage) == ("/Shared/churn", "active")
    assert tags(got.tags).items() >= {"team": "risk", "mlflow.experimentType": "MLFLOW_EXPERIMENT"}.items()
    with pytest.raises(ResourceAlreadyExists):
        experiment(sdk)
    with pytest.raises(NotFound):
        experiment(sdk, "/Shared/none/churn")
    with pytest.raises(InvalidParameterValue):
        experiment(sdk, "churn")
    sdk.experiments.set_experiment_tag(made, "team", "growth")
    sdk.experiments.update_experiment(made, new_name="/Shared/churn 2")
    got = sdk.experiments.get_by_name("/Shared/churn 2").experiment
    assert got.experiment_id == made and tags(got.tags)["team"] == "growth"
    sdk.experiments.delete_experiment(made)
    assert list(sdk.experiments.search_experiments()) == []
    gone = list(sdk.experiments.search_experiments(view_type=ViewType.DELETED_ONLY))
    assert [one.lifecycle_stage for one in gone] == ["deleted"]
    with pytest.raises(ResourceAlreadyExists):
        experiment(sdk, "/Shared/churn 2")
    sdk.experiments.restore_experiment(made)
    assert [one.name for one in sdk.experiments.list_experiments()] == ["/Shared/churn 2"]


def test_experiments_are_searched_page_by_page(sdk):
    for number in range(7):
        experiment(sdk, f"/Shared/e{number}")
    found = sdk.experiments.search_experiments(max_results=2, order_by=["name DESC"], filter="name LIKE '/Shared/e%'")
    assert [one.name for one in found] == [f"/Shared/e{number}" for number in reversed(range(7))]
    assert len(list(sdk.experiments.list_experiments(max_results=3))) == 7


def test_experiments_have_rights(sdk):
    sdk.users.create(user_name="ann@example.com")
    made = experiment(sdk)
    entry = ExperimentAccessControlRequest(user_name="ann@example.com", permission_level=ExperimentPermissionLevel.CAN_EDIT)
    sdk.experiments.set_permissions(made, access_control_list=[entry])
    got = sdk.experiments.get_permissions(made).access_control_list
    held = {one.user_name: one.all_permissions[0].permission_level for one in got if one.user_name}
    assert held["ann@example.com"] == ExperimentPermissionLevel.CAN_EDIT
    levels = {one.permission_level for one in sdk.experiments.get_permission_levels(made).permission_levels}
    assert levels == set(ExperimentPermissionLevel)


def test_a_notebook_gets_its_experiment_with_its_first_run(sdk):
    sdk.workspace.upload("/Shared/train", b"1", format=ImportFormat.SOURCE, language=Language.PYTHON)
    notebook = str(sdk.workspace.get_status("/Shared/train").object_id)
    with pytest.raises(NotFound):
        sdk.experiments.get_experiment(notebook)
    sdk.experiments.create_run(experiment_id=notebook)
    got = sdk.experiments.get_experiment(notebook).experiment
    assert (got.name, tags(got.tags)["mlflow.experimentType"]) == ("/Shared/train", "NOTEBOOK")


def test_runs_live_from_create_to_restore(sdk):
    made = experiment(sdk)
    run = sdk.experiments.create_run(experiment_id=made, start_time=5, run_name="one", tags=[RunTag("a", "b")]).run.info
    assert (run.status.value, run.start_time, run.run_name) == ("RUNNING", 5, "one")
    sdk.experiments.set_tag("a", "c", run_id=run.run_id)
    sdk.experiments.set_tag("x", "y", run_id=run.run_id)
    sdk.experiments.delete_tag(run.run_id, "x")
    with pytest.raises(NotFound):
        sdk.experiments.delete_tag(run.run_id, "x")
    sdk.experiments.log_param("depth", "3", run_id=run.run_id)
    sdk.experiments.log_param("depth", "3", run_id=run.run_id)
    with pytest.raises(InvalidParameterValue, match="Changing param values"):
        sdk.experiments.log_param("depth", "5", run_id=run.run_id)
    dataset = DatasetInput(Dataset("d", "9", "code", "{}"), tags=[InputTag("mlflow.data.context", "training")])
    sdk.experiments.log_inputs(run.run_id, datasets=[dataset])
    ended = sdk.experiments.update_run(run_id=run.run_id, status=UpdateRunStatus.FINISHED, end_time=9).run_info
    assert (ended.status.value, ended.end_time) == ("FINISHED", 9)
    got = sdk.experiments.get_run(run.run_id).run
    assert tags(got.data.tags) == {"a": "c", "mlflow.runName": "one"}
    assert tags(got.data.params) == {"depth": "3"}
    assert got.inputs.dataset_inputs == [dataset]
    sdk.experiments.delete_run(run.run_id)
    assert list(sdk.experiments.search_runs(experiment_ids=[made])) == []
    with pytest.raises(InvalidParameterValue):
        sdk.experiments.set_tag("a", "d", run_id=run.run_id)
    sdk.experiments.restore_run(run.run_id)
    assert [one.info.run_id for one in sdk.experiments.search_runs(experiment_ids=[made])] == [run.run_id]


def test_metrics_are_appended_and_their_history_is_paged(sdk):
    run = sdk.experiments.create_run(experiment_id=experiment(sdk)).run.info.run_id
    values = [Metric(key="loss", value=1 / (step + 1), timestamp=step, step=step) for step in range(250)]
    sdk.experiments.log_batch(run_id=run, metrics=values, params=[Param("p", "v")], tags=[RunTag("t", "v")])
    sdk.experiments.log_metric("loss", 0.5, 1, run_id=run, step=1)
    history = list(sdk.experiments.get_history("loss", run_id=run, max_results=60))
    assert len(history) == 251 and [(one.value, one.step) for one in history].count((0.5, 1)) == 2
    (last,) = sdk.experiments.get_run(run).run.data.metrics
    assert (last.key, last.step, last.value) == ("loss", 249, 1 / 250)
    many = [Metric(key="m", value=1.0, timestamp=1, step=step) for step in range(1001)]
    with pytest.raises(InvalidParameterValue, match="at most 1000 metrics"):
        sdk.experiments.log_batch(run_id=run, metrics=many)
    with pytest.raises(InvalidParameterValue, match="in total|params, and tags"):
        sdk.experiments.log_batch(run_id=run, metrics=many[:950], params=[Param(f"p{at}", "v") for at in range(60)])


def test_runs_are_searched_by_tag_and_time(sdk):
    made = experiment(sdk)
    for start in range(9):
        sdk.experiments.create_run(experiment_id=made, start_time=start, tags=[RunTag("source.id", str(start))])
    found = sdk.experiments.search_runs(experiment_ids=[made], max_results=2)
    assert [run.info.start_time for run in found] == list(reversed(range(9)))
    found = sdk.experiments.search_runs(experiment_ids=[made], filter="tags.`source.id` = '4'")
    assert [run.info.start_time for run in found] == [4]
    found = sdk.experiments.search_runs(experiment_ids=[made], filter="attributes.start_time >= 7", order_by=["start_time ASC"])
    assert [run.info.start_time for run in found] == [7, 8]
    with pytest.raises(InvalidParameterValue):
        list(sdk.experiments.search_runs(experiment_ids=[made], filter="tags.a = 1"))


def test_files_of_runs_are_listed(sdk):
    made = experiment(sdk, artifact_location="mlflow-artifacts:/churn")
    run = sdk.experiments.create_run(experiment_id=made).run.info
    assert run.artifact_uri == f"mlflow-artifacts:/churn/{run.run_id}/artifacts"
    for path in ["model/MLmodel", "model/data/weights.bin", "notes.txt"]:
        sdk.api_client.do(
            "PUT",
            f"/api/2.0/mlflow-artifacts/artifacts/churn/{run.run_id}/artifacts/{path}",
            headers={"Content-Type": "application/octet-stream"},
            data=b"bytes",
        )
    top = list(sdk.experiments.list_artifacts(run_id=run.run_id))
    assert [(file.path, file.is_dir, file.file_size) for file in top] == [("model", True, None), ("notes.txt", False, 5)]
    below = list(sdk.experiments.list_artifacts(run_id=run.run_id, path="model"))
    assert [file.path for file in below] == ["model/MLmodel", "model/data"]
