"""The pack as a workbook: a cover and a sheet a report, with native charts, for Excel, LibreOffice
and Google Sheets. Every figure is a value from the marts: no formula, no number as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from koin_loyalty.pack import style
from koin_loyalty.pack.reports import Headline, Pack, Restatement
from koin_loyalty.pack.tables import (
    TEXT_KINDS,
    Column,
    Kind,
    Report,
    Section,
    cell,
    change,
    long_date,
    week_label,
)
from koin_loyalty.pack.texts import DEFINITIONS, restatement_words

#: The longest text that a cell takes.
CELL_LENGTH = 32_767
NUMBER_FORMATS = {
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.RUPIAH: '"Rp" #,##0;[Red]"Rp" -#,##0',
    Kind.KOIN: "#,##0;[Red]-#,##0",
    Kind.COUNT: "#,##0",
    Kind.QUANTITY: "#,##0;[Red]-#,##0",
    Kind.MULTIPLE: "#,##0.0",
    Kind.AVERAGE: "#,##0",
    Kind.PERCENT: "0.0%",
    Kind.CHANGE: "+0.0%;-0.0%;0.0%",
    Kind.RANK: "0",
    Kind.MOVE: '"▲" 0;"▼" 0;"="',
}
#: Of quantities that are not whole; whole ones would keep the point.
FRACTION_FORMAT = "#,##0.0##;[Red]-#,##0.0##"
WIDTHS = {
    Kind.DATE: 12,
    Kind.WEEK: 11,
    Kind.CODE: 12,
    Kind.MOMENT: 17,
    Kind.RUPIAH: 16,
    Kind.KOIN: 13,
    Kind.COUNT: 12,
    Kind.QUANTITY: 9,
    Kind.MULTIPLE: 10,
    Kind.AVERAGE: 12,
    Kind.PERCENT: 10,
    Kind.CHANGE: 13,
    Kind.RANK: 8,
    Kind.MOVE: 9,
}
NARROWEST_TEXT, WIDEST_TEXT = 14, 38
FONT = "Calibri"
#: Of a chart, in pixels, and the rows of 20 pixels that it covers.
CHART_WIDTH, CHART_HEIGHT, CHART_ROWS = 760, 320, 17
#: Of the charts that stand beside the days of Koin In-Out.
SIDE_WIDTH, SIDE_HEIGHT = 740, 290


def write_workbook(pack: Pack, path: Path) -> None:
    """Write the workbook to `path`. The same pack gives the same bytes."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties(
            {
                "title": pack.title,
                "subject": f"Weekly report of {pack.scope.bu_name}",
                "created": pack.last_loaded_at,
            }
        )
        formats = Formats(workbook)
        _write_cover(workbook, formats, pack)
        for report in pack.reports:
            _ReportSheet(workbook, formats, pack, report).write()
        if pack.restatements:
            _write_restatements(workbook, formats, pack)


@dataclass
class Formats:
    """Cell formats, made once each: a workbook keeps every one that is asked for."""

    workbook: xlsxwriter.Workbook
    made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def get(self, **properties: Any) -> Format:
        """The format of these properties, on top of the font of the pack."""
        wanted = {
            "font_name": FONT,
            "font_size": 10,
            "font_color": style.INK,
            "valign": "vcenter",
            **properties,
        }
        key = tuple(sorted(wanted.items()))
        if key not in self.made:
            self.made[key] = self.workbook.add_format(wanted)
        return self.made[key]

    def title(self) -> Format:
        """The first line of a sheet."""
        return self.get(bold=True, font_size=16, font_color=style.BRAND)

    def quiet(self, **properties: Any) -> Format:
        """What is said beside the figures."""
        return self.get(font_color=style.MUTED, **properties)

    def header(self, kind: Kind) -> Format:
        """A column's header."""
        return self.get(
            bold=True,
            font_color="#FFFFFF",
            bg_color=style.BRAND,
            text_wrap=True,
            **_alignment(kind),
        )

    def band(self) -> Format:
        """The line above a section."""
        return self.get(bold=True, font_color=style.BRAND, bg_color=style.SHADE)

    def value(self, kind: Kind, value: Any, *, is_total: bool = False) -> Format:
        """A value of a kind: its number format, and its colour where it is a change."""
        properties: dict[str, Any] = {"bottom": 1, "bottom_color": style.RULE}
        if is_total:
            properties |= {"bold": True, "top": 1, "top_color": style.BRAND}
        if kind in NUMBER_FORMATS:
            is_fraction = kind is Kind.QUANTITY and value is not None and value % 1 != 0
            properties["num_format"] = FRACTION_FORMAT if is_fraction else NUMBER_FORMATS[kind]
        properties |= _alignment(kind)
        if kind in (Kind.CHANGE, Kind.MOVE):
            properties["font_color"] = _change_colour(value)
            if isinstance(value, str):
                properties["italic"] = True
        return self.get(**properties)


