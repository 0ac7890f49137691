"""Clean Arrow tables of receipts, lines, payments, koin and vouchers of one shard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.baskets import KoinOffers, Lines
from koin_loyalty.sample.catalogue import BUSINESS_UNITS
from koin_loyalty.sample.columns import SECONDS_PER_DAY, ranges, rank_in_group
from koin_loyalty.sample.koin import Outcome
from koin_loyalty.sample.koin_ledger import ENTRY_TYPES, Ledger
from koin_loyalty.sample.network import SITES
from koin_loyalty.sample.payments import BANKS, METHODS, Payments
from koin_loyalty.sample.sales import Returns, Sales, Vouchers
from koin_loyalty.sample.schema import CONTRACT
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import World

CHANNELS = ("offline", "online")
FULFILMENTS = ("in_store", "delivery", "click_and_collect")
STATUSES = ("completed", "void", "return")
COMPLETED, VOIDED, RETURNED = range(3)

#: Numbers of one shard: shard * stride + position.
RECEIPT_STRIDE, KOIN_STRIDE = 10_000_000, 100_000_000

SHARE_LATE = 0.015
LATEST_LOAD = 9

#: Sales that were corrected days later and re-sent whole.
SHARE_CORRECTED = 0.01
LATEST_CORRECTION = 4


def receipt_ids(shard: int, numbers: np.ndarray) -> pa.Array:
    """Keys of receipts by number; a negative number is null."""
    keys = col.identifiers("RM", shard * RECEIPT_STRIDE + np.maximum(numbers, 0), 10)
    return col.nulls_where(keys, np.asarray(numbers) < 0)


def payment_ids(shard: int, numbers: np.ndarray) -> pa.Array:
    """Keys of payments by number."""
    return col.identifiers("RP", shard * KOIN_STRIDE + np.asarray(numbers), 11)


def koin_ids(shard: int, numbers: np.ndarray) -> pa.Array:
    """Keys of koin rows by number; text order is the order of the ledger; negative is null."""
    keys = col.identifiers("K", shard * KOIN_STRIDE + np.maximum(numbers, 0), 11)
    return col.nulls_where(keys, np.asarray(numbers) < 0)


def member_ids(offset: int, numbers: np.ndarray) -> pa.Array:
    """Keys of members (ten digits, leading zeros) by number in the shard; negative is null."""
    keys = col.identifiers("", 100_000 + offset + np.maximum(numbers, 0), 10)
    return col.nulls_where(keys, np.asarray(numbers) < 0)


def loaded_at(world: World, rng: np.random.Generator, known: np.ndarray, minute: int) -> np.ndarray:
    """Load time of rows known at a second: the night after, some days late, never after the end.

    Args:
        known: (rows,) seconds since 1970-01-01.
        minute: minute after two o'clock at which the table is loaded.
    """
    count = len(known)
    late = np.where(rng.random(count) < SHARE_LATE, rng.integers(1, LATEST_LOAD + 1, count), 0)
    night = known // SECONDS_PER_DAY + 1 + late
    last_night = world.calendar.last_day + 1
    night = np.minimum(night, last_night)
    return night * SECONDS_PER_DAY + 2 * 3_600 + minute * 60 + rng.integers(0, 600, count)


@dataclass(frozen=True)
class Receipts:
    """Receipt-level arrays behind the clean tables: sales first, then returns.

    Attributes:
        updated: seconds; loaded: seconds; day: calendar index.
        first_updated: seconds of the first version where the newest is another one, else -1.
    """

    member: np.ndarray
    bu: np.ndarray
    site: np.ndarray
    channel: np.ndarray
    fulfilment: np.ndarray
    timestamp: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    status: np.ndarray
    original: np.ndarray
    updated: np.ndarray
    loaded: np.ndarray
    first_updated: np.ndarray


def build_receipts(
    world: World,
    shard: int,
    trips: Trips,
    sales: Sales,
    returns: Returns,
    outcome: Outcome,
) -> Receipts:
    """Receipts of sales and returns in their newest version."""
    rng = world.stream(shard, "receipts")
    of_sale = returns.sale

    def both(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, values[of_sale]])

    timestamp = np.concatenate([sales.timestamp, returns.timestamp])
    status = np.concatenate(
        [
            np.where(sales.is_void, VOIDED, COMPLETED),
            np.full(len(of_sale), RETURNED),
        ]
    )
    first = timestamp + rng.integers(30, 240, len(timestamp))
    corrected_at = timestamp + rng.integers(SECONDS_PER_DAY, LATEST_CORRECTION * SECONDS_PER_DAY,
                                            len(timestamp))  # fmt: skip
    end = (world.calendar.last_day + 1) * SECONDS_PER_DAY
    is_corrected = (rng.random(len(timestamp)) < SHARE_CORRECTED) & (corrected_at < end)
    is_corrected &= status == COMPLETED
    updated = np.where(is_corrected, corrected_at, first)
    updated[: len(sales.base)][sales.is_void] = sales.void_timestamp[sales.is_void]
    return Receipts(
        member=both(trips.member),
        bu=both(trips.bu),
        site=both(trips.site),
        channel=both(trips.channel),
        fulfilment=both(trips.fulfilment),
        timestamp=timestamp,
        day=timestamp // SECONDS_PER_DAY - world.calendar.first_day,
        amount=np.concatenate([outcome.total, -outcome.returned]),
        status=status,
        original=np.concatenate([np.full(len(sales.base), -1), of_sale]),
        updated=updated,
        loaded=loaded_at(world, rng, updated, 0),
        first_updated=np.where(updated != first, first, -1),
    )


def receipt_table(shard: int, offset: int, receipts: Receipts) -> pa.Table:
    """Clean `tbl_receipt`."""
    return pa.table(
        [
            receipt_ids(shard, np.arange(len(receipts.member))),
            member_ids(offset, receipts.member),
            col.texts(BUSINESS_UNITS, receipts.bu),
            col.texts([site.code for site in SITES], receipts.site),
            col.texts(CHANNELS, receipts.channel),
            col.texts(FULFILMENTS, receipts.fulfilment),
            col.timestamps(receipts.timestamp),
            col.money(receipts.amount),
            col.texts(STATUSES, receipts.status),
            receipt_ids(shard, receipts.original),
            col.timestamps(receipts.updated),
            col.timestamps(receipts.loaded),
        ],
        schema=CONTRACT["cohesive.tbl_receipt"],
    )


@dataclass(frozen=True)
class FinalLines:
    """Lines of all receipts sorted by receipt and line number, (lines,) arrays."""

    receipt: np.ndarray
    line_no: np.ndarray
    product: np.ndarray
    halves: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    koin: np.ndarray


def build_final_lines(
    lines: Lines,
    sales: Sales,
    offers: KoinOffers,
    returns: Returns,
    outcome: Outcome,
) -> FinalLines:
    """Lines of sales with the koin spent on each, and lines of returns with their signs."""
    has_offer = outcome.total > sales.base
    rest = outcome.redeemed - np.where(outcome.is_offer_paid, offers.koin_total, 0)
    open_offer = np.where(has_offer & ~outcome.is_offer_paid, offers.normal_total, 0)
    spread = np.maximum(sales.base + open_offer, 1)
    total = np.concatenate([[0], np.cumsum(lines.net)])
    before = total[:-1] - total[sales.first_line[lines.sale]]
    after = before + lines.net
    koin = rest[lines.sale] * after // spread[lines.sale]
    koin -= rest[lines.sale] * before // spread[lines.sale]

    offered = np.flatnonzero(has_offer)
    paid = outcome.is_offer_paid[offered]
    offer_net = np.where(paid, offers.koin_total[offered], offers.normal_total[offered])
    part_koin = rest[offered] - rest[offered] * sales.base[offered] // spread[offered]
    offer_koin = np.where(paid, offers.koin_total[offered], part_koin)

    receipt = np.concatenate([lines.sale, offered])
    order = np.argsort(receipt, kind="stable")
    columns = {
        "product": np.concatenate([lines.product, offers.product[offered]])[order],
        "halves": np.concatenate([lines.halves, offers.units[offered] * 2])[order],
        "gross": np.concatenate([lines.gross, offers.normal_total[offered]])[order],
        "net": np.concatenate([lines.net, offer_net])[order],
        "koin": np.concatenate([koin, offer_koin])[order],
    }
    receipt = receipt[order]
    back_row, of_return, part, whole = _returned_rows(receipt, sales, returns, has_offer)
    back = {name: -(column[back_row] * part // whole) for name, column in columns.items()}
    back["product"] = columns["product"][back_row]
    receipt = np.concatenate([receipt, len(sales.base) + of_return])
    return FinalLines(
        receipt=receipt,
        line_no=rank_in_group(receipt) + 1,
        **{name: np.concatenate([columns[name], back[name]]) for name in columns},
    )


def _returned_rows(
    receipt: np.ndarray, sales: Sales, returns: Returns, has_offer: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows of sale lines that come back: (row, return, part, whole), sorted by return."""
    first = np.searchsorted(receipt, returns.sale, side="left")
    last = np.searchsorted(receipt, returns.sale, side="right")
    offer_gone = (returns.line == Returns.OFFER_LINE) & ~has_offer[returns.sale]
    is_all = (returns.line == Returns.ALL_LINES) | offer_gone
    is_offer = (returns.line == Returns.OFFER_LINE) & ~offer_gone
    single = np.where(is_offer, last - 1, first + returns.line - sales.first_line[returns.sale])
    start = np.where(is_all, first, single)
    counts = np.where(is_all, last - first, 1)
    of_return = np.repeat(np.arange(len(returns.sale)), counts)
    is_one = (~is_all & ~is_offer)[of_return]
    part = np.where(is_one, returns.part[of_return], 1)
    whole = np.where(is_one, returns.whole[of_return], 1)
    return ranges(start, counts), of_return, part, whole


