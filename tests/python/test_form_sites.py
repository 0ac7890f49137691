"""The form requests on stores, sales, payments, koin and cohorts: cell by cell against plain loops
over the sample's clean truth, and what the simulator planted found again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from reference_marts import (
    assert_no_differences,
    cell_differences,
    form_sales,
    form_sites,
    read_seed,
    read_truth,
    tier_aliases,
)
from reference_marts.form_sales import FormData
from reference_marts.form_sites import Closure, Sites, bought

from koin_loyalty.build import DEFAULT_MEMBERS, DEFAULT_SEED, DEFAULT_WEEKS
from koin_loyalty.sample.catalogue import BU
from koin_loyalty.sample.documents import member_ids
from koin_loyalty.sample.network import CLOSED_SITE, RELOCATED_FROM, RELOCATED_TO, SITE, SITES
from koin_loyalty.sample.traits import GONE, ONLINE, build_traits
from koin_loyalty.sample.world import build_world

Connection = duckdb.DuckDBPyConnection
ROOT = Path(__file__).parents[2]
KEYS = {**form_sales.KEYS, **form_sites.KEYS}
COLUMNS = {**form_sales.COLUMNS, **form_sites.COLUMNS}


@dataclass(frozen=True)
class References:
    """The references of a sample folder, each computed once."""

    sample: Path

    @cached_property
    def data(self) -> FormData:
        """The sample's clean truth."""
        business_units = {
            row["bu_code"]: row["is_in_koin_in_out"] == "true"
            for row in read_seed(ROOT, "business_units")
        }
        methods = read_seed(ROOT, "payment_methods")
        return FormData(read_truth(self.sample), business_units, tier_aliases(ROOT), methods)

    @cached_property
    def sites(self) -> Sites:
        """Stores that close and open."""
        file = self.sample / "cohesive" / "tbl_member.parquet"
        columns = ["cust_id", "pref_site_code", "updated_at", "_loaded_at"]
        versions = pq.read_table(file, columns=columns).to_pandas()
        return Sites(self.data, versions.rename(columns={"_loaded_at": "loaded_at"}))

    def mart(self, name: str) -> pd.DataFrame:
        """The reference of a mart."""
        if name in form_sites.COLUMNS:
            return getattr(self.sites, name)()
        return form_sales.REFERENCES[name](self.data)


@pytest.fixture(scope="module")
def references(sample: Path) -> References:
    """References on the sample's clean truth."""
    return References(sample)


@pytest.mark.parametrize("mart", COLUMNS)
def test_mart_equals_reference(mart: str, built_sample: Connection, references: References) -> None:
    columns = COLUMNS[mart]
    query = f"select {', '.join(columns)} from form_requests.{mart}"
    actual = built_sample.execute(query).fetchall()
    expected = references.mart(mart)
    assert len(expected) > 0
    assert_no_differences(cell_differences(mart, columns, KEYS[mart], actual, expected))


@pytest.mark.parametrize("mart", COLUMNS)
def test_mart_has_no_other_columns(mart: str, built_sample: Connection) -> None:
    found = built_sample.execute(f"select * from form_requests.{mart} limit 0").description
    assert {column[0] for column in found} == set(COLUMNS[mart])


@pytest.mark.parametrize(
    ("mart", "condition"),
    [
        ("site_closure_movement", "destination_site_code = 'GROUP_ONLINE' and net_sales > 0"),
        ("site_closure_movement", "unique_member_count > first_member_count and is_return"),
        ("site_opening_impact", "origin_site_code = 'REACTIVATED'"),
        ("site_opening_impact", "not is_mature and origin_sales_change is null"),
        ("site_opening_impact", "origin_sales_change_pct < 0"),
        ("site_opening_impact", "not has_full_history"),
        ("sales_recap_daily", "void_count > 0"),
        ("sales_recap_daily", "payment_difference <> 0"),
        ("sales_recap_daily", "site_code = 'Z999'"),
        ("sales_recap_products", "category = 'UNKNOWN'"),
        ("product_list", "not is_known"),
        ("product_list", "not is_active and last_sale_date is not null"),
        ("payment_method_performance", "transaction_count > primary_transaction_count"),
        ("payment_method_performance", "payment_method = 'ALL' and payment_partner = 'OCBC'"),
        ("payment_method_performance", "payment_method = 'DEBIT' and payment_partner = 'ALL'"),
        ("koin_expiry_ladder", "weeks_ahead = 0 and overdue_koin > 0 and koin_expiring > 0"),
        ("koin_expiry_ladder", "weeks_ahead = 13 and koin_expiring > koin_expiring_90d"),
        ("koin_expiry_ladder", "koin_expiring = 0 and weeks_ahead > 0"),
        ("member_cohorts", "not is_mature and retention_rate is null"),
        ("member_cohorts", "retention_rate between 0.01 and 0.99"),
    ],
)
def test_sample_has_the_case(mart: str, condition: str, built_sample: Connection) -> None:
    query = f"select count(*) from form_requests.{mart} where {condition}"
    assert built_sample.execute(query).fetchone()[0] > 0


