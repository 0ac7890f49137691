-- The weekly marts of all business units in one hand-written DuckDB script, from the raw tables.
--
-- A peer of the project's models, not a part of them: written from the definitions alone, in
-- DuckDB's own dialect, for a fair comparison of time, and as a second opinion on every cell.
-- Reads the schemas `raw` (views on the raw tables) and `seed` (the reference tables); leaves its
-- tables in the schema `peer`.

create schema if not exists peer;

-- White space as people type it: also the non-breaking, typographic and zero-width kinds.
create or replace macro clean(t) as nullif(regexp_replace(
    regexp_replace(t, '^[\s\x{a0}\x{2000}-\x{200d}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+', ''),
    '[\s\x{a0}\x{2000}-\x{200d}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+$', ''), '');
create or replace macro clean_name(t) as clean(regexp_replace(
    t, '[\s\x{a0}\x{2000}-\x{200d}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+', ' ', 'g'));

create or replace macro ratio(n, d) as
    case when d = 0 then null else cast(cast(divide(
        cast(cast(n as decimal(28, 6)) * 1000000 as hugeint) * 2000000
        + sign(cast(n as decimal(28, 6))) * abs(cast(cast(d as decimal(28, 6)) * 1000000 as hugeint)),
        cast(cast(d as decimal(28, 6)) * 1000000 as hugeint) * 2
    ) as decimal(38, 0)) * 0.000001 as decimal(28, 6)) end;

-- Week over week: value, value before, whether this and the week before are complete, week number.
create or replace macro wow_status(m, p, is_complete, was_complete, week_number) as
    case
        when not is_complete then 'incomplete'
        when week_number = 1 then 'first_week'
        when not was_complete then 'incomplete'
        when p is null or p < 0 or m is null then 'not_meaningful'
        when p = 0 and m = 0 then 'flat_zero'
        when p = 0 then 'new'
        when m = 0 then 'stopped'
        else 'ok'
    end;
create or replace macro wow(m, p, is_complete, was_complete, week_number) as
    case when wow_status(m, p, is_complete, was_complete, week_number) in ('ok', 'stopped')
        then ratio(m - p, p) end;

-- 1. The newest usable version of every raw row ---------------------------------------------------

create temp table loaded as
select cast(max(loaded_at) as date) as last_load from (
    select max(_loaded_at) as loaded_at from raw.tbl_receipt
    union all select max(_loaded_at) from raw.tbl_koin
    union all select max(_loaded_at) from raw.tbl_member
    union all select max(_loaded_at) from raw.tbl_receipt_line
    union all select max(_loaded_at) from raw.message_event
);

create temp table receipts_all as
with typed as (
    select
        clean(receive_main_id) as receive_main_id,
        clean(cust_id) as cust_id,
        clean(upper(bu_code)) as bu_code,
        clean(upper(site_code)) as site_code,
        trx_ts, cast(trx_ts as date) as business_date, cast(sales as decimal(18, 2)) as sales,
        clean(lower(receipt_status)) as receipt_status,
        clean(original_receive_main_id) as original_id,
        updated_at, _loaded_at
    from raw.tbl_receipt
),

usable as (
    select * from typed
    where
        receive_main_id is not null and trx_ts is not null and sales is not null
        and updated_at is not null and _loaded_at is not null
        and business_date <= cast(_loaded_at as date)
        and receipt_status in ('completed', 'void', 'return')
        and not (receipt_status = 'return' and sales > 0)
),

newest as (
    select receive_main_id, arg_max(sales, (updated_at, _loaded_at)) as sales
    from usable
    where receive_main_id in (select original_id from usable where receipt_status = 'return')
    group by receive_main_id
)

select usable.* from usable
left join newest on usable.original_id = newest.receive_main_id
where not (usable.receipt_status = 'return' and coalesce(-usable.sales > newest.sales, false))
qualify row_number() over (
    partition by usable.receive_main_id order by usable.updated_at desc, usable._loaded_at desc
) = 1;

create temp table run as
select
    max(business_date) as as_of,
    min(business_date) filter (where business_date >= date '2023-10-16') as first_date
from receipts_all, loaded
where business_date <= last_load;

create temp table weeks as
select
    cast(week as date) as week_start,
    cast(week + interval 6 day as date) as week_end,
    least(cast(week + interval 6 day as date), as_of) as known_end,
    as_of >= cast(week + interval 6 day as date) and first_date <= cast(week as date) as is_complete,
    row_number() over (order by week) as week_number
from run, generate_series(date_trunc('week', first_date), date_trunc('week', as_of), interval 7 day) as t (week);

create temp table bus as select bu_code, is_in_koin_in_out from seed.business_units;

create temp table members as
select
    clean(cust_id) as cust_id,
    coalesce(a.tier_code, 'UNKNOWN') as tier_code,
    clean(upper(pref_site_code)) as chosen_site,
    coalesce(cast(erased_at as date) <= as_of, false) as is_erased
from raw.tbl_member m
cross join run
left join seed.tier_aliases a
    on clean_name(lower(m.tier)) = a.alias
