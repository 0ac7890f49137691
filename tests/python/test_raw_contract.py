"""Deliveries that do not fit the source contract stop the run, and say which table and column."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from engines import ROOT, Build, attached, build_target, dbt_environment, run_dbt
from faults.stopped import RAW_STOPS, RawStop, csv, nothing, parquet, replace_bytes
from tiny_raw import write_tiny_raw

from koin_loyalty.project import source_contract

HELPER = Path(__file__).with_name("check_raw_folders.py")


HOSTILE_NAME = "part [a-c]*?'; drop schema core; -- {{ 1 }} {% raw %} $HOME \u202e"


def deliver_under_hostile_names(folder: Path) -> None:
    """The receipts in a file whose name is SQL, Jinja and a pattern."""
    several = folder / "cohesive" / "tbl_receipt"
    several.mkdir()
    csv(folder).rename(several / f"{HOSTILE_NAME}.csv")


def leave_behind(folder: Path) -> None:
    """The receipts in a folder, with what other programs leave in one."""
    several = folder / "cohesive" / "tbl_receipt"
    (several / "_temporary").mkdir(parents=True)
    parquet(folder).rename(several / "part.parquet")
    for name in ("_SUCCESS", ".DS_Store", "_temporary/part.parquet"):
        (several / name).write_bytes(b"")


def as_parquet(table: str, file: Path, *queries: str) -> None:
    """Puts a table in the place of a CSV file, in Parquet files: queries on `old`, its rows."""
    source = file.with_suffix(".csv")
    folder = file.with_suffix("")
    folder.mkdir()
    with duckdb.connect() as db:
        columns = dict(source_contract()[table].columns)
        db.execute(f"create table old as from read_csv('{source}', columns = {columns})")
        for number, query in enumerate(queries):
            db.execute(f"copy ({query}) to '{folder}/{number}.parquet'")
    source.unlink()


def write_numbers_that_are_too_great(raw: Path) -> None:
    """One a row, in integers and decimals, and a sound row; columns of nulls have any type."""
    as_parquet(
        "cohesive.tbl_receipt_line",
        raw / "cohesive" / "tbl_receipt_line.parquet",
        """
        select * replace (
            if(receive_main_id like '%-1', 3000000000, line_no) as line_no,
            cast(if(receive_main_id like '%-2', 1e17, gross_sales) as ubigint) as gross_sales,
            cast(if(receive_main_id like '%-3', 1e20, net_sales) as decimal(38, 2)) as net_sales,
            cast(koin_used as bigint) as koin_used,
            'sku' || chr(0) || '-7' || chr(0) as sku
        )
        from (
            from old union all
            select * replace ('sound' as receive_main_id) from old where line_no = 1
        )
        """,
    )
    as_parquet(
        "cohesive.tbl_member",
        raw / "cohesive" / "tbl_member.parquet",
        "select * from old",
        "select * replace (cast(null as integer) as email_opt_in, cast(null as varchar) as"
        " birth_date, cast(null as varchar) as registered_at, cust_id || '+' as cust_id) from old",
    )


def write_as_programs_do(file: Path) -> None:
    """A CSV file with columns without a name, and one that nobody asked for: a comma in its name,
    other line ends in its cells."""
    header, *rows = file.read_text().splitlines()
    lines = [f'{header},,"notes, old",', *(f'{row},,"one\r\ntwo\rthree",' for row in rows)]
    file.write_bytes("".join(f"{line}\n" for line in lines).encode())


def write_unparseable_cells(raw: Path) -> None:
    write_as_programs_do(raw / "cohesive" / "tbl_site.csv")
    write_numbers_that_are_too_great(raw)
    replace_bytes(csv(raw), b"2000.00", b'"2.000,5"')
    replace_bytes(csv(raw), b"receive_main_id-2", "receive_main_id-2\0\u200b".encode())
    replace_bytes(csv(raw), b"3000.00", b"3000.00\t")
    replace_bytes(csv(raw), b"cust_id-3", b"cust_id-3\0\0")
    replace_bytes(raw / "cohesive" / "tbl_koin.csv", b"2024-01-02 10:00:00", b"02/01/2024")


#: What stops a run, then sound folders; the last one's views stay, for a test of what they hold.
CASES = {
    **RAW_STOPS,
    "SQL in a date": RawStop(
        "parquet",
        nothing,
        ("variable as_of_date:", "is no date"),
        {"as_of_date": "2024-01-02' as date); drop schema core cascade; --"},
    ),
    "SQL in a number": RawStop(
        "parquet",
        nothing,
        (
            'variable winback_days: "180) or (1=1" is no number',
            "variable volume_history_loads: there is no load before",
        ),
        {"winback_days": "180) or (1=1", "volume_history_loads": "0"},
    ),
    "SQL and unknown names in settings of alarms": RawStop(
        "parquet",
        nothing,
        (
            'variable stale_after_days: "tbl_receipts" is no raw table',
            'variable stale_after_days: "1; drop table x" is no number of days',
            'variable alarm_severities: "stale" is no alarm',
            "variable volume_alarm_exempt_tables: \"' or ''='\" is no raw table",
        ),
        {
            "stale_after_days": {"tbl_receipts": 3, "tbl_koin": "1; drop table x"},
            "alarm_severities": {"stale": "warn"},
            "volume_alarm_exempt_tables": ["' or ''='"],
        },
    ),
    "SQL in a variable that nobody knows": RawStop(
        "parquet",
        nothing,
        (
            'variable some_list: "{{ 1 }}" holds signs',
            'variable some_text: "x\'; drop table y" holds signs',
        ),
        {"some_list": ["plain", "{{ 1 }}"], "some_text": "x'; drop table y"},
    ),
    "hostile names of files": RawStop("csv", deliver_under_hostile_names, (), {}),
    "CSV with columns and line ends of other programs": RawStop(
        "csv", lambda raw: write_as_programs_do(csv(raw)), ()
    ),
    "files that other programs leave": RawStop("parquet", leave_behind, ()),
    "sound Parquet": RawStop("parquet", nothing, ()),
    "sound CSV": RawStop("csv", nothing, ()),
    "unparseable cells": RawStop("csv", write_unparseable_cells, ()),
}


@dataclass(frozen=True)
class Checked:
    """What the check said of each raw folder, and the file with the last folder's views."""

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
    for number, case in enumerate(CASES.values()):
        plain = folder / f"raw_{number}"
        shutil.copytree(sound[case.kind], plain)
        case.damage(plain)
        raw = folder / f"raw_{number} {HOSTILE_NAME}"
        if plain.exists():
            plain.rename(raw)
        cases.append({"raw": str(raw), "vars": case.variables})
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
    # A check publishes nothing: its views are in the file that dbt worked in.
    return Checked(dict(zip(CASES, answers, strict=True)), folder / "file.next.duckdb")


