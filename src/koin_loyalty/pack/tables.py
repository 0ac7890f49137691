"""What a table of the pack is: columns with a kind, and sections of rows. The workbook and the page
show the same tables, each in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from koin_loyalty.pack.marts import Row

#: Why a figure has no change against the week before, in words: see week_over_week_status.
STATUS_WORDS = {
    "incomplete": "incomplete week",
    "first_week": "first week",
    "not_meaningful": "not meaningful",
    "flat_zero": "still 0",
    "new": "new",
}


class Kind(StrEnum):
    """What a value is, and so how it is written."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    WEEK = "week"
    MOMENT = "moment"
    RUPIAH = "rupiah"
    KOIN = "koin"
    COUNT = "count"
    QUANTITY = "quantity"
    MULTIPLE = "multiple"
    AVERAGE = "average"
    PERCENT = "percent"
    CHANGE = "change"
    RANK = "rank"
    MOVE = "move"


#: Kinds that are written as text; every other kind is a number or a date.
TEXT_KINDS = (Kind.TEXT, Kind.CODE, Kind.WEEK)


@dataclass(frozen=True)
class Column:
    """A column: the mart's name for it, its header, its kind. A change reads `<name>_wow` and,
    where that is null, its status in words. `in_page`: whether the page shows it, too."""

    name: str
    header: str
    kind: Kind
    in_page: bool = True


@dataclass(frozen=True)
class Section:
    """Rows below a line that says what they are, and a last row that the mart, not the pack, knows.

    `columns`: the report's own when None; else with the same measures in the same places.
    `hidden`: columns that say nothing in these rows, and that the page leaves out.
    """

    key: str
    title: str
    rows: Sequence[Row]
    total: Row | None = None
    columns: Sequence[Column] | None = None
    in_page: bool = True
    hidden: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """One report of the pack: its name on the sheet, what it answers, and its sections. `legend`:
    lines above the table that the team knows; `empty`: what is said when there are no sections."""

    key: str
    name: str
    lead: str
    columns: Sequence[Column]
    sections: Sequence[Section]
    legend: Sequence[str] = ()
    empty: str = "Nothing to report this week."
    in_page: bool = True

    def section(self, key: str) -> Section | None:
        """The section of that key, if the report has it."""
        return next((section for section in self.sections if section.key == key), None)


def measure(name: str, header: str, kind: Kind, *, in_page: bool = True) -> list[Column]:
    """A measure and its change against the week before."""
    return [
        Column(name, header, kind, in_page),
        Column(name, "WoW", Kind.CHANGE, in_page),
    ]


def change(row: Row, name: str) -> Any:
    """The change of a measure against the week before, as a share; in words where there is none."""
    wow, status = row[f"{name}_wow"], row[f"{name}_wow_status"]
    return STATUS_WORDS[status] if wow is None else wow


def cell(row: Row, column: Column) -> Any:
    """What stands in a column of a row: a number, date or text; None where there is nothing, as in
    a column without a name, which is a gap."""
    if not column.name:
        return None
    if column.kind is Kind.CHANGE:
        return change(row, column.name)
    value = row[column.name]
    if column.kind is Kind.WEEK and isinstance(value, date):
        return week_label(value)
    return value


def week_label(day: date) -> str:
    """The ISO week of a date: `2025-W41`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def long_date(day: date) -> str:
    """`6 October 2025`, the same wherever it is made."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
