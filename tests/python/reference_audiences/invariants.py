"""What must hold of decisions, whoever made them (4.3). A function names what breaks its rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from reference_audiences.gates import (
    CHANNEL_CAPACITY,
    GATES,
    Candidate,
    Decision,
    Sent,
    compete,
    is_held_out,
    md5,
    plans_messages_for,
    share_capacity,
    window,
)
from reference_audiences.requests import Request

OUTCOMES = ("target", "holdout", "reserve", "rejected")
CHOSEN = ("target", "holdout")


@dataclass(frozen=True)
class Case:
    """Requests, who matches them, what was sent up to the as-of date, and what was decided."""

    requests: Sequence[Request]
    candidates: Sequence[Candidate]
    sent: Sequence[Sent]
    as_of: date
    decisions: Sequence[Decision]

    def of(self, request: Request, *outcomes: str) -> list[Decision]:
        """The decisions of a request with one of the outcomes, by rank."""
        found = (
            decision
            for decision in self.decisions
            if decision.request_id == request.request_id and decision.outcome in outcomes
        )
        return sorted(found, key=lambda d: d.audience_rank or 0)

    def open_requests(self) -> Iterable[Request]:
        """Requests that are not delivered: those that were decided now."""
        return (request for request in self.requests if not request.is_delivered)


def defects(case: Case) -> list[str]:
    """Everything that is wrong."""
    return [defect for check in CHECKS for defect in check(case)]


def everybody_once(case: Case) -> list[str]:
    """Every candidate has one decision, and nobody else has."""
    delivered = {request.request_id for request in case.requests if request.is_delivered}
    wanted = Counter((c.request_id, c.cust_id) for c in case.candidates)
    found = Counter(
        (d.request_id, d.cust_id) for d in case.decisions if d.request_id not in delivered
    )
    return [f"{key}: {found[key]} decisions" for key in wanted | found if found[key] != wanted[key]]


def gates_are_named(case: Case) -> list[str]:
    """The rejected have a gate and no rank; all others have a rank, and no gate but capacity."""
    found = []
    for decision in case.decisions:
        is_rejected = decision.outcome == "rejected"
        gates = GATES[1:] if is_rejected else (None,)
        if decision.outcome == "reserve":
            gates = (None, CHANNEL_CAPACITY)
        if (
            decision.outcome not in OUTCOMES
            or decision.first_failed_gate not in gates
            or (decision.audience_rank is None) != is_rejected
        ):
            found.append(f"{decision}: outcome, gate and rank do not belong together")
    return found


def channel_gates_come_first(case: Case) -> list[str]:
    """Whom the channel stops is rejected by that gate, whatever else speaks against the member."""
    gates = {(c.request_id, c.cust_id): c.failed_gate for c in case.candidates}
    return [
        f"{decision}: not rejected by {gate}"
        for decision in case.decisions
        if (gate := gates.get((decision.request_id, decision.cust_id)))
        and (decision.outcome, decision.first_failed_gate) != ("rejected", gate)
    ]


def ranks_are_in_order(case: Case) -> list[str]:
    """Ranks are 1, 2, 3 ... by order_by, then by hash."""
    keys = {(c.request_id, c.cust_id): c.order_key for c in case.candidates}
    found = []
    for request in case.open_requests():
        ranked = case.of(request, "target", "holdout", "reserve")
        if [d.audience_rank for d in ranked] != list(range(1, len(ranked) + 1)):
            found.append(f"{request.request_id}: ranks have gaps")
        order = [
            (keys[d.request_id, d.cust_id], md5(request.request_id + d.cust_id)) for d in ranked
        ]
        if order != sorted(order):
            found.append(f"{request.request_id}: ranks are out of order")
    return found


def caps_are_kept_and_filled(case: Case) -> list[str]:
    """Targets are at most the cap, and as many where enough are eligible and capacity is left."""
    found = []
    for request in case.open_requests():
        ranked = case.of(request, "target", "holdout", "reserve")
        senders = [d for d in ranked if not is_held_out(request, d.cust_id)]
        wanted = len(senders) if request.cap is None else min(request.cap, len(senders))
        targets = len(case.of(request, "target"))
        cut_off = sum(d.first_failed_gate == CHANNEL_CAPACITY for d in ranked)
        if targets + cut_off != wanted:
            found.append(f"{request.request_id}: {targets} targets and {cut_off} of {wanted}")
    return found


def nobody_overtakes(case: Case) -> list[str]:
    """Nobody ranked lower is target while one ranked higher, not held out, is in reserve."""
    found = []
    for request in case.open_requests():
        last = max((d.audience_rank or 0 for d in case.of(request, "target")), default=0)
        found += [
            f"{decision}: a target is ranked lower"
            for decision in case.of(request, "reserve")
            if (decision.audience_rank or 0) < last
        ]
    return found


def holdout_is_by_hash(case: Case) -> list[str]:
    """Held out are those whom the hash says, before the last target or where nothing is capped."""
    found = []
    for request in case.open_requests():
        last = max((d.audience_rank or 0 for d in case.of(request, "target")), default=0)
        is_cut = any(d.first_failed_gate for d in case.of(request, "reserve"))
        for decision in case.of(request, "target", "holdout", "reserve"):
            out = is_held_out(request, decision.cust_id)
            is_reached = (decision.audience_rank or 0) < last
            expected = is_reached or (request.cap is None and not is_cut)
            if out != (decision.outcome == "holdout") and (not out or expected):
                found.append(f"{decision}: held out is {out}")
            if decision.outcome == "holdout" and not expected:
                found.append(f"{decision}: held out behind the last target")
    return found


def competitors_share_nobody(case: Case) -> list[str]:
    """No member and no contact in two competing requests."""
    found = []
    for request in case.requests:
        for other in case.requests:
            if other.order < request.order and compete(other, request):
                taken = case.of(other, *CHOSEN)
                members = {d.cust_id for d in taken}
                contacts = {d.contact for d in taken} - {None}
                found += [
                    f"{decision}: taken by {other.request_id}"
                    for decision in case.of(request, *CHOSEN, "reserve")
                    if not request.is_delivered
                    and (decision.cust_id in members or decision.contact in contacts)
                ]
    return found


def excluded_are_left_out(case: Case) -> list[str]:
    """Nobody who reaches the rank was chosen for a request that is left out."""
    by_id = {request.request_id: request for request in case.requests}
    return [
        f"{decision}: chosen for {name}"
        for request in case.open_requests()
        for name in request.excludes
        if name in by_id
        for decision in case.of(request, *CHOSEN, "reserve")
        if decision.cust_id in {d.cust_id for d in case.of(by_id[name], *CHOSEN)}
    ]


def one_member_a_contact(case: Case) -> list[str]:
    """No contact twice among those who reach the rank."""
    found = []
    for request in case.open_requests():
        ranked = case.of(request, *CHOSEN, "reserve")
        counts = Counter(d.contact for d in ranked if d.contact is not None)
        found += [
            f"{request.request_id}: {count} members of contact {contact}"
            for contact, count in counts.items()
            if count > 1
        ]
    return found


def frequency_caps_are_kept(case: Case) -> list[str]:
    """Whoever reaches the rank has had fewer messages than the cap, planned ones included."""
    found = []
    for request in case.open_requests():
        cap = request.channel.frequency_cap_messages
        if cap is None:
            continue
        first, last = window(request)
        counts = Counter(
            message.cust_id
            for message in case.sent
            if message.stamps_channel == request.channel.stamps_channel
            and first <= message.sent_on <= min(last, case.as_of)
        )
        for other in case.requests:
            if other.order < request.order and plans_messages_for(other, request, case.as_of):
                counts.update(decision.cust_id for decision in case.of(other, "target"))
        found += [
            f"{decision}: has {counts[decision.cust_id]} messages of {cap}"
            for decision in case.of(request, *CHOSEN, "reserve")
            if counts[decision.cust_id] >= cap
        ]
    return found


def capacity_is_kept_and_used(case: Case) -> list[str]:
    """A day's targets of a capacity group fit, and none is cut off while there is room."""
    found = []
    for request in case.open_requests():
        capacity = request.channel.daily_capacity
        if capacity is None or request.channel.capacity_group is None:
            continue
        used = sum(
            len(case.of(other, "target"))
            for other in case.requests
            if other.order <= request.order and share_capacity(other, request)
        )
        targets = len(case.of(request, "target"))
        is_cut = any(d.first_failed_gate for d in case.of(request, "reserve"))
        if used > capacity and targets:
            found.append(f"{request.request_id}: {used} targets for {capacity} places")
        if is_cut and used < capacity:
            found.append(f"{request.request_id}: cut off with {capacity - used} places left")
    return found


