"""One build at a time: a lock on a DuckDB file, or an advisory lock in PostgreSQL.

The operating system and the server give a lock back when its process ends, however it ends, so a
killed build leaves none. A second build is refused with what runs, and since when.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    from psycopg2.extensions import connection

#: First key of the advisory lock; macros/cross_db/code_version.sql looks for it. The second is the
#: hash of the prefix of the schemas, so that a developer's build waits for no other.
LOCK_CLASS = 1802463598
APPLICATION_NAME_LENGTH = 63
TIME = "%Y-%m-%d %H:%M:%S UTC"

_files: dict[Path, IO[str]] = {}
_sessions: list[connection] = []


def lock_file(database: Path) -> Path:
    """The lock of a DuckDB file: `koin_loyalty.duckdb.lock` beside it."""
    return database.with_name(f"{database.name}.lock")


def take_file_lock(database: Path, what: str) -> None:
    """Takes the lock of a DuckDB file until `release` or the end of the process.

    `what`: the command, for others to read. Raises RuntimeError when another process has it.
    """
    path = lock_file(database).resolve()
    if path in _files:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        runs = _in_words(file.read())
        file.close()
        raise RuntimeError(
            f"Another command works on {database}: {runs}. Readers keep the marts as they are; "
            "try again when it has ended"
        ) from None
    file.truncate(0)
    since = datetime.now(UTC).strftime(TIME)
    file.write(json.dumps({"what": what, "since": since, "process": os.getpid()}))
    file.flush()
    _files[path] = file


def _in_words(holder: str) -> str:
    try:
        return "{what} since {since}, process {process}".format(**json.loads(holder))
    except (ValueError, KeyError):
        return "it has just begun"


def take_database_lock(settings: str, password: str | None, prefix: str, what: str) -> None:
    """Takes the lock of a PostgreSQL database until `release` or the end of the process.

    `settings`: a libpq connection string. `prefix`: that of the target's schemas, empty in
    production. `what`: the command. Raises RuntimeError when another build has the lock, or the
    server cannot be reached.
    """
    name = f"koin {what}"[:APPLICATION_NAME_LENGTH]
    extra = {"password": password} if password else {}
    try:
        session = psycopg2.connect(settings, application_name=name, **extra)
    except psycopg2.OperationalError as error:
        raise RuntimeError(f"cannot reach PostgreSQL: {' '.join(str(error).split())}") from None
    session.autocommit = True
    with session.cursor() as cursor:
        # A session that only holds a lock is idle by design; older servers do not know the setting.
        with suppress(psycopg2.Error):
            cursor.execute("set idle_session_timeout = 0")
        cursor.execute(
            "select pg_try_advisory_lock(%s, hashtext(%s)), hashtext(%s)::oid::bigint",
            (LOCK_CLASS, prefix, prefix),
        )
        is_taken, key = cursor.fetchone()
        if is_taken:
            _sessions.append(session)
            return
        cursor.execute(
            """
            select application_name, backend_start at time zone 'UTC', host(client_addr)
            from pg_stat_activity
            inner join pg_locks on pg_stat_activity.pid = pg_locks.pid
            where
                pg_locks.locktype = 'advisory'
                and pg_locks.granted
                and pg_locks.classid = %s
                and pg_locks.objid = %s
            """,
            (LOCK_CLASS, key),
        )
        holder = cursor.fetchone()
    session.close()
    runs = "it has just ended"
    if holder:
        command, since, host = holder
        runs = (command or "a build of another role").removeprefix("koin ")
        runs += f" since {since.strftime(TIME)}" if since else ""
        runs += f" from {host}" if host else ""
    raise RuntimeError(
        f"Another build works on this PostgreSQL database: {runs}. Readers keep the marts as they "
        "are; try again when it has ended"
    )


def release() -> None:
    """Gives every lock of this process back."""
    while _sessions:
        with suppress(psycopg2.Error):
            _sessions.pop().close()
    while _files:
        _files.popitem()[1].close()
