"""`member_profile` (spec 4.1): tier, places, koin and reachability of a member, and all labels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from reference_marts.calendar_and_tiers import MONEY, is_null, tier_history
from reference_marts.koin_ledger import Axis, Entry, ledger_by_member
from reference_marts.koin_reports import UNASSIGNED
from reference_marts.segments import (
    PERIODS,
    Row,
    SegmentData,
    frame_of,
    labels,
    net_sales,
    segment_lifecycle,
    segment_rfm,
    segment_seasonal,
    segment_value,
    transactions,
    within,
)
from reference_marts.segments_histories import age_on, first_and_last
from reference_marts.segments_places import PreferredSites, domicile_areas, site_attribute

KEYS = ("cust_id",)
RFM_COLUMNS = ("recency_days", "r_score", "f_score", "m_score", "rfm_score", "rfm_segment")
LIFECYCLE_COLUMNS = ("lifecycle", "days_since_last_purchase", "is_winback", "is_active_member")
VALUE_COLUMNS = ("value_segment", "is_frequent_buyer")
COLUMNS = (
    *KEYS,
    "tier_code",
    "tier_for_spend",
    "spend_to_next_tier",
    "activation_status",
    "activated_at",
    "is_full_registered",
    "registered_at",
    "gender",
    "age",
    "domicile_area",
    "domicile_city",
    "domicile_province",
    "preferred_site_code",
    "preferred_site_name",
    "preferred_site_bu_code",
    "preferred_site_city",
    "area_manager",
    "koin_balance",
    "overdue_koin",
    "koin_expiring_soon",
    "is_email_opted_in",
    "email_reachability",
    "is_whatsapp_opted_in",
    "whatsapp_reachability",
    "email_engagement",
    "first_transaction_date",
    "last_transaction_date",
    *(
        f"{measure}_{period}"
        for period in PERIODS
        for measure in ("transaction_count", "net_sales")
    ),
    *RFM_COLUMNS,
    *LIFECYCLE_COLUMNS,
    *VALUE_COLUMNS,
    "seasonal_labels",
)

EXPIRING_SOON_DAYS = 30
ENGAGEMENT_DAYS = 90

#: What a phone number that cannot be used is called here; the mart tells the kinds apart.
UNUSABLE_PHONE = "unusable_phone"
PHONE_STATUSES = (
    "dummy",
    "fixed_line",
    "foreign",
    "not_a_number",
    "not_mobile",
    "scientific_notation",
    "wrong_length",
)


def member_profile(data: SegmentData, member_versions: pd.DataFrame) -> pd.DataFrame:
    """One row a member.

    Args:
        member_versions: delivered rows of the member table, which tell what was typed, and since
            when a member has the address: cust_id, email, phone, updated_at.
    """
    labelled = {
        row["cust_id"]: row
        for row in _joined(segment_rfm(data), segment_lifecycle(data), segment_value(data))
    }
    seasonal = segment_seasonal(data)
    seasons: dict[str, set[str]] = defaultdict(set)
    for shopper in seasonal[seasonal["is_seasonal_shopper"].astype(bool)].itertuples():
        seasons[shopper.cust_id].add(shopper.season)

    parts = (_standing(data), _places(data), _koin(data), _contact(data, member_versions))
    rows = []
    for cust_id, receipts in data.receipts_of.items():
        row: Row = {**labelled[cust_id], **first_and_last(receipts)}
        for name, period in data.periods.items():
            known = within(receipts, period)
            row[f"transaction_count_{name}"] = len(transactions(known))
            row[f"net_sales_{name}"] = net_sales(known)
        for part in parts:
            row.update(part[cust_id])
        row["seasonal_labels"] = labels(seasons.get(cust_id, ()))
        rows.append(row)
    return frame_of(COLUMNS, rows)


def _joined(*marts: pd.DataFrame) -> list[Row]:
    """Rows of marts of one row a member, side by side."""
    rows: dict[str, Row] = defaultdict(dict)
    for mart in marts:
        for cells in mart.itertuples(index=False, name=None):
            row = dict(zip(mart.columns, cells, strict=True))
            rows[str(row["cust_id"])].update(row)
    return list(rows.values())


def earned_tier(spend: Decimal, tiers: Iterable[Mapping[str, str]]) -> tuple[str, Decimal | None]:
    """Tier that the spend of L12M earns, and what is missing to the next; null in the highest."""
    ranked = sorted(tiers, key=lambda tier: int(tier["tier_rank"]))
    earned = 0
    for number, tier in enumerate(ranked):
        if spend >= Decimal(tier["min_l12m_spend"]):
            earned = number
    if earned == len(ranked) - 1:
        return ranked[earned]["tier_code"], None
    missing = Decimal(ranked[earned + 1]["min_l12m_spend"]) - spend
    return ranked[earned]["tier_code"], missing.quantize(MONEY)


def _standing(data: SegmentData) -> dict[str, Row]:
    """Tier, activation, registration, gender and age by member."""
    tiers = tier_history(
        data.truth["cohesive.tbl_member"], data.truth["cohesive.tbl_member_tier"], data.aliases
    )
    rows = {}
    for cust_id, member in data.members.items():
        spend = net_sales(within(data.receipts_of[cust_id], data.periods["l12m"]))
        tier_for_spend, missing = earned_tier(spend, data.seeds["loyalty_tiers"])
        rows[cust_id] = {
            "tier_code": tiers.at(cust_id, data.as_of_date),
            "tier_for_spend": tier_for_spend,
            "spend_to_next_tier": missing,
            "activation_status": "activated" if data.is_activated(cust_id) else "not_activated",
            "activated_at": _or_none(member.activated_at),
            "is_full_registered": member.registration_status == "full",
            "registered_at": _or_none(member.registered_at),
            "gender": "BLANK" if is_null(member.gender) else member.gender,
            "age": age_on(member.birth_date, data.as_of_date),
        }
    return rows


def _or_none(value: object) -> object:
    return None if is_null(value) else value


def _places(data: SegmentData) -> dict[str, Row]:
    """Domicile, and the preferred site with its city and area manager, by member."""
    areas = domicile_areas(data.seeds["campaign_areas"])
    cities = {(row["city"], row["province"]) for row in data.seeds["domicile_areas"]}
    preferred = PreferredSites(data)
    name_of, city_of = site_attribute(data, "site_name"), site_attribute(data, "city")
    bu_of = site_attribute(data, "bu_code")
    manager_of = site_attribute(data, "area_manager", UNASSIGNED)
    rows = {}
    for cust_id, member in data.members.items():
        domicile = member.domicile_city, member.domicile_province
        is_known = domicile in cities
        site = preferred.of(cust_id)
        rows[cust_id] = {
            "domicile_area": areas.get(domicile) if is_known else None,
            "domicile_city": domicile[0] if is_known else None,
            "domicile_province": domicile[1] if is_known else None,
            "preferred_site_code": site,
            "preferred_site_name": None if site is None else name_of(site),
            "preferred_site_bu_code": None if site is None else data.bu_of(bu_of(site)),
            "preferred_site_city": None if site is None else city_of(site),
            "area_manager": UNASSIGNED if site is None else manager_of(site),
        }
    return rows


def koin_of(entries: Iterable[Entry], as_of: date) -> Row:
    """Balance as of a date, and what is left of the lots that are past or near their last day.

    Args:
        entries: a member's ledger in order, nothing later than the date.
    """
    axis = Axis()
    for entry in entries:
        if entry.is_lot:
            axis.add(entry)
        else:
            axis.cursor -= entry.movement
    overdue = expiring = 0
    for lot, koin in axis.left():
        if lot.expires_on is None:
            continue
        if lot.expires_on < as_of:
            overdue += koin
        elif lot.expires_on <= as_of + timedelta(days=EXPIRING_SOON_DAYS):
            expiring += koin
    return {
        "koin_balance": axis.length - axis.cursor,
        "overdue_koin": overdue,
        "koin_expiring_soon": expiring,
    }


def _koin(data: SegmentData) -> dict[str, Row]:
    """Koin by member."""
    ledger = ledger_by_member(data.truth, data.calendar, data.bu_of)
    return {cust_id: koin_of(ledger.get(cust_id, []), data.as_of_date) for cust_id in data.members}


def since_when(versions: Sequence[tuple[pd.Timestamp, str | None]]) -> pd.Timestamp:
    """Since when the newest value is there: (time, value) of a member's versions, at least one."""
    ordered = sorted(versions, key=lambda version: version[0])
    since, value = ordered[-1]
    for moment, other in reversed(ordered):
        if other != value:
            break
        since = moment
    return since


