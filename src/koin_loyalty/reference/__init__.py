"""Reference seeds that are generated rather than typed.

``holidays.csv`` and ``seasons.csv`` come from the library ``holidays``; ``domicile_areas.csv``
comes from the canonical list of regions and the spellings kept in this package. The seeds are
committed, so that every engine reads the same rows; regenerating them changes nothing unless the
library or a list has changed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from koin_loyalty.reference import calendar, domiciles


def to_csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Text of a CSV file: header, rows, ``\\n`` after each; an empty text is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def generated_seeds() -> dict[str, str]:
    """File name -> content of every generated seed."""
    return {
        "domicile_areas.csv": to_csv(domiciles.HEADER, domiciles.domicile_rows()),
        "holidays.csv": to_csv(calendar.HOLIDAYS_HEADER, calendar.holiday_rows()),
        "seasons.csv": to_csv(calendar.SEASONS_HEADER, calendar.season_rows()),
    }


def write_generated_seeds(seeds_dir: Path) -> list[Path]:
    """Write the generated seeds into a folder (made if missing) and return their paths.

    Raises:
        OSError: the folder cannot be written.
    """
    seeds_dir.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in generated_seeds().items():
        path = seeds_dir / name
        path.write_text(content, encoding="utf-8", newline="")
        paths.append(path)
    return paths
