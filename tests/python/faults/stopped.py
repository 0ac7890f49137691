"""Faults that stop a run before anything is built, with a message that says where to look."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from faults.corrected import rewrite

SeedRows = list[dict[str, str]]


@dataclass(frozen=True)
class RawStop:
    """A raw folder, or a project variable, that the source contract does not allow.

    Attributes:
        kind: file format of the sound folder that is damaged.
        message: what the message must hold; nothing where the folder is sound after all.
    """

    kind: str
    damage: Callable[[Path], object]
    message: tuple[str, ...]
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SeedStop:
    """A reference table (`reference/channels`) with a mistake.

    Attributes:
        edit: makes the mistake in the rows of the seed.
        message: what the message must hold: seed, row, column, value.
        checks: the model that finds it.
        is_read: whether the model gets to it: the seed can be loaded and its tests pass.
    """

    seed: str
    edit: Callable[[SeedRows], object]
    message: tuple[str, ...]
    checks: str = "int_reference__violations"
    is_read: bool = True


def parquet(folder: Path) -> Path:
    """The receipts as Parquet."""
    return folder / "cohesive" / "tbl_receipt.parquet"


def csv(folder: Path) -> Path:
    """The receipts as CSV."""
    return folder / "cohesive" / "tbl_receipt.csv"


def nothing(_: Path) -> None:
    """The folder stays sound."""


def replace_bytes(file: Path, old: bytes, new: bytes) -> None:
    """Replaces the first of these bytes."""
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new, 1))


def deliver_in_two_files(folder: Path, second: str) -> None:
    """The receipts as a folder of two files, the second a query on the first."""
    several = folder / "cohesive" / "tbl_receipt"
    several.mkdir()
    parquet(folder).rename(several / "part_1.parquet")
    shutil.copy(several / "part_1.parquet", several / "part_2.parquet")
    rewrite(several / "part_2.parquet", second)


def deliver_unread_file(folder: Path, name: str) -> None:
    """The receipts in two files, of which the second has this name in the folder."""
    deliver_in_two_files(folder, "select * from old")
    several = folder / "cohesive" / "tbl_receipt"
    file = several / name
    file.parent.mkdir(exist_ok=True)
    (several / "part_2.parquet").rename(file)


def damage_pages(file: Path) -> None:
    """The file's end, which says what is in it, is whole; the data before it are not."""
    content = bytearray(file.read_bytes())
    content[4:400] = bytes(byte ^ 0xFF for byte in content[4:400])
    file.write_bytes(content)


def text_that_is_not_utf_8(file: Path, column: str = "fulfilment") -> None:
    """A Parquet text in another encoding: `é` in Latin-1."""
    with duckdb.connect() as db:
        db.execute(f"create table old as from '{file}'")
        db.execute(f"update old set {column} = 'ambil zz'")
        db.execute(f"copy old to '{file}' (format parquet, compression uncompressed)")
    file.write_bytes(file.read_bytes().replace(b"ambil zz", b"ambil \xe9z"))


def of_receipts(query: str) -> Callable[[Path], object]:
    """Damage: the receipts are a query on the receipts."""
    return lambda raw: rewrite(parquet(raw), query)


def in_csv(old: bytes, new: bytes) -> Callable[[Path], object]:
    """Damage: other bytes in the CSV of the receipts."""
    return lambda raw: replace_bytes(csv(raw), old, new)


