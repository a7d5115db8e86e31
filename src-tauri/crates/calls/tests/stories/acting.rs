use calls::deed::{Facts, Progress, State, What, progress};
use calls::dial::Reply;
use calls::{CallId, CommandId, Consult, Direction, Entry, Grip};
use proptest::prelude::*;

use crate::common::{
    Fact, PATIENT, Said, appeared, at, cases, connected, disconnected, entry_of, extension, on_hold, over, scenario,
};

const MENU: &str = "m";
const OURS: &str = "a";
const THEIRS: &str = "b";

fn id(call: &str) -> CallId {
    CallId::new(call)
}

fn in_menu(second: i64) -> Said {
    appeared(MENU, 1, second).caller(PATIENT).location("ivr")
}

fn rings(call: &str, short: &str, second: i64) -> Said {
    appeared(call, 1, second).caller(PATIENT).rings(short).taken_from(MENU)
}

fn talks(call: &str, short: &str, second: i64) -> Said {
    connected(call, 2, second).caller(PATIENT).rings(short).taken_from(MENU)
}

fn grip(entry: &Entry, short: &str) -> Grip {
    entry.grip(Some(&extension(short)))
}

fn only(change: impl FnOnce(&mut Grip)) -> Grip {
    let mut grip = Grip::default();
    change(&mut grip);
    grip
}

/// 201 holds the patient and calls 202.
fn consulting() -> Vec<Said> {
    vec![
        rings(OURS, "201", 0),
        talks(OURS, "201", 3),
        on_hold(OURS, 3, 10).caller(PATIENT).rings("201").taken_from(MENU),
        appeared(THEIRS, 1, 11).by("201").rings("202").taken_from(OURS).transfer("consultative"),
    ]
}

#[test]
fn nothing_can_be_done_with_a_call_that_is_over_though_a_leg_seems_to_live() {
    let over = over(Direction::Inbound, 30).caller(PATIENT);
    let entry = entry_of::<Fact>([in_menu(0).into(), talks(OURS, "201", 3).into(), over.into()]);
    assert!(grip(&entry, "201").is_empty() && entry.grip(None).is_empty());
    assert_eq!(entry.grips(), (Vec::new(), Grip::default()));
}

#[test]
fn a_call_in_the_menu_or_a_queue_can_be_taken_by_anybody() {
    let menu = entry_of([in_menu(0)]);
    assert_eq!(grip(&menu, "201"), only(|grip| grip.take = Some(id(MENU))));
    assert_eq!(menu.grip(None), only(|grip| grip.take = Some(id(MENU))));

    let queue = appeared("q", 1, 5).caller(PATIENT).location("queue").taken_from(MENU);
    let waits = entry_of([in_menu(0), queue, rings(THEIRS, "202", 6)]);
    assert_eq!(grip(&waits, "201"), only(|grip| grip.take = Some(id("q"))));
    assert_eq!(grip(&waits, "202"), only(|grip| grip.hang_up = Some(id(THEIRS))));
}

#[test]
fn a_call_that_rings_at_a_colleague_can_be_taken_and_one_that_rings_here_cannot() {
    let entry = entry_of([rings(OURS, "201", 0), rings(THEIRS, "202", 0)]);
    assert_eq!(grip(&entry, "201"), only(|grip| grip.hang_up = Some(id(OURS))));
    assert_eq!(grip(&entry, "203"), only(|grip| grip.take = Some(id(OURS))));
}

#[test]
fn a_talk_belongs_to_whoever_talks() {
    let entry = entry_of([rings(OURS, "201", 0), rings(THEIRS, "202", 0), talks(THEIRS, "202", 5)]);
    let talking = only(|grip| {
        grip.hang_up = Some(id(THEIRS));
        grip.talk = Some(id(THEIRS));
    });
    assert_eq!(grip(&entry, "202"), talking);
    assert_eq!(grip(&entry, "203"), Grip::default());
    // The own phone has not fallen silent yet.
    assert_eq!(grip(&entry, "201"), only(|grip| grip.hang_up = Some(id(OURS))));
    let (by, by_others) = entry.grips();
    let on: Vec<_> = by.iter().map(|(on, _)| on.clone()).collect();
    assert_eq!(on, [extension("201"), extension("202")]);
    assert!(by.iter().all(|(on, grip)| *grip == entry.grip(Some(on))) && by_others == entry.grip(None));
}

