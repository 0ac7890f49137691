"""A clean delivery that faults are put into, and beside it the delivery that it must amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from koin_loyalty.project import Contract, source_contract

#: The raw tables by name without schema: names are unique.
CONTRACTS: dict[str, Contract] = {table.name: table for table in source_contract().values()}

DELIVERED, AS_IF = "delivered", "as_if"
BOTH = (DELIVERED, AS_IF)

#: When a clean row arrived: 03:00 of the day after the last thing it tells of.
KNOWN_AT = {
    "tbl_receipt": "updated_at",
    "tbl_receipt_line": "receipt_updated_at",
    "tbl_receipt_payment": "receipt_updated_at",
    "tbl_koin": "entry_ts",
    "tbl_member": "updated_at",
    "tbl_voucher": "greatest(issued_at, coalesce(redeemed_at, issued_at))",
    "message_event": "event_ts",
}
LOADED_AT = "cast({known_at} as date) + interval 27 hours"

#: Victims are dated within these, so that no fault moves the first or the last date of the data.
FIRST_DATE, LAST_DATE = "2023-11-15", "2025-09-30"

#: Sales that nothing else refers to.
PLAIN_SALE = """
    receipt_status = 'completed'
    and sales between 60000 and 9000000
    and bu_code in ('AZKO', 'TOYS', 'INFORMA')
    and receive_main_id not in (
        select original_receive_main_id from clean.tbl_receipt
        where original_receive_main_id is not null
    )
    and receive_main_id not in (
        select redeemed_receive_main_id from clean.tbl_voucher
        where redeemed_receive_main_id is not null
    )
    and receive_main_id in (select receive_main_id from clean.tbl_receipt_line)
    and receive_main_id in (select receive_main_id from clean.tbl_receipt_payment)
"""
WITHOUT_KOIN = """
    receive_main_id not in (
        select main_receive_payment_id from clean.tbl_koin
        where main_receive_payment_id is not null
    )
"""
#: A sale to nobody known, without koin: no member, segment or audience hears of it.
ANONYMOUS_SALE = f"{PLAIN_SALE} and cust_id is null and {WITHOUT_KOIN}"
MEMBER_SALE = f"{PLAIN_SALE} and cust_id in (select cust_id from clean.tbl_member)"

#: Payments of sales that nothing else refers to.
ANONYMOUS_CASH = f"""
    payment_method = 'CASH'
    and receive_main_id in (select receive_main_id from clean.tbl_receipt where {ANONYMOUS_SALE})
"""
#: Vouchers that nobody redeemed or paid with.
UNUSED_VOUCHER = """
    redeemed_at is null
    and redeemed_receive_main_id is null
    and voucher_code not in (
        select voucher_code from clean.tbl_receipt_payment where voucher_code is not null
    )
"""

DATES = {
    "tbl_receipt": "trx_ts",
    "tbl_koin": "entry_ts",
    "tbl_voucher": "issued_at",
    "message_event": "event_ts",
}
MEMBERS_OF = {
    "tbl_receipt": "cust_id",
    "tbl_koin": "cust_id",
    "tbl_member": "cust_id",
    "tbl_member_tier": "cust_id",
    "tbl_member_child": "cust_id",
    "tbl_voucher": "cust_id",
}
RECEIPTS_OF = {
    "tbl_receipt": "receive_main_id",
    "tbl_receipt_line": "receive_main_id",
    "tbl_receipt_payment": "receive_main_id",
    "tbl_koin": "main_receive_payment_id",
    "tbl_voucher": "redeemed_receive_main_id",
}

Row = dict[str, Any]
#: Rows and money of `quality.data_quality` by (table, outcome, reason).
Counts = dict[tuple[str, str, str], tuple[int, Decimal]]


def write_clean(truth: Path, out: Path) -> Path:
    """The simulator's clean truth as a raw folder of Parquet files, with a time of loading."""
    with duckdb.connect() as db:
        for contract in CONTRACTS.values():
            columns = ", ".join(name for name in contract.columns if name != "_loaded_at")
            known_at = KNOWN_AT.get(contract.name, "timestamp '2023-10-01'")
            source = truth / contract.schema / f"{contract.name}.parquet"
            file = out / contract.schema / f"{contract.name}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            db.execute(
                f"copy (select {columns}, {LOADED_AT.format(known_at=known_at)} as _loaded_at"
                f" from '{source}') to '{file}' (format parquet)"
            )
    return out


