use calls::{
    CallState, Direction, GONE_AFTER, GREETING_LOST_AFTER, LegState, Outcome, RINGING_LOST_AFTER, TALKING_LOST_AFTER,
};

use crate::common::{
    Fact, LINE, PATIENT, Said, appeared, at, connected, disconnected, entry_of, extension, on_hold, over, picture_of,
};

fn inbound(said: Said) -> Said {
    said.caller(PATIENT).rings("201")
}

#[test]
fn most_advanced_live_leg_tells_the_state() {
    let states = |facts: Vec<Said>| entry_of(facts).picture(at(100)).state;
    let menu = appeared("ivr", 1, 99).location("ivr").caller(PATIENT).to(LINE);
    let ringing = inbound(appeared("a", 1, 99));
    let held = on_hold("b", 3, 99).caller(PATIENT).rings("202");
    let talking = connected("c", 2, 99).caller(PATIENT).rings("203");
    assert_eq!(states(vec![menu.clone()]), CallState::Greeting);
    assert_eq!(states(vec![menu.clone(), ringing.clone()]), CallState::Ringing);
    assert_eq!(states(vec![menu.clone(), held.clone(), ringing.clone()]), CallState::Held);
    assert_eq!(states(vec![talking, held, ringing, menu]), CallState::Talking);
}

#[test]
fn menu_and_queue_that_are_connected_still_greet() {
    for location in ["ivr", "ivr.7", "queue"] {
        let picture = entry_of([connected("m", 2, 1).location(location).caller(PATIENT).to(LINE)]).picture(at(3));
        assert_eq!(picture.state, CallState::Greeting, "{location}");
        assert_eq!(picture.legs[0].state, LegState::Talking, "its own state is shown");
        assert_eq!(picture.answered_at, None, "{location}");
        assert_eq!(picture.waited_in_queue, location == "queue");
    }
}

#[test]
fn late_connected_after_the_disconnect_still_answers() {
    let mut entry = entry_of([inbound(appeared("a", 1, 0)), inbound(disconnected("a", 3, 60, 1110))]);
    assert_eq!(entry.picture(at(100)).outcome, Some(Outcome::Missed));
    assert!(entry.add_leg(inbound(connected("a", 2, 5)).0));
    let picture = entry.picture(at(100));
    assert_eq!(picture.outcome, Some(Outcome::Answered));
    assert_eq!(picture.answered_at, Some(at(5)));
    assert_eq!(picture.state, CallState::Ended);
}

#[test]
fn leg_known_only_as_held_was_answered() {
    let picture = entry_of([inbound(on_hold("a", 3, 30))]).picture(at(31));
    assert_eq!(picture.answered_at, Some(at(30)));
    assert_eq!(picture.answered_by, Some(extension("201")));
    assert_eq!(picture.state, CallState::Held);
}

#[test]
fn summary_before_the_last_disconnect_ends_the_call_at_once() {
    let mut entry = entry_of::<Fact>([
        inbound(appeared("a", 1, 0)).into(),
        inbound(connected("a", 2, 5)).into(),
        over(Direction::Inbound, 60).caller(PATIENT).employee("201").answered(5).reason(1110).into(),
    ]);
    let before = entry.picture(at(61));
    assert_eq!((before.state, before.outcome), (CallState::Ended, Some(Outcome::Answered)));
    assert_eq!(before.ended_at, Some(at(60)));
    assert_eq!(before.legs[0].state, LegState::Ended);
    entry.add_leg(inbound(disconnected("a", 3, 60, 1110)).0);
    assert_eq!(entry.picture(at(61)), before);
}

#[test]
fn events_after_the_summary_do_not_revive_a_call() {
    let mut entry = entry_of([over(Direction::Inbound, 60).caller(PATIENT)]);
    entry.add_leg(inbound(appeared("a", 1, 0)).received(90).0);
    let picture = entry.picture(at(91));
    assert_eq!(picture.state, CallState::Ended);
    assert_eq!(picture.outcome, Some(Outcome::Missed));
    assert_eq!(picture.rings, []);
    assert_eq!(entry.next_deadline(at(91)), None);
}

