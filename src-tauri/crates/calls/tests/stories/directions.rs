use calls::{Direction, Outcome};
use phone::{Party, party};

use crate::common::{
    Fact, LINE, PATIENT, appeared, at, connected, disconnected, entry_of, extension, late, over, picture_of, region,
};

fn number(text: &str) -> Option<Party> {
    Some(party(Some(text), &region()))
}

#[test]
fn transfer_command_on_a_disconnect_is_not_click_to_call() {
    let picture = picture_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        disconnected("a", 3, 40, 1120).caller(PATIENT).rings("201").transferred().command("pop-transfer-0007"),
    ]);
    assert_eq!(picture.direction, Direction::Inbound);
    assert_eq!(picture.command, None);
}

#[test]
fn transferred_end_of_a_leg_whose_beginning_is_lost_is_not_click_to_call() {
    let picture = picture_of([disconnected("a", 3, 40, 1120)
        .caller(PATIENT)
        .rings("201")
        .transferred()
        .command("pop-transfer-0007")]);
    assert_eq!(picture.direction, Direction::Inbound);
    assert_eq!(picture.command, None);
}

#[test]
fn transferred_leg_with_a_command_stays_inbound() {
    let picture = entry_of([
        appeared("b", 1, 40).by("201").rings("202").taken_from("a").command("t").transfer("blind"),
        connected("b", 2, 47).caller(PATIENT).rings("202").taken_from("a").command("t").transfer("blind"),
    ])
    .picture(at(50));
    assert_eq!(picture.direction, Direction::Inbound);
    assert_eq!(picture.number, number(PATIENT));
}

#[test]
fn click_to_call_is_known_by_its_initiator_alone() {
    let picture = entry_of([appeared("a", 1, 0).caller(PATIENT).rings("201").callback()]).picture(at(1));
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.number, number(PATIENT));
    assert_eq!(picture.by, Some(extension("201")));
    assert_eq!(picture.rings, []);
    assert_eq!(picture.command, None);
}

#[test]
fn click_to_call_is_known_by_its_command_alone() {
    let picture = entry_of([appeared("a", 1, 0).caller(PATIENT).rings("201").command("pop-1")]).picture(at(1));
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.command.unwrap().as_str(), "pop-1");
}

#[test]
fn second_leg_of_a_click_to_call_tells_the_command_when_the_first_is_lost() {
    let picture = entry_of([appeared("b", 1, 6).by("201").to(PATIENT).taken_from("a").command("pop-1").callback()])
        .picture(at(7));
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.command.unwrap().as_str(), "pop-1");
    assert_eq!(picture.by, Some(extension("201")));
}

#[test]
fn menu_leg_with_a_command_is_not_click_to_call() {
    let picture = picture_of([appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE).command("route-1")]);
    assert_eq!(picture.direction, Direction::Inbound);
}

#[test]
fn softphone_call_is_outbound() {
    let picture = picture_of([appeared("a", 1, 0).by("203").to(PATIENT)]);
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.number, number(PATIENT));
    assert_eq!(picture.by, Some(extension("203")));
}

#[test]
fn employee_without_extension_who_calls_outside_is_outbound() {
    let picture = picture_of([
        appeared("a", 1, 0).caller("sip:doctor@vpbx000000001.mangosip.ru").to(PATIENT),
        connected("a", 2, 9).caller("sip:doctor@vpbx000000001.mangosip.ru").to(PATIENT),
        disconnected("a", 3, 30, 1110).caller("sip:doctor@vpbx000000001.mangosip.ru").to(PATIENT),
    ]);
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.number, number(PATIENT));
    assert_eq!(picture.outcome, Some(Outcome::Answered));
    assert_eq!(picture.answered_by, None);
}

#[test]
fn line_of_an_outgoing_leg_does_not_make_it_inbound() {
    let mut said = appeared("a", 1, 0).caller("sip:doctor@vpbx000000001.mangosip.ru").to(PATIENT);
    said.0.from.line = Some("+74995550199".into());
    let picture = picture_of([said]);
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.line.as_deref(), Some("+74995550199"));
}

#[test]
fn sip_caller_on_our_line_is_inbound() {
    let caller = "sip:trunk@vpbx000000001.mangosip.ru";
    let picture = picture_of([appeared("a", 1, 0).caller(caller).to("79005550222").line("+74995550199")]);
    assert_eq!(picture.direction, Direction::Inbound);
    assert_eq!(picture.number, number(caller));
}

#[test]
fn two_employees_are_internal_and_have_no_number() {
    let picture = picture_of([appeared("a", 1, 0).by("201").rings("203")]);
    assert_eq!(picture.direction, Direction::Internal);
    assert_eq!(picture.number, None);
    assert_eq!(picture.by, Some(extension("201")));
}

