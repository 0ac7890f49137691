"""Where contact data and children's data are in a database, by the names of columns and by content.

Every column of every table and view is looked at, also of those that no model made. What is looked
for comes from the raw data themselves: e-mail addresses, phone numbers, ids in other systems and
names of the members, and birth dates of the children; and anything that looks like an address or a
mobile number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

#: Schemas that hold such data, which the pipeline's role (restricted: and the campaign role) reads.
PRIVATE_SCHEMAS = ("restricted", "staging", "cohesive", "stamps", "landing")

#: Words that a column's name is made of when it holds such data.
PRIVATE_WORDS = re.compile(
    r"(^|_)(e?mails?|e_mail|phones?|telepon|hp|wa|whatsapp|full_name|nama|contacts?|child(ren)?|anak"
    r"|youngest|oldest|rrr_id|odi_id|stamps_user_id|user_id_stamps)(_|$)|^name$"
)
#: Columns with such a word that say something else, by what they say instead.
PUBLIC_COLUMNS = {
    "email_reachability": "reachable, or why not",
    "whatsapp_reachability": "reachable, or why not",
    "email_engagement": "opener, non_opener, unknown",
    "masked_email": "an address that nobody can write to",
    "masked_wa_phone": "a number that nobody can call",
    "contact_key": "the medium, and the member who holds the contact",
    "child_age_min": "what a request asks for",
    "child_age_max": "what a request asks for",
    "reference.holidays.name": "name of a holiday",
}

#: First day of Cohesive.
COHESIVE = "2023-10-16"

#: The digits as East Asian keyboards write them.
FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in range(10))

#: Not a masked one (`a***@d***.com`).
EMAIL = r"[^\s@|,;<>*]+@[^\s@|,;<>*]+\.[A-Za-z]{2,}"
PHONE = r"(^|[^0-9A-Za-z-])(\+?62|0)[ .-]?8[1-35-9][0-9]([ .-]?[0-9]){6,9}($|[^0-9A-Za-z-])"


@dataclass(frozen=True)
class Column:
    """One column of a database."""

    catalog: str
    schema: str
    relation: str
    name: str
    data_type: str

    @property
    def full_name(self) -> str:
        """`core.dim_members.cust_id`."""
        return f"{self.schema}.{self.relation}.{self.name}"

    @property
    def reading(self) -> str:
        """How DuckDB reads the column's relation."""
        return f'"{self.catalog}"."{self.schema}"."{self.relation}"'


def columns_of_catalogs(db: duckdb.DuckDBPyConnection, catalogs: Iterable[str]) -> list[Column]:
    """Every column of the tables and views of attached databases."""
    rows = db.execute(
        "select database_name, schema_name, table_name, column_name, data_type"
        " from duckdb_columns() where list_contains(?, database_name) and not internal"
        " and schema_name not in ('information_schema', 'pg_catalog')"
        " order by database_name, schema_name, table_name, column_index",
        [sorted(set(catalogs))],
    ).fetchall()
    return [Column(*row) for row in rows]


def private_by_name(columns: Iterable[Column]) -> list[str]:
    """Columns outside the private schemas whose names say that they hold such data. A yes or no
    about a contact (`is_email_bounced`) is none."""
    return [
        f"{column.full_name}: by its name"
        for column in columns
        if column.schema not in PRIVATE_SCHEMAS
        and PRIVATE_WORDS.search(column.name)
        and column.data_type != "BOOLEAN"
        and column.name not in PUBLIC_COLUMNS
        and column.full_name not in PUBLIC_COLUMNS
    ]


def know_raw(db: duckdb.DuckDBPyConnection, raw: Path) -> None:
    """Puts what the raw folder holds of such data into temporary tables known_texts (kind, text),
    known_phones (tail: the last nine digits), known_names (name: words of letters) and known_births
    (cust_id, day), those before Cohesive."""
    files = {
        table: f"read_parquet('{raw}/cohesive/{table}.parquet')"
        for table in ("tbl_member", "tbl_member_child")
    }
    kinds = {
        "e-mail address": "email",
        "rrr_id": "rrr_id",
        "odi_id": "odi_id",
        "stamps_user_id": "stamps_user_id",
    }
    texts = " union ".join(
        f"select '{kind}' as kind, lower(trim({column})) as text from {files['tbl_member']}"
        f" where length(trim({column})) >= 5"
        for kind, column in kinds.items()
    )
    db.execute(f"create or replace temp table known_texts as {texts}")
    db.execute(
        "create or replace temp table known_phones as select distinct right(digits, 9) as tail from"
        f" (select regexp_replace(translate(phone, '{FULL_WIDTH}', '0123456789'), '[^0-9]', '',"
        f" 'g') as digits from {files['tbl_member']}) where length(digits) >= 9"
    )
    db.execute(
        "create or replace temp table known_names as select distinct"
        " trim(regexp_replace(lower(full_name), '[^a-z]+', ' ', 'g')) as name"
        f" from {files['tbl_member']} where full_name like '___% ___%'"
    )
    db.execute(
        "create or replace temp table known_births as select distinct trim(cust_id) as cust_id,"
        f" cast(birth_date as date) as day from {files['tbl_member_child']}"
        f" where birth_date < date '{COHESIVE}'"
    )


