"""Staging undoes the dirt: every staging table equals the simulator's clean truth, cell by cell."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from koin_loyalty.project import Contract, source_contract

Connection = duckdb.DuckDBPyConnection

#: Differing rows that a message shows.
SHOWN = 5

#: Places and tiers are cleaned by the member model that reads staging; no gender is BLANK there.
RESOLVED_MEMBERS = """
    select
        members.* replace (
            resolved.tier_code as tier,
            nullif(members.gender, 'BLANK') as gender,
            resolved.domicile_city as domicile_city,
            resolved.domicile_province as domicile_province
        )
    from staging.stg_cohesive__members as members
    left join intermediate.int_members__resolved as resolved using (cust_id)
"""
#: What a member typed that is no place stays as typed in the truth: in a build it is null.
TRUE_MEMBERS = """
    select
        truth.* replace (
            areas.city as domicile_city,
            areas.province as domicile_province
        )
    from ({truth}) as truth
    left join (select distinct city, province from reference.domicile_areas) as areas
        on truth.domicile_city = areas.city and truth.domicile_province = areas.province
"""
RESOLVED_TIERS = """
    select history.* replace (coalesce(aliases.tier_code, 'UNKNOWN') as tier)
    from staging.stg_cohesive__member_tiers as history
    left join reference.tier_aliases as aliases on lower(trim(history.tier)) = aliases.alias
