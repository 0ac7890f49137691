"""Stores that close and open (spec 5), member by member from the clean tables.

Beside these, the delivered versions of member rows are needed: the truth has only the newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import pandas as pd

from reference_marts.calendar_and_tiers import ALL, UNKNOWN, is_null, safe_divide
from reference_marts.form_sales import FormData, Receipt, Row, money
from reference_marts.segments import frame_of, months_before
from reference_marts.segments_places import most_visited

DAYS = 90
RELOCATION_DAYS = 14
RELOCATION_SHARE = Decimal("0.2")
ONLINE, GROUP_ONLINE, NOT_RETURNED = "ONLINE", "GROUP_ONLINE", "NOT_RETURNED"
REACTIVATED, NEW_TO_BU = "REACTIVATED", "NEW_TO_BU"

KEYS = {
    "site_closure_movement": ("closed_site_code", "destination_site_code"),
    "site_opening_impact": ("opened_site_code", "origin_site_code"),
}
COLUMNS = {
    "site_closure_movement": (
        *KEYS["site_closure_movement"],
        "closed_site_name",
        "destination_site_name",
        "bu_code",
        "closed_on",
        "last_trading_day",
        "window_ends_on",
        "is_mature",
        "relocated_to_site_code",
        "member_count",
        "member_return",
        "pct_member_return",
        "net_sales_before",
        "retained_sales_ratio",
        "control_sales_ratio",
        "is_return",
        "is_relocation",
        "unique_member_count",
        "unique_member_share",
        "transaction_count",
        "net_sales",
        "first_member_count",
        "first_net_sales",
        "not_returned_member_count",
    ),
    "site_opening_impact": (
        *KEYS["site_opening_impact"],
        "opened_site_name",
        "origin_site_name",
        "bu_code",
        "opened_on",
        "first_trading_day",
        "window_ends_on",
        "is_mature",
        "has_full_history",
        "relocated_from_site_code",
        "site_net_sales",
        "is_relocation",
        "member_count",
        "member_share",
        "transaction_count",
        "net_sales",
        "share_of_site_sales",
        "member_sales_at_origin_before",
        "member_sales_at_origin_since",
        "origin_sales_before",
        "origin_sales_since",
        "origin_sales_change",
        "origin_sales_change_pct",
    ),
}


def twelve_months_to(day: date) -> date:
    """First day of the twelve months that end with a day."""
    return max(months_before(day + timedelta(days=1), 12), months_before(day, 12) + timedelta(1))


def between(receipts: Iterable[Receipt], first: date, last: date) -> list[Receipt]:
    """Those of the days, both included."""
    return [receipt for receipt in receipts if first <= receipt.day <= last]


def bought(receipts: Iterable[Receipt]) -> list[Receipt]:
    """The completed ones."""
    return [receipt for receipt in receipts if receipt.is_transaction]


@dataclass(frozen=True)
class Closure:
    """A store that closed."""

    site_code: str
    bu_code: str
    closed_on: date
    last_day: date

    @property
    def window_ends_on(self) -> date:
        """Last day looked at."""
        return self.last_day + timedelta(days=DAYS)

    @property
    def before_starts_on(self) -> date:
        """First day looked at."""
        return self.last_day - timedelta(days=DAYS - 1)


@dataclass(frozen=True)
class Opening:
    """A store that opened."""

    site_code: str
    bu_code: str
    opened_on: date
    first_day: date

    @property
    def window_ends_on(self) -> date:
        """Last day looked at."""
        return self.first_day + timedelta(days=DAYS - 1)

    @property
    def before_starts_on(self) -> date:
        """First day looked at."""
        return self.first_day - timedelta(days=DAYS)

    @property
    def history_since(self) -> date:
        """First of the twelve months before."""
        return twelve_months_to(self.first_day - timedelta(days=1))


class Sites:
    """Stores that close and open.

    Args:
        data: clean tables.
        versions: delivered member rows: cust_id, pref_site_code, updated_at, loaded_at.
    """

    def __init__(self, data: FormData, versions: pd.DataFrame) -> None:
        self.data = data
        self.as_of = data.calendar.as_of_date
        self.first_day = data.calendar.first_day
        self.versions: dict[str, list[tuple[pd.Timestamp, pd.Timestamp, str | None]]]
        self.versions = defaultdict(list)
        for row in versions.itertuples(index=False):
            if is_null(row.cust_id) or is_null(row.updated_at) or is_null(row.loaded_at):
                continue
            code = None if is_null(row.pref_site_code) else row.pref_site_code.strip().upper()
            cust_id = row.cust_id.strip().upper()
            self.versions[cust_id].append((row.updated_at, row.loaded_at, code or None))
        self.erased, self.registered = set(), {}
        for row in data.truth["cohesive.tbl_member"].itertuples(index=False):
            self.registered[row.cust_id] = (
                date.min if is_null(row.registered_at) else row.registered_at.date()
            )
            if not is_null(row.erased_at) and row.erased_at.date() <= self.as_of:
                self.erased.add(row.cust_id)

    @cached_property
    def receipts_of(self) -> dict[str, list[Receipt]]:
        """Completed and return receipts by member, in order of time and key."""
        found: dict[str, list[Receipt]] = defaultdict(list)
        for receipt in self.data.receipts:
            if receipt.counts and receipt.cust_id is not None:
                found[receipt.cust_id].append(receipt)
        return found

    @cached_property
    def receipts_at(self) -> dict[str, list[Receipt]]:
        """Completed and return receipts, of everybody, by store."""
        found: dict[str, list[Receipt]] = defaultdict(list)
        for receipt in self.data.receipts:
            if receipt.counts:
                found[receipt.site_code].append(receipt)
        return found

    def bu_of_place(self, receipt: Receipt) -> str:
        """Business unit of the store, else of the receipt."""
        bu_code = self.data.site_bu(receipt.site_code)
        return receipt.bu_code if bu_code == UNKNOWN else bu_code

    def is_online_store(self, site_code: str) -> bool:
        """Whether the store sells online only."""
        site = self.data.sites.get(site_code)
        return site is not None and site.site_type == "online"

    @cached_property
    def closures(self) -> list[Closure]:
        """Stores that closed."""
        found = []
        for code, site in self.data.sites.items():
            if is_null(site.closed_on) or site.closed_on > self.as_of:
                continue
            days = [receipt.day for receipt in bought(self.receipts_at[code])]
            last_day = max(days, default=site.closed_on)
            if last_day >= self.first_day:
                found.append(Closure(code, self.data.site_bu(code), site.closed_on, last_day))
        return found

    @cached_property
    def openings(self) -> list[Opening]:
        """Stores that opened."""
        found = []
        for code, site in self.data.sites.items():
            if is_null(site.opened_on) or not self.first_day < site.opened_on <= self.as_of:
                continue
            days = [receipt.day for receipt in bought(self.receipts_at[code])]
            first_day = min(days, default=site.opened_on)
            if first_day > self.first_day:
                found.append(Opening(code, self.data.site_bu(code), site.opened_on, first_day))
        return found

    def preferred(self, cust_id: str, closure: Closure) -> bool:
        """Whether the closed store was the member's preferred one of the business unit."""
        if cust_id in self.erased:
            return False
        versions = sorted(self.versions.get(cust_id, ()), key=lambda version: version[:2])
        then = [code for moment, _, code in versions if moment.date() <= closure.last_day]
        if then:
            chosen = then[-1]
            if chosen is not None and self.data.site_bu(chosen) == closure.bu_code:
                return chosen == closure.site_code
        elif versions:
            first_date = versions[0][0].date()
            of_first_date = [code for moment, _, code in versions if moment.date() == first_date]
            was_member = self.registered.get(cust_id, date.max) <= closure.last_day
            if of_first_date[-1] == closure.site_code and was_member:
                return True
        month_end = (closure.last_day + timedelta(days=1)).replace(day=1) - timedelta(days=1)
        visits = between(self.receipts_of[cust_id], twelve_months_to(month_end), month_end)
        at_unit = [v for v in bought(visits) if self.data.site_bu(v.site_code) == closure.bu_code]
        return most_visited(at_unit) == closure.site_code

    def base(self, closure: Closure) -> set[str]:
        """Members of a closed store."""
        buyers = between(
            self.receipts_at[closure.site_code],
            twelve_months_to(closure.last_day),
            closure.last_day,
        )
        members = {r.cust_id for r in bought(buyers) if r.cust_id is not None}
        candidates = {*self.receipts_of, *self.versions} & {*self.registered, *self.receipts_of}
        return members | {c for c in sorted(candidates) if self.preferred(c, closure)}

    @cached_property
    def bases(self) -> dict[str, set[str]]:
        """Members by closed store."""
        return {closure.site_code: self.base(closure) for closure in self.closures}

    def place(self, receipt: Receipt, closure: Closure) -> str | None:
        """Destination that a receipt tells of; null for none."""
        if self.bu_of_place(receipt) == closure.bu_code:
            is_online = receipt.sales_channel == "online" or self.is_online_store(receipt.site_code)
            return ONLINE if is_online else receipt.site_code
        return GROUP_ONLINE if self.is_online_store(receipt.site_code) else None

    def after(self, cust_id: str, closure: Closure) -> list[tuple[str, Receipt]]:
        """Destinations and receipts of a member in the days after."""
        receipts = between(
            self.receipts_of.get(cust_id, []),
            closure.last_day + timedelta(days=1),
            closure.window_ends_on,
        )
        placed = [(self.place(receipt, closure), receipt) for receipt in receipts]
        return [(place, receipt) for place, receipt in placed if place is not None]

    def returned(self, closure: Closure) -> set[str]:
        """Members who bought at the business unit again."""
        return {
            cust_id
            for cust_id in self.bases[closure.site_code]
            if any(
                place != GROUP_ONLINE and receipt.is_transaction
                for place, receipt in self.after(cust_id, closure)
            )
        }

    @cached_property
    def buyers(self) -> dict[str, dict[str, list[Receipt]]]:
        """Receipts in its first days by opened store and member who bought there."""
        found = {}
        for opening in self.openings:
            members: dict[str, list[Receipt]] = defaultdict(list)
            first_days = between(
                self.receipts_at[opening.site_code], opening.first_day, opening.window_ends_on
            )
            for receipt in first_days:
                if receipt.cust_id is not None:
                    members[receipt.cust_id].append(receipt)
            found[opening.site_code] = {
                cust_id: receipts for cust_id, receipts in members.items() if bought(receipts)
            }
        return found

    @cached_property
    def relocations(self) -> dict[tuple[str, str], int]:
        """Shared members by (closed, opened) store."""
        found = {}
        for closure in self.closures:
            for opening in self.openings:
                days = abs((opening.first_day - closure.last_day).days)
                if days > RELOCATION_DAYS or opening.bu_code != closure.bu_code:
                    continue
                shared = len(self.bases[closure.site_code] & set(self.buyers[opening.site_code]))
                if shared and shared >= RELOCATION_SHARE * len(self.returned(closure)):
                    found[closure.site_code, opening.site_code] = shared
        return found

    def main_partner(self, site_code: str, side: int) -> str | None:
        """The other store of the relocation with most members; side 0 of a closed, 1 of an
        opened store."""
        pairs = [pair for pair in self.relocations if pair[side] == site_code]
        pairs.sort(key=lambda pair: (-self.relocations[pair], pair[1 - side].encode()))
        return pairs[0][1 - side] if pairs else None

    def unit_sales(self, bu_code: str, first: date, last: date, leave_out: set[str]) -> Decimal:
        """Net sales of a business unit's other members."""
        return money(
            receipt.sales
            for cust_id, receipts in self.receipts_of.items()
            if cust_id not in leave_out
            for receipt in between(receipts, first, last)
            if self.bu_of_place(receipt) == bu_code
        )

    def site_closure_movement(self) -> pd.DataFrame:
        """One row a closed store and destination."""
        rows = [row for closure in self.closures for row in self.closure_rows(closure)]
        return frame_of(COLUMNS["site_closure_movement"], rows)

    def closure_rows(self, closure: Closure) -> list[Row]:
        """Destinations of one closed store."""
        base = self.bases[closure.site_code]
        after = {cust_id: self.after(cust_id, closure) for cust_id in base}
        returned = self.returned(closure)
        first_of: dict[str, str] = {}
        spent: dict[str, Decimal] = {}
        places: dict[str, list[Receipt]] = {
            place: [] for place in (ALL, ONLINE, NOT_RETURNED, GROUP_ONLINE)
        }
        for cust_id, receipts in after.items():
            own = [(place, receipt) for place, receipt in receipts if place != GROUP_ONLINE]
            firsts = [place for place, receipt in own if receipt.is_transaction]
            first_of[cust_id] = firsts[0] if firsts else NOT_RETURNED
            spent[cust_id] = money(receipt.sales for _, receipt in own)
            for place, receipt in receipts:
                places.setdefault(place, []).append(receipt)
            places[ALL] += [receipt for _, receipt in own]
        before = closure.before_starts_on, closure.last_day
        since = closure.last_day + timedelta(days=1), closure.window_ends_on
        net_sales_before = money(
            receipt.sales
            for cust_id in base
            for receipt in between(self.receipts_of.get(cust_id, []), *before)
            if self.bu_of_place(receipt) == closure.bu_code
        )
        is_mature = closure.window_ends_on <= self.as_of
        can_compare = is_mature and closure.before_starts_on >= self.first_day
        control_before = self.unit_sales(closure.bu_code, *before, base)
        control_since = self.unit_sales(closure.bu_code, *since, base)
        relocated_to = self.main_partner(closure.site_code, 0)
        rows: list[Row] = []
        for place, receipts in places.items():
            buyers = {receipt.cust_id for receipt in bought(receipts)}
            is_return = place not in (NOT_RETURNED, GROUP_ONLINE)
            firsts = [c for c in base if place in (first_of[c], ALL)]
            if place == ALL:
                firsts = [c for c in firsts if c in returned]
            if place == NOT_RETURNED:
                buyers = base - returned
            rows.append(
                {
                    "closed_site_code": closure.site_code,
                    "destination_site_code": place,
                    "closed_site_name": self.data.site_name(closure.site_code),
                    "destination_site_name": self.name_or_code(place),
                    "bu_code": closure.bu_code,
                    "closed_on": closure.closed_on,
                    "last_trading_day": closure.last_day,
                    "window_ends_on": closure.window_ends_on,
                    "is_mature": is_mature,
                    "relocated_to_site_code": relocated_to,
                    "member_count": len(base),
                    "member_return": len(returned),
                    "pct_member_return": safe_divide(len(returned), len(base)),
                    "net_sales_before": net_sales_before,
                    "retained_sales_ratio": safe_divide(sum(spent.values()), net_sales_before)
                    if can_compare
                    else None,
                    "control_sales_ratio": safe_divide(control_since, control_before)
                    if can_compare
                    else None,
                    "is_return": is_return,
                    "is_relocation": (closure.site_code, place) in self.relocations,
                    "unique_member_count": len(buyers),
                    "unique_member_share": safe_divide(len(buyers), len(base)),
                    "transaction_count": len(bought(receipts)),
                    "net_sales": money(receipt.sales for receipt in receipts),
                    "first_member_count": len(firsts),
                    "first_net_sales": money(spent[cust_id] for cust_id in firsts),
                    "not_returned_member_count": len(buyers - returned),
                }
            )
        return rows

    def name_or_code(self, place: str) -> str:
        """Name of a store; the code of anything else."""
        return self.data.site_name(place) if place in self.data.sites else place

    def origin(self, cust_id: str, opening: Opening) -> str:
        """Where a buyer of an opened store came from."""
        earlier = [
            receipt
            for receipt in bought(self.receipts_of[cust_id])
            if receipt.day < opening.first_day and self.bu_of_place(receipt) == opening.bu_code
        ]
        lately = [receipt for receipt in earlier if receipt.day >= opening.history_since]
        if not lately:
            return REACTIVATED if earlier else NEW_TO_BU
        known = [receipt for receipt in lately if receipt.site_code != UNKNOWN]
        return most_visited(known) or UNKNOWN

    def site_opening_impact(self) -> pd.DataFrame:
        """One row an opened store and origin."""
        rows = [row for opening in self.openings for row in self.opening_rows(opening)]
        return frame_of(COLUMNS["site_opening_impact"], rows)

    def opening_rows(self, opening: Opening) -> list[Row]:
        """Origins of the buyers of one opened store."""
        buyers = self.buyers[opening.site_code]
        origins: dict[str, list[str]] = defaultdict(list)
        for cust_id in buyers:
            origins[self.origin(cust_id, opening)].append(cust_id)
        before = opening.before_starts_on, opening.first_day - timedelta(days=1)
        since = opening.first_day, opening.window_ends_on
        sold = money(r.sales for r in between(self.receipts_at[opening.site_code], *since))
        is_mature = opening.window_ends_on <= self.as_of
        can_compare = is_mature and opening.before_starts_on >= self.first_day

        def at_origin(origin: str, members: Iterable[str], days: tuple[date, date]) -> Decimal:
            return money(
                receipt.sales
                for cust_id in members
                for receipt in between(self.receipts_of[cust_id], *days)
                if receipt.site_code == origin != UNKNOWN
            )

        measures: dict[str, dict[str, Decimal | int | None]] = {}
        for origin, members in origins.items():
            is_site = origin in self.data.sites
            measures[origin] = {
                "member_count": len(members),
                "transaction_count": sum(len(bought(buyers[c])) for c in members),
                "net_sales": money(receipt.sales for c in members for receipt in buyers[c]),
                "member_sales_at_origin_before": at_origin(origin, members, before),
                "member_sales_at_origin_since": at_origin(origin, members, since),
                **{
                    f"origin_sales_{name}": money(
                        r.sales for r in between(self.receipts_at[origin], *days)
                    )
                    if is_site
                    else None
                    for name, days in (("before", before), ("since", since))
                },
            }
        names = (
            "member_count",
            "transaction_count",
            "net_sales",
            "member_sales_at_origin_before",
            "member_sales_at_origin_since",
            "origin_sales_before",
            "origin_sales_since",
        )
        measures[ALL] = {
            name: sum((row[name] or 0 for row in measures.values()), 0)
            if name.endswith("_count")
            else money(row[name] or Decimal(0) for row in measures.values())
            for name in names
        }
        rows = []
        for origin, row in measures.items():
            sales_before, sales_since = row["origin_sales_before"], row["origin_sales_since"]
            change = None
            if can_compare and sales_before is not None:
                change = sales_since - sales_before
            rows.append(
                {
                    "opened_site_code": opening.site_code,
                    "origin_site_code": origin,
                    "opened_site_name": self.data.site_name(opening.site_code),
                    "origin_site_name": self.name_or_code(origin),
                    "bu_code": opening.bu_code,
                    "opened_on": opening.opened_on,
                    "first_trading_day": opening.first_day,
                    "window_ends_on": opening.window_ends_on,
                    "is_mature": is_mature,
                    "has_full_history": opening.history_since >= self.first_day,
                    "relocated_from_site_code": self.main_partner(opening.site_code, 1),
                    "site_net_sales": sold,
                    "is_relocation": (origin, opening.site_code) in self.relocations,
                    **row,
                    "member_share": safe_divide(row["member_count"], len(buyers)),
                    "share_of_site_sales": safe_divide(row["net_sales"], sold),
                    "origin_sales_change": change,
                    "origin_sales_change_pct": safe_divide(change, sales_before),
                }
            )
        return rows
