-- An invented warehouse with the tables that the pages read: getvariable('patients') people over four
-- disease lines, the same on every run. Chance comes from hash(), so no seed is needed.
create macro chance(i, salt) as (hash(cast(i as varchar) || salt) % 1000000) / 1000000.0;
create macro pick(i, salt, items) as items[1 + cast(floor(chance(i, salt) * len(items)) as int)];
create macro at_hour(d, h) as timezone('Asia/Shanghai', cast(d as timestamp) + to_minutes(cast(h * 60 as int)));

create schema meta;
create table meta.builds as select 'b20260401-0310' as build_id, date '2026-03-31' as as_of,
    timestamptz '2026-04-01 03:10:00+08' as built_at, 41.7::double as elapsed_seconds;

create table dim_lines as from (values
    ('onfh', '骨坏死', 'osteonecrosis of the femoral head', 'M87'), ('htn', '高血压', 'hypertension', 'I10;I11'),
    ('dm', '糖尿病', 'diabetes', 'E11'), ('bc', '乳腺癌', 'breast cancer', 'C50')) t(line_code, name_zh, name_en, icd10_codes);

create table dim_drug_classes as from (values
    ('onfh_tcm', 'onfh', '活血化瘀中成药', 'blood-activating patent medicines', 0.8::double),
    ('htn_arb', 'htn', '血管紧张素受体拮抗剂', 'angiotensin receptor blockers', 0.8),
    ('htn_ccb', 'htn', '钙通道阻滞剂', 'calcium channel blockers', 0.8),
    ('dm_biguanide', 'dm', '双胍类', 'biguanides', 0.8), ('dm_sglt2', 'dm', 'SGLT2抑制剂', 'SGLT2 inhibitors', 0.8),
    ('bc_ai', 'bc', '芳香化酶抑制剂', 'aromatase inhibitors', 0.8)) t(drug_class_code, line_code, name_zh, name_en, adherence_threshold);

create table dim_drugs as from (values
    ('xianlinggubao', 'onfh_tcm', 'onfh', '仙灵骨葆', 'xianlinggubao'), ('valsartan', 'htn_arb', 'htn', '缬沙坦', 'valsartan'),
    ('losartan', 'htn_arb', 'htn', '氯沙坦', 'losartan'), ('amlodipine', 'htn_ccb', 'htn', '氨氯地平', 'amlodipine'),
    ('metformin', 'dm_biguanide', 'dm', '二甲双胍', 'metformin'), ('dapagliflozin', 'dm_sglt2', 'dm', '达格列净', 'dapagliflozin'),
    ('letrozole', 'bc_ai', 'bc', '来曲唑', 'letrozole')) t(drug_code, drug_class_code, line_code, name_zh, ingredients);

create table dim_products as select 'SKU-' || upper(drug_code) as sku, drug_code, name_zh || '片' as name_zh,
    28::double as pack_units, 28::double as pack_days, 366::double as max_days, 3600::bigint as price_fen from dim_drugs;

create temp table people as
select i, md5('person' || i) as patient_id,
    case when chance(i, 'line') < 0.40 then 'htn' when chance(i, 'line') < 0.68 then 'dm' when chance(i, 'line') < 0.86 then 'onfh' else 'bc' end as line_code,
    chance(i, 'care') as care, -- how well this person takes medicine, 0 to 1
    date '2026-03-31' - cast(40 + floor(chance(i, 'since') * 560) as int) as first_date,
    -- how far along the funnel the person got: steps 1..8
    case when chance(i, 'far') < 0.10 then 1 when chance(i, 'far') < 0.17 then 2 when chance(i, 'far') < 0.24 then 3
        when chance(i, 'far') < 0.33 then 4 when chance(i, 'far') < 0.42 then 5 when chance(i, 'far') < 0.52 then 6 else 8 end as reach
from range(1, 1 + getvariable('patients')) t(i);

create temp table step_days as
select p.*, s.step_no, s.step_code,
    first_date + cast(list_sum([floor(chance(i, 'd' || x) * [1, 3, 6, 12, 4, 6, 40, 1][x]) for x in range(1, s.step_no + 1)]) as int)
        + case when s.step_no = 8 then 150 else 0 end as reached_date
