"""Which members will buy a category soon: features, models, scores and how good they are.

A snapshot is what was known at the end of its cut-off day. Three of them lie one horizon apart and
end with the as-of date. The oldest (2 horizons back) fits the models that are judged on the next
(1 back), whose buyers those models have not seen. That one then fits the models that score the
newest (0 back), whose buyers nobody knows yet.

One logistic regression a category, on `FEATURE_NAMES`. Most members never bought most categories,
and their features are the same in each of them: these are made once, and only those of buyers anew
for each category. Categories are read one by one, so that memory grows with the members and the
scores, never with members times categories times features. Members and categories are numbers here;
their names are joined on in SQL. There is no chance in it, rows are in order of
member number and linear algebra runs on one thread: equal tables give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]
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
#: Probabilities are given in six digits.
MILLION = 1_000_000
#: Members whose scores are handed over together: with some thirty categories a DuckDB row group.
SCORED_MEMBERS = 4_096

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
        ("member_number", pa.int32()),
        ("category_number", pa.int32()),
        ("probability", pa.decimal32(9, 6)),
        ("propensity_rank", pa.int32()),
        ("propensity_decile", pa.int32()),
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

    @cached_property
    def position(self) -> Integers:
        """Position by member number; without meaning for a number that is not among the members."""
        position = np.zeros(self.number[-1] + 1 if len(self) else 0, dtype=np.int32)
        position[self.number] = np.arange(len(self))
        return position

    @cached_property
    def never_bought(self) -> Floats:
        """(members, features) matrix in a category that none of them ever bought."""
        receipts = self.receipt_counts[:, -1]
        return np.column_stack(
            [
                np.log1p(self.receipt_counts),
                np.log1p(self.days_since_last),
                np.log1p(self.days_since_first),
                np.zeros((len(self), len(MEMBER_COUNTS))),
                np.full(len(self), np.log1p(NEVER_DAYS)),
                np.log(PRIOR_RECEIPTS / (receipts + PRIOR_RECEIPTS)),
            ]
        )


@dataclass(frozen=True)
class History:
    """What the members of a snapshot did in one category, in the same order, (members,) arrays.

    Attributes:
        receipt_counts: (members, 4) receipts with the category, periods as in `Members`.
        days_since_last: days from the last of them to the cut-off day; NEVER_DAYS without one.
        is_buyer: whether the member bought the category within the horizon after the cut-off day;
            False where that is not known yet. No feature.
        programme_share: share of all receipts of the snapshot that have the category, above 0.
    """

    receipt_counts: Integers
    days_since_last: Integers
    is_buyer: Booleans
    programme_share: float


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


def features(members: Members, history: History, rows: Integers | slice) -> Floats:
    """(rows, features) matrix of some of the members in the order of `FEATURE_NAMES`.

    Counts and days as log(1 + x). The share of the member's receipts that have the category is
    drawn towards the programme's by `PRIOR_RECEIPTS`, then its log; the programme's own is 0.
    """
    matrix = np.array(members.never_bought[rows])
    bought_counts, receipts = history.receipt_counts[rows], members.receipt_counts[rows, -1]
    share = (bought_counts[:, -1] + PRIOR_RECEIPTS * history.programme_share) / (
        receipts + PRIOR_RECEIPTS
    )
    matrix[:, -6:-2] = np.log1p(bought_counts)
    matrix[:, -2] = np.log1p(np.minimum(history.days_since_last[rows], NEVER_DAYS))
    matrix[:, -1] = np.log(share / history.programme_share)
    return matrix


def learnt_from(is_buyer: Booleans) -> tuple[Integers, Floats]:
    """Positions of the members that a model is fitted on, and what each of them weighs.

    Of more than `FITTED_MEMBERS` buyers, or others, every second, third ... is taken, and weighs
    twice, three times ... as much.
    """
    weight = np.zeros(len(is_buyer))
    for group in (np.flatnonzero(is_buyer), np.flatnonzero(~is_buyer)):
        step = max(-(-len(group) // FITTED_MEMBERS), 1)
        weight[group[::step]] = step
    taken = np.flatnonzero(weight)
    return taken, weight[taken]


def probabilities(
    known: Floats, is_buyer: Booleans, weight: Floats, asked: Iterable[Floats]
) -> Floats:
    """Probability of the members asked, by a model fitted on members known and what they did.

    Where all of them did the same there is nothing to fit, and that is the answer for everybody.

    Args:
        known: (members, features); is_buyer and weight are (members,).
        asked: blocks of (members, features); the result has all of them, one after the other.
    """
    if is_buyer.all() or not is_buyer.any():
        return np.concatenate([np.full(len(block), float(is_buyer.any())) for block in asked])
    scaler = StandardScaler().fit(known, sample_weight=weight)
    regression = LogisticRegression(C=REGULARISATION, max_iter=500)
    regression.fit(scaler.transform(known), is_buyer, weight)
    # The weights of unscaled features: so nobody who is asked has to be scaled.
    weights = regression.coef_[0] / scaler.scale_
    intercept = regression.intercept_[0] - scaler.mean_ @ weights
    return np.concatenate([expit(block @ weights + intercept) for block in asked])


def foresee(known: Members, past: History, asked: Members, now: History) -> Floats:
    """Probability of the members asked, by what the members known did after their own past."""
    taken, weight = learnt_from(past.is_buyer)
    bought = np.flatnonzero(now.receipt_counts[:, -1])
    found = probabilities(
        features(known, past, taken),
        past.is_buyer[taken],
        weight,
        (asked.never_bought, features(asked, now, bought)),
    )
    probability = found[: len(asked)]
    probability[bought] = found[len(asked) :]
    return probability


def blocks(count: int, size: int) -> Iterator[slice]:
    """Positions 0..count-1 in pieces of a size; one empty piece of none."""
    for start in range(0, max(count, 1), size):
        yield slice(start, min(start + size, count))


def ranks(millionths: Integers) -> Integers:
    """1 + the number of members with more millionths, (members,)."""
    up_to = np.cumsum(np.bincount(millionths))
    return (1 + len(millionths) - up_to).astype(np.int32)[millionths]


def deciles(probability: Floats | Integers) -> Integers:
    """Decile 1 (most likely) to 10 of each member; equal probabilities are in one decile.

    1 + floor(10 (rank - 1) / n), where rank - 1 members have a strictly greater probability: 1 and
    one more for each k = 1..9 such that the ceil(k n / 10)-th greatest is greater.
    """
    count = len(probability)
    if count == 0:
        return np.zeros(0, dtype=np.int8)
    ends = [count + -k * count // DECILES for k in range(DECILES - 1, 0, -1)]
    least = np.partition(probability, ends)[ends]
    return (DECILES - np.searchsorted(least, probability, side="right")).astype(np.int8)


def auc(is_buyer: Booleans, score: Floats | Integers) -> float | None:
    """Area under the ROC curve; None without a buyer, or without anybody else.

    The share of pairs of a buyer and another member that the buyer wins, half of each tie: the
    Mann-Whitney statistic. It asks for the places of buyers alone, who are few.
    """
    buyers = np.count_nonzero(is_buyer)
    others = len(is_buyer) - buyers
    if buyers == 0 or others == 0:
        return None
    ascending, bought = np.sort(score), np.sort(score[is_buyer])
    twice_won = sum(
        np.searchsorted(ascending, bought, side=side).sum(dtype=np.int64)
        for side in ("left", "right")
    )
    return float((twice_won - buyers**2) / (2 * buyers * others))


def quality(probability: Floats, is_buyer: Booleans, days_since_last: Integers) -> list[Quality]:
    """Quality of a category's probabilities over all members, then by decile where there is one."""
    decile = deciles(probability)
    rows = []
    for name, chosen in [
        ("ALL", slice(None)),
        *((str(number), decile == number) for number in range(1, DECILES + 1)),
    ]:
        foreseen, came = probability[chosen], is_buyer[chosen]
        if len(foreseen) == 0:
            continue
        rows.append(
            Quality(
                decile=name,
                member_count=len(foreseen),
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
) -> pa.RecordBatchReader:
    """Probabilities of all members of the newest snapshot, for each category with a model.

    Args:
        members: int_propensity__members. member_categories: int_propensity__member_categories.
        categories: int_propensity__categories.

    Returns:
        SCORE_SCHEMA, by member and category number, made as it is read; no rows without a category
        that has a model. A member's rows lie together, so that what SQL joins to them is at hand.
    """
    one_thread()
    known, asked = read_members(members, JUDGED), read_members(members, SCORED)
    numbers = list(scored_categories(categories))
    scores = []
    for category_number in numbers:
        past = read_history(member_categories, category_number, JUDGED, known)
        now = read_history(member_categories, category_number, SCORED, asked)
        millionths = np.rint(MILLION * foresee(known, past, asked, now)).astype(np.int32)
        scores.append((millionths, ranks(millionths), deciles(millionths)))
    return pa.RecordBatchReader.from_batches(
        SCORE_SCHEMA, score_batches(asked.number, numbers, scores)
    )


def score_batches(
    members: Integers, categories: Sequence[int], scores: Sequence[tuple[Integers, ...]]
) -> Iterator[pa.RecordBatch]:
    """Rows of SCORE_SCHEMA from (members,) arrays of millionths, ranks and deciles by category."""
    if not scores:
        return
    for block in blocks(len(members), SCORED_MEMBERS):
        number = np.repeat(members[block], len(categories)).astype(np.int32)
        category = np.tile(np.array(categories, dtype=np.int32), len(members[block]))
        probability, rank, decile = (
            np.column_stack([column[block] for column in columns]).ravel().astype(np.int32)
            for columns in zip(*scores, strict=True)
        )
        decimal = pa.Array.from_buffers(
            pa.decimal32(9, 6), len(number), [None, pa.py_buffer(probability)]
        )
        yield pa.record_batch([number, category, decimal, rank, decile], schema=SCORE_SCHEMA)


def judge(
    members: duckdb.DuckDBPyRelation,
    member_categories: duckdb.DuckDBPyRelation,
    categories: duckdb.DuckDBPyRelation,
) -> pa.Table:
    """Quality of each category's model out of time: fitted two horizons back, judged on the next.

    Args: as of `score`. Returns: QUALITY_SCHEMA, a row for ALL and each decile of each category.
    """
    one_thread()
    known, asked = read_members(members, FITTED_TO_JUDGE), read_members(members, JUDGED)
    rows = []
    for category_number, category in scored_categories(categories).items():
        past = read_history(member_categories, category_number, FITTED_TO_JUDGE, known)
        now = read_history(member_categories, category_number, JUDGED, asked)
        probability = foresee(known, past, asked, now)
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


def scored_categories(categories: duckdb.DuckDBPyRelation) -> dict[int, str]:
    """Number and name of the categories that get a model, by number."""
    scored = categories.filter(_equals("status", "scored"))
    return dict(scored.select("category_number", "category").order("category_number").fetchall())


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
        number=rows["member_number"],
        receipt_counts=_counts(rows),
        days_since_last=rows["days_since_last"],
        days_since_first=rows["days_since_first"],
    )


