"""The seeds ``holidays`` and ``seasons``, from the library ``holidays``.

The library's default category leaves out cuti bersama (collective leave that the government adds
around the feasts); it is in the category ``government``. The dates of Islamic feasts in years for
which the government has not decided yet are estimates, and their names say so ("perkiraan").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import holidays

FIRST_YEAR = 2015
LAST_YEAR = 2030

HOLIDAYS_HEADER = ("date", "name", "is_public_holiday", "is_cuti_bersama")
SEASONS_HEADER = ("season", "occurrence", "starts_on", "ends_on")

LEBARAN_DAYS_BEFORE = 28
LEBARAN_DAYS_AFTER = 14

_IDUL_FITRI = "Hari Raya Idul Fitri"
_ESTIMATED = " (perkiraan)"
_MISSPELT = {"Pegangti": "Pengganti"}


class Season(NamedTuple):
    """One occurrence of a season; both days are part of it."""

    season: str
    occurrence: str
    starts_on: date
    ends_on: date


def _named_days(year: int, category: str) -> dict[date, str]:
    days = holidays.country_holidays("ID", years=year, categories=(category,), language="id")
    return {day: days[day] for day in sorted(days)}


def _clean_name(name: str) -> str:
    for wrong, right in _MISSPELT.items():
        name = name.replace(wrong, right)
    return name


def holiday_rows(
    first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR
) -> list[tuple[str, str, str, str]]:
    """One row a date: date, Indonesian name, is_public_holiday, is_cuti_bersama.

    A date that is both carries both names, joined by "; ".
    """
    rows = []
    for year in range(first_year, last_year + 1):
        public = _named_days(year, holidays.PUBLIC)
        collective = _named_days(year, holidays.GOVERNMENT)
        for day in sorted(public.keys() | collective.keys()):
            names = [days[day] for days in (public, collective) if day in days]
            rows.append(
                (
                    day.isoformat(),
                    _clean_name("; ".join(names)),
                    str(day in public).lower(),
                    str(day in collective).lower(),
                )
            )
    return rows


def idul_fitri_dates(first_year: int, last_year: int) -> list[date]:
    """First days of Idul Fitri in the years, ascending (two can fall in one year)."""
    return [
        day
        for year in range(first_year, last_year + 1)
        for day, name in _named_days(year, holidays.PUBLIC).items()
        if any(part.removesuffix(_ESTIMATED) == _IDUL_FITRI for part in name.split("; "))
    ]


def _year_seasons(year: int) -> Iterator[Season]:
    yield Season("BACK_TO_SCHOOL", str(year), date(year, 6, 15), date(year, 7, 31))
    yield Season("MERDEKA", str(year), date(year, 8, 1), date(year, 8, 31))
    yield Season("HARBOLNAS", f"{year}-11", date(year, 11, 10), date(year, 11, 12))
    yield Season("HARBOLNAS", f"{year}-12", date(year, 12, 11), date(year, 12, 13))
    yield Season("CHRISTMAS_NEW_YEAR", str(year), date(year, 12, 10), date(year + 1, 1, 5))


def seasons(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> list[Season]:
    """Every occurrence that touches the years, in the order of season and occurrence.

    The occurrence is the year in which the season starts, for LEBARAN the year of Idul Fitri and
    for HARBOLNAS, which has two windows a year, year and month.
    """
    found = [
        season for year in range(first_year - 1, last_year + 1) for season in _year_seasons(year)
    ]
    for day in idul_fitri_dates(first_year - 1, last_year + 1):
        found.append(
            Season(
                "LEBARAN",
                str(day.year),
                day - timedelta(days=LEBARAN_DAYS_BEFORE),
                day + timedelta(days=LEBARAN_DAYS_AFTER),
            )
        )
    first_day, last_day = date(first_year, 1, 1), date(last_year, 12, 31)
    return sorted(
        season for season in found if season.ends_on >= first_day and season.starts_on <= last_day
    )


def season_rows(
    first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR
) -> list[tuple[str, str, str, str]]:
    """Rows of the seed: season, occurrence, starts_on, ends_on."""
    return [
        (season.season, season.occurrence, season.starts_on.isoformat(), season.ends_on.isoformat())
        for season in seasons(first_year, last_year)
    ]