from people p, (values (1, 'lead'), (2, 'friend'), (3, 'profile'), (4, 'first_visit'), (5, 'prescription'), (6, 'first_fill'),
    (7, 'second_fill'), (8, 'six_months')) s(step_no, step_code)
where s.step_no <= p.reach;

create table fct_journey as
select patient_id, 'acquisition' as funnel_code, step_no, step_code, line_code, reached_date
from step_days where reached_date <= date '2026-03-31'
    and (step_no < 8 or care > 0.3);

create temp table courses as -- a person on a drug class, from the first fill on
select p.i, p.patient_id, p.line_code, p.care, c.drug_class_code, d.drug_code, s.reached_date as start_date,
    case when p.care < 0.12 then cast(60 + 200 * chance(p.i, 'stop') as int) else 10000 end as stays_days
from people p join step_days s on s.i = p.i and s.step_code = 'first_fill' and s.reached_date <= date '2026-03-31'
join dim_drug_classes c on c.line_code = p.line_code
join (select drug_class_code, min(drug_code) as drug_code from dim_drugs group by all) d using (drug_class_code)
where c.drug_class_code not in ('htn_ccb', 'dm_sglt2') or chance(p.i, 'two') < 0.45;

create table fct_fills as
with steps as (
    select c.*, n, start_date + cast(floor(n * 28 / (0.42 + 0.62 * care) + 9 * chance(c.i, drug_class_code || n)) as int) as fill_date
    from courses c, range(0, 30) r(n)
),
kept as (
    select * from steps where fill_date <= date '2026-03-31' and fill_date <= start_date + stays_days
        and (n = 0 or patient_id in (select patient_id from step_days where step_code = 'second_fill'))
)
select patient_id, 'C' || substr(md5(patient_id || drug_class_code || n), 1, 10) as claim_id, fill_date, drug_code, drug_class_code, line_code,
    pick(i, 'ch' || n, ['wecom_shop', 'wecom_shop', 'pharmacy', 'jd', 'hospital']) as channel, 1::double as quantity, 28::int as days_supply,
    fill_date as supply_start_date,
    fill_date + 27 as supply_end_date, cast(3200 + floor(chance(i, 'price') * 2600) as bigint) as amount_fen,
    'e' || substr(md5(patient_id || drug_class_code || 'f' || n), 1, 12) as event_id
from kept;

create table fct_rejected_fills as
select claim_id || '-r' as claim_id, event_id, patient_id, fill_date, drug_code,
    case when hash(claim_id) % 7 < 4 then 'duplicate' when hash(claim_id) % 7 < 6 then 'returned' else 'cancelled' end as reason
from fct_fills where hash(claim_id) % 53 = 0;

create temp table periods as
select 'r90' as period_code, date '2026-01-01' as period_start, date '2026-03-31' as period_end
union all select 'r180', date '2025-10-03', date '2026-03-31' union all select 'r365', date '2025-04-01', date '2026-03-31'
union all select 'm' || strftime(m, '%Y-%m'), last_day(m) - 179, last_day(m)
from range(date '2025-04-01', date '2026-04-01', interval 1 month) t(m);

create table fct_adherence as
with inside as (
    select f.*, period_code, period_start, period_end, lead(fill_date) over (partition by patient_id, drug_class_code, period_code order by fill_date) as next_date
    from fct_fills f join periods on fill_date between period_start and period_end
),
sums as (
    select patient_id, drug_class_code, period_code, line_code, period_start, period_end, min(fill_date) as treatment_start, period_end as treatment_end,
        cast(count(*) as int) as fill_count, cast(count(distinct fill_date) as int) as fill_date_count,
        cast(sum(least(28, coalesce(next_date, date '2999-01-01') - fill_date, period_end - fill_date + 1)) as int) as covered_days,
        cast(period_end - min(fill_date) + 1 as int) as treatment_days
    from inside group by patient_id, drug_class_code, period_code, line_code, period_start, period_end
)
select *, covered_days / treatment_days as pdc_ratio, fill_date_count >= 2 and treatment_days >= 91 as is_eligible,
    case when fill_date_count >= 2 and treatment_days >= 91 then covered_days * 100 >= 80 * treatment_days end as is_adherent,
    case when fill_date_count < 2 then 'few_fill_dates' when treatment_days < 91 then 'short_treatment' else '' end as ineligible_reason
