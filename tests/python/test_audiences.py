"""Audiences as the SQL decides them: against the plain-Python gates, from raw data to delivery."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import duckdb
import numpy as np
import pytest
from audience_builds import (
    AUDIENCES,
    DECISIONS,
    STATE,
    AudienceProject,
    Decided,
    Row,
    Tables,
    audience_project,
    decided,
    tables_of,
)
from engines import ROOT, Environment
from raw_writer import write_raw
from reference_audiences import built, gates
from reference_audiences.gates import GATES, Decision, md5
from reference_audiences.invariants import Case, defects
from reference_audiences.random_sets import AS_OF, RandomSet, apart, random_set
from reference_audiences.requests import Request, read_channels, read_requests
from shared import LONG
from test_audience_gates import EMAIL, candidates, members_with_holdout, request

SETS, SETS_ON_SERVERS = 510, 60
GO_LIVE = date(2023, 10, 16)
REJECTED = ("", "", "rejected")
FUNNEL = """
    select request_id, gate, members_in, members_rejected, members_out
    from audiences.audience_funnel order by request_id, gate_order
"""
MEMBERS = """
    select request_id, cust_id, audience_rank, split_value from audiences.audience_members
"""
COUNTS = """
    select request_id, matched_count, rejected_count, target_count, holdout_count, reserve_count
    from audiences.audience_manifest
