//! How a FHIR server is told who asks: nothing, a token of the settings, or tokens that are asked for (OAuth 2 client
//! credentials, SMART Backend Services; reference 3.5).

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::Instant;

use super::Section;
use super::record::text;
use crate::link::percent_encoded;
use crate::settings::{SectionError, Surroundings};
use crate::source::DirectoryError;
use crate::web::{Ask, Web, base_url, secret_header};

/// A token is renewed this long before it ends.
const EARLY: Duration = Duration::from_secs(60);
/// How long a token of unknown life is used.
const USUAL_LIFE: Duration = Duration::from_secs(300);
/// How long a signed claim holds; SMART allows five minutes at most.
const CLAIM_LIFE: i64 = 240;
/// What a call desk reads (SMART 2 scopes).
const READS: [&str; 8] =
    ["Patient", "RelatedPerson", "Appointment", "Encounter", "AllergyIntolerance", "Flag", "Account", "Coverage"];

/// Who asks.
pub(super) enum Access {
    /// The server lets everybody in.
    Open,
    /// A secret is wanted and is not there.
    Missing,
    /// A token that somebody copied into the settings.
    Fixed(SecretString),
    /// Tokens that live for minutes.
    Asked(Box<Asked>),
}

/// Tokens that are asked for.
pub(super) struct Asked {
    proof: Proof,
    client_id: String,
    scopes: String,
    token_url: OnceCell<Url>,
    discovery: Url,
    /// Held while a token is asked for: whoever else wants one waits for the same.
    held: Mutex<Option<Token>>,
}

enum Proof {
    Secret(SecretString),
    Key { key: EncodingKey, algorithm: Algorithm, key_id: Option<String> },
}

struct Token {
    value: SecretString,
    until: Instant,
}

#[derive(Serialize)]
struct Claims<'c> {
    iss: &'c str,
    sub: &'c str,
    aud: &'c str,
    jti: String,
    iat: i64,
    exp: i64,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::Open => "Open",
            Access::Missing => "Missing",
            Access::Fixed(_) => "Fixed",
            Access::Asked(_) => "Asked",
        })
    }
}

impl Access {
    pub(super) fn new(section: &Section, base: &Url, surroundings: &Surroundings) -> Result<Access, SectionError> {
        // Settings are read and checked before the keyring is: an absent secret is said by whoever asks the server.
        let secret = surroundings.token.clone().filter(|token| !token.expose_secret().trim().is_empty());
        let proof = match section.auth.trim() {
            "none" | "" => return Ok(Access::Open),
            "bearer" => return Ok(secret.map_or(Access::Missing, Access::Fixed)),
            "client-credentials" => secret.map(Proof::Secret),
            "smart" => secret.map(|pem| Proof::from_pem(pem.expose_secret(), &section.key_id)).transpose()?,
            other => {
                return Err(SectionError::new(
                    "directory.fhir.auth",
                    format!("\"{other}\" is unknown"),
                    "write \"none\", \"bearer\", \"client-credentials\" or \"smart\"",
                ));
            }
        };
        let client_id = section.client_id.trim().to_owned();
        if client_id.is_empty() {
            let right = "write the id under which the clinic's system registered Callpop";
            return Err(SectionError::new("directory.fhir.client_id", "it is empty", right));
        }
        let token_url = match section.token_url.trim() {
            "" => OnceCell::new(),
            url => OnceCell::new_with(Some(base_url("directory.fhir.token_url", url)?)),
        };
        let scopes = if section.scopes.is_empty() { usual_scopes(section.write) } else { section.scopes.join(" ") };
        let mut discovery = base.clone();
        if let Ok(mut path) = discovery.path_segments_mut() {
            path.pop_if_empty().extend([".well-known", "smart-configuration"]);
        }
        let held = Mutex::new(None);
        let Some(proof) = proof else { return Ok(Access::Missing) };
        Ok(Access::Asked(Box::new(Asked { proof, client_id, scopes, token_url, discovery, held })))
    }

    /// The token to send, if any; with `refused`, another one than that where one can be had.
    pub(super) async fn token(
        &self,
        web: &Web,
        refused: Option<&SecretString>,
    ) -> Result<Option<SecretString>, DirectoryError> {
        match self {
            Access::Open => Ok(None),
            Access::Missing => Err(DirectoryError::Refused {
                why: "ключ доступа не введён: впишите его в настройках, раздел «Пациенты (МИС)»".to_owned(),
            }),
            Access::Fixed(token) => Ok(Some(token.clone())),
            Access::Asked(asked) => asked.token(web, refused).await.map(Some),
        }
    }

    /// Whether a refused token can be replaced by a new one.
    pub(super) fn can_renew(&self) -> bool {
        matches!(self, Access::Asked(_))
    }
}

impl Proof {
    fn from_pem(pem: &str, key_id: &str) -> Result<Proof, SectionError> {
        let pem = pem.trim().as_bytes();
        let rsa = EncodingKey::from_rsa_pem(pem).map(|key| (key, Algorithm::RS384));
        let (key, algorithm) =
            rsa.or_else(|_| EncodingKey::from_ec_pem(pem).map(|key| (key, Algorithm::ES384))).map_err(|_| {
                let right = "paste the whole RSA or P-384 key, from -----BEGIN to the last -----";
                SectionError::new("directory-token", "it is no private key in PEM form", right)
            })?;
        let key_id = Some(key_id.trim().to_owned()).filter(|id| !id.is_empty());
        Ok(Proof::Key { key, algorithm, key_id })
    }
}

