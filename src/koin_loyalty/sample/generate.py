"""Generating a whole sample: shard by shard, so that memory does not grow with the members."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from koin_loyalty.sample.dirt import soil, soil_places
from koin_loyalty.sample.natural import count_natural_dirt
from koin_loyalty.sample.places import product_table, site_table
from koin_loyalty.sample.planted import add_numbers, planted_facts, planted_numbers, planted_tables
from koin_loyalty.sample.raw_table import QUARANTINED, UNKNOWN, RawTable, join
from koin_loyalty.sample.schema import CONTRACT
from koin_loyalty.sample.shard import build_shard
from koin_loyalty.sample.unknowns import plant_unknowns
from koin_loyalty.sample.world import World, build_world
from koin_loyalty.sample.writer import TableWriter, prepare_folder, publish_folder

#: Members simulated at a time: about 1 GB at ten receipts a member, whatever the total.
SHARD_MEMBERS = 25_000

#: Receipts (of members and of others) per member and 52 weeks when nothing else is asked for.
RECEIPTS_PER_MEMBER_YEAR = 8.0

FILE_FORMATS = ("parquet", "csv")

DirtKey = tuple[str, str, str, str]


@dataclass
class SampleSummary:
    """What a sample holds.

    Attributes:
        path: the folder.
        rows: raw rows by table (`cohesive.tbl_receipt` ...).
        truth_rows: rows of the clean truth by table.
        dirt: raw rows by (table, kind, outcome, reason), as in `truth/dirt.csv`.
        planted: facts as in `truth/planted.json`.
    """

    path: Path
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CONTRACT, 0))
    truth_rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CONTRACT, 0))
    dirt: dict[DirtKey, int] = field(default_factory=dict)
    planted: dict[str, Any] = field(default_factory=dict)


def generate_sample(
    out: Path,
    members: int,
    weeks: int,
    seed: int,
    *,
    file_format: str = "parquet",
    progress: Callable[[str, float], None] | None = None,
    receipts_per_member: float | None = None,
) -> SampleSummary:
    """Write a raw folder, and beside it the clean truth that a build must reach.

    The same arguments give the same bytes. An earlier sample in `out` is replaced at the end.

    Args:
        out: folder for `cohesive/`, `stamps/` and `truth/`.
        members: number of members.
        weeks: number of weeks from Monday 2023-10-16.
        seed: any number from 0.
        file_format: `parquet` or `csv`, of the raw tables; a CSV delivery has rows that do not
            parse besides.
        progress: called with what is done and the share done.
        receipts_per_member: receipts of the whole sample (non-members' included) by member;
            default RECEIPTS_PER_MEMBER_YEAR for each 52 weeks.

    Raises:
        ValueError: on arguments out of range, missing seeds, or data in `out` that is no sample.
    """
    per_member = _checked(members, weeks, seed, file_format, receipts_per_member)
    world = build_world(weeks, seed)
    report = progress or (lambda message, share: None)
    out = Path(out)
    partial = prepare_folder(out)
    shards = -(-members // SHARD_MEMBERS)
    writer = TableWriter(partial, file_format, shards)
    summary = SampleSummary(out)
    numbers: dict[str, Any] = {}

    _write_places(world, writer, summary)
    for shard in range(shards):
        report(f"members {shard * SHARD_MEMBERS:,} of {members:,}", shard / shards)
        count = min(SHARD_MEMBERS, members - shard * SHARD_MEMBERS)
        numbers = add_numbers(
            numbers, _write_shard(world, writer, summary, shard, count, per_member)
        )
    summary.planted = planted_facts(world, members, per_member, numbers)
    _write_facts(partial / "truth", summary)
    publish_folder(out)
    report("done", 1.0)
    return summary


def _checked(
    members: int, weeks: int, seed: int, file_format: str, receipts_per_member: float | None
) -> float:
    """Receipts per member of a valid request."""
    if members < 1:
        raise ValueError(f"members must be at least 1, not {members}")
    if weeks < 1:
        raise ValueError(f"weeks must be at least 1, not {weeks}")
    if seed < 0:
        raise ValueError(f"seed must not be negative, not {seed}")
    if file_format not in FILE_FORMATS:
        raise ValueError(
            f"the file format must be one of {', '.join(FILE_FORMATS)}, not {file_format}"
        )
    if receipts_per_member is None:
        return RECEIPTS_PER_MEMBER_YEAR * weeks / 52
    if not 0 < receipts_per_member <= 200:
        raise ValueError(
            f"receipts per member must be between 0 and 200, not {receipts_per_member}"
        )
    return receipts_per_member


def _write_places(world: World, writer: TableWriter, summary: SampleSummary) -> None:
    """Stores and products."""
    clean = {
        "cohesive.tbl_site": site_table(world),
        "cohesive.tbl_product": product_table(world),
    }
    for table, item in soil_places(world, clean).items():
        _write_table(world, writer, summary, clean[table], item, None)


def _write_shard(
    world: World,
    writer: TableWriter,
    summary: SampleSummary,
    shard: int,
    members: int,
    receipts_per_member: float,
) -> dict[str, Any]:
    """Simulate, spoil and write one shard; returns what was planted."""
    clean = build_shard(world, shard, shard * SHARD_MEMBERS, members, receipts_per_member)
    tables, unknowns = plant_unknowns(world, shard, clean)
    raw = soil(world, shard, clean, tables)
    for (table, kind), rows in unknowns.items():
        if kind == "pre_cohesive":
            raw[table].count(kind, QUARANTINED, rows, kind)
        else:
            raw[table].count(kind, UNKNOWN, rows)
    count_natural_dirt(tables, raw)
    for table, item in raw.items():
        _write_table(world, writer, summary, tables[table], item, shard)
    for table, data in planted_tables(clean).items():
        writer.truth(table, data, shard)
    return planted_numbers(clean)


def _write_table(
    world: World,
    writer: TableWriter,
    summary: SampleSummary,
    clean: pa.Table,
    item: RawTable,
    shard: int | None,
) -> None:
    """Write raw rows and truth of a table (of a shard), and add its counts to the summary."""
    raw = join(world, shard or 0, item, writer.file_format)
    truth = clean.drop_columns(["_loaded_at"])
    writer.raw(item.table, raw, shard)
    writer.truth(item.table, truth, shard)
    summary.rows[item.table] += len(raw)
    summary.truth_rows[item.table] += len(truth)
    for (kind, outcome, reason), rows in item.counts.items():
        key = (item.table, kind, outcome, reason)
        summary.dirt[key] = summary.dirt.get(key, 0) + rows


def _write_facts(folder: Path, summary: SampleSummary) -> None:
    """`dirt.csv` and `planted.json`."""
    summary.dirt = {key: rows for key, rows in sorted(summary.dirt.items()) if rows}
    with (folder / "dirt.csv").open("w", encoding="utf-8", newline="") as handle:
        lines = csv.writer(handle, lineterminator="\n")
        lines.writerow(("table", "kind", "outcome", "reason", "row_count"))
        lines.writerows((*key, rows) for key, rows in summary.dirt.items())
    text = json.dumps(summary.planted, indent=2, ensure_ascii=False)
    (folder / "planted.json").write_text(text + "\n", encoding="utf-8")
