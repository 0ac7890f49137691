"""The sample's planted targets and holdouts as delivered audiences, and what is built of them."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from audience_builds import write_table

from koin_loyalty import uplift

DELIVERED_AT = datetime(2025, 11, 3, 3)
COUNTS = ("matched", "rejected", "target", "holdout", "reserve")

#: What stands on the groups, in the order of building: schema and folder by model.
REBUILT = {
    "int_campaigns__groups": ("intermediate", "intermediate/form_requests"),
    "int_campaigns__holdouts": ("intermediate", "intermediate/form_requests"),
    "int_campaigns__member_outcomes": ("intermediate", "intermediate/form_requests"),
    "int_campaigns__uplift_sums": ("intermediate", "intermediate/form_requests"),
    "int_campaigns__uplift": ("intermediate", None),
    "campaign_uplift": ("form_requests", "marts/form_requests"),
    "campaign_evaluation": ("form_requests", "marts/form_requests"),
}


@contextmanager
def with_planted_groups(
    built: duckdb.DuckDBPyConnection, sample: Path, folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of a built sample whose planted groups were delivered: the campaign models built anew,
    by the project's own SQL and Python.

    Args:
        built: the built sample; dbt's `target` lies beside its file.
        sample: the raw folder that it was built from, with its truth.
        folder: where the copy goes.
    """
    path, compiled = files_of(built)
    copy = folder / Path(path).name
    shutil.copyfile(path, copy)
    groups = pq.read_table(sample / "truth" / "planted" / "campaign_groups.parquet").to_pylist()
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in groups:
        outcomes[row["campaign_code"]][row["member_group"]] += 1
    with duckdb.connect(str(copy)) as db:
        write_table(
            db,
            "audience_delivery_manifests",
            [manifest_row(code, outcomes[code]) for code in sorted(outcomes)],
        )
        write_table(
            db,
            "audience_deliveries",
            [
                {
                    "request_id": f"PAST-{row['campaign_code']}",
                    "cust_id": row["cust_id"],
                    "outcome": row["member_group"],
                    "split_value": "ALL",
                    "tier_code": "UNKNOWN",
                }
                for row in groups
            ],
        )
        for model in REBUILT:
            build_again(db, compiled, model)
        yield db


def files_of(built: duckdb.DuckDBPyConnection) -> tuple[str, Path]:
    """The file of a built database, and the folder of its compiled models."""
    ((_, _, path),) = built.execute("pragma database_list").fetchall()
    return path, Path(path).parent / "target" / "compiled" / "koin_loyalty" / "models"


def build_again(db: duckdb.DuckDBPyConnection, compiled: Path, model: str) -> None:
    """A model of REBUILT from what the database now holds."""
    schema, models = REBUILT[model]
    if models is None:
        sums = db.sql("select * from intermediate.int_campaigns__uplift_sums")
        db.register("estimates", uplift.evaluate(sums))
        query = "select * from estimates"
    else:
        query = (compiled / models / f"{model}.sql").read_text(encoding="utf-8")
    db.execute(f"create or replace table {schema}.{model} as {query}")


def manifest_row(campaign_code: str, outcomes: Mapping[str, int]) -> dict[str, object]:
    """A row of audience_delivery_manifests; `outcomes`: how many members by outcome."""
    day = DELIVERED_AT.date()
    return {
        "request_id": f"PAST-{campaign_code}",
        "campaign_code": campaign_code,
        "channel": "EMAIL_BLAST",
        "definition": "as planted",
        "data_as_of": day,
        "send_starts_on": day,
        "send_ends_on": day,
        "priority": 1,
        "allow_empty": False,
        "status": "built",
        **{f"{name}_count": outcomes.get(name, 0) for name in COUNTS},
        "last_loaded_at": DELIVERED_AT,
    }
