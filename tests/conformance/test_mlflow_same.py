"""The simulator's MLflow calls beside a real MLflow server's: the same calls, the same statuses, words and shapes."""

import pytest
import requests
from mlflow_server import MlflowServer

BASE = "/api/2.0/mlflow/"

# Fields that one of the two answers by itself, with the reason.
MORE = {
    "sqlstate": "MLflow tells the SQL state of an error",
    "error_class": "MLflow tells a second word for an error",
    "workspace": "MLflow keeps several name spaces since 3.10",
    "trace_location": "MLflow tells where traces would go",
    "outputs": "MLflow tells that there are none",
    "user_id": "a plain server takes what the caller says",
    "deployment_job_state": "MLflow tells it of every version",
    "id": "a workspace gives its models identifiers, for rights",
    "permission_level": "a workspace tells what the caller may do",
}

# What a workspace calls otherwise; in its answers the same word stands behind a name.
OF_WORKSPACE = {
    "registered-models/get": "databricks/registered-models/get",
    "model-versions/transition-stage": "databricks/model-versions/transition-stage",
}

# One call each: what it shows, method, path, body or query, and what later calls take of its answer.
EXPERIMENTS = [
    ("made", "POST", "experiments/create", {"name": "/Shared/a", "tags": [{"key": "k", "value": "v"}]}, "experiment_id"),
    ("made twice", "POST", "experiments/create", {"name": "/Shared/a"}),
    ("made without a name", "POST", "experiments/create", {}),
    ("read", "GET", "experiments/get", {"experiment_id": "{experiment_id}"}),
    ("read by name", "GET", "experiments/get-by-name", {"experiment_name": "/Shared/a"}),
    ("read, unknown", "GET", "experiments/get", {"experiment_id": "999999"}),
    ("read by name, unknown", "GET", "experiments/get-by-name", {"experiment_name": "/Shared/none"}),
    ("tagged", "POST", "experiments/set-experiment-tag", {"experiment_id": "{experiment_id}", "key": "t", "value": "1"}),
    ("tagged anew", "POST", "experiments/set-experiment-tag", {"experiment_id": "{experiment_id}", "key": "t", "value": "2"}),
    ("tagged, unknown", "POST", "experiments/set-experiment-tag", {"experiment_id": "999999", "key": "t", "value": "1"}),
    ("renamed", "POST", "experiments/update", {"experiment_id": "{experiment_id}", "new_name": "/Shared/b"}),
    ("a second", "POST", "experiments/create", {"name": "/Shared/c"}),
    ("renamed onto another", "POST", "experiments/update", {"experiment_id": "{experiment_id}", "new_name": "/Shared/c"}),
    ("searched", "POST", "experiments/search", {"max_results": 10, "filter": "name = '/Shared/b'"}),
    ("searched by tag", "POST", "experiments/search", {"max_results": 10, "filter": "tags.t = '2'"}),
    ("searched wrongly", "POST", "experiments/search", {"max_results": 10, "filter": "nonsense"}),
    ("deleted", "POST", "experiments/delete", {"experiment_id": "{experiment_id}"}),
    ("read, deleted", "GET", "experiments/get", {"experiment_id": "{experiment_id}"}),
    ("its name taken", "POST", "experiments/create", {"name": "/Shared/b"}),
    ("tagged, deleted", "POST", "experiments/set-experiment-tag", {"experiment_id": "{experiment_id}", "key": "t", "value": "3"}),
    ("searched, deleted", "POST", "experiments/search", {"max_results": 10, "view_type": "DELETED_ONLY"}),
    ("restored", "POST", "experiments/restore", {"experiment_id": "{experiment_id}"}),
    ("read, restored", "GET", "experiments/get", {"experiment_id": "{experiment_id}"}),
]

