//! What an answer means, whatever its status says: many APIs put their errors into an HTTP 200.

use std::collections::BTreeSet;

use serde_json::Value;

use super::path::Path;
use super::section::Section;
use super::values::words;
use crate::settings::SectionError;
use crate::source::DirectoryError;

/// More of an API's own words than a card can bear.
const MOST_WORDS: usize = 200;

/// The predicates of a description, parsed.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    error: Option<Path>,
    error_text: Option<Path>,
    ok: Option<(Path, BTreeSet<String>)>,
    nobody: Option<Path>,
    pub(super) nobody_status: Vec<u16>,
    denied: Option<Path>,
    expired: Option<Path>,
}

/// What an answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Rows may be read.
    Fine,
    /// It says that nobody was found.
    Nobody,
    /// Another session may help.
    Expired,
    /// It is an error.
    Wrong(DirectoryError),
}

impl Rules {
    /// # Errors
    /// A path that cannot be parsed.
    pub(super) fn new(section: &Section) -> Result<Rules, SectionError> {
        let path = |name: &str, text: &str| Path::optional(&format!("directory.http.{name}"), text);
        let ok = path("ok", &section.ok)?.map(|path| (path, words(&section.ok_is)));
        if ok.as_ref().is_some_and(|(_, values)| values.is_empty()) {
            let problem = "without it no answer is good";
            return Err(SectionError::new("directory.http.ok_is", problem, "list the values that mean success"));
        }
        Ok(Rules {
            error: path("error", &section.error)?,
            error_text: path("error_text", &section.error_text)?,
            ok,
            nobody: path("nobody", &section.nobody)?,
            nobody_status: section.nobody_status.clone(),
            denied: path("denied", &section.denied)?,
            expired: path("token_expired", &section.token_expired)?,
        })
    }

    pub(super) fn judge(&self, body: &Value) -> Verdict {
        let says_so = |path: &Option<Path>| path.as_ref().is_some_and(|path| path.says_so(body));
        if says_so(&self.expired) {
            return Verdict::Expired;
        }
        if says_so(&self.denied) {
            let words = self.words(body).unwrap_or_else(|| "у ключа нет прав на эти данные".to_owned());
            return Verdict::Wrong(DirectoryError::Refused {
                why: format!("{words}. Права даёт администратор МИС")
            });
        }
        if says_so(&self.nobody) {
            return Verdict::Nobody;
        }
        let good = self.ok.as_ref().is_none_or(|(path, values)| {
            path.nodes(body).iter().any(|node| match node {
                Value::String(text) => values.contains(&text.trim().to_lowercase()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    values.contains(&node.to_string())
                }
            })
        });
        if good && !says_so(&self.error) {
            return Verdict::Fine;
        }
        let why = self.words(body).unwrap_or_else(|| "она не говорит какая".to_owned());
        Verdict::Wrong(DirectoryError::Failing { why })
    }

    /// The API's own words, short, without anything that may be a phone number.
    fn words(&self, body: &Value) -> Option<String> {
        let nodes = self.error_text.as_ref()?.nodes(body);
        let text = nodes.iter().find_map(|node| match node {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })?;
        let line = text.lines().next().unwrap_or_default();
        Some(without_numbers(line).chars().take(MOST_WORDS).collect())
    }
}

/// Digits of a run of six and more become dots.
fn without_numbers(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|l: char| !l.is_ascii_digit() && !" -()".contains(l)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        clean.push_str(before);
        if run.chars().filter(char::is_ascii_digit).count() >= 6 {
            clean.push('…');
        } else {
            clean.push_str(run);
        }
        rest = after;
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules() -> Rules {
        let section = Section {
            error: "$.error".to_owned(),
            error_text: "$.data.desc".to_owned(),
            ok: "$.response".to_owned(),
            ok_is: vec!["1".to_owned(), "Да".to_owned()],
            nobody: "$.data[?$.data.code == 404]".to_owned(),
            denied: "$.data[?$.data.code == 403]".to_owned(),
            token_expired: "$.isTokenNeedToBeUpdated".to_owned(),
            ..Section::default()
        };
        Rules::new(&section).unwrap()
    }

    #[test]
    fn errors_inside_a_200_are_errors() {
        let judge = |body: Value| rules().judge(&body);
        for good in [json!({"response": 1, "error": 0, "data": []}), json!({"response": "да"})] {
            assert_eq!(judge(good), Verdict::Fine);
        }
        let wrong = |why: &str| Verdict::Wrong(DirectoryError::Failing { why: why.to_owned() });
        assert_eq!(judge(json!({"response": 0})), wrong("она не говорит какая"));
        assert_eq!(
            judge(json!({"response": 1, "error": 1, "data": {"desc": "нет пациента 8 900 555-01-01!\nстек"}})),
            wrong("нет пациента …!")
        );
        assert_eq!(judge(json!({"response": 1, "error": 1, "data": {"code": 404}})), Verdict::Nobody);
        assert_eq!(judge(json!({"response": 0, "isTokenNeedToBeUpdated": true})), Verdict::Expired);
        let denied = judge(json!({"response": 1, "error": 1, "data": {"code": 403, "desc": "No access to method"}}));
        assert!(matches!(denied, Verdict::Wrong(DirectoryError::Refused { why }) if why.starts_with("No access")));
        assert_eq!(judge(json!("text")), wrong("она не говорит какая"));
    }
}
