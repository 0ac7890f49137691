"""A raw table in the making: clean rows, spoiled rows, extra rows, and their counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample.columns import SECONDS_PER_DAY
from koin_loyalty.sample.spellings import SPELLING_KINDS, spelling_flags
from koin_loyalty.sample.world import World

CORRECTED, QUARANTINED, UNKNOWN, WARNED = "corrected", "quarantined", "unknown", "warned"

#: Kinds of rows that an identical or newer row of the same key (or receipt) supersedes.
SUPERSEDED_KINDS = (
    "identical_duplicate",
    "older_version",
    "older_version_after_newer",
    "corrected_receipt",
    "void_after_sale",
    "dropped_line",
)
SHARE_DISORDERED = 0.01


@dataclass
class RawTable:
    """A raw table in the making.

    Attributes:
        clean: clean rows with `_loaded_at` (contract columns only).
        main: the same rows with spoiled texts; flags: (rows,) bits of SPELLING_KINDS.
        extras: superseded and rejected rows.
        counts: rows by (kind, outcome, reason).
        broken: rows as text whose cells do not parse (CSV only).
    """

    table: str
    clean: pa.Table
    main: pa.Table
    flags: np.ndarray
    extras: list[pa.Table] = field(default_factory=list)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    broken: list[pa.Table] = field(default_factory=list)

    def count(self, kind: str, outcome: str, rows: int, reason: str = "") -> None:
        """Add to the count of a kind."""
        key = (kind, outcome, reason)
        self.counts[key] = self.counts.get(key, 0) + rows

    def add(self, rows: pa.Table, kind: str, outcome: str, reason: str = "") -> None:
        """Add extra rows of one kind."""
        if len(rows):
            self.extras.append(rows)
            self.count(kind, outcome, len(rows), reason)


def change(rows: pa.Table, **columns: Any) -> pa.Table:
    """Rows with whole columns replaced by an array, a list or one value."""
    for name, value in columns.items():
        position = rows.column_names.index(name)
        kind = rows.field(position).type
        if not isinstance(value, (pa.Array, pa.ChunkedArray)):
            value = pa.array(value if isinstance(value, list) else [value] * len(rows), kind)
        rows = rows.set_column(position, rows.field(position), value)
    return rows


def seconds_of(column: pa.ChunkedArray) -> np.ndarray:
    """Timestamps as seconds."""
    return column.cast(pa.int64()).to_numpy() // 1_000_000


def days_of(column: pa.ChunkedArray) -> np.ndarray:
    """Dates as day numbers, null as 0."""
    return pc.fill_null(column.cast(pa.int32()), 0).to_numpy().astype(np.int64)


def count_spellings(item: RawTable) -> None:
    """Count rows with stray spaces, another case or empty texts in the whole raw table."""
    duplicates = item.counts.get(("identical_duplicate", CORRECTED, ""), 0)
    extras = item.extras[:-1] if duplicates else item.extras
    flags = [item.flags, *(spelling_flags(item.table, rows) for rows in extras)]
    joined = np.concatenate(flags)
    for bit, kind in SPELLING_KINDS.items():
        item.count(kind, CORRECTED, int((joined & bit > 0).sum()))


def as_text(rows: pa.Table) -> pa.Table:
    """All columns as the texts of a CSV file: decimals with their scale, times to the second."""
    columns = [
        pc.strftime(column, format="%Y-%m-%d %H:%M:%S").cast(pa.string())
        if pa.types.is_timestamp(column.type)
        else column.cast(pa.string())
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)


def join(world: World, shard: int, item: RawTable, file_format: str) -> pa.Table:
    """The raw table in order of arrival, a few rows out of order.

    For `csv` all columns are text and the rows that do not parse are among them. Counts the rows
    that stand behind a row of a later load date.
    """
    rng = world.stream(shard, f"order of {item.table}")
    joined = pa.concat_tables([item.main, *item.extras])
    loaded = pc.fill_null(joined.column("_loaded_at").cast(pa.int64()), 0).to_numpy()
    days = loaded // (SECONDS_PER_DAY * 1_000_000)
    delay = rng.integers(0, 30, len(days)) * (rng.random(len(days)) < SHARE_DISORDERED)
    place = (days + delay).astype(np.float64) + rng.random(len(days))
    ordered = days[np.argsort(place, kind="stable")]
    is_behind = (ordered > 0) & (ordered < np.maximum.accumulate(ordered))
    item.count("out_of_order", CORRECTED, int(is_behind.sum()))
    if file_format == "csv" and item.broken:
        joined = pa.concat_tables([as_text(joined), *item.broken])
        place = np.concatenate([place, rng.random(len(item.broken)) * place.max()])
        item.count("reject_unparseable", QUARANTINED, len(item.broken), "unparseable")
    return joined.take(pa.array(np.argsort(place, kind="stable")))
