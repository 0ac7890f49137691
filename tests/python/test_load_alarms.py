"""Loads against plain pandas on the raw files, and alarms about planted loads, as configured."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from engines import Build, attached, run_dbt

from koin_loyalty.project import source_contract

pytestmark = pytest.mark.timeout(900)

HISTORY = 8
#: What is done to staged rows: the last load day of the build is in `last`.
PLANTED = """
    create temp table last as select max(load_date) as day from quality.load_volumes;
    -- Thirty times the rows.
    insert into staging.base_cohesive__koin_entries
    select entries.* from staging.base_cohesive__koin_entries as entries, range(29)
    where cast(_loaded_at as date) = (select day from last);
    -- Nothing.
    delete from staging.base_cohesive__receipt_payments
    where cast(_loaded_at as date) = (select day from last);
    -- Nothing that can be used.
    update staging.base_cohesive__receipt_lines set reject_reason = 'missing_key'
    where cast(_loaded_at as date) = (select day from last);
    insert into staging.stg_rejected_rows (table_name, reject_reason, _loaded_at)
    select 'tbl_receipt_line', 'missing_key', day from last;
    -- Stores that nobody knows, of late.
    update intermediate.int_quality__references
    set recent_row_count = 30, recent_checked_row_count = 31
    where table_name = 'tbl_receipt' and reason = 'unknown_site';
"""
ALARMS = "{unusual_volume: error, rejects: warn, empty_load: error}"


def expected_volumes(raw: Path) -> pd.DataFrame:
    """load_volumes in pandas, from the raw files: rows by table and load day, and their history."""
    counts = {}
    for table in source_contract().values():
        loaded = pd.read_parquet(
            raw / table.schema / f"{table.name}.parquet", columns=["_loaded_at"]
        )
        counts[table.name] = loaded["_loaded_at"].dropna().dt.date.value_counts()
    wide = pd.DataFrame(counts).fillna(0).astype(int).sort_index()
    rows = []
    for name, column in wide.items():
        for position, day in enumerate(wide.index):
            before = column.iloc[max(position - HISTORY, 0) : position]
            rows.append(
                {
                    "table_name": name,
                    "load_date": day,
                    "is_last_load": position == len(wide) - 1,
                    "row_count": int(column.iloc[position]),
                    "loads_before": len(before),
                    "usual_row_count": float(before.median()) if len(before) else None,
                    "previous_row_counts": " ".join(f"{n:,}" for n in before) or None,
                }
            )
    return pd.DataFrame(rows)


def test_volumes_equal_pandas(duckdb_build: Build, small_sample: Path) -> None:
    expected = expected_volumes(small_sample)
    names = ", ".join(expected.columns)
    with attached(duckdb_build) as db:
        found = db.execute(
            f"select {names} from file.quality.load_volumes order by table_name, load_date"
        ).fetchall()
        rejected = db.execute(
            """
            select count(*) from (
                select table_name, sum(rejected_row_count) from file.quality.load_volumes group by 1
                except
                select tables.table_name, count(rejects.table_name)
                from (select distinct table_name from file.quality.load_volumes) as tables
                left join file.staging.stg_rejected_rows as rejects
                    on tables.table_name = rejects.table_name and rejects._loaded_at is not null
                group by 1
            )
            """
        ).fetchall()[0][0]
    expected = expected.sort_values(["table_name", "load_date"]).astype(object)
    wanted = [tuple(row) for row in expected.where(expected.notna(), None).values.tolist()]
    comparable = [(*row[:5], None if row[5] is None else float(row[5]), row[6]) for row in found]
    assert comparable == wanted
    assert rejected == 0


def test_sound_data_raise_no_alarm(duckdb_build: Build) -> None:
    with attached(duckdb_build) as db:
        assert db.execute("from file.quality.load_alarms").fetchall() == []


def test_planted_loads_raise_alarms_as_configured(duckdb_build: Build, tmp_path: Path) -> None:
    shutil.copytree(duckdb_build.folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "file.duckdb"
    with duckdb.connect(str(file)) as db:
        last = db.execute("select max(load_date) from quality.load_volumes").fetchall()[0][0]
        db.execute(PLANTED)
    assert isinstance(last, date)
    checked_on = last + timedelta(days=4)
    variables = (
        f"{{alarm_severities: {ALARMS}, alarm_min_rows: 3, freshness_checked_on: {checked_on}}}"
    )
    run = run_dbt(
        *("build", "--select", "load_volumes", "load_alarms", "--vars", variables),
        *("--exclude", "resource_type:unit_test"),
        target="duckdb",
        env={
            **duckdb_build.env,
            "DBT_LOG_PATH": str(tmp_path / "logs"),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "LOYALTY_DUCKDB_PATH": str(file),
        },
    )
    said = run.stdout
    assert run.returncode == 1, said
    with duckdb.connect(str(file), read_only=True) as db:
        told = db.execute(
            "select variables, troubles from quality.build_runs where status = 'failed'"
        ).fetchall()
    assert len(told) == 1
    assert json.loads(told[0][0])["freshness_checked_on"] == str(checked_on)
    assert "no_alarm_empty_load fail" in told[0][1]
    # An alarm that stops the build also keeps it from the readers.
    with duckdb.connect(str(tmp_path / "file.next.duckdb"), read_only=True) as db:
        alarms = db.execute(
            "select alarm, table_name, message from quality.load_alarms order by all"
        ).fetchall()
    assert {row[:2] for row in alarms} >= {
        ("unusual_volume", "tbl_koin"),
        ("empty_load", "tbl_receipt_payment"),
        ("rejects", "tbl_receipt_line"),
        ("stale_load", "tbl_receipt"),
        ("unknowns", "tbl_receipt"),
    }
    for alarm, _, message in alarms:
        assert f"{alarm}: {message}" in " ".join(said.split())
    assert f"tbl_receipt_payment: 0 rows loaded on {last}; the 8 loads before: " in said
    told = re.findall(r"(PASS|WARN|FAIL) (?:\d+ )?(no_alarm_\w+)", said)
    assert {name: status for status, name in told} == {
        "no_alarm_unusual_volume": "FAIL",
        "no_alarm_empty_load": "FAIL",
        "no_alarm_rejects": "WARN",
        "no_alarm_stale_load": "WARN",
        "no_alarm_unknowns": "WARN",
    }
