"""Faults that a build corrects: every mart is as if they had not been."""

from __future__ import annotations

from pathlib import Path

import duckdb

from faults.delivery import (
    ANONYMOUS_SALE,
    BOTH,
    CONTRACTS,
    DELIVERED,
    MEMBER_SALE,
    PLAIN_SALE,
    WITHOUT_KOIN,
    Delivery,
    literal,
    rewrite,
)

RECEIPT_PARTS = ("tbl_receipt", "tbl_receipt_line", "tbl_receipt_payment")


def of_receipt(receipt: str) -> str:
    """Condition on the rows of a receipt."""
    return f"receive_main_id = {literal(receipt)}"


def send_older_version(
    delivery: Delivery, receipt: str, *, loaded: str, extra_line: bool = False, **cells: str
) -> None:
    """The receipt, whole, in a version of an hour before; `loaded` moves its time of loading."""
    same = of_receipt(receipt)
    for table in RECEIPT_PARTS:
        column = "updated_at" if table == "tbl_receipt" else "receipt_updated_at"
        more = {column: f"{column} - interval 1 hour", "_loaded_at": f"_loaded_at + {loaded}"}
        delivery.add(table, same, **more, **(cells if table == "tbl_receipt" else {}))
        delivery.superseded(table, delivery.number(table, same))
    if extra_line:
        first = f"{same} and line_no = 1"
        delivery.add(
            "tbl_receipt_line",
            first,
            line_no="99",
            receipt_updated_at="receipt_updated_at - interval 1 hour",
            _loaded_at=f"_loaded_at + {loaded}",
        )
        delivery.superseded("tbl_receipt_line", delivery.number("tbl_receipt_line", first))


def identical_duplicates(delivery: Delivery) -> None:
    """A receipt with its lines and payments, and one row of every other table, come twice."""
    receipt = delivery.victim("tbl_receipt", MEMBER_SALE)["receive_main_id"]
    for table in RECEIPT_PARTS:
        delivery.add(table, of_receipt(receipt))
        delivery.superseded(table, delivery.number(table, of_receipt(receipt)))
    for table in sorted(CONTRACTS.keys() - set(RECEIPT_PARTS)):
        row = delivery.victim(table)
        delivery.add(table, delivery.condition(table, row))
        delivery.superseded(table)


def older_receipt_after_newer(delivery: Delivery) -> None:
    """An older version of a receipt is loaded days after the newer one."""
    receipt = delivery.victim("tbl_receipt", MEMBER_SALE)["receive_main_id"]
    send_older_version(delivery, receipt, loaded="interval 5 days", sales="sales + 1000")


def older_member_after_newer(delivery: Delivery) -> None:
    """An older version of a member, with another name and tier, is loaded after the newer one."""
    row = delivery.victim("tbl_member", "updated_at < timestamp '2025-06-01'")
    delivery.add(
        "tbl_member",
        delivery.condition("tbl_member", row),
        full_name="'Nama Lama'",
        tier="'GOLD'",
        updated_at="updated_at - interval 1 day",
        _loaded_at="_loaded_at + interval 5 days",
    )
    delivery.superseded("tbl_member")


def older_rows_without_version(delivery: Delivery) -> None:
    """Koin, voucher, product, store, tier, child and event come first with another content."""
    cells = {
        "tbl_koin": {"koin": "koin + 500"},
        "tbl_voucher": {"face_value": "face_value + 500"},
        "tbl_product": {"category": "'LAIN'", "normal_price": "normal_price + 500"},
        "tbl_site": {"area_manager": "'Manajer Lama'"},
        "tbl_member_tier": {"tier": "'PLATINUM'"},
        "tbl_member_child": {"birth_date": "birth_date - 400"},
        "message_event": {"event_type": "'clicked'"},
    }
    for table, changes in cells.items():
        row = delivery.victim(table)
        delivery.add(
            table,
            delivery.condition(table, row),
            **changes,
            _loaded_at="_loaded_at - interval 2 hours",
        )
        delivery.superseded(table)


def dropped_line(delivery: Delivery) -> None:
    """A corrected receipt comes whole again and no longer has one of its lines."""
    receipt = delivery.victim("tbl_receipt", MEMBER_SALE)["receive_main_id"]
    send_older_version(delivery, receipt, loaded="interval '-30 minutes'", extra_line=True)


