"""The dbt command that runs in this process: what it is, and what has to be done as it begins."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import yaml
from dbt.flags import get_flags

from koin_loyalty import build_lock, postgres
from koin_loyalty.project import project_root, raw_path, source_contract
from koin_loyalty.raw_files import check_files
from koin_loyalty.targets import Target, find_target, release_file

#: What marts follow from besides raw data and variables. Requests for audiences come every day, and
#: nothing that an incremental build keeps reads them.
CODE_FOLDERS = ("macros", "models", "seeds")
REQUESTS = ("seeds", "requests")
ENGINES = ("dbt-core", "dbt-duckdb", "dbt-postgres", "duckdb")

#: Commands that write relations.
WRITING = ("build", "run", "seed", "snapshot", "retry", "clone")
#: Commands that read raw data: those before which the macro check_raw_contract looks at them.
READING = ("build", "run", "test", "snapshot", "freshness", "run-operation")


def name() -> str:
    """`build`, `run`, `show` ..."""
    return str(getattr(get_flags(), "WHICH", "") or "")


def target() -> Target:
    """The target that the command runs on."""
    flags = get_flags()
    folder = getattr(flags, "PROFILES_DIR", None)
    return find_target(getattr(flags, "TARGET", None), root(), folder and Path(folder))


def root() -> Path:
    """The folder of the project that the command works on."""
    return project_root(Path(getattr(get_flags(), "PROJECT_DIR", None) or Path.cwd()))


def begin() -> None:
    """What each command begins with: a fresh connection to DuckDB, a look at raw files for what
    DuckDB would tell badly, and the lock of a build on PostgreSQL. Raises RuntimeError for a
    command that cannot run, with the reason, and ValueError for files that cannot be read."""
    build_lock.release()
    # A command before this one in the same process may have published the file that is open.
    release_file()
    if name() == "retry":
        raise RuntimeError(
            "dbt retry builds only what failed, and marts are published from a whole run: "
            "use dbt build, with --select where a part is enough"
        )
    if name() in READING:
        chosen = target()
        if chosen.engine == "duckdb" and chosen.server is None:
            check_files(raw_path(), source_contract(root()))
    if name() in WRITING:
        chosen = target()
        if chosen.engine == "postgres":
            lock_database(chosen)


def lock_database(target: Target) -> None:
    """Takes the lock of the PostgreSQL that a target publishes to, for this command."""
    server = {**postgres.settings(), **(target.server or {})}
    build_lock.take_database_lock(
        postgres.connection_string(server),
        server.get("PGPASSWORD"),
        target.prefix.rstrip("_"),
        # The name of a session holds 63 characters.
        f"dbt {name()}, version {code_version()[:26]}, code {code_fingerprint()}",
    )


def code_version(folder: Path | None = None) -> str:
    """`git describe` of the project when it is a checkout, else the version in dbt_project.yml."""
    folder = folder or root()
    if (folder / ".git").exists():
        done = subprocess.run(
            ["git", "describe", "--tags", "--always", "--dirty"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return str(yaml.safe_load((folder / "dbt_project.yml").read_text())["version"])


def code_fingerprint(folder: Path | None = None) -> str:
    """Eight hexadecimal digits that change with the code: the project's SQL, YAML and seeds, this
    package, and the versions of dbt and DuckDB."""
    folder = folder or root()
    found = hashlib.sha256(" ".join(version(engine) for engine in ENGINES).encode())
    for base, file in _code_files(folder):
        found.update(f"\n{file.relative_to(base)}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:8]


def _code_files(folder: Path) -> Iterator[tuple[Path, Path]]:
    yield folder, folder / "dbt_project.yml"
    for name_of_folder in CODE_FOLDERS:
        for file in sorted((folder / name_of_folder).rglob("*")):
            if file.is_file() and file.relative_to(folder).parts[:2] != REQUESTS:
                yield folder, file
    package = Path(__file__).parent
    for file in sorted(package.rglob("*.py")):
        yield package, file
