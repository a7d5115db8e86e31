//! The kind `http`: GNU Health by its own JSON-RPC, and an invented API that can say everything.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use directory::http::{HttpDirectory, Section};
use directory::{Directory as _, Sex, Surroundings};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::clinic::{Clinic, Fact, holds};
use crate::people::{Known, OPEN_URL, State, moscow, noon, number, people, region};

fn surroundings(token: &str) -> Surroundings {
    Surroundings {
        region: region(),
        time_zone: moscow(),
        open_url: Some(OPEN_URL.to_owned()),
        timeout: Duration::from_secs(5),
        token: Some(SecretString::from(token.to_owned())),
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gnu_health_by_its_own_interface_holds_to_the_contract() {
    let now = Timestamp::now();
    let clinic = crate::sql::gnu_health(now).await;
    let section: Section =
        toml::from_str(&format!("preset = 'gnu-health'\nbase = '{}/health/'\nauth_name = 'admin'\n", clinic.base))
            .unwrap();
    let stranger = HttpDirectory::new(&section, surroundings("not-the-password")).unwrap();
    let refused = stranger.ping().await.unwrap_err();
    assert!(refused.to_string().contains("логин или пароль не приняты"), "{refused}");

    let directory = HttpDirectory::new(&section, surroundings("callpop-clinic")).unwrap();
    let check = directory.check().await;
    assert!(
        check.ok && check.lines.iter().any(|line| line.contains("проверено на живой системе")),
        "{:?}",
        check.lines
    );
    let trial = directory.trial(&number("+79125550404"), now).await;
    let steps: Vec<&str> = trial.steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(steps, ["Запрос", "Ответ", "Поля", "Запрос", "Ответ"]);
    let shown: String = trial.steps.iter().map(|step| step.text.as_str()).collect();
    assert!(!shown.contains("callpop-clinic") && shown.contains("→ 8 (912) 555-04-04"), "{shown}");
    holds(Clinic { directory: Box::new(directory), now, lacks: vec![Fact::Debt], keep: Box::new(clinic) }).await;
}

fn word(state: State) -> &'static str {
    match state {
        State::Booked => "confirmed",
        State::Done => "done",
        State::Cancelled => "user_cancelled",
    }
}

const INVENTED: &str = r#"
auth = "bearer"
dates = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
error = "$.error"
sex = { male = ["1"], female = ["2"] }

[look_up]
path = "patients"
query = { phone = "{{ national }}", page = "{{ page }}" }
list = "$.data"
page_size = 2

[search]
path = "patients"
query = { q = "{{ text }}", page = "{{ page }}" }
list = "$.data"
page_size = 2

[person]
id = "$.id"
family_name = "$.name[0]"
given_name = "$.name[1]"
patronymic = "$.name[2]"
born = "$.born"
sex = "$.sex"
chart = "$.chart"
phones = "$.phone"
allergy = "$.allergy"
debt = "$.owes"

[visits]
path = "patients/{{ id }}/visits"
list = "$.data"
at = ["$.day", "$.time"]
doctor = "$.doctor"
status = "$.state"
cancelled = ["user_cancelled"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_invented_interface_holds_to_the_contract() {
    let base = serve(
        Router::new()
            .route("/api/patients", get(patients))
            .route("/api/patients/{id}/visits", get(visits))
            .with_state(Arc::new(people(noon()))),
    )
    .await;
    let section: Section = toml::from_str(&format!("base = '{base}/api'\n{INVENTED}")).unwrap();
    let directory = HttpDirectory::new(&section, surroundings("let-me-in")).unwrap();
    holds(Clinic { directory: Box::new(directory), now: noon(), lacks: Vec::new(), keep: Box::new(()) }).await;
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

type Everybody = Shared<Arc<Vec<Known>>>;

#[derive(serde::Deserialize)]
struct Question {
    phone: Option<String>,
    q: Option<String>,
    page: usize,
}

/// Finds by ten digits anywhere in the field, or by any word; two to a page.
async fn patients(
    Shared(people): Everybody,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    if headers.get("authorization").is_none_or(|value| value != "Bearer let-me-in") {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let asked = |known: &&Known| {
        let by_phone = question.phone.as_ref().is_some_and(|phone| digits(known.phone).contains(phone.as_str()));
        let by_words = question.q.as_ref().is_some_and(|q| {
            let everything = format!("{} {} {}", known.full_name(), known.chart, digits(known.phone)).to_lowercase();
            q.to_lowercase().split_whitespace().all(|word| everything.contains(word))
        });
        by_phone || by_words
    };
    let rows = people.iter().filter(asked).map(|known| {
        json!({
            "id": known.id.parse::<u64>().unwrap(), "name": known.name, "chart": known.chart, "phone": known.phone,
            "born": known.born.map_or("0000-00-00".to_owned(), |born| born.strftime("%d.%m.%Y").to_string()),
            "sex": match known.sex { Sex::Male => 1, Sex::Female => 2, Sex::Unknown => 0 },
            "allergy": known.allergy, "owes": known.debt,
        })
    });
    let rows: Vec<Value> = rows.skip((question.page - 1) * 2).take(2).collect();
    Ok(Json(json!({"error": 0, "data": rows})))
}

async fn visits(Shared(people): Everybody, Path(id): Path<String>) -> Json<Value> {
    let visits = people.iter().filter(|known| known.id == id).flat_map(|known| &known.visits);
    let rows = visits.map(|visit| {
        json!({
            "day": visit.at.strftime("%d.%m.%Y").to_string(), "time": visit.at.strftime("%H:%M").to_string(),
            "doctor": visit.doctor.join(" "), "state": word(visit.state),
        })
    });
    Json(json!({"error": 0, "data": rows.collect::<Vec<_>>()}))
}