def opt_in_stands(
    opt_in: bool | None, opt_in_at: pd.Timestamp | None, unsubscribed: Iterable[pd.Timestamp]
) -> bool:
    """Given, and not taken back after it; an unsubscribe takes back an opt-in without time."""
    if is_null(opt_in) or not opt_in:
        return False
    return not any(is_null(opt_in_at) or moment > opt_in_at for moment in unsubscribed)


def reachability(
    opt_in: bool | None, *, stands: bool, bounces: Iterable[pd.Timestamp], since: pd.Timestamp
) -> str:
    """Of a usable address: the first reason why a message may not or would not arrive."""
    if is_null(opt_in) or not opt_in:
        return "no_opt_in"
    if not stands:
        return "unsubscribed"
    return "hard_bounce" if any(moment >= since for moment in bounces) else "reachable"


def engagement(events: Iterable[object], as_of: date) -> str:
    """How a member took the e-mails of the 90 days to a date."""
    first_day = as_of - timedelta(days=ENGAGEMENT_DAYS - 1)
    recent = [event for event in events if event.event_ts.date() >= first_day]
    for event in recent:
        is_human_open = event.event_type == "opened" and event.is_machine_open is not True
        if is_human_open or event.event_type == "clicked":
            return "opener"
    proofs = ("delivered", "opened")
    return "non_opener" if any(event.event_type in proofs for event in recent) else "unknown"


