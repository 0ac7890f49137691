"""The project's macros without dbt, and queries that DuckDB and PostgreSQL must answer alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import jinja2
import psycopg2.extras
from engines import ROOT, Environment

from koin_loyalty import postgres

MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
Rows = list[tuple[Any, ...]]


class ReturnedError(Exception):
    """What dbt's `return` ends a macro with."""


class Macros:
    """The project's macros for one engine, with dbt's dispatch, return and modules alone."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701
        self.environment.globals |= {
            "adapter": self,
            "return": self._return,
            "modules": {"re": re},
            "is_linted": lambda: False,
        }
        for folder in ("cross_db", "business_rules"):
            for file in sorted((ROOT / "macros" / folder).glob("*.sql")):
                for found in MACRO.finditer(file.read_text(encoding="utf-8")):
                    self.environment.globals[found[1]] = self._macro(found[1], found[0])

    @staticmethod
    def _return(value: Any) -> None:
        raise ReturnedError(value)

    def _macro(self, name: str, source: str) -> Callable[..., Any]:
        template = self.environment.from_string(source)

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return getattr(template.module, name)(*arguments, **named)
            except ReturnedError as returned:
                return returned.args[0]

        return call

    def dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        """The engine's own macro, else the default one."""
        known = self.environment.globals
        return known.get(f"{self.engine}__{name}") or known[f"default__{name}"]

    def render(self, template: str, **names: Any) -> str:
        """SQL of a template that calls project macros."""
        return self.environment.from_string(template).render(**names)


class Engines:
    """A query on both engines, over a table `inputs` of texts."""

    def __init__(self, server: Environment) -> None:
        self.duckdb = duckdb.connect()
        self.postgres = postgres.connect({**server})
        self.macros = {name: Macros(name) for name in ("duckdb", "postgres")}

    def close(self) -> None:
        """Ends both connections."""
        self.duckdb.close()
        self.postgres.close()

    def ask(self, rows: Sequence[tuple[str, ...]], query: str) -> Rows:
        """The answer to a query over `inputs` (columns a, b ...), ordered by its first columns,
        which both engines must give alike."""
        names = [chr(ord("a") + number) for number in range(len(rows[0]))]
        self.duckdb.execute(
            f"create or replace table inputs ({', '.join(f'{name} varchar' for name in names)})"
        )
        table = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        unnested = ", ".join(f"unnest(${name}) as {name}" for name in names)
        self.duckdb.execute(f"insert into inputs select {unnested}", table)
        answers = self.duckdb.execute(self.macros["duckdb"].render(query)).fetchall()
        with self.postgres.cursor() as cursor:
            cursor.execute("drop table if exists inputs")
            columns = ", ".join(f'{name} text collate "C"' for name in names)
            cursor.execute(f"create temporary table inputs ({columns})")
            psycopg2.extras.execute_values(
                cursor, "insert into inputs values %s", rows, page_size=5_000
            )
            cursor.execute(self.macros["postgres"].render(query))
            others = cursor.fetchall()
        self.postgres.rollback()
        assert len(answers) == len(others)
        different = [pair for pair in zip(answers, others, strict=True) if pair[0] != pair[1]]
        assert not different, f"{len(different)} differ, DuckDB and PostgreSQL: {different[:5]}"
        return answers
