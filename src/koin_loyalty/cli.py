"""The command line `koin`: what dbt alone cannot do."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.core import TyperGroup

from koin_loyalty.build import DEFAULT_BU, DEFAULT_MEMBERS, DEFAULT_OUT, DEFAULT_SEED, DEFAULT_WEEKS
from koin_loyalty.project import project_root, raw_path, source_contract

console = Console()


def print_error(message: str) -> None:
    """One line on stderr."""
    line = " ".join(message.split())
    Console(stderr=True, soft_wrap=True).print("[red]Error:[/red]", escape(line), markup=True)


class OneLineGroup(TyperGroup):
    """A group of commands that reports a wrong option or argument in one line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line and exit: 0, 1 for an expected error, 2 for wrong usage."""
        kwargs["standalone_mode"] = False
        try:
            status = super().main(*args, **kwargs)
        except typer.Abort:
            print_error("stopped")
            sys.exit(130)
        except Exception as error:
            # Usage errors of the library that Typer builds on, which some releases carry inside.
            if not hasattr(error, "format_message"):
                raise
            print_error(error.format_message())
            sys.exit(getattr(error, "exit_code", 2))
        sys.exit(status if isinstance(status, int) else 0)


app = typer.Typer(cls=OneLineGroup, pretty_exceptions_enable=False, add_completion=False)


@app.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Loyalty analytics: sample data, loads and deliveries around the dbt project."""
    if context.invoked_subcommand is None:
        console.print(context.get_help())
        raise typer.Exit(2)


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Turn expected errors (bad value, missing folder, no server) into one line and exit 1."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:  # a RuntimeError too, and told already
            raise
        except (ValueError, OSError, RuntimeError) as error:
            print_error(str(error))
            raise typer.Exit(1) from None

    return wrapper


