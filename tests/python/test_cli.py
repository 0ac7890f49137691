"""The command line `koin`: what it says and how it exits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from engines import ROOT, Environment, create_database, drop_database, query
from tiny_raw import write_tiny_raw
from typer.testing import CliRunner

from koin_loyalty.cli import app

KOIN = str(Path(sys.executable).with_name("koin"))


def koin(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `koin` with arguments, run in this process."""
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", **variables})
    return result.exit_code, result.stdout, result.stderr


def test_help_names_every_command() -> None:
    status, out, _ = koin("--help")
    assert status == 0
    assert all(command in out for command in ("sample", "load", "reference"))
    assert koin()[0] == 2


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nothing"], 2, "No such command 'nothing'."),
        (["sample", "--nope"], 2, "No such option: --nope"),
        (["sample", "--members", "many"], 2, "Invalid value for '--members'"),
        (["sample", "--members", "0"], 2, "Invalid value for '--members'"),
        (["sample", "--seed", "9223372036854775808"], 2, "Invalid value for '--seed'"),
        (["sample", "--format", "xlsx"], 2, "Invalid value for '--format'"),
        (["sample", "--from", "complete-journey", "--format", "csv"], 1, "writes Parquet only"),
        (["load", "--raw", "no/such/folder"], 1, "no raw folder no/such/folder"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], status: int, message: str) -> None:
    exit_status, _, error = koin(*arguments)
    assert exit_status == status
    assert message in error
    assert error.startswith("Error: ")
    assert error.count("\n") == 1


def test_unreachable_server_is_one_line(tmp_path: Path) -> None:
    """In a process of its own: what a shell would see."""
    run = subprocess.run(
        [KOIN, "load", "--raw", str(tmp_path)],
        cwd=ROOT,
        env={"PGHOST": str(tmp_path), "PGPORT": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("Error: cannot reach PostgreSQL")
    assert run.stderr.count("\n") == 1


def test_outside_the_project_the_packages_own_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from koin_loyalty.project import project_root

    monkeypatch.chdir(tmp_path)
    assert project_root() == ROOT


def test_sample_writes_a_raw_folder_and_sums_up(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    options = ["--members", "60", "--weeks", "4", "--seed", "3", "--format", "csv"]
    status, out, error = koin("sample", *options, "--out", str(folder))
    assert (status, error) == (0, "")
    assert (folder / "cohesive" / "tbl_receipt.csv").is_file()
    assert (folder / "truth" / "cohesive").is_dir()
    assert "cohesive.tbl_receipt" in out
    assert f"Raw folder: {folder}" in out


def test_load_sums_up(server: Environment, tmp_path: Path) -> None:
    raw = write_tiny_raw(tmp_path / "raw")
    database = create_database(server, "koin_loyalty_test_cli")
    try:
        variables = {**database, "DBT_TARGET_PATH": str(tmp_path / "target")}
        status, out, error = koin("load", "--raw", str(raw), **variables)
        assert (status, error) == (0, "")
        assert "33 rows in" in out
        assert "/koin_loyalty_test_cli" in out
        assert query(database, "select count(*) from cohesive.tbl_receipt") == [(3,)]
    finally:
        drop_database(server, "koin_loyalty_test_cli")


def test_reference_writes_the_committed_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koin_loyalty.cli.project_root", lambda: tmp_path)
    status, out, _ = koin("reference")
    assert status == 0
    written = sorted((tmp_path / "seeds" / "reference").iterdir())
    assert written
    for file in written:
        assert file.name in out
        assert file.read_bytes() == (ROOT / "seeds" / "reference" / file.name).read_bytes()


@pytest.mark.parametrize(
    "module", ["complete_journey", "sample", "sample.writer", "load", "build", "reference"]
)
def test_module_can_be_imported_first(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import koin_loyalty.{module}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
