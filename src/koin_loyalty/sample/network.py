"""Cities and stores: where members live, where they shop, what closes, opens and moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from koin_loyalty.sample.calendar import GO_LIVE, Calendar, day_number
from koin_loyalty.sample.catalogue import BU, BUSINESS_UNITS, ONLINE_BU

#: (kabupaten or kota, province, trading region, share of members in per mille).
CITIES: tuple[tuple[str, str, str, int], ...] = (
    ("Kota Tangerang Selatan", "Banten", "TANGERANG", 85),
    ("Kota Tangerang", "Banten", "TANGERANG", 70),
    ("Kabupaten Tangerang", "Banten", "TANGERANG", 40),
    ("Kota Jakarta Selatan", "DKI Jakarta", "TANGERANG", 75),
    ("Kota Jakarta Barat", "DKI Jakarta", "JAKARTA", 60),
    ("Kota Jakarta Utara", "DKI Jakarta", "JAKARTA", 45),
    ("Kota Jakarta Pusat", "DKI Jakarta", "JAKARTA", 30),
    ("Kota Jakarta Timur", "DKI Jakarta", "JAKARTA", 50),
    ("Kota Bekasi", "Jawa Barat", "JAKARTA", 45),
    ("Kota Depok", "Jawa Barat", "BOGOR", 35),
    ("Kota Bogor", "Jawa Barat", "BOGOR", 30),
    ("Kabupaten Bogor", "Jawa Barat", "BOGOR", 30),
    ("Kota Serang", "Banten", "SERANG", 20),
    ("Kabupaten Serang", "Banten", "SERANG", 15),
    ("Kota Bandung", "Jawa Barat", "BANDUNG", 45),
    ("Kabupaten Bandung", "Jawa Barat", "BANDUNG", 20),
    ("Kota Semarang", "Jawa Tengah", "SEMARANG", 30),
    ("Kota Yogyakarta", "DI Yogyakarta", "YOGYAKARTA", 15),
    ("Kabupaten Sleman", "DI Yogyakarta", "YOGYAKARTA", 15),
    ("Kota Surabaya", "Jawa Timur", "SURABAYA", 55),
    ("Kabupaten Sidoarjo", "Jawa Timur", "SURABAYA", 15),
    ("Kota Malang", "Jawa Timur", "SURABAYA", 15),
    ("Kota Medan", "Sumatera Utara", "MEDAN", 50),
    ("Kabupaten Deli Serdang", "Sumatera Utara", "MEDAN", 10),
    ("Kota Padang", "Sumatera Barat", "SUMBAR", 20),
    ("Kota Bukittinggi", "Sumatera Barat", "SUMBAR", 12),
    ("Kota Payakumbuh", "Sumatera Barat", "SUMBAR", 6),
    ("Kabupaten Agam", "Sumatera Barat", "SUMBAR", 7),
    ("Kota Palembang", "Sumatera Selatan", "PALEMBANG", 20),
    ("Kota Pekanbaru", "Riau", "PALEMBANG", 12),
    ("Kota Makassar", "Sulawesi Selatan", "TIMUR", 20),
    ("Kota Denpasar", "Bali", "BALI", 22),
    ("Kota Balikpapan", "Kalimantan Timur", "TIMUR", 11),
)
CITY = {row[0]: number for number, row in enumerate(CITIES)}
REGIONS = tuple(dict.fromkeys(row[2] for row in CITIES))


@dataclass(frozen=True)
class SiteSpec:
    """One store of the network."""

    code: str
    name: str
    bu: str
    city: str
    area_manager: str | None
    kind: str = "independent"
    opened_on: date = date(2016, 5, 1)
    closed_on: date | None = None
    #: Pull on members of the same city, relative to other stores there.
    pull: float = 1.0


BANTEN, JKT1, JKT2 = "AM Banten", "AM Jabodetabek 1", "AM Jabodetabek 2"
WEST, CENTRAL, EAST = "AM Jawa Barat", "AM Jawa Tengah & DIY", "AM Jawa Timur & Bali"
NORTH, MINANG, SOUTH = "AM Sumatera Utara", "AM Sumatera Barat", "AM Sumatera Selatan & Riau"
TIMUR = "AM Indonesia Timur"

CLOSED_SITE = "A341"
CLOSED_ON = date(2025, 2, 28)
OPENED_SITE = "A718"
OPENED_ON = date(2025, 7, 18)
RELOCATED_FROM, RELOCATED_TO = "A352", "A709"
#: Where its members shop between the closing and the opening.
RELOCATED_MEANWHILE = "A356"
RELOCATED_OUT_ON, RELOCATED_IN_ON = date(2024, 9, 15), date(2024, 9, 22)

SITES: tuple[SiteSpec, ...] = (
    SiteSpec("A301", "ST AZKO KARAWACI MALL", "AZKO", "Kota Tangerang", BANTEN, pull=2.0),
    SiteSpec("A322", "ST AZKO KW ALAM SUTERA", "AZKO", "Kota Tangerang Selatan", BANTEN),
    SiteSpec(CLOSED_SITE, "ST AZKO LP BINTARO", "AZKO", "Kota Tangerang Selatan", BANTEN,
             closed_on=CLOSED_ON, pull=3.0),
    SiteSpec("A434", "ST AZKO TIRI REMPOA", "AZKO", "Kota Tangerang Selatan", BANTEN),
    SiteSpec("A449", "ST AZKO TIRI CILEDUG", "AZKO", "Kota Tangerang", BANTEN),
    SiteSpec("A466", "ST AZKO PARMADAT SERPONG", "AZKO", "Kota Tangerang Selatan", BANTEN),
    SiteSpec("A467", "ST AZKO TIRI KARANG MULYA", "AZKO", "Kota Tangerang", BANTEN),
    SiteSpec("A479", "ST AZKO TERAS KOTA", "AZKO", "Kota Tangerang Selatan", BANTEN, pull=1.5),
    SiteSpec("A584", "ST AZKO PALEM SEMI", "AZKO", "Kota Tangerang", BANTEN),
    SiteSpec("A653", "ST AZKO BINTARO", "AZKO", "Kota Tangerang Selatan", BANTEN, pull=1.5),
    SiteSpec("A702", "ST AZKO X BTO VETERAN", "AZKO", "Kota Jakarta Selatan", JKT1, pull=3.0),
    SiteSpec("A715", "ST AZKO R GRAND RIVIA", "AZKO", "Kabupaten Tangerang", BANTEN,
             opened_on=date(2021, 4, 10)),
    SiteSpec("A305", "ST AZKO PURI", "AZKO", "Kota Jakarta Barat", JKT1),
    SiteSpec("A308", "ST AZKO KELAPA GADING", "AZKO", "Kota Jakarta Utara", JKT2),
    SiteSpec("A312", "ST AZKO GAJAH MADA", "AZKO", "Kota Jakarta Pusat", JKT2),
    SiteSpec("A318", "ST AZKO CIPINANG", "AZKO", "Kota Jakarta Timur", JKT2),
    SiteSpec("A345", "ST AZKO BEKASI BARAT", "AZKO", "Kota Bekasi", JKT2),
    SiteSpec("A333", "ST AZKO MARGONDA", "AZKO", "Kota Depok", JKT2),
    SiteSpec("A327", "ST AZKO PAJAJARAN BOGOR", "AZKO", "Kota Bogor", WEST),
    SiteSpec("A420", "ST AZKO SERANG", "AZKO", "Kota Serang", BANTEN),
    SiteSpec(RELOCATED_FROM, "ST AZKO DAGO", "AZKO", "Kota Bandung", WEST,
             closed_on=RELOCATED_OUT_ON, pull=2.0),
    SiteSpec(RELOCATED_TO, "ST AZKO PASTEUR", "AZKO", "Kota Bandung", WEST,
             opened_on=RELOCATED_IN_ON),
    SiteSpec("A356", "ST AZKO KW BUAH BATU", "AZKO", "Kota Bandung", WEST),
    SiteSpec("A361", "ST AZKO PEMUDA SEMARANG", "AZKO", "Kota Semarang", CENTRAL),
    SiteSpec("A365", "ST AZKO JALAN MAGELANG", "AZKO", "Kabupaten Sleman", CENTRAL),
    SiteSpec("A368", "ST AZKO KERTAJAYA", "AZKO", "Kota Surabaya", EAST, pull=1.5),
    SiteSpec("A369", "ST AZKO DARMO", "AZKO", "Kota Surabaya", EAST),
    SiteSpec("A372", "ST AZKO DINOYO", "AZKO", "Kota Malang", EAST),
    SiteSpec("A374", "ST AZKO GATOT SUBROTO MEDAN", "AZKO", "Kota Medan", NORTH, pull=1.5),
    SiteSpec("A377", "ST AZKO MEDAN POLONIA", "AZKO", "Kota Medan", NORTH),
    SiteSpec("A395", "ST AZKO PADANG", "AZKO", "Kota Padang", MINANG),
    SiteSpec(OPENED_SITE, "ST AZKO BUKITTINGGI", "AZKO", "Kota Bukittinggi", MINANG,
             opened_on=OPENED_ON),
    SiteSpec("A409", "ST AZKO PALEMBANG", "AZKO", "Kota Palembang", SOUTH),
    SiteSpec("A417", "ST AZKO PEKANBARU", "AZKO", "Kota Pekanbaru", SOUTH),
    SiteSpec("A381", "ST AZKO PANAKKUKANG", "AZKO", "Kota Makassar", TIMUR),
    SiteSpec("A415", "ST AZKO BALIKPAPAN", "AZKO", "Kota Balikpapan", None),
    SiteSpec("A388", "ST AZKO DENPASAR", "AZKO", "Kota Denpasar", EAST),
    SiteSpec("T101", "TOYS KINGDOM SERPONG", "TOYS", "Kota Tangerang Selatan", BANTEN),
    SiteSpec("T102", "TOYS KINGDOM PURI", "TOYS", "Kota Jakarta Barat", JKT1),
    SiteSpec("T104", "TOYS KINGDOM BEKASI", "TOYS", "Kota Bekasi", JKT2),
    SiteSpec("T107", "TOYS KINGDOM BANDUNG", "TOYS", "Kota Bandung", WEST),
    SiteSpec("T110", "TOYS KINGDOM SURABAYA", "TOYS", "Kota Surabaya", EAST),
    SiteSpec("T113", "TOYS KINGDOM MEDAN", "TOYS", "Kota Medan", NORTH),
    SiteSpec("T118", "TOYS KINGDOM CORNER PAJAJARAN", "TOYS", "Kota Bogor", WEST, "shop_in_shop"),
    SiteSpec("T121", "TOYS KINGDOM CORNER SEMARANG", "TOYS", "Kota Semarang", CENTRAL,
             "shop_in_shop"),
    SiteSpec("U201", "ATARU BLOK M", "ATARU", "Kota Jakarta Selatan", JKT1),
    SiteSpec("U203", "ATARU KARAWACI", "ATARU", "Kota Tangerang", BANTEN, "shop_in_shop"),
    SiteSpec("U204", "ATARU KELAPA GADING", "ATARU", "Kota Jakarta Utara", JKT2),
    SiteSpec("U206", "ATARU KERTAJAYA", "ATARU", "Kota Surabaya", EAST, "shop_in_shop"),
    SiteSpec("U208", "ATARU MEDAN", "ATARU", "Kota Medan", NORTH),
    SiteSpec("U210", "ATARU BUAH BATU", "ATARU", "Kota Bandung", WEST, "shop_in_shop"),
    SiteSpec("U214", "ATARU DENPASAR", "ATARU", "Kota Denpasar", EAST),
    SiteSpec("U217", "ATARU MARGONDA", "ATARU", "Kota Depok", None),
    SiteSpec("P301", "PENDOPO ALAM SUTERA", "PENDOPO", "Kota Tangerang Selatan", BANTEN),
    SiteSpec("P303", "PENDOPO MENTENG", "PENDOPO", "Kota Jakarta Pusat", JKT2),
    SiteSpec("P305", "PENDOPO PRAMBANAN", "PENDOPO", "Kabupaten Sleman", None),
    SiteSpec("P307", "PENDOPO SANUR", "PENDOPO", "Kota Denpasar", EAST, "shop_in_shop"),
    SiteSpec("F401", "INFORMA SERPONG", "INFORMA", "Kota Tangerang Selatan", BANTEN),
    SiteSpec("F404", "INFORMA CIPINANG", "INFORMA", "Kota Jakarta Timur", JKT2),
    SiteSpec("F407", "INFORMA SURABAYA", "INFORMA", "Kota Surabaya", EAST),
    SiteSpec("F410", "INFORMA MEDAN", "INFORMA", "Kota Medan", NORTH),
    SiteSpec("F413", "INFORMA BANDUNG", "INFORMA", "Kota Bandung", WEST),
    SiteSpec("F416", "INFORMA MAKASSAR", "INFORMA", "Kota Makassar", TIMUR),
    SiteSpec("F419", "INFORMA SEMARANG", "INFORMA", "Kota Semarang", CENTRAL),
    SiteSpec("F422", "INFORMA PALEMBANG", "INFORMA", "Kota Palembang", SOUTH),
    SiteSpec("N501", "NEKA CIPONDOH", "NEKA", "Kota Tangerang", BANTEN,
             opened_on=date(2022, 9, 3)),
    SiteSpec("N503", "NEKA BEKASI", "NEKA", "Kota Bekasi", JKT2, opened_on=date(2023, 2, 11)),
    SiteSpec("N506", "NEKA DEPOK", "NEKA", "Kota Depok", JKT2, opened_on=date(2023, 6, 24)),
    SiteSpec("N512", "NEKA SERANG", "NEKA", "Kota Serang", BANTEN, opened_on=date(2025, 9, 19)),
    SiteSpec("N514", "NEKA BOGOR", "NEKA", "Kota Bogor", WEST, opened_on=date(2025, 9, 26)),
    SiteSpec("O901", "RUPARUPA ONLINE", "ODI", "Kota Jakarta Barat", None, "online"),
)  # fmt: skip
SITE = {spec.code: number for number, spec in enumerate(SITES)}
ONLINE_SITE = SITE["O901"]

#: Where members of the closed store go: neighbours by share; what is left does not return.
CLOSURE_NEIGHBOURS = (
    ("A653", 0.24), ("A479", 0.10), ("A434", 0.09), ("A702", 0.07), ("A466", 0.05),
    ("A322", 0.04), ("A449", 0.02), ("A301", 0.02), ("A467", 0.01), ("A584", 0.01),
)  # fmt: skip
CLOSURE_ONLINE_SHARE = 0.07

#: Cities whose members try a newly opened store, with their expected extra trips until the end.
OPENING_CATCHMENT = {
    OPENED_SITE: ("Kota Bukittinggi", "Kota Payakumbuh", "Kabupaten Agam", "Kota Padang"),
    "N512": ("Kota Serang", "Kabupaten Serang"),
    "N514": ("Kota Bogor", "Kabupaten Bogor", "Kota Depok"),
}
OPENING_TRIPS = 0.6

#: Share of Bukittinggi's own catchment that shops there once it is open.
OPENING_SWITCH_SHARE = {
    "Kota Bukittinggi": 0.95,
    "Kabupaten Agam": 0.85,
    "Kota Payakumbuh": 0.7,
    "Kota Padang": 0.05,
}


@dataclass(frozen=True)
class Network:
    """Stores as arrays, and the tables that draw a member's stores.

    Attributes:
        bu, city: (sites,) business unit and city number.
        opened, closed: (sites,) first and last trading day, as day index of the calendar.
        is_delivered: (sites,) whether the store is known by the end of the sample.
        home: (cities * business units, sites) cumulative shares of home stores.
        other: the same for visits elsewhere in the trading region.
        has_region_site: (cities, business units) whether the region has a store of the unit.
    """

    bu: np.ndarray
    city: np.ndarray
    opened: np.ndarray
    closed: np.ndarray
    is_delivered: np.ndarray
    home: np.ndarray
    other: np.ndarray
    has_region_site: np.ndarray
    closure_targets: np.ndarray = field(repr=False)
    closure_shares: np.ndarray = field(repr=False)


@lru_cache(maxsize=4)
def build_network(weeks_days: int) -> Network:
    """Network as seen over the first `weeks_days` days of the Cohesive database."""
    first = day_number(GO_LIVE)
    never = 1_000_000
    bu = np.array([BU[spec.bu] for spec in SITES], dtype=np.int32)
    city = np.array([CITY[spec.city] for spec in SITES], dtype=np.int32)
    opened = np.array([day_number(spec.opened_on) - first for spec in SITES], dtype=np.int64)
    closed = np.array(
        [never if spec.closed_on is None else day_number(spec.closed_on) - first for spec in SITES],
        dtype=np.int64,
    )
    region = np.array([REGIONS.index(row[2]) for row in CITIES])
    pull = np.array([spec.pull for spec in SITES])
    rows_home, rows_other = [], []
    has_region_site = np.zeros((len(CITIES), len(BUSINESS_UNITS)), dtype=bool)
    for home_city in range(len(CITIES)):
        for unit in range(len(BUSINESS_UNITS)):
            sells = (bu == unit) & (opened <= 0)
            same_region = region[city] == region[home_city]
            has_region_site[home_city, unit] = bool((sells & same_region).any())
            near = np.where(city == home_city, 6.0, np.where(same_region, 1.0, 0.01)) * pull
            rows_home.append(np.where(sells, near, 0.0))
            any_time = bu == unit
            nearby = np.where(same_region, 1.0, 0.02 if unit != ONLINE_BU else 1.0)
            rows_other.append(np.where(any_time, nearby, 0.0))
    home = np.cumsum(np.array(rows_home), axis=1)
    other = np.cumsum(np.array(rows_other), axis=1)
    neighbours = np.array([SITE[code] for code, _ in CLOSURE_NEIGHBOURS], dtype=np.int32)
    shares = np.cumsum([share for _, share in CLOSURE_NEIGHBOURS] + [CLOSURE_ONLINE_SHARE])
    return Network(
        bu=bu,
        city=city,
        opened=opened,
        closed=closed,
        is_delivered=opened < weeks_days,
        home=home / home[:, -1:],
        other=other / other[:, -1:],
        has_region_site=has_region_site,
        closure_targets=neighbours,
        closure_shares=shares,
    )


def network_of(calendar: Calendar) -> Network:
    """Network for the days of a calendar."""
    return build_network(calendar.days)
