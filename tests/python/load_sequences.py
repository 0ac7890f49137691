"""Random sequences of loads, to compare builds on the last one with builds from nothing.

A sequence starts from a sample. Its rows arrive in stages, by their time of load; some arrive late,
and old loads are corrected, sent again, cut short, taken back. Everything is drawn from a seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from koin_loyalty.project import source_contract

#: What may happen between two stages, by name; each takes the sequence and the stage before which
#: it happens.
EVENTS: dict[str, Callable[[LoadSequence, int], None]] = {}

OF_RECEIPTS = ("tbl_receipt", "tbl_receipt_line", "tbl_receipt_payment")

#: Days before the end of the data at which stages end: some days, a month-end, months apart.
CUTS = ((75, 70), (40, 33), (12, 8), (5, 0))


def event(happens: Callable[[LoadSequence, int], None]) -> Callable[[LoadSequence, int], None]:
    """Registers what may happen between two stages."""
    EVENTS[happens.__name__] = happens
    return happens


@dataclass
class LoadSequence:
    """Raw tables whose rows know from which stage on, and until which, they are delivered.

    `stages`: how many builds there are. `log`: what happens before each stage, for messages.
    """

    db: duckdb.DuckDBPyConnection
    stages: int
    seed: int
    random: random.Random
    log: list[str]

    def add(self, table: str, where: str, stage: int, count: int, **changes: str) -> None:
        """Sends `count` rows of a table again, of those that came before, with changed cells: SQL
        by column. They are loaded as the last rows of the stage before were, unless a change says
        otherwise."""
        changes = {"_loaded_at": f"timestamp '{self.ends[stage]}'", **changes}
        cells = ", ".join(f"{value} as {column}" for column, value in changes.items())
        self.db.execute(
            f"insert into {table} select * replace ({cells}, {stage} as first_stage,"
            f" {self.stages - 1} as last_stage) from {table}"
            f" where {self.picked(table, where, stage, count)}"
        )

    def picked(self, table: str, where: str, stage: int, count: int) -> str:
        """A condition on some rows of a table that were delivered before a stage."""
        salt = self.random.randrange(10**9)
        return (
            f"rowid in (select rowid from {table}"
            f" where first_stage < {stage} and last_stage >= {stage} and ({where})"
            f" order by hash({table}, {salt}) limit {count})"
        )

    def change(self, table: str, where: str, stage: int, count: int, **changes: str) -> None:
        """Changes rows in the loads that brought them, or, without changes, takes them away."""
        rows = self.db.execute(
            f"select rowid from {table} where {self.picked(table, where, stage, count)}"
        ).fetchall()
        ids = ", ".join(str(row[0]) for row in rows) or "-1"
        if changes:
            cells = ", ".join(f"{value} as {column}" for column, value in changes.items())
            self.db.execute(
                f"insert into {table} select * replace ({cells}, {stage} as first_stage)"
                f" from {table} where rowid in ({ids})"
            )
        self.db.execute(f"update {table} set last_stage = {stage - 1} where rowid in ({ids})")

    def write(self, stage: int, folder: Path) -> Path:
        """The raw folder as it is at a stage."""
        for table in source_contract().values():
            file = folder / table.schema / f"{table.name}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            cells = ", ".join(
                f'cast("{name}" as {kind}) as "{name}"' for name, kind in table.columns.items()
            )
            self.db.execute(
                f"copy (select {cells} from {table.name}"
                f" where {stage} between first_stage and last_stage"
                f" order by hash({table.name}, {stage})) to '{file}'"
            )
        return folder

    @property
    def ends(self) -> list[str]:
        """The times of the last load of each stage."""
        return [str(row[0]) for row in self.db.execute("from ends order by all").fetchall()]


def load_sequence(
    raw: Path, seed: int, stages: int, events: Sequence[str] | None = None
) -> LoadSequence:
    """A sequence of a sample's loads. `events`: names of what happens, in this order and over all
    stages; by default a few of all, drawn."""
    drawn = random.Random(seed)  # noqa: S311
    db = duckdb.connect()
    (end,) = db.execute(
        f"select max(_loaded_at) from '{raw}/cohesive/tbl_receipt*/*.parquet'"
        if (raw / "cohesive" / "tbl_receipt").is_dir()
        else f"select max(_loaded_at) from '{raw}/cohesive/tbl_receipt.parquet'"
    ).fetchall()[0]
    ends = [end - timedelta(days=drawn.randint(low, high)) for high, low in CUTS[-stages:]]
    db.execute("create table ends (loaded_at timestamp)")
    db.executemany("insert into ends values (?)", [(moment,) for moment in ends])
    for table in source_contract().values():
        source = raw / table.schema / table.name
        files = f"{source}/*.parquet" if source.is_dir() else f"{source}.parquet"
        # What no stage brings by its time of load comes with the last one.
        stage = f"(select least(count(*), {stages - 1}) from ends where loaded_at < _loaded_at)"
        db.execute(
            f"create table {table.name} as select *, {stages - 1} as last_stage,"
            f" cast(coalesce({stage}, 0) as integer) as first_stage from '{files}'"
        )
    sequence = LoadSequence(db, stages, seed, drawn, [])
    names = list(events or drawn.sample(sorted(EVENTS), drawn.randint(2, 6)))
    for number, name in enumerate(names):
        stage = drawn.randint(1, stages - 1) if events is None else 1 + number % (stages - 1)
        sequence.log.append(f"{stage}: {name}")
        EVENTS[name](sequence, stage)
    return sequence


@event
def rows_come_late(sequence: LoadSequence, stage: int) -> None:
    """Rows that belong to earlier loads."""
    for table in (
        "tbl_receipt",
        "tbl_receipt_line",
        "tbl_receipt_payment",
        "tbl_koin",
        "tbl_member",
    ):
        sequence.db.execute(
            f"update {table} set first_stage = {stage}"
            f" where {sequence.picked(table, 'true', stage, 12)}"
        )


@event
def a_load_fails_and_is_repeated(sequence: LoadSequence, stage: int) -> None:
    """Half of the rows of the last day come with the next load of the same day."""
    before = sequence.ends[stage - 1][:10]
    for table in ("tbl_receipt", "tbl_receipt_line", "tbl_receipt_payment", "tbl_koin"):
        sequence.db.execute(
            f"update {table} set first_stage = {stage} where first_stage < {stage}"
            f" and cast(_loaded_at as date) = date '{before}' and hash({table}) % 2 = 0"
        )


@event
def rows_are_sent_twice(sequence: LoadSequence, stage: int) -> None:
    """The same rows, in a later load or in the one that brought them."""
    for table in source_contract().values():
        sequence.add(table.name, "true", stage, 5)
        sequence.add(table.name, "true", stage, 3, _loaded_at="_loaded_at")


def resend_receipts(
    sequence: LoadSequence, stage: int, count: int, where: str, **changes: str
) -> None:
    """New versions of receipts, with their payments and all their lines but the last."""
    db, moment = sequence.db, f"timestamp '{sequence.ends[stage]}'"
    db.execute(
        "create or replace temp table resent as select receive_main_id from tbl_receipt"
        f" where {sequence.picked('tbl_receipt', where, stage, count)}"
    )
    of_them = "receive_main_id in (from resent)"
    sequence.add("tbl_receipt", of_them, stage, 10**6, updated_at=moment, **changes)
    sequence.add(
        "tbl_receipt_line",
        f"{of_them} and (line_no = 1 or hash(receive_main_id, line_no) % 3 > 0)",
        stage,
        10**6,
        receipt_updated_at=moment,
    )
    sequence.add("tbl_receipt_payment", of_them, stage, 10**6, receipt_updated_at=moment)


@event
def receipts_are_corrected(sequence: LoadSequence, stage: int) -> None:
    """Other money, another day, another store."""
    resend_receipts(sequence, stage, 6, "true", sales="sales + 1000")
    resend_receipts(
        sequence, stage, 6, "receipt_status = 'completed'", trx_ts="trx_ts - interval 40 day"
    )
    resend_receipts(
        sequence,
        stage,
        4,
        "true",
        site_code="(select min(site_code) from tbl_site)",
        bu_code="'AZKO'",
    )


@event
def receipts_are_voided(sequence: LoadSequence, stage: int) -> None:
    """Of any age."""
    resend_receipts(sequence, stage, 8, "receipt_status = 'completed'", receipt_status="'void'")


@event
def receipts_go_to_other_members(sequence: LoadSequence, stage: int) -> None:
    """To another, to nobody, to one whom nobody knows."""
    for member in ("(select min(cust_id) from tbl_member)", "null", "'nobody knows me'"):
        resend_receipts(sequence, stage, 3, "cust_id is not null", cust_id=member)


@event
def originals_of_returns_shrink(sequence: LoadSequence, stage: int) -> None:
    """So that their returns are above them; others grow again."""
    of_returns = "receive_main_id in (select original_receive_main_id from tbl_receipt)"
    resend_receipts(sequence, stage, 5, of_returns, sales="1")
    resend_receipts(sequence, stage, 3, of_returns, sales="sales * 2")


@event
def returns_name_other_receipts(sequence: LoadSequence, stage: int) -> None:
    """A receipt that is there, and one that is not."""
    a_receipt = "(select max(receive_main_id) from tbl_receipt where sales > 0)"
    for original in (a_receipt, "'no such receipt'"):
        resend_receipts(
            sequence, stage, 2, "receipt_status = 'return'", original_receive_main_id=original
        )


@event
def payments_change_receipts(sequence: LoadSequence, stage: int) -> None:
    """A payment that is sent again under another receipt, of its version or of none."""
    other = "(select max(receive_main_id) from tbl_receipt)"
    version = f"(select max(updated_at) from tbl_receipt where receive_main_id = {other})"
    sequence.add(
        "tbl_receipt_payment", "true", stage, 4, receive_main_id=other, receipt_updated_at=version
    )
    sequence.add("tbl_receipt_payment", "true", stage, 4, receive_main_id="'an orphan'")


@event
def receipts_vanish(sequence: LoadSequence, stage: int) -> None:
    """Rows of old loads are gone: receipts, and of others lines or payments alone."""
    for table in ("tbl_receipt", "tbl_receipt_line", "tbl_receipt_payment"):
        sequence.change(table, "true", stage, 6)


@event
def old_loads_change(sequence: LoadSequence, stage: int) -> None:
    """Rows are others in the loads that brought them."""
    sequence.change("tbl_receipt", "true", stage, 4, sales="sales + 5", cust_id="null")
    sequence.change("tbl_receipt_line", "true", stage, 4, net_sales="net_sales + 5", koin_used="7")
    sequence.change("tbl_receipt_payment", "true", stage, 4, amount="amount + 5")
    sequence.change("tbl_koin", "true", stage, 4, koin="koin + 5")
    sequence.change("tbl_member", "true", stage, 4, tier="'gold'")


@event
def old_receipts_move(sequence: LoadSequence, stage: int) -> None:
    """To another store, to none and back, to another month: in the loads that brought them, and
    later."""
    for number, site in enumerate(("' ' || lower(site_code)", "null", "'NO SUCH STORE'")):
        sequence.change("tbl_receipt", "true", stage, 3, site_code=site)
        resend_receipts(sequence, stage, 2 + number, "true", site_code=site)
    sequence.change("tbl_receipt", "site_code is null", stage, 2, site_code="'NO SUCH STORE'")
    sequence.change("tbl_receipt", "true", stage, 3, trx_ts="trx_ts - interval 70 day")


@event
def rows_lose_their_keys(sequence: LoadSequence, stage: int) -> None:
    """Rows without key, or without time of load."""
    for table, key in (
        ("tbl_receipt", "receive_main_id"),
        ("tbl_receipt_line", "receive_main_id"),
        ("tbl_receipt_payment", "receive_payment_id"),
        ("tbl_koin", "koin_id"),
        ("tbl_member", "cust_id"),
    ):
        sequence.add(table, "true", stage, 2, **{key: "null"})
        sequence.add(table, "true", stage, 2, _loaded_at="null")


@event
def koin_entries_vanish(sequence: LoadSequence, stage: int) -> None:
    """Of any type, lots that others name among them."""
    sequence.change("tbl_koin", "true", stage, 5)
    sequence.change("tbl_koin", "koin_id in (select source_koin_id from tbl_koin)", stage, 3)


@event
def koin_entries_are_corrected(sequence: LoadSequence, stage: int) -> None:
    """Other koin, another day, another expiry, another member."""
    sequence.add("tbl_koin", "true", stage, 5, koin="koin * 3")
    sequence.add("tbl_koin", "true", stage, 4, entry_ts="entry_ts - interval 30 day")
    sequence.add(
        "tbl_koin", "entry_type = 'issue'", stage, 5, expires_on="cast(entry_ts as date) + 45"
    )
    sequence.add("tbl_koin", "true", stage, 3, cust_id="(select max(cust_id) from tbl_member)")


@event
def koin_entries_move(sequence: LoadSequence, stage: int) -> None:
    """To an earlier time, a later one, another member: in later loads, and in those that brought
    them."""
    for send in (sequence.add, sequence.change):
        for days in (-50, 20):
            send("tbl_koin", "true", stage, 3, entry_ts=f"entry_ts + {days} * interval 1 day")
        send("tbl_koin", "true", stage, 3, cust_id="(select min(cust_id) from tbl_member)")


@event
def koin_entries_lose_and_get_their_times(sequence: LoadSequence, stage: int) -> None:
    """In the loads that brought them: usable rows are rejected, and rejected ones usable."""
    sequence.change("tbl_koin", "true", stage, 4, entry_ts="null")
    db = sequence.db
    db.execute(
        "create or replace temp table timeless as select rowid as row_id from tbl_koin"
        f" where {sequence.picked('tbl_koin', 'entry_ts is not null', stage, 4)}"
    )
    db.execute(
        f"insert into tbl_koin select * replace (null as entry_ts, {stage - 1} as last_stage)"
        " from tbl_koin where rowid in (select row_id from timeless)"
    )
    db.execute(
        f"update tbl_koin set first_stage = {stage} where rowid in (select row_id from timeless)"
    )


@event
def koin_entries_name_later_ones(sequence: LoadSequence, stage: int) -> None:
    """A reversal before its redemption, a redemption before its lot; later, a redemption comes
    between the two."""
    db = sequence.db
    last = sequence.stages - 1
    db.execute(
        "create or replace temp table named as select * from tbl_koin"
        " where entry_type in ('issue', 'redeem') and koin > 2 and first_stage = 0"
        f" and last_stage = {last} order by hash(koin_id, {sequence.seed}) limit 8"
    )
    for prefix, of_type, entry_type, days, first_stage in (
        ("reversal before ", "redeem", "reverse_redeem", 3, 0),
        ("redemption before ", "issue", "redeem", 3, 0),
        ("between ", "redeem", "redeem", 1, stage),
        ("between ", "issue", "redeem", 1, stage),
    ):
        source = "koin_id" if first_stage == 0 else "null"
        db.execute(
            f"insert into tbl_koin select * replace ('{prefix}' || koin_id as koin_id,"
            f" '{entry_type}' as entry_type, {source} as source_koin_id, null as issue_bu_code,"
            " 'AZKO' as redeem_bu_code, floor(koin / 2) as koin,"
            f" entry_ts - interval {days} day as entry_ts, {first_stage} as first_stage)"
            f" from named where entry_type = '{of_type}'"
        )


@event
def koin_entries_name_those_of_other_members(sequence: LoadSequence, stage: int) -> None:
    """Redemptions of another's lot, reversals of another's redemption."""
    lot = "(select max(koin_id) from tbl_koin where entry_type = 'issue')"
    redemption = "(select max(koin_id) from tbl_koin where entry_type = 'redeem')"
    sequence.add("tbl_koin", "entry_type = 'redeem'", stage, 3, source_koin_id=lot)
    sequence.add(
        "tbl_koin",
        "entry_type = 'redeem'",
        stage,
        3,
        koin_id="'reversal ' || koin_id",
        entry_type="'reverse_redeem'",
        source_koin_id=redemption,
        entry_ts="entry_ts + interval 1 day",
    )


@event
def lots_that_others_name_change(sequence: LoadSequence, stage: int) -> None:
    """Their business unit, and how many koin were redeemed of them."""
    named = "koin_id in (select source_koin_id from tbl_koin)"
    sequence.add("tbl_koin", named, stage, 6, issue_bu_code="'TOYS'")
    sequence.add("tbl_koin", f"{named} and entry_type = 'redeem'", stage, 6, koin="koin + 11")


@event
def redemptions_move_to_other_business_units(sequence: LoadSequence, stage: int) -> None:
    """Their reversals, of the same member and of another, name none of their own."""
    sequence.db.execute(
        "create or replace temp table moving as select * from tbl_koin"
        " where entry_type = 'redeem' and koin > 2 and first_stage = 0"
        f" and last_stage = {sequence.stages - 1} order by hash(koin_id, {sequence.seed}) limit 6"
    )
    last_member = "(select max(tbl_member.cust_id) from tbl_member)"
    for prefix, member in (("its own ", "cust_id"), ("another ", last_member)):
        sequence.db.execute(
            f"insert into tbl_koin select * replace ('{prefix}' || koin_id as koin_id,"
            f" {member} as cust_id, 'reverse_redeem' as entry_type, 1 as koin,"
            " koin_id as source_koin_id, null as redeem_bu_code, null as issue_bu_code,"
            " entry_ts + interval 1 hour as entry_ts) from moving"
        )
    moving = "koin_id in (select koin_id from moving)"
    sequence.add("tbl_koin", moving, stage, 6, redeem_bu_code="'ODI'")


@event
def members_change(sequence: LoadSequence, stage: int) -> None:
    """Tier, preferred store, consent; one is erased."""
    moment = f"timestamp '{sequence.ends[stage]}'"
    for changes in (
        {"tier": "'platinum'"},
        {"pref_site_code": "(select max(site_code) from tbl_site)"},
        {"email_opt_in": "not email_opt_in"},
        {"erased_at": f"{moment} - interval 1 day"},
        {"erased_at": f"{moment} + interval 3 day"},
        {"registered_at": f"{moment} + interval 2 day"},
    ):
        sequence.add("tbl_member", "true", stage, 3, updated_at=moment, **changes)


@event
def members_share_stamps_ids(sequence: LoadSequence, stage: int) -> None:
    """With one who comes, or is erased, now or only after the build."""
    moment = f"timestamp '{sequence.ends[stage]}'"
    for changes in (
        {},
        {"erased_at": f"{moment} - interval 1 day"},
        {"erased_at": f"{moment} + interval 3 day"},
        {"registered_at": f"{moment} + interval 2 day"},
    ):
        sequence.add(
            "tbl_member",
            "stamps_user_id in (select stamps_user_id from message_event)",
            stage,
            3,
            cust_id="'0' || cust_id",
            updated_at=moment,
            **changes,
        )


@event
def members_vanish(sequence: LoadSequence, stage: int) -> None:
    """With or without their tiers."""
    sequence.change("tbl_member", "true", stage, 2)
    sequence.change("tbl_member_tier", "true", stage, 3)


@event
def tiers_change(sequence: LoadSequence, stage: int) -> None:
    """In the past, and from a day on that comes."""
    day = f"date '{sequence.ends[stage][:10]}'"
    sequence.add("tbl_member_tier", "true", stage, 4, tier="'Gold'", valid_from="valid_from - 20")
    for days in (-2, 3, 10):
        sequence.add(
            "tbl_member_tier", "true", stage, 3, valid_from=f"{day} + {days}", valid_to="null"
        )


@event
def stores_change(sequence: LoadSequence, stage: int) -> None:
    """Area manager and business unit."""
    sequence.add("tbl_site", "true", stage, 2, area_manager="'somebody else'", bu_code="'TOYS'")


@event
def products_and_vouchers_change(sequence: LoadSequence, stage: int) -> None:
    """Category of a product; a voucher's redemption; a child."""
    sequence.add("tbl_product", "true", stage, 3, category="'SOMETHING ELSE'")
    sequence.change("tbl_voucher", "true", stage, 3)
    sequence.add("tbl_member_child", "true", stage, 2, birth_date="birth_date - 400")
    sequence.change("message_event", "true", stage, 3)


