"""Recaps, tenders, the koin ladder and cohorts (spec 5), by plain loops over the clean tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import product

import pandas as pd

from reference_marts import Tables
from reference_marts.calendar_and_tiers import (
    ALL,
    MONEY,
    UNKNOWN,
    ReportCalendar,
    is_null,
    report_calendar,
    safe_divide,
    week_start_of,
)
from reference_marts.koin_ledger import Axis
from reference_marts.koin_reports import KoinReports
from reference_marts.pay_with_koin import known_or_unknown
from reference_marts.segments import frame_of

Row = dict[str, object]
ZERO = Decimal(0)
DIFFERENCE = "LINE_DIFFERENCE"
LADDER_WEEKS = 13

KEYS = {
    "sales_recap_daily": ("business_date", "site_code"),
    "sales_recap_products": ("month_start", "bu_code", "site_code", "category", "sku"),
    "product_list": ("sku",),
    "payment_method_performance": ("month_start", "bu_code", "payment_method", "payment_partner"),
    "koin_expiry_ladder": ("week_start", "tier_code", "area_manager", "issue_bu_code"),
    "member_cohorts": ("cohort_month", "months_since"),
}
LADDER_AMOUNTS = (
    "overdue_koin",
    "koin_expiring",
    "koin_expiring_30d",
    "koin_expiring_60d",
    "koin_expiring_90d",
)
COLUMNS = {
    "sales_recap_daily": (
        *KEYS["sales_recap_daily"],
        "site_name",
        "bu_code",
        "transaction_count",
        "return_count",
        "void_count",
        "completed_sales",
        "return_sales",
        "net_sales",
        "gross_sales",
        "discount",
        "koin_redeemed",
        "koin_amount",
        "voucher_amount",
        "member_count",
        "member_transaction_count",
        "non_member_transaction_count",
        "member_net_sales",
        "non_member_net_sales",
        "line_difference",
        "payment_difference",
    ),
    "sales_recap_products": (
        *KEYS["sales_recap_products"],
        "site_name",
        "product_name",
        "brand",
        "department",
        "is_complete_month",
        "transaction_count",
        "member_count",
        "qty",
        "gross_sales",
        "discount",
        "net_sales",
        "share_of_site_sales",
        "share_of_bu_sales",
    ),
    "product_list": (
        *KEYS["product_list"],
        "product_name",
        "brand",
        "department",
        "category",
        "subcategory",
        "bu_code",
        "normal_price",
        "is_active",
        "is_known",
        "first_sale_date",
        "last_sale_date",
        "qty_l1y",
        "net_sales_l1y",
    ),
    "payment_method_performance": (
        *KEYS["payment_method_performance"],
        "is_complete_month",
        "transaction_count",
        "transaction_share",
        "amount",
        "amount_share",
        "member_count",
        "net_sales",
        "atv",
        "primary_transaction_count",
        "primary_transaction_share",
        "primary_net_sales",
        "payment_difference",
    ),
    "koin_expiry_ladder": (
        *KEYS["koin_expiry_ladder"],
        "as_of_date",
        "weeks_ahead",
        *LADDER_AMOUNTS,
        "member_count",
    ),
    "member_cohorts": (
        *KEYS["member_cohorts"],
        "activity_month",
        "is_left_truncated",
        "is_mature",
        "cohort_size",
        "active_member_count",
        "retention_rate",
        "transaction_count",
        "net_sales",
        "net_sales_per_member",
        "cumulative_net_sales",
        "cumulative_net_sales_per_member",
    ),
}


@dataclass(frozen=True)
class Receipt:
    """A receipt since Cohesive; codes are known or UNKNOWN, a stranger has no cust_id."""

    receive_main_id: str
    cust_id: str | None
    bu_code: str
    site_code: str
    sales_channel: str | None
    moment: pd.Timestamp
    sales: Decimal
    status: str

    @property
    def day(self) -> date:
        """Business date."""
        return self.moment.date()

    @property
    def month(self) -> date:
        """First day of its month."""
        return self.day.replace(day=1)

    @property
    def is_transaction(self) -> bool:
        """Whether it is completed."""
        return self.status == "completed"

    @property
    def counts(self) -> bool:
        """Whether its sales are net sales."""
        return self.status in ("completed", "return")


@dataclass(frozen=True)
class FormData:
    """What every mart of the form requests reads.

    Attributes:
        truth: clean tables by `schema.table`, one row a key.
        business_units: whether redemptions count in Koin In-Out, by known code.
        aliases: tier by spelling.
        payment_methods: rows of that seed, as text.
        as_of: last date known; default the last receipt date.
    """

    truth: Tables
    business_units: Mapping[str, bool]
    aliases: Mapping[str, str]
    payment_methods: Sequence[Mapping[str, str]]
    as_of: date | None = None

    @cached_property
    def calendar(self) -> ReportCalendar:
        """Go-live to the as-of date."""
        return report_calendar(self.truth["cohesive.tbl_receipt"]["trx_ts"].dt.date, self.as_of)

    @cached_property
    def bu_of(self) -> Callable[[object], str]:
        """Known code or UNKNOWN."""
        return known_or_unknown(list(self.business_units))

    @cached_property
    def receipts(self) -> list[Receipt]:
        """Receipts since Cohesive, in order of time and key."""
        found = [
            Receipt(
                row.receive_main_id,
                None if is_null(row.cust_id) else row.cust_id,
                self.bu_of(row.bu_code),
                UNKNOWN if is_null(row.site_code) else row.site_code,
                None if is_null(row.sales_channel) else row.sales_channel,
                row.trx_ts,
                row.sales,
                row.receipt_status,
            )
            for row in self.truth["cohesive.tbl_receipt"].itertuples(index=False)
            if self.calendar.covers(row.trx_ts.date())
        ]
        return sorted(found, key=lambda item: (item.moment, item.receive_main_id.encode()))

    @cached_property
    def sites(self) -> dict[str, object]:
        """Rows of the store table by code."""
        return {
            row.site_code: row for row in self.truth["cohesive.tbl_site"].itertuples(index=False)
        }

    def site_name(self, site_code: str) -> str:
        """Name, or UNKNOWN."""
        site = self.sites.get(site_code)
        return UNKNOWN if site is None or is_null(site.site_name) else site.site_name

    def site_bu(self, site_code: str) -> str:
        """Business unit of the store, or UNKNOWN."""
        site = self.sites.get(site_code)
        return UNKNOWN if site is None else self.bu_of(site.bu_code)

    @cached_property
    def lines_of(self) -> dict[str, list[object]]:
        """Lines by receipt."""
        return grouped(self.truth["cohesive.tbl_receipt_line"])

    @cached_property
    def payments_of(self) -> dict[str, list[object]]:
        """Payments by receipt."""
        return grouped(self.truth["cohesive.tbl_receipt_payment"])

    def is_complete_month(self, month: date) -> bool:
        """Whether all its days are known."""
        return month >= self.calendar.first_day and month_end(month) <= self.calendar.as_of_date


def grouped(table: pd.DataFrame) -> dict[str, list[object]]:
    """Rows by receipt."""
    found: dict[str, list[object]] = defaultdict(list)
    for row in table.itertuples(index=False):
        found[row.receive_main_id].append(row)
    return found


def next_month(month: date) -> date:
    """First day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def month_end(month: date) -> date:
    """Last day of the month."""
    return next_month(month) - timedelta(days=1)


