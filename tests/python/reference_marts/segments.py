"""The segment marts (spec 4.1) from the clean tables: plain loops over members and receipts.

Segments know the members who are not erased as of the run, and their completed and return receipts
since Cohesive. Nothing else exists for them: other receipts are in no count, quantile or share.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import pandas as pd

from reference_marts import Tables
from reference_marts.calendar_and_tiers import (
    MONEY,
    UNKNOWN,
    ReportCalendar,
    is_null,
    report_calendar,
    safe_divide,
)
from reference_marts.pay_with_koin import known_or_unknown

Row = dict[str, object]
PERIODS = ("since_cohesive", "l12m", "l1y")

KEYS = {
    "segment_rfm": ("cust_id",),
    "segment_lifecycle": ("cust_id",),
    "segment_value": ("cust_id",),
    "segment_seasonal": ("cust_id", "season"),
    "segment_category_affinity": ("cust_id", "category"),
}
COLUMNS = {
    "segment_rfm": (
        *KEYS["segment_rfm"],
        "recency_days",
        "frequency",
        "monetary",
        "r_score",
        "f_score",
        "m_score",
        "rfm_score",
        "rfm_segment",
    ),
    "segment_lifecycle": (
        *KEYS["segment_lifecycle"],
        "lifecycle",
        "first_purchase_date",
        "last_purchase_date",
        "purchase_day_count",
        "days_since_last_purchase",
        "median_gap_days",
        "is_winback",
        "is_active_member",
    ),
    "segment_value": (
        *KEYS["segment_value"],
        "net_sales_l1y",
        "purchase_days_l1y",
        "value_segment",
        "is_frequent_buyer",
    ),
    "segment_seasonal": (
        *KEYS["segment_seasonal"],
        "trips",
        "occurrence_count",
        "net_sales",
        "member_net_sales",
        "spend_share",
        "season_spend_share",
        "lift",
        "is_seasonal_shopper",
    ),
    "segment_category_affinity": (
        *KEYS["segment_category_affinity"],
        "receipt_count",
        "member_receipt_count",
        "net_sales",
        "affinity_index",
    ),
}

NEW_DAYS = 90
REACTIVATED_DAYS = 90
REACTIVATION_GAP_DAYS = 365
ACTIVE_DAYS = 180
AT_RISK_DAYS = 365
WINBACK_DAYS = 180
WINBACK_MEDIAN_GAPS = 2
FREQUENT_BUYER_DAYS = 6
SEASONAL_MONTHS = 24
SEASONAL_MINIMUM = 2
AFFINITY_PRIOR = 20


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included."""

    first_day: date
    last_day: date

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True)
class Receipt:
    """A completed or return receipt that segments know; an unknown business unit is UNKNOWN."""

    receive_main_id: str
    cust_id: str
    bu_code: str
    site_code: str
    sales_channel: str | None
    moment: pd.Timestamp
    sales: Decimal
    is_transaction: bool

    @property
    def day(self) -> date:
        """Business date."""
        return self.moment.date()


