"""Builds of deliveries, dbt in one process for all of them, and the marts compared."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import duckdb
from scratch_project import ROOT, scratch_project

from faults.catalogue import Fault
from faults.delivery import AS_IF, DELIVERED, Counts, Delivery, write_clean
from faults.stopped import SeedRows, SeedStop
from koin_loyalty.sample import generate_sample

RUNNER = ROOT / "tests" / "python" / "run_dbt_cases.py"
QUALITY = "quality.data_quality"
LOADS = "quality.load_volumes"
RUNS = "quality.build_runs"

#: Enough members and weeks for every report, segment and request to have something to say.
MEMBERS, WEEKS, SEED = 120, 109, 5


@dataclass(frozen=True)
class Answer:
    """How a dbt command ended, and what it said of errors and warnings."""

    success: bool
    message: str
    statuses: Mapping[str, str]
    relations: tuple[str, ...]


class DbtProcess:
    """dbt on a project, started and parsed once for many commands."""

    def __init__(self, project: Path, folder: Path, **environment: str) -> None:
        self.target = folder / "target"
        self.log = folder / "dbt.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(RUNNER), str(project)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={
                    **os.environ,
                    "DBT_LOG_PATH": str(folder / "logs"),
                    "DBT_TARGET_PATH": str(self.target),
                    **environment,
                },
                text=True,
            )

    def close(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def run(self, *arguments: str, **environment: str) -> Answer:
        """One command. Raises AssertionError when the process has died."""
        case = {"arguments": arguments, "environment": environment}
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-3_000:]
        answer = json.loads(line)
        message = "\n".join(answer["messages"])
        return Answer(answer["success"], message, answer["statuses"], tuple(answer["marts"]))


class FaultBuilds:
    """A copy of the project, one dbt process for it, a clean delivery and its marts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = scratch_project(folder / "project", {}).folder
        (folder / "home").mkdir()
        self.process = DbtProcess(
            self.project,
            folder,
            DBT_PROFILES_DIR=str(self.project),
            DBT_TARGET="duckdb",
            LOYALTY_DUCKDB_PATH=str(folder / "home" / "loyalty.duckdb"),
        )
        generate_sample(folder / "sample", MEMBERS, WEEKS, SEED)
        self.clean = write_clean(folder / "sample" / "truth", folder / "clean")

    def close(self) -> None:
        """Ends the dbt process."""
        self.process.close()

    def dbt(self, raw: Path, database: Path, *arguments: str) -> Answer:
        """One dbt command on a raw folder, into a database."""
        return self.process.run(
            *arguments, COHESIVE_RAW_PATH=str(raw), LOYALTY_DUCKDB_PATH=str(database)
        )

    @cached_property
    def read_first(self) -> list[str]:
        """Models that read what was delivered: staging, and what looks at raw or judged rows."""
        manifest = json.loads((self.process.target / "manifest.json").read_text())
        models = {k: n for k, n in manifest["nodes"].items() if n["resource_type"] == "model"}
        staging = {key for key, node in models.items() if node["fqn"][1] == "staging"}
        judged = {key for key in staging if models[key]["name"].startswith("base_")}
        first = staging | {
            key
            for key, node in models.items()
            if judged & {*node["depends_on"]["nodes"]}
            or any(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
        }
        return sorted(models[key]["name"] for key in first)

    @cached_property
    def clean_build(self) -> Build:
        """The clean delivery, built: seeds and every model."""
        built = self.build(self.clean, "build_clean")
        assert built.answer.success, built.answer.message
        return built

    def build(self, raw: Path, name: str) -> Build:
        """Seeds and every model of a raw folder."""
        home = self.folder / name
        home.mkdir()
        database = home / "loyalty.duckdb"
        kinds = ("--resource-type", "seed", "--resource-type", "model")
        return Build(database, self.dbt(raw, database, "build", *kinds))

    def build_on_clean(self, raw: Path, name: str) -> Build:
        """The same, but only what differs from the clean build is built anew: first the models
        that read what was delivered, then all that stands on one of them that has changed, and
        what remembers."""
        home = self.folder / name
        home.mkdir()
        database = home / "loyalty.duckdb"
        shutil.copyfile(self.clean_build.database, database)
        with duckdb.connect(str(database)) as db:
            db.execute("drop schema state cascade")
        models = ("build", "--resource-type", "model", "--select")
        answer = self.dbt(raw, database, *models, *self.read_first)
        if answer.success:
            changed = [f"{name}+" for name in self.changed(database)]
            rest = ("path:models/marts/state+", "data_quality", *changed)
            answer = self.dbt(raw, database, *models, *rest)
        return Build(database, answer)

    def changed(self, database: Path) -> list[str]:
        """The models that read what was delivered and are not as in the clean build; judged rows
        apart, whose readers are all among them."""
        with duckdb.connect() as db:
            db.execute(f"attach '{database}' as built (read_only)")
            db.execute(f"attach '{self.clean_build.database}' as clean (read_only)")
            tables = db.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'clean'"
            ).fetchall()
            return [
                name
                for schema, name in tables
                if name in self.read_first
                and not name.startswith("base_")
                and db.execute(
                    f"(from built.{schema}.{name} except all from clean.{schema}.{name}) union all"
                    f" (from clean.{schema}.{name} except all from built.{schema}.{name}) limit 1"
                ).fetchall()
            ]

    def stop(self, mistakes: Sequence[SeedStop]) -> str:
        """What dbt says of mistakes in reference tables, made on the clean build: the seeds are
        loaded anew, then comes what checks them. Raises AssertionError when nothing stops."""
        files = {mistake.seed: self.project / f"seeds/{mistake.seed}.csv" for mistake in mistakes}
        sound = {seed: file.read_bytes() for seed, file in files.items()}
        home = self.folder / "seed_mistakes"
        home.mkdir()
        database = home / "loyalty.duckdb"
        shutil.copyfile(self.clean_build.database, database)
        # The seeds, what checks them, and the steps between.
        selected = sorted({f"{files[m.seed].stem}+,+{m.checks}" for m in mistakes})
        try:
            for mistake in mistakes:
                edit_csv(files[mistake.seed], mistake.edit)
            answer = self.dbt(self.clean, database, "build", "--select", *selected)
        finally:
            for seed, file in files.items():
                file.write_bytes(sound[seed])
            shutil.rmtree(home)
        assert not answer.success, selected
        return answer.message


