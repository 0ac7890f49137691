"""The weekly marts of all business units in pandas, from the raw Parquet files.

A peer of the project's models, not a part of them: the old way of a careful analyst, who reads only
the columns that are needed, keeps money as whole numbers and members as numbers, and loops over
weeks and months but never over rows. Writes a Parquet file for each mart.

    python benchmarks/peers/weekly_marts.py RAW SEEDS OUT
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GO_LIVE = pd.Timestamp("2023-10-16")
BEGINNING, END = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")
TIERS = ("SILVER", "GOLD", "PLATINUM", "UNKNOWN", "ALL")
BLANKS = (
    " \t\n\v\f\r\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u202f\u205f\u2060\u3000\ufeff"
)
#: Measures are whole numbers of this part of their unit; ratios are millionths.
PARTS = {
    "net_sales": 100,
    "bu_net_sales": 100,
    "best_sku_net_sales": 100,
    "special_price": 100,
    "koin_price": 100,
    "normal_price": 100,
    "value_given_away": 100,
    "qty": 1000,
    "best_sku_qty": 1000,
}
MILLIONTHS = 1_000_000
RATIOS = (
    "koin_multiplier",
    "avg_koin_per_transaction",
    "koin_share_of_sales",
    "share_of_bu_member_transactions",
    "share_of_bu_sales",
    "in_out_ratio",
    "net_ratio",
    "burn_earn_ratio",
    "expiry_rate",
    "avg_koin_per_member",
    "share_of_koin",
    "share_of_period_sales",
)


def read(raw: Path, table: str, columns: Sequence[str]) -> pd.DataFrame:
    """Columns of a raw table; decimals as whole numbers of their last digit."""
    file = raw / f"{table}.parquet"
    data = pq.read_table(file if file.exists() else raw / table, columns=list(columns))
    for place, field in enumerate(data.schema):
        if pa.types.is_decimal(field.type):
            shifted = pc.multiply(data.column(place), pa.scalar(10**field.type.scale, pa.int64()))
            data = data.set_column(place, field.name, pc.cast(shifted, pa.int64()))
    return data.to_pandas(integer_object_nulls=False)


def clean(text: pd.Series) -> pd.Series:
    """Without white space at the ends; null when nothing is left."""
    stripped = text.str.strip(BLANKS)
    return stripped.mask(stripped == "")


def clean_name(text: pd.Series) -> pd.Series:
    """The same, with one blank between words."""
    return clean(text.str.replace(f"[{BLANKS}]+", " ", regex=True))


def week_of(moment: pd.Series) -> pd.Series:
    """The Monday of the week."""
    day = moment.dt.normalize()
    return day - pd.to_timedelta(day.dt.day_of_week, unit="D")


def month_of(moment: pd.Series) -> pd.Series:
    """The first of the month."""
    return moment.dt.to_period("M").dt.to_timestamp()


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Millionths, rounded half away from zero, exactly; null when nothing is to be divided by."""
    found = pd.Series(pd.NA, index=numerator.index, dtype="Int64")
    fits = numerator.notna() & denominator.notna() & (denominator != 0).fillna(False)
    n = numerator[fits].astype("int64").astype(object).to_numpy()
    d = denominator[fits].astype("int64").astype(object).to_numpy()
    halves = 2 * MILLIONTHS * n
    size = (abs(halves) + abs(d)) // (2 * abs(d))
    found[fits] = np.where((n < 0) == (d < 0), size, -size).astype("int64")
    return found


def with_previous(
    frame: pd.DataFrame, by: Sequence[str], measures: Sequence[str], number: pd.Series
) -> pd.DataFrame:
    """Adds value before, change and its status of each measure; `number` counts the weeks."""
    groups = frame.groupby(list(by), sort=False)
    is_complete = frame["is_complete_week"]
    was_complete = groups["is_complete_week"].shift(fill_value=False)
    for measure in measures:
        now = frame[measure].astype("Int64")
        before = now.groupby([frame[key] for key in by], sort=False).shift()
        conditions = {
            "incomplete": ~is_complete,
            "first_week": number == 1,
            "incomplete_before": ~was_complete,
            "not_meaningful": before.isna() | (before < 0).fillna(False) | now.isna(),
            "flat_zero": ((before == 0) & (now == 0)).fillna(False),
            "new": (before == 0).fillna(False),
            "stopped": (now == 0).fillna(False),
        }
        status = np.select(
            [condition.to_numpy(bool) for condition in conditions.values()],
            [name.removesuffix("_before") for name in conditions],
            "ok",
        )
        told = np.isin(status, ["ok", "stopped"])
        frame[f"{measure}_previous"] = before
        frame[f"{measure}_wow"] = ratio(now - before, before).where(told)
        frame[f"{measure}_wow_status"] = status
    return frame


def save(frame: pd.DataFrame, out: Path, mart: str) -> None:
    """Writes a mart, measures in their units."""
    units = {}
    for column in frame.columns:
        part = PARTS.get(column.removesuffix("_previous"), 1)
        name = column.removesuffix("_previous")
        if name in RATIOS or column.endswith("_wow"):
            part = MILLIONTHS
        if part > 1:
            units[column] = frame[column].astype("Float64") / part
    frame.assign(**units).to_parquet(out / f"{mart}.parquet", index=False)


@dataclass
class Facts:
    """What every report stands on: members by number, the calendar, and cleaned tables."""

    weeks: pd.DataFrame  # week_start, week_end, known_end, is_complete_week, week_number
    bus: pd.DataFrame  # bu_code, is_in_koin_in_out
    all_bus: list[str]
    members: pd.DataFrame  # by number: tier_code, chosen_site, is_erased, is_known
    tiers: pd.DataFrame  # cust, starts_on, ends_on, tier_code
    receipts: pd.DataFrame
    koin: pd.DataFrame


def newest(frame: pd.DataFrame, key: Sequence[str], version: Sequence[str]) -> pd.DataFrame:
    """The newest version of each key."""
    return frame.sort_values(list(version)).drop_duplicates(list(key), keep="last")


