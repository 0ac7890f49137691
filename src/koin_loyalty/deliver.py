"""`koin deliver`: checks the files of an audience, freezes it, and puts the files in place.

In this order, so that nothing half done is left: the rows are read and validated against the
channel's contract; the files are written to a folder beside the final one; the macro
deliver_audience freezes the audience; the folder takes its place. Whatever stops in between is
mended by calling again: a frozen audience gets the files of its frozen members anew, with the
contacts of today.

Contact data are in the files alone. No message, log or exception of this module holds any.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from koin_loyalty import postgres
from koin_loyalty.build import ensure_profile
from koin_loyalty.channel_files import (
    CONTROL,
    LIKE_A_FORMULA,
    LONGEST_CELL,
    PATTERNS,
    WHOLE,
    ChannelFile,
    channel_files,
    write_csv,
    write_xlsx,
)
from koin_loyalty.project import WIB, project_root
from koin_loyalty.targets import Target, find_target, reading, release_file

if TYPE_CHECKING:
    from koin_loyalty.expectations import Checks, Failure

REQUESTS = Path("seeds") / "requests" / "segment_requests.csv"
Cells = tuple[str | None, ...]


@dataclass(frozen=True, order=True)
class BadRow:
    """A row that its channel's contract refuses. `member`: cust_id; empty when the file as a whole
    is meant. `problem` holds no contact data."""

    file: str
    member: str
    column: str
    problem: str


class FilesRefusedError(RuntimeError):
    """Files that do not keep their channel's contract: nothing was written, nothing frozen."""

    def __init__(self, request_id: str, rows: Sequence[BadRow]) -> None:
        super().__init__(
            f"Request {request_id} was not delivered: {len(rows)} "
            f"{'problem' if len(rows) == 1 else 'problems'} in its files"
        )
        self.rows = tuple(rows)


@dataclass(frozen=True)
class Audience:
    """What a file is made of. `rows`: by member in the order of rank the split and the cells of the
    channel's columns. `targets`: members by split as decided; more than `rows` where members of a
    frozen audience were erased or lost a contact."""

    request_id: str
    manifest: dict[str, Any]
    funnel: list[dict[str, Any]]
    is_frozen: bool
    targets: dict[str, int]
    rows: dict[str, tuple[str, Cells]] = field(repr=False)
    strays: tuple[BadRow, ...] = ()

    @property
    def splits(self) -> list[str]:
        """The files that the audience has: a split that nobody is in has none."""
        return sorted({split for split, _ in self.rows.values()})

    def of_split(self, split: str) -> dict[str, Cells]:
        """Cells by member of one file."""
        return {member: cells for member, (own, cells) in self.rows.items() if own == split}


@dataclass(frozen=True)
class Delivery:
    """What `deliver` did: what to say, the folder, rows by file, and targets who are in no file
    any more."""

    said: str
    folder: Path
    files: dict[str, int]
    left_count: int
    usable_until: datetime


