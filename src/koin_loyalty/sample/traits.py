"""What drives a member's behaviour: activity, tastes, stores, tiers, consent. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.calendar import SEASONS
from koin_loyalty.sample.catalogue import BU, BUSINESS_UNITS, ONLINE_BU, SPECS
from koin_loyalty.sample.columns import cumulative, draw, draw_grouped
from koin_loyalty.sample.network import (
    CITIES,
    CITY,
    CLOSED_SITE,
    OPENED_SITE,
    OPENING_SWITCH_SHARE,
    RELOCATED_FROM,
    RELOCATED_TO,
    SITE,
)
from koin_loyalty.sample.world import World

PREFERRED_CATEGORIES = 3
NEVER = 1_000_000

#: Share of trips by business unit before tastes, in the order of BUSINESS_UNITS.
BU_SHARE = np.array([0.27, 0.14, 0.14, 0.10, 0.13, 0.12, 0.10])

#: Destinations of members of the closed store that are no store.
GONE, ONLINE = -1, -2

SHARE_NEVER_BOUGHT = 0.04
SHARE_LEGACY = 0.62
SHARE_SEASONAL = 0.03
SHARE_LAPSING = 0.16
SHARE_NEVER_REDEEMS = 0.22
SHARE_WITHOUT_EXPIRY_RUN = 0.03
TIER_SHARES = (0.66, 0.25, 0.09)


@dataclass(frozen=True)
class Traits:
    """Members of one shard, (members,) arrays unless said otherwise. Days are calendar indices.

    Attributes:
        weight: relative activity, mean near 1, heavy-tailed; 0 = never buys.
        registered: day of registration, negative before go-live.
        active_from, active_to: first and last day of shopping.
        city: city number.
        preferred: (members, 3) preferred categories, most liked first.
        bu_draw: (members, business units) cumulative share of trips.
        home: (members, business units) home store.
        later_home, switch_day: AZKO store from switch_day on (GONE, ONLINE or a store).
        online_taste: chance that a trip is an online order.
        season: season number of a planted seasonal shopper, else -1.
        redeems: chance to redeem when there is a balance.
        expiry_runs: False where the nightly expiry job forgot the member.
        tiers: (members, 3) tier numbers; changes: (members, 2) days of change (NEVER = none).
        opens: chance to open a message.
        birth: day of birth, in days since 1970-01-01.
    """

    offset: int
    weight: np.ndarray
    registered: np.ndarray
    active_from: np.ndarray
    active_to: np.ndarray
    city: np.ndarray
    preferred: np.ndarray
    bu_draw: np.ndarray
    home: np.ndarray
    later_home: np.ndarray
    switch_day: np.ndarray
    online_taste: np.ndarray
    season: np.ndarray
    redeems: np.ndarray
    expiry_runs: np.ndarray
    tiers: np.ndarray
    changes: np.ndarray
    is_kredivo: np.ndarray
    is_ocbc: np.ndarray
    opens: np.ndarray
    email_opt_in: np.ndarray
    whatsapp_opt_in: np.ndarray
    has_stamps: np.ndarray
    is_full: np.ndarray
    birth: np.ndarray

    def __len__(self) -> int:
        return len(self.weight)

    def tier_on(self, member: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Tier number of each (member, day)."""
        step = (day >= self.changes[member, 0]).astype(np.int64)
        step += day >= self.changes[member, 1]
        return self.tiers[member, step]


def build_traits(world: World, shard: int, offset: int, members: int) -> Traits:
    """Traits of `members` members numbered from `offset`."""
    rng = world.stream(shard, "traits")
    days = world.calendar.days
    weight = np.clip(np.exp(rng.normal(-0.45, 1.0, members)), 0.02, 14.0)
    weight[rng.random(members) < SHARE_NEVER_BOUGHT] = 0.0
    is_legacy = rng.random(members) < SHARE_LEGACY
    registered = np.where(
        is_legacy,
        rng.integers(-1_900, 0, members),
        rng.integers(0, max(days - 7, 1), members),
    )
    active_from = np.maximum(registered, 0)
    lapses = rng.random(members) < SHARE_LAPSING
    lapse_day = active_from + (rng.random(members) * (days - active_from)).astype(np.int64)
    active_to = np.where(lapses, lapse_day, days - 1)

    city = draw(cumulative(np.array([row[3] for row in CITIES])), rng.random(members))
    preferred = _preferred(rng, members)
    bu_draw = _bu_shares(world, rng, city, preferred)
    home, later_home, switch_day = _stores(world, rng, city)
    season = _seasonal(world, rng, weight, is_legacy)
    active_from[season >= 0] = 0
    active_to[season >= 0] = days - 1
    tiers, changes = _tiers(rng, weight, active_from, days)
    redeems = rng.beta(1.7, 4.3, members)
    redeems[rng.random(members) < SHARE_NEVER_REDEEMS] = 0.0
    consent = rng.random((members, 2))
    return Traits(
        offset=offset,
        weight=weight,
        registered=registered,
        active_from=active_from,
        active_to=active_to,
        city=city,
        preferred=preferred,
        bu_draw=bu_draw,
        home=home,
        later_home=later_home,
        switch_day=switch_day,
        online_taste=np.where(rng.random(members) < 0.15, 0.35, 0.05),
        season=season,
        redeems=redeems,
        expiry_runs=rng.random(members) >= SHARE_WITHOUT_EXPIRY_RUN,
        tiers=tiers,
        changes=changes,
        is_kredivo=rng.random(members) < 0.10,
        is_ocbc=rng.random(members) < 0.10,
        opens=rng.beta(1.3, 2.6, members),
        email_opt_in=np.searchsorted([0.72, 0.86], consent[:, 0], side="right"),
        whatsapp_opt_in=np.searchsorted([0.68, 0.82], consent[:, 1], side="right"),
        has_stamps=rng.random(members) < 0.93,
        is_full=rng.random(members) < 0.82,
        birth=world.calendar.first_day - rng.integers(19 * 365, 68 * 365, members),
    )


