"""Fixtures of the whole test session: a PostgreSQL server, and one build of each target."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Build, Environment, build_target, create_database, drop_database
from fixtures_marts import DEFAULT_WEEKS, build_duckdb, built_sample, sample  # noqa: F401

from koin_loyalty import load, postgres
from koin_loyalty.sample import generate_sample

#: The small sample has too few buyers of most categories for the default.
SMALL_SAMPLE_VARS = ("--vars", "propensity_min_buyers: 12")
SMALL_VARS_WITHOUT_PYTHON = "{propensity_min_buyers: 12, use_python_models: false}"


@pytest.fixture(scope="session")
def server() -> Iterator[Environment]:
    """A PostgreSQL server as libpq settings: that of PGHOST, else one for this session."""
    postgres.install_duckdb_extension()
    if os.environ.get("PGHOST"):
        yield postgres.settings()
    else:
        with postgres.embedded_server() as settings:
            yield settings


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw folder of 500 members and the weeks that the requests look back on, with its truth."""
    folder = tmp_path_factory.mktemp("small_sample") / "raw"
    generate_sample(folder, 500, DEFAULT_WEEKS, 7)
    return folder


@pytest.fixture(scope="session")
def loaded_database(
    server: Environment, small_sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """A database that holds the small sample's raw tables, and no more: a template for others."""
    name = f"koin_loyalty_test_{os.getpid()}_raw"
    settings = create_database(server, name)
    target = tmp_path_factory.mktemp("load")
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**settings, "DBT_TARGET_PATH": str(target)}.items():
            patch.setenv(variable, value)
        load.load_raw(small_sample)
    yield settings
    drop_database(server, name)


@pytest.fixture(scope="session")
def duckdb_build(small_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The small sample on DuckDB: everything built, every data test and unit test passed."""
    return build_target(
        "duckdb",
        tmp_path_factory.mktemp("duckdb"),
        arguments=SMALL_SAMPLE_VARS,
        COHESIVE_RAW_PATH=str(small_sample),
    )


@pytest.fixture(scope="session")
def duckdb_build_without_python(
    duckdb_build: Build, tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """The same, its audiences built as an engine without Python models builds them."""
    folder = tmp_path_factory.mktemp("duckdb_without_python")
    shutil.copytree(duckdb_build.folder, folder, dirs_exist_ok=True)
    return build_target(
        "duckdb",
        folder,
        arguments=("--vars", SMALL_VARS_WITHOUT_PYTHON, "--select", "int_audiences__requests+"),
        COHESIVE_RAW_PATH=duckdb_build.env["COHESIVE_RAW_PATH"],
    )


def _build_on_server(target: str, loaded: Environment, folder: Path) -> Iterator[Build]:
    name = f"koin_loyalty_test_{os.getpid()}_{target}"
    settings = create_database(loaded, name, template=loaded["PGDATABASE"])
    try:
        yield build_target(target, folder, arguments=SMALL_SAMPLE_VARS, **settings)
    finally:
        drop_database(loaded, name)


@pytest.fixture(scope="session")
def postgres_build(
    loaded_database: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Build]:
    """The same on PostgreSQL."""
    yield from _build_on_server("postgres", loaded_database, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="session")
def duckdb_postgres_build(
    loaded_database: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Build]:
    """The same on DuckDB over PostgreSQL."""
    folder = tmp_path_factory.mktemp("duckdb_postgres")
    yield from _build_on_server("duckdb_postgres", loaded_database, folder)
