"""The steps of the benchmark. Each leaves its figures in `<work>/results/<step>.json`."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import raw_data as data
from measure import Measured, Run, timed
from peers import run as peers

from koin_loyalty import postgres

DEFAULT_MEMORY_LIMIT = "6GB"
DBT = str(Path(sys.executable).with_name("dbt"))
KOIN = str(Path(sys.executable).with_name("koin"))
REQUESTS = 50
#: What the hand-written scripts compute, too: not the long table and its state.
WEEKLY_MARTS = " ".join(f"+{mart}" for mart in peers.MARTS if mart.startswith("weekly_"))
AUDIENCES = " ".join(
    (
        "segment_requests",
        "path:models/intermediate/requests",
        "path:models/intermediate/audiences",
        "path:models/marts/audiences",
        "path:models/marts/restricted",
    )
)
#: What runs every night: unit tests hold code, not data.
NIGHTLY = [DBT, "build", "--exclude-resource-type", "unit_test"]
WITHOUT_TESTS = ["--resource-type", "seed", "--resource-type", "model"]
#: A server as its engineer sets it up for two cores and such tables.
SERVER_SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
}


@dataclass(frozen=True)
class Bench:
    """Sizes and places of a run. Everything is written to `work`."""

    work: Path
    members: int
    receipts_per_member: float
    weeks: int
    repeat: int
    memory_limit: str = DEFAULT_MEMORY_LIMIT

    @property
    def settings(self) -> dict[str, Any]:
        """What the raw data depend on."""
        return {
            "members": self.members,
            "receipts_per_member": self.receipts_per_member,
            "weeks": self.weeks,
        }

    @property
    def raw(self) -> Path:
        """The raw folder at the end of week `weeks`."""
        return self.work / "raw"

    @property
    def raw_next(self) -> Path:
        """The same, a week later."""
        return self.work / "raw_next"

    @property
    def raw_now(self) -> Path:
        """The folder that dbt reads: one of both."""
        return self.work / "raw_now"

    @property
    def project(self) -> Path:
        """A copy of the dbt project, with requests that fit the data."""
        return self.work / "project"

    @property
    def marts(self) -> Path:
        """The readers' file."""
        return self.work / "build" / "marts.duckdb"

    def kept(self, step: str) -> Path:
        """The readers' file as a step left it. Raises ValueError when it has not run."""
        file = self.work / f"{step}.duckdb"
        if not file.exists():
            raise ValueError(f"run the step {step} first: this one needs the marts that it leaves")
        return file

    def keep(self, step: str) -> None:
        """Puts the readers' file aside."""
        shutil.copyfile(self.marts, self.work / f"{step}.duckdb")

    def env(self, **variables: str) -> dict[str, str]:
        """Settings under which a process writes to `work` alone."""
        build = self.work / "build"
        build.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data.ROOT / "profiles.example.yml", build / "profiles.yml")
        return {
            **os.environ,
            "COHESIVE_RAW_PATH": str(self.raw_now),
            "DBT_PROFILES_DIR": str(build),
            "DBT_TARGET_PATH": str(build / "target"),
            "DBT_LOG_PATH": str(build / "logs"),
            "LOYALTY_DUCKDB_PATH": str(self.marts),
            "LOYALTY_WORK_DUCKDB_PATH": str(build / "work.duckdb"),
            "LOYALTY_MEMORY_LIMIT": self.memory_limit,
            **variables,
        }

    def run(self, name: str, command: list[str], env: dict[str, str] | None = None) -> Run:
        """One run of a command, in the project's copy."""
        print(f"{name} ...", end=" ", flush=True)
        done = timed(command, env or self.env(), self.project, self.work / "log.txt")
        print(f"{done.seconds:.1f} s, {done.peak_mb:,.0f} MB", flush=True)
        return done

    def measure(
        self,
        name: str,
        command: list[str],
        env: dict[str, str] | None = None,
        prepare: Callable[[], object] = lambda: None,
    ) -> Measured:
        """`repeat` runs, each after `prepare`, which is not timed."""
        runs = []
        for number in range(self.repeat):
            prepare()
            # What was written before must not wait for the disk while the command does.
            os.sync()
            runs.append(self.run(f"{name}, {number + 1} of {self.repeat}", command, env))
        return Measured(runs)

    def point_to(self, raw: Path) -> None:
        """Lets dbt read this raw folder; its path stays, as where a nightly load adds to it."""
        self.raw_now.unlink(missing_ok=True)
        self.raw_now.symlink_to(raw, target_is_directory=True)

    def begin_with(self, step: str | None) -> None:
        """Puts the readers' file back to what a step left, or to nothing."""
        for file in self.marts.parent.glob("*.duckdb*"):
            # What a build that was killed spilled lies in a folder.
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        if step:
            shutil.copyfile(self.kept(step), self.marts)

    def save(self, step: str, **found: Any) -> None:
        """Keeps what a step measured."""
        is_usual = step == "data" or self.memory_limit == DEFAULT_MEMORY_LIMIT
        suffix = "" if is_usual else f"@{self.memory_limit}"
        folder = self.work / "results"
        folder.mkdir(exist_ok=True)
        ready = {
            key: value.as_json() if isinstance(value, Measured) else value
            for key, value in found.items()
        }
        (folder / f"{step}{suffix}.json").write_text(json.dumps(ready, indent=1))


