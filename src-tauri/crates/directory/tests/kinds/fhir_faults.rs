//! The kind `fhir` on servers that fail in every way that servers do. They are the test's own: no real one fails on
//! request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use directory::fhir::{FhirDirectory, Section};
use directory::{Answer, Directory, DirectoryError, Write, WriteError};
use serde_json::{Value, json};

use crate::contract::{now, number};
use crate::fhir::{open, serve, surroundings};

/// A server that answers everything alike.
async fn always(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> FhirDirectory {
    let base = serve(Router::new().fallback(move || std::future::ready(answer()))).await;
    open(Section { base, ..Section::default() })
}

async fn ask(directory: &FhirDirectory) -> Result<Answer, DirectoryError> {
    directory.look_up(&number("+79005550101"), now()).await
}

fn bundle(entries: Vec<Value>) -> Value {
    json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries })
}

fn patient(id: &str, phone: &str) -> Value {
    json!({ "resource": {
        "resourceType": "Patient", "id": id, "name": [{ "family": "Вымыслова", "given": ["Мария"] }],
        "telecom": [{ "value": phone }],
    }})
}

/// Answers for patients; nobody has relatives.
fn patients(answer: Value) -> Router {
    Router::new().fallback(move |uri: Uri| {
        let answer = if uri.path().ends_with("/Patient") { answer.clone() } else { bundle(Vec::new()) };
        std::future::ready(Json(answer))
    })
}

#[tokio::test]
async fn statuses_are_told_apart() {
    let status = async |code: u16| {
        let code = StatusCode::from_u16(code).unwrap();
        ask(&always(move || (code, Json(json!({ "resourceType": "OperationOutcome" }))).into_response()).await).await
    };
    for code in [401, 403] {
        let refused = status(code).await.unwrap_err();
        assert!(matches!(&refused, DirectoryError::Refused { why } if why.contains(&code.to_string())), "{refused}");
        assert!(!refused.is_outage());
    }
    for code in [500, 502, 503] {
        assert!(matches!(status(code).await, Err(DirectoryError::Failing { .. })), "{code}");
    }
    for code in [400, 404, 418] {
        assert!(matches!(status(code).await, Err(DirectoryError::NotUnderstood { .. })), "{code}");
    }
    let busy = always(|| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "7")]).into_response()).await;
    assert_eq!(ask(&busy).await, Err(DirectoryError::Busy { wait: Duration::from_secs(7) }));
    let scope = "Bearer error=\"insufficient_scope\", scope=\"system/Patient.rs\"";
    let named = always(move || (StatusCode::FORBIDDEN, [(header::WWW_AUTHENTICATE, scope)]).into_response()).await;
    assert!(ask(&named).await.unwrap_err().to_string().contains("system/Patient.rs"));
}

