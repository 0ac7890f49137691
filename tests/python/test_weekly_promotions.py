"""The promotion reports and weekly_kpis: equal to their references cell by cell on the sample."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from reference_marts import (
    assert_no_differences,
    cell_differences,
    known_business_units,
    kpis,
    read_truth,
    tier_aliases,
)
from reference_marts.pay_with_koin import weekly_pay_with_koin
from reference_marts.promotions import (
    HARGA_SPESIAL_KOIN_COLUMNS,
    HARGA_SPESIAL_KOIN_SKUS_COLUMNS,
    MEMBERS_CHOICE_COLUMNS,
    MEMBERS_CHOICE_SUMMARY_COLUMNS,
    PERIOD_KEYS,
    SKU_KEYS,
    read_offers,
    weekly_harga_spesial_koin,
    weekly_members_choice,
)

ROOT = Path(__file__).parents[2]
Connection = duckdb.DuckDBPyConnection

MARTS = {
    "weekly_members_choice": (SKU_KEYS, MEMBERS_CHOICE_COLUMNS),
    "weekly_members_choice_summary": (PERIOD_KEYS, MEMBERS_CHOICE_SUMMARY_COLUMNS),
    "weekly_harga_spesial_koin_skus": (SKU_KEYS, HARGA_SPESIAL_KOIN_SKUS_COLUMNS),
    "weekly_harga_spesial_koin": (PERIOD_KEYS, HARGA_SPESIAL_KOIN_COLUMNS),
}


@pytest.fixture(scope="module")
def expected(sample: Path) -> dict[str, pd.DataFrame]:
    """The references on the sample's truth."""
    truth = read_truth(sample)
    pay_with_koin = weekly_pay_with_koin(truth, known_business_units(ROOT), tier_aliases(ROOT))
    offers = {
        name: read_offers(ROOT, name) for name in ("members_choice_skus", "harga_spesial_koin_skus")
    }
    members_choice, summary = weekly_members_choice(truth, offers["members_choice_skus"])
    skus, harga_spesial_koin = weekly_harga_spesial_koin(truth, offers["harga_spesial_koin_skus"])
    return {
        "weekly_pay_with_koin": pay_with_koin,
        "weekly_members_choice": members_choice,
        "weekly_members_choice_summary": summary,
        "weekly_harga_spesial_koin_skus": skus,
        "weekly_harga_spesial_koin": harga_spesial_koin,
    }


@pytest.mark.parametrize("mart", MARTS)
def test_equals_the_reference(
    mart: str, built_sample: Connection, expected: dict[str, pd.DataFrame]
) -> None:
    keys, columns = MARTS[mart]
    rows = built_sample.execute(f"select {', '.join(columns)} from weekly_reports.{mart}")
    assert_no_differences(cell_differences(mart, columns, keys, rows.fetchall(), expected[mart]))


@pytest.mark.parametrize(
    ("mart", "column"),
    [
        ("weekly_members_choice", "net_sales"),
        ("weekly_members_choice", "rank_change"),
        ("weekly_members_choice_summary", "member_count"),
        ("weekly_harga_spesial_koin_skus", "koin_used"),
        ("weekly_harga_spesial_koin", "value_given_away"),
    ],
)
def test_the_sample_has_something_to_compare(
    mart: str, column: str, expected: dict[str, pd.DataFrame]
) -> None:
    values = [value for value in expected[mart][column] if value is not None]
    assert any(value > 0 for value in values)
    assert len(set(values)) > 1


def test_the_sample_has_returns_of_both_promotions(built_sample: Connection) -> None:
    returned = built_sample.execute(
        "select distinct promotion from intermediate.int_promotions__lines where is_return"
    ).fetchall()
    assert len(returned) == 2


def test_kpis_equal_the_reference(
    built_sample: Connection, expected: dict[str, pd.DataFrame]
) -> None:
    reference = kpis.weekly_kpis(expected)
    reports = sorted(set(reference["report"]))
    assert reports == ["harga_spesial_koin", "members_choice", "pay_with_koin"]
    rows = built_sample.execute(
        f"select {', '.join(kpis.COLUMNS)} from weekly_reports.weekly_kpis"
        " where list_contains(?, report)",
        [reports],
    )
    differences = cell_differences(
        "weekly_kpis", kpis.COLUMNS, kpis.KEYS, rows.fetchall(), reference
    )
    assert_no_differences(differences)


def test_koin_kpis_are_the_figures_of_their_marts(built_sample: Connection) -> None:
    marts = {
        mart: built_sample.execute(f"select * from weekly_reports.{mart}").df().astype(object)
        for mart in ("weekly_koin_in_out", "weekly_koin_outstanding")
    }
    for mart in marts.values():
        mart["week_start"] = [week.date() for week in mart["week_start"]]
    reference = kpis.weekly_kpis(marts)
    rows = built_sample.execute(
        f"select {', '.join(kpis.COLUMNS)} from weekly_reports.weekly_kpis"
        " where report in ('koin_in_out', 'koin_outstanding')"
    )
    differences = cell_differences(
        "weekly_kpis", kpis.COLUMNS, kpis.KEYS, rows.fetchall(), reference
    )
    assert_no_differences(differences)
