"""Random sets of requests and of members who match them, for any implementation of the gates.

Sets have no channels, members, contacts and ids in common. Once they are moved `apart` in time, no
request of one waits for a request of another, so that many of them can be decided in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from reference_audiences.gates import (
    CHANNEL_GATES,
    Candidate,
    Decision,
    Sent,
    processing_order,
    settle,
)
from reference_audiences.requests import Channel, Request

AS_OF = date(2025, 11, 2)
#: Longer than a set's days, so that sets in neighbouring slots do not touch.
SLOT_DAYS = 30
NO_DAYS = timedelta()
ORDERS = (None, "email_non_opener_first", "recent_first", "value_first", "koin_first")


@dataclass(frozen=True)
class RandomSet:
    """A set and, of the requests that are delivered, what was delivered."""

    name: str
    requests: Sequence[Request]
    candidates: Sequence[Candidate]
    sent: Sequence[Sent]
    delivered: Sequence[Decision] = ()

    def settled(self) -> list[Decision]:
        """What the reference decides."""
        return settle(self.requests, self.candidates, self.sent, AS_OF, self.delivered)


def random_set(seed: int, with_delivered: bool = False) -> RandomSet:
    """The set of a seed; half of those `with_delivered` have a delivered request."""
    rng = np.random.default_rng(seed)
    name = f"S{seed:04d}"
    channels = [_channel(rng, name, kind) for kind in ("MAIL", "CHAT", "TALK", "VOUCHER")]
    requests = _requests(rng, name, channels)
    member_count = int(rng.integers(2, 45))
    members = [f"{name}-M{number:02d}" for number in range(member_count)]
    genders = dict(
        zip(members, rng.choice(["M", "F", "BLANK"], member_count, p=_shares(rng)), strict=True)
    )
    activations = dict(
        zip(members, rng.choice(["activated", "not_activated"], member_count), strict=True)
    )
    contacts = {medium: _contacts(rng, name, medium, members) for medium in ("email", "whatsapp")}
    candidates = [
        Candidate(
            request_id=request.request_id,
            cust_id=cust_id,
            failed_gate=str(rng.choice(CHANNEL_GATES)) if rng.random() < 0.15 else None,
            contact=contacts.get(request.channel.consent, {}).get(cust_id),
            order_key=int(rng.integers(0, 4)) if request.order_by else 0,
            activation_status=str(activations[cust_id]),
            gender=str(genders[cust_id]),
        )
        for request in requests
        for cust_id in members
        if rng.random() < 0.8
    ]
    sent = [
        Sent(
            str(rng.choice(members)),
            str(rng.choice([c.stamps_channel for c in channels if c.stamps_channel])),
            AS_OF - timedelta(days=int(rng.integers(0, 10))),
        )
        for _ in range(int(rng.integers(0, 2 * member_count)))
    ]
    found = RandomSet(name, requests, candidates, sent)
    if with_delivered and rng.random() < 0.5:
        return _with_one_delivered(rng, found)
    return found


def apart(sets: Iterable[RandomSet]) -> list[RandomSet]:
    """Sets with a channel that competes with every channel, each moved to days of its own.

    Half of them lie in the past, where messages were sent, the others in the future, where messages
    are planned; all other sets stay where they are.
    """
    moved, slot = [], 0
    for one in sets:
        if any(request.channel.exclusivity == "any" for request in one.requests):
            slot = -slot if slot > 0 else 1 - slot
            one = _moved(one, timedelta(days=SLOT_DAYS * slot))
        moved.append(one)
    return moved


def _moved(one: RandomSet, days: timedelta) -> RandomSet:
    """A set so many days later or earlier. Messages that were sent stay in the past."""
    requests = [
        replace(
            request,
            send_starts_on=request.send_starts_on + days,
            send_ends_on=request.send_ends_on + days,
        )
        for request in one.requests
    ]
    try:
        processing_order(requests, AS_OF)
    except ValueError:
        requests = [replace(request, excludes=()) for request in requests]
    sent = [replace(message, sent_on=message.sent_on + min(days, NO_DAYS)) for message in one.sent]
    return replace(one, requests=requests, sent=sent)


def _channel(rng: np.random.Generator, name: str, kind: str) -> Channel:
    """MAIL, CHAT and TALK (both by phone, with one capacity) and VOUCHER, which sends nothing."""
    if kind == "VOUCHER":
        return Channel(f"{name}-VOUCHER")
    is_capped = rng.random() < 0.7
    has_capacity = kind != "MAIL" and rng.random() < 0.7
    return Channel(
        name=f"{name}-{kind}",
        stamps_channel=f"{name}-{kind}".lower(),
        consent="email" if kind == "MAIL" else "whatsapp",
        frequency_cap_messages=int(rng.choice([0, 1, 2, 3], p=[0.05, 0.35, 0.4, 0.2]))
        if is_capped
        else None,
        frequency_cap_days=int(rng.integers(1, 10)) if is_capped else None,
        exclusivity="any" if rng.random() < 0.2 else "channel",
        capacity_group=f"{name}-PHONE" if has_capacity else None,
        daily_capacity=int(rng.integers(1, 25)) if has_capacity else None,
    )


def _requests(
    rng: np.random.Generator, name: str, channels: Sequence[Channel]
) -> Sequence[Request]:
    requests: list[Request] = []
    for number in range(int(rng.integers(1, 8))):
        starts_on = AS_OF + timedelta(days=int(rng.integers(-1, 9)))
        split_by = [None, "activation", "gender", "gender"][int(rng.integers(0, 4))]
        request = Request(
            request_id=f"{name}-R{number}",
            channel=channels[int(rng.integers(0, len(channels)))],
            priority=int(rng.integers(1, 4)),
            send_starts_on=starts_on,
            send_ends_on=starts_on + timedelta(days=int(rng.integers(0, 4))),
            data_as_of=AS_OF,
            cap=None if rng.random() < 0.3 else int(rng.choice([0, 1, 2, 5, 10, 20, 50])),
            holdout=Fraction(str(rng.choice(["0", "0", "0.1", "0.25", "0.5", "1"]))),
            order_by=ORDERS[int(rng.integers(0, len(ORDERS)))],
            split_by=split_by,
            gender_split="proportional" if split_by == "gender" and rng.random() < 0.7 else None,
        )
        requests.append(request)
    for place, request in enumerate(requests):
        if rng.random() < 0.25:
            other = requests[int(rng.integers(0, len(requests)))]
            changed = replace(request, excludes=(other.request_id,))
            if other.request_id != request.request_id and _is_sound(requests, place, changed):
                requests[place] = changed
    return requests


def _is_sound(requests: Sequence[Request], place: int, changed: Request) -> bool:
    """Whether no requests wait for each other once one of them is changed."""
    try:
        processing_order([*requests[:place], changed, *requests[place + 1 :]], AS_OF)
    except ValueError:
        return False
    return True


def _shares(rng: np.random.Generator) -> list[float]:
    """Of M, F and BLANK: now and then all blank, or none of one kind."""
    shapes = [[0.45, 0.35, 0.2], [0.0, 0.0, 1.0], [0.0, 0.7, 0.3], [0.1, 0.1, 0.8]]
    return shapes[int(rng.choice(len(shapes), p=[0.6, 0.1, 0.1, 0.2]))]


def _contacts(
    rng: np.random.Generator, name: str, medium: str, members: Sequence[str]
) -> dict[str, str | None]:
    """A contact for each member: some have none, some share one, with its holder or without."""
    pool = max(1, int(len(members) * rng.uniform(0.5, 3)))
    holders = [*members, *(f"{name}-holder-{number:03d}" for number in range(pool))]
    return {
        cust_id: None
        if rng.random() < 0.1
        else f"{medium} {cust_id if rng.random() < 0.3 else holders[int(rng.integers(0, pool))]}"
        for cust_id in members
    }


def _with_one_delivered(rng: np.random.Generator, found: RandomSet) -> RandomSet:
    """The set some time later: one request was delivered as it was, the others are decided anew."""
    frozen = found.requests[int(rng.integers(0, len(found.requests)))]
    delivered = [d for d in found.settled() if d.request_id == frozen.request_id]
    requests = [
        replace(request, is_delivered=request is frozen, excludes=()) for request in found.requests
    ]
    candidates = [c for c in found.candidates if c.request_id != frozen.request_id]
    return replace(found, requests=requests, candidates=candidates, delivered=delivered)
