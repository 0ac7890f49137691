"""What a whole test run needs once, also when test files run side by side in several processes."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")

#: Of what takes too long for every run; `make test-faults` runs it.
LONG = pytest.mark.skipif(
    os.environ.get("KOIN_TEST_FAULTS") != "1", reason="needs KOIN_TEST_FAULTS=1: `make test-faults`"
)


def run_folder(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the whole run: that of all its processes."""
    base = factory.getbasetemp()
    return base.parent if hasattr(config, "workerinput") else base


@dataclass(frozen=True)
class Once:
    """What was made in a folder, by name."""

    folder: Path

    def __call__(self, name: str, make: Callable[[Path], Made]) -> Made:
        """What `make` returned the first time that anybody asked for `name`.

        The first one gets a folder to make it in; others wait and get a copy by pickle. Raises
        RuntimeError when `make` has raised for somebody before: it is not tried again.
        """
        made, failed = self.folder / f"{name}.pickle", self.folder / f"{name}.failed"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if failed.exists():
                raise RuntimeError(failed.read_text())
            if not made.exists():
                place = self.folder / name
                place.mkdir(exist_ok=True)
                try:
                    made.write_bytes(pickle.dumps(make(place)))
                except BaseException as error:
                    failed.write_text(f"{name} was tried before: {error}")
                    raise
            return pickle.loads(made.read_bytes())  # noqa: S301
