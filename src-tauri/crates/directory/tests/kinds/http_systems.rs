//! The ready-made descriptions against answers of the systems' shapes (reference 2.1, 2.2, 7.5).

use super::*;
use crate::contract::number;

fn preset(name: &str, more: &str) -> String {
    format!("preset = '{name}'\nbase = 'BASE'\n{more}\n")
}

#[tokio::test]
async fn renovatio_answers_with_one_card_or_a_list_and_with_errors_inside_200() {
    let card = json!({
        "patient_id": 17, "number": "1234/11", "last_name": "ВЫМЫСЛОВА", "first_name": "Мария", "third_name": "Петровна",
        "birth_date": "31.01.1991", "gender": 2, "mobile": "+7 (900) 555-01-01",
    });
    let one = card.clone();
    let mis = Mis::answering(move |asked| {
        assert_eq!(asked.method, "POST");
        assert!(asked.body.ends_with("api_key=s3cret%2Fkey%2B1"), "{}", asked.body);
        match (asked.target.as_str(), asked.body.contains("mobile=79005550101")) {
            ("/getPatient", true) => reply(200, json!({"error": 0, "data": one})),
            ("/getPatient", false) => reply(200, json!({"error": 1, "data": {"code": 404, "desc": "Patient not found"}})),
            _ => {
                assert!(asked.body.contains("patient_id=17&") && asked.body.contains("date_from=24.11.2025"), "{}", asked.body);
                reply(200, json!({"error": 0, "data": [
                    {"id": 1, "patient_id": 17, "time_start": "25.11.2026 10:30", "status": "upcoming", "doctor": "Докторов",
                     "clinic_title": "Центр", "services": [{"title": "Приём"}, {"title": "УЗИ"}]},
                    {"id": 2, "patient_id": 17, "time_start": "24.11.2026 18:00", "status": "refused"},
                    {"id": 3, "patient_id": 99, "time_start": "24.11.2026 19:00", "status": "upcoming"},
                    {"id": 4, "patient_id": "17", "time_start": "01.11.2026 09:00", "status": "completed"},
                ]}))
            }
        }
    })
    .await;
    let directory = mis.open(&preset("renovatio", ""));
    let answer = directory.look_up(&number("+79005550101"), now()).await.unwrap();
    let person = directory.details(answer.people, now()).await.remove(0);
    assert_eq!((person.full_name.as_str(), person.sex), ("ВЫМЫСЛОВА Мария Петровна", directory::Sex::Female));
    assert_eq!((person.born.unwrap().to_string().as_str(), person.chart.as_deref()), ("1991-01-31", Some("1234/11")));
    let next = person.next_visit.unwrap();
    assert_eq!((next.at.to_string().as_str(), next.service.as_deref()), ("2026-11-25T07:30:00Z", Some("Приём, УЗИ")));
    assert_eq!((next.doctor.as_deref(), next.place.as_deref()), (Some("Докторов"), Some("Центр")));
    assert_eq!(person.last_visit.unwrap().id.as_deref(), Some("4"));
    let nobody = directory.look_up(&number("+79005559999"), now()).await.unwrap();
    assert!(nobody.people.is_empty());
    let check = directory.check().await;
    assert!(check.ok && check.lines.iter().any(|line| line.contains("по документации")), "{:?}", check.lines);

    for (data, people) in [(json!([card.clone(), card]), 1), (json!(null), 0), (json!([]), 0)] {
        let directory = Mis::saying(json!({"error": 0, "data": data})).await.open(&preset("renovatio", ""));
        assert_eq!(directory.look_up(&number("+79005550101"), now()).await.unwrap().people.len(), people);
    }
    let denied = json!({"error": 1, "data": {"code": 403, "desc": "No access to method"}});
    let error = Mis::saying(denied).await.open(&preset("renovatio", "")).ping().await.unwrap_err();
    assert!(matches!(&error, DirectoryError::Refused { why } if why.contains("No access to method")), "{error}");
}

#[tokio::test]
async fn macdent_says_response_zero() {
    let mis = Mis::answering(|asked| {
        assert!(asked.target.contains("access_token=s3cret%2Fkey%2B1"), "{}", asked.target);
        if asked.target.starts_with("/patient/find?") {
            return reply(
                200,
                json!({
                    "response": 1, "count": "1", "atPage": 100, "maxPage": 1,
                    "patients": [{"id": 5, "name": "Вымыслова Мария", "phone": "87272500000", "birth": "31.01.1991"}],
                }),
            );
        }
        reply(
            200,
            json!({"response": 1, "zapisi": [
                {"id": 1, "patient": 5, "start": "26.11.2026 10:00:00", "status": "CONFIRM"},
                {"id": 2, "patient": 5, "start": "25.11.2026 10:00:00", "status": "DECLINED"},
                {"id": 3, "patient": 6, "start": "25.11.2026 11:00:00", "status": "CONFIRM"},
            ]}),
        )
    })
    .await;
    let directory = mis.open(&preset("macdent", ""));
    let answer = directory.look_up(&number("+77272500000"), now()).await.unwrap();
    let person = directory.details(answer.people, now()).await.remove(0);
    let next = person.next_visit.unwrap();
    assert_eq!((next.at.to_string().as_str(), next.confirmed), ("2026-11-26T05:00:00Z", Some(true)), "Almaty's time");

    let error = async |body: Value| Mis::saying(body).await.open(&preset("macdent", "")).ping().await.unwrap_err();
    let said = error(json!({"response": 0, "error": "Нет прав patients_read"})).await;
    assert!(said.to_string().contains("Нет прав patients_read"), "{said}");
    let said = error(json!({"response": 0, "isTokenNeedToBeUpdated": true})).await;
    assert!(matches!(&said, DirectoryError::Refused { why } if why.contains("срок ключа истёк")), "{said}");
}

