"""Trips: who buys when, at which business unit, store and channel."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from koin_loyalty.sample.calendar import SEASONS
from koin_loyalty.sample.campaigns import Assignment
from koin_loyalty.sample.catalogue import BU, BUSINESS_UNITS, CATEGORIES, ONLINE_BU
from koin_loyalty.sample.columns import SECONDS_PER_DAY, draw_grouped, rank_in_group
from koin_loyalty.sample.network import (
    CITY,
    ONLINE_SITE,
    OPENING_CATCHMENT,
    OPENING_TRIPS,
    RELOCATED_MEANWHILE,
    RELOCATED_TO,
    SITE,
)
from koin_loyalty.sample.traits import GONE, ONLINE, Traits
from koin_loyalty.sample.world import MEMBER_SHARE, World

SHARE_ELSEWHERE = 0.12

#: Receipts for each sale: returns come on top.
RECEIPTS_PER_SALE = 1.03
OPENS_AT, CLOSES_AT = 10 * 3_600, 21 * 3_600 + 1_800
ONLINE_FROM, ONLINE_UNTIL = 6 * 3_600, 23 * 3_600
SECONDS_BETWEEN_TRIPS = 180

OFFLINE_CHANNEL, ONLINE_CHANNEL = 0, 1
IN_STORE, DELIVERY, CLICK_AND_COLLECT = 0, 1, 2

#: Extra trips of planted seasonal shoppers per season occurrence, beyond two.
SEASONAL_EXTRA_TRIPS = 0.8
SEASONAL_OTHER_TRIPS_A_YEAR = 0.7


@dataclass(frozen=True)
class Trips:
    """Completed sales, (trips,) arrays; the members' first (sorted by member and time).

    Attributes:
        member: member of the shard, -1 = not a member.
        day: calendar index; second: second of the day.
        forced: category of the first line, -1 = free.
    """

    member: np.ndarray
    day: np.ndarray
    second: np.ndarray
    bu: np.ndarray
    site: np.ndarray
    channel: np.ndarray
    fulfilment: np.ndarray
    forced: np.ndarray

    def __len__(self) -> int:
        return len(self.member)

    def take(self, rows: np.ndarray) -> Trips:
        """The trips of some rows."""
        return Trips(*(getattr(self, item.name)[rows] for item in fields(self)))


def build_trips(
    world: World,
    shard: int,
    traits: Traits,
    assignments: list[Assignment],
    receipts_per_member: float,
) -> Trips:
    """Trips of a shard: about `receipts_per_member` per member, non-members included."""
    rng = world.stream(shard, "trips")
    seasonal = _seasonal_days(world, rng, traits)
    seasonal_bu = draw_grouped(traits.bu_draw, seasonal[0], rng.random(len(seasonal[0])))
    planted = [
        (*seasonal, seasonal_bu, traits.home[seasonal[0], seasonal_bu], None),
        *_opening_trips(world, rng, traits),
        *(_uplift_trips(world, rng, traits, assignment) for assignment in assignments),
    ]
    wanted = len(traits) * receipts_per_member * MEMBER_SHARE / RECEIPTS_PER_SALE
    everyday = max(wanted - sum(len(part[0]) for part in planted), wanted / 4)
    member, day = _everyday_days(world, rng, traits, everyday)
    bu = draw_grouped(traits.bu_draw, member, rng.random(len(member)))
    parts = [(member, day, bu, traits.home[member, bu], None), *planted]
    member = np.concatenate([part[0] for part in parts])
    day = np.concatenate([part[1] for part in parts])
    bu = np.concatenate([part[2] for part in parts]).astype(np.int32)
    site = np.concatenate([part[3] for part in parts]).astype(np.int32)
    forced = np.concatenate(
        [np.full(len(p[0]), -1, dtype=np.int32) if p[4] is None else p[4] for p in parts]
    )
    bu, site, keep = _place(world, rng, traits, member, day, bu, site)
    channel, fulfilment, site = _channel(rng, traits.online_taste[member], bu, site)
    second = _time_of_day(rng, channel)
    members_trips = Trips(member, day, second, bu, site, channel, fulfilment, forced)
    members_trips = _sorted_by_member(members_trips.take(np.flatnonzero(keep)))
    return _with_non_members(rng, members_trips)


def _everyday_days(
    world: World, rng: np.random.Generator, traits: Traits, expected: float
) -> tuple[np.ndarray, np.ndarray]:
    """Members and days of the `expected` ordinary trips: Poisson counts, days by volume."""
    volume = np.concatenate([[0.0], np.cumsum(world.calendar.weight)])
    low, high = volume[traits.active_from], volume[traits.active_to + 1]
    exposure = np.where(traits.season >= 0, 0.0, traits.weight * np.maximum(high - low, 0.0))
    rate = expected / max(exposure.sum(), 1e-9)
    counts = rng.poisson(exposure * rate)
    member = np.repeat(np.arange(len(traits), dtype=np.int64), counts)
    position = low[member] + rng.random(len(member)) * (high - low)[member]
    day = np.searchsorted(volume, position, side="right") - 1
    return member, np.clip(day, traits.active_from[member], traits.active_to[member])


def _seasonal_days(
    world: World, rng: np.random.Generator, traits: Traits
) -> tuple[np.ndarray, np.ndarray]:
    """Trips of the planted seasonal shoppers: at least two in each occurrence, few elsewhere."""
    members, days = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for number, name in enumerate(SEASONS):
        shoppers = np.flatnonzero(traits.season == number)
        for first, last in world.calendar.windows[name]:
            counts = 2 + rng.poisson(SEASONAL_EXTRA_TRIPS, len(shoppers))
            who = np.repeat(shoppers, counts)
            members.append(who)
            days.append(rng.integers(first, last + 1, len(who)))
        years = world.calendar.days / 365
        who = np.repeat(shoppers, rng.poisson(SEASONAL_OTHER_TRIPS_A_YEAR * years, len(shoppers)))
        members.append(who)
        days.append(rng.integers(0, world.calendar.days, len(who)))
    return np.concatenate(members), np.concatenate(days)


def _opening_trips(
    world: World, rng: np.random.Generator, traits: Traits
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, None]]:
    """Curious members of the catchment at newly opened stores."""
    parts = []
    last = world.calendar.days - 1
    for code, cities in OPENING_CATCHMENT.items():
        site = SITE[code]
        opened = int(world.network.opened[site])
        near = np.flatnonzero(
            np.isin(traits.city, [CITY[name] for name in cities])
            & (traits.registered < opened)
            & (traits.active_to >= opened)
            & (traits.season < 0)
            & (traits.weight > 0)
        )
        if opened > last:
            continue
        who = np.repeat(near, rng.poisson(OPENING_TRIPS, len(near)))
        day = rng.integers(opened, last + 1, len(who))
        unit = np.full(len(who), world.network.bu[site], dtype=np.int32)
        parts.append((who, day, unit, np.full(len(who), site, dtype=np.int32), None))
    return parts


def _uplift_trips(
    world: World, rng: np.random.Generator, traits: Traits, assignment: Assignment
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Extra trips that a campaign causes among its targets, in scope and in the promo period."""
    campaign, plan = assignment.campaign, assignment.plan
    first = assignment.send_days[0]
    last = min(campaign.ends, world.calendar.days - 1)
    chance = (
        rng.random(len(assignment.targets)) if plan.uplift else np.ones(len(assignment.targets))
    )
    who = assignment.targets[chance < plan.uplift]
    day = rng.integers(first, last + 1, len(who)) if len(who) else np.empty(0, dtype=np.int64)
    unit = np.full(len(who), campaign.bu, dtype=np.int32)
    forced = np.full(len(who), -1, dtype=np.int32)
    wanted = [CATEGORIES.index(name) for name in campaign.scope if name in CATEGORIES]
    if wanted:
        forced[:] = np.array(wanted)[rng.integers(0, len(wanted), len(who))]
    return who, day, unit, traits.home[who, campaign.bu], forced


