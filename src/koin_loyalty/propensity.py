"""Which members will buy a category soon: features, models, scores and how good they are.

A snapshot is what was known at the end of its cut-off day. Three of them lie one horizon apart and
end with the as-of date. The oldest (2 horizons back) fits the models that are judged on the next
(1 back), whose buyers those models have not seen. That one then fits the models that score the
newest (0 back), whose buyers nobody knows yet.

One logistic regression a category, on `FEATURE_NAMES`. Categories are read one by one, so that
memory grows with the members and the scores, never with members times categories times features.
There is no chance in it, rows are in order of member number and linear algebra runs on one thread:
equal tables give equal bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

FITTED_TO_JUDGE, JUDGED, SCORED = 2, 1, 0

#: Receipts of an average member that are added to a member's own for the share of a category.
PRIOR_RECEIPTS = 20
#: Inverse strength of the ridge penalty: enough for thirty buyers among thousands of members.
REGULARISATION = 0.02
#: Days since the last purchase of what was never bought.
NEVER_DAYS = 1_000
#: Members who bought, and as many who did not, that a model learns from at most: more of them move
#: a dozen coefficients less than their own standard errors.
FITTED_MEMBERS = 50_000
DECILES = 10

MEMBER_COUNTS = ("receipt_count_30d", "receipt_count_90d", "receipt_count_365d", "receipt_count")
FEATURE_NAMES = (
    *(f"member_{name}" for name in MEMBER_COUNTS),
    "member_days_since_last",
    "member_days_since_first",
    *(f"category_{name}" for name in MEMBER_COUNTS),
    "category_days_since_last",
    "category_shrunk_share",
)

SCORE_SCHEMA = pa.schema(
    [
        ("cust_id", pa.dictionary(pa.int32(), pa.string())),
        ("category", pa.dictionary(pa.int32(), pa.string())),
        ("probability", pa.decimal128(9, 6)),
    ]
)
QUALITY_SCHEMA = pa.schema(
    [
        ("category", pa.string()),
        ("decile", pa.string()),
        ("member_count", pa.int64()),
        ("buyer_count", pa.int64()),
        ("auc", pa.decimal128(9, 6)),
        ("baseline_auc", pa.decimal128(9, 6)),
        ("brier_score", pa.decimal128(9, 6)),
        ("predicted_rate", pa.decimal128(9, 6)),
    ]
)

#: dbt runs models side by side, but the limit on threads is one for the whole process.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Members:
    """Members of a snapshot in order of their number, (members,) arrays.

    Attributes:
        number: position of the member among the members of the newest snapshot.
        receipt_counts: (members, 4) receipts of the last 30, 90, 365 days and of all days.
        days_since_last, days_since_first: days from a receipt to the cut-off day, 0 on the day.
    """

    number: Integers
    receipt_counts: Integers
    days_since_last: Integers
    days_since_first: Integers

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class History:
    """What the members of a snapshot did in one category, in the same order, (members,) arrays.

    Attributes:
        receipt_counts: (members, 4) receipts with the category, periods as in `Members`.
        days_since_last: days from the last of them to the cut-off day; NEVER_DAYS without one.
        is_buyer: whether the member bought the category within the horizon after the cut-off day;
            False where that is not known yet. No feature.
    """

    receipt_counts: Integers
    days_since_last: Integers
    is_buyer: Booleans


@dataclass(frozen=True)
class Quality:
    """How probabilities fared against what came. Rates and the Brier score lie in 0..1.

    Attributes:
        auc: area under the ROC curve; None when all members did the same, and for deciles.
        baseline_auc: that of the members ordered by their last receipt, whatever was on it. Within
            a category, popularity is the same for everybody, so this is popularity and recency.
    """

    decile: str
    member_count: int
    buyer_count: int
    auc: float | None
    baseline_auc: float | None
    brier_score: float
    predicted_rate: float


def features(members: Members, history: History) -> Floats:
    """(members, features) matrix in the order of `FEATURE_NAMES`.

    Counts and days as log(1 + x). The share of the member's receipts that have the category is
    drawn towards the programme's by `PRIOR_RECEIPTS`, then its log; the programme's own is 0.
    """
    receipts, bought = members.receipt_counts[:, -1], history.receipt_counts[:, -1]
    programme_share = max(bought.sum(), 1) / max(receipts.sum(), 1)
    share = (bought + PRIOR_RECEIPTS * programme_share) / (receipts + PRIOR_RECEIPTS)
    return np.column_stack(
        [
            np.log1p(members.receipt_counts),
            np.log1p(members.days_since_last),
            np.log1p(members.days_since_first),
            np.log1p(history.receipt_counts),
            np.log1p(np.minimum(history.days_since_last, NEVER_DAYS)),
            np.log(share / programme_share),
        ]
    )


def probabilities(known: Floats, is_buyer: Booleans, asked: Floats) -> Floats:
    """Probability (members asked,) by a model fitted on the members known and what they did.

    Where all of them did the same there is nothing to fit, and that is the answer for everybody.
    Of more than `FITTED_MEMBERS` buyers, or others, every second, third ... is taken, and weighs
    twice, three times ... as much.
    """
    if is_buyer.all() or not is_buyer.any():
        return np.full(len(asked), float(is_buyer.any()))
    weight = np.zeros(len(known))
    for group in (np.flatnonzero(is_buyer), np.flatnonzero(~is_buyer)):
        step = -(-len(group) // FITTED_MEMBERS)
        weight[group[::step]] = step
    taken = np.flatnonzero(weight)
    scaler = StandardScaler().fit(known[taken], sample_weight=weight[taken])
    regression = LogisticRegression(C=REGULARISATION, max_iter=500)
    regression.fit(scaler.transform(known[taken]), is_buyer[taken], weight[taken])
    return regression.predict_proba(scaler.transform(asked))[:, 1]


def deciles(probability: Floats) -> Integers:
    """Decile 1 (most likely) to 10 of each member; equal probabilities are in one decile.

    1 + floor(10 (rank - 1) / n), where rank - 1 members have a strictly greater probability.
    """
    ascending = np.sort(probability)
    greater = len(probability) - np.searchsorted(ascending, probability, side="right")
    return 1 + DECILES * greater // max(len(probability), 1)


def auc(is_buyer: Booleans, score: Floats) -> float | None:
    """Area under the ROC curve; None without a buyer, or without anybody else."""
    if is_buyer.all() or not is_buyer.any():
        return None
    return float(roc_auc_score(is_buyer, score))


def quality(probability: Floats, is_buyer: Booleans, days_since_last: Integers) -> list[Quality]:
    """Quality of a category's probabilities over all members, then by decile where there is one."""
    decile = deciles(probability)
    rows = []
    for name, chosen in [
        ("ALL", np.ones(len(decile), dtype=bool)),
        *((str(number), decile == number) for number in range(1, DECILES + 1)),
    ]:
        if not chosen.any():
            continue
        foreseen, came = probability[chosen], is_buyer[chosen]
        rows.append(
            Quality(
                decile=name,
                member_count=int(chosen.sum()),
                buyer_count=int(came.sum()),
                auc=auc(came, foreseen) if name == "ALL" else None,
                baseline_auc=auc(came, -days_since_last) if name == "ALL" else None,
                brier_score=float(np.mean((foreseen - came) ** 2)),
                predicted_rate=float(np.mean(foreseen)),
            )
        )
    return rows


