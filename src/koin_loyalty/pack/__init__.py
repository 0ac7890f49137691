"""The weekly pack: one workbook and one page per business unit and week, from the marts."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from koin_loyalty.pack.marts import open_marts, read_target
from koin_loyalty.pack.reports import NoPackError, Pack, read_pack

__all__ = ["NoPackError", "PackFiles", "make_pack", "write_pack"]


@dataclass(frozen=True)
class PackFiles:
    """Where the two files of a pack are."""

    workbook: Path
    page: Path


def make_pack(
    bu_code: str,
    week_start: date | None = None,
    out: Path = Path("output"),
    target: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> PackFiles:
    """Write the pack of a business unit and week (its Monday; by default the last complete week)
    into the folder `out`, from the marts of a dbt target (by default that of the profile).

    `progress` is told what begins. Raises NoPackError when the data have no such business unit or
    no complete week, ValueError for a week that has no pack, RuntimeError when the marts are not
    built or cannot be reached; each in one line.
    """
    progress("Reading the marts")
    with open_marts(read_target(target)) as marts:
        pack = read_pack(marts, bu_code, week_start)
    return write_pack(pack, out, progress)


def write_pack(
    pack: Pack, out: Path, progress: Callable[[str], None] = lambda _: None
) -> PackFiles:
    """Write a pack's files into the folder `out`; old ones of the same name are replaced when both
    are whole."""
    from koin_loyalty.pack.page import write_page
    from koin_loyalty.pack.workbook import write_workbook

    out.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w .-]", "_", pack.title)
    made = PackFiles(out / f"{name}.xlsx", out / f"{name}.html")
    with tempfile.TemporaryDirectory(prefix=".pack-", dir=out) as folder:
        progress("Writing the workbook")
        write_workbook(pack, Path(folder) / "workbook")
        progress("Writing the page")
        write_page(pack, Path(folder) / "page")
        os.replace(Path(folder) / "workbook", made.workbook)
        os.replace(Path(folder) / "page", made.page)
    return made