RAW_STOPS: dict[str, RawStop] = {
    "missing table": RawStop(
        "parquet",
        lambda raw: parquet(raw).unlink(),
        ("cohesive.tbl_receipt: no file", "cohesive/tbl_receipt.parquet or .csv"),
    ),
    "missing folder": RawStop(
        "parquet",
        shutil.rmtree,
        ("cohesive.tbl_receipt: no file", "stamps.message_event: no file"),
    ),
    "missing column": RawStop(
        "parquet",
        of_receipts("select * exclude (sales) from old"),
        ("cohesive.tbl_receipt.sales: the column is missing in", "tbl_receipt.parquet"),
    ),
    "missing column in one of two files": RawStop(
        "parquet",
        lambda raw: deliver_in_two_files(raw, "select * exclude (trx_ts) from old"),
        ("cohesive.tbl_receipt.trx_ts: the column is missing in", "part_2.parquet"),
    ),
    "wrong type": RawStop(
        "parquet",
        of_receipts("select * replace ('ten' as sales) from old"),
        ("cohesive.tbl_receipt.sales: expected numeric(18,2), found varchar",),
    ),
    "wrong type in one of two files": RawStop(
        "parquet",
        lambda raw: deliver_in_two_files(raw, "select * replace ('ten' as sales) from old"),
        ("cohesive.tbl_receipt.sales: expected numeric(18,2), found varchar",),
    ),
    "numbers where another file has texts": RawStop(
        "parquet",
        lambda raw: deliver_in_two_files(raw, "select * replace (8::double as cust_id) from old"),
        ("cohesive.tbl_receipt.cust_id: expected varchar, found double in", "part_2.parquet"),
    ),
    "time zone": RawStop(
        "parquet",
        of_receipts("select * replace (cast(trx_ts as timestamptz) as trx_ts) from old"),
        ("cohesive.tbl_receipt.trx_ts: expected timestamp, found timestamp with time zone",),
    ),
    "truncated Parquet": RawStop(
        "parquet",
        lambda raw: parquet(raw).write_bytes(parquet(raw).read_bytes()[:-100]),
        ("No magic bytes found at end of file", "cohesive/tbl_receipt.parquet"),
    ),
    "empty Parquet file": RawStop(
        "parquet",
        lambda raw: parquet(raw).write_bytes(b""),
        ("cohesive/tbl_receipt.parquet", "too small to be a Parquet file"),
    ),
    "table delivered twice": RawStop(
        "parquet",
        lambda raw: csv(raw).write_text("receive_main_id\n"),
        ("cohesive.tbl_receipt: delivered twice", "tbl_receipt.parquet", "tbl_receipt.csv"),
    ),
    "file whose kind is in capitals": RawStop(
        "parquet",
        lambda raw: deliver_unread_file(raw, "part_2.PARQUET"),
        ("cohesive.tbl_receipt:", "part_2.PARQUET: nobody would read it: files are .parquet or"),
    ),
    "file in a folder of its own": RawStop(
        "parquet",
        lambda raw: deliver_unread_file(raw, "2024/part_2.parquet"),
        ("cohesive.tbl_receipt:", "2024/part_2.parquet: nobody would read it"),
    ),
    "second file in capitals beside the first": RawStop(
        "csv",
        lambda raw: shutil.copy(csv(raw), csv(raw).with_suffix(".CSV")),
        ("cohesive.tbl_receipt:", "tbl_receipt.CSV: nobody would read it"),
    ),
    "empty receipts": RawStop(
        "parquet",
        of_receipts("select * from old where false"),
        ("cohesive.tbl_receipt: no row",),
    ),
    "no receipt that is not after its load": RawStop(
        "parquet",
        of_receipts("select * replace (_loaded_at + interval 9 days as trx_ts) from old"),
        ("cohesive.tbl_receipt: no row",),
    ),
    "empty CSV file": RawStop(
        "csv",
        lambda raw: csv(raw).write_bytes(b""),
        ("cohesive.tbl_receipt: no column of the contract in", "tbl_receipt.csv"),
    ),
    "CSV with semicolons": RawStop(
        "csv",
        lambda raw: csv(raw).write_text(csv(raw).read_text().replace(",", ";")),
        ("cohesive.tbl_receipt: no column of the contract in", "tbl_receipt.csv"),
    ),
    "CSV in another encoding": RawStop(
        "csv",
        in_csv(b"fulfilment-2", "ambil é".encode("latin-1")),
        ("cohesive.tbl_receipt.fulfilment: line 3 of", "tbl_receipt.csv: the text is not UTF-8"),
    ),
    "CSV in UTF-16": RawStop(
        "csv",
        lambda raw: csv(raw).write_text(csv(raw).read_text(), encoding="utf-16"),
        ("cohesive.tbl_receipt: no column of the contract in", "is UTF-8"),
    ),
    "CSV column missing": RawStop(
        "csv",
        in_csv(b",sales,", b",turnover,"),
        ("cohesive.tbl_receipt.sales: the column is missing in",),
    ),
    "CSV column twice": RawStop(
        "csv",
        in_csv(b",sales,", b",trx_ts,"),
        ("cohesive.tbl_receipt: a column name stands twice in",),
    ),
    "CSV cell too many": RawStop(
        "csv",
        in_csv(b"fulfilment-2", b"in,store"),
        ("cohesive.tbl_receipt: line 3 of", "more cells than the header has"),
    ),
    "CSV cell too few": RawStop(
        "csv",
        in_csv(b"fulfilment-2,", b""),
        ("cohesive.tbl_receipt._loaded_at: line 3 of", "fewer cells than the header has"),
    ),
    "CSV quote not closed": RawStop(
        "csv",
        in_csv(b"fulfilment-2", b'"in_store'),
        ("cohesive.tbl_receipt.fulfilment: line 3 of", "a quote is not closed"),
    ),
    "CSV with line ends of two kinds": RawStop(
        "csv",
        in_csv(b"\n", b"\r\n"),
        ("cohesive.tbl_receipt:", "tbl_receipt.csv: some lines end in LF, some in CR LF"),
    ),
    "as-of after the data": RawStop(
        "parquet",
        nothing,
        ("variable as_of_date: 2024-06-01 is outside", "cohesive.tbl_receipt.trx_ts"),
        {"as_of_date": "2024-06-01"},
    ),
    "as-of before the data": RawStop(
        "parquet",
        nothing,
        ("variable as_of_date: 2023-06-01 is outside", "cohesive.tbl_receipt.trx_ts"),
        {"as_of_date": "2023-06-01"},
    ),
    "as-of before the first receipt since go-live": RawStop(
        "parquet",
        nothing,
        ("variable as_of_date: 2024-01-02 is outside the receipts since the go-live (2024-01-03",),
        {"as_of_date": "2024-01-02", "cohesive_go_live_date": "2024-01-03"},
    ),
    "receipts before go-live alone": RawStop(
        "parquet",
        nothing,
        ("cohesive.tbl_receipt: no row", "nor before 2025-01-01"),
        {"cohesive_go_live_date": "2025-01-01"},
    ),
    "as-of that is no date": RawStop(
        "parquet",
        nothing,
        ('variable as_of_date: "1 June" is no date',),
        {"as_of_date": "1 June"},
    ),
    "as-of on a day that does not exist": RawStop(
        "parquet",
        nothing,
        ('variable as_of_date: "2024-02-30" is no date',),
        {"as_of_date": "2024-02-30"},
    ),
    "go-live that is no date": RawStop(
        "parquet",
        nothing,
        ('variable cohesive_go_live_date: "16/10/2023" is no date',),
        {"cohesive_go_live_date": "16/10/2023"},
    ),
}