#[test]
fn employee_waiting_for_a_group_does_not_call_outside() {
    let picture = picture_of([
        appeared("q", 1, 0).location("queue").by("201").group("300"),
        appeared("b", 1, 1).by("201").rings("203").taken_from("q").group("300"),
    ]);
    assert_eq!(picture.direction, Direction::Internal);
}

#[test]
fn consultation_does_not_make_an_inbound_call_internal() {
    let facts = [
        appeared("b", 1, 31).by("201").rings("202"),
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        connected("a", 2, 5).caller(PATIENT).rings("201"),
    ];
    assert_eq!(entry_of(facts).picture(at(32)).direction, Direction::Inbound);
}

#[test]
fn outbound_call_put_through_to_a_colleague_stays_outbound() {
    let picture = entry_of([
        appeared("a", 1, 0).by("203").to(PATIENT),
        connected("a", 2, 11).by("203").to(PATIENT),
        disconnected("a", 3, 50, 1120).by("203").to(PATIENT),
        appeared("b", 1, 50).caller(PATIENT).rings("202").taken_from("a"),
        connected("b", 2, 55).caller(PATIENT).rings("202").taken_from("a"),
    ])
    .picture(at(60));
    assert_eq!(picture.direction, Direction::Outbound);
    assert_eq!(picture.state, calls::CallState::Talking);
    assert_eq!(picture.answered_at, Some(at(11)));
    assert_eq!(picture.answered_by, Some(extension("203")));
}

#[test]
fn leg_that_continues_another_does_not_tell_the_direction_before_it() {
    let picture = entry_of([
        appeared("0", 1, 49).caller(PATIENT).rings("202").taken_from("a"),
        disconnected("a", 3, 50, 1120).by("203").to(PATIENT),
    ])
    .picture(at(51));
    assert_eq!(picture.direction, Direction::Outbound, "the beginning of the first leg is lost");
}

#[test]
fn hidden_caller_has_no_number_in_any_spelling() {
    for spelling in ["", "anonymous", "sip:anonymous@anonymous.invalid", "Restricted"] {
        let picture = picture_of([appeared("a", 1, 0).caller(spelling).rings("201")]);
        assert_eq!(picture.number, None, "{spelling:?}");
        assert_eq!(picture.direction, Direction::Inbound, "{spelling:?}");
    }
}

#[test]
fn hidden_caller_put_through_to_a_mobile_has_not_become_that_mobile() {
    let picture =
        entry_of([connected("a", 2, 5).rings("201"), appeared("b", 1, 30).by("201").to("79005550222").taken_from("a")])
            .picture(at(31));
    assert_eq!(picture.direction, Direction::Inbound);
    assert_eq!(picture.number, None);
}

#[test]
fn number_missing_in_one_event_is_found_in_another() {
    let picture = picture_of([appeared("a", 1, 0).rings("201"), connected("a", 2, 3).caller(PATIENT).rings("201")]);
    assert_eq!(picture.number, number(PATIENT));
}

#[test]
fn legs_outrank_the_summary_about_direction_and_number() {
    let picture = picture_of::<Fact>([
        appeared("a", 1, 0).caller(PATIENT).rings("201").into(),
        over(Direction::Outbound, 9).called("79005550777").into(),
    ]);
    assert_eq!(picture.direction, Direction::Inbound);
    assert_eq!(picture.number, number(PATIENT));
}

#[test]
fn summary_alone_tells_everything_it_can() {
    let inbound =
        picture_of([over(Direction::Inbound, 60).caller(PATIENT).employee("202").line("+74995550199").answered(15)]);
    assert_eq!(inbound.direction, Direction::Inbound);
    assert_eq!(inbound.number, number(PATIENT));
    assert_eq!(inbound.line.as_deref(), Some("+74995550199"));
    assert_eq!(inbound.answered_by, Some(extension("202")));
    assert_eq!((inbound.started_at, inbound.answered_at, inbound.ended_at), (at(0), Some(at(15)), Some(at(60))));
    assert_eq!(inbound.rang, [extension("202")]);

    let outbound = picture_of([over(Direction::Outbound, 60).by("203").called(PATIENT).answered(11)]);
    assert_eq!(outbound.number, number(PATIENT));
    assert_eq!(outbound.by, Some(extension("203")));
    assert_eq!(outbound.answered_by, Some(extension("203")));

    let internal = picture_of([over(Direction::Internal, 60).by("201").employee("203")]);
    assert_eq!(internal.number, None);
    assert_eq!(internal.outcome, Some(Outcome::Missed));
}

#[test]
fn line_comes_from_the_menu_leg_when_the_others_lack_it() {
    let picture = picture_of([
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE),
        connected("a", 2, 9).caller(PATIENT).rings("201").taken_from("ivr"),
    ]);
    assert_eq!(picture.line.as_deref(), Some("+74995550199"));
}

