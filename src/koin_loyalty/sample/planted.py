"""What was planted, told in numbers and in small tables beside the clean truth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from koin_loyalty.sample import columns as col
from koin_loyalty.sample.calendar import GO_LIVE, SEASONS
from koin_loyalty.sample.campaigns import PLANS
from koin_loyalty.sample.catalogue import BU, CATEGORIES
from koin_loyalty.sample.documents import member_ids
from koin_loyalty.sample.network import (
    CLOSED_SITE,
    OPENED_SITE,
    OPENING_CATCHMENT,
    RELOCATED_FROM,
    RELOCATED_TO,
    SITE,
    SITES,
)
from koin_loyalty.sample.schema import TEXT
from koin_loyalty.sample.shard import CleanShard
from koin_loyalty.sample.traits import GONE, ONLINE, PREFERRED_CATEGORIES, Traits
from koin_loyalty.sample.world import MEMBER_SHARE, PREFERENCE_STRENGTH, World

GROUPS = ("target", "holdout")


def planted_tables(clean: CleanShard) -> dict[str, pa.Table]:
    """Campaign groups, seasonal shoppers and preferred categories of the members of a shard."""
    traits = clean.traits
    offset = traits.offset
    codes, members, groups = [], [], []
    for number, assignment in enumerate(clean.assignments):
        for group, rows in enumerate((assignment.targets, assignment.holdout)):
            codes.append(np.full(len(rows), number))
            members.append(rows)
            groups.append(np.full(len(rows), group))
    empty = np.empty(0, dtype=np.int64)
    code = np.concatenate([empty, *codes]).astype(np.int64)
    names = [item.campaign.code for item in clean.assignments] or [None]
    seasonal = np.flatnonzero(traits.season >= 0)
    everyone = np.repeat(np.arange(len(traits)), PREFERRED_CATEGORIES)
    slots = np.tile(np.arange(1, PREFERRED_CATEGORIES + 1, dtype=np.int32), len(traits))
    return {
        "planted.campaign_groups": pa.table(
            {
                "campaign_code": col.texts(names, code),
                "cust_id": member_ids(offset, np.concatenate([empty, *members])),
                "member_group": col.texts(GROUPS, np.concatenate([empty, *groups])),
            }
        ),
        "planted.seasonal_members": pa.table(
            {
                "cust_id": member_ids(offset, seasonal),
                "season": col.texts(SEASONS, traits.season[seasonal]),
            }
        ),
        "planted.member_preferences": pa.table(
            {
                "cust_id": member_ids(offset, everyone),
                "preference_no": pa.array(slots),
                "category": col.texts(CATEGORIES, traits.preferred.ravel()).cast(TEXT),
            }
        ),
    }


def planted_numbers(clean: CleanShard) -> dict[str, Any]:
    """Counts of a shard; `add_numbers` adds those of several shards."""
    traits = clean.traits
    return {
        "seasonal_members": {
            name: int((traits.season == number).sum()) for number, name in enumerate(SEASONS)
        },
        "closure_members": _closure(traits),
        "relocated_members": int((traits.home[:, BU["AZKO"]] == SITE[RELOCATED_FROM]).sum()),
        "opening_members": int(
            ((traits.later_home == SITE[OPENED_SITE]) & (traits.switch_day < 1_000_000)).sum()
        ),
        "never_bought_members": int((traits.weight == 0).sum()),
        "campaigns": {
            item.campaign.code: {"targets": len(item.targets), "holdout": len(item.holdout)}
            for item in clean.assignments
        },
    }


def _closure(traits: Traits) -> dict[str, int]:
    """Members of the closed store by where they go."""
    leaves = traits.home[:, BU["AZKO"]] == SITE[CLOSED_SITE]
    destination = traits.later_home[leaves]
    names = {GONE: "not_returned", ONLINE: "online"}
    values, counts = np.unique(destination, return_counts=True)
    return {
        names.get(int(value), SITES[int(value)].code): int(number)
        for value, number in zip(values, counts, strict=True)
    }


def add_numbers(total: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Add nested counts."""
    for key, value in part.items():
        if isinstance(value, dict):
            total[key] = add_numbers(dict(total.get(key, {})), value)
        else:
            total[key] = total.get(key, 0) + value
    return total


def planted_facts(
    world: World, members: int, receipts_per_member: float, numbers: dict[str, Any]
) -> dict[str, Any]:
    """Everything planted, for `planted.json`."""
    last = GO_LIVE + timedelta(days=world.calendar.days - 1)

    def shown(day: date | None) -> str | None:
        return day.isoformat() if day is not None and day <= last else None

    by_code = {site.code: site for site in SITES}
    closed, opened = by_code[CLOSED_SITE], by_code[OPENED_SITE]
    old, new = by_code[RELOCATED_FROM], by_code[RELOCATED_TO]
    campaigns = [
        {
            "campaign_code": code,
            "channel": plan.channel,
            "send_days": len(plan.waves),
            "extra_trip_chance": plan.uplift,
            **numbers["campaigns"][code],
        }
        for code, plan in PLANS.items()
        if code in numbers["campaigns"]
    ]
    return {
        "members": members,
        "seed": world.seed,
        "first_date": GO_LIVE.isoformat(),
        "last_date": last.isoformat(),
        "receipts_per_member": receipts_per_member,
        "member_share": MEMBER_SHARE,
        "preference_strength": PREFERENCE_STRENGTH,
        "preferred_categories": PREFERRED_CATEGORIES,
        "closures": [
            {
                "site_code": closed.code,
                "closed_on": shown(closed.closed_on),
                "members_by_destination": dict(sorted(numbers["closure_members"].items())),
            }
        ],
        "openings": [
            {
                "site_code": opened.code,
                "opened_on": shown(opened.opened_on),
                "members_that_switch": numbers["opening_members"],
            },
            *(
                {"site_code": code, "opened_on": shown(by_code[code].opened_on)}
                for code in OPENING_CATCHMENT
                if code != OPENED_SITE
            ),
        ],
        "relocations": [
            {
                "from_site_code": old.code,
                "to_site_code": new.code,
                "closed_on": shown(old.closed_on),
                "opened_on": shown(new.opened_on),
                "members": numbers["relocated_members"],
            }
        ],
        "seasonal_members": numbers["seasonal_members"],
        "never_bought_members": numbers["never_bought_members"],
        "campaigns": campaigns,
    }
