use std::collections::BTreeMap;

use jiff::SignedDuration;
use mango_vpbx::{Post, VerifiedJson};
use phone::{PhoneNumber, Region};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::board::past::{PastEntry, PastNumber};
use crate::board::tests::rules;
use crate::board::{Change, NoPast};
use crate::log::{REHEARSAL, Said};

const MARIA: &str = "+79005550101";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn now() -> Timestamp {
    at(3_000)
}

fn parsed(path: &str, json: &Value) -> Post {
    mango_vpbx::parse(path, &VerifiedJson::kept(json.to_string())).unwrap()
}

/// Somebody rings 201 at this second of the story, talks if they get through, and is gone after 20 s.
fn inbound(entry: &str, number: &str, second: i64, answered: bool) -> Vec<Post> {
    let began = at(second).as_second();
    let leg = |seq: u32, after: i64, state: &str| {
        parsed(
            "events/call",
            &json!({
                "entry_id": entry, "call_id": format!("leg-{entry}"), "timestamp": began + after, "seq": seq,
                "call_state": state, "location": "abonent", "from": {"number": number.trim_start_matches('+')},
                "to": {"extension": "201", "line_number": "74995550199"}, "disconnect_reason": 1110,
            }),
        )
    };
    let mut posts = vec![leg(1, 0, "Appeared")];
    posts.extend(answered.then(|| leg(2, 5, "Connected")));
    posts.push(leg(3, 20, "Disconnected"));
    posts.push(parsed(
        "events/summary",
        &json!({
            "entry_id": entry, "call_direction": 1, "from": {"number": number.trim_start_matches('+')},
            "to": {"extension": "201"}, "line_number": "74995550199", "create_time": began, "forward_time": began,
            "talk_time": if answered { began + 5 } else { 0 }, "end_time": began + 20,
            "entry_result": i32::from(answered), "disconnect_reason": 1110,
        }),
    ));
    posts
}

fn take(board: &mut Board, posts: &[Post]) -> Outbox {
    let mut all = Outbox::default();
    for post in posts {
        let outbox = board.post(MAIN, post, now(), &NoPast);
        all.changes.extend(outbox.changes);
        all.rows.extend(outbox.rows);
        all.ask_said.extend(outbox.ask_said);
        board.wait_for_disk(1, outbox.after_disk);
        all.changes.extend(board.durable(1, &NoPast).changes);
    }
    all
}

fn board_with(calls: &[(&str, i64)]) -> Board {
    let mut board = Board::new(rules());
    for (entry, second) in calls {
        take(&mut board, &inbound(entry, MARIA, *second, true));
    }
    board
}

fn me() -> Extension {
    Extension::new("201").unwrap()
}

fn note(board: &mut Board, entry: &str, text: &str) -> Outbox {
    board.note(&EntryId::new(entry), text, Some(&me()), now(), &NoPast).unwrap()
}

fn choose(board: &mut Board, entry: &str, chosen: &Chosen) -> (Outbox, Option<WrapUpFact>) {
    let (outbox, fact) = board.wrap_up(&EntryId::new(entry), chosen, Some(&me()), now(), &NoPast).unwrap();
    (outbox, fact.map(|fact| serde_json::from_slice(&fact.body).unwrap()))
}

fn outcome(word: &str) -> Chosen {
    Chosen { outcome: Some(word.to_owned()), ..Chosen::default() }
}

fn done() -> Chosen {
    Chosen { done: Some(true), ..Chosen::default() }
}

fn shown<'a>(board: &'a Board, entry: &str) -> &'a wire::Call {
    board.call(&EntryId::new(entry)).unwrap()
}

fn last_note(board: &Board, entry: &str) -> Option<String> {
    shown(board, entry).last_words.as_ref()?.note.clone()
}

fn told(outbox: &Outbox, entry: &str) -> bool {
    outbox.changes.iter().any(|change| matches!(change, Change::Call(shown) if shown.call.id == entry))
}

fn kept_note(outbox: &Outbox) -> Option<&NoteRow> {
    outbox.rows.iter().find_map(|row| if let Row::Note(note) = row { Some(note) } else { None })
}

