"""A member who asks to be forgotten is gone from everything but the sales history at the next
build, also from what was delivered before: there one of the delivered members has lost the id."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from audience_builds import DELIVER
from conftest import SMALL_SAMPLE_VARS
from engines import ROOT, Build, build_target
from privacy_walk import Column, columns_of_catalogs, is_text

pytestmark = pytest.mark.timeout(900)

#: Where the id of an erased member stays: the sales history and the steps that lead there.
#: Sums of receipts and koin by id, before anybody asks whose they are.
SUMS = {"int_audiences__transaction_matches", "int_segments__member_koin"}
HISTORY = ("core", "intermediate")
#: Steps about what a member is, and about audiences: the member is gone from these too.
NO_HISTORY = ("int_audiences__", "int_segments__", "int_propensity__", "int_members__preferred")
#: The pipeline's own copies of the raw data.
PIPELINE = ("staging", "cohesive", "stamps", "landing")
GONE_FROM = (
    "+path:models/marts/restricted",
    "+path:models/marts/segments",
    "+path:models/marts/audiences",
    "+path:models/marts/form_requests",
)

#: A target of a request, and another request, not delivered, that has the member too. Members with
#: children come first.
VICTIM = """
    select members.cust_id, members.request_id, others.request_id
    from audiences.audience_members as members
    inner join audiences.audience_manifest as manifest using (request_id)
    inner join audiences.audience_members as others
        on members.cust_id = others.cust_id and members.request_id <> others.request_id
    inner join restricted.member_contacts as contacts on members.cust_id = contacts.cust_id
    left join restricted.segment_children as children on members.cust_id = children.cust_id
    where manifest.channel = 'EMAIL_BLAST' and contacts.wa_phone is not null
        and contacts.full_name like '___% ___%'
    order by children.cust_id is null, members.cust_id, members.request_id, others.request_id
    limit 1