where
    clean(cust_id) is not null and updated_at is not null and _loaded_at is not null
qualify row_number() over (
    partition by clean(cust_id) order by updated_at desc, _loaded_at desc
) = 1;

-- The tier of a member on a date: history by latest valid_from, else the current one.
create temp table tier_periods as
with history as (
    select
        clean(cust_id) as cust_id, valid_from, valid_to,
        coalesce(a.tier_code, 'UNKNOWN') as tier_code
    from raw.tbl_member_tier t
    cross join run
    left join seed.tier_aliases a
        on clean_name(lower(t.tier)) = a.alias
    where
        clean(cust_id) is not null and valid_from is not null
        and _loaded_at is not null and not coalesce(valid_to <= valid_from, false)
    qualify row_number() over (
        partition by clean(cust_id), valid_from order by _loaded_at desc
    ) = 1
)
select history.* from history, run where valid_from <= as_of;

create temp table tiers as
with bounds as (
    select cust_id, valid_from as starts_on from tier_periods
    union select cust_id, valid_to from tier_periods where valid_to is not null
    union select cust_id, date '1900-01-01' from tier_periods
    union select cust_id, date '1900-01-01' from members
),
picked as (
    select
        b.cust_id, b.starts_on,
        -- Joined by member alone: bounds in the join made it twenty times as long.
        arg_max(t.tier_code, t.valid_from) filter (
            where b.starts_on >= t.valid_from and (t.valid_to is null or b.starts_on < t.valid_to)
        ) as history_tier
    from bounds b
    left join tier_periods t on b.cust_id = t.cust_id
    group by b.cust_id, b.starts_on
)
select
    p.cust_id, p.starts_on,
    lead(p.starts_on, 1, date '9999-12-31') over (partition by p.cust_id order by p.starts_on) as ends_on,
    coalesce(p.history_tier, m.tier_code, 'UNKNOWN') as tier_code
from picked p left join members m on p.cust_id = m.cust_id;

create temp table receipts as
select
    r.receive_main_id, r.cust_id, coalesce(bus.bu_code, 'UNKNOWN') as bu_code,
    coalesce(r.site_code, 'UNKNOWN') as site_code, r.trx_ts, r.business_date,
    cast(date_trunc('week', r.business_date) as date) as week_start, r.sales, r.receipt_status,
    r.original_id, coalesce(t.tier_code, 'UNKNOWN') as tier_code,
    r.business_date < date '2023-10-16' as is_pre_cohesive
from receipts_all r
inner join run on r.business_date <= as_of
left join bus on r.bu_code = bus.bu_code
left join tiers t
    on r.cust_id = t.cust_id and r.business_date >= t.starts_on and r.business_date < t.ends_on;

create temp table koin as
with usable as (
    select
        clean(koin_id) as koin_id, clean(cust_id) as cust_id,
        clean(lower(entry_type)) as entry_type, cast(koin as bigint) as koin,
        clean(upper(issue_bu_code)) as issue_bu, clean(upper(redeem_bu_code)) as redeem_bu,
        clean(main_receive_payment_id) as receive_main_id,
        clean(source_koin_id) as source_koin_id, entry_ts, cast(entry_ts as date) as entry_date,
        cast(expires_on as date) as expires_on, _loaded_at
    from raw.tbl_koin
),
newest as (
    select * from usable
    where
        koin_id is not null and cust_id is not null and koin is not null and entry_ts is not null
        and _loaded_at is not null and entry_date <= cast(_loaded_at as date)
        and entry_type in ('issue', 'redeem', 'expire', 'adjust', 'reverse_issue', 'reverse_redeem')
        and not (koin < 0 and entry_type <> 'adjust')
        and not coalesce(entry_type = 'issue' and expires_on < entry_date, false)
    qualify row_number() over (partition by koin_id order by _loaded_at desc) = 1
)
select
    newest.* exclude (issue_bu, redeem_bu, _loaded_at),
    case
        when i.bu_code is not null then i.bu_code
        when newest.issue_bu is not null or entry_type = 'issue' then 'UNKNOWN'
    end as issue_bu,
    case
        when r.bu_code is not null then r.bu_code
        when newest.redeem_bu is not null or entry_type in ('redeem', 'reverse_redeem') then 'UNKNOWN'
    end as redeem_bu,
    cast(date_trunc('week', entry_date) as date) as week_start
from newest
inner join run on entry_date <= as_of
left join bus i on newest.issue_bu = i.bu_code
left join bus r on newest.redeem_bu = r.bu_code
where entry_date >= date '2023-10-16';

-- Lines of the newest version of their receipt.
create temp table lines as
with usable as (
    select
        clean(receive_main_id) as receive_main_id, line_no, clean(sku) as sku,
        cast(qty as decimal(12, 3)) as qty, cast(net_sales as decimal(18, 2)) as net_sales,
        coalesce(cast(koin_used as bigint), 0) as koin_used, receipt_updated_at, _loaded_at
    from raw.tbl_receipt_line
    where
        clean(receive_main_id) is not null and line_no is not null and qty is not null
        and net_sales is not null and receipt_updated_at is not null and _loaded_at is not null
)
select l.* exclude (receipt_updated_at, _loaded_at), r.* exclude (receive_main_id)
from usable l
inner join receipts_all a
    on l.receive_main_id = a.receive_main_id and l.receipt_updated_at = a.updated_at
