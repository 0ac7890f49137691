"""Where a hand-written query of the old process goes wrong, the mart is right.

Each test runs the old query and reads the mart on the same deliveries, and holds both figures: the
wrong one, so that the data really show the mistake, and the right one. Every mistake has its own
business unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from raw_writer import write_raw
from scratch_project import ScratchProject, scratch_project

WEEK_1, WEEK_2, WEEK_3 = date(2023, 10, 16), date(2023, 10, 23), date(2023, 10, 30)
Row = dict[str, Any]


def sale(key: str, cust_id: str | None, bu_code: str, day: str, sales: int, **more: Any) -> Row:
    """A completed receipt."""
    of = {"receive_main_id": key, "cust_id": cust_id, "bu_code": bu_code}
    return {**of, "trx_ts": day, "sales": sales, **more}


def redeem(cust_id: str, receipt: str, day: str, koin: int, **more: Any) -> Row:
    """A redemption in the ledger."""
    of = {"cust_id": cust_id, "main_receive_payment_id": receipt}
    return {**of, "entry_ts": day, "koin": koin, **more}


def spend(day: str, koin: int, issuer: str, redeemer: str) -> Row:
    """A redemption by a member without receipts, whose issuer the ledger knows."""
    of = {"cust_id": "M9", "issue_bu_code": issuer, "redeem_bu_code": redeemer}
    return {**of, "entry_ts": day, "koin": koin}


def line(receipt: str, sku: str, sales: int, day: str, **more: Any) -> Row:
    """A line of the first version of a receipt."""
    of = {"receive_main_id": receipt, "sku": sku, "net_sales": sales}
    return {**of, "receipt_updated_at": f"{day} 10:01", **more}


TWICE = sale("I1", "M1", "INFORMA", "2023-10-17", 80_000)
VOIDED = sale("N1", "M1", "NEKA", "2023-10-17", 90_000)

DELIVERED: dict[str, list[Row]] = {
    "tbl_member": [{"cust_id": "M1"}, {"cust_id": "M2", "tier": "GOLD"}],
    "tbl_member_tier": [
        {"cust_id": "M2", "tier": "SILVER", "valid_from": "2023-01-01", "valid_to": "2023-10-18"},
        {"cust_id": "M2", "tier": "GOLD", "valid_from": "2023-10-18", "valid_to": None},
    ],
    "tbl_product": [{"sku": "S001"}, {"sku": "S002", "product_name": "Tidak Laku"}],
    "tbl_receipt": [
        # The first day and the last: three complete weeks.
        sale("A0", None, "AZKO", "2023-10-16", 1_000),
        sale("A9", None, "AZKO", "2023-11-05", 1_000),
        sale("A1", "M1", "AZKO", "2023-10-17", 50_000),
        sale("T1", "M1", "TOYS", "2023-10-17", 100_000),
        sale("U1", "M2", "ATARU", "2023-10-17", 10_000),
        sale("U2", "M2", "ATARU", "2023-10-19", 20_000),
        sale("P1", "M1", "PENDOPO", "2023-10-17", 100_000),
        sale("P3", "M1", "PENDOPO", "2023-10-31", 150_000),
        TWICE,
        dict(TWICE),
        VOIDED,
        {**VOIDED, "receipt_status": "void", "updated_at": "2023-10-18 09:00"},
    ],
    "tbl_receipt_line": [line("A1", "S001", 50_000, "2023-10-17")],
    "tbl_koin": [
        redeem("M1", "T1", "2023-10-17", 1_000),
        redeem("M1", "T1", "2023-10-17", 2_000),
        redeem("M1", "T1", "2023-10-17", 2_000),
        redeem("M2", "U1", "2023-10-17", 100),
        redeem("M2", "U2", "2023-10-19", 100),
        redeem("M1", "P1", "2023-10-17", 100),
        redeem("M1", "P3", "2023-10-31", 100),
        redeem("M1", "N1", "2023-10-17", 500),
        # On the 17th AZKO koin are spent at TOYS and at AZKO, on the 18th only TOYS koin at AZKO.
        spend("2023-10-17", 300, "AZKO", "TOYS"),
        spend("2023-10-17", 200, "AZKO", "AZKO"),
        spend("2023-10-18", 700, "TOYS", "AZKO"),
    ],
}

#: A sale of the first week that arrives three weeks later.
LATE = sale("A2", "M1", "AZKO", "2023-10-18", 25_000, _loaded_at=datetime(2023, 11, 8, 2))

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


@dataclass(frozen=True)
class Deliveries:
    """What was delivered before and after the late row, and the marts after each build."""

    project: ScratchProject
    before: Path
    after: Path
    published: Decimal

    def old_query(self, query: str, raw: Path | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query on the delivered tables, by their plain names."""
        with duckdb.connect() as db:
            for file in ((raw or self.before) / "cohesive").iterdir():
                db.execute(f"create view {file.stem} as select * from '{file}'")
            return db.execute(query).fetchall()

    def mart(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the marts."""
        return self.project.rows(query)


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    """Two builds of one project: before and after the late row."""
    folder = tmp_path_factory.mktemp("old_mistakes")
    project = scratch_project(folder / "project", LISTS)
    before = write_raw(folder / "before", DELIVERED)
    late = {**DELIVERED, "tbl_receipt": [*DELIVERED["tbl_receipt"], LATE]}
    late["tbl_receipt_line"] = [
        *DELIVERED["tbl_receipt_line"],
        line("A2", "S001", 25_000, "2023-10-18", _loaded_at=LATE["_loaded_at"]),
    ]
    after = write_raw(folder / "after", late)
    project.build(before, "--select", "+weekly_kpi_restatements")
    published = project.rows(MEMBERS_CHOICE_SALES)[0][0]
    project.build(after, "--select", "+weekly_kpi_restatements")
    return Deliveries(project, before, after, published)


MEMBERS_CHOICE_SALES = f"""
    select net_sales from weekly_reports.weekly_members_choice_summary
    where week_start = date '{WEEK_1}' and bu_code = 'AZKO' and period_code = 'MC'
"""


def pay_with_koin(deliveries: Deliveries, column: str, bu_code: str, week: date) -> object:
    """A cell of weekly_pay_with_koin in tier ALL."""
    return deliveries.mart(f"""
        select {column} from weekly_reports.weekly_pay_with_koin
        where week_start = date '{week}' and bu_code = '{bu_code}' and tier_code = 'ALL'
    """)[0][0]


def test_several_koin_rows_of_a_receipt_do_not_multiply_its_sales(deliveries: Deliveries) -> None:
    old = deliveries.old_query("""
        select sum(r.sales), sum(k.koin)
        from tbl_receipt as r
        join tbl_koin as k on k.main_receive_payment_id = r.receive_main_id
        where r.bu_code = 'TOYS' and k.entry_type = 'redeem'
    """)
    assert old == [(300_000, 5_000)]
    assert pay_with_koin(deliveries, "net_sales", "TOYS", WEEK_1) == 100_000
    assert pay_with_koin(deliveries, "koin_redeemed", "TOYS", WEEK_1) == 5_000


def test_a_member_of_two_tiers_is_one_member_in_the_total(deliveries: Deliveries) -> None:
    tiers = deliveries.mart(f"""
        select tier_code, member_count from weekly_reports.weekly_pay_with_koin
        where week_start = date '{WEEK_1}' and bu_code = 'ATARU' and member_count > 0
        order by tier_code
    """)
    assert tiers == [("ALL", 1), ("GOLD", 1), ("SILVER", 1)]
    old_total = sum(count for tier_code, count in tiers if tier_code != "ALL")
    assert old_total == 2
    assert pay_with_koin(deliveries, "member_count", "ATARU", WEEK_1) == 1


def test_week_over_week_does_not_skip_a_week_without_sales(deliveries: Deliveries) -> None:
    old = deliveries.old_query("""
        with weekly as (
            select cast(date_trunc('week', trx_ts) as date) as week_start, sum(sales) as sales
            from tbl_receipt where bu_code = 'PENDOPO' group by 1
        )
        select week_start, sales / lag(sales) over (order by week_start) - 1 from weekly order by 1
    """)
    assert old[-1] == (WEEK_3, 0.5)
    right = deliveries.mart("""
        select week_start, net_sales, net_sales_previous, net_sales_wow, net_sales_wow_status
        from weekly_reports.weekly_pay_with_koin
        where bu_code = 'PENDOPO' and tier_code = 'ALL' order by week_start
    """)
    assert right == [
        (WEEK_1, 100_000, None, None, "first_week"),
        (WEEK_2, 0, 100_000, -1, "stopped"),
        (WEEK_3, 150_000, 0, None, "new"),
    ]


def test_a_listed_sku_without_sales_does_not_vanish(deliveries: Deliveries) -> None:
    old = deliveries.old_query("""
        select sku, sum(net_sales) from tbl_receipt_line
        where sku in ('S001', 'S002') group by sku
    """)
    assert old == [("S001", 50_000)]
    right = deliveries.mart(f"""
        select sku, product_name, qty, sales_rank from weekly_reports.weekly_members_choice
        where week_start = date '{WEEK_2}' and period_code = 'MC' order by sku
    """)
    assert right == [("S001", "Produk Contoh", 0, 1), ("S002", "Tidak Laku", 0, 2)]
    sold = deliveries.mart(f"""
        select sku_offered, sku_sold, best_sku from weekly_reports.weekly_members_choice_summary
        where week_start = date '{WEEK_1}' and period_code = 'MC'
    """)
    assert sold == [(2, 1, "S001")]


def test_a_day_with_one_flag_only_does_not_vanish(deliveries: Deliveries) -> None:
    old = deliveries.old_query("""
        with flagged as (
            select
                cast(entry_ts as date) as redemption_date,
                koin,
                case
                    when issue_bu_code = 'AZKO' and redeem_bu_code <> 'AZKO' then 'issue_azko'
                    when issue_bu_code <> 'AZKO' and redeem_bu_code = 'AZKO' then 'redeem_azko'
                    when issue_bu_code = 'AZKO' and redeem_bu_code = 'AZKO' then 'both_azko'
                end as flag
            from tbl_koin where entry_type = 'redeem'
        ),
        daily as (
            select redemption_date, flag, sum(koin) as koin
            from flagged where flag is not null group by 1, 2
        )
        select a.redemption_date, a.koin, b.koin, c.koin
        from (select * from daily where flag = 'issue_azko') as a
        left join (select * from daily where flag = 'redeem_azko') as b using (redemption_date)
        left join (select * from daily where flag = 'both_azko') as c using (redemption_date)
    """)
    assert old == [(date(2023, 10, 17), 300, None, 200)]
    right = deliveries.mart("""
        select
            redemption_date,
            a_issued_here_redeemed_elsewhere,
            b_issued_elsewhere_redeemed_here,
            c_issued_and_redeemed_here
        from weekly_reports.daily_koin_in_out
        where bu_code = 'AZKO' and redemption_date between '2023-10-17' and '2023-10-19'
        order by redemption_date
    """)
    assert right == [
        (date(2023, 10, 17), 300, 0, 200),
        (date(2023, 10, 18), 0, 700, 0),
        (date(2023, 10, 19), 0, 0, 0),
    ]


def test_a_receipt_that_arrives_twice_counts_once(deliveries: Deliveries) -> None:
    old = deliveries.old_query("select sum(sales) from tbl_receipt where bu_code = 'INFORMA'")
    assert old == [(160_000,)]
    assert pay_with_koin(deliveries, "bu_net_sales", "INFORMA", WEEK_1) == 80_000
    assert pay_with_koin(deliveries, "bu_member_transaction_count", "INFORMA", WEEK_1) == 1


def test_a_receipt_that_was_voided_later_does_not_count(deliveries: Deliveries) -> None:
    old = deliveries.old_query("""
        select sum(sales) from tbl_receipt where bu_code = 'NEKA' and receipt_status = 'completed'
    """)
    assert old == [(90_000,)]
    assert pay_with_koin(deliveries, "bu_net_sales", "NEKA", WEEK_1) == 0
    assert pay_with_koin(deliveries, "net_sales", "NEKA", WEEK_1) == 0


def test_a_row_that_arrives_late_changes_its_week_and_is_told(deliveries: Deliveries) -> None:
    old = deliveries.old_query(
        """
        with loaded_before as (
            select max(trx_ts) as trx_ts from tbl_receipt where _loaded_at < timestamp '2023-11-07'
        )
        select coalesce(sum(l.net_sales), 0)
        from tbl_receipt_line as l
        join tbl_receipt as r using (receive_main_id)
        where l.sku = 'S001' and r.trx_ts > (select trx_ts from loaded_before)
        """,
        deliveries.after,
    )
    assert (deliveries.published, old) == (50_000, [(0,)])
    assert deliveries.mart(MEMBERS_CHOICE_SALES) == [(75_000,)]
    told = deliveries.mart("""
        select week_start, restated_at, published_value, restated_value, difference
        from weekly_reports.weekly_kpi_restatements
        where bu_code = 'AZKO' and report = 'members_choice' and kpi = 'net_sales'
    """)
    assert told == [(WEEK_1, datetime(2023, 11, 8, 2), 50_000, 75_000, 25_000)]