@dataclass(frozen=True)
class SegmentData:
    """What every segment mart reads.

    Attributes:
        truth: clean tables by `schema.table`, one row a key.
        business_units: known codes; any other is UNKNOWN.
        aliases: tier by spelling.
        seeds: rows, as text, of the other reference seeds by name.
        as_of: last date known; default the last receipt date.
    """

    truth: Tables
    business_units: Sequence[str]
    aliases: Mapping[str, str]
    seeds: Mapping[str, Sequence[Mapping[str, str]]]
    as_of: date | None = None

    @cached_property
    def calendar(self) -> ReportCalendar:
        """Go-live to the as-of date."""
        return report_calendar(self.truth["cohesive.tbl_receipt"]["trx_ts"].dt.date, self.as_of)

    @property
    def as_of_date(self) -> date:
        """Last date known."""
        return self.calendar.as_of_date

    @cached_property
    def periods(self) -> dict[str, Period]:
        """The periods of histories by the end of their columns' names."""
        month_end = last_month_end(self.as_of_date)
        return {
            "since_cohesive": Period(date.min, self.as_of_date),
            "l12m": Period(months_before(month_end + timedelta(days=1), 12), month_end),
            "l1y": Period(self.as_of_date - timedelta(days=364), self.as_of_date),
        }

    @property
    def l1y(self) -> Period:
        """365 days up to and including the as-of date."""
        return self.periods["l1y"]

    @cached_property
    def members(self) -> dict[str, object]:
        """Rows of the member table by cust_id: registered and not erased as of the run."""

        def happened(moment: object) -> bool:
            return not is_null(moment) and moment.date() <= self.as_of_date

        return {
            row.cust_id: row
            for row in self.truth["cohesive.tbl_member"].itertuples(index=False)
            if (is_null(row.registered_at) or happened(row.registered_at))
            and not happened(row.erased_at)
        }

    @cached_property
    def bu_of(self) -> Callable[[object], str]:
        """Known code or UNKNOWN."""
        return known_or_unknown(self.business_units)

    @cached_property
    def receipts(self) -> list[Receipt]:
        """The receipts that segments know, in order of time."""
        known = [
            Receipt(
                row.receive_main_id,
                row.cust_id,
                self.bu_of(row.bu_code),
                UNKNOWN if is_null(row.site_code) else row.site_code,
                None if is_null(row.sales_channel) else row.sales_channel,
                row.trx_ts,
                row.sales,
                row.receipt_status == "completed",
            )
            for row in self.truth["cohesive.tbl_receipt"].itertuples(index=False)
            if row.receipt_status in ("completed", "return")
            and row.cust_id in self.members
            and self.calendar.covers(row.trx_ts.date())
        ]
        return sorted(known, key=lambda receipt: receipt.moment)

    @cached_property
    def receipts_of(self) -> dict[str, list[Receipt]]:
        """Receipts by member, of every member."""
        by_member: dict[str, list[Receipt]] = {cust_id: [] for cust_id in self.members}
        for receipt in self.receipts:
            by_member[receipt.cust_id].append(receipt)
        return by_member

    @cached_property
    def purchase_days(self) -> dict[str, list[date]]:
        """Distinct dates of completed receipts by member, ascending, of every member."""
        return {
            cust_id: sorted({receipt.day for receipt in receipts if receipt.is_transaction})
            for cust_id, receipts in self.receipts_of.items()
        }

    def is_activated(self, cust_id: str) -> bool:
        """Whether the member activated the account by the as-of date."""
        activated_at = self.members[cust_id].activated_at
        return not is_null(activated_at) and activated_at.date() <= self.as_of_date


def last_month_end(day: date) -> date:
    """The day when it is a month's last, else the end of the month before."""
    return (day + timedelta(days=1)).replace(day=1) - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """The same day so many months before; the month's last day where it has no such day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    next_month = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (next_month - timedelta(days=1)).day))


def net_sales(receipts: Iterable[Receipt]) -> Decimal:
    """Sum of sales."""
    return sum((receipt.sales for receipt in receipts), Decimal(0)).quantize(MONEY)


def transactions(receipts: Iterable[Receipt]) -> list[Receipt]:
    """The completed ones."""
    return [receipt for receipt in receipts if receipt.is_transaction]


def within(receipts: Iterable[Receipt], period: Period) -> list[Receipt]:
    """Those of a period."""
    return [receipt for receipt in receipts if receipt.day in period]


def frame_of(columns: Sequence[str], rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as the mart's columns; None is null."""
    cells = [[row[column] for column in columns] for row in rows]
    return pd.DataFrame(cells, columns=list(columns), dtype=object)


# RFM


@dataclass(frozen=True)
class Activity:
    """Recency, frequency and monetary of a buyer."""

    recency_days: int
    frequency: int
    monetary: Decimal


