"""`weekly_pay_with_koin`: equal to its reference cell by cell, and right on cases done by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from engines import build_target, run_dbt
from fixtures_marts import SEEDS_AND_MODELS
from raw_writer import clean_tables, write_raw
from reference_marts import (
    assert_no_differences,
    cell_differences,
    known_business_units,
    read_truth,
    tier_aliases,
)
from reference_marts.calendar_and_tiers import ALL, TIERS
from reference_marts.pay_with_koin import COLUMNS, KEYS, weekly_pay_with_koin

ROOT = Path(__file__).parents[2]
MART = "weekly_reports.weekly_pay_with_koin"
SELECT_MART = f"select {', '.join(COLUMNS)} from {MART}"

WEEK_1, WEEK_2, WEEK_3, WEEK_4 = (
    date(2023, 10, 16),
    date(2023, 10, 23),
    date(2023, 10, 30),
    date(2023, 11, 6),
)


def sale(key: str, cust_id: str | None, day: str, sales: int, **more: Any) -> dict[str, Any]:
    """A completed receipt at AZKO."""
    return {"receive_main_id": key, "cust_id": cust_id, "trx_ts": day, "sales": sales, **more}


def sale_return(key: str, original: str, cust_id: str, day: str, sales: int, **more: Any) -> dict:
    """A return receipt; `sales` is negative."""
    of = {"receipt_status": "return", "original_receive_main_id": original}
    return {**sale(key, cust_id, day, sales, **more), **of}


def redeem(cust_id: str, receipt: str, day: str, koin: int, **more: Any) -> dict[str, Any]:
    """A redemption in the ledger."""
    of = {"cust_id": cust_id, "main_receive_payment_id": receipt}
    return {**of, "entry_ts": day, "koin": koin, **more}


def reverse(cust_id: str, receipt: str, day: str, koin: int) -> dict[str, Any]:
    """A redemption given back."""
    return redeem(cust_id, receipt, day, koin, entry_type="reverse_redeem")


R2 = sale("R2", "M2", "2023-10-18", 50_000)
R3 = sale("R3", "M1", "2023-10-19", 70_000, updated_at="2023-10-19 10:05")

#: Four weeks: three complete ones and a running one. M1 is GOLD; M2 is SILVER and becomes GOLD on
#: Thursday of week 2; M3 has no tier; M4 is in no table of members.
CLEAN: dict[str, list[dict[str, Any]]] = {
    "tbl_member": [
        {"cust_id": "M1", "tier": "GOLD"},
        {"cust_id": "M2", "tier": "GOLD"},
        {"cust_id": "M3", "tier": None},
    ],
    "tbl_member_tier": [
        {
            "cust_id": "M2",
            "tier": "SILVER",
            "valid_from": "2023-01-01",
            "valid_to": "2023-12-01",
        },
        {"cust_id": "M2", "tier": "GOLD", "valid_from": "2023-10-26", "valid_to": None},
    ],
    "tbl_receipt": [
        # Before go-live: in no report, and so is the payment with koin that it would have been.
        sale("P1", "M1", "2023-10-10", 90_000),
        sale_return("P2", "P1", "M1", "2023-10-24", -9_000, bu_code="ATARU"),
        # Week 1 at AZKO: one with three koin rows, one delivered twice, one voided, two without.
        sale("R1", "M1", "2023-10-17", 100_000),
        R2,
        {**R3, "receipt_status": "void", "updated_at": "2023-10-19 18:00"},
        sale("R4", None, "2023-10-16", 40_000),
        sale("R5", "M2", "2023-10-20", 20_000),
        # Week 2: M2 as SILVER and as GOLD, a return of R1, a payer who is no member.
        sale("R6", "M2", "2023-10-24", 30_000),
        sale_return("T1", "R1", "M1", "2023-10-25", -40_000),
        sale("R7", "M2", "2023-10-27", 60_000),
        sale("R8", None, "2023-10-28", 10_000),
        # The running week.
        sale("R10", "M1", "2023-11-08", 80_000),
        # TOYS sells in weeks 1 and 3 only; one sale comes back at INFORMA.
        sale("S1", "M3", "2023-10-17", 10_000, bu_code="TOYS"),
        sale_return("T2", "S1", "M3", "2023-10-26", -1_000, bu_code="INFORMA"),
        sale("S3", "M3", "2023-11-01", 20_000, bu_code="TOYS"),
        sale("S4", "M4", "2023-11-02", 5_000, bu_code="TOYS"),
        # A business unit that nobody knows.
        sale("X1", "M1", "2023-11-02", 15_000, bu_code="XXX"),
    ],
    "tbl_koin": [
        redeem("M1", "P1", "2023-10-10", 900),
        redeem("M1", "R1", "2023-10-17", 1_000),
        redeem("M1", "R1", "2023-10-17", 2_000),
        redeem("M1", "R1", "2023-10-17", 2_000),
        redeem("M2", "R2", "2023-10-18", 500),
        redeem("M1", "R3", "2023-10-19", 7_000),
        redeem("M1", "NOWHERE", "2023-10-20", 999),
        redeem("M2", "R5", "2023-10-20", 0),
        redeem("M2", "R6", "2023-10-24", 300),
        reverse("M1", "T1", "2023-10-25", 2_000),
        redeem("M2", "R7", "2023-10-27", 600),
        redeem("M1", "R8", "2023-10-28", 100),
        reverse("M2", "R2", "2023-10-30", 200),
        reverse("M1", "R3", "2023-10-30", 7_000),
        # R8 names no member, whoever gets the koin back.
        reverse("M1", "R8", "2023-10-31", 30),
        redeem("M1", "R10", "2023-11-08", 800),
        redeem("M3", "S1", "2023-10-17", 100, redeem_bu_code="TOYS"),
        reverse("M3", "T2", "2023-10-26", 10),
        redeem("M3", "S3", "2023-11-01", 200, redeem_bu_code="TOYS"),
        redeem("M4", "S4", "2023-11-02", 50, redeem_bu_code="TOYS"),
        redeem("M1", "X1", "2023-11-02", 150, redeem_bu_code="XXX"),
    ],
}

#: As delivered: R2 twice, R3 first as a completed sale.
DELIVERED = {**CLEAN, "tbl_receipt": [*CLEAN["tbl_receipt"], dict(R2), R3]}

Figures = Callable[[date, str, str], dict[str, Any]]
Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def by_hand(
    tmp_path_factory: pytest.TempPathFactory, build_duckdb: Callable[[Path], Path]
) -> Iterator[Connection]:
    """The hand-made deliveries, built."""
    raw = write_raw(tmp_path_factory.mktemp("pay_with_koin"), DELIVERED)
    with duckdb.connect(str(build_duckdb(raw)), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def figures(by_hand: Connection) -> Figures:
    """A row of the hand-made mart by week, business unit and tier."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in by_hand.execute(SELECT_MART).fetchall()]
    by_key = {tuple(row[column] for column in KEYS): row for row in rows}
    return lambda week, bu_code, tier_code: by_key[(week, bu_code, tier_code)]


