"""One shard of members from nothing to clean tables, and from those to raw tables."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from koin_loyalty.sample.baskets import build_koin_offers, build_lines
from koin_loyalty.sample.campaigns import Assignment, assign_campaigns
from koin_loyalty.sample.disagreements import Disagreements, plant_disagreements
from koin_loyalty.sample.documents import (
    Receipts,
    build_final_lines,
    build_receipts,
    koin_table,
    line_table,
    payment_table,
    receipt_table,
    voucher_table,
)
from koin_loyalty.sample.koin_ledger import walk_ledger
from koin_loyalty.sample.members import MemberTables, build_members
from koin_loyalty.sample.messages import message_table
from koin_loyalty.sample.payments import build_payments
from koin_loyalty.sample.sales import build_returns, build_sales
from koin_loyalty.sample.traits import Traits, build_traits
from koin_loyalty.sample.trips import Trips, build_trips
from koin_loyalty.sample.world import World


@dataclass(frozen=True)
class CleanShard:
    """Clean tables of a shard, with `_loaded_at`, by contract name."""

    tables: dict[str, pa.Table]
    members: MemberTables
    traits: Traits
    trips: Trips
    receipts: Receipts
    assignments: list[Assignment]
    disagreements: Disagreements


def build_shard(
    world: World, shard: int, offset: int, members: int, receipts_per_member: float
) -> CleanShard:
    """Simulate `members` members numbered from `offset`."""
    traits = build_traits(world, shard, offset, members)
    assignments = assign_campaigns(world, shard, traits)
    trips = build_trips(world, shard, traits, assignments, receipts_per_member)
    lines = build_lines(world, shard, traits, trips)
    offers = build_koin_offers(world, shard, trips)
    sales, vouchers = build_sales(world, shard, traits, trips, lines)
    returns = build_returns(world, shard, trips, lines, sales, offers)
    outcome, ledger = walk_ledger(world, shard, traits, trips, sales, offers, returns)
    payments = build_payments(world, shard, traits, trips, sales, returns, outcome)
    receipts = build_receipts(world, shard, trips, sales, returns, outcome)
    final_lines = build_final_lines(lines, sales, offers, returns, outcome)
    people = build_members(world, shard, traits)
    wrong = plant_disagreements(world, shard, trips, outcome, final_lines, payments, vouchers)
    final_lines, payments, vouchers = wrong.lines, wrong.payments, wrong.vouchers
    tables = {
        "cohesive.tbl_receipt": receipt_table(shard, offset, receipts),
        "cohesive.tbl_receipt_line": line_table(
            world, shard, receipts, final_lines, world.catalogue.sku
        ),
        "cohesive.tbl_receipt_payment": payment_table(world, shard, receipts, payments, vouchers),
        "cohesive.tbl_koin": koin_table(world, shard, offset, ledger),
        "cohesive.tbl_member": people.member,
        "cohesive.tbl_member_tier": people.tier,
        "cohesive.tbl_member_child": people.child,
        "cohesive.tbl_voucher": voucher_table(world, shard, offset, vouchers, sales),
        "stamps.message_event": message_table(world, shard, traits, assignments),
    }
    return CleanShard(tables, people, traits, trips, receipts, assignments, wrong)
