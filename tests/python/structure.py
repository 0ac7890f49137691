"""Checks of the project's structure: pure functions from what dbt or git says to defects.

`manifest` is dbt's manifest.json as a mapping; each function names what breaks its rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from engines import key_columns

Manifest = Mapping[str, Any]
Node = Mapping[str, Any]

#: What each layer may read. `steps` are intermediate models below core, `report_steps` those above,
#: `kpi_steps` gather the figures of the weekly reports, `audience_steps` decide about members,
#: `state` is what was published of both, `lists` say what an incremental build computes;
#: the quality mart looks at everything, because it counts what became of every raw row.
MAY_READ: dict[str, set[str]] = {
    "staging": {"source", "seed", "staging"},
    "steps": {"seed", "staging", "steps", "lists"},
    "core": {"seed", "staging", "steps", "core", "lists"},
    "report_steps": {"seed", "steps", "core", "report_steps", "lists"},
    "lists": {"seed", "staging", "steps", "core", "report_steps", "lists"},
    "quality_steps": {
        "source",
        "seed",
        "staging",
        "steps",
        "core",
        "report_steps",
        "quality_steps",
    },
    "weekly_reports": {"seed", "core", "report_steps", "weekly_reports", "kpi_steps", "state"},
    "kpi_steps": {"seed", "steps", "core", "report_steps", "weekly_reports", "kpi_steps"},
    "state": {"seed", "staging", "steps", "core", "weekly_reports", "kpi_steps", "audience_steps"},
    "quality": {"seed", "staging", "steps", "core", "report_steps", "quality_steps", "quality"},
    "restricted": {"seed", "staging", "steps", "core", "restricted", "audiences"},
    "segments": {"seed", "steps", "core", "report_steps", "weekly_reports", "segments", "lists"},
    "audience_steps": {
        "seed",
        "steps",
        "core",
        "report_steps",
        "restricted",
        "segments",
        "audience_steps",
        "audiences",
        "state",
    },
    "audiences": {
        "seed",
        "steps",
        "core",
        "report_steps",
        "restricted",
        "segments",
        "audience_steps",
        "state",
        "audiences",
    },
    "form_steps": {
        "seed",
        "steps",
        "core",
        "report_steps",
        "segments",
        "state",
        "form_steps",
        "lists",
    },
    "form_requests": {
        "seed",
        "core",
        "report_steps",
        "weekly_reports",
        "segments",
        "state",
        "form_steps",
        "form_requests",
    },
}
STEPS_ABOVE_REPORTS = {
    "touched": "lists",
    "quality": "quality_steps",
    "weekly_kpis": "kpi_steps",
    "requests": "audience_steps",
    "audiences": "audience_steps",
    "form_requests": "form_steps",
}
POSTGRES_NAME_LENGTH = 63
ENGINE_NAMES = re.compile(r"\b(?:target\s*\.\s*(?:type|name)|adapter\s*\.\s*type)\b")
BARE_STAR = re.compile(r"(?:\bselect\s+(?:distinct\s+)?|,\s*)\*", re.IGNORECASE)
# The words are put together here so that this file does not break its own rule.
MACHINE_PATH = re.compile(
    "(?<![A-Za-z0-9_.{}$])/(?:" + "|".join(("work", "root", "Users")) + ")/|/home/[a-z]"
)
REGISTRY = re.compile(
    "index"
    + r"-url[ =]+\S*://|https?://\S*(?:"
    + "|".join(("pythonhosted", "pypi", "artifactory", "nexus"))
    + ")",
    re.IGNORECASE,
)


def models(manifest: Manifest) -> list[Node]:
    """The project's models by name."""
    found = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(found, key=lambda node: node["name"])


def marts(manifest: Manifest) -> list[Node]:
    """The models of the folder marts."""
    return [model for model in models(manifest) if model["fqn"][1] == "marts"]


def parents(manifest: Manifest, node: Node) -> list[Node]:
    """What a node reads: models, seeds, snapshots and sources."""
    everything = {**manifest["nodes"], **manifest["sources"]}
    return [everything[name] for name in node["depends_on"]["nodes"] if name in everything]


def reads_core(manifest: Manifest, node: Node) -> bool:
    """Whether an intermediate model stands on core, directly or by way of other intermediates."""
    return any(
        parent["fqn"][1:3] == ["marts", "core"]
        or (parent["fqn"][1] == "intermediate" and reads_core(manifest, parent))
        for parent in parents(manifest, node)
        if parent["resource_type"] == "model"
    )


def layer(manifest: Manifest, node: Node) -> str:
    """The layer of a node, as MAY_READ calls it."""
    if node["resource_type"] != "model":
        return str(node["resource_type"])
    folder = node["fqn"][1]
    if folder == "marts":
        return str(node["fqn"][2])
    if folder != "intermediate":
        return str(folder)
    if node["fqn"][2] in STEPS_ABOVE_REPORTS:
        return STEPS_ABOVE_REPORTS[node["fqn"][2]]
    return "report_steps" if reads_core(manifest, node) else "steps"


