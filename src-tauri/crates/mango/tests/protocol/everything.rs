//! All readers over the same bytes. Shared by the property tests, the kept corpus and the fuzz target.

use mango_vpbx::answer::{Answer, rows};
use mango_vpbx::command::StatsField;
use mango_vpbx::{Account, Code, EVENT_PATHS, Post, SignedForm, VerifiedJson, normalise_path, parse};

/// Reads bytes as everything that arrives: a form, a post of each kind, an answer to each question, statistics.
///
/// # Panics
/// If a reader does, or breaks its promise.
pub fn read_everything(bytes: &[u8]) {
    let account = Account::new("key", "salt".into());
    if let Ok(form) = SignedForm::parse(bytes) {
        let sign = account.sign(&form.json);
        let signed = SignedForm { key: account.key().to_owned(), sign, json: form.json.clone() };
        assert!(account.verify(form).is_err(), "nobody signed this");
        let json = account.verify(signed).expect("we signed this");
        posts(json.as_str());
    }
    let text = String::from_utf8_lossy(bytes);
    posts(&text);
    if let Some(answer) = Answer::read(bytes) {
        read_answer(&answer);
    }
    for columns in [StatsField::ALL, &StatsField::ALL[..11], &[StatsField::EntryId], &[]] {
        if let Ok(rows) = rows(&text, columns) {
            assert!(rows.len() <= text.lines().count());
        }
    }
}

fn posts(text: &str) {
    let json = VerifiedJson::kept(text.to_owned());
    let is_object = serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object());
    for path in EVENT_PATHS.iter().map(|path| path.replace('…', "contacts")).chain([text.to_owned()]) {
        let post = parse(&path, &json);
        assert!(!is_object || post.is_ok(), "{path}: an object is always some post");
        if let Ok(Post::CommandResult(result)) = post {
            let code = Code(result.result);
            assert!(!code.russian().is_empty() && !code.english().is_empty());
        }
        let normal = normalise_path(&path);
        assert_eq!(normalise_path(&normal), normal);
    }
}

fn read_answer(answer: &Answer) {
    let _ = (answer.employees(), answer.groups(), answer.lines(), answer.trunk_numbers());
    let _ = (answer.balance(), answer.key(), answer.topics(), answer.calls_stats(), answer.contacts());
    let _ = (answer.visitor(), answer.pages(), answer.centre_call());
}
