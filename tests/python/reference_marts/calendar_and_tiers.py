"""Weeks, the as-of date, the tier at a date, safe division and week over week (spec 2.1 - 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

import pandas as pd

GO_LIVE = date(2023, 10, 16)
UNKNOWN = "UNKNOWN"
ALL = "ALL"
TIERS = ("SILVER", "GOLD", "PLATINUM", UNKNOWN)

RATIO = Decimal("0.000001")
MONEY = Decimal("0.01")

#: Half away from zero, with room for every quotient before it is rounded.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def week_start_of(day: date) -> date:
    """Monday of the week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class ReportCalendar:
    """The days that a report knows: first receipt on or after go-live to the as-of date."""

    first_day: date
    as_of_date: date

    @property
    def weeks(self) -> list[date]:
        """Mondays of all weeks of the data, also of those in which nothing happened."""
        monday, mondays = week_start_of(self.first_day), []
        while monday <= self.as_of_date:
            mondays.append(monday)
            monday += timedelta(days=7)
        return mondays

    def is_complete(self, monday: date) -> bool:
        """Whether all seven days are known."""
        return monday >= self.first_day and monday + timedelta(days=6) <= self.as_of_date

    def covers(self, day: date) -> bool:
        """Whether a row of that date is in the reports."""
        return GO_LIVE <= day <= self.as_of_date


def as_of_date(receipt_days: Iterable[date], last_loaded_day: date | None = None) -> date:
    """The last receipt date, not later than the day of the greatest `_loaded_at` when given."""
    return max(day for day in receipt_days if last_loaded_day is None or day <= last_loaded_day)


def report_calendar(receipt_days: pd.Series, as_of: date | None = None) -> ReportCalendar:
    """Calendar of clean receipts; `as_of` takes the place of the last receipt date."""
    last_day = as_of or as_of_date(receipt_days)
    return ReportCalendar(min(day for day in receipt_days if GO_LIVE <= day <= last_day), last_day)


@dataclass(frozen=True)
class TierHistory:
    """Tier of a member at a date.

    Attributes:
        periods: (valid_from, valid_to exclusive, tier) by member, latest valid_from first.
        current: current tier by member.
    """

    periods: Mapping[str, list[tuple[date, date, str]]]
    current: Mapping[str, str]

    def at(self, cust_id: str | None, day: date) -> str:
        """The period that covers the day (of several the one that starts last), else the current
        tier, else UNKNOWN."""
        if is_null(cust_id):
            return UNKNOWN
        for valid_from, valid_to, tier in self.periods.get(cust_id, ()):
            if valid_from <= day < valid_to:
                return tier
        return self.current.get(cust_id, UNKNOWN)


def tier_history(
    members: pd.DataFrame, member_tiers: pd.DataFrame, aliases: Mapping[str, str]
) -> TierHistory:
    """Tier lookup from clean `tbl_member` and `tbl_member_tier`."""

    def canonical(spelling: str | None) -> str:
        return UNKNOWN if is_null(spelling) else aliases.get(spelling.strip().lower(), UNKNOWN)

    periods: dict[str, list[tuple[date, date, str]]] = {}
    for row in member_tiers.itertuples(index=False):
        valid_to = date.max if is_null(row.valid_to) else row.valid_to
        periods.setdefault(row.cust_id, []).append((row.valid_from, valid_to, canonical(row.tier)))
    for rows in periods.values():
        rows.sort(key=lambda period: period[0], reverse=True)
    current = {row.cust_id: canonical(row.tier) for row in members.itertuples(index=False)}
    return TierHistory(periods, current)


def is_null(value: object) -> bool:
    """Whether a cell of a clean table is null, in any of the ways of pandas."""
    return value is None or value is pd.NaT or value is pd.NA or value != value


def safe_divide(
    numerator: Decimal | int | None, denominator: Decimal | int | None
) -> Decimal | None:
    """Exact quotient with six digits, half away from zero; null by 0 or null."""
    if numerator is None or not denominator:
        return None
    return EXACT.divide(Decimal(numerator), Decimal(denominator)).quantize(RATIO, context=EXACT)


def week_over_week(
    value: Decimal | int | None,
    previous: Decimal | int | None,
    *,
    has_previous_week: bool,
    both_complete: bool,
) -> tuple[Decimal | None, str]:
    """Change against the week before, and its status: the first that applies.

    Args:
        has_previous_week: whether the spine has a week before this one.
        both_complete: whether this week and, where there is one, the week before are complete.
    """
    if not both_complete:
        return None, "incomplete"
    if not has_previous_week:
        return None, "first_week"
    if value is None or previous is None or previous < 0:
        return None, "not_meaningful"
    if previous == 0:
        return None, "flat_zero" if value == 0 else "new"
    if value == 0:
        return Decimal(-1).quantize(RATIO), "stopped"
    return safe_divide(value - previous, previous), "ok"


def with_week_over_week(
    values: Mapping[tuple[object, ...], Decimal | int | None],
    calendar: ReportCalendar,
) -> dict[tuple[object, ...], tuple[Decimal | int | None, Decimal | None, str]]:
    """(previous, wow, status) of one measure by the keys of `values`, which begin with the week.

    `values` has every week of the spine, so that a week in which nothing happened counts as it is.
    """
    result = {}
    first_week = calendar.weeks[0]
    for key, value in values.items():
        week, rest = key[0], key[1:]
        before = week - timedelta(days=7)
        has_previous_week = before >= first_week
        previous = values[(before, *rest)] if has_previous_week else None
        wow, status = week_over_week(
            value,
            previous,
            has_previous_week=has_previous_week,
            both_complete=calendar.is_complete(week)
            and (calendar.is_complete(before) or not has_previous_week),
        )
        result[key] = (previous, wow, status)
    return result