"""
HASHES = "select request_id, content_hash from audiences.audience_manifest"
WORDS = "select request_id, funnel_in_words from audiences.audience_manifest"
REASONS = "select request_id, status_reason from audiences.audience_manifest"


@dataclass(frozen=True)
class Built:
    """What readers find after a build."""

    decisions: set[Decided]
    members: set[tuple[Any, ...]]
    funnel: list[tuple[Any, ...]]
    counts: dict[str, tuple[int, ...]]
    hashes: dict[str, str]
    words: dict[str, str]
    reasons: dict[str, str | None]

    @classmethod
    def read(cls, rows: Callable[[str], list[tuple[Any, ...]]]) -> Built:
        """What is there now, by a function that answers queries."""
        return cls(
            set(rows(DECISIONS)),
            set(rows(MEMBERS)),
            rows(FUNNEL),
            {request_id: counts for request_id, *counts in rows(COUNTS)},
            dict(rows(HASHES)),
            dict(rows(WORDS)),
            dict(rows(REASONS)),
        )

    def file(self, request_id: str) -> list[tuple[str, str]]:
        """Who is written to, in order, and in which file."""
        ranked = sorted(
            row[2:3] + row[1:2] + row[3:] for row in self.members if row[0] == request_id
        )
        return [(cust_id, split_value) for _, cust_id, split_value in ranked]

    def results(self, request_id: str) -> dict[str, str]:
        """By member of a request: the gate where there is one, else the outcome."""
        return {row[1]: row[3] or row[2] for row in self.decisions if row[0] == request_id}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AudienceProject]:
    """The project on DuckDB, of which each use starts with an empty file."""
    with audience_project("duckdb", tmp_path_factory.mktemp("audiences")) as found:
        yield found


def settled(sets: Iterable[RandomSet]) -> set[Decided]:
    """What the reference decides."""
    return {decided(decision) for one in sets for decision in one.settled()}


def difference(found: set[Decided], expected: set[Decided]) -> list[tuple[str, Decided]]:
    """The first decisions that differ, with the side that has them."""
    sides = [("sql", row) for row in found - expected] + [("ref", row) for row in expected - found]
    return sorted(sides, key=lambda side: (side[1][:2], side[0]))[:10]


def shuffled(tables: Tables, seed: int) -> Tables:
    """The same rows in another order."""
    rng = np.random.default_rng(seed)
    return {name: [rows[i] for i in rng.permutation(len(rows))] for name, rows in tables.items()}


# Random sets of requests, all in one build.

EX_2 = request("EX2", cap=3, holdout=Fraction(1, 5), channel=replace(EMAIL, name="EX-2"))
EX_2_MEMBERS = members_with_holdout(EX_2, [False, True, False, False, True, False])
EX_3 = [request("P", cap=1), request("Q", priority=2)]
EXAMPLES = [
    RandomSet("EX2", [EX_2], candidates("EX2", *EX_2_MEMBERS), ()),
    RandomSet("EX3", EX_3, [*candidates("P", "a", "b"), *candidates("Q", "b", "a")], ()),
]


@dataclass(frozen=True)
class OptOut:
    """A member who opts out of a channel, and the set after it."""

    cust_id: str
    channel: str
    after: RandomSet


def opt_out(one: RandomSet, seed: int) -> OptOut | None:
    """One of those who reach the rank opts out of a channel; none where nobody does."""
    reached = sorted((d.request_id, d.cust_id) for d in one.settled() if d.outcome != "rejected")
    channels = {r.request_id: r.channel.name for r in one.requests if not r.is_delivered}
    reached = [key for key in reached if key[0] in channels]
    if not reached:
        return None
    request_id, cust_id = reached[int(np.random.default_rng(seed).integers(0, len(reached)))]
    channel = channels[request_id]
    after = [
        replace(c, failed_gate=c.failed_gate or "consent")
        if c.cust_id == cust_id and channels[c.request_id] == channel
        else c
        for c in one.candidates
    ]
    return OptOut(cust_id, channel, replace(one, candidates=after))


@dataclass(frozen=True)
class RandomBuilds:
    """Sets, what the SQL decided about them, and again after one opt-out in most of them."""

    sets: Sequence[RandomSet]
    built: Built
    opt_outs: Sequence[OptOut | None]
    built_after: Built

    def sets_after(self) -> list[RandomSet]:
        """The sets as they were the second time."""
        return [out.after if out else s for s, out in zip(self.sets, self.opt_outs, strict=True)]


@pytest.fixture(scope="module")
def random_builds(project: AudienceProject) -> RandomBuilds:
    """Two builds: the second of the same rows in another order, but for the opt-outs."""
    project.start_again()
    sets = apart(random_set(seed, with_delivered=seed % 2 == 1) for seed in range(SETS))
    sets += EXAMPLES
    opt_outs = [None if i % 3 == 0 else opt_out(one, i) for i, one in enumerate(sets)]
    project.write(tables_of(sets))
    project.build(*AUDIENCES)
    first = Built.read(project.rows)
    found = RandomBuilds(sets, first, opt_outs, first)
    project.write(shuffled(tables_of(found.sets_after()), seed=7))
    project.build(*AUDIENCES)
    return replace(found, built_after=Built.read(project.rows))


def cases(sets: Sequence[RandomSet], found: Built) -> list[Case]:
    """The sets with what the SQL decided, as the checks of invariants take them."""
    contacts = {
        (row.request_id, row.cust_id): row.contact
        for one in sets
        for row in (*one.candidates, *one.delivered)
    }
    by_request: dict[str, list[Decision]] = defaultdict(list)
    for row in found.decisions:
        by_request[row[0]].append(Decision(*row, contact=contacts[row[:2]]))
    return [
        Case(
            one.requests,
            one.candidates,
            one.sent,
            AS_OF,
            [d for each in one.requests for d in by_request[each.request_id]],
        )
        for one in sets
    ]


class TestRandomSets:
    def test_the_sql_decides_as_the_reference_does(self, random_builds: RandomBuilds) -> None:
        assert difference(random_builds.built.decisions, settled(random_builds.sets)) == []
        after = settled(random_builds.sets_after())
        assert difference(random_builds.built_after.decisions, after) == []

    def test_every_invariant_holds(self, random_builds: RandomBuilds) -> None:
        every_case = cases(random_builds.sets, random_builds.built)
        assert [defect for case in every_case for defect in defects(case)] == []

    def test_every_gate_and_outcome_is_reached(self, random_builds: RandomBuilds) -> None:
        assert {row[2:4] for row in random_builds.built.decisions} == {
            ("target", None),
            ("holdout", None),
            ("reserve", None),
            ("reserve", "channel_capacity"),
            *(("rejected", gate) for gate in GATES[1:]),
        }

    def test_worked_example_2(self, random_builds: RandomBuilds) -> None:
        outcomes = ("target", "holdout", "target", "target", "reserve", "reserve")
        expected = dict(zip(EX_2_MEMBERS, outcomes, strict=True))
        assert random_builds.built.results("EX2") == expected

    def test_worked_example_3(self, random_builds: RandomBuilds) -> None:
        assert random_builds.built.results("P") == {"a": "target", "b": "reserve"}
        assert random_builds.built.results("Q") == {"a": "competition", "b": "target"}

    def test_the_funnel_counts_the_decisions(self, random_builds: RandomBuilds) -> None:
        check_funnel(random_builds.built)
        by_set = [(one, one.settled()) for one in random_builds.sets]
        expected = {
            (each.request_id, *row)
            for one, decisions in by_set
            for each in one.requests
            for row in gates.funnel(each.request_id, decisions)
        }
        assert {row for row in random_builds.built.funnel if row[1] != "rank"} == expected

    def test_the_same_input_gives_the_same_audience(self, random_builds: RandomBuilds) -> None:
        """Whatever the order of the rows; and the hash of a request tells its targets."""
        first, second = random_builds.built, random_builds.built_after
        unchanged = {
            each.request_id
            for one, out in zip(random_builds.sets, random_builds.opt_outs, strict=True)
            for each in one.requests
            if out is None
        }
        changed = {name for name in first.hashes if first.hashes[name] != second.hashes[name]}
        assert len(unchanged) > SETS // 3
        assert not changed & unchanged
        assert changed == {name for name in first.hashes if first.file(name) != second.file(name)}
        assert len(changed) > SETS // 4

    def test_holdout_is_the_same_on_every_build(self, random_builds: RandomBuilds) -> None:
        first, second = (
            {row[:2]: row[2] for row in one.decisions}
            for one in (random_builds.built, random_builds.built_after)
        )
        swaps = {("target", "holdout"), ("holdout", "target")}
        assert [key for key, outcome in first.items() if (outcome, second[key]) in swaps] == []

    def test_an_opt_out_adds_nobody_else(self, random_builds: RandomBuilds) -> None:
        """But from the reserve, a twin with the same contact, or a request that goes after."""
        found = random_builds
        before = {row[:2]: row for row in found.built.decisions}
        added = {row[:2] for row in found.built_after.decisions if row[2] == "target"} - {
            key for key, row in before.items() if row[2] == "target"
        }
        assert added
        explained = 0
        for one, out in zip(found.sets, found.opt_outs, strict=True):
            if out is None or any(each.excludes for each in one.requests):
                continue
            contacts = {(c.request_id, c.cust_id): c.contact for c in one.candidates}
            first_left = min(
                each.order
                for each in one.requests
                if each.channel.name == out.channel
                and before.get((each.request_id, out.cust_id), REJECTED)[2] != "rejected"
            )
            for each in one.requests:
                contact = contacts.get((each.request_id, out.cust_id))
                for key in (key for key in added if key[0] == each.request_id):
                    was = before[key]
                    is_twin = was[3] == "one_per_contact" and contacts[key] == contact
                    assert each.order > first_left or was[2] == "reserve" or is_twin, (out, was)
                    explained += 1
        assert explained > SETS // 20


def check_funnel(found: Built) -> None:
    """Gates follow each other, the last lets out who is ranked, and all counts are those of the
    decisions; audience_members are the targets."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    rejected: Counter[tuple[str, str | None]] = Counter()
    for request_id, _, outcome, gate, _, _ in found.decisions:
        outcomes[request_id][outcome] += 1
        if outcome == "rejected":
            rejected[request_id, gate] += 1
    funnel: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for request_id, *row in found.funnel:
        funnel[request_id].append(tuple(row))
    for request_id, rows in funnel.items():
        of = outcomes[request_id]
        assert [row[0] for row in rows] == [*GATES, "rank"]
        assert rows[0][1] == of.total()
        assert all(came - failed == left for _, came, failed, left in rows)
        assert [row[3] for row in rows[:-1]] == [row[1] for row in rows[1:]]
        assert rows[-1][3] == of.total() - of["rejected"]
        assert all(failed == rejected[request_id, gate] for gate, _, failed, _ in rows)
        counts = [of[name] for name in ("rejected", "target", "holdout", "reserve")]
        assert list(found.counts[request_id]) == [of.total(), *counts], request_id
    assert set(outcomes) <= set(funnel)
    targets = {(row[0], row[1], row[4], row[5]) for row in found.decisions if row[2] == "target"}
    assert found.members == targets