def _alignment(kind: Kind) -> dict[str, Any]:
    """Words to the left, a little away from the figure before them; figures to the right."""
    if kind in TEXT_KINDS or kind is Kind.DATE:
        return {"align": "left", "indent": 1}
    return {"align": "right"}


def _change_colour(value: Any) -> str:
    if isinstance(value, str) or not value:
        return style.MUTED
    return style.UP if value > 0 else style.DOWN


def write_value(
    sheet: Worksheet, row: int, column: int, value: Any, cell_format: Format | None = None
) -> None:
    """Write a value as what it is: a number as a number, and every text as text, whatever it begins
    with or holds."""
    if value is None:
        sheet.write_blank(row, column, None, cell_format)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, float(value), cell_format)
    elif isinstance(value, date | datetime):
        sheet.write_datetime(row, column, value, cell_format)
    else:
        sheet.write_string(row, column, cell_text(str(value)), cell_format)


def cell_text(text: str) -> str:
    """A text as a cell can hold it."""
    return text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - 1] + "…"


def _set_up_print(sheet: Worksheet, pack: Pack, name: str, *, landscape: bool = True) -> None:
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    # A single & begins a code of the header.
    title = f"{pack.title}: {name}".replace("&", "&&")
    sheet.set_footer(f"&L&8{title}&R&8Page &P of &N")
    sheet.hide_gridlines(2)


def subtitle(pack: Pack) -> str:
    """Of which business unit and week the sheet is, and how old its data are."""
    return (
        f"{pack.scope.bu_name}, week {pack.scope.label} ({long_date(pack.scope.week_start)} to "
        f"{long_date(pack.scope.week_end)}), data as of {long_date(pack.as_of_date)}"
    )


