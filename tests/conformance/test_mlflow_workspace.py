"""Teams that come to a workspace from a plain MLflow server, and teams that leave for one."""

import json

import pytest
from mlflow_portrait import portrait
from mlflow_seed import BEGIN, HOUR, new_run, put, seed
from test_mlflow_pair import changes

FOLDER = "/Shared/mlflow/"
RULES = "version: 1\nexperiments: {folder: /Shared/mlflow}\n"


def kinds(steps: list) -> set:
    """The kinds of what a plan does something to, or blocks."""
    return {step["address"].partition(":")[0] for step in steps}


def below_folder(seen: dict) -> dict:
    """A portrait in which experiments stand where the rule puts them."""
    at = {name if name.startswith("/") else FOLDER + name: one for name, one in seen["experiments"].items()}
    return seen | {"experiments": at}


@pytest.fixture
def old(mlflow):
    """A plain server that holds a bit of everything."""
    server = mlflow("old").ready()
    seed(server.client())
    return server


def come(brickform, old, workspace, name: str) -> dict:
    """Brings what a plain server holds into a workspace; gives the plan."""
    brickform.path("rewrites.yaml").write_text(RULES)
    brickform.export(old, "snapshot")
    plan = brickform.plan("snapshot", workspace, f"{name}.json", "--rewrites", "rewrites.yaml")
    brickform.apply(f"{name}.json", workspace)
    return plan


def test_without_a_folder_names_that_are_no_paths_are_blocked(mlflow, simulator, brickform):
    server, workspace = mlflow("old").ready(), simulator()
    client = server.client()
    new_run(client, client.create_experiment("churn"), "one", BEGIN)
    client.create_experiment("/Shared/forecast")
    brickform.export(server, "snapshot")
    plan = brickform.plan("snapshot", workspace, "plan.json")
    blocked = {one["address"]: one for one in plan["blocked"]}
    assert set(blocked) == {"mlflow_experiment:Default", "mlflow_experiment:churn", "mlflow_run:churn/2026-01-01"}
    assert "experiments: {folder: /Shared/mlflow}" in blocked["mlflow_experiment:churn"]["hint"]
    assert changes(plan) == [("create", "mlflow_experiment:/Shared/forecast")]


def test_a_team_comes_and_leaves_again_with_everything(old, mlflow, simulator, brickform):
    workspace = simulator()
    first = come(brickform, old, workspace, "first")
    assert not first["blocked"], first["blocked"]
    assert kinds(first["steps"]) == {
        "directory", "mlflow_experiment", "mlflow_run", "ws_registered_model", "ws_model_version"
    }
    # The plan says of each name what it was, and which rule changed it.
    (nightly,) = [one for one in first["steps"] if one["address"] == f"mlflow_experiment:{FOLDER}churn / nightly"]
    (name,) = [field for field in nightly["fields"] if field["path"] == "/name"]
    assert name["source"] == "churn / nightly" and "experiments.folder" in name["cause"]
    again = brickform.plan("snapshot", workspace, "again.json", "--rewrites", "rewrites.yaml")
    assert changes(again) == [] and not again.get("conflicts")
    brickform.run("verify", "snapshot", "--rewrites", "rewrites.yaml", on=workspace)

    sdk = workspace.sdk()
    churn = sdk.experiments.get_by_name(f"{FOLDER}churn / nightly").experiment
    found = {run.info.run_name: run for run in sdk.experiments.search_runs(experiment_ids=[churn.experiment_id])}
    assert set(found) == {"sweep", "trial 0", "trial 1", "failed"}
    parents = {tag.value for tag in found["trial 1"].data.tags if tag.key == "mlflow.parentRunId"}
    assert parents == {found["sweep"].info.run_id}
    assert len(list(sdk.experiments.get_history("loss", run_id=found["sweep"].info.run_id))) == 41
    versions = {one.version: one for one in sdk.model_registry.search_model_versions(filter="name='churn'")}
    assert {number: one.current_stage for number, one in versions.items()} == {"1": "Archived", "3": "Production"}
    assert versions["3"].run_id == found["sweep"].info.run_id
    # A workspace's own registry has no aliases; the tag keeps them for the way back.
    assert {tag.key: tag.value for tag in versions["3"].tags}["brickform.aliases"] == "champion"

    # A run more, a day later.
    client = old.client()
    late = new_run(client, client.get_experiment_by_name("churn / nightly").experiment_id, "late", BEGIN + 30 * HOUR)
    put(client, late, "late.txt", b"late\n")
    later = come(brickform, old, workspace, "later")
    assert kinds(later["steps"]) == {"mlflow_run"}, changes(later)
    assert changes(brickform.plan("snapshot", workspace, "last.json", "--rewrites", "rewrites.yaml")) == []

    # And out again: every name is a path by now, and everything else is what it was.
    new = mlflow("new").ready()
    brickform.export(workspace, "leaving")
    plan = brickform.plan("leaving", new, "leave.json")
    assert kinds(plan["blocked"]) <= {"user", "group", "directory"}, plan["blocked"]
    brickform.apply("leave.json", new, code=None)
    assert portrait(new.client())["models"] == portrait(client)["models"]
    left, there = portrait(new.client())["experiments"], below_folder(portrait(client))["experiments"]
    assert {name: left[name] for name in there} == there
    # Each plain server makes this one by itself.
    assert set(left) - set(there) == {"Default"}
    assert changes(brickform.plan("leaving", new, "left.json")) == []
    assert json.loads(brickform.path("left.json").read_text())["blocked"] == plan["blocked"]


def test_a_team_that_leaves_hears_what_a_plain_server_lacks(simulator, mlflow, brickform):
    workspace, server = simulator("--seed", "acme"), mlflow("new").ready()
    sdk = workspace.sdk()
    made = sdk.experiments.create_experiment("/Shared/ml/lasting").experiment_id
    sdk.experiments.create_run(experiment_id=made, run_name="one", start_time=BEGIN)
    notebook = str(sdk.workspace.get_status("/Shared/ml/churn/train").object_id)
    sdk.experiments.create_run(experiment_id=notebook, run_name="of a notebook", start_time=BEGIN)
    brickform.export(workspace, "snapshot")
    plan = brickform.plan("snapshot", server, "plan.json")
    of_mlflow = {"mlflow_experiment", "mlflow_run", "ws_registered_model", "ws_model_version"}
    assert kinds(plan["steps"]) <= of_mlflow and not kinds(plan["blocked"]) & of_mlflow, plan["blocked"]
    assert {"job", "cluster", "secret_scope"} & kinds(plan["blocked"])
    without_rights = {one["about"] for one in plan["findings"] if one["code"] == "rights-left-out"}
    assert "mlflow_experiment" in without_rights
    brickform.apply("plan.json", server, code=None)
    client = server.client()
    for name, run in [("/Shared/ml/lasting", "one"), ("/Shared/ml/churn/train", "of a notebook")]:
        (found,) = client.search_runs([client.get_experiment_by_name(name).experiment_id])
        assert (found.info.run_name, found.info.start_time) == (run, BEGIN)
    assert changes(brickform.plan("snapshot", server, "again.json")) == []
