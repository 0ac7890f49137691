"""The DuckDB file that readers open is replaced as a whole, or stays as it is."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from engines import Build

from koin_loyalty import duckdb_file

#: Segments of text that are compressed in some way, by column; what is empty or null is Constant.
COMPRESSED_TEXT = """
select distinct column_name
from pragma_storage_info('{table}')
where segment_type = 'VARCHAR' and compression not in ('Uncompressed', 'Constant')
"""


def make(file: Path, value: int) -> Path:
    """A database that holds one value."""
    with duckdb.connect(str(file)) as db:
        db.execute(f"create table t as select {value} as value")
    return file


def value_in(file: Path) -> int:
    with duckdb.connect(str(file), read_only=True) as db:
        return db.execute("select value from t").fetchall()[0][0]


def test_published_file_takes_the_old_ones_place_and_mode(tmp_path: Path) -> None:
    readers = make(tmp_path / "marts.duckdb", 1)
    readers.chmod(0o640)
    # As a process leaves it that died with the file open: it belongs to the old file.
    duckdb_file.wal_of(readers).write_bytes(b"a log of the old file")
    duckdb_file.publish(make(tmp_path / "marts.next.duckdb", 2), readers)
    assert value_in(readers) == 2
    assert readers.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["marts.duckdb"]


@pytest.mark.parametrize("access", ["read_only=True", "read_only=False"])
def test_an_open_file_stands_in_nobodys_way(tmp_path: Path, access: str) -> None:
    """Who has the file open keeps what it was; who opens it later sees the new one."""
    readers = make(tmp_path / "marts.duckdb", 1)
    script = (
        "import duckdb, sys\n"
        f"db = duckdb.connect(sys.argv[1], {access})\n"
        "for _ in sys.stdin:\n"
        "    print(db.execute('select value from t').fetchall()[0][0], flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(readers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as early:

        def ask() -> str:
            early.stdin.write("\n")
            early.stdin.flush()
            return early.stdout.readline().strip()

        assert ask() == "1"
        duckdb_file.copy(readers, tmp_path / "marts.next.duckdb")
        with duckdb.connect(str(tmp_path / "marts.next.duckdb")) as db:
            db.execute("update t set value = 2")
        duckdb_file.publish(tmp_path / "marts.next.duckdb", readers)
        assert ask() == "1"
        assert value_in(readers) == 2
        early.communicate()
    assert value_in(readers) == 2


def test_open_file_is_not_published(tmp_path: Path) -> None:
    readers = make(tmp_path / "marts.duckdb", 1)
    work = tmp_path / "marts.next.duckdb"
    with duckdb.connect(str(work)) as db:
        db.execute("create table t as select 2 as value")
        assert duckdb_file.wal_of(work).exists()
        with pytest.raises(RuntimeError, match="still open"):
            duckdb_file.publish(work, readers)
    assert value_in(readers) == 1


def test_copy_takes_what_is_in_the_log_along(tmp_path: Path) -> None:
    readers = tmp_path / "marts.duckdb"
    script = (
        "import duckdb, os, sys\n"
        "db = duckdb.connect(sys.argv[1])\n"
        "db.execute('create table t as select 3 as value')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(readers)], check=True)
    assert duckdb_file.wal_of(readers).exists()
    duckdb_file.copy(readers, tmp_path / "marts.next.duckdb")
    assert value_in(tmp_path / "marts.next.duckdb") == 3


def test_copy_without_room_leaves_nothing(tmp_path: Path) -> None:
    readers = make(tmp_path / "marts.duckdb", 1)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from koin_loyalty import duckdb_file\n"
        "duckdb_file.copy(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    half = readers.stat().st_size // 2
    done = subprocess.run(
        [sys.executable, "-c", script, str(readers), str(tmp_path / "marts.next.duckdb")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (half, half)),
    )
    assert "RuntimeError: cannot copy" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["marts.duckdb"]


def test_identifiers_are_stored_as_they_are(duckdb_build: Build) -> None:
    """In tables with a contract and without; each name is of a column. Codes are compressed."""
    macro = duckdb_build.manifest["macros"]["macro.koin_loyalty.uncompressed_columns"]["macro_sql"]
    identifiers = set(re.findall(r"'(\w+)'", macro))
    columns = {
        column
        for node in duckdb_build.manifest["nodes"].values()
        if node["resource_type"] == "model"
        for column in node["columns"]
    }
    assert identifiers
    assert identifiers <= columns
    with duckdb.connect(duckdb_build.env["LOYALTY_DUCKDB_PATH"], read_only=True) as db:
        for table in ("core.fct_koin_entries", "intermediate.int_koin__positions"):
            found = {name for (name,) in db.execute(COMPRESSED_TEXT.format(table=table)).fetchall()}
            assert "entry_type" in found
            assert not found & identifiers, table
