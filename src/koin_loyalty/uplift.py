"""Whether a campaign did something: differences of two groups, and how sure they are.

Everything stands on counts, sums and sums of squares (`Sample`), which SQL computes exactly. A
group of a million members is then one row, and equal tables give equal bytes, whatever the order
of the rows.

* Conversion: the pooled two-proportion z test (its square is Pearson's chi-square) with Newcombe's
  interval from Wilson scores, which stays within -1..1 and holds for rare conversions.
* Spend and transactions: Welch's t test, which does not ask for equal variances.
* Difference in differences: the same on the change of every member or store from the control to the
  promo period. Few stores share one variance (Student), so that even a single one can be compared.

All p-values are two-sided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import asin, inf, isfinite, pi, sin, sqrt
from typing import Any

import duckdb
import pyarrow as pa
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

Exact = Decimal | Fraction | int

CONFIDENCE = 0.95
#: Chance to find an uplift of the smallest detectable size.
POWER = 0.80

CONVERSION = "conversion"
MEMBER, STORE = "member", "store"
OK = "ok"

_FIGURES = (
    "uplift",
    "uplift_low",
    "uplift_high",
    "p_value",
    "detectable_uplift",
    "did",
    "did_low",
    "did_high",
    "did_p_value",
)
UPLIFT_SCHEMA = pa.schema(
    [
        ("campaign_code", pa.string()),
        ("metric", pa.string()),
        *((name, pa.decimal128(28, 6)) for name in _FIGURES),
    ]
)


@dataclass(frozen=True)
class Sample:
    """A group's values: how many, their mean, and their variance (n - 1); 0 for a single value."""

    count: int
    mean: float
    variance: float

    @classmethod
    def from_sums(cls, count: int, total: Exact, square_total: Exact) -> Sample:
        """From sums that are exact, so that nothing cancels out. Raises ValueError for nobody."""
        if count < 1:
            raise ValueError("a sample needs at least one value")
        mean = Fraction(total) / count
        squares = Fraction(square_total) - mean * mean * count
        return cls(count, float(mean), float(squares / (count - 1)) if count > 1 else 0.0)

    @classmethod
    def from_values(cls, values: Iterable[float]) -> Sample:
        """From the values themselves, one a member or store. Raises ValueError for none."""
        exact = [Fraction(float(value)) for value in values]
        squares = sum((value * value for value in exact), Fraction(0))
        return cls.from_sums(len(exact), sum(exact, Fraction(0)), squares)


@dataclass(frozen=True)
class Estimate:
    """A difference, target less control, its confidence interval, and its two-sided p-value.

    Attributes:
        p_value: 1 for no difference at all; None when nothing varies but the groups differ.
    """

    difference: float
    low: float
    high: float
    p_value: float | None


def compare_proportions(hits: int, count: int, control_hits: int, control_count: int) -> Estimate:
    """Difference of two shares of members. Raises ValueError for an empty group."""
    if count < 1 or control_count < 1:
        raise ValueError("both groups need members")
    difference = hits / count - control_hits / control_count
    low, high = confint_proportions_2indep(
        hits, count, control_hits, control_count, method="newcomb", alpha=1 - CONFIDENCE
    )
    if 0 < hits + control_hits < count + control_count:
        _, p_value = proportions_ztest([hits, control_hits], [count, control_count])
    else:
        p_value = 1.0
    # Sums of floats may end a hair beyond what a difference of shares can be.
    return Estimate(difference, max(float(low), -1.0), min(float(high), 1.0), float(p_value))


def compare_means(target: Sample, control: Sample, *, equal_variances: bool = False) -> Estimate:
    """Difference of two means: Welch's t, or Student's with `equal_variances`, for which one of the
    groups may be a single value. Raises ValueError for groups too small for a variance."""
    degrees = target.count + control.count - 2
    if equal_variances:
        if degrees < 1:
            raise ValueError("two single values have no variance")
        pooled = (
            (target.count - 1) * target.variance + (control.count - 1) * control.variance
        ) / degrees
        error = sqrt(pooled * (1 / target.count + 1 / control.count))
        freedom = float(degrees)
    else:
        if min(target.count, control.count) < 2:
            raise ValueError("both groups need two values or more")
        parts = target.variance / target.count, control.variance / control.count
        error = sqrt(sum(parts))
        weights = parts[0] ** 2 / (target.count - 1) + parts[1] ** 2 / (control.count - 1)
        freedom = sum(parts) ** 2 / weights if weights else inf
    difference = target.mean - control.mean
    if error == 0:
        return Estimate(difference, difference, difference, None if difference else 1.0)
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(difference) / error, freedom))
    return Estimate(difference, difference - margin, difference + margin, p_value)


