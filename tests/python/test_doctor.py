"""`koin doctor`: each finding, what to do about it, and that nothing is changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from engines import ROOT, Environment
from tiny_raw import write_tiny_raw
from typer.testing import CliRunner

from koin_loyalty import doctor
from koin_loyalty.cli import app
from koin_loyalty.doctor import Finding, Verdict, examine

LOADED = datetime(2024, 2, 1, 3)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile, a database with a mart's schema, and a raw folder of a few rows."""
    shutil.copyfile(ROOT / "profiles.example.yml", tmp_path / "profiles.yml")
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    monkeypatch.setenv("LOYALTY_DUCKDB_PATH", str(tmp_path / "file.duckdb"))
    monkeypatch.setenv("COHESIVE_RAW_PATH", str(write_tiny_raw(tmp_path / "raw")))
    with duckdb.connect(str(tmp_path / "file.duckdb")) as db:
        db.execute("create schema audiences; create table audiences.audience_manifest as select 1")
    return tmp_path


def findings(target: str | None = None, now: datetime = LOADED) -> dict[str, Finding]:
    """The last finding of each kind."""
    return {found.what: found for found in examine(target, now=now)}


def test_a_sound_machine_has_no_problem(place: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in place.rglob("*")}
    found = findings()
    assert [one.what for one in found.values()] == [
        "Python",
        "packages",
        "DuckDB extension",
        "profiles.yml",
        "seeds",
        "database",
        "raw data",
        "freshness",
        "disk",
        "Chromium",
        "LibreOffice",
    ]
    for what in ("Python", "profiles.yml", "seeds", "database", "raw data", "freshness"):
        assert found[what].verdict is Verdict.OK, found[what]
    # Nothing is written.
    assert {file: file.stat().st_mtime_ns for file in place.rglob("*")} == before


def test_another_python() -> None:
    finding = doctor.python_version((3, 12))
    assert finding.verdict is Verdict.PROBLEM
    assert finding.found == "3.12, not 3.11"
    assert "PYTHON=" in finding.remedy


def test_packages_against_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "duckdb==0.0.1 \\\n    --hash=sha256:00\n"
        "no-such-package==1 ; python_version >= '3'\n"
        "not-for-us==1 ; sys_platform == 'win32'\n"
        "# via nothing\n"
    )
    missing, other = doctor.packages(lock)
    assert (missing.verdict, missing.found) == (Verdict.PROBLEM, "missing: no-such-package")
    assert other.verdict is Verdict.WARNING
    assert other.found.startswith("not as locked: duckdb ")
    assert "make setup" in missing.remedy


