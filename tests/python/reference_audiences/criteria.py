"""Who matches a request's criteria: sets of members, one criterion after the other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from reference_audiences.requests import Criteria, Request, period_of


@dataclass(frozen=True)
class Tables:
    """What criteria look at, as of the run; erased members are in none of them.

    Dates are datetime.date. Columns:

    members: cust_id, tier_code, koin_balance, gender (M, F, BLANK), age, domicile_city,
        domicile_province, preferred_site_code, preferred_site_city, activation_status,
        is_full_registered, is_active_member, rfm_segment, lifecycle, value_segment
    receipts: receive_main_id, cust_id, bu_code, site_code, site_type, sales_channel, fulfilment,
        business_date, receipt_status (completed, return), sales
    lines: receive_main_id, sku, category, brand
    payments: receive_main_id, payment_partner
    children: cust_id, age
    open_lots: cust_id, expires_on, koin_left
    vouchers: cust_id, program_code, issued_on, is_usable
    seasonal_shoppers: cust_id, season
    propensities: cust_id, category, propensity_rank (1 is the likeliest)
    areas: area, city, province
    """

    as_of: date
    go_live: date
    members: pd.DataFrame
    receipts: pd.DataFrame
    lines: pd.DataFrame
    payments: pd.DataFrame
    children: pd.DataFrame
    open_lots: pd.DataFrame
    vouchers: pd.DataFrame
    seasonal_shoppers: pd.DataFrame
    propensities: pd.DataFrame
    areas: pd.DataFrame


def matched(request: Request, tables: Tables) -> set[str]:
    """The members who meet every criterion of the request."""
    wanted = request.criteria
    members = set(tables.members["cust_id"])
    members &= of_state(wanted, tables.members)
    members &= of_tier_and_koin(wanted, tables.members)
    if wanted.domicile_area:
        members &= living_in(wanted.domicile_area, tables)
    if wanted.season:
        shoppers = tables.seasonal_shoppers
        members &= set(shoppers.loc[shoppers["season"].isin(wanted.season), "cust_id"])
    if wanted.child_age_min is not None or wanted.child_age_max is not None:
        members &= with_child(wanted, tables.children)
    if wanted.koin_expiring_days is not None:
        members &= with_expiring_koin(wanted.koin_expiring_days, tables)
    if wanted.unredeemed_voucher_program:
        members &= with_voucher(wanted, tables.vouchers)
    if wanted.propensity_category:
        members &= likely_to_buy(wanted, tables.propensities)
    if wanted.asks_for_transactions():
        members &= with_transactions(request, tables)
    return members


def among(column: pd.Series, values: Collection[str]) -> pd.Series:
    """Whether each value is one of some; no values are no restriction."""
    return column.isin(list(values)) if values else pd.Series(True, index=column.index)


def between(column: pd.Series, least: float | None, most: float | None) -> pd.Series:
    """Whether each number lies in a range, both ends included; null lies in none."""
    numbers = pd.to_numeric(column)
    inside = pd.Series(True, index=column.index)
    if least is not None:
        inside &= (numbers >= least).fillna(False)
    if most is not None:
        inside &= (numbers <= most).fillna(False)
    return inside


def of_state(wanted: Criteria, members: pd.DataFrame) -> set[str]:
    """Members by what is known of them as of the run."""
    fits = (
        among(members["gender"], wanted.gender)
        & among(members["activation_status"], wanted.activation)
        & among(members["preferred_site_code"], wanted.preferred_site)
        & among(members["preferred_site_city"], wanted.preferred_city)
        & among(members["rfm_segment"], wanted.rfm_segment)
        & among(members["lifecycle"], wanted.lifecycle)
        & among(members["value_segment"], wanted.value_segment)
        & between(members["age"], wanted.age_min, wanted.age_max)
    )
    if wanted.registration:
        fits &= members["is_full_registered"].fillna(False).astype(bool)
    if wanted.active:
        fits &= members["is_active_member"].fillna(False).astype(bool)
    return set(members.loc[fits, "cust_id"])


def of_tier_and_koin(wanted: Criteria, members: pd.DataFrame) -> set[str]:
    """Members of the tiers, with koin strictly above the (tier's) floor and at most the roof."""
    found = set()
    for cust_id, tier, koin in zip(
        members["cust_id"], members["tier_code"], members["koin_balance"], strict=True
    ):
        floor = wanted.min_koin
        if isinstance(floor, dict):
            is_above = tier in floor and koin > floor[tier]
        else:
            is_above = floor is None or koin > floor
        is_below = wanted.max_koin is None or koin <= wanted.max_koin
        if is_above and is_below and (not wanted.tier or tier in wanted.tier):
            found.add(cust_id)
    return found


def living_in(areas: Collection[str], tables: Tables) -> set[str]:
    """Members whose city is in one of the areas."""
    rows = tables.areas[tables.areas["area"].isin(list(areas))]
    cities = set(zip(rows["city"], rows["province"], strict=True))
    members = tables.members
    return {
        cust_id
        for cust_id, city, province in zip(
            members["cust_id"],
            members["domicile_city"],
            members["domicile_province"],
            strict=True,
        )
        if (city, province) in cities
    }


def with_child(wanted: Criteria, children: pd.DataFrame) -> set[str]:
    """Members of whom one child is of an age that meets both ends."""
    fits = between(children["age"], wanted.child_age_min, wanted.child_age_max)
    return set(children.loc[fits, "cust_id"])


def with_expiring_koin(days: int, tables: Tables) -> set[str]:
    """Members with koin left of a lot that expires within the days, and has not expired yet."""
    last_day = tables.as_of + timedelta(days=days)
    return {
        cust_id
        for cust_id, expires_on, koin in zip(
            tables.open_lots["cust_id"],
            tables.open_lots["expires_on"],
            tables.open_lots["koin_left"],
            strict=True,
        )
        if koin > 0 and not pd.isna(expires_on) and tables.as_of <= expires_on <= last_day
    }


def with_voucher(wanted: Criteria, vouchers: pd.DataFrame) -> set[str]:
    """Members who hold a valid voucher, not redeemed, of the programme and the time."""
    fits = vouchers["program_code"].isin(wanted.unredeemed_voucher_program)
    fits &= vouchers["is_usable"].astype(bool)
    if wanted.voucher_issued_from:
        fits &= vouchers["issued_on"] >= wanted.voucher_issued_from
    if wanted.voucher_issued_to:
        fits &= vouchers["issued_on"] <= wanted.voucher_issued_to
    return set(vouchers.loc[fits, "cust_id"].dropna())


def likely_to_buy(wanted: Criteria, propensities: pd.DataFrame) -> set[str]:
    """Members of whom, for one of the categories, the rank is within the share of all ranked."""
    found: set[str] = set()
    for category in wanted.propensity_category:
        ranked = propensities[propensities["category"] == category]
        share = wanted.propensity_top_share
        limit = len(ranked) if share is None else int(share * len(ranked))
        found |= set(ranked.loc[ranked["propensity_rank"] <= limit, "cust_id"])
    return found


def with_transactions(request: Request, tables: Tables) -> set[str]:
    """Members with enough receipts, each of which meets every criterion of receipts."""
    wanted = request.criteria
    known = tables.receipts[
        tables.receipts["cust_id"].isin(set(tables.members["cust_id"]))
        & (tables.receipts["business_date"] <= request.data_as_of)
        & among(tables.receipts["bu_code"], wanted.transacted_bu)
    ]
    first, last = period_of(wanted.transacted_period, request.data_as_of, tables.go_live)
    fits = (
        (known["business_date"] <= last)
        & among(known["site_code"], wanted.transacted_site)
        & among(known["site_type"], wanted.transacted_site_type)
        & among(known["sales_channel"], wanted.transacted_channel)
        & among(known["fulfilment"], wanted.transacted_fulfilment)
    )
    if first:
        fits &= known["business_date"] >= first
    for column, values in (
        ("category", wanted.bought_category),
        ("brand", wanted.bought_brand),
        ("sku", wanted.bought_sku),
    ):
        if values:
            with_line = tables.lines.loc[tables.lines[column].isin(values), "receive_main_id"]
            fits &= known["receive_main_id"].isin(set(with_line))
    if wanted.payment_partner:
        payments = tables.payments
        paid = payments.loc[
            payments["payment_partner"].isin(wanted.payment_partner), "receive_main_id"
        ]
        fits &= known["receive_main_id"].isin(set(paid))
    receipts = known[fits]
    counts = receipts[receipts["receipt_status"] == "completed"].groupby("cust_id").size()
    found = set(counts.index[counts >= max(1, wanted.min_transactions or 1)])
    if wanted.min_spend is not None:
        spend = receipts.groupby("cust_id")["sales"].sum()
        found &= set(spend.index[spend >= wanted.min_spend])
    if wanted.lapsed_days is not None:
        bought = known[known["receipt_status"] == "completed"]
        last_dates = bought.groupby("cust_id")["business_date"].max()
        limit = request.data_as_of - timedelta(days=wanted.lapsed_days)
        found &= {cust_id for cust_id, last_date in last_dates.items() if last_date <= limit}
    return found
