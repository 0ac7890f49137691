"""`weekly_kpis` (spec 3): the figures of the reference marts, put one under the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pandas as pd

from reference_marts.calendar_and_tiers import is_null, safe_divide, week_over_week

KEYS = ("week_start", "bu_code", "report", "dimension", "dimension_value", "kpi")
COLUMNS = (
    *KEYS,
    "is_complete_week",
    "numerator",
    "denominator",
    "value",
    "value_previous",
    "wow",
    "wow_status",
)


@dataclass(frozen=True)
class Report:
    """How a report's mart becomes figures.

    Attributes:
        label: column with the dimension value; none is ALL.
        only: column that has to be ALL.
        kpis: numerator column, or numerator and denominator, by the name of the figure.
    """

    report: str
    dimension: str
    mart: str
    label: str | None
    kpis: Mapping[str, str | tuple[str, str]]
    only: str | None = None


def _plain(*names: str) -> dict[str, str]:
    return {name: name for name in names}


OUTSTANDING = _plain("member_count", "koin_outstanding", "active_koin")
REPORTS = (
    Report(
        "pay_with_koin",
        "tier",
        "weekly_pay_with_koin",
        "tier_code",
        {
            **_plain("member_count", "transaction_count", "net_sales", "koin_redeemed"),
            "koin_multiplier": ("net_sales", "koin_redeemed"),
            "avg_koin_per_transaction": ("koin_redeemed", "transaction_count"),
            "share_of_bu_sales": ("net_sales", "bu_net_sales"),
        },
    ),
    Report(
        "members_choice",
        "period",
        "weekly_members_choice_summary",
        "period_code",
        _plain("net_sales", "transaction_count", "qty", "member_count"),
    ),
    Report(
        "koin_in_out",
        "all",
        "weekly_koin_in_out",
        None,
        {
            "a": "a_issued_here_redeemed_elsewhere",
            "b": "b_issued_elsewhere_redeemed_here",
            "c": "c_issued_and_redeemed_here",
            "d": "d_issued_here",
            "net_in_out": "net_in_out",
        },
    ),
    Report(
        "koin_outstanding",
        "tier",
        "weekly_koin_outstanding",
        "tier_code",
        OUTSTANDING,
        "area_manager",
    ),
    Report(
        "koin_outstanding",
        "area_manager",
        "weekly_koin_outstanding",
        "area_manager",
        OUTSTANDING,
        "tier_code",
    ),
    Report(
        "harga_spesial_koin",
        "period",
        "weekly_harga_spesial_koin",
        "period_code",
        _plain("koin_used", "member_count", "sku_sold", "qty"),
    ),
)


def weekly_kpis(
    marts: Mapping[str, pd.DataFrame], reports: Sequence[Report] = REPORTS
) -> pd.DataFrame:
    """All rows and columns of the mart, for the reports whose marts are given.

    Args:
        marts: the weekly marts by name, with a row for every week of each of their figures.
    """
    figures: dict[tuple[object, ...], dict[str, object]] = {}
    for report in reports:
        if report.mart not in marts:
            continue
        for row in marts[report.mart].to_dict("records"):
            if report.only and row[report.only] != "ALL":
                continue
            label = row[report.label] if report.label else "ALL"
            for kpi, parts in report.kpis.items():
                key = (row["week_start"], row["bu_code"], report.report, report.dimension)
                figures[(*key, label, kpi)] = figure(row, parts)
    for key, cells in figures.items():
        before = figures.get((key[0] - timedelta(days=7), *key[1:]))
        cells["value_previous"] = before["value"] if before else None
        cells["wow"], cells["wow_status"] = week_over_week(
            cells["value"],
            cells["value_previous"],
            has_previous_week=before is not None,
            both_complete=bool(
                cells["is_complete_week"] and (before is None or before["is_complete_week"])
            ),
        )
    rows = [
        [{**dict(zip(KEYS, key, strict=True)), **cells}[column] for column in COLUMNS]
        for key, cells in figures.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def figure(row: Mapping[str, object], parts: str | tuple[str, str]) -> dict[str, object]:
    """Numerator, denominator and value of one figure of a mart's row."""
    if isinstance(parts, str):
        numerator, denominator = number(row[parts]), None
        value = numerator
    else:
        numerator, denominator = (number(row[part]) for part in parts)
        value = safe_divide(numerator, denominator)
    return {
        "is_complete_week": row["is_complete_week"],
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
    }


def number(value: object) -> Decimal | None:
    """A cell as an exact number."""
    return None if is_null(value) else Decimal(str(value))