# What was planted


@dataclass(frozen=True)
class Planted:
    """Members of a store that the simulator closes, with the store where they shop afterwards."""

    destinations: dict[str, str]

    def going_to(self, destination: str) -> set[str]:
        """Members with a destination."""
        return {cust_id for cust_id, code in self.destinations.items() if code == destination}


def planted(closed_site: str) -> Planted:
    """The fate of a closed store's members in the default sample."""
    world = build_world(DEFAULT_WEEKS, DEFAULT_SEED)
    traits = build_traits(world, 0, 0, DEFAULT_MEMBERS)
    rows = np.flatnonzero(traits.home[:, BU["AZKO"]] == SITE[closed_site])
    names = {GONE: "not_returned", ONLINE: "online"}
    fates = [names.get(fate, SITES[fate].code) for fate in traits.later_home[rows].tolist()]
    return Planted(dict(zip(member_ids(0, rows).to_pylist(), fates, strict=True)))


def closure_of(sites: Sites, site_code: str) -> Closure:
    """A closure of the truth."""
    return next(closure for closure in sites.closures if closure.site_code == site_code)


def members_at(movement: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Members by place."""
    found: dict[str, set[str]] = {}
    for place, cust_id in movement:
        found.setdefault(place, set()).add(cust_id)
    return found


def built_movement(built_sample: Connection, closed_site: str) -> dict[str, set[str]]:
    """Members with a transaction by place, as the mart's step has them."""
    return members_at(
        built_sample.execute(
            """
            select place_code, cust_id
            from intermediate.int_site_closures__receipts
            where closed_site_code = ? and is_after and is_transaction
            """,
            [closed_site],
        ).fetchall()
    )


def test_planted_movement_is_recovered(
    built_sample: Connection, references: References, sample: Path
) -> None:
    """Every member of LP Bintaro whom the simulator sends to a store is found there and at no
    other; the rest of its planted members bought nothing at AZKO in the 90 days, and the rest of
    the destination's members have another home store."""
    facts = json.loads((sample / "truth" / "planted.json").read_text(encoding="utf-8"))
    told = facts["closures"][0]["members_by_destination"]
    moved = planted(CLOSED_SITE)
    assert Counter(moved.destinations.values()) == told
    sites = references.sites
    closure = closure_of(sites, CLOSED_SITE)
    base = sites.bases[CLOSED_SITE]
    places = built_movement(built_sample, CLOSED_SITE)
    shown = dict(
        built_sample.execute(
            """
            select destination_site_code, unique_member_count
            from form_requests.site_closure_movement
            where closed_site_code = ?
            """,
            [CLOSED_SITE],
        ).fetchall()
    )
    recovered = 0
    for destination in sorted(set(told) - {"online", "not_returned"}):
        members = moved.going_to(destination)
        bought_there, silent, strangers = set(), set(), set()
        for cust_id in members:
            after = [(p, r) for p, r in sites.after(cust_id, closure) if r.is_transaction]
            stores = {place for place, _ in after} - {"ONLINE", "GROUP_ONLINE"}
            assert stores <= {destination}, f"{cust_id} is to shop at {destination}"
            if cust_id not in base:
                strangers.add(cust_id)
            elif stores:
                bought_there.add(cust_id)
            else:
                silent.add(cust_id)
        assert len(bought_there) + len(silent) + len(strangers) == told[destination]
        for cust_id in strangers:
            twelve_months = [
                receipt
                for receipt in bought(sites.receipts_of.get(cust_id, []))
                if receipt.site_code == CLOSED_SITE
                and date(2024, 2, 27) <= receipt.day <= closure.last_day
            ]
            assert not twelve_months, f"{cust_id} bought there and is no member of it"
        found = places.get(destination, set())
        assert found & set(moved.destinations) == bought_there, destination
        assert shown.get(destination, 0) == len(found), destination
        recovered += len(bought_there)
    assert recovered > 30
    gone = moved.going_to("not_returned")
    assert not gone & set().union(*(m for place, m in places.items() if place != "GROUP_ONLINE"))
    # Who goes online goes to the group's online store: no return to AZKO, and shown as that.
    online = moved.going_to("online") & base
    assert not online & set().union(*(m for place, m in places.items() if place != "GROUP_ONLINE"))
    at_group_online = {
        cust_id
        for cust_id in online
        if any(receipt.is_transaction for _, receipt in sites.after(cust_id, closure))
    }
    assert places["GROUP_ONLINE"] & online == at_group_online
    assert len(at_group_online) > 3


def test_most_go_where_the_simulator_sends_them(built_sample: Connection) -> None:
    best = built_sample.execute(
        """
        select destination_site_code
        from form_requests.site_closure_movement
        where closed_site_code = ? and is_return and destination_site_code not in ('ALL', 'ONLINE')
        order by unique_member_count desc, destination_site_code
        limit 1
        """,
        [CLOSED_SITE],
    ).fetchone()
    assert best == ("A653",)


def test_first_destinations_are_a_partition_and_any_overlap(built_sample: Connection) -> None:
    for closed_site in (CLOSED_SITE, RELOCATED_FROM):
        rows = built_sample.execute(
            """
            select
                destination_site_code, member_count, member_return, unique_member_count,
                first_member_count, transaction_count, net_sales, first_net_sales, is_return
            from form_requests.site_closure_movement
            where closed_site_code = ?
            """,
            [closed_site],
        ).df()
        by_place = rows.set_index("destination_site_code")
        parts = rows[rows["destination_site_code"] != "ALL"]
        everywhere = by_place.loc["ALL"]
        assert parts["first_member_count"].sum() == everywhere["member_count"]
        assert parts["first_net_sales"].sum() == everywhere["net_sales"]
        returns = parts[parts["is_return"]]
        assert returns["first_member_count"].sum() == everywhere["member_return"]
        assert returns["unique_member_count"].sum() > everywhere["unique_member_count"]
        assert everywhere["unique_member_count"] == everywhere["member_return"]
        assert returns["transaction_count"].sum() == everywhere["transaction_count"]
        assert by_place.loc["NOT_RETURNED", "first_member_count"] == (
            everywhere["member_count"] - everywhere["member_return"]
        )


def test_relocation_is_flagged_and_nothing_else(built_sample: Connection) -> None:
    closures = built_sample.execute(
        """
        select closed_site_code, relocated_to_site_code, is_relocation, destination_site_code
        from form_requests.site_closure_movement
        where relocated_to_site_code is not null or is_relocation
        """
    ).fetchall()
    assert {row[:2] for row in closures} == {(RELOCATED_FROM, RELOCATED_TO)}
    assert [row[3] for row in closures if row[2]] == [RELOCATED_TO]
    openings = built_sample.execute(
        """
        select opened_site_code, relocated_from_site_code, is_relocation, origin_site_code
        from form_requests.site_opening_impact
        where relocated_from_site_code is not null or is_relocation
        """
    ).fetchall()
    assert {row[:2] for row in openings} == {(RELOCATED_TO, RELOCATED_FROM)}
    assert [row[3] for row in openings if row[2]] == [RELOCATED_FROM]


def test_members_of_a_moved_store_are_found_at_the_new_one(
    built_sample: Connection, references: References
) -> None:
    """Planted: everybody at the new store, and in the days between at a third one."""
    moved = planted(RELOCATED_FROM)
    assert set(moved.destinations.values()) == {RELOCATED_TO}
    sites = references.sites
    closure = closure_of(sites, RELOCATED_FROM)
    expected = {
        cust_id
        for cust_id in set(moved.destinations) & sites.bases[RELOCATED_FROM]
        if any(p == RELOCATED_TO and r.is_transaction for p, r in sites.after(cust_id, closure))
    }
    found = built_movement(built_sample, RELOCATED_FROM)[RELOCATED_TO]
    assert found & set(moved.destinations) == expected
    assert len(expected) > 40


def test_openings_are_those_planted(built_sample: Connection, sample: Path) -> None:
    facts = json.loads((sample / "truth" / "planted.json").read_text(encoding="utf-8"))
    expected = {(row["site_code"], row["opened_on"]) for row in facts["openings"]}
    expected |= {(row["to_site_code"], row["opened_on"]) for row in facts["relocations"]}
    found = built_sample.execute(
        "select distinct opened_site_code, cast(opened_on as varchar)"
        " from form_requests.site_opening_impact"
    ).fetchall()
    assert set(found) == expected


# Fan-out


def test_split_receipts_do_not_multiply(built_sample: Connection) -> None:
    """Receipts with several tenders, lines and koin rows exist, and each counts once."""
    split, koin_rows = built_sample.execute(
        """
        select
            (select count(*) from (
                select receive_main_id from core.fct_receipt_payments
                group by receive_main_id having count(*) > 2
            )),
            (select count(*) from (
                select receive_main_id from core.fct_koin_entries
                where entry_type = 'redeem'
                group by receive_main_id having count(*) > 1
            ))
        """
    ).fetchone()
    assert split > 100
    assert koin_rows > 100
    receipts = built_sample.execute(
        """
        select count(*) filter (where is_transaction), sum(sales) filter (where counts_in_net_sales)
        from core.fct_receipts where not is_pre_cohesive
        """
    ).fetchone()
    daily = built_sample.execute(
        "select sum(transaction_count), sum(net_sales) from form_requests.sales_recap_daily"
    ).fetchone()
    methods = built_sample.execute(
        """
        select sum(primary_transaction_count), sum(primary_net_sales)
        from form_requests.payment_method_performance
        where payment_method <> 'ALL' and payment_partner <> 'ALL'
        """
    ).fetchone()
    assert daily == methods == receipts
