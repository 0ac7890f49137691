"""`koin doctor`: what this machine lacks to build and deliver, and what to do about it.

Looks only: nothing is installed, written, built or locked.
"""

from __future__ import annotations

import csv
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import yaml

from koin_loyalty import postgres
from koin_loyalty.check_raw import LOADED_AT, Delivered, open_delivery
from koin_loyalty.deliver import REQUESTS
from koin_loyalty.project import WIB, project_root, raw_path, source_contract
from koin_loyalty.targets import ALIAS, Target, find_target, profiles_file, reading

PYTHON = (3, 11)
LOCK = "requirements.lock"
EXTENSION = "postgres_scanner"
WRONG_REWRITE = "top_n_window_elimination"
PLUGIN = "koin_loyalty.duckdb_file"
GIGABYTE = 1024**3
#: Free disk: below the first a build may fail; below the second, or so many times the raw data, it
#: soon will.
LEAST_FREE, FREE, TIMES_RAW = 1 * GIGABYTE, 5 * GIGABYTE, 3
REQUEST_STATUSES = ("draft", "approved", "cancelled")
SETUP = "run make setup"
#: Programs that only a part needs, with that part.
OPTIONAL = {
    "Chromium": (("chromium", "chromium-browser", "google-chrome"), "tests of the HTML page"),
    "LibreOffice": (("soffice", "libreoffice"), "tests of the workbook"),
}


class Verdict(StrEnum):
    """How a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, what was found, and what to do if it is not ok."""

    what: str
    verdict: Verdict
    found: str
    remedy: str = ""


def examine(
    target_name: str | None = None,
    *,
    raw: Path | None = None,
    now: datetime | None = None,
    root: Path | None = None,
) -> list[Finding]:
    """Everything that is looked at, in order.

    `target_name`: dbt target, by default that of the profile. `raw`: raw folder, by default that of
    this machine. `now`: the present in WIB without zone, by default that of the clock. Never
    raises: what cannot be looked at is a finding.
    """
    root = root or project_root()
    now = now or datetime.now(WIB).replace(tzinfo=None)
    raw = raw or raw_path()
    findings = [python_version(sys.version_info[:2])]
    findings += _safely("packages", lambda: packages(root / LOCK))
    findings += _safely("DuckDB extension", extension)
    target, of_profile = profile(target_name, root)
    findings += of_profile
    findings += _safely("seeds", lambda: seeds(root))
    if target is not None and (target.server is None or has_extension()):
        findings += _safely("database", lambda: database(target))
        findings += _safely("raw data", lambda: raw_data(target, raw, now))
        findings += _safely("disk", lambda: disk(target, raw))
    findings += optional_programs()
    return findings


