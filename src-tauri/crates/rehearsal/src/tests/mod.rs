//! Scripts against the sequences of the reference, and what people do to calls.

mod passing;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use mango_vpbx::{Account, SignedForm};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::callback::Outcome;
use crate::cast::Cast;
use crate::clock::{Clock, Speed};
use crate::compose::{Call, Post};
use crate::poster::Poster;
use crate::scenario::Scenario;
use crate::script::{Script, Step, Transfer, What, Who, callback_script, with_talk};
use crate::style::Style;
use crate::telling::deliveries;
use crate::turns::{Pass, Reception, Target, Turn, after};

const SEQUENCES: &str = include_str!("../../tests/fixtures/sequences.txt");
const CALLER: &str = "79005550101";

/// The posts of one sequence of the reference.
fn sequence(name: &str) -> Vec<(String, Value)> {
    let heading = format!("## {name}\n");
    let start = SEQUENCES.find(&heading).expect("the sequence is there") + heading.len();
    SEQUENCES[start..]
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .map(|line| {
            let (path, json) = line.split_once(' ').unwrap();
            (path.to_owned(), serde_json::from_str(json).unwrap())
        })
        .collect()
}

fn call(script: &Script, style: Style) -> Call {
    let cast = Arc::new(Cast::new("201", "300", style));
    let outside = cast.outside(CALLER);
    Call::new(script, cast, outside, None, &mut StdRng::seed_from_u64(1))
}

fn told(script: &Script, style: Style) -> Vec<(String, Value)> {
    let now = Timestamp::from_second(1_790_000_500).unwrap();
    let clock = Clock::start(Speed::NO_PAUSES, script.length(), Instant::now(), now);
    parsed(&tell_all(script, &mut call(script, style), &clock))
}

fn tell_all(script: &Script, call: &mut Call, clock: &Clock) -> Vec<Post> {
    script.steps.iter().map(|step| call.tell(step, clock.stamp(step.at))).collect()
}

fn parsed(posts: &[Post]) -> Vec<(String, Value)> {
    posts.iter().map(|post| (post.path.clone(), serde_json::from_str(&post.json).unwrap())).collect()
}

/// Ids become the order in which they were first seen, times count from the first: what is left can be compared.
fn anonymous(posts: &[(String, Value)]) -> Vec<(String, Value)> {
    const IDS: [&str; 6] = ["entry_id", "call_id", "taken_from_call_id", "recording_id", "command_id", "sip_call_id"];
    const TIMES: [&str; 5] = ["timestamp", "create_time", "forward_time", "talk_time", "end_time"];
    fn walk(value: &mut Value, seen: &mut HashMap<String, usize>, start: &mut Option<i64>) {
        let Value::Object(fields) = value else { return };
        for (name, field) in fields {
            if let (true, Some(id)) = (IDS.contains(&name.as_str()), field.as_str()) {
                let next = seen.len();
                *field = json!(*seen.entry(id.to_owned()).or_insert(next));
            } else if let (true, Some(time @ 1..)) = (TIMES.contains(&name.as_str()), field.as_i64()) {
                *field = json!(time - *start.get_or_insert(time));
            } else {
                walk(field, seen, start);
            }
        }
    }
    let (mut seen, mut start) = (HashMap::new(), None);
    let mut posts = posts.to_vec();
    posts.iter_mut().for_each(|(_, json)| walk(json, &mut seen, &mut start));
    posts
}

#[test]
fn sequences_of_the_reference_are_told_word_for_word() {
    for name in ["ivr-group-answer", "missed", "outgoing", "internal", "hidden"] {
        let script = Scenario::from_name(name).unwrap().script(0);
        assert_eq!(anonymous(&told(&script, Style::default())), anonymous(&sequence(name)), "{name}");
    }
}

#[test]
fn transfers_are_those_of_the_reference_and_then_summed_up() {
    for name in ["blind-transfer", "consultative-transfer"] {
        let script = Scenario::from_name(name).unwrap().script(0);
        let mut ours = told(&script, Style::default());
        let (path, summary) = ours.pop().unwrap();
        assert_eq!(anonymous(&ours), anonymous(&sequence(name)), "{name}");
        assert_eq!((path.as_str(), &summary["to"]["extension"]), ("events/summary", &json!("201")));
    }
}

