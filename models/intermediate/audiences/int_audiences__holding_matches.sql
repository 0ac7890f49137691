-- One row a request, kind of holding (voucher, expiring koin, child, propensity) that it asks for,
-- and member who has it.
{{ config(schema='restricted') }}

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where is_buildable and not is_delivered
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

request_values as (
    select * from {{ ref('int_requests__values') }}
),

vouchers as (
    select * from {{ ref('fct_vouchers') }}
    where
        is_usable
        and cust_id is not null
),

open_lots as (
    select * from {{ ref('int_koin__open_lots') }}
),

children as (
    select * from {{ ref('member_children') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

{% if has_python_models() -%}
    propensity as (
        select * from {{ ref('segment_category_propensity') }}
    ),

    scored_members as (
        select
            category,
            count(*) as member_count
        from propensity
        group by category
    ),
{%- endif %}

holdings as (
    select
        definitions.request_id,
        'voucher' as holding,
        vouchers.cust_id
    from definitions
    inner join request_values
        on
            definitions.request_id = request_values.request_id
            and request_values.column_name = 'unredeemed_voucher_program'
    inner join vouchers
        on
            request_values.list_value = vouchers.program_code
            and vouchers.issued_date >= coalesce(
                definitions.voucher_issued_from, cast('0001-01-01' as date)
            )
            and vouchers.issued_date <= coalesce(
                definitions.voucher_issued_to, cast('9999-12-31' as date)
            )
    union all
    select
        definitions.request_id,
        'expiring_koin' as holding,
        open_lots.cust_id
    from definitions
    cross join run
    inner join open_lots
        on
            run.as_of_date <= open_lots.expires_on
            and {{ date_add_days('run.as_of_date', 'definitions.koin_expiring_days') }}
            >= open_lots.expires_on
    where definitions.has_koin_expiring_criteria
    union all
    select
        definitions.request_id,
        'child' as holding,
        children.cust_id
    from definitions
    inner join children
        on
            coalesce(definitions.child_age_min, 0) <= children.child_age
            and coalesce(definitions.child_age_max, 999) >= children.child_age
    where definitions.has_children_criteria
    {% if has_python_models() -%}
        union all
        select
            definitions.request_id,
            'propensity' as holding,
            propensity.cust_id
        from definitions
        inner join request_values
            on
                definitions.request_id = request_values.request_id
                and request_values.column_name = 'propensity_category'
        inner join propensity
            on request_values.list_value = propensity.category
        inner join scored_members
            on propensity.category = scored_members.category
        where
            propensity.propensity_rank - 1
            < definitions.propensity_top_share * scored_members.member_count
    {%- endif %}
)

select
    holdings.request_id,
    holdings.holding,
    holdings.cust_id
from holdings
inner join requests
    on holdings.request_id = requests.request_id
group by holdings.request_id, holdings.holding, holdings.cust_id