class _ReportSheet:
    """One sheet: where each section stands is kept, so that charts can point at it."""

    def __init__(
        self, workbook: xlsxwriter.Workbook, formats: Formats, pack: Pack, report: Report
    ) -> None:
        self.workbook = workbook
        self.formats = formats
        self.pack = pack
        self.report = report
        self.sheet: Worksheet = workbook.add_worksheet(report.name)
        self.places: dict[str, tuple[int, int]] = {}
        self.next_row = 0

    @property
    def last_column(self) -> int:
        return max(
            len(columns)
            for columns in (self.report.columns, *(s.columns or () for s in self.report.sections))
        )

    def write(self) -> None:
        report, sheet, formats = self.report, self.sheet, self.formats
        sheet.write_string(0, 0, report.name, formats.title())
        sheet.set_row(0, 26)
        sheet.write_string(1, 0, subtitle(self.pack), formats.quiet())
        self.next_row = 2
        if report.legend:
            for line in report.legend:
                sheet.write_string(self.next_row, 0, line, formats.get(bold=line == "Keterangan"))
                self.next_row += 1
        else:
            lead = formats.quiet(text_wrap=True, valign="top")
            sheet.merge_range(self.next_row, 0, self.next_row, 9, report.lead, lead)
            sheet.set_row(self.next_row, 30)
            self.next_row += 1
        header_row = self.next_row
        self._write_header(report.columns)
        # Codes and names stay in sight beside the figures.
        labels = 0
        while labels < 2 and report.columns[labels].kind in (*TEXT_KINDS, Kind.DATE):
            labels += 1
        sheet.freeze_panes(header_row + 1, labels)
        sheet.repeat_rows(header_row)
        _set_up_print(sheet, self.pack, report.name)
        self._set_widths()
        chart_row = None
        after = _charts_after(report)
        beside = len(report.columns) + 1 if report.legend else 0
        if beside:
            chart_row = header_row + 1
        for section in report.sections:
            self._write_section(section)
            if section.key == after:
                chart_row = self.next_row
                self.next_row += CHART_ROWS + 1
        if not report.sections:
            sheet.write_string(self.next_row + 1, 0, report.empty, formats.quiet(italic=True))
            return
        if report.legend:
            sheet.write_string(self.next_row, 0, report.lead, formats.quiet(italic=True))
            self.next_row += 2
        self._insert_charts(self.next_row if chart_row is None else chart_row, beside)

    def _write_header(self, columns: Sequence[Column]) -> None:
        self.sheet.set_row(self.next_row, 44)
        for index, column in enumerate(columns):
            header = self.formats.header(column.kind)
            write_value(self.sheet, self.next_row, index, column.header or None, header)
        self.next_row += 1

    def _write_section(self, section: Section) -> None:
        columns = section.columns or self.report.columns
        for index in range(max(len(columns), len(self.report.columns))):
            self.sheet.write_blank(self.next_row, index, None, self.formats.band())
        self.sheet.write_string(self.next_row, 0, section.title, self.formats.band())
        self.sheet.set_row(self.next_row, 20)
        self.next_row += 1
        if [c.header for c in columns][1:] != [c.header for c in self.report.columns][1:]:
            self._write_header(columns)
        self.places[section.key] = (self.next_row, self.next_row + len(section.rows) - 1)
        for row in section.rows:
            self._write_row(row, columns, is_total=False)
        if section.total is not None:
            self._write_row(section.total, columns, is_total=True)
        self.next_row += 1

    def _write_row(self, row: dict[str, Any], columns: Sequence[Column], *, is_total: bool) -> None:
        for index, column in enumerate(columns):
            value = cell(row, column)
            cell_format = self.formats.value(column.kind, value, is_total=is_total)
            write_value(self.sheet, self.next_row, index, value, cell_format)
        self.next_row += 1

    def _set_widths(self) -> None:
        for index in range(self.last_column):
            widths = [
                self._width(index, columns[index])
                for columns in (
                    self.report.columns,
                    *(section.columns or () for section in self.report.sections),
                )
                if index < len(columns)
            ]
            self.sheet.set_column(index, index, max(widths))

    def _width(self, index: int, column: Column) -> float:
        if column.kind is not Kind.TEXT:
            return WIDTHS[column.kind]
        texts = [
            len(str(cell(row, columns[index]) or ""))
            for section in self.report.sections
            for columns in (section.columns or self.report.columns,)
            if index < len(columns) and columns[index].kind is Kind.TEXT
            for row in (*section.rows, *([section.total] if section.total else []))
        ]
        return min(max([NARROWEST_TEXT, *(length + 2 for length in texts)]), WIDEST_TEXT)

    # Charts

    def _insert_charts(self, row: int, column: int) -> None:
        """Charts next to each other from the first column, else below each other from another."""
        drawn = CHARTS.get(self.report.key, lambda _: [])(self)
        charts = [chart for chart in drawn if chart.series]
        for number, chart in enumerate(charts):
            x, y = 8 + number * (CHART_WIDTH + 16), 6
            width, height = CHART_WIDTH, CHART_HEIGHT
            if column:
                x, y = 0, number * (SIDE_HEIGHT + 10)
                width, height = SIDE_WIDTH, SIDE_HEIGHT
            chart.set_size({"width": width, "height": height})
            self.sheet.insert_chart(row, column, chart, {"x_offset": x, "y_offset": y})

    def chart(self, kind: str, title: str, subtype: str | None = None) -> Chart:
        """An empty chart in the pack's style."""
        options = {"type": kind} | ({"subtype": subtype} if subtype else {})
        chart = self.workbook.add_chart(options)
        font = {"name": FONT, "size": 9, "color": style.MUTED}
        name_font = {"name": FONT, "size": 12, "bold": True, "color": style.INK}
        chart.set_title({"name": title, "name_font": name_font, "overlay": False})
        chart.set_legend({"position": "bottom", "font": font})
        chart.set_chartarea({"border": {"color": style.RULE}})
        plain = {"num_font": font, "line": {"color": style.RULE}}
        chart.set_x_axis(plain)
        chart.set_y_axis(
            plain
            | {
                "num_format": "#,##0",
                "major_gridlines": {"visible": True, "line": {"color": style.RULE}},
            }
        )
        return chart

    def has(self, key: str) -> bool:
        """Whether the sheet has that section, with rows."""
        first, last = self.places.get(key, (0, -1))
        return last >= first

    def cells(self, key: str, name: str, kind: Kind | None = None) -> list[Any]:
        """The cells of a column in a section, as a chart takes them."""
        section = self.report.section(key)
        columns = (section.columns if section else None) or self.report.columns
        index = next(
            i
            for i, column in enumerate(columns)
            if column.name == name
            and (column.kind is kind if kind else column.kind is not Kind.CHANGE)
        )
        first, last = self.places[key]
        return [self.report.name, first, index, last, index]

    def add(
        self, chart: Chart, key: str, name: str, category: str, colour: str, title: str, **more: Any
    ) -> None:
        """A column of a section as a series of a chart."""
        look: dict[str, Any] = {"fill": {"color": colour}, "border": {"none": True}, "gap": 60}
        if more.pop("is_line", False):
            look = {"line": {"color": colour, "width": 2.25}}
        chart.add_series(
            {
                "name": title,
                "categories": self.cells(key, category),
                "values": self.cells(key, name),
                **look,
                **more,
            }
        )