def read_receipts(raw: Path) -> pd.DataFrame:
    """The newest usable version of every receipt, with `cust_id` as text."""
    columns = ["receive_main_id", "cust_id", "bu_code", "site_code", "trx_ts", "sales"]
    columns += ["receipt_status", "original_receive_main_id", "updated_at", "_loaded_at"]
    found = read(raw, "cohesive/tbl_receipt", columns)
    found = found.rename(columns={"original_receive_main_id": "original_id"})
    for column in ("receive_main_id", "cust_id", "original_id"):
        found[column] = clean(found[column])
    for column in ("bu_code", "site_code"):
        found[column] = clean(found[column].str.upper()).astype("category")
    found["receipt_status"] = clean(found["receipt_status"].str.lower()).astype("category")
    found["business_date"] = found["trx_ts"].dt.normalize()
    needed = ["receive_main_id", "trx_ts", "sales", "updated_at", "_loaded_at"]
    is_return = found["receipt_status"] == "return"
    found = found[
        found[needed].notna().all(axis=1)
        & (found["business_date"] <= found["_loaded_at"].dt.normalize())
        & found["receipt_status"].isin(["completed", "void", "return"])
        & ~(is_return & (found["sales"] > 0))
    ]
    found["sales"] = found["sales"].astype("int64")
    is_return = found["receipt_status"] == "return"
    version = ["updated_at", "_loaded_at"]
    originals = found[found["receive_main_id"].isin(found.loc[is_return, "original_id"].dropna())]
    sold = newest(originals, ["receive_main_id"], version).set_index("receive_main_id")["sales"]
    too_much = is_return & (-found["sales"] > found["original_id"].map(sold))
    return newest(found[~too_much], ["receive_main_id"], version).drop(columns="_loaded_at")


def read_koin(raw: Path, bus: Sequence[str]) -> pd.DataFrame:
    """The newest usable version of every koin row, with `cust_id` as text."""
    columns = ["koin_id", "cust_id", "entry_type", "koin", "issue_bu_code", "redeem_bu_code"]
    columns += ["main_receive_payment_id", "source_koin_id", "entry_ts", "expires_on", "_loaded_at"]
    found = read(raw, "cohesive/tbl_koin", columns).rename(
        columns={"main_receive_payment_id": "receive_main_id"}
    )
    for column in ("koin_id", "cust_id", "receive_main_id", "source_koin_id"):
        found[column] = clean(found[column])
    found["entry_type"] = clean(found["entry_type"].str.lower()).astype("category")
    found["expires_on"] = pd.to_datetime(found["expires_on"])
    found["entry_date"] = found["entry_ts"].dt.normalize()
    needed = ["koin_id", "cust_id", "koin", "entry_ts", "_loaded_at"]
    kinds = ["issue", "redeem", "expire", "adjust", "reverse_issue", "reverse_redeem"]
    is_issue = found["entry_type"] == "issue"
    found = found[
        found[needed].notna().all(axis=1)
        & (found["entry_date"] <= found["_loaded_at"].dt.normalize())
        & found["entry_type"].isin(kinds)
        & ~((found["koin"] < 0) & (found["entry_type"] != "adjust"))
        & ~(is_issue & (found["expires_on"] < found["entry_date"]))
    ]
    found["koin"] = found["koin"].astype("int64")
    found = newest(found, ["koin_id"], ["_loaded_at"])
    always = {"issue_bu": ["issue"], "redeem_bu": ["redeem", "reverse_redeem"]}
    for name, entry_types in always.items():
        code = clean(found.pop(f"{name}_code").str.upper())
        known = code.where(code.isin(bus))
        told = code.notna() | found["entry_type"].isin(entry_types)
        found[name] = known.mask(known.isna() & told, "UNKNOWN").astype("category")
    return found[found["entry_date"] >= GO_LIVE].drop(columns="_loaded_at")


