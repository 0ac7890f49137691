"""What is measured on: raw folders, one without the last week; the project, with other requests."""

from __future__ import annotations

import csv
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
from peers.run import raw_tables

ROOT = Path(__file__).parents[1]
FIRST_DAY = date(2023, 10, 16)
#: The day for which the project's requests are written.
REQUESTED_ON = date(2025, 11, 2)
REQUEST_DATES = (
    "data_as_of",
    "send_starts_on",
    "send_ends_on",
    "voucher_issued_from",
    "voucher_issued_to",
)
#: Criteria that made-up requests vary.
REQUEST_NUMBERS = ("max_members", "min_transactions", "min_spend", "lapsed_days", "min_koin")
PROJECT_FOLDERS = ("analyses", "macros", "models", "seeds", "snapshots", "tests")


def cut_last_week(whole: Path, part: Path, weeks: int) -> None:
    """Copies of a raw folder what had arrived when week `weeks` was complete: loads come in the
    night after a business day, so those of the Monday after it belong to it."""
    until = FIRST_DAY + timedelta(weeks=weeks, days=1)
    with duckdb.connect() as db:
        for file in sorted(whole.rglob("*.parquet")):
            if file.relative_to(whole).parts[0] == "truth":
                continue
            target = part / file.relative_to(whole)
            target.parent.mkdir(parents=True, exist_ok=True)
            db.execute(
                f"copy (from read_parquet('{file}')"
                f" where _loaded_at is null or _loaded_at < date '{until}') to '{target}'"
            )


def write_csv(raw: Path, folder: Path) -> None:
    """The raw tables as CSV, `<schema>.<table>.csv`, for a plain COPY."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        for table, files in raw_tables(raw).items():
            target = folder / f"{table}.csv"
            db.execute(f"copy (from read_parquet('{files}')) to '{target}' (header)")


def raw_sizes(raw: Path) -> dict[str, int]:
    """Rows of the great raw tables."""
    files = raw_tables(raw)
    with duckdb.connect() as db:
        return {
            name: db.execute(
                f"select count(*) from read_parquet('{files['cohesive.' + name]}')"
            ).fetchall()[0][0]
            for name in ("tbl_receipt", "tbl_receipt_line", "tbl_koin", "tbl_member")
        }


def copy_project(folder: Path) -> None:
    """The dbt project, so that its requests can be others."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "dbt_project.yml", folder / "dbt_project.yml")
    for name in PROJECT_FOLDERS:
        if (ROOT / name).is_dir():
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("python"))


def write_requests(project: Path, weeks: int, count: int | None = None) -> None:
    """The project's requests as if written at the end of the data; `count` makes it so many, with
    variations of them: a day later, with criteria a quarter greater."""
    source = ROOT / "seeds" / "requests" / "segment_requests.csv"
    with source.open(encoding="utf-8", newline="") as file:
        given = list(csv.DictReader(file))
    late = FIRST_DAY + timedelta(weeks=weeks, days=-1) - REQUESTED_ON
    written = []
    for number in range(count or len(given)):
        request = dict(given[number % len(given)])
        days = late
        if number >= len(given):
            request["request_id"] = f"R2025-9{number:02}"
            days += timedelta(days=1)
            for column in REQUEST_NUMBERS:
                if request[column].isdigit():
                    request[column] = str(int(request[column]) * 5 // 4)
        for column in REQUEST_DATES:
            if request[column]:
                moved = days if column.startswith("send_") else late
                request[column] = str(date.fromisoformat(request[column]) + moved)
        written.append(request)
    target = project / "seeds" / "requests" / "segment_requests.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, given[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(written)