RUN = {"run_id": "{run_id}"}
METRIC = {"key": "loss", "value": 0.5, "timestamp": 1_767_225_600_000, "step": 1}
SINCE = {"experiment_ids": ["{experiment_id}"], "max_results": 5}
RUNS = [
    ("an experiment", "POST", "experiments/create", {"name": "/Shared/runs"}, "experiment_id"),
    (
        "begun",
        "POST",
        "runs/create",
        {"experiment_id": "{experiment_id}", "start_time": 1_767_225_600_000, "tags": [{"key": "a", "value": "b"}]},
        "run.info.run_id",
    ),
    ("begun nowhere", "POST", "runs/create", {"experiment_id": "999999", "start_time": 1_767_225_600_000}),
    ("read", "GET", "runs/get", RUN),
    ("read, unknown", "GET", "runs/get", {"run_id": "0" * 32}),
    ("a parameter", "POST", "runs/log-parameter", RUN | {"key": "p", "value": "1"}),
    ("the same again", "POST", "runs/log-parameter", RUN | {"key": "p", "value": "1"}),
    ("otherwise", "POST", "runs/log-parameter", RUN | {"key": "p", "value": "2"}),
    ("too long", "POST", "runs/log-parameter", RUN | {"key": "q", "value": "x" * 6_001}),
    ("of a wrong name", "POST", "runs/log-parameter", RUN | {"key": "a//b", "value": "1"}),
    ("a metric", "POST", "runs/log-metric", RUN | METRIC),
    ("of a wrong name", "POST", "runs/log-metric", RUN | METRIC | {"key": "../x"}),
    ("a batch", "POST", "runs/log-batch", RUN | {"metrics": [METRIC | {"step": 2}], "params": [{"key": "r", "value": "1"}]}),
    ("too large a batch", "POST", "runs/log-batch", RUN | {"params": [{"key": f"p{n}", "value": "1"} for n in range(101)]}),
    ("a batch for none", "POST", "runs/log-batch", {"run_id": "0" * 32, "metrics": [METRIC]}),
    ("its history", "GET", "metrics/get-history", RUN | {"metric_key": "loss"}),
    ("the history of none", "GET", "metrics/get-history", RUN | {"metric_key": "none"}),
    ("a tag", "POST", "runs/set-tag", RUN | {"key": "t", "value": "1"}),
    ("no tag", "POST", "runs/delete-tag", RUN | {"key": "t"}),
    ("no tag twice", "POST", "runs/delete-tag", RUN | {"key": "t"}),
    ("files", "GET", "artifacts/list", RUN),
    ("ended", "POST", "runs/update", RUN | {"status": "FINISHED", "end_time": 1_767_225_700_000}),
    ("ended oddly", "POST", "runs/update", RUN | {"status": "SIDEWAYS"}),
    ("searched", "POST", "runs/search", {"experiment_ids": ["{experiment_id}"], "filter": "params.p = '1'", "max_results": 5}),
    ("searched wrongly", "POST", "runs/search", {"experiment_ids": ["{experiment_id}"], "filter": "nonsense", "max_results": 5}),
    ("since its moment", "POST", "runs/search", SINCE | {"filter": "attributes.start_time >= 1767225600000"}),
    ("since the next", "POST", "runs/search", SINCE | {"filter": "attributes.start_time >= 1767225600001"}),
    ("until then", "POST", "runs/search", SINCE | {"filter": "attributes.start_time < 1767225600001 AND start_time >= 0"}),
    ("since a text", "POST", "runs/search", SINCE | {"filter": "attributes.start_time >= '2026-01-01'"}),
    ("deleted", "POST", "runs/delete", RUN),
    ("a metric, deleted", "POST", "runs/log-metric", RUN | METRIC),
    ("searched, deleted", "POST", "runs/search", {"experiment_ids": ["{experiment_id}"], "run_view_type": "DELETED_ONLY", "max_results": 5}),
    ("restored", "POST", "runs/restore", RUN),
    ("read, restored", "GET", "runs/get", RUN),
]