@pytest.mark.parametrize("fault", CASES)
def test_raw_folder_is_checked(checked: Checked, fault: str) -> None:
    expected = CASES[fault].message
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
    # Loads are told apart by hashes of what was delivered, types of columns included.
    of_the_delivery = ("staging.base_", "staging.stg_loads__days")
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
            if not table.startswith(of_the_delivery)
            and db.execute(
                f"(from file.{table} except all from other.{table}) union all"
                f" (from other.{table} except all from file.{table}) limit 1"
            ).fetchall()
        ]
    assert different == []


def test_unparseable_cells_are_listed(checked: Checked) -> None:
    with duckdb.connect(str(checked.database), read_only=True) as db:
        listed = db.execute("from landing.unparseable_rows order by all").fetchall()
        kept = db.execute(
            "select cust_id, sales from cohesive.tbl_receipt order by cust_id"
        ).fetchall()
        lines = db.execute("select sku, gross_sales, net_sales from cohesive.tbl_receipt_line")
        kept += lines.fetchall()
        kept += db.execute("select count(*), min(site_code) from cohesive.tbl_site").fetchall()
    assert [row[:4] for row in listed] == [
        ("cohesive", "tbl_koin", "koin_id-1", "entry_ts"),
        ("cohesive", "tbl_receipt", "receive_main_id-2", "sales"),
        ("cohesive", "tbl_receipt_line", "receive_main_id-1|3000000000", "line_no"),
        ("cohesive", "tbl_receipt_line", "receive_main_id-2|2", "gross_sales"),
        ("cohesive", "tbl_receipt_line", "receive_main_id-3|3", "net_sales"),
    ]
    assert {row[4] for row in listed} == {datetime(2024, 2, 1, 3)}
    assert kept == [
        ("cust_id-1", 1000),
        ("cust_id-3", 3000),
        ("sku-7", 1000, 1000),
        (3, "site_code-1"),
    ]


def test_nulls_of_another_type_in_one_file_change_none(checked: Checked) -> None:
    with duckdb.connect(str(checked.database), read_only=True) as db:
        rows = db.execute(
            "select cust_id, email_opt_in, birth_date, registered_at from cohesive.tbl_member"
            " where cust_id like 'cust_id-1%' order by cust_id"
        ).fetchall()
    assert rows == [
        ("cust_id-1", True, date(2024, 1, 2), datetime(2024, 1, 2, 10)),
        ("cust_id-1+", None, None, None),
    ]


def test_profile_without_the_duckdb_setting_is_told(tmp_path: Path) -> None:
    env = dbt_environment(tmp_path, COHESIVE_RAW_PATH=str(write_tiny_raw(tmp_path / "raw")))
    setting = "disabled_optimizers: top_n_window_elimination"
    for profile, told in ((setting, False), ("disabled_optimizers: ''", True)):
        text = (ROOT / "profiles.example.yml").read_text()
        (tmp_path / "profiles.yml").write_text(text.replace(setting, profile))
        run = run_dbt("run-operation", "check_raw_contract", target="duckdb", env=env)
        assert run.returncode == 0, run.stdout
        assert ("may give wrong rows" in run.stdout) is told