def reads_against_the_flow(manifest: Manifest) -> list[str]:
    """Models that read a layer which theirs may not read."""
    return [
        f"{model['name']} ({layer(manifest, model)}) reads {parent['name']}"
        f" ({layer(manifest, parent)})"
        for model in models(manifest)
        for parent in parents(manifest, model)
        if layer(manifest, parent) not in MAY_READ.get(layer(manifest, model), set())
    ]


def unreadable_analyses(manifest: Manifest) -> list[str]:
    """Analyses that read what is no mart of the BI role: people who ask run them as that role."""
    analyses = [n for n in manifest["nodes"].values() if n["resource_type"] == "analysis"]
    return [
        f"{analysis['name']} reads {parent['name']}"
        for analysis in sorted(analyses, key=lambda node: str(node["name"]))
        for parent in parents(manifest, analysis)
        if "bi_role" not in (parent["config"].get("grants") or {}).get("select", [])
    ]


def unlisted_incremental_models(manifest: Manifest) -> list[str]:
    """Incremental models that do not say which of their rows are computed again, or by a list that
    is not built before them."""
    defects = []
    for model in models(manifest):
        if model["config"].get("materialized") != "incremental":
            continue
        meta = model["config"]["meta"]
        built_before = {parent["name"] for parent in parents(manifest, model)}
        if not meta.get("loaded_from") and not meta.get("recomputed_by"):
            defects.append(f"{model['name']}: recomputed_by nothing")
        elif meta.get("recomputed_by") and meta.get("listed_in") not in built_before:
            defects.append(f"{model['name']}: listed_in {meta.get('listed_in')}, no parent")
    return defects


def undescribed(manifest: Manifest) -> list[str]:
    """Models, seeds and sources without a description or columns, and columns without one."""
    kinds = ("model", "seed", "snapshot")
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in kinds]
    defects = []
    for node in [*nodes, *manifest["sources"].values()]:
        if not node["description"].strip():
            defects.append(f"{node['name']}: no description")
        if not node["columns"]:
            defects.append(f"{node['name']}: no columns")
        for column in node["columns"].values():
            if not column["description"].strip():
                defects.append(f"{node['name']}.{column['name']}: no description")
    return sorted(defects)


def unlisted_columns(manifest: Manifest, built: Mapping[str, Iterable[str]]) -> list[str]:
    """Columns of built relations (by `schema.name`) that YAML does not list, and the reverse."""
    defects = []
    for node in manifest["nodes"].values():
        relation = f"{node['schema']}.{node.get('alias')}"
        if node["resource_type"] not in ("model", "seed", "snapshot") or relation not in built:
            continue
        listed, found = set(node["columns"]), set(built[relation])
        defects += [f"{relation}.{column}: not in YAML" for column in found - listed]
        defects += [f"{relation}.{column}: not in the relation" for column in listed - found]
    return sorted(defects)


def loose_marts(manifest: Manifest) -> list[str]:
    """Marts without an enforced contract, a key, a group or an access, or with untyped columns."""
    keys = key_columns(manifest)
    defects = []
    for mart in marts(manifest):
        name = mart["name"]
        if not mart["config"].get("contract", {}).get("enforced"):
            defects.append(f"{name}: no enforced contract")
        key = keys.get(f"{mart['schema']}.{mart['alias']}")
        if not key:
            defects.append(f"{name}: no test of its key")
        elif unknown := [column for column in key if column not in mart["columns"]]:
            defects.append(f"{name}: key column {', '.join(unknown)} is none of its columns")
        if not mart.get("group"):
            defects.append(f"{name}: no group")
        if mart.get("access") not in ("public", "protected", "private"):
            defects.append(f"{name}: no access")
        for column in mart["columns"].values():
            data_type = column.get("data_type")
            if not data_type:
                defects.append(f"{name}.{column['name']}: no type")
            elif data_type in ("numeric", "decimal", "float", "real", "double precision"):
                defects.append(f"{name}.{column['name']}: {data_type} is no exact type")
    return defects


def open_models(manifest: Manifest) -> list[str]:
    """Models below the marts that anybody may read, or without a group."""
    return [
        f"{model['name']}: {model.get('access')} in group {model.get('group')}"
        for model in models(manifest)
        if model["fqn"][1] != "marts"
        and (model.get("access") == "public" or not model.get("group"))
    ]


def engine_dependent_models(manifest: Manifest) -> list[str]:
    """Models that ask which engine they run on."""
    return [m["name"] for m in models(manifest) if ENGINE_NAMES.search(m["raw_code"])]


def misnamed_models(manifest: Manifest) -> list[str]:
    """Models whose name does not begin as their folder demands, or in a folder nobody knows."""
    return [m["name"] for m in models(manifest) if not well_named(m["name"], m["path"])]


