"""Indexes for readers in PostgreSQL: what models declare is there, on the published marts."""

from __future__ import annotations

from engines import Build

from koin_loyalty import postgres

COLUMNS_OF_INDEXES = """
select namespace.nspname || '.' || mart.relname, attribute.attname
from pg_index
inner join pg_class as mart on mart.oid = pg_index.indrelid
inner join pg_namespace as namespace on namespace.oid = mart.relnamespace
inner join pg_attribute as attribute
    on attribute.attrelid = mart.oid and attribute.attnum = pg_index.indkey[0]
where namespace.nspname not in ('pg_catalog', 'pg_toast') and pg_index.indisvalid
"""


def declared(build: Build) -> set[tuple[str, str]]:
    """Mart and first column of each index in the manifest."""
    return {
        (f"{node['schema']}.{node['alias']}", index["columns"][0])
        for node in build.manifest["nodes"].values()
        for index in node["config"].get("indexes") or ()
    }


def test_declared_indexes_are_on_the_published_marts(postgres_build: Build) -> None:
    connection = postgres.connect(postgres_build.env)
    with connection, connection.cursor() as cursor:
        cursor.execute(COLUMNS_OF_INDEXES)
        found = set(cursor.fetchall())
    connection.close()
    assert declared(postgres_build) <= found
    assert ("core.fct_receipts", "cust_id") in found


def test_long_text_fits_into_an_index(postgres_build: Build) -> None:
    """A b-tree refuses a key of some 2,700 bytes, and with it the table; nobody limits raw ids."""
    for node in postgres_build.manifest["nodes"].values():
        for index in node["config"].get("indexes") or ():
            if node["columns"][index["columns"][0]]["data_type"] == "varchar":
                assert index.get("type") == "hash", node["name"]


def test_duckdb_has_none(duckdb_build: Build) -> None:
    assert declared(duckdb_build) == set()
