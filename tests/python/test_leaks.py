"""A run that fails writes no contact data: not to its output, its log, its artifacts, compiled
SQL, nor to tables of failing rows. Members come with rows that cannot be read; a planted test finds
every member wrong; failing rows are asked for; and everything is logged."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import privacy_walk
import pytest
from engines import Build
from scratch_project import ScratchProject, scratch_project

pytestmark = pytest.mark.timeout(900)

#: dbt leaves all that it ever leaves.
WRITE_ALL = ("--debug", "--log-level-file", "debug", "--write-json")

PLANTED = """
-- Every member is found wrong, with all that is known of the contact.
select * from {{ ref('member_contacts') }}
"""

#: Ends of numbers that are nobody's: the rule for dummies names them.
DUMMIES = {"123456789", "012345678", "987654321", "876543210", "345678910"}


@dataclass(frozen=True)
class Contacts:
    """What must not be found: addresses in lower case, last nine digits of numbers, names."""

    emails: frozenset[str]
    tails: frozenset[str]
    names: frozenset[str]

    def found_in(self, text: str) -> list[str]:
        """What of it stands in a text, at most three of a kind, said without saying it."""
        lower = text.lower()
        addresses = set(re.findall(r"[^\s\"'|,;:<>()=]+@[^\s\"'|,;:<>()=]+", lower))
        found = {
            "e-mail addresses": self.emails & {address.rstrip(".") for address in addresses},
            "phone numbers": (self.tails - DUMMIES)
            & {run[-9:] for run in re.findall("[0-9]{9,15}", text)},
            "names": {name for name in self.names if name in lower},
        }
        return [f"{len(texts)} {kind}" for kind, texts in found.items() if texts]


@pytest.fixture(scope="module")
def contacts(small_sample: Path) -> Contacts:
    """Those of the small sample."""
    with duckdb.connect() as db:
        privacy_walk.know_raw(db, small_sample)

        def column(sql: str) -> frozenset[str]:
            return frozenset(row[0] for row in db.execute(sql).fetchall())

        names = column(
            "select distinct lower(trim(full_name)) from"
            f" read_parquet('{small_sample}/cohesive/tbl_member.parquet')"
            " where full_name like '___% ___%'"
        )
        return Contacts(
            column(
                "select text from known_texts where kind = 'e-mail address' and text like '%_@_%'"
            ),
            column("select tail from known_phones"),
            names,
        )


def write_members_as_csv(raw: Path, folder: Path) -> Path:
    """The raw folder with its members in a CSV file, of which some rows cannot be read: the cells
    of their contacts have slipped into columns of another type."""
    shutil.copytree(raw, folder, ignore=shutil.ignore_patterns("truth"))
    parquet = folder / "cohesive" / "tbl_member.parquet"
    file = parquet.with_suffix(".csv")
    with duckdb.connect() as db:
        db.execute(f"copy (from '{parquet}') to '{file}'")
    parquet.unlink()
    rows = read_csv(file)
    for number in range(1, 31):
        row = dict(zip(rows[0], rows[number], strict=True))
        row |= {"registered_at": row["email"], "birth_date": row["phone"]}
        rows[number] = [*(row | {"activated_at": row["full_name"]}).values()]
    write_csv(file, rows)
    return folder


def read_csv(file: Path) -> list[list[str]]:
    """The cells of a CSV file."""
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def write_csv(file: Path, rows: Iterable[list[str]]) -> None:
    """Cells as a CSV file."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


@dataclass(frozen=True)
class Failed:
    """Runs that failed, and what they said."""

    project: ScratchProject
    raw: Path
    build: str
    check: str

    def written(self) -> Iterator[tuple[str, str]]:
        """Everything that the runs wrote, by name: output, log, artifacts, compiled SQL."""
        yield "output of the build", self.build
        yield "output of the check", self.check
        for part in ("logs", "target"):
            for file in sorted((self.project.folder / part).rglob("*")):
                if file.is_file():
                    yield (
                        str(file.relative_to(self.project.folder)),
                        file.read_text(encoding="utf-8", errors="replace"),
                    )


