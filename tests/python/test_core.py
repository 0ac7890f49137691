"""Core facts and dimensions against the clean truth: tiers at a date, weeks, no row lost."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from reference_marts import known_business_units, read_truth, tier_aliases
from reference_marts.calendar_and_tiers import (
    GO_LIVE,
    UNKNOWN,
    ReportCalendar,
    TierHistory,
    as_of_date,
    is_null,
    report_calendar,
    safe_divide,
    tier_history,
    week_over_week,
    week_start_of,
)

from koin_loyalty.project import source_contract

Connection = duckdb.DuckDBPyConnection
ROOT = Path(__file__).parents[2]
SHOWN = 5


@pytest.fixture(scope="module")
def truth(sample: Path) -> dict[str, pd.DataFrame]:
    """Clean tables of the sample."""
    return read_truth(sample)


@pytest.fixture(scope="module")
def tiers(truth: dict[str, pd.DataFrame]) -> TierHistory:
    """Tier of every member at every date."""
    return tier_history(
        truth["cohesive.tbl_member"], truth["cohesive.tbl_member_tier"], tier_aliases(ROOT)
    )


@pytest.fixture(scope="module")
def last_loaded_day(sample: Path) -> date:
    """Day of the greatest `_loaded_at` of all raw rows."""
    return max(
        pq.read_table(file, columns=["_loaded_at"])["_loaded_at"].to_pandas().max().date()
        for source in {contract.schema for contract in source_contract().values()}
        for file in (sample / source).rglob("*.parquet")
    )


@pytest.fixture(scope="module")
def calendar(truth: dict[str, pd.DataFrame], last_loaded_day: date) -> ReportCalendar:
    """The days that the sample's reports know."""
    days = truth["cohesive.tbl_receipt"]["trx_ts"].dt.date
    return report_calendar(days, as_of_date(days, last_loaded_day))


def test_receipts_have_the_members_tier_at_their_date(
    built_sample: Connection, truth: dict[str, pd.DataFrame], tiers: TierHistory
) -> None:
    receipts = truth["cohesive.tbl_receipt"]
    expected = {
        key: None if is_null(member) else tiers.at(member, trx_ts.date())
        for key, member, trx_ts in zip(
            receipts["receive_main_id"], receipts["cust_id"], receipts["trx_ts"], strict=True
        )
    }
    found = dict(
        built_sample.execute("select receive_main_id, tier_code from core.fct_receipts").fetchall()
    )
    wrong = sorted(key for key in expected | found if expected.get(key, 0) != found.get(key, 0))
    shown = [f"{key}: {found.get(key)}, reference {expected.get(key)}" for key in wrong[:SHOWN]]
    assert not wrong, f"core.fct_receipts.tier_code, {len(wrong)} receipts: {shown}"
    assert set(expected.values()) >= {"SILVER", "GOLD", "PLATINUM", UNKNOWN, None}


def test_koin_entries_have_the_members_tier_at_their_date(
    built_sample: Connection,
    truth: dict[str, pd.DataFrame],
    tiers: TierHistory,
    calendar: ReportCalendar,
) -> None:
    koin = truth["cohesive.tbl_koin"]
    expected = {
        key: tiers.at(member, entry_ts.date())
        for key, member, entry_ts in zip(
            koin["koin_id"], koin["cust_id"], koin["entry_ts"], strict=True
        )
        if entry_ts.date() <= calendar.as_of_date
    }
    found = dict(
        built_sample.execute("select koin_id, tier_code from core.fct_koin_entries").fetchall()
    )
    wrong = sorted(key for key in expected | found if expected.get(key) != found.get(key))
    shown = [f"{key}: {found.get(key)}, reference {expected.get(key)}" for key in wrong[:SHOWN]]
    assert not wrong, f"core.fct_koin_entries.tier_code, {len(wrong)} entries: {shown}"


