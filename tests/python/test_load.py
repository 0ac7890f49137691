"""`koin load`: what arrives in PostgreSQL, what a failing load leaves, and what readers see."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from engines import (
    Environment,
    create_database,
    dbt_environment,
    drop_database,
    query,
    run_dbt,
)
from faults.stopped import damage_pages, text_that_is_not_utf_8
from tiny_raw import write_tiny_raw

from koin_loyalty import postgres
from koin_loyalty.load import load_raw, plain_message
from koin_loyalty.project import source_contract

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def database(
    server: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """An empty database, and the environment set to it."""
    name = f"koin_loyalty_test_{os.getpid()}_load"
    settings = create_database(server, name)
    target = tmp_path_factory.mktemp("load_target")
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**settings, "DBT_TARGET_PATH": str(target)}.items():
            patch.setenv(variable, value)
        yield settings
    drop_database(server, name)


@dataclass(frozen=True)
class FirstLoad:
    """A load into the empty database: its folder, its answer, and the steps it told."""

    raw: Path
    rows: dict[str, int]
    steps: list[str]


@pytest.fixture(scope="module")
def first_load(database: Environment, tmp_path_factory: pytest.TempPathFactory) -> FirstLoad:
    """Three rows a table, as CSV, one of which has a cell that is no number."""
    raw = write_tiny_raw(tmp_path_factory.mktemp("load") / "raw", file_format="csv")
    file = raw / "cohesive" / "tbl_receipt.csv"
    file.write_text(file.read_text().replace("2000.00", '"2.000,5"'))
    steps: list[str] = []
    return FirstLoad(raw, load_raw(raw, progress=steps.append), steps)


def receipts(database: Environment) -> list[tuple[str, object]]:
    return query(
        database,
        "select receive_main_id, sales from cohesive.tbl_receipt order by receive_main_id",
    )


def test_load_makes_the_contracts_tables(database: Environment, first_load: FirstLoad) -> None:
    assert first_load.rows == {
        **dict.fromkeys(source_contract(), 3),
        "cohesive.tbl_receipt": 2,
        "landing.unparseable_rows": 1,
    }
    assert len(first_load.steps) == len(first_load.rows) + 1
    types = query(
        database,
        "select table_schema || '.' || table_name, column_name, data_type, numeric_precision,"
        " numeric_scale from information_schema.columns"
        " where table_schema in ('cohesive', 'stamps')",
    )
    names = {"character varying": "varchar", "timestamp without time zone": "timestamp"}
    found = {
        (table, column): f"numeric({precision},{scale})"
        if data_type == "numeric"
        else names.get(data_type, data_type)
        for table, column, data_type, precision, scale in types
    }
    assert found == {
        (table.full_name, column): data_type
        for table in source_contract().values()
        for column, data_type in table.columns.items()
    }
    assert query(database, "select * from landing.unparseable_rows") == [
        ("cohesive", "tbl_receipt", "receive_main_id-2", "sales", datetime(2024, 2, 1, 3))
    ]


def test_load_replaces_or_appends_and_keeps_grants_and_views(
    database: Environment, first_load: FirstLoad
) -> None:
    query(database, "grant select on cohesive.tbl_receipt to public")
    query(database, "create view public.first_koin as select koin_id from cohesive.tbl_koin")
    load_raw(first_load.raw)
    assert len(receipts(database)) == 2
    assert query(database, "select count(*) from public.first_koin") == [(3,)]
    granted = query(
        database,
        "select privilege_type from information_schema.role_table_grants"
        " where table_name = 'tbl_receipt' and grantee = 'PUBLIC'",
    )
    assert granted == [("SELECT",)]
    # As versions before made it.
    query(database, "alter table landing.unparseable_rows drop column _loaded_at")
    load_raw(first_load.raw, schemas=["cohesive"], truncate=False)
    assert query(database, "select _loaded_at from landing.unparseable_rows order by 1") == [
        (datetime(2024, 2, 1, 3),),
        (None,),
    ]
    assert len(receipts(database)) == 4
    assert query(database, "select count(*) from stamps.message_event") == [(3,)]


def test_failing_load_changes_nothing(
    database: Environment, first_load: FirstLoad, tmp_path: Path
) -> None:
    before = receipts(database)
    damaged = write_tiny_raw(tmp_path / "damaged", rows=2)
    events = damaged / "stamps" / "message_event.parquet"
    damage_pages(events)
    shutil.copy(damaged / "cohesive" / "tbl_member.parquet", tmp_path / "sound.parquet")
    with pytest.raises(RuntimeError, match=r"^copying stamps\.message_event: [^\n]*$"):
        load_raw(damaged)
    events.unlink()
    text_that_is_not_utf_8(damaged / "cohesive" / "tbl_member.parquet", "email")
    expected = r"^[^\n]* cohesive\.tbl_member\.email: the text is not UTF-8 in [^\n]*\.parquet$"
    with pytest.raises(ValueError, match=expected):
        load_raw(damaged)
    shutil.copy(tmp_path / "sound.parquet", damaged / "cohesive" / "tbl_member.parquet")
    with pytest.raises(ValueError, match=r"^[^\n]*stamps\.message_event: no file[^\n]*$"):
        load_raw(damaged)
    assert receipts(database) == before
    assert query(database, "select relname from pg_class where relname like '%\\_\\_next'") == []


def test_a_reader_keeps_its_content_until_it_is_done(
    database: Environment, first_load: FirstLoad, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(first_load.raw, raw)
    file = raw / "cohesive" / "tbl_receipt.csv"
    file.write_text(file.read_text().replace("3000.00", "3500.00"))
    reader = postgres.connect(database)
    with reader.cursor() as cursor:
        cursor.execute("select max(sales) from cohesive.tbl_receipt")
        thread = threading.Thread(target=load_raw, args=(raw,))
        thread.start()
        while thread.is_alive():
            if query(database, "select pid from pg_locks where not granted"):
                break
        cursor.execute("select max(sales) from cohesive.tbl_receipt")
        assert cursor.fetchall() == [(3000,)]
    reader.rollback()
    reader.close()
    thread.join()
    assert query(database, "select max(sales) from cohesive.tbl_receipt") == [(3500,)]


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        (
            "Invalid Input Error: No magic bytes in 'raw/cohesive/tbl_koin.parquet'\n\nLINE 3: x",
            "cohesive.tbl_koin: Invalid Input Error: No magic bytes in"
            " 'raw/cohesive/tbl_koin.parquet'",
        ),
        ("Encountered an error:\n", ""),
        (
            "Encountered an error:\nThe raw data do not fit:\n  cohesive.tbl_koin.koin: absent"
            " in x/cohesive/tbl_koin/1.csv\n\n  > in macro check (macros/check.sql)",
            "The raw data do not fit: cohesive.tbl_koin.koin: absent in x/cohesive/tbl_koin/1.csv",
        ),
    ],
)
def test_messages_are_one_line_with_their_table(message: str, plain: str) -> None:
    assert plain_message(message, ["cohesive.tbl_receipt", "cohesive.tbl_koin"]) == plain


@pytest.mark.parametrize("target", ["postgres", "duckdb_postgres"])
def test_numbers_that_a_server_holds_and_the_contract_cannot_stop_a_build(
    database: Environment, first_load: FirstLoad, tmp_path: Path, target: str
) -> None:
    """One engine would round half a koin up, the other cut it off."""
    load_raw(first_load.raw)
    query(
        database,
        "alter table cohesive.tbl_koin alter koin type numeric;"
        "update cohesive.tbl_koin set koin = koin + 0.5 where koin_id = 'koin_id-1';"
        "alter table cohesive.tbl_receipt_line alter line_no type bigint",
    )
    env = dbt_environment(tmp_path, **database)
    run = run_dbt("run-operation", "check_raw_contract", target=target, env=env)
    assert run.returncode == 1
    assert "cohesive.tbl_koin.koin: 1 values of type" in run.stdout
    assert "are no numeric(18,0)" in run.stdout
    assert "line_no" not in run.stdout
