use calls::missed::{Watched, Why, is_miss};
use calls::{CallState, Direction, Entry, EntryId, Outcome, Picture, Recalled};
use phone::{Party, PhoneNumber};

use crate::common::{
    ALL_SCENARIOS, Fact, LINE, PATIENT, appeared, at, connected, disconnected, entry_of, extension, late, on_hold,
    over, picture_of, region, row, scenario, seconds, statistics_of, told,
};

fn recalled(told: Recalled) -> Picture {
    picture_of([Fact::Recalled(told)])
}

fn patient() -> Party {
    Party::Phone(PhoneNumber::from_pbx(PATIENT, &region()).unwrap())
}

fn watched(short: &str, groups: &[&str]) -> Watched {
    Watched {
        extension: Some(extension(short)),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        everything: false,
        ignore_under: seconds(5),
    }
}

#[test]
fn statistics_alone_tell_each_story() {
    for name in ALL_SCENARIOS {
        let story = scenario(name);
        let (whole, seen) = (picture_of(story.clone()), picture_of([statistics_of(&story)]));
        assert!(seen.recalled && !whole.recalled, "{name}");
        assert_eq!((seen.direction, seen.state, seen.outcome), (whole.direction, whole.state, whole.outcome), "{name}");
        assert_eq!((&seen.number, &seen.by), (&whole.number, &whole.by), "{name}");
        assert_eq!((seen.answered_at, &seen.answered_by), (whole.answered_at, &whole.answered_by), "{name}");
        assert_eq!((seen.ended_at, seen.reason), (whole.ended_at, whole.reason), "{name}");
        assert_eq!(seen.rings, []);
        assert_eq!(seen.rang, whole.rang, "{name}");
    }
}

#[test]
fn a_call_nobody_took_is_missed_by_those_it_rang_at() {
    let rows = [
        row(0, 5).location("ivr").caller(PATIENT).to(LINE).line(LINE),
        row(5, 30).caller(PATIENT).rings("201").reason(1110),
        row(5, 30).caller(PATIENT).rings("202").reason(1110),
    ];
    let known = |groups: &[&str]| Recalled {
        groups: Some(groups.iter().map(|group| (*group).to_owned()).collect()),
        ..told(rows.clone())
    };
    let picture = recalled(known(&["300"]));
    assert_eq!((picture.direction, picture.outcome), (Direction::Inbound, Some(Outcome::Missed)));
    assert_eq!((picture.number.clone(), picture.line.as_deref()), (Some(patient()), Some(LINE)));
    assert_eq!((picture.started_at, picture.ended_at, picture.reason), (at(0), Some(at(30)), Some(1110)));
    assert_eq!(picture.rang, [extension("201"), extension("202")]);
    assert_eq!(is_miss(&picture, &watched("201", &[])), Some(Why::Rang));
    assert_eq!(is_miss(&picture, &watched("203", &["300"])), Some(Why::Rang), "by its group");
    assert_eq!(is_miss(&picture, &watched("203", &["400"])), None, "others were called");
    assert_eq!(is_miss(&recalled(known(&[])), &watched("203", &["400"])), None, "it rang at no group");
    let unknown = recalled(told(rows.clone()));
    assert!(unknown.groups_unknown);
    assert_eq!(is_miss(&unknown, &watched("203", &["400"])), Some(Why::Rang), "nobody knows the groups");
}

#[test]
fn where_the_caller_gave_up_is_told() {
    let menu = row(0, 20).location("ivr").caller(PATIENT).to(LINE);
    let queue = row(20, 60).location("queue").caller(PATIENT).rings("300");
    for (rows, outcome, why) in [
        (vec![menu.clone().reason(1110)], Outcome::Abandoned, Why::Menu),
        (vec![menu.clone(), queue.clone().reason(1110)], Outcome::Abandoned, Why::Queue),
        (vec![menu.clone().reason(1164)], Outcome::Abandoned, Why::Closed),
        (vec![menu, queue, row(30, 60).caller(PATIENT).rings("201").reason(1110)], Outcome::Missed, Why::Rang),
    ] {
        let picture = recalled(told(rows));
        assert_eq!((picture.outcome, is_miss(&picture, &watched("201", &["300"]))), (Some(outcome), Some(why)));
    }
}

