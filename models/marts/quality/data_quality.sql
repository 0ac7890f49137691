-- One row a raw table, outcome and reason: rows concerned and the money that they carry.
-- Rows of different outcomes overlap (a kept row can also be unknown): do not add them up.

with row_counts as (
    select * from {{ ref('int_quality__row_counts') }}
),

rejected_rows as (
    select * from {{ ref('stg_rejected_rows') }}
),

broken_references as (
    select * from {{ ref('int_quality__references') }}
),

disagreements as (
    select * from {{ ref('int_quality__disagreements') }}
),

findings as (
    select
        table_name,
        'delivered' as outcome,
        'all' as reason,
        delivered_rows as row_count,
        cast(null as numeric(18, 2)) as amount
    from row_counts
    union all
    select
        table_name,
        'kept' as outcome,
        'all' as reason,
        kept_rows as row_count,
        cast(null as numeric(18, 2)) as amount
    from row_counts
    union all
    select
        table_name,
        'superseded' as outcome,
        'newer_version' as reason,
        superseded_rows as row_count,
        cast(null as numeric(18, 2)) as amount
    from row_counts
    union all
    select
        table_name,
        'rejected' as outcome,
        reject_reason as reason,
        count(*) as row_count,
        sum(abs(amount)) as amount
    from rejected_rows
    group by table_name, reject_reason
    union all
    select
        table_name,
        outcome,
        reason,
        row_count,
        amount
    from broken_references
    union all
    select
        table_name,
        'disagreement' as outcome,
        reason,
        row_count,
        amount
    from disagreements
)

select
    table_name,
    outcome,
    reason,
    cast(row_count as bigint) as row_count,
    cast(amount as numeric(18, 2)) as amount
from findings