MODEL = {"name": "churn"}
FIRST = MODEL | {"version": "1"}
SERVING = {"name": "third", "version": "1"}
REGISTRY = [
    ("made", "POST", "registered-models/create", MODEL | {"description": "d", "tags": [{"key": "k", "value": "v"}]}),
    ("made twice", "POST", "registered-models/create", MODEL),
    ("made without a name", "POST", "registered-models/create", {}),
    ("made with an odd name", "POST", "registered-models/create", {"name": "a/b"}),
    ("tagged from the start, oddly", "POST", "registered-models/create", {"name": "odd", "tags": [{"key": "", "value": "v"}]}),
    ("read", "GET", "registered-models/get", MODEL),
    ("read, unknown", "GET", "registered-models/get", {"name": "none"}),
    ("tagged", "POST", "registered-models/set-tag", MODEL | {"key": "t", "value": "1"}),
    ("tagged anew", "POST", "registered-models/set-tag", MODEL | {"key": "t", "value": "2"}),
    ("tagged, unknown", "POST", "registered-models/set-tag", {"name": "none", "key": "t", "value": "1"}),
    ("tagged without a key", "POST", "registered-models/set-tag", MODEL | {"value": "1"}),
    ("read, tagged", "GET", "registered-models/get", MODEL),
    ("no tag", "DELETE", "registered-models/delete-tag", MODEL | {"key": "t"}),
    ("no tag twice", "DELETE", "registered-models/delete-tag", MODEL | {"key": "t"}),
    ("no tag, unknown", "DELETE", "registered-models/delete-tag", {"name": "none", "key": "t"}),
    ("described", "PATCH", "registered-models/update", MODEL | {"description": "who goes"}),
    ("described, unknown", "PATCH", "registered-models/update", {"name": "none", "description": "d"}),
    ("a second", "POST", "registered-models/create", {"name": "second"}),
    ("renamed onto another", "POST", "registered-models/rename", {"name": "second", "new_name": "churn"}),
    ("renamed to nothing", "POST", "registered-models/rename", {"name": "second"}),
    ("renamed", "POST", "registered-models/rename", {"name": "second", "new_name": "third"}),
    ("renamed, unknown", "POST", "registered-models/rename", {"name": "second", "new_name": "fourth"}),
    ("searched", "GET", "registered-models/search", {"max_results": 5, "filter": "name = 'churn'"}),
    ("searched by likeness", "GET", "registered-models/search", {"max_results": 5, "filter": "name LIKE 'ch%'"}),
    ("searched wrongly", "GET", "registered-models/search", {"max_results": 5, "filter": "nonsense"}),
    ("searched for too many", "GET", "registered-models/search", {"max_results": 100_000}),
    ("a run's experiment", "POST", "experiments/create", {"name": "/Shared/registry"}, "experiment_id"),
    ("a run", "POST", "runs/create", {"experiment_id": "{experiment_id}", "start_time": 1}, "run.info.run_id"),
    (
        "a version",
        "POST",
        "model-versions/create",
        MODEL | {"source": "s3://bucket/m", "run_id": "{run_id}", "description": "d", "tags": [{"key": "k", "value": "v"}]},
    ),
    ("a version of none", "POST", "model-versions/create", {"name": "none", "source": "s3://bucket/m"}),
    ("a version from nowhere", "POST", "model-versions/create", MODEL),
    ("another version", "POST", "model-versions/create", MODEL | {"source": "s3://bucket/m"}),
    ("version: read", "GET", "model-versions/get", FIRST),
    ("version: read, unknown", "GET", "model-versions/get", MODEL | {"version": "9"}),
    ("version: read, of none", "GET", "model-versions/get", {"name": "none", "version": "1"}),
    ("version: read, no number", "GET", "model-versions/get", MODEL | {"version": "one"}),
    ("version: tagged", "POST", "model-versions/set-tag", FIRST | {"key": "t", "value": "1"}),
    ("version: tagged, unknown", "POST", "model-versions/set-tag", MODEL | {"version": "9", "key": "t", "value": "1"}),
    ("version: read, tagged", "GET", "model-versions/get", FIRST),
    ("version: no tag", "DELETE", "model-versions/delete-tag", FIRST | {"key": "t"}),
    ("version: no tag twice", "DELETE", "model-versions/delete-tag", FIRST | {"key": "t"}),
    ("version: described", "PATCH", "model-versions/update", FIRST | {"description": "e"}),
    ("version: described, unknown", "PATCH", "model-versions/update", MODEL | {"version": "9", "description": "e"}),
    ("version: where it lies", "GET", "model-versions/get-download-uri", FIRST),
    ("version: searched", "GET", "model-versions/search", {"max_results": 5, "filter": "name = 'churn'"}),
    ("version: searched by run", "GET", "model-versions/search", {"max_results": 5, "filter": "run_id = '0'"}),
    ("version: searched wrongly", "GET", "model-versions/search", {"max_results": 5, "filter": "nonsense"}),
    ("put into a stage", "POST", "model-versions/transition-stage", FIRST | {"stage": "Staging", "archive_existing_versions": False}),
    ("put into a stage of another name", "POST", "model-versions/transition-stage", FIRST | {"stage": "Attic", "archive_existing_versions": False}),
    ("put into a stage, unknown", "POST", "model-versions/transition-stage", MODEL | {"version": "9", "stage": "Staging", "archive_existing_versions": False}),
    ("read, in a stage", "GET", "registered-models/get", MODEL),
    ("an alias", "POST", "registered-models/alias", FIRST | {"alias": "champion"}),
    ("by alias", "GET", "registered-models/alias", MODEL | {"alias": "champion"}),
    ("no alias", "DELETE", "registered-models/alias", MODEL | {"alias": "champion"}),
    ("the latest", "POST", "registered-models/get-latest-versions", MODEL),
    ("the latest of a stage", "POST", "registered-models/get-latest-versions", MODEL | {"stages": ["None"]}),
    ("out of the stage", "POST", "model-versions/transition-stage", FIRST | {"stage": "Archived", "archive_existing_versions": False}),
    ("a version deleted", "DELETE", "model-versions/delete", MODEL | {"version": "2"}),
    ("a version deleted twice", "DELETE", "model-versions/delete", MODEL | {"version": "2"}),
    ("a number is given once", "POST", "model-versions/create", MODEL | {"source": "s3://bucket/m"}, "model_version.version"),
    ("read by the number that was given", "GET", "model-versions/get", MODEL | {"version": "{version}"}),
    ("deleted", "DELETE", "registered-models/delete", MODEL),
    ("deleted twice", "DELETE", "registered-models/delete", MODEL),
    ("read, deleted", "GET", "registered-models/get", MODEL),
    ("a version that serves", "POST", "model-versions/create", {"name": "third", "source": "s3://bucket/m"}),
    ("in production", "POST", "model-versions/transition-stage", SERVING | {"stage": "Production", "archive_existing_versions": False}),
    ("deleted while it serves", "DELETE", "model-versions/delete", SERVING),
    ("its versions gone", "GET", "model-versions/search", {"max_results": 5, "filter": "name = 'churn'"}),
]

