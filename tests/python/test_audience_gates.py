"""The reference of requests, criteria and gates: worked examples, single cases, random sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reference_audiences import invariants
from reference_audiences.criteria import Tables, matched
from reference_audiences.gates import (
    GATES,
    Candidate,
    Decision,
    Reach,
    Sent,
    channel_gate,
    contact_of,
    funnel,
    is_held_out,
    md5,
    processing_order,
    settle,
    share_out_blanks,
)
from reference_audiences.invariants import Case, defects
from reference_audiences.random_sets import AS_OF, random_set
from reference_audiences.requests import (
    Channel,
    Criteria,
    Request,
    koin_floor,
    period_of,
    read_channels,
    read_requests,
    share,
)
from scratch_project import ROOT

SETS = 600
EMAIL = Channel("EMAIL_BLAST", "email", "email", frequency_cap_messages=3, frequency_cap_days=7)
WSME = Channel("WSME", "wsme", "whatsapp", capacity_group="WHATSAPP", daily_capacity=3)
WABA = replace(WSME, name="WABA", stamps_channel="waba")
GO_LIVE = date(2023, 10, 16)


def request(request_id: str = "R", priority: int = 1, **values: Any) -> Request:
    """A request by e-mail on 10 and 11 November 2025."""
    defaults: dict[str, Any] = {
        "channel": EMAIL,
        "send_starts_on": date(2025, 11, 10),
        "send_ends_on": date(2025, 11, 11),
        "data_as_of": AS_OF,
    }
    return Request(request_id, priority=priority, **{**defaults, **values})


def candidates(request_id: str, *names: str, **values: Any) -> list[Candidate]:
    """Members who match, in this order of rank, each with a contact of their own."""
    return [
        Candidate(request_id, name, **{"contact": f"{name}@x.id", "order_key": place, **values})
        for place, name in enumerate(names)
    ]


def outcomes(
    requests: Sequence[Request], matched_by: Sequence[Candidate], sent: Sequence[Sent] = ()
) -> dict[str, dict[str, str]]:
    """By request and member: the outcome, or the gate where there is one. Sound decisions alone."""
    decisions = settle(requests, matched_by, sent, AS_OF)
    assert defects(Case(requests, matched_by, sent, AS_OF, decisions)) == []
    found: dict[str, dict[str, str]] = {request.request_id: {} for request in requests}
    for decision in decisions:
        result = decision.first_failed_gate or decision.outcome
        found[decision.request_id][decision.cust_id] = result
    return found


def members_with_holdout(of: Request, held_out: Sequence[bool]) -> list[str]:
    """Ids whose hash holds them out, or not, as is wanted."""
    numbers = count()
    names = []
    for wanted in held_out:
        name = next(n for n in map("M{}".format, numbers) if is_held_out(of, n) == wanted)
        names.append(name)
    return names


class TestWorkedExamples:
    def test_2_holdout_stands_above_the_last_target(self) -> None:
        of = request(cap=3, holdout=Fraction(1, 5))
        m1, m2, m3, m4, m5, m6 = members_with_holdout(of, [False, True, False, False, True, False])
        assert outcomes([of], candidates("R", m1, m2, m3, m4, m5, m6)) == {
            "R": {
                m1: "target",
                m2: "holdout",
                m3: "target",
                m4: "target",
                m5: "reserve",
                m6: "reserve",
            }
        }

    def test_3_a_cap_frees_members_for_the_next_request(self) -> None:
        first, second = request("P", cap=1), request("Q", priority=2)
        both = [*candidates("P", "a", "b"), *candidates("Q", "b", "a")]
        assert outcomes([first, second], both) == {
            "P": {"a": "target", "b": "reserve"},
            "Q": {"a": "competition", "b": "target"},
        }


class TestChannelGates:
    CHANNEL = Channel(
        "WSME",
        consent="whatsapp",
        required_attributes=("rrr_id", "stamps_user_id", "phone"),
        requires_full_registration=True,
    )
    MEMBER = Reach(
        attributes={"rrr_id": "0012", "stamps_user_id": "SU1", "phone": "62812", "email": None},
        opted_in=frozenset({"whatsapp"}),
        bounced=frozenset({"email"}),
    )

    def gate(self, **changes: Any) -> str | None:
        return channel_gate(self.CHANNEL, replace(self.MEMBER, **changes))

    def test_who_has_everything_passes(self) -> None:
        assert self.gate() is None

    def test_gates_are_in_order(self) -> None:
        nothing = {"attributes": {}, "opted_in": frozenset(), "bounced": frozenset({"whatsapp"})}
        assert self.gate(is_full_registered=False, **nothing) == "full_registration"
        assert self.gate(**nothing) == "required_attributes"
        assert self.gate(opted_in=frozenset(), bounced=frozenset({"whatsapp"})) == "consent"
        assert self.gate(bounced=frozenset({"whatsapp"})) == "deliverable"

    @pytest.mark.parametrize("attribute", ["rrr_id", "stamps_user_id", "phone"])
    def test_every_attribute_is_needed(self, attribute: str) -> None:
        """A phone that is flagged as a dummy is no phone."""
        for missing in (None, ""):
            attributes = {**(self.MEMBER.attributes or {}), attribute: missing}
            assert self.gate(attributes=attributes) == "required_attributes"

    def test_another_mediums_opt_in_is_none(self) -> None:
        assert self.gate(opted_in=frozenset({"email"})) == "consent"

    def test_a_voucher_needs_no_consent_and_has_no_contact(self) -> None:
        voucher = Channel("VOUCHER_INJECTION", consent="none", required_attributes=("rrr_id",))
        member = replace(self.MEMBER, opted_in=frozenset(), bounced=frozenset({"whatsapp"}))
        assert channel_gate(voucher, member) is None
        assert contact_of(voucher, member) is None
        assert contact_of(self.CHANNEL, member) == "62812"


class TestGatesBetweenRequests:
    def test_a_shared_phone_gets_one_message(self) -> None:
        people = [
            Candidate("R", "late", contact="62812", order_key=2),
            Candidate("R", "early", contact="62812", order_key=1),
        ]
        assert outcomes([request()], people)["R"] == {"early": "target", "late": "one_per_contact"}

    def test_members_without_contact_are_never_the_same(self) -> None:
        people = candidates("R", "a", "b", contact=None)
        first, second = request("R"), request("Q", priority=2)
        found = outcomes([first, second], [*people, *candidates("Q", "c", contact=None)])
        assert found == {"R": {"a": "target", "b": "target"}, "Q": {"c": "target"}}

    def test_whoever_the_channel_stops_takes_no_contact(self) -> None:
        people = [
            Candidate("R", "a", "consent", contact="62812", order_key=1),
            Candidate("R", "b", contact="62812", order_key=2),
        ]
        assert outcomes([request()], people)["R"] == {"a": "consent", "b": "target"}

    def test_a_competitor_takes_the_contact_too(self) -> None:
        found = outcomes(
            [request("P"), request("Q", priority=2)],
            [
                Candidate("P", "a", contact="same"),
                Candidate("Q", "b", contact="same"),
                Candidate("Q", "c", contact="other"),
            ],
        )
        assert found["Q"] == {"b": "competition", "c": "target"}

    def test_holdout_is_taken_and_reserve_is_not(self) -> None:
        first = request("P", cap=1, holdout=Fraction(1, 5))
        out, target, reserve = members_with_holdout(first, [True, False, False])
        everybody = (out, target, reserve)
        found = outcomes(
            [first, request("Q", priority=2)],
            [*candidates("P", *everybody), *candidates("Q", *everybody)],
        )
        assert found["P"] == {out: "holdout", target: "target", reserve: "reserve"}
        assert found["Q"] == {out: "competition", target: "competition", reserve: "target"}

    @pytest.mark.parametrize(
        ("changes", "result"),
        [
            ({}, "competition"),
            ({"send_starts_on": date(2025, 11, 11)}, "competition"),
            ({"send_starts_on": date(2025, 11, 12), "send_ends_on": date(2025, 11, 12)}, "target"),
            ({"channel": WABA}, "target"),
            ({"channel": replace(WABA, exclusivity="any")}, "competition"),
        ],
    )
    def test_competition_is_of_a_channel_and_of_days(
        self, changes: dict[str, Any], result: str
    ) -> None:
        later = request("Q", priority=2, **changes)
        both = [*candidates("P", "a"), *candidates("Q", "a")]
        assert outcomes([request("P"), later], both)["Q"] == {"a": result}

    def test_requests_go_by_priority_then_day_then_id(self) -> None:
        requests = [
            request("B", priority=1),
            request("A", priority=1),
            request("C", priority=1, send_starts_on=date(2025, 11, 9)),
            request("D", priority=0),
            replace(request("E", priority=9), is_delivered=True),
        ]
        assert [r.request_id for r in processing_order(requests, AS_OF)] == list("EDCAB")

    def test_excluded_requests_are_settled_first(self) -> None:
        """Also where they would go later, on another channel."""
        offer = request("P", excludes=("Q",))
        payers = request("Q", priority=2, channel=WABA)
        both = [*candidates("P", "a", "b"), *candidates("Q", "a")]
        assert outcomes([offer, payers], both)["P"] == {"a": "excluded_requests", "b": "target"}

    def test_requests_that_wait_for_each_other_are_an_error(self) -> None:
        circle = [request("P", excludes=("Q",)), request("Q", priority=2)]
        with pytest.raises(ValueError, match="wait for each other: P, Q"):
            processing_order(circle, AS_OF)

    def test_a_delivered_request_keeps_what_it_had(self) -> None:
        delivered = replace(request("P", priority=9), is_delivered=True)
        kept = [Decision("P", "a", "target", None, 1, contact="a@x.id")]
        decisions = settle(
            [request("Q"), delivered], candidates("Q", "a", "b"), [], AS_OF, delivered=kept
        )
        assert [d for d in decisions if d.request_id == "P"] == kept
        assert {d.cust_id: d.outcome for d in decisions if d.request_id == "Q"} == {
            "a": "rejected",
            "b": "target",
        }


class TestFrequencyCap:
    def test_messages_in_the_days_before_count(self) -> None:
        """Seven days before 8 November: 1 to 7 November."""
        later = request(send_starts_on=date(2025, 11, 8), send_ends_on=date(2025, 11, 8))

        def sent(name: str, channel: str, *days: int) -> list[Sent]:
            return [Sent(name, channel, date(2025, 11, day)) for day in days]

        messages = [
            *sent("full", "email", 1, 1, 2),
            *sent("other channel", "wsme", 1, 1, 2),
            *sent("two", "email", 1, 2),
            *(Sent("long ago", "email", date(2025, 10, 31)) for _ in range(3)),
        ]
        people = candidates("R", "full", "other channel", "two", "long ago")
        assert outcomes([later], people, messages)["R"] == {
            "full": "frequency_cap",
            "other channel": "target",
            "two": "target",
            "long ago": "target",
        }

    def test_planned_messages_count_for_those_who_get_one(self) -> None:
        channel = replace(EMAIL, frequency_cap_messages=1)
        day_before = date(2025, 11, 9)
        first = request(
            "P", cap=1, channel=channel, send_starts_on=day_before, send_ends_on=day_before
        )
        second = request("Q", priority=2, channel=channel)
        both = [*candidates("P", "a", "b"), *candidates("Q", "a", "b")]
        assert outcomes([first, second], both)["Q"] == {"a": "frequency_cap", "b": "target"}

    def test_messages_on_the_way_since_the_as_of_date_are_not_planned(self) -> None:
        """What started up to the as-of date is in the events, or was not sent."""
        channel = replace(EMAIL, frequency_cap_messages=1)
        first = request("P", channel=channel, send_starts_on=AS_OF, send_ends_on=AS_OF)
        second = request("Q", priority=2, channel=channel, send_starts_on=date(2025, 11, 5))
        both = [*candidates("P", "a"), *candidates("Q", "a")]
        assert outcomes([first, second], both)["Q"] == {"a": "target"}

    @pytest.mark.parametrize(("cap", "result"), [(0, "frequency_cap"), (None, "target")])
    def test_no_cap_is_everybody_and_zero_is_nobody(self, cap: int | None, result: str) -> None:
        channel = replace(EMAIL, frequency_cap_messages=cap)
        found = outcomes([request(channel=channel)], candidates("R", "a"))
        assert found["R"] == {"a": result}


class TestCapsAndCapacity:
    def test_a_cap_above_the_eligible_takes_all(self) -> None:
        assert set(outcomes([request(cap=3)], candidates("R", "a", "b"))["R"].values()) == {
            "target"
        }

    def test_a_cap_of_zero_takes_nobody(self) -> None:
        assert outcomes([request(cap=0)], candidates("R", "a"))["R"] == {"a": "reserve"}

    def test_nobody_matches(self) -> None:
        assert outcomes([request()], []) == {"R": {}}

    def test_ties_are_broken_by_the_hash(self) -> None:
        names = [f"M{number}" for number in range(20)]
        tied = [Candidate("R", name) for name in names]
        found = outcomes([request(cap=5)], tied)["R"]
        by_hash = sorted(names, key=lambda name: md5("R" + name))
        assert {name for name, outcome in found.items() if outcome == "target"} == set(by_hash[:5])

    def test_the_days_capacity_is_shared(self) -> None:
        first, second = request("P", channel=WSME), request("Q", priority=2, channel=WABA)
        both = [*candidates("P", "a", "b"), *candidates("Q", "c", "d", "e")]
        assert outcomes([first, second], both)["Q"] == {
            "c": "target",
            "d": "channel_capacity",
            "e": "channel_capacity",
        }

    def test_who_is_beyond_the_cap_is_not_cut_off_by_capacity(self) -> None:
        first = request("P", channel=WSME)
        second = request("Q", priority=2, channel=WABA, cap=2)
        both = [*candidates("P", "a", "b"), *candidates("Q", "c", "d", "e")]
        assert outcomes([first, second], both)["Q"] == {
            "c": "target",
            "d": "channel_capacity",
            "e": "reserve",
        }

    def test_another_day_has_its_own_capacity(self) -> None:
        next_day = request(
            "Q",
            priority=2,
            channel=WABA,
            send_starts_on=date(2025, 11, 12),
            send_ends_on=date(2025, 11, 12),
        )
        both = [*candidates("P", "a", "b"), *candidates("Q", "c", "d", "e")]
        found = outcomes([request("P", channel=WSME), next_day], both)
        assert set(found["Q"].values()) == {"target"}

    def test_capacity_that_holds_everybody_is_no_cap(self) -> None:
        """Held out behind the last target stays held out."""
        of = request(channel=WSME, holdout=Fraction(1, 2))
        people = members_with_holdout(of, [False, False, True])
        assert outcomes([of], candidates("R", *people))["R"] == dict(
            zip(people, ["target", "target", "holdout"], strict=True)
        )


class TestSplit:
    def split(self, *genders: str) -> list[str]:
        decisions = [
            Decision("R", f"M{place}", "target", None, place + 1, gender)
            for place, gender in enumerate(genders)
        ]
        return [decision.split_value for decision in share_out_blanks(decisions)]

    @pytest.mark.parametrize(
        ("men", "women", "blanks", "to_men"),
        [
            (3, 1, 4, 3),
            (2, 1, 1, 1),
            (1, 2, 1, 0),
            (1, 1, 1, 1),
            (1, 1, 3, 2),
            (0, 5, 3, 0),
            (5, 0, 3, 3),
            (0, 0, 3, 2),
            (0, 0, 1, 1),
            (7, 3, 5, 4),
        ],
    )
    def test_blanks_follow_the_known(self, men: int, women: int, blanks: int, to_men: int) -> None:
        found = self.split(*["M"] * men, *["F"] * women, *["BLANK"] * blanks)
        assert found.count("M") == men + to_men
        assert found.count("F") == women + blanks - to_men

    def test_the_first_by_hash_are_men(self) -> None:
        first, second = sorted(["M2", "M3"], key=lambda name: md5("R" + name))
        sides = dict(
            zip(["M0", "M1", "M2", "M3"], self.split("M", "F", "BLANK", "BLANK"), strict=True)
        )
        assert (sides[first], sides[second]) == ("M", "F")

    def test_a_split_by_activation_has_two_files(self) -> None:
        people = [
            *candidates("R", "a", activation_status="activated"),
            *candidates("R", "b", activation_status="not_activated"),
        ]
        decisions = settle([request(split_by="activation")], people, [], AS_OF)
        assert {d.cust_id: d.split_value for d in decisions} == {
            "a": "activated",
            "b": "not_activated",
        }


def member(cust_id: str, **values: Any) -> dict[str, Any]:
    """A member as criteria see one."""
    return {
        "cust_id": cust_id,
        "tier_code": "SILVER",
        "koin_balance": 0,
        "gender": "BLANK",
        "age": None,
        "domicile_city": None,
        "domicile_province": None,
        "preferred_site_code": None,
        "preferred_site_city": None,
        "activation_status": "activated",
        "is_full_registered": True,
        "is_active_member": True,
        "rfm_segment": "OTHERS",
        "lifecycle": "active",
        "value_segment": "LIGHT",
        **values,
    }


def receipt(receipt_id: str, cust_id: str, on: str, **values: Any) -> dict[str, Any]:
    """A completed receipt at an AZKO store."""
    return {
        "receive_main_id": receipt_id,
        "cust_id": cust_id,
        "bu_code": "AZKO",
        "site_code": "A001",
        "site_type": "independent",
        "sales_channel": "offline",
        "fulfilment": "in_store",
        "business_date": date.fromisoformat(on),
        "receipt_status": "completed",
        "sales": 100_000,
        **values,
    }


EMPTY = {
    "members": list(member("")),
    "receipts": list(receipt("", "", "2025-01-01")),
    "lines": ["receive_main_id", "sku", "category", "brand"],
    "payments": ["receive_main_id", "payment_partner"],
    "children": ["cust_id", "age"],
    "open_lots": ["cust_id", "expires_on", "koin_left"],
    "vouchers": ["cust_id", "program_code", "issued_on", "is_usable"],
    "seasonal_shoppers": ["cust_id", "season"],
    "propensities": ["cust_id", "category", "propensity_rank"],
    "areas": ["area", "city", "province"],
}


def who_matches(criteria: Criteria, data_as_of: date = AS_OF, **rows: Any) -> str:
    """The members who match, joined; tables as lists of mappings or tuples."""
    tables = {
        name: pd.DataFrame(rows.get(name, []), columns=columns, dtype=object)
        for name, columns in EMPTY.items()
    }
    found = matched(
        request(data_as_of=data_as_of, criteria=criteria), Tables(AS_OF, GO_LIVE, **tables)
    )
    return "".join(sorted(found))


class TestCriteria:
    def test_koin_is_strictly_above_the_floor(self) -> None:
        people = [member("a", koin_balance=9900), member("b", koin_balance=9901)]
        assert who_matches(Criteria(min_koin=9900), members=people) == "b"
        assert who_matches(Criteria(max_koin=9900), members=people) == "a"

    def test_a_tier_without_floor_does_not_match(self) -> None:
        people = [
            member("a", koin_balance=6000),
            member("b", koin_balance=6000, tier_code="GOLD"),
            member("c", koin_balance=9999, tier_code="GOLD"),
            member("d", koin_balance=9999, tier_code="PLATINUM"),
        ]
        floors = koin_floor("SILVER:5000|GOLD:9900")
        assert who_matches(Criteria(min_koin=floors), members=people) == "ac"
        assert who_matches(Criteria(min_koin=5000), members=people) == "abcd"

    def test_areas_are_whole_cities(self) -> None:
        people = [
            member("a", domicile_city="Kota Serang", domicile_province="Banten"),
            member("b", domicile_city="Kabupaten Serang", domicile_province="Banten"),
            member("c", domicile_city="Kota Serang", domicile_province="Elsewhere"),
            member("d"),
        ]
        areas = [("Serang", f"{kind} Serang", "Banten") for kind in ("Kota", "Kabupaten")]
        assert who_matches(Criteria(domicile_area=("Serang",)), members=people, areas=areas) == "ab"

    def test_an_unknown_age_is_in_no_range(self) -> None:
        people = [member("a", age=20), member("b", age=19), member("c")]
        assert who_matches(Criteria(age_min=20), members=people) == "a"
        assert who_matches(Criteria(age_max=20), members=people) == "ab"

    def test_one_child_meets_both_ends(self) -> None:
        people = [member("a"), member("b"), member("c")]
        children = [("a", 2), ("a", 11), ("b", 3), ("c", 10)]
        wanted = Criteria(child_age_min=3, child_age_max=10)
        assert who_matches(wanted, members=people, children=children) == "bc"

    def test_koin_expire_from_the_as_of_date_on(self) -> None:
        lots = [
            ("a", date(2025, 11, 1), 5),
            ("b", AS_OF, 5),
            ("c", date(2025, 12, 2), 5),
            ("d", date(2025, 12, 3), 5),
            ("e", None, 5),
            ("f", AS_OF, 0),
        ]
        people = [member(name) for name in "abcdef"]
        wanted = Criteria(koin_expiring_days=30)
        assert who_matches(wanted, members=people, open_lots=lots) == "bc"

    def test_a_voucher_is_of_its_time_and_usable(self) -> None:
        vouchers = [
            ("a", "PTFP", date(2025, 5, 1), True),
            ("b", "PTFP", date(2025, 5, 1), False),
            ("c", "PTFP", date(2025, 4, 30), True),
            ("d", "WELCOME", date(2025, 5, 1), True),
        ]
        wanted = Criteria(
            unredeemed_voucher_program=("PTFP",),
            voucher_issued_from=date(2025, 5, 1),
            voucher_issued_to=date(2025, 5, 1),
        )
        people = [member(name) for name in "abcd"]
        assert who_matches(wanted, members=people, vouchers=vouchers) == "a"

    def test_propensity_is_the_top_share_of_those_ranked(self) -> None:
        ranks = [(name, "Luggage", place + 1) for place, name in enumerate("abcde")]
        wanted = Criteria(propensity_category=("Luggage",), propensity_top_share=share("40"))
        people = [member(name) for name in "abcdef"]
        assert who_matches(wanted, members=people, propensities=ranks) == "ab"

    def test_erased_members_have_no_receipts(self) -> None:
        """Whoever is in no member table matches nothing."""
        receipts = [receipt("1", "a", "2025-10-01"), receipt("2", "gone", "2025-10-01")]
        wanted = Criteria(transacted_period="l1y")
        assert who_matches(wanted, members=[member("a")], receipts=receipts) == "a"

    def test_all_criteria_hold_on_one_receipt(self) -> None:
        """Member b bought Luggage without OCBC, and something else with it."""
        receipts = [
            receipt("a1", "a", "2025-10-01"),
            receipt("b1", "b", "2025-10-01"),
            receipt("b2", "b", "2025-10-02"),
            receipt("c1", "c", "2025-10-01", sales_channel="online"),
        ]
        lines = [
            ("a1", "S1", "Luggage", "Kelana"),
            ("b1", "S1", "Luggage", "Kelana"),
            ("b2", "S2", "Cable", "Terang"),
            ("c1", "S1", "Luggage", "Kelana"),
        ]
        wanted = Criteria(
            transacted_channel=("offline",), bought_category=("Luggage",), payment_partner=("OCBC",)
        )
        found = who_matches(
            wanted,
            members=[member(name) for name in "abc"],
            receipts=receipts,
            lines=lines,
            payments=[("a1", "OCBC"), ("b2", "OCBC"), ("b1", None), ("c1", "OCBC")],
        )
        assert found == "a"

    def test_returns_lower_the_spend_and_are_no_transactions(self) -> None:
        receipts = [
            receipt("1", "a", "2025-10-01"),
            receipt("2", "a", "2025-10-02"),
            receipt("3", "b", "2025-10-01"),
            receipt("4", "b", "2025-10-02"),
            receipt("5", "b", "2025-10-03", receipt_status="return", sales=-1),
            receipt("6", "c", "2025-10-01", sales=500_000),
            receipt("7", "c", "2025-10-03", receipt_status="return", sales=-100_000),
        ]
        people = [member(name) for name in "abc"]
        wanted = Criteria(min_transactions=2)
        assert who_matches(wanted, members=people, receipts=receipts) == "ab"
        wanted = replace(wanted, min_spend=200_000)
        assert who_matches(wanted, members=people, receipts=receipts) == "a"

    def test_lapsed_means_nothing_at_the_unit_for_so_long(self) -> None:
        receipts = [
            receipt("1", "a", "2025-05-06", bu_code="ATARU"),
            receipt("2", "a", "2025-11-01"),
            receipt("3", "b", "2025-05-07", bu_code="ATARU"),
            receipt("4", "c", "2025-01-01"),
        ]
        people = [member(name) for name in "abc"]
        wanted = Criteria(transacted_bu=("ATARU",), lapsed_days=180)
        assert who_matches(wanted, members=people, receipts=receipts) == "a"
        wanted = Criteria(lapsed_days=180)
        assert who_matches(wanted, members=people, receipts=receipts) == "c"

    def test_nothing_after_data_as_of_is_seen(self) -> None:
        receipts = [receipt("1", "a", "2025-08-31"), receipt("2", "b", "2025-09-01")]
        people = [member("a"), member("b")]
        wanted = Criteria(transacted_bu=("AZKO",))
        found = who_matches(wanted, date(2025, 8, 31), members=people, receipts=receipts)
        assert found == "a"

    @pytest.mark.parametrize(
        ("period", "data_as_of", "expected"),
        [
            ("l12m", "2025-08-31", ("2024-09-01", "2025-08-31")),
            ("l12m", "2025-09-15", ("2024-09-01", "2025-08-31")),
            ("l1y", "2025-08-31", ("2024-09-01", "2025-08-31")),
            ("l1y", "2024-03-01", ("2023-10-16", "2024-03-01")),
            ("since_cohesive", "2025-08-31", ("2023-10-16", "2025-08-31")),
            ("ever", "2025-08-31", (None, "2025-08-31")),
            (None, "2025-08-31", (None, "2025-08-31")),
            ("2022-01-01..2026-01-01", "2025-08-31", ("2022-01-01", "2025-08-31")),
        ],
    )
    def test_periods(
        self, period: str | None, data_as_of: str, expected: tuple[str | None, str]
    ) -> None:
        first, last = period_of(period, date.fromisoformat(data_as_of), GO_LIVE)
        assert (first and first.isoformat(), last.isoformat()) == expected


def test_the_seed_is_read() -> None:
    channels = read_channels(ROOT / "seeds" / "reference" / "channels.csv")
    requests = read_requests(ROOT / "seeds" / "requests" / "segment_requests.csv", channels)
    by_id = {request.request_id: request for request in requests}
    opening = by_id["R2025-024"]
    assert (opening.cap, opening.data_as_of) == (10_000, date(2025, 8, 31))
    assert opening.criteria.domicile_area == ("Serang", "Bogor")
    assert by_id["R2025-001"].holdout == Fraction(1, 20)
    assert len(processing_order(requests, AS_OF)) == len(requests)
    assert {request.channel.name for request in requests} == set(channels)


def test_shares_of_percentages() -> None:
    assert [share(text) for text in ("10", "0.1", "1", "100", "")] == [
        Fraction(1, 10),
        Fraction(1, 10),
        Fraction(1, 100),
        1,
        None,
    ]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Random sets, settled by the reference."""
    sets = [random_set(seed, with_delivered=seed % 2 == 1) for seed in range(SETS)]
    return [Case(s.requests, s.candidates, s.sent, AS_OF, s.settled()) for s in sets]


