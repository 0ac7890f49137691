"""Metrics by name give the figures of the weekly marts, and null rather than a wrong sum."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from engines import ROOT, Build

pytestmark = pytest.mark.timeout(300)

#: Of each report: its mart as it is asked, the key beside week and business unit, and its figures.
REPORTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "pay_with_koin": (
        "weekly_reports.weekly_pay_with_koin where tier_code = 'ALL'",
        (),
        (
            "member_count",
            "transaction_count",
            "net_sales",
            "koin_redeemed",
            "koin_multiplier",
            "avg_koin_per_transaction",
            "share_of_bu_sales",
        ),
    ),
    "members_choice": (
        "weekly_reports.weekly_members_choice_summary",
        ("period_code",),
        ("net_sales", "transaction_count", "qty", "member_count", "sku_sold"),
    ),
    "koin_in_out": (
        "weekly_reports.weekly_koin_in_out",
        (),
        (
            "a_issued_here_redeemed_elsewhere",
            "b_issued_elsewhere_redeemed_here",
            "c_issued_and_redeemed_here",
            "d_issued_here",
            "net_in_out",
        ),
    ),
    "koin_outstanding": (
        "weekly_reports.weekly_koin_outstanding where tier_code = 'ALL' and area_manager = 'ALL'",
        (),
        ("member_count", "koin_outstanding", "active_koin", "koin_expiring_30d"),
    ),
    "harga_spesial_koin": (
        "weekly_reports.weekly_harga_spesial_koin",
        ("period_code",),
        ("koin_used", "member_count", "sku_sold", "qty", "transaction_count"),
    ),
}
BY_WEEK_AND_BU = ["metric_time__week", "business_unit"]
QUESTIONS: dict[str, dict[str, Any]] = {
    **{name: {"saved_query_name": f"{name}_headlines"} for name in REPORTS},
    "sales": {
        "metric_names": ["net_sales", "transaction_count", "member_transaction_count"],
        "group_by_names": BY_WEEK_AND_BU,
    },
    "ledger": {
        "metric_names": ["koin_issued", "koin_redeemed", "koin_movement"],
        "group_by_names": ["metric_time__week"],
    },
    "members_of_a_month": {
        "metric_names": ["buying_member_count", "average_transaction_value"],
        "group_by_names": ["metric_time__month", "receipt__tier_at_date", "business_unit__bu_name"],
    },
    "every_tier": {
        "metric_names": ["pay_with_koin_member_count"],
        "group_by_names": [*BY_WEEK_AND_BU, "pay_with_koin_row__tier_code"],
    },
    "tiers_taken_together": {
        "metric_names": ["pay_with_koin_member_count", "koin_outstanding_koin_outstanding"],
        "group_by_names": BY_WEEK_AND_BU,
    },
}

Rows = dict[tuple[Any, ...], tuple[float | None, ...]]


@dataclass(frozen=True)
class Project:
    """A folder in which `mf` finds the built project and its database."""

    folder: Path
    env: dict[str, str]
    db: duckdb.DuckDBPyConnection

    def mart_rows(self, sql: str, keys: int) -> Rows:
        """Rows of a query by their first columns."""
        return keyed(self.db.execute(sql).fetchall(), keys)


@pytest.fixture(scope="module")
def project(duckdb_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The whole build on DuckDB, in a folder of its own: `mf` opens its file for writing."""
    folder = tmp_path_factory.mktemp("metricflow")
    (folder / "target").mkdir()
    shutil.copyfile(ROOT / "dbt_project.yml", folder / "dbt_project.yml")
    shutil.copyfile(ROOT / "profiles.example.yml", folder / "profiles.yml")
    built = Path(duckdb_build.env["LOYALTY_DUCKDB_PATH"])
    copied = folder / built.name
    shutil.copyfile(built, copied)
    shutil.copyfile(
        duckdb_build.folder / "target" / "semantic_manifest.json",
        folder / "target" / "semantic_manifest.json",
    )
    env = {
        **duckdb_build.env,
        "LOYALTY_DUCKDB_PATH": str(copied),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_PROJECT_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
    }
    with duckdb.connect(str(built), read_only=True) as db:
        yield Project(folder, env, db)


@pytest.fixture(scope="module")
def answers(project: Project) -> dict[str, dict[str, Any]]:
    """What MetricFlow answers to every question."""
    file = project.folder / "answers.json"
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "python" / "run_metricflow.py"), str(file)],
        input=json.dumps(QUESTIONS),
        cwd=project.folder,
        env=project.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    return json.loads(file.read_text())


def keyed(rows: list[Any], keys: int) -> Rows:
    """Rows by their first columns, dates as text, figures as double."""
    return {
        tuple(text(value) for value in row[:keys]): tuple(
            None if value is None else float(value) for value in row[keys:]
        )
        for row in rows
    }


def text(value: Any) -> Any:
    """A date, or a time at midnight as MetricFlow gives it, as `2025-10-06`; else the value."""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return value.removesuffix(" 00:00:00") if isinstance(value, str) else value