@contextmanager
def progress_bar(description: str, total: float | None) -> Iterator[Callable[[str, float], None]]:
    """A bar for the block; yields what moves it: called with what is done, and how far of total."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda message, done: bar.update(task, description=message, completed=done)


def print_summary(
    title: str, rows: Mapping[str, int], seconds: float, notes: Mapping[str, object]
) -> None:
    """Rows by table, then a line for each note."""
    table = Table("table", title=title, title_justify="left", box=None)
    table.add_column("rows", justify="right")
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
    console.print(f"{sum(rows.values()):,} rows in {seconds:.0f} s")
    for what, value in notes.items():
        console.print(f"{what}: [bold]{value}[/bold]", soft_wrap=True)


class FileFormat(StrEnum):
    """How the raw tables of a sample are written."""

    PARQUET = "parquet"
    CSV = "csv"


class Origin(StrEnum):
    """Real data that can stand in for generated data."""

    COMPLETE_JOURNEY = "complete-journey"


#: A bigint's: whatever reads the facts of a sample can hold its seed.
LARGEST_SEED = 2**63 - 1

OutFolder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder to write. Default: COHESIVE_RAW_PATH, else data/sample."),
]


@app.command()
@one_line_errors
def sample(
    members: Annotated[int, typer.Option(min=1, help="Number of members.")] = DEFAULT_MEMBERS,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks from 2023-10-16.")] = DEFAULT_WEEKS,
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="Same seed, same bytes.")
    ] = DEFAULT_SEED,
    receipts_per_member: Annotated[
        float | None,
        typer.Option(help="Receipts by member, those of non-members included. Default: 8 a year."),
    ] = None,
    out: OutFolder = None,
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="File format of the raw tables.")
    ] = FileFormat.PARQUET,
    origin: Annotated[
        Origin | None,
        typer.Option("--from", help="Map this public data set instead of generating data."),
    ] = None,
) -> None:
    """Write a raw folder: generated data with its clean truth beside, or mapped public data."""
    folder = out or raw_path()
    started = time.monotonic()
    if origin is Origin.COMPLETE_JOURNEY:
        rows = _complete_journey(folder, file_format)
    else:
        rows = _generated(folder, members, weeks, seed, file_format, receipts_per_member)
    print_summary("Raw data", rows, time.monotonic() - started, {"Raw folder": folder})


def _generated(
    folder: Path,
    members: int,
    weeks: int,
    seed: int,
    file_format: FileFormat,
    receipts_per_member: float | None,
) -> dict[str, int]:
    from koin_loyalty.sample import generate_sample

    with progress_bar("Generating the sample", 1.0) as show:
        summary = generate_sample(
            folder,
            members,
            weeks,
            seed,
            file_format=file_format.value,
            progress=show,
            receipts_per_member=receipts_per_member,
        )
    return summary.rows


def _complete_journey(folder: Path, file_format: FileFormat) -> dict[str, int]:
    from koin_loyalty.complete_journey import write_raw

    if file_format is not FileFormat.PARQUET:
        raise ValueError("--from complete-journey writes Parquet only")
    with progress_bar("Mapping the Complete Journey", len(source_contract())) as show:
        done = iter(range(1, len(source_contract()) + 1))
        summary = write_raw(folder, progress=lambda line: show(line, next(done, 0)))
    return summary.rows


@app.command()
@one_line_errors
def load(
    raw: Annotated[
        Path | None,
        typer.Option(help="Raw folder. Default: COHESIVE_RAW_PATH, else data/sample."),
    ] = None,
    append: Annotated[
        bool, typer.Option("--append", help="Add the rows to what the tables hold.")
    ] = False,
) -> None:
    """Load a raw folder into the schemas cohesive and stamps of PostgreSQL, in one transaction."""
    from koin_loyalty import postgres
    from koin_loyalty.load import load_raw

    folder = raw or raw_path()
    started = time.monotonic()
    steps = len(source_contract()) + 2
    with progress_bar("Starting", steps) as show:
        done = iter(range(steps))
        rows = load_raw(
            folder,
            truncate=not append,
            progress=lambda step: show(step.capitalize(), next(done, steps)),
        )
    seconds = time.monotonic() - started
    print_summary("Loaded", rows, seconds, {"PostgreSQL": postgres.where()})


@app.command("roles")
@one_line_errors
def roles_command(
    target: Annotated[
        str, typer.Option("--target", help="dbt target whose marts are in PostgreSQL.")
    ] = "postgres",
) -> None:
    """Create the roles of the pipeline, BI tools and campaign teams, and give them their rights."""
    from koin_loyalty import postgres
    from koin_loyalty.roles import create_roles

    with progress_bar("Creating the roles", None):
        said = create_roles(target)
    console.print(f"{said} on {postgres.where()}", highlight=False, soft_wrap=True)


@app.command()
@one_line_errors
def reference() -> None:
    """Write the generated seeds anew: holidays, seasons, domicile areas."""
    from koin_loyalty.reference import write_generated_seeds

    for path in write_generated_seeds(project_root() / "seeds" / "reference"):
        console.print(f"Wrote [bold]{path}[/bold]", soft_wrap=True)


@app.command("pack")
@one_line_errors
def pack_command(
    bu: Annotated[str, typer.Option("--bu", help="Business unit, by its code.")] = DEFAULT_BU,
    week: Annotated[
        str | None,
        typer.Option("--week", help="Monday of the week. Default: the last complete week."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")] = DEFAULT_OUT,
    target: Annotated[
        str | None, typer.Option("--target", help="dbt target. Default: that of profiles.yml.")
    ] = None,
) -> None:
    """Write the weekly pack of a business unit: a workbook and a page, from the marts as built."""
    from koin_loyalty.pack import make_pack

    with progress_bar("Starting", None) as show:
        made = make_pack(bu, as_date(week), out, target, progress=lambda step: show(step, 0))
    for path in (made.workbook, made.page):
        console.print(f"Wrote [bold]{escape(str(path))}[/bold]", soft_wrap=True, highlight=False)


def as_date(text: str | None) -> date | None:
    """A date of the command line. Raises ValueError in one line."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no date: give the Monday as YYYY-MM-DD") from None


requests_app = typer.Typer(cls=OneLineGroup, help="Requests of campaign teams.")
app.add_typer(requests_app, name="requests")


