"""The files of audiences: what is in them, who may read them, and when none is written.

Everything runs in this process on a copy of the built sample, of which a test changes rows where it
needs something odd.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from engines import ROOT, Build, Environment, create_database, drop_database, query
from hypothesis import given, settings
from hypothesis import strategies as st
from scratch_project import ScratchProject, scratch_project
from test_requests import write_requests
from typer.testing import CliRunner

from koin_loyalty import deliver as delivering
from koin_loyalty.build import run_dbt
from koin_loyalty.channel_files import (
    LONGEST_CELL,
    as_delivered,
    channel_files,
    safe_in_csv,
    write_csv,
    write_xlsx,
)
from koin_loyalty.cli import app
from koin_loyalty.deliver import (
    BadRow,
    Delivery,
    FilesRefusedError,
    deliver,
    file_stem,
    find_bad_rows,
    read_audience,
    refuse_if_not_built,
)
from koin_loyalty.expectations import Checks
from koin_loyalty.targets import find_target, release_file

#: While the consents of the sample may be used, and after.
IN_TIME = datetime(2025, 11, 5, 9)
TOO_LATE = datetime(2025, 11, 6, 3, 1)
#: A request of each channel, some with splits.
REQUESTS = {
    "R2025-012": ("EMAIL_BLAST", ["activated", "not_activated"]),
    "R2025-009": ("VOUCHER_INJECTION", ["F", "M"]),
    "R2025-020": ("WSME", [""]),
    "R2025-024": ("WABA", [""]),
}
HEADERS = {
    "EMAIL_BLAST": ["RRR ID", "ODI ID", "User ID Stamps", "Email", "No HP"],
    "WSME": ["RRR ID", "ODI ID", "User ID Stamps", "Name", "Email", "Phone Number"],
    "WABA": ["RRR ID", "Name", "Phone Number"],
    "VOUCHER_INJECTION": ["RRR ID", "User ID Stamps", "split"],
}
HOSTILE_NAMES = [
    '=HYPERLINK("https://contoh.id","klik")',
    "+6281234567890",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    "''=1+1",
    '"=1+1',
    "\uff1d1+1",
    "\u200b=1+1",
    "\u202e=1+1",
    "Budi;=1+1",
    "Budi\n=1+1",
    "Budi, -Siti",
    'Budi "Boy" O\'Brien, S.E.; M.M.',
    "Baris satu\nBaris dua",
    "\u202eidub\u202c \u200d\u200b",
    "\u0628\u0648\u062f\u064a",
    "😀 " + "é" * 50,
    "_x000D_ \x1b[31m \x00",
    "'; drop table members; --",
    "{{ 7 * 7 }} {% raw %}",
    "  0012  ",
    "N" * 10_000,
]


def read_csv(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows; each cell as it stands in the file."""
    text = file.read_bytes().decode("utf-8")
    header, *rows = csv.reader(text.splitlines(keepends=True))
    return header, rows