#[test]
fn gap_between_the_menu_and_the_phones_is_no_end() {
    let mut entry = entry_of([
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE),
        disconnected("ivr", 2, 9, 1100).location("ivr").caller(PATIENT).to(LINE).received(10),
    ]);
    let gap = entry.picture(at(19));
    assert_eq!((gap.state, gap.outcome, gap.ended_at), (CallState::Greeting, None, None));
    assert_eq!(gap.legs[0].state, LegState::Ended);
    assert_eq!(entry.next_deadline(at(19)), Some(at(10) + GONE_AFTER));
    let gone = entry.picture(at(20));
    assert_eq!((gone.state, gone.outcome), (CallState::Ended, Some(Outcome::Abandoned)));
    assert_eq!(gone.ended_at, Some(at(9)));
    entry.add_leg(inbound(appeared("a", 1, 9)).received(25).0);
    assert_eq!(entry.picture(at(26)).state, CallState::Ringing, "it was late, not gone");
}

#[test]
fn gap_keeps_the_state_of_the_leg_that_ended_last() {
    let talking = entry_of([inbound(connected("a", 2, 5)), inbound(disconnected("a", 3, 60, 1120))]).picture(at(62));
    assert_eq!((talking.state, talking.outcome), (CallState::Talking, None));
    let held = entry_of([inbound(on_hold("a", 3, 5)), inbound(disconnected("a", 4, 60, 1120))]).picture(at(62));
    assert_eq!(held.state, CallState::Held);
    let only_the_end = entry_of([inbound(disconnected("a", 2, 60, 1120))]).picture(at(62));
    assert_eq!(only_the_end.state, CallState::Ringing);
}

#[test]
fn lost_end_is_unknown_and_a_late_event_undoes_it() {
    let lost_after = [
        (inbound(appeared("a", 1, 0)), RINGING_LOST_AFTER),
        (appeared("a", 1, 0).location("queue").caller(PATIENT), GREETING_LOST_AFTER),
        (inbound(connected("a", 2, 0)), TALKING_LOST_AFTER),
        (inbound(on_hold("a", 3, 0)), TALKING_LOST_AFTER),
    ];
    for (said, patience) in lost_after {
        let mut entry = entry_of([said.received(0)]);
        let deadline = at(0) + patience;
        let instant = jiff::SignedDuration::from_millis(1);
        assert_eq!(entry.next_deadline(at(0)), Some(deadline));
        assert_eq!(entry.picture(deadline - instant).outcome, None);
        let lost = entry.picture(deadline);
        assert_eq!((lost.state, lost.outcome), (CallState::Ended, Some(Outcome::Unknown)));
        assert_eq!(lost.ended_at, None);
        assert_eq!(entry.next_deadline(deadline), None);

        let mut end = inbound(disconnected("a", 9, 50, 1110)).0;
        end.received_at = deadline + instant;
        entry.add_leg(end);
        let found = entry.picture(deadline + GONE_AFTER + instant);
        assert_ne!(found.outcome, Some(Outcome::Unknown));
        assert_eq!(found.ended_at, Some(at(50)));
    }
}

#[test]
fn news_of_any_leg_keeps_a_call_alive() {
    let entry = entry_of([
        inbound(appeared("a", 1, 0)),
        appeared("b", 1, 170).caller(PATIENT).rings("202"),
        disconnected("b", 2, 179, 1111).caller(PATIENT).rings("202"),
    ]);
    assert_eq!(entry.picture(at(200)).state, CallState::Ringing);
    assert_eq!(entry.picture(at(360)).outcome, Some(Outcome::Unknown));
}

#[test]
fn call_whose_legs_all_ended_is_never_unknown() {
    let picture = picture_of([inbound(appeared("a", 1, 0)), inbound(disconnected("a", 2, 20, 1110))]);
    assert_eq!(picture.outcome, Some(Outcome::Missed));
}

#[test]
fn earliest_talker_answered_it() {
    let picture = picture_of([
        connected("b", 2, 40).caller(PATIENT).rings("202").taken_from("a"),
        connected("a", 2, 5).caller(PATIENT).rings("201"),
        disconnected("a", 3, 40, 1120).caller(PATIENT).rings("201"),
        disconnected("b", 3, 90, 1110).caller(PATIENT).rings("202").taken_from("a"),
    ]);
    assert_eq!(picture.answered_by, Some(extension("201")));
    assert_eq!(picture.reason, Some(1110), "the end of the talk that went on");
}