@requests_app.command("check")
@one_line_errors
def requests_check(
    target: Annotated[
        str | None, typer.Option("--target", help="dbt target. Default: that of profiles.yml.")
    ] = None,
) -> None:
    """Check every row of the seed segment_requests: exit status 1 when there is a mistake."""
    from koin_loyalty.segment_requests import check

    with progress_bar("Starting", None) as show:
        checked = check(target, progress=lambda step: show(step, 0))
    if checked.mistakes:
        table = Table("request", "column", "value", "problem", box=None)
        for mistake in checked.mistakes:
            table.add_row(
                escape(mistake.request_id),
                mistake.column_name,
                escape(mistake.found_value),
                escape(mistake.problem),
            )
        console.print(table)
        counted = "1 mistake" if len(checked.mistakes) == 1 else f"{len(checked.mistakes)} mistakes"
        console.print(f"[red]{counted}[/red] in {len(checked.requests)} requests")
        raise typer.Exit(1)
    table = Table("request", "channel", "status", "segment", box=None)
    for request in checked.requests:
        table.add_row(
            *map(
                escape,
                (request.request_id, request.channel, request.status, request.segment_name),
            )
        )
    console.print(table)
    console.print(f"{len(checked.requests)} requests, no mistakes")


OutputFolder = Annotated[
    Path, typer.Option("--out", help="Folder for files. Default: output.", show_default=False)
]
TargetName = Annotated[
    str | None, typer.Option("--target", help="dbt target. Default: that of profiles.yml.")
]
#: Rows that a terminal shows before it only counts.
ROWS_SHOWN = 50


@app.command("check-raw")
@one_line_errors
def check_raw_command(
    raw: Annotated[
        Path | None,
        typer.Option(help="Raw folder. Default: COHESIVE_RAW_PATH, else data/sample."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="Check the raw schemas in this target's PostgreSQL instead."),
    ] = None,
    out: OutputFolder = Path("output"),
    docs: Annotated[
        bool, typer.Option("--docs/--no-docs", help="Write Data Docs to <out>/raw_checks.")
    ] = True,
    weeks: Annotated[
        int, typer.Option(min=1, help="Weeks before the newest that it is compared with.")
    ] = 8,
    volume_factor: Annotated[
        float, typer.Option(min=1, help="How many times the usual rows, or fewer, are too many.")
    ] = 10,
    max_empty_keys: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of recent rows with an empty key.")
    ] = 1,
    max_unreadable: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of cells that are no value of the type.")
    ] = 1,
    max_unknown: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of cells outside a closed vocabulary.")
    ] = 5,
) -> None:
    """Check raw data on arrival, before a build: columns, types, keys, vocabulary, volume.

    Exit status 1 when something is wrong. What has a default in percent is of the rows that arrived
    in the weeks looked at.
    """
    from koin_loyalty.check_raw import Limits, check_raw
    from koin_loyalty.targets import find_target

    if raw and target:
        raise ValueError("give --raw or --target, not both")
    limits = Limits(
        weeks=weeks,
        volume_factor=volume_factor,
        empty_key_share=max_empty_keys / 100,
        unreadable_share=max_unreadable / 100,
        unknown_share=max_unknown / 100,
    )
    with progress_bar("Starting", None) as show:
        checked = check_raw(
            None if target else raw or raw_path(),
            find_target(target) if target else None,
            limits=limits,
            out=out if docs else None,
            progress=lambda step: show(step, 0),
        )
    wrong = {problem.table for problem in checked.problems}
    table = Table("table", box=None)
    for header in ("rows", "newest", "newest week", "usual week"):
        table.add_column(header, justify="right")
    table.add_column("")
    for name, found in checked.tables.items():
        newest = found.weekly_rows[0] if found.weekly_rows else 0
        cells = (
            f"{found.rows:,}",
            str(found.newest or ""),
            f"{newest:,}",
            f"{found.usual_rows:,.0f}",
        )
        table.add_row(name, *cells, "[red]wrong[/red]" if name in wrong else "ok")
    console.print(table)
    for problem in checked.problems:
        place = f"{problem.table}.{problem.column}" if problem.column else problem.table
        console.print(f"[red]{place}[/red]: {escape(problem.what)}", soft_wrap=True)
    if checked.docs:
        console.print(f"Data Docs: [bold]{escape(str(checked.docs))}[/bold]", soft_wrap=True)
    if checked.problems:
        raise typer.Exit(1)
    console.print("Nothing wrong")


