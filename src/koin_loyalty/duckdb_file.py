"""The DuckDB file of the marts: built beside, and put in the old one's place when it is whole.

`Plugin` is a plugin of dbt-duckdb, named in the profile. A command works on a file of its own, the
work file, that begins as a copy of what readers have. A build without failures is closed and takes
the readers' file's place by a rename, which is one step for whoever opens it; who has the old file
open keeps it until they close it. Nothing else ever writes to the readers' file.
"""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection
from duckdb.sqltypes import VARCHAR

from koin_loyalty import build_lock, dbt_command

#: Commands that begin with what readers have, whatever an earlier command left in the work file.
FRESH = ("build", "run-operation")
#: Commands that build, or go on with what a command without tests has built.
KEEPING = (*FRESH, "run", "seed", "snapshot", "clone", "test")


def wal_of(file: Path) -> Path:
    """DuckDB's log beside a file: changes that are not in the file yet."""
    return file.with_name(f"{file.name}.wal")


def remove(file: Path) -> None:
    """Removes a database with its log."""
    file.unlink(missing_ok=True)
    wal_of(file).unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Copies a database, its log included; `target` is there only when all of it is.
    Raises RuntimeError in one line when there is no room."""
    part = target.with_name(f"{target.name}.part")
    remove(target)
    try:
        if wal_of(source).exists():
            shutil.copyfile(wal_of(source), wal_of(target))
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        remove(target)
        raise RuntimeError(f"cannot copy {source} to {target}: {error.strerror}") from None


def publish(file: Path, readers: Path) -> None:
    """Puts a closed database in the place of the readers' file, so that it also survives a power
    cut. Raises RuntimeError when it was not closed."""
    if wal_of(file).exists():
        raise RuntimeError(f"{file} is still open, so it is not published")
    if readers.exists():
        shutil.copymode(readers, file)
    sync(file)
    # A log of the old file would be taken for one of the new file.
    wal_of(readers).unlink(missing_ok=True)
    file.replace(readers)
    sync(readers.parent)


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Plugin(BasePlugin):
    """Prepares the work file of a command, and gives the macros what they need to publish it.

    Configuration: `readers_file`, the file that readers open; without it the target publishes to an
    attached PostgreSQL, and the work file stays.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Takes the lock, and brings the work file to what the command begins with.
        Raises RuntimeError when another command has the lock."""
        self.work = Path(self.creds.path)
        readers = plugin_config.get("readers_file")
        self.readers = Path(readers) if readers else None
        if self.creds.path == ":memory:":
            return
        command = dbt_command.name()
        if self.readers == self.work:
            raise RuntimeError(f"the name of the DuckDB file must end in .duckdb: {self.work}")
        build_lock.take_file_lock(self.readers or self.work, f"dbt {command}")
        if self.readers is None:
            if command in dbt_command.WRITING:
                dbt_command.lock_database(dbt_command.target())
            return
        if command in FRESH or not self.work.exists():
            remove(self.work)
            if self.readers.exists():
                copy(self.readers, self.work)
            if command not in KEEPING:
                atexit.register(remove, self.work)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Makes the functions that the macros call."""

        def make(name: str, function: Any, parameters: list[Any]) -> None:
            conn.create_function(name, function, parameters, VARCHAR, side_effects=True)

        make("koin_code_version", lambda: dbt_command.code_version(), [])
        make("koin_code_fingerprint", lambda: dbt_command.code_fingerprint(), [])
        if self.readers is not None and self.creds.path != ":memory:":
            make("koin_work_file", lambda: str(self.work), [])
            make("koin_copy_of_readers_file", self.copy_of_readers_file, [])
            make("koin_publish", self.publish, [VARCHAR])

    def copy_of_readers_file(self) -> str:
        """A copy of what readers have (an empty place when there is nothing), to add to."""
        readers = self._readers()
        target = readers.with_name(f"{readers.stem}.ledger{readers.suffix}")
        remove(target)
        if readers.exists():
            copy(readers, target)
        return str(target)

    def publish(self, file: str) -> str:
        """Puts a file in the place of the readers' file."""
        publish(Path(file), self._readers())
        return str(self.readers)

    def _readers(self) -> Path:
        assert self.readers is not None  # noqa: S101
        return self.readers