def _safely(what: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What a look found; its failure is a finding too."""
    found = []
    try:
        found.extend(look())
    except Exception as error:
        found.append(Finding(what, Verdict.PROBLEM, postgres.one_line(error)))
    return found


def python_version(version: tuple[int, ...]) -> Finding:
    """Python has to be the one that the lock file is for."""
    found = ".".join(map(str, version))
    if version == PYTHON:
        return Finding("Python", Verdict.OK, found)
    wanted = ".".join(map(str, PYTHON))
    remedy = f"give make PYTHON=/path/to/python{wanted}, and remove .venv"
    return Finding("Python", Verdict.PROBLEM, f"{found}, not {wanted}", remedy)


def packages(lock: Path) -> Iterator[Finding]:
    """Installed packages against the lock file, those of other platforms left out."""
    from packaging.requirements import Requirement

    missing, other, count = [], [], 0
    for line in lock.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].rstrip().removesuffix("\\").strip()
        if not text or text.startswith("--"):
            continue
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        count += 1
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            other.append(f"{requirement.name} {version} ({requirement.specifier})")
    remedy = f"remove .venv/installed, and {SETUP}"
    if missing:
        yield Finding("packages", Verdict.PROBLEM, f"missing: {', '.join(missing)}", remedy)
    if other:
        yield Finding("packages", Verdict.WARNING, f"not as locked: {', '.join(other)}", remedy)
    if not missing and not other:
        yield Finding("packages", Verdict.OK, f"{count} as in {lock.name}")


def has_extension() -> bool:
    """Whether DuckDB's extension for PostgreSQL, which comes as a wheel, is installed."""
    with duckdb.connect() as db:
        rows = db.execute(
            "select installed from duckdb_extensions() where extension_name = ?", [EXTENSION]
        ).fetchall()
    return bool(rows and rows[0][0])


def extension() -> Iterator[Finding]:
    """The extension that reads PostgreSQL."""
    if has_extension():
        yield Finding("DuckDB extension", Verdict.OK, f"{EXTENSION} is there")
    else:
        found = f"{EXTENSION} is not installed: koin load and duckdb_postgres need it"
        yield Finding("DuckDB extension", Verdict.WARNING, found, SETUP)


def profile(name: str | None, root: Path) -> tuple[Target | None, list[Finding]]:
    """The target of profiles.yml, and what is wrong with the file."""
    file = profiles_file(root)
    if not file.is_file():
        remedy = "make setup makes it, as do koin and make build when they run"
        return None, [Finding("profiles.yml", Verdict.WARNING, f"there is none at {file}", remedy)]
    try:
        target = find_target(name, root)
    except ValueError as error:
        remedy = "compare it with profiles.example.yml"
        return None, [Finding("profiles.yml", Verdict.PROBLEM, str(error), remedy)]
    findings = [Finding("profiles.yml", Verdict.OK, f"target {target.name}: {target.place}")]
    remedy = "take config_options and settings of profiles.example.yml: "
    if target.engine == "duckdb" and "disabled_optimizers" in section(target, "settings"):
        found = f"target {target.name} has disabled_optimizers in settings, not in config_options"
        remedy += "DuckDB 1.5 crashes now and then"
        findings.append(Finding("profiles.yml", Verdict.PROBLEM, found, remedy))
    elif target.engine == "duckdb" and WRONG_REWRITE not in str(
        section(target, "config_options").get("disabled_optimizers", "")
    ):
        found = f"target {target.name} lacks disabled_optimizers: {WRONG_REWRITE}"
        remedy += "DuckDB 1.5 may give wrong rows"
        findings.append(Finding("profiles.yml", Verdict.PROBLEM, found, remedy))
    modules = [plugin.get("module") for plugin in target.settings.get("plugins") or ()]
    if target.engine == "duckdb" and PLUGIN not in modules:
        found = f"target {target.name} lacks the plugin {PLUGIN}"
        remedy = (
            "take path and plugins of profiles.example.yml: readers see marts that are not tested"
        )
        findings.append(Finding("profiles.yml", Verdict.PROBLEM, found, remedy))
    return target, findings


def section(target: Target, name: str) -> dict[str, Any]:
    """A mapping of the target in profiles.yml; empty when there is none."""
    return target.settings.get(name) or {}


def seeds(root: Path) -> Iterator[Finding]:
    """Seeds can be read and have the columns that their YAML describes; requests have an id of
    their own and a known status. What requests name is for `koin requests check`."""
    described = {
        str(seed["name"]): [str(column["name"]) for column in seed["columns"]]
        for file in sorted((root / "seeds").rglob("*.yml"))
        for seed in yaml.safe_load(file.read_text(encoding="utf-8")).get("seeds", [])
    }
    wrong = []
    for file in sorted((root / "seeds").rglob("*.csv")):
        try:
            with file.open(newline="", encoding="utf-8") as lines:
                reader = csv.reader(lines)
                header = next(reader, [])
                short = [reader.line_num for row in reader if row and len(row) != len(header)]
        except UnicodeDecodeError:
            wrong.append(f"{file.name} is not UTF-8")
            continue
        if header != described.get(file.stem):
            wrong.append(f"{file.name}: its columns are not those of its YAML")
        if short:
            wrong.append(f"{file.name}, line {short[0]}: another number of cells than the header")
    if not wrong:
        with (root / REQUESTS).open(newline="", encoding="utf-8") as lines:
            requests = list(csv.DictReader(lines))
        ids = [row["request_id"].strip() for row in requests]
        wrong += [f"{REQUESTS.name}: {name} stands twice" for name in {*ids} if ids.count(name) > 1]
        wrong += [
            f"{REQUESTS.name}, {row['request_id']}: status '{row['status']}'"
            for row in requests
            if row["status"].strip().lower() not in REQUEST_STATUSES
        ]
    if wrong:
        remedy = "mend them, then koin requests check"
        yield Finding("seeds", Verdict.PROBLEM, "; ".join(sorted(wrong)), remedy)
    else:
        found = f"{len(described)} can be read; {len(ids)} requests (koin requests check says more)"
        yield Finding("seeds", Verdict.OK, found)


def database(target: Target) -> Iterator[Finding]:
    """The database can be reached and read, and something was built."""
    file = target.file
    if target.server is None and file is not None and not file.is_file():
        yield Finding("database", Verdict.WARNING, f"{file} is not there yet", "run make build")
        return
    try:
        with reading(target) as db:
            found = db.execute(
                "select count(*) from duckdb_tables() where database_name = ? and schema_name = ?",
                [ALIAS, f"{target.prefix}audiences"],
            ).fetchall()
    except RuntimeError as error:
        remedy = "check PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE" if target.server else ""
        yield Finding("database", Verdict.PROBLEM, str(error), remedy)
        return
    if found[0][0]:
        yield Finding("database", Verdict.OK, f"{target.place} can be read")
    else:
        remedy = f"run dbt build --target {target.name}"
        yield Finding("database", Verdict.WARNING, f"{target.place}: no marts yet", remedy)
    if target.server is not None and file is not None and file.is_file():
        yield from _work_file(file)


def _work_file(file: Path) -> Iterator[Finding]:
    try:
        duckdb.connect(str(file), read_only=True).close()
    except duckdb.Error as error:
        is_locked = "lock" in str(error)
        found = f"{file} is in use by another process" if is_locked else f"cannot read {file}"
        remedy = "wait for the build that runs" if is_locked else "remove it: a build makes it anew"
        verdict = Verdict.WARNING if is_locked else Verdict.PROBLEM
        yield Finding("work file", verdict, found, remedy)


def raw_data(target: Target, raw: Path, now: datetime) -> Iterator[Finding]:
    """Every raw table and column of the contract is there, and the data are not too old."""
    is_file = target.server is None
    place = str(raw) if is_file else target.place
    if is_file and not raw.is_dir():
        remedy = "set COHESIVE_RAW_PATH; make build makes sample data without it"
        yield Finding("raw data", Verdict.WARNING, f"no folder {raw}", remedy)
        return
    missing: list[str] = []
    newest: datetime | None = None
    with open_delivery(raw if is_file else None, None if is_file else target) as (db, reader):
        for name, table in source_contract(target.root).items():
            found: Delivered = reader(db, table)
            if found.state != "ok":
                missing.append(f"{name} {found.state}")
                continue
            missing += [f"{name}.{column}" for column in table.columns if column not in found.types]
            if LOADED_AT in found.types and table.is_steady:
                loaded = found.cell(LOADED_AT, table.columns[LOADED_AT])
                rows = db.execute(f"select max({loaded}) from {found.relation}")  # noqa: S608
                last = rows.fetchall()[0][0]
                newest = max(filter(None, (newest, last)), default=None)
    if missing:
        remedy = "koin check-raw says what is wrong, the sources YAML what is needed"
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        yield Finding("raw data", Verdict.PROBLEM, f"{place} lacks {shown}", remedy)
    else:
        yield Finding("raw data", Verdict.OK, f"{place} has every table and column")
    if newest is not None:
        yield freshness(newest, now, (raw / "truth").is_dir() if is_file else False)


def freshness(newest: datetime, now: datetime, is_sample: bool) -> Finding:
    """The age of the last load, by the limits of the receipts in the sources YAML. Generated data
    do not grow old."""
    warn_after, error_after = _age_limits()
    age = now - newest
    found = f"loaded until {newest:%Y-%m-%d %H:%M} WIB, {age.days} days ago"
    if is_sample:
        return Finding("freshness", Verdict.OK, f"sample data, {found}")
    if age <= warn_after:
        return Finding("freshness", Verdict.OK, found)
    verdict = Verdict.WARNING if age <= error_after else Verdict.PROBLEM
    return Finding("freshness", verdict, found, "see whether the loads from Cohesive still run")


def _age_limits() -> tuple[timedelta, timedelta]:
    file = project_root() / "models" / "staging" / "cohesive" / "_cohesive__sources.yml"
    tables = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"][0]["tables"]
    limits = next(table for table in tables if table["name"] == "tbl_receipt")["config"][
        "freshness"
    ]
    warn, error = (
        timedelta(**{f"{limits[name]['period']}s": limits[name]["count"]})
        for name in ("warn_after", "error_after")
    )
    return warn, error


def disk(target: Target, raw: Path) -> Iterator[Finding]:
    """Room where the database file, or the work file, is."""
    folder = (target.file or target.root / "target").parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    raw_size = sum(file.stat().st_size for file in raw.rglob("*") if file.is_file())
    found = f"{free / GIGABYTE:.1f} GB free at {folder}"
    if not os.access(folder, os.W_OK):
        yield Finding("disk", Verdict.PROBLEM, f"{folder} cannot be written", "change its rights")
    elif free < LEAST_FREE:
        yield Finding("disk", Verdict.PROBLEM, found, "make room, or move LOYALTY_DUCKDB_PATH")
    elif free < max(FREE, TIMES_RAW * raw_size):
        yield Finding("disk", Verdict.WARNING, found, "make room, or move LOYALTY_DUCKDB_PATH")
    else:
        yield Finding("disk", Verdict.OK, found)


def optional_programs() -> list[Finding]:
    """Programs that are no part of the project; without them a few tests are skipped."""
    findings = []
    for name, (commands, part) in OPTIONAL.items():
        path = next(filter(None, map(shutil.which, commands)), None)
        found = path or f"not found; optional, only {part} use it"
        findings.append(Finding(name, Verdict.OK, found))
    return findings
