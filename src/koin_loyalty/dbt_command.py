"""The dbt command that runs in this process: what it is, and what has to be done as it begins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from dbt.flags import get_flags

from koin_loyalty import build_lock, postgres
from koin_loyalty.project import project_root

#: Commands that write relations.
WRITING = ("build", "run", "seed", "snapshot", "retry", "clone")


def name() -> str:
    """`build`, `run`, `show` ..."""
    return str(getattr(get_flags(), "WHICH", "") or "")


def begin() -> None:
    """What each command begins with: a fresh connection to DuckDB, and the lock of a build on
    PostgreSQL. Raises RuntimeError for a command that cannot run, with the reason."""
    build_lock.release()
    # A command before this one in the same process may have published the file that is open.
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is not None:
        connections.DuckDBConnectionManager.close_all_connections()
    if name() == "retry":
        raise RuntimeError(
            "dbt retry builds only what failed, and marts are published from a whole run: "
            "use dbt build, with --select where a part is enough"
        )
    if name() in WRITING:
        credentials = load_credentials()
        if credentials.type == "postgres":
            settings = postgres.libpq_string(
                {
                    "host": credentials.host,
                    "port": credentials.port,
                    "user": credentials.user,
                    "dbname": credentials.database,
                }
            )
            lock_database(settings, credentials.schema, credentials.password)


def lock_database(
    settings: str, schema: str, password: str | None = None, *, what: str | None = None
) -> None:
    """Takes the lock of a database for this command; `schema` is that of the target, `what` the
    command where it is none of dbt."""
    command = what or f"dbt {name()}"
    build_lock.take_database_lock(
        settings, password, schema_prefix(schema), f"{command}, version {code_version()}"
    )


def load_credentials(target: str | None = None) -> Any:
    """The credentials of a target of the profile, by default of the command's; dbt's own object."""
    from dbt.config.runtime import load_profile

    flags = get_flags()
    return load_profile(
        str(getattr(flags, "PROJECT_DIR", None) or project_root()),
        getattr(flags, "VARS", None) or {},
        getattr(flags, "PROFILE", None),
        target or getattr(flags, "TARGET", None),
    ).credentials


def profile_credentials(target: str | None = None) -> Any:
    """The same outside of a dbt command, for the project of the working folder."""
    from dbt.cli.flags import Flags
    from dbt.cli.types import Command
    from dbt.flags import set_flags
    from dbt_common.context import set_invocation_context

    set_invocation_context(os.environ.copy())
    # Reading a profile, dbt asks for its flags; those of the cheapest command do.
    set_flags(Flags.from_dict(Command.PARSE, {"target": target} if target else {}))
    return load_credentials(target)


def schema_prefix(schema: str) -> str:
    """The prefix that the macro generate_schema_name puts before schemas, without its `_`."""
    return "" if schema in ("main", "public") else schema


def code_version(root: Path | None = None) -> str:
    """`git describe` of the project when it is a checkout, else the version in dbt_project.yml."""
    folder = root or project_root()
    if (folder / ".git").exists():
        done = subprocess.run(
            ["git", "describe", "--tags", "--always", "--dirty"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return str(yaml.safe_load((folder / "dbt_project.yml").read_text())["version"])
