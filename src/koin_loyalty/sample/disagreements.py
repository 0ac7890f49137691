"""Ledger, tenders, koin_used and vouchers that disagree: kept as delivered, counted downstream."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from koin_loyalty.sample.documents import FinalLines
from koin_loyalty.sample.koin import Outcome
from koin_loyalty.sample.payments import CASH, KOIN_TENDER, VOUCHER_TENDER, Payments
from koin_loyalty.sample.sales import Vouchers
from koin_loyalty.sample.trips import Trips
from koin_loyalty.sample.world import World

#: Rows planted of each kind: at least three, and this share of the receipts.
SHARE_PLANTED = 0.0001


@dataclass(frozen=True)
class Disagreements:
    """Lines, payments and vouchers with the planted rows, and how many of each kind.

    Attributes:
        touched: (receipts,) whether the receipt disagrees with itself or may (all returns).
    """

    lines: FinalLines
    payments: Payments
    vouchers: Vouchers
    counts: dict[tuple[str, str], int]
    touched: np.ndarray


def pick(rng: np.random.Generator, eligible: np.ndarray, wanted: int) -> np.ndarray:
    """Up to `wanted` of the eligible rows, ascending."""
    chosen = rng.permutation(eligible)[: min(wanted, len(eligible))]
    return np.sort(chosen)


def plant_disagreements(
    world: World,
    shard: int,
    trips: Trips,
    outcome: Outcome,
    lines: FinalLines,
    payments: Payments,
    vouchers: Vouchers,
) -> Disagreements:
    """Alter a few amounts and tenders of completed sales; no receipt is altered twice."""
    rng = world.stream(shard, "disagreements")
    sales = len(trips)
    wanted = max(3, round(sales * SHARE_PLANTED))
    counts: dict[tuple[str, str], int] = {}
    redeemed = np.concatenate([outcome.redeemed, np.zeros(len(outcome.returned), dtype=np.int64)])
    touched = np.zeros(len(redeemed), dtype=bool)
    touched[sales:] = True
    koin = lines.koin.copy()
    amount, tender = payments.amount.copy(), payments.tender.copy()

    def choose(rows_receipt: np.ndarray, eligible: np.ndarray) -> np.ndarray:
        free = np.flatnonzero(eligible & ~touched[rows_receipt])
        _, first = np.unique(rows_receipt[free], return_index=True)
        rows = pick(rng, free[first], wanted)
        touched[rows_receipt[rows]] = True
        return rows

    rows = choose(lines.receipt, (lines.koin > 1_000) & (lines.net > lines.koin + 500))
    koin[rows] += 500
    counts["cohesive.tbl_receipt_line", "koin_used_differs_from_ledger"] = len(rows)

    of_koin = tender == KOIN_TENDER
    followed = np.append(payments.receipt[1:] == payments.receipt[:-1], False)
    rows = choose(payments.receipt, of_koin & followed & (amount > 1_000))
    amount[rows] -= 500
    amount[rows + 1] += 500
    counts["cohesive.tbl_receipt_payment", "koin_tender_differs_from_ledger"] = len(rows)

    rows = choose(payments.receipt, of_koin)
    tender[rows] = CASH
    counts["cohesive.tbl_receipt_payment", "ledger_without_koin_tender"] = len(rows)

    is_other = (tender != KOIN_TENDER) & (tender != VOUCHER_TENDER)
    second = np.append(False, payments.receipt[1:] == payments.receipt[:-1]) & is_other
    of_member = np.append(trips.member, np.full(len(outcome.returned), -1))[payments.receipt] >= 0
    rows = choose(payments.receipt, second & of_member & (redeemed[payments.receipt] == 0))
    tender[rows] = KOIN_TENDER
    counts["cohesive.tbl_receipt_payment", "koin_tender_without_ledger"] = len(rows)

    rows = choose(payments.receipt, is_other & (amount > 5_000))
    amount[rows] += 1_000
    counts["cohesive.tbl_receipt_payment", "payments_do_not_add_up"] = len(rows)

    rows = pick(rng, np.flatnonzero(vouchers.sale >= 0), wanted)
    sale = vouchers.sale.copy()
    sale[rows] = -1
    counts["cohesive.tbl_voucher", "voucher_tender_without_redemption"] = len(rows)
    return Disagreements(
        replace(lines, koin=koin),
        replace(payments, amount=amount, tender=tender),
        replace(vouchers, sale=sale),
        counts,
        touched,
    )
