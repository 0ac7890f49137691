"""Fixtures of the whole test run: a PostgreSQL server, and one build of each target.

With `-n 2` files run side by side; what costs a build is made once and shared (shared.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest
from engines import Build, Environment, build_target, create_database, drop_databases
from fixtures_marts import (  # noqa: F401
    DEFAULT_WEEKS,
    build_duckdb,
    built_sample,
    built_sample_file,
    sample,
)
from macros_on_engines import Engines
from shared import Once, run_folder

from koin_loyalty import load, postgres
from koin_loyalty.expectations import Checks
from koin_loyalty.sample import generate_sample

#: The small sample has too few buyers of most categories for the default.
SMALL_SAMPLE_VARS = ("--vars", "propensity_min_buyers: 12")
SMALL_VARS_WITHOUT_PYTHON = "{propensity_min_buyers: 12, use_python_models: false}"

#: Files that take longest, those first: two processes then end at about the same time.
SLOW_FILES = (
    "test_cross_engine.py",
    "test_incremental.py",
    "test_audiences.py",
    "test_publish.py",
    "test_crashes.py",
    "test_state.py",
    "test_kpi_state_in_postgres.py",
    "test_raw_contract.py",
    "test_requests.py",
    "test_kpi_restatements.py",
    "test_load.py",
    "test_faults.py",
    "test_check_raw.py",
    "test_roles.py",
)
SERVER = pytest.StashKey[tuple[ExitStack, Environment]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first."""
    place = {name: number for number, name in enumerate(SLOW_FILES)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before a process of a parallel run starts: one server for all of them."""
    stash = node.config.stash
    if SERVER not in stash:
        stack = ExitStack()
        stash[SERVER] = (stack, stack.enter_context(server_of_a_run()))
    node.workerinput["server"] = stash[SERVER][1]


def pytest_unconfigure(config: pytest.Config) -> None:
    """After a parallel run: its databases and its server end."""
    if SERVER in config.stash:
        stack, settings = config.stash[SERVER]
        with stack:
            drop_databases(settings, f"koin_loyalty_test_{os.getpid()}_")


def server_of_a_run() -> AbstractContextManager[Environment]:
    """A PostgreSQL server as libpq settings: that of PGHOST, else one for the run."""
    postgres.install_duckdb_extension()
    return (
        nullcontext(postgres.settings()) if os.environ.get("PGHOST") else postgres.embedded_server()
    )


@pytest.fixture(scope="session")
def once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes what the whole run needs once, in a folder of its own."""
    return Once(run_folder(request.config, tmp_path_factory))


@pytest.fixture(scope="session", autouse=True)
def quick_dbt(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Where processes of dbt leave for others what they parsed (dbt_forks.py). They write no log
    files, which nobody reads."""
    folder = run_folder(request.config, tmp_path_factory) / "parsed"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOIN_PARSED_PROJECTS", str(folder))
        patch.setenv("DBT_LOG_LEVEL_FILE", "none")
        yield


@pytest.fixture(scope="session")
def checks() -> Checks:
    """Validations in one context: the library takes ten seconds to import."""
    return Checks()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Environment]:
    """The run's PostgreSQL server as libpq settings."""
    given = getattr(request.config, "workerinput", {}).get("server")
    if given:
        yield given
        return
    with server_of_a_run() as settings:
        yield settings
        drop_databases(settings, f"koin_loyalty_test_{os.getpid()}_")


@pytest.fixture(scope="session")
def database_name(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Names of the run's databases; all of these processes share them."""
    owner = os.getppid() if hasattr(request.config, "workerinput") else os.getpid()
    return lambda purpose: f"koin_loyalty_test_{owner}_{purpose}"


@pytest.fixture(scope="module")
def engines(server: Environment) -> Iterator[Engines]:
    """Both engines, without a table."""
    both = Engines(server)
    yield both
    both.close()


@pytest.fixture(scope="session")
def small_sample(once: Once) -> Path:
    """A raw folder of 500 members and the weeks that the requests look back on, with its truth."""

    def make(folder: Path) -> Path:
        generate_sample(folder / "raw", 500, DEFAULT_WEEKS, 7)
        return folder / "raw"

    return once("small_sample", make)


@pytest.fixture(scope="session")
def loaded_database(
    server: Environment, small_sample: Path, database_name: Callable[[str], str], once: Once
) -> Environment:
    """A database that holds the small sample's raw tables, and no more: a template for others."""

    def make(folder: Path) -> Environment:
        settings = create_database(server, database_name("raw"))
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in {**settings, "DBT_TARGET_PATH": str(folder)}.items():
                patch.setenv(variable, value)
            load.load_raw(small_sample)
        return settings

    return once("loaded_database", make)


@pytest.fixture(scope="session")
def duckdb_build(small_sample: Path, once: Once) -> Build:
    """The small sample on DuckDB: everything built, every data test and unit test passed."""

    def make(folder: Path) -> Build:
        return build_target(
            "duckdb",
            folder,
            arguments=SMALL_SAMPLE_VARS,
            COHESIVE_RAW_PATH=str(small_sample),
        )

    return once("duckdb_build", make)


@pytest.fixture(scope="session")
def duckdb_build_without_python(duckdb_build: Build, once: Once) -> Build:
    """The same, its audiences built as an engine without Python models builds them."""

    def make(folder: Path) -> Build:
        shutil.copytree(duckdb_build.folder, folder, dirs_exist_ok=True)
        return build_target(
            "duckdb",
            folder,
            arguments=("--vars", SMALL_VARS_WITHOUT_PYTHON, "--select", "int_audiences__requests+"),
            COHESIVE_RAW_PATH=duckdb_build.env["COHESIVE_RAW_PATH"],
        )

    return once("duckdb_build_without_python", make)


@pytest.fixture(scope="session")
def postgres_build(
    loaded_database: Environment, database_name: Callable[[str], str], once: Once
) -> Build:
    """The same on PostgreSQL."""

    def make(folder: Path) -> Build:
        return _build_on_server("postgres", loaded_database, database_name, folder)

    return once("postgres_build", make)


@pytest.fixture(scope="session")
def duckdb_postgres_build(
    loaded_database: Environment, database_name: Callable[[str], str], once: Once
) -> Build:
    """The same on DuckDB over PostgreSQL."""

    def make(folder: Path) -> Build:
        return _build_on_server("duckdb_postgres", loaded_database, database_name, folder)

    return once("duckdb_postgres_build", make)


def _build_on_server(
    target: str, loaded: Environment, database_name: Callable[[str], str], folder: Path
) -> Build:
    settings = create_database(loaded, database_name(target), template=loaded["PGDATABASE"])
    arguments: tuple[str, ...] = SMALL_SAMPLE_VARS
    if target == "duckdb_postgres":
        # It computes as `duckdb` does, where the unit tests run.
        arguments += ("--exclude-resource-type", "unit_test")
    return build_target(target, folder, arguments=arguments, **settings)
