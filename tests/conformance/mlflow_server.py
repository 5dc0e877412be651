"""A real MLflow server as a process, and the client that comes with it."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from mlflow import MlflowClient
from workspace import clean_environment


def free_port() -> int:
    """A port that nobody listens on, below those that systems give to connections: none takes it meanwhile."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) != 0:
                return port


class MlflowServer:
    """A plain MLflow server on this machine, with its data below a directory, until it is closed."""

    token = None

    def __init__(self, directory: Path, *arguments: str, **settings: str):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        quiet = {
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "GIT_PYTHON_REFRESH": "quiet",
        }
        with open(directory / "server.log", "wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
                + ["--backend-store-uri", f"sqlite:///{directory}/store.db", "--workers", "1"]
                + ["--artifacts-destination", str(directory / "artifacts"), *arguments],
                cwd=directory,
                env=clean_environment(directory) | quiet | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self) -> str:
        """What it said so far."""
        return (self.directory / "server.log").read_text(errors="replace")

    def ready(self) -> "MlflowServer":
        """Waits until it answers; making its tables takes some seconds."""
        end = time.monotonic() + 180
        while self._process.poll() is None and time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=10):
                    return self
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"no MLflow server at {self.url}; the log says: {self.log()}")

    def client(self) -> MlflowClient:
        """MLflow's own client of it."""
        return MlflowClient(tracking_uri=self.url, registry_uri=self.url)

    def close(self):
        """Ends it and the workers it started: a session of its own holds nothing else."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, how)
                self._process.wait(20)
                return
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self):
        return self.ready()

    def __exit__(self, *_):
        self.close()