def _number(phone: object) -> str | None:
    """A number as typed without its prefix, the same in every spelling of it."""
    if is_null(phone):
        return None
    return re.sub(r"^0*(62)*0*", "", re.sub(r"\D", "", re.sub(r"[.,]0+$", "", str(phone).strip())))


def _address(email: object) -> str | None:
    return None if is_null(email) or not email.strip() else email.strip().lower()


def _contact(data: SegmentData, member_versions: pd.DataFrame) -> dict[str, Row]:
    """Opt-ins, reachability and engagement by member."""
    versions: dict[str, list[object]] = defaultdict(list)
    for version in member_versions.itertuples(index=False):
        if not is_null(version.cust_id) and not is_null(version.updated_at):
            versions[version.cust_id.strip()].append(version)
    events: dict[str, list[object]] = defaultdict(list)
    for event in data.truth["stamps.message_event"].itertuples(index=False):
        if event.event_ts.date() <= data.as_of_date:
            events[event.stamps_user_id].append(event)

    rows = {}
    for cust_id, member in data.members.items():
        seen = [] if is_null(member.stamps_user_id) else events[member.stamps_user_id]
        mails = [event for event in seen if event.channel == "email"]
        chats = [event for event in seen if event.channel != "email"]
        email_stands = opt_in_stands(
            member.email_opt_in, member.email_opt_in_at, _moments(mails, "unsubscribed")
        )
        chat_stands = opt_in_stands(
            member.whatsapp_opt_in, member.whatsapp_opt_in_at, _moments(chats, "unsubscribed")
        )
        emails = [(version.updated_at, _address(version.email)) for version in versions[cust_id]]
        if is_null(member.email):
            _, typed = max(emails, key=lambda version: version[0])
            email_reachability = "invalid_address" if typed else "no_address"
        else:
            email_reachability = reachability(
                member.email_opt_in,
                stands=email_stands,
                bounces=_moments(mails, "bounced"),
                since=since_when(emails),
            )
        if is_null(member.phone):
            has_digits = not is_null(member.phone_raw) and re.search(r"\w", member.phone_raw)
            whatsapp_reachability = UNUSABLE_PHONE if has_digits else "no_phone"
        else:
            whatsapp_reachability = reachability(
                member.whatsapp_opt_in,
                stands=chat_stands,
                bounces=_moments(chats, "bounced"),
                since=since_when(
                    [(version.updated_at, _number(version.phone)) for version in versions[cust_id]]
                ),
            )
        rows[cust_id] = {
            "is_email_opted_in": email_stands,
            "email_reachability": email_reachability,
            "is_whatsapp_opted_in": chat_stands,
            "whatsapp_reachability": whatsapp_reachability,
            "email_engagement": engagement(mails, data.as_of_date),
        }
    return rows


def _moments(events: Iterable[object], event_type: str) -> list[pd.Timestamp]:
    """Times of events of a type; of bounces only the hard ones."""
    return [
        event.event_ts
        for event in events
        if event.event_type == event_type
        and (event_type != "bounced" or event.bounce_type == "hard")
    ]
