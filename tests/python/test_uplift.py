"""The statistics of uplift against statsmodels and textbooks, and what the sample has planted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as st
from planted_campaigns import build_again, files_of, with_planted_groups
from reference_marts.form_campaigns import evidence_of
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from test_quotients import rounded

from koin_loyalty import uplift
from koin_loyalty.uplift import Sample

RNG = np.random.default_rng(20251102)
SPEND = RNG.lognormal(12, 1, 400) * (RNG.random(400) < 0.3)
OTHER_SPEND = RNG.lognormal(11.8, 1.2, 150) * (RNG.random(150) < 0.25)


# Samples


def test_mean_and_variance_are_those_of_numpy() -> None:
    found = Sample.from_values(SPEND)
    assert found.count == 400
    assert found.mean == pytest.approx(SPEND.mean(), rel=1e-14)
    assert found.variance == pytest.approx(SPEND.var(ddof=1), rel=1e-14)


def test_sums_do_not_cancel_out() -> None:
    """A billion rupiah each, one rupiah apart: in floating point the variance would be noise."""
    values = [10**9, 10**9 + 1, 10**9 + 2]
    found = Sample.from_sums(3, sum(values), sum(value * value for value in values))
    assert (found.mean, found.variance) == (10**9 + 1, 1.0)
    exact = [Decimal(value) / 3 for value in (1, 2)]
    found = Sample.from_sums(2, sum(exact), sum(x * x for x in exact))
    assert found.variance == pytest.approx(1 / 18)


def test_a_single_value_has_no_spread_and_nobody_no_mean() -> None:
    assert Sample.from_values([7]) == Sample(1, 7.0, 0.0)
    with pytest.raises(ValueError, match="at least one"):
        Sample.from_values([])


@given(st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=30))
def test_the_order_of_rows_does_not_matter(values: list[int]) -> None:
    assert Sample.from_values(values) == Sample.from_values(sorted(values))


# Proportions


def test_newcombe_interval_of_his_paper() -> None:
    """Newcombe (1998), Statistics in Medicine 17, example a of table II, method 10."""
    found = uplift.compare_proportions(56, 70, 48, 80)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_the_square_of_z_is_pearsons_chi_square() -> None:
    found = uplift.compare_proportions(56, 70, 48, 80)
    table = [[56, 14], [48, 32]]
    chi_square = stats.chi2_contingency(table, correction=False)
    assert found.p_value == pytest.approx(chi_square.pvalue, rel=1e-12)


@pytest.mark.parametrize("hits", [(0, 50, 0, 60), (50, 50, 60, 60)])
def test_where_all_did_the_same_nothing_is_significant(hits: tuple[int, int, int, int]) -> None:
    found = uplift.compare_proportions(*hits)
    assert (found.difference, found.p_value) == (0, 1)
    assert found.low < 0 < found.high


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_intervals_of_proportions_hold_the_difference(
    count: int, control_count: int, data: st.DataObject
) -> None:
    hits = data.draw(st.integers(0, count)), data.draw(st.integers(0, control_count))
    found = uplift.compare_proportions(hits[0], count, hits[1], control_count)
    assert -1 <= found.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.high <= 1
    assert 0 <= found.p_value <= 1
    mirrored = uplift.compare_proportions(hits[1], control_count, hits[0], count)
    assert mirrored.low == pytest.approx(-found.high, abs=1e-12)
    assert mirrored.p_value == pytest.approx(found.p_value)


# Means


@pytest.mark.parametrize(("equal_variances", "usevar"), [(False, "unequal"), (True, "pooled")])
def test_means_are_those_of_statsmodels(equal_variances: bool, usevar: str) -> None:
    found = uplift.compare_means(
        Sample.from_values(SPEND),
        Sample.from_values(OTHER_SPEND),
        equal_variances=equal_variances,
    )
    other = CompareMeans(DescrStatsW(SPEND), DescrStatsW(OTHER_SPEND))
    _, p_value, _ = other.ttest_ind(usevar=usevar)
    assert found.p_value == pytest.approx(p_value, rel=1e-9)
    interval = other.tconfint_diff(usevar=usevar)
    assert (found.low, found.high) == pytest.approx(interval, rel=1e-9)
    assert found.difference == pytest.approx(SPEND.mean() - OTHER_SPEND.mean(), rel=1e-12)


def test_groups_without_spread() -> None:
    same, other = Sample(5, 3.0, 0.0), Sample(4, 2.0, 0.0)
    assert uplift.compare_means(same, same) == uplift.Estimate(0, 0, 0, 1.0)
    assert uplift.compare_means(same, other) == uplift.Estimate(1, 1, 1, None)


def test_too_few_values_are_an_error() -> None:
    one, many = Sample(1, 3.0, 0.0), Sample(9, 3.0, 2.0)
    with pytest.raises(ValueError, match="two values"):
        uplift.compare_means(one, many)
    with pytest.raises(ValueError, match="no variance"):
        uplift.compare_means(one, one, equal_variances=True)
    with pytest.raises(ValueError, match="need members"):
        uplift.compare_proportions(0, 0, 1, 9)


# Difference in differences


def panel(target: int, control: int) -> pd.DataFrame:
    """Two periods of some stores, the target better by 5 in the second."""
    rng = np.random.default_rng(7)
    unit = np.arange(target + control)
    level, change = rng.normal(100, 20, len(unit)), rng.normal(3, 4, len(unit))
    is_target = unit < target
    before = pd.DataFrame({"unit": unit, "is_target": is_target, "after": 0, "sales": level})
    after = before.assign(after=1, sales=level + change + 5 * is_target)
    return pd.concat([before, after], ignore_index=True)


@pytest.mark.parametrize("target", [1, 2, 6])
def test_few_stores_are_ordinary_least_squares_on_changes(target: int) -> None:
    rows = panel(target, 12)
    wide = rows.pivot_table(index=["unit", "is_target"], columns="after", values="sales")
    changes = (wide[1] - wide[0]).rename("change").reset_index()
    found = uplift.difference_in_differences(
        Sample.from_values(changes.loc[changes["is_target"], "change"]),
        Sample.from_values(changes.loc[~changes["is_target"], "change"]),
        few_units=True,
    )
    fitted = smf.ols("change ~ is_target", changes.astype({"is_target": int})).fit()
    assert found.difference == pytest.approx(fitted.params["is_target"])
    assert found.p_value == pytest.approx(fitted.pvalues["is_target"])
    interval = fitted.conf_int().loc["is_target"]
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    # the same as the interaction of the textbook, whose rows are two a store
    textbook = smf.ols("sales ~ is_target * after", rows.astype({"is_target": int})).fit()
    assert found.difference == pytest.approx(textbook.params["is_target:after"])


def test_card_and_krueger() -> None:
    """Employment in fast food, New Jersey against Pennsylvania (1994, table 3): 0.59 - -2.16."""
    target, control = Sample(309, 0.59, 0.54**2 * 309), Sample(75, -2.16, 1.25**2 * 75)
    found = uplift.difference_in_differences(target, control)
    assert found.difference == pytest.approx(2.75)
    error = (found.high - found.low) / 2 / stats.t.ppf(0.975, 103)
    assert error == pytest.approx(1.36, abs=0.01)


# What could have been found


def test_detectable_proportion_is_that_of_statsmodels() -> None:
    for control_rate, count, control_count in ((0.05, 2_000, 500), (0.3, 400, 400)):
        found = uplift.detectable_proportion(control_rate, count, control_count)
        assert found is not None
        power = NormalIndPower().power(
            proportion_effectsize(control_rate + found, control_rate),
            count,
            0.05,
            ratio=control_count / count,
        )
        assert power == pytest.approx(0.8, abs=1e-4)


def test_no_rise_may_be_large_enough() -> None:
    assert uplift.detectable_proportion(0.9, 5, 5) is None


def test_detectable_mean_is_that_of_statsmodels() -> None:
    target, control = Sample(2_000, 10.0, 49.0), Sample(500, 9.0, 49.0)
    found = uplift.detectable_mean(target, control)
    power = TTestIndPower().power(found / 7, 2_000, 0.05, ratio=0.25)
    assert power == pytest.approx(0.8, abs=1e-3)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Rare conversions and skewed spend of a thousand made-up campaigns without any effect."""
    rng = np.random.default_rng(3)
    held, found = {"conversion": 0, "spend": 0}, {"conversion": 0, "spend": 0}
    for _ in range(1_000):
        buys = [rng.random(count) < 0.08 for count in (600, 200)]
        spend = [np.where(x, rng.lognormal(12, 0.8, len(x)), 0) for x in buys]
        rates = uplift.compare_proportions(int(buys[0].sum()), 600, int(buys[1].sum()), 200)
        means = uplift.compare_means(*(_sample(x) for x in spend))
        for name, one in (("conversion", rates), ("spend", means)):
            held[name] += one.low <= 0 <= one.high
            found[name] += one.p_value < 0.05
    for name in held:
        assert 0.93 <= held[name] / 1_000 <= 0.97, name
        assert 0.03 <= found[name] / 1_000 <= 0.07, name