@pytest.mark.parametrize("report", REPORTS)
def test_saved_query_gives_the_figures_of_the_mart(
    report: str, project: Project, answers: dict[str, dict[str, Any]]
) -> None:
    mart, key, figures = REPORTS[report]
    columns = ("week_start", "bu_code", *key, *figures)
    expected = project.mart_rows(f"select {', '.join(columns)} from {mart}", 2 + len(key))
    found = keyed(answers[report]["rows"], 2 + len(key))
    assert found == expected
    assert len({week for week, *_ in found}) > 8
    assert len({bu for _, bu, *_ in found}) >= 2
    assert any(value for values in found.values() for value in values)


def test_headlines_are_those_of_the_long_table(project: Project) -> None:
    """Every KPI of a report by tier, period or whole has a metric in its saved query."""
    document = yaml.safe_load(
        (ROOT / "models" / "semantic" / "_semantic_weekly_reports.yml").read_text()
    )
    asked = {
        query["name"].removesuffix("_headlines"): query["query_params"]["metrics"]
        for query in document["saved_queries"]
    }
    assert set(asked) == set(REPORTS)
    kpis = project.db.execute(
        "select distinct report, kpi from weekly_reports.weekly_kpis order by all"
    ).fetchall()
    missing = [
        (report, kpi)
        for report, kpi in kpis
        if f"{report}_{kpi.removesuffix('_in_out')}" not in asked[report]
    ]
    assert missing == []


def test_core_metrics_reconcile_with_the_reports(
    project: Project, answers: dict[str, dict[str, Any]]
) -> None:
    found = {
        key: tuple(value or 0 for value in values)
        for key, values in keyed(answers["sales"]["rows"], 2).items()
        if any(values)
    }
    mart = project.mart_rows(
        "select week_start, bu_code, bu_net_sales, bu_member_transaction_count"
        " from weekly_reports.weekly_pay_with_koin"
        " where tier_code = 'ALL' and (bu_net_sales <> 0 or bu_member_transaction_count <> 0)",
        2,
    )
    assert {key: (net, by_members) for key, (net, _, by_members) in found.items() if net} == {
        key: values for key, values in mart.items() if values[0]
    }
    assert all(transactions >= members for _, transactions, members in found.values())


def test_ledger_metrics_are_those_of_the_roll_forward(
    project: Project, answers: dict[str, dict[str, Any]]
) -> None:
    found = keyed(answers["ledger"]["rows"], 1)
    # Weeks before the go-live of Cohesive have rows, and nothing in them.
    found = {key: values for key, values in found.items() if any(values)}
    expected = project.mart_rows(
        "select week_start, issued, redeemed, closing - opening"
        " from weekly_reports.weekly_koin_roll_forward where issue_bu_code = 'ALL'",
        1,
    )
    assert found == {key: values for key, values in expected.items() if key in found}
    assert all(values == (0, 0, 0) for key, values in expected.items() if key not in found)
    assert len(found) > 50


def test_members_are_counted_anew_at_any_grain(
    project: Project, answers: dict[str, dict[str, Any]]
) -> None:
    found = keyed(answers["members_of_a_month"]["rows"], 3)
    expected = project.mart_rows(
        """
        select
            date_trunc('month', business_date),
            receipts.tier_code,
            business_units.bu_name,
            count(distinct case when is_transaction then cust_id end),
            sum(case when counts_in_net_sales then sales end)
            / nullif(sum(case when is_transaction then 1 else 0 end), 0)
        from core.fct_receipts as receipts
        inner join core.dim_business_units as business_units
            on receipts.bu_code = business_units.bu_code
        where not is_pre_cohesive
        group by 1, 2, 3
        """,
        3,
    )
    found = {key: values for key, values in found.items() if key in expected or any(values)}
    assert {key: values[0] for key, values in found.items()} == {
        key: values[0] for key, values in expected.items()
    }
    for key, (_, value) in expected.items():
        assert found[key][1] == (None if value is None else pytest.approx(value, rel=1e-9)), key


def test_a_row_of_a_tier_keeps_its_figure(
    project: Project, answers: dict[str, dict[str, Any]]
) -> None:
    expected = project.mart_rows(
        "select week_start, bu_code, tier_code, member_count"
        " from weekly_reports.weekly_pay_with_koin",
        3,
    )
    assert keyed(answers["every_tier"]["rows"], 3) == expected


def test_rows_that_do_not_add_up_give_null(answers: dict[str, dict[str, Any]]) -> None:
    found = keyed(answers["tiers_taken_together"]["rows"], 2)
    assert len(found) > 50
    assert {values[0] for values in found.values()} == {None}
    # Koin of a business unit, over tiers and area managers that stand beside ALL.
    assert {values[1] for values in found.values()} == {None}


def test_mf_command_answers_on_the_default_target(project: Project) -> None:
    """`mf query`, as README and docs/bi.md say it."""
    file = project.folder / "in_out.csv"
    command = [
        *(str(Path(sys.executable).with_name("mf")), "query"),
        *("--saved-query", "koin_in_out_headlines", "--csv", str(file)),
    ]
    run = subprocess.run(
        command,
        cwd=project.folder,
        env=project.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    with file.open() as lines:
        found = keyed([tuple(row.values()) for row in csv.DictReader(lines)], 2)
    _, _, figures = REPORTS["koin_in_out"]
    assert found == project.mart_rows(
        f"select week_start, bu_code, {', '.join(figures)} from weekly_reports.weekly_koin_in_out",
        2,
    )
