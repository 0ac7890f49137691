"""`koin state backup` and `koin state restore`: what raw data cannot tell again, in a file.

A backup is a zip file with a Parquet file for each state table and `backup.json` with their row
counts. It holds member ids of delivered audiences and no contact data, and only its owner may read
it.
"""

# Names in SQL are those of TABLES and of the profile.
# ruff: noqa: S608

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from koin_loyalty import build_lock, duckdb_file, postgres
from koin_loyalty.targets import Target, create_server_secret, find_target, release_file

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


def relation(place: Target, table: StateTable) -> str:
    """A table as a connection of `attached` reads it."""
    return f'readers."{place.prefix}{table.schema}"."{table.name}"'


@contextmanager
def attached(place: Target, file: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with what readers of a target have attached as `readers`.

    `file`: a DuckDB file to write, in place of the readers' own, which is only read. Raises
    RuntimeError in one line when the database cannot be reached.
    """
    with duckdb.connect() as db:
        if place.server is not None:
            values = {**postgres.settings(), **place.server}
            postgres.install_duckdb_extension()
            postgres.connect(values).close()
            create_server_secret(db, values)
            source, options = "", "type postgres, secret marts_server"
        else:
            source, options = str(file or place.file), "" if file else "read_only"
        escaped = source.replace("'", "''")
        try:
            db.execute(f"attach '{escaped}' as readers" + (f" ({options})" if options else ""))
        except duckdb.Error:
            raise RuntimeError(f"cannot open {place.place}") from None
        yield db


def exists(db: duckdb.DuckDBPyConnection, place: Target, table: StateTable) -> bool:
    """Whether readers of a target have a state table."""
    return bool(
        db.execute(
            "select 1 from duckdb_tables()"
            " where database_name = 'readers' and schema_name = ? and table_name = ?",
            [f"{place.prefix}{table.schema}", table.name],
        ).fetchall()
    )


def backup(out: Path, target: str | None = None) -> dict[str, int]:
    """Writes the state that readers of a target have to a file, an old one of that name goes.

    Returns the rows by `schema.table`. Raises ValueError when there is no state, RuntimeError when
    the database cannot be reached.
    """
    place = find_target(target)
    out = out.absolute()
    if place.server is None and place.file and not place.file.exists():
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
                    f"copy (from {relation(place, table)}) to '{file}' (format parquet)"
                ).fetchall()[0][0]
                archive.write(file, file.name)
            archive.writestr(INFO, json.dumps({"rows": counts}, indent=2))
        db.execute("rollback")
    if not counts:
        part.unlink()
        raise ValueError(f"there is no state in {place.place}: nothing was built yet")
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
        place = find_target(target)
        release_file()
        build_lock.release()
        try:
            if place.server is None and place.file:
                _restore_file(place, place.file, Path(folder), counts, force)
            else:
                server = {**postgres.settings(), **(place.server or {})}
                build_lock.take_database_lock(
                    postgres.connection_string(server),
                    server.get("PGPASSWORD"),
                    place.prefix.rstrip("_"),
                    "koin state restore",
                )
                with attached(place) as db:
                    _write(db, place, Path(folder), counts, force)
        finally:
            build_lock.release()
    return counts


def _restore_file(
    place: Target, readers: Path, folder: Path, counts: Mapping[str, int], force: bool
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
    place: Target,
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
                f"the state in {place.place} is newer than the backup: {'; '.join(lost)}. "
                "Nothing is restored; --force overwrites it"
            )
    for table in tables:
        readers = relation(place, table)
        schema = readers.rsplit(".", 1)[0]
        db.execute(f"create schema if not exists {schema}")
        db.execute(f"create table if not exists {readers} as from temp.{table.name} limit 0")
        kept = ""
        if table.merges:
            kept = (
                f" where {table.grows_by} not in (select {table.grows_by} from temp.{table.name})"
            )
            db.execute(f"create temp table {table.name}_kept as from {readers}{kept}")
        db.execute(f"delete from {readers}")
        db.execute(f"insert into {readers} by name from temp.{table.name}")
        if table.merges:
            db.execute(f"insert into {readers} by name from temp.{table.name}_kept")
    db.execute("commit")


def _would_lose(db: duckdb.DuckDBPyConnection, place: Target, table: StateTable) -> str | None:
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
        f"select count(*), max({column}) from {relation(place, table)} where {condition}"
    ).fetchall()[0]
    if not rows:
        return None
    return f"{table.schema}.{table.name} has {rows} rows more, up to {column} {newest}"
