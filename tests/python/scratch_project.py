"""A copy of the project with reference tables of its own, built on DuckDB by a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from engines import run_dbt

ROOT = Path(__file__).parents[2]
PARTS = ("macros", "models", "seeds", "dbt_project.yml")


@dataclass(frozen=True)
class ScratchProject:
    """The folder of the copy; its database is `loyalty.duckdb` in it."""

    folder: Path

    @property
    def database(self) -> Path:
        """The DuckDB file that builds write."""
        return self.folder / "loyalty.duckdb"

    @property
    def work_file(self) -> Path:
        """The work file of the target duckdb_postgres."""
        return self.folder / "work.duckdb"

    def dbt(
        self, raw: Path, *arguments: str, target: str = "duckdb"
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt on a raw folder (DuckDB) or what was loaded; the answer says how it ended."""
        environment = {
            **os.environ,
            "COHESIVE_RAW_PATH": str(raw),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target" / target),
            "LOYALTY_DUCKDB_PATH": str(self.database),
            "LOYALTY_WORK_DUCKDB_PATH": str(self.work_file),
        }
        return run_dbt(*arguments, target=target, env=environment, folder=self.folder)

    def build(self, raw: Path, *arguments: str, target: str = "duckdb") -> None:
        """Build seeds and models, without data tests; fails with dbt's output."""
        kinds = ("--resource-type", "seed", "--resource-type", "model")
        done = self.dbt(raw, "build", *kinds, *arguments, target=target)
        assert done.returncode == 0, done.stdout[-5_000:]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query on what was built."""
        with duckdb.connect(str(self.database), read_only=True) as db:
            return db.execute(query).fetchall()


def scratch_project(folder: Path, seeds: Mapping[str, Sequence[str]]) -> ScratchProject:
    """Copy the project into `folder`; `seeds` are the lines of CSV files in seeds/programmes."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part)
        else:
            shutil.copy(source, folder / part)
    shutil.copytree(ROOT / "tests" / "generic", folder / "tests" / "generic")
    shutil.copy(ROOT / "profiles.example.yml", folder / "profiles.yml")
    for name, lines in seeds.items():
        text = "\n".join(lines) + "\n"
        (folder / "seeds" / "programmes" / f"{name}.csv").write_text(text, encoding="utf-8")
    return ScratchProject(folder)
