"""From those who match to target, holdout, reserve or rejected: the gates of 4.3 in their order.

Members are looked at one by one and requests one after another, with no thought of speed.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from reference_audiences.requests import Channel, Request

GATES = (
    "matched",
    "full_registration",
    "required_attributes",
    "consent",
    "deliverable",
    "excluded_requests",
    "competition",
    "frequency_cap",
    "one_per_contact",
)
CHANNEL_GATES = GATES[1:5]
#: Why somebody is in reserve who is not cut off by the request's own cap.
CHANNEL_CAPACITY = "channel_capacity"


@dataclass(frozen=True)
class Reach:
    """What of a member a channel needs: usable attributes by name, and by medium (email, whatsapp)
    whether the opt-in stands and whether an address is known not to exist."""

    is_full_registered: bool = True
    attributes: Mapping[str, str | None] | None = None
    opted_in: frozenset[str] = frozenset()
    bounced: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A member who matches a request.

    `failed_gate`: the gate among CHANNEL_GATES that stops the member, None when the channel lets
    the member through. `contact`: where the message would go; None collides with nobody.
    `order_key`: the smaller one comes first, equal ones by hash.
    """

    request_id: str
    cust_id: str
    failed_gate: str | None = None
    contact: str | None = None
    order_key: Any = 0
    activation_status: str = "activated"
    gender: str = "BLANK"


@dataclass(frozen=True)
class Decision:
    """What became of a candidate. `first_failed_gate` says why one is rejected, and of reserve that
    only the channel's capacity cut the member off."""

    request_id: str
    cust_id: str
    outcome: str
    first_failed_gate: str | None = None
    audience_rank: int | None = None
    split_value: str = "ALL"
    contact: str | None = None


@dataclass(frozen=True)
class Sent:
    """A message sent to a member up to the as-of date."""

    cust_id: str
    stamps_channel: str
    sent_on: date


def md5(text: str) -> str:
    """32 hex digits."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def hash_fraction(text: str) -> Fraction:
    """A number in [0, 1) from the first 7 hex digits."""
    return Fraction(int(md5(text)[:7], 16), 16**7)


def channel_gate(channel: Channel, member: Reach) -> str | None:
    """The first of CHANNEL_GATES that stops a member, or None."""
    attributes = member.attributes or {}
    if channel.requires_full_registration and not member.is_full_registered:
        return "full_registration"
    if any(not attributes.get(name) for name in channel.required_attributes):
        return "required_attributes"
    if channel.consent != "none" and channel.consent not in member.opted_in:
        return "consent"
    if channel.consent in member.bounced:
        return "deliverable"
    return None


def contact_of(channel: Channel, member: Reach) -> str | None:
    """Where the channel's message goes: the e-mail address, the phone number, or nowhere."""
    attribute = {"email": "email", "whatsapp": "phone"}.get(channel.consent)
    return (member.attributes or {}).get(attribute) or None if attribute else None


def overlap(one: Request, other: Request) -> bool:
    """Whether both send on some day."""
    return one.send_starts_on <= other.send_ends_on and other.send_starts_on <= one.send_ends_on


def compete(one: Request, other: Request) -> bool:
    """Whether a member may be in one of two requests only."""
    same = one.channel.name == other.channel.name
    return overlap(one, other) and (
        same or "any" in (one.channel.exclusivity, other.channel.exclusivity)
    )


def window(request: Request) -> tuple[date, date]:
    """First and last day that the frequency cap looks at."""
    days = request.channel.frequency_cap_days or 0
    return (
        request.send_starts_on - timedelta(days=days),
        request.send_starts_on - timedelta(days=1),
    )


def plans_messages_for(earlier: Request, request: Request, as_of: date) -> bool:
    """Whether targets of the earlier request count for the frequency cap of the other."""
    first, last = window(request)
    return (
        request.channel.frequency_cap_messages is not None
        and earlier.channel.stamps_channel is not None
        and earlier.channel.stamps_channel == request.channel.stamps_channel
        and earlier.send_starts_on > as_of
        and first <= earlier.send_starts_on <= last
    )


def share_capacity(one: Request, other: Request) -> bool:
    """Whether both draw on the same day's capacity."""
    return (
        one.channel.daily_capacity is not None
        and one.channel.capacity_group is not None
        and one.channel.capacity_group == other.channel.capacity_group
        and one.send_starts_on == other.send_starts_on
    )


