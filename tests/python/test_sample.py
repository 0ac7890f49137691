"""The simulator: same bytes, contract types, true truth, counted dirt, believable figures."""

from __future__ import annotations

import bisect
import hashlib
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from koin_loyalty.raw_folder import COMPLETE_JOURNEY_VARS, VARS_FILE
from koin_loyalty.sample import SampleSummary, generate, generate_sample
from koin_loyalty.sample.calendar import season_windows
from koin_loyalty.sample.catalogue import BUSINESS_UNITS, CATEGORIES, build_catalogue
from koin_loyalty.sample.network import SITE as SITE_NUMBERS
from koin_loyalty.sample.raw_table import SUPERSEDED_KINDS
from koin_loyalty.sample.schema import CONTRACT, KEYS, truth_schema

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
GO_LIVE = pd.Timestamp("2023-10-16")

RECEIPT, LINE, PAYMENT, KOIN = (
    f"cohesive.tbl_{name}" for name in ("receipt", "receipt_line", "receipt_payment", "koin")
)
MEMBER, TIER, CHILD = (f"cohesive.tbl_{name}" for name in ("member", "member_tier", "member_child"))
SITE, PRODUCT, VOUCHER = (f"cohesive.tbl_{name}" for name in ("site", "product", "voucher"))
EVENT = "stamps.message_event"

UPPER = {
    "bu_code", "site_code", "payment_method", "bank_code", "voucher_code", "program_code",
    "campaign_code", "gender", "issue_bu_code", "redeem_bu_code", "pref_site_code",
}  # fmt: skip
LOWER = {
    "sales_channel", "fulfilment", "receipt_status", "entry_type", "registration_status",
    "site_type", "channel", "event_type", "bounce_type", "email",
}  # fmt: skip
NAMES = {
    "full_name", "site_name", "city", "province", "area_manager", "product_name", "brand",
    "department", "category", "subcategory",
}  # fmt: skip


def read(folder: Path, table: str, part: str = "") -> pa.Table:
    schema, name = table.split(".")
    base = folder / part / schema
    path = base / name
    return pq.read_table(path if path.is_dir() else base / f"{name}.parquet")


def frame(table: pa.Table) -> pd.DataFrame:
    """Arrow as pandas: decimals as floats (all amounts are far below 2^53), dates as timestamps."""
    columns = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_decimal(field.type):
            columns[field.name] = column.cast(pa.float64()).to_pandas()
        elif pa.types.is_date(field.type):
            columns[field.name] = column.cast(pa.timestamp("us")).to_pandas()
        elif pa.types.is_integer(field.type):
            columns[field.name] = column.cast(pa.float64()).to_pandas()
        else:
            columns[field.name] = pd.Series(column.to_pylist(), dtype=object)
            if pa.types.is_timestamp(field.type):
                columns[field.name] = pd.to_datetime(columns[field.name])
    return pd.DataFrame(columns)


def tidy(table: str, data: pd.DataFrame) -> pd.DataFrame:
    """Conventions: trimmed, empty is null, codes upper, vocabulary lower, names collapsed."""
    data = data.copy()
    for column, kind in zip(CONTRACT[table].names, CONTRACT[table].types, strict=True):
        if not pa.types.is_string(kind):
            continue
        text = [value.strip() if value is not None else None for value in data[column]]
        if column in UPPER:
            text = [value.upper() if value else None for value in text]
        elif column in LOWER and column != "email":
            text = [value.lower() if value else None for value in text]
        elif column in NAMES:
            text = [re.sub(r"\s+", " ", value) if value else None for value in text]
        data[column] = pd.Series([value or None for value in text], index=data.index, dtype=object)
    return data


REQUIRED = {
    RECEIPT: ("trx_ts", "sales", "receipt_status", "updated_at"),
    LINE: ("qty", "net_sales", "receipt_updated_at"),
    PAYMENT: ("receive_main_id", "amount", "receipt_updated_at"),
    KOIN: ("cust_id", "koin", "entry_type", "entry_ts"),
    VOUCHER: ("issued_at",),
    EVENT: ("event_type", "event_ts"),
}
BUSINESS_TIME = {RECEIPT: "trx_ts", KOIN: "entry_ts", VOUCHER: "issued_at", EVENT: "event_ts"}
VOCABULARY = {
    RECEIPT: [("receipt_status", "unknown_receipt_status", {"completed", "void", "return"})],
    KOIN: [
        (
            "entry_type",
            "unknown_entry_type",
            {"issue", "redeem", "expire", "adjust", "reverse_issue", "reverse_redeem"},
        )
    ],
    EVENT: [
        (
            "event_type",
            "unknown_event_type",
            {"sent", "delivered", "opened", "clicked", "bounced", "unsubscribed"},
        ),
        ("channel", "unknown_channel", {"email", "wsme", "waba"}),
    ],
}


def newest(table: str, data: pd.DataFrame) -> pd.DataFrame:
    order = ["updated_at", "_loaded_at"] if "updated_at" in data else ["_loaded_at"]
    keys = list(KEYS[table])
    return data.sort_values(keys + order, kind="stable").drop_duplicates(keys, keep="last")


