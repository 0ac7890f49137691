"""The same raw data give the same relations on the three targets, cell by cell.

Every model and seed of the manifest is compared: its columns and their order, their types, and its
rows as a multiset. The differences of all relations come in one message, each with relation, column
and the key of the first row that differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pytest
from engines import Build, Relation, attached, key_columns, needs_python, query

Columns = dict[str, str]

EMPTY_AT_FIRST = {
    "audiences.audience_deliveries",
    "audiences.audience_delivery_manifests",
    "quality.load_alarms",
    "weekly_reports.weekly_kpi_restatements",
}

#: Says when each run was and what code ran; what loads are told by, each engine with its own hash.
#: Their columns are compared all the same.
DIFFERS_BY_NATURE = {"quality.build_runs", "staging.stg_loads__days"}

TYPE_NAMES = {
    "character varying": "varchar",
    "text": "varchar",
    "timestamp without time zone": "timestamp",
    "decimal": "numeric",
    "float": "real",
    "double": "double precision",
}
FLOATING = ("real", "double precision")


@dataclass(frozen=True)
class Side:
    """One relation on one target: how messages call it, how DuckDB reads it, and its columns."""

    name: str
    relation: str
    columns: Columns


def plain_type(data_type: str) -> str:
    """An engine's name of a type as all engines would say it: DECIMAL(18,2) is numeric(18,2)."""
    name, _, rest = data_type.lower().partition("(")
    return TYPE_NAMES.get(name, name) + (f"({rest}" if rest else "")


def columns_of(build: Build, db: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """Columns with plain types, in order, by `schema.name`, of every relation of a build.

    PostgreSQL is asked itself: DuckDB would take its bare numeric for a double.
    """
    catalogs = {build.catalog_of(relation) for relation in build.relations}
    found: dict[str, dict[str, Columns]] = {}
    for catalog in catalogs - {"pg", "wh"}:
        rows = db.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()"
            " where database_name = ? order by schema_name, table_name, column_index",
            [catalog],
        ).fetchall()
        found[catalog] = group_columns(rows)
    for catalog in catalogs & {"pg", "wh"}:
        found[catalog] = group_columns(
            query(
                build.env,
                """
                select pg_namespace.nspname || '.' || pg_class.relname, pg_attribute.attname,
                    format_type(pg_attribute.atttypid, pg_attribute.atttypmod)
                from pg_attribute
                inner join pg_class on pg_attribute.attrelid = pg_class.oid
                inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
                where pg_attribute.attnum > 0 and not pg_attribute.attisdropped
                order by pg_namespace.nspname, pg_class.relname, pg_attribute.attnum
                """,
            )
        )
    return {
        relation.full_name: found[build.catalog_of(relation)].get(relation.full_name, {})
        for relation in build.relations
    }


def group_columns(rows: Sequence[tuple[str, str, str]]) -> dict[str, Columns]:
    """(relation, column, type) rows as columns by relation."""
    grouped: dict[str, Columns] = {}
    for relation, column, data_type in rows:
        grouped.setdefault(relation, {})[column] = plain_type(data_type)
    return grouped


def type_differences(name: str, left: Side, right: Side) -> list[str]:
    """What differs in the columns of two sides, and every column without an exact type."""
    if not left.columns or not right.columns:
        missing = left.name if not left.columns else right.name
        return [f"{name}: not built on {missing}"]
    messages = []
    for column in dict.fromkeys([*left.columns, *right.columns]):
        types = left.columns.get(column, "absent"), right.columns.get(column, "absent")
        if types[0] != types[1]:
            messages.append(
                f"{name}.{column}: {types[0]} on {left.name}, {types[1]} on {right.name}"
            )
        elif types[0] in FLOATING or re.fullmatch("numeric", types[0]):
            messages.append(f"{name}.{column}: {types[0]} is no exact type")
    if not messages and list(left.columns) != list(right.columns):
        messages.append(f"{name}: another order of columns on {left.name} and {right.name}")
    return messages


