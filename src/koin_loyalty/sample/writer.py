"""Writing tables: one file a table, or one file a shard in a folder a table."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from koin_loyalty.raw_folder import COMPLETE_JOURNEY_VARS, LISTS_FOLDER, VARS_FILE

#: Folders that a sample consists of, below the output folder.
FOLDERS = ("cohesive", "stamps", "truth")
PARTIAL = ".sample-in-progress"
ROW_GROUP = 250_000


@dataclass(frozen=True)
class TableWriter:
    """Writes the tables of one sample.

    Attributes:
        root: folder in progress; file_format: of the raw tables, `parquet` or `csv`.
        shards: number of shards; with one, each table is one file, else a folder of files.
    """

    root: Path
    file_format: str
    shards: int

    def raw(self, table: str, data: pa.Table, shard: int | None) -> None:
        """Write one shard (None: the whole table) of a raw table, `schema.table`."""
        self._write(self.root, table, data, shard, self.file_format)

    def truth(self, table: str, data: pa.Table, shard: int | None) -> None:
        """Write one shard (None: the whole table) of the clean truth of a table.

        The tables `planted.<name>` tell what was planted about members.
        """
        self._write(self.root / "truth", table, data, shard, "parquet")

    def _write(
        self, root: Path, table: str, data: pa.Table, shard: int | None, file_format: str
    ) -> None:
        schema, name = table.split(".")
        path = root / schema / f"{name}.{file_format}"
        if shard is not None and self.shards > 1:
            path = root / schema / name / f"part-{shard:05d}.{file_format}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if file_format == "csv":
            pacsv.write_csv(data, path)
        else:
            pq.write_table(
                data,
                path,
                compression="zstd",
                compression_level=1,
                row_group_size=ROW_GROUP,
                store_decimal_as_integer=True,
                write_statistics=True,
            )


def prepare_folder(out: Path) -> Path:
    """Folder in progress below `out`.

    Raises:
        ValueError: when `out` holds tables that no sample wrote, or is no folder.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is not a folder")
    is_sample = (out / "truth" / "planted.json").is_file() or _is_complete_journey(out)
    if not is_sample and any((out / name).exists() for name in FOLDERS):
        raise ValueError(f"{out} holds data that no sample wrote; choose another folder")
    partial = out / PARTIAL
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    return partial


def _is_complete_journey(out: Path) -> bool:
    """Whether `out` holds the mapped Complete Journey, told by its build variables."""
    path = out / VARS_FILE
    return path.is_file() and path.read_text(encoding="utf-8") == COMPLETE_JOURNEY_VARS


def publish_folder(out: Path) -> None:
    """Replace an earlier sample in `out` by the one in progress."""
    if _is_complete_journey(out):
        (out / VARS_FILE).unlink()
        shutil.rmtree(out / LISTS_FOLDER, ignore_errors=True)
    for name in FOLDERS:
        if (out / name).exists():
            shutil.rmtree(out / name)
    for name in FOLDERS:
        (out / PARTIAL / name).rename(out / name)
    (out / PARTIAL).rmdir()