# Requests that stand on each other.


def build_requests(project: AudienceProject, requests: Sequence[Request]) -> str:
    """Builds the outcomes of requests that nobody matches; dbt's message when it fails."""
    project.start_again()
    project.write(tables_of([RandomSet("L", requests, (), ())]))
    done = project.dbt(*AUDIENCES[:4])
    return done.stdout if done.returncode else ""


def test_a_circle_of_exclusions_is_named(project: AudienceProject) -> None:
    circle = [request("P", excludes=("Q",)), request("Q", priority=2)]
    said = build_requests(project, circle)
    assert "these requests wait for each other in a circle" in said
    assert "exclude_requests and priority: P, Q\n" in said


def test_an_excluded_request_without_audience_is_named(project: AudienceProject) -> None:
    """As the reference says, and whoever has no audience stands in nobody's way."""
    requests = [
        request("AHEAD", unbuildable_reason="ahead of the data"),
        request("DRAFT", status="draft"),
        request("GONE", status="cancelled", excludes=("DRAFT",)),
        request("NEXT", excludes=("AHEAD",)),
        request("NEXT-BUT-ONE", excludes=("GONE", "NEXT", "DRAFT")),
        request("FINE", priority=2, excludes=("GONE",)),
    ]
    people = [one for each in requests for one in candidates(each.request_id, "a", "b")]
    asked = RandomSet("X", requests, people, ())
    project.start_again()
    project.write(tables_of([asked]))
    project.build(*AUDIENCES)
    found = Built.read(project.rows)
    assert difference(found.decisions, settled([asked])) == []
    assert found.results("FINE") == {"a": "target", "b": "target"}
    assert found.reasons == {
        "AHEAD": "ahead of the data",
        "NEXT": "AHEAD, which it excludes, is not built",
        "NEXT-BUT-ONE": (
            "DRAFT, which it excludes, is a draft; NEXT, which it excludes, is not built"
        ),
        "FINE": None,
    }
    assert gates.unbuildable_reasons(requests) == {k: v for k, v in found.reasons.items() if v}


def test_exclusions_at_random_are_judged_as_by_the_reference(project: AudienceProject) -> None:
    """Of any status, several deep, in circles, too."""
    rng = np.random.default_rng(11)
    sets = []
    for number in range(60):
        names = [f"S{number:02d}-{place}" for place in range(8)]
        requests = [
            request(
                name,
                status=str(rng.choice(["approved", "draft", "cancelled"], p=[0.8, 0.08, 0.12])),
                unbuildable_reason="ahead" if rng.random() < 0.1 else None,
                excludes=tuple(sorted({*rng.choice(names, int(rng.integers(0, 3)))} - {name})),
            )
            for name in names
        ]
        sets.append(RandomSet("X", requests, (), ()))
    project.start_again()
    project.write(tables_of(sets))
    project.build(AUDIENCES[0])
    asked = "select request_id, unbuildable_reason from intermediate.int_audiences__requests"
    found = {name: reason for name, reason in project.rows(asked) if reason}
    expected = [gates.unbuildable_reasons(one.requests) for one in sets]
    assert found == {name: reason for one in expected for name, reason in one.items()}
    assert sum("; " in reason for reason in found.values()) > 5


def test_too_many_levels_are_named(project: AudienceProject) -> None:
    """The variable audience_max_levels is 60 by default."""
    chain = [request(f"R{number:02d}") for number in range(61)]
    said = build_requests(project, chain)
    assert "in 61 levels, the greatest number is 60 (variable audience_max_levels)" in said
    assert "The last level: R60\n" in said


# The default sample.


@pytest.fixture(scope="module")
def asked() -> list[Request]:
    """The requests of the seed."""
    channels = read_channels(ROOT / "seeds" / "reference" / "channels.csv")
    return read_requests(ROOT / "seeds" / "requests" / "segment_requests.csv", channels)