def row_differences(
    db: duckdb.DuckDBPyConnection, name: str, left: Side, right: Side, key: Sequence[str]
) -> list[str]:
    """At most one message: how many rows differ, and the first differing cells with their key."""
    names = ", ".join(f'"{column}"' for column in left.columns)
    for alias, side in (("left_rows", left), ("right_rows", right)):
        db.execute(f"create or replace temp table {alias} as select {names} from {side.relation}")
    only = {
        side: f"(select {names} from {mine} except all select {names} from {other})"
        for side, mine, other in (
            (left.name, "left_rows", "right_rows"),
            (right.name, "right_rows", "left_rows"),
        )
    }
    counts = {
        side: db.execute(f"select count(*) from {rows}").fetchall()[0][0]
        for side, rows in only.items()
    }
    if not any(counts.values()):
        return []
    amounts = ", ".join(f"{count} only on {side}" for side, count in counts.items())
    return [f"{name}: {amounts}; {first_difference(db, only, list(left.columns), key)}"]


def first_difference(
    db: duckdb.DuckDBPyConnection, only: Mapping[str, str], columns: list[str], key: Sequence[str]
) -> str:
    """The first row (by key) that is on one side only, against the other side's row of that key."""
    order = ", ".join(f'"{column}"' for column in [*key, *columns])
    rows = {}
    for side, relation in only.items():
        fetched = db.execute(f"select * from {relation} order by {order} limit 1000").fetchall()
        rows[side] = [dict(zip(columns, row, strict=True)) for row in fetched]
    side = min((name for name in rows if rows[name]), key=lambda name: str(rows[name][0]))
    other = next(name for name in rows if name != side)
    row = rows[side][0]
    at = ", ".join(f"{column}={row[column]!r}" for column in key or columns)
    match = next(
        (found for found in rows[other] if key and all(found[k] == row[k] for k in key)), None
    )
    if match is None:
        return f"first: row {at} only on {side}"
    cells = ", ".join(
        f"{column}: {row[column]!r} on {side}, {match[column]!r} on {other}"
        for column in columns
        if row[column] != match[column]
    )
    return f"first: row {at}: {cells}"


def differences(left: Build, right: Build) -> list[str]:
    """Every difference between the relations of `right` and those of `left`, one message a relation
    or column."""
    keys = key_columns(left.manifest)
    messages = []
    with attached(left, right) as db:
        left_columns, right_columns = columns_of(left, db), columns_of(right, db)
        for relation in right.relations:
            sides = [
                Side(build.target, reading(build, relation), columns[relation.full_name])
                for build, columns in ((left, left_columns), (right, right_columns))
            ]
            name = relation.full_name
            found = type_differences(name, *sides)
            if not found and name not in DIFFERS_BY_NATURE:
                found = row_differences(db, name, *sides, key=keys.get(name, ()))
            messages += found
    return messages


def reading(build: Build, relation: Relation) -> str:
    """How DuckDB reads a relation of a build."""
    return f'{build.catalog_of(relation)}."{relation.schema}"."{relation.name}"'


def assert_same(left: Build, right: Build) -> None:
    """Both builds have the same relations, and none differs in a cell. PostgreSQL may lack what
    needs a Python model."""
    lacking = set(left.relations) - set(right.relations)
    allowed = needs_python(left.manifest) if right.target == "postgres" else set()
    assert {relation.full_name for relation in lacking} <= allowed
    assert set(right.relations) <= set(left.relations)
    messages = differences(left, right)
    assert not messages, f"{len(messages)} differences\n" + "\n".join(messages)


def test_postgres_equals_duckdb(duckdb_build_without_python: Build, postgres_build: Build) -> None:
    assert_same(duckdb_build_without_python, postgres_build)


def test_duckdb_over_postgres_equals_duckdb(
    duckdb_build: Build, duckdb_postgres_build: Build
) -> None:
    assert_same(duckdb_build, duckdb_postgres_build)


