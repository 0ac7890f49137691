"""What the simulator reads from the project's seeds: spellings, earn rates, programmes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from koin_loyalty.sample.calendar import GO_LIVE, day_number
from koin_loyalty.sample.catalogue import BU, build_catalogue

TIERS = ("SILVER", "GOLD", "PLATINUM")


def seeds_folder() -> Path:
    """The project's `seeds` folder: beside the package's source, else below the working folder.

    Raises:
        ValueError: when neither holds the reference seeds.
    """
    for root in (Path(__file__).resolve().parents[3], Path.cwd()):
        if (root / "seeds" / "reference" / "tier_aliases.csv").is_file():
            return root / "seeds"
    raise ValueError("the seeds of the project are not found; run the command in its folder")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@dataclass(frozen=True)
class PromoList:
    """SKUs on promotion (Member's Choice or Harga Spesial Koin), as arrays over list rows.

    Attributes:
        period: (rows,) number of the period.
        product, bu: (rows,) product and business unit number.
        starts, ends: (rows,) first and last day (day index of the calendar).
        price: (rows,) special price in rupiah, or price in koin.
    """

    period: np.ndarray
    product: np.ndarray
    bu: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    price: np.ndarray

    def price_by_day(self, days: int) -> np.ndarray:
        """(products, days) promotional price, 0 where the product is not on the list."""
        table = np.zeros((len(build_catalogue()), days), dtype=np.int64)
        for product, starts, ends, price in zip(
            self.product, self.starts, self.ends, self.price, strict=True
        ):
            table[product, max(starts, 0) : max(ends + 1, 0)] = price
        return table

    def products_by_day(self, unit: int, days: int) -> tuple[np.ndarray, np.ndarray]:
        """(days, width) products on the unit's list each day, padded with -1, and their number."""
        listed: list[list[int]] = [[] for _ in range(days)]
        for product, bu, starts, ends in zip(
            self.product, self.bu, self.starts, self.ends, strict=True
        ):
            if bu == unit:
                for day in range(max(starts, 0), min(ends + 1, days)):
                    listed[day].append(int(product))
        width = max((len(products) for products in listed), default=0) or 1
        table = np.full((days, width), -1, dtype=np.int32)
        for day, products in enumerate(listed):
            table[day, : len(products)] = products
        return table, (table >= 0).sum(axis=1)


@dataclass(frozen=True)
class Campaign:
    """One campaign of the seed, with its scope."""

    code: str
    bu: int
    starts: int
    ends: int
    scope_type: str
    scope: tuple[str, ...]


@dataclass(frozen=True)
class VoucherProgram:
    """One voucher programme of the seed."""

    code: str
    partner: str
    bu: int
    starts: int
    ends: int


@dataclass(frozen=True)
class Reference:
    """Everything read from the seeds."""

    earn_rate: dict[str, float]
    tier_spellings: dict[str, tuple[str, ...]]
    city_spellings: dict[tuple[str, str], tuple[tuple[str, str], ...]]
    members_choice: PromoList
    harga_spesial_koin: PromoList
    campaigns: tuple[Campaign, ...]
    voucher_programs: tuple[VoucherProgram, ...]


def _day(text: str) -> int:
    return day_number(date.fromisoformat(text)) - day_number(GO_LIVE)


def _promo_list(rows: list[dict[str, str]], price_column: str) -> PromoList:
    number = build_catalogue().number
    periods = {
        code: index for index, code in enumerate(dict.fromkeys(r["period_code"] for r in rows))
    }
    return PromoList(
        period=np.array([periods[row["period_code"]] for row in rows], dtype=np.int32),
        product=np.array([number[row["sku"]] for row in rows], dtype=np.int32),
        bu=np.array([BU[row["bu_code"]] for row in rows], dtype=np.int32),
        starts=np.array([_day(row["starts_on"]) for row in rows], dtype=np.int64),
        ends=np.array([_day(row["ends_on"]) for row in rows], dtype=np.int64),
        price=np.array([int(float(row[price_column])) for row in rows], dtype=np.int64),
    )


@lru_cache(maxsize=1)
def read_reference() -> Reference:
    """Read the seeds once a process.

    Raises:
        ValueError: when a seed is missing or names something the catalogue does not hold.
    """
    folder = seeds_folder()
    reference, programmes = folder / "reference", folder / "programmes"
    try:
        tier_spellings: dict[str, list[str]] = {tier: [] for tier in TIERS}
        for row in _rows(reference / "tier_aliases.csv"):
            tier_spellings[row["tier_code"]].append(row["alias"])
        cities: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for row in _rows(reference / "domicile_areas.csv"):
            key = (row["city"], row["province"])
            cities.setdefault(key, []).append((row["raw_city"], row["raw_province"]))
        scope: dict[str, list[str]] = {}
        for row in _rows(programmes / "campaign_scope.csv"):
            scope.setdefault(row["campaign_code"], []).append(row["scope_value"])
        return Reference(
            earn_rate={
                row["tier_code"]: float(row["earn_rate"])
                for row in _rows(reference / "loyalty_tiers.csv")
            },
            tier_spellings={tier: tuple(names) for tier, names in tier_spellings.items()},
            city_spellings={key: tuple(names) for key, names in cities.items()},
            members_choice=_promo_list(
                _rows(programmes / "members_choice_skus.csv"), "special_price"
            ),
            harga_spesial_koin=_promo_list(
                _rows(programmes / "harga_spesial_koin_skus.csv"), "koin_price"
            ),
            campaigns=tuple(
                Campaign(
                    code=row["campaign_code"],
                    bu=BU[row["bu_code"]],
                    starts=_day(row["promo_starts_on"]),
                    ends=_day(row["promo_ends_on"]),
                    scope_type=row["scope_type"],
                    scope=tuple(scope.get(row["campaign_code"], ())),
                )
                for row in _rows(programmes / "campaigns.csv")
            ),
            voucher_programs=tuple(
                VoucherProgram(
                    code=row["program_code"],
                    partner=row["partner"],
                    bu=BU[row["bu_code"]],
                    starts=_day(row["starts_on"]),
                    ends=_day(row["ends_on"]),
                )
                for row in _rows(programmes / "voucher_programs.csv")
            ),
        )
    except KeyError as error:
        raise ValueError(f"a seed lacks the column, SKU, tier or BU {error}") from None
    except OSError as error:
        raise ValueError(f"a seed is missing: {error.filename}") from None
