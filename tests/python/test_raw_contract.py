"""Deliveries that do not fit the source contract stop the run, and say which table and column."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from engines import ROOT, Build, attached, build_target, dbt_environment, run_dbt
from tiny_raw import write_tiny_raw

from koin_loyalty.project import source_contract

HELPER = Path(__file__).with_name("check_raw_folders.py")
Damage = Callable[[Path], object]


def parquet(folder: Path) -> Path:
    return folder / "cohesive" / "tbl_receipt.parquet"


def csv(folder: Path) -> Path:
    return folder / "cohesive" / "tbl_receipt.csv"


def rewrite(file: Path, query: str) -> None:
    """Replaces a Parquet file by a query on it, where it is called `old`."""
    with duckdb.connect() as db:
        db.execute(f"create table old as from '{file}'")
        db.execute(f"copy ({query}) to '{file}'")


def replace_bytes(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new, 1))


def deliver_in_two_files(folder: Path, second: str) -> None:
    """The receipts as a folder of two files, the second a query on the first."""
    several = folder / "cohesive" / "tbl_receipt"
    several.mkdir()
    parquet(folder).rename(several / "part_1.parquet")
    shutil.copy(several / "part_1.parquet", several / "part_2.parquet")
    rewrite(several / "part_2.parquet", second)


HOSTILE_NAME = "part [a-c]*?'; drop schema core; -- {{ 1 }} {% raw %} $HOME \u202e"


def deliver_under_hostile_names(folder: Path) -> None:
    """The receipts in a file whose name is SQL, Jinja and a pattern."""
    several = folder / "cohesive" / "tbl_receipt"
    several.mkdir()
    csv(folder).rename(several / f"{HOSTILE_NAME}.csv")


# Name: (file format, damage, project variables, what the message must hold).
FAULTS: dict[str, tuple[str, Damage, dict[str, Any], tuple[str, ...]]] = {
    "missing table": (
        "parquet",
        lambda raw: parquet(raw).unlink(),
        {},
        ("cohesive.tbl_receipt: no file", "cohesive/tbl_receipt.parquet or .csv"),
    ),
    "missing column": (
        "parquet",
        lambda raw: rewrite(parquet(raw), "select * exclude (sales) from old"),
        {},
        ("cohesive.tbl_receipt.sales: the column is missing in", "tbl_receipt.parquet"),
    ),
    "missing column in one of two files": (
        "parquet",
        lambda raw: deliver_in_two_files(raw, "select * exclude (trx_ts) from old"),
        {},
        ("cohesive.tbl_receipt.trx_ts: the column is missing in", "part_2.parquet"),
    ),
    "wrong type": (
        "parquet",
        lambda raw: rewrite(parquet(raw), "select * replace ('ten' as sales) from old"),
        {},
        ("cohesive.tbl_receipt.sales: expected numeric(18,2), found varchar",),
    ),
    "time zone": (
        "parquet",
        lambda raw: rewrite(
            parquet(raw), "select * replace (cast(trx_ts as timestamptz) as trx_ts) from old"
        ),
        {},
        ("cohesive.tbl_receipt.trx_ts: expected timestamp, found timestamp with time zone",),
    ),
    "truncated Parquet": (
        "parquet",
        lambda raw: parquet(raw).write_bytes(parquet(raw).read_bytes()[:-100]),
        {},
        ("No magic bytes found at end of file", "cohesive/tbl_receipt.parquet"),
    ),
    "delivered twice": (
        "parquet",
        lambda raw: csv(raw).write_text("receive_main_id\n"),
        {},
        ("cohesive.tbl_receipt: delivered twice", "tbl_receipt.parquet", "tbl_receipt.csv"),
    ),
    "empty receipts": (
        "parquet",
        lambda raw: rewrite(parquet(raw), "select * from old where false"),
        {},
        ("cohesive.tbl_receipt: no row",),
    ),
    "CSV in another encoding": (
        "csv",
        lambda raw: replace_bytes(csv(raw), b"fulfilment-2", "ambil é".encode("latin-1")),
        {},
        ("cohesive.tbl_receipt.fulfilment: line 3 of", "tbl_receipt.csv: the text is not UTF-8"),
    ),
    "CSV in UTF-16": (
        "csv",
        lambda raw: csv(raw).write_text(csv(raw).read_text(), encoding="utf-16"),
        {},
        ("cohesive.tbl_receipt: no column of the contract in", "is UTF-8"),
    ),
    "CSV column missing": (
        "csv",
        lambda raw: replace_bytes(csv(raw), b",sales,", b",turnover,"),
        {},
        ("cohesive.tbl_receipt.sales: the column is missing in",),
    ),
    "CSV cell too many": (
        "csv",
        lambda raw: replace_bytes(csv(raw), b"fulfilment-2", b"in,store"),
        {},
        ("cohesive.tbl_receipt: line 3 of", "more cells than the header has"),
    ),
    "CSV cell too few": (
        "csv",
        lambda raw: replace_bytes(csv(raw), b"fulfilment-2,", b""),
        {},
        ("cohesive.tbl_receipt._loaded_at: line 3 of", "fewer cells than the header has"),
    ),
    "CSV quote not closed": (
        "csv",
        lambda raw: replace_bytes(csv(raw), b"fulfilment-2", b'"in_store'),
        {},
        ("cohesive.tbl_receipt.fulfilment: line 3 of", "a quote is not closed"),
    ),
    "sound Parquet": ("parquet", lambda raw: None, {}, ()),
    "sound CSV": ("csv", lambda raw: None, {}, ()),
    "as-of after the data": (
        "parquet",
        lambda raw: None,
        {"as_of_date": "2024-06-01"},
        ("variable as_of_date: 2024-06-01 is outside", "cohesive.tbl_receipt.trx_ts"),
    ),
    "as-of that is no date": (
        "parquet",
        lambda raw: None,
        {"as_of_date": "1 June"},
        ('variable as_of_date: "1 June" is no date',),
    ),
    "SQL in a date": (
        "parquet",
        lambda raw: None,
        {"as_of_date": "2024-01-02' as date); drop schema core cascade; --"},
        ("variable as_of_date:", "is no date"),
    ),
    "SQL in a number": (
        "parquet",
        lambda raw: None,
        {"winback_days": "180) or (1=1", "volume_history_loads": "0"},
        (
            'variable winback_days: "180) or (1=1" is no number',
            "variable volume_history_loads: there is no load before",
        ),
    ),
    "SQL and unknown names in settings of alarms": (
        "parquet",
        lambda raw: None,
        {
            "stale_after_days": {"tbl_receipts": 3, "tbl_koin": "1; drop table x"},
            "alarm_severities": {"stale": "warn"},
            "volume_alarm_exempt_tables": ["' or ''='"],
        },
        (
            'variable stale_after_days: "tbl_receipts" is no raw table',
            'variable stale_after_days: "1; drop table x" is no number of days',
            'variable alarm_severities: "stale" is no alarm',
            "variable volume_alarm_exempt_tables: \"' or ''='\" is no raw table",
        ),
    ),
    "SQL in a variable that nobody knows": (
        "parquet",
        lambda raw: None,
        {"some_list": ["plain", "{{ 1 }}"], "some_text": "x'; drop table y"},
        (
            'variable some_list: "{{ 1 }}" holds signs',
            'variable some_text: "x\'; drop table y" holds signs',
        ),
    ),
    "hostile names of files": ("csv", deliver_under_hostile_names, {}, ()),
}


def write_unparseable_cells(raw: Path) -> None:
    replace_bytes(csv(raw), b"2000.00", b'"2.000,5"')
    replace_bytes(raw / "cohesive" / "tbl_koin.csv", b"2024-01-02 10:00:00", b"02/01/2024")


# The last folder's views stay in the database, for a test of what they hold.
FAULTS["unparseable cells"] = ("csv", write_unparseable_cells, {}, ())


@dataclass(frozen=True)
class Checked:
    """What the check said of each raw folder, and the database with the last folder's views."""

    messages: dict[str, str | None]
    database: Path


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Every damaged folder checked, all in one dbt process."""
    folder = tmp_path_factory.mktemp("raw_contract")
    sound = {
        kind: write_tiny_raw(folder / f"sound_{kind}", file_format=kind)
        for kind in ("parquet", "csv")
    }
    cases = []
    for number, (kind, damage, variables, _) in enumerate(FAULTS.values()):
        plain = folder / f"raw_{number}"
        shutil.copytree(sound[kind], plain)
        damage(plain)
        raw = plain.rename(folder / f"raw_{number} {HOSTILE_NAME}")
        cases.append({"raw": str(raw), "vars": variables})
    env = {**dbt_environment(folder), "DBT_TARGET": "duckdb"}
    run = subprocess.run(
        [sys.executable, str(HELPER)],
        input=json.dumps(cases),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    answers = json.loads(run.stdout.splitlines()[-1])
    return Checked(dict(zip(FAULTS, answers, strict=True)), Path(env["LOYALTY_DUCKDB_PATH"]))


@pytest.mark.parametrize("fault", FAULTS)
def test_raw_folder_is_checked(checked: Checked, fault: str) -> None:
    expected = FAULTS[fault][3]
    message = checked.messages[fault]
    if not expected:
        assert message is None
    else:
        assert message is not None
        for part in expected:
            assert part in message


def deliver_otherwise(raw: Path, out: Path) -> None:
    """The same rows in other ways: CSV, several CSV files with columns in another order, several
    Parquet files."""
    with duckdb.connect() as db:
        for number, table in enumerate(source_contract().values()):
            [*files] = (raw / table.schema).glob(f"{table.name}*/*.parquet")
            source = (files or [raw / table.schema / f"{table.name}.parquet"])[0]
            source = source if not files else source.parent / "*.parquet"
            folder = out / table.schema
            folder.mkdir(parents=True, exist_ok=True)
            db.execute(f"create or replace table rows as from read_parquet('{source}')")
            columns = list(table.columns)
            several = folder / table.name
            if number % 3 == 0:
                db.execute(f"copy (select * from rows) to '{folder}/{table.name}.csv'")
                continue
            several.mkdir()
            kind = "csv" if number % 3 == 1 else "parquet"
            for part, order in enumerate((columns, columns[::-1])):
                names = ", ".join(f'"{name}"' for name in order)
                db.execute(
                    f"copy (select {names} from rows where rowid % 2 = {part})"
                    f" to '{several}/part_{part}.{kind}'"
                )


def test_delivery_in_csv_and_in_several_files_gives_equal_staging(
    duckdb_build: Build, small_sample: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    deliver_otherwise(small_sample, raw)
    staging = ["--select", "path:models/staging", "--exclude", "resource_type:test"]
    other = build_target(
        "duckdb", tmp_path / "build", arguments=staging, COHESIVE_RAW_PATH=str(raw)
    )
    tables = [r.full_name for r in duckdb_build.relations if r.schema == "staging"]
    assert tables
    with attached(duckdb_build) as db:
        db.execute(f"attach '{other.env['LOYALTY_DUCKDB_PATH']}' as other (read_only)")
        different = [
            table
            for table in tables
            if "base_" not in table
            and db.execute(
                f"(from file.{table} except all from other.{table}) union all"
                f" (from other.{table} except all from file.{table}) limit 1"
            ).fetchall()
        ]
    assert different == []


def test_unparseable_cells_are_listed(checked: Checked) -> None:
    with duckdb.connect(str(checked.database), read_only=True) as db:
        listed = db.execute("from landing.unparseable_rows order by all").fetchall()
        kept = db.execute("select count(*) from cohesive.tbl_receipt").fetchall()
    assert listed == [
        ("cohesive", "tbl_koin", "koin_id-1", "entry_ts"),
        ("cohesive", "tbl_receipt", "receive_main_id-2", "sales"),
    ]
    assert kept == [(2,)]


def test_profile_without_the_duckdb_setting_is_told(tmp_path: Path) -> None:
    env = dbt_environment(tmp_path, COHESIVE_RAW_PATH=str(write_tiny_raw(tmp_path / "raw")))
    setting = "disabled_optimizers: top_n_window_elimination"
    for profile, told in ((setting, False), ("disabled_optimizers: ''", True)):
        text = (ROOT / "profiles.example.yml").read_text()
        (tmp_path / "profiles.yml").write_text(text.replace(setting, profile))
        run = run_dbt("run-operation", "check_raw_contract", target="duckdb", env=env)
        assert run.returncode == 0, run.stdout
        assert ("may give wrong rows" in run.stdout) is told