def cut_points(values: Iterable[int | Decimal]) -> list[Fraction]:
    """20, 40, 60 and 80 % quantiles of one value or more, interpolated linearly, not rounded."""
    ordered = sorted(Fraction(value) for value in values)
    cuts = []
    for fifth in range(1, 5):
        position = Fraction(fifth * (len(ordered) - 1), 5)
        below = int(position)
        above = min(below + 1, len(ordered) - 1)
        cuts.append(ordered[below] + (position - below) * (ordered[above] - ordered[below]))
    return cuts


def rfm_scores(buyers: Mapping[str, Activity]) -> dict[str, tuple[int, int, int]]:
    """Scores of recency, frequency and monetary by buyer: 5 is best."""
    if not buyers:
        return {}
    recency = cut_points(buyer.recency_days for buyer in buyers.values())
    frequency = cut_points(buyer.frequency for buyer in buyers.values())
    monetary = cut_points(buyer.monetary for buyer in buyers.values())
    return {
        cust_id: (
            1 + sum(cut > buyer.recency_days for cut in recency),
            1 + sum(cut < buyer.frequency for cut in frequency),
            1 + sum(cut < Fraction(buyer.monetary) for cut in monetary),
        )
        for cust_id, buyer in buyers.items()
    }


def rfm_label(scores: Sequence[int], rules: Iterable[Mapping[str, str]]) -> str:
    """Segment of the first rule that holds for the three scores, else OTHERS."""
    for rule in sorted(rules, key=lambda rule: int(rule["rule_order"])):
        if all(
            int(rule[f"{letter}_min"]) <= score <= int(rule[f"{letter}_max"])
            for letter, score in zip("rfm", scores, strict=True)
        ):
            return rule["rfm_segment"]
    return "OTHERS"


def segment_rfm(data: SegmentData) -> pd.DataFrame:
    """One row a member."""
    buyers: dict[str, Activity] = {}
    spend: dict[str, Decimal] = {}
    for cust_id, receipts in data.receipts_of.items():
        known = within(receipts, data.l1y)
        bought = transactions(known)
        spend[cust_id] = net_sales(known)
        if bought:
            recency_days = (data.as_of_date - max(receipt.day for receipt in bought)).days
            buyers[cust_id] = Activity(recency_days, len(bought), spend[cust_id])
    scores = rfm_scores(buyers)
    rows = []
    for cust_id in data.members:
        buyer = buyers.get(cust_id)
        r_score, f_score, m_score = scores.get(cust_id, (None, None, None))
        rows.append(
            {
                "cust_id": cust_id,
                "recency_days": buyer.recency_days if buyer else None,
                "frequency": buyer.frequency if buyer else 0,
                "monetary": spend[cust_id],
                "r_score": r_score,
                "f_score": f_score,
                "m_score": m_score,
                "rfm_score": f"{r_score}{f_score}{m_score}" if buyer else None,
                "rfm_segment": rfm_label(scores[cust_id], data.seeds["rfm_segments"])
                if buyer
                else "NO_PURCHASE",
            }
        )
    return frame_of(COLUMNS["segment_rfm"], rows)


# Lifecycle


def lifecycle(days: Sequence[date], as_of: date) -> str:
    """Stage of a member with these purchase days, ascending."""
    if not days:
        return "never_bought"
    if (as_of - days[0]).days <= NEW_DAYS:
        return "new"
    returned = any(
        (as_of - day).days <= REACTIVATED_DAYS and (day - before).days >= REACTIVATION_GAP_DAYS
        for before, day in pairwise(days)
    )
    if returned:
        return "reactivated"
    since = (as_of - days[-1]).days
    if since <= ACTIVE_DAYS:
        return "active"
    return "at_risk" if since <= AT_RISK_DAYS else "lapsed"