def money(amounts: Iterable[Decimal]) -> Decimal:
    """Sum with two digits."""
    return sum(amounts, ZERO).quantize(MONEY)


def members_of(receipts: Iterable[Receipt]) -> int:
    """Distinct members with a completed one."""
    return len({r.cust_id for r in receipts if r.is_transaction and r.cust_id is not None})


def sales_recap_daily(data: FormData) -> pd.DataFrame:
    """One row a date and store."""
    koin: Counter[str] = Counter()
    for entry in data.truth["cohesive.tbl_koin"].itertuples(index=False):
        if (
            entry.entry_type == "redeem"
            and data.calendar.covers(entry.entry_ts.date())
            and not is_null(entry.main_receive_payment_id)
        ):
            koin[entry.main_receive_payment_id] += int(entry.koin)
    groups: dict[tuple[date, str], list[Receipt]] = defaultdict(list)
    for receipt in data.receipts:
        groups[receipt.day, receipt.site_code].append(receipt)
    rows = []
    for (day, site_code), receipts in groups.items():
        counting = [receipt for receipt in receipts if receipt.counts]
        completed = [receipt for receipt in receipts if receipt.is_transaction]
        lines = [line for r in counting for line in data.lines_of.get(r.receive_main_id, ())]
        tenders = [t for r in counting for t in data.payments_of.get(r.receive_main_id, ())]
        total = money(receipt.sales for receipt in counting)
        rows.append(
            {
                "business_date": day,
                "site_code": site_code,
                "site_name": data.site_name(site_code),
                "bu_code": data.site_bu(site_code),
                "transaction_count": len(completed),
                "return_count": sum(r.status == "return" for r in receipts),
                "void_count": sum(r.status == "void" for r in receipts),
                "completed_sales": money(r.sales for r in completed),
                "return_sales": money(r.sales for r in receipts if r.status == "return"),
                "net_sales": total,
                "gross_sales": money(line.gross_sales for line in lines),
                "discount": money(line.discount for line in lines),
                "koin_redeemed": sum(koin[r.receive_main_id] for r in completed),
                "koin_amount": money(t.amount for t in tenders if t.payment_method == "KOIN"),
                "voucher_amount": money(t.amount for t in tenders if t.payment_method == "VOUCHER"),
                "member_count": members_of(completed),
                "member_transaction_count": sum(r.cust_id is not None for r in completed),
                "non_member_transaction_count": sum(r.cust_id is None for r in completed),
                "member_net_sales": money(r.sales for r in counting if r.cust_id is not None),
                "non_member_net_sales": money(r.sales for r in counting if r.cust_id is None),
                "line_difference": total - money(line.net_sales for line in lines),
                "payment_difference": total - money(t.amount for t in tenders),
            }
        )
    return frame_of(COLUMNS["sales_recap_daily"], rows)


