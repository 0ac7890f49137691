-- One row a member with what e-mail and WhatsApp can do as of the run: whether the opt-in stands,
-- whether a message would arrive, and how the member took the e-mails of late. No contact data.

with members as (
    select * from {{ ref('stg_cohesive__members') }}
),

versions as (
    select * from {{ ref('base_cohesive__members') }}
    where reject_reason is null
),

events as (
    select * from {{ ref('stg_stamps__message_events') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

-- Who came once has had the same contacts all along.
changed_members as (
    select cust_id
    from versions
    group by cust_id
    having count(*) > 1
),

changed_versions as (
    select
        versions.cust_id,
        versions.updated_at,
        versions.email_raw,
        versions.phone_raw,
        dense_rank() over (
            partition by versions.cust_id
            order by versions.updated_at nulls first, versions._loaded_at
        ) as version_no
    from versions
    inner join changed_members
        on versions.cust_id = changed_members.cust_id
),

-- The same number in another spelling is no new number.
{{ wa_phone_steps(
    'changed_versions', ['cust_id', 'version_no', 'updated_at', 'email_raw', 'phone_raw'], 'phone_raw'
) }},

compared_versions as (
    select
        phone_result.cust_id,
        phone_result.version_no,
        phone_result.updated_at,
        coalesce({{ normalise_email('phone_result.email_raw') }}, '')
        = coalesce({{ normalise_email('members.email_raw') }}, '') as has_email,
        coalesce(phone_result.phone_normalised, phone_result.phone_raw, '')
        = coalesce(members.phone_normalised, members.phone_raw, '') as has_phone
    from phone_result
    inner join members
        on phone_result.cust_id = members.cust_id
),

last_others as (
    select
        cust_id,
        max(case when has_email then 0 else version_no end) as other_email_no,
        max(case when has_phone then 0 else version_no end) as other_phone_no
    from compared_versions
    group by cust_id
),

first_versions as (
    select
        compared_versions.cust_id,
        min(case
            when compared_versions.version_no > last_others.other_email_no
                then compared_versions.updated_at
        end) as email_updated_at,
        min(case
            when compared_versions.version_no > last_others.other_phone_no
                then compared_versions.updated_at
        end) as phone_updated_at
    from compared_versions
    inner join last_others
        on compared_versions.cust_id = last_others.cust_id
    group by compared_versions.cust_id
),

-- A contact was last updated by the earliest version since which it is the same; a consent of later
-- is not given yet.
known_contacts as (
    select
        members.cust_id,
        coalesce(first_versions.email_updated_at, members.updated_at) as email_updated_at,
        coalesce(first_versions.phone_updated_at, members.updated_at) as phone_updated_at,
        members.email_opt_in
        and coalesce(cast(members.email_opt_in_at as date) <= run.as_of_date, true)
            as email_opt_in,
        members.whatsapp_opt_in
        and coalesce(cast(members.whatsapp_opt_in_at as date) <= run.as_of_date, true)
            as whatsapp_opt_in
    from members
    cross join run
    left join first_versions
        on members.cust_id = first_versions.cust_id
),

known_events as (
    select
        events.stamps_user_id,
        events.event_type,
        events.event_ts,
        events.channel = 'email' as is_email,
        events.event_type = 'unsubscribed' as is_unsubscribe,
        events.event_type = 'bounced' and coalesce(events.bounce_type = 'hard', false)
            as is_hard_bounce,
        {{ is_human_engagement('events.event_type', 'events.is_machine_open') }}
            as is_human_engagement,
        {{ is_proof_of_delivery('events.event_type') }} as is_proof_of_delivery,
        cast(events.event_ts as date)
        > {{ date_add_days('run.as_of_date', -var('email_engagement_days')) }} as is_recent
    from events
    inner join run
        on {{ few_rows_condition('cast(events.event_ts as date) <= run.as_of_date') }}
),

event_summaries as (
    select
        stamps_user_id,
        max(case when is_email and is_unsubscribe then event_ts end) as email_unsubscribed_at,
        max(case when not is_email and is_unsubscribe then event_ts end)
            as whatsapp_unsubscribed_at,
        max(case when is_email and is_hard_bounce then event_ts end) as email_bounced_at,
        max(case when not is_email and is_hard_bounce then event_ts end) as whatsapp_bounced_at,
        max(case when is_email and is_recent and is_human_engagement then 1 else 0 end) = 1
            as has_engaged,
        max(case when is_email and is_recent and is_proof_of_delivery then 1 else 0 end) = 1
            as has_delivered
    from known_events
    group by stamps_user_id
),

judged as (
    select
        members.cust_id,
        {{ is_opted_in(
            'known_contacts.email_opt_in',
            'members.email_opt_in_at',
            'event_summaries.email_unsubscribed_at'
        ) }}
            as is_email_opted_in,
        {{ is_opted_in(
            'known_contacts.whatsapp_opt_in',
            'members.whatsapp_opt_in_at',
            'event_summaries.whatsapp_unsubscribed_at'
        ) }}
            as is_whatsapp_opted_in,
        {{ is_hard_bounced('event_summaries.email_bounced_at', 'known_contacts.email_updated_at') }}
            as is_email_bounced,
        {{ is_hard_bounced(
            'event_summaries.whatsapp_bounced_at', 'known_contacts.phone_updated_at'
        ) }}
            as is_whatsapp_bounced,
        {{ email_reachability(
            is_erased(erased_at='members.erased_at', as_of_date='run.as_of_date'),
            'members.email_raw',
            'members.email',
            'known_contacts.email_opt_in',
            'members.email_opt_in_at',
            'event_summaries.email_unsubscribed_at',
            'event_summaries.email_bounced_at',
            'known_contacts.email_updated_at'
        ) }} as email_reachability,
        {{ whatsapp_reachability(
            is_erased(erased_at='members.erased_at', as_of_date='run.as_of_date'),
            'members.phone_status',
            'known_contacts.whatsapp_opt_in',
            'members.whatsapp_opt_in_at',
            'event_summaries.whatsapp_unsubscribed_at',
            'event_summaries.whatsapp_bounced_at',
            'known_contacts.phone_updated_at'
        ) }} as whatsapp_reachability,
        {{ email_engagement('event_summaries.has_engaged', 'event_summaries.has_delivered') }}
            as email_engagement
    from members
    cross join run
    inner join known_contacts
        on members.cust_id = known_contacts.cust_id
    left join event_summaries
        on members.stamps_user_id = event_summaries.stamps_user_id
)

select
    cust_id,
    is_email_opted_in,
    is_whatsapp_opted_in,
    is_email_bounced,
    is_whatsapp_bounced,
    email_reachability,
    whatsapp_reachability,
    email_engagement
from judged
