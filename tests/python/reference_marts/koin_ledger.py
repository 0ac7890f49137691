"""The koin ledger walked member by member: issuers (spec 2.4), lots and balances (spec 2.5)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from reference_marts import Tables
from reference_marts.calendar_and_tiers import UNKNOWN, ReportCalendar, is_null, week_start_of

ADJUSTMENT = "ADJUSTMENT"
UNATTRIBUTED = "UNATTRIBUTED"
CONSUMING = ("redeem", "expire", "reverse_issue")


@dataclass
class Entry:
    """A ledger row in the reports; codes are null or known, or UNKNOWN."""

    koin_id: str
    cust_id: str
    entry_type: str
    koin: int
    issue_bu_code: str | None
    redeem_bu_code: str | None
    receive_main_id: str | None
    source_koin_id: str | None
    entry_ts: pd.Timestamp
    expires_on: date | None

    @property
    def day(self) -> date:
        """Business date."""
        return self.entry_ts.date()

    @property
    def week_start(self) -> date:
        """Monday of its week."""
        return week_start_of(self.day)

    @property
    def is_lot(self) -> bool:
        """Whether it gives koin that can be consumed."""
        return self.entry_type == "issue" or (self.entry_type == "adjust" and self.koin > 0)

    @property
    def lot_issuer(self) -> str:
        """Issuer of the lot."""
        return ADJUSTMENT if self.entry_type == "adjust" else self.issue_bu_code or UNKNOWN

    @property
    def consumes(self) -> bool:
        """Whether it takes koin."""
        is_taking_adjustment = self.entry_type == "adjust" and self.koin < 0
        return self.entry_type in CONSUMING or is_taking_adjustment

    @property
    def movement(self) -> int:
        """Signed change of the member's balance."""
        return -self.koin if self.entry_type in CONSUMING else self.koin


def ledger_by_member(
    truth: Tables, calendar: ReportCalendar, bu_of: Callable[[object], str]
) -> dict[str, list[Entry]]:
    """Entries by member in the order of (entry_ts, koin_id)."""

    def code(value: object, *, required: bool) -> str | None:
        return bu_of(value) if required or not is_null(value) else None

    def text(value: object) -> str | None:
        return None if is_null(value) else str(value)

    members: dict[str, list[Entry]] = {}
    for row in truth["cohesive.tbl_koin"].itertuples(index=False):
        if not calendar.covers(row.entry_ts.date()):
            continue
        is_redemption = row.entry_type in ("redeem", "reverse_redeem")
        members.setdefault(row.cust_id, []).append(
            Entry(
                row.koin_id,
                row.cust_id,
                row.entry_type,
                int(row.koin),
                code(row.issue_bu_code, required=row.entry_type == "issue"),
                code(row.redeem_bu_code, required=is_redemption),
                text(row.main_receive_payment_id),
                text(row.source_koin_id),
                row.entry_ts,
                None if is_null(row.expires_on) else row.expires_on,
            )
        )
    for entries in members.values():
        entries.sort(key=lambda entry: (entry.entry_ts, entry.koin_id.encode()))
    return members


@dataclass
class Piece:
    """Koin of one issuer."""

    koin: int
    issuer: str
    method: str


@dataclass
class Axis:
    """A member's lots end to end, and the cursor."""

    ends: list[int] = field(default_factory=list)
    lots: list[Entry] = field(default_factory=list)
    cursor: int = 0

    @property
    def length(self) -> int:
        """Koin of all lots."""
        return self.ends[-1] if self.ends else 0

    def add(self, lot: Entry) -> None:
        """Lay a lot at the end."""
        if lot.koin:
            self.ends.append(self.length + lot.koin)
            self.lots.append(lot)

    def pieces(self, begin: int, end: int) -> list[Piece]:
        """The issuers of [begin, end) in order, as the lots are now."""
        found, position = [], begin
        while position < end:
            if position < 0:
                stop, issuer, method = min(end, 0), UNATTRIBUTED, "unattributed"
            elif position >= self.length:
                stop, issuer, method = end, UNATTRIBUTED, "unattributed"
            else:
                number = bisect_right(self.ends, position)
                stop = min(end, self.ends[number])
                issuer, method = self.lots[number].lot_issuer, "fifo"
            found.append(Piece(stop - position, issuer, method))
            position = stop
        return found

    def left(self) -> Iterator[tuple[Entry, int]]:
        """What is left of each lot that is not wholly consumed."""
        for lot, end in zip(self.lots, self.ends, strict=True):
            koin = end - max(end - lot.koin, self.cursor)
            if koin > 0:
                yield lot, koin


