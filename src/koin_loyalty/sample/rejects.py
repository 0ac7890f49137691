"""Rows that cannot be used, by the reason for which a build rejects them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.columns import SECONDS_PER_DAY, true_mask
from koin_loyalty.sample.raw_table import (
    QUARANTINED,
    RawTable,
    as_text,
    change,
    days_of,
    seconds_of,
)
from koin_loyalty.sample.schema import KEYS

SHARE_REJECTED = 0.00008

#: Tables of this size or less get three rejected rows of each kind, whatever the share.
FEWEST_REJECTED = 3
Maker = Callable[[pa.Table, np.random.Generator], dict[str, Any]]


@dataclass(frozen=True)
class Reject:
    """How to make rows of one reject reason out of good rows.

    Attributes:
        columns: cells to replace, or a function of the rows that gives them.
        where: column and value that the good rows must have, None = any row.
        keeps_key: the row is a newer version of a good row.
    """

    reason: str
    columns: dict[str, Any] | Maker
    where: tuple[str, str] | None = None
    keeps_key: bool = False


def _later_than_load(column: str) -> Maker:
    def make(rows: pa.Table, rng: np.random.Generator) -> dict[str, Any]:
        loaded = seconds_of(rows.column("_loaded_at"))
        late = loaded + rng.integers(1, 40, len(rows)) * SECONDS_PER_DAY
        return {column: col.timestamps(late)}

    return make


def _expired_before(column: str) -> Maker:
    def make(rows: pa.Table, rng: np.random.Generator) -> dict[str, Any]:
        day = seconds_of(rows.column(column)) // SECONDS_PER_DAY
        return {"expires_on": col.dates(day - rng.integers(1, 30, len(rows)))}

    return make


def _ended_before(begin: str, end: str) -> Maker:
    def make(rows: pa.Table, rng: np.random.Generator) -> dict[str, Any]:
        day = days_of(rows.column(begin))
        return {end: col.dates(day - rng.integers(1, 20, len(rows)))}

    return make


def _newer_version(rows: pa.Table, rng: np.random.Generator) -> dict[str, Any]:
    later = seconds_of(rows.column("updated_at")) + 600
    return {"receipt_status": "pending", "updated_at": col.timestamps(later)}


def _return_of(above: bool) -> Maker:
    def make(rows: pa.Table, rng: np.random.Generator) -> dict[str, Any]:
        amount = pc.cast(rows.column("sales"), pa.int64()).to_numpy()
        return {
            "receipt_status": "return",
            "original_receive_main_id": rows.column("receive_main_id"),
            "sales": col.money(-amount - 1_000 if above else amount),
        }

    return make


COMPLETED_ONLY = ("receipt_status", "completed")
REJECTS: dict[str, tuple[Reject, ...]] = {
    "cohesive.tbl_receipt": (
        Reject("missing_key", {"receive_main_id": None}, COMPLETED_ONLY),
        Reject("missing_key", {"receive_main_id": "  "}, COMPLETED_ONLY),
        Reject("missing_value", {"trx_ts": None}, COMPLETED_ONLY),
        Reject("missing_value", {"sales": None}, COMPLETED_ONLY),
        Reject("missing_value", {"receipt_status": ""}, COMPLETED_ONLY),
        Reject("missing_value", {"updated_at": None}, COMPLETED_ONLY),
        Reject("missing_value", {"_loaded_at": None}, COMPLETED_ONLY),
        Reject("future_dated", _later_than_load("trx_ts"), COMPLETED_ONLY),
        Reject("unknown_receipt_status", {"receipt_status": "pending"}, COMPLETED_ONLY),
        Reject("unknown_receipt_status", _newer_version, COMPLETED_ONLY, keeps_key=True),
        Reject("return_without_sign", _return_of(above=False), COMPLETED_ONLY),
        Reject("return_above_original", _return_of(above=True), COMPLETED_ONLY),
    ),
    "cohesive.tbl_receipt_line": (
        Reject("missing_key", {"receive_main_id": None}),
        Reject("missing_key", {"line_no": None}),
        Reject("missing_value", {"qty": None}),
        Reject("missing_value", {"net_sales": None}),
        Reject("missing_value", {"receipt_updated_at": None}),
        Reject("missing_value", {"_loaded_at": None}),
    ),
    "cohesive.tbl_receipt_payment": (
        Reject("missing_key", {"receive_payment_id": None}),
        Reject("missing_value", {"receive_main_id": ""}),
        Reject("missing_value", {"amount": None}),
        Reject("missing_value", {"receipt_updated_at": None}),
        Reject("missing_value", {"_loaded_at": None}),
    ),
    "cohesive.tbl_koin": (
        Reject("missing_key", {"koin_id": None}),
        Reject("missing_value", {"cust_id": ""}),
        Reject("missing_value", {"koin": None}),
        Reject("missing_value", {"entry_type": None}),
        Reject("missing_value", {"entry_ts": None}),
        Reject("missing_value", {"_loaded_at": None}),
        Reject("future_dated", _later_than_load("entry_ts"), ("entry_type", "redeem")),
        Reject("unknown_entry_type", {"entry_type": "transfer"}),
        Reject("negative_koin", {"koin": -500}, ("entry_type", "issue")),
        Reject("negative_koin", {"koin": -750}, ("entry_type", "redeem")),
        Reject("impossible_expiry", _expired_before("entry_ts"), ("entry_type", "issue")),
    ),
    "cohesive.tbl_member": (
        Reject("missing_key", {"cust_id": None}),
        Reject("missing_key", {"cust_id": ""}),
        Reject("missing_value", {"_loaded_at": None}),
    ),
    "cohesive.tbl_member_tier": (
        Reject("missing_key", {"cust_id": None}),
        Reject("missing_key", {"valid_from": None}),
        Reject("missing_value", {"_loaded_at": None}),
        Reject("impossible_period", _ended_before("valid_from", "valid_to")),
    ),
    "cohesive.tbl_member_child": (
        Reject("missing_key", {"cust_id": None}),
        Reject("missing_key", {"child_no": None}),
        Reject("missing_value", {"_loaded_at": None}),
    ),
    "cohesive.tbl_site": (
        Reject("missing_key", {"site_code": None}),
        Reject("missing_value", {"_loaded_at": None}),
        Reject("impossible_period", _ended_before("opened_on", "closed_on")),
    ),
    "cohesive.tbl_product": (
        Reject("missing_key", {"sku": ""}),
        Reject("missing_value", {"_loaded_at": None}),
        Reject("negative_price", {"normal_price": Decimal("-19900.00")}),
    ),
    "cohesive.tbl_voucher": (
        Reject("missing_key", {"voucher_code": None}),
        Reject("missing_value", {"issued_at": None}),
        Reject("missing_value", {"_loaded_at": None}),
        Reject("future_dated", _later_than_load("issued_at")),
        Reject("impossible_expiry", _expired_before("issued_at")),
    ),
    "stamps.message_event": (
        Reject("missing_key", {"event_id": None}),
        Reject("missing_value", {"event_type": ""}),
        Reject("missing_value", {"event_ts": None}),
        Reject("missing_value", {"_loaded_at": None}),
        Reject("future_dated", _later_than_load("event_ts")),
        Reject("unknown_event_type", {"event_type": "seen"}),
        Reject("unknown_channel", {"channel": "telegram"}),
    ),
}

#: A cell of each table that does not parse in a CSV delivery.
UNPARSEABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "cohesive.tbl_receipt": (
        ("sales", "12 ribu"),
        ("trx_ts", "31/02/2024 25:00"),
        ("updated_at", "kemarin"),
    ),
    "cohesive.tbl_receipt_line": (
        ("qty", "dua"),
        ("net_sales", "1.234.567"),
        ("line_no", "satu"),
    ),
    "cohesive.tbl_receipt_payment": (
        ("amount", "n/a"),
        ("amount", "12,5,0"),
        ("receipt_updated_at", "2024-02-30"),
    ),
    "cohesive.tbl_koin": (
        ("koin", "seribu"),
        ("expires_on", "2024-13-01"),
        ("entry_ts", "tadi pagi"),
    ),
    "cohesive.tbl_member": (
        ("birth_date", "17 Agustus"),
        ("email_opt_in", "mungkin"),
        ("registered_at", "?"),
    ),
    "cohesive.tbl_member_tier": (
        ("valid_from", "awal tahun"),
        ("valid_to", "2024-02-31"),
        ("valid_from", "20240231"),
    ),
    "cohesive.tbl_member_child": (
        ("child_no", "pertama"),
        ("birth_date", "balita"),
        ("birth_date", "2019-00-10"),
    ),
    "cohesive.tbl_site": (
        ("opened_on", "segera"),
        ("closed_on", "2025-02-29"),
        ("opened_on", "x"),
    ),
    "cohesive.tbl_product": (
        ("normal_price", "Rp19.900"),
        ("is_active", "entah"),
        ("normal_price", "gratis"),
    ),
    "cohesive.tbl_voucher": (
        ("face_value", "50rb"),
        ("expires_on", "akhir bulan"),
        ("issued_at", "2025-06-31 10:00:00"),
    ),
    "stamps.message_event": (
        ("event_ts", "baru saja"),
        ("is_machine_open", "robot"),
        ("event_ts", "2025-09-31 08:00:00"),
    ),
}


def add_rejects(rng: np.random.Generator, shard: int, item: RawTable) -> None:
    """Rows that cannot be used, each under a key of its own (or as a newer version)."""
    serial = 0
    wanted = max(FEWEST_REJECTED, round(len(item.clean) * SHARE_REJECTED))
    blocked = np.zeros(len(item.clean), dtype=bool)
    if item.table == "cohesive.tbl_receipt":
        blocked |= pc.cast(item.clean.column("sales"), pa.int64()).to_numpy() < 1_000
    for reject in REJECTS[item.table]:
        eligible = ~blocked
        if reject.where is not None:
            eligible &= true_mask(pc.equal(item.clean.column(reject.where[0]), reject.where[1]))
        candidates = np.flatnonzero(eligible)
        if len(candidates) == 0:
            continue
        chosen = rng.choice(candidates, min(wanted, len(candidates)), replace=False)
        if reject.keeps_key:
            blocked[chosen] = True
        rows = item.clean.take(pa.array(np.sort(chosen)))
        columns = reject.columns(rows, rng) if callable(reject.columns) else reject.columns
        if not reject.keeps_key:
            rows = _with_new_keys(item.table, rows, shard, serial)
            serial += len(rows)
        item.add(change(rows, **columns), f"reject_{reject.reason}", QUARANTINED, reject.reason)
    for column, text in UNPARSEABLE[item.table] if len(item.clean) else ():
        rows = item.clean.take(pa.array(rng.integers(0, len(item.clean), 1)))
        rows = as_text(_with_new_keys(item.table, rows, shard, serial))
        serial += 1
        item.broken.append(change(rows, **{column: text}))


def _with_new_keys(table: str, rows: pa.Table, shard: int, serial: int) -> pa.Table:
    """Rows under keys that no good row has."""
    numbers = shard * 1_000_000 + serial + np.arange(len(rows))
    prefix = "9" if KEYS[table][0] == "cust_id" else "X"
    return change(rows, **{KEYS[table][0]: col.identifiers(f"{prefix}8", numbers, 8)})
