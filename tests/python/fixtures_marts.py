"""The default sample and its DuckDB build, once for a whole test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from engines import build_target
from shared import Once

from koin_loyalty.build import DEFAULT_MEMBERS, DEFAULT_SEED, DEFAULT_WEEKS
from koin_loyalty.sample import generate_sample

SEEDS_AND_MODELS = ("--resource-type", "seed", "--resource-type", "model")


@pytest.fixture(scope="session")
def build_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Build seeds and models (no tests) of a raw folder; the answer is the database file."""
    return lambda raw: build_seeds_and_models(raw, tmp_path_factory.mktemp("marts"))


def build_seeds_and_models(raw: Path, folder: Path) -> Path:
    """Build seeds and models (no tests) on DuckDB in a folder; the database file."""
    built = build_target("duckdb", folder, arguments=SEEDS_AND_MODELS, COHESIVE_RAW_PATH=str(raw))
    return Path(built.env["LOYALTY_DUCKDB_PATH"])


@pytest.fixture(scope="session")
def sample(once: Once) -> Path:
    """The default sample."""

    def make(folder: Path) -> Path:
        generate_sample(folder / "raw", DEFAULT_MEMBERS, DEFAULT_WEEKS, DEFAULT_SEED)
        return folder / "raw"

    return once("sample", make)


@pytest.fixture(scope="session")
def built_sample_file(sample: Path, once: Once) -> Path:
    """The default sample, built: the database file."""
    return once("built_sample", lambda folder: build_seeds_and_models(sample, folder))


@pytest.fixture(scope="session")
def built_sample(built_sample_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The default sample, built; a read-only connection."""
    with duckdb.connect(str(built_sample_file), read_only=True) as connection:
        yield connection
