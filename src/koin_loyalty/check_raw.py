"""`koin check-raw`: a delivery of raw data on arrival, before anything is built on it.

DuckDB counts, Great Expectations judges: each table becomes a small frame of its columns and of its
weeks, however big it is. No cell of the data is in these frames, in the answer or in Data Docs.
What is counted are the rows that arrived in the newest week and in the weeks before it with which
the newest is compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import duckdb

from koin_loyalty.macros import macro
from koin_loyalty.project import WIB, Contract, source_contract
from koin_loyalty.raw_files import has_both_line_ends, unreadable_text
from koin_loyalty.targets import ALIAS, Target, reading

if TYPE_CHECKING:
    import pandas as pd

    from koin_loyalty.expectations import Checks

LOADED_AT = "_loaded_at"
RECEIPTS = "cohesive.tbl_receipt"
#: The macros that read the files of a raw folder.
FILES = "cross_db/register_raw_files.sql"
#: The folder of Data Docs below the output folder.
DOCS = "raw_checks"


@dataclass(frozen=True)
class Limits:
    """What a delivery may be like. Shares are of rows that arrived in the weeks looked at.

    `weeks`: how many before the newest it is compared with; `volume_factor`: how many times more or
    fewer rows than usual are too many or too few, of tables that are steady; `usual_rows`: those
    that usually get fewer rows a week are not compared.
    """

    weeks: int = 8
    volume_factor: float = 10.0
    usual_rows: int = 10
    empty_key_share: float = 0.01
    unreadable_share: float = 0.01
    unknown_share: float = 0.05


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a delivered table, or with a column of it."""

    table: str
    column: str
    what: str


@dataclass(frozen=True)
class ColumnFound:
    """A column as delivered: its type there (None: not delivered), and rows by what is wrong."""

    found_type: str | None = None
    fits: bool = True
    empty_keys: int = 0
    unreadable: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class TableFound:
    """A table as delivered. `state`: `ok`, or why it cannot be read. `rows`: all of them;
    `recent_rows`: those that arrived in the weeks looked at; `rows_ahead`: those loaded in days to
    come. `weekly_rows`: newest week first."""

    state: str = "ok"
    rows: int = 0
    recent_rows: int = 0
    rows_ahead: int = 0
    newest: date | None = None
    unreadable_lines: int = 0
    weekly_rows: tuple[int, ...] = ()
    columns: dict[str, ColumnFound] = field(default_factory=dict)

    @property
    def usual_rows(self) -> float:
        """Rows of the usual week: the median of those before the newest; 0 without any."""
        return float(median(self.weekly_rows[1:])) if self.weekly_rows[1:] else 0.0


@dataclass(frozen=True)
class Checked:
    """The tables in the order of the contract, the problems, and the first page of Data Docs."""

    tables: dict[str, TableFound]
    problems: list[Problem]
    docs: Path | None


def check_raw(
    raw: Path | None = None,
    target: Target | None = None,
    *,
    limits: Limits | None = None,
    out: Path | None = None,
    checks: Checks | None = None,
    progress: Callable[[str], None] = lambda _: None,
    today: date | None = None,
) -> Checked:
    """Check a raw folder, or the raw schemas of a PostgreSQL target, against the source contract.

    `limits`: by default those of the class. `out`: output folder for Data Docs; none are written
    without it. `checks`: validations to go on with. `progress` is told what begins. `today`: the
    day after which nothing can have been loaded, by default the clock's. Raises ValueError when
    there is no such folder, RuntimeError when the server is out of reach.
    """
    limits = limits or Limits()
    # Clocks differ, and the night after a business day belongs to it.
    last_day = (today or datetime.now(WIB).date()) + timedelta(days=1)
    contract = source_contract()
    with open_delivery(raw, target) as (db, reader):
        relations = {}
        tables: dict[str, TableFound] = {}
        for name, table in contract.items():
            relations[name] = reader(db, table)
        newest = _newest_day(db, contract, relations, last_day)
        for name, table in contract.items():
            progress(f"Counting {name}")
            try:
                tables[name] = _count(db, table, relations[name], newest, last_day, limits)
            except duckdb.Error:
                if not relations[name].files:
                    raise
                tables[name] = TableFound(_damage(table, relations[name].files))
    progress("Checking what was counted")
    problems, docs = _judge(contract, tables, limits, checks, out)
    return Checked(tables, problems, docs)


