"""What happens to sales after the basket: vouchers, voids and returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.baskets import KoinOffers, Lines
from koin_loyalty.sample.catalogue import BY_LENGTH, CATEGORIES
from koin_loyalty.sample.columns import SECONDS_PER_DAY
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import World

SHARE_VOID = 0.008
SHARE_VOID_WITHOUT_REVERSAL = 0.2
SHARE_RETURNED = 0.03
SHARE_FULL_RETURN = 0.45
LATEST_RETURN = 21

SHARE_WITH_VOUCHER = 0.035
SHARE_OUTSIDE_VALIDITY = 0.02
FACE_VALUES = np.array([25_000, 50_000, 75_000, 100_000, 150_000])
UNREDEEMED_PER_REDEEMED = 1.6
VOUCHER_VALID_DAYS = 30


@dataclass(frozen=True)
class Sales:
    """Sales of a shard, (sales,) arrays in the order of the trips.

    Attributes:
        timestamp: seconds since 1970-01-01.
        base: net sales of the ordinary lines (without the Harga Spesial Koin product).
        first_line, line_count: ordinary lines of the sale.
        is_void: voided later; void_timestamp: when; is_void_reversed: whether its koin were undone.
        voucher: number of the voucher used, -1 = none; voucher_amount: what it paid.
    """

    timestamp: np.ndarray
    base: np.ndarray
    first_line: np.ndarray
    line_count: np.ndarray
    is_void: np.ndarray
    void_timestamp: np.ndarray
    is_void_reversed: np.ndarray
    voucher: np.ndarray
    voucher_amount: np.ndarray


@dataclass(frozen=True)
class Returns:
    """Returns, (returns,) arrays; at most one a sale.

    Attributes:
        sale: number of the sale; timestamp: seconds since 1970-01-01.
        line: the one line returned (-1: all lines; -2: the Harga Spesial Koin product).
        before, after: net sales of the sale's ordinary lines before and up to that line.
        part, whole: quantity returned of the line's quantity.
    """

    sale: np.ndarray
    timestamp: np.ndarray
    line: np.ndarray
    before: np.ndarray
    after: np.ndarray
    part: np.ndarray
    whole: np.ndarray

    ALL_LINES = -1
    OFFER_LINE = -2


@dataclass(frozen=True)
class Vouchers:
    """Vouchers, (vouchers,) arrays; the first ones are redeemed (in the order of `Sales.voucher`).

    Attributes:
        program: number of the programme; member: -1 = nobody's.
        issued: seconds; expires: day index of the calendar; sale: redeemed on, -1 = not redeemed.
    """

    program: np.ndarray
    member: np.ndarray
    issued: np.ndarray
    expires: np.ndarray
    face: np.ndarray
    sale: np.ndarray


def build_sales(
    world: World, shard: int, traits: Traits, trips: Trips, lines: Lines
) -> tuple[Sales, Vouchers]:
    """Amounts, voids and vouchers of every trip."""
    rng = world.stream(shard, "sales")
    count = len(trips)
    first_line = np.searchsorted(lines.sale, np.arange(count))
    line_count = np.diff(np.append(first_line, len(lines.sale)))
    total = np.concatenate([[0], np.cumsum(lines.net)])
    base = total[first_line + line_count] - total[first_line]
    timestamp = (trips.day + world.calendar.first_day) * SECONDS_PER_DAY + trips.second
    is_void = rng.random(count) < SHARE_VOID
    void_timestamp = timestamp + rng.integers(300, 1_500, count)
    is_void_reversed = rng.random(count) >= SHARE_VOID_WITHOUT_REVERSAL
    voucher, amount, vouchers = _vouchers(world, rng, traits, trips, base, is_void)
    return (
        Sales(
            timestamp, base, first_line, line_count, is_void, void_timestamp, is_void_reversed,
            voucher, amount,
        ),
        vouchers,
    )  # fmt: skip


def _vouchers(
    world: World,
    rng: np.random.Generator,
    traits: Traits,
    trips: Trips,
    base: np.ndarray,
    is_void: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, Vouchers]:
    """Redeem vouchers on some receipts, and issue others that nobody redeemed."""
    count, last = len(trips), world.calendar.days - 1
    first_second = world.calendar.first_day * SECONDS_PER_DAY
    wants, pick = rng.random(count) < SHARE_WITH_VOUCHER, rng.random(count)
    face = FACE_VALUES[rng.integers(0, len(FACE_VALUES), count)]
    back = rng.integers(1, 21, count)
    wants &= (face <= base * 0.8) & ~is_void
    program = np.full(count, -1, dtype=np.int64)
    for number, item in enumerate(world.reference.voucher_programs):
        is_open = (trips.bu == item.bu) & (trips.day > item.starts) & (trips.day <= item.ends)
        program = np.where(wants & is_open & ((program < 0) | (pick < 0.5)), number, program)
    used = np.flatnonzero(program >= 0)
    starts = np.array([item.starts for item in world.reference.voucher_programs])
    issue_day = np.maximum(trips.day[used] - back[used], starts[program[used]])
    issue_day = np.maximum(issue_day, 0)
    outside = rng.random(len(used)) < SHARE_OUTSIDE_VALIDITY
    expires = np.where(
        outside,
        np.maximum(trips.day[used] - 1, issue_day),
        np.maximum(issue_day + VOUCHER_VALID_DAYS, trips.day[used]),
    )
    voucher = np.full(count, -1, dtype=np.int64)
    voucher[used] = np.arange(len(used))
    amount = np.where(voucher >= 0, face, 0)

    rest_program, rest_member, rest_day = _unredeemed(world, rng, traits, len(used), last)
    issued = np.concatenate(
        [
            issue_day * SECONDS_PER_DAY + 8 * 3_600 + rng.integers(0, 3_600, len(used)),
            rest_day * SECONDS_PER_DAY + 8 * 3_600 + rng.integers(0, 3_600, len(rest_day)),
        ]
    )
    vouchers = Vouchers(
        program=np.concatenate([program[used], rest_program]),
        member=np.concatenate([trips.member[used], rest_member]),
        issued=issued + first_second,
        expires=np.concatenate([expires, rest_day + VOUCHER_VALID_DAYS]),
        face=np.concatenate([face[used], FACE_VALUES[rng.integers(0, 5, len(rest_day))]]),
        sale=np.concatenate([used, np.full(len(rest_day), -1)]),
    )
    return voucher, amount, vouchers


def _unredeemed(
    world: World, rng: np.random.Generator, traits: Traits, redeemed: int, last: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Programme, member and day of vouchers that were never redeemed."""
    programs = world.reference.voucher_programs
    started = [number for number, item in enumerate(programs) if item.starts <= last]
    count = round(redeemed * UNREDEEMED_PER_REDEEMED)
    if not started or count == 0:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, empty
    program = np.array(started)[rng.integers(0, len(started), count)]
    starts = np.array([max(item.starts, 0) for item in programs])[program]
    ends = np.minimum(np.array([item.ends for item in programs])[program], last)
    day = starts + (rng.random(count) * (ends - starts + 1)).astype(np.int64)
    member = rng.integers(0, len(traits), count)
    member[(rng.random(count) < 0.08) | (traits.registered[member] > day)] = -1
    return program, member, day


