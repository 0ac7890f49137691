"""The form requests on campaigns and vouchers: equal to their references cell by cell."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from reference_marts import assert_no_differences, cell_differences, read_truth
from reference_marts.form_campaigns import KEYS, FormCampaigns

ROOT = Path(__file__).parents[2]
Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def expected(sample: Path) -> dict[str, pd.DataFrame]:
    """The references on the sample's truth."""
    reference = FormCampaigns(read_truth(sample), ROOT)
    return {mart: getattr(reference, mart)() for mart in KEYS}


@pytest.mark.parametrize("mart", KEYS)
def test_equals_the_reference(
    mart: str, built_sample: Connection, expected: dict[str, pd.DataFrame]
) -> None:
    rows = built_sample.execute(f"select * from form_requests.{mart}")
    columns = [column[0] for column in rows.description]
    assert_no_differences(
        cell_differences(mart, columns, KEYS[mart], rows.fetchall(), expected[mart])
    )