def edit_csv(file: Path, edit: Callable[[SeedRows], object]) -> None:
    """Changes the rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = list(rows[0])
    edit(rows)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@dataclass(frozen=True)
class Build:
    """A database, and how the dbt command ended that made it."""

    database: Path
    answer: Answer

    @property
    def marts(self) -> list[str]:
        """Every mart that was built, but those that count what was delivered, and the ledger of
        builds, in which no two are equal."""
        return [mart for mart in self.answer.relations if mart not in (QUALITY, LOADS, RUNS)]


def counted(db: duckdb.DuckDBPyConnection, catalog: str) -> Counts:
    """Rows and money of `quality.data_quality`, without zeros."""
    rows = db.execute(
        "select table_name, outcome, reason, row_count, coalesce(amount, 0)"
        f" from {catalog}.{QUALITY} where row_count <> 0"
    ).fetchall()
    return {(table, outcome, reason): (n, amount) for table, outcome, reason, n, amount in rows}


def more_than(expected: Counts, more: Counts) -> Counts:
    """Counts added up, without zeros."""
    total = dict(expected)
    for key, (rows, money) in more.items():
        had_rows, had_money = total.get(key, (0, Decimal(0)))
        total[key] = (had_rows + rows, had_money + money)
    return {key: value for key, value in total.items() if value[0]}


def differences(
    delivery: Delivery, built: Build, expected: Build, marts: Iterable[str]
) -> list[str]:
    """Marts that are not what the delivery must amount to, each with a row that tells."""
    found = []
    with duckdb.connect() as db:
        db.execute(f"attach '{built.database}' as built (read_only)")
        db.execute(f"attach '{expected.database}' as expected (read_only)")
        for mart in marts:
            excluded = delivery.differs.get(mart, []) + delivery.differs.get("*", [])
            if "true" in excluded:
                continue
            where = f"where not coalesce({' or '.join(excluded)}, false)" if excluded else ""
            for side, other, word in (
                ("built", "expected", "surplus"),
                ("expected", "built", "missing"),
            ):
                rows = db.execute(
                    f"select * from {side}.{mart} {where}"
                    f" except all select * from {other}.{mart} {where}"
                ).fetchall()
                if rows:
                    found.append(f"{mart}: {len(rows)} {word} rows: {rows[0]}")
        found += quality_differences(
            counted(db, "built"), more_than(counted(db, "expected"), delivery.counts)
        )
        db.execute("use built")
        for query, rows in delivery.shown:
            shown = db.execute(query).fetchall()
            if shown != rows:
                found.append(f"{query}: {shown}, not {rows}")
    return found


def quality_differences(found: Counts, expected: Counts) -> list[str]:
    """Counts of data_quality that are not those expected."""
    return [
        f"{QUALITY} {key}: {found.get(key)}, not {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key)
    ]


def check(
    builds: FaultBuilds, name: str, faults: Iterable[Fault], *, whole: bool = False
) -> list[str]:
    """Puts faults into a clean delivery, builds it, and says how the marts differ from what the
    delivery amounts to. `whole` builds all of it, else what differs from the clean build."""
    build = builds.build if whole else builds.build_on_clean
    delivery = Delivery(builds.clean)
    for fault in sorted(faults, key=lambda fault: fault.is_wide):
        fault.damage(delivery)
    homes = [builds.folder / f"{kind}_{name}" for kind in ("raw", "as_if", "build", "build_as_if")]
    try:
        expected = builds.clean_build
        if not delivery.amounts_to_clean:
            raw = delivery.write(AS_IF, homes[1])
            expected = builds.build_on_clean(raw, homes[3].name)
            if not expected.answer.success:
                return [f"what it amounts to: {expected.answer.message}"]
        built = build(delivery.write(DELIVERED, homes[0]), homes[2].name)
        if not built.answer.success:
            return [built.answer.message]
        return differences(delivery, built, expected, builds.clean_build.marts)
    finally:
        delivery.db.close()
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)
