//! Asking over HTTP: one client for every kind of directory that speaks it. Bodies are bounded, a token never follows a
//! redirect to another host, and whatever goes wrong is a sentence.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};

use crate::settings::{SectionError, Surroundings};
use crate::source::DirectoryError;
use crate::writing::WriteError;

/// The most of an answer that is read.
pub(crate) const MOST_BYTES: usize = 2 * 1024 * 1024;
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_millis(1500);
/// How often a server of the same host may send on.
const REDIRECTS: usize = 3;
/// What a source that asks for patience without a time gets.
const USUAL_WAIT: Duration = Duration::from_secs(10);

/// The client of one directory.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    http: reqwest::Client,
    most_bytes: usize,
    longest: Duration,
}

/// One request. Headers that hold a secret are marked sensitive by [`secret_header`].
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

impl Ask {
    pub(crate) fn get(url: Url) -> Ask {
        Ask { method: Method::GET, url, headers: HeaderMap::new(), body: None }
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Web {
    /// # Errors
    /// The certificate file cannot be used.
    pub(crate) fn new(surroundings: &Surroundings) -> Result<Web, SectionError> {
        let wrong = |problem: String| {
            SectionError::new("directory.certificate", problem, "give the PEM file of the clinic's own authority")
        };
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("Callpop/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &surroundings.certificate {
            let pem = std::fs::read(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
            let authorities = reqwest::Certificate::from_pem_bundle(&pem)
                .ok()
                .filter(|authorities| !authorities.is_empty())
                .ok_or_else(|| wrong(format!("there is no certificate in {}", path.display())))?;
            for authority in authorities {
                builder = builder.add_root_certificate(authority);
            }
        }
        let http = builder.build().map_err(|error| wrong(reasons(&error)))?;
        // A late answer still lands on its card: the card's own patience is shorter than this.
        let longest = (surroundings.timeout * 4).clamp(Duration::from_secs(10), Duration::from_secs(60));
        Ok(Web { http, most_bytes: MOST_BYTES, longest })
    }

    /// With another bound on answers.
    pub(crate) fn reading_at_most(mut self, bytes: usize) -> Web {
        self.most_bytes = bytes;
        self
    }

    /// Sends it and reads the answer, whatever its status. Follows redirects within the same scheme, host and port.
    pub(crate) async fn send(&self, ask: Ask) -> Result<Reply, DirectoryError> {
        tokio::time::timeout(self.longest, self.send_on(ask)).await.map_err(|_| DirectoryError::TooLate)?
    }

    /// As [`Web::send`], and everything but success is an error.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Reply, DirectoryError> {
        let reply = self.send(ask).await?;
        refused_by_status(&reply)?;
        Ok(reply)
    }

    /// Sends a change, once. Whatever leaves it open whether the change was made is [`WriteError::Unclear`]; a status that
    /// is not success is for the caller to read.
    pub(crate) async fn send_once(&self, ask: Ask) -> Result<Reply, WriteError> {
        let mut request = self.http.request(ask.method, ask.url).headers(ask.headers);
        if let Some(body) = ask.body {
            request = request.body(body);
        }
        let sent = tokio::time::timeout(self.longest, request.send()).await.map_err(|_| WriteError::Unclear)?;
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => return Err(not_sent(&error).into()),
            Err(_) => return Err(WriteError::Unclear),
        };
        if response.status().is_redirection() {
            return Err(moved("запрос, который что-то меняет: проверьте адрес в настройках").into());
        }
        let status = response.status();
        let read = tokio::time::timeout(self.longest, self.read(response)).await;
        match read {
            Ok(Ok(reply)) => Ok(reply),
            // A refusal is a refusal, even when its reasons cannot be read.
            Ok(Err(_)) | Err(_) if status.is_client_error() => {
                Ok(Reply { status, headers: HeaderMap::new(), body: Vec::new() })
            }
            Ok(Err(_)) | Err(_) => Err(WriteError::Unclear),
        }
    }

    async fn send_on(&self, mut ask: Ask) -> Result<Reply, DirectoryError> {
        for _ in 0..=REDIRECTS {
            let mut request = self.http.request(ask.method.clone(), ask.url.clone()).headers(ask.headers.clone());
            if let Some(body) = &ask.body {
                request = request.body(body.clone());
            }
            let response = request.send().await.map_err(|error| not_sent(&error))?;
            let is_redirect = response.status().is_redirection() && response.headers().contains_key(LOCATION);
            if !is_redirect {
                return self.read(response).await;
            }
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
            let to = ask.url.join(to).map_err(|_| moved("на адрес, который не читается"))?;
            if to.origin() != ask.url.origin() {
                let host = to.host_str().unwrap_or("другой сервер");
                return Err(moved(&format!("на {host}: ключ туда не отправлен; впишите новый адрес в настройки")));
            }
            if ask.method != Method::GET {
                return Err(moved("запрос, который что-то меняет: проверьте адрес в настройках"));
            }
            ask.url = to;
        }
        Err(moved("по кругу: проверьте адрес в настройках"))
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Reply, DirectoryError> {
        let too_big = || DirectoryError::NotUnderstood {
            why: format!("он больше {} МБ", self.most_bytes.div_ceil(1024 * 1024)),
        };
        if response.content_length().is_some_and(|bytes| bytes > self.most_bytes as u64) {
            return Err(too_big());
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| not_read(&error))? {
            if body.len() + chunk.len() > self.most_bytes {
                return Err(too_big());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, DirectoryError> {
        // 1C and its like begin with a byte order mark.
        let body = self.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|_| {
            let begin = body.iter().copied().find(|byte| !byte.is_ascii_whitespace());
            let why = match begin {
                None => "он пуст".to_owned(),
                Some(b'<') => "пришла страница сайта (HTML), а не данные: проверьте адрес".to_owned(),
                Some(_) => "это не JSON, или ответ оборван".to_owned(),
            };
            DirectoryError::NotUnderstood { why }
        })
    }
}

/// What a status that is not success means. The body's own words are not quoted: they may name a patient.
pub(crate) fn refused_by_status(reply: &Reply) -> Result<(), DirectoryError> {
    let status = reply.status;
    let code = status.as_u16();
    match code {
        200..=299 => Ok(()),
        401 => Err(DirectoryError::Refused {
            why: "ключ доступа не принят (401): проверьте его в настройках, раздел «Пациенты (МИС)»".to_owned(),
        }),
        403 => Err(DirectoryError::Refused {
            why: "у ключа нет прав на эти данные (403): их даёт администратор МИС".to_owned(),
        }),
        429 => Err(DirectoryError::Busy { wait: retry_after(&reply.headers).unwrap_or(USUAL_WAIT) }),
        503 if retry_after(&reply.headers).is_some() => {
            Err(DirectoryError::Busy { wait: retry_after(&reply.headers).unwrap_or(USUAL_WAIT) })
        }
        500..=599 => Err(DirectoryError::Failing { why: format!("HTTP {code}") }),
        408 => Err(DirectoryError::TooLate),
        404 => Err(DirectoryError::NotUnderstood {
            why: "по этому адресу ничего нет (404): проверьте адрес".to_owned(),
        }),
        _ => Err(DirectoryError::NotUnderstood { why: format!("HTTP {code}") }),
    }
}

/// A header whose value never reaches a log.
pub(crate) fn secret_header(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), DirectoryError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| DirectoryError::Refused {
        why: "в ключе доступа есть недопустимые знаки: впишите его заново".to_owned(),
    })?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// An address of the settings, checked.
pub(crate) fn base_url(key: &str, text: &str) -> Result<Url, SectionError> {
    let text = text.trim();
    let wrong = |problem: String| {
        SectionError::new(key, problem, "write a web address, for example \"https://mis.example/api\"")
    };
    if text.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    let url = Url::parse(text).map_err(|_| wrong(format!("\"{text}\" is not a web address")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a name or password stands in it; secrets are kept apart".to_owned()));
    }
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong(format!("\"{text}\" is not a web address")));
    }
    Ok(url)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = text.trim().parse::<u64>().map_or(USUAL_WAIT, Duration::from_secs);
    Some(seconds.min(Duration::from_secs(600)))
}

fn moved(whither: &str) -> DirectoryError {
    DirectoryError::NotUnderstood { why: format!("МИС перенаправляет {whither}") }
}

fn not_sent(error: &reqwest::Error) -> DirectoryError {
    if error.is_timeout() {
        return DirectoryError::TooLate;
    }
    let all = reasons(error);
    let lower = all.to_lowercase();
    let why = if lower.contains("causedasendentity") {
        "её сертификат выпущен как центр сертификации (CA:TRUE): пусть администратор МИС выпустит обычный".to_owned()
    } else if lower.contains("certificate") || lower.contains("unknownissuer") {
        "её сертификату этот компьютер не доверяет: добавьте сертификат клиники в настройках или в систему".to_owned()
    } else if lower.contains("dns") || lower.contains("name or service not known") || lower.contains("resolve") {
        "такого сервера нет в сети: проверьте адрес".to_owned()
    } else if lower.contains("refused") {
        "на этом порту никто не слушает".to_owned()
    } else {
        "связь не установлена или оборвалась".to_owned()
    };
    DirectoryError::NotReached { why }
}

fn not_read(error: &reqwest::Error) -> DirectoryError {
    if error.is_timeout() {
        return DirectoryError::TooLate;
    }
    DirectoryError::NotUnderstood { why: "ответ оборван".to_owned() }
}

/// An error's whole chain, without the address asked: it may hold a key.
fn reasons(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&error.to_string());
        text.push_str("; ");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