ALIASES = "a workspace's own registry has no aliases; only Unity Catalog's has"

# What the two are known to do otherwise, with the reason. The simulator is never the one that takes more.
PARDONS = {
    ("EXPERIMENTS", "renamed onto another"): "MLflow passes on the word of its database",
    ("RUNS", "too long"): "MLflow cuts a parameter off and says nothing; the simulator keeps nothing that was not sent",
    ("REGISTRY", "an alias"): ALIASES,
    ("REGISTRY", "by alias"): ALIASES,
    ("REGISTRY", "no alias"): ALIASES,
    ("REGISTRY", "deleted while it serves"): "a workspace wants it archived before, as its documentation says",
    ("RUNS", "ended oddly"): "MLflow takes an unknown word for none; the simulator knows the words of the vendor's SDK",
}


def shape(answer):
    """The fields of an answer, however deep, without their values."""
    if isinstance(answer, dict):
        return {name: shape(value) for name, value in answer.items() if name not in MORE}
    if isinstance(answer, list):
        # In any order, and not each with every field.
        together = {}
        for one in map(shape, answer):
            together |= one if isinstance(one, dict) else {"": one}
        return [together] if answer else []
    return type(answer).__name__


def tags_by_name(answer):
    """The answer, in which lists of tags hold only those that the calls here set: each server adds its own."""
    if isinstance(answer, list):
        return [tags_by_name(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    found = {name: tags_by_name(value) for name, value in answer.items()}
    if "tags" in found:
        found["tags"] = sorted(
            (tag for tag in found["tags"] if not tag["key"].startswith("mlflow.")), key=lambda tag: tag["key"]
        )
        if not found["tags"]:
            del found["tags"]
    return found


def filled(body, known: dict):
    """A body in which earlier answers stand for their names."""
    if isinstance(body, dict):
        return {name: filled(value, known) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, known) for value in body]
    return body.format(**known) if isinstance(body, str) and body.startswith("{") else body


class Caller:
    """Sends calls to one server, and keeps what later ones need."""

    def __init__(self, server):
        self.url = server.url + BASE
        self.headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        self.known = {}

    def call(self, method: str, path: str, body: dict, keep: str = "") -> tuple:
        """Status, the word of an error, and the shape of the answer."""
        body = filled(body, self.known)
        if self.headers:
            path = OF_WORKSPACE.get(path, path)
        # The vendor's client deletes by the query, and MLflow's by the body; each server knows its own.
        in_query = method == "GET" or (method == "DELETE" and self.headers)
        given = {"params": body} if in_query else {"json": body}
        answer = requests.request(method, self.url + path, headers=self.headers, timeout=60, **given)
        told = {name.removesuffix("_databricks"): value for name, value in tags_by_name(answer.json()).items()}
        found = told
        for part in filter(None, keep.split(".")):
            found = found[part]
        if keep:
            self.known[keep.rsplit(".", 1)[-1]] = found
        ok = answer.status_code == 200
        return answer.status_code, None if ok else told.get("error_code"), shape(told) if ok else None


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """One real server for all tables."""
    with MlflowServer(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


@pytest.mark.parametrize("table", ["EXPERIMENTS", "RUNS", "REGISTRY"])
def test_the_simulator_answers_as_a_real_server(real, simulator, table):
    ours, theirs = Caller(simulator()), Caller(real)
    differences, used = {}, set()
    for what, *call in globals()[table]:
        found, wanted = ours.call(*call), theirs.call(*call)
        if found == wanted:
            continue
        if (table, what) in PARDONS:
            used.add((table, what))
            continue
        differences[what] = {"simulator": found, "mlflow": wanted}
    assert differences == {}
    assert used == {pardon for pardon in PARDONS if pardon[0] == table}
