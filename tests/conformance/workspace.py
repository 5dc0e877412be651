"""Simulated workspaces, the SDK that talks to them, and brickform itself, as processes."""

import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "dapi-conformance-canary"


# Where brickform keeps its lock in a workspace; it belongs to no snapshot.
OWN_FOLDER = "/.brickform"


def binary() -> Path:
    """The brickform that is tested."""
    return Path(os.environ.get("BRICKFORM", ROOT / "target" / "debug" / "brickform"))


def clean_environment(home: Path) -> dict:
    """An environment without anyone's credentials, settings or proxies in it."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return kept | {"HOME": str(home), "NO_PROXY": "127.0.0.1,localhost", "NO_COLOR": "1"}


def client(url: str, token: str = TOKEN, **settings) -> WorkspaceClient:
    """The vendor's client of a workspace."""
    return WorkspaceClient(config=Config(host=url, token=token, auth_type="pat", **settings))


class Simulator:
    """A simulated workspace in a process of its own, until it is closed."""

    def __init__(self, *arguments: str, token: str = TOKEN):
        self.token = token
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [binary(), "sim", "--port", "0", "--token", token, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=clean_environment(Path(tempfile.gettempdir())),
        )
        patience = threading.Timer(120, self._process.kill)
        patience.start()
        self.url = self._process.stdout.readline().strip()
        patience.cancel()
        if not self.url.startswith("http://127.0.0.1:"):
            self.close()
            raise AssertionError(f"no address but {self.url!r}; the log says: {self.log()}")

    def log(self) -> str:
        """What it wrote to standard error so far."""
        self._log.seek(0)
        return self._log.read()

    def sdk(self, **settings) -> WorkspaceClient:
        """The vendor's client of this workspace."""
        return client(self.url, self.token, **settings)

    def close(self):
        """Ends the process."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Brickform:
    """Runs brickform in a directory of its own."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.environment = clean_environment(directory)

    def reach(self, arguments, on) -> tuple[list, dict]:
        """A command line, and the environment in which it reaches a workspace or a plain MLflow server."""
        command = [binary(), *map(str, arguments)]
        if on is None:
            return command, dict(self.environment)
        if on.token is None:
            return [*command, "--mlflow", on.url], dict(self.environment)
        return command, self.environment | {"DATABRICKS_HOST": on.url, "DATABRICKS_TOKEN": on.token}

    def run(self, *arguments, on=None, code: int | None = 0, timeout: float = 300):
        """Runs a command on a server; fails if the exit code is not the expected one."""
        command, environment = self.reach(arguments, on)
        ended = subprocess.run(
            command,
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        told = f"brickform {' '.join(map(str, arguments))} ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert "panicked" not in ended.stderr, told
        if code is not None:
            assert ended.returncode == code, told
        return ended

    def path(self, name: str) -> Path:
        """A file or directory here."""
        return self.directory / name

    def export(self, workspace, into: str, *, code: int | None = 0):
        """Exports a workspace; limits of a public service need not be kept here."""
        return self.run("export", "-o", into, "--limits", "none", on=workspace, code=code)

    def plan(self, snapshot: str, workspace, into: str, *more, code: int | None = 0) -> dict:
        """Plans and gives the plan file."""
        self.run("plan", snapshot, "-o", into, "--limits", "none", *more, on=workspace, code=code)
        return json.loads(self.path(into).read_text())

    def apply(self, plan: str, workspace, *more, code: int | None = 0):
        """Applies a plan."""
        return self.run("apply", plan, "--limits", "none", *more, on=workspace, code=code)

    def move(self, source, target, *, name: str = "moved") -> dict:
        """Exports one workspace, and plans and applies it to another, which has to succeed."""
        self.export(source, name)
        plan = self.plan(name, target, f"{name}.json")
        self.apply(f"{name}.json", target)
        return plan
