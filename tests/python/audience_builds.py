"""Audiences decided by the project's own SQL, on tables that a test writes instead of raw data.

What the gates read (candidates in their order, requests, channels, messages sent) is written as the
tables that a build would have made; dbt then builds the audiences alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml
from engines import (
    ROOT,
    Environment,
    create_database,
    dbt_environment,
    drop_database,
    query,
    run_dbt,
)
from reference_audiences.gates import Candidate, Decision, is_held_out, md5
from reference_audiences.random_sets import AS_OF, RandomSet
from reference_audiences.requests import Channel, Request
from tiny_raw import write_tiny_raw

from koin_loyalty import postgres

Row = dict[str, Any]
Tables = dict[str, list[Row]]
#: Request, member, outcome, gate, rank, file.
Decided = tuple[str, str, str, str | None, int | None, str]

#: The schema of each table that a test writes.
SCHEMAS = {
    "channels": "reference",
    "segment_requests": "reference",
    "int_run__as_of": "intermediate",
    "int_requests__definitions": "intermediate",
    "int_requests__values": "intermediate",
    "int_requests__cells": "intermediate",
    "int_audiences__candidates": "intermediate",
    "int_audiences__channel_gates": "intermediate",
    "dim_members": "core",
    "int_members__sent_days": "intermediate",
    "member_profile": "segments",
    "member_contacts": "restricted",
    "audience_deliveries": "audiences",
    "audience_delivery_manifests": "audiences",
}
AUDIENCES = (
    "int_audiences__requests",
    "int_audiences__dependencies",
    "int_audiences__sent_counts",
    "int_audiences__outcomes",
    "int_audiences__gender_shares",
    "int_audiences__summaries",
    "audience_decisions",
    "audience_funnel",
    "audience_members",
    "audience_manifest",
)
STATE = ("audience_deliveries", "audience_delivery_manifests")
LOADED_AT = datetime.combine(AS_OF, time(23))

DECISIONS = """
    select request_id, cust_id, outcome, first_failed_gate, audience_rank, split_value
    from audiences.audience_decisions
"""
#: What `koin deliver` does to the database, for one request after the other, in one process:
#: whether it was refused, and what was said. (The files have their own tests.)
DELIVER = """
import json, sys
from koin_loyalty.deliver import freeze
target, *requests = sys.argv[1:]
done = []
for request in requests:
    try:
        done.append((0, freeze(request, target)))
    except RuntimeError as error:
        done.append((1, str(error)))
