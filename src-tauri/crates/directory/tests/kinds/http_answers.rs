//! Bad answers, many people, pages.

use super::*;
use crate::contract::number;

async fn look_up(directory: &HttpDirectory) -> Result<directory::Answer, DirectoryError> {
    directory.look_up(&number("+79005550101"), now()).await
}

#[tokio::test]
async fn somebody_elses_card_is_never_shown() {
    let mis = Mis::saying(json!({"data": [row(1, "+7 900 555-99-99"), row(2, "")]})).await;
    let directory = mis.open(PLAIN);
    assert_eq!(look_up(&directory).await, Err(DirectoryError::FilterIgnored { rows: 2 }));
    assert_eq!(directory.health().state, HealthState::Down);
    let check = directory.check().await;
    assert!(!check.ok && check.lines.iter().any(|line| line.contains("не учитывает номер")), "{:?}", check.lines);

    let mixed = json!({"data": [row(1, "+7 900 555-99-99"), row(2, "мама 8900 555-01-01, папа 8(901)5550202")]});
    let directory = Mis::saying(mixed).await.open(PLAIN);
    let answer = look_up(&directory).await.unwrap();
    assert_eq!(answer.people.len(), 1);
    assert_eq!(answer.people[0].id, "2");
    assert_eq!(answer.people[0].phones, [number("+79005550101"), number("+79015550202")]);
    assert_eq!(directory.health().state, HealthState::Ok);
}

#[tokio::test]
async fn bad_answers_are_sentences() {
    let cases: [(Response<Body>, &str); 9] = [
        (reply(200, json!({"message": "hello"})), "look_up.list"),
        (reply(200, json!({"data": 17})), "look_up.list"),
        (text(200, "<html>login</html>"), "HTML"),
        (text(200, "{\"data\": ["), "оборван"),
        (text(200, " ".repeat(3 << 20)), "больше 2 МБ"),
        (reply(401, json!({})), "401"),
        (reply(403, json!({})), "403"),
        (reply(429, json!({})), "подождать"),
        (reply(502, json!({})), "HTTP 502"),
    ];
    for (response, says) in cases {
        let response = Arc::new(Mutex::new(Some(response)));
        let mis = Mis::answering(move |_| response.lock().unwrap().take().unwrap()).await;
        let error = look_up(&mis.open(PLAIN)).await.unwrap_err().to_string();
        assert!(error.contains(says) && !error.contains(SECRET), "{error}");
        assert_eq!(mis.asked().len(), 1, "nothing is repeated by itself");
    }
}

#[tokio::test]
async fn nobody_is_an_answer_however_it_is_said() {
    let nobody = "look_up.list = '$.data'\nnobody_status = [404]\n".to_owned();
    for (status, body) in
        [(200, json!({"data": []})), (200, json!({"data": null})), (404, json!({})), (204, json!(null))]
    {
        let directory = Mis::saying_each(vec![(status, body)]).await;
        let directory = directory.open(&PLAIN.replace("look_up.list = '$.data'\n", &nobody));
        let answer = look_up(&directory).await.unwrap();
        assert!(answer.people.is_empty() && answer.why.is_some() && !answer.has_more, "{status}");
    }
}

#[tokio::test]
async fn five_thousand_people_do_not_freeze_it() {
    let rows: Vec<Value> = (0..5000).map(|id| row(id, "+79005550101")).collect();
    let answer = look_up(&Mis::saying(json!({"data": rows})).await.open(PLAIN)).await.unwrap();
    assert_eq!(answer.people.len(), 50);
    assert!(answer.why.unwrap().ends_with("людей на этом номере: не меньше 200, показаны первые 50"));
}

