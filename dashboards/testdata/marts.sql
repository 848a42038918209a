-- Marts of the pages beyond adherence and the journey, invented from the people of the warehouse beside it.
create table fct_persistence as
with spells as (
    select patient_id, line_code, drug_class_code, fill_date, supply_end_date,
        lead(fill_date) over (partition by patient_id, line_code, drug_class_code order by fill_date) as next_date
    from (select patient_id, line_code, '' as drug_class_code, fill_date, supply_end_date from fct_fills
        union all select patient_id, line_code, drug_class_code, fill_date, supply_end_date from fct_fills)
),
gaps as (
    select s.*, g.grace_days, coalesce(next_date, date '2026-04-01') - supply_end_date - 1 > g.grace_days as is_gap
    from spells s, (values (30), (60), (90)) g(grace_days)
)
select patient_id, line_code, drug_class_code, cast(grace_days as int) as grace_days, min(fill_date) as index_date,
    coalesce(min(supply_end_date) filter (where is_gap), date '2026-03-31') as end_date,
    cast(coalesce(min(supply_end_date) filter (where is_gap), date '2026-03-31') - min(fill_date) as int) as time_days,
    bool_or(is_gap) as is_stopped, case when bool_or(is_gap) then 'stopped' else 'end_of_data' end as end_reason,
    min(next_date) filter (where is_gap) as restart_date,
    case when bool_or(is_gap) then pick(hash(patient_id), 'why', ['price', 'forgot', 'side_effect', 'unknown', 'unknown']) else '' end as stop_reason
from gaps group by patient_id, line_code, drug_class_code, grace_days;

create table fct_first_fills as
select p.patient_id, p.line_code, p.reached_date as prescribed_date, f.fill_date, coalesce(f.channel, 'hospital') as channel,
    cast(coalesce(f.fill_date, date '2026-03-31') - p.reached_date as int) as time_days, f.fill_date is not null as is_filled,
    case when f.fill_date - p.reached_date <= 30 then 'filled' when f.fill_date is not null then 'late' when date '2026-03-31' - p.reached_date <= 30 then 'pending' else 'abandoned' end as status
from fct_journey p
left join (select patient_id, min(fill_date) as fill_date, arg_min(channel, fill_date) as channel from fct_fills group by all) f on f.patient_id = p.patient_id
where p.step_code = 'prescription';

create table fct_stage_history as
with stages as (
    select j.patient_id, j.line_code, j.reached_date,
        case j.step_code when 'lead' then 'lead' when 'profile' then 'onboard' when 'prescription' then 'initiate' when 'second_fill' then 'consolidate' when 'six_months' then 'maintain' end as stage_code
    from fct_journey j where j.step_code in ('lead', 'profile', 'prescription', 'second_fill', 'six_months')
)
select patient_id, cast(row_number() over w as int) as stage_no, stage_code, line_code, reached_date as from_date,
    lead(reached_date) over w - 1 as to_date, cast(coalesce(lead(reached_date) over w, date '2026-04-01') - reached_date as int) as stage_days,
    coalesce(lag(stage_code) over w, '') as previous_stage_code
from stages window w as (partition by patient_id order by reached_date, stage_code);

create table fct_sop_tasks as
select h.patient_id, h.stage_no, t.task_code, h.line_code, h.stage_code, p.owner_staff_id, h.from_date as due_from_date, h.from_date + cast(5 + hash(h.patient_id) % 60 as int) as due_to_date,
    case when hash(h.patient_id || t.task_code || h.stage_no) % 10 < 7 then h.from_date + cast(hash(h.patient_id) % 5 as int) end as implemented_date,
    case when hash(h.patient_id || t.task_code || h.stage_no) % 10 < 4 then h.from_date + cast(hash(h.patient_id) % 5 as int) end as completed_date,
    case when hash(h.patient_id || t.task_code || h.stage_no) % 10 < 4 then 'completed' when hash(h.patient_id || t.task_code || h.stage_no) % 10 < 7 then 'implemented'
        when h.from_date + cast(5 + hash(h.patient_id) % 60 as int) >= date '2026-03-31' then 'open' else 'missed' end as status