#[tokio::test]
async fn what_is_no_answer_is_said_to_be_none() {
    let odd: [&'static str; 6] =
        ["<html><b>Вход</b></html>", "", "{\"resourceType\":\"Bundle\",\"entry\":[{\"res", "[]", "null", "{\"a\":1}"];
    for body in odd {
        let answer = ask(&always(move || body.into_response()).await).await;
        assert!(matches!(answer, Err(DirectoryError::NotUnderstood { .. })), "{body}: {answer:?}");
    }
    let strange = json!({ "resourceType": "Bundle", "link": "?", "total": "много", "entry": [
        null, 5, { "resource": null }, { "resource": { "resourceType": "Patient", "telecom": "?", "name": 7 } },
        { "resource": { "resourceType": "OperationOutcome" }, "search": { "mode": "outcome" } },
        { "resource": { "resourceType": "Patient", "telecom": { "value": "89005550101" }, "birthDate": "0000-00-00" } },
    ]});
    let base = serve(patients(strange)).await;
    let people = ask(&open(Section { base, ..Section::default() })).await.unwrap().people;
    assert_eq!(people.len(), 1, "what can be read is read");
    assert_eq!((people[0].full_name.as_str(), people[0].born), ("без имени", None));
}

#[tokio::test]
async fn fifty_megabytes_are_not_read() {
    let megabyte = || futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1024 * 1024]));
    let long = always(move || {
        let body = futures_util::StreamExt::take(megabyte(), 50);
        Response::new(Body::from_stream(body))
    });
    let begun = Instant::now();
    let answer = ask(&long.await).await;
    assert!(matches!(&answer, Err(DirectoryError::NotUnderstood { why }) if why.contains("2 МБ")), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_answer_for_another_number_is_no_card() {
    let base = serve(patients(bundle(vec![patient("1", "+79005550199"), patient("2", "8 900 555 01 98")]))).await;
    let directory = open(Section { base, ..Section::default() });
    assert_eq!(ask(&directory).await, Err(DirectoryError::FilterIgnored { rows: 2 }));
    assert!(!directory.check().await.ok);
    let mixed = bundle(vec![patient("1", "+79005550199"), patient("2", "мама 8900 555-01-01, папа 8(901)555-02-02")]);
    let base = serve(patients(mixed.clone())).await;
    let answer = ask(&open(Section { base, ..Section::default() })).await.unwrap();
    let ids: Vec<&str> = answer.people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(ids, ["2"], "the other is dropped");
    assert_eq!(answer.why.as_deref(), Some("номер в карте: 8900 555-01-01; совпали 10 цифр"));
    let mut lost = mixed;
    lost["link"] = json!([{ "relation": "self", "url": "http://mis/fhir/Patient?_count=100" }]);
    let base = serve(patients(lost)).await;
    let answer = ask(&open(Section { base, ..Section::default() })).await;
    assert_eq!(
        answer,
        Err(DirectoryError::FilterIgnored { rows: 2 }),
        "the server says itself that it lost the number"
    );
}

#[tokio::test]
async fn a_merged_record_is_one_person() {
    let mut old = patient("1", "+79005550101");
    old["resource"]["active"] = false.into();
    let new = patient("2", "+79005550101");
    let base = serve(patients(bundle(vec![old, new.clone(), new]))).await;
    let people = ask(&open(Section { base, ..Section::default() })).await.unwrap().people;
    assert_eq!(people.iter().map(|person| person.id.as_str()).collect::<Vec<_>>(), ["2"]);
}

/// Fifty pages of a hundred people on one number.
#[tokio::test]
async fn five_thousand_people_do_not_freeze_a_card() {
    let pages = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&pages);
    let router =
        Router::new().fallback(move |uri: Uri, Query(query): Query<std::collections::HashMap<String, String>>| {
            let entries = if uri.path().ends_with("/Patient") {
                *counted.lock().unwrap() += 1;
                let page: u32 = query.get("page").map_or(0, |page| page.parse().unwrap());
                let mut page_of = bundle((0..100).map(|at| patient(&format!("{page}-{at}"), "+79005550101")).collect());
                page_of["link"] = json!([{ "relation": "next", "url": format!("/Patient?phone=x&page={}", page + 1) }]);
                page_of["total"] = 5000.into();
                page_of
            } else {
                bundle(Vec::new())
            };
            std::future::ready(Json(entries))
        });
    let base = serve(router).await;
    let answer = ask(&open(Section { base, ..Section::default() })).await.unwrap();
    assert_eq!(answer.people.len(), 50);
    assert_eq!(answer.why.as_deref(), Some("на этом номере людей: 5000, показаны первые 50"));
    assert_eq!(*pages.lock().unwrap(), 3);
}

/// Remembers what it was asked and with which key.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Heard>>>);

/// An address and the key it was asked with.
type Heard = (String, Option<String>);