from sums;

create temp table tag_pool as from (values
    ('age_minor', '未成年', 'basic', 'all', 'no'), ('age_35_49', '中年35至49岁', 'basic', 'all', 'yes'), ('age_50_64', '中年50至64岁', 'basic', 'all', 'yes'),
    ('age_65_plus', '老年65岁以上', 'basic', 'all', 'yes'), ('sex_male', '男', 'basic', 'all', 'yes'), ('sex_female', '女', 'basic', 'all', 'yes'),
    ('city_tier_1', '一线城市', 'basic', 'all', 'yes'), ('city_tier_2', '新一线二线城市', 'basic', 'all', 'yes'),
    ('onfh_dx', '股骨头坏死', 'disease_stage', 'onfh', 'yes'), ('onfh_arco_2', 'ARCO二期', 'disease_stage', 'onfh', 'code'),
    ('htn_dx', '高血压', 'disease_stage', 'htn', 'yes'), ('htn_grade_2', '高血压2级', 'disease_stage', 'htn', 'code'),
    ('dm_dx', '2型糖尿病', 'disease_stage', 'dm', 'yes'), ('bc_dx', '乳腺癌', 'disease_stage', 'bc', 'no'),
    ('steroid_history', '激素使用史', 'treatment', 'onfh', 'code'), ('polypharmacy', '多药联用', 'treatment', 'all', 'yes'),
    ('adh_high', '依从良好', 'adherence', 'all', 'yes'), ('adh_mid', '依从一般', 'adherence', 'all', 'yes'), ('adh_low', '依从较差', 'adherence', 'all', 'yes'),
    ('refill_due_7d', '7天内需续方', 'adherence', 'all', 'yes'), ('refill_overdue_8_30', '断药8至30天', 'adherence', 'all', 'yes'),
    ('discontinued_60d', '已停药', 'adherence', 'all', 'yes'), ('bp_high_recent', '近期血压偏高', 'monitoring', 'htn', 'code'),
    ('hba1c_over_7', '糖化高于7%', 'monitoring', 'dm', 'code'), ('pain_worse', '疼痛加重', 'monitoring', 'onfh', 'code'),
    ('smoker', '吸烟', 'lifestyle', 'all', 'yes'), ('alcohol_heavy', '大量饮酒', 'lifestyle', 'all', 'code'), ('low_exercise', '缺少运动', 'lifestyle', 'all', 'yes'),
    ('fam_htn', '高血压家族史', 'family_risk', 'all', 'yes'), ('fam_bc', '乳腺癌家族史', 'family_risk', 'bc', 'no'),
    ('barrier_price', '顾虑价格', 'needs_barriers', 'all', 'yes'), ('barrier_side_effect', '担心副作用', 'needs_barriers', 'all', 'code'), ('ae_reported', '自述不良反应', 'monitoring', 'all', 'no'),
    ('barrier_forget', '容易忘记', 'needs_barriers', 'all', 'yes'), ('need_education', '需要科普', 'needs_barriers', 'all', 'yes'),
    ('eng_active_30d', '30天内活跃', 'engagement', 'all', 'yes'), ('eng_silent_60d', '沉默60天', 'engagement', 'all', 'yes'),
    ('stage_onboard', '新入组', 'service_stage', 'all', 'yes'), ('stage_maintain', '稳定维持', 'service_stage', 'all', 'yes'), ('stage_winback', '待召回', 'service_stage', 'all', 'yes'),
    ('val_repeat', '复购用户', 'value_lifecycle', 'all', 'yes'), ('val_high', '高价值', 'value_lifecycle', 'all', 'yes'),
    ('do_not_contact', '勿扰', 'consent_contact', 'all', 'no'), ('contact_cap', '触达已满', 'consent_contact', 'all', 'yes')
    ) t(tag_id, name_zh, family, line_code, wecom_push);

