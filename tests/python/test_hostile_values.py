"""Values that are SQL, Jinja, formulas or no text at all arrive as they were delivered, after the
cleaning that the project documents; nothing in them is ever run. One build holds them all: ids,
SKUs, names and codes of the raw data, and cells of the reference tables and of requests."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import string
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from audience_builds import DELIVER
from raw_writer import write_raw
from scratch_project import ROOT, ScratchProject, scratch_project
from test_requests import SOUND, write_requests

pytestmark = pytest.mark.timeout(600)

BLANKS = (
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
WHITE_SPACE = "\t\n\v\f\r " + BLANKS

HOSTILE = (
    "x'; drop table core.dim_members; drop schema core cascade; --",
    "x') or ('1'='1",
    "O''Brien \"Bob\" `tick` \\ \\' $$ $1 %s %(x)s ? :y",
    "{{ 1/0 }}{% raw %}{# hidden #}{{ env_var('HOME') }}",
    "}} {% endraw %} {{ exceptions.raise_compiler_error('gotcha') }}",
    '=HYPERLINK("http://example.com","here")',
    "=cmd /C calc!A0",
    "@SUM(1+1)*cmd",
    "+1+1",
    "-2+3",
    "../../etc/passwd",
    "[red]bold[/] <b>&amp;</b>",
    "\u202eevil\u202c \u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
    "zero\u200bwidth\u2060\ufeff",
    "\U0001f642 family \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "line one\nline two\ttab\r\nend",
    "null",
    "NaN",
    # Words that the project's own rows use.
    "ALL",
    "NO_PAYMENT",
    "LINE_DIFFERENCE",
    # Too long for an index, also when it is compressed.
    "".join(random.Random(0).choices(string.ascii_letters, k=10_000)),  # noqa: S311
    "N" * 10_000,
)
#: Those whose requests are delivered: SQL, quotes, Jinja, markup, length. Each takes its time.
DELIVERED = (0, 2, 3, 11, -1)
CATEGORIES = [f"Kategori {number} {text}" for number, text in enumerate(HOSTILE)]
#: Cells of reference tables and requests: some of them say nothing, and are null.
NOTHING = ("null", " nULL ", "  ", "\u00a0\t")
CELLS = [text for text in HOSTILE if text not in NOTHING]


def clean_text(text: str) -> str:
    """An id: nothing but white space off its ends."""
    return text.strip(WHITE_SPACE + ZERO_WIDTH)


def clean_code(text: str) -> str:
    """A code: the letters a-z in upper case."""
    return re.sub("[a-z]", lambda found: found[0].upper(), clean_text(text))


def clean_name(text: str) -> str:
    """A name: no zero-width characters, single blanks."""
    visible = text.translate(dict.fromkeys(map(ord, ZERO_WIDTH)))
    return re.sub(f"[{WHITE_SPACE}]+", " ", visible).strip(" ")


def clean_manager(text: str) -> str:
    """An area manager: a name, but that of totals, which is nobody's."""
    return "UNASSIGNED" if clean_name(text) == "ALL" else clean_name(text)


def raw_tables() -> dict[str, list[dict[str, Any]]]:
    """Member, product, site, receipt ... by number: each hostile text is each of them once."""
    numbered = list(enumerate(HOSTILE))
    sold = [{"trx_ts": "2023-12-31"} for _ in HOSTILE]
    # The day that spreadsheets write for nothing: requests of all times see it, too.
    sold[1] = {"trx_ts": "1899-12-30", "updated_at": "2023-12-31 10:01"}
    part = {"receipt_updated_at": "2023-12-31 10:01"}
    return {
        "tbl_member": [
            {
                "cust_id": text,
                "full_name": text,
                "stamps_user_id": text,
                "email": f"member{number}@example.org",
                "phone": f"08123456{number:02d}70",
                "domicile_city": text,
                "tier": text,
                "whatsapp_opt_in": True,
                "whatsapp_opt_in_at": "2023-11-01",
                "activated_at": "2023-11-01",
            }
            for number, text in numbered
        ],
        "tbl_member_tier": [{"cust_id": text, "tier": text} for text in HOSTILE],
        "tbl_product": [
            {
                "sku": text,
                "product_name": text,
                "brand": text,
                "department": text,
                "category": CATEGORIES[number],
            }
            for number, text in numbered
        ],
        "tbl_site": [
            {"site_code": text, "site_name": text, "area_manager": text, "city": text}
            for text in HOSTILE
        ],
        "tbl_receipt": [
            {"receive_main_id": text, "cust_id": text, "site_code": text, **sold[number]}
            for number, text in numbered
        ],
        "tbl_receipt_line": [{"receive_main_id": text, "sku": text, **part} for text in HOSTILE],
        "tbl_receipt_payment": [
            {
                "receive_payment_id": text,
                "receive_main_id": text,
                "payment_method": text,
                "bank_code": text,
                "voucher_code": text,
                **part,
            }
            for text in HOSTILE
        ],
        "tbl_koin": [
            {
                "koin_id": text,
                "cust_id": text,
                "entry_type": "issue",
                "main_receive_payment_id": text,
                "issue_bu_code": text,
                "entry_ts": "2023-12-01",
            }
            for text in HOSTILE
        ],
        "tbl_voucher": [
            {"voucher_code": text, "program_code": text, "cust_id": text} for text in HOSTILE
        ],
        "message_event": [
            {
                "event_id": text,
                "message_id": text,
                "stamps_user_id": text,
                "campaign_code": text,
                "event_ts": "2023-12-01",
            }
            for text in HOSTILE
        ],
    }


