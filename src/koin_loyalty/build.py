"""`make build`: the whole job in one process, with a progress bar and a summary of what it made.

`dbt build` alone does the same work; this adds the sample data when there is no raw folder yet, the
variables that a raw folder brings along, the summary, and the weekly pack.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from koin_loyalty import build_lock
from koin_loyalty.project import project_root, raw_path
from koin_loyalty.raw_folder import VARS_FILE
from koin_loyalty.targets import release_file

DEFAULT_MEMBERS = 5_000
DEFAULT_WEEKS = 107
DEFAULT_SEED = 42
DEFAULT_BU = "AZKO"
DEFAULT_OUT = Path("output")

console = Console()


def ensure_profile(root: Path) -> None:
    """Copy profiles.example.yml to profiles.yml unless there is one."""
    profile = root / "profiles.yml"
    if not profile.exists():
        shutil.copyfile(root / "profiles.example.yml", profile)
    os.environ.setdefault("DBT_PROFILES_DIR", str(root))


def ensure_sample() -> None:
    """Generate the default sample when no raw folder is given and none was generated before."""
    if os.environ.get("COHESIVE_RAW_PATH") or (raw_path() / "cohesive").is_dir():
        return
    from koin_loyalty.sample import generate_sample

    with console.status("Generating the sample data"):
        summary = generate_sample(raw_path(), DEFAULT_MEMBERS, DEFAULT_WEEKS, DEFAULT_SEED)
    console.print(f"Sample data: {sum(summary.rows.values()):,} raw rows in {raw_path()}")


def run_dbt(arguments: list[str]) -> Any:
    """Run dbt in this process behind a progress bar; its own log goes to logs/dbt.log.

    Returns dbt's result object; messages of failures are printed as they come.
    """
    from dbt.cli.main import dbtRunner

    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Reading the project", total=None)

        def show(event: Any) -> None:
            data = event.data
            if event.info.name in ("LogStartLine", "LogHookStartLine"):
                what = getattr(data, "description", None) or getattr(data, "statement", "")
                progress.update(task, total=data.total, description=what[:60])
            elif event.info.name == "NodeFinished":
                progress.advance(task)

        done = dbtRunner(callbacks=[show]).invoke(["--quiet", *arguments])
    # This process goes on, with the summary and the pack: others need not wait for it.
    release_file()
    build_lock.release()
    return done


def print_summary(result: Any, seconds: float, target: str | None) -> None:
    """What was built and tested, what failed or warned, and where the marts are."""
    counts: dict[tuple[str, str], int] = {}
    for node in result.result.results:
        status = str(node.status)
        key = (str(node.node.resource_type), status)
        counts[key] = counts.get(key, 0) + 1
        if status == "warn":  # failures dbt has told itself
            console.print(f"[yellow]{status}[/yellow] {node.node.name}: {node.message}")
    made = ", ".join(
        f"{count} {kind}{'s' if count > 1 else ''} {status}"
        for (kind, status), count in sorted(counts.items())
        if kind != "operation"
    )
    console.print(f"{made}; {seconds:.0f} s")
    if not result.success:
        console.print("Nothing is published: readers have the marts as they were")
    elif target in (None, "duckdb"):
        database = os.environ.get("LOYALTY_DUCKDB_PATH", "data/koin_loyalty.duckdb")
        print_marts(Path(database), result)


def print_marts(database: Path, result: Any) -> None:
    """The marts with their row counts, and a query to begin with."""
    import duckdb

    marts = sorted(
        f"{node.node.schema}.{node.node.name}"
        for node in result.result.results
        if str(node.node.resource_type) == "model" and "marts" in node.node.fqn
    )
    connection = duckdb.connect(str(database), read_only=True)
    for mart in marts:
        rows = connection.execute(f"select count(*) from {mart}").fetchall()[0][0]  # noqa: S608
        console.print(f"  {mart:<44}{rows:>12,} rows")
    as_of, loaded = connection.execute(
        "select as_of_date, last_loaded_at from intermediate.int_run__as_of"
    ).fetchall()[0]
    connection.close()
    console.print(f"As of {as_of}, data loaded until {loaded}")
    console.print(f"Database: [bold]{database}[/bold]   raw data: {raw_path()}")
    console.print(
        'Ask it:   duckdb.connect(path).sql("select * from weekly_reports.weekly_pay_with_koin'
        " where bu_code = 'AZKO'\")",
        highlight=False,
    )


def make_weekly_pack(target: str | None) -> bool:
    """Make the pack of the last complete week and print where it is; False when that failed. Data
    without that business unit or without a complete week have no pack, which is said."""
    from koin_loyalty.pack import NoPackError, make_pack

    try:
        with console.status("Making the weekly pack"):
            made = make_pack(DEFAULT_BU, out=DEFAULT_OUT, target=target)
    except NoPackError as reason:
        console.print(f"No weekly pack of {DEFAULT_BU}: {escape(str(reason))}", highlight=False)
        return True
    except (ValueError, OSError, RuntimeError) as error:
        console.print(f"[red]Error:[/red] no weekly pack: {escape(str(error))}", highlight=False)
        return False
    for name, path in (("Workbook", made.workbook), ("Page", made.page)):
        console.print(f"{name}: [bold]{path}[/bold]", soft_wrap=True, highlight=False)
    return True


def main() -> int:
    """Build everything; the exit status is 0 only if every model and test passed and the weekly
    pack was made."""
    parser = argparse.ArgumentParser(prog="make build", description=__doc__)
    parser.add_argument("--target", help="dbt target (default: that of profiles.yml)")
    parser.add_argument("--select", help="dbt selection (default: everything)")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        root = project_root()
        os.chdir(root)
        ensure_profile(root)
        if options.target in (None, "duckdb"):
            ensure_sample()
    except (OSError, RuntimeError, ValueError) as error:
        console.print(f"[red]Error:[/red] {error}")
        return 1
    arguments = ["build"]
    if options.target:
        arguments += ["--target", options.target]
    if options.select:
        arguments += ["--select", options.select]
    variables = raw_path() / VARS_FILE
    if variables.is_file():
        arguments += ["--vars", variables.read_text()]
    result = run_dbt(arguments)
    if result.exception or result.result is None:
        return 1  # dbt has said why
    print_summary(result, time.monotonic() - started, options.target)
    # A selection may leave marts as an earlier build made them.
    has_pack = not result.success or bool(options.select) or make_weekly_pack(options.target)
    return 0 if result.success and has_pack else 1


if __name__ == "__main__":
    sys.exit(main())
