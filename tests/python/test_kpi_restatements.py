"""Published figures: restated by late and corrected data, by nothing else, and never forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from raw_writer import write_raw
from scratch_project import ScratchProject, scratch_project

WEEK_1, WEEK_2, WEEK_3 = date(2023, 10, 16), date(2023, 10, 23), date(2023, 10, 30)
FIRST_LOAD = datetime(2023, 11, 6, 2)
SECOND_LOAD = datetime(2023, 11, 20, 2)
Row = dict[str, Any]
Key = tuple[Any, ...]


def sale(key: str, cust_id: str | None, day: str, sales: int, **more: Any) -> Row:
    """A completed receipt at AZKO."""
    return {"receive_main_id": key, "cust_id": cust_id, "trx_ts": day, "sales": sales, **more}


def line(receipt: str, sku: str, sales: int, day: str, **more: Any) -> Row:
    """The first line of the first version of a receipt."""
    of = {"receive_main_id": receipt, "sku": sku, "net_sales": sales}
    return {**of, "receipt_updated_at": f"{day} 10:01", **more}


def redeem(receipt: str, day: str, koin: int, **more: Any) -> Row:
    """A redemption of M1 in the ledger."""
    return {"main_receive_payment_id": receipt, "entry_ts": day, "koin": koin, **more}


FIRST: dict[str, list[Row]] = {
    "tbl_member": [{"cust_id": "M1"}, {"cust_id": "M2"}],
    "tbl_product": [{"sku": "S001"}, {"sku": "S002"}],
    "tbl_receipt": [
        sale("R0", None, "2023-10-16", 1_000),
        sale("R1", "M1", "2023-10-17", 100_000),
        sale("R2", "M1", "2023-10-24", 60_000),
        sale("R3", "M2", "2023-10-25", 30_000),
        # The running week.
        sale("R4", "M1", "2023-11-02", 40_000, _loaded_at=FIRST_LOAD),
    ],
    "tbl_receipt_line": [
        line("R1", "S001", 100_000, "2023-10-17"),
        line("R2", "S001", 60_000, "2023-10-24"),
        line("R3", "S002", 30_000, "2023-10-25"),
    ],
    "tbl_koin": [redeem("R1", "2023-10-17", 5_000), redeem("R2", "2023-10-24", 2_000)],
}
#: What comes later: a sale of week 1, a correction of R2, and two more weeks.
SECOND: dict[str, list[Row]] = {
    **FIRST,
    "tbl_receipt": [
        *FIRST["tbl_receipt"],
        sale("L1", "M2", "2023-10-18", 7_000, _loaded_at=SECOND_LOAD),
        sale(
            "R2",
            "M1",
            "2023-10-24",
            50_000,
            updated_at="2023-11-15 09:00",
            _loaded_at=SECOND_LOAD,
        ),
        sale("R5", "M1", "2023-11-12", 20_000, _loaded_at=SECOND_LOAD),
    ],
    "tbl_receipt_line": [
        *FIRST["tbl_receipt_line"],
        line("L1", "S002", 7_000, "2023-10-18", _loaded_at=SECOND_LOAD),
        line(
            "R2",
            "S001",
            50_000,
            "2023-10-24",
            receipt_updated_at="2023-11-15 09:00",
            _loaded_at=SECOND_LOAD,
        ),
    ],
}
#: Rows that come last and say that they are of the first load.
THIRD: dict[str, list[Row]] = {
    **SECOND,
    "tbl_receipt": [
        *SECOND["tbl_receipt"],
        sale("L2", "M2", "2023-10-19", 3_000, _loaded_at=FIRST_LOAD),
    ],
    "tbl_receipt_line": [
        *SECOND["tbl_receipt_line"],
        line("L2", "S002", 3_000, "2023-10-19", _loaded_at=FIRST_LOAD),
    ],
}
LISTS = {
    "members_choice_skus": [
        "period_code,sku,starts_on,ends_on,bu_code,special_price",
        "MC,S001,2023-10-16,2023-10-29,AZKO,50000",
        "MC,S002,2023-10-16,2023-10-29,AZKO,70000",
    ],
    "harga_spesial_koin_skus": [
        "period_code,sku,starts_on,ends_on,bu_code,koin_price,normal_price",
        "HSK,S001,2023-10-16,2023-10-29,AZKO,10000,90000",
    ],
}
MARTS = ("+weekly_kpi_restatements", "weekly_kpi_publications")
KEY = "week_start, bu_code, report, dimension, dimension_value, kpi"


@dataclass
class History:
    """One project built four times, with what stood in it after each build."""

    project: ScratchProject
    second: Path
    figures: list[Mapping[Key, Decimal | None]] = field(default_factory=list)
    versions: list[list[Key]] = field(default_factory=list)
    restatements: list[list[Key]] = field(default_factory=list)

    def build(self, raw: Path, *arguments: str) -> None:
        """Build, and note the figures of complete weeks, the versions and the restatements."""
        self.project.build(raw, "--select", *MARTS, *arguments)
        rows = self.project.rows(
            f"select {KEY}, value from weekly_reports.weekly_kpis where is_complete_week"
        )
        self.figures.append({row[:-1]: row[-1] for row in rows})
        self.versions.append(self.project.rows("select * from state.kpi_versions order by all"))
        self.restatements.append(
            self.project.rows(
                f"select {KEY}, restated_at, published_value, restated_value, difference"
                " from weekly_reports.weekly_kpi_restatements order by all"
            )
        )


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Published; late and corrected rows; the same data again, from nothing; late rows of an old
    load."""
    folder = tmp_path_factory.mktemp("restatements")
    first = write_raw(folder / "first", FIRST)
    second = write_raw(folder / "second", SECOND)
    history = History(scratch_project(folder / "project", LISTS), second)
    history.build(first)
    history.build(second)
    history.build(second, "--full-refresh")
    history.build(write_raw(folder / "third", THIRD))
    return history