def processing_order(requests: Sequence[Request], as_of: date) -> list[Request]:
    """Requests so that each comes after all that it waits for: those that it excludes, and those
    that go before and touch it. Raises ValueError when requests wait for each other in a circle."""
    by_id = {request.request_id: request for request in requests}
    waits_for = {
        request.request_id: {name for name in request.excludes if name in by_id}
        | {
            other.request_id
            for other in requests
            if other.order < request.order
            and (
                compete(other, request)
                or plans_messages_for(other, request, as_of)
                or share_capacity(other, request)
            )
        }
        for request in requests
        if not request.is_delivered
    }
    done = sorted((r for r in requests if r.is_delivered), key=lambda r: r.order)
    finished = {request.request_id for request in done}
    while waits_for:
        ready = [by_id[name] for name, others in waits_for.items() if others <= finished]
        if not ready:
            raise ValueError(f"requests wait for each other: {', '.join(sorted(waits_for))}")
        request = min(ready, key=lambda r: r.order)
        done.append(request)
        finished.add(request.request_id)
        del waits_for[request.request_id]
    return done


def unbuildable_reasons(requests: Sequence[Request]) -> dict[str, str]:
    """Why requests that are to be built are not: the data cannot answer them, or they exclude one
    whose audience is not known, a draft or one that is not built itself."""
    asked = [r for r in requests if r.status == "approved" and not r.is_delivered]
    drafts = {r.request_id for r in requests if r.status == "draft" and not r.is_delivered}
    unknown = drafts | {r.request_id for r in asked if r.unbuildable_reason}
    while found := {r.request_id for r in asked if unknown.intersection(r.excludes)} - unknown:
        unknown |= found
    reasons = {}
    for request in asked:
        words = [
            f"{name}, which it excludes, is {'a draft' if name in drafts else 'not built'}"
            for name in sorted(unknown.intersection(request.excludes))
        ]
        if request.request_id in unknown:
            reasons[request.request_id] = request.unbuildable_reason or "; ".join(words)
    return reasons


def settle(
    requests: Sequence[Request],
    candidates: Iterable[Candidate],
    sent: Iterable[Sent],
    as_of: date,
    delivered: Iterable[Decision] = (),
) -> list[Decision]:
    """Decide about every candidate; delivered requests keep the decisions that are given, and of
    those that are not built nothing is decided."""
    unbuilt = unbuildable_reasons(requests)
    requests = [
        request
        for request in requests
        if request.is_delivered
        or (request.status == "approved" and request.request_id not in unbuilt)
    ]
    candidates_of: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        candidates_of[candidate.request_id].append(candidate)
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for decision in delivered:
        decisions[decision.request_id].append(decision)
    messages = list(sent)
    for request in processing_order(requests, as_of):
        if not request.is_delivered:
            decisions[request.request_id] = decide(
                request, candidates_of[request.request_id], requests, decisions, messages, as_of
            )
    return [
        decision
        for request in sorted(requests, key=lambda r: r.order)
        for decision in decisions[request.request_id]
    ]


def decide(
    request: Request,
    candidates: Sequence[Candidate],
    requests: Sequence[Request],
    decisions: Mapping[str, Sequence[Decision]],
    sent: Sequence[Sent],
    as_of: date,
) -> list[Decision]:
    """The decisions of one request, when those of all that it waits for are known."""
    before = [other for other in requests if other.order < request.order]

    def chosen(others: Iterable[Request], *outcomes: str) -> list[Decision]:
        return [
            decision
            for other in others
            for decision in decisions.get(other.request_id, ())
            if decision.outcome in outcomes
        ]

    excluded = {
        decision.cust_id
        for decision in chosen(
            (other for other in requests if other.request_id in request.excludes),
            "target",
            "holdout",
        )
    }
    taken = chosen((o for o in before if compete(o, request)), "target", "holdout")
    taken_members = {decision.cust_id for decision in taken}
    taken_contacts = {decision.contact for decision in taken} - {None}
    planned = Counter(
        decision.cust_id
        for decision in chosen(
            (o for o in before if plans_messages_for(o, request, as_of)), "target"
        )
    )
    first, last = window(request)
    received = Counter(
        message.cust_id
        for message in sent
        if message.stamps_channel == request.channel.stamps_channel
        and first <= message.sent_on <= min(last, as_of)
    )
    message_cap = request.channel.frequency_cap_messages

    def failed_gate(candidate: Candidate) -> str | None:
        if candidate.failed_gate:
            return candidate.failed_gate
        if candidate.cust_id in excluded:
            return "excluded_requests"
        if candidate.cust_id in taken_members or candidate.contact in taken_contacts:
            return "competition"
        messages = received[candidate.cust_id] + planned[candidate.cust_id]
        if message_cap is not None and messages >= message_cap:
            return "frequency_cap"
        return None

    rejected: list[Decision] = []
    eligible: list[Candidate] = []
    contacts: set[str] = set()
    for candidate in sorted(
        candidates, key=lambda c: (c.order_key, md5(request.request_id + c.cust_id))
    ):
        gate = failed_gate(candidate)
        if gate is None and candidate.contact is not None:
            if candidate.contact in contacts:
                gate = "one_per_contact"
            contacts.add(candidate.contact)
        if gate is None:
            eligible.append(candidate)
        else:
            rejected.append(decision_of(request, candidate, "rejected", gate))

    capacity = None
    if request.channel.daily_capacity is not None and request.channel.capacity_group is not None:
        used = len(chosen((o for o in before if share_capacity(o, request)), "target"))
        capacity = max(request.channel.daily_capacity - used, 0)
    ranked = rank(request, eligible, capacity)
    if request.split_by == "gender" and request.gender_split == "proportional":
        ranked = share_out_blanks(ranked)
    return ranked + rejected


