"""What MLflow's own client sees of a server, in names in place of identifiers."""

import hashlib
import tempfile
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import ViewType

# What brickform writes for itself, and what each server writes of its own.
OWN = "brickform."
PARENT = "mlflow.parentRunId"


def tags(found: dict) -> dict:
    """Tags without brickform's own."""
    return {key: value for key, value in found.items() if not key.startswith(OWN)}


def artifacts(client: MlflowClient, run: str, below: str | None = None) -> dict:
    """Every file of a run: how many bytes, and their digest."""
    found = {}
    for entry in client.list_artifacts(run, below):
        if entry.is_dir:
            found |= artifacts(client, run, entry.path)
            continue
        with tempfile.TemporaryDirectory() as directory:
            content = Path(client.download_artifacts(run, entry.path, directory)).read_bytes()
        found[entry.path] = (len(content), hashlib.sha256(content).hexdigest())
    return found


def run_portrait(client: MlflowClient, run, names: dict) -> dict:
    """One run, its metrics with every step of theirs."""
    info, data = run.info, run.data
    seen = tags(data.tags)
    if PARENT in seen:
        seen[PARENT] = names[seen[PARENT]]
    history = {
        key: sorted((one.step, one.timestamp, repr(one.value)) for one in client.get_metric_history(info.run_id, key))
        for key in data.metrics
    }
    datasets = [
        ({tag.key: tag.value for tag in one.tags}, one.dataset.to_dictionary()) for one in run.inputs.dataset_inputs
    ]
    return {
        "status": info.status,
        "times": (info.start_time, info.end_time),
        "stage": info.lifecycle_stage,
        "params": data.params,
        "latest": {key: repr(value) for key, value in data.metrics.items()},
        "history": history,
        "tags": seen,
        "datasets": datasets,
        "artifacts": artifacts(client, info.run_id),
    }


def runs(client: MlflowClient, experiment: str) -> dict:
    """The runs of an experiment by name, deleted ones too; no two may have one name."""
    found = list(client.search_runs([experiment], run_view_type=ViewType.ALL, max_results=1_000))
    names = {run.info.run_id: run.info.run_name for run in found}
    assert len(set(names.values())) == len(names), sorted(names.values())
    return {run.info.run_name: run_portrait(client, run, names) for run in found}


def version_portrait(client: MlflowClient, version) -> dict:
    """One version; where its files lie is told by its run and the path there."""
    run = client.get_run(version.run_id).info.run_name if version.run_id else None
    # The same place has two spellings: `runs:/RUN/model`, and `mlflow-artifacts:/1/RUN/artifacts/model`.
    source = version.source
    if run is not None:
        source = source.partition(version.run_id)[2].removeprefix("/artifacts")
    return {
        "stage": version.current_stage,
        "description": version.description,
        "tags": tags(version.tags),
        "aliases": sorted(client.get_model_version(version.name, version.version).aliases),
        "run": run,
        "source": source,
    }


def models(client: MlflowClient) -> dict:
    """The registered models by name, but for brickform's own."""
    found = {}
    for model in client.search_registered_models(max_results=1_000):
        if model.name.startswith("."):
            continue
        versions = client.search_model_versions(f"name = '{model.name}'")
        found[model.name] = {
            "description": model.description,
            "tags": tags(model.tags),
            "versions": {one.version: version_portrait(client, one) for one in versions},
        }
    return found


def portrait(client: MlflowClient) -> dict:
    """Everything."""
    experiments = {
        one.name: {"stage": one.lifecycle_stage, "tags": tags(one.tags), "runs": runs(client, one.experiment_id)}
        for one in client.search_experiments(view_type=ViewType.ALL, max_results=1_000)
    }
    return {"experiments": experiments, "models": models(client)}