#[test]
fn a_handset_transfer_has_its_first_events_too() {
    let mut ours = told(&Scenario::HandsetTransfer.script(0), Style::default());
    ours.pop();
    let states: Vec<_> = ours[..2].iter().map(|(_, json)| json["call_state"].clone()).collect();
    assert_eq!(states, ["Appeared", "Connected"]);
    assert_eq!(anonymous(&ours[2..]), anonymous(&sequence("handset-transfer")));
}

#[test]
fn a_callback_has_the_shape_of_the_reference() {
    let script = callback_script(Outcome::Answered).unwrap();
    let without_times = |posts: Vec<(String, Value)>| {
        let mut posts: Vec<_> = posts.into_iter().filter(|(path, _)| path != "result/callback").collect();
        for (_, json) in &mut posts {
            for time in ["timestamp", "create_time", "forward_time", "talk_time", "end_time"] {
                json.as_object_mut().unwrap().remove(time);
            }
        }
        posts
    };
    let ours = told(&script, Style::default());
    let times: Vec<_> = ours.iter().filter_map(|(_, json)| json["timestamp"].as_i64()).collect();
    assert_eq!(times.iter().map(|time| time - times[0]).collect::<Vec<_>>(), [0, 2, 2, 2, 5, 25]);
    assert_eq!(without_times(anonymous(&ours)), without_times(anonymous(&sequence("callback"))));
}

#[test]
fn a_callback_lasts_as_long_as_it_is_told() {
    let script = callback_script(Outcome::Answered).unwrap();
    assert_eq!(with_talk(&script, 20), script.steps);
    let longer: Vec<_> = with_talk(&script, 300).iter().map(|step| step.at).collect();
    assert_eq!(longer, [0, 2, 2, 2, 5, 305, 305]);
    let busy = callback_script(Outcome::Busy).unwrap();
    assert_eq!(with_talk(&busy, 300), busy.steps);
}

#[test]
fn disorder_is_the_order_of_the_reference_with_everything_twice() {
    let script = Scenario::Disorder.script(0);
    let order: Vec<_> = deliveries(&script, 1, false, &mut StdRng::seed_from_u64(1));
    let lines: Vec<_> = order.iter().step_by(2).map(|delivery| delivery.step + 1).collect();
    assert_eq!(lines, [2, 3, 1, 6, 4, 5, 8, 7, 12, 10, 9, 11, 13]);
    assert!(order.chunks(2).all(|pair| pair[0] == pair[1]));
    assert!(order.iter().all(|delivery| delivery.at >= script.steps[delivery.step].at));
}

#[test]
fn nothing_is_told_before_it_happened_nor_after_now() {
    // Statuses are told in milliseconds, and are no call.
    for scenario in Scenario::all().filter(|scenario| *scenario != Scenario::Statuses) {
        let last = told(&scenario.script(0), Style::default())
            .iter()
            .filter(|(path, _)| !path.starts_with("events/user/"))
            .filter_map(|(_, json)| json.get("timestamp").or_else(|| json.get("end_time")).and_then(Value::as_i64))
            .max();
        assert_eq!(last, Some(1_790_000_500), "{}", scenario.name());
    }
}

#[test]
fn every_leg_that_appears_ends_unless_its_end_is_lost() {
    for scenario in Scenario::all() {
        let script = scenario.script(1);
        let mut call = call(&script, Style::default());
        script.steps.iter().for_each(|step| drop(call.tell(step, 0)));
        assert_eq!(call.living().count() > 0, scenario == Scenario::LostEnd, "{}", scenario.name());
    }
}

#[test]
fn numbers_can_be_strings() {
    let style = Style { strings: true, ..Style::default() };
    let has_number = |json: &Value| json.to_string().contains([':']) && find_number(json);
    fn find_number(value: &Value) -> bool {
        match value {
            Value::Number(_) => true,
            Value::Object(fields) => fields.values().any(find_number),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => false,
        }
    }
    for scenario in Scenario::all() {
        assert!(told(&scenario.script(0), style).iter().all(|(_, json)| !has_number(json)));
    }
}

#[test]
fn the_first_version_knows_no_transfers() {
    for scenario in [Scenario::BlindTransfer, Scenario::ConsultativeTransfer] {
        let told = format!("{:?}", told(&scenario.script(0), Style { v1: true, ..Style::default() }));
        assert!(["was_transferred", "hold_initiator", "\"transfer\""].iter().all(|field| !told.contains(field)));
    }
}

