"""`make bench`: times the project against peers on generated data, and writes RESULTS.md.

Everything is measured in one run on one machine, each command as a whole process: wall time and
the peak of its resident memory. Peers must give the same rows as the marts, or the run fails.

    make bench                         # 20,000 members: a few minutes
    make bench SCALE=1000000 RECEIPTS_PER_MEMBER=10
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
PEER = ROOT / "benchmarks" / "peers" / "weekly_marts.duckdb.sql"
PEER_SEEDS = (
    "reference/business_units",
    "reference/tier_aliases",
    "programmes/members_choice_skus",
    "programmes/harga_spesial_koin_skus",
)
WEEKS = 104
#: What the hand-written script computes, too: not the long table and its state.
WEEKLY_MARTS = " ".join(
    f"+{mart}"
    for mart in (
        "weekly_pay_with_koin",
        "weekly_members_choice",
        "weekly_members_choice_summary",
        "weekly_koin_in_out",
        "weekly_koin_flow_matrix",
        "weekly_koin_outstanding",
        "weekly_koin_roll_forward",
        "weekly_harga_spesial_koin",
        "weekly_harga_spesial_koin_skus",
    )
)
SHOWN_NODES = 30
DBT = str(Path(sys.executable).with_name("dbt"))
KOIN = str(Path(sys.executable).with_name("koin"))


@dataclass(frozen=True)
class Run:
    """One command: seconds, and the peak memory of its processes in MB."""

    seconds: float
    peak_mb: float


def timed(command: list[str], env: dict[str, str], log: Path) -> Run:
    """Run a command to its end. Raises RuntimeError with the end of its output when it fails."""
    code = (
        "import resource, subprocess, sys;"
        "done = subprocess.run(sys.argv[1:]);"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(f'\\npeak {peak}', file=sys.stderr);"
        "sys.exit(done.returncode)"
    )
    started = time.monotonic()
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, *command],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    seconds = time.monotonic() - started
    text = log.read_text()
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{text[-3000:]}")
    return Run(seconds, int(text.rsplit("peak ", 1)[1]) / 1024)


def median(runs: list[Run]) -> Run:
    """The run of median time, with the greatest peak of all."""
    ordered = sorted(runs, key=lambda run: run.seconds)
    return Run(
        statistics.median_low([run.seconds for run in ordered]), max(r.peak_mb for r in runs)
    )


def environment(work: Path, raw: Path) -> dict[str, str]:
    """Settings under which a dbt process writes to `work` alone."""
    work.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "profiles.example.yml", work / "profiles.yml")
    return {
        **os.environ,
        "COHESIVE_RAW_PATH": str(raw),
        "DBT_PROFILES_DIR": str(work),
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work / "logs"),
        "LOYALTY_DUCKDB_PATH": str(work / "marts.duckdb"),
        "LOYALTY_WORK_DUCKDB_PATH": str(work / "work.duckdb"),
    }


def run_peer(raw: Path, database: Path) -> None:
    """The hand-written script on the raw folder (run as a process by `--peer`)."""
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as db:
        db.execute(
            "set threads = 2; set memory_limit = '6GB'; set preserve_insertion_order = false"
        )
        db.execute("create schema raw; create schema seed")
        for file in sorted(raw.glob("*/*.parquet")):
            if file.parent.name in ("cohesive", "stamps"):
                db.execute(f"create view raw.{file.stem} as from read_parquet('{file}')")
        for seed in PEER_SEEDS:
            name = seed.partition("/")[2]
            path = ROOT / "seeds" / f"{seed}.csv"
            types = ", types = {'sku': 'varchar'}" if name.endswith("_skus") else ""
            db.execute(f"create table seed.{name} as from read_csv('{path}'{types})")
        db.execute(PEER.read_text())


def differing_rows(peer: Path, marts: Path) -> dict[str, int]:
    """Rows of each weekly mart that only one of both has."""
    found = {}
    with duckdb.connect() as db:
        db.execute(f"attach '{peer}' as peers (read_only); attach '{marts}' as marts (read_only)")
        tables = db.execute(
            "select table_name from duckdb_tables() where database_name = 'peers'"
            " and schema_name = 'peer' order by table_name"
        ).fetchall()
        for (table,) in tables:
            theirs, ours = f"peers.peer.{table}", f"marts.weekly_reports.{table}"
            columns = ", ".join(row[0] for row in db.execute(f"describe {ours}").fetchall())
            rows = [
                db.execute(
                    f"select count(*) from (select {columns} from {first}"  # noqa: S608
                    f" except all select {columns} from {second})"
                ).fetchall()[0][0]
                for first, second in ((theirs, ours), (ours, theirs))
            ]
            found[table] = sum(rows)
    return found


def seconds_by_node(work: Path) -> list[tuple[float, str]]:
    """Every model, test and seed of the last build by the seconds that it took, slowest first."""
    results = json.loads((work / "target" / "run_results.json").read_text())["results"]
    return sorted(
        (
            (
                row["execution_time"],
                row["unique_id"].split(".")[0] + " " + row["unique_id"].split(".")[2],
            )
            for row in results
        ),
        reverse=True,
    )


def machine() -> str:
    """What was measured on, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb"))
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()};"
        f" Python {platform.python_version()}, {packages}; DuckDB limited to"
        f" {os.environ.get('LOYALTY_MEMORY_LIMIT', '6GB')}"
    )


