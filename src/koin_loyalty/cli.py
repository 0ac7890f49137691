"""The command line `koin`: what dbt alone cannot do."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(
    help="Loyalty analytics: sample data, loads and deliveries around the dbt project.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
console = Console()


@app.callback()
def main() -> None:
    """Keep subcommands even while there are few of them."""


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Turn expected errors (bad argument, missing folder, unreachable server) into one line, exit 1."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (ValueError, OSError, RuntimeError) as error:
            message = " ".join(str(error).split())
            Console(stderr=True, soft_wrap=True).print(f"[red]Error:[/red] {message}")
            raise typer.Exit(1) from None

    return wrapper
