"""`make docs`: the documentation as two pages that need no server and no network.

dbt's own page (models, columns, tests, graph), and the lineage of columns (dbt-colibri), which
reads what dbt wrote about the project and the built database.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path

from rich.console import Console

from koin_loyalty.build import ensure_profile
from koin_loyalty.project import project_root

console = Console()


def write_docs(root: Path, folder: Path) -> dict[str, Path]:
    """Write both pages into `folder`; what each is for, and its path. The database of the default
    target is read. Raises RuntimeError when dbt cannot read it, or there is nothing built in it."""
    target = root / os.environ.get("DBT_TARGET_PATH", "target")
    generate_dbt_page()
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "Documentation": folder / "index.html",
        "Lineage of columns": folder / "lineage.html",
    }
    shutil.copyfile(target / "static_index.html", pages["Documentation"])
    for message in generate_lineage(target, pages["Lineage of columns"]):
        console.print(f"[yellow]Not traced:[/yellow] {message}", soft_wrap=True)
    return pages


def generate_dbt_page() -> None:
    """Run `dbt docs generate --static`: static_index.html, manifest.json and catalog.json."""
    from dbt.cli.main import dbtRunner

    done = dbtRunner().invoke(["--quiet", "docs", "generate", "--static"])
    if not done.success:
        raise RuntimeError(f"dbt docs generate failed: {done.exception or 'see its messages'}")
    if not getattr(done.result, "nodes", None):
        raise RuntimeError("the database holds none of the tables: run make build first")


def generate_lineage(target: Path, page: Path) -> list[str]:
    """Write the page of column lineage from the manifest and catalog in `target`; what could not be
    traced, a message each."""
    # The library's command asks for newer versions of itself, and its page counts visits.
    from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor
    from dbt_colibri.report.generator import DbtColibriReportGenerator
    from sqlglot.optimizer.scope import Scope

    # dbt-colibri 0.3.7 calls the parts of a union by a name that sqlglot has changed since.
    if not hasattr(Scope, "union_scopes"):
        Scope.union_scopes = property(lambda scope: scope.set_operation_scopes)
    untraced: list[str] = []
    log = logging.getLogger("colibri")
    log.handlers = [Collector(untraced)]
    log.propagate = False
    work = target / "lineage"
    extractor = DbtColumnLineageExtractor(
        str(target / "manifest.json"), str(target / "catalog.json")
    )
    generator = DbtColibriReportGenerator(extractor, disable_telemetry=True)
    generator.generate_report(output_dir=str(work))
    shutil.copyfile(work / "index.html", page)
    return untraced


class Collector(logging.Handler):
    """Keeps the messages of warnings and errors."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.messages.append(record.getMessage())


def main() -> int:
    """Write the pages to output/docs and say where they are; 1 with one line when that fails."""
    try:
        root = project_root()
        os.chdir(root)
        ensure_profile(root)
        with console.status("Writing the documentation"):
            pages = write_docs(root, root / "output" / "docs")
    except (OSError, RuntimeError, ValueError) as error:
        console.print(f"[red]Error:[/red] {error}")
        return 1
    for what, page in pages.items():
        size = page.stat().st_size / 1e6
        console.print(f"{what}: [bold]{page.relative_to(root)}[/bold] ({size:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
