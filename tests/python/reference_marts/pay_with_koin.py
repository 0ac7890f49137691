"""`weekly_pay_with_koin` (spec 3) from clean receipts and the clean koin ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import pandas as pd

from reference_marts import Tables
from reference_marts.calendar_and_tiers import (
    ALL,
    MONEY,
    TIERS,
    UNKNOWN,
    ReportCalendar,
    TierHistory,
    is_null,
    report_calendar,
    safe_divide,
    tier_history,
    week_start_of,
    with_week_over_week,
)

KEYS = ("week_start", "bu_code", "tier_code")
WITH_WEEK_OVER_WEEK = (
    "member_count",
    "transaction_count",
    "net_sales",
    "koin_redeemed",
    "koin_multiplier",
    "avg_koin_per_transaction",
)
COLUMNS = (
    *KEYS,
    "is_complete_week",
    *(
        f"{measure}{suffix}"
        for measure in WITH_WEEK_OVER_WEEK
        for suffix in ("", "_previous", "_wow", "_wow_status")
    ),
    "koin_share_of_sales",
    "repeat_member_count",
    "bu_member_transaction_count",
    "bu_net_sales",
    "share_of_bu_member_transactions",
    "share_of_bu_sales",
)

#: Issuers that are no business units.
NO_BUSINESS_UNITS = ("ADJUSTMENT", "UNATTRIBUTED")


def weekly_pay_with_koin(
    truth: Tables,
    business_units: Sequence[str],
    aliases: Mapping[str, str],
    as_of: date | None = None,
) -> pd.DataFrame:
    """All rows and columns of the mart; counts int, money and ratios Decimal, None for null.

    Args:
        truth: clean tables by `schema.table`, one row a key.
        business_units: known codes; any other is UNKNOWN.
        aliases: tier by spelling.
        as_of: last date known; default the last receipt date.
    """
    tiers = tier_history(truth["cohesive.tbl_member"], truth["cohesive.tbl_member_tier"], aliases)
    all_days = truth["cohesive.tbl_receipt"]["trx_ts"].dt.date
    calendar = report_calendar(all_days, as_of)
    bu_of = known_or_unknown(business_units)
    receipts = known_receipts(truth["cohesive.tbl_receipt"], calendar, tiers, bu_of)
    koin = known_koin(truth["cohesive.tbl_koin"], calendar)

    completed = receipts[receipts["receipt_status"] == "completed"]
    redeemed = koin[koin["entry_type"] == "redeem"].groupby("receive_main_id")["koin"].sum()
    qualifying = completed[completed["receive_main_id"].map(redeemed).fillna(0) > 0].copy()
    qualifying["koin"] = qualifying["receive_main_id"].map(redeemed).astype(int)
    returns = receipts[receipts["receipt_status"] == "return"]
    returns_of_qualifying = returns[
        returns["original_receive_main_id"].isin(qualifying["receive_main_id"])
    ]
    reversals = koin_given_back(koin, qualifying, returns_of_qualifying, tiers)
    members = qualifying[qualifying["cust_id"].notna()].copy()
    first_week = members.groupby("cust_id")["week_start"].min()
    members["is_repeat"] = members["week_start"] > members["cust_id"].map(first_week)

    of_members = receipts["cust_id"].notna()
    counts_as_sales = receipts["receipt_status"].isin(["completed", "return"])
    measures = {
        "member_count": count_members(members),
        "transaction_count": per_row_and_all(qualifying, "receive_main_id", "nunique"),
        "net_sales": add(
            per_row_and_all(qualifying, "sales", "sum"),
            per_row_and_all(returns_of_qualifying, "sales", "sum"),
        ),
        "koin_redeemed": add(
            per_row_and_all(qualifying, "koin", "sum"),
            per_row_and_all(reversals, "koin_movement", "sum"),
        ),
        "repeat_member_count": count_members(members[members["is_repeat"].astype(bool)]),
        "bu_member_transaction_count": per_row_and_all(
            completed[completed["cust_id"].notna()], "receive_main_id", "nunique"
        ),
        "bu_net_sales": {
            **per_tier(receipts[of_members & counts_as_sales], "sales", "sum"),
            **total(receipts[counts_as_sales], "sales", "sum"),
        },
    }
    places = report_business_units(truth, calendar, business_units, receipts)
    rows = [
        (week, bu_code, tier_code)
        for week in calendar.weeks
        for bu_code in places
        for tier_code in (*TIERS, ALL)
    ]
    return mart_of(rows, measures, calendar)


def known_or_unknown(business_units: Sequence[str]) -> Callable[[object], str]:
    """Code of a business unit, UNKNOWN when it is none of the known ones."""

    def code(value: object) -> str:
        return value if value in business_units else UNKNOWN

    return code


def known_receipts(
    receipts: pd.DataFrame,
    calendar: ReportCalendar,
    tiers: TierHistory,
    bu_of: Callable[[object], str],
) -> pd.DataFrame:
    """Receipts in the report with week, business unit and tier; `sales` in whole cents."""
    day = receipts["trx_ts"].dt.date
    known = receipts[day.map(calendar.covers)].copy()
    known["day"] = known["trx_ts"].dt.date
    known["week_start"] = known["day"].map(week_start_of)
    known["bu_code"] = known["bu_code"].map(bu_of)
    known["tier_code"] = tiers_at(known["cust_id"], known["day"], tiers)
    known["sales"] = [int(value.scaleb(2)) for value in known["sales"]]
    return known


def known_koin(koin: pd.DataFrame, calendar: ReportCalendar) -> pd.DataFrame:
    """Ledger rows in the report with the week of their own date; `koin` as int."""
    day = koin["entry_ts"].dt.date
    known = koin[day.map(calendar.covers)].copy()
    known["day"] = known["entry_ts"].dt.date
    known["week_start"] = known["day"].map(week_start_of)
    known["koin"] = [int(value) for value in known["koin"]]
    return known.rename(columns={"main_receive_payment_id": "receive_main_id"})


def tiers_at(members: Iterable[str | None], days: Iterable[date], tiers: TierHistory) -> list[str]:
    """Tier of each member on each day."""
    return [tiers.at(member, day) for member, day in zip(members, days, strict=True)]


def koin_given_back(
    koin: pd.DataFrame,
    qualifying: pd.DataFrame,
    returns_of_qualifying: pd.DataFrame,
    tiers: TierHistory,
) -> pd.DataFrame:
    """Reversals of redemptions on qualifying receipts or their returns.

    A reversal is at the business unit of the receipt that it names, in its own week, with the tier
    that the member of the qualifying receipt has on its date; `koin_movement` is negative.
    """
    named = pd.concat([qualifying, returns_of_qualifying]).set_index("receive_main_id")["bu_code"]
    payers = dict(zip(qualifying["receive_main_id"], qualifying["cust_id"], strict=True))
    originals = dict(
        zip(
            returns_of_qualifying["receive_main_id"],
            returns_of_qualifying["original_receive_main_id"],
            strict=True,
        )
    )
    reversals = koin[
        (koin["entry_type"] == "reverse_redeem") & koin["receive_main_id"].isin(named.index)
    ].copy()
    reversals["bu_code"] = reversals["receive_main_id"].map(named)
    paying = [payers[originals.get(name, name)] for name in reversals["receive_main_id"]]
    reversals["tier_code"] = tiers_at(paying, reversals["day"], tiers)
    reversals["koin_movement"] = -reversals["koin"]
    return reversals


Measure = dict[tuple[date, str, str], int]


def per_tier(rows: pd.DataFrame, column: str, how: str) -> Measure:
    """A measure by week, business unit and tier."""
    return rows.groupby(list(KEYS))[column].agg(how).to_dict()


def total(rows: pd.DataFrame, column: str, how: str) -> Measure:
    """A measure by week and business unit, all tiers, computed anew from the rows."""
    figures = rows.groupby(["week_start", "bu_code"])[column].agg(how).to_dict()
    return {(week, bu_code, ALL): value for (week, bu_code), value in figures.items()}


def per_row_and_all(rows: pd.DataFrame, column: str, how: str) -> Measure:
    """A measure by tier and for ALL."""
    return {**per_tier(rows, column, how), **total(rows, column, how)}


def count_members(rows: pd.DataFrame) -> Measure:
    """Distinct members by tier and for ALL."""
    return per_row_and_all(rows, "cust_id", "nunique")


def add(first: Measure, second: Measure) -> Measure:
    """Sum of two measures, key by key."""
    return {key: first.get(key, 0) + second.get(key, 0) for key in {**first, **second}}


def report_business_units(
    truth: Tables,
    calendar: ReportCalendar,
    business_units: Sequence[str],
    receipts: pd.DataFrame,
) -> list[str]:
    """The known business units, and UNKNOWN when a receipt or a koin row refers to another one."""
    koin = truth["cohesive.tbl_koin"]
    koin = koin[koin["entry_ts"].dt.date.map(calendar.covers)]
    named = {code for code in koin["issue_bu_code"] if not is_null(code)}
    named -= set(NO_BUSINESS_UNITS)
    is_redemption = koin["entry_type"].isin(["redeem", "reverse_redeem"])
    named |= set(koin.loc[is_redemption, "redeem_bu_code"])
    is_other = (receipts["bu_code"] == UNKNOWN).any() or bool(named - set(business_units))
    return [*business_units, UNKNOWN] if is_other else list(business_units)


def mart_of(
    rows: Sequence[tuple[date, str, str]],
    measures: Mapping[str, Measure],
    calendar: ReportCalendar,
) -> pd.DataFrame:
    """The mart: every row of the spine, 0 where nothing happened, with ratios and changes."""
    table: list[dict[str, object]] = []
    for key in rows:
        figures: dict[str, object] = {
            name: int(measure.get(key, 0)) for name, measure in measures.items()
        }
        for name in ("net_sales", "bu_net_sales"):
            figures[name] = Decimal(figures[name]).scaleb(-2).quantize(MONEY)
        table.append(
            {
                **dict(zip(KEYS, key, strict=True)),
                "is_complete_week": calendar.is_complete(key[0]),
                **figures,
                "koin_multiplier": safe_divide(figures["net_sales"], figures["koin_redeemed"]),
                "avg_koin_per_transaction": safe_divide(
                    figures["koin_redeemed"], figures["transaction_count"]
                ),
                "koin_share_of_sales": safe_divide(figures["koin_redeemed"], figures["net_sales"]),
                "share_of_bu_member_transactions": safe_divide(
                    figures["transaction_count"], figures["bu_member_transaction_count"]
                ),
                "share_of_bu_sales": safe_divide(figures["net_sales"], figures["bu_net_sales"]),
            }
        )
    for measure in WITH_WEEK_OVER_WEEK:
        values = {key: row[measure] for key, row in zip(rows, table, strict=True)}
        changes = with_week_over_week(values, calendar)
        for key, row in zip(rows, table, strict=True):
            row[f"{measure}_previous"], row[f"{measure}_wow"], row[f"{measure}_wow_status"] = (
                changes[key]
            )
    cells = [[row[column] for column in COLUMNS] for row in table]
    return pd.DataFrame(cells, columns=list(COLUMNS), dtype=object)
