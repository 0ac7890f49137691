"""The pack as one static page: charts and tables in a single file that asks nobody for anything.

Every text from the data is escaped: by the template in the tables, by `charts.label` in the charts.
The page's policy runs no script but the two that it was made with, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from koin_loyalty.pack.charts import Chart, charts_of
from koin_loyalty.pack.marts import Row
from koin_loyalty.pack.reports import Headline, Pack
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
from koin_loyalty.pack.texts import DEFINITIONS, clipped, restatement_words, shown

#: Headline figures that have a tile, in this order.
TILES = (
    ("pay_with_koin", "net_sales"),
    ("pay_with_koin", "koin_redeemed"),
    ("pay_with_koin", "member_count"),
    ("pay_with_koin", "koin_multiplier"),
    ("koin_in_out", "net_in_out"),
    ("koin_outstanding", "koin_outstanding"),
    ("members_choice", "net_sales"),
    ("harga_spesial_koin", "koin_used"),
)
#: Reports whose first table is narrow enough to stand beside the charts on a wide screen; the
#: others go below the charts.
BESIDE = ("koin_in_out", "koin_flow")
TEXT_LENGTH = 80


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, and below it a change against the week before with its direction."""

    text: str
    is_number: bool
    is_header: bool = False
    change: str = ""
    direction: str = ""
    is_code: bool = False


@dataclass(frozen=True)
class Table:
    """A table: caption, headers with whether figures stand below, rows, and how many are totals."""

    caption: str
    headers: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    total_rows: int
    is_folded: bool


@dataclass(frozen=True)
class Tile:
    """A headline figure with its change."""

    report_key: str
    report_name: str
    label: str
    part: str
    value: str
    before: str
    change: str
    direction: str


def write_page(pack: Pack, path: Path) -> None:
    """Write the page to `path`, in UTF-8. The same pack gives the same bytes."""
    path.write_text(render_page(pack), encoding="utf-8", newline="\n")


def render_page(pack: Pack) -> str:
    """The page as text."""
    from jinja2 import Environment, StrictUndefined
    from plotly.offline import get_plotlyjs

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    reports = [report for report in pack.reports if report.in_page]
    charts = {report.key: charts_of(pack, report) for report in reports}
    plotly, script = get_plotlyjs(), _asset("page.js")
    return environment.from_string(_asset("page.html.jinja")).render(
        pack=pack,
        reports=reports,
        charts=charts,
        tables={report.key: tables_of(report) for report in reports},
        beside=BESIDE,
        tiles=tiles_of(pack),
        restatements=restatement_table(pack),
        restatement_words=restatement_words(pack),
        definitions=DEFINITIONS,
        week=f"{long_date(pack.scope.week_start)} to {long_date(pack.scope.week_end)}",
        as_of=long_date(pack.as_of_date),
        loaded=f"{pack.last_loaded_at:%Y-%m-%d %H:%M}",
        style=_asset("page.css"),
        plotly=plotly,
        script=script,
        script_hashes=[_hash(plotly), _hash(script)],
        chart_json=embedded_json([_spec(c) for of in charts.values() for c in of]),
    )


def _asset(name: str) -> str:
    return (files("koin_loyalty.pack") / "assets" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _spec(chart: Chart) -> dict[str, Any]:
    return {
        "id": chart.id,
        "height": chart.height,
        "data": chart.data,
        "layout": chart.layout,
        "narrow": chart.narrow or {},
    }


def embedded_json(value: Any) -> str:
    """JSON that stands in a script element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def tables_of(report: Report) -> list[Table]:
    """The tables of a report that the page shows; long histories are folded."""
    return [_table(report, section) for section in report.sections if section.in_page]


def _table(report: Report, section: Section) -> Table:
    columns = [
        column
        for column in section.columns or report.columns
        if column.in_page and column.name not in section.hidden and column.header
    ]
    folded = _folded(columns)
    labels = [i for i, (column, _) in enumerate(folded) if _is_words(column)]
    # The last of the first words of a row names it: the product, not its code.
    name = labels[0] if labels else 0
    while name + 1 in labels:
        name += 1
    rows = [*section.rows, *([section.total] if section.total else [])]
    totals = 1 if section.total else 0
    return Table(
        section.title,
        [(column.header, not _is_words(column)) for column, _ in folded],
        [
            [
                _cell(
                    row,
                    column,
                    has_change=has_change,
                    is_header=index == name,
                    is_total=number >= len(rows) - totals,
                )
                for index, (column, has_change) in enumerate(folded)
            ]
            for number, row in enumerate(rows)
        ],
        totals,
        section.key == "trend",
    )


def _is_words(column: Column) -> bool:
    return column.kind in TEXT_KINDS or column.kind is Kind.DATE


def _folded(columns: Sequence[Column]) -> list[tuple[Column, bool]]:
    """Columns, and whether the change that follows stands below the figure instead."""
    folded: list[tuple[Column, bool]] = []
    for column in columns:
        if column.kind is Kind.CHANGE and folded and folded[-1][0].name == column.name:
            folded[-1] = (folded[-1][0], True)
        else:
            folded.append((column, False))
    return folded


def _cell(row: Row, column: Column, *, has_change: bool, is_header: bool, is_total: bool) -> Cell:
    value = cell(row, column)
    # A whole list has no rank and no price.
    text = "" if is_total and value is None else shown(column.kind, value)
    wow = change(row, column.name) if has_change else None
    direction = ""
    if column.kind in (Kind.CHANGE, Kind.MOVE):
        direction = _direction(value)
    return Cell(
        clipped(text, TEXT_LENGTH),
        not _is_words(column),
        is_header,
        shown(Kind.CHANGE, wow) if wow is not None else "",
        _direction(wow) if has_change else direction,
        column.kind in (Kind.CODE, Kind.DATE, Kind.WEEK),
    )


def _direction(value: Any) -> str:
    if value is None or isinstance(value, str) or not value:
        return "flat"
    return "up" if value > 0 else "down"


def tiles_of(pack: Pack) -> list[Tile]:
    """The tiles, in order; one for each list where lists overlap."""
    return [
        _tile(headline)
        for report, kpi in TILES
        for headline in pack.headlines
        if (headline.report, headline.kpi) == (report, kpi)
    ]


def _tile(headline: Headline) -> Tile:
    row = headline.row
    wow = change({"value_wow": row["wow"], "value_wow_status": row["wow_status"]}, "value")
    return Tile(
        headline.report,
        headline.report_name,
        headline.label,
        headline.part,
        shown(headline.kind, row["value"]),
        shown(headline.kind, row["value_previous"]),
        shown(Kind.CHANGE, wow),
        _direction(wow),
    )


def restatement_table(pack: Pack) -> Table | None:
    """Every restated figure; None when there is none."""
    if not pack.restatements:
        return None
    headers = ("Week", "Report", "Figure", "Of", "Published", "Now", "Difference", "Restated at")
    rows = []
    for restated in pack.restatements:
        row = restated.row
        part = f"{row['dimension']} {row['dimension_value']}".replace("_", " ")
        rows.append(
            [
                Cell(week_label(row["week_start"]), False),
                Cell(restated.report_name, False),
                Cell(restated.label, False, True),
                Cell(clipped(part, TEXT_LENGTH), False),
                *(
                    Cell(shown(restated.kind, row[name]), True)
                    for name in ("published_value", "restated_value", "difference")
                ),
                Cell(shown(Kind.MOMENT, row["restated_at"]), False),
            ]
        )
    return Table(
        "Restated figures",
        [(header, header in headers[4:7]) for header in headers],
        rows,
        0,
        True,
    )
