"""Days of the sample: volume by day, Indonesian seasons and weeks of double koin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

#: First day of the Cohesive database, a Monday: the first day of every sample.
GO_LIVE = date(2023, 10, 16)

#: The moving feast: 1 Syawal by official announcement (2027 and 2028: astronomical estimates).
IDUL_FITRI = (
    date(2023, 4, 22),
    date(2024, 4, 10),
    date(2025, 3, 31),
    date(2026, 3, 21),
    date(2027, 3, 10),
    date(2028, 2, 27),
)

#: The last week whose Lebaran is known.
MAX_WEEKS = 260

SEASONS = ("LEBARAN", "BACK_TO_SCHOOL", "MERDEKA", "HARBOLNAS", "CHRISTMAS_NEW_YEAR")

#: Regime 0 is an ordinary day; regime s + 1 a day of SEASONS[s].
REGIMES = 1 + len(SEASONS)

WEEKDAY_WEIGHT = (0.86, 0.84, 0.85, 0.88, 0.98, 1.32, 1.27)

#: In every eighth week each member earns double koin.
BONUS_WEEK_EVERY = 8
BONUS_MULTIPLIER = 2

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


@dataclass(frozen=True)
class Calendar:
    """The days of a sample, numbered from 0 (the go-live date).

    Attributes:
        first_day: day number (since 1970-01-01) of day 0.
        days: number of days.
        weight: (days,) relative volume of a day, mean 1.
        regime: (days,) season regime for the category mix, see REGIMES.
        earn_multiplier: (days,) 1 or BONUS_MULTIPLIER.
        windows: per season, the (first, last) days of each occurrence that lies wholly within.
    """

    first_day: int
    days: int
    weight: np.ndarray
    regime: np.ndarray
    earn_multiplier: np.ndarray
    windows: dict[str, list[tuple[int, int]]]

    @property
    def last_day(self) -> int:
        """Day number (since 1970-01-01) of the last day."""
        return self.first_day + self.days - 1

    def index(self, day: date) -> int:
        """Number of a date within the sample; negative or beyond the end when outside."""
        return day_number(day) - self.first_day


def season_windows(year: int) -> dict[str, list[tuple[date, date]]]:
    """First and last day of the occurrences of each season that start in `year`."""
    lebaran = [
        (feast - timedelta(days=28), feast + timedelta(days=14))
        for feast in IDUL_FITRI
        if feast.year == year
    ]
    return {
        "LEBARAN": lebaran,
        "BACK_TO_SCHOOL": [(date(year, 6, 15), date(year, 7, 31))],
        "MERDEKA": [(date(year, 8, 1), date(year, 8, 31))],
        "HARBOLNAS": [
            (date(year, 11, 10), date(year, 11, 12)),
            (date(year, 12, 11), date(year, 12, 13)),
        ],
        "CHRISTMAS_NEW_YEAR": [(date(year, 12, 10), date(year + 1, 1, 5))],
    }


def _volume(day: date) -> float:
    """Relative volume of one day."""
    weight = WEEKDAY_WEIGHT[day.weekday()]
    if day.day >= 25 or day.day == 1:
        weight *= 1.15
    if day.day == day.month:
        weight *= 1.08
    if (day.month, day.day) in {(11, 10), (11, 11), (11, 12), (12, 11), (12, 12), (12, 13)}:
        weight *= 1.55
    if (day.month, day.day) >= (12, 14) or (day.month, day.day) <= (1, 5):
        weight *= 1.25
    if day.month == 8 and 12 <= day.day <= 18:
        weight *= 1.15
    if (6, 15) <= (day.month, day.day) <= (7, 31):
        weight *= 1.06
    for feast in IDUL_FITRI:
        distance = (day - feast).days
        if -21 <= distance <= -3:
            weight *= 1.35
        elif -2 <= distance <= -1:
            weight *= 1.1
        elif 0 <= distance <= 1:
            weight *= 0.55
    return weight


def build_calendar(weeks: int) -> Calendar:
    """Calendar of `weeks` whole weeks from the go-live Monday.

    Raises:
        ValueError: when `weeks` is below 1 or beyond the last known Lebaran.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise ValueError(f"weeks must be between 1 and {MAX_WEEKS}, not {weeks}")
    days = weeks * 7
    all_days = [GO_LIVE + timedelta(days=offset) for offset in range(days)]
    weight = np.array([_volume(day) for day in all_days])
    regime = np.zeros(days, dtype=np.int8)
    windows: dict[str, list[tuple[int, int]]] = {season: [] for season in SEASONS}
    first = day_number(GO_LIVE)
    order = ("BACK_TO_SCHOOL", "MERDEKA", "CHRISTMAS_NEW_YEAR", "HARBOLNAS", "LEBARAN")
    for year in range(GO_LIVE.year - 1, all_days[-1].year + 1):
        found = season_windows(year)
        for season in order:
            for starts_on, ends_on in found[season]:
                low, high = day_number(starts_on) - first, day_number(ends_on) - first
                regime[max(low, 0) : max(high + 1, 0)] = SEASONS.index(season) + 1
                if low >= 0 and high < days:
                    windows[season].append((low, high))
    week = np.arange(days) // 7
    bonus = np.where(week % BONUS_WEEK_EVERY == BONUS_WEEK_EVERY - 1, BONUS_MULTIPLIER, 1)
    return Calendar(first, days, weight / weight.mean(), regime, bonus.astype(np.int64), windows)
