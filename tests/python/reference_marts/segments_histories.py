"""What members did by brand, store, payment and voucher, and their children (spec 4.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import pandas as pd

from reference_marts.calendar_and_tiers import MONEY, UNKNOWN, is_null
from reference_marts.segments import (
    PERIODS,
    Period,
    Receipt,
    Row,
    SegmentData,
    frame_of,
    net_sales,
    transactions,
    within,
)
from reference_marts.segments_places import PreferredSites, site_attribute

Condition = Callable[[Receipt], bool]

#: Nobody is older.
OLDEST_AGE = 120

KEYS = {
    "segment_brand_history": ("cust_id", "bu_code"),
    "segment_site_history": ("cust_id", "site_code"),
    "segment_payment_history": ("cust_id", "payment_partner"),
    "segment_voucher_holders": ("cust_id", "program_code"),
    "segment_children": ("cust_id",),
}
FIRST_AND_LAST = ("first_transaction_date", "last_transaction_date")


def _measures(kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"{kind}{measure}_{period}"
        for period in PERIODS
        for kind in kinds
        for measure in ("transaction_count", "net_sales")
    )


COLUMNS = {
    "segment_brand_history": (
        *KEYS["segment_brand_history"],
        *FIRST_AND_LAST,
        *_measures(("", "offline_", "online_", "independent_")),
    ),
    "segment_site_history": (
        *KEYS["segment_site_history"],
        "bu_code",
        "site_type",
        "is_preferred_site",
        *FIRST_AND_LAST,
        *_measures(("", "offline_", "online_")),
    ),
    "segment_payment_history": (
        *KEYS["segment_payment_history"],
        *FIRST_AND_LAST,
        *(
            f"{measure}_{period}"
            for period in PERIODS
            for measure in ("transaction_count", "amount")
        ),
    ),
    "segment_voucher_holders": (
        *KEYS["segment_voucher_holders"],
        "received_count",
        "unredeemed_valid_count",
        "redeemed_count",
        "last_issued_date",
        "next_expiry_date",
    ),
    "segment_children": (
        *KEYS["segment_children"],
        "child_count",
        "youngest_age",
        "oldest_age",
        "child_ages",
    ),
}


def first_and_last(receipts: Iterable[Receipt]) -> Row:
    """Dates of the first and last completed receipt; null without any."""
    days = [receipt.day for receipt in transactions(receipts)]
    return dict(zip(FIRST_AND_LAST, (min(days), max(days)) if days else (None, None), strict=True))


def history(
    receipts: Sequence[Receipt],
    periods: Mapping[str, Period],
    kinds: Mapping[str, Condition],
) -> Row:
    """First and last transaction, and counts and spend of each period and kind of receipt."""
    row = first_and_last(receipts)
    for name, period in periods.items():
        for kind, is_of_kind in kinds.items():
            known = [receipt for receipt in within(receipts, period) if is_of_kind(receipt)]
            row[f"{kind}transaction_count_{name}"] = len(transactions(known))
            row[f"{kind}net_sales_{name}"] = net_sales(known)
    return row


def _kinds(data: SegmentData) -> dict[str, Condition]:
    type_of = site_attribute(data, "site_type")
    return {
        "": lambda _: True,
        "offline_": lambda receipt: receipt.sales_channel == "offline",
        "online_": lambda receipt: receipt.sales_channel == "online",
        "independent_": lambda receipt: type_of(receipt.site_code) == "independent",
    }


def segment_brand_history(data: SegmentData) -> pd.DataFrame:
    """One row a member and business unit with receipts since Cohesive."""
    groups: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for receipt in data.receipts:
        groups[receipt.cust_id, receipt.bu_code].append(receipt)
    kinds = _kinds(data)
    rows = [
        {"cust_id": cust_id, "bu_code": bu_code, **history(receipts, data.periods, kinds)}
        for (cust_id, bu_code), receipts in groups.items()
    ]
    return frame_of(COLUMNS["segment_brand_history"], rows)


def segment_site_history(data: SegmentData) -> pd.DataFrame:
    """One row a member and store with receipts since Cohesive."""
    groups: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for receipt in data.receipts:
        groups[receipt.cust_id, receipt.site_code].append(receipt)
    kinds = {
        kind: is_of_kind for kind, is_of_kind in _kinds(data).items() if kind != "independent_"
    }
    preferred = PreferredSites(data)
    bu_of, type_of = site_attribute(data, "bu_code"), site_attribute(data, "site_type")
    rows = [
        {
            "cust_id": cust_id,
            "site_code": site_code,
            "bu_code": data.bu_of(bu_of(site_code)),
            "site_type": type_of(site_code),
            "is_preferred_site": preferred.of(cust_id) == site_code,
            **history(receipts, data.periods, kinds),
        }
        for (cust_id, site_code), receipts in groups.items()
    ]
    return frame_of(COLUMNS["segment_site_history"], rows)


def payment_partner(
    method: str | None, bank: str | None, rules: Iterable[Mapping[str, str]]
) -> str | None:
    """Partner of a tender: of its method and bank, else of its method, else the method itself."""
    partners = {
        (rule["payment_method"], rule["bank_code"]): rule["payment_partner"] for rule in rules
    }
    rule = (method, bank or "") if (method, bank or "") in partners else (method, "")
    return partners.get(rule) or method


def segment_payment_history(data: SegmentData) -> pd.DataFrame:
    """One row a member and partner (else method) with tenders since Cohesive."""
    receipts = {receipt.receive_main_id: receipt for receipt in data.receipts}
    partners: dict[tuple[str | None, str | None], str | None] = {}
    groups: dict[tuple[str, str], list[tuple[Receipt, Decimal]]] = defaultdict(list)
    for tender in data.truth["cohesive.tbl_receipt_payment"].itertuples(index=False):
        receipt = receipts.get(tender.receive_main_id)
        if receipt is None:
            continue
        method = None if is_null(tender.payment_method) else tender.payment_method
        bank = None if is_null(tender.bank_code) else tender.bank_code
        if (method, bank) not in partners:
            partners[method, bank] = payment_partner(method, bank, data.seeds["payment_methods"])
        groups[receipt.cust_id, partners[method, bank] or UNKNOWN].append((receipt, tender.amount))
    rows = []
    for (cust_id, partner), tenders in groups.items():
        row = {
            "cust_id": cust_id,
            "payment_partner": partner,
            **first_and_last(receipt for receipt, _ in tenders),
        }
        for name, period in data.periods.items():
            known = [(receipt, amount) for receipt, amount in tenders if receipt.day in period]
            bought = {receipt.receive_main_id for receipt, _ in known if receipt.is_transaction}
            row[f"transaction_count_{name}"] = len(bought)
            row[f"amount_{name}"] = sum((amount for _, amount in known), Decimal(0)).quantize(MONEY)
        rows.append(row)
    return frame_of(COLUMNS["segment_payment_history"], rows)


def segment_voucher_holders(data: SegmentData) -> pd.DataFrame:
    """One row a member and voucher programme with vouchers issued up to the as-of date."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for voucher in data.truth["cohesive.tbl_voucher"].itertuples(index=False):
        if voucher.cust_id not in data.members or voucher.issued_at.date() > data.as_of_date:
            continue
        is_redeemed = (
            not is_null(voucher.redeemed_at) and voucher.redeemed_at.date() <= data.as_of_date
        )
        program_code = UNKNOWN if is_null(voucher.program_code) else voucher.program_code
        groups[voucher.cust_id, program_code].append(
            {
                "issued_date": voucher.issued_at.date(),
                "expires_on": voucher.expires_on,
                "is_redeemed": is_redeemed,
                "is_valid": not is_redeemed and voucher.expires_on >= data.as_of_date,
            }
        )
    rows = [
        {
            "cust_id": cust_id,
            "program_code": program_code,
            "received_count": len(vouchers),
            "unredeemed_valid_count": sum(bool(voucher["is_valid"]) for voucher in vouchers),
            "redeemed_count": sum(bool(voucher["is_redeemed"]) for voucher in vouchers),
            "last_issued_date": max(voucher["issued_date"] for voucher in vouchers),
            "next_expiry_date": min(
                (voucher["expires_on"] for voucher in vouchers if voucher["is_valid"]),
                default=None,
            ),
        }
        for (cust_id, program_code), vouchers in groups.items()
    ]
    return frame_of(COLUMNS["segment_voucher_holders"], rows)


def age_on(birth_date: date | None, day: date) -> int | None:
    """Completed years; null without birth date, before it, and above 120."""
    if is_null(birth_date) or birth_date > day:
        return None
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    age = day.year - birth_date.year - (not had_birthday)
    return age if age <= OLDEST_AGE else None


def segment_children(data: SegmentData) -> pd.DataFrame:
    """One row a member with children born by the as-of date."""
    ages: dict[str, list[int | None]] = defaultdict(list)
    for child in data.truth["cohesive.tbl_member_child"].itertuples(index=False):
        is_unborn = not is_null(child.birth_date) and child.birth_date > data.as_of_date
        if child.cust_id in data.members and not is_unborn:
            ages[child.cust_id].append(age_on(child.birth_date, data.as_of_date))
    rows = []
    for cust_id, found in ages.items():
        known = sorted(age for age in found if age is not None)
        rows.append(
            {
                "cust_id": cust_id,
                "child_count": len(found),
                "youngest_age": min(known, default=None),
                "oldest_age": max(known, default=None),
                "child_ages": "|".join(map(str, known)) or None,
            }
        )
    return frame_of(COLUMNS["segment_children"], rows)
