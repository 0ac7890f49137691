"""Faults that cost a row: it is rejected with its reason and counted, and no other row changes."""

from __future__ import annotations

from pathlib import Path

import duckdb

from faults.delivery import (
    ANONYMOUS_SALE,
    CONTRACTS,
    MEMBER_SALE,
    UNUSED_VOUCHER,
    Delivery,
    literal,
    rewrite,
)

#: The money that a rejected row of a table carries.
AMOUNTS = {
    "tbl_receipt": "sales",
    "tbl_receipt_line": "net_sales",
    "tbl_receipt_payment": "amount",
    "tbl_koin": "koin",
    "tbl_voucher": "face_value",
}

#: A cell that a row of the table cannot be used without.
REQUIRED = {
    "tbl_receipt": ("trx_ts", "sales", "receipt_status", "updated_at", "_loaded_at"),
    "tbl_receipt_line": ("qty", "net_sales", "receipt_updated_at", "_loaded_at"),
    "tbl_receipt_payment": ("receive_main_id", "amount", "receipt_updated_at", "_loaded_at"),
    "tbl_koin": ("cust_id", "entry_type", "koin", "entry_ts", "_loaded_at"),
    "tbl_member": ("_loaded_at",),
    "tbl_member_tier": ("_loaded_at",),
    "tbl_member_child": ("_loaded_at",),
    "tbl_site": ("_loaded_at",),
    "tbl_product": ("_loaded_at",),
    "tbl_voucher": ("issued_at", "_loaded_at"),
    "message_event": ("event_type", "event_ts", "_loaded_at"),
}


def spoil(delivery: Delivery, table: str, reason: str, where: str = "true", **cells: str) -> str:
    """Sets cells of a good row: it is rejected, as if it had not come. Returns its condition."""
    row = delivery.victim(table, where)
    same = delivery.condition(table, row)
    delivery.change(table, same, **cells)
    delivery.remove(table, same)
    amount = row.get(AMOUNTS.get(table, ""))
    changed = cells.get(AMOUNTS.get(table, ""))
    if changed is not None:
        [(amount,)] = delivery.db.execute(
            f"select {changed} from clean.{table} where {same}"
        ).fetchall()
    delivery.rejected(table, reason, amount)
    return same


def bad_copy(
    delivery: Delivery, table: str, reason: str, where: str = "true", **cells: str
) -> None:
    """Adds a good row once more, with cells for which it is rejected."""
    row = delivery.victim(table, where)
    amount_column = AMOUNTS.get(table, "")
    amount = None if cells.get(amount_column) == "null" else row.get(amount_column)
    delivery.add(table, delivery.condition(table, row), **cells)
    delivery.rejected(table, reason, amount)


def missing_key(delivery: Delivery) -> None:
    """A row of every table comes without its key, or with blanks for it."""
    for table, contract in CONTRACTS.items():
        bad_copy(delivery, table, "missing_key", **{contract.key[0]: "'  '"})
        if contract.columns[contract.key[-1]] == "varchar":
            continue
        bad_copy(delivery, table, "missing_key", **{contract.key[-1]: "null"})


def missing_value(delivery: Delivery) -> None:
    """A row comes without a cell that it cannot be used without, for each such cell."""
    for table, columns in REQUIRED.items():
        for column in columns:
            bad_copy(delivery, table, "missing_value", **{column: "null"})


def set_csv_cell(file: Path, key: dict[str, object], column: str, text: str) -> None:
    """Replaces the text of a cell in a CSV file, whose keys may have white space around them."""
    same = " and ".join(
        f"trim({name}, ' ' || chr(9) || chr(160)) = {literal(str(value))}"
        for name, value in key.items()
    )
    with duckdb.connect() as db:
        db.execute(f"create table cells as from read_csv('{file}', all_varchar = true)")
        changed = db.execute(f"update cells set {column} = {literal(text)} where {same}")
        assert changed.fetchone() == (1,), (file, same)
        db.execute(f"copy cells to '{file}' (format csv, header true)")


Texts = dict[str, tuple[tuple[str, str], ...]]

NO_NUMBERS: Texts = {
    "tbl_receipt": (("sales", "1.234.567"),),
    "tbl_receipt_line": (("qty", "dua"), ("net_sales", "12,5")),
    "tbl_receipt_payment": (("amount", "n/a"),),
    "tbl_koin": (("koin", "seribu"),),
    "tbl_product": (("normal_price", "Rp19.900"),),
    "tbl_voucher": (("face_value", "1e5"),),
}
NO_DATES: Texts = {
    "tbl_receipt": (("trx_ts", "31/02/2024 25:00"), ("updated_at", "2024-02-30 10:00:00")),
    "tbl_koin": (("entry_ts", "tadi pagi"),),
    "tbl_member_tier": (("valid_to", "2024-02-31"),),
    "tbl_site": (("opened_on", "45231"),),
    "message_event": (("event_ts", "2025-09-01T08:00:00Z"),),
}


