"""What all tests share: a clean environment, simulated workspaces, brickform."""

import os

import pytest
from mlflow_server import MlflowServer
from workspace import Brickform, Simulator, binary


def pytest_configure():
    """Keeps everyone's credentials, settings and proxies away from the clients under test."""
    for name in list(os.environ):
        if name.startswith(("DATABRICKS_", "ARM_", "MLFLOW_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["DATABRICKS_CONFIG_FILE"] = os.devnull
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


def pytest_sessionstart():
    """Says what is missing before every test fails for want of it."""
    if not binary().is_file():
        pytest.exit(f"{binary()} is missing: run tests/run, or cargo build first", returncode=1)


@pytest.fixture
def simulator():
    """Starts simulated workspaces that end with the test."""
    started = []

    def start(*arguments, **settings):
        started.append(Simulator(*arguments, **settings))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def sdk(simulator):
    """The vendor's client of an empty workspace."""
    return simulator().sdk()


@pytest.fixture
def mlflow(tmp_path):
    """Starts plain MLflow servers that end with the test; `ready` waits for one."""
    started = []

    def start(name: str, *arguments, **settings):
        started.append(MlflowServer(tmp_path / name, *arguments, **settings))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def brickform(tmp_path):
    """brickform in a directory of its own."""
    return Brickform(tmp_path)
