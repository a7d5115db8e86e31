-- Callpop reads patients of GNU Health 5.0 on PostgreSQL (проверено на живой системе: GNU Health 5.0.6, PostgreSQL 15).
--
-- Что делает: схема callpop, представление patients (строка на каждый телефон пациента) и роль mis_reader, которая
-- может только читать это представление: ни таблиц МИС, ни изменений. Запускает администратор базы, один раз:
--
--     psql -v ON_ERROR_STOP=1 -f gnu-health.sql health
--     psql -c "alter role mis_reader password '…'" health
--
-- Настройки Callpop (пароль роли вводится отдельно, в поле «Ключ»):
--
--     [directory]
--     kind = "sql"
--
--     [directory.sql]
--     url = "postgres://mis_reader@сервер/health"
--     query = "select * from callpop.patients where phones10 @> array[:phone10]"
--     search = """select * from callpop.patients
--         where (select bool_and(search_name like '% ' || word || '%') from unnest(:words) word)
--            or chart = :text
--            or (:digits <> '' and array_to_string(phones10, ' ') like '%' || :digits || '%')"""
--
-- Убрать всё: drop schema callpop cascade; drop owned by mis_reader; drop role mis_reader;

create schema if not exists callpop;

-- Последние десять цифр каждого номера в поле: «мама 8900…, папа 8(901)…» это два номера, «доб. 2» номером не считается.
-- Представление только отбирает: окончательно номера сравнивает Callpop.
create or replace function callpop.phones10(field text) returns text[]
    language sql immutable parallel safe
    as $$
        select coalesce(array_agg(right(digits, 10)), '{}')
        from (
            select regexp_replace(regexp_replace(part, '(доб|вн|ext|#).*$', '', 'i'), '\D', '', 'g') as digits
            from regexp_split_to_table(field, '[,;/\n]') as part
        ) as parts
        where length(digits) >= 5
    $$;

-- « иванова мария петровна»: строчные буквы, ё как е, пробел перед каждым словом.
create or replace function callpop.folded(name text) returns text
    language sql immutable parallel safe
    as $$ select ' ' || regexp_replace(translate(lower(name), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g') $$;

-- Поиск по номеру за доли миллисекунды и при миллионе записей.
create index if not exists callpop_phones10 on party_contact_mechanism using gin (callpop.phones10(value))
    where type in ('phone', 'mobile');

create or replace view callpop.patients as
select
    patient.id as id,
    party.ref as chart,
    -- Имя и отчество в GNU Health стоят в одном поле.
    concat_ws(' ', party.lastname, party.name) as full_name,
    callpop.folded(concat_ws(' ', party.lastname, party.name)) as search_name,
    party.dob as born,
    case party.gender when 'm' then 'м' when 'f' then 'ж' end as sex,
    contact.value as phone,
    (
        select string_agg(other.value, ', ' order by other.sequence nulls last, other.id)
        from party_contact_mechanism as other
        where other.party = party.id and other.type in ('phone', 'mobile') and other.active
    ) as phones,
    callpop.phones10(contact.value) as phones10,
    (
        select string_agg(pathology.name, ', ' order by pathology.name)
        from gnuhealth_patient_disease as disease
        join gnuhealth_pathology as pathology on pathology.id = disease.pathology
        where disease.patient = patient.id and disease.is_allergy
    ) as allergy,
    patient.critical_info as alert,
    (
        select concat_ws(' ', doctor.lastname, doctor.name)
        from gnuhealth_healthprofessional as professional
        join party_party as doctor on doctor.id = professional.party
        where professional.id = patient.primary_care_doctor
    ) as doctor,
    -- Время в GNU Health записано в UTC без пояса.
    last_visit.at as last_visit,
    last_visit.doctor as last_visit_doctor,
    next_visit.at as next_visit,
    next_visit.doctor as next_visit_doctor,
    patient.general_info as note
from gnuhealth_patient as patient
join party_party as party on party.id = patient.party
left join party_contact_mechanism as contact
    on contact.party = party.id and contact.type in ('phone', 'mobile') and contact.active
left join lateral (
    select visit.appointment_date at time zone 'UTC' as at, concat_ws(' ', doctor.lastname, doctor.name) as doctor
    from gnuhealth_appointment as visit
    left join gnuhealth_healthprofessional as professional on professional.id = visit.healthprof
    left join party_party as doctor on doctor.id = professional.party
    where visit.patient = patient.id
        and visit.state in ('checked_in', 'done')
        and visit.appointment_date <= now() at time zone 'UTC'
    order by visit.appointment_date desc
    limit 1
) as last_visit on true
left join lateral (
    select visit.appointment_date at time zone 'UTC' as at, concat_ws(' ', doctor.lastname, doctor.name) as doctor
    from gnuhealth_appointment as visit
    left join gnuhealth_healthprofessional as professional on professional.id = visit.healthprof
    left join party_party as doctor on doctor.id = professional.party
    -- Отменённые (user_cancelled, center_cancelled) и неявки (no_show) предстоящими не бывают.
    where visit.patient = patient.id
        and visit.state in ('confirmed', 'checked_in')
        and visit.appointment_date > now() at time zone 'UTC'
    order by visit.appointment_date
    limit 1
) as next_visit on true
where party.active and patient.active;

do $$
begin
    if not exists (select from pg_roles where rolname = 'mis_reader') then
        create role mis_reader login;
    end if;
end
$$;
alter role mis_reader set default_transaction_read_only = on;
grant usage on schema callpop to mis_reader;
grant select on callpop.patients to mis_reader;