@dataclass(frozen=True)
class Delivered:
    """A delivered table: how SQL reads it, its columns with their types, whether cells are text
    still, and lines that are no rows. `state` as in TableFound. `files`: those of Parquet."""

    relation: str = ""
    types: dict[str, str] = field(default_factory=dict)
    is_text: bool = False
    unreadable_lines: int = 0
    state: str = "ok"
    files: tuple[str, ...] = ()

    def usable(self, table: Contract) -> dict[str, str]:
        """The columns of the contract that are there, with its types."""
        return {name: kind for name, kind in table.columns.items() if name in self.types}

    def cell(self, name: str, data_type: str) -> str:
        """SQL: a cell as a value of the contract's type, null where it is none."""
        quoted = _quoted(name)
        if not self.is_text:
            value = f"try_cast({quoted} as {data_type})"
            misfit = macro(FILES, "misfit_of_parquet")(name, self.types[name], data_type)
            return f"case when not ({misfit}) then {value} end" if misfit else value
        text = _filled(quoted)
        form = macro(FILES, "text_form")(data_type)
        if form is None:
            return text
        return (
            f"case when regexp_full_match({text}, {_literal(form)})"
            f" then try_cast({text} as {data_type}) end"
        )


Reader = Callable[[duckdb.DuckDBPyConnection, Contract], Delivered]


@contextmanager
def open_delivery(
    raw: Path | None, target: Target | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Reader]]:
    """Where the delivery is, and what reads its tables there."""
    if raw is not None:
        if not raw.is_dir():
            raise ValueError(f"no raw folder {raw}")
        with duckdb.connect() as db:
            yield db, lambda db, table: _files_of(db, raw, table)
    elif target is not None and target.server is not None:
        with reading(target) as db:
            yield db, _table_of
    else:
        raise ValueError("raw data are in a folder, or on a target with PostgreSQL")


def _table_of(db: duckdb.DuckDBPyConnection, table: Contract) -> Delivered:
    """A table on the attached server."""
    rows = db.execute(
        "select column_name, data_type from duckdb_columns()"
        " where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [ALIAS, table.schema, table.name],
    ).fetchall()
    if not rows:
        return Delivered(state="was not delivered")
    return Delivered(f"{ALIAS}.{_quoted(table.schema, table.name)}", dict(rows))


def _files_of(db: duckdb.DuckDBPyConnection, raw: Path, table: Contract) -> Delivered:
    """A table in a raw folder: one file or a folder of them, Parquet or CSV."""
    stem = raw / table.schema / table.name
    ways = [
        (stem.with_name(f"{table.name}{suffix}"),) if is_file else tuple(stem.glob(f"*{suffix}"))
        for is_file in (True, False)
        for suffix in (".parquet", ".csv")
    ]
    delivered = [sorted(str(file) for file in way if file.is_file()) for way in ways]
    found = [files for files in delivered if files]
    if unread := _unread(stem, found):
        return Delivered(state=f"has {unread}, which nobody would read")
    if len(found) != 1:
        return Delivered(state="was delivered twice" if found else "was not delivered")
    read = _csv if found[0][0].endswith(".csv") else _parquet
    return read(db, table, found[0])


def _unread(stem: Path, found: list[list[str]]) -> str | None:
    """The first file that is none of those found, in a table's folder or beside it; not what other
    programs leave there: `_SUCCESS`, `.DS_Store`."""
    inside = [file.relative_to(stem) for file in sorted(stem.rglob("*")) if file.is_file()]
    names = [
        *(str(file) for file in inside if not any(part[0] in "_." for part in file.parts)),
        *(
            file.name
            for file in sorted(stem.parent.glob(f"{stem.name}.*"))
            if file.suffix.lower() in (".parquet", ".csv") and file.stem == stem.name
        ),
    ]
    read = {Path(file).name for files in found for file in files}
    return next((name for name in names if name not in read), None)


def _parquet(db: duckdb.DuckDBPyConnection, table: Contract, files: list[str]) -> Delivered:
    """Columns have the type that the files have together, or one of a file that does not fit."""
    columns: list[dict[str, str]] = []
    for file in files:
        try:
            rows = db.execute(
                f"describe select * from read_parquet({_literal(file)})"  # noqa: S608
            ).fetchall()
        except duckdb.Error:
            return Delivered(state=f"cannot be read: {Path(file).name} is no whole Parquet file")
        columns.append({row[0]: row[1] for row in rows})
    relation = f"read_parquet({_list(files)}, union_by_name = true)"
    together = db.execute(f"describe select * from {relation}").fetchall()  # noqa: S608
    # What one file lacks would be read as empty.
    types = {row[0]: row[1] for row in together if all(row[0] in of_file for of_file in columns)}
    for name in types.keys() & table.columns.keys():
        types[name] = _type_to_judge(db, table.columns[name], name, types[name], files, columns)
    return Delivered(relation, types, files=tuple(files))


