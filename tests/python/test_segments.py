"""The segment marts of the sample, cell by cell against plain loops over its clean truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from reference_marts import (
    Tables,
    assert_no_differences,
    cell_differences,
    known_business_units,
    read_seed,
    read_truth,
    segments,
    segments_histories,
    segments_profile,
    tier_aliases,
)
from reference_marts.segments import Activity, Receipt, SeasonalSpend, SegmentData
from reference_marts.segments_places import cities_of_areas, domicile_areas, most_visited

Connection = duckdb.DuckDBPyConnection
ROOT = Path(__file__).parents[2]
SEEDS = (
    "campaign_areas",
    "domicile_areas",
    "loyalty_tiers",
    "payment_methods",
    "rfm_segments",
    "seasons",
)
PROFILE = "member_profile"
KEYS = {**segments.KEYS, **segments_histories.KEYS, PROFILE: segments_profile.KEYS}
COLUMNS = {**segments.COLUMNS, **segments_histories.COLUMNS, PROFILE: segments_profile.COLUMNS}

#: Gold or platinum, more than 9,900 koin, opted in to e-mail, activated, domicile in one area.
FESTIVAL_KOIN = """
    select cust_id
    from segments.member_profile
    where
        tier_code in ('GOLD', 'PLATINUM')
        and koin_balance > 9900
        and is_email_opted_in
        and activation_status = 'activated'
        and domicile_area = ?
"""


def relation(mart: str) -> str:
    """Schema and name; what is known of children is restricted."""
    return f"{'restricted' if mart == 'segment_children' else 'segments'}.{mart}"


def segment_data(truth: Tables, as_of: date | None = None) -> SegmentData:
    """Clean tables with the project's reference seeds."""
    seeds = {name: read_seed(ROOT, name) for name in SEEDS}
    return SegmentData(truth, known_business_units(ROOT), tier_aliases(ROOT), seeds, as_of)


@dataclass(frozen=True)
class References:
    """The references of a sample folder, each computed once."""

    sample: Path

    @cached_property
    def data(self) -> SegmentData:
        """The sample's clean truth."""
        return segment_data(read_truth(self.sample))

    @cached_property
    def marts(self) -> dict[str, pd.DataFrame]:
        """All marts by name."""
        found = {
            mart: getattr(module, mart)(self.data)
            for module in (segments, segments_histories)
            for mart in module.COLUMNS
        }
        file = self.sample / "cohesive" / "tbl_member.parquet"
        versions = pq.read_table(file, columns=["cust_id", "email", "phone", "updated_at"])
        found[PROFILE] = segments_profile.member_profile(self.data, versions.to_pandas())
        return found


@pytest.fixture(scope="module")
def references(sample: Path) -> References:
    """References on the sample's clean truth."""
    return References(sample)


@pytest.mark.parametrize("mart", COLUMNS)
def test_mart_equals_reference(mart: str, built_sample: Connection, references: References) -> None:
    columns = COLUMNS[mart]
    shown = [
        # The reference knows that a number cannot be used, not why.
        f"case when list_contains({list(segments_profile.PHONE_STATUSES)}, {column})"
        f" then '{segments_profile.UNUSABLE_PHONE}' else {column} end"
        if column == "whatsapp_reachability"
        else column
        for column in columns
    ]
    actual = built_sample.execute(f"select {', '.join(shown)} from {relation(mart)}").fetchall()
    expected = references.marts[mart]
    assert len(expected) > 0
    assert_no_differences(cell_differences(mart, columns, KEYS[mart], actual, expected))


@pytest.mark.parametrize("mart", COLUMNS)
def test_mart_has_no_other_columns(mart: str, built_sample: Connection) -> None:
    found = built_sample.execute(f"select * from {relation(mart)} limit 0").description
    assert tuple(column[0] for column in found) == COLUMNS[mart]