def read_xlsx(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of all sheets; every cell has to be text, and no formula."""
    workbook = openpyxl.load_workbook(file)
    header: list[str] = []
    rows: list[list[str]] = []
    for sheet in workbook:
        cells = list(sheet.iter_rows())
        assert all(cell.data_type == "s" for row in cells for cell in row)
        assert all(cell.number_format == "@" for row in cells for cell in row)
        assert all(cell.hyperlink is None for row in cells for cell in row)
        texts = [[openpyxl.utils.escape.unescape(cell.value) for cell in row] for row in cells]
        header = texts[0]
        rows += texts[1:]
    return header, rows


@dataclass(frozen=True)
class Place:
    """A copy of the built sample, and an output folder."""

    database: Path
    out: Path
    checks: Checks = field(repr=False)

    def deliver(self, request_id: str, now: datetime = IN_TIME) -> Delivery:
        """As the command line does it."""
        return deliver(request_id, "duckdb", out=self.out, now=now, checks=self.checks)

    def freeze(self, request_id: str, *_: Any) -> str:
        """What the macro deliver_audience does to the database, without dbt's seconds."""
        for state, mart in (
            ("audience_deliveries", "audience_decisions"),
            ("audience_delivery_manifests", "audience_manifest"),
        ):
            names = ", ".join(
                name
                for (name,) in self.rows(
                    "select column_name from duckdb_columns() where schema_name = 'audiences'"
                    f" and table_name = '{state}'"
                )
            )
            self.change(
                f"insert into audiences.{state} ({names})"
                f" select {names} from audiences.{mart} where request_id = ?",
                request_id,
            )
        return "frozen"

    def refused(self, request_id: str, now: datetime = IN_TIME) -> str:
        """Why a delivery is refused; nothing may be written or frozen by it."""
        files, state = self.files(), self.state()
        with pytest.raises((RuntimeError, ValueError)) as refusal:
            self.deliver(request_id, now)
        assert self.files() == files
        assert self.state() == state
        return str(refusal.value)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        release_file()
        with duckdb.connect(str(self.database), read_only=True) as db:
            return db.execute(sql).fetchall()

    def change(self, sql: str, *values: Any) -> None:
        """Changes what a build left."""
        release_file()
        with duckdb.connect(str(self.database)) as db:
            db.execute(sql, values or None)

    def state(self) -> list[tuple[Any, ...]]:
        """What is frozen."""
        return self.rows("select * from audiences.audience_deliveries order by all")

    def files(self) -> dict[str, bytes]:
        """Everything below the output folder, by path."""
        return {
            str(file.relative_to(self.out)): file.read_bytes()
            for file in sorted(self.out.rglob("*"))
            if file.is_file()
        }

    def expected(self, request_id: str, split: str = "") -> list[list[str]]:
        """Rows of a file, from the marts: frozen or decided targets with their export, by rank."""
        channel = REQUESTS[request_id][0]
        columns = self.rows(
            "select column_name from duckdb_columns() where schema_name = 'restricted'"
            f" and table_name = 'audience_export_{channel.lower()}' order by column_index"
        )
        cells = ", ".join(f'export."{name}"' for (name,) in columns[2:])
        rows = self.rows(f"""
            select {cells}
            from audiences.audience_members as members
            inner join restricted.audience_export_{channel} as export
                on members.request_id = export.request_id and members.cust_id = export.cust_id
            where members.request_id = '{request_id}'
                and ('{split}' = '' or members.split_value = '{split}')
            order by members.audience_rank
        """)
        return [list(row) for row in rows]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """dbt in this process, all that it writes in one folder, so that it reads the project once."""
    folder = tmp_path_factory.mktemp("dbt")
    shutil.copyfile(ROOT / "profiles.example.yml", folder / "profiles.yml")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("DBT_PROFILES_DIR", str(folder))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        # One path for every copy: dbt reads the project anew when it changes.
        patch.setenv("LOYALTY_DUCKDB_PATH", str(folder / "copy.duckdb"))
        patch.setenv("COLUMNS", "200")
        yield patch
        release_file()


@pytest.fixture(scope="module")
def new_place(
    environment: pytest.MonkeyPatch,
    built_sample_file: Path,
    sample: Path,
    checks: Checks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[], Place]:
    """Makes fresh copies of the built sample, one at a time."""
    environment.setenv("COHESIVE_RAW_PATH", str(sample))

    def make() -> Place:
        release_file()
        database = Path(os.environ["LOYALTY_DUCKDB_PATH"])
        shutil.copyfile(built_sample_file, database)
        return Place(database, tmp_path_factory.mktemp("out"), checks)

    return make


@pytest.fixture
def place(new_place: Callable[[], Place], monkeypatch: pytest.MonkeyPatch) -> Place:
    """A fresh copy, on which freezing is quick."""
    place = new_place()
    monkeypatch.setattr(delivering, "freeze", place.freeze)
    return place


class TestContract:
    def test_columns_are_the_channels_in_order(self) -> None:
        assert {name: file.headers for name, file in channel_files().items()} == HEADERS

    def test_the_contact_is_the_one_that_consent_is_for(self) -> None:
        contacts = {name: file.contact for name, file in channel_files().items()}
        assert {name: column and column.holds for name, column in contacts.items()} == {
            "EMAIL_BLAST": "email",
            "WSME": "phone",
            "WABA": "phone",
            "VOUCHER_INJECTION": None,
        }

    def test_each_channel_has_an_exposure(self) -> None:
        import yaml

        text = (ROOT / "models" / "marts" / "restricted" / "_exposures.yml").read_text()
        exposures = yaml.safe_load(text)["exposures"]
        for channel in channel_files().values():
            (own,) = [one for one in exposures if f"ref('{channel.model}')" in one["depends_on"]]
            assert all(own[key] for key in ("owner", "url", "maturity"))
            assert all(header in own["description"] for header in channel.headers)


class TestSafety:
    """Cells that spreadsheets would take for formulas."""

    @staticmethod
    def looks_safe(cell: str) -> bool:
        """By another way than the product's: the first visible character of each part."""
        unseen = {c for c in map(chr, range(0x3001)) if not c.isprintable() or c.isspace()}
        for part in csv.reader([cell.replace("\n", ";").replace("\r", ";")], delimiter=";"):
            for piece in part:
                for end in (piece, *piece.split("\t"), *piece.split("|"), *piece.split(",")):
                    seen = end.lstrip("".join(unseen) + "\ufeff")
                    if seen[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20"):
                        return False
        return True

    @pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
    def test_hostile_names_are_safe_and_come_back(self, name: str) -> None:
        assert self.looks_safe(safe_in_csv(name))
        assert as_delivered(safe_in_csv(name)) == name

    @settings(max_examples=300, deadline=None)
    @given(st.text(st.sampled_from("=+-@'\";,|\t\r\n \u200b\ufeff\uff1dAb1") | st.characters()))
    def test_any_text_is_safe_and_comes_back(self, text: str) -> None:
        safe = safe_in_csv(text)
        assert as_delivered(safe) == text
        assert safe_in_csv(as_delivered(safe)) == safe
        assert safe[:1] not in tuple("=+-@")

    def test_ordinary_names_stay_as_they_are(self) -> None:
        for name in ("Siti Nur-Aini", "O'Brien", "dr. Budi, Sp.A", "A=B", "a@b.co", "Ma'ruf"):
            assert safe_in_csv(name) == name

    def test_both_formats_keep_every_name(self, tmp_path: Path) -> None:
        rows = [["0012345678901234567890", name] for name in HOSTILE_NAMES]
        write_csv(tmp_path / "names.csv", ["RRR ID", "Name"], rows)
        write_xlsx(tmp_path / "names.xlsx", ["RRR ID", "Name"], rows, IN_TIME)
        with (tmp_path / "names.csv").open(newline="", encoding="utf-8") as file:
            header, *found = csv.reader(file)
        assert header == ["RRR ID", "Name"]
        assert [[row[0], as_delivered(row[1])] for row in found] == rows
        # A workbook knows one end of line only.
        assert read_xlsx(tmp_path / "names.xlsx") == (header, rows)

    def test_a_long_file_goes_on_in_another_sheet(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("koin_loyalty.channel_files.SHEET_ROWS", 10)
        rows = [[f"{number:03d}"] for number in range(25)]
        write_xlsx(tmp_path / "long.xlsx", ["RRR ID"], rows, IN_TIME)
        assert len(openpyxl.load_workbook(tmp_path / "long.xlsx").sheetnames) == 3
        assert read_xlsx(tmp_path / "long.xlsx") == (["RRR ID"], rows)

    def test_the_same_rows_give_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write_xlsx(tmp_path / name / "x.xlsx", ["RRR ID"], [["001"]], IN_TIME)
        a, b = ((tmp_path / name / "x.xlsx").read_bytes() for name in ("a", "b"))
        assert a == b

    def test_no_file_is_written_over(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_text("mine")
        with pytest.raises(FileExistsError):
            write_csv(tmp_path / "x.csv", ["RRR ID"], [])
        assert (tmp_path / "x.csv").read_text() == "mine"

    @pytest.mark.parametrize(
        "request_id", ["../../etc/x", "..", ".hidden", "a/b", "x'; drop", "", "é" * 200]
    )
    def test_a_request_id_cannot_leave_the_folder(self, request_id: str) -> None:
        stem = file_stem(request_id)
        assert Path(stem).name == stem
        assert not stem.startswith(".")
        assert len(stem) < 120
        assert file_stem(request_id + " ") != stem

    def test_a_plain_request_id_stays(self) -> None:
        assert file_stem("R2025-001") == "R2025-001"


@dataclass(frozen=True)
class Delivered:
    """Requests delivered on one copy, and again: what is expected, and what was found."""

    place: Place
    first: dict[str, Delivery]
    expected: dict[tuple[str, str], list[list[str]]]
    decided: dict[str, list[tuple[Any, ...]]]
    state: list[tuple[Any, ...]]
    files: dict[str, bytes]
    again: dict[str, Delivery]
    files_again: dict[str, bytes]


@pytest.fixture(scope="class")
def delivered(new_place: Callable[[], Place]) -> Delivered:
    """A request of each channel, each delivered twice; the first is frozen by dbt."""
    place = new_place()
    expected = {
        (request_id, split): place.expected(request_id, split)
        for request_id, (_, splits) in REQUESTS.items()
        for split in splits
    }
    decided = {
        request_id: place.rows(
            "select request_id, cust_id, outcome, audience_rank, split_value"
            f" from audiences.audience_decisions where request_id = '{request_id}' order by all"
        )
        for request_id in REQUESTS
    }
    by_dbt, *others = REQUESTS
    first = {by_dbt: place.deliver(by_dbt)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivering, "freeze", place.freeze)
        first |= {request_id: place.deliver(request_id) for request_id in others}
    state, files = place.state(), place.files()
    again = {request_id: place.deliver(request_id) for request_id in REQUESTS}
    assert place.state() == state
    return Delivered(place, first, expected, decided, state, files, again, place.files())


class TestDelivery:
    def test_files_hold_the_exports_of_the_targets(self, delivered: Delivered) -> None:
        for (request_id, split), rows in delivered.expected.items():
            channel = REQUESTS[request_id][0]
            assert rows
            stem = "_".join(filter(None, (request_id, channel, split)))
            folder = delivered.first[request_id].folder
            header, found = read_csv(folder / f"{stem}.csv")
            assert header == HEADERS[channel]
            assert [[as_delivered(cell) for cell in row] for row in found] == rows
            assert read_xlsx(folder / f"{stem}.xlsx") == (header, rows)
            assert delivered.first[request_id].files[f"{stem}.csv"] == len(rows)

    def test_they_hold_every_frozen_target_once(self, delivered: Delivered) -> None:
        for request_id, (channel, splits) in REQUESTS.items():
            frozen = delivered.place.rows(f"""
                select contacts.rrr_id from audiences.audience_deliveries as deliveries
                inner join restricted.member_contacts as contacts
                    on deliveries.cust_id = contacts.cust_id
                where deliveries.request_id = '{request_id}' and deliveries.outcome = 'target'
            """)
            folder = delivered.first[request_id].folder
            written = [
                row[0]
                for split in splits
                for row in read_csv(
                    folder / f"{'_'.join(filter(None, (request_id, channel, split)))}.csv"
                )[1]
            ]
            assert sorted(written) == sorted(row[0] for row in frozen)
            assert len({*written}) == len(written)

    def test_the_audience_is_frozen_as_decided(self, delivered: Delivered) -> None:
        for request_id, decided in delivered.decided.items():
            frozen = delivered.place.rows(
                "select request_id, cust_id, outcome, audience_rank, split_value"
                f" from audiences.audience_deliveries where request_id = '{request_id}'"
                " order by all"
            )
            assert frozen == decided

    def test_the_manifest_says_what_is_there(self, delivered: Delivered) -> None:
        for request_id, (channel, _) in REQUESTS.items():
            folder = delivered.first[request_id].folder
            manifest = json.loads((folder / f"{request_id}_manifest.json").read_text())
            row = delivered.place.rows(
                "select target_count, content_hash, funnel_in_words"
                f" from audiences.audience_manifest where request_id = '{request_id}'"
            )
            keys = ("target_count", "content_hash", "funnel_in_words")
            assert tuple(manifest[key] for key in keys) == row[0]
            assert manifest["status"] == "delivered"
            assert manifest["columns"] == HEADERS[channel]
            assert manifest["usable_until"] == "2025-11-06T03:00:00"
            assert manifest["as_of_date"] == "2025-11-02"
            in_csv = [file for file in manifest["files"] if file["file"].endswith(".csv")]
            assert sum(file["rows"] for file in in_csv) == manifest["target_count"]
            for file in manifest["files"]:
                content = (folder / file["file"]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == file["sha256"]
            words = (folder / f"{request_id}_manifest.txt").read_text()
            assert manifest["funnel_in_words"] in words
            assert "Use until: 2025-11-06 03:00 WIB" in words
            assert "Tier, koin, places, consent: as of 2025-11-02" in words

    def test_the_funnel_is_beside(self, delivered: Delivered) -> None:
        folder = delivered.first["R2025-024"].folder
        header, rows = read_csv(folder / "R2025-024_funnel.csv")
        assert header == ["gate_order", "gate", "members_in", "members_rejected", "members_out"]
        marts = delivered.place.rows(
            "select * exclude (request_id) from audiences.audience_funnel"
            " where request_id = 'R2025-024' order by gate_order"
        )
        assert rows == [[str(cell) for cell in row] for row in marts]

    def test_manifest_and_funnel_hold_no_contact(self, delivered: Delivered) -> None:
        contacts = delivered.place.rows(
            "select distinct unnest([email, wa_phone, full_name]) from restricted.member_contacts"
        )
        private = {text for (text,) in contacts if text and len(text) > 8}
        for name, content in delivered.files.items():
            if "_manifest." in name or "_funnel." in name:
                text = content.decode()
                assert not [one for one in private if one in text]

    def test_only_the_owner_may_look(self, delivered: Delivered) -> None:
        top = delivered.place.out / "audiences"
        assert stat.S_IMODE(top.stat().st_mode) == 0o700
        for path in top.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        assert {path.name for path in top.iterdir()} == set(REQUESTS)

    def test_it_says_so(self, delivered: Delivered) -> None:
        assert delivered.first["R2025-012"].said == "Delivered R2025-012: 340 targets, 0 held out"
        said = "R2025-012 was delivered before: its files are written again"
        assert delivered.again["R2025-012"].said == said

    def test_again_gives_the_same_bytes(self, delivered: Delivered) -> None:
        assert delivered.files_again == delivered.files
        assert len(delivered.files) == 2 * 6 + 3 * 4

    def test_leading_zeros_and_long_ids_survive(self, place: Place) -> None:
        member = "(select min(cust_id) from restricted.audience_export_wsme)"
        long_id = "00" + "9" * 40
        place.change(f"""
            update restricted.audience_export_wsme
            set rrr_id = '{long_id}', odi_id = '000', user_id_stamps = '1e5'
            where cust_id = {member} and request_id = 'R2025-020'
        """)
        folder = place.deliver("R2025-020").folder
        for rows in (
            read_csv(folder / "R2025-020_WSME.csv")[1],
            read_xlsx(folder / "R2025-020_WSME.xlsx")[1],
        ):
            assert [long_id, "000", "1e5"] in [row[:3] for row in rows]

    def test_hostile_names_arrive(self, place: Place) -> None:
        rows = place.expected("R2025-024")
        names = HOSTILE_NAMES
        assert len(rows) > len(names)
        new_names = [(name, row[0]) for name, row in zip(names, rows, strict=False)]
        release_file()
        with duckdb.connect(str(place.database)) as db:
            db.executemany(
                "update restricted.audience_export_waba set name = ?"
                " where rrr_id = ? and request_id = 'R2025-024'",
                new_names,
            )
        folder = place.deliver("R2025-024").folder
        in_csv = read_rows_with_breaks(folder / "R2025-024_WABA.csv")
        assert [as_delivered(row[1]) for row in in_csv[: len(names)]] == names
        assert all(row[1][:1] not in tuple("=+-@\t\r") for row in in_csv)
        in_xlsx = read_xlsx(folder / "R2025-024_WABA.xlsx")[1]
        assert [row[1] for row in in_xlsx[: len(names)]] == names

    def test_who_left_is_counted_and_in_no_file(self, place: Place) -> None:
        place.deliver("R2025-009")
        gone = place.expected("R2025-009", "M")
        place.change(
            "delete from restricted.audience_export_voucher_injection"
            f" where request_id = 'R2025-009' and rrr_id = '{gone[0][0]}'"
        )
        done = place.deliver("R2025-009")
        assert done.left_count == 1
        rows = read_csv(done.folder / "R2025-009_VOUCHER_INJECTION_M.csv")[1]
        assert rows == gone[1:]
        place.change(
            "delete from restricted.audience_export_voucher_injection"
            " where request_id = 'R2025-009' and split = 'M'"
        )
        done = place.deliver("R2025-009")
        assert sorted(done.files) == [
            "R2025-009_VOUCHER_INJECTION_F.csv",
            "R2025-009_VOUCHER_INJECTION_F.xlsx",
        ]
        assert not list(done.folder.glob("*_M.*"))

    def test_todays_contacts_are_in_the_files_of_a_frozen_audience(self, place: Place) -> None:
        place.deliver("R2025-024")
        first, second, *_ = place.expected("R2025-024")
        # They share a number by now, which would have stopped the first delivery.
        place.change(
            f"update restricted.audience_export_waba set phone_number = '{second[2]}'"
            f" where rrr_id = '{first[0]}'"
        )
        rows = read_csv(place.deliver("R2025-024").folder / "R2025-024_WABA.csv")[1]
        assert rows[0] == [first[0], as_in_csv(first[1]), second[2]]


def as_in_csv(cell: str) -> str:
    """A cell as the file has it."""
    return safe_in_csv(cell)


def read_rows_with_breaks(file: Path) -> list[list[str]]:
    """Rows of a CSV file whose cells may hold line ends."""
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))[1:]


class TestRefusals:
    def test_rows_that_break_the_contract_are_named(
        self, place: Place, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """All at once, by member and column, without their contacts; nothing is left behind."""
        where = "where request_id = 'R2025-012' and cust_id = ?"
        members = [
            row[0]
            for row in place.rows(
                "select cust_id from audiences.audience_members"
                " where request_id = 'R2025-012' and split_value = 'activated' order by 1 limit 9"
            )
        ]
        table = "restricted.audience_export_email_blast"
        shared = place.rows(f"select email from {table} where cust_id = '{members[0]}'")[0][0]
        changes = [
            ("no_hp", "0812-BUKAN-NOMOR", "is no valid No HP"),
            ("email", "bukan alamat", "is no valid Email"),
            ("email", "=cmd@contoh.id", "is no valid Email"),
            ("rrr_id", "", "is blank, or longer"),
            ("odi_id", "-2+3", "is no valid ODI ID"),
            ("user_id_stamps", "a\tb", "is no valid User ID Stamps"),
            ("no_hp", "628123456789\n", "could be taken for a formula, or holds control"),
        ]
        for member, (column, value, _) in zip(members[1:], changes, strict=False):
            place.change(f"update {table} set {column} = ? {where}", value, member)
        place.change(f"update {table} set email = ? {where}", shared, members[8])
        caplog.clear()
        files, state = place.files(), place.state()
        with pytest.raises(FilesRefusedError) as refusal:
            place.deliver("R2025-012")
        assert (place.files(), place.state()) == (files, state) == ({}, [])
        assert not list(place.out.rglob("*"))
        found = {(row.member, row.column): [] for row in refusal.value.rows}
        for row in refusal.value.rows:
            found[row.member, row.column].append(row.problem)
            assert row.file == "R2025-012_EMAIL_BLAST_activated"
        headers = dict(
            zip(
                ("rrr_id", "odi_id", "user_id_stamps", "email", "no_hp"),
                HEADERS["EMAIL_BLAST"],
                strict=True,
            )
        )
        for member, (column, _, why) in zip(members[1:], changes, strict=False):
            problems = found.pop((member, headers[column]))
            assert any(problem.startswith(why) for problem in problems), (column, problems)
        assert found == {
            (members[0], "Email"): ["stands in several rows"],
            (members[8], "Email"): ["stands in several rows"],
        }
        told = f"{refusal.value} {refusal.value.rows} {caplog.text} {capfd.readouterr()}"
        for private in (shared, "BUKAN-NOMOR", "bukan alamat", "cmd@contoh"):
            assert private not in told

    def test_the_command_line_names_them_too(self, place: Place) -> None:
        table = "restricted.audience_export_waba"
        (member,) = place.rows(f"select min(cust_id) from {table} where request_id = 'R2025-024'")[
            0
        ]
        place.change(f"update {table} set phone_number = '1' where cust_id = '{member}'")
        arguments = ["deliver", "--request", "R2025-024", "--out", str(place.out)]
        done = CliRunner().invoke(app, [*arguments, "--now", "2025-11-05T09:00:00"])
        assert done.exit_code == 1
        cells = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()]
        assert ["R2025-024_WABA", member, "Phone Number", "is no valid Phone Number"] in cells
        assert done.stderr == "Error: Request R2025-024 was not delivered: 1 problem in its files\n"

    def test_targets_and_exports_must_be_the_same_members(self, place: Place) -> None:
        table = "restricted.audience_export_waba"
        lost, extra = place.rows(
            f"select cust_id from {table} where request_id = 'R2025-024' order by 1 limit 2"
        )
        place.change(f"delete from {table} where cust_id = '{lost[0]}'")
        place.change(f"update {table} set cust_id = 'STRANGER' where cust_id = '{extra[0]}'")
        with pytest.raises(FilesRefusedError) as refusal:
            place.deliver("R2025-024")
        assert {(row.member, row.problem.split(":")[0]) for row in refusal.value.rows} == {
            (lost[0], "is a target, but not in the export"),
            (extra[0], "is a target, but not in the export"),
            ("STRANGER", "is in the export, but no target"),
            ("", "should have 129 rows, as the manifest says, has 127"),
        }

    def test_after_its_time_nothing_is_delivered(self, place: Place) -> None:
        assert (
            "may be used until 2025-11-06 03:00 WIB, and it is 2025-11-06 03:01: load the members"
            in place.refused("R2025-012", TOO_LATE)
        )
        place.deliver("R2025-012", datetime(2025, 11, 6, 3))
        assert "a new request is needed" in place.refused("R2025-012", TOO_LATE)

    def test_consents_of_days_to_come_are_of_no_known_age(self, place: Place) -> None:
        place.change(
            "update audiences.audience_manifest set last_loaded_at = timestamp '2099-01-01'"
        )
        assert (
            "were loaded at 2099-01-01 00:00 WIB, and it is 2025-11-05 09:00, so nobody knows"
            in place.refused("R2025-012")
        )

    def test_the_clock_is_asked_without_a_time(self, place: Place) -> None:
        with pytest.raises(RuntimeError, match=r"may be used until 2025-11-06 03:00 WIB"):
            deliver("R2025-012", "duckdb", out=place.out, checks=place.checks)

    def test_what_cannot_be_built_cannot_be_delivered(self, place: Place) -> None:
        place.change(
            "update audiences.audience_manifest"
            " set status = 'not_buildable', status_reason = 'no propensity here'"
            " where request_id = 'R2025-002'"
        )
        assert "cannot be delivered: no propensity here" in place.refused("R2025-002")
        assert "No request R1 was built: it is no row of segment" in place.refused("R1")
        assert "No request x'; drop" in place.refused("x'; drop table state.kpi_versions; --")
        place.change("delete from audiences.audience_decisions where request_id = 'R2025-003'")
        assert "The last build did not end" in place.refused("R2025-003")

    def test_marts_of_another_version_are_told(self, place: Place) -> None:
        export = "restricted.audience_export_email_blast"
        place.change(f"alter table {export} rename column email to mail")
        said = place.refused("R2025-003")
        assert "of another version of the project" in said
        assert "email" in said
        assert "\n" not in said

    def test_an_audience_of_nobody(self, place: Place) -> None:
        place.change("delete from audiences.audience_decisions where request_id = 'R2025-020'")
        place.change("delete from restricted.audience_export_wsme where request_id = 'R2025-020'")
        empty = (
            "update audiences.audience_manifest set target_count = 0, {} where request_id = '{}'"
        )
        reason = "nobody is left, and allow_empty is not yes"
        place.change(empty.format(f"status_reason = '{reason}'", "R2025-020"))
        assert reason in place.refused("R2025-020")
        place.change(empty.format("status_reason = null, allow_empty = true", "R2025-020"))
        done = place.deliver("R2025-020")
        assert done.files == {}
        assert sorted(file.name for file in done.folder.iterdir()) == [
            "R2025-020_funnel.csv",
            "R2025-020_manifest.json",
            "R2025-020_manifest.txt",
        ]
        assert "none: nobody is in" in (done.folder / "R2025-020_manifest.txt").read_text()

    def test_a_database_that_is_not_there(
        self, environment: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LOYALTY_DUCKDB_PATH", str(tmp_path / "none.duckdb"))
            with pytest.raises(RuntimeError, match="run dbt build first"):
                deliver("R2025-012", "duckdb", out=tmp_path)
            duckdb.connect(str(tmp_path / "none.duckdb")).close()
            with pytest.raises(RuntimeError, match="Nothing was built yet"):
                deliver("R2025-012", "duckdb", out=tmp_path)
            with pytest.raises(ValueError, match="has no target nowhere"):
                deliver("R2025-012", "nowhere", out=tmp_path)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            ("Draft ", "it is draft in segment_requests.csv"),
            ("cancelled", "it is cancelled in segment_requests.csv"),
            ("approved", "run dbt build, then deliver it"),
        ],
    )
    def test_requests_that_were_not_built(self, tmp_path: Path, status: str, reason: str) -> None:
        seed = tmp_path / "seeds" / "requests" / "segment_requests.csv"
        seed.parent.mkdir(parents=True)
        seed.write_text(f"request_id,status\nOTHER,approved\n R1 ,{status}\n")
        with pytest.raises(RuntimeError, match=reason):
            refuse_if_not_built("R1", None, tmp_path)

    def test_what_was_cancelled_after_the_build_is_refused(self, tmp_path: Path) -> None:
        seed = tmp_path / "seeds" / "requests" / "segment_requests.csv"
        seed.parent.mkdir(parents=True)
        seed.write_text("request_id,status\nR1,cancelled\n")
        with pytest.raises(RuntimeError, match="it is cancelled"):
            refuse_if_not_built("R1", {"status_reason": None}, tmp_path)


class TestInterruptions:
    """Whatever stops between the checks and the files in place, calling again mends it."""

    def test_a_full_disk_freezes_nothing(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(delivering, "write_xlsx", full)
        with pytest.raises(OSError, match="No space left"):
            place.deliver("R2025-024")
        assert place.state() == []
        assert list((place.out / "audiences").iterdir()) == []

    def test_stopped_after_the_freeze(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = place.expected("R2025-024")
        with monkeypatch.context() as patch:
            patch.setattr(delivering, "_swap", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                place.deliver("R2025-024")
        assert place.state()
        assert list((place.out / "audiences").iterdir()) == []
        done = place.deliver("R2025-024")
        assert "was delivered before" in done.said
        rows = read_csv(done.folder / "R2025-024_WABA.csv")[1]
        assert [[as_delivered(cell) for cell in row] for row in rows] == whole

    def test_what_a_killed_delivery_left_goes(self, place: Place) -> None:
        rest = place.out / "audiences" / ".R2025-024~killed"
        rest.mkdir(parents=True)
        (rest / "half.csv").write_text("628")
        other = place.out / "audiences" / ".R2025-02~other"
        other.mkdir()
        place.deliver("R2025-024")
        assert not rest.exists()
        assert other.exists()

    def test_a_build_in_between_is_noticed(
        self, new_place: Callable[[], Place], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = new_place()
        write_files = delivering.write_files

        def build_and_write(*arguments: Any) -> Any:
            place.change(
                "update audiences.audience_manifest set content_hash = 'other'"
                " where request_id = 'R2025-024'"
            )
            return write_files(*arguments)

        monkeypatch.setattr(delivering, "write_files", build_and_write)
        assert "was built anew while its files were checked" in place.refused("R2025-024")


def test_an_id_that_is_no_text_in_the_locale_is_no_request(tmp_path: Path) -> None:
    """In a process of its own: Python takes the bytes of an argument as its locale says."""
    shutil.copyfile(ROOT / "profiles.example.yml", tmp_path / "profiles.yml")
    run = subprocess.run(
        [str(Path(sys.executable).with_name("koin")), "deliver", "--request", "R\N{COIN}"],
        cwd=ROOT,
        env={
            **os.environ,
            **{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            "DBT_PROFILES_DIR": str(tmp_path),
            "LOYALTY_DUCKDB_PATH": str(tmp_path / "file.duckdb"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith(
        r"Error: No request R\udcf0\udc9f\udcaa\udc99 was built: it is no row"
    )
    assert run.stderr.count("\n") == 1


def test_the_longest_name_is_a_cells_limit(place: Place) -> None:
    table = "restricted.audience_export_waba"
    (member,) = place.rows(f"select min(cust_id) from {table} where request_id = 'R2025-024'")[0]
    for length, problems in ((LONGEST_CELL, 0), (LONGEST_CELL + 1, 1)):
        place.change(f"update {table} set name = ? where cust_id = '{member}'", "N" * length)
        contracts = channel_files()
        audience = read_audience("R2025-024", find_target("duckdb"), contracts)
        bad = find_bad_rows(audience, contracts["WABA"], place.checks)
        assert (
            bad
            == [
                BadRow(
                    "R2025-024_WABA",
                    member,
                    "Name",
                    f"is blank, or longer than {LONGEST_CELL:,} characters",
                )
            ]
            * problems
        )


@pytest.mark.parametrize("target", ["postgres", "duckdb_postgres"])
def test_servers_give_the_same_files(
    target: str,
    request: pytest.FixtureRequest,
    server: Environment,
    duckdb_build: Build,
    checks: Checks,
    database_name: Callable[[str], str],
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As on DuckDB, to the byte; on copies, so that nothing is frozen for others."""
    build: Build = request.getfixturevalue(f"{target}_build")
    (request_id,) = duckdb_first(duckdb_build)
    name = database_name(f"files_{target}")
    copy = create_database(server, name, template=build.env["PGDATABASE"])
    try:
        with pytest.MonkeyPatch.context() as patch:
            release_file()
            file = tmp_path / "file.duckdb"
            shutil.copyfile(duckdb_build.env["LOYALTY_DUCKDB_PATH"], file)
            patch.setenv("LOYALTY_DUCKDB_PATH", str(file))
            patch.setenv("COHESIVE_RAW_PATH", duckdb_build.env["COHESIVE_RAW_PATH"])
            for variable, value in copy.items():
                patch.setenv(variable, value)
            if target == "duckdb_postgres":
                work = tmp_path / "work.duckdb"
                shutil.copyfile(build.env["LOYALTY_WORK_DUCKDB_PATH"], work)
                patch.setenv("LOYALTY_WORK_DUCKDB_PATH", str(work))
            patch.setattr(delivering, "freeze", lambda *_: "not frozen")
            expected = deliver(request_id, "duckdb", out=tmp_path / "a", now=IN_TIME, checks=checks)
            patch.undo()
            for variable, value in {**copy, "DBT_TARGET_PATH": str(tmp_path / "target")}.items():
                patch.setenv(variable, value)
            if target == "duckdb_postgres":
                patch.setenv("LOYALTY_WORK_DUCKDB_PATH", str(work))
            done = deliver(request_id, target, out=tmp_path / "b", now=IN_TIME, checks=checks)
            again = deliver(request_id, target, out=tmp_path / "c", now=IN_TIME, checks=checks)
        assert done.said.startswith(f"Delivered {request_id}: ")
        assert "was delivered before" in again.said
        frozen = query(copy, "select count(*) from audiences.audience_deliveries")
        assert frozen[0][0] > 0
        for folder in (done.folder, again.folder):
            for one in sorted(expected.folder.iterdir()):
                assert (folder / one.name).read_bytes() == one.read_bytes(), one.name
    finally:
        release_file()
        drop_database(server, name)


def duckdb_first(build: Build) -> Sequence[str]:
    """A request of the small sample with a split and targets."""
    with duckdb.connect(build.env["LOYALTY_DUCKDB_PATH"], read_only=True) as db:
        rows = db.execute(
            "select min(request_id) from audiences.audience_manifest"
            " where target_count > 0 and targets_by_split like '%;%'"
        ).fetchall()
    return rows[0]


@pytest.fixture(scope="module")
def managers_project(
    built_sample_file: Path,
    sample: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ScratchProject]:
    """A copy of the project with the built sample."""
    project = scratch_project(tmp_path_factory.mktemp("manager") / "project", {})
    shutil.copyfile(built_sample_file, project.database)
    release_file()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        patch.setenv("DBT_PROFILES_DIR", str(project.folder))
        patch.setenv("DBT_TARGET_PATH", str(project.folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(project.folder / "logs"))
        patch.setenv("LOYALTY_DUCKDB_PATH", str(project.database))
        patch.setenv("COHESIVE_RAW_PATH", str(sample))
        patch.setenv("COLUMNS", "200")
        yield project
        release_file()


class TestAsACampaignManagerGoes:
    """From a row in the seed to files, each step by the command that README names."""

    def koin(self, *arguments: str) -> tuple[int, str]:
        """A command as a shell would run it."""
        done = CliRunner().invoke(app, arguments)
        return done.exit_code, done.output

    def test_from_request_to_file(self, managers_project: ScratchProject) -> None:
        project = managers_project
        request = {
            "request_id": "R2025-101",
            "campaign_code": "AZ-NOV25",
            "campaign_name": "Undangan November",
            "bu_code": "AZKO",
            "segment_name": "Gold and Platinum with 9,900 koin",
            "channel": "WABA",
            "method": "rule",
            "data_as_of": "2025-11-02",
            "send_starts_on": "2025-11-10",
            "send_ends_on": "2025-11-11",
            "priority": "1",
            "status": "approved",
            "tier": "GOLD|PLATINUM",
            "min_koin": "9900",
            "order_by": "koin_first",
            "split_by": "activation",
            "max_members": "50",
            "holdout_pct": "10",
        }
        write_requests(project, [request])
        status, said = self.koin("requests", "check")
        assert status == 0, said
        assert "R2025-101" in said

        deliver_it = ("deliver", "--request", "R2025-101", "--now", "2025-11-05T09:00:00")
        status, said = self.koin(*deliver_it)
        assert status == 1
        assert "No request R2025-101 was built: run dbt build" in said

        kinds = ["--resource-type", "seed", "--resource-type", "model"]
        assert run_dbt(["build", *kinds, "--select", "segment_requests+"]).success
        status, said = self.koin(*deliver_it)
        assert status == 0, said
        assert "Delivered R2025-101: 50 targets" in said
        assert "Use until 2025-11-06 03:00 WIB" in said

        folder = project.folder / "output" / "audiences" / "R2025-101"
        names = [f"R2025-101_WABA_{split}" for split in ("activated", "not_activated")]
        found = {name: read_csv(folder / f"{name}.csv") for name in names}
        assert all(header == HEADERS["WABA"] for header, _ in found.values())
        assert sum(len(rows) for _, rows in found.values()) == 50
        words = (folder / "R2025-101_manifest.txt").read_text()
        assert "koin above: 9900" in words
        assert "min koin" not in words
        release_file()
        rich = project.rows("""
            select contacts.rrr_id, contacts.full_name, contacts.wa_phone, profile.activation_status
            from segments.member_profile as profile
            inner join restricted.member_contacts as contacts
                on profile.cust_id = contacts.cust_id
            where profile.tier_code in ('GOLD', 'PLATINUM') and profile.koin_balance > 9900
                and profile.is_whatsapp_opted_in and contacts.wa_phone is not null
        """)
        for name, (_, rows) in found.items():
            split = name.removeprefix("R2025-101_WABA_")
            allowed = {row[:3] for row in rich if row[3] == split}
            assert {(rrr, as_delivered(who), phone) for rrr, who, phone in rows} <= allowed
            assert read_xlsx(folder / f"{name}.xlsx")[1] == [
                [as_delivered(cell) for cell in row] for row in rows
            ]
        everything = "".join(
            file.read_text(errors="replace")
            for file in [
                *project.folder.joinpath("logs").rglob("*"),
                *project.folder.joinpath("target").rglob("*.sql"),
            ]
            if file.is_file()
        )
        assert not [row[2] for row in rich if row[2] in everything]

    def test_a_delivery_older_than_a_column_of_its_manifest_stays(
        self, managers_project: ScratchProject
    ) -> None:
        """The column is null in it, and its words leave it out."""
        manifests = "audiences.audience_delivery_manifests"
        release_file()
        with duckdb.connect(str(managers_project.database)) as db:
            db.execute(
                f"insert into {manifests} by name select * replace ('R2024-001' as request_id)"
                " from audiences.audience_manifest where target_count > 0 limit 1"
            )
            db.execute(f"alter table {manifests} drop column as_of_date")
        assert run_dbt(["build", "--select", "audience_delivery_manifests"]).success
        release_file()
        with duckdb.connect(str(managers_project.database), read_only=True) as db:
            found = db.execute(f"from {manifests} where request_id = 'R2024-001'")
            columns = [column[0] for column in found.description]
            manifest = dict(zip(columns, found.fetchone(), strict=True))
        assert manifest["as_of_date"] is None
        words = delivering.manifest_in_words({**manifest, "files": [], "left_since_delivery": 0})
        assert "Tier, koin" not in words