def assert_figures(row: dict[str, Any], **expected: Any) -> None:
    """The named columns have these values; a text stands for a decimal."""
    for column, value in expected.items():
        is_text_column = column.endswith("_status")
        wanted = Decimal(value) if isinstance(value, str) and not is_text_column else value
        assert row[column] == wanted, f"{column}: {row[column]}, by hand {wanted}"


class TestByHand:
    """Figures worked out by hand from the specification."""

    def test_a_receipt_with_three_koin_rows_counts_its_sales_once(self, figures: Figures) -> None:
        assert_figures(
            figures(WEEK_1, "AZKO", "GOLD"),
            member_count=1,
            transaction_count=1,
            net_sales="100000",
            koin_redeemed=5_000,
            koin_multiplier="20",
            avg_koin_per_transaction="5000",
            koin_share_of_sales="0.05",
            repeat_member_count=0,
            bu_member_transaction_count=1,
            bu_net_sales="100000",
            share_of_bu_member_transactions="1",
            share_of_bu_sales="1",
        )

    def test_a_receipt_delivered_twice_counts_once(self, figures: Figures) -> None:
        assert_figures(
            figures(WEEK_1, "AZKO", "SILVER"),
            member_count=1,
            transaction_count=1,
            net_sales="50000",
            koin_redeemed=500,
            koin_multiplier="100",
            bu_member_transaction_count=2,
            bu_net_sales="70000",
            share_of_bu_member_transactions="0.5",
            share_of_bu_sales="0.714286",
        )

    def test_all_has_the_sales_of_non_members_and_neither_void_nor_early_receipts(
        self, figures: Figures
    ) -> None:
        assert_figures(
            figures(WEEK_1, "AZKO", ALL),
            is_complete_week=True,
            member_count=2,
            member_count_previous=None,
            member_count_wow=None,
            member_count_wow_status="first_week",
            transaction_count=2,
            net_sales="150000",
            net_sales_wow_status="first_week",
            koin_redeemed=5_500,
            koin_multiplier="27.272727",
            avg_koin_per_transaction="2750",
            koin_share_of_sales="0.036667",
            repeat_member_count=0,
            bu_member_transaction_count=3,
            bu_net_sales="210000",
            share_of_bu_member_transactions="0.666667",
            share_of_bu_sales="0.714286",
        )

    def test_a_return_and_its_reversal_count_in_their_own_week(self, figures: Figures) -> None:
        assert_figures(
            figures(WEEK_2, "AZKO", "GOLD"),
            member_count=1,
            member_count_previous=1,
            member_count_wow="0",
            member_count_wow_status="ok",
            transaction_count=1,
            net_sales="20000",
            net_sales_previous="100000",
            net_sales_wow="-0.8",
            net_sales_wow_status="ok",
            koin_redeemed=-1_400,
            koin_redeemed_wow="-1.28",
            koin_multiplier="-14.285714",
            koin_share_of_sales="-0.07",
            bu_net_sales="20000",
        )

    def test_a_tier_change_within_the_week_counts_once_in_each_tier_and_once_in_all(
        self, figures: Figures
    ) -> None:
        assert_figures(
            figures(WEEK_2, "AZKO", "SILVER"),
            member_count=1,
            transaction_count=1,
            net_sales="30000",
            koin_redeemed=300,
            repeat_member_count=1,
            bu_member_transaction_count=1,
        )
        assert_figures(figures(WEEK_2, "AZKO", "GOLD"), member_count=1, repeat_member_count=1)
        assert_figures(
            figures(WEEK_2, "AZKO", ALL),
            member_count=1,
            member_count_previous=2,
            member_count_wow="-0.5",
            repeat_member_count=1,
        )

    def test_a_payer_who_is_no_member_is_in_unknown_and_in_no_member_count(
        self, figures: Figures
    ) -> None:
        assert_figures(
            figures(WEEK_2, "AZKO", "UNKNOWN"),
            member_count=0,
            transaction_count=1,
            transaction_count_previous=0,
            transaction_count_wow=None,
            transaction_count_wow_status="new",
            net_sales="10000",
            koin_redeemed=100,
            koin_multiplier="100",
            koin_multiplier_previous=None,
            koin_multiplier_wow_status="not_meaningful",
            bu_member_transaction_count=0,
            bu_net_sales="0",
            share_of_bu_member_transactions=None,
            share_of_bu_sales=None,
        )
        assert_figures(
            figures(WEEK_2, "AZKO", ALL),
            transaction_count=3,
            net_sales="60000",
            koin_redeemed=-1_000,
            bu_member_transaction_count=2,
            bu_net_sales="60000",
        )

    def test_a_reversal_that_names_the_sale_counts_with_the_tier_of_its_own_date(
        self, figures: Figures
    ) -> None:
        assert_figures(
            figures(WEEK_3, "AZKO", "GOLD"),
            transaction_count=0,
            net_sales="0",
            koin_redeemed=-200,
            koin_redeemed_previous=-1_400,
            koin_redeemed_wow=None,
            koin_redeemed_wow_status="not_meaningful",
            koin_multiplier="0",
            avg_koin_per_transaction=None,
            koin_share_of_sales=None,
        )
        assert_figures(
            figures(WEEK_3, "AZKO", "SILVER"),
            koin_redeemed=0,
            koin_redeemed_wow="-1",
            koin_redeemed_wow_status="stopped",
            koin_multiplier=None,
            koin_multiplier_previous="100",
            koin_multiplier_wow_status="not_meaningful",
        )

    def test_koin_given_back_on_a_receipt_without_member_leave_the_tier_that_they_came_to(
        self, figures: Figures
    ) -> None:
        assert_figures(
            figures(WEEK_3, "AZKO", "UNKNOWN"),
            koin_redeemed=-30,
            koin_redeemed_previous=100,
            koin_redeemed_wow="-1.3",
        )
        assert_figures(figures(WEEK_3, "AZKO", ALL), koin_redeemed=-230)

    def test_a_missing_week_is_zero_and_not_skipped(self, figures: Figures) -> None:
        assert_figures(figures(WEEK_1, "TOYS", "UNKNOWN"), member_count=1, net_sales="10000")
        assert_figures(
            figures(WEEK_2, "TOYS", ALL),
            member_count=0,
            net_sales="0",
            net_sales_previous="10000",
            net_sales_wow="-1",
            net_sales_wow_status="stopped",
            koin_multiplier=None,
        )
        assert_figures(
            figures(WEEK_3, "TOYS", ALL),
            member_count=2,
            net_sales="25000",
            net_sales_previous="0",
            net_sales_wow=None,
            net_sales_wow_status="new",
            koin_redeemed=250,
            repeat_member_count=1,
        )
        assert_figures(
            figures(WEEK_3, "ATARU", ALL), net_sales_wow=None, net_sales_wow_status="flat_zero"
        )

    def test_a_return_counts_where_it_happens(self, figures: Figures) -> None:
        assert_figures(
            figures(WEEK_2, "INFORMA", "UNKNOWN"),
            transaction_count=0,
            net_sales="-1000",
            koin_redeemed=-10,
            koin_multiplier="100",
            koin_share_of_sales="0.01",
        )

    def test_the_return_of_a_sale_before_go_live_is_no_return_of_a_payment_with_koin(
        self, figures: Figures
    ) -> None:
        assert_figures(
            figures(WEEK_2, "ATARU", "GOLD"),
            net_sales="0",
            bu_net_sales="-9000",
            share_of_bu_sales="0",
        )

    def test_the_running_week_has_figures_but_no_comparison(self, figures: Figures) -> None:
        assert_figures(
            figures(WEEK_4, "AZKO", "GOLD"),
            is_complete_week=False,
            net_sales="80000",
            net_sales_previous="0",
            net_sales_wow=None,
            net_sales_wow_status="incomplete",
            repeat_member_count=1,
        )

    def test_an_unknown_business_unit_is_shown_as_unknown(self, figures: Figures) -> None:
        assert_figures(
            figures(WEEK_3, "UNKNOWN", "GOLD"),
            transaction_count=1,
            net_sales="15000",
            koin_redeemed=150,
            repeat_member_count=1,
        )

    def test_koin_of_missing_and_void_receipts_is_counted_in_the_quality_mart(
        self, by_hand: Connection
    ) -> None:
        found = by_hand.execute(
            "select reason, row_count, amount from quality.data_quality"
            " where table_name = 'tbl_koin' and outcome = 'orphan' and row_count > 0"
        ).fetchall()
        assert sorted(found) == [("orphan", 1, Decimal(999)), ("receipt_void", 2, Decimal(14_000))]

    def test_all_cells_equal_the_reference(self, by_hand: Connection) -> None:
        reference = weekly_pay_with_koin(
            clean_tables(CLEAN), known_business_units(ROOT), tier_aliases(ROOT)
        )
        assert len(reference) == 4 * 8 * 5
        assert_no_differences(
            cell_differences(
                MART, COLUMNS, KEYS, by_hand.execute(SELECT_MART).fetchall(), reference
            )
        )


