"""The roles of the pipeline, BI tools and campaign teams, on both targets with marts in PostgreSQL.

Every check logs in as a user of the role and reads. The copy of a whole build has its roles made by
create_roles, and then some of its marts built anew by a user of the pipeline.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg2
import pytest
import sqlalchemy
from engines import (
    ROOT,
    Build,
    Environment,
    create_database,
    dbt_environment,
    drop_database,
    query,
    run_dbt,
)
from typer.testing import CliRunner

from koin_loyalty import postgres
from koin_loyalty.cli import app
from koin_loyalty.project import source_contract

pytestmark = pytest.mark.timeout(600)

BI_SCHEMAS = {"core", "weekly_reports", "segments", "audiences", "quality", "form_requests"}
MAY_READ = {"bi": BI_SCHEMAS, "campaign": BI_SCHEMAS | {"restricted"}}
REBUILT = ("dim_sites", "dim_member_contacts_masked", "member_contacts")

HANDED_OVER = """
    do $$
    declare
        found record;
    begin
        for found in
            select nspname from pg_namespace
            where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'public')
        loop
            execute format('alter schema %I owner to %I', found.nspname, '{role}');
        end loop;
        for found in
            select schemaname, tablename from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema')
        loop
            execute format(
                'alter table %I.%I owner to %I', found.schemaname, found.tablename, '{role}'
            );
        end loop;
    end
    $$
"""


@dataclass(frozen=True)
class Served:
    """A database with roles: who could read what before and after marts were built anew."""

    target: str
    build: Build
    env: Environment
    settings: Environment
    users: dict[str, str]
    readable: dict[str, dict[str, set[str]]]

    def as_user(self, role: str) -> Environment:
        """The libpq settings of a user of the role."""
        return {**self.settings, "PGUSER": self.users[role], "PGPASSWORD": "x"}


def readable_by(settings: Environment) -> set[str]:
    """The relations of the database that the user can select from, found by trying."""
    everything = [
        name
        for (name,) in query(
            settings,
            "select quote_ident(nspname) || '.' || quote_ident(relname)"
            " from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
            " where relkind in ('r', 'v', 'm', 'p') and nspname !~ '^(pg_|information_schema$)'",
        )
    ]
    assert everything
    connection = postgres.connect(settings)
    connection.autocommit = True
    found = set()
    try:
        with connection.cursor() as cursor:
            for name in everything:
                try:
                    cursor.execute(f"select * from {name} limit 1")
                    found.add(name)
                except psycopg2.errors.InsufficientPrivilege:
                    pass
    finally:
        connection.close()
    return found


def refusal(settings: Environment, sql: str) -> str:
    """What the server says to a statement that it must refuse."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege) as refused:
        query(settings, sql)
    return str(refused.value)


def run_to_the_end(command: list[str], target: str, env: Environment) -> None:
    """Runs a dbt command. Raises AssertionError with dbt's log."""
    run = run_dbt(*command, target=target, env=env)
    assert run.returncode == 0, run.stdout[-6000:]