def reasons(table: str, data: pd.DataFrame) -> pd.Series:
    """Reject reason of each row by the conventions, None for usable rows."""
    reason = pd.Series([None] * len(data), index=data.index, dtype=object)

    def mark(mask: pd.Series, name: str) -> None:
        reason[mask & reason.isna()] = name

    mark(data[list(KEYS[table])].isna().any(axis=1), "missing_key")
    mark(data[[*REQUIRED.get(table, ()), "_loaded_at"]].isna().any(axis=1), "missing_value")
    if table in BUSINESS_TIME:
        business = data[BUSINESS_TIME[table]].dt.normalize()
        mark(business > data["_loaded_at"].dt.normalize(), "future_dated")
    for column, name, allowed in VOCABULARY.get(table, []):
        mark(~data[column].isin(allowed), name)
    if table == KOIN:
        mark((data["koin"] < 0) & (data["entry_type"] != "adjust"), "negative_koin")
        late = data["expires_on"] < data["entry_ts"].dt.normalize()
        mark((data["entry_type"] == "issue") & late, "impossible_expiry")
    if table == VOUCHER:
        mark(data["expires_on"] < data["issued_at"].dt.normalize(), "impossible_expiry")
    if table == TIER:
        mark(data["valid_to"] < data["valid_from"], "impossible_period")
    if table == SITE:
        mark(data["closed_on"] < data["opened_on"], "impossible_period")
    if table == PRODUCT:
        mark(data["normal_price"] < 0, "negative_price")
    if table == RECEIPT:
        is_return = data["receipt_status"] == "return"
        mark(is_return & (data["sales"] > 0), "return_without_sign")
        kept = newest(table, data[reason.isna()]).set_index("receive_main_id")["sales"]
        original = data["original_receive_main_id"].map(kept)
        mark(is_return & (data["sales"].abs() > original), "return_above_original")
    return reason


def of_newest_receipt(data: pd.DataFrame, receipts: pd.DataFrame) -> pd.DataFrame:
    """Lines or payments of the kept receipt version; of the latest one where no receipt came."""
    version = receipts.set_index("receive_main_id")["updated_at"]
    latest = data.groupby("receive_main_id")["receipt_updated_at"].max()
    wanted = data["receive_main_id"].map(version)
    wanted = wanted.where(wanted.notna(), data["receive_main_id"].map(latest))
    return data[data["receipt_updated_at"] == wanted]


def wa_phone(raw: str | None) -> str | None:
    """WhatsApp-ready phone by the table of the business rules, in plain Python."""
    if raw is None:
        return None
    text = unicodedata.normalize("NFKC", raw)
    if re.fullmatch(r"\s*\d(\.\d+)?[eE]\+?\d+\s*", text):
        return None
    for part in re.split(r"[/,;]", text):
        part = re.sub(r"\.0+\s*$", "", part.strip())
        if re.search(r"[A-Za-z]", part):
            continue
        is_abroad = part.startswith("+") and not part.startswith("+62")
        digits = re.sub(r"\D", "", part)
        number = re.sub(r"^0*62", "", digits) if re.match(r"0*62", digits) else digits
        number = number.lstrip("0")
        if is_abroad or not re.fullmatch(r"8[1-35-9]\d{7,10}", number):
            continue
        if len(set(number[1:])) <= 2 or "0123456789".startswith(f"0{number[1:]}"):
            return None
        if number in {"8123456789", "812345678910", "8987654321"}:
            return None
        return f"62{number}"
    return None


def canonical_members(data: pd.DataFrame) -> pd.DataFrame:
    """Members with tier, phone, e-mail, gender and domicile by the rules and the seeds."""
    data = data.copy()
    aliases = pd.read_csv(SEEDS / "reference" / "tier_aliases.csv", dtype=str)
    by_alias = dict(zip(aliases["alias"], aliases["tier_code"], strict=True))
    areas = pd.read_csv(
        SEEDS / "reference" / "domicile_areas.csv", dtype=str, keep_default_na=False
    )
    by_area = {
        (row.raw_city, row.raw_province): (row.city, row.province)
        for row in areas.itertuples(index=False)
    }
    data["tier"] = [by_alias.get((value or "").lower(), "UNKNOWN") for value in data["tier"]]
    data["phone_raw"] = data["phone"]
    data["phone"] = [wa_phone(value) for value in data["phone"]]
    valid = re.compile(r"[a-z0-9.'_+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
    data["email"] = [
        value.lower() if value is not None and valid.fullmatch(value.lower()) else None
        for value in data["email"]
    ]
    places = [
        by_area.get(((city or "").lower(), (province or "").lower()), (city, province))
        for city, province in zip(data["domicile_city"], data["domicile_province"], strict=True)
    ]
    data["domicile_city"] = [city for city, _ in places]
    data["domicile_province"] = [province for _, province in places]
    return data


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """A small sample in two shards, so that tables are folders of files."""
    out = tmp_path_factory.mktemp("small") / "sample"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "SHARD_MEMBERS", 350)
        return generate_sample(out, 600, 80, 7)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """The product's default sample."""
    return generate_sample(tmp_path_factory.mktemp("default") / "sample", 5_000, 107, 42)


@pytest.fixture(scope="module")
def truth(default: SampleSummary) -> dict[str, pd.DataFrame]:
    return {table: frame(read(default.path, table, "truth")) for table in CONTRACT}


@pytest.fixture(scope="module")
def reduced(small: SampleSummary) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Per table: the kept rows of the small sample's raw data, and the reject reasons."""
    result: dict[str, tuple[pd.DataFrame, pd.Series]] = {}
    for table in CONTRACT:
        raw = tidy(table, frame(read(small.path, table)))
        reason = reasons(table, raw)
        usable = raw[reason.isna()]
        if table in (LINE, PAYMENT):
            usable = of_newest_receipt(usable, result[RECEIPT][0])
        kept = newest(table, usable)
        if table == MEMBER:
            kept = canonical_members(kept)
        if table == TIER:
            kept = kept.assign(tier=canonical_tier(kept["tier"]))
        result[table] = (kept, reason)
    return result


def canonical_tier(tiers: pd.Series) -> list[str]:
    aliases = pd.read_csv(SEEDS / "reference" / "tier_aliases.csv", dtype=str)
    by_alias = dict(zip(aliases["alias"], aliases["tier_code"], strict=True))
    return [by_alias.get((value or "").lower(), "UNKNOWN") for value in tiers]


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- the same bytes, and arguments ------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_same_arguments_give_the_same_bytes(tmp_path: Path, file_format: str) -> None:
    threads = pa.cpu_count()
    for name, cpus in (("a", 1), ("b", max(threads, 2))):
        pa.set_cpu_count(cpus)
        generate_sample(tmp_path / name, 150, 30, 3, file_format=file_format)
    pa.set_cpu_count(threads)
    first, second = digest(tmp_path / "a"), digest(tmp_path / "b")
    assert first == second
    assert len(first) == 11 * 2 + 3 + 2


