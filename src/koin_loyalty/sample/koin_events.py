"""Everything that moves the koin of members, in order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.catalogue import BU
from koin_loyalty.sample.columns import SECONDS_PER_DAY, draw_grouped
from koin_loyalty.sample.sales import Returns, Sales
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import World

SALE, RETURN, VOID, ADJUST_UP, ADJUST_DOWN, GRANT = range(6)
LOT_VALID_DAYS = 365
SHORT_VALID_DAYS = 90
SHARE_SHORT_VALIDITY = 0.01
SHARE_ADJUSTED = 0.015
SHARE_WELCOMED = 0.5
WELCOME_KOIN = 5_000
OPENING_KOIN = 14_000
#: Members with full registration get koin on their birthday, if they shop at all.
BIRTHDAY_KOIN = 1_500


@dataclass(frozen=True)
class Events:
    """Events of all members sorted by (member, time), (events,) arrays.

    Attributes:
        reference: number of the sale (SALE, VOID), of the return (RETURN), else -1.
        amount: koin of adjustments and grants; bu: issuer of grants, unit of sales.
        expiry: day index after which the lot of the event is gone, never falling within a member.
        expires_on: last valid day that the ledger shows for the lot.
    """

    member: np.ndarray
    timestamp: np.ndarray
    kind: np.ndarray
    reference: np.ndarray
    amount: np.ndarray
    bu: np.ndarray
    expiry: np.ndarray
    expires_on: np.ndarray


def build_events(
    world: World,
    rng: np.random.Generator,
    traits: Traits,
    trips: Trips,
    sales: Sales,
    returns: Returns,
) -> Events:
    """Sales, returns and voids of members, opening and welcome lots, adjustments."""
    members, days = len(traits), world.calendar.days
    first_second = world.calendar.first_day * SECONDS_PER_DAY
    of_member = np.flatnonzero(trips.member >= 0)
    voided = of_member[sales.is_void[of_member] & sales.is_void_reversed[of_member]]
    undone = np.flatnonzero(trips.member[returns.sale] >= 0)

    legacy = np.flatnonzero((traits.registered < 0) & (rng.random(members) < 0.85))
    lots = rng.integers(1, 4, len(legacy))
    opening = np.repeat(legacy, lots)
    activity = np.maximum(traits.weight[opening], 0.05) ** 0.8
    opening_koin = OPENING_KOIN * activity * np.exp(rng.normal(-0.3, 0.8, len(opening)))
    opening_koin = np.maximum(opening_koin.astype(np.int64), 100)
    opening_expiry = rng.integers(20, LOT_VALID_DAYS - 5, len(opening))
    opening_expiry = opening_expiry[np.lexsort((opening_expiry, opening))]
    welcomed = np.flatnonzero((traits.registered >= 0) & (rng.random(members) < SHARE_WELCOMED))
    celebrated, birthday = _birthdays(world, traits)
    adjusted = np.flatnonzero(rng.random(members) < SHARE_ADJUSTED)
    adjust_day = np.minimum(
        traits.active_from[adjusted] + rng.integers(1, days + 1, len(adjusted)), days - 1
    )
    adjust_koin = rng.integers(1, 40, len(adjusted)) * 500
    is_up = rng.random(len(adjusted)) < 0.6

    def lot_bu(member: np.ndarray) -> np.ndarray:
        return draw_grouped(traits.bu_draw, member, rng.random(len(member)))

    at_nine = 9 * 3_600
    parts = (
        (trips.member[of_member], sales.timestamp[of_member], SALE, of_member, 0,
         trips.bu[of_member], trips.day[of_member] + LOT_VALID_DAYS),
        (trips.member[returns.sale[undone]], returns.timestamp[undone], RETURN, undone, 0,
         trips.bu[returns.sale[undone]], 0),
        (trips.member[voided], sales.void_timestamp[voided], VOID, voided, 0, trips.bu[voided], 0),
        (opening, np.full(len(opening), first_second + 300), GRANT, -1, opening_koin,
         lot_bu(opening), opening_expiry),
        (welcomed, first_second + traits.registered[welcomed] * SECONDS_PER_DAY + at_nine, GRANT,
         -1, WELCOME_KOIN, BU["AZKO"], traits.registered[welcomed] + LOT_VALID_DAYS),
        (celebrated, first_second + birthday * SECONDS_PER_DAY + at_nine - 3_600, GRANT, -1,
         BIRTHDAY_KOIN, lot_bu(celebrated), birthday + LOT_VALID_DAYS),
        (adjusted, first_second + adjust_day * SECONDS_PER_DAY + at_nine + 60,
         np.where(is_up, ADJUST_UP, ADJUST_DOWN), -1, adjust_koin, -1,
         np.where(is_up, adjust_day + LOT_VALID_DAYS, 0)),
    )  # fmt: skip
    columns = []
    for position in range(7):
        columns.append(
            np.concatenate(
                [
                    np.broadcast_to(np.asarray(part[position], dtype=np.int64), len(part[0]))
                    for part in parts
                ]
            )
        )
    order = np.lexsort((columns[1], columns[0]))
    member, timestamp, kind, reference, amount, bu, expires = (c[order] for c in columns)
    span = 100_000
    expiry = np.maximum.accumulate(member * span + expires) - member * span
    expires_on = np.where(
        (kind == SALE) & (rng.random(len(kind)) < SHARE_SHORT_VALIDITY),
        expires - LOT_VALID_DAYS + SHORT_VALID_DAYS,
        expires,
    )
    return Events(member, timestamp, kind, reference, amount, bu, expiry, expires_on)


def _birthdays(world: World, traits: Traits) -> tuple[np.ndarray, np.ndarray]:
    """Members and days (calendar index) of the birthdays on which koin are given."""
    month = traits.birth.astype("datetime64[D]").astype("datetime64[M]")
    day_of_month = traits.birth - month.astype("datetime64[D]").astype(np.int64)
    first_year = int(
        np.datetime64(world.calendar.first_day, "D").astype("datetime64[Y]").astype(int)
    )
    last_year = int(np.datetime64(world.calendar.last_day, "D").astype("datetime64[Y]").astype(int))
    members, days = [], []
    for year in range(first_year, last_year + 1):
        this_month = (year * 12 + month.astype(np.int64) % 12).astype("datetime64[M]")
        day = this_month.astype("datetime64[D]").astype(np.int64) + day_of_month
        day -= world.calendar.first_day
        given = traits.is_full & (traits.weight > 0) & (day > np.maximum(traits.registered, 0))
        given &= day < world.calendar.days
        members.append(np.flatnonzero(given))
        days.append(day[given])
    return np.concatenate(members), np.concatenate(days)
