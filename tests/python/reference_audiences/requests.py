"""A campaign team's request as Python values, read from the seed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True)
class Channel:
    """A row of the seed channels; `consent` is the medium: email, whatsapp or none."""

    name: str
    stamps_channel: str | None = None
    consent: str = "none"
    required_attributes: tuple[str, ...] = ()
    requires_full_registration: bool = False
    max_recipients: int | None = None
    frequency_cap_messages: int | None = None
    frequency_cap_days: int | None = None
    exclusivity: str = "channel"
    capacity_group: str | None = None
    daily_capacity: int | None = None


@dataclass(frozen=True)
class Criteria:
    """Who is meant; an empty tuple and None are no restriction."""

    transacted_bu: tuple[str, ...] = ()
    transacted_period: str | None = None
    transacted_site: tuple[str, ...] = ()
    transacted_site_type: tuple[str, ...] = ()
    transacted_channel: tuple[str, ...] = ()
    transacted_fulfilment: tuple[str, ...] = ()
    bought_category: tuple[str, ...] = ()
    bought_brand: tuple[str, ...] = ()
    bought_sku: tuple[str, ...] = ()
    payment_partner: tuple[str, ...] = ()
    min_transactions: int | None = None
    min_spend: int | None = None
    lapsed_days: int | None = None
    domicile_area: tuple[str, ...] = ()
    preferred_site: tuple[str, ...] = ()
    preferred_city: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    min_koin: int | Mapping[str, int] | None = None
    max_koin: int | None = None
    koin_expiring_days: int | None = None
    gender: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    child_age_min: int | None = None
    child_age_max: int | None = None
    activation: tuple[str, ...] = ()
    registration: tuple[str, ...] = ()
    active: str | None = None
    rfm_segment: tuple[str, ...] = ()
    lifecycle: tuple[str, ...] = ()
    value_segment: tuple[str, ...] = ()
    season: tuple[str, ...] = ()
    propensity_category: tuple[str, ...] = ()
    propensity_top_share: Fraction | None = None
    unredeemed_voucher_program: tuple[str, ...] = ()
    voucher_issued_from: date | None = None
    voucher_issued_to: date | None = None

    def asks_for_transactions(self) -> bool:
        """Whether receipts must meet any criterion."""
        return any(
            value is not None and value != ()
            for value in (
                self.transacted_bu,
                self.transacted_period,
                self.transacted_site,
                self.transacted_site_type,
                self.transacted_channel,
                self.transacted_fulfilment,
                self.bought_category,
                self.bought_brand,
                self.bought_sku,
                self.payment_partner,
                self.min_transactions,
                self.min_spend,
                self.lapsed_days,
            )
        )


@dataclass(frozen=True)
class Request:
    """An approved request, unless its status says something else. `holdout` is a share, `cap` the
    smaller of its own and the channel's, `unbuildable_reason` why the data cannot answer it."""

    request_id: str
    channel: Channel
    priority: int
    send_starts_on: date
    send_ends_on: date
    data_as_of: date = date.min
    cap: int | None = None
    holdout: Fraction = Fraction(0)
    order_by: str | None = None
    split_by: str | None = None
    gender_split: str | None = None
    excludes: tuple[str, ...] = ()
    criteria: Criteria = field(default_factory=Criteria)
    is_delivered: bool = False
    status: str = "approved"
    unbuildable_reason: str | None = None

    @property
    def order(self) -> tuple[bool, int, date, str]:
        """Sorts requests: delivered first, then priority, first day of sending, id."""
        return (not self.is_delivered, self.priority, self.send_starts_on, self.request_id)


def read_channels(path: Path) -> dict[str, Channel]:
    """The seed channels by name."""
    return {
        row["channel"]: Channel(
            name=row["channel"],
            stamps_channel=row["stamps_channel"] or None,
            consent=row["consent"],
            required_attributes=parts(row["required_attributes"]),
            requires_full_registration=row["requires_full_registration"] == "true",
            max_recipients=number(row["max_recipients"]),
            frequency_cap_messages=number(row["frequency_cap_messages"]),
            frequency_cap_days=number(row["frequency_cap_days"]),
            exclusivity=row["exclusivity"],
            capacity_group=row["capacity_group"] or None,
            daily_capacity=number(row["daily_capacity"]),
        )
        for row in rows_of(path)
    }