def decision_of(
    request: Request,
    candidate: Candidate,
    outcome: str,
    gate: str | None,
    audience_rank: int | None = None,
) -> Decision:
    """A decision with the file that the candidate falls in."""
    split_values = {
        "activation": candidate.activation_status,
        "gender": candidate.gender,
        None: "ALL",
    }
    return Decision(
        request.request_id,
        candidate.cust_id,
        outcome,
        gate,
        audience_rank,
        split_values[request.split_by],
        candidate.contact,
    )


def is_held_out(request: Request, cust_id: str) -> bool:
    """Whether a member is held out of a request, for good."""
    return hash_fraction("holdout" + request.request_id + cust_id) < request.holdout


def rank(
    request: Request, eligible: Sequence[Candidate], capacity: int | None = None
) -> list[Decision]:
    """Target, holdout or reserve for candidates in the order of their rank.

    The capacity that is left of the day is a second cap, where it is too small for all whom the
    request's own cap lets through; else nobody is cut off by it.
    """
    held_out = [is_held_out(request, candidate.cust_id) for candidate in eligible]
    senders = [place for place, out in enumerate(held_out) if not out]
    within_cap = senders if request.cap is None else senders[: request.cap]
    targets = within_cap
    wanted = set(within_cap)
    is_capped = request.cap is not None
    if capacity is not None and capacity < len(within_cap):
        targets = within_cap[:capacity]
        is_capped = True
    last_target = max(targets, default=-1)
    chosen = set(targets)
    decisions = []
    for place, candidate in enumerate(eligible):
        gate = None
        if place in chosen:
            outcome = "target"
        elif held_out[place] and (not is_capped or place < last_target):
            outcome = "holdout"
        else:
            outcome = "reserve"
            gate = CHANNEL_CAPACITY if place in wanted else None
        decisions.append(decision_of(request, candidate, outcome, gate, place + 1))
    return decisions


def share_out_blanks(decisions: Sequence[Decision]) -> list[Decision]:
    """Give the targets of blank gender to M and F in the ratio of the known targets.

    Largest remainder, where M gets the odd one when both remainders are a half; without any known
    target M and F get half each. The first in the order of their hash go to M.
    """
    known = Counter(d.split_value for d in decisions if d.outcome == "target")
    blanks = sorted(
        (d for d in decisions if d.outcome == "target" and d.split_value == "BLANK"),
        key=lambda d: md5(d.request_id + d.cust_id),
    )
    men, women = (known["M"], known["F"]) if known["M"] + known["F"] else (1, 1)
    exact = Fraction(len(blanks) * men, men + women)
    men_count = int(exact + Fraction(1, 2))
    sides = {d.cust_id: "M" if place < men_count else "F" for place, d in enumerate(blanks)}
    return [replace(d, split_value=sides.get(d.cust_id, d.split_value)) for d in decisions]


def funnel(request_id: str, decisions: Iterable[Decision]) -> list[tuple[str, int, int, int]]:
    """Gate, members in, rejected and out, in the order of GATES."""
    own = [decision for decision in decisions if decision.request_id == request_id]
    failed = Counter(d.first_failed_gate for d in own if d.outcome == "rejected")
    rows, members = [], len(own)
    for gate in GATES:
        rows.append((gate, members, failed[gate], members - failed[gate]))
        members -= failed[gate]
    return rows