@pytest.fixture(scope="module")
def found(built_sample: duckdb.DuckDBPyConnection) -> Built:
    """What was built of them."""
    return Built.read(lambda sql: built_sample.execute(sql).fetchall())


class TestDefaultSample:
    def test_every_member_is_decided_as_by_the_reference(
        self, built_sample: duckdb.DuckDBPyConnection, asked: list[Request], found: Built
    ) -> None:
        expected = {decided(d) for d in built.resolve(built_sample, asked, GO_LIVE)}
        assert difference(found.decisions, expected) == []

    def test_every_request_has_an_audience(self, asked: list[Request], found: Built) -> None:
        targets = Counter(row[0] for row in found.members)
        assert {each.request_id for each in asked} == set(targets)
        assert set(found.reasons.values()) == {None}

    def test_the_small_request_fills_its_cap(self, found: Built) -> None:
        of = Counter(row[2] for row in found.decisions if row[0] == "R2025-025")
        assert of["target"] == 200
        assert of["holdout"] > 0
        assert of["reserve"] > 0

    def test_the_funnel_counts_the_decisions(self, found: Built) -> None:
        check_funnel(found)

    def test_the_funnel_is_told_in_words(self, found: Built) -> None:
        for request_id, words in found.words.items():
            assert words == funnel_in_words(request_id, found)

    def test_exports_have_the_columns_of_the_channel_and_no_empty_cell(
        self, built_sample: duckdb.DuckDBPyConnection, asked: list[Request], found: Built
    ) -> None:
        exported = set()
        for channel, columns in EXPORTS.items():
            table = f"restricted.audience_export_{channel.lower()}"
            rows = built_sample.execute(f"select * from {table}")
            assert [name for name, *_ in rows.description] == ["request_id", "cust_id", *columns]
            requests = {each.request_id for each in asked if each.channel.name == channel}
            for row in rows.fetchall():
                assert row[0] in requests
                assert all(row), row
                exported.add(row[:2])
        assert exported == {row[:2] for row in found.members}

    def test_exports_hold_the_members_own_contacts(
        self, built_sample: duckdb.DuckDBPyConnection
    ) -> None:
        """WhatsApp-ready numbers, valid addresses, and the names and ids that the member has."""
        wrong = built_sample.execute("""
            select count(*)
            from restricted.audience_export_wsme as export
            inner join restricted.member_contacts as contacts on export.cust_id = contacts.cust_id
            where export.rrr_id <> contacts.rrr_id or export.odi_id <> contacts.odi_id
                or export.user_id_stamps <> contacts.stamps_user_id
                or export.name <> contacts.full_name or export.email <> contacts.email
                or export.phone_number <> contacts.wa_phone
                or not regexp_full_match(export.phone_number, '628[0-9]{8,11}')
                or export.email not like '%_@_%'
        """).fetchall()
        assert wrong == [(0,)]

    def test_the_split_shares_out_every_blank(self, found: Built) -> None:
        splits = {row[3] for row in found.members if row[0] in ("R2025-009", "R2025-010")}
        assert splits == {"M", "F"}


#: The columns of a channel's file, in order.
EXPORTS = {
    "EMAIL_BLAST": ["rrr_id", "odi_id", "user_id_stamps", "email", "no_hp"],
    "WSME": ["rrr_id", "odi_id", "user_id_stamps", "name", "email", "phone_number"],
    "WABA": ["rrr_id", "name", "phone_number"],
    "VOUCHER_INJECTION": ["rrr_id", "user_id_stamps", "split"],
}
GATE_WORDS = {
    "full_registration": "without full registration",
    "required_attributes": "without the ids or a usable contact that the channel needs",
    "consent": "without opt-in",
    "deliverable": "whose contact bounced",
    "excluded_requests": "in the audience of an excluded request",
    "competition": "taken by a request that goes before",
    "frequency_cap": "who had enough messages",
    "one_per_contact": "who share their contact with a better ranked member",
}


def funnel_in_words(request_id: str, found: Built) -> str:
    """What a campaign manager reads."""
    own = [row for row in found.decisions if row[0] == request_id]
    failed = Counter(row[3] for row in own if row[2] == "rejected")
    outcomes = Counter(row[2] for row in own)
    return "; ".join(
        [
            f"{len(own):,} matched",
            *(f"{failed[gate]:,} {words}" for gate, words in GATE_WORDS.items() if failed[gate]),
            f"{outcomes['holdout']:,} held out",
            f"{outcomes['reserve']:,} in reserve",
            f"{outcomes['target']:,} targets",
        ]
    )


# From raw data to delivery, on the cases that went wrong by hand.

OPTED_IN = "2023-11-01"
FROM_RAW = (
    "+audience_members",
    "+audience_funnel",
    "+audience_manifest",
    *(f"audience_export_{channel.lower()}" for channel in EXPORTS),
)
SEEDS = ("--resource-type", "seed", "--exclude", "segment_requests")


def member(number: int, cust_id: str, **values: Any) -> Row:
    """A member whom every channel reaches, unless something else is said."""
    return {
        "cust_id": cust_id,
        "rrr_id": f"00{number}",
        "odi_id": f"ODI{number}",
        "stamps_user_id": f"SU-{cust_id}",
        "email": f"{cust_id.lower()}@contoh.id",
        "phone": f"0812-3407-{5000 + number}",
        "email_opt_in": True,
        "email_opt_in_at": OPTED_IN,
        "whatsapp_opt_in": True,
        "whatsapp_opt_in_at": OPTED_IN,
        **values,
    }


