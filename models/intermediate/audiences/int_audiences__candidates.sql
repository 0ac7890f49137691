-- One row a request that this run builds and matched member: the gate that its channel closes, or
-- the place in the request's order, and whether the member would be held out.

with matched as (
    select * from {{ ref('int_audiences__matched') }}
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

channel_gates as (
    select * from {{ ref('int_audiences__channel_gates') }}
),

profiles as (
    select * from {{ ref('member_profile') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

gated as (
    select
        matched.request_id,
        matched.cust_id,
        channel_gates.contact_key,
        channel_gates.failed_gate,
        channel_gates.reason
    from matched
    inner join definitions
        on matched.request_id = definitions.request_id
    inner join channel_gates
        on
            definitions.channel = channel_gates.channel
            and matched.cust_id = channel_gates.cust_id
),

-- Whom the channel keeps out needs no place.
ordered as (
    select
        gated.request_id,
        gated.cust_id,
        gated.contact_key,
        md5(gated.request_id || gated.cust_id) as hash_order,
        case definitions.order_by
            when 'email_non_opener_first'
                then
                    cast(
                        {{ non_opener_first_rank('profiles.email_engagement') }} as numeric(20, 2)
                    )
            when 'recent_first'
                then
                    cast(
                        coalesce(
                            {{ date_diff_days(
                                'profiles.last_transaction_date', 'run.as_of_date'
                            ) }},
                            999999
                        ) as numeric(20, 2)
                    )
            when 'value_first' then cast(-profiles.net_sales_l1y as numeric(20, 2))
            when 'koin_first' then cast(-profiles.koin_balance as numeric(20, 2))
            else cast(0 as numeric(20, 2))
        end as order_key,
        case
            when definitions.holdout_share > 0
                then
                    {{ fraction_of_md5("'holdout' || gated.request_id || gated.cust_id") }}
                    < definitions.holdout_share
            else false
        end as is_held_out
    from gated
    inner join definitions
        on gated.request_id = definitions.request_id
    inner join profiles
        on gated.cust_id = profiles.cust_id
    cross join run
    where gated.failed_gate is null
)

select
    request_id,
    cust_id,
    contact_key,
    cast(null as varchar) as failed_gate,
    cast(null as varchar) as reason,
    is_held_out,
    cast(
        row_number() over (
            partition by request_id order by order_key, {{ text_order('hash_order') }}
        ) as bigint
    ) as order_position
from ordered
union all
select
    request_id,
    cust_id,
    contact_key,
    failed_gate,
    reason,
    cast(null as boolean) as is_held_out,
    cast(null as bigint) as order_position
from gated
where failed_gate is not null
