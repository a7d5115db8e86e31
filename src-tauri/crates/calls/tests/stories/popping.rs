use calls::{Direction, PopRule, Skew, Viewer, pops};
use jiff::SignedDuration;

use crate::common::{
    Fact, LINE, PATIENT, Said, appeared, at, connected, disconnected, entry_of, extension, on_hold, over, scenario,
    seconds,
};

fn viewer(pop: PopRule) -> Viewer {
    Viewer { extension: Some(extension("201")), groups: vec!["300".to_owned()], pop }
}

/// Whether it pops by each rule: mine, groups, all.
fn popped(facts: impl IntoIterator<Item = Said>, second: i64) -> [bool; 3] {
    let picture = entry_of(facts).picture(at(second));
    [PopRule::Mine, PopRule::Groups, PopRule::All].map(|rule| pops(&picture, &viewer(rule), &Skew::new()))
}

const NOWHERE: [bool; 3] = [false, false, false];
const EVERYWHERE: [bool; 3] = [true, true, true];

fn mine(said: Said) -> Said {
    said.caller(PATIENT).rings("201")
}

fn theirs(said: Said) -> Said {
    said.caller(PATIENT).rings("205")
}

#[test]
fn rules_of_who_sees_what() {
    assert_eq!(popped([mine(appeared("a", 1, 0))], 1), EVERYWHERE);
    assert_eq!(popped([theirs(appeared("a", 1, 0)).group("300")], 1), [false, true, true]);
    assert_eq!(popped([theirs(appeared("a", 1, 0)).group("400")], 1), [false, false, true]);
    assert_eq!(popped([theirs(appeared("a", 1, 0))], 1), [false, false, true]);
    assert_eq!(popped([theirs(appeared("a", 1, 0)).group("")], 1), [false, false, true]);
}

#[test]
fn menu_queue_and_talk_do_not_pop() {
    let menu = appeared("ivr", 1, 0).location("ivr").caller(PATIENT).to(LINE);
    assert_eq!(popped([menu], 1), NOWHERE);
    assert_eq!(popped([appeared("q", 1, 0).location("queue").caller(PATIENT).group("300")], 1), NOWHERE);
    assert_eq!(popped([mine(connected("a", 2, 0))], 1), NOWHERE);
    assert_eq!(popped([mine(on_hold("a", 3, 0))], 1), NOWHERE);
    assert_eq!(popped([mine(appeared("a", 1, 0)), mine(disconnected("a", 2, 5, 1111))], 6), NOWHERE);
}

#[test]
fn outbound_and_internal_calls_do_not_pop() {
    assert_eq!(popped([mine(appeared("a", 1, 0)).command("pop-1")], 1), NOWHERE);
    assert_eq!(popped([mine(appeared("a", 1, 0)).callback()], 1), NOWHERE);
    assert_eq!(popped([appeared("a", 1, 0).by("203").rings("201")], 1), NOWHERE);
    assert_eq!(popped([appeared("a", 1, 0).by("201").to(PATIENT)], 1), NOWHERE);
}

#[test]
fn phone_without_extension_and_group_belongs_to_no_desk() {
    assert_eq!(popped([appeared("a", 1, 0).caller(PATIENT).to("79005550222")], 1), NOWHERE);
}

#[test]
fn hidden_caller_pops() {
    assert_eq!(popped([appeared("a", 1, 0).rings("201")], 1), EVERYWHERE);
}

#[test]
fn desk_without_extension_is_not_rung_by_phones_without_one() {
    let picture = entry_of([appeared("a", 1, 0).caller(PATIENT).to("79005550222").group("400")]).picture(at(1));
    let nobody = Viewer { extension: None, groups: vec![], pop: PopRule::Mine };
    assert!(!pops(&picture, &nobody, &Skew::new()));
}

#[test]
fn colleague_who_takes_it_silences_the_others_before_they_fall_silent() {
    let round = |said: Said| said.group("300").taken_from("ivr");
    let ringing = [round(mine(appeared("a", 1, 9))), round(theirs(appeared("b", 1, 9)))];
    assert_eq!(popped(ringing.clone(), 10), EVERYWHERE);
    let taken = ringing.into_iter().chain([round(theirs(connected("b", 2, 15)))]);
    assert_eq!(popped(taken, 16), NOWHERE);
}

#[test]
fn late_appeared_of_a_taken_call_does_not_pop() {
    let round = |said: Said| said.taken_from("ivr");
    let facts = [round(theirs(connected("b", 2, 15))), round(mine(appeared("a", 1, 16)))];
    assert_eq!(popped(facts, 17), NOWHERE);
}

#[test]
fn ringing_without_a_menu_before_it_is_silenced_by_a_take_too() {
    let facts = [mine(appeared("a", 1, 0)), theirs(appeared("b", 1, 0)), theirs(connected("b", 2, 5))];
    assert_eq!(popped(facts, 6), NOWHERE);
}

