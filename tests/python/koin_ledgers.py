"""The issuer rule (spec 2.4) koin by koin, and random ledgers to try it on.

Nothing here is clever: a member's axis is a list with one issuer for each koin ever given, a
consumption reads it koin by koin, and every consumed koin is remembered so that a reversal can
give it back.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

ADJUSTMENT = "ADJUSTMENT"
UNATTRIBUTED = "UNATTRIBUTED"
UNKNOWN = "UNKNOWN"
BUSINESS_UNITS = ("AZKO", "TOYS", "ATARU", "INFORMA", "ODI")

#: What a row may say of its business unit: nothing, or one that nobody knows.
REDEEMERS = (*BUSINESS_UNITS, None, "NOWHERE")

#: An issuer and the method that found it.
Share = tuple[str, str]


@dataclass(frozen=True)
class Entry:
    """A ledger row; `koin` is signed on an adjustment only."""

    koin_id: str
    cust_id: str
    entry_type: str
    koin: int
    entry_ts: datetime
    issue_bu_code: str | None = None
    redeem_bu_code: str | None = None
    source_koin_id: str | None = None
    main_receive_payment_id: str | None = None
    expires_on: date | None = None


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Entries in the order of the rule."""
    return sorted(entries, key=lambda entry: (entry.entry_ts, entry.koin_id.encode()))


def is_lot(entry: Entry) -> bool:
    """Whether the entry gives koin that can be consumed."""
    return entry.entry_type == "issue" or (entry.entry_type == "adjust" and entry.koin > 0)


def consumes(entry: Entry) -> bool:
    """Whether the entry takes koin."""
    is_taking = entry.entry_type in ("redeem", "expire", "reverse_issue")
    return is_taking or (entry.entry_type == "adjust" and entry.koin < 0)


def lot_issuer(entry: Entry) -> str:
    """Issuer of a lot; an adjustment's is no business unit."""
    if entry.entry_type == "adjust":
        return ADJUSTMENT
    return entry.issue_bu_code or UNKNOWN


class LotQueue:
    """One member's lots and cursor, walked entry by entry."""

    def __init__(self) -> None:
        self.axis: list[str] = []
        self.cursor = 0

    def at(self, position: int) -> Share:
        """Issuer of one koin of the axis as it is now."""
        if 0 <= position < len(self.axis):
            return self.axis[position], "fifo"
        return UNATTRIBUTED, "unattributed"

    def take(self, koin: int) -> list[Share]:
        """Consume from the cursor on."""
        taken = [self.at(self.cursor + step) for step in range(koin)]
        self.cursor += koin
        return taken

    def give_back(self, koin: int) -> list[Share]:
        """Move the cursor back; the koin passed over, last first."""
        given = [self.at(self.cursor - 1 - step) for step in range(koin)]
        self.cursor -= koin
        return given


def attribute(ledger: Sequence[Entry]) -> Counter[tuple[str, str, str]]:
    """Koin by (koin_id, issuer, method) of all entries that are no lots; reversals negative."""
    lots = {entry.koin_id: lot_issuer(entry) for entry in ledger if is_lot(entry)}
    ordered = in_order(ledger)
    consumed: dict[str, list[Share]] = {}
    passed_over: dict[str, list[Share]] = {}
    queues: dict[str, LotQueue] = {}
    for entry in ordered:
        queue = queues.setdefault(entry.cust_id, LotQueue())
        if is_lot(entry):
            queue.axis += [lot_issuer(entry)] * entry.koin
        elif consumes(entry):
            shares = queue.take(abs(entry.koin))
            known = issuer_known(entry, lots)
            consumed[entry.koin_id] = [known] * abs(entry.koin) if known else shares
        else:
            passed_over[entry.koin_id] = queue.give_back(entry.koin)

    undoable = {
        entry.koin_id: consumed[entry.koin_id]
        for entry in ordered
        if entry.entry_type in ("redeem", "expire")
    }
    koin: Counter[tuple[str, str, str]] = Counter()
    for koin_id, shares in consumed.items():
        koin.update((koin_id, *share) for share in shares)
    for entry in ordered:
        if entry.koin_id in passed_over:
            left = list(undoable.get(entry.source_koin_id or "", []))
            for koin_id, *share in undo(entry, left, passed_over[entry.koin_id]):
                koin[koin_id, *share] -= 1
            if entry.source_koin_id in undoable:
                undoable[entry.source_koin_id] = left
    return koin


def redeemers(ledger: Sequence[Entry]) -> dict[str, str]:
    """Business unit of each redemption and reversal that moves koin, by koin_id."""
    by_id = {entry.koin_id: entry for entry in ledger if entry.koin}
    places = {}
    for entry in by_id.values():
        if entry.entry_type == "redeem":
            places[entry.koin_id] = known_place(entry)
        elif entry.entry_type == "reverse_redeem":
            undone = by_id.get(entry.source_koin_id or "")
            is_of_a_redemption = undone is not None and undone.entry_type == "redeem"
            place = known_place(entry)
            if place == UNKNOWN and is_of_a_redemption:
                place = known_place(undone)
            places[entry.koin_id] = place
    return places


def known_place(entry: Entry) -> str:
    """Business unit that the entry itself names."""
    return entry.redeem_bu_code if entry.redeem_bu_code in BUSINESS_UNITS else UNKNOWN


