"""Something of each newer kind, for an emulated workspace."""

import base64

from emulator import SCIM
from emulator_mlflow import MLFLOW
from test_emulator import post

ARN = "arn:aws:iam::123456789012:instance-profile/reader"
BIG = bytes(range(256)) * 5_000
# 2026-01-05 and on, in milliseconds.
BEGIN = 1_767_571_200_000
DAY = 86_400_000


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def fill_secrets(emulator):
    post(emulator, f"{SCIM}/Groups", {"displayName": "readers"})
    post(emulator, "/api/2.0/secrets/scopes/create", {"scope": "prod"})
    post(emulator, "/api/2.0/secrets/scopes/create", {"scope": "empty"})
    post(emulator, "/api/2.0/secrets/put", {"scope": "prod", "key": "text", "string_value": "gèheim\n"})
    post(emulator, "/api/2.0/secrets/put", {"scope": "prod", "key": "bytes", "bytes_value": coded(bytes(range(256)))})
    robot = post(emulator, f"{SCIM}/ServicePrincipals", {"displayName": "reader"})
    for who, what in (("readers", "READ"), (robot["applicationId"], "WRITE"), ("tester@example.com", "MANAGE")):
        post(emulator, "/api/2.0/secrets/acls/put", {"scope": "prod", "principal": who, "permission": what})


def fill_git(emulator):
    for provider, name in (("gitHub", "work"), ("gitLab", "home")):
        body = {"git_provider": provider, "git_username": "ann", "personal_access_token": "old", "name": name}
        post(emulator, "/api/2.0/git-credentials", body)
    url = "https://git.example/data/etl.git"
    made = post(emulator, "/api/2.0/repos", {"url": url, "provider": "gitHub", "path": "/Repos/team/etl"})
    emulator.rights[f"repos/{made['id']}"] = [{"group_name": "readers", "permission_level": "CAN_RUN"}]
    post(emulator, "/api/2.0/workspace/mkdirs", {"path": "/Shared/code"})
    sparse = {"url": url, "provider": "gitLab", "path": "/Shared/code/etl", "sparse_checkout": {"patterns": ["jobs", "lib"]}}
    post(emulator, "/api/2.0/repos", sparse)


def fill_small(emulator):
    post(emulator, "/api/2.0/instance-profiles/add", {"instance_profile_arn": ARN, "skip_validation": True})
    post(emulator, "/api/2.0/dbfs/mkdirs", {"path": "/FileStore/empty"})
    emulator.put_dbfs("/FileStore/jars/big.jar", BIG)
    emulator.put_dbfs("/FileStore/jars/empty", b"")
    emulator.put_dbfs("/lists/named.whl", b"a wheel")
    cluster = {"cluster_name": "small", "spark_version": "15", "num_workers": 1, "aws_attributes": {"instance_profile_arn": ARN}}
    identifier = post(emulator, "/api/2.0/clusters/create", cluster)["cluster_id"]
    libraries = [{"pypi": {"package": "numpy==2.0"}}, {"whl": "dbfs:/lists/named.whl"}, {"jar": "dbfs:/FileStore/jars/big.jar"}]
    post(emulator, "/api/2.0/libraries/install", {"cluster_id": identifier, "libraries": libraries})
    for name, enabled in (("first", True), ("second", False), ("third", True)):
        script = {"name": name, "script": coded(f"#!/bin/sh\necho {name}\n".encode()), "enabled": enabled}
        post(emulator, "/api/2.0/global-init-scripts", script)


def fill_mlflow(emulator):
    post(emulator, "/api/2.0/workspace/mkdirs", {"path": "/Shared/ml"})
    body = {"name": "/Shared/ml/churn", "tags": [{"key": "team", "value": "risk"}]}
    churn = post(emulator, f"{MLFLOW}/experiments/create", body)["experiment_id"]
    emulator.rights[f"experiments/{churn}"] = [{"group_name": "readers", "permission_level": "CAN_EDIT"}]
    gone = post(emulator, f"{MLFLOW}/experiments/create", {"name": "/Shared/ml/gone"})["experiment_id"]
    post(emulator, f"{MLFLOW}/experiments/delete", {"experiment_id": gone})
    post(emulator, f"{MLFLOW}/experiments/create", {"name": "/Shared/ml/empty", "artifact_location": "dbfs:/kept/here"})
    parent = fill_run(emulator, churn, "parent", BEGIN, [])
    child = fill_run(emulator, churn, "child", BEGIN + DAY, [{"key": "mlflow.parentRunId", "value": parent}])
    dropped = fill_run(emulator, churn, "dropped", BEGIN, [])
    post(emulator, f"{MLFLOW}/runs/delete", {"run_id": dropped})
    return child


