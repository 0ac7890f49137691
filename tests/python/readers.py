"""Builds that readers look at while they run: what they see, on each target, and how builds die."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
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

MARTS = ("core.dim_sites", "core.dim_products", "restricted.member_contacts")
STATE = (
    "state.kpi_versions",
    "audiences.audience_deliveries",
    "audiences.audience_delivery_manifests",
)
LEDGER = "quality.build_runs"
#: These marts with all that they stand on; state, on what the whole build made before.
SELECT = (
    "--select",
    *(f"+{mart.split('.')[1]}" for mart in MARTS),
    *(name.split(".")[1] for name in (*STATE, LEDGER)),
    # Nothing changes them between builds.
    *("--exclude", "resource_type:seed", "resource_type:unit_test"),
)
#: Those of the whole build, so that dbt need not read the project anew.
VARIABLES = ("--vars", "propensity_min_buyers: 12")
#: A raw column that each of the marts shows.
NEWS = {"tbl_site": "site_name", "tbl_product": "product_name", "tbl_member": "full_name"}
#: A test fails: receipts lie outside of the calendar.
FAILING = ("--select", "+fct_receipts", "--vars", "{calendar_ends_on: '2023-12-31'}")
TARGETS = ("duckdb", "postgres", "duckdb_postgres")
Signature = dict[str, str]


@dataclass(frozen=True)
class Readers:
    """A copy of a whole build of a target, that more builds write and readers read."""

    target: str
    folder: Path
    env: Environment
    settings: Environment | None

    @property
    def file(self) -> Path:
        """The DuckDB file that readers open."""
        return Path(self.env["LOYALTY_DUCKDB_PATH"])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a reader gets who comes now."""
        if self.settings is not None:
            return query(self.settings, sql)
        with duckdb.connect(str(self.file), read_only=True) as db:
            return db.execute(sql).fetchall()

    def write(self, sql: str) -> None:
        """Writes where readers read, as `koin deliver` does."""
        if self.settings is not None:
            query(self.settings, sql)
            return
        with duckdb.connect(str(self.file)) as db:
            db.execute(sql)

    def signature(self, relations: tuple[str, ...] = MARTS) -> Signature:
        """A checksum of the rows of each relation, all read at one time."""
        checksums = ", ".join(
            f"(select md5(coalesce(string_agg(md5(cast(mart as varchar)), '|'"
            f" order by md5(cast(mart as varchar))), '')) from {relation} as mart)"
            for relation in relations
        )
        return dict(zip(relations, self.rows(f"select {checksums}")[0], strict=True))

    def runs(self) -> list[tuple[str, int]]:
        """Status and number of rows in the marts of each run in the ledger, in order."""
        return self.rows(f"select status, failure_count from {LEDGER} order by started_at")

    def bring_news(self, word: str) -> None:
        """Changes raw rows, so that each of the marts will differ."""
        for table, column in NEWS.items():
            if self.settings is not None:
                query(
                    self.settings,
                    f"update cohesive.{table} set {column} = {column} || ' {word}'",
                )
                continue
            file = Path(self.env["COHESIVE_RAW_PATH"]) / "cohesive" / f"{table}.parquet"
            new = file.with_suffix(".new")
            with duckdb.connect() as db:
                db.execute(
                    f"copy (select * replace ({column} || ' {word}' as {column}) from '{file}')"
                    f" to '{new}' (format parquet)"
                )
            new.replace(file)

    def build(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A build to its end, by default of SELECT."""
        return run_dbt(*build_command(arguments), target=self.target, env=self.env)

    def start_build(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """A build that runs beside the test."""
        return subprocess.Popen(
            dbt_command(*build_command(arguments), target=self.target),
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def fill_free_blocks(self) -> None:
        """Fills what earlier builds left free inside the readers' file: a build would fit there."""
        with duckdb.connect(str(self.file)) as db:
            (free_bytes,) = db.execute(
                "select block_size * free_blocks from pragma_database_size()"
            ).fetchall()[0]
            uuids = free_bytes // 16 + 1
            db.execute(f"create table main.filler as select uuid() from range({uuids})")

    def build_in_small_files(self, most: int) -> subprocess.CompletedProcess[str]:
        """A build that cannot make a file longer than so many bytes, as on a full disk."""
        build = self.start_build(
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        )
        said, _ = build.communicate()
        return subprocess.CompletedProcess(build.args, build.returncode, said)

    def wait_until_alone(self) -> None:
        """Until the server has ended the work of a killed process."""
        others = (
            "select 1 from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        while self.settings is not None and query(self.settings, others):
            time.sleep(0.05)

    def leftovers(self) -> list[Any]:
        """What an unfinished copy or swap left where readers look."""
        if self.settings is not None:
            return query(
                self.settings,
                "select relname from pg_class inner join pg_namespace"
                " on pg_class.relnamespace = pg_namespace.oid"
                " where relname like '%\\_\\_next' and nspname not like '%\\_\\_next'",
            )
        return [file.name for file in self.file.parent.glob("*.part")]


def build_command(arguments: Sequence[str]) -> tuple[str, ...]:
    """`build` with these arguments, by default of SELECT."""
    variables = () if "--vars" in arguments else VARIABLES
    return ("build", *variables, *(arguments or SELECT))


def until(build: subprocess.Popen[str], text: str) -> None:
    """Waits until a build's log says `text`."""
    assert build.stdout is not None
    assert any(text in line for line in build.stdout), f"the log never said {text!r}"


def kill(build: subprocess.Popen[str]) -> None:
    """kill -9."""
    build.send_signal(signal.SIGKILL)
    build.communicate()


def deliver_two_members(readers: Readers) -> None:
    """A delivered audience, written as `koin deliver` writes it, its manifest aside."""
    readers.write(
        """
        insert into audiences.audience_deliveries
            (request_id, cust_id, outcome, audience_rank, split_value, tier_code)
        values
            ('R-TEST', 'NOBODY-1', 'target', 1, 'ALL', 'GOLD'),
            ('R-TEST', 'NOBODY-2', 'holdout', 2, 'ALL', 'SILVER')
        """
    )


@contextmanager
def copy_of(build: Build, folder: Path, purpose: str) -> Iterator[Readers]:
    """A copy of a whole build with its raw data, where a test may do anything."""
    place = folder / "build"
    shutil.copytree(build.folder, place)
    if build.target == "duckdb":
        raw = folder / "raw"
        shutil.copytree(build.env["COHESIVE_RAW_PATH"], raw)
        env = dbt_environment(place, COHESIVE_RAW_PATH=str(raw))
        yield Readers(build.target, place, env, None)
        return
    original = {key: build.env[key] for key in postgres.settings()}
    name = f"koin_loyalty_test_{os.getpid()}_{purpose}_{build.target}"
    settings = create_database(original, name, template=original["PGDATABASE"])
    try:
        yield Readers(build.target, place, dbt_environment(place, **settings), settings)
    finally:
        drop_database(original, name)