@pytest.mark.parametrize(
    ("mart", "column", "fewest"),
    [
        ("segment_rfm", "rfm_segment", 10),
        ("segment_rfm", "rfm_score", 60),
        ("segment_lifecycle", "lifecycle", 6),
        ("segment_lifecycle", "is_winback", 2),
        ("segment_lifecycle", "is_active_member", 2),
        ("segment_value", "value_segment", 4),
        ("segment_value", "is_frequent_buyer", 2),
        ("segment_seasonal", "season", 5),
        ("segment_seasonal", "is_seasonal_shopper", 2),
        ("segment_category_affinity", "category", 20),
        ("segment_brand_history", "bu_code", 7),
        ("segment_brand_history", "independent_net_sales_l12m", 100),
        ("segment_site_history", "site_type", 3),
        ("segment_site_history", "is_preferred_site", 2),
        ("segment_payment_history", "payment_partner", 12),
        ("segment_voucher_holders", "unredeemed_valid_count", 2),
        ("segment_children", "child_count", 2),
        (PROFILE, "tier_code", 4),
        (PROFILE, "tier_for_spend", 3),
        (PROFILE, "gender", 3),
        (PROFILE, "domicile_area", 20),
        (PROFILE, "preferred_site_code", 50),
        (PROFILE, "overdue_koin", 2),
        (PROFILE, "koin_expiring_soon", 100),
        (PROFILE, "email_reachability", 5),
        (PROFILE, "whatsapp_reachability", 6),
        (PROFILE, "email_engagement", 3),
        (PROFILE, "seasonal_labels", 6),
    ],
)
def test_the_sample_has_something_to_compare(
    mart: str, column: str, fewest: int, references: References
) -> None:
    assert references.marts[mart][column].nunique(dropna=True) >= fewest


def test_the_sample_has_members_who_bought_nothing_and_who_only_returned(
    references: References,
) -> None:
    rfm = references.marts["segment_rfm"]
    without = rfm[rfm["rfm_segment"] == "NO_PURCHASE"]
    assert any(without["monetary"] == 0)
    assert any(without["monetary"] < 0)
    assert set(without["frequency"]) == {0}


def test_members_of_the_marts_are_those_who_are_not_erased(
    built_sample: Connection, references: References
) -> None:
    members = references.data.truth["cohesive.tbl_member"]
    erased = set(members[members["erased_at"].notna()]["cust_id"])
    assert erased
    for mart in COLUMNS:
        rows = built_sample.execute(f"select distinct cust_id from {relation(mart)}").fetchall()
        found = {cust_id for (cust_id,) in rows}
        assert not found & erased, mart
        assert found <= set(references.data.members), mart
        if KEYS[mart] == ("cust_id",) and mart != "segment_children":
            assert found == set(references.data.members), mart


def test_planted_seasonal_members_are_found(built_sample: Connection, sample: Path) -> None:
    planted = pq.read_table(sample / "truth" / "planted" / "seasonal_members.parquet").to_pandas()
    rows = built_sample.execute(
        "select cust_id, season from segments.segment_seasonal where is_seasonal_shopper"
    ).fetchall()
    expected = set(planted[["cust_id", "season"]].itertuples(index=False, name=None))
    assert len(expected & set(rows)) >= 0.95 * len(expected)


@pytest.mark.parametrize("area", ["Serang", "Medan", "Bukittinggi", "Tangerang Selatan"])
def test_one_query_on_the_profile_answers_a_campaign(
    area: str, built_sample: Connection, references: References
) -> None:
    """Gold or platinum, more than 9,900 koin, opted in to e-mail, activated, living in an area."""
    cities = cities_of_areas(references.data.seeds["campaign_areas"])[area]
    expected = {
        row.cust_id
        for row in references.marts[PROFILE].itertuples(index=False)
        if row.tier_code in ("GOLD", "PLATINUM")
        and row.koin_balance > 9900
        and row.is_email_opted_in
        and row.activation_status == "activated"
        and (row.domicile_city, row.domicile_province) in cities
    }
    assert expected
    found = built_sample.execute(FESTIVAL_KOIN, [area]).fetchall()
    assert sorted(cust_id for (cust_id,) in found) == sorted(expected)


AS_OF = date(2025, 8, 31)


def days_ago(*numbers: int) -> list[date]:
    """Dates before the as-of date, ascending."""
    return sorted(AS_OF - timedelta(days=number) for number in numbers)


