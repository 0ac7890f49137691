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


#: Queries as they are written by hand in a hurry; each gives a wrong figure.
VOUCHERS_TIMES_LINES = """
    select sum(receipts.sales)
    from core.fct_vouchers as vouchers
    inner join core.fct_receipts as receipts
        on vouchers.redeemed_receive_main_id = receipts.receive_main_id
    inner join core.fct_receipt_lines as lines using (receive_main_id)
    where vouchers.program_code = 'TK-BDAY'
"""
OPENS_COUNTED = """
    select count(*) from core.fct_message_events
    where campaign_code = 'AZ-FESKOIN25' and event_type = 'opened'
"""
LINES_OF_A_CATEGORY_CAMPAIGN = """
    select count(*)
    from core.fct_receipt_lines as lines
    inner join core.dim_products as products using (sku)
    inner join reference.campaign_scope as scope on products.category = scope.scope_value
    inner join reference.campaigns as campaigns using (campaign_code)
    where
        campaigns.campaign_code = 'TK-NATAL24'
        and lines.bu_code = campaigns.bu_code
        and lines.business_date between campaigns.promo_starts_on and campaigns.promo_ends_on
        and lines.receipt_status = 'completed'
"""


class TestFanOut:
    """The wrong figure of a hasty query beside the right one of the mart, on the sample."""

    def one(self, connection: Connection, query: str) -> object:
        [(value,)] = connection.execute(query).fetchall()
        return value

    def test_a_voucher_on_a_receipt_with_many_products(self, built_sample: Connection) -> None:
        right = self.one(
            built_sample,
            "select net_sales from form_requests.voucher_program_performance"
            " where program_code = 'TK-BDAY' and bu_code = 'ALL'",
        )
        once = self.one(
            built_sample,
            "select sum(sales) from core.fct_receipts where coalesce(original_receive_main_id,"
            " receive_main_id) in (select redeemed_receive_main_id from core.fct_vouchers"
            " where program_code = 'TK-BDAY')",
        )
        assert right == once
        assert self.one(built_sample, VOUCHERS_TIMES_LINES) > 2 * right

    def test_a_member_who_opened_twice(self, built_sample: Connection) -> None:
        right = self.one(
            built_sample,
            "select opener_count from form_requests.campaign_messages"
            " where campaign_code = 'AZ-FESKOIN25'",
        )
        once = self.one(
            built_sample,
            "select count(distinct recipient_id) from core.fct_message_events"
            " where campaign_code = 'AZ-FESKOIN25' and is_human_engagement",
        )
        assert right == once
        assert self.one(built_sample, OPENS_COUNTED) > 1.5 * right

    def test_a_receipt_with_several_lines_in_scope(self, built_sample: Connection) -> None:
        right = self.one(
            built_sample,
            "select promo_transaction_count from form_requests.campaign_evaluation"
            " where campaign_code = 'TK-NATAL24' and member_group = 'all'",
        )
        assert self.one(built_sample, LINES_OF_A_CATEGORY_CAMPAIGN) > right

    def test_a_receipt_in_two_campaigns_counts_once_in_each(self, built_sample: Connection) -> None:
        twice, once = built_sample.execute(
            "select count(*), count(distinct receive_main_id) from"
            " intermediate.int_campaigns__receipts where period = 'promo'"
        ).fetchone()
        assert twice > once
        of_marts = self.one(
            built_sample,
            "select sum(promo_transaction_count) from form_requests.campaign_evaluation"
            " where member_group = 'all'",
        )
        assert of_marts == self.one(
            built_sample,
            "select count(*) from intermediate.int_campaigns__receipts"
            " where period = 'promo' and is_transaction",
        )