def product_attributes(data: FormData) -> dict[str, Row]:
    """What the product table says, by SKU."""

    def text(value: object) -> object:
        return UNKNOWN if is_null(value) else value

    names = ("product_name", "brand", "department", "category", "subcategory")
    return {
        row.sku: {
            "sku": row.sku,
            **{name: text(getattr(row, name)) for name in names},
            "bu_code": data.bu_of(row.bu_code),
            "normal_price": None if is_null(row.normal_price) else row.normal_price,
            "is_active": None if is_null(row.is_active) else bool(row.is_active),
            "is_known": True,
        }
        for row in data.truth["cohesive.tbl_product"].itertuples(index=False)
    }


def unknown_product(sku: str) -> Row:
    """A SKU that only lines know."""
    names = ("product_name", "brand", "department", "category", "subcategory", "bu_code")
    unknown = dict.fromkeys(names, UNKNOWN)
    return {"sku": sku, **unknown, "normal_price": None, "is_active": None, "is_known": False}


def sku_of(line: object) -> str:
    """SKU of a line, or UNKNOWN."""
    return UNKNOWN if is_null(line.sku) else line.sku


def sales_recap_products(data: FormData) -> pd.DataFrame:
    """One row a month, business unit, store and SKU."""
    products = product_attributes(data)
    sold: dict[tuple[date, str, str, str], list[tuple[Receipt, object]]] = defaultdict(list)
    gaps: dict[tuple[date, str, str, str], list[tuple[Receipt, Decimal]]] = defaultdict(list)
    bu_sales: Counter[tuple[date, str]] = Counter()
    site_sales: Counter[tuple[date, str, str]] = Counter()
    for receipt in data.receipts:
        if not receipt.counts:
            continue
        place = receipt.month, receipt.bu_code, receipt.site_code
        site_sales[place] += receipt.sales
        bu_sales[place[:2]] += receipt.sales
        lines = data.lines_of.get(receipt.receive_main_id, [])
        for line in lines:
            sold[(*place, sku_of(line))].append((receipt, line))
        gap = receipt.sales - sum((line.net_sales for line in lines), ZERO)
        if gap:
            gaps[(*place, DIFFERENCE)].append((receipt, gap))
    rows = []
    for key in (*sold, *gaps):
        month, bu_code, site_code, sku = key
        lines = [line for _, line in sold.get(key, ())]
        receipts = {item.receive_main_id: item for item, _ in sold.get(key) or gaps[key]}
        net_sales = money(line.net_sales for line in lines) + money(
            gap for _, gap in gaps.get(key, ())
        )
        if sku == DIFFERENCE:
            names = ("category", "product_name", "brand", "department")
            attributes: Row = dict.fromkeys(names, DIFFERENCE)
        else:
            attributes = products.get(sku) or unknown_product(sku)
        rows.append(
            {
                **attributes,
                "month_start": month,
                "bu_code": bu_code,
                "site_code": site_code,
                "sku": sku,
                "site_name": data.site_name(site_code),
                "is_complete_month": data.is_complete_month(month),
                "transaction_count": sum(r.is_transaction for r in receipts.values()),
                "member_count": members_of(receipts.values()),
                "qty": sum((line.qty for line in lines), ZERO).quantize(Decimal("0.001")),
                "gross_sales": money(line.gross_sales for line in lines),
                "discount": money(line.discount for line in lines),
                "net_sales": net_sales,
                "share_of_site_sales": safe_divide(net_sales, site_sales[key[:3]]),
                "share_of_bu_sales": safe_divide(net_sales, bu_sales[key[:2]]),
            }
        )
    return frame_of(COLUMNS["sales_recap_products"], rows)