def fill_run(emulator, experiment: str, name: str, begin: int, tags: list) -> str:
    tags = [{"key": "mlflow.runName", "value": name}, {"key": "note", "value": "ünï\ncode"}, *tags]
    body = {"experiment_id": experiment, "start_time": begin, "run_name": name, "tags": tags}
    run = emulator.runs[post(emulator, f"{MLFLOW}/runs/create", body)["run"]["info"]["run_id"]]["info"]
    losses = [{"key": "loss", "value": 1 / step, "timestamp": begin + step, "step": step} for step in range(1, 30)]
    again = {"key": "loss", "value": 0.25, "timestamp": begin + 99, "step": 3}
    batch = {"metrics": [*losses, again], "params": [{"key": "depth", "value": "3"}]}
    post(emulator, f"{MLFLOW}/runs/log-batch", {"run_id": run["run_id"]} | batch)
    data = {"name": "customers", "digest": "5c1f", "source_type": "local", "source": "{}"}
    inputs = [{"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": data}]
    post(emulator, f"{MLFLOW}/runs/log-inputs", {"run_id": run["run_id"], "datasets": inputs})
    root = run["artifact_uri"].removeprefix("dbfs:")
    for path, content in (("model/MLmodel", name.encode()), ("weights.bin", BIG), ("a b%c.txt", b"")):
        emulator.put_dbfs(f"{root}/{path}", content)
    post(emulator, f"{MLFLOW}/runs/update", {"run_id": run["run_id"], "status": "FINISHED", "end_time": begin + 1_000})
    return run["run_id"]


def fill_registry(emulator, run: str):
    body = {"name": "churn", "description": "who goes", "tags": [{"key": "team", "value": "risk"}]}
    post(emulator, f"{MLFLOW}/registered-models/create", body)
    post(emulator, f"{MLFLOW}/registered-models/create", {"name": "unused"})
    emulator.rights[f"registered-models/{emulator.models['churn']['id']}"] = [{"group_name": "readers", "permission_level": "CAN_READ"}]
    source = emulator.runs[run]["info"]["artifact_uri"] + "/model"
    for stage, more in (("Archived", {"run_id": run}), ("None", {"description": "d"}), ("Production", {"tags": [{"key": "a", "value": "b"}]})):
        made = post(emulator, f"{MLFLOW}/model-versions/create", {"name": "churn", "source": source} | more)["model_version"]
        moved = {"name": "churn", "version": made["version"], "stage": stage, "archive_existing_versions": False}
        post(emulator, f"{MLFLOW}/databricks/model-versions/transition-stage", moved)
    status, _, answer = emulator.answer("DELETE", f"{MLFLOW}/model-versions/delete?name=churn&version=2", b"")
    assert status == 200, answer
    job = post(emulator, "/api/2.1/jobs/create", {"name": "retrain"})["job_id"]
    hook = {"model_name": "churn", "events": ["MODEL_VERSION_CREATED", "COMMENT_CREATED"]}
    post(emulator, f"{MLFLOW}/registry-webhooks/create", hook | {"job_spec": {"job_id": str(job), "access_token": "hush"}})
    spec = {"url": "https://hooks.example.com/x", "authorization": "hush"}
    post(emulator, f"{MLFLOW}/registry-webhooks/create", {"events": ["REGISTERED_MODEL_CREATED"], "http_url_spec": spec, "description": "d"})


def fill(emulator):
    """Puts something of everything newer into an emulated workspace."""
    fill_secrets(emulator)
    fill_git(emulator)
    fill_small(emulator)
    fill_registry(emulator, fill_mlflow(emulator))
