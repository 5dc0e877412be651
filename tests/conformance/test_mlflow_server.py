"""brickform reaches a plain MLflow server, holds its lock there, and says well why it does not."""

import json

import pytest

ADMIN = {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "long-enough-canary"}


def test_a_claim_is_a_model_that_people_can_read_and_take_away(mlflow, brickform):
    server = mlflow("one").ready()
    said = brickform.run("unlock", on=server)
    assert f"Nobody holds the lock of {server.url}." in said.stdout
    claim = {"format": 1, "holder": "w", "who": "ana", "what": "plan 1", "command": "brickform apply p"}
    claim |= {"since": "2026-01-01T00:00:00Z", "beat": 3, "ttl": 60}
    server.client().create_registered_model(".brickform.lock.7.json", description=json.dumps(claim))
    # Nobody there to confirm.
    shown = brickform.run("unlock", on=server, code=4)
    assert "ana" in shown.stdout and "plan 1" in shown.stdout
    brickform.run("unlock", "--yes", on=server)
    assert "Nobody holds" in brickform.run("unlock", on=server).stdout
    names = {model.name for model in server.client().search_registered_models()}
    assert ".brickform.lock.8.json" in names


def test_a_name_that_the_server_was_not_told_is_said(mlflow, brickform):
    server = mlflow("one", MLFLOW_SERVER_ALLOWED_HOSTS="mlflow.acme.com").ready()
    said = brickform.run("unlock", on=server, code=1).stderr
    assert f"{server.url} does not answer to this name" in said
    assert "--allowed-hosts" in said


def test_users_of_a_server_are_known_and_others_are_sent_away(mlflow, brickform):
    settings = {"MLFLOW_FLASK_SERVER_SECRET_KEY": "k"}
    settings |= {"MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN["MLFLOW_TRACKING_PASSWORD"]}
    server = mlflow("one", "--app-name", "basic-auth", **settings).ready()
    said = brickform.run("unlock", on=server, code=1).stderr
    assert "wants a credential" in said and "MLFLOW_TRACKING_USERNAME" in said
    brickform.environment |= ADMIN | {"MLFLOW_TRACKING_PASSWORD": "wrong-canary"}
    said = brickform.run("unlock", on=server, code=1).stderr
    assert "does not accept the credential of the environment" in said and "canary" not in said
    brickform.environment |= ADMIN
    assert "Nobody holds" in brickform.run("unlock", on=server).stdout


@pytest.mark.parametrize(
    "path, said", [("", "wants a credential"), ("/not/mlflow", "does not answer as an MLflow server does")]
)
def test_what_is_no_mlflow_server_is_said(simulator, brickform, path, said):
    workspace = simulator()
    assert said in brickform.run("unlock", "--mlflow", workspace.url + path, code=1).stderr