def literal(value: Any) -> str:
    """A value as SQL text."""
    if value is None:
        return "null"
    if isinstance(value, bool | int | float | Decimal):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def rewrite(file: Path, query: str) -> None:
    """Replaces a Parquet file by a query on it, where it is called `old`."""
    with duckdb.connect() as db:
        db.execute("set preserve_insertion_order = true")
        db.execute(f"create table old as from '{file}'")
        db.execute(f"copy ({query}) to '{file}' (format parquet)")


@dataclass
class Delivery:
    """Raw tables in two schemas of a DuckDB in memory: as delivered, and what they amount to.

    Attributes:
        counts: what `quality.data_quality` counts more than for the delivery it amounts to.
        differs: marts that may differ from those, each with a condition on the rows that do.
        shown: queries on the marts, with the rows they must give.
        finish: what is done to the folder of files, after all tables are written.
        kinds: file format of a table, where it is not Parquet.
    """

    clean: Path
    rows: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    money: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    differs: dict[str, list[str]] = field(default_factory=dict)
    shown: list[tuple[str, list[tuple[Any, ...]]]] = field(default_factory=list)
    finish: list[Callable[[Path], object]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.db = duckdb.connect()
        self.db.execute("create table used (id varchar)")
        for schema in ("clean", *BOTH):
            self.db.execute(f"create schema {schema}")
            kind = "view" if schema == "clean" else "table"
            for name, contract in CONTRACTS.items():
                file = self.clean / contract.schema / f"{name}.parquet"
                self.db.execute(f"create {kind} {schema}.{name} as select * from '{file}'")

    def victim(self, table: str, where: str = "true") -> Row:
        """The first row in order of its key that fits and that no fault has touched.

        No other fault gets this row, its receipt, nor another row of its member. Raises
        LookupError when there is none.
        """
        key = CONTRACTS[table].key
        unused = [
            f"coalesce({column} not in (from used), true)"
            for column in {key[0], MEMBERS_OF.get(table), RECEIPTS_OF.get(table)} - {None}
        ]
        if table in ("tbl_receipt_line", "tbl_receipt_payment"):
            unused.append(
                "receive_main_id not in (select receive_main_id from clean.tbl_receipt"
                " where cust_id in (from used) or trx_ts not between"
                f" timestamp '{FIRST_DATE}' and timestamp '{LAST_DATE}')"
            )
        if table in DATES:
            unused.append(
                f"{DATES[table]} between timestamp '{FIRST_DATE}' and timestamp '{LAST_DATE}'"
            )
        found = self.db.execute(
            f"select * from clean.{table} where ({where}) and {' and '.join(unused)}"
            f" order by {', '.join(key)} limit 1"
        )
        names = [item[0] for item in found.description]
        row = found.fetchone()
        if row is None:
            raise LookupError(f"no row of {table} where {where}")
        victim = dict(zip(names, row, strict=True))
        self.touch(victim[key[0]])
        for column in (MEMBERS_OF.get(table), RECEIPTS_OF.get(table)):
            if column:
                self.touch(victim[column])
        if table in ("tbl_receipt_line", "tbl_receipt_payment"):
            self.touch(*self.values("tbl_receipt", "cust_id", victim["receive_main_id"]))
        return victim

    def touch(self, *ids: Any) -> None:
        """No other fault gets rows of these members, receipts or keys."""
        for item in ids:
            if item is not None:
                self.db.execute("insert into used values (?)", [str(item)])

    def values(self, table: str, column: str, receipt: str) -> list[Any]:
        """A column of the clean rows of a receipt."""
        condition = f"{RECEIPTS_OF[table]} = {literal(receipt)}"
        rows = self.db.execute(f"select {column} from clean.{table} where {condition}").fetchall()
        return [row[0] for row in rows]

    def condition(self, table: str, row: Mapping[str, Any]) -> str:
        """The row's key as a condition."""
        return " and ".join(f"{name} = {literal(row[name])}" for name in CONTRACTS[table].key)

    def add(self, table: str, source: str, schemas: tuple[str, ...] = (DELIVERED,), **cells: str):
        """Adds the clean rows that fit `source`, with other SQL expressions for some cells."""
        replaced = ", ".join(
            f"cast({expression} as {CONTRACTS[table].columns[name]}) as {name}"
            for name, expression in cells.items()
        )
        columns = f"* replace ({replaced})" if cells else "*"
        for schema in schemas:
            self.db.execute(
                f"insert into {schema}.{table} select {columns} from clean.{table} where {source}"
            )
            self.changed.add(f"{schema}.{table}")

    def change(self, table: str, where: str, schemas: tuple[str, ...] = (DELIVERED,), **cells: str):
        """Sets cells of the rows that fit to SQL expressions."""
        assigned = ", ".join(f"{name} = {expression}" for name, expression in cells.items())
        for schema in schemas:
            self.db.execute(f"update {schema}.{table} set {assigned} where {where}")
            self.changed.add(f"{schema}.{table}")

    def remove(self, table: str, where: str, schemas: tuple[str, ...] = (AS_IF,)) -> None:
        """Takes rows away; by default those that the delivery must not amount to."""
        for schema in schemas:
            self.db.execute(f"delete from {schema}.{table} where {where}")
            self.changed.add(f"{schema}.{table}")

    def number(self, table: str, where: str, schema: str = "clean") -> int:
        """How many rows fit."""
        return self.db.execute(f"select count(*) from {schema}.{table} where {where}").fetchone()[0]

    def count(self, table: str, outcome: str, reason: str, rows: int = 1, amount: Any = 0) -> None:
        """`quality.data_quality` counts so many rows more than for what it amounts to."""
        self.rows[table, outcome, reason] += rows
        self.money[table, outcome, reason] += abs(Decimal(str(amount or 0))).quantize(
            Decimal("0.01")
        )

    def superseded(self, table: str, rows: int = 1) -> None:
        """Rows that are delivered and superseded."""
        self.count(table, "delivered", "all", rows)
        self.count(table, "superseded", "newer_version", rows)

    def rejected(self, table: str, reason: str, amount: Any = 0, rows: int = 1) -> None:
        """Rows that are delivered and rejected."""
        self.count(table, "delivered", "all", rows)
        self.count(table, "rejected", reason, rows, amount)

    def may_differ(self, mart: str, rows: str = "true") -> None:
        """These rows of a mart may differ from those of the delivery it amounts to."""
        self.differs.setdefault(mart, []).append(rows)

    def shows(self, query: str, *rows: tuple[Any, ...]) -> None:
        """What a query on the marts must give."""
        self.shown.append((query, list(rows)))

    @property
    def counts(self) -> Counts:
        """What `quality.data_quality` counts more, without zeros."""
        return {key: (rows, self.money[key]) for key, rows in self.rows.items() if rows}

    @property
    def amounts_to_clean(self) -> bool:
        """Whether the delivery amounts to the clean one."""
        return not any(name.startswith(AS_IF) for name in self.changed)

    def write(self, schema: str, out: Path) -> Path:
        """One side as a raw folder; faults of files are put into the delivered side."""
        for name, contract in CONTRACTS.items():
            kind = self.kinds.get(name, "parquet") if schema == DELIVERED else "parquet"
            file = out / contract.schema / f"{name}.{kind}"
            file.parent.mkdir(parents=True, exist_ok=True)
            self.db.execute(f"copy {schema}.{name} to '{file}' (format {kind})")
        for action in self.finish if schema == DELIVERED else ():
            action(out)
        return out
