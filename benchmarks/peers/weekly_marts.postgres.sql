-- The weekly marts of all business units in one hand-written PostgreSQL script, from the raw tables.
--
-- A peer of the project's models, not a part of them: the old way, as a careful engineer writes it.
-- Reads the schemas `cohesive` and `stamps` as `koin load` left them, and `seed` (the reference
-- tables); leaves its tables in the schema `peer`. Steps are unlogged tables, counted when they are
-- made, because PostgreSQL reads no temporary table in parallel and knows nothing of a CTE. Raw
-- tables are read whole and once, so indexes are made where a later step looks rows up.

set work_mem = '512MB';
set maintenance_work_mem = '512MB';
set max_parallel_workers_per_gather = 2;
-- Every step reads whole tables: loops over a wrong estimate would take hours.
set enable_nestloop = off;
set jit = off;

drop schema if exists peer, peer_steps cascade;
create schema peer;
create schema peer_steps;
set search_path = peer_steps;

-- White space as people type it: also the non-breaking, typographic and zero-width kinds.
create function clean(t text) returns text language sql immutable parallel safe as $$
    select nullif(btrim(t, E' \t\n\v\f\r\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u202f\u205f\u2060\u3000\ufeff'), '')
$$;
create function clean_name(t text) returns text language sql immutable parallel safe as $$
    select clean(regexp_replace(t, E'[ \t\n\v\f\r\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]+', ' ', 'g'))
$$;

-- Rounded half away from zero to six digits, exactly: division alone would round twice.
create function ratio(n numeric, d numeric) returns numeric language sql immutable parallel safe as $$
    select cast(div(n * 2000000 + sign(n) * abs(d), nullif(d, 0) * 2) * 0.000001 as numeric(28, 6))
$$;

-- Week over week: value, value before, whether this and the week before are complete, week number.
create function wow_status(
    m numeric, p numeric, is_complete boolean, was_complete boolean, week_number bigint
) returns text language sql immutable parallel safe as $$
    select case
        when not is_complete then 'incomplete'
        when week_number = 1 then 'first_week'
        when not was_complete then 'incomplete'
        when p is null or p < 0 or m is null then 'not_meaningful'
        when p = 0 and m = 0 then 'flat_zero'
        when p = 0 then 'new'
        when m = 0 then 'stopped'
        else 'ok'
    end
$$;
create function wow(
    m numeric, p numeric, is_complete boolean, was_complete boolean, week_number bigint
) returns numeric language sql immutable parallel safe as $$
    select case
        when wow_status(m, p, is_complete, was_complete, week_number) in ('ok', 'stopped') then ratio(m - p, p)
    end
$$;
create function week_of(d date) returns date language sql immutable parallel safe as $$
    select d - (extract(isodow from d)::integer - 1)
$$;

-- 1. The newest usable version of every raw row ---------------------------------------------------

create unlogged table receipts_usable as
select *
from (
    select
        clean(receive_main_id) as receive_main_id,
        clean(cust_id) as cust_id,
        clean(upper(bu_code)) as bu_code,
        clean(upper(site_code)) as site_code,
        trx_ts, cast(trx_ts as date) as business_date, sales,
        clean(lower(receipt_status)) as receipt_status,
        clean(original_receive_main_id) as original_id,
        updated_at, _loaded_at
    from cohesive.tbl_receipt
) as typed
where
    receive_main_id is not null and trx_ts is not null and sales is not null
    and updated_at is not null and _loaded_at is not null
    and business_date <= cast(_loaded_at as date)
    and receipt_status in ('completed', 'void', 'return')
    and not (receipt_status = 'return' and sales > 0);
analyze receipts_usable;

create unlogged table receipts_all as
with returned as (
    select distinct original_id from receipts_usable where receipt_status = 'return' and original_id is not null
),
newest as (
    select distinct on (u.receive_main_id) u.receive_main_id, u.sales
    from receipts_usable as u
    inner join returned on u.receive_main_id = returned.original_id
    order by u.receive_main_id, u.updated_at desc, u._loaded_at desc
)
select distinct on (u.receive_main_id) u.*
from receipts_usable as u
left join newest on u.original_id = newest.receive_main_id
where not (u.receipt_status = 'return' and coalesce(-u.sales > newest.sales, false))
order by u.receive_main_id, u.updated_at desc, u._loaded_at desc;
analyze receipts_all;

create unlogged table run as
select
    max(business_date) as as_of,
    min(business_date) filter (where business_date >= date '2023-10-16') as first_date
from receipts_all
where business_date <= (
    select cast(max(loaded_at) as date)
    from (
        select max(_loaded_at) as loaded_at from cohesive.tbl_receipt
        union all select max(_loaded_at) from cohesive.tbl_koin
        union all select max(_loaded_at) from cohesive.tbl_member
        union all select max(_loaded_at) from cohesive.tbl_receipt_line
        union all select max(_loaded_at) from stamps.message_event
    ) as loads
);
analyze run;

create unlogged table weeks as
select
    week_start, week_start + 6 as week_end, least(week_start + 6, as_of) as known_end,
    as_of >= week_start + 6 and first_date <= week_start as is_complete,
    row_number() over (order by week_start) as week_number
from run
cross join lateral (
    select week_of(first_date) + 7 * n as week_start
    from generate_series(0, (week_of(as_of) - week_of(first_date)) / 7) as n
) as mondays;
analyze weeks;

create unlogged table bus as select bu_code, is_in_koin_in_out from seed.business_units;
analyze bus;

create unlogged table members as
select distinct on (clean(m.cust_id))
    clean(m.cust_id) as cust_id,
    coalesce(a.tier_code, 'UNKNOWN') as tier_code,
    clean(upper(m.pref_site_code)) as chosen_site,
    coalesce(cast(m.erased_at as date) <= run.as_of, false) as is_erased
from cohesive.tbl_member as m
cross join run
left join seed.tier_aliases as a on clean_name(lower(m.tier)) = a.alias
where clean(m.cust_id) is not null and m.updated_at is not null and m._loaded_at is not null
order by clean(m.cust_id), m.updated_at desc, m._loaded_at desc;
analyze members;

-- The tier of a member on a date: history by latest valid_from, else the current one.
create unlogged table tier_periods as
select distinct on (clean(t.cust_id), t.valid_from)
    clean(t.cust_id) as cust_id, t.valid_from, t.valid_to, coalesce(a.tier_code, 'UNKNOWN') as tier_code
from cohesive.tbl_member_tier as t
cross join run
left join seed.tier_aliases as a on clean_name(lower(t.tier)) = a.alias
where
    clean(t.cust_id) is not null and t.valid_from <= run.as_of and t._loaded_at is not null
    and not coalesce(t.valid_to <= t.valid_from, false)
order by clean(t.cust_id), t.valid_from, t._loaded_at desc;
analyze tier_periods;

create unlogged table tiers as
with bounds as (
    select cust_id, valid_from as starts_on from tier_periods
    union select cust_id, valid_to from tier_periods where valid_to is not null
    union select cust_id, date '1900-01-01' from tier_periods
    union select cust_id, date '1900-01-01' from members
),
picked as (
    select distinct on (b.cust_id, b.starts_on) b.cust_id, b.starts_on, t.tier_code as history_tier
    from bounds as b
    left join tier_periods as t
        on
            b.cust_id = t.cust_id and b.starts_on >= t.valid_from
            and (t.valid_to is null or b.starts_on < t.valid_to)
    order by b.cust_id, b.starts_on, t.valid_from desc nulls last
)
select
    p.cust_id, p.starts_on,
    lead(p.starts_on, 1, date '9999-12-31') over (partition by p.cust_id order by p.starts_on) as ends_on,
    coalesce(p.history_tier, m.tier_code, 'UNKNOWN') as tier_code
