use calls::{Direction, LegState, Outcome, Picture};
use expect_test::{Expect, expect};
use phone::Party;

use crate::common::{
    ALL_SCENARIOS, LINE, PATIENT, appeared, disconnected, late, over, picture_of, scenario, scenario_of_version_1,
};

/// A picture in words; times in seconds from its start.
fn told(picture: &Picture) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let second = |at: jiff::Timestamp| at.duration_since(picture.started_at).as_secs().to_string();
    let number = picture.number.as_ref().map(|number| match number {
        Party::Phone(number) => number.as_str().to_owned(),
        Party::Sip(text) | Party::Other(text) => text.clone(),
        Party::Hidden => "hidden".to_owned(),
    });
    let mut text = format!(
        "{:?} {:?} {}\n",
        picture.direction,
        picture.state,
        or_none(picture.outcome.map(|outcome| format!("{outcome:?}"))),
    );
    text += &format!(
        "number {}, line {}, group {}\n",
        or_none(number),
        or_none(picture.line.clone()),
        or_none(picture.group.as_ref().map(|group| format!("{group:?}"))),
    );
    text += &format!(
        "answered {} by {}, ended {}, reason {}\n",
        or_none(picture.answered_at.map(second)),
        or_none(picture.answered_by.as_ref().map(ToString::to_string)),
        or_none(picture.ended_at.map(second)),
        or_none(picture.reason.map(|reason| reason.to_string())),
    );
    text += &format!(
        "by {}, command {}\n",
        or_none(picture.by.as_ref().map(ToString::to_string)),
        or_none(picture.command.as_ref().map(ToString::to_string)),
    );
    let rang: Vec<&str> = picture.rang.iter().map(|rang| rang.as_str()).collect();
    text += &format!(
        "rang {}, groups {}, queue {}, rings {}\n",
        rang.join("+"),
        picture.groups.join("+"),
        picture.waited_in_queue,
        picture.rings.len(),
    );
    for leg in &picture.legs {
        assert_eq!(leg.state, LegState::Ended, "a call that is over has no live legs");
        text += &format!(
            "leg {} {} {}\n",
            or_none(leg.extension.as_ref().map(ToString::to_string)),
            or_none(leg.location.clone()),
            or_none(leg.device.clone()),
        );
    }
    text
}

fn check(name: &str, expected: Expect) {
    expected.assert_eq(&told(&picture_of(scenario(name))));
}