@event
def receipts_stop_before_the_ledger(sequence: LoadSequence, stage: int) -> None:
    """The as-of date is earlier than the last koin entry, or than in the build before."""
    late = f"cast(trx_ts as date) > date '{sequence.ends[stage - 1][:10]}' - 9"
    was_there = f"{late} and first_stage < {stage} and last_stage >= {stage}"
    sequence.db.execute(
        f"insert into tbl_receipt select * replace ({stage + 1} as first_stage)"
        f" from tbl_receipt where {was_there}"
    )
    sequence.db.execute(
        f"update tbl_receipt set last_stage = {stage - 1}"
        f" where {was_there} and first_stage <> {stage + 1}"
    )
    sequence.db.execute(
        f"update tbl_receipt set first_stage = {stage + 1} where {late} and first_stage = {stage}"
    )


@event
def the_first_receipt_goes(sequence: LoadSequence, stage: int) -> None:
    """The first week is another."""
    sequence.change(
        "tbl_receipt",
        "cast(trx_ts as date) < (select min(cast(trx_ts as date)) + 8 from tbl_receipt"
        " where cast(trx_ts as date) >= date '2023-10-16')",
        stage,
        10**6,
    )


@event
def a_member_loses_all_tiers(sequence: LoadSequence, stage: int) -> None:
    """One has none any more, those of another are a third one's, in the loads that brought them."""
    first, last = (f"(select {end}(cust_id) from tbl_member_tier)" for end in ("min", "max"))
    sequence.change("tbl_member_tier", f"cust_id = {first}", stage, 10**6)
    sequence.change(
        "tbl_member_tier",
        f"cust_id = {last}",
        stage,
        10**6,
        cust_id="(select min(cust_id) from tbl_member)",
    )


