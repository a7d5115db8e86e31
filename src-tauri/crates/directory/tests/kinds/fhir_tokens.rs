//! The kind `fhir` where the server wants to know who asks: Helios checks the tokens; the endpoint that gives them is
//! this test's, for Helios gives none.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use directory::fhir::{FhirDirectory, Section};
use directory::{Directory, DirectoryError};
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::contract::{now, number};
use crate::fhir::{MOTHER, person, serve, surroundings};
use crate::helios::{Helios, Setup};

const ISSUER: &str = "https://keys.example";
const AUDIENCE: &str = "https://mis.example/fhir";
const READ: &str = "system/Patient.rs system/RelatedPerson.rs";

/// Who gives tokens: knows the clinic's key, and the client's public one.
#[derive(Clone)]
struct Office(Arc<Inner>);

struct Inner {
    key: EncodingKey,
    client: Option<(Algorithm, Jwk)>,
    /// Scope and life in seconds of the coming tokens; the last stays.
    coming: Mutex<Vec<(&'static str, i64)>>,
    given: Mutex<usize>,
    seen: Mutex<HashSet<String>>,
}

impl Office {
    fn new(client: Option<(Algorithm, Jwk)>, coming: &[(&'static str, i64)]) -> Office {
        let key = EncodingKey::from_rsa_pem(rsa().as_bytes()).unwrap();
        let coming = Mutex::new(coming.to_vec());
        Office(Arc::new(Inner { key, client, coming, given: Mutex::new(0), seen: Mutex::default() }))
    }

    fn given(&self) -> usize {
        *self.0.given.lock().unwrap()
    }

    /// Serves `/token`, `/jwks` and a description of where tokens are given.
    async fn open(&self) -> String {
        async fn jwks(State(Office(inner)): State<Office>) -> Json<Value> {
            let mut jwk = Jwk::from_encoding_key(&inner.key, Algorithm::RS384).unwrap();
            jwk.common.key_id = Some("clinic".to_owned());
            Json(json!({ "keys": [jwk] }))
        }
        let router = Router::new().route("/jwks", get(jwks)).route("/token", post(token)).with_state(self.clone());
        serve(router).await
    }

    fn sign(&self, scope: &str, life: i64) -> String {
        let now = Timestamp::now().as_second();
        let header = Header { kid: Some("clinic".to_owned()), ..Header::new(Algorithm::RS384) };
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "callpop", "client_id": "callpop", "scope": scope,
            "iat": now - 600, "exp": now + life,
        });
        jsonwebtoken::encode(&header, &claims, &self.0.key).unwrap()
    }

    fn give(&self) -> String {
        *self.0.given.lock().unwrap() += 1;
        let mut coming = self.0.coming.lock().unwrap();
        let (scope, life) = if coming.len() > 1 { coming.remove(0) } else { coming[0] };
        self.sign(scope, life)
    }
}

/// As SMART Backend Services and OAuth 2 have it.
async fn token(
    State(office): State<Office>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let refuse = |code: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": code })));
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return refuse("unsupported_grant_type");
    }
    let is_known = match &office.0.client {
        Some((algorithm, jwk)) => {
            let mut rules = Validation::new(*algorithm);
            rules.set_audience(&[format!("http://{}/token", headers["host"].to_str().unwrap())]);
            rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
            let claim = form.get("client_assertion").cloned().unwrap_or_default();
            let claim = jsonwebtoken::decode::<Value>(&claim, &DecodingKey::from_jwk(jwk).unwrap(), &rules);
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            claim.is_ok_and(|claim| {
                let exp = claim.claims["exp"].as_i64().unwrap();
                let is_new = office.0.seen.lock().unwrap().insert(claim.claims["jti"].as_str().unwrap().to_owned());
                let names = (claim.claims["iss"].as_str(), claim.claims["sub"].as_str());
                is_new
                    && names == (Some("callpop"), Some("callpop"))
                    && exp <= Timestamp::now().as_second() + 300
                    && claim.header.kid.as_deref() == Some("desk")
                    && form.get("client_assertion_type").map(String::as_str) == Some(kind)
            })
        }
        None => {
            let basic = base64::engine::general_purpose::STANDARD.encode("callpop:s%2Fecret");
            headers.get("authorization").and_then(|said| said.to_str().ok()) == Some(format!("Basic {basic}").as_str())
        }
    };
    if !is_known {
        return refuse("invalid_client");
    }
    let token = office.give();
    (StatusCode::OK, Json(json!({ "access_token": token, "token_type": "bearer", "expires_in": 300 })))
}

fn rsa() -> String {
    rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap().serialize_pem()
}

fn p384() -> String {
    rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem()
}

fn public(key: &EncodingKey, algorithm: Algorithm) -> (Algorithm, Jwk) {
    (algorithm, Jwk::from_encoding_key(key, algorithm).unwrap())
}

/// Helios that wants tokens of this office, with one patient.
async fn guarded(office: &Office, keys: &str) -> Helios {
    let variables = vec![
        ("HFS_AUTH_ENABLED", "true".to_owned()),
        ("HFS_AUTH_JWKS_URL", format!("{keys}/jwks")),
        ("HFS_AUTH_ISSUER", ISSUER.to_owned()),
        ("HFS_AUTH_AUDIENCE", AUDIENCE.to_owned()),
    ];
    let helios = Helios::start(Setup { variables, ..Setup::default() }).await;
    let phone = json!({ "telecom": [{ "system": "phone", "value": "+79005550101" }] });
    let entries = vec![person(MOTHER, ["Вымыслова", "Мария"], phone)];
    helios.load(entries, Some(&office.sign("system/*.cruds", 300))).await;
    helios
}