def _sample(values: np.ndarray) -> Sample:
    return Sample(len(values), float(values.mean()), float(values.var(ddof=1)))


# The table


def sums_row(**changes: object) -> dict[str, object]:
    """A row of int_campaigns__uplift_sums with a hundred targets and fifty held out."""
    row: dict[str, object] = {
        "campaign_code": "K",
        "metric": "transactions_per_member",
        "unit": "member",
        "status": "ok",
        "did_status": "ok",
        "value_divisor": 1,
    }
    for arm, count, buyers in (("target", 100, 40), ("control", 50, 10)):
        row |= {f"{arm}_count": count, f"{arm}_buyer_count": buyers}
        for value in ("promo", "base", "change"):
            row |= {f"{arm}_{value}_sum": Decimal(buyers), f"{arm}_{value}_square_sum": buyers}
    return row | changes


def test_a_row_has_what_its_status_allows() -> None:
    both = uplift.estimates(sums_row())
    assert both["uplift"] == both["did"] == Decimal("0.200000")
    assert (both["campaign_code"], both["metric"]) == ("K", "transactions_per_member")
    daily = uplift.estimates(sums_row(value_divisor=4))
    assert daily["uplift"] == daily["did"] == Decimal("0.050000")
    neither = uplift.estimates(sums_row(status="too_small", did_status="no_control"))
    assert [value for value in neither.values() if value is not None] == [
        "K",
        "transactions_per_member",
    ]
    conversion = uplift.estimates(sums_row(metric="conversion", did_status="too_small"))
    assert conversion["did"] is None
    assert float(conversion["p_value"]) == pytest.approx(
        uplift.compare_proportions(40, 100, 10, 50).p_value, abs=1e-6
    )


