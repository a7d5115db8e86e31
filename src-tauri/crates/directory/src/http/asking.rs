//! Sending a description's requests: the credential, the session, the verdict, the pages.

use base64::Engine as _;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::plan::{Auth, Plan, SessionPlan};
use super::request::{Credential, Request, Values};
use super::rules::Verdict;
use super::trial::{HIDDEN, Journal};
use crate::settings::Surroundings;
use crate::source::DirectoryError;
use crate::web::{Reply, Web, refused_by_status};

/// More pages are not asked for.
const MOST_PAGES: u32 = 3;
/// More rows are not read.
const MOST_ROWS: usize = 200;

/// What a question brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Value>,
    /// There are more that were not asked for or read.
    pub(super) has_more: bool,
}

/// A source as it is asked.
pub(super) struct Asking {
    web: Web,
    token: Option<SecretString>,
    /// The header that shows the open session. Held while one is opened, so that one log-in serves all.
    session: Mutex<Option<SecretString>>,
}

impl Asking {
    pub(super) fn new(web: Web, surroundings: &Surroundings) -> Asking {
        Asking { web, token: surroundings.token.clone(), session: Mutex::new(None) }
    }

    /// Every row of every page.
    pub(super) async fn rows(
        &self,
        plan: &Plan,
        request: &Request,
        mut values: Values,
        journal: Option<&Journal>,
    ) -> Result<Rows, DirectoryError> {
        let mut all = Rows::default();
        let mut before: Vec<Value> = Vec::new();
        for page in 0..MOST_PAGES {
            request.page_of(&mut values, page);
            let Some(body) = self.answer(plan, request, &values, journal).await? else {
                return Ok(all);
            };
            let rows = rows_of(request, body)?;
            if page > 0 && rows == before {
                // It knows no pages and says the same again.
                return Ok(all);
            }
            let is_full = request.page_size > 0 && rows.len() >= request.page_size as usize;
            all.rows.extend(rows.iter().take(MOST_ROWS - all.rows.len()).cloned());
            all.has_more = all.rows.len() >= MOST_ROWS && (is_full || rows.len() > MOST_ROWS);
            if !is_full || all.has_more {
                return Ok(all);
            }
            before = rows;
        }
        all.has_more = true;
        Ok(all)
    }

    /// One answer that is no error; `None` when it says that nobody was found.
    pub(super) async fn answer(
        &self,
        plan: &Plan,
        request: &Request,
        values: &Values,
        journal: Option<&Journal>,
    ) -> Result<Option<Value>, DirectoryError> {
        for is_last in [false, true] {
            let credential = self.credential(plan, journal).await?;
            let reply = self.send(plan, request, values, &credential, journal).await?;
            let verdict = verdict(plan, &reply);
            let expired = match &verdict {
                Ok((Verdict::Expired, _)) => true,
                Ok((Verdict::Fine | Verdict::Nobody | Verdict::Wrong(_), _)) => false,
                Err(_) => reply.status == StatusCode::UNAUTHORIZED,
            };
            if expired && plan.session.is_some() && !is_last {
                self.forget(&credential).await;
                continue;
            }
            return match verdict? {
                (Verdict::Fine, body) => Ok(Some(body)),
                (Verdict::Nobody, _) => Ok(None),
                (Verdict::Wrong(error), _) => Err(error),
                (Verdict::Expired, _) => Err(out_of_date()),
            };
        }
        Err(DirectoryError::Refused { why: "она снова и снова просит войти".to_owned() })
    }

    async fn send(
        &self,
        plan: &Plan,
        request: &Request,
        values: &Values,
        credential: &Credential,
        journal: Option<&Journal>,
    ) -> Result<Reply, DirectoryError> {
        let ask = request.ask(&plan.templates, &plan.base, values, credential)?;
        if let Some(journal) = journal {
            journal.asked(&request.ask(&plan.templates, &plan.base, values, &credential.hidden())?);
        }
        let reply = self.web.send(ask).await;
        if let (Some(journal), Ok(reply)) = (journal, &reply) {
            if let Some(token) = &self.token {
                journal.hide(token.expose_secret().trim());
            }
            credential.secrets().for_each(|secret| journal.hide(secret));
            journal.answered(reply);
        }
        reply
    }

    async fn credential(&self, plan: &Plan, journal: Option<&Journal>) -> Result<Credential, DirectoryError> {
        let secret = || {
            let token = self.token.as_ref().map(|token| token.expose_secret().trim()).filter(|token| !token.is_empty());
            token.map(str::to_owned).ok_or_else(|| DirectoryError::Refused {
                why: "ключ доступа не задан: впишите его в настройках, раздел «Пациенты (МИС)»".to_owned(),
            })
        };
        let none = Credential::default();
        let authorization =
            |value: String| Credential { header: Some((AUTHORIZATION, value)), ..Credential::default() };
        Ok(match &plan.auth {
            Auth::None => none,
            Auth::Bearer => authorization(format!("Bearer {}", secret()?)),
            Auth::Basic(user) => authorization(format!("Basic {}", base64(&format!("{user}:{}", secret()?)))),
            Auth::Header(name) => Credential { header: Some((name.clone(), secret()?)), ..none },
            Auth::Query(name) => Credential { query: Some((name.clone(), secret()?)), ..none },
            Auth::Form(name) => Credential { form: Some((name.clone(), secret()?)), ..none },
            Auth::Template => Credential { token: Some(secret()?), ..none },
            Auth::Session(login) => {
                let Some(session) = &plan.session else {
                    return Ok(none);
                };
                let mut held = self.session.lock().await;
                let value = match held.as_ref() {
                    Some(value) => value.expose_secret().to_owned(),
                    None => {
                        let value = self.log_in(plan, session, login, &secret()?, journal).await?;
                        *held = Some(SecretString::from(value.clone()));
                        value
                    }
                };
                Credential { header: Some((session.header.clone(), value)), ..none }
            }
        })
    }