def void_after_sale(delivery: Delivery) -> None:
    """A sale is delivered, and later the same receipt as void: it amounts to the void alone."""
    receipt = delivery.victim("tbl_receipt", ANONYMOUS_SALE)["receive_main_id"]
    same = of_receipt(receipt)
    later = "interval 1 hour"
    for table in RECEIPT_PARTS:
        column = "updated_at" if table == "tbl_receipt" else "receipt_updated_at"
        delivery.superseded(table, delivery.number(table, same))
        delivery.add(table, same, **{column: f"{column} + {later}"})
        delivery.change(table, same, ("as_if",), **{column: f"{column} + {later}"})
    delivery.change(
        "tbl_receipt",
        f"{same} and updated_at = (select max(updated_at) from delivered.tbl_receipt where {same})",
        receipt_status="'void'",
    )
    delivery.change("tbl_receipt", same, ("as_if",), receipt_status="'void'")


def rows_out_of_order(delivery: Delivery) -> None:
    """Every table comes in an order that has nothing to do with time or key."""

    def shuffle(raw: Path) -> None:
        for file in raw.rglob("*.parquet"):
            rewrite(file, "select * from old order by md5(cast(old as varchar))")

    delivery.finish.append(shuffle)


def late_rows(delivery: Delivery) -> None:
    """What happened in one week arrives three weeks later."""
    week = "between timestamp '2024-05-06' and timestamp '2024-05-12 23:59:59'"
    columns = {
        "tbl_receipt": "updated_at",
        "tbl_receipt_line": "receipt_updated_at",
        "tbl_receipt_payment": "receipt_updated_at",
        "tbl_koin": "entry_ts",
        "message_event": "event_ts",
    }
    for table, column in columns.items():
        delivery.change(table, f"{column} {week}", _loaded_at="_loaded_at + interval 21 days")


def stray_white_space(delivery: Delivery) -> None:
    """Blanks, tabs and non-breaking blanks stand around texts, codes and keys."""
    blank = "' ' || {0} || chr(160) || chr(9)"
    for table, names in {
        "tbl_receipt": ("receive_main_id", "bu_code", "site_code", "receipt_status"),
        "tbl_receipt_line": ("receive_main_id", "sku"),
        "tbl_koin": ("koin_id", "cust_id", "entry_type", "issue_bu_code", "redeem_bu_code"),
        "tbl_member": ("full_name", "email", "gender", "registration_status"),
        "tbl_product": ("sku", "brand", "category"),
        "message_event": ("stamps_user_id", "channel", "event_type"),
    }.items():
        key = CONTRACTS[table].key[0]
        some = f"ascii(right({key}, 1)) % 5 = 0"
        delivery.change(table, some, **{name: blank.format(name) for name in names})


def mixed_case(delivery: Delivery) -> None:
    """Codes and words are typed in any case."""
    for table, names in {
        "tbl_receipt": ("bu_code", "site_code", "sales_channel", "fulfilment", "receipt_status"),
        "tbl_receipt_payment": ("payment_method", "bank_code", "voucher_code"),
        "tbl_koin": ("entry_type", "issue_bu_code", "redeem_bu_code"),
        "tbl_member": ("email", "gender", "registration_status", "pref_site_code"),
        "tbl_site": ("site_code", "bu_code", "site_type"),
        "tbl_voucher": ("voucher_code", "program_code"),
        "message_event": ("channel", "event_type", "bounce_type", "campaign_code"),
    }.items():
        key = CONTRACTS[table].key[0]
        turned = {name: f"upper(left({name}, 1)) || lower(substr({name}, 2))" for name in names}
        delivery.change(table, f"ascii(right(trim({key}), 1)) % 2 = 0", **turned)


def names_in_other_case(delivery: Delivery) -> None:
    """A brand, category, city or manager is typed in another case for one of several rows."""
    for table, key, names in (
        ("tbl_product", "sku", ("brand", "department", "category", "subcategory")),
        ("tbl_site", "site_code", ("city", "province", "area_manager")),
    ):
        for name in names:
            one = f"select min({key}) from clean.{table} group by {name} having count(*) > 2"
            delivery.change(table, f"{key} in ({one})", **{name: f"upper({name})"})


def empty_strings(delivery: Delivery) -> None:
    """An empty text, or nothing but blanks, stands where null is meant."""
    for table, contract in CONTRACTS.items():
        for name, data_type in contract.columns.items():
            if data_type == "varchar" and name not in contract.key:
                delivery.change(table, f"{name} is null", **{name: "''"})


def tier_spellings(delivery: Delivery) -> None:
    """Tiers are typed as people type them, in the member table and in the history."""
    spelling = "case upper(tier) when 'SILVER' then ' Slv ' when 'GOLD' then 'gld'"
    spelling += " when 'PLATINUM' then 'PLT' else tier end"
    for table in ("tbl_member", "tbl_member_tier"):
        delivery.change(table, "true", tier=spelling)