#: What only reading every page would find: the model that reads the table stops.
PAGE_STOPS: dict[str, RawStop] = {
    "Parquet with damaged pages": RawStop(
        "parquet",
        lambda raw: damage_pages(raw / "cohesive" / "tbl_koin.parquet"),
        ("Failure in model base_cohesive__koin_entries",),
    ),
    "Parquet text in another encoding": RawStop(
        "parquet",
        lambda raw: text_that_is_not_utf_8(parquet(raw)),
        ("Failure in model base_cohesive__receipts", "tbl_receipt.parquet", "ambil"),
    ),
    "contact in another encoding": RawStop(
        "parquet",
        lambda raw: text_that_is_not_utf_8(raw / "cohesive" / "tbl_member.parquet", "full_name"),
        ("cohesive.tbl_member.full_name: the text is not UTF-8 in", "tbl_member.parquet"),
    ),
}


def first(**cells: str) -> Callable[[SeedRows], object]:
    """A mistake: other cells in a seed's first row."""
    return lambda rows: rows[0].update(cells)


def again(**cells: str) -> Callable[[SeedRows], object]:
    """A mistake: a seed's first row stands there once more, with other cells."""
    return lambda rows: rows.append({**rows[0], **cells})


def request(column: str, value: str, *more: str) -> SeedStop:
    """A request that holds a value that nobody knows."""
    return SeedStop(
        "requests/segment_requests",
        first(**{column: value}),
        ("R2025-001", column, value, *more),
        "int_requests__violations",
    )