def product_list(data: FormData) -> pd.DataFrame:
    """One row a SKU."""
    products = product_attributes(data)
    for sku in data.truth["cohesive.tbl_receipt_line"]["sku"].fillna(UNKNOWN).unique():
        products.setdefault(sku, unknown_product(sku))
    sold: dict[str, list[tuple[Receipt, object]]] = defaultdict(list)
    for receipt in data.receipts:
        for line in data.lines_of.get(receipt.receive_main_id, ()) if receipt.counts else ():
            sold[sku_of(line)].append((receipt, line))
    since = data.calendar.as_of_date - timedelta(days=364)
    rows = []
    for sku, attributes in products.items():
        days = [receipt.day for receipt, _ in sold[sku] if receipt.is_transaction]
        lately = [line for receipt, line in sold[sku] if receipt.day >= since]
        rows.append(
            {
                **attributes,
                "first_sale_date": min(days, default=None),
                "last_sale_date": max(days, default=None),
                "qty_l1y": sum((line.qty for line in lately), ZERO).quantize(Decimal("0.001")),
                "net_sales_l1y": money(line.net_sales for line in lately),
            }
        )
    return frame_of(COLUMNS["product_list"], rows)


@dataclass
class PaidReceipt:
    """A receipt with its tenders: amounts by (method, partner), the primary one, what is open."""

    receipt: Receipt
    amounts: dict[tuple[str, str], Decimal]
    primary: tuple[str, str]

    @property
    def difference(self) -> Decimal:
        """Sales less payments."""
        return self.receipt.sales - sum(self.amounts.values(), ZERO)


