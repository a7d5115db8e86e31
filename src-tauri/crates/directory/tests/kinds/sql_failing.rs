//! Kind `sql` on a PostgreSQL that hangs, restarts, refuses, or speaks with a certificate of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use directory::sql::{Section, SqlDirectory};
use directory::{Directory, DirectoryError, HealthState, Surroundings};
use secrecy::SecretString;

use crate::contract::number;
use crate::postgres::free_port;
use crate::sql::{BY_PHONE10, ask, clinic, open, open_hurried, surroundings, told};

/// Patience is four times the card's 500 ms.
const PATIENCE: Duration = Duration::from_secs(2);

/// A busy machine may need more than one ping.
async fn eventually_heals(directory: &SqlDirectory) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = directory.ping().await {
        assert!(Instant::now() < deadline, "{error}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_patience() {
    let postgres = clinic();
    let url = postgres.url("reader", "postgres");
    let in_mid_row = "select people.*, pg_sleep(30) from people where phone10 = :phone10";
    let began = Instant::now();
    assert_eq!(ask(&open_hurried(&url, in_mid_row), "+79005550101").await, Err(DirectoryError::TooLate));
    assert!(began.elapsed() < PATIENCE * 2, "{:?}", began.elapsed());

    let directory = open_hurried(&url, BY_PHONE10);
    eventually_heals(&directory).await;
    assert_eq!(told(&directory).await, "людей: 1");
    postgres.freeze();
    let began = Instant::now();
    assert_eq!(ask(&directory, "+79005550101").await, Err(DirectoryError::TooLate), "a connection that hangs");
    let fresh = ask(&open_hurried(&url, BY_PHONE10), "+79005550101").await.unwrap_err();
    assert!(fresh.is_outage(), "a new connection: {fresh}");
    assert!(began.elapsed() < PATIENCE * 4, "{:?}", began.elapsed());
    assert_eq!(directory.health().state, HealthState::Down);
    postgres.thaw();
    eventually_heals(&directory).await;
    assert_eq!(told(&directory).await, "людей: 1", "it heals by itself");
    assert_eq!(directory.health().state, HealthState::Ok);
}

#[tokio::test]
async fn a_lost_connection_is_made_anew() {
    let postgres = clinic();
    let directory = open(&postgres.url("reader", "postgres"), BY_PHONE10);
    assert_eq!(told(&directory).await, "людей: 1");
    postgres.sql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'");
    assert_eq!(told(&directory).await, "людей: 1");
    drop(postgres);
    let error = ask(&directory, "+79005550101").await.unwrap_err();
    assert!(error.is_outage() && error.to_string().starts_with("МИС не отвечает"), "{error}");
}

#[tokio::test]
async fn at_most_two_connections_are_held() {
    let postgres = clinic();
    let slow = "select people.*, pg_sleep(0.1) from people where phone10 = :phone10";
    let directory = open(&postgres.url("reader", "postgres"), slow);
    let (one, two) = (number("+79005550101"), number("+79005550102"));
    let now = crate::contract::now();
    let questions = (0..6).map(|at| directory.look_up(if at % 2 == 0 { &one } else { &two }, now));
    for answer in futures_util::future::join_all(questions).await {
        assert_eq!(answer.unwrap().people.len(), 1);
    }
    let held = postgres.sql("postgres", "select count(*) from pg_stat_activity where application_name = 'Callpop'");
    assert!(["1", "2"].contains(&held.trim()), "{held}");
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let postgres = clinic();
    postgres.sql(
        "postgres",
        "create table closed (full_name text, phone text); create function writes() returns text
        language sql security definer as $$ insert into people (full_name) values ('x') returning full_name $$;",
    );
    let url = postgres.url("reader", "postgres");
    let nobody_listens = format!("postgres://reader@127.0.0.1:{}/postgres", free_port());
    let cases = [
        (nobody_listens.as_str(), BY_PHONE10, "МИС не отвечает: на этом адресе и порту сервер базы не слушает"),
        (&postgres.url("stranger", "postgres"), BY_PHONE10, "роль или пароль не подходят"),
        (&postgres.url("reader", "elsewhere"), BY_PHONE10, "такой базы на сервере нет"),
        (&format!("{url}?sslmode=require"), BY_PHONE10, "защищённое соединение не получилось"),
        (&url, "select * from people where telephone = :phone10", "запрос не принят базой"),
        (&url, "select id, note from people where phone10 = :phone10", "нет нужных колонок: ФИО"),
        (&url, "select * from closed where phone = :phone10", "Дайте роли право SELECT"),
        (&url, "select * from people where born::date = (:phone)::date", "запрос не подходит к данным (код 22"),
        (&url, "select writes() as full_name, :phone as phone", "разрешено только чтение"),
    ];
    for (url, query, sentence) in cases {
        let directory = open(url, query);
        let said = told(&directory).await;
        assert!(said.contains(sentence), "{query}: {said}");
        assert!(!said.contains("9005550101"), "a number in {said}");
        let check = directory.check().await;
        assert!(!check.ok && check.lines.iter().any(|line| line.contains(sentence)), "{query}: {:?}", check.lines);
    }
    assert_eq!(postgres.sql("postgres", "select count(*) from people").trim(), "3", "nothing was written");
}

#[tokio::test]
async fn a_password_is_the_directorys_key() {
    let postgres = clinic();
    postgres.sql("postgres", "alter role reader password 'верный'");
    postgres.let_in("host all reader 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
    let with = |token: Option<&str>| {
        let section =
            Section { url: postgres.url("reader", "postgres"), query: BY_PHONE10.to_owned(), search: String::new() };
        let token = token.map(|token| SecretString::from(token.to_owned()));
        SqlDirectory::new(&section, Surroundings { token, ..surroundings() }).unwrap()
    };
    assert_eq!(told(&with(Some("верный"))).await, "людей: 1");
    assert!(told(&with(Some("неверный"))).await.contains("роль или пароль не подходят"));
    assert!(told(&with(None)).await.contains("нужен пароль роли"));
}

#[tokio::test]
async fn a_certificate_is_verified_or_nothing_is_asked() {
    let postgres = clinic();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("clinic.pem");
    std::fs::write(&authority, made.cert.pem()).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    postgres.encrypt(&made.cert.pem(), &made.signing_key.serialize_pem());

    let url = format!("{}?sslmode=require", postgres.url("reader", "postgres"));
    let said = told(&open(&url, BY_PHONE10)).await;
    assert!(said.contains("сертификат сервера базы не доверенный"), "{said}");
    let section = Section { url: url.clone(), query: BY_PHONE10.to_owned(), search: String::new() };
    let surroundings = Surroundings { certificate: Some(authority), ..surroundings() };
    let directory = SqlDirectory::new(&section, surroundings).unwrap();
    assert_eq!(told(&directory).await, "людей: 1");
    let check = directory.check().await;
    assert!(check.lines.iter().any(|line| line.contains("соединение зашифровано")), "{:?}", check.lines);
    let strange = url.replace("127.0.0.1", "localhost");
    let section = Section { url: strange, ..section };
    let surroundings =
        Surroundings { certificate: Some(folder.path().join("clinic.pem")), ..crate::sql::surroundings() };
    let said = told(&SqlDirectory::new(&section, surroundings).unwrap()).await;
    assert!(said.contains("сертификат"), "another name than the certificate's: {said}");
}
