"""Messages of the campaigns in Stamps: sent, delivered, opened, clicked, bounced, unsubscribed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.campaigns import Assignment
from koin_loyalty.sample.columns import SECONDS_PER_DAY
from koin_loyalty.sample.documents import KOIN_STRIDE, loaded_at
from koin_loyalty.sample.members import stamps_ids
from koin_loyalty.sample.schema import CONTRACT
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.world import World

EVENT_TYPES = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed")
SENT, DELIVERED, OPENED, CLICKED, BOUNCED, UNSUBSCRIBED = range(6)
BOUNCE_TYPES = ("hard", "soft")
STAMPS_CHANNELS = ("email", "wsme", "waba")

HARD_BOUNCE, SOFT_BOUNCE = 0.012, 0.010
SHARE_MACHINE_OPEN = 0.14
SHARE_CLICK_OF_OPEN = 0.18
SHARE_CLICK_WITHOUT_OPEN = 0.004
SHARE_UNSUBSCRIBED = 0.004
WHATSAPP_OPENS_MORE = 1.9
#: Sending hours: from ten o'clock, over four hours.
SENDS_AT, SENDS_FOR = 10 * 3_600, 4 * 3_600


def message_table(
    world: World, shard: int, traits: Traits, assignments: list[Assignment]
) -> pa.Table:
    """Clean `message_event`: events of one message are told in order of time."""
    rng = world.stream(shard, "messages")
    parts: list[tuple[np.ndarray, ...]] = []
    message = 0
    end = (world.calendar.last_day + 1) * SECONDS_PER_DAY - 1
    for number, assignment in enumerate(assignments):
        channel = STAMPS_CHANNELS.index(assignment.plan.channel)
        for day in assignment.send_days:
            who = assignment.targets
            count = len(who)
            ids = message + np.arange(count)
            message += count
            at = (world.calendar.first_day + day) * SECONDS_PER_DAY + SENDS_AT
            sent = at + rng.integers(0, SENDS_FOR, count)
            bounce = rng.random(count)
            is_bounced = bounce < HARD_BOUNCE + SOFT_BOUNCE
            delivered = sent + rng.integers(2, 120, count)
            is_email = channel == 0
            is_machine = ~is_bounced & is_email & (rng.random(count) < SHARE_MACHINE_OPEN)
            boost = 1.0 if is_email else WHATSAPP_OPENS_MORE
            opens = ~is_bounced & (rng.random(count) < np.minimum(traits.opens[who] * boost, 0.97))
            opened = delivered + rng.exponential(9 * 3_600, count).astype(np.int64) + 30
            opens &= opened < end
            clicks = (opens & (rng.random(count) < SHARE_CLICK_OF_OPEN)) | (
                ~is_bounced & (rng.random(count) < SHARE_CLICK_WITHOUT_OPEN)
            )
            clicked = opened + rng.integers(5, 600, count)
            clicks &= clicked < end
            leaves = opens & (rng.random(count) < SHARE_UNSUBSCRIBED / 0.3)
            left = opened + rng.integers(20, 900, count)
            leaves &= left < end
            nothing, human, machine = -1, 0, 1
            for rows, kind, when, detail, robot in (
                (np.ones(count, bool), SENT, sent, nothing, nothing),
                (~is_bounced, DELIVERED, delivered, nothing, nothing),
                (is_bounced, BOUNCED, delivered, np.where(bounce < HARD_BOUNCE, 0, 1), nothing),
                (is_machine, OPENED, delivered + 30, nothing, machine),
                (opens, OPENED, opened, nothing, human),
                (clicks, CLICKED, clicked, nothing, nothing),
                (leaves, UNSUBSCRIBED, left, nothing, nothing),
            ):
                picked = np.flatnonzero(rows)
                parts.append(
                    (
                        ids[picked],
                        who[picked],
                        np.full(len(picked), number),
                        np.full(len(picked), channel),
                        np.full(len(picked), kind),
                        np.broadcast_to(detail, count)[picked],
                        np.full(len(picked), robot),
                        np.minimum(when[picked], end),
                    )
                )
    columns = [
        np.concatenate([part[position] for part in parts]) if parts else np.empty(0, np.int64)
        for position in range(8)
    ]
    order = np.lexsort((columns[7], columns[0]))
    ids, who, campaign, channel, kind, bounce, robot, when = (c[order] for c in columns)
    return pa.table(
        [
            col.identifiers("EV", shard * KOIN_STRIDE + np.arange(len(ids)), 11),
            col.identifiers("MS", shard * KOIN_STRIDE + ids, 11),
            stamps_ids(traits.offset, who),
            col.texts([item.campaign.code for item in assignments] or [None], campaign),
            col.texts(STAMPS_CHANNELS, channel),
            col.texts(EVENT_TYPES, kind),
            col.texts(BOUNCE_TYPES, bounce),
            pa.array(robot == 1, mask=robot < 0),
            col.timestamps(when),
            col.timestamps(loaded_at(world, rng, when, 30)),
        ],
        schema=CONTRACT["stamps.message_event"],
    )