#[test]
fn several_devices_of_one_employee_ring_until_one_is_lifted() {
    let device = |said: Said, number: &str| mine(said).to(number).taken_from("ivr");
    let ringing = [device(appeared("a", 1, 0), "79005550222"), device(appeared("b", 1, 0), "79005550223")];
    assert_eq!(popped(ringing.clone(), 1), EVERYWHERE);
    let lifted = ringing.into_iter().chain([device(connected("b", 2, 5), "79005550223")]);
    assert_eq!(popped(lifted, 6), NOWHERE);
}

#[test]
fn blind_transfer_pops_at_its_target() {
    let first = [theirs(appeared("a", 1, 0)), theirs(connected("a", 2, 4)), theirs(disconnected("a", 3, 40, 1120))];
    // Version 2, version 1, and the patient put in the colleague's place already.
    let shapes = [
        appeared("b", 1, 40).by("205").rings("201").taken_from("a").transfer("blind"),
        appeared("b", 1, 40).by("205").rings("201").taken_from("a"),
        appeared("b", 1, 40).by("205").rings("201"),
        mine(appeared("b", 1, 40)).taken_from("a"),
        mine(appeared("b", 1, 41)),
    ];
    for shape in shapes {
        assert_eq!(popped(first.iter().cloned().chain([shape.clone()]), 42), EVERYWHERE, "{shape:?}");
    }
}

#[test]
fn transfer_to_a_group_is_silenced_by_whoever_takes_it() {
    let first = [theirs(connected("a", 2, 4)), theirs(disconnected("a", 3, 40, 1120))];
    let round = |said: Said| said.by("205").taken_from("a").group("300").transfer("blind");
    let ringing =
        first.into_iter().chain([round(appeared("b", 1, 40)).rings("201"), round(appeared("c", 1, 40)).rings("202")]);
    assert_eq!(popped(ringing.clone(), 41), EVERYWHERE);
    let taken = ringing.chain([round(connected("c", 2, 44)).rings("202")]);
    assert_eq!(popped(taken, 45), NOWHERE);
}

#[test]
fn consultation_of_several_devices_from_the_handset_is_silenced_by_the_one_lifted() {
    let consult = |said: Said| said.by("205").rings("201");
    let facts = [
        theirs(connected("a", 2, 4)),
        theirs(on_hold("a", 3, 30)),
        consult(appeared("b", 1, 31)),
        consult(appeared("c", 1, 31)),
    ];
    assert_eq!(popped(facts.clone(), 32), EVERYWHERE);
    assert_eq!(popped(facts.into_iter().chain([consult(connected("c", 2, 35))]), 36), NOWHERE);
}

#[test]
fn second_appeared_on_one_leg_still_pops_and_pops_once() {
    let facts = scenario("5-4");
    let start = match &facts[0] {
        Fact::Leg(event) => event.at,
        Fact::Summary(_) | Fact::Recalled(_) => unreachable!("the story begins with a leg"),
    };
    let second = Viewer { extension: Some(extension("202")), groups: vec![], pop: PopRule::Mine };
    let told: Vec<bool> = (1..=facts.len())
        .map(|known| {
            let entry = entry_of(facts[..known].iter().cloned());
            pops(&entry.picture(start + seconds(5)), &second, &Skew::new())
        })
        .collect();
    assert_eq!(told, [false, true, true, true, false, false]);
}

#[test]
fn transfer_within_the_second_of_the_answer_still_pops() {
    let facts = [theirs(connected("a", 3, 40)), mine(appeared("b", 1, 40)).taken_from("a")];
    assert_eq!(popped(facts, 41), EVERYWHERE);
}

#[test]
fn transfer_pops_though_the_first_word_of_the_talk_is_late() {
    let facts = [theirs(on_hold("a", 5, 45)), mine(appeared("b", 1, 40)).taken_from("a")];
    assert_eq!(popped(facts, 46), EVERYWHERE);
}

#[test]
fn group_that_is_named_later_is_not_the_one_that_rings() {
    let facts = [
        theirs(appeared("a", 1, 0)).group("300"),
        theirs(disconnected("a", 2, 20, 1111)).group("300"),
        appeared("b", 1, 20).caller(PATIENT).rings("206"),
        appeared("c", 1, 25).caller(PATIENT).rings("207").group("400"),
    ];
    let picture = entry_of(facts).picture(at(26));
    let groups: Vec<_> = picture.rings.iter().map(|ring| ring.group.as_deref()).collect();
    assert_eq!(groups, [Some("300"), Some("400")]);
}

#[test]
fn returned_transfer_pops_at_who_transferred() {
    let facts = [
        mine(connected("a", 2, 4)),
        mine(disconnected("a", 3, 40, 1120)),
        appeared("b", 1, 40).by("201").rings("205").taken_from("a").transfer("blind"),
        disconnected("b", 2, 60, 1111).by("201").rings("205").taken_from("a").transfer("blind"),
    ];
    let back = mine(appeared("c", 1, 60));
    assert_eq!(
        popped(facts.iter().cloned().chain([back.clone().taken_from("b").transfer("return_blind")]), 61),
        EVERYWHERE
    );
    assert_eq!(popped(facts.iter().cloned().chain([back.clone().taken_from("b")]), 61), EVERYWHERE);
    assert_eq!(popped(facts.into_iter().chain([back]), 61), EVERYWHERE);
}

