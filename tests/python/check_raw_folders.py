"""Runs the macro check_raw_contract on several raw folders in one dbt process.

Usage: python check_raw_folders.py < JSON, a list of {"raw": folder, "vars": {...}}.
Prints a JSON list: the message of each check, or null where the folder fits the contract.
"""

from __future__ import annotations

import json
import os
import sys

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg


def check(manifest: Manifest, raw: str, variables: dict[str, str]) -> str | None:
    """The message with which the check of one folder stops."""
    os.environ["COHESIVE_RAW_PATH"] = raw
    errors: list[str] = []

    def remember(event: EventMsg) -> None:
        if event.info.level == "error":
            errors.append(event.info.msg)

    arguments = ["--log-level", "none", "run-operation", "check_raw_contract"]
    result = dbtRunner(manifest, [remember]).invoke([*arguments, "--vars", json.dumps(variables)])
    return None if result.success else "\n".join(errors)


if __name__ == "__main__":
    parsed = dbtRunner().invoke(["--log-level", "none", "parse"]).result
    cases = json.load(sys.stdin)
    print(json.dumps([check(parsed, case["raw"], case["vars"]) for case in cases]))
