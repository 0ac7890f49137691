"""DuckDB over PostgreSQL publishes marts whole or not at all, also when its process is killed.

The builds here are of three marts, on a copy of the database that the whole build filled. Raw rows
change between builds, so that each mart before differs from each mart after.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from engines import (
    ROOT,
    Build,
    Environment,
    create_database,
    dbt_command,
    dbt_environment,
    drop_database,
    query,
    run_dbt,
)

from koin_loyalty import postgres

pytestmark = pytest.mark.timeout(300)

MARTS = ("core.dim_sites", "core.dim_products", "restricted.member_contacts")
SELECT = ("--select", *(f"+{mart.split('.')[1]}" for mart in MARTS))
NEWS = """
    update cohesive.tbl_site set site_name = site_name || ' Baru';
    update cohesive.tbl_product set product_name = product_name || ' Baru';
    update cohesive.tbl_member set full_name = full_name || ' Baru';
"""
Signature = dict[str, str]


@dataclass(frozen=True)
class Warehouse:
    """A database with published marts, and the environment of builds that publish to it."""

    settings: Environment
    env: Environment

    def signature(self) -> Signature:
        """A checksum of the rows of each mart, as a reader sees them in one transaction."""
        checksums = ", ".join(
            f"(select md5(string_agg(mart::text, '|' order by mart::text collate \"C\"))"
            f" from {mart} as mart)"
            for mart in MARTS
        )
        return dict(zip(MARTS, query(self.settings, f"select {checksums}")[0], strict=True))

    def leftovers(self) -> list[tuple[str]]:
        """Tables of a copy that was not finished."""
        return query(self.settings, "select relname from pg_class where relname like '%\\_\\_next'")

    def wait_until_alone(self) -> None:
        """Until the server has ended the work of a killed process."""
        others = (
            "select 1 from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        while query(self.settings, others):
            time.sleep(0.05)


@pytest.fixture(scope="module")
def warehouse(
    duckdb_postgres_build: Build, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A copy of the whole build's database and work folder, with news in the raw tables."""
    name = f"koin_loyalty_test_{os.getpid()}_publish"
    original = {key: duckdb_postgres_build.env[key] for key in postgres.settings()}
    settings = create_database(original, name, template=original["PGDATABASE"])
    folder = tmp_path_factory.mktemp("publish") / "build"
    shutil.copytree(duckdb_postgres_build.folder, folder)
    query(settings, NEWS)
    yield Warehouse(settings, dbt_environment(folder, **settings))
    drop_database(original, name)


def start_build(env: Environment) -> subprocess.Popen[str]:
    return subprocess.Popen(
        dbt_command("build", *SELECT, target="duckdb_postgres"),
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill(build: subprocess.Popen[str]) -> None:
    """kill -9."""
    build.send_signal(signal.SIGKILL)
    build.communicate()


def at_line(text: str) -> Callable[[Warehouse], None]:
    """Kills a build when its log says `text`."""

    def act(warehouse: Warehouse) -> None:
        build = start_build(warehouse.env)
        assert build.stdout is not None
        assert any(text in line for line in build.stdout), f"the log never said {text!r}"
        kill(build)

    return act


def while_it_swaps(warehouse: Warehouse) -> None:
    """Kills a build that has copied every mart and waits for a reader to let it swap them."""
    reader = postgres.connect(warehouse.settings)
    try:
        with reader.cursor() as cursor:
            for mart in MARTS:
                cursor.execute(f"select count(*) from {mart}")
            build = start_build(warehouse.env)
            while not query(warehouse.settings, "select 1 from pg_locks where not granted"):
                assert build.poll() is None, build.communicate()[0]
                time.sleep(0.02)
            kill(build)
    finally:
        reader.close()


def test_kill_at_any_moment_leaves_whole_marts(warehouse: Warehouse) -> None:
    before = warehouse.signature()
    seen = {}
    moments = {
        "staging": at_line("OK created sql table model staging."),
        "tests": at_line("PASS "),
        "copying": at_line("copied "),
        "swapping": while_it_swaps,
    }
    for moment, kill_then in moments.items():
        kill_then(warehouse)
        warehouse.wait_until_alone()
        seen[moment] = warehouse.signature()
        assert warehouse.leftovers() == [], moment
    build = run_dbt("build", *SELECT, target="duckdb_postgres", env=warehouse.env)
    assert build.returncode == 0, build.stdout
    assert "marts to PostgreSQL" in build.stdout
    after = warehouse.signature()
    assert all(before[mart] != after[mart] for mart in MARTS)
    # The copies are small: a build killed while it copies may have finished first.
    assert seen.pop("copying") in (before, after)
    assert seen == dict.fromkeys(seen, before)


def test_run_without_tests_publishes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.signature()
    build = run_dbt("run", "--select", "dim_sites", target="duckdb_postgres", env=warehouse.env)
    assert build.returncode == 0, build.stdout
    assert warehouse.signature() == before


def test_failing_test_publishes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.signature()
    query(warehouse.settings, NEWS.replace("Baru", "Lama"))
    failing = ("--vars", "{calendar_ends_on: '2023-12-31'}")
    build = run_dbt(
        "build", "--select", "+fct_receipts", *failing, target="duckdb_postgres", env=warehouse.env
    )
    assert build.returncode == 1, build.stdout
    assert "Nothing is published to PostgreSQL:" in build.stdout
    assert "Published" not in build.stdout
    assert warehouse.signature() == before
