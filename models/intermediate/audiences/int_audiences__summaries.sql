-- One row a request that this run builds: members by outcome, the funnel in words, targets by file,
-- and a hash of the targets in their order.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where is_buildable and not is_delivered
),

decisions as (
    select * from {{ ref('audience_decisions') }}
    where not is_delivered
),

funnel as (
    select * from {{ ref('audience_funnel') }}
),

counts as (
    select
        request_id,
        count(*) as matched_count,
        sum(case when outcome = 'rejected' then 1 else 0 end) as rejected_count,
        sum(case when outcome = 'target' then 1 else 0 end) as target_count,
        sum(case when outcome = 'holdout' then 1 else 0 end) as holdout_count,
        sum(case when outcome = 'reserve' then 1 else 0 end) as reserve_count
    from decisions
    group by request_id
),

worded_gates as (
    select
        request_id,
        gate_order,
        {{ with_thousands('members_rejected') }} as members,
        case
            {% for gate, words in audience_gates().items() if words -%}
                when gate = '{{ gate }}' then '{{ words }}'
            {% endfor -%}
        end as gate_words
    from funnel
    where members_rejected > 0
),

rejected_words as (
    select
        request_id,
        {{ dbt.listagg("members || ' ' || gate_words", "'; '", 'order by gate_order') }} as words
    from worded_gates
    group by request_id
),

split_counts as (
    select
        request_id,
        split_value,
        count(*) as target_count
    from decisions
    where outcome = 'target'
    group by request_id, split_value
),

worded_splits as (
    select
        request_id,
        split_value,
        {{ with_thousands('target_count') }} as targets
    from split_counts
),

split_words as (
    select
        request_id,
        {{ dbt.listagg("split_value || ' ' || targets", "'; '", 'order by split_value') }} as words
    from worded_splits
    group by request_id
),

-- Hashed in pieces, so that no text grows with the audience.
pieces as (
    select
        request_id,
        audience_rank,
        audience_rank - mod(audience_rank, 1000) as piece,
        cust_id || ' ' || split_value as target_line
    from decisions
    where outcome = 'target'
),

piece_texts as (
    select
        request_id,
        piece,
        {{ dbt.listagg('target_line', "'|'", 'order by audience_rank') }} as piece_text
    from pieces
    group by request_id, piece
),

hashed_pieces as (
    select
        request_id,
        piece,
        md5(piece_text) as piece_hash
    from piece_texts
),

request_texts as (
    select
        request_id,
        {{ dbt.listagg('piece_hash', "'|'", 'order by piece') }} as request_text
    from hashed_pieces
    group by request_id
),

content_hashes as (
    select
        request_id,
        md5(request_text) as content_hash
    from request_texts
),

counted as (
    select
        requests.request_id,
        cast(coalesce(counts.matched_count, 0) as bigint) as matched_count,
        cast(coalesce(counts.rejected_count, 0) as bigint) as rejected_count,
        cast(coalesce(counts.target_count, 0) as bigint) as target_count,
        cast(coalesce(counts.holdout_count, 0) as bigint) as holdout_count,
        cast(coalesce(counts.reserve_count, 0) as bigint) as reserve_count
    from requests
    left join counts
        on requests.request_id = counts.request_id
),

worded as (
    select
        request_id,
        {{ with_thousands('matched_count') }} as matched_members,
        {{ with_thousands('holdout_count') }} as held_out,
        {{ with_thousands('reserve_count') }} as reserve,
        {{ with_thousands('target_count') }} as targets
    from counted
)

select
    counted.request_id,
    counted.matched_count,
    counted.rejected_count,
    counted.target_count,
    counted.holdout_count,
    counted.reserve_count,
    worded.matched_members || ' matched' || coalesce('; ' || rejected_words.words, '') || '; '
    || worded.held_out || ' held out; ' || worded.reserve || ' in reserve; '
    || worded.targets || ' targets' as funnel_in_words,
    coalesce(split_words.words, '') as targets_by_split,
    coalesce(content_hashes.content_hash, md5('')) as content_hash
from counted
inner join worded
    on counted.request_id = worded.request_id
left join rejected_words
    on counted.request_id = rejected_words.request_id
left join split_words
    on counted.request_id = split_words.request_id
left join content_hashes
    on counted.request_id = content_hashes.request_id