def test_the_mean_of_sums_is_exact() -> None:
    assert Sample.from_sums(3, Decimal(1), Decimal(1)).mean == float(Fraction(1, 3))
    assert Sample.from_sums(4, Decimal(2), Decimal(2)).variance == pytest.approx(1 / 3)
    assert sqrt(Sample.from_sums(4, 2, 2).variance) == pytest.approx(np.std([0, 0, 1, 1], ddof=1))


def test_the_same_rows_in_any_order_give_the_same_table() -> None:
    rows = [sums_row(campaign_code=code) for code in ("B", "A", "C")]
    frames = pd.DataFrame(rows), pd.DataFrame(rows[::-1])
    with duckdb.connect() as db:
        tables = [uplift.evaluate(db.from_df(frame)) for frame in frames]
    assert tables[0].equals(tables[1])
    assert tables[0].schema == uplift.UPLIFT_SCHEMA
    assert tables[0]["campaign_code"].to_pylist() == ["A", "B", "C"]


# The sample


@pytest.fixture(scope="module")
def planted(
    built_sample: duckdb.DuckDBPyConnection,
    sample: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built sample with its planted groups as delivered audiences."""
    with with_planted_groups(built_sample, sample, tmp_path_factory.mktemp("planted")) as db:
        yield db


def estimated(db: duckdb.DuckDBPyConnection, metric: str) -> dict[str, dict[str, object]]:
    """Estimates by campaign with a holdout, also of groups too small for the mart."""
    sums = db.sql("select * from intermediate.int_campaigns__uplift_sums").order("campaign_code")
    rows = [dict(zip(sums.columns, row, strict=True)) for row in sums.fetchall()]
    return {
        row["campaign_code"]: uplift.estimates(row | {"status": "ok", "did_status": "ok"})
        for row in rows
        if row["metric"] == metric and row["target_count"] > 1 and row["control_count"] > 1
    }


def extra_trips(sample: Path) -> dict[str, float]:
    """The planted chance of an extra trip by campaign."""
    facts = json.loads((sample / "truth" / "planted.json").read_text(encoding="utf-8"))
    return {row["campaign_code"]: row["extra_trip_chance"] for row in facts["campaigns"]}


def test_the_planted_uplift_lies_in_the_interval(
    planted: duckdb.DuckDBPyConnection, sample: Path
) -> None:
    chances = {code: chance for code, chance in extra_trips(sample).items() if chance}
    found = estimated(planted, "transactions_per_member")
    assert len(chances) == 4
    for code, chance in chances.items():
        row = found[code]
        assert row["uplift_low"] <= chance <= row["uplift_high"], code
        assert row["did_low"] <= chance <= row["did_high"], code


def test_campaigns_without_uplift_are_not_significant_more_often_than_chance(
    planted: duckdb.DuckDBPyConnection, sample: Path
) -> None:
    """Of a dozen campaigns and three metrics at 5 %, of which those of a campaign go together."""
    nothing = {code for code, chance in extra_trips(sample).items() if not chance}
    for metric in ("conversion", "transactions_per_member", "net_sales_per_member"):
        found = {code: row for code, row in estimated(planted, metric).items() if code in nothing}
        assert len(found) >= 8
        significant = [code for code, row in found.items() if row["p_value"] < 0.05]
        most = int(stats.binom.ppf(0.99, len(found), 0.05))
        assert len(significant) <= most, significant


def test_the_strong_campaigns_are_found_and_causal(planted: duckdb.DuckDBPyConnection) -> None:
    rows = planted.execute(
        """
        select campaign_code, metric
        from form_requests.campaign_uplift
        where evidence = 'causal' and status = 'ok' and p_value < 0.05
        """
    ).fetchall()
    metrics = ("conversion", "transactions_per_member", "net_sales_per_member")
    assert set(rows) == {
        (code, metric) for code in ("AZ-FESKOIN25", "AT-WINBACK25") for metric in metrics
    }


def test_figures_equal_those_of_the_members_themselves(planted: duckdb.DuckDBPyConnection) -> None:
    """Sums of squares from SQL against statsmodels on the members' values."""
    members = planted.execute("from intermediate.int_campaigns__member_outcomes").df()
    mart = planted.execute(
        "from form_requests.campaign_uplift where status = 'ok' and unit = 'member'"
    ).df()
    columns = {
        "transactions_per_member": "transaction_count",
        "net_sales_per_member": "net_sales",
    }
    assert len(mart) >= 6
    for row in mart[mart["metric"] != "conversion"].itertuples():
        of = members[members["campaign_code"] == row.campaign_code]
        is_target = of["member_group"] == "target"
        promo = of[f"promo_{columns[row.metric]}"].astype(float)
        change = promo - of[f"control_{columns[row.metric]}"].astype(float)
        for values, prefix in ((promo, "uplift"), (change, "did")):
            arms = [DescrStatsW(values[is_target]), DescrStatsW(values[~is_target])]
            interval = CompareMeans(*arms).tconfint_diff(usevar="unequal")
            found = getattr(row, f"{prefix}_low"), getattr(row, f"{prefix}_high")
            assert found == pytest.approx(interval, abs=1e-6, rel=1e-9)
        assert row.target_mean == pytest.approx(promo[is_target].mean(), abs=1e-6)
        assert float(row.incremental_total) == pytest.approx(
            row.absolute_uplift * is_target.sum(), abs=0.01
        )


def test_shares_of_uplift_are_of_the_sums(planted: duckdb.DuckDBPyConnection) -> None:
    """Rounded once: a share of a rounded uplift would differ in its last digits."""
    rows = planted.execute(
        """
        select relative_uplift, incremental_total, pre_post_change_ratio, target_promo_sum,
            target_base_sum, control_promo_sum, sums.target_count, sums.control_count
        from form_requests.campaign_uplift as uplift
        inner join intermediate.int_campaigns__uplift_sums as sums using (campaign_code, metric)
        where uplift.status = 'ok' and pre_post_change is not null
        """
    ).fetchall()
    assert len(rows) >= 6
    for relative, total, pre_post, *sums in rows:
        promo, base, control, count, control_count = map(Fraction, sums)
        expected = control / control_count * count
        assert relative == rounded((promo - expected) / expected, 6)
        assert total == rounded(promo - expected, 2)
        assert pre_post == rounded((promo - base) / base, 6)


def test_targets_and_holdouts_are_evaluated(planted: duckdb.DuckDBPyConnection) -> None:
    rows = planted.execute(
        """
        select member_group, count(*), sum(group_member_count) > 0, sum(promo_member_count) > 0
        from form_requests.campaign_evaluation
        where campaign_code in ('AZ-FESKOIN25', 'AT-WINBACK25')
        group by member_group
        order by member_group
        """
    ).fetchall()
    assert rows[1:] == [(name, 2, True, True) for name in ("holdout", "participants", "target")]


#: What a second delivered audience of a campaign asked for, with how many targets and held out.
SECOND_AUDIENCES = [
    ("every member", 5, 0),
    ("holdout pct: 0; order by: value_first", 5, 0),
    ("holdout pct: 20", 5, 1),
    ("active: yes; holdout pct: 0.2", 0, 1),
    ("holdout pct: 100", 0, 0),
]


def test_groups_of_unlike_shares_are_not_causal(
    planted: duckdb.DuckDBPyConnection, built_sample: duckdb.DuckDBPyConnection
) -> None:
    """As the reference says, whatever the second audience is; the figures stay."""
    _, compiled = files_of(built_sample)
    marts = "select * exclude (evidence) from form_requests.campaign_uplift order by all"
    figures = planted.execute(marts).fetchall()
    judged = (
        "select distinct evidence from form_requests.campaign_uplift"
        " where campaign_code = ? and unit = 'member'"
    )
    code, first = "AZ-FESKOIN25", "holdout pct: 20.0; max members: 99"
    found, expected = [], []
    for second in SECOND_AUDIENCES:
        planted.begin()
        update = "update audiences.audience_delivery_manifests set definition = ?"
        planted.execute(f"{update} where campaign_code = ?", [first, code])
        of_first = planted.execute(
            "select definition, target_count, holdout_count"
            " from audiences.audience_delivery_manifests where campaign_code = ?",
            [code],
        ).fetchall()
        planted.execute(
            "insert into audiences.audience_delivery_manifests by name select * replace"
            " ('SECOND' as request_id, ? as definition, ? as target_count, ? as holdout_count)"
            " from audiences.audience_delivery_manifests where campaign_code = ?",
            [*second, code],
        )
        for model in ("int_campaigns__holdouts", "campaign_uplift"):
            build_again(planted, compiled, model)
        found.append(planted.execute(judged, [code]).fetchall())
        expected.append([(evidence_of([*of_first, second]),)])
        assert planted.execute(marts).fetchall() == figures
        planted.rollback()
    assert found == expected
    assert len({evidence for [(evidence,)] in found}) == 2


def test_manifests_tell_the_share_that_was_asked_for(
    planted: duckdb.DuckDBPyConnection, built_sample: duckdb.DuckDBPyConnection
) -> None:
    """As the manifests of the sample's requests word it, were they delivered."""
    _, compiled = files_of(built_sample)
    planted.begin()
    planted.execute("delete from audiences.audience_delivery_manifests")
    state = planted.execute("describe audiences.audience_delivery_manifests").fetchall()
    columns = ", ".join(row[0] for row in state if row[0] != "campaign_code")
    planted.execute(
        f"insert into audiences.audience_delivery_manifests ({columns}, campaign_code)"
        f" select {columns}, request_id from audiences.audience_manifest"
    )
    build_again(planted, compiled, "int_campaigns__holdouts")
    found = planted.execute("from intermediate.int_campaigns__holdouts").fetchall()
    planted.rollback()
    asked = dict(
        planted.execute(
            "select request_id, coalesce(holdout_share, 0)"
            " from intermediate.int_requests__definitions"
        ).fetchall()
    )
    assert {name: least for name, least, _ in found} == asked
    assert all(least == greatest for _, least, greatest in found)
    assert len(set(asked.values())) > 2


def test_without_a_delivered_audience_nothing_is_causal(
    built_sample: duckdb.DuckDBPyConnection,
) -> None:
    rows = built_sample.execute(
        """
        select evidence, count(absolute_uplift), count(pre_post_change) > 0
        from form_requests.campaign_uplift
        group by evidence
        """
    ).fetchall()
    assert rows == [("descriptive", 0, True)]
    [(stores,)] = built_sample.execute(
        "select count(*) from form_requests.campaign_uplift where unit = 'store' and did_uplift > 0"
    ).fetchall()
    assert stores > 0
