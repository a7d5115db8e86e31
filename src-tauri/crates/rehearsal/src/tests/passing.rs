//! What commands make of a call, against the sequences of the reference.

use serde_json::{Value, json};

use super::{anonymous, call, parsed, sequence};
use crate::compose::{Call, Post};
use crate::scenario::Scenario;
use crate::script::{Script, Step, Transfer, What, Who};
use crate::style::Style;
use crate::turns::{Pass, Reception, Target, Turn, after};

const AT_DESK: Who = Who::Operator(0);

/// A call that is told step by step, and interrupted now and then.
struct Play {
    call: Call,
    rest: Vec<Step>,
    at: u32,
    posts: Vec<Post>,
}

impl Play {
    fn of(script: &Script, style: Style) -> Play {
        Play { call: call(script, style), rest: script.steps.to_vec(), at: 0, posts: Vec::new() }
    }

    /// Tells everything up to and including this second.
    fn until(mut self, second: u32) -> Play {
        while let Some(step) = self.rest.first().copied().filter(|step| step.at <= second) {
            self.rest.remove(0);
            self.posts.push(self.call.tell(&step, step.at.into()));
        }
        self.at = second;
        self
    }

    fn turn(mut self, turn: Turn) -> Play {
        self.rest = after(turn, &mut self.call, &self.rest, self.at);
        self
    }

    /// Tells the rest.
    fn told(self) -> Vec<(String, Value)> {
        let play = self.until(u32::MAX);
        assert_eq!(play.call.living().count(), 0, "every leg has ended");
        parsed(&play.posts)
    }
}

/// 201 was rung by the patient and answered at second 4.
fn answered() -> Play {
    Play::of(&Scenario::Ring.script(0), Style::default()).until(4).turn(Turn::Answer(0)).until(10)
}

fn colleague(extension: &str) -> Target {
    Target::Extension(extension.to_owned())
}

fn pass(target: Target, reception: Reception) -> Pass {
    Pass { target, reception, command_id: "pop-7".to_owned() }
}

fn transfer(way: Transfer, target: Target, reception: Reception) -> Turn {
    Turn::Transfer { leg: 0, who: AT_DESK, way, pass: pass(target, reception) }
}

/// Without times, results and summaries: what the reference's transfers are told with.
fn legs(posts: &[(String, Value)]) -> Vec<Value> {
    let mut legs: Vec<Value> =
        anonymous(posts).into_iter().filter(|(path, _)| path == "events/call").map(|(_, json)| json).collect();
    for leg in &mut legs {
        leg.as_object_mut().unwrap().remove("timestamp");
    }
    legs
}

fn without_command(mut legs: Vec<Value>) -> Vec<Value> {
    legs.iter_mut().for_each(|leg| drop(leg.as_object_mut().unwrap().remove("command_id")));
    legs
}

/// State, whom it is in front of, reason and kind of transfer: a leg in a few words.
fn story(posts: &[(String, Value)]) -> Vec<String> {
    let words = |json: &Value| {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
        };
        let side = |side: &Value| {
            let name = if side["extension"].is_null() { text(&side["number"]) } else { text(&side["extension"]) };
            let flags = ["was_transferred", "hold_initiator"].into_iter().filter(|flag| side[flag] == true);
            flags.fold(name, |name, flag| format!("{name} {flag}"))
        };
        let told = format!("{} {} > {}", text(&json["call_state"]), side(&json["from"]), side(&json["to"]));
        [&json["disconnect_reason"], &json["transfer"]]
            .into_iter()
            .map(text)
            .filter(|word| !word.is_empty())
            .fold(told, |told, word| format!("{told}, {word}"))
    };
    posts.iter().filter(|(path, _)| path == "events/call").map(|(_, json)| words(json)).collect()
}

#[test]
fn a_blind_transfer_is_that_of_the_reference() {
    let told = answered().turn(transfer(Transfer::Blind, colleague("202"), Reception::Answered)).told();
    assert_eq!(legs(&told), legs(&sequence("blind-transfer")));
    let (path, summary) = told.last().unwrap();
    assert_eq!((path.as_str(), &summary["to"]["extension"]), ("events/summary", &json!("201")));
}

