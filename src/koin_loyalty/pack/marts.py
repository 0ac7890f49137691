"""Reads the marts of a target as plain rows, all of them as of one moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from koin_loyalty import postgres
from koin_loyalty.build import ensure_profile
from koin_loyalty.project import project_root
from koin_loyalty.targets import ALIAS, Target, attach_server, find_target

Row = dict[str, Any]


def read_target(name: str | None = None) -> Target:
    """The dbt target of profiles.yml, by default its default. Raises ValueError for one that is
    not there."""
    root = project_root()
    ensure_profile(root)
    return find_target(name, root)


def build_command(target: Target) -> str:
    """What builds the marts of a target."""
    return f"dbt build --target {target.name}"


class MartRow(Row):
    """A row of a mart, and what was added to it. A column that it lacks raises RuntimeError in one
    line: an older version of the project built the mart."""

    def __init__(self, cells: Row, lacks: Callable[[str], RuntimeError]) -> None:
        super().__init__(cells)
        self._lacks = lacks

    def __or__(self, added: Row) -> MartRow:
        return MartRow({**self, **added}, self._lacks)

    def __missing__(self, column: str) -> Any:
        raise self._lacks(column)


class Marts:
    """Marts behind a connection, read as rows: a mapping of column to value each."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, target: Target) -> None:
        self._connection = connection
        self.target = target

    def rows(self, mart: str, where: str = "true", **values: Any) -> list[Row]:
        """The rows of `schema.mart` that meet a condition over `$names` of the values, unordered.

        Raises RuntimeError in one line when the mart is not there, lacks a column of the condition,
        or cannot be read; a row raises it for a column that the mart lacks.
        """

        def lacks(column: str) -> RuntimeError:
            return RuntimeError(f"{mart} lacks column {column}: run {build_command(self.target)}")

        schema, name = mart.split(".")
        sql = f'select * from "{self.target.prefix}{schema}"."{name}" where {where}'  # noqa: S608
        try:
            found = self._connection.execute(sql, values or None)
            columns = [column[0] for column in found.description]
            return [
                MartRow(dict(zip(columns, row, strict=True)), lacks) for row in found.fetchall()
            ]
        except duckdb.CatalogException:
            raise RuntimeError(
                f"the marts are not built yet: {mart} is not in {self.target.place}; "
                f"run {build_command(self.target)}"
            ) from None
        except duckdb.Error as error:
            unknown = re.search(r'column "([^"]+)" not found', str(error))
            if unknown:
                raise lacks(unknown[1]) from None
            refused = postgres.refused(error, "koin pack", "bi", self.target.server or {})
            said = refused or f"cannot read {mart}: {postgres.one_line(error)}"
            raise RuntimeError(said) from None


@contextmanager
def open_marts(target: Target) -> Iterator[Marts]:
    """The marts of a target, read-only, in one transaction: a build that publishes meanwhile
    changes nothing of what is read. Raises RuntimeError in one line when they cannot be reached."""
    server = target.server
    connection = _open_file(target) if server is None else _open_server(server)
    try:
        connection.execute("begin transaction")
        yield Marts(connection, target)
    finally:
        connection.close()


def _open_server(server: dict[str, str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    try:
        attach_server(connection, server)
        connection.execute(f"use {ALIAS}")
    except BaseException:
        connection.close()
        raise
    return connection


def _open_file(target: Target) -> duckdb.DuckDBPyConnection:
    file = target.file
    if file is None or not file.is_file():
        raise RuntimeError(
            f"the marts are not built yet: there is no {target.place}; run {build_command(target)}"
        )
    try:
        return duckdb.connect(str(file), read_only=True)
    except duckdb.ConnectionException:
        # Open in this very process, for writing: a build that goes on to make the pack.
        return duckdb.connect(str(file))
    except duckdb.Error as error:
        raise RuntimeError(f"cannot open {target.place}: {postgres.one_line(error)}") from None


def ordered(rows: Sequence[Row], *columns: str) -> list[Row]:
    """Rows in order of columns, by code point where they are text: the same from every engine."""
    return sorted(rows, key=lambda row: tuple(row[column] for column in columns))