#: What is special about a member.
SPECIAL: dict[str, Row] = {
    "PLAIN": {},
    "PHONE-1": {"phone": "0813 5555 1212"},
    "PHONE-2": {"phone": "+62 813-5555-1212"},
    "NO-MAIL-1": {"email": None},
    "NO-MAIL-2": {"email": None},
    "NOT-ASKED": {"email_opt_in": None, "email_opt_in_at": None},
    "UNSUBSCRIBED": {},
    "BACK-AGAIN": {"email_opt_in_at": "2024-02-01"},
    "BOUNCED": {},
    "BOUNCED-SOFTLY": {},
    "ERASED": {"erased_at": "2024-02-01", "updated_at": "2024-02-01"},
    "NO-STAMPS": {"stamps_user_id": None},
    "DUMMY": {"phone": "081111111111"},
    "PARTIAL": {"registration_status": "partial"},
}
EVERYBODY = [
    member(number, name, **values) for number, (name, values) in enumerate(SPECIAL.items())
]


def event(cust_id: str, event_type: str, day: str, **values: Any) -> Row:
    """What became of an e-mail."""
    return {"stamps_user_id": f"SU-{cust_id}", "event_type": event_type, "event_ts": day, **values}


def purchase(cust_id: str, day: str = "2024-03-31", sales: int = 100_000, **values: Any) -> Row:
    """A receipt at AZKO."""
    key = f"{cust_id}-{day}-{sales}"
    return {"receive_main_id": key, "cust_id": cust_id, "trx_ts": day, "sales": sales, **values}


RAW: dict[str, list[Row]] = {
    "tbl_member": EVERYBODY,
    "tbl_member_tier": [{"cust_id": row["cust_id"]} for row in EVERYBODY],
    "tbl_site": [{"site_code": "A001"}],
    "tbl_product": [{"sku": "S001"}],
    "tbl_receipt": [purchase(row["cust_id"]) for row in EVERYBODY],
    "message_event": [
        event("UNSUBSCRIBED", "unsubscribed", "2024-01-15"),
        event("BACK-AGAIN", "unsubscribed", "2024-01-15"),
        event("BOUNCED", "bounced", "2024-01-15", bounce_type="hard"),
        event("BOUNCED-SOFTLY", "bounced", "2024-01-15", bounce_type="soft"),
    ],
}


def form(request_id: str, channel: str, month: int, **values: Any) -> Row:
    """A request to everybody; those of different months have nothing to do with each other."""
    return {
        "request_id": request_id,
        "bu_code": "AZKO",
        "channel": channel,
        "method": "rule",
        "data_as_of": "2024-03-31",
        "send_starts_on": f"2024-{month:02d}-10",
        "send_ends_on": f"2024-{month:02d}-11",
        "priority": "5",
        "status": "approved",
        **values,
    }


FORMS = [
    form("MAIL", "EMAIL_BLAST", 5),
    form("CHAT", "WABA", 5),
    form("INVITE", "WSME", 6),
    form("VOUCHER", "VOUCHER_INJECTION", 5),
    form("FIRST", "EMAIL_BLAST", 6, max_members="3", order_by="value_first"),
    form("SECOND", "EMAIL_BLAST", 6, send_starts_on="2024-06-11", priority="9"),
    form("WIDE", "EMAIL_BLAST", 7, max_members="99", holdout_pct="20", order_by="value_first"),
    form("TOYS", "EMAIL_BLAST", 8, transacted_bu="TOYS", transacted_period="ever"),
    form("NOBODY", "EMAIL_BLAST", 9, tier="PLATINUM"),
    form("NOBODY-IS-FINE", "EMAIL_BLAST", 10, tier="PLATINUM", allow_empty="yes"),
    form("DRAFT", "EMAIL_BLAST", 11, status="draft"),
    form("BUT-DRAFT", "EMAIL_BLAST", 12, exclude_requests="DRAFT"),
]
#: Those whom an e-mail reaches.
BY_MAIL = {"PLAIN", "PHONE-1", "PHONE-2", "BACK-AGAIN", "BOUNCED-SOFTLY", "PARTIAL"}


def by_hash(request_id: str, names: Iterable[str]) -> list[str]:
    """Members in the order in which equal ones are ranked."""
    return sorted(names, key=lambda name: md5(request_id + name))


#: Who is delivered as FIRST: all have spent the same.
FIRST_FILE = by_hash("FIRST", BY_MAIL)[:3]
#: The later delivery: one target opts out, one is erased, everybody else buys; a newcomer most.
CHANGED: dict[str, list[Row]] = {
    **RAW,
    "tbl_member": [
        *EVERYBODY,
        *(
            {**row, "updated_at": "2024-04-06", **values}
            for row in EVERYBODY
            for name, values in (
                (FIRST_FILE[0], {"email_opt_in": False}),
                (FIRST_FILE[1], {"erased_at": "2024-04-06"}),
            )
            if row["cust_id"] == name
        ),
        member(99, "NEWCOMER", registered_at="2024-04-01"),
    ],
    "tbl_receipt": [
        *RAW["tbl_receipt"],
        purchase("NEWCOMER", "2024-04-07", 9_000_000),
        *(
            purchase(name, "2024-04-07", 500_000, bu_code="TOYS")
            for name in BY_MAIL - set(FIRST_FILE)
        ),
    ],
}
#: FIRST is gone from the seed, SECOND would now go before it, and TOYS sees the new purchases.
CHANGED_FORMS = [
    {**row, **{"SECOND": {"priority": "1"}, "TOYS": {"data_as_of": "2024-04-07"}}.get(name, {})}
    for row in FORMS
    if (name := row["request_id"]) != "FIRST"
]
EXPORTED = """
    select cust_id from restricted.audience_export_email_blast
    where request_id = '{}' order by cust_id
"""
MANIFEST = "select * exclude (status) from audiences.audience_manifest where request_id = '{}'"
STATUS = "select request_id, status, status_reason from audiences.audience_manifest"