#[test]
fn call_forwarded_to_a_mobile_without_extension_is_answered_by_nobody_we_can_name() {
    let picture = picture_of::<Fact>([
        appeared("a", 1, 0).caller(PATIENT).to("79005550222").into(),
        connected("a", 2, 7).caller(PATIENT).to("79005550222").into(),
        disconnected("a", 3, 30, 1110).caller(PATIENT).to("79005550222").into(),
    ]);
    assert_eq!(picture.outcome, Some(Outcome::Answered));
    assert_eq!(picture.answered_by, None);
    assert_eq!(picture.legs[0].device.as_deref(), Some("+79005550222"));
}

#[test]
fn answer_that_only_the_summary_knows_counts() {
    let picture = picture_of::<Fact>([
        inbound(appeared("a", 1, 0)).into(),
        inbound(disconnected("a", 3, 60, 1110)).into(),
        over(Direction::Inbound, 60).caller(PATIENT).employee("201").answered(5).into(),
    ]);
    assert_eq!(picture.outcome, Some(Outcome::Answered));
    assert_eq!(picture.answered_at, Some(at(5)));
    assert_eq!(picture.answered_by, Some(extension("201")));
}

#[test]
fn summary_that_knows_of_no_talk_does_not_undo_one() {
    let picture =
        picture_of::<Fact>([inbound(connected("a", 2, 5)).into(), over(Direction::Inbound, 60).caller(PATIENT).into()]);
    assert_eq!(picture.outcome, Some(Outcome::Answered));
}

#[test]
fn lifted_phone_of_the_operator_is_no_answer() {
    let facts = [
        appeared("a", 1, 0).caller(PATIENT).rings("201").command("pop-1").callback(),
        connected("a", 2, 5).caller(PATIENT).rings("201").command("pop-1").callback(),
    ];
    let picture = entry_of(facts.clone()).picture(at(6));
    assert_eq!(picture.state, CallState::Ringing);
    assert_eq!(picture.answered_at, None);

    let failed = picture_of::<Fact>(facts.map(Fact::from).into_iter().chain([
        disconnected("a", 3, 6, 1100).caller(PATIENT).rings("201").command("pop-1").callback().into(),
        appeared("b", 1, 6).by("201").to(PATIENT).taken_from("a").command("pop-1").callback().into(),
        disconnected("b", 2, 30, 1121).by("201").to(PATIENT).taken_from("a").command("pop-1").callback().into(),
    ]));
    assert_eq!(failed.outcome, Some(Outcome::Failed));
    assert_eq!(failed.reason, Some(1121));
}

#[test]
fn click_to_call_that_rings_a_second_operator_is_still_not_answered_by_him() {
    let picture = entry_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201").command("pop-1"),
        disconnected("a", 2, 20, 1111).caller(PATIENT).rings("201").command("pop-1"),
        appeared("b", 1, 20).caller(PATIENT).rings("202").taken_from("a").command("pop-1"),
        connected("b", 2, 24).caller(PATIENT).rings("202").taken_from("a").command("pop-1"),
    ])
    .picture(at(25));
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.state, CallState::Ringing);
    assert_eq!(picture.answered_at, None);
}

#[test]
fn click_to_call_to_a_colleague_is_answered_on_its_second_leg() {
    let picture = entry_of([
        appeared("a", 1, 0).by("203").rings("201").command("pop-1"),
        connected("a", 2, 4).by("203").rings("201").command("pop-1"),
        disconnected("a", 3, 5, 1100).by("203").rings("201").command("pop-1"),
        connected("b", 2, 9).by("201").rings("203").taken_from("a").command("pop-1"),
    ])
    .picture(at(10));
    assert_eq!(picture.state, CallState::Talking);
    assert_eq!(picture.answered_at, Some(at(9)));
    assert_eq!(picture.by, Some(extension("201")));
}

#[test]
fn colleague_consulted_during_an_outbound_call_is_not_the_talk() {
    let picture = entry_of([
        connected("a", 2, 11).by("203").to(PATIENT),
        on_hold("a", 3, 30).by("203").to(PATIENT),
        connected("b", 2, 35).by("203").rings("202").taken_from("a"),
    ])
    .picture(at(36));
    assert_eq!(picture.state, CallState::Held);
}

#[test]
fn end_is_the_last_disconnect_when_every_leg_has_one() {
    let picture = picture_of::<Fact>([
        inbound(connected("a", 2, 5)).into(),
        inbound(disconnected("a", 3, 58, 1110)).into(),
        over(Direction::Inbound, 60).caller(PATIENT).answered(5).into(),
    ]);
    assert_eq!(picture.ended_at, Some(at(58)));
}