def line_table(
    world: World, shard: int, receipts: Receipts, lines: FinalLines, sku: tuple[str, ...]
) -> pa.Table:
    """Clean `tbl_receipt_line`."""
    rng = world.stream(shard, "line loads")
    delay = rng.integers(600, 1_200, len(receipts.loaded))
    return pa.table(
        [
            receipt_ids(shard, lines.receipt),
            pa.array(lines.line_no.astype(np.int32)),
            col.texts(sku, lines.product),
            col.quantities(lines.halves),
            col.money(lines.gross),
            col.money(lines.gross - lines.net),
            col.money(lines.net),
            col.koin(lines.koin),
            col.timestamps(receipts.updated[lines.receipt]),
            col.timestamps((receipts.loaded + delay)[lines.receipt]),
        ],
        schema=CONTRACT["cohesive.tbl_receipt_line"],
    )


def payment_table(
    world: World, shard: int, receipts: Receipts, payments: Payments, vouchers: Vouchers
) -> pa.Table:
    """Clean `tbl_receipt_payment`."""
    rng = world.stream(shard, "payment loads")
    delay = rng.integers(1_200, 1_800, len(receipts.loaded))
    return pa.table(
        [
            payment_ids(shard, np.arange(len(payments.receipt))),
            receipt_ids(shard, payments.receipt),
            col.texts(METHODS, payments.tender),
            col.texts(BANKS, payments.tender),
            voucher_codes(world, shard, vouchers, payments.voucher),
            col.money(payments.amount),
            col.timestamps(receipts.updated[payments.receipt]),
            col.timestamps((receipts.loaded + delay)[payments.receipt]),
        ],
        schema=CONTRACT["cohesive.tbl_receipt_payment"],
    )


