-- Пример для любой МИС на PostgreSQL: во что превратить её таблицы, чтобы их читал Callpop.
--
-- Имена таблиц и колонок справа (mis.*) выдуманы: замените на свои. Имена слева (as …) менять нельзя, порядок любой,
-- лишние строки уберите. Обязательны только имя и телефон. Не знаете чего-то: уберите колонку, не подставляйте нули.
--
-- Настройки Callpop (пароль роли вводится отдельно, в поле «Ключ»):
--
--     [directory]
--     kind = "sql"
--
--     [directory.sql]
--     url = "postgres://mis_reader@сервер/база?sslmode=require"
--     query = "select * from callpop.patients where phones10 @> array[:phone10]"
--     search = """select * from callpop.patients
--         where (select bool_and(search_name like '% ' || word || '%') from unnest(:words) word)
--            or chart = :text
--            or (:digits <> '' and array_to_string(phones10, ' ') like '%' || :digits || '%')"""
--
-- Параметры query:  :phone10  последние десять цифр номера (если цифр меньше, то все)
--                   :phone    номер целиком, +79005550101
--                   :phones   список привычных написаний: where phone = any(:phones)
-- Параметры search: :text     что набрано
--                   :words    слова набранного: строчные, ё как е, только буквы и цифры (список)
--                   :digits   цифры, если набран номер; иначе пусто
--                   :limit    сколько людей нужно
--
-- Один оператор SELECT (или WITH … SELECT), без точки с запятой внутри. Номер каждой вернувшейся строки Callpop
-- сравнивает ещё раз сам: кто вернулся без этого номера, на экран не попадёт.
--
-- SQLite: представление такое же, без схемы и роли (файл открывается только для чтения). Списки там приходят как JSON:
-- where phone in (select value from json_each(:phones)). Есть две функции Callpop: callpop_folded(имя) и
-- callpop_has_number(поле, :phone), которая читает поле «мама 8900…, папа 8(901)…» так же, как сам Callpop. Она смотрит
-- каждую строку: на сотне тысяч пациентов заведите лучше колонку с десятью цифрами и индекс.
--
-- MS SQL, Firebird, MySQL, Oracle этим способом не подключаются: выгружайте пациентов в файл (kind = "file").

create schema if not exists callpop;

-- Последние десять цифр каждого номера в поле.
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

-- « иванова мария петровна»
create or replace function callpop.folded(name text) returns text
    language sql immutable parallel safe
    as $$ select ' ' || regexp_replace(translate(lower(name), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g') $$;

-- Без индекса поиск по номеру читает всю таблицу при каждом звонке.
create index if not exists callpop_phones10 on mis.patient using gin (callpop.phones10(phones));

create or replace view callpop.patients as
select
    patient.id as id,                                        -- для ссылки на карту и чтобы сложить строки одного человека
    patient.card_number as chart,
    concat_ws(' ', patient.last_name, patient.first_name, patient.middle_name) as full_name,
    patient.last_name as family_name,
    patient.first_name as given_name,
    patient.middle_name as patronymic,
    callpop.folded(concat_ws(' ', patient.last_name, patient.first_name, patient.middle_name)) as search_name,
    patient.birth_date as born,                              -- date, или текст 1991-01-31, 31.01.1991
    patient.sex as sex,                                      -- м/ж, male/female
    patient.phones as phones,                                -- как записано, можно несколько номеров в одном поле
    callpop.phones10(patient.phones) as phones10,            -- только для поиска, на экран не идёт
    patient.allergies as allergy,
    patient.conflict as conflict,                            -- да/нет или слова
    patient.vip as vip,
    patient.warning as alert,
    patient.debt as debt,                                    -- сколько должен; переплату и ноль не показываем
    'RUB' as debt_currency,
    doctor.name as doctor,
    last_visit.at as last_visit,                             -- timestamptz; без пояса: время клиники или time_zone
    last_visit.doctor as last_visit_doctor,
    next_visit.at as next_visit,
    next_visit.doctor as next_visit_doctor,
    next_visit.service as next_visit_service,
    next_visit.room as next_visit_place,
    branch.time_zone as time_zone,                           -- Asia/Omsk; если филиалы в разных поясах
    patient.relation as relation,                            -- кем этот человек приходится владельцу номера
    patient.comment as note
from mis.patient as patient
left join mis.doctor as doctor on doctor.id = patient.doctor_id
left join mis.branch as branch on branch.id = patient.branch_id
left join lateral (
    select visit.starts_at as at, visit.doctor_name as doctor
    from mis.visit as visit
    where visit.patient_id = patient.id and visit.state = 'done' and visit.starts_at <= now()
    order by visit.starts_at desc
    limit 1
) as last_visit on true
left join lateral (
    select visit.starts_at as at, visit.doctor_name as doctor, visit.service_name as service, visit.room as room
    from mis.visit as visit
    -- Отменённые предстоящими не бывают.
    where visit.patient_id = patient.id and visit.state = 'booked' and visit.starts_at > now()
    order by visit.starts_at
    limit 1
) as next_visit on true;

-- Роль, которая может только читать это представление. Роль, которая может что-то менять, Callpop не примет.
create role mis_reader login;
alter role mis_reader set default_transaction_read_only = on;
grant usage on schema callpop to mis_reader;
grant select on callpop.patients to mis_reader;
-- PostgreSQL до 15: создавать таблицы в схеме public может кто угодно, и такую роль Callpop тоже не примет.
-- revoke create on schema public from public;
-- Пароль: alter role mis_reader password '…';
