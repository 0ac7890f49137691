"""`make bench`: times the project against peers on generated data, and writes RESULTS.md.

Everything is measured side by side on one machine, each command as a whole process. Peers must give
the same rows as the marts, or the run fails. A long run can be done in parts: raw data and figures
stay in the work folder as long as the sizes stay the same, and the report has what is there.

    make bench                                      # 20,000 members: some minutes
    make bench SCALE=1000000 REPEAT=3               # figures of the specification: hours
    make bench SCALE=1000000 ONLY="full incremental"
    make bench SCALE=1000000 ONLY=full MEMORY_LIMIT=2GB
    make bench SCALE=1000000 ONLY="" GROWTH="50000 200000 1000000"
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from raw_data import ROOT
from report import write_report, wrong_rows
from steps import DEFAULT_MEMORY_LIMIT, STEPS, Bench, prepare

GROWTH_STEPS = ("full", "weekly", "script")


def main() -> int:
    """Measure and write the report; 1 when a peer gives other rows."""
    parser = argparse.ArgumentParser(
        prog="bench.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--receipts-per-member", type=float, default=10)
    parser.add_argument("--weeks", type=int, default=104)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each command")
    parser.add_argument("--memory-limit", default=DEFAULT_MEMORY_LIMIT, help="of DuckDB")
    parser.add_argument(
        "--only", nargs="*", choices=STEPS, default=list(STEPS), help="steps; none: report alone"
    )
    parser.add_argument(
        "--growth", nargs="*", type=int, default=[], help="numbers of members to compare"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "output" / "bench")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "RESULTS.md")
    options = parser.parse_args()
    bench = Bench(
        options.work.resolve(),
        options.members,
        options.receipts_per_member,
        options.weeks,
        options.repeat,
        options.memory_limit,
    )
    failed = False
    try:
        measure(bench, options.only)
        for members in options.growth:
            grown = replace(bench, members=members, work=bench.work / "growth" / str(members))
            measure(grown, GROWTH_STEPS)
    except (RuntimeError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        failed = True
    write_report(bench, options.out)
    wrong = wrong_rows(bench)
    print(f"Wrote {options.out}; rows that differ from a peer: {sum(wrong.values())}")
    return 1 if failed or any(wrong.values()) else 0


def measure(bench: Bench, steps: list[str] | tuple[str, ...]) -> None:
    """These steps, in the order in which they need each other."""
    if steps:
        prepare(bench)
    for name, step in STEPS.items():
        if name in steps:
            step(bench)


if __name__ == "__main__":
    sys.exit(main())