@pytest.fixture(scope="module", params=["postgres", "duckdb_postgres"])
def served(
    request: pytest.FixtureRequest,
    database_name: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A copy of a whole build of the target, with roles of its own names."""
    build: Build = request.getfixturevalue(f"{request.param}_build")
    prefix = f"koin_loyalty_test_{os.getpid()}_{request.param}"
    roles = {name: f"{prefix}_{name}" for name in ("pipeline", "bi", "campaign")}
    users = {name: f"{role}_user" for name, role in roles.items()}
    original = {key: build.env[key] for key in (*postgres.DEFAULTS, "PGPASSWORD")}
    settings = create_database(
        original, database_name(f"roles_{request.param}"), template=original["PGDATABASE"]
    )
    folder = tmp_path_factory.mktemp("roles") / "build"
    shutil.copytree(build.folder, folder)
    env = dbt_environment(folder, **settings)
    names = json.dumps({f"{name}_role": role for name, role in roles.items()})
    create_roles = ["run-operation", "create_roles", "--vars", names]
    try:
        for _ in range(2):
            run_to_the_end(create_roles, request.param, env)
        for name, user in users.items():
            query(settings, f"create role {user} login password 'x' in role {roles[name]}")
        query(settings, f"alter role {users['pipeline']} set role {roles['pipeline']}")
        users["stranger"] = f"{prefix}_stranger_user"
        query(settings, f"create role {users['stranger']} login password 'x'")
        served = Served(request.param, build, env, settings, users, {})
        for moment in ("before", "after"):
            served.readable[moment] = {
                name: readable_by(served.as_user(name)) for name in ("bi", "campaign", "pipeline")
            }
            if moment == "before":
                query(settings, HANDED_OVER.format(role=roles["pipeline"]))
                query(settings, f"revoke select on core.dim_sites from {roles['campaign']}")
                query(settings, f"grant select on restricted.member_children to {roles['bi']}")
                rebuild = ["build", "--vars", names, "--select", *REBUILT]
                pipeline = {**env, **served.as_user("pipeline")}
                run_to_the_end(rebuild, request.param, pipeline)
        yield served
    finally:
        drop_database(original, settings["PGDATABASE"])
        for role in (*users.values(), *roles.values()):
            query(original, f"drop role if exists {role}")


@pytest.mark.parametrize("role", ["bi", "campaign"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_role_reads_its_schemas_and_nothing_else(served: Served, role: str, moment: str) -> None:
    marts = {
        relation.full_name
        for relation in served.build.relations
        if relation.is_mart and relation.schema in MAY_READ[role]
    }
    assert len({name.split(".")[0] for name in marts}) >= 5
    assert served.readable[moment][role] == marts


def test_rebuilt_marts_are_those_of_the_pipeline(served: Served) -> None:
    owners = query(
        served.settings,
        "select distinct tableowner from pg_tables where tablename in"
        f" ({', '.join(repr(name) for name in REBUILT)})",
    )
    assert [owner for (owner,) in owners] == [served.users["pipeline"].removesuffix("_user")]


def test_grants_that_a_mart_does_not_list_are_taken_back(served: Served) -> None:
    grants = query(
        served.settings,
        "select table_name from information_schema.role_table_grants"
        f" where table_schema = 'restricted' and grantee = '{served.users['bi'][:-5]}'",
    )
    assert grants == []


def test_pipeline_reads_raw_and_makes_schemas(served: Served) -> None:
    raw = {table.full_name for table in source_contract().values()}
    assert raw | {"landing.unparseable_rows"} <= served.readable["before"]["pipeline"]
    assert "restricted.member_contacts" in served.readable["after"]["pipeline"]
    user = served.as_user("pipeline")
    query(user, "create schema made_by_the_pipeline")
    query(user, "drop schema made_by_the_pipeline")


@pytest.mark.parametrize("role", ["bi", "campaign"])
def test_readers_write_nothing(served: Served, role: str) -> None:
    user = served.as_user(role)
    for sql in (
        "delete from core.dim_sites",
        "update weekly_reports.weekly_kpis set value = 0",
        "create table core.mine (id int)",
        "create table public.mine (id int)",
        "create schema mine",
        "drop table core.dim_sites",
    ):
        assert re.search("permission denied|must be owner", refusal(user, sql)), sql


def test_bi_is_refused_contacts_in_words(served: Served) -> None:
    user = served.as_user("bi")
    assert "permission denied for schema restricted" in refusal(
        user, "select email from restricted.member_contacts"
    )
    assert "permission denied for schema state" in refusal(user, "select * from state.kpi_versions")
    assert "permission denied for schema cohesive" in refusal(
        user, "select phone from cohesive.tbl_member"
    )


def koin(served: Served, role: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a user of the role runs it."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("koin")), *arguments, "--target", served.target],
        cwd=ROOT,
        env={**served.env, **served.as_user(role)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("role", "command", "refused", "needed"),
    [
        ("bi", "deliver", "schema restricted", "pipeline"),
        ("campaign", "deliver", "table audience_deliveries", "pipeline"),
        ("stranger", "pack", "schema quality", "bi"),
    ],
)
def test_who_may_not_is_told_who_may(
    served: Served, tmp_path: Path, role: str, command: str, refused: str, needed: str
) -> None:
    ((request_id,),) = query(
        served.settings,
        "select min(request_id) from audiences.audience_manifest"
        " where target_count > 0 and status_reason is null",
    )
    of_delivery = ("--request", request_id, "--now", "2025-11-05T09:00:00")
    arguments = of_delivery if command == "deliver" else ()
    run = koin(served, role, command, *arguments, "--out", str(tmp_path))
    assert run.returncode == 1
    assert run.stderr == (
        f"Error: {postgres.where(served.as_user(role))}: permission denied for {refused}; "
        f"koin {command} needs a user of the role {needed}_role (by default koin_{needed})\n"
    )
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("role", ["bi", "campaign", "pipeline"])
def test_readers_make_the_pack(served: Served, tmp_path: Path, role: str) -> None:
    run = koin(served, role, "pack", "--out", str(tmp_path))
    assert run.returncode == 0, run.stderr
    assert len(list(tmp_path.iterdir())) == 2


def test_missing_roles_fail_no_build(duckdb_postgres_build: Build, postgres_build: Build) -> None:
    """Those builds ran without roles on the server, or with roles that they do not know."""
    for build in (duckdb_postgres_build, postgres_build):
        settings = {key: build.env[key] for key in (*postgres.DEFAULTS, "PGPASSWORD")}
        readers = query(
            settings,
            "select distinct grantee from information_schema.role_table_grants"
            " where table_schema = 'core' and grantee like '%koin_loyalty_test%'",
        )
        assert readers == []


def test_sqlalchemy_reads_marts_as_a_tool_would(served: Served) -> None:
    """What a BI developer sees: schemas, tables, columns with types, and a query."""
    user = served.as_user("bi")
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg2://",
        connect_args={
            "host": user["PGHOST"],
            "port": user["PGPORT"],
            "user": user["PGUSER"],
            "password": user["PGPASSWORD"],
            "dbname": user["PGDATABASE"],
        },
    )
    try:
        inspector = sqlalchemy.inspect(engine)
        assert inspector.get_schema_names() != []
        assert {"weekly_pay_with_koin", "weekly_kpis"} <= set(
            inspector.get_table_names(schema="weekly_reports")
        )
        metadata = sqlalchemy.MetaData()
        for schema in sorted(BI_SCHEMAS):
            metadata.reflect(engine, schema=schema)
        marts = {r.full_name for r in served.build.relations if r.is_mart}
        assert set(metadata.tables) == {name for name in marts if name.split(".")[0] in BI_SCHEMAS}
        mart = metadata.tables["weekly_reports.weekly_pay_with_koin"]
        names = ("week_start", "member_count", "net_sales")
        types = {name: str(mart.c[name].type) for name in names}
        assert types == {
            "week_start": "DATE",
            "member_count": "BIGINT",
            "net_sales": "NUMERIC(18, 2)",
        }
        asked = (
            sqlalchemy.select(mart.c.week_start, mart.c.net_sales, mart.c.koin_redeemed)
            .where(mart.c.bu_code == "AZKO", mart.c.tier_code == "ALL")
            .order_by(mart.c.week_start)
        )
        with engine.connect() as connection:
            frame = pd.read_sql(asked, connection)
    finally:
        engine.dispose()
    assert frame["week_start"].is_monotonic_increasing
    assert len(frame) > 50
    assert isinstance(frame["net_sales"].iloc[-1], (Decimal, float))
    with duckdb.connect() as db:
        served.build.attach(db)
        catalog = "pg" if served.target == "postgres" else "wh"
        total = db.execute(
            "select sum(koin_redeemed) from "
            f"{catalog}.weekly_reports.weekly_pay_with_koin"
            " where bu_code = 'AZKO' and tier_code <> 'ALL'"
        ).fetchall()[0][0]
    assert int(frame["koin_redeemed"].sum()) == int(total)


def mask_email(email: str | None) -> str | None:
    """`a***@d***.com`, as documented."""
    if email is None:
        return None
    name, domain = email.split("@")
    return f"{name[0]}***@{domain[0]}***.{domain.rsplit('.', 1)[1]}"


def mask_phone(phone: str | None) -> str | None:
    """`6281******890`, as documented."""
    return None if phone is None else f"{phone[:4]}******{phone[-3:]}"


def test_masked_contacts_are_those_of_every_member(
    built_sample: duckdb.DuckDBPyConnection,
) -> None:
    contacts: list[tuple[Any, ...]] = built_sample.execute(
        "select cust_id, email, wa_phone from restricted.member_contacts"
    ).fetchall()
    masked = built_sample.execute(
        "select cust_id, masked_email, masked_wa_phone from core.dim_member_contacts_masked"
    ).fetchall()
    expected = {cust: (mask_email(email), mask_phone(phone)) for cust, email, phone in contacts}
    assert {cust: values for cust, *values in masked} == {
        cust: list(values) for cust, values in expected.items()
    }
    assert len(masked) == len(expected) > 1000
    assert sum(email is not None for _, email, _ in masked) > 500
    hidden = {email.split("@")[0] for _, email, _ in contacts if email and len(email) > 6}
    shown = {email.split("@")[0] for _, email, _ in masked if email}
    assert hidden.isdisjoint(shown)


def test_koin_roles_needs_a_server(tmp_path: Path) -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("koin")), "roles", "--target", "duckdb"],
        cwd=ROOT,
        env=dbt_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("Error: Target duckdb has no server: use --target postgres")


def test_koin_roles_names_an_unknown_target() -> None:
    answer = CliRunner().invoke(app, ["roles", "--target", "nowhere"])
    assert answer.exit_code == 1
    assert "has no target nowhere: it has duckdb, postgres, duckdb_postgres" in answer.output
