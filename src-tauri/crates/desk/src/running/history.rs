//! History: pages as somebody types, one person's story, files, and the numbers of some days. All of it is read beside
//! the loop; a search that was typed over is not read at all.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::live_in_history::Live;
use super::requests::error;
use super::{Answer, Running};
use crate::board::Board;
use crate::exports::{self, Exported};
use crate::happening::{Asked, Happening};
use crate::hub::SessionId;
use crate::log::{Haste, Lane, NotRead, Page, Place, Reader, Readers};
use crate::numbers;
use crate::typed::{self, Reading};
use crate::view;

/// Calls in one page of history.
const MOST_CALLS: u32 = 500;
/// Calls in a page when the client does not say.
const USUAL_CALLS: u32 = 50;
/// Rows of missed calls in a story.
const MOST_MISSED: usize = 100;
/// Text messages in a story.
const MOST_SMS: usize = 100;
/// Days that can be counted at once.
const MOST_DAYS: i32 = 366;

/// Who searches, and how often they have typed on: an older search of theirs is not worth reading.
#[derive(Debug, Default)]
pub(super) struct Searches {
    newest: HashMap<SessionId, Arc<AtomicU64>>,
}

impl Searches {
    /// Counts a search; what it returns says whether it is still the newest.
    fn begin(&mut self, session: SessionId) -> impl Fn() -> bool + Send + 'static {
        let newest = self.newest.entry(session).or_default().clone();
        let mine = newest.fetch_add(1, Ordering::Relaxed) + 1;
        move || newest.load(Ordering::Relaxed) == mine
    }

    pub(super) fn forget(&mut self, session: SessionId) {
        self.newest.remove(&session);
    }
}

/// A page as it is asked for.
pub(super) struct Asking {
    pub before: Option<String>,
    pub text: Option<String>,
    pub limit: Option<u32>,
    pub which: wire::CallFilter,
}

impl Running {
    pub(super) fn ask_history(
        &mut self,
        asked: Asked,
        asking: Asking,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let readers = self.readers()?;
        let (before, limit) = (place(asking.before.as_deref()), limit(asking.limit));
        let typed = typed::read(asking.text.as_deref().unwrap_or_default(), &self.reading(now));
        let understood = typed.understood.clone();
        let wanted = typed.wanted(&asking.which, &self.time_zone).map_err(|day| no_day(&day))?;
        // Only a first page is typed over; whoever scrolls wants the page.
        let is_typing = before.is_none() && !wanted.terms.is_empty();
        let newest = is_typing.then(|| self.typing.begin(asked.session));
        let live = Live::wanted(self.board.live_calls(), &wanted);
        self.read_then_answer(asked, readers, Lane::Quick, move |reader| {
            if newest.is_some_and(|is_newest| !is_newest()) {
                return Ok(json!({ "calls": [], "next": null, "understood": understood, "superseded": true }));
            }
            let page = live.among(reader.history(&wanted, before, limit, Haste::Typed)?, before, limit);
            Ok(with_page(json!({ "understood": understood }), &page))
        });
        Ok(())
    }

    pub(super) fn ask_story(
        &self,
        asked: Asked,
        (number, person): (Option<String>, Option<String>),
        before: Option<String>,
        wanted: Option<u32>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        if number.is_none() && person.is_none() {
            return Err(error(wire::ErrorCode::BadRequest, "Не сказано, чья история нужна: номер или пациент"));
        }
        let (before, limit) = (place(before.as_deref()), limit(wanted));
        let (readers, rules) = (self.readers()?, self.board.rules().clone());
        self.read_then_answer(asked, readers, Lane::Quick, move |reader| {
            let mut numbers: Vec<String> = number.into_iter().collect();
            if let Some(person) = &person {
                let theirs = reader.numbers_of(person)?;
                numbers.extend(theirs.into_iter().filter(|theirs| numbers.first() != Some(theirs)).collect::<Vec<_>>());
            }
            let page = reader.story(&numbers, person.as_deref(), before, limit)?;
            let mut story = json!({ "missed": [], "sms": [], "numbers": [] });
            if before.is_none() {
                story = beside(reader, &rules, &numbers, now)?;
            }
            Ok(with_page(story, &page))
        });
        Ok(())
    }

    pub(super) fn ask_export(
        &self,
        asked: Asked,
        (format, language): (wire::ExportFormat, wire::Language),
        text: Option<&str>,
        which: &wire::CallFilter,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let readers = self.readers()?;
        let wanted = typed::read(text.unwrap_or_default(), &self.reading(now))
            .wanted(which, &self.time_zone)
            .map_err(|day| no_day(&day))?;
        let words = exports::Words {
            language,
            time_zone: self.time_zone.clone(),
            colleagues: self.colleague_names(),
            lines: self.line_names(),
        };
        let exports = self.exports.clone();
        let today = now.to_zoned_datetime(self.time_zone.clone()).date();
        let feed = self.feed_address;
        self.read_then_answer(asked, readers, Lane::Slow, move |reader| {
            let Exported { ticket, name, rows } = exports
                .write(format, today, |before| reader.history(&wanted, before, exports::PAGE, Haste::Written), &words)
                .map_err(|why| NotRead::Broken(why.to_string()))?;
            Ok(json!({ "url": format!("http://{feed}/export/{ticket}/{name}"), "name": name, "rows": rows }))
        });
        Ok(())
    }