print(json.dumps(done))
"""


@cache
def column_types() -> dict[str, dict[str, str]]:
    """Type of each column of each model and seed, as their YAML says."""
    return {
        node["name"]: {column["name"]: column["data_type"] for column in node["columns"]}
        for folder, kind in (("models", "models"), ("seeds", "seeds"))
        for file in sorted((ROOT / folder).rglob("*.yml"))
        for node in yaml.safe_load(file.read_text()).get(kind, [])
    }


def tables_of(sets: Iterable[RandomSet]) -> Tables:
    """What the SQL reads of sets that have nothing in common."""
    tables: Tables = {name: [] for name in SCHEMAS if name != "segment_requests"}
    tables["int_run__as_of"] = [
        {"as_of_date": AS_OF, "last_loaded_at": LOADED_AT, "members_loaded_at": LOADED_AT}
    ]
    for one in sets:
        channels = {request.channel.name: request.channel for request in one.requests}
        tables["channels"] += [channel_row(channel) for channel in channels.values()]
        for request in one.requests:
            tables["int_requests__definitions"].append(definition_row(request))
            tables["int_requests__values"] += [
                {
                    "request_id": request.request_id,
                    "status": request.status,
                    "column_name": "exclude_requests",
                    "list_value": name,
                }
                for name in request.excludes
            ]
        tables["int_audiences__candidates"] += candidate_rows(one)
        tables["int_audiences__channel_gates"] += contact_rows(one)
        tables["member_profile"] += profile_rows(one.candidates)
        tables["int_members__sent_days"] += [
            {
                "cust_id": message.cust_id,
                "channel": message.stamps_channel,
                "sent_date": message.sent_on,
                "sent_count": 1,
            }
            for message in one.sent
        ]
        tables["audience_deliveries"] += [delivery_row(decision) for decision in one.delivered]
        tables["audience_delivery_manifests"] += [
            delivery_manifest_row(request, one.delivered)
            for request in one.requests
            if request.is_delivered
        ]
    return tables


def channel_row(channel: Channel) -> Row:
    """A row of the seed channels."""
    return {
        "channel": channel.name,
        "stamps_channel": channel.stamps_channel,
        "consent": channel.consent,
        "required_attributes": "|".join(channel.required_attributes),
        "requires_full_registration": channel.requires_full_registration,
        "max_recipients": channel.max_recipients,
        "frequency_cap_messages": channel.frequency_cap_messages,
        "frequency_cap_days": channel.frequency_cap_days,
        "exclusivity": channel.exclusivity,
        "capacity_group": channel.capacity_group,
        "daily_capacity": channel.daily_capacity,
    }


def definition_row(request: Request) -> Row:
    """A row of int_requests__definitions."""
    return {
        "request_id": request.request_id,
        "channel": request.channel.name,
        "method": "rule",
        "data_as_of": request.data_as_of,
        "send_starts_on": request.send_starts_on,
        "send_ends_on": request.send_ends_on,
        "priority": request.priority,
        "status": request.status,
        "unbuildable_reason": request.unbuildable_reason,
        "split_by": request.split_by,
        "gender_split": request.gender_split,
        "holdout_share": str(float(request.holdout)),
        "cap": request.cap,
        "has_propensity_criteria": False,
    }


def candidate_rows(one: RandomSet) -> list[Row]:
    """Rows of int_audiences__candidates, with the place of each in the request's order."""
    requests = {request.request_id: request for request in one.requests}
    by_request: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in one.candidates:
        by_request[candidate.request_id].append(candidate)
    return [
        {
            "request_id": request_id,
            "cust_id": candidate.cust_id,
            "contact_key": candidate.contact,
            "failed_gate": candidate.failed_gate,
            "reason": candidate.failed_gate and f"no {candidate.failed_gate}",
            "is_held_out": is_held_out(requests[request_id], candidate.cust_id),
            "order_position": place,
        }
        for request_id, candidates in by_request.items()
        for place, candidate in enumerate(
            sorted(candidates, key=lambda c: (c.order_key, md5(c.request_id + c.cust_id))), start=1
        )
    ]


def contact_rows(one: RandomSet) -> list[Row]:
    """Rows of int_audiences__channel_gates, for the contacts of what was delivered."""
    channels = {request.request_id: request.channel.name for request in one.requests}
    found = {
        (channels[row.request_id], row.cust_id): row.contact
        for row in (*one.candidates, *one.delivered)
    }
    return [
        {"channel": channel, "cust_id": cust_id, "contact_key": contact}
        for (channel, cust_id), contact in found.items()
    ]


def profile_rows(candidates: Iterable[Candidate]) -> list[Row]:
    """Rows of member_profile."""
    members = {candidate.cust_id: candidate for candidate in candidates}
    return [
        {
            "cust_id": candidate.cust_id,
            "gender": candidate.gender,
            "activation_status": candidate.activation_status,
            "tier_code": "GOLD",
        }
        for candidate in members.values()
    ]


def delivery_row(decision: Decision) -> Row:
    """A row of audience_deliveries."""
    return {
        "request_id": decision.request_id,
        "cust_id": decision.cust_id,
        "outcome": decision.outcome,
        "first_failed_gate": decision.first_failed_gate,
        "audience_rank": decision.audience_rank,
        "split_value": decision.split_value,
        "tier_code": "GOLD",
    }


def delivery_manifest_row(request: Request, decisions: Iterable[Decision]) -> Row:
    """A row of audience_delivery_manifests."""
    counts = Counter(d.outcome for d in decisions if d.request_id == request.request_id)
    return {
        "request_id": request.request_id,
        "channel": request.channel.name,
        "definition": "as delivered",
        "data_as_of": request.data_as_of,
        "send_starts_on": request.send_starts_on,
        "send_ends_on": request.send_ends_on,
        "priority": request.priority,
        "allow_empty": False,
        "status": "built",
        "matched_count": sum(counts.values()),
        **{f"{name}_count": counts[name] for name in ("rejected", "target", "holdout", "reserve")},
        "last_loaded_at": LOADED_AT,
    }


def decided(decision: Decision) -> Decided:
    """A decision of the reference as the mart tells it."""
    return (
        decision.request_id,
        decision.cust_id,
        decision.outcome,
        decision.first_failed_gate,
        decision.audience_rank,
        decision.split_value,
    )