#: The old process's queries, as they were written by hand: each gives a wrong figure.
OLD_FAN_OUT = """
    select sum(receipts.sales) as net_sales
    from staging.stg_cohesive__receipts as receipts
    inner join staging.stg_cohesive__koin_entries as koin
        on receipts.receive_main_id = koin.main_receive_payment_id
    where receipts.bu_code = 'AZKO'
        and receipts.receipt_status = 'completed'
        and koin.entry_type = 'redeem'
        and koin.koin > 0
        and cast(receipts.trx_ts as date) between date '2023-10-16' and date '2023-10-22'
"""
OLD_DELIVERED_TWICE = """
    select sum(sales) as net_sales
    from cohesive.tbl_receipt
    where receive_main_id = 'R2'
"""
OLD_VOIDED = """
    select sum(sales) as net_sales
    from cohesive.tbl_receipt
    where receive_main_id = 'R3' and receipt_status = 'completed'
"""
OLD_WEEK_OVER_WEEK = """
    with weeks as (
        select
            date_trunc('week', trx_ts) as week_start,
            sum(sales) as net_sales
        from staging.stg_cohesive__receipts
        where bu_code = 'TOYS' and receipt_status = 'completed'
        group by date_trunc('week', trx_ts)
    ),

    changes as (
        select
            week_start,
            net_sales / lag(net_sales) over (order by week_start) - 1 as wow
        from weeks
    )

    select wow from changes where week_start = date '2023-10-30'
"""