def read_history(
    member_categories: duckdb.DuckDBPyRelation,
    category_number: int,
    horizons_back: int,
    members: Members,
) -> History:
    """What `members`, those of the snapshot, did in a category."""
    rows = (
        member_categories.filter(_equals("category_number", category_number))
        .filter(_equals("horizons_back", horizons_back))
        .select("member_number", *MEMBER_COUNTS, "days_since_last", "is_buyer")
        .fetchnumpy()
    )
    place = members.position[rows["member_number"]]
    receipt_counts = np.zeros((len(members), len(MEMBER_COUNTS)), dtype=np.int32)
    receipt_counts[place] = _counts(rows)
    days_since_last = np.full(len(members), NEVER_DAYS, dtype=np.int32)
    days_since_last[place] = np.ma.filled(rows["days_since_last"], NEVER_DAYS)
    is_buyer = np.zeros(len(members), dtype=bool)
    is_buyer[place] = np.ma.filled(rows["is_buyer"], False)
    receipts, bought = members.receipt_counts[:, -1].sum(), receipt_counts[:, -1].sum()
    return History(receipt_counts, days_since_last, is_buyer, max(bought, 1) / max(receipts, 1))


def one_thread() -> None:
    """Linear algebra on one thread from now on: sums are then always in one order.

    Never lifted: the limit is one for the whole process, where another model may be at work.
    """
    threadpool_limits(limits=1)


def _counts(rows: dict[str, np.ndarray]) -> Integers:
    return np.column_stack([rows[name].astype(np.int32) for name in MEMBER_COUNTS])


def _equals(column: str, value: str | int) -> duckdb.Expression:
    return duckdb.ColumnExpression(column) == duckdb.ConstantExpression(value)