def issuer_known(entry: Entry, lots: Mapping[str, str]) -> Share | None:
    """What ledger or lot say about a consumption."""
    if entry.entry_type == "adjust":
        return None
    if entry.issue_bu_code:
        return entry.issue_bu_code, "ledger"
    if entry.source_koin_id in lots:
        return lots[entry.source_koin_id], "lot"
    return None


def undo(
    entry: Entry, left: list[Share], passed_over: Sequence[Share]
) -> list[tuple[str, str, str]]:
    """A reversal koin by koin: what is `left` of the undone row from its end (and taken off it),
    then the entry's own issuer, else the axis."""
    given = []
    for step in range(entry.koin):
        if left:
            share = left.pop()
        elif entry.issue_bu_code:
            share = (entry.issue_bu_code, "ledger")
        else:
            share = passed_over[step]
        given.append((entry.koin_id, *share))
    return given


def random_ledgers(members: int, seed: int, first_day: date) -> list[Entry]:
    """Ledgers with everything that makes the rule hard, 2 to 30 entries each, of 1 to 60 koin.

    Same-second entries, ids whose byte order is not their alphabetical order, over-redemption,
    adjustments up and down, partial, repeated and excessive reversals, reversals of nothing,
    expiries, missing, unknown and mistaken source ids, redemptions and reversals nowhere.
    """
    draw = random.Random(seed)  # noqa: S311 (test data)
    start = datetime.combine(first_day, datetime.min.time()) + timedelta(hours=9)
    entries: list[Entry] = []
    for number in range(members):
        entries += random_ledger(draw, f"M{number:05d}", start)
    return entries


def random_ledger(draw: random.Random, cust_id: str, start: datetime) -> list[Entry]:
    """One member's ledger."""
    kinds = ["issue", "redeem", "reverse_redeem", "expire", "adjust", "reverse_issue"]
    weights = draw.choice([(8, 6, 2, 1, 1, 1), (4, 8, 5, 1, 2, 1), (6, 3, 1, 4, 4, 3)])
    entries: list[Entry] = []
    moment = start
    for number in range(draw.randint(2, 30)):
        if draw.random() < 0.7:
            moment += timedelta(seconds=draw.choice([1, 3_600, 86_400, 9 * 86_400]))
        entry_type = draw.choices(kinds, weights)[0]
        koin = draw.randint(0, 60)
        if entry_type == "adjust" and draw.random() < 0.5:
            koin = -koin
        lots = [entry for entry in entries if is_lot(entry)]
        taken = [entry for entry in entries if consumes(entry)]
        source = issuer = None
        if entry_type in ("redeem", "expire", "reverse_issue"):
            issuer = draw.choice([None, None, None, draw.choice(BUSINESS_UNITS)])
            source = random_source(draw, lots, cust_id)
        elif entry_type == "reverse_redeem":
            issuer = draw.choice([None, None, draw.choice(BUSINESS_UNITS)])
            source = random_source(draw, taken if draw.random() < 0.9 else lots, cust_id)
            undone = [entry for entry in taken if entry.koin_id == source]
            if undone and draw.random() < 0.7:
                koin = draw.randint(0, abs(undone[0].koin))
        elif entry_type == "issue":
            issuer = draw.choice(BUSINESS_UNITS)
        is_redemption = entry_type in ("redeem", "reverse_redeem")
        letter = draw.choice("kKzZ-_")
        entries.append(
            Entry(
                koin_id=f"{cust_id}{letter}{draw.randint(0, 999_999)}{number}",
                cust_id=cust_id,
                entry_type=entry_type,
                koin=koin,
                entry_ts=moment,
                issue_bu_code=issuer,
                redeem_bu_code=draw.choice(REDEEMERS) if is_redemption else None,
                source_koin_id=source,
                expires_on=moment.date() + timedelta(days=draw.randint(0, 120))
                if entry_type == "issue"
                else None,
            )
        )
    return entries


def random_source(draw: random.Random, candidates: Sequence[Entry], cust_id: str) -> str | None:
    """An entry of the candidates, none, or an id that no row has."""
    chance = draw.random()
    if chance < 0.35 or not candidates:
        return None
    return f"{cust_id}-lost" if chance < 0.45 else draw.choice(candidates).koin_id


def worked_example(cust_id: str, start: datetime) -> list[Entry]:
    """Worked example 1 of the specification, one entry an hour."""
    rows = [
        ("issue", 10_000, "AZKO", None, None),
        ("issue", 5_000, "TOYS", None, None),
        ("redeem", 8_000, None, "ATARU", None),
        ("redeem", 4_000, None, "AZKO", None),
        ("reverse_redeem", 4_000, None, "AZKO", f"{cust_id}-4"),
        ("redeem", 9_000, None, "TOYS", None),
    ]
    return [
        Entry(
            koin_id=f"{cust_id}-{number}",
            cust_id=cust_id,
            entry_type=entry_type,
            koin=koin,
            entry_ts=start + timedelta(hours=number),
            issue_bu_code=issuer,
            redeem_bu_code=redeemer,
            source_koin_id=source,
        )
        for number, (entry_type, koin, issuer, redeemer, source) in enumerate(rows, start=1)
    ]