def write_texts(delivery: Delivery, texts: Texts) -> None:
    """Puts texts into cells of a CSV delivery; the rows amount to nothing."""
    for table, cells in texts.items():
        delivery.kinds[table] = "csv"
        for column, text in cells:
            row = delivery.victim(table, MEMBER_SALE if table == "tbl_receipt" else "true")
            delivery.remove(table, delivery.condition(table, row))
            delivery.rejected(table, "unparseable")
            file = Path(CONTRACTS[table].schema) / f"{table}.csv"
            key = {name: row[name] for name in CONTRACTS[table].key}
            delivery.finish.append(
                lambda raw, file=file, key=key, column=column, text=text: set_csv_cell(
                    raw / file, key, column, text
                )
            )


def unparseable_number(delivery: Delivery) -> None:
    """CSV cells are no numbers: `1.234.567`, `12,5`, `dua`, `Rp19.900`, `1e5`."""
    write_texts(delivery, NO_NUMBERS)


#: Cells of floats that are not the number of their column.
NO_DECIMALS = {
    "tbl_receipt": ("sales", "sales + 0.005"),
    "tbl_koin": ("koin", "koin + 0.5"),
    "tbl_product": ("normal_price", "cast('nan' as double)"),
}


def fractions(delivery: Delivery) -> None:
    """Parquet has floats: half a koin, half a sen, no number at all. None is rounded."""
    for table, (column, cell) in NO_DECIMALS.items():
        row = delivery.victim(table, MEMBER_SALE if table == "tbl_receipt" else "true")
        condition = delivery.condition(table, row)
        delivery.remove(table, condition)
        delivery.rejected(table, "unparseable")
        file = Path(CONTRACTS[table].schema) / f"{table}.parquet"
        query = (
            f"select * replace (case when {condition} then {cell} else cast({column} as double) end"
            f" as {column}) from old"
        )
        delivery.finish.append(lambda raw, file=file, query=query: rewrite(raw / file, query))


def unparseable_date(delivery: Delivery) -> None:
    """CSV cells are no dates: `31/02/2024 25:00`, `2024-02-30`, `45231`, a time with a zone."""
    write_texts(delivery, NO_DATES)


def negative_koin(delivery: Delivery) -> None:
    """An issue and a redemption carry negative koin."""
    for entry_type in ("issue", "redeem"):
        where = f"entry_type = '{entry_type}' and koin > 0"
        spoil(delivery, "tbl_koin", "negative_koin", where, koin="-koin")


def unknown_entry_type(delivery: Delivery) -> None:
    """A koin movement is of a type that nobody knows."""
    where = "entry_type = 'redeem'"
    spoil(delivery, "tbl_koin", "unknown_entry_type", where, entry_type="'transfer'")


def unknown_receipt_status(delivery: Delivery) -> None:
    """A receipt has a status that nobody knows; its lines and payments are orphans then."""
    spoil(
        delivery, "tbl_receipt", "unknown_receipt_status", MEMBER_SALE, receipt_status="'pending'"
    )


def unusable_newest_version(delivery: Delivery) -> None:
    """The newest version of a receipt cannot be used: the older one stays in force."""
    bad_copy(
        delivery,
        "tbl_receipt",
        "unknown_receipt_status",
        MEMBER_SALE,
        receipt_status="'pending'",
        updated_at="updated_at + interval 1 hour",
    )


def unknown_event(delivery: Delivery) -> None:
    """A message event is of a type, or on a channel, that nobody knows."""
    spoil(delivery, "message_event", "unknown_event_type", event_type="'seen'")
    spoil(delivery, "message_event", "unknown_channel", channel="'telegram'")


def date_after_load(delivery: Delivery) -> None:
    """Receipt, koin, voucher and message are dated after they were loaded."""
    late = "_loaded_at + interval 3 days"
    spoil(delivery, "tbl_receipt", "future_dated", MEMBER_SALE, trx_ts=late)
    spoil(delivery, "tbl_koin", "future_dated", "entry_type = 'redeem'", entry_ts=late)
    spoil(delivery, "message_event", "future_dated", event_ts=late)
    spoil(delivery, "tbl_voucher", "future_dated", issued_at=late)


