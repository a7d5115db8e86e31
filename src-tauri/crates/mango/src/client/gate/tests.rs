//! The gate, minute by minute.

use super::*;
use crate::command::{Callback, HangUp, Transfer, TransferMethod};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn gate() -> (Gate, Instant) {
    (Gate::new(Timing::default()), Instant::now())
}

fn callback() -> Pace {
    let (command_id, extension, to_number) = ("c".into(), "201".into(), "1".into());
    let no = None;
    let body =
        Callback { command_id, extension, from_number: no.clone(), to_number, line_number: no, auto_answer: false };
    Pace::of(&body.into())
}

fn hang_up() -> Pace {
    Pace::of(&HangUp { command_id: "h".into(), call_id: "l".into() }.into())
}

fn transfer() -> Pace {
    let (command_id, call_id, to_number, initiator) = ("t".into(), "l".into(), "202".into(), "201".into());
    Pace::of(&Transfer { command_id, call_id, method: TransferMethod::Blind, to_number, initiator }.into())
}

fn lines() -> Pace {
    Pace::of(&Command::IncomingLines)
}

fn stats(key: &str) -> Pace {
    Pace::of(&Command::StatsResult { key: key.into() })
}

/// Goes now, and is answered at once.
fn go(gate: &mut Gate, pace: &Pace, id: u64, now: Instant) {
    assert_eq!(gate.turn(id, now), Turn::Go);
    gate.done(pace, now);
}

#[test]
fn one_at_a_time_in_order_and_paced() {
    let (mut gate, t) = gate();
    let a = gate.join(callback(), t).unwrap();
    let b = gate.join(callback(), t).unwrap();
    assert_eq!(gate.turn(b, t), Turn::Wait { until: None });
    assert_eq!(gate.turn(a, t), Turn::Go);
    assert_eq!(gate.turn(b, t + secs(1)), Turn::Wait { until: None });
    gate.done(&callback(), t);
    assert_eq!(gate.turn(b, t + ms(10)), Turn::Wait { until: Some(t + ms(275)) });
    assert_eq!(gate.turn(b, t + ms(275)), Turn::Go);
}

#[test]
fn a_late_arrival_counts_from_its_answer() {
    let (mut gate, t) = gate();
    let a = gate.join(callback(), t).unwrap();
    let b = gate.join(callback(), t).unwrap();
    assert_eq!(gate.turn(a, t), Turn::Go);
    gate.done(&callback(), t + ms(900));
    assert_eq!(gate.turn(b, t + ms(900)), Turn::Wait { until: Some(t + ms(1150)) });
    assert_eq!(gate.turn(b, t + ms(1150)), Turn::Go);
}

#[test]
fn a_hang_up_overtakes_and_a_slow_class_holds_nobody_up() {
    let (mut gate, t) = gate();
    let first = gate.join(transfer(), t).unwrap();
    go(&mut gate, &transfer(), first, t);
    let transfer = gate.join(transfer(), t).unwrap();
    let callback = gate.join(callback(), t).unwrap();
    let hang_up_id = gate.join(hang_up(), t).unwrap();
    let t = t + APART;
    assert!(matches!(gate.turn(transfer, t), Turn::Wait { until: Some(at) } if at > t + secs(2)));
    assert_eq!(gate.turn(callback, t), Turn::Wait { until: None });
    go(&mut gate, &hang_up(), hang_up_id, t);
    assert_eq!(gate.turn(callback, t), Turn::Wait { until: Some(t + APART) });
    assert_eq!(gate.turn(callback, t + APART), Turn::Go);
}

#[test]
fn a_question_under_way_delays_no_command() {
    let (mut gate, t) = gate();
    let question = gate.join(lines(), t).unwrap();
    assert_eq!(gate.turn(question, t), Turn::Go);
    let command = gate.join(callback(), t).unwrap();
    let other = gate.join(lines(), t).unwrap();
    assert_eq!(gate.turn(command, t + APART), Turn::Go);
    assert_eq!(gate.turn(other, t + secs(5)), Turn::Wait { until: None });
    gate.done(&lines(), t + secs(5));
    assert_eq!(gate.turn(other, t + secs(6)), Turn::Go);
}

#[test]
fn a_command_overtakes_waiting_questions() {
    let (mut gate, t) = gate();
    let question = gate.join(lines(), t).unwrap();
    let command = gate.join(callback(), t).unwrap();
    assert_eq!(gate.turn(question, t), Turn::Wait { until: None });
    assert_eq!(gate.turn(command, t), Turn::Go);
    assert_eq!(gate.turn(question, t), Turn::Wait { until: Some(t + APART) });
    assert_eq!(gate.turn(question, t + APART), Turn::Go);
}

