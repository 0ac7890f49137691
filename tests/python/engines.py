"""dbt in a process of its own, databases that last for a test, and what a build left in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb

from koin_loyalty import postgres

ROOT = Path(__file__).parents[2]
DBT = (sys.executable, str(ROOT / "tests" / "python" / "dbt_forks.py"))
Environment = dict[str, str]


def dbt_environment(folder: Path, **variables: str) -> Environment:
    """Settings of a dbt process: everything that it writes goes to `folder`."""
    shutil.copyfile(ROOT / "profiles.example.yml", folder / "profiles.yml")
    return {
        **os.environ,
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_USE_COLORS": "false",
        "LOYALTY_DUCKDB_PATH": str(folder / "file.duckdb"),
        "LOYALTY_WORK_DUCKDB_PATH": str(folder / "work.duckdb"),
        **variables,
    }


def dbt_command(*arguments: str, target: str) -> list[str]:
    """dbt with arguments, for a target: a process that can be watched and killed."""
    return [*DBT, *arguments, "--target", target]


def run_dbt(
    *arguments: str, target: str, env: Mapping[str, str], folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Runs dbt on the project in a folder, to its end; stdout and stderr come back together in
    `stdout`."""
    asked = [*arguments, "--target", target]
    with tempfile.NamedTemporaryFile("r+", encoding="utf-8") as output:
        request = {
            "arguments": asked,
            "folder": str(folder),
            "environment": dict(env),
            "output": output.name,
        }
        forks = dbt_forks()
        forks.stdin.write(json.dumps(request) + "\n")
        forks.stdin.flush()
        answer = forks.stdout.readline()
        assert answer, "the process that runs dbt has died"
        return subprocess.CompletedProcess(asked, int(answer), output.read(), "")


@cache
def dbt_forks() -> subprocess.Popen[str]:
    """The process that runs dbt for this one; it ends when nobody can ask any more."""
    return subprocess.Popen(
        [*DBT, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def create_database(
    server: Mapping[str, str], name: str, template: str = "template0"
) -> Environment:
    """A new database on the server (an old one of that name goes); returns its libpq settings."""
    with_admin = postgres.connect({**server})
    with_admin.autocommit = True
    try:
        with with_admin.cursor() as cursor:
            cursor.execute(f'drop database if exists "{name}" with (force)')
            cursor.execute(f'create database "{name}" template "{template}" encoding \'UTF8\'')
    finally:
        with_admin.close()
    return {**server, "PGDATABASE": name}


def drop_database(server: Mapping[str, str], name: str) -> None:
    """Drops a database, its users' connections included."""
    with_admin = postgres.connect({**server})
    with_admin.autocommit = True
    try:
        with with_admin.cursor() as cursor:
            cursor.execute(f'drop database if exists "{name}" with (force)')
    finally:
        with_admin.close()


def drop_databases(server: Mapping[str, str], prefix: str) -> None:
    """Drops the databases whose names begin so."""
    for (name,) in query(server, "select datname from pg_database order by datname"):
        if name.startswith(prefix):
            drop_database(server, name)


def query(server: Mapping[str, str], sql: str) -> list[tuple[Any, ...]]:
    """Runs SQL on PostgreSQL in a transaction of its own; rows, or none where there are none."""
    connection = postgres.connect({**server})
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@dataclass(frozen=True, order=True)
class Relation:
    """A model or seed that a build made."""

    schema: str
    name: str
    is_mart: bool

    @property
    def full_name(self) -> str:
        """`core.fct_receipts`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Build:
    """A finished build of a target: its environment and where its relations are."""

    target: str
    folder: Path
    env: Environment
    log: str

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """target/manifest.json."""
        return json.loads((self.folder / "target" / "manifest.json").read_text())

    @cached_property
    def relations(self) -> list[Relation]:
        """Every model, seed and snapshot of the manifest that is in a database."""
        return sorted(
            Relation(node["schema"], node["alias"], node["fqn"][1] == "marts")
            for node in self.manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed", "snapshot")
            and node["config"]["materialized"] != "ephemeral"
            and node["config"]["enabled"]
        )

    def catalog_of(self, relation: Relation) -> str:
        """The database, as `attached` names it, where readers find a relation."""
        if self.target == "postgres":
            return "pg"
        if self.target == "duckdb_postgres":
            return "wh" if relation.is_mart else "work"
        return "file"

    def attach(self, db: duckdb.DuckDBPyConnection) -> None:
        """Attaches the build's databases to DuckDB, read-only, named as `catalog_of` says."""
        if self.target == "duckdb":
            db.execute(f"attach '{self.env['LOYALTY_DUCKDB_PATH']}' as file (read_only)")
            return
        alias = "pg" if self.target == "postgres" else "wh"
        settings = postgres.connection_string(self.env).replace("'", "''")
        db.execute(f"attach '{settings}' as {alias} (type postgres, read_only)")
        if self.target == "duckdb_postgres":
            db.execute(f"attach '{self.env['LOYALTY_WORK_DUCKDB_PATH']}' as work (read_only)")


def key_columns(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Key of each model by `schema.name`: the columns of its first uniqueness test."""
    keys: dict[str, list[str]] = {}
    for node in sorted(manifest["nodes"].values(), key=lambda node: node["unique_id"]):
        test = node.get("test_metadata") or {}
        tested = manifest["nodes"].get(node.get("attached_node") or "")
        if tested is None or test.get("name") not in ("unique", "unique_combination"):
            continue
        arguments = test["kwargs"].get("arguments", test["kwargs"])
        columns = arguments.get("columns") or [node["column_name"]]
        keys.setdefault(f"{tested['schema']}.{tested['alias']}", list(columns))
    return keys


def needs_python(manifest: Mapping[str, Any]) -> set[str]:
    """Models, by `schema.name`, that an engine without Python models may lack: Python models, what
    reads them, directly or not, and what only these read."""
    models = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "snapshot")
    }
    readers: dict[str, set[str]] = {name: set() for name in models}
    for name, node in models.items():
        for parent in node["depends_on"]["nodes"]:
            readers.setdefault(parent, set()).add(name)
    found = {name for name, node in models.items() if node["language"] == "python"}
    while more := {reader for name in found for reader in readers[name]} - found:
        found |= more
    while more := {name for name in models if readers[name] and readers[name] <= found} - found:
        found |= more
    return {f"{models[name]['schema']}.{models[name]['alias']}" for name in found}


@contextmanager
def attached(*builds: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that reads all the builds' databases."""
    with duckdb.connect() as db:
        for build in builds:
            build.attach(db)
        yield db


def build_target(
    target: str, folder: Path, *, arguments: Sequence[str] = (), **variables: str
) -> Build:
    """Runs `dbt build` of a target into `folder`. Raises AssertionError with dbt's log."""
    folder.mkdir(parents=True, exist_ok=True)
    env = dbt_environment(folder, **variables)
    run = run_dbt("build", *arguments, target=target, env=env)
    failures = run.stdout[max(run.stdout.find("Completed with"), 0) :]
    assert run.returncode == 0, f"dbt build of {target} failed:\n{failures[:6000]}"
    return Build(target, folder, env, run.stdout)
