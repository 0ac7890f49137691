"""Rows that a newer or identical row of the same key or receipt supersedes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.columns import SECONDS_PER_DAY
from koin_loyalty.sample.documents import VOIDED
from koin_loyalty.sample.raw_table import CORRECTED, RawTable, change, days_of, seconds_of
from koin_loyalty.sample.schema import CONTRACT
from koin_loyalty.sample.shard import CleanShard
from koin_loyalty.sample.world import World

SHARE_DUPLICATED = 0.006
SHARE_OLDER = 0.004
SHARE_OLDER_AFTER_NEWER = 0.2


def night_after(world: World, rng: np.random.Generator, seconds: np.ndarray) -> np.ndarray:
    """Load time in the night after, not beyond the last night."""
    night = np.minimum(seconds // SECONDS_PER_DAY + 1, world.calendar.last_day + 1)
    return night * SECONDS_PER_DAY + 2 * 3_600 + rng.integers(0, 600, len(seconds))


def resent_receipts(
    world: World, rng: np.random.Generator, clean: CleanShard, raw: dict[str, RawTable]
) -> None:
    """First versions of receipts that were voided or corrected, with their lines and payments.

    The first version of a corrected receipt has a line more, which the correction dropped.
    """
    receipts = clean.receipts
    source = np.flatnonzero(receipts.first_updated >= 0)
    first = receipts.first_updated[source]
    after = rng.random(len(source)) < SHARE_OLDER_AFTER_NEWER
    is_void = receipts.status[source] == VOIDED
    drops = ~is_void & (rng.random(len(source)) < 0.7)
    loaded = night_after(world, rng, first)
    last = (world.calendar.last_day + 1) * SECONDS_PER_DAY + 3 * 3_600
    loaded = np.where(after, np.minimum(receipts.loaded[source] + 3_700, last), loaded)
    product = rng.integers(0, len(world.catalogue), len(source))
    extra = np.where(drops, world.catalogue.price[product], 0)

    item = raw["cohesive.tbl_receipt"]
    rows = change(
        item.clean.take(pa.array(source)),
        sales=col.money(receipts.amount[source] + extra),
        receipt_status="completed",
        updated_at=col.timestamps(first),
        _loaded_at=col.timestamps(loaded),
    )
    kind = np.where(after, 2, np.where(is_void, 0, 1))
    for code, name in enumerate(
        ("void_after_sale", "corrected_receipt", "older_version_after_newer")
    ):
        item.add(rows.filter(pa.array(kind == code)), name, CORRECTED)

    keys = item.clean.column("receive_main_id").take(pa.array(source)).combine_chunks()
    for table in ("cohesive.tbl_receipt_line", "cohesive.tbl_receipt_payment"):
        part = raw[table]
        of = pc.index_in(part.clean.column("receive_main_id"), value_set=keys)
        found = np.flatnonzero(pc.is_valid(of).to_numpy())
        of = of.take(pa.array(found)).to_numpy()
        order = np.argsort(of, kind="stable")
        found, of = found[order], of[order]
        rows = change(
            part.clean.take(pa.array(found)),
            receipt_updated_at=col.timestamps(first[of]),
            _loaded_at=col.timestamps(loaded[of] + 60),
        )
        if table.endswith("payment"):
            amount = pc.cast(rows.column("amount"), pa.int64()).to_numpy().copy()
            last_of_receipt = np.append(of[1:] != of[:-1], True) if len(of) else np.empty(0, bool)
            amount[last_of_receipt] += extra[of[last_of_receipt]]
            rows = change(rows, amount=col.money(amount))
        part.add(rows, "corrected_receipt", CORRECTED)
        if table.endswith("line"):
            counts = np.bincount(of, minlength=len(source))
            dropped = np.flatnonzero(drops & (counts > 0))
            price = world.catalogue.price[product[dropped]]
            part.add(
                pa.table(
                    [
                        keys.take(pa.array(dropped)),
                        pa.array((counts[dropped] + 1).astype(np.int32)),
                        col.texts(world.catalogue.sku, product[dropped]),
                        col.quantities(np.full(len(dropped), 2)),
                        col.money(price),
                        col.money(np.zeros(len(dropped))),
                        col.money(price),
                        col.koin(np.zeros(len(dropped), dtype=np.int64)),
                        col.timestamps(first[dropped]),
                        col.timestamps(loaded[dropped] + 60),
                    ],
                    schema=CONTRACT[table],
                ),
                "dropped_line",
                CORRECTED,
            )


def older_versions(world: World, rng: np.random.Generator, raw: dict[str, RawTable]) -> None:
    """Older versions of rows in the other tables: of some rows, by what really changes there."""

    def choose(item: RawTable, eligible: np.ndarray, share: float) -> pa.Table:
        rows = np.flatnonzero(eligible)
        rows = rows[rng.random(len(rows)) < share]
        return item.clean.take(pa.array(rows))

    def earlier(rows: pa.Table, days: int) -> pa.Array:
        back = rng.integers(1, days + 1, len(rows)) * SECONDS_PER_DAY
        return col.timestamps(seconds_of(rows.column("_loaded_at")) - back)

    item = raw["cohesive.tbl_koin"]
    dated = seconds_of(item.clean.column("_loaded_at")) // SECONDS_PER_DAY
    dated -= seconds_of(item.clean.column("entry_ts")) // SECONDS_PER_DAY
    rows = choose(item, dated >= 3, SHARE_OLDER * 20)
    item.add(
        change(rows, issue_bu_code=None, source_koin_id=None, _loaded_at=earlier(rows, 1)),
        "older_version",
        CORRECTED,
    )

    item = raw["cohesive.tbl_voucher"]
    used = pc.is_valid(item.clean.column("redeemed_at")).to_numpy()
    rows = choose(item, used, 0.5)
    issued = night_after(world, rng, seconds_of(rows.column("issued_at")))
    newest = seconds_of(rows.column("_loaded_at"))
    rows = change(
        rows, redeemed_at=None, redeemed_receive_main_id=None, _loaded_at=col.timestamps(issued)
    )
    item.add(rows.filter(pa.array(issued < newest)), "older_version", CORRECTED)

    item = raw["cohesive.tbl_member"]
    rows = choose(item, np.ones(len(item.clean), bool), 0.08)
    older = (
        seconds_of(rows.column("updated_at")) - rng.integers(1, 200, len(rows)) * SECONDS_PER_DAY
    )
    after = rng.random(len(rows)) < SHARE_OLDER_AFTER_NEWER
    newest = seconds_of(rows.column("_loaded_at"))
    last = (world.calendar.last_day + 1) * SECONDS_PER_DAY + 3 * 3_600
    loaded = np.where(
        after,
        np.minimum(newest + SECONDS_PER_DAY, last),
        newest - rng.integers(1, 150, len(rows)) * SECONDS_PER_DAY,
    )
    rows = change(
        rows,
        tier="SILVER",
        phone=None,
        registration_status="partial",
        updated_at=col.timestamps(older),
        _loaded_at=col.timestamps(loaded),
    )
    item.add(rows.filter(pa.array(~after)), "older_version", CORRECTED)
    item.add(rows.filter(pa.array(after)), "older_version_after_newer", CORRECTED)

    item = raw["cohesive.tbl_member_tier"]
    ended = pc.is_valid(item.clean.column("valid_to")).to_numpy()
    rows = choose(item, ended, 0.3)
    rows = change(rows, valid_to=None, _loaded_at=earlier(rows, 30))
    item.add(rows, "older_version", CORRECTED)

    item = raw["cohesive.tbl_member_child"]
    rows = choose(item, np.ones(len(item.clean), bool), 0.02)
    birth = col.dates(days_of(rows.column("birth_date")) - 1)
    rows = change(rows, birth_date=birth, _loaded_at=earlier(rows, 30))
    item.add(rows, "older_version", CORRECTED)

    item = raw["stamps.message_event"]
    robot = pc.is_valid(item.clean.column("is_machine_open")).to_numpy()
    dated = seconds_of(item.clean.column("_loaded_at")) // SECONDS_PER_DAY
    dated -= seconds_of(item.clean.column("event_ts")) // SECONDS_PER_DAY
    rows = choose(item, robot & (dated >= 2), 0.5)
    rows = change(rows, is_machine_open=None, _loaded_at=earlier(rows, 1))
    item.add(rows, "older_version", CORRECTED)


def older_places(world: World, raw: dict[str, RawTable]) -> None:
    """Older versions of stores (before they closed) and of products (at another price)."""
    item = raw["cohesive.tbl_site"]
    closed = pc.is_valid(item.clean.column("closed_on"))
    rows = item.clean.filter(closed)
    first = world.calendar.first_day * SECONDS_PER_DAY
    rows = change(
        rows, closed_on=None, _loaded_at=col.timestamps(np.full(len(rows), first + 7_200))
    )
    item.add(rows, "older_version", CORRECTED)
    item = raw["cohesive.tbl_product"]
    rows = item.clean.take(pa.array(np.arange(0, len(item.clean), 20)))
    price = pc.cast(rows.column("normal_price"), pa.int64()).to_numpy() - 500
    rows = change(
        rows,
        normal_price=col.money(price),
        _loaded_at=col.timestamps(np.full(len(rows), first + 7_200)),
    )
    item.add(rows, "older_version", CORRECTED)


def superseded_orphans(rng: np.random.Generator, raw: dict[str, RawTable]) -> None:
    """Older versions of lines and payments whose receipt never came."""
    for table in ("cohesive.tbl_receipt_line", "cohesive.tbl_receipt_payment"):
        item = raw[table]
        keys = item.clean.column("receive_main_id")
        number = pc.cast(pc.utf8_slice_codeunits(keys, 5, 12), pa.int64()).to_numpy()
        orphan = np.flatnonzero((number >= 9_000_000) & (number < 9_500_000))[:2]
        rows = item.clean.take(pa.array(orphan))
        older = seconds_of(rows.column("receipt_updated_at")) - 3_600
        rows = change(rows, receipt_updated_at=col.timestamps(older))
        item.add(rows, "older_version", CORRECTED)


def add_duplicates(rng: np.random.Generator, item: RawTable) -> None:
    """Rows that arrive twice, byte by byte."""
    count = len(item.main)
    wanted = max(min(3, count), round(count * SHARE_DUPLICATED))
    rows = np.unique(rng.integers(0, max(count, 1), wanted if count else 0))
    item.add(item.main.take(pa.array(rows)), "identical_duplicate", CORRECTED)
    item.flags = np.concatenate([item.flags, item.flags[rows]])
