use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::{Post, VerifiedJson};
use phone::{Extension, PhoneNumber, Region};
use proptest::prelude::*;

use super::*;

const STORIES: [&str; 9] = [
    include_str!("../../../mango/tests/fixtures/5-1.txt"),
    include_str!("../../../mango/tests/fixtures/5-2.txt"),
    include_str!("../../../mango/tests/fixtures/5-3.txt"),
    include_str!("../../../mango/tests/fixtures/5-4.txt"),
    include_str!("../../../mango/tests/fixtures/5-5.txt"),
    include_str!("../../../mango/tests/fixtures/5-6.txt"),
    include_str!("../../../mango/tests/fixtures/5-7.txt"),
    include_str!("../../../mango/tests/fixtures/5-8.txt"),
    include_str!("../../../mango/tests/fixtures/5-9.txt"),
];

fn posts(story: &str) -> Vec<Post> {
    story
        .lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .map(|(path, json)| mango_vpbx::parse(path, &VerifiedJson::kept(json.trim().to_owned())).unwrap())
        .collect()
}

pub(super) fn rules() -> Rules {
    Rules {
        region: Region::default(),
        time_zone: TimeZone::get("Europe/Moscow").unwrap(),
        watched: calls::missed::Watched {
            extension: Extension::new("201"),
            groups: vec!["300".to_owned()],
            everything: false,
            ignore_under: SignedDuration::from_secs(5),
        },
        source: "file".to_owned(),
        rehearsing: false,
        line_names: std::collections::BTreeMap::new(),
    }
}

fn board() -> Board {
    Board::new(rules())
}

/// When everything arrived: a little after the last story.
fn arrival() -> Timestamp {
    Timestamp::from_second(1_790_009_000).unwrap()
}

/// Posts them, lets the disk follow at once, waits five hours, and tells what a newcomer sees.
fn seen_after(posts: &[Post]) -> (Vec<wire::Call>, Vec<wire::Missed>) {
    let mut board = board();
    for (ticket, post) in (1..).zip(posts) {
        let outbox = board.post(MAIN, post, arrival(), &NoPast);
        board.wait_for_disk(ticket, outbox.after_disk);
        board.durable(ticket, &NoPast);
    }
    let later = arrival() + SignedDuration::from_hours(5);
    let outbox = board.tick(later);
    board.wait_for_disk(Ticket::MAX, outbox.after_disk);
    board.durable(Ticket::MAX, &NoPast);
    let seen = board.snapshot(arrival());
    let viewer = viewer(&wire::Viewer { extension: None, groups: vec![], pop: wire::Pop::All });
    let mut calls: Vec<wire::Call> = seen.calls.iter().map(|shown| shown.for_viewer(&viewer)).collect();
    calls.sort_by(|a, b| a.id.cmp(&b.id));
    (calls, seen.missed)
}