#[test]
fn posts_are_signed_for_the_listener() {
    let account = || Arc::new(Account::new("key", "salt".to_owned().into()));
    let poster = Poster::new("http://127.0.0.1:1/mango/", account()).unwrap();
    let script = Scenario::IvrGroupAnswer.script(0);
    let post = call(&script, Style::default()).tell(&script.steps[0], 1);
    let sealed = poster.seal(&post);
    assert_eq!(sealed.url(), "http://127.0.0.1:1/mango/events/call");
    let form = SignedForm::parse(sealed.body()).unwrap();
    assert_eq!(account().verify(form).unwrap().as_str(), post.json);
}

/// Tells a script up to (not including) step `until`, then the turn's steps, and returns all that was told.
fn interrupted(script: &Script, until: usize, turn: Turn) -> Vec<(String, Value)> {
    let mut call = call(script, Style::default());
    let mut posts: Vec<Post> = script.steps[..until].iter().map(|step| call.tell(step, step.at.into())).collect();
    let at = script.steps[until.saturating_sub(1)].at;
    for step in after(turn, &mut call, &script.steps[until..], at) {
        posts.push(call.tell(&step, step.at.into()));
    }
    assert_eq!(call.living().count(), 0, "every leg has ended");
    parsed(&posts)
}

#[test]
fn a_hang_up_ends_the_talk_and_sums_it_up() {
    let script = callback_script(Outcome::Answered).unwrap();
    let talking = script.steps.iter().position(|step| step.at == 25).unwrap();
    let told = interrupted(&script, talking, Turn::HangUp(1));
    let [.., (_, last), (_, summary)] = told.as_slice() else { panic!() };
    assert_eq!((&last["call_state"], &last["disconnect_reason"]), (&json!("Disconnected"), &json!(1181)));
    assert_eq!((&summary["entry_result"], &summary["disconnect_reason"]), (&json!(1), &json!(1181)));
    assert_eq!((&summary["from"]["extension"], &summary["to"]["number"]), (&json!("201"), &json!(CALLER)));
}

#[test]
fn one_of_three_ringing_phones_is_hung_up_and_the_others_ring_on() {
    let script = Scenario::IvrGroupAnswer.script(0);
    let told = interrupted(&script, 5, Turn::HangUp(1));
    let (_, summary) = told.iter().find(|(path, _)| path == "events/summary").unwrap();
    assert_eq!(summary["to"]["extension"], "202");
    let told = interrupted(&script, 5, Turn::HangUp(2));
    let (_, summary) = told.iter().find(|(path, _)| path == "events/summary").unwrap();
    assert_eq!((&summary["to"]["extension"], &summary["talk_time"]), (&json!("300"), &json!(0)));
}

#[test]
fn the_queue_lets_go_when_the_one_who_would_have_answered_hangs_up() {
    let told = interrupted(&Scenario::Queue.script(0), 5, Turn::HangUp(2));
    let lets_go = |(_, json): &(String, Value)| json["location"] == "queue" && json["call_state"] == "Disconnected";
    assert!(told.iter().any(lets_go));
}

#[test]
fn hanging_up_in_the_queue_ends_the_call() {
    let told = interrupted(&Scenario::Queue.script(0), 5, Turn::HangUp(1));
    let (path, summary) = told.last().unwrap();
    assert_eq!((path.as_str(), &summary["disconnect_reason"]), ("events/summary", &json!(1181)));
    assert_eq!(told.len(), 5 + 4);
}

#[test]
fn hanging_up_on_the_colleague_brings_the_patient_back() {
    let script = Scenario::ConsultativeTransfer.script(0);
    let told = interrupted(&script, 5, Turn::HangUp(1));
    let states: Vec<_> = told[5..].iter().map(|(_, json)| json["call_state"].clone()).collect();
    assert_eq!(states, [json!("Disconnected"), json!("Connected"), json!("Disconnected"), Value::Null]);
}

#[test]
fn a_phone_can_be_picked_up() {
    let told = interrupted(&Scenario::Demo.script(0), 5, Turn::Answer(2));
    let (_, summary) = told.last().unwrap();
    assert_eq!((&summary["to"]["extension"], &summary["entry_result"]), (&json!("202"), &json!(1)));
}