def deliver(
    request_id: str,
    target: str | None = None,
    *,
    out: Path = Path("output"),
    now: datetime | None = None,
    checks: Checks | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Delivery:
    """Write the files of a request's audience to `<out>/audiences/<request>/`, and freeze it.

    `target`: dbt target, by default that of the profile. `now`: the present in WIB, without zone,
    by default that of the clock: a delivery is an act, and consents run out. `checks`: validations
    to go on with. `progress` is told what begins.

    A request that was delivered before gets its files again. Raises FilesRefusedError with the rows
    that do not keep the channel's contract; RuntimeError or ValueError with the reason when the
    request cannot be delivered. Then nothing was written and nothing frozen, unless it says so.
    """
    out = out.resolve()
    root = project_root()
    os.chdir(root)
    ensure_profile(root)
    where = find_target(target, root)
    refuse_no_text(request_id)
    progress("Reading the audience")
    contracts = channel_files(root)
    audience = read_audience(request_id, where, contracts)
    refuse_if_over(audience, now or datetime.now(WIB).replace(tzinfo=None))
    contract = contracts[audience.manifest["channel"]]
    progress("Checking the files")
    bad_rows = [*audience.strays, *find_bad_rows(audience, contract, checks)]
    if bad_rows:
        raise FilesRefusedError(request_id, sorted(bad_rows))
    with _place(out / "audiences", file_stem(request_id)) as (made_in, folder):
        progress("Writing the files")
        files = write_files(audience, contract, made_in)
        if audience.is_frozen:
            said = f"{request_id} was delivered before: its files are written again"
        else:
            progress("Freezing the audience")
            said = freeze(request_id, target, audience.manifest["content_hash"])
        try:
            _swap(made_in, folder)
        except OSError as error:
            raise RuntimeError(
                f"{request_id} is delivered, but its files are not in place ({error.strerror}): "
                "deliver it again"
            ) from None
    left_count = sum(audience.targets.values()) - len(audience.rows)
    return Delivery(said, folder, files, left_count, audience.manifest["usable_until"])


def read_audience(request_id: str, target: Target, contracts: dict[str, ChannelFile]) -> Audience:
    """The audience of a request as readers see it. Raises RuntimeError when there is none that can
    be delivered, or the user may not read it."""
    audiences, restricted = target.schema("audiences"), target.schema("restricted")
    with reading(target) as db, _errors_in_one_line(target):
        try:
            frozen = _rows(db, f"{audiences}.audience_delivery_manifests", request_id)
            built = _rows(db, f"{audiences}.audience_manifest", request_id)
        except duckdb.CatalogException:
            raise RuntimeError("Nothing was built yet: run dbt build first") from None
        if not frozen:
            refuse_if_not_built(request_id, built[0] if built else None, target.root)
        manifest = (frozen or built)[0]
        contract = contracts.get(manifest["channel"])
        if contract is None:
            raise RuntimeError(
                f"Request {request_id} cannot be delivered: channel {manifest['channel']} has no "
                "files"
            )
        decided = "audience_deliveries" if frozen else "audience_decisions"
        members = db.execute(
            f"select cust_id, split_value from {audiences}.{decided}"  # noqa: S608
            " where request_id = ? and outcome = 'target' order by audience_rank",
            [request_id],
        ).fetchall()
        if len(members) != manifest["target_count"]:
            raise RuntimeError(
                f"The last build did not end: the manifest of {request_id} has "
                f"{manifest['target_count']} targets, its decisions {len(members)}. "
                "Run dbt build again"
            )
        names = ", ".join(f'"{column.name}"' for column in contract.columns)
        found = db.execute(
            f"select cust_id, {names} from {restricted}.{contract.model}"  # noqa: S608
            " where request_id = ?",
            [request_id],
        ).fetchall()
        funnel = _rows(db, f"{audiences}.audience_funnel", request_id, "gate_order")
    return _audience(request_id, manifest, funnel, bool(frozen), members, found)


@contextmanager
def _errors_in_one_line(target: Target) -> Iterator[None]:
    """Raises RuntimeError in place of DuckDB's error where the user lacks a right, or the marts a
    table or column, because an older version of the project built them."""
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise RuntimeError(
            f"The marts are of another version of the project ({postgres.one_line(error)}): "
            "run dbt build, then deliver it"
        ) from None
    except duckdb.Error as error:
        refused = postgres.refused(error, "koin deliver", "pipeline", target.server or {})
        if refused is None:
            raise
        raise RuntimeError(refused) from None


def _rows(
    db: duckdb.DuckDBPyConnection, table: str, request_id: str, order: str = "request_id"
) -> list[dict[str, Any]]:
    found = db.execute(
        f"select * from {table} where request_id = ? order by {order}",  # noqa: S608
        [request_id],
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _audience(
    request_id: str,
    manifest: dict[str, Any],
    funnel: list[dict[str, Any]],
    is_frozen: bool,
    members: Sequence[tuple[str, str]],
    found: Sequence[tuple[str | None, ...]],
) -> Audience:
    """Members joined with their cells; who is on one side alone is a stray."""
    splits = dict(members)
    targets: dict[str, int] = {}
    for split in splits.values():
        targets[split] = targets.get(split, 0) + 1
    cells: dict[str, Cells] = {}
    strays = []
    for cust_id, *values in found:
        member = str(cust_id)
        if member not in splits:
            strays.append(BadRow("", member, "", "is in the export, but no target"))
        elif member in cells:
            strays.append(BadRow("", member, "", "is in the export twice"))
        cells[member] = tuple(values)
    if not is_frozen:
        strays += [
            BadRow("", member, "", "is a target, but not in the export: run dbt build again")
            for member in splits
            if member not in cells
        ]
    rows = {member: (split, cells[member]) for member, split in members if member in cells}
    return Audience(request_id, manifest, funnel, is_frozen, targets, rows, tuple(strays))


def refuse_no_text(request_id: str) -> None:
    """Raises RuntimeError for an id that no seed can hold: bytes that are no text in the locale."""
    shown = request_id.encode(errors="backslashreplace").decode()
    if shown != request_id:
        raise RuntimeError(f"No request {shown} was built: it is no row of {REQUESTS.name}")


def refuse_if_not_built(request_id: str, manifest: dict[str, Any] | None, root: Path) -> None:
    """Raises RuntimeError unless a request that was not delivered yet can be."""
    status = status_in_seed(request_id, root)
    if status in ("draft", "cancelled"):
        raise RuntimeError(
            f"Request {request_id} cannot be delivered: it is {status} in {REQUESTS.name}"
        )
    if manifest is None:
        hint = (
            f"it is no row of {REQUESTS.name}"
            if status is None
            else "run dbt build, then deliver it"
        )
        raise RuntimeError(f"No request {request_id} was built: {hint}")
    if manifest["status_reason"]:
        raise RuntimeError(f"Request {request_id} cannot be delivered: {manifest['status_reason']}")


def status_in_seed(request_id: str, root: Path) -> str | None:
    """The status of a request in the seed as it stands now; none without a row."""
    file = root / REQUESTS
    if not file.is_file():
        return None
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if (row.get("request_id") or "").strip() == request_id:
                return (row.get("status") or "").strip().lower()
    return None


def refuse_if_over(audience: Audience, now: datetime) -> None:
    """Raises RuntimeError when the consents that the audience stands on are too old by `now`."""
    until = audience.manifest["usable_until"]
    if until is None:
        raise RuntimeError(
            f"Request {audience.request_id} cannot be delivered: it is not known when its members "
            "were loaded"
        )
    loaded = audience.manifest["last_loaded_at"]
    if loaded > now + timedelta(days=1):
        raise RuntimeError(
            f"Request {audience.request_id} cannot be delivered: its data say that they were "
            f"loaded at {loaded:%Y-%m-%d %H:%M} WIB, and it is {now:%Y-%m-%d %H:%M}, so nobody "
            "knows how old its consents are"
        )
    if now > until:
        remedy = (
            "a new request is needed"
            if audience.is_frozen
            else "load the members anew, and run dbt build"
        )
        raise RuntimeError(
            f"Request {audience.request_id} cannot be delivered: its consents may be used until "
            f"{until:%Y-%m-%d %H:%M} WIB, and it is {now:%Y-%m-%d %H:%M}: {remedy}"
        )


def find_bad_rows(
    audience: Audience, contract: ChannelFile, checks: Checks | None = None
) -> list[BadRow]:
    """Validates each file of an audience against its channel's contract."""
    if not audience.splits:
        return []
    import pandas as pd

    from koin_loyalty.expectations import Checks

    checks = checks or Checks()
    bad_rows = []
    for split in audience.splits:
        own = audience.of_split(split)
        frame = pd.DataFrame(
            list(own.values()), columns=contract.headers, index=list(own), dtype=object
        )
        expected = expectations(contract, split, audience.targets[split], audience.is_frozen)
        name = _file_name(audience.request_id, contract, split)
        for failure in checks.failures(name, frame, expected):
            bad_rows += _as_bad_rows(name, failure)
    return bad_rows


def expectations(
    contract: ChannelFile, split: str, target_count: int, is_frozen: bool
) -> list[Any]:
    """The suite of one file. Of a frozen audience members may have left it, and two of them may
    have come to share a contact."""
    from koin_loyalty.expectations import library

    gx = library().expectations
    suite = [
        gx.ExpectTableColumnsToMatchOrderedList(
            column_list=contract.headers, meta={"why": "has other columns than the channel's"}
        ),
        gx.ExpectTableRowCountToBeBetween(
            min_value=1 if is_frozen else target_count,
            max_value=target_count,
            meta={"why": f"should have {target_count} rows, as the manifest says"},
        ),
    ]
    for column in contract.columns:
        header = column.header

        def expect(kind: Any, why: str, header: str = header, **values: Any) -> None:
            suite.append(kind(column=header, meta={"why": why}, **values))

        expect(gx.ExpectColumnValuesToNotBeNull, "is empty")
        expect(
            gx.ExpectColumnValueLengthsToBeBetween,
            f"is blank, or longer than {LONGEST_CELL:,} characters",
            min_value=1,
            max_value=LONGEST_CELL,
        )
        if column.holds == "name":
            expect(gx.ExpectColumnValuesToMatchRegex, "is blank", regex=r"[^\s]")
        else:
            pattern = f"^({PATTERNS[column.holds]})$"
            expect(gx.ExpectColumnValuesToMatchRegex, f"is no valid {header}", regex=pattern)
            expect(
                gx.ExpectColumnValuesToNotMatchRegexList,
                "could be taken for a formula, or holds control characters",
                regex_list=[LIKE_A_FORMULA, f"[{CONTROL}]"],
            )
        if column.holds == "split":
            expect(gx.ExpectColumnValuesToBeInSet, "is another split", value_set=[split])
        if column.holds == "member_id" or (column == contract.contact and not is_frozen):
            expect(gx.ExpectColumnValuesToBeUnique, "stands in several rows")
    return suite


def _as_bad_rows(file: str, failure: Failure) -> list[BadRow]:
    why = failure.expectation.meta["why"]
    column = failure.expectation.kwargs.get("column", "")
    if failure.rows:
        return [BadRow(file, member, column, why) for member in failure.rows]
    found = failure.observed if isinstance(failure.observed, int) else None
    return [BadRow(file, "", column, why + ("" if found is None else f", has {found}"))]


def file_stem(text: str) -> str:
    """A request id (or a split) as part of a file name: the same text, unless it has other
    characters than letters, digits, `.`, `_` and `-`, or could be a hidden or parent folder."""
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", text)[:100]
    if stem == text and re.match("[A-Za-z0-9]", stem):
        return stem
    return f"x{stem.lstrip('.')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _file_name(request_id: str, contract: ChannelFile, split: str) -> str:
    parts = [request_id, contract.channel, *([] if split == WHOLE else [split])]
    return "_".join(file_stem(part) for part in parts)


def write_files(audience: Audience, contract: ChannelFile, folder: Path) -> dict[str, int]:
    """Writes CSV and XLSX of each split, the manifest and the funnel; rows by file name."""
    made_at = audience.manifest["last_loaded_at"]
    rows_by_file: dict[str, int] = {}
    listed = []
    for split in audience.splits:
        # Validated: no cell is empty.
        rows = [[str(cell) for cell in cells] for cells in audience.of_split(split).values()]
        name = _file_name(audience.request_id, contract, split)
        write_csv(folder / f"{name}.csv", contract.headers, rows)
        write_xlsx(folder / f"{name}.xlsx", contract.headers, rows, made_at)
        for file in (f"{name}.csv", f"{name}.xlsx"):
            rows_by_file[file] = len(rows)
            with (folder / file).open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            listed.append({"file": file, "split": split, "rows": len(rows), "sha256": digest})
    stem = file_stem(audience.request_id)
    manifest = {
        **audience.manifest,
        "status": "delivered",
        "status_reason": None,
        "left_since_delivery": sum(audience.targets.values()) - len(audience.rows),
        "columns": contract.headers,
        "files": listed,
    }
    text = json.dumps(manifest, default=_iso, ensure_ascii=False, indent=2) + "\n"
    _write_private(folder / f"{stem}_manifest.json", text)
    _write_private(folder / f"{stem}_manifest.txt", manifest_in_words(manifest))
    gates = [[str(value) for value in gate.values()][1:] for gate in audience.funnel]
    headers = list(audience.funnel[0])[1:] if audience.funnel else ["gate"]
    write_csv(folder / f"{stem}_funnel.csv", headers, gates)
    return rows_by_file


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def manifest_in_words(manifest: dict[str, Any]) -> str:
    """The manifest for a reader."""
    files = [f"  {file['file']}: {file['rows']:,} rows" for file in manifest["files"]] or [
        "  none: nobody is in the audience"
    ]
    sees = f"{manifest['data_starts_on'] or 'the beginning'} to {manifest['data_ends_on']}"
    members_as_of = manifest["as_of_date"]
    lines = [
        f"Request {manifest['request_id']}: {manifest['segment_name']}",
        f"Campaign: {manifest['campaign_name']} ({manifest['campaign_code']}), "
        f"{manifest['bu_code']}, by {manifest['channel']}, "
        f"{manifest['send_starts_on']} to {manifest['send_ends_on']}",
        f"Who: {manifest['definition']}",
        f"Data: {sees}, as of {manifest['data_as_of']}",
        *([f"Tier, koin, places, consent: as of {members_as_of}"] if members_as_of else []),
        f"Funnel: {manifest['funnel_in_words']}",
        f"Use until: {manifest['usable_until']:%Y-%m-%d %H:%M} WIB",
        f"Targets who left since the delivery: {manifest['left_since_delivery']:,}",
        "Files:",
        *files,
    ]
    return "\n".join(lines) + "\n"


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def _place(parent: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """A new folder to write in, and the folder that it is to become; only their owner may look in.

    One delivery at a time writes to `parent`. What a delivery of this name that was killed left
    behind goes.
    """
    parent.mkdir(parents=True, exist_ok=True)
    parent.chmod(0o700)
    holder = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        for rest in parent.glob(f".{name}~*"):
            shutil.rmtree(rest)
        made_in = Path(tempfile.mkdtemp(prefix=f".{name}~", dir=parent))
        try:
            yield made_in, parent / name
        finally:
            shutil.rmtree(made_in, ignore_errors=True)
    finally:
        os.close(holder)


def _swap(made_in: Path, folder: Path) -> None:
    """Puts a whole folder in the place of the one that was there, if any."""
    for file in made_in.iterdir():
        with file.open("rb") as content:
            os.fsync(content.fileno())
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}~", dir=folder.parent))
        folder.rename(old / "old")
        made_in.rename(folder)
        shutil.rmtree(old)
    else:
        made_in.rename(folder)


def freeze(request_id: str, target: str | None = None, content_hash: str | None = None) -> str:
    """Freeze the audience of a request as the last build left it, without files.

    `content_hash`: that of the manifest that was looked at; another one is refused. The answer says
    how many members were delivered. Raises RuntimeError with the reason when the request cannot be
    frozen: it was before, was not built, cannot be built on this target, has nobody left, or the
    user may not write state.
    """
    from dbt.cli.main import dbtRunner

    root = project_root()
    os.chdir(root)
    ensure_profile(root)
    said: list[str] = []
    errors: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogInfo":
            said.append(event.data.msg)
        elif event.info.level == "error":
            errors.append(event.info.msg)

    arguments = json.dumps({"request_id": request_id, "content_hash": content_hash})
    options = ["--target", target] if target else []
    try:
        done = dbtRunner(callbacks=[listen]).invoke(
            [
                "--quiet",
                "--log-level",
                "none",
                "run-operation",
                "deliver_audience",
                "--args",
                arguments,
                *options,
            ]
        )
    finally:
        release_file()
    if not done.success:
        why = reason("\n".join(errors) or str(done.exception))
        server = find_target(target, root).server or {}
        raise RuntimeError(postgres.refused(why, "koin deliver", "pipeline", server) or why)
    return said[-1]


def reason(message: str) -> str:
    """What is wrong, of a dbt error: the line below the one that says where."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else message
