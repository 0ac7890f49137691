"""Who is targeted and who is held out by each campaign, and what it really does to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from koin_loyalty.sample.catalogue import CATEGORIES
from koin_loyalty.sample.network import CITIES, CITY, REGIONS
from koin_loyalty.sample.reference import Campaign
from koin_loyalty.sample.traits import Traits
from koin_loyalty.sample.world import World


@dataclass(frozen=True)
class Plan:
    """How a campaign of the seed is run.

    Attributes:
        channel: Stamps channel.
        audience: `all`, `category`, `region:NAME`, `city:NAME|NAME`, `kredivo` or `ocbc`.
        share: share of the consenting audience that is picked.
        holdout: share of the picked that is held out.
        uplift: true chance that a target makes an extra trip in the promo period.
        waves: send days, as days before (negative) or after the start of the promo.
    """

    channel: str
    audience: str
    share: float
    holdout: float
    uplift: float = 0.0
    waves: tuple[int, ...] = (0,)


PLANS: dict[str, Plan] = {
    "AZ-HARBOLNAS24": Plan("email", "all", 0.35, 0.10, waves=(-1, 3)),
    "TK-NATAL24": Plan("email", "category", 0.8, 0.10, waves=(0,)),
    "AT-OCBC25": Plan("email", "ocbc", 0.9, 0.0, waves=(0, 10)),
    "AT-B2G1-25": Plan("email", "category", 0.7, 0.10, waves=(0,)),
    "AZ-LUGGAGE25": Plan("email", "category", 0.95, 0.25, uplift=0.18, waves=(0, 7)),
    "AZ-BKT25": Plan("wsme", "region:SUMBAR", 0.9, 0.0, waves=(-2,)),
    "AT-WINBACK25": Plan("email", "all", 0.30, 0.20, uplift=0.06, waves=(0,)),
    "PD-MERDEKA25": Plan("email", "all", 0.15, 0.10, waves=(0,)),
    "AZ-KREDIVO25": Plan("wsme", "kredivo", 0.6, 0.10, waves=(0,)),
    "AZ-AIRCOOL25": Plan("email", "category", 0.9, 0.20, uplift=0.10, waves=(0, 9)),
    "TK-PLAYSET25": Plan("wsme", "category", 0.5, 0.10, waves=(0,)),
    "NK-OPEN25": Plan(
        "waba", "city:Kota Serang|Kabupaten Serang|Kota Bogor|Kabupaten Bogor", 0.8, 0.10
    ),
    "PD-BATIK25": Plan("email", "category", 0.9, 0.10, waves=(0,)),
    "AZ-PTFP25": Plan("wsme", "all", 0.10, 0.10, waves=(0,)),
    "AZ-FESKOIN25": Plan("email", "all", 0.75, 0.20, uplift=0.09, waves=(0, 8)),
}


@dataclass(frozen=True)
class Assignment:
    """One campaign in one shard: members targeted and held out, days of sending (ascending)."""

    campaign: Campaign
    plan: Plan
    targets: np.ndarray
    holdout: np.ndarray
    send_days: tuple[int, ...]


def _in_audience(plan: Plan, campaign: Campaign, traits: Traits) -> np.ndarray:
    kind, _, names = plan.audience.partition(":")
    if kind == "category":
        wanted = [CATEGORIES.index(name) for name in campaign.scope if name in CATEGORIES]
        if not wanted:
            wanted = [CATEGORIES.index("Girl Playset"), CATEGORIES.index("Outdoor Toys")]
        return np.isin(traits.preferred, wanted).any(axis=1)
    if kind == "region":
        regions = np.array([REGIONS.index(row[2]) for row in CITIES])
        return regions[traits.city] == REGIONS.index(names)
    if kind == "city":
        return np.isin(traits.city, [CITY[name] for name in names.split("|")])
    if kind == "kredivo":
        return traits.is_kredivo
    if kind == "ocbc":
        return traits.is_ocbc
    return np.ones(len(traits), dtype=bool)


def assign_campaigns(world: World, shard: int, traits: Traits) -> list[Assignment]:
    """Targets and holdout of every campaign whose first message falls within the sample."""
    rng = world.stream(shard, "campaigns")
    assignments = []
    for campaign in world.reference.campaigns:
        plan = PLANS.get(campaign.code)
        picks, held = rng.random(len(traits)), rng.random(len(traits))
        if plan is None:
            continue
        send_days = tuple(
            campaign.starts + wave
            for wave in plan.waves
            if 0 <= campaign.starts + wave < world.calendar.days
        )
        if not send_days:
            continue
        consent = traits.email_opt_in if plan.channel == "email" else traits.whatsapp_opt_in
        chosen = (
            _in_audience(plan, campaign, traits)
            & (consent == 0)
            & traits.has_stamps
            & (traits.registered < send_days[0])
            & (picks < plan.share)
        )
        if plan.channel == "wsme":
            chosen &= traits.is_full
        assignments.append(
            Assignment(
                campaign,
                plan,
                np.flatnonzero(chosen & (held >= plan.holdout)),
                np.flatnonzero(chosen & (held < plan.holdout)),
                send_days,
            )
        )
    return assignments