def _preferred(rng: np.random.Generator, members: int) -> np.ndarray:
    """(members, 3) categories, drawn without replacement by damped popularity (Gumbel trick)."""
    popularity = np.array([spec.popularity for spec in SPECS])
    keys = rng.gumbel(size=(members, len(SPECS))) + 0.6 * np.log(popularity)
    return np.argsort(-keys, axis=1, kind="stable")[:, :PREFERRED_CATEGORIES].astype(np.int32)


def _bu_shares(
    world: World, rng: np.random.Generator, city: np.ndarray, preferred: np.ndarray
) -> np.ndarray:
    """(members, business units) cumulative shares: general share, tastes, stores in reach."""
    owner = np.array([BU[spec.bu] for spec in SPECS])
    liked = np.zeros((len(city), len(BUSINESS_UNITS)))
    for slot in range(PREFERRED_CATEGORIES):
        np.add.at(liked, (np.arange(len(city)), owner[preferred[:, slot]]), 1.0)
    liked[:, ONLINE_BU] = 1.0
    reach = np.where(world.network.has_region_site[city], 1.0, 0.12)
    reach[:, ONLINE_BU] = 1.0
    shares = BU_SHARE * (0.15 + 1.2 * liked) * reach * rng.gamma(2.0, 0.5, liked.shape)
    shares[:, BU["AZKO"]] += 0.02
    return cumulative(shares)


def _stores(
    world: World, rng: np.random.Generator, city: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Home store per business unit, and the AZKO store that follows when stores close or open."""
    network = world.network
    members, units = len(city), len(BUSINESS_UNITS)
    home = np.empty((members, units), dtype=np.int32)
    for unit in range(units):
        home[:, unit] = draw_grouped(network.home, city * units + unit, rng.random(members))
    at_azko = home[:, BU["AZKO"]]
    later = at_azko.copy()
    switch = np.full(members, NEVER, dtype=np.int64)

    fate = rng.random(members)
    leaves = at_azko == SITE[CLOSED_SITE]
    step = np.searchsorted(network.closure_shares, fate, side="right")
    destinations = np.append(network.closure_targets, [ONLINE, GONE])
    later[leaves] = destinations[step[leaves]]
    switch[leaves] = network.closed[SITE[CLOSED_SITE]] + 1

    moves = at_azko == SITE[RELOCATED_FROM]
    later[moves] = SITE[RELOCATED_TO]
    switch[moves] = network.closed[SITE[RELOCATED_FROM]] + 1

    for name, share in OPENING_SWITCH_SHARE.items():
        switches = (city == CITY[name]) & (fate < share) & (switch == NEVER)
        later[switches] = SITE[OPENED_SITE]
        switch[switches] = network.opened[SITE[OPENED_SITE]]
    return home, later, switch


def _seasonal(
    world: World, rng: np.random.Generator, weight: np.ndarray, is_legacy: np.ndarray
) -> np.ndarray:
    """Season of planted seasonal shoppers (-1: none); only seasons that occur twice."""
    season = np.full(len(weight), -1, dtype=np.int64)
    twice = [
        number for number, name in enumerate(SEASONS) if len(world.calendar.windows[name]) >= 2
    ]
    chosen = (rng.random(len(weight)) < SHARE_SEASONAL / SHARE_LEGACY) & is_legacy & (weight > 0)
    pick = rng.integers(0, max(len(twice), 1), len(weight))
    if twice:
        season[chosen] = np.array(twice)[pick[chosen]]
    return season


def _tiers(
    rng: np.random.Generator, weight: np.ndarray, active_from: np.ndarray, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Up to three tiers in a row and the two days of change, on any day of the week."""
    members = len(weight)
    score = np.log(weight + 0.01) + rng.normal(0.0, 0.6, members)
    cuts = np.quantile(score, np.cumsum(TIER_SHARES)[:2])
    usual = np.searchsorted(cuts, score, side="right")
    kind = rng.random(members)
    direction = np.where(rng.random((members, 2)) < 0.7, 1, -1)
    tiers = np.empty((members, 3), dtype=np.int64)
    tiers[:, 0] = usual
    tiers[:, 1] = np.where(kind < 0.30, np.clip(usual + direction[:, 0], 0, 2), usual)
    tiers[:, 2] = np.where(kind < 0.08, np.clip(tiers[:, 1] + direction[:, 1], 0, 2), tiers[:, 1])
    room = np.maximum(days - active_from, 2)
    when = np.sort(active_from[:, None] + 1 + (rng.random((members, 2)) * room[:, None]), axis=1)
    when = when.astype(np.int64)
    changes = np.full((members, 2), NEVER, dtype=np.int64)
    one = (tiers[:, 1] != tiers[:, 0]) & (when[:, 0] < days)
    changes[one, 0] = when[one, 0]
    two = one & (tiers[:, 2] != tiers[:, 1]) & (when[:, 1] > when[:, 0]) & (when[:, 1] < days)
    changes[two, 1] = when[two, 1]
    tiers[~one, 1] = tiers[~one, 0]
    tiers[~two, 2] = tiers[~two, 1]
    return tiers, changes
