"""Write, audit, publish: readers see marts whole and tested or as they were, on every target, also
when builds fail, meet, or are killed.

The builds here are of three marts and of state, on a copy of what the whole build made. Raw rows
change between builds, so that each mart before differs from each mart after. test_crashes.py kills
builds at random moments.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import pytest
from readers import (
    LEDGER,
    MARTS,
    STATE,
    TARGETS,
    Readers,
    Signature,
    copy_of,
    deliver_two_members,
    kill,
    until,
)
from shared import LONG

from koin_loyalty import postgres

pytestmark = pytest.mark.timeout(1800)

#: duckdb_postgres builds as DuckDB does; what it does alone, the copy, is killed in every run.
TARGETS_OF_EVERY_RUN = [*TARGETS[:2], pytest.param(TARGETS[2], marks=LONG)]


@pytest.fixture(scope="module", params=TARGETS)
def readers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Readers]:
    """A copy of the whole build of a target."""
    build = request.getfixturevalue(f"{request.param}_build")
    with copy_of(build, tmp_path_factory.mktemp(request.param), "publish") as copied:
        yield copied


def while_it_swaps(readers: Readers) -> None:
    """Kills a build that has swapped marts and waits for a reader to let it swap the last one."""
    reader = postgres.connect(readers.settings)
    try:
        with reader.cursor() as cursor:
            cursor.execute(f"select count(*) from {MARTS[-1]}")
            build = readers.start_build()
            waits = (
                "select 1 from pg_locks inner join pg_database on database = pg_database.oid"
                " where not granted and datname = current_database()"
            )
            while not readers.rows(waits):
                assert build.poll() is None, build.communicate()[0]
                time.sleep(0.02)
            kill(build)
    finally:
        reader.close()


def while_it_copies(readers: Readers) -> None:
    """Kills a build at the first mart that it has copied."""
    build = readers.start_build()
    until(build, "copied ")
    kill(build)


def while_it_tests(readers: Readers, before: Signature) -> None:
    """Kills a build in its tests, beside which a second one was refused."""
    build = readers.start_build()
    until(build, "OK created sql table model staging.")
    # It would be done before the second one has begun.
    build.send_signal(signal.SIGSTOP)
    second = readers.build()
    build.send_signal(signal.SIGCONT)
    assert second.returncode != 0
    assert "dbt build" in second.stdout, second.stdout
    assert " since 20" in second.stdout, second.stdout
    assert readers.signature() == before
    until(build, "PASS ")
    kill(build)


@pytest.mark.parametrize("readers", TARGETS_OF_EVERY_RUN, indirect=True)
def test_readers_see_whole_and_tested_marts(readers: Readers) -> None:
    deliver_two_members(readers)
    before, state, runs = readers.signature(), readers.signature(STATE), readers.runs()
    readers.bring_news("Baru")

    if readers.target == "postgres":
        while_it_swaps(readers)
    else:
        while_it_tests(readers, before)
    readers.wait_until_alone()
    assert readers.signature() == before
    assert readers.runs() == runs

    # A row that stands twice in state fails its test.
    deliver_two_members(readers)
    failed = readers.build()
    assert failed.returncode == 1, failed.stdout
    assert "Nothing is published to" in failed.stdout
    assert "Published" not in failed.stdout
    assert readers.signature() == before
    assert readers.runs() == [*runs, ("failed", 1)]
    troubles = f"select troubles from {LEDGER} where status = 'failed'"
    assert readers.rows(troubles) == [("unique_combination_audience_deliveries fail",)]
    readers.write("delete from audiences.audience_deliveries")
    deliver_two_members(readers)

    done = readers.build()
    assert done.returncode == 0, done.stdout
    assert "marts to" in done.stdout
    after = readers.signature()
    assert all(before[mart] != after[mart] for mart in MARTS)
    assert readers.signature(STATE) == state
    assert readers.runs() == [*runs, ("failed", 1), ("published", 0)]
    assert readers.leftovers() == []


@pytest.mark.parametrize("readers", TARGETS_OF_EVERY_RUN, indirect=True)
def test_the_ledger_tells_of_runs(readers: Readers) -> None:
    rows = readers.rows(
        f"""
        select target_name, selection, variables, as_of_date is not null,
            last_loaded_at is not null, model_count > 0, test_count > 0, code_version <> 'unknown'
        from {LEDGER}
        order by started_at
        """
    )
    whole, last = rows[0], rows[-1]
    assert whole == (readers.target, None, whole[2], True, True, True, True, True)
    assert "propensity_min_buyers" in whole[2]
    assert last[1].startswith("--select +dim_sites")
    counted = f"select mart_row_counts from {LEDGER} order by started_at desc limit 1"
    sites = readers.rows("select count(*) from core.dim_sites")[0][0]
    assert f'"core.dim_sites": {sites},' in readers.rows(counted)[0][0]


@pytest.mark.parametrize(
    ("readers", "moment"),
    [
        ("duckdb_postgres", while_it_swaps),
        pytest.param("duckdb_postgres", while_it_copies, marks=LONG),
    ],
    indirect=["readers"],
)
def test_kill_while_marts_are_published(
    readers: Readers, moment: Callable[[Readers], None]
) -> None:
    before, runs = readers.signature(), readers.runs()
    readers.bring_news("Lama")
    moment(readers)
    readers.wait_until_alone()
    now = readers.signature()
    # The copies are small: a build killed while it copies may have finished first.
    changed = {mart for mart in MARTS if now[mart] != before[mart]}
    assert changed in (set(), set(MARTS))
    assert moment is while_it_copies or not changed
    # The ledger tells of what was published, and of nothing else.
    assert len(readers.runs()) == len(runs) + bool(changed)
    assert readers.leftovers() == []


@LONG
@pytest.mark.parametrize("readers", ["postgres"], indirect=True)
def test_views_and_grants_survive(readers: Readers) -> None:
    """Also a mart that is new: it gets the default privileges of its schema."""
    role = f"{readers.settings['PGDATABASE']}_reader"
    readers.write(
        f"""
        create role "{role}";
        alter default privileges in schema core grant select on tables to "{role}";
        drop table core.dim_products cascade;
        grant select on restricted.member_contacts to "{role}";
        create view public.site_names as select site_code, site_name from core.dim_sites;
        """
    )
    try:
        readers.bring_news("Sekali")
        done = readers.build()
        assert done.returncode == 0, done.stdout
        names = readers.rows("select min(site_name), count(*) from public.site_names")
        assert names == readers.rows("select min(site_name), count(*) from core.dim_sites")
        new = "select count(*) from public.site_names where upper(site_name) like '% SEKALI'"
        assert readers.rows(new)[0][0] > 1
        for mart in ("core.dim_products", "restricted.member_contacts"):
            assert readers.rows(f"select has_table_privilege('{role}', '{mart}', 'select')") == [
                (True,)
            ]
        schemas = "select nspname from pg_namespace where nspname like '%\\_\\_next'"
        assert readers.rows(schemas) == []
    finally:
        readers.write(f'drop owned by "{role}"; drop role "{role}"; drop view public.site_names')


@LONG
def test_runs_that_are_no_whole_build_publish_nothing(readers: Readers) -> None:
    before, runs = readers.signature(), readers.runs()
    readers.bring_news("Nihil")
    done = readers.build("--select", "+dim_sites", "--empty")
    assert done.returncode == 0, done.stdout
    assert "Nothing is published to" in done.stdout
    assert readers.signature() == before
    assert readers.runs() == [*runs, ("not_published", 0)]
