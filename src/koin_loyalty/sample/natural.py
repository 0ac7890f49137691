"""Dirt that the simulation makes by itself: not planted, but counted like the rest."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample.columns import SECONDS_PER_DAY, true_mask
from koin_loyalty.sample.raw_table import CORRECTED, UNKNOWN, WARNED, RawTable, seconds_of

RECEIPT, KOIN, VOUCHER = "cohesive.tbl_receipt", "cohesive.tbl_koin", "cohesive.tbl_voucher"
BUSINESS_TIME = {RECEIPT: "trx_ts", KOIN: "entry_ts"}


def count_natural_dirt(tables: dict[str, pa.Table], raw: dict[str, RawTable]) -> None:
    """Count late rows, koin on void receipts and vouchers redeemed outside their validity.

    Args:
        tables: clean tables with `_loaded_at`; raw: the tables that take the counts.
    """
    for table in BUSINESS_TIME:
        raw[table].count("late_row", CORRECTED, late_rows(table, tables[table]))
    receipts, koin, vouchers = tables[RECEIPT], tables[KOIN], tables[VOUCHER]
    is_void = pc.equal(receipts.column("receipt_status"), "void")
    void = receipts.column("receive_main_id").filter(is_void).combine_chunks()
    on_void = pc.is_in(koin.column("main_receive_payment_id"), value_set=void)
    raw[KOIN].count("koin_on_void_receipt", UNKNOWN, int(true_mask(on_void).sum()))
    redeemed_on = vouchers.column("redeemed_at").cast(pa.date32(), safe=False)
    late = pc.greater(redeemed_on, vouchers.column("expires_on"))
    raw[VOUCHER].count("redeemed_outside_validity", WARNED, int(true_mask(late).sum()))


def late_rows(table: str, clean: pa.Table) -> int:
    """Rows that arrived two days or more after their business date."""
    arrived = seconds_of(clean.column("_loaded_at")) // SECONDS_PER_DAY
    happened = seconds_of(clean.column(BUSINESS_TIME[table])) // SECONDS_PER_DAY
    return int((arrived - happened >= 2).sum())