#[test]
fn a_blind_transfer_that_nobody_answers_comes_back() {
    for (reception, reason) in [(Reception::NoAnswer, 1111), (Reception::Busy, 1121)] {
        let told = answered().turn(transfer(Transfer::Blind, colleague("202"), reception)).told();
        assert_eq!(
            story(&told)[2..],
            [
                "Disconnected 79005550101 > 201 was_transferred, 1120".to_owned(),
                "Appeared 201 > 202, blind".to_owned(),
                format!("Disconnected 201 > 202, {reason}, blind"),
                "Appeared 79005550101 > 201, return_blind".to_owned(),
                "Connected 79005550101 > 201, return_blind".to_owned(),
                "Disconnected 79005550101 > 201, 1110, return_blind".to_owned(),
            ]
        );
    }
}

#[test]
fn hanging_up_a_blind_transfer_that_rings_brings_the_call_back() {
    let play = answered().turn(transfer(Transfer::Blind, colleague("202"), Reception::Answered)).until(12);
    let ringing = play.call.living().next().unwrap().leg;
    let told = play.turn(Turn::HangUp(ringing)).told();
    assert_eq!(story(&told)[4..6], ["Disconnected 201 > 202, 1181, blind", "Appeared 79005550101 > 201, return_blind"]);
}

/// 201 holds the patient and talks with 202.
fn asking(target: Target) -> Play {
    answered().turn(transfer(Transfer::Consultative, target, Reception::Answered)).until(30)
}

#[test]
fn a_consultation_is_that_of_the_reference_when_the_phone_is_put_down() {
    let told = asking(colleague("202")).turn(Turn::PutDown { leg: 0, who: AT_DESK }).told();
    assert_eq!(without_command(legs(&told)), without_command(legs(&sequence("consultative-transfer"))));
    let command = legs(&told)[3]["command_id"].clone();
    assert!(!command.is_null(), "the leg that the command made carries its id");
}

#[test]
fn a_consultation_is_joined_by_command_just_the_same() {
    let play = asking(colleague("202"));
    let asked = play.call.living().find(|leg| leg.leg != 0).unwrap().leg;
    let told = play.turn(Turn::Connect { held: 0, consulting: asked }).told();
    assert_eq!(without_command(legs(&told)), without_command(legs(&sequence("consultative-transfer"))));
}

#[test]
fn a_consultation_called_off_brings_the_patient_back() {
    let back = ["Disconnected 201 > 202, 1181, consultative", "Connected 79005550101 > 201"];
    let told = asking(colleague("202")).turn(Turn::Cancel(0)).told();
    assert_eq!(story(&told)[5..7], back);
    let play = answered().turn(transfer(Transfer::Consultative, colleague("202"), Reception::Answered)).until(12);
    let ringing = play.call.living().find(|leg| leg.leg != 0).unwrap().leg;
    assert_eq!(story(&play.turn(Turn::HangUp(ringing)).told())[4..6], back);
    let told = asking(colleague("202")).turn(Turn::Unhold(0)).told();
    assert_eq!(story(&told)[5..7], ["Disconnected 201 > 202, 1110, consultative", "Connected 79005550101 > 201"]);
}

#[test]
fn a_colleague_who_does_not_answer_leaves_the_patient_to_us() {
    let told = answered().turn(transfer(Transfer::Consultative, colleague("301"), Reception::NoAnswer)).told();
    assert_eq!(
        story(&told)[2..6],
        [
            "OnHold 79005550101 > 201 hold_initiator",
            "Appeared 201 > 301, consultative",
            "Disconnected 201 > 301, 1111, consultative",
            "Connected 79005550101 > 201",
        ]
    );
}

#[test]
fn a_phone_put_down_while_the_colleague_still_rings_passes_the_patient_on() {
    let play = answered().turn(transfer(Transfer::Consultative, colleague("202"), Reception::Answered)).until(13);
    let told = play.turn(Turn::PutDown { leg: 0, who: AT_DESK }).told();
    assert_eq!(
        story(&told)[4..],
        [
            "Disconnected 79005550101 > 201 was_transferred, 1120",
            "Appeared 79005550101 > 202, blind",
            "Connected 79005550101 > 202, blind",
            "Disconnected 79005550101 > 202, 1110, blind",
        ]
    );
}

