"""The command line `koin`: what dbt alone cannot do."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.core import TyperGroup

from koin_loyalty.build import DEFAULT_MEMBERS, DEFAULT_SEED, DEFAULT_WEEKS
from koin_loyalty.project import project_root, raw_path, source_contract

console = Console()


def print_error(message: str) -> None:
    """One line on stderr."""
    line = " ".join(message.split())
    Console(stderr=True, soft_wrap=True).print("[red]Error:[/red]", line, markup=True)


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


OutFolder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder to write. Default: COHESIVE_RAW_PATH, else data/sample."),
]


@app.command()
@one_line_errors
def sample(
    members: Annotated[int, typer.Option(min=1, help="Number of members.")] = DEFAULT_MEMBERS,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks from 2023-10-16.")] = DEFAULT_WEEKS,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = DEFAULT_SEED,
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


@app.command()
@one_line_errors
def reference() -> None:
    """Write the generated seeds anew: holidays, seasons, domicile areas."""
    from koin_loyalty.reference import write_generated_seeds

    for path in write_generated_seeds(project_root() / "seeds" / "reference"):
        console.print(f"Wrote [bold]{path}[/bold]", soft_wrap=True)


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
                mistake.request_id,
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
            request.request_id, request.channel, request.status, escape(request.segment_name)
        )
    console.print(table)
    console.print(f"{len(checked.requests)} requests, no mistakes")


@app.command("deliver")
@one_line_errors
def deliver_command(
    request: Annotated[str, typer.Option("--request", help="Request to deliver, by its id.")],
    target: Annotated[
        str | None, typer.Option("--target", help="dbt target. Default: that of profiles.yml.")
    ] = None,
) -> None:
    """Freeze the audience of a request as it was built: later data do not change it any more."""
    from koin_loyalty.deliver import deliver

    console.print(deliver(request, target), highlight=False)


state_app = typer.Typer(cls=OneLineGroup, help="State: what raw data cannot tell again.")
app.add_typer(state_app, name="state")

StateTarget = Annotated[
    str | None, typer.Option("--target", help="dbt target. Default: that of profiles.yml.")
]


@state_app.command("backup")
@one_line_errors
def state_backup(
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    target: StateTarget = None,
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
    target: StateTarget = None,
) -> None:
    """Put the state of a backup back; the next dbt build makes the marts that show it."""
    from koin_loyalty.state import restore

    started = time.monotonic()
    rows = restore(source, target, force=force)
    print_summary("Restored", rows, time.monotonic() - started, {"Next": "dbt build"})
