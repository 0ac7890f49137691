"""`koin state backup` and `koin state restore`: what raw data cannot tell again, in a file.

A backup is a zip file with a Parquet file for each state table and `backup.json` with their row
counts. It holds member ids of delivered audiences and no contact data, and only its owner may read
it.
"""

# Names in SQL are those of TABLES and of the profile.
# ruff: noqa: S608

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from koin_loyalty import build_lock, duckdb_file, postgres
from koin_loyalty.dbt_command import lock_database, profile_credentials, schema_prefix
from koin_loyalty.project import project_root

INFO = "backup.json"


@dataclass(frozen=True)
class StateTable:
    """A state table: what tells a newer state from an older one, as SQL that both sides have.

    `grows_by`: a column whose greatest value grows with every addition, or one whose values are
    added for good. `merges`: rows of both sides are kept, by that column.
    """

    schema: str
    name: str
    grows_by: str
    is_a_time: bool = False
    merges: bool = False


#: The models of models/marts/state; a test compares the two.
TABLES = (
    StateTable("state", "kpi_versions", "recorded_at", is_a_time=True),
    StateTable("audiences", "audience_deliveries", "request_id"),
    StateTable("audiences", "audience_delivery_manifests", "request_id"),
    StateTable("quality", "build_runs", "invocation_id", merges=True),
)


@dataclass(frozen=True)
class Place:
    """Where readers of a target have state: a DuckDB file, or PostgreSQL by libpq settings."""

    file: Path | None
    settings: str
    password: str | None
    schema: str

    @property
    def name(self) -> str:
        """The place in words, without a password."""
        return str(self.file) if self.file else f"PostgreSQL ({self.settings})"

    def relation(self, table: StateTable, catalog: str = "readers") -> str:
        """A table as a DuckDB connection with the place attached reads it."""
        prefix = schema_prefix(self.schema)
        schema = f"{prefix}_{table.schema}" if prefix else table.schema
        return f'{catalog}."{schema}"."{table.name}"'


def place_of(target: str | None = None) -> Place:
    """Where readers of a target look, by default of the profile's."""
    root = project_root()
    os.chdir(root)
    credentials = profile_credentials(target)
    if credentials.type == "postgres":
        settings = {
            "host": credentials.host,
            "port": credentials.port,
            "user": credentials.user,
            "dbname": credentials.database,
        }
        text = postgres.libpq_string(settings)
        return Place(None, text, credentials.password, credentials.schema)
    attached = [entry for entry in credentials.attach or [] if entry.type == "postgres"]
    if attached:
        return Place(None, attached[0].path, None, credentials.schema)
    plugins = [plugin.config or {} for plugin in credentials.plugins or []]
    readers = next((found for config in plugins if (found := config.get("readers_file"))), None)
    return Place(Path(readers or credentials.path), "", None, credentials.schema)


