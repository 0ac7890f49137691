"""Mistakes in the promo lists stop the build; a SKU that nobody knows does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from raw_writer import write_raw
from scratch_project import ScratchProject, scratch_project

MEMBERS_CHOICE = "period_code,sku,starts_on,ends_on,bu_code,special_price"
HARGA_SPESIAL_KOIN = "period_code,sku,starts_on,ends_on,bu_code,koin_price,normal_price"
LISTS = {
    "members_choice_skus": [
        MEMBERS_CHOICE,
        "MC,S001,2023-10-16,2023-10-29,AZKO,50000",
        "MC2,S001,2023-10-16,2023-10-29,TOYS,50000",
    ],
    "harga_spesial_koin_skus": [
        HARGA_SPESIAL_KOIN,
        "HSK,NOBODY,2023-10-16,2023-10-29,AZKO,10000,90000",
    ],
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two receipts; S001 is a known SKU, NOBODY is sold but not in the product master."""
    receipt = {"receive_main_id": "R1", "cust_id": "M1", "trx_ts": "2023-10-17", "sales": 10_000}
    line = {"receive_main_id": "R1", "sku": "NOBODY", "net_sales": 10_000, "koin_used": 10_000}
    return write_raw(
        tmp_path_factory.mktemp("promo_lists"),
        {
            "tbl_member": [{"cust_id": "M1"}],
            "tbl_product": [{"sku": "S001"}],
            "tbl_receipt": [receipt, {"receive_main_id": "R2", "trx_ts": "2023-10-29"}],
            "tbl_receipt_line": [{**line, "receipt_updated_at": "2023-10-17 10:01"}],
        },
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ScratchProject:
    """A project whose lists hold no mistake."""
    return scratch_project(tmp_path_factory.mktemp("lists") / "project", LISTS)


def test_an_unknown_sku_is_kept_and_counted(project: ScratchProject, raw: Path) -> None:
    project.build(raw, "--select", "+weekly_harga_spesial_koin", "+data_quality")
    assert project.rows("""
        select week_start::varchar, sku, product_name, qty, koin_used
        from weekly_reports.weekly_harga_spesial_koin_skus order by 1
    """) == [
        ("2023-10-16", "NOBODY", "UNKNOWN", 1, 10_000),
        ("2023-10-23", "NOBODY", "UNKNOWN", 0, 0),
    ]
    assert project.rows("""
        select table_name, outcome, row_count from quality.data_quality
        where reason = 'unknown_sku' and table_name like '%\\_skus' escape '\\' order by 1
    """) == [("harga_spesial_koin_skus", "unknown", 1), ("members_choice_skus", "unknown", 0)]


def test_mistakes_stop_the_build_and_are_named(project: ScratchProject, raw: Path) -> None:
    mistakes = {
        "members_choice_skus": [
            "MC3,S001,2023-10-29,2023-11-05,AZKO,50000",
            "MC4,S002,2023-11-01,2023-11-05,AZKOO,50000",
        ],
        "harga_spesial_koin_skus": [
            "HSK2,S001,2023-10-16,2023-10-29,AZKO,-10000,90000",
            "HSK3,S002,2023-10-16,2023-10-29,AZKO,10000,0",
        ],
    }
    for name, rows in mistakes.items():
        seed = project.folder / "seeds" / "programmes" / f"{name}.csv"
        seed.write_text("\n".join([*LISTS[name], *rows]) + "\n", encoding="utf-8")
    done = project.dbt(
        raw,
        "build",
        "--exclude-resource-type=test",
        "--select",
        "+int_reference__violations",
        "int_promotions__listed_skus",
    )
    assert done.returncode != 0
    assert "SKIP relation intermediate.int_promotions__listed_skus" in done.stdout
    for message in (
        "members_choice_skus, row MC3|S001, column starts_on: '2023-10-29' overlaps period MC",
        "members_choice_skus, row MC4|S002, column bu_code: 'AZKOO' is no business unit",
        "harga_spesial_koin_skus, row HSK2|S001, column koin_price: '-10000.00' is not a price",
        "harga_spesial_koin_skus, row HSK3|S002, column normal_price: '0.00' is not a price",
    ):
        assert message in done.stdout
    # MC2 has the SKU of MC at another business unit: no overlap.
    assert "MC2" not in done.stdout