@pytest.fixture(scope="module")
def failed(
    duckdb_build: Build, small_sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Failed:
    """A build with planted failures on the small sample, then a check of a broken CSV file."""
    project = scratch_project(tmp_path_factory.mktemp("leaks") / "project", {})
    shutil.copy(duckdb_build.env["LOYALTY_DUCKDB_PATH"], project.database)
    (project.folder / "tests" / "planted_contacts.sql").write_text(PLANTED)
    models = project.folder / "models" / "staging" / "cohesive" / "_cohesive__models.yml"
    text = models.read_text()
    for column in ("email", "phone", "full_name"):
        text = re.sub(
            rf"(  - name: stg_cohesive__members\n(?:.*\n)*?      - name: {column}\n)",
            rf"""\1        data_tests:
          - accepted_values:
              name: planted_values_{column}
              arguments: {{values: [nobody]}}
              config: {{severity: warn}}
          - unique:
              name: planted_unique_{column}
              config: {{severity: warn}}
""",
            text,
            count=1,
        )
    models.write_text(text)
    raw = write_members_as_csv(small_sample, tmp_path_factory.mktemp("slipped") / "raw")
    build = project.dbt(
        raw,
        *WRITE_ALL,
        "build",
        "--store-failures",
        "--select",
        "base_cohesive__members",
        "stg_cohesive__members",
        "stg_rejected_rows",
        "member_contacts",
        "planted_contacts",
    )
    assert build.returncode != 0
    # What failed stays beside the readers' file, until the next command begins anew.
    project.database.with_suffix(".next.duckdb").replace(project.database)
    file = raw / "cohesive" / "tbl_member.csv"
    rows = read_csv(file)
    rows[40] += ["one cell too many"]
    rows[41].pop()
    write_csv(file, rows)
    content = file.read_bytes().splitlines(keepends=True)
    content[50] = content[50].replace(b",", b',"', 1)
    content[60] = content[60].replace(b",", b",\xff\xfe", 1)
    file.write_bytes(b"".join(content))
    check = project.dbt(raw, *WRITE_ALL, "run-operation", "check_raw_contract")
    assert check.returncode != 0
    return Failed(project, raw, build.stdout, check.stdout)


def test_the_runs_failed_as_planted(failed: Failed) -> None:
    assert "Failure in test planted_contacts" in failed.build, failed.build[-3_000:]
    for name in ("planted_values_email", "planted_values_phone", "planted_values_full_name"):
        assert f"Warning in test {name}" in failed.build, failed.build[-3_000:]
    assert "cohesive.tbl_member" in failed.check
    assert "line" in failed.check
    unparseable = failed.project.rows(
        "select table_name, count(*) from staging.stg_rejected_rows"
        " where reject_reason = 'unparseable' group by table_name"
    )
    assert unparseable == [("tbl_member", 30)]


def test_nothing_that_was_written_holds_contact_data(failed: Failed, contacts: Contacts) -> None:
    written = dict(failed.written())
    assert {"logs/dbt.log", "target/duckdb/manifest.json", "target/duckdb/run_results.json"} <= set(
        written
    )
    leaks = {name: found for name, text in written.items() if (found := contacts.found_in(text))}
    assert not leaks


def test_no_failing_row_is_kept(failed: Failed, small_sample: Path) -> None:
    with duckdb.connect(str(failed.project.database), read_only=True) as db:
        # dbt makes the schema of failures anyway; a table in it would hold failing rows.
        kept = db.execute(
            "select table_name from information_schema.tables where table_schema like '%audit%'"
        ).fetchall()
        privacy_walk.know_raw(db, small_sample)
        name = db.execute("select current_database()").fetchall()[0][0]
        columns = privacy_walk.columns_of_catalogs(db, [name])
        findings = privacy_walk.private_by_content(db, columns)
    assert not kept
    assert not findings


def test_the_search_finds_what_is_planted(contacts: Contacts) -> None:
    email, tail, name = (min(found) for found in (contacts.emails, contacts.tails, contacts.names))
    assert contacts.found_in(f"Got 1 result: {email.upper()}, 0{tail} of {name.title()}") == [
        "1 e-mail addresses",
        "1 phone numbers",
        "1 names",
    ]
    assert contacts.found_in("Got 500 results, configured to fail if != 0") == []
