"""The Complete Journey in the source contract, and the published totals in the marts built from it.

All but the first tests are opt-in: they run when KOIN_TEST_COMPLETE_JOURNEY is 1 and the optional
extra ``complete-journey`` is installed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from importlib import util
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml
from scratch_project import scratch_project

from koin_loyalty import complete_journey
from koin_loyalty.raw_folder import LISTS_FOLDER
from koin_loyalty.sample.schema import CONTRACT, KEYS

PROJECT_DIR = Path(__file__).parents[2]

PUBLISHED_LINES = 1_469_307
PUBLISHED_HOUSEHOLDS = 2_469
PUBLISHED_BASKETS = 155_848
PUBLISHED_STORES = 457
PUBLISHED_SALES = Decimal("4596039.58")
PUBLISHED_COUPON_DISCOUNT = Decimal("26359.90")
UNKNOWN_SKU_LINES = 4_836
PUBLISHED_CAMPAIGNS = 27
PUBLISHED_CAMPAIGN_HOUSEHOLDS = 6_589
PUBLISHED_REDEMPTIONS = 2_102
#: Rows of the redemptions joined with the coupons' list of products: what the fan-out trap gives.
FANNED_OUT_REDEMPTIONS = 2_169_956

opt_in = pytest.mark.skipif(
    os.environ.get("KOIN_TEST_COMPLETE_JOURNEY") != "1"
    or util.find_spec(complete_journey.PACKAGE) is None,
    reason="opt-in: KOIN_TEST_COMPLETE_JOURNEY=1 and the extra complete-journey",
)


def test_a_missing_package_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complete_journey.util, "find_spec", lambda name: None)
    out = tmp_path / "raw"
    with pytest.raises(complete_journey.CompleteJourneyMissingError) as caught:
        complete_journey.write_raw(out)
    assert "optional extra complete-journey" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not out.exists()


def test_a_package_without_its_data_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / complete_journey.PACKAGE).mkdir()
    (tmp_path / complete_journey.PACKAGE / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(complete_journey.CompleteJourneyMissingError, match=r"lacks .*transactions"):
        complete_journey.write_raw(tmp_path / "raw")


@pytest.fixture(scope="module")
def raw_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("complete_journey") / "raw"
    complete_journey.write_raw(out)
    return out


@pytest.fixture(scope="module")
def raw(raw_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for table in CONTRACT:
            schema, name = table.split(".")
            path = raw_dir / schema / f"{name}.parquet"
            connection.from_parquet(str(path)).create_view(name)
        yield connection


@pytest.fixture(scope="module")
def built(
    raw_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    lists = sorted((raw_dir / LISTS_FOLDER).glob("*.csv"))
    project = scratch_project(
        tmp_path_factory.mktemp("complete_journey_build"),
        {path.stem: path.read_text(encoding="utf-8").splitlines() for path in lists},
    )
    shutil.copytree(
        PROJECT_DIR / "tests",
        project.folder / "tests",
        ignore=shutil.ignore_patterns("python"),
        dirs_exist_ok=True,
    )
    variables = (raw_dir / complete_journey.VARS_FILE).read_text(encoding="utf-8")
    result = project.dbt(raw_dir, "build", "--vars", variables)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
    with duckdb.connect(str(project.database)) as connection:
        yield connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def dollars(rupiah: object) -> Decimal:
    return Decimal(str(rupiah)) / complete_journey.RUPIAH_PER_DOLLAR


@opt_in
def test_raw_tables_have_the_types_and_keys_of_the_contract(
    raw_dir: Path, raw: duckdb.DuckDBPyConnection
) -> None:
    for table, schema in CONTRACT.items():
        folder, name = table.split(".")
        assert pq.read_schema(raw_dir / folder / f"{name}.parquet") == schema, table
        key = ", ".join(KEYS[table])
        rows, keys = one(raw, f"select count(*), count(distinct ({key})) from {name}")
        assert rows == keys, table


@opt_in
def test_raw_tables_have_the_published_totals(raw: duckdb.DuckDBPyConnection) -> None:
    assert one(raw, "select count(*) from tbl_receipt_line") == (PUBLISHED_LINES,)
    assert one(raw, "select count(*) from tbl_member") == (PUBLISHED_HOUSEHOLDS,)
    assert one(raw, "select count(*) from tbl_receipt") == (PUBLISHED_BASKETS,)
    assert one(raw, "select count(*) from tbl_site") == (PUBLISHED_STORES,)
    for table, column in (("tbl_receipt", "sales"), ("tbl_receipt_line", "net_sales")):
        (sales,) = one(raw, f"select sum({column}) from {table}")
        assert dollars(sales) == PUBLISHED_SALES
    (coupon,) = one(raw, "select sum(koin) from tbl_koin where koin_id like '%-COUPON'")
    assert dollars(coupon) == PUBLISHED_COUPON_DISCOUNT


@opt_in
def test_lines_tenders_and_ledger_agree_on_every_receipt(raw: duckdb.DuckDBPyConnection) -> None:
    query = """
        with lines as (
            select receive_main_id, sum(net_sales) as sales, sum(koin_used) as koin
            from tbl_receipt_line
            group by receive_main_id
        ),
        tenders as (
            select
                receive_main_id,
                sum(amount) as sales,
                sum(case when payment_method = 'KOIN' then amount else 0 end) as koin
            from tbl_receipt_payment
            group by receive_main_id
        ),
        ledger as (
            select main_receive_payment_id as receive_main_id, sum(koin) as koin
            from tbl_koin
            where entry_type = 'redeem'
            group by main_receive_payment_id
        )
        select count(*)
        from tbl_receipt as receipts
        left join lines using (receive_main_id)
        left join tenders using (receive_main_id)
        left join ledger using (receive_main_id)
        where
            lines.sales is distinct from receipts.sales
            or tenders.sales is distinct from receipts.sales
            or lines.koin is distinct from tenders.koin
            or lines.koin is distinct from coalesce(ledger.koin, 0)
    """
    assert one(raw, query) == (0,)
    assert one(
        raw, "select count(*) from tbl_receipt_line where gross_sales - discount <> net_sales"
    ) == (0,)


@opt_in
def test_business_time_gives_the_published_weeks(raw: duckdb.DuckDBPyConnection) -> None:
    published = complete_journey.source_files()["transactions"]
    mismatches = raw.execute(
        """
        select count(*)
        from read_parquet($path) as published
        inner join tbl_receipt as receipts
            on cast(published.basket_id as varchar) = receipts.receive_main_id
        where
            date '2016-12-26' + 7 * cast(published.week - 1 as integer)
            <> cast(date_trunc('week', receipts.trx_ts) as date)
        """,
        {"path": str(published)},
    ).fetchone()
    assert mismatches == (0,)


@opt_in
def test_the_same_package_gives_the_same_bytes_and_replaces_an_earlier_sample(
    raw_dir: Path, tmp_path: Path
) -> None:
    stale = [
        tmp_path / "cohesive" / "tbl_receipt.csv",
        tmp_path / "cohesive" / "tbl_koin" / "part-0.parquet",
        tmp_path / "truth" / "planted.json",
    ]
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    summary = complete_journey.write_raw(tmp_path)
    assert not any(path.exists() for path in stale)
    assert summary.rows["cohesive.tbl_receipt_line"] == PUBLISHED_LINES
    for path in sorted(raw_dir.rglob("*.*")):
        assert (tmp_path / path.relative_to(raw_dir)).read_bytes() == path.read_bytes()


@opt_in
def test_the_variables_file_sets_the_go_live_date_as_text(raw_dir: Path) -> None:
    text = (raw_dir / complete_journey.VARS_FILE).read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {"cohesive_go_live_date": "2017-01-01"}


@opt_in
@pytest.mark.timeout(900)
def test_marts_reproduce_the_published_totals(built: duckdb.DuckDBPyConnection) -> None:
    lines, line_sales = one(built, "select count(*), sum(net_sales) from core.fct_receipt_lines")
    assert (lines, dollars(line_sales)) == (PUBLISHED_LINES, PUBLISHED_SALES)
    receipts, households, stores, sales = one(
        built,
        """
        select
            count(distinct receive_main_id),
            count(distinct cust_id),
            count(distinct site_code),
            sum(sales)
        from core.fct_receipts
        where is_transaction and not is_pre_cohesive
        """,
    )
    assert (receipts, households, stores) == (
        PUBLISHED_BASKETS,
        PUBLISHED_HOUSEHOLDS,
        PUBLISHED_STORES,
    )
    assert dollars(sales) == PUBLISHED_SALES
    (coupon,) = one(
        built, "select sum(koin) from core.fct_koin_entries where koin_id like '%-COUPON'"
    )
    assert dollars(coupon) == PUBLISHED_COUPON_DISCOUNT


@opt_in
@pytest.mark.timeout(900)
def test_no_row_is_rejected_and_unknown_products_are_counted(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert one(built, "select count(*) from staging.stg_rejected_rows") == (0,)
    unknown = built.execute(
        """
        select row_count
        from quality.data_quality
        where table_name = 'tbl_receipt_line' and reason = 'unknown_sku'
        """
    ).fetchall()
    assert unknown == [(UNKNOWN_SKU_LINES,)]


@opt_in
@pytest.mark.timeout(900)
def test_the_weekly_report_covers_the_year(built: duckdb.DuckDBPyConnection) -> None:
    weeks, first, last = one(
        built,
        """
        select
            count(distinct week_start),
            cast(min(week_start) as varchar),
            cast(max(week_start) as varchar)
        from weekly_reports.weekly_pay_with_koin
        where bu_code = 'AZKO'
        """,
    )
    assert (weeks, first, last) == (53, "2016-12-26", "2017-12-25")


@opt_in
@pytest.mark.timeout(900)
def test_propensity_reports_its_auc_beside_the_baseline(built: duckdb.DuckDBPyConnection) -> None:
    categories, auc, baseline_auc = one(
        built,
        """
        select count(*), avg(auc), avg(baseline_auc)
        from segments.category_propensity_quality
        where status = 'scored' and decile = 'ALL'
        """,
    )
    assert categories
    assert 0.5 < baseline_auc < auc < 1


@opt_in
@pytest.mark.timeout(900)
def test_redemptions_are_not_multiplied_by_the_products_of_their_coupons(
    built: duckdb.DuckDBPyConnection,
) -> None:
    files = complete_journey.source_files()
    [(fanned_out,)] = built.execute(
        "select count(*) from read_parquet($redemptions) as redemptions"
        " inner join read_parquet($coupons) as coupons using (coupon_upc, campaign_id)",
        {
            "redemptions": str(files["coupon_redemptions"]),
            "coupons": str(files["coupons"]),
        },
    ).fetchall()
    assert fanned_out == FANNED_OUT_REDEMPTIONS
    programs, redeemed, issued, transactions, known = one(
        built,
        """
        select
            count(*),
            sum(redeemed_count),
            sum(issued_count),
            sum(transaction_count),
            bool_and(is_known_program)
        from form_requests.voucher_program_performance
        where bu_code = 'ALL'
        """,
    )
    assert (programs, redeemed, known) == (PUBLISHED_CAMPAIGNS, PUBLISHED_REDEMPTIONS, True)
    assert (issued,) == one(built, "select count(*) from core.fct_vouchers")
    assert 0 < transactions < PUBLISHED_REDEMPTIONS


@opt_in
@pytest.mark.timeout(900)
def test_campaigns_are_evaluated(built: duckdb.DuckDBPyConnection) -> None:
    rows, campaigns, running, sales = one(
        built,
        """
        select
            count(*),
            count(distinct campaign_code),
            count(distinct case when promo_status = 'running' then campaign_code end),
            sum(case when member_group = 'target' then promo_net_sales end)
        from form_requests.campaign_evaluation
        """,
    )
    assert (rows, campaigns, running) == (4 * PUBLISHED_CAMPAIGNS, PUBLISHED_CAMPAIGNS, 5)
    assert sales > 0
    assert one(
        built, "select sum(sent_count), sum(recipient_count) from form_requests.campaign_messages"
    ) == (PUBLISHED_CAMPAIGN_HOUSEHOLDS, PUBLISHED_CAMPAIGN_HOUSEHOLDS)
    assert one(
        built,
        "select count(*) from form_requests.campaign_messages"
        " where conversion_rate is null or conversion_rate not between 0 and 1",
    ) == (0,)
    assert one(built, "select distinct evidence from form_requests.campaign_uplift") == (
        "descriptive",
    )


@opt_in
@pytest.mark.timeout(900)
def test_receipts_of_overlapping_campaigns_count_once_in_each(
    built: duckdb.DuckDBPyConnection,
) -> None:
    """Every receipt of a campaign's coupons, anew from lines: most lie in several campaigns."""
    differences = built.execute(
        """
        with expected as (
            select
                campaigns.campaign_code,
                count(distinct lines.receive_main_id) as transaction_count,
                count(distinct lines.cust_id) as member_count,
                sum(lines.net_sales) as net_sales
            from reference.campaigns as campaigns
            inner join reference.campaign_scope as scope using (campaign_code)
            inner join core.fct_receipt_lines as lines
                on scope.scope_value = lines.sku
                and lines.business_date
                between campaigns.promo_starts_on and campaigns.promo_ends_on
            where not lines.is_pre_cohesive
            group by campaigns.campaign_code
        )
        select campaign_code
        from expected
        full outer join form_requests.campaign_evaluation as found using (campaign_code)
        where
            found.member_group = 'all'
            and (
                expected.transaction_count is distinct from found.promo_transaction_count
                or expected.member_count is distinct from found.promo_member_count
                or expected.net_sales is distinct from found.promo_net_sales
            )
        """
    ).fetchall()
    assert differences == []
    assert one(
        built,
        """
        select count(*) > count(distinct receive_main_id)
        from intermediate.int_campaigns__receipts
        """,
    ) == (True,)