"""


@dataclass(frozen=True)
class Seen:
    """What a build says of the member: the columns in which an identifier stands, by schema, and
    answers to questions."""

    places: dict[str, set[str]]
    contacts: set[str]
    delivered: list[tuple[Any, ...]]
    exported: int
    manifest: tuple[Any, ...]
    dim_member: dict[str, Any]
    sales: int


@dataclass(frozen=True)
class Erasure:
    """The member, and what was seen before and after."""

    cust_id: str
    before: Seen
    after: Seen


def look(file: Path, victim: tuple[str, str, str], identifiers: dict[str, str]) -> Seen:
    """Searches every column of every relation for the member."""
    cust_id, delivered, _ = victim
    places: dict[str, set[str]] = {}
    contacts: set[str] = set()
    with duckdb.connect(str(file), read_only=True) as db:
        name = db.execute("select current_database()").fetchall()[0][0]
        texts: dict[str, list[Column]] = {}
        for column in columns_of_catalogs(db, [name]):
            if column.schema not in PIPELINE and is_text(column):
                texts.setdefault(column.reading, []).append(column)
        for reading, columns in texts.items():
            # One scan a relation: for each column and identifier, whether it stands there.
            found = [
                f"""coalesce(bool_or(lower("{column.name}") = ${kind}), false)"""
                if kind == "cust_id"
                else f"""coalesce(bool_or(contains(lower("{column.name}"), ${kind})), false)"""
                for column in columns
                for kind in identifiers
            ]
            answers = db.execute(
                f"select {', '.join(found)} from {reading}",
                {kind: text.lower() for kind, text in identifiers.items()},
            ).fetchall()[0]
            asked = [(column, kind) for column in columns for kind in identifiers]
            for (column, kind), is_there in zip(asked, answers, strict=True):
                if is_there:
                    places.setdefault(column.schema, set()).add(column.relation)
                    if kind != "cust_id":
                        contacts.add(column.full_name)

        def rows(sql: str, *values: str) -> list[tuple[Any, ...]]:
            return db.execute(sql, list(values)).fetchall()

        described = db.execute("select * from core.dim_members where cust_id = ?", [cust_id])
        names = [column[0] for column in described.description or []]
        dim_member = dict(zip(names, described.fetchall()[0], strict=True))
        return Seen(
            places,
            contacts,
            rows(
                "select outcome, cust_id from audiences.audience_deliveries where request_id = ?"
                " order by all",
                delivered,
            ),
            rows(
                "select count(*) from restricted.audience_export_email_blast where request_id = ?",
                delivered,
            )[0][0],
            rows(
                "select matched_count, target_count, holdout_count, reserve_count"
                " from audiences.audience_manifest where request_id = ?",
                delivered,
            )[0],
            dim_member,
            rows("select count(*) from core.fct_receipts where cust_id = ?", cust_id)[0][0],
        )


def deliver_erasure(raw: Path, folder: Path, cust_id: str) -> Path:
    """The same raw folder with one more row: the member's newest version again, erased. Contact
    data still stand on it, as a source may well deliver them."""
    shutil.copytree(raw, folder, ignore=shutil.ignore_patterns("truth"), copy_function=link)
    members = folder / "cohesive" / "tbl_member"
    members.mkdir()
    old = (members.parent / "tbl_member.parquet").rename(members / "part_1.parquet")
    with duckdb.connect() as db:
        db.execute(
            f"""
            copy (
                select * replace (
                    (select max(cast(trx_ts as date)) from
                        '{raw}/cohesive/tbl_receipt.parquet'
                        where cast(trx_ts as date) <= cast(_loaded_at as date)) as erased_at,
                    updated_at + interval 1 minute as updated_at,
                    (select max(_loaded_at) from '{old}') as _loaded_at
                )
                from '{old}' where trim(cust_id) = '{cust_id}'
                    and updated_at is not null and _loaded_at is not null
                order by updated_at desc, _loaded_at desc limit 1
            ) to '{members}/part_2.parquet'
            """
        )
    return folder


def link(source: str, target: str) -> None:
    """A file of the raw folder, which nothing changes, without its bytes."""
    Path(target).symlink_to(Path(source).resolve())


@pytest.fixture(scope="module")
def erasure(
    duckdb_build: Build, small_sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Erasure:
    """A copy of the small build: a request delivered, then its member erased, and built again."""
    folder = tmp_path_factory.mktemp("erasure")
    shutil.copytree(duckdb_build.folder, folder, dirs_exist_ok=True)
    file = folder / "file.duckdb"
    env = {
        **duckdb_build.env,
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "LOYALTY_DUCKDB_PATH": str(file),
    }
    with duckdb.connect(str(file), read_only=True) as db:
        victim = db.execute(VICTIM).fetchall()[0]
        contacts = db.execute(
            "select email, wa_phone, full_name, rrr_id, odi_id, stamps_user_id"
            " from restricted.member_contacts where cust_id = ?",
            [victim[0]],
        ).fetchall()[0]
    kinds = ("email", "phone", "full_name", "rrr_id", "odi_id", "stamps_user_id")
    identifiers = {"cust_id": victim[0], **dict(zip(kinds, contacts, strict=True))}
    done = subprocess.run(
        [sys.executable, "-c", DELIVER, "duckdb", victim[1]],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    before = look(file, victim, identifiers)
    raw = deliver_erasure(small_sample, tmp_path_factory.mktemp("erased") / "raw", victim[0])
    build_target(
        "duckdb",
        folder,
        arguments=(
            *SMALL_SAMPLE_VARS,
            *("--select", *GONE_FROM),
            *("--exclude", "resource_type:test", "resource_type:unit_test"),
        ),
        COHESIVE_RAW_PATH=str(raw),
    )
    return Erasure(victim[0], before, look(file, victim, identifiers))


def test_the_member_was_everywhere_before(erasure: Erasure) -> None:
    assert {"member_contacts", "audience_export_email_blast"} <= erasure.before.places["restricted"]
    assert {"member_profile", "segment_rfm"} <= erasure.before.places["segments"]
    assert {"audience_deliveries", "audience_decisions"} <= erasure.before.places["audiences"]
    assert {place.split(".")[0] for place in erasure.before.contacts} == {"restricted"}


def test_the_member_is_gone_from_everything_but_the_sales_history(erasure: Erasure) -> None:
    elsewhere = {
        schema: sorted(left)
        for schema, relations in erasure.after.places.items()
        if (
            left := {r for r in relations if schema not in HISTORY or r.startswith(NO_HISTORY)}
            - SUMS
        )
    }
    assert elsewhere == {}


def test_no_contact_of_the_member_is_left(erasure: Erasure) -> None:
    assert erasure.after.contacts == set()


def test_the_sales_history_keeps_the_member_without_attributes(erasure: Erasure) -> None:
    assert erasure.after.sales == erasure.before.sales > 0
    known = {name: value for name, value in erasure.after.dim_member.items() if value is not None}
    flags = {name: value for name, value in known.items() if isinstance(value, bool)}
    assert known == {
        "cust_id": erasure.cust_id,
        "tier_code": erasure.before.dim_member["tier_code"],
        "email_reachability": "erased",
        "whatsapp_reachability": "erased",
        **flags,
    }
    assert [name for name, value in flags.items() if value] == ["is_erased"]


def test_what_was_delivered_keeps_its_numbers_without_the_id(erasure: Erasure) -> None:
    before, after = erasure.before, erasure.after
    assert ("target", erasure.cust_id) in before.delivered
    expected = [
        (outcome, "ERASED-000000001" if cust_id == erasure.cust_id else cust_id)
        for outcome, cust_id in before.delivered
    ]
    assert sorted(after.delivered) == sorted(expected)
    assert after.manifest == before.manifest
    assert after.exported == before.exported - 1