from picked as p
left join members as m on p.cust_id = m.cust_id;
analyze tiers;

create unlogged table receipts as
select
    r.receive_main_id, r.cust_id, coalesce(bus.bu_code, 'UNKNOWN') as bu_code,
    coalesce(r.site_code, 'UNKNOWN') as site_code, r.trx_ts, r.business_date,
    week_of(r.business_date) as week_start, r.sales, r.receipt_status,
    r.original_id, r.updated_at, coalesce(t.tier_code, 'UNKNOWN') as tier_code,
    r.business_date < date '2023-10-16' as is_pre_cohesive
from receipts_all as r
inner join run on r.business_date <= run.as_of
left join bus on r.bu_code = bus.bu_code
left join tiers as t
    on r.cust_id = t.cust_id and r.business_date >= t.starts_on and r.business_date < t.ends_on;
analyze receipts;

create unlogged table koin as
with usable as (
    select
        clean(koin_id) as koin_id, clean(cust_id) as cust_id,
        clean(lower(entry_type)) as entry_type, cast(koin as bigint) as koin,
        clean(upper(issue_bu_code)) as issue_bu, clean(upper(redeem_bu_code)) as redeem_bu,
        clean(main_receive_payment_id) as receive_main_id, clean(source_koin_id) as source_koin_id,
        entry_ts, cast(entry_ts as date) as entry_date, expires_on, _loaded_at
    from cohesive.tbl_koin
),
newest as (
    select distinct on (koin_id) *
    from usable
    where
        koin_id is not null and cust_id is not null and koin is not null and entry_ts is not null
        and _loaded_at is not null and entry_date <= cast(_loaded_at as date)
        and entry_type in ('issue', 'redeem', 'expire', 'adjust', 'reverse_issue', 'reverse_redeem')
        and not (koin < 0 and entry_type <> 'adjust')
        and not coalesce(entry_type = 'issue' and expires_on < entry_date, false)
    order by koin_id, _loaded_at desc
)
select
    n.koin_id, n.cust_id, n.entry_type, n.koin, n.receive_main_id, n.source_koin_id, n.entry_ts,
    n.entry_date, n.expires_on,
    case
        when i.bu_code is not null then i.bu_code
        when n.issue_bu is not null or n.entry_type = 'issue' then 'UNKNOWN'
    end as issue_bu,
    case
        when r.bu_code is not null then r.bu_code
        when n.redeem_bu is not null or n.entry_type in ('redeem', 'reverse_redeem') then 'UNKNOWN'
    end as redeem_bu,
    week_of(n.entry_date) as week_start
from newest as n
inner join run on n.entry_date <= run.as_of
left join bus as i on n.issue_bu = i.bu_code
left join bus as r on n.redeem_bu = r.bu_code
where n.entry_date >= date '2023-10-16';
analyze koin;

create unlogged table listed as
select distinct
    'mc' as promotion, period_code, sku, starts_on, ends_on, bu_code,
    cast(special_price as numeric(18, 2)) as price, cast(null as numeric(18, 2)) as normal_price
from seed.members_choice_skus
union all
select distinct
    'hsk', period_code, sku, starts_on, ends_on, bu_code,
    cast(koin_price as numeric(18, 2)), cast(normal_price as numeric(18, 2))
from seed.harga_spesial_koin_skus;
analyze listed;

-- Lines of the newest version of their receipt. Reports ask for listed products alone, so only lines
-- that were one in any version are sorted.
create unlogged table lines as
with usable as (
    select
        clean(receive_main_id) as receive_main_id, line_no, clean(sku) as sku, qty, net_sales,
        coalesce(cast(koin_used as bigint), 0) as koin_used, receipt_updated_at, _loaded_at
    from cohesive.tbl_receipt_line
    where
        clean(receive_main_id) is not null and line_no is not null and qty is not null
        and net_sales is not null and receipt_updated_at is not null and _loaded_at is not null
),
wanted as (
    select distinct clean(receive_main_id) as receive_main_id, line_no
    from cohesive.tbl_receipt_line
    where clean(sku) in (select sku from listed)
),
newest as (
    select distinct on (l.receive_main_id, l.line_no) l.*
    from usable as l
    inner join wanted as w on l.receive_main_id = w.receive_main_id and l.line_no = w.line_no
    inner join receipts as r on l.receive_main_id = r.receive_main_id and l.receipt_updated_at = r.updated_at
    where not r.is_pre_cohesive
    order by l.receive_main_id, l.line_no, l._loaded_at desc
)
select
    n.receive_main_id, n.sku, n.qty, n.net_sales, n.koin_used,
    r.cust_id, r.bu_code, r.business_date, r.week_start, r.receipt_status, r.original_id
from newest as n
inner join receipts as r on n.receive_main_id = r.receive_main_id;
analyze lines;

create unlogged table products as
select distinct on (clean(sku))
    clean(sku) as sku, clean_name(product_name) as product_name, clean_name(category) as category,
    clean_name(brand) as brand
from cohesive.tbl_product
where clean(sku) is not null and _loaded_at is not null
order by clean(sku), _loaded_at desc;
analyze products;

-- 2. Pay with Koin --------------------------------------------------------------------------------

create unlogged table paying as
select r.*, k.koin_redeemed
from receipts as r
inner join (
    select receive_main_id, sum(koin) as koin_redeemed
    from koin
    where entry_type = 'redeem'
    group by receive_main_id
    having sum(koin) > 0
) as k on r.receive_main_id = k.receive_main_id
where r.receipt_status = 'completed' and not r.is_pre_cohesive;
create index on paying (receive_main_id);
analyze paying;

create unlogged table first_payment as
select cust_id, min(week_start) as first_week from paying where cust_id is not null group by cust_id;
analyze first_payment;

create unlogged table pay_facts as
with payments_and_returns as (
    select receive_main_id, cust_id, bu_code from paying
    union all
    select r.receive_main_id, p.cust_id, r.bu_code
    from receipts as r
    inner join paying as p on r.original_id = p.receive_main_id
    where r.receipt_status = 'return' and not r.is_pre_cohesive
)
select week_start, bu_code, tier_code, cust_id, sales, koin_redeemed, 1 as is_transaction
from paying
union all
select r.week_start, r.bu_code, r.tier_code, null, r.sales, 0, 0
from receipts as r
inner join paying as p on r.original_id = p.receive_main_id
where r.receipt_status = 'return' and not r.is_pre_cohesive
union all
select k.week_start, q.bu_code, coalesce(t.tier_code, 'UNKNOWN'), null, 0, -k.koin, 0
from koin as k
inner join payments_and_returns as q on k.receive_main_id = q.receive_main_id
left join tiers as t
    on q.cust_id = t.cust_id and k.entry_date >= t.starts_on and k.entry_date < t.ends_on
where k.entry_type = 'reverse_redeem';
analyze pay_facts;