inner join receipts r on l.receive_main_id = r.receive_main_id
where not r.is_pre_cohesive
qualify row_number() over (partition by l.receive_main_id, l.line_no order by l._loaded_at desc) = 1;

create temp table products as
select clean(sku) as sku,
    clean_name(product_name) as product_name,
    clean_name(category) as category,
    clean_name(brand) as brand
from raw.tbl_product
where clean(sku) is not null and _loaded_at is not null
qualify row_number() over (partition by clean(sku) order by _loaded_at desc) = 1;

-- 2. Pay with Koin --------------------------------------------------------------------------------

create temp table paying as
select r.*, k.koin_redeemed
from receipts r
inner join (
    select receive_main_id, sum(koin) as koin_redeemed
    from koin where entry_type = 'redeem' group by receive_main_id having sum(koin) > 0
) k on r.receive_main_id = k.receive_main_id
where r.receipt_status = 'completed' and not r.is_pre_cohesive;

create temp table first_payment as
select cust_id, min(week_start) as first_week from paying where cust_id is not null group by cust_id;

create temp table pay_facts as
select week_start, bu_code, tier_code, cust_id, receive_main_id, sales, koin_redeemed, 1 as is_transaction
from paying
union all
select r.week_start, r.bu_code, r.tier_code, null, null, r.sales, 0, 0
from receipts r inner join paying p on r.original_id = p.receive_main_id
where r.receipt_status = 'return' and not r.is_pre_cohesive
union all
select cast(date_trunc('week', k.entry_date) as date), q.bu_code, coalesce(t.tier_code, 'UNKNOWN'),
    null, null, 0, -k.koin, 0
from koin k
inner join (
    select receive_main_id, cust_id, bu_code from paying
    union all
    select r.receive_main_id, p.cust_id, r.bu_code
    from receipts r inner join paying p on r.original_id = p.receive_main_id
    where r.receipt_status = 'return' and not r.is_pre_cohesive
) q on k.receive_main_id = q.receive_main_id
left join tiers t on q.cust_id = t.cust_id and k.entry_date >= t.starts_on and k.entry_date < t.ends_on
where k.entry_type = 'reverse_redeem';

create temp table bu_sales as
select
    week_start, bu_code,
    case when grouping(tier_code) = 1 then 'ALL' else tier_code end as tier_code,
    count(*) filter (where receipt_status = 'completed' and cust_id is not null) as member_transactions,
    case when grouping(tier_code) = 1 then sum(sales)
        else coalesce(sum(sales) filter (where cust_id is not null), 0) end as net_sales
from receipts
where receipt_status in ('completed', 'return') and not is_pre_cohesive
group by grouping sets ((week_start, bu_code, tier_code), (week_start, bu_code));

create temp table all_bus as
select bu_code from bus
union select 'UNKNOWN' where exists (select 1 from receipts where bu_code = 'UNKNOWN' and not is_pre_cohesive)
    or exists (select 1 from koin where 'UNKNOWN' in (issue_bu, redeem_bu));