def test_another_seed_gives_other_members(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate_sample(tmp_path / str(seed), 50, 5, seed)
    first, second = digest(tmp_path / "1"), digest(tmp_path / "2")
    assert first["cohesive/tbl_member.parquet"] != second["cohesive/tbl_member.parquet"]


def test_a_sample_may_have_no_sale(tmp_path: Path) -> None:
    """Of a few members in a week, none buys; they have koin movements all the same."""
    seed = 99_999_999_999_999_999_999_999
    rows = generate_sample(tmp_path, 10, 1, seed).rows
    assert rows["cohesive.tbl_receipt"] == 0
    assert rows["cohesive.tbl_koin"] > 0


def test_a_sample_replaces_an_earlier_sample_but_no_other_data(tmp_path: Path) -> None:
    out = tmp_path / "data"
    generate_sample(out, 30, 4, 1, file_format="csv")
    generate_sample(out, 30, 4, 1)
    assert not list(out.rglob("*.csv")) or [p.name for p in out.rglob("*.csv")] == ["dirt.csv"]
    (out / "truth" / "planted.json").unlink()
    (out / "vars.yml").write_text("as_of_date: 2024-01-01\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no sample wrote"):
        generate_sample(out, 30, 4, 1)


def test_a_sample_replaces_the_mapped_complete_journey(tmp_path: Path) -> None:
    (tmp_path / "cohesive").mkdir()
    (tmp_path / "cohesive" / "tbl_receipt.parquet").write_bytes(b"")
    (tmp_path / VARS_FILE).write_text(COMPLETE_JOURNEY_VARS, encoding="utf-8")
    generate_sample(tmp_path, 30, 4, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cohesive", "stamps", "truth"]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((0, 10, 1), {}),
        ((10, 0, 1), {}),
        ((10, 10_000, 1), {}),
        ((10, 10, -1), {}),
        ((10, 10, 1), {"file_format": "xlsx"}),
        ((10, 10, 1), {"receipts_per_member": 0.0}),
    ],
)
def test_wrong_arguments_are_told_in_one_line(
    tmp_path: Path, arguments: tuple[int, int, int], options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        generate_sample(tmp_path / "x", *arguments, **options)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("members", "weeks"), [(1, 1), (3, 2), (40, 1)])
def test_tiny_samples_work(tmp_path: Path, members: int, weeks: int) -> None:
    summary = generate_sample(tmp_path / "tiny", members, weeks, 5)
    assert summary.truth_rows[MEMBER] == members


# --- contract ---------------------------------------------------------------------------------


@pytest.mark.parametrize("table", list(CONTRACT))
def test_tables_have_the_columns_and_types_of_the_contract(
    small: SampleSummary, table: str
) -> None:
    assert read(small.path, table).schema.remove_metadata() == CONTRACT[table]
    assert read(small.path, table, "truth").schema.remove_metadata() == truth_schema(table)
    assert len(read(small.path, table)) == small.rows[table]
    assert len(read(small.path, table, "truth")) == small.truth_rows[table]


def test_several_shards_write_folders_of_files(small: SampleSummary) -> None:
    parts = sorted(path.name for path in (small.path / "cohesive" / "tbl_receipt").iterdir())
    assert parts == ["part-00000.parquet", "part-00001.parquet"]
    assert (small.path / "cohesive" / "tbl_site.parquet").is_file()


def test_csv_holds_the_same_rows_and_some_that_do_not_parse(tmp_path: Path) -> None:
    as_csv = generate_sample(tmp_path / "csv", 120, 62, 9, file_format="csv")
    as_parquet = generate_sample(tmp_path / "parquet", 120, 62, 9)
    for table in CONTRACT:
        schema, name = table.split(".")
        rows = pd.read_csv(tmp_path / "csv" / schema / f"{name}.csv", dtype=str)
        broken = as_csv.dirt[table, "reject_unparseable", "quarantined", "unparseable"]
        assert list(rows.columns) == CONTRACT[table].names
        assert broken >= 3
        assert len(rows) == as_csv.rows[table] == as_parquet.rows[table] + broken
    skus = pd.read_csv(tmp_path / "csv" / "cohesive" / "tbl_product.csv", dtype=str)["sku"]
    assert skus.dropna().str.strip().str.startswith("0000").any()


# --- the seeds that belong to the sample --------------------------------------------------------


@pytest.mark.parametrize("name", ["members_choice_skus", "harga_spesial_koin_skus"])
def test_promo_lists_name_products_of_the_catalogue(name: str) -> None:
    rows = pd.read_csv(
        SEEDS / "programmes" / f"{name}.csv",
        dtype={"sku": str}, parse_dates=["starts_on", "ends_on"],
    )  # fmt: skip
    catalogue = build_catalogue()
    number = [catalogue.number[sku] for sku in rows["sku"]]
    assert [BUSINESS_UNITS[unit] for unit in catalogue.bu[number]] == rows["bu_code"].to_list()
    price = catalogue.price[number]
    if name == "harga_spesial_koin_skus":
        assert (rows["normal_price"] == price).all()
        assert (rows["koin_price"] < price).all()
    else:
        assert (rows["special_price"] < price).all()
    ordered = rows.sort_values(["bu_code", "sku", "starts_on"])
    same = ordered[["bu_code", "sku"]].eq(ordered[["bu_code", "sku"]].shift()).all(axis=1)
    assert (ordered["starts_on"] > ordered["ends_on"].shift())[same].all()
    assert rows["sku"].str.startswith("0").any()


