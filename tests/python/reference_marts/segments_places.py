"""Stores, preferred sites and the areas that campaigns name (spec 2.8), as of the run."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import pandas as pd

from reference_marts.calendar_and_tiers import UNKNOWN, is_null
from reference_marts.segments import (
    Period,
    Receipt,
    SegmentData,
    months_before,
    transactions,
    within,
)

City = tuple[str, str]


def site_attribute(data: SegmentData, column: str, missing: str = UNKNOWN) -> Callable[[str], str]:
    """An attribute of a store by its code; `missing` where nothing is known."""
    sites = data.truth["cohesive.tbl_site"]
    values = {
        site_code: missing if is_null(value) else value
        for site_code, value in zip(sites["site_code"], sites[column], strict=True)
    }
    return lambda site_code: values.get(site_code, missing)


class PreferredSites:
    """The store that a member chose, else the one with most receipts in the 12 months to a run."""

    def __init__(self, data: SegmentData) -> None:
        self.data = data
        first_day = months_before(data.as_of_date + timedelta(days=1), 12)
        self.period = Period(first_day, data.as_of_date)

    def of(self, cust_id: str) -> str | None:
        """Site code; null without choice and receipts."""
        chosen = self.data.members[cust_id].pref_site_code
        if not is_null(chosen):
            return chosen
        visits = transactions(within(self.data.receipts_of[cust_id], self.period))
        return most_visited(visit for visit in visits if visit.site_code != UNKNOWN)


def most_visited(visits: Iterable[Receipt]) -> str | None:
    """Site with most visits, then the latest visit, then the site code."""
    counts: Counter[str] = Counter()
    latest: dict[str, pd.Timestamp] = {}
    for visit in visits:
        counts[visit.site_code] += 1
        latest[visit.site_code] = max(latest.get(visit.site_code, visit.moment), visit.moment)
    ranked = sorted(counts, key=str.encode)
    ranked.sort(key=lambda site: (counts[site], latest[site]), reverse=True)
    return ranked[0] if ranked else None


def cities_of_areas(rows: Iterable[Mapping[str, str]]) -> dict[str, set[City]]:
    """(City, province) by the area that campaigns name."""
    areas: dict[str, set[City]] = defaultdict(set)
    for row in rows:
        areas[row["area"]].add((row["city"], row["province"]))
    return areas


def domicile_areas(rows: Iterable[Mapping[str, str]]) -> dict[City, str]:
    """The area of each city that campaigns would say: that of its own name, without Kota or
    Kabupaten, where campaigns have one; else the one with the fewest cities, then by name."""
    areas = cities_of_areas(rows)
    found: dict[City, str] = {}
    for area in sorted(areas, key=lambda area: (len(areas[area]), area.encode())):
        for city in areas[area]:
            own_name = re.sub(r"^(Kota|Kabupaten) ", "", city[0])
            if area == own_name or city not in found:
                found[city] = area
    return found