def voucher_codes(world: World, shard: int, vouchers: Vouchers, numbers: np.ndarray) -> pa.Array:
    """Codes such as PTFP-0000012 by voucher number; negative is null."""
    numbers = np.asarray(numbers)
    if len(vouchers.program) == 0:
        return pa.nulls(len(numbers), pa.string())
    programs = [item.code for item in world.reference.voucher_programs]
    known = np.maximum(numbers, 0)
    prefix = col.texts(programs, vouchers.program[known])
    serial = col.identifiers("", shard * 1_000_000 + known, 10)
    return col.nulls_where(pc.binary_join_element_wise(prefix, serial, "-"), numbers < 0)


def koin_table(world: World, shard: int, offset: int, ledger: Ledger) -> pa.Table:
    """Clean `tbl_koin`."""
    rng = world.stream(shard, "koin loads")
    expires = ledger.expires + world.calendar.first_day
    return pa.table(
        [
            koin_ids(shard, np.arange(len(ledger.member))),
            member_ids(offset, ledger.member),
            col.texts(ENTRY_TYPES, ledger.entry_type),
            col.koin(ledger.koin),
            col.texts(BUSINESS_UNITS, ledger.issue_bu),
            col.texts(BUSINESS_UNITS, ledger.redeem_bu),
            receipt_ids(shard, ledger.receipt),
            koin_ids(shard, ledger.source),
            col.timestamps(ledger.timestamp),
            col.dates(expires, ledger.expires < 0),
            col.timestamps(loaded_at(world, rng, ledger.timestamp, 40)),
        ],
        schema=CONTRACT["cohesive.tbl_koin"],
    )


def voucher_table(
    world: World, shard: int, offset: int, vouchers: Vouchers, sales: Sales
) -> pa.Table:
    """Clean `tbl_voucher`."""
    rng = world.stream(shard, "voucher loads")
    count = len(vouchers.program)
    used = vouchers.sale >= 0
    redeemed = np.where(used, sales.timestamp[np.maximum(vouchers.sale, 0)] if count else 0, 0)
    known = np.where(used, redeemed, vouchers.issued)
    programs = [item.code for item in world.reference.voucher_programs]
    return pa.table(
        [
            voucher_codes(world, shard, vouchers, np.arange(count)),
            col.texts(programs, vouchers.program),
            member_ids(offset, vouchers.member),
            col.timestamps(vouchers.issued),
            col.dates(vouchers.expires + world.calendar.first_day),
            col.money(vouchers.face),
            col.timestamps(redeemed, ~used),
            receipt_ids(shard, vouchers.sale),
            col.timestamps(loaded_at(world, rng, known, 55)),
        ],
        schema=CONTRACT["cohesive.tbl_voucher"],
    )
