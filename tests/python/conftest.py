"""Fixtures of the whole test session: a PostgreSQL server, and one build of each target."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Build, Environment, build_target, create_database, drop_database
from fixtures_marts import build_duckdb, built_sample, sample  # noqa: F401

from koin_loyalty import load, postgres
from koin_loyalty.sample import generate_sample

#: The small sample has too few buyers of most categories for the default.
SMALL_SAMPLE_VARS = ("--vars", "propensity_min_buyers: 12")


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
    """A raw folder of 600 members and 80 weeks, with its truth beside."""
    folder = tmp_path_factory.mktemp("small_sample") / "raw"
    generate_sample(folder, 600, 80, 7)
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