#[test]
fn a_queue_names_its_group_and_is_nobodys_phone() {
    let picture = recalled(told([row(0, 40).location("queue").caller(PATIENT).rings("300")]));
    assert_eq!((picture.groups.as_slice(), picture.rang.as_slice()), (&["300".to_owned()][..], &[][..]));
    assert!(!picture.groups_unknown && picture.waited_in_queue);
    assert_eq!(is_miss(&picture, &watched("501", &["900"])), None, "another reception's queue");
}

#[test]
fn a_callback_is_outbound_though_its_first_leg_looks_inbound() {
    let first = row(0, 6).caller(PATIENT).rings("201").answered(5);
    let second = row(6, 80).by("201").to(PATIENT);
    let reached = recalled(told([second.clone().answered(18), first.clone()]));
    assert_eq!((reached.direction, reached.outcome), (Direction::Outbound, Some(Outcome::Answered)));
    assert_eq!(
        (reached.number, reached.by, reached.answered_at),
        (Some(patient()), Some(extension("201")), Some(at(18)))
    );
    let failed = recalled(told([first, second.reason(1121)]));
    assert_eq!((failed.outcome, failed.reason, failed.rang.len()), (Some(Outcome::Failed), Some(1121), 0));
}

#[test]
fn a_call_put_through_to_a_mobile_stays_inbound() {
    let picture = recalled(told([
        row(0, 40).caller(PATIENT).rings("201").answered(4),
        row(40, 90).by("201").to("79005550222").answered(50),
    ]));
    assert_eq!((picture.direction, picture.number), (Direction::Inbound, Some(patient())));
    assert_eq!((picture.answered_by, picture.ended_at), (Some(extension("201")), Some(at(90))));
}

#[test]
fn colleagues_among_themselves_are_internal() {
    let picture = recalled(told([row(0, 30).by("201").rings("203").answered(3)]));
    assert_eq!((picture.direction, picture.by), (Direction::Internal, Some(extension("201"))));
}

#[test]
fn a_hidden_caller_is_inbound_and_has_no_number() {
    let picture = recalled(told([row(0, 30).rings("201")]));
    assert_eq!((picture.direction, picture.number), (Direction::Inbound, None));
}

#[test]
fn an_end_that_never_reached_us_is_told_afterwards() {
    let ringing = appeared("a", 1, 0).caller(PATIENT).rings("201");
    let told = told([row(0, 25).caller(PATIENT).rings("201").reason(1110)]);
    let picture = entry_of([ringing.into(), Fact::Recalled(told)]).picture(at(60));
    assert_eq!((picture.state, picture.outcome), (CallState::Ended, Some(Outcome::Missed)));
    assert_eq!((picture.ended_at, picture.reason, picture.recalled), (Some(at(25)), Some(1110), false));
    assert_eq!(picture.rings, []);
}

#[test]
fn an_answer_that_never_reached_us_is_told_afterwards() {
    let legs =
        [appeared("a", 1, 0).caller(PATIENT).rings("201"), disconnected("a", 3, 40, 1110).caller(PATIENT).rings("201")];
    assert_eq!(picture_of(legs.clone()).outcome, Some(Outcome::Missed));
    let told = told([row(0, 40).caller(PATIENT).rings("201").answered(8)]);
    let picture = picture_of(legs.into_iter().map(Fact::from).chain([Fact::Recalled(told)]));
    assert_eq!((picture.outcome, picture.answered_by), (Some(Outcome::Answered), Some(extension("201"))));
    assert_eq!(picture.answered_at, Some(at(8)));
}

#[test]
fn the_pbxs_own_summary_outranks_them() {
    let summary = over(Direction::Inbound, 30).caller(PATIENT).employee("201");
    let told = told([row(0, 40).caller(PATIENT).rings("202").answered(8)]);
    let picture = picture_of([summary.into(), Fact::Recalled(told)]);
    assert_eq!((picture.outcome, picture.ended_at), (Some(Outcome::Missed), Some(at(30))));
    assert_eq!(picture.rang, [extension("201"), extension("202")], "who else was called is news");
    assert!(!picture.recalled);
}

#[test]
fn a_leg_that_never_reached_us_ended_later_than_those_that_did() {
    let events =
        [appeared("a", 1, 0).caller(PATIENT).rings("201"), disconnected("a", 2, 20, 1111).caller(PATIENT).rings("201")];
    let told = told([
        row(0, 20).caller(PATIENT).rings("201").reason(1111),
        row(20, 45).caller(PATIENT).rings("202").reason(1110),
    ]);
    let picture = picture_of(events.into_iter().map(Fact::from).chain([Fact::Recalled(told)]));
    assert_eq!(picture.ended_at, Some(at(45)));
}