def test_campaign_scopes_name_what_exists() -> None:
    folder = SEEDS / "programmes"
    scope = pd.read_csv(folder / "campaign_scope.csv", dtype=str)
    kinds = pd.read_csv(folder / "campaigns.csv").set_index("campaign_code")["scope_type"]
    known = {
        "sku": set(build_catalogue().number),
        "category": set(CATEGORIES),
        "site": set(SITE_NUMBERS),
    }
    for row in scope.itertuples(index=False):
        assert row.scope_value in known[kinds[row.campaign_code]]
    assert set(kinds[kinds != "all"].index) == set(scope["campaign_code"])


def test_seasons_are_those_of_the_seed() -> None:
    seasons = pd.read_csv(SEEDS / "reference" / "seasons.csv")
    told = set(seasons[["season", "starts_on", "ends_on"]].itertuples(index=False, name=None))
    for year in range(2023, 2029):
        for season, windows in season_windows(year).items():
            for starts_on, ends_on in windows:
                assert (season, str(starts_on), str(ends_on)) in told


# --- raw data reduce to the truth, and the dirt is counted ------------------------------------


@pytest.mark.parametrize("table", list(CONTRACT))
def test_raw_reduces_to_the_truth(
    small: SampleSummary, reduced: dict[str, tuple[pd.DataFrame, pd.Series]], table: str
) -> None:
    expected = frame(read(small.path, table, "truth"))
    keys = list(KEYS[table])
    kept = reduced[table][0][list(expected.columns)].sort_values(keys, ignore_index=True)
    expected = expected.sort_values(keys, ignore_index=True)
    for column in expected.columns:
        left, right = kept[column], expected[column]
        differs = ~((left == right) | (left.isna() & right.isna()))
        assert not differs.any(), (
            column, expected.loc[differs, [*keys, column]].head(), kept.loc[differs, column].head(),
        )  # fmt: skip


@pytest.mark.parametrize("table", list(CONTRACT))
def test_raw_rows_are_kept_superseded_or_rejected_as_counted(
    small: SampleSummary, reduced: dict[str, tuple[pd.DataFrame, pd.Series]], table: str
) -> None:
    kept, reason = reduced[table]
    counted: dict[str, int] = {}
    superseded = 0
    for (name, kind, outcome, why), rows in small.dirt.items():
        if name == table and outcome == "quarantined" and why != "pre_cohesive":
            counted[why] = counted.get(why, 0) + rows
        if name == table and kind in SUPERSEDED_KINDS:
            superseded += rows
    assert reason.value_counts().to_dict() == counted
    assert all(rows >= 3 for rows in counted.values())
    assert len(reason) == len(kept) + superseded + sum(counted.values())


@pytest.mark.parametrize("table", list(CONTRACT))
def test_spellings_are_counted(small: SampleSummary, table: str) -> None:
    raw = read(small.path, table)
    marks = {
        name: np.zeros(len(raw), dtype=bool)
        for name in ("stray_spaces", "mixed_case", "empty_string")
    }
    for column in raw.column_names:
        if not pa.types.is_string(raw.schema.field(column).type):
            continue
        values = raw.column(column).to_pylist()
        for row, value in enumerate(values):
            if value is None:
                continue
            text = value.strip()
            if not text:
                marks["empty_string"][row] = True
                continue
            clean = re.sub(r"\s+", " ", text) if column in NAMES else text
            marks["stray_spaces"][row] |= clean != value
            if column in UPPER:
                marks["mixed_case"][row] |= text != text.upper()
            elif column in LOWER and not (table == MEMBER and column == "email"):
                marks["mixed_case"][row] |= text != text.lower()
    for kind, mask in marks.items():
        assert small.dirt.get((table, kind, "corrected", ""), 0) == mask.sum(), kind


def test_unknowns_are_counted(small: SampleSummary) -> None:
    data = {table: frame(read(small.path, table, "truth")) for table in CONTRACT}
    units = set(pd.read_csv(SEEDS / "reference" / "business_units.csv")["bu_code"])
    receipts, members = data[RECEIPT], set(data[MEMBER]["cust_id"])
    keys = set(receipts["receive_main_id"])

    def unknown(table: str, column: str, known: set[str]) -> int:
        return int((data[table][column].notna() & ~data[table][column].isin(known)).sum())

    found = {
        (RECEIPT, "unknown_bu"): unknown(RECEIPT, "bu_code", units),
        (RECEIPT, "missing_bu"): int(receipts["bu_code"].isna().sum()),
        (RECEIPT, "unknown_site"): unknown(RECEIPT, "site_code", set(data[SITE]["site_code"])),
        (RECEIPT, "unknown_member"): unknown(RECEIPT, "cust_id", members),
        (RECEIPT, "orphan_return"): unknown(RECEIPT, "original_receive_main_id", keys),
        (LINE, "unknown_sku"): unknown(LINE, "sku", set(data[PRODUCT]["sku"])),
        (LINE, "missing_sku"): int(data[LINE]["sku"].isna().sum()),
        (LINE, "orphan_line"): unknown(LINE, "receive_main_id", keys),
        (PAYMENT, "orphan_payment"): unknown(PAYMENT, "receive_main_id", keys),
        (PAYMENT, "unknown_voucher"): unknown(
            PAYMENT, "voucher_code", set(data[VOUCHER]["voucher_code"])
        ),
        (KOIN, "orphan_koin"): unknown(KOIN, "main_receive_payment_id", keys),
        (KOIN, "unknown_member"): unknown(KOIN, "cust_id", members),
        (KOIN, "unknown_bu"): unknown(KOIN, "issue_bu_code", units),
        (TIER, "unknown_member"): unknown(TIER, "cust_id", members),
        (TIER, "unknown_tier"): int((data[TIER]["tier"] == "UNKNOWN").sum()),
        (CHILD, "unknown_member"): unknown(CHILD, "cust_id", members),
        (MEMBER, "unknown_tier"): int((data[MEMBER]["tier"] == "UNKNOWN").sum()),
        (MEMBER, "unknown_site"): unknown(MEMBER, "pref_site_code", set(data[SITE]["site_code"])),
        (VOUCHER, "orphan_redemption"): unknown(VOUCHER, "redeemed_receive_main_id", keys),
        (VOUCHER, "unknown_member"): unknown(VOUCHER, "cust_id", members),
        (EVENT, "unknown_member"): unknown(
            EVENT, "stamps_user_id", set(data[MEMBER]["stamps_user_id"])
        ),
    }
    for (table, kind), rows in found.items():
        assert small.dirt.get((table, kind, "unknown", ""), 0) == rows, (table, kind)
        assert rows >= 1, (table, kind)
    before = receipts["trx_ts"] < GO_LIVE
    old = set(receipts.loc[before, "receive_main_id"])
    for table, rows in (
        (RECEIPT, int(before.sum())),
        (LINE, int(data[LINE]["receive_main_id"].isin(old).sum())),
        (PAYMENT, int(data[PAYMENT]["receive_main_id"].isin(old).sum())),
        (KOIN, int((data[KOIN]["entry_ts"] < GO_LIVE).sum())),
    ):
        key = (table, "pre_cohesive", "quarantined", "pre_cohesive")
        assert small.dirt[key] == rows