#[tokio::test]
async fn pages_are_turned_but_not_for_ever() {
    let paged = format!("{PLAIN}look_up.query.page = '{{{{ page }}}}'\nlook_up.page_size = 2\n");
    let pages = |last: u32| {
        move |asked: &Asked| {
            let page: u32 = asked.target.split(['=', '&']).nth(1).unwrap().parse().unwrap();
            let rows = if page < last { 2 } else { 1 };
            reply(200, json!({"data": (0..rows).map(|i| row(page * 10 + i, "+79005550101")).collect::<Vec<_>>()}))
        }
    };
    let mis = Mis::answering(pages(2)).await;
    let answer = look_up(&mis.open(&paged)).await.unwrap();
    assert_eq!((answer.people.len(), mis.asked().len()), (3, 2));
    assert!(!answer.why.unwrap().contains("не меньше"));

    let mis = Mis::answering(pages(99)).await;
    let answer = look_up(&mis.open(&paged)).await.unwrap();
    assert_eq!((answer.people.len(), mis.asked().len()), (6, 3));
    assert!(answer.why.unwrap().contains("не меньше 6"));

    // It knows no pages and says the same again.
    let mis = Mis::saying(json!({"data": [row(1, "+79005550101"), row(2, "+79005550101")]})).await;
    let answer = look_up(&mis.open(&paged)).await.unwrap();
    assert_eq!((answer.people.len(), mis.asked().len()), (2, 2));
}

