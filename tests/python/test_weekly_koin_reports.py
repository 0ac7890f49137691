"""The koin reports of the sample, cell by cell against plain loops over its clean truth."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from reference_marts import (
    assert_no_differences,
    cell_differences,
    read_seed,
    read_truth,
    tier_aliases,
)
from reference_marts.koin_reports import COLUMNS, KEYS, KoinReports

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reports(sample: Path) -> KoinReports:
    """The reports of the sample's clean truth."""
    business_units = {
        row["bu_code"]: row["is_in_koin_in_out"] == "true"
        for row in read_seed(ROOT, "business_units")
    }
    return KoinReports(read_truth(sample), business_units, tier_aliases(ROOT))


@pytest.mark.parametrize("mart", COLUMNS)
def test_mart_equals_reference(
    mart: str, built_sample: duckdb.DuckDBPyConnection, reports: KoinReports
) -> None:
    """Every row, column and cell."""
    columns = ", ".join(COLUMNS[mart])
    actual = built_sample.execute(f"select {columns} from weekly_reports.{mart}").fetchall()
    expected = getattr(reports, mart)()
    assert len(expected) > 0
    assert_no_differences(cell_differences(mart, COLUMNS[mart], KEYS[mart], actual, expected))


def test_mart_has_no_other_columns(built_sample: duckdb.DuckDBPyConnection) -> None:
    """The marts have the specified columns and no more."""
    for mart, columns in COLUMNS.items():
        found = built_sample.execute(f"select * from weekly_reports.{mart} limit 0").description
        assert tuple(column[0] for column in found) == columns, mart
