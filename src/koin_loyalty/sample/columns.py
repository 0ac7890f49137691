"""Fast builders of Arrow columns and small vectorised helpers for drawing and splitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SECONDS_PER_DAY = 86_400


def identifiers(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    """Texts such as `RM0000000042`: `prefix` and the number padded with zeros to `width`."""
    count, length = len(numbers), len(prefix) + width
    matrix = np.empty((count, length), dtype=np.uint8)
    matrix[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    rest = np.asarray(numbers, dtype=np.int64).copy()
    for position in range(length - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        matrix[:, position] = digit + 48
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(matrix))


def texts(vocabulary: Sequence[str | None], codes: np.ndarray) -> pa.Array:
    """Texts of a small vocabulary by code; a negative code is null."""
    codes = np.asarray(codes)
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.array(list(vocabulary), type=pa.string()).take(indices)


def nulls_where(column: pa.Array, is_null: np.ndarray) -> pa.Array:
    """`column` with null where the mask holds."""
    if not is_null.any():
        return column
    return pc.if_else(pa.array(~is_null), column, pa.scalar(None, type=column.type))


def decimals(units: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Decimals from whole units of the last digit (cents for a scale of 2)."""
    low = np.asarray(units, dtype=np.int64)
    words = np.empty((len(low), 2), dtype=np.int64)
    words[:, 0] = low
    words[:, 1] = low >> 63
    return pa.Array.from_buffers(kind, len(low), [None, pa.py_buffer(words)])


def money(rupiah: np.ndarray) -> pa.Array:
    """Whole rupiah as decimal(18, 2)."""
    return decimals(np.asarray(rupiah, dtype=np.int64) * 100, pa.decimal128(18, 2))


def koin(units: np.ndarray) -> pa.Array:
    """Whole koin as decimal(18, 0)."""
    return decimals(units, pa.decimal128(18, 0))


def quantities(halves: np.ndarray) -> pa.Array:
    """Quantities counted in halves of a unit as decimal(12, 3)."""
    return decimals(np.asarray(halves, dtype=np.int64) * 500, pa.decimal128(12, 3))


def timestamps(seconds: np.ndarray, is_null: np.ndarray | None = None) -> pa.Array:
    """Seconds since 1970-01-01 (business time) as timestamp[us] without zone."""
    micros = np.asarray(seconds, dtype=np.int64) * 1_000_000
    return pa.array(micros, mask=is_null).cast(pa.timestamp("us"))


def dates(days: np.ndarray, is_null: np.ndarray | None = None) -> pa.Array:
    """Days since 1970-01-01 as date32."""
    return pa.array(np.asarray(days, dtype=np.int32), mask=is_null).cast(pa.date32())


def cumulative(weights: np.ndarray) -> np.ndarray:
    """Rows of weights (the last axis) as cumulative shares that end at exactly 1."""
    sums = np.cumsum(np.asarray(weights, dtype=np.float64), axis=-1)
    shares = sums / sums[..., -1:]
    shares[..., -1] = 1.0
    return shares


def draw(shares: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Indices drawn from one row of cumulative shares."""
    return np.searchsorted(shares, uniforms, side="right").astype(np.int32)


def draw_grouped(shares: np.ndarray, group: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Indices drawn from row `group` of a (groups, choices) table of cumulative shares."""
    groups, choices = shares.shape
    flat = (shares + np.arange(groups)[:, None]).ravel()
    group = np.asarray(group, dtype=np.int64)
    found = np.searchsorted(flat, group + uniforms, side="right") - group * choices
    return np.clip(found, 0, choices - 1).astype(np.int32)


def ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Concatenation of arange(start, start + count) for each pair."""
    counts = np.asarray(counts, dtype=np.int64)
    total = int(counts.sum())
    if total == 0:
        return np.empty(0, dtype=np.int64)
    ends = np.cumsum(counts)
    offsets = np.repeat(np.asarray(starts, dtype=np.int64) - (ends - counts), counts)
    return np.arange(total, dtype=np.int64) + offsets


def rank_in_group(group: np.ndarray) -> np.ndarray:
    """0, 1, 2 ... within each run of equal values of a sorted array."""
    count = len(group)
    if count == 0:
        return np.empty(0, dtype=np.int64)
    is_first = np.empty(count, dtype=bool)
    is_first[0] = True
    is_first[1:] = group[1:] != group[:-1]
    starts = np.flatnonzero(is_first)
    return np.arange(count, dtype=np.int64) - np.repeat(starts, np.diff(np.append(starts, count)))


def set_cells(table: pa.Table, column: str, rows: np.ndarray, values: Sequence[Any]) -> pa.Table:
    """`table` with the cells of some rows (ascending) replaced."""
    if len(rows) == 0:
        return table
    position = table.column_names.index(column)
    old = table.column(position).combine_chunks()
    mask = np.zeros(len(table), dtype=bool)
    mask[rows] = True
    replaced = pc.replace_with_mask(old, pa.array(mask), pa.array(list(values), type=old.type))
    return table.set_column(position, table.field(position), replaced)


def true_mask(condition: pa.ChunkedArray) -> np.ndarray:
    """Condition as a mask, null as False."""
    return pc.fill_null(condition, False).to_numpy()