#[test]
fn end_is_the_summarys_when_a_leg_lacks_its_own() {
    let picture = picture_of::<Fact>([
        inbound(appeared("a", 1, 9)).into(),
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).into(),
        disconnected("ivr", 2, 9, 1100).location("ivr").caller(PATIENT).into(),
        over(Direction::Inbound, 60).caller(PATIENT).into(),
    ]);
    assert_eq!(picture.ended_at, Some(at(60)));
}

#[test]
fn talk_on_a_leg_that_never_reached_us_did_not_end_with_the_menu() {
    let picture = picture_of::<Fact>([
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).into(),
        disconnected("ivr", 2, 9, 1100).location("ivr").caller(PATIENT).into(),
        over(Direction::Inbound, 78).caller(PATIENT).employee("202").answered(15).into(),
    ]);
    assert_eq!(picture.answered_at, Some(at(15)));
    assert_eq!(picture.ended_at, Some(at(78)));
    assert_eq!(picture.answered_by, Some(extension("202")));
}

#[test]
fn reason_is_of_the_phone_that_rang_last() {
    let picture = picture_of([
        inbound(appeared("a", 1, 0)),
        inbound(disconnected("a", 2, 20, 1111)),
        appeared("b", 1, 20).caller(PATIENT).rings("202"),
        disconnected("b", 2, 33, 1110).caller(PATIENT).rings("202"),
    ]);
    assert_eq!(picture.reason, Some(1110));
}

#[test]
fn reason_of_a_call_that_rang_nowhere_is_the_summarys() {
    let menu = disconnected("ivr", 2, 9, 1100).location("ivr").caller(PATIENT);
    let with =
        picture_of::<Fact>([menu.clone().into(), over(Direction::Inbound, 9).caller(PATIENT).reason(1192).into()]);
    assert_eq!(with.reason, Some(1192));
    assert_eq!(picture_of([menu]).reason, Some(1100));
}

#[test]
fn internal_call_is_answered_or_missed() {
    let between = |said: Said| said.by("201").rings("203");
    let missed = picture_of([between(appeared("a", 1, 0)), between(disconnected("a", 2, 20, 1111))]);
    assert_eq!(missed.outcome, Some(Outcome::Missed));
    assert_eq!(missed.reason, Some(1111));
    let answered = picture_of([
        between(appeared("a", 1, 0)),
        between(connected("a", 2, 5)),
        between(disconnected("a", 3, 20, 1110)),
    ]);
    assert_eq!(answered.outcome, Some(Outcome::Answered));
    assert_eq!(answered.answered_by, Some(extension("203")));
    assert_eq!(answered.reason, Some(1110));
}

#[test]
fn several_devices_of_one_employee_are_several_legs_and_one_who_rang() {
    let picture =
        entry_of([inbound(appeared("a", 1, 0)), appeared("b", 1, 0).caller(PATIENT).rings("201").to("79005550222")])
            .picture(at(1));
    assert_eq!(picture.legs.len(), 2);
    assert_eq!(picture.rang, [extension("201")]);
    assert_eq!(picture.legs[1].device.as_deref(), Some("+79005550222"));
}

#[test]
fn summary_tells_who_missed_it_when_his_leg_is_lost() {
    let menu = disconnected("ivr", 2, 9, 1100).location("ivr").caller(PATIENT).to(LINE);
    let queue = disconnected("q", 2, 20, 1110).location("queue").caller(PATIENT).taken_from("ivr");
    let with = |summary: Fact| picture_of::<Fact>([menu.clone().into(), queue.clone().into(), summary]);
    let over = || over(Direction::Inbound, 20).caller(PATIENT);
    let employee = with(over().employee("201").into());
    assert_eq!(employee.outcome, Some(Outcome::Missed));
    assert_eq!(employee.rang, [extension("201")]);
    let group = with(over().short("300").into());
    assert_eq!(group.outcome, Some(Outcome::Abandoned), "it waited for the group, no phone rang");
    assert_eq!(group.groups, ["300"]);
    let device = with(over().called("79005550222").into());
    assert_eq!(device.outcome, Some(Outcome::Missed), "a device rang, whoever has it");
    assert_eq!(with(over().into()).outcome, Some(Outcome::Abandoned));
    assert_eq!(picture_of([over().short("300")]).outcome, Some(Outcome::Missed));
}