create or replace table peer.weekly_pay_with_koin as
with m as (
    select
        f.week_start, f.bu_code,
        case when grouping(f.tier_code) = 1 then 'ALL' else f.tier_code end as tier_code,
        count(distinct f.cust_id) as member_count, sum(is_transaction) as transaction_count,
        sum(sales) as net_sales, sum(koin_redeemed) as koin_redeemed,
        count(distinct f.cust_id) filter (where p.first_week < f.week_start) as repeat_member_count
    from pay_facts f left join first_payment p on f.cust_id = p.cust_id
    group by grouping sets ((f.week_start, f.bu_code, f.tier_code), (f.week_start, f.bu_code))
),
spine as (
    select w.*, b.bu_code, t.tier_code
    from weeks w, all_bus b,
        (values ('SILVER'), ('GOLD'), ('PLATINUM'), ('UNKNOWN'), ('ALL')) as t (tier_code)
),
filled as (
    select
        s.week_start, s.bu_code, s.tier_code, s.is_complete, s.week_number,
        coalesce(member_count, 0) as member_count, coalesce(transaction_count, 0) as transaction_count,
        coalesce(m.net_sales, 0) as net_sales, coalesce(koin_redeemed, 0) as koin_redeemed,
        coalesce(repeat_member_count, 0) as repeat_member_count,
        coalesce(b.member_transactions, 0) as bu_member_transaction_count,
        coalesce(b.net_sales, 0) as bu_net_sales
    from spine s
    left join m using (week_start, bu_code, tier_code)
    left join bu_sales b using (week_start, bu_code, tier_code)
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

create temp table steps as
select
    *,
    case when entry_type = 'issue' or (entry_type = 'adjust' and koin > 0) then koin else 0 end as lot_koin,
    case
        when entry_type in ('redeem', 'expire', 'reverse_issue') then koin
        when entry_type = 'adjust' and koin < 0 then -koin
        when entry_type = 'reverse_redeem' then -koin
        else 0
    end as step
from koin where koin <> 0;

create temp table axis as
select
    *,
    sum(lot_koin) over ledger as axis_to,
    sum(step) over ledger as cursor_to,
    case when entry_type = 'adjust' then 'ADJUSTMENT' else issue_bu end as lot_issuer
from steps
window ledger as (partition by cust_id order by entry_ts, koin_id rows unbounded preceding);

create temp table lots as
select cust_id, koin_id, axis_to - lot_koin as lot_from, axis_to as lot_to, lot_issuer, expires_on, week_start, entry_type
from axis where lot_koin > 0;

-- What takes from, or gives back to, the axis: [slice_from, slice_to), lots known up to axis_to.
create temp table takes as
select
    a.koin_id, a.cust_id, a.entry_type, a.entry_ts, a.entry_date, a.week_start, a.redeem_bu, a.receive_main_id,
    a.source_koin_id, a.axis_to, abs(a.step) as koin,
    a.cursor_to - greatest(a.step, 0) as slice_from, a.cursor_to - least(a.step, 0) as slice_to,
    case
        when a.entry_type = 'adjust' then null
        when a.issue_bu is not null then a.issue_bu
        when a.entry_type in ('redeem', 'expire', 'reverse_issue') then l.lot_issuer
    end as named_issuer
from axis a
left join lots l on a.source_koin_id = l.koin_id
where a.step <> 0;

create temp table slices as
with met as (
    select
        t.koin_id, l.lot_issuer as issuer,
        greatest(t.slice_from, l.lot_from) as part_from, least(t.slice_to, l.lot_to) as part_to
    from takes t
    inner join lots l
        on t.cust_id = l.cust_id and l.lot_from < t.slice_to and l.lot_to > t.slice_from
        and l.lot_to <= t.axis_to
)
select koin_id, issuer, part_from, part_to from met
union all
select koin_id, 'UNATTRIBUTED', greatest(slice_from, axis_to), slice_to from takes where slice_to > axis_to
union all
select koin_id, 'UNATTRIBUTED', slice_from, least(slice_to, 0) from takes where slice_from < 0;

-- Parts of every entry but reversals of redemptions.
create temp table parts as
select koin_id, named_issuer as issuer, slice_from as part_from, slice_to as part_to
from takes where named_issuer is not null
union all
select s.koin_id, s.issuer, s.part_from, s.part_to
from slices s inner join takes t on s.koin_id = t.koin_id
where t.named_issuer is null;

create temp table undone as
with reversals as (
    select
        t.*, r.slice_from as r_from, r.slice_to as r_to,
        sum(t.koin) over (partition by r.koin_id order by t.entry_ts, t.koin_id rows unbounded preceding) as undone_to
    from takes t
    inner join takes r on t.source_koin_id = r.koin_id and r.entry_type = 'redeem' and t.cust_id = r.cust_id
    where t.entry_type = 'reverse_redeem'
)
select *, greatest(r_to - undone_to, r_from) as undo_from,
    greatest(r_to - (undone_to - koin), r_from) as undo_to
from reversals;

create temp table attributed as
select t.koin_id, p.issuer, sum(p.part_to - p.part_from) as koin
from takes t inner join parts p on t.koin_id = p.koin_id
where t.entry_type <> 'reverse_redeem'
group by t.koin_id, p.issuer
union all
select koin_id, issuer, sum(koin) from (
    select u.koin_id, p.issuer, least(u.undo_to, p.part_to) - greatest(u.undo_from, p.part_from) as koin
    from undone u inner join parts p
        on u.source_koin_id = p.koin_id and p.part_from < u.undo_to and p.part_to > u.undo_from
    union all
    -- What is more than the row it undoes, or undoes nothing known: its issuer, else what it gives back.
    select t.koin_id, p.issuer, least(p.part_to, t.slice_to - coalesce(u.undo_to - u.undo_from, 0)) - p.part_from
    from takes t
    left join undone u on t.koin_id = u.koin_id
    inner join parts p on t.koin_id = p.koin_id
    where t.entry_type = 'reverse_redeem'
        and t.koin > coalesce(u.undo_to - u.undo_from, 0)
        and p.part_from < t.slice_to - coalesce(u.undo_to - u.undo_from, 0)
) group by koin_id, issuer;

create temp table flows as
select
    t.koin_id, t.cust_id, t.entry_date, t.week_start, t.redeem_bu, t.receive_main_id, t.entry_type, a.issuer,
    case when t.entry_type = 'redeem' then a.koin else -a.koin end as koin
from takes t inner join attributed a on t.koin_id = a.koin_id
where t.entry_type in ('redeem', 'reverse_redeem');

-- 4. Koin In-Out ----------------------------------------------------------------------------------

create temp table moves as
select
    f.entry_date, f.issuer as bu_code, case when b.is_in_koin_in_out then 'a' else 'excluded' end as measure, f.koin
from flows f inner join all_bus i on f.issuer = i.bu_code
left join bus b on f.redeem_bu = b.bu_code
where f.issuer <> f.redeem_bu or not coalesce(b.is_in_koin_in_out, true)
union all
select
    f.entry_date, f.redeem_bu,
    case
        when f.issuer = f.redeem_bu then 'c' when f.issuer = 'ADJUSTMENT' then 'adjustment'
        when f.issuer = 'UNATTRIBUTED' then 'unattributed' else 'b'
    end, f.koin
from flows f left join bus b on f.redeem_bu = b.bu_code
where coalesce(b.is_in_koin_in_out, true)
union all
select entry_date, issue_bu, 'd', koin from koin where entry_type = 'issue'
union all
select t.entry_date, a.issuer, 'reversed', a.koin
from takes t inner join attributed a on t.koin_id = a.koin_id where t.entry_type = 'reverse_issue';

create or replace table peer.daily_koin_in_out as
with days as (
    select cast(day as date) as entry_date
    from run, generate_series((select min(week_start) from weeks), as_of, interval 1 day) as t (day)
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
    from moves group by entry_date, bu_code
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

create or replace table peer.weekly_koin_flow_matrix as
select
    f.week_start, issuer as issue_bu_code, redeem_bu as redeem_bu_code, any_value(is_complete) as is_complete_week,
    cast(sum(koin) as bigint) as koin,
    count(distinct r.receive_main_id) filter (where entry_type = 'redeem') as transaction_count,
    count(distinct f.cust_id) filter (where entry_type = 'redeem') as member_count
from flows f inner join weeks using (week_start)
left join receipts r on f.receive_main_id = r.receive_main_id and r.receipt_status = 'completed' 
group by f.week_start, issuer, redeem_bu having sum(koin) <> 0;

-- 5. Roll-forward by issuer -----------------------------------------------------------------------

create or replace table peer.weekly_koin_roll_forward as
with issuer_moves as (
    select week_start, lot_issuer as issuer, case when entry_type = 'issue' then 'issued' else 'adjusted' end as kind, lot_koin as koin
    from axis where lot_koin > 0
    union all
    select t.week_start, a.issuer,
        case t.entry_type when 'redeem' then 'redeemed' when 'expire' then 'expired' when 'reverse_issue' then 'issue_reversed'
            when 'reverse_redeem' then 'redeem_reversed' else 'adjusted' end,
        case when t.entry_type = 'adjust' then -a.koin else a.koin end
    from takes t inner join attributed a on t.koin_id = a.koin_id
),
issuers as (select bu_code as issuer from all_bus union select unnest(['ADJUSTMENT', 'UNATTRIBUTED'])),
both_ as (
    select week_start, issuer, kind, koin from issuer_moves
    union all select week_start, 'ALL', kind, koin from issuer_moves
),
spine as (select w.*, i.issuer from weeks w, (select issuer from issuers union select 'ALL') i),
sums as (
    select
        s.week_start, s.issuer, s.is_complete,
        cast(coalesce(sum(koin) filter (where kind = 'issued'), 0) as bigint) as issued, cast(coalesce(sum(koin) filter (where kind = 'issue_reversed'), 0) as bigint) as issue_reversed, cast(coalesce(sum(koin) filter (where kind = 'redeemed'), 0) as bigint) as redeemed, cast(coalesce(sum(koin) filter (where kind = 'redeem_reversed'), 0) as bigint) as redeem_reversed, cast(coalesce(sum(koin) filter (where kind = 'expired'), 0) as bigint) as expired, cast(coalesce(sum(koin) filter (where kind = 'adjusted'), 0) as bigint) as adjusted
    from spine s left join both_ b on s.week_start = b.week_start and s.issuer = b.issuer
    group by s.week_start, s.issuer, s.is_complete
),
before as (
    select issuer, sum(case when kind in ('issued', 'redeem_reversed', 'adjusted') then koin else -koin end) as koin
    from both_ where week_start < (select min(week_start) from weeks) group by issuer
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

create or replace table peer.weekly_koin_in_out as
with sums as (
    select
        date_trunc('week', redemption_date)::date as week_start, bu_code,
        sum(a_issued_here_redeemed_elsewhere)::bigint as a, sum(b_issued_elsewhere_redeemed_here)::bigint as b,
        sum(c_issued_and_redeemed_here)::bigint as c, sum(d_issued_here)::bigint as d,
        sum(issue_reversed_here)::bigint as issue_reversed_here,
        sum(adjustment_redeemed_here)::bigint as adjustment_redeemed_here,
        sum(unattributed_redeemed_here)::bigint as unattributed_redeemed_here,
        sum(issued_here_redeemed_at_excluded_bu)::bigint as issued_here_redeemed_at_excluded_bu
    from peer.daily_koin_in_out group by all
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

create temp table sites as
select clean(upper(site_code)) as site_code, coalesce(b.bu_code, 'UNKNOWN') as bu_code,
    coalesce(clean_name(area_manager), 'UNASSIGNED') as area_manager
from raw.tbl_site s left join bus b on clean(upper(s.bu_code)) = b.bu_code
where clean(upper(site_code)) is not null and _loaded_at is not null
qualify row_number() over (partition by clean(upper(site_code)) order by _loaded_at desc) = 1;

-- The preferred site by months: what was visited in the twelve months before the first of a month.
create temp table preferred as
with months as (
    select distinct cast(date_trunc('month', week_end) as date) as month_start from weeks
),
visits as (
    select r.cust_id, r.site_code, cast(date_trunc('month', r.business_date) as date) as visit_month,
        count(*) as receipt_count, max(r.trx_ts) as last_visit
    from receipts r left join members m on r.cust_id = m.cust_id
    where r.receipt_status = 'completed' and not r.is_pre_cohesive and r.cust_id is not null
        and r.site_code <> 'UNKNOWN' and not coalesce(m.is_erased, false) and m.chosen_site is null
    group by all
),
picked as (
    select v.cust_id, m.month_start, v.site_code, sum(receipt_count) as receipt_count, max(last_visit) as last_visit
    from visits v inner join months m
        on v.visit_month < m.month_start and v.visit_month >= m.month_start - interval 12 month
    group by v.cust_id, m.month_start, v.site_code
    qualify row_number() over (
        partition by v.cust_id, m.month_start order by sum(receipt_count) desc, max(last_visit) desc, v.site_code
    ) = 1
)
select cust_id, month_start, site_code from picked
union all
select cust_id, month_start, chosen_site from members, months where not is_erased and chosen_site is not null;

create temp table week_ends as
select week_start, known_end, cast(date_trunc('month', week_end) as date) as month_start, week_number from weeks;

-- Changes of a member's balance, of what is overdue and of what falls due.
create temp table member_weeks as
with ends as (
    select cust_id, greatest(week_start, (select min(week_start) from weeks)) as week_start,
        sum(lot_koin) - sum(step) as movement, arg_max(cursor_to, (entry_ts, koin_id)) as cursor_after
    from axis group by all
)
select *, lag(cursor_after, 1, 0) over (partition by cust_id order by week_start) as cursor_before from ends;

create temp table member_changes as
with lot_changes as (
    select
        l.cust_id, m.week_start, l.expires_on,
        l.lot_to - least(greatest(m.cursor_after, l.lot_from), l.lot_to)
        - case when m.week_start = w.week_start then 0
            else l.lot_to - least(greatest(m.cursor_before, l.lot_from), l.lot_to) end as change
    from lots l
    cross join (select min(week_start) as first_week from weeks)
    inner join lateral (select greatest(l.week_start, first_week) as week_start) w on true
    inner join member_weeks m
        on l.cust_id = m.cust_id and m.week_start >= w.week_start
        and (m.week_start = w.week_start
            or (least(m.cursor_before, m.cursor_after) < l.lot_to
                and greatest(m.cursor_before, m.cursor_after) > l.lot_from))
    where l.expires_on is not null and l.entry_type = 'issue'
),
thresholds as (
    select x.expires_on,
        (select min(week_start) from week_ends where known_end > x.expires_on) as overdue_week,
        (select min(week_start) from week_ends where known_end >= x.expires_on - 30) as week_30,
        (select min(week_start) from week_ends where known_end >= x.expires_on - 60) as week_60,
        (select min(week_start) from week_ends where known_end >= x.expires_on - 90) as week_90
    from (select distinct expires_on from lot_changes) x
),
due as (
    select c.cust_id, c.change, c.week_start, t.overdue_week, n.days, n.starts_on
    from lot_changes c inner join thresholds t using (expires_on),
        lateral (values (30, t.week_30), (60, t.week_60), (90, t.week_90)) as n (days, starts_on)
    where c.change <> 0
),
all_changes as (
    select cust_id, week_start, movement, 0 as overdue, 0 as due_30, 0 as due_60, 0 as due_90 from member_weeks
    union all
    select cust_id, greatest(week_start, overdue_week), 0, change, 0, 0, 0
    from due where days = 30 and overdue_week is not null
    union all
    select cust_id, greatest(week_start, starts_on), 0, 0,
        case when days = 30 then change else 0 end, case when days = 60 then change else 0 end,
        case when days = 90 then change else 0 end
    from due where starts_on is not null and (overdue_week is null or greatest(week_start, starts_on) < overdue_week)
    union all
    select cust_id, overdue_week, 0, 0,
        case when days = 30 then -change else 0 end, case when days = 60 then -change else 0 end,
        case when days = 90 then -change else 0 end
    from due where starts_on is not null and greatest(week_start, starts_on) < overdue_week
    union all
    -- Weeks in which a member may fall into another group.
    select distinct t.cust_id, w.week_start, 0, 0, 0, 0, 0
    from tiers t inner join week_ends w on t.starts_on between w.known_end - 6 and w.known_end
    union all
    select distinct p.cust_id, w.week_start, 0, 0, 0, 0, 0
    from preferred p inner join (
        select month_start, min(week_start) as week_start from week_ends group by month_start
    ) w using (month_start)
    union all
    select distinct p.cust_id, w.week_start, 0, 0, 0, 0, 0
    from preferred p inner join (
        select month_start, min(week_start) as week_start from week_ends group by month_start
    ) w on w.month_start = p.month_start + interval 1 month
)
select cust_id, week_start, sum(movement) as movement, sum(overdue) as overdue,
    sum(due_30) as due_30, sum(due_60) as due_60, sum(due_90) as due_90
from all_changes group by all;

create temp table balance_periods as
with running as (
    select cust_id, week_start, sum(movement) over cust as balance, sum(overdue) over cust as overdue,
        sum(due_30) over cust as due_30, sum(due_60) over cust as due_60, sum(due_90) over cust as due_90,
        lead(week_start) over (partition by cust_id order by week_start) as next_week
    from member_changes
    window cust as (partition by cust_id order by week_start rows unbounded preceding)
)
select r.*, coalesce(t.tier_code, 'UNKNOWN') as tier_code,
    case when p.site_code is null then 'UNASSIGNED' else coalesce(s.bu_code, 'UNKNOWN') end as bu_code,
    coalesce(s.area_manager, 'UNASSIGNED') as area_manager
from running r
inner join week_ends w on r.week_start = w.week_start
left join tiers t on r.cust_id = t.cust_id and w.known_end >= t.starts_on and w.known_end < t.ends_on
left join preferred p on r.cust_id = p.cust_id and w.month_start = p.month_start
left join sites s on p.site_code = s.site_code
where balance <> 0;

create or replace table peer.weekly_koin_outstanding as
with deltas as (
    select week_start, bu_code, tier_code, area_manager, 1 as sign, balance, overdue, due_30, due_60, due_90
    from balance_periods
    union all
    select next_week, bu_code, tier_code, area_manager, -1, balance, overdue, due_30, due_60, due_90
    from balance_periods where next_week is not null
),
sums as (
    select
        week_start,
        case when grouping(bu_code) = 1 then 'ALL' else bu_code end as bu_code,
        case when grouping(tier_code) = 1 then 'ALL' else tier_code end as tier_code,
        case when grouping(area_manager) = 1 then 'ALL' else area_manager end as area_manager,
        sum(sign) filter (where balance > 0) as members, sum(sign * balance) filter (where balance > 0) as koin,
        sum(sign * overdue) as overdue, sum(sign * due_30) as due_30, sum(sign * due_60) as due_60,
        sum(sign * due_90) as due_90,
        sum(sign) filter (where balance < 0) as negative_members,
        sum(sign * balance) filter (where balance < 0) as negative_koin
    from deltas
    group by grouping sets (
        (week_start, bu_code, tier_code, area_manager), (week_start, bu_code, tier_code),
        (week_start, bu_code, area_manager), (week_start, tier_code, area_manager),
        (week_start, bu_code), (week_start, tier_code), (week_start, area_manager), (week_start)
    )
),
combinations as (select distinct bu_code, tier_code, area_manager from sums),
running as (
    select
        c.*, w.week_start, w.is_complete, w.week_number,
        cast(coalesce(sum(members) over x, 0) as bigint) as members,
        cast(coalesce(sum(koin) over x, 0) as bigint) as koin,
        cast(coalesce(sum(overdue) over x, 0) as bigint) as overdue,
        cast(coalesce(sum(due_30) over x, 0) as bigint) as due_30,
        cast(coalesce(sum(due_60) over x, 0) as bigint) as due_60,
        cast(coalesce(sum(due_90) over x, 0) as bigint) as due_90,
        cast(coalesce(sum(negative_members) over x, 0) as bigint) as negative_members,
        cast(coalesce(sum(negative_koin) over x, 0) as bigint) as negative_koin
    from combinations c cross join weeks w
    left join sums s using (bu_code, tier_code, area_manager, week_start)
    window x as (partition by bu_code, tier_code, area_manager order by w.week_start rows unbounded preceding)
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

create temp table listed as
select distinct 'mc' as promotion, period_code, cast(sku as varchar) as sku, starts_on, ends_on, bu_code,
    cast(special_price as decimal(18, 2)) as price, null::decimal(18, 2) as normal_price
from seed.members_choice_skus
union all
select distinct 'hsk', period_code, cast(sku as varchar), starts_on, ends_on, bu_code,
    cast(koin_price as decimal(18, 2)), cast(normal_price as decimal(18, 2))
from seed.harga_spesial_koin_skus;

create temp table sold as
select p.promotion, p.period_code, p.bu_code, p.sku, p.price, p.normal_price,
    l.receive_main_id, l.cust_id, l.week_start, l.qty, l.net_sales, l.koin_used
from lines l
inner join listed p
    on l.sku = p.sku and l.bu_code = p.bu_code and l.business_date between p.starts_on and p.ends_on
where l.receipt_status = 'completed' and l.cust_id is not null
    and (p.promotion = 'mc' or (l.qty > 0 and l.koin_used >= p.price * l.qty));

create temp table promo_lines as
select promotion, period_code, bu_code, sku, week_start, receive_main_id, cust_id, qty, net_sales, koin_used,
    qty * (normal_price - price) as given_away, true as is_sale
from sold
union all
select s.promotion, s.period_code, s.bu_code, s.sku, l.week_start, null, null, l.qty, l.net_sales, l.koin_used,
    l.qty * (s.normal_price - s.price), false
from lines l
inner join (
    select distinct promotion, period_code, bu_code, sku, price, normal_price, receive_main_id from sold
) s on l.original_id = s.receive_main_id and l.sku = s.sku
where l.receipt_status = 'return';

create temp table period_weeks as
with spans as (
    select promotion, period_code, bu_code, min(starts_on) as starts_on, max(ends_on) as ends_on
    from listed group by all
),
used as (
    select promotion, period_code, bu_code, min(week_start) as first_week, max(week_start) as last_week
    from promo_lines group by all
)
select s.promotion, s.period_code, s.bu_code, w.*
from spans s left join used u using (promotion, period_code, bu_code)
inner join weeks w
    on w.week_end >= least(s.starts_on, u.first_week) and w.week_start <= greatest(s.ends_on, u.last_week);

create temp table promo_skus as
with sums as (
    select promotion, period_code, bu_code, sku, week_start, sum(net_sales) as net_sales, sum(qty) as qty,
        sum(koin_used) as koin_used, sum(given_away) as given_away,
        count(distinct receive_main_id) as transaction_count, count(distinct cust_id) as member_count,
        bool_or(is_sale) as is_sold
    from promo_lines group by all
),
skus as (
    select promotion, period_code, bu_code, sku, any_value(price) as price, any_value(normal_price) as normal_price
    from listed group by all
),
filled as (
    select
        w.promotion, w.period_code, w.bu_code, k.sku, w.week_start, w.week_end, w.is_complete, w.week_number,
        k.price, k.normal_price,
        coalesce(p.product_name, 'UNKNOWN') as product_name, coalesce(p.category, 'UNKNOWN') as category,
        coalesce(p.brand, 'UNKNOWN') as brand,
        cast(coalesce(net_sales, 0) as decimal(18, 2)) as net_sales,
        cast(coalesce(qty, 0) as decimal(18, 3)) as qty, cast(coalesce(koin_used, 0) as bigint) as koin_used,
        cast(coalesce(given_away, 0) as decimal(18, 2)) as given_away,
        coalesce(transaction_count, 0) as transaction_count, coalesce(member_count, 0) as member_count,
        coalesce(is_sold, false) as is_sold,
        exists (
            select 1 from listed l where l.promotion = w.promotion and l.period_code = w.period_code
                and l.bu_code = w.bu_code and l.sku = k.sku and l.starts_on <= w.week_end and l.ends_on >= w.week_start
        ) as is_offered
    from period_weeks w
    inner join skus k using (promotion, period_code, bu_code)
    left join sums s using (promotion, period_code, bu_code, sku, week_start)
    left join products p on k.sku = p.sku
)
select *,
    row_number() over (partition by promotion, period_code, bu_code, week_start order by net_sales desc, sku) as sales_rank,
    row_number() over (
        partition by promotion, period_code, bu_code, week_start order by qty desc, koin_used desc, sku
    ) as qty_rank
from filled;

create temp table promo_totals as
with members_of as (
    select promotion, period_code, bu_code, week_start, count(distinct receive_main_id) as transaction_count,
        count(distinct cust_id) as member_count
    from promo_lines group by all
)
select
    k.promotion, k.period_code, k.bu_code, k.week_start, any_value(k.is_complete) as is_complete,
    any_value(k.week_number) as week_number,
    count(*) filter (where is_offered) as sku_offered, count(*) filter (where is_sold) as sku_sold,
    cast(sum(net_sales) as decimal(18, 2)) as net_sales, cast(sum(qty) as decimal(18, 3)) as qty,
    cast(sum(koin_used) as bigint) as koin_used, cast(sum(given_away) as decimal(18, 2)) as given_away,
    coalesce(any_value(m.transaction_count), 0) as transaction_count,
    coalesce(any_value(m.member_count), 0) as member_count,
    arg_min(k.sku, sales_rank) filter (where is_sold) as best_by_sales,
    arg_min(k.sku, qty_rank) filter (where is_sold) as best_by_qty
from promo_skus k left join members_of m using (promotion, period_code, bu_code, week_start)
group by k.promotion, k.period_code, k.bu_code, k.week_start;

create or replace table peer.weekly_members_choice as
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

create or replace table peer.weekly_members_choice_summary as
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

create or replace table peer.weekly_harga_spesial_koin_skus as
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

create or replace table peer.weekly_harga_spesial_koin as
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
