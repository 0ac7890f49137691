"""MetricFlow queries in one process, against the project in the working directory.

Reads a JSON mapping of name -> query (`saved_query_name`, or `metric_names` and `group_by_names`)
on stdin; writes name -> {columns, rows} as JSON to the file named by the first argument.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

configuration = CLIConfiguration()
configuration.setup(configure_file_logging=False)
answers = {}
for name, asked in json.load(sys.stdin).items():
    table = configuration.mf.query(MetricFlowQueryRequest.create(**asked)).result_df
    answers[name] = {"columns": list(table.column_names), "rows": [list(row) for row in table.rows]}
Path(sys.argv[1]).write_text(json.dumps(answers, default=str))
