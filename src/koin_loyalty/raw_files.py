"""What DuckDB itself says badly of a raw file: it quotes a text that is not UTF-8, which may be
somebody's address, and of line ends of two kinds it says that a state machine is in no valid state.
So both are looked for before a file is read, and told by table, column and file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from koin_loyalty.project import Contract

#: Tables with contacts of members and what is known of their children. To read every text of the
#: others once more would take a build longer than it is worth.
CONTACT_TABLES = ("cohesive.tbl_member", "cohesive.tbl_member_child")
BLOCK = 1 << 24


def check_files(raw: Path, contract: dict[str, Contract]) -> None:
    """Raises ValueError in one line a file for texts of contacts that are not UTF-8 in Parquet, and
    for CSV files whose line ends differ."""
    problems = []
    for name, table in contract.items():
        stem = raw / table.schema / table.name
        if name in CONTACT_TABLES:
            for file in _files(stem, ".parquet"):
                if column := unreadable_text(file, table.columns):
                    problems.append(f"{name}.{column}: the text is not UTF-8 in {file}")
        for file in _files(stem, ".csv"):
            if has_both_line_ends(file):
                problems.append(
                    f"{name}: {file}: some lines end in LF, some in CR LF; files are read with one"
                )
    if problems:
        raise ValueError("\n  ".join(["The raw data do not fit the source contract:", *problems]))


def _files(stem: Path, suffix: str) -> Iterator[Path]:
    """The files of a table that have this suffix, whether they stand alone or in its folder."""
    for file in (stem.with_name(f"{stem.name}{suffix}"), *sorted(stem.glob(f"*{suffix}"))):
        if file.is_file():
            yield file


def unreadable_text(file: Path, columns: Iterable[str]) -> str | None:
    """The first of these columns of a Parquet file that holds a text that is not UTF-8. Other
    damage is none: what DuckDB says of it holds no cell."""
    with duckdb.connect() as db:
        relation = "read_parquet('" + str(file).replace("'", "''") + "')"
        try:
            described = db.execute(f"describe select * from {relation}").fetchall()  # noqa: S608
        except duckdb.Error:
            return None
        kinds = {row[0]: row[1] for row in described}
        texts = [name for name in columns if kinds.get(name) == "VARCHAR"]
        if not _is_not_utf_8(db, relation, texts):
            return None
        return next(name for name in texts if _is_not_utf_8(db, relation, [name]))


def _is_not_utf_8(db: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> bool:
    # Every text is read for its length; to count them none would be.
    lengths = ", ".join(f'max(strlen("{name}"))' for name in columns) or "1"
    try:
        db.execute(f"select {lengths} from {relation}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        return "not valid UTF8" in str(error)
    return False


def has_both_line_ends(file: Path) -> bool:
    """Whether rows of a CSV file end in LF and others in CR LF; within quotes both may stand."""
    feeds = returns = 0
    last = b""
    with file.open("rb") as content:
        while block := content.read(BLOCK):
            feeds += block.count(b"\n")
            returns += (last + block).count(b"\r\n")
            last = block[-1:]
        if not 0 < returns < feeds:
            return False
        content.seek(0)
        is_quoted = False
        found = set()
        for line in content:
            is_quoted ^= line.count(b'"') % 2 == 1
            if not is_quoted and line.endswith(b"\n"):
                found.add(line.endswith(b"\r\n"))
    return len(found) == 2