#[test]
fn a_consultation_can_be_called_off_and_joined_once_the_colleague_answers() {
    let asked = entry_of(consulting());
    let consult = |answered| Consult { held: id(OURS), asked: id(THEIRS), colleague: Some(extension("202")), answered };
    let holding = |answered| {
        only(|grip| {
            grip.hang_up = Some(id(if answered { THEIRS } else { OURS }));
            grip.consult = Some(consult(answered));
        })
    };
    assert_eq!(grip(&asked, "201"), holding(false));
    let spoken = entry_of(
        [consulting(), vec![connected(THEIRS, 2, 15).by("201").rings("202").taken_from(OURS).transfer("consultative")]]
            .concat(),
    );
    assert_eq!(grip(&spoken, "201"), holding(true));
}

#[test]
fn a_click_to_call_is_nobodys_talk_until_the_patient_answers() {
    let first = |said: Said| said.caller(PATIENT).rings("201").command("pop-1").callback();
    let second = |said: Said| said.by("201").to(PATIENT).taken_from(OURS).command("pop-1").callback();
    let lifted = entry_of([first(appeared(OURS, 1, 0)), first(connected(OURS, 2, 3)), second(appeared(THEIRS, 1, 4))]);
    assert_eq!(grip(&lifted, "201").talk, None);
    assert_eq!(lifted.grip(None), Grip::default());
    let talking = entry_of([
        first(appeared(OURS, 1, 0)),
        first(disconnected(OURS, 2, 4, 1100)),
        second(appeared(THEIRS, 1, 4)),
        second(connected(THEIRS, 2, 9)),
    ]);
    assert_eq!(grip(&talking, "201").talk, Some(id(THEIRS)));
}

#[test]
fn nothing_can_be_done_with_a_call_that_is_over() {
    for story in ["5-1", "5-2", "5-5", "5-6"] {
        let entry = entry_of([scenario(story), vec![Fact::from(over(Direction::Inbound, 100))]].concat());
        for short in ["201", "202", "203"] {
            assert_eq!(grip(&entry, short), Grip::default(), "{story} {short}");
        }
        assert_eq!(entry.grips(), (Vec::new(), Grip::default()));
    }
}

fn asked(what: What, leg: &str, to: Option<&str>) -> Facts {
    Facts {
        command: CommandId::new("pop-7"),
        what,
        leg: id(leg),
        by: Some(extension("201")),
        to: to.map(str::to_owned),
        asked_at: at(10),
        reply: Some(Reply::Accepted),
        result: None,
        restarted: false,
        recorded: false,
    }
}

fn how_far(facts: &Facts, said: Vec<Said>) -> (State, Option<i32>) {
    let Progress { state, reason } = progress(facts, &entry_of(said), at(20));
    (state, reason)
}

#[test]
fn before_the_call_shows_anything_replies_tell() {
    let talk = vec![rings(OURS, "201", 0), talks(OURS, "201", 3)];
    let table = [
        // reply, result, restarted, second, what it is
        (None, None, false, 39, (State::Sending, None)),
        (None, None, false, 40, (State::Unclear, None)),
        (None, None, true, 11, (State::Unclear, None)),
        (None, Some(1000), true, 11, (State::Accepted, None)),
        (Some(Reply::Accepted), None, false, 11, (State::Accepted, None)),
        (Some(Reply::Accepted), Some(4101), false, 11, (State::Failed, Some(4101))),
        (Some(Reply::Refused { code: 4100 }), None, false, 11, (State::Failed, Some(4100))),
        (Some(Reply::Unreachable), None, false, 11, (State::Failed, None)),
        (Some(Reply::Unclear), None, false, 300, (State::Unclear, None)),
        (Some(Reply::Unclear), Some(1000), false, 11, (State::Accepted, None)),
    ];
    for (reply, result, restarted, now, expected) in table {
        let facts = Facts { reply, result, restarted, ..asked(What::Hold, OURS, None) };
        let Progress { state, reason } = progress(&facts, &entry_of(talk.clone()), at(now));
        assert_eq!((state, reason), expected, "{reply:?} {result:?} {restarted} {now}");
    }
}

#[test]
fn a_blind_transfer_is_done_when_the_target_answers_and_failed_when_nobody_does() {
    let facts = asked(What::Transfer, OURS, Some("202"));
    let left = disconnected(OURS, 3, 10, 1120).caller(PATIENT).rings("201").transferred().command("pop-7");
    let handed = |said: Said| said.rings("202").taken_from(OURS).transfer("blind").command("pop-7");
    let mut said = vec![rings(OURS, "201", 0), talks(OURS, "201", 3), left];
    assert_eq!(how_far(&facts, said.clone()), (State::Accepted, None));
    said.push(handed(appeared(THEIRS, 1, 10)).by("201"));
    assert_eq!(how_far(&facts, said.clone()), (State::Accepted, None));
    let answered = [said.clone(), vec![handed(connected(THEIRS, 2, 15)).caller(PATIENT)]].concat();
    assert_eq!(how_far(&facts, answered), (State::Done, None));
    said.push(handed(disconnected(THEIRS, 2, 15, 1111)).caller(PATIENT));
    said.push(appeared("c", 1, 15).caller(PATIENT).rings("201").taken_from(THEIRS).transfer("return_blind"));
    assert_eq!(how_far(&facts, said), (State::Failed, Some(1111)));
}

