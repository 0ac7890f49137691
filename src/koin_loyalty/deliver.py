"""`koin deliver`: freezes the audience of a request.

The macro deliver_audience does the work, so that it is the same on every target; this runs it.
"""

from __future__ import annotations

import json
import os
from typing import Any

from koin_loyalty.build import ensure_profile
from koin_loyalty.project import project_root


def deliver(request_id: str, target: str | None = None) -> str:
    """Freeze the audience of a request as the last build left it.

    `target`: dbt target, by default that of the profile. The answer says how many members were
    delivered. Raises RuntimeError with the reason when the request cannot be delivered: it was
    delivered before, was not built, cannot be built on this target, or has nobody left.
    """
    from dbt.cli.main import dbtRunner

    root = project_root()
    os.chdir(root)
    ensure_profile(root)
    said: list[str] = []
    errors: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogInfo":
            said.append(event.data.msg)
        elif event.info.level == "error":
            errors.append(event.info.msg)

    arguments = json.dumps({"request_id": request_id})
    options = ["--target", target] if target else []
    done = dbtRunner(callbacks=[listen]).invoke(
        [
            "--quiet",
            "--log-level",
            "none",
            "run-operation",
            "deliver_audience",
            "--args",
            arguments,
            *options,
        ]
    )
    if not done.success:
        raise RuntimeError(reason("\n".join(errors) or str(done.exception)))
    return said[-1]


def reason(message: str) -> str:
    """What is wrong, of a dbt error: the line below the one that says where."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else message