#[test]
fn what_was_chosen_stands_on_the_call_and_in_the_log() {
    let mut board = board_with(&[("A", 0)]);
    assert_eq!(shown(&board, "A").wrap_up, None);
    let tags = Some(vec!["Жалоба".to_owned()]);
    let (outbox, fact) = choose(&mut board, "A", &Chosen { tags, ..outcome("Записали") });
    assert_eq!(fact, None, "nobody said that it is done");
    let expected = wire::WrapUp {
        outcome: Some("Записали".to_owned()),
        tags: vec!["Жалоба".to_owned()],
        done: false,
        by: Some("201".to_owned()),
        at: Some(crate::view::time(now())),
    };
    assert_eq!(shown(&board, "A").wrap_up.as_ref(), Some(&expected));
    let row = kept_note(&outbox).unwrap();
    assert_eq!((row.number.as_deref(), row.started_ms), (Some(MARIA), at(0).as_millisecond()));
    assert_eq!(row.written.outcome.as_deref(), Some("Записали"));
    choose(&mut board, "A", &outcome(""));
    let wrap_up = shown(&board, "A").wrap_up.clone().unwrap();
    assert_eq!((wrap_up.outcome, wrap_up.tags.len()), (None, 1), "what is absent stays as it is");
}

#[test]
fn done_is_one_fact_each_time_it_is_said_of_something_new() {
    let mut board = board_with(&[("A", 0)]);
    note(&mut board, "A", "перенести на утро");
    let (_, fact) = choose(&mut board, "A", &Chosen { outcome: Some("Перенесли".to_owned()), ..done() });
    let fact = fact.unwrap();
    assert_eq!((fact.call.as_str(), fact.text.as_str()), ("A", "перенести на утро"));
    assert_eq!((fact.outcome.as_deref(), fact.by.as_deref()), (Some("Перенесли"), Some("201")));
    assert_eq!(fact.at_ms, now().as_millisecond());
    assert!(choose(&mut board, "A", &done()).1.is_none(), "it is done already");
    note(&mut board, "A", "перенести на утро");
    assert!(shown(&board, "A").wrap_up.as_ref().unwrap().done, "the same text changes nothing");
    note(&mut board, "A", "перенести на вечер");
    assert!(!shown(&board, "A").wrap_up.as_ref().unwrap().done);
    assert_eq!(choose(&mut board, "A", &done()).1.unwrap().text, "перенести на вечер");
    choose(&mut board, "A", &outcome("Отменили"));
    assert!(!shown(&board, "A").wrap_up.as_ref().unwrap().done);
}

#[test]
fn the_fact_goes_with_the_day_of_its_call() {
    let mut board = board_with(&[("A", 0)]);
    let days_later = now() + SignedDuration::from_hours(72);
    let (_, fact) = board.wrap_up(&EntryId::new("A"), &done(), None, days_later, &NoPast).unwrap();
    assert_eq!(fact.unwrap().received_at, at(0));
}

#[test]
fn nothing_is_left_of_what_was_taken_back() {
    let mut board = board_with(&[("A", 0)]);
    note(&mut board, "A", "перезвонить");
    assert!(shown(&board, "A").wrap_up.is_some());
    let outbox = note(&mut board, "A", " \n");
    assert!(kept_note(&outbox).unwrap().written.is_empty());
    assert_eq!((&shown(&board, "A").note, &shown(&board, "A").wrap_up), (&None, &None));
}

#[test]
fn a_rehearsals_words_are_shown_and_never_kept() {
    let mut board = Board::new(rules());
    for post in inbound("R", MARIA, 0, true).iter().chain(&inbound("R2", MARIA, 60, true)) {
        let outbox = board.post(REHEARSAL, post, now(), &NoPast);
        assert!(outbox.ask_said.is_empty(), "the log knows nothing of it");
    }
    take(&mut board, &inbound("A", MARIA, 90, true));
    let outbox = note(&mut board, "R", "проба");
    assert!(outbox.rows.is_empty(), "{:?}", outbox.rows);
    let (outbox, fact) = choose(&mut board, "R", &Chosen { outcome: Some("Записали".to_owned()), ..done() });
    assert!(outbox.rows.is_empty() && fact.is_none());
    assert!(shown(&board, "R").wrap_up.as_ref().unwrap().done);
    assert_eq!(last_note(&board, "R2").as_deref(), Some("проба"));
    assert_eq!(last_note(&board, "A"), None, "a real call is not told what was invented");
}

