"""Who pays with koin, and what is issued: a walk through the events of all members.

The walk goes through the n-th event of all members at once, so it needs as many steps as the
busiest member has events. It follows the closed form of the FIFO rule: a member's lots lie one
after another on an axis, everything that consumes moves a cursor along it, what gives back moves
the cursor back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.baskets import KoinOffers
from koin_loyalty.sample.columns import SECONDS_PER_DAY
from koin_loyalty.sample.koin_events import (
    ADJUST_DOWN,
    ADJUST_UP,
    GRANT,
    RETURN,
    SALE,
    VOID,
    Events,
)
from koin_loyalty.sample.reference import TIERS
from koin_loyalty.sample.sales import Returns, Sales
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import World

SMALLEST_REDEMPTION = 1_000

#: A member spends all of the balance, half of it, or whole thousands of it.
SPENDS_ALL, SPENDS_HALF, SPENDS_THOUSANDS = range(3)
SPENDING_DRAW = (0.7, 0.8)
SHARE_OVERDRAWN = 0.0004


@dataclass(frozen=True)
class Outcome:
    """What the walk decided, per sale and per return.

    Attributes:
        redeemed: koin paid per sale; is_offer_paid: the koin product was wholly paid with koin.
        total: net sales of the sale, koin product included.
        returned, returned_koin: net sales and koin given back per return.
    """

    redeemed: np.ndarray
    is_offer_paid: np.ndarray
    total: np.ndarray
    returned: np.ndarray
    returned_koin: np.ndarray


class Walk:
    """State of the walk: (events,) arrays of what was decided at each event."""

    def __init__(
        self,
        world: World,
        rng: np.random.Generator,
        traits: Traits,
        trips: Trips,
        sales: Sales,
        offers: KoinOffers,
        returns: Returns,
        events: Events,
    ) -> None:
        self.world, self.traits, self.trips = world, traits, trips
        self.sales, self.offers, self.returns, self.events = sales, offers, returns, events
        count = len(events.member)
        first_day = world.calendar.first_day
        self.day = events.timestamp // SECONDS_PER_DAY - first_day
        self.start = np.searchsorted(events.member, np.arange(len(traits)))
        self.count = np.diff(np.append(self.start, count))

        is_sale = events.kind == SALE
        self.sale_event = np.full(len(sales.base), -1, dtype=np.int64)
        self.sale_event[events.reference[is_sale]] = np.flatnonzero(is_sale)
        rates = np.array([round(world.reference.earn_rate[tier] * 10_000) for tier in TIERS])
        tier = traits.tier_on(events.member, self.day)
        self.rate = rates[tier] * world.calendar.earn_multiplier[self.day]
        taste = traits.redeems[events.member]
        redeemer = is_sale & (taste > 0)
        self.base = _at_events(sales.base, is_sale, events)
        self.voucher = _at_events(sales.voucher_amount, is_sale, events)
        self.offer_koin = _at_events(offers.koin_total, redeemer, events)
        self.offer_normal = _at_events(offers.normal_total, redeemer, events)
        self.wants = redeemer & (rng.random(count) < taste)
        self.spending = np.searchsorted(SPENDING_DRAW, rng.random(count), side="right")
        self.cap = 0.2 + 0.5 * rng.random(count)
        overdraws = is_sale & (rng.random(count) < SHARE_OVERDRAWN)
        self.overdraft = np.where(overdraws, rng.integers(2, 30, count) * 500, 0)

        span = 100_000
        keys = events.member * span + events.expiry
        found = np.searchsorted(keys, events.member * span + self.day, side="left") - 1
        is_own = (found >= self.start[events.member]) & traits.expiry_runs[events.member]
        self.expired_up_to = np.where(is_own, found, -1)

        zeros = np.zeros(count, dtype=np.int64)
        self.axis_before, self.axis_after = zeros.copy(), zeros.copy()
        self.expired_from, self.expired = zeros.copy(), zeros.copy()
        self.redeemed_from, self.redeemed = zeros.copy(), zeros.copy()
        self.issued, self.adjusted_down = zeros.copy(), zeros.copy()
        self.undone_koin, self.undone_issue = zeros.copy(), zeros.copy()
        self.total, self.offer_paid = zeros.copy(), np.zeros(count, dtype=bool)
        self.origin, self.returned = self._origins(), zeros.copy()

    def _origins(self) -> np.ndarray:
        """Event of the sale that a RETURN or VOID undoes, -1 elsewhere."""
        events = self.events
        origin = np.full(len(events.member), -1, dtype=np.int64)
        voids, undone = events.kind == VOID, events.kind == RETURN
        origin[voids] = self.sale_event[events.reference[voids]]
        origin[undone] = self.sale_event[self.returns.sale[events.reference[undone]]]
        return origin

    def run(self) -> None:
        """Walk through the first, second, ... event of every member, then the last expiry."""
        order = np.argsort(-self.count, kind="stable")
        counts, starts = self.count[order], self.start[order]
        axis = np.zeros(len(order), dtype=np.int64)
        cursor = np.zeros(len(order), dtype=np.int64)
        for step in range(int(counts[0]) if len(counts) else 0):
            active = int(np.searchsorted(-counts, -step, side="left"))
            here = starts[:active] + step
            self._step(here, axis[:active], cursor[:active])
        self.final_axis = np.empty_like(axis)
        self.final_cursor = np.empty_like(cursor)
        self.final_axis[order], self.final_cursor[order] = axis, cursor
        self._expire_at_the_end()

    def _step(self, here: np.ndarray, axis: np.ndarray, cursor: np.ndarray) -> None:
        """One event of each active member; `axis` and `cursor` are updated in place."""
        upto = self.expired_up_to[here]
        gone = np.where(upto >= 0, self.axis_after[upto], 0)
        expired = np.maximum(gone - cursor, 0)
        self.expired_from[here], self.expired[here] = cursor, expired
        cursor += expired
        self.axis_before[here] = axis

        kind = self.events.kind[here]
        sale = np.flatnonzero(kind == SALE)
        self._sell(here[sale], sale, axis, cursor)
        undo = np.flatnonzero((kind == RETURN) | (kind == VOID))
        if len(undo):
            self._undo(here[undo], undo, cursor)
        give = np.flatnonzero((kind == GRANT) | (kind == ADJUST_UP))
        axis[give] += self.events.amount[here[give]]
        take = np.flatnonzero(kind == ADJUST_DOWN)
        if len(take):
            amount = np.clip(self.events.amount[here[take]], 0, np.maximum(axis - cursor, 0)[take])
            self.adjusted_down[here[take]] = amount
            cursor[take] += amount
        self.axis_after[here] = axis

    def _sell(
        self, event: np.ndarray, rows: np.ndarray, axis: np.ndarray, cursor: np.ndarray
    ) -> None:
        balance = np.maximum(axis[rows] - cursor[rows], 0)
        offer = self.offer_koin[event]
        paid_offer = (offer > 0) & (balance >= offer)
        redeemed = np.where(paid_offer, offer, 0)
        total = self.base[event] + np.where(paid_offer, offer, self.offer_normal[event])
        room = (self.cap[event] * (total - self.voucher[event])).astype(np.int64) - redeemed
        spare = np.minimum(balance - redeemed, np.maximum(room, 0))
        spending = self.spending[event]
        spent = np.where(spending == SPENDS_HALF, spare // 2, spare)
        spent = np.where(spending == SPENDS_THOUSANDS, spare // 1_000 * 1_000, spent)
        can = self.wants[event] & (balance - redeemed >= SMALLEST_REDEMPTION)
        redeemed += np.where(can, spent, 0)
        over = self.overdraft[event]
        overdrawn = np.minimum(balance + over, total - self.voucher[event])
        redeemed = np.where((over > 0) & (overdrawn > balance), overdrawn, redeemed)
        issued = (total - redeemed) * self.rate[event] // 10_000
        self.redeemed_from[event], self.redeemed[event] = cursor[rows], redeemed
        self.total[event], self.offer_paid[event] = total, paid_offer
        self.issued[event] = issued
        cursor[rows] += redeemed
        axis[rows] += issued

    def _undo(self, event: np.ndarray, rows: np.ndarray, cursor: np.ndarray) -> None:
        origin = self.origin[event]
        is_return = self.events.kind[event] == RETURN
        reference = np.where(is_return, self.events.reference[event], -1)
        net, koin = self._given_back(
            reference, self.total[origin], self.redeemed[origin], self.offer_paid[origin],
            self.base[origin], self.offer_koin[origin], self.offer_normal[origin],
        )  # fmt: skip
        paid = self.total[origin] - self.redeemed[origin]
        undone_issue = self.issued[origin] * (net - koin) // np.maximum(paid, 1)
        self.returned[event] = net
        self.undone_koin[event], self.undone_issue[event] = koin, undone_issue
        cursor[rows] += undone_issue - koin

    def _given_back(
        self,
        reference: np.ndarray,
        total: np.ndarray,
        redeemed: np.ndarray,
        offer_paid: np.ndarray,
        base: np.ndarray,
        offer_koin: np.ndarray,
        offer_normal: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Net sales and koin that a return (reference -1: the whole sale) gives back."""
        if len(self.returns.line) == 0:
            return total.copy(), redeemed.copy()
        known = np.maximum(reference, 0)
        line = np.where(reference >= 0, self.returns.line[known], Returns.ALL_LINES)
        has_offer = offer_normal > 0
        line = np.where((line == Returns.OFFER_LINE) & ~has_offer, Returns.ALL_LINES, line)
        rest = redeemed - np.where(offer_paid, offer_koin, 0)
        spread = np.maximum(base + np.where(offer_paid, 0, offer_normal), 1)
        before, after = self.returns.before[known], self.returns.after[known]
        line_koin = rest * after // spread - rest * before // spread
        part, whole = self.returns.part[known], self.returns.whole[known]
        one_net = (after - before) * part // whole
        one_koin = line_koin * part // whole
        offer_net = np.where(offer_paid, offer_koin, offer_normal)
        offer_used = np.where(offer_paid, offer_koin, rest - rest * base // spread)
        is_all, is_offer = line == Returns.ALL_LINES, line == Returns.OFFER_LINE
        net = np.where(is_all, total, np.where(is_offer, offer_net, one_net))
        koin = np.where(is_all, redeemed, np.where(is_offer, offer_used, one_koin))
        return net, koin

    def _expire_at_the_end(self) -> None:
        """Expiry between a member's last event and the end of the sample."""
        members = np.arange(len(self.traits))
        span, days = 100_000, self.world.calendar.days
        keys = self.events.member * span + self.events.expiry
        found = np.searchsorted(keys, members * span + days - 1, side="left") - 1
        is_own = (found >= self.start) & self.traits.expiry_runs & (self.count > 0)
        gone = (
            np.where(is_own, self.axis_after[np.maximum(found, 0)], 0) if len(keys) else members * 0
        )
        self.last_expired_from = self.final_cursor.copy()
        self.last_expired = np.maximum(gone - self.final_cursor, 0)

    def outcome(self) -> Outcome:
        """Amounts per sale and per return; sales without a member keep their ordinary amounts."""
        sales, returns = self.sales, self.returns
        has_event = self.sale_event >= 0
        event = np.maximum(self.sale_event, 0)
        redeemed = np.where(has_event, self.redeemed[event] if len(self.redeemed) else 0, 0)
        total = np.where(has_event, self.total[event] if len(self.total) else 0, sales.base)
        offer_paid = has_event & (self.offer_paid[event] if len(self.total) else False)
        offer_koin = np.where(has_event, self.offer_koin[event] if len(self.total) else 0, 0)
        offer_normal = np.where(has_event, self.offer_normal[event] if len(self.total) else 0, 0)
        sale = returns.sale
        returned, returned_koin = self._given_back(
            np.arange(len(sale)), total[sale], redeemed[sale], offer_paid[sale],
            sales.base[sale], offer_koin[sale], offer_normal[sale],
        )  # fmt: skip
        return Outcome(redeemed, offer_paid, total, returned, returned_koin)


def _at_events(values: np.ndarray, is_there: np.ndarray, events: Events) -> np.ndarray:
    """Values per sale at the events of these sales, 0 elsewhere. A sample may have no sale at all,
    so no other event looks into `values`."""
    found = np.zeros(len(is_there), dtype=values.dtype)
    found[is_there] = values[events.reference[is_there]]
    return found