def score(
    members: duckdb.DuckDBPyRelation,
    member_categories: duckdb.DuckDBPyRelation,
    categories: duckdb.DuckDBPyRelation,
) -> pa.Table:
    """Probabilities of all members of the newest snapshot, for each category with a model.

    Args:
        members: int_propensity__members. member_categories: int_propensity__member_categories.
        categories: int_propensity__categories.

    Returns:
        SCORE_SCHEMA, by category and member number; no rows without a category that has a model.
    """
    cust_ids = _cust_ids(members)
    known, asked = read_members(members, JUDGED), read_members(members, SCORED)
    names = scored_categories(categories)
    batches = []
    with one_thread():
        for position, category in enumerate(names):
            past = read_history(member_categories, category, JUDGED, known)
            now = read_history(member_categories, category, SCORED, asked)
            probability = probabilities(features(known, past), past.is_buyer, features(asked, now))
            columns = [
                pa.DictionaryArray.from_arrays(pa.array(asked.number.astype(np.int32)), cust_ids),
                pa.DictionaryArray.from_arrays(
                    pa.array(np.full(len(asked), position, dtype=np.int32)), pa.array(names)
                ),
                pa.array(probability).cast(pa.decimal128(9, 6)),
            ]
            batches.append(pa.record_batch(columns, schema=SCORE_SCHEMA))
    return pa.Table.from_batches(batches, schema=SCORE_SCHEMA)