class TestOldMistakes:
    """Each shows the wrong figure of the old query beside the right one of the mart."""

    def one(self, connection: Connection, query: str) -> Any:
        [(value,)] = connection.execute(query).fetchall()
        return value

    def test_sales_fanned_out_by_koin_rows(self, by_hand: Connection, figures: Figures) -> None:
        assert self.one(by_hand, OLD_FAN_OUT) == 350_000
        assert figures(WEEK_1, "AZKO", ALL)["net_sales"] == 150_000

    def test_a_receipt_delivered_twice(self, by_hand: Connection, figures: Figures) -> None:
        assert self.one(by_hand, OLD_DELIVERED_TWICE) == 100_000
        assert figures(WEEK_1, "AZKO", "SILVER")["net_sales"] == 50_000

    def test_a_voided_receipt(self, by_hand: Connection, figures: Figures) -> None:
        assert self.one(by_hand, OLD_VOIDED) == 70_000
        assert figures(WEEK_1, "AZKO", "GOLD")["net_sales"] == 100_000

    def test_a_total_summed_from_its_tiers(self, figures: Figures) -> None:
        assert sum(figures(WEEK_2, "AZKO", tier)["member_count"] for tier in TIERS) == 2
        assert figures(WEEK_2, "AZKO", ALL)["member_count"] == 1

    def test_a_change_against_the_wrong_week(self, by_hand: Connection, figures: Figures) -> None:
        assert self.one(by_hand, OLD_WEEK_OVER_WEEK) == 1.5
        row = figures(WEEK_3, "TOYS", ALL)
        assert (row["net_sales_wow"], row["net_sales_wow_status"]) == (None, "new")