from fct_stage_history h join dim_patients p using (patient_id)
join (values ('onboard', 'welcome'), ('initiate', 'first_guidance'), ('initiate', 'side_effect_check'), ('consolidate', 'follow_up'), ('maintain', 'follow_up')) t(stage_code, task_code) on t.stage_code = h.stage_code;

create table fct_stage_service_monthly as
select h.line_code, h.stage_code, 'g' || hash(h.patient_id) % 3 as group_code, p.owner_staff_id, cast(date_trunc('month', h.from_date) as date) as month_start,
    count(*) as entered_count, cast(coalesce(sum(t.due), 0) as bigint) as due_count, cast(coalesce(sum(t.implemented), 0) as bigint) as implemented_count, cast(coalesce(sum(t.completed), 0) as bigint) as completed_count,
    count(*) filter (where h.from_date <= date '2026-01-01' and h.stage_code <> 'lead') as followed_count, count(*) filter (where h.from_date <= date '2026-01-01' and h.stage_code <> 'lead' and h.to_date is not null) as reached_count
from fct_stage_history h join dim_patients p using (patient_id)
left join (select patient_id, stage_no, count(*) as due, count(implemented_date) as implemented, count(completed_date) as completed from fct_sop_tasks where due_to_date < date '2026-03-31' group by all) t using (patient_id, stage_no)
group by all;

create table fct_alerts as
select p.patient_id, a.alert_code, a.severity, date '2026-03-31' - cast(hash(p.patient_id || alert_code) % 40 as int) as since_date, p.owner_staff_id, '' as last_event_id
from dim_patients p, (values ('refill_overdue', 'medium', 12), ('refill_due', 'low', 8), ('adverse_reaction', 'high', 5), ('no_contact', 'low', 9)) a(alert_code, severity, share)
where hash(p.patient_id || alert_code) % 100 < a.share;

create table fct_patient_tag_history as
select patient_id, tag_id, valid_from, valid_to, 'current' as state, evidence_count, last_event_id, confidence, 'r1' as rule_version from fct_patient_tags
union all
select patient_id, 'eng_active_30d', date '2025-11-01', date '2026-02-01', 'expired', 1, '', 1, 'r1' from dim_patients
where hash(patient_id) % 9 = 0 and not list_contains(tags, 'eng_active_30d');

create table fct_patient_value as
with sums as (
    select patient_id, max(fill_date) as last_date, count(distinct fill_date) as fills, sum(amount_fen) as amount from fct_fills where fill_date > date '2025-03-31' group by all
)
select p.patient_id, p.line_code, cast(date '2026-03-31' - s.last_date as int) as recency_days, cast(coalesce(s.fills, 0) as int) as fill_date_count, cast(coalesce(s.amount, 0) as bigint) as amount_fen,
    case when s.patient_id is not null then cast(ntile(5) over (partition by s.patient_id is null order by s.last_date) as int) end as recency_score,
    case when s.patient_id is not null then cast(ntile(5) over (partition by s.patient_id is null order by s.fills) as int) end as frequency_score,
    case when s.patient_id is not null then cast(ntile(5) over (partition by s.patient_id is null order by s.amount) as int) end as money_score,
    'mature' as lifecycle_code
from dim_patients p left join sums s using (patient_id);

create table fct_experiment_patients as
select case when hash(patient_id) % 5 = 0 then 'wording' else 'icbt_22w' end as experiment_code, patient_id, case when hash(patient_id) % 2 = 0 then 'control' else 'treatment' end as arm, date '2025-10-01' as assigned_date, line_code, sex = 'female' as is_female, age,
    case when hash(patient_id) % 97 = 0 then 2 else 1 end as assignment_count, cast(case when hash(patient_id) % 2 = 0 or hash(patient_id) % 5 = 0 then 0 else hash(patient_id) % 23 end as int) as session_count,
    chance(hash(patient_id), 'b') as before_ratio, 180 as after_days, chance(hash(patient_id), 'a') as after_ratio
