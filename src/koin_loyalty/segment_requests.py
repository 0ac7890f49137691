"""`koin requests check`: the requests of campaign teams against everything that they name.

dbt holds the rules (model int_requests__violations); this runs them without stopping at a mistake.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from koin_loyalty.build import ensure_profile
from koin_loyalty.project import project_root, raw_path
from koin_loyalty.raw_folder import VARS_FILE
from koin_loyalty.targets import find_target

VIOLATIONS = "int_requests__violations"
TYPED = "int_requests__typed"
#: Runs where everything is built that requests are compared with; then only they are built anew.
NO_ROWS = """
    select 1 as one from {{ ref('dim_products') }} cross join {{ ref('dim_sites') }}
    cross join {{ ref('dim_tiers') }} cross join {{ ref('int_run__as_of') }} where 1 = 0
"""


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake in a request: where, what stands there, and what is wrong with it."""

    request_id: str
    column_name: str
    found_value: str
    problem: str


@dataclass(frozen=True, order=True)
class Request:
    """A request as the list shows it."""

    request_id: str
    channel: str
    status: str
    segment_name: str


@dataclass(frozen=True)
class Checked:
    """What a check found, both in the order of request ids."""

    requests: Sequence[Request]
    mistakes: Sequence[Mistake]


def check(target: str | None = None, progress: Callable[[str], None] = lambda _: None) -> Checked:
    """Load the seeds, build what the checks read where it is not there yet, and check all requests.

    `target`: dbt target, by default that of the profile. `progress` is told what begins. Works in
    the project's folder. Raises RuntimeError when dbt cannot do it.
    """
    root = project_root()
    os.chdir(root)
    ensure_profile(root)
    find_target(target, root)
    options = ["--target", target] if target else []
    variables = raw_path() / VARS_FILE
    if variables.is_file():
        options += ["--vars", variables.read_text(encoding="utf-8")]

    progress("Reading the project")
    is_there = _invoke("--log-level", "none", "show", "--inline", NO_ROWS, *options).success
    progress("Loading the requests" if is_there else "Building what the requests name")
    seeds = f"+{VIOLATIONS},resource_type:seed"
    selection = [seeds, f"segment_requests+,+{VIOLATIONS}"] if is_there else [f"+{VIOLATIONS}"]
    kinds = ["--resource-type", "seed", "--resource-type", "model"]
    if not _invoke(
        "build", *kinds, "--select", *selection, "--exclude", VIOLATIONS, *options
    ).success:
        raise RuntimeError("dbt could not build what the requests name: see above")
    progress("Checking the requests")
    # Shown, not built: building it stops at the first mistakes.
    shown = _show([VIOLATIONS, TYPED], options)
    requests = [
        Request(*(row[name] or "" for name in ("request_id", "channel", "status", "segment_name")))
        for row in shown[TYPED]
    ]
    mistakes = [
        Mistake(row["row_key"], row["column_name"], row["found_value"] or "", row["problem"])
        for row in shown[VIOLATIONS]
    ]
    return Checked(sorted(requests), sorted(mistakes))


def _invoke(*arguments: str) -> Any:
    from dbt.cli.main import dbtRunner

    return dbtRunner().invoke(["--quiet", *arguments])


def _show(models: Sequence[str], options: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each model's own SQL; nothing is built."""
    done = _invoke("--log-level", "none", "show", "--limit", "-1", "--select", *models, *options)
    if not done.success:
        messages = [result.message for result in done.result or [] if result.message]
        raise RuntimeError(f"dbt could not check the requests: {done.exception or messages}")
    return {
        result.node.name: [
            dict(zip(result.agate_table.column_names, row.values(), strict=True))
            for row in result.agate_table.rows
        ]
        for result in done.result.results
    }
