"""`koin load`: a raw folder into PostgreSQL, by COPY, in one transaction.

What a raw folder may look like, how its cells are read, and how tables are replaced is said once,
in dbt macros. This module runs the macro `load_raw_folder` on a small DuckDB file with PostgreSQL
attached: it registers the raw folder there as checked and typed views, and DuckDB streams each
view through a binary COPY into a new table beside the old one. At the end of the transaction the
new tables take the old ones' names and grants. Readers see the old content until the commit, and
a load that fails changes nothing.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from koin_loyalty import postgres, project
from koin_loyalty.raw_files import check_files

Progress = Callable[[str], None]
COPIED = re.compile(r"copied ([a-z_]+\.[a-z_]+): ([0-9]+)")
FRAME = ("> in macro", "> called by", "Encountered an error", "The above exception was the direct")


@dataclass(frozen=True)
class Event:
    """One line of dbt's log."""

    level: str
    message: str


def load_raw(
    raw: Path,
    *,
    schemas: Sequence[str] = ("cohesive", "stamps"),
    truncate: bool = True,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Loads a raw folder (Parquet or CSV) into the PostgreSQL of the libpq variables.

    `schemas`: the source schemas to write; the whole folder is checked. `truncate`: replace the
    tables' content; otherwise rows are added. `progress` is told each step in words.
    Returns the rows written by `schema.table`, landing.unparseable_rows included.
    Raises ValueError when the folder does not fit the source contract (names table and column), and
    RuntimeError when the server cannot be reached or refuses; both in one line.
    """
    say = progress or (lambda _: None)
    if not raw.is_dir():
        raise ValueError(f"no raw folder {raw}")
    root = project.project_root()
    postgres.connect().close()
    postgres.install_duckdb_extension()
    target = Path(os.environ.get("DBT_TARGET_PATH") or root / "target").resolve() / "load"
    target.mkdir(parents=True, exist_ok=True)
    # A fixed name: dbt parses the project anew whenever the path of the database changes.
    file = target / "raw.duckdb"
    say("checking the raw folder")
    contract = project.source_contract(root)
    try:
        check_files(raw, contract)
    except ValueError as error:
        raise ValueError(plain_message(str(error), contract)) from None
    try:
        file.unlink(missing_ok=True)
        rows: dict[str, int] = {}
        errors: list[str] = []
        step = ""
        for event in _run_load(raw.resolve(), root, file, schemas=schemas, replace=truncate):
            if event.level == "error":
                errors.append(event.message)
            elif copied := COPIED.fullmatch(event.message):
                rows[copied[1]] = int(copied[2])
            elif event.message.startswith("copying "):
                step = event.message
                say(step)
        if errors:
            _raise_for(errors, step, root)
    finally:
        file.unlink(missing_ok=True)
    return rows


def _profile(file: Path) -> dict[str, Any]:
    output = {
        "type": "duckdb",
        "path": str(file),
        "schema": "main",
        "threads": 1,
        "settings": {
            "memory_limit": os.environ.get("LOYALTY_MEMORY_LIMIT", "6GB"),
            "preserve_insertion_order": False,
            "TimeZone": "UTC",
        },
        "attach": [{"path": postgres.connection_string(), "type": "postgres", "alias": "wh"}],
    }
    return {project.PROJECT_NAME: {"target": "load", "outputs": {"load": output}}}


def _run_load(
    raw: Path, root: Path, file: Path, *, schemas: Sequence[str], replace: bool
) -> Iterator[Event]:
    """Runs the macro and yields dbt's log; the last event is an error when the run failed."""
    with tempfile.TemporaryDirectory(prefix="koin_load_") as folder:
        (Path(folder) / "profiles.yml").write_text(yaml.safe_dump(_profile(file)))
        options = {
            "--args": json.dumps({"schemas": list(schemas), "replace": replace}),
            "--project-dir": str(root),
            "--profiles-dir": folder,
            "--target": "load",
            "--target-path": str(file.parent),
            "--log-path": folder,
            "--log-format": "json",
        }
        words = [word for option in options.items() for word in option]
        command = [sys.executable, "-m", "dbt.cli.main", "run-operation", "load_raw_folder"]
        with subprocess.Popen(  # noqa: S603 - a fixed command of our own
            [*command, *words],
            env={**os.environ, "COHESIVE_RAW_PATH": str(raw)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as run:
            last = ""
            for line in run.stdout or ():
                try:
                    info = json.loads(line)["info"]
                    yield Event(info["level"], info["msg"])
                except (ValueError, KeyError, TypeError):
                    last = line.strip() or last
        if run.returncode != 0:
            yield Event("error", last or f"dbt ended with exit code {run.returncode}")


def _raise_for(messages: Sequence[str], step: str, root: Path) -> None:
    """Raises what went wrong in one line: ValueError for the data, RuntimeError for the server."""
    contract = project.source_contract(root)
    # Of some errors dbt says first that there is one, then which.
    said = (plain_message(message, contract) for message in messages)
    text = next(filter(None, said), "dbt failed and did not say why")
    if step:
        raise RuntimeError(f"{step}: {text}")
    raise ValueError(text)


def plain_message(message: str, contract: Iterable[str]) -> str:
    """A message of dbt in one line: without its frame, and with the raw table that it is about.

    Example: "Invalid Input Error: No magic bytes at end of file 'raw/cohesive/tbl_koin.parquet'"
    gives the same after "cohesive.tbl_koin: ".
    """
    lines = [line.strip() for line in message.splitlines()]
    said = itertools.takewhile(lambda line: not line.startswith("LINE "), lines)
    text = " ".join(line for line in said if line and not line.startswith(FRAME))
    named = (table for table in contract if re.search(rf"/{table.replace('.', '/')}[./]", text))
    table = next(named, None)
    return text if table is None or table in text else f"{table}: {text}"