def build_returns(
    world: World,
    shard: int,
    trips: Trips,
    lines: Lines,
    sales: Sales,
    offers: KoinOffers,
) -> Returns:
    """Returns within three weeks, at the same store while it trades, whole or one line."""
    rng = world.stream(shard, "returns")
    count = len(trips)
    picks = (rng.random(count) < SHARE_RETURNED) & ~sales.is_void
    wait = rng.integers(1, LATEST_RETURN + 1, count)
    day = trips.day + wait
    latest = np.minimum(world.network.closed[trips.site], world.calendar.days - 1)
    sale = np.flatnonzero(picks & (day <= latest))
    when = (day[sale] + world.calendar.first_day) * SECONDS_PER_DAY
    timestamp = when + rng.integers(10 * 3_600, 20 * 3_600, len(sale))
    kind, pick, share = rng.random((3, len(sale)))

    lines_of_sale = sales.line_count[sale]
    chosen = (pick * lines_of_sale).astype(np.int64)
    line = sales.first_line[sale] + chosen
    has_offer = offers.product[sale] >= 0
    is_whole = (kind < SHARE_FULL_RETURN) | ((lines_of_sale == 1) & ~has_offer)
    is_offer = ~is_whole & has_offer & (share < 0.35)
    total = np.concatenate([[0], np.cumsum(lines.net)])
    before = total[line] - total[sales.first_line[sale]]
    by_length = np.array([name in BY_LENGTH for name in CATEGORIES])
    is_length = by_length[world.catalogue.category[lines.product[line]]]
    whole = lines.halves[line]
    one_unit = (whole >= 4) & ~is_length & (share < 0.5)
    code = np.where(is_whole, Returns.ALL_LINES, np.where(is_offer, Returns.OFFER_LINE, line))
    return Returns(
        sale=sale,
        timestamp=timestamp,
        line=code,
        before=before,
        after=before + lines.net[line],
        part=np.where(one_unit & (code >= 0), 2, whole),
        whole=whole,
    )