def prepare(bench: Bench) -> None:
    """Raw data of the asked size, unless they are there, and a fresh copy of the project."""
    settings = bench.work / "settings.json"
    wanted = json.dumps(bench.settings)
    if not settings.exists() or settings.read_text() != wanted:
        shutil.rmtree(bench.work, ignore_errors=True)
        bench.work.mkdir(parents=True)
        data.copy_project(bench.project)
        sample = [KOIN, "sample", "--members", str(bench.members), "--seed", "1"]
        sample += ["--receipts-per-member", str(bench.receipts_per_member)]
        sample += ["--weeks", str(bench.weeks + 1), "--out", str(bench.raw_next)]
        bench.run("generate the raw data", sample)
        data.cut_last_week(bench.raw_next, bench.raw, bench.weeks)
        bench.save("data", rows=data.raw_sizes(bench.raw), next=data.raw_sizes(bench.raw_next))
        settings.write_text(wanted)
    data.copy_project(bench.project)
    data.write_requests(bench.project, bench.weeks)
    bench.point_to(bench.raw)
    bench.run("let dbt read the project", [DBT, "parse"])


def timings(bench: Bench) -> dict[str, Any]:
    """The last dbt command by its own clock: seconds without start and parsing, and by node."""
    results = json.loads((bench.work / "build" / "target" / "run_results.json").read_text())
    nodes = [
        (row["execution_time"], *row["unique_id"].split(".")[::2][:2]) for row in results["results"]
    ]
    return {"inside": results["elapsed_time"], "nodes": sorted(nodes, reverse=True)}


def full(bench: Bench) -> None:
    """Everything from nothing: every seed, model and test of data."""
    measured = bench.measure("full build", NIGHTLY, prepare=lambda: bench.begin_with(None))
    bench.keep("full")
    size = bench.marts.stat().st_size / 2**20
    bench.save("full", runs=measured, file_mb=size, **timings(bench))


def incremental(bench: Bench) -> None:
    """One more week on top of it."""
    bench.point_to(bench.raw_next)
    measured = bench.measure("one more week", NIGHTLY, prepare=lambda: bench.begin_with("full"))
    bench.save("incremental", runs=measured, **timings(bench))
    bench.point_to(bench.raw)


def weekly(bench: Bench) -> None:
    """The weekly marts and what they stand on, from nothing, without tests."""
    measured = bench.measure(
        "weekly marts",
        [DBT, "build", "--select", WEEKLY_MARTS, *WITHOUT_TESTS],
        prepare=lambda: bench.begin_with(None),
    )
    bench.keep("weekly")
    bench.save("weekly", runs=measured, **timings(bench))


def script(bench: Bench) -> None:
    """The hand-written DuckDB script."""
    marts = bench.kept("weekly")
    database = bench.work / "hand_written.duckdb"
    measured = bench.measure(
        "hand-written DuckDB script",
        [sys.executable, str(peers.__file__), "duckdb", str(bench.raw), str(database)],
    )
    attach = f"attach '{database}' as theirs (read_only)"
    differing = peers.differing_rows(marts, peers.IN_DUCKDB, attach)
    bench.save("script", runs=measured, differing=differing)


def pandas(bench: Bench) -> None:
    """pandas over the raw files."""
    marts = bench.kept("weekly")
    out = bench.work / "pandas"
    command = [sys.executable, str(peers.PEERS / "weekly_marts.py")]
    measured = bench.measure(
        "pandas", [*command, str(bench.raw), str(data.ROOT / "seeds"), str(out)]
    )
    differing = peers.differing_rows(marts, peers.in_parquet(out))
    bench.save("pandas", runs=measured, differing=differing)


@contextmanager
def server(bench: Bench) -> Iterator[dict[str, str]]:
    """A PostgreSQL of the benchmark's own, set up for the machine; its settings as variables."""
    postgres.install_duckdb_extension()
    folder = bench.work / "postgres"
    with postgres.embedded_server(folder) as settings:
        connection = postgres.connect(settings)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name, value in SERVER_SETTINGS.items():
                cursor.execute(f"alter system set {name} = '{value}'")
        connection.close()
    with postgres.embedded_server(folder) as settings:
        yield settings