def _type_to_judge(
    db: duckdb.DuckDBPyConnection,
    data_type: str,
    name: str,
    together: str,
    files: list[str],
    columns: list[dict[str, str]],
) -> str:
    """The type of a file whose values do not fit the contract's; else the one of all files, and
    where nulls of another type have made that another, one that fits."""
    fits = macro("raw/check_raw_contract.sql", "type_fits")
    own = [types[name] for types in columns]
    for file, found in zip(files, own, strict=True):
        if not fits(data_type, found):
            query = f"select count({_quoted(name)}) from read_parquet({_literal(file)})"  # noqa: S608
            if db.execute(query).fetchall()[0][0] > 0:
                return found
    if fits(data_type, together):
        return together
    return next((found for found in own if fits(data_type, found)), together)


def _csv(db: duckdb.DuckDBPyConnection, table: Contract, files: list[str]) -> Delivered:
    """CSV cells are text; lines that cannot be split into cells of UTF-8 text are counted."""
    header_query = macro(FILES, "csv_header_query")
    names_of_header = macro(FILES, "names_of_header")
    reader = macro(FILES, "csv_reader")
    headers = []
    for file in files:
        try:
            cells = db.execute(header_query(file)).fetchall()
        except duckdb.Error:
            return Delivered(state=f"cannot be read: {Path(file).name} is no CSV file")
        headers.append(names_of_header([cell for (cell,) in cells]))
    types = {name: "VARCHAR" for name in headers[0] if all(name in header for header in headers)}
    if not set(types) & set(table.columns):
        name = Path(files[0]).name
        return Delivered(state=f"cannot be read: {name} does not start with a header in UTF-8")
    unreadable_lines = 0
    parts = []
    for file, header in zip(files, headers, strict=True):
        db.execute("drop table if exists reject_errors; drop table if exists reject_scans")
        try:
            options = ", store_rejects = true, rejects_limit = 100000"
            read = reader([file], header, options)
            db.execute(f"select count(columns(*)) from {read}").fetchall()  # noqa: S608
            count = db.execute("select count(distinct line) from reject_errors").fetchall()
        except duckdb.Error:
            why = (
                "has line ends of two kinds" if has_both_line_ends(Path(file)) else "is no CSV file"
            )
            return Delivered(state=f"cannot be read: {Path(file).name} {why}")
        unreadable_lines += count[0][0]
        names = ", ".join(_quoted(name) for name in types)
        read = reader([file], header, ", ignore_errors = true")
        parts.append(f"select {names} from {read}")  # noqa: S608
    return Delivered(f"({' union all '.join(parts)})", types, True, unreadable_lines)


def _damage(table: Contract, files: tuple[str, ...]) -> str:
    """Why rows of Parquet files cannot be read; DuckDB's own message quotes a text that is not
    UTF-8."""
    for file in files:
        if column := unreadable_text(Path(file), table.columns):
            return f"cannot be read: {column} is not UTF-8 in {Path(file).name}"
    return "cannot be read: a Parquet file is damaged inside"


def _newest_day(
    db: duckdb.DuckDBPyConnection,
    contract: dict[str, Contract],
    delivered: dict[str, Delivered],
    last_day: date,
) -> date | None:
    """The last day on which anything arrived, in any table, days to come left out."""
    days = []
    for name, table in contract.items():
        one = delivered[name]
        if one.state == "ok" and LOADED_AT in one.usable(table):
            loaded = one.cell(LOADED_AT, table.columns[LOADED_AT])
            try:
                rows = db.execute(
                    f"select max(cast({loaded} as date)) from {one.relation}"  # noqa: S608
                    f" where cast({loaded} as date) <= {_day(last_day)}"
                ).fetchall()
            except duckdb.Error:
                # A damaged file, of which the count of its rows tells.
                if not one.files:
                    raise
                continue
            days.append(rows[0][0])
    return max((day for day in days if day is not None), default=None)


