"""dbt's command line in a run of tests: what takes a process longest at its start is done once.

Usage: python dbt_forks.py --serve
Reads JSON lines {"arguments": [...], "folder": ..., "environment": {...}, "output": file} and runs
each command in a fork of this process, which has loaded dbt and the project that was asked for
last; answers with the status that the command ended with.

Usage: python dbt_forks.py ARGUMENTS
One command in a process of its own, which can be killed.

The first that asks for a target, set of variables and database leaves what dbt keeps of the project
(partial_parse.msgpack) in the folder KOIN_PARSED_PROJECTS; the next begin with that, and dbt looks
which files of their project, or copy of it, are others. Paths in the profile may be, too.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from dbt.cli.main import cli
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.project import Project
from dbt.parser.manifest import ManifestLoader, extended_mashumuro_decoder
from dbt_common.clients.jinja import template_cache

from koin_loyalty.project import PROJECT_NAME

SERVE = "--serve"

#: What commands load when they need it: of an adapter, and of the Python models. Not DuckDB, whose
#: threads would be missing in a fork.
LIBRARIES = (
    "dbt.adapters.postgres",
    "pandas",
    "pyarrow",
    "sklearn.linear_model",
    "sklearn.preprocessing",
    "statsmodels.stats.proportion",
)

#: What names the database, which a parsed project holds: that of a file follows from its name.
DATABASES = ("LOYALTY_DUCKDB_PATH", "LOYALTY_WORK_DUCKDB_PATH", "PGDATABASE")

is_partial_parsable = ManifestLoader.is_partial_parsable
from_msgpack = Manifest.from_msgpack


def is_parsable_with_any_profile(
    loader: ManifestLoader, manifest: Manifest
) -> tuple[bool, str | None]:
    """dbt's own answer, as if the values of the profile were the same."""
    manifest.state_check.profile_hash = loader.manifest.state_check.profile_hash
    return is_partial_parsable(loader, manifest)


def parsed_file(arguments: list[str], environment: Mapping[str, str]) -> Path:
    """The file in the folder of the run for what a command is asked for."""

    def value_of(option: str) -> str:
        return arguments[arguments.index(option) + 1] if option in arguments else ""

    parts = [value_of("--target"), value_of("--vars")]
    parts += [Path(environment.get(name, "")).name for name in DATABASES]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return Path(environment["KOIN_PARSED_PROJECTS"], f"{name}.msgpack")


def run(arguments: list[str], parsed: Path, project: Manifest | None = None) -> None:
    """dbt with these arguments, to its end. `parsed`: the file to begin with, or to leave;
    `project`: what is in it, where that was read before."""
    target = Path(os.environ["DBT_TARGET_PATH"])
    if (target / "manifest.json").exists():
        # What it tells, a command before has told; tests that read it again say --write-json.
        os.environ["DBT_WRITE_JSON"] = "false"
    if parsed.exists():
        os.environ["DBT_PARTIAL_PARSE_FILE_PATH"] = str(parsed)
        ManifestLoader.is_partial_parsable = is_parsable_with_any_profile
        Manifest.from_msgpack = lambda content, decoder: moved(
            project or from_msgpack(content, decoder=decoder), str(Path.cwd())
        )
    try:
        cli(arguments)
    finally:
        own = target / "partial_parse.msgpack"
        if own.exists() and not parsed.exists():
            # By a rename, as others may look for it at this moment.
            part = parsed.with_suffix(f".{os.getpid()}")
            shutil.copyfile(own, part)
            part.replace(parsed)


def moved(project: Manifest, folder: str) -> Manifest:
    """A parsed project as that of another folder, which files and reference tables name."""
    for file in project.files.values():
        if file.project_name == PROJECT_NAME:
            file.path.project_root = folder
    for node in project.nodes.values():
        if hasattr(node, "root_path"):
            node.root_path = folder
    return project


def read(parsed: Path) -> Manifest:
    """A project that a command has left, as dbt reads it; its macros are compiled, too."""
    project = from_msgpack(parsed.read_bytes(), decoder=extended_mashumuro_decoder)
    for macro in project.macros.values():
        template_cache.get_node_template(macro)
    return project


def serve() -> None:
    """Answers every line of standard input. Each fork goes on to the end of the program as any
    process does, so that everything is closed and tidied."""
    for library in LIBRARIES:
        importlib.import_module(library)
    Project.json_schema()
    assert "duckdb" not in sys.modules
    kept, project = Path(), None
    for line in sys.stdin:
        asked = json.loads(line)
        parsed = parsed_file(asked["arguments"], asked["environment"])
        if parsed != kept and parsed.exists():
            kept, project = parsed, read(parsed)
        gc.freeze()
        child = os.fork()
        if child == 0:
            become(asked)
            run(asked["arguments"], parsed, project if parsed == kept else None)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(asked: Mapping[str, str | Mapping[str, str]]) -> None:
    """Takes a command's folder, environment and output."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    for name, flags, streams in (
        (os.devnull, os.O_RDONLY, (0,)),
        (asked["output"], os.O_WRONLY | os.O_TRUNC, (1, 2)),
    ):
        opened = os.open(name, flags)
        for stream in streams:
            os.dup2(opened, stream)
        os.close(opened)


if __name__ == "__main__":
    if sys.argv[1:] == [SERVE]:
        serve()
    else:
        run(sys.argv[1:], parsed_file(sys.argv[1:], os.environ))
