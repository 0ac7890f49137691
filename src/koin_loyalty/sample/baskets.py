"""Baskets: the lines of each sale, with promotional prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.calendar import REGIMES
from koin_loyalty.sample.catalogue import BY_LENGTH, CATEGORIES
from koin_loyalty.sample.columns import draw_grouped, rank_in_group
from koin_loyalty.sample.traits import PREFERRED_CATEGORIES, Traits
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import PREFERENCE_STRENGTH, World

EXTRA_LINES = 1.5
MAX_LINES = 12

#: Chance that a member's line is picked from the Member's Choice list of the day.
MEMBERS_CHOICE_PICK = 0.07

#: Chance that a member's receipt holds a Harga Spesial Koin product besides the rest.
HARGA_SPESIAL_PICK = 0.07

DISCOUNTS = np.array([0, 5, 10, 15, 20, 30, 50])
DISCOUNT_DRAW = np.array([0.70, 0.75, 0.85, 0.89, 0.95, 0.985, 1.0])


@dataclass(frozen=True)
class Lines:
    """Lines sorted by sale, (lines,) arrays. Quantities count halves of a unit, money rupiah."""

    sale: np.ndarray
    product: np.ndarray
    halves: np.ndarray
    gross: np.ndarray
    net: np.ndarray


@dataclass(frozen=True)
class KoinOffers:
    """Harga Spesial Koin product of each sale, (sales,) arrays.

    Attributes:
        product: product number, -1 = none.
        units: quantity.
        koin_total: koin for the whole line; normal_total: its price in rupiah.
    """

    product: np.ndarray
    units: np.ndarray
    koin_total: np.ndarray
    normal_total: np.ndarray


def build_lines(world: World, shard: int, traits: Traits, trips: Trips) -> Lines:
    """Ordinary lines of every trip, without the Harga Spesial Koin products."""
    rng = world.stream(shard, "lines")
    counts = 1 + np.minimum(rng.poisson(EXTRA_LINES, len(trips)), MAX_LINES - 1)
    sale = np.repeat(np.arange(len(trips), dtype=np.int64), counts)
    category = _categories(world, rng, traits, trips, sale)
    is_first = rank_in_group(sale) == 0
    forced = trips.forced[sale]
    category = np.where(is_first & (forced >= 0), forced, category)
    position = draw_grouped(world.sku_draw, category, rng.random(len(sale)))
    product = (world.catalogue.first[category] + position).astype(np.int32)
    product = _members_choice(world, rng, trips, sale, product)
    return _priced(world, rng, trips, sale, product)


def _categories(
    world: World, rng: np.random.Generator, traits: Traits, trips: Trips, sale: np.ndarray
) -> np.ndarray:
    """Category of each line.

    A preferred category is PREFERENCE_STRENGTH times as likely as its popularity at the unit: with
    chance rho the line comes from the member's preferred categories sold there (in proportion to
    their popularity), else from all categories of the unit by popularity and season.
    """
    bu, day = trips.bu[sale], trips.day[sale]
    group = bu * REGIMES + world.calendar.regime[day]
    category = draw_grouped(world.category_draw, group, rng.random(len(sale)))
    is_member = trips.member >= 0
    share = np.zeros((len(trips), PREFERRED_CATEGORIES))
    preferred = traits.preferred[np.maximum(trips.member, 0)]
    for slot in range(PREFERRED_CATEGORIES):
        share[:, slot] = np.where(is_member, world.category_share[trips.bu, preferred[:, slot]], 0)
    total = share.sum(axis=1)
    rho = (PREFERENCE_STRENGTH - 1) * total / ((PREFERENCE_STRENGTH - 1) * total + 1)
    likes = np.flatnonzero(rng.random(len(sale)) < rho[sale])
    of_sale = sale[likes]
    target = rng.random(len(likes)) * total[of_sale]
    cumulative = np.cumsum(share, axis=1)[of_sale]
    slot = np.minimum((target[:, None] >= cumulative).sum(axis=1), PREFERRED_CATEGORIES - 1)
    slot = np.where(share[of_sale, slot] > 0, slot, np.argmax(share[of_sale], axis=1))
    category[likes] = preferred[of_sale, slot]
    return category


def _members_choice(
    world: World, rng: np.random.Generator, trips: Trips, sale: np.ndarray, product: np.ndarray
) -> np.ndarray:
    """Swap some lines of members for a product on the Member's Choice list of the unit and day."""
    days = world.calendar.days
    picks = (rng.random(len(sale)) < MEMBERS_CHOICE_PICK) & (trips.member[sale] >= 0)
    which = rng.random(len(sale))
    product = product.copy()
    for unit in np.unique(world.reference.members_choice.bu):
        table, counts = world.reference.members_choice.products_by_day(int(unit), days)
        day = trips.day[sale]
        rows = np.flatnonzero(picks & (trips.bu[sale] == unit) & (counts[day] > 0))
        position = (which[rows] ** 1.6 * counts[day[rows]]).astype(np.int64)
        product[rows] = table[day[rows], position]
    return product