@app.command()
@one_line_errors
def doctor(
    target: TargetName = None,
    raw: Annotated[
        Path | None,
        typer.Option(help="Raw folder. Default: COHESIVE_RAW_PATH, else data/sample."),
    ] = None,
) -> None:
    """Look for what this machine lacks to build and deliver; nothing is changed.

    Exit status 1 when there is a problem; warnings are none.
    """
    from koin_loyalty.doctor import Verdict, examine

    findings = examine(target, raw=raw)
    colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}
    for finding in findings:
        colour = colours[finding.verdict]
        console.print(
            f"[{colour}]{finding.verdict:<8}[/{colour}] {finding.what}: {escape(finding.found)}",
            highlight=False,
            soft_wrap=True,
        )
        if finding.remedy and finding.verdict is not Verdict.OK:
            console.print(f"         -> {escape(finding.remedy)}", highlight=False, soft_wrap=True)
    if any(finding.verdict is Verdict.PROBLEM for finding in findings):
        raise typer.Exit(1)


@app.command("deliver")
@one_line_errors
def deliver_command(
    request: Annotated[str, typer.Option("--request", help="Request to deliver, by its id.")],
    target: TargetName = None,
    out: OutputFolder = Path("output"),
    now: Annotated[
        datetime | None,
        typer.Option(help="Time of the delivery in WIB, in place of the clock's."),
    ] = None,
) -> None:
    """Write the files of a request's audience, checked, and freeze the audience as it was built.

    Files go to <out>/audiences/<request>. Delivered once, a request gets the same members again.
    """
    from koin_loyalty.deliver import FilesRefusedError, deliver

    try:
        with progress_bar("Starting", None) as show:
            done = deliver(request, target, out=out, now=now, progress=lambda step: show(step, 0))
    except FilesRefusedError as refused:
        table = Table("file", "member", "column", "problem", box=None)
        for row in refused.rows[:ROWS_SHOWN]:
            table.add_row(*(escape(cell) for cell in astuple(row)))
        console.print(table)
        if len(refused.rows) > ROWS_SHOWN:
            console.print(f"... and {len(refused.rows) - ROWS_SHOWN:,} more")
        raise
    console.print(escape(done.said), highlight=False, soft_wrap=True)
    for name, rows in done.files.items():
        console.print(f"  {escape(name)}: {rows:,} rows", highlight=False, soft_wrap=True)
    if not done.files:
        console.print("  nobody is in the audience: no file, only the manifest and the funnel")
    if done.left_count:
        console.print(f"  {done.left_count:,} targets left since: erased, or without a contact now")
    until = f"{done.usable_until:%Y-%m-%d %H:%M} WIB"
    console.print(
        f"Use until {until}. Folder: [bold]{escape(str(done.folder))}[/bold]", soft_wrap=True
    )


state_app = typer.Typer(cls=OneLineGroup, help="State: what raw data cannot tell again.")
app.add_typer(state_app, name="state")


@state_app.command("backup")
@one_line_errors
def state_backup(
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    target: TargetName = None,
) -> None:
    """Write published figures, deliveries and the run ledger to a file."""
    from koin_loyalty.state import backup

    started = time.monotonic()
    rows = backup(out, target)
    print_summary("Backed up", rows, time.monotonic() - started, {"Backup": out})


@state_app.command("restore")
@one_line_errors
def state_restore(
    source: Annotated[Path, typer.Option("--from", help="File that koin state backup wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also over state that is newer than the backup.")
    ] = False,
    target: TargetName = None,
) -> None:
    """Put the state of a backup back; the next dbt build makes the marts that show it."""
    from koin_loyalty.state import restore

    started = time.monotonic()
    rows = restore(source, target, force=force)
    print_summary("Restored", rows, time.monotonic() - started, {"Next": "dbt build"})
