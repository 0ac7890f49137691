"""The weekly marts computed a second time, in plain pandas, straight from the specification.

Every function is pure: clean tables in (the simulator's truth, before it was made dirty), the rows
of the mart out. Nothing here reads a dbt model, so that a mart and its reference can only agree by
both being right.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

Tables = Mapping[str, pd.DataFrame]

#: Differing cells that a message shows.
SHOWN = 5


def read_truth(folder: Path) -> dict[str, pd.DataFrame]:
    """Clean tables of a sample folder by `schema.table`: decimals as Decimal, dates as date."""
    return {
        f"{table.parent.name}.{table.stem}": pq.read_table(table).to_pandas(date_as_object=True)
        for table in sorted((folder / "truth").glob("*/*"))
    }


def read_seed(root: Path, name: str) -> list[dict[str, str]]:
    """Rows of a reference seed as text."""
    with (root / "seeds" / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def known_business_units(root: Path) -> list[str]:
    """Codes of the seed business_units, in its order."""
    return [row["bu_code"] for row in read_seed(root, "business_units")]


def tier_aliases(root: Path) -> dict[str, str]:
    """Tier by spelling (lower case, trimmed)."""
    return {row["alias"]: row["tier_code"] for row in read_seed(root, "tier_aliases")}


def cell_differences(
    name: str,
    columns: Sequence[str],
    keys: Sequence[str],
    actual: Iterable[Sequence[object]],
    expected: pd.DataFrame,
) -> list[str]:
    """What differs between a built relation and its reference, one text a row or cell.

    Args:
        actual: rows of the built relation, values in the order of `columns`.
        expected: the reference with the same columns; None is null.
    """
    assert list(expected.columns) == list(columns), f"{name}: columns {list(expected.columns)}"

    def keyed(rows: Iterable[Sequence[object]]) -> dict[tuple[object, ...], dict[str, object]]:
        found: dict[tuple[object, ...], dict[str, object]] = {}
        for values in rows:
            row = dict(zip(columns, values, strict=True))
            key = tuple(row[column] for column in keys)
            assert key not in found, f"{name}: key {_shown_key(keys, key)} twice"
            found[key] = row
        return found

    built = keyed(actual)
    reference = keyed(expected.itertuples(index=False, name=None))
    differences = [
        f"{name}: row {_shown_key(keys, key)} is missing" for key in reference if key not in built
    ]
    differences += [
        f"{name}: row {_shown_key(keys, key)} should not be"
        for key in built
        if key not in reference
    ]
    for key, row in reference.items():
        for column in columns if key in built else ():
            found = built[key][column]
            if found != row[column]:
                differences.append(
                    f"{name}.{column} at {_shown_key(keys, key)}: {found}, reference {row[column]}"
                )
    return differences


def assert_no_differences(differences: list[str]) -> None:
    """Fail with the first differences and their number."""
    first = "\n".join(differences[:SHOWN])
    assert not differences, f"{len(differences)} differences, the first:\n{first}"


def _shown_key(keys: Sequence[str], values: Sequence[object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
