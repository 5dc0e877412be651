"""Who gets in, how refusals look to the vendor's SDK, and what it does when a workspace is busy."""

import time

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    BadRequest,
    DatabricksError,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from seed import mail
from workspace import client


def test_a_wrong_token_is_told(simulator):
    served = simulator()
    with pytest.raises((Unauthenticated, PermissionDenied)):
        client(served.url, "dapi-wrong").current_user.me()


def test_calls_that_do_not_exist_are_told(sdk):
    with pytest.raises(NotFound) as refused:
        sdk.api_client.do("GET", "/api/2.0/no/such/call")
    assert refused.value.error_code == "ENDPOINT_NOT_FOUND"


def test_what_a_call_does_not_know_is_refused(sdk):
    for body in ({"display_nam": 1}, {"name": "x", "definition": "{}", "unknown_field": True}, {"name": 7, "definition": "{}"}):
        with pytest.raises(BadRequest):
            sdk.api_client.do("POST", "/api/2.0/policies/clusters/create", body=body)
    with pytest.raises(BadRequest):
        sdk.api_client.do("GET", "/api/2.2/jobs/list", query={"limt": 3})
    with pytest.raises(InvalidParameterValue):
        sdk.api_client.do("GET", "/api/2.2/jobs/list", query={"limit": "many"})


def test_scim_refuses_in_its_own_form(simulator):
    served = simulator()
    answer = requests.get(f"{served.url}/api/2.0/preview/scim/v2/Users/1", headers={"Authorization": f"Bearer {served.token}"}, timeout=10)
    assert answer.status_code == 404
    body = answer.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"] and body["status"] == "404"
    assert "error_code" not in body


FAULTS = """
rules:
- {on: GET */Users, times: 2, do: throttle, retry_after: 1}
- {on: GET */clusters/list, times: 1, do: unavailable-before, retry_after: 1}
- {on: POST */Users, nth: 1, do: throttle, retry_after: 1}
"""


def test_the_sdk_waits_as_long_as_asked(simulator, tmp_path):
    faults = tmp_path / "faults.yaml"
    faults.write_text(FAULTS)
    w = simulator("--faults", faults).sdk()
    began = time.monotonic()
    assert [user.user_name for user in w.users.list()] == ["admin@example.com"]
    assert time.monotonic() - began >= 2
    assert list(w.clusters.list()) == []
    w.users.create(user_name=mail("ana"))
    assert len(list(w.users.list())) == 2


def test_the_sdk_gives_up_at_last(simulator, tmp_path):
    faults = tmp_path / "faults.yaml"
    faults.write_text("rules: [{on: GET */jobs/list, do: throttle, retry_after: 1}, {on: GET */instance-pools/list, do: unavailable-before, retry_after: 1}]")
    w = simulator("--faults", faults).sdk(retry_timeout_seconds=2)
    for refused in (lambda: list(w.jobs.list()), lambda: list(w.instance_pools.list())):
        with pytest.raises((TimeoutError, TooManyRequests, TemporarilyUnavailable)):
            refused()


def test_published_limits_are_kept(simulator):
    w = simulator("--limits", "published")
    headers = {"Authorization": f"Bearer {w.token}"}
    codes = [requests.get(f"{w.url}/api/2.0/preview/scim/v2/Users", headers=headers, timeout=10) for _ in range(300)]
    refused = [answer for answer in codes if answer.status_code == 429]
    assert refused and int(refused[0].headers["Retry-After"]) >= 1


def test_a_workspace_is_kept_from_one_run_to_the_next(simulator, tmp_path):
    data = tmp_path / "kept"
    first = simulator("--data", data)
    made = first.sdk().users.create(user_name=mail("ana"), display_name="Ana")
    first.sdk().workspace.mkdirs("/Shared/kept")
    first.close()
    second = simulator("--data", data).sdk()
    assert second.users.get(made.id).display_name == "Ana"
    assert [one.path for one in second.workspace.list("/Shared")] == ["/Shared/kept"]


def test_machines_sign_in_with_a_client_secret(simulator):
    served = simulator("--client", "1f0e4ad8-0b6c-4b2e-9d8a-3c1f5a7b9e01:canary-secret")
    good = {"host": served.url, "client_id": "1f0e4ad8-0b6c-4b2e-9d8a-3c1f5a7b9e01", "auth_type": "oauth-m2m"}
    w = WorkspaceClient(config=Config(client_secret="canary-secret", **good))
    assert w.current_user.me().user_name == good["client_id"]
    assert [user.user_name for user in w.users.list()] == ["admin@example.com"]
    with pytest.raises((DatabricksError, ValueError)):
        WorkspaceClient(config=Config(client_secret="wrong", **good)).current_user.me()
