"""The reference seeds: what is committed is what is generated, and the tables agree."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from koin_loyalty.reference import generated_seeds, write_generated_seeds
from koin_loyalty.reference.calendar import holiday_rows, idul_fitri_dates, seasons
from koin_loyalty.reference.domiciles import read_regions

SEEDS_DIR = Path(__file__).parents[2] / "seeds" / "reference"

COLUMNS = {
    "business_units": ["bu_code", "bu_name", "is_in_koin_in_out"],
    "campaign_areas": ["area", "city", "province"],
    "channels": [
        "channel",
        "stamps_channel",
        "consent",
        "required_attributes",
        "requires_full_registration",
        "max_recipients",
        "frequency_cap_messages",
        "frequency_cap_days",
        "exclusivity",
        "capacity_group",
        "daily_capacity",
    ],
    "domicile_areas": ["raw_city", "raw_province", "city", "province"],
    "holidays": ["date", "name", "is_public_holiday", "is_cuti_bersama"],
    "loyalty_tiers": ["tier_code", "tier_rank", "min_l12m_spend", "earn_rate"],
    "payment_methods": [
        "payment_method",
        "bank_code",
        "payment_group",
        "payment_partner",
        "is_loyalty_tender",
    ],
    "rfm_segments": [
        "rule_order",
        "r_min",
        "r_max",
        "f_min",
        "f_max",
        "m_min",
        "m_max",
        "rfm_segment",
    ],
    "seasons": ["season", "occurrence", "starts_on", "ends_on"],
    "tier_aliases": ["alias", "tier_code"],
}


def read_seed(name: str) -> list[dict[str, str]]:
    with (SEEDS_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def domiciles() -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (row["raw_city"], row["raw_province"]): (row["city"], row["province"])
        for row in read_seed("domicile_areas")
    }


def test_committed_seeds_are_the_generated_ones() -> None:
    for name, content in generated_seeds().items():
        committed = (SEEDS_DIR / name).read_bytes().decode("utf-8")
        assert committed == content, f"{name} differs: run `koin reference`"


def test_write_generated_seeds_makes_the_folder_and_returns_the_files(tmp_path: Path) -> None:
    paths = write_generated_seeds(tmp_path / "new" / "reference")
    assert [path.name for path in paths] == ["domicile_areas.csv", "holidays.csv", "seasons.csv"]
    assert all(path.read_bytes() == (SEEDS_DIR / path.name).read_bytes() for path in paths)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_columns_are_those_of_the_contract_and_of_the_yaml(name: str) -> None:
    with (SEEDS_DIR / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == COLUMNS[name]
    described = yaml.safe_load((SEEDS_DIR / "_reference__seeds.yml").read_text(encoding="utf-8"))
    seed = next(seed for seed in described["seeds"] if seed["name"] == name)
    assert [column["name"] for column in seed["columns"]] == COLUMNS[name]
    assert all(column["description"] for column in seed["columns"])
    assert {column["name"]: column["data_type"] for column in seed["columns"]} == seed["config"][
        "column_types"
    ]


def test_every_cell_is_trimmed() -> None:
    for name in COLUMNS:
        for row in read_seed(name):
            assert all(cell == " ".join(cell.split()) for cell in row.values()), (name, row)


def test_regions_are_the_514_of_38_provinces() -> None:
    regions = read_regions()
    assert len(regions) == len(set(regions)) == 514
    assert sum(region.is_kota for region in regions) == 98
    assert len({region.province for region in regions}) == 38


def test_domicile_keys_are_unique_lower_case_and_reach_every_region(
    domiciles: dict[tuple[str, str], tuple[str, str]],
) -> None:
    assert len(domiciles) == len(read_seed("domicile_areas"))
    assert all(part == part.lower() for key in domiciles for part in key)
    reached = set(domiciles.values())
    assert reached == {(r.city, r.province) for r in read_regions()} | {("Jakarta", "DKI Jakarta")}
    for region in read_regions():
        own = (region.city, region.province)
        assert domiciles[region.city.lower(), region.province.lower()] == own
        assert domiciles[region.city.lower(), ""] == own


@pytest.mark.parametrize(
    ("raw_city", "raw_province", "city"),
    [
        ("kota serang", "banten", "Kota Serang"),
        ("kab. serang", "banten", "Kabupaten Serang"),
        ("kabupaten serang", "banten", "Kabupaten Serang"),
        ("kab serang", "", "Kabupaten Serang"),
        ("serang", "banten", "Kota Serang"),
        ("bogor", "jabar", "Kota Bogor"),
        ("bogor regency", "west java", None),
        ("bogor regency", "jawa barat", "Kabupaten Bogor"),
        ("depok", "jawa barat", "Kota Depok"),
        ("depok", "", "Kota Depok"),
        ("depok", "di yogyakarta", None),
        ("banjar", "", None),
        ("banjar", "kalsel", "Kabupaten Banjar"),
        ("banjar", "jawa barat", "Kota Banjar"),
        ("jaksel", "dki", "Kota Jakarta Selatan"),
        ("jakarta selatan", "dki jakarta", "Kota Jakarta Selatan"),
        ("jakarta", "dki jakarta", "Jakarta"),
        ("tangsel", "", "Kota Tangerang Selatan"),
        ("merauke", "papua", "Kabupaten Merauke"),
        ("merauke", "papua selatan", "Kabupaten Merauke"),
        ("solo", "jateng", "Kota Surakarta"),
        ("kota baru", "", None),
        ("serang baru", "", None),
        ("batang serangan", "", None),
        ("cirebon", "jawa timur", None),
    ],
)
def test_spellings_map_whole(
    domiciles: dict[tuple[str, str], tuple[str, str]],
    raw_city: str,
    raw_province: str,
    city: str | None,
) -> None:
    found = domiciles.get((raw_city, raw_province))
    assert (found[0] if found else None) == city


def test_campaign_areas_use_known_places() -> None:
    places = {(row["city"], row["province"]) for row in read_seed("domicile_areas")}
    areas: dict[str, set[str]] = {}
    for row in read_seed("campaign_areas"):
        assert (row["city"], row["province"]) in places, row
        areas.setdefault(row["area"], set()).add(row["city"])
    assert areas["Serang"] == {"Kota Serang", "Kabupaten Serang"}
    assert areas["Bogor"] == {"Kota Bogor", "Kabupaten Bogor"}
    assert areas["Depok"] == {"Kota Depok"}
    assert areas["Bukittinggi"] == {"Kota Bukittinggi"}
    assert len(areas["Sumatera Barat"]) == 19
    for region in read_regions():
        assert region.city in areas[region.province]


def test_every_holiday_is_public_or_cuti_bersama_and_no_date_repeats() -> None:
    rows = holiday_rows()
    assert len({row[0] for row in rows}) == len(rows)
    assert all("true" in row[2:] for row in rows)
    by_date = {row[0]: row for row in rows}
    assert by_date["2025-08-18"][2:] == ("false", "true")
    assert by_date["2025-08-17"][2:] == ("true", "false")
    assert "2025-10-02" not in by_date


def test_lebaran_lies_around_idul_fitri() -> None:
    known = [date(2023, 4, 22), date(2024, 4, 10), date(2025, 3, 31), date(2026, 3, 21)]
    assert idul_fitri_dates(2023, 2026) == known
    lebaran = {s.occurrence: s for s in seasons() if s.season == "LEBARAN"}
    for day in known:
        season = lebaran[str(day.year)]
        assert season.starts_on + timedelta(days=28) == day == season.ends_on - timedelta(days=14)


def test_occurrences_of_a_season_do_not_repeat_or_overlap() -> None:
    found = sorted(seasons(), key=lambda season: (season.season, season.starts_on))
    assert len({(s.season, s.occurrence) for s in found}) == len(found)
    for earlier, later in pairwise(found):
        if earlier.season == later.season:
            assert earlier.ends_on < later.starts_on


def test_rfm_rules_name_every_score_and_each_is_used() -> None:
    rules = [
        {key: int(value) for key, value in row.items() if key != "rfm_segment"}
        for row in read_seed("rfm_segments")
    ]
    used = set()
    for r in range(1, 6):
        for f in range(1, 6):
            for m in range(1, 6):
                match = [
                    rule["rule_order"]
                    for rule in rules
                    if rule["r_min"] <= r <= rule["r_max"]
                    and rule["f_min"] <= f <= rule["f_max"]
                    and rule["m_min"] <= m <= rule["m_max"]
                ]
                assert match, (r, f, m)
                used.add(min(match))
    assert used == {rule["rule_order"] for rule in rules}


def test_every_tender_has_a_row_for_any_bank() -> None:
    rows = read_seed("payment_methods")
    any_bank = {row["payment_method"] for row in rows if row["bank_code"] == ""}
    assert {row["payment_method"] for row in rows} == any_bank
    loyalty = {row["payment_method"] for row in rows if row["is_loyalty_tender"] == "true"}
    assert loyalty == {"KOIN", "VOUCHER"}


def test_tier_thresholds_and_rates_rise_with_the_rank() -> None:
    tiers = sorted(read_seed("loyalty_tiers"), key=lambda row: int(row["tier_rank"]))
    assert [row["tier_code"] for row in tiers] == ["SILVER", "GOLD", "PLATINUM"]
    for lower, higher in pairwise(tiers):
        assert float(lower["min_l12m_spend"]) < float(higher["min_l12m_spend"])
        assert float(lower["earn_rate"]) <= float(higher["earn_rate"])
    aliases = {row["alias"]: row["tier_code"] for row in read_seed("tier_aliases")}
    assert aliases["slv"] == "SILVER"
    assert aliases["plt"] == "PLATINUM"
    assert all(aliases[code.lower()] == code for code in ("SILVER", "GOLD", "PLATINUM"))


def test_daily_capacity_is_the_same_in_a_capacity_group() -> None:
    capacity: dict[str, set[str]] = {}
    for row in read_seed("channels"):
        if row["capacity_group"]:
            capacity.setdefault(row["capacity_group"], set()).add(row["daily_capacity"])
    assert all(len(values) == 1 for values in capacity.values())
