"""The koin reports (spec 3) from the clean tables: plain loops over members, weeks and entries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import product

import pandas as pd

from reference_marts import Tables
from reference_marts.calendar_and_tiers import (
    ALL,
    ReportCalendar,
    TierHistory,
    is_null,
    report_calendar,
    safe_divide,
    tier_history,
    week_start_of,
    with_week_over_week,
)
from reference_marts.koin_ledger import (
    ADJUSTMENT,
    UNATTRIBUTED,
    Attributed,
    Axis,
    Entry,
    attribute,
    ledger_by_member,
    redeemers,
)
from reference_marts.pay_with_koin import (
    known_or_unknown,
    known_receipts,
    report_business_units,
)

UNASSIGNED = "UNASSIGNED"
Row = dict[str, object]

FLOWS = (
    "a_issued_here_redeemed_elsewhere",
    "b_issued_elsewhere_redeemed_here",
    "c_issued_and_redeemed_here",
    "d_issued_here",
    "issue_reversed_here",
    "net_in_out",
)
RATIOS = ("in_out_ratio", "net_ratio")
LEFT_OUT = (
    "adjustment_redeemed_here",
    "unattributed_redeemed_here",
    "issued_here_redeemed_at_excluded_bu",
)
IN_OUT_WITH_CHANGES = tuple(name for name in FLOWS if name != "issue_reversed_here")


def with_changes(columns: Sequence[str], measures: Sequence[str]) -> tuple[str, ...]:
    """Columns, each measure followed by its three of week over week."""
    suffixes = ("", "_previous", "_wow", "_wow_status")
    return tuple(
        f"{column}{suffix}"
        for column in columns
        for suffix in (suffixes if column in measures else ("",))
    )


KEYS = {
    "daily_koin_in_out": ("redemption_date", "bu_code"),
    "weekly_koin_in_out": ("week_start", "bu_code"),
    "weekly_koin_flow_matrix": ("week_start", "issue_bu_code", "redeem_bu_code"),
    "weekly_koin_outstanding": ("week_start", "bu_code", "tier_code", "area_manager"),
    "weekly_koin_roll_forward": ("week_start", "issue_bu_code"),
}
OUTSTANDING_WITH_CHANGES = ("member_count", "koin_outstanding")
MOVEMENTS = ("issued", "issue_reversed", "redeemed", "redeem_reversed", "expired", "adjusted")
COLUMNS = {
    "daily_koin_in_out": (*KEYS["daily_koin_in_out"], *FLOWS, *RATIOS, *LEFT_OUT),
    "weekly_koin_in_out": (
        *KEYS["weekly_koin_in_out"],
        "is_complete_week",
        *with_changes((*FLOWS, *RATIOS, *LEFT_OUT), IN_OUT_WITH_CHANGES),
    ),
    "weekly_koin_flow_matrix": (
        *KEYS["weekly_koin_flow_matrix"],
        "is_complete_week",
        "koin",
        "transaction_count",
        "member_count",
    ),
    "weekly_koin_outstanding": (
        *KEYS["weekly_koin_outstanding"],
        "is_complete_week",
        *with_changes(OUTSTANDING_WITH_CHANGES, OUTSTANDING_WITH_CHANGES),
        "avg_koin_per_member",
        "share_of_koin",
        "overdue_koin",
        "active_koin",
        "koin_expiring_30d",
        "koin_expiring_60d",
        "koin_expiring_90d",
        "negative_member_count",
        "negative_koin",
    ),
    "weekly_koin_roll_forward": (
        *KEYS["weekly_koin_roll_forward"],
        "is_complete_week",
        "opening",
        *MOVEMENTS,
        "closing",
        "burn_earn_ratio",
        "expiry_rate",
    ),
}


@dataclass(frozen=True)
class KoinReports:
    """The five koin marts of one set of clean tables.

    Attributes:
        truth: clean tables by `schema.table`, one row a key.
        business_units: whether redemptions count in Koin In-Out, by known code.
        aliases: tier by spelling.
        as_of: last date known; default the last receipt date.
    """

    truth: Tables
    business_units: Mapping[str, bool]
    aliases: Mapping[str, str]
    as_of: date | None = None

    @cached_property
    def calendar(self) -> ReportCalendar:
        """Days and weeks of the reports."""
        return report_calendar(self.truth["cohesive.tbl_receipt"]["trx_ts"].dt.date, self.as_of)

    @cached_property
    def bu_of(self) -> Callable[[object], str]:
        """Known code or UNKNOWN."""
        return known_or_unknown(list(self.business_units))

    @cached_property
    def tiers(self) -> TierHistory:
        """Tier at a date."""
        return tier_history(
            self.truth["cohesive.tbl_member"], self.truth["cohesive.tbl_member_tier"], self.aliases
        )

    @cached_property
    def receipts(self) -> pd.DataFrame:
        """Receipts in the reports."""
        receipts = self.truth["cohesive.tbl_receipt"]
        return known_receipts(receipts, self.calendar, self.tiers, self.bu_of)

    @cached_property
    def members(self) -> dict[str, list[Entry]]:
        """The ledger by member."""
        return ledger_by_member(self.truth, self.calendar, self.bu_of)

    @cached_property
    def attributed(self) -> list[Attributed]:
        """Issuers of every entry that is no lot."""
        return attribute(self.members)

    @cached_property
    def redeemers(self) -> dict[str, str]:
        """Business unit of every redemption and reversal."""
        return redeemers(self.members)

    @cached_property
    def places(self) -> list[str]:
        """Business units with rows."""
        known = list(self.business_units)
        return report_business_units(self.truth, self.calendar, known, self.receipts)

    def last_known_day(self, monday: date) -> date:
        """Sunday, or the as-of date in the running week."""
        return min(monday + timedelta(days=6), self.calendar.as_of_date)

    def in_out(self, period_of: Callable[[date], date]) -> dict[tuple[date, str], Counter[str]]:
        """Amounts of Koin In-Out by period and business unit."""
        sums: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
        for share in self.attributed:
            period = period_of(share.entry.day)
            if share.entry.entry_type == "reverse_issue":
                sums[period, share.issuer]["issue_reversed_here"] += share.koin
            if share.entry.entry_type not in ("redeem", "reverse_redeem"):
                continue
            issuer, redeemer = share.issuer, self.redeemers[share.entry.koin_id]
            if not self.business_units.get(redeemer, True):
                sums[period, issuer]["issued_here_redeemed_at_excluded_bu"] += share.koin
            elif issuer == ADJUSTMENT:
                sums[period, redeemer]["adjustment_redeemed_here"] += share.koin
            elif issuer == UNATTRIBUTED:
                sums[period, redeemer]["unattributed_redeemed_here"] += share.koin
            elif issuer == redeemer:
                sums[period, issuer]["c_issued_and_redeemed_here"] += share.koin
            else:
                sums[period, issuer]["a_issued_here_redeemed_elsewhere"] += share.koin
                sums[period, redeemer]["b_issued_elsewhere_redeemed_here"] += share.koin
        for entries in self.members.values():
            for entry in entries:
                if entry.entry_type == "issue":
                    key = period_of(entry.day), str(entry.issue_bu_code)
                    sums[key]["d_issued_here"] += entry.koin
        return sums

    def in_out_row(self, amounts: Mapping[str, int]) -> Row:
        """Amounts with net and ratios."""
        row: Row = {name: amounts.get(name, 0) for name in (*FLOWS, *LEFT_OUT)}
        a = amounts.get("a_issued_here_redeemed_elsewhere", 0)
        b = amounts.get("b_issued_elsewhere_redeemed_here", 0)
        row["net_in_out"] = b - a
        row["in_out_ratio"] = safe_divide(b, a)
        row["net_ratio"] = safe_divide(b - a, b + a)
        return row

    def daily_koin_in_out(self) -> pd.DataFrame:
        """Every date of the weeks up to the as-of date, every business unit."""
        sums = self.in_out(lambda day: day)
        days = [
            monday + timedelta(days=number)
            for monday in self.calendar.weeks
            for number in range(7)
            if monday + timedelta(days=number) <= self.calendar.as_of_date
        ]
        rows = [
            {
                "redemption_date": day,
                "bu_code": place,
                **self.in_out_row(sums.get((day, place), {})),
            }
            for day, place in product(days, self.places)
        ]
        return self.mart("daily_koin_in_out", rows)

    def weekly_koin_in_out(self) -> pd.DataFrame:
        """Every week and business unit."""
        sums = self.in_out(week_start_of)
        rows = [
            {"week_start": week, "bu_code": place, **self.in_out_row(sums.get((week, place), {}))}
            for week, place in product(self.calendar.weeks, self.places)
        ]
        return self.mart("weekly_koin_in_out", rows, IN_OUT_WITH_CHANGES)

    def weekly_koin_flow_matrix(self) -> pd.DataFrame:
        """Every pair with koin."""
        completed = self.receipts[self.receipts["receipt_status"] == "completed"]
        transactions = set(completed["receive_main_id"])
        koin: Counter[tuple[date, str, str]] = Counter()
        receipts: dict[tuple[date, str, str], set[str]] = defaultdict(set)
        payers: dict[tuple[date, str, str], set[str]] = defaultdict(set)
        for share in self.attributed:
            entry = share.entry
            if entry.entry_type not in ("redeem", "reverse_redeem"):
                continue
            key = entry.week_start, share.issuer, self.redeemers[entry.koin_id]
            koin[key] += share.koin
            if entry.entry_type == "redeem":
                payers[key].add(entry.cust_id)
                if entry.receive_main_id in transactions:
                    receipts[key].add(str(entry.receive_main_id))
        weeks = set(self.calendar.weeks)
        rows = [
            {
                **dict(zip(KEYS["weekly_koin_flow_matrix"], key, strict=True)),
                "koin": amount,
                "transaction_count": len(receipts[key]),
                "member_count": len(payers[key]),
            }
            for key, amount in koin.items()
            if amount and key[0] in weeks
        ]
        return self.mart("weekly_koin_flow_matrix", rows)

    def weekly_koin_roll_forward(self) -> pd.DataFrame:
        """Every week and issuer, and ALL."""
        names = {
            "reverse_issue": "issue_reversed",
            "redeem": "redeemed",
            "reverse_redeem": "redeem_reversed",
            "expire": "expired",
            "adjust": "adjusted",
        }
        sums: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
        for share in self.attributed:
            sign = -1 if share.entry.entry_type in ("reverse_redeem", "adjust") else 1
            for issuer in (share.issuer, ALL):
                name = names[share.entry.entry_type]
                sums[share.entry.week_start, issuer][name] += sign * share.koin
        for entries in self.members.values():
            for entry in entries:
                if entry.is_lot:
                    name = "issued" if entry.entry_type == "issue" else "adjusted"
                    for issuer in (entry.lot_issuer, ALL):
                        sums[entry.week_start, issuer][name] += entry.koin

        def movement(amounts: Mapping[str, int]) -> int:
            return (
                amounts["issued"]
                - amounts["issue_reversed"]
                - amounts["redeemed"]
                + amounts["redeem_reversed"]
                - amounts["expired"]
                + amounts["adjusted"]
            )

        rows: list[Row] = []
        for issuer in (*self.places, ADJUSTMENT, UNATTRIBUTED, ALL):
            closing = sum(
                movement(amounts)
                for (week, of), amounts in sums.items()
                if of == issuer and week < self.calendar.weeks[0]
            )
            for week in self.calendar.weeks:
                amounts = sums.get((week, issuer), Counter())
                opening, closing = closing, closing + movement(amounts)
                burned = amounts["redeemed"] - amounts["redeem_reversed"]
                earned = amounts["issued"] - amounts["issue_reversed"]
                rows.append(
                    {
                        "week_start": week,
                        "issue_bu_code": issuer,
                        "opening": opening,
                        **{name: amounts[name] for name in MOVEMENTS},
                        "closing": closing,
                        "burn_earn_ratio": safe_divide(burned, earned),
                        "expiry_rate": safe_divide(amounts["expired"], opening),
                    }
                )
        return self.mart("weekly_koin_roll_forward", rows)

    def weekly_koin_outstanding(self) -> pd.DataFrame:
        """Every week of every combination that ever has members."""
        sums: dict[tuple[date, str, str, str], Counter[str]] = defaultdict(Counter)
        for cust_id, entries in self.members.items():
            axis, position = Axis(), 0
            for week in self.calendar.weeks:
                last_day = self.last_known_day(week)
                while position < len(entries) and entries[position].day <= last_day:
                    entry = entries[position]
                    if entry.is_lot:
                        axis.add(entry)
                    else:
                        axis.cursor -= entry.movement
                    position += 1
                amounts = balance_amounts(axis, last_day)
                if not amounts:
                    continue
                place, manager = self.preferred_places.at(cust_id, week + timedelta(days=6))
                tier = self.tiers.at(cust_id, last_day)
                for key in product((place, ALL), (tier, ALL), (manager, ALL)):
                    sums[(week, *key)].update(amounts)
        combinations = {key[1:] for key in sums}
        rows = [
            self.outstanding_row(week, combination, sums)
            for combination in combinations
            for week in self.calendar.weeks
        ]
        return self.mart("weekly_koin_outstanding", rows, OUTSTANDING_WITH_CHANGES)

    def outstanding_row(
        self,
        week: date,
        combination: tuple[str, str, str],
        sums: Mapping[tuple[date, str, str, str], Counter[str]],
    ) -> Row:
        """One row of Koin Beredar."""
        amounts = sums.get((week, *combination), Counter())
        programme = sums.get((week, ALL, ALL, ALL), Counter())
        names = (
            "member_count",
            "koin_outstanding",
            "overdue_koin",
            "koin_expiring_30d",
            "koin_expiring_60d",
            "koin_expiring_90d",
            "negative_member_count",
            "negative_koin",
        )
        return {
            **dict(zip(KEYS["weekly_koin_outstanding"], (week, *combination), strict=True)),
            **{name: amounts[name] for name in names},
            "active_koin": amounts["koin_outstanding"] - amounts["overdue_koin"],
            "avg_koin_per_member": safe_divide(
                amounts["koin_outstanding"], amounts["member_count"]
            ),
            "share_of_koin": safe_divide(
                amounts["koin_outstanding"], programme["koin_outstanding"]
            ),
        }

    @cached_property
    def preferred_places(self) -> PreferredPlaces:
        """Preferred site of a member at a date."""
        return PreferredPlaces(self.truth, self.receipts, self.bu_of, self.calendar.as_of_date)

    def mart(self, name: str, rows: Sequence[Row], measures: Sequence[str] = ()) -> pd.DataFrame:
        """Rows as the mart's columns, with week over week of the measures."""
        keys = KEYS[name]
        for row in rows:
            if "week_start" in row:
                row["is_complete_week"] = self.calendar.is_complete(row["week_start"])
        for measure in measures:
            values = {tuple(row[key] for key in keys): row[measure] for row in rows}
            changes = with_week_over_week(values, self.calendar)
            for row in rows:
                previous, wow, status = changes[tuple(row[key] for key in keys)]
                row[f"{measure}_previous"] = previous
                row[f"{measure}_wow"], row[f"{measure}_wow_status"] = wow, status
        cells: list[list[Decimal | object]] = [
            [row[column] for column in COLUMNS[name]] for row in rows
        ]
        return pd.DataFrame(cells, columns=list(COLUMNS[name]), dtype=object)


