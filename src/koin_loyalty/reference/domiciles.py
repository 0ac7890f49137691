"""The seed ``domicile_areas``: from the canonical list of places to the spellings people use.

``regions.csv`` holds the 514 kabupaten and kota of the 38 provinces. Each is written in every way
that the contact data of members shows it; the seed is matched whole, never by substring.

Decisions:

* A bare name that is both a kabupaten and a kota of one province ("serang", "bogor") means the
  kota. Members of the kabupaten write "kab." or their town; a campaign area takes both in.
* A row without province stands only where the spelling belongs to one province of the country:
  "banjar" (a kota of Jawa Barat, a kabupaten of Kalimantan Selatan) needs its province.
* A district is not a kabupaten or kota: ("depok", "jawa barat") is Kota Depok, ("depok",
  "di yogyakarta") is not in the seed. A few towns that people give as their city are listed in
  ``spellings.TOWNS``.
* "jakarta" without its kota is kept as the city ``Jakarta`` of DKI Jakarta: no kota is guessed,
  and the member still lives in Jakarta.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import NamedTuple

from koin_loyalty.reference.spellings import (
    FORMER_PROVINCES,
    NAME_SPELLINGS,
    PROVINCE_SPELLINGS,
    SPELLINGS_NEEDING_PROVINCE,
    TOWNS,
)

HEADER = ("raw_city", "raw_province", "city", "province")

CAPITAL_REGION_CITY = "Jakarta"
CAPITAL_REGION_PROVINCE = "DKI Jakarta"


class Region(NamedTuple):
    """A kabupaten or kota: ``city`` with its kind ("Kota Serang"), and its province."""

    city: str
    province: str

    @property
    def is_kota(self) -> bool:
        """Whether it is a kota (a city), not a kabupaten (a regency)."""
        return self.city.startswith("Kota ")

    @property
    def name(self) -> str:
        """Its name in lower case, without the kind."""
        return self.city.split(" ", 1)[1].lower()


class Spelling(NamedTuple):
    """One way to write a region; ``weight`` 0 is an exact form, greater ones give way."""

    text: str
    is_common: bool
    weight: int


def read_regions() -> list[Region]:
    """The 514 regions of ``regions.csv``, in the order of the official codes."""
    text = (resources.files(__package__) / "regions.csv").read_text(encoding="utf-8")
    return [Region(row["city"], row["province"]) for row in csv.DictReader(text.splitlines())]


def name_spellings(name: str) -> list[str]:
    """Ways to write a name without its kind: itself, known others, and mechanical variants."""
    spellings = [name, *NAME_SPELLINGS.get(name, ())]
    for long_form, short_forms in (
        ("kepulauan ", ("kep. ", "kep ", "")),
        ("pulau ", ("p. ", "")),
    ):
        if name.startswith(long_form):
            spellings += [short + name.removeprefix(long_form) for short in short_forms]
    if "-" in name:
        spellings += [name.replace("-", " "), name.replace("-", "")]
    return list(dict.fromkeys(spellings))


def city_spellings(region: Region) -> Iterator[Spelling]:
    """Ways to write a region with and without its kind."""
    for name in name_spellings(region.name):
        is_first = name == region.name
        if region.is_kota:
            yield Spelling(f"kota {name}", is_common=True, weight=0)
            yield Spelling(name, is_common=True, weight=1)
            if is_first:
                yield Spelling(f"{name} kota", is_common=False, weight=2)
                yield Spelling(f"{name} city", is_common=False, weight=2)
                yield Spelling(f"kodya {name}", is_common=False, weight=2)
                yield Spelling(f"kotamadya {name}", is_common=False, weight=2)
            if region.province == CAPITAL_REGION_PROVINCE and is_first:
                for kind in ("kota administrasi", "kota adm.", "kota adm"):
                    yield Spelling(f"{kind} {name}", is_common=True, weight=0)
        else:
            yield Spelling(f"kabupaten {name}", is_common=True, weight=0)
            yield Spelling(f"kab. {name}", is_common=True, weight=0)
            yield Spelling(f"kab {name}", is_common=is_first, weight=0)
            yield Spelling(name, is_common=True, weight=3)
            if is_first:
                yield Spelling(f"kab.{name}", is_common=False, weight=0)
                yield Spelling(f"{name} kab", is_common=False, weight=2)
                yield Spelling(f"{name} regency", is_common=False, weight=2)


def province_spellings(province: str) -> list[str]:
    """Ways to write a province, the canonical name first."""
    return [
        province.lower(),
        *PROVINCE_SPELLINGS[province],
        *FORMER_PROVINCES.get(province, ()),
    ]


def _candidates(regions: Iterable[Region]) -> Iterator[tuple[str, str, int, Region]]:
    """(raw_city, raw_province, weight, region) for every spelling; province '' means none given."""
    for region in regions:
        provinces = province_spellings(region.province)
        for spelling in city_spellings(region):
            usable = provinces if spelling.is_common else provinces[:1]
            for province in ("", *usable):
                yield spelling.text, province, spelling.weight, region
            if spelling.weight in (1, 3) and spelling.text == region.name:
                yield f"{spelling.text}, {provinces[0]}", "", spelling.weight, region
    for (town, province), city in TOWNS.items():
        for raw_province in ("", *province_spellings(province)):
            yield town, raw_province, 4, Region(city, province)
    capital = Region(CAPITAL_REGION_CITY, CAPITAL_REGION_PROVINCE)
    for name in ("jakarta", "jkt", "dki jakarta", "kota jakarta", "jakarta raya", "jakarta city"):
        for raw_province in ("", *province_spellings(CAPITAL_REGION_PROVINCE)):
            yield name, raw_province, 0, capital


def domicile_rows() -> list[tuple[str, str, str, str]]:
    """Rows of the seed in the order of its key: raw_city, raw_province, city, province.

    An empty ``raw_province`` is for members who gave none.

    Raises:
        ValueError: two places of one province claim the same spelling with the same right.
    """
    best: dict[tuple[str, str], dict[Region, int]] = defaultdict(dict)
    for raw_city, raw_province, weight, region in _candidates(read_regions()):
        claims = best[raw_city, raw_province]
        claims[region] = min(weight, claims.get(region, weight))

    rows = []
    for (raw_city, raw_province), claims in sorted(best.items()):
        is_ambiguous = len({region.province for region in claims}) > 1
        if raw_province == "" and (is_ambiguous or raw_city in SPELLINGS_NEEDING_PROVINCE):
            continue
        lightest = min(claims.values())
        winners = [region for region, weight in claims.items() if weight == lightest]
        if len(winners) > 1:
            places = " and ".join(f"{city} ({province})" for city, province in winners)
            raise ValueError(
                f"spelling ({raw_city!r}, {raw_province!r}) is claimed by {places}: "
                "settle it in koin_loyalty/reference/spellings.py"
            )
        rows.append((raw_city, raw_province, winners[0].city, winners[0].province))
    return rows
