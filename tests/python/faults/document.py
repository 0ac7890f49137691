"""docs/faults.md, written from the catalogue: `make faults-document`."""

from __future__ import annotations

from pathlib import Path

from faults.catalogue import CORRECTED, FAULTS, QUARANTINED, UNKNOWN
from faults.stopped import PAGE_STOPS, RAW_STOPS, SEED_STOPS

DOCUMENT = Path(__file__).parents[3] / "docs" / "faults.md"

HEAD = """# Faults

What can be wrong with a delivery, and what then comes of it. Each fault is put into a clean
delivery by a test, and **every mart** is compared with those of the delivery that it must amount
to; what `quality.data_quality` counts is compared to the row and the rupiah. No fault is silent,
none loses a row.

Generated from the catalogue in `tests/python/faults` by `make faults-document`. `make test` tests
all faults of an outcome at once, `make test-faults` each by itself and fifty random sets of three.
"""

OUTCOMES = {
    CORRECTED: (
        "Corrected",
        "Every mart is as if the fault had not been. Rows that came twice count as superseded.",
    ),
    QUARANTINED: (
        "Quarantined",
        "Every mart is as if these rows had been removed by hand. They are listed in"
        " `staging.stg_rejected_rows` by table, key and reason, and counted as `rejected`.",
    ),
    UNKNOWN: (
        "Kept, shown as UNKNOWN, counted with money",
        "The row stays in the facts and the sums; only what refers to it differs. It is counted"
        " with its rupiah or koin.",
    ),
}


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def document() -> str:
    """The text of docs/faults.md."""
    parts = [HEAD]
    for outcome, (title, text) in OUTCOMES.items():
        rows = [
            (name, fault.says, f"`test_faults.py::test_fault[{name}]`")
            for name, fault in FAULTS.items()
            if fault.outcome == outcome
        ]
        parts += [f"## {title}", text + "\n", table(("fault", "what is wrong", "test"), rows)]
    parts += [
        "## Stopped before anything is built",
        "The check of the raw data names table, column, file or line; all problems come at once.\n",
        table(
            ("fault", "the message says", "test"),
            [
                (
                    name,
                    ", ".join(f"`{part}`" for part in stop.message),
                    f"`test_raw_contract.py::test_raw_folder_is_checked[{name}]`",
                )
                for name, stop in RAW_STOPS.items()
            ],
        ),
        "## Stopped where the table is read",
        "What is inside a file shows when it is read: the model of the table stops, nothing is"
        " built on it. (Damage in the dates of the receipts stops the check of the raw data, with"
        " DuckDB's message alone.)\n",
        table(
            ("fault", "the message says", "test"),
            [
                (
                    name,
                    ", ".join(f"`{part}`" for part in stop.message),
                    f"`test_faults.py::test_damage_inside_a_file[{name}]`",
                )
                for name, stop in PAGE_STOPS.items()
            ],
        ),
        "## Stopped by a mistake in a reference table",
        "The message names the seed, the row, the column and the value.\n",
        table(
            ("fault", "the message says", "test"),
            [
                (
                    name,
                    ", ".join(f"`{part}`" for part in stop.message).replace("|", "\\|"),
                    f"`test_faults.py::test_mistake_in_a_reference_table[{name}]`",
                )
                for name, stop in SEED_STOPS.items()
            ],
        ),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
