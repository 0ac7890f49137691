"""Contact data and children's data stand nowhere but where they may: a walk over every column of
every relation that the three targets build."""

from __future__ import annotations

from pathlib import Path

import duckdb
import privacy_walk
import pytest
from engines import Build, attached

BUILDS = ("duckdb_build", "postgres_build", "duckdb_postgres_build")
CATALOGS = ("file", "pg", "wh", "work")


@pytest.mark.parametrize("fixture", BUILDS)
def test_no_private_data_outside_their_schemas(
    fixture: str, small_sample: Path, request: pytest.FixtureRequest
) -> None:
    build: Build = request.getfixturevalue(fixture)
    with attached(build) as db:
        privacy_walk.know_raw(db, small_sample)
        columns = privacy_walk.columns_of_catalogs(db, CATALOGS)
        walked = {(column.schema, column.relation) for column in columns}
        missed = {(r.schema, r.name) for r in build.relations} - walked
        assert not missed, f"not walked: {sorted(missed)}"
        findings = privacy_walk.private_by_name(columns)
        findings += privacy_walk.private_by_content(db, columns)
    assert not findings, "\n".join(findings)


@pytest.fixture(scope="module")
def planted(
    duckdb_build: Build, small_sample: Path
) -> tuple[list[privacy_walk.Column], list[str], list[str]]:
    """The columns of a database into which private data were put, and what the walk finds."""
    with duckdb.connect() as db:
        duckdb_build.attach(db)
        db.execute("attach ':memory:' as leak")
        for schema in ("core", "intermediate", "segments", "restricted"):
            db.execute(f"create schema leak.{schema}")
        contacts = "file.restricted.member_contacts"
        children = "file.restricted.member_children"
        db.execute(
            f"""
            create table leak.core.dim_things as
            select cust_id, email as note, '+' || wa_phone as remark, cast(wa_phone as bigint) as n,
                'Halo ' || full_name || '!' as greeting, rrr_id as other_id, [email] as many
            from {contacts};
            create view leak.intermediate.int_things__joined as
            select cust_id, child_birth_date as valid_from from {children};
            create table leak.segments.segment_things as
            select child_birth_date as starts_on from {children};
            create table leak.segments.empty_things (child_age integer, wa_phone varchar,
                is_email_opted_in boolean, no_hp varchar, name varchar, email_reachability varchar);
            create table leak.restricted.contacts as select * from {contacts};
            create table leak.core.strangers as
            select 'tanya someone@example.org' as free_text, 'WA 0812-3456-7890 ya' as more_text;
            """
        )
        privacy_walk.know_raw(db, small_sample)
        columns = privacy_walk.columns_of_catalogs(db, ["leak"])
        content = privacy_walk.private_by_content(db, columns)
        return columns, privacy_walk.private_by_name(columns), content


def test_walk_finds_private_columns_by_name(
    planted: tuple[list[privacy_walk.Column], list[str], list[str]],
) -> None:
    _, by_name, _ = planted
    assert by_name == [
        f"segments.empty_things.{column}: by its name"
        for column in ("child_age", "wa_phone", "no_hp", "name")
    ]


def test_walk_finds_private_columns_by_content(
    planted: tuple[list[privacy_walk.Column], list[str], list[str]],
) -> None:
    _, _, by_content = planted
    found = {tuple(finding.split(" (")[0].split(": ")) for finding in by_content}
    assert found >= {
        ("core.dim_things.note", "looks like an e-mail address"),
        ("core.dim_things.note", "e-mail address of a member"),
        ("core.dim_things.many", "looks like an e-mail address"),
        ("core.dim_things.remark", "looks like a mobile number"),
        ("core.dim_things.remark", "phone number of a member"),
        ("core.dim_things.n", "phone number of a member"),
        ("core.dim_things.greeting", "name of a member"),
        ("core.dim_things.other_id", "rrr_id of a member"),
        ("core.strangers.free_text", "looks like an e-mail address"),
        ("core.strangers.more_text", "looks like a mobile number"),
        ("intermediate.int_things__joined.valid_from", "birth dates of children"),
        ("segments.segment_things.starts_on", "birth dates of children"),
    }
    assert not [place for place, _ in found if place.startswith("restricted")]
    assert ("core.dim_things.cust_id", "phone number of a member") not in found