def paid_receipts(data: FormData) -> list[PaidReceipt]:
    """Completed and return receipts with their tenders."""
    loyalty = {
        row["payment_method"] for row in data.payment_methods if row["is_loyalty_tender"] == "true"
    }
    partners = {
        (row["payment_method"], row["bank_code"]): row["payment_partner"]
        for row in data.payment_methods
    }
    found = []
    for receipt in data.receipts:
        if not receipt.counts:
            continue
        amounts: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for tender in data.payments_of.get(receipt.receive_main_id, ()):
            method = None if is_null(tender.payment_method) else tender.payment_method
            bank = None if is_null(tender.bank_code) else tender.bank_code
            rule = (method, bank or "") if (method, bank or "") in partners else (method, "")
            partner = partners.get(rule)
            amounts[method or UNKNOWN, partner or "NONE"] += tender.amount
        if not amounts:
            amounts["NO_PAYMENT", "NONE"] = ZERO
        by_name = sorted(amounts, key=lambda tender: tuple(name.encode() for name in tender))
        size = {
            tender: amount if receipt.is_transaction else abs(amount)
            for tender, amount in amounts.items()
        }
        primary = min(by_name, key=lambda tender: (-size[tender], tender[0] in loyalty))
        found.append(PaidReceipt(receipt, dict(amounts), primary))
    return found


def payment_method_performance(data: FormData) -> pd.DataFrame:
    """One row a month, business unit, method and partner, each of the two also ALL."""
    groups: dict[tuple[date, str, str, str], list[tuple[PaidReceipt, Decimal, bool]]]
    groups = defaultdict(list)
    for paid in paid_receipts(data):
        levels: dict[tuple[str, str], tuple[Decimal, bool]] = {}
        for tender, amount in paid.amounts.items():
            for key in (tender, (tender[0], ALL), (ALL, tender[1]), (ALL, ALL)):
                before, was_primary = levels.get(key, (ZERO, False))
                levels[key] = before + amount, was_primary or tender == paid.primary
        for key, (amount, is_primary) in levels.items():
            groups[(paid.receipt.month, paid.receipt.bu_code, *key)].append(
                (paid, amount, is_primary)
            )
    rows = []
    for key, paid in groups.items():
        everything = groups[(*key[:2], ALL, ALL)]
        transactions = sum(item.receipt.is_transaction for item, _, _ in paid)
        all_transactions = sum(item.receipt.is_transaction for item, _, _ in everything)
        primary = [item for item, _, is_primary in paid if is_primary]
        primary_transactions = sum(item.receipt.is_transaction for item in primary)
        net_sales = money(item.receipt.sales for item, _, _ in paid)
        amount = money(amount for _, amount, _ in paid)
        rows.append(
            {
                **dict(zip(KEYS["payment_method_performance"], key, strict=True)),
                "is_complete_month": data.is_complete_month(key[0]),
                "transaction_count": transactions,
                "transaction_share": safe_divide(transactions, all_transactions),
                "amount": amount,
                "amount_share": safe_divide(amount, sum((a for _, a, _ in everything), ZERO)),
                "member_count": members_of(item.receipt for item, _, _ in paid),
                "net_sales": net_sales,
                "atv": safe_divide(net_sales, transactions),
                "primary_transaction_count": primary_transactions,
                "primary_transaction_share": safe_divide(primary_transactions, all_transactions),
                "primary_net_sales": money(item.receipt.sales for item in primary),
                "payment_difference": money(item.difference for item in primary),
            }
        )
    return frame_of(COLUMNS["payment_method_performance"], rows)