def private_by_content(db: duckdb.DuckDBPyConnection, columns: Iterable[Column]) -> list[str]:
    """Columns outside the private schemas in which such data stand, with what they are and how many
    different values. Needs know_raw."""
    relations: dict[str, list[Column]] = {}
    for column in columns:
        if column.schema not in PRIVATE_SCHEMAS:
            relations.setdefault(column.reading, []).append(column)
    db.execute("create or replace temp table cells (place varchar, text varchar)")
    findings = []
    for reading, own in relations.items():
        # Read once: each scan of a relation on a server takes its time.
        db.execute(f"create or replace temp table one_relation as select * from {reading}")
        for column in own:
            if is_text(column) or column.data_type in ("BIGINT", "HUGEINT"):
                db.execute(
                    f'insert into cells select distinct ?, cast("{column.name}" as varchar)'
                    f' from one_relation where "{column.name}" is not null',
                    [column.full_name],
                )
        findings += births_in(db, own)
    return findings + contacts_in_cells(db)


def is_text(column: Column) -> bool:
    """Whether a column holds text, also inside a list or a structure."""
    return any(word in column.data_type for word in ("VARCHAR", "JSON", "BLOB"))


def contacts_in_cells(db: duckdb.DuckDBPyConnection) -> list[str]:
    """What the table cells holds of contact data."""
    db.execute(
        """
        create or replace temp table plain_cells as
        select
            place, text, lower(regexp_replace(trim(text), '\\s+', ' ', 'g')) as plain,
            regexp_replace(lower(text), '[^a-z]+', ' ', 'g') as words,
            regexp_replace(text, '[^0-9]', '', 'g') as digits
        from cells
        where length(text) >= 5
        """
    )
    searches = {
        "looks like an e-mail address": f"from plain_cells where regexp_matches(text, '{EMAIL}')",
        "looks like a mobile number": f"from plain_cells where regexp_matches(text, '{PHONE}')",
        "phone number of a member": (
            "from plain_cells where right(digits, 9) in (select tail from known_phones)"
            " and length(digits) between 9 and 14 and length(text) <= 24"
        ),
        "name of a member": (
            "from plain_cells where exists (select 1 from known_names"
            " where contains(' ' || plain_cells.words || ' ', ' ' || known_names.name || ' '))"
        ),
    }
    findings = []
    for what, rest in searches.items():
        for place, count in db.execute(
            f"select place, count(distinct text) {rest} group by place order by place"
        ).fetchall():
            findings.append(f"{place}: {what} ({count})")
    for place, kind, count in db.execute(
        "select place, kind, count(distinct plain_cells.text) from plain_cells"
        " inner join known_texts on plain_cells.plain = known_texts.text"
        " group by place, kind order by place, kind"
    ).fetchall():
        findings.append(f"{place}: {kind} of a member ({count})")
    return findings


def births_in(db: duckdb.DuckDBPyConnection, columns: list[Column]) -> list[str]:
    """Date columns of the table one_relation that hold birth dates of children: of the member
    beside, or, without members, mostly such dates. Only dates before Cohesive are compared, because
    those are no days on which members bought something; a few equal dates are chance."""
    findings = []
    has_member = any(column.name == "cust_id" for column in columns)
    member, keys = ("cust_id, ", "cust_id, day") if has_member else ("", "day")
    for column in columns:
        if column.data_type not in ("DATE", "TIMESTAMP"):
            continue
        found, different = db.execute(
            f"select count(*) filter (({keys}) in (select {keys} from known_births)), count(*) from"
            f' (select distinct {member}cast("{column.name}" as date) as day from one_relation)'
            f" where day < date '{COHESIVE}'"
        ).fetchall()[0]
        if found >= 5 and 4 * found >= 3 * different:
            findings.append(f"{column.full_name}: birth dates of children ({found} of {different})")
    return findings
