"""Clean tables of members, tier history and children, and what the raw tables show instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from koin_loyalty.sample import columns as col
from koin_loyalty.sample import contacts
from koin_loyalty.sample.columns import SECONDS_PER_DAY, ranges
from koin_loyalty.sample.documents import loaded_at, member_ids
from koin_loyalty.sample.network import CITIES, SITES
from koin_loyalty.sample.reference import TIERS
from koin_loyalty.sample.schema import CONTRACT, TEXT
from koin_loyalty.sample.traits import NEVER, Traits
from koin_loyalty.sample.world import World

SHARE_FEMALE = 0.54
SHARE_GENDER_BLANK = 0.14
SHARE_ERASED = 0.004
SHARE_ACTIVATED = 0.72
SHARE_PREFERRED_SITE = 0.28
SHARE_SHARED_PHONE = 0.02
SHARE_UNKNOWN_TIER = 0.004
SHARE_UNKNOWN_CITY = 0.012
SHARE_BLANK_CITY = 0.03
SHARE_PARENT = 0.30

UNKNOWN_TIERS = ("DIAMOND", "blue", "???", "VIP")
UNKNOWN_CITIES = (("Atlantis", ""), ("Jkt Slatan Raya", "DKI"), ("Desa Sukamaju", "Jabar"),
                  ("Luar Negeri", "-"))  # fmt: skip


@dataclass(frozen=True)
class MemberTables:
    """Clean tables with the load time, and the texts that the raw table shows instead.

    Attributes:
        member: contract columns of `tbl_member` plus `phone_raw`, clean values.
        raw_texts: column name -> texts as typed (tier, phone, email, gender, domicile ...).
        tier, raw_tiers: the tier history, and its spellings.
        child: `tbl_member_child`.
        shared_phones: members that use another member's phone.
    """

    member: pa.Table
    raw_texts: dict[str, pa.Array]
    tier: pa.Table
    raw_tiers: pa.Array
    child: pa.Table
    counts: dict[str, int]


def build_members(world: World, shard: int, traits: Traits) -> MemberTables:
    """Members of a shard, clean and as typed."""
    rng = world.stream(shard, "members")
    count = len(traits)
    first = world.calendar.first_day
    is_female = rng.random(count) < SHARE_FEMALE
    names = contacts.full_names(rng, is_female)
    email_typed, email = contacts.emails(rng, names, traits.offset)
    shared = rng.random(count) < SHARE_SHARED_PHONE
    owner = np.where(shared, np.arange(count) // 40 * 40, np.arange(count))
    phone_typed, phone, _ = contacts.phones(rng, count, owner)

    blank_gender = rng.random(count) < SHARE_GENDER_BLANK
    gender = np.where(blank_gender, -1, is_female.astype(np.int64))
    gender_typed = np.where(blank_gender, -1, is_female * 4 + (rng.random(count) < 0.08) * 1)
    tier_code, tier_spelling = _spelled_tiers(world, rng, traits.tiers[:, 2])
    city, province, city_typed, province_typed = _domiciles(world, rng, traits.city)

    registered = (traits.registered + first) * SECONDS_PER_DAY + rng.integers(
        9 * 3_600, 20 * 3_600, count
    )
    end = (world.calendar.last_day + 1) * SECONDS_PER_DAY
    activated = registered + rng.integers(0, 120, count) * SECONDS_PER_DAY
    is_activated = (rng.random(count) < SHARE_ACTIVATED) & (activated < end)
    erased = rng.random(count) < SHARE_ERASED
    erased_at = registered + (rng.random(count) * np.maximum(end - registered, 1)).astype(np.int64)
    email_at = registered + rng.integers(0, 400, count) * SECONDS_PER_DAY
    email_at = np.where(email_at < end, email_at, registered)
    whatsapp_at = registered + rng.integers(0, 400, count) * SECONDS_PER_DAY
    whatsapp_at = np.where(whatsapp_at < end, whatsapp_at, registered)
    updated = np.maximum(registered, end - rng.integers(1, 700, count) * SECONDS_PER_DAY)
    updated = np.where(erased, np.maximum(updated, erased_at), updated)
    no_birth = rng.random(count) < 0.12
    chosen_site = np.where(
        rng.random(count) < SHARE_PREFERRED_SITE,
        traits.home[np.arange(count), rng.choice([0, 0, 0, 1, 2, 4], count)],
        -1,
    )
    chosen_site = np.where(world.network.opened[np.maximum(chosen_site, 0)] <= 0, chosen_site, -1)
    number = 10_000 + traits.offset + np.arange(count)
    no_rrr, no_odi = rng.random(count) < 0.01, rng.random(count) < 0.12
    consent_time = rng.random((2, count)) < 0.9
    member = pa.table(
        [
            member_ids(traits.offset, np.arange(count)),
            col.nulls_where(col.identifiers("RRR", number, 9), no_rrr),
            col.nulls_where(col.identifiers("ODI", number * 7, 10), no_odi),
            col.nulls_where(stamps_ids(traits.offset, np.arange(count)), ~traits.has_stamps),
            pa.array(names, TEXT),
            pa.array(email, TEXT),
            pa.array(phone, TEXT),
            col.texts(("M", "F"), gender),
            col.dates(traits.birth, no_birth),
            pa.array(tier_code, TEXT),
            col.texts(("partial", "full"), traits.is_full.astype(np.int64)),
            col.timestamps(registered),
            col.timestamps(activated, ~is_activated),
            pa.array(city, TEXT),
            pa.array(province, TEXT),
            col.texts([site.code for site in SITES], chosen_site),
            pa.array(traits.email_opt_in == 0, mask=traits.email_opt_in == 2),
            col.timestamps(email_at, (traits.email_opt_in == 2) | ~consent_time[0]),
            pa.array(traits.whatsapp_opt_in == 0, mask=traits.whatsapp_opt_in == 2),
            col.timestamps(whatsapp_at, (traits.whatsapp_opt_in == 2) | ~consent_time[1]),
            col.timestamps(erased_at, ~erased),
            col.timestamps(updated),
            col.timestamps(loaded_at(world, rng, np.maximum(updated, first * SECONDS_PER_DAY), 10)),
            pa.array([_clean(text) for text in phone_typed], TEXT),
        ],
        schema=CONTRACT["cohesive.tbl_member"].append(pa.field("phone_raw", TEXT)),
    )
    raw_texts = {
        "email": pa.array(email_typed, TEXT),
        "phone": pa.array(phone_typed, TEXT),
        "gender": col.texts(
            ("M", "m", "", "", "F", "f"), np.where(gender_typed < 0, 2, gender_typed)
        ),
        "tier": pa.array(tier_spelling, TEXT),
        "domicile_city": pa.array(city_typed, TEXT),
        "domicile_province": pa.array(province_typed, TEXT),
    }
    tier, raw_tiers, tier_counts = _tier_history(world, rng, traits, registered)
    counts = {
        "erased_member": int(erased.sum()),
        "shared_phone": int((shared & (owner != np.arange(count))).sum()),
        "opt_in_null": int(((traits.email_opt_in == 2) | (traits.whatsapp_opt_in == 2)).sum()),
        "unknown_tier": sum(code == "UNKNOWN" for code in tier_code),
        "phone_spelling": sum(
            raw is not None and clean is not None and raw != clean
            for raw, clean in zip(phone_typed, phone, strict=True)
        ),
        "phone_unusable": sum(
            raw is not None and clean is None for raw, clean in zip(phone_typed, phone, strict=True)
        ),
        "email_unusable": sum(
            raw is not None and clean is None for raw, clean in zip(email_typed, email, strict=True)
        ),
        **tier_counts,
    }
    return MemberTables(
        member, raw_texts, tier, raw_tiers, _children(world, rng, traits, updated), counts
    )


def stamps_ids(offset: int, numbers: np.ndarray) -> pa.Array:
    """Stamps user ids by member number in the shard; negative is null."""
    return col.nulls_where(
        col.identifiers("st-", 500_000 + offset + np.maximum(numbers, 0), 8),
        np.asarray(numbers) < 0,
    )


def _clean(text: str | None) -> str | None:
    """Trimmed, with empty as null."""
    return (text.strip() or None) if text is not None else None


def _spelled_tiers(
    world: World, rng: np.random.Generator, tiers: np.ndarray
) -> tuple[list[str], list[str]]:
    """Canonical tier codes and spellings; a few spellings that no alias knows."""
    count = len(tiers)
    kind, pick = rng.random(count), rng.integers(0, 1_000, count)
    codes, spellings = [], []
    for row in range(count):
        code = TIERS[tiers[row]]
        if kind[row] < SHARE_UNKNOWN_TIER:
            codes.append("UNKNOWN")
            spellings.append(UNKNOWN_TIERS[pick[row] % len(UNKNOWN_TIERS)])
            continue
        codes.append(code)
        aliases = world.reference.tier_spellings[code]
        if kind[row] < 0.72:
            spellings.append(code)
        elif kind[row] < 0.90:
            spellings.append(code.title())
        else:
            alias = aliases[pick[row] % len(aliases)]
            spellings.append(alias.upper() if kind[row] > 0.97 else alias)
    return codes, spellings


def _domiciles(
    world: World, rng: np.random.Generator, city: np.ndarray
) -> tuple[list[str | None], list[str | None], list[str | None], list[str | None]]:
    """Canonical city and province, and both as typed, by the spellings of the seed."""
    count = len(city)
    kind, pick = rng.random(count), rng.integers(0, 1_000_000, count)
    style = rng.random(count)
    clean_city: list[str | None] = []
    clean_province: list[str | None] = []
    typed_city: list[str | None] = []
    typed_province: list[str | None] = []
    for row in range(count):
        name, province = CITIES[city[row]][:2]
        if kind[row] < SHARE_BLANK_CITY:
            clean_city.append(None)
            clean_province.append(None)
            typed_city.append("" if pick[row] % 2 else None)
            typed_province.append(None)
            continue
        if kind[row] < SHARE_BLANK_CITY + SHARE_UNKNOWN_CITY:
            raw_city, raw_province = UNKNOWN_CITIES[pick[row] % len(UNKNOWN_CITIES)]
            clean_city.append(raw_city)
            clean_province.append(raw_province or None)
        else:
            spellings = world.reference.city_spellings[(name, province)]
            raw_city, raw_province = spellings[pick[row] % len(spellings)]
            if kind[row] < 0.6:
                raw_city, raw_province = name, province
            clean_city.append(name)
            clean_province.append(province)
            if style[row] < 0.35:
                raw_city, raw_province = raw_city.upper(), raw_province.upper()
            elif style[row] < 0.7:
                raw_city, raw_province = raw_city.title(), raw_province.title()
        typed_city.append(raw_city)
        typed_province.append(raw_province)
    return clean_city, clean_province, typed_city, typed_province


def _tier_history(
    world: World, rng: np.random.Generator, traits: Traits, registered: np.ndarray
) -> tuple[pa.Table, pa.Array, dict[str, int]]:
    """Tier history with a few overlaps and gaps, as delivered; spellings beside it."""
    count, first = len(traits), world.calendar.first_day
    changes = traits.changes
    rows = 1 + (changes < NEVER).sum(axis=1)
    member = np.repeat(np.arange(count), rows)
    step = ranges(np.zeros(count, dtype=np.int64), rows)
    begin_first = registered // SECONDS_PER_DAY
    bounds = np.column_stack([begin_first - first, changes, np.full(count, NEVER)])
    begin = bounds[member, step] + first
    end = np.where(bounds[member, step + 1] < NEVER, bounds[member, step + 1] + first, 0)
    is_open = end == 0
    kind, shift = rng.random(len(member)), rng.integers(2, 10, len(member))
    overlaps = ~is_open & (kind < 0.02)
    gaps = ~is_open & (kind > 0.98) & (end - shift > begin)
    end = np.where(overlaps, end + shift, np.where(gaps, end - shift, end))
    no_history = rng.random(count) < 0.01
    kept = ~no_history[member]
    codes, spellings = _spelled_tiers(world, rng, traits.tiers[member, step])
    codes_array, spelled = pa.array(codes, TEXT), pa.array(spellings, TEXT)
    keep = pa.array(kept)
    known = np.maximum(begin, first) * SECONDS_PER_DAY
    table = pa.table(
        [
            member_ids(traits.offset, member),
            codes_array,
            col.dates(begin),
            col.dates(end, is_open),
            col.timestamps(loaded_at(world, rng, known, 20)),
        ],
        schema=CONTRACT["cohesive.tbl_member_tier"],
    )
    counts = {
        "tier_overlap": int((overlaps & kept).sum()),
        "tier_gap": int((gaps & kept).sum()),
        "unknown_history_tier": int((np.array(codes)[kept] == "UNKNOWN").sum()),
    }
    return table.filter(keep), spelled.filter(keep), counts


def _children(
    world: World, rng: np.random.Generator, traits: Traits, updated: np.ndarray
) -> pa.Table:
    """Children of some members, born up to fifteen years before the end."""
    counts = np.where(
        rng.random(len(traits)) < SHARE_PARENT, 1 + rng.binomial(3, 0.3, len(traits)), 0
    )
    member = np.repeat(np.arange(len(traits)), counts)
    birth = world.calendar.last_day - rng.integers(30, 15 * 365, len(member))
    known = np.maximum(updated[member], world.calendar.first_day * SECONDS_PER_DAY)
    return pa.table(
        [
            member_ids(traits.offset, member),
            pa.array((ranges(np.ones(len(traits), dtype=np.int64), counts)).astype(np.int32)),
            col.dates(birth),
            col.timestamps(loaded_at(world, rng, known, 25)),
        ],
        schema=CONTRACT["cohesive.tbl_member_child"],
    )