def load(bench: Bench) -> None:
    """`koin load` against plain COPY of the same rows as CSV, into PostgreSQL."""
    csv = bench.work / "csv"
    if not csv.is_dir():
        data.write_csv(bench.raw, csv)
    few = bench.work / "few_rows"
    if not few.is_dir():
        bench.run(
            "a few rows", [KOIN, "sample", "--members", "20", "--weeks", "1", "--out", str(few)]
        )
    with server(bench) as settings:
        env = bench.env(**settings)
        bench.run("let dbt read the project", [KOIN, "load", "--raw", str(few)], env)
        loaded = bench.measure("koin load", [KOIN, "load"], env)
        copied = bench.measure(
            "plain COPY", [sys.executable, str(peers.__file__), "copy", str(csv)], env
        )
        on_server(settings, "drop schema plain cascade")
    shutil.rmtree(csv)
    bench.save("load", load=loaded, copy=copied)


def postgres_marts(bench: Bench) -> None:
    """`duckdb_postgres` against hand-written SQL in PostgreSQL, from the same loaded tables."""
    marts = bench.kept("weekly")
    with server(bench) as settings:
        env = bench.env(**settings)
        address = postgres.connection_string(settings).replace("'", "''")
        attach = f"attach '{address}' as pg (type postgres"
        bench.run("koin load", [KOIN, "load"], env)
        with duckdb.connect() as db:
            db.execute(f"{attach})")
            db.execute("drop schema if exists pg.seed cascade")
            peers.create_seeds(db, "pg.seed")
        on_server(settings, "analyze")
        command = [DBT, "build", "--target", "duckdb_postgres", "--select", WEEKLY_MARTS]
        bench.run("let dbt read the project", [DBT, "parse", "--target", "duckdb_postgres"], env)
        ours = bench.measure(
            "weekly marts, duckdb_postgres",
            [*command, *WITHOUT_TESTS],
            env,
            lambda: bench.begin_with(None),
        )
        inside = timings(bench)
        theirs = bench.measure(
            "hand-written PostgreSQL", [sys.executable, str(peers.__file__), "postgres"], env
        )
        differing = {
            schema: peers.differing_rows(
                marts,
                peers.IN_POSTGRES.replace("peer.", f"{schema}."),
                f"{attach}, read_only)",
            )
            for schema in ("peer", "weekly_reports")
        }
    bench.save(
        "postgres",
        runs=ours,
        peer=theirs,
        differing=differing["peer"],
        differing_targets=differing["weekly_reports"],
        **inside,
    )


def on_server(settings: dict[str, str], sql: str) -> None:
    """Runs a statement in PostgreSQL."""
    connection = postgres.connect(settings)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def audiences(bench: Bench) -> None:
    """All audiences of fifty requests, on a finished build: models, then tests with them."""
    data.write_requests(bench.project, bench.weeks, REQUESTS)
    command = [DBT, "build", "--select", AUDIENCES]

    def begin() -> None:
        bench.begin_with("full")

    bench.run("let dbt read the requests", [DBT, "parse"])
    models = bench.measure("audiences", [*command, *WITHOUT_TESTS], prepare=begin)
    inside = timings(bench)
    tested = bench.measure("audiences and their tests", command, prepare=begin)
    with duckdb.connect(str(bench.marts), read_only=True) as db:
        built, filled, targets = db.execute(
            "select count(*), count(*) filter (where target_count > 0), sum(target_count)"
            " from audiences.audience_manifest"
        ).fetchall()[0]
    data.write_requests(bench.project, bench.weeks)
    bench.save(
        "audiences",
        runs=models,
        tested=tested,
        requests=REQUESTS,
        built=built,
        filled=filled,
        targets=int(targets),
        **inside,
    )


def sample(bench: Bench) -> None:
    """`dbt build` of the default sample, as after a first checkout: nothing is parsed yet."""
    folder = bench.work / "sample"
    raw = folder / "raw"
    if not raw.is_dir():
        bench.run("generate the sample", [KOIN, "sample", "--out", str(raw)])
    shutil.copyfile(
        data.ROOT / "seeds" / "requests" / "segment_requests.csv",
        bench.project / "seeds" / "requests" / "segment_requests.csv",
    )
    env = bench.env(
        COHESIVE_RAW_PATH=str(raw),
        DBT_TARGET_PATH=str(folder / "target"),
        LOYALTY_DUCKDB_PATH=str(folder / "marts.duckdb"),
    )

    def begin() -> None:
        shutil.rmtree(folder / "target", ignore_errors=True)
        for file in folder.glob("*.duckdb*"):
            file.unlink()

    measured = bench.measure("build of the sample", [DBT, "build"], env, begin)
    data.write_requests(bench.project, bench.weeks)
    bench.save("sample", runs=measured, rows=data.raw_sizes(raw))


#: In this order; each needs what those before it have left.
STEPS: dict[str, Callable[[Bench], None]] = {
    "full": full,
    "incremental": incremental,
    "weekly": weekly,
    "script": script,
    "pandas": pandas,
    "load": load,
    "postgres": postgres_marts,
    "audiences": audiences,
    "sample": sample,
}
