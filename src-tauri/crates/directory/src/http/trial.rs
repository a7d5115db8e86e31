//! What a trial shows: the requests, the answers, and what was made of them, without any secret.

use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::card::Reading;
use crate::link::percent_encoded;
use crate::source::TrialStep;
use crate::web::{Ask, Reply};

/// What stands for a secret.
pub(super) const HIDDEN: &str = "•••";
/// The most of a text that is shown.
const MOST_SHOWN: usize = 4096;
/// More steps than anybody reads.
const MOST_STEPS: usize = 40;
/// Rows whose fields are spelled out.
const ROWS: usize = 3;
/// Shorter secrets would blot out half of an answer.
const SHORTEST_SECRET: usize = 4;

/// The steps of a trial as they happen.
#[derive(Default)]
pub(super) struct Journal {
    steps: Mutex<Vec<TrialStep>>,
    secrets: Mutex<Vec<String>>,
}

impl Journal {
    /// Never shows this secret, wherever it turns up: as it is, and as addresses, forms and JSON write it.
    pub(super) fn hide(&self, secret: &str) {
        // A header's scheme is no secret; what follows it is.
        let bare = secret.rsplit(' ').next().unwrap_or(secret);
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in [secret, bare] {
            let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let ways = [secret.to_owned(), form, percent_encoded(secret), secret.replace('/', "\\/")];
            for way in ways {
                if way.len() >= SHORTEST_SECRET && !secrets.contains(&way) {
                    secrets.push(way);
                }
            }
        }
        // The longer first, so that none is left in halves.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// A request that was made with [`HIDDEN`] in the place of every secret.
    pub(super) fn asked(&self, ask: &Ask) {
        let mut text = format!("{} {}\n{}", ask.method, shown_address(ask.url.as_str()), headers(&ask.headers));
        if let Some(body) = &ask.body {
            text.push('\n');
            let body = String::from_utf8_lossy(body);
            let json = serde_json::from_str::<Value>(&body).ok();
            text.push_str(&json.map_or_else(|| shown_address(&body), |json| compact(&json)));
        }
        self.add("Запрос", &text);
    }

    pub(super) fn answered(&self, reply: &Reply) {
        let json = serde_json::from_slice::<Value>(&reply.body);
        let body = match json {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap_or_default(),
            Err(_) => {
                let start = reply.body.get(..reply.body.len().min(MOST_SHOWN)).unwrap_or_default();
                String::from_utf8_lossy(start).into_owned()
            }
        };
        self.add("Ответ", &format!("HTTP {}, байтов: {}\n{body}", reply.status.as_u16(), reply.body.len()));
    }

    /// A log-in's answer is a secret as a whole.
    pub(super) fn logged_in(&self, reply: &Reply) {
        self.add("Вход", &format!("HTTP {}; ответ не показан: в нём ключ сеанса", reply.status.as_u16()));
    }

    /// `id → $.id → 17`
    pub(super) fn fields(&self, reading: &Reading<'_>, rows: &[Value]) {
        let mut text = format!("строк в ответе: {}\n", rows.len());
        for (index, row) in rows.iter().take(ROWS).enumerate() {
            text.push_str(&format!("— строка {}\n", index + 1));
            for (name, field) in &reading.plan.person.fields {
                let values = reading.all(name, row);
                let values = if values.is_empty() { "ничего".to_owned() } else { values.join(" | ") };
                text.push_str(&format!("{name} → {} → {}\n", field.written(), one_line(&values)));
            }
        }
        if rows.len() > ROWS {
            text.push_str(&format!("… и ещё {}\n", rows.len() - ROWS));
        }
        self.add("Поля", &text);
    }

    pub(super) fn add(&self, what: &str, text: &str) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if steps.len() >= MOST_STEPS {
            return;
        }
        let mut text = text.trim_end().to_owned();
        for secret in self.secrets.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        if let Some((end, _)) = text.char_indices().nth(MOST_SHOWN) {
            text.truncate(end);
            text.push_str("\n… дальше не показано");
        }
        steps.push(TrialStep { what: what.to_owned(), text });
    }

    pub(super) fn into_steps(self) -> Vec<TrialStep> {
        self.steps.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The dots as they were, not percent-encoded.
fn shown_address(text: &str) -> String {
    text.replace("%E2%80%A2", "•")
}

fn headers(map: &HeaderMap) -> String {
    map.iter().fold(String::new(), |text, (name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).replace("***", HIDDEN);
        text + name.as_str() + ": " + &value + "\n"
    })
}

fn compact(json: &Value) -> String {
    serde_json::to_string(json).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.chars().take(200).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