@pytest.fixture(scope="module")
def reference(sample: Path) -> pd.DataFrame:
    """The mart of the sample, from its clean truth."""
    return weekly_pay_with_koin(read_truth(sample), known_business_units(ROOT), tier_aliases(ROOT))


class TestSample:
    """The whole mart on the default sample."""

    def test_every_cell_equals_the_reference(
        self, built_sample: Connection, reference: pd.DataFrame
    ) -> None:
        rows = built_sample.execute(SELECT_MART).fetchall()
        assert_no_differences(cell_differences(MART, COLUMNS, KEYS, rows, reference))

    def test_columns_are_those_of_the_mart(self, built_sample: Connection) -> None:
        columns = [row[0] for row in built_sample.execute(f"describe {MART}").fetchall()]
        assert columns == list(COLUMNS)

    def test_members_have_a_believable_share_of_transactions(
        self, built_sample: Connection
    ) -> None:
        [(of_members, all_transactions)] = built_sample.execute(
            "select count(cust_id), count(*) from core.fct_receipts"
            " where bu_code = 'AZKO' and is_transaction and not is_pre_cohesive"
        ).fetchall()
        assert 0.55 <= of_members / all_transactions <= 0.80

    def test_a_believable_share_of_member_transactions_is_paid_with_koin(
        self, built_sample: Connection
    ) -> None:
        [(with_koin, of_members)] = built_sample.execute(
            "select sum(transaction_count), sum(bu_member_transaction_count)"
            f" from {MART} where bu_code = 'AZKO' and tier_code = 'ALL'"
        ).fetchall()
        assert 0.10 <= with_koin / of_members <= 0.35

    def test_koin_multiplier_of_complete_weeks_is_believable(
        self, built_sample: Connection
    ) -> None:
        found = built_sample.execute(
            "select week_start, koin_multiplier"
            f" from {MART} where bu_code = 'AZKO' and tier_code = 'ALL' and is_complete_week"
        ).fetchall()
        outside = [row for row in found if row[1] is None or not 5 <= row[1] <= 50]
        assert found
        assert outside == []

    def test_every_tier_pays_with_koin(self, built_sample: Connection) -> None:
        found = built_sample.execute(
            "select tier_code, sum(transaction_count)"
            f" from {MART} where bu_code = 'AZKO' group by tier_code"
        ).fetchall()
        paid = {tier_code for tier_code, transactions in found if transactions > 0}
        assert paid >= {"SILVER", "GOLD", "PLATINUM", ALL}

    def test_no_week_is_missing(self, built_sample: Connection) -> None:
        [(weeks, first, last, rows)] = built_sample.execute(
            "select count(distinct week_start), min(week_start), max(week_start), count(*)"
            f" from {MART} where bu_code = 'AZKO'"
        ).fetchall()
        assert weeks == (last - first).days // 7 + 1
        assert rows == weeks * (len(TIERS) + 1)