def visit(site_code: str, day: date) -> Receipt:
    """A completed receipt."""
    return Receipt(
        f"{site_code} {day}",
        "M1",
        "AZKO",
        site_code,
        "offline",
        pd.Timestamp(day),
        Decimal(1),
        True,
    )


def clean_receipts(*rows: tuple[str, str, str, str, date]) -> dict[str, pd.DataFrame]:
    """Clean tables of members and receipts: (receipt, member, status, sales, date)."""
    receipts = pd.DataFrame(
        [
            {
                "receive_main_id": receipt,
                "cust_id": member,
                "bu_code": "AZKO",
                "site_code": "A1",
                "sales_channel": "offline",
                "trx_ts": pd.Timestamp(day),
                "sales": Decimal(sales),
                "receipt_status": status,
            }
            for receipt, member, status, sales, day in rows
        ]
    )
    members = pd.DataFrame(
        [
            {"cust_id": cust_id, "registered_at": None, "erased_at": None, "activated_at": None}
            for cust_id in dict.fromkeys(member for _, member, _, _, _ in rows)
        ]
    )
    return {"cohesive.tbl_receipt": receipts, "cohesive.tbl_member": members}


class TestRfm:
    """Scores and labels by hand."""

    def test_ten_identical_customers_get_one_score(self) -> None:
        identical = {f"M{number}": Activity(40, 3, Decimal("150000.00")) for number in range(10)}
        others = {
            f"N{number}": Activity(number * 9, number, Decimal(number * 31_000))
            for number in range(1, 24)
        }
        assert len(set(segments.rfm_scores(identical).values())) == 1
        scores = segments.rfm_scores({**identical, **others})
        assert len({scores[cust_id] for cust_id in identical}) == 1

    def test_equal_values_and_a_single_buyer_lie_above_no_cut_point(self) -> None:
        everyone = {f"M{number}": Activity(7, 2, Decimal(5)) for number in range(6)}
        assert set(segments.rfm_scores(everyone).values()) == {(1, 1, 1)}
        assert segments.rfm_scores({"M1": Activity(7, 2, Decimal(5))}) == {"M1": (1, 1, 1)}
        assert segments.rfm_scores({}) == {}

    def test_five_different_buyers_get_five_scores(self) -> None:
        buyers = {
            f"M{number}": Activity(100 - number, number, Decimal(number)) for number in range(1, 6)
        }
        found = list(segments.rfm_scores(buyers).values())
        assert found == [(score, score, score) for score in range(1, 6)]

    def test_cut_points_lie_between_values(self) -> None:
        assert segments.cut_points([60, 10, 50, 20, 40, 30]) == [20, 30, 40, 50]
        assert segments.cut_points([1, 2]) == [Fraction(fifth, 5) + 1 for fifth in range(1, 5)]
        assert segments.cut_points([Decimal("0.01"), Decimal("0.04")])[0] == Fraction(16, 1000)

    @pytest.mark.parametrize("seed", range(5))
    def test_scores_rise_with_the_value_and_ties_are_equal(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        buyers = {
            f"M{number}": Activity(
                int(rng.integers(365)), int(rng.geometric(0.5)), Decimal(int(rng.integers(-3, 9)))
            )
            for number in range(int(rng.integers(2, 120)))
        }
        values = [buyer.frequency for buyer in buyers.values()]
        quantiles = np.quantile(values, [0.2, 0.4, 0.6, 0.8])
        assert np.allclose([float(cut) for cut in segments.cut_points(values)], quantiles)
        scores = segments.rfm_scores(buyers)
        directions = [("recency_days", -1), ("frequency", 1), ("monetary", 1)]
        for place, (measure, direction) in enumerate(directions):
            pairs = sorted(
                (getattr(buyers[cust_id], measure) * direction, score[place])
                for cust_id, score in scores.items()
            )
            ranked = [score for _, score in pairs]
            assert ranked == sorted(ranked)
            assert len(set(pairs)) == len({value for value, _ in pairs})
            assert set(ranked) <= {1, 2, 3, 4, 5}

    @pytest.mark.parametrize(
        ("scores", "label"),
        [
            ((5, 5, 5), "CHAMPIONS"),
            ((3, 4, 1), "LOYAL_CUSTOMERS"),
            ((2, 4, 4), "CANNOT_LOSE_THEM"),
            ((1, 1, 1), "LOST"),
        ],
    )
    def test_first_rule_wins(self, scores: tuple[int, int, int], label: str) -> None:
        rules = read_seed(ROOT, "rfm_segments")
        assert segments.rfm_label(scores, rules) == label
        assert segments.rfm_label(scores, rules[::-1]) == label

    def test_scores_without_rule_are_others(self) -> None:
        assert segments.rfm_label((5, 5, 5), []) == "OTHERS"

    def test_members_without_purchase_have_no_scores_and_move_no_cut_point(self) -> None:
        data = segment_data(
            clean_receipts(
                ("R1", "BUYER", "completed", "100", AS_OF),
                ("R2", "VOID", "void", "900", AS_OF),
                ("R3", "RETURNED", "return", "-40", AS_OF),
                ("R4", "LONG_AGO", "completed", "70", AS_OF - timedelta(days=365)),
                ("R5", "FIRST_DAY", "completed", "100", AS_OF - timedelta(days=364)),
                ("R6", "FIRST_DAY", "return", "-100", AS_OF),
            )
        )
        rows = {row[0]: row[1:] for row in segments.segment_rfm(data).itertuples(index=False)}
        nothing = (None, None, None, None, "NO_PURCHASE")
        assert rows["VOID"] == (None, 0, Decimal(0), *nothing)
        assert rows["RETURNED"] == (None, 0, Decimal(-40), *nothing)
        assert rows["LONG_AGO"] == (None, 0, Decimal(0), *nothing)
        assert rows["BUYER"][:7] == (0, 1, Decimal(100), 5, 1, 5, "515")
        assert rows["FIRST_DAY"][:7] == (364, 1, Decimal(0), 1, 1, 1, "111")


class TestLifecycle:
    """Stages at their boundaries: the day before, the day, the day after."""

    @pytest.mark.parametrize(
        ("days", "stage"),
        [
            ((), "never_bought"),
            ((0,), "new"),
            ((89,), "new"),
            ((90,), "new"),
            ((91,), "active"),
            ((90, 0), "new"),
            ((91, 0), "active"),
            ((89, 454), "reactivated"),
            ((90, 455), "reactivated"),
            ((91, 456), "active"),
            ((90, 454), "active"),
            ((90, 456), "reactivated"),
            ((0, 90, 455), "reactivated"),
            ((0, 91, 456), "active"),
            ((179,), "active"),
            ((180,), "active"),
            ((181,), "at_risk"),
            ((364,), "at_risk"),
            ((365,), "at_risk"),
            ((366,), "lapsed"),
        ],
    )
    def test_stage(self, days: tuple[int, ...], stage: str) -> None:
        assert segments.lifecycle(days_ago(*days), AS_OF) == stage

    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            ((200,), False),
            ((180, 190), False),
            ((181, 191), True),
            ((200, 300), False),
            ((201, 301), True),
            ((300, 310, 460, 470), True),
            ((181, 271, 362), False),
            ((182, 272, 363), True),
        ],
    )
    def test_winback(self, days: tuple[int, ...], expected: bool) -> None:
        assert segments.is_winback(days_ago(*days), AS_OF) is expected

    def test_median_gap(self) -> None:
        assert segments.median_gap(days_ago(5)) is None
        assert segments.median_gap(days_ago(5, 9)) == 4
        assert segments.median_gap(days_ago(5, 9, 16)) == Decimal("5.5")
        assert segments.median_gap(days_ago(5, 9, 16, 300)) == 7