def measure(options: argparse.Namespace) -> int:
    """The whole run; the exit status."""
    work: Path = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    raw, peer_file = work / "raw", work / "hand_written.duckdb"
    env = environment(work / "full", raw)

    def step(name: str, command: list[str], repeat: int) -> Run:
        runs = []
        for number in range(repeat):
            print(f"{name}, run {number + 1} of {repeat}", flush=True)
            runs.append(timed(command, env, work / "log.txt"))
        return median(runs)

    sample = [KOIN, "sample", "--members", str(options.members), "--weeks", str(WEEKS)]
    sample += ["--receipts-per-member", str(options.receipts_per_member), "--seed", "1"]
    step("generate the raw data", [*sample, "--out", str(raw)], 1)
    weekly = [DBT, "build", "--select", WEEKLY_MARTS, "--resource-type", "seed"]
    results = {
        "full build: every model and test": step("full build", [DBT, "build"], options.repeat),
    }
    nodes = seconds_by_node(work / "full")
    results["the weekly marts and what they stand on, without tests"] = step(
        "weekly marts", [*weekly, "--resource-type", "model"], options.repeat
    )
    results["the hand-written DuckDB script for the same weekly marts"] = step(
        "hand-written script",
        [sys.executable, str(Path(__file__)), "--peer", str(raw), str(peer_file)],
        options.repeat,
    )
    differing = differing_rows(peer_file, work / "full" / "marts.duckdb")
    sizes = raw_sizes(raw)
    (ROOT / "benchmarks" / "RESULTS.md").write_text(
        report(options, sizes, results, differing, nodes), encoding="utf-8"
    )
    print(f"Wrote benchmarks/RESULTS.md; rows that differ from the peer: {sum(differing.values())}")
    return 1 if sum(differing.values()) else 0


def raw_sizes(raw: Path) -> dict[str, int]:
    """Rows of the great raw tables."""
    names = ("tbl_receipt", "tbl_receipt_line", "tbl_koin", "tbl_member")
    with duckdb.connect() as db:
        return {
            name: db.execute(
                f"select count(*) from read_parquet('{raw}/cohesive/{name}.parquet')"  # noqa: S608
            ).fetchall()[0][0]
            for name in names
        }


def report(
    options: argparse.Namespace,
    sizes: dict[str, int],
    results: dict[str, Run],
    differing: dict[str, int],
    nodes: list[tuple[float, str]],
) -> str:
    """RESULTS.md."""
    times = list(results.values())
    lines = [
        "# Results",
        "",
        "Written by `make bench`; each command a whole process, one after the other.",
        "",
        f"{machine()}. {options.repeat} run(s) of each; medians.",
        f"{options.members:,} members, {WEEKS} weeks: "
        + ", ".join(f"{rows:,} rows of {name}" for name, rows in sizes.items())
        + ".",
        "",
        "| what | seconds | peak memory, MB |",
        "|---|---:|---:|",
        *(f"| {name} | {run.seconds:.0f} | {run.peak_mb:,.0f} |" for name, run in results.items()),
        "",
        f"Weekly marts against the hand-written script: {times[1].seconds / times[2].seconds:.2f}"
        " times its time (start and parsing of dbt included).",
        "",
        f"Rows that differ from the hand-written script: {sum(differing.values())} in"
        f" {len(differing)} marts.",
        "",
        "## Where the time of the full build goes",
        "",
        "| seconds | node |",
        "|---:|---|",
        *(f"| {seconds:.1f} | {name} |" for seconds, name in nodes[:SHOWN_NODES]),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure and write RESULTS.md; 1 when a peer gives other rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--receipts-per-member", type=float, default=10)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each command")
    parser.add_argument("--work", type=Path, default=ROOT / "output" / "bench")
    parser.add_argument("--peer", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        run_peer(*options.peer)
        return 0
    return measure(options)


if __name__ == "__main__":
    sys.exit(main())