def balance_amounts(axis: Axis, last_day: date) -> dict[str, int]:
    """What a member's balance adds to the report; nothing for a balance of 0."""
    balance = axis.length - axis.cursor
    if balance < 0:
        return {"negative_member_count": 1, "negative_koin": balance}
    if balance == 0:
        return {}
    amounts = Counter({"member_count": 1, "koin_outstanding": balance})
    for lot, koin in axis.left():
        if lot.entry_type != "issue" or lot.expires_on is None:
            continue
        days_left = (lot.expires_on - last_day).days
        if days_left < 0:
            amounts["overdue_koin"] += koin
        else:
            for horizon in (30, 60, 90):
                if days_left <= horizon:
                    amounts[f"koin_expiring_{horizon}d"] += koin
    return dict(amounts)


class PreferredPlaces:
    """Business unit and area manager of a member's preferred site at a date (spec 2.8)."""

    def __init__(
        self,
        truth: Tables,
        receipts: pd.DataFrame,
        bu_of: Callable[[object], str],
        as_of: date,
    ) -> None:
        self.site_places = {
            row.site_code: (
                bu_of(row.bu_code),
                UNASSIGNED if is_null(row.area_manager) else row.area_manager,
            )
            for row in truth["cohesive.tbl_site"].itertuples(index=False)
        }
        members = truth["cohesive.tbl_member"]
        self.chosen: dict[str, str] = {}
        self.erased: set[str] = set()
        for row in members.itertuples(index=False):
            if not is_null(row.erased_at) and row.erased_at.date() <= as_of:
                self.erased.add(row.cust_id)
            elif not is_null(row.pref_site_code):
                self.chosen[row.cust_id] = row.pref_site_code
        visits = receipts[
            (receipts["receipt_status"] == "completed")
            & receipts["cust_id"].notna()
            & receipts["site_code"].notna()
        ]
        self.visits: dict[str, list[tuple[date, pd.Timestamp, str]]] = defaultdict(list)
        for row in visits.itertuples(index=False):
            self.visits[row.cust_id].append((row.day, row.trx_ts, row.site_code))
        self.known: dict[tuple[str, date], str | None] = {}

    def at(self, cust_id: str, sunday: date) -> tuple[str, str]:
        """The site at the last month-end before a Sunday."""
        site = None
        if cust_id not in self.erased:
            month_end = sunday.replace(day=1) - timedelta(days=1)
            site = self.chosen.get(cust_id) or self.most_visited(cust_id, month_end)
        if site is None:
            return UNASSIGNED, UNASSIGNED
        return self.site_places.get(site, ("UNKNOWN", UNASSIGNED))

    def most_visited(self, cust_id: str, month_end: date) -> str | None:
        """Most receipts in the 12 months to a month-end, then latest visit, then site code."""
        key = cust_id, month_end
        if key not in self.known:
            begin = (month_end + timedelta(days=1)).replace(year=month_end.year - 1)
            if month_end.month == 12:
                begin = date(month_end.year, 1, 1)
            counts: Counter[str] = Counter()
            latest: dict[str, pd.Timestamp] = {}
            for day, moment, site in self.visits.get(cust_id, ()):
                if begin <= day <= month_end:
                    counts[site] += 1
                    latest[site] = max(latest.get(site, moment), moment)
            ranked = sorted(counts, key=str.encode)
            ranked.sort(key=lambda site: (counts[site], latest[site]), reverse=True)
            self.known[key] = ranked[0] if ranked else None
        return self.known[key]
