"""From clean tables to raw tables: spellings, duplicates, older versions and unusable rows.

Everything planted here is extra or is cleaned away, so that the newest usable version of every
key is the clean truth. Every kind is counted.
"""

from __future__ import annotations

import pyarrow as pa

from koin_loyalty.sample.raw_table import CORRECTED, UNKNOWN, WARNED, RawTable, count_spellings
from koin_loyalty.sample.rejects import add_rejects
from koin_loyalty.sample.schema import CONTRACT
from koin_loyalty.sample.shard import CleanShard
from koin_loyalty.sample.spellings import spoil_texts
from koin_loyalty.sample.versions import (
    add_duplicates,
    older_places,
    older_versions,
    resent_receipts,
    superseded_orphans,
)
from koin_loyalty.sample.world import World


def soil(
    world: World, shard: int, clean: CleanShard, tables: dict[str, pa.Table]
) -> dict[str, RawTable]:
    """Raw tables of a shard, not yet joined: see `RawTable`."""
    rng = world.stream(shard, "dirt")
    raw: dict[str, RawTable] = {}
    for table, data in tables.items():
        contract = data.select(CONTRACT[table].names)
        typed = _as_typed(table, contract, clean)
        main, flags = spoil_texts(rng, table, typed)
        raw[table] = RawTable(table, typed, main, flags)
    resent_receipts(world, rng, clean, raw)
    older_versions(world, rng, raw)
    superseded_orphans(rng, raw)
    for item in raw.values():
        add_rejects(rng, shard, item)
        add_duplicates(rng, item)
    _spelling_counts(raw, clean)
    return raw


def _as_typed(table: str, data: pa.Table, clean: CleanShard) -> pa.Table:
    """Members and tiers with the texts that people typed."""
    texts: dict[str, pa.Array] = {}
    if table == "cohesive.tbl_member":
        texts = clean.members.raw_texts
    elif table == "cohesive.tbl_member_tier":
        texts = {"tier": clean.members.raw_tiers}
    for name, column in texts.items():
        position = data.column_names.index(name)
        rest = data.column(position).slice(len(column)).combine_chunks()
        whole = pa.concat_arrays([column, rest]) if len(rest) else column
        data = data.set_column(position, data.field(position), whole)
    return data


def _spelling_counts(raw: dict[str, RawTable], clean: CleanShard) -> None:
    """Counts of spellings: by data for the few extra rows, by flags for the many others."""
    for item in raw.values():
        count_spellings(item)
    for (table, kind), rows in clean.disagreements.counts.items():
        raw[table].count(kind, UNKNOWN, rows)
    members = raw["cohesive.tbl_member"]
    names = {
        "erased_member": WARNED,
        "shared_phone": CORRECTED,
        "opt_in_null": CORRECTED,
        "unknown_tier": UNKNOWN,
        "phone_spelling": CORRECTED,
        "phone_unusable": WARNED,
        "email_unusable": WARNED,
    }
    for kind, outcome in names.items():
        members.count(kind, outcome, clean.members.counts[kind])
    tiers = raw["cohesive.tbl_member_tier"]
    tiers.count("tier_overlap", CORRECTED, clean.members.counts["tier_overlap"])
    tiers.count("tier_gap", CORRECTED, clean.members.counts["tier_gap"])
    tiers.count("unknown_tier", UNKNOWN, clean.members.counts["unknown_history_tier"])


def soil_places(world: World, tables: dict[str, pa.Table]) -> dict[str, RawTable]:
    """Raw tables of stores and products."""
    rng = world.stream(0, "dirt of places")
    raw: dict[str, RawTable] = {}
    for table, data in tables.items():
        main, flags = spoil_texts(rng, table, data)
        raw[table] = RawTable(table, data, main, flags)
    older_places(world, raw)
    for item in raw.values():
        add_rejects(rng, 0, item)
        add_duplicates(rng, item)
        count_spellings(item)
    return raw