/// Whoever of a group answers, whatever became of the others and whatever the PBX says of the command in their legs.
#[test]
fn a_transfer_to_a_group_is_done_when_any_of_it_answers() {
    let facts = asked(What::Transfer, OURS, Some("300"));
    for command in ["pop-7", "-"] {
        let handed = |said: Said, short: &str| said.caller(PATIENT).rings(short).taken_from(OURS).command(command);
        let left = disconnected(OURS, 3, 10, 1120).caller(PATIENT).rings("201").transferred();
        let first = [handed(appeared("b", 1, 11), "202"), handed(disconnected("b", 2, 15, 1182), "202")];
        let second = [handed(appeared("c", 1, 11), "203"), handed(connected("c", 2, 15), "203")];
        let begun = vec![rings(OURS, "201", 0), talks(OURS, "201", 3), left];
        let told = |parts: &[&[Said]]| [begun.clone(), parts.concat()].concat();
        assert_eq!(how_far(&facts, told(&[&first, &second])), (State::Done, None), "{command}");
        assert_eq!(how_far(&facts, told(&[&second, &first])), (State::Done, None), "{command}");
        // One after another: between them nothing rings.
        assert_eq!(how_far(&facts, told(&[&first])), (State::Accepted, None), "{command}");
        assert_eq!(how_far(&facts, told(&[&first, &second[..1]])), (State::Accepted, None), "{command}");
    }
}

#[test]
fn in_a_consultation_with_a_group_whoever_lifts_can_be_joined() {
    let ask = |said: Said, short: &str| said.by("201").rings(short).taken_from(OURS).transfer("consultative");
    let said = [consulting(), vec![ask(appeared("c", 1, 11), "203"), ask(connected("c", 2, 14), "203")]].concat();
    let consult = grip(&entry_of(said), "201").consult.unwrap();
    assert_eq!((consult.asked, consult.answered), (id("c"), true));
}

/// A clock that is ahead makes no difference: what counts is when we heard of it.
#[test]
fn a_wrong_clock_does_not_hide_what_was_done() {
    let facts = Facts { asked_at: at(610), ..asked(What::Hold, OURS, None) };
    let held = on_hold(OURS, 3, 11).caller(PATIENT).rings("201").received(611);
    let entry = entry_of([rings(OURS, "201", 0).received(600), talks(OURS, "201", 3).received(603), held]);
    assert_eq!(progress(&facts, &entry, at(612)).state, State::Done);
    let before = on_hold(OURS, 3, 9).caller(PATIENT).rings("201").received(609);
    let entry = entry_of([rings(OURS, "201", 0).received(600), talks(OURS, "201", 3).received(603), before]);
    assert_eq!(progress(&facts, &entry, at(612)).state, State::Accepted);
}

#[test]
fn the_legs_of_a_transfer_count_without_the_commands_id_too() {
    let facts = Facts { reply: Some(Reply::Unclear), ..asked(What::Transfer, OURS, Some("202")) };
    let said = vec![
        rings(OURS, "201", 0),
        talks(OURS, "201", 3),
        disconnected(OURS, 3, 10, 1120).caller(PATIENT).rings("201"),
        appeared(THEIRS, 1, 10).caller(PATIENT).rings("202").taken_from(OURS),
        connected(THEIRS, 2, 15).caller(PATIENT).rings("202").taken_from(OURS),
    ];
    assert_eq!(how_far(&facts, said), (State::Done, None));
}

