"""Every fault of the catalogue ends as the catalogue says, and none is silent.

`make test-faults` puts all faults of an outcome into one delivery, then each by itself, and fifty
random sets of three at once. Those of the raw contract run in every `make test`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import (
    ROOT,
    Environment,
    create_database,
    dbt_environment,
    drop_database,
    query,
    run_dbt,
)
from faults.builds import DbtProcess, FaultBuilds, check
from faults.catalogue import (
    CORRECTED,
    FAULTS,
    QUARANTINED,
    UNKNOWN,
    Fault,
    random_sets,
    together,
)
from faults.delivery import MEMBER_SALE, Delivery
from faults.document import DOCUMENT, document
from faults.stopped import PAGE_STOPS, RAW_STOPS, SEED_STOPS
from shared import LONG
from tiny_raw import write_tiny_raw

#: What the random sets are drawn with.
SETS, SIZE, SEED = 50, 3, 20_231_016


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultBuilds]:
    """One dbt process, a clean delivery and its marts."""
    made = FaultBuilds(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()


def test_the_catalogue_has_every_class_of_fault() -> None:
    assert len(FAULTS) + len(RAW_STOPS) + len(PAGE_STOPS) + len(SEED_STOPS) >= 100
    assert {fault.outcome for fault in FAULTS.values()} == {CORRECTED, QUARANTINED, UNKNOWN}
    assert all(fault.says for fault in FAULTS.values())
    assert len({fault.damage for fault in FAULTS.values()}) == len(FAULTS)


def test_the_document_is_the_catalogue() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == document(), "docs/faults.md differs: run `make faults-document`"


@pytest.mark.parametrize("outcome", [CORRECTED, QUARANTINED, UNKNOWN])
def test_faults_of_an_outcome_at_once(builds: FaultBuilds, outcome: str) -> None:
    faults = together(outcome)
    assert len(faults) > 10
    found = check(builds, outcome, faults, whole=True)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("checks", sorted({stop.checks for stop in SEED_STOPS.values()}))
def test_mistakes_in_reference_tables_are_all_named_at_once(
    builds: FaultBuilds, checks: str
) -> None:
    mistakes = [stop for stop in SEED_STOPS.values() if stop.checks == checks and stop.is_read]
    message = builds.stop(mistakes)
    missing = [part for stop in mistakes for part in stop.message if part not in message]
    assert missing == [], message


@pytest.mark.parametrize("name", PAGE_STOPS)
def test_damage_inside_a_file(builds: FaultBuilds, tmp_path: Path, name: str) -> None:
    stop = PAGE_STOPS[name]
    raw = write_tiny_raw(tmp_path / "raw")
    stop.damage(raw)
    (tmp_path / "build").mkdir()
    database = tmp_path / "build" / "loyalty.duckdb"
    answer = builds.dbt(raw, database, "run", "--select", "path:models/staging/cohesive/base")
    assert not answer.success
    assert [part for part in stop.message if part not in answer.message] == [], answer.message
    # A text may be somebody's name: it is shown only of tables that hold none.
    assert ("ambil" in answer.message) is ("ambil" in stop.message)
    stopped = {key for key, status in answer.statuses.items() if status != "success"}
    assert len(stopped) <= 2, stopped


@LONG
@pytest.mark.parametrize("name", FAULTS)
def test_fault(builds: FaultBuilds, name: str) -> None:
    found = check(builds, "one", [FAULTS[name]])
    assert found == [], "\n".join(found)


@LONG
@pytest.mark.parametrize("names", random_sets(SETS, SIZE, SEED), ids=" + ".join)
def test_three_faults_at_once(builds: FaultBuilds, names: tuple[str, ...]) -> None:
    found = check(builds, "three", [FAULTS[name] for name in names])
    assert found == [], "\n".join(found)


@LONG
@pytest.mark.parametrize("name", SEED_STOPS)
def test_mistake_in_a_reference_table(builds: FaultBuilds, name: str) -> None:
    message = builds.stop([SEED_STOPS[name]])
    assert [part for part in SEED_STOPS[name].message if part not in message] == [], message


#: Damage that a PostgreSQL schema can have, what undoes it, and what the message must hold.
IN_POSTGRES = {
    "missing table": (
        "alter table cohesive.tbl_voucher rename to tbl_vouchers",
        "alter table cohesive.tbl_vouchers rename to tbl_voucher",
        "cohesive.tbl_voucher: the table was not delivered",
    ),
    "missing column": (
        "alter table cohesive.tbl_receipt rename sales to turnover",
        "alter table cohesive.tbl_receipt rename turnover to sales",
        "cohesive.tbl_receipt.sales: the column is missing",
    ),
    "wrong type": (
        "alter table cohesive.tbl_koin alter koin type varchar",
        "alter table cohesive.tbl_koin alter koin type numeric(18, 0) using koin::numeric",
        "cohesive.tbl_koin.koin: expected numeric(18,0), found character varying",
    ),
    "time zone": (
        "alter table stamps.message_event alter event_ts type timestamptz",
        "alter table stamps.message_event alter event_ts type timestamp",
        "stamps.message_event.event_ts: expected timestamp, found timestamp with time zone",
    ),
    "empty receipts": (
        "create table public.kept as table cohesive.tbl_receipt; truncate cohesive.tbl_receipt",
        "insert into cohesive.tbl_receipt table public.kept; drop table public.kept",
        "cohesive.tbl_receipt: no row",
    ),
    "wrong type in a materialized view": (
        "alter table cohesive.tbl_koin alter koin type varchar;"
        " alter table cohesive.tbl_koin rename to kept;"
        " create materialized view cohesive.tbl_koin as table cohesive.kept",
        "drop materialized view cohesive.tbl_koin; alter table cohesive.kept rename to tbl_koin;"
        " alter table cohesive.tbl_koin alter koin type numeric(18, 0) using koin::numeric",
        "cohesive.tbl_koin.koin: expected numeric(18,0), found character varying",
    ),
}


@LONG
def test_faults_in_postgres_stop_the_run(
    server: Environment, loaded_database: Environment, tmp_path: Path
) -> None:
    """What bad values become there, the comparison of the engines tells."""
    name = f"koin_loyalty_test_{os.getpid()}_faults"
    settings = create_database(server, name, template=loaded_database["PGDATABASE"])
    env = dbt_environment(tmp_path, **settings, DBT_TARGET="postgres")
    process = DbtProcess(ROOT, tmp_path, **env)
    try:
        for fault, (damage, repair, message) in IN_POSTGRES.items():
            query(settings, damage)
            answer = process.run("run-operation", "check_raw_contract")
            assert not answer.success, fault
            assert message in answer.message, fault
            query(settings, repair)
        assert process.run("run-operation", "check_raw_contract").success
    finally:
        process.close()
        drop_database(server, name)


def test_raw_tables_in_postgres_may_be_views_of_all_kinds(
    server: Environment, loaded_database: Environment, tmp_path: Path
) -> None:
    name = f"koin_loyalty_test_{os.getpid()}_views"
    settings = create_database(server, name, template=loaded_database["PGDATABASE"])
    try:
        for table, kind in (("tbl_koin", "materialized view"), ("tbl_voucher", "view")):
            query(
                settings,
                f"alter table cohesive.{table} rename to kept_{table};"
                f" create {kind} cohesive.{table} as table cohesive.kept_{table}",
            )
        env = dbt_environment(tmp_path, **settings)
        checked = run_dbt("run-operation", "check_raw_contract", target="postgres", env=env)
    finally:
        drop_database(server, name)
    assert checked.returncode == 0, checked.stdout


@LONG
def test_a_fault_that_is_not_told_is_found(builds: FaultBuilds) -> None:
    """What compares the marts can fail: a fault that says nothing of what it does is told."""

    def silent(delivery: Delivery) -> None:
        """A receipt sells more than it did."""
        row = delivery.victim("tbl_receipt", MEMBER_SALE)
        delivery.change("tbl_receipt", delivery.condition("tbl_receipt", row), sales="sales + 1000")

    found = check(builds, "silent", [Fault(CORRECTED, silent)])
    assert any(text.startswith("core.fct_receipts: 1 surplus rows") for text in found)
    assert any("lines_differ_from_sales" in text for text in found)
