-- One row a month of first purchase and number of months since, also those to come: members of the
-- cohort who bought in that month, and what they spent. A member is of one cohort, so cohorts add
-- up; months do not. A month that is not over has nulls.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
        and cust_id is not null
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

member_months as (
    select
        cust_id,
        {{ first_day_of_month('business_date') }} as month_start,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(sales) as net_sales
    from receipts
    group by cust_id, {{ first_day_of_month('business_date') }}
),

cohorts as (
    select
        cust_id,
        min(month_start) as cohort_month
    from member_months
    where transaction_count > 0
    group by cust_id
),

cohort_sizes as (
    select
        cohort_month,
        count(*) as cohort_size
    from cohorts
    group by cohort_month
),

activity as (
    select
        cohorts.cohort_month,
        member_months.month_start,
        sum(case when member_months.transaction_count > 0 then 1 else 0 end)
            as active_member_count,
        sum(member_months.transaction_count) as transaction_count,
        sum(member_months.net_sales) as net_sales
    from cohorts
    inner join member_months
        on
            cohorts.cust_id = member_months.cust_id
            and cohorts.cohort_month <= member_months.month_start
    group by cohorts.cohort_month, member_months.month_start
),

cells as (
    select
        months.month_start as cohort_month,
        months.month_number = 1 as is_left_truncated,
        months.as_of_date,
        since.month_number - 1 as months_since,
        {{ add_months('months.month_start', 'since.month_number - 1') }} as activity_month
    from months
    cross join months as since
),

measured as (
    select
        cells.cohort_month,
        cells.months_since,
        cells.activity_month,
        cells.is_left_truncated,
        {{ last_day_of_month('cells.activity_month') }} <= cells.as_of_date as is_mature,
        coalesce(cohort_sizes.cohort_size, 0) as cohort_size,
        coalesce(activity.active_member_count, 0) as active_member_count,
        coalesce(activity.transaction_count, 0) as transaction_count,
        coalesce(activity.net_sales, 0) as net_sales,
        sum(coalesce(activity.net_sales, 0)) over (
            partition by cells.cohort_month
            order by cells.months_since
            rows between unbounded preceding and current row
        ) as cumulative_net_sales
    from cells
    left join cohort_sizes
        on cells.cohort_month = cohort_sizes.cohort_month
    left join activity
        on
            cells.cohort_month = activity.cohort_month
            and cells.activity_month = activity.month_start
),

known as (
    select
        cohort_month,
        months_since,
        activity_month,
        is_left_truncated,
        is_mature,
        cohort_size,
        case when is_mature then active_member_count end as active_member_count,
        case when is_mature then transaction_count end as transaction_count,
        case when is_mature then net_sales end as net_sales,
        case when is_mature then cumulative_net_sales end as cumulative_net_sales
    from measured
)

select
    cohort_month,
    months_since,
    activity_month,
    is_left_truncated,
    is_mature,
    cast(cohort_size as bigint) as cohort_size,
    cast(active_member_count as bigint) as active_member_count,
    {{ safe_divide('active_member_count', 'cohort_size') }} as retention_rate,
    cast(transaction_count as bigint) as transaction_count,
    cast(net_sales as numeric(18, 2)) as net_sales,
    {{ safe_divide('net_sales', 'cohort_size') }} as net_sales_per_member,
    cast(cumulative_net_sales as numeric(18, 2)) as cumulative_net_sales,
    {{ safe_divide('cumulative_net_sales', 'cohort_size') }} as cumulative_net_sales_per_member
from known
