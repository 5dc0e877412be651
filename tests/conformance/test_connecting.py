"""brickform signs in the way Databricks' own tools do, and tells what it tried."""

import pytest
import yaml

CLIENT = "1f0e4ad8-0b6c-4b2e-9d8a-3c1f5a7b9e01"
SECRET = "dose-conformance-canary"


def test_machines_sign_in_with_a_client_secret(simulator, brickform):
    served = simulator("--client", f"{CLIENT}:{SECRET}", "--seed", "scale:users=3,notebooks=5,folders=2")
    brickform.environment |= {"DATABRICKS_HOST": served.url, "DATABRICKS_CLIENT_ID": CLIENT, "DATABRICKS_CLIENT_SECRET": SECRET}
    brickform.run("export", "-o", "out", "--limits", "none")
    source = yaml.safe_load(brickform.path("out/snapshot.yaml").read_text())["source"]
    assert (source["caller"], source["admin"], source["host"]) == (CLIENT, True, served.url)
    brickform.run("validate", "out")
    brickform.environment["DATABRICKS_CLIENT_SECRET"] = "wrong-canary"
    told = brickform.run("export", "-o", "out", "--limits", "none", code=1)
    assert "DATABRICKS_CLIENT_SECRET" in told.stderr and "canary" not in told.stderr + told.stdout


def test_a_profile_names_host_and_token(simulator, brickform):
    served = simulator()
    profiles = brickform.path("profiles")
    profiles.write_text(f"[DEFAULT]\nhost = https://nowhere.invalid\ntoken = x\n\n[mine]\nhost = {served.url}/\ntoken = {served.token}\n")
    brickform.environment["DATABRICKS_CONFIG_FILE"] = str(profiles)
    brickform.run("export", "-o", "out", "--profile", "mine")
    brickform.environment["DATABRICKS_CONFIG_PROFILE"] = "mine"
    brickform.run("plan", "out", "--detailed-exitcode")
    told = brickform.run("export", "-o", "out", "--profile", "yours", code=None)
    assert told.returncode in (1, 4, 64) and "yours" in told.stderr and "profiles" in told.stderr


@pytest.mark.parametrize("missing", ["DATABRICKS_HOST", "DATABRICKS_TOKEN"])
def test_what_is_missing_is_named(brickform, missing):
    given = {"DATABRICKS_HOST": "http://127.0.0.1:9", "DATABRICKS_TOKEN": "x"}
    brickform.environment |= {name: value for name, value in given.items() if name != missing}
    told = brickform.run("export", "-o", "out", code=None)
    assert told.returncode in (1, 4, 64) and missing in told.stderr
    assert not brickform.path("out").exists()


def test_credentials_do_not_travel_in_clear_to_other_machines(brickform):
    brickform.environment |= {"DATABRICKS_HOST": "http://workspace.invalid", "DATABRICKS_TOKEN": "x"}
    told = brickform.run("export", "-o", "out", code=None)
    assert told.returncode in (1, 4, 64) and "--allow-http" in told.stderr