"""


@dataclass(frozen=True)
class Entity:
    """A staging table: the raw table it cleans, the query of its rows, and that of the truth."""

    table: str
    rows: str
    truth: str = "{truth}"
    more_columns: tuple[str, ...] = ()

    @property
    def contract(self) -> Contract:
        """Contract of the raw table."""
        return source_contract()[self.table]

    @property
    def columns(self) -> list[str]:
        """Columns of the truth: the contract without the time of loading, and those added."""
        return [name for name in self.contract.columns if name != "_loaded_at"] + list(
            self.more_columns
        )


def staging(model: str) -> str:
    """All rows of a staging table."""
    return f"select * from staging.{model}"


ENTITIES = {
    "receipts": Entity("cohesive.tbl_receipt", staging("stg_cohesive__receipts")),
    "receipt_lines": Entity("cohesive.tbl_receipt_line", staging("stg_cohesive__receipt_lines")),
    "receipt_payments": Entity(
        "cohesive.tbl_receipt_payment", staging("stg_cohesive__receipt_payments")
    ),
    "koin_entries": Entity("cohesive.tbl_koin", staging("stg_cohesive__koin_entries")),
    "members": Entity("cohesive.tbl_member", RESOLVED_MEMBERS, TRUE_MEMBERS, ("phone_raw",)),
    "member_tiers": Entity("cohesive.tbl_member_tier", RESOLVED_TIERS),
    "member_children": Entity(
        "cohesive.tbl_member_child", staging("stg_cohesive__member_children")
    ),
    "sites": Entity("cohesive.tbl_site", staging("stg_cohesive__sites")),
    "products": Entity("cohesive.tbl_product", staging("stg_cohesive__products")),
    "vouchers": Entity("cohesive.tbl_voucher", staging("stg_cohesive__vouchers")),
    "message_events": Entity("stamps.message_event", staging("stg_stamps__message_events")),
}


def truth_rows(sample: Path, entity: Entity) -> str:
    """Query of the clean truth of a table, one file or a folder of files."""
    path = sample / "truth" / entity.contract.schema / f"{entity.contract.name}.parquet"
    files = path if path.is_file() else path.with_suffix("") / "*.parquet"
    return entity.truth.format(truth=f"select * from read_parquet('{files}')")


def differences(connection: Connection, built: str, truth: str, entity: Entity) -> list[str]:
    """Missing and surplus rows, then the first differing cells of each column."""
    keys = entity.contract.key
    same_key = " and ".join(f"built.{key} = truth.{key}" for key in keys)
    both = f"from ({built}) as built inner join ({truth}) as truth on {same_key}"

    def shown_key(side: str) -> str:
        return " || ', ' || ".join(f"'{key}=' || {side}.{key}" for key in keys)

    def first(what: str, source: str) -> tuple[int, list[str]]:
        found = connection.execute(
            f"select {what} as text, count(*) over () as total {source} order by text limit {SHOWN}"
        ).fetchall()
        return (found[0][1] if found else 0), [text for text, _ in found]

    messages = []
    for side, other, what in (("truth", "built", "missing"), ("built", "truth", "surplus")):
        rows, others = (truth, built) if side == "truth" else (built, truth)
        count, texts = first(
            shown_key(side),
            f"from ({rows}) as {side} anti join ({others}) as {other} on {same_key}",
        )
        if count:
            messages.append(f"{entity.table}: {count} {what} rows: {'; '.join(texts)}")
    for column in entity.columns:
        shown = " || ' built ' || ".join(
            [shown_key("truth"), f"coalesce(cast(built.{column} as varchar), 'null')"]
        )
        shown += f" || ', truth ' || coalesce(cast(truth.{column} as varchar), 'null')"
        count, texts = first(shown, f"{both} where built.{column} is distinct from truth.{column}")
        if count:
            messages.append(f"{entity.table}.{column}: {count} cells: {'; '.join(texts)}")
    return messages


@pytest.mark.parametrize("name", ENTITIES)
def test_staging_equals_the_clean_truth(built_sample: Connection, sample: Path, name: str) -> None:
    entity = ENTITIES[name]
    found = differences(built_sample, entity.rows, truth_rows(sample, entity), entity)
    assert not found, "\n".join(found)


def test_a_planted_difference_is_named_with_table_column_and_key(
    built_sample: Connection, sample: Path
) -> None:
    entity = ENTITIES["sites"]
    truth = truth_rows(sample, entity)
    [(key,)] = built_sample.execute(f"select min(site_code) from ({truth})").fetchall()
    spoiled = f"select * replace (upper(site_name) || '!' as site_name) from ({truth})"
    [message] = differences(built_sample, entity.rows, spoiled, entity)
    assert message.startswith("cohesive.tbl_site.site_name: ")
    assert f"site_code={key} built " in message
    without = f"select * from ({truth}) where site_code <> '{key}'"
    assert differences(built_sample, entity.rows, without, entity) == [
        f"cohesive.tbl_site: 1 surplus rows: site_code={key}"
    ]


def planted_rows(sample: Path, outcome: str) -> Counter[tuple[str, str]]:
    """Rows that the simulator planted by (table without schema, reason)."""
    planted: Counter[tuple[str, str]] = Counter()
    with (sample / "truth" / "dirt.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["outcome"] == outcome:
                planted[row["table"].split(".")[1], row["reason"]] += int(row["row_count"])
    return planted


def test_every_planted_reject_is_rejected_for_its_reason_and_nothing_else(
    built_sample: Connection, sample: Path
) -> None:
    expected = planted_rows(sample, "quarantined")
    # Dated before go-live: not rejected, kept out of the reports.
    expected = Counter({key: rows for key, rows in expected.items() if key[1] != "pre_cohesive"})
    found = built_sample.execute(
        "select table_name, reason, row_count from quality.data_quality"
        " where outcome = 'rejected' and row_count > 0"
    ).fetchall()
    assert Counter({(table, reason): rows for table, reason, rows in found}) == expected


def test_rows_before_go_live_are_kept_and_counted(built_sample: Connection, sample: Path) -> None:
    planted = planted_rows(sample, "quarantined")
    found = built_sample.execute(
        "select table_name, row_count from quality.data_quality"
        " where reason = 'pre_cohesive' and row_count > 0"
    ).fetchall()
    assert found
    assert dict(found) == {table: planted[table, "pre_cohesive"] for table, _ in found}