def test_receipts_are_all_there_with_week_and_business_unit(
    built_sample: Connection, truth: dict[str, pd.DataFrame]
) -> None:
    receipts = truth["cohesive.tbl_receipt"]
    known = set(known_business_units(ROOT))
    expected = {
        (
            row.receive_main_id,
            row.trx_ts.date(),
            week_start_of(row.trx_ts.date()),
            row.bu_code if row.bu_code in known else UNKNOWN,
            row.sales,
            row.receipt_status,
            row.trx_ts.date() < GO_LIVE,
        )
        for row in receipts.itertuples(index=False)
    }
    found = built_sample.execute(
        "select receive_main_id, business_date, week_start, bu_code, sales, receipt_status,"
        " is_pre_cohesive from core.fct_receipts"
    ).fetchall()
    assert sorted(expected ^ set(found))[:SHOWN] == []
    assert len(found) == len(receipts)


def test_as_of_date_is_the_last_receipt_date(
    built_sample: Connection, calendar: ReportCalendar, last_loaded_day: date
) -> None:
    [(as_of, first_receipt, last_loaded)] = built_sample.execute(
        "select as_of_date, first_receipt_date, cast(last_loaded_at as date)"
        " from intermediate.int_run__as_of"
    ).fetchall()
    assert as_of == calendar.as_of_date
    assert first_receipt == calendar.first_day
    assert last_loaded == last_loaded_day


def test_weeks_are_a_spine_without_gap(built_sample: Connection, calendar: ReportCalendar) -> None:
    found = built_sample.execute(
        "select week_start, week_end, iso_year, iso_week, week_number, last_known_date,"
        " is_complete_week from core.dim_weeks order by week_start"
    ).fetchall()
    expected = [
        (
            monday,
            monday + timedelta(days=6),
            monday.isocalendar().year,
            monday.isocalendar().week,
            number,
            min(monday + timedelta(days=6), calendar.as_of_date),
            calendar.is_complete(monday),
        )
        for number, monday in enumerate(calendar.weeks, start=1)
    ]
    assert found == expected


def test_every_day_belongs_to_the_week_of_its_monday(built_sample: Connection) -> None:
    found = built_sample.execute(
        "select date_day, week_start, week_end, day_of_week from core.dim_dates"
    ).fetchall()
    wrong = [
        day
        for day, week_start, week_end, number in found
        if week_start != week_start_of(day)
        or week_end != week_start + timedelta(days=6)
        or number != day.isoweekday()
    ]
    assert wrong == []
    assert len(found) == (max(found)[0] - min(found)[0]).days + 1


