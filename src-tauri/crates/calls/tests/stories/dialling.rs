use calls::dial::{Facts, Progress, Reply, State, next_deadline, progress};
use calls::{CommandId, Direction, Entry};

use crate::common::{
    Fact, PATIENT, Said, appeared, at, connected, disconnected, entry_of, extension, over, scenario, seconds,
};

fn asked() -> Facts {
    Facts {
        command: CommandId::new("pop-1"),
        extension: extension("201"),
        asked_at: at(0),
        reply: Some(Reply::Accepted),
        result: None,
        restarted: false,
    }
}

fn first(said: Said) -> Said {
    said.caller(PATIENT).rings("201").command("pop-1").callback()
}

fn second(said: Said) -> Said {
    said.by("201").to(PATIENT).taken_from("a").command("pop-1").callback()
}

fn how_far(facts: &Facts, entry: Option<&Entry>, now: i64) -> (State, Option<i32>) {
    let Progress { state, reason, .. } = progress(facts, entry, at(now));
    (state, reason)
}

fn by_legs(legs: Vec<Said>, now: i64) -> (State, Option<i32>) {
    how_far(&asked(), Some(&entry_of(legs)), now)
}

#[test]
fn before_any_leg_replies_tell() {
    let table = [
        // reply, result, restarted, second, what it is
        (None, None, false, 29, (State::Sending, None)),
        (None, None, false, 30, (State::Unclear, None)),
        (None, None, true, 1, (State::Unclear, None)),
        (None, Some(1000), true, 1, (State::Accepted, None)),
        (Some(Reply::Accepted), None, false, 59, (State::Accepted, None)),
        (Some(Reply::Accepted), None, true, 59, (State::Accepted, None)),
        (Some(Reply::Accepted), None, false, 60, (State::Unclear, None)),
        (Some(Reply::Accepted), Some(1000), false, 59, (State::Accepted, None)),
        (Some(Reply::Accepted), Some(1090), false, 59, (State::Accepted, None)),
        (Some(Reply::Accepted), Some(1121), false, 3, (State::Failed, Some(1121))),
        (Some(Reply::Accepted), Some(1100), false, 3, (State::Failed, Some(1100))),
        (Some(Reply::Refused { code: 3300 }), None, false, 3, (State::Failed, Some(3300))),
        (Some(Reply::Refused { code: 3300 }), None, true, 300, (State::Failed, Some(3300))),
        (Some(Reply::Unreachable), None, false, 3, (State::Failed, None)),
        (Some(Reply::Unclear), None, false, 3, (State::Unclear, None)),
        (Some(Reply::Unclear), Some(1000), false, 3, (State::Accepted, None)),
        (Some(Reply::Unclear), Some(4100), false, 3, (State::Failed, Some(4100))),
        (None, Some(4100), false, 3, (State::Failed, Some(4100))),
    ];
    for (reply, result, restarted, now, expected) in table {
        let facts = Facts { reply, result, restarted, ..asked() };
        assert_eq!(how_far(&facts, None, now), expected, "{reply:?} {result:?} {restarted} {now}");
        assert_eq!(progress(&facts, None, at(now)).call, None);
    }
}

#[test]
fn way_of_a_click_to_call() {
    let facts = Facts { command: CommandId::new("pop-0001"), ..asked() };
    let facts = Facts { asked_at: at(3_998), ..facts };
    let told: Vec<State> = (1..=scenario("5-6").len())
        .map(|known| {
            let entry = entry_of(scenario("5-6").into_iter().take(known));
            progress(&facts, Some(&entry), at(4_010)).state
        })
        .collect();
    assert_eq!(
        told,
        [
            State::RingingUs,
            State::RingingThem,
            State::RingingThem,
            State::RingingThem,
            State::Talking,
            State::Done,
            State::Done,
        ]
    );
}

#[test]
fn ends_of_the_operators_leg() {
    let fails = [1111, 1120, 1121, 1122, 1123, 1130, 1131, 1133, 1180, 1181, 1182, 4001, 4100, 4200, 2240, 5003];
    for code in fails {
        let legs = vec![first(appeared("a", 1, 0)), first(disconnected("a", 2, 20, code))];
        assert_eq!(by_legs(legs, 21), (State::Failed, Some(code)), "{code}");
    }
    for code in [1000, 1001, 1090, 1100, 1110] {
        let legs = vec![first(appeared("a", 1, 0)), first(disconnected("a", 2, 20, code)).received(21)];
        assert_eq!(by_legs(legs.clone(), 30), (State::RingingThem, None), "{code}");
        assert_eq!(by_legs(legs, 31), (State::Failed, Some(code)), "{code}");
    }
}

#[test]
fn ends_of_the_leg_to_the_patient() {
    let before = [first(appeared("a", 1, 0)), first(disconnected("a", 2, 5, 1100)), second(appeared("b", 1, 5))];
    assert_eq!(by_legs(before.to_vec(), 6), (State::RingingThem, None));
    let busy = before.iter().cloned().chain([second(disconnected("b", 2, 9, 1121))]);
    assert_eq!(by_legs(busy.collect(), 10), (State::Failed, Some(1121)));
    let talking = before.iter().cloned().chain([second(connected("b", 2, 9))]);
    assert_eq!(by_legs(talking.clone().collect(), 10), (State::Talking, None));
    let done = talking.chain([second(disconnected("b", 3, 60, 1120))]);
    assert_eq!(by_legs(done.collect(), 61), (State::Done, None));
}