def test_lateness_and_disorder_are_counted(small: SampleSummary) -> None:
    for table in (RECEIPT, KOIN):
        schema, name = table.split(".")
        behind = 0
        for path in sorted((small.path / schema / name).iterdir()):
            days = frame(pq.read_table(path))["_loaded_at"].dropna().dt.normalize()
            behind += int((days < days.cummax()).sum())
        assert small.dirt[table, "out_of_order", "corrected", ""] == behind > 0
    void = frame(read(small.path, RECEIPT, "truth"))
    void = set(void.loc[void["receipt_status"] == "void", "receive_main_id"])
    koin = frame(read(small.path, KOIN, "truth"))
    on_void = int(koin["main_receive_payment_id"].isin(void).sum())
    assert small.dirt[KOIN, "koin_on_void_receipt", "unknown", ""] == on_void > 0
    raw = tidy(RECEIPT, frame(read(small.path, RECEIPT)))
    kept = newest(RECEIPT, raw[reasons(RECEIPT, raw).isna()])
    wait = kept["_loaded_at"].dt.normalize() - kept["trx_ts"].dt.normalize()
    assert small.dirt[RECEIPT, "late_row", "corrected", ""] == int((wait.dt.days >= 2).sum())


def test_dirt_file_tells_the_counts(small: SampleSummary) -> None:
    told = pd.read_csv(small.path / "truth" / "dirt.csv", keep_default_na=False)
    assert list(told.columns) == ["table", "kind", "outcome", "reason", "row_count"]
    assert set(told["outcome"]) == {"corrected", "quarantined", "unknown", "warned"}
    counts = told.set_index(["table", "kind", "outcome", "reason"])["row_count"].to_dict()
    assert counts == small.dirt


# --- identities of the truth ------------------------------------------------------------------


def sums(data: pd.DataFrame, column: str) -> pd.Series:
    return data.groupby("receive_main_id")[column].sum()


def test_money_adds_up_except_where_planted(
    default: SampleSummary, truth: dict[str, pd.DataFrame]
) -> None:
    receipts = truth[RECEIPT].set_index("receive_main_id")
    lines, payments, koin = truth[LINE], truth[PAYMENT], truth[KOIN]
    assert (lines["gross_sales"] - lines["discount"] == lines["net_sales"]).all()
    assert (sums(lines, "net_sales").reindex(receipts.index) == receipts["sales"]).all()
    paid = sums(payments, "amount").reindex(receipts.index).fillna(0)
    wrong = int((paid != receipts["sales"]).sum())
    assert wrong == default.dirt[PAYMENT, "payments_do_not_add_up", "unknown", ""]

    redeemed = koin[koin["entry_type"] == "redeem"]
    ledger = redeemed.groupby("main_receive_payment_id")["koin"].sum().reindex(receipts.index)
    ledger = ledger.fillna(0)
    is_sale = receipts["receipt_status"] != "return"
    used = sums(lines, "koin_used").reindex(receipts.index).fillna(0)
    tender = sums(payments[payments["payment_method"] == "KOIN"], "amount")
    tender = tender.reindex(receipts.index).fillna(0)
    kinds = default.dirt
    assert (
        int(((used != ledger) & is_sale).sum())
        == (kinds[LINE, "koin_used_differs_from_ledger", "unknown", ""])
    )
    assert int(((tender != ledger) & is_sale).sum()) == sum(
        kinds[PAYMENT, kind, "unknown", ""]
        for kind in (
            "koin_tender_differs_from_ledger",
            "ledger_without_koin_tender",
            "koin_tender_without_ledger",
        )
    )
    returns = receipts[~is_sale]
    assert (returns["sales"] < 0).all()
    assert (lines["koin_used"].abs() <= lines["net_sales"].abs()).all()
    original = receipts["sales"].reindex(returns["original_receive_main_id"]).to_numpy()
    assert (np.isnan(original) | (-returns["sales"].to_numpy() <= original)).all()


def test_harga_spesial_koin_is_sold_wholly_and_partly_for_koin(
    truth: dict[str, pd.DataFrame],
) -> None:
    offers = pd.read_csv(
        SEEDS / "programmes" / "harga_spesial_koin_skus.csv",
        dtype={"sku": str}, parse_dates=["starts_on", "ends_on"],
    )  # fmt: skip
    receipts = truth[RECEIPT][["receive_main_id", "bu_code", "trx_ts", "receipt_status", "cust_id"]]
    lines = truth[LINE].merge(receipts, on="receive_main_id").merge(offers, on=["sku", "bu_code"])
    day = lines["trx_ts"].dt.normalize()
    lines = lines[(day >= lines["starts_on"]) & (day <= lines["ends_on"])]
    lines = lines[(lines["receipt_status"] == "completed") & lines["cust_id"].notna()]
    whole = lines["koin_used"] >= lines["koin_price"] * lines["qty"]
    assert whole.sum() > 300
    assert ((lines["koin_used"] > 0) & ~whole).sum() > 30
    paid = lines[whole & (lines["net_sales"] == lines["koin_used"])]
    assert (paid["net_sales"] == paid["koin_price"] * paid["qty"]).all()