create table fct_patient_tags as
select p.patient_id, t.tag_id, date '2026-03-31' - cast(floor(chance(p.i, t.tag_id || 'from') * 300) as int) as valid_from, null::date as valid_to,
    cast(1 + floor(chance(p.i, t.tag_id || 'ev') * 4) as int) as evidence_count, 'e' || substr(md5(p.i || t.tag_id), 1, 12) as last_event_id,
    round(0.6 + 0.4 * chance(p.i, t.tag_id || 'conf'), 2) as confidence
from people p join tag_pool t on (t.line_code = 'all' or t.line_code = p.line_code)
where case
    when t.tag_id in ('onfh_dx', 'htn_dx', 'dm_dx', 'bc_dx') then p.reach >= 4
    when t.tag_id = 'age_minor' then chance(p.i, 'age') < 0.005
    when t.tag_id = 'age_35_49' then chance(p.i, 'age') between 0.15 and 0.4 when t.tag_id = 'age_50_64' then chance(p.i, 'age') between 0.4000001 and 0.75
    when t.tag_id = 'age_65_plus' then chance(p.i, 'age') > 0.75
    when t.tag_id = 'sex_male' then chance(p.i, 'sex') < 0.47 and p.line_code <> 'bc' when t.tag_id = 'sex_female' then chance(p.i, 'sex') >= 0.47 or p.line_code = 'bc'
    when t.tag_id = 'adh_high' then p.reach >= 7 and p.care > 0.66 when t.tag_id = 'adh_mid' then p.reach >= 7 and p.care between 0.34 and 0.66
    when t.tag_id = 'adh_low' then p.reach >= 7 and p.care < 0.34 when t.tag_id = 'do_not_contact' then chance(p.i, 'dnc') < 0.03
    when t.tag_id = 'val_repeat' then p.reach >= 7
    else chance(p.i, t.tag_id) < 0.05 + 0.3 * chance(0, t.tag_id) end;

create table dim_tags as
select t.tag_id, t.name_zh, t.family, t.line_code, 'chat' as source, '规则说明：' || t.name_zh as rule, '' as excl_group, 90::int as ttl_days, t.wecom_push, true as is_executable,
    any_value(t.bit_word) as bit_word, any_value(t.bit_value) as bit_value,
    count(f.patient_id) as patient_count, count(f.patient_id) / (select count(*) from people) as coverage_ratio