def difference_in_differences(
    target_changes: Sample, control_changes: Sample, *, few_units: bool = False
) -> Estimate:
    """What the change of the target exceeds that of the control by.

    Args:
        target_changes, control_changes: one change (after less before) a member or store: errors of
            a unit's two periods belong together, so units are what is counted.
        few_units: share one variance, for a handful of stores; one target store is enough.

    Raises:
        ValueError: too few units for a variance.
    """
    return compare_means(target_changes, control_changes, equal_variances=few_units)


def detectable_proportion(control_rate: float, count: int, control_count: int) -> float | None:
    """The smallest rise of a share in 0..1 that groups of these sizes find with `POWER`.

    By Cohen's h (the arcsine transformation). None when no rise up to a share of 1 would be found.
    """
    start = asin(sqrt(control_rate))
    end = start + _power_quantile() * sqrt(1 / count + 1 / control_count) / 2
    return sin(end) ** 2 - control_rate if end <= pi / 2 else None


def detectable_mean(target: Sample, control: Sample) -> float:
    """The smallest rise of a mean that these groups, as widely spread as they are, find."""
    return _power_quantile() * sqrt(
        target.variance / target.count + control.variance / control.count
    )


def evaluate(sums: duckdb.DuckDBPyRelation) -> pa.Table:
    """Estimates of all campaigns and metrics that have enough members or stores.

    Args:
        sums: int_campaigns__uplift_sums; `status` and `did_status` say what is asked for.

    Returns:
        UPLIFT_SCHEMA, by campaign and metric, a row for every row with something to estimate.
    """
    wanted = sums.filter("status = 'ok' or did_status = 'ok'").order("campaign_code, metric")
    names = wanted.columns
    rows = [estimates(dict(zip(names, row, strict=True))) for row in wanted.fetchall()]
    return pa.Table.from_pylist(rows, schema=UPLIFT_SCHEMA)


def estimates(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of UPLIFT_SCHEMA from one of int_campaigns__uplift_sums; null where there is none."""
    found: dict[str, float | None] = dict.fromkeys(_FIGURES)
    if row["status"] == OK:
        target, control = _sample(row, "target", "promo"), _sample(row, "control", "promo")
        if row["metric"] == CONVERSION:
            counts = row["target_count"], row["control_count"]
            hits = row["target_buyer_count"], row["control_buyer_count"]
            uplift = compare_proportions(hits[0], counts[0], hits[1], counts[1])
            detectable = detectable_proportion(hits[1] / counts[1], *counts)
        else:
            uplift = compare_means(target, control)
            detectable = detectable_mean(target, control)
        found |= {
            "uplift": uplift.difference,
            "uplift_low": uplift.low,
            "uplift_high": uplift.high,
            "p_value": uplift.p_value,
            "detectable_uplift": detectable,
        }
    if row["did_status"] == OK:
        did = difference_in_differences(
            _sample(row, "target", "change"),
            _sample(row, "control", "change"),
            few_units=row["unit"] == STORE,
        )
        found |= {
            "did": did.difference,
            "did_low": did.low,
            "did_high": did.high,
            "did_p_value": did.p_value,
        }
    return {
        "campaign_code": row["campaign_code"],
        "metric": row["metric"],
        **{name: _six_digits(value) for name, value in found.items()},
    }


def _sample(row: Mapping[str, Any], arm: str, value: str) -> Sample:
    divisor = row["value_divisor"]
    return Sample.from_sums(
        row[f"{arm}_count"],
        Fraction(row[f"{arm}_{value}_sum"]) / divisor,
        Fraction(row[f"{arm}_{value}_square_sum"]) / divisor**2,
    )


def _power_quantile() -> float:
    """Standard errors between no uplift and one that is found with `POWER`."""
    return float(stats.norm.ppf((1 + CONFIDENCE) / 2) + stats.norm.ppf(POWER))


def _six_digits(value: float | None) -> Decimal | None:
    if value is None or not isfinite(value):
        return None
    return Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