#[test]
fn second_leg_before_the_first_is_already_ringing_them() {
    assert_eq!(by_legs(vec![second(appeared("b", 1, 5))], 6), (State::RingingThem, None));
}

#[test]
fn several_devices_of_the_operator_the_lifted_one_decides() {
    let ringing = [first(appeared("a", 1, 0)), first(appeared("a2", 1, 0))];
    let one_fell_silent = ringing.iter().cloned().chain([first(disconnected("a2", 2, 3, 1131))]);
    assert_eq!(by_legs(one_fell_silent.clone().collect(), 4), (State::RingingUs, None));
    let lifted = one_fell_silent.chain([first(connected("a", 2, 5))]);
    assert_eq!(by_legs(lifted.clone().collect(), 6), (State::RingingThem, None));
    let gap = lifted.chain([first(disconnected("a", 3, 6, 1100))]);
    assert_eq!(by_legs(gap.collect(), 7), (State::RingingThem, None));
}

#[test]
fn hung_up_phone_decides_though_another_device_seems_to_ring() {
    let legs = [
        first(appeared("a", 1, 0)),
        first(appeared("a2", 1, 0)),
        first(connected("a", 2, 5)),
        first(disconnected("a", 3, 6, 1120)),
    ];
    assert_eq!(by_legs(legs.to_vec(), 7), (State::Failed, Some(1120)));
}

#[test]
fn legs_outrank_replies() {
    let entry = entry_of([first(appeared("a", 1, 0))]);
    for reply in [None, Some(Reply::Refused { code: 3100 }), Some(Reply::Unreachable), Some(Reply::Unclear)] {
        for result in [None, Some(1000), Some(4100)] {
            let facts = Facts { reply, result, restarted: true, ..asked() };
            assert_eq!(how_far(&facts, Some(&entry), 90), (State::RingingUs, None));
            assert_eq!(progress(&facts, Some(&entry), at(90)).call.as_ref(), Some(entry.id()));
        }
    }
}

#[test]
fn bad_result_decides_when_the_legs_do_not() {
    let legs = [first(appeared("a", 1, 0)), first(disconnected("a", 2, 20, 1100))];
    let facts = Facts { result: Some(1121), ..asked() };
    assert_eq!(how_far(&facts, Some(&entry_of(legs)), 22), (State::Failed, Some(1121)));
}

#[test]
fn summary_ends_a_dial() {
    let with = |over: crate::common::Fact| entry_of::<Fact>([first(appeared("a", 1, 0)).into(), over]);
    let answered = over(Direction::Outbound, 60).by("201").called(PATIENT).answered(18);
    assert_eq!(how_far(&asked(), Some(&with(answered.into())), 61), (State::Done, None));
    let failed = over(Direction::Outbound, 60).by("201").called(PATIENT).reason(1111);
    assert_eq!(how_far(&asked(), Some(&with(failed.clone().into())), 61), (State::Failed, Some(1111)));
    assert_eq!(how_far(&asked(), Some(&entry_of([failed])), 61), (State::Failed, Some(1111)));
}

#[test]
fn lost_end_is_unclear_unless_they_talked() {
    assert_eq!(by_legs(vec![first(appeared("a", 1, 0))], 100_000), (State::Unclear, None));
    assert_eq!(by_legs(vec![second(connected("b", 2, 9))], 100_000), (State::Done, None));
}

#[test]
fn call_put_through_to_a_colleague_is_still_the_talk() {
    let legs = vec![
        first(appeared("a", 1, 0)),
        first(disconnected("a", 2, 5, 1100)),
        second(connected("b", 2, 9)),
        second(disconnected("b", 3, 40, 1120)),
        connected("c", 2, 45).caller(PATIENT).rings("202").taken_from("b"),
    ];
    assert_eq!(by_legs(legs, 46), (State::Talking, None));
}

#[test]
fn entry_of_another_command_tells_nothing() {
    let entry = entry_of([appeared("a", 1, 0).caller(PATIENT).rings("201").command("pop-2")]);
    assert_eq!(how_far(&asked(), Some(&entry), 5), (State::Accepted, None));
    let transferred = entry_of([
        appeared("a", 1, 0).caller(PATIENT).rings("201"),
        disconnected("a", 3, 9, 1120).caller(PATIENT).rings("201").command("pop-1"),
    ]);
    assert_eq!(how_far(&asked(), Some(&transferred), 5), (State::Accepted, None));
}

#[test]
fn time_alone_changes_progress_at_its_deadlines_only() {
    let entries = [
        None,
        Some(entry_of([first(appeared("a", 1, 0))])),
        Some(entry_of([first(appeared("a", 1, 0)), first(disconnected("a", 2, 20, 1100))])),
        Some(entry_of([second(connected("b", 2, 9))])),
    ];
    for entry in &entries {
        for reply in [None, Some(Reply::Accepted), Some(Reply::Unclear)] {
            let facts = Facts { reply, ..asked() };
            let mut from = at(21);
            while let Some(deadline) = next_deadline(&facts, entry.as_ref(), from) {
                let before = progress(&facts, entry.as_ref(), from);
                let instant = jiff::SignedDuration::from_nanos(1);
                assert_eq!(progress(&facts, entry.as_ref(), deadline - instant), before);
                from = deadline;
            }
            let last = progress(&facts, entry.as_ref(), from);
            assert_eq!(progress(&facts, entry.as_ref(), from + seconds(1_000_000)), last);
        }
    }
}