create unlogged table bu_sales as
select
    week_start, bu_code,
    case when grouping(tier_code) = 1 then 'ALL' else tier_code end as tier_code,
    count(*) filter (where receipt_status = 'completed' and cust_id is not null) as member_transactions,
    case
        when grouping(tier_code) = 1 then sum(sales)
        else coalesce(sum(sales) filter (where cust_id is not null), 0)
    end as net_sales
from receipts
where receipt_status in ('completed', 'return') and not is_pre_cohesive
group by grouping sets ((week_start, bu_code, tier_code), (week_start, bu_code));
analyze bu_sales;

create unlogged table all_bus as
select bu_code from bus
union
select 'UNKNOWN'
where
    exists (select 1 from receipts where bu_code = 'UNKNOWN' and not is_pre_cohesive)
    or exists (select 1 from koin where 'UNKNOWN' in (issue_bu, redeem_bu));
analyze all_bus;

create table peer.weekly_pay_with_koin as
with m as (
    select
        f.week_start, f.bu_code,
        case when grouping(f.tier_code) = 1 then 'ALL' else f.tier_code end as tier_code,
        count(distinct f.cust_id) as member_count, sum(f.is_transaction) as transaction_count,
        sum(f.sales) as net_sales, sum(f.koin_redeemed) as koin_redeemed,
        count(distinct f.cust_id) filter (where p.first_week < f.week_start) as repeat_member_count
    from pay_facts as f
    left join first_payment as p on f.cust_id = p.cust_id
    group by grouping sets ((f.week_start, f.bu_code, f.tier_code), (f.week_start, f.bu_code))
),
spine as (
    select w.*, b.bu_code, t.tier_code
    from weeks as w
    cross join all_bus as b
    cross join (values ('SILVER'), ('GOLD'), ('PLATINUM'), ('UNKNOWN'), ('ALL')) as t (tier_code)
),
filled as (
    select
        s.week_start, s.bu_code, s.tier_code, s.is_complete, s.week_number,
        coalesce(m.member_count, 0) as member_count, coalesce(m.transaction_count, 0) as transaction_count,
        coalesce(m.net_sales, 0) as net_sales, coalesce(m.koin_redeemed, 0) as koin_redeemed,
        coalesce(m.repeat_member_count, 0) as repeat_member_count,
        coalesce(b.member_transactions, 0) as bu_member_transaction_count,
        coalesce(b.net_sales, 0) as bu_net_sales
    from spine as s
    left join m using (week_start, bu_code, tier_code)
    left join bu_sales as b using (week_start, bu_code, tier_code)
),
derived as (
    select *, ratio(net_sales, koin_redeemed) as koin_multiplier,
        ratio(koin_redeemed, transaction_count) as avg_koin_per_transaction
    from filled
)
select
    week_start, bu_code, tier_code, is_complete as is_complete_week,
    member_count as member_count, lag(member_count) over pay_weeks as member_count_previous,
    wow(member_count, lag(member_count) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as member_count_wow,
    wow_status(member_count, lag(member_count) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as member_count_wow_status,
    transaction_count as transaction_count, lag(transaction_count) over pay_weeks as transaction_count_previous,
    wow(transaction_count, lag(transaction_count) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as transaction_count_wow,
    wow_status(transaction_count, lag(transaction_count) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as transaction_count_wow_status,
    net_sales as net_sales, lag(net_sales) over pay_weeks as net_sales_previous,
    wow(net_sales, lag(net_sales) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as net_sales_wow,
    wow_status(net_sales, lag(net_sales) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as net_sales_wow_status,
    koin_redeemed as koin_redeemed, lag(koin_redeemed) over pay_weeks as koin_redeemed_previous,
    wow(koin_redeemed, lag(koin_redeemed) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as koin_redeemed_wow,
    wow_status(koin_redeemed, lag(koin_redeemed) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as koin_redeemed_wow_status,
    koin_multiplier as koin_multiplier, lag(koin_multiplier) over pay_weeks as koin_multiplier_previous,
    wow(koin_multiplier, lag(koin_multiplier) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as koin_multiplier_wow,
    wow_status(koin_multiplier, lag(koin_multiplier) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as koin_multiplier_wow_status,
    avg_koin_per_transaction as avg_koin_per_transaction, lag(avg_koin_per_transaction) over pay_weeks as avg_koin_per_transaction_previous,
    wow(avg_koin_per_transaction, lag(avg_koin_per_transaction) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as avg_koin_per_transaction_wow,
    wow_status(avg_koin_per_transaction, lag(avg_koin_per_transaction) over pay_weeks, is_complete, lag(is_complete) over pay_weeks, week_number) as avg_koin_per_transaction_wow_status,
    ratio(koin_redeemed, net_sales) as koin_share_of_sales, repeat_member_count,
    bu_member_transaction_count, bu_net_sales,
    ratio(transaction_count, bu_member_transaction_count) as share_of_bu_member_transactions,
    ratio(net_sales, bu_net_sales) as share_of_bu_sales
from derived
window pay_weeks as (partition by bu_code, tier_code order by week_start);

-- 3. Koin: who issued what was spent --------------------------------------------------------------

create unlogged table axis as
with steps as (
    select
        *,
        case when entry_type = 'issue' or (entry_type = 'adjust' and koin > 0) then koin else 0 end as lot_koin,
        case
            when entry_type in ('redeem', 'expire', 'reverse_issue') then koin
            when entry_type = 'adjust' and koin < 0 then -koin
            when entry_type = 'reverse_redeem' then -koin
            else 0
        end as step
    from koin
    where koin <> 0
)
select
    *,
    cast(sum(lot_koin) over ledger as bigint) as axis_to,
    cast(sum(step) over ledger as bigint) as cursor_to,
    case when entry_type = 'adjust' then 'ADJUSTMENT' else issue_bu end as lot_issuer
from steps
window ledger as (partition by cust_id order by entry_ts, koin_id collate "C" rows unbounded preceding);
analyze axis;

create unlogged table lots as
select
    cust_id, koin_id, axis_to - lot_koin as lot_from, axis_to as lot_to, lot_issuer, expires_on, week_start,
    entry_type
from axis
where lot_koin > 0;
analyze lots;

-- What takes from, or gives back to, the axis: [slice_from, slice_to), lots known up to axis_to.
create unlogged table takes as
select
    a.koin_id, a.cust_id, a.entry_type, a.entry_ts, a.entry_date, a.week_start, a.redeem_bu, a.receive_main_id,
    a.source_koin_id, a.axis_to, abs(a.step) as koin,
    a.cursor_to - greatest(a.step, 0) as slice_from, a.cursor_to - least(a.step, 0) as slice_to,
    case
        when a.entry_type = 'adjust' then null
        when a.issue_bu is not null then a.issue_bu
        when a.entry_type in ('redeem', 'expire', 'reverse_issue') then l.lot_issuer
    end as named_issuer
from axis as a
left join lots as l on a.source_koin_id = l.koin_id
where a.step <> 0;
analyze takes;

-- Parts of every entry by their issuer, in the order of the axis.
create unlogged table parts as
select koin_id, named_issuer as issuer, slice_from as part_from, slice_to as part_to
from takes
where named_issuer is not null
union all
select t.koin_id, l.lot_issuer, greatest(t.slice_from, l.lot_from), least(t.slice_to, l.lot_to)
from takes as t
inner join lots as l
    on
        t.cust_id = l.cust_id and l.lot_from < t.slice_to and l.lot_to > t.slice_from
        and l.lot_to <= t.axis_to
where t.named_issuer is null
union all
select koin_id, 'UNATTRIBUTED', greatest(slice_from, axis_to), slice_to
from takes
where named_issuer is null and slice_to > axis_to
union all
select koin_id, 'UNATTRIBUTED', slice_from, least(slice_to, 0)
from takes
where named_issuer is null and slice_from < 0;
analyze parts;

create unlogged table undone as
with reversals as (
    select
        t.koin_id, t.source_koin_id, t.koin, r.slice_from as r_from, r.slice_to as r_to,
        cast(sum(t.koin) over (
            partition by r.koin_id order by t.entry_ts, t.koin_id collate "C" rows unbounded preceding
        ) as bigint) as undone_to
    from takes as t
    inner join takes as r
        on t.source_koin_id = r.koin_id and r.entry_type = 'redeem' and t.cust_id = r.cust_id
    where t.entry_type = 'reverse_redeem'
)
select
    koin_id, source_koin_id,
    greatest(r_to - undone_to, r_from) as undo_from, greatest(r_to - (undone_to - koin), r_from) as undo_to
from reversals;
analyze undone;

create unlogged table attributed as
select t.koin_id, p.issuer, sum(p.part_to - p.part_from) as koin
from takes as t
inner join parts as p on t.koin_id = p.koin_id
where t.entry_type <> 'reverse_redeem'
group by t.koin_id, p.issuer
union all
select koin_id, issuer, sum(koin)
from (
    select
        u.koin_id, p.issuer, least(u.undo_to, p.part_to) - greatest(u.undo_from, p.part_from) as koin
    from undone as u
    inner join parts as p
        on u.source_koin_id = p.koin_id and p.part_from < u.undo_to and p.part_to > u.undo_from
    union all
    -- What is more than the row it undoes, or undoes nothing known: its issuer, else what it gives back.
    select
        t.koin_id, p.issuer, least(p.part_to, t.slice_to - coalesce(u.undo_to - u.undo_from, 0)) - p.part_from
    from takes as t
    left join undone as u on t.koin_id = u.koin_id
    inner join parts as p on t.koin_id = p.koin_id
    where
        t.entry_type = 'reverse_redeem'
        and t.koin > coalesce(u.undo_to - u.undo_from, 0)
        and p.part_from < t.slice_to - coalesce(u.undo_to - u.undo_from, 0)
) as given_back
group by koin_id, issuer;
analyze attributed;

create unlogged table flows as
select
    t.koin_id, t.cust_id, t.entry_date, t.week_start, t.redeem_bu, t.receive_main_id, t.entry_type, a.issuer,
    case when t.entry_type = 'redeem' then a.koin else -a.koin end as koin
from takes as t
inner join attributed as a on t.koin_id = a.koin_id
where t.entry_type in ('redeem', 'reverse_redeem');
analyze flows;

-- 4. Koin In-Out ----------------------------------------------------------------------------------

create unlogged table moves as
select
    f.entry_date, f.issuer as bu_code,
    case when b.is_in_koin_in_out then 'a' else 'excluded' end as measure, f.koin
from flows as f
inner join all_bus as i on f.issuer = i.bu_code
left join bus as b on f.redeem_bu = b.bu_code
where f.issuer <> f.redeem_bu or not coalesce(b.is_in_koin_in_out, true)
union all
select
    f.entry_date, f.redeem_bu,
    case
        when f.issuer = f.redeem_bu then 'c' when f.issuer = 'ADJUSTMENT' then 'adjustment'
        when f.issuer = 'UNATTRIBUTED' then 'unattributed' else 'b'
    end, f.koin
from flows as f
left join bus as b on f.redeem_bu = b.bu_code
where coalesce(b.is_in_koin_in_out, true)
union all
select entry_date, issue_bu, 'd', koin from koin where entry_type = 'issue'
union all
select t.entry_date, a.issuer, 'reversed', a.koin
from takes as t
inner join attributed as a on t.koin_id = a.koin_id
where t.entry_type = 'reverse_issue';
analyze moves;

create table peer.daily_koin_in_out as
with days as (
    select first_week + n as entry_date
    from (
        select min(weeks.week_start) as first_week, max(run.as_of) as as_of
        from weeks
        cross join run
    ) as span
    cross join lateral generate_series(0, span.as_of - span.first_week) as n
),
sums as (
    select
        entry_date, bu_code,
        sum(koin) filter (where measure = 'a') as a, sum(koin) filter (where measure = 'b') as b,
        sum(koin) filter (where measure = 'c') as c, sum(koin) filter (where measure = 'd') as d,
        sum(koin) filter (where measure = 'reversed') as reversed,
        sum(koin) filter (where measure = 'adjustment') as adjustment,
        sum(koin) filter (where measure = 'unattributed') as unattributed,
        sum(koin) filter (where measure = 'excluded') as excluded
    from moves
    group by entry_date, bu_code
)
select
    entry_date as redemption_date, bu_code,
    cast(coalesce(a, 0) as bigint) as a_issued_here_redeemed_elsewhere,
    cast(coalesce(b, 0) as bigint) as b_issued_elsewhere_redeemed_here,
    cast(coalesce(c, 0) as bigint) as c_issued_and_redeemed_here,
    cast(coalesce(d, 0) as bigint) as d_issued_here,
    cast(coalesce(reversed, 0) as bigint) as issue_reversed_here,
    cast(coalesce(b, 0) - coalesce(a, 0) as bigint) as net_in_out,
    ratio(coalesce(b, 0), coalesce(a, 0)) as in_out_ratio,
    ratio(coalesce(b, 0) - coalesce(a, 0), coalesce(b, 0) + coalesce(a, 0)) as net_ratio,
    cast(coalesce(adjustment, 0) as bigint) as adjustment_redeemed_here,
    cast(coalesce(unattributed, 0) as bigint) as unattributed_redeemed_here,
    cast(coalesce(excluded, 0) as bigint) as issued_here_redeemed_at_excluded_bu
from days cross join all_bus left join sums using (entry_date, bu_code);
analyze peer.daily_koin_in_out;

create table peer.weekly_koin_flow_matrix as
select
    f.week_start, issuer as issue_bu_code, redeem_bu as redeem_bu_code, bool_and(is_complete) as is_complete_week,
    cast(sum(koin) as bigint) as koin,
    count(distinct r.receive_main_id) filter (where entry_type = 'redeem') as transaction_count,
    count(distinct f.cust_id) filter (where entry_type = 'redeem') as member_count
from flows f inner join weeks using (week_start)
left join receipts r on f.receive_main_id = r.receive_main_id and r.receipt_status = 'completed' 
group by f.week_start, issuer, redeem_bu having sum(koin) <> 0;

-- 5. Roll-forward by issuer -----------------------------------------------------------------------

create table peer.weekly_koin_roll_forward as
with issuer_moves as (
    select
        week_start, lot_issuer as issuer,
        case when entry_type = 'issue' then 'issued' else 'adjusted' end as kind, lot_koin as koin
    from axis
    where lot_koin > 0
    union all
    select
        t.week_start, a.issuer,
        case t.entry_type
            when 'redeem' then 'redeemed' when 'expire' then 'expired' when 'reverse_issue' then 'issue_reversed'
            when 'reverse_redeem' then 'redeem_reversed' else 'adjusted'
        end,
        case when t.entry_type = 'adjust' then -a.koin else a.koin end
    from takes as t
    inner join attributed as a on t.koin_id = a.koin_id
),
issuers as (select bu_code as issuer from all_bus union select unnest(array['ADJUSTMENT', 'UNATTRIBUTED'])),
by_issuer as materialized (
    select
        coalesce(week_start, date '1900-01-01') as week_start,
        case when grouping(issuer) = 1 then 'ALL' else issuer end as issuer, kind, sum(koin) as koin
    from issuer_moves
    group by grouping sets ((week_start, kind, issuer), (week_start, kind))
),
spine as (
    select w.*, i.issuer
    from weeks as w
    cross join (select issuer from issuers union select 'ALL') as i
),
sums as (
    select
        s.week_start, s.issuer, s.is_complete,
        coalesce(sum(koin) filter (where kind = 'issued'), 0) as issued,
        coalesce(sum(koin) filter (where kind = 'issue_reversed'), 0) as issue_reversed,
        coalesce(sum(koin) filter (where kind = 'redeemed'), 0) as redeemed,
        coalesce(sum(koin) filter (where kind = 'redeem_reversed'), 0) as redeem_reversed,
        coalesce(sum(koin) filter (where kind = 'expired'), 0) as expired,
        coalesce(sum(koin) filter (where kind = 'adjusted'), 0) as adjusted
    from spine as s
    left join by_issuer as b on s.week_start = b.week_start and s.issuer = b.issuer
    group by s.week_start, s.issuer, s.is_complete
),
before as (
    select issuer, sum(case when kind in ('issued', 'redeem_reversed', 'adjusted') then koin else -koin end) as koin
    from by_issuer
    where week_start < (select min(week_start) from weeks)
    group by issuer
),
running as (
    select *, issued - issue_reversed - redeemed + redeem_reversed - expired + adjusted as change from sums
)
select
    week_start, r.issuer as issue_bu_code, is_complete as is_complete_week,
    cast(coalesce(b.koin, 0) + sum(change) over issuer_weeks - change as bigint) as opening,
    issued, issue_reversed, redeemed, redeem_reversed, expired, adjusted,
    cast(coalesce(b.koin, 0) + sum(change) over issuer_weeks as bigint) as closing,
    ratio(redeemed - redeem_reversed, issued - issue_reversed) as burn_earn_ratio,
    ratio(expired, coalesce(b.koin, 0) + sum(change) over issuer_weeks - change) as expiry_rate
from running r left join before b on r.issuer = b.issuer
window issuer_weeks as (partition by r.issuer order by week_start);

create table peer.weekly_koin_in_out as
with sums as (
    select
        week_of(redemption_date) as week_start, bu_code,
        sum(a_issued_here_redeemed_elsewhere) as a, sum(b_issued_elsewhere_redeemed_here) as b,
        sum(c_issued_and_redeemed_here) as c, sum(d_issued_here) as d,
        sum(issue_reversed_here) as issue_reversed_here,
        sum(adjustment_redeemed_here) as adjustment_redeemed_here,
        sum(unattributed_redeemed_here) as unattributed_redeemed_here,
        sum(issued_here_redeemed_at_excluded_bu) as issued_here_redeemed_at_excluded_bu
    from peer.daily_koin_in_out
    group by week_of(redemption_date), bu_code
)
select
    week_start, bu_code, is_complete as is_complete_week,
    a as a_issued_here_redeemed_elsewhere, lag(a) over bu_weeks as a_issued_here_redeemed_elsewhere_previous,
    wow(a, lag(a) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as a_issued_here_redeemed_elsewhere_wow,
    wow_status(a, lag(a) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as a_issued_here_redeemed_elsewhere_wow_status, b as b_issued_elsewhere_redeemed_here, lag(b) over bu_weeks as b_issued_elsewhere_redeemed_here_previous,
    wow(b, lag(b) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as b_issued_elsewhere_redeemed_here_wow,
    wow_status(b, lag(b) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as b_issued_elsewhere_redeemed_here_wow_status,
    c as c_issued_and_redeemed_here, lag(c) over bu_weeks as c_issued_and_redeemed_here_previous,
    wow(c, lag(c) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as c_issued_and_redeemed_here_wow,
    wow_status(c, lag(c) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as c_issued_and_redeemed_here_wow_status, d as d_issued_here, lag(d) over bu_weeks as d_issued_here_previous,
    wow(d, lag(d) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as d_issued_here_wow,
    wow_status(d, lag(d) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as d_issued_here_wow_status, issue_reversed_here,
    b-a as net_in_out, lag(b-a) over bu_weeks as net_in_out_previous,
    wow(b-a, lag(b-a) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as net_in_out_wow,
    wow_status(b-a, lag(b-a) over bu_weeks, is_complete, lag(is_complete) over bu_weeks, week_number) as net_in_out_wow_status, ratio(b, a) as in_out_ratio, ratio(b - a, b + a) as net_ratio,
    adjustment_redeemed_here, unattributed_redeemed_here, issued_here_redeemed_at_excluded_bu
from sums inner join weeks using (week_start)
window bu_weeks as (partition by bu_code order by week_start);

-- 6. Koin Beredar ---------------------------------------------------------------------------------

create unlogged table sites as
select distinct on (clean(upper(s.site_code)))
    clean(upper(s.site_code)) as site_code, coalesce(b.bu_code, 'UNKNOWN') as bu_code,
    coalesce(clean_name(s.area_manager), 'UNASSIGNED') as area_manager
from cohesive.tbl_site as s
left join bus as b on clean(upper(s.bu_code)) = b.bu_code
where clean(upper(s.site_code)) is not null and s._loaded_at is not null
order by clean(upper(s.site_code)), s._loaded_at desc;
analyze sites;

-- Each month and the twelve months before it, so that visits meet them by hash.
create unlogged table visit_months as
select
    m.month_start,
    cast(m.month_start - make_interval(months => n) as date) as visit_month
from (select distinct cast(date_trunc('month', week_end::timestamp) as date) as month_start from weeks) as m
cross join generate_series(1, 12) as n;
analyze visit_months;

-- The preferred site by months: what was visited in the twelve months before the first of a month.
create unlogged table visits as
select
    r.cust_id, r.site_code, cast(date_trunc('month', r.trx_ts) as date) as visit_month,
    count(*) as receipt_count, max(r.trx_ts) as last_visit
from receipts as r
left join members as m on r.cust_id = m.cust_id
where
    r.receipt_status = 'completed' and not r.is_pre_cohesive and r.cust_id is not null
    and r.site_code <> 'UNKNOWN' and not coalesce(m.is_erased, false) and m.chosen_site is null
group by r.cust_id, r.site_code, cast(date_trunc('month', r.trx_ts) as date);
analyze visits;

create unlogged table visited as
select
    v.cust_id, m.month_start, v.site_code, sum(v.receipt_count) as receipt_count, max(v.last_visit) as last_visit
from visits as v
inner join visit_months as m on v.visit_month = m.visit_month
group by v.cust_id, m.month_start, v.site_code;
analyze visited;

create unlogged table preferred as
(
    select distinct on (cust_id, month_start) cust_id, month_start, site_code
    from visited
    order by cust_id, month_start, receipt_count desc, last_visit desc, site_code collate "C"
)
union all
select m.cust_id, v.month_start, m.chosen_site
from members as m
cross join (select distinct month_start from visit_months) as v
where not m.is_erased and m.chosen_site is not null;
analyze preferred;

create unlogged table week_ends as
select week_start, known_end, cast(date_trunc('month', week_end::timestamp) as date) as month_start from weeks;
analyze week_ends;

-- Changes of a member's balance, of what is overdue and of what falls due.
create unlogged table member_weeks as
with by_week as (
    select
        cust_id, greatest(week_start, (select min(week_start) from weeks)) as week_start,
        lot_koin - step as movement,
        last_value(cursor_to) over (
            partition by cust_id, greatest(week_start, (select min(week_start) from weeks))
            order by entry_ts, koin_id collate "C"
            rows between unbounded preceding and unbounded following
        ) as cursor_after
    from axis
),
ends as (
    select cust_id, week_start, sum(movement) as movement, max(cursor_after) as cursor_after
    from by_week
    group by cust_id, week_start
)
select
    *, lag(cursor_after, 1, cast(0 as bigint)) over (partition by cust_id order by week_start) as cursor_before
from ends;
analyze member_weeks;

create unlogged table lot_changes as
with first_lots as (
    select
        cust_id, lot_from, lot_to, expires_on,
        greatest(week_start, (select min(week_start) from weeks)) as week_start
    from lots
    where expires_on is not null and entry_type = 'issue'
),
changes as (
    select
        l.cust_id, m.week_start, l.expires_on,
        l.lot_to - least(greatest(m.cursor_after, l.lot_from), l.lot_to)
        - case
            when m.week_start = l.week_start then 0
            else l.lot_to - least(greatest(m.cursor_before, l.lot_from), l.lot_to)
        end as change
    from first_lots as l
    inner join member_weeks as m
        on
            l.cust_id = m.cust_id and m.week_start >= l.week_start
            and (
                m.week_start = l.week_start
                or (
                    least(m.cursor_before, m.cursor_after) < l.lot_to
                    and greatest(m.cursor_before, m.cursor_after) > l.lot_from
                )
            )
)
select cust_id, week_start, expires_on, sum(change) as change
from changes
where change <> 0
group by cust_id, week_start, expires_on;
analyze lot_changes;

create unlogged table due as
with thresholds as materialized (
    select
        x.expires_on,
        (select min(week_start) from week_ends where known_end > x.expires_on) as overdue_week,
        (select min(week_start) from week_ends where known_end >= x.expires_on - 30) as week_30,
        (select min(week_start) from week_ends where known_end >= x.expires_on - 60) as week_60,
        (select min(week_start) from week_ends where known_end >= x.expires_on - 90) as week_90
    from (select distinct expires_on from lot_changes) as x
)
select c.cust_id, c.change, c.week_start, t.overdue_week, t.week_30, t.week_60, t.week_90
from lot_changes as c
inner join thresholds as t on c.expires_on = t.expires_on;
analyze due;

create unlogged table member_changes as
with due_starts as (
    select d.cust_id, d.change, d.overdue_week, n.days, greatest(d.week_start, n.starts_on) as starts_on
    from due as d
    cross join lateral (
        values (30, d.week_30), (60, d.week_60), (90, d.week_90)
    ) as n (days, starts_on)
    where
        n.starts_on is not null
        and (d.overdue_week is null or greatest(d.week_start, n.starts_on) < d.overdue_week)
),
all_changes as (
    select cust_id, week_start, movement, 0 as overdue, 0 as due_30, 0 as due_60, 0 as due_90 from member_weeks
    union all
    select cust_id, greatest(week_start, overdue_week), 0, change, 0, 0, 0
    from due
    where overdue_week is not null
    union all
    select
        cust_id, starts_on, 0, 0,
        case when days = 30 then change else 0 end, case when days = 60 then change else 0 end,
        case when days = 90 then change else 0 end
    from due_starts
    union all
    select
        cust_id, overdue_week, 0, 0,
        case when days = 30 then -change else 0 end, case when days = 60 then -change else 0 end,
        case when days = 90 then -change else 0 end
    from due_starts
    where overdue_week is not null
    union all
    -- Weeks in which a member may fall into another group.
    select t.cust_id, w.week_start, 0, 0, 0, 0, 0
    from tiers as t
    inner join week_ends as w on week_of(t.starts_on) = w.week_start and t.starts_on <= w.known_end
    union all
    select p.cust_id, w.week_start, 0, 0, 0, 0, 0
    from preferred as p
    inner join (
        select month_start, min(week_start) as week_start from week_ends group by month_start
    ) as w on p.month_start = w.month_start
    union all
    select p.cust_id, w.week_start, 0, 0, 0, 0, 0
    from preferred as p
    inner join (
        select cast(month_start - interval '1 month' as date) as month_before, min(week_start) as week_start
        from week_ends
        group by month_start
    ) as w on p.month_start = w.month_before
)
select
    cust_id, week_start, sum(movement) as movement, sum(overdue) as overdue,
    sum(due_30) as due_30, sum(due_60) as due_60, sum(due_90) as due_90
from all_changes
group by cust_id, week_start;
analyze member_changes;

create unlogged table balance_periods as
with running as (
    select
        cust_id, week_start, sum(movement) over cust as balance, sum(overdue) over cust as overdue,
        sum(due_30) over cust as due_30, sum(due_60) over cust as due_60, sum(due_90) over cust as due_90,
        lead(week_start) over (partition by cust_id order by week_start) as next_week
    from member_changes
    window cust as (partition by cust_id order by week_start rows unbounded preceding)
)
select
    r.*, coalesce(t.tier_code, 'UNKNOWN') as tier_code,
    case when p.site_code is null then 'UNASSIGNED' else coalesce(s.bu_code, 'UNKNOWN') end as bu_code,
    coalesce(s.area_manager, 'UNASSIGNED') as area_manager
from running as r
inner join week_ends as w on r.week_start = w.week_start
left join tiers as t on r.cust_id = t.cust_id and w.known_end >= t.starts_on and w.known_end < t.ends_on
left join preferred as p on r.cust_id = p.cust_id and w.month_start = p.month_start
left join sites as s on p.site_code = s.site_code
where r.balance <> 0;
analyze balance_periods;

create table peer.weekly_koin_outstanding as
with deltas as (
    select week_start, bu_code, tier_code, area_manager, 1 as sign, balance, overdue, due_30, due_60, due_90
    from balance_periods
    union all
    select next_week, bu_code, tier_code, area_manager, -1, balance, overdue, due_30, due_60, due_90
    from balance_periods
    where next_week is not null
),
-- One pass over the members; the totals come from these few rows.
groups as materialized (
    select
        week_start, bu_code, tier_code, area_manager,
        sum(sign) filter (where balance > 0) as members, sum(sign * balance) filter (where balance > 0) as koin,
        sum(sign * overdue) as overdue, sum(sign * due_30) as due_30, sum(sign * due_60) as due_60,
        sum(sign * due_90) as due_90,
        sum(sign) filter (where balance < 0) as negative_members,
        sum(sign * balance) filter (where balance < 0) as negative_koin
    from deltas
    group by week_start, bu_code, tier_code, area_manager
),
sums as materialized (
    select
        week_start,
        case when grouping(bu_code) = 1 then 'ALL' else bu_code end as bu_code,
        case when grouping(tier_code) = 1 then 'ALL' else tier_code end as tier_code,
        case when grouping(area_manager) = 1 then 'ALL' else area_manager end as area_manager,
        sum(members) as members, sum(koin) as koin, sum(overdue) as overdue, sum(due_30) as due_30,
        sum(due_60) as due_60, sum(due_90) as due_90, sum(negative_members) as negative_members,
        sum(negative_koin) as negative_koin
    from groups
    group by week_start, cube (bu_code, tier_code, area_manager)
),
combinations as (select distinct bu_code, tier_code, area_manager from sums),
running as (
    select
        c.*, w.week_start, w.is_complete, w.week_number,
        coalesce(sum(members) over x, 0) as members,
        coalesce(sum(koin) over x, 0) as koin,
        coalesce(sum(overdue) over x, 0) as overdue,
        coalesce(sum(due_30) over x, 0) as due_30,
        coalesce(sum(due_60) over x, 0) as due_60,
        coalesce(sum(due_90) over x, 0) as due_90,
        coalesce(sum(negative_members) over x, 0) as negative_members,
        coalesce(sum(negative_koin) over x, 0) as negative_koin
    from combinations as c
    cross join weeks as w
    left join sums as s using (bu_code, tier_code, area_manager, week_start)
    window x as (partition by c.bu_code, c.tier_code, c.area_manager order by w.week_start rows unbounded preceding)
)
select
    week_start, bu_code, tier_code, area_manager, is_complete as is_complete_week,
    members as member_count, lag(members) over group_weeks as member_count_previous,
    wow(members, lag(members) over group_weeks, is_complete, lag(is_complete) over group_weeks, week_number) as member_count_wow,
    wow_status(members, lag(members) over group_weeks, is_complete, lag(is_complete) over group_weeks, week_number) as member_count_wow_status, koin as koin_outstanding, lag(koin) over group_weeks as koin_outstanding_previous,
    wow(koin, lag(koin) over group_weeks, is_complete, lag(is_complete) over group_weeks, week_number) as koin_outstanding_wow,
    wow_status(koin, lag(koin) over group_weeks, is_complete, lag(is_complete) over group_weeks, week_number) as koin_outstanding_wow_status,
    ratio(koin, members) as avg_koin_per_member,
    ratio(koin, max(koin) filter (where bu_code = 'ALL' and tier_code = 'ALL' and area_manager = 'ALL')
        over (partition by week_start)) as share_of_koin,
    overdue as overdue_koin, koin - overdue as active_koin, due_30 as koin_expiring_30d,
    due_60 as koin_expiring_60d, due_90 as koin_expiring_90d,
    negative_members as negative_member_count, negative_koin
from running
window group_weeks as (partition by bu_code, tier_code, area_manager order by week_start);

-- 7. Member's Choice and Harga Spesial Koin -------------------------------------------------------

create unlogged table sold as
select
    p.promotion, p.period_code, p.bu_code, p.sku, p.price, p.normal_price,
    l.receive_main_id, l.cust_id, l.week_start, l.qty, l.net_sales, l.koin_used
from lines as l
inner join listed as p
    on l.sku = p.sku and l.bu_code = p.bu_code and l.business_date between p.starts_on and p.ends_on
where
    l.receipt_status = 'completed' and l.cust_id is not null
    and (p.promotion = 'mc' or (l.qty > 0 and l.koin_used >= p.price * l.qty));
analyze sold;

create unlogged table promo_lines as
select
    promotion, period_code, bu_code, sku, week_start, receive_main_id, cust_id, qty, net_sales, koin_used,
    qty * (normal_price - price) as given_away, true as is_sale
from sold
union all
select
    s.promotion, s.period_code, s.bu_code, s.sku, l.week_start, null, null, l.qty, l.net_sales, l.koin_used,
    l.qty * (s.normal_price - s.price), false
from lines as l
inner join (
    select distinct promotion, period_code, bu_code, sku, price, normal_price, receive_main_id from sold
) as s on l.original_id = s.receive_main_id and l.sku = s.sku
where l.receipt_status = 'return';
analyze promo_lines;

create unlogged table period_weeks as
with spans as (
    select promotion, period_code, bu_code, min(starts_on) as starts_on, max(ends_on) as ends_on
    from listed
    group by promotion, period_code, bu_code
),
used as (
    select promotion, period_code, bu_code, min(week_start) as first_week, max(week_start) as last_week
    from promo_lines
    group by promotion, period_code, bu_code
)
select s.promotion, s.period_code, s.bu_code, w.*
from spans as s
left join used as u using (promotion, period_code, bu_code)
inner join weeks as w
    on w.week_end >= least(s.starts_on, u.first_week) and w.week_start <= greatest(s.ends_on, u.last_week);
analyze period_weeks;

create unlogged table promo_skus as
with sums as (
    select
        promotion, period_code, bu_code, sku, week_start, sum(net_sales) as net_sales, sum(qty) as qty,
        sum(koin_used) as koin_used, sum(given_away) as given_away,
        count(distinct receive_main_id) as transaction_count, count(distinct cust_id) as member_count,
        bool_or(is_sale) as is_sold
    from promo_lines
    group by promotion, period_code, bu_code, sku, week_start
),
skus as (
    select promotion, period_code, bu_code, sku, min(price) as price, min(normal_price) as normal_price
    from listed
    group by promotion, period_code, bu_code, sku
),
offered as (
    select distinct w.promotion, w.period_code, w.bu_code, l.sku, w.week_start
    from period_weeks as w
    inner join listed as l using (promotion, period_code, bu_code)
    where l.starts_on <= w.week_end and l.ends_on >= w.week_start
),
filled as (
    select
        w.promotion, w.period_code, w.bu_code, k.sku, w.week_start, w.is_complete, w.week_number,
        k.price, k.normal_price,
        coalesce(p.product_name, 'UNKNOWN') as product_name, coalesce(p.category, 'UNKNOWN') as category,
        coalesce(p.brand, 'UNKNOWN') as brand,
        coalesce(s.net_sales, 0) as net_sales, coalesce(s.qty, 0) as qty,
        coalesce(s.koin_used, 0) as koin_used, coalesce(s.given_away, 0) as given_away,
        coalesce(s.transaction_count, 0) as transaction_count, coalesce(s.member_count, 0) as member_count,
        coalesce(s.is_sold, false) as is_sold, o.sku is not null as is_offered
    from period_weeks as w
    inner join skus as k using (promotion, period_code, bu_code)
    left join sums as s
        on
            w.promotion = s.promotion and w.period_code = s.period_code and w.bu_code = s.bu_code
            and k.sku = s.sku and w.week_start = s.week_start
    left join offered as o
        on
            w.promotion = o.promotion and w.period_code = o.period_code and w.bu_code = o.bu_code
            and k.sku = o.sku and w.week_start = o.week_start
    left join products as p on k.sku = p.sku
)
select
    *,
    row_number() over (
        partition by promotion, period_code, bu_code, week_start order by net_sales desc, sku collate "C"
    ) as sales_rank,
    row_number() over (
        partition by promotion, period_code, bu_code, week_start order by qty desc, koin_used desc, sku collate "C"
    ) as qty_rank
from filled;
analyze promo_skus;

create unlogged table promo_totals as
with members_of as (
    select
        promotion, period_code, bu_code, week_start, count(distinct receive_main_id) as transaction_count,
        count(distinct cust_id) as member_count
    from promo_lines
    group by promotion, period_code, bu_code, week_start
)
select
    k.promotion, k.period_code, k.bu_code, k.week_start, bool_and(k.is_complete) as is_complete,
    count(*) filter (where k.is_offered) as sku_offered, count(*) filter (where k.is_sold) as sku_sold,
    sum(k.net_sales) as net_sales, sum(k.qty) as qty, sum(k.koin_used) as koin_used,
    sum(k.given_away) as given_away,
    coalesce(min(m.transaction_count), 0) as transaction_count,
    coalesce(min(m.member_count), 0) as member_count,
    (array_agg(k.sku order by k.sales_rank) filter (where k.is_sold))[1] as best_by_sales,
    (array_agg(k.sku order by k.qty_rank) filter (where k.is_sold))[1] as best_by_qty
from promo_skus as k
left join members_of as m using (promotion, period_code, bu_code, week_start)
group by k.promotion, k.period_code, k.bu_code, k.week_start;
analyze promo_totals;

create table peer.weekly_members_choice as
select
    week_start, bu_code, period_code, sku, is_complete as is_complete_week, product_name, category, brand,
    price as special_price, net_sales as net_sales, lag(net_sales) over mc_skus as net_sales_previous,
    wow(net_sales, lag(net_sales) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as net_sales_wow,
    wow_status(net_sales, lag(net_sales) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as net_sales_wow_status,
    transaction_count as transaction_count, lag(transaction_count) over mc_skus as transaction_count_previous,
    wow(transaction_count, lag(transaction_count) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as transaction_count_wow,
    wow_status(transaction_count, lag(transaction_count) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as transaction_count_wow_status,
    qty as qty, lag(qty) over mc_skus as qty_previous,
    wow(qty, lag(qty) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as qty_wow,
    wow_status(qty, lag(qty) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as qty_wow_status,
    member_count as member_count, lag(member_count) over mc_skus as member_count_previous,
    wow(member_count, lag(member_count) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as member_count_wow,
    wow_status(member_count, lag(member_count) over mc_skus, is_complete, lag(is_complete) over mc_skus, row_number() over mc_skus) as member_count_wow_status,
    ratio(net_sales, sum(net_sales) over (partition by week_start, bu_code, period_code)) as share_of_period_sales,
    sales_rank, lag(sales_rank) over mc_skus as sales_rank_previous,
    lag(sales_rank) over mc_skus - sales_rank as rank_change
from promo_skus where promotion = 'mc'
window mc_skus as (partition by bu_code, period_code, sku order by week_start);

create table peer.weekly_members_choice_summary as
select
    t.week_start, t.bu_code, t.period_code, t.is_complete as is_complete_week, sku_offered, sku_sold, t.net_sales as net_sales, lag(t.net_sales) over mc_periods as net_sales_previous,
    wow(t.net_sales, lag(t.net_sales) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as net_sales_wow,
    wow_status(t.net_sales, lag(t.net_sales) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as net_sales_wow_status,
    t.transaction_count as transaction_count, lag(t.transaction_count) over mc_periods as transaction_count_previous,
    wow(t.transaction_count, lag(t.transaction_count) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as transaction_count_wow,
    wow_status(t.transaction_count, lag(t.transaction_count) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as transaction_count_wow_status,
    t.qty as qty, lag(t.qty) over mc_periods as qty_previous,
    wow(t.qty, lag(t.qty) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as qty_wow,
    wow_status(t.qty, lag(t.qty) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as qty_wow_status,
    t.member_count as member_count, lag(t.member_count) over mc_periods as member_count_previous,
    wow(t.member_count, lag(t.member_count) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as member_count_wow,
    wow_status(t.member_count, lag(t.member_count) over mc_periods, is_complete, lag(is_complete) over mc_periods, row_number() over mc_periods) as member_count_wow_status,
    best_by_sales as best_sku, k.product_name as best_sku_name, k.net_sales as best_sku_net_sales
from promo_totals t
left join (select promotion, period_code, bu_code, week_start, sku, product_name, net_sales from promo_skus) k
    on t.promotion = k.promotion and t.period_code = k.period_code and t.bu_code = k.bu_code
    and t.week_start = k.week_start and t.best_by_sales = k.sku
where t.promotion = 'mc'
window mc_periods as (partition by t.bu_code, t.period_code order by t.week_start);

create table peer.weekly_harga_spesial_koin_skus as
select
    week_start, bu_code, period_code, sku, is_complete as is_complete_week, product_name, price as koin_price,
    normal_price, koin_used as koin_used, lag(koin_used) over hsk_skus as koin_used_previous,
    wow(koin_used, lag(koin_used) over hsk_skus, is_complete, lag(is_complete) over hsk_skus, row_number() over hsk_skus) as koin_used_wow,
    wow_status(koin_used, lag(koin_used) over hsk_skus, is_complete, lag(is_complete) over hsk_skus, row_number() over hsk_skus) as koin_used_wow_status,
    qty as qty, lag(qty) over hsk_skus as qty_previous,
    wow(qty, lag(qty) over hsk_skus, is_complete, lag(is_complete) over hsk_skus, row_number() over hsk_skus) as qty_wow,
    wow_status(qty, lag(qty) over hsk_skus, is_complete, lag(is_complete) over hsk_skus, row_number() over hsk_skus) as qty_wow_status, member_count, transaction_count, qty_rank, given_away as value_given_away
from promo_skus where promotion = 'hsk'
window hsk_skus as (partition by bu_code, period_code, sku order by week_start);

create table peer.weekly_harga_spesial_koin as
select
    t.week_start, t.bu_code, t.period_code, t.is_complete as is_complete_week, sku_offered, sku_sold, t.koin_used as koin_used, lag(t.koin_used) over hsk_periods as koin_used_previous,
    wow(t.koin_used, lag(t.koin_used) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as koin_used_wow,
    wow_status(t.koin_used, lag(t.koin_used) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as koin_used_wow_status,
    t.member_count as member_count, lag(t.member_count) over hsk_periods as member_count_previous,
    wow(t.member_count, lag(t.member_count) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as member_count_wow,
    wow_status(t.member_count, lag(t.member_count) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as member_count_wow_status,
    t.transaction_count as transaction_count, lag(t.transaction_count) over hsk_periods as transaction_count_previous,
    wow(t.transaction_count, lag(t.transaction_count) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as transaction_count_wow,
    wow_status(t.transaction_count, lag(t.transaction_count) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as transaction_count_wow_status,
    t.qty as qty, lag(t.qty) over hsk_periods as qty_previous,
    wow(t.qty, lag(t.qty) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as qty_wow,
    wow_status(t.qty, lag(t.qty) over hsk_periods, is_complete, lag(is_complete) over hsk_periods, row_number() over hsk_periods) as qty_wow_status,
    best_by_qty as best_sku, k.product_name as best_sku_name, k.qty as best_sku_qty, k.koin_used as best_sku_koin,
    given_away as value_given_away
from promo_totals t
left join (select promotion, period_code, bu_code, week_start, sku, product_name, qty, koin_used from promo_skus) k
    on t.promotion = k.promotion and t.period_code = k.period_code and t.bu_code = k.bu_code
    and t.week_start = k.week_start and t.best_by_qty = k.sku
where t.promotion = 'hsk'
window hsk_periods as (partition by t.bu_code, t.period_code order by t.week_start);

drop schema peer_steps cascade;