@dataclass(frozen=True)
class FromRaw:
    """What a build found, what `koin deliver` said then, and a build on changed data after it."""

    before: Built
    after: Built
    rows_before: dict[str, list[tuple[Any, ...]]]
    rows_after: dict[str, list[tuple[Any, ...]]]
    said: dict[str, list[tuple[int, str]]]


@pytest.fixture(scope="module")
def from_raw(project: AudienceProject, tmp_path_factory: pytest.TempPathFactory) -> FromRaw:
    """Two builds from raw data; the second is a --full-refresh, after FIRST was delivered."""
    queries = {
        "reasons": "select request_id, cust_id, reason from audiences.audience_decisions",
        "exported": EXPORTED.format("FIRST"),
        "manifest": MANIFEST.format("FIRST"),
        "status": STATUS,
    }
    folder = tmp_path_factory.mktemp("from_raw")

    def read(on: AudienceProject) -> tuple[Built, dict[str, list[tuple[Any, ...]]]]:
        return Built.read(on.rows), {name: on.rows(sql) for name, sql in queries.items()}

    project.start_again()
    first = project.from_raw(write_raw(folder / "first", RAW))
    first.write({"segment_requests": FORMS})
    first.build(*FROM_RAW, arguments=SEEDS)
    before, rows_before = read(first)
    names = ("FIRST", "FIRST", "NOBODY", "DRAFT", "NOBODY-IS-FINE", "BUT-DRAFT")
    said: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, end in zip(names, first.deliver(*names), strict=True):
        said[name].append(end)
    second = project.from_raw(write_raw(folder / "second", CHANGED))
    second.write({"segment_requests": CHANGED_FORMS})
    second.build(*FROM_RAW, arguments=("--full-refresh",))
    after, rows_after = read(second)
    return FromRaw(before, after, rows_before, rows_after, said)


class TestCases:
    @pytest.fixture
    def reasons(self, from_raw: FromRaw) -> dict[tuple[str, str], str]:
        """By request and member, why."""
        return {row[:2]: row[2] for row in from_raw.rows_before["reasons"]}

    def test_by_mail(self, from_raw: FromRaw) -> None:
        """Two members without address are two members; an erased one is none."""
        assert from_raw.before.results("MAIL") == {
            **dict.fromkeys(BY_MAIL, "target"),
            "NO-MAIL-1": "required_attributes",
            "NO-MAIL-2": "required_attributes",
            "NO-STAMPS": "required_attributes",
            "DUMMY": "required_attributes",
            "NOT-ASKED": "consent",
            "UNSUBSCRIBED": "consent",
            "BOUNCED": "deliverable",
        }

    def test_reasons_are_told(self, reasons: dict[tuple[str, str], str]) -> None:
        assert {name: reasons["MAIL", name] for name in SPECIAL if ("MAIL", name) in reasons} == {
            **dict.fromkeys(BY_MAIL, None),
            "NO-MAIL-1": "no usable email",
            "NO-MAIL-2": "no usable email",
            "NO-STAMPS": "no usable stamps_user_id",
            "DUMMY": "no usable phone",
            "NOT-ASKED": "no opt-in",
            "UNSUBSCRIBED": "unsubscribed",
            "BOUNCED": "hard bounce",
        }

    def test_a_shared_phone_gets_one_message(self, from_raw: FromRaw) -> None:
        first, twin = by_hash("CHAT", ["PHONE-1", "PHONE-2"])
        reached = set(SPECIAL) - {"ERASED", "DUMMY", twin}
        assert from_raw.before.results("CHAT") == {
            **dict.fromkeys(reached, "target"),
            "DUMMY": "required_attributes",
            twin: "one_per_contact",
        }
        assert first in reached

    def test_an_invitation_needs_full_registration(self, from_raw: FromRaw) -> None:
        found = from_raw.before.results("INVITE")
        assert found["PARTIAL"] == "full_registration"
        assert found["NO-MAIL-1"] == "required_attributes"
        assert found["UNSUBSCRIBED"] == "target"

    def test_a_voucher_needs_no_contact_and_no_consent(self, from_raw: FromRaw) -> None:
        found = from_raw.before.results("VOUCHER")
        assert found.pop("NO-STAMPS") == "required_attributes"
        assert found == dict.fromkeys(set(SPECIAL) - {"ERASED", "NO-STAMPS"}, "target")

    def test_a_cap_below_the_eligible_with_ties(self, from_raw: FromRaw) -> None:
        assert [name for name, _ in from_raw.before.file("FIRST")] == FIRST_FILE
        assert Counter(from_raw.before.results("FIRST").values())["reserve"] == len(BY_MAIL) - 3

    def test_a_cap_above_the_eligible(self, from_raw: FromRaw) -> None:
        """It has a holdout: those behind the last target are in reserve."""
        wide = request("WIDE", cap=99, holdout=Fraction(1, 5))
        expected = gates.settle([wide], candidates("WIDE", *by_hash("WIDE", BY_MAIL)), [], AS_OF)
        found = from_raw.before.results("WIDE")
        assert {name: found[name] for name in BY_MAIL} == {d.cust_id: d.outcome for d in expected}

    def test_overlapping_campaigns_share_nobody(self, from_raw: FromRaw) -> None:
        found = from_raw.before.results("SECOND")
        for name in BY_MAIL:
            assert found[name] == ("competition" if name in FIRST_FILE else "target")

    def test_an_empty_result_says_so(self, from_raw: FromRaw) -> None:
        status = {row[0]: row[1:] for row in from_raw.rows_before["status"]}
        words = "nobody is left, and allow_empty is not yes"
        assert status["NOBODY"] == ("built", words)
        assert status["TOYS"] == ("built", words)
        assert status["NOBODY-IS-FINE"] == ("built", None)
        assert "DRAFT" not in status
        assert from_raw.before.counts["NOBODY"] == [0, 0, 0, 0, 0]