fn every_post() -> Vec<Post> {
    STORIES.iter().flat_map(|story| posts(story)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_order_and_repetition_of_a_day_ends_in_the_same_desk(
        posts in Just(every_post()).prop_shuffle(),
        repeated in proptest::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let mut with_repeats = posts.clone();
        for index in repeated {
            with_repeats.push(index.get(&posts).clone());
        }
        prop_assert_eq!(seen_after(&with_repeats), seen_after(&every_post()));
    }
}

#[test]
fn a_day_of_the_nine_stories_has_nine_calls_and_nothing_pops() {
    let (calls, missed) = seen_after(&every_post());
    assert_eq!(calls.len(), 9);
    assert!(calls.iter().all(|call| call.state == wire::CallState::Ended && !call.pops), "{calls:#?}");
    // 5.2 was missed at 10:10; the same person got through in 5.3, a quarter of an hour later.
    let closed: Vec<_> = missed.iter().map(|row| (row.count, row.closed.as_ref().map(|closed| closed.how))).collect();
    assert_eq!(closed, [(1, Some(wire::ClosedHow::CalledAgain))]);
}

#[test]
fn a_live_calls_row_is_written_at_its_begin_for_what_facts_do_not_tell_and_at_its_end() {
    let mut board = board();
    let mut written = Vec::new();
    for (number, post) in posts(STORIES[0]).iter().enumerate() {
        let Post::Call(wire_event) = post else { continue };
        let at = Timestamp::from_second(wire_event.timestamp).unwrap();
        for row in board.post(MAIN, post, at, &NoPast).rows {
            if let Row::Call(call) = row {
                written.push((number, call));
            }
        }
    }
    let legs: Vec<usize> = written.iter().map(|(number, _)| *number).collect();
    assert_eq!(legs, [0], "how its legs go on stands in the facts");
    let id = EntryId::new(&written[0].1.entry);
    assert!(written[0].1.live && board.call(&id).is_some_and(|call| call.answered_by.is_some()));

    let last = posts(STORIES[0]).pop().unwrap();
    let over = board.post(MAIN, &last, arrival(), &NoPast);
    let rows: Vec<_> =
        over.rows.iter().filter_map(|row| if let Row::Call(call) = row { Some(call) } else { None }).collect();
    assert_eq!(rows.iter().map(|row| row.live).collect::<Vec<_>>(), [false]);
    assert_eq!(Some(rows[0].json.clone()), board.call(&id).and_then(view::kept), "the whole call");
}

#[test]
fn a_missed_call_is_shown_only_when_the_disk_has_it() {
    let mut board = board();
    let mut waiting = Vec::new();
    for post in posts(STORIES[1]) {
        waiting.extend(board.post(MAIN, &post, arrival(), &NoPast).after_disk);
    }
    board.wait_for_disk(7, waiting);
    let shows_a_row = |outbox: &Outbox| outbox.changes.iter().any(|change| matches!(change, Change::Missed(_)));
    assert!(!shows_a_row(&board.durable(6, &NoPast)));
    assert!(shows_a_row(&board.durable(7, &NoPast)));
}

#[test]
fn a_rehearsal_leaves_no_row_and_no_missed_call() {
    let mut board = board();
    for post in posts(STORIES[1]) {
        let outbox = board.post(crate::log::REHEARSAL, &post, arrival(), &NoPast);
        assert!(outbox.rows.is_empty() && outbox.after_disk.is_empty());
        assert!(outbox.changes.iter().all(|change| matches!(change, Change::Call(shown) if shown.call.rehearsal)));
    }
}

#[test]
fn one_look_up_serves_every_leg_and_a_late_answer_lands() {
    let mut board = board();
    let look_ups: Vec<PhoneNumber> =
        posts(STORIES[0]).iter().flat_map(|post| board.post(MAIN, post, arrival(), &NoPast).look_up).collect();
    assert_eq!(look_ups.iter().map(PhoneNumber::as_str).collect::<Vec<_>>(), ["+79005550101"]);
    let answer = learned(directory::Answer { why: Some("нет".to_owned()), ..directory::Answer::default() });
    let outbox = board.card(&look_ups[0], &answer, arrival(), &NoPast);
    let cards: Vec<_> = outbox
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Call(shown) => Some((shown.call.card.status, shown.call.card.took_ms)),
            Change::Missed(_)
            | Change::Dial(_)
            | Change::Sms(_)
            | Change::Roster(_)
            | Change::Desk
            | Change::Gone(..) => None,
        })
        .collect();
    assert_eq!(cards, [(wire::CardStatus::Unknown, Some(3))]);
}

#[test]
fn a_dial_of_before_the_restart_is_unclear() {
    let mut board = board();
    let intent = DialIntent {
        command_id: "callpop-201-x".to_owned(),
        number: "+79005550101".to_owned(),
        extension: "201".to_owned(),
        line: None,
        group: None,
        request: None,
    };
    let facts = [crate::log::StoredFact {
        account: MAIN,
        kind: crate::log::FactKind::Dial,
        path: "desk/dial".to_owned(),
        received_at: arrival(),
        body: serde_json::to_vec(&intent).unwrap(),
    }];
    let _ = board.restore_dial(&facts, arrival() + SignedDuration::from_secs(1));
    let _ = board.tick(arrival() + SignedDuration::from_secs(1));
    let dials = board.snapshot(arrival()).dials;
    assert_eq!(dials.iter().map(|dial| dial.state).collect::<Vec<_>>(), [wire::DialState::Unclear]);
}

