"""Runs a peer as a process of its own, and looks for cells in which it and the marts differ.

python benchmarks/peers/run.py duckdb RAW DATABASE
python benchmarks/peers/run.py postgres        # libpq variables; raw tables and seeds are there
python benchmarks/peers/run.py copy CSV_FOLDER  # plain COPY into the schema plain
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

from koin_loyalty import postgres

PEERS = Path(__file__).parent
SEEDS = PEERS.parents[1] / "seeds"
SEED_TABLES = (
    "reference/business_units",
    "reference/tier_aliases",
    "programmes/members_choice_skus",
    "programmes/harga_spesial_koin_skus",
)
MARTS = (
    "daily_koin_in_out",
    "weekly_harga_spesial_koin",
    "weekly_harga_spesial_koin_skus",
    "weekly_koin_flow_matrix",
    "weekly_koin_in_out",
    "weekly_koin_outstanding",
    "weekly_koin_roll_forward",
    "weekly_members_choice",
    "weekly_members_choice_summary",
    "weekly_pay_with_koin",
)


def raw_tables(raw: Path) -> dict[str, str]:
    """The Parquet file of each raw table, `schema.table`; a pattern where it is in several."""
    return {
        f"{path.parent.name}.{path.stem}": str(path / "*.parquet" if path.is_dir() else path)
        for schema in ("cohesive", "stamps")
        for path in sorted(raw.glob(f"{schema}/*"))
    }


def create_seeds(db: duckdb.DuckDBPyConnection, schema: str) -> None:
    """The reference tables that the scripts read, in a schema of an attached database."""
    db.execute(f"create schema if not exists {schema}")
    for seed in SEED_TABLES:
        name = seed.partition("/")[2]
        types = ", types = {'sku': 'varchar'}" if name.endswith("_skus") else ""
        db.execute(f"create table {schema}.{name} as from read_csv('{SEEDS / seed}.csv'{types})")


def run_duckdb(raw: Path, database: Path) -> None:
    """The hand-written DuckDB script on a raw folder, into a new file."""
    database.unlink(missing_ok=True)
    memory = os.environ.get("LOYALTY_MEMORY_LIMIT", "6GB")
    with duckdb.connect(str(database)) as db:
        db.execute(
            f"set threads = 2; set memory_limit = '{memory}'; set preserve_insertion_order = false"
        )
        db.execute("create schema raw")
        create_seeds(db, "seed")
        for table, files in raw_tables(raw).items():
            name = table.partition(".")[2]
            db.execute(f"create view raw.{name} as from read_parquet('{files}')")
        db.execute((PEERS / "weekly_marts.duckdb.sql").read_text())


def run_postgres() -> None:
    """The hand-written PostgreSQL script."""
    connection = postgres.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute((PEERS / "weekly_marts.postgres.sql").read_text())
    finally:
        connection.close()


def run_copy(folder: Path) -> None:
    """Plain COPY of every CSV into a new table like the one of the same name."""
    connection = postgres.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("drop schema if exists plain cascade; create schema plain")
            for file in sorted(folder.glob("*.csv")):
                table = f"plain.{file.stem.partition('.')[2]}"
                cursor.execute(f"create table {table} (like {file.stem})")
                with file.open() as rows:
                    cursor.copy_expert(f"copy {table} from stdin (format csv, header)", rows)
    finally:
        connection.close()


#: Where a peer's rows of a `{mart}` are, with the `{columns}` that it has, typed.
IN_DUCKDB = "(select {columns} from theirs.peer.{mart})"
IN_POSTGRES = "postgres_query('pg', 'select {columns} from peer.{mart}')"


def in_parquet(folder: Path) -> str:
    """The same in files."""
    return f"(select {{columns}} from '{folder}/{{mart}}.parquet')"


def differing_rows(marts: Path, rows: str, attach: str = "") -> dict[str, int]:
    """Rows of each weekly mart that only the peer or only the marts have.

    `marts`: the DuckDB file of the marts. `rows`: where the peer's are. `attach`: SQL that attaches
    what they are in.
    """
    found = {}
    with duckdb.connect() as db:
        db.execute(f"attach '{marts}' as marts (read_only); {attach}")
        for mart in MARTS:
            ours = f"marts.weekly_reports.{mart}"
            columns = [(row[0], row[1]) for row in db.execute(f"describe {ours}").fetchall()]
            typed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns)
            names = ", ".join(name for name, _ in columns)
            theirs = rows.format(columns=typed, mart=mart)
            found[mart] = sum(
                db.execute(
                    f"select count(*) from (select {names} from {first}"
                    f" except all select {names} from {second})"
                ).fetchall()[0][0]
                for first, second in ((theirs, ours), (ours, theirs))
            )
    return found


def main() -> None:
    """Runs the peer that the command line names."""
    kind, *arguments = sys.argv[1:]
    runners = {"duckdb": run_duckdb, "postgres": run_postgres, "copy": run_copy}
    runners[kind](*map(Path, arguments))


if __name__ == "__main__":
    main()