def _place(
    world: World,
    rng: np.random.Generator,
    traits: Traits,
    member: np.ndarray,
    day: np.ndarray,
    bu: np.ndarray,
    site: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Final unit and store of each trip: closures, openings, moves, visits elsewhere."""
    network = world.network
    is_home = site == traits.home[member, bu]
    switched = is_home & (bu == BU["AZKO"]) & (day >= traits.switch_day[member])
    site = np.where(switched, traits.later_home[member], site)
    between = switched & (site == SITE[RELOCATED_TO]) & (day < network.opened[SITE[RELOCATED_TO]])
    site = np.where(between, SITE[RELOCATED_MEANWHILE], site)
    keep = site != GONE
    goes_online = site == ONLINE
    bu = np.where(goes_online, ONLINE_BU, bu).astype(np.int32)
    site = np.where(goes_online | (site == GONE), ONLINE_SITE, site).astype(np.int32)
    elsewhere = draw_grouped(
        network.other, traits.city[member] * len(BUSINESS_UNITS) + bu, rng.random(len(member))
    )
    is_open = (day >= network.opened[elsewhere]) & (day <= network.closed[elsewhere])
    roams = is_home & ~switched & (rng.random(len(member)) < SHARE_ELSEWHERE) & is_open
    return bu, np.where(roams, elsewhere, site).astype(np.int32), keep


def _channel(
    rng: np.random.Generator, online_taste: np.ndarray, bu: np.ndarray, site: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Channel, fulfilment and store of each trip; the online unit sells online only."""
    at_odi = bu == ONLINE_BU
    is_online = at_odi | (rng.random(len(bu)) < online_taste)
    collects = rng.random(len(bu)) < np.where(at_odi, 0.2, 0.55)
    channel = np.where(is_online, ONLINE_CHANNEL, OFFLINE_CHANNEL)
    fulfilment = np.where(is_online, np.where(collects, CLICK_AND_COLLECT, DELIVERY), IN_STORE)
    return channel, fulfilment, np.where(at_odi, ONLINE_SITE, site).astype(np.int32)


def _time_of_day(rng: np.random.Generator, channel: np.ndarray) -> np.ndarray:
    """Second of the day: shopping hours with an evening peak, online from early to late."""
    two = rng.random((2, len(channel)))
    peaked = 0.65 * two[0] + 0.35 * np.sqrt(two[1])
    offline = OPENS_AT + peaked * (CLOSES_AT - OPENS_AT)
    online = ONLINE_FROM + two[0] * (ONLINE_UNTIL - ONLINE_FROM)
    return np.where(channel == ONLINE_CHANNEL, online, offline).astype(np.int64)


def _sorted_by_member(trips: Trips) -> Trips:
    """Sort by member and time, and keep trips of one member and day apart."""
    when = trips.day * SECONDS_PER_DAY + trips.second
    trips = trips.take(np.lexsort((when, trips.member)))
    order = rank_in_group(trips.member * 100_000 + trips.day)
    second = np.minimum(trips.second + order * SECONDS_BETWEEN_TRIPS, SECONDS_PER_DAY - 600)
    return Trips(
        trips.member, trips.day, second, trips.bu, trips.site, trips.channel, trips.fulfilment,
        trips.forced,
    )  # fmt: skip


def _with_non_members(rng: np.random.Generator, trips: Trips) -> Trips:
    """Append sales without a member, spread over days and stores like those of members."""
    count = round(len(trips) * (1 - MEMBER_SHARE) / MEMBER_SHARE)
    like = trips.take(rng.integers(0, max(len(trips), 1), count if len(trips) else 0))
    anonymous = Trips(
        member=np.full(len(like), -1, dtype=np.int64),
        day=like.day,
        second=_time_of_day(rng, like.channel),
        bu=like.bu,
        site=like.site,
        channel=like.channel,
        fulfilment=like.fulfilment,
        forced=np.full(len(like), -1, dtype=np.int32),
    )
    return Trips(
        *(
            np.concatenate([getattr(trips, item.name), getattr(anonymous, item.name)])
            for item in fields(trips)
        )
    )