    /// The value of the header that shows a new session.
    async fn log_in(
        &self,
        plan: &Plan,
        session: &SessionPlan,
        login: &str,
        password: &str,
        journal: Option<&Journal>,
    ) -> Result<String, DirectoryError> {
        let refused = |words: &str| DirectoryError::Refused {
            why: format!("логин или пароль не приняты{words}: проверьте их в настройках, раздел «Пациенты (МИС)»"),
        };
        let values_with = |password: &str| {
            let mut values = Values::new();
            values.insert("login".to_owned(), json!(login));
            values.insert("password".to_owned(), json!(password));
            session.request.first_page_of(&mut values);
            values
        };
        let none = Credential::default();
        let ask = session.request.ask(&plan.templates, &plan.base, &values_with(password), &none)?;
        if let Some(journal) = journal {
            journal.asked(&session.request.ask(&plan.templates, &plan.base, &values_with(HIDDEN), &none)?);
        }
        let reply = self.web.send(ask).await?;
        if let Some(journal) = journal {
            journal.logged_in(&reply);
        }
        if reply.status == StatusCode::UNAUTHORIZED {
            return Err(refused(" (401)"));
        }
        let body = match verdict(plan, &reply)? {
            (Verdict::Fine, body) => body,
            (Verdict::Wrong(DirectoryError::Failing { why }), _) => return Err(refused(&format!(" ({why})"))),
            (Verdict::Wrong(error), _) => return Err(error),
            (Verdict::Nobody | Verdict::Expired, _) => return Err(refused("")),
        };
        let mut values = Values::new();
        values.insert("login".to_owned(), json!(login));
        for (name, path) in &session.values {
            let node = path.nodes(&body).into_iter().find(|node| node.is_string() || node.is_number());
            values.insert(name.clone(), node.cloned().ok_or_else(|| refused(""))?);
        }
        plan.templates.filled(&session.value, &super::request::known(&values))
    }

    /// Drops a session that is no more, unless somebody has opened another meanwhile.
    async fn forget(&self, credential: &Credential) {
        let mut held = self.session.lock().await;
        let used = credential.header.as_ref().map(|(_, value)| value.as_str());
        if held.as_ref().map(|value| value.expose_secret()) == used {
            *held = None;
        }
    }
}

impl Credential {
    /// Whatever must not be shown.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let header = self.header.as_ref().map(|(_, value)| value);
        let query = self.query.as_ref().map(|(_, value)| value);
        let form = self.form.as_ref().map(|(_, value)| value);
        [header, query, form, self.token.as_ref()].into_iter().flatten().map(String::as_str)
    }

    /// The same with dots for the secret.
    fn hidden(&self) -> Credential {
        let hidden = || HIDDEN.to_owned();
        Credential {
            // A header cannot carry the sign; the journal writes it.
            header: self.header.as_ref().map(|(name, _)| (name.clone(), "***".to_owned())),
            query: self.query.as_ref().map(|(name, _)| (name.clone(), hidden())),
            form: self.form.as_ref().map(|(name, _)| (name.clone(), hidden())),
            token: self.token.as_ref().map(|_| hidden()),
        }
    }
}

/// What a reply means. A status that means that nobody was found outranks its body.
fn verdict(plan: &Plan, reply: &Reply) -> Result<(Verdict, Value), DirectoryError> {
    if reply.status == StatusCode::NO_CONTENT || plan.rules.nobody_status.contains(&reply.status.as_u16()) {
        return Ok((Verdict::Nobody, Value::Null));
    }
    refused_by_status(reply)?;
    let body = reply.json()?;
    Ok((plan.rules.judge(&body), body))
}

/// The rows of an answer that was not asked for here: a body as it came with HTTP 200.
pub(super) fn rows_of_body(plan: &Plan, request: &Request, body: Vec<u8>) -> Result<Vec<Value>, DirectoryError> {
    let reply = Reply { status: StatusCode::OK, headers: HeaderMap::new(), body };
    match verdict(plan, &reply)? {
        (Verdict::Fine, body) => rows_of(request, body),
        (Verdict::Nobody, _) => Ok(Vec::new()),
        (Verdict::Wrong(error), _) => Err(error),
        (Verdict::Expired, _) => Err(out_of_date()),
    }
}

fn out_of_date() -> DirectoryError {
    DirectoryError::Refused {
        why: "срок ключа истёк: получите в МИС новый и впишите его в настройки".to_owned()
    }
}

/// The rows of one answer: the elements of a list, or one object.
fn rows_of(request: &Request, body: Value) -> Result<Vec<Value>, DirectoryError> {
    let Some(path) = &request.list else {
        return Ok(Vec::new());
    };
    let nodes = path.nodes(&body);
    let other = |what: &str| DirectoryError::NotUnderstood {
        why: format!("{what} там, где настройка {}.list обещает список ({})", request.key, path.text),
    };
    if nodes.is_empty() && !path.chooses() {
        return Err(other("в нём ничего нет"));
    }
    let mut rows = Vec::new();
    for node in nodes {
        match node {
            Value::Null | Value::Bool(false) => {}
            Value::Array(list) => rows.extend(list.iter().filter(|row| row.is_object() || row.is_array()).cloned()),
            Value::Object(map) if map.is_empty() => {}
            Value::Object(_) => rows.push(node.clone()),
            Value::String(text) if text.trim().is_empty() => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(other("в нём не список, а значение")),
        }
    }
    Ok(rows)
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}