def judge(
    members: duckdb.DuckDBPyRelation,
    member_categories: duckdb.DuckDBPyRelation,
    categories: duckdb.DuckDBPyRelation,
) -> pa.Table:
    """Quality of each category's model out of time: fitted two horizons back, judged on the next.

    Args: as of `score`. Returns: QUALITY_SCHEMA, a row for ALL and each decile of each category.
    """
    known, asked = read_members(members, FITTED_TO_JUDGE), read_members(members, JUDGED)
    rows = []
    with one_thread():
        for category in scored_categories(categories):
            past = read_history(member_categories, category, FITTED_TO_JUDGE, known)
            now = read_history(member_categories, category, JUDGED, asked)
            probability = probabilities(features(known, past), past.is_buyer, features(asked, now))
            rows += [
                {"category": category, **vars(row)}
                for row in quality(probability, now.is_buyer, asked.days_since_last)
            ]
    return pa.table(
        {
            field.name: pa.array(
                [row[field.name] for row in rows],
                type=pa.float64() if pa.types.is_decimal(field.type) else field.type,
            ).cast(field.type)
            for field in QUALITY_SCHEMA
        },
        schema=QUALITY_SCHEMA,
    )


def scored_categories(categories: duckdb.DuckDBPyRelation) -> list[str]:
    """Categories that get a model, in order of their bytes."""
    scored = categories.filter(_equals("status", "scored")).select("category").fetchall()
    return sorted((category for (category,) in scored), key=str.encode)


def read_members(members: duckdb.DuckDBPyRelation, horizons_back: int) -> Members:
    """A snapshot of int_propensity__members."""
    columns = ["member_number", *MEMBER_COUNTS, "days_since_last", "days_since_first"]
    rows = (
        members.filter(_equals("horizons_back", horizons_back))
        .select(*columns)
        .order("member_number")
        .fetchnumpy()
    )
    return Members(
        number=rows["member_number"].astype(np.int64),
        receipt_counts=_counts(rows),
        days_since_last=rows["days_since_last"].astype(np.int64),
        days_since_first=rows["days_since_first"].astype(np.int64),
    )


def read_history(
    member_categories: duckdb.DuckDBPyRelation, category: str, horizons_back: int, members: Members
) -> History:
    """What `members`, those of the snapshot, did in a category."""
    rows = (
        member_categories.filter(_equals("category", category))
        .filter(_equals("horizons_back", horizons_back))
        .select("member_number", *MEMBER_COUNTS, "days_since_last", "is_buyer")
        .fetchnumpy()
    )
    place = np.searchsorted(members.number, rows["member_number"])
    receipt_counts = np.zeros((len(members), len(MEMBER_COUNTS)), dtype=np.int64)
    receipt_counts[place] = _counts(rows)
    days_since_last = np.full(len(members), NEVER_DAYS, dtype=np.int64)
    days_since_last[place] = np.ma.filled(rows["days_since_last"], NEVER_DAYS)
    is_buyer = np.zeros(len(members), dtype=bool)
    is_buyer[place] = np.ma.filled(rows["is_buyer"], False)
    return History(receipt_counts, days_since_last, is_buyer)


@contextmanager
def one_thread() -> Iterator[None]:
    """One model at a time, its linear algebra on one thread: sums are then always in one order."""
    with _ONE_AT_A_TIME, threadpool_limits(limits=1):
        yield


def _cust_ids(members: duckdb.DuckDBPyRelation) -> pa.Array:
    """cust_id of the newest snapshot's members, in order of their number."""
    rows = members.filter(_equals("horizons_back", SCORED)).order("member_number")
    return rows.select("cust_id").to_arrow_table().column("cust_id").combine_chunks()


def _counts(rows: dict[str, np.ndarray]) -> Integers:
    return np.column_stack([rows[name].astype(np.int64) for name in MEMBER_COUNTS])


def _equals(column: str, value: str | int) -> duckdb.Expression:
    return duckdb.ColumnExpression(column) == duckdb.ConstantExpression(value)