def test_every_raw_row_is_kept_superseded_or_rejected(
    built_sample: Connection, sample: Path, truth: dict[str, pd.DataFrame]
) -> None:
    rejected: Counter[str] = Counter()
    with (sample / "truth" / "dirt.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["outcome"] == "quarantined" and row["reason"] != "pre_cohesive":
                rejected[row["table"]] += int(row["row_count"])
    expected = {}
    for name, contract in source_contract().items():
        path = sample / contract.schema / contract.name
        path = path if path.is_dir() else path.with_suffix(".parquet")
        delivered = ds.dataset(path).count_rows()
        kept = len(truth[name])
        superseded = delivered - kept - rejected[name]
        assert superseded >= 0, name
        expected[contract.name] = (delivered, kept, superseded, rejected[name])
    found = built_sample.execute(
        "select table_name, delivered_rows, kept_rows, superseded_rows, rejected_rows"
        " from intermediate.int_quality__row_counts"
    ).fetchall()
    assert {table: tuple(counts) for table, *counts in found} == expected
    shown = built_sample.execute(
        "select table_name, outcome, sum(row_count) from quality.data_quality"
        " where outcome in ('delivered', 'kept', 'superseded', 'rejected')"
        " group by table_name, outcome"
    ).fetchall()
    by_outcome = {(table, outcome): rows for table, outcome, rows in shown}
    outcomes = ("delivered", "kept", "superseded", "rejected")
    assert {
        table: tuple(int(by_outcome.get((table, outcome), 0)) for outcome in outcomes)
        for table in expected
    } == expected


class TestReferenceRules:
    """The rules that the references share, by hand: spec 2.1 - 2.3."""

    @pytest.mark.parametrize(
        ("numerator", "denominator", "expected"),
        [
            (1, 3, "0.333333"),
            (2, 3, "0.666667"),
            (1, 2_000_000, "0.000001"),
            (-1, 2_000_000, "-0.000001"),
            (1, 2_000_001, "0.000000"),
            (Decimal("0.01"), 7, "0.001429"),
            (0, 5, "0"),
            (5, 0, None),
            (0, 0, None),
            (None, 5, None),
            (5, None, None),
        ],
    )
    def test_a_ratio_has_six_digits_half_away_from_zero(
        self, numerator: Decimal | int | None, denominator: int | None, expected: str | None
    ) -> None:
        assert safe_divide(numerator, denominator) == (expected and Decimal(expected))

    @pytest.mark.parametrize(
        ("value", "previous", "wow", "status"),
        [
            (150, 100, "0.5", "ok"),
            (-50, 100, "-1.5", "ok"),
            (0, 100, "-1", "stopped"),
            (100, 0, None, "new"),
            (-100, 0, None, "new"),
            (0, 0, None, "flat_zero"),
            (100, -50, None, "not_meaningful"),
            (100, None, None, "not_meaningful"),
            (None, 100, None, "not_meaningful"),
            (None, None, None, "not_meaningful"),
        ],
    )
    def test_week_over_week(
        self, value: int | None, previous: int | None, wow: str | None, status: str
    ) -> None:
        change = week_over_week(value, previous, has_previous_week=True, both_complete=True)
        assert change == (wow and Decimal(wow), status)

    def test_an_incomplete_week_comes_before_the_first(self) -> None:
        assert week_over_week(1, None, has_previous_week=False, both_complete=True) == (
            None,
            "first_week",
        )
        assert week_over_week(1, None, has_previous_week=False, both_complete=False) == (
            None,
            "incomplete",
        )

    def test_weeks_begin_on_monday_and_are_complete_when_all_days_are_known(self) -> None:
        calendar = ReportCalendar(date(2023, 10, 17), date(2023, 11, 5))
        assert calendar.weeks == [date(2023, 10, 16), date(2023, 10, 23), date(2023, 10, 30)]
        assert [calendar.is_complete(week) for week in calendar.weeks] == [False, True, True]
        assert week_start_of(date(2024, 1, 7)) == date(2024, 1, 1)
        assert week_start_of(date(2024, 1, 8)) == date(2024, 1, 8)

    def test_the_as_of_date_looks_at_nothing_after_the_last_load(self) -> None:
        days = [date(2023, 10, 17), date(2023, 10, 19)]
        assert as_of_date(days) == date(2023, 10, 19)
        assert as_of_date(days, date(2023, 10, 18)) == date(2023, 10, 17)

    def test_tier_at_a_date(self) -> None:
        tiers = TierHistory(
            periods={
                "M1": [
                    (date(2024, 3, 1), date(2024, 6, 1), "GOLD"),
                    (date(2024, 1, 1), date(2024, 9, 1), "SILVER"),
                ]
            },
            current={"M1": "PLATINUM", "M2": "GOLD"},
        )
        found = [
            tiers.at("M1", day)
            for day in (
                date(2023, 12, 31),
                date(2024, 1, 1),
                date(2024, 3, 1),
                date(2024, 5, 31),
                date(2024, 6, 1),
                date(2024, 9, 1),
            )
        ]
        assert found == ["PLATINUM", "SILVER", "GOLD", "GOLD", "SILVER", "PLATINUM"]
        assert tiers.at("M2", date(2020, 1, 1)) == "GOLD"
        assert tiers.at("M3", date(2024, 1, 1)) == UNKNOWN
        assert tiers.at(None, date(2024, 1, 1)) == UNKNOWN
