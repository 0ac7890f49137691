"""Writing the koin ledger: one row a lot consumed, issued, expired or given back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.baskets import KoinOffers
from koin_loyalty.sample.columns import SECONDS_PER_DAY, ranges, rank_in_group
from koin_loyalty.sample.koin import Outcome, Walk
from koin_loyalty.sample.koin_events import ADJUST_UP, RETURN, SALE, build_events
from koin_loyalty.sample.sales import Returns, Sales
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import World

ENTRY_TYPES = ("issue", "redeem", "expire", "adjust", "reverse_issue", "reverse_redeem")
ISSUE, REDEEM, EXPIRE, ADJUST, REVERSE_ISSUE, REVERSE_REDEEM = range(6)

#: How the redeem rows name their issuer: by code, by lot only, not at all; rest: one row for all.
SHARE_ONE_ROW = 0.10
NAMES_ISSUER, NAMES_LOT, NAMES_NOTHING = range(3)
NAMING_DRAW = (0.535, 0.80)
SHARE_SOURCE_KNOWN = 0.85


@dataclass(frozen=True)
class Ledger:
    """Koin rows sorted by member and time, (rows,) arrays; -1 = null.

    Attributes:
        receipt: sale number, or number of sales + return number.
        source: row number of the lot consumed or of the row undone.
        expires: day index of the calendar.
    """

    member: np.ndarray
    entry_type: np.ndarray
    koin: np.ndarray
    issue_bu: np.ndarray
    redeem_bu: np.ndarray
    receipt: np.ndarray
    source: np.ndarray
    timestamp: np.ndarray
    expires: np.ndarray


def walk_ledger(
    world: World,
    shard: int,
    traits: Traits,
    trips: Trips,
    sales: Sales,
    offers: KoinOffers,
    returns: Returns,
) -> tuple[Outcome, Ledger]:
    """Decide every redemption and issue, and write the ledger."""
    rng = world.stream(shard, "koin")
    events = build_events(world, rng, traits, trips, sales, returns)
    walk = Walk(world, rng, traits, trips, sales, offers, returns, events)
    walk.run()
    return walk.outcome(), _Writer(walk).ledger(rng)


class _Writer:
    """Writes the rows of a finished walk."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def _lots(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Events that gave koin, and where their lots begin and end on one axis of all members."""
        lot = np.flatnonzero(self.walk.axis_after > self.walk.axis_before)
        offset = np.concatenate([[0], np.cumsum(self.walk.final_axis)])[:-1]
        base = offset[self.walk.events.member[lot]]
        return lot, base + self.walk.axis_before[lot], base + self.walk.axis_after[lot]

    def _slices(
        self, member: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cut the intervals [low, high) of the members' axes by lots: (interval, event, koin)."""
        lot, begin, end = self._lots()
        offset = np.concatenate([[0], np.cumsum(self.walk.final_axis)])[:-1][member]
        low, high = low + offset, high + offset
        first = np.searchsorted(end, low, side="right")
        last = np.searchsorted(begin, high, side="left")
        counts = np.where(high > low, last - first, 0)
        interval = np.repeat(np.arange(len(member)), counts)
        piece = ranges(first, counts)
        koin = np.minimum(high[interval], end[piece]) - np.maximum(low[interval], begin[piece])
        return interval, lot[piece], koin

    def ledger(self, rng: np.random.Generator) -> Ledger:
        """All rows, numbered in the order of members and time."""
        parts = [self._expiries(), self._redemptions(rng), *self._undone(rng), self._lots_issued(),
                 self._adjustments()]  # fmt: skip
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.argsort(joined["place"], kind="stable")
        rows = {name: column[order] for name, column in joined.items()}
        return self._linked(rng, rows)

    def _rows(self, event: np.ndarray, phase: int, **columns: np.ndarray | int) -> dict:
        """Rows at events; `phase` orders the rows of one event; missing columns are null (-1)."""
        rows = {
            "place": event * 8 + phase,
            "event": event,
            "entry_type": 0,
            "koin": 0,
            "issue_bu": -1,
            "redeem_bu": -1,
            "receipt": -1,
            "lot": -1,
            "undoes": -1,
            "names": NAMES_ISSUER,
            "timestamp": self.walk.events.timestamp[event],
            "expires": -1,
        }
        rows.update(columns)
        return {
            name: np.broadcast_to(np.asarray(column, dtype=np.int64), len(event)).copy()
            for name, column in rows.items()
        }

    def _expiries(self) -> dict:
        """Expiry between events and at the end; goodwill koin leave by a negative adjustment."""
        between = np.flatnonzero(self.walk.expired > 0)
        ending = np.flatnonzero(self.walk.last_expired > 0)
        last_event = self.walk.start + self.walk.count - 1
        member = np.concatenate([self.walk.events.member[between], ending])
        low = np.concatenate([self.walk.expired_from[between], self.walk.last_expired_from[ending]])
        koin = np.concatenate([self.walk.expired[between], self.walk.last_expired[ending]])
        anchor = np.concatenate([between, last_event[ending]])
        phase = np.concatenate([np.zeros(len(between), int), np.full(len(ending), 7)])
        interval, lot, amount = self._slices(member, low, low + koin)
        night = self.walk.world.calendar.first_day + self.walk.events.expiry[lot] + 1
        before = np.where(phase == 0, np.maximum(anchor - 1, 0), anchor)
        earliest = self.walk.events.timestamp[before[interval]]
        is_adjust = self.walk.events.kind[lot] == ADJUST_UP
        rows = self._rows(
            anchor[interval],
            0,
            entry_type=np.where(is_adjust, ADJUST, EXPIRE),
            koin=np.where(is_adjust, -amount, amount),
            lot=np.where(is_adjust, -1, lot),
            issue_bu=np.where(is_adjust, -1, self.walk.events.bu[lot]),
            timestamp=np.maximum(night * SECONDS_PER_DAY + 1_800, earliest),
        )
        rows["place"] += phase[interval]
        return rows

    def _redemptions(self, rng: np.random.Generator) -> dict:
        """Redeem rows, one a lot, or one for all; what is overdrawn comes from no lot."""
        event = np.flatnonzero(self.walk.redeemed > 0)
        low, koin = self.walk.redeemed_from[event], self.walk.redeemed[event]
        covered = np.clip(self.walk.axis_before[event] - low, 0, koin)
        in_one_row = rng.random(len(event)) < SHARE_ONE_ROW
        apart = np.flatnonzero(~in_one_row)
        interval, lot, amount = self._slices(
            self.walk.events.member[event[apart]], low[apart], (low + covered)[apart]
        )
        names = np.searchsorted(NAMING_DRAW, rng.random(len(interval)), side="right")
        is_adjust = self.walk.events.kind[lot] == ADJUST_UP
        names = np.where(is_adjust, NAMES_NOTHING, names)
        over = apart[(koin > covered)[apart]]
        one = np.flatnonzero(in_one_row)
        at = np.concatenate([event[apart][interval], event[one], event[over]])
        rows = self._rows(
            at,
            1,
            entry_type=REDEEM,
            koin=np.concatenate([amount, koin[one], (koin - covered)[over]]),
            issue_bu=np.concatenate([self.walk.events.bu[lot], np.full(len(one) + len(over), -1)]),
            redeem_bu=self.walk.events.bu[at],
            receipt=self.walk.events.reference[at],
            lot=np.concatenate([np.where(is_adjust, -1, lot), np.full(len(one) + len(over), -1)]),
            names=np.concatenate([names, np.full(len(one) + len(over), NAMES_NOTHING)]),
        )
        order = np.argsort(rows["place"], kind="stable")
        self.redeem_rows = {name: column[order] for name, column in rows.items()}
        return self.redeem_rows

    def _undone(self, rng: np.random.Generator) -> list[dict]:
        """Reversals: redeem rows are given back last first, issues by the share returned."""
        events, sales = self.walk.events, len(self.walk.sales.base)
        event = np.flatnonzero(self.walk.undone_koin > 0)
        redeem_event = self.redeem_rows["event"]
        first = np.searchsorted(redeem_event, self.walk.origin[event], side="left")
        last = np.searchsorted(redeem_event, self.walk.origin[event], side="right")
        pair = np.repeat(np.arange(len(event)), last - first)
        row = ranges(first, last - first)
        koin = self.redeem_rows["koin"][row]
        running = np.cumsum(koin)
        total_to_end = running[np.cumsum(last - first) - 1] if len(event) else running
        after = total_to_end[pair] - running
        given = np.clip(self.walk.undone_koin[event][pair] - after, 0, koin)
        kept = given > 0
        pair, row, given = pair[kept], row[kept], given[kept]
        at = event[pair]
        is_return = events.kind[at] == RETURN
        own = sales + events.reference[at]
        sale = (
            np.where(is_return, self.walk.returns.sale[events.reference[at] * is_return], 0)
            if len(self.walk.returns.sale)
            else np.zeros(len(at), dtype=np.int64)
        )
        sale = np.where(is_return, sale, events.reference[at])
        on_return = is_return & (rng.random(len(event))[pair] < 0.7)
        back = self._rows(
            at,
            2,
            entry_type=REVERSE_REDEEM,
            koin=given,
            issue_bu=self.redeem_rows["issue_bu"][row],
            redeem_bu=events.bu[at],
            receipt=np.where(on_return, own, sale),
            undoes=self.redeem_rows["place"][row] * 4_096
            + row
            - np.searchsorted(redeem_event, redeem_event[row], side="left"),
            names=self.redeem_rows["names"][row],
        )
        event = np.flatnonzero(self.walk.undone_issue > 0)
        is_return = events.kind[event] == RETURN
        taken = self._rows(
            event,
            3,
            entry_type=REVERSE_ISSUE,
            koin=self.walk.undone_issue[event],
            issue_bu=events.bu[event],
            receipt=np.where(is_return, sales + events.reference[event], events.reference[event]),
            lot=self.walk.origin[event],
        )
        return [back, taken]

    def _lots_issued(self) -> dict:
        """Issue rows of sales and grants."""
        kind = self.walk.events.kind
        given = self.walk.axis_after - self.walk.axis_before
        event = np.flatnonzero((given > 0) & (kind != ADJUST_UP))
        return self._rows(
            event,
            4,
            entry_type=ISSUE,
            koin=given[event],
            issue_bu=self.walk.events.bu[event],
            receipt=np.where(kind[event] == SALE, self.walk.events.reference[event], -1),
            expires=self.walk.events.expires_on[event],
        )

    def _adjustments(self) -> dict:
        up = np.flatnonzero(self.walk.events.kind == ADJUST_UP)
        down = np.flatnonzero(self.walk.adjusted_down > 0)
        event = np.concatenate([up, down])
        koin = np.concatenate([self.walk.events.amount[up], -self.walk.adjusted_down[down]])
        return self._rows(event, 5, entry_type=ADJUST, koin=koin)

    def _linked(self, rng: np.random.Generator, rows: dict[str, np.ndarray]) -> Ledger:
        """Replace events by row numbers, and forget what the system does not know."""
        count = len(rows["place"])
        entry_type = rows["entry_type"]
        issue_row = np.full(len(self.walk.events.member) + 1, -1, dtype=np.int64)
        is_issue = entry_type == ISSUE
        issue_row[rows["event"][is_issue]] = np.flatnonzero(is_issue)
        source = np.where(rows["lot"] >= 0, issue_row[rows["lot"]], -1)

        is_redeem = entry_type == REDEEM
        position = np.flatnonzero(is_redeem)
        redeem_key = rows["place"][position] * 4_096 + rank_in_group(rows["place"][position])
        undoes = np.flatnonzero(rows["undoes"] >= 0)
        source[undoes] = position[np.searchsorted(redeem_key, rows["undoes"][undoes])]

        known = rng.random(count)
        names = rows["names"]
        is_reverse_redeem = entry_type == REVERSE_REDEEM
        forgets_source = np.where(
            is_redeem,
            (names == NAMES_NOTHING) | ((names == NAMES_ISSUER) & (known < 0.5)),
            known >= SHARE_SOURCE_KNOWN,
        )
        source = np.where(forgets_source, -1, source)
        forgets_issuer = (is_redeem | is_reverse_redeem) & (names != NAMES_ISSUER)
        forgets_issuer |= (entry_type == EXPIRE) & (known < 0.3)
        issue_bu = np.where(forgets_issuer, -1, rows["issue_bu"])
        return Ledger(
            member=self.walk.events.member[rows["event"]],
            entry_type=entry_type,
            koin=rows["koin"],
            issue_bu=issue_bu,
            redeem_bu=rows["redeem_bu"],
            receipt=rows["receipt"],
            source=source,
            timestamp=rows["timestamp"],
            expires=rows["expires"],
        )
