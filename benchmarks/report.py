"""RESULTS.md, from the figures in the work folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from measure import Measured, machine
from steps import DEFAULT_MEMORY_LIMIT, Bench

#: Sizes at which the figures are asked for.
ASKED_RECEIPTS = 9_500_000
ASKED_MEMBERS = 1_000_000
SHOWN_NODES = 30
#: Written by hand: what was tried where a figure is missed.
ATTEMPTS = Path(__file__).with_name("attempts.md")
WHATS = {
    "full": "full build: every model and test of data",
    "incremental": "one more week on top: every model and test of data",
    "weekly": "the weekly marts and what they stand on, without tests",
    "script": "the hand-written DuckDB script for the same",
    "pandas": "pandas over the raw files for the same",
    "load": "`koin load`",
    "postgres": "the weekly marts on `duckdb_postgres`, without tests",
    "audiences": "audiences, without tests",
    "sample": "`dbt build` of the default sample, nothing parsed before",
}
#: Second figures of a step.
OTHERS = {
    ("load", "copy"): "plain `COPY` of the same rows as CSV",
    ("postgres", "peer"): "the hand-written PostgreSQL script for the same",
    ("audiences", "tested"): "audiences, and the tests of their models",
}


def read_results(work: Path) -> dict[str, dict[str, Any]]:
    """What the steps left, by step (`full`, `full@2GB`), runs as Measured."""
    found = {}
    for file in sorted((work / "results").glob("*.json")):
        result = json.loads(file.read_text())
        for key in ("runs", "load", "copy", "peer", "tested"):
            if key in result:
                result[key] = Measured.from_json(result[key])
        if file.stem.startswith("load"):
            result["runs"] = result["load"]
        found[file.stem] = result
    return found


def works(work: Path) -> list[Path]:
    """The work folder and those of growth, the greatest data first."""

    def receipts(folder: Path) -> int:
        return json.loads((folder / "results" / "data.json").read_text())["rows"]["tbl_receipt"]

    folders = (work, *(work / "growth").glob("*"))
    measured = [folder for folder in folders if (folder / "results" / "data.json").exists()]
    return sorted(measured, key=receipts, reverse=True)


def wrong_rows(bench: Bench) -> dict[str, int]:
    """Rows that differ, by step and comparison; those of growth too."""
    return {
        f"{work.name} {step} {key}": sum(result[key].values())
        for work in works(bench.work)
        for step, result in read_results(work).items()
        for key in ("differing", "differing_targets")
        if key in result
    }


@dataclass(frozen=True)
class Figure:
    """A row of the table of figures to reach."""

    what: str
    asked: str
    measured: str
    is_reached: bool
    #: Whether this was the size at which it is asked for.
    is_to_scale: bool = True
    receipts: int = 0

    @property
    def verdict(self) -> str:
        """In words."""
        word = "reached" if self.is_reached else "missed"
        return word if self.is_to_scale else f"{word}, at {self.receipts:,} receipts"


def greatest_figures(work: Path) -> list[Figure]:
    """Each figure from the greatest data on which it was measured."""
    found: dict[str, Figure] = {}
    for folder in works(work):
        results = read_results(folder)
        for figure in figures(results):
            receipts = results["data"]["rows"]["tbl_receipt"]
            found.setdefault(figure.what, replace(figure, receipts=receipts))
    return list(found.values())


def figures(results: dict[str, dict[str, Any]]) -> Iterator[Figure]:
    """What was asked and what was measured, as far as it was."""
    rows = results["data"]["rows"]
    is_large = rows["tbl_receipt"] >= ASKED_RECEIPTS
    is_many = rows["tbl_member"] >= ASKED_MEMBERS
    runs = {step: result["runs"] for step, result in results.items() if "runs" in result}

    def seconds(step: str) -> float:
        return runs[step].seconds

    if "sample" in runs:
        yield Figure(
            "`dbt build` of the sample on DuckDB, all models and tests",
            "90 s",
            f"{seconds('sample'):.0f} s",
            seconds("sample") <= 90,
        )
    for step in (name for name in runs if name.partition("@")[0] == "full"):
        limit = step.partition("@")[2]
        yield Figure(
            f"full build of all marts, DuckDB limited to {limit or DEFAULT_MEMORY_LIMIT}",
            "that it ends" if limit else "600 s, within the limit",
            f"{seconds(step):.0f} s; peak of the processes {runs[step].peak_mb:,.0f} MB",
            bool(limit) or seconds(step) <= 600,
            is_large,
        )
    if {"weekly", "script"} <= runs.keys():
        times = seconds("weekly") / seconds("script")
        inside = results["weekly"]["inside"] / seconds("script")
        yield Figure(
            "weekly marts against the hand-written DuckDB script",
            "at most 1.5 x its time",
            f"{times:.2f} x ({inside:.2f} x without start and reading of dbt)",
            times <= 1.5,
            is_large,
        )
    if {"full", "incremental"} <= runs.keys():
        share = 100 * seconds("incremental") / seconds("full")
        yield Figure(
            "one more week on top of it, incrementally",
            "at most 15 % of the full build",
            f"{share:.0f} % ({seconds('incremental'):.0f} s)",
            share <= 15,
            is_large,
        )
    if "postgres" in runs:
        times = results["postgres"]["peer"].seconds / seconds("postgres")
        yield Figure(
            "the old way 1: hand-written SQL on PostgreSQL",
            "`duckdb_postgres` at least 5 x faster",
            f"{times:.1f} x as fast",
            times >= 5,
            is_large,
        )
    if {"weekly", "pandas"} <= runs.keys():
        times = seconds("pandas") / seconds("weekly")
        memory = runs["pandas"].peak_mb / runs["weekly"].peak_mb
        yield Figure(
            "the old way 2: pandas over the raw tables",
            "at least 5 x slower, 5 x the memory",
            f"{times:.1f} x our time, {memory:.1f} x our memory",
            times >= 5 and memory >= 5,
            is_large,
        )
    if "audiences" in runs:
        result = results["audiences"]
        yield Figure(
            f"all audiences of {result['requests']} requests",
            "60 s",
            f"{seconds('audiences'):.0f} s ({result['tested'].seconds:.0f} s with their tests);"
            f" {result['built']} built, {result['filled']} with members,"
            f" {result['targets']:,} targets",
            seconds("audiences") <= 60,
            is_many,
        )
    if "load" in runs:
        speed = results["load"]["copy"].seconds / seconds("load")
        yield Figure(
            "loading into PostgreSQL",
            "at least half the speed of `COPY`",
            f"{speed:.2f} x its speed",
            speed >= 0.5,
            is_large,
        )


def measured_rows(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Every command, with its time and peak."""
    for step, what in WHATS.items():
        for name, result in results.items():
            base, _, limit = name.partition("@")
            if base != step:
                continue
            suffix = f", DuckDB limited to {limit}" if limit else ""
            measured = [(what, result["runs"])]
            measured += [
                (text, result[key])
                for (of, key), text in OTHERS.items()
                if of == step and key in result
            ]
            for text, runs in measured:
                cells = [text + suffix, str(len(runs.runs))]
                cells += [f"{runs.seconds:.1f}", f"{runs.peak_mb:,.0f}"]
                yield f"| {' | '.join(cells)} |"