impl Asked {
    async fn token(&self, web: &Web, refused: Option<&SecretString>) -> Result<SecretString, DirectoryError> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref() {
            let is_refused = refused.is_some_and(|refused| refused.expose_secret() == token.value.expose_secret());
            if !is_refused && Instant::now() < token.until {
                return Ok(token.value.clone());
            }
        }
        *held = None;
        let token = self.fresh(web).await?;
        let value = token.value.clone();
        *held = Some(token);
        Ok(value)
    }

    async fn fresh(&self, web: &Web) -> Result<Token, DirectoryError> {
        let url = self.token_url.get_or_try_init(|| self.discover(web)).await?;
        let mut form = vec![("grant_type", "client_credentials".to_owned()), ("scope", self.scopes.clone())];
        let mut ask = Ask { method: Method::POST, ..Ask::get(url.clone()) };
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        match &self.proof {
            Proof::Secret(secret) => {
                let pair = format!("{}:{}", percent_encoded(&self.client_id), percent_encoded(secret.expose_secret()));
                secret_header(&mut ask.headers, AUTHORIZATION, &format!("Basic {}", base64(pair.as_bytes())))?;
            }
            Proof::Key { key, algorithm, key_id } => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push(("client_assertion_type", kind.to_owned()));
                form.push(("client_assertion", self.claim(url, key, *algorithm, key_id.as_deref())?));
            }
        }
        let form: Vec<String> = form.iter().map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect();
        ask.body = Some(form.join("&").into_bytes());
        let asked_at = Instant::now();
        let reply = web.send(ask).await?;
        if reply.status.is_client_error() && reply.status.as_u16() != 429 {
            let code =
                reply.json().ok().and_then(|body| text(&body, "error").filter(|code| is_code(code)).map(str::to_owned));
            let code = code.unwrap_or_else(|| format!("HTTP {}", reply.status.as_u16()));
            let why =
                format!("сервер ключей отказал ({code}): проверьте идентификатор клиента, секрет и права в настройках");
            return Err(DirectoryError::Refused { why });
        }
        crate::web::refused_by_status(&reply)?;
        let body = reply.json()?;
        let value = text(&body, "access_token").ok_or_else(|| DirectoryError::NotUnderstood {
            why: "сервер ключей не прислал ключа".to_owned(),
        })?;
        let life = body.get("expires_in").and_then(seconds).unwrap_or(USUAL_LIFE);
        let used = life.saturating_sub(EARLY).max(life / 2);
        Ok(Token { value: SecretString::from(value.to_owned()), until: asked_at + used })
    }

    /// A JWT that only the key's owner can make. It carries the real time, whatever moment is asked about: the server
    /// compares it with its own clock.
    fn claim(
        &self,
        audience: &Url,
        key: &EncodingKey,
        algorithm: Algorithm,
        key_id: Option<&str>,
    ) -> Result<String, DirectoryError> {
        let now = Timestamp::now().as_second();
        let header = Header { kid: key_id.map(str::to_owned), ..Header::new(algorithm) };
        let claims = Claims {
            iss: &self.client_id,
            sub: &self.client_id,
            aud: audience.as_str(),
            jti: uuid::Uuid::new_v4().to_string(),
            iat: now,
            exp: now + CLAIM_LIFE,
        };
        jsonwebtoken::encode(&header, &claims, key).map_err(|_| DirectoryError::Refused {
            why: "закрытым ключом не удаётся подписать запрос: впишите его заново".to_owned(),
        })
    }

    async fn discover(&self, web: &Web) -> Result<Url, DirectoryError> {
        let body = web.ask(Ask::get(self.discovery.clone())).await?.json()?;
        let said = text(&body, "token_endpoint").and_then(|url| base_url("token_endpoint", url).ok());
        let url = said.ok_or_else(|| DirectoryError::NotUnderstood {
            why: "МИС не говорит, где выдают ключи: впишите адрес в настройки (token_url)".to_owned(),
        })?;
        if url.scheme() == "http" && self.discovery.scheme() != "http" {
            let why = "адрес выдачи ключей без шифрования (http): ключ туда не отправлен".to_owned();
            return Err(DirectoryError::NotUnderstood { why });
        }
        Ok(url)
    }
}

/// What a call desk needs to read, and to write where it may.
fn usual_scopes(write: bool) -> String {
    let reads = READS.iter().map(|kind| format!("system/{kind}.rs"));
    let writes =
        ["system/Patient.cu", "system/Appointment.u"].iter().filter(|_| write).map(|scope| (*scope).to_owned());
    reads.chain(writes).collect::<Vec<_>>().join(" ")
}

/// `invalid_client` and its kin; anything else may be a text with who knows what in it.
fn is_code(code: &str) -> bool {
    code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Some servers write numbers as text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds.min(86_400)))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