def write_seed(project: ScratchProject, name: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Put rows in the place of those of a seed in seeds/programmes."""
    with (project.folder / "seeds" / "programmes" / f"{name}.csv").open(
        "w", newline="", encoding="utf-8"
    ) as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def requests() -> list[dict[str, str]]:
    """A request for each hostile category, hostile in every free text. WABA's files have no Stamps
    id, which is hostile, too."""
    return [
        {
            "request_id": text,
            **SOUND,
            "channel": "WABA",
            "campaign_name": text,
            "segment_name": text,
            "purpose": text,
            "bought_category": CATEGORIES[number],
        }
        for number, text in enumerate(HOSTILE)
        if text in CELLS
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ScratchProject:
    """The project with hostile reference tables, built on a raw folder that holds hostile values
    and lies in a folder of a hostile name."""
    folder = tmp_path_factory.mktemp("hostile")
    project = scratch_project(folder / "project {{ 1 }} {% raw %}", {})
    campaign = {
        "bu_code": "AZKO",
        "promo_starts_on": "2023-12-01",
        "promo_ends_on": "2023-12-07",
        "control_starts_on": "2023-11-01",
        "control_ends_on": "2023-11-07",
        "scope_type": "all",
        "conversion_days": "7",
    }
    write_seed(
        project,
        "campaigns",
        [
            {"campaign_code": f"H-{number}", "campaign_name": text, **campaign}
            for number, text in enumerate(CELLS)
        ],
    )
    program = {"bu_code": "AZKO", "starts_on": "2023-10-16", "ends_on": "null"}
    write_seed(
        project,
        "voucher_programs",
        [
            {"program_code": f"P-{number}", "program_name": "Program", "partner": text, **program}
            for number, text in enumerate((*CELLS, *NOTHING))
        ],
    )
    write_seed(project, "campaign_scope", [{"campaign_code": "H-0", "scope_value": "all"}])
    write_requests(project, requests())
    raw = write_raw(folder / "raw '; drop schema core; -- {{ 1/0 }} [x]*?", raw_tables())
    project.build(raw)
    return project


def texts(project: ScratchProject, column: str, relation: str) -> list[str]:
    """The different texts of a column."""
    return [
        row[0]
        for row in project.rows(f"select distinct {column} from {relation} order by {column}")
        if row[0] is not None
    ]


@pytest.mark.parametrize(
    ("relation", "column", "clean"),
    [
        ("core.dim_members", "cust_id", clean_text),
        ("restricted.member_contacts", "full_name", clean_name),
        ("restricted.member_contacts", "stamps_user_id", clean_text),
        ("segments.member_profile", "cust_id", clean_text),
        ("core.dim_products", "sku", clean_text),
        ("core.dim_products", "product_name", clean_name),
        ("core.dim_products", "brand", clean_name),
        ("core.dim_sites", "site_code", clean_code),
        ("core.dim_sites", "site_name", clean_name),
        ("core.dim_sites", "area_manager", clean_manager),
        ("core.fct_receipts", "receive_main_id", clean_text),
        ("core.fct_receipt_lines", "sku", clean_text),
        ("core.fct_receipt_payments", "receive_payment_id", clean_text),
        ("core.fct_receipt_payments", "voucher_code", clean_code),
        ("core.fct_koin_entries", "koin_id", clean_text),
        ("core.fct_vouchers", "voucher_code", clean_code),
        ("core.fct_message_events", "event_id", clean_text),
        ("audiences.audience_manifest", "request_id", clean_name),
        ("audiences.audience_manifest", "campaign_name", clean_name),
        ("audiences.audience_manifest", "segment_name", clean_name),
        ("reference.campaigns", "campaign_name", str),
        ("reference.voucher_programs", "partner", str),
    ],
)
def test_hostile_values_arrive_unharmed(
    project: ScratchProject, relation: str, column: str, clean: Any
) -> None:
    cells = relation.startswith(("audiences.", "reference."))
    expected = {clean(text) for text in (CELLS if cells else HOSTILE)}
    found = set(texts(project, column, relation))
    assert found >= expected, f"missing: {sorted(text[:80] for text in expected - found)}"
    # What else is there are the project's own words, not pieces of a value.
    assert found - expected <= {"UNKNOWN", "Unknown", "UNASSIGNED"}


def test_every_request_finds_the_member_of_its_category(project: ScratchProject) -> None:
    found = project.rows("select request_id, cust_id from audiences.audience_members")
    assert set(found) == {(clean_name(text), clean_text(text)) for text in CELLS}
    definitions = dict(
        project.rows("select request_id, definition from audiences.audience_manifest")
    )
    for text in CELLS:
        category = CATEGORIES[HOSTILE.index(text)]
        assert clean_name(category) in definitions[clean_name(text)]


def test_who_has_an_id_that_no_file_can_hold_gets_nothing(project: ScratchProject) -> None:
    gates = project.rows(
        """
        select contacts.stamps_user_id, gates.failed_gate
        from intermediate.int_audiences__channel_gates as gates
        inner join restricted.member_contacts as contacts on gates.cust_id = contacts.cust_id
        where gates.channel = 'VOUCHER_INJECTION'
        """
    )
    usable = {text for text, gate in gates if gate is None}
    assert usable == {"null", "NaN", "ALL", "NO_PAYMENT", "LINE_DIFFERENCE", *HOSTILE[-2:]}
    assert {gate for _, gate in gates} == {None, "required_attributes"}


def test_a_request_is_delivered_by_its_id_alone(project: ScratchProject) -> None:
    env = {
        **os.environ,
        "COHESIVE_RAW_PATH": "nowhere",
        "COLUMNS": "20000",
        "DBT_LOG_PATH": str(project.folder / "logs"),
        "DBT_PROFILES_DIR": str(project.folder),
        "DBT_TARGET_PATH": str(project.folder / "target" / "duckdb"),
        "LOYALTY_DUCKDB_PATH": str(project.database),
    }
    nobody = ["y'; delete from audiences.audience_manifest; --", "[/red] ' or '1'='1 {{ 1/0 }}"]
    known = [clean_name(HOSTILE[number]) for number in DELIVERED]
    done = subprocess.run(
        [sys.executable, "-c", DELIVER, "duckdb", *nobody, *known],
        cwd=project.folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    refused, delivered = answers[: len(nobody)], answers[len(nobody) :]
    for name, (status, said) in zip(nobody, refused, strict=True):
        assert status == 1
        assert f"No request {name} was built" in said
    for name, (status, said) in zip(known, delivered, strict=True):
        assert status == 0, said
        assert f"Delivered {name}: 1 targets, 0 held out" in said
    frozen = project.rows("select request_id, cust_id from audiences.audience_deliveries")
    assert {clean_name(cust_id) for _, cust_id in frozen} == set(known)
    assert {request_id for request_id, _ in frozen} == set(known)
    manifest = project.rows("select count(*) from audiences.audience_manifest")
    assert manifest == [(len(CELLS),)]


def test_the_project_holds_what_it_held(project: ScratchProject) -> None:
    """No statement in a value was run: every schema and table of the project is there."""
    found = {
        name
        for (name,) in project.rows(
            "select schema_name || '.' || table_name from duckdb_tables() where not internal"
        )
    }
    assert {"core.dim_members", "audiences.audience_manifest", "state.kpi_versions"} <= found
    assert (ROOT / "dbt_project.yml").is_file()
