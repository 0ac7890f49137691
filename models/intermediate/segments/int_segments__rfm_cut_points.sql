-- One row: the 20, 40, 60 and 80 % quantiles of recency, frequency and monetary over the buyers of
-- L1Y, interpolated linearly and exactly: quantile j/5 lies j (n - 1) fifths of a step up the n
-- sorted values.

with buyers as (
    select * from {{ ref('int_segments__member_purchases') }}
    where transaction_count_l1y > 0
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

measured as (
    select
        buyers.cust_id,
        cast(
            {{ date_diff_days('buyers.last_transaction_date', 'run.as_of_date') }} as numeric(18, 2)
        ) as recency_days,
        cast(buyers.transaction_count_l1y as numeric(18, 2)) as frequency,
        buyers.net_sales_l1y as monetary
    from buyers
    cross join run
),

ranked as (
    {% for measure in ['recency_days', 'frequency', 'monetary'] -%}
        select
            '{{ measure }}' as measure,
            {{ measure }} as amount,
            row_number() over (order by {{ measure }}, {{ text_order('cust_id') }}) as value_rank
        from measured
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

buyer_counts as (
    select count(*) as buyer_count from measured
),

fifths as (
    {% for fifth in range(1, 5) -%}
        select
            {{ fifth }} as fifth,
            {{ fifth }} * (buyer_count - 1) as fifths_up
        from buyer_counts
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

neighbours as (
    select
        fifth,
        mod(fifths_up, 5) as weight,
        cast((fifths_up - mod(fifths_up, 5)) / 5 as bigint) + 1 as lower_rank
    from fifths
),

cut_points as (
    select
        ranked.measure,
        neighbours.fifth,
        sum(
            ranked.amount * cast(
                case
                    when ranked.value_rank = neighbours.lower_rank then 5 - neighbours.weight
                    else neighbours.weight
                end as numeric(2, 0)
            )
        ) * 0.2 as cut_point
    from neighbours
    inner join ranked
        on ranked.value_rank in (neighbours.lower_rank, neighbours.lower_rank + 1)
    group by ranked.measure, neighbours.fifth
)

select
    {% for fifth in range(1, 5) -%}
        {% for measure in ['recency_days', 'frequency', 'monetary'] -%}
            cast(
                max(
                    case
                        when cut_points.measure = '{{ measure }}' and cut_points.fifth = {{ fifth }}
                            then cut_points.cut_point
                    end
                )
                as numeric(21, 3)
            ) as {{ measure }}_cut_{{ fifth }},
        {% endfor -%}
    {% endfor -%}
    cast(max(buyer_counts.buyer_count) as bigint) as buyer_count
from cut_points
cross join buyer_counts
