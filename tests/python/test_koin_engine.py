"""The issuer of every koin: the SQL engine against a lot queue walked koin by koin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, timedelta

import duckdb
import pytest
from engines import build_target
from koin_ledgers import (
    ADJUSTMENT,
    BUSINESS_UNITS,
    UNATTRIBUTED,
    UNKNOWN,
    Entry,
    attribute,
    consumes,
    is_lot,
    random_ledgers,
    redeemers,
    worked_example,
)
from raw_writer import write_raw

RANDOM_MEMBERS = 2_500
SEED = 20_231_016
FIRST_DAY = date(2023, 10, 16)
EXAMPLE = "M-example"

SEEDS_AND_MODELS = ("--resource-type", "seed", "--resource-type", "model")

LEDGER = [
    *random_ledgers(RANDOM_MEMBERS, SEED, FIRST_DAY),
    *worked_example(EXAMPLE, datetime(2023, 10, 17)),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in which dbt built the koin engine from the random ledgers, in one run."""
    folder = tmp_path_factory.mktemp("koin_engine")
    last_day = max(entry.entry_ts for entry in LEDGER).date() + timedelta(days=1)
    receipts = [{"trx_ts": day.isoformat()} for day in (FIRST_DAY, last_day)]
    raw = write_raw(
        folder / "raw",
        {"tbl_receipt": receipts, "tbl_koin": [asdict(entry) for entry in LEDGER]},
    )
    build = build_target(
        "duckdb",
        folder / "build",
        arguments=(*SEEDS_AND_MODELS, "--select", "+int_koin__attributed"),
        COHESIVE_RAW_PATH=str(raw),
    )
    with duckdb.connect(build.env["LOYALTY_DUCKDB_PATH"], read_only=True) as connection:
        yield connection


def attributed(built: duckdb.DuckDBPyConnection) -> Counter[tuple[str, str, str]]:
    """Koin by (koin_id, issuer, method) as built; fails on a repeated key."""
    rows = built.execute(
        "select koin_id, issue_bu_code, attribution_method, koin"
        " from intermediate.int_koin__attributed"
    ).fetchall()
    assert len({row[:3] for row in rows}) == len(rows)
    return Counter({row[:3]: row[3] for row in rows})


def test_engine_equals_the_lot_queue(built: duckdb.DuckDBPyConnection) -> None:
    """0 differences in (koin_id, issuer, method, koin) over all random ledgers."""
    expected = {key: koin for key, koin in attribute(LEDGER).items() if koin}
    found = dict(attributed(built))
    differences = {
        key: (found.get(key), expected.get(key))
        for key in found.keys() | expected.keys()
        if found.get(key) != expected.get(key)
    }
    assert not differences, f"{len(differences)}: {sorted(differences.items())[:5]}"


def test_redeemers_equal_what_ledger_or_redemption_say(
    built: duckdb.DuckDBPyConnection,
) -> None:
    """A reversal that names no known business unit is where the redemption was."""
    found = built.execute(
        "select distinct koin_id, redeem_bu_code from intermediate.int_koin__attributed"
        " where entry_type in ('redeem', 'reverse_redeem')"
    ).fetchall()
    expected = redeemers(LEDGER)
    assert sorted(found) == sorted(expected.items())


def test_ledgers_hold_the_hard_cases() -> None:
    """The random ledgers really have what the comparison is meant to cover."""
    koin = attribute(LEDGER)
    by_id = {entry.koin_id: entry for entry in LEDGER}
    seconds = Counter((entry.cust_id, entry.entry_ts) for entry in LEDGER)
    reversals = [entry for entry in LEDGER if entry.entry_type == "reverse_redeem"]
    undone = Counter(entry.source_koin_id for entry in reversals if entry.source_koin_id in by_id)
    split = Counter(koin_id for koin_id, issuer, _ in koin if issuer != UNATTRIBUTED)
    methods = Counter((by_id[koin_id].entry_type, method) for koin_id, _, method in koin)

    assert len({entry.cust_id for entry in LEDGER}) > 1_000
    assert sum(count > 1 for count in seconds.values()) > 1_000
    assert sum(count > 1 for count in undone.values()) > 200
    assert sum(count > 1 for count in split.values()) > 1_000
    assert sum(issuer == ADJUSTMENT for _, issuer, _ in koin) > 300
    assert (
        sum(
            entry.source_koin_id is not None and entry.source_koin_id not in by_id
            for entry in LEDGER
        )
        > 300
    )
    places = redeemers(LEDGER)
    moved = [
        places[entry.koin_id]
        for entry in reversals
        if entry.koin and entry.redeem_bu_code not in BUSINESS_UNITS
    ]
    for place in ("ODI", UNKNOWN):
        assert moved.count(place) > 50, place
    for entry_type in ("redeem", "expire", "reverse_redeem"):
        for method in ("ledger", "lot", "fifo", "unattributed"):
            assert methods[entry_type, method] > 50, (entry_type, method)


def test_attributed_equals_consumed(built: duckdb.DuckDBPyConnection) -> None:
    """Every entry that is no lot is attributed to the koin."""
    totals: Counter[str] = Counter()
    for (koin_id, _, _), koin in attributed(built).items():
        totals[koin_id] += koin
    for entry in LEDGER:
        if not is_lot(entry):
            assert totals[entry.koin_id] == signed_koin(entry), entry


def signed_koin(entry: Entry) -> int:
    """Koin that the entry consumes; negative for what it gives back."""
    return abs(entry.koin) if consumes(entry) else -entry.koin


def test_worked_example(built: duckdb.DuckDBPyConnection) -> None:
    """Worked example 1 of the specification, as it is printed there."""
    found = {
        (key[0].removeprefix(f"{EXAMPLE}-"), key[1]): koin
        for key, koin in attributed(built).items()
        if key[0].startswith(EXAMPLE)
    }
    assert found == {
        ("3", "AZKO"): 8_000,
        ("4", "AZKO"): 2_000,
        ("4", "TOYS"): 2_000,
        ("5", "TOYS"): -2_000,
        ("5", "AZKO"): -2_000,
        ("6", "AZKO"): 2_000,
        ("6", "TOYS"): 5_000,
        ("6", UNATTRIBUTED): 2_000,
    }