def test_what_is_given_back_before_the_first_week_stops_no_build(tmp_path: Path) -> None:
    """A clock that differs at the first Monday: in no week, and in the opening of the koin."""
    deliveries = {
        "tbl_receipt": [sale("R1", "M1", "2023-11-06", 50_000), sale("R2", "M1", "2023-11-19", 1)],
        "tbl_koin": [
            redeem("M1", "R1", "2023-11-05 23:58", 1_000),
            reverse("M1", "R1", "2023-11-05 23:59", 400),
            reverse("M1", "R1", "2023-11-06 00:01", 100),
        ],
    }
    raw = write_raw(tmp_path / "raw", {**CLEAN, **deliveries})
    only = (*SEEDS_AND_MODELS, "--select", "+weekly_pay_with_koin")
    build = build_target("duckdb", tmp_path / "build", arguments=only, COHESIVE_RAW_PATH=str(raw))
    tested = run_dbt(
        "test", "--select", "pay_with_koin_equals_ledger", target="duckdb", env=build.env
    )
    assert tested.returncode == 0, tested.stdout[-3000:]
    with duckdb.connect(build.env["LOYALTY_DUCKDB_PATH"], read_only=True) as db:
        redeemed = db.execute(
            f"select week_start, koin_redeemed from {MART} where bu_code = 'AZKO'"
            f" and tier_code = '{ALL}' order by week_start"
        ).fetchall()
    assert redeemed == [(WEEK_4, 900), (date(2023, 11, 13), 0)]