def koin_expiry_ladder(data: FormData) -> pd.DataFrame:
    """One row a week, tier, area manager and issuer, each of the three also ALL."""
    reports = KoinReports(data.truth, data.business_units, data.aliases, data.as_of)
    today = data.calendar.as_of_date
    this_week = week_start_of(today)
    last_week = this_week + timedelta(weeks=LADDER_WEEKS)
    sums: dict[tuple[date, str, str, str], Counter[str]] = defaultdict(Counter)
    members: dict[tuple[date, str, str, str], set[str]] = defaultdict(set)
    for cust_id, entries in reports.members.items():
        axis = Axis()
        for entry in entries:
            if entry.is_lot:
                axis.add(entry)
            else:
                axis.cursor -= entry.movement
        _, manager = reports.preferred_places.at(cust_id, this_week + timedelta(days=6))
        tier = reports.tiers.at(cust_id, today)
        for lot, koin in axis.left():
            if lot.entry_type != "issue" or lot.expires_on is None:
                continue
            week = week_start_of(lot.expires_on)
            if week > last_week:
                continue
            days_left = (lot.expires_on - today).days
            names = ["overdue_koin"] if days_left < 0 else ["koin_expiring"]
            names += [f"koin_expiring_{n}d" for n in (30, 60, 90) if 0 <= days_left <= n]
            for key in product((tier, ALL), (manager, ALL), (lot.lot_issuer, ALL)):
                sums[(week, *key)].update(dict.fromkeys(names, koin))
                members[(week, *key)].add(cust_id)
    weeks = [this_week + timedelta(weeks=number) for number in range(LADDER_WEEKS + 1)]
    keys = set(sums) | {(week, *key[1:]) for key in sums for week in weeks}
    rows = [
        {
            **dict(zip(KEYS["koin_expiry_ladder"], key, strict=True)),
            "as_of_date": today,
            "weeks_ahead": (key[0] - this_week).days // 7,
            **{name: sums.get(key, Counter())[name] for name in LADDER_AMOUNTS},
            "member_count": len(members.get(key, ())),
        }
        for key in keys
    ]
    return frame_of(COLUMNS["koin_expiry_ladder"], rows)


def member_cohorts(data: FormData) -> pd.DataFrame:
    """One row a cohort and month since, the whole square."""
    months = [data.calendar.first_day.replace(day=1)]
    while next_month(months[-1]) <= data.calendar.as_of_date:
        months.append(next_month(months[-1]))
    cohort_of: dict[str, date] = {}
    for receipt in data.receipts:
        if receipt.is_transaction and receipt.cust_id is not None:
            cohort_of.setdefault(receipt.cust_id, receipt.month)
    sizes = Counter(cohort_of.values())
    cells: dict[tuple[date, date], list[Receipt]] = defaultdict(list)
    for receipt in data.receipts:
        if receipt.counts and receipt.cust_id in cohort_of:
            cells[cohort_of[receipt.cust_id], receipt.month].append(receipt)
    rows = []
    for cohort in months:
        activity, cumulative = cohort, Decimal("0.00")
        for number in range(len(months)):
            receipts = cells.get((cohort, activity), [])
            net_sales = money(receipt.sales for receipt in receipts)
            cumulative += net_sales
            row: Row = {
                "active_member_count": members_of(receipts),
                "retention_rate": safe_divide(members_of(receipts), sizes[cohort]),
                "transaction_count": sum(receipt.is_transaction for receipt in receipts),
                "net_sales": net_sales,
                "net_sales_per_member": safe_divide(net_sales, sizes[cohort]),
                "cumulative_net_sales": cumulative,
                "cumulative_net_sales_per_member": safe_divide(cumulative, sizes[cohort]),
            }
            is_mature = month_end(activity) <= data.calendar.as_of_date
            rows.append(
                {
                    "cohort_month": cohort,
                    "months_since": number,
                    "activity_month": activity,
                    "is_left_truncated": cohort == months[0],
                    "is_mature": is_mature,
                    "cohort_size": sizes[cohort],
                    **(row if is_mature else dict.fromkeys(row)),
                }
            )
            activity = next_month(activity)
    return frame_of(COLUMNS["member_cohorts"], rows)


REFERENCES: dict[str, Callable[[FormData], pd.DataFrame]] = {
    "sales_recap_daily": sales_recap_daily,
    "sales_recap_products": sales_recap_products,
    "product_list": product_list,
    "payment_method_performance": payment_method_performance,
    "koin_expiry_ladder": koin_expiry_ladder,
    "member_cohorts": member_cohorts,
}