def well_named(name: str, path: str) -> bool:
    """Whether a model in `path` (below models/) has the name that its folder demands."""
    folders = PurePosixPath(path).parts[:-1]
    match folders:
        case ("staging",):
            return name.startswith("stg_")
        case ("staging", source):
            return name.startswith(f"stg_{source}__")
        case ("staging", source, "base"):
            return name.startswith(f"base_{source}__")
        case ("intermediate", _):
            return re.match(r"int_[a-z0-9_]+?__[a-z]", name) is not None
        case ("marts", "core"):
            return name.startswith(("dim_", "fct_"))
        case ("marts", folder):
            return folder in MAY_READ and not name.startswith(
                ("stg_", "base_", "int_", "dim_", "fct_", "rpt_", "mart_")
            )
    return False


def too_long_names(manifest: Manifest) -> list[str]:
    """Relations, and unit tests, which dbt makes relations of, too long a name for PostgreSQL."""
    kinds = ("model", "seed", "snapshot")
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in kinds]
    units = manifest.get("unit_tests", {}).values()
    names = [node["alias"] for node in nodes] + [unit["name"] for unit in units]
    return sorted(name for name in names if len(name) > POSTGRES_NAME_LENGTH)


def without_comments(sql: str) -> str:
    """SQL without line comments and Jinja comments."""
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", sql, flags=re.DOTALL)


def starred_models(manifest: Manifest) -> list[str]:
    """Models with a star where columns must be named: in the last select, of one side of a join
    (`a.*`), or over a join. An import and a CTE that filters or widens one other CTE may use it."""
    return [
        model["name"]
        for model in models(manifest)
        if has_loose_star(re.sub(r"\s+", " ", without_comments(model["raw_code"])))
    ]


def aliased_references(manifest: Manifest) -> list[str]:
    """Models and tests with a name for a reference, `{{ ref('a') }} as b`: on PostgreSQL dbt gives
    it one already with --empty. An import has none."""
    named = re.compile(r"(ref|source)\([^()]*\)\s*\}\}\s+as\s")
    return [
        node["name"]
        for node in manifest["nodes"].values()
        if named.search(without_comments(node.get("raw_code") or ""))
    ]


def has_loose_star(sql: str) -> bool:
    """Whether SQL on one line has such a star."""
    if re.search(r"\w\.\*", sql):
        return True
    for star in BARE_STAR.finditer(sql):
        depth, end = 0, len(sql)
        for position in range(star.end(), len(sql)):
            depth += {"(": 1, ")": -1}.get(sql[position], 0)
            if depth < 0:
                end = position
                break
        if end == len(sql) or " join " in sql[star.end() : end]:
            return True
    return False


def models_without_grain(manifest: Manifest) -> list[str]:
    """SQL models whose first line is no comment."""
    return [
        model["name"]
        for model in models(manifest)
        if model["language"] == "sql" and not re.match(r"-- \S", model["raw_code"])
    ]


def unnamed_tests(document: Any, place: str = "") -> list[str]:
    """Tests of a YAML document that bear no name of their own."""
    defects = []
    if isinstance(document, Mapping):
        here = f"{place}.{document['name']}" if place and "name" in document else place
        here = here or str(document.get("name", ""))
        for key, value in document.items():
            if key in ("data_tests", "tests") and isinstance(value, list):
                defects += [f"{here}: {kind}" for test in value if (kind := _unnamed(test))]
            else:
                defects += unnamed_tests(value, here)
    elif isinstance(document, list):
        for item in document:
            defects += unnamed_tests(item, place)
    return defects


def _unnamed(test: Any) -> str | None:
    """The kind of a test entry without a name. Entries of singular tests are named at the top."""
    if isinstance(test, str):
        return test
    if "name" in test:
        return None
    kind, details = next(iter(test.items()))
    return None if isinstance(details, Mapping) and details.get("name") else str(kind)


def contact_data_outside_restricted(
    built: Mapping[str, Iterable[str]], keys: set[str]
) -> list[str]:
    """Columns of the schema restricted (keys apart) that a relation of another mart has too.

    `built`: columns by `schema.name` of every mart.
    """
    contact = {
        column
        for relation, columns in built.items()
        if relation.startswith("restricted.")
        for column in columns
    } - keys
    return sorted(
        f"{relation}.{column}"
        for relation, columns in built.items()
        if not relation.startswith("restricted.")
        for column in contact.intersection(columns)
    )


def constrained_contacts(manifest: Manifest) -> list[str]:
    """Columns of the schema restricted with a constraint. An engine that refuses a row tells the
    whole row, with its contact data; a test tells how many rows fail."""
    return [
        f"{mart['name']}.{column['name']}: {constraint['type']}"
        for mart in marts(manifest)
        if mart["fqn"][2] == "restricted"
        for column in [mart, *mart["columns"].values()]
        for constraint in column.get("constraints", ())
    ]


def kept_failures(manifest: Manifest) -> list[str]:
    """Data tests that keep the rows that fail, or that would do so when a run asks for it."""
    return sorted(
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"].get("store_failures") is not False
    )


def foreign_words(files: Mapping[str, str]) -> list[str]:
    """Lines of files (name -> text) that name a registry's host or a path of one machine."""
    return [
        f"{name}:{number}"
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line) or REGISTRY.search(line)
    ]
