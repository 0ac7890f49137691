"""The project's structure, from its manifest and files; each check is shown to find a defect."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import structure
import yaml
from engines import ROOT, Build, dbt_environment, run_dbt
from test_cross_engine import columns_of

from koin_loyalty.macros import macro

Check = Callable[[structure.Manifest], list[str]]

DIM_THINGS = "model.koin_loyalty.dim_things"
STG_THINGS = "model.koin_loyalty.stg_cohesive__things"

CHECKS: list[Check] = [
    structure.reads_against_the_flow,
    structure.unreadable_analyses,
    structure.unlisted_incremental_models,
    structure.undescribed,
    structure.loose_marts,
    structure.open_models,
    structure.engine_dependent_models,
    structure.misnamed_models,
    structure.too_long_names,
    structure.starred_models,
    structure.aliased_references,
    structure.models_without_grain,
    structure.constrained_contacts,
    structure.kept_failures,
]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The manifest of the project as it stands."""
    folder = tmp_path_factory.mktemp("parse")
    run = run_dbt("parse", target="duckdb", env=dbt_environment(folder))
    assert run.returncode == 0, run.stdout
    return json.loads((folder / "target" / "manifest.json").read_text())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_project_keeps_the_rule(manifest: dict[str, Any], check: Check) -> None:
    assert check(manifest) == []


def yaml_files() -> list[Path]:
    """The project's properties files."""
    folders = ("models", "seeds", "snapshots", "tests")
    return sorted(
        file for folder in folders for file in (ROOT / folder).rglob("*.yml") if file.is_file()
    )


@pytest.mark.parametrize("file", yaml_files(), ids=lambda file: file.name)
def test_every_test_has_a_name(file: Path) -> None:
    assert structure.unnamed_tests(yaml.safe_load(file.read_text())) == []


def test_every_built_column_is_described(duckdb_build: Build) -> None:
    with duckdb.connect() as db:
        duckdb_build.attach(db)
        built = columns_of(duckdb_build, db)
    assert structure.unlisted_columns(duckdb_build.manifest, built) == []


def test_contact_data_are_in_restricted_only(duckdb_build: Build) -> None:
    with duckdb.connect() as db:
        duckdb_build.attach(db)
        built = columns_of(duckdb_build, db)
    marts = {r.full_name: built[r.full_name] for r in duckdb_build.relations if r.is_mart}
    assert any(name.startswith("restricted.") for name in marts)
    assert structure.contact_data_outside_restricted(marts, {"cust_id", "request_id"}) == []


def test_every_generic_test_has_a_planted_defect() -> None:
    generic = {file.stem for file in (ROOT / "tests" / "generic").glob("*.sql")}
    planted = {
        file.stem.removesuffix("_can_fail")
        for file in (ROOT / "tests" / "generic_defects").glob("*_can_fail.sql")
    }
    assert generic == planted


def test_every_macro_file_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "macros").rglob("*.sql"))
        if not file.read_text().startswith("{#")
    ]
    assert silent == []


def test_every_number_among_the_variables_is_looked_at() -> None:
    """They go into SQL as they are."""
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    looked_at = macro("raw/find_unfit_variables.sql", "number_variables")()
    numbers = [name for name, value in variables.items() if isinstance(value, (int, float))]
    assert sorted(looked_at) == sorted(numbers)


