"""Where a dbt target keeps its marts and raw tables, and a read-only look at them.

profiles.yml says it; this reads the file as dbt does, without dbt, so that a look takes no seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import yaml

from koin_loyalty import postgres
from koin_loyalty.project import PROJECT_NAME, project_root

#: Schemas of dbt's defaults are production: there the schemas of marts have their plain names.
PLAIN_SCHEMAS = ("main", "public")
#: How `reading` names the attached database.
ALIAS = "marts"


@dataclass(frozen=True)
class Target:
    """One output of profiles.yml, its variables filled in.

    `settings`: as the file has them. `engine`: `duckdb` or `postgres`, what computes.
    """

    name: str
    engine: str
    settings: dict[str, Any] = field(hash=False, repr=False)
    root: Path = field(default_factory=project_root)

    @property
    def file(self) -> Path | None:
        """The DuckDB file that readers open, of a target with a server its work file; none on
        PostgreSQL."""
        configs = [plugin.get("config") or {} for plugin in self.settings.get("plugins") or ()]
        readers = next((found for one in configs if (found := one.get("readers_file"))), None)
        path = readers or self.settings.get("path")
        return self.root / str(path) if path and path != ":memory:" else None

    @property
    def server(self) -> dict[str, str] | None:
        """Where marts and raw data are on PostgreSQL, as libpq variables; none where they are in
        a DuckDB file."""
        if self.engine == "postgres":
            return {
                variable: str(self.settings[option])
                for option, variable in postgres.OPTIONS.items()
                if self.settings.get(option) not in (None, "")
            }
        attached = [
            one for one in self.settings.get("attach") or () if one.get("type") == "postgres"
        ]
        if not attached:
            return None
        return postgres.parse_connection_string(str(attached[0].get("path") or ""))

    @property
    def prefix(self) -> str:
        """What stands before the names of schemas: nothing in production, `dev_` on schema dev."""
        schema = self.settings.get("schema") or "main"
        return "" if schema in PLAIN_SCHEMAS else f"{schema}_"

    def schema(self, name: str) -> str:
        """A schema of marts as SQL on `reading` calls it: `marts."audiences"`."""
        return f'{ALIAS}."{self.prefix}{name}"'

    @property
    def place(self) -> str:
        """The database in words, without a password."""
        server = self.server
        return postgres.where(server) if server else str(self.file)


def profiles_file(root: Path) -> Path:
    """The profiles.yml in force: of DBT_PROFILES_DIR, else of the project."""
    return Path(os.environ.get("DBT_PROFILES_DIR") or root) / "profiles.yml"


def find_target(
    name: str | None = None, root: Path | None = None, profiles: Path | None = None
) -> Target:
    """A target of profiles.yml, by default the one that it names itself. `profiles`: the folder of
    that file, where it is not the usual one. Raises ValueError when the file is missing or wrong,
    names no such target, or a variable of it is not set."""
    root = root or project_root()
    file = profiles / "profiles.yml" if profiles else profiles_file(root)
    try:
        profile = yaml.safe_load(file.read_text(encoding="utf-8"))[PROJECT_NAME]
        outputs = profile["outputs"]
        chosen = name or _rendered(profile.get("target", "default"))
    except OSError as error:
        raise ValueError(f"no profile: {error.strerror} {file}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is no YAML: {postgres.one_line(error)}") from None
    except (KeyError, TypeError):
        raise ValueError(f"{file} has no profile {PROJECT_NAME} with outputs") from None
    if chosen not in outputs:
        known = ", ".join(outputs)
        raise ValueError(f"{file} has no target {chosen}: it has {known}")
    settings = _rendered(outputs[chosen])
    return Target(chosen, str(settings.get("type")), settings, root)


def _rendered(value: Any) -> Any:
    """A value of the profile with its Jinja filled in."""
    if isinstance(value, dict):
        return {key: _rendered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rendered(item) for item in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701 - no HTML
    environment.filters.update(as_number=int, as_bool=bool, as_text=str, as_native=str)
    try:
        return environment.from_string(value).render(env_var=_env_var)
    except jinja2.TemplateError as error:
        raise ValueError(f"profiles.yml: {value}: {error}") from None


def _env_var(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if found is None:
        raise ValueError(f"profiles.yml needs the environment variable {name}, which is not set")
    return found


@contextmanager
def reading(target: Target) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that reads what readers of a target see, attached read-only as `marts`.

    Raises RuntimeError in one line when it is not there, in use by another process, or out of
    reach; no message holds a password.
    """
    with duckdb.connect() as db:
        if target.server is not None:
            attach_server(db, target.server)
        else:
            _attach_file(db, target)
        yield db


def attach_server(db: duckdb.DuckDBPyConnection, server: dict[str, str]) -> None:
    """Attaches a PostgreSQL, given as libpq variables, read-only as `marts`."""
    values = {**postgres.settings(), **server}
    postgres.install_duckdb_extension()
    # psycopg2 says what is wrong without the password; DuckDB would quote the whole address.
    postgres.connect(values).close()
    try:
        create_server_secret(db, values)
        db.execute(f"attach '' as {ALIAS} (type postgres, secret {ALIAS}_server, read_only)")
    except duckdb.Error:
        place = postgres.where(values)
        raise RuntimeError(f"DuckDB cannot attach PostgreSQL {place}") from None


def create_server_secret(db: duckdb.DuckDBPyConnection, values: dict[str, str]) -> None:
    """The secret `marts_server` of a PostgreSQL, given as libpq variables, so that no SQL that
    attaches it holds a password."""
    cells = ", ".join(
        f"{option.replace('dbname', 'database')} {_literal(values[name])}"
        for option, name in postgres.OPTIONS.items()
        if values.get(name)
    )
    db.execute(f"create secret {ALIAS}_server (type postgres, {cells})")


def _attach_file(db: duckdb.DuckDBPyConnection, target: Target) -> None:
    file = target.file
    if file is None or not file.is_file():
        raise RuntimeError(f"no database {target.place}: run dbt build first")
    release_file()
    try:
        db.execute(f"attach {_literal(str(file))} as {ALIAS} (read_only)")
    except duckdb.Error as error:
        if "lock" in str(error):
            raise RuntimeError(
                f"{file} is in use by another process: try again when it ended"
            ) from None
        raise RuntimeError(f"cannot read {file}: {postgres.one_line(error)}") from None


def release_file() -> None:
    """Closes the DuckDB file that dbt keeps open in this process after it ran here."""
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is not None:
        manager = connections.DuckDBConnectionManager
        # Without an environment there is nothing to close, which it calls an error.
        with suppress(Exception):
            manager.env().close()
        manager.close_all_connections()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
