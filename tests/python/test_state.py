"""`koin state backup` and `restore`: state comes back as it was, on every target, and is never
overwritten by an older one unasked."""

from __future__ import annotations

import fcntl
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from engines import Build, Environment
from readers import LEDGER, STATE, TARGETS, Readers, copy_of, deliver_two_members
from shared import LONG
from typer.testing import CliRunner

from koin_loyalty import build_lock, dbt_command, postgres
from koin_loyalty.cli import app
from koin_loyalty.state import TABLES, backup, restore

pytestmark = pytest.mark.timeout(1800)

ALL_STATE = (*STATE, LEDGER)


@pytest.fixture(scope="module", params=TARGETS)
def copied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Readers]:
    """A copy of the whole build of a target, with a delivered audience."""
    build = request.getfixturevalue(f"{request.param}_build")
    with copy_of(build, tmp_path_factory.mktemp(request.param), "state") as readers:
        deliver_two_members(readers)
        yield readers


@pytest.fixture
def readers(copied: Readers, monkeypatch: pytest.MonkeyPatch) -> Readers:
    """The same, its settings those of this process."""
    for variable, value in copied.env.items():
        monkeypatch.setenv(variable, value)
    return copied


def drop_everything(readers: Readers) -> None:
    """State as if there had never been any; on DuckDB no file."""
    if readers.settings is None:
        readers.file.unlink()
        return
    readers.write(f"drop table {', '.join(ALL_STATE)}")


def test_state_comes_back(readers: Readers, tmp_path: Path) -> None:
    before = readers.signature(ALL_STATE)
    counts = backup(tmp_path / "state.zip", readers.target)
    assert counts["audiences.audience_deliveries"] == 2
    assert counts["state.kpi_versions"] > 1_000
    assert (tmp_path / "state.zip").stat().st_mode & 0o077 == 0
    # Again on top of it: nothing there is newer.
    assert restore(tmp_path / "state.zip", readers.target) == counts
    assert readers.signature(ALL_STATE) == before

    deliver_two_members(readers)
    readers.write("update audiences.audience_deliveries set request_id = 'R-NEW'")
    newer = readers.signature(ALL_STATE)
    with pytest.raises(ValueError, match="audience_deliveries has 4 rows more, up to request_id R"):
        restore(tmp_path / "state.zip", readers.target)
    assert readers.signature(ALL_STATE) == newer
    restore(tmp_path / "state.zip", readers.target, force=True)
    assert readers.signature(ALL_STATE) == before

    kept = readers.file.read_bytes() if readers.settings is None else None
    drop_everything(readers)
    restore(tmp_path / "state.zip", readers.target)
    assert readers.signature(ALL_STATE) == before
    if kept is not None:
        readers.file.write_bytes(kept)


def test_ledger_keeps_runs_of_both_sides(readers: Readers, tmp_path: Path) -> None:
    backup(tmp_path / "state.zip", readers.target)
    runs = readers.rows(f"select invocation_id from {LEDGER}")
    readers.write(f"update {LEDGER} set invocation_id = 'later'")
    restore(tmp_path / "state.zip", readers.target)
    assert set(readers.rows(f"select invocation_id from {LEDGER}")) == {*runs, ("later",)}
    readers.write(f"delete from {LEDGER} where invocation_id = 'later'")


@LONG
@pytest.mark.parametrize("copied", ["duckdb"], indirect=True)
def test_marts_come_back_with_state(readers: Readers, duckdb_build: Build, tmp_path: Path) -> None:
    """Back up, lose the database, restore, build: every mart is what it was."""
    marts = tuple(
        relation.full_name
        for relation in duckdb_build.relations
        if relation.is_mart and relation.full_name != LEDGER
    )
    before = readers.signature(marts)
    backup(tmp_path / "state.zip", readers.target)
    drop_everything(readers)
    restore(tmp_path / "state.zip", readers.target)
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    done = readers.build(*kinds)
    assert done.returncode == 0, done.stdout
    assert readers.signature(marts) == before


@pytest.mark.parametrize("copied", ["duckdb"], indirect=True)
def test_restore_waits_for_no_build(readers: Readers, tmp_path: Path) -> None:
    """A file that is no backup, and a lock that another process has, stop it with a reason."""
    backup(tmp_path / "state.zip")
    whole = (tmp_path / "state.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(tmp_path / "lying.zip", "w") as lying:
        with zipfile.ZipFile(tmp_path / "state.zip") as honest:
            for name in honest.namelist():
                if name != "backup.json":
                    lying.writestr(name, honest.read(name))
        lying.writestr("backup.json", json.dumps({"rows": {"state.kpi_versions": 1}}))
    for file, reason in {
        "none.zip": "no file",
        "half.zip": "is no whole backup",
        "lying.zip": "which says 1",
    }.items():
        done = CliRunner().invoke(app, ["state", "restore", "--from", str(tmp_path / file)])
        assert done.exit_code == 1
        assert reason in " ".join(done.output.split()), file


def test_every_state_model_is_backed_up(duckdb_build: Build) -> None:
    models = {
        (node["schema"], node["alias"])
        for node in duckdb_build.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1:3] == ["marts", "state"]
    }
    assert {(table.schema, table.name) for table in TABLES} == models


def test_a_lock_says_who_has_it(tmp_path: Path) -> None:
    file = tmp_path / "marts.duckdb"
    with (tmp_path / "marts.duckdb.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write('{"what": "dbt build", "since": "2025-11-03 04:00:00 UTC", "process": 7}')
        other.flush()
        with pytest.raises(
            RuntimeError, match="dbt build since 2025-11-03 04:00:00 UTC, process 7"
        ):
            build_lock.take_file_lock(file, "dbt build")
    build_lock.take_file_lock(file, "dbt build")
    build_lock.release()


def test_a_database_lock_says_who_has_it(server: Environment) -> None:
    """One lock for each prefix of schemas, until it is given back or its session ends."""
    asked = (postgres.connection_string(server), server.get("PGPASSWORD"))
    build_lock.take_database_lock(*asked, "locked", "dbt build, version 7.8.9")
    refused = r"this PostgreSQL database: dbt build, version 7\.8\.9 since 20.* UTC"
    with pytest.raises(RuntimeError, match=refused):
        build_lock.take_database_lock(*asked, "locked", "dbt build")
    build_lock.take_database_lock(*asked, "other", "dbt build")
    build_lock.release()
    for _ in range(100):
        # The server ends a session a moment after its client has left.
        with suppress(RuntimeError):
            build_lock.take_database_lock(*asked, "locked", "dbt build")
            break
        time.sleep(0.1)
    else:
        pytest.fail("the lock was not given back")
    build_lock.release()


def test_code_version_without_git_is_the_projects(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: koin_loyalty\nversion: '7.8.9'\n")
    assert dbt_command.code_version(tmp_path) == "7.8.9"