def test_members_choice_is_sold_at_the_special_price(truth: dict[str, pd.DataFrame]) -> None:
    offers = pd.read_csv(
        SEEDS / "programmes" / "members_choice_skus.csv",
        dtype={"sku": str}, parse_dates=["starts_on", "ends_on"],
    )  # fmt: skip
    receipts = truth[RECEIPT][["receive_main_id", "bu_code", "trx_ts", "receipt_status", "cust_id"]]
    lines = truth[LINE].merge(receipts, on="receive_main_id").merge(offers, on=["sku", "bu_code"])
    day = lines["trx_ts"].dt.normalize()
    lines = lines[(day >= lines["starts_on"]) & (day <= lines["ends_on"])]
    known = truth[MEMBER]["cust_id"]
    lines = lines[lines["cust_id"].isin(known) & (lines["receipt_status"] == "completed")]
    assert (lines["net_sales"] == lines["special_price"] * lines["qty"]).mean() > 0.99
    assert lines["period_code"].nunique() == offers["period_code"].nunique()


def planted_koin(koin: pd.DataFrame, members: pd.DataFrame, receipts: pd.DataFrame) -> set[str]:
    """Members with planted orphan, unknown or early koin rows: their lots are not FIFO."""
    odd = koin["entry_ts"] < GO_LIVE
    odd |= ~koin["cust_id"].isin(members["cust_id"])
    odd |= koin["issue_bu_code"] == "XKLG"
    keys = set(receipts["receive_main_id"])
    odd |= koin["main_receive_payment_id"].notna() & ~koin["main_receive_payment_id"].isin(keys)
    return set(koin.loc[odd, "cust_id"])


def test_ledger_consumes_lots_first_in_first_out(truth: dict[str, pd.DataFrame]) -> None:
    """Issuers and lots that the ledger names are those of the closed form of the FIFO rule."""
    koin = truth[KOIN]
    skip = planted_koin(koin, truth[MEMBER], truth[RECEIPT])
    koin = koin[~koin["cust_id"].isin(skip)].sort_values(["cust_id", "entry_ts", "koin_id"])
    rows = koin[
        ["cust_id", "koin_id", "entry_type", "koin", "issue_bu_code", "source_koin_id"]
    ].itertuples(index=False)
    member, named, sourced, overdrawn = None, 0, 0, 0
    ends: list[int] = []
    lots: list[tuple[str | None, str]] = []
    axis = cursor = 0
    for cust_id, koin_id, kind, amount, issuer, source in rows:
        amount = int(amount)
        if cust_id != member:
            member, ends, lots, axis, cursor = cust_id, [], [], 0, 0
        if kind == "issue" or (kind == "adjust" and amount > 0):
            axis += amount
            ends.append(axis)
            lots.append((issuer, koin_id))
        elif kind in ("redeem", "expire"):
            first = bisect.bisect_right(ends, cursor)
            if source is not None or issuer is not None:
                assert first < len(lots)
                assert cursor + amount <= ends[first], "a row that names a lot lies within it"
            if issuer is not None:
                assert issuer == lots[first][0]
                named += 1
            if source is not None:
                assert source == lots[first][1]
                sourced += 1
            cursor += amount
            overdrawn += cursor > axis
        elif kind == "reverse_redeem":
            cursor -= amount
        elif kind == "reverse_issue":
            cursor += amount
        else:
            cursor -= amount
    assert named > 10_000
    assert sourced > 10_000
    assert 3 <= overdrawn < 500


def test_ledger_rows_name_their_issuer_lot_or_nothing(truth: dict[str, pd.DataFrame]) -> None:
    koin = truth[KOIN]
    redeem = koin[koin["entry_type"] == "redeem"]
    issuer, lot = redeem["issue_bu_code"].notna(), redeem["source_koin_id"].notna()
    assert 0.42 < issuer.mean() < 0.58
    assert 0.18 < (~issuer & lot).mean() < 0.32
    assert 0.18 < (~issuer & ~lot).mean() < 0.32
    assert (redeem.groupby("main_receive_payment_id").size() > 1).mean() > 0.2
    assert set(koin["entry_type"]) == {
        "issue", "redeem", "expire", "adjust", "reverse_issue", "reverse_redeem",
    }  # fmt: skip
    assert (redeem["redeem_bu_code"] == "ODI").sum() > 100
    source = koin.set_index("koin_id")["entry_type"]
    for kind, undone in (("reverse_redeem", "redeem"), ("reverse_issue", "issue")):
        known = koin.loc[koin["entry_type"] == kind, "source_koin_id"].dropna()
        assert len(known) > 50
        assert (source.reindex(known) == undone).all()
    issue = koin[koin["entry_type"] == "issue"]
    expired = set(koin.loc[koin["entry_type"] == "expire", "source_koin_id"].dropna())
    overdue = issue[issue["expires_on"] < pd.Timestamp("2025-11-02")]
    assert (~overdue["koin_id"].isin(expired)).any()