class TestValueAndSeasons:
    """Shares of spend."""

    def test_ties_at_a_boundary_go_up(self) -> None:
        spend = {f"M{number}": Decimal(100 - number) for number in range(10)}
        spend["M2"] = spend["M1"]
        spend["M5"] = spend["M4"]
        found = "".join(segment[0] for segment in segments.value_segments(spend).values())
        assert found == "HHHMMMLLLL"

    def test_all_equal_and_a_single_buyer_are_heavy(self) -> None:
        equal = {f"M{number}": Decimal(5) for number in range(7)}
        assert set(segments.value_segments(equal).values()) == {"HEAVY"}
        assert segments.value_segments({"M1": Decimal(-5)}) == {"M1": "HEAVY"}

    @pytest.mark.parametrize(
        ("trips", "occurrences", "spend", "expected"),
        [
            (1, 1, 100, False),
            (2, 1, 100, False),
            (2, 2, 100, True),
            (2, 2, 20, True),
            (2, 2, 19, False),
            (9, 2, -5, False),
        ],
    )
    def test_one_timers_are_not_seasonal(
        self, trips: int, occurrences: int, spend: int, expected: bool
    ) -> None:
        seasonal = SeasonalSpend(
            trips, occurrences, Decimal(spend), Decimal(100), Decimal(100), Decimal(1000)
        )
        assert seasonal.is_seasonal_shopper is expected
        assert seasonal.lift == Fraction(spend, 10)

    def test_a_member_without_spend_has_no_share_and_no_lift(self) -> None:
        for spend in (Decimal(0), Decimal(-5)):
            seasonal = SeasonalSpend(2, 2, spend, spend, Decimal(100), Decimal(1000))
            row = seasonal.row("M1", "LEBARAN")
            assert (row["spend_share"], row["lift"]) == (None, None)
            assert row["is_seasonal_shopper"] is False


