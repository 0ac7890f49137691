"""Member's Choice and Harga Spesial Koin (spec 3) from clean receipts, lines and promo lists."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd

from reference_marts import Tables
from reference_marts.calendar_and_tiers import (
    UNKNOWN,
    ReportCalendar,
    is_null,
    report_calendar,
    safe_divide,
    week_over_week,
    week_start_of,
)

Key = tuple[object, ...]
Row = dict[str, object]

SKU_KEYS = ("week_start", "bu_code", "period_code", "sku")
PERIOD_KEYS = ("week_start", "bu_code", "period_code")


def _with_changes(*measures: str) -> tuple[str, ...]:
    return tuple(
        f"{measure}{suffix}"
        for measure in measures
        for suffix in ("", "_previous", "_wow", "_wow_status")
    )


MEMBERS_CHOICE_COLUMNS = (
    *SKU_KEYS,
    "is_complete_week",
    "product_name",
    "category",
    "brand",
    "special_price",
    *_with_changes("net_sales", "transaction_count", "qty", "member_count"),
    "share_of_period_sales",
    "sales_rank",
    "sales_rank_previous",
    "rank_change",
)
MEMBERS_CHOICE_SUMMARY_COLUMNS = (
    *PERIOD_KEYS,
    "is_complete_week",
    "sku_offered",
    "sku_sold",
    *_with_changes("net_sales", "transaction_count", "qty", "member_count"),
    "best_sku",
    "best_sku_name",
    "best_sku_net_sales",
)
HARGA_SPESIAL_KOIN_COLUMNS = (
    *PERIOD_KEYS,
    "is_complete_week",
    "sku_offered",
    "sku_sold",
    *_with_changes("koin_used", "member_count", "transaction_count", "qty"),
    "best_sku",
    "best_sku_name",
    "best_sku_qty",
    "best_sku_koin",
    "value_given_away",
)
HARGA_SPESIAL_KOIN_SKUS_COLUMNS = (
    *SKU_KEYS,
    "is_complete_week",
    "product_name",
    "koin_price",
    "normal_price",
    *_with_changes("koin_used"),
    "member_count",
    "transaction_count",
    *_with_changes("qty"),
    "qty_rank",
    "value_given_away",
)


@dataclass(frozen=True)
class Offer:
    """A row of a promo list; prices that the list has not are null."""

    period_code: str
    sku: str
    bu_code: str
    starts_on: date
    ends_on: date
    special_price: Decimal | None = None
    koin_price: Decimal | None = None
    normal_price: Decimal | None = None

    @property
    def period(self) -> tuple[str, str]:
        """Business unit and period."""
        return self.bu_code, self.period_code


@dataclass(frozen=True)
class Counted:
    """A receipt line that counts for an offer, in the week of its receipt."""

    offer: Offer
    week: date
    receipt: str
    cust_id: str | None
    is_return: bool
    qty: Decimal
    net_sales: Decimal
    koin: int


def read_offers(root: Path, name: str) -> list[Offer]:
    """The rows of seeds/programmes/<name>.csv."""
    with (root / "seeds" / "programmes" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Offer(
            period_code=row["period_code"],
            sku=row["sku"],
            bu_code=row["bu_code"],
            starts_on=date.fromisoformat(row["starts_on"]),
            ends_on=date.fromisoformat(row["ends_on"]),
            **{
                price: Decimal(row[price])
                for price in ("special_price", "koin_price", "normal_price")
                if price in row
            },
        )
        for row in rows
    ]


def weekly_members_choice(
    truth: Tables, offers: Sequence[Offer], as_of: date | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`weekly_members_choice` and `weekly_members_choice_summary`.

    Args:
        truth: clean tables by `schema.table`, one row a key.
        offers: the promo list.
        as_of: last date known; default the last receipt date.
    """
    calendar = report_calendar(truth["cohesive.tbl_receipt"]["trx_ts"].dt.date, as_of)
    counted = counted_lines(truth, offers, calendar, lambda offer, qty, koin: True)
    names = product_names(truth["cohesive.tbl_product"])
    skus: dict[Key, Row] = {}
    periods: dict[Key, Row] = {}
    for week, listed in period_weeks(offers, counted, calendar):
        period = listed[0].period
        lines = [line for line in counted if line.week == week and line.offer.period == period]
        rows = {
            offer.sku: {
                **names(offer.sku),
                "special_price": offer.special_price,
                **sums([line for line in lines if line.offer.sku == offer.sku]),
            }
            for offer in listed
        }
        total = sums(lines)
        ranking = sorted(rows, key=lambda sku: (-rows[sku]["net_sales"], sku.encode()))
        for sku, row in rows.items():
            row["share_of_period_sales"] = safe_divide(row["net_sales"], total["net_sales"])
            row["sales_rank"] = ranking.index(sku) + 1
            skus[(week, *period, sku)] = row
        best = best_of(ranking, rows)
        periods[(week, *period)] = {
            **total,
            **counts_of_skus(listed, rows, week),
            "best_sku": best,
            "best_sku_name": rows[best]["product_name"] if best else None,
            "best_sku_net_sales": rows[best]["net_sales"] if best else None,
        }
    add_changes(skus, calendar, ("net_sales", "transaction_count", "qty", "member_count"))
    for key, row in skus.items():
        before = skus.get(week_before(key))
        row["sales_rank_previous"] = before["sales_rank"] if before else None
        row["rank_change"] = before["sales_rank"] - row["sales_rank"] if before else None
    add_changes(periods, calendar, ("net_sales", "transaction_count", "qty", "member_count"))
    return (
        frame(skus, SKU_KEYS, MEMBERS_CHOICE_COLUMNS),
        frame(periods, PERIOD_KEYS, MEMBERS_CHOICE_SUMMARY_COLUMNS),
    )