def test_every_invariant_holds_of_random_sets(cases: list[Case]) -> None:
    assert [defect for case in cases for defect in defects(case)] == []


def test_random_sets_reach_every_gate_and_outcome(cases: list[Case]) -> None:
    seen = {(d.outcome, d.first_failed_gate) for case in cases for d in case.decisions}
    assert seen == {
        ("target", None),
        ("holdout", None),
        ("reserve", None),
        ("reserve", "channel_capacity"),
        *(("rejected", gate) for gate in GATES[1:]),
    }
    assert any(request.is_delivered for case in cases for request in case.requests)


def test_the_order_of_the_input_does_not_matter() -> None:
    for seed in range(100):
        found = random_set(seed)
        rng = np.random.default_rng(seed)
        turned = replace(
            found,
            requests=[found.requests[i] for i in rng.permutation(len(found.requests))],
            candidates=[found.candidates[i] for i in rng.permutation(len(found.candidates))],
        )
        assert sorted(map(repr, turned.settled())) == sorted(map(repr, found.settled()))


def test_an_opt_out_adds_nobody_but_from_reserve_twins_and_later_requests() -> None:
    for seed in range(SETS):
        found = random_set(seed)
        if any(request.excludes for request in found.requests):
            continue
        rng = np.random.default_rng(seed)
        before = {(d.request_id, d.cust_id): d for d in found.settled()}
        place = int(rng.integers(0, len(found.candidates))) if found.candidates else None
        if place is None or found.candidates[place].failed_gate:
            continue
        out = found.candidates[place]
        changed = list(found.candidates)
        changed[place] = replace(out, failed_gate="consent")
        order = {request.request_id: request.order for request in found.requests}
        for decision in replace(found, candidates=changed).settled():
            was = before[decision.request_id, decision.cust_id]
            if decision.outcome != "target" or was.outcome == "target":
                continue
            is_twin = was.first_failed_gate == "one_per_contact" and was.contact == out.contact
            is_later = order[decision.request_id] > order[out.request_id]
            assert is_later or (
                decision.request_id == out.request_id and (was.outcome == "reserve" or is_twin)
            ), (seed, out, was, decision)


