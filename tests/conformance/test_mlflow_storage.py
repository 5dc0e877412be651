"""Files of runs in the storage of a workspace's cloud, put and had by MLflow's own client of it."""

import tempfile
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.store.artifact.databricks_artifact_repo import DatabricksArtifactRepository
from mlflow_seed import BEGIN

SMALL = {"model/MLmodel": b"flavors: {}\n", "plöts & more/a b+c%.html": b"<html></html>", "empty": b""}
# More than MLflow's client and brickform send at a time.
LARGE = {"weights/large.bin": bytes(range(256)) * 65_536}


@pytest.fixture
def client(monkeypatch):
    """MLflow's client of a workspace; it reads from the environment where that is, so there is one at a time."""
    mlflow.set_tracking_uri("databricks")

    def of(workspace) -> MlflowClient:
        monkeypatch.setenv("DATABRICKS_HOST", workspace.url)
        monkeypatch.setenv("DATABRICKS_TOKEN", workspace.token)
        return MlflowClient("databricks", "databricks")

    yield of
    mlflow.set_tracking_uri(None)


def log(client: MlflowClient, files: dict):
    """A run with files, in an experiment that says nothing of where they go."""
    run = client.create_run(client.create_experiment("/Shared/churn"), start_time=BEGIN, run_name="one").info
    store = DatabricksArtifactRepository(run.artifact_uri)
    for path, content in files.items():
        folder, _, name = path.rpartition("/")
        with tempfile.TemporaryDirectory() as directory:
            local = Path(directory, name)
            local.write_bytes(content)
            store.log_artifact(str(local), folder or None)
    client.set_terminated(run.run_id, "FINISHED", BEGIN + 1)


def logged(client: MlflowClient) -> dict:
    """The files of the only run."""
    (run,) = client.search_runs([client.get_experiment_by_name("/Shared/churn").experiment_id])
    store, found, folders = DatabricksArtifactRepository(run.info.artifact_uri), {}, [None]
    while folders:
        for entry in store.list_artifacts(folders.pop()):
            if entry.is_dir:
                folders.append(entry.path)
                continue
            with tempfile.TemporaryDirectory() as directory:
                found[entry.path] = Path(store.download_artifacts(entry.path, directory)).read_bytes()
    return found


@pytest.mark.parametrize(("here", "there"), [("s3", "azure-blob"), ("azure-blob", "azure-lake"), ("azure-lake", "gcs")])
def test_what_mlflow_logged_is_what_mlflow_has_after_a_move(simulator, brickform, client, here, there):
    source, target = simulator("--storage", here), simulator("--storage", there, "--workspace", "2")
    files = SMALL | LARGE
    log(client(source), files)
    assert logged(client(source)) == files
    brickform.move(source, target)
    assert logged(client(target)) == files
    again = brickform.plan("moved", target, "again.json", "--detailed-exitcode")
    assert again["steps"] == []
