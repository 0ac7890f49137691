-- One row a member: recency, frequency and monetary over L1Y, their scores and the segment.

with members as (
    select * from {{ ref('int_segments__member_purchases') }}
),

cut_points as (
    select * from {{ ref('int_segments__rfm_cut_points') }}
),

rules as (
    select * from {{ ref('rfm_segments') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

measured as (
    select
        members.cust_id,
        members.transaction_count_l1y as frequency,
        members.net_sales_l1y as monetary,
        case
            when members.transaction_count_l1y > 0
                then {{ date_diff_days('members.last_transaction_date', 'run.as_of_date') }}
        end as recency_days
    from members
    cross join run
),

scored as (
    select
        measured.cust_id,
        measured.recency_days,
        measured.frequency,
        measured.monetary,
        case
            when measured.recency_days is not null
                then
                    {{ quantile_score(
                        'measured.recency_days', 'cut_points.recency_days_cut_', high_is_good=false
                    ) }}
        end as r_score,
        case
            when measured.recency_days is not null
                then {{ quantile_score('measured.frequency', 'cut_points.frequency_cut_') }}
        end as f_score,
        case
            when measured.recency_days is not null
                then {{ quantile_score('measured.monetary', 'cut_points.monetary_cut_') }}
        end as m_score
    from measured
    cross join cut_points
),

score_combinations as (
    select
        r_score,
        f_score,
        m_score
    from scored
    where r_score is not null
    group by r_score, f_score, m_score
),

first_matches as (
    select
        score_combinations.r_score,
        score_combinations.f_score,
        score_combinations.m_score,
        min(rules.rule_order) as rule_order
    from score_combinations
    inner join rules
        on
            score_combinations.r_score between rules.r_min and rules.r_max
            and score_combinations.f_score between rules.f_min and rules.f_max
            and score_combinations.m_score between rules.m_min and rules.m_max
    group by score_combinations.r_score, score_combinations.f_score, score_combinations.m_score
)

select
    scored.cust_id,
    scored.recency_days,
    scored.frequency,
    scored.monetary,
    scored.r_score,
    scored.f_score,
    scored.m_score,
    cast(scored.r_score as varchar) || cast(scored.f_score as varchar)
    || cast(scored.m_score as varchar) as rfm_score,
    case
        when scored.r_score is null then 'NO_PURCHASE'
        else coalesce(rules.rfm_segment, 'OTHERS')
    end as rfm_segment
from scored
left join first_matches
    on
        scored.r_score = first_matches.r_score
        and scored.f_score = first_matches.f_score
        and scored.m_score = first_matches.m_score
left join rules
    on first_matches.rule_order = rules.rule_order
