"""The world every shard shares: days, stores, products, programmes; and its random streams."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np

from koin_loyalty.sample.calendar import REGIMES, Calendar, build_calendar
from koin_loyalty.sample.catalogue import (
    BUSINESS_UNITS,
    SKU_POPULARITY_EXPONENT,
    Catalogue,
    build_catalogue,
    category_weights,
)
from koin_loyalty.sample.columns import cumulative
from koin_loyalty.sample.network import Network, network_of
from koin_loyalty.sample.reference import Reference, read_reference

#: Weight of a preferred category against its popularity when a member picks a line in a store. A
#: member has three preferred categories for life. Counted over all stores, a preferred category is
#: then about six times as frequent in a member's lines as in all lines: about two lines of three. A
#: model that knows what a member bought clearly beats one that knows only what is popular and how
#: recently the member shopped (AUC for the next 30 days by about 0.1), and is never certain.
PREFERENCE_STRENGTH = 20.0

#: Share of all completed receipts that carry a member.
MEMBER_SHARE = 0.67


@dataclass(frozen=True)
class World:
    """Shared tables.

    Attributes:
        category_share: (business units, categories) popularity on an ordinary day.
        category_draw: (business units * regimes, categories) cumulative popularity.
        sku_draw: (categories, products of a category) cumulative popularity.
        special_price: (products, days) Member's Choice price, 0 = not on the list.
        koin_price: (products, days) Harga Spesial Koin price in koin, 0 = not on the list.
    """

    seed: int
    calendar: Calendar
    network: Network
    catalogue: Catalogue
    reference: Reference
    category_share: np.ndarray
    category_draw: np.ndarray
    sku_draw: np.ndarray
    special_price: np.ndarray
    koin_price: np.ndarray

    def stream(self, shard: int, subject: str) -> np.random.Generator:
        """Random stream of one subject in one shard; subjects do not disturb each other."""
        return np.random.default_rng([self.seed, shard, crc32(subject.encode())])


@lru_cache(maxsize=2)
def build_world(weeks: int, seed: int) -> World:
    """World of a sample.

    Raises:
        ValueError: on impossible weeks or unreadable seeds.
    """
    calendar = build_calendar(weeks)
    catalogue = build_catalogue()
    reference = read_reference()
    weights = category_weights()
    width = int(catalogue.size.max())
    popularity = (1.0 / (np.arange(width) + 1.0)) ** SKU_POPULARITY_EXPONENT
    return World(
        seed=seed,
        calendar=calendar,
        network=network_of(calendar),
        catalogue=catalogue,
        reference=reference,
        category_share=weights[:, 0, :],
        category_draw=cumulative(weights.reshape(len(BUSINESS_UNITS) * REGIMES, -1)),
        sku_draw=cumulative(np.tile(popularity, (len(catalogue.first), 1))),
        special_price=reference.members_choice.price_by_day(calendar.days),
        koin_price=reference.harga_spesial_koin.price_by_day(calendar.days),
    )
