"""Fills an MLflow server through MLflow's own client, with a bit of everything that it can hold."""

import hashlib
import math
import tempfile
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

BIG = 50 * 1024 * 1024
# 2026-01-01 and on, in milliseconds.
BEGIN = 1_767_225_600_000
HOUR = 3_600_000


def big_bytes() -> bytes:
    """Fifty megabytes that no compression makes small, and that are the same in every run."""
    block = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(32_768))
    return block * (BIG // len(block))


def new_run(client: MlflowClient, experiment: str, name: str, begin: int, *, parent=None, status="FINISHED", **params):
    """A run with parameters, two metrics of many steps, tags and one that ended."""
    tags = {"team": "risk", "mlflow.source.name": "train.py", "note ü": "line one\nline two"}
    if parent is not None:
        tags["mlflow.parentRunId"] = parent
    run = client.create_run(experiment, start_time=begin, run_name=name, tags=tags).info.run_id
    metrics = [Metric("loss", 1 / (step + 1), begin + step * 1_000, step) for step in range(40)]
    metrics += [Metric("auc", 0.5 + step / 100, begin + step, step) for step in range(5)]
    metrics += [Metric("loss", 0.25, begin + 7, 39), Metric("odd/name", -0.0, begin, -3)]
    client.log_batch(run, metrics, [Param(key, str(value)) for key, value in params.items()], [RunTag("x", "y")])
    client.set_terminated(run, status, begin + HOUR)
    return run


def put(client: MlflowClient, run: str, path: str, content: bytes):
    """An artifact of a run."""
    folder, _, name = path.rpartition("/")
    with tempfile.TemporaryDirectory() as directory:
        local = Path(directory, name)
        local.write_bytes(content)
        client.log_artifact(run, str(local), folder or None)


def experiments(client: MlflowClient) -> str:
    """Two experiments: one with a parent, its children and their files, one whose name is a path."""
    churn = client.create_experiment("churn / nightly", tags={"team": "risk", "purpose": "ünïcode"})
    sweep = new_run(client, churn, "sweep", BEGIN, depth=3, rate=1e-3)
    for number in range(2):
        child = new_run(client, churn, f"trial {number}", BEGIN + number * HOUR, parent=sweep, number=number)
        put(client, child, "model/MLmodel", f"flavors: {number}\n".encode())
    put(client, sweep, "weights.bin", big_bytes())
    put(client, sweep, "plots/a b%c.txt", b"not everything is a word\n")
    put(client, sweep, "empty.txt", b"")
    # The next day, and with all that a number can be.
    failed = new_run(client, churn, "failed", BEGIN + 30 * HOUR, status="FAILED", why="disk")
    odd = [math.inf, -math.inf, math.nan, 1e308, 5e-324]
    client.log_batch(failed, [Metric("odd", value, BEGIN + 30 * HOUR + step, step) for step, value in enumerate(odd)])
    data = Dataset("customers", "5c1f", "local", '{"path": "/data/customers.csv"}', schema='{"n": 1}', profile='{"r": 2}')
    client.log_inputs(sweep, datasets=[DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    client.create_experiment("/Shared/forecast", tags={"empty": ""})
    return sweep


def models(client: MlflowClient, run: str):
    """A model with three versions, of which one was deleted, and one without any."""
    client.create_registered_model("churn", tags={"owner": "ana", "tier": "1"}, description="Who leaves?")
    client.create_registered_model("unused")
    for number in range(3):
        version = client.create_model_version(
            "churn",
            source=f"runs:/{run}/model" if number else "s3://elsewhere/model",
            run_id=run if number else None,
            tags={"number": str(number)},
            description=f"The {number}th",
        )
        assert version.version == str(number + 1)
    client.transition_model_version_stage("churn", "1", "Archived")
    client.transition_model_version_stage("churn", "3", "Production")
    client.delete_model_version("churn", "2")
    client.set_registered_model_alias("churn", "champion", "3")


def seed(client: MlflowClient):
    """Everything."""
    models(client, experiments(client))