def tier_intervals(history: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Members' tiers by date: history by the latest `valid_from` that holds, else the present one.

    `history`: cust, valid_from, valid_to, tier_code. Intervals are closed at the start alone.
    """
    known = members.index[members["is_known"]].union(history["cust"].unique())
    bounds = pd.concat(
        [
            history[["cust", "valid_from"]].set_axis(["cust", "starts_on"], axis=1),
            history[["cust", "valid_to"]].set_axis(["cust", "starts_on"], axis=1).dropna(),
            pd.DataFrame({"cust": known, "starts_on": BEGINNING}),
        ]
    ).drop_duplicates()
    held = bounds.merge(history, on="cust")
    held = held[
        (held["starts_on"] >= held["valid_from"])
        & (held["valid_to"].isna() | (held["starts_on"] < held["valid_to"]))
    ]
    held = newest(held, ["cust", "starts_on"], ["valid_from"])
    tiers = bounds.merge(held[["cust", "starts_on", "tier_code"]], "left", ["cust", "starts_on"])
    tiers = tiers.sort_values(["cust", "starts_on"], ignore_index=True)
    tiers["ends_on"] = tiers.groupby("cust")["starts_on"].shift(-1, fill_value=END)
    present = tiers["cust"].map(members["tier_code"])
    tiers["tier_code"] = tiers["tier_code"].fillna(present).fillna("UNKNOWN")
    return tiers


def tier_at(tiers: pd.DataFrame, cust: pd.Series, day: pd.Series) -> pd.Series:
    """The tier of each member (-1: none) on a day."""
    asked = pd.DataFrame({"cust": cust, "day": day}).sort_values("day")
    found = pd.merge_asof(
        asked, tiers.sort_values("starts_on"), left_on="day", right_on="starts_on", by="cust"
    )
    return found["tier_code"].fillna("UNKNOWN").set_axis(asked.index).reindex(cust.index)


def last_load(raw: Path) -> pd.Timestamp:
    """The day of the last load."""
    tables = ["cohesive/tbl_receipt", "cohesive/tbl_koin", "cohesive/tbl_member"]
    tables += ["cohesive/tbl_receipt_line", "stamps/message_event"]
    return max(read(raw, table, ["_loaded_at"])["_loaded_at"].max() for table in tables).normalize()


def calendar(first_date: pd.Timestamp, as_of: pd.Timestamp) -> pd.DataFrame:
    """Weeks from the first business date to the last."""
    first = first_date - pd.Timedelta(days=first_date.weekday())
    weeks = pd.DataFrame({"week_start": pd.date_range(first, as_of, freq="7D", unit="us")})
    weeks["week_end"] = weeks["week_start"] + pd.Timedelta(days=6)
    weeks["known_end"] = weeks["week_end"].clip(upper=as_of)
    weeks["is_complete_week"] = (as_of >= weeks["week_end"]) & (first_date <= weeks["week_start"])
    weeks["week_number"] = np.arange(1, len(weeks) + 1)
    return weeks


def read_facts(raw: Path, seeds: Path) -> Facts:
    """Reads and cleans everything but lines, products and stores."""
    bus = pd.read_csv(seeds / "reference/business_units.csv")[["bu_code", "is_in_koin_in_out"]]
    aliases = pd.read_csv(seeds / "reference/tier_aliases.csv").set_index("alias")["tier_code"]
    receipts, koin = read_receipts(raw), read_koin(raw, bus["bu_code"])
    dates = receipts.loc[receipts["business_date"] <= last_load(raw), "business_date"]
    as_of = dates.max()
    weeks = calendar(dates[dates >= GO_LIVE].min(), as_of)

    columns = ["cust_id", "tier", "pref_site_code", "erased_at", "updated_at", "_loaded_at"]
    member = read(raw, "cohesive/tbl_member", columns)
    member["cust_id"] = clean(member["cust_id"])
    member = member.dropna(subset=["cust_id", "updated_at", "_loaded_at"])
    member = newest(member, ["cust_id"], ["updated_at", "_loaded_at"])
    columns = ["cust_id", "tier", "valid_from", "valid_to", "_loaded_at"]
    history = read(raw, "cohesive/tbl_member_tier", columns)
    history["cust_id"] = clean(history["cust_id"])
    for column in ("valid_from", "valid_to"):
        history[column] = pd.to_datetime(history[column]).astype("datetime64[us]")
    history = history.dropna(subset=["cust_id", "valid_from", "_loaded_at"])
    history = history[
        (history["valid_from"] <= as_of) & ~(history["valid_to"] <= history["valid_from"])
    ]
    history = newest(history, ["cust_id", "valid_from"], ["_loaded_at"])

    tables = (member, history, receipts, koin)
    number = pd.Index(
        pd.concat([table["cust_id"] for table in tables]).dropna().unique(), name="cust_id"
    )
    for table in tables:
        table["cust"] = number.get_indexer(table.pop("cust_id"))
    receipts, koin = receipts[receipts["business_date"] <= as_of], koin[koin["entry_date"] <= as_of]
    for table in (member, history):
        spelled = clean_name(table.pop("tier").str.lower())
        table["tier_code"] = spelled.map(aliases).fillna("UNKNOWN")
    members = (
        pd.DataFrame(
            {
                "tier_code": member["tier_code"],
                "chosen_site": clean(member["pref_site_code"].str.upper()),
                "is_erased": member["erased_at"].dt.normalize() <= as_of,
                "is_known": True,
            }
        )
        .set_index(member["cust"])
        .reindex(range(len(number)))
    )
    for column in ("is_erased", "is_known"):
        members[column] = members[column].eq(True)
    tiers = tier_intervals(history, members)

    receipts = receipts.assign(
        bu_code=receipts["bu_code"].astype(str).where(receipts["bu_code"].isin(bus["bu_code"])),
        site_code=receipts["site_code"].cat.add_categories("UNKNOWN").fillna("UNKNOWN"),
        week_start=week_of(receipts["business_date"]),
        tier_code=tier_at(tiers, receipts["cust"], receipts["business_date"]).astype("category"),
        is_cohesive=receipts["business_date"] >= GO_LIVE,
    )
    receipts["bu_code"] = receipts["bu_code"].fillna("UNKNOWN").astype("category")
    koin = koin.assign(week_start=week_of(koin["entry_date"]))
    has_unknown = (
        (receipts["is_cohesive"] & (receipts["bu_code"] == "UNKNOWN")).any()
        or (koin["issue_bu"] == "UNKNOWN").any()
        or (koin["redeem_bu"] == "UNKNOWN").any()
    )
    all_bus = [*bus["bu_code"], *(["UNKNOWN"] if has_unknown else [])]
    return Facts(weeks, bus, all_bus, members, tiers, receipts, koin)


def sums(frame: pd.DataFrame, by: Sequence[str], **measures: tuple[str, str]) -> pd.DataFrame:
    """A group-by with named results; groups that do not occur are left out."""
    return frame.groupby(list(by), observed=True).agg(**measures).reset_index()


def and_all(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows, and once more under ALL for each column."""
    for column in columns:
        plain = frame.astype({column: str})
        frame = pd.concat([plain, plain.assign(**{column: "ALL"})], ignore_index=True)
    return frame


def filled(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Measures of a left join: whole numbers, 0 where there was nothing."""
    return frame.assign(**{column: frame[column].fillna(0).astype("int64") for column in columns})


def pay_with_koin(facts: Facts) -> pd.DataFrame:
    """weekly_pay_with_koin."""
    receipts, koin, by = facts.receipts, facts.koin, ["week_start", "bu_code", "tier_code"]
    redeemed = koin[koin["entry_type"] == "redeem"].groupby("receive_main_id")["koin"].sum()
    used = receipts["receipt_status"].eq("completed") & receipts["is_cohesive"]
    paying = receipts[used].assign(
        koin_redeemed=receipts.loc[used, "receive_main_id"].map(redeemed[redeemed > 0])
    )
    paying = paying.dropna(subset=["koin_redeemed"])
    is_return = receipts["receipt_status"].eq("return") & receipts["is_cohesive"]
    returned = receipts[is_return & receipts["original_id"].isin(paying["receive_main_id"])]
    payers = paying.set_index("receive_main_id")["cust"]
    places = pd.concat(
        [
            paying.assign(payer=paying["cust"]),
            returned.assign(payer=returned["original_id"].map(payers).astype("int64")),
        ]
    )[["receive_main_id", "bu_code", "payer"]]
    given_back = koin.loc[
        koin["entry_type"] == "reverse_redeem",
        ["receive_main_id", "entry_date", "week_start", "koin"],
    ].merge(places, on="receive_main_id")
    given_back["tier_code"] = tier_at(facts.tiers, given_back["payer"], given_back["entry_date"])
    columns = [*by, "cust", "sales", "koin_redeemed", "transactions"]
    rows = pd.concat(
        [
            paying.assign(transactions=1)[columns],
            returned.assign(cust=-1, koin_redeemed=0, transactions=0)[columns],
            given_back.assign(cust=-1, sales=0, koin_redeemed=-given_back["koin"], transactions=0)[
                columns
            ],
        ],
        ignore_index=True,
    )
    first = paying[paying["cust"] >= 0].groupby("cust")["week_start"].min()
    rows["member"] = rows["cust"].where(rows["cust"] >= 0)
    rows["repeater"] = rows["member"].where(rows["cust"].map(first) < rows["week_start"])
    measured = sums(
        and_all(rows, "tier_code"),
        by,
        member_count=("member", "nunique"),
        transaction_count=("transactions", "sum"),
        net_sales=("sales", "sum"),
        koin_redeemed=("koin_redeemed", "sum"),
        repeat_member_count=("repeater", "nunique"),
    )
    counted = receipts[
        receipts["receipt_status"].isin(["completed", "return"]) & receipts["is_cohesive"]
    ]
    is_member = counted["cust"] >= 0
    counted = counted.assign(
        transactions=is_member & (counted["receipt_status"] == "completed"),
        member_sales=counted["sales"].where(is_member, 0),
    )
    by_tier = {"bu_member_transaction_count": ("transactions", "sum")}
    sold = pd.concat(
        [
            sums(counted, by, **by_tier, bu_net_sales=("member_sales", "sum")),
            sums(counted, by[:2], **by_tier, bu_net_sales=("sales", "sum")).assign(tier_code="ALL"),
        ]
    ).astype({"bu_code": str, "tier_code": str})
    found = (
        facts.weeks.merge(pd.DataFrame({"bu_code": facts.all_bus}), "cross")
        .merge(pd.DataFrame({"tier_code": TIERS}), "cross")
        .merge(measured.astype({"bu_code": str}), "left", by)
        .merge(sold, "left", by)
        .sort_values(by, ignore_index=True)
    )
    found = filled(found, [*measured.columns.difference(by), *sold.columns.difference(by)])
    found["koin_multiplier"] = ratio(found["net_sales"], found["koin_redeemed"] * 100)
    found["avg_koin_per_transaction"] = ratio(found["koin_redeemed"], found["transaction_count"])
    found["koin_share_of_sales"] = ratio(found["koin_redeemed"] * 100, found["net_sales"])
    found["share_of_bu_member_transactions"] = ratio(
        found["transaction_count"], found["bu_member_transaction_count"]
    )
    found["share_of_bu_sales"] = ratio(found["net_sales"], found["bu_net_sales"])
    measures = ["member_count", "transaction_count", "net_sales", "koin_redeemed"]
    measures += ["koin_multiplier", "avg_koin_per_transaction"]
    return with_previous(found, by[1:], measures, found["week_number"])


@dataclass
class Ledger:
    """Koin on each member's axis: what came in (lots) and what was taken, with its issuers."""

    axis: pd.DataFrame  # every row by member and time: axis_to, cursor_to, lot_koin, step
    lots: pd.DataFrame
    takes: pd.DataFrame
    attributed: pd.DataFrame  # take (row of takes), issuer, koin


def ledger_of(koin: pd.DataFrame) -> Ledger:
    """First in, first out: each koin taken has the issuer of the lot that it lies in."""
    axis = koin[koin["koin"] != 0].sort_values(["cust", "entry_ts", "koin_id"], ignore_index=True)
    kind, amount = axis["entry_type"], axis["koin"]
    is_adjust = kind == "adjust"
    axis["lot_koin"] = amount.where((kind == "issue") | (is_adjust & (amount > 0)), 0)
    axis["step"] = np.select(
        [
            kind.isin(["redeem", "expire", "reverse_issue"]),
            (is_adjust & (amount < 0)) | (kind == "reverse_redeem"),
        ],
        [amount, -amount],
        0,
    )
    by_member = axis.groupby("cust", sort=False)
    axis["axis_to"], axis["cursor_to"] = by_member["lot_koin"].cumsum(), by_member["step"].cumsum()
    lots = axis[axis["lot_koin"] > 0]
    lots = lots.assign(
        lot_from=lots["axis_to"] - lots["lot_koin"],
        issuer=lots["issue_bu"].astype(str).mask(lots["entry_type"] == "adjust", "ADJUSTMENT"),
    ).reset_index(drop=True)

    takes = axis[axis["step"] != 0].reset_index(drop=True)
    step = takes["step"]
    takes["koin"] = step.abs()
    takes["slice_from"] = takes["cursor_to"] - step.clip(lower=0)
    takes["slice_to"] = takes["cursor_to"] - step.clip(upper=0)
    source_lot = pd.Index(lots["koin_id"]).get_indexer(takes["source_koin_id"])
    of_lot = lots["issuer"].reindex(source_lot).set_axis(takes.index)
    takes["issuer"] = (
        takes["issue_bu"]
        .astype(object)
        .fillna(of_lot.where(takes["entry_type"] != "reverse_redeem"))
        .mask(takes["entry_type"] == "adjust")
    )
    return Ledger(axis, lots, takes, attribute(takes, lots))


def attribute(takes: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """Koin of every take by issuer: take, issuer, koin."""
    parts = parts_of(takes, lots)
    kinds = takes["entry_type"]
    is_reversal = (kinds == "reverse_redeem").to_numpy()
    plain = parts[~is_reversal[parts["take"]]]
    taken = plain.assign(koin=plain["part_to"] - plain["part_from"])

    reversals = takes[is_reversal].rename_axis("take").reset_index()
    reversals["source"] = pd.Index(takes["koin_id"]).get_indexer(reversals["source_koin_id"])
    source = takes.reindex(reversals["source"]).set_axis(reversals.index)
    undoes = (source["entry_type"] == "redeem") & (source["cust"] == reversals["cust"])
    undone = reversals[undoes]
    source = source[undoes].astype({"slice_from": "int64", "slice_to": "int64"})
    undone_to = undone.groupby("source")["koin"].cumsum()
    undo_from = (source["slice_to"] - undone_to).clip(lower=source["slice_from"])
    undo_to = (source["slice_to"] - undone_to + undone["koin"]).clip(lower=source["slice_from"])
    undone = undone[["take", "source"]].assign(undo_from=undo_from, undo_to=undo_to)
    met = undone.merge(parts.rename(columns={"take": "source"}), on="source")
    met = met.assign(
        koin=met[["undo_to", "part_to"]].min(axis=1) - met[["undo_from", "part_from"]].max(axis=1)
    )
    met = met[met["koin"] > 0]

    # What is more than the row it undoes: its issuer, else what it gives back.
    reversals["undone"] = (undo_to - undo_from).reindex(reversals.index, fill_value=0)
    reversals["until"] = reversals["slice_to"] - reversals["undone"]
    more = reversals.loc[reversals["koin"] > reversals["undone"], ["take", "until"]]
    more = more.merge(parts, on="take")
    more = more[more["part_from"] < more["until"]]
    more = more.assign(koin=more[["part_to", "until"]].min(axis=1) - more["part_from"])
    columns = ["take", "issuer", "koin"]
    found = pd.concat([taken[columns], met[columns], more[columns]])
    return found.groupby(["take", "issuer"], observed=True)["koin"].sum().reset_index()


def parts_of(takes: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """Takes cut at the lots that they lie in: take, issuer, part_from, part_to."""
    named = takes["issuer"].notna()
    whole = takes.loc[named, ["issuer", "slice_from", "slice_to"]].rename_axis("take").reset_index()
    whole = whole.rename(columns={"slice_from": "part_from", "slice_to": "part_to"})
    open_ = takes.loc[~named, ["cust", "slice_from", "slice_to", "axis_to"]]
    # Members' axes, one after the other, are one axis on which lots lie without a gap.
    members = range(max(takes["cust"].max(), lots["cust"].max()) + 1)
    ends = lots.groupby("cust")["axis_to"].max().reindex(members).fillna(0)
    offsets = (ends.cumsum() - ends).astype("int64").to_numpy()
    lot_from = (lots["lot_from"] + offsets[lots["cust"]]).to_numpy()
    lot_to = (lots["axis_to"] + offsets[lots["cust"]]).to_numpy()
    offset = offsets[open_["cust"]]
    begin = open_["slice_from"].clip(lower=0).to_numpy() + offset
    end = open_["slice_to"].clip(upper=open_["axis_to"]).to_numpy() + offset
    first = np.searchsorted(lot_to, begin, "right")
    count = np.where(end > begin, np.searchsorted(lot_from, end, "left") - first, 0)
    row = np.repeat(np.arange(len(open_)), count)
    lot = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count) + first[row]
    met = pd.DataFrame(
        {
            "take": open_.index.to_numpy()[row],
            "issuer": lots["issuer"].to_numpy()[lot],
            "part_from": np.maximum(begin[row], lot_from[lot]) - offset[row],
            "part_to": np.minimum(end[row], lot_to[lot]) - offset[row],
        }
    )
    beyond = open_[open_["slice_to"] > open_["axis_to"]]
    before = open_[open_["slice_from"] < 0]
    unknown = [
        pd.DataFrame(
            {
                "take": beyond.index,
                "issuer": "UNATTRIBUTED",
                "part_from": beyond[["slice_from", "axis_to"]].max(axis=1),
                "part_to": beyond["slice_to"],
            }
        ),
        pd.DataFrame(
            {
                "take": before.index,
                "issuer": "UNATTRIBUTED",
                "part_from": before["slice_from"],
                "part_to": before["slice_to"].clip(upper=0),
            }
        ),
    ]
    return pd.concat([whole, met, *unknown], ignore_index=True)


def koin_in_out(facts: Facts, ledger: Ledger) -> dict[str, pd.DataFrame]:
    """daily_koin_in_out, weekly_koin_in_out, weekly_koin_flow_matrix."""
    columns = ["cust", "entry_date", "week_start", "entry_type", "redeem_bu", "receive_main_id"]
    moved = ledger.attributed.join(ledger.takes[columns], on="take")
    flows = moved[moved["entry_type"].isin(["redeem", "reverse_redeem"])]
    flows = flows.assign(koin=flows["koin"].where(flows["entry_type"] == "redeem", -flows["koin"]))
    redeem_bu = flows["redeem_bu"].astype(object)
    is_in = redeem_bu.map(facts.bus.set_index("bu_code")["is_in_koin_in_out"])
    counts_in = is_in.ne(False)
    out = flows[flows["issuer"].isin(facts.all_bus) & ((flows["issuer"] != redeem_bu) | ~counts_in)]
    came = flows[counts_in]
    same = came["issuer"] == redeem_bu[counts_in]
    issued = facts.koin[facts.koin["entry_type"] == "issue"]
    undone = moved[moved["entry_type"] == "reverse_issue"]

    def moves(rows: pd.DataFrame, bu_code: pd.Series, measure: object) -> pd.DataFrame:
        return rows[["entry_date", "koin"]].assign(bu_code=bu_code.astype(object), measure=measure)

    kinds = [same, came["issuer"] == "ADJUSTMENT", came["issuer"] == "UNATTRIBUTED"]
    names = ["c_issued_and_redeemed_here", "adjustment_redeemed_here", "unattributed_redeemed_here"]
    a, b = "a_issued_here_redeemed_elsewhere", "b_issued_elsewhere_redeemed_here"
    excluded, d = "issued_here_redeemed_at_excluded_bu", "d_issued_here"
    # A place that nobody knows is neither among the excluded nor among the others.
    elsewhere = np.where(is_in[out.index].eq(True), a, excluded)
    rows = pd.concat(
        [
            moves(out, out["issuer"], elsewhere),
            moves(came, came["redeem_bu"], np.select(kinds, names, b)),
            moves(issued, issued["issue_bu"], d),
            moves(undone, undone["issuer"], "issue_reversed_here"),
        ]
    )
    measures = [a, b, names[0], d, "issue_reversed_here", *names[1:], excluded]
    days = pd.date_range(
        facts.weeks["week_start"].min(), facts.weeks["known_end"].max(), name="entry_date"
    )
    daily = (
        rows.groupby(["entry_date", "bu_code", "measure"])["koin"]
        .sum()
        .unstack("measure")
        .reindex(pd.MultiIndex.from_product([days, facts.all_bus], names=["entry_date", "bu_code"]))
        .reindex(columns=measures)
        .fillna(0)
        .astype("int64")
        .reset_index()
        .rename(columns={"entry_date": "redemption_date"})
    )
    daily["week_start"] = week_of(daily["redemption_date"]).astype("datetime64[us]")
    weekly = daily.groupby(["week_start", "bu_code"])[measures].sum().reset_index()
    weekly = weekly.merge(facts.weeks, on="week_start")
    for frame in (daily, weekly):
        frame["net_in_out"] = frame[b] - frame[a]
        frame["in_out_ratio"] = ratio(frame[b], frame[a])
        frame["net_ratio"] = ratio(frame[b] - frame[a], frame[b] + frame[a])
    weekly = weekly.sort_values(["bu_code", "week_start"], ignore_index=True)
    weekly = with_previous(
        weekly, ["bu_code"], [*measures[:4], "net_in_out"], weekly["week_number"]
    )

    completed = facts.receipts.loc[
        facts.receipts["receipt_status"] == "completed", "receive_main_id"
    ]
    is_redeem = flows["entry_type"] == "redeem"
    matrix = flows.assign(
        receipt=flows["receive_main_id"].where(
            is_redeem & flows["receive_main_id"].isin(completed)
        ),
        member=flows["cust"].where(is_redeem),
    ).rename(columns={"issuer": "issue_bu_code", "redeem_bu": "redeem_bu_code"})
    matrix = sums(
        matrix,
        ["week_start", "issue_bu_code", "redeem_bu_code"],
        koin=("koin", "sum"),
        transaction_count=("receipt", "nunique"),
        member_count=("member", "nunique"),
    ).merge(facts.weeks[["week_start", "is_complete_week"]], on="week_start")
    return {
        "daily_koin_in_out": daily.drop(columns="week_start"),
        "weekly_koin_in_out": weekly,
        "weekly_koin_flow_matrix": matrix[matrix["koin"] != 0],
    }


def roll_forward(facts: Facts, ledger: Ledger) -> pd.DataFrame:
    """weekly_koin_roll_forward."""
    kinds = {"redeem": "redeemed", "expire": "expired", "adjust": "adjusted"}
    kinds |= {"reverse_issue": "issue_reversed", "reverse_redeem": "redeem_reversed"}
    came = ledger.lots[["week_start", "issuer"]].assign(
        kind=np.where(ledger.lots["entry_type"] == "issue", "issued", "adjusted"),
        koin=ledger.lots["lot_koin"],
    )
    moved = ledger.attributed.join(ledger.takes[["week_start", "entry_type"]], on="take")
    moved = moved[["week_start", "issuer"]].assign(
        kind=moved["entry_type"].astype(object).map(kinds),
        koin=moved["koin"].where(moved["entry_type"] != "adjust", -moved["koin"]),
    )
    names = ["issued", "issue_reversed", "redeemed", "redeem_reversed", "expired", "adjusted"]
    issuers = [*facts.all_bus, "ADJUSTMENT", "UNATTRIBUTED", "ALL"]
    found = (
        and_all(pd.concat([came, moved]), "issuer")
        .groupby(["week_start", "issuer", "kind"])["koin"]
        .sum()
        .unstack("kind")
        .reindex(columns=names)
        .fillna(0)
        .astype("int64")
    )
    change = found["issued"] - found["issue_reversed"] - found["redeemed"]
    change = change + found["redeem_reversed"] - found["expired"] + found["adjusted"]
    early = change[change.index.get_level_values("week_start") < facts.weeks["week_start"].min()]
    before = early.groupby("issuer").sum()
    grid = pd.MultiIndex.from_product([issuers, facts.weeks["week_start"]])
    grid = grid.set_names(["issuer", "week_start"])
    found = found.assign(change=change).reorder_levels(["issuer", "week_start"])
    found = found.reindex(grid, fill_value=0).reset_index()
    opening = found["issuer"].map(before).fillna(0).astype("int64")
    found["closing"] = opening + found.groupby("issuer", sort=False)["change"].cumsum()
    found["opening"] = found["closing"] - found["change"]
    found["burn_earn_ratio"] = ratio(
        found["redeemed"] - found["redeem_reversed"], found["issued"] - found["issue_reversed"]
    )
    found["expiry_rate"] = ratio(found["expired"], found["opening"])
    found = found.rename(columns={"issuer": "issue_bu_code"})
    return found.merge(facts.weeks[["week_start", "is_complete_week"]], on="week_start")


def read_sites(raw: Path, bus: pd.Series) -> pd.DataFrame:
    """Business unit and area manager by store."""
    sites = read(raw, "cohesive/tbl_site", ["site_code", "bu_code", "area_manager", "_loaded_at"])
    sites["site_code"] = clean(sites["site_code"].str.upper())
    sites = newest(sites.dropna(subset=["site_code", "_loaded_at"]), ["site_code"], ["_loaded_at"])
    code = clean(sites["bu_code"].str.upper())
    return sites.assign(
        bu_code=code.where(code.isin(bus)).fillna("UNKNOWN"),
        area_manager=clean_name(sites["area_manager"]).fillna("UNASSIGNED"),
    ).set_index("site_code")[["bu_code", "area_manager"]]


def monthly_visits(facts: Facts) -> pd.DataFrame:
    """Visits by member, store and month, of members who have not chosen a store themselves."""
    receipts = facts.receipts[
        facts.receipts["receipt_status"].eq("completed")
        & facts.receipts["is_cohesive"]
        & (facts.receipts["cust"] >= 0)
        & (facts.receipts["site_code"] != "UNKNOWN")
    ]
    asked = facts.members["chosen_site"].isna() & ~facts.members["is_erased"]
    receipts = receipts[asked.to_numpy()[receipts["cust"]]]
    return sums(
        receipts.assign(month=month_of(receipts["trx_ts"])),
        ["month", "cust", "site_code"],
        visits=("trx_ts", "size"),
        last_visit=("trx_ts", "max"),
    ).astype({"site_code": str})


def preferred_sites(facts: Facts, visits: pd.DataFrame, month: pd.Timestamp) -> pd.Series:
    """The store of every member (null: none) in a month: visited most in the year before."""
    year = visits[(visits["month"] < month) & (visits["month"] >= month - pd.DateOffset(months=12))]
    year = sums(
        year,
        ["cust", "site_code"],
        visits=("visits", "sum"),
        last_visit=("last_visit", "max"),
    )
    best = year.sort_values(
        ["visits", "last_visit", "site_code"], ascending=[False, False, True]
    ).drop_duplicates("cust")
    chosen = facts.members["chosen_site"].mask(facts.members["is_erased"])
    return chosen.fillna(best.set_index("cust")["site_code"])


def koin_outstanding(facts: Facts, ledger: Ledger, sites: pd.DataFrame) -> pd.DataFrame:
    """weekly_koin_outstanding: balances are taken at the end of each week."""
    visits, size = monthly_visits(facts), len(facts.members)
    first_week = facts.weeks["week_start"].min()
    # The last row of a member and week says where the member stands.
    last = ledger.axis.assign(week_start=ledger.axis["week_start"].clip(lower=first_week))
    last = last.drop_duplicates(["cust", "week_start"], keep="last")
    last = dict(list(last[["cust", "week_start", "axis_to", "cursor_to"]].groupby("week_start")))
    lots = ledger.lots[(ledger.lots["entry_type"] == "issue") & ledger.lots["expires_on"].notna()]
    lots = lots.sort_values("week_start")
    lot_weeks, expires = lots["week_start"].to_numpy(), lots["expires_on"].to_numpy()
    owner, lot_from, lot_to = (lots[c].to_numpy() for c in ("cust", "lot_from", "axis_to"))
    axis_to, cursor_to = np.zeros(size, "int64"), np.zeros(size, "int64")
    tiers = facts.tiers
    found, month, bu_code, area_manager = [], None, None, None
    for week in facts.weeks.itertuples():
        if week.week_start in last:
            rows = last[week.week_start]
            axis_to[rows["cust"]], cursor_to[rows["cust"]] = rows["axis_to"], rows["cursor_to"]
        if month != week.week_end.replace(day=1):
            month = week.week_end.replace(day=1)
            site = preferred_sites(facts, visits, month)
            bu_code = site.map(sites["bu_code"]).fillna("UNKNOWN").mask(site.isna(), "UNASSIGNED")
            area_manager = site.map(sites["area_manager"]).fillna("UNASSIGNED")
        holds = (tiers["starts_on"] <= week.known_end) & (tiers["ends_on"] > week.known_end)
        tier_code = tiers[holds].set_index("cust")["tier_code"].reindex(range(size))
        balance = axis_to - cursor_to
        known = slice(0, np.searchsorted(lot_weeks, np.datetime64(week.week_start), "right"))
        left = lot_to[known] - np.clip(cursor_to[owner[known]], lot_from[known], lot_to[known])
        due = expires[known]
        end = np.datetime64(week.known_end)
        measures = {
            "overdue_koin": due < end,
            **{
                f"koin_expiring_{days}d": (due >= end) & (due <= end + np.timedelta64(days, "D"))
                for days in (30, 60, 90)
            },
        }
        frame = pd.DataFrame(
            {
                "bu_code": bu_code,
                "tier_code": tier_code.fillna("UNKNOWN"),
                "area_manager": area_manager,
                "member_count": (balance > 0).astype("int64"),
                "koin_outstanding": balance.clip(min=0),
                "negative_member_count": (balance < 0).astype("int64"),
                "negative_koin": balance.clip(max=0),
                **{
                    name: np.bincount(owner[known], left * is_due, size).astype("int64")
                    for name, is_due in measures.items()
                },
            }
        )[balance != 0]
        groups = frame.groupby(["bu_code", "tier_code", "area_manager"]).sum().reset_index()
        found.append(groups.assign(week_start=week.week_start))
    keys = ["bu_code", "tier_code", "area_manager"]
    groups = and_all(pd.concat(found), *keys).groupby([*keys, "week_start"]).sum()
    combinations = groups.index.droplevel("week_start").unique().to_frame(index=False)
    result = combinations.merge(facts.weeks, "cross").merge(
        groups.reset_index(), "left", [*keys, "week_start"]
    )
    result = filled(result, groups.columns)
    result = result.sort_values([*keys, "week_start"], ignore_index=True)
    result["active_koin"] = result["koin_outstanding"] - result["overdue_koin"]
    result["avg_koin_per_member"] = ratio(result["koin_outstanding"], result["member_count"])
    total = result[(result[keys] == "ALL").all(axis=1)].set_index("week_start")["koin_outstanding"]
    result["share_of_koin"] = ratio(result["koin_outstanding"], result["week_start"].map(total))
    return with_previous(result, keys, ["member_count", "koin_outstanding"], result["week_number"])


def read_listed(seeds: Path) -> pd.DataFrame:
    """Listed products of both promotions; prices in hundredths of a rupiah."""
    found = []
    files = {"mc": "members_choice_skus", "hsk": "harga_spesial_koin_skus"}
    for promotion, name in files.items():
        listed = pd.read_csv(
            seeds / f"programmes/{name}.csv",
            dtype={"sku": str},
            parse_dates=["starts_on", "ends_on"],
        ).rename(columns={"special_price": "price", "koin_price": "price"})
        found.append(listed.drop_duplicates().assign(promotion=promotion))
    listed = pd.concat(found, ignore_index=True)
    for column in ("price", "normal_price"):
        listed[column] = (listed[column] * 100).round().astype("Int64")
    return listed


def promotion_lines(raw: Path, facts: Facts, listed: pd.DataFrame) -> pd.DataFrame:
    """Sold and returned lines of listed products by promotion; `given_away` in 1/100,000 rupiah."""
    columns = ["receive_main_id", "line_no", "sku", "qty", "net_sales", "koin_used"]
    lines = read(raw, "cohesive/tbl_receipt_line", [*columns, "receipt_updated_at", "_loaded_at"])
    for column in ("receive_main_id", "sku"):
        lines[column] = clean(lines[column])
    # Nothing else is asked for, so only receipts with a listed product are followed.
    wanted = lines.loc[lines["sku"].isin(listed["sku"]), "receive_main_id"].unique()
    lines = lines[lines["receive_main_id"].isin(wanted)]
    needed = ["receive_main_id", "line_no", "qty", "net_sales", "receipt_updated_at", "_loaded_at"]
    lines = lines.dropna(subset=needed)
    columns = ["receive_main_id", "updated_at", "cust", "bu_code", "business_date", "week_start"]
    receipts = facts.receipts.loc[
        facts.receipts["is_cohesive"], [*columns, "receipt_status", "original_id"]
    ]
    lines = lines.rename(columns={"receipt_updated_at": "updated_at"}).merge(
        receipts, on=["receive_main_id", "updated_at"]
    )
    lines = newest(lines, ["receive_main_id", "line_no"], ["_loaded_at"])
    lines["koin_used"] = lines["koin_used"].fillna(0)
    lines = lines.astype({"qty": "int64", "net_sales": "int64", "koin_used": "int64"})

    sold = lines[(lines["receipt_status"] == "completed") & (lines["cust"] >= 0)]
    sold = sold.astype({"bu_code": str}).merge(listed, on=["sku", "bu_code"])
    sold = sold[sold["business_date"].between(sold["starts_on"], sold["ends_on"])]
    is_paid = (sold["qty"] > 0) & (sold["koin_used"] * 100_000 >= sold["price"] * sold["qty"])
    sold = sold[(sold["promotion"] == "mc") | is_paid]
    keys = ["promotion", "period_code", "bu_code", "sku", "price", "normal_price"]
    columns = ["receive_main_id", "sku", "qty", "net_sales", "koin_used", "week_start"]
    returned = lines.loc[lines["receipt_status"] == "return", [*columns, "original_id"]].drop(
        columns="receive_main_id"
    )
    returned = returned.merge(
        sold[[*keys, "receive_main_id"]].drop_duplicates(),
        left_on=["original_id", "sku"],
        right_on=["receive_main_id", "sku"],
    ).drop(columns="receive_main_id")
    found = pd.concat([sold.assign(is_sold=True), returned.assign(is_sold=False)])
    found["is_sold"] = found["is_sold"].astype(bool)
    found["member"] = found["cust"]
    found["given_away"] = (found["qty"] * (found["normal_price"] - found["price"])).fillna(0)
    return found


def promotions(raw: Path, seeds: Path, facts: Facts) -> dict[str, pd.DataFrame]:
    """Member's Choice and Harga Spesial Koin, by product and by period."""
    listed = read_listed(seeds)
    lines = promotion_lines(raw, facts, listed)
    period = ["promotion", "period_code", "bu_code"]
    spans = sums(listed, period, starts_on=("starts_on", "min"), ends_on=("ends_on", "max"))
    used = sums(lines, period, first_week=("week_start", "min"), last_week=("week_start", "max"))
    spans = spans.merge(used, "left", period)
    spans["from"] = spans[["starts_on", "first_week"]].min(axis=1)
    spans["until"] = spans[["ends_on", "last_week"]].max(axis=1)
    period_weeks = spans[[*period, "from", "until"]].merge(facts.weeks, "cross")
    period_weeks = period_weeks[
        (period_weeks["week_end"] >= period_weeks["from"])
        & (period_weeks["week_start"] <= period_weeks["until"])
    ]
    skus = sums(
        listed, [*period, "sku"], price=("price", "first"), normal_price=("normal_price", "first")
    )
    measures = {name: (name, "sum") for name in ("net_sales", "qty", "koin_used", "given_away")}
    counts = {
        "transaction_count": ("receive_main_id", "nunique"),
        "member_count": ("member", "nunique"),
    }
    measured = sums(
        lines, [*period, "sku", "week_start"], **measures, **counts, is_sold=("is_sold", "any")
    )
    offered = period_weeks.merge(listed, on=period)
    offered = offered[
        (offered["starts_on"] <= offered["week_end"])
        & (offered["ends_on"] >= offered["week_start"])
    ]
    offered = offered[[*period, "sku", "week_start"]].drop_duplicates().assign(is_offered=True)
    columns = ["sku", "product_name", "category", "brand"]
    products = read(raw, "cohesive/tbl_product", [*columns, "_loaded_at"])
    products["sku"] = clean(products["sku"])
    products = newest(products.dropna(subset=["sku", "_loaded_at"]), ["sku"], ["_loaded_at"])
    for column in columns[1:]:
        products[column] = clean_name(products[column])
    found = (
        period_weeks.merge(skus, on=period)
        .merge(measured, "left", [*period, "sku", "week_start"])
        .merge(offered, "left", [*period, "sku", "week_start"])
        .merge(products[columns], "left", "sku")
    )
    found = filled(found, [*measures, *counts])
    for column in columns[1:]:
        found[column] = found[column].fillna("UNKNOWN")
    for column in ("is_sold", "is_offered"):
        found[column] = found[column].eq(True)
    away = found["given_away"]
    found["value_given_away"] = np.sign(away) * ((away.abs() + 500) // 1000)
    week = [*period, "week_start"]
    rankings = {
        "qty_rank": (["qty", "koin_used", "sku"], [False, False, True]),
        "sales_rank": (["net_sales", "sku"], [False, True]),
    }
    for rank, (order, ascending) in rankings.items():
        found = found.sort_values(order, ascending=ascending)
        found[rank] = found.groupby(week).cumcount() + 1
    return {**by_product(found), **by_period(found, lines, counts)}


def by_product(found: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """weekly_members_choice, weekly_harga_spesial_koin_skus."""
    keys = ["bu_code", "period_code", "sku"]
    result = {}
    for promotion, mart, price, measures in (
        (
            "mc",
            "weekly_members_choice",
            "special_price",
            ["net_sales", "transaction_count", "qty", "member_count"],
        ),
        ("hsk", "weekly_harga_spesial_koin_skus", "koin_price", ["koin_used", "qty"]),
    ):
        rows = found[found["promotion"] == promotion].rename(columns={"price": price})
        rows = rows.sort_values([*keys, "week_start"], ignore_index=True)
        groups = rows.groupby(keys)
        rows = with_previous(rows, keys, measures, groups.cumcount() + 1)
        rows["sales_rank_previous"] = rows.groupby(keys)["sales_rank"].shift().astype("Int64")
        rows["rank_change"] = rows["sales_rank_previous"] - rows["sales_rank"]
        total = rows.groupby(["week_start", "bu_code", "period_code"])["net_sales"].transform("sum")
        rows["share_of_period_sales"] = ratio(rows["net_sales"], total)
        result[mart] = rows
    return result


def by_period(
    found: pd.DataFrame, lines: pd.DataFrame, counts: dict[str, tuple[str, str]]
) -> dict[str, pd.DataFrame]:
    """weekly_members_choice_summary, weekly_harga_spesial_koin."""
    week = ["promotion", "period_code", "bu_code", "week_start"]
    totals = sums(
        found,
        [*week, "is_complete_week"],
        sku_offered=("is_offered", "sum"),
        sku_sold=("is_sold", "sum"),
        **{name: (name, "sum") for name in ("net_sales", "qty", "koin_used", "value_given_away")},
    ).merge(sums(lines, week, **counts), "left", week)
    totals = filled(totals, list(counts))
    sold, keys, result = found[found["is_sold"]], ["bu_code", "period_code"], {}
    for promotion, mart, rank, measures, best in (
        (
            "mc",
            "weekly_members_choice_summary",
            "sales_rank",
            ["net_sales", "transaction_count", "qty", "member_count"],
            {"net_sales": "best_sku_net_sales"},
        ),
        (
            "hsk",
            "weekly_harga_spesial_koin",
            "qty_rank",
            ["koin_used", "member_count", "transaction_count", "qty"],
            {"qty": "best_sku_qty", "koin_used": "best_sku_koin"},
        ),
    ):
        names = {"sku": "best_sku", "product_name": "best_sku_name", **best}
        leaders = sold.sort_values(rank).drop_duplicates(week)[[*week, *names]]
        rows = totals[totals["promotion"] == promotion]
        rows = rows.merge(leaders.rename(columns=names), "left", week)
        rows = rows.sort_values([*keys, "week_start"], ignore_index=True)
        result[mart] = with_previous(rows, keys, measures, rows.groupby(keys).cumcount() + 1)
    return result


def main(raw: Path, seeds: Path, out: Path) -> None:
    """Reads the raw folder and writes every mart."""
    out.mkdir(parents=True, exist_ok=True)
    facts = read_facts(raw, seeds)
    save(pay_with_koin(facts), out, "weekly_pay_with_koin")
    for mart, frame in promotions(raw, seeds, facts).items():
        save(frame, out, mart)
    ledger = ledger_of(facts.koin)
    for mart, frame in koin_in_out(facts, ledger).items():
        save(frame, out, mart)
    save(roll_forward(facts, ledger), out, "weekly_koin_roll_forward")
    sites = read_sites(raw, facts.bus["bu_code"])
    save(koin_outstanding(facts, ledger, sites), out, "weekly_koin_outstanding")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
