//! The button «Проверить»: what was connected to, what the role may do, which columns there are, and whether the query
//! heeds the number. And one number tried, step by step.

use jiff::Timestamp;
use phone::PhoneNumber;

use super::answer::{Rows, Value};
use super::rows::Plan;
use super::statement::Statement;
use super::{Asked, SqlDirectory, rows};
use crate::source::{CheckReport, DirectoryError, Trial, TrialStep};

/// A step's text is cut after so many letters.
const MOST_TEXT: usize = 4000;

/// Tries everything afresh.
pub(super) async fn check(directory: &SqlDirectory) -> CheckReport {
    let mut lines = Vec::new();
    let tried = directory.noted(steps(directory, &mut lines).await);
    if let Err(error) = &tried {
        lines.push(error.to_string());
    }
    CheckReport { ok: tried.is_ok(), people: None, lines }
}

async fn steps(directory: &SqlDirectory, lines: &mut Vec<String>) -> Result<(), DirectoryError> {
    lines.extend(directory.database.facts().await?);
    let columns = directory.database.columns(&directory.query).await?;
    let plan = directory.plan(&columns)?;
    lines.push(format!("колонки: {}", plan.table.pairs().join(", ")));
    let (_, rows) = directory.rows_of(&Asked::nobodys()).await?;
    if !rows.rows.is_empty() {
        return Err(DirectoryError::FilterIgnored { rows: rows.rows.len() });
    }
    lines.push(format!("номер, которого нет ни у кого: никого не найдено, {} мс", rows.took.as_millis()));
    match &directory.search {
        None => lines.push("поиск по имени не настроен (search)".to_owned()),
        Some(search) => {
            let columns = directory.database.columns(search).await?;
            directory.plan(&columns)?;
            lines.push("запрос поиска по имени принят базой".to_owned());
        }
    }
    Ok(())
}

/// One number with everything that was asked and came back.
pub(super) async fn trial(directory: &SqlDirectory, number: &PhoneNumber, now: Timestamp) -> Trial {
    let asked = Asked::of(number);
    let mut told = vec![step("Запрос", &question(&directory.query, &asked))];
    let rows = directory.rows_of(&asked).await;
    let people = match rows {
        Err(error) => Err(error),
        Ok((plan, rows)) => {
            told.push(step("Ответ", &reply(&rows)));
            told.push(step("Поля", &fields(&plan)));
            rows::on_number(&plan, rows, number, now, &directory.surroundings)
        }
    };
    Trial { steps: told, people }
}

fn step(what: &str, text: &str) -> TrialStep {
    let text = match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    TrialStep { what: what.to_owned(), text }
}

/// The statement as the database gets it, and its values.
fn question(statement: &Statement, asked: &Asked) -> String {
    let mut text = statement.sql.clone();
    for (at, parameter) in statement.parameters.iter().enumerate() {
        let value = match asked.value(*parameter) {
            Value::Text(text) => text,
            Value::List(list) => list.join(", "),
            Value::Whole(whole) => whole.to_string(),
        };
        text.push_str(&format!("\n{} :{} = {value}", at + 1, parameter.name()));
    }
    text
}

fn reply(rows: &Rows) -> String {
    let more = if rows.is_cut { ", дальше не читались" } else { "" };
    let mut text = format!("строк: {}{more}; {} мс", rows.rows.len(), rows.took.as_millis());
    for row in rows.rows.iter().take(5) {
        text.push('\n');
        for (name, cell) in rows.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            text.push_str(&format!("\n{name}: {cell}"));
        }
    }
    text
}

fn fields(plan: &Plan) -> String {
    plan.table.pairs().join("\n")
}
