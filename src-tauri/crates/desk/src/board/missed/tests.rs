use jiff::SignedDuration;

use super::*;
use crate::board::tests::rules;
use crate::board::{NoPast, row_episode};
use crate::catch_up::{Told, ToldLeg};

fn noon() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// A patient rang 201 for half a minute, so many minutes before noon, and nobody lifted.
fn missed(board: &mut Board, entry: &str, minutes_ago: i64) {
    let at = noon().as_second() - minutes_ago * 60;
    let leg = ToldLeg {
        start: at,
        finish: at + 30,
        created: at,
        from_number: Some("79005550101".to_owned()),
        to_extension: Some("201".to_owned()),
        location: Some("abonent".to_owned()),
        disconnect_reason: Some(1110),
        ..ToldLeg::default()
    };
    let told = Told { entry_id: entry.to_owned(), context_type: None, groups: None, legs: vec![leg] };
    let (outbox, _) = board.recalled(&told, Timestamp::from_second(at + 30).unwrap(), noon(), &NoPast);
    board.wait_for_disk(1, outbox.after_disk);
    board.durable(1, &NoPast);
}

/// Says it, as the log keeps it and gives it back.
fn say(board: &mut Board, row: &str, by: &str, word: &RowWord, at: Timestamp) -> Outbox {
    let (key, body) = board.row_fact(row, Extension::new(by).as_ref(), word, at).unwrap();
    let episode = row_episode(word.kind(), &body).unwrap();
    board.row_word(&key, episode, &NoPast)
}

fn row(board: &Board) -> wire::Missed {
    board.missed_row("A").cloned().unwrap()
}

#[test]
fn a_row_is_claimed_put_off_given_back_and_dismissed() {
    let mut board = Board::new(rules());
    missed(&mut board, "A", 30);
    let until = noon() + SignedDuration::from_mins(15);
    say(&mut board, "A", "202", &RowWord::Claim, noon());
    say(&mut board, "A", "202", &RowWord::PutOff(Some(until)), noon());
    let told = row(&board);
    assert_eq!((told.claimed_by.as_deref(), told.postponed_until), (Some("202"), Some(view::time(until))));
    say(&mut board, "A", "203", &RowWord::GiveBack, noon());
    assert_eq!(row(&board).claimed_by.as_deref(), Some("202"), "not theirs to give");
    let later = noon() + SignedDuration::from_secs(1);
    say(&mut board, "A", "202", &RowWord::GiveBack, later);
    say(&mut board, "A", "202", &RowWord::PutOff(None), later);
    assert_eq!((row(&board).claimed_by, row(&board).postponed_until), (None, None));
    let close = RowWord::Close { how: wire::ClosedHow::Dismissed, reason: Some("спам".to_owned()) };
    say(&mut board, "A", "201", &close, later);
    let closed = row(&board).closed.unwrap();
    assert_eq!((closed.how, closed.reason.as_deref(), closed.call), (wire::ClosedHow::Dismissed, Some("спам"), None));
    // It was missed half a minute after it began.
    assert_eq!(closed.after_ms, Some(29 * 60_000 + 30_000 + 1_000));
}

#[test]
fn a_row_is_put_off_as_it_was_seen_and_a_newer_miss_brings_it_back() {
    let mut board = Board::new(rules());
    missed(&mut board, "A", 30);
    missed(&mut board, "B", 20);
    let until = noon() + SignedDuration::from_mins(15);
    // The desk's clock is an hour ahead, and the row is named by its first call.
    say(&mut board, "A", "201", &RowWord::PutOff(Some(until)), noon() + SignedDuration::from_hours(1));
    assert!(row(&board).postponed_until.is_some());
    missed(&mut board, "C", 1);
    assert_eq!((row(&board).count, row(&board).postponed_until), (3, None));
}

#[test]
fn words_of_older_logs_are_understood_and_nonsense_is_not() {
    let old = br#"{"row":"A","by":"202","at_ms":1790000000000}"#;
    assert!(matches!(row_episode(FactKind::Claim, old), Some(Episode::Claimed { .. })));
    assert!(matches!(row_episode(FactKind::Dismissal, old), Some(Episode::Dismissed { reason: None, .. })));
    assert!(matches!(row_episode(FactKind::Postponement, old), Some(Episode::Postponed { until: None, .. })));
    let far = br#"{"row":"A","by":"202","at_ms":1790000000000,"until_ms":9223372036854775807}"#;
    assert_eq!(row_episode(FactKind::Postponement, far), None);
    assert_eq!(row_episode(FactKind::WrapUp, old), None);
}