impl Ear {
    async fn open(&self) -> String {
        async fn hear(State(Ear(heard)): State<Ear>, uri: Uri, headers: HeaderMap) -> Json<Value> {
            let key = headers.get(header::AUTHORIZATION).map(|key| key.to_str().unwrap().to_owned());
            heard.lock().unwrap().push((uri.to_string(), key));
            Json(bundle(vec![patient("1", "+79005550101")]))
        }
        serve(Router::new().fallback(hear).with_state(self.clone())).await
    }

    fn heard(&self) -> Vec<Heard> {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn the_token_follows_nobody() {
    let ear = Ear::default();
    let elsewhere = ear.open().await;
    let to = format!("{elsewhere}/Patient?phone=1");
    let redirect = {
        let to = to.clone();
        serve(Router::new().fallback(move || std::future::ready((StatusCode::FOUND, [(header::LOCATION, to.clone())]))))
            .await
    };
    let paged = {
        let mut page = bundle(vec![patient("7", "+79005550101")]);
        page["link"] = json!([{ "relation": "next", "url": to }]);
        serve(patients(page)).await
    };
    let bearer = |base: String| {
        let section = Section { base, auth: "bearer".to_owned(), ..Section::default() };
        FhirDirectory::new(&section, surroundings(Some("the-token"))).unwrap()
    };
    let moved = ask(&bearer(redirect)).await;
    assert!(
        matches!(&moved, Err(DirectoryError::NotUnderstood { why }) if why.contains("перенаправляет")),
        "{moved:?}"
    );
    let people = ask(&bearer(paged)).await.unwrap().people;
    assert_eq!(people.len(), 1, "a page of another server is not turned to");
    assert_eq!(ear.heard(), []);

    let ear = Ear::default();
    let own = bearer(ear.open().await);
    ask(&own).await.unwrap();
    let heard = ear.heard();
    assert!(heard.iter().all(|(_, key)| key.as_deref() == Some("Bearer the-token")));
    let asked = &heard.iter().find(|(uri, _)| uri.starts_with("/Patient")).unwrap().0;
    assert!(asked.starts_with("/Patient?phone=%2B79005550101,79005550101,89005550101,"), "{asked}");
    assert!(asked.contains(",8%20%28900%29%20555-01-01,"), "{asked}");
}

/// Parts of a card that fail do not take the others along.
#[tokio::test]
async fn each_part_fails_alone() {
    let router = Router::new().fallback(|uri: Uri| async move {
        match uri.path() {
            "/Patient" => Json(bundle(vec![patient("1", "+79005550101")])).into_response(),
            "/AllergyIntolerance" => Json(bundle(vec![
                json!({ "resource": {
                    "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/1" }, "code": { "text": "йод" },
                }}),
                json!({ "resource": {
                    "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/2" }, "code": { "text": "мёд" },
                }}),
            ]))
            .into_response(),
            "/Appointment" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            "/Flag" => StatusCode::FORBIDDEN.into_response(),
            "/Account" => Json(bundle(vec![json!({ "resource": {
                "resourceType": "Account", "status": "active", "subject": [{ "reference": "Patient/1" }],
                "balance": [{ "amount": { "value": 2400.5, "currency": "RUB" } }],
            }})]))
            .into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    });
    let base = serve(router).await;
    let directory = open(Section { base, ..Section::default() });
    let answer = ask(&directory).await.unwrap();
    let person = directory.details(answer.people, now()).await.remove(0);
    assert_eq!(person.gaps, ["визиты", "предупреждения"], "insurance that nobody keeps is no gap");
    let alerts: Vec<&str> = person.alerts.iter().map(|alert| alert.text.as_str()).collect();
    assert_eq!(alerts, ["йод", "долг 2 400,50 ₽"], "another's allergy is not shown");
    assert_eq!(person.debt.unwrap().amount, "2400.50");
}

/// The record as it is changed by two at a time.
#[tokio::test]
async fn a_write_is_sent_once_and_its_end_is_told() {
    let puts = Arc::new(Mutex::new(Vec::new()));
    let directory = async |status: StatusCode, has_version: bool| {
        let puts = Arc::clone(&puts);
        let router = Router::new().fallback(move |method: Method, headers: HeaderMap| {
            let tag = headers.get(header::IF_MATCH).map(|tag| tag.to_str().unwrap().to_owned());
            let mut record = patient("1", "+79005550101")["resource"].clone();
            if has_version {
                record["meta"] = json!({ "versionId": "3" });
            }
            let answer = if method == Method::PUT {
                puts.lock().unwrap().push(tag);
                (status, Json(json!({})))
            } else {
                (StatusCode::OK, Json(record))
            };
            std::future::ready(answer)
        });
        open(Section { base: serve(router).await, write: true, ..Section::default() })
    };
    let write = |id: &str| Write::AttachNumber {
        person: Box::new(directory::Person::new(id, "Вымыслова Мария")),
        number: number("+79015550102"),
    };
    let conflict = directory(StatusCode::PRECONDITION_FAILED, true).await.write(write("1"), now()).await;
    assert!(matches!(conflict, Err(WriteError::Refused(_))));
    let unclear = directory(StatusCode::BAD_GATEWAY, true).await.write(write("1"), now()).await;
    assert!(matches!(unclear, Err(WriteError::Unclear)), "it may have been done");
    let forbidden = directory(StatusCode::FORBIDDEN, true).await.write(write("1"), now()).await;
    assert!(matches!(forbidden, Err(WriteError::Directory(DirectoryError::Refused { .. }))));
    assert_eq!(*puts.lock().unwrap(), vec![Some("W/\"3\"".to_owned()); 3], "each was sent once");
    let blind = directory(StatusCode::OK, false).await.write(write("1"), now()).await;
    assert!(matches!(blind, Err(WriteError::Refused(_))), "a record without a version is not overwritten");
    assert_eq!(puts.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_an_answer() {
    let base = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            use tokio::io::AsyncWriteExt as _;
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"resourceType\":\"Bundle\"")
                    .await;
            }
        });
        url
    };
    let broken = ask(&open(Section { base, ..Section::default() })).await;
    assert!(broken.is_err(), "{broken:?}");
}

