"""A raw folder of a few rows, made from the source contract, for tests of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from koin_loyalty.project import source_contract

VALUES = {
    "integer": "row",
    "boolean": "true",
    "date": "date '2024-01-01' + cast(row as integer)",
    "timestamp": "timestamp '2024-01-01 10:00:00' + to_days(cast(row as integer))",
}
WORDS = {
    "bu_code": "'AZKO'",
    "issue_bu_code": "'AZKO'",
    "receipt_status": "'completed'",
    "entry_type": "'issue'",
    "event_type": "'sent'",
    "channel": "'email'",
    "original_receive_main_id": "null",
    "erased_at": "null",
    "closed_on": "null",
    "valid_to": "null",
    "expires_on": "date '2025-01-01'",
    "_loaded_at": "timestamp '2024-02-01 03:00:00'",
}


def cell(column: str, data_type: str, words: Mapping[str, str] = WORDS) -> str:
    """A SQL expression over `row` (1, 2, 3 ...) for one column of the contract."""
    if column in words:
        return f"cast({words[column]} as {data_type})"
    if data_type.startswith("numeric"):
        return f"cast(row * 1000 as {data_type})"
    value = VALUES.get(data_type, f"'{column}-' || row")
    return f"cast({value} as {data_type})"


def write_tiny_raw(
    folder: Path,
    *,
    file_format: str = "parquet",
    rows: int = 3,
    words: Mapping[str, str] | None = None,
) -> Path:
    """Writes `<folder>/<schema>/<table>.<file_format>` for every table of the contract. `words`:
    SQL expressions for columns, beside those of WORDS."""
    all_words = {**WORDS, **(words or {})}
    with duckdb.connect() as db:
        for table in source_contract().values():
            cells = ", ".join(
                f'{cell(*item, all_words)} as "{item[0]}"' for item in table.columns.items()
            )
            file = folder / table.schema / f"{table.name}.{file_format}"
            file.parent.mkdir(parents=True, exist_ok=True)
            db.execute(
                f"copy (select {cells} from range(1, {rows + 1}) as r(row))"
                f" to '{file}' (format {file_format})"
            )
    return folder