def weekly_harga_spesial_koin(
    truth: Tables, offers: Sequence[Offer], as_of: date | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`weekly_harga_spesial_koin_skus` and `weekly_harga_spesial_koin`; arguments as above."""
    calendar = report_calendar(truth["cohesive.tbl_receipt"]["trx_ts"].dt.date, as_of)
    counted = counted_lines(
        truth,
        offers,
        calendar,
        lambda offer, qty, koin: qty > 0 and koin >= offer.koin_price * qty,
    )
    names = product_names(truth["cohesive.tbl_product"])
    skus: dict[Key, Row] = {}
    periods: dict[Key, Row] = {}
    for week, listed in period_weeks(offers, counted, calendar):
        period = listed[0].period
        lines = [line for line in counted if line.week == week and line.offer.period == period]
        rows = {
            offer.sku: {
                **names(offer.sku),
                "koin_price": offer.koin_price,
                "normal_price": offer.normal_price,
                **sums([line for line in lines if line.offer.sku == offer.sku]),
            }
            for offer in listed
        }
        ranking = sorted(
            rows, key=lambda sku: (-rows[sku]["qty"], -rows[sku]["koin_used"], sku.encode())
        )
        for sku, row in rows.items():
            row["qty_rank"] = ranking.index(sku) + 1
            skus[(week, *period, sku)] = row
        best = best_of(ranking, rows)
        periods[(week, *period)] = {
            **sums(lines),
            **counts_of_skus(listed, rows, week),
            "best_sku": best,
            "best_sku_name": rows[best]["product_name"] if best else None,
            "best_sku_qty": rows[best]["qty"] if best else None,
            "best_sku_koin": rows[best]["koin_used"] if best else None,
        }
    add_changes(skus, calendar, ("koin_used", "qty"))
    add_changes(periods, calendar, ("koin_used", "member_count", "transaction_count", "qty"))
    return (
        frame(skus, SKU_KEYS, HARGA_SPESIAL_KOIN_SKUS_COLUMNS),
        frame(periods, PERIOD_KEYS, HARGA_SPESIAL_KOIN_COLUMNS),
    )


def counted_lines(
    truth: Tables,
    offers: Iterable[Offer],
    calendar: ReportCalendar,
    is_sale: Callable[[Offer, Decimal, int], bool],
) -> list[Counted]:
    """Lines of members' completed receipts that an offer covers, and the lines that return them."""
    receipts = {
        row.receive_main_id: row
        for row in truth["cohesive.tbl_receipt"].itertuples(index=False)
        if calendar.covers(row.trx_ts.date())
    }
    listed: dict[tuple[str, str], list[Offer]] = defaultdict(list)
    for offer in offers:
        listed[offer.bu_code, offer.sku].append(offer)
    sold: dict[tuple[str, str], Offer] = {}
    counted = []
    lines = [
        (receipts[row.receive_main_id], row)
        for row in truth["cohesive.tbl_receipt_line"].itertuples(index=False)
        if row.receive_main_id in receipts
    ]
    for receipt, line in lines:
        if receipt.receipt_status != "completed" or is_null(receipt.cust_id):
            continue
        day, koin = receipt.trx_ts.date(), koin_of(line)
        for offer in listed.get((receipt.bu_code, line.sku), ()):
            if offer.starts_on <= day <= offer.ends_on and is_sale(offer, line.qty, koin):
                counted.append(_counted(offer, receipt, line, is_return=False))
                sold[receipt.receive_main_id, line.sku] = offer
    for receipt, line in lines:
        offer = sold.get((receipt.original_receive_main_id, line.sku))
        if receipt.receipt_status == "return" and offer:
            counted.append(_counted(offer, receipt, line, is_return=True))
    return counted


def _counted(offer: Offer, receipt: object, line: object, *, is_return: bool) -> Counted:
    return Counted(
        offer=offer,
        week=week_start_of(receipt.trx_ts.date()),
        receipt=receipt.receive_main_id,
        cust_id=receipt.cust_id,
        is_return=is_return,
        qty=line.qty,
        net_sales=line.net_sales,
        koin=koin_of(line),
    )


def koin_of(line: object) -> int:
    """Koin spent on a line; null is none."""
    return 0 if is_null(line.koin_used) else int(line.koin_used)


def period_weeks(
    offers: Iterable[Offer], counted: Iterable[Counted], calendar: ReportCalendar
) -> list[tuple[date, list[Offer]]]:
    """Every week of the data from a period's first day to its last day or last return, with the
    period's whole list."""
    periods: dict[tuple[str, str], list[Offer]] = defaultdict(list)
    for offer in offers:
        periods[offer.period].append(offer)
    happened: dict[tuple[str, str], set[date]] = defaultdict(set)
    for line in counted:
        happened[line.offer.period].add(line.week)
    weeks = []
    for period, listed in periods.items():
        first = min(week_start_of(offer.starts_on) for offer in listed)
        last = max(week_start_of(offer.ends_on) for offer in listed)
        first, last = min({first} | happened[period]), max({last} | happened[period])
        weeks += [(week, listed) for week in calendar.weeks if first <= week <= last]
    return weeks


def product_names(products: pd.DataFrame) -> Callable[[str], Row]:
    """Name, category and brand of a SKU; UNKNOWN where the product master has none."""
    known = {
        row.sku: {
            column: UNKNOWN if is_null(value) else value
            for column, value in (
                ("product_name", row.product_name),
                ("category", row.category),
                ("brand", row.brand),
            )
        }
        for row in products.itertuples(index=False)
    }
    unknown = {"product_name": UNKNOWN, "category": UNKNOWN, "brand": UNKNOWN}
    return lambda sku: dict(known.get(sku, unknown))


def sums(lines: Sequence[Counted]) -> Row:
    """The measures of some lines: returns lower the sums, and are no transactions."""
    sales = [line for line in lines if not line.is_return]
    return {
        "net_sales": sum((line.net_sales for line in lines), Decimal(0)),
        "qty": sum((line.qty for line in lines), Decimal(0)),
        "koin_used": sum(line.koin for line in lines),
        "transaction_count": len({line.receipt for line in sales}),
        "member_count": len({line.cust_id for line in sales}),
        "value_given_away": sum(
            (
                line.qty * (line.offer.normal_price - line.offer.koin_price)
                for line in lines
                if line.offer.koin_price is not None
            ),
            Decimal(0),
        ),
    }


def counts_of_skus(listed: Iterable[Offer], rows: Mapping[str, Row], week: date) -> Row:
    """SKUs whose dates overlap the week, and SKUs on a completed receipt."""
    sunday = week + timedelta(days=6)
    return {
        "sku_offered": sum(offer.starts_on <= sunday and offer.ends_on >= week for offer in listed),
        "sku_sold": sum(row["transaction_count"] > 0 for row in rows.values()),
    }


def best_of(ranking: Iterable[str], rows: Mapping[str, Row]) -> str | None:
    """The first SKU of a ranking that sold."""
    return next((sku for sku in ranking if rows[sku]["transaction_count"] > 0), None)


def week_before(key: Key) -> Key:
    """The key of the same figure a week earlier."""
    return (key[0] - timedelta(days=7), *key[1:])


def add_changes(rows: dict[Key, Row], calendar: ReportCalendar, measures: Iterable[str]) -> None:
    """Add m_previous, m_wow and m_wow_status of each measure; keys begin with the week."""
    for key, row in rows.items():
        before = rows.get(week_before(key))
        both_complete = calendar.is_complete(key[0]) and (
            before is None or calendar.is_complete(week_before(key)[0])
        )
        for measure in measures:
            previous = before[measure] if before else None
            row[f"{measure}_previous"] = previous
            row[f"{measure}_wow"], row[f"{measure}_wow_status"] = week_over_week(
                row[measure],
                previous,
                has_previous_week=before is not None,
                both_complete=both_complete,
            )
        row["is_complete_week"] = calendar.is_complete(key[0])


def frame(rows: Mapping[Key, Row], keys: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """The rows as a mart with its columns in order."""
    cells = [
        [{**dict(zip(keys, key, strict=True)), **row}[column] for column in columns]
        for key, row in rows.items()
    ]
    return pd.DataFrame(cells, columns=list(columns), dtype=object)