def test_references_hold(truth: dict[str, pd.DataFrame]) -> None:
    receipts = truth[RECEIPT]
    sites = truth[SITE].set_index("site_code")
    known = receipts[receipts["site_code"].isin(sites.index)]
    known = known[known["trx_ts"] >= GO_LIVE]
    day = known["trx_ts"].dt.normalize()
    assert (day >= sites["opened_on"].reindex(known["site_code"]).to_numpy()).all()
    closed = sites["closed_on"].reindex(known["site_code"]).to_numpy()
    assert (pd.isna(closed) | (day.to_numpy() <= closed)).all()
    units = known["bu_code"].isin(sites["bu_code"].unique())
    assert (known["bu_code"] == sites["bu_code"].reindex(known["site_code"]).to_numpy())[
        units
    ].all()
    completed = set(receipts.loc[receipts["receipt_status"] == "completed", "receive_main_id"])
    returns = receipts[receipts["receipt_status"] == "return"]
    assert returns["original_receive_main_id"].isin(completed).mean() > 0.98
    vouchers = truth[VOUCHER]
    used = vouchers[vouchers["redeemed_at"].notna()]
    late = used["redeemed_at"].dt.normalize() > used["expires_on"]
    assert 0 < late.mean() < 0.05


def test_last_load_is_early_on_the_day_after_the_last_date(default: SampleSummary) -> None:
    loads = [
        pa.compute.max(read(default.path, table).column("_loaded_at")).as_py() for table in CONTRACT
    ]
    assert pd.Timestamp("2025-11-03") < pd.Timestamp(max(loads)) < pd.Timestamp("2025-11-03 06:00")
    receipts = frame(read(default.path, RECEIPT, "truth"))
    assert receipts["trx_ts"].max().date() == pd.Timestamp("2025-11-02").date()


# --- figures ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sales(truth: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Completed receipts since go-live with week, tier on the day, and koin of the ledger."""
    receipts = truth[RECEIPT]
    data = receipts[
        (receipts["receipt_status"] == "completed") & (receipts["trx_ts"] >= GO_LIVE)
    ].copy()
    data["day"] = data["trx_ts"].dt.normalize()
    data["week"] = data["day"] - pd.to_timedelta(data["day"].dt.day_of_week, unit="D")
    koin = truth[KOIN]
    redeemed = koin[koin["entry_type"] == "redeem"].groupby("main_receive_payment_id")["koin"].sum()
    data["koin"] = data["receive_main_id"].map(redeemed).fillna(0)
    history = truth[TIER].rename(columns={"tier": "tier_then"})
    then = data[["receive_main_id", "cust_id", "day"]].merge(history, on="cust_id")
    then = then[
        (then["valid_from"] <= then["day"])
        & (then["valid_to"].isna() | (then["day"] < then["valid_to"]))
    ]
    then = then.sort_values("valid_from").drop_duplicates("receive_main_id", keep="last")
    tier = data["receive_main_id"].map(then.set_index("receive_main_id")["tier_then"])
    current = data["cust_id"].map(truth[MEMBER].set_index("cust_id")["tier"])
    data["tier"] = tier.where(tier.notna(), current)
    return data


def test_azko_figures_are_believable_in_every_week(sales: pd.DataFrame) -> None:
    azko = sales[sales["bu_code"] == "AZKO"]
    weeks = azko.groupby("week")
    assert len(weeks) == 107
    share = weeks["cust_id"].apply(lambda ids: ids.notna().mean())
    assert share.between(0.58, 0.77).all()
    members = azko[azko["cust_id"].notna()]
    paying = members[members["koin"] > 0]
    with_koin = paying.groupby("week").size() / members.groupby("week").size()
    assert 0.15 < len(paying) / len(members) < 0.30
    assert with_koin.between(0.12, 0.33).all()
    multiplier = paying.groupby("week")["sales"].sum() / paying.groupby("week")["koin"].sum()
    assert multiplier.between(7, 40).all()
    tiers = paying.groupby(["week", "tier"]).size().unstack(fill_value=0)
    assert (tiers[["SILVER", "GOLD", "PLATINUM"]] > 0).all().all()


def test_size_suits_a_quick_build(default: SampleSummary) -> None:
    assert 60_000 <= default.truth_rows[RECEIPT] <= 100_000