def read_requests(path: Path, channels: Mapping[str, Channel]) -> list[Request]:
    """The approved rows of the seed segment_requests; the seed is taken to be sound."""
    return [
        request_of(row, channels) for row in rows_of(path) if row["status"].strip() == "approved"
    ]


def request_of(row: Mapping[str, str], channels: Mapping[str, Channel]) -> Request:
    """A request from a row of text."""
    channel = channels[row["channel"].strip().upper()]
    caps = [cap for cap in (number(row["max_members"]), channel.max_recipients) if cap is not None]
    upper = {
        name: parts(row[name].upper())
        for name in (
            "transacted_bu",
            "transacted_site",
            "payment_partner",
            "preferred_site",
            "tier",
            "gender",
            "rfm_segment",
            "value_segment",
            "season",
            "unredeemed_voucher_program",
        )
    }
    lower = {
        name: parts(row[name].lower())
        for name in (
            "transacted_site_type",
            "transacted_channel",
            "transacted_fulfilment",
            "activation",
            "registration",
            "lifecycle",
        )
    }
    as_typed = {
        name: parts(row[name])
        for name in (
            "bought_category",
            "bought_brand",
            "bought_sku",
            "domicile_area",
            "preferred_city",
            "propensity_category",
        )
    }
    numbers = {
        name: number(row[name])
        for name in (
            "min_transactions",
            "min_spend",
            "lapsed_days",
            "max_koin",
            "koin_expiring_days",
            "age_min",
            "age_max",
            "child_age_min",
            "child_age_max",
        )
    }
    return Request(
        request_id=row["request_id"].strip(),
        channel=channel,
        priority=int(row["priority"]),
        data_as_of=date.fromisoformat(row["data_as_of"].strip()),
        send_starts_on=date.fromisoformat(row["send_starts_on"].strip()),
        send_ends_on=date.fromisoformat(row["send_ends_on"].strip()),
        cap=min(caps, default=None),
        holdout=share(row["holdout_pct"]) or Fraction(0),
        order_by=row["order_by"].strip().lower() or None,
        split_by=row["split_by"].strip().lower() or None,
        gender_split=row["gender_split"].strip().lower() or None,
        excludes=parts(row["exclude_requests"]),
        criteria=Criteria(
            **upper,
            **lower,
            **as_typed,
            **numbers,
            transacted_period=row["transacted_period"].strip().lower() or None,
            min_koin=koin_floor(row["min_koin"]),
            active=row["active"].strip().lower() or None,
            propensity_top_share=share(row["propensity_top_pct"]),
            voucher_issued_from=day(row["voucher_issued_from"]),
            voucher_issued_to=day(row["voucher_issued_to"]),
        ),
    )


def period_of(period: str | None, data_as_of: date, go_live: date) -> tuple[date | None, date]:
    """First day (None: from the beginning) and last day that the criteria see."""
    if period is None or period == "ever":
        return None, data_as_of
    if period == "since_cohesive":
        return go_live, data_as_of
    if period == "l1y":
        return max(data_as_of - timedelta(days=364), go_live), data_as_of
    if period == "l12m":
        tomorrow = data_as_of + timedelta(days=1)
        ends_on = tomorrow.replace(day=1) - timedelta(days=1)
        starts_on = tomorrow.replace(year=tomorrow.year - 1, day=1)
        return max(starts_on, go_live), ends_on
    starts_on, ends_on = (date.fromisoformat(text.strip()) for text in period.split(".."))
    return starts_on, min(ends_on, data_as_of)


def koin_floor(text: str) -> int | dict[str, int] | None:
    """One floor for all, or floors by tier."""
    if ":" not in text:
        return number(text)
    pairs = (part.split(":") for part in text.split("|"))
    return {tier.strip().upper(): int(floor) for tier, floor in pairs}


def share(text: str) -> Fraction | None:
    """A percentage as a share; what lies strictly between 0 and 1 already is one."""
    if not text.strip():
        return None
    percent = Fraction(text.strip())
    return percent if 0 < percent < 1 else percent / 100


def parts(text: str) -> tuple[str, ...]:
    """The values of a list."""
    return tuple(part.strip() for part in text.split("|")) if text.strip() else ()


def number(text: str) -> int | None:
    """A whole number, or None for empty text."""
    return int(text) if text.strip() else None


def day(text: str) -> date | None:
    """A date, or None for empty text."""
    return date.fromisoformat(text.strip()) if text.strip() else None


def rows_of(path: Path) -> Sequence[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