#[test]
fn the_newest_earlier_words_stand_on_the_next_card_and_follow_it() {
    let mut board = board_with(&[("A", 0), ("B", 100)]);
    note(&mut board, "A", "первая");
    assert_eq!(last_note(&board, "B").as_deref(), Some("первая"));
    assert_eq!(last_note(&board, "A"), None, "not one's own");
    let outbox = take(&mut board, &inbound("C", MARIA, 200, true)[..1]);
    let Some(Change::Call(first)) = outbox.changes.first() else { panic!("no frame") };
    let words = first.call.last_words.clone().unwrap();
    assert_eq!(
        (words.call.as_str(), words.by.as_deref()),
        ("A", Some("201")),
        "in the first frame: the board knows it"
    );
    assert_eq!(words.at, crate::view::time(at(0)));
    let outbox = choose(&mut board, "B", &outcome("Записали")).0;
    assert!(told(&outbox, "C"), "an open card is told");
    let is_kept = |row: &Row, entry: &str| matches!(row, Row::Call(call) if call.entry == entry);
    assert!(outbox.rows.iter().any(|row| is_kept(row, "B")) && !outbox.rows.iter().any(|row| is_kept(row, "C")));
    assert_eq!(shown(&board, "C").last_words.as_ref().unwrap().outcome.as_deref(), Some("Записали"));
    choose(&mut board, "B", &outcome(""));
    assert_eq!(last_note(&board, "C").as_deref(), Some("первая"));
    choose(&mut board, "B", &done());
    assert_eq!(last_note(&board, "C").as_deref(), Some("первая"), "done without a word says nothing");
    take(&mut board, &inbound("X", "+79005550102", 300, true));
    assert_eq!(shown(&board, "X").last_words, None);
}

#[test]
fn the_words_of_another_call_are_not_kept_with_this_one() {
    let mut board = board_with(&[("A", 0)]);
    note(&mut board, "A", "секрет");
    let outbox = take(&mut board, &inbound("B", MARIA, 100, true));
    assert_eq!(last_note(&board, "B").as_deref(), Some("секрет"));
    let rows: Vec<&str> = outbox
        .rows
        .iter()
        .filter_map(|row| if let Row::Call(call) = row { Some(call.json.as_str()) } else { None })
        .collect();
    assert!(!rows.is_empty() && rows.iter().all(|json| !json.contains("секрет")), "{rows:?}");
}

fn said(entry: &str, second: i64, text: &str) -> Said {
    Said {
        entry: entry.to_owned(),
        started_ms: at(second).as_millisecond(),
        talked: Some("202".to_owned()),
        written: Written { text: text.to_owned(), person: Some("p1".to_owned()), ..Written::default() },
    }
}

#[test]
fn what_only_the_log_knows_comes_after_the_first_frame() {
    let mut board = Board::new(rules());
    let outbox = take(&mut board, &inbound("B", MARIA, 100, true));
    assert_eq!(outbox.ask_said, [MARIA], "asked once, however many posts");
    assert_eq!(shown(&board, "B").last_words, None);
    let outbox = board.said(MARIA, vec![said("old", -90_000, "давно"), said("older", -99_000, "ещё раньше")]);
    assert!(told(&outbox, "B"));
    let words = shown(&board, "B").last_words.clone().unwrap();
    assert_eq!((words.call.as_str(), words.by.as_deref(), words.person.as_deref()), ("old", Some("202"), Some("p1")));
    assert!(board.said(MARIA, vec![said("old", -90_000, "давно")]).changes.is_empty());
    assert!(take(&mut board, &inbound("C", MARIA, 200, true)).ask_said.is_empty(), "the board knows the number");
}

#[test]
fn the_board_knows_better_than_a_log_that_was_read_a_moment_ago() {
    let mut board = board_with(&[("A", 0), ("B", 100)]);
    note(&mut board, "A", "старое");
    note(&mut board, "A", "");
    board.said(MARIA, vec![said("A", 0, "старое")]);
    assert_eq!(last_note(&board, "B"), None);
}

#[test]
fn a_row_of_missed_calls_shows_the_last_words() {
    let mut board = board_with(&[("A", 0)]);
    note(&mut board, "A", "ждёт звонка");
    take(&mut board, &inbound("M", MARIA, 100, false));
    let words = |board: &Board| board.missed_row("M").unwrap().last_words.clone().unwrap();
    assert_eq!(words(&board).note.as_deref(), Some("ждёт звонка"));
    let outbox = note(&mut board, "A", "ждёт звонка сегодня");
    assert!(outbox.changes.iter().any(|change| matches!(change, Change::Missed(_))));
    assert_eq!(words(&board).note.as_deref(), Some("ждёт звонка сегодня"));
}