#[tokio::test]
async fn one_person_in_many_rows_and_spellings_is_one() {
    let mis = Mis::answering(|asked| {
        let rows = match asked.target.as_str() {
            "/api/patients?mobile=%2B79005550101" => vec![row(1, "+79005550101")],
            "/api/patients?home=8%20%28900%29%20555-01-01" => {
                vec![row(1, "8 (900) 555-01-01, 555-02-02"), row(2, "89005550101")]
            }
            _ => vec![],
        };
        reply(200, json!({"data": rows}))
    })
    .await;
    let directory = mis.open(
        &(PLAIN.replace("'patients'\nlook_up.query.phone = '{{ phone }}'", "'patients?{{ field }}={{ spelling }}'")
            + "look_up.each = 'every-spelling'\nlook_up.fields = ['mobile', 'home']\n"),
    );
    let people = look_up(&directory).await.unwrap().people;
    assert_eq!(people.iter().map(|person| person.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(people[0].phones, [number("+79005550101"), number("+74955550202")]);
    assert!(mis.asked().len() >= 24 && mis.asked().len() <= 40, "{}", mis.asked().len());
}

#[tokio::test]
async fn an_id_that_two_people_share_is_nobodys() {
    let rows = json!({"data": [
        {"id": 0, "name": "ПЕТРОВ Пётр", "phones": "+79005550101"}, {"id": 0, "name": "ИВАНОВ Иван", "phones": "+79005550101"},
    ]});
    let people = look_up(&Mis::saying(rows).await.open(PLAIN)).await.unwrap().people;
    assert_eq!(people.len(), 2);
    assert_ne!(people[0].id, people[1].id);
    assert!(people.iter().all(|person| person.id.len() == 24 && person.open_url.is_none()));
}

#[tokio::test]
async fn debts_and_balances() {
    let owed = async |more: &str, sum: Value, currency: Value| {
        let mut row = row(1, "+79005550101");
        row["sum"] = sum;
        row["currency"] = currency;
        let toml = format!("{more}\n{PLAIN}person.debt = '$.sum'\nperson.debt_currency = '$.currency'\n");
        let person = look_up(&Mis::saying(json!({"data": [row]})).await.open(&toml)).await.unwrap().people.remove(0);
        (person.debt.map(|debt| format!("{} {}", debt.amount, debt.currency)), person.gaps)
    };
    let is = |debt: &str| (Some(debt.to_owned()), Vec::new());
    let none = || (None, Vec::new());
    assert_eq!(owed("", json!(2400.5), json!(null)).await, is("2400.50 RUB"));
    assert_eq!(owed("currency = 'kzt'", json!("2 400,00"), json!("")).await, is("2400.00 KZT"));
    assert_eq!(owed("currency = 'kzt'", json!("2400 ₽"), json!(null)).await, is("2400.00 RUB"));
    assert_eq!(owed("", json!(1), json!("usd")).await, is("1.00 USD"));
    for sum in [json!(0), json!("0.00"), json!(null), json!(-5), json!("")] {
        assert_eq!(owed("", sum, json!(null)).await, none(), "no debt, and no debt of nought");
    }
    assert_eq!(owed("debt_is = 'negative'", json!(-2400), json!(null)).await, is("2400.00 RUB"));
    assert_eq!(owed("debt_is = 'negative'", json!(100), json!(null)).await, none(), "money in hand is no debt");
    assert_eq!(owed("", json!("много"), json!(null)).await, (None, vec!["долг".to_owned()]));
}

#[tokio::test]
async fn odd_values_of_a_record() {
    let rows = json!({"data": [
        {"name": "<script>alert(1)</script>  ПЕТРОВ", "phones": ["+79005550101", null, 79015550202u64], "born": "0000-00-00"},
        {"id": "x", "name": "И".repeat(5000), "phones": {"value": "+79005550101"}, "born": "вчера"},
        {"id": "", "name": null, "phones": "+79005550101", "born": "2999-01-01"},
        "no object", 17,
    ]});
    let directory = Mis::saying(rows).await.open(&PLAIN.replace("'$.phones'", "['$.phones', '$.phones.value']"));
    let people = look_up(&directory).await.unwrap().people;
    assert_eq!(people.len(), 3);
    let of = |start: &str| people.iter().find(|person| person.full_name.starts_with(start)).unwrap();
    let markup = of("<script>");
    assert_eq!(markup.full_name, "<script>alert(1)</script> ПЕТРОВ", "text stays text");
    assert_eq!((markup.born, markup.id.len(), &markup.open_url), (None, 24, &None), "a made-up id opens no chart");
    assert_eq!(markup.phones, [number("+79005550101"), number("+79015550202")]);
    let long = of("ИИИ");
    assert!(long.full_name.chars().count() <= 401);
    assert_eq!(long.gaps, ["дата рождения"]);
    assert_eq!((of("Имя не указано").born, of("Имя не указано").gaps.len()), (None, 0));
}

#[tokio::test]
async fn a_session_is_opened_once_and_again_when_it_ends() {
    let mis = Mis::answering(|asked| {
        let valid = ["Key one", "Key two"];
        if asked.target == "/api/login" {
            assert_eq!(asked.body, format!("pass={}&user=reader", "s3cret%2Fkey%2B1"));
            let key = if asked.authorization.is_empty() { "one" } else { "never" };
            return reply(200, json!({"key": key}));
        }
        if !valid.contains(&asked.authorization.as_str()) {
            return reply(401, json!({}));
        }
        reply(200, json!({"data": [row(1, "+79005550101")]}))
    })
    .await;
    let text = PLAIN.replace("'bearer'", "'session reader'")
        + "session.path = 'login'\nsession.form = { user = '{{ login }}', pass = '{{ password }}' }\n\
           session.values.key = '$.key'\nsession.value = 'Key {{ key }}'\n";
    let directory = mis.open(&text);
    let number = number("+79005550101");
    let both = tokio::join!(directory.look_up(&number, now()), directory.look_up(&number, now()));
    assert_eq!((both.0.unwrap().people.len(), both.1.unwrap().people.len()), (1, 1));
    let logins = mis.asked().iter().filter(|asked| asked.target == "/api/login").count();
    assert_eq!(logins, 1, "one log-in serves all");

    let answers = vec![
        (200, json!({"key": "a"})),
        (200, json!({"expired": true})),
        (200, json!({"key": "b"})),
        (200, json!({"data": [row(1, "+79005550101")]})),
        (401, json!({})),
        (200, json!({"key": "c"})),
        (401, json!({})),
    ];
    let mis = Mis::saying_each(answers).await;
    let directory = mis.open(&format!("token_expired = '$.expired'\n{text}"));
    assert_eq!(look_up(&directory).await.unwrap().people.len(), 1);
    let error = look_up(&directory).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Refused { .. }), "{error}");
    let authorizations: Vec<String> = mis.asked().into_iter().map(|asked| asked.authorization).collect();
    assert_eq!(authorizations, ["", "Key a", "", "Key b", "Key b", "", "Key c"], "once more, and no more");

    for answer in [(401, json!({})), (200, json!({"key": null})), (200, json!({"wrong": 1}))] {
        let error = look_up(&Mis::saying_each(vec![answer]).await.open(&text)).await.unwrap_err();
        assert!(error.to_string().contains("логин или пароль не приняты"), "{error}");
    }
}