def city_spellings(delivery: Delivery) -> None:
    """Cities are typed without `Kota`, or with `Kab.` for `Kabupaten`, in any case."""
    delivery.change(
        "tbl_member",
        "domicile_city like 'Kota %' or domicile_city like 'Kabupaten %'",
        domicile_city="upper(replace(replace(domicile_city, 'Kabupaten ', 'Kab. '), 'Kota ', ''))",
        domicile_province="lower(domicile_province) || ' '",
    )


def phone_spellings(delivery: Delivery) -> None:
    """The same numbers as `+62 (0)...`, `0...` with dashes, and as a spreadsheet's float."""
    mobile = "regexp_full_match(phone, '62[0-9]+')"
    digits = "substr(phone, 3)"
    delivery.change(
        "tbl_member",
        mobile,
        phone=f"""case ascii(right(cust_id, 1)) % 3
            when 0 then '+62 (0)' || {digits}
            when 1 then '0' || left({digits}, 3) || '-' || substr({digits}, 4)
            else phone || '.0'
        end""",
    )


def tier_overlap(delivery: Delivery) -> None:
    """A tier period ends a month after the next one has begun: the later period rules."""
    row = delivery.victim(
        "tbl_member_tier",
        """valid_to is not null and exists (
            select 1 from clean.tbl_member_tier as later
            where later.cust_id = tbl_member_tier.cust_id
                and later.valid_from = tbl_member_tier.valid_to
                and coalesce(later.valid_to, date '2099-01-01') > later.valid_from + 31
        )""",
    )
    delivery.change(
        "tbl_member_tier", delivery.condition("tbl_member_tier", row), valid_to="valid_to + 30"
    )


def tier_gap(delivery: Delivery) -> None:
    """The last tier period is missing: the member's current tier stands in."""
    row = delivery.victim(
        "tbl_member_tier",
        """valid_to is null and cust_id in (
            select cust_id from clean.tbl_member where tbl_member.tier = tbl_member_tier.tier
        ) and exists (
            select 1 from clean.tbl_member_tier as earlier
            where earlier.cust_id = tbl_member_tier.cust_id
                and earlier.valid_to = tbl_member_tier.valid_from
                and earlier.tier <> tbl_member_tier.tier
        )""",
    )
    same = delivery.condition("tbl_member_tier", row)
    delivery.remove("tbl_member_tier", same, (DELIVERED,))
    delivery.count("tbl_member_tier", "delivered", "all", -1)
    delivery.count("tbl_member_tier", "kept", "all", -1)
    # The same tier on the same days; the period says that the history does not have it.
    member = f"cust_id = {literal(row['cust_id'])}"
    delivery.may_differ("core.dim_member_tiers", member)
    delivery.shows(
        f"select tier_code, is_from_history from core.dim_member_tiers where {member}"
        " order by valid_from desc limit 1",
        (row["tier"], False),
    )


def tier_taken_back(delivery: Delivery) -> None:
    """A tier period that never was comes, and later again, ending when it begins: it covers no
    day."""
    row = delivery.victim("tbl_member_tier", "tier <> 'PLATINUM'")
    same = delivery.condition("tbl_member_tier", row)
    for days, valid_to in ((0, "null"), (1, "valid_from + 10")):
        delivery.add(
            "tbl_member_tier",
            same,
            tier="'PLATINUM'",
            valid_from="valid_from + 10",
            valid_to=valid_to,
            _loaded_at=f"_loaded_at + interval {days} day",
        )
    delivery.count("tbl_member_tier", "delivered", "all", 2)
    delivery.count("tbl_member_tier", "kept", "all")
    delivery.count("tbl_member_tier", "superseded", "newer_version")


def opt_in_null(delivery: Delivery) -> None:
    """Members who said no to a channel have no answer at all: null is no."""
    for name in ("email_opt_in", "whatsapp_opt_in"):
        delivery.change("tbl_member", f"not {name}", **{name: "null"})