#[test]
fn phone_somebody_talks_on_does_not_ring_again() {
    let facts = [mine(appeared("a", 1, 0)), mine(connected("a", 2, 4)), mine(appeared("a", 3, 9))];
    assert_eq!(popped(facts, 10), NOWHERE);
}

#[test]
fn transfer_to_an_outside_mobile_pops_nowhere() {
    let facts = [
        mine(connected("a", 2, 4)).group("300"),
        mine(disconnected("a", 3, 40, 1120)).group("300"),
        appeared("b", 1, 40).by("201").to("79005550222").taken_from("a"),
    ];
    assert_eq!(popped(facts, 41), NOWHERE);
}

#[test]
fn leg_without_a_group_rings_for_the_group_known_earlier() {
    let facts = [
        theirs(appeared("a", 1, 0)).group("300"),
        theirs(disconnected("a", 2, 20, 1111)).group("300"),
        appeared("b", 1, 20).caller(PATIENT).rings("206").group(""),
    ];
    assert_eq!(popped(facts.clone(), 21), [false, true, true]);
    let picture = entry_of(facts).picture(at(21));
    assert_eq!(picture.rings[0].group.as_deref(), Some("300"));
}

#[test]
fn newest_group_before_the_ring_counts_and_not_the_first() {
    let facts = [
        theirs(appeared("a", 1, 0)).group("300"),
        theirs(disconnected("a", 2, 20, 1111)).group("300"),
        appeared("q", 1, 20).location("queue").caller(PATIENT).group("400"),
        disconnected("q", 2, 30, 1100).location("queue").caller(PATIENT).group("400"),
        appeared("b", 1, 30).caller(PATIENT).rings("206"),
    ];
    assert_eq!(popped(facts, 31), [false, false, true]);
}

#[test]
fn summary_silences_everything() {
    let entry = entry_of::<Fact>([
        mine(appeared("a", 1, 0)).into(),
        over(Direction::Inbound, 5).caller(PATIENT).employee("202").answered(2).into(),
    ]);
    assert_eq!(entry.picture(at(6)).rings, []);
}

#[test]
fn lost_ringing_falls_silent() {
    assert_eq!(popped([mine(appeared("a", 1, 0)).received(0)], 179), EVERYWHERE);
    assert_eq!(popped([mine(appeared("a", 1, 0)).received(0)], 180), NOWHERE);
}

#[test]
fn old_post_is_history() {
    let mut skew = Skew::new();
    for second in 0..20 {
        skew.observe(at(second), at(second) + SignedDuration::from_millis(700));
    }
    let late = |delay| entry_of([mine(appeared("a", 1, 0)).received(delay)]).picture(at(delay));
    assert!(pops(&late(120), &viewer(PopRule::Mine), &skew));
    assert!(!pops(&late(121), &viewer(PopRule::Mine), &skew));
}

#[test]
fn repeat_of_a_fresh_post_does_not_make_it_old() {
    let mut skew = Skew::new();
    skew.observe(at(0), at(1));
    let said = mine(appeared("a", 1, 0));
    let entry = entry_of([said.clone().received(150), said.received(1)]);
    assert!(pops(&entry.picture(at(151)), &viewer(PopRule::Mine), &skew));
}

#[test]
fn wrong_clock_still_pops_and_is_told() {
    for wrong in [-600, 600] {
        let mut skew = Skew::new();
        skew.observe(at(0), at(wrong));
        assert!(skew.is_wrong());
        assert!(skew.is_fresh(at(3), at(wrong + 4)));
        assert!(!skew.is_fresh(at(3), at(wrong + 200)));
    }
}

#[test]
fn skew_is_the_lower_median_of_the_last_20() {
    let mut skew = Skew::new();
    assert_eq!(skew.ahead(), None);
    assert!(!skew.is_wrong());
    assert!(skew.is_fresh(at(0), at(100_000)));
    for delay in [9, 1, 5, 3] {
        skew.observe(at(0), at(delay));
    }
    assert_eq!(skew.ahead(), Some(seconds(3)));
    for _ in 0..20 {
        skew.observe(at(0), at(61));
    }
    assert_eq!(skew.ahead(), Some(seconds(61)));
    assert!(skew.is_wrong());
    for _ in 0..10 {
        skew.observe(at(0), at(60));
    }
    assert_eq!(skew.ahead(), Some(seconds(60)));
    assert!(!skew.is_wrong());
}

#[test]
fn one_old_post_among_fresh_ones_is_not_the_clock() {
    let mut skew = Skew::new();
    for second in 0..5 {
        skew.observe(at(second), at(second + 1));
    }
    skew.observe(at(0), at(3_600));
    assert!(!skew.is_wrong());
    assert!(!skew.is_fresh(at(0), at(3_600)));
}