def test_members_and_products_are_zipf_like(
    sales: pd.DataFrame, truth: dict[str, pd.DataFrame]
) -> None:
    trips = sales["cust_id"].value_counts()
    assert trips.iloc[: len(trips) // 10].sum() > 0.3 * trips.sum()
    assert trips.median() <= 8
    units = truth[LINE]["sku"].value_counts()
    assert units.iloc[: len(units) // 10].sum() > 0.2 * units.sum()


def test_seasons_shift_volume(sales: pd.DataFrame) -> None:
    daily = sales.groupby("day").size()
    usual = daily.mean()
    for feast in ("2024-04-10", "2025-03-31"):
        day = pd.Timestamp(feast)
        before = daily[day - pd.Timedelta(days=14) : day - pd.Timedelta(days=3)].mean()
        assert before > 1.15 * usual
        assert daily[day] < 0.8 * usual


def test_tiers_change_within_weeks(truth: dict[str, pd.DataFrame]) -> None:
    history = truth[TIER]
    first = history.groupby("cust_id")["valid_from"].transform("min")
    changes = history[history["valid_from"] > first]
    assert len(changes) > 500
    assert changes["valid_from"].dt.day_of_week.nunique() == 7


def test_members_prefer_categories(sales: pd.DataFrame, truth: dict[str, pd.DataFrame],
                                   default: SampleSummary) -> None:  # fmt: skip
    """Lines of preferred categories are several times as frequent as their popularity says."""
    preferred = read(default.path, "planted.member_preferences", "truth").to_pandas()
    lines = truth[LINE].merge(sales[["receive_main_id", "cust_id"]], on="receive_main_id")
    lines = lines.merge(truth[PRODUCT][["sku", "category"]], on="sku").dropna(subset=["cust_id"])
    popularity = lines["category"].value_counts(normalize=True)
    liked = lines.merge(preferred, on=["cust_id", "category"])
    expected = preferred.merge(
        lines.groupby("cust_id").size().rename("lines").reset_index(), on="cust_id"
    )
    expected = (expected["category"].map(popularity) * expected["lines"]).sum()
    assert 3 < len(liked) / expected < 10
    assert len(liked) / len(lines) < 0.75


def test_planted_seasonal_shoppers_come_back_every_season(
    sales: pd.DataFrame, default: SampleSummary
) -> None:
    seasonal = read(default.path, "planted.seasonal_members", "truth").to_pandas()
    seasons = pd.read_csv(SEEDS / "reference" / "seasons.csv", parse_dates=["starts_on", "ends_on"])
    seasons = seasons[(seasons["starts_on"] >= GO_LIVE) & (seasons["ends_on"] <= "2025-11-02")]
    trips = sales.merge(seasonal, on="cust_id").merge(seasons, on="season")
    inside = trips[(trips["day"] >= trips["starts_on"]) & (trips["day"] <= trips["ends_on"])]
    counts = inside.groupby(["cust_id", "occurrence"]).size().reset_index(name="trips")
    twice = counts[counts["trips"] >= 2].groupby("cust_id").size()
    assert (twice >= 2).sum() > 0.85 * len(seasonal)
    assert default.planted["seasonal_members"] == {
        **dict.fromkeys(default.planted["seasonal_members"], 0),
        **seasonal["season"].value_counts().to_dict(),
    }
    assert len(seasonal) > 80


def test_campaigns_have_a_true_uplift(sales: pd.DataFrame, default: SampleSummary) -> None:
    groups = read(default.path, "planted.campaign_groups", "truth").to_pandas()
    campaigns = pd.read_csv(
        SEEDS / "programmes" / "campaigns.csv", parse_dates=["promo_starts_on", "promo_ends_on"]
    ).set_index("campaign_code")
    uplifted = [c for c in default.planted["campaigns"] if c["extra_trip_chance"] > 0]
    assert len(uplifted) >= 2
    z_values = []
    for item in uplifted:
        campaign = campaigns.loc[item["campaign_code"]]
        of = groups[groups["campaign_code"] == item["campaign_code"]]
        promo = sales[
            sales["day"].between(campaign["promo_starts_on"], campaign["promo_ends_on"])
            & (sales["bu_code"] == campaign["bu_code"])
        ]
        bought = of["cust_id"].isin(promo["cust_id"])
        rate = bought.groupby(of["member_group"]).mean()
        size = of["member_group"].value_counts()
        assert (size["target"], size["holdout"]) == (item["targets"], item["holdout"])
        pooled = bought.mean()
        error = np.sqrt(pooled * (1 - pooled) * (1 / size["target"] + 1 / size["holdout"]))
        z_values.append((rate["target"] - rate["holdout"]) / error)
    assert sum(z > 2 for z in z_values) >= 2, z_values


def test_closed_store_moves_its_members(
    sales: pd.DataFrame, default: SampleSummary, truth: dict[str, pd.DataFrame]
) -> None:
    closed = pd.Timestamp("2025-02-28")
    azko = sales[(sales["bu_code"] == "AZKO") & sales["cust_id"].notna()]
    before = azko[azko["day"].between(closed - pd.Timedelta(days=364), closed)]
    base = set(before.loc[before["site_code"] == "A341", "cust_id"])
    assert len(base) > 60
    after = azko[azko["day"].between(closed, closed + pd.Timedelta(days=90), inclusive="right")]
    after = after[after["cust_id"].isin(base)]
    assert after["site_code"].value_counts().idxmax() == "A653"
    assert 0.2 < after["cust_id"].nunique() / len(base) < 0.9
    moves = default.planted["closures"][0]["members_by_destination"]
    assert moves["A653"] > moves["A479"] > 0
    assert moves["not_returned"] > 0
    bandung = azko[azko["site_code"].isin(["A352", "A709"])]
    both = bandung.groupby("cust_id")["site_code"].nunique()
    assert (both == 2).sum() > 40
    opened = azko[azko["site_code"] == "A718"]
    assert opened["day"].min() >= pd.Timestamp("2025-07-18")
    assert len(opened) > 30
    assert truth[SITE]["area_manager"].isna().any()


def test_messages_hold_together(truth: dict[str, pd.DataFrame]) -> None:
    events = truth[EVENT]
    sent = set(events.loc[events["event_type"] == "sent", "message_id"])
    assert events["message_id"].isin(sent).all()
    kinds = events.groupby("event_type").size()
    assert set(kinds.index) == {
        "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed",
    }  # fmt: skip
    assert set(events["channel"]) == {"email", "wsme", "waba"}
    assert events.loc[events["event_type"] == "bounced", "bounce_type"].isin(["hard", "soft"]).all()
    opened = events[events["event_type"] == "opened"]
    assert opened["is_machine_open"].astype(bool).mean() > 0.05
    assert kinds["delivered"] + kinds["bounced"] == kinds["sent"]


def test_contacts_are_invented_and_varied(truth: dict[str, pd.DataFrame]) -> None:
    members = truth[MEMBER]
    addresses = members["email"].dropna()
    assert addresses.str.fullmatch(r".+@([a-z]+\.)?example\.(com|org|net)").all()
    assert members["phone"].dropna().str.fullmatch(r"628[1-35-9]\d{7,10}").all()
    assert 0.85 < members["phone"].notna().mean() < 0.97
    assert members["phone"].dropna().duplicated().any()
    assert members["erased_at"].notna().sum() > 5
    for column in ("email_opt_in", "whatsapp_opt_in"):
        assert {value for value in members[column] if value is not None} == {True, False}
        assert members[column].isna().any()


def test_planted_file_tells_what_was_planted(default: SampleSummary) -> None:
    told = json.loads((default.path / "truth" / "planted.json").read_text(encoding="utf-8"))
    assert told == default.planted
    assert told["closures"][0]["closed_on"] == "2025-02-28"
    assert told["relocations"][0]["opened_on"] == "2024-09-22"
