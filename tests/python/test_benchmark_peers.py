"""The benchmark's peers give the weekly marts, cell by cell: they are timed at the same work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from engines import ROOT, Build, Environment, create_database
from peers import run as peers
from peers import weekly_marts

from koin_loyalty import postgres

NOTHING = dict.fromkeys(peers.MARTS, 0)


def marts_of(build: Build) -> Path:
    """The readers' file."""
    return Path(build.env["LOYALTY_DUCKDB_PATH"])


def test_hand_written_duckdb(duckdb_build: Build, small_sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "hand_written.duckdb"
    peers.run_duckdb(small_sample, file)
    attach = f"attach '{file}' as theirs (read_only)"
    assert peers.differing_rows(marts_of(duckdb_build), peers.IN_DUCKDB, attach) == NOTHING


def test_pandas(duckdb_build: Build, small_sample: Path, tmp_path: Path) -> None:
    weekly_marts.main(small_sample, ROOT / "seeds", tmp_path)
    found = peers.differing_rows(marts_of(duckdb_build), peers.in_parquet(tmp_path))
    assert found == NOTHING


def test_hand_written_postgres(
    duckdb_build: Build,
    loaded_database: Environment,
    database_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = loaded_database["PGDATABASE"]
    settings = create_database(loaded_database, database_name("peer"), template)
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)
    address = postgres.connection_string().replace("'", "''")
    with duckdb.connect() as db:
        db.execute(f"attach '{address}' as pg (type postgres)")
        peers.create_seeds(db, "pg.seed")
    peers.run_postgres()
    attach = f"attach '{address}' as pg (type postgres, read_only)"
    assert peers.differing_rows(marts_of(duckdb_build), peers.IN_POSTGRES, attach) == NOTHING


def test_a_difference_is_found(duckdb_build: Build, small_sample: Path, tmp_path: Path) -> None:
    weekly_marts.main(small_sample, ROOT / "seeds", tmp_path)
    mart = tmp_path / "weekly_pay_with_koin.parquet"
    with duckdb.connect() as db:
        db.execute(f"create table rows as from '{mart}'")
        db.execute("update rows set repeat_member_count = 7 where rowid = 0")
        db.execute(f"copy rows to '{mart}'")
    found = peers.differing_rows(marts_of(duckdb_build), peers.in_parquet(tmp_path))
    assert found == {**NOTHING, "weekly_pay_with_koin": 2}