#[tokio::test]
async fn gnu_health_says_its_errors_in_a_200() {
    let mis = Mis::saying_each(vec![
        (200, json!({"id": 1, "result": [1, "abc"]})),
        (200, json!({"id": 2, "error": ["UserError", ["Нет доступа к модели", ""]]})),
        (200, json!({"id": 2, "result": []})),
    ])
    .await;
    let directory = mis.open(&preset("gnu-health", "auth_name = 'reader'"));
    let error = directory.ping().await.unwrap_err();
    assert!(error.to_string().contains("Нет доступа к модели"), "{error}");
    directory.ping().await.unwrap();
    let asked = mis.asked();
    // base64("reader:1:abc")
    assert_eq!(asked[1].authorization, "Session cmVhZGVyOjE6YWJj");
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(body["method"], "model.gnuhealth.patient.search_read");
    let refused = json!({"id": 1, "error": ["LoginException", ["Пароль неверен", ""]]});
    let error =
        Mis::saying(refused).await.open(&preset("gnu-health", "auth_name = 'reader'")).ping().await.unwrap_err();
    assert!(matches!(&error, DirectoryError::Refused { why } if why.contains("логин или пароль")), "{error}");
}

#[tokio::test]
async fn open_dental_and_openemr() {
    let mis = Mis::answering(|asked| {
        assert_eq!(asked.authorization, SECRET);
        if asked.target.starts_with("/patients?") {
            return reply(200, json!([{
                "PatNum": 12, "LName": "Smith", "FName": "Ann", "Birthdate": "0001-01-01", "Gender": "Female",
                "WirelessPhone": "(212)555-0123", "HmPhone": "", "BalTotal": 125.5, "ChartNumber": "", "MedUrgNote": "Latex",
            }]));
        }
        reply(200, json!([{"AptNum": 3, "PatNum": 12, "AptDateTime": "2026-11-30 08:00:00", "AptStatus": "Scheduled"},
                          {"AptNum": 4, "PatNum": 12, "AptDateTime": "2026-11-29 08:00:00", "AptStatus": "Broken"}]))
    })
    .await;
    let toml = preset("opendental", "").replace("BASE", &mis.base);
    let mut american = surroundings();
    american.region = Region::new("US", None).unwrap();
    let directory = HttpDirectory::new(&section(&toml), american).unwrap();
    let answer = directory.look_up(&number("+12125550123"), now()).await.unwrap();
    let person = directory.details(answer.people, now()).await.remove(0);
    assert_eq!((person.born, person.next_visit.unwrap().id.as_deref()), (None, Some("3")));
    let debt = person.debt.unwrap();
    assert_eq!((debt.amount.as_str(), debt.currency.as_str()), ("125.50", "USD"));

    let mis = Mis::answering(|asked| {
        let found = asked.target == "/patient?phone_home=212-555-0123";
        let rows = if found {
            vec![json!({"uuid": "u-1", "lname": "Smith", "fname": "Ann", "phone_home": "212-555-0123", "DOB": "1991-01-31"})]
        } else if asked.target == "/patient/u-1/appointment" {
            return reply(200, json!([{"pc_eid": 1, "pc_eventDate": "2026-11-30", "pc_startTime": "08:00:00",
                                      "pc_apptstatus": "-", "pc_title": "Office Visit"}]));
        } else {
            vec![]
        };
        reply(200, json!({"validationErrors": [], "internalErrors": [], "data": rows}))
    })
    .await;
    let toml = preset("openemr", "").replace("BASE", &mis.base);
    let mut american = surroundings();
    american.region = Region::new("US", None).unwrap();
    let directory = HttpDirectory::new(&section(&toml), american).unwrap();
    let answer = directory.look_up(&number("+12125550123"), now()).await.unwrap();
    assert_eq!(mis.asked().len(), 15, "three fields, five spellings");
    let person = directory.details(answer.people, now()).await.remove(0);
    assert_eq!(person.next_visit.unwrap().at.to_string(), "2026-11-30T05:00:00Z");
}
