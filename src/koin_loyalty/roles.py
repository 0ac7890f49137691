"""`koin roles`: the database roles of the pipeline, BI tools and campaign teams.

The macro create_roles does the work, so that it is the same on both targets; this runs it.
"""

from __future__ import annotations

import os
from typing import Any

from koin_loyalty.build import ensure_profile
from koin_loyalty.deliver import reason
from koin_loyalty.project import project_root
from koin_loyalty.targets import find_target


def create_roles(target: str) -> str:
    """Create the roles where they are missing, and give them what they may have.

    `target`: a dbt target whose marts are in PostgreSQL. The answer names the roles. Raises
    RuntimeError with the reason when the server or the user's rights do not allow it, ValueError
    when the profile has no such target.
    """
    from dbt.cli.main import dbtRunner

    root = project_root()
    os.chdir(root)
    ensure_profile(root)
    find_target(target, root)
    said: list[str] = []
    errors: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogInfo":
            said.append(event.data.msg)
        elif event.info.level == "error":
            errors.append(event.info.msg)

    quiet = ["--quiet", "--log-level", "none"]
    done = dbtRunner(callbacks=[listen]).invoke(
        [*quiet, "run-operation", "create_roles", "--target", target]
    )
    if not done.success:
        raise RuntimeError(reason("\n".join(errors) or str(done.exception)))
    return said[-1]