def test_the_profile(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = place / "profiles.yml"
    text = file.read_text()
    file.write_text(text.replace("disabled_optimizers: top_n_window_elimination", "threads: 2"))
    found = findings()["profiles.yml"]
    assert (found.verdict, found.found) == (
        Verdict.PROBLEM,
        "target duckdb lacks disabled_optimizers: top_n_window_elimination",
    )
    # As the profile was when its options stood under `settings`, where they are set for each model.
    file.write_text(
        text.replace(" config_options:", " settings:").replace(
            " settings: &duckdb_s", " other: &duckdb_s"
        )
    )
    found = findings()["profiles.yml"]
    assert (found.verdict, found.found) == (
        Verdict.PROBLEM,
        "target duckdb has disabled_optimizers in settings, not in config_options",
    )
    file.write_text(text.replace("module: koin_loyalty.duckdb_file", "module: excel"))
    found = findings()["profiles.yml"]
    assert (found.verdict, found.found) == (
        Verdict.PROBLEM,
        "target duckdb lacks the plugin koin_loyalty.duckdb_file",
    )
    file.write_text(text)
    assert "has no target nowhere: it has duckdb" in findings("nowhere")["profiles.yml"].found
    file.write_text("koin_loyalty: [")
    assert findings()["profiles.yml"].verdict is Verdict.PROBLEM
    file.write_text("other: {}")
    assert "no profile koin_loyalty" in findings()["profiles.yml"].found
    file.write_text(text.replace("env_var('LOYALTY_DUCKDB_PATH', ", "env_var('NOT_SET_', "))
    assert findings()["profiles.yml"].verdict is Verdict.OK
    file.write_text(
        text.replace("env_var('LOYALTY_DUCKDB_PATH', 'data/koin_loyalty.duckdb')", "env_var('NO_')")
    )
    assert "NO_, which is not set" in findings()["profiles.yml"].found
    file.unlink()
    found = findings()["profiles.yml"]
    assert found.verdict is Verdict.WARNING
    assert not file.exists()


@pytest.fixture
def other_process(place: Path) -> Iterator[None]:
    """Another process that has the database open."""
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place / "file.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield
        process.communicate("\n")


def test_a_locked_database(other_process: None) -> None:
    found = findings()["database"]
    assert found.verdict is Verdict.PROBLEM
    assert "is in use by another process" in found.found


def test_the_database(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "file.duckdb").unlink()
    found = findings()["database"]
    assert (found.verdict, found.remedy) == (Verdict.WARNING, "run make build")
    duckdb.connect(str(place / "file.duckdb")).close()
    assert "no marts yet" in findings()["database"].found
    (place / "file.duckdb").write_text("no database")
    assert findings()["database"].verdict is Verdict.PROBLEM
    monkeypatch.setenv("PGHOST", str(place))
    monkeypatch.setenv("PGPASSWORD", "rahasia")
    for target in ("postgres", "duckdb_postgres"):
        found = findings(target)["database"]
        assert found.verdict is Verdict.PROBLEM
        assert "cannot reach PostgreSQL" in found.found
        assert "PGHOST" in found.remedy
        assert "rahasia" not in str(findings(target))


def test_a_server_with_raw_data(
    place: Path, loaded_database: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in loaded_database.items():
        monkeypatch.setenv(variable, value)
    found = findings("postgres")
    assert "no marts yet" in found["database"].found
    assert found["raw data"].verdict is Verdict.OK
    assert found["freshness"].found.startswith("loaded until 20")


def test_raw_data(place: Path) -> None:
    (place / "raw" / "cohesive" / "tbl_koin.parquet").unlink()
    found = findings()["raw data"]
    assert found.verdict is Verdict.PROBLEM
    assert "lacks cohesive.tbl_koin was not delivered" in found.found
    assert "koin check-raw" in found.remedy
    shutil.rmtree(place / "raw")
    assert findings()["raw data"].verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(0, Verdict.OK), (2, Verdict.OK), (3, Verdict.WARNING), (9, Verdict.PROBLEM)],
)
def test_freshness(days: int, verdict: Verdict) -> None:
    """By the limits of the sources YAML: two and eight days."""
    finding = doctor.freshness(LOADED, LOADED + timedelta(days=days), is_sample=False)
    assert finding.verdict is verdict
    assert f"loaded until 2024-02-01 03:00 WIB, {days} days ago" in finding.found
    assert doctor.freshness(LOADED, LOADED + timedelta(days=99), True).verdict is Verdict.OK


def test_seeds(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    assert [one.verdict for one in doctor.seeds(tmp_path)] == [Verdict.OK]
    requests = tmp_path / "seeds" / "requests" / "segment_requests.csv"
    lines = requests.read_text().splitlines()
    requests.write_text("\n".join([*lines, lines[1], lines[2].replace("approved", "aproved", 1)]))
    (found,) = doctor.seeds(tmp_path)
    assert found.verdict is Verdict.PROBLEM
    assert "segment_requests.csv: R2025-001 stands twice" in found.found
    assert "R2025-002: status 'aproved'" in found.found
    requests.write_text("\n".join([*lines, "R2025-999,too,few"]))
    (found,) = doctor.seeds(tmp_path)
    assert f"segment_requests.csv, line {len(lines) + 1}: another number" in found.found
    channels = tmp_path / "seeds" / "reference" / "channels.csv"
    channels.write_text(channels.read_text().replace("stamps_channel", "stamp"))
    seasons = tmp_path / "seeds" / "reference" / "seasons.csv"
    seasons.write_bytes(seasons.read_bytes() + "é".encode("latin-1"))
    (found,) = doctor.seeds(tmp_path)
    assert "channels.csv: its columns are not those of its YAML" in found.found
    assert "seasons.csv is not UTF-8" in found.found


@pytest.mark.parametrize(
    ("free", "verdict"),
    [
        (100 * doctor.GIGABYTE, Verdict.OK),
        (4 * doctor.GIGABYTE, Verdict.WARNING),
        (doctor.GIGABYTE // 2, Verdict.PROBLEM),
    ],
)
def test_disk(place: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict) -> None:
    class Usage:
        pass

    usage = Usage()
    usage.free = free  # type: ignore[attr-defined]
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert findings()["disk"].verdict is verdict


def test_optional_programs_are_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    found = doctor.optional_programs()
    assert {one.verdict for one in found} == {Verdict.OK}
    assert all("optional" in one.found for one in found)


def test_the_command_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["doctor", "--target", "duckdb"]
    (place / "raw" / "truth").mkdir()
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert "ok       Python: 3.11" in done.stdout
    assert "sample data, loaded until" in done.stdout
    assert done.exit_code == int("problem" in done.stdout)
    monkeypatch.setattr(doctor, "PYTHON", (3, 99))
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert "problem  Python: 3.11, not 3.99" in done.stdout
    assert "         -> give make PYTHON=" in done.stdout