def _charts_after(report: Report) -> str | None:
    """The section below which the charts stand; None is the end of the sheet."""
    after = {
        "pay_with_koin": "week",
        "koin_outstanding": "managers",
        "koin_roll_forward": "week",
    }
    if report.key in after:
        return after[report.key]
    periods = [section.key for section in report.sections if section.key.startswith("period_")]
    return periods[-1] if periods else None


def _pay_with_koin_charts(sheet: _ReportSheet) -> list[Chart]:
    tiers = [tier for tier in sheet.pack.scope.tiers if _has_any(sheet, tier)]
    koin = sheet.chart("column", "Koin redeemed by tier", "stacked")
    multiple = sheet.chart("line", "Koin multiplier of known tiers")
    for tier in tiers:
        key, colour = f"trend_{tier}", style.tier_colour(tier)
        sheet.add(koin, key, "koin_redeemed", "week_start", colour, tier.capitalize())
        # A handful of receipts of members without tier would dwarf the others.
        if tier != "UNKNOWN":
            name = tier.capitalize()
            sheet.add(multiple, key, "koin_multiplier", "week_start", colour, name, is_line=True)
    return [koin, multiple]


def _has_any(sheet: _ReportSheet, tier: str) -> bool:
    section = sheet.report.section(f"trend_{tier}")
    return section is not None and any(row["koin_redeemed"] for row in section.rows)


def _members_choice_charts(sheet: _ReportSheet) -> list[Chart]:
    return _list_charts(sheet, "net_sales", "Net sales by SKU", "Net sales")


def _harga_spesial_koin_charts(sheet: _ReportSheet) -> list[Chart]:
    return _list_charts(sheet, "koin_used", "Koin used by SKU", "Koin used")


def _list_charts(sheet: _ReportSheet, name: str, title: str, legend: str) -> list[Chart]:
    charts = []
    for section in sheet.report.sections:
        if not section.key.startswith("period_") or not section.rows:
            continue
        period = section.key.removeprefix("period_")
        chart = sheet.chart("bar", f"{title}, {period}")
        _add_ranking(sheet, chart, section.key, name, "product_name", legend)
        charts.append(chart)
    return charts


def _add_ranking(
    sheet: _ReportSheet, chart: Chart, key: str, name: str, category: str, legend: str
) -> None:
    """Bars from the top down, each with its figure instead of an axis."""
    font = {"name": FONT, "size": 9, "color": style.INK}
    labels = {"value": True, "num_format": "#,##0", "font": font}
    sheet.add(chart, key, name, category, style.BRAND, legend, data_labels=labels)
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": style.RULE}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_legend({"none": True})


def _koin_in_out_charts(sheet: _ReportSheet) -> list[Chart]:
    days = sheet.chart("column", "Koin In-Out, day by day")
    time = "redemption_date"
    sheet.add(days, "days", "a_issued_here_redeemed_elsewhere", time, style.OUT, "A (out)")
    sheet.add(days, "days", "b_issued_elsewhere_redeemed_here", time, style.IN, "B (in)")
    line = sheet.chart("line", "")
    sheet.add(line, "days", "net_in_out", time, style.NET, "In - Out", is_line=True)
    days.combine(line)
    axis = {"num_font": {"name": FONT, "size": 9, "color": style.MUTED}, "label_position": "low"}
    dates = axis | {"num_format": "d mmm", "date_axis": True, "major_unit": 7}
    days.set_x_axis(dates)
    own = sheet.chart("line", "C and D, day by day")
    for name, colour, title in (
        ("c_issued_and_redeemed_here", style.GREEN, "C (issued and redeemed here)"),
        ("d_issued_here", style.TIER_COLOURS["GOLD"], "D (issued here)"),
    ):
        sheet.add(own, "days", name, time, colour, title, is_line=True)
    own.set_x_axis(dates)
    return [days, own]


