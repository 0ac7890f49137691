"""dbt commands, one after the other in one process: a process costs more than most commands do.

Reads a JSON list of argument lists on stdin; stops at the first that fails, with its status.
"""

from __future__ import annotations

import json
import sys

from dbt.cli.main import dbtRunner

for arguments in json.load(sys.stdin):
    if not dbtRunner().invoke(arguments).success:
        sys.exit(1)