#[test]
fn a_call_that_is_folded_anew_keeps_what_was_written() {
    let body = json!({
        "entry_id": "A", "call_id": "a", "timestamp": at(0).as_second(), "seq": 1, "call_state": "Appeared",
        "location": "abonent", "from": {"number": "79005550101"}, "to": {"extension": "201"},
    });
    let fact = crate::log::StoredFact {
        account: MAIN,
        kind: FactKind::Post,
        path: "events/call".to_owned(),
        received_at: at(0),
        body: body.to_string().into_bytes(),
    };
    let written =
        Some(Written {
            text: "заметка".to_owned(), outcome: Some("Записали".to_owned()), ..Written::default()
        });
    let past = crate::board::OnlyFacts { facts: &[fact], written };
    let rows = Board::fold_rows(&rules(), "A", &past, now());
    let call = rows.iter().find_map(|row| if let Row::Call(call) = row { Some(call) } else { None }).unwrap();
    let json: wire::Call = serde_json::from_str(&call.json).unwrap();
    assert_eq!(json.note.as_deref(), Some("заметка"));
    assert_eq!(json.wrap_up.unwrap().outcome.as_deref(), Some("Записали"));
}

/// A log that knows one call and what was said in another.
struct Log(Vec<Post>);

impl Past for Log {
    fn entry(&self, id: &EntryId, region: &Region) -> Option<PastEntry> {
        let mut entry = calls::Entry::new(id.clone());
        for post in &self.0 {
            if let Post::Call(event) = post {
                entry.add_leg(crate::translate::leg(event, now(), region)?);
            }
        }
        Some(PastEntry {
            entry,
            account: MAIN,
            card: None,
            number: None,
            written: Written { outcome: Some("Перезвоним".to_owned()), ..Written::default() },
            deeds: Vec::new(),
            extras: crate::board::extras::Extras::default(),
            advert_source: None,
            topics: Vec::new(),
        })
    }

    fn number(&self, _: &str) -> PastNumber {
        PastNumber::default()
    }

    fn choice(&self, _: &PhoneNumber) -> Option<String> {
        None
    }

    fn said(&self, number: &str) -> Vec<Said> {
        if number == MARIA {
            vec![said("old", -90_000, "давно"), said("new", 2_000, "потом")]
        } else {
            Vec::new()
        }
    }
}

#[test]
fn a_call_of_the_log_comes_with_its_wrap_up_and_its_last_words() {
    let mut board = Board::new(rules());
    let log = Log(inbound("A", MARIA, 0, true));
    assert!(board.recall(&EntryId::new("A"), now(), &log));
    assert_eq!(shown(&board, "A").wrap_up.as_ref().unwrap().outcome.as_deref(), Some("Перезвоним"));
    assert_eq!(last_note(&board, "A").as_deref(), Some("давно"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_written_when_every_card_shows_the_newest_words_before_it(
        order in Just((0usize..32).collect::<Vec<_>>()).prop_shuffle(),
        writes in prop::collection::vec((0usize..32, 0usize..8, 0usize..4), 0..24),
    ) {
        let number = |call: usize| if call.is_multiple_of(3) { "+79005550102" } else { MARIA };
        let entry = |call: usize| format!("E{call}");
        let story = |call: usize| inbound(&entry(call), number(call), i64::try_from(call).unwrap() * 100, true);
        // Each call's four posts, all of them in any order: a call's beginning moves while they come.
        let posts: Vec<Post> = (0..8).flat_map(story).collect();
        let mut board = Board::new(rules());
        let mut words: BTreeMap<usize, String> = BTreeMap::new();
        for (step, post) in order.iter().enumerate() {
            take(&mut board, &posts[*post..=*post]);
            for (_, call, text) in writes.iter().filter(|(when, ..)| *when == step) {
                if board.call(&EntryId::new(entry(*call))).is_some() {
                    let text = ["", "а", "б", "в"][*text];
                    note(&mut board, &entry(*call), text);
                    words.insert(*call, text.to_owned());
                }
            }
        }
        for call in 0..8 {
            let earlier = words.iter().rev().filter(|(other, text)| **other < call && !text.is_empty());
            let expected = earlier.filter(|(other, _)| number(**other) == number(call)).map(|(_, text)| text.clone()).next();
            prop_assert_eq!(last_note(&board, &entry(call)), expected, "E{}", call);
        }
    }
}