#[test]
fn both_lanes_together_stay_below_ten_a_second() {
    let (mut gate, start) = gate();
    let (mut now, mut left) = (start, Vec::new());
    // Everything at once, each answered at once; whoever is first goes as soon as possible.
    let paces = [lines(), hang_up(), callback(), Pace::of(&Command::Balance), lines()];
    let mut waiting: Vec<(u64, Pace)> =
        paces.iter().cycle().take(50).map(|pace| (gate.join(pace.clone(), now).unwrap(), pace.clone())).collect();
    while now < start + secs(6) {
        if let Some(at) = waiting.iter().position(|(id, _)| gate.turn(*id, now) == Turn::Go) {
            let (_, pace) = waiting.remove(at);
            gate.done(&pace, now);
            left.push((now, pace));
        }
        now += ms(5);
    }
    assert!(left.len() >= 40, "{}", left.len());
    assert!(left.windows(9).all(|nine| nine[8].0 - nine[0].0 >= secs(1)));
    for pace in [hang_up(), callback()] {
        let of_it: Vec<Instant> = left.iter().filter(|(_, of)| *of == pace).map(|(at, _)| *at).collect();
        assert!(of_it.windows(2).all(|two| two[1] - two[0] >= ms(275)));
    }
}

#[test]
fn statistics_are_polled_every_five_seconds_for_each_key() {
    let (mut gate, t) = gate();
    let first = gate.join(stats("a"), t).unwrap();
    go(&mut gate, &stats("a"), first, t);
    let again = gate.join(stats("a"), t).unwrap();
    let other = gate.join(stats("b"), t).unwrap();
    assert_eq!(gate.turn(again, t), Turn::Wait { until: Some(t + ms(5500)) });
    go(&mut gate, &stats("b"), other, t + APART);
    assert_eq!(gate.turn(again, t + ms(5500)), Turn::Go);
}

#[test]
fn old_paces_are_forgotten() {
    let (mut gate, t) = gate();
    for n in 0..1000 {
        let now = t + secs(6 * n);
        let pace = stats(&n.to_string());
        let id = gate.join(pace.clone(), now).unwrap();
        go(&mut gate, &pace, id, now);
    }
    assert!(gate.next.len() <= MANY_PACES + 1, "{}", gate.next.len());
}

#[test]
fn the_sixty_fifth_is_told_so() {
    let (mut gate, t) = gate();
    let ids: Vec<u64> = (0..64).map(|_| gate.join(callback(), t).unwrap()).collect();
    assert_eq!(gate.join(hang_up(), t), Err(Refused::Full));
    assert!(gate.join(lines(), t).is_ok());
    gate.leave(ids[10]);
    assert!(gate.join(hang_up(), t).is_ok());
}

#[test]
fn two_bad_requests_within_two_minutes_silence_us_until_the_first_is_forgotten() {
    let (mut gate, t) = gate();
    let waiting = gate.join(callback(), t).unwrap();
    gate.refused(t);
    assert_eq!((gate.quiet_until(t), gate.refused_recently(t)), (None, 1));
    assert_eq!(gate.forgotten_at(t), Some(t + secs(120)));
    gate.refused(t + secs(30));
    assert_eq!(gate.quiet_until(t + secs(30)), Some(t + secs(120)));
    assert_eq!(gate.turn(waiting, t + secs(30)), Turn::Quiet(t + secs(120)));
    assert_eq!(gate.join(hang_up(), t + secs(119)), Err(Refused::Quiet(t + secs(120))));
    assert!(gate.join(hang_up(), t + secs(120)).is_ok());
    assert_eq!(gate.refused_recently(t + secs(121)), 1);
    gate.refused(t + secs(140));
    assert_eq!(gate.quiet_until(t + secs(140)), Some(t + secs(150)));
    assert_eq!((gate.quiet_until(t + secs(300)), gate.refused_recently(t + secs(300))), (None, 0));
}

#[test]
fn bad_requests_far_apart_are_forgiven() {
    let (mut gate, t) = gate();
    for n in 0..5 {
        let now = t + secs(120 * n);
        gate.refused(now);
        assert_eq!(gate.quiet_until(now), None);
    }
}

#[test]
fn locked_out_without_a_known_cause_lasts_two_minutes() {
    let (mut gate, t) = gate();
    gate.locked_out(t);
    assert_eq!(gate.quiet_until(t), Some(t + secs(120)));
}

#[test]
fn slowing_down_grows_and_is_forgotten() {
    let (mut gate, t) = gate();
    let id = gate.join(callback(), t).unwrap();
    for pause in [2, 4, 8, 16, 16] {
        gate.slow_down(t);
        assert_eq!(gate.turn(id, t), Turn::Wait { until: Some(t + secs(pause)) });
    }
    gate.went_well();
    gate.slow_down(t);
    assert_eq!(gate.turn(id, t), Turn::Wait { until: Some(t + secs(2)) });
}

#[test]
fn a_caller_that_stopped_looking_holds_nobody_up() {
    let (mut gate, t) = gate();
    let _forgotten = gate.join(callback(), t).unwrap();
    let later = gate.join(callback(), t + secs(10)).unwrap();
    assert_eq!(gate.turn(later, t + secs(10)), Turn::Wait { until: None });
    assert_eq!(gate.turn(later, t + secs(15)), Turn::Go);
}
