"""A raw folder written by hand: what a test says about a row, and sensible values for the rest.

    write_raw(folder, {"tbl_receipt": [{"receive_main_id": "R1", "trx_ts": "2023-10-17"}]})

writes all eleven tables of the source contract, those not given empty. Dates and timestamps may be
texts (`2023-10-17`, `2023-10-17 09:30`; a timestamp without time is at 10:00), money and quantities
numbers or texts. A row may leave out any column that has a default; None is null. `AsIs("12,5")`
goes into a CSV file as it stands.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from koin_loyalty.project import Contract, source_contract

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]

ARROW_TYPES: dict[str, pa.DataType] = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "numeric(18,2)": pa.decimal128(18, 2),
    "numeric(12,3)": pa.decimal128(12, 3),
    "numeric(18,0)": pa.decimal128(18, 0),
}

LONG_AGO = datetime(2023, 10, 1, 8)


class AsIs(str):
    """Text of a CSV cell that need not be a value of the column's type."""


def _a_minute_after(column: str) -> Callable[[Row, int], Any]:
    def value(row: Row, _: int) -> datetime:
        known = row.get(column)
        return known + timedelta(minutes=1) if isinstance(known, datetime) else LONG_AGO

    return value


def _numbered(prefix: str) -> Callable[[Row, int], str]:
    return lambda _, number: f"{prefix}{number:03d}"


def _same_as(column: str, else_value: Any = None) -> Callable[[Row, int], Any]:
    return lambda row, _: row.get(column, else_value)


def _redemption_bu(row: Row, _: int) -> str | None:
    return "AZKO" if row["entry_type"] in ("redeem", "reverse_redeem") else None


def _issuer(row: Row, _: int) -> str | None:
    return "AZKO" if row["entry_type"] in ("issue", "reverse_issue") else None


def _lot_end(row: Row, _: int) -> date | None:
    entry_ts = row["entry_ts"]
    is_lot = row["entry_type"] == "issue" and isinstance(entry_ts, datetime)
    return entry_ts.date() + timedelta(days=365) if is_lot else None


#: Values of columns that a row leaves out, in order; a function gets the row so far and its number
#: in the table, from 1. A column without a default is null.
DEFAULTS: dict[str, dict[str, Any]] = {
    "tbl_receipt": {
        "receive_main_id": _numbered("R"),
        "bu_code": "AZKO",
        "site_code": "A001",
        "sales_channel": "offline",
        "fulfilment": "in_store",
        "trx_ts": LONG_AGO,
        "sales": 100_000,
        "receipt_status": "completed",
        "updated_at": _a_minute_after("trx_ts"),
    },
    "tbl_receipt_line": {
        "receive_main_id": "R001",
        "line_no": 1,
        "sku": "S001",
        "qty": 1,
        "net_sales": 100_000,
        "gross_sales": _same_as("net_sales"),
        "discount": 0,
        "koin_used": 0,
        "receipt_updated_at": LONG_AGO,
    },
    "tbl_receipt_payment": {
        "receive_payment_id": _numbered("P"),
        "receive_main_id": "R001",
        "payment_method": "CASH",
        "amount": 100_000,
        "receipt_updated_at": LONG_AGO,
    },
    "tbl_koin": {
        "koin_id": _numbered("K"),
        "cust_id": "M1",
        "entry_type": "redeem",
        "koin": 1_000,
        "issue_bu_code": _issuer,
        "redeem_bu_code": _redemption_bu,
        "entry_ts": LONG_AGO,
        "expires_on": _lot_end,
    },
    "tbl_member": {
        "cust_id": _numbered("M"),
        "rrr_id": _numbered("RRR"),
        "odi_id": _numbered("ODI"),
        "stamps_user_id": _numbered("SU"),
        "full_name": "Budi Contoh",
        "gender": "M",
        "tier": "SILVER",
        "registration_status": "full",
        "registered_at": LONG_AGO,
        "updated_at": _a_minute_after("registered_at"),
    },
    "tbl_member_tier": {
        "cust_id": "M1",
        "tier": "SILVER",
        "valid_from": LONG_AGO.date(),
    },
    "tbl_member_child": {"cust_id": "M1", "child_no": 1, "birth_date": date(2020, 1, 1)},
    "tbl_site": {
        "site_code": _numbered("A"),
        "site_name": "AZKO Contoh",
        "bu_code": "AZKO",
        "site_type": "independent",
        "city": "Kota Tangerang",
        "province": "Banten",
        "opened_on": date(2020, 1, 1),
    },
    "tbl_product": {
        "sku": _numbered("S"),
        "product_name": "Produk Contoh",
        "brand": "KRISBOW",
        "department": "HOME",
        "category": "TOOLS",
        "subcategory": "HAND TOOLS",
        "bu_code": "AZKO",
        "normal_price": 100_000,
        "is_active": True,
    },
    "tbl_voucher": {
        "voucher_code": _numbered("V"),
        "program_code": "PROGRAM",
        "issued_at": LONG_AGO,
        "expires_on": date(2025, 12, 31),
        "face_value": 50_000,
    },
    "message_event": {
        "event_id": _numbered("E"),
        "message_id": _numbered("MSG"),
        "stamps_user_id": "SU001",
        "campaign_code": "CAMPAIGN",
        "channel": "email",
        "event_type": "sent",
        "event_ts": LONG_AGO,
    },
}