from dim_patients where line_code = 'bc';

create table fct_experiment_results as
select 'icbt_22w' as experiment_code, m.measure_code, m.kind, (select count(*) from fct_experiment_patients where experiment_code = 'icbt_22w' and arm = 'control') as control_count, (select count(*) from fct_experiment_patients where experiment_code = 'icbt_22w' and arm = 'treatment') as treatment_count,
    m.c as control_mean, m.t as treatment_mean, m.t - m.c as difference, m.t - m.c - 0.1 as lower_difference, m.t - m.c + 0.1 as upper_difference, m.smd, 1.1::double as variance_ratio, m.p as p_value
from (values ('arms', 'arms', null, null, null, 0.62), ('age', 'baseline', 51.0, 52.0, 0.09, 0.4), ('female', 'baseline', 1.0, 1.0, null, null), ('before_ratio', 'baseline', 0.50, 0.55, 0.16, 0.2),
    ('after_ratio', 'outcome', 0.55, 0.66, 0.4, 0.03), ('change_ratio', 'outcome', 0.05, 0.11, 0.2, 0.04)) m(measure_code, kind, c, t, smd, p);

create table fct_staff_load as
select p.owner_staff_id as staff_id, count(*) as patient_count, count(p.last_covered_date) as buyer_count, count(*) filter (where has_service_consent and not has_do_not_contact) as reachable_count,
    cast(coalesce(sum(a.alerts), 0) as bigint) as alert_count, cast(coalesce(sum(a.high), 0) as bigint) as high_alert_count, 'below_500' as load_band
from dim_patients p left join (select patient_id, count(*) as alerts, count(*) filter (where severity = 'high') as high from fct_alerts group by all) a using (patient_id) group by all;

create table fct_response_times as
select s.staff_id, cast(m.month as date) as month_start, cast(20 + hash(s.staff_id || m.month) % 200 as bigint) as turn_count, cast(10 + hash(s.staff_id || m.month) % 200 as bigint) as answered_count,
    cast(5 + hash(s.staff_id || m.month) % 30 as double) as p50_minutes, cast(60 + hash(s.staff_id || m.month) % 90 as double) as p90_minutes
from fct_staff_load s, range(date '2025-04-01', date '2026-04-01', interval 1 month) m(month) where s.staff_id <> '';

create table fct_content_reach as
select line_code, cast(m.month as date) as month_start, c.content_stage, stage_code, cast(5 + hash(line_code || stage_code || content_stage || m.month) % 60 as bigint) as read_count,
    cast(4 + hash(line_code || stage_code || content_stage || m.month) % 50 as bigint) as reader_count, cast(40 + hash(stage_code) % 60 as double) as median_seconds,
    (content_stage = 'early' and stage_code in ('lead', 'onboard', 'initiate')) or (content_stage = 'middle' and stage_code = 'consolidate') or (content_stage = 'late' and stage_code in ('maintain', 'winback')) as is_on_target
from (select distinct line_code, stage_code from dim_patients), (values ('early'), ('middle'), ('late')) c(content_stage), range(date '2025-10-01', date '2026-04-01', interval 1 month) m(month);

create table fct_campaigns as -- one line has only the earlier campaign, another sells more in the later one
select l.line_code, c.campaign_code, m.measure_code, c.start_date, c.end_date, m.per_day * case l.line_code when 'dm' then 1.5 else 1 end as per_day, m.before_per_day,
    case when m.before_per_day > 0 then m.per_day * case l.line_code when 'dm' then 1.5 else 1 end / m.before_per_day - 1 end as lift_ratio
from dim_lines l, (values ('leads', 2.0::double, 1.0::double), ('orders', 3.0, 1.5), ('buyers', 2.5, 1.25), ('sales_fen', 30000.0, 12000.0)) m(measure_code, per_day, before_per_day),
    (values ('2025-1111', date '2025-10-20', date '2025-11-12'), ('2025-618', date '2025-06-01', date '2025-06-20')) c(campaign_code, start_date, end_date)