def _koin_flow_charts(sheet: _ReportSheet) -> list[Chart]:
    first, last = sheet.places["matrix"]
    redeemers = [c for c in sheet.report.columns if c.name.startswith("redeemed_at_")]
    sheet.sheet.conditional_format(
        first,
        1,
        last,
        len(redeemers),
        {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#7FB7D6"},
    )
    chart = sheet.chart("column", "Koin redeemed by issuer and place of redemption", "stacked")
    colours = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
    for index, column in enumerate(redeemers):
        colour = colours[index] if index < len(colours) else style.MUTED
        sheet.add(chart, "matrix", column.name, "issuer", colour, f"at {column.header}")
    return [chart]


def _koin_outstanding_charts(sheet: _ReportSheet) -> list[Chart]:
    managers = sheet.chart("bar", "Koin outstanding by area manager")
    _add_ranking(sheet, managers, "managers", "koin_outstanding", "manager", "Koin outstanding")
    ladder = sheet.chart("column", "Koin that expire, by tier")
    for days, colour in zip((30, 60, 90), style.LADDER, strict=True):
        sheet.add(ladder, "tiers", f"koin_expiring_{days}d", "tier", colour, f"within {days} days")
    return [managers, ladder]


def _roll_forward_charts(sheet: _ReportSheet) -> list[Chart]:
    charts = []
    for key, title in (("trend", "all issuers"), ("trend_bu", sheet.pack.scope.bu_code)):
        if not sheet.has(key):
            continue
        chart = sheet.chart("column", f"Koin issued, redeemed, expired: {title}")
        for name, colour in (
            ("issued", style.IN),
            ("redeemed", style.OUT),
            ("expired", style.TIER_COLOURS["SILVER"]),
        ):
            sheet.add(chart, key, name, "week_start", colour, name.capitalize())
        charts.append(chart)
    return charts


CHARTS = {
    "pay_with_koin": _pay_with_koin_charts,
    "members_choice": _members_choice_charts,
    "koin_in_out": _koin_in_out_charts,
    "koin_flow": _koin_flow_charts,
    "koin_outstanding": _koin_outstanding_charts,
    "koin_roll_forward": _roll_forward_charts,
    "harga_spesial_koin": _harga_spesial_koin_charts,
}

# Cover and restatements

COVER_COLUMNS = (
    ("Report", 24),
    ("List", 20),
    ("Figure", 36),
    ("This week", 18),
    ("Week before", 18),
    ("WoW", 16),
)


def _write_cover(workbook: xlsxwriter.Workbook, formats: Formats, pack: Pack) -> None:
    sheet = workbook.add_worksheet("Cover")
    sheet.write_string(
        0, 0, pack.title, formats.get(bold=True, font_size=20, font_color=style.BRAND)
    )
    sheet.set_row(0, 34)
    sheet.write_string(1, 0, subtitle(pack), formats.quiet())
    loaded = f"{pack.last_loaded_at:%Y-%m-%d %H:%M}"
    sheet.write_string(2, 0, f"Data loaded until {loaded}", formats.quiet())
    header_row = 4
    for index, (header, width) in enumerate(COVER_COLUMNS):
        kind = Kind.TEXT if index < 3 else Kind.COUNT
        sheet.write_string(header_row, index, header, formats.header(kind))
        sheet.set_column(index, index, width)
    sheet.set_row(header_row, 22)
    sheet.freeze_panes(header_row + 1, 0)
    sheet.repeat_rows(header_row)
    _set_up_print(sheet, pack, "Cover", landscape=True)
    row = header_row + 1
    said = ""
    for headline in pack.headlines:
        _write_headline(sheet, formats, row, headline, is_first=headline.report_name != said)
        said = headline.report_name
        row += 1
    row = _write_cover_restatements(sheet, formats, pack, row + 1)
    row = _write_contents(sheet, formats, pack, row + 1)
    sheet.write_string(row + 1, 0, "How to read it", formats.get(bold=True, font_size=12))
    for offset, line in enumerate(DEFINITIONS, start=row + 2):
        sheet.merge_range(offset, 0, offset, 5, line, formats.get(text_wrap=True, valign="top"))
        sheet.set_row(offset, 28)


def _write_headline(
    sheet: Worksheet, formats: Formats, row: int, headline: Headline, *, is_first: bool
) -> None:
    name = formats.value(Kind.TEXT, "")
    if is_first:
        name = formats.get(bold=True, font_color=style.BRAND, bottom=1, bottom_color=style.RULE)
        sheet.write_url(
            row,
            0,
            f"internal:'{_quoted_sheet(headline.report_name)}'!A1",
            name,
            headline.report_name,
        )
    else:
        sheet.write_blank(row, 0, None, name)
    text = formats.value(Kind.TEXT, "")
    write_value(sheet, row, 1, headline.part or None, text)
    sheet.write_string(row, 2, headline.label, text)
    value, before = headline.row["value"], headline.row["value_previous"]
    write_value(sheet, row, 3, value, formats.value(headline.kind, value))
    write_value(sheet, row, 4, before, formats.value(headline.kind, before))
    # weekly_kpis names the change of its only measure `wow`.
    wow = change(
        {"value_wow": headline.row["wow"], "value_wow_status": headline.row["wow_status"]}, "value"
    )
    write_value(sheet, row, 5, wow, formats.value(Kind.CHANGE, wow))


def _quoted_sheet(name: str) -> str:
    return name.replace("'", "''")


RESTATED_COLUMNS = (
    "Week",
    "Report",
    "Figure",
    "Of",
    "Published",
    "Now",
    "Difference",
    "Restated at",
)


def _write_cover_restatements(sheet: Worksheet, formats: Formats, pack: Pack, row: int) -> int:
    sheet.write_string(row, 0, "Restatements", formats.get(bold=True, font_size=12))
    sheet.write_string(row + 1, 0, restatement_words(pack), formats.get())
    row += 2
    headlines = [restatement for restatement in pack.restatements if restatement.is_headline]
    if headlines:
        headers = ("Report", "Week", "Figure", "Published", "Now", "Difference")
        for index, header in enumerate(headers):
            kind = Kind.TEXT if index < 3 else Kind.COUNT
            sheet.write_string(row, index, header, formats.header(kind))
        row += 1
    for restated in headlines:
        text = formats.value(Kind.TEXT, "")
        part = restated.row["dimension_value"]
        label = restated.label if part == "ALL" else f"{restated.label}, {part}"
        sheet.write_string(row, 0, restated.report_name, text)
        sheet.write_string(row, 1, week_label(restated.row["week_start"]), text)
        sheet.write_string(row, 2, label, text)
        for index, name in enumerate(("published_value", "restated_value", "difference"), start=3):
            value = restated.row[name]
            write_value(sheet, row, index, value, formats.value(restated.kind, value))
        row += 1
    return row


def _write_contents(sheet: Worksheet, formats: Formats, pack: Pack, row: int) -> int:
    sheet.write_string(row, 0, "Sheets", formats.get(bold=True, font_size=12))
    row += 1
    link = formats.get(font_color=style.UP, underline=1, valign="top")
    for report in pack.reports:
        sheet.write_url(row, 0, f"internal:'{_quoted_sheet(report.name)}'!A1", link, report.name)
        lead = formats.quiet(text_wrap=True, valign="top")
        sheet.merge_range(row, 1, row, 5, report.lead, lead)
        sheet.set_row(row, 28)
        row += 1
    return row


def _write_restatements(workbook: xlsxwriter.Workbook, formats: Formats, pack: Pack) -> None:
    sheet = workbook.add_worksheet("Restatements")
    sheet.write_string(0, 0, "Restatements", formats.title())
    sheet.set_row(0, 26)
    sheet.write_string(1, 0, restatement_words(pack), formats.quiet())
    for index, (header, width) in enumerate(
        zip(RESTATED_COLUMNS, (11, 20, 34, 26, 18, 18, 18, 17), strict=True)
    ):
        kind = Kind.TEXT if index < 4 else Kind.COUNT
        sheet.write_string(3, index, header, formats.header(kind))
        sheet.set_column(index, index, width)
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(3)
    _set_up_print(sheet, pack, "Restatements")
    for row, restated in enumerate(pack.restatements, start=4):
        _write_restated(sheet, formats, row, restated)


def _write_restated(sheet: Worksheet, formats: Formats, row: int, restated: Restatement) -> None:
    mart_row = restated.row
    texts = (
        week_label(mart_row["week_start"]),
        restated.report_name,
        restated.label,
        f"{mart_row['dimension']} {mart_row['dimension_value']}".replace("_", " "),
    )
    for index, text in enumerate(texts):
        write_value(sheet, row, index, text, formats.value(Kind.TEXT, text))
    for index, name in enumerate(("published_value", "restated_value", "difference"), start=4):
        value = mart_row[name]
        write_value(sheet, row, index, value, formats.value(restated.kind, value))
    moment = mart_row["restated_at"]
    write_value(sheet, row, 7, moment, formats.value(Kind.MOMENT, moment))