def test_tracked_files_name_no_registry_and_no_machine() -> None:
    listing = subprocess.run(
        [shutil.which("git") or "git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    files = {}
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            files[name] = (ROOT / name).read_text(errors="replace")
    assert structure.foreign_words(files) == []


# Planted defects: a small manifest that keeps every rule, and one change for each rule.


def column(name: str, data_type: str | None = "varchar", description: str = "What it is.") -> dict:
    return {"name": name, "data_type": data_type, "description": description}


def node(
    name: str, folder: str, *reads: str, sql: str = "-- One row a thing.\nselect 1 as id"
) -> dict:
    parts = folder.split("/")
    is_mart = parts[0] == "marts"
    return {
        "unique_id": f"model.koin_loyalty.{name}",
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": parts[-1],
        "fqn": ["koin_loyalty", *parts, name],
        "path": f"{folder}/{name}.sql",
        "language": "sql",
        "raw_code": sql,
        "description": "One row a thing.",
        "columns": {"id": column("id")},
        "config": {
            "contract": {"enforced": is_mart},
            "grants": {"select": ["bi_role"]} if is_mart else {},
        },
        "group": "pipeline",
        "access": "public" if is_mart else "protected",
        "depends_on": {"nodes": list(reads)},
    }


def analysis(name: str, *reads: str) -> dict:
    return {
        "unique_id": f"analysis.koin_loyalty.{name}",
        "resource_type": "analysis",
        "name": name,
        "alias": name,
        "schema": "main",
        "depends_on": {"nodes": list(reads)},
    }


def unique_test(name: str, **kwargs: Any) -> dict:
    return {
        "unique_id": f"test.koin_loyalty.{name}",
        "resource_type": "test",
        "name": name,
        "schema": "tests",
        "alias": name,
        "column_name": "id",
        "config": {"store_failures": False},
        "attached_node": DIM_THINGS,
        "test_metadata": {"name": "unique", "kwargs": {"column_name": "id", **kwargs}},
    }


def sound_manifest() -> dict[str, Any]:
    """A manifest that keeps every rule."""
    source = {
        "unique_id": "source.koin_loyalty.cohesive.tbl_thing",
        "resource_type": "source",
        "name": "tbl_thing",
        "fqn": ["koin_loyalty", "staging", "cohesive", "cohesive", "tbl_thing"],
        "description": "Things.",
        "columns": {"id": column("id")},
    }
    nodes = [
        node("stg_cohesive__things", "staging/cohesive", source["unique_id"]),
        node("int_things__sorted", "intermediate/things", STG_THINGS),
        node("dim_things", "marts/core", "model.koin_loyalty.int_things__sorted"),
        node("int_things__by_week", "intermediate/weekly_reports", DIM_THINGS),
        analysis("toys_things", DIM_THINGS),
        unique_test("unique_dim_things"),
    ]
    return {
        "nodes": {entry["unique_id"]: entry for entry in nodes},
        "sources": {source["unique_id"]: source},
    }


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check_passes_a_sound_manifest(check: Check) -> None:
    assert check(sound_manifest()) == []


@pytest.mark.parametrize(
    ("check", "model", "change", "defect"),
    [
        (
            structure.reads_against_the_flow,
            "int_things__by_week",
            {"depends_on": {"nodes": [DIM_THINGS, STG_THINGS]}},
            "int_things__by_week (report_steps) reads stg_cohesive__things (staging)",
        ),
        (
            structure.reads_against_the_flow,
            "dim_things",
            {"depends_on": {"nodes": ["source.koin_loyalty.cohesive.tbl_thing"]}},
            "dim_things (core) reads tbl_thing (source)",
        ),
        (
            structure.reads_against_the_flow,
            "stg_cohesive__things",
            {"depends_on": {"nodes": [DIM_THINGS]}},
            "stg_cohesive__things (staging) reads dim_things (core)",
        ),
        (
            structure.unlisted_incremental_models,
            "dim_things",
            {"config": {"materialized": "incremental", "meta": {}}},
            "dim_things: recomputed_by nothing",
        ),
        (
            structure.unlisted_incremental_models,
            "dim_things",
            {
                "config": {
                    "materialized": "incremental",
                    "meta": {"recomputed_by": "thing_id", "listed_in": "int_touched__things"},
                }
            },
            "dim_things: listed_in int_touched__things, no parent",
        ),
        (structure.undescribed, "dim_things", {"description": " "}, "dim_things: no description"),
        (structure.undescribed, "dim_things", {"columns": {}}, "dim_things: no columns"),
        (
            structure.undescribed,
            "dim_things",
            {"columns": {"id": column("id", description="")}},
            "dim_things.id: no description",
        ),
        (
            structure.loose_marts,
            "dim_things",
            {"config": {"contract": {"enforced": False}}},
            "dim_things: no enforced contract",
        ),
        (
            structure.loose_marts,
            "dim_things",
            {"columns": {"id": column("id", data_type=None)}},
            "dim_things.id: no type",
        ),
        (
            structure.loose_marts,
            "dim_things",
            {"columns": {"id": column("id", data_type="numeric")}},
            "dim_things.id: numeric is no exact type",
        ),
        (
            structure.loose_marts,
            "dim_things",
            {"columns": {"code": column("code")}},
            "dim_things: key column id is none of its columns",
        ),
        (structure.loose_marts, "dim_things", {"group": None}, "dim_things: no group"),
        (structure.loose_marts, "dim_things", {"access": None}, "dim_things: no access"),
        (
            structure.open_models,
            "stg_cohesive__things",
            {"access": "public"},
            "stg_cohesive__things: public in group pipeline",
        ),
        (
            structure.constrained_contacts,
            "dim_things",
            {
                "fqn": ["koin_loyalty", "marts", "restricted", "dim_things"],
                "columns": {"id": {**column("id"), "constraints": [{"type": "not_null"}]}},
            },
            "dim_things.id: not_null",
        ),
        (
            structure.engine_dependent_models,
            "dim_things",
            {"raw_code": "-- One row.\nselect {{ 1 if target.type == 'postgres' else 2 }} as id"},
            "dim_things",
        ),
        (
            structure.misnamed_models,
            "stg_cohesive__things",
            {"path": "staging/stamps/stg_cohesive__things.sql"},
            "stg_cohesive__things",
        ),
        (
            structure.misnamed_models,
            "dim_things",
            {"path": "marts/new_folder/dim_things.sql"},
            "dim_things",
        ),
        (
            structure.starred_models,
            "dim_things",
            {"raw_code": "-- A row.\nwith a as (select * from {{ ref('b') }})\nselect a.* from a"},
            "dim_things",
        ),
        (
            structure.starred_models,
            "dim_things",
            {"raw_code": "-- A row.\nwith a as (select * from {{ ref('b') }})\nselect * from a"},
            "dim_things",
        ),
        (
            structure.starred_models,
            "dim_things",
            {"raw_code": "-- A row.\nwith a as (select * from b inner join c on true)\nselect 1"},
            "dim_things",
        ),
        (
            structure.aliased_references,
            "dim_things",
            {"raw_code": "-- A row.\nselect b.id from {{ ref('b') }} as b"},
            "dim_things",
        ),
        (
            structure.models_without_grain,
            "dim_things",
            {"raw_code": "select 1 as id -- One row."},
            "dim_things",
        ),
    ],
)
def test_check_finds_planted_defect(
    check: Check, model: str, change: dict[str, Any], defect: str
) -> None:
    manifest = sound_manifest()
    manifest["nodes"][f"model.koin_loyalty.{model}"].update(change)
    assert check(manifest) == [defect]


@pytest.mark.parametrize("name", ["stg_cohesive__things", "int_things__sorted", "dim_things"])
def test_analysis_that_bi_cannot_run_is_found(name: str) -> None:
    """On a step, and on a mart that is not for everybody."""
    manifest = sound_manifest()
    read = manifest["nodes"][f"model.koin_loyalty.{name}"]
    read["config"] = {**read["config"], "grants": {"select": ["campaign_role"]}}
    asked = analysis("toys_things", read["unique_id"])
    manifest["nodes"][asked["unique_id"]] = asked
    assert structure.unreadable_analyses(manifest) == [f"toys_things reads {name}"]


def test_mart_without_key_is_found() -> None:
    manifest = sound_manifest()
    del manifest["nodes"]["test.koin_loyalty.unique_dim_things"]
    assert structure.loose_marts(manifest) == ["dim_things: no test of its key"]


def test_long_names_are_found() -> None:
    manifest = sound_manifest()
    manifest["unit_tests"] = {"x": {"name": "x" * 64}, "y": {"name": "y" * 63}}
    assert structure.too_long_names(manifest) == ["x" * 64]


def test_imports_with_a_filter_are_no_stars() -> None:
    manifest = sound_manifest()
    manifest["nodes"][DIM_THINGS]["raw_code"] = (
        "-- One row, * and all.\nwith a as (\n    select * from {{ ref('b') }} where id > 1\n)\n"
        "select count(*) as n, 2 * id as id from a"
    )
    assert structure.starred_models(manifest) == []


def test_unnamed_tests_are_found() -> None:
    document = {
        "models": [
            {
                "name": "dim_things",
                "data_tests": [{"unique_combination": {"arguments": {"columns": ["id"]}}}],
                "columns": [
                    {"name": "id", "data_tests": ["not_null", {"unique": {"name": "unique_id"}}]}
                ],
            }
        ],
        "data_tests": [{"name": "a_singular_test", "description": "Named by its file."}],
    }
    assert structure.unnamed_tests(document) == [
        "dim_things: unique_combination",
        "dim_things.id: not_null",
    ]


def test_unlisted_columns_are_found() -> None:
    built = {"core.dim_things": ["id", "extra"]}
    assert structure.unlisted_columns(sound_manifest(), built) == [
        "core.dim_things.extra: not in YAML"
    ]
    assert structure.unlisted_columns(sound_manifest(), {"core.dim_things": []}) == [
        "core.dim_things.id: not in the relation"
    ]


def test_a_test_that_may_keep_failing_rows_is_found() -> None:
    manifest = sound_manifest()
    manifest["nodes"]["test.koin_loyalty.unique_dim_things"]["config"] = {"store_failures": None}
    assert structure.kept_failures(manifest) == ["unique_dim_things"]


def test_contact_data_elsewhere_are_found() -> None:
    built = {
        "restricted.contacts": ["cust_id", "email"],
        "core.dim_members": ["cust_id", "email"],
        "core.dim_sites": ["site_code"],
    }
    assert structure.contact_data_outside_restricted(built, {"cust_id"}) == [
        "core.dim_members.email"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "cd " + "/".join(("", "work", "main")),
        "data: " + "/".join(("", "home", "someone", "raw")),
        "--extra-" + "index" + "-url https://packages.example.com/simple",
        "https://files." + "pythonhosted" + ".org/packages/x.whl",
    ],
)
def test_foreign_words_are_found(line: str) -> None:
    assert structure.foreign_words({"README.md": f"A line.\n{line}\n"}) == ["README.md:2"]


def test_plain_words_are_not_foreign() -> None:
    text = "https://example.com/networks, a `work/` folder, ./work/x, the PyPI package, /tmp\n"
    assert structure.foreign_words({"README.md": text}) == []