class TestAffinity:
    """Shrunk lift."""

    @pytest.mark.parametrize(("member", "of_member"), [(1, 10), (2, 20), (7, 70)])
    def test_who_buys_as_everyone_does_has_one(self, member: int, of_member: int) -> None:
        assert segments.affinity_index(member, of_member, 10, 100) == 1

    def test_few_receipts_say_little(self) -> None:
        few, many = (segments.affinity_index(number, number, 10, 100) for number in (1, 100))
        assert few == Decimal("1.428571")
        assert many == Decimal("8.5")

    def test_less_than_everyone_is_below_one(self) -> None:
        assert segments.affinity_index(1, 100, 10, 100) == Decimal("0.25")


class TestStateOfAMember:
    """Periods, places, payments, contacts, koin."""

    @pytest.mark.parametrize(
        ("as_of", "l12m", "seasons_begin"),
        [
            (date(2025, 8, 31), (date(2024, 9, 1), date(2025, 8, 31)), date(2023, 9, 1)),
            (date(2025, 9, 29), (date(2024, 9, 1), date(2025, 8, 31)), date(2023, 9, 1)),
            (date(2024, 2, 28), (date(2023, 2, 1), date(2024, 1, 31)), date(2022, 2, 1)),
            (date(2024, 2, 29), (date(2023, 3, 1), date(2024, 2, 29)), date(2022, 3, 1)),
        ],
    )
    def test_months(self, as_of: date, l12m: tuple[date, date], seasons_begin: date) -> None:
        end = segments.last_month_end(as_of)
        assert (segments.months_before(end + timedelta(days=1), 12), end) == l12m
        assert segments.months_before(end + timedelta(days=1), 24) == seasons_begin

    def test_months_before_a_day_that_the_month_does_not_have(self) -> None:
        assert segments.months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
        assert segments.months_before(date(2025, 12, 31), 1) == date(2025, 11, 30)
        assert segments.months_before(date(2025, 1, 15), 1) == date(2024, 12, 15)

    @pytest.mark.parametrize(
        ("birth_date", "age"),
        [
            (date(2020, 8, 30), 5),
            (date(2020, 8, 31), 5),
            (date(2020, 9, 1), 4),
            (AS_OF, 0),
            (AS_OF + timedelta(days=1), None),
            (AS_OF.replace(year=AS_OF.year - 121) + timedelta(days=1), 120),
            (AS_OF.replace(year=AS_OF.year - 121), None),
            (None, None),
        ],
    )
    def test_age(self, birth_date: date | None, age: int | None) -> None:
        assert segments_histories.age_on(birth_date, AS_OF) == age

    def test_age_of_who_was_born_on_29_february(self) -> None:
        ages = [
            segments_histories.age_on(date(2020, 2, 29), day)
            for day in (date(2025, 2, 28), date(2025, 3, 1), date(2024, 2, 29))
        ]
        assert ages == [4, 5, 4]

    @pytest.mark.parametrize(
        ("method", "bank", "partner"),
        [
            ("DEBIT", "OCBC", "OCBC"),
            ("DEBIT", "NO_SUCH_BANK", "DEBIT"),
            ("DEBIT", None, "DEBIT"),
            ("KREDIVO", None, "KREDIVO"),
            ("NO_SUCH_METHOD", "OCBC", "NO_SUCH_METHOD"),
        ],
    )
    def test_payment_partner(self, method: str, bank: str | None, partner: str) -> None:
        rules = read_seed(ROOT, "payment_methods")
        assert segments_histories.payment_partner(method, bank, rules) == partner

    @pytest.mark.parametrize(
        ("visits", "site"),
        [
            ((), None),
            (((2, "B"), (1, "B"), (0, "A")), "B"),
            (((2, "B"), (1, "A")), "A"),
            (((1, "B"), (1, "A")), "A"),
            (((1, "b"), (1, "B")), "B"),
        ],
    )
    def test_most_visited_site(self, visits: tuple[tuple[int, str], ...], site: str | None) -> None:
        found = most_visited(visit(code, AS_OF - timedelta(days=ago)) for ago, code in visits)
        assert found == site

    def test_domicile_area_is_the_name_that_kota_and_kabupaten_share(self) -> None:
        rows = [
            {"area": area, "city": city, "province": "P"}
            for area, city in [
                ("Sumur", "Kota Sumur"),
                ("Sumur", "Kabupaten Sumur"),
                ("Kota Sumur", "Kota Sumur"),
                ("Kabupaten Sumur", "Kabupaten Sumur"),
                ("P", "Kota Sumur"),
                ("P", "Kabupaten Sumur"),
                ("P", "Kota Sumurbatu"),
                ("Kota Banjar", "Kota Banjar"),
                ("P", "Kota Banjar"),
                ("Depok", "Kota Depok"),
                ("A Depok", "Kota Depok"),
            ]
        ]
        assert domicile_areas(rows) == {
            ("Kota Sumur", "P"): "Sumur",
            ("Kabupaten Sumur", "P"): "Sumur",
            ("Kota Sumurbatu", "P"): "P",
            ("Kota Banjar", "P"): "Kota Banjar",
            ("Kota Depok", "P"): "Depok",
        }

    def test_an_address_is_as_old_as_its_last_change(self) -> None:
        old, middle, new = (pd.Timestamp(AS_OF - timedelta(days=ago)) for ago in (9, 5, 1))
        since: Callable[..., pd.Timestamp] = segments_profile.since_when
        assert since([(new, "a"), (old, "a"), (middle, "a")]) == old
        assert since([(old, "b"), (middle, "a"), (new, "a")]) == middle
        assert since([(old, "a"), (middle, "b"), (new, "a")]) == new

    def test_an_unsubscribe_after_the_opt_in_takes_it_back(self) -> None:
        moment = pd.Timestamp(AS_OF)
        later = moment + timedelta(seconds=1)
        stands = segments_profile.opt_in_stands
        assert stands(True, moment, [])
        assert stands(True, moment, [moment])
        assert not stands(True, moment, [moment, later])
        assert stands(True, later, [moment])
        assert stands(True, None, [])
        assert not stands(True, None, [moment])
        assert not stands(None, moment, [])
        assert not stands(False, moment, [])

    @pytest.mark.parametrize(
        ("spend", "tier", "missing"),
        [
            ("-1", "SILVER", "6000001"),
            ("5999999.99", "SILVER", "0.01"),
            ("6000000", "GOLD", "18000000"),
            ("23999999", "GOLD", "1"),
            ("24000000", "PLATINUM", None),
        ],
    )
    def test_tier_for_spend(self, spend: str, tier: str, missing: str | None) -> None:
        found = segments_profile.earned_tier(Decimal(spend), read_seed(ROOT, "loyalty_tiers"))
        assert found == (tier, missing and Decimal(missing))