def _quantities(rng: np.random.Generator, price: np.ndarray, by_length: np.ndarray) -> np.ndarray:
    """Halves of a unit: one piece mostly, several of cheap products, half metres of cable."""
    uniform = rng.random(len(price))
    several = 1 + np.searchsorted([0.70, 0.88, 0.94, 0.98], uniform, side="right")
    units = np.where(price < 200_000, several, 1 + (uniform > 0.96))
    metres = 2 + (uniform * 30).astype(np.int64)
    return np.where(by_length, metres, units * 2).astype(np.int64)


def _priced(
    world: World, rng: np.random.Generator, trips: Trips, sale: np.ndarray, product: np.ndarray
) -> Lines:
    """Quantities, gross sales and discounts; members pay the special price of the list."""
    price = world.catalogue.price[product]
    is_by_length = np.array([name in BY_LENGTH for name in CATEGORIES])
    halves = _quantities(rng, price, is_by_length[world.catalogue.category[product]])
    gross = price * halves // 2
    percent = DISCOUNTS[np.searchsorted(DISCOUNT_DRAW, rng.random(len(sale)), side="right")]
    discount = gross * percent // 100 // 100 * 100
    special = world.special_price[product, trips.day[sale]]
    is_special = (
        (special > 0) & (trips.member[sale] >= 0) & (world.catalogue.bu[product] == trips.bu[sale])
    )
    discount = np.where(is_special, (price - special) * halves // 2, discount)
    return Lines(sale, product, halves, gross, gross - discount)


def build_koin_offers(world: World, shard: int, trips: Trips) -> KoinOffers:
    """A Harga Spesial Koin product on some receipts of members, where the unit has a list."""
    rng = world.stream(shard, "koin offers")
    days = world.calendar.days
    count = len(trips)
    picks = (rng.random(count) < HARGA_SPESIAL_PICK) & (trips.member >= 0)
    which, uniform = rng.random(count), rng.random(count)
    product = np.full(count, -1, dtype=np.int32)
    for unit in np.unique(world.reference.harga_spesial_koin.bu):
        table, counts = world.reference.harga_spesial_koin.products_by_day(int(unit), days)
        rows = np.flatnonzero(picks & (trips.bu == unit) & (counts[trips.day] > 0))
        position = (which[rows] ** 1.4 * counts[trips.day[rows]]).astype(np.int64)
        product[rows] = table[trips.day[rows], position]
    units = np.where(uniform < 0.85, 1, 2).astype(np.int64)
    known = np.maximum(product, 0)
    koin_price = world.koin_price[known, trips.day]
    has = product >= 0
    return KoinOffers(
        product=product,
        units=units,
        koin_total=np.where(has, koin_price * units, 0),
        normal_total=np.where(has, world.catalogue.price[known] * units, 0),
    )