    pub(super) fn ask_numbers(
        &self,
        asked: Asked,
        from: Option<&str>,
        to: Option<&str>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let readers = self.readers()?;
        let day = |text: &str| text.parse::<Date>().map_err(|_| no_day(text));
        let today = now.to_zoned_datetime(self.time_zone.clone()).date();
        let from = from.map(day).transpose()?.unwrap_or(today);
        let to = to.map(day).transpose()?.unwrap_or(from);
        let days = from.until(to).map(|span| span.get_days()).unwrap_or(MOST_DAYS);
        if to < from || days >= MOST_DAYS {
            return Err(error(wire::ErrorCode::BadRequest, "Считаются дни по порядку, не больше года за раз"));
        }
        let (zone, colleagues, lines) = (self.time_zone.clone(), self.colleague_names(), self.line_names());
        self.read_then_answer(asked, readers, Lane::Slow, move |reader| {
            let numbers = numbers::count(reader, (from, to), &zone, &numbers::Names { colleagues, lines })?;
            Ok(json!({ "numbers": numbers }))
        });
        Ok(())
    }

    fn readers(&self) -> Result<Arc<Readers>, wire::RequestError> {
        let log = self.log.as_ref();
        let readers = log.map(|log| log.readers.clone());
        readers.ok_or_else(|| error(wire::ErrorCode::LogFailing, "Журнал звонков недоступен"))
    }

    fn read_then_answer(
        &self,
        asked: Asked,
        readers: Arc<Readers>,
        lane: Lane,
        work: impl FnOnce(&Reader) -> Result<Value, NotRead> + Send + 'static,
    ) {
        let back = self.happenings.clone();
        self.tasks.spawn(async move {
            let answer: Answer = readers.read(lane, work).await.map_err(|why| {
                if matches!(why, NotRead::Busy) {
                    return error(wire::ErrorCode::Busy, "Слишком много вопросов к журналу: повторите через минуту");
                }
                tracing::warn!(%why, "history could not be read");
                error(wire::ErrorCode::LogFailing, "Журнал звонков не читается")
            });
            let _ = back.send(Happening::Answered { asked, answer }).await;
        });
    }

    fn reading(&self, now: Timestamp) -> Reading {
        let searchable = |names: Vec<(String, String)>| {
            names.into_iter().map(|(known, name)| (known, view::searchable(&name))).collect::<Vec<_>>()
        };
        Reading {
            region: self.board.region().clone(),
            today: now.to_zoned_datetime(self.time_zone.clone()).date(),
            colleagues: searchable(self.colleague_names().into_iter().collect()),
            lines: searchable(self.line_names().into_iter().collect()),
        }
    }

    fn colleague_names(&self) -> HashMap<String, String> {
        let named = self.roster.view().colleagues.iter();
        named.filter_map(|colleague| Some((colleague.extension.clone(), colleague.name.clone()?))).collect()
    }

    fn line_names(&self) -> HashMap<String, String> {
        let told = self.roster.view().lines.iter().filter_map(|line| Some((line.number.clone(), line.name.clone()?)));
        let ours = self.board.rules().line_names.clone();
        told.chain(ours).collect()
    }
}

/// What a story shows beside its calls.
fn beside(reader: &Reader, rules: &crate::board::Rules, numbers: &[String], now: Timestamp) -> Result<Value, NotRead> {
    let mut missed: Vec<wire::Missed> =
        numbers.iter().flat_map(|number| Board::fold_missed(rules, number, reader)).collect();
    missed.sort_by(|a, b| b.last_at.cmp(&a.last_at).then_with(|| a.id.cmp(&b.id)));
    missed.truncate(MOST_MISSED);
    let mut sms = Vec::new();
    for command in reader.messages_to(numbers, MOST_SMS)? {
        sms.extend(Board::fold_sms(rules, &reader.facts_about(&command)?, now));
    }
    Ok(json!({ "missed": missed, "sms": sms, "numbers": numbers }))
}

fn with_page(mut answer: Value, page: &Page) -> Value {
    let calls: Vec<Value> = page.calls.iter().filter_map(|call| serde_json::from_str(call).ok()).collect();
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("calls".to_owned(), calls.into());
        fields.insert("next".to_owned(), page.next.map(|next| next.to_string()).into());
    }
    answer
}

/// Where the page before ended. What is no such place is the beginning.
fn place(before: Option<&str>) -> Option<Place> {
    before?.parse().ok()
}

fn limit(wanted: Option<u32>) -> u32 {
    wanted.unwrap_or(USUAL_CALLS).clamp(1, MOST_CALLS)
}

fn no_day(text: &str) -> wire::RequestError {
    let text: String = text.chars().take(40).collect();
    error(wire::ErrorCode::BadRequest, &format!("«{text}» — не день календаря: нужен вид 2026-11-24"))
}