where l.line_code = 'htn' or (c.campaign_code = '2025-618') = (l.line_code = 'onfh');

create table fct_treatment_changes as
select f.patient_id, f.line_code, max(f.drug_code) as to_drug_code, date '2025-12-01' as change_date, min(f.drug_code) as from_drug_code, 'add_on' as change_kind, false as is_same_class
from fct_fills f group by f.patient_id, f.line_code having count(distinct f.drug_code) > 1;

create table fct_drug_eras as
select patient_id, drug_code, min(fill_date) as era_start_date, max(supply_end_date) as era_end_date, line_code, drug_class_code, cast(count(*) as int) as exposure_count,
    cast(max(supply_end_date) - min(fill_date) + 1 as int) as era_days, 0::int as gap_days
from fct_fills group by patient_id, drug_code, line_code, drug_class_code;

create table fct_control_monthly as
with readings as (
    select m.patient_id, p.line_code, cast(date_trunc('month', timezone('Asia/Shanghai', event_at)) as date) as month_start,
        case when kind like 'bp_%' then 'bp_home' when kind = 'glucose' then 'glucose_fasting' else kind end as indicator_code, kind, avg(value) as value
    from fct_measurements m join dim_patients p using (patient_id) where kind in ('bp_systolic', 'bp_diastolic', 'glucose', 'hba1c') group by all
)
select patient_id, indicator_code, month_start, line_code, count(*) as reading_count, count(*) as in_target_count,
    avg(value) filter (where kind <> 'bp_diastolic') as mean_value, avg(value) filter (where kind = 'bp_diastolic') as mean_diastolic,
    case when bool_or(case kind when 'bp_systolic' then value >= 135 when 'bp_diastolic' then value >= 85 else value >= 7 end) then 'high'
        when bool_or(case kind when 'bp_systolic' then value < 90 when 'bp_diastolic' then value < 60 when 'glucose' then value < 3.9 else false end) then 'low' else 'in_target' end as control_state,
    null::double as change_value, 'invented' as guideline
from readings group by patient_id, indicator_code, month_start, line_code;

create table fct_community_monthly as
select 'room' || substr(md5(r.room::varchar), 1, 12) as room_key, cast(m.month as date) as month_start, ['bc', 'dm', 'htn', 'onfh'][1 + r.room % 4] as line_code,
    cast(20 + hash(r.room || m.month) % 200 as bigint) as message_count, cast(2 + hash(r.room || m.month || 'a') % 30 as bigint) as active_count, cast(hash(r.room || m.month || 'n') % 3 as bigint) as new_active_count,
    cast(1 + hash(r.room || m.month) % 28 as bigint) as active_day_count, cast(hash(r.room || m.month || 's') % 9 as bigint) as staff_message_count, 2.5::double as messages_per_active,
    case when m.month > date '2025-10-01' then 0.01 * (cast(hash(r.room || m.month || 'c') % 100 as int) - 50) end as change_ratio
from range(24) r(room), range(date '2025-10-01', date '2026-04-01', interval 1 month) m(month) where r.room % 7 > 0 or m.month < date '2026-03-01';

create table fct_group_members_monthly as
select l.line_code, 'g' || g.n as group_code, cast(m.month as date) as month_start, cast(5 + hash(l.line_code || g.n || m.month) % 20 as bigint) as joined_count,
    cast(hash(l.line_code || g.n || m.month) % 4 as bigint) as left_count, cast(40 + hash(l.line_code || g.n) % 50 as bigint) as member_count, 0.05::double as left_ratio
from dim_lines l, range(3) g(n), range(date '2025-10-01', date '2026-04-01', interval 1 month) m(month);

create table dim_patient_keys as
select 'k' || n || substr(patient_id, 2) as patient_key, patient_id, case n when 1 then '' when 2 then 'wecom' when 3 then '' else 'phone' end as kind, timestamptz '2026-01-01 00:00:00+08' + to_days(cast(n as int)) as last_seen_at
from dim_patients, range(1, 5) r(n) where hash(patient_id) % 10 <> 0;
