{#
    Post-hook of int_audiences__outcomes: decides about the candidates whom their channel lets through,
    one statement a level, because the cap of a request frees members for the next one.

    Arguments: outcomes - the relation to add to.
    Result: none; rows are added to the relation.
#}
{% macro resolve_audiences(outcomes) %}
    {% if execute and flags.WHICH in ('build', 'run') %}
        {% set requests = run_query(
            'select request_id from ' ~ ref('int_audiences__requests')
            ~ ' where is_buildable and not is_delivered order by request_order'
        ) %}
        {% set edges = run_query(
            'select request_id, waits_for from ' ~ ref('int_audiences__dependencies')
        ) %}
        {% set request_ids = requests.rows | map(attribute=0) | list %}
        {% set pairs = [] %}
        {% for row in edges.rows %}
            {% do pairs.append([row[0], row[1]]) %}
        {% endfor %}
        {% for level in audience_levels(request_ids, pairs) %}
            {% do run_query(resolved_level(outcomes, level)) %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{#
    The statement that adds the outcomes of requests that do not touch each other: gates 6 to 9, rank,
    holdout, cap and capacity.

    Arguments: outcomes - the relation that holds what is decided so far; request_ids - a list.
    Result: an insert.
#}
{% macro resolved_level(outcomes, request_ids) %}
    {%- set ids = [] -%}
    {%- for request_id in request_ids -%}
        {%- do ids.append(dbt.string_literal(dbt.escape_single_quotes(request_id))) -%}
    {%- endfor -%}
    insert into {{ outcomes }}
        (request_id, cust_id, contact_key, outcome, first_failed_gate, audience_rank)
    with requests as (
        select
            definitions.request_id,
            definitions.cap,
            requests.medium,
            requests.frequency_cap_messages,
            requests.daily_capacity
        from {{ ref('int_audiences__requests') }} as requests
        inner join {{ ref('int_requests__definitions') }} as definitions
            on requests.request_id = definitions.request_id
        where requests.request_id in ({{ ids | join(', ') }})
    ),

    candidates as (
        select candidates.*
        from {{ ref('int_audiences__candidates') }} as candidates
        where
            candidates.request_id in ({{ ids | join(', ') }})
            and candidates.failed_gate is null
    ),

    dependencies as (
        select *
        from {{ ref('int_audiences__dependencies') }}
        where request_id in ({{ ids | join(', ') }})
    ),

    -- What is decided about the requests that these wait for.
    decided as (
        select
            dependencies.request_id,
            dependencies.is_excluded,
            dependencies.is_competitor,
            dependencies.is_planned_message,
            dependencies.shares_capacity,
            outcomes.cust_id,
            outcomes.contact_key,
            outcomes.outcome
        from dependencies
        inner join {{ outcomes }} as outcomes
            on dependencies.waits_for = outcomes.request_id
        where outcomes.outcome in ('target', 'holdout')
    ),

    decided_members as (
        select
            request_id,
            cust_id,
            max(case when is_excluded then 1 else 0 end) as is_excluded,
            max(case when is_competitor then 1 else 0 end) as is_taken,
            sum(case when is_planned_message and outcome = 'target' then 1 else 0 end)
                as planned_count
        from decided
        group by request_id, cust_id
    ),

    taken_contacts as (
        select
            request_id,
            contact_key
        from decided
        where
            is_competitor
            and contact_key is not null
        group by request_id, contact_key
    ),

    used_capacity as (
        select
            request_id,
            sum(case when shares_capacity and outcome = 'target' then 1 else 0 end) as used_count
        from decided
        group by request_id
    ),

    gated as (
        select
            candidates.request_id,
            candidates.cust_id,
            candidates.contact_key,
            candidates.order_position,
            candidates.is_held_out,
            case
                when decided_members.is_excluded = 1 then 'excluded_requests'
                when decided_members.is_taken = 1 or taken_contacts.contact_key is not null
                    then 'competition'
                when
                    coalesce(sent_counts.sent_count, 0) + coalesce(decided_members.planned_count, 0)
                    >= requests.frequency_cap_messages
                    then 'frequency_cap'
            end as failed_gate
        from candidates
        inner join requests
            on candidates.request_id = requests.request_id
        left join decided_members
            on
                candidates.request_id = decided_members.request_id
                and candidates.cust_id = decided_members.cust_id
        left join taken_contacts
            on
                candidates.request_id = taken_contacts.request_id
                and candidates.contact_key = taken_contacts.contact_key
        left join {{ ref('int_audiences__sent_counts') }} as sent_counts
            on
                candidates.request_id = sent_counts.request_id
                and candidates.cust_id = sent_counts.cust_id
    ),

    passed as (
        select *
        from gated
        where failed_gate is null
    ),

    {# Most contacts are used by their holder alone, so twins are looked for where another uses them, too.
       A member without contact is nobody's twin. -#}
    shared_contacts as (
        select
            passed.request_id,
            passed.contact_key
        from passed
        inner join requests
            on passed.request_id = requests.request_id
        where passed.contact_key <> {{ contact_key("coalesce(requests.medium, '')", 'passed.cust_id') }}
        group by passed.request_id, passed.contact_key
    ),

    users as (
        select
            passed.request_id,
            passed.cust_id,
            passed.contact_key,
            row_number() over (
                partition by passed.request_id, passed.contact_key
                order by passed.order_position
            ) as contact_position
        from passed
        inner join shared_contacts
            on
                passed.request_id = shared_contacts.request_id
                and passed.contact_key = shared_contacts.contact_key
    ),

    twins as (
        select *
        from users
        where contact_position > 1
    ),

    ranked as (
        select
            passed.request_id,
            passed.cust_id,
            passed.contact_key,
            passed.is_held_out,
            row_number() over (partition by passed.request_id order by passed.order_position)
                as audience_rank,
            sum(case when passed.is_held_out then 0 else 1 end) over (
                partition by passed.request_id
                order by passed.order_position
                rows between unbounded preceding and current row
            ) as send_position
        from passed
        left join twins
            on
                passed.request_id = twins.request_id
                and passed.cust_id = twins.cust_id
        where twins.request_id is null
    ),

    send_counts as (
        select
            request_id,
            max(send_position) as send_count
        from ranked
        group by request_id
    ),

    {# A capacity that everybody fits in cuts nobody off: it is no cap. -#}
    limits as (
        select
            send_counts.request_id,
            requests.cap,
            case
                when
                    requests.daily_capacity - coalesce(used_capacity.used_count, 0)
                    < least(send_counts.send_count, coalesce(requests.cap, send_counts.send_count))
                    then requests.daily_capacity - coalesce(used_capacity.used_count, 0)
            end as capacity
        from send_counts
        inner join requests
            on send_counts.request_id = requests.request_id
        left join used_capacity
            on send_counts.request_id = used_capacity.request_id
    ),

    targeted as (
        select
            ranked.*,
            limits.cap,
            limits.capacity,
            not ranked.is_held_out
            and ranked.send_position
            <= coalesce(least(limits.cap, limits.capacity), ranked.send_position) as is_target
        from ranked
        inner join limits
            on ranked.request_id = limits.request_id
    ),

    last_targets as (
        select
            request_id,
            max(case when is_target then audience_rank else 0 end) as last_target_rank
        from targeted
        group by request_id
    )

    select
        gated.request_id,
        gated.cust_id,
        gated.contact_key,
        'rejected' as outcome,
        gated.failed_gate as first_failed_gate,
        cast(null as bigint) as audience_rank
    from gated
    where gated.failed_gate is not null
    union all
    select
        twins.request_id,
        twins.cust_id,
        twins.contact_key,
        'rejected' as outcome,
        'one_per_contact' as first_failed_gate,
        cast(null as bigint) as audience_rank
    from twins
    union all
    select
        targeted.request_id,
        targeted.cust_id,
        targeted.contact_key,
        case
            when targeted.is_target then 'target'
            when
                targeted.is_held_out
                and (
                    coalesce(targeted.cap, targeted.capacity) is null
                    or targeted.audience_rank < last_targets.last_target_rank
                )
                then 'holdout'
            else 'reserve'
        end as outcome,
        case
            when
                not targeted.is_target
                and not targeted.is_held_out
                and targeted.send_position <= coalesce(targeted.cap, targeted.send_position)
                then 'channel_capacity'
        end as first_failed_gate,
        cast(targeted.audience_rank as bigint) as audience_rank
    from targeted
    inner join last_targets
        on targeted.request_id = last_targets.request_id
{% endmacro %}
