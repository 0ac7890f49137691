"""dbt's command line in a run of tests: a project that one process has parsed, others do not again.

The first that asks for a project, target, set of variables and database leaves what dbt keeps of it
(partial_parse.msgpack) in the folder KOIN_PARSED_PROJECTS; the next begin with that, and dbt looks
which files of the project changed since. That paths in the profile are others does not matter then.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

from dbt.cli.main import cli
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader

#: What names the database, which a parsed project holds: that of a file follows from its name.
DATABASES = ("LOYALTY_DUCKDB_PATH", "LOYALTY_WORK_DUCKDB_PATH", "PGDATABASE")

is_partial_parsable = ManifestLoader.is_partial_parsable


def is_parsable_with_any_profile(
    loader: ManifestLoader, manifest: Manifest
) -> tuple[bool, str | None]:
    """dbt's own answer, as if the values of the profile were the same."""
    manifest.state_check.profile_hash = loader.manifest.state_check.profile_hash
    return is_partial_parsable(loader, manifest)


def value_of(option: str) -> str:
    """What follows an option on the command line; empty without it."""
    return sys.argv[sys.argv.index(option) + 1] if option in sys.argv else ""


def parsed_file() -> Path:
    """The file in the folder of the run for what this process is asked for."""
    parts = [str(Path.cwd()), value_of("--target"), value_of("--vars")]
    parts += [Path(os.environ.get(name, "")).name for name in DATABASES]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return Path(os.environ["KOIN_PARSED_PROJECTS"], f"{name}.msgpack")


def main() -> None:
    """dbt with the arguments of this process."""
    parsed = parsed_file()
    if parsed.exists():
        os.environ["DBT_PARTIAL_PARSE_FILE_PATH"] = str(parsed)
        ManifestLoader.is_partial_parsable = is_parsable_with_any_profile
    try:
        cli()
    finally:
        own = Path(os.environ["DBT_TARGET_PATH"], "partial_parse.msgpack")
        if own.exists() and not parsed.exists():
            # By a rename, as others may look for it at this moment.
            part = parsed.with_suffix(f".{os.getpid()}")
            shutil.copyfile(own, part)
            part.replace(parsed)


if __name__ == "__main__":
    main()