def _count(
    db: duckdb.DuckDBPyConnection,
    table: Contract,
    delivered: Delivered,
    newest: date | None,
    last_day: date,
    limits: Limits,
) -> TableFound:
    """Everything that is judged about a table, in two passes over it."""
    if delivered.state != "ok":
        return TableFound(delivered.state)
    usable = delivered.usable(table)
    fits = macro("raw/check_raw_contract.sql", "type_fits")
    type_fits = {
        name: delivered.is_text or fits(kind, delivered.types[name])
        for name, kind in usable.items()
    }
    # As the contract has it, a type that does not fit is none only where there are values.
    counted = ["count(*)"]
    counts: list[tuple[str, str]] = []
    for name, kind in usable.items():
        quoted, value = _quoted(name), delivered.cell(name, kind)
        text = _filled(quoted)
        wanted = {"filled": f"{text} is not null", "unreadable": "false", "empty": "false"}
        if type_fits[name]:
            wanted["unreadable"] = f"{text} is not null and ({value}) is null"
        if name in table.key:
            wanted["empty"] = f"{text} is null"
        if name in table.values:
            words = ", ".join(_literal(word) for word in table.values[name])
            wanted["unknown"] = f"{text} is not null and lower({text}) not in ({words})"
        for what, condition in wanted.items():
            counts.append((name, what))
            counted.append(f"count(*) filter (where {condition})")
    loaded = "null"
    if LOADED_AT in usable and type_fits[LOADED_AT]:
        loaded = delivered.cell(LOADED_AT, usable[LOADED_AT])
    since = newest and newest - timedelta(days=7 * (limits.weeks + 1))
    recent = f"where ({loaded}) is null or ({loaded}) >= {_day(since)}" if since else ""
    first, *rest = db.execute(
        f"select {', '.join(counted)} from {delivered.relation} {recent}"  # noqa: S608
    ).fetchall()[0]
    by_column: dict[str, dict[str, int]] = {}
    for (name, what), count in zip(counts, rest, strict=True):
        by_column.setdefault(name, {})[what] = count
    columns = {name: ColumnFound() for name in table.columns}
    for name, found in by_column.items():
        columns[name] = ColumnFound(
            delivered.types[name].lower(),
            type_fits[name] or not found["filled"],
            found["empty"],
            found["unreadable"],
            found.get("unknown", 0),
        )
    rows, ahead, last, weekly = _weeks(db, delivered, loaded, newest, last_day, limits)
    return TableFound("ok", rows, first, ahead, last, delivered.unreadable_lines, weekly, columns)


def _weeks(
    db: duckdb.DuckDBPyConnection,
    delivered: Delivered,
    loaded: str,
    newest: date | None,
    last_day: date,
    limits: Limits,
) -> tuple[int, int, date | None, tuple[int, ...]]:
    """All rows, those of days to come, the last day of arrival, and rows by seven days back from
    the newest day."""
    if newest is None:
        weeks = ["0"] * (limits.weeks + 1)
    else:
        ends = [newest - timedelta(days=7 * number) for number in range(limits.weeks + 2)]
        weeks = [
            f"count(*) filter (where cast({loaded} as date) > {_day(start)}"
            f" and cast({loaded} as date) <= {_day(end)})"
            for end, start in pairwise(ends)
        ]
    rows, ahead, last, *weekly = db.execute(
        f"select count(*), count(*) filter (where cast({loaded} as date) > {_day(last_day)}),"  # noqa: S608
        f" cast(max({loaded}) as date), {', '.join(weeks)} from {delivered.relation}"
    ).fetchall()[0]
    return rows, ahead, last, tuple(weekly)


def _judge(
    contract: dict[str, Contract],
    tables: dict[str, TableFound],
    limits: Limits,
    checks: Checks | None,
    out: Path | None,
) -> tuple[list[Problem], Path | None]:
    """The expectations on what was counted, as problems and, where wanted, as Data Docs."""
    from koin_loyalty.expectations import Checks

    docs = None if out is None else out / DOCS
    checks = checks or Checks(docs)
    problems = []
    frame = tables_frame(contract, tables, limits)
    for failure in checks.failures("raw tables", frame, tables_suite(limits)):
        metric = failure.expectation.kwargs["column"]
        problems += [
            Problem(name, "", table_problem(metric, tables[name], limits)) for name in failure.rows
        ]
    for name, table in contract.items():
        if tables[name].state != "ok":
            continue
        columns = columns_frame(tables[name])
        for failure in checks.failures(name, columns, columns_suite(limits)):
            metric = failure.expectation.kwargs["column"]
            problems += [
                Problem(name, column, column_problem(metric, column, table, tables[name]))
                for column in failure.rows
            ]
    if docs is None:
        return sorted(problems), None
    if (docs / "validations").is_dir():
        shutil.rmtree(docs)
    return sorted(problems), checks.write_docs()


