//! What is wrong in the settings is named by its key.

use super::*;

fn key_of(toml: &str) -> String {
    let toml = toml.replace("BASE", "https://mis.example");
    HttpDirectory::new(&section(&toml), surroundings()).unwrap_err().key
}

#[test]
fn every_mistake_is_named() {
    let with = |more: &str| format!("{PLAIN}{more}\n");
    let cases = [
        (PLAIN.replace("BASE/api", ""), "directory.http.base"),
        (with("preset = 'sap'"), "directory.http.preset"),
        (PLAIN.replace("'bearer'", "'kerberos'"), "directory.http.auth"),
        (PLAIN.replace("'bearer'", "'header'"), "directory.http.auth_name"),
        (PLAIN.replace("'bearer'", "'session'"), "directory.http.auth_name"),
        (PLAIN.replace("'bearer'", "'session reader'"), "directory.http.session"),
        (PLAIN.replace("{{ phone }}", "{{ fone }}"), "directory.http.look_up.query.phone"),
        (PLAIN.replace("{{ phone }}", "{{ phone "), "directory.http.look_up.query.phone"),
        (PLAIN.replace("'patients'", "'{{ spellings }}'"), "directory.http.look_up.path"),
        (PLAIN.replace("'$.data'", "'data['"), "directory.http.look_up.list"),
        (PLAIN.replace("'$.data'", "''"), "directory.http.look_up.list"),
        (PLAIN.replace("'$.born'", "'$.born.'"), "directory.http.person.born"),
        (PLAIN.replace("person.born", "person.birthday"), "directory.http.person.birthday"),
        (PLAIN.replace("'$.phones'", "''"), "directory.http.person.phones"),
        (PLAIN.replace("'$.name'", "''"), "directory.http.person.full_name"),
        (with("look_up.body = '{\"phone\": \"{{ phone }}\"}'"), "directory.http.look_up.body"),
        (with("look_up.method = 'DELETE'"), "directory.http.look_up.method"),
        (with("look_up.each = 'always'"), "directory.http.look_up.each"),
        (with("look_up.headers.'a b' = 'x'"), "directory.http.look_up.headers.a b"),
        (with("look_up.form.a = 'x'\nlook_up.body = '{}'"), "directory.http.look_up.body"),
        (with("search.path = '{{ phone }}'\nsearch.list = '$'"), "directory.http.search.path"),
        (with("visits.path = 'v/{{ id }}'\nvisits.list = '$'"), "directory.http.visits.at"),
        (with("visits.path = 'v/{{ text }}'\nvisits.list = '$'\nvisits.at = '$.a'"), "directory.http.visits.path"),
        (
            PLAIN.replace("'$.id'", "''") + "visits.path = 'v'\nvisits.list = '$'\nvisits.at = '$.a'\n",
            "directory.http.person.id",
        ),
        (with("error = '$['"), "directory.http.error"),
        (with("ok = '$.ok'"), "directory.http.ok_is"),
        (with("time_zone = 'Moscow'"), "directory.http.time_zone"),
        (with("debt_is = 'big'"), "directory.http.debt_is"),
        (with("currency = 'рубли'"), "directory.http.currency"),
    ];
    for (toml, key) in cases {
        assert_eq!(key_of(&toml), key, "{toml}");
    }
}

#[test]
fn a_section_survives_being_written() {
    let section = section(&format!("{PLAIN}visits.path = 'v/{{{{ id }}}}'\nvisits.at = ['$.a', '$.b']\nfuture = 1\n"));
    let written = toml::to_string(&section).unwrap();
    assert_eq!(toml::from_str::<Section>(&written).unwrap(), section);
    assert!(!toml::to_string(&Section::default()).unwrap().contains("preset"), "nothing is written that nobody typed");
}

#[test]
fn every_preset_opens_with_an_address() {
    for preset in presets() {
        let toml = format!("preset = '{}'\nbase = 'https://mis.example/x'\nauth_name = 'reader'\n", preset.name);
        HttpDirectory::new(&section(&toml), surroundings()).unwrap_or_else(|error| panic!("{}: {error}", preset.name));
    }
}

#[tokio::test]
async fn a_missing_key_is_said_before_anything_is_asked() {
    let mis = Mis::saying(json!({"data": []})).await;
    let mut none = surroundings();
    none.token = None;
    let directory = HttpDirectory::new(&section(&PLAIN.replace("BASE", &mis.base)), none).unwrap();
    let error = directory.ping().await.unwrap_err();
    assert!(matches!(&error, DirectoryError::Refused { why } if why.contains("не задан")), "{error}");
    assert!(mis.asked().is_empty());
    assert!(directory.check().await.lines.iter().any(|line| line == "ключ: не задан, впишите его"));
}

#[tokio::test]
async fn keys_go_where_the_settings_say() {
    let mis = Mis::saying(json!({"data": []})).await;
    let with = |auth: &str| PLAIN.replace("'bearer'", auth);
    for auth in ["'none'", "'bearer'", "'basic user'", "'query key'", "'form key'", "'template'"] {
        let text = if auth == "'template'" { with(auth).replace("'patients'", "'{{ token }}/p'") } else { with(auth) };
        mis.open(&text).ping().await.unwrap();
    }
    mis.open(&with("'header'\nauth_name = 'Authorization'")).ping().await.unwrap();
    let asked = mis.asked();
    let seen: Vec<String> = asked
        .iter()
        .map(|one| format!("{} {} {} {}", one.method, one.target, one.authorization, one.body).trim_end().to_owned())
        .collect();
    let plain = "/api/patients?phone=%2B70000000000";
    assert_eq!(
        seen,
        [
            format!("GET {plain}"),
            format!("GET {plain} Bearer {SECRET}"),
            format!("GET {plain} Basic dXNlcjpzM2NyZXQva2V5KzE="),
            format!("GET {plain}&key=s3cret%2Fkey%2B1"),
            format!("POST {plain}  key=s3cret%2Fkey%2B1"),
            "GET /api/s3cret%2Fkey%2B1/p?phone=%2B70000000000".to_owned(),
            format!("GET {plain} {SECRET}"),
        ]
    );
}
