"""What a raw folder may hold beside its tables."""

from __future__ import annotations

#: dbt variables that belong to the data of the folder; `make build` passes them on.
VARS_FILE = "vars.yml"

#: What the file says beside the mapped Complete Journey, which is of the year 2017.
COMPLETE_JOURNEY_GO_LIVE = "2017-01-01"
COMPLETE_JOURNEY_VARS = f'cohesive_go_live_date: "{COMPLETE_JOURNEY_GO_LIVE}"\n'

#: Folder of lists that analysts keep (seeds), as CSV: the mapped Complete Journey brings its own.
LISTS_FOLDER = "lists"