def test_complete_weeks_are_published_and_restate_nothing(history: History) -> None:
    assert {key[0] for key in history.figures[0]} == {WEEK_1, WEEK_2}
    assert len(history.versions[0]) == len(history.figures[0]) > 0
    assert {row[-2] for row in history.versions[0]} == {FIRST_LOAD}
    assert history.restatements[0] == []


def test_restatements_name_exactly_the_changed_figures(history: History) -> None:
    before, after = history.figures[:2]
    published = {key for key in before if key[0] in (WEEK_1, WEEK_2)}
    changed = {
        (*key, SECOND_LOAD, before.get(key), after.get(key))
        for key in published | {key for key in after if key[0] in (WEEK_1, WEEK_2)}
        if before.get(key) != after.get(key)
    }
    assert {row[:-1] for row in history.restatements[1]} == changed
    assert len(history.restatements[1]) == len(changed)


def test_restatements_are_those_of_the_late_and_the_corrected_row(history: History) -> None:
    told = {
        (row[0], row[2], row[4], row[5]): (row[7], row[8], row[9])
        for row in history.restatements[1]
    }
    # R2 was paid with koin by M1 (SILVER by default): its sales fall by 10,000 in week 2.
    assert told[WEEK_2, "pay_with_koin", "ALL", "net_sales"] == (60_000, 50_000, -10_000)
    assert told[WEEK_2, "pay_with_koin", "SILVER", "koin_multiplier"] == (30, 25, -5)
    assert told[WEEK_2, "members_choice", "MC", "net_sales"] == (90_000, 80_000, -10_000)
    # L1 is a sale of week 1 to M2, without koin.
    assert told[WEEK_1, "members_choice", "MC", "net_sales"] == (100_000, 107_000, 7_000)
    assert told[WEEK_1, "members_choice", "MC", "member_count"] == (1, 2, 1)
    assert told[WEEK_1, "members_choice", "MC", "qty"] == (1, 2, 1)
    assert (WEEK_1, "pay_with_koin", "ALL", "net_sales") not in told
    assert (WEEK_1, "pay_with_koin", "ALL", "share_of_bu_sales") in told
    assert {report for _, report, _, _ in told} == {"pay_with_koin", "members_choice"}


def test_weeks_that_became_complete_are_published_not_restated(history: History) -> None:
    assert {row[0] for row in history.restatements[1]} == {WEEK_1, WEEK_2}
    later = [row for row in history.versions[1] if row[0] >= WEEK_3]
    assert later
    assert {(row[6], row[7], row[8]) for row in later} == {(1, False, SECOND_LOAD)}


def test_a_week_is_published_once(history: History) -> None:
    """By the first build that knew it whole, whatever was restated since."""
    published = history.project.rows(
        "select week_start, published_at from weekly_reports.weekly_kpi_publications"
        " where bu_code = 'AZKO' order by 1"
    )
    assert published[:3] == [(WEEK_1, FIRST_LOAD), (WEEK_2, FIRST_LOAD), (WEEK_3, SECOND_LOAD)]


def test_a_full_refresh_without_new_data_restates_and_forgets_nothing(history: History) -> None:
    assert history.versions[2] == history.versions[1]
    assert history.restatements[2] == history.restatements[1]


def test_late_rows_of_an_old_load_restate_after_all_others(history: History) -> None:
    before, after = history.figures[2:]
    added = [row for row in history.restatements[3] if row not in history.restatements[2]]
    changed = {
        (*key, SECOND_LOAD + timedelta(seconds=1), before.get(key), after.get(key))
        for key in before | after
        if before.get(key) != after.get(key)
    }
    assert {row[:-1] for row in added} == changed
    assert (WEEK_1, "members_choice", "MC", "net_sales") in {
        (row[0], row[2], row[4], row[5]) for row in added
    }
    assert len(history.restatements[3]) == len(history.restatements[2]) + len(changed)


@pytest.mark.parametrize("argument", ["--empty", "--sample=3 days"])
def test_partial_input_is_refused_before_anything_is_built(history: History, argument: str) -> None:
    done = history.project.dbt(
        history.second, "run", "--select", "kpi_versions", "fct_receipts", argument
    )
    assert done.returncode != 0
    assert "Refused: kpi_versions is state" in done.stdout
    assert (
        history.project.rows("select * from state.kpi_versions order by all")
        == (history.versions[3])
    )
    assert history.project.rows("select count(*) from core.fct_receipts") == [(8,)]