class TestDelivery:
    def test_it_says_how_many(self, from_raw: FromRaw) -> None:
        assert from_raw.said["FIRST"][0] == (0, "Delivered FIRST: 3 targets, 0 held out")
        assert from_raw.said["NOBODY-IS-FINE"] == [
            (0, "Delivered NOBODY-IS-FINE: 0 targets, 0 held out")
        ]

    @pytest.mark.parametrize(
        ("request_id", "reason"),
        [
            ("FIRST", "Request FIRST was delivered before"),
            ("NOBODY", "cannot be delivered: nobody is left, and allow_empty is not yes"),
            ("DRAFT", "No request DRAFT was built: is its status approved"),
            ("BUT-DRAFT", "cannot be delivered: DRAFT, which it excludes, is a draft"),
        ],
    )
    def test_it_is_refused(self, from_raw: FromRaw, request_id: str, reason: str) -> None:
        status, said = from_raw.said[request_id][-1]
        assert status == 1
        assert reason in said
        assert len(said.splitlines()) == 1

    def test_the_audience_stays_to_the_byte(self, from_raw: FromRaw) -> None:
        """But for the id of who was erased."""
        erased = {FIRST_FILE[1]: "ERASED-000000001"}
        for name in ("decisions", "members"):
            frozen = [row for row in getattr(from_raw.before, name) if row[0] == "FIRST"]
            expected = {(row[0], erased.get(row[1], row[1]), *row[2:]) for row in frozen}
            assert {row for row in getattr(from_raw.after, name) if row[0] == "FIRST"} == expected
        assert from_raw.rows_after["manifest"] == from_raw.rows_before["manifest"] != []
        status = {row[0]: row[1:] for row in from_raw.rows_after["status"]}
        assert status["FIRST"] == status["NOBODY-IS-FINE"] == ("delivered", None)

    def test_who_was_erased_leaves_the_export(self, from_raw: FromRaw) -> None:
        assert from_raw.rows_before["exported"] == [(name,) for name in sorted(FIRST_FILE)]
        left = sorted({*FIRST_FILE} - {FIRST_FILE[1]})
        assert from_raw.rows_after["exported"] == [(name,) for name in left]

    def test_the_others_change(self, from_raw: FromRaw) -> None:
        rest = BY_MAIL - set(FIRST_FILE)
        assert from_raw.after.results("TOYS") == dict.fromkeys(rest, "target")
        assert from_raw.before.results("TOYS") == {}
        ranked = {row[1]: row[4] for row in from_raw.after.decisions if row[0] == "WIDE"}
        assert ranked["NEWCOMER"] == 1

    def test_the_delivered_one_goes_first(self, from_raw: FromRaw) -> None:
        """Though SECOND has the better priority by now."""
        found = from_raw.after.results("SECOND")
        assert FIRST_FILE[1] not in found
        assert found[FIRST_FILE[0]] == "consent"
        assert found[FIRST_FILE[2]] == "competition"
        assert {found[name] for name in (BY_MAIL | {"NEWCOMER"}) - {*FIRST_FILE}} == {"target"}

    def test_the_funnel_is_kept(self, from_raw: FromRaw) -> None:
        check_funnel(from_raw.before)
        check_funnel(from_raw.after)


# Both on the servers: random sets, some of them delivered.

EXPORTS_BY_MAIL = "audience_export_email_blast"
HAND = "abcd"


def handmade() -> RandomSet:
    """P takes a and b, Q the others; nobody is left of N. X is not built, as it excludes AHEAD."""
    day = date(2025, 12, 1)
    requests = [
        request("P", cap=2),
        request("Q", priority=2),
        request("N", send_starts_on=day, send_ends_on=day),
        request("AHEAD", unbuildable_reason="ahead of the data"),
        request("X", excludes=("AHEAD",)),
    ]
    people = [*candidates("P", *HAND[:3]), *candidates("Q", *HAND)]
    return RandomSet("HAND", requests, people, ())


def hurried(one: RandomSet, request_id: str) -> RandomSet:
    """The set with a request that now has the best priority of all."""
    return replace(
        one,
        requests=[
            replace(each, priority=0) if each.request_id == request_id else each
            for each in one.requests
        ],
    )