def test_a_gate_taken_away_never_shrinks_what_reaches_the_rank() -> None:
    for seed in range(SETS):
        found = random_set(seed)
        for request_alone in found.requests:
            own = [c for c in found.candidates if c.request_id == request_alone.request_id]
            alone = replace(found, requests=[request_alone], candidates=own)
            reached = sum(d.outcome != "rejected" for d in alone.settled())
            for gate in GATES[1:5]:
                opened = [replace(c, failed_gate=None) if c.failed_gate == gate else c for c in own]
                settled = replace(alone, candidates=opened).settled()
                assert sum(d.outcome != "rejected" for d in settled) >= reached


def test_the_funnel_flows_from_gate_to_gate(cases: list[Case]) -> None:
    for case in cases[:100]:
        for one in case.open_requests():
            rows = funnel(one.request_id, case.decisions)
            assert [gate for gate, *_ in rows] == list(GATES)
            assert all(came - failed == left for _, came, failed, left in rows)
            assert [row[3] for row in rows[:-1]] == [row[1] for row in rows[1:]]
            assert rows[-1][3] == len(case.of(one, "target", "holdout", "reserve"))


# Planted defects: one change to sound decisions, and the check that finds it.

SOUND_REQUESTS = [
    request("P", cap=2, holdout=Fraction(1, 5)),
    request("Q", priority=2, split_by="gender", gender_split="proportional"),
    request("V", priority=3, channel=WSME, excludes=("Q",)),
]
P_MEMBERS = members_with_holdout(SOUND_REQUESTS[0], [False, True, False, False])
SOUND_CANDIDATES = [
    *candidates("P", *P_MEMBERS),
    Candidate("P", "stopped", "consent", "stopped@x.id", 9),
    *candidates("Q", "q1", "q2", "q3", gender="M"),
    *candidates("Q", "q4"),
    Candidate("Q", "twin", None, "q1@x.id", 9),
    *candidates("V", "q1", "v1", "v2", "v3", "v4"),
    Candidate("V", "capped", None, "capped", 9),
]