#[test]
fn a_consultation_is_followed_to_both_of_its_ends() {
    let begun = asked(What::Consult, OURS, Some("202"));
    assert_eq!(how_far(&begun, consulting()), (State::Accepted, None));
    let ask = |said: Said| said.by("201").rings("202").taken_from(OURS).transfer("consultative");
    let spoken = [consulting(), vec![ask(connected(THEIRS, 2, 15))]].concat();
    assert_eq!(how_far(&begun, spoken.clone()), (State::Done, None));
    let busy = [consulting(), vec![ask(disconnected(THEIRS, 2, 15, 1121))]].concat();
    assert_eq!(how_far(&begun, busy.clone()), (State::Accepted, None), "another of a group may ring yet");
    let back = [busy.clone(), vec![connected(OURS, 4, 16).caller(PATIENT).rings("201")]].concat();
    assert_eq!(how_far(&begun, back), (State::Failed, Some(1121)));
    let silent = progress(&begun, &entry_of(busy), at(30));
    assert_eq!((silent.state, silent.reason), (State::Failed, Some(1121)));

    let join = asked(What::CompleteTransfer, OURS, None);
    assert_eq!(how_far(&join, spoken.clone()), (State::Accepted, None));
    let joined = [
        spoken.clone(),
        vec![
            disconnected(OURS, 4, 17, 1120).caller(PATIENT).rings("201").transferred(),
            connected(THEIRS, 3, 17).caller(PATIENT).rings("202").taken_from(OURS).transfer("blind"),
        ],
    ]
    .concat();
    assert_eq!(how_far(&join, joined), (State::Done, None));

    let back = asked(What::CancelTransfer, OURS, None);
    assert_eq!(how_far(&back, spoken.clone()), (State::Accepted, None));
    let returned =
        [spoken, vec![ask(disconnected(THEIRS, 3, 17, 1181)), connected(OURS, 4, 17).caller(PATIENT).rings("201")]]
            .concat();
    assert_eq!(how_far(&back, returned.clone()), (State::Done, None));
    let held_again = [returned, vec![on_hold(OURS, 5, 19).caller(PATIENT).rings("201")]].concat();
    assert_eq!(how_far(&back, held_again), (State::Done, None));
}

#[test]
fn a_take_over_is_done_when_it_rings_here() {
    let facts = asked(What::Take, THEIRS, None);
    let waiting = vec![rings(THEIRS, "202", 5)];
    assert_eq!(how_far(&facts, waiting.clone()), (State::Accepted, None));
    let taken = vec![
        rings(THEIRS, "202", 5),
        disconnected(THEIRS, 2, 11, 1182).caller(PATIENT).rings("202"),
        appeared(OURS, 1, 11).caller(PATIENT).rings("201").taken_from(THEIRS).command("pop-7"),
    ];
    assert_eq!(how_far(&facts, taken), (State::Done, None));
    let gone = [waiting, vec![disconnected(THEIRS, 2, 11, 1110).caller(PATIENT).rings("202")]].concat();
    let late = progress(&facts, &entry_of(gone), at(100));
    assert_eq!((late.state, late.reason), (State::Failed, None));
}

#[test]
fn hold_hang_up_and_recording_are_seen_in_the_call() {
    let talk = vec![rings(OURS, "201", 0), talks(OURS, "201", 3)];
    let held = [talk.clone(), vec![on_hold(OURS, 3, 11).caller(PATIENT).rings("201")]].concat();
    let back = [held.clone(), vec![connected(OURS, 4, 15).caller(PATIENT).rings("201")]].concat();
    let gone = [talk.clone(), vec![disconnected(OURS, 3, 12, 1181).caller(PATIENT).rings("201")]].concat();
    assert_eq!(how_far(&asked(What::Hold, OURS, None), held), (State::Done, None));
    assert_eq!(how_far(&asked(What::Hold, OURS, None), back), (State::Done, None));
    assert_eq!(how_far(&asked(What::HangUp, OURS, None), gone), (State::Done, None));
    assert_eq!(how_far(&asked(What::HangUp, OURS, None), talk.clone()), (State::Accepted, None));
    let recorded = Facts { recorded: true, ..asked(What::Record, OURS, None) };
    assert_eq!(how_far(&recorded, talk.clone()), (State::Done, None));
    assert_eq!(how_far(&asked(What::Record, OURS, None), talk), (State::Accepted, None));
}

proptest! {
    #![proptest_config(cases(300))]

    /// Whatever is heard of a story, in whatever order: what is offered is about a live leg of the right state.
    #[test]
    fn what_is_offered_can_be_done(
        story in prop::sample::select(vec!["5-1", "5-2", "5-3", "5-4", "5-5", "5-6", "5-8", "5-9"]),
        heard in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
        short in prop::sample::select(vec!["201", "202", "203", "999"]),
    ) {
        let facts: Vec<Fact> = scenario(story).into_iter().filter(|fact| matches!(fact, Fact::Leg(_))).collect();
        let entry = entry_of(heard.iter().map(|index| index.get(&facts).clone()));
        let picture = entry.picture(at(0));
        let live = |id: &CallId| picture.legs.iter().any(|leg| leg.id == *id && leg.state != calls::LegState::Ended);
        let grip = grip(&entry, short);
        for leg in [&grip.hang_up, &grip.take, &grip.talk].into_iter().flatten() {
            prop_assert!(live(leg));
        }
        if let Some(consult) = &grip.consult {
            prop_assert!(live(&consult.held) && live(&consult.asked) && grip.talk.is_none());
        }
        prop_assert!(grip.take.is_none() || grip.hang_up.is_none());
        if short == "999" {
            prop_assert!(grip == entry.grip(None));
        }
    }
}
