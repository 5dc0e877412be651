"""The naive emulator with everything that came later: secrets, git, DBFS, MLflow and the small ones."""

from emulator import Emulator
from emulator_dbfs import Dbfs
from emulator_git import Git
from emulator_mlflow import Mlflow
from emulator_registry import Registry
from emulator_secrets import Secrets
from emulator_small import Small

PARTS = (Secrets, Git, Small, Dbfs, Mlflow, Registry)


class Rest(*PARTS, Emulator):
    """One emulated workspace with all that brickform moves."""

    CALLS = [*Emulator.CALLS, *(call for part in PARTS for call in part.CALLS)]

    def __init__(self, **settings):
        self._clock = 1_767_225_600_000
        # Calls that are not emulated, by a text that is in their paths.
        self.absent: tuple[str, ...] = ()
        super().__init__(**settings)

    def now(self) -> int:
        """Milliseconds that never come again."""
        self._clock += 1_000
        return self._clock

    def answer(self, method, target, body):
        if any(text in target for text in self.absent):
            return self.unknown(method, target)
        return super().answer(method, target, body)
