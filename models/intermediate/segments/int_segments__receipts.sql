-- One row a receipt that segments know: completed or return, since Cohesive, of a member who is not
-- erased.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

run as (
    select * from {{ ref('int_run__as_of') }}
)

select
    receipts.receive_main_id,
    receipts.cust_id,
    receipts.bu_code,
    receipts.site_code,
    receipts.sales_channel,
    receipts.business_date,
    receipts.sales,
    receipts.is_transaction,
    true as is_since_cohesive,
    receipts.business_date between {{ l12m_starts_on('run.as_of_date') }}
    and {{ last_month_end('run.as_of_date') }} as is_l12m,
    receipts.business_date >= {{ l1y_starts_on('run.as_of_date') }} as is_l1y
from receipts
inner join members
    on receipts.cust_id = members.cust_id
cross join run