#[test]
fn a_group_rings_and_202_answers() {
    check(
        "5-1",
        expect![[r#"
        Inbound Ended Answered
        number +79005550101, line +74995550199, group "300"
        answered 15 by 202, ended 78, reason 1110
        by -, command -
        rang 201+202+203, groups 300, queue false, rings 0
        leg - ivr +74995550199
        leg 201 abonent sip:user201@vpbx000000001.mangosip.ru
        leg 202 abonent sip:user202@vpbx000000001.mangosip.ru
        leg 203 abonent sip:user203@vpbx000000001.mangosip.ru
    "#]],
    );
}

#[test]
fn the_patient_gives_up_while_two_phones_ring() {
    check(
        "5-2",
        expect![[r#"
        Inbound Ended Missed
        number +79005550101, line +74995550199, group "300"
        answered - by -, ended 21, reason 1110
        by -, command -
        rang 201+202, groups 300, queue false, rings 0
        leg - ivr +74995550199
        leg 201 abonent sip:user201@vpbx000000001.mangosip.ru
        leg 202 abonent sip:user202@vpbx000000001.mangosip.ru
    "#]],
    );
}

#[test]
fn blind_transfer_by_command() {
    check(
        "5-3",
        expect![[r#"
        Inbound Ended Answered
        number +79005550101, line +74995550199, group -
        answered 4 by 201, ended 90, reason 1110
        by -, command -
        rang 201+202, groups , queue false, rings 0
        leg 201 abonent sip:user201@vpbx000000001.mangosip.ru
        leg 202 abonent sip:user202@vpbx000000001.mangosip.ru
    "#]],
    );
}

#[test]
fn blind_transfer_from_the_handset() {
    check(
        "5-4",
        expect![[r#"
        Inbound Ended Answered
        number +79005550101, line +74995550199, group -
        answered 0 by 201, ended 50, reason 1110
        by -, command -
        rang 201+202, groups , queue false, rings 0
        leg 201 abonent sip:user201@vpbx000000001.mangosip.ru
        leg 202 abonent sip:user202@vpbx000000001.mangosip.ru
    "#]],
    );
}

#[test]
fn consultative_transfer() {
    check(
        "5-5",
        expect![[r#"
        Inbound Ended Answered
        number +79005550101, line +74995550199, group -
        answered 5 by 201, ended 110, reason 1110
        by -, command -
        rang 201+202, groups , queue false, rings 0
        leg 201 abonent sip:user201@vpbx000000001.mangosip.ru
        leg 202 abonent sip:user202@vpbx000000001.mangosip.ru
    "#]],
    );
}

#[test]
fn click_to_call() {
    check(
        "5-6",
        expect![[r#"
        Outbound Ended Answered
        number +79005550101, line +74995550199, group -
        answered 18 by 201, ended 75, reason 1120
        by 201, command pop-0001
        rang , groups , queue false, rings 0
        leg 201 abonent sip:user201@vpbx000000001.mangosip.ru
        leg 201 abonent +79005550101
    "#]],
    );
}

#[test]
fn softphone_call_whose_summary_comes_first() {
    check(
        "5-7",
        expect![[r#"
        Outbound Ended Answered
        number +79005550101, line +74995550199, group -
        answered 11 by 203, ended 52, reason 1120
        by 203, command -
        rang , groups , queue false, rings 0
        leg 203 abonent +79005550101
    "#]],
    );
}

#[test]
fn internal_call() {
    check(
        "5-8",
        expect![[r#"
        Internal Ended Answered
        number -, line -, group -
        answered 3 by 203, ended 33, reason 1110
        by 201, command -
        rang 203, groups , queue false, rings 0
        leg 203 abonent sip:user203@vpbx000000001.mangosip.ru
    "#]],
    );
}

#[test]
fn hidden_number_over_a_sip_line_to_a_mobile() {
    check(
        "5-9",
        expect![[r#"
        Inbound Ended Answered
        number -, line sip:line1@vpbx000000001.mangosip.ru, group ""
        answered 8 by 201, ended 20, reason 1110
        by -, command -
        rang 201, groups , queue false, rings 0
        leg - ivr sip:line1@vpbx000000001.mangosip.ru
        leg 201 abonent +79005550222
    "#]],
    );
}

#[test]
fn version_1_of_the_api_tells_the_same_story() {
    for name in ALL_SCENARIOS {
        let with = picture_of(scenario(name));
        let without = picture_of(scenario_of_version_1(name));
        assert_eq!(with, without, "{name}");
    }
}

#[test]
fn a_call_that_died_in_the_menu_is_abandoned() {
    let picture = picture_of::<crate::common::Fact>([
        appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE).into(),
        disconnected("ivr", 2, 8, 1110).location("ivr").caller(PATIENT).to(LINE).into(),
        over(Direction::Inbound, 8).caller(PATIENT).line("+74995550199").reason(1110).into(),
    ]);
    assert_eq!(picture.outcome, Some(Outcome::Abandoned));
    assert_eq!(picture.rang, []);
    assert_eq!(picture.reason, Some(1110));
}

#[test]
fn nothing_known_is_nothing_claimed() {
    let entry = calls::Entry::new(calls::EntryId::new("entry"));
    let picture = entry.picture(late());
    assert_eq!(picture.outcome, Some(Outcome::Unknown));
    assert_eq!(picture.number, None);
    assert_eq!(entry.next_deadline(late()), None);
}
