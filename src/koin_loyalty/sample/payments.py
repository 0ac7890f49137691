"""Tenders: koin, voucher, and one or two ways to pay the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.koin import Outcome
from koin_loyalty.sample.sales import Returns, Sales
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.trips import ONLINE_CHANNEL, Trips
from koin_loyalty.sample.world import World

#: (payment method, bank, share in stores, share online).
TENDERS: tuple[tuple[str, str | None, float, float], ...] = (
    ("CASH", None, 0.17, 0.0),
    ("DEBIT", "BCA", 0.13, 0.02),
    ("DEBIT", "MANDIRI", 0.08, 0.01),
    ("DEBIT", "BRI", 0.05, 0.01),
    ("DEBIT", "BNI", 0.04, 0.01),
    ("CREDIT", "BCA", 0.08, 0.08),
    ("CREDIT", "MANDIRI", 0.05, 0.05),
    ("CREDIT", "OCBC", 0.02, 0.02),
    ("CREDIT", "CIMB", 0.03, 0.03),
    ("QRIS", None, 0.13, 0.10),
    ("QRIS", "GOPAY", 0.06, 0.05),
    ("QRIS", "BCA", 0.05, 0.04),
    ("KREDIVO", None, 0.01, 0.03),
    ("TRANSFER", "BCA", 0.0, 0.16),
    ("VIRTUAL_ACCOUNT", "MANDIRI", 0.0, 0.14),
    ("GOPAY", None, 0.04, 0.10),
    ("OVO", None, 0.03, 0.07),
    ("SHOPEEPAY", None, 0.03, 0.08),
    ("KOIN", None, 0.0, 0.0),
    ("VOUCHER", None, 0.0, 0.0),
)
METHODS = tuple(tender[0] for tender in TENDERS)
BANKS = tuple(tender[1] for tender in TENDERS)
KOIN_TENDER, VOUCHER_TENDER = METHODS.index("KOIN"), METHODS.index("VOUCHER")
CASH, KREDIVO = METHODS.index("CASH"), METHODS.index("KREDIVO")
OCBC = BANKS.index("OCBC")

SHARE_KREDIVO_OF_USERS = 0.30
SHARE_OCBC_OF_USERS = 0.45
SHARE_SPLIT = 0.07


@dataclass(frozen=True)
class Payments:
    """Payments sorted by receipt, (payments,) arrays; returns have negative amounts.

    Attributes:
        receipt: sale number, or number of sales + return number.
        tender: number in TENDERS; voucher: voucher number, -1 = none.
    """

    receipt: np.ndarray
    tender: np.ndarray
    voucher: np.ndarray
    amount: np.ndarray


def build_payments(
    world: World,
    shard: int,
    traits: Traits,
    trips: Trips,
    sales: Sales,
    returns: Returns,
    outcome: Outcome,
) -> Payments:
    """Payments that add up to the sales of every receipt."""
    rng = world.stream(shard, "payments")
    count = len(trips)
    primary = _primary(rng, traits, trips)
    rest = outcome.total - outcome.redeemed - sales.voucher_amount
    splits = (rng.random(count) < SHARE_SPLIT) & (rest > 50_000)
    second = np.where(splits, (rest * 3 // 10) // 1_000 * 1_000, 0)
    other = np.where(primary == CASH, METHODS.index("QRIS"), CASH)
    other = np.where(trips.channel == ONLINE_CHANNEL, METHODS.index("GOPAY"), other)
    sale = np.arange(count, dtype=np.int64)
    no_voucher = np.full(count, -1, dtype=np.int64)

    of_return = np.arange(len(returns.sale), dtype=np.int64)
    money_back = outcome.returned - outcome.returned_koin
    back_tender = primary[returns.sale]
    none = np.full(len(of_return), -1, dtype=np.int64)
    parts = (
        (sale, KOIN_TENDER, no_voucher, outcome.redeemed),
        (sale, VOUCHER_TENDER, sales.voucher, sales.voucher_amount),
        (sale, primary, no_voucher, rest - second),
        (sale, other, no_voucher, second),
        (count + of_return, KOIN_TENDER, none, -outcome.returned_koin),
        (count + of_return, back_tender, none, -money_back),
    )
    receipt = np.concatenate([part[0] for part in parts])
    tender = np.concatenate([np.broadcast_to(part[1], len(part[0])) for part in parts])
    voucher = np.concatenate([part[2] for part in parts])
    amount = np.concatenate([part[3] for part in parts])
    used = np.flatnonzero(amount != 0)
    order = used[np.argsort(receipt[used], kind="stable")]
    return Payments(receipt[order], tender[order], voucher[order], amount[order])


def _primary(rng: np.random.Generator, traits: Traits, trips: Trips) -> np.ndarray:
    """Main tender of each sale: by channel, and by the member's habit for Kredivo and OCBC."""
    offline = np.cumsum([tender[2] for tender in TENDERS])
    online = np.cumsum([tender[3] for tender in TENDERS])
    uniform, habit = rng.random((2, len(trips)))
    tender = np.where(
        trips.channel == ONLINE_CHANNEL,
        np.searchsorted(online / online[-1], uniform, side="right"),
        np.searchsorted(offline / offline[-1], uniform, side="right"),
    )
    member = np.maximum(trips.member, 0)
    is_member = trips.member >= 0
    tender = np.where(
        is_member & traits.is_kredivo[member] & (habit < SHARE_KREDIVO_OF_USERS), KREDIVO, tender
    )
    return np.where(
        is_member & traits.is_ocbc[member] & (habit > 1 - SHARE_OCBC_OF_USERS), OCBC, tender
    )