@contextmanager
def attached(place: Place, file: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the place attached as `readers`; for a DuckDB file, `file` stands
    in for it and is written. Raises RuntimeError in one line when it cannot be reached."""
    with duckdb.connect() as db:
        if place.file:
            source = file or place.file
            options = "" if file else " (read_only)"
        else:
            postgres.install_duckdb_extension()
            db.execute("load postgres_scanner")
            password = f" password='{place.password}'" if place.password else ""
            source, options = f"{place.settings}{password}", " (type postgres)"
        escaped = str(source).replace("'", "''")
        try:
            db.execute(f"attach '{escaped}' as readers{options}")
        except duckdb.Error:
            raise RuntimeError(f"cannot open {place.name}") from None
        yield db


def exists(db: duckdb.DuckDBPyConnection, place: Place, table: StateTable) -> bool:
    """Whether the place has a state table."""
    _, schema, name = (part.strip('"') for part in place.relation(table).split("."))
    return bool(
        db.execute(
            "select 1 from duckdb_tables()"
            " where database_name = 'readers' and schema_name = ? and table_name = ?",
            [schema, name],
        ).fetchall()
    )


def backup(out: Path, target: str | None = None) -> dict[str, int]:
    """Writes the state that readers of a target have to a file, an old one of that name goes.

    Returns the rows by `schema.table`. Raises ValueError when there is no state, RuntimeError when
    the database cannot be reached.
    """
    place = place_of(target)
    out = out.absolute()
    if place.file and not place.file.exists():
        raise ValueError(f"nothing was built yet: there is no {place.file}")
    counts: dict[str, int] = {}
    with attached(place) as db, tempfile.TemporaryDirectory(prefix="koin_state_") as folder:
        # One transaction: a build that publishes meanwhile is in all tables or in none.
        db.execute("begin transaction")
        part = out.with_name(f"{out.name}.part")
        out.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with zipfile.ZipFile(part, "w") as archive:
            for table in TABLES:
                if not exists(db, place, table):
                    continue
                file = Path(folder) / f"{table.schema}.{table.name}.parquet"
                counts[file.stem] = db.execute(
                    f"copy (from {place.relation(table)}) to '{file}' (format parquet)"
                ).fetchall()[0][0]
                archive.write(file, file.name)
            archive.writestr(INFO, json.dumps({"rows": counts}, indent=2))
        db.execute("rollback")
    if not counts:
        part.unlink()
        raise ValueError(f"there is no state in {place.name}: nothing was built yet")
    duckdb_file.sync(part)
    part.replace(out)
    return counts


def restore(source: Path, target: str | None = None, *, force: bool = False) -> dict[str, int]:
    """Puts the state of a backup where readers of a target have theirs, all of it or nothing.

    The run ledger keeps its own rows beside those of the backup. `force`: also when the state there
    is newer. Returns the rows of the backup by `schema.table`.
    Raises ValueError when the file is no whole backup, or the state there is newer and would be
    lost; RuntimeError when a build runs or the database cannot be reached.
    """
    source = source.absolute()
    with tempfile.TemporaryDirectory(prefix="koin_state_") as folder:
        counts = _unpack(source, Path(folder))
        place = place_of(target)
        build_lock.release()
        try:
            if place.file:
                _restore_file(place, place.file, Path(folder), counts, force)
            else:
                lock_database(
                    place.settings, place.schema, place.password, what="koin state restore"
                )
                with attached(place) as db:
                    _write(db, place, Path(folder), counts, force)
        finally:
            build_lock.release()
    return counts


def _restore_file(
    place: Place, readers: Path, folder: Path, counts: Mapping[str, int], force: bool
) -> None:
    build_lock.take_file_lock(readers, "koin state restore")
    work = readers.with_name(f"{readers.stem}.restore{readers.suffix}")
    duckdb_file.remove(work)
    try:
        if readers.exists():
            duckdb_file.copy(readers, work)
        with attached(place, work) as db:
            _write(db, place, folder, counts, force)
            db.execute("checkpoint readers")
            db.execute("detach readers")
        duckdb_file.publish(work, readers)
    finally:
        duckdb_file.remove(work)


def _unpack(source: Path, folder: Path) -> dict[str, int]:
    if not source.is_file():
        raise ValueError(f"no file {source}")
    try:
        with zipfile.ZipFile(source) as archive:
            info = json.loads(archive.read(INFO))
            known = {f"{table.schema}.{table.name}" for table in TABLES}
            counts = {name: int(rows) for name, rows in info["rows"].items() if name in known}
            for name in counts:
                (folder / f"{name}.parquet").write_bytes(archive.read(f"{name}.parquet"))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise ValueError(f"{source} is no whole backup of state: {error}") from None
    return counts


def _write(
    db: duckdb.DuckDBPyConnection,
    place: Place,
    folder: Path,
    counts: Mapping[str, int],
    force: bool,
) -> None:
    db.execute("begin transaction")
    tables = [table for table in TABLES if f"{table.schema}.{table.name}" in counts]
    for table in tables:
        name = f"{table.schema}.{table.name}"
        db.execute(f"create temp table {table.name} as from '{folder / name}.parquet'")
        found = db.execute(f"select count(*) from temp.{table.name}").fetchall()[0][0]
        if found != counts[name]:
            raise ValueError(f"{name} has {found} rows in the backup, which says {counts[name]}")
    if not force:
        lost = [words for table in tables if (words := _would_lose(db, place, table))]
        if lost:
            raise ValueError(
                f"the state in {place.name} is newer than the backup: {'; '.join(lost)}. "
                "Nothing is restored; --force overwrites it"
            )
    for table in tables:
        relation = place.relation(table)
        schema = relation.rsplit(".", 1)[0]
        db.execute(f"create schema if not exists {schema}")
        db.execute(f"create table if not exists {relation} as from temp.{table.name} limit 0")
        kept = ""
        if table.merges:
            kept = (
                f" where {table.grows_by} not in (select {table.grows_by} from temp.{table.name})"
            )
            db.execute(f"create temp table {table.name}_kept as from {relation}{kept}")
        db.execute(f"delete from {relation}")
        db.execute(f"insert into {relation} by name from temp.{table.name}")
        if table.merges:
            db.execute(f"insert into {relation} by name from temp.{table.name}_kept")
    db.execute("commit")


def _would_lose(db: duckdb.DuckDBPyConnection, place: Place, table: StateTable) -> str | None:
    """What the state there has that the backup does not know yet, in words; none for nothing."""
    if table.merges or not exists(db, place, table):
        return None
    column = table.grows_by
    condition = (
        f"{column} > (select coalesce(max({column}), '-infinity') from temp.{table.name})"
        if table.is_a_time
        else f"{column} not in (select {column} from temp.{table.name})"
    )
    rows, newest = db.execute(
        f"select count(*), max({column}) from {place.relation(table)} where {condition}"
    ).fetchall()[0]
    if not rows:
        return None
    return f"{table.schema}.{table.name} has {rows} rows more, up to {column} {newest}"
