"""Runs dbt on one case after the other, each in a fork of one process that has parsed the project.

Usage: python run_dbt_cases.py PROJECT_DIR
Reads JSON lines {"arguments": [...], "environment": {...}} and answers each with a JSON line
{"success": bool, "messages": [...], "statuses": {unique_id: status}, "marts": [...]}.
A fork starts in milliseconds, leaves the parsed project as it was, and frees the databases it
wrote when it ends.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg


def run(project: str, manifest: Manifest, case: dict[str, Any]) -> dict[str, Any]:
    """One dbt command: how it ended, and what it said of errors and warnings."""
    os.environ.update(case["environment"])
    messages: list[str] = []

    def remember(event: EventMsg) -> None:
        if event.info.level in ("error", "warn"):
            messages.append(event.info.msg)

    command = ["--log-level", "none", *case["arguments"], "--project-dir", project]
    answer = dbtRunner(manifest, [remember]).invoke(command)
    DuckDBConnectionManager.close_all_connections()
    if answer.exception:
        messages.append(str(answer.exception))
    results = [
        result for result in getattr(answer.result, "results", []) if hasattr(result, "node")
    ]
    return {
        "success": answer.success,
        "messages": messages,
        "statuses": {result.node.unique_id: str(result.status) for result in results},
        "marts": sorted(
            f"{result.node.schema}.{result.node.alias}"
            for result in results
            if result.node.resource_type == "model" and result.node.fqn[1] == "marts"
        ),
    }


def in_fork(project: str, manifest: Manifest, case: dict[str, Any]) -> str:
    """The answer of a case, from a process of its own. Raises RuntimeError when that dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            json.dump(run(project, manifest, case), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"dbt died with status {status}: {case}")
    return answer


def main(project: str) -> None:
    """Answers every line of standard input; what dbt prints itself goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    parsed = dbtRunner().invoke(["--log-level", "none", "parse", "--project-dir", project])
    if parsed.exception:
        raise parsed.exception
    # The libraries of the Python models, loaded once for all forks.
    importlib.import_module("koin_loyalty.propensity")
    importlib.import_module("pandas")
    for line in sys.stdin:
        print(in_fork(project, parsed.result, json.loads(line)), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
