"""Commands as whole processes: wall time, and the peak memory of all their processes."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

#: Seconds between two looks at the memory.
INTERVAL = 0.1
PACKAGES = ("dbt-core", "dbt-duckdb", "dbt-postgres", "duckdb", "pandas")
SHOWN_OUTPUT = 3_000


@dataclass(frozen=True)
class Run:
    """One command: seconds, and the peak of its processes' resident memory in MB."""

    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Measured:
    """Runs of one command."""

    runs: list[Run]

    @property
    def seconds(self) -> float:
        """The median time."""
        return statistics.median_low([run.seconds for run in self.runs])

    @property
    def peak_mb(self) -> float:
        """The greatest peak."""
        return max(run.peak_mb for run in self.runs)

    def as_json(self) -> list[dict[str, float]]:
        """For a file."""
        return [asdict(run) for run in self.runs]

    @classmethod
    def from_json(cls, rows: Iterable[dict[str, float]]) -> Measured:
        """Back from it."""
        return cls([Run(**row) for row in rows])


def resident_mb(process: psutil.Process) -> float:
    """Memory of a process and all that it started."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += each.memory_info().rss
    return total / 2**20


def timed(command: list[str], env: dict[str, str], cwd: Path, log: Path) -> Run:
    """Run a command to its end. Raises RuntimeError with the end of its output when it fails."""
    started, peak = time.monotonic(), 0.0
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        watched = psutil.Process(process.pid)
        while True:
            peak = max(peak, resident_mb(watched))
            with suppress(subprocess.TimeoutExpired):
                process.wait(INTERVAL)
                break
    seconds = time.monotonic() - started
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{log.read_text()[-SHOWN_OUTPUT:]}")
    return Run(seconds, peak)


def machine() -> str:
    """What was measured on, in words."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()};"
        f" Python {sys.version.split()[0]}, {packages}"
    )