@dataclass
class Attributed:
    """Koin of an entry by one issuer; consumption positive, reverse_redeem negative."""

    entry: Entry
    issuer: str
    method: str
    koin: int


def redeemers(members: dict[str, list[Entry]]) -> dict[str, str]:
    """Business unit of every redemption and reversal, by koin_id.

    A reversal is where it says, when that is known; else where the redemption was that it undoes
    (anybody's, if it moved koin); else UNKNOWN.
    """
    everything = [entry for entries in members.values() for entry in entries]
    redeemed_at = {
        entry.koin_id: entry.redeem_bu_code
        for entry in everything
        if entry.entry_type == "redeem" and entry.koin
    }
    found: dict[str, str] = {}
    for entry in everything:
        if entry.entry_type not in ("redeem", "reverse_redeem"):
            continue
        place = entry.redeem_bu_code or UNKNOWN
        if entry.entry_type == "reverse_redeem" and place == UNKNOWN:
            place = redeemed_at.get(entry.source_koin_id or "") or UNKNOWN
        found[entry.koin_id] = place
    return found


def attribute(members: dict[str, list[Entry]]) -> list[Attributed]:
    """The issuers of every entry that is no lot."""
    lots = {
        entry.koin_id: entry.lot_issuer
        for entries in members.values()
        for entry in entries
        if entry.is_lot
    }
    consumed: dict[str, list[Piece]] = {}
    passed: dict[str, list[Piece]] = {}
    for entries in members.values():
        axis = Axis()
        for entry in entries:
            size = abs(entry.koin)
            if entry.is_lot:
                axis.add(entry)
            elif entry.consumes:
                consumed[entry.koin_id] = issuers_of(entry, axis, lots)
                axis.cursor += size
            else:
                passed[entry.koin_id] = axis.pieces(axis.cursor - size, axis.cursor)
                axis.cursor -= size
    return [
        *consumptions(members, consumed),
        *reversals(members, consumed, passed),
    ]


def issuers_of(entry: Entry, axis: Axis, lots: dict[str, str]) -> list[Piece]:
    """Ledger, lot, first in first out, unattributed."""
    size = abs(entry.koin)
    if entry.entry_type != "adjust" and entry.issue_bu_code:
        return [Piece(size, entry.issue_bu_code, "ledger")]
    if entry.entry_type != "adjust" and entry.source_koin_id in lots:
        return [Piece(size, lots[entry.source_koin_id], "lot")]
    return axis.pieces(axis.cursor, axis.cursor + size)


def consumptions(
    members: dict[str, list[Entry]], consumed: dict[str, list[Piece]]
) -> Iterator[Attributed]:
    """What every consuming entry took."""
    for entries in members.values():
        for entry in entries:
            for piece in consumed.get(entry.koin_id, ()):
                yield Attributed(entry, piece.issuer, piece.method, piece.koin)


def reversals(
    members: dict[str, list[Entry]],
    consumed: dict[str, list[Piece]],
    passed: dict[str, list[Piece]],
) -> Iterator[Attributed]:
    """What every reversal of a redemption gave back, from the end of the row that it undoes."""
    everything = [entry for entries in members.values() for entry in entries]
    left = {
        entry.koin_id: [
            Piece(piece.koin, piece.issuer, piece.method) for piece in consumed[entry.koin_id]
        ]
        for entry in everything
        if entry.entry_type in ("redeem", "expire")
    }
    for entry in sorted(everything, key=lambda entry: (entry.entry_ts, entry.koin_id.encode())):
        if entry.entry_type != "reverse_redeem":
            continue
        taken = take_from_end(left.get(entry.source_koin_id or "", []), entry.koin)
        rest = entry.koin - sum(piece.koin for piece in taken)
        if entry.issue_bu_code:
            taken.append(Piece(rest, entry.issue_bu_code, "ledger"))
        else:
            whole = list(passed[entry.koin_id])
            take_from_end(whole, entry.koin - rest)
            taken += whole
        for piece in taken:
            if piece.koin:
                yield Attributed(entry, piece.issuer, piece.method, -piece.koin)


def take_from_end(pieces: list[Piece], koin: int) -> list[Piece]:
    """Take up to `koin` off the end of a list of pieces."""
    taken = []
    while koin and pieces:
        last = pieces[-1]
        part = min(koin, last.koin)
        taken.append(Piece(part, last.issuer, last.method))
        last.koin -= part
        koin -= part
        if not last.koin:
            pieces.pop()
    return taken
