"""Every query in analyses/ runs on the marts of the sample and finds what it should.

An analysis without a row in EXPECTED fails: whoever adds one says what it finds on the sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from engines import ROOT, dbt_environment, run_dbt

ANALYSES = sorted(path.name for path in (ROOT / "analyses").glob("*.sql"))


@dataclass(frozen=True)
class Expected:
    """How many rows an analysis gives on the sample, and one fact: cells of the row that `where`
    names, or of the only row."""

    rows: int
    fact: Mapping[str, object]
    where: Mapping[str, object]


EXPECTED: dict[str, Expected] = {
    "ataru_koin_by_tier.sql": Expected(4, {"member_count": 512}, {"tier_code": "GOLD"}),
    "azko_frequent_seasonal_high_value.sql": Expected(
        8, {"member_count": 1531}, {"member_label": "FREQUENT"}
    ),
    "azko_opening_bukittinggi.sql": Expected(
        21, {"member_count": 105, "net_sales": Decimal(94_074_650)}, {"origin_site_code": "ALL"}
    ),
    "azko_store_closure_lp_bintaro.sql": Expected(
        24,
        {"member_azko": 160, "member_return": 64, "pct_member_return": Decimal("0.4")},
        {"store_code": "ALL"},
    ),
    "pendopo_buyers_by_store.sql": Expected(
        277,
        {"offline_transaction_count_l1y": 16, "is_preferred_site": True},
        {"site_code": "P301", "cust_id": "0000102684"},
    ),
    "pendopo_crafts_buyers.sql": Expected(
        525, {"transaction_count": 19, "sales": Decimal(22_247_700)}, {"cust_id": "0000101019"}
    ),
    "toys_girl_playset_skus.sql": Expected(21, {"is_active": True}, {"sku": "TK014034"}),
    "toys_payment_methods.sql": Expected(
        44,
        {"transaction_count": 297, "amount": Decimal(186_630_700)},
        {"payment_partner": "ALL", "payment_method": "ALL"},
    ),
    "toys_product_recap_for_finance.sql": Expected(
        83, {"net_sales": Decimal(18_058_600)}, {"sku": "TK014069"}
    ),
    "toys_store_recap_for_finance.sql": Expected(
        8, {"net_sales": Decimal(61_330_500), "return_count": 1}, {"site_code": "T101"}
    ),
    "ataru_ocbc_result.sql": Expected(
        1, {"delivered_member_count": 252, "issued_count": 257, "redeemed_count": 45}, {}
    ),
    "azko_festival_koin_evaluation.sql": Expected(
        3, {"promo_transaction_count": 1201, "promo_member_count": 648}, {"member_group": "all"}
    ),
    "azko_pay_with_koin_by_tier.sql": Expected(
        5, {"transaction_count": 63, "koin_redeemed": 1_424_545}, {"tier_code": "ALL"}
    ),
    "partner_voucher_codes.sql": Expected(
        7,
        {"validity": "redeemed", "times_listed": 2, "face_value": Decimal(100_000)},
        {"voucher_code": "AT-OCBC25-0000000228"},
    ),
    "pendopo_campaign_products.sql": Expected(
        15, {"sku": "PD022020", "net_sales": Decimal(1_049_800)}, {"sales_rank": 1}
    ),
    "retarget_after_festival_koin.sql": Expected(
        733, {"opened_message_count": 2, "has_clicked": True}, {"cust_id": "0000100554"}
    ),
    "toys_kingdom_birthday_vouchers.sql": Expected(
        3, {"transaction_count": 151, "net_sales": Decimal(96_623_200)}, {"buyer": "member"}
    ),
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled analyses; their database has the name of the built sample's."""
    folder = tmp_path_factory.mktemp("analyses")
    env = dbt_environment(folder)
    done = run_dbt("compile", "--select", "resource_type:analysis", target="duckdb", env=env)
    assert done.returncode == 0, done.stdout
    return folder / "target" / "compiled" / "koin_loyalty" / "analyses"


def test_every_analysis_has_its_expectation() -> None:
    assert sorted(EXPECTED) == ANALYSES


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_says_who_asks_and_why(name: str) -> None:
    assert (ROOT / "analyses" / name).read_text(encoding="utf-8").startswith("-- Asked by ")


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_finds_what_it_should(
    name: str, compiled: Path, built_sample: duckdb.DuckDBPyConnection
) -> None:
    result = built_sample.execute((compiled / name).read_text(encoding="utf-8"))
    columns = [column[0] for column in result.description]
    rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    expected = EXPECTED[name]
    assert len(rows) == expected.rows
    [row] = [row for row in rows if expected.where.items() <= row.items()]
    assert {column: row[column] for column in expected.fact} == expected.fact