#[test]
fn the_result_of_a_command_is_no_call_when_the_log_is_folded_anew() {
    let facts = [crate::log::StoredFact {
        account: MAIN,
        kind: crate::log::FactKind::Post,
        path: "result/callback".to_owned(),
        received_at: arrival(),
        body: br#"{"command_id":"callpop-201-x","result":1000}"#.to_vec(),
    }];
    let rows = Board::fold_rows(&rules(), "callpop-201-x", &OnlyFacts { facts: &facts, written: None }, arrival());
    assert_eq!(rows, []);
}

#[test]
fn a_recording_that_comes_before_its_call_waits_for_it() {
    let mut board = board();
    let of_call = posts(STORIES[0]);
    let recording = of_call.iter().find(|post| matches!(post, Post::Recording(_))).unwrap();
    assert!(board.post(MAIN, recording, arrival(), &NoPast).changes.is_empty());
    assert!(board.snapshot(arrival()).calls.is_empty());
    for post in of_call.iter().filter(|post| !matches!(post, Post::Recording(_))) {
        let _ = board.post(MAIN, post, arrival(), &NoPast);
    }
    let shown = board.snapshot(arrival()).calls;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].call.recordings.len(), 1);
}

/// A directory's whole word after 3 ms.
pub(super) fn learned(answer: directory::Answer) -> directory::Learned {
    directory::Learned {
        answer: Ok(answer),
        source: "file",
        as_of: None,
        steps: vec![directory::Step {
            what: directory::StepKind::Index,
            source: "file",
            took: std::time::Duration::from_millis(3),
            result: "никого".to_owned(),
        }],
        more_to_come: false,
    }
}

fn card_of(outbox: &Outbox) -> Option<wire::Card> {
    outbox.changes.iter().rev().find_map(|change| match change {
        Change::Call(shown) => Some(shown.call.card.clone()),
        Change::Missed(_) | Change::Dial(_) | Change::Sms(_) | Change::Desk | Change::Roster(_) | Change::Gone(..) => {
            None
        }
    })
}

#[test]
fn a_directory_that_answers_late_still_fills_the_card() {
    let mut board = board();
    let number = posts(STORIES[0])
        .iter()
        .flat_map(|post| board.post(MAIN, post, arrival(), &NoPast).look_up)
        .next()
        .expect("a number");
    let mut silent = learned(directory::Answer::default());
    silent.answer = Err(directory::DirectoryError::TooLate);
    silent.more_to_come = true;
    let card = card_of(&board.card(&number, &silent, arrival(), &NoPast)).expect("the card changes");
    assert_eq!((card.status, card.more_to_come), (wire::CardStatus::Unavailable, true));
    let people = vec![directory::Person::new("1", "Иванова Мария")];
    let late = learned(directory::Answer { people, ..directory::Answer::default() });
    let card = card_of(&board.card(&number, &late, arrival(), &NoPast)).expect("the card changes");
    assert_eq!((card.status, card.more_to_come), (wire::CardStatus::Found, false));
    // The last word was said: another is not for this card.
    assert!(board.card(&number, &silent, arrival(), &NoPast).changes.is_empty());
}

#[test]
fn a_note_is_of_the_person_who_was_chosen() {
    let mut board = board();
    let mut number = None;
    for post in posts(STORIES[0]) {
        number = board.post(MAIN, &post, arrival(), &NoPast).look_up.into_iter().next().or(number);
    }
    let number = number.expect("a number");
    let people = ["mother", "son"].map(|id| directory::Person::new(id, id)).to_vec();
    board.card(&number, &learned(directory::Answer { people, ..directory::Answer::default() }), arrival(), &NoPast);
    let id = board.entries.keys().next().cloned().expect("a call");
    let whose = |outbox: &Outbox| match outbox.rows.iter().find(|row| matches!(row, Row::Note(_))) {
        Some(Row::Note(note)) => note.written.person.clone(),
        _ => None,
    };
    let outbox = board.note(&id, "перезвонить", None, arrival(), &NoPast).expect("the call is known");
    assert_eq!(whose(&outbox), None, "nobody is assumed");
    board.choose_person(&id, Some("son"), arrival(), &NoPast).expect("on the card");
    let outbox = board.note(&id, "перезвонить", None, arrival(), &NoPast).expect("the call is known");
    assert_eq!(whose(&outbox).as_deref(), Some("son"));
    assert_eq!(board.call(&id).and_then(|call| call.note_person.as_deref()), Some("son"));
}
