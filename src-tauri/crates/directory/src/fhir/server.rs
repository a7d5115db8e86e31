//! Asking a FHIR server: searches that insist on their filters, pages of the same server only, one new token when the
//! old one is refused.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::access::Access;
use super::record::{all, text};
use crate::link::percent_encoded;
use crate::source::DirectoryError;
use crate::web::{Ask, Reply, Web, refused_by_status, secret_header};

/// More pages of one search are not read.
const MAX_PAGES: usize = 3;
/// The description of a server with many kinds of resources takes some megabytes.
const MOST_OF_METADATA: usize = 16 * 1024 * 1024;
const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");

/// The FHIR API of one clinic.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) base: Url,
    pub(super) access: Access,
    pub(super) web: Web,
    /// Searches go as forms, so that numbers and names do not stand in the server's log of addresses.
    pub(super) by_post: bool,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Resources that match.
    pub(super) matches: Vec<Value>,
    /// Resources that came along.
    pub(super) included: Vec<Value>,
    /// How many there are in all, where the server says so.
    pub(super) total: Option<u64>,
    /// There are more than were read.
    pub(super) more: bool,
    /// The server repeats the question without its filter: it has not understood it.
    pub(super) lost_filter: bool,
}

impl Server {
    /// Searches resources of a type. The first parameter is the filter that must not get lost. Further pages are
    /// asked for as long as `worth_more` says so of the last one's matches.
    pub(super) async fn search(
        &self,
        kind: &str,
        query: &[(&str, &str)],
        worth_more: impl Fn(&[Value]) -> bool,
    ) -> Result<Rows, DirectoryError> {
        let filter = query.first().map_or("", |(key, _)| *key);
        let mut rows = Rows::default();
        let mut next = self.question(kind, query);
        for _ in 0..MAX_PAGES {
            let reply = self.send(next).await?;
            if reply.status.as_u16() == 400 {
                let why = format!("она не ищет {kind} по «{filter}» (400): этот поиск включает администратор МИС");
                return Err(DirectoryError::NotUnderstood { why });
            }
            refused(&reply)?;
            let bundle = bundle(&reply)?;
            let before = rows.matches.len();
            rows.take_page(&bundle, kind, filter);
            rows.more = false;
            let Some(url) = link(&bundle, "next") else { break };
            rows.more = true;
            let page = rows.matches.get(before..).unwrap_or_default();
            match self.base.join(url) {
                // A page of another server would get our token.
                Ok(url) if url.origin() == self.base.origin() && worth_more(page) => next = Ask::get(url),
                Ok(_) | Err(_) => break,
            }
        }
        Ok(rows)
    }

    /// One resource.
    pub(super) async fn read(&self, path: &str) -> Result<(Value, Option<String>), DirectoryError> {
        let reply = self.send(Ask::get(self.url(path, ""))).await?;
        refused(&reply)?;
        let tag = reply.headers.get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let resource = reply.json()?;
        let version = resource.pointer("/meta/versionId").and_then(Value::as_str).map(|id| format!("W/\"{id}\""));
        Ok((resource, tag.or(version)))
    }

    /// Sends a resource, whatever the answer.
    pub(super) async fn put_or_post(
        &self,
        path: &str,
        resource: &Value,
        version: Option<&str>,
    ) -> Result<Reply, DirectoryError> {
        let method = if version.is_some() { Method::PUT } else { Method::POST };
        let mut ask = Ask { method, ..Ask::get(self.url(path, "")) };
        ask.headers.insert(CONTENT_TYPE, FHIR_JSON);
        ask.headers.insert(HeaderName::from_static("prefer"), HeaderValue::from_static("return=representation"));
        if let Some(version) = version.and_then(|version| HeaderValue::from_str(version).ok()) {
            ask.headers.insert(IF_MATCH, version);
        }
        ask.body = Some(resource.to_string().into_bytes());
        self.send(ask).await
    }

    /// The server's description of itself (CapabilityStatement).
    pub(super) async fn metadata(&self) -> Result<Value, DirectoryError> {
        let mut ask = Ask::get(self.url("metadata", ""));
        ask.headers.insert(ACCEPT, FHIR_JSON);
        let web = self.web.clone().reading_at_most(MOST_OF_METADATA);
        let reply = self.signed_by(&web, ask).await?;
        refused(&reply)?;
        reply.json()
    }

    /// The address that a search asks, for people to read.
    pub(super) fn address(&self, kind: &str, query: &[(&str, &str)]) -> String {
        let ask = self.question(kind, query);
        let form = ask.body.map(|body| format!("\n{}", String::from_utf8_lossy(&body))).unwrap_or_default();
        format!("{} {}{form}", ask.method, ask.url)
    }

    fn question(&self, kind: &str, query: &[(&str, &str)]) -> Ask {
        let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
        let query = query.join("&");
        if !self.by_post {
            return Ask::get(self.url(kind, &query));
        }
        let mut ask = Ask { method: Method::POST, ..Ask::get(self.url(&format!("{kind}/_search"), "")) };
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        ask.body = Some(query.into_bytes());
        ask
    }

    fn url(&self, path: &str, query: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        url
    }

    async fn send(&self, mut ask: Ask) -> Result<Reply, DirectoryError> {
        ask.headers.insert(ACCEPT, FHIR_JSON);
        let prefer = HeaderName::from_static("prefer");
        ask.headers.entry(prefer).or_insert(HeaderValue::from_static("handling=strict"));
        self.signed_by(&self.web, ask).await
    }