#[test]
fn beside_a_summary_the_legs_tell_the_end_as_ever() {
    let told = told([row(0, 58).caller(PATIENT).rings("201").answered(5)]);
    let picture = picture_of::<Fact>([
        connected("a", 2, 5).caller(PATIENT).rings("201").into(),
        disconnected("a", 3, 58, 1110).caller(PATIENT).rings("201").into(),
        over(Direction::Inbound, 60).caller(PATIENT).answered(5).into(),
        Fact::Recalled(told),
    ]);
    assert_eq!(picture.ended_at, Some(at(58)));
}

#[test]
fn an_entry_is_known_by_whatever_was_said_of_it_first() {
    assert!(!Entry::new(EntryId::new("entry")).is_known());
    let facts: [Fact; 3] = [
        appeared("a", 1, 0).caller(PATIENT).rings("201").into(),
        over(Direction::Inbound, 30).caller(PATIENT).into(),
        Fact::Recalled(told([row(0, 30).caller(PATIENT).rings("201")])),
    ];
    for fact in facts {
        assert!(entry_of([fact.clone()]).is_known(), "{fact:?}");
    }
}

#[test]
fn a_patient_on_hold_is_not_gone_because_the_consultation_is() {
    let events = [
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        connected("a", 2, 5).caller(PATIENT).rings("201"),
        on_hold("a", 3, 30).caller(PATIENT).rings("201"),
    ];
    let consulted = told([row(31, 45).by("201").rings("202").reason(1111)]);
    let entry = entry_of(events.into_iter().map(Fact::from).chain([Fact::Recalled(consulted)]));
    assert_eq!(entry.picture(at(90)).state, CallState::Held);
    assert_eq!(
        entry.picture(late()).outcome,
        Some(Outcome::Answered),
        "long after, its end was lost, and that one is known"
    );
    let mut entry = entry;
    assert!(entry.add_recalled(told([row(0, 120).caller(PATIENT).rings("201").answered(5)])));
    let picture = entry.picture(at(150));
    assert_eq!((picture.state, picture.ended_at), (CallState::Ended, Some(at(120))));
}

#[test]
fn a_call_that_goes_on_after_the_told_end_lives() {
    let events = [
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        disconnected("a", 2, 20, 1182).caller(PATIENT).rings("201"),
        appeared("b", 1, 20).caller(PATIENT).rings("202").taken_from("a"),
    ];
    let told = told([row(0, 20).caller(PATIENT).rings("201").reason(1182)]);
    let picture = entry_of(events.into_iter().map(Fact::from).chain([Fact::Recalled(told)])).picture(at(55));
    assert_eq!(
        (picture.state, picture.rings.len()),
        (CallState::Ringing, 1),
        "leg b began in the second in which a ended"
    );
}

#[test]
fn told_in_pieces_it_is_whole() {
    let pieces = [
        told([row(0, 5).location("ivr").caller(PATIENT).line(LINE)]),
        told([row(5, 30).caller(PATIENT).rings("201").answered(9)]),
    ];
    let whole = told(pieces.iter().flat_map(|piece| piece.legs.clone()).map(crate::common::Row));
    let forwards = entry_of(pieces.clone().map(Fact::Recalled));
    assert_eq!(forwards, entry_of(pieces.clone().into_iter().rev().map(Fact::Recalled)));
    assert_eq!(forwards, entry_of([Fact::Recalled(whole)]));
    let mut again = forwards;
    assert!(pieces.into_iter().all(|piece| !again.add_recalled(piece)));
}

#[test]
fn extended_statistics_say_the_direction_themselves() {
    let lone = row(0, 20).caller(PATIENT).rings("201");
    let picture = recalled(Recalled { direction: Some(Direction::Outbound), ..told([lone]) });
    assert_eq!((picture.direction, picture.outcome), (Direction::Outbound, Some(Outcome::Failed)));
    assert_eq!((picture.number, picture.by), (Some(patient()), Some(extension("201"))));
}

#[test]
fn what_is_told_of_another_entry_changes_nothing() {
    let mut entry = entry_of([appeared("a", 1, 0)]);
    let before = entry.clone();
    let other = Recalled { entry: calls::EntryId::new("other"), ..told([row(0, 5)]) };
    assert!(!entry.add_recalled(other));
    assert_eq!(entry, before);
}