@event
def reversals_of_one_redemption_part(sequence: LoadSequence, stage: int) -> None:
    """The earlier of two members' reversals goes: the later one gives back other koin."""
    redemption = "(select max(koin_id) from tbl_koin where entry_type = 'redeem' and koin > 2)"
    for number, member, last_stage in (
        (1, "(select min(cust_id) from tbl_member)", stage - 1),
        (2, "cust_id", sequence.stages - 1),
    ):
        sequence.db.execute(
            f"insert into tbl_koin select * replace ('reversal {number}' as koin_id,"
            f" {member} as cust_id, 'reverse_redeem' as entry_type, koin_id as source_koin_id,"
            f" floor(koin * 0.7) as koin, entry_ts + interval {number} second as entry_ts,"
            f" 0 as first_stage, {last_stage} as last_stage)"
            f" from tbl_koin where koin_id = {redemption} limit 1"
        )


@event
def a_reversal_comes_between_others(sequence: LoadSequence, stage: int) -> None:
    """The second of three of one redemption, of which the last finds less left."""
    redemption = (
        "(select min(koin_id) from tbl_koin"
        " where entry_type = 'redeem' and koin > 5 and first_stage = 0)"
    )
    for number, first_stage in ((1, 0), (2, stage), (3, 0)):
        sequence.db.execute(
            f"insert into tbl_koin select * replace ('reversal {number} of 3' as koin_id,"
            " 'reverse_redeem' as entry_type, koin_id as source_koin_id,"
            f" floor(koin * 0.4) as koin, entry_ts + interval {number} second as entry_ts,"
            f" {first_stage} as first_stage, {sequence.stages - 1} as last_stage)"
            f" from tbl_koin where koin_id = {redemption} limit 1"
        )