def blanks_are_shared_fairly(case: Case) -> list[str]:
    """A proportional split leaves no blank target, and is as near to the ratio as heads allow."""
    genders = {(c.request_id, c.cust_id): c.gender for c in case.candidates}
    found = []
    for request in case.open_requests():
        if request.gender_split != "proportional" or request.split_by != "gender":
            continue
        targets = case.of(request, "target")
        found += [f"{d}: still blank" for d in targets if d.split_value not in ("M", "F")]
        before = Counter(genders[d.request_id, d.cust_id] for d in targets)
        after = Counter(d.split_value for d in targets)
        men, known = before["M"], before["M"] + before["F"]
        given = after["M"] - men
        if known and abs(2 * (given * known - before["BLANK"] * men)) > known:
            found.append(f"{request.request_id}: {given} of {before['BLANK']} blanks to M")
        if not known and given not in (before["BLANK"] // 2, (before["BLANK"] + 1) // 2):
            found.append(f"{request.request_id}: {given} of {before['BLANK']} blanks to M")
        if any(genders[d.request_id, d.cust_id] not in ("BLANK", d.split_value) for d in targets):
            found.append(f"{request.request_id}: a known gender was changed")
    return found


def funnel_adds_up(case: Case) -> list[str]:
    """Rejected and holdout and reserve and target are all who match."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for decision in case.decisions:
        totals[decision.request_id][decision.outcome] += 1
    matched = Counter(candidate.request_id for candidate in case.candidates)
    return [
        f"{request.request_id}: {totals[request.request_id]} of {matched[request.request_id]}"
        for request in case.open_requests()
        if sum(totals[request.request_id].values()) != matched[request.request_id]
    ]


CHECKS: tuple[Callable[[Case], list[str]], ...] = (
    everybody_once,
    gates_are_named,
    channel_gates_come_first,
    ranks_are_in_order,
    caps_are_kept_and_filled,
    nobody_overtakes,
    holdout_is_by_hash,
    competitors_share_nobody,
    excluded_are_left_out,
    one_member_a_contact,
    frequency_caps_are_kept,
    capacity_is_kept_and_used,
    blanks_are_shared_fairly,
    funnel_adds_up,
)