SEED_STOPS: dict[str, SeedStop] = {
    "overlapping promo periods of a SKU": SeedStop(
        "programmes/members_choice_skus",
        again(period_code="MC-ZZ"),
        ("members_choice_skus, row MC-ZZ|00001013, column starts_on: '2023-10-16' overlaps",),
    ),
    "overlapping koin-price periods of a SKU": SeedStop(
        "programmes/harga_spesial_koin_skus",
        again(period_code="HSK-ZZ"),
        ("harga_spesial_koin_skus, row HSK-ZZ|00001027, column starts_on: '2023-10-16' overlaps",),
    ),
    "period that ends before it begins": SeedStop(
        "programmes/campaigns",
        first(promo_ends_on="2024-11-01"),
        ("campaigns, row AZ-HARBOLNAS24, column promo_ends_on: '2024-11-01' is not a date on",),
    ),
    "price of nothing": SeedStop(
        "programmes/members_choice_skus",
        first(special_price="0"),
        ("members_choice_skus, row MC-AZKO-2023-10|00001013, column special_price: '0.00' is not",),
    ),
    "campaign of an unknown business unit": SeedStop(
        "programmes/campaigns",
        first(bu_code="AZKOO"),
        ("campaigns, row AZ-HARBOLNAS24, column bu_code: 'AZKOO' is no business unit",),
    ),
    "campaign of an unknown scope": SeedStop(
        "programmes/campaigns",
        first(scope_type="brand"),
        ("campaigns, row AZ-HARBOLNAS24, column scope_type: 'brand' is none of all, sku",),
    ),
    "scope of an unknown campaign": SeedStop(
        "programmes/campaign_scope",
        first(campaign_code="TK-ZZ"),
        ("campaign_scope, row TK-ZZ|Girl Playset, column campaign_code: 'TK-ZZ' is no campaign",),
    ),
    "alias of an unknown tier": SeedStop(
        "reference/tier_aliases",
        first(tier_code="DIAMOND"),
        ("tier_aliases, row kartu perak, column tier_code: 'DIAMOND' is no tier",),
    ),
    "lowest tier that does not begin with 0": SeedStop(
        "reference/loyalty_tiers",
        first(min_l12m_spend="100000.00"),
        ("loyalty_tiers, row SILVER, column min_l12m_spend: '100000.00' is not 0",),
    ),
    "campaign code that is not in upper case": SeedStop(
        "programmes/voucher_programs",
        lambda rows: rows[2].update(program_code="inf-pindah24"),
        ("row inf-pindah24, column program_code: 'inf-pindah24' is not in upper case",),
    ),
    "alias of a tier in another form than its key": SeedStop(
        "reference/tier_aliases",
        lambda rows: rows[1].update(alias="Kartu  Silver"),
        ("tier_aliases, row Kartu  Silver, column alias: 'Kartu  Silver' is not in lower case",),
    ),
    "city in another form than its key": SeedStop(
        "reference/domicile_areas",
        first(raw_city=" 50 kota"),
        ("domicile_areas, row  50 kota|, column raw_city: ' 50 kota' is not in lower case",),
    ),
    "province in another form than its key": SeedStop(
        "reference/domicile_areas",
        lambda rows: rows[1].update(raw_province="Sumatera Barat"),
        ("row 50 kota|Sumatera Barat, column raw_province: 'Sumatera Barat' is not in lower",),
    ),
    "channel with an unknown consent": SeedStop(
        "reference/channels",
        first(consent="sms"),
        ("channels, row EMAIL_BLAST, column consent: 'sms' is none of email, whatsapp",),
    ),
    "control period that ends before it begins": SeedStop(
        "programmes/campaigns",
        lambda rows: rows[1].update(control_ends_on="2023-10-16"),
        ("column control_ends_on: '2023-10-16' is not a date on or after the start",),
    ),
    "control period that reaches into the promo": SeedStop(
        "programmes/campaigns",
        lambda rows: rows[2].update(control_ends_on=rows[2]["promo_starts_on"]),
        ("column control_ends_on:", "is not before the promo starts"),
    ),
    "koin price that is not below the normal price": SeedStop(
        "programmes/harga_spesial_koin_skus",
        lambda rows: rows[1].update(koin_price=rows[1]["normal_price"]),
        ("column koin_price:", "is not below the normal price"),
    ),
    "voucher programme of an unknown business unit": SeedStop(
        "programmes/voucher_programs",
        first(bu_code="AZKOO"),
        ("voucher_programs, row WELCOME, column bu_code: 'AZKOO' is no business unit",),
    ),
    "voucher programme that ends before it begins": SeedStop(
        "programmes/voucher_programs",
        first(ends_on="2023-10-15"),
        ("voucher_programs, row WELCOME, column ends_on: '2023-10-15' is not a date on or after",),
    ),
    "season that ends before it begins": SeedStop(
        "reference/seasons",
        first(ends_on="2015-06-14"),
        ("seasons, row BACK_TO_SCHOOL|2015, column ends_on: '2015-06-14' is not a date on or",),
    ),
    "overlapping windows of a season": SeedStop(
        "reference/seasons",
        lambda rows: rows[2].update(starts_on=rows[1]["ends_on"]),
        ("seasons, row BACK_TO_SCHOOL|2017, column starts_on: '2016-07-31' overlaps the window",),
    ),
    "channel that requires what members do not have": SeedStop(
        "reference/channels",
        first(required_attributes="rrr_id|shoe_size"),
        ("channels, row EMAIL_BLAST, column required_attributes: 'shoe_size' is no attribute",),
    ),
    "channel with an unknown exclusivity": SeedStop(
        "reference/channels",
        first(exclusivity="some"),
        ("channels, row EMAIL_BLAST, column exclusivity: 'some' is none of channel, any",),
    ),
    "cap of messages without days": SeedStop(
        "reference/channels",
        first(frequency_cap_days="0"),
        ("channels, row EMAIL_BLAST, column frequency_cap_days: '0' is no number of days",),
    ),
    "channels of a group with two capacities": SeedStop(
        "reference/channels",
        lambda rows: rows[1].update(daily_capacity="9000"),
        ("channels, row WSME, column daily_capacity: '9000' is not the capacity of WABA",),
    ),
    "date that is none": SeedStop(
        "programmes/campaigns",
        first(promo_starts_on="8 Nov 2024"),
        ("campaigns", "AZ-HARBOLNAS24", "promo_starts_on", "8 Nov 2024"),
        is_read=False,
    ),
    "price that is no number": SeedStop(
        "programmes/harga_spesial_koin_skus",
        first(koin_price="Rp9.900"),
        ("harga_spesial_koin_skus", "HSK-AZKO-2023-10|00001027", "koin_price", "Rp9.900"),
        is_read=False,
    ),
    "code that stands twice": SeedStop(
        "programmes/campaigns",
        again(),
        ("unique_campaigns__campaign_code",),
        is_read=False,
    ),
    "alias that stands twice": SeedStop(
        "reference/tier_aliases",
        again(tier_code="GOLD"),
        ("unique_tier_aliases__alias",),
        is_read=False,
    ),
    "request of an unknown channel": request("channel", "TELEX"),
    "request of an unknown business unit": request("bu_code", "AZKOO"),
    "request of an unknown tier": request("tier", "DIAMOND"),
    "request with a number that is none": request("min_koin", "9.900"),
    "request with a date that is none": request("send_starts_on", "4/11/2025"),
}