def shared_phone(delivery: Delivery) -> None:
    """Two members give one phone number: they stay two, and one of them holds the number."""
    unreachable = "not coalesce(whatsapp_opt_in, false) and erased_at is null"
    mobile = "regexp_full_match(phone, '62[0-9]+')"
    first = delivery.victim("tbl_member", f"{unreachable} and {mobile}")
    second = delivery.victim("tbl_member", f"{unreachable} and {mobile}")
    same = delivery.condition("tbl_member", second)
    delivery.change("tbl_member", same, BOTH, phone=literal(first["phone"]))
    both = f"cust_id in ({literal(first['cust_id'])}, {literal(second['cust_id'])})"
    delivery.shows(
        "select count(*), count(distinct wa_phone), count(distinct phone_holder_id),"
        f" min(phone_holder_id) from restricted.member_contacts where {both}",
        (2, 1, 1, first["cust_id"]),
    )


def csv_files(delivery: Delivery) -> None:
    """Every table comes as CSV instead of Parquet."""
    delivery.kinds.update(dict.fromkeys(CONTRACTS, "csv"))


def csv_of_a_spreadsheet(delivery: Delivery) -> None:
    """CSV as a spreadsheet saves it: byte order mark, CR LF, every text in quotes."""
    csv_files(delivery)

    def save(raw: Path) -> None:
        for file in raw.rglob("*.csv"):
            with duckdb.connect() as db:
                db.execute(
                    "create table cells as from"
                    f" read_csv('{file}', all_varchar = true, header = true)"
                )
                db.execute(f"copy cells to '{file}' (format csv, force_quote *)")
            text = file.read_text(encoding="utf-8").replace("\n", "\r\n").replace('""', "")
            file.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))

    delivery.finish.append(save)


def several_files(delivery: Delivery) -> None:
    """Every table comes as a folder of two files, their columns in another order."""

    def split(raw: Path) -> None:
        for name, contract in CONTRACTS.items():
            file = raw / contract.schema / f"{name}.parquet"
            folder = file.with_suffix("")
            folder.mkdir()
            with duckdb.connect() as db:
                db.execute(f"create table rows as from '{file}'")
                for part, columns in enumerate((list(contract.columns), [*contract.columns][::-1])):
                    names = ", ".join(f'"{column}"' for column in columns)
                    db.execute(
                        f"copy (select {names} from rows where rowid % 2 = {part})"
                        f" to '{folder}/part_{part}.parquet'"
                    )
            file.unlink()

    delivery.finish.append(split)


def other_columns(delivery: Delivery) -> None:
    """Parquet has columns that nobody asked for, in another order."""

    def widen(raw: Path) -> None:
        for file in raw.rglob("*.parquet"):
            with duckdb.connect() as db:
                names = [row[0] for row in db.execute(f"describe from '{file}'").fetchall()]
            rest = ", ".join(f'"{name}"' for name in reversed(names))
            rewrite(file, f"select 1 as batch_no, {rest}, 'x' as source_system from old")

    delivery.finish.append(widen)


def other_types(delivery: Delivery) -> None:
    """Numbers come as other numbers, dates as timestamps, and nothing but nulls as integers."""
    replaced = {
        "tbl_receipt": "cast(sales as double) as sales",
        "tbl_receipt_line": "cast(line_no as bigint) as line_no, cast(qty as double) as qty",
        "tbl_koin": "cast(koin as bigint) as koin, cast(expires_on as timestamp) as expires_on",
        "tbl_member": "cast(birth_date as timestamp) as birth_date",
        "tbl_product": "cast(normal_price as float) as normal_price",
        "tbl_site": "cast(null as integer) as area_manager",
    }
    # No float of four bytes is this price, nor any other with such sen.
    row = delivery.victim("tbl_product", "normal_price > 0")
    delivery.change(
        "tbl_product", delivery.condition("tbl_product", row), BOTH, normal_price="19900.55"
    )
    delivery.change("tbl_site", "true", BOTH, area_manager="null")

    def retype(raw: Path) -> None:
        for table, cells in replaced.items():
            file = raw / CONTRACTS[table].schema / f"{table}.parquet"
            rewrite(file, f"select * replace ({cells}) from old")

    delivery.finish.append(retype)


def repeated_delivery(delivery: Delivery) -> None:
    """The whole delivery comes twice."""
    for table in CONTRACTS:
        delivery.add(table, "true")
        delivery.superseded(table, delivery.number(table, "true"))


def unfinished_correction(delivery: Delivery) -> None:
    """Lines and payments of a correction come before its header: they wait for it."""
    receipt = delivery.victim("tbl_receipt", f"{PLAIN_SALE} and {WITHOUT_KOIN}")["receive_main_id"]
    for table in RECEIPT_PARTS[1:]:
        delivery.add(
            table, of_receipt(receipt), receipt_updated_at="receipt_updated_at + interval 1 hour"
        )
        delivery.superseded(table, delivery.number(table, of_receipt(receipt)))
