-- Инфоклиника (Firebird): по чужому коду, не проверено.
--
-- Прямо к Firebird Callpop не подключается. Этот запрос выгружает пациентов в файл, который читает kind = "file": имена
-- колонок те, что он понимает. Имена таблиц и полей взяты из открытых программ, которые работают с такой базой
-- (CLIENTS, SCHEDULE); имя врача (DOCTOR.DNAME) и смысл CLVISIT угаданы. У вашей версии всё это может быть другим:
-- покажите запрос поставщику. Кодировка таких баз часто WIN1251: Callpop узнаёт её сам.
--
-- Выполняйте его раз в несколько минут любой программой, которая пишет результат запроса в CSV с заголовками. Пишите в
-- файл рядом и переименовывайте: половину файла Callpop читать не станет.
--
--     [directory]
--     kind = "file"
--
--     [directory.file]
--     path = "\\\\сервер\\обмен\\patients.csv"
--
-- Роль только для чтения: create user READER password '…'; grant select on CLIENTS to READER; и так же SCHEDULE и
-- DOCTOR. Менять роль ничего не должна: при выгрузке проверить это за вас некому.

select
    c.PCODE as id,
    c.FULLNAME as full_name,
    c.BDATE as born,
    -- До трёх телефонов, как их записали.
    coalesce(c.PHONE1, '') || ', ' || coalesce(c.PHONE2, '') || ', ' || coalesce(c.PHONE3, '') as phones,
    -- Время записи хранится часами и минутами отдельно, местное.
    (
        select first 1
            s.WORKDATE || ' ' || lpad(s.BHOUR, 2, '0') || ':' || lpad(s.BMIN, 2, '0') || '; ' || coalesce(d.DNAME, '')
        from SCHEDULE s
        left join DOCTOR d on d.DCODE = s.DCODE
        -- CLVISIT: пациент пришёл (так мы это поняли).
        where s.PCODE = c.PCODE and s.CLVISIT = 1 and s.WORKDATE <= current_date
        order by s.WORKDATE desc, s.BHOUR desc, s.BMIN desc
    ) as last_visit,
    (
        select first 1
            s.WORKDATE || ' ' || lpad(s.BHOUR, 2, '0') || ':' || lpad(s.BMIN, 2, '0') || '; ' || coalesce(d.DNAME, '')
        from SCHEDULE s
        left join DOCTOR d on d.DCODE = s.DCODE
        where s.PCODE = c.PCODE and coalesce(s.CLVISIT, 0) = 0 and s.WORKDATE > current_date
        order by s.WORKDATE, s.BHOUR, s.BMIN
    ) as next_visit
from CLIENTS c;