#[test]
fn said_line_outranks_the_number_of_the_menu_leg() {
    let picture = picture_of([
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE),
        connected("a", 2, 9).caller(PATIENT).rings("201").taken_from("ivr").line("sip:line1@vpbx000000001.mangosip.ru"),
    ]);
    assert_eq!(picture.line.as_deref(), Some("sip:line1@vpbx000000001.mangosip.ru"));
}

#[test]
fn device_of_an_employee_is_no_line() {
    let picture = picture_of([connected("a", 2, 9).caller(PATIENT).rings("201")]);
    assert_eq!(picture.line, None);
}

#[test]
fn named_group_outranks_an_unnamed_one_that_came_before() {
    let picture = picture_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201").group(""),
        appeared("b", 1, 9).caller(PATIENT).rings("202").group("300"),
    ]);
    assert_eq!(picture.group.as_deref(), Some("300"));
    assert_eq!(picture.groups, ["300"]);
}

#[test]
fn unnamed_group_is_shown_when_there_is_nothing_better() {
    let picture = picture_of([appeared("a", 1, 0).caller(PATIENT).rings("201").group("")]);
    assert_eq!(picture.group.as_deref(), Some(""));
    assert!(picture.groups.is_empty());
}

#[test]
fn summary_may_name_a_group_instead_of_an_employee() {
    let missed = picture_of::<Fact>([
        appeared("a", 1, 0).caller(PATIENT).rings("201").group("").into(),
        over(Direction::Inbound, 20).caller(PATIENT).short("300").into(),
    ]);
    assert_eq!(missed.group.as_deref(), Some("300"));
    assert_eq!(missed.rang, [extension("201")]);

    let answered = picture_of([over(Direction::Inbound, 20).caller(PATIENT).short("300").answered(5)]);
    assert_eq!(answered.outcome, Some(Outcome::Answered));
    assert_eq!(answered.answered_by, None);
}

#[test]
fn short_number_a_leg_knows_is_an_employee_even_without_a_device() {
    let picture = picture_of::<Fact>([
        appeared("a", 1, 0).caller(PATIENT).rings("201").into(),
        over(Direction::Inbound, 20).caller(PATIENT).short("201").answered(5).into(),
    ]);
    assert_eq!(picture.group, None);
    assert_eq!(picture.answered_by, Some(extension("201")));
}

#[test]
fn two_calls_from_one_number_are_two_entries() {
    let mut other = appeared("b", 1, 3).caller(PATIENT).rings("202");
    other.0.entry = calls::EntryId::new("another");
    let mut entry = entry_of([appeared("a", 1, 0).caller(PATIENT).rings("201")]);
    assert!(!entry.add_leg(other.0));
    assert_eq!(entry.picture(late()).legs.len(), 1);
}

#[test]
fn missing_location_is_a_phone_unless_the_leg_says_otherwise() {
    let phone = entry_of([appeared("a", 1, 0).without_location().caller(PATIENT).rings("201")]).picture(at(1));
    assert_eq!(phone.state, calls::CallState::Ringing);
    assert_eq!(phone.legs[0].location, None);

    let menu = entry_of([
        appeared("ivr", 1, 0).location("ivr.2").caller(PATIENT).to(LINE),
        connected("ivr", 2, 1).without_location().caller(PATIENT).to(LINE),
    ])
    .picture(at(2));
    assert_eq!(menu.state, calls::CallState::Greeting);
    assert_eq!(menu.answered_at, None);
}

#[test]
fn unknown_word_for_a_location_is_a_phone_and_is_shown_as_it_came() {
    let picture = entry_of([appeared("a", 1, 0).location("hologram").caller(PATIENT).rings("201")]).picture(at(1));
    assert_eq!(picture.state, calls::CallState::Ringing);
    assert_eq!(picture.legs[0].location.as_deref(), Some("hologram"));
    assert_eq!(picture.rings.len(), 1);
}

#[test]
fn whole_numbers_of_patients_are_in_no_debug_output() {
    let picture = picture_of([appeared("a", 1, 0).by("203").to(PATIENT)]);
    let text = format!("{picture:?}");
    assert!(text.contains("…0101"), "{text}");
    assert!(!text.contains("9005550101"), "{text}");
}

#[test]
fn of_two_answers_within_a_second_the_one_that_was_handed_on_came_first() {
    let handed_on = connected("b", 2, 4).caller(PATIENT).rings("202").taken_from("c").transfer("blind");
    let first = connected("c", 3, 4).caller(PATIENT).rings("201");
    let picture = entry_of([handed_on, first]).picture(at(5));
    assert_eq!(picture.answered_by, Some(extension("201")));
}

#[test]
fn legs_that_are_taken_from_each_other_in_a_circle_are_read_all_the_same() {
    let one = connected("a", 2, 4).caller(PATIENT).rings("201").taken_from("b");
    let other = connected("b", 2, 4).caller(PATIENT).rings("202").taken_from("a");
    assert!(entry_of([one, other]).picture(at(5)).answered_by.is_some());
}