def change(key: tuple[str, str], **values: Any) -> Callable[[Decision], Decision]:
    """Changes one decision."""
    return lambda d: replace(d, **values) if (d.request_id, d.cust_id) == key else d


@pytest.mark.parametrize(
    ("check", "planted"),
    [
        (invariants.everybody_once, change(("P", P_MEMBERS[0]), cust_id="nobody")),
        (invariants.gates_are_named, change(("P", "stopped"), first_failed_gate=None)),
        (invariants.channel_gates_come_first, change(("P", "stopped"), outcome="reserve")),
        (invariants.ranks_are_in_order, change(("P", P_MEMBERS[0]), audience_rank=9)),
        (invariants.caps_are_kept_and_filled, change(("P", P_MEMBERS[3]), outcome="target")),
        (invariants.nobody_overtakes, change(("P", P_MEMBERS[0]), outcome="reserve")),
        (invariants.holdout_is_by_hash, change(("P", P_MEMBERS[1]), outcome="target")),
        (invariants.competitors_share_nobody, change(("Q", "q2"), cust_id=P_MEMBERS[0])),
        (invariants.competitors_share_nobody, change(("Q", "q2"), contact=f"{P_MEMBERS[0]}@x.id")),
        (invariants.excluded_are_left_out, change(("V", "v1"), cust_id="q1")),
        (invariants.one_member_a_contact, change(("Q", "q2"), contact="q1@x.id")),
        (invariants.frequency_caps_are_kept, change(("Q", "q2"), cust_id="flooded")),
        (
            invariants.capacity_is_kept_and_used,
            change(("V", "v4"), outcome="target", first_failed_gate=None),
        ),
        (invariants.capacity_is_kept_and_used, change(("V", "v1"), outcome="reserve")),
        (invariants.blanks_are_shared_fairly, change(("Q", "q4"), split_value="F")),
        (invariants.blanks_are_shared_fairly, change(("Q", "q4"), split_value="BLANK")),
        (invariants.funnel_adds_up, change(("Q", "q4"), request_id="X")),
    ],
)
def test_checks_find_planted_defects(
    check: Callable[[Case], list[str]], planted: Callable[[Decision], Decision]
) -> None:
    flood = [Sent("flooded", "email", date(2025, 11, 3)) for _ in range(3)]
    sound = settle(SOUND_REQUESTS, SOUND_CANDIDATES, [], AS_OF)
    case = Case(SOUND_REQUESTS, SOUND_CANDIDATES, flood, date(2025, 11, 9), sound)
    assert defects(case) == []
    assert check(replace(case, decisions=[planted(decision) for decision in sound])) != []