#[test]
fn a_transfer_to_a_group_rings_its_members_but_not_the_one_who_transfers() {
    let told = answered().turn(transfer(Transfer::Blind, Target::Group(0), Reception::Answered)).told();
    assert_eq!(
        story(&told)[3..8],
        [
            "Appeared 201 > 202, blind",
            "Appeared 201 > 203, blind",
            "Connected 79005550101 > 202, blind",
            "Disconnected 201 > 203, 1100, blind",
            "Disconnected 79005550101 > 202, 1110, blind",
        ]
    );
    assert_eq!(legs(&told)[3]["to"]["acd_group"], "300");
}

#[test]
fn a_transfer_outside_has_a_number_and_no_extension() {
    let number = Target::Number("79995550000".to_owned());
    let told = answered().turn(transfer(Transfer::Blind, number, Reception::Answered)).told();
    assert_eq!(story(&told)[3], "Appeared 201 > 79995550000, blind");
}

#[test]
fn who_waits_in_the_queue_is_taken_over() {
    let play = Play::of(&Scenario::QueueWait.script(0), Style::default()).until(5);
    let told = play.turn(Turn::Route { leg: 1, pass: pass(colleague("201"), Reception::Answered) }).told();
    assert_eq!(
        story(&told)[3..],
        [
            "Appeared 79005550101 > 201",
            "Disconnected 79005550101 > 74995550199, 1182",
            "Connected 79005550101 > 201",
            "Disconnected 79005550101 > 201, 1110",
        ]
    );
    let taken = &legs(&told)[3];
    assert!(taken["command_id"].is_number() && taken["from"]["taken_from_call_id"].is_number());
    let (_, summary) = told.last().unwrap();
    assert_eq!((&summary["to"]["extension"], &summary["entry_result"]), (&json!("201"), &json!(1)));
}

#[test]
fn a_call_that_rings_at_colleagues_is_intercepted() {
    let play = Play::of(&Scenario::Missed.script(0), Style::default()).until(8);
    let told = play.turn(Turn::Route { leg: 2, pass: pass(colleague("203"), Reception::Answered) }).told();
    assert_eq!(
        story(&told)[4..8],
        [
            "Appeared 79005550101 > 203",
            "Disconnected 79005550101 > 201, 1182",
            "Disconnected 79005550101 > 202, 1182",
            "Connected 79005550101 > 203",
        ]
    );
}

#[test]
fn a_hold_is_taken_back_by_the_phone() {
    let told = answered().turn(Turn::Hold { leg: 0, who: AT_DESK }).until(20).turn(Turn::Unhold(0)).told();
    assert_eq!(
        story(&told)[2..5],
        [
            "OnHold 79005550101 > 201 hold_initiator",
            "Connected 79005550101 > 201",
            "Disconnected 79005550101 > 201, 1110",
        ]
    );
}

#[test]
fn a_transferred_call_can_be_transferred_again() {
    let play = answered().turn(transfer(Transfer::Blind, colleague("202"), Reception::Answered)).until(20);
    let leg = play.call.living().next().unwrap().leg;
    let again = Turn::Transfer {
        leg,
        who: Who::Operator(1),
        way: Transfer::Blind,
        pass: pass(colleague("301"), Reception::Answered),
    };
    let told = play.turn(again).told();
    assert_eq!(story(&told)[6..8], ["Appeared 202 > 301, blind", "Connected 79005550101 > 301, blind"]);
}

#[test]
fn the_first_version_of_the_events_tells_no_transfer() {
    let script = Scenario::Ring.script(0);
    let play = Play::of(&script, Style { v1: true, ..Style::default() }).until(4).turn(Turn::Answer(0)).until(10);
    let told = play.turn(transfer(Transfer::Consultative, colleague("202"), Reception::Answered)).told();
    let text = format!("{told:?}");
    assert!(["was_transferred", "hold_initiator", "\"transfer\""].iter().all(|field| !text.contains(field)));
}

#[test]
fn a_recording_starts_where_the_command_says() {
    let record = Turn::Record { leg: 0, operator: Some(0), command_id: "pop-8".to_owned() };
    let play = answered().turn(record).until(11);
    assert_eq!(play.call.recordings_of(0).len(), 1);
    let (path, started) = parsed(&play.posts).pop().unwrap();
    assert_eq!(
        (path.as_str(), &started["recording_state"], &started["command_id"], &started["extension"]),
        ("events/recording", &json!("Started"), &json!("pop-8"), &json!("201"))
    );
    assert!(matches!(play.rest[0].what, What::Leg(_)), "the call goes on");
}
