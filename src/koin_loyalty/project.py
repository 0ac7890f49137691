"""Where the dbt project and the raw data are, and what the source contract says."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT_NAME = "koin_loyalty"
#: Jakarta business time, the zone of every timestamp in the data.
WIB = timezone(timedelta(hours=7), "WIB")


@dataclass(frozen=True)
class Contract:
    """One raw table: its schema, name, key columns, columns with their SQL types in order, the
    words that a column may hold, in lower case, where its vocabulary is closed, and whether about
    as many rows arrive every week."""

    schema: str
    name: str
    key: tuple[str, ...]
    columns: dict[str, str] = field(hash=False)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    is_steady: bool = False

    @property
    def full_name(self) -> str:
        """`cohesive.tbl_receipt`."""
        return f"{self.schema}.{self.name}"


def is_project(folder: Path) -> bool:
    """Whether the folder holds this project's dbt_project.yml."""
    file = folder / "dbt_project.yml"
    return file.is_file() and bool(
        re.search(rf"^name:\s*['\"]?{PROJECT_NAME}['\"]?\s*$", file.read_text(), re.MULTILINE)
    )


def project_root(start: Path | None = None) -> Path:
    """The project's folder: the nearest at or above `start` (the working directory), else the
    package's own checkout. Raises ValueError when there is none."""
    here = (start or Path.cwd()).resolve()
    package = Path(__file__).resolve()
    for folder in (here, *here.parents, *package.parents):
        if is_project(folder):
            return folder
    raise ValueError(f"no dbt project {PROJECT_NAME} at or above {here}: run koin in its folder")


def raw_path() -> Path:
    """The raw folder of this machine: COHESIVE_RAW_PATH, else the project's data/sample."""
    return Path(os.environ.get("COHESIVE_RAW_PATH") or project_root() / "data" / "sample")


@cache
def _contract_of(root: Path) -> dict[str, Contract]:
    tables: dict[str, Contract] = {}
    for file in sorted((root / "models" / "staging").rglob("*__sources.yml")):
        for source in yaml.safe_load(file.read_text()).get("sources", []):
            for table in source["tables"]:
                meta = table.get("config", {}).get("meta", {})
                if key := meta.get("key"):
                    columns = {column["name"]: column["data_type"] for column in table["columns"]}
                    values = {
                        column["name"]: found
                        for column in table["columns"]
                        if (found := _accepted_values(column, root))
                    }
                    contract = Contract(
                        source["schema"],
                        table["name"],
                        tuple(key),
                        columns,
                        values,
                        bool(meta.get("is_steady")),
                    )
                    tables[contract.full_name] = contract
    return tables


def _accepted_values(column: dict[str, Any], root: Path) -> tuple[str, ...]:
    """The closed vocabulary of a column: a list, or a column of a seed; empty when it is open."""
    meta = column.get("config", {}).get("meta", {})
    values = meta.get("values", ())
    if seed_column := meta.get("values_of"):
        seed, _, name = seed_column.partition(".")
        file = next((root / "seeds").rglob(f"{seed}.csv"))
        with file.open(newline="", encoding="utf-8") as lines:
            values = [row[name] for row in csv.DictReader(lines)]
    return tuple(str(value).lower() for value in values)


def source_contract(root: Path | None = None) -> dict[str, Contract]:
    """The source contract by `schema.table`, read from the sources YAML of the project."""
    return dict(_contract_of(root or project_root()))
