use jiff::Timestamp;
use phone::{PhoneNumber, Region};

use super::*;
use crate::board::tests::rules;
use crate::board::{Change, NoPast, OnlyFacts};
use crate::catch_up::{PATH, ToldLeg};
use crate::log::{FactKind, Row, StoredFact};

/// Noon in Moscow.
fn noon() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// A patient rang 201 for half a minute, so many hours before noon, and nobody lifted.
fn missed(entry: &str, hours_ago: i64) -> Told {
    let at = noon().as_second() - hours_ago * 3600;
    let leg = ToldLeg {
        start: at,
        finish: at + 30,
        created: at,
        from_number: Some("79005550101".to_owned()),
        to_extension: Some("201".to_owned()),
        to_number: Some("sip:user201@vpbx000000001.mangosip.ru".to_owned()),
        location: Some("abonent".to_owned()),
        disconnect_reason: Some(1110),
        records: vec!["recording".to_owned()],
        ..ToldLeg::default()
    };
    Told { entry_id: entry.to_owned(), context_type: None, groups: Some(vec!["300".to_owned()]), legs: vec![leg] }
}

fn ended_at(told: &Told) -> Timestamp {
    Timestamp::from_second(told.ended().unwrap()).unwrap()
}

fn tell(board: &mut Board, told: &Told) -> (Outbox, News) {
    board.recalled(told, ended_at(told), noon(), &NoPast)
}

fn shown(changes: &[Change]) -> Vec<&wire::Call> {
    let mut calls = Vec::new();
    for change in changes {
        if let Change::Call(shown) = change {
            calls.push(&shown.call);
        }
    }
    calls
}

fn rows_of_missed(changes: &[Change]) -> Vec<&wire::Missed> {
    let mut rows = Vec::new();
    for change in changes {
        if let Change::Missed(row) = change {
            rows.push(&**row);
        }
    }
    rows
}

fn kept(outbox: &Outbox) -> Option<wire::Call> {
    let json = |row: &Row| if let Row::Call(call) = row { Some(call.json.clone()) } else { None };
    outbox.rows.iter().find_map(json).map(|json| serde_json::from_str(&json).unwrap())
}

#[test]
fn a_call_of_today_is_shown_and_one_of_yesterday_goes_into_history() {
    for (hours_ago, on_the_feed) in [(2, 1), (24, 0)] {
        let mut board = Board::new(rules());
        let (outbox, news) = tell(&mut board, &missed("E", hours_ago));
        assert_eq!(news, News { is_news: true, is_missed: true });
        assert_eq!(shown(&outbox.changes).len(), on_the_feed, "{hours_ago} hours ago");
        assert!(shown(&outbox.changes).iter().all(|call| !call.pops));
        let call = kept(&outbox).unwrap();
        assert_eq!((call.outcome, call.recalled), (Some(wire::Outcome::Missed), true));
        assert_eq!(call.recordings.first().map(|recording| recording.state), Some(wire::RecordingState::Ready));
        board.wait_for_disk(1, outbox.after_disk);
        assert_eq!(rows_of_missed(&board.durable(1, &NoPast).changes).len(), 1, "somebody must ring back");
    }
}

#[test]
fn the_name_of_a_caller_of_yesterday_reaches_history_and_the_row() {
    let mut board = Board::new(rules());
    let (outbox, _) = tell(&mut board, &missed("E", 24));
    board.wait_for_disk(1, outbox.after_disk);
    board.durable(1, &NoPast);
    let number = PhoneNumber::parse("+79005550101", &Region::default()).unwrap();
    assert_eq!(outbox.look_up, std::slice::from_ref(&number));
    let answer = crate::board::tests::learned(directory::Answer {
        why: Some("нет".to_owned()),
        ..directory::Answer::default()
    });
    let outbox = board.card(&number, &answer, noon(), &NoPast);
    assert!(shown(&outbox.changes).is_empty());
    assert_eq!(kept(&outbox).map(|call| call.card.status), Some(wire::CardStatus::Unknown));
}

#[test]
fn told_twice_it_is_no_news() {
    let mut board = Board::new(rules());
    tell(&mut board, &missed("E", 2));
    let (outbox, news) = tell(&mut board, &missed("E", 2));
    assert_eq!(news, News { is_news: false, is_missed: true });
    assert!(outbox.changes.is_empty() && outbox.rows.is_empty() && outbox.look_up.is_empty());
}

#[test]
fn what_the_log_has_already_leaves_nothing_on_the_board() {
    let told = missed("E", 24);
    let facts = [fact(&told)];
    let mut board = Board::new(rules());
    let past = OnlyFacts { facts: &facts, written: None };
    let (outbox, news) = board.recalled(&told, ended_at(&told), noon(), &past);
    assert_eq!(news, News { is_news: false, is_missed: false });
    assert!(outbox.rows.is_empty() && board.call(&EntryId::new("E")).is_none());
}

#[test]
fn its_rows_can_be_folded_anew_from_the_fact() {
    let told = missed("E", 24);
    let facts = [fact(&told)];
    let (outbox, _) = tell(&mut Board::new(rules()), &told);
    let again = Board::fold_rows(&rules(), "E", &OnlyFacts { facts: &facts, written: None }, noon());
    let of = |rows: &[Row]| -> Vec<Row> {
        rows.iter().filter(|row| matches!(row, Row::Call(_) | Row::Episode { .. })).cloned().collect()
    };
    assert_eq!(of(&again), of(&outbox.rows));
}

#[test]
fn whoever_works_with_a_call_of_yesterday_sees_it() {
    let mut board = Board::new(rules());
    tell(&mut board, &missed("E", 24));
    let outbox = board.note(&EntryId::new("E"), "Перезвонить", None, noon(), &NoPast).unwrap();
    assert_eq!(shown(&outbox.changes).len(), 1);
}

fn fact(told: &Told) -> StoredFact {
    StoredFact {
        account: MAIN,
        kind: FactKind::Statistics,
        path: PATH.to_owned(),
        received_at: ended_at(told),
        body: told.body(),
    }
}
