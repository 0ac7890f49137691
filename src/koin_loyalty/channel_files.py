"""The files of audiences: each channel's columns, and how CSV and XLSX are written safely.

A channel's file has the columns of its model `audience_export_<channel>` after the two keys, in
order, under the headers that the model's YAML gives them.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from koin_loyalty.project import project_root

EXPORTS = Path("models") / "marts" / "restricted" / "_audience_exports__models.yml"
CHANNELS = Path("seeds") / "reference" / "channels.csv"
MODEL_PREFIX = "audience_export_"
KEYS = ("request_id", "cust_id")
#: The split of a request without one: all its targets are in one file.
WHOLE = "ALL"
#: What kind of cell the channel's own contact is, by the consent that the channel needs.
CONTACT_OF_CONSENT = {"email": "email", "whatsapp": "phone"}

#: What a cell must look like from end to end, by what it holds. Ids, addresses and numbers are read
#: by machines, so none of them may look like a formula; a name may, and is made safe.
PATTERNS = {
    "member_id": "[A-Za-z0-9][!-~]*",
    "id": "[A-Za-z0-9][!-~]*",
    "email": (
        "[a-z0-9_%&!#$*/?^`{}~][a-z0-9_%+'&!#$*/=?^`{}~.-]{0,63}@([a-z0-9-]+[.])+[a-z][a-z0-9-]+"
    ),
    "phone": "628[0-9]{8,11}",
    "split": "[A-Za-z][A-Za-z_]*",
}
#: A cell of a workbook holds no more.
LONGEST_CELL = 32_767
#: Rows of a sheet below its header.
SHEET_ROWS = 1_048_575

# Parts of regular expressions, without escapes that only some engines know.
CONTROL = r"\x00-\x1f\x7f-\x9f"
#: Where a spreadsheet may see the beginning of a cell, though it stands within one: it may split
#: lines at another character than the comma (Indonesian settings: at the semicolon).
SEPARATORS = r";,|\t\r\n\v\f\x1c-\x1e\x85" + "\u2028\u2029"
#: What spreadsheets take for the beginning of a formula; wide forms are taken for narrow ones.
SIGNS = r"=+\-@" + "\uff1d\uff0b\uff0d\uff20"
#: What they do not see before it: quotes, blanks, control, zero-width and direction characters.
UNSEEN = (
    r"\x00-\x20\x7f-\xa0\xad\"'"
    + "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    + "\u3000\ufe00-\ufe0f\ufeff"
)
LIKE_A_FORMULA = f"(^|[{SEPARATORS}])[{UNSEEN}]*[{SIGNS}]"
FORMULA = re.compile(f"(^|[{SEPARATORS}])(?=[{UNSEEN}]*[{SIGNS}])")
SAFE_FORMULA = re.compile(f"(^|[{SEPARATORS}])'(?=[{UNSEEN}]*[{SIGNS}])")


@dataclass(frozen=True)
class Column:
    """A column of a file: where it comes from, its header, and what its cells hold."""

    name: str
    header: str
    holds: str


@dataclass(frozen=True)
class ChannelFile:
    """The contract of a channel's files. `contact`: the column that messages go to, if any."""

    channel: str
    columns: tuple[Column, ...]
    contact: Column | None

    @property
    def model(self) -> str:
        """The model that holds the rows."""
        return MODEL_PREFIX + self.channel.lower()

    @property
    def headers(self) -> list[str]:
        """The header line."""
        return [column.header for column in self.columns]


@cache
def _channel_files(root: Path) -> dict[str, ChannelFile]:
    with (root / CHANNELS).open(newline="", encoding="utf-8") as file:
        consents = {row["channel"]: row["consent"] for row in csv.DictReader(file)}
    found = {}
    for model in yaml.safe_load((root / EXPORTS).read_text(encoding="utf-8"))["models"]:
        channel = str(model["name"]).removeprefix(MODEL_PREFIX).upper()
        columns = tuple(
            Column(column["name"], **column["config"]["meta"])
            for column in model["columns"]
            if column["name"] not in KEYS
        )
        kind = CONTACT_OF_CONSENT.get(consents.get(channel, ""))
        contact = next((column for column in columns if column.holds == kind), None)
        found[channel] = ChannelFile(channel, columns, contact)
    return found


def channel_files(root: Path | None = None) -> dict[str, ChannelFile]:
    """The contract of each channel's files, by channel."""
    return dict(_channel_files(root or project_root()))


def safe_in_csv(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before a sign that could
    begin one, at the start of the cell and after each character that could start a new one.

    Anything else stays as it is; `as_delivered` takes the apostrophes away again.
    """
    return FORMULA.sub(r"\1'", cell)


def as_delivered(cell: str) -> str:
    """The text that `safe_in_csv` was given."""
    return SAFE_FORMULA.sub(r"\1", cell)


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 without byte order mark, every cell in quotes (RFC 4180), formulas made safe; a file
    that only its owner reads. Raises FileExistsError rather than write over one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(headers)
        writer.writerows([safe_in_csv(cell) for cell in row] for row in rows)


def write_xlsx(
    path: Path, headers: Sequence[str], rows: Sequence[Sequence[str]], made_at: datetime
) -> None:
    """A workbook of text cells: leading zeros and long ids stay, and nothing is a formula or a
    link. `made_at` goes into its properties, so that the same rows give the same bytes. More rows
    than a sheet holds go on in further sheets. Raises FileExistsError rather than write over one.
    """
    import xlsxwriter

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    # Its own temporary files hold contacts too, so they stay in the folder of the file.
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with open(descriptor, "wb") as file, xlsxwriter.Workbook(file, options) as workbook:
        workbook.set_properties({"created": made_at})
        text = workbook.add_format({"num_format": "@"})
        header = workbook.add_format({"num_format": "@", "bold": True})
        for first in range(0, len(rows) or 1, SHEET_ROWS):
            number = first // SHEET_ROWS
            sheet = workbook.add_worksheet("Audience" if number == 0 else f"Audience {number + 1}")
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(headers) - 1, 22, text)
            for place, name in enumerate(headers):
                sheet.write_string(0, place, name, header)
            for line, row in enumerate(rows[first : first + SHEET_ROWS], start=1):
                for place, cell in enumerate(row):
                    if sheet.write_string(line, place, cell, text) != 0:
                        raise ValueError(f"{path.name}: a cell is too long for a workbook")
