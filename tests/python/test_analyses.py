"""Every query in analyses/ runs on the marts of the sample and finds what it should.

An analysis without a row in EXPECTED fails: whoever adds one says what it finds on the sample. What
the sample does not have is planted: a query runs on the sample with one mart put in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        525, {"transaction_count": 19, "net_sales": Decimal(22_247_700)}, {"cust_id": "0000101019"}
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


Rows = list[dict[str, object]]


@pytest.fixture
def changed_sample(compiled: Path, built_sample_file: Path) -> Callable[[str, str, str], Rows]:
    """Runs an analysis on the sample with one mart as a query of the sample's (`built`) says."""

    def find(name: str, mart: str, query: str) -> Rows:
        sql = (compiled / name).read_text(encoding="utf-8")
        with duckdb.connect() as db:
            db.execute(f"attach '{built_sample_file}' as built (read_only)")
            db.execute(f"attach ':memory:' as {built_sample_file.stem}")
            db.execute(f"use {built_sample_file.stem}")
            tables = db.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
                " where database_name = 'built'"
            ).fetchall()
            for (table,) in tables:
                if table in sql.replace('"', ""):
                    db.execute(f"create schema if not exists {table.partition('.')[0]}")
                    db.execute(
                        f"create table {table} as "
                        + (query if table == mart else f"from built.{table}")
                    )
            result = db.execute(sql)
            columns = [column[0] for column in result.description]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    return find


CRAFTS_BUYER = "0000101019"


def test_crafts_buyers_pay_less_what_they_brought_back(
    changed_sample: Callable[[str, str, str], Rows],
) -> None:
    """Once all receipts of the best buyer are returns, nobody asks about that member; one line
    brought back lowers the sales and no count."""
    name, mart = "pendopo_crafts_buyers.sql", "core.fct_receipt_lines"
    as_it_is = {row["cust_id"]: row for row in changed_sample(name, mart, f"from built.{mart}")}
    returned = f"""
        select * replace (
            case when cust_id = '{CRAFTS_BUYER}' and bu_code = 'PENDOPO' then 'return'
                else receipt_status end as receipt_status
        ) from built.{mart}
    """
    assert CRAFTS_BUYER in as_it_is
    assert CRAFTS_BUYER not in {row["cust_id"] for row in changed_sample(name, mart, returned)}
    one_back = f"""
        with line as (
            select lines.* from built.{mart} as lines
            inner join built.form_requests.product_list as products
                on lines.sku = products.sku
            where lines.cust_id = '{CRAFTS_BUYER}' and lines.bu_code = 'PENDOPO'
                and lines.receipt_status = 'completed' and products.department = 'Crafts'
            order by lines.business_date desc, lines.receive_main_id, lines.line_no limit 1
        )
        from built.{mart}
        union all by name
        select * replace (
            receive_main_id || 'R' as receive_main_id, 'return' as receipt_status,
            -qty as qty, -net_sales as net_sales
        ) from line
    """
    before = as_it_is[CRAFTS_BUYER]
    after = {row["cust_id"]: row for row in changed_sample(name, mart, one_back)}[CRAFTS_BUYER]
    assert after["net_sales"] < before["net_sales"]
    assert after["qty"] < before["qty"]
    for column in ("transaction_count", "last_bought_on"):
        assert after[column] == before[column]


@pytest.mark.parametrize(
    ("name", "column"),
    [("pendopo_crafts_buyers.sql", "department"), ("toys_girl_playset_skus.sql", "category")],
)
def test_names_are_compared_in_any_case(
    name: str, column: str, changed_sample: Callable[[str, str, str], Rows]
) -> None:
    mart = "form_requests.product_list"
    shouted = f"select * replace (upper({column}) as {column}) from built.{mart}"
    found = changed_sample(name, mart, shouted)
    assert len(found) == EXPECTED[name].rows


@pytest.mark.parametrize(
    ("issued", "redeemed", "expires", "validity"),
    [
        ("2025-05-05", "2025-05-04", "2025-06-01", "redeemed outside validity"),
        ("2025-05-05", "2025-05-05", "2025-05-05", "redeemed"),
        ("2025-05-05", "2025-05-06", "2025-05-05", "redeemed outside validity"),
    ],
)
def test_voucher_codes_are_judged_as_programmes_are(
    issued: str,
    redeemed: str,
    expires: str,
    validity: str,
    changed_sample: Callable[[str, str, str], Rows],
) -> None:
    mart = "core.fct_vouchers"
    query = f"""
        select * replace (
            date '{issued}' as issued_date, date '{redeemed}' as redeemed_date,
            date '{expires}' as expires_on, true as is_redeemed, false as is_usable,
            date '{redeemed}' > date '{expires}' as is_redeemed_after_expiry
        ) from built.{mart}
    """
    found = changed_sample("partner_voucher_codes.sql", mart, query)
    assert {row["validity"] for row in found} == {"unknown", validity}


def test_toys_months_are_those_of_toys(changed_sample: Callable[[str, str, str], Rows]) -> None:
    """Toys Kingdom sold nothing in the last complete month: each analysis takes the one before."""
    months = {}
    for name, mart in (
        ("toys_store_recap_for_finance.sql", "form_requests.sales_recap_products"),
        ("toys_product_recap_for_finance.sql", "form_requests.sales_recap_products"),
        ("toys_payment_methods.sql", "form_requests.payment_method_performance"),
    ):
        query = f"""
            from built.{mart}
            where bu_code <> 'TOYS' or month_start < (
                select max(month_start) from built.{mart} where is_complete_month
            )
        """
        months[name] = {row["month_start"] for row in changed_sample(name, mart, query)}
    assert len(set.union(*months.values())) == 1, months
    assert all(months.values())
