"""Rows that can be used but refer to something missing, and rows from before go-live.

They stay in the clean truth as delivered.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.columns import SECONDS_PER_DAY, set_cells
from koin_loyalty.sample.disagreements import pick
from koin_loyalty.sample.documents import KOIN_STRIDE, RECEIPT_STRIDE
from koin_loyalty.sample.shard import CleanShard
from koin_loyalty.sample.world import World

SHARE_PLANTED = 0.0001

UNKNOWN_BU, UNKNOWN_SITE, UNKNOWN_SKU = "XKLG", "Z999", "99999999"
UNKNOWN_PROGRAM, UNKNOWN_CAMPAIGN = "LAMA-2019", "LAMA-2022"

#: Receipts and koin rows dated before go-live, in the first shard only.
PRE_COHESIVE_RECEIPTS = 36
PRE_COHESIVE_DAYS = 60

#: Numbers of receipts, payments and koin rows beyond those of the simulation.
ORPHAN_FROM, PRE_COHESIVE_FROM = 9_000_000, 9_500_000
EXTRA_ROWS_FROM = 90_000_000


def unknown_receipts(shard: int, first: int, count: int) -> list[str]:
    """Keys of receipts that are never delivered."""
    numbers = shard * RECEIPT_STRIDE + ORPHAN_FROM + first + np.arange(count)
    return col.identifiers("RM", numbers, 10).to_pylist()


def unknown_members(shard: int, count: int) -> list[str]:
    """Keys of members that are never delivered."""
    numbers = 9_900_000_000 + shard * 10_000 + np.arange(count)
    return col.identifiers("", numbers, 10).to_pylist()


class _Planter:
    """Plants unknowns in the clean tables of one shard and counts them."""

    def __init__(self, world: World, shard: int, clean: CleanShard) -> None:
        self.world, self.shard, self.clean = world, shard, clean
        self.rng = world.stream(shard, "unknowns")
        self.tables = dict(clean.tables)
        self.counts: dict[tuple[str, str], int] = {}
        self.wanted = max(3, round(len(clean.tables["cohesive.tbl_receipt"]) * SHARE_PLANTED))

    def replace(
        self, table: str, column: str, kind: str, eligible: np.ndarray, values: Any
    ) -> np.ndarray:
        """Replace cells of `wanted` eligible rows by one value or a list of values."""
        rows = pick(self.rng, eligible, self.wanted)
        given = values if isinstance(values, list) else [values] * len(rows)
        self.tables[table] = set_cells(self.tables[table], column, rows, given[: len(rows)])
        self.counts[table, kind] = self.counts.get((table, kind), 0) + len(rows)
        return rows

    def append(self, table: str, kind: str, columns: dict[str, Any], count: int) -> None:
        """Append `count` rows; missing columns are null, single values are repeated."""
        schema = self.tables[table].schema
        arrays = []
        for field in schema:
            value = columns.get(field.name)
            if not isinstance(value, pa.Array):
                value = pa.array(value if isinstance(value, list) else [value] * count, field.type)
            arrays.append(value)
        rows = pa.table(arrays, schema=schema)
        self.tables[table] = pa.concat_tables([self.tables[table], rows]).combine_chunks()
        self.counts[table, kind] = self.counts.get((table, kind), 0) + count

    def plant(self) -> None:
        """All kinds."""
        self._receipts()
        self._lines_and_payments()
        self._koin()
        self._members()
        self._vouchers()
        self._messages()
        if self.shard == 0:
            self._pre_cohesive()

    def _receipts(self) -> None:
        table, receipts = "cohesive.tbl_receipt", self.clean.receipts
        is_original = np.zeros(len(receipts.member), dtype=bool)
        is_original[receipts.original[receipts.original >= 0]] = True
        free = (receipts.member < 0) & (receipts.status == 0) & ~is_original
        for column, kind, values in (
            ("bu_code", "unknown_bu", UNKNOWN_BU),
            ("bu_code", "missing_bu", None),
            ("site_code", "unknown_site", UNKNOWN_SITE),
            ("cust_id", "unknown_member", unknown_members(self.shard, self.wanted)),
        ):
            rows = self.replace(table, column, kind, np.flatnonzero(free), values)
            free[rows] = False
        lost = np.flatnonzero((receipts.status == 2) & (receipts.member < 0))
        originals = unknown_receipts(self.shard, 2_000, self.wanted)
        self.replace(table, "original_receive_main_id", "orphan_return", lost, originals)

    def _lines_and_payments(self) -> None:
        lines = "cohesive.tbl_receipt_line"
        rows = np.arange(len(self.tables[lines]))
        plain = rows[: max(len(rows) * 3 // 4, 1)]
        self.replace(lines, "sku", "unknown_sku", plain[::2], UNKNOWN_SKU)
        self.replace(lines, "sku", "missing_sku", plain[1::2], None)
        count = self.wanted
        first = self.world.calendar.first_day * SECONDS_PER_DAY
        span = self.world.calendar.days * SECONDS_PER_DAY
        when = first + self.rng.integers(0, span - SECONDS_PER_DAY, count)
        loaded = (when // SECONDS_PER_DAY + 1) * SECONDS_PER_DAY + 7_800
        price = self.world.catalogue.price[:count]
        self.append(
            lines,
            "orphan_line",
            {
                "receive_main_id": unknown_receipts(self.shard, 0, count),
                "line_no": 1,
                "sku": list(self.world.catalogue.sku[:count]),
                "qty": 1,
                "gross_sales": col.money(price),
                "discount": 0,
                "net_sales": col.money(price),
                "koin_used": 0,
                "receipt_updated_at": col.timestamps(when),
                "_loaded_at": col.timestamps(loaded),
            },
            count,
        )
        numbers = self.shard * KOIN_STRIDE + EXTRA_ROWS_FROM + np.arange(count)
        self.append(
            "cohesive.tbl_receipt_payment",
            "orphan_payment",
            {
                "receive_payment_id": col.identifiers("RP", numbers, 11),
                "receive_main_id": unknown_receipts(self.shard, 1_000, count),
                "payment_method": "CASH",
                "amount": col.money(price),
                "receipt_updated_at": col.timestamps(when),
                "_loaded_at": col.timestamps(loaded),
            },
            count,
        )

    def _koin(self) -> None:
        table = "cohesive.tbl_koin"
        end = (self.world.calendar.last_day + 1) * SECONDS_PER_DAY
        count = self.wanted
        members = (
            self.clean.tables["cohesive.tbl_member"].column("cust_id")[: count * 2].to_pylist()
        )
        known = [members[row % len(members)] for row in range(count)]
        numbers = self.shard * KOIN_STRIDE + EXTRA_ROWS_FROM + np.arange(count * 4)
        keys = col.identifiers("K", numbers, 11)
        minute = np.arange(count) * 60

        def rows(part: int, **columns: Any) -> dict[str, Any]:
            return {
                "koin_id": keys.slice(part * count, count),
                "_loaded_at": col.timestamps(np.full(count, end + 2 * 3_600 + 2_460)),
                **columns,
            }

        lost = unknown_receipts(self.shard, 3_000, count)
        expires = col.dates(np.full(count, self.world.calendar.last_day + 365))
        issue = {
            "entry_type": "issue",
            "koin": 4_000,
            "issue_bu_code": "AZKO",
            "expires_on": expires,
        }
        redeem = {"entry_type": "redeem", "koin": 1_500, "redeem_bu_code": "AZKO"}
        strangers = unknown_members(self.shard, count)
        evening = end - 1_800
        self.append(
            table, "orphan_koin",
            rows(0, cust_id=known, main_receive_payment_id=lost,
                 entry_ts=col.timestamps(evening + minute % 600), **issue), count,
        )  # fmt: skip
        self.append(
            table, "orphan_koin",
            rows(1, cust_id=known, main_receive_payment_id=lost,
                 entry_ts=col.timestamps(evening + minute % 600 + 60), **redeem), count,
        )  # fmt: skip
        self.append(
            table, "unknown_member",
            rows(2, cust_id=strangers, entry_ts=col.timestamps(evening + minute % 600), **issue),
            count,
        )  # fmt: skip
        self.append(
            table, "unknown_member",
            rows(3, cust_id=strangers, entry_ts=col.timestamps(evening + minute % 600 + 60),
                 **redeem), count,
        )  # fmt: skip
        plain = pc.equal(self.tables[table].column("entry_type"), "issue").to_numpy()
        self.replace(table, "issue_bu_code", "unknown_bu", np.flatnonzero(plain), UNKNOWN_BU)

    def _members(self) -> None:
        strangers = unknown_members(self.shard, self.wanted)
        first = self.world.calendar.first_day
        loaded = col.timestamps(np.full(self.wanted, (first + 2) * SECONDS_PER_DAY + 8_000))
        self.append(
            "cohesive.tbl_member_tier",
            "unknown_member",
            {
                "cust_id": strangers,
                "tier": "SILVER",
                "valid_from": col.dates(np.full(self.wanted, first)),
                "_loaded_at": loaded,
            },
            self.wanted,
        )
        self.append(
            "cohesive.tbl_member_child",
            "unknown_member",
            {
                "cust_id": strangers,
                "child_no": 1,
                "birth_date": col.dates(np.full(self.wanted, first - 2_000)),
                "_loaded_at": loaded,
            },
            self.wanted,
        )
        chosen = pc.is_valid(self.tables["cohesive.tbl_member"].column("pref_site_code")).to_numpy()
        self.replace(
            "cohesive.tbl_member", "pref_site_code", "unknown_site", np.flatnonzero(chosen),
            UNKNOWN_SITE,
        )  # fmt: skip

    def _vouchers(self) -> None:
        vouchers, payments = "cohesive.tbl_voucher", "cohesive.tbl_receipt_payment"
        used = pc.is_valid(self.tables[vouchers].column("redeemed_receive_main_id")).to_numpy()
        lost = unknown_receipts(self.shard, 4_000, self.wanted)
        self.replace(
            vouchers, "redeemed_receive_main_id", "orphan_redemption", np.flatnonzero(used), lost
        )
        unused = np.flatnonzero(~used)
        self.replace(
            vouchers, "cust_id", "unknown_member", unused[::2],
            unknown_members(self.shard, self.wanted),
        )  # fmt: skip
        self.replace(vouchers, "program_code", "unknown_program", unused[1::2], UNKNOWN_PROGRAM)
        by_voucher = pc.is_valid(self.tables[payments].column("voucher_code")).to_numpy()
        codes = [f"{UNKNOWN_PROGRAM}-{self.shard:03d}{row:05d}" for row in range(self.wanted)]
        self.replace(payments, "voucher_code", "unknown_voucher", np.flatnonzero(by_voucher), codes)

    def _messages(self) -> None:
        table = "stamps.message_event"
        data = self.tables[table]
        messages = data.column("message_id").combine_chunks()
        sent = np.flatnonzero(pc.equal(data.column("event_type"), "sent").to_numpy())
        for column, kind, value in (
            ("stamps_user_id", "unknown_member", "st-99999999"),
            ("campaign_code", "unknown_campaign", UNKNOWN_CAMPAIGN),
        ):
            of_sent = pick(self.rng, sent, self.wanted)
            chosen = pc.is_in(messages, value_set=messages.take(pa.array(of_sent)))
            rows = np.flatnonzero(chosen.to_numpy(zero_copy_only=False))
            self.tables[table] = set_cells(self.tables[table], column, rows, [value] * len(rows))
            self.counts[table, kind] = len(rows)

    def _pre_cohesive(self) -> None:
        """Copies of a few sales, dated in the weeks before go-live, with lines, payments, koin."""
        receipts, rng = self.clean.receipts, self.rng
        tenders = self.clean.tables["cohesive.tbl_receipt_payment"]
        loyalty = pc.is_in(tenders.column("payment_method"), pa.array(["KOIN", "VOUCHER"]))
        with_loyalty = tenders.filter(loyalty).column("receive_main_id").combine_chunks()
        keys = self.clean.tables["cohesive.tbl_receipt"].column("receive_main_id")
        has_loyalty = pc.is_in(keys, with_loyalty).to_numpy()
        whole = (receipts.status == 0) & (receipts.first_updated < 0) & ~has_loyalty
        whole &= ~self.clean.disagreements.touched
        whole &= self.world.network.opened[receipts.site] <= -PRE_COHESIVE_DAYS
        source = pick(rng, np.flatnonzero(whole), PRE_COHESIVE_RECEIPTS)
        count = len(source)
        if count == 0:
            return
        first = self.world.calendar.first_day
        day = first - 1 - rng.integers(0, PRE_COHESIVE_DAYS, count)
        when = day * SECONDS_PER_DAY + receipts.timestamp[source] % SECONDS_PER_DAY
        keys = col.identifiers("RM", PRE_COHESIVE_FROM + np.arange(count), 10)
        updated = col.timestamps(when + 90)
        loaded = col.timestamps(np.full(count, (first + 1) * SECONDS_PER_DAY + 7_500))
        clean = self.clean.tables
        self._copy(
            "cohesive.tbl_receipt", clean["cohesive.tbl_receipt"], source,
            {"receive_main_id": keys, "trx_ts": col.timestamps(when), "updated_at": updated,
             "_loaded_at": loaded},
        )  # fmt: skip
        for table in ("cohesive.tbl_receipt_line", "cohesive.tbl_receipt_payment"):
            data = clean[table]
            old_keys = (
                clean["cohesive.tbl_receipt"].column("receive_main_id").take(pa.array(source))
            )
            found = pc.index_in(data.column("receive_main_id"), value_set=old_keys)
            rows = np.flatnonzero(pc.is_valid(found).to_numpy())
            of = pa.array(found.take(pa.array(rows)).to_numpy())
            changes = {
                "receive_main_id": keys.take(of),
                "receipt_updated_at": updated.take(of),
                "_loaded_at": loaded.take(of),
            }
            if table.endswith("payment"):
                changes["receive_payment_id"] = col.identifiers(
                    "RP", EXTRA_ROWS_FROM + 1_000_000 + np.arange(len(rows)), 11
                )
            self._copy(table, data, rows, changes)
        of_member = np.flatnonzero(receipts.member[source] >= 0)
        numbers = EXTRA_ROWS_FROM + 1_000_000 + np.arange(len(of_member))
        owners = clean["cohesive.tbl_receipt"].column("cust_id").take(pa.array(source[of_member]))
        self.append(
            "cohesive.tbl_koin",
            "pre_cohesive",
            {
                "koin_id": col.identifiers("K", numbers, 11),
                "cust_id": owners.combine_chunks(),
                "entry_type": "issue",
                "koin": 2_500,
                "issue_bu_code": "AZKO",
                "main_receive_payment_id": keys.take(pa.array(of_member)),
                "entry_ts": col.timestamps(when[of_member]),
                "expires_on": col.dates(day[of_member] + 365),
                "_loaded_at": loaded.take(pa.array(of_member)),
            },
            len(of_member),
        )

    def _copy(
        self, table: str, data: pa.Table, rows: np.ndarray, changes: dict[str, pa.Array]
    ) -> None:
        copied = data.take(pa.array(rows))
        columns = [
            changes[name] if name in changes else copied.column(name)
            for name in copied.column_names
        ]
        copied = pa.table(columns, schema=data.schema)
        self.tables[table] = pa.concat_tables([self.tables[table], copied]).combine_chunks()
        self.counts[table, "pre_cohesive"] = len(rows)


def plant_unknowns(
    world: World, shard: int, clean: CleanShard
) -> tuple[dict[str, pa.Table], dict[tuple[str, str], int]]:
    """Clean tables with the planted unknowns, and the number of rows by (table, kind)."""
    planter = _Planter(world, shard, clean)
    planter.plant()
    return planter.tables, planter.counts
