"""Clean tables of stores and products: the same for every shard."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.calendar import day_number
from koin_loyalty.sample.catalogue import BUSINESS_UNITS, CATEGORIES, SPECS
from koin_loyalty.sample.columns import SECONDS_PER_DAY
from koin_loyalty.sample.network import CITIES, SITES
from koin_loyalty.sample.schema import CONTRACT, TEXT
from koin_loyalty.sample.world import World


def site_table(world: World) -> pa.Table:
    """Clean `tbl_site`: stores known by the end of the sample; a later closure is not yet known."""
    sites = [
        site
        for site, is_delivered in zip(SITES, world.network.is_delivered, strict=True)
        if is_delivered
    ]
    last = world.calendar.last_day
    opened = np.array([day_number(site.opened_on) for site in sites])
    closed = np.array(
        [last + 1 if site.closed_on is None else day_number(site.closed_on) for site in sites]
    )
    is_open = closed > last
    known = np.maximum(opened, np.where(is_open, 0, closed))
    known = np.maximum(known, world.calendar.first_day)
    city = [site.city for site in sites]
    provinces = {row[0]: row[1] for row in CITIES}
    return pa.table(
        [
            pa.array([site.code for site in sites], TEXT),
            pa.array([site.name for site in sites], TEXT),
            pa.array([site.bu for site in sites], TEXT),
            pa.array([site.kind for site in sites], TEXT),
            pa.array(city, TEXT),
            pa.array([provinces[name] for name in city], TEXT),
            pa.array([site.area_manager for site in sites], TEXT),
            col.dates(opened),
            col.dates(closed, is_open),
            col.timestamps(known * SECONDS_PER_DAY + SECONDS_PER_DAY + 2 * 3_600),
        ],
        schema=CONTRACT["cohesive.tbl_site"],
    )


def product_table(world: World) -> pa.Table:
    """Clean `tbl_product`."""
    catalogue = world.catalogue
    departments = [SPECS[number].department for number in catalogue.category]
    loaded = np.full(len(catalogue), (world.calendar.first_day + 1) * SECONDS_PER_DAY + 7_200)
    return pa.table(
        [
            pa.array(catalogue.sku, TEXT),
            pa.array(catalogue.name, TEXT),
            pa.array(catalogue.brand, TEXT),
            pa.array(departments, TEXT),
            col.texts(CATEGORIES, catalogue.category),
            pa.array(catalogue.subcategory, TEXT),
            col.texts(BUSINESS_UNITS, catalogue.bu),
            col.money(catalogue.price),
            pa.array(catalogue.is_active),
            col.timestamps(loaded),
        ],
        schema=CONTRACT["cohesive.tbl_product"],
    )