#[tokio::test]
async fn visits_that_do_not_come_leave_the_card() {
    let mis = Mis::answering(|asked| match asked.target.as_str() {
        "/api/visits/1" => reply(
            200,
            json!({"data": [
                {"at": "2026-11-25 10:30", "who": 2}, {"at": "2026-11-26 09:00", "who": 1, "state": "Booked"},
                {"at": "2026-11-24 15:00", "who": 1, "state": "CANCELLED"}, {"at": "2026-10-01", "who": 1},
                {"at": "2026-11-24", "who": 1, "state": "Sure"},
            ]}),
        ),
        "/api/visits/2" => reply(500, json!({})),
        "/api/visits/3" => reply(200, json!({"data": [{"at": "как-нибудь", "who": 3}]})),
        _ => reply(200, json!({"data": [row(1, "+79005550101"), row(2, "+79005550101"), row(3, "+79005550101")]})),
    })
    .await;
    let directory = mis.open(&format!(
        "{PLAIN}visits.path = 'visits/{{{{ id }}}}'\nvisits.list = '$.data'\nvisits.at = '$.at'\nvisits.person = '$.who'\n\
         visits.status = '$.state'\nvisits.cancelled = ['Cancelled']\nvisits.confirmed = ['sure']\n"
    ));
    let answer = look_up(&directory).await.unwrap();
    assert!(answer.has_more);
    let people = directory.details(answer.people, now()).await;
    let of = |id: &str| people.iter().find(|person| person.id == id).unwrap();
    assert_eq!(people[0].id, "1", "who comes today is read first");
    let next = of("1").next_visit.clone().unwrap();
    assert_eq!(
        (next.at.to_string().as_str(), next.confirmed),
        ("2026-11-23T21:00:00Z", Some(true)),
        "a day is not over yet"
    );
    assert_eq!(of("1").last_visit.clone().unwrap().at.to_string(), "2026-09-30T21:00:00Z");
    assert!(of("1").gaps.is_empty());
    assert_eq!(
        (of("2").gaps.as_slice(), of("3").gaps.as_slice()),
        (&["визиты".to_owned()][..], &["визиты".to_owned()][..])
    );
}

#[tokio::test]
async fn a_search_shows_only_whom_it_was_asked_for() {
    let mis = Mis::saying(json!({"data": [row(1, "+79005550101"), row(2, "+79005550102")]})).await;
    let text = format!("{PLAIN}search.path = 'find'\nsearch.query.q = '{{{{ text }}}}'\nsearch.list = '$.data'\n");
    let directory = mis.open(&text);
    assert_eq!(directory.search("мария 2", 10, now()).await.unwrap().len(), 1);
    assert_eq!(directory.search("вымысл", 1, now()).await.unwrap().len(), 1);
    assert!(directory.search("петров", 10, now()).await.unwrap().is_empty(), "a source that ignores the question");
    assert!(directory.search(" ", 10, now()).await.unwrap().is_empty());
    assert_eq!(mis.asked().len(), 3, "nothing typed, nothing asked");
    let error = mis.open(PLAIN).search("петров", 10, now()).await.unwrap_err();
    assert!(error.to_string().contains("не описан"));
}