/// What a log kept for support would hold.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_names_anybody() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("a line");
    let base = serve(patients(bundle(vec![patient("1", "+79005550101")]))).await;
    let section = Section { base, auth: "bearer".to_owned(), ..Section::default() };
    let directory = FhirDirectory::new(&section, surroundings(Some("the-token"))).unwrap();
    let people = ask(&directory).await.unwrap().people;
    directory.details(people, now()).await;
    directory.search("вымысл", 10, now()).await.unwrap();
    directory.check().await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a line"));
    for secret in ["9005550101", "555-01-01", "the-token", "ымысл", "%D0"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

/// A server with a certificate of the clinic's own making; returns its address and the certificate.
async fn own_certificate() -> (String, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let _ = socket.read(&mut [0; 8192]).await;
            let body = bundle(Vec::new()).to_string();
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    (format!("https://localhost:{port}"), made.cert.pem())
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_named_and_can_be_trusted() {
    let (base, pem) = own_certificate().await;
    let section = Section { base, ..Section::default() };
    let strange = ask(&open(section.clone())).await;
    assert!(matches!(&strange, Err(DirectoryError::NotReached { why }) if why.contains("сертификат")), "{strange:?}");
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("clinic.pem");
    std::fs::write(&certificate, pem).unwrap();
    let known = directory::Surroundings { certificate: Some(certificate.clone()), ..surroundings(None) };
    let known = FhirDirectory::new(&section, known).unwrap();
    assert_eq!(ask(&known).await.unwrap().people, []);
    std::fs::write(&certificate, "-----BEGIN nothing").unwrap();
    let wrong = directory::Surroundings { certificate: Some(certificate), ..surroundings(None) };
    assert_eq!(FhirDirectory::new(&section, wrong).unwrap_err().key, "directory.certificate");
}