fn open(auth: &str, base: &str, token_url: &str, secret: &str) -> FhirDirectory {
    let section = Section {
        base: base.to_owned(),
        auth: auth.to_owned(),
        client_id: "callpop".to_owned(),
        key_id: "desk".to_owned(),
        token_url: token_url.to_owned(),
        ..Section::default()
    };
    FhirDirectory::new(&section, surroundings(Some(secret))).unwrap()
}

async fn people(directory: &FhirDirectory) -> Result<usize, DirectoryError> {
    directory.look_up(&number("+79005550101"), now()).await.map(|answer| answer.people.len())
}

#[tokio::test]
async fn a_signed_claim_opens_a_real_server() {
    let pem = rsa();
    // The first token is over before it is used: the server refuses it, and another is asked for.
    let office = Office::new(
        Some(public(&EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), Algorithm::RS384)),
        &[(READ, -120), (READ, 300)],
    );
    let keys = office.open().await;
    let helios = guarded(&office, &keys).await;
    let directory = open("smart", &helios.url, &format!("{keys}/token"), &pem);
    assert_eq!(people(&directory).await, Ok(1), "401, a new token, an answer");
    assert_eq!(office.given(), 2, "both questions of a look-up share the new token");
    let many: Vec<_> = (0..5).map(|_| people(&directory)).collect();
    for found in futures_util::future::join_all(many).await {
        assert_eq!(found, Ok(1));
    }
    assert_eq!(office.given(), 2, "a token is kept while it holds");
    let check = directory.check().await;
    assert!(check.ok && check.lines.contains(&"ключ доступа: получен".to_owned()), "{:?}", check.lines);

    let stranger = open("smart", &helios.url, &format!("{keys}/token"), &rsa());
    let refused = people(&stranger).await.unwrap_err();
    assert!(refused.to_string().contains("invalid_client"), "{refused}");
    assert!(!stranger.check().await.ok);
    let tokenless = open("bearer", &helios.url, "", "not-a-token");
    let refused = people(&tokenless).await.unwrap_err();
    assert!(matches!(&refused, DirectoryError::Refused { why } if why.contains("401")), "{refused}");
}

#[tokio::test]
async fn another_right_is_not_enough() {
    let office = Office::new(None, &[("system/Flag.rs", 300)]);
    let keys = office.open().await;
    let helios = guarded(&office, &keys).await;
    let directory = open("client-credentials", &helios.url, &format!("{keys}/token"), "s/ecret");
    let refused = people(&directory).await.unwrap_err();
    assert!(matches!(&refused, DirectoryError::Refused { why } if why.contains("403")), "{refused}");
    assert_eq!(office.given(), 1, "a right that is missing is not asked for again");
    let bearer = open("bearer", &helios.url, "", &office.sign(READ, 300));
    assert_eq!(people(&bearer).await, Ok(1));
}

#[tokio::test]
async fn tokens_are_asked_for_once_and_where_the_server_says() {
    let pem = p384();
    let office =
        Office::new(Some(public(&EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(), Algorithm::ES384)), &[(READ, 300)]);
    let keys = office.open().await;
    let place = format!("{keys}/token");
    let described = json!({ "token_endpoint": place });
    let empty = json!({ "resourceType": "Bundle", "type": "searchset", "total": 0 });
    let fhir = Router::new()
        .route("/fhir/.well-known/smart-configuration", get(move || async move { Json(described) }))
        .fallback(move |headers: HeaderMap| async move {
            let is_signed = headers.get("authorization").is_some();
            (if is_signed { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, Json(empty))
        });
    let base = format!("{}/fhir", serve(fhir).await);
    let directory = open("smart", &base, "", &pem);
    let many: Vec<_> = (0..8).map(|_| people(&directory)).collect();
    for found in futures_util::future::join_all(many).await {
        assert_eq!(found, Ok(0), "a miss without `entry` is an answer");
    }
    assert_eq!(office.given(), 1, "whoever asks meanwhile waits for the same token");
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_said_and_nobody_is_asked() {
    for auth in ["bearer", "client-credentials", "smart"] {
        let section = Section {
            base: "http://127.0.0.1:9/fhir".to_owned(),
            auth: auth.to_owned(),
            client_id: "callpop".to_owned(),
            ..Section::default()
        };
        let directory = FhirDirectory::new(&section, surroundings(None)).unwrap();
        let refused = directory.look_up(&number("+79005550101"), now()).await;
        assert!(matches!(refused, Err(DirectoryError::Refused { .. })), "{auth}: {refused:?}");
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let section = |auth: &str| Section {
        base: "https://mis.example/fhir".to_owned(),
        auth: auth.to_owned(),
        ..Section::default()
    };
    let key = |section: &Section, token: Option<&str>| {
        FhirDirectory::new(section, surroundings(token)).err().map(|error| error.key)
    };
    assert_eq!(key(&section("none"), None), None);
    assert_eq!(key(&section("magic"), None).as_deref(), Some("directory.fhir.auth"));
    // Settings are checked before the keyring is read: a secret that is not there is said when it is wanted.
    assert_eq!(key(&section("bearer"), Some(" ")), None);
    assert_eq!(key(&Section { client_id: "callpop".to_owned(), ..section("smart") }, None), None);
    assert_eq!(key(&section("smart"), Some("-----BEGIN nothing")).as_deref(), Some("directory-token"));
    assert_eq!(key(&section("client-credentials"), Some("s")).as_deref(), Some("directory.fhir.client_id"));
    let of = |base: &str| Section { base: base.to_owned(), ..Section::default() };
    for base in ["", "mis", "ftp://mis.example", "https://me:secret@mis.example/fhir"] {
        assert_eq!(key(&of(base), None).as_deref(), Some("directory.fhir.base"), "{base}");
    }
}