#: Columns of which the latest says when a row can have arrived.
KNOWN_AT = ("updated_at", "receipt_updated_at", "trx_ts", "entry_ts", "issued_at", "event_ts")


def parse(value: Any, data_type: str) -> Any:
    """A value of the contract's type from a value as a test writes it.

    Raises ValueError or decimal.InvalidOperation when it is none.
    """
    if value is None or isinstance(value, AsIs):
        return value
    if data_type == "date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    if data_type == "timestamp":
        if isinstance(value, str):
            has_time = len(value) > len("2023-10-17")
            value = datetime.fromisoformat(value if has_time else f"{value} 10:00")
        elif not isinstance(value, datetime):
            value = datetime.combine(value, time(10))
        return value
    if data_type.startswith("numeric"):
        scale = int(data_type.rstrip(")").split(",")[1])
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-scale))
    return value


def complete_row(contract: Contract, row: Row, number: int) -> dict[str, Any]:
    """All columns of a contract table in order: given, default, else null.

    `_loaded_at` is by default 02:00 of the day after the latest time on the row. Raises ValueError
    for a column that the table has not.
    """
    unknown = set(row) - set(contract.columns)
    if unknown:
        raise ValueError(f"{contract.full_name} has no column {', '.join(sorted(unknown))}")
    filled = {name: parse(value, contract.columns[name]) for name, value in row.items()}
    for column, default in DEFAULTS[contract.name].items():
        if column not in filled:
            value = default(filled, number) if callable(default) else default
            filled[column] = parse(value, contract.columns[column])
    if "_loaded_at" not in filled:
        times = [filled[name] for name in KNOWN_AT if isinstance(filled.get(name), datetime)]
        known_on = max(times, default=LONG_AGO).date()
        filled["_loaded_at"] = datetime.combine(known_on + timedelta(days=1), time(2))
    return {column: filled.get(column) for column in contract.columns}


def complete_rows(contract: Contract, tables: Tables) -> list[dict[str, Any]]:
    """Rows of one contract table with all their columns."""
    return [
        complete_row(contract, row, number)
        for number, row in enumerate(tables.get(contract.name, ()), start=1)
    ]


def contracts_of(tables: Tables) -> list[Contract]:
    """All tables of the contract. Raises ValueError when `tables` has another one."""
    contracts = list(source_contract().values())
    unknown = set(tables) - {contract.name for contract in contracts}
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    return contracts


def clean_tables(tables: Tables) -> dict[str, pd.DataFrame]:
    """The same rows as clean tables by `schema.table`, as a reference mart reads them."""
    return {
        contract.full_name: arrow_table(contract, complete_rows(contract, tables)).to_pandas(
            date_as_object=True
        )
        for contract in contracts_of(tables)
    }


def write_raw(folder: Path, tables: Tables, *, file_format: str = "parquet") -> Path:
    """Write every table of the source contract below `folder` as `<schema>/<table>.<format>`.

    Args:
        tables: rows by table name without schema; tables left out are written empty.
        file_format: `parquet` (typed) or `csv`.

    Returns:
        `folder`, to be given as COHESIVE_RAW_PATH.
    """
    for contract in contracts_of(tables):
        rows = complete_rows(contract, tables)
        file = folder / contract.schema / f"{contract.name}.{file_format}"
        file.parent.mkdir(parents=True, exist_ok=True)
        if file_format == "parquet":
            pq.write_table(arrow_table(contract, rows), file)
        elif file_format == "csv":
            write_csv(file, contract, rows)
        else:
            raise ValueError(f"no such file format: {file_format}")
    return folder


def arrow_table(contract: Contract, rows: Sequence[Row]) -> pa.Table:
    """Rows as a table with the types of the contract."""
    schema = pa.schema(
        [(name, ARROW_TYPES[data_type]) for name, data_type in contract.columns.items()]
    )
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)


def write_csv(file: Path, contract: Contract, rows: Sequence[Row]) -> None:
    """Rows as CSV with a header; null is an empty cell, a boolean `true` or `false`."""

    def cell(value: Any) -> Any:
        return str(value).lower() if isinstance(value, bool) else value

    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(contract.columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
