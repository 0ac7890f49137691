"""`koin check-raw`: what is wrong with a delivery is named by table and column, with figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
import tiny_raw
from engines import Environment
from faults.stopped import damage_pages, text_that_is_not_utf_8
from typer.testing import CliRunner

from koin_loyalty.check_raw import (
    Checked,
    Limits,
    TableFound,
    check_raw,
    tables_frame,
    tables_suite,
)
from koin_loyalty.cli import app
from koin_loyalty.expectations import Checks
from koin_loyalty.macros import macro
from koin_loyalty.project import source_contract
from koin_loyalty.targets import find_target

Found = dict[tuple[str, str], str]


#: Words of the closed vocabularies, as a delivery has them.
SOUND_WORDS = {
    "sales_channel": "' Offline '",
    "fulfilment": "'in_store'",
    "redeem_bu_code": "'azko'",
    "registration_status": "'FULL'",
    "site_type": "'online'",
    "bounce_type": "null",
}


def write_sound_raw(folder: Path, file_format: str = "parquet", rows: int = 3) -> Path:
    """A raw folder of a few rows without a fault."""
    return tiny_raw.write_tiny_raw(folder, file_format=file_format, rows=rows, words=SOUND_WORDS)


def problems(checked: Checked) -> Found:
    """What is wrong, by table and column."""
    return {(one.table, one.column): one.what for one in checked.problems}


def file_of(raw: Path, table: str, suffix: str = "parquet") -> Path:
    """The file of a raw table."""
    schema, name = table.split(".")
    return raw / schema / f"{name}.{suffix}"


def rewrite(file: Path, query: str) -> None:
    """Replaces a Parquet file by a query on it, where it is called `old`."""
    with duckdb.connect() as db:
        db.execute(f"create table old as from '{file}'")
        db.execute(f"copy ({query}) to '{file}'")


class TestFolders:
    def test_a_sound_delivery_has_no_problem(self, tmp_path: Path, checks: Checks) -> None:
        checked = check_raw(write_sound_raw(tmp_path / "raw"), checks=checks)
        assert checked.problems == []
        assert checked.docs is None
        assert list(checked.tables) == list(source_contract())
        assert {table.rows for table in checked.tables.values()} == {3}
        assert {table.newest for table in checked.tables.values()} == {date(2024, 2, 1)}

    def test_every_problem_is_named_at_once(self, tmp_path: Path, checks: Checks) -> None:
        """One fault a table, so that none hides another."""
        raw = write_sound_raw(tmp_path / "raw", rows=200)
        file_of(raw, "cohesive.tbl_member_tier").unlink()
        rewrite(file_of(raw, "cohesive.tbl_koin"), "select * exclude (expires_on) from old")
        rewrite(
            file_of(raw, "cohesive.tbl_receipt_line"),
            "select * replace ('ten' as net_sales) from old",
        )
        file = file_of(raw, "cohesive.tbl_voucher")
        file.write_bytes(file.read_bytes()[:-50])
        rewrite(file_of(raw, "cohesive.tbl_receipt"), "select * from old where false")
        rewrite(
            file_of(raw, "cohesive.tbl_member"),
            "select * replace (case when cust_id > 'cust_id-3' then '  ' else cust_id end"
            " as cust_id) from old",
        )
        rewrite(
            file_of(raw, "stamps.message_event"),
            "select * replace (case when row_number() over () <= 30 then 'Sinyal'"
            " else ' SENT ' end as event_type, null as campaign_code) from old",
        )
        twice = raw / "cohesive" / "tbl_site"
        twice.mkdir()
        (twice / "part.csv").write_text("site_code\n")
        # An integer instead of numeric, and a date instead of a timestamp, are fine.
        rewrite(
            file_of(raw, "cohesive.tbl_product"),
            "select * replace (cast(normal_price as bigint) as normal_price) from old",
        )
        checked = check_raw(raw, checks=checks)
        assert problems(checked) == {
            ("cohesive.tbl_member_tier", ""): "was not delivered",
            ("cohesive.tbl_koin", "expires_on"): "the column is missing",
            ("cohesive.tbl_receipt_line", "net_sales"): "expected numeric(18,2), found varchar",
            ("cohesive.tbl_voucher", ""): (
                "cannot be read: tbl_voucher.parquet is no whole Parquet file"
            ),
            ("cohesive.tbl_receipt", ""): "has no rows",
            ("cohesive.tbl_member", "cust_id"): "the key is empty in 76 of 200 rows (38.0%)",
            ("stamps.message_event", "event_type"): (
                "none of sent, delivered, opened, clicked, bounced, unsubscribed"
                " in 30 of 200 rows (15.0%)"
            ),
            ("cohesive.tbl_site", ""): "was delivered twice",
        }

    def test_parquet_cells_are_read_as_the_build_reads_them(
        self, tmp_path: Path, checks: Checks
    ) -> None:
        """Half a koin is none, however it is written; two files have one type together; a mark in
        front of a header is none of it."""
        raw = write_sound_raw(tmp_path / "raw", rows=100)
        rewrite(
            file_of(raw, "cohesive.tbl_koin"),
            "select * replace (cast(koin as double) + case when koin_id like '%-1' then 0.5 else 0"
            " end as koin) from old",
        )
        lines = file_of(raw, "cohesive.tbl_receipt_line")
        parts = lines.with_suffix("")
        parts.mkdir()
        lines.rename(parts / "a.parquet")
        (parts / "b.parquet").write_bytes((parts / "a.parquet").read_bytes())
        rewrite(parts / "b.parquet", "select * replace (cast(qty as varchar) as qty) from old")
        sites = file_of(raw, "cohesive.tbl_site")
        marked = sites.with_suffix(".csv")
        with duckdb.connect() as db:
            db.execute(f"copy (from '{sites}') to '{marked}' (header)")
        sites.unlink()
        marked.write_text(marked.read_text(), encoding="utf-8-sig")
        checked = check_raw(raw, limits=Limits(unreadable_share=0), checks=checks)
        assert problems(checked) == {
            ("cohesive.tbl_koin", "koin"): "no numeric(18,0) in 1 of 100 rows (1.0%)",
            ("cohesive.tbl_receipt_line", "qty"): "expected numeric(12,3), found varchar",
        }

    def test_rows_of_days_to_come_hide_nothing(self, tmp_path: Path, checks: Checks) -> None:
        raw = write_sound_raw(tmp_path / "raw", rows=100)
        rewrite(
            file_of(raw, "cohesive.tbl_site"),
            "select * replace (case when site_code like '%-1' then timestamp '2099-01-01'"
            " else _loaded_at end as _loaded_at) from old",
        )
        rewrite(file_of(raw, "cohesive.tbl_koin"), "select * replace ('x' as entry_type) from old")
        checked = check_raw(raw, checks=checks, today=date(2024, 2, 1))
        found = problems(checked)
        assert found["cohesive.tbl_site", ""] == (
            "has 1 rows whose _loaded_at lies in days to come"
        )
        assert found["cohesive.tbl_koin", "entry_type"].endswith("in 100 of 100 rows (100.0%)")
        assert len(found) == 2

    def test_csv_cells_are_read_as_the_build_reads_them(
        self, tmp_path: Path, checks: Checks
    ) -> None:
        raw = write_sound_raw(tmp_path / "raw", file_format="csv", rows=100)
        receipts = file_of(raw, "cohesive.tbl_receipt", "csv")
        text = receipts.read_text()
        assert "2000.00" in text
        # A comma for the point; and a line that is torn.
        torn = text.replace(",2000.00,", ',"2.000,00",').replace(",3000.00,", ',"3,5",')
        torn = torn.replace(",4000.00,", ",4000.00\t,").replace(",5000.00,", ",\u200b5000.00,")
        receipts.write_bytes(torn.encode() + b"torn,line\n" + "é,".encode("latin-1") + b"\n")
        koin = file_of(raw, "cohesive.tbl_koin", "csv")
        koin.write_text(koin.read_text().replace(",9000,", ",9.900,"))
        members = file_of(raw, "cohesive.tbl_member", "csv")
        members.write_text(members.read_text(), encoding="utf-16")
        checked = check_raw(raw, limits=Limits(unreadable_share=0), checks=checks)
        assert problems(checked) == {
            ("cohesive.tbl_receipt", ""): "has 2 lines that are no rows of UTF-8 text",
            ("cohesive.tbl_receipt", "sales"): "no numeric(18,2) in 2 of 100 rows (2.0%)",
            ("cohesive.tbl_koin", "koin"): "no numeric(18,0) in 1 of 100 rows (1.0%)",
            ("cohesive.tbl_member", ""): (
                "cannot be read: tbl_member.csv does not start with a header in UTF-8"
            ),
        }
        # As much is tolerated by default, but for lines.
        relaxed = check_raw(raw, limits=Limits(unreadable_share=0.02), checks=checks)
        assert set(problems(relaxed)) == {("cohesive.tbl_receipt", ""), ("cohesive.tbl_member", "")}

    def test_headers_of_csv_files_are_read_as_the_build_reads_them(
        self, tmp_path: Path, checks: Checks
    ) -> None:
        """Columns without a name, a comma in a name, other line ends within quotes."""
        raw = write_sound_raw(tmp_path / "raw", file_format="csv")
        file = file_of(raw, "cohesive.tbl_receipt", "csv")
        header, *rows = file.read_text().splitlines()
        lines = [f'{header},,"notes, old",', *(f'{row},,"one\r\ntwo",' for row in rows)]
        file.write_bytes("".join(f"{line}\n" for line in lines).encode())
        checked = check_raw(raw, checks=checks)
        assert checked.problems == []
        assert checked.tables["cohesive.tbl_receipt"].rows == 3

    def test_damage_inside_a_file_costs_no_answer_for_others(
        self, tmp_path: Path, checks: Checks
    ) -> None:
        """And none of its texts is shown: they may be contacts."""
        raw = write_sound_raw(tmp_path / "raw")
        text_that_is_not_utf_8(file_of(raw, "cohesive.tbl_member"), "email")
        damage_pages(file_of(raw, "cohesive.tbl_koin"))
        file_of(raw, "cohesive.tbl_voucher").unlink()
        checked = check_raw(raw, checks=checks)
        assert problems(checked) == {
            ("cohesive.tbl_member", ""): "cannot be read: email is not UTF-8 in tbl_member.parquet",
            ("cohesive.tbl_koin", ""): "cannot be read: a Parquet file is damaged inside",
            ("cohesive.tbl_voucher", ""): "was not delivered",
        }

    def test_line_ends_of_two_kinds_are_told(self, tmp_path: Path, checks: Checks) -> None:
        raw = write_sound_raw(tmp_path / "raw", file_format="csv")
        sites = file_of(raw, "cohesive.tbl_site", "csv")
        sites.write_bytes(sites.read_bytes().replace(b"\n", b"\r\n", 2))
        expected = "cannot be read: tbl_site.csv has line ends of two kinds"
        assert problems(check_raw(raw, checks=checks)) == {("cohesive.tbl_site", ""): expected}

    def test_several_files_must_all_have_the_columns(self, tmp_path: Path, checks: Checks) -> None:
        raw = write_sound_raw(tmp_path / "raw")
        whole = file_of(raw, "cohesive.tbl_receipt")
        several = raw / "cohesive" / "tbl_receipt"
        several.mkdir()
        (several / "b.parquet").write_bytes(whole.read_bytes())
        whole.rename(several / "a.parquet")
        rewrite(several / "b.parquet", "select * exclude (trx_ts) from old")
        checked = check_raw(raw, checks=checks)
        assert problems(checked) == {("cohesive.tbl_receipt", "trx_ts"): "the column is missing"}
        assert checked.tables["cohesive.tbl_receipt"].rows == 6

    def test_each_file_has_the_types(self, tmp_path: Path, checks: Checks) -> None:
        """Numbers where another file has texts are none; nulls may have any type."""
        raw = write_sound_raw(tmp_path / "raw")
        seconds = {
            "cohesive.tbl_receipt": "cast(812 as double) as cust_id",
            "cohesive.tbl_member": "cast(null as integer) as email_opt_in,"
            " cast(null as varchar) as birth_date, cast(null as varchar) as registered_at",
        }
        for table, cells in seconds.items():
            whole = file_of(raw, table)
            parts = whole.with_suffix("")
            parts.mkdir()
            whole.rename(parts / "a.parquet")
            (parts / "b.parquet").write_bytes((parts / "a.parquet").read_bytes())
            rewrite(parts / "b.parquet", f"select * replace ({cells}) from old")
        assert problems(check_raw(raw, checks=checks)) == {
            ("cohesive.tbl_receipt", "cust_id"): "expected varchar, found double"
        }

    def test_files_that_nobody_would_read_are_named(self, tmp_path: Path, checks: Checks) -> None:
        raw = write_sound_raw(tmp_path / "raw")
        receipts = file_of(raw, "cohesive.tbl_receipt").rename(tmp_path / "receipts")
        for name in ("a.parquet", "2024/b.parquet", "_SUCCESS", "_temporary/a.parquet"):
            file = raw / "cohesive" / "tbl_receipt" / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(receipts.read_bytes())
        sites = file_of(raw, "cohesive.tbl_site")
        sites.with_suffix(".PARQUET").write_bytes(sites.read_bytes())
        assert problems(check_raw(raw, checks=checks)) == {
            ("cohesive.tbl_receipt", ""): "has 2024/b.parquet, which nobody would read",
            ("cohesive.tbl_site", ""): "has tbl_site.PARQUET, which nobody would read",
        }

    def test_a_column_of_nulls_has_no_type(self, tmp_path: Path, checks: Checks) -> None:
        raw = write_sound_raw(tmp_path / "raw")
        rewrite(
            file_of(raw, "cohesive.tbl_member"),
            "select * replace (cast(null as integer) as email) from old",
        )
        assert check_raw(raw, checks=checks).problems == []

    def test_there_is_no_such_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no raw folder"):
            check_raw(tmp_path / "none")


#: Rows of receipts by week, newest first, and whether that is an alarm.
WEEKS: dict[str, tuple[Sequence[int], bool]] = {
    "as usual": ([100, 90, 110, 100, 95], False),
    "empty": ([0, 90, 110, 100, 95], True),
    "a tenth": ([10, 100, 100, 100, 100], True),
    "more than a tenth": ([11, 100, 100, 100, 100], False),
    "ten times": ([1000, 100, 100, 100, 100], True),
    "less than ten times": ([999, 100, 100, 100, 100], False),
    "one odd week before": ([100, 0, 5000, 100, 100], False),
    "usually few": ([0, 9, 9, 9, 9], False),
    "the first delivery": ([5000, 0, 0, 0, 0], False),
    "a week in two": ([0, 0, 100, 0, 0], False),
}


class TestVolume:
    @pytest.mark.parametrize("case", WEEKS)
    def test_the_newest_week_against_those_before(self, checks: Checks, case: str) -> None:
        weeks, is_alarm = WEEKS[case]
        contract = source_contract()
        found = {"cohesive.tbl_receipt": TableFound(rows=1, weekly_rows=tuple(weeks))}
        limits = Limits(weeks=4)
        frame = tables_frame(contract, found, limits)
        failed = checks.failures(f"weeks {case}", frame, tables_suite(limits))
        assert [failure.rows for failure in failed] == [("cohesive.tbl_receipt",)] * is_alarm

    def test_tables_that_come_with_campaigns_are_not_compared(self, checks: Checks) -> None:
        contract = source_contract()
        found = {"stamps.message_event": TableFound(rows=1, weekly_rows=(0, 100, 100))}
        frame = tables_frame(contract, found, Limits())
        assert checks.failures("campaigns", frame, tables_suite(Limits())) == []

    def test_weeks_end_with_the_last_day_on_which_anything_came(
        self, tmp_path: Path, checks: Checks
    ) -> None:
        """Days are those of arrival; receipts stop a week before the others."""
        raw = write_sound_raw(tmp_path / "raw", rows=350)
        days = (
            "timestamp '2024-01-01 03:00' + to_days(cast((row_number() over () - 1) // 10 as int))"
        )
        for table in source_contract():
            rewrite(file_of(raw, table), f"select * replace ({days} as _loaded_at) from old")
        receipts = file_of(raw, "cohesive.tbl_receipt")
        rewrite(receipts, "select * from old where _loaded_at < timestamp '2024-01-29'")
        checked = check_raw(raw, limits=Limits(weeks=3), checks=checks)
        assert checked.tables["cohesive.tbl_koin"].weekly_rows == (70, 70, 70, 70)
        assert checked.tables["cohesive.tbl_receipt"].weekly_rows == (0, 70, 70, 70)
        assert problems(checked) == {
            ("cohesive.tbl_receipt", ""): (
                "only 0 rows arrived in the newest week, usually 70"
                " (the 3 weeks before, newest first: 70 70 70)"
            )
        }
        # Keys and words are those of the weeks looked at, and of rows without a time of arrival.
        assert checked.tables["cohesive.tbl_koin"].recent_rows == 280 + 10

    def test_the_default_sample_is_fine(self, sample: Path, checks: Checks) -> None:
        checked = check_raw(sample, checks=checks)
        assert checked.problems == []
        assert checked.tables["cohesive.tbl_receipt"].usual_rows > 100


def test_a_server_is_checked_like_its_folder(
    loaded_database: Environment,
    small_sample: Path,
    checks: Checks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in loaded_database.items():
        monkeypatch.setenv(variable, value)
    of_folder = check_raw(small_sample, checks=checks)
    for target in ("postgres", "duckdb_postgres"):
        of_server = check_raw(target=find_target(target), checks=checks)
        assert of_server.problems == of_folder.problems
        for name, table in of_server.tables.items():
            own = of_folder.tables[name]
            assert replace(table, columns={}) == replace(own, columns={})
            for column, found in table.columns.items():
                assert replace(found, found_type="") == replace(own.columns[column], found_type="")
    with pytest.raises(ValueError, match="raw data are in a folder"):
        check_raw(target=find_target("duckdb"))


def test_the_command_line_tells_all(tmp_path: Path) -> None:
    raw = write_sound_raw(tmp_path / "raw")
    arguments = ["check-raw", "--raw", str(raw), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Nothing wrong" in done.stdout
    docs = tmp_path / "out" / "raw_checks"
    assert str(docs / "index.html") in done.stdout
    assert "cohesive.tbl_receipt" in (docs / "index.html").read_text()
    rewrite(file_of(raw, "cohesive.tbl_site"), "select * exclude (city) from old")
    done = CliRunner().invoke(app, [*arguments, "--weeks", "4"], env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert "cohesive.tbl_site.city: the column is missing" in done.stdout
    # Data Docs of the run before are gone.
    assert len(list(docs.rglob("validations/raw tables/**/*.html"))) == 1
    both = CliRunner().invoke(app, [*arguments, "--target", "postgres"])
    assert both.exit_code == 1
    assert "give --raw or --target, not both" in both.stderr


def test_data_docs_hold_no_cell(tmp_path: Path) -> None:
    raw = write_sound_raw(tmp_path / "raw")
    rewrite(
        file_of(raw, "cohesive.tbl_member"),
        "select * replace ('siti@contoh.id' as registration_status,"
        " case when cust_id = 'cust_id-1' then null else cust_id end as cust_id) from old",
    )
    checked = check_raw(raw, out=tmp_path / "out")
    assert {column for _, column in problems(checked)} == {"registration_status", "cust_id"}
    assert "siti@contoh.id" not in str(checked)
    for page in (tmp_path / "out").rglob("*.html"):
        text = page.read_text()
        assert "siti@contoh.id" not in text
        assert "email-2" not in text


class TestContract:
    """The sources YAML is the one place; macros of the build say what fits."""

    def test_vocabularies_are_read_from_yaml_and_seeds(self) -> None:
        contract = source_contract()
        assert contract["cohesive.tbl_receipt"].values["receipt_status"] == (
            "completed",
            "void",
            "return",
        )
        assert "azko" in contract["cohesive.tbl_koin"].values["issue_bu_code"]
        assert contract["cohesive.tbl_receipt"].is_steady
        assert not contract["cohesive.tbl_site"].is_steady

    @pytest.mark.parametrize(
        ("model", "table", "column"),
        [
            ("base_cohesive__receipts", "cohesive.tbl_receipt", "receipt_status"),
            ("base_cohesive__koin_entries", "cohesive.tbl_koin", "entry_type"),
            ("base_stamps__message_events", "stamps.message_event", "event_type"),
            ("base_stamps__message_events", "stamps.message_event", "channel"),
        ],
    )
    def test_staging_accepts_the_same_words(self, model: str, table: str, column: str) -> None:
        import re

        from engines import ROOT

        sql = next((ROOT / "models" / "staging").rglob(f"{model}.sql")).read_text()
        listed = re.search(rf"{column} not in \(([^)]*)\)", sql)
        assert listed
        words = tuple(re.findall("'([a-z_]+)'", listed[1]))
        assert source_contract()[table].values[column] == words

    @pytest.mark.parametrize(
        ("expected", "found", "fits"),
        [
            ("numeric(18,2)", "BIGINT", True),
            ("varchar", "INTEGER", False),
            ("timestamp", "TIMESTAMP WITH TIME ZONE", False),
            ("date", "TIMESTAMP", True),
        ],
    )
    def test_macros_answer_without_dbt(self, expected: str, found: str, fits: bool) -> None:
        type_fits: Callable[..., bool] = macro("raw/check_raw_contract.sql", "type_fits")
        assert type_fits(expected, found) is fits