def after_delivery(one: RandomSet, delivered: Mapping[str, str], erased: str) -> RandomSet:
    """A set some time later: requests are delivered as they were, every third member has opted
    out of everything, and one is erased. `delivered`: by request, the erased member's id in it."""
    kept = [
        replace(d, cust_id=delivered[d.request_id], contact=None) if d.cust_id == erased else d
        for d in one.settled()
        if d.request_id in delivered
    ]
    return replace(
        one,
        requests=[
            replace(r, is_delivered=True, excludes=()) if r.request_id in delivered else r
            for r in one.requests
        ],
        candidates=[
            replace(c, failed_gate=c.failed_gate or "consent")
            if int(md5(c.cust_id), 16) % 3 == 0
            else c
            for c in one.candidates
            if c.request_id not in delivered and c.cust_id != erased
        ],
        delivered=kept,
    )


def member_tables(members: Iterable[str], erased: str | None = None) -> Tables:
    """Contacts of members, and which of them is erased."""
    return {
        "member_contacts": [
            {
                "cust_id": cust_id,
                "rrr_id": f"00{cust_id}",
                "odi_id": f"ODI-{cust_id}",
                "stamps_user_id": f"SU-{cust_id}",
                "email": f"{cust_id}@x.id",
                "wa_phone": "6281234567001",
            }
            for cust_id in members
            if cust_id != erased
        ],
        "dim_members": [{"cust_id": name, "is_erased": name == erased} for name in members],
    }


def without_state(tables: Tables) -> Tables:
    """All tables but those that `koin deliver` keeps."""
    return {name: rows for name, rows in tables.items() if name not in STATE}


@dataclass(frozen=True)
class Served:
    """What was found on a server before and after requests were delivered."""

    sets: Sequence[RandomSet]
    before: Built
    said: list[tuple[int, str]]
    manifests: list[tuple[Any, ...]]
    exported: list[tuple[Any, ...]]
    sets_after: Sequence[RandomSet]
    after: Built
    manifests_after: list[tuple[Any, ...]]
    exported_after: list[tuple[Any, ...]]


@pytest.fixture(scope="module", params=["postgres", pytest.param("duckdb_postgres", marks=LONG)])
def served(
    request: pytest.FixtureRequest,
    loaded_database: Environment,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """The same sets before and after three requests are delivered, then --full-refresh."""
    sets = apart(random_set(seed) for seed in range(1000, 1000 + SETS_ON_SERVERS))
    delivered = [most_targets(one) for one in sets if most_targets(one)][:2]
    models = (*STATE, *AUDIENCES, EXPORTS_BY_MAIL)
    folder = tmp_path_factory.mktemp("served")
    with audience_project(request.param, folder, loaded_database) as on:
        sets.append(handmade())
        on.write(without_state(tables_of(sets)) | member_tables(HAND))
        on.build(*models)
        before, exported = Built.read(on.rows), on.rows(EXPORTED.format("P"))
        names = ", ".join(f"'{name}'" for name in ("P", *delivered))
        frozen = (
            f"select * from audiences.audience_manifest where request_id in ({names}) order by 1"
        )
        manifests = sorted(on.rows(frozen))
        said = on.deliver("P", *delivered, "P", "N", "R2025-999")

        ids = {**dict.fromkeys(delivered, ""), "P": "ERASED-000000001"}
        after = [after_delivery(one, ids, erased="b") for one in sets]
        after[-1] = hurried(after[-1], "Q")
        if request.param == "duckdb_postgres":
            on.start_again()
        on.write(without_state(tables_of(after)) | member_tables(HAND, erased="b"))
        on.build(*models, arguments=("--full-refresh",))
        yield Served(
            sets,
            before,
            said,
            manifests,
            exported,
            after,
            Built.read(on.rows),
            sorted(on.rows(frozen)),
            on.rows(EXPORTED.format("P")),
        )


def most_targets(one: RandomSet) -> str:
    """The request of a set that more than three are targets of."""
    counts = Counter(d.request_id for d in one.settled() if d.outcome == "target")
    return next((name for name, count in counts.most_common(1) if count > 3), "")


class TestOnServers:
    def test_the_sql_decides_as_the_reference_does(self, served: Served) -> None:
        assert difference(served.before.decisions, settled(served.sets)) == []
        check_funnel(served.before)
        assert served.before.reasons["X"] == "AHEAD, which it excludes, is not built"

    def test_delivery_is_told_or_refused(self, served: Served) -> None:
        assert [status for status, _ in served.said] == [0, 0, 0, 1, 1, 1]
        assert served.said[0][1] == "Delivered P: 2 targets, 0 held out"
        for (_, said), reason in zip(
            served.said[3:],
            ("P was delivered before", "nobody is left", "No request R2025-999 was built"),
            strict=True,
        ):
            assert reason in said

    def test_what_was_delivered_stays(self, served: Served) -> None:
        """And the others are decided after it, as the reference does."""
        assert difference(served.after.decisions, settled(served.sets_after)) == []
        assert served.after.results("Q") == {"a": "competition", "c": "target", "d": "consent"}
        check_funnel(served.after)

    def test_manifests_stay_to_the_byte(self, served: Served) -> None:
        assert len(served.manifests) == 3
        for before, after in zip(served.manifests, served.manifests_after, strict=True):
            assert tuple("delivered" if cell == "built" else cell for cell in before) == after

    def test_who_was_erased_leaves_the_export(self, served: Served) -> None:
        assert served.exported == [("a",), ("b",)]
        assert served.exported_after == [("a",)]

    def test_the_others_change(self, served: Served) -> None:
        changed = {
            name for name, was in served.before.hashes.items() if served.after.hashes[name] != was
        }
        assert len(changed) > SETS_ON_SERVERS