def tables_frame(
    contract: dict[str, Contract], tables: dict[str, TableFound], limits: Limits
) -> pd.DataFrame:
    """One row a table: its state, rows, unreadable lines, rows of days to come, and the newest week
    as a multiple of the usual one (null where the table is not steady, or that week too small)."""
    import pandas as pd

    return pd.DataFrame(
        {
            "state": [table.state for table in tables.values()],
            # An empty table is wrong where the newest business date comes from.
            "receipts": [
                float(table.rows) if name == RECEIPTS and table.state == "ok" else None
                for name, table in tables.items()
            ],
            "unreadable_lines": [float(table.unreadable_lines) for table in tables.values()],
            "rows_ahead": [float(table.rows_ahead) for table in tables.values()],
            "times_the_usual_week": [
                table.weekly_rows[0] / table.usual_rows
                if contract[name].is_steady and table.usual_rows >= limits.usual_rows
                else None
                for name, table in tables.items()
            ],
        },
        index=list(tables),
    ).astype({"receipts": "float64", "times_the_usual_week": "float64"})


def tables_suite(limits: Limits) -> list[Any]:
    """What every table must meet."""
    from koin_loyalty.expectations import library

    gx = library().expectations
    return [
        gx.ExpectColumnValuesToBeInSet(column="state", value_set=["ok"]),
        gx.ExpectColumnValuesToBeBetween(column="receipts", min_value=1),
        gx.ExpectColumnValuesToBeBetween(column="unreadable_lines", max_value=0),
        gx.ExpectColumnValuesToBeBetween(column="rows_ahead", max_value=0),
        gx.ExpectColumnValuesToBeBetween(
            column="times_the_usual_week",
            min_value=1 / limits.volume_factor,
            max_value=limits.volume_factor,
            strict_min=True,
            strict_max=True,
        ),
    ]


def table_problem(metric: str, table: TableFound, limits: Limits) -> str:
    """What a failed expectation on a table means, with figures."""
    if metric == "state":
        return table.state
    if metric == "receipts":
        return "has no rows"
    if metric == "unreadable_lines":
        return f"has {table.unreadable_lines:,} lines that are no rows of UTF-8 text"
    if metric == "rows_ahead":
        return f"has {table.rows_ahead:,} rows whose {LOADED_AT} lies in days to come"
    newest, *before = table.weekly_rows
    weeks = " ".join(f"{rows:,}" for rows in before)
    word = "only " if newest < table.usual_rows else ""
    return (
        f"{word}{newest:,} rows arrived in the newest week, usually {table.usual_rows:,.0f} "
        f"(the {len(before)} weeks before, newest first: {weeks})"
    )


def columns_frame(table: TableFound) -> pd.DataFrame:
    """One row a column of the contract: whether it is there and fits, and shares of recent rows."""
    import pandas as pd

    rows = max(table.recent_rows, 1)
    columns = table.columns.values()
    return pd.DataFrame(
        {
            "is_delivered": [column.found_type is not None for column in columns],
            "type_fits": [column.fits for column in columns],
            "empty_key_share": [column.empty_keys / rows for column in columns],
            "unreadable_share": [column.unreadable / rows for column in columns],
            "unknown_share": [column.unknown / rows for column in columns],
        },
        index=list(table.columns),
    )


def columns_suite(limits: Limits) -> list[Any]:
    """What every column must meet."""
    from koin_loyalty.expectations import library

    gx = library().expectations
    return [
        gx.ExpectColumnValuesToBeInSet(column="is_delivered", value_set=[True]),
        gx.ExpectColumnValuesToBeInSet(column="type_fits", value_set=[True]),
        *(
            gx.ExpectColumnValuesToBeBetween(column=share, max_value=getattr(limits, share))
            for share in ("empty_key_share", "unreadable_share", "unknown_share")
        ),
    ]


def column_problem(metric: str, column: str, table: Contract, found: TableFound) -> str:
    """What a failed expectation on a column means, with figures."""
    own = found.columns[column]
    if metric == "is_delivered":
        return "the column is missing"
    if metric == "type_fits":
        return f"expected {table.columns[column]}, found {own.found_type}"
    counts = {
        "empty_key_share": (own.empty_keys, "the key is empty"),
        "unreadable_share": (own.unreadable, f"no {table.columns[column]}"),
        "unknown_share": (own.unknown, f"none of {', '.join(table.values.get(column, ()))}"),
    }
    count, words = counts[metric]
    share = count / max(found.recent_rows, 1)
    return f"{words} in {count:,} of {found.recent_rows:,} rows ({share:.1%})"


def _day(day: date | None) -> str:
    return f"date '{day:%Y-%m-%d}'"


def _filled(cell: str) -> str:
    """SQL: a cell as text without white space around it, null where it is empty."""
    trimmed = macro("cross_db/trim_white_space.sql", "default__trim_white_space")
    return f"nullif({trimmed(f'cast({cell} as varchar)').strip()}, '')"


def _quoted(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(texts: list[str]) -> str:
    return f"[{', '.join(_literal(text) for text in texts)}]"
