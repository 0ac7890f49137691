"""What the tests of the weekly pack share: packs of a build, and the programs that open them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from engines import Build

from koin_loyalty.pack import Pack, read_pack
from koin_loyalty.pack.marts import Marts, open_marts, read_target


def need_programs(*alternatives: tuple[str, ...]) -> None:
    """Skips the test where none of a tuple of programs is installed; fails it where CI is set."""
    for names in alternatives:
        if not any(shutil.which(name) for name in names):
            reason = f"{' or '.join(names)} is not installed"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)


@contextmanager
def environment(build: Build, **variables: str) -> Iterator[None]:
    """The settings of a build's process in this one, for the block only."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**build.env, **variables}.items():
            patch.setenv(name, value)
        yield


@contextmanager
def marts_of(build: Build, **variables: str) -> Iterator[Marts]:
    """The marts of a build, as the pack reads them."""
    with environment(build, **variables), open_marts(read_target(build.target)) as marts:
        yield marts


def pack_of(
    build: Build, bu_code: str = "AZKO", week: date | None = None, **variables: str
) -> Pack:
    """The pack of a build."""
    with marts_of(build, **variables) as marts:
        return read_pack(marts, bu_code, week)
