"""Requests: mistakes are named with request, column and value; sound ones pass."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from raw_writer import write_raw
from scratch_project import ROOT, ScratchProject, scratch_project

SEED = Path("seeds") / "requests" / "segment_requests.csv"
KOIN = str(Path(sys.executable).with_name("koin"))

#: A sound request on the raw folder below, whose last receipt is of 2023-12-31.
SOUND = {
    "campaign_code": "AZ-CONTOH",
    "campaign_name": "Contoh",
    "bu_code": "AZKO",
    "segment_name": "Contoh",
    "channel": "EMAIL_BLAST",
    "method": "rule",
    "data_as_of": "2023-12-31",
    "send_starts_on": "2024-01-05",
    "send_ends_on": "2024-01-06",
    "priority": "10",
    "status": "approved",
}
EVERY_CRITERION = {
    "method": "propensity",
    "max_members": "200",
    "holdout_pct": "0.1",
    "order_by": "Value_First",
    "split_by": "gender",
    "gender_split": "proportional",
    "allow_empty": "no",
    "transacted_bu": "azko | TOYS",
    "transacted_period": "2023-10-16 .. 2023-12-31",
    "transacted_site": "a001",
    "transacted_site_type": "independent|shop_in_shop",
    "transacted_channel": "offline|online",
    "transacted_fulfilment": "in_store",
    "bought_category": "TOOLS",
    "bought_brand": "KRISBOW",
    "bought_sku": "S001",
    "payment_partner": "OCBC|kredivo",
    "min_transactions": "2",
    "min_spend": "100000",
    "lapsed_days": "30",
    "domicile_area": "Serang|Bogor",
    "preferred_site": "A001",
    "preferred_city": "Kota Tangerang",
    "tier": "gold",
    "min_koin": "silver:5000 | GOLD:9900",
    "max_koin": "50000",
    "koin_expiring_days": "30",
    "gender": "M|BLANK",
    "age_min": "20",
    "age_max": "20",
    "child_age_min": "3",
    "child_age_max": "10",
    "activation": "activated",
    "registration": "FULL",
    "active": "yes",
    "rfm_segment": "CHAMPIONS|OTHERS",
    "lifecycle": "new|at_risk",
    "value_segment": "HEAVY",
    "season": "LEBARAN",
    "propensity_category": "TOOLS",
    "propensity_top_pct": "20",
    "unredeemed_voucher_program": "ptfp",
    "voucher_issued_from": "2023-11-01",
    "voucher_issued_to": "2023-11-01",
    "exclude_requests": "SOUND",
}

#: One mistake each: what differs from a sound request, the column and the value that are named.
MISTAKES: list[tuple[Mapping[str, str], str, str]] = [
    ({"channel": "TELEX"}, "channel", "TELEX"),
    ({"method": "magic"}, "method", "magic"),
    ({"status": "aproved"}, "status", "aproved"),
    ({"order_by": "oldest_first"}, "order_by", "oldest_first"),
    ({"split_by": "tier"}, "split_by", "tier"),
    ({"allow_empty": "maybe"}, "allow_empty", "maybe"),
    ({"bu_code": "AZKOO"}, "bu_code", "AZKOO"),
    ({"transacted_bu": "AZKO|ACE"}, "transacted_bu", "ACE"),
    ({"transacted_bu": "AZKO||TOYS"}, "transacted_bu", ""),
    ({"transacted_bu": "AZKO|AZKO"}, "transacted_bu", "AZKO"),
    ({"transacted_period": "L13M"}, "transacted_period", "l13m"),
    (
        {"transacted_period": "2023-10-01..2023-11-31"},
        "transacted_period",
        "2023-10-01..2023-11-31",
    ),
    (
        {"transacted_period": "2023-11-30..2023-11-01"},
        "transacted_period",
        "2023-11-30..2023-11-01",
    ),
    (
        {"transacted_period": "2024-01-01..2024-01-31"},
        "transacted_period",
        "2024-01-01..2024-01-31",
    ),
    ({"transacted_site": "Z999"}, "transacted_site", "Z999"),
    ({"transacted_site_type": "kiosk"}, "transacted_site_type", "kiosk"),
    ({"transacted_channel": "phone"}, "transacted_channel", "phone"),
    ({"transacted_fulfilment": "drone"}, "transacted_fulfilment", "drone"),
    ({"bought_category": "Lugage"}, "bought_category", "Lugage"),
    ({"bought_brand": "Nobody"}, "bought_brand", "Nobody"),
    ({"bought_sku": "0001"}, "bought_sku", "0001"),
    ({"payment_partner": "OCBCC"}, "payment_partner", "OCBCC"),
    ({"domicile_area": "Atlantis"}, "domicile_area", "Atlantis"),
    ({"preferred_site": "A002"}, "preferred_site", "A002"),
    ({"preferred_city": "Tangerang"}, "preferred_city", "Tangerang"),
    ({"tier": "DIAMOND"}, "tier", "DIAMOND"),
    ({"gender": "X"}, "gender", "X"),
    ({"activation": "active"}, "activation", "active"),
    ({"registration": "partial"}, "registration", "partial"),
    ({"active": "no"}, "active", "no"),
    ({"rfm_segment": "KINGS"}, "rfm_segment", "KINGS"),
    ({"lifecycle": "sleepy"}, "lifecycle", "sleepy"),
    ({"value_segment": "GIANT"}, "value_segment", "GIANT"),
    ({"season": "WINTER"}, "season", "WINTER"),
    ({"unredeemed_voucher_program": "NOPE"}, "unredeemed_voucher_program", "NOPE"),
    ({"min_koin": "9.900"}, "min_koin", "9.900"),
    ({"min_koin": "SILVER:5,000|GOLD:9900"}, "min_koin", "SILVER:5,000|GOLD:9900"),
    ({"min_koin": "SILVER:5000|BRONZE:1"}, "min_koin", "BRONZE"),
    ({"min_koin": "SILVER:5000|SILVER:6000"}, "min_koin", "SILVER"),
    ({"min_koin": "9900", "max_koin": "9900"}, "max_koin", "9900"),
    ({"max_koin": "-1"}, "max_koin", "-1"),
    ({"max_members": "10.000"}, "max_members", "10.000"),
    ({"priority": "first"}, "priority", "first"),
    ({"priority": "0"}, "priority", "0"),
    ({"holdout_pct": "120"}, "holdout_pct", "120"),
    ({"holdout_pct": "12,5"}, "holdout_pct", "12,5"),
    ({"min_spend": "1e6"}, "min_spend", "1e6"),
    ({"lapsed_days": "half a year"}, "lapsed_days", "half a year"),
    ({"age_min": "30", "age_max": "20"}, "age_max", "20"),
    ({"child_age_min": "10", "child_age_max": "3"}, "child_age_max", "3"),
    ({"data_as_of": "31/12/2023"}, "data_as_of", "31/12/2023"),
    ({"send_ends_on": "2024-01-04"}, "send_ends_on", "2024-01-04"),
    ({"send_starts_on": "2024-02-30"}, "send_starts_on", "2024-02-30"),
    (
        {
            "unredeemed_voucher_program": "PTFP",
            "voucher_issued_from": "2023-11-02",
            "voucher_issued_to": "2023-11-01",
        },
        "voucher_issued_to",
        "2023-11-01",
    ),
    ({"voucher_issued_to": "2023-11-01"}, "unredeemed_voucher_program", ""),
    ({"gender_split": "proportional"}, "gender_split", "proportional"),
    ({"gender_split": "fair", "split_by": "gender"}, "gender_split", "fair"),
    ({"propensity_category": "TOOLS"}, "propensity_top_pct", ""),
    ({"propensity_top_pct": "20"}, "propensity_category", ""),
    ({"method": "propensity"}, "propensity_category", ""),
    ({"method": "rfm"}, "rfm_segment", ""),
    ({"exclude_requests": "NOBODY"}, "exclude_requests", "NOBODY"),
    ({"bought_sku": "x'); drop table y; --"}, "bought_sku", "x'); drop table y; --"),
    ({"bought_brand": "{{ 1/0 }}{% raw %}"}, "bought_brand", "{{ 1/0 }}{% raw %}"),
    ({"domicile_area": "[red]=SUM(A1)"}, "domicile_area", "[red]=SUM(A1)"),
    ({"transacted_period": "ever' or '1'='1"}, "transacted_period", "ever' or '1'='1"),
    *(({column: ""}, column, "") for column in ("bu_code", "channel", "data_as_of", "status")),
    *(({column: ""}, column, "") for column in ("send_starts_on", "send_ends_on", "priority")),
]


def columns() -> list[str]:
    """The columns of the seed."""
    with (ROOT / SEED).open(newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def write_requests(project: ScratchProject, rows: Iterable[Mapping[str, str]]) -> None:
    """Put these requests in the place of the project's own."""
    with (project.folder / SEED).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def check(project: ScratchProject, raw: Path) -> tuple[int, list[list[str]], str]:
    """`koin requests check`: its exit status, the cells of each line, and everything it said."""
    environment = {
        **os.environ,
        "COHESIVE_RAW_PATH": str(raw),
        "COLUMNS": "300",
        "DBT_LOG_PATH": str(project.folder / "logs"),
        "DBT_PROFILES_DIR": str(project.folder),
        "DBT_TARGET_PATH": str(project.folder / "target" / "duckdb"),
        "LOYALTY_DUCKDB_PATH": str(project.database),
    }
    done = subprocess.run(
        [KOIN, "requests", "check", "--target", "duckdb"],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()]
    return done.returncode, lines, done.stdout + done.stderr


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product, a site and two receipts; site Z999 and SKU 0001 are sold but not known."""
    receipt = {"cust_id": "M1", "trx_ts": "2023-12-31"}
    return write_raw(
        tmp_path_factory.mktemp("requests_raw"),
        {
            "tbl_member": [{"cust_id": "M1"}],
            "tbl_product": [{"sku": "S001"}],
            "tbl_site": [{"site_code": "A001"}],
            "tbl_receipt": [
                {"receive_main_id": "R1", **receipt},
                {"receive_main_id": "R2", "site_code": "Z999", "trx_ts": "2023-10-17"},
            ],
            "tbl_receipt_line": [
                {"receive_main_id": "R1", "sku": "0001", "receipt_updated_at": "2023-12-31 10:01"}
            ],
        },
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ScratchProject:
    """A copy of the project, for requests of its own."""
    return scratch_project(tmp_path_factory.mktemp("requests") / "project", {})


def test_the_columns_are_those_that_the_macro_lists() -> None:
    macro = (ROOT / "macros" / "business_rules" / "request_columns.sql").read_text()
    assert re.findall(r"'([a-z_]+)': '[a-z]+'", macro) == columns()


def test_every_mistake_is_named(project: ScratchProject, raw: Path) -> None:
    mistaken = [
        {"request_id": f"R{number:02d}", **SOUND, **change}
        for number, (change, _, _) in enumerate(MISTAKES)
    ]
    whole = {
        "request_id": "WHOLE",
        **SOUND,
        **EVERY_CRITERION,
        "send_starts_on": "2024-02-01",
        "send_ends_on": "2024-02-01",
    }
    write_requests(
        project,
        [
            {"request_id": "SOUND", **SOUND},
            whole,
            *mistaken,
            {"request_id": "TWICE", **SOUND, "transacted_bu": "AZKO"},
            {"request_id": "TWICE", **SOUND, "transacted_bu": "AZKO"},
            {**SOUND},
            {"request_id": "SELF", **SOUND, "exclude_requests": "SELF"},
            {"request_id": "A", **SOUND, "exclude_requests": "B"},
            {"request_id": "B", **SOUND, "exclude_requests": "A"},
            # EARLY goes before LATE, and would have to wait for it.
            {"request_id": "EARLY", **SOUND, "exclude_requests": "LATE"},
            {"request_id": "LATE", **SOUND, "priority": "11"},
            {"request_id": "DRAFT", **SOUND, "status": "draft", "bu_code": "?", "max_koin": "9.9"},
            {"request_id": "GONE", **SOUND, "status": "cancelled", "bought_brand": "Delisted"},
        ],
    )
    status, lines, said = check(project, raw)
    assert status == 1, said
    found = [cells[:3] if len(cells) > 3 else [*cells[:2], ""] for cells in lines]
    for number, (change, column, value) in enumerate(MISTAKES):
        request_id = f"R{number:02d}"
        assert [cells for cells in found if cells[0] == request_id] == [
            [request_id, column, value]
        ], f"{change}:\n{said}"
    other = {tuple(cells[:3]) for cells in lines if re.fullmatch(r"[A-Z]+|\(.*\)", cells[0])}
    assert other == {
        ("TWICE", "request_id", "TWICE"),
        ("(without id)", "request_id", "is missing"),
        ("SELF", "exclude_requests", "SELF"),
        ("A", "exclude_requests", "B"),
        ("B", "exclude_requests", "A"),
        ("EARLY", "exclude_requests", "LATE"),
    }
    assert f"{len(MISTAKES) + 6} mistakes in " in said


def test_a_mistake_stops_the_build(project: ScratchProject, raw: Path) -> None:
    write_requests(project, [{"request_id": "BAD", **SOUND, "min_koin": "9.900"}])
    done = project.dbt(
        raw,
        "build",
        "--exclude-resource-type=test",
        "--select",
        "+int_requests__definitions",
    )
    assert done.returncode != 0
    assert "segment_requests, row BAD, column min_koin: '9.900' is neither" in done.stdout
    assert "SKIP relation intermediate.int_requests__definitions" in done.stdout


def test_sound_requests_are_listed(project: ScratchProject, raw: Path) -> None:
    write_requests(
        project,
        [
            {"request_id": "SOUND", **SOUND},
            {
                "request_id": "WHOLE",
                **SOUND,
                **EVERY_CRITERION,
                "send_starts_on": "2024-02-01",
                "send_ends_on": "2024-02-01",
            },
        ],
    )
    status, lines, said = check(project, raw)
    assert status == 0, said
    assert ["SOUND", "EMAIL_BLAST", "approved", "Contoh"] in lines
    assert "2 requests, no mistakes" in said
