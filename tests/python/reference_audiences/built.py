"""The tables of a finished build on DuckDB, as the reference takes them.

Only facts, dimensions and the segment marts are read, which have references of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from reference_audiences.criteria import Tables, matched
from reference_audiences.gates import (
    Candidate,
    Decision,
    Reach,
    Sent,
    channel_gate,
    contact_of,
    settle,
)
from reference_audiences.requests import Request

FAR = date.max.toordinal()
ENGAGEMENT_ORDER = {"non_opener": 1, "unknown": 2, "opener": 3}

QUERIES = {
    "members": "select * from segments.member_profile",
    "receipts": """
        select receipts.receive_main_id, receipts.cust_id, receipts.bu_code, receipts.site_code,
            sites.site_type, receipts.sales_channel, receipts.fulfilment, receipts.business_date,
            receipts.receipt_status, receipts.sales
        from core.fct_receipts as receipts
        left join core.dim_sites as sites on receipts.site_code = sites.site_code
        where receipts.receipt_status in ('completed', 'return') and receipts.cust_id is not null
    """,
    "lines": """
        select lines.receive_main_id, lines.sku, products.category, products.brand
        from core.fct_receipt_lines as lines
        left join core.dim_products as products on lines.sku = products.sku
    """,
    "payments": "select receive_main_id, payment_partner from core.fct_receipt_payments",
    "children": "select cust_id, child_age as age from restricted.member_children",
    "open_lots": "select cust_id, expires_on, koin_left from intermediate.int_koin__open_lots",
    "vouchers": """
        select cust_id, program_code, issued_date as issued_on, is_usable from core.fct_vouchers
    """,
    "seasonal_shoppers": """
        select cust_id, season from segments.segment_seasonal where is_seasonal_shopper
    """,
    "propensities": """
        select cust_id, category, propensity_rank from segments.segment_category_propensity
    """,
    "areas": "select area, city, province from reference.campaign_areas",
}
REACH = """
    select contacts.*, members.is_full_registered, reachability.is_email_opted_in,
        reachability.is_whatsapp_opted_in, reachability.is_email_bounced,
        reachability.is_whatsapp_bounced
    from restricted.member_contacts as contacts
    inner join core.dim_members as members on contacts.cust_id = members.cust_id
    inner join intermediate.int_members__reachability as reachability
        on contacts.cust_id = reachability.cust_id
"""
SENT = """
    select cust_id, channel, event_date from core.fct_message_events
    where event_type = 'sent' and cust_id is not null
"""


def read_tables(db: duckdb.DuckDBPyConnection, go_live: date) -> Tables:
    """What criteria look at."""
    return Tables(
        as_of=read_as_of(db),
        go_live=go_live,
        **{name: frame(db, query) for name, query in QUERIES.items()},
    )


def read_as_of(db: duckdb.DuckDBPyConnection) -> date:
    """The as-of date of the build."""
    return db.execute("select as_of_date from intermediate.int_run__as_of").fetchall()[0][0]


def read_reach(db: duckdb.DuckDBPyConnection) -> dict[str, Reach]:
    """What channels need, by member."""
    return {row["cust_id"]: reach_of(row) for row in rows(db, REACH)}


def reach_of(row: Mapping[str, Any]) -> Reach:
    """What channels need of one member."""
    attributes = {
        name: row[name] for name in ("rrr_id", "odi_id", "stamps_user_id", "full_name", "email")
    }
    attributes["phone"] = row["wa_phone"] if row["phone_status"] == "ok" else None
    media = {"email": "email", "whatsapp": "whatsapp"}
    return Reach(
        is_full_registered=bool(row["is_full_registered"]),
        attributes=attributes,
        opted_in=frozenset(m for m in media if row[f"is_{m}_opted_in"]),
        bounced=frozenset(m for m in media if row[f"is_{m}_bounced"]),
    )


def read_sent(db: duckdb.DuckDBPyConnection) -> list[Sent]:
    """Messages sent to members up to the as-of date."""
    return [Sent(*row) for row in db.execute(SENT).fetchall()]


def order_key(order_by: str | None, member: Mapping[str, Any]) -> Any:
    """The smaller one comes first."""
    if order_by == "email_non_opener_first":
        return ENGAGEMENT_ORDER[member["email_engagement"]]
    if order_by == "recent_first":
        last = member["last_transaction_date"]
        return FAR if pd.isna(last) else -last.toordinal()
    if order_by == "value_first":
        return -(member["net_sales_l1y"] or 0)
    if order_by == "koin_first":
        return -member["koin_balance"]
    return 0


def candidates_of(
    requests: Iterable[Request], tables: Tables, reach: Mapping[str, Reach]
) -> list[Candidate]:
    """Everybody who matches a request, with the gate of the channel that stops the member."""
    members = {row["cust_id"]: row for row in tables.members.to_dict("records")}
    return [
        Candidate(
            request.request_id,
            cust_id,
            channel_gate(request.channel, reach[cust_id]),
            contact_of(request.channel, reach[cust_id]),
            order_key(request.order_by, members[cust_id]),
            members[cust_id]["activation_status"],
            members[cust_id]["gender"],
        )
        for request in requests
        for cust_id in sorted(matched(request, tables))
    ]


def resolve(
    db: duckdb.DuckDBPyConnection, requests: Sequence[Request], go_live: date
) -> list[Decision]:
    """The decisions of all requests on a build, from criteria to reserve."""
    tables = read_tables(db, go_live)
    candidates = candidates_of(requests, tables, read_reach(db))
    return settle(requests, candidates, read_sent(db), tables.as_of)


def rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query, with None for null."""
    result = db.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def frame(db: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    """The rows of a query as Python objects: exact numbers, dates, None for null."""
    result = db.execute(query)
    names = [column[0] for column in result.description]
    return pd.DataFrame(result.fetchall(), columns=names, dtype=object)