    /// With the token. One that is refused (401) is renewed once: the server has done nothing then, whatever was asked.
    async fn signed_by(&self, web: &Web, ask: Ask) -> Result<Reply, DirectoryError> {
        let token = self.access.token(web, None).await?;
        let reply = web.send(with_token(ask.clone(), token.as_ref())?).await?;
        if reply.status.as_u16() != 401 || !self.access.can_renew() {
            return Ok(reply);
        }
        let token = self.access.token(web, token.as_ref()).await?;
        web.send(with_token(ask, token.as_ref())?).await
    }
}

impl Rows {
    /// The rows of one page that was not asked for here.
    pub(super) fn of_page(bundle: &Value, kind: &str, filter: &str) -> Rows {
        let mut rows = Rows::default();
        rows.take_page(bundle, kind, filter);
        rows.more = link(bundle, "next").is_some();
        rows
    }

    fn take_page(&mut self, bundle: &Value, kind: &str, filter: &str) {
        self.total = bundle.get("total").and_then(Value::as_u64).or(self.total);
        if let Some(own) = link(bundle, "self") {
            self.lost_filter |= !has_parameter(own, filter);
        }
        for entry in all(bundle, "entry") {
            let Some(resource) = entry.get("resource") else { continue };
            let is_asked_for = text(resource, "resourceType") == Some(kind);
            match entry.pointer("/search/mode").and_then(Value::as_str) {
                Some("outcome") => {}
                Some("include") => self.included.push(resource.clone()),
                Some(_) | None if is_asked_for => self.matches.push(resource.clone()),
                Some(_) | None => self.included.push(resource.clone()),
            }
        }
    }
}

/// The list of an answer.
pub(super) fn bundle(reply: &Reply) -> Result<Value, DirectoryError> {
    let bundle = reply.json()?;
    if text(&bundle, "resourceType") != Some("Bundle") {
        return Err(DirectoryError::NotUnderstood { why: "это не список FHIR (Bundle)".to_owned() });
    }
    Ok(bundle)
}

/// As for every kind of directory; a right that is missing is named where the server names it.
pub(super) fn refused(reply: &Reply) -> Result<(), DirectoryError> {
    if reply.status.as_u16() == 403
        && let Some(scope) = missing_scope(&reply.headers)
    {
        let why = format!("у ключа нет права {scope} (403): его даёт администратор МИС");
        return Err(DirectoryError::Refused { why });
    }
    refused_by_status(reply)
}

/// `WWW-Authenticate: Bearer error="insufficient_scope", scope="system/Patient.rs"`
fn missing_scope(headers: &HeaderMap) -> Option<String> {
    let said = headers.get("www-authenticate")?.to_str().ok()?;
    let scope = said.split_once("scope=\"")?.1.split('"').next()?;
    let is_scope =
        scope.len() <= 120 && scope.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.* _-".contains(&byte));
    (is_scope && !scope.is_empty()).then(|| scope.to_owned())
}

fn with_token(mut ask: Ask, token: Option<&secrecy::SecretString>) -> Result<Ask, DirectoryError> {
    if let Some(token) = token {
        secret_header(&mut ask.headers, AUTHORIZATION, &format!("Bearer {}", token.expose_secret().trim()))?;
    }
    Ok(ask)
}

fn link<'b>(bundle: &'b Value, relation: &str) -> Option<&'b str> {
    all(bundle, "link").iter().find(|link| text(link, "relation") == Some(relation)).and_then(|link| text(link, "url"))
}

/// Whether an address has the parameter, with a modifier or without.
fn has_parameter(url: &str, name: &str) -> bool {
    // A search by form may be repeated without any parameters.
    let Some((_, query)) = url.split_once('?') else { return url.ends_with("/_search") };
    query.split('&').filter_map(|pair| pair.split('=').next()).any(|key| key.split([':', '%']).next() == Some(name))
}

/// One value of a search, as FHIR wants it among others: `,`, `|`, `$` and `\` are its own signs.
pub(super) fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, ',' | '|' | '$' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Percent-encoded, but for the commas that part several values: some servers split before they decode.
fn encoded(value: &str) -> String {
    let mut out = String::new();
    let mut begin = 0;
    for (at, _) in value.match_indices(',') {
        let is_escaped = value[..at].ends_with('\\');
        if !is_escaped {
            out.push_str(&percent_encoded(&value[begin..at]));
            out.push(',');
            begin = at + 1;
        }
    }
    out.push_str(&percent_encoded(&value[begin..]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parted_and_their_own_commas_are_not() {
        assert_eq!(encoded("+7900,8 (900)"), "%2B7900,8%20%28900%29");
        assert_eq!(encoded(&escaped("a,b|c")), "a%5C%2Cb%5C%7Cc");
    }

    #[test]
    fn a_lost_filter_is_seen() {
        assert!(has_parameter("http://mis/Patient?phone=%2B7&_count=1", "phone"));
        assert!(has_parameter("http://mis/Patient?_count=1&phone:exact=7", "phone"));
        assert!(has_parameter("http://mis/Patient/_search", "phone"));
        assert!(!has_parameter("http://mis/Patient?_count=1", "phone"));
        assert!(!has_parameter("http://mis/Patient", "phone"));
        assert!(!has_parameter("http://mis/Patient?phones=1", "phone"));
    }
}