def impossible_amount(delivery: Delivery) -> None:
    """A card number stands where the price should, a dozen times fifteen nines, which no sum holds;
    such rows carry no money that can be counted."""
    number = "4111111111111111"
    for table, column in {**AMOUNTS, "tbl_product": "normal_price"}.items():
        row = delivery.victim(table, MEMBER_SALE if table == "tbl_receipt" else "true")
        same = delivery.condition(table, row)
        delivery.add(table, same, **{column: number})
        delivery.rejected(table, "impossible_amount", None)
    receipt = delivery.condition("tbl_receipt", delivery.victim("tbl_receipt", MEMBER_SALE))
    for _ in range(12):
        delivery.add("tbl_receipt", receipt, sales="999999999999999")
    delivery.rejected("tbl_receipt", "impossible_amount", None, rows=12)


def return_without_sign(delivery: Delivery) -> None:
    """A return has positive sales."""
    where = "receipt_status = 'return' and sales < 0"
    spoil(delivery, "tbl_receipt", "return_without_sign", where, sales="-sales")


def return_above_original(delivery: Delivery) -> None:
    """A return takes back more than its original sold."""
    where = """receipt_status = 'return' and sales < 0 and original_receive_main_id in (
        select receive_main_id from clean.tbl_receipt where receipt_status = 'completed'
    )"""
    spoil(delivery, "tbl_receipt", "return_above_original", where, sales="sales - 900000000")


def impossible_expiry(delivery: Delivery) -> None:
    """Koin and a voucher expire before they were issued."""
    spoil(
        delivery,
        "tbl_koin",
        "impossible_expiry",
        "entry_type = 'issue'",
        expires_on="cast(entry_ts as date) - 1",
    )
    spoil(delivery, "tbl_voucher", "impossible_expiry", expires_on="cast(issued_at as date) - 1")


def impossible_period(delivery: Delivery) -> None:
    """A tier period ends before it begins; a store closes before it opens."""
    spoil(delivery, "tbl_member_tier", "impossible_period", valid_to="valid_from - 1")
    bad_copy(
        delivery,
        "tbl_site",
        "impossible_period",
        "opened_on is not null",
        site_code="'Z' || site_code",
        closed_on="opened_on - 1",
    )


def negative_price(delivery: Delivery) -> None:
    """A product has a negative price."""
    bad_copy(delivery, "tbl_product", "negative_price", sku="'Z' || sku", normal_price="-1")


def before_go_live(delivery: Delivery, date: str = "2023-09-10 11:00:00") -> None:
    """A receipt is dated before go-live: kept, flagged pre_cohesive, out of every report."""
    row = delivery.victim("tbl_receipt", ANONYMOUS_SALE)
    same = delivery.condition("tbl_receipt", row)
    delivery.change("tbl_receipt", same, trx_ts=f"timestamp '{date}'")
    for table in ("tbl_receipt", "tbl_receipt_line", "tbl_receipt_payment"):
        rows = delivery.number(table, same)
        delivery.remove(table, same)
        delivery.count(table, "delivered", "all", rows)
        delivery.count(table, "kept", "all", rows)
        delivery.may_differ(f"core.fct_{table.removeprefix('tbl_')}s", same)
    delivery.count("tbl_receipt", "flagged", "pre_cohesive", 1, row["sales"])
    delivery.shows(
        "select count(*), bool_and(is_pre_cohesive), sum(sales) from core.fct_receipts"
        f" where {same}",
        (1, True, row["sales"]),
    )


def voucher_before_go_live(delivery: Delivery) -> None:
    """A voucher was issued before go-live: kept, flagged pre_cohesive, out of the report; who has
    it still holds it."""
    row = delivery.victim("tbl_voucher", UNUSED_VOUCHER)
    same = delivery.condition("tbl_voucher", row)
    delivery.change("tbl_voucher", same, issued_at="timestamp '2023-09-10 11:00:00'")
    rows = delivery.number("tbl_voucher", same)
    delivery.remove("tbl_voucher", same)
    delivery.count("tbl_voucher", "delivered", "all", rows)
    delivery.count("tbl_voucher", "kept", "all", rows)
    delivery.count("tbl_voucher", "flagged", "pre_cohesive", 1, row["face_value"])
    for mart in ("core.fct_vouchers", "segments.segment_voucher_holders"):
        delivery.may_differ(mart)


def before_the_calendar(delivery: Delivery) -> None:
    """A receipt is dated 1970: kept and flagged pre_cohesive, though the calendar begins later."""
    before_go_live(delivery, "1970-01-01 00:00:00")