def median_gap(days: Sequence[date]) -> Decimal | None:
    """Median of the days between purchase days; null below two of them."""
    gaps = sorted((day - before).days for before, day in pairwise(days))
    if not gaps:
        return None
    return Decimal(gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2


def is_winback(days: Sequence[date], as_of: date) -> bool:
    """Whether a repeat buyer has been away for long, also by the member's own rhythm."""
    median = median_gap(days)
    if median is None:
        return False
    since = (as_of - days[-1]).days
    return since > WINBACK_DAYS and since > WINBACK_MEDIAN_GAPS * median


def segment_lifecycle(data: SegmentData) -> pd.DataFrame:
    """One row a member."""
    rows = [
        {
            "cust_id": cust_id,
            "lifecycle": lifecycle(days, data.as_of_date),
            "first_purchase_date": days[0] if days else None,
            "last_purchase_date": days[-1] if days else None,
            "purchase_day_count": len(days),
            "days_since_last_purchase": (data.as_of_date - days[-1]).days if days else None,
            "median_gap_days": median_gap(days),
            "is_winback": is_winback(days, data.as_of_date),
            "is_active_member": data.is_activated(cust_id) and any(day in data.l1y for day in days),
        }
        for cust_id, days in data.purchase_days.items()
    ]
    return frame_of(COLUMNS["segment_lifecycle"], rows)


# Value


def value_segments(spend: Mapping[str, Decimal]) -> dict[str, str]:
    """HEAVY, MEDIUM or LIGHT by buyer: the share of buyers who spent more decides."""
    ordered = sorted(spend.values())
    segments = {}
    for cust_id, amount in spend.items():
        share_above = Fraction(len(ordered) - bisect_right(ordered, amount), len(ordered))
        segments[cust_id] = (
            "HEAVY"
            if share_above < Fraction(20, 100)
            else "MEDIUM"
            if share_above < Fraction(50, 100)
            else "LIGHT"
        )
    return segments


def segment_value(data: SegmentData) -> pd.DataFrame:
    """One row a member."""
    spend, days, buyers = {}, {}, {}
    for cust_id, receipts in data.receipts_of.items():
        spend[cust_id] = net_sales(within(receipts, data.l1y))
        days[cust_id] = sum(day in data.l1y for day in data.purchase_days[cust_id])
        if days[cust_id]:
            buyers[cust_id] = spend[cust_id]
    segments = value_segments(buyers)
    rows = [
        {
            "cust_id": cust_id,
            "value_segment": segments.get(cust_id, "NONE"),
            "net_sales_l1y": spend[cust_id],
            "purchase_days_l1y": days[cust_id],
            "is_frequent_buyer": days[cust_id] >= FREQUENT_BUYER_DAYS,
        }
        for cust_id in data.members
    ]
    return frame_of(COLUMNS["segment_value"], rows)


# Seasons


@dataclass(frozen=True)
class SeasonalSpend:
    """A member's receipts of a season, and the spend that they are compared with.

    Attributes:
        trips: completed receipts.
        occurrence_count: occurrences of the season with a completed receipt.
        spend, member_spend: the member's, of the season and of the whole time.
        season_spend, total_spend: those of all members.
    """

    trips: int
    occurrence_count: int
    spend: Decimal
    member_spend: Decimal
    season_spend: Decimal
    total_spend: Decimal

    @property
    def lift(self) -> Fraction | None:
        """The member's share of spend over that of all members; null where either has none."""
        if min(self.member_spend, self.season_spend, self.total_spend) <= 0:
            return None
        return Fraction(self.spend * self.total_spend) / (
            Fraction(self.member_spend) * Fraction(self.season_spend)
        )

    @property
    def is_seasonal_shopper(self) -> bool:
        """Whether the member comes again for the season, and for it more than others."""
        return (
            self.trips >= SEASONAL_MINIMUM
            and self.occurrence_count >= SEASONAL_MINIMUM
            and self.lift is not None
            and self.lift >= SEASONAL_MINIMUM
        )

    def row(self, cust_id: str, season: str) -> Row:
        """Row of the mart."""
        return {
            "cust_id": cust_id,
            "season": season,
            "trips": self.trips,
            "occurrence_count": self.occurrence_count,
            "net_sales": self.spend,
            "member_net_sales": self.member_spend,
            "spend_share": safe_divide(self.spend, self.member_spend)
            if self.member_spend > 0
            else None,
            "season_spend_share": safe_divide(self.season_spend, self.total_spend)
            if self.total_spend > 0
            else None,
            "lift": None
            if self.lift is None
            else safe_divide(self.lift.numerator, self.lift.denominator),
            "is_seasonal_shopper": self.is_seasonal_shopper,
        }


def segment_seasonal(data: SegmentData) -> pd.DataFrame:
    """One row a member and season with receipts in its windows in the 24 whole months."""
    last_day = last_month_end(data.as_of_date)
    months = Period(months_before(last_day + timedelta(days=1), SEASONAL_MONTHS), last_day)
    windows: dict[str, dict[str, Period]] = defaultdict(dict)
    for row in data.seeds["seasons"]:
        window = Period(date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"]))
        if window.first_day <= months.last_day and months.first_day <= window.last_day:
            windows[row["season"]][row["occurrence"]] = window

    receipts = within(data.receipts, months)
    total_spend = net_sales(receipts)
    rows = []
    for season, occurrences in windows.items():
        visits: dict[str, list[tuple[str, Receipt]]] = defaultdict(list)
        for receipt in receipts:
            for occurrence, window in occurrences.items():
                if receipt.day in window:
                    visits[receipt.cust_id].append((occurrence, receipt))
        season_spend = net_sales(receipt for found in visits.values() for _, receipt in found)
        for cust_id, found in visits.items():
            trips = [
                (occurrence, receipt) for occurrence, receipt in found if receipt.is_transaction
            ]
            seasonal = SeasonalSpend(
                trips=len(trips),
                occurrence_count=len({occurrence for occurrence, _ in trips}),
                spend=net_sales(receipt for _, receipt in found),
                member_spend=net_sales(within(data.receipts_of[cust_id], months)),
                season_spend=season_spend,
                total_spend=total_spend,
            )
            rows.append(seasonal.row(cust_id, season))
    return frame_of(COLUMNS["segment_seasonal"], rows)


# Categories


def affinity_index(member: int, of_member: int, everyone: int, of_everyone: int) -> Decimal | None:
    """How much likelier than everyone the member is to buy the category, shrunk towards 1.

    Args:
        member, of_member: the member's receipts with the category, and all of them.
        everyone, of_everyone: the same of all members.
    """
    popularity = Fraction(everyone, of_everyone)
    shrunk = (member + AFFINITY_PRIOR * popularity) / (of_member + AFFINITY_PRIOR)
    lift = shrunk / popularity
    return safe_divide(lift.numerator, lift.denominator)


def segment_category_affinity(data: SegmentData) -> pd.DataFrame:
    """One row a member and category with completed receipts of L1Y."""
    products = data.truth["cohesive.tbl_product"]
    category_of = {
        sku: UNKNOWN if is_null(category) else category
        for sku, category in zip(products["sku"], products["category"], strict=True)
    }
    receipts = {receipt.receive_main_id: receipt for receipt in within(data.receipts, data.l1y)}
    with_category: dict[tuple[str, str], set[str]] = defaultdict(set)
    spend: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in data.truth["cohesive.tbl_receipt_line"].itertuples(index=False):
        receipt = receipts.get(line.receive_main_id)
        if receipt is None:
            continue
        key = receipt.cust_id, category_of.get(line.sku, UNKNOWN)
        spend[key] += line.net_sales
        if receipt.is_transaction:
            with_category[key].add(receipt.receive_main_id)
    bought = transactions(receipts.values())
    of_member = Counter(receipt.cust_id for receipt in bought)
    everyone: Counter[str] = Counter()
    for (_, category), found in with_category.items():
        everyone[category] += len(found)
    rows = [
        {
            "cust_id": cust_id,
            "category": category,
            "receipt_count": len(found),
            "member_receipt_count": of_member[cust_id],
            "net_sales": spend[cust_id, category],
            "affinity_index": affinity_index(
                len(found), of_member[cust_id], everyone[category], len(bought)
            ),
        }
        for (cust_id, category), found in with_category.items()
    ]
    return frame_of(COLUMNS["segment_category_affinity"], rows)


def labels(marked: Collection[str]) -> str:
    """Names in order, separated by |; empty without any."""
    return "|".join(sorted(marked))