def test_compared_marts_hold_rows(duckdb_build: Build) -> None:
    """An equality of empty tables would prove nothing. A first build restates and has delivered
    nothing, and sound data raise no alarm; that later builds do the same on every target is held
    by the tests of state."""
    with attached(duckdb_build) as db:
        empty = [
            relation.full_name
            for relation in duckdb_build.relations
            if relation.is_mart
            and relation.full_name not in EMPTY_AT_FIRST
            and not db.execute(
                f"select 1 from {reading(duckdb_build, relation)} limit 1"
            ).fetchall()
        ]
    assert not empty


def test_what_needs_python_is_found() -> None:
    def model(name: str, *reads: str, language: str = "sql") -> dict[str, object]:
        return {
            "resource_type": "model",
            "language": language,
            "schema": "s",
            "alias": name,
            "depends_on": {"nodes": list(reads)},
        }

    nodes = {
        "facts": model("facts"),
        "features": model("features", "facts"),
        "counts": model("counts", "features"),
        "scores": model("scores", "counts", language="python"),
        "mart": model("mart", "scores"),
        "on_mart": model("on_mart", "mart", "facts"),
        "report": model("report", "facts"),
        "a_test": {**model("a_test", "scores"), "resource_type": "test"},
    }
    expected = {"features", "counts", "scores", "mart", "on_mart"}
    assert needs_python({"nodes": nodes}) == {f"s.{name}" for name in expected}


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("select * from sales", None),
        (
            "select id, tier, amount + 1 as amount from sales where id = 2"
            " union all select * from sales where id <> 2",
            "core.x: 1 only on a, 1 only on b; first: row id=2:"
            " amount: Decimal('20.00') on a, Decimal('21.00') on b",
        ),
        (
            "select * from sales union all select * from sales where id = 1",
            "core.x: 0 only on a, 1 only on b; first: row id=1 only on b",
        ),
        (
            "select * from sales where id <> 3",
            "core.x: 1 only on a, 0 only on b; first: row id=3 only on a",
        ),
        (
            "select id, coalesce(tier, '') as tier, amount from sales",
            "core.x: 1 only on a, 1 only on b; first: row id=3: tier: '' on b, None on a",
        ),
    ],
    ids=["equal", "changed cell", "repeated row", "missing row", "empty text for null"],
)
def test_row_comparison_finds_planted_difference(right: str, expected: str | None) -> None:
    with duckdb.connect() as db:
        db.execute(
            "create table sales as select * from (values (1, 'GOLD', 10.00), (2, 'GOLD', 20.00),"
            " (3, null, 30.00)) as rows(id, tier, amount)"
        )
        db.execute(f"create table other as {right}")
        columns = {"id": "integer", "tier": "varchar", "amount": "numeric(4,2)"}
        found = row_differences(
            db, "core.x", Side("a", "sales", columns), Side("b", "other", columns), ["id"]
        )
    assert found == ([expected] if expected else [])


def test_type_comparison_finds_planted_difference() -> None:
    left = Side("a", "x", {"id": "integer", "share": "numeric", "gone": "date"})
    right = Side("b", "x", {"id": "bigint", "share": "numeric"})
    assert type_differences("core.x", left, right) == [
        "core.x.id: integer on a, bigint on b",
        "core.x.share: numeric is no exact type",
        "core.x.gone: date on a, absent on b",
    ]
    swapped = Side("b", "x", {"n": "date", "id": "integer"})
    assert type_differences("core.x", Side("a", "x", {"id": "integer", "n": "date"}), swapped) == [
        "core.x: another order of columns on a and b"
    ]
    assert type_differences("core.x", Side("a", "x", {}), right) == ["core.x: not built on a"]


@pytest.mark.parametrize(
    ("engine", "plain"),
    [
        ("DECIMAL(18,2)", "numeric(18,2)"),
        ("character varying", "varchar"),
        ("character varying(5)", "varchar(5)"),
        ("timestamp without time zone", "timestamp"),
        ("TIMESTAMP", "timestamp"),
        ("DOUBLE", "double precision"),
    ],
)
def test_plain_type(engine: str, plain: str) -> None:
    assert plain_type(engine) == plain