fn some_turn() -> impl Strategy<Value = Turn> {
    let who = || prop_oneof![(0..3_usize).prop_map(Who::Operator), Just(Who::Outside)];
    let target = prop_oneof![
        proptest::sample::select(vec!["201", "202", "203", "301"])
            .prop_map(|extension| Target::Extension(extension.to_owned())),
        (0..2_usize).prop_map(Target::Group),
        Just(Target::Number("79995550000".to_owned())),
    ];
    let receptions = prop_oneof![Just(Reception::Answered), Just(Reception::NoAnswer), Just(Reception::Busy)];
    let pass = (target, receptions)
        .prop_map(|(target, reception)| Pass { target, reception, command_id: "command".to_owned() })
        .boxed();
    let ways = prop_oneof![Just(Transfer::Blind), Just(Transfer::Consultative)];
    let leg = || 0..4_usize;
    prop_oneof![
        leg().prop_map(Turn::HangUp),
        leg().prop_map(Turn::Answer),
        leg().prop_map(Turn::Unhold),
        leg().prop_map(Turn::Cancel),
        (leg(), who()).prop_map(|(leg, who)| Turn::PutDown { leg, who }),
        (leg(), who()).prop_map(|(leg, who)| Turn::Hold { leg, who }),
        (leg(), who(), ways, pass.clone()).prop_map(|(leg, who, way, pass)| Turn::Transfer { leg, who, way, pass }),
        (leg(), leg()).prop_map(|(held, consulting)| Turn::Connect { held, consulting }),
        (leg(), pass).prop_map(|(leg, pass)| Turn::Route { leg, pass }),
        leg().prop_map(|leg| Turn::Record { leg, operator: Some(0), command_id: "command".to_owned() }),
        Just(Turn::Stop),
    ]
}

proptest! {
    /// Whatever is done to a call and when: no leg lives on, the summary comes once.
    #[test]
    fn every_interrupted_call_ends(which in 0..21_usize, until in 0..48_usize, turn in some_turn()) {
        let mut summed_up =
            Scenario::all().filter(|scenario| ![Scenario::LostEnd, Scenario::Statuses].contains(scenario));
        let script = summed_up.nth(which).unwrap().script(0);
        let summary = script.steps.iter().position(|step| matches!(step.what, What::Summary { .. })).unwrap();
        let until = 1 + until % summary;
        let told = interrupted(&script, until, turn);
        prop_assert_eq!(told.iter().filter(|(path, _)| path == "events/summary").count(), 1);
    }

    /// The same after several turns, some steps apart.
    #[test]
    fn every_call_that_is_interrupted_again_and_again_ends(
        which in 0..21_usize,
        turns in proptest::collection::vec((some_turn(), 1..4_usize), 1..6),
    ) {
        let mut summed_up =
            Scenario::all().filter(|scenario| ![Scenario::LostEnd, Scenario::Statuses].contains(scenario));
        let script = summed_up.nth(which).unwrap().script(0);
        let mut call = call(&script, Style::default());
        let (mut rest, mut at, mut summaries) = (script.steps.to_vec(), 0, 0);
        let mut tell = |call: &mut Call, rest: &mut Vec<Step>, count: usize, at: &mut u32| {
            for step in rest.drain(..count.min(rest.len())) {
                *at = (*at).max(step.at);
                summaries += usize::from(matches!(step.what, What::Summary { .. }));
                call.tell(&step, step.at.into());
            }
        };
        for (turn, steps) in turns {
            tell(&mut call, &mut rest, steps, &mut at);
            if call.living().next().is_none() {
                continue;
            }
            rest = after(turn, &mut call, &rest, at);
        }
        let all = rest.len();
        tell(&mut call, &mut rest, all, &mut at);
        prop_assert_eq!((call.living().count(), summaries), (0, 1));
    }

    #[test]
    fn a_seed_reproduces_ids(seed: u64) {
        let script = Scenario::SeveralDevices.script(0);
        let told = |seed| {
            let cast = Arc::new(Cast::new("201", "300", Style::default()));
            let outside = cast.outside(CALLER);
            let mut call = Call::new(&script, cast, outside, None, &mut StdRng::seed_from_u64(seed));
            script.steps.iter().map(|step: &Step| call.tell(step, 7)).collect::<Vec<_>>()
        };
        prop_assert_eq!(told(seed), told(seed));
        prop_assert_ne!(told(seed), told(seed.wrapping_add(1)));
    }
}