@dataclass(frozen=True)
class AudienceProject:
    """The project on a target, its audiences to be built on tables that a test writes."""

    target: str
    env: Environment

    def write(self, tables: Mapping[str, Sequence[Row]]) -> None:
        """Puts these rows in the place of what the tables held."""
        with self._writer() as db:
            for name, rows in tables.items():
                write_table(db, name, rows)

    @contextmanager
    def _writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Where dbt reads the tables: a DuckDB file or the server."""
        if self.target == "postgres":
            with duckdb.connect() as db:
                settings = postgres.connection_string(self.env).replace("'", "''")
                db.execute(f"attach '{settings}' as pg (type postgres)")
                db.execute("use pg")
                yield db
        else:
            with duckdb.connect(str(self.file)) as db:
                yield db

    @property
    def file(self) -> Path:
        """The DuckDB file that dbt works in."""
        is_work = self.target == "duckdb_postgres"
        return Path(self.env["LOYALTY_WORK_DUCKDB_PATH" if is_work else "LOYALTY_DUCKDB_PATH"])

    def build(self, *models: str, arguments: Sequence[str] = ()) -> str:
        """Builds models and publishes them; what dbt said. Fails with it."""
        done = self.dbt(*models, arguments=arguments)
        assert done.returncode == 0, done.stdout[-5_000:]
        return done.stdout

    def dbt(self, *models: str, arguments: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """The same, however it ends."""
        only_models = ("build", "--resource-type", "model", "--select", *models, *arguments)
        return run_dbt(*only_models, target=self.target, env=self.env)

    def deliver(self, *request_ids: str) -> list[tuple[int, str]]:
        """Freezes one request after the other: 0, or 1 where it is refused, and what is said."""
        done = subprocess.run(
            [sys.executable, "-c", DELIVER, self.target, *request_ids],
            cwd=ROOT,
            env={**self.env, "COLUMNS": "300"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [(status, said) for status, said in json.loads(done.stdout.splitlines()[-1])]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the marts that readers see."""
        if self.target == "duckdb":
            with duckdb.connect(str(self.file), read_only=True) as db:
                return db.execute(sql).fetchall()
        return query(self.env, sql)

    def from_raw(self, raw: Path) -> AudienceProject:
        """The same project on another raw folder."""
        return replace(self, env={**self.env, "COHESIVE_RAW_PATH": str(raw)})

    def start_again(self) -> None:
        """Forgets the DuckDB file that dbt works in."""
        self.file.unlink(missing_ok=True)


def write_table(db: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> None:
    """Makes a table with its columns and types of the YAML; columns that no row names are null."""
    types = column_types()[name]
    given = {column for row in rows for column in row}
    assert given <= set(types), f"{name} has no column {given - set(types)}"
    table = f"{SCHEMAS[name]}.{name}"
    columns = ", ".join(f"{column} {data_type}" for column, data_type in types.items())
    db.execute(f"create schema if not exists {SCHEMAS[name]}")
    db.execute(f"drop table if exists {table} cascade")
    db.execute(f"create table {table} ({columns})")
    if rows:
        given_rows = pa.Table.from_pylist([{c: row.get(c) for c in sorted(given)} for row in rows])
        db.register("given_rows", given_rows)
        cells = ", ".join(
            f"cast({column if column in given else 'null'} as {data_type})"
            for column, data_type in types.items()
        )
        db.execute(f"insert into {table} select {cells} from given_rows")
        db.unregister("given_rows")


@contextmanager
def audience_project(
    target: str, folder: Path, loaded: Environment | None = None
) -> Iterator[AudienceProject]:
    """A project of which the raw data do not matter. `loaded`: a database that holds some, of which
    a target that needs a server gets a copy; without it there are hardly any."""
    folder.mkdir(parents=True, exist_ok=True)
    if loaded is None:
        raw = write_tiny_raw(folder / "raw")
        yield AudienceProject(target, dbt_environment(folder, COHESIVE_RAW_PATH=str(raw)))
        return
    name = f"koin_loyalty_test_{os.getpid()}_audiences_{target}"
    settings = create_database(loaded, name, template=loaded["PGDATABASE"])
    try:
        yield AudienceProject(target, dbt_environment(folder, **settings))
    finally:
        drop_database(loaded, name)