from (select *, cast(mod(n, 8) as int) as bit_word, cast(power(2, n // 8 * 9) as bigint) as bit_value from (select *, row_number() over (order by tag_id) as n from tag_pool)) t
left join fct_patient_tags f using (tag_id) group by all;

create table fct_measurements as
with kinds(kind, unit, line_code, base, spread, gain) as (values
    ('bp_systolic', 'mmHg', 'htn', 142, 84, -16), ('bp_diastolic', 'mmHg', 'htn', 90, 46, -9), ('glucose', 'mmol/L', 'dm', 8.2, 9, -1.6),
    ('hba1c', '%', 'dm', 7.6, 2.2, -0.9), ('vas', 'score', 'onfh', 5.2, 4, -2.2), ('harris', 'score', 'onfh', 66, 26, 11), ('weight', 'kg', 'bc', 60, 12, 0))
select p.patient_id, at_hour(d, 7 + 13 * chance(p.i, 'h' || n)) as event_at, k.kind,
    round(greatest(0, base + spread * (0.5 * chance(p.i, k.kind) + 0.5 * chance(p.i, k.kind || n) - 0.5) + gain * p.care * least(1, n / 6)), case when k.spread < 10 then 1 else 0 end) as value,
    k.unit, case when k.kind = 'glucose' then 'fasting' when k.line_code = 'htn' then 'home' else '' end as context, case when chance(p.i, 'via' || n) < 0.4 then 'chat' else 'activity' end as via
from people p join kinds k using (line_code), lateral (select n, first_date + 20 + cast(n * (24 + 20 * chance(p.i, 'every')) as int) as d from range(0, 24) r(n)) x
where p.reach >= 4 and d <= date '2026-03-31';

create table fct_findings as
select p.patient_id, at_hour(date '2026-03-31' - cast(floor(chance(p.i, 'fd' || n) * 400) as int), 9 + 9 * chance(p.i, 'fh' || n)) as event_at,
    'e' || substr(md5(p.i || 'find' || n), 1, 12) as event_id, c.concept, c.kind, case when chance(p.i, 'st' || n) < 0.7 then 'present' else 'absent' end as status,
    'self' as subject, 'patient' as speaker, c.mention
from people p, range(0, 5) r(n), (values (0, 'dizziness', 'reaction', '头晕'), (1, 'nausea', 'reaction', '恶心'), (2, 'price', 'barrier', '有点贵'), (3, 'hip_pain', 'symptom', '髋部疼')) c(k, concept, kind, mention)
where c.k = hash(p.i || 'c' || n) % 4 and chance(p.i, 'any' || n) < 0.3;

create table fct_timeline as
select patient_id, at_hour(fill_date, 10 + 8 * chance(hash(claim_id), 'h')) as event_at, event_id, 0::int as ordinal, 'prescription' as kind,
    'paid' as title, drug_code || ' x1, 28 d' as detail, 'pharm_lin' as staff_id from fct_fills
union all select patient_id, event_at, 'e' || substr(md5(patient_id || kind || event_at), 1, 12), 0, 'measurement', kind, value || ' ' || unit, '' from fct_measurements
union all select patient_id, at_hour(reached_date, 9), 'e' || substr(md5(patient_id || step_code), 1, 12), 0, 'activity', step_code, case when step_no = 3 then '{"relation":"self","smoking":"no"}' else '' end, 'pharm_lin' from fct_journey
union all select p.patient_id, at_hour(date '2026-03-31' - cast(floor(chance(p.i, 'cd' || n) * 380) as int), 9 + 10 * chance(p.i, 'ch' || n)), 'e' || substr(md5(p.i || 'chat' || n), 1, 12), 0, 'chat',
    case when n % 2 = 0 then 'patient' else 'staff' end, pick(p.i, 'say' || n, ['昨天忘了吃药，今天要补吗', '最近血压有点高，145/92', '药快吃完了，想再买两盒', '您好，记得明天复查', '饭后吃可以减轻胃部不适', '走路久了还是有点疼']), case when n % 2 = 0 then '' else 'pharm_lin' end
from people p, range(0, 16) r(n) where p.reach >= 2 and n < 3 + 13 * chance(p.i, 'talk');

create table dim_patients as select *,
    case when not has_service_consent then 'no_consent' when has_do_not_contact then 'do_not_contact' when list_contains(tags, 'age_minor') then 'minor'
        when list_contains(tags, 'contact_cap') then 'contact_cap' when owner_staff_id = '' then 'no_friend' else '' end as withheld_reason
from (
select p.patient_id, p.line_code, case when line_code = 'bc' or chance(i, 'sex') >= 0.47 then 'female' else 'male' end as sex,
    case when chance(i, 'noage') < 0.03 then null else 2026 - cast(18 + floor(chance(i, 'age') * 66) as int) end as birth_year,
    case when chance(i, 'noage') < 0.03 then null else cast(18 + floor(chance(i, 'age') * 66) as int) end as age,
    pick(i, 'tier', ['1', '2', '2', '3', '']) as city_tier, pick(i, 'src', ['doctor_qr', 'public_ecom', 'acq_link', 'group', 'referral']) as first_channel,
    case when chance(i, 'own') < 0.05 then '' else pick(i, 'own', ['pharm_lin', 'pharm_lin', 'pharm_zhao', 'pharm_he', 'hm_wu', 'hm_sun']) end as owner_staff_id,
    case when reach < 3 then 'lead' when reach < 5 then 'onboard' when reach < 7 then 'initiate' when care < 0.2 then 'winback' when care < 0.5 then 'consolidate' else 'maintain' end as stage_code,
    at_hour(first_date, 9) as first_contact_at, coalesce(t.last_at, at_hour(first_date, 9)) as last_contact_at, cast(1 + floor(chance(i, 'keys') * 3) as int) as key_count,
    chance(i, 'consent') < 0.91 as has_service_consent, chance(i, 'dnc') < 0.03 as has_do_not_contact, f.last_covered_date,
    coalesce(g.tags, []::varchar[]) as tags, cast(coalesce(len(g.tags), 0) as int) as tag_count
from people p
left join (select patient_id, max(event_at) as last_at from fct_timeline group by all) t using (patient_id)
left join (select patient_id, max(supply_end_date) as last_covered_date from fct_fills group by all) f using (patient_id)
left join (select patient_id, list(tag_id order by tag_id) as tags from fct_patient_tags group by all) g using (patient_id));

-- The bits lie otherwise than in a build: who looks for a tag has to ask dim_tags.
create table dim_segment_people as
select p.patient_id, p.line_code, p.stage_code, p.owner_staff_id, p.last_covered_date,
    cast(timezone('Asia/Shanghai', p.first_contact_at) as date) as first_contact_date, cast(timezone('Asia/Shanghai', p.last_contact_at) as date) as last_contact_date, p.age,
    p.withheld_reason,
    coalesce(b.bits[1], 0)::bigint as tag_bits_0, coalesce(b.bits[2], 0)::bigint as tag_bits_1, coalesce(b.bits[3], 0)::bigint as tag_bits_2, coalesce(b.bits[4], 0)::bigint as tag_bits_3,
    coalesce(b.bits[5], 0)::bigint as tag_bits_4, coalesce(b.bits[6], 0)::bigint as tag_bits_5, coalesce(b.bits[7], 0)::bigint as tag_bits_6, coalesce(b.bits[8], 0)::bigint as tag_bits_7
from dim_patients p
left join (
    select patient_id, [sum(case when bit_word = 0 then bit_value else 0 end), sum(case when bit_word = 1 then bit_value else 0 end), sum(case when bit_word = 2 then bit_value else 0 end),
        sum(case when bit_word = 3 then bit_value else 0 end), sum(case when bit_word = 4 then bit_value else 0 end), sum(case when bit_word = 5 then bit_value else 0 end),
        sum(case when bit_word = 6 then bit_value else 0 end), sum(case when bit_word = 7 then bit_value else 0 end)] as bits
    from fct_patient_tags join dim_tags using (tag_id) group by patient_id) b using (patient_id);

create table meta.sources as from (values ('activities', 7::bigint, 4120::bigint, 6::bigint, timestamptz '2026-04-01 02:58:11+08'),
    ('chats', 9, 15230, 8, timestamptz '2026-04-01 03:02:40+08'), ('deadletters', 3, 37, 2, timestamptz '2026-03-31 22:10:00+08'),
    ('findings', 9, 2875, 8, timestamptz '2026-04-01 03:02:40+08'), ('links', 7, 655, 6, timestamptz '2026-03-31 21:00:00+08'),
    ('measurements', 8, 9012, 8, timestamptz '2026-04-01 02:58:11+08'), ('prescriptions', 8, 5980, 7, timestamptz '2026-04-01 01:22:05+08')
    ) t(table_name, snapshot_id, "rows", files, newest_event_at);
create table meta.checks as from (values
    ('fct_adherence__pdc_between_0_and_1', 'error', 0::bigint, 8123::bigint, 0::double, 'PDC lies between 0 and 1'),
    ('fct_fills__no_fill_after_as_of', 'error', 0, 5321, 0, 'no fill lies after the as-of date'),
    ('dim_patients__has_owner', 'warn', 31, 600, 31 / 600, 'each patient has a care worker'),
    ('dim_patients__known_age', 'warn', 18, 600, 0.03, 'each patient has a birth year')) t(name, severity, violated, denominator, ratio, description);
create table meta.models as select table_name as name, 'marts' as layer, 'one row each' as grain, table_name || '：说明' as description,
    estimated_size as "rows", 0.2::double as seconds from duckdb_tables() where schema_name = 'main' and not temporary;
create table meta.columns as select case when table_schema = 'main' then table_name else table_schema || '.' || table_name end as table_name, column_name, data_type, column_name || ' 的说明' as description
from information_schema.columns where table_schema in ('main', 'meta') and table_name not in ('columns')
    and table_name in (select table_name from duckdb_tables() where not temporary);