def growth_rows(work: Path) -> Iterator[str]:
    """Time and memory by limit and scale, the scale of the whole run among them."""
    rows = []
    for folder in works(work):
        results = read_results(folder)
        for full in (name for name in results if name.partition("@")[0] == "full"):
            limit = full.partition("@")[2]
            steps = [full, *(f"{step}@{limit}".rstrip("@") for step in ("weekly", "script"))]
            if not results.keys() >= {"data", *steps}:
                continue
            members = json.loads((folder / "settings.json").read_text())["members"]
            cells = [f"{members:,}", f"{results['data']['rows']['tbl_receipt']:,}"]
            cells.append(limit or DEFAULT_MEMORY_LIMIT)
            for step in steps:
                runs = results[step]["runs"]
                cells += [f"{runs.seconds:.1f}", f"{runs.peak_mb:,.0f}"]
            rows.append((limit, members, f"| {' | '.join(cells)} |"))
    yield from (row for _, _, row in sorted(rows))


def node_rows(nodes: list[list[Any]]) -> Iterator[str]:
    """The slowest models, tests and seeds."""
    for seconds, kind, name in nodes[:SHOWN_NODES]:
        yield f"| {seconds:.1f} | {kind} {name} |"


def write_report(bench: Bench, out: Path) -> None:
    """Writes RESULTS.md from what is in the work folder."""
    results = read_results(bench.work)
    growth = list(growth_rows(bench.work))
    lines = [
        "# Results",
        "",
        "Written by `make bench`: each command a whole process, one after the other; medians, and",
        "the peak memory of all processes of a command (a PostgreSQL server's is not in it).",
        "",
        f"{machine()}.",
        "",
    ]
    if "data" in results:
        rows = results["data"]["rows"]
        lines += [
            f"{bench.members:,} members, {bench.weeks} weeks: "
            + ", ".join(f"{count:,} rows of {name}" for name, count in rows.items())
            + f". DuckDB limited to {DEFAULT_MEMORY_LIMIT} where nothing else is said.",
            "",
            "## Figures to reach",
            "",
            "Each on the greatest data on which it was measured.",
            "",
            "| what | asked | measured | |",
            "|---|---|---|---|",
            *(
                f"| {f.what} | {f.asked} | {f.measured} | {f.verdict} |"
                for f in greatest_figures(bench.work)
            ),
            "",
            "## Measured",
            "",
            "| what | runs | seconds | peak memory, MB |",
            "|---|---:|---:|---:|",
            *measured_rows(results),
            "",
        ]
    compared = wrong_rows(bench)
    if compared:
        lines += [
            "Every cell of the ten weekly marts was compared with each peer: "
            f"{sum(compared.values())} rows differ in {len(compared)} comparisons.",
            "",
        ]
    if len(growth) > 1:
        lines += [
            "## Growth",
            "",
            "| members | receipts | limit | full, s | MB | weekly marts, s | MB | script, s | MB |",
            "|---:|---:|---|---:|---:|---:|---:|---:|---:|",
            *growth,
            "",
        ]
    titles = {"full": "the full build", "incremental": "one more week", "audiences": "audiences"}
    for step, title in titles.items():
        if step in results:
            lines += [
                f"## Where the time of {title} goes",
                "",
                "| seconds | node |",
                "|---:|---|",
                *node_rows(results[step]["nodes"]),
                "",
            ]
    lines.append(ATTEMPTS.read_text(encoding="utf-8"))
    out.write_text("\n".join(lines), encoding="utf-8")
