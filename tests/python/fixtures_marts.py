"""The default sample and its DuckDB build, once for a whole test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from engines import build_target

from koin_loyalty.build import DEFAULT_MEMBERS, DEFAULT_SEED, DEFAULT_WEEKS
from koin_loyalty.sample import generate_sample

SEEDS_AND_MODELS = ("--resource-type", "seed", "--resource-type", "model")


@pytest.fixture(scope="session")
def build_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Build seeds and models (no tests) of a raw folder; the answer is the database file."""

    def build(raw: Path) -> Path:
        built = build_target(
            "duckdb",
            tmp_path_factory.mktemp("marts"),
            arguments=SEEDS_AND_MODELS,
            COHESIVE_RAW_PATH=str(raw),
        )
        return Path(built.env["LOYALTY_DUCKDB_PATH"])

    return build


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default sample."""
    folder = tmp_path_factory.mktemp("sample") / "raw"
    generate_sample(folder, DEFAULT_MEMBERS, DEFAULT_WEEKS, DEFAULT_SEED)
    return folder


@pytest.fixture(scope="session")
def built_sample(
    sample: Path, build_duckdb: Callable[[Path], Path]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The default sample, built; a read-only connection."""
    with duckdb.connect(str(build_duckdb(sample)), read_only=True) as connection:
        yield connection
